/* A right gradient is right in the mean over a step, whatever kinks lie within it. */
#ifndef CLINO_GRADCHECK_MEAN_VALUE_H
#define CLINO_GRADCHECK_MEAN_VALUE_H

#include "gradcheck/problem.h"

/* Looks once more at an entry that a difference has condemned at a step that noise keeps long, or that no step has
 * settled: KINK where the callback's gradient, sampled over the step, accounts for the difference; INCONCLUSIVE where
 * the samples are too few to tell; else as it is. Two evaluations and two gradients for most of those that are wrong,
 * 55 gradients at the most. Puts the entry back. */
clino_status clino__mean_value_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e);

/* Mean of a gradient over a segment, from its values in the middle of so many cells, two at least (the midpoint rule).
 * *error: three deviations of what the rule errs by. A change that is even over the segment costs it nothing; a jump
 * anywhere within a cell costs it an error of even distribution, jump / sqrt(12) cells, and jumps are independent. */
double clino__mean_of(const double *g, size_t cells, double *error);

#endif
