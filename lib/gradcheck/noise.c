/* The noise of a computed function: ECnoise (J. J. More and S. M. Wild, "Estimating computational noise", SIAM J. Sci.
 * Comput. 33, 2011). f is evaluated at equally spaced points along a line so short that a smooth f is a polynomial
 * of low degree there. The k-th differences of such an f vanish with growing k; what is left is noise, and
 *   sigma_k^2 = (k!)^2 / (2k)! * mean of the squares of the k-th differences        (eq. 2.3 there)
 * estimates its variance for every k. The smallest sigma_k is the one least contaminated by f itself.
 *
 * A loss computed in single precision shows in the bits as well: all its values are multiples of a coarse unit. */
#include "gradcheck/noise.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 7
#define HIGHEST_ORDER 4
#define FIRST_SPACING 1e-6  /* relative to the coordinates: fourth differences of a smooth f are then near 1e-24 */

/* Trailing zero bits of a double's 52-bit fraction; 52 for a power of two. */
static int trailing_zeros(double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  bits &= (UINT64_C(1) << 52) - 1;
  int n = 0;
  while (n < 52 && !((bits >> n) & 1)) n++;
  return n;
}

/* f at POINTS equally spaced points from the base point on, along a seeded direction with no small component. */
static clino_status sample_line(clino__problem *p, double spacing, double f[POINTS]) {
  clino_status status = CLINO_OK;
  f[0] = p->f0;
  for (int k = 1; k < POINTS && !status; k++) {
    clino__rng rng = clino__rng_new(clino__rng_derive(p->o.seed, 0x6E6F697365));
    for (size_t i = 0; i < p->layout.n_views; i++) {
      const clino__view *v = &p->layout.views[i];
      for (size_t j = 0; v->owner && j < v->count; j++) {
        size_t entry = v->first + j;
        double x = p->x[entry], u = clino__rng_between(&rng, 0.5, 1) * spacing * fmax(fabs(x), p->tensor_scale[i]);
        if (clino__rng_bits(&rng) & 1) u = -u;
        /* Multiples of the coordinate's own spacing, so that the points are equally spaced as stored. */
        double ulp = fmax(fabs(x), fabs(u)) * (v->tensor->dtype == CLINO_F32 ? FLT_EPSILON : DBL_EPSILON);
        if (fabs(u) < 4 * ulp) u = copysign(4 * ulp, u);
        int exponent;
        frexp(u, &exponent);
        if (v->tensor->dtype == CLINO_F32) u = copysign(ldexp(1, exponent - 1), u);
        double to = x + k * u;
        if (p->o.lower && to < p->o.lower[entry]) to = x;
        if (p->o.upper && to > p->o.upper[entry]) to = x;
        clino__move(p, entry, to);
      }
    }
    status = clino__value(p, &f[k]);
  }
  clino__layout_reset_point(&p->layout);
  return status;
}

/* The smallest sigma_k, NaN where a value is not finite. */
static double estimate(const double f[POINTS]) {
  double d[POINTS], best = INFINITY, factor = 1;
  memcpy(d, f, sizeof d);
  for (int k = 1; k < POINTS; k++) {
    double sum = 0;
    factor *= (double)k / (2.0 * (2.0 * k - 1));  /* (k!)^2 / (2k)!, from the one before */
    for (int i = 0; i < POINTS - k; i++) {
      d[i] = d[i + 1] - d[i];
      sum += d[i] * d[i];
    }
    /* Not the highest orders: one or two differences alone may be small by chance. */
    if (k > 1 && k <= HIGHEST_ORDER) best = fmin(best, sqrt(factor * sum / (POINTS - k)));
    if (isnan(sum)) return NAN;
  }
  return best;
}

static int distinct(const double f[POINTS]) {
  int n = 0;
  for (int i = 0; i < POINTS; i++) {
    bool seen = false;
    for (int j = 0; j < i; j++) seen |= f[j] == f[i];
    n += !seen;
  }
  return n;
}

/* Coarseness of the values: 2^-52, or more where all of them end in many zero bits. */
static double quantum_of(const double f[POINTS]) {
  int zeros = 52;
  for (int i = 0; i < POINTS; i++)
    if (f[i] != 0 && trailing_zeros(f[i]) < zeros) zeros = trailing_zeros(f[i]);
  return zeros >= 16 ? ldexp(DBL_EPSILON, zeros < 29 ? zeros : 29) : DBL_EPSILON;
}

/* Spacings in the order in which they are tried. Where the estimate is far above rounding, f may bend or have a kink on
 * the way: a kink is rarely met on both sides, and bends and kinks alike shrink with the spacing, which noise does not.
 * Where f hardly moves, as a loss in single precision does, wider ones follow. */
static const double finer[] = {-FIRST_SPACING, FIRST_SPACING / 1000, -FIRST_SPACING / 1000};
static const double wider[] = {1e2 * FIRST_SPACING, 1e4 * FIRST_SPACING};

clino_status clino__measure_noise(clino__problem *p) {
  double f[POINTS], sigma = NAN, spacing = FIRST_SPACING;
  size_t n_finer = 0, n_wider = 0;
  p->quantum = DBL_EPSILON;
  while (clino__budget(p, POINTS - 1)) {
    clino_status status = sample_line(p, spacing, f);
    if (status) return status;
    double now = estimate(f), before = sigma;
    bool moves = distinct(f) >= 4;
    if (moves) p->quantum = fmax(p->quantum, quantum_of(f));
    if (!isnan(now) && (isnan(sigma) || (moves && now < sigma))) sigma = now;
    if (!isnan(now) && !moves && !n_finer) {
      if (n_wider == sizeof wider / sizeof wider[0]) break;
      spacing = wider[n_wider++];
      continue;
    }
    bool suspicious = !(sigma <= 1e3 * p->quantum * fabs(p->f0));
    bool persists = n_finer == 2 && moves && now > before / 4; /* a thousandth of the spacing, and as much: noise */
    if (!suspicious || persists || !moves || n_finer == sizeof finer / sizeof finer[0]) break;
    spacing = finer[n_finer++];
  }
  /* Rounding of the result alone: a uniform error of half a unit has a deviation of 0.29 units. */
  double floor = 0.29 * p->quantum * fabs(p->f0);
  p->noise = isnan(sigma) ? floor : fmax(sigma, floor);
  return CLINO_OK;
}
