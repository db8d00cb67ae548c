/* Letters and digits of ASCII, whatever the locale: those of ctype.h follow it. Bytes beyond ASCII are neither. */
#ifndef CLINO_BASE_ASCII_H
#define CLINO_BASE_ASCII_H

#include <stdbool.h>

static inline bool clino__is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline bool clino__is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool clino__is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool clino__is_alnum(char c) { return clino__is_lower(c) || clino__is_upper(c) || clino__is_digit(c); }
static inline char clino__to_lower(char c) { return clino__is_upper(c) ? (char)(c - 'A' + 'a') : c; }

#endif
