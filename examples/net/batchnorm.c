#include "net/batchnorm.h"

#include <tgmath.h>

static void batch_statistics(const batchnorm *l, size_t n, const real *x, size_t f) {
  real sum = 0, squares = 0;
  for (size_t s = 0; s < n; s++) sum += x[s * l->n_features + f];
  real mean = sum / (real)n;
  for (size_t s = 0; s < n; s++) {
    real d = x[s * l->n_features + f] - mean;
    squares += d * d;
  }
  l->mean[f] = mean;
  l->inverse_std[f] = 1 / sqrt(squares / (real)n + BATCHNORM_EPSILON);
}

static void scale_and_shift(const batchnorm *l, size_t f, real mean, real inverse_std, size_t n, const real *x,
                            real *y) {
  for (size_t i = f; i < n * l->n_features; i += l->n_features)
    y[i] = l->gamma[f] * (x[i] - mean) * inverse_std + l->beta[f];
}

void batchnorm_forward(const batchnorm *l, size_t n, const real *x, real *y) {
  for (size_t f = 0; f < l->n_features; f++) {
    batch_statistics(l, n, x, f);
    scale_and_shift(l, f, l->mean[f], l->inverse_std[f], n, x, y);
  }
}

void batchnorm_backward(const batchnorm *l, size_t n, const real *x, const real *dy, real *dx) {
  for (size_t f = 0; f < l->n_features; f++) {
    real sum_dy = 0, sum_dy_u = 0;
    for (size_t i = f; i < n * l->n_features; i += l->n_features) {
      sum_dy += dy[i];
      sum_dy_u += dy[i] * (x[i] - l->mean[f]) * l->inverse_std[f];
    }
    l->dbeta[f] = sum_dy;
    l->dgamma[f] = sum_dy_u;
    for (size_t i = f; i < n * l->n_features; i += l->n_features) {
      real u = (x[i] - l->mean[f]) * l->inverse_std[f];
      dx[i] = l->gamma[f] * l->inverse_std[f] * (dy[i] - (sum_dy + u * sum_dy_u) / (real)n);
    }
  }
}

void batchnorm_track(const batchnorm *l, real rate) {
  for (size_t f = 0; f < l->n_features; f++) {
    real variance = 1 / (l->inverse_std[f] * l->inverse_std[f]) - BATCHNORM_EPSILON;
    l->running_mean[f] += rate * (l->mean[f] - l->running_mean[f]);
    l->running_variance[f] += rate * (variance - l->running_variance[f]);
  }
}

void batchnorm_infer(const batchnorm *l, size_t n, const real *x, real *y) {
  for (size_t f = 0; f < l->n_features; f++)
    scale_and_shift(l, f, l->running_mean[f], 1 / sqrt(l->running_variance[f] + BATCHNORM_EPSILON), n, x, y);
}
