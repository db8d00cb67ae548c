/* Inverted dropout (N. Srivastava et al., J. Mach. Learn. Res. 15, 2014): a unit is dropped with probability rate, the
 * others are scaled by 1 / (1 - rate), so that nothing changes when the net is used.
 *
 * The mask is drawn from the caller's generator in every forward pass. A gradient check needs the same mask every time:
 * its reseed hook sets the generator back. */
#ifndef NET_DROPOUT_H
#define NET_DROPOUT_H

#include "net/rng.h"

typedef struct dropout {
  real rate;  /* 0 or more, below 1 */
  real *mask; /* one factor a unit: 0 or 1 / (1 - rate), set by forward */
} dropout;

void dropout_forward(const dropout *l, rng *g, size_t n, const real *x, real *y);
void dropout_backward(const dropout *l, size_t n, const real *dy, real *dx);

#endif
