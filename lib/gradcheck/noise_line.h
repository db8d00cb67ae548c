#ifndef CLINO_GRADCHECK_NOISE_LINE_H
#define CLINO_GRADCHECK_NOISE_LINE_H

#include "gradcheck/problem.h"

/* Points of a line, the point itself included: at least as many as ECnoise recommends. */
#define CLINO__LINE_POINTS 7
/* Relative to the coordinates: fourth differences of a smooth f are then near 1e-24. */
#define CLINO__LINE_SPACING 1e-6

/* f at k spacings from the point along the seeded direction, which has no small component; a negative spacing is to the
 * other side. A coordinate that would leave its bounds before the line ends does not move along it. One evaluation;
 * afterwards all coordinates are those of the point. */
clino_status clino__noise_line_value(clino__problem *p, double spacing, double k, double *f);

/* The same at 0, 1, ... spacings. */
clino_status clino__noise_line_sample(clino__problem *p, double spacing, double f[CLINO__LINE_POINTS]);

/* The derivative of f along a line: what the analytic gradient promises, and what its ends show. */
double clino__noise_line_promised(const clino__problem *p, double spacing);
double clino__noise_line_slope(const double f[CLINO__LINE_POINTS], double spacing);

/* How many different values there are. */
int clino__noise_line_distinct(const double f[CLINO__LINE_POINTS]);

/* The smallest sigma_k (More and Wild 2011), NaN where a value is not finite. *alike, unless NULL: whether
 * all of them are within a factor of 4, as they are for noise (the criterion of eq. 3.1 there) and for kinks, and are
 * not where a smooth f bends. */
double clino__noise_line_sigma(const double f[CLINO__LINE_POINTS], bool *alike);

/* Root mean square of the second differences except those round the sharpest bend, as a deviation of noise. A single
 * kink on the line bends it at one place, in one or two neighbouring second differences of one sign; noise does so
 * everywhere, and a jump in two of opposite signs. */
double clino__noise_line_beside_a_kink(const double f[CLINO__LINE_POINTS]);

#endif
