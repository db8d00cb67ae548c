/* What steps take off the loss, beside what the gradient promises: decrease_ratio, actual over predicted decrease.
 *
 * Along a direction of curvature k a step of gradient descent at rate r keeps 1 - r k / 2 of what it promised, and
 * leaves a gradient of 1 - r k times the one before (Nocedal and Wright 2006, sections 2.2 and 4.1). So a ratio near 1
 * says that steps could be far longer; below 1/2 they are too long, and successive gradients oppose each other. Where
 * they agree instead, the gradient is not that of the loss: with the wrong sign it keeps -1, as a sum over all steps
 * next to nothing.
 */
#ifndef CLINO_CHECKS_PROMISE_H
#define CLINO_CHECKS_PROMISE_H

#include "checks/check.h"

typedef struct clino__promise {
  const clino_series *series; /* NULL: not logged */
  size_t n;                   /* points of the curve */
  double start, kept;         /* medians of the first tenth (at least 2 points) and of all; NaN without 3 points */
  double cosine;              /* median of grad_cosine; NaN where it was not logged */
} clino__promise;

clino__promise clino__promise_of(clino__context *context);

/* Why what was promised is not kept: the id of a cause, NULL where it is, or not known. */
const char *clino__promise_broken(clino__context *context, const clino__promise *promise);

/* Are steps so short, from the start, that the loss is straight over each: 25 times shorter than the best ones? */
bool clino__promise_short(const clino__promise *promise);

/* The largest ratio of update to parameter of a tensor of weights, each the median of the first tenth of the run; NaN
 * where none was logged. */
double clino__largest_update(clino__context *context);

/* Is a batch of the training data less than half of them? True where that is not known. */
bool clino__several_batches(clino__context *context);

#endif
