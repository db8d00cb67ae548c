#ifndef CLINO_GRADCHECK_POINTS_H
#define CLINO_GRADCHECK_POINTS_H

#include "gradcheck/problem.h"

/* Checks at the given point, at the seeded ones round it, and after the burn-in; the values are then those of the given
 * point again. *holds: false where a precondition failed, which ends the check with a verdict. */
clino_status clino__points_check(clino__problem *p, bool *holds);

#endif
