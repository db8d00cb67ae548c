/* The noise of a computed function, from lines through the point (noise_line.c). A loss computed in single precision
 * shows in the bits as well: all its values are multiples of a coarse unit. */
#include "gradcheck/noise.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "gradcheck/noise_line.h"

#define POINTS CLINO__LINE_POINTS
#define FIRST_SPACING CLINO__LINE_SPACING
#define LINES 7 /* at the most: two, two wider ones, three finer ones */

/* Trailing zero bits of a double's 52-bit fraction; 52 for a power of two. */
static int trailing_zeros(double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  bits &= (UINT64_C(1) << 52) - 1;
  int n = 0;
  while (n < 52 && !((bits >> n) & 1)) n++;
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
  bool treads;   /* on a finer line f hardly took another value */
  double unit;   /* the largest power of two that f's values are multiples of, where it moved; infinite: none known */
  double coarsest; /* the largest estimate of the first lines, before any kink was taken out of it; NaN: none */
  double noisy[LINES]; /* estimates of the lines that look like noise */
  size_t n_noisy;
} learned;

/* Samples one more line. where: its spacing, negative to the other side. An estimate counts if f moved on the line
 * (with fewer than four values a jump at its end looks like a kink), or may count all the same (flat). *now: the
 * estimate. */
static clino_status learn(clino__problem *p, double where, bool flat, learned *l, double *now) {
  double f[POINTS];
  clino_status status = clino__noise_line_sample(p, where, f);
  if (status) return status;
  bool alike, moves = clino__noise_line_distinct(f) >= 4;
  double with_kinks = clino__noise_line_sigma(f, &alike), beside = clino__noise_line_beside_a_kink(f);
  *now = beside < 1e-3 * with_kinks ? beside : with_kinks;
  if (moves) count_zeros(f, &l->zeros);
  if (moves) find_unit(f, &l->unit);
  p->quantum = quantum_of(l->zeros < 52 ? l->zeros : zeros_of_one(f[0]));
  bool better = isnan(l->sigma) || ((moves || flat) && *now < l->sigma) || (moves && !l->moved);
  if (!isnan(*now) && better) {
    l->sigma = *now;
    l->alike = alike;
  }
  if (alike && moves && l->n_noisy < LINES) l->noisy[l->n_noisy++] = with_kinks;
  l->moved |= moves;
  l->treads |= fabs(where) < FIRST_SPACING && clino__noise_line_distinct(f) < 3;
  l->slope = clino__noise_line_slope(f, where);
  if (fabs(where) == FIRST_SPACING && alike && moves) l->coarsest = fmax(l->coarsest, with_kinks);
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
    memcpy(l->noisy, fine.noisy, sizeof l->noisy);
    l->n_noisy = fine.n_noisy;
    l->treads = fine.treads;
    bool lower = fine.sigma < coarse.sigma, slowly = fine.sigma > 30 * fabs(finer[i]) * coarse.sigma;
    if (coarse.alike && lower && (slowly || stepped(up, coarse.slope, fine.slope))) break;
    *l = fine;
    if (i == 0 && now > before / 4) break;
  }
  return status;
}

/* One line is enough where f moves on it, is no loss in single precision, and the estimate is near rounding. Else a
 * line to the other side, where a kink or an edge is rarely met too (an f that moves to one side and not, by as much,
 * to the other is flat there). Then, where f does not move, as a loss in single precision may not, wider ones; where
 * the estimate is far above rounding, finer ones: what bends shrinks with the spacing, and noise does not. */
static clino_status learn_all(clino__problem *p, learned *l) {
  static const double wider[] = {1e2, 1e4};
  double now;
  clino_status status = learn(p, FIRST_SPACING, false, l, &now);
  p->line_slope = l->slope;
  bool rough = p->quantum > DBL_EPSILON;
  if (status || (l->moved && !suspicious(p, l) && !rough) || !affordable(p)) return status;
  double up = l->slope;
  status = learn(p, -FIRST_SPACING, l->moved, l, &now);
  for (size_t i = 0; i < 2 && !status && !l->moved && affordable(p); i++)
    status = learn(p, wider[i] * FIRST_SPACING, false, l, &now);
  return status ? status : learn_finer(p, up, l);
}

/* Of a few differences each, estimates scatter by a factor of 3 or so to both sides, and the smallest is too small by as
 * much. So those that may be of the same noise are pooled: lines on which f bends or has kinks show far more. By trial
 * on a convolutional net in single precision: its noise of 3e-9 gave 1e-10 to 6e-9. */
#define SCATTER 30

static double pooled(const learned *l) {
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < l->n_noisy; i++) {
    if (!(l->noisy[i] <= SCATTER * l->sigma)) continue;
    sum += (l->noisy[i] / l->sigma) * (l->noisy[i] / l->sigma);
    n++;
  }
  return n > 1 ? fmax(l->sigma, l->sigma * sqrt(sum / (double)n)) : l->sigma;
}

clino_status clino__measure_noise(clino__problem *p) {
  learned l = {NAN, 52, false, false, NAN, false, INFINITY, NAN, {0}, 0};
  p->coarse_noise = 0;
  p->quantum = DBL_EPSILON;
  p->unit = 0;
  clino_status status = affordable(p) ? learn_all(p, &l) : CLINO_OK;
  /* Rounding of the result alone: a uniform error of half a unit has a deviation of 0.29 units. */
  p->unit = coarse_unit(l.unit, fabs(p->f0));
  double floor = clino__rounding_of(p, p->f0);
  p->noise = isnan(l.sigma) ? floor : fmax(pooled(&l), floor);
  if (l.coarsest > 30 * p->noise) p->coarse_noise = l.coarsest;
  /* Of two lines across treads, the one that is less noisy may have met few of the steps. */
  else if (p->unit > 0 || l.treads) p->noise = fmax(p->noise, l.coarsest);
  return status;
}
