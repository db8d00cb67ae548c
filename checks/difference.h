/* Two runs of one series, held against each other: which way is better, and how far apart the curves are at equal
 * steps, beside the noise of both. */
#ifndef CLINO_CHECKS_DIFFERENCE_H
#define CLINO_CHECKS_DIFFERENCE_H

#include "checks/curve.h"

enum { CLINO__FEW_POINTS = 8 /* fewer say nothing of their noise */ };
#define CLINO__SURE 4.0 /* standard errors: over many series and runs, chance makes no alarm */

/* How much worse, point by point, at the steps that both have. */
typedef struct clino__difference {
  size_t n;
  double d[CLINO__CURVE_MAX]; /* above 0: worse */
  int64_t step[CLINO__CURVE_MAX];
  double level, error;        /* over the last quarter */
  double ours, theirs;        /* levels there */
  int64_t since, last;        /* from where on it stays worse; where the last of these points ends */
} clino__difference;

/* 1 where lower is better, -1 where higher is, 0 where the name does not tell. */
int clino__direction_of(const char *name);

/* Can the two be held against each other: both with points and with steps, or both without? */
bool clino__differ_by_step(const clino__curve *ours, const clino__curve *theirs);

/* Fills *d; d->n is 0 where they have no steps in common. direction: as clino__direction_of gives it. */
void clino__difference_of(const clino__curve *ours, const clino__curve *theirs, int direction, clino__difference *d);

/* The first scalar series of that name with points; NULL where there is none. */
const clino_series *clino__scalar(const clino_run *run, const char *name);

/* Is the last value a number? */
bool clino__ends_finite(const clino_series *series);

#endif
