/* clino/critical_point.h - is this a minimum, a saddle, a maximum, a flat place, or no critical point at all?
 *
 *   clino_critical_result r;
 *   clino_critical_point(point, NULL, &r, &error);             (clino/point.h opens the point)
 *   if (r.kind == CLINO_CRITICAL_SADDLE) ...                   r.escape leads out
 *
 * First, whether the gradient is small: against its own noise, or against the function's scale,
 *   |g_i s_i| (Euclidean norm) <= tolerance F,
 * s_i the size of coordinate i and F how much f varies when all coordinates move by about their size: the relative
 * gradient of J. E. Dennis and R. B. Schnabel, "Numerical methods for unconstrained optimization" (1983), sec. 7.2,
 * with the variation of f in the place of |f|, so that a constant added to f changes nothing. And the quadratic model
 * must put the critical point nearby, within 1/100 of the coordinates' size (judgement): on a plateau before a cliff it
 * does not.
 *
 * Then the eigenvalues of the Hessian, each with its error (clino/spectrum.h). A direction whose eigenvalue is within
 * its error of 0 tells nothing by curvature; f is evaluated along it, both ways, and, since a valley may bend, at the
 * floor of the valley there as well (what remains is minimized by a few steps): x^3 falls on one side, x^4 rises on
 * both, the monkey saddle falls along some combination of its flat directions, (y - x^2)(y - 3x^2) only along a curve.
 * No place is called a minimum from which f was seen to fall, and an escape is verified by evaluating f there.
 *
 * Limits. Of a large Hessian only the ends are known: where its lowest eigenvalue is 0 within its error, the directions
 * found for it are examined and no others (result.complete is false). Kinks have no curvature: at one the answer is
 * about the smooth pieces beside it. A minimum is one of f as the point was opened with, on all data or on one batch.
 */
#ifndef CLINO_CRITICAL_POINT_H
#define CLINO_CRITICAL_POINT_H

#include "clino/spectrum.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_critical_kind {
  CLINO_CRITICAL_NONE = 0,     /* not looked at: a precondition failed (result.verdict) */
  CLINO_CRITICAL_NOT,          /* the gradient is not small; result.slope says what it is */
  CLINO_CRITICAL_MINIMUM,      /* f rises in every direction */
  CLINO_CRITICAL_VALLEY_FLOOR, /* a minimum with flat directions: f rises, or stays */
  CLINO_CRITICAL_SADDLE,       /* f falls in some direction and rises in another (also on the other side: x^3) */
  CLINO_CRITICAL_MAXIMUM,      /* f falls, or stays; rises nowhere */
  CLINO_CRITICAL_FLAT,         /* f stays in every direction */
  CLINO_CRITICAL_UNCERTAIN     /* errors are too large to tell */
} clino_critical_kind;
#define CLINO_CRITICAL_KIND_COUNT 8

/* What a place is whose gradient is not small, though the loss may look flat. */
typedef enum clino_slope_kind {
  CLINO_SLOPE_NONE = 0,
  CLINO_SLOPE_PLATEAU, /* gradient and curvature are small: over the coordinates' scale, what they make of f is below
                          1e-3 of F, or of |f| where that is larger */
  CLINO_SLOPE_VALLEY,  /* curvature along the gradient is below 1/20 of the largest: a rate that the walls allow is too
                          small for the floor */
  CLINO_SLOPE_PLAIN    /* neither */
} clino_slope_kind;

typedef struct clino_critical_options {
  size_t struct_size;      /* set by clino_critical_options_default */
  double tolerance;        /* of the relative gradient; CLINO_AUTO (default): cube root of the precision, 6.1e-6 or (for
                              single) 4.9e-3; 0 to 1 */
  size_t directions;       /* flat directions and combinations of them that are examined; default 16, 1 to 1000 */
  double *escape;          /* room for n numbers: unit vector along which to leave a saddle or maximum; only then;
                              NULL (default): not wanted */
  clino_spectrum_options spectrum; /* of the eigenvalues; its vectors and preconditioner are not used. Default: two at
                              each end, else those of clino_spectrum_options_default() */
} clino_critical_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_critical_options clino_critical_options_default(void);

/* A way out of a saddle or maximum. */
typedef struct clino_escape {
  bool found;
  double curvature;        /* v'Hv; about 0 where the direction is degenerate */
  double step;             /* how far along the unit vector */
  double promised;         /* decrease by the quadratic model; NaN where the direction is degenerate */
  double measured;         /* f(x) - f(x + step v) */
} clino_escape;

typedef struct clino_critical_result {
  clino_critical_kind kind;
  clino_slope_kind slope;      /* where kind is NOT */
  clino_verdict verdict;       /* as in clino_spectrum_result */
  size_t entries;
  double value, value_noise;   /* f, and the deviation of its noise */
  double gradient_norm, gradient_noise;
  double relative_gradient;    /* |g_i s_i| / F */
  double tolerance;            /* as used */
  double variation;            /* F */
  double distance;             /* the longest Newton step along a known vector, relative to the coordinates' size */
  double lowest, lowest_error; /* eigenvalues */
  double highest, highest_error;
  bool complete;               /* all eigenvalues are known */
  size_t negative, zero, positive; /* of the known eigenvalues: beyond their error below 0, within it, above */
  size_t examined, rising, falling, staying; /* sides of flat directions: two each */
  double slope_curvature;      /* g'Hg / g'g; NaN where g is 0 */
  clino_escape escape;
  uint64_t evaluations, gradients; /* calls that this took */
} clino_critical_result;

/* Says what kind of point it is.
 *   options  NULL: the defaults;  result  not NULL;  error  may be NULL
 * Errors: as clino_spectrum. Cost: that of clino_spectrum, about 20 calls, and up to 60 values and gradients a flat
 * direction. Memory: as clino_spectrum, and 60 bytes an entry. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_critical_point(clino_point *point,
                                                              const clino_critical_options *options,
                                                              clino_critical_result *result, clino_error *error);

/* "minimum", "saddle", ...; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_critical_kind_name(clino_critical_kind kind);

/* The answer and its numbers in at most 900 bytes. result: not NULL. text: room for size bytes, written at most size -
 * 1 and terminated; NULL only for size 0. Returns the length that the whole text has. Thread safe. */
CLINO_API size_t clino_critical_describe(const clino_critical_result *result, char *text, size_t size);

/* The answer as a finding "critical-point": a minimum or valley floor is PASS; NOT is INFO; UNCERTAIN and FLAT are
 * WARN; a saddle or maximum is FAIL; NONE is SKIP where it is about preconditions.
 *   name  what was looked at, for the finding's series; NULL: none
 * Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_critical_findings(const clino_critical_result *result, const char *name,
                                               clino_findings *findings, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
