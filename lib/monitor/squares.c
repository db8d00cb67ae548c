/* A block is summed the plain way first; only one whose sum shows that squares may have overflowed or underflowed, or
 * that something was not finite, is gone through value by value. */
#include "monitor/squares.h"

#include <math.h>
#include <stdbool.h>

#include "monitor/block.h"
#include "monitor/lanes.h"

/* At least CLINO__SMALL^2: then what underflowed beside the largest term is below 2^-260 of the sum. */
static bool safe(double sum) { return sum >= CLINO__SMALL * CLINO__SMALL && sum < CLINO__LARGE * CLINO__LARGE; }

void clino__squares_add_one(clino__squares *s, double x, double weight) {
  double size = fabs(x);
  if (size >= CLINO__LARGE) clino__sum_add(&s->large, x * CLINO__DOWN * (x * CLINO__DOWN) * weight);
  else if (size >= CLINO__SMALL) clino__sum_add(&s->middle, x * x * weight);
  else if (size > 0) clino__sum_add(&s->small, x * CLINO__UP * (x * CLINO__UP) * weight);
}

/* Adds the sum of a block's squares where it can be trusted. */
static bool add_if_safe(clino__squares *s, double sum) {
  if (safe(sum)) clino__sum_add(&s->middle, sum);
  return safe(sum);
}

static bool all_zero(size_t n, const double *x) { return clino__lanes_zeros(n, x) == n; }

void clino__squares_add(clino__squares *s, size_t n, const double *x) {
  if (add_if_safe(s, clino__lanes_squares(n, x, 0)) || all_zero(n, x)) return;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(x[i])) clino__squares_add_one(s, x[i], 1);
    else clino__nonfinite_add(&s->nonfinite, x[i]);
  }
}

void clino__squares_add_difference(clino__squares *s, size_t n, const double *before, const double *after) {
  double d[CLINO__BLOCK];
  for (size_t i = 0; i < n; i++) d[i] = after[i] - before[i];
  if (add_if_safe(s, clino__lanes_squares(n, d, 0)) || all_zero(n, d)) return;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(d[i])) clino__squares_add_one(s, d[i], 1);
    else if (isfinite(before[i]) && isfinite(after[i])) clino__squares_add_one(s, after[i] / 2 - before[i] / 2, 4);
    else clino__nonfinite_add(&s->nonfinite, d[i]);
  }
}

static void merge_sums(clino__sum *s, const clino__sum *other) {
  clino__sum_add(s, other->sum);
  clino__sum_add(s, other->carry);
}

void clino__squares_merge(clino__squares *s, const clino__squares *other) {
  merge_sums(&s->large, &other->large);
  merge_sums(&s->middle, &other->middle);
  merge_sums(&s->small, &other->small);
  clino__nonfinite_merge(&s->nonfinite, &other->nonfinite);
}

clino__scaled clino__squares_root(const clino__squares *s) {
  double large = clino__sum_value(&s->large), middle = clino__sum_value(&s->middle);
  double small = clino__sum_value(&s->small);
  if (large > 0) return (clino__scaled){sqrt(large + middle * CLINO__DOWN * CLINO__DOWN), CLINO__SHIFT};
  if (middle > 0) return (clino__scaled){sqrt(middle + small * CLINO__DOWN * CLINO__DOWN), 0};
  return (clino__scaled){sqrt(small), -CLINO__SHIFT};
}

double clino__scaled_value(clino__scaled x) { return ldexp(x.fraction, x.exponent); }
