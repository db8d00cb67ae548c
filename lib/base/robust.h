/* Robust statistics. NaN must have been left out by the caller. */
#ifndef CLINO_BASE_ROBUST_H
#define CLINO_BASE_ROBUST_H

#include <stddef.h>

/* The k-th smallest (0-based) of n >= 1 values, which are reordered: quickselect with a median of three (Hoare 1961);
 * linear on average. */
double clino__select(double *values, size_t n, size_t k);

/* The median of n values (mean of the two middle ones for even n), which are reordered. NaN for n = 0. */
double clino__median(double *values, size_t n);

/* The deviation of the values about center as the median absolute deviation scaled to a normal distribution's standard
 * deviation (factor 1.4826: F. R. Hampel, 1974). The values are overwritten. NaN for n = 0. */
double clino__mad(double *values, size_t n, double center);

#endif
