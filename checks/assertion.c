/* Judging a run by an assertion: what its functions make of the last points of a series, the two sides, and the finding
 * that says how they compare. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/robust.h"
#include "base/sum.h"
#include "base/text.h"
#include "checks/assertion.h"
#include "checks/causes.h"

/* ---- functions of a series ---- */

static double mean_of(const double *y, size_t n) {
  clino__sum sum = {0, 0};
  for (size_t i = 0; i < n; i++) clino__sum_add(&sum, y[i]);
  return clino__sum_value(&sum) / (double)n;
}

/* A literal NaN is data: it is the result, whatever stands beside it. */
static double extreme_of(const double *y, size_t n, bool largest) {
  double found = y[0];
  for (size_t i = 0; i < n; i++) {
    if (isnan(y[i])) return NAN;
    if (largest ? y[i] > found : y[i] < found) found = y[i];
  }
  return found;
}

static double median_of(const double *y, size_t n, bool *ok) {
  double *copy = malloc(n * sizeof *copy);
  if (!copy) return *ok = false, NAN;
  memcpy(copy, y, n * sizeof *copy);
  bool any = false;
  for (size_t i = 0; i < n; i++) any |= isnan(y[i]) != 0;
  double median = any ? NAN : clino__median(copy, n);
  free(copy);
  return median;
}

/* Least squares over the steps, or over the points where a step is not known. Centered first, so that late steps cost
 * no digits. */
static double slope_of(const clino_series *series, const double *y, size_t from, size_t n) {
  bool steps = true;
  for (size_t i = 0; i < n; i++) steps &= clino_series_step(series, from + i) != CLINO_NO_STEP;
  double first = steps ? (double)clino_series_step(series, from) : 0, mean_y = mean_of(y, n);
  clino__sum sum_x = {0, 0}, xx = {0, 0}, xy = {0, 0};
  for (size_t i = 0; i < n; i++)
    clino__sum_add(&sum_x, steps ? (double)clino_series_step(series, from + i) - first : (double)i);
  double mean_x = clino__sum_value(&sum_x) / (double)n;
  for (size_t i = 0; i < n; i++) {
    double x = (steps ? (double)clino_series_step(series, from + i) - first : (double)i) - mean_x;
    clino__sum_add(&xx, x * x);
    clino__sum_add(&xy, x * (y[i] - mean_y));
  }
  double spread = clino__sum_value(&xx);
  return spread > 0 ? clino__sum_value(&xy) / spread : NAN;
}

double clino__assertion_read(const clino__instruction *i, const clino_series *series, bool *ok) {
  size_t count = clino_series_count(series), n = count < i->points ? count : i->points;
  const double *y = clino_series_values(series) + (count - n);
  switch (i->function) {
    case CLINO__FIRST: return y[0];
    case CLINO__LAST: return y[n - 1];
    case CLINO__MIN: return extreme_of(y, n, false);
    case CLINO__MAX: return extreme_of(y, n, true);
    case CLINO__MEAN: return mean_of(y, n);
    case CLINO__MEDIAN: return median_of(y, n, ok);
    case CLINO__SLOPE: return slope_of(series, y, count - n, n);
    case CLINO__COUNT: return (double)n;
    default: return NAN;
  }
}

/* ---- the two sides ---- */

/* A series by its name in the run, or else in the log; NULL where it was not logged or has no points. */
static const clino_series *find_series(const clino_run *run, const char *name) {
  const clino_series *found = clino_run_series(run, name);
  for (size_t i = 0; !found && i < clino_run_series_count(run); i++) {
    const clino_series *series = clino_run_series_at(run, i);
    if (strcmp(clino_series_original(series), name) == 0) found = series;
  }
  return found && clino_series_get_kind(found) == CLINO_SERIES_SCALAR && clino_series_count(found) ? found : NULL;
}

static double join(clino__operation operation, double a, double b) {
  switch (operation) {
    case CLINO__ADD: return a + b;
    case CLINO__SUBTRACT: return a - b;
    case CLINO__MULTIPLY: return a * b;
    default: return a / b;
  }
}

/* The value of the program from first to end; every series that it reads is there. */
static double compute(const clino_assertion *a, const clino_run *run, size_t first, size_t end, bool *ok) {
  double stack[CLINO__ASSERTION_DEPTH + 1] = {0};
  size_t n = 0;
  for (size_t k = first; k < end; k++) {
    const clino__instruction *i = &a->code[k];
    if (i->operation == CLINO__NUMBER) {
      stack[n++] = i->number;
    } else if (i->operation == CLINO__READ) {
      stack[n++] = clino__assertion_read(i, find_series(run, i->series), ok);
    } else if (i->operation == CLINO__NEGATE) {
      stack[n - 1] = -stack[n - 1];
    } else {
      n--;
      stack[n - 1] = join(i->operation, stack[n - 1], stack[n]);
    }
  }
  return stack[0];
}

/* Every comparison with NaN is false, != too. */
static bool holds(clino__relation relation, double a, double b) {
  switch (relation) {
    case CLINO__LESS: return a < b;
    case CLINO__LESS_EQUAL: return a <= b;
    case CLINO__GREATER: return a > b;
    case CLINO__GREATER_EQUAL: return a >= b;
    case CLINO__EQUAL: return a == b;
    default: return a < b || a > b;
  }
}

/* ---- findings ---- */

/* The steps that the first series is looked at. */
static void set_place(clino_finding *f, const clino_assertion *a, const clino_run *run) {
  for (size_t i = 0; i < a->n; i++) {
    if (a->code[i].operation != CLINO__READ) continue;
    const clino_series *series = find_series(run, a->code[i].series);
    f->series = a->code[i].series;
    if (!series) return;
    size_t n = clino_series_count(series), points = a->code[i].points;
    size_t from = a->code[i].function == CLINO__LAST ? n - 1 : points < n ? n - points : 0;
    f->series = clino_series_name(series);
    f->first_step = clino_series_step(series, from);
    f->last_step = clino_series_step(series, a->code[i].function == CLINO__FIRST ? from : n - 1);
    return;
  }
}

static clino_status add(clino_finding *f, clino__text *message, clino_findings *findings, clino_error *error) {
  clino_status status = CLINO_OK;
  f->check = "assert";
  f->final = false;
  f->message = clino__text_string(message);
  f->why = "The run was asserted to satisfy this.";
  if (message->failed) status = clino__fail_memory(error, "the finding of an assertion");
  if (!status) status = clino_findings_add(findings, f, error);
  clino__text_free(message);
  return status;
}

static clino_status add_missing(const clino_assertion *a, const char *series, clino_findings *findings,
                                clino_error *error) {
  clino__text message = CLINO__TEXT_EMPTY;
  clino_finding f = clino_finding_default();
  clino__text_addf(&message, "%s: cannot hold, series %s was not logged or has no points", a->text, series);
  f.level = CLINO_FINDING_FAIL;
  f.series = series;
  f.cause = CLINO__CAUSE_NOT_LOGGED;
  f.fix = "Log the series, or correct its name: diagnose --list-series prints those that there are.";
  return add(&f, &message, findings, error);
}

/* "0.731 < 0.5", in so many digits that different numbers look different. */
static void add_sides(clino__text *text, const clino_assertion *a, double left, double right) {
  bool close = fabs(left - right) < 1e-5 * fabs(right);
  if (close) clino__text_add_number(text, left);
  else clino__text_add_digits(text, left, 6);
  clino__text_addf(text, " %s ", clino__relation_names[a->relation]);
  if (close) clino__text_add_number(text, right);
  else clino__text_add_digits(text, right, 6);
}

clino_status clino_assertion_judge(const clino_assertion *a, const clino_run *run, clino_findings *findings,
                                   clino_error *error) {
  if (!a || !run || !findings) return clino__fail(error, CLINO_ERR_RANGE, "clino_assertion_judge: an argument is NULL");
  for (size_t i = 0; i < a->n; i++)
    if (a->code[i].operation == CLINO__READ && !find_series(run, a->code[i].series))
      return add_missing(a, a->code[i].series, findings, error);
  bool ok = true;
  double left = compute(a, run, 0, a->right, &ok), right = compute(a, run, a->right, a->n, &ok);
  if (!ok) return clino__fail_memory(error, "the points of an assertion");
  clino__text message = CLINO__TEXT_EMPTY;
  clino_finding f = clino_finding_default();
  bool held = holds(a->relation, left, right);
  f.level = held ? CLINO_FINDING_PASS : CLINO_FINDING_FAIL;
  f.observed = left;
  f.threshold = right;
  set_place(&f, a, run);
  clino__text_addf(&message, "%s %s: ", a->text, held ? "holds" : "does not hold");
  add_sides(&message, a, left, right);
  if (!held) clino__text_add(&message, " is false");
  return add(&f, &message, findings, error);
}
