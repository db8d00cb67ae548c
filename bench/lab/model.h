/* A net of the lab, stage by stage, from the hand-written layers of examples/net. */
#ifndef LAB_MODEL_H
#define LAB_MODEL_H

#include "lab/data.h"
#include "net/conv.h"
#include "net/dense.h"
#include "net/dropout.h"
#include "net/pool.h"
#include "net/recurrent.h"

#define LAB_MOST_STAGES 32
#define LAB_MOST_TENSORS 24
#define LAB_NAME 16

typedef enum lab_stage_kind {
  LAB_STAGE_CONV, LAB_STAGE_POOL, LAB_STAGE_RECURRENT, LAB_STAGE_LAST_STEP, LAB_STAGE_DENSE, LAB_STAGE_ACTIVATION,
  LAB_STAGE_DROPOUT
} lab_stage_kind;

typedef struct lab_stage {
  lab_stage_kind kind;
  size_t n_in, n_out;        /* numbers a sample */
  char name[LAB_NAME];       /* of what its outputs are called in the log; "" where they are not watched */
  lab_activation activation;
  size_t units;              /* outputs a row of a monitor: channels of a convolution come last then */
  conv3x3 conv;
  maxpool pool;
  recurrent recurrent;
  dense dense;
  dropout dropout;
  real *y, *dy;              /* outputs for a batch, and their gradient */
} lab_stage;

typedef struct lab_tensor {
  char name[LAB_NAME];
  real *value, *grad;
  size_t n, rows, columns;   /* rows: fan-in; a bias has columns 0 */
  int dense;                 /* which dense layer, from 0; -1: none */
} lab_tensor;

typedef struct lab_model {
  size_t n_stages, n_tensors, n_parameters, capacity; /* capacity: samples in a batch */
  lab_stage stage[LAB_MOST_STAGES];
  lab_tensor tensor[LAB_MOST_TENSORS];
  real *parameters, *gradients;
  rng random;                /* of dropout */
  bool inference;
  size_t classes;
  void *memory;
} lab_model;

/* A net with seeded weights for data d. 0; -1 where memory is out. Free with lab_model_free. */
int lab_model_make(const lab_recipe *r, const lab_data *d, lab_model *m);
void lab_model_free(lab_model *m);

/* The scores (or predictions) of n <= capacity samples. */
const real *lab_model_forward(lab_model *m, size_t n, const real *x);

/* All gradients, after lab_model_forward on the same samples; dscores: n x outputs. */
void lab_model_backward(lab_model *m, size_t n, const real *x, const real *dscores);

#endif
