#include "net/dropout.h"

void dropout_forward(const dropout *l, rng *g, size_t n, const real *x, real *y) {
  for (size_t i = 0; i < n; i++) {
    l->mask[i] = rng_uniform(g) < (double)l->rate ? 0 : 1 / (1 - l->rate);
    y[i] = x[i] * l->mask[i];
  }
}

void dropout_backward(const dropout *l, size_t n, const real *dy, real *dx) {
  for (size_t i = 0; i < n; i++) dx[i] = dy[i] * l->mask[i];
}
