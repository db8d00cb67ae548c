#include "checks/descent.h"

#include <math.h>
#include <string.h>

/* ---- fits ---- */

/* Least squares of y = a + b x; the root mean square of what is left. */
static double line_rms(const double *x, const double *y, size_t n) {
  double mx = 0, my = 0, xx = 0, xy = 0, rest = 0;
  for (size_t i = 0; i < n; i++) mx += x[i] / (double)n, my += y[i] / (double)n;
  for (size_t i = 0; i < n; i++) xx += (x[i] - mx) * (x[i] - mx), xy += (x[i] - mx) * (y[i] - my);
  double b = xx > 0 ? xy / xx : 0;
  for (size_t i = 0; i < n; i++) rest += pow(y[i] - my - b * (x[i] - mx), 2);
  return sqrt(rest / (double)n);
}

clino__fit clino__fit_descent(const double *y, size_t n) {
  static const double rates[] = {1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
  double x[CLINO__CURVE_MAX], scaled[CLINO__CURVE_MAX], scale = 0;
  clino__fit fit = {NAN, NAN, NAN};
  if (n < 4 || n > CLINO__CURVE_MAX) return fit;
  for (size_t i = 0; i < n; i++) scale = fmax(scale, fabs(y[i]));
  for (size_t i = 0; i < n; i++) scaled[i] = scale > 0 ? y[i] / scale : 0, x[i] = (double)i / (double)(n - 1);
  fit.linear_rms = line_rms(x, scaled, n);
  for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
    for (size_t i = 0; i < n; i++) x[i] = exp(-rates[r] * (double)i / (double)(n - 1));
    double rms = line_rms(x, scaled, n);
    if (!(rms >= fit.geometric_rms)) fit.geometric_rms = rms, fit.rate = rates[r];
  }
  return fit;
}

/* ---- the training loss ---- */

static void find_lowest(clino__descent *d) {
  const clino__curve *v = &d->curve;
  size_t k = d->k < 5 ? d->k : 5;
  d->low = INFINITY;
  for (size_t i = 0; i + k <= v->n; i++) {
    double level = clino__curve_level(v, i, i + k);
    if (level < d->low) d->low = level, d->at_low = i + k / 2;
  }
}

static void measure(clino__context *c, clino__descent *d) {
  double scratch[4 * CLINO__CURVE_MAX];
  const clino__curve *v = &d->curve;
  size_t n = v->n;
  d->k = n / 4 ? n / 4 : 1;
  d->first = v->y[0];
  d->start = clino__curve_level(v, 0, d->k);
  d->end = clino__curve_level(v, n - d->k, n);
  d->middle = clino__curve_level(v, n / 2 - d->k / 2, n / 2 - d->k / 2 + d->k);
  d->last = INFINITY;
  for (size_t i = n > 3 ? n - 3 : 0; i < n; i++) d->last = fmin(d->last, v->y[i]);
  d->top = fmax(d->first, d->start);
  d->gained = d->top - d->end;
  d->trend = clino__mann_kendall(v->y, n, scratch);
  d->late = clino__mann_kendall(v->y + n / 2, n - n / 2, scratch);
  d->error = clino__median_error(v->noise, d->k) * sqrt(2 * d->trend.inflation);
  d->fit = clino__fit_descent(v->y, n);
  find_lowest(d);
  d->moving = NULL;
  clino__moving_objective(c, &d->moving);
}

const clino__descent *clino__descent_of(clino__context *c) {
  clino__descent *d = &c->shared->descent;
  const clino_series *series = clino__series(c, "train/loss");
  if (!c->shared->measured) {
    d->curve.n = 0;
    if (series && !clino__curve_of(c, series, 5, &d->curve)) return NULL;
    c->shared->measured = true;
    if (d->curve.n) measure(c, d);
  }
  return d->curve.n ? d : NULL;
}

const clino__descent *clino__descent_needed(clino__context *c, size_t least, const char *what) {
  const clino__descent *d = clino__descent_of(c);
  if (c->status) return NULL;
  if (!clino__series(c, "train/loss")) {
    clino__skip(c, "no train/loss was logged");
  } else if (!d || d->curve.n < least) {
    clino__skip(c, "%zu finite points of train/loss are too few: log at least %zu", d ? d->curve.n : 0, least);
  } else if (d->moving) {
    clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_INFO);
    clino__add(c, &f, "in reinforcement or adversarial learning (%s) %s says nothing", d->moving, what);
  } else {
    return d;
  }
  return NULL;
}

bool clino__has_fallen(const clino__descent *d, double fraction) {
  bool real = d->trend.z < -2 || d->start - d->end > 2 * d->error || d->first - d->end > 4 * d->curve.noise;
  return real && d->gained > fraction * fmax(fabs(d->top), fabs(d->end));
}

bool clino__rests(const clino__descent *d) {
  return d->middle - d->end < fmax(2 * d->error, 0.01 * fabs(d->end)) && d->late.z > -2;
}

/* A clear fall over points enough to see one. */
static bool goes_down(const double *y, size_t n) {
  double scratch[4 * CLINO__CURVE_MAX];
  return n >= 8 && clino__mann_kendall(y, n, scratch).z < -2;
}

bool clino__rises_by_leaps(const clino__descent *d) {
  const clino__curve *v = &d->curve;
  size_t leaps = 0, last = 0;
  double least = fmax(6 * v->noise, 0.2 * fabs(d->end - d->low)); /* noise may grow with the loss */
  for (size_t i = 1; i < v->n; i++) {
    if (!(v->y[i] - v->y[i - 1] > least)) continue;
    if (!goes_down(v->y + last, i - last)) return false;
    leaps++;
    last = i;
  }
  return leaps >= 2 && goes_down(v->y + last, v->n - last);
}

clino_finding clino__descent_finding(const clino__context *c, const clino__descent *d, clino_finding_level level) {
  clino_finding f = clino__finding(c, level, d->curve.series);
  f.first_step = d->curve.first_step[0];
  f.last_step = d->curve.last_step[d->curve.n - 1];
  return f;
}

/* ---- statistics ---- */

double clino__generalization_loss(double error, double optimum) {
  return optimum > 0 ? 100 * (error / optimum - 1) : NAN;
}

double clino__autocorrelation(const double *x, size_t n, size_t lag, double *scratch) {
  if (n < lag + 8) return NAN;
  memcpy(scratch, x, n * sizeof *x);
  double center = clino__median(scratch, n), deviation = clino__mad(scratch, n, center), all = 0, both = 0;
  if (!(deviation > 0)) return NAN;
  for (size_t i = 0; i < n; i++) scratch[i] = fmax(-4, fmin(4, (x[i] - center) / deviation));
  for (size_t i = 0; i < n; i++) {
    all += scratch[i] * scratch[i];
    if (i + lag < n) both += scratch[i] * scratch[i + lag];
  }
  return both / (double)(n - lag) / (all / (double)n);
}

double clino__turning_points(const double *y, size_t n, double *z) {
  if (n < 4) return *z = 0, NAN;
  size_t turns = 0;
  for (size_t i = 1; i + 1 < n; i++)
    turns += (y[i] > y[i - 1] && y[i] > y[i + 1]) || (y[i] < y[i - 1] && y[i] < y[i + 1]);
  double m = (double)n;
  *z = ((double)turns - 2 * (m - 2) / 3) / sqrt((16 * m - 29) / 90);
  return (double)turns / (m - 2);
}

size_t clino__values_of(clino__context *c, const clino_series *series, double *values, double *each) {
  clino_summary summary;
  if (!clino__summary(c, series, &summary)) return 0;
  size_t n = 0;
  for (size_t i = 0; i < summary.n_buckets; i++)
    if (isfinite(summary.buckets[i].mean)) values[n++] = summary.buckets[i].mean;
  if (each) *each = summary.n_buckets ? (double)clino_series_count(series) / (double)summary.n_buckets : 1;
  return n;
}

double clino__setting(clino__context *c, const char *name) {
  double stated = clino_run_attribute_number(c->run, name);
  const clino_series *series = clino__series(c, name);
  clino__curve v;
  if (isfinite(stated) || !series) return isfinite(stated) ? stated : NAN;
  return clino__curve_plain(c, series, 1, &v) ? clino__curve_level(&v, 0, v.n) : NAN;
}

double clino__steps_per_epoch(clino__context *c) {
  double steps = clino__setting(c, "dataset_size") / clino__setting(c, "batch_size");
  return steps > 0 && steps < 0x1p53 ? ceil(steps) : NAN;
}

double clino__fano(double accuracy, double classes) {
  double e = 1 - accuracy;
  return (e > 0 ? -e * log(e / (classes - 1)) : 0) - (accuracy > 0 ? accuracy * log(accuracy) : 0);
}

bool clino__never_better(const clino__context *c, const clino__curve *v) {
  double chance = clino__chance_loss(c, NULL), best = INFINITY;
  for (size_t i = 0; i + 3 <= v->n; i++) best = fmin(best, clino__curve_level(v, i, i + 3));
  return chance > 0 && v->n >= 3 && v->y[0] > 0.7 * chance && best > 0.95 * fmin(chance, v->y[0]);
}
