/* gradcheck_layer() over tensors of every sort: at kinks, tied, strided, of mixed precision, not differentiated; with
 * seeded points, samples, and shapes whose memory the caller brings. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/record.h"
#include "clino/test/cunit.h"
#include "support/layers.h"
#include "support/probe.h"
#include "support/suite.h"

static clino_gradcheck_result check(const clino_layer *layer, const clino_gradcheck_options *o) {
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  clino_status status = gradcheck_layer(layer, o, &r, &error);
  if (status) fprintf(stderr, "\n    %s", error.message);
  CU_ASSERT_EQUAL(status, CLINO_OK);
  return r;
}

/* ---- relu, some units on their kink; slopes there by convention of backward and of jvp ---- */

typedef struct relu {
  double backward_slope, jvp_slope;
  clino_trace *trace;
} relu;

static int relu_forward(const clino_layer_io *io, void *ctx) {
  const double *x = io->inputs[0].value;
  for (size_t i = 0; i < 4; i++)
    ((double *)io->outputs[0].value)[i] = clino_branch(((relu *)ctx)->trace, "relu", i, x[i]) ? x[i] : 0;
  return 0;
}

static int relu_backward(const clino_layer_io *io, void *ctx) {
  const double *x = io->inputs[0].value, *c = io->outputs[0].grad, at_zero = ((relu *)ctx)->backward_slope;
  for (size_t i = 0; i < 4; i++)
    ((double *)io->inputs[0].grad)[i] = c[i] * (x[i] > 0 ? 1 : x[i] < 0 ? 0 : at_zero);
  return 0;
}

static int relu_jvp(const clino_layer_io *io, void *ctx) {
  const double *x = io->inputs[0].value, *t = io->inputs[0].grad, at_zero = ((relu *)ctx)->jvp_slope;
  for (size_t i = 0; i < 4; i++)
    ((double *)io->outputs[0].grad)[i] = t[i] * (x[i] > 0 ? 1 : x[i] < 0 ? 0 : at_zero);
  return 0;
}

static clino_trace *relu_trace(void *ctx) { return ((relu *)ctx)->trace; }

static clino_gradcheck_result of_relu(double backward_slope, double jvp_slope, bool traced) {
  double values[4] = {0, -0.7, 1.3, 0}, grads[4];
  clino_tensor x = CLINO_TENSOR_F64("x", values, grads, 4), y = CLINO_TENSOR_F64("y", NULL, NULL, 4);
  relu ctx = {backward_slope, jvp_slope, NULL};
  clino_layer layer = {.name = "relu",
                       .io = {1, 0, 1, &x, NULL, &y},
                       .forward = relu_forward,
                       .backward = relu_backward,
                       .jvp = isnan(jvp_slope) ? NULL : relu_jvp,
                       .ctx = &ctx};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  if (traced) CU_ASSERT_EQUAL(clino_trace_new(&ctx.trace, NULL), CLINO_OK);
  if (traced) o.context.trace = relu_trace;
  clino_gradcheck_result r = check(&layer, &o);
  clino_trace_free(ctx.trace);
  return r;
}

static void kinks(void) {
  for (int traced = 0; traced < 2; traced++) {
    clino_gradcheck_result r = of_relu(0, NAN, traced);
    EXPECT_VERDICT("slope 0", &r, CLINO_VERDICT_KINK);
    CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_KINK], 4);
    r = of_relu(1, NAN, traced);
    EXPECT_VERDICT("slope 1", &r, CLINO_VERDICT_KINK);
    r = of_relu(1.5, NAN, traced);
    EXPECT_CAUGHT("slope 1.5", &r);
    r = of_relu(0, 0, traced);
    EXPECT_VERDICT("both 0", &r, CLINO_VERDICT_KINK);
    r = of_relu(0, 3, traced);
    EXPECT_CAUGHT("slope 3 by jvp", &r);
    CU_ASSERT_STRING_EQUAL(r.worst.tensor, "y");
    CU_ASSERT_TRUE(r.worst.flat == 0 || r.worst.flat == 3);
    r = of_relu(0, 1, traced);
    EXPECT_VERDICT("one of each", &r, CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL(r.reason, CLINO_REASON_TRANSPOSE);
  }
}

/* ---- an autoencoder: y = W' tanh(W x), W tied, labels added; x single, the rest double, W strided ---- */

typedef struct tied {
  double room[6 * 3], dw[6 * 3], dwt[6 * 3];   /* rows of 3, of which W uses 2 */
  bool forget, touch_labels;
} tied;

static void hidden(const clino_layer_io *io, double h[2]) {
  const float *x = io->inputs[0].value;
  const double *w = io->params[0].value;
  for (size_t j = 0; j < 2; j++) {
    double z = 0;
    for (size_t i = 0; i < 4; i++) z += w[i * 3 + j] * (double)x[i];
    h[j] = tanh(z);
  }
}

static int tied_forward(const clino_layer_io *io, void *ctx) {
  double h[2], *labels = io->inputs[1].value;
  const double *w = io->params[1].value;
  hidden(io, h);
  for (size_t i = 0; i < 4; i++)
    ((double *)io->outputs[0].value)[i] = w[i * 3] * h[0] + w[i * 3 + 1] * h[1] + labels[i % 2];
  if (((tied *)ctx)->touch_labels) labels[1] = 0;
  return 0;
}

static int tied_backward(const clino_layer_io *io, void *ctx) {
  const float *x = io->inputs[0].value;
  const double *w = io->params[0].value, *c = io->outputs[0].grad;
  float *dx = io->inputs[0].grad;
  double h[2], *dw = io->params[0].grad, *dwt = io->params[1].grad;
  hidden(io, h);
  for (size_t i = 0; i < 4; i++) dx[i] = 0;
  for (size_t j = 0; j < 2; j++) {
    double g = 0;
    for (size_t i = 0; i < 4; i++) {
      g += c[i] * w[i * 3 + j];
      dwt[i * 3 + j] = ((tied *)ctx)->forget ? 0 : c[i] * h[j];
    }
    g *= 1 - h[j] * h[j];
    for (size_t i = 0; i < 4; i++) {
      dw[i * 3 + j] = g * (double)x[i];
      dx[i] += (float)(g * w[i * 3 + j]);
    }
  }
  return 0;
}

static clino_gradcheck_result of_tied(bool forget, bool touch_labels) {
  static const ptrdiff_t strides[2] = {3, 1};
  tied t = {.forget = forget, .touch_labels = touch_labels};
  for (int i = 0; i < 18; i++) t.room[i] = sin(2.3 * i + 1);
  double labels[2] = {1, -2};
  clino_tensor inputs[] = {CLINO_TENSOR_F32("x", NULL, NULL, 4), CLINO_TENSOR_F64("labels", labels, NULL, 2)};
  clino_tensor params[] = {CLINO_TENSOR_F64("W", t.room, t.dw, 4, 2), CLINO_TENSOR_F64("W'", t.room, t.dwt, 4, 2)};
  clino_tensor y = CLINO_TENSOR_F64("y", NULL, NULL, 4);
  params[0].strides = params[1].strides = strides;
  clino_layer layer = {.name = "autoencoder",
                       .io = {2, 2, 1, inputs, params, &y},
                       .forward = tied_forward,
                       .backward = tied_backward,
                       .ctx = &t};
  double before[18];
  memcpy(before, t.room, sizeof before);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 3;
  clino_gradcheck_result r = check(&layer, &o);
  CU_ASSERT_EQUAL(memcmp(before, t.room, sizeof before), 0);
  CU_ASSERT_EQUAL(labels[1], -2);
  return r;
}

static void tied_and_strided(void) {
  clino_gradcheck_result r = of_tied(false, false);
  EXPECT_ACCEPTED("tied", &r);
  CU_ASSERT_EQUAL(r.entries, 2 * (4 + 8));
  CU_ASSERT_EQUAL(r.checked, 2 * 4 * (4 + 8));
  r = of_tied(true, false);
  EXPECT_CAUGHT("one of the ties forgotten", &r);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "W");
}

static void labels_must_not_change(void) {
  clino_gradcheck_result r = of_tied(false, true);
  EXPECT_VERDICT("labels", &r, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_INPUT_CHANGED);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "labels");
  CU_ASSERT_EQUAL(r.worst.numeric, 0);
  CU_ASSERT_EQUAL(r.worst.value, -2);
}

/* ---- options ---- */

static void dropout_without_reseed(void) {
  layer_setup s;
  layer_init(&s, DROPOUT, CLINO_F64, NO_BUG);
  clino_gradcheck_result r = check(&s.layer, NULL);
  EXPECT_VERDICT("dropout", &r, CLINO_VERDICT_NONDETERMINISTIC);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_OUTPUT);
  char text[2000];
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "dropout: forward: output y["));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "hook reseed"));
}

static void which_shape_fails(void) {
  layer_setup s;
  layer_init(&s, DENSE, CLINO_F64, DENSE_ONE_SAMPLE);
  clino_gradcheck_result r = check(&s.layer, NULL);
  EXPECT_CAUGHT("one sample", &r);
  CU_ASSERT_EQUAL(r.layer.trial, 1);
  CU_ASSERT_STRING_EQUAL(r.layer.shape, "x 1x1, W 1x1, b 1; y 1x1");
  char text[2000];
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "in shape 1 (x 1x1, W 1x1, b 1; y 1x1), cotangent 0"));
  s.layer.shape = NULL;
  r = check(&s.layer, NULL);
  EXPECT_ACCEPTED("the given shape alone", &r);
}

static void how_many(void) {
  layer_setup s;
  layer_init(&s, LAYERNORM, CLINO_F64, NO_BUG);
  s.layer.n_shapes = 3;
  s.layer.n_cotangents = 5;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 2;
  clino_gradcheck_result r = check(&s.layer, &o);
  EXPECT_ACCEPTED("layernorm", &r);
  CU_ASSERT_EQUAL(r.layer.shapes, 4);
  /* Given 5x7, then 1x1, 1x6, 4x1; each with as many gamma and beta as columns. */
  CU_ASSERT_EQUAL(r.entries, 5 * (35 + 14 + 3 + 18 + 6));
  CU_ASSERT_EQUAL(r.checked, 3 * r.entries);
}

static void samples_of_a_large_layer(void) {
  layer_setup s;
  layer_init(&s, DENSE, CLINO_F64, DENSE_W_TRANSPOSED);
  s.layer.shape = NULL;
  s.inputs[0].shape[0] = 3;
  s.inputs[0].shape[1] = s.params[0].shape[0] = s.params[0].shape[1] = s.params[1].shape[0] = 150;
  s.outputs[0].shape[0] = 3;
  s.outputs[0].shape[1] = 150;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.sample = 60;
  o.mode = CLINO_MODE_SAMPLE;
  clino_gradcheck_result r = check(&s.layer, &o);
  EXPECT_CAUGHT("150 by 150, transposed", &r);
  CU_ASSERT_TRUE(r.checked < 100);
  s.bug = NO_BUG;
  r = check(&s.layer, &o);
  EXPECT_ACCEPTED("150 by 150", &r);
}

static void same_seed_same_result(void) {
  layer_setup s;
  clino_gradcheck_result r[3];
  for (int i = 0; i < 3; i++) {
    clino_gradcheck_options o = clino_gradcheck_options_default();
    o.seed = i == 2 ? 8 : 7;
    layer_init(&s, SOFTMAX, CLINO_F64, NO_BUG);
    r[i] = check(&s.layer, &o);
  }
  CU_ASSERT_TRUE(same_results(&r[0], &r[1]));
  CU_ASSERT_NOT_EQUAL(r[0].worst.analytic, r[2].worst.analytic);
}

/* The record is of the gradient that failed, and the report leads with what the bug looks like. */
static void record_and_explanation(void) {
  layer_setup s;
  layer_init(&s, DENSE, CLINO_F64, DENSE_BIAS_MEAN);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_recorded_tensor kept;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&o.record, NULL), CLINO_OK);
  clino_gradcheck_result r = check(&s.layer, &o);
  EXPECT_CAUGHT("mean for sum", &r);
  CU_ASSERT_TRUE(r.n_explanations > 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_tensors(o.record), 3);
  CU_ASSERT_EQUAL(clino_gradcheck_record_get(o.record, 0, 2, &kept, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(kept.name, "b");
  CU_ASSERT_DOUBLE_EQUAL(5 * kept.analytic[1], kept.numeric[1], 1e-6);
  char text[2000];
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_EQUAL(strncmp(text, "gradcheck: fail: dense: b: ", 27), 0);
  s.bug = NO_BUG;
  r = check(&s.layer, &o);
  EXPECT_ACCEPTED("dense", &r);
  CU_ASSERT_EQUAL(r.n_explanations, 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_tensors(o.record), 3);
  s.bug = JVP_ONE_OUTPUT;
  r = check(&s.layer, &o);
  EXPECT_CAUGHT("jvp", &r);
  CU_ASSERT_EQUAL(r.n_explanations, 0);
  clino_gradcheck_record_free(o.record);
}

void suite_gradcheck_layer_tensors(CU_pSuite suite) {
  TEST(suite, kinks);
  TEST(suite, tied_and_strided);
  TEST(suite, labels_must_not_change);
  TEST(suite, dropout_without_reseed);
  TEST(suite, which_shape_fails);
  TEST(suite, how_many);
  TEST(suite, samples_of_a_large_layer);
  TEST(suite, same_seed_same_result);
  TEST(suite, record_and_explanation);
}
