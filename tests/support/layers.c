#include "support/layers.h"

#include <math.h>
#include <string.h>

#include "support/random.h"

typedef int (*callback)(const clino_layer_io *, void *);
typedef struct callbacks {
  callback forward, backward, jvp;
} callbacks;

#define REAL double
#define NAME(f) f##_double
#define TANH tanh
#define EXP exp
#define SQRT sqrt
#include "support/layers_body.h"
#undef REAL
#undef NAME
#undef TANH
#undef EXP
#undef SQRT
#define REAL float
#define NAME(f) f##_single
#define TANH tanhf
#define EXP expf
#define SQRT sqrtf
#include "support/layers_body.h"

const char *const layer_names[LAYER_KINDS] = {"dense",   "conv",      "batchnorm", "layernorm",
                                              "softmax", "embedding", "dropout",   "relu"};

int layer_reseed(uint64_t seed, void *ctx) {
  ((layer_setup *)ctx)->random = seed;
  return 0;
}

static void set_shape(clino_tensor *t, size_t n_dims, size_t a, size_t b, size_t c) {
  t->n_dims = n_dims;
  t->shape[0] = a;
  t->shape[1] = b;
  t->shape[2] = c;
}

/* Rows, columns, and a third size: ones, squares and others, multiples of 4 and others. */
static const size_t sizes[][3] = {{5, 7, 3}, {1, 1, 1}, {1, 6, 4}, {4, 1, 5}, {3, 3, 3}, {2, 8, 7}, {6, 4, 2}};

static int shape(uint64_t trial, clino_layer_io *io, void *ctx) {
  layer_setup *s = ctx;
  const size_t *z = sizes[trial % (sizeof sizes / sizeof *sizes)];
  size_t n = z[0], d = z[1], m = z[2];
  set_shape(&io->inputs[0], 2, n, d, 1);
  set_shape(&io->outputs[0], 2, n, d, 1);
  if (s->layer.forward == all_double[DENSE].forward || s->layer.forward == all_single[DENSE].forward) {
    set_shape(&io->params[0], 2, d, m, 1);
    set_shape(&io->params[1], 1, m, 1, 1);
    set_shape(&io->outputs[0], 2, n, m, 1);
  } else if (s->layer.forward == all_double[CONV].forward || s->layer.forward == all_single[CONV].forward) {
    set_shape(&io->params[0], 3, m, 3, 3);
    set_shape(&io->params[1], 1, m, 1, 1);
    set_shape(&io->outputs[0], 3, m, n, d);
  } else if (s->layer.forward == all_double[EMBEDDING].forward || s->layer.forward == all_single[EMBEDDING].forward) {
    set_shape(&io->inputs[0], 1, n, 1, 1);
    set_shape(&io->params[0], 2, 5, d, 1);
  } else if (io->n_params) {
    set_shape(&io->params[0], 1, d, 1, 1);
    set_shape(&io->params[1], 1, d, 1, 1);
  } else if (s->layer.forward != all_double[SOFTMAX].forward && s->layer.forward != all_single[SOFTMAX].forward) {
    set_shape(&io->inputs[0], 1, n * d, 1, 1);
    set_shape(&io->outputs[0], 1, n * d, 1, 1);
  }
  return 0;
}

static clino_tensor tensor(const char *name, clino_dtype dtype) {
  return (clino_tensor){.name = name, .dtype = dtype, .n_dims = 1, .shape = {1}};
}

void layer_init(layer_setup *s, layer_kind kind, clino_dtype dtype, layer_bug bug) {
  memset(s, 0, sizeof *s);
  const callbacks *c = dtype == CLINO_F64 ? &all_double[kind] : &all_single[kind];
  s->bug = bug;
  s->inputs[0] = tensor(kind == EMBEDDING ? "ids" : "x", dtype);
  s->params[0] = tensor(kind == DENSE ? "W" : kind == CONV ? "K" : kind == EMBEDDING ? "E" : "gamma", dtype);
  s->params[1] = tensor(kind == DENSE || kind == CONV ? "b" : "beta", dtype);
  s->outputs[0] = tensor("y", dtype);
  if (kind == EMBEDDING) s->inputs[0].value = dtype == CLINO_F64 ? (void *)s->ids : (void *)s->ids_single;
  for (size_t i = 0; i < LAYER_IDS; i++) s->ids_single[i] = (float)(s->ids[i] = (double)(i * i % 5));
  static const size_t n_params[LAYER_KINDS] = {2, 2, 2, 2, 0, 1, 0, 0};
  s->layer = (clino_layer){.name = layer_names[kind],
                           .io = {1, n_params[kind], 1, s->inputs, s->params, s->outputs},
                           .forward = c->forward,
                           .backward = c->backward,
                           .jvp = c->jvp,
                           .shape = shape,
                           .ctx = s};
  shape(0, &s->layer.io, s);
}
