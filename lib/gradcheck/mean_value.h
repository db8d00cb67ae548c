/* A last look at an entry where kinks crowd: is its gradient right in the mean over the step? */
#ifndef CLINO_GRADCHECK_MEAN_VALUE_H
#define CLINO_GRADCHECK_MEAN_VALUE_H

#include "gradcheck/problem.h"

/* Looks once more at an entry that a difference has condemned at a step that noise keeps long, or that no step has
 * settled: KINK where the callback's gradient, sampled over the step, accounts for the difference; INCONCLUSIVE where
 * the samples are too few to tell; else as it is. Two evaluations and eight gradients for most of those that are
 * wrong, 57 gradients at the most, and 165 for what no step has settled. Puts the entry back. */
clino_status clino__mean_value_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e);

#endif
