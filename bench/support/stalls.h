/* Training that went flat for a reason that is known: an objective, a rule and a rate by which it stalls, run until it
 * has, and probed. */
#ifndef BENCH_STALLS_H
#define BENCH_STALLS_H

#include "clino/curvature.h"

enum { STALLS_N = 12, STALLS_BATCHES = 16 };

typedef enum stall_plant {
  PLANT_MINIMUM = 0, /* converged */
  PLANT_SADDLE,      /* started on the ridge */
  PLANT_FLAT,        /* relus that are all dead */
  PLANT_BOUNCING,    /* a valley whose walls grow slower than a parabola, and a rate too high */
  PLANT_RATE_LOW,    /* a bowl, and a rate of less than a hundredth of the limit */
  PLANT_NOISE,       /* mini-batches, at their noise floor */
  PLANT_VALLEY,      /* condition 1e6; not under Adam, which ends at the edge of its own stability there */
  PLANT_PLATEAU,     /* saturated sigmoids */
  PLANT_COUNT
} stall_plant;

extern const char *const stall_plant_names[PLANT_COUNT];
extern const char *const stall_rules[3];

/* Trains by a rule (of stall_rules), and probes. False: that pair is none. run: NULL, or as in the options. Ends the
 * program where a call fails. */
bool stall_trial(stall_plant plant, size_t rule, uint64_t seed, clino_run *run, clino_stall_result *r);

/* Whether the answer names what was planted. */
bool stall_named(stall_plant plant, const clino_stall_result *r);

#endif
