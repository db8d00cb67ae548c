#include "net/net.h"

#include <math.h>
#include <stdlib.h>

#include "net/activation.h"
#include "net/loss.h"

#define BATCHNORM_TRACK_RATE ((real)0.1)

net_config net_small(void) {
  return (net_config){.batch = 32, .channels = 6, .hidden = 24, .conv_activation = NET_RELU,
                      .hidden_activation = NET_TANH, .pool = true, .batchnorm = true, .dropout = (real)0.1,
                      .l2 = (real)1e-3, .loss = NET_SOFTMAX, .seed = 1};
}

/* ---- memory: one block, laid out twice, first to count and then to hand out ---- */

typedef struct arena {
  char *base; /* NULL: counting */
  size_t used;
} arena;

static void *take(arena *a, size_t n, size_t size) {
  void *at = a->base ? a->base + a->used : NULL;
  a->used += (n * size + 15) / 16 * 16;
  return at;
}

static real *take_reals(arena *a, size_t n) { return take(a, n, sizeof(real)); }

/* A stage's output and its gradient, or the input's where the stage is left out. */
static void take_stage(arena *a, bool present, size_t n, real **y, real **dy, real *x, real *dx) {
  *y = present ? take_reals(a, n) : x;
  *dy = present ? take_reals(a, n) : dx;
}

static void lay_out_stages(net *n, arena *a) {
  const net_config *c = &n->config;
  size_t conv = c->batch * c->channels * DIGITS_PIXELS, hidden = c->batch * c->hidden;
  take_stage(a, true, conv, &n->conv_z, &n->d_conv_z, NULL, NULL);
  take_stage(a, true, conv, &n->conv_a, &n->d_conv_a, NULL, NULL);
  take_stage(a, c->pool, conv / 4, &n->pooled, &n->d_pooled, n->conv_a, n->d_conv_a);
  take_stage(a, true, hidden, &n->hidden_z, &n->d_hidden_z, NULL, NULL);
  take_stage(a, c->batchnorm, hidden, &n->normed, &n->d_normed, n->hidden_z, n->d_hidden_z);
  take_stage(a, true, hidden, &n->hidden_a, &n->d_hidden_a, NULL, NULL);
  take_stage(a, c->dropout > 0, hidden, &n->dropped, &n->d_dropped, n->hidden_a, n->d_hidden_a);
  take_stage(a, true, c->batch * DIGITS_CLASSES, &n->scores, &n->d_scores, NULL, NULL);
  n->pool.winner = c->pool ? take(a, conv / 4, sizeof(size_t)) : NULL;
  n->drop.mask = c->dropout > 0 ? take_reals(a, hidden) : NULL;
  n->norm.mean = c->batchnorm ? take_reals(a, c->hidden) : NULL;
  n->norm.inverse_std = c->batchnorm ? take_reals(a, c->hidden) : NULL;
  n->norm.running_mean = c->batchnorm ? take_reals(a, c->hidden) : NULL;
  n->norm.running_variance = c->batchnorm ? take_reals(a, c->hidden) : NULL;
}

static net *allocate(net_config config) {
  net *n = calloc(1, sizeof *n);
  if (!n) return NULL;
  n->config = config;
  arena counter = {NULL, 0};
  lay_out_stages(n, &counter);
  size_t features = config.channels * DIGITS_PIXELS / (config.pool ? 4 : 1);
  n->n_parameters = config.channels * (9 + 1) + features * config.hidden + config.hidden * (config.batchnorm ? 2 : 1) +
                    (config.hidden + 1) * DIGITS_CLASSES;
  arena a = {n->memory = calloc(1, counter.used), 0};
  n->parameters = calloc(n->n_parameters, sizeof(real));
  n->gradients = calloc(n->n_parameters, sizeof(real));
  if (!n->memory || !n->parameters || !n->gradients) {
    net_free(n);
    return NULL;
  }
  lay_out_stages(n, &a);
  n->conv = (conv3x3){.n_in = 1, .n_out = config.channels, .height = DIGITS_SIDE, .width = DIGITS_SIDE};
  n->pool.channels = config.channels, n->pool.height = n->pool.width = DIGITS_SIDE;
  n->hidden = (dense){.n_in = features, .n_out = config.hidden};
  n->norm.n_features = config.batchnorm ? config.hidden : 0;
  n->drop.rate = config.dropout;
  n->output = (dense){.n_in = config.hidden, .n_out = DIGITS_CLASSES};
  return n;
}

void net_free(net *n) {
  if (!n) return;
  free(n->memory);
  free(n->parameters);
  free(n->gradients);
  free(n);
}

/* ---- parameters ---- */

/* The next tensor in the block of parameters: rows x columns, or a vector where columns is 0. */
static void add_tensor(net *n, size_t *used, const char *name, size_t rows, size_t columns, real **w, real **dw) {
  *w = n->parameters + *used;
  *dw = n->gradients + *used;
  *used += rows * (columns ? columns : 1);
  n->tensors[n->n_tensors++] = columns ? NET_TENSOR(name, *w, *dw, rows, columns) : NET_TENSOR(name, *w, *dw, rows);
}

static void add_tensors(net *n) {
  size_t used = 0, hidden = n->config.hidden;
  add_tensor(n, &used, "conv.K", n->config.channels, 9, &n->conv.K, &n->conv.dK);
  n->tensors[0] = NET_TENSOR("conv.K", n->conv.K, n->conv.dK, n->config.channels, 1, 3, 3);
  add_tensor(n, &used, "conv.b", n->config.channels, 0, &n->conv.b, &n->conv.db);
  add_tensor(n, &used, "hidden.W", n->hidden.n_in, hidden, &n->hidden.W, &n->hidden.dW);
  if (n->config.batchnorm) {
    add_tensor(n, &used, "norm.gamma", hidden, 0, &n->norm.gamma, &n->norm.dgamma);
    add_tensor(n, &used, "norm.beta", hidden, 0, &n->norm.beta, &n->norm.dbeta);
  } else {
    add_tensor(n, &used, "hidden.b", hidden, 0, &n->hidden.b, &n->hidden.db);
  }
  add_tensor(n, &used, "output.W", hidden, DIGITS_CLASSES, &n->output.W, &n->output.dW);
  add_tensor(n, &used, "output.b", DIGITS_CLASSES, 0, &n->output.b, &n->output.db);
}

/* Uniform with variance 2 / fan-in before relu (K. He et al., 2015), 1 / fan-in before tanh (Y. LeCun et al., 1998).
 * The last layer is ten times smaller, so that training starts from equal scores and a loss of ln(classes). Biases of
 * the convolution are not 0: over blank pixels a relu would sit on its kink. */
static void initialize(net *n) {
  const net_config *c = &n->config;
  rng g = {c->seed};
  rng_fill(&g, sqrt((c->conv_activation == NET_RELU ? 6 : 3) / 9.0), c->channels * 9, n->conv.K);
  rng_fill(&g, 0.1, c->channels, n->conv.b);
  rng_fill(&g, sqrt((c->hidden_activation == NET_RELU ? 6 : 3) / (double)n->hidden.n_in), n->hidden.n_in * c->hidden,
           n->hidden.W);
  rng_fill(&g, 0.1 * sqrt(3 / (double)c->hidden), c->hidden * DIGITS_CLASSES, n->output.W);
  for (size_t f = 0; f < n->norm.n_features; f++) n->norm.gamma[f] = n->norm.running_variance[f] = 1;
  n->random.state = rng_bits(&g);
}

net *net_new(net_config config) {
  net *n = allocate(config);
  if (!n) return NULL;
  add_tensors(n);
  initialize(n);
  return n;
}

void net_set_batch(net *n, const digits *batch) { n->batch = *batch; }

/* ---- forward and backward ---- */

static void activate(net *n, net_activation kind, const char *site, size_t size, const real *z, real *a) {
  if (kind == NET_RELU) relu_forward(n->trace, site, size, z, a);
  else tanh_forward(size, z, a);
}

static void activate_backward(net_activation kind, size_t size, const real *z, const real *a, const real *da,
                              real *dz) {
  if (kind == NET_RELU) relu_backward(size, z, da, dz);
  else tanh_backward(size, a, da, dz);
}

static void forward(net *n) {
  const net_config *c = &n->config;
  size_t batch = n->batch.n, hidden = batch * c->hidden;
  conv3x3_forward(&n->conv, batch, n->batch.pixels, n->conv_z);
  activate(n, c->conv_activation, "conv", batch * c->channels * DIGITS_PIXELS, n->conv_z, n->conv_a);
  if (c->pool) maxpool_forward(&n->pool, n->trace, "pool", batch, n->conv_a, n->pooled);
  dense_forward(&n->hidden, batch, n->pooled, n->hidden_z);
  if (c->batchnorm) (n->inference ? batchnorm_infer : batchnorm_forward)(&n->norm, batch, n->hidden_z, n->normed);
  activate(n, c->hidden_activation, "hidden", hidden, n->normed, n->hidden_a);
  if (c->dropout > 0 && !n->inference) dropout_forward(&n->drop, &n->random, hidden, n->hidden_a, n->dropped);
  dense_forward(&n->output, batch, n->inference ? n->hidden_a : n->dropped, n->scores);
}

int net_loss(double *loss, void *ctx) {
  net *n = ctx;
  const net_config *c = &n->config;
  forward(n);
  n->data_loss = c->loss == NET_SOFTMAX
                     ? softmax_loss(n->batch.n, DIGITS_CLASSES, n->scores, n->batch.label)
                     : hinge_loss(n->trace, "hinge", n->batch.n, DIGITS_CLASSES, n->scores, n->batch.label);
  n->penalty = l2_penalty(c->l2, n->conv.n_out * 9, n->conv.K) +
               l2_penalty(c->l2, n->hidden.n_in * n->hidden.n_out, n->hidden.W) +
               l2_penalty(c->l2, n->output.n_in * n->output.n_out, n->output.W);
  *loss = n->data_loss + n->penalty;
  return 0;
}

typedef void dense_backward_function(const dense *, size_t, const real *, const real *, real *);

static void backward_output(net *n, size_t batch) {
  dense_backward_function *backward = n->bug == NET_BUG_BIAS_MEAN          ? dense_backward_bias_mean
                                      : n->bug == NET_BUG_DENSE_TRANSPOSED ? dense_backward_transposed
                                                                           : dense_backward;
  (n->config.loss == NET_SOFTMAX ? softmax_loss_backward : hinge_loss_backward)(batch, DIGITS_CLASSES, n->scores,
                                                                                n->batch.label, n->d_scores);
  backward(&n->output, batch, n->dropped, n->d_scores, n->d_dropped);
}

static void backward_hidden(net *n, size_t batch) {
  const net_config *c = &n->config;
  size_t hidden = batch * c->hidden;
  if (c->dropout > 0) dropout_backward(&n->drop, hidden, n->d_dropped, n->d_hidden_a);
  activate_backward(c->hidden_activation, hidden, n->normed, n->hidden_a, n->d_hidden_a, n->d_normed);
  if (c->batchnorm)
    (n->bug == NET_BUG_BATCHNORM_VARIANCE ? batchnorm_backward_constant_variance : batchnorm_backward)(
        &n->norm, batch, n->hidden_z, n->d_normed, n->d_hidden_z);
  dense_backward(&n->hidden, batch, n->pooled, n->d_hidden_z, n->d_pooled);
}

static void backward_conv(net *n, size_t batch) {
  const net_config *c = &n->config;
  if (c->pool) maxpool_backward(&n->pool, batch, n->d_pooled, n->d_conv_a);
  activate_backward(c->conv_activation, batch * c->channels * DIGITS_PIXELS, n->conv_z, n->conv_a, n->d_conv_a,
                    n->d_conv_z);
  (n->bug == NET_BUG_CONV_FLIP ? conv3x3_backward_flipped : conv3x3_backward)(&n->conv, batch, n->batch.pixels,
                                                                             n->d_conv_z, NULL);
}

int net_backward(void *ctx) {
  net *n = ctx;
  backward_output(n, n->batch.n);
  backward_hidden(n, n->batch.n);
  backward_conv(n, n->batch.n);
  l2_penalty_backward(n->config.l2, n->conv.n_out * 9, n->conv.K, n->conv.dK);
  l2_penalty_backward(n->config.l2, n->hidden.n_in * n->hidden.n_out, n->hidden.W, n->hidden.dW);
  l2_penalty_backward(n->config.l2, n->output.n_in * n->output.n_out, n->output.W, n->output.dW);
  return 0;
}

/* ---- training and use ---- */

double net_train(net *n, const sgd *optimizer, batches *data) {
  double loss;
  batches_next(data);
  net_set_batch(n, &data->batch);
  net_loss(&loss, n);
  net_backward(n);
  if (n->config.batchnorm) batchnorm_track(&n->norm, BATCHNORM_TRACK_RATE);
  sgd_step(optimizer, n->parameters, n->gradients);
  return loss;
}

double net_accuracy(const net *n) {
  size_t right = 0;
  for (size_t s = 0; s < n->batch.n; s++) {
    const real *score = n->scores + s * DIGITS_CLASSES;
    int best = 0;
    for (int c = 1; c < DIGITS_CLASSES; c++)
      if (score[c] > score[best]) best = c;
    right += best == n->batch.label[s];
  }
  return (double)right / (double)n->batch.n;
}

double net_evaluate(net *n, const digits *data, double *accuracy) {
  double sum = 0, right = 0, loss;
  n->inference = true;
  for (size_t at = 0; at < data->n; at += n->batch.n) {
    size_t left = data->n - at, size = left < n->config.batch ? left : n->config.batch;
    net_set_batch(n, &(digits){size, data->pixels + at * DIGITS_PIXELS, data->label + at});
    net_loss(&loss, n);
    sum += n->data_loss * (double)size;
    right += net_accuracy(n) * (double)size;
  }
  n->inference = false;
  *accuracy = right / (double)data->n;
  return sum / (double)data->n;
}

/* ---- for the gradient check ---- */

static int reseed(uint64_t seed, void *ctx) {
  ((net *)ctx)->random.state = seed;
  return 0;
}

static clino_trace *trace_of(void *ctx) { return ((net *)ctx)->trace; }

clino_model net_model(net *n) {
  return (clino_model){n->n_tensors, n->tensors, net_loss, net_backward, n};
}

clino_context_ops net_context(void) { return (clino_context_ops){.reseed = reseed, .trace = trace_of}; }
