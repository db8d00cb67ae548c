/* Normal numbers that are the same on every platform, and the normal distribution. Private to lib/train. */
#ifndef CLINO_TRAIN_NORMAL_H
#define CLINO_TRAIN_NORMAL_H

#include "base/rng.h"

/* Uniform in (0, 1), never an end: (k + 1/2) / 2^52. */
double clino__open_uniform(clino__rng *rng);

/* Standard normal: clino__normal_quantile of an open uniform number. */
double clino__normal(clino__rng *rng);

/* The x at which the standard normal distribution function is p, 0 < p < 1. Only + - * / and square roots. */
double clino__normal_quantile(double p);

#endif
