#ifndef CLINO_GRADCHECK_SWEEP_H
#define CLINO_GRADCHECK_SWEEP_H

#include "clino/sweep.h"

/* What looking at a curve needs beside its points: f at x, and the one-sided differences of every point. */
typedef struct clino__sweep_data {
  const clino_sweep_point *points;
  const double *left, *right; /* one-sided differences below and above x; NaN where not taken */
  const unsigned char *same;  /* f was at both neighbours what it is at x */
  size_t n;
  double f0;
  bool single;                /* the tensor is in single precision */
} clino__sweep_data;

struct clino_sweep {
  clino_sweep_curve *curves;
  size_t n;
};

/* Fills in fits, numeric, noise, kink, shape and judgement of a curve whose points are there. scratch: 2 n + 2. */
void clino__sweep_judge(clino_sweep_curve *curve, const clino__sweep_data *data, double *scratch);

/* Order fit and best step of one kind of difference: n steps (rising) and absolute errors. */
clino_sweep_fit clino__sweep_fit(size_t n, const double *step, const double *error);

#endif
