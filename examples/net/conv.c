#include "net/conv.h"

#include <string.h>

/* Rows (or columns) r of n for which r + u - 1 is in the image too. */
static size_t begin(size_t u) { return u == 0; }
static size_t end(size_t u, size_t n) { return n - (u == 2); }

/* out[r][c] += k in[r + u - 1][c + v - 1] over one image plane. */
static void add_shifted(const conv3x3 *l, real k, size_t u, size_t v, const real *in, real *out) {
  for (size_t r = begin(u); r < end(u, l->height); r++)
    for (size_t c = begin(v); c < end(v, l->width); c++)
      out[r * l->width + c] += k * in[(r + u - 1) * l->width + c + v - 1];
}

/* sum_{r,c} a[r + u - 1][c + v - 1] b[r][c] */
static real dot_shifted(const conv3x3 *l, size_t u, size_t v, const real *a, const real *b) {
  real sum = 0;
  for (size_t r = begin(u); r < end(u, l->height); r++)
    for (size_t c = begin(v); c < end(v, l->width); c++)
      sum += a[(r + u - 1) * l->width + c + v - 1] * b[r * l->width + c];
  return sum;
}

void conv3x3_forward(const conv3x3 *l, size_t n, const real *x, real *y) {
  size_t plane = l->height * l->width;
  for (size_t s = 0; s < n; s++, x += l->n_in * plane)
    for (size_t o = 0; o < l->n_out; o++, y += plane) {
      for (size_t p = 0; p < plane; p++) y[p] = l->b[o];
      for (size_t i = 0; i < l->n_in; i++)
        for (size_t k = 0; k < 9; k++) add_shifted(l, l->K[(o * l->n_in + i) * 9 + k], k / 3, k % 3, x + i * plane, y);
    }
}

/* One sample's part of dK, db and dx. */
static void backward_sample(const conv3x3 *l, const real *x, const real *dy, real *dx) {
  size_t plane = l->height * l->width;
  for (size_t o = 0; o < l->n_out; o++, dy += plane) {
    for (size_t p = 0; p < plane; p++) l->db[o] += dy[p];
    for (size_t i = 0; i < l->n_in; i++)
      for (size_t k = 0; k < 9; k++) {
        size_t at = (o * l->n_in + i) * 9 + k, u = k / 3, v = k % 3;
        l->dK[at] += dot_shifted(l, u, v, x + i * plane, dy);
        if (dx) add_shifted(l, l->K[at], 2 - u, 2 - v, dy, dx + i * plane);
      }
  }
}

void conv3x3_backward(const conv3x3 *l, size_t n, const real *x, const real *dy, real *dx) {
  size_t plane = l->height * l->width;
  memset(l->dK, 0, l->n_out * l->n_in * 9 * sizeof *l->dK);
  memset(l->db, 0, l->n_out * sizeof *l->db);
  if (dx) memset(dx, 0, n * l->n_in * plane * sizeof *dx);
  for (size_t s = 0; s < n; s++)
    backward_sample(l, x + s * l->n_in * plane, dy + s * l->n_out * plane, dx ? dx + s * l->n_in * plane : NULL);
}
