/* Each block in two passes while it is in cache: the mean, then squared deviations from it, with A. Bjoerck's
 * correction for the rounding of the mean (in Chan, Golub and LeVeque 1983, eq. 1.7); blocks are merged like parts of a
 * stream. */
#include "monitor/moments.h"

#include <math.h>

#include "monitor/block.h"
#include "monitor/lanes.h"

static const double *scale_block(size_t n, const double *x, double by, double *room) {
  for (size_t i = 0; i < n; i++) room[i] = x[i] * by;
  return room;
}

/* Mean and squared deviations of a block whose sum and squares stay in range. */
static void two_pass(clino__moments *b, size_t n, const double *x, clino__sum *squares) {
  double mean = clino__lanes_sum(n, x, 0) / (double)n;
  double rest = clino__lanes_sum(n, x, mean), sum = clino__lanes_squares(n, x, mean) - rest * rest / (double)n;
  b->mean = (clino__sum){mean, rest / (double)n};
  squares->sum = sum > 0 ? sum : 0;
}

/* The moments of n finite values, 1 to CLINO__BLOCK. */
static clino__moments block_moments(size_t n, const double *x) {
  clino__moments b = {0};
  double room[CLINO__BLOCK];
  b.count = n;
  clino__lanes_range(n, x, &b.min, &b.max);
  double size = fmax(fabs(b.min), fabs(b.max));
  if (b.min == b.max) {
    b.mean.sum = b.min;
  } else if (size >= CLINO__LARGE) {
    two_pass(&b, n, scale_block(n, x, CLINO__DOWN, room), &b.deviation.large);
    b.mean.sum *= CLINO__UP;
    b.mean.carry *= CLINO__UP;
  } else if (b.max - b.min < CLINO__SMALL) {
    two_pass(&b, n, scale_block(n, x, CLINO__UP, room), &b.deviation.small);
    b.mean.sum *= CLINO__DOWN;
    b.mean.carry *= CLINO__DOWN;
  } else {
    two_pass(&b, n, x, &b.deviation.middle);
  }
  return b;
}

/* A block with values that are not finite: those are counted, the others moved together. */
static size_t finite_only(clino__moments *m, size_t n, const double *x, double *room) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(x[i])) room[kept++] = x[i];
    else clino__nonfinite_add(&m->nonfinite, x[i]);
  }
  return kept;
}

void clino__moments_add(clino__moments *m, size_t n, const double *x) {
  double room[CLINO__BLOCK];
  for (size_t at = 0; at < n; at += CLINO__BLOCK) {
    size_t length = clino__block_length(n, at);
    const double *block = x + at;
    if (clino__lanes_nonfinite(length, block)) {
      length = finite_only(m, length, block, room);
      block = room;
      if (!length) continue;
    }
    clino__moments b = block_moments(length, block);
    clino__moments_merge(m, &b);
  }
}

void clino__moments_add_one(clino__moments *m, double x) {
  if (!isfinite(x)) {
    clino__nonfinite_add(&m->nonfinite, x);
    return;
  }
  clino__moments one = {.count = 1, .mean = {x, 0}, .min = x, .max = x};
  clino__moments_merge(m, &one);
}

/* Adds what the distance of the two means contributes. It may overflow between -1e308 and 1e308, hence the halves. */
static void merge_means(clino__moments *m, const clino__moments *other) {
  double n = (double)m->count, k = (double)other->count, share = k / (n + k);
  double d = (other->mean.sum - m->mean.sum) + (other->mean.carry - m->mean.carry);
  if (isfinite(d)) {
    clino__squares_add_one(&m->deviation, d, n * share);
    clino__sum_add(&m->mean, d * share);
  } else {
    double half = other->mean.sum / 2 - m->mean.sum / 2;
    clino__squares_add_one(&m->deviation, half, 4 * n * share);
    clino__sum_add(&m->mean, half * share);
    clino__sum_add(&m->mean, half * share);
  }
}

void clino__moments_merge(clino__moments *m, const clino__moments *other) {
  clino__nonfinite_merge(&m->nonfinite, &other->nonfinite);
  if (!other->count) return;
  if (!m->count) {
    m->count = other->count;
    m->mean = other->mean;
    m->deviation = other->deviation;
    m->min = other->min;
    m->max = other->max;
    return;
  }
  merge_means(m, other);
  clino__squares_merge(&m->deviation, &other->deviation);
  m->count += other->count;
  m->min = other->min < m->min ? other->min : m->min;
  m->max = other->max > m->max ? other->max : m->max;
}

double clino__moments_mean(const clino__moments *m) { return m->count ? clino__sum_value(&m->mean) : NAN; }

double clino__moments_deviation(const clino__moments *m, unsigned less) {
  if (m->count <= less) return NAN;
  clino__scaled root = clino__squares_root(&m->deviation);
  root.fraction /= sqrt((double)(m->count - less));
  return clino__scaled_value(root);
}

double clino__moments_mean_of_all(const clino__moments *m) {
  return clino__nonfinite_mean(&m->nonfinite, clino__moments_mean(m));
}
