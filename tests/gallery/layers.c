#include "gallery/layers.h"

#include <math.h>

gallery_rng g_data_rng(uint64_t data_seed) { return (gallery_rng){data_seed ^ UINT64_C(0x6A09E667F3BCC908)}; }

void g_data_normal(gallery_rng *r, size_t n, double *out) {
  for (size_t i = 0; i < n; i++) out[i] = gallery_dyadic(gallery_normal(r), DATA_BITS);
}

size_t g_data_below(gallery_rng *r, size_t n) { return (size_t)gallery_uniform(r, 0, (double)n); }

double *g_point_normal(gallery_rng *r, size_t n, double scale, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = gallery_dyadic(scale * gallery_normal(r), WEIGHT_BITS);
  return x + n;
}

double *g_point_uniform(gallery_rng *r, size_t n, double low, double high, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = gallery_dyadic(gallery_uniform(r, low, high), WEIGHT_BITS);
  return x + n;
}

double *g_point_fill(size_t n, double value, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = value;
  return x + n;
}

static double *point_layer(gallery_rng *r, size_t inputs, size_t outputs, double variance, double *x) {
  x = g_point_normal(r, inputs * outputs, sqrt(variance), x);
  return g_point_uniform(r, outputs, -0.2, 0.2, x);
}

double *g_point_xavier(gallery_rng *r, size_t inputs, size_t outputs, double *x) {
  return point_layer(r, inputs, outputs, 2.0 / (double)(inputs + outputs), x);
}

double *g_point_he(gallery_rng *r, size_t inputs, size_t outputs, double *x) {
  return point_layer(r, inputs, outputs, 2.0 / (double)inputs, x);
}

const var *g_nodes(var first, size_t n, var *out) {
  for (size_t i = 0; i < n; i++) out[i] = first + (var)i;
  return out;
}

double g_largest(const tape *t, size_t n, const var *v) {
  double m = tape_value(t, v[0]);
  for (size_t i = 1; i < n; i++)
    if (tape_value(t, v[i]) > m) m = tape_value(t, v[i]);
  return m;
}

var g_sum_square(tape *t, size_t n, const var *v) { return tape_dot(t, n, v, v); }

var g_mean_square(tape *t, size_t n, const var *v) { return tape_mulc(t, g_sum_square(t, n, v), 1.0 / (double)n); }

var g_sum_square_range(tape *t, size_t n, var first) {
  var v[MOST];
  return g_sum_square(t, n, g_nodes(first, n, v));
}

var g_l2_penalty(tape *t, size_t n, var first, double c) {
  return tape_regularizer(t, tape_mulc(t, g_sum_square_range(t, n, first), c / 2));
}

static var plus_bias(tape *t, var sum, var b, size_t o, size_t batch) {
  return b == NO_BIAS ? sum : tape_add(t, sum, tape_bias(t, b + (var)o, batch));
}

void g_dense(tape *t, size_t inputs, size_t outputs, var w, var b, size_t batch, const var *in, var *out) {
  var row[MOST];
  for (size_t o = 0; o < outputs; o++)
    out[o] = plus_bias(t, tape_dot(t, inputs, g_nodes(w + (var)(o * inputs), inputs, row), in), b, o, batch);
}

void g_dense_data(tape *t, size_t inputs, size_t outputs, var w, var b, size_t batch, const double *in, var *out) {
  var row[MOST];
  for (size_t o = 0; o < outputs; o++)
    out[o] = plus_bias(t, tape_dotc(t, inputs, g_nodes(w + (var)(o * inputs), inputs, row), in), b, o, batch);
}

var g_activate(tape *t, activation kind, var a) {
  switch (kind) {
    case ACT_TANH: return tape_tanh(t, a);
    case ACT_SIGMOID: return tape_sigmoid(t, a);
    case ACT_RELU: return tape_relu(t, a);
    case ACT_LEAKY: return tape_leaky(t, a, 0.01);
    case ACT_GELU: return tape_gelu(t, a);
    case ACT_SILU: return tape_silu(t, a);
  }
  return a;
}

void g_activate_all(tape *t, activation kind, size_t n, var *v) {
  for (size_t i = 0; i < n; i++) v[i] = g_activate(t, kind, v[i]);
}

void g_conv(tape *t, size_t side, size_t k, size_t n_filters, var w, var b, size_t batch, const double *image,
            var *out) {
  size_t to = side - k + 1;
  var filter[MOST];
  double patch[MOST];
  for (size_t f = 0; f < n_filters; f++) {
    g_nodes(w + (var)(f * k * k), k * k, filter);
    for (size_t at = 0; at < to * to; at++) {
      for (size_t i = 0; i < k * k; i++) patch[i] = image[(at / to + i / k) * side + at % to + i % k];
      out[f * to * to + at] = plus_bias(t, tape_dotc(t, k * k, filter, patch), b, f, batch * to * to);
    }
  }
}

static const var *pool_of(size_t side, size_t map, size_t at, const var *in, var four[4]) {
  size_t to = side / 2;
  const var *corner = in + map * side * side + (at / to) * 2 * side + (at % to) * 2;
  four[0] = corner[0];
  four[1] = corner[1];
  four[2] = corner[side];
  four[3] = corner[side + 1];
  return four;
}

void g_pool_max(tape *t, size_t n_maps, size_t side, const var *in, var *out) {
  size_t each = side / 2 * (side / 2);
  var p[4];
  for (size_t i = 0; i < n_maps * each; i++) {
    pool_of(side, i / each, i % each, in, p);
    out[i] = tape_max(t, tape_max(t, p[0], p[1]), tape_max(t, p[2], p[3]));
  }
}

void g_pool_mean(tape *t, size_t n_maps, size_t side, const var *in, var *out) {
  size_t each = side / 2 * (side / 2);
  var p[4];
  for (size_t i = 0; i < n_maps * each; i++)
    out[i] = tape_mulc(t, tape_sum(t, 4, pool_of(side, i / each, i % each, in, p)), 0.25);
}

void g_standardize(tape *t, size_t n, size_t stride, double epsilon, var *v) {
  var d[MOST] = {0};
  for (size_t i = 0; i < n; i++) d[i] = v[i * stride];
  var mean = tape_statistic(t, tape_mulc(t, tape_sum(t, n, d), 1.0 / (double)n));
  for (size_t i = 0; i < n; i++) d[i] = tape_sub(t, d[i], mean);
  var variance = tape_statistic(t, g_mean_square(t, n, d));
  var deviation = tape_sqrt(t, tape_addc(t, variance, epsilon));
  for (size_t i = 0; i < n; i++) v[i * stride] = tape_div(t, d[i], deviation);
}

void g_rms_normalize(tape *t, size_t n, double epsilon, var *v) {
  var rms = tape_sqrt(t, tape_addc(t, tape_statistic(t, g_mean_square(t, n, v)), epsilon));
  for (size_t i = 0; i < n; i++) v[i] = tape_div(t, v[i], rms);
}

void g_attend(tape *t, size_t tokens, size_t d, size_t stride, const var *q, const var *k, const var *v, var *out) {
  var weights[MOST], terms[MOST];
  for (size_t i = 0; i < tokens; i++) {
    for (size_t j = 0; j < tokens; j++)
      weights[j] = tape_mulc(t, tape_dot(t, d, q + i * stride, k + j * stride), 1 / sqrt((double)d));
    g_softmax(t, tokens, weights, weights);
    for (size_t c = 0; c < d; c++) {
      for (size_t j = 0; j < tokens; j++) terms[j] = v[j * stride + c];
      out[i * stride + c] = tape_dot(t, tokens, weights, terms);
    }
  }
}

/* The shift by the largest value is taken for a constant: it cancels from value and derivative, and a maximum on the
 * tape would be a kink that the function does not have. */
static var shifted_exp(tape *t, size_t n, const var *z, double shift, var *out) {
  for (size_t i = 0; i < n; i++) out[i] = tape_exp(t, tape_addc(t, z[i], -shift));
  return tape_sum(t, n, out);
}

var g_log_sum_exp(tape *t, size_t n, const var *z) {
  double shift = g_largest(t, n, z);
  var e[MOST];
  return tape_addc(t, tape_log(t, shifted_exp(t, n, z, shift, e)), shift);
}

void g_softmax(tape *t, size_t n, const var *z, var *out) {
  var sum = shifted_exp(t, n, z, g_largest(t, n, z), out);
  for (size_t i = 0; i < n; i++) out[i] = tape_div(t, out[i], sum);
}

var g_cross_entropy(tape *t, size_t n, const var *z, size_t label) {
  return tape_sub(t, g_log_sum_exp(t, n, z), z[label]);
}
