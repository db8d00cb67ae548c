#include "support/refnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/digits.h"

/* ---- data ---- */

int refnet_data_read(const char *path, refnet_data *data) {
  digits d;
  memset(data, 0, sizeof *data);
  if (digits_read(path, &d)) return -1;
  size_t n = d.n * DIGITS_PIXELS;
  data->n = d.n;
  data->pixels = malloc(n * sizeof *data->pixels);
  data->label = malloc(d.n * sizeof *data->label);
  bool ok = data->pixels && data->label;
  for (size_t i = 0; ok && i < n; i++) data->pixels[i] = (float)d.pixels[i];
  if (ok) memcpy(data->label, d.label, d.n * sizeof *data->label);
  digits_free(&d);
  if (!ok) refnet_data_free(data);
  return ok ? 0 : -1;
}

void refnet_data_free(refnet_data *data) {
  free(data->pixels);
  free(data->label);
  memset(data, 0, sizeof *data);
}

/* ---- setting up ---- */

/* Hands out n floats of a block, or only counts them while there is none. */
static float *take(float *base, size_t *used, size_t n) {
  float *at = base ? base + *used : NULL;
  *used += (n + 15) / 16 * 16; /* a cache line each */
  return at;
}

static void lay_out_parameters(refnet *net, float *values, float *gradients) {
  size_t used = 0;
  for (refnet_layer *l = net->layers; l < net->layers + REFNET_LAYERS; l++) {
    size_t n_w = l->n_in * l->n_out;
    l->W = values + used, l->dW = gradients + used;
    l->b = l->W + n_w, l->db = l->dW + n_w;
    used += n_w + l->n_out;
  }
}

static size_t lay_out(refnet *net, float *base) {
  size_t used = 0;
  net->parameters = take(base, &used, net->n_parameters);
  net->gradients = take(base, &used, net->n_parameters);
  for (size_t i = 0; i < REFNET_LAYERS; i++) {
    refnet_layer *l = &net->layers[i];
    size_t n = REFNET_BATCH * l->size;
    l->z = take(base, &used, n);
    l->dz = take(base, &used, n);
    if (i + 1 == REFNET_LAYERS) continue;
    l->a = take(base, &used, n);
    l->da = take(base, &used, n);
  }
  net->patches = take(base, &used, REFNET_BATCH * REFNET_PIXELS * 9);
  net->transposed = take(base, &used, REFNET_FEATURES * REFNET_HIDDEN);
  return used;
}

static refnet *allocate(const refnet_data *data) {
  refnet *net = calloc(1, sizeof *net);
  if (!net) return NULL;
  net->data = data;
  net->batch = data->n < REFNET_BATCH ? data->n : REFNET_BATCH;
  net->layers[0] = (refnet_layer){.name = "conv", .n_in = 9, .n_out = REFNET_CHANNELS, .size = REFNET_FEATURES};
  net->layers[1] =
      (refnet_layer){.name = "hidden", .n_in = REFNET_FEATURES, .n_out = REFNET_HIDDEN, .size = REFNET_HIDDEN};
  net->layers[2] =
      (refnet_layer){.name = "output", .n_in = REFNET_HIDDEN, .n_out = REFNET_CLASSES, .size = REFNET_CLASSES};
  for (size_t i = 0; i < REFNET_LAYERS; i++) net->n_parameters += (net->layers[i].n_in + 1) * net->layers[i].n_out;
  net->memory = calloc(lay_out(net, NULL), sizeof *net->memory);
  if (!net->memory) {
    refnet_free(net);
    return NULL;
  }
  lay_out(net, net->memory);
  lay_out_parameters(net, net->parameters, net->gradients);
  static const char *const names[REFNET_TENSORS] = {"conv.K",   "conv.b",   "hidden.W",
                                                    "hidden.b", "output.W", "output.b"};
  for (size_t i = 0; i < REFNET_LAYERS; i++) {
    refnet_layer *l = &net->layers[i];
    net->tensors[2 * i] = CLINO_TENSOR_F32(names[2 * i], l->W, l->dW, l->n_in, l->n_out);
    net->tensors[2 * i + 1] = CLINO_TENSOR_F32(names[2 * i + 1], l->b, l->db, l->n_out);
  }
  return net;
}

/* Uniform with variance 2 / fan-in before a relu (K. He et al., 2015), ten times smaller before the scores. Biases of
 * the convolution are not 0: over blank pixels a relu would sit on its kink. */
refnet *refnet_new(const refnet_data *data, uint64_t seed) {
  refnet *net = allocate(data);
  if (!net) return NULL;
  rng g = {seed};
  for (size_t i = 0; i < REFNET_LAYERS; i++) {
    refnet_layer *l = &net->layers[i];
    double bound = sqrt(6 / (double)l->n_in) * (i + 1 == REFNET_LAYERS ? 0.1 : 1);
    for (size_t k = 0; k < l->n_in * l->n_out; k++) l->W[k] = (float)(bound * (2 * rng_uniform(&g) - 1));
    for (size_t k = 0; i == 0 && k < l->n_out; k++) l->b[k] = (float)(0.2 * rng_uniform(&g) - 0.1);
  }
  return net;
}

void refnet_free(refnet *net) {
  if (!net) return;
  free(net->memory);
  free(net);
}

refnet *refnet_clone(const refnet *net) {
  refnet *copy = allocate(net->data);
  if (!copy) return NULL;
  copy->first = net->first;
  copy->batch = net->batch;
  copy->reporting = net->reporting;
  memcpy(copy->parameters, net->parameters, net->n_parameters * sizeof *net->parameters);
  return copy;
}

void refnet_next(refnet *net) {
  net->first += net->batch;
  if (net->first + net->batch > net->data->n) net->first = 0;
}

/* ---- the matrix product that does all the work ---- */

/* Rows y and y + n of C += A B for four terms of the sum: the loop over columns vectorizes, what it loads of B serves
 * two rows, and what it loads and stores of C four terms. */
static void add_terms(size_t n, const float *restrict a0, const float *restrict a1, size_t step,
                      const float *restrict B, float *restrict y0, float *restrict y1) {
  const float p0 = a0[0], p1 = a0[step], p2 = a0[2 * step], p3 = a0[3 * step];
  const float q0 = a1[0], q1 = a1[step], q2 = a1[2 * step], q3 = a1[3 * step];
  for (size_t c = 0; c < n; c++) {
    const float b0 = B[c], b1 = B[n + c], b2 = B[2 * n + c], b3 = B[3 * n + c];
    y0[c] += (p0 * b0 + p1 * b1) + (p2 * b2 + p3 * b3);
    y1[c] += (q0 * b0 + q1 * b1) + (q2 * b2 + q3 * b3);
  }
}

static void add_term(size_t n, float a, const float *restrict B, float *restrict y) {
  for (size_t c = 0; c < n; c++) y[c] += a * B[c];
}

/* C += A B for C of m x n and B of k x n, both packed; A[r][i] stands at A[r * row + i * step]. */
static void add_product(size_t m, size_t k, size_t n, const float *A, size_t row, size_t step, const float *B,
                        float *C) {
  size_t four = k / 4 * 4, pairs = m / 2 * 2;
  for (size_t r = 0; r < pairs; r += 2)
    for (size_t i = 0; i < four; i += 4)
      add_terms(n, A + r * row + i * step, A + (r + 1) * row + i * step, step, B + i * n, C + r * n, C + (r + 1) * n);
  for (size_t r = 0; r < m; r++)
    for (size_t i = r < pairs ? four : 0; i < k; i++) add_term(n, A[r * row + i * step], B + i * n, C + r * n);
}

/* ---- forward ---- */

/* The 3 x 3 surroundings of each pixel, 0 beyond the edge. */
static void gather_patches(size_t n, const float *pixels, float *patches) {
  enum { PADDED = REFNET_SIDE + 2 };
  float image[PADDED * PADDED] = {0};
  for (size_t s = 0; s < n; s++, pixels += REFNET_PIXELS) {
    for (size_t r = 0; r < REFNET_SIDE; r++)
      memcpy(image + (r + 1) * PADDED + 1, pixels + r * REFNET_SIDE, REFNET_SIDE * sizeof *image);
    for (size_t r = 0; r < REFNET_SIDE; r++)
      for (size_t c = 0; c < REFNET_SIDE; c++, patches += 9)
        for (size_t u = 0; u < 3; u++)
          for (size_t v = 0; v < 3; v++) patches[3 * u + v] = image[(r + u) * PADDED + c + v];
  }
}

/* z = x W + b for a layer over rows of x. */
static void multiply(const refnet_layer *l, size_t rows, const float *x) {
  for (size_t r = 0; r < rows; r++) memcpy(l->z + r * l->n_out, l->b, l->n_out * sizeof *l->z);
  add_product(rows, l->n_in, l->n_out, x, l->n_in, 1, l->W, l->z);
}

static void relu(size_t n, const float *restrict z, float *restrict a) {
  for (size_t i = 0; i < n; i++) a[i] = z[i] > 0 ? z[i] : 0;
}

static void relu_each(clino_trace *trace, const char *site, size_t n, const float *z, float *a) {
  for (size_t i = 0; i < n; i++) a[i] = clino_branch(trace, site, i, (double)z[i]) ? z[i] : 0;
}

static void activate(const refnet *net, const refnet_layer *l) {
  size_t n = net->batch * l->size;
  if (net->reporting == REFNET_EACH) {
    relu_each(net->trace, l->name, n, l->z, l->a);
    return;
  }
  if (net->reporting == REFNET_BULK) clino_branches(net->trace, l->name, n, l->z);
  relu(n, l->z, l->a);
}

/* log sum_c exp(score[c]); the largest score is taken out, so that no exp overflows. */
static double log_sum_exp(const float *score) {
  double largest = (double)score[0], sum = 0;
  for (size_t c = 1; c < REFNET_CLASSES; c++) largest = fmax(largest, (double)score[c]);
  for (size_t c = 0; c < REFNET_CLASSES; c++) sum += exp((double)score[c] - largest);
  return largest + log(sum);
}

int refnet_loss(double *loss, void *ctx) {
  refnet *net = ctx;
  refnet_layer *conv = &net->layers[0], *hidden = &net->layers[1], *output = &net->layers[2];
  gather_patches(net->batch, net->data->pixels + net->first * REFNET_PIXELS, net->patches);
  multiply(conv, net->batch * REFNET_PIXELS, net->patches);
  activate(net, conv);
  multiply(hidden, net->batch, conv->a);
  activate(net, hidden);
  multiply(output, net->batch, hidden->a);
  *loss = 0;
  for (size_t s = 0; s < net->batch; s++) {
    const float *score = output->z + s * REFNET_CLASSES;
    *loss += log_sum_exp(score) - (double)score[net->data->label[net->first + s]];
  }
  *loss /= (double)net->batch;
  return 0;
}

/* ---- backward ---- */

/* dW = x^T dz, db = the sum of the rows of dz. */
static void parameters_backward(const refnet_layer *l, size_t rows, const float *x) {
  memset(l->dW, 0, l->n_in * l->n_out * sizeof *l->dW);
  memset(l->db, 0, l->n_out * sizeof *l->db);
  add_product(l->n_in, rows, l->n_out, x, 1, l->n_in, l->dz, l->dW);
  for (size_t r = 0; r < rows; r++) add_term(l->n_out, 1, l->dz + r * l->n_out, l->db);
}

/* dx = dz W^T */
static void input_backward(const refnet_layer *l, size_t rows, float *transposed, float *dx) {
  for (size_t i = 0; i < l->n_in; i++)
    for (size_t o = 0; o < l->n_out; o++) transposed[o * l->n_in + i] = l->W[i * l->n_out + o];
  memset(dx, 0, rows * l->n_in * sizeof *dx);
  add_product(rows, l->n_out, l->n_in, l->dz, l->n_out, 1, transposed, dx);
}

static void relu_backward(size_t n, const float *restrict z, const float *restrict da, float *restrict dz) {
  for (size_t i = 0; i < n; i++) dz[i] = z[i] > 0 ? da[i] : 0;
}

static void scores_backward(const refnet *net, const refnet_layer *output) {
  for (size_t s = 0; s < net->batch; s++) {
    const float *score = output->z + s * REFNET_CLASSES;
    float *dscore = output->dz + s * REFNET_CLASSES;
    double log_sum = log_sum_exp(score);
    for (int c = 0; c < REFNET_CLASSES; c++) {
      double target = c == net->data->label[net->first + s];
      dscore[c] = (float)((exp((double)score[c] - log_sum) - target) / (double)net->batch);
    }
  }
}

int refnet_backward(void *ctx) {
  refnet *net = ctx;
  refnet_layer *conv = &net->layers[0], *hidden = &net->layers[1], *output = &net->layers[2];
  scores_backward(net, output);
  parameters_backward(output, net->batch, hidden->a);
  input_backward(output, net->batch, net->transposed, hidden->da);
  relu_backward(net->batch * hidden->size, hidden->z, hidden->da, hidden->dz);
  parameters_backward(hidden, net->batch, conv->a);
  input_backward(hidden, net->batch, net->transposed, conv->da);
  relu_backward(net->batch * conv->size, conv->z, conv->da, conv->dz);
  parameters_backward(conv, net->batch * REFNET_PIXELS, net->patches);
  return 0;
}

void refnet_step(refnet *net, float rate) {
  for (size_t i = 0; i < net->n_parameters; i++) net->parameters[i] -= rate * net->gradients[i];
}

/* ---- for the gradient check ---- */

static clino_trace *trace_of(void *ctx) { return ((refnet *)ctx)->trace; }

clino_model refnet_model(refnet *net) {
  return (clino_model){REFNET_TENSORS, net->tensors, refnet_loss, refnet_backward, net};
}

static void release(void *copy) {
  refnet *net = copy;
  clino_trace_free(net->trace);
  refnet_free(net);
}

static int clone(void *ctx, void **copy, clino_tensor *tensors) {
  const refnet *net = ctx;
  refnet *own = refnet_clone(net);
  if (!own) return -1;
  if (net->trace && clino_trace_new(&own->trace, NULL)) {
    refnet_free(own);
    return -1;
  }
  memcpy(tensors, own->tensors, sizeof own->tensors);
  *copy = own;
  return 0;
}

clino_context_ops refnet_context(void) {
  clino_context_ops hooks = {0};
  hooks.trace = trace_of;
  hooks.clone = clone;
  hooks.release = release;
  return hooks;
}
