/* Curves of two runs at equal steps. */
#include "checks/difference.h"

#include <math.h>
#include <string.h>

#include "base/robust.h"

int clino__direction_of(const char *name) {
  static const char *const roles[] = {"train/", "val/", "test/", "loss/"};
  static const char *const lower[] = {"loss", "error", "perplexity", "ppl", "nll", "rmse", "mse", "mae", "wer"};
  static const char *const higher[] = {"accuracy", "acc", "f1", "auc", "precision", "recall", "iou", "map", "bleu",
                                       "r2", "reward"};
  bool role = !strchr(name, '/');
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) role |= strncmp(name, roles[i], strlen(roles[i])) == 0;
  for (size_t i = 0; role && i < sizeof lower / sizeof lower[0]; i++)
    if (clino__mentions(name, lower[i])) return 1;
  for (size_t i = 0; role && i < sizeof higher / sizeof higher[0]; i++)
    if (clino__mentions(name, higher[i])) return -1;
  return 0;
}

static bool has_steps(const clino__curve *v) { return v->first_step[0] != CLINO_NO_STEP; }

/* Without steps, points of one index are taken for the same time. */
static double middle_step(const clino__curve *v, size_t i) {
  if (!has_steps(v)) return (double)i;
  return 0.5 * ((double)v->first_step[i] + (double)v->last_step[i]);
}

/* The curve at a step within its range; NaN outside. */
static double at_step(const clino__curve *v, double step) {
  if (!(step >= middle_step(v, 0) && step <= middle_step(v, v->n - 1))) return NAN;
  size_t k = 0;
  while (k + 1 < v->n && middle_step(v, k + 1) < step) k++;
  if (k + 1 >= v->n) return v->y[k];
  double a = middle_step(v, k), b = middle_step(v, k + 1);
  return b > a ? v->y[k] + (v->y[k + 1] - v->y[k]) * (step - a) / (b - a) : v->y[k];
}

static double median_of(const double *values, size_t n) {
  double copy[CLINO__CURVE_MAX];
  memcpy(copy, values, n * sizeof *copy);
  return clino__median(copy, n);
}

/* Going back from the end, medians of a few points: until they are no longer worse by twice their error. */
static int64_t worse_since(const clino__difference *d, double noise) {
  size_t k = d->n / 32 < 3 ? 3 : d->n / 32, from = d->n;
  double limit = 2 * clino__median_error(noise, k);
  while (from >= k && median_of(d->d + from - k, k) > limit) from--;
  return d->step[from < d->n ? from : d->n - 1];
}

void clino__difference_of(const clino__curve *ours, const clino__curve *theirs, int direction, clino__difference *d) {
  double mine[CLINO__CURVE_MAX], other[CLINO__CURVE_MAX];
  d->n = 0;
  for (size_t i = 0; i < ours->n; i++) {
    double there = at_step(theirs, middle_step(ours, i));
    if (isnan(there)) continue;
    mine[d->n] = ours->y[i];
    other[d->n] = there;
    d->d[d->n] = direction * (ours->y[i] - there);
    d->last = ours->last_step[i];
    d->step[d->n++] = ours->first_step[i];
  }
  if (!d->n) return;
  size_t k = (d->n + 3) / 4;
  double noise = hypot(ours->noise, theirs->noise);
  d->level = median_of(d->d + d->n - k, k);
  d->ours = median_of(mine + d->n - k, k);
  d->theirs = median_of(other + d->n - k, k);
  d->error = clino__median_error(noise, k);
  d->since = worse_since(d, noise);
}

bool clino__differ_by_step(const clino__curve *ours, const clino__curve *theirs) {
  return ours->n && theirs->n && has_steps(ours) == has_steps(theirs);
}

const clino_series *clino__scalar(const clino_run *run, const char *name) {
  const clino_series *s = clino_run_series(run, name);
  return s && clino_series_get_kind(s) == CLINO_SERIES_SCALAR && clino_series_count(s) ? s : NULL;
}

bool clino__ends_finite(const clino_series *series) {
  return isfinite(clino_series_values(series)[clino_series_count(series) - 1]);
}
