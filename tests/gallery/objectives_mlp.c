/* Nets of dense layers: every activation, depth 1 to 20, residual connections, dropout with a fixed mask, nets that
 * start from zeros, dead and saturated ones. */
#include "gallery/layers.h"

#include <math.h>

enum { MLP_CLASSES = 4, ROOM = 32, MOST_BATCH = 8 };

typedef enum start {
  START_XAVIER,
  START_HE,
  START_HE_ALIVE, /* biases are positive: of deep and narrow nets one in four were dead from the first layer on */
  START_ZERO,
  START_ZERO_LAST,
  START_ZERO_BIAS,
  START_DEAD,     /* two hidden units of three are out of every sample's reach */
  START_SATURATED /* the same, on either side */
} start;

typedef struct net {
  size_t inputs, width, depth; /* hidden layers: depth of them, of this width */
  activation act;
  start from;
  size_t pieces;  /* maxout: each unit is the largest of two, which is 2 pieces; else 1 */
  size_t batch;
  double l2, offset, keep; /* offset: added to the loss; keep: of dropout, 0 for none */
  bool residual;  /* v + act(W v + b) in all hidden layers but the first */
  bool zero_sample; /* the first sample is all zeros, as padding is */
} net;

/* ---- the computation ---- */

static void hidden(const net *m, tape *t, size_t inputs, var w, const double *data, const double *mask, var *v) {
  const size_t units = m->width * m->pieces;
  const var b = w + (var)(units * inputs);
  var out[2 * ROOM];
  if (data) g_dense_data(t, inputs, units, w, b, m->batch, data, out);
  else g_dense(t, inputs, units, w, b, m->batch, v, out);
  for (size_t i = 0; i < m->width; i++) {
    var a = m->pieces == 2 ? tape_max(t, out[2 * i], out[2 * i + 1]) : g_activate(t, m->act, out[i]);
    if (mask) a = tape_scale_fixed(t, a, mask[i]);
    v[i] = m->residual && !data ? tape_add(t, v[i], a) : a;
  }
}

static var net_sample(const net *m, tape *t, var x, const double *data, const double *mask, size_t label) {
  var v[ROOM], z[MLP_CLASSES];
  size_t inputs = m->inputs;
  for (size_t l = 0; l < m->depth; l++) {
    hidden(m, t, inputs, x, l ? NULL : data, mask ? mask + l * m->width : NULL, v);
    x += (var)(m->width * m->pieces * (inputs + 1));
    inputs = m->width;
  }
  g_dense(t, inputs, MLP_CLASSES, x, x + (var)(MLP_CLASSES * inputs), m->batch, v, z);
  return g_cross_entropy(t, MLP_CLASSES, z, label);
}

static var net_loss(const net *m, tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  double data[ROOM], mask[4 * ROOM];
  var terms[MOST_BATCH];
  for (size_t s = 0; s < m->batch; s++) {
    g_data_normal(&r, m->inputs, data);
    for (size_t i = 0; m->zero_sample && s == 0 && i < m->inputs; i++) data[i] = 0;
    for (size_t i = 0; m->keep > 0 && i < m->width * m->depth; i++)
      mask[i] = gallery_uniform(&r, 0, 1) < m->keep ? 1 / m->keep : 0;
    size_t label = g_data_below(&r, MLP_CLASSES);
    tape_sample(t, s + 1 == m->batch);
    terms[s] = net_sample(m, t, x, data, m->keep > 0 ? mask : NULL, label);
    tape_batch(t);
  }
  var loss = tape_mulc(t, tape_sum(t, m->batch, terms), 1.0 / (double)m->batch);
  if (m->l2 > 0) loss = tape_add(t, loss, g_l2_penalty(t, m->width * m->inputs, x, m->l2));
  return m->offset > 0 || m->offset < 0 ? tape_addc(t, loss, m->offset) : loss;
}

/* ---- where it starts ---- */

static double *point_hidden(const net *m, gallery_rng *r, size_t inputs, double *x) {
  const size_t units = m->width * m->pieces, n = units * (inputs + 1);
  if (m->from == START_ZERO) return g_point_fill(n, 0, x);
  if (m->from == START_XAVIER || m->from == START_SATURATED) g_point_xavier(r, inputs, units, x);
  else g_point_he(r, inputs, units, x);
  double *bias = x + units * inputs;
  if (m->from == START_ZERO_BIAS) g_point_fill(units, 0, bias);
  if (m->from == START_HE_ALIVE) g_point_uniform(r, units, 0, 0.5, bias);
  if (m->from == START_DEAD || m->from == START_SATURATED)
    for (size_t i = 0; i < units; i++) {
      double away = gallery_dyadic(gallery_uniform(r, 15, 25), WEIGHT_BITS);
      if (i % 3) bias[i] = m->from == START_SATURATED && i % 2 ? away : -away;
    }
  return x + n;
}

static void net_point(const net *m, gallery_rng *r, double *x) {
  size_t inputs = m->inputs;
  for (size_t l = 0; l < m->depth; l++) {
    x = point_hidden(m, r, inputs, x);
    inputs = m->width;
  }
  if (m->from == START_ZERO || m->from == START_ZERO_LAST) g_point_fill(MLP_CLASSES * (inputs + 1), 0, x);
  else g_point_xavier(r, inputs, MLP_CLASSES, x);
}

/* ---- the objectives ---- */

#define NET_SIZE(IN, WIDTH, DEPTH, PIECES)                                                                     \
  ((WIDTH) * (PIECES) * ((IN) + 1) + ((DEPTH) - 1) * (WIDTH) * (PIECES) * ((WIDTH) + 1) + MLP_CLASSES * ((WIDTH) + 1))

/* IN inputs, DEPTH hidden layers of WIDTH, PIECES a unit; what follows are other fields of the net. */
#define NET(NAME, WHAT, TRAITS, IN, WIDTH, DEPTH, PIECES, ...)                                                         \
  static const net NAME##_net = {.inputs = IN, .width = WIDTH, .depth = DEPTH, .pieces = PIECES, __VA_ARGS__};         \
  static void NAME##_point(gallery_rng *r, double *x) { net_point(&NAME##_net, r, x); }                                \
  static var NAME##_loss(tape *t, var x, uint64_t data_seed) { return net_loss(&NAME##_net, t, x, data_seed); }        \
  const gallery_objective gallery_##NAME = {                                                                           \
      .name = #NAME, .what = WHAT, .n = NET_SIZE(IN, WIDTH, DEPTH, PIECES), .traits = (TRAITS),                        \
      .n_matrices = 1 + ((DEPTH) > 1), .matrix = {{0, (WIDTH) * (PIECES), IN},                                         \
                 {(WIDTH) * (PIECES) * ((IN) + 1), (WIDTH) * (PIECES), WIDTH}},                                        \
      .point = NAME##_point, .loss = NAME##_loss};

#define SMALL(NAME, WHAT, TRAITS, PIECES, ...) NET(NAME, WHAT, TRAITS, 6, 8, 1, PIECES, .batch = 4, __VA_ARGS__)
SMALL(mlp_tanh, "net with one hidden layer of tanh", TRAIT_CLEAN, 1, .act = ACT_TANH)
SMALL(mlp_sigmoid, "net with one hidden layer of sigmoids", TRAIT_CLEAN, 1, .act = ACT_SIGMOID)
SMALL(mlp_gelu, "net with one hidden layer of GELU", TRAIT_CLEAN, 1, .act = ACT_GELU, .from = START_HE)
SMALL(mlp_silu, "net with one hidden layer of SiLU", TRAIT_CLEAN, 1, .act = ACT_SILU, .from = START_HE)
SMALL(mlp_relu, "net with one hidden layer of relu", TRAIT_KINKS, 1, .act = ACT_RELU, .from = START_HE)
SMALL(mlp_leaky, "net with one hidden layer of leaky relu", TRAIT_KINKS, 1, .act = ACT_LEAKY, .from = START_HE)
SMALL(mlp_maxout, "net with one hidden layer of maxout", TRAIT_KINKS, 2, .from = START_HE)
SMALL(mlp_tanh_single, "tanh net in single precision", TRAIT_SINGLE, 1, .act = ACT_TANH)
SMALL(mlp_gelu_single, "GELU net in single precision", TRAIT_SINGLE, 1, .act = ACT_GELU, .from = START_HE)
SMALL(mlp_relu_single, "relu net in single precision", TRAIT_SINGLE | TRAIT_KINKS, 1, .act = ACT_RELU, .from = START_HE)
SMALL(mlp_l2, "tanh net with an L2 penalty on its first layer", TRAIT_CLEAN, 1, .act = ACT_TANH, .l2 = 0.05)
SMALL(mlp_offset, "tanh net on an offset of 1e4", 0, 1, .act = ACT_TANH, .offset = 1e4)

#define DEEP(NAME, WHAT, TRAITS, DEPTH, ...) NET(NAME, WHAT, TRAITS, 4, 3, DEPTH, 1, .batch = 3, __VA_ARGS__)
NET(tanh3, "three layers of tanh", TRAIT_CLEAN, 5, 5, 3, 1, .batch = 4, .act = ACT_TANH)
NET(sigmoid3, "three layers of sigmoids", TRAIT_CLEAN, 5, 5, 3, 1, .batch = 4, .act = ACT_SIGMOID)
NET(relu3, "three layers of relu", TRAIT_KINKS, 5, 5, 3, 1, .batch = 4, .act = ACT_RELU, .from = START_HE)
DEEP(tanh10, "ten layers of tanh", 0, 10, .act = ACT_TANH)
DEEP(tanh20, "twenty layers of tanh", TRAIT_FEW_POINTS, 20, .act = ACT_TANH)
DEEP(sigmoid10, "ten layers of sigmoids", 0, 10, .act = ACT_SIGMOID)
DEEP(sigmoid20, "twenty layers of sigmoids, whose gradient vanishes", TRAIT_FEW_POINTS, 20, .act = ACT_SIGMOID)
NET(relu10, "ten layers of relu", TRAIT_KINKS, 4, 5, 10, 1, .batch = 4, .act = ACT_RELU, .from = START_HE_ALIVE)
NET(residual_tanh, "residual net of tanh", TRAIT_CLEAN, 5, 4, 4, 1, .batch = 3, .act = ACT_TANH, .residual = true)
NET(residual_relu, "residual net of relu", TRAIT_KINKS, 5, 4, 4, 1, .batch = 3, .act = ACT_RELU, .from = START_HE,
    .residual = true)

NET(dropout_tanh, "tanh net, dropout with a fixed mask", TRAIT_CLEAN, 6, 6, 2, 1, .batch = 5, .act = ACT_TANH,
    .keep = 0.7)
NET(dropout_relu, "relu net, dropout with a fixed mask", TRAIT_KINKS, 6, 6, 2, 1, .batch = 5, .act = ACT_RELU,
    .from = START_HE, .keep = 0.7)
SMALL(dead_relu, "relu net, two units of three dead", TRAIT_KINKS, 1, .act = ACT_RELU, .from = START_DEAD)
SMALL(saturated_sigmoid, "sigmoid net, two units of three saturated", 0, 1, .act = ACT_SIGMOID, .from = START_SATURATED)
/* Five samples in four classes: their labels cannot balance, which would make the whole gradient 0. */
NET(zero_relu, "relu net whose weights are all 0: exact kinks", TRAIT_KINKS, 6, 8, 1, 1, .batch = 5, .act = ACT_RELU,
    .from = START_ZERO)
SMALL(zero_last, "relu net whose last layer is 0", TRAIT_KINKS, 1, .act = ACT_RELU, .from = START_ZERO_LAST)
SMALL(relu_padding, "relu net with biases 0 and an input of zeros: exact kinks", TRAIT_KINKS, 1, .act = ACT_RELU,
      .from = START_ZERO_BIAS, .zero_sample = true)
