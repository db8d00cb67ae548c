/* Whether several writers took turns in a log: ranks that log the same steps, or runs that were merged line by line.
 *
 * The steps are cut into ascending sequences, each step going to the one that ends nearest below it (Fredman, On
 * computing the length of longest increasing subsequences, Discrete Mathematics 11, 1975). One writer makes one of
 * them; one after the other make several without taking turns; a disorder without writers many of unlike length. */
#ifndef CLINO_CHECKS_WRITERS_H
#define CLINO_CHECKS_WRITERS_H

#include "checks/check.h"

/* So many points are looked at, and so many writers told apart. */
#define CLINO__WRITERS_POINTS 4096
#define CLINO__WRITERS_MAX 64

typedef struct clino__writers {
  size_t n;        /* 0 where no several are seen to take turns */
  bool same_steps; /* they log the same steps: ranks of one run */
  int64_t first[2], last[2]; /* the steps of the first two of them */
} clino__writers;

/* Looks at the points of a series from the given one on. Cost: linear in the points looked at. */
clino__writers clino__writers_of(const clino_series *series, size_t from);

#endif
