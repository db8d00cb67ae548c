/* Gradient descent with momentum, v = momentum v - rate dw, w = w + v (B. T. Polyak, 1964). */
#ifndef NET_SGD_H
#define NET_SGD_H

#include "net/real.h"

typedef struct sgd {
  real rate, momentum;
  size_t n;
  real *velocity; /* after a step: the update that was made */
} sgd;

/* For n parameters, starting at rest. 0, or -1 where memory is out. Free with sgd_free. */
int sgd_init(sgd *s, real rate, real momentum, size_t n);
void sgd_free(sgd *s);

void sgd_step(const sgd *s, real *w, const real *dw);

#endif
