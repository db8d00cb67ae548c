/* Fully connected nets on the digits: softmax or hinge regression (no hidden layer) and nets with hidden layers of relu
 * or tanh, from the hand-written layers of net/, stepped by the rules of clino/optimizer.h.
 *
 *   dnet *n = dnet_new(dnet_plain(32, DNET_RELU, DNET_SOFTMAX));
 *   clino_model model = dnet_model(n);        for gradcheck_model
 */
#ifndef WORKED_DNET_H
#define WORKED_DNET_H

#include "clino/gradcheck.h"
#include "clino/init.h"
#include "net/dense.h"
#include "net/digits.h"

#define DNET_MOST_LAYERS 8

typedef enum dnet_activation { DNET_RELU, DNET_TANH } dnet_activation;
typedef enum dnet_loss { DNET_SOFTMAX, DNET_HINGE } dnet_loss;

typedef struct dnet_config {
  size_t layers;               /* of weights: 1 is a regression */
  size_t hidden;               /* units of each layer but the last */
  size_t batch;                /* most samples in a batch */
  dnet_activation activation;
  dnet_loss loss;
  clino_init_options init;     /* of the weights, each tensor with its own seed from init.seed on; biases are 0 */
  double l2;                   /* strength on the weights */
} dnet_config;

typedef struct dnet {
  dnet_config config;
  dense layer[DNET_MOST_LAYERS];
  size_t n_parameters;
  double *parameters, *gradients;                      /* all of them in one block each */
  double *z[DNET_MOST_LAYERS], *a[DNET_MOST_LAYERS];     /* of the current batch: before and after the activation */
  double *dz[DNET_MOST_LAYERS], *da[DNET_MOST_LAYERS];
  clino_tensor tensors[2 * DNET_MOST_LAYERS];           /* W1, b1, W2, ...; weights are [inputs][outputs] */
  digits batch;                                        /* the current one; the caller's */
  double data_loss;                                    /* of the last pass, without the penalty */
  clino_trace *trace;                                  /* of a gradient check */
  double *memory;
} dnet;

/* One hidden layer of so many units (0: none, a regression), Xavier for tanh and He for relu, batches of up to 1797. */
dnet_config dnet_plain(size_t hidden, dnet_activation activation, dnet_loss loss);

/* NULL where memory is out, with a word on standard error. */
dnet *dnet_new(dnet_config config);
void dnet_free(dnet *n);

/* Loss and gradients for n->batch, as callbacks of a clino_model: ctx is the net. They return 0. */
int dnet_forward(double *loss, void *ctx);
int dnet_backward(void *ctx);

clino_model dnet_model(dnet *n);

/* Mean loss (without the penalty) and accuracy over any samples, in pieces that fit. The batch is another one then. */
double dnet_evaluate(dnet *n, const digits *data, double *accuracy);

#endif
