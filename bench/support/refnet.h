/* The reference net of the benchmarks: what every figure about a trace, overhead, watching or threads is measured on.
 *
 *   conv 3x3 (1 -> 16 channels, zero padding) -> relu -> dense 1024 -> 64 -> relu -> dense 64 -> 10 -> softmax
 *
 * on the 8 x 8 digits, 64 samples a batch, in single precision: 66,410 parameters. It is the kind of net that people
 * write by hand, written to be fast: all its products go through one matrix product whose inner loop vectorizes, built
 * with the flags of everything else. A slow net would flatter whatever is measured on it.
 *
 *   refnet_data data;                                        the digits, refnet_data_read
 *   refnet *net = refnet_new(&data, 1);
 *   for (;;) refnet_next(net), refnet_loss(&loss, net), refnet_backward(net), refnet_step(net, 0.1f);
 */
#ifndef BENCH_REFNET_H
#define BENCH_REFNET_H

#include "clino/gradcheck.h"

enum {
  REFNET_BATCH = 64,
  REFNET_SIDE = 8,
  REFNET_PIXELS = REFNET_SIDE * REFNET_SIDE,
  REFNET_CHANNELS = 16,
  REFNET_FEATURES = REFNET_PIXELS * REFNET_CHANNELS, /* pixel by pixel, its channels side by side */
  REFNET_HIDDEN = 64,
  REFNET_CLASSES = 10,
  REFNET_LAYERS = 3,
  REFNET_TENSORS = 2 * REFNET_LAYERS,
  REFNET_MULTIPLICATIONS = REFNET_FEATURES * 9 + REFNET_FEATURES * REFNET_HIDDEN + REFNET_HIDDEN * REFNET_CLASSES
};

typedef struct refnet_data {
  size_t n;
  float *pixels; /* n x 64 */
  int *label;
} refnet_data;

/* Reads the digits. 0, or -1 with the reason on standard error. Free with refnet_data_free. */
int refnet_data_read(const char *path, refnet_data *data);
void refnet_data_free(refnet_data *data);

/* How a layer reports its branches to the net's trace, if there is one. */
typedef enum refnet_reporting {
  REFNET_BULK = 0,   /* clino_branches, a call a layer */
  REFNET_EACH,       /* clino_branch, a call an element */
  REFNET_NO_CALLS    /* as if the calls had never been written */
} refnet_reporting;

/* A layer: parameters in, z = W x + b, a = relu(z); the last layer has scores for z and no a. One row a sample. */
typedef struct refnet_layer {
  const char *name;
  size_t n_in, n_out;  /* rows and columns of W: 9 and 16 for the convolution */
  size_t size;         /* numbers in z and a a sample */
  float *W, *b, *dW, *db;
  float *z, *a, *dz, *da; /* for REFNET_BATCH samples; a, da NULL in the last layer */
} refnet_layer;

typedef struct refnet {
  const refnet_data *data;
  size_t first, batch;       /* of the samples that the next pass is about; batch is 1 to REFNET_BATCH */
  refnet_layer layers[REFNET_LAYERS]; /* conv, hidden, output */
  clino_tensor tensors[REFNET_TENSORS];
  size_t n_parameters;
  float *parameters, *gradients; /* all of them in one block each; layers and tensors look into it */
  float *patches;            /* the 3 x 3 surroundings of every pixel, n x 64 x 9 */
  float *transposed;         /* of a weight matrix */
  clino_trace *trace;        /* NULL: nobody listens. The caller's */
  refnet_reporting reporting;
  float *memory;             /* that all of these are in */
} refnet;

/* A net with seeded parameters on the first samples of data, which stay the caller's and are only read. NULL where
 * memory is out. Free with refnet_free. */
refnet *refnet_new(const refnet_data *data, uint64_t seed);
void refnet_free(refnet *net);

/* A net of its own, for another thread, with equal parameters and the same batch, without a trace; NULL where memory is
 * out. */
refnet *refnet_clone(const refnet *net);

/* The next REFNET_BATCH samples; from the start where fewer are left. */
void refnet_next(refnet *net);

/* Loss of the batch, and its gradients afterwards: callbacks of a clino_model whose ctx is the net. They return 0. */
int refnet_loss(double *loss, void *ctx);
int refnet_backward(void *ctx);

/* w -= rate dw */
void refnet_step(refnet *net, float rate);

/* For gradcheck_model. */
clino_model refnet_model(refnet *net);
clino_context_ops refnet_context(void);

#endif
