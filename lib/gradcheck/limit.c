#include "gradcheck/limit.h"

#include <math.h>

#define CLEAR 4 /* times its error bar a value must be to count as clear of noise */

bool clino__limit_add(clino__limit *l, double t, double value, double noise, double extra) {
  if (l->count == CLINO__LIMIT_MOST || !isfinite(value) || !isfinite(noise) || !isfinite(extra)) return false;
  size_t k = l->count++;
  l->t[k] = t;
  l->value[k] = value;
  l->noise[k] = noise;
  l->extra[k] = extra;
  return true;
}

/* ---- the best sample ---- */

static double truncation(const clino__limit *l, size_t k) {
  double ratio = l->t[k - 1] / l->t[k], error = 2 * fabs(l->value[k] - l->value[k - 1]) / (ratio * ratio - 1);
  for (size_t i = k + 1; i < l->count; i++)
    error = fmax(error, fabs(l->value[k] - l->value[i]) - l->noise[k] - 2 * l->noise[i]); /* 6 deviations: of many */
  return error;
}

size_t clino__limit_best(const clino__limit *l, double *error) {
  size_t best = l->count;
  *error = INFINITY;
  for (size_t k = 1; k < l->count; k++) {
    double e = l->noise[k] + l->extra[k] + truncation(l, k);
    if (!(e < *error)) continue;
    *error = e;
    best = k;
  }
  return best;
}

/* ---- a plateau ---- */

static bool is_clear(const clino__limit *l, size_t k) { return fabs(l->value[k]) > CLEAR * l->noise[k]; }

static double mean(const clino__limit *l, size_t from, size_t to) {
  double m = 0;
  for (size_t k = from; k <= to; k++) m += l->value[k] / (double)(to - from + 1);
  return m;
}

/* How far the samples lie from their mean; infinite where one is not clear of noise. */
static double spread_of(const clino__limit *l, size_t from, size_t to) {
  double m = mean(l, from, to), widest = 0;
  for (size_t k = from; k <= to; k++) widest = is_clear(l, k) ? fmax(widest, fabs(l->value[k] - m)) : INFINITY;
  return widest;
}

static bool level(const clino__limit *l, size_t from, size_t to, double spread) {
  return spread_of(l, from, to) <= spread * fabs(mean(l, from, to));
}

static bool contradicted(const clino__limit *l, const clino__plateau *p) {
  for (size_t k = p->to + 1; k < l->count; k++)
    if (l->noise[k] <= fabs(p->value) / CLEAR && fabs(l->value[k] - p->value) > l->noise[k] + fabs(p->value) / 2)
      return true;
  return false;
}

bool clino__limit_plateau(const clino__limit *l, size_t least, double spread, clino__plateau *p) {
  if (l->count < least) return false;
  size_t to = l->count - 1;
  while (to + 1 > least && !level(l, to + 1 - least, to, spread)) to--;
  if (to + 1 < least || !level(l, to + 1 - least, to, spread)) return false;
  *p = (clino__plateau){.from = to + 1 - least, .to = to};
  while (p->from > 0 && level(l, p->from - 1, to, spread)) p->from--;
  double noise = INFINITY;
  for (size_t k = p->from; k <= p->to; k++) noise = fmin(noise, l->noise[k]);
  p->value = mean(l, p->from, p->to);
  p->error = noise + spread_of(l, p->from, p->to);
  return !contradicted(l, p);
}

/* ---- a power law ---- */

#define BEND 0.25 /* largest change of the order along a law */

/* Order between a sample and the next. */
static double order_at(const clino__limit *l, size_t k) {
  return log(fabs(l->value[k] / l->value[k + 1])) / log(l->t[k] / l->t[k + 1]);
}

static bool follows(const clino__limit *l, size_t k, double order) {
  return is_clear(l, k) && is_clear(l, k + 1) && fabs(order_at(l, k) - order) <= BEND;
}

/* Weighted least squares of log |value| over log t; a weight is 1 over the square of the relative noise and of 2% for
 * what the law leaves out. The error is that of the weights or of the residuals, whichever is larger. */
static void fit(const clino__limit *l, clino__law *law) {
  double w[CLINO__LIMIT_MOST], x[CLINO__LIMIT_MOST], y[CLINO__LIMIT_MOST];
  double sum = 0, mx = 0, my = 0, xx = 0, xy = 0, rr = 0;
  for (size_t k = law->from; k <= law->to; k++) {
    double noise = l->noise[k] / fabs(l->value[k]);
    w[k] = 1 / (noise * noise + 4e-4);
    x[k] = log(l->t[k]);
    y[k] = log(fabs(l->value[k]));
    sum += w[k], mx += w[k] * x[k], my += w[k] * y[k];
  }
  mx /= sum, my /= sum;
  for (size_t k = law->from; k <= law->to; k++)
    xx += w[k] * (x[k] - mx) * (x[k] - mx), xy += w[k] * (x[k] - mx) * (y[k] - my);
  law->order = xy / xx;
  for (size_t k = law->from; k <= law->to; k++) {
    double r = y[k] - my - law->order * (x[k] - mx);
    rr += w[k] * r * r;
  }
  law->error = sqrt(fmax(1, rr / (double)(law->to - law->from - 1)) / xx);
}

clino__law clino__limit_law(const clino__limit *l) {
  clino__law law = {NAN, NAN, 0, 0};
  if (l->count < 3) return law;
  size_t k = l->count - 2;
  while (k > 0 && !(is_clear(l, k + 1) && follows(l, k, order_at(l, k - 1)) && is_clear(l, k - 1))) k--;
  if (k == 0) return law;
  law.from = k - 1;
  law.to = k + 1;
  double order = (order_at(l, k - 1) + order_at(l, k)) / 2;
  while (law.from > 0 && follows(l, law.from - 1, order)) law.from--;
  fit(l, &law);
  return law;
}
