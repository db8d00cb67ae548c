/* Loops over the values of a block in CLINO__LANES lanes. Written lane by lane, they vectorize without a licence
 * to reorder sums, and their results are the same on every instruction set. */
#ifndef CLINO_MONITOR_LANES_H
#define CLINO_MONITOR_LANES_H

#include <math.h>
#include <stddef.h>

#define CLINO__LANES 8

/* Runs statement with v each of the n values of x and j its lane. The last values are made a whole row of lanes by pad,
 * which must change nothing: an index that is not constant would keep the lanes out of registers. */
#define CLINO__EACH_LANE(n, x, pad, statement)                                                            \
  do {                                                                                                    \
    size_t at_ = 0;                                                                                       \
    for (; at_ + CLINO__LANES <= (n); at_ += CLINO__LANES)                                                \
      for (size_t j = 0; j < CLINO__LANES; j++) {                                                         \
        const double v = (x)[at_ + j];                                                                    \
        statement;                                                                                        \
      }                                                                                                   \
    if (at_ == (n)) break;                                                                                \
    double rest_[CLINO__LANES];                                                                           \
    for (size_t j = 0; j < CLINO__LANES; j++) rest_[j] = at_ + j < (n) ? (x)[at_ + j] : (pad);            \
    for (size_t j = 0; j < CLINO__LANES; j++) {                                                           \
      const double v = rest_[j];                                                                          \
      statement;                                                                                          \
    }                                                                                                     \
  } while (0)

static inline double clino__lanes_total(const double s[CLINO__LANES]) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* Sum of (x - center)^2. */
static inline double clino__lanes_squares(size_t n, const double *x, double center) {
  double s[CLINO__LANES] = {0};
  CLINO__EACH_LANE(n, x, center, s[j] += (v - center) * (v - center));
  return clino__lanes_total(s);
}

/* Sum of x - center. */
static inline double clino__lanes_sum(size_t n, const double *x, double center) {
  double s[CLINO__LANES] = {0};
  CLINO__EACH_LANE(n, x, center, s[j] += v - center);
  return clino__lanes_total(s);
}

/* Smallest and largest of n >= 1 values, none of them NaN. */
static inline void clino__lanes_range(size_t n, const double *x, double *min, double *max) {
  double low[CLINO__LANES], high[CLINO__LANES];
  for (size_t j = 0; j < CLINO__LANES; j++) low[j] = high[j] = x[0];
  CLINO__EACH_LANE(n, x, x[0], low[j] = v < low[j] ? v : low[j]; high[j] = v > high[j] ? v : high[j]);
  *min = low[0];
  *max = high[0];
  for (size_t j = 1; j < CLINO__LANES; j++) {
    *min = low[j] < *min ? low[j] : *min;
    *max = high[j] > *max ? high[j] : *max;
  }
}

/* How many are NaN or infinite (v - v is 0 for all others). */
static inline size_t clino__lanes_nonfinite(size_t n, const double *x) {
  double s[CLINO__LANES] = {0};
  CLINO__EACH_LANE(n, x, 0, s[j] += v - v == 0 ? 0.0 : 1.0);
  return (size_t)clino__lanes_total(s);
}

/* How many are 0. */
static inline size_t clino__lanes_zeros(size_t n, const double *x) {
  double s[CLINO__LANES] = {0};
  CLINO__EACH_LANE(n, x, 1, s[j] += v == 0 ? 1.0 : 0.0);
  return (size_t)clino__lanes_total(s);
}

/* How many are below low or above high, low <= high. */
static inline size_t clino__lanes_outside(size_t n, const double *x, double low, double high) {
  double s[CLINO__LANES] = {0};
  CLINO__EACH_LANE(n, x, low, s[j] += (v < low ? 1.0 : 0.0) + (v > high ? 1.0 : 0.0));
  return (size_t)clino__lanes_total(s);
}

#endif
