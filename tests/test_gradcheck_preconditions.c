/* What must hold before a comparison means anything: each violation is found, with its reason. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "support/objectives.h"
#include "support/probe.h"

/* f = sum of sin(x_i) * (i + 1), and one thing wrong with the callback. */
typedef enum fault {
  NOTHING,
  LEAVES_ENTRY,      /* entry i is not written */
  LEAVES_ALL,
  ADDS_ALL,
  ADDS_ENTRY,
  OVERWRITES_ALL,    /* where it should add */
  OVERWRITES_ENTRY,
  CHANGES_X,         /* x[i], in the value call */
  CHANGES_X_IN_GRADIENT,
  CHANGES_X_LATER,   /* from the 20th call on */
  WRITES_BEFORE_GRAD,
  WRITES_BEHIND_GRAD,
  WRITES_BEHIND_X,
  WRITES_BEFORE_X,
  OTHER_VALUE_WITH_GRADIENT,
  OTHER_VALUE_AFTER_GRADIENT,
  RANDOM_VALUE,
  RANDOM_GRADIENT,
  NAN_VALUE,
  INFINITE_VALUE,
  NAN_ENTRY,
  LATE_NAN_VALUE     /* away from x only */
} fault;

typedef struct faulty {
  fault fault;
  size_t i;
  double scale;
  uint64_t calls;
  bool had_gradient;
  double x0;
} faulty;

static double slope(const faulty *o, const double *x, size_t i) { return o->scale * cos(x[i]) * (double)(i + 1); }

static void write_gradient(const faulty *o, size_t n, const double *x, double *g, uint64_t call) {
  for (size_t i = 0; i < n; i++) {
    bool here = i == o->i;
    if (o->fault == LEAVES_ALL || (o->fault == LEAVES_ENTRY && here)) continue;
    bool adds = o->fault == ADDS_ALL || (o->fault == ADDS_ENTRY && here) || (o->fault == OVERWRITES_ENTRY && !here);
    g[i] = slope(o, x, i) + (adds ? g[i] : 0);
    if (o->fault == RANDOM_GRADIENT && here) g[i] *= 1 + 1e-6 * (double)call;
    if (o->fault == NAN_ENTRY && here) g[i] = NAN;
  }
  if (o->fault == WRITES_BEHIND_GRAD) g[n] = 1;
  if (o->fault == WRITES_BEFORE_GRAD) g[-1] = 1;
}

static int call_faulty(size_t n, const double *x, double *f, double *grad, void *ctx) {
  faulty *o = ctx;
  double *open = (double *)(uintptr_t)x; /* what no callback may do */
  o->calls++;
  *f = 0;
  for (size_t i = 0; i < n; i++) *f += o->scale * sin(x[i]) * (double)(i + 1);
  if (grad) write_gradient(o, n, x, grad, o->calls);
  if (o->fault == CHANGES_X && !grad) open[o->i] += 1e-9;
  if (o->fault == CHANGES_X_IN_GRADIENT && grad) open[o->i] = -open[o->i];
  if (o->fault == CHANGES_X_LATER && o->calls == 20) open[o->i] *= 1 + 1e-10;
  if (o->fault == WRITES_BEHIND_X) open[n] = 3;
  if (o->fault == WRITES_BEFORE_X) open[-1] = 3;
  if (o->fault == OTHER_VALUE_WITH_GRADIENT && grad) *f *= 1 + 1e-6;
  if (o->fault == RANDOM_VALUE) *f *= 1 + 1e-15 * (double)(o->calls % 7);
  if (o->fault == NAN_VALUE) *f = NAN;
  if (o->fault == INFINITE_VALUE) *f = -INFINITY;
  if (o->fault == LATE_NAN_VALUE && x[0] != o->x0) *f = NAN;
  return 0;
}

static clino_gradcheck_result check_fault(fault kind, size_t i, double scale, clino_grad_mode mode) {
  static const double x[12] = {0.3, -1.7, 2.9, 0.11, -0.47, 1.31, 0.77, -2.2, 0.59, 1.03, -0.21, 3.3};
  faulty o = {.fault = kind, .i = i, .scale = scale, .x0 = x[0]};
  clino_gradcheck_options options = clino_gradcheck_options_default();
  options.grad_mode = mode;
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(call_faulty, &o, 12, x, &options, &r, NULL), CLINO_OK);
  return r;
}

static void expect_reason(const char *label, const clino_gradcheck_result *r, clino_reason reason) {
  EXPECT_VERDICT(label, r, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r->reason, reason);
  CU_ASSERT_EQUAL(r->worst.reason, reason);
}

static const double scales[] = {1, 1e-12, 1e8, 1e-200, 1e200, 3e-5};
enum { N_SCALES = sizeof scales / sizeof scales[0] };

static void a_sound_callback_passes(void) {
  for (size_t k = 0; k < N_SCALES; k++) {
    clino_gradcheck_result r = check_fault(NOTHING, 0, scales[k], CLINO_GRAD_OVERWRITES);
    EXPECT_VERDICT("sound", &r, CLINO_VERDICT_PASS);
    r = check_fault(ADDS_ALL, 0, scales[k], CLINO_GRAD_ACCUMULATES);
    EXPECT_VERDICT("sound, accumulating", &r, CLINO_VERDICT_PASS);
  }
}

static void an_unwritten_entry_is_named(void) {
  for (size_t k = 0; k < N_SCALES; k++)
    for (size_t i = 0; i < 12; i += 11) {
      clino_gradcheck_result r = check_fault(LEAVES_ENTRY, i, scales[k], CLINO_GRAD_OVERWRITES);
      expect_reason("one unwritten", &r, CLINO_REASON_UNWRITTEN);
      CU_ASSERT_EQUAL(r.worst.flat, i);
    }
  clino_gradcheck_result r = check_fault(LEAVES_ALL, 0, 1, CLINO_GRAD_OVERWRITES);
  expect_reason("all unwritten", &r, CLINO_REASON_UNWRITTEN);
}

static void adding_where_it_should_overwrite_is_named(void) {
  for (size_t k = 0; k < N_SCALES; k++) {
    clino_gradcheck_result r = check_fault(ADDS_ALL, 0, scales[k], CLINO_GRAD_OVERWRITES);
    EXPECT_CAUGHT("all accumulated", &r);
    if (scales[k] < 1e17 && scales[k] > 1e-9) CU_ASSERT_EQUAL(r.reason, CLINO_REASON_ACCUMULATED);
    r = check_fault(ADDS_ENTRY, 7, scales[k], CLINO_GRAD_OVERWRITES);
    EXPECT_CAUGHT("one accumulated", &r);
    if (scales[k] < 1e17 && scales[k] > 1e-9) CU_ASSERT_EQUAL(r.reason, CLINO_REASON_ACCUMULATED);
    CU_ASSERT_EQUAL(r.worst.flat, 7);
  }
}

static void overwriting_where_it_should_add_is_named(void) {
  for (size_t k = 0; k < N_SCALES; k++) {
    clino_gradcheck_result r = check_fault(OVERWRITES_ALL, 0, scales[k], CLINO_GRAD_ACCUMULATES);
    expect_reason("all overwritten", &r, CLINO_REASON_OVERWRITTEN);
    r = check_fault(OVERWRITES_ENTRY, 5, scales[k], CLINO_GRAD_ACCUMULATES);
    expect_reason("one overwritten", &r, CLINO_REASON_OVERWRITTEN);
    CU_ASSERT_EQUAL(r.worst.flat, 5);
  }
}

/* An accumulating callback that leaves an entry alone says that it is 0. */
static void an_entry_without_addition_is_zero(void) {
  clino_gradcheck_result r = check_fault(LEAVES_ENTRY, 4, 1, CLINO_GRAD_ACCUMULATES);
  CU_ASSERT_TRUE(caught(&r));
}

static void changing_x_is_found(void) {
  static const fault kinds[] = {CHANGES_X, CHANGES_X_IN_GRADIENT, CHANGES_X_LATER};
  for (size_t k = 0; k < 3; k++) {
    clino_gradcheck_result r = check_fault(kinds[k], 11, 1, CLINO_GRAD_OVERWRITES);
    expect_reason("x changed", &r, CLINO_REASON_INPUT_CHANGED);
    CU_ASSERT_EQUAL(r.worst.flat, 11);
    CU_ASSERT_EQUAL(r.worst.value, 3.3);
    CU_ASSERT_NOT_EQUAL(r.worst.numeric, 3.3);
  }
}

static void writing_outside_is_found(void) {
  static const fault kinds[] = {WRITES_BEFORE_GRAD, WRITES_BEHIND_GRAD, WRITES_BEHIND_X, WRITES_BEFORE_X};
  static const char *const what[] = {"grad", "grad", "x", "x"};
  for (size_t k = 0; k < 4; k++) {
    clino_gradcheck_result r = check_fault(kinds[k], 0, 1, CLINO_GRAD_OVERWRITES);
    expect_reason("out of bounds", &r, CLINO_REASON_OUT_OF_BOUNDS);
    CU_ASSERT_STRING_EQUAL(r.worst.tensor, what[k]);
  }
}

static void a_value_that_depends_on_the_gradient_is_found(void) {
  for (size_t k = 0; k < N_SCALES; k++) {
    clino_gradcheck_result r = check_fault(OTHER_VALUE_WITH_GRADIENT, 0, scales[k], CLINO_GRAD_OVERWRITES);
    expect_reason("value with gradient", &r, CLINO_REASON_VALUE_DEPENDS_ON_GRAD);
    CU_ASSERT_NOT_EQUAL(r.value, r.other_value);
  }
}

static void what_is_not_deterministic_is_found(void) {
  clino_gradcheck_result r = check_fault(RANDOM_VALUE, 0, 1, CLINO_GRAD_OVERWRITES);
  EXPECT_VERDICT("value", &r, CLINO_VERDICT_NONDETERMINISTIC);
  CU_ASSERT_NOT_EQUAL(r.value, r.other_value);
  for (size_t i = 0; i < 12; i += 3) {
    r = check_fault(RANDOM_GRADIENT, i, 1, CLINO_GRAD_OVERWRITES);
    EXPECT_VERDICT("gradient", &r, CLINO_VERDICT_NONDETERMINISTIC);
    CU_ASSERT_EQUAL(r.worst.flat, i);
    CU_ASSERT_NOT_EQUAL(r.worst.analytic, r.worst.numeric);
  }
}

static void what_is_not_finite_is_found(void) {
  clino_gradcheck_result r = check_fault(NAN_VALUE, 0, 1, CLINO_GRAD_OVERWRITES);
  EXPECT_VERDICT("NaN value", &r, CLINO_VERDICT_NONFINITE);
  CU_ASSERT_TRUE(isnan(r.value));
  r = check_fault(INFINITE_VALUE, 0, 1, CLINO_GRAD_OVERWRITES);
  EXPECT_VERDICT("infinite value", &r, CLINO_VERDICT_NONFINITE);
  CU_ASSERT_EQUAL(r.value, -INFINITY);
  for (int mode = CLINO_GRAD_OVERWRITES; mode <= CLINO_GRAD_ACCUMULATES; mode++) {
    r = check_fault(NAN_ENTRY, 6, 1, CLINO_GRAD_OVERWRITES);
    EXPECT_VERDICT("NaN entry", &r, CLINO_VERDICT_NONFINITE);
    CU_ASSERT_EQUAL(r.worst.flat, 6);
  }
  r = check_fault(LATE_NAN_VALUE, 0, 1, CLINO_GRAD_OVERWRITES);
  EXPECT_REFUSED("NaN everywhere but at x", &r);
  EXPECT_NOT_CAUGHT("NaN everywhere but at x", &r);
}

static void a_coordinate_that_is_not_finite_is_named(void) {
  static const double bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t k = 0; k < 3; k++) {
    double x[4] = {0.3, 1, bad[k], -2};
    probe p = {.f = quadratic};
    clino_gradcheck_result r = probe_check(&p, 4, x, NULL);
    EXPECT_VERDICT("coordinate", &r, CLINO_VERDICT_NONFINITE);
    CU_ASSERT_EQUAL(r.worst.flat, 2);
    CU_ASSERT_EQUAL(p.calls, 0);
  }
}

/* ---- reseed ---- */

typedef struct dropout {
  uint64_t state, seeds_seen, wrong_seeds, expected, fail_at;
} dropout;

static int dropout_loss(size_t n, const double *x, double *f, double *grad, void *ctx) {
  dropout *o = ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    o->state = o->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    double keep = o->state >> 62 ? 4 / 3.0 : 0;
    *f += keep * x[i] * x[i] + 0.1 * x[i];
    if (grad) grad[i] = 2 * keep * x[i] + 0.1;
  }
  return 0;
}

static int dropout_reseed(uint64_t seed, void *ctx) {
  dropout *o = ctx;
  o->state = seed;
  o->wrong_seeds += seed != o->expected;
  return ++o->seeds_seen == o->fail_at ? -9 : 0;
}

static void the_reseed_hook_makes_dropout_checkable(void) {
  double x[16];
  for (size_t i = 0; i < 16; i++) x[i] = 0.3 + 0.17 * (double)i;
  dropout o = {.state = 5, .expected = 77};
  probe p = {.f = dropout_loss, .ctx = &o};
  clino_gradcheck_result r = probe_check(&p, 16, x, NULL);
  EXPECT_VERDICT("without the hook", &r, CLINO_VERDICT_NONDETERMINISTIC);
  clino_gradcheck_options options = clino_gradcheck_options_default();
  options.seed = 77;
  options.context.reseed = dropout_reseed;
  clino_gradcheck_result with;
  CU_ASSERT_EQUAL(gradcheck(dropout_loss, &o, 16, x, &options, &with, NULL), CLINO_OK);
  EXPECT_VERDICT("with the hook", &with, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(o.wrong_seeds, 0);
  CU_ASSERT_EQUAL(o.seeds_seen, with.evaluations + with.gradients);
  uint64_t all = o.seeds_seen;
  for (uint64_t k = 1; k <= all; k++) {
    clino_error error;
    o.seeds_seen = 0, o.fail_at = k;
    CU_ASSERT_EQUAL(gradcheck(dropout_loss, &o, 16, x, &options, &with, &error), CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.callback_value, -9);
    CU_ASSERT_EQUAL(with.verdict, CLINO_VERDICT_NONE);
  }
}

void suite_gradcheck_preconditions(CU_pSuite suite) {
  TEST(suite, a_sound_callback_passes);
  TEST(suite, an_unwritten_entry_is_named);
  TEST(suite, adding_where_it_should_overwrite_is_named);
  TEST(suite, overwriting_where_it_should_add_is_named);
  TEST(suite, an_entry_without_addition_is_zero);
  TEST(suite, changing_x_is_found);
  TEST(suite, writing_outside_is_found);
  TEST(suite, a_value_that_depends_on_the_gradient_is_found);
  TEST(suite, what_is_not_deterministic_is_found);
  TEST(suite, what_is_not_finite_is_found);
  TEST(suite, a_coordinate_that_is_not_finite_is_named);
  TEST(suite, the_reseed_hook_makes_dropout_checkable);
}
