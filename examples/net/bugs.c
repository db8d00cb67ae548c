#include "net/bugs.h"

#include <string.h>

static const char *const names[NET_BUG_COUNT] = {"none", "conv-flip", "bias-mean", "dense-transposed",
                                                 "batchnorm-variance"};

const char *net_bug_name(net_bug bug) { return (size_t)bug < NET_BUG_COUNT ? names[bug] : NULL; }

net_bug net_bug_find(const char *name) {
  int bug = 0;
  while (bug < NET_BUG_COUNT && strcmp(names[bug], name) != 0) bug++;
  return (net_bug)bug;
}

void conv3x3_backward_flipped(const conv3x3 *l, size_t n, const real *x, const real *dy, real *dx) {
  conv3x3_backward(l, n, x, dy, dx);
  for (size_t kernel = 0; kernel < l->n_out * l->n_in; kernel++)
    for (size_t k = 0; k < 4; k++) {
      real *a = &l->dK[kernel * 9 + k], *b = &l->dK[kernel * 9 + 8 - k], kept = *a;
      *a = *b;
      *b = kept;
    }
}

void dense_backward_bias_mean(const dense *l, size_t n, const real *x, const real *dy, real *dx) {
  dense_backward(l, n, x, dy, dx);
  if (l->b)
    for (size_t o = 0; o < l->n_out; o++) l->db[o] /= (real)n;
}

void dense_backward_transposed(const dense *l, size_t n, const real *x, const real *dy, real *dx) {
  dense_backward(l, n, x, dy, NULL);
  if (!dx) return;
  for (size_t s = 0; s < n; s++)
    for (size_t i = 0; i < l->n_in; i++) {
      real sum = 0;
      for (size_t o = 0; o < l->n_out; o++) sum += dy[s * l->n_out + o] * l->W[o * l->n_in + i];
      dx[s * l->n_in + i] = sum;
    }
}

void batchnorm_backward_constant_variance(const batchnorm *l, size_t n, const real *x, const real *dy, real *dx) {
  batchnorm_backward(l, n, x, dy, dx);
  for (size_t f = 0; f < l->n_features; f++)
    for (size_t i = f; i < n * l->n_features; i += l->n_features)
      dx[i] = l->gamma[f] * l->inverse_std[f] * (dy[i] - l->dbeta[f] / (real)n);
}
