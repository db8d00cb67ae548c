/* A multi-layer perceptron in double precision with a softmax loss, small or of a million parameters, smooth (tanh) or
 * with kinks (relu), and faults that can be planted in its gradient: what checks along directions are measured on.
 *
 *   z_l = W_l a_(l-1) + b_l,  a_l = tanh(z_l) or max(0, z_l),  loss = mean over the batch of -log softmax(z_L)[label]
 *
 * W_l is stored with a row for each input, so that all products run along memory. */
#ifndef BENCH_MLP_H
#define BENCH_MLP_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/gradcheck.h"

enum { MLP_LAYERS = 4, MLP_TENSORS = 2 * MLP_LAYERS, MLP_BATCH = 2, MLP_WRONG = 16 };

typedef struct mlp_config {
  size_t widths[MLP_LAYERS + 1]; /* inputs first, classes last */
  bool relu;
  bool single;                   /* the loss is rounded to single precision */
  double loss_factor, loss_offset;
} mlp_config;

/* 1,000,000 parameters; some 10,000. tanh, factor 1, offset 0. */
mlp_config mlp_million(void);
mlp_config mlp_small(void);

typedef struct mlp {
  mlp_config config;
  size_t n_parameters;
  double *W[MLP_LAYERS], *b[MLP_LAYERS], *dW[MLP_LAYERS], *db[MLP_LAYERS];
  double *z[MLP_LAYERS], *a[MLP_LAYERS + 1], *dz[MLP_LAYERS]; /* sample after sample */
  int label[MLP_BATCH];
  char names[MLP_TENSORS][8];
  clino_tensor tensors[MLP_TENSORS];
  size_t n_wrong, wrong_tensor[MLP_WRONG], wrong_entry[MLP_WRONG]; /* entries off by wrong_by, as a fraction of RMS */
  double wrong_by;
  size_t scaled_tensor;          /* whose gradient is multiplied by scaled_by; MLP_TENSORS: none */
  double scaled_by;
  bool scaled_row, scaled_column; /* only a row or a column of it, that at scaled_at */
  size_t scaled_at;
  uint64_t calls;
  double *memory;
} mlp;

/* NULL where memory is out. Free with mlp_free. */
mlp *mlp_new(mlp_config config, uint64_t seed);
void mlp_free(mlp *net);

/* Other parameters and another batch; no fault. */
void mlp_seed(mlp *net, uint64_t seed);

/* Other wrong entries: n of them, in random tensors, each weight as likely as the other, off by a fraction of RMS. */
void mlp_plant(mlp *net, uint64_t seed, size_t n, double by);

int mlp_loss(double *loss, void *ctx);
int mlp_backward(void *ctx);
clino_model mlp_model(mlp *net);

#endif
