/* Members of JSON objects. */
#include "io/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

void clino__json_key(clino__text *text, const char *key) {
  char last = text->length ? text->data[text->length - 1] : '{';
  clino__text_addf(text, "%s\"%s\":", last == '{' ? "" : ",", key);
}

static void add_string_or_null(clino__text *text, const char *string) {
  if (string)
    clino__text_add_json(text, string);
  else
    clino__text_add(text, "null");
}

void clino__json_string(clino__text *text, const char *key, const char *string) {
  clino__json_key(text, key);
  add_string_or_null(text, string);
}

void clino__json_strings(clino__text *text, const char *key, const char *const *strings, size_t n) {
  clino__json_key(text, key);
  clino__text_add(text, "[");
  for (size_t i = 0; i < n; i++) {
    if (i) clino__text_add(text, ",");
    add_string_or_null(text, strings[i]);
  }
  clino__text_add(text, "]");
}

void clino__json_step(clino__text *text, const char *key, int64_t step) {
  clino__json_key(text, key);
  if (step == CLINO_NO_STEP)
    clino__text_add(text, "null");
  else
    clino__text_addf(text, "%" PRId64, step);
}

void clino__json_number(clino__text *text, const char *key, double value) {
  char number[CLINO__NUMBER_SIZE] = "null";
  if (isfinite(value)) clino__number_text(number, value);
  clino__json_key(text, key);
  clino__text_addf(text, "%s%s", number, isfinite(value) && !strpbrk(number, ".e") ? ".0" : "");
}

void clino__json_evidence(clino__text *text, const clino_finding *f, const char *first_step, const char *last_step) {
  clino__json_string(text, "series", f->series);
  clino__json_step(text, first_step, f->first_step);
  clino__json_step(text, last_step, f->last_step);
  clino__json_number(text, "observed", f->observed);
  clino__json_number(text, "threshold", f->threshold);
  clino__json_string(text, "cause", f->cause);
  clino__json_strings(text, "alternatives", f->alternatives, f->n_alternatives);
  clino__json_number(text, "confidence", f->confidence);
}
