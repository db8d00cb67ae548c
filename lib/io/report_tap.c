/* The Test Anything Protocol, version 13 (testanything.org): a test a check of a run, what was skipped with the
 * directive SKIP, and what a failure rests on as a YAML block below its line. A run that could not be read is a test
 * that fails. */
#include "base/utf8.h"
#include "io/report.h"

/* A description ends at "#", and "\" escapes. */
static void add_description(clino__text *text, const char *string) {
  clino__text safe = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, string);
  if (safe.failed) text->failed = true;
  for (const char *p = clino__text_string(&safe); *p; p++) {
    if (*p == '#' || *p == '\\') clino__text_add(text, "\\");
    clino__text_add_bytes(text, p, 1);
  }
  clino__text_free(&safe);
}

static void add_head(clino__text *text, bool passed, size_t number, const clino_report_item *item, const char *check) {
  clino__text_addf(text, "%s %zu - ", passed ? "ok" : "not ok", number);
  add_description(text, clino__report_shown_name(item));
  clino__text_add(text, ": ");
  add_description(text, check);
}

/* "  key: "value"": the escapes of a terminal first, so that of those of YAML only \" and \\ are left, which every
 * reader of TAP knows. */
static void add_yaml(clino__text *text, const char *key, const char *value) {
  if (!value || !*value) return;
  clino__text safe = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, value);
  if (safe.failed) text->failed = true;
  clino__text_addf(text, "  %s: ", key);
  clino__text_add_json(text, clino__text_string(&safe));
  clino__text_add(text, "\n");
  clino__text_free(&safe);
}

static void add_about(clino__text *text, const char *key, const clino_finding *f,
                      void (*add)(clino__text *, const clino_finding *)) {
  clino__text about = CLINO__TEXT_EMPTY;
  add(&about, f);
  if (about.failed) text->failed = true;
  add_yaml(text, key, clino__text_string(&about));
  clino__text_free(&about);
}

static void add_block(clino__text *text, const clino_finding *f) {
  clino__text_add(text, "  ---\n");
  add_yaml(text, "message", f->message);
  add_yaml(text, "severity", clino_finding_level_name(f->level));
  add_about(text, "evidence", f, clino__report_evidence);
  add_about(text, "cause", f, clino__report_cause);
  add_yaml(text, "why", f->why);
  add_yaml(text, "fix", f->fix);
  add_yaml(text, "source", f->source);
  clino__text_add(text, "  ...\n");
}

/* What other findings the check has at or above info, as comments. */
static void add_others(clino__text *text, const clino_findings *findings, const clino__report_case *one, bool shown) {
  for (size_t i = one->first, n = clino_findings_count(findings); i < n; i++) {
    const clino_finding *f = clino_findings_at(findings, i);
    if ((f == one->worst && shown) || f->level < CLINO_FINDING_INFO) continue;
    if (!clino__report_same(f->check, one->worst->check)) continue;
    clino__text_addf(text, "# %s: ", clino_finding_level_name(f->level));
    clino__text_add_printable(text, f->message);
    clino__text_add(text, "\n");
  }
}

static void add_case(clino__report *r, const clino_report_item *item, const clino__report_case *one, size_t number) {
  const clino_finding *f = one->worst;
  bool failed = (int)f->level >= r->options->fail_on;
  add_head(&r->text, !failed, number, item, f->check);
  if (f->level == CLINO_FINDING_SKIP) {
    clino__text_add(&r->text, " # SKIP ");
    clino__text_add_printable(&r->text, f->message);
  }
  clino__text_add(&r->text, "\n");
  if (failed) add_block(&r->text, f);
  add_others(&r->text, item->findings, one, failed);
}

static void add_unread(clino__text *text, const clino_report_item *item, size_t number) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  add_head(text, false, number, item, "read");
  clino__text_add(text, "\n  ---\n");
  add_yaml(text, "message", error);
  add_yaml(text, "severity", "error");
  clino__text_add(text, "  ...\n");
}

static void write_tap(clino__report *r) {
  size_t n = clino__report_count_cases(r), number = 0;
  clino__text_addf(&r->text, "TAP version 13\n1..%zu%s\n", n, n ? "" : " # SKIP no check ran");
  for (size_t item = 0; item < r->n; item++) {
    const clino_report_item *it = &r->items[item];
    clino__report_case one;
    if (it->error) add_unread(&r->text, it, ++number);
    for (size_t i = 0; !it->error && clino__report_next_case(it->findings, &i, &one);)
      add_case(r, it, &one, ++number);
    if (!clino__report_flush(r)) return;
  }
}

const clino__report_format clino__report_tap = {
    "tap", "for test harnesses: the Test Anything Protocol, a test a check", write_tap};
