#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "io/html.h"

void clino__html_text(clino__text *text, const char *string) {
  clino__text safe = CLINO__TEXT_EMPTY;
  if (!string) return;
  clino__text_add_printable(&safe, string);
  if (safe.failed) text->failed = true;
  for (const char *p = clino__text_string(&safe); *p;) {
    size_t plain = strcspn(p, "<>&\"'");
    clino__text_add_bytes(text, p, plain);
    p += plain;
    if (*p) clino__text_addf(text, "&#%d;", *p++);
  }
  clino__text_free(&safe);
}

void clino__html_lines(clino__text *text, const char *string) {
  clino__text line = CLINO__TEXT_EMPTY;
  while (*string) {
    size_t plain = strcspn(string, "\n\t");
    clino__text_clear(&line);
    clino__text_add_bytes(&line, string, plain);
    clino__html_text(text, clino__text_string(&line));
    string += plain;
    if (*string) clino__text_add_bytes(text, string++, 1);
  }
  if (line.failed) text->failed = true;
  clino__text_free(&line);
}

void clino__html_json(clino__text *text, const char *string) {
  clino__text safe = CLINO__TEXT_EMPTY, json = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, string ? string : "");
  clino__text_add_json(&json, clino__text_string(&safe));
  if (safe.failed || json.failed) text->failed = true;
  for (const char *p = clino__text_string(&json); *p;) {
    size_t plain = strcspn(p, "<>&");
    clino__text_add_bytes(text, p, plain);
    p += plain;
    if (*p) clino__text_addf(text, "\\u%04x", (unsigned)*p++);
  }
  clino__text_free(&safe);
  clino__text_free(&json);
}

enum { SHOWN_DIGITS = 4, DATA_DIGITS = 7 };

void clino__html_number(clino__text *text, double value) {
  if (isnan(value)) clino__text_add(text, "NaN");
  else if (isinf(value)) clino__text_add(text, value > 0 ? "&#8734;" : "&#8722;&#8734;");
  else clino__text_add_digits(text, value, SHOWN_DIGITS);
}

void clino__html_json_number(clino__text *text, double value) {
  if (isfinite(value)) clino__text_add_digits(text, value, DATA_DIGITS);
  else clino__text_add(text, "null");
}

int clino__html_sink(const char *text, size_t size, void *ctx) {
  clino__text_add_bytes(ctx, text, size);
  return 0;
}
