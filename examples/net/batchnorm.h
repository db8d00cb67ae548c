/* Batch normalization (S. Ioffe and C. Szegedy, 2015): every feature gets mean 0 and variance 1 over the batch, then a
 * scale and a shift of its own,
 *   y[s][f] = gamma[f] u[s][f] + beta[f],  u = (x - mean) / sqrt(variance + epsilon)
 * Mean and variance depend on every sample, so the backward pass has three terms, with the sums over the batch:
 *   dx = gamma / (n sqrt(variance + epsilon)) (n dy - sum dy - u sum(dy u))
 */
#ifndef NET_BATCHNORM_H
#define NET_BATCHNORM_H

#include "net/real.h"

#define BATCHNORM_EPSILON ((real)1e-5)

typedef struct batchnorm {
  size_t n_features;
  real *gamma, *dgamma, *beta, *dbeta;
  real *mean, *inverse_std;        /* of the batch, set by forward, read by backward */
  real *running_mean, *running_variance; /* of the data, for use after training */
} batchnorm;

/* Training: statistics of this batch of n samples, 2 or more. */
void batchnorm_forward(const batchnorm *l, size_t n, const real *x, real *y);

/* Overwrites dgamma, dbeta, dx. After batchnorm_forward on the same x. */
void batchnorm_backward(const batchnorm *l, size_t n, const real *x, const real *dy, real *dx);

/* Moves the running statistics towards those of the last batch by a fraction rate. Apart from forward, which must give
 * the same twice. */
void batchnorm_track(const batchnorm *l, real rate);

/* After training: running statistics. */
void batchnorm_infer(const batchnorm *l, size_t n, const real *x, real *y);

#endif
