/* Compensated sums (A. Neumaier, 1974): the error does not grow with the number of terms. */
#ifndef CLINO_BASE_SUM_H
#define CLINO_BASE_SUM_H

#include <math.h>

typedef struct clino__sum {
  double sum, carry;
} clino__sum;

static inline void clino__sum_add(clino__sum *s, double x) {
  double t = s->sum + x;
  s->carry += fabs(s->sum) >= fabs(x) ? (s->sum - t) + x : (x - t) + s->sum;
  s->sum = t;
}

/* The value; a sum that became infinite or NaN is that, not infinity minus infinity of the carry. */
static inline double clino__sum_value(const clino__sum *s) { return isfinite(s->sum) ? s->sum + s->carry : s->sum; }

#endif
