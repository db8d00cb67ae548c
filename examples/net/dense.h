/* A fully connected layer,
 *   y[s][o] = b[o] + sum_i x[s][i] W[i][o]
 *   dx[s][i] = sum_o dy[s][o] W[i][o],  dW[i][o] = sum_s x[s][i] dy[s][o],  db[o] = sum_s dy[s][o]
 */
#ifndef NET_DENSE_H
#define NET_DENSE_H

#include "net/real.h"

typedef struct dense {
  size_t n_in, n_out;
  real *W, *dW; /* n_in x n_out */
  real *b, *db; /* n_out; NULL: no bias, as before a batch norm, which would take it out again */
} dense;

/* x is n x n_in, y is n x n_out. */
void dense_forward(const dense *l, size_t n, const real *x, real *y);

/* Overwrites dW, db and dx; dx may be NULL. */
void dense_backward(const dense *l, size_t n, const real *x, const real *dy, real *dx);

#endif
