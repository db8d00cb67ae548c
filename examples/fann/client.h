/* A network of FANN's (Fast Artificial Neural Network Library) as a model that Clino can check, through FANN's public
 * interface alone.
 *
 * FANN hands out no gradient. But one step of its plain gradient descent, w' = w - rate g, with a known rate and no
 * momentum, tells it: g = (w - w') / rate. The rate is a power of two, so that it rounds nothing, and a large one, so
 * that w does not drown the difference; after the step the weights are put back.
 *
 * With FANN_DOUBLE the numbers are FANN's doubles (libdoublefann), otherwise its floats (libfloatfann). */
#ifndef FANN_CLIENT_H
#define FANN_CLIENT_H

#ifdef FANN_DOUBLE
#include <doublefann.h>
#define FANN_TENSOR CLINO_TENSOR_F64
#else
#include <floatfann.h>
#define FANN_TENSOR CLINO_TENSOR_F32
#endif
#include <stdint.h>

#include "clino/gradcheck.h"

#define CLIENT_RATE 1024.0F

typedef struct client_spec {
  unsigned sizes[3]; /* inputs, hidden units, outputs */
  enum fann_activationfunc_enum hidden, output;
  double steepness;  /* of the hidden units; that of the outputs is 1 */
  enum fann_errorfunc_enum error;
  enum fann_train_enum algorithm; /* FANN_TRAIN_BATCH, or FANN_TRAIN_INCREMENTAL: then of one sample */
  double scale;      /* the weights are uniform in [-scale, scale) */
  uint64_t seed;     /* of weights and data */
  unsigned samples;
} client_spec;

/* 3 inputs, 5 hidden units, 2 linear outputs, 8 samples, the error of least squares, gradients of the batch. */
client_spec client_spec_default(void);

typedef struct client {
  client_spec spec;
  struct fann *ann;
  struct fann_train_data *data;
  struct fann_connection *connections; /* in FANN's order: by the unit that they lead to, its bias last */
  size_t n_weights;
  fann_type *weights, *gradient, *inputs, *targets;
  clino_tensor tensors[2];
} client;

/* 0; -1 where memory is out. Free with client_free. */
int client_init(client *c, const client_spec *spec);
void client_free(client *c);

/* The loss that FANN's training descends, mean over the samples: with d = target - output, the sum over the outputs of
 * d^2 / 2 for FANN_ERRORFUNC_LINEAR, of (1 + d) log(1 + d) + (1 - d) log(1 - d) for FANN_ERRORFUNC_TANH, whose
 * derivative is what FANN puts in the place of d: log((1 + d) / (1 - d)). */
clino_model client_model(client *c);

#endif
