#include "support/planted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/activation.h"
#include "net/batchnorm.h"
#include "net/bugs.h"
#include "net/conv.h"
#include "net/dense.h"
#include "net/loss.h"
#include "support/planted_spoil.h"

/* ---- layers: forward to y, backward from c ---- */

static void dense_of(const planted *p, dense *l) {
  *l = (dense){p->n_in, p->n_out, p->w, p->dw, p->b, p->db};
}

static void run_dense(planted *p, bool back) {
  dense l;
  dense_of(p, &l);
  if (back) dense_backward(&l, p->n, p->x, p->c, p->dx);
  else dense_forward(&l, p->n, p->x, p->y);
}

static void run_activation(planted *p, bool back) {
  dense l;
  dense_of(p, &l);
  size_t n = p->n * p->n_out;
  if (!back) {
    dense_forward(&l, p->n, p->x, p->z);
    if (p->relu) relu_forward(NULL, "relu", n, p->z, p->y);
    else tanh_forward(n, p->z, p->y);
    return;
  }
  if (p->bug == PLANTED_NO_DERIVATIVE) memcpy(p->dz, p->c, n * sizeof(real));
  else if (p->relu) relu_backward(n, p->z, p->c, p->dz);
  else tanh_backward(n, p->y, p->c, p->dz);
  dense_backward(&l, p->n, p->x, p->dz, p->dx);
}

static void run_conv(planted *p, bool back) {
  conv3x3 l = {p->n_in, p->n_out, PLANTED_SIDE, PLANTED_SIDE, p->w, p->dw, p->b, p->db};
  if (back) conv3x3_backward(&l, p->n, p->x, p->c, p->dx);
  else conv3x3_forward(&l, p->n, p->x, p->y);
}

static void run_batchnorm(planted *p, bool back) {
  batchnorm l = {p->n_in, p->w, p->dw, p->b, p->db, p->z, p->z + p->n_in, NULL, NULL};
  if (!back) batchnorm_forward(&l, p->n, p->x, p->y);
  else if (p->bug == PLANTED_CONSTANT_STATISTICS) batchnorm_backward_constant_variance(&l, p->n, p->x, p->c, p->dx);
  else batchnorm_backward(&l, p->n, p->x, p->c, p->dx);
}

/* One output, the loss; its cotangent is 1. */
static void run_softmax(planted *p, bool back) {
  if (back) softmax_loss_backward(p->n, p->n_in, p->x, p->label, p->dx);
  else p->y[0] = softmax_loss(p->n, p->n_in, p->x, p->label);
}

/* h[t] = tanh(x[t] W + h[t-1] U + b), t = 0 to n - 1, h[-1] = 0; backward through time. */
static void recurrent_forward(planted *p) {
  for (size_t t = 0; t < p->n; t++)
    for (size_t o = 0; o < p->n_out; o++) {
      real z = p->b[o];
      for (size_t i = 0; i < p->n_in; i++) z += p->x[t * p->n_in + i] * p->w[i * p->n_out + o];
      for (size_t i = 0; t && i < p->n_out; i++) z += p->y[(t - 1) * p->n_out + i] * p->u[i * p->n_out + o];
      p->y[t * p->n_out + o] = tanh(z);
    }
}

static void recurrent_backward(planted *p) {
  memset(p->dw, 0, p->n_in * p->n_out * sizeof(real));
  memset(p->du, 0, p->n_out * p->n_out * sizeof(real));
  memset(p->db, 0, p->n_out * sizeof(real));
  memset(p->dx, 0, p->n * p->n_in * sizeof(real));
  memcpy(p->dz, p->c, p->n * p->n_out * sizeof(real));
  for (size_t t = p->n; t-- > 0;)
    for (size_t o = 0; o < p->n_out; o++) {
      real h = p->y[t * p->n_out + o], dz = p->dz[t * p->n_out + o] * (1 - h * h);
      p->db[o] += dz;
      for (size_t i = 0; i < p->n_in; i++) {
        p->dw[i * p->n_out + o] += dz * p->x[t * p->n_in + i];
        p->dx[t * p->n_in + i] += dz * p->w[i * p->n_out + o];
      }
      for (size_t i = 0; t && i < p->n_out; i++) {
        p->du[i * p->n_out + o] += dz * p->y[(t - 1) * p->n_out + i];
        p->dz[(t - 1) * p->n_out + i] += dz * p->u[i * p->n_out + o];
      }
    }
}

static void run_recurrent(planted *p, bool back) {
  if (back) recurrent_backward(p);
  else recurrent_forward(p);
}

/* ---- a layer of a random shape ---- */

typedef struct kind {
  const char *name;
  void (*run)(planted *, bool back);
} kind;

static const kind kinds[PLANTED_LAYERS] = {{"dense", run_dense},         {"conv", run_conv},
                                           {"batch norm", run_batchnorm}, {"softmax", run_softmax},
                                           {"recurrent", run_recurrent}, {"activation", run_activation}};

const char *planted_layer_name(planted_layer layer) { return kinds[layer].name; }

static size_t between(rng *g, size_t low, size_t high) { return low + rng_below(g, high - low + 1); }

static void add(planted *p, const char *name, real **value, real **grad, size_t n_dims, const size_t *shape) {
  clino_tensor *t = &p->tensors[p->n_tensors];
  real *block = p->memory + 2 * PLANTED_MOST * p->n_tensors++;
  *value = block, *grad = block + PLANTED_MOST;
  *t = CLINO_TENSOR_F64(name, *value, *grad, 1);
  t->n_dims = n_dims;
  memcpy(t->shape, shape, n_dims * sizeof *shape);
  rng_fill(&p->random, 1, planted_count(t), *value);
}

size_t planted_count(const clino_tensor *t) {
  size_t n = 1;
  for (size_t d = 0; d < t->n_dims; d++) n *= t->shape[d];
  return n;
}

static void shape_tensors(planted *p) {
  size_t n = p->n, in = p->n_in, out = p->n_out, side = PLANTED_SIDE;
  if (p->layer == PLANTED_CONV) {
    add(p, "x", &p->x, &p->dx, 4, (size_t[]){n, in, side, side});
    add(p, "K", &p->w, &p->dw, 4, (size_t[]){out, in, 3, 3});
    add(p, "b", &p->b, &p->db, 1, &out);
    p->n_y = n * out * side * side;
    return;
  }
  add(p, "x", &p->x, &p->dx, 2, (size_t[]){n, in});
  p->n_y = p->layer == PLANTED_SOFTMAX ? 1 : p->layer == PLANTED_BATCHNORM ? n * in : n * out;
  if (p->layer == PLANTED_SOFTMAX) return;
  if (p->layer == PLANTED_BATCHNORM) {
    add(p, "gamma", &p->w, &p->dw, 1, &in);
    add(p, "beta", &p->b, &p->db, 1, &in);
    return;
  }
  add(p, "W", &p->w, &p->dw, 2, (size_t[]){in, out});
  if (p->layer == PLANTED_RECURRENT) add(p, "U", &p->u, &p->du, 2, (size_t[]){out, out});
  add(p, "b", &p->b, &p->db, 1, &out);
}

planted *planted_new(planted_layer layer, planted_bug bug, uint64_t seed) {
  planted *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->layer = layer, p->bug = bug;
  p->random.state = (seed * PLANTED_BUGS + (uint64_t)bug) * PLANTED_LAYERS + (uint64_t)layer;
  rng *g = &p->random;
  bool conv = layer == PLANTED_CONV;
  p->n = bug == PLANTED_NO_DERIVATIVE ? 1 : between(g, conv ? 2 : 4, conv ? 3 : 8);
  p->n_in = between(g, conv ? 1 : 4, conv ? 2 : 9);
  p->n_out = between(g, conv ? 2 : 4, conv ? 4 : 8);
  p->relu = rng_below(g, 2);
  shape_tensors(p);
  rng_fill(g, 1, PLANTED_MOST, p->c);
  if (layer == PLANTED_SOFTMAX) p->c[0] = 1;
  for (size_t i = 0; i < PLANTED_MOST; i++) p->label[i] = (int)rng_below(g, p->n_in);
  p->sample_to = p->n_y;
  if (planted_prepare(p)) return p;
  planted_free(p);
  return NULL;
}

void planted_free(planted *p) { free(p); }

/* ---- for the check ---- */

void planted_run(planted *p, bool back) { kinds[p->layer].run(p, back); }

static int loss(double *f, void *ctx) {
  planted *p = ctx;
  planted_run(p, false);
  *f = 0;
  for (size_t k = p->sample_from; k < p->sample_to; k++) *f += p->c[k] * p->y[k];
  const clino_tensor *t = &p->tensors[p->target];
  if (p->l2 > 0 && p->sample_to == p->n_y) *f += l2_penalty(p->l2, planted_count(t), t->value);
  return 0;
}

static int backward(void *ctx) {
  planted_backward(ctx);
  return 0;
}

clino_model planted_model(planted *p) { return (clino_model){p->n_tensors, p->tensors, loss, backward, p}; }

static int select_sample(size_t sample, void *ctx) {
  planted *p = ctx;
  size_t each = p->n_y / p->n;
  p->sample_from = sample == CLINO_SAMPLE_ALL ? 0 : sample * each;
  p->sample_to = sample == CLINO_SAMPLE_ALL ? p->n_y : (sample + 1) * each;
  return 0;
}

clino_gradcheck_options planted_options(const planted *p) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  if (p->bug == PLANTED_STALE) o.points = 1;
  if (p->bug == PLANTED_SINGLE) o.tolerance = 1e-9;
  if (p->layer == PLANTED_DENSE || p->layer == PLANTED_CONV || p->layer == PLANTED_ACTIVATION) {
    o.n_samples = p->n;
    o.context.select_sample = select_sample;
  }
  return o;
}
