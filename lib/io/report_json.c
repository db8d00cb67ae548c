/* The JSON report: one object, one finding a line, so that it can be read, searched and compared by line as well.
 *
 * Written here and not by json-c, for what that would take away: its doubles are "%.17g" (0.1 as 0.10000000000000001),
 * it passes on strings that are no valid UTF-8, its layout differs between its versions, and where memory is out its
 * printer drops a piece and goes on, so that the report would be broken and nobody told. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "io/report.h"

/* A member's key, with the comma before it where it is not the first of its object. */
static void add_key(clino__text *text, const char *key) {
  char last = text->length ? text->data[text->length - 1] : '{';
  clino__text_addf(text, "%s\"%s\":", last == '{' ? "" : ",", key);
}

static void add_string_or_null(clino__text *text, const char *string) {
  if (string)
    clino__text_add_json(text, string);
  else
    clino__text_add(text, "null");
}

static void put_string(clino__text *text, const char *key, const char *string) {
  add_key(text, key);
  add_string_or_null(text, string);
}

static void put_strings(clino__text *text, const char *key, const char *const *strings, size_t n) {
  add_key(text, key);
  clino__text_add(text, "[");
  for (size_t i = 0; i < n; i++) {
    if (i) clino__text_add(text, ",");
    add_string_or_null(text, strings[i]);
  }
  clino__text_add(text, "]");
}

static void put_step(clino__text *text, const char *key, int64_t step) {
  add_key(text, key);
  if (step == CLINO_NO_STEP)
    clino__text_add(text, "null");
  else
    clino__text_addf(text, "%" PRId64, step);
}

/* Always with a point or an exponent: it stays a floating-point number for those who tell, and -0 keeps its sign. */
static void put_number(clino__text *text, const char *key, double value) {
  char number[CLINO__NUMBER_SIZE] = "null";
  if (isfinite(value)) clino__number_text(number, value);
  add_key(text, key);
  clino__text_addf(text, "%s%s", number, isfinite(value) && !strpbrk(number, ".e") ? ".0" : "");
}

static void add_finding(clino__text *text, const clino_finding *f) {
  clino__text_add(text, "{");
  put_string(text, "check", f->check);
  put_string(text, "verdict", clino_finding_level_name(f->level));
  put_string(text, "series", f->series);
  put_step(text, "first_step", f->first_step);
  put_step(text, "last_step", f->last_step);
  put_number(text, "observed", f->observed);
  put_number(text, "threshold", f->threshold);
  put_string(text, "cause", f->cause);
  put_strings(text, "alternatives", f->alternatives, f->n_alternatives);
  put_number(text, "confidence", f->confidence);
  add_key(text, "final");
  clino__text_add(text, f->final ? "true" : "false");
  put_string(text, "message", f->message);
  put_string(text, "why", f->why);
  put_string(text, "fix", f->fix);
  put_string(text, "source", f->source);
  clino__text_add(text, "}");
}

static void put_error(clino__text *text, const clino_report_item *item) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  put_string(text, "error", error);
}

static void put_run(clino__text *text, const clino_run *run) {
  int64_t first = CLINO_NO_STEP, last = CLINO_NO_STEP;
  add_key(text, "series");
  if (run) {
    clino_run_step_range(run, &first, &last);
    clino__text_addf(text, "%zu", clino_run_series_count(run));
  } else {
    clino__text_add(text, "null");
  }
  put_step(text, "first_step", first);
  put_step(text, "last_step", last);
}

static void add_item(clino__text *text, const clino_report_item *item) {
  clino__text_add(text, "{");
  put_string(text, "run", item->name);
  put_string(text, "format", item->format);
  put_string(text, "verdict", clino__report_verdict(clino__report_gravity(item)));
  if (item->error) put_error(text, item);
  put_run(text, item->run);
  add_key(text, "findings");
  clino__text_add(text, "[");
  size_t n = clino_findings_count(item->findings);
  for (size_t i = 0; i < n; i++) {
    clino__text_add(text, i ? ",\n" : "\n");
    add_finding(text, clino_findings_at(item->findings, i));
  }
  clino__text_add(text, n ? "\n]}" : "]}");
}

static void write_json(clino__report *report) {
  clino__text_addf(&report->text, "{\"schema\":1,\"clino\":\"%s\",\"runs\":[", clino_version());
  for (size_t i = 0; i < report->n; i++) {
    clino__text_add(&report->text, i ? ",\n" : "\n");
    add_item(&report->text, &report->items[i]);
    if (!clino__report_flush(report)) return;
  }
  clino__text_add(&report->text, report->n ? "\n]}\n" : "]}\n");
}

const clino__report_format clino__report_json = {
    "json", "for machines: one JSON object with every finding, one a line", write_json};
