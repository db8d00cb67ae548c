/* A point beside the point, off the kinks that it lies on, and the way back. */
#ifndef CLINO_GRADCHECK_SHIFT_H
#define CLINO_GRADCHECK_SHIFT_H

#include "gradcheck/problem.h"

typedef struct clino__shift {
  double *kept;  /* coordinates and gradient at the point */
  double f0;
} clino__shift;

/* Calls for the value of a shift there and back. */
#define CLINO__SHIFT_VALUES 3

/* Moves every coordinate, within its bounds, by a seeded part of its size; f and its gradient are then those there.
 * *finite: whether they are. Errors: CLINO_ERR_MEMORY, those of clino__value. Go back in any case. */
clino_status clino__shift_aside(clino__problem *p, clino__shift *shift, bool *finite);
void clino__shift_back(clino__problem *p, clino__shift *shift);

#endif
