#include "support/mlp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/rng.h"

mlp_config mlp_million(void) {
  return (mlp_config){{500, 966, 512, 40, 10}, false, false, 1, 0};
}

mlp_config mlp_small(void) {
  return (mlp_config){{60, 90, 50, 20, 10}, false, false, 1, 0};
}

/* ---- memory ---- */

static size_t width(const mlp *net, size_t l) { return net->config.widths[l]; }
static size_t weights(const mlp *net, size_t l) { return width(net, l) * width(net, l + 1); }

/* Hands out the block; counts only, where there is none yet. */
static double *take(double *memory, size_t *used, size_t n) {
  double *p = memory ? memory + *used : NULL;
  *used += n;
  return p;
}

static size_t lay_out(mlp *net) {
  size_t used = 0;
  net->a[0] = take(net->memory, &used, MLP_BATCH * width(net, 0));
  for (size_t l = 0; l < MLP_LAYERS; l++) {
    size_t out = width(net, l + 1);
    net->W[l] = take(net->memory, &used, weights(net, l));
    net->b[l] = take(net->memory, &used, out);
    net->dW[l] = take(net->memory, &used, weights(net, l));
    net->db[l] = take(net->memory, &used, out);
    net->z[l] = take(net->memory, &used, MLP_BATCH * out);
    net->dz[l] = take(net->memory, &used, MLP_BATCH * out);
    net->a[l + 1] = take(net->memory, &used, MLP_BATCH * out);
  }
  return used;
}

static void name_tensors(mlp *net) {
  net->n_parameters = 0;
  for (size_t l = 0; l < MLP_LAYERS; l++) {
    size_t in = width(net, l), out = width(net, l + 1);
    snprintf(net->names[2 * l], sizeof net->names[0], "W%d", (int)l + 1);
    snprintf(net->names[2 * l + 1], sizeof net->names[0], "b%d", (int)l + 1);
    net->tensors[2 * l] = CLINO_TENSOR_F64(net->names[2 * l], net->W[l], net->dW[l], in, out);
    net->tensors[2 * l + 1] = CLINO_TENSOR_F64(net->names[2 * l + 1], net->b[l], net->db[l], out);
    net->n_parameters += in * out + out;
  }
}

mlp *mlp_new(mlp_config config, uint64_t seed) {
  mlp *net = calloc(1, sizeof *net);
  if (!net) return NULL;
  net->config = config;
  net->memory = calloc(lay_out(net), sizeof(double));
  if (!net->memory) {
    free(net);
    return NULL;
  }
  lay_out(net);
  name_tensors(net);
  mlp_seed(net, seed);
  return net;
}

void mlp_free(mlp *net) {
  if (net) free(net->memory);
  free(net);
}

/* ---- parameters and faults ---- */

void mlp_seed(mlp *net, uint64_t seed) {
  rng random = {seed};
  rng_fill(&random, 1, MLP_BATCH * width(net, 0), net->a[0]);
  for (size_t l = 0; l < MLP_LAYERS; l++) {
    rng_fill(&random, sqrt(3 * (net->config.relu ? 2 : 1) / (double)width(net, l)), weights(net, l), net->W[l]);
    rng_fill(&random, 0.1, width(net, l + 1), net->b[l]);
  }
  for (size_t k = 0; k < MLP_BATCH; k++) net->label[k] = (int)rng_below(&random, width(net, MLP_LAYERS));
  net->n_wrong = 0;
  net->scaled_tensor = MLP_TENSORS;
}

static size_t count_of(const mlp *net, size_t tensor) {
  return tensor % 2 ? width(net, tensor / 2 + 1) : weights(net, tensor / 2);
}

void mlp_plant(mlp *net, uint64_t seed, size_t n, double by) {
  rng random = {seed ^ UINT64_C(0xB0B5)};
  net->wrong_by = by;
  net->n_wrong = 0;
  while (net->n_wrong < n && n <= MLP_WRONG) {
    size_t at = rng_below(&random, net->n_parameters), tensor = 0;
    for (; at >= count_of(net, tensor); tensor++) at -= count_of(net, tensor);
    bool again = false;
    for (size_t i = 0; i < net->n_wrong; i++) again |= net->wrong_tensor[i] == tensor && net->wrong_entry[i] == at;
    if (again) continue;
    net->wrong_tensor[net->n_wrong] = tensor;
    net->wrong_entry[net->n_wrong++] = at;
  }
}

/* ---- forward ---- */

/* z += x W for both samples: four rows of W at a time, so that z is loaded and stored less often. */
static void products(size_t n_in, size_t n_out, const double *W, const double *x, double *z) {
  double *z0 = z, *z1 = z + n_out;
  const double *x0 = x, *x1 = x + n_in;
  size_t i = 0;
  for (; i + 4 <= n_in; i += 4) {
    const double *w0 = W + i * n_out, *w1 = w0 + n_out, *w2 = w1 + n_out, *w3 = w2 + n_out;
    for (size_t o = 0; o < n_out; o++) {
      z0[o] += (x0[i] * w0[o] + x0[i + 1] * w1[o]) + (x0[i + 2] * w2[o] + x0[i + 3] * w3[o]);
      z1[o] += (x1[i] * w0[o] + x1[i + 1] * w1[o]) + (x1[i + 2] * w2[o] + x1[i + 3] * w3[o]);
    }
  }
  for (; i < n_in; i++)
    for (size_t o = 0; o < n_out; o++) z0[o] += x0[i] * W[i * n_out + o], z1[o] += x1[i] * W[i * n_out + o];
}

static void forward(mlp *net) {
  for (size_t l = 0; l < MLP_LAYERS; l++) {
    size_t in = width(net, l), out = width(net, l + 1);
    for (size_t k = 0; k < MLP_BATCH; k++) memcpy(net->z[l] + k * out, net->b[l], out * sizeof(double));
    products(in, out, net->W[l], net->a[l], net->z[l]);
    for (size_t i = 0; i < MLP_BATCH * out; i++)
      net->a[l + 1][i] = net->config.relu ? (net->z[l][i] > 0 ? net->z[l][i] : 0) : tanh(net->z[l][i]);
  }
}

/* -log softmax(z)[label]; dz, where not NULL: its gradient. */
static double cross_entropy(size_t n, const double *z, int label, double *dz) {
  double top = z[0], sum = 0;
  for (size_t i = 1; i < n; i++) top = fmax(top, z[i]);
  for (size_t i = 0; i < n; i++) sum += exp(z[i] - top);
  for (size_t i = 0; dz && i < n; i++) dz[i] = exp(z[i] - top) / sum - (i == (size_t)label ? 1 : 0);
  return log(sum) - (z[label] - top);
}

int mlp_loss(double *loss, void *ctx) {
  mlp *net = ctx;
  size_t n = width(net, MLP_LAYERS);
  double sum = 0;
  net->calls++;
  forward(net);
  for (size_t k = 0; k < MLP_BATCH; k++)
    sum += cross_entropy(n, net->z[MLP_LAYERS - 1] + k * n, net->label[k], NULL) / MLP_BATCH;
  *loss = sum * net->config.loss_factor + net->config.loss_offset;
  if (net->config.single) *loss = (double)(float)*loss;
  return 0;
}

/* ---- backward ---- */

/* dW = x dz (both samples), and da = W dz. */
static void layer_backward(mlp *net, size_t l) {
  size_t in = width(net, l), out = width(net, l + 1);
  const double *d0 = net->dz[l], *d1 = d0 + out, *x0 = net->a[l], *x1 = x0 + in;
  for (size_t o = 0; o < out; o++) net->db[l][o] = d0[o] + d1[o];
  for (size_t i = 0; i < in; i++) {
    double *dw = net->dW[l] + i * out;
    for (size_t o = 0; o < out; o++) dw[o] = x0[i] * d0[o] + x1[i] * d1[o];
  }
  for (size_t i = 0; l && i < in; i++) {
    const double *w = net->W[l] + i * out;
    double s0 = 0, s1 = 0;
    for (size_t o = 0; o < out; o++) s0 += w[o] * d0[o], s1 += w[o] * d1[o];
    bool relu = net->config.relu;
    net->dz[l - 1][i] = s0 * (relu ? net->z[l - 1][i] > 0 : 1 - x0[i] * x0[i]);
    net->dz[l - 1][in + i] = s1 * (relu ? net->z[l - 1][in + i] > 0 : 1 - x1[i] * x1[i]);
  }
}

static double *gradient_of(const mlp *net, size_t tensor) {
  return tensor % 2 ? net->db[tensor / 2] : net->dW[tensor / 2];
}

static double rms(const double *v, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += v[i] * v[i];
  return sqrt(sum / (double)n);
}

static void spoil(mlp *net) {
  double size[MLP_TENSORS];
  for (size_t t = 0; net->n_wrong && t < MLP_TENSORS; t++) size[t] = rms(gradient_of(net, t), count_of(net, t));
  for (size_t i = 0; i < net->n_wrong; i++)
    gradient_of(net, net->wrong_tensor[i])[net->wrong_entry[i]] += net->wrong_by * size[net->wrong_tensor[i]];
  size_t t = net->scaled_tensor;
  if (t >= MLP_TENSORS) return;
  size_t columns = width(net, t / 2 + 1), n = count_of(net, t);
  for (size_t i = 0; i < n; i++)
    if ((!net->scaled_row || i / columns == net->scaled_at) && (!net->scaled_column || i % columns == net->scaled_at))
      gradient_of(net, t)[i] *= net->scaled_by;
}

int mlp_backward(void *ctx) {
  mlp *net = ctx;
  size_t n = width(net, MLP_LAYERS);
  net->calls++;
  for (size_t k = 0; k < MLP_BATCH; k++) {
    double *dz = net->dz[MLP_LAYERS - 1] + k * n, *z = net->z[MLP_LAYERS - 1] + k * n;
    cross_entropy(n, z, net->label[k], dz);
    for (size_t i = 0; i < n; i++) dz[i] *= net->config.loss_factor / MLP_BATCH;
  }
  for (size_t l = MLP_LAYERS; l-- > 0;) layer_backward(net, l);
  spoil(net);
  return 0;
}

clino_model mlp_model(mlp *net) { return (clino_model){MLP_TENSORS, net->tensors, mlp_loss, mlp_backward, net}; }
