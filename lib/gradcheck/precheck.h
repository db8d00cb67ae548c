#ifndef CLINO_GRADCHECK_PRECHECK_H
#define CLINO_GRADCHECK_PRECHECK_H

#include "gradcheck/problem.h"

/* Establishes at the point what a comparison rests on, and fills p->f0, p->noise (at the first point), p->gradient and
 * its sizes. Where something does not hold, the result has the verdict and *holds is false. */
clino_status clino__precheck(clino__problem *p, bool *holds);

/* Whether the values are those of the point and the guards stand; else the result has the verdict. */
bool clino__untouched(clino__problem *p);

#endif
