/* What dead-units and saturated-units share: a fraction of units per layer that must stay small. */
#ifndef CLINO_CHECKS_FRACTION_H
#define CLINO_CHECKS_FRACTION_H

#include "checks/curve.h"

/* How one check speaks about its fraction. */
typedef struct clino__fraction_rule {
  const char *prefix;              /* "act_dead_fraction/" */
  const char *state;               /* "dead" */
  const char *early, *late;        /* cause where it was so from the start, and where it came during training */
  const char *const *alternatives; /* NULL-terminated */
  double came;                     /* enough for a warning where so much more of them are so than at the start; NAN: as
                                      many as ever */
  const char *with;                /* what it came with, where that is less than "many"; "" */
} clino__fraction_rule;

/* Judges every layer by the parameters "many", "most" and "min_points" of the check: the median of the last half of the
 * run must reach the threshold, and so must the lowest point of its last quarter, so that no passing state counts. */
void clino__judge_fractions(clino__context *context, const clino__fraction_rule *rule);

#endif
