#include "worked/dnet.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/activation.h"
#include "net/loss.h"

dnet_config dnet_plain(size_t hidden, dnet_activation activation, dnet_loss loss) {
  dnet_config c = {.layers = hidden ? 2 : 1, .hidden = hidden, .batch = 1797, .activation = activation, .loss = loss};
  c.init = clino_init_options_default(activation == DNET_RELU ? CLINO_INIT_HE_NORMAL : CLINO_INIT_XAVIER_NORMAL);
  c.init.layout = CLINO_LAYOUT_INPUT_FIRST;
  return c;
}

/* ---- memory: one block, cut into pieces ---- */

static size_t width(const dnet_config *c, size_t layer) { return layer == c->layers ? DIGITS_CLASSES : c->hidden; }
static size_t inputs(const dnet_config *c, size_t layer) { return layer == 0 ? DIGITS_PIXELS : c->hidden; }

static size_t count_parameters(const dnet_config *c) {
  size_t n = 0;
  for (size_t l = 0; l < c->layers; l++) n += (inputs(c, l) + 1) * width(c, l + 1);
  return n;
}

static size_t count_outputs(const dnet_config *c) {
  size_t n = 0;
  for (size_t l = 0; l < c->layers; l++) n += c->batch * width(c, l + 1);
  return n;
}

static double *cut(double **block, size_t n) {
  double *piece = *block;
  *block += n;
  return piece;
}

static void lay_out(dnet *n) {
  static const char *const names[2][DNET_MOST_LAYERS] = {{"W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8"},
                                                        {"b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8"}};
  const dnet_config *c = &n->config;
  double *block = n->memory, *p = cut(&block, n->n_parameters), *g = cut(&block, n->n_parameters);
  n->parameters = p, n->gradients = g;
  for (size_t l = 0; l < c->layers; l++) {
    size_t in = inputs(c, l), out = width(c, l + 1);
    n->layer[l] = (dense){in, out, cut(&p, in * out), cut(&g, in * out), cut(&p, out), cut(&g, out)};
    n->tensors[2 * l] = CLINO_TENSOR_F64(names[0][l], n->layer[l].W, n->layer[l].dW, in, out);
    n->tensors[2 * l + 1] = CLINO_TENSOR_F64(names[1][l], n->layer[l].b, n->layer[l].db, out);
    double **pieces[] = {&n->z[l], &n->a[l], &n->dz[l], &n->da[l]};
    for (size_t i = 0; i < 4; i++) *pieces[i] = cut(&block, c->batch * out);
  }
}

dnet *dnet_new(dnet_config config) {
  dnet *n = calloc(1, sizeof *n);
  clino_error error;
  if (n) {
    n->config = config;
    n->n_parameters = count_parameters(&config);
    n->memory = calloc(2 * n->n_parameters + 4 * count_outputs(&config), sizeof *n->memory);
  }
  if (!n || !n->memory) {
    fprintf(stderr, "dnet: out of memory\n");
    dnet_free(n);
    return NULL;
  }
  lay_out(n);
  for (size_t l = 0; l < config.layers; l++) {
    clino_init_options o = config.init;
    o.seed += l;
    if (!clino_init(&n->tensors[2 * l], &o, &error)) continue;
    fprintf(stderr, "dnet: %s\n", error.message);
    dnet_free(n);
    return NULL;
  }
  return n;
}

void dnet_free(dnet *n) {
  if (!n) return;
  free(n->memory);
  free(n);
}

/* ---- passes ---- */

static const double *input_of(const dnet *n, size_t layer) { return layer ? n->a[layer - 1] : n->batch.pixels; }

static void activate(dnet *n, size_t l, size_t count) {
  if (n->config.activation == DNET_RELU) relu_forward(n->trace, n->tensors[2 * l].name, count, n->z[l], n->a[l]);
  else tanh_forward(count, n->z[l], n->a[l]);
}

int dnet_forward(double *loss, void *ctx) {
  dnet *n = ctx;
  const dnet_config *c = &n->config;
  size_t last = c->layers - 1;
  double penalty = 0;
  for (size_t l = 0; l <= last; l++) {
    dense_forward(&n->layer[l], n->batch.n, input_of(n, l), n->z[l]);
    if (l < last) activate(n, l, n->batch.n * n->layer[l].n_out);
    penalty += l2_penalty(c->l2, n->layer[l].n_in * n->layer[l].n_out, n->layer[l].W);
  }
  n->data_loss = c->loss == DNET_SOFTMAX
                     ? softmax_loss(n->batch.n, DIGITS_CLASSES, n->z[last], n->batch.label)
                     : hinge_loss(n->trace, "hinge", n->batch.n, DIGITS_CLASSES, n->z[last], n->batch.label);
  *loss = n->data_loss + penalty;
  return 0;
}

int dnet_backward(void *ctx) {
  dnet *n = ctx;
  const dnet_config *c = &n->config;
  size_t last = c->layers - 1;
  if (c->loss == DNET_SOFTMAX)
    softmax_loss_backward(n->batch.n, DIGITS_CLASSES, n->z[last], n->batch.label, n->dz[last]);
  else hinge_loss_backward(n->batch.n, DIGITS_CLASSES, n->z[last], n->batch.label, n->dz[last]);
  for (size_t l = last + 1; l-- > 0;) {
    const dense *d = &n->layer[l];
    dense_backward(d, n->batch.n, input_of(n, l), n->dz[l], l ? n->da[l - 1] : NULL);
    l2_penalty_backward(c->l2, d->n_in * d->n_out, d->W, d->dW);
    if (!l) break;
    size_t count = n->batch.n * d->n_in;
    if (c->activation == DNET_RELU) relu_backward(count, n->z[l - 1], n->da[l - 1], n->dz[l - 1]);
    else tanh_backward(count, n->a[l - 1], n->da[l - 1], n->dz[l - 1]);
  }
  return 0;
}

clino_model dnet_model(dnet *n) {
  return (clino_model){2 * n->config.layers, n->tensors, dnet_forward, dnet_backward, n};
}

/* ---- evaluation ---- */

static size_t count_right(const dnet *n) {
  const double *score = n->z[n->config.layers - 1];
  size_t right = 0;
  for (size_t s = 0; s < n->batch.n; s++, score += DIGITS_CLASSES) {
    int best = 0;
    for (int k = 1; k < DIGITS_CLASSES; k++)
      if (score[k] > score[best]) best = k;
    right += best == n->batch.label[s];
  }
  return right;
}

double dnet_evaluate(dnet *n, const digits *data, double *accuracy) {
  double sum = 0, loss;
  size_t right = 0;
  for (size_t done = 0; done < data->n;) {
    size_t size = data->n - done < n->config.batch ? data->n - done : n->config.batch;
    n->batch = (digits){size, data->pixels + done * DIGITS_PIXELS, data->label + done};
    dnet_forward(&loss, n);
    sum += n->data_loss * (double)size;
    right += count_right(n);
    done += size;
  }
  if (accuracy) *accuracy = (double)right / (double)data->n;
  return sum / (double)data->n;
}
