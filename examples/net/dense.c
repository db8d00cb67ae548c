#include "net/dense.h"

#include <string.h>

void dense_forward(const dense *l, size_t n, const real *x, real *y) {
  for (size_t s = 0; s < n; s++, x += l->n_in, y += l->n_out) {
    for (size_t o = 0; o < l->n_out; o++) y[o] = l->b ? l->b[o] : 0;
    for (size_t i = 0; i < l->n_in; i++)
      for (size_t o = 0; o < l->n_out; o++) y[o] += x[i] * l->W[i * l->n_out + o];
  }
}

static void backward_parameters(const dense *l, const real *x, const real *dy) {
  for (size_t i = 0; i < l->n_in; i++)
    for (size_t o = 0; o < l->n_out; o++) l->dW[i * l->n_out + o] += x[i] * dy[o];
  if (l->b)
    for (size_t o = 0; o < l->n_out; o++) l->db[o] += dy[o];
}

static void backward_input(const dense *l, const real *dy, real *dx) {
  for (size_t i = 0; i < l->n_in; i++) {
    dx[i] = 0;
    for (size_t o = 0; o < l->n_out; o++) dx[i] += dy[o] * l->W[i * l->n_out + o];
  }
}

void dense_backward(const dense *l, size_t n, const real *x, const real *dy, real *dx) {
  memset(l->dW, 0, l->n_in * l->n_out * sizeof *l->dW);
  if (l->b) memset(l->db, 0, l->n_out * sizeof *l->db);
  for (size_t s = 0; s < n; s++) {
    backward_parameters(l, x + s * l->n_in, dy + s * l->n_out);
    if (dx) backward_input(l, dy + s * l->n_out, dx + s * l->n_in);
  }
}
