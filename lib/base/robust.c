#include "base/robust.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline void swap(double *v, size_t i, size_t k) {
  double x = v[i];
  v[i] = v[k];
  v[k] = x;
}

/* Moves what is below the pivot (or equal to it, too) to the front of v[from..to); returns where the rest begins.
 * There is no branch on the values, which a processor cannot foresee in noise (N. Lomuto's partition; A. Alexandrescu,
 * "Lomuto's comeback", 2020). */
static inline size_t partition(double *v, size_t from, size_t to, double pivot, bool equal) {
  size_t i = from;
  for (size_t j = from; j < to; j++) {
    double x = v[j];
    v[j] = v[i];
    v[i] = x;
    i += (size_t)((x < pivot) | (equal & (x == pivot)));
  }
  return i;
}

/* Puts the median of the first, the middle and the last of v[low..high) last. */
static inline void pivot_last(double *v, size_t low, size_t high) {
  size_t middle = low + (high - low) / 2, last = high - 1;
  if (v[middle] < v[low]) swap(v, middle, low);
  if (v[last] < v[low]) swap(v, last, low);
  if (v[middle] < v[last]) swap(v, middle, last);
}

double clino__select(double *v, size_t n, size_t k) {
  size_t low = 0, high = n;
  while (high - low > 1) {
    pivot_last(v, low, high);
    double pivot = v[high - 1];
    size_t i = partition(v, low, high - 1, pivot, false);
    swap(v, i, high - 1);
    if (k < i) {
      high = i;
      continue;
    }
    /* With nothing below it, the pivot may be one of many that are equal. */
    size_t next = i == low ? partition(v, i + 1, high, pivot, true) : i + 1;
    if (k < next) return pivot;
    low = next;
  }
  return v[k];
}

double clino__median(double *v, size_t n) {
  if (!n) return NAN;
  double upper = clino__select(v, n, n / 2);
  if (n % 2) return upper;
  double lower = v[0];
  for (size_t i = 1; i < n / 2; i++) lower = v[i] > lower ? v[i] : lower;
  return isfinite(upper - lower) ? lower + (upper - lower) / 2 : lower / 2 + upper / 2;
}

/* ---- the median of many ---- */

#define BINS 64 /* a cache line of counts or four, and few values in each */
#define FEW 16  /* so many are sorted out faster than counted */

/* The bin of a value of which low is subtracted. Rounding is monotonic: a larger value is in no smaller bin. */
static inline size_t bin_of(double v, double low, double scale) {
  size_t bin = (size_t)(int)((v - low) * scale);
  return bin < BINS ? bin : BINS - 1;
}

double clino__median_within(const double *values, size_t n, double min, double max, double *scratch) {
  double scale = BINS / (max - min);
  if (n <= FEW || !(scale > 0) || !isfinite(scale)) { /* equal, or too far from each other to tell how far */
    memcpy(scratch, values, n * sizeof *values);
    return clino__median(scratch, n);
  }
  uint32_t counts[BINS] = {0};
  for (size_t i = 0; i < n; i++) counts[bin_of(values[i], min, scale)]++;
  size_t below = 0, first = 0, m = 0, middle = (n - 1) / 2; /* of an even n, the lower one of the two in the middle */
  while (below + counts[first] <= middle) below += counts[first++];
  size_t last = first, to = below + counts[first];
  while (to <= n / 2) to += counts[++last];
  for (size_t i = 0; i < n; i++) {
    size_t bin = bin_of(values[i], min, scale);
    scratch[m] = values[i];
    m += (size_t)((bin >= first) & (bin <= last));
  }
  double lower = clino__select(scratch, m, middle - below);
  if (n % 2) return lower;
  double upper = clino__select(scratch, m, n / 2 - below);
  return isfinite(upper - lower) ? lower + (upper - lower) / 2 : lower / 2 + upper / 2;
}

#define LANES 4 /* apart from each other, so that no comparison waits for the one before it */

typedef struct lanes {
  double low[LANES], high[LANES];
  size_t bad[LANES];
} lanes;

static inline void take(lanes *l, size_t k, double v) {
  bool finite = fabs(v) <= DBL_MAX;
  l->low[k] = finite && v < l->low[k] ? v : l->low[k];
  l->high[k] = finite && v > l->high[k] ? v : l->high[k];
  l->bad[k] += !finite;
}

clino__extent clino__extent_of(const double *values, size_t n) {
  lanes l;
  size_t i = 0;
  for (size_t k = 0; k < LANES; k++) l.low[k] = INFINITY, l.high[k] = -INFINITY, l.bad[k] = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t k = 0; k < LANES; k++) take(&l, k, values[i + k]);
  for (; i < n; i++) take(&l, 0, values[i]);
  clino__extent e = {0, INFINITY, -INFINITY};
  for (size_t k = 0; k < LANES; k++) {
    e.nonfinite += l.bad[k];
    e.min = fmin(e.min, l.low[k]);
    e.max = fmax(e.max, l.high[k]);
  }
  if (e.nonfinite == n) e.min = e.max = NAN;
  return e;
}

double clino__mad(double *v, size_t n, double center) {
  for (size_t i = 0; i < n; i++) v[i] = fabs(v[i] - center);
  return 1.4826 * clino__median(v, n);
}

static double second_difference_noise(const double *y, size_t n, double *scratch) {
  for (size_t i = 0; i + 2 < n; i++) scratch[i] = fabs((y[i] - y[i + 1]) + (y[i + 2] - y[i + 1]));
  return 1.4826 / sqrt(6) * clino__median(scratch, n - 2);
}

/* The running median reaches over an eighth of the curve, at least 5 points: long enough to span noise that wanders. */
static double residual_noise(const double *y, size_t n, double *residuals, double *window) {
  size_t half = n / 16 > 2 ? n / 16 : 2;
  for (size_t i = 0; i < n; i++) {
    /* A window that shrank at one end only would lag behind a trend. */
    size_t reach = i < n - 1 - i ? i : n - 1 - i;
    if (reach > half) reach = half;
    memcpy(window, y + i - reach, (2 * reach + 1) * sizeof *y);
    residuals[i] = fabs(y[i] - clino__median(window, 2 * reach + 1));
  }
  return 1.4826 * clino__median(residuals, n);
}

double clino__noise(const double *y, size_t n, double *scratch) {
  if (n < 3) return NAN;
  double fast = second_difference_noise(y, n, scratch);
  double slow = n < 5 ? 0 : residual_noise(y, n, scratch, scratch + n);
  return fast > slow ? fast : slow;
}

double clino__repeated_median_slope(const double *y, size_t n, double *scratch) {
  if (n < 2) return NAN;
  double *inner = scratch + n;
  for (size_t i = 0; i < n; i++) {
    size_t m = 0;
    for (size_t j = 0; j < n; j++)
      if (j != i) inner[m++] = (y[j] - y[i]) / ((double)j - (double)i);
    scratch[i] = clino__median(inner, m);
  }
  return clino__median(scratch, n);
}

/* Midranks, which ties share. */
static void ranks(const double *y, size_t n, double *rank) {
  for (size_t i = 0; i < n; i++) {
    size_t less = 0, equal = 0;
    for (size_t j = 0; j < n; j++) {
      less += y[j] < y[i];
      equal += y[j] == y[i];
    }
    rank[i] = (double)less + ((double)equal + 1) / 2;
  }
}

/* Hamed and Rao's n / n_s*, from the autocorrelation of the ranks of the detrended curve at its significant lags (95%).
 * Lags above a quarter of the curve are estimated too badly to count. */
static double memory_inflation(const double *y, size_t n, double *scratch) {
  double slope = clino__repeated_median_slope(y, n, scratch);
  double *rest = scratch + 2 * n, *rank = scratch + 3 * n, center = ((double)n + 1) / 2, variance = 0;
  for (size_t i = 0; i < n; i++) rest[i] = y[i] - slope * (double)i;
  ranks(rest, n, rank);
  for (size_t i = 0; i < n; i++) variance += (rank[i] - center) * (rank[i] - center);
  if (!(variance > 0)) return 1;
  double sum = 0, m = (double)n;
  for (size_t lag = 1; lag <= n / 4; lag++) {
    double covariance = 0, left = (double)(n - lag);
    for (size_t i = 0; i + lag < n; i++) covariance += (rank[i] - center) * (rank[i + lag] - center);
    double rho = covariance / variance;
    if (fabs(rho) > 1.96 / sqrt(m)) sum += left * (left - 1) * (left - 2) * rho;
  }
  double inflation = 1 + 2 * sum / (m * (m - 1) * (m - 2));
  return inflation > 1 ? inflation : 1;
}

clino__trend clino__mann_kendall(const double *y, size_t n, double *scratch) {
  clino__trend t = {0, 0, 1};
  if (n < 4) return t;
  double s = 0, ties = 0, m = (double)n;
  for (size_t i = 0; i < n; i++) {
    double equal = 1;
    for (size_t j = 0; j < n; j++) {
      if (j > i) s += (y[j] > y[i]) - (y[j] < y[i]);
      else if (j < i) equal += y[j] == y[i];
    }
    /* The members k = 1 .. t of a group of ties add 6 (k^2 - 1) each, t (t - 1)(2 t + 5) together. */
    ties += (equal - 1) * (6 * equal + 6);
  }
  t.tau = s / (m * (m - 1) / 2);
  double variance = (m * (m - 1) * (2 * m + 5) - ties) / 18;
  if (!(variance > 0)) return t;
  t.inflation = memory_inflation(y, n, scratch);
  if (s != 0) t.z = (s > 0 ? s - 1 : s + 1) / sqrt(variance * t.inflation);
  return t;
}
