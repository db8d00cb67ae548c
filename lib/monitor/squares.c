/* A block is summed the plain way first; only one whose sum shows that squares may have overflowed or underflowed, or
 * that something was not finite, is gone through value by value. */
#include "monitor/squares.h"

#include <math.h>
#include <stdbool.h>


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

static bool all_zero(const clino__block *x) {
  clino__survey survey;
  clino__block_survey(x, &survey);
  return survey.zeros == x->n;
}

static void add_block(clino__squares *s, const clino__block *x, double sum) {
  if (add_if_safe(s, sum) || all_zero(x)) return;
  for (size_t i = 0; i < x->n; i++) {
    double v = clino__block_value(x, i);
    if (isfinite(v)) clino__squares_add_one(s, v, 1);
    else clino__nonfinite_add(&s->nonfinite, v);
  }
}

void clino__squares_add(clino__squares *s, const clino__block *x) { add_block(s, x, clino__block_squares(x)); }

/* The sum of the differences' squares could not be trusted. */
static void add_differences(clino__squares *s, const clino__block *before, const clino__block *after) {
  double d[CLINO__BLOCK];
  for (size_t i = 0; i < before->n; i++) d[i] = clino__block_value(after, i) - clino__block_value(before, i);
  clino__block difference = clino__block_f64(before->kernels, before->n, d);
  if (all_zero(&difference)) return;
  for (size_t i = 0; i < before->n; i++) {
    double v = clino__block_value(before, i), w = clino__block_value(after, i);
    if (isfinite(d[i])) clino__squares_add_one(s, d[i], 1);
    else if (isfinite(v) && isfinite(w)) clino__squares_add_one(s, w / 2 - v / 2, 4);
    else clino__nonfinite_add(&s->nonfinite, d[i]);
  }
}

void clino__squares_add_step(clino__squares *values, clino__squares *change, const clino__block *before,
                             const clino__block *after) {
  clino__pair_sums sums;
  clino__block_step(before, after, &sums);
  add_block(values, before, sums.first);
  if (!add_if_safe(change, sums.difference)) add_differences(change, before, after);
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
