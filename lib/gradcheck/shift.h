/* A point beside the point, off the kinks or the bounds that it lies on, and the way back. */
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

/* Moves the coordinates that are nearer to a bound than distance (one a view) that far away from it, if there are any:
 * on a bound, where f is seen from one side only, a wrong gradient looks like a kink. Otherwise as above, with *finite
 * false too where max_evaluations leaves no room. */
clino_status clino__shift_inside(clino__problem *p, const double *distance, clino__shift *shift, bool *finite);

/* Nothing where there was no shift. */
void clino__shift_back(clino__problem *p, clino__shift *shift);

#endif
