/* relu y = max(0, x), with dx = dy where x > 0 and 0 elsewhere; tanh, with dx = dy (1 - y^2); and the sigmoid
 * y = 1 / (1 + exp(-x)), with dx = dy y (1 - y). */
#ifndef NET_ACTIVATION_H
#define NET_ACTIVATION_H

#include "clino/trace.h"
#include "net/real.h"

/* The signs of x are told to the trace (NULL: to nobody) under the name site. */
void relu_forward(clino_trace *trace, const char *site, size_t n, const real *x, real *y);
void relu_backward(size_t n, const real *x, const real *dy, real *dx);

void tanh_forward(size_t n, const real *x, real *y);
void tanh_backward(size_t n, const real *y, const real *dy, real *dx);

void sigmoid_forward(size_t n, const real *x, real *y);
void sigmoid_backward(size_t n, const real *y, const real *dy, real *dx);

#endif
