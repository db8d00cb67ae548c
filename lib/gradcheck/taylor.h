/* One direction of a Taylor test; shared by the files that measure and judge it. */
#ifndef CLINO_GRADCHECK_TAYLOR_H
#define CLINO_GRADCHECK_TAYLOR_H

#include "clino/taylor.h"
#include "gradcheck/limit.h"
#include "gradcheck/session.h"

typedef struct clino__line {
  clino__session *s;
  const clino_taylor_options *o;
  const double *d;
  double curvature;            /* d'Hd of the caller's product; NaN: none */
  double curvature_size;       /* root of the sum of squares of its terms */
  double slope, slope_size;    /* g'd; root of the sum of squares of its terms: what a slope is with other signs */
  double reach;                /* t at which the direction moves a coordinate by all of its scale */
  clino__limit odd, even;      /* odd and even part of the remainder over t: discrepancy, half the jump of the slope */
  clino_taylor_direction *out;
} clino__line;

/* Evaluates f along the direction and judges: fills line->out but for index and given. */
clino_status clino__line_test(clino__line *line);

/* The discrepancy that is put down to the analytic value: tolerance and rounding. */
double clino__line_slack(const clino__line *line);

/* f(place) - f(origin) - g'(place - origin) with the entries moved to where they are; from: displacements of the
 * origin, NULL for the point itself. */
double clino__line_remainder(const clino__line *line, double f, double f_origin, const double *g, const double *from);

/* Three deviations of the difference of two values of f near f. */
double clino__line_noise(const clino__line *line, double f);

/* The step of the differences about a sampled point is this fraction of its distance. */
#define CLINO__NEARBY_FRACTION 16

/* What the callback's gradients at points about x, at a distance of `radius` in t, say of a slope that disagrees by
 * `difference`: whether differences there refute them (FAIL), or confirm them and the slope at x is among them (KINK),
 * or not (FAIL); INCONCLUSIVE where too few can be told. */
clino_status clino__line_nearby(clino__line *line, double radius, double difference, clino_verdict *verdict);

#endif
