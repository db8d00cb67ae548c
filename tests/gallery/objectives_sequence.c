/* Sequences: attention with one head and two, recurrent cells unrolled over time, embeddings. */
#include "gallery/layers.h"

#include <math.h>

/* ---- attention ---- */

enum { TOKENS = 4, D = 4, SIDE = D * D, TOKEN_CLASSES = 4, ATTENTION = 4 * SIDE + TOKEN_CLASSES * (D + 1) };

/* Queries, keys, values and the projection after the heads. */
static void attention_point(gallery_rng *r, double *x) {
  for (int i = 0; i < 4; i++) x = g_point_normal(r, SIDE, sqrt(1.0 / D), x);
  g_point_xavier(r, D, TOKEN_CLASSES, x);
}

static var attention_sequence(tape *t, var x, gallery_rng *r, size_t heads, size_t batch) {
  double data[D];
  var qkv[3][TOKENS * D], mixed[TOKENS * D], o[D], z[TOKEN_CLASSES], terms[TOKENS];
  for (size_t i = 0; i < TOKENS; i++) {
    g_data_normal(r, D, data);
    for (var k = 0; k < 3; k++) g_dense_data(t, D, D, x + k * SIDE, NO_BIAS, batch, data, qkv[k] + i * D);
  }
  for (size_t h = 0; h < heads; h++) {
    size_t at = h * D / heads;
    g_attend(t, TOKENS, D / heads, D, qkv[0] + at, qkv[1] + at, qkv[2] + at, mixed + at);
  }
  const var w_out = x + 4 * SIDE, b_out = w_out + TOKEN_CLASSES * D;
  for (size_t i = 0; i < TOKENS; i++) {
    g_dense(t, D, D, x + 3 * SIDE, NO_BIAS, batch, mixed + i * D, o);
    g_dense(t, D, TOKEN_CLASSES, w_out, b_out, batch * TOKENS, o, z);
    terms[i] = g_cross_entropy(t, TOKEN_CLASSES, z, g_data_below(r, TOKEN_CLASSES));
  }
  return tape_mulc(t, tape_sum(t, TOKENS, terms), 1.0 / TOKENS);
}

static var attention_loss_of(tape *t, var x, uint64_t data_seed, size_t heads) {
  enum { SEQUENCES = 2 };
  gallery_rng r = g_data_rng(data_seed);
  var terms[SEQUENCES];
  for (size_t s = 0; s < SEQUENCES; s++) {
    tape_sample(t, s + 1 == SEQUENCES);
    terms[s] = attention_sequence(t, x, &r, heads, SEQUENCES);
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, SEQUENCES, terms), 1.0 / SEQUENCES);
}

static var attention_loss(tape *t, var x, uint64_t data_seed) { return attention_loss_of(t, x, data_seed, 1); }
static var heads_loss(tape *t, var x, uint64_t data_seed) { return attention_loss_of(t, x, data_seed, 2); }

#define ATTENTION_OBJECTIVE(NAME, WHAT, TRAITS, LOSS)                                                              \
  const gallery_objective gallery_##NAME = {                                                                       \
      .name = #NAME, .what = WHAT, .n = ATTENTION, .traits = (TRAITS), .n_matrices = 4,                            \
      .matrix = {{2 * SIDE, D, D}, {3 * SIDE, D, D}, {0, D, D}, {SIDE, D, D}}, .point = attention_point, .loss = LOSS};

ATTENTION_OBJECTIVE(attention, "scaled dot-product attention", TRAIT_CLEAN, attention_loss)
ATTENTION_OBJECTIVE(multi_head, "attention with two heads", TRAIT_CLEAN, heads_loss)

/* ---- recurrent cells ---- */

enum { STEPS = 6, X_IN = 3, UNITS = 4, CELL_IN = X_IN + UNITS, RUNS = 2, SEQUENCE_CLASSES = 3, RNN_UNITS = 7 };
enum { LSTM_GATES = 4, GRU_GATES = 3, CELL_GATE = UNITS * (CELL_IN + 1), HEAD = SEQUENCE_CLASSES * (UNITS + 1) };

/* One gate of all units from input and state, before its activation. Each bias is used once a step and run. */
static void gate(tape *t, var x, size_t which, size_t units, const double *data, const var *h, var *out) {
  const size_t n = X_IN + units;
  const var w = x + (var)(which * units * (n + 1)), b = w + (var)(units * n);
  var row[MOST];
  for (size_t u = 0; u < units; u++) {
    g_nodes(w + (var)(u * n), n, row);
    var sum = tape_add(t, tape_dotc(t, X_IN, row, data), tape_dot(t, units, row + X_IN, h));
    out[u] = tape_add(t, sum, tape_bias(t, b + (var)u, STEPS * RUNS));
  }
}

typedef void (*cell)(tape *t, var x, const double *data, var *h, var *c);

/* S. Hochreiter and J. Schmidhuber, 1997, with the forget gate of F. Gers et al., 2000: gates input, forget, output,
 * candidate. */
static void lstm_cell(tape *t, var x, const double *data, var *h, var *c) {
  var g[LSTM_GATES][UNITS];
  for (size_t k = 0; k < LSTM_GATES; k++) {
    gate(t, x, k, UNITS, data, h, g[k]);
    g_activate_all(t, k == 3 ? ACT_TANH : ACT_SIGMOID, UNITS, g[k]);
  }
  for (size_t u = 0; u < UNITS; u++) {
    c[u] = tape_add(t, tape_mul(t, g[1][u], c[u]), tape_mul(t, g[0][u], g[3][u]));
    h[u] = tape_mul(t, g[2][u], tape_tanh(t, c[u]));
  }
}

/* K. Cho et al., 2014: gates reset, update, candidate; h = z h + (1 - z) candidate. */
static void gru_cell(tape *t, var x, const double *data, var *h, var *c) {
  var g[GRU_GATES][UNITS], reset[UNITS];
  (void)c;
  for (size_t k = 0; k < 2; k++) {
    gate(t, x, k, UNITS, data, h, g[k]);
    g_activate_all(t, ACT_SIGMOID, UNITS, g[k]);
  }
  for (size_t u = 0; u < UNITS; u++) reset[u] = tape_mul(t, g[0][u], h[u]);
  gate(t, x, 2, UNITS, data, reset, g[2]);
  for (size_t u = 0; u < UNITS; u++) {
    var candidate = tape_tanh(t, g[2][u]);
    h[u] = tape_add(t, candidate, tape_mul(t, g[1][u], tape_sub(t, h[u], candidate)));
  }
}

static void rnn_cell(tape *t, var x, const double *data, var *h, var *c) {
  var next[RNN_UNITS];
  (void)c;
  gate(t, x, 0, RNN_UNITS, data, h, next);
  for (size_t u = 0; u < RNN_UNITS; u++) h[u] = tape_tanh(t, next[u]);
}

/* The class of a sequence from the last state. */
static var recurrent_run(tape *t, var x, gallery_rng *r, cell step, size_t units, size_t n_cell) {
  double data[X_IN];
  var h[RNN_UNITS], c[RNN_UNITS], z[SEQUENCE_CLASSES];
  for (size_t u = 0; u < units; u++) h[u] = c[u] = tape_const(t, 0);
  for (int s = 0; s < STEPS; s++) {
    g_data_normal(r, X_IN, data);
    step(t, x, data, h, c);
  }
  const var w = x + (var)n_cell;
  g_dense(t, units, SEQUENCE_CLASSES, w, w + (var)(SEQUENCE_CLASSES * units), RUNS, h, z);
  return g_cross_entropy(t, SEQUENCE_CLASSES, z, g_data_below(r, SEQUENCE_CLASSES));
}

static var recurrent(tape *t, var x, uint64_t data_seed, cell step, size_t units, size_t n_cell) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[RUNS];
  for (size_t s = 0; s < RUNS; s++) {
    tape_sample(t, s + 1 == RUNS);
    terms[s] = recurrent_run(t, x, &r, step, units, n_cell);
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, RUNS, terms), 1.0 / RUNS);
}

static void recurrent_point(gallery_rng *r, double *x, size_t gates, size_t units) {
  for (size_t k = 0; k < gates; k++) {
    x = g_point_normal(r, units * (X_IN + units), sqrt(1.0 / (double)units), x);
    x = g_point_uniform(r, units, -0.2, gates == LSTM_GATES && k == 1 ? 1 : 0.2, x);
  }
  g_point_xavier(r, units, SEQUENCE_CLASSES, x);
}

#define RECURRENT(NAME, WHAT, TRAITS, GATES, SIZE)                                                                   \
  enum { NAME##_size = (GATES) * (SIZE) * (X_IN + (SIZE) + 1) };                                                     \
  static void NAME##_point(gallery_rng *r, double *x) { recurrent_point(r, x, GATES, SIZE); }                        \
  static var NAME##_loss(tape *t, var x, uint64_t data_seed) {                                                       \
    return recurrent(t, x, data_seed, NAME##_cell, SIZE, NAME##_size);                                               \
  }                                                                                                                  \
  const gallery_objective gallery_##NAME = {                                                                         \
      .name = #NAME, .what = WHAT, .n = NAME##_size + SEQUENCE_CLASSES * ((SIZE) + 1), .traits = (TRAITS),           \
      .n_matrices = 2, .matrix = {{0, SIZE, X_IN + (SIZE)}, {NAME##_size, SEQUENCE_CLASSES, SIZE}},                  \
      .point = NAME##_point, .loss = NAME##_loss};

RECURRENT(lstm, "LSTM over six steps", TRAIT_CLEAN, LSTM_GATES, UNITS)
RECURRENT(gru, "GRU over six steps", TRAIT_CLEAN, GRU_GATES, UNITS)
RECURRENT(rnn, "plain tanh recurrence over six steps", TRAIT_CLEAN, 1, RNN_UNITS)

const gallery_objective gallery_lstm_single = {
    .name = "lstm_single", .what = "LSTM over six steps in single precision", .n = lstm_size + HEAD,
    .traits = TRAIT_SINGLE, .n_matrices = 1, .matrix = {{0, UNITS, CELL_IN}}, .point = lstm_point, .loss = lstm_loss};

/* ---- embeddings: few rows of a table are met, the others' gradient is 0 ---- */

enum { WORDS = 30, WIDTH = 4, TABLE = WORDS * WIDTH, WORD_CLASSES = 3, EMBEDDING = TABLE + WORD_CLASSES * (WIDTH + 1) };

static void embedding_point(gallery_rng *r, double *x) {
  x = g_point_normal(r, TABLE, 0.7, x);
  g_point_xavier(r, WIDTH, WORD_CLASSES, x);
}

/* The class of a bag of three words out of seven, some of which occur more than once: tanh of their mean. */
static var embedding_loss(tape *t, var x, uint64_t data_seed) {
  enum { BAGS = 4, BAG = 3, VOCABULARY = 7 };
  gallery_rng r = g_data_rng(data_seed);
  var terms[BAGS], v[WIDTH], z[WORD_CLASSES], words[BAG];
  const size_t first = g_data_below(&r, WORDS - VOCABULARY);
  for (size_t s = 0; s < BAGS; s++) {
    tape_sample(t, s + 1 == BAGS);
    for (size_t k = 0; k < BAG; k++) words[k] = x + (var)((first + g_data_below(&r, VOCABULARY)) * WIDTH);
    for (size_t i = 0; i < WIDTH; i++, words[0]++, words[1]++, words[2]++)
      v[i] = tape_tanh(t, tape_mulc(t, tape_sum(t, BAG, words), 1.0 / BAG));
    g_dense(t, WIDTH, WORD_CLASSES, x + TABLE, x + TABLE + WORD_CLASSES * WIDTH, BAGS, v, z);
    terms[s] = g_cross_entropy(t, WORD_CLASSES, z, g_data_below(&r, WORD_CLASSES));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, BAGS, terms), 1.0 / BAGS);
}

const gallery_objective gallery_embedding = {
    .name = "embedding", .what = "mean of embedded words: most rows without a gradient", .n = EMBEDDING,
    .traits = TRAIT_CLEAN, .n_matrices = 2, .matrix = {{TABLE, WORD_CLASSES, WIDTH}, {0, WORDS, WIDTH}},
    .point = embedding_point, .loss = embedding_loss};

/* Logistic regression on hashed features: each sample has three of 150. */
enum { HASHED = 150 };

static void sparse_point(gallery_rng *r, double *x) { g_point_normal(r, HASHED + 1, 0.5, x); }

static var sparse_loss(tape *t, var x, uint64_t data_seed) {
  enum { SAMPLES = 12, ACTIVE = 3 };
  gallery_rng r = g_data_rng(data_seed);
  var terms[SAMPLES], at[ACTIVE];
  double value[ACTIVE];
  for (size_t s = 0; s < SAMPLES; s++) {
    tape_sample(t, s + 1 == SAMPLES);
    for (size_t k = 0; k < ACTIVE; k++) at[k] = x + (var)g_data_below(&r, HASHED);
    g_data_normal(&r, ACTIVE, value);
    var z = tape_add(t, tape_dotc(t, ACTIVE, at, value), tape_bias(t, x + HASHED, SAMPLES));
    terms[s] = tape_softplus(t, tape_mulc(t, z, s % 2 ? 1 : -1));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, SAMPLES, terms), 1.0 / SAMPLES);
}

const gallery_objective gallery_sparse = {
    .name = "sparse", .what = "logistic regression on hashed features: a sparse gradient", .n = HASHED + 1,
    .traits = TRAIT_CLEAN, .point = sparse_point, .loss = sparse_loss};
