/* The text report: for people. The verdict first, then each finding by gravity with its evidence, its likely cause, why
 * it matters and what to do; what passed or was skipped in one line of names. Nothing that a log contains reaches the
 * terminal unescaped: all text goes through clino__report_wrap or clino__text_add_printable. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "io/report.h"

enum { BODY = 8, LABEL = 10 };
static const char first_column[] = "read first";

static const char *color_of(int gravity) {
  switch (gravity) {
    case CLINO_FINDING_SKIP: return "\x1b[2m";
    case CLINO_FINDING_PASS: return "\x1b[32m";
    case CLINO_FINDING_INFO: return "\x1b[36m";
    case CLINO_FINDING_WARN: return "\x1b[33m";
    default: return "\x1b[1;31m";
  }
}

/* A verdict, padded to at least columns, coloured where asked for. */
static void add_verdict(clino__report *r, int gravity, const char *name, size_t columns) {
  if (r->options->color) clino__text_add(&r->text, color_of(gravity));
  clino__text_add(&r->text, name);
  if (r->options->color) clino__text_add(&r->text, "\x1b[0m");
  size_t length = strlen(name);
  clino__report_blanks(&r->text, columns > length ? columns - length : 0);
}

/* "LABEL     body", wrapped. Without a body: nothing. */
static void add_field(clino__report *r, const char *label, const char *body) {
  if (!body || !*body) return;
  size_t length = strlen(label);
  clino__report_blanks(&r->text, BODY);
  clino__text_add(&r->text, label);
  clino__report_blanks(&r->text, length < LABEL ? LABEL - length : 1);
  clino__report_wrap(&r->text, body, BODY + LABEL, BODY + LABEL, r->options->width);
  clino__text_add(&r->text, "\n");
}

/* What add writes about a finding, as a field. */
static void add_about(clino__report *r, const char *label, const clino_finding *f,
                      void (*add)(clino__text *, const clino_finding *)) {
  clino__text about = CLINO__TEXT_EMPTY;
  add(&about, f);
  if (about.failed) r->text.failed = true;
  add_field(r, label, clino__text_string(&about));
  clino__text_free(&about);
}

static const clino_finding *next_at_level(const clino_findings *findings, clino_finding_level level, size_t *i) {
  for (const clino_finding *f; (f = clino_findings_at(findings, *i)); ++*i)
    if (f->level == level) return f;
  return NULL;
}

static void add_headline(clino__report *r, const clino_finding *f) {
  clino__text headline = CLINO__TEXT_EMPTY;
  clino__text_add(&r->text, "  ");
  add_verdict(r, (int)f->level, clino_finding_level_name(f->level), BODY - 2);
  clino__text_addf(&headline, "%s: %s", f->check, f->message);
  if (headline.failed) r->text.failed = true;
  clino__report_wrap(&r->text, clino__text_string(&headline), BODY, BODY, r->options->width);
  clino__text_free(&headline);
  clino__text_add(&r->text, "\n");
}

/* Whether a finding speaks of all points of its series: then there is nothing to mark. */
static bool is_of_all(const clino_run *run, const clino_finding *f) {
  const clino_series *s = clino_run_series(run, f->series);
  const size_t n = clino_series_count(s);
  return f->first_step == CLINO_NO_STEP || f->last_step == CLINO_NO_STEP ||
         (f->first_step <= clino_series_step(s, 0) && f->last_step >= clino_series_step(s, n - 1));
}

/* Whether a finding before the i-th has a plot that shows all that its own would. */
static bool is_drawn(const clino_run *run, const clino_finding *const *order, size_t i) {
  const clino_finding *f = order[i];
  for (size_t k = 0; k < i && f->series; k++) {
    const clino_finding *other = order[k];
    if (other->level < CLINO_FINDING_WARN || !clino__report_same(f->series, other->series)) continue;
    if ((f->first_step == other->first_step && f->last_step == other->last_step) || is_of_all(run, f)) return true;
  }
  return false;
}

static void add_finding(clino__report *r, const clino_run *run, const clino_finding *const *order, size_t i,
                        const clino_finding *next) {
  const clino_finding *f = order[i];
  add_headline(r, f);
  add_about(r, "evidence", f, clino__report_evidence);
  if (r->options->plot && run && f->level >= CLINO_FINDING_WARN && !is_drawn(run, order, i))
    clino__report_plot(&r->text, run, f, BODY, r->options->width);
  add_about(r, "cause", f, clino__report_cause);
  if (clino__report_same_advice(f, next)) return; /* given once, after the last */
  const bool in_full = f->level != CLINO_FINDING_INFO || r->options->verbose; /* what is no fault is told in brief */
  if (in_full) add_field(r, "why", f->why);
  add_field(r, "fix", f->fix);
  if (in_full) add_field(r, "source", f->source);
  clino__text_add(&r->text, "\n");
}

static void add_in_full(clino__report *r, const clino_report_item *item, int lowest) {
  size_t n;
  const clino_finding **order = clino__report_order(item->findings, lowest, &n);
  if (!order) r->text.failed = true;
  for (size_t i = 0; i < n; i++) add_finding(r, item->run, order, i, i + 1 < n ? order[i + 1] : NULL);
  free(order);
}

/* "pass  initial-loss, dead-units (3), ...": the names of the checks, a check with several findings once. */
static void add_names(clino__report *r, const clino_findings *findings, clino_finding_level level) {
  clino__text names = CLINO__TEXT_EMPTY;
  size_t i = 0, times = 0;
  for (const clino_finding *f = next_at_level(findings, level, &i), *next; f; f = next) {
    i++;
    next = next_at_level(findings, level, &i);
    times++;
    if (next && clino__report_same(f->check, next->check)) continue;
    clino__text_addf(&names, "%s%s", names.length ? ", " : "", f->check);
    if (times > 1) clino__text_addf(&names, " (%zu)", times);
    times = 0;
  }
  if (names.failed) r->text.failed = true;
  if (names.length) {
    clino__text_add(&r->text, "  ");
    add_verdict(r, (int)level, clino_finding_level_name(level), BODY - 2);
    clino__report_wrap(&r->text, names.data, BODY, BODY, r->options->width);
    clino__text_add(&r->text, "\n");
  }
  clino__text_free(&names);
}

/* "csv, 7 series, steps 0 to 9000; 2 fail, 5 pass" under the name of the run. */
static void add_summary(clino__report *r, const clino_report_item *item) {
  clino__text parts = CLINO__TEXT_EMPTY;
  if (item->format) clino__text_addf(&parts, ", %s", item->format);
  if (item->run) {
    int64_t first, last;
    clino_run_step_range(item->run, &first, &last);
    clino__text_addf(&parts, ", %zu series", clino_run_series_count(item->run));
    clino__report_steps(&parts, ", ", first, last);
  }
  size_t counts[CLINO_FINDING_LEVEL_COUNT];
  clino__report_count_levels(item->findings, counts);
  const char *before = parts.length ? "; " : ", ";
  for (int level = CLINO_FINDING_FAIL; level >= CLINO_FINDING_SKIP; level--) {
    if (!counts[level]) continue;
    clino__text_addf(&parts, "%s%zu %s", before, counts[level], clino_finding_level_name((clino_finding_level)level));
    before = ", ";
  }
  if (parts.failed) r->text.failed = true;
  if (parts.length > 2) {
    clino__report_blanks(&r->text, BODY - 2);
    clino__report_wrap(&r->text, parts.data + 2, BODY - 2, BODY - 2, r->options->width);
    clino__text_add(&r->text, "\n");
  }
  clino__text_free(&parts);
}

static void add_error(clino__report *r, const clino_report_item *item) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  clino__report_blanks(&r->text, BODY - 2);
  clino__report_wrap(&r->text, error, BODY - 2, BODY - 2, r->options->width);
  clino__text_add(&r->text, "\n");
}

/* The loss, with the steps of the finding to read first, as far as it is about a loss. */
static void add_loss(clino__report *r, const clino_report_item *item) {
  static const char *const names[] = {"train/loss", "val/loss"};
  const clino_finding *top = clino_findings_top(item->findings);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    clino_finding shown = clino_finding_default();
    shown.series = names[i];
    if (!clino_run_series(item->run, names[i])) continue;
    if (top && clino__report_same(top->series, names[i])) shown = *top;
    clino__report_blanks(&r->text, BODY);
    clino__text_addf(&r->text, "%s\n", names[i]);
    clino__report_plot(&r->text, item->run, &shown, 0, r->options->width);
  }
}

static void add_brief_findings(clino__report *r, const clino_report_item *item) {
  size_t n;
  const clino_finding **order = clino__report_order(item->findings, CLINO_FINDING_WARN, &n);
  if (!order) r->text.failed = true;
  for (size_t i = 0; i < n; i++) add_headline(r, order[i]);
  free(order);
  if (r->options->plot && item->run) add_loss(r, item);
  clino__text_add(&r->text, "\n");
}

static void add_findings(clino__report *r, const clino_report_item *item) {
  const clino_findings *findings = item->findings;
  clino__text_add(&r->text, "\n");
  add_in_full(r, item, r->options->quiet     ? CLINO_FINDING_WARN
                       : r->options->verbose ? CLINO_FINDING_SKIP
                                             : CLINO_FINDING_INFO);
  if (r->options->quiet || r->options->verbose) return;
  size_t before = r->text.length;
  add_names(r, findings, CLINO_FINDING_PASS);
  add_names(r, findings, CLINO_FINDING_SKIP);
  if (r->text.length > before) clino__text_add(&r->text, "\n");
}

static void add_item(clino__report *r, const clino_report_item *item, size_t number) {
  (void)number;
  static const char *const verdicts[] = {"SKIP", "PASS", "INFO", "WARN", "FAIL", "ERROR"};
  int gravity = clino__report_gravity(item);
  add_verdict(r, gravity, verdicts[gravity], BODY - 2);
  clino__text_add_printable(&r->text, clino__report_shown_name(item));
  clino__text_add(&r->text, "\n");
  if (item->error) {
    add_error(r, item);
    clino__text_add(&r->text, "\n");
    return;
  }
  if (!r->options->quiet) add_summary(r, item);
  if (r->options->brief) add_brief_findings(r, item);
  else add_findings(r, item);
}

/* The check to read of first. */
static const char *top_of(const clino_report_item *item) {
  const clino_finding *top = clino_findings_top(item->findings);
  return top ? top->check : "-";
}

static size_t columns_of(clino__report *r, const char *name) {
  clino__text safe = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, name);
  if (safe.failed) r->text.failed = true;
  size_t columns = clino__utf8_columns(clino__text_string(&safe), safe.length);
  clino__text_free(&safe);
  return columns;
}

/* A cell of the column that names the check to read of first. */
static void add_top(clino__report *r, const char *name) {
  size_t columns = columns_of(r, name);
  clino__text_add_printable(&r->text, name);
  clino__report_blanks(&r->text, (columns < r->columns ? r->columns - columns : 0) + 2);
}

static void add_table_row(clino__report *r, const clino_report_item *item, size_t number) {
  (void)number;
  int gravity = clino__report_gravity(item);
  add_verdict(r, gravity, clino__report_verdict(gravity), 7);
  size_t counts[CLINO_FINDING_LEVEL_COUNT];
  clino__report_count_levels(item->findings, counts);
  for (int level = CLINO_FINDING_FAIL; level >= CLINO_FINDING_SKIP; level--) {
    if (item->error)
      clino__text_add(&r->text, "     -");
    else
      clino__text_addf(&r->text, "%6zu", counts[level]);
  }
  clino__text_add(&r->text, "  ");
  add_top(r, top_of(item));
  clino__text_add_printable(&r->text, clino__report_shown_name(item));
  clino__text_add(&r->text, "\n");
}

static void add_table(clino__report *r) {
  r->columns = strlen(first_column);
  for (size_t i = 0; i < r->n; i++) {
    size_t columns = columns_of(r, top_of(&r->items[i]));
    if (columns > r->columns) r->columns = columns;
  }
  clino__text_add(&r->text, "verdict  fail  warn  info  pass  skip  ");
  add_top(r, first_column);
  clino__text_add(&r->text, "run\n");
  clino__report_by_gravity(r, CLINO_FINDING_SKIP, add_table_row);
  clino__text_add(&r->text, "\n");
}

static void write_text(clino__report *r) {
  if (r->options->comparison) clino__report_compare(&r->text, r->options->comparison, r->options);
  if (r->n > 1 && !r->options->quiet && !r->options->brief) add_table(r);
  clino__report_by_gravity(r, r->options->quiet ? CLINO_FINDING_WARN : CLINO_FINDING_SKIP, add_item);
}

const clino__report_format clino__report_text = {
    "text", "for people: verdict, evidence, cause, and what to do", write_text};
