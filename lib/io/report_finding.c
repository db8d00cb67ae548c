/* What reports say about a finding, and the findings of one check taken together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/report.h"

enum { DIGITS = 4 };

bool clino__report_same(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

bool clino__report_same_advice(const clino_finding *a, const clino_finding *b) {
  return b && clino__report_same(a->check, b->check) && clino__report_same(a->why, b->why) &&
         clino__report_same(a->fix, b->fix) && clino__report_same(a->source, b->source);
}

/* How early a finding comes among those of its level. */
static int place_of(const clino_finding *f, const clino_finding *top) {
  if (!top || f->level != top->level || !clino__report_same(f->check, top->check)) return 2;
  return f != top;
}

const clino_finding **clino__report_order(const clino_findings *findings, int lowest, size_t *n) {
  const clino_finding *top = clino_findings_top(findings);
  size_t count = clino_findings_count(findings);
  const clino_finding **order = malloc((count + 1) * sizeof *order);
  *n = 0;
  if (!order) return NULL;
  for (int level = CLINO_FINDING_FAIL; level >= lowest; level--)
    for (int place = 0; place <= 2; place++)
      for (size_t i = 0; i < count; i++) {
        const clino_finding *f = clino_findings_at(findings, i);
        if ((int)f->level == level && place_of(f, top) == place) order[(*n)++] = f;
      }
  return order;
}

void clino__report_steps(clino__text *text, const char *before, int64_t first, int64_t last) {
  if (first == CLINO_NO_STEP && last == CLINO_NO_STEP) return;
  clino__text_add(text, before);
  if (first == last || last == CLINO_NO_STEP)
    clino__text_addf(text, "step %lld", (long long)first);
  else if (first == CLINO_NO_STEP)
    clino__text_addf(text, "up to step %lld", (long long)last);
  else
    clino__text_addf(text, "steps %lld to %lld", (long long)first, (long long)last);
}

/* ", " where something of the same line stands before. */
static const char *comma(const clino__text *text, size_t start) { return text->length > start ? ", " : ""; }

static void add_number(clino__text *text, size_t start, const char *name, double value) {
  if (isnan(value)) return;
  clino__text_addf(text, "%s%s ", comma(text, start), name);
  clino__text_add_digits(text, value, DIGITS);
}

void clino__report_evidence(clino__text *text, const clino_finding *f) {
  size_t start = text->length;
  if (f->series) clino__text_add(text, f->series);
  clino__report_steps(text, comma(text, start), f->first_step, f->last_step);
  add_number(text, start, "observed", f->observed);
  add_number(text, start, "threshold", f->threshold);
  if (f->level <= CLINO_FINDING_PASS) return;
  add_number(text, start, "confidence", 100 * f->confidence);
  if (!isnan(f->confidence)) clino__text_add(text, "%");
  if (f->final) clino__text_addf(text, "%sfinal (more data cannot undo it)", comma(text, start));
}

void clino__report_cause(clino__text *text, const clino_finding *f) {
  size_t start = text->length;
  if (f->cause) clino__text_add(text, f->cause);
  for (size_t i = 0; i < f->n_alternatives; i++) {
    const char *before = i == 0 && f->cause ? "; or else " : comma(text, start);
    clino__text_addf(text, "%s%s", before, f->alternatives[i] ? f->alternatives[i] : "");
  }
}

/* "LABEL: what add writes", nothing where that is nothing. */
static void add_line(clino__text *text, const char *label, const clino_finding *f,
                     void (*add)(clino__text *, const clino_finding *)) {
  clino__text about = CLINO__TEXT_EMPTY;
  add(&about, f);
  if (about.failed) text->failed = true;
  if (about.length) clino__text_addf(text, "%s: %s\n", label, clino__text_string(&about));
  clino__text_free(&about);
}

void clino__report_detail(clino__text *text, const clino_finding *f) {
  const char *const labels[] = {"why", "fix", "source"}, *const bodies[] = {f->why, f->fix, f->source};
  clino__text_addf(text, "%s: %s\n", clino_finding_level_name(f->level), f->message);
  add_line(text, "evidence", f, clino__report_evidence);
  add_line(text, "cause", f, clino__report_cause);
  for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
    if (bodies[i] && *bodies[i]) clino__text_addf(text, "%s: %s\n", labels[i], bodies[i]);
}

/* ---- cases ---- */

static bool seen_before(const clino_findings *findings, size_t i) {
  const char *check = clino_findings_at(findings, i)->check;
  while (i-- > 0)
    if (clino__report_same(clino_findings_at(findings, i)->check, check)) return true;
  return false;
}

bool clino__report_next_case(const clino_findings *findings, size_t *i, clino__report_case *next) {
  size_t n = clino_findings_count(findings);
  while (*i < n && seen_before(findings, *i)) ++*i;
  if (*i >= n) return false;
  *next = (clino__report_case){clino_findings_at(findings, *i), *i, 0};
  for (size_t k = *i; k < n; k++) {
    const clino_finding *f = clino_findings_at(findings, k);
    if (!clino__report_same(f->check, next->worst->check)) continue;
    next->n++;
    if (f->level > next->worst->level) next->worst = f;
  }
  ++*i;
  return true;
}

void clino__report_case_detail(clino__text *text, const clino_findings *findings, const clino__report_case *one,
                               clino_finding_level lowest) {
  bool first = true;
  for (size_t k = one->first, n = clino_findings_count(findings); k < n; k++) {
    const clino_finding *f = clino_findings_at(findings, k);
    if (f->level < lowest || !clino__report_same(f->check, one->worst->check)) continue;
    if (!first) clino__text_add(text, "\n");
    clino__report_detail(text, f);
    first = false;
  }
}

size_t clino__report_count_cases(const clino__report *report) {
  size_t n = 0;
  for (size_t item = 0; item < report->n; item++) {
    const clino_report_item *it = &report->items[item];
    clino__report_case one;
    n += it->error != NULL;
    for (size_t i = 0; !it->error && clino__report_next_case(it->findings, &i, &one);) n++;
  }
  return n;
}
