/* The JSON report: one object, one finding a line, so that it can be read, searched and compared by line as well.
 *
 * Written here and not by json-c, for what that would take away: its doubles are "%.17g" (0.1 as 0.10000000000000001),
 * it passes on strings that are no valid UTF-8, its layout differs between its versions, and where memory is out its
 * printer drops a piece and goes on, so that the report would be broken and nobody told. */
#include <inttypes.h>

#include "io/json_write.h"
#include "io/report.h"

static void add_finding(clino__text *text, const clino_finding *f) {
  clino__text_add(text, "{");
  clino__json_string(text, "check", f->check);
  clino__json_string(text, "verdict", clino_finding_level_name(f->level));
  clino__json_evidence(text, f, "first_step", "last_step");
  clino__json_key(text, "final");
  clino__text_add(text, f->final ? "true" : "false");
  clino__json_string(text, "message", f->message);
  clino__json_string(text, "why", f->why);
  clino__json_string(text, "fix", f->fix);
  clino__json_string(text, "source", f->source);
  clino__text_add(text, "}");
}

static void put_error(clino__text *text, const clino_report_item *item) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  clino__json_string(text, "error", error);
}

static void put_run(clino__text *text, const clino_run *run) {
  int64_t first = CLINO_NO_STEP, last = CLINO_NO_STEP;
  clino__json_key(text, "series");
  if (run) {
    clino_run_step_range(run, &first, &last);
    clino__text_addf(text, "%zu", clino_run_series_count(run));
  } else {
    clino__text_add(text, "null");
  }
  clino__json_step(text, "first_step", first);
  clino__json_step(text, "last_step", last);
}

static void add_item(clino__text *text, const clino_report_item *item) {
  clino__text_add(text, "{");
  clino__json_string(text, "run", item->name);
  clino__json_string(text, "format", item->format);
  clino__json_string(text, "verdict", clino__report_verdict(clino__report_gravity(item)));
  if (item->error) put_error(text, item);
  put_run(text, item->run);
  clino__json_key(text, "findings");
  clino__text_add(text, "[");
  size_t n = clino_findings_count(item->findings);
  for (size_t i = 0; i < n; i++) {
    clino__text_add(text, i ? ",\n" : "\n");
    add_finding(text, clino_findings_at(item->findings, i));
  }
  clino__text_add(text, n ? "\n]}" : "]}");
}

static void add_compared(clino__text *text, const clino_compared *r, size_t rank) {
  clino__text_add(text, "{");
  clino__json_string(text, "run", r->name);
  clino__json_key(text, "rank");
  clino__text_addf(text, "%zu", rank);
  clino__json_string(text, "standing", clino_standing_name(r->standing));
  clino__json_number(text, "level", r->level);
  clino__json_number(text, "error", r->error);
  clino__json_number(text, "behind", r->behind);
  clino__json_number(text, "standard_errors", r->deviations);
  clino__json_number(text, "behind_at_step", r->behind_at_step);
  clino__json_number(text, "standard_errors_at_step", r->deviations_at_step);
  clino__json_step(text, "since_step", r->since);
  clino__json_number(text, "best", r->best);
  clino__json_number(text, "best_error", r->best_error);
  clino__json_step(text, "best_step", r->best_step);
  clino__json_key(text, "points");
  clino__text_addf(text, "%zu", r->points);
  clino__json_step(text, "last_step", r->last_step);
  clino__text_add(text, "}");
}

/* {"name":"lr","values":["0.1",null]}, the values in the order of the ranks */
static void add_setting(clino__text *text, const clino_comparison *c, size_t setting) {
  clino__text_add(text, "{");
  clino__json_string(text, "name", clino_comparison_setting_at(c, setting));
  clino__json_key(text, "values");
  for (size_t i = 0, n = clino_comparison_count(c); i < n; i++) {
    const char *value = clino_comparison_value(c, setting, clino_comparison_ranked(c, i)->index);
    clino__text_add(text, i ? "," : "[");
    if (value) clino__text_add_json(text, value);
    else clino__text_add(text, "null");
  }
  clino__text_add(text, "]}");
}

static void put_comparison(clino__text *text, const clino_comparison *c) {
  const char *series = clino_comparison_series(c);
  clino__text_add(text, ",\n\"comparison\":{");
  clino__json_string(text, "series", series);
  clino__json_string(text, "better", !series ? NULL : clino_comparison_lower_is_better(c) ? "lower" : "higher");
  clino__json_key(text, "runs");
  for (size_t i = 0, n = clino_comparison_count(c); i < n; i++) {
    clino__text_add(text, i ? ",\n" : "[\n");
    add_compared(text, clino_comparison_ranked(c, i), i + 1);
  }
  clino__text_add(text, "\n]");
  clino__json_key(text, "differs");
  clino__text_add(text, "[");
  for (size_t i = 0, n = clino_comparison_setting_count(c); i < n; i++) {
    clino__text_add(text, i ? ",\n" : "\n");
    add_setting(text, c, i);
  }
  clino__text_add(text, "]}");
}

static void write_json(clino__report *report) {
  clino__text_addf(&report->text, "{\"schema\":1,\"clino\":\"%s\",\"runs\":[", clino_version());
  for (size_t i = 0; i < report->n; i++) {
    clino__text_add(&report->text, i ? ",\n" : "\n");
    add_item(&report->text, &report->items[i]);
    if (!clino__report_flush(report)) return;
  }
  clino__text_add(&report->text, report->n ? "\n]" : "]");
  if (report->options->comparison) put_comparison(&report->text, report->options->comparison);
  clino__text_add(&report->text, "}\n");
}

const clino__report_format clino__report_json = {
    "json", "for machines: one JSON object with every finding, one a line", write_json};
