/* A small convolutional net for the digits, put together from the hand-written layers beside it:
 *
 *   conv 3x3 -> relu or tanh -> [max-pool 2x2] -> dense -> [batch norm] -> relu or tanh -> [dropout] -> dense -> loss
 *
 * What a gradient check needs of a model is at the end: net_loss, net_backward, the tensors with their names, and two
 * hooks, one that holds the dropout mask and one that hands out the trace.
 *
 *   net *n = net_new(net_small());
 *   net_set_batch(n, &batch);
 *   clino_model model = net_model(n);
 *   clino_gradcheck_options o = clino_gradcheck_options_default();
 *   o.context = net_context();
 *   status = gradcheck_model(&model, &o, &result, &error);
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>

#include "clino/gradcheck.h"
#include "net/batchnorm.h"
#include "net/bugs.h"
#include "net/conv.h"
#include "net/dense.h"
#include "net/digits.h"
#include "net/dropout.h"
#include "net/pool.h"
#include "net/sgd.h"

typedef enum net_activation { NET_RELU, NET_TANH } net_activation;
typedef enum net_loss_kind { NET_SOFTMAX, NET_HINGE } net_loss_kind;

typedef struct net_config {
  size_t batch;    /* most samples in a batch */
  size_t channels; /* of the convolution */
  size_t hidden;   /* units of the dense layer in the middle */
  net_activation conv_activation, hidden_activation;
  bool pool, batchnorm;
  real dropout; /* rate, 0: none */
  real l2;      /* strength on the weights (not the biases), 0: none */
  net_loss_kind loss;
  uint64_t seed; /* of the initial parameters and of dropout */
} net_config;

/* relu, max-pool, batch norm, tanh, dropout 0.1, L2, softmax; 32 samples, 2,662 parameters. */
net_config net_small(void);

#define NET_MAX_TENSORS 8

/* A stage that is left out has no buffers of its own: its output is its input. */
typedef struct net {
  net_config config;
  conv3x3 conv;
  maxpool pool;
  dense hidden, output;
  batchnorm norm;
  dropout drop;

  size_t n_parameters;
  real *parameters, *gradients; /* all of them in one block each; the layers look into it */
  size_t n_tensors;
  clino_tensor tensors[NET_MAX_TENSORS]; /* the same by name */

  real *conv_z, *conv_a, *pooled, *hidden_z, *normed, *hidden_a, *dropped, *scores;
  real *d_conv_z, *d_conv_a, *d_pooled, *d_hidden_z, *d_normed, *d_hidden_a, *d_dropped, *d_scores;
  void *memory; /* that all of these are in */

  digits batch;              /* the current one; the pixels are the caller's */
  double data_loss, penalty; /* of the last net_loss: their sum is the loss */
  rng random;                /* of dropout */
  clino_trace *trace;        /* NULL: nobody listens. The caller's */
  bool inference;            /* running statistics, no dropout */
  net_bug bug;               /* NET_BUG_NONE; see bugs.h */
} net;

/* A net with seeded parameters; NULL where memory is out. Free with net_free. */
net *net_new(net_config config);
void net_free(net *n);

/* What the next passes are about: at most config.batch samples (2 or more with batch norm), which stay the caller's. */
void net_set_batch(net *n, const digits *batch);

/* Loss and gradients for the current batch, as callbacks of a clino_model: ctx is the net. They return 0. */
int net_loss(double *loss, void *ctx);
int net_backward(void *ctx);

/* One step of training on the next mini-batch; returns its loss. */
double net_train(net *n, const sgd *optimizer, batches *data);

/* The fraction of the current batch that the last net_loss got right. */
double net_accuracy(const net *n);

/* Mean loss (without the penalty) over any number of samples, as the net is used after training; *accuracy is the
 * fraction it gets right. The current batch is another one afterwards. */
double net_evaluate(net *n, const digits *data, double *accuracy);

/* For gradcheck_model. */
clino_model net_model(net *n);
clino_context_ops net_context(void);

#endif
