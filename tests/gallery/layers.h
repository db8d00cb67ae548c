/* What the objectives share: drawing points and data, and the layers and losses of nets over the tape. All begin with
 * g_, because the tests are linked with the layers of examples/net.
 *
 * Parameters are nodes of x, so a run of them is given by its first node. Matrices are stored by rows, the weights of a
 * dense layer as outputs times inputs. */
#ifndef GALLERY_LAYERS_H
#define GALLERY_LAYERS_H

#include "gallery/objective.h"

enum {
  /* Data are multiples of 2^-6, weights of 2^-14: a pre-activation of the first layer is a multiple of 2^-20, exact in
   * single precision too while it stays below 8. */
  DATA_BITS = 6,
  WEIGHT_BITS = 14,
  MOST = 256        /* as many values as a layer may have */
};

#define NO_BIAS ((var)-1)

/* ---- points and data ---- */

/* Numbers for the fixed data, independent of those for the point even when both have the same seed. */
gallery_rng g_data_rng(uint64_t data_seed);
void g_data_normal(gallery_rng *r, size_t n, double *out);      /* standard normal, multiples of 2^-DATA_BITS */
size_t g_data_below(gallery_rng *r, size_t n);                  /* a label: 0 to n - 1 */

/* Each fills n entries with multiples of 2^-WEIGHT_BITS and returns what follows them. */
double *g_point_normal(gallery_rng *r, size_t n, double scale, double *x);
double *g_point_uniform(gallery_rng *r, size_t n, double low, double high, double *x);
double *g_point_fill(size_t n, double value, double *x);
/* Weights of outputs times inputs and a bias for each output, which is small: Glorot and Bengio, 2010 (tanh, sigmoid)
 * with variance 2 / (inputs + outputs); He et al., 2015 (relu) with variance 2 / inputs. */
double *g_point_xavier(gallery_rng *r, size_t inputs, size_t outputs, double *x);
double *g_point_he(gallery_rng *r, size_t inputs, size_t outputs, double *x);

/* ---- nodes ---- */

const var *g_nodes(var first, size_t n, var *out);        /* first, first + 1, ...; returns out */
double g_largest(const tape *t, size_t n, const var *v);  /* the largest of their values */
var g_mean_square(tape *t, size_t n, const var *v);
var g_sum_square(tape *t, size_t n, const var *v);
var g_sum_square_range(tape *t, size_t n, var first);
/* c/2 |w|^2 over n parameters, marked as the regularizer. */
var g_l2_penalty(tape *t, size_t n, var first, double c);

/* ---- layers ---- */

/* out = W in + b for one sample among batch; without a bias where b is NO_BIAS. The second takes fixed data. */
void g_dense(tape *t, size_t inputs, size_t outputs, var w, var b, size_t batch, const var *in, var *out);
void g_dense_data(tape *t, size_t inputs, size_t outputs, var w, var b, size_t batch, const double *in, var *out);

typedef enum activation { ACT_TANH, ACT_SIGMOID, ACT_RELU, ACT_LEAKY, ACT_GELU, ACT_SILU } activation;
var g_activate(tape *t, activation kind, var a);
void g_activate_all(tape *t, activation kind, size_t n, var *v);

/* Valid cross-correlation of an image of side x side with n_filters filters of k x k, one bias for each; every use of a
 * bias counts as one of batch * (side - k + 1)^2. out: n_filters maps of (side - k + 1)^2. */
void g_conv(tape *t, size_t side, size_t k, size_t n_filters, var w, var b, size_t batch, const double *image,
            var *out);
/* Non-overlapping pools of 2 x 2 over n_maps maps of side x side (side even). */
void g_pool_max(tape *t, size_t n_maps, size_t side, const var *in, var *out);
void g_pool_mean(tape *t, size_t n_maps, size_t side, const var *in, var *out);

/* (v - mean) / sqrt(variance + epsilon), in place; its mean and variance are marked as statistics. v[i * stride]. */
void g_standardize(tape *t, size_t n, size_t stride, double epsilon, var *v);
/* v / sqrt(mean square + epsilon). */
void g_rms_normalize(tape *t, size_t n, double epsilon, var *v);

/* Rows of softmax(Q K' / sqrt d) V, all of tokens x d; stride is the distance of two rows. */
void g_attend(tape *t, size_t tokens, size_t d, size_t stride, const var *q, const var *k, const var *v, var *out);

/* ---- losses ---- */

var g_log_sum_exp(tape *t, size_t n, const var *z);
void g_softmax(tape *t, size_t n, const var *z, var *out);
var g_cross_entropy(tape *t, size_t n, const var *z, size_t label);

#endif
