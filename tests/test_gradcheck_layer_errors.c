/* gradcheck_layer() where it cannot run: every error names what is wrong; failing allocations; budgets. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/adapter/nlopt.h"
#include "clino/test/cunit.h"
#include "support/allocations.h"
#include "support/layers.h"
#include "support/probe.h"
#include "support/suite.h"

static layer_setup s;

static void set_up(void) { layer_init(&s, DENSE, CLINO_F64, NO_BUG); }

static void expect_error(const clino_layer *layer, const clino_gradcheck_options *o, clino_status status,
                         const char *words) {
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  memset(&r, 77, sizeof r);
  CU_ASSERT_EQUAL(gradcheck_layer(layer, o, &r, &error), status);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
  CU_ASSERT_EQUAL(error.code, status);
  if (!strstr(error.message, words)) fprintf(stderr, "\n    '%s' does not say '%s'", error.message, words);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, words));
  CU_ASSERT_EQUAL(gradcheck_layer(layer, o, &r, NULL), status);
}

static void range(const char *words) { expect_error(&s.layer, NULL, CLINO_ERR_RANGE, words); }

static void arguments(void) {
  clino_error error;
  set_up();
  CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_STRING_EQUAL(error.message, "gradcheck_layer: result is NULL");
  expect_error(NULL, NULL, CLINO_ERR_RANGE, "layer is NULL");
  s.layer.forward = NULL;
  range("forward is NULL");
  set_up();
  s.layer.backward = NULL;
  range("backward is NULL");
  set_up();
  s.layer.n_shapes = 1001;
  range("n_shapes is 1001, not from 0 to 1000");
  set_up();
  s.layer.n_cotangents = 101;
  range("n_cotangents is 101, not from 0 to 100");
}

static void lists_of_tensors(void) {
  set_up();
  s.layer.io.n_outputs = 0;
  range("dense: the layer has no outputs");
  set_up();
  s.layer.io.outputs = NULL;
  range("inputs, params or outputs is NULL");
  set_up();
  s.layer.io.inputs = NULL;
  range("inputs, params or outputs is NULL");
  set_up();
  s.layer.io.n_inputs = s.layer.io.n_params = 0;
  range("neither inputs nor params");
  set_up();
  s.layer.io.n_params = 1001;
  range("more than 1000");
}

static void tensors(void) {
  static const ptrdiff_t strides[2] = {7, 1};
  set_up();
  s.inputs[0].n_dims = 0;
  range("dense: x: 0 dimensions, not 1 to 8");
  set_up();
  s.params[1].dtype = (clino_dtype)0;
  range("b: dtype 0");
  set_up();
  s.params[0].shape[0] = SIZE_MAX / 4;
  range("W: its shape has too many elements");
  set_up();
  s.inputs[0].strides = strides;
  range("x: has strides but no value");
  set_up();
  s.outputs[0].shape[0] = 0;
  range("no output of the layer has a gradient");
  set_up();
  s.params[0].name = NULL;
  s.params[0].n_dims = 9;
  range("param 0: 9 dimensions");
}

static double room[64], room2[64];

static void memory_in_common(void) {
  set_up();
  s.inputs[0].value = s.outputs[0].value = room;
  range("x and the output y share their values");
  set_up();
  s.inputs[0].value = room;
  s.outputs[0].value = room + 3;
  range("the values of x and the values of y overlap");
  set_up();
  s.params[0].value = room;
  s.params[0].grad = room2;
  s.outputs[0].value = room + 40;
  s.outputs[0].grad = room2 + 2;
  range("the gradient of W and the gradient of y overlap");
}

static void nothing_to_differentiate(void) {
  layer_init(&s, RELU, CLINO_F64, NO_BUG);
  s.layer.shape = NULL;
  s.inputs[0].value = room;
  range("relu: no input and no parameter of the layer has a gradient");
  layer_init(&s, RELU, CLINO_F64, NO_BUG);
  s.outputs[0].value = room;
  range("relu: no output of the layer has a gradient");
}

static void options_out_of_range(void) {
  double bounds[64] = {0};
  clino_gradcheck_options o = {.tolerance = 0.1};
  set_up();
  expect_error(&s.layer, &o, CLINO_ERR_RANGE, "clino_gradcheck_options_default");
  o = clino_gradcheck_options_default();
  o.lower = bounds;
  expect_error(&s.layer, &o, CLINO_ERR_RANGE, "lower and upper");
  o = clino_gradcheck_options_default();
  o.n_terms = 2;
  expect_error(&s.layer, &o, CLINO_ERR_RANGE, "n_terms");
}

/* ---- callbacks ---- */

static int failing_shape(uint64_t trial, clino_layer_io *io, void *ctx) {
  (void)io, (void)ctx;
  return trial == 3 ? 57 : 0;
}

static int other_arrays(uint64_t trial, clino_layer_io *io, void *ctx) {
  (void)trial, (void)ctx;
  io->n_params = 1;
  return 0;
}

static int bad_shape(uint64_t trial, clino_layer_io *io, void *ctx) {
  (void)ctx;
  if (trial == 2) io->params[1].n_dims = 17;
  return 0;
}

static int failing_reseed(uint64_t seed, void *ctx) {
  (void)seed, (void)ctx;
  return 5;
}

static int failing_forward(const clino_layer_io *io, void *ctx) {
  (void)io, (void)ctx;
  return 71;
}

static void callbacks(void) {
  set_up();
  s.layer.shape = failing_shape;
  expect_error(&s.layer, NULL, CLINO_ERR_CALLBACK, "dense, shape 3: the shape callback returned 57");
  s.layer.shape = other_arrays;
  range("dense, shape 1: the shape callback changed a count or an array");
  s.layer.shape = bad_shape;
  range("dense, shape 2: b: 17 dimensions");
  set_up();
  s.layer.forward = failing_forward;
  expect_error(&s.layer, NULL, CLINO_ERR_CALLBACK, "dense: the forward callback returned 71");
  clino_error error;
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, NULL, &r, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 71);
  set_up();
  s.layer.backward = failing_forward;
  expect_error(&s.layer, NULL, CLINO_ERR_CALLBACK, "the backward callback returned 71");
  set_up();
  s.layer.jvp = failing_forward;
  expect_error(&s.layer, NULL, CLINO_ERR_CALLBACK, "the jvp callback returned 71");
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.reseed = failing_reseed;
  expect_error(&s.layer, &o, CLINO_ERR_CALLBACK, "the reseed callback returned 5");
}

/* ---- bounds, budgets, coordinates, memory ---- */

static int log_forward(const clino_layer_io *io, void *ctx) {
  const double *x = io->inputs[0].value;
  for (size_t i = 0; i < 3; i++) {
    if (x[i] <= 0) ++*(int *)ctx;
    ((double *)io->outputs[0].value)[i] = log(x[i]);
  }
  return 0;
}

static int log_backward(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  const double *x = io->inputs[0].value, *c = io->outputs[0].grad;
  for (size_t i = 0; i < 3; i++) ((double *)io->inputs[0].grad)[i] = c[i] / x[i];
  return 0;
}

static int log_jvp(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  const double *x = io->inputs[0].value, *t = io->inputs[0].grad;
  for (size_t i = 0; i < 3; i++) ((double *)io->outputs[0].grad)[i] = t[i] / x[i];
  return 0;
}

static void within_bounds(void) {
  double lower[3] = {1e-12, 1e-12, 0.01}, upper[3] = {INFINITY, 0.1, 1e6};
  int outside = 0;
  clino_tensor x = CLINO_TENSOR_F64("x", NULL, NULL, 3), y = CLINO_TENSOR_F64("y", NULL, NULL, 3);
  clino_layer layer = {.io = {1, 0, 1, &x, NULL, &y},
                       .forward = log_forward,
                       .backward = log_backward,
                       .jvp = log_jvp,
                       .ctx = &outside};
  for (uint64_t seed = 1; seed < 20; seed++) {
    clino_gradcheck_options o = clino_gradcheck_options_default();
    clino_gradcheck_result r;
    o.lower = lower;
    o.upper = upper;
    o.seed = seed;
    o.points = 2;
    CU_ASSERT_EQUAL(gradcheck_layer(&layer, &o, &r, NULL), CLINO_OK);
    EXPECT_VERDICT("log", &r, CLINO_VERDICT_PASS);
    CU_ASSERT_STRING_EQUAL(r.layer.name, "layer");
  }
  CU_ASSERT_EQUAL(outside, 0);
}

static void budgets(void) {
  set_up();
  for (uint64_t most = 1; most < 2000; most = most * 3 / 2 + 1) {
    clino_gradcheck_options o = clino_gradcheck_options_default();
    clino_gradcheck_result r;
    o.max_evaluations = most;
    CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, &o, &r, NULL), CLINO_OK);
    bool open = r.verdict == CLINO_VERDICT_INCONCLUSIVE && r.reason == CLINO_REASON_BUDGET;
    expect(open || clino_gradcheck_accepted(&r), "budget", &r, __FILE__, __LINE__);
    CU_ASSERT_EQUAL(clino_gradcheck_accepted(&r), most > 1500);
    CU_ASSERT_EQUAL(r.options.max_evaluations, most);
  }
}

static void coordinate_that_is_no_number(void) {
  layer_init(&s, SOFTMAX, CLINO_F64, NO_BUG);
  s.layer.shape = NULL;
  for (int i = 0; i < 35; i++) room[i] = 0.1 * i;
  room[8] = NAN;
  s.inputs[0].value = room;
  s.inputs[0].grad = room2;
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, NULL, &r, NULL), CLINO_OK);
  EXPECT_VERDICT("NaN", &r, CLINO_VERDICT_NONFINITE);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "y");
  CU_ASSERT_TRUE(isnan(room[8]));
}

static void failing_allocations(void) {
  if (!allocations_known()) return;
  set_up();
  s.layer.n_shapes = 2;
  bool failed = true;
  long n = 0;
  for (; failed; n++) {
    clino_gradcheck_result r;
    clino_error error;
    long live = allocations_live();
    unsigned long count = allocations_count();
    allocations_fail_after(n);
    clino_status status = gradcheck_layer(&s.layer, NULL, &r, &error);
    allocations_fail_after(-1);
    failed = allocations_count() - count > (unsigned long)n;
    CU_ASSERT_EQUAL(allocations_live(), live);
    /* The text of the shape is the one thing that may be missing. */
    CU_ASSERT_TRUE(status == CLINO_ERR_MEMORY || (status == CLINO_OK && clino_gradcheck_accepted(&r)));
  }
  CU_ASSERT_TRUE(n > 60);
}

/* ---- NLopt's callbacks ---- */

static double quartic(unsigned n, const double *x, double *grad, void *data) {
  double f = 0;
  for (unsigned i = 0; i < n; i++) {
    f += pow(x[i], 4) * (i + 1);
    if (grad) grad[i] = *(double *)data * pow(x[i], 3) * (i + 1);
  }
  return f;
}

static void nlopt_objectives(void) {
  double x[3] = {0.7, -1.3, 2.1}, four = 4, three = 3;
  clino_nlopt right = {quartic, &four}, wrong = {quartic, &three};
  clino_gradcheck_result r;
  CU_ASSERT_GRADCHECK(clino_nlopt_objective, &right, 3, x, NULL);
  CU_ASSERT_EQUAL(gradcheck(clino_nlopt_objective, &wrong, 3, x, NULL, &r, NULL), CLINO_OK);
  EXPECT_VERDICT("3 for 4", &r, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_FAIL], 3);
}

/* result_i = sum_j sin(i x_j) + x_i^2 */
static void constraints(unsigned m, double *result, unsigned n, const double *x, double *grad, void *data) {
  for (unsigned i = 0; i < m; i++) {
    result[i] = x[i % n] * x[i % n];
    for (unsigned j = 0; j < n; j++) {
      result[i] += sin((i + 1) * x[j]);
      if (grad) grad[i * n + j] = (i + 1) * cos((i + 1) * x[j]) + (j == i % n ? 2 * x[j] : 0);
    }
  }
  if (grad && *(bool *)data) grad[n + 2] = grad[2 * n + 1];
}

static void nlopt_constraints(void) {
  const double x[3] = {0.7, -1.3, 2.1};
  bool wrong = false;
  clino_nlopt_constraints c = {constraints, &wrong, 4};
  clino_gradcheck_result r;
  clino_error error;
  CU_ASSERT_EQUAL(clino_nlopt_gradcheck_constraints(&c, 3, x, NULL, &r, &error), CLINO_OK);
  EXPECT_ACCEPTED("constraints", &r);
  wrong = true;
  CU_ASSERT_EQUAL(clino_nlopt_gradcheck_constraints(&c, 3, x, NULL, &r, &error), CLINO_OK);
  EXPECT_CAUGHT("one derivative of one constraint", &r);
  CU_ASSERT_EQUAL(r.worst.flat, 2);
  CU_ASSERT_STRING_EQUAL(r.layer.name, "constraints");
  CU_ASSERT_EQUAL(clino_nlopt_gradcheck_constraints(&c, 0, x, NULL, &r, &error), CLINO_ERR_RANGE);
}

void suite_gradcheck_layer_errors(CU_pSuite suite) {
  TEST(suite, arguments);
  TEST(suite, lists_of_tensors);
  TEST(suite, tensors);
  TEST(suite, memory_in_common);
  TEST(suite, nothing_to_differentiate);
  TEST(suite, options_out_of_range);
  TEST(suite, callbacks);
  TEST(suite, within_bounds);
  TEST(suite, budgets);
  TEST(suite, coordinate_that_is_no_number);
  TEST(suite, failing_allocations);
  TEST(suite, nlopt_objectives);
  TEST(suite, nlopt_constraints);
}
