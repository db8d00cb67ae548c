/* Max-pooling over 2x2 windows that do not overlap. The gradient goes to the winner of each window (the first one of a
 * tie); who won, and by how much, is told to the trace. */
#ifndef NET_POOL_H
#define NET_POOL_H

#include "clino/trace.h"
#include "net/real.h"

typedef struct maxpool {
  size_t channels, height, width; /* of the input; height and width even */
  size_t *winner;                 /* an entry for each output: index of its winner in the input, set by forward */
} maxpool;

/* x is n x channels x height x width, y is n x channels x height/2 x width/2. trace may be NULL. */
void maxpool_forward(const maxpool *l, clino_trace *trace, const char *site, size_t n, const real *x, real *y);

/* Overwrites dx. After maxpool_forward. */
void maxpool_backward(const maxpool *l, size_t n, const real *dy, real *dx);

#endif
