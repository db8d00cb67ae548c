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
