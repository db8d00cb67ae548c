#include "checks/proportion.h"

#include <math.h>

#define MOST_VALUES 512 /* the first ones, which differ most */
#define MOST_SAMPLES 1000

/* Is x q a whole number, up to the sixth digit of x? A q that is too small misses by 1 / MOST_SAMPLES or more. */
static bool whole(double x, double q) { return fabs(x * q - nearbyint(x * q)) < 5e-7 * q + 1e-9; }

static bool counts(const double *x, size_t n, double q) {
  for (size_t i = 0; i < n; i++)
    if (!whole(x[i], q)) return false;
  return true;
}

size_t clino__counted_samples(const clino_series *series, size_t most) {
  double x[MOST_VALUES], largest = 0;
  const double *values = clino_series_values(series);
  size_t n = 0, differ = 0, count = clino_series_count(series);
  for (size_t i = 0; i < count && n < MOST_VALUES; i++) {
    if (!(values[i] >= 0 && values[i] <= 100)) continue;
    differ += n && (values[i] > x[n - 1] || values[i] < x[n - 1]);
    largest = fmax(largest, x[n++] = values[i]);
  }
  for (size_t i = 0; i < n && largest > 1.5; i++) x[i] /= 100;
  if (differ < 3) return 0;
  for (size_t q = 2; q <= most && q <= MOST_SAMPLES; q++)
    if (counts(x, n, (double)q)) return q;
  return 0;
}
