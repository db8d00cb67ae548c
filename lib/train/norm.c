/* The norm of a gradient: 8 lanes in double, which vectorize without a licence to reorder. */
#include <math.h>

#include "clino/optimizer.h"

#define LANES 8

#define SUM_OF_SQUARES(function, type)                                          \
  static double function(size_t n, const type *g, double unit) {                \
    double s[LANES] = {0};                                                      \
    size_t i = 0;                                                               \
    for (; i + LANES <= n; i += LANES)                                          \
      for (size_t j = 0; j < LANES; j++) {                                      \
        double x = (double)g[i + j] / unit;                                     \
        s[j] += x * x;                                                          \
      }                                                                         \
    for (size_t j = 0; i < n; i++, j++) {                                       \
      double x = (double)g[i] / unit;                                           \
      s[j] += x * x;                                                            \
    }                                                                           \
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));   \
  }

SUM_OF_SQUARES(squares_f32, float)
SUM_OF_SQUARES(squares_f64, double)

/* No square of a float leaves the range of doubles. */
double clino_gradient_norm_f32(size_t n, const float *grads) { return sqrt(squares_f32(n, grads, 1)); }

double clino_gradient_norm_f64(size_t n, const double *grads) {
  double sum = squares_f64(n, grads, 1);
  if (isnan(sum) || (sum > 0x1p-900 && sum < INFINITY)) return sqrt(sum);
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    double size = fabs(grads[i]);
    if (!(size <= largest)) largest = size;
    if (isnan(size)) return NAN;
  }
  return largest > 0 && isfinite(largest) ? largest * sqrt(squares_f64(n, grads, largest)) : largest;
}
