/* A recurrent layer (J. Elman, Cognitive Science 14, 1990) over sequences of n_steps vectors,
 *   h[t] = tanh(x[t] U + h[t - 1] W + b),  h[-1] = 0
 * Its backward pass goes back through time (P. Werbos, Proc. IEEE 78, 1990), with
 *   a[t] = (1 - h[t]^2) (dh[t] + a[t + 1] W'),  a[n_steps] = 0
 *   dx[t] = a[t] U',  dU = sum x[t]' a[t],  dW = sum h[t - 1]' a[t],  db = sum a[t]
 */
#ifndef NET_RECURRENT_H
#define NET_RECURRENT_H

#include "net/real.h"

typedef struct recurrent {
  size_t n_steps, n_in, n_out;
  real *U, *dU; /* n_in x n_out */
  real *W, *dW; /* n_out x n_out */
  real *b, *db; /* n_out */
  real *a;      /* room for 2 x n_out, used by backward */
} recurrent;

/* x is n x n_steps x n_in, h is n x n_steps x n_out: the state after every step. */
void recurrent_forward(const recurrent *l, size_t n, const real *x, real *h);

/* dh is what comes from above for every step. Overwrites dU, dW, db and dx; dx may be NULL. */
void recurrent_backward(const recurrent *l, size_t n, const real *x, const real *h, const real *dh, real *dx);

#endif
