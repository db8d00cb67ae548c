/* Lines through the point on which f's noise is seen: ECnoise (J. J. More and S. M. Wild, "Estimating computational
 * noise", SIAM J. Sci. Comput. 33, 2011). f is evaluated at equally spaced points along a line so short that a smooth f
 * is a polynomial of low degree there. The k-th differences of such an f vanish with growing k; what is left is noise,
 * and
 *   sigma_k^2 = (k!)^2 / (2k)! * mean of the squares of the k-th differences        (eq. 2.3 there)
 * estimates its variance for every k. The smallest sigma_k is the one least contaminated by f itself. */
#include "gradcheck/noise_line.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Not the highest orders: one or two differences alone may be small by chance. */
#define LOWEST_ORDER 2
#define HIGHEST_ORDER 4

static clino__rng direction_rng(const clino__problem *p) {
  return clino__rng_new(clino__rng_derive(p->o.seed, 0x6E6F697365));
}

/* The direction's component along the next coordinate, x, of view i: of either sign, never small. */
static double next_component(const clino__problem *p, clino__rng *rng, size_t i, double x) {
  double u = clino__rng_between(rng, 0.5, 1) * fmax(fabs(x), p->tensor_scale[i]);
  return clino__rng_bits(rng) & 1 ? -u : u;
}

/* A step along a coordinate in multiples of its own spacing, so that the points are equally spaced as stored. */
static double even_step(const clino_tensor *tensor, double x, double u) {
  double ulp = fmax(fabs(x), fabs(u)) * (tensor->dtype == CLINO_F32 ? FLT_EPSILON : DBL_EPSILON);
  if (fabs(u) < 4 * ulp) u = copysign(4 * ulp, u);
  int exponent;
  frexp(u, &exponent);
  return tensor->dtype == CLINO_F32 ? copysign(ldexp(1, exponent - 1), u) : u;
}

/* The coordinate x, by steps of u, to the end of a line. */
static bool stays_within(const clino__problem *p, size_t entry, double x, double u) {
  double to = x + (CLINO__LINE_POINTS - 1) * u;
  return !(p->o.lower && to < p->o.lower[entry]) && !(p->o.upper && to > p->o.upper[entry]);
}

clino_status clino__noise_line_value(clino__problem *p, double spacing, double k, double *f) {
  clino__rng rng = direction_rng(p);
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t j = 0; v->owner && j < v->count; j++) {
      size_t entry = v->first + j;
      double x = p->x[entry], u = even_step(v->tensor, x, spacing * next_component(p, &rng, i, x));
      clino__move(p, entry, stays_within(p, entry, x, u) ? x + k * u : x);
    }
  }
  clino_status status = clino__value(p, f);
  clino__layout_reset_point(&p->layout);
  return status;
}

clino_status clino__noise_line_sample(clino__problem *p, double spacing, double f[CLINO__LINE_POINTS]) {
  clino_status status = CLINO_OK;
  f[0] = p->f0;
  for (int k = 1; k < CLINO__LINE_POINTS && !status; k++) status = clino__noise_line_value(p, spacing, k, &f[k]);
  return status;
}

double clino__noise_line_promised(const clino__problem *p, double spacing) {
  double sum = 0;
  clino__rng rng = direction_rng(p);
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t j = 0; v->owner && j < v->count; j++) {
      double x = p->x[v->first + j], u = next_component(p, &rng, i, x);
      if (stays_within(p, v->first + j, x, spacing * u)) sum += p->gradient[v->first + j] * u;
    }
  }
  return sum;
}

double clino__noise_line_slope(const double f[CLINO__LINE_POINTS], double spacing) {
  return (f[CLINO__LINE_POINTS - 1] - f[0]) / ((CLINO__LINE_POINTS - 1) * spacing);
}

int clino__noise_line_distinct(const double f[CLINO__LINE_POINTS]) {
  int n = 0;
  for (int i = 0; i < CLINO__LINE_POINTS; i++) {
    bool seen = false;
    for (int j = 0; j < i; j++) seen |= f[j] == f[i];
    n += !seen;
  }
  return n;
}

double clino__noise_line_sigma(const double f[CLINO__LINE_POINTS], bool *alike) {
  double d[CLINO__LINE_POINTS], best = INFINITY, most = 0, factor = 1;
  if (alike) *alike = false;
  memcpy(d, f, sizeof d);
  for (int k = 1; k < CLINO__LINE_POINTS; k++) {
    factor *= (double)k / (2.0 * (2.0 * k - 1)); /* (k!)^2 / (2k)!, from the one before */
    for (int i = 0; i < CLINO__LINE_POINTS - k; i++) {
      d[i] = d[i + 1] - d[i];
      if (!isfinite(d[i])) return NAN;
    }
    if (k < LOWEST_ORDER || k > HIGHEST_ORDER) continue;
    double sigma = sqrt(factor) * clino__rms(d, (size_t)(CLINO__LINE_POINTS - k));
    best = fmin(best, sigma);
    most = fmax(most, sigma);
  }
  if (alike) *alike = most <= 4 * best;
  return best;
}

double clino__noise_line_beside_a_kink(const double f[CLINO__LINE_POINTS]) {
  double d[CLINO__LINE_POINTS - 2], kept[CLINO__LINE_POINTS - 2], sharpest = -1;
  int at = 0, n = 0, count = CLINO__LINE_POINTS - 2;
  for (int i = 0; i < count; i++) d[i] = (f[i + 2] - f[i + 1]) - (f[i + 1] - f[i]);
  for (int i = 0; i + 1 < count; i++)
    if (fabs(d[i] + d[i + 1]) > sharpest) sharpest = fabs(d[i] + d[i + 1]), at = i;
  for (int i = 0; i < count; i++)
    if (i != at && i != at + 1) kept[n++] = d[i];
  return clino__rms(kept, (size_t)n) / sqrt(6);
}
