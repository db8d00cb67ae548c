/* A layer norm checked as a layer: gradcheck_layer() brings the memory, the cotangents and other shapes.
 *
 *   gradcheck_layer           exit status 0
 *   gradcheck_layer --bug     the backward pass forgets the term of the variance: exit status 1
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/layer.h"

typedef struct layer_norm {
  bool bug;
} layer_norm;

/* Mean of d numbers, and one over their standard deviation. */
static void moments(size_t d, const double *x, double *mean, double *inverse) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < d; i++) sum += x[i];
  *mean = sum / (double)d;
  for (size_t i = 0; i < d; i++) squares += (x[i] - *mean) * (x[i] - *mean);
  *inverse = 1 / sqrt(squares / (double)d + 1e-5);
}

/* y = gamma u, where u is a row of x less its mean, over its standard deviation. */
static int forward(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1];
  const double *x = io->inputs[0].value, *gamma = io->params[0].value;
  double *y = io->outputs[0].value, mean, inverse;
  for (size_t row = 0; row < n; row++, x += d, y += d) {
    moments(d, x, &mean, &inverse);
    for (size_t i = 0; i < d; i++) y[i] = gamma[i] * (x[i] - mean) * inverse;
  }
  return 0;
}

/* With h = gamma c: dx = (h - mean(h) - u mean(u h)) / deviation, dgamma = sum over rows of u c. */
static int backward(const clino_layer_io *io, void *ctx) {
  const layer_norm *l = ctx;
  size_t n = io->inputs[0].shape[0], d = io->inputs[0].shape[1];
  const double *x = io->inputs[0].value, *gamma = io->params[0].value, *c = io->outputs[0].grad;
  double *dx = io->inputs[0].grad, *dgamma = io->params[0].grad, mean, inverse;
  memset(dgamma, 0, d * sizeof *dgamma);
  for (size_t row = 0; row < n; row++, x += d, c += d, dx += d) {
    double mean_h = 0, mean_uh = 0;
    moments(d, x, &mean, &inverse);
    for (size_t i = 0; i < d; i++) {
      double u = (x[i] - mean) * inverse;
      dgamma[i] += u * c[i];
      mean_h += gamma[i] * c[i] / (double)d;
      mean_uh += u * gamma[i] * c[i] / (double)d;
    }
    if (l->bug) mean_uh = 0;
    for (size_t i = 0; i < d; i++) dx[i] = (gamma[i] * c[i] - mean_h - (x[i] - mean) * inverse * mean_uh) * inverse;
  }
  return 0;
}

/* Sizes in which bugs hide: 1, a square, no multiple of 4. */
static int shape(uint64_t trial, clino_layer_io *io, void *ctx) {
  static const size_t sizes[][2] = {{1, 5}, {3, 1}, {4, 4}, {2, 8}, {6, 3}};
  const size_t *size = sizes[trial % 5];
  (void)ctx;
  memcpy(io->inputs[0].shape, size, sizeof *sizes);
  memcpy(io->outputs[0].shape, size, sizeof *sizes);
  io->params[0].shape[0] = size[1];
  return 0;
}

int main(int argc, char **argv) {
  layer_norm norm = {argc > 1 && strcmp(argv[1], "--bug") == 0};
  clino_tensor x = CLINO_TENSOR_F64("x", NULL, NULL, 5, 7), gamma = CLINO_TENSOR_F64("gamma", NULL, NULL, 7);
  clino_tensor y = CLINO_TENSOR_F64("y", NULL, NULL, 5, 7);
  clino_layer layer = {.name = "layernorm",
                       .io = {1, 1, 1, &x, &gamma, &y},
                       .forward = forward,
                       .backward = backward,
                       .shape = shape,
                       .ctx = &norm,
                       .n_shapes = 5};
  clino_gradcheck_result result;
  clino_error error;
  if (gradcheck_layer(&layer, NULL, &result, &error) != CLINO_OK) {
    fprintf(stderr, "gradcheck_layer: %s\n", error.message);
    return 2;
  }
  char text[8192];
  clino_gradcheck_report(&result, text, sizeof text);
  fputs(text, stdout);
  return clino_gradcheck_accepted(&result) ? EXIT_SUCCESS : EXIT_FAILURE;
}
