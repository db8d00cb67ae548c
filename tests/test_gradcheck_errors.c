/* Calls that cannot run: the status, the message, and what is left of the caller's memory. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "support/allocations.h"
#include "support/objectives.h"
#include "support/probe.h"

static const double x6[6] = {0.3, -1.7, 2.9, 0.11, -0.47, 1.31};

static bool zeroed(const clino_gradcheck_result *r) {
  static const clino_gradcheck_result none;
  clino_gradcheck_result copy = *r;
  copy.evaluations = copy.gradients = 0;
  return memcmp(&copy, &none, sizeof none) == 0;
}

static void expect_range(clino_status status, const clino_error *error, const clino_gradcheck_result *r,
                         const char *word) {
  CU_ASSERT_EQUAL(status, CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(error->code, CLINO_ERR_RANGE);
  if (!strstr(error->message, word)) CU_assertImplementation(CU_FALSE, __LINE__, error->message, word, "", CU_FALSE);
  CU_ASSERT_TRUE(zeroed(r));
}

/* Whatever the result held before, it must be that of this call. */
static clino_gradcheck_result dirty(void) {
  clino_gradcheck_result r;
  memset(&r, 0x5A, sizeof r);
  return r;
}

#define EXPECT_BAD_OPTION(word, field, ...)                                             \
  do {                                                                                  \
    clino_gradcheck_options o = clino_gradcheck_options_default();                      \
    o.field = (__VA_ARGS__);                                                            \
    probe p = {.f = quadratic};                                                         \
    clino_gradcheck_result r = dirty();                                                 \
    clino_error error;                                                                  \
    clino_status status = gradcheck(probe_objective, &p, 6, x6, &o, &r, &error);        \
    expect_range(status, &error, &r, word);                                             \
    CU_ASSERT_EQUAL(p.calls, 0);                                                        \
    CU_ASSERT_EQUAL(gradcheck(probe_objective, &p, 6, x6, &o, &r, NULL), CLINO_ERR_RANGE); \
  } while (0)

static void options_out_of_range_are_named(void) {
  EXPECT_BAD_OPTION("tolerance", tolerance, -1e-9);
  EXPECT_BAD_OPTION("tolerance", tolerance, 1.5);
  EXPECT_BAD_OPTION("tolerance", tolerance, (double)NAN);
  EXPECT_BAD_OPTION("resolution", resolution, 0);
  EXPECT_BAD_OPTION("resolution", resolution, 1.01);
  EXPECT_BAD_OPTION("resolution", resolution, (double)NAN);
  EXPECT_BAD_OPTION("step", step, 0);
  EXPECT_BAD_OPTION("step", step, -2);
  EXPECT_BAD_OPTION("step", step, (double)NAN);
  EXPECT_BAD_OPTION("step", step, (double)INFINITY);
  EXPECT_BAD_OPTION("mode", mode, (clino_mode)4);
  EXPECT_BAD_OPTION("mode", mode, (clino_mode)-1);
  EXPECT_BAD_OPTION("sample", sample, 0);
  EXPECT_BAD_OPTION("points", points, 1001);
  EXPECT_BAD_OPTION("points", points, SIZE_MAX);
  EXPECT_BAD_OPTION("grad_mode", grad_mode, (clino_grad_mode)2);
  EXPECT_BAD_OPTION("clino_gradcheck_options_default", struct_size, 8);
}

static void zeroed_options_name_the_function_to_start_from(void) {
  clino_gradcheck_options o;
  memset(&o, 0, sizeof o);
  clino_gradcheck_result r = dirty();
  clino_error error;
  probe p = {.f = quadratic};
  expect_range(gradcheck(probe_objective, &p, 6, x6, &o, &r, &error), &error, &r, "clino_gradcheck_options_default");
}

static void extremes_of_the_options_run(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.tolerance = 0;
  o.resolution = 1;
  o.seed = UINT64_MAX;
  o.sample = SIZE_MAX;
  o.mode = CLINO_MODE_SAMPLE;
  o.max_evaluations = UINT64_MAX;
  probe p = {.f = quadratic};
  clino_gradcheck_result r = probe_check(&p, 6, x6, &o);
  CU_ASSERT_EQUAL(r.checked, 6);
  EXPECT_NOT_CAUGHT("tolerance 0, resolution 1", &r);
  static const double steps[] = {5e-324, 1e-300, 1e-18, 1e-9, 1, 1e9, 1e300, DBL_MAX};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    o = clino_gradcheck_options_default();
    o.step = steps[i];
    r = probe_check(&p, 6, x6, &o);
    EXPECT_NOT_CAUGHT("an extreme step", &r);
  }
}

static void bounds_that_exclude_x_are_named(void) {
  double lower[6], upper[6];
  for (int side = 0; side < 4; side++) {
    for (size_t i = 0; i < 6; i++) lower[i] = -5, upper[i] = 5;
    if (side == 0) lower[3] = 0.2;
    if (side == 1) upper[3] = 0.1;
    if (side == 2) lower[3] = NAN;
    if (side == 3) upper[3] = NAN;
    clino_gradcheck_options o = clino_gradcheck_options_default();
    o.lower = lower, o.upper = upper;
    clino_gradcheck_result r = dirty();
    clino_error error;
    probe p = {.f = quadratic};
    expect_range(gradcheck(probe_objective, &p, 6, x6, &o, &r, &error), &error, &r, "element 3");
    CU_ASSERT_EQUAL(p.calls, 0);
  }
}

static int never_called(double *loss, void *ctx) {
  (void)ctx;
  *loss = 0;
  CU_FAIL("called in spite of a bad argument");
  return 0;
}

static int never_called_either(void *ctx) {
  (void)ctx;
  CU_FAIL("called in spite of a bad argument");
  return 0;
}

static void null_and_nothing_are_refused(void) {
  clino_gradcheck_result r = dirty();
  clino_error error;
  probe p = {.f = quadratic};
  expect_range(gradcheck(NULL, NULL, 6, x6, NULL, &r, &error), &error, &r, "objective");
  r = dirty();
  expect_range(gradcheck(probe_objective, &p, 6, NULL, NULL, &r, &error), &error, &r, "x is NULL");
  r = dirty();
  expect_range(gradcheck(probe_objective, &p, 0, x6, NULL, &r, &error), &error, &r, "n is 0");
  CU_ASSERT_EQUAL(gradcheck(probe_objective, &p, 6, x6, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "result"));
  CU_ASSERT_EQUAL(gradcheck(probe_objective, &p, 6, x6, NULL, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(gradcheck_model(NULL, NULL, &r, &error), CLINO_ERR_RANGE);
  double v[2] = {1, 2}, g[2];
  clino_tensor t = CLINO_TENSOR_F64("v", v, g, 2);
  clino_model m = {1, &t, never_called, never_called_either, NULL};
  CU_ASSERT_EQUAL(gradcheck_model(&m, NULL, NULL, &error), CLINO_ERR_RANGE);
  m.loss = NULL;
  CU_ASSERT_EQUAL(gradcheck_model(&m, NULL, &r, &error), CLINO_ERR_RANGE);
  m.loss = never_called, m.backward = NULL;
  CU_ASSERT_EQUAL(gradcheck_model(&m, NULL, &r, &error), CLINO_ERR_RANGE);
  m.backward = never_called_either, m.n_tensors = 0;
  CU_ASSERT_EQUAL(gradcheck_model(&m, NULL, &r, &error), CLINO_ERR_RANGE);
  m.n_tensors = 1, m.tensors = NULL;
  CU_ASSERT_EQUAL(gradcheck_model(&m, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(p.calls, 0);
}

static void too_large_an_n_is_no_crash(void) {
  static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 8 - 20, SIZE_MAX / 16, SIZE_MAX / 8 - 40};
  size_t count = allocations_known() ? 5 : 3; /* the last two reach malloc, where a sanitizer aborts */
  for (size_t i = 0; i < count; i++) {
    clino_gradcheck_result r = dirty();
    probe p = {.f = quadratic};
    clino_status status = gradcheck(probe_objective, &p, sizes[i], x6, NULL, &r, NULL);
    CU_ASSERT_TRUE(status == CLINO_ERR_MEMORY || status == CLINO_ERR_RANGE);
    CU_ASSERT_TRUE(zeroed(&r));
  }
}

/* ---- tensors that are none ---- */

static double values[40], gradients[40];

static void expect_bad_tensors(const clino_tensor *t, size_t n, const char *word, const char *word2) {
  clino_model m = {n, t, never_called, never_called_either, NULL};
  clino_gradcheck_result r = dirty();
  clino_error error;
  expect_range(gradcheck_model(&m, NULL, &r, &error), &error, &r, word);
  if (!strstr(error.message, word2)) CU_assertImplementation(CU_FALSE, __LINE__, error.message, word2, "", CU_FALSE);
}

static void bad_tensors_are_named(void) {
  clino_tensor good = CLINO_TENSOR_F64("good", values, gradients, 2, 3), t;
  t = good, t.n_dims = 0;
  expect_bad_tensors(&t, 1, "good", "0 dimensions");
  t = good, t.n_dims = 9;
  expect_bad_tensors(&t, 1, "good", "9 dimensions");
  t = good, t.value = NULL;
  expect_bad_tensors(&t, 1, "good", "value");
  t = good, t.dtype = (clino_dtype)0;
  expect_bad_tensors(&t, 1, "good", "dtype");
  t = good, t.dtype = (clino_dtype)3;
  expect_bad_tensors(&t, 1, "good", "dtype");
  t = good, t.shape[0] = SIZE_MAX / 2, t.shape[1] = 3;
  expect_bad_tensors(&t, 1, "good", "shape");
  t = good, t.shape[0] = 0, t.shape[1] = SIZE_MAX / 2; /* no elements, and a stride beyond memory all the same */
  expect_bad_tensors(&t, 1, "good", "shape");
  static const ptrdiff_t far[] = {PTRDIFF_MAX / 2, 1}, back[] = {1, PTRDIFF_MIN};
  t = good, t.strides = far;
  expect_bad_tensors(&t, 1, "good", "strides");
  t.strides = back;
  expect_bad_tensors(&t, 1, "good", "strides");
  t = good, t.grad = NULL;
  expect_bad_tensors(&t, 1, "gradient", "nothing");
  t = good, t.shape[1] = 0;
  expect_bad_tensors(&t, 1, "", "");
}

static void overlaps_are_named(void) {
  clino_tensor t[2] = {CLINO_TENSOR_F64("first", values, gradients, 2, 3),
                       CLINO_TENSOR_F64("second", values + 5, gradients + 6, 4)};
  expect_bad_tensors(t, 2, "first", "second");
  t[1] = CLINO_TENSOR_F64("second", values + 6, gradients + 5, 4);
  expect_bad_tensors(t, 2, "first", "second");
  t[1] = CLINO_TENSOR_F64("second", values + 6, values + 3, 3);
  expect_bad_tensors(t, 2, "first", "second");
  t[1] = CLINO_TENSOR_F64("second", gradients, values + 20, 3);
  expect_bad_tensors(t, 2, "first", "second");
  t[1] = CLINO_TENSOR_F64("second", values, gradients + 6, 5); /* tied, of another size */
  expect_bad_tensors(t, 2, "first", "second");
  t[1] = CLINO_TENSOR_F64("second", values + 10, gradients, 2, 3); /* one gradient for two values */
  expect_bad_tensors(t, 2, "first", "second");
  t[0] = CLINO_TENSOR_F64("alone", values, values, 6);
  expect_bad_tensors(t, 1, "alone", "overlap");
  t[0] = CLINO_TENSOR_F64("alone", values, values + 5, 6);
  expect_bad_tensors(t, 1, "alone", "overlap");
  static float f[4], df[4];
  t[0] = CLINO_TENSOR_F32("floats", f, df, 4);
  t[1] = CLINO_TENSOR_F64("doubles", (double *)(void *)f, gradients, 2);
  expect_bad_tensors(t, 2, "floats", "doubles");
}

static void strides_that_meet_themselves_are_named(void) {
  static const ptrdiff_t meets[][2] = {{1, 1}, {0, 1}, {2, 1}, {3, 0}};
  for (size_t i = 0; i < sizeof meets / sizeof meets[0]; i++) {
    clino_tensor t = CLINO_TENSOR_F64("strided", values, gradients, 4, 3);
    t.strides = meets[i];
    expect_bad_tensors(&t, 1, "strided", "twice");
  }
}

/* ---- a callback that fails ---- */

/* A model of two tensors in f64 and f32 whose k-th callback fails; memory holds -0.0 and NaN with a payload. */
typedef struct failing {
  double w[6], dw[6];
  float b[3], db[3];
  uint64_t calls, fail_at;
} failing;

static int failing_loss(double *loss, void *ctx) {
  failing *m = ctx;
  if (++m->calls == m->fail_at) return 41;
  *loss = 0;
  for (size_t i = 0; i < 6; i++) *loss += fabs(m->w[i] - 0.4) * (double)(1 + i) + 0.2 * m->w[i] * m->w[i];
  for (size_t i = 0; i < 3; i++) *loss += sin((double)m->b[i]) * (double)(1 + i);
  return 0;
}

static int failing_backward(void *ctx) {
  failing *m = ctx;
  if (++m->calls == m->fail_at) return 41;
  for (size_t i = 0; i < 6; i++)
    m->dw[i] = (m->w[i] > 0.4 ? 1 : m->w[i] < 0.4 ? -1 : 0) * (double)(1 + i) + 0.4 * m->w[i];
  for (size_t i = 0; i < 3; i++) m->db[i] = (float)(cos((double)m->b[i]) * (double)(1 + i));
  return 0;
}

static failing failing_model(void) {
  failing m = {.w = {-0.0, 0.4, 0.4, -1.7, 0.0, 0.4}, .b = {-0.0f, 0.25f, -3.5f}};
  uint64_t nan64 = UINT64_C(0x7FF8DEADBEEF1234);
  uint32_t nan32 = 0x7FC12345, negative_zero = 0x80000000;
  for (size_t i = 0; i < 6; i++) memcpy(&m.dw[i], &nan64, 8), nan64++;
  memcpy(&m.db[0], &nan32, 4);
  memcpy(&m.db[1], &negative_zero, 4);
  return m;
}

static void a_callback_may_fail_at_any_call(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 1;
  const failing before = failing_model();
  bool passed = false;
  for (uint64_t k = 1; !passed && k < 5000; k++) {
    failing m = before;
    m.fail_at = k;
    clino_tensor t[] = {CLINO_TENSOR_F64("w", m.w, m.dw, 2, 3), CLINO_TENSOR_F32("b", m.b, m.db, 3)};
    clino_model model = {2, t, failing_loss, failing_backward, &m};
    clino_gradcheck_result r = dirty();
    clino_error error = {.code = CLINO_OK};
    clino_status status = gradcheck_model(&model, &o, &r, &error);
    CU_ASSERT_EQUAL(memcmp(m.w, before.w, sizeof m.w), 0);
    CU_ASSERT_EQUAL(memcmp(m.dw, before.dw, sizeof m.dw), 0);
    CU_ASSERT_EQUAL(memcmp(m.b, before.b, sizeof m.b), 0);
    CU_ASSERT_EQUAL(memcmp(m.db, before.db, sizeof m.db), 0);
    passed = status == CLINO_OK;
    if (passed) {
      EXPECT_VERDICT("a model at three kinks", &r, CLINO_VERDICT_KINK);
      CU_ASSERT_TRUE(m.calls < k);
      CU_ASSERT_TRUE(k > 60);
      CU_ASSERT_EQUAL(r.evaluations + r.gradients, m.calls);
      continue;
    }
    CU_ASSERT_EQUAL(status, CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.code, CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.callback_value, 41);
    CU_ASSERT_TRUE(zeroed(&r));
    CU_ASSERT_EQUAL(r.evaluations + r.gradients, k);
    CU_ASSERT_EQUAL(m.calls, k);
  }
  CU_ASSERT_TRUE(passed);
}

static void an_objective_may_fail_at_any_call(void) {
  bool passed = false;
  for (uint64_t k = 1; !passed && k < 5000; k++) {
    double x[6];
    memcpy(x, x6, sizeof x);
    probe p = {.f = quadratic, .fail_at = k};
    clino_gradcheck_result r = dirty();
    clino_error error;
    clino_status status = gradcheck(probe_objective, &p, 6, x, NULL, &r, &error);
    CU_ASSERT_EQUAL(memcmp(x, x6, sizeof x), 0);
    passed = status == CLINO_OK;
    if (passed) continue;
    CU_ASSERT_EQUAL(status, CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.callback_value, 37);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "37"));
    CU_ASSERT_TRUE(zeroed(&r));
  }
  CU_ASSERT_TRUE(passed);
}

void suite_gradcheck_errors(CU_pSuite suite) {
  TEST(suite, options_out_of_range_are_named);
  TEST(suite, zeroed_options_name_the_function_to_start_from);
  TEST(suite, extremes_of_the_options_run);
  TEST(suite, bounds_that_exclude_x_are_named);
  TEST(suite, null_and_nothing_are_refused);
  TEST(suite, too_large_an_n_is_no_crash);
  TEST(suite, bad_tensors_are_named);
  TEST(suite, overlaps_are_named);
  TEST(suite, strides_that_meet_themselves_are_named);
  TEST(suite, a_callback_may_fail_at_any_call);
  TEST(suite, an_objective_may_fail_at_any_call);
}
