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

/* Truncation error of a rung's slope, from how it changes between neighbours; infinite where it has none. */
double clino__truncation(const clino__ladder *ladder, size_t k);

/* Whether the slope has come to rest at rung k: how many of the two longer and of all shorter rungs show the same
 * slope, against a difference from it; -1 where one contradicts. Kinks on both sides of the point can move a slope and
 * leave no jump, and an f that varies within the step moves it at random. */
int clino__witnesses(const clino__ladder *ladder, size_t k, double difference);

/* What a kink within the rung's step adds to its error: as far as it stands out from noise, and as much as noise may
 * hide. */
double clino__kink_error(const clino__ladder *ladder, size_t k);
double clino__kink_bound(const clino__ladder *ladder, size_t k);

/* Whether the one-sided slopes approach each other from the next longer rung to this one as a smooth f's do. */
bool clino__shrinks(const clino__ladder *ladder, size_t k);

#endif
