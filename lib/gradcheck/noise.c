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

static clino__rng direction_rng(const clino__problem *p) {
  return clino__rng_new(clino__rng_derive(p->o.seed, 0x6E6F697365));
}

/* The direction's component along the next coordinate, x, of view i: of either sign, never small. */
static double next_component(const clino__problem *p, clino__rng *rng, size_t i, double x) {
  double u = clino__rng_between(rng, 0.5, 1) * fmax(fabs(x), p->tensor_scale[i]);
  return clino__rng_bits(rng) & 1 ? -u : u;
}

/* f at POINTS equally spaced points from the base point on, along a seeded direction with no small component. */
static clino_status sample_line(clino__problem *p, double spacing, double f[POINTS]) {
  clino_status status = CLINO_OK;
  f[0] = p->f0;
  for (int k = 1; k < POINTS && !status; k++) {
    clino__rng rng = direction_rng(p);
    for (size_t i = 0; i < p->layout.n_views; i++) {
      const clino__view *v = &p->layout.views[i];
      for (size_t j = 0; v->owner && j < v->count; j++) {
        size_t entry = v->first + j;
        double x = p->x[entry], u = spacing * next_component(p, &rng, i, x);
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

/* Root mean square of the second differences except those round the sharpest bend, as a deviation of noise. A single
 * kink on the line bends it at one place, in one or two neighbouring second differences of one sign; noise does so
 * everywhere, and a jump in two of opposite signs. */
static double beside_a_kink(const double f[POINTS]) {
  double d[POINTS - 2], kept[POINTS - 2], sharpest = -1;
  int at = 0, n = 0;
  for (int i = 0; i < POINTS - 2; i++) d[i] = (f[i + 2] - f[i + 1]) - (f[i + 1] - f[i]);
  for (int i = 0; i + 1 < POINTS - 2; i++)
    if (fabs(d[i] + d[i + 1]) > sharpest) sharpest = fabs(d[i] + d[i + 1]), at = i;
  for (int i = 0; i < POINTS - 2; i++)
    if (i != at && i != at + 1) kept[n++] = d[i];
  return clino__rms(kept, (size_t)n) / sqrt(6);
}

/* The smallest sigma_k, NaN where a value is not finite. *alike: whether all of them are within a factor of 4, as they
 * are for noise (the criterion of eq. 3.1 there) and for kinks, and are not where a smooth f bends. *with_kinks: before
 * a kink on the line is taken out of it. */
static double estimate(const double f[POINTS], bool *alike, double *with_kinks) {
  double d[POINTS], best = INFINITY, most = 0, factor = 1;
  *alike = false;
  *with_kinks = NAN;
  memcpy(d, f, sizeof d);
  for (int k = 1; k < POINTS; k++) {
    factor *= (double)k / (2.0 * (2.0 * k - 1));  /* (k!)^2 / (2k)!, from the one before */
    for (int i = 0; i < POINTS - k; i++) {
      d[i] = d[i + 1] - d[i];
      if (!isfinite(d[i])) return NAN;
    }
    /* Not the highest orders: one or two differences alone may be small by chance. */
    if (k <= 1 || k > HIGHEST_ORDER) continue;
    double sigma = sqrt(factor) * clino__rms(d, (size_t)(POINTS - k));
    best = fmin(best, sigma);
    most = fmax(most, sigma);
  }
  *alike = most <= 4 * best;
  *with_kinks = best;
  double beside = beside_a_kink(f);
  return beside < 1e-3 * best ? beside : best;
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

/* Lowers *zeros to the least number of zero bits that a value ends in. */
static void count_zeros(const double f[POINTS], int *zeros) {
  for (int i = 0; i < POINTS; i++)
    if (f[i] != 0 && trailing_zeros(f[i]) < *zeros) *zeros = trailing_zeros(f[i]);
}

/* Lowers *unit to the largest power of two that all values are multiples of. */
static void find_unit(const double f[POINTS], double *unit) {
  for (int i = 0; i < POINTS; i++) {
    int exponent;
    frexp(f[i], &exponent);
    if (f[i] != 0 && isfinite(f[i])) *unit = fmin(*unit, ldexp(1, exponent - 53 + trailing_zeros(f[i])));
  }
}

/* Of values of about so large a size; 0 where they have less than 8 bits of nothing: f as computed is not coarser. */
static double coarse_unit(double unit, double size) {
  return unit < INFINITY && unit >= 256 * DBL_EPSILON * size ? unit : 0;
}

/* Relative coarseness of values that all end in so many zero bits: 2^-23 where they all fit into single precision. */
static double quantum_of(int zeros) { return zeros >= 29 && zeros < 52 ? FLT_EPSILON : DBL_EPSILON; }

/* Where f never moved, its one value must do: a round number says nothing, one that fills single precision does. */
static int zeros_of_one(double f) {
  int zeros = f != 0 ? trailing_zeros(f) : 52;
  return zeros < 43 ? zeros : 52;
}

/* What has been learned from the lines so far. */
typedef struct learned {
  double sigma;  /* the smallest estimate; NaN: none yet */
  int zeros;     /* least number of zero bits at the end of f's values */
  bool moved;    /* along some line f took at least four values */
  bool alike;    /* the line that sigma is from looks like noise or kinks, not like a bend */
  double slope;  /* of f along the last line */
  double unit;   /* the largest power of two that f's values are multiples of, where it moved; infinite: none known */
  double coarsest, up, down; /* the largest estimate of the first lines, to both sides, before any kink was taken out of
                                it, and their slopes; NaN: not measured */
} learned;

/* Samples one more line. where: its spacing, negative to the other side. An estimate counts if f moved on the line
 * (with fewer than four values a jump at its end looks like a kink), or may count all the same (flat). *now: the
 * estimate. */
static clino_status learn(clino__problem *p, double where, bool flat, learned *l, double *now) {
  double f[POINTS];
  clino_status status = sample_line(p, where, f);
  if (status) return status;
  bool alike;
  double with_kinks;
  *now = estimate(f, &alike, &with_kinks);
  bool moves = distinct(f) >= 4;
  if (moves) count_zeros(f, &l->zeros);
  if (moves) find_unit(f, &l->unit);
  p->quantum = quantum_of(l->zeros < 52 ? l->zeros : zeros_of_one(f[0]));
  bool better = isnan(l->sigma) || ((moves || flat) && *now < l->sigma) || (moves && !l->moved);
  if (!isnan(*now) && better) {
    l->sigma = *now;
    l->alike = alike;
  }
  l->moved |= moves;
  l->slope = (f[POINTS - 1] - f[0]) / where;
  if (fabs(where) == FIRST_SPACING) {
    if (alike && moves) l->coarsest = fmax(l->coarsest, with_kinks);
    *(where > 0 ? &l->up : &l->down) = l->slope;
  }
  return CLINO_OK;
}

/* One more line, and the gradient after it. */
static bool affordable(const clino__problem *p) { return clino__budget(p, POINTS - 1 + CLINO__GRADIENT_VALUES); }

static bool suspicious(const clino__problem *p, const learned *l) {
  return !(l->sigma <= 1e3 * p->quantum * fabs(p->f0));
}

/* Whether f has one slope along both coarse lines and another along a finer one: it is constant for a while and then
 * jumps, as a computation in single precision from coordinates in double is. A smooth f, or one with kinks, has a slope
 * in between. */
static bool stepped(double up, double down, double fine) {
  double size = fmax(fabs(up), fabs(down));
  return fabs(up - down) <= 0.2 * size && fmin(fabs(fine - up), fabs(fine - down)) > 0.2 * size;
}

/* Finer lines: what bends shrinks with the spacing, and so do kinks, but noise does not. Nor does that of a stepped f:
 * on finer lines it only jumps less often. Of what looks like noise, an estimate is replaced only where it falls as
 * kinks make it fall. up: slope along the first line. */
static clino_status learn_finer(clino__problem *p, double up, learned *l) {
  static const double finer[] = {1e-3, -1e-3, 1e-6};
  const learned coarse = *l;
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < 3 && !status && suspicious(p, l) && affordable(p); i++) {
    double now, before = l->sigma;
    learned fine = *l;
    status = learn(p, finer[i] * FIRST_SPACING, false, &fine, &now);
    l->zeros = fine.zeros;
    l->unit = fine.unit;
    bool lower = fine.sigma < coarse.sigma, slowly = fine.sigma > 30 * fabs(finer[i]) * coarse.sigma;
    if (coarse.alike && lower && (slowly || stepped(up, coarse.slope, fine.slope))) break;
    *l = fine;
    if (i == 0 && now > before / 4) break;
  }
  return status;
}

/* One line is enough where f moves on it and the estimate is near rounding. Else a line to the other side, where a kink
 * or an edge is rarely met too (an f that moves to one side and not, by as much, to the other is flat there). Then,
 * where f does not move, as a loss in single precision may not, wider ones; where the estimate is far above rounding,
 * finer ones: what bends shrinks with the spacing, and noise does not. */
static clino_status learn_all(clino__problem *p, learned *l) {
  static const double wider[] = {1e2, 1e4};
  double now;
  clino_status status = learn(p, FIRST_SPACING, false, l, &now);
  if (status || (l->moved && !suspicious(p, l)) || !affordable(p)) return status;
  double up = l->slope;
  status = learn(p, -FIRST_SPACING, l->moved, l, &now);
  for (size_t i = 0; i < 2 && !status && !l->moved && affordable(p); i++)
    status = learn(p, wider[i] * FIRST_SPACING, false, l, &now);
  return status ? status : learn_finer(p, up, l);
}

clino_status clino__measure_noise(clino__problem *p) {
  learned l = {NAN, 52, false, false, NAN, INFINITY, NAN, NAN, NAN};
  p->doubt.noise = 0;
  p->quantum = DBL_EPSILON;
  p->unit = 0;
  clino_status status = affordable(p) ? learn_all(p, &l) : CLINO_OK;
  /* Rounding of the result alone: a uniform error of half a unit has a deviation of 0.29 units. */
  p->unit = coarse_unit(l.unit, fabs(p->f0));
  double floor = clino__rounding_of(p, p->f0);
  p->noise = isnan(l.sigma) ? floor : fmax(l.sigma, floor);
  if (l.coarsest > 30 * p->noise) {
    p->doubt.noise = l.coarsest;
    p->doubt.slope = isnan(l.down) ? l.up : (l.up + l.down) / 2;
  }
  return status;
}

/* What the gradient promises f to do along the lines' direction, in the units of a line's slope. */
static double promised_slope(const clino__problem *p) {
  double sum = 0;
  clino__rng rng = direction_rng(p);
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t j = 0; v->owner && j < v->count; j++)
      sum += p->gradient[v->first + j] * next_component(p, &rng, i, p->x[v->first + j]);
  }
  return (POINTS - 1) * sum;
}

/* How far the gradient is from f's slope along the finest line that moves it, on the side where it is nearer. */
static clino_status miss_nearby(clino__problem *p, double promised, double *miss) {
  *miss = INFINITY;
  for (int side = -1; side <= 1; side += 2) {
    double f[POINTS], spacing = side * 1e-3 * FIRST_SPACING;
    clino_status status = sample_line(p, spacing, f);
    if (status) return status;
    *miss = fmin(*miss, fabs((f[POINTS - 1] - f[0]) / spacing - promised));
  }
  return CLINO_OK;
}

clino_status clino__revise_noise(clino__problem *p) {
  if (!(p->doubt.noise > 0) || !clino__budget(p, 2 * (POINTS - 1))) return CLINO_OK;
  double promised = promised_slope(p), nearby, miss = fabs(p->doubt.slope - promised);
  /* Both ends of a line are noisy. */
  if (!(miss <= 4 * sqrt(2) * p->doubt.noise / FIRST_SPACING)) return CLINO_OK;
  clino_status status = miss_nearby(p, promised, &nearby);
  if (status || nearby <= fmax(4 * miss, 1e-3 * fabs(promised))) return status;
  p->noise = p->doubt.noise;
  p->r->noise = p->noise;
  p->coarse = true;
  return CLINO_OK;
}
