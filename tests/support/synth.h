/* Seeded synthetic training runs: what checks are tested on, and where the fixtures come from. */
#ifndef TESTS_SUPPORT_SYNTH_H
#define TESTS_SUPPORT_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "clino/run.h"

/* A stream of random numbers (SplitMix64). */
typedef struct synth {
  uint64_t state;
} synth;

double synth_uniform(synth *s); /* [0, 1) */
double synth_between(synth *s, double low, double high);
double synth_normal(synth *s); /* by the sum of twelve uniforms */
size_t synth_below(synth *s, size_t n);

/* A curve: start -> floor by a law of decay, with multiplicative and additive noise that may have memory. */
typedef struct synth_curve {
  size_t n;
  double start, floor, rate;          /* rate: decay constants over the whole run (exponential), exponent (power law) */
  int power_law, warm_up, step_decay; /* booleans; warm_up: the first tenth hardly falls */
  double noise, memory;               /* relative to the value; AR(1) coefficient */
} synth_curve;

/* Draws the law of a healthy training loss: all of its fields. */
synth_curve synth_draw(synth *s, size_t n);

/* The i-th value without noise. */
double synth_value(const synth_curve *c, size_t i);

/* The noise of the next value, a factor about 1; *memory is the state, 0 at first. */
double synth_noise(synth *s, const synth_curve *c, double *memory);

/* Adds one curve to a run under a name, at steps 0, every, 2 every, ... */
void synth_add(clino_run *run, synth *s, const char *name, const synth_curve *c, int64_t every);

/* The fixture kind ("fires", "clean" or "missing") of a check, by its id; NULL where there is none. The caller frees
 * it. */
clino_run *synth_fixture(const char *check, const char *kind);

#endif
