/* Taylor tests that cannot run, callbacks that break the rules, models in place, allocations that fail. */
#include "clino/taylor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/allocations.h"
#include "support/suite.h"

static void expect_taylor(bool holds, const char *label, const clino_taylor_result *r, unsigned line) {
  char text[1100], what[901];
  clino_taylor_describe(r, what, sizeof what);
  snprintf(text, sizeof text, "%s: %s", label, what);
  CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, line, text, __FILE__, "", CU_FALSE);
}
#define EXPECT(holds, label, r) expect_taylor(holds, label, r, __LINE__)

static clino_taylor_result test(clino_objective f, void *ctx, size_t n, const double *x,
                                const clino_taylor_options *o) {
  clino_taylor_result r;
  clino_error error = {.message = ""};
  clino_status status = clino_taylor_test(f, ctx, n, x, o, &r, &error);
  if (status) CU_assertImplementation(CU_FALSE, __LINE__, error.message, __FILE__, "", CU_FALSE);
  return r;
}

/* ---- preconditions ---- */

static uint64_t calls;
static int misbehaviour;

static int misbehaving(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  calls++;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += x[i] * x[i];
    if (grad && !(misbehaviour == 3 && i == 1)) grad[i] = 2 * x[i];
  }
  if (misbehaviour == 1) *f += 1e-9 * (double)calls;
  if (misbehaviour == 2) *f = NAN;
  if (misbehaviour == 4) ((double *)(uintptr_t)x)[0] += 1e-3;
  if (misbehaviour == 5 && grad) grad[n] = 1;
  if (misbehaviour == 6 && grad) grad[1] = INFINITY;
  if (misbehaviour == 7 && grad) *f += 1;
  return 0;
}

static void broken_rules_have_their_verdict(void) {
  static const clino_verdict verdicts[] = {CLINO_VERDICT_NONDETERMINISTIC, CLINO_VERDICT_NONFINITE, CLINO_VERDICT_FAIL,
                                           CLINO_VERDICT_FAIL, CLINO_VERDICT_FAIL, CLINO_VERDICT_NONFINITE,
                                           CLINO_VERDICT_FAIL};
  static const clino_reason reasons[] = {CLINO_REASON_NONE, CLINO_REASON_NONE, CLINO_REASON_UNWRITTEN,
                                         CLINO_REASON_INPUT_CHANGED, CLINO_REASON_OUT_OF_BOUNDS, CLINO_REASON_NONE,
                                         CLINO_REASON_VALUE_DEPENDS_ON_GRAD};
  double x[3] = {0.4, 1.7, -2.1};
  for (misbehaviour = 1; misbehaviour <= 7; misbehaviour++) {
    clino_taylor_result r = test(misbehaving, NULL, 3, x, NULL);
    EXPECT(r.verdict == verdicts[misbehaviour - 1] && r.reason == reasons[misbehaviour - 1], "a broken rule", &r);
    EXPECT(!clino_taylor_accepted(&r) && r.directions == 0, "a broken rule", &r);
  }
  misbehaviour = 0;
  double bad[3] = {0.4, NAN, 1};
  clino_taylor_result r = test(misbehaving, NULL, 3, bad, NULL);
  EXPECT(r.verdict == CLINO_VERDICT_NONFINITE && r.entry.flat == 1, "a coordinate that is NaN", &r);
}

static int product_fault;

static int faulty_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  (void)ctx;
  static int count;
  count++;
  for (size_t i = 0; i < n; i++)
    if (!(product_fault == 1 && i == 2)) hv[i] = 2 * v[i];
  if (product_fault == 2) hv[1] = NAN;
  if (product_fault == 3) hv[0] += 1e-3 * count;
  if (product_fault == 4) ((double *)(uintptr_t)v)[1] = 9;
  if (product_fault == 5) ((double *)(uintptr_t)x)[n] = 9;
  return product_fault == 6 ? 11 : 0;
}

static void a_faulty_product_is_named(void) {
  double x[3] = {0.4, 1.7, -2.1};
  clino_taylor_options o = clino_taylor_options_default();
  o.hessian = faulty_product;
  static const clino_verdict verdicts[] = {CLINO_VERDICT_FAIL, CLINO_VERDICT_NONFINITE, CLINO_VERDICT_NONDETERMINISTIC,
                                           CLINO_VERDICT_FAIL, CLINO_VERDICT_FAIL};
  for (product_fault = 1; product_fault <= 5; product_fault++) {
    clino_taylor_result r = test(misbehaving, NULL, 3, x, &o);
    EXPECT(r.verdict == verdicts[product_fault - 1], "a faulty product", &r);
  }
  clino_taylor_result r;
  clino_error error;
  CU_ASSERT_EQUAL(clino_taylor_test(misbehaving, NULL, 3, x, &o, &r, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 11);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
  product_fault = 0;
}

/* ---- errors ---- */

#define EXPECT_BAD(field, word, ...)                                                           \
  do {                                                                                         \
    clino_taylor_options o = clino_taylor_options_default();                                   \
    o.field = (__VA_ARGS__);                                                                   \
    clino_taylor_result r;                                                                     \
    clino_error error = {.message = ""};                                                       \
    double x[3] = {1, 2, 3};                                                                   \
    memset(&r, 0x5A, sizeof r);                                                                \
    CU_ASSERT_EQUAL(clino_taylor_test(misbehaving, NULL, 3, x, &o, &r, &error), CLINO_ERR_RANGE); \
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, word));                                       \
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);                                            \
  } while (0)

static void bad_arguments_are_named(void) {
  static const double zero[3], infinite[3] = {1, INFINITY, 0};
  EXPECT_BAD(tolerance, "tolerance", -1);
  EXPECT_BAD(tolerance, "tolerance", (double)NAN);
  EXPECT_BAD(resolution, "resolution", 0);
  EXPECT_BAD(directions, "directions", 0);
  EXPECT_BAD(directions, "directions", 65);
  EXPECT_BAD(grad_mode, "grad_mode", (clino_grad_mode)7);
  EXPECT_BAD(struct_size, "clino_taylor_options_default", 0);
  EXPECT_BAD(direction, "all 0", zero);
  EXPECT_BAD(direction, "element 1", infinite);
  clino_taylor_result r;
  clino_error error;
  double x[3] = {1, 2, 3};
  CU_ASSERT_EQUAL(clino_taylor_test(NULL, NULL, 3, x, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_taylor_test(misbehaving, NULL, 0, x, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_taylor_test(misbehaving, NULL, 3, NULL, NULL, &r, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_taylor_test(misbehaving, NULL, 3, x, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_taylor_test_model(NULL, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_taylor_test_model(NULL, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_FALSE(clino_taylor_accepted(NULL));
}

/* ---- a model in place ---- */

typedef struct net {
  double w[6], dw[6];
  float b[3], db[3];
  double factor;
  uint64_t calls, fail_at;
} net;

static int net_loss(double *loss, void *ctx) {
  net *m = ctx;
  if (++m->calls == m->fail_at) return 41;
  *loss = 0;
  for (size_t i = 0; i < 6; i++) *loss += sin(m->w[i] + (double)m->b[i % 3]) * (double)(1 + i);
  return 0;
}

static int net_backward(void *ctx) {
  net *m = ctx;
  if (++m->calls == m->fail_at) return 41;
  double db[3] = {0};
  for (size_t i = 0; i < 6; i++) {
    double c = cos(m->w[i] + (double)m->b[i % 3]) * (double)(1 + i);
    m->dw[i] = c * m->factor;
    db[i % 3] += c;
  }
  for (size_t i = 0; i < 3; i++) m->db[i] = (float)db[i];
  return 0;
}

static net net_new(double factor) {
  net m = {.w = {0.3, -1.1, 0.7, 2.1, -0.0, 0.9}, .b = {0.25f, -0.5f, 1.125f}, .factor = factor};
  uint64_t nan64 = UINT64_C(0x7FF8DEADBEEF1234);
  uint32_t negative_zero = 0x80000000;
  for (size_t i = 0; i < 6; i++) memcpy(&m.dw[i], &nan64, 8), nan64++;
  memcpy(&m.db[1], &negative_zero, 4);
  return m;
}

static clino_status test_net(net *m, clino_taylor_result *r, clino_error *error) {
  clino_tensor t[] = {CLINO_TENSOR_F64("w", m->w, m->dw, 2, 3), CLINO_TENSOR_F32("b", m->b, m->db, 3)};
  clino_model model = {2, t, net_loss, net_backward, m};
  return clino_taylor_test_model(&model, NULL, r, error);
}

static bool same_memory(const net *a, const net *b) {
  return memcmp(a->w, b->w, sizeof a->w) == 0 && memcmp(a->dw, b->dw, sizeof a->dw) == 0 &&
         memcmp(a->b, b->b, sizeof a->b) == 0 && memcmp(a->db, b->db, sizeof a->db) == 0;
}

static void a_model_is_tested_in_place(void) {
  clino_taylor_result r;
  net m = net_new(1), before = m;
  CU_ASSERT_EQUAL(test_net(&m, &r, NULL), CLINO_OK);
  EXPECT(r.verdict == CLINO_VERDICT_PASS && r.entries == 9, "a right net", &r);
  CU_ASSERT_TRUE(same_memory(&m, &before));
  m = net_new(1.05), before = m;
  CU_ASSERT_EQUAL(test_net(&m, &r, NULL), CLINO_OK);
  EXPECT(r.verdict == CLINO_VERDICT_FAIL, "a wrong net", &r);
  CU_ASSERT_TRUE(same_memory(&m, &before));
}

static void a_callback_may_fail_at_any_call(void) {
  bool passed = false;
  for (uint64_t k = 1; !passed && k < 5000; k++) {
    net m = net_new(1.05), before = m;
    m.fail_at = k;
    clino_taylor_result r;
    clino_error error = {.code = CLINO_OK};
    clino_status status = test_net(&m, &r, &error);
    CU_ASSERT_TRUE(same_memory(&m, &before));
    passed = status == CLINO_OK;
    if (passed) continue;
    CU_ASSERT_TRUE(status == CLINO_ERR_CALLBACK && error.callback_value == 41 && r.verdict == CLINO_VERDICT_NONE);
    CU_ASSERT_EQUAL(r.evaluations + r.gradients, k);
  }
  CU_ASSERT_TRUE(passed);
}

static void memory_may_run_out_at_any_allocation(void) {
  if (!allocations_known()) return;
  bool passed = false;
  for (long k = 0; !passed && k < 500; k++) {
    net m = net_new(1.05), before = m;
    clino_taylor_result r;
    long live = allocations_live();
    allocations_fail_after(k);
    clino_status status = test_net(&m, &r, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), live);
    CU_ASSERT_TRUE(same_memory(&m, &before));
    passed = status == CLINO_OK;
    CU_ASSERT_TRUE(passed || (status == CLINO_ERR_MEMORY && r.verdict == CLINO_VERDICT_NONE));
  }
  CU_ASSERT_TRUE(passed);
}

void suite_taylor_errors(CU_pSuite suite) {
  TEST(suite, broken_rules_have_their_verdict);
  TEST(suite, a_faulty_product_is_named);
  TEST(suite, bad_arguments_are_named);
  TEST(suite, a_model_is_tested_in_place);
  TEST(suite, a_callback_may_fail_at_any_call);
  TEST(suite, memory_may_run_out_at_any_allocation);
}
