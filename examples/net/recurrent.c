#include "net/recurrent.h"

#include <string.h>
#include <tgmath.h>

/* y[o] += sum_i x[i] W[i][o] */
static void add_product(size_t n_in, size_t n_out, const real *x, const real *W, real *y) {
  for (size_t i = 0; i < n_in; i++)
    for (size_t o = 0; o < n_out; o++) y[o] += x[i] * W[i * n_out + o];
}

/* x[i] = sum_o y[o] W[i][o] */
static void transposed_product(size_t n_in, size_t n_out, const real *y, const real *W, real *x) {
  for (size_t i = 0; i < n_in; i++) {
    x[i] = 0;
    for (size_t o = 0; o < n_out; o++) x[i] += y[o] * W[i * n_out + o];
  }
}

/* dW[i][o] += x[i] y[o] */
static void add_outer(size_t n_in, size_t n_out, const real *x, const real *y, real *dW) {
  for (size_t i = 0; i < n_in; i++)
    for (size_t o = 0; o < n_out; o++) dW[i * n_out + o] += x[i] * y[o];
}

void recurrent_forward(const recurrent *l, size_t n, const real *x, real *h) {
  for (size_t row = 0; row < n * l->n_steps; row++, x += l->n_in, h += l->n_out) {
    for (size_t o = 0; o < l->n_out; o++) h[o] = l->b[o];
    add_product(l->n_in, l->n_out, x, l->U, h);
    if (row % l->n_steps > 0) add_product(l->n_out, l->n_out, h - l->n_out, l->W, h);
    for (size_t o = 0; o < l->n_out; o++) h[o] = tanh(h[o]);
  }
}

/* One sample, from its last step to its first. */
static void backward_sample(const recurrent *l, const real *x, const real *h, const real *dh, real *dx) {
  real *a = l->a, *from_later = l->a + l->n_out;
  memset(from_later, 0, l->n_out * sizeof *from_later);
  for (size_t t = l->n_steps; t-- > 0;) {
    const real *x_t = x + t * l->n_in, *h_t = h + t * l->n_out;
    for (size_t o = 0; o < l->n_out; o++) {
      a[o] = (1 - h_t[o] * h_t[o]) * (dh[t * l->n_out + o] + from_later[o]);
      l->db[o] += a[o];
    }
    add_outer(l->n_in, l->n_out, x_t, a, l->dU);
    if (t > 0) add_outer(l->n_out, l->n_out, h_t - l->n_out, a, l->dW);
    if (dx) transposed_product(l->n_in, l->n_out, a, l->U, dx + t * l->n_in);
    transposed_product(l->n_out, l->n_out, a, l->W, from_later);
  }
}

void recurrent_backward(const recurrent *l, size_t n, const real *x, const real *h, const real *dh, real *dx) {
  size_t in = l->n_steps * l->n_in, out = l->n_steps * l->n_out;
  memset(l->dU, 0, l->n_in * l->n_out * sizeof *l->dU);
  memset(l->dW, 0, l->n_out * l->n_out * sizeof *l->dW);
  memset(l->db, 0, l->n_out * sizeof *l->db);
  for (size_t s = 0; s < n; s++) backward_sample(l, x + s * in, h + s * out, dh + s * out, dx ? dx + s * in : NULL);
}
