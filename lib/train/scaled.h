/* What the rules share that divide by the root of mean or sum of squares: epsilon outside or inside of the root.
 * Private to lib/train. */
#ifndef CLINO_TRAIN_SCALED_H
#define CLINO_TRAIN_SCALED_H

#include "train/rule.h"

/* sqrt(v + inside) + outside: one of the two is 0. */
static inline double clino__epsilon_inside(const clino_optimizer_options *o) {
  return o->epsilon_place == CLINO_EPSILON_INSIDE ? o->epsilon : 0;
}

static inline double clino__epsilon_outside(const clino_optimizer_options *o) {
  return o->epsilon_place == CLINO_EPSILON_OUTSIDE ? o->epsilon : 0;
}

/* a = keep a + gain d^2;  p -= rate d / (sqrt(a + inside) + outside), with c = keep, gain, rate, inside, outside. */
#define CLINO__SCALED_KERNELS(name)                                                                                 \
  CLINO__KERNELS(name,                                                                                              \
                 const real keep = (real)u->c[0]; const real gain = (real)u->c[1]; const real rate = (real)u->c[2]; \
                 const real inside = (real)u->c[3]; const real outside = (real)u->c[4],                             \
                 a[i] = keep * a[i] + gain * (d * d); p[i] -= rate * d / (CLINO__SQRT(a[i] + inside) + outside))

/* The coefficients of a running mean of t squares, in which all count the same. */
static inline void clino__mean_coefficients(double t, clino__update *u) {
  u->c[0] = t > 1 ? (t - 1) / t : 0; /* what was there before the first is not looked at */
  u->c[1] = 1 / t;
}

#endif
