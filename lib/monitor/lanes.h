/* Loops over at most CLINO__BLOCK values in CLINO__LANES lanes. Written lane by lane, they vectorize without a licence to
 * reorder sums, and their results are the same on every instruction set. */
#ifndef CLINO_MONITOR_LANES_H
#define CLINO_MONITOR_LANES_H

#include <math.h>
#include <stddef.h>

#include "monitor/squares.h"

static inline double clino__lanes_total(const double s[CLINO__LANES]) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* Sum of (x - center)^2. */
static inline double clino__lanes_squares(size_t n, const double *x, double center) {
  double s[CLINO__LANES] = {0};
  size_t i = 0;
  for (; i + CLINO__LANES <= n; i += CLINO__LANES)
    for (size_t j = 0; j < CLINO__LANES; j++) s[j] += (x[i + j] - center) * (x[i + j] - center);
  for (size_t j = 0; i + j < n; j++) s[j] += (x[i + j] - center) * (x[i + j] - center);
  return clino__lanes_total(s);
}

/* Sum of x - center. */
static inline double clino__lanes_sum(size_t n, const double *x, double center) {
  double s[CLINO__LANES] = {0};
  size_t i = 0;
  for (; i + CLINO__LANES <= n; i += CLINO__LANES)
    for (size_t j = 0; j < CLINO__LANES; j++) s[j] += x[i + j] - center;
  for (size_t j = 0; i + j < n; j++) s[j] += x[i + j] - center;
  return clino__lanes_total(s);
}

/* Smallest and largest; NaN never enters. n >= 1. */
static inline void clino__lanes_range(size_t n, const double *x, double *min, double *max) {
  double low[CLINO__LANES], high[CLINO__LANES];
  for (size_t j = 0; j < CLINO__LANES; j++) low[j] = INFINITY, high[j] = -INFINITY;
  size_t i = 0;
  for (; i + CLINO__LANES <= n; i += CLINO__LANES)
    for (size_t j = 0; j < CLINO__LANES; j++) {
      low[j] = x[i + j] < low[j] ? x[i + j] : low[j];
      high[j] = x[i + j] > high[j] ? x[i + j] : high[j];
    }
  for (size_t j = 0; i + j < n; j++) {
    low[j] = x[i + j] < low[j] ? x[i + j] : low[j];
    high[j] = x[i + j] > high[j] ? x[i + j] : high[j];
  }
  *min = low[0];
  *max = high[0];
  for (size_t j = 1; j < CLINO__LANES; j++) {
    *min = low[j] < *min ? low[j] : *min;
    *max = high[j] > *max ? high[j] : *max;
  }
}

/* How many are NaN or infinite (x - x is 0 for all others). */
static inline size_t clino__lanes_nonfinite(size_t n, const double *x) {
  size_t bad = 0;
  for (size_t i = 0; i < n; i++) bad += x[i] - x[i] != 0;
  return bad;
}

#endif
