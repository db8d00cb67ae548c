/* Normalizations between two dense layers, and what divides by a norm. The losses are cross-entropies or squared
 * distances: a sum of outputs would be constant under a normalization and hide every fault of it. */
#include "gallery/layers.h"

#include <math.h>

enum { IN = 5, HIDDEN = 6, OUT = 4, BATCH = 6 };
enum { W_IN = 0, GAMMA = W_IN + HIDDEN * IN, BETA = GAMMA + HIDDEN, W_OUT = BETA + HIDDEN, B_OUT = W_OUT + OUT * HIDDEN,
       NORM_SIZE = B_OUT + OUT };

typedef enum norm { NORM_BATCH, NORM_LAYER, NORM_RMS } norm;

static void norm_point(gallery_rng *r, double *x) {
  x = g_point_normal(r, HIDDEN * IN, sqrt(2.0 / (IN + HIDDEN)), x);
  x = g_point_uniform(r, HIDDEN, 0.7, 1.3, x);
  x = g_point_uniform(r, HIDDEN, -0.2, 0.2, x);
  g_point_xavier(r, HIDDEN, OUT, x);
}

/* The weights of two hidden units are so small that a batch's variance, about 1e-5, is near epsilon or below it. */
static void small_variance_point(gallery_rng *r, double *x) {
  norm_point(r, x);
  for (size_t i = 0; i < 2 * IN; i++) x[i] = ldexp(x[i], -9);
}

static void normalize(tape *t, norm kind, var *v) {
  if (kind == NORM_BATCH)
    for (size_t i = 0; i < HIDDEN; i++) g_standardize(t, BATCH, HIDDEN, 1e-5, v + i);
  for (size_t s = 0; s < BATCH && kind != NORM_BATCH; s++) {
    tape_sample(t, s + 1 == BATCH);
    if (kind == NORM_LAYER) g_standardize(t, HIDDEN, 1, 1e-5, v + s * HIDDEN);
    else g_rms_normalize(t, HIDDEN, 1e-5, v + s * HIDDEN);
    tape_batch(t);
  }
}

/* gamma v + beta, tanh, dense, cross-entropy of one sample. */
static var norm_head(tape *t, var x, var *v, size_t label) {
  var z[OUT];
  for (var i = 0; i < HIDDEN; i++) {
    var scaled = tape_mul(t, tape_broadcast(t, x + GAMMA + i), v[i]);
    v[i] = tape_tanh(t, tape_add(t, scaled, tape_bias(t, x + BETA + i, BATCH)));
  }
  g_dense(t, HIDDEN, OUT, x + W_OUT, x + B_OUT, BATCH, v, z);
  return g_cross_entropy(t, OUT, z, label);
}

static var norm_loss(tape *t, var x, uint64_t data_seed, norm kind) {
  gallery_rng r = g_data_rng(data_seed);
  double data[IN];
  size_t label[BATCH];
  var v[BATCH * HIDDEN], terms[BATCH];
  for (size_t s = 0; s < BATCH; s++) {
    g_data_normal(&r, IN, data);
    label[s] = g_data_below(&r, OUT);
    tape_sample(t, s + 1 == BATCH);
    g_dense_data(t, IN, HIDDEN, x, NO_BIAS, BATCH, data, v + s * HIDDEN);
    tape_batch(t);
  }
  normalize(t, kind, v);
  for (size_t s = 0; s < BATCH; s++) {
    tape_sample(t, s + 1 == BATCH);
    terms[s] = norm_head(t, x, v + s * HIDDEN, label[s]);
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, BATCH, terms), 1.0 / BATCH);
}

static var batch_loss(tape *t, var x, uint64_t data_seed) { return norm_loss(t, x, data_seed, NORM_BATCH); }
static var layer_loss(tape *t, var x, uint64_t data_seed) { return norm_loss(t, x, data_seed, NORM_LAYER); }
static var rms_loss(tape *t, var x, uint64_t data_seed) { return norm_loss(t, x, data_seed, NORM_RMS); }

#define NORM_OBJECTIVE(NAME, WHAT, TRAITS, POINT, LOSS)                                                            \
  const gallery_objective gallery_##NAME = {                                                                       \
      .name = #NAME, .what = WHAT, .n = NORM_SIZE, .traits = (TRAITS), .n_matrices = 2,                            \
      .matrix = {{W_IN, HIDDEN, IN}, {W_OUT, OUT, HIDDEN}}, .point = POINT, .loss = LOSS};

NORM_OBJECTIVE(batch_norm, "batch normalization between two layers", TRAIT_CLEAN, norm_point, batch_loss)
NORM_OBJECTIVE(batch_norm_small, "batch normalization, two columns of variance near epsilon", 0, small_variance_point,
               batch_loss)
NORM_OBJECTIVE(layer_norm, "layer normalization between two layers", TRAIT_CLEAN, norm_point, layer_loss)
NORM_OBJECTIVE(rms_norm, "RMS normalization between two layers", TRAIT_CLEAN, norm_point, rms_loss)

/* ---- distances and angles between learned vectors ---- */

enum { VECTORS = 12, DIMENSION = 6, EMBEDDED = VECTORS * DIMENSION };

static void vectors_point(gallery_rng *r, double *x) { g_point_normal(r, EMBEDDED, 1, x); }

static const var *vector(var x, size_t i, var *out) { return g_nodes(x + (var)(i * DIMENSION), DIMENSION, out); }

static var cosine(tape *t, var x, size_t i, size_t j) {
  var a[DIMENSION], b[DIMENSION];
  vector(x, i, a);
  vector(x, j, b);
  var norms = tape_mul(t, tape_sqrt(t, g_sum_square(t, DIMENSION, a)), tape_sqrt(t, g_sum_square(t, DIMENSION, b)));
  return tape_div(t, tape_dot(t, DIMENSION, a, b), norms);
}

/* (cos(a_i, b_i) - target)^2 over pairs, half of which are to point the same way, half to be orthogonal. */
static var cosine_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  enum { PAIRS = 2 * VECTORS };
  var terms[PAIRS];
  for (size_t p = 0; p < PAIRS; p++) {
    size_t i = p % VECTORS, j = (i + 1 + g_data_below(&r, VECTORS - 1)) % VECTORS;
    tape_sample(t, p + 1 == PAIRS);
    terms[p] = tape_square(t, tape_addc(t, cosine(t, x, i, j), p % 2 ? -0.9 : 0));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, PAIRS, terms), 1.0 / PAIRS);
}

static var distance_square(tape *t, var x, size_t i, size_t j) {
  var d[DIMENSION];
  for (size_t k = 0; k < DIMENSION; k++)
    d[k] = tape_sub(t, x + (var)(i * DIMENSION + k), x + (var)(j * DIMENSION + k));
  return g_sum_square(t, DIMENSION, d);
}

/* max(0, |a - p|^2 - |a - n|^2 + 1): F. Schroff et al., "FaceNet", 2015. */
static var triplet_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[VECTORS];
  for (size_t a = 0; a < VECTORS; a++) {
    size_t p = (a + 1 + g_data_below(&r, VECTORS / 2)) % VECTORS;
    size_t n = (a + 1 + VECTORS / 2 + g_data_below(&r, VECTORS / 2 - 1)) % VECTORS;
    tape_sample(t, a + 1 == VECTORS);
    var margin = tape_sub(t, distance_square(t, x, a, p), distance_square(t, x, a, n));
    terms[a] = tape_relu(t, tape_addc(t, margin, 1));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, VECTORS, terms), 1.0 / VECTORS);
}

/* Pairs that belong together: d^2, others: max(0, 3 - d)^2, whose slope is continuous (R. Hadsell et al., 2006), here
 * without the square, so that it has a kink at the margin. */
static var contrastive_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[2 * VECTORS];
  for (size_t p = 0; p < 2 * VECTORS; p++) {
    size_t i = p % VECTORS, j = (i + 1 + g_data_below(&r, VECTORS - 1)) % VECTORS;
    tape_sample(t, p + 1 == 2 * VECTORS);
    var d2 = distance_square(t, x, i, j);
    var apart = tape_mulc(t, tape_sqrt(t, tape_addc(t, d2, 1e-6)), -1);
    terms[p] = p < VECTORS ? tape_mulc(t, d2, 0.1) : tape_relu(t, tape_addc(t, apart, 3.25));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, 2 * VECTORS, terms), 0.5 / VECTORS);
}

#define VECTORS_OBJECTIVE(NAME, WHAT, TRAITS)                                                                       \
  const gallery_objective gallery_##NAME = {                                                                        \
      .name = #NAME, .what = WHAT, .n = EMBEDDED, .traits = (TRAITS), .n_matrices = 1,                              \
      .matrix = {{0, VECTORS, DIMENSION}}, .point = vectors_point, .loss = NAME##_loss};

VECTORS_OBJECTIVE(cosine, "cosine similarity of pairs of vectors", TRAIT_CLEAN)
VECTORS_OBJECTIVE(triplet, "triplet loss with a margin", TRAIT_KINKS)
VECTORS_OBJECTIVE(contrastive, "contrastive loss with a margin", TRAIT_KINKS)
