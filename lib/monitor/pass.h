/* Everything about values in one pass over them: a block is surveyed, then summed, counted into bins and given to
 * whatever else the monitor does with it while it is in cache. */
#ifndef CLINO_MONITOR_PASS_H
#define CLINO_MONITOR_PASS_H

#include "monitor/bins.h"
#include "monitor/moments.h"

typedef struct clino__pass {
  clino__moments moments; /* with the values that are not finite */
  uint64_t zeros;
} clino__pass;

/* Adds a block, into bins too where bins is not NULL. */
void clino__pass_add(clino__pass *pass, clino__bins *bins, const clino__block *x);

void clino__pass_merge(clino__pass *pass, const clino__pass *other);

/* All values, finite or not. */
static inline uint64_t clino__pass_count(const clino__pass *pass) {
  return pass->moments.count + clino__nonfinite_count(&pass->moments.nonfinite);
}

#endif
