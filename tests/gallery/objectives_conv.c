/* Small convolutional nets: smooth, with relu, with max-pool, in single precision. */
#include "gallery/layers.h"

#include <math.h>

enum { CONV_CLASSES = 4, MOST_SIDE = 7 };

typedef struct conv_net {
  size_t side, k, filters, batch;
  activation act;
  void (*pool)(tape *t, size_t n_maps, size_t side, const var *in, var *out); /* NULL: none */
} conv_net;

static size_t conv_outputs(const conv_net *m) {
  size_t to = m->side - m->k + 1;
  return m->filters * (m->pool ? (to / 2) * (to / 2) : to * to);
}

static var conv_sample(const conv_net *m, tape *t, var x, const double *image, size_t label) {
  const size_t k = m->k, to = m->side - k + 1, n = conv_outputs(m);
  const var b = x + (var)(m->filters * k * k), w_out = b + (var)m->filters;
  var maps[MOST], pooled[MOST], z[CONV_CLASSES];
  g_conv(t, m->side, k, m->filters, x, b, m->batch, image, maps);
  g_activate_all(t, m->act, m->filters * to * to, maps);
  if (m->pool) m->pool(t, m->filters, to, maps, pooled);
  g_dense(t, n, CONV_CLASSES, w_out, w_out + (var)(CONV_CLASSES * n), m->batch, m->pool ? pooled : maps, z);
  return g_cross_entropy(t, CONV_CLASSES, z, label);
}

static var conv_loss(const conv_net *m, tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  double image[MOST_SIDE * MOST_SIDE];
  var terms[MOST];
  for (size_t s = 0; s < m->batch; s++) {
    g_data_normal(&r, m->side * m->side, image);
    size_t label = g_data_below(&r, CONV_CLASSES);
    tape_sample(t, s + 1 == m->batch);
    terms[s] = conv_sample(m, t, x, image, label);
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, m->batch, terms), 1.0 / (double)m->batch);
}

static void conv_point(const conv_net *m, gallery_rng *r, double *x) {
  const size_t each = m->k * m->k;
  const bool he = m->act == ACT_RELU || m->act == ACT_GELU || m->act == ACT_SILU;
  x = g_point_normal(r, m->filters * each, sqrt((he ? 2.0 : 1.0) / (double)each), x);
  x = g_point_uniform(r, m->filters, -0.2, 0.2, x);
  g_point_xavier(r, conv_outputs(m), CONV_CLASSES, x);
}

/* OUTPUTS: of a filter after the pool. */
#define CONV(NAME, WHAT, TRAITS, SIDE, K, FILTERS, OUTPUTS, ...)                                                    \
  static const conv_net NAME##_net = {.side = SIDE, .k = K, .filters = FILTERS, __VA_ARGS__};                       \
  static void NAME##_point(gallery_rng *r, double *x) { conv_point(&NAME##_net, r, x); }                            \
  static var NAME##_loss(tape *t, var x, uint64_t data_seed) { return conv_loss(&NAME##_net, t, x, data_seed); }    \
  const gallery_objective gallery_##NAME = {                                                                        \
      .name = #NAME, .what = WHAT, .n = (FILTERS) * ((K) * (K) + 1) + CONV_CLASSES * ((FILTERS) * (OUTPUTS) + 1),   \
      .traits = (TRAITS), .n_matrices = 2,                                                                          \
      .matrix = {{(FILTERS) * ((K) * (K) + 1), CONV_CLASSES, (FILTERS) * (OUTPUTS)}, {0, FILTERS, (K) * (K)}},      \
      .point = NAME##_point, .loss = NAME##_loss};

CONV(conv_tanh, "convolution, tanh, mean-pool", TRAIT_CLEAN, 6, 3, 3, 4, .batch = 2, .act = ACT_TANH,
     .pool = g_pool_mean)
CONV(conv_silu, "convolution, SiLU", TRAIT_CLEAN, 5, 3, 2, 9, .batch = 3, .act = ACT_SILU)
CONV(conv_relu, "convolution and relu", TRAIT_KINKS, 5, 3, 3, 9, .batch = 2, .act = ACT_RELU)
CONV(conv_maxpool, "convolution, tanh, max-pool", TRAIT_KINKS, 6, 3, 3, 4, .batch = 2, .act = ACT_TANH,
     .pool = g_pool_max)
CONV(conv_relu_maxpool, "convolution, relu, max-pool", TRAIT_KINKS, 6, 3, 3, 4, .batch = 2, .act = ACT_RELU,
     .pool = g_pool_max)
CONV(conv_single, "convolution, tanh, mean-pool in single precision", TRAIT_SINGLE, 6, 3, 3, 4, .batch = 2,
     .act = ACT_TANH, .pool = g_pool_mean)
