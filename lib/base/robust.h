/* Robust statistics. NaN must have been left out by the caller. */
#ifndef CLINO_BASE_ROBUST_H
#define CLINO_BASE_ROBUST_H

#include <stddef.h>

/* The k-th smallest (0-based) of n >= 1 values, which are reordered: quickselect with a median of three (Hoare 1961);
 * linear on average. */
double clino__select(double *values, size_t n, size_t k);

/* The median of n values (mean of the two middle ones for even n), which are reordered. NaN for n = 0. */
double clino__median(double *values, size_t n);

/* As clino__median, of n finite values between min and max that stay where they are; scratch: n. The values are counted
 * by where they lie between the two, and only those near the middle are looked at again: about half the time of
 * clino__median, save for values of which nearly all lie near one another, which take as long. */
double clino__median_within(const double *values, size_t n, double min, double max, double *scratch);

/* How many of some values are NaN or infinite, and the least and the largest of the others; NaN without any. */
typedef struct clino__extent {
  size_t nonfinite;
  double min, max;
} clino__extent;

clino__extent clino__extent_of(const double *values, size_t n);

/* The deviation of the values about center as the median absolute deviation scaled to a normal distribution's standard
 * deviation (factor 1.4826: F. R. Hampel, 1974). The values are overwritten. NaN for n = 0. */
double clino__mad(double *values, size_t n, double center);

/* The noise of a curve y of n points: how far points lie from where a smooth curve would put them, as a standard
 * deviation. The larger of two robust estimates, either of which a trend leaves alone: second differences (over sqrt 6:
 * Gasser, Sroka and Jennen-Steinmetz 1986), which see noise without memory, and residuals from a running median, which
 * see noise that wanders for a few points too. scratch: 2 n. NaN for n < 3. */
double clino__noise(const double *y, size_t n, double *scratch);

/* The slope of y over its index as Siegel's repeated median (A. F. Siegel, "Robust regression using repeated medians",
 * 1982): right with up to half of the points wrong. scratch: 2 n. NaN for n < 2. Quadratic. */
double clino__repeated_median_slope(const double *y, size_t n, double *scratch);

/* Is there a trend? */
typedef struct clino__trend {
  double tau;        /* Kendall's: -1 always falling, 1 always rising */
  double z;          /* the test's statistic, standard normal where there is no trend; 0 for n < 4 or all equal */
  double inflation;  /* >= 1: how many times larger memory in the noise makes the variance */
} clino__trend;

/* The Mann-Kendall rank test (H. B. Mann, 1945; M. G. Kendall, 1975) with ties, and with the variance corrected for
 * autocorrelation (K. H. Hamed and A. R. Rao, J. Hydrology 204, 1998, eq. 10; never below that of independent points).
 * scratch: 4 n. Quadratic. */
clino__trend clino__mann_kendall(const double *y, size_t n, double *scratch);

#endif
