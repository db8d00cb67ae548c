/* What shows in the analytic values themselves: zeros, values cut off at a bound, single precision. */
#include <float.h>
#include <math.h>

#include "gradcheck/explain.h"

static void try_zero(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  for (size_t i = 0; i < ev->count; i++)
    if (ev->a[i] != 0) return;
  clino_explanation e = clino__about(CLINO_PATTERN_ZERO);
  clino__found_fact(s, &e, ev->n_used, ev->n_used, INFINITY);
}

/* ---- clipped ---- */

static bool clip(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  double c = *(const double *)with;
  *p = ev->a[i];
  *q = fmin(fmax(ev->n[i], -c), c);
  return true;
}

static void try_clipped(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  double c = 0;
  size_t at_bound = 0, below = 0;
  for (size_t k = 0; k < ev->n_used; k++) c = fmax(c, fabs(ev->a[ev->used[k]]));
  double equal = c * (1 - (ev->dtype == CLINO_F32 ? 4 * FLT_EPSILON : 4 * DBL_EPSILON));
  for (size_t k = 0; k < ev->n_wrong; k++) at_bound += fabs(ev->a[ev->wrong[k]]) >= equal;
  for (size_t k = 0; k < ev->n_used; k++) {
    size_t i = ev->used[k];
    below += fabs(ev->a[i]) < equal && fabs(ev->n[i]) > 4 * ev->bar[i];
  }
  /* All at the bound would be the sign of the gradient, not a gradient that was clipped. */
  if (at_bound < ev->n_wrong || below < 2) return;
  clino__fit fit;
  if (!clino__fit_all(ev, clip, &c, &fit)) return;
  clino_explanation e = clino__about(CLINO_PATTERN_CLIPPED);
  e.value = c;
  e.value_error = c - equal;
  clino__found_add(s, &e, &fit, 1, 1);
}

/* ---- single precision ---- */

/* Of single precision, and not of fewer bits still, as 0.5 is. */
static bool in_single_precision(double v) {
  float f = (float)v;
  if ((double)f != v) return false;
  int exponent;
  double bits = frexp(v, &exponent) * 4096;
  return bits != floor(bits);
}

/* A sum of m terms in single precision errs by about sqrt(m) 2^-24 of their size, not of its own (N. J. Higham,
 * "Accuracy and stability of numerical algorithms", 2002, sec. 4.2): 1e-6 is m = 280; most entries do not err the most.
 */
#define TYPICAL 1e-6
#define LARGEST 1e-4

static void try_rounding(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  if (ev->dtype != CLINO_F64 || ev->record->single || ev->n_used < 4) return;
  size_t single = 0, typical = 0, nonzero = 0;
  double size = 0;
  for (size_t k = 0; k < ev->n_used; k++) size = fmax(size, fabs(ev->n[ev->used[k]]));
  for (size_t k = 0; k < ev->n_used; k++) {
    size_t i = ev->used[k];
    double d = fabs(ev->a[i] - ev->n[i]);
    if (ev->a[i] != 0 && (double)(float)ev->a[i] != ev->a[i]) return;
    if (!(d <= LARGEST * size + 2 * ev->bar[i])) return;
    nonzero += ev->a[i] != 0;
    single += ev->a[i] != 0 && in_single_precision(ev->a[i]);
    typical += d <= TYPICAL * size + 2 * ev->bar[i];
  }
  if (single < 4 || 4 * single < 3 * nonzero || 2 * typical < ev->n_used) return;
  clino_explanation e = clino__about(CLINO_PATTERN_ROUNDING);
  /* 29 bits of a double beyond those of a float are 0, in each. */
  clino__found_fact(s, &e, ev->n_used, ev->n_used, 29 * (double)single);
}

void clino__explain_values(const clino__search *s) {
  if (s->ev->tensor != SIZE_MAX) try_zero(s);
  try_clipped(s);
  try_rounding(s);
}
