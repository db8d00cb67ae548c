/* A loss in its terms: a strong regularizer covers up a wrong gradient of the data, unless each term is checked alone.
 * Weighted least squares with a ridge penalty; one entry of the data's gradient is 10% too small.
 *
 *   terms [sum | right]
 *
 * Checks the terms; "sum": only their sum, which passes; "right": the terms of a right gradient, at more points. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clino/gradcheck.h"

enum { SAMPLES = 12, FEATURES = 5 };

typedef struct ridge {
  double a[SAMPLES][FEATURES], target[SAMPLES], strength;
  size_t term;                 /* CLINO_TERM_ALL: both */
  bool wrong;
} ridge;

static double data_term(const ridge *r, const double *x, double *grad) {
  double f = 0;
  for (int s = 0; s < SAMPLES; s++) {
    double residual = -r->target[s];
    for (int i = 0; i < FEATURES; i++) residual += r->a[s][i] * x[i];
    f += residual * residual / SAMPLES;
    for (int i = 0; i < FEATURES && grad; i++)
      grad[i] += 2 * residual * r->a[s][i] / SAMPLES * (r->wrong && i == 3 ? 0.9 : 1);
  }
  return f;
}

static double penalty(const ridge *r, const double *x, double *grad) {
  double f = 0;
  for (int i = 0; i < FEATURES; i++) {
    f += r->strength / 2 * x[i] * x[i];
    if (grad) grad[i] += r->strength * x[i];
  }
  return f;
}

static int loss(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const ridge *r = ctx;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  if (r->term == CLINO_TERM_ALL || r->term == 0) *f += data_term(r, x, grad);
  if (r->term == CLINO_TERM_ALL || r->term == 1) *f += penalty(r, x, grad);
  return 0;
}

/* The hook: from now on loss() and its gradient are those of one term, or of all. */
static int select_term(size_t term, void *ctx) {
  ((ridge *)ctx)->term = term;
  return 0;
}

static void print_findings(const clino_gradcheck_result *result) {
  clino_findings *findings = NULL;
  clino_status status = clino_findings_new(&findings, NULL);
  if (!status) status = clino_gradcheck_findings(result, "ridge", findings, NULL);
  for (size_t i = 0; !status && i < clino_findings_count(findings); i++) {
    const clino_finding *f = clino_findings_at(findings, i);
    printf("%s %s: %.70s...\n", clino_finding_level_name(f->level), f->check, f->message);
  }
  clino_findings_free(findings);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  static const char *const names[] = {"squares", "ridge"};
  const double x[FEATURES] = {0.61, -0.83, 1.27, 0.52, -1.44};
  ridge r = {.strength = 1e7, .term = CLINO_TERM_ALL, .wrong = strcmp(what, "right") != 0};
  for (int s = 0; s < SAMPLES; s++) {
    for (int i = 0; i < FEATURES; i++) r.a[s][i] = (double)((7 * s + 3 * i * i + s * i) % 11 - 5) / 5;
    r.target[s] = (double)(s % 5 - 2) / 2;
  }
  clino_gradcheck_options o = clino_gradcheck_options_default();
  if (strcmp(what, "sum") != 0) {
    o.n_terms = 2;
    o.term_names = names;
    o.context.select_term = select_term;
  }
  if (!r.wrong) o.points = 2, o.burn_in = 10;
  clino_gradcheck_result result;
  clino_error error;
  char report[4096];
  if (gradcheck(loss, &r, FEATURES, x, &o, &result, &error) != CLINO_OK) {
    fprintf(stderr, "terms: %s\n", error.message);
    return 2;
  }
  clino_gradcheck_report(&result, report, sizeof report);
  fputs(report, stdout);
  print_findings(&result);
  return 0;
}
