/* Members of JSON objects that are being written. Each puts a comma before itself where it is not the first of its
 * object, so that a text is never broken by a member that was left out. */
#ifndef CLINO_IO_JSON_WRITE_H
#define CLINO_IO_JSON_WRITE_H

#include <stdint.h>

#include "base/text.h"
#include "base/utf8.h"
#include "clino/finding.h"

/* The key alone: the value comes next. */
void clino__json_key(clino__text *text, const char *key);

/* NULL is null. */
void clino__json_string(clino__text *text, const char *key, const char *string);
void clino__json_strings(clino__text *text, const char *key, const char *const *strings, size_t n);

/* CLINO_NO_STEP is null. */
void clino__json_step(clino__text *text, const char *key, int64_t step);

/* Reads back to the same bits, always with a point or an exponent: it stays a floating-point number for those who tell,
 * and -0 keeps its sign. null where it is not finite. */
void clino__json_number(clino__text *text, const char *key, double value);

/* What a finding rests on: its series, steps (under the keys given), numbers, cause and confidence. */
void clino__json_evidence(clino__text *text, const clino_finding *finding, const char *first_step,
                          const char *last_step);

#endif
