/* The inverse of the normal distribution function by three rational approximations: M. J. Wichura, "Algorithm AS 241:
 * the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16, whose coefficients these
 * are. Its tails need log p, which libm does not give with the same bits everywhere. */
#include "train/normal.h"

#include <math.h>

/* sum of c[i] x^i, i = 0 to 7 */
static double polynomial(const double c[8], double x) {
  double sum = c[7];
  for (int i = 6; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

/* log x for 0 < x < 1, x = m 2^e with m in [1/sqrt 2, sqrt 2): with s = (m - 1)/(m + 1), |s| < 0.172,
 * log m = 2 (s + s^3/3 + s^5/5 + ...), of which s^23/23 is below 1e-18. frexp is exact. */
static double logarithm(double x) {
  int e;
  double m = frexp(x, &e);
  if (m < 0.70710678118654752440) {
    m *= 2;
    e--;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int k = 23; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
  return e * 0.693147180559945309417 + 2 * s * (1 + sum);
}

static double tail(double r) {
  static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,  5.76949722146069140550e0,
                              3.64784832476320460504e0,  1.27045825245236838258e0,  2.41780725177450611770e-1,
                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[8] = {1.0,                       2.05319162663775882187e0,  1.67638483018380384940e0,
                              6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
                              5.47593808499534494600e-4, 1.05075007164441684324e-9};
  static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1.0,                       5.99832206555887937690e-1, 1.36929880922735805310e-1,
                              1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                              1.42151175831644588870e-7, 2.04426310338993978564e-15};
  return r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
}

double clino__normal_quantile(double p) {
  static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                              1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                              3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[8] = {1.0,                     4.2313330701600911252e1, 6.8718700749205790830e2,
                              5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
                              2.8729085735721942674e4, 5.2264952788528545610e3};
  double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double x = tail(sqrt(-logarithm(q < 0 ? p : 1 - p)));
  return q < 0 ? -x : x;
}

/* 52 bits: k + 1/2 is exact, where a 53rd would round the last number to 1. */
double clino__open_uniform(clino__rng *rng) { return ((double)(clino__rng_bits(rng) >> 12) + 0.5) * 0x1p-52; }

double clino__normal(clino__rng *rng) { return clino__normal_quantile(clino__open_uniform(rng)); }
