/* The hand-written layers of examples/net that no other suite holds against differences: recurrent layer, sigmoid,
 * squared error. */
#include <math.h>
#include <stdio.h>

#include "clino/layer.h"
#include "net/activation.h"
#include "net/loss.h"
#include "net/recurrent.h"
#include "support/suite.h"

#define MOST 64

static bool accepted(const clino_layer *layer) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  o.seed = 23;
  clino_status status = gradcheck_layer(layer, &o, &r, &error);
  bool good = status == CLINO_OK && r.verdict == CLINO_VERDICT_PASS;
  if (!good) fprintf(stderr, "%s: %s, %s\n", layer->name, error.message, clino_verdict_name(r.verdict));
  return good;
}

/* ---- recurrent ---- */

static recurrent view(const clino_layer_io *io, real *scratch) {
  const size_t *x = io->inputs[0].shape;
  const clino_tensor *p = io->params;
  return (recurrent){x[1],       x[2],      io->params[1].shape[0], p[0].value, p[0].grad,
                     p[1].value, p[1].grad, p[2].value,             p[2].grad,  scratch};
}

static int recurrent_up(const clino_layer_io *io, void *ctx) {
  recurrent l = view(io, ctx);
  recurrent_forward(&l, io->inputs[0].shape[0], io->inputs[0].value, io->outputs[0].value);
  return 0;
}

static int recurrent_down(const clino_layer_io *io, void *ctx) {
  recurrent l = view(io, ctx);
  recurrent_backward(&l, io->inputs[0].shape[0], io->inputs[0].value, io->outputs[0].value, io->outputs[0].grad,
                     io->inputs[0].grad);
  return 0;
}

static int recurrent_shape(uint64_t trial, clino_layer_io *io, void *ctx) {
  static const size_t sizes[][4] = {{1, 1, 2, 3}, {3, 4, 1, 2}, {2, 3, 3, 3}, {1, 7, 2, 1}};
  const size_t *s = sizes[trial % 4];
  (void)ctx;
  for (size_t d = 0; d < 3; d++) io->inputs[0].shape[d] = io->outputs[0].shape[d] = s[d];
  io->outputs[0].shape[2] = io->params[0].shape[1] = io->params[2].shape[0] = s[3];
  io->params[1].shape[0] = io->params[1].shape[1] = s[3];
  io->params[0].shape[0] = s[2];
  return 0;
}

static void recurrent_layer_has_the_right_gradient(void) {
  real scratch[MOST];
  clino_tensor x = CLINO_TENSOR_F64("x", NULL, NULL, 2, 5, 3), h = CLINO_TENSOR_F64("h", NULL, NULL, 2, 5, 4);
  clino_tensor p[] = {CLINO_TENSOR_F64("U", NULL, NULL, 3, 4), CLINO_TENSOR_F64("W", NULL, NULL, 4, 4),
                      CLINO_TENSOR_F64("b", NULL, NULL, 4)};
  clino_layer layer = {.name = "recurrent",
                       .io = {1, 3, 1, &x, p, &h},
                       .forward = recurrent_up,
                       .backward = recurrent_down,
                       .shape = recurrent_shape,
                       .ctx = scratch,
                       .n_shapes = 4};
  CU_ASSERT(accepted(&layer));
}

static void recurrent_layer_computes_what_its_header_says(void) {
  real u[] = {0.3, -0.7}, w[] = {0.2, 0.5, -0.4, 0.9}, b[] = {0.1, -0.2}, x[] = {1.3, -0.6}, h[4];
  recurrent l = {.n_steps = 2, .n_in = 1, .n_out = 2, .U = u, .W = w, .b = b};
  recurrent_forward(&l, 1, x, h);
  double h0 = tanh(1.3 * 0.3 + 0.1), h1 = tanh(1.3 * -0.7 - 0.2);
  CU_ASSERT_DOUBLE_EQUAL(h[0], h0, 1e-15);
  CU_ASSERT_DOUBLE_EQUAL(h[1], h1, 1e-15);
  CU_ASSERT_DOUBLE_EQUAL(h[2], tanh(-0.6 * 0.3 + h0 * 0.2 + h1 * -0.4 + 0.1), 1e-15);
  CU_ASSERT_DOUBLE_EQUAL(h[3], tanh(-0.6 * -0.7 + h0 * 0.5 + h1 * 0.9 - 0.2), 1e-15);
}

/* ---- sigmoid and squared error ---- */

static int sigmoid_up(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  sigmoid_forward(io->inputs[0].shape[0], io->inputs[0].value, io->outputs[0].value);
  return 0;
}

static int sigmoid_down(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  sigmoid_backward(io->inputs[0].shape[0], io->outputs[0].value, io->outputs[0].grad, io->inputs[0].grad);
  return 0;
}

static void sigmoid_has_the_right_gradient_and_no_overflow(void) {
  clino_tensor x = CLINO_TENSOR_F64("x", NULL, NULL, 7), y = CLINO_TENSOR_F64("y", NULL, NULL, 7);
  clino_layer layer = {
      .name = "sigmoid", .io = {1, 0, 1, &x, NULL, &y}, .forward = sigmoid_up, .backward = sigmoid_down};
  CU_ASSERT(accepted(&layer));
  real far[] = {-800, 800, 2}, out[3];
  sigmoid_forward(3, far, out);
  CU_ASSERT_EQUAL(out[0], 0);
  CU_ASSERT_EQUAL(out[1], 1);
  CU_ASSERT_DOUBLE_EQUAL(out[2], 0.8807970779778823, 1e-15);
}

static int squared_up(const clino_layer_io *io, void *ctx) {
  *(double *)io->outputs[0].value = squared_loss(io->inputs[0].shape[0], io->inputs[0].value, ctx);
  return 0;
}

static int squared_down(const clino_layer_io *io, void *ctx) {
  const double *c = io->outputs[0].grad;
  double *dx = io->inputs[0].grad;
  squared_loss_backward(io->inputs[0].shape[0], io->inputs[0].value, ctx, dx);
  for (size_t i = 0; i < io->inputs[0].shape[0]; i++) dx[i] *= *c;
  return 0;
}

static void squared_error_has_the_right_gradient(void) {
  real target[] = {0.7, -1.9, 0.25, 2.2, -0.3};
  clino_tensor y = CLINO_TENSOR_F64("y", NULL, NULL, 5), loss = CLINO_TENSOR_F64("loss", NULL, NULL, 1);
  clino_layer layer = {.name = "squared error",
                       .io = {1, 0, 1, &y, NULL, &loss},
                       .forward = squared_up,
                       .backward = squared_down,
                       .ctx = target};
  CU_ASSERT(accepted(&layer));
  real at[] = {1.7, -1.9, 0.25, 2.2, 1.7};
  CU_ASSERT_DOUBLE_EQUAL(squared_loss(5, at, target), (1 + 4) / 5.0, 1e-15);
}

void suite_net_layers(CU_pSuite suite) {
  TEST(suite, recurrent_layer_has_the_right_gradient);
  TEST(suite, recurrent_layer_computes_what_its_header_says);
  TEST(suite, sigmoid_has_the_right_gradient_and_no_overflow);
  TEST(suite, squared_error_has_the_right_gradient);
}
