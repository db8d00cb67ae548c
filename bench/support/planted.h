/* Layers with a bug planted in their gradient, for scoring how bugs are named: the layers of examples/net and a small
 * recurrent one, each of a seeded random shape, and the ways in which their gradients are spoilt.
 *
 * A layer's outputs are made a scalar by fixed random cotangents. Inputs and parameters are both tensors. */
#ifndef BENCH_SUPPORT_PLANTED_H
#define BENCH_SUPPORT_PLANTED_H

#include "clino/gradcheck.h"
#include "clino/record.h"
#include "net/rng.h"

typedef enum planted_layer {
  PLANTED_DENSE = 0,
  PLANTED_CONV,
  PLANTED_BATCHNORM,
  PLANTED_SOFTMAX,
  PLANTED_RECURRENT,
  PLANTED_ACTIVATION, /* dense, then tanh or relu */
  PLANTED_LAYERS
} planted_layer;

typedef enum planted_bug {
  PLANTED_RIGHT = 0,
  PLANTED_SIGN, PLANTED_TWICE, PLANTED_HALF, PLANTED_SUM, PLANTED_MEAN, PLANTED_KEEP, PLANTED_PI, PLANTED_RATIO,
  PLANTED_TRANSPOSED, PLANTED_SHIFTED, PLANTED_REVERSED, PLANTED_PERMUTED, PLANTED_NO_DECAY, PLANTED_DECAY,
  PLANTED_ZERO, PLANTED_UNWRITTEN, PLANTED_ADDS, PLANTED_KEEPS, PLANTED_STALE, PLANTED_OTHER, PLANTED_CLIPPED,
  PLANTED_SLICE, PLANTED_NO_DERIVATIVE, PLANTED_SINGLE, PLANTED_FIRST, PLANTED_LAST,
  PLANTED_NAMEABLE, /* below: bugs outside of the list, which no name fits */
  PLANTED_NOISE = PLANTED_NAMEABLE,
  PLANTED_SUBSET, PLANTED_SIGNS, PLANTED_CUBE, PLANTED_TANH, PLANTED_ABSOLUTE, PLANTED_ROOT, PLANTED_ONLY_SIGN,
  PLANTED_OFFSET, PLANTED_BLURRED, PLANTED_NEARBY, PLANTED_SQUARE_TERM, PLANTED_ZEROS, PLANTED_CONSTANT_STATISTICS,
  PLANTED_BUGS
} planted_bug;

typedef struct planted planted;

/* NULL where the layer has no place for the bug, or memory is out. seed: of shape, values and the bug's details. */
planted *planted_new(planted_layer layer, planted_bug bug, uint64_t seed);
void planted_free(planted *p);

clino_model planted_model(planted *p);
/* What a check of it needs: the hooks, and for bugs that show only so, more points or a strict tolerance. */
clino_gradcheck_options planted_options(const planted *p);

const char *planted_layer_name(planted_layer layer);
const char *planted_bug_name(planted_bug bug);

/* Whether an explanation names the planted bug, its number, and its tensor. */
bool planted_named(const planted *p, const clino_explanation *e);

#endif
