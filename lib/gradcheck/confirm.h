/* A last look before a value is called wrong: is the slope that contradicts it that of the shortest steps? */
#ifndef CLINO_GRADCHECK_CONFIRM_H
#define CLINO_GRADCHECK_CONFIRM_H

#include "gradcheck/judge.h"

/* Whether f, at shorter steps than all so far, contradicts the numeric value n that the analytic one is to be rejected
 * by (at a kink: the nearer one-sided slope); then *rung is one of them. Two evaluations for every factor of 8 in the
 * step. */
clino_status clino__judge_contradicted(const clino__judge *j, double n, bool kink, bool *contradicted,
                                       clino__rung *rung);

/* Whether longer steps than one bear out the analytic value, and f jumps within them. */
clino_status clino__judge_staircase(const clino__judge *j, double n, double from, bool *jumps);

#endif
