#include "net/activation.h"

#include <tgmath.h>

void relu_forward(clino_trace *trace, const char *site, size_t n, const real *x, real *y) {
  clino_branches(trace, site, n, x);
  for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

void relu_backward(size_t n, const real *x, const real *dy, real *dx) {
  for (size_t i = 0; i < n; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
}

void tanh_forward(size_t n, const real *x, real *y) {
  for (size_t i = 0; i < n; i++) y[i] = tanh(x[i]);
}

void tanh_backward(size_t n, const real *y, const real *dy, real *dx) {
  for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (1 - y[i] * y[i]);
}

/* exp of a number that is not positive: no overflow on either side. */
void sigmoid_forward(size_t n, const real *x, real *y) {
  for (size_t i = 0; i < n; i++) {
    real e = exp(x[i] < 0 ? x[i] : -x[i]);
    y[i] = x[i] < 0 ? e / (1 + e) : 1 / (1 + e);
  }
}

void sigmoid_backward(size_t n, const real *y, const real *dy, real *dx) {
  for (size_t i = 0; i < n; i++) dx[i] = dy[i] * y[i] * (1 - y[i]);
}
