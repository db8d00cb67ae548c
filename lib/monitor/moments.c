/* Each block about a center that a few of its values give, while it is in cache; where that center turns out to be far
 * from the mean, again about the mean. The rest is corrected for (A. Bjoerck's correction, in Chan, Golub and LeVeque
 * 1983, eq. 1.7). Blocks are merged like parts of a stream. */
#include "monitor/moments.h"

#include <math.h>

/* The mean of 16 values that are spread over the block, or of all where there are fewer. */
static double sample_mean(const clino__block *x) {
  const size_t n = x->n < 16 ? x->n : 16;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += clino__block_value(x, i * x->n / n);
  return sum / (double)n;
}

clino__about clino__about_sample(const clino__block *x) {
  clino__about a = {.center = sample_mean(x)};
  clino__block_spread(x, a.center, &a.sums);
  return a;
}

/* Mean and squared deviations of a block whose sums stay in range. Once is enough where the correction takes away no
 * more than half, which costs one bit. */
static void correct(clino__moments *b, const clino__block *x, clino__about a, clino__sum *squares) {
  const double n = (double)x->n;
  if (!(a.sums.rest * a.sums.rest / n <= a.sums.squares / 2)) {
    a.center += a.sums.rest / n;
    clino__block_spread(x, a.center, &a.sums);
  }
  double sum = a.sums.squares - a.sums.rest * a.sums.rest / n;
  b->mean = (clino__sum){a.center, a.sums.rest / n};
  squares->sum = sum > 0 ? sum : 0;
}

/* The same, of values that are multiplied by a power of two first. */
static void correct_scaled(clino__moments *b, const clino__block *x, double by, clino__sum *squares) {
  double room[CLINO__BLOCK];
  for (size_t i = 0; i < x->n; i++) room[i] = clino__block_value(x, i) * by;
  clino__block scaled = clino__block_f64(x->kernels, x->n, room);
  correct(b, &scaled, clino__about_sample(&scaled), squares);
  b->mean.sum /= by;
  b->mean.carry /= by;
}

void clino__moments_add(clino__moments *m, const clino__block *x, const clino__survey *survey,
                        const clino__about *about) {
  clino__moments b = {.count = x->n, .min = survey->min, .max = survey->max};
  if (b.min == b.max) b.mean.sum = b.min;
  else if (fmax(fabs(b.min), fabs(b.max)) >= CLINO__LARGE) correct_scaled(&b, x, CLINO__DOWN, &b.deviation.large);
  else if (b.max - b.min < CLINO__SMALL) correct_scaled(&b, x, CLINO__UP, &b.deviation.small);
  else correct(&b, x, *about, &b.deviation.middle);
  clino__moments_merge(m, &b);
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

/* Of two numbers that are not negative, by operations that are rounded alike on every machine: hypot() is not. */
static double norm_of_two(double a, double b) {
  const double largest = fmax(a, b);
  int exponent;
  if (!(largest > 0 && isfinite(largest))) return largest;
  frexp(largest, &exponent);
  a = ldexp(a, -exponent);
  b = ldexp(b, -exponent);
  return ldexp(sqrt(a * a + b * b), exponent);
}

double clino__moments_norm(const clino__moments *m) {
  if (!m->count) return 0;
  clino__scaled spread = clino__squares_root(&m->deviation);
  return norm_of_two(clino__scaled_value(spread), sqrt((double)m->count) * fabs(clino__moments_mean(m)));
}

double clino__moments_mean_of_all(const clino__moments *m) {
  return clino__nonfinite_mean(&m->nonfinite, clino__moments_mean(m));
}
