/* Count, mean, deviation, extremes of a stream, mergeable. */
#ifndef CLINO_MONITOR_MOMENTS_H
#define CLINO_MONITOR_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "monitor/squares.h"

/* Of finite values; what is not is counted. A zeroed one is empty (min and max mean nothing then). */
typedef struct clino__moments {
  uint64_t count;                            /* finite values */
  clino__nonfinite nonfinite;
  clino__sum mean;                           /* in two doubles: an offset of 1e8 costs no digits of the deviation */
  clino__squares deviation;                  /* sum of squared deviations from the mean */
  double min, max;
} clino__moments;

/* A block's sums about the mean of a few of its values. They are finite only where all values are. */
typedef struct clino__about {
  double center;
  clino__spread sums;
} clino__about;

clino__about clino__about_sample(const clino__block *x);

/* Adds a block of finite values, which survey and about tell of; the sums may have overflowed. */
void clino__moments_add(clino__moments *m, const clino__block *x, const clino__survey *survey,
                        const clino__about *about);

/* Adds one value (B. P. Welford, 1962). */
void clino__moments_add_one(clino__moments *m, double x);

/* T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", 1983, eq. 2.1. */
void clino__moments_merge(clino__moments *m, const clino__moments *other);

/* Of the finite values; NaN where there are none, or (deviation) count <= less. The deviation has count - less in its
 * denominator. */
double clino__moments_mean(const clino__moments *m);
double clino__moments_deviation(const clino__moments *m, unsigned less);

/* The Euclidean norm of the finite values, sqrt(sum of squared deviations + n mean^2): nothing cancels. */
double clino__moments_norm(const clino__moments *m);

/* The mean of all values as arithmetic has it: NaN or infinite as soon as one is; NaN for none. */
double clino__moments_mean_of_all(const clino__moments *m);

#endif
