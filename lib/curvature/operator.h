/* The Hessian at a point as an operator on vectors, preconditioned where asked for; all products go through here. */
#ifndef CLINO_CURVATURE_OPERATOR_H
#define CLINO_CURVATURE_OPERATOR_H

#include "base/error.h"
#include "clino/spectrum.h"

typedef struct clino__operator {
  clino_point *point;
  size_t n;
  const double *g;              /* at the point */
  double *scales;               /* of the coordinates; the block that all arrays are in */
  double *root;                 /* 1 / sqrt(D); NULL: not preconditioned */
  double *along, *plus, *minus; /* work */
  bool forward;
  double step, forward_step;    /* h in multiples of what moves one coordinate by its scale */
  double noise;                 /* of the gradient, as a norm */
  double largest_gradient;      /* what was seen: for the rounding of differences */
  bool finite;                  /* false: a gradient was not */
  uint64_t first;               /* calls for the gradient before this */
  clino_error *error;
} clino__operator;

/* Measures noise and chooses steps: 8 gradients or more. op->finite is false where gradients nearby are not finite. To
 * be closed in any case. options: checked. */
clino_status clino__operator_open(clino__operator *op, clino_point *point, const clino_spectrum_options *options,
                                  clino_error *error);
void clino__operator_close(clino__operator *op);

/* hv = H v by the form of the operator. v: not all 0. */
clino_status clino__operator_apply(clino__operator *op, const double *v, double *hv);

/* hv = H v, centered, at step times the operator's. */
clino_status clino__operator_centered(clino__operator *op, double step, const double *v, double *hv);

/* Norm of the noise of a product with v: of its deviation, centered at step times the operator's. */
double clino__operator_noise(const clino__operator *op, double step, const double *v);

/* Calls for the gradient since it was opened. */
uint64_t clino__operator_gradients(const clino__operator *op);

clino_status clino__spectrum_options_check(const clino_spectrum_options *o, size_t n, clino_error *error);

#endif
