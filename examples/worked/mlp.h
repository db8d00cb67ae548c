/* Fully connected nets on the digits: softmax or hinge regression (no hidden layer) and nets with hidden layers of relu
 * or tanh, from the hand-written layers of net/, stepped by the rules of clino/optimizer.h.
 *
 *   mlp *n = mlp_new(mlp_plain(32, MLP_RELU, MLP_SOFTMAX));
 *   clino_model model = mlp_model(n);        for gradcheck_model
 */
#ifndef WORKED_MLP_H
#define WORKED_MLP_H

#include "clino/gradcheck.h"
#include "clino/init.h"
#include "net/dense.h"
#include "net/digits.h"

#define MLP_MOST_LAYERS 8

typedef enum mlp_activation { MLP_RELU, MLP_TANH } mlp_activation;
typedef enum mlp_loss { MLP_SOFTMAX, MLP_HINGE } mlp_loss;

typedef struct mlp_config {
  size_t layers;               /* of weights: 1 is a regression */
  size_t hidden;               /* units of each layer but the last */
  size_t batch;                /* most samples in a batch */
  mlp_activation activation;
  mlp_loss loss;
  clino_init_options init;     /* of the weights, each tensor with its own seed from init.seed on; biases are 0 */
  double l2;                   /* strength on the weights */
} mlp_config;

typedef struct mlp {
  mlp_config config;
  dense layer[MLP_MOST_LAYERS];
  size_t n_parameters;
  double *parameters, *gradients;                      /* all of them in one block each */
  double *z[MLP_MOST_LAYERS], *a[MLP_MOST_LAYERS];     /* of the current batch: before and after the activation */
  double *dz[MLP_MOST_LAYERS], *da[MLP_MOST_LAYERS];
  clino_tensor tensors[2 * MLP_MOST_LAYERS];           /* W1, b1, W2, ...; weights are [inputs][outputs] */
  digits batch;                                        /* the current one; the caller's */
  double data_loss;                                    /* of the last pass, without the penalty */
  clino_trace *trace;                                  /* of a gradient check */
  double *memory;
} mlp;

/* One hidden layer of so many units (0: none, a regression), Xavier for tanh and He for relu, batches of up to 1797. */
mlp_config mlp_plain(size_t hidden, mlp_activation activation, mlp_loss loss);

/* NULL where memory is out, with a word on standard error. */
mlp *mlp_new(mlp_config config);
void mlp_free(mlp *n);

/* Loss and gradients for n->batch, as callbacks of a clino_model: ctx is the net. They return 0. */
int mlp_forward(double *loss, void *ctx);
int mlp_backward(void *ctx);

clino_model mlp_model(mlp *n);

/* Mean loss (without the penalty) and accuracy over any samples, in pieces that fit. The batch is another one then. */
double mlp_evaluate(mlp *n, const digits *data, double *accuracy);

#endif
