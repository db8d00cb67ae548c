/* The JSON report: one object, one finding a line, so that it can be read, searched and compared by line as well.
 *
 * json-c makes each line; the few lines' frame stands here, since the layout of json-c's pretty printer differs between
 * its versions. Two things are kept from json-c: its doubles ("%.17g", 0.1 as 0.10000000000000001), which get their
 * shortest exact text instead, and strings that are no valid UTF-8, which it would pass on. */
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "io/report.h"

/* An object that is being filled. A NULL value is JSON's null, hence the flag for memory. */
typedef struct builder {
  struct json_object *object;
  bool failed;
} builder;

static builder builder_new(void) {
  builder b = {json_object_new_object(), false};
  b.failed = !b.object;
  return b;
}

/* Takes value over. */
static void put(builder *b, const char *key, struct json_object *value) {
  if (b->failed || json_object_object_add(b->object, key, value) != 0) {
    json_object_put(value);
    b->failed = true;
  }
}

static struct json_object *string_value(const char *string, bool *failed) {
  clino__text valid = CLINO__TEXT_EMPTY;
  clino__text_add_valid(&valid, string);
  struct json_object *value = valid.failed ? NULL : json_object_new_string(clino__text_string(&valid));
  clino__text_free(&valid);
  if (!value) *failed = true;
  return value;
}

static void put_string(builder *b, const char *key, const char *string) {
  put(b, key, string ? string_value(string, &b->failed) : NULL);
}

static void put_integer(builder *b, const char *key, int64_t number) {
  struct json_object *value = json_object_new_int64(number);
  if (!value) b->failed = true;
  put(b, key, value);
}

static void put_step(builder *b, const char *key, int64_t step) {
  if (step == CLINO_NO_STEP)
    put(b, key, NULL);
  else
    put_integer(b, key, step);
}

static void put_number(builder *b, const char *key, double number) {
  if (!isfinite(number)) {
    put(b, key, NULL);
    return;
  }
  char text[CLINO__NUMBER_SIZE + 2];
  clino__number_text(text, number);
  if (!strpbrk(text, ".e")) strcat(text, ".0"); /* stays a floating-point number, and keeps the sign of -0 */
  struct json_object *value = json_object_new_double_s(number, text);
  if (!value) b->failed = true;
  put(b, key, value);
}

static void put_bool(builder *b, const char *key, bool truth) {
  struct json_object *value = json_object_new_boolean(truth);
  if (!value) b->failed = true;
  put(b, key, value);
}

static void put_strings(builder *b, const char *key, const char *const *strings, size_t n) {
  struct json_object *array = json_object_new_array();
  if (!array) b->failed = true;
  for (size_t i = 0; i < n && !b->failed; i++) {
    struct json_object *value = string_value(strings[i] ? strings[i] : "", &b->failed);
    if (b->failed || json_object_array_add(array, value) != 0) {
      json_object_put(value);
      b->failed = true;
    }
  }
  put(b, key, array);
}

/* Appends the object on one line, without its closing brace where more is to follow, and frees it. */
static void add_object(clino__text *text, builder *b, bool open) {
  const char *line = b->failed ? NULL
                               : json_object_to_json_string_ext(
                                     b->object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
  if (line)
    clino__text_add_bytes(text, line, strlen(line) - (open ? 1 : 0));
  else
    text->failed = true;
  json_object_put(b->object);
}

static void add_finding(clino__text *text, const clino_finding *f) {
  builder b = builder_new();
  put_string(&b, "check", f->check);
  put_string(&b, "verdict", clino_finding_level_name(f->level));
  put_string(&b, "series", f->series);
  put_step(&b, "first_step", f->first_step);
  put_step(&b, "last_step", f->last_step);
  put_number(&b, "observed", f->observed);
  put_number(&b, "threshold", f->threshold);
  put_string(&b, "cause", f->cause);
  put_strings(&b, "alternatives", f->alternatives, f->n_alternatives);
  put_number(&b, "confidence", f->confidence);
  put_bool(&b, "final", f->final);
  put_string(&b, "message", f->message);
  put_string(&b, "why", f->why);
  put_string(&b, "fix", f->fix);
  put_string(&b, "source", f->source);
  add_object(text, &b, false);
}

static void add_item(clino__text *text, const clino_report_item *item) {
  int64_t first = CLINO_NO_STEP, last = CLINO_NO_STEP;
  if (item->run) clino_run_step_range(item->run, &first, &last);
  builder b = builder_new();
  put_string(&b, "run", item->name);
  put_string(&b, "format", item->format);
  put_string(&b, "verdict", clino__report_verdict(clino__report_gravity(item)));
  if (item->error) {
    char error[CLINO__REPORT_ERROR_SIZE];
    clino__report_error_text(item, error);
    put_string(&b, "error", error);
  }
  if (item->run)
    put_integer(&b, "series", (int64_t)clino_run_series_count(item->run));
  else
    put(&b, "series", NULL);
  put_step(&b, "first_step", first);
  put_step(&b, "last_step", last);
  add_object(text, &b, true);
  clino__text_add(text, ",\"findings\":[");
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
