/* Growable text. One failed allocation marks the text as failed; later calls do nothing, so that one check at the end
 * is enough. */
#ifndef CLINO_BASE_TEXT_H
#define CLINO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct clino__text {
  char *data; /* terminated; NULL while empty */
  size_t length, capacity;
  bool failed;
} clino__text;

#define CLINO__TEXT_EMPTY {NULL, 0, 0, false}

void clino__text_add(clino__text *text, const char *string);
void clino__text_add_bytes(clino__text *text, const char *bytes, size_t size);
void clino__text_addf(clino__text *text, const char *format, ...) CLINO__PRINTF(2, 3);
void clino__text_add_number(clino__text *text, double value);                       /* shortest that reads back */
void clino__text_add_digits(clino__text *text, double value, int significant);      /* as %.*g in C form */
void clino__text_clear(clino__text *text);                                          /* empty, memory kept */
void clino__text_free(clino__text *text);

/* The text as a C string, "" while empty. */
const char *clino__text_string(const clino__text *text);

/* Copies at most size - 1 bytes to out, terminated, never cutting a UTF-8 character; returns the whole length. */
size_t clino__text_copy(const clino__text *text, char *out, size_t size);

/* A copy of a string on the heap, NULL where memory is out (or string is NULL). */
char *clino__strdup(const char *string);

#endif
