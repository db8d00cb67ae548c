/* Layers for gradcheck_layer(), each in double and in single precision, right or with a planted bug. */
#ifndef TESTS_SUPPORT_LAYERS_H
#define TESTS_SUPPORT_LAYERS_H

#include "clino/layer.h"

typedef enum layer_kind {
  DENSE, CONV, BATCHNORM, LAYERNORM, SOFTMAX, EMBEDDING, DROPOUT, RELU, LAYER_KINDS
} layer_kind;

typedef enum layer_bug {
  NO_BUG,
  DENSE_W_TRANSPOSED,   /* dW[i][j] stands at [j][i] where W is square */
  DENSE_BIAS_MEAN,      /* mean over samples instead of the sum */
  DENSE_ONE_SAMPLE,     /* right but for a batch of 1, where dx is doubled */
  DENSE_TAIL,           /* unrolled by 4, and what remains is forgotten in db */
  CONV_FLIPPED,         /* dx with the kernel not flipped */
  CONV_BORDER,          /* dK leaves out the last row of the image */
  NORM_NO_VARIANCE,     /* dx without the term of the variance (batch norm, layer norm) */
  NORM_SCALE_ONLY,      /* dx = gamma c / std: mean and variance taken for constants */
  SOFTMAX_DIAGONAL,     /* dx = y (1 - y) c */
  EMBEDDING_LAST,       /* a row that is used twice gets the gradient of its last use */
  DROPOUT_UNSCALED,     /* without 1 / (1 - p) */
  RELU_UNMASKED,        /* dx = c */
  RELU_ONE_BELOW,       /* slope 1 at and below 0 */
  JVP_BIAS_FORGOTTEN,   /* of dense: the tangent of b */
  JVP_ONE_OUTPUT,       /* of dense: the last output is off by a tenth */
  LAYER_BUGS
} layer_bug;

#define LAYER_IDS 16

typedef struct layer_setup {
  clino_layer layer;
  clino_tensor inputs[2], params[2], outputs[1];
  layer_bug bug;
  uint64_t random;                            /* state of the dropout's generator, set by layer_reseed */
  double ids[LAYER_IDS];                      /* of the embedding; in the layer's precision: */
  float ids_single[LAYER_IDS];
} layer_setup;

/* Fills in s->layer, which points into s. */
void layer_init(layer_setup *s, layer_kind kind, clino_dtype dtype, layer_bug bug);

/* Hook reseed; ctx is the layer_setup. */
int layer_reseed(uint64_t seed, void *ctx);

extern const char *const layer_names[LAYER_KINDS];

#endif
