/* What the generators of fixtures share: a kind, rows, a healthy run as the common ground. */
#ifndef TESTS_SUPPORT_FIXTURES_H
#define TESTS_SUPPORT_FIXTURES_H

#include "support/synth.h"

#define ROWS 60 /* at steps 0, 10, 20, ... */

typedef enum kind { FIRES, CLEAN, MISSING } kind;

typedef struct fixture_maker {
  const char *check;
  void (*make)(clino_run *, synth *, kind);
} fixture_maker;

/* Those of curves and of layers, each ended by a check that is NULL. */
extern const fixture_maker fixtures_of_curves[], fixtures_of_layers[];

void fixture_put(clino_run *run, const char *name, size_t i, double value);
void fixture_attribute(clino_run *run, const char *key, const char *value);

/* Softmax over ten classes, from start down to floor; at row 0 exactly start, then noise. */
double fixture_loss(synth *s, size_t i, double start, double floor, double noise);

/* Training and validation loss of a healthy net, and its attributes. */
void fixture_healthy(clino_run *run, synth *s);

/* A layer statistic PREFIX conv1, fc1, fc2 that goes from one level to another within the first third and stays there,
 * beside a healthy run. */
void fixture_layers(clino_run *run, synth *s, const char *prefix, const double from[3], const double to[3],
                    double noise);

/* The layers alone. */
void fixture_add_layers(clino_run *run, synth *s, const char *prefix, const double from[3], const double to[3],
                        double noise);

#endif
