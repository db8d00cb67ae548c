/* UTF-8 that came from a log: nothing in it can be trusted to be valid, or harmless on a terminal. */
#ifndef CLINO_BASE_UTF8_H
#define CLINO_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The character at bytes, of which size >= 1 are there: its code point in *code and the bytes it takes as result. An
 * invalid sequence (stray or missing continuation, overlong form, surrogate, beyond U+10FFFF: RFC 3629) gives false in
 * *valid, its first byte in *code, and 1. */
size_t clino__utf8_next(const char *bytes, size_t size, uint32_t *code, bool *valid);

/* True for a character that a terminal may act on instead of showing it: C0 and C1 controls and DEL, line and paragraph
 * separators, and the marks that reorder or hide text (bidirectional overrides and isolates, zero width, BOM). */
bool clino__utf8_is_control(uint32_t code);

/* The columns that a text takes on a terminal, in which nothing is invalid: 0 for combining marks, 2 for wide East
 * Asian characters and emoji, else 1 (the common ranges of Unicode's EastAsianWidth.txt). */
size_t clino__utf8_columns(const char *bytes, size_t size);

/* Appends string as a JSON string (RFC 8259), in quotes: every invalid byte replaced by U+FFFD, and the characters of
 * clino__utf8_is_control as \u escapes, so that it is always valid, and harmless on a terminal too. */
void clino__text_add_json(clino__text *text, const char *string);

/* Appends string as text of XML 1.0, in an element or in a quoted attribute: & < > and both quotes as entities,
 * newlines and tabs as references, and what is no valid UTF-8, or a character that XML forbids or a terminal may act
 * on, as in clino__text_add_printable. */
void clino__text_add_xml(clino__text *text, const char *string);

/* Appends size bytes, or a string, so that a terminal shows them and does nothing else: controls as \x1b or \u202e,
 * invalid bytes as \xff. */
void clino__text_add_printable_bytes(clino__text *text, const char *bytes, size_t size);
void clino__text_add_printable(clino__text *text, const char *string);

#endif
