#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static bool reserve(clino__text *text, size_t more) {
  if (text->failed) return false;
  if (more < text->capacity - text->length) return true;
  if (more > SIZE_MAX / 2 - text->length) return !(text->failed = true);
  size_t capacity = text->capacity ? text->capacity : 128;
  while (capacity - text->length <= more) capacity *= 2;
  char *data = realloc(text->data, capacity);
  if (!data) return !(text->failed = true);
  text->data = data;
  text->capacity = capacity;
  return true;
}

void clino__text_add_bytes(clino__text *text, const char *bytes, size_t size) {
  if (!reserve(text, size)) return;
  if (size) memcpy(text->data + text->length, bytes, size);
  text->length += size;
  text->data[text->length] = '\0';
}

void clino__text_add(clino__text *text, const char *string) { clino__text_add_bytes(text, string, strlen(string)); }

void clino__text_addf(clino__text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n < 0 || !reserve(text, (size_t)n)) {
    text->failed = true;
    return;
  }
  va_start(args, format);
  vsnprintf(text->data + text->length, (size_t)n + 1, format, args);
  va_end(args);
  text->length += (size_t)n;
}

void clino__text_add_number(clino__text *text, double value) {
  char buffer[CLINO__NUMBER_SIZE];
  clino__number_text(buffer, value);
  clino__text_add(text, buffer);
}

void clino__text_add_digits(clino__text *text, double value, int significant) {
  char buffer[CLINO__NUMBER_SIZE];
  clino__number_digits(buffer, value, significant);
  clino__text_add(text, buffer);
}

void clino__text_clear(clino__text *text) {
  text->length = 0;
  if (text->data) text->data[0] = '\0';
  text->failed = false;
}

void clino__text_free(clino__text *text) {
  free(text->data);
  *text = (clino__text)CLINO__TEXT_EMPTY;
}

const char *clino__text_string(const clino__text *text) { return text->data ? text->data : ""; }

size_t clino__text_copy(const clino__text *text, char *out, size_t size) {
  if (size) {
    size_t n = text->length < size ? text->length : size - 1;
    if (n < text->length)
      while (n && ((unsigned char)text->data[n] & 0xC0) == 0x80) n--;
    if (n) memcpy(out, text->data, n);
    out[n] = '\0';
  }
  return text->length;
}

char *clino__strdup(const char *string) {
  if (!string) return NULL;
  size_t size = strlen(string) + 1;
  char *copy = malloc(size);
  return copy ? memcpy(copy, string, size) : NULL;
}
