/* What gradcheck_layer() holds callbacks to beside the numbers: one small layer, y_k = w_k x_k^2 and z = sum x, with a
 * switch for each rule to break. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/test/cunit.h"
#include "support/probe.h"
#include "support/suite.h"

typedef enum breach {
  NONE,
  Y_UNWRITTEN, Y_ACCUMULATED, Y_NAN, Y_RANDOM, X_CHANGED, W_CHANGED_LATER, BEYOND_Y, BEFORE_X, BEYOND_DW,
  Y_CHANGED_BACK, C_CHANGED, DX_UNWRITTEN, DX_NAN, X_CHANGED_BACK, BEYOND_Z_BACK, REGISTERS_CHANGED,
  JVP_UNWRITTEN, JVP_ACCUMULATED, JVP_NAN, JVP_RANDOM, JVP_Y_CHANGED, JVP_TANGENT_CHANGED, JVP_X_CHANGED, JVP_BEYOND,
  JVP_OTHER_SLOPE, Z_FORGOTTEN, FAILS_FORWARD, FAILS_BACKWARD, FAILS_JVP
} breach;

typedef struct rules {
  breach breach;
  bool x_adds, w_adds;        /* whether backward adds to the gradient of x, of w */
  unsigned calls, jvp_calls;
  size_t n;
} rules;

static double *value(const clino_tensor *t) { return t->value; }
static double *grad(const clino_tensor *t) { return t->grad; }

static int forward(const clino_layer_io *io, void *ctx) {
  rules *r = ctx;
  const double *w = value(&io->params[0]);
  double *x = value(&io->inputs[0]), *y = value(&io->outputs[0]), *z = value(&io->outputs[1]);
  size_t n = io->inputs[0].shape[0];
  r->calls++;
  r->n = n;
  *z = 0;
  for (size_t k = 0; k < n; k++) {
    if (r->breach != Y_UNWRITTEN || k != 1) y[k] = (r->breach == Y_ACCUMULATED ? y[k] : 0) + w[k] * x[k] * x[k];
    *z += x[k];
  }
  if (r->breach == Y_NAN) y[n - 1] = NAN;
  if (r->breach == Y_RANDOM) y[0] += 1e-9 * r->calls;
  if (r->breach == X_CHANGED) x[1] += 1e-300;
  if (r->breach == X_CHANGED) x[1] *= 1 + 1e-15;
  if (r->breach == BEYOND_Y) y[n + 7] = 2;
  if (r->breach == BEFORE_X) x[-1] = 2;
  if (r->breach == W_CHANGED_LATER && r->calls > 9) value(&io->params[0])[0] *= 2;
  if (r->breach == REGISTERS_CHANGED) io->inputs[0].value = NULL, io->outputs[0].shape[0] = 99;
  return r->breach == FAILS_FORWARD && r->calls == 5 ? 41 : 0;
}

static int backward(const clino_layer_io *io, void *ctx) {
  rules *r = ctx;
  double *x = value(&io->inputs[0]), *w = value(&io->params[0]), *c = grad(&io->outputs[0]);
  double *dx = grad(&io->inputs[0]), *dw = grad(&io->params[0]);
  const double *cz = grad(&io->outputs[1]);
  size_t n = io->inputs[0].shape[0];
  for (size_t k = 0; k < n; k++) {
    double gx = 2 * w[k] * x[k] * c[k] + (cz && r->breach != Z_FORGOTTEN ? cz[0] : 0);
    if (r->breach != DX_UNWRITTEN || k != 2) dx[k] = (r->x_adds ? dx[k] : 0) + gx;
    dw[k] = (r->w_adds ? dw[k] : 0) + x[k] * x[k] * c[k];
  }
  if (r->breach == Y_CHANGED_BACK) value(&io->outputs[0])[1] = 0;
  if (r->breach == C_CHANGED) c[1] = 0;
  if (r->breach == DX_NAN) dx[1] = NAN;
  if (r->breach == X_CHANGED_BACK) x[0] = -x[0];
  if (r->breach == BEYOND_DW) dw[-3] = 1;
  if (r->breach == BEYOND_Z_BACK) value(&io->outputs[1])[1] = 1;
  return r->breach == FAILS_BACKWARD ? -42 : 0;
}

static int jvp(const clino_layer_io *io, void *ctx) {
  rules *r = ctx;
  double *x = value(&io->inputs[0]), *w = value(&io->params[0]), *tx = grad(&io->inputs[0]);
  double *ty = grad(&io->outputs[0]), *tz = grad(&io->outputs[1]), *tw = grad(&io->params[0]);
  size_t n = io->inputs[0].shape[0];
  r->jvp_calls++;
  if (tz) *tz = 0;
  for (size_t k = 0; k < n; k++) {
    double t = 2 * w[k] * x[k] * tx[k] + x[k] * x[k] * tw[k];
    if (r->breach != JVP_UNWRITTEN || k != 1) ty[k] = (r->breach == JVP_ACCUMULATED ? ty[k] : 0) + t;
    if (tz) *tz += tx[k];
  }
  if (r->breach == JVP_NAN) ty[0] = INFINITY;
  if (r->breach == JVP_RANDOM) ty[0] *= 1 + 1e-7 * r->jvp_calls;
  if (r->breach == JVP_Y_CHANGED) value(&io->outputs[0])[2] = 0;
  if (r->breach == JVP_TANGENT_CHANGED) tx[2] = 0;
  if (r->breach == JVP_X_CHANGED) x[1] += 1;
  if (r->breach == JVP_BEYOND) ty[n] = 1;
  if (r->breach == JVP_OTHER_SLOPE && tz) *tz *= 1 + 3e-5;
  return r->breach == FAILS_JVP ? 43 : 0;
}

typedef struct fixture {
  rules rules;
  clino_tensor inputs[1], params[1], outputs[2];
  clino_layer layer;
} fixture;

static void set_up(fixture *f, breach which) {
  memset(f, 0, sizeof *f);
  f->rules.breach = which;
  f->inputs[0] = CLINO_TENSOR_F64("x", NULL, NULL, 5);
  f->params[0] = CLINO_TENSOR_F64("w", NULL, NULL, 5);
  f->outputs[0] = CLINO_TENSOR_F64("y", NULL, NULL, 5);
  f->outputs[1] = CLINO_TENSOR_F64("z", NULL, NULL, 1);
  f->layer = (clino_layer){.name = "squares",
                           .io = {1, 1, 2, f->inputs, f->params, f->outputs},
                           .forward = forward,
                           .backward = backward,
                           .jvp = jvp,
                           .ctx = &f->rules};
}

static clino_gradcheck_result check(fixture *f, const clino_gradcheck_options *o) {
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_layer(&f->layer, o, &r, NULL), CLINO_OK);
  return r;
}

static void right(void) {
  fixture f;
  set_up(&f, NONE);
  clino_gradcheck_result r = check(&f, NULL);
  EXPECT_VERDICT("squares", &r, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.checked, 2 * 10);
  CU_ASSERT_EQUAL(r.layer.jvps, f.rules.jvp_calls);
  CU_ASSERT_EQUAL(r.evaluations, f.rules.calls);
  CU_ASSERT_STRING_EQUAL(r.layer.shape, "x 5, w 5; y 5, z 1");
  CU_ASSERT_EQUAL(r.options.seed, 1);
}

static const struct {
  breach breach;
  clino_verdict verdict;
  clino_reason reason;
  const char *tensor, *callback;
  size_t flat;
} broken[] = {
    {Y_UNWRITTEN, CLINO_VERDICT_FAIL, CLINO_REASON_OUTPUT_UNWRITTEN, "y", "forward", 1},
    {Y_ACCUMULATED, CLINO_VERDICT_FAIL, CLINO_REASON_OUTPUT_UNWRITTEN, "y", "forward", 0},
    {Y_NAN, CLINO_VERDICT_NONFINITE, CLINO_REASON_OUTPUT, "y", "forward", 4},
    {Y_RANDOM, CLINO_VERDICT_NONDETERMINISTIC, CLINO_REASON_OUTPUT, "y", "forward", 0},
    {X_CHANGED, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, "x", "forward", 1},
    {W_CHANGED_LATER, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, "w", "", 0},
    {BEYOND_Y, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, "y", "forward", 0},
    {BEFORE_X, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, "x", "forward", 0},
    {BEYOND_DW, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, "w", "backward", 0},
    {BEYOND_Z_BACK, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, "z", "backward", 0},
    {Y_CHANGED_BACK, CLINO_VERDICT_FAIL, CLINO_REASON_OUTPUT_CHANGED, "y", "backward", 1},
    {C_CHANGED, CLINO_VERDICT_FAIL, CLINO_REASON_TANGENT_CHANGED, "y", "backward", 1},
    {DX_UNWRITTEN, CLINO_VERDICT_FAIL, CLINO_REASON_UNWRITTEN, "x", "", 2},
    {DX_NAN, CLINO_VERDICT_NONFINITE, CLINO_REASON_NONE, "x", "", 1},
    {X_CHANGED_BACK, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, "x", "", 0},
    {JVP_UNWRITTEN, CLINO_VERDICT_FAIL, CLINO_REASON_UNWRITTEN, "y", "jvp", 1},
    {JVP_ACCUMULATED, CLINO_VERDICT_FAIL, CLINO_REASON_ACCUMULATED, "y", "jvp", 0},
    {JVP_NAN, CLINO_VERDICT_NONFINITE, CLINO_REASON_JVP, "y", "jvp", 0},
    {JVP_RANDOM, CLINO_VERDICT_NONDETERMINISTIC, CLINO_REASON_JVP, "y", "jvp", 0},
    {JVP_Y_CHANGED, CLINO_VERDICT_FAIL, CLINO_REASON_OUTPUT_CHANGED, "y", "jvp", 2},
    {JVP_TANGENT_CHANGED, CLINO_VERDICT_FAIL, CLINO_REASON_TANGENT_CHANGED, "x", "jvp", 2},
    {JVP_X_CHANGED, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, "x", "jvp", 1},
    {JVP_BEYOND, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, "y", "jvp", 0},
};

static void breaches(void) {
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    fixture f;
    set_up(&f, broken[i].breach);
    clino_gradcheck_result r = check(&f, NULL);
    char label[32], text[2000];
    snprintf(label, sizeof label, "breach %d", (int)broken[i].breach);
    bool as_expected = r.verdict == broken[i].verdict && r.reason == broken[i].reason &&
                       strcmp(r.worst.tensor, broken[i].tensor) == 0 && r.worst.flat == broken[i].flat &&
                       strcmp(r.layer.callback, broken[i].callback) == 0;
    expect(as_expected, label, &r, __FILE__, __LINE__);
    CU_ASSERT_TRUE(clino_gradcheck_describe(&r, text, sizeof text) <= 900);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "squares: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, broken[i].tensor));
    clino_gradcheck_report(&r, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "in the given shape (x 5, w 5; y 5, z 1)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "replay: o.seed = 1;"));
  }
}

static void what_a_callback_does_to_the_structs_is_forgotten(void) {
  fixture f;
  set_up(&f, REGISTERS_CHANGED);
  clino_gradcheck_result r = check(&f, NULL);
  EXPECT_VERDICT("structs", &r, CLINO_VERDICT_PASS);
  CU_ASSERT_PTR_NULL(f.inputs[0].value);
}

static void scratch_outputs(void) {
  static const breach allowed[] = {Y_CHANGED_BACK, C_CHANGED};
  for (size_t i = 0; i < 2; i++) {
    fixture f;
    set_up(&f, allowed[i]);
    f.layer.scratch_outputs = true;
    clino_gradcheck_result r = check(&f, NULL);
    EXPECT_VERDICT("scratch", &r, CLINO_VERDICT_PASS);
  }
}

/* What is declared: OVERWRITES, ACCUMULATES, or that with inputs overwritten. What x and w do. */
static clino_gradcheck_result of_mode(int declared, bool x_adds, bool w_adds) {
  fixture f;
  set_up(&f, NONE);
  f.rules.x_adds = x_adds;
  f.rules.w_adds = w_adds;
  f.layer.inputs_overwritten = declared == 2;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 1;
  if (declared) o.grad_mode = CLINO_GRAD_ACCUMULATES;
  return check(&f, &o);
}

static void expect_mode(int declared, bool x_adds, bool w_adds, clino_reason reason, const char *tensor) {
  clino_gradcheck_result r = of_mode(declared, x_adds, w_adds);
  char label[64];
  snprintf(label, sizeof label, "declared %d, x adds %d, w adds %d", declared, x_adds, w_adds);
  bool right = reason ? r.verdict == CLINO_VERDICT_FAIL && r.reason == reason && !strcmp(r.worst.tensor, tensor)
                      : r.verdict == CLINO_VERDICT_PASS;
  expect(right, label, &r, __FILE__, __LINE__);
  /* Only what was added to is explained by that, and only where grad_mode governs it does the report name grad_mode. */
  bool input = declared == 2 && reason == CLINO_REASON_ACCUMULATED;
  CU_ASSERT_EQUAL(r.n_explanations, reason == CLINO_REASON_ACCUMULATED && !input);
  char text[900];
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_EQUAL(strstr(text, "set grad_mode") != NULL, reason != CLINO_REASON_NONE && !input);
  CU_ASSERT_EQUAL(strstr(text, "do not set inputs_overwritten") != NULL, input);
}

static void grad_modes(void) {
  expect_mode(0, false, false, CLINO_REASON_NONE, "");
  expect_mode(0, true, false, CLINO_REASON_ACCUMULATED, "x");
  expect_mode(0, false, true, CLINO_REASON_ACCUMULATED, "w");
  expect_mode(1, true, true, CLINO_REASON_NONE, "");
  expect_mode(1, false, true, CLINO_REASON_OVERWRITTEN, "x");
  expect_mode(1, true, false, CLINO_REASON_OVERWRITTEN, "w");
  expect_mode(2, false, true, CLINO_REASON_NONE, "");
  expect_mode(2, true, true, CLINO_REASON_ACCUMULATED, "x");
  expect_mode(2, false, false, CLINO_REASON_OVERWRITTEN, "w");
}

static void unwritten_where_inputs_are_overwritten(void) {
  fixture f;
  set_up(&f, DX_UNWRITTEN);
  f.rules.w_adds = f.layer.inputs_overwritten = true;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.grad_mode = CLINO_GRAD_ACCUMULATES;
  clino_gradcheck_result r = check(&f, &o);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_UNWRITTEN);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "x");
  CU_ASSERT_EQUAL(r.worst.flat, 2);
}

/* All given: used in place, and as before afterwards; z has a value alone, and so no cotangent. */
static void given_memory(void) {
  double x[5] = {0.4, -1.2, 0.7, 2.1, -0.3}, w[5] = {1, 2, -1, 0.5, 3}, y[5] = {9, 8, 7, 6, 5}, z = 77;
  double dx[5] = {1, 2, 3, 4, 5}, dw[5] = {5, 4, 3, 2, 1}, c[5] = {-1, -2, -3, -4, -5};
  double *const all[] = {x, w, y, dx, dw, c};
  static const breach ways[] = {NONE,          DX_NAN,        X_CHANGED,      Y_NAN,
                                JVP_X_CHANGED, FAILS_FORWARD, FAILS_BACKWARD, FAILS_JVP};
  double before[6][5];
  for (size_t i = 0; i < 6; i++) memcpy(before[i], all[i], sizeof *before);
  for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
    fixture f;
    set_up(&f, ways[way]);
    f.inputs[0] = CLINO_TENSOR_F64("x", x, dx, 5);
    f.params[0] = CLINO_TENSOR_F64("w", w, dw, 5);
    f.outputs[0] = CLINO_TENSOR_F64("y", y, c, 5);
    f.outputs[1] = CLINO_TENSOR_F64("z", &z, NULL, 1);
    clino_gradcheck_result r;
    clino_status status = gradcheck_layer(&f.layer, NULL, &r, NULL);
    CU_ASSERT_EQUAL(status, way < 5 ? CLINO_OK : CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(clino_gradcheck_accepted(&r), way == 0);
    for (size_t i = 0; i < 6; i++) CU_ASSERT_EQUAL(memcmp(before[i], all[i], sizeof *before), 0);
    CU_ASSERT_EQUAL(z, 77);
  }
}

/* z is 1e9 times smaller than y: its part of the gradient shows all the same. */
static void outputs_of_other_sizes(void) {
  for (int wrong = 0; wrong < 2; wrong++) {
    fixture f;
    set_up(&f, wrong ? Z_FORGOTTEN : NONE);
    double x[5] = {1e-9, 2e-9, -3e-9, 1.5e-9, 4e-9}, w[5] = {1e18, 2e18, -1e18, 1e18, 3e18}, dx[5], dw[5];
    f.inputs[0] = CLINO_TENSOR_F64("x", x, dx, 5);
    f.params[0] = CLINO_TENSOR_F64("w", w, dw, 5);
    f.layer.jvp = NULL;
    clino_gradcheck_result r = check(&f, NULL);
    if (wrong) EXPECT_CAUGHT("small output, its part forgotten", &r);
    else EXPECT_ACCEPTED("small output", &r);
  }
}

static void jvp_against_backward(void) {
  fixture f;
  set_up(&f, JVP_OTHER_SLOPE);
  clino_gradcheck_result r = check(&f, NULL);
  EXPECT_CAUGHT("jvp off by 3e-5 in one output", &r);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "z");
}

void suite_gradcheck_layer_rules(CU_pSuite suite) {
  TEST(suite, right);
  TEST(suite, breaches);
  TEST(suite, what_a_callback_does_to_the_structs_is_forgotten);
  TEST(suite, scratch_outputs);
  TEST(suite, grad_modes);
  TEST(suite, unwritten_where_inputs_are_overwritten);
  TEST(suite, given_memory);
  TEST(suite, outputs_of_other_sizes);
  TEST(suite, jvp_against_backward);
}
