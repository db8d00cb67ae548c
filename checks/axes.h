/* The series of a run by axis: each axis with its series, in the run's order of both. */
#ifndef CLINO_CHECKS_AXES_H
#define CLINO_CHECKS_AXES_H

#include "checks/check.h"

typedef struct clino__on_axis {
  size_t axis, at; /* index of the axis and of the series in the run */
  const clino_series *series;
} clino__on_axis;

/* All series of the run, sorted by axis, then index; *n is how many. The caller frees the array with free(). NULL for a
 * run without series (*n is 0), or where memory is out (and the context says so). Cost: n log n, however many axes
 * there are: some formats give each series its own. */
clino__on_axis *clino__by_axis(clino__context *context, size_t *n);

#endif
