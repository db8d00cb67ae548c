/* One step length along one coordinate, and a ladder of them. */
#ifndef CLINO_GRADCHECK_RUNG_H
#define CLINO_GRADCHECK_RUNG_H

#include "gradcheck/problem.h"

typedef struct clino__rung {
  double h;              /* step; half the distance of the two points where they lie on both sides */
  double t1, t2;         /* where f was evaluated, as realized: t1 > 0 > t2, or both on one side */
  double f1, f2;
  bool finite;           /* f1 and f2 are */
  bool central;          /* the points lie on both sides */
  double slope;          /* the derivative of the parabola through the three points, at the middle or the end one */
  double left, right;    /* one-sided slopes; NaN where not central */
  double jump;           /* |right - left|: falls with h where f is smooth, does not across a kink */
  double rounding;       /* three standard deviations of slope's rounding error and noise */
  double jump_noise;     /* the same of jump */
  clino__flips flips;    /* branches that went the other way at t1 or t2; fraction is of h */
} clino__rung;

#define CLINO__RUNGS 20

typedef struct clino__ladder {
  clino__rung rung[CLINO__RUNGS]; /* by falling h */
  size_t count;
  double smallest, largest;       /* steps that make sense for the coordinate */
} clino__ladder;

/* Evaluates f a step to both sides of the point along an entry (two evaluations), or to one side at a bound or an edge
 * of the domain (two or three). h is made to fit the bounds and the coordinate's precision. */
clino_status clino__rung_measure(clino__problem *p, size_t entry, double h, clino__rung *rung);

/* Puts a rung in its place; false where the ladder is full or has one of about that step. */
bool clino__ladder_add(clino__ladder *ladder, const clino__rung *rung);

/* The range of steps for an entry. */
void clino__ladder_limits(const clino__problem *p, size_t entry, clino__ladder *ladder);

#endif
