/* Backward passes that are wrong, each in a way in which people get them wrong. Never use them: they are planted in the
 * net to see that a gradient check finds them. The right ones stand in dense.c, conv.c and batchnorm.c. */
#ifndef NET_BUGS_H
#define NET_BUGS_H

#include "net/batchnorm.h"
#include "net/conv.h"
#include "net/dense.h"

typedef enum net_bug {
  NET_BUG_NONE = 0,
  NET_BUG_CONV_FLIP,          /* the gradient of the kernel comes out flipped: convolution taken for correlation */
  NET_BUG_BIAS_MEAN,          /* the bias gets the mean over the batch, which the loss had divided by already */
  NET_BUG_DENSE_TRANSPOSED,   /* dx multiplies by W read as if it were its own transpose */
  NET_BUG_BATCHNORM_VARIANCE, /* dx takes the variance for a constant */
  NET_BUG_COUNT
} net_bug;

/* "none", "conv-flip", "bias-mean", "dense-transposed", "batchnorm-variance"; NULL for what is none. */
const char *net_bug_name(net_bug bug);

/* The bug of that name; NET_BUG_COUNT where there is none. */
net_bug net_bug_find(const char *name);

void conv3x3_backward_flipped(const conv3x3 *l, size_t n, const real *x, const real *dy, real *dx);
void dense_backward_bias_mean(const dense *l, size_t n, const real *x, const real *dy, real *dx);
void dense_backward_transposed(const dense *l, size_t n, const real *x, const real *dy, real *dx);
void batchnorm_backward_constant_variance(const batchnorm *l, size_t n, const real *x, const real *dy, real *dx);

#endif
