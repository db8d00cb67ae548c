/* What a net's surroundings are like where training is or has ended. */
#ifndef WORKED_MEASURE_H
#define WORKED_MEASURE_H

#include "worked/dnet.h"

/* The noise of a batch's gradient g_B: the root mean square of |g_B - g| over 40 seeded batches of so many, into
 * *noise; g is the gradient over all of on, |g| goes into *size. 0, or -1 with the reason on standard error. */
int measure_noise(dnet *n, size_t batch, const digits *on, double *noise, double *size);

/* The largest eigenvalue of the Hessian of the mean loss over on, and its trace, estimated by 20 vectors. 0 or -1. */
int measure_curvature(dnet *n, const digits *on, double *highest, double *trace);

#endif
