/* The inside of a planted layer, for the file that spoils its gradient. */
#ifndef BENCH_SUPPORT_PLANTED_SPOIL_H
#define BENCH_SUPPORT_PLANTED_SPOIL_H

#include "net/real.h"
#include "support/planted.h"

#define PLANTED_MOST 512
#define PLANTED_SIDE 4
#define PLANTED_TENSORS 4

struct planted {
  planted_layer layer;
  planted_bug bug;
  rng random;
  size_t n, n_in, n_out, n_y, n_tensors, target; /* samples (or steps), sizes; outputs; which tensor is spoilt */
  bool relu, all;                                /* all: every tensor is spoilt */
  clino_tensor tensors[PLANTED_TENSORS];
  real *x, *dx, *w, *dw, *b, *db, *u, *du;
  real memory[2 * PLANTED_MOST * PLANTED_TENSORS];
  real y[PLANTED_MOST], z[PLANTED_MOST], dz[PLANTED_MOST], c[PLANTED_MOST];
  int label[PLANTED_MOST];
  size_t sample_from, sample_to;                 /* of y, what counts */
  double l2;                                     /* penalty on the target that the loss has */
  double number;                                 /* of the bug */
  size_t axis, other, index;
  size_t order[PLANTED_MOST];                    /* where each entry comes from; SIZE_MAX: it is 0 */
  double drawn[PLANTED_MOST];
  double kept[PLANTED_TENSORS][PLANTED_MOST];    /* what a callback keeps from call to call */
  bool keeps;
};

size_t planted_count(const clino_tensor *t);
void planted_run(planted *p, bool back);

/* Draws the details of the bug; false where there is no place for it. */
bool planted_prepare(planted *p);

/* The right gradient, then the bug. */
void planted_backward(planted *p);

#endif
