/* The Taylor test: right gradients of many kinds and scales are never rejected, wrong ones are caught, orders are what they
 * should be, kinks are told from errors, and nothing is left behind. */
#include "clino/taylor.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/objectives.h"
#include "support/probe.h"
#include "support/random.h"

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

static clino_taylor_result test_probe(probe *p, size_t n, const double *x, uint64_t seed) {
  clino_taylor_options o = clino_taylor_options_default();
  o.seed = seed;
  return test(probe_objective, p, n, x, &o);
}

/* ---- right gradients ---- */

static const double scales[] = {1, 1e-12, 1e8, 1}, offsets[] = {0, 0, 0, 1e6};

static void right_gradients_pass(void) {
  for (size_t k = 0; k < n_smooth_problems; k++)
    for (size_t c = 0; c < 4; c++)
      for (uint64_t seed = 1; seed <= 5; seed++) {
        const sample_problem *s = &smooth_problems[k];
        double x[MOST_N];
        s->point(s->n, x);
        probe p = {.f = s->f, .scale = scales[c], .offset = offsets[c]};
        clino_taylor_result r = test_probe(&p, s->n, x, seed);
        EXPECT(r.verdict == CLINO_VERDICT_PASS, s->name, &r);
        EXPECT(r.evaluations == p.evaluations && r.gradients == p.gradients, "counts", &r);
        if (c == 3) continue;
        EXPECT(fabs(r.worst.even.order - 2) < 0.1, "the even part is of order 2", &r);
        EXPECT(fabs(r.worst.slope - r.worst.measured) <= r.worst.error + 1e-7 * r.worst.size, "the slope", &r);
      }
}

static void hard_right_gradients_are_not_rejected(void) {
  size_t open = 0, all = 0;
  for (size_t k = 0; k < n_hard_problems; k++)
    for (size_t c = 0; c < 4; c++)
      for (uint64_t seed = 1; seed <= 5; seed++, all++) {
        const sample_problem *s = &hard_problems[k];
        double x[MOST_N];
        s->point(s->n, x);
        probe p = {.f = s->f, .scale = scales[c], .offset = offsets[c]};
        clino_taylor_result r = test_probe(&p, s->n, x, seed);
        EXPECT(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, s->name, &r);
        EXPECT(r.verdict != CLINO_VERDICT_KINK, s->name, &r);
        open += r.verdict == CLINO_VERDICT_INCONCLUSIVE;
      }
  CU_ASSERT_TRUE(open * 10 <= all);
}

/* sum of c_k relu(a_k x + b_k): b puts a kink at a given distance. */
typedef struct relus {
  size_t units;
  double a[8][12], b[8], c[8];
  double factor; /* of the gradient */
  bool single;   /* computed in float */
} relus;

static double relu_unit(const relus *m, size_t k, size_t n, const double *x) {
  double z = m->b[k];
  float fz = (float)m->b[k];
  for (size_t i = 0; i < n; i++) z += m->a[k][i] * x[i], fz += (float)m->a[k][i] * (float)x[i];
  return m->single ? (double)fz : z;
}

static int relu_sum(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const relus *m = ctx;
  float single = 0;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += 0.3 * x[i] * x[i];
    single += 0.3f * (float)x[i] * (float)x[i];
    if (grad) grad[i] = 0.6 * x[i] * m->factor;
  }
  for (size_t k = 0; k < m->units; k++) {
    double z = relu_unit(m, k, n, x);
    if (!(z > 0)) continue;
    *f += m->c[k] * z;
    single += (float)m->c[k] * (float)z;
    for (size_t i = 0; grad && i < n; i++) grad[i] += m->c[k] * m->a[k][i] * m->factor;
  }
  if (m->single) *f = (double)single;
  for (size_t i = 0; grad && m->single && i < n; i++) grad[i] = (double)(float)grad[i];
  return 0;
}

static relus relus_at(uint64_t seed, size_t n, double *x, double distance) {
  relus m = {.units = 8, .factor = 1};
  random_fill(seed, x, n, -1.2, 1.3);
  random_fill(seed + 100, &m.a[0][0], 8 * 12, -1, 1);
  random_fill(seed + 200, m.c, 8, -1, 1.5);
  for (size_t k = 0; k < m.units; k++) {
    double z = 0;
    for (size_t i = 0; i < n; i++) z += m.a[k][i] * x[i];
    m.b[k] = -z + (k % 2 ? distance : -distance);
  }
  return m;
}

static void right_gradients_near_kinks_are_not_rejected(void) {
  static const double distances[] = {1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-12, 0};
  size_t accepted = 0, all = 0, clear = 0, passed = 0;
  for (size_t k = 0; k < sizeof distances / sizeof distances[0]; k++)
    for (uint64_t seed = 1; seed <= 150; seed++, all++) {
      double x[12];
      relus m = relus_at(seed, 12, x, distances[k]);
      clino_taylor_result r = test(relu_sum, &m, 12, x, NULL);
      char label[80];
      snprintf(label, sizeof label, "relus at %g, seed %d", distances[k], (int)seed);
      EXPECT(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, label, &r);
      accepted += clino_taylor_accepted(&r);
      if (distances[k] >= 1e-7) clear++, passed += r.verdict == CLINO_VERDICT_PASS;
    }
  CU_ASSERT_TRUE(accepted * 4 >= all * 3); /* eight kinks at once, down to 0 */
  CU_ASSERT_TRUE(passed * 100 >= clear * 99);
}

static void wrong_gradients_near_kinks_are_caught(void) {
  static const double distances[] = {1e-3, 1e-7, 1e-12, 0}, factors[] = {1.03, 2, -1, 0.5};
  size_t caught_count = 0, all = 0;
  for (size_t k = 0; k < 4; k++)
    for (uint64_t seed = 1; seed <= 40; seed++, all++) {
      double x[12];
      relus m = relus_at(seed, 12, x, distances[k]);
      m.factor = factors[seed % 4];
      clino_taylor_result r = test(relu_sum, &m, 12, x, NULL);
      caught_count += r.verdict == CLINO_VERDICT_FAIL;
      EXPECT(!clino_taylor_accepted(&r) || distances[k] < 1e-7, "a wrong gradient near a kink", &r);
    }
  CU_ASSERT_TRUE(caught_count * 100 >= all * 95);
}

static void single_precision_inside_is_not_rejected(void) {
  for (uint64_t seed = 1; seed <= 100; seed++) {
    double x[12];
    relus m = relus_at(seed, 12, x, 0.05 * (double)(seed % 4));
    m.single = true;
    clino_taylor_result r = test(relu_sum, &m, 12, x, NULL);
    EXPECT(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, "relus in float", &r);
  }
}

/* A net in single precision inside, with a penalty in double on top: a staircase that no bit pattern gives away. */
static int float_net_with_penalty(size_t n, const double *x, double *f, double *grad, void *ctx) {
  float sum = 0, g[MOST_N];
  for (size_t i = 0; i < n; i++) {
    float z = (float)x[i] * 1.5f + (i ? (float)x[i - 1] : 0.25f);
    sum += tanhf(z) * (1 + 0.1f * (float)i);
    g[i] = (1 - tanhf(z) * tanhf(z)) * (1 + 0.1f * (float)i);
  }
  *f = (double)sum;
  for (size_t i = 0; i < n; i++) {
    *f += *(double *)ctx * x[i] * x[i];
    if (grad) grad[i] = (double)(1.5f * g[i] + (i + 1 < n ? g[i + 1] : 0)) + 2 * *(double *)ctx * x[i];
  }
  return 0;
}

static void staircases_are_not_rejected(void) {
  for (uint64_t seed = 1; seed <= 100; seed++) {
    double x[20], strength = seed % 3 ? 0.01 : 0.37;
    random_fill(seed, x, 20, -1.1, 1.4);
    clino_taylor_result r = test(float_net_with_penalty, &strength, 20, x, NULL);
    EXPECT(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, "a staircase", &r);
  }
}

/* ---- wrong gradients ---- */

static const probe wrong[] = {
    {.kind = NEGATED},  {.kind = SCALED, .factor = 1.01}, {.kind = SCALED, .factor = 2}, {.kind = ZEROED},
    {.kind = SHIFTED},  {.kind = SWAPPED, .i = 0, .j = 3}, {.kind = ENTRY_SCALED, .i = 1, .factor = 1.03},
    {.kind = ENTRY_ZEROED, .i = 2}, {.kind = ENTRY_SCALED, .i = 0, .factor = -1}};

static void wrong_gradients_fail_with_order_1(void) {
  size_t missed = 0, all = 0;
  for (size_t k = 0; k < n_smooth_problems; k++)
    for (size_t c = 0; c < 3; c++)
      for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++, all++) {
        const sample_problem *s = &smooth_problems[k];
        double x[MOST_N];
        s->point(s->n, x);
        probe p = wrong[w];
        p.f = s->f;
        p.scale = scales[c];
        clino_taylor_result r = test_probe(&p, s->n, x, 1 + w);
        missed += r.verdict != CLINO_VERDICT_FAIL;
        if (r.verdict != CLINO_VERDICT_FAIL) continue;
        EXPECT(r.reason == CLINO_REASON_DIFFERS, s->name, &r);
        EXPECT(fabs(r.worst.odd.order - 1) <= 0.05 + r.worst.odd.error, "the odd part is of order 1", &r);
        EXPECT(fabs(r.worst.slope - r.worst.measured) > r.worst.error, "the discrepancy is clear", &r);
      }
  CU_ASSERT_EQUAL(missed, 0);
}

/* What a discrepancy is, along a given direction: (0, 1) sees a second entry that is off by 0.25. */
static int known(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n;
  *f = sin(x[0]) * x[1] + 0.5 * x[1] * x[1];
  if (grad) grad[0] = cos(x[0]) * x[1], grad[1] = sin(x[0]) + x[1] + *(double *)ctx;
  return 0;
}

static void a_given_direction_is_the_only_one(void) {
  double off = 0.25, x[2] = {0.7, -1.9}, d[2] = {0, 1e-5};
  clino_taylor_options o = clino_taylor_options_default();
  o.direction = d;
  clino_taylor_result r = test(known, &off, 2, x, &o);
  EXPECT(r.verdict == CLINO_VERDICT_FAIL && r.directions == 1 && r.worst.given, "the second entry", &r);
  CU_ASSERT_DOUBLE_EQUAL((r.worst.slope - r.worst.measured) / 1e-5, 0.25, 1e-8);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.measured, (sin(0.7) - 1.9) * 1e-5, r.worst.error);
  CU_ASSERT_TRUE(fabs(r.worst.remainder.order - 1) < 0.05);
  d[0] = 3, d[1] = 0;
  r = test(known, &off, 2, x, &o);
  EXPECT(r.verdict == CLINO_VERDICT_PASS, "the first entry", &r);
}

/* ---- orders ---- */

static int cubic_one(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = x[0] * x[0] * x[0] + 2.5 * x[0];
  if (grad) grad[0] = 3 * x[0] * x[0] + 2.5;
  return 0;
}

static int linear(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 1.7;
  for (size_t i = 0; i < n; i++) {
    *f += (0.3 + (double)i) * x[i];
    if (grad) grad[i] = 0.3 + (double)i;
  }
  return 0;
}

static void orders_are_measured(void) {
  double x[6] = {0};
  clino_taylor_result r = test(cubic_one, NULL, 1, x, NULL);
  EXPECT(r.verdict == CLINO_VERDICT_PASS && fabs(r.worst.remainder.order - 3) < 0.05, "order 3 at an inflection", &r);
  CU_ASSERT_FALSE(r.worst.rounding_only);
  x[0] = 1.3;
  r = test(cubic_one, NULL, 1, x, NULL);
  EXPECT(r.verdict == CLINO_VERDICT_PASS && fabs(r.worst.remainder.order - 2) < 0.1, "order 2", &r);
  EXPECT(fabs(r.worst.odd.order - 3) < 0.1, "the odd part is of order 3", &r);
  random_fill(3, x, 6, -2, 2);
  r = test(linear, NULL, 6, x, NULL);
  EXPECT(r.verdict == CLINO_VERDICT_PASS && r.worst.rounding_only && isnan(r.worst.remainder.order), "linear", &r);
}

/* ---- kinks ---- */

typedef struct at_kink {
  int which;
  double grad[2]; /* at 0 */
} at_kink;

/* 0: relu(x + y); 1: relu(x) - relu(y); 2: |x| + y with the gradient of x doubled everywhere. */
static int kinked(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const at_kink *k = ctx;
  (void)n;
  double s = x[0] + x[1];
  *f = k->which == 0 ? fmax(s, 0) : k->which == 1 ? fmax(x[0], 0) - fmax(x[1], 0) : fabs(x[0]) + x[1];
  if (!grad) return 0;
  if (x[0] == 0 && x[1] == 0) memcpy(grad, k->grad, sizeof k->grad);
  else if (k->which == 0) grad[0] = grad[1] = s > 0;
  else if (k->which == 1) grad[0] = x[0] > 0, grad[1] = -(x[1] > 0);
  else grad[0] = x[0] > 0 ? 2 : -2, grad[1] = 1;
  return 0;
}

static clino_taylor_result at_kink_test(int which, double gx, double gy) {
  at_kink k = {which, {gx, gy}};
  double x[2] = {0, 0};
  clino_taylor_options o = clino_taylor_options_default();
  o.directions = 12;
  return test(kinked, &k, 2, x, &o);
}

static void kinks_are_told_from_errors(void) {
  clino_taylor_result r = at_kink_test(0, 0, 0);
  EXPECT(r.verdict == CLINO_VERDICT_KINK, "relu(x + y) with (0, 0)", &r);
  EXPECT(fabs(r.worst.even.order - 1) < 0.05, "the even part is of order 1", &r);
  r = at_kink_test(0, 1, 1);
  EXPECT(r.verdict == CLINO_VERDICT_KINK, "relu(x + y) with (1, 1)", &r);
  r = at_kink_test(0, 0.5, 0.5);
  EXPECT(r.verdict == CLINO_VERDICT_KINK, "relu(x + y) with (0.5, 0.5)", &r);
  r = at_kink_test(0, 1, 0);
  EXPECT(r.verdict == CLINO_VERDICT_FAIL, "relu(x + y) with (1, 0)", &r);
  r = at_kink_test(1, 0, 0);
  EXPECT(r.verdict == CLINO_VERDICT_KINK, "relu(x) - relu(y) with (0, 0)", &r);
  r = at_kink_test(1, 7, 0);
  EXPECT(r.verdict == CLINO_VERDICT_FAIL, "relu(x) - relu(y) with (7, 0)", &r);
  r = at_kink_test(2, 0, 1);
  EXPECT(r.verdict == CLINO_VERDICT_FAIL, "|x| with a gradient that is twice too large nearby", &r);
}

/* ---- second order ---- */

static double curvature_factor = 1;

static int known_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  (void)n, (void)ctx;
  hv[0] = (-sin(x[0]) * x[1] * v[0] + cos(x[0]) * v[1]) * curvature_factor;
  hv[1] = cos(x[0]) * v[0] + v[1];
  return 0;
}

static void second_order_is_tested(void) {
  double off = 0, x[2] = {0.7, -1.9};
  clino_taylor_options o = clino_taylor_options_default();
  o.hessian = known_product;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    o.seed = seed;
    curvature_factor = 1;
    clino_taylor_result r = test(known, &off, 2, x, &o);
    EXPECT(r.verdict == CLINO_VERDICT_PASS && r.worst.second_verdict == CLINO_VERDICT_PASS, "right", &r);
    EXPECT(fabs(r.worst.second.order - 3) < 0.15, "order 3", &r);
    CU_ASSERT_TRUE(fabs(r.worst.curvature - r.worst.measured_curvature) <= r.worst.curvature_error * 1.01);
    CU_ASSERT_EQUAL(r.products, 8);
    curvature_factor = 1.02;
    r = test(known, &off, 2, x, &o);
    EXPECT(r.verdict == CLINO_VERDICT_FAIL && r.worst.verdict == CLINO_VERDICT_PASS, "off by 2%", &r);
    EXPECT(fabs(r.worst.second.order - 2) < 0.15, "order 2", &r);
  }
  curvature_factor = 1;
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

/* ---- texts ---- */

static void the_report_says_it(void) {
  double off = 0.25, x[2] = {0.7, -1.9};
  clino_taylor_result r = test(known, &off, 2, x, NULL), again = test(known, &off, 2, x, NULL);
  char text[6000], cut[40];
  CU_ASSERT_EQUAL(memcmp(&r, &again, sizeof r), 0);
  size_t length = clino_taylor_describe(&r, text, sizeof text);
  CU_ASSERT_EQUAL(length, strlen(text));
  CU_ASSERT_TRUE(length <= 900);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "taylor: fail"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "order 1"));
  CU_ASSERT_EQUAL(clino_taylor_describe(&r, cut, sizeof cut), length);
  CU_ASSERT_EQUAL(strlen(cut), sizeof cut - 1);
  CU_ASSERT_EQUAL(clino_taylor_describe(&r, NULL, 0), length);
  length = clino_taylor_report(&r, text, sizeof text);
  CU_ASSERT_EQUAL(length, strlen(text));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "R(-t)"));
  memset(&r, 0, sizeof r);
  clino_taylor_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "did not run"));
}

void suite_taylor(CU_pSuite suite) {
  TEST(suite, right_gradients_pass);
  TEST(suite, hard_right_gradients_are_not_rejected);
  TEST(suite, right_gradients_near_kinks_are_not_rejected);
  TEST(suite, wrong_gradients_near_kinks_are_caught);
  TEST(suite, single_precision_inside_is_not_rejected);
  TEST(suite, staircases_are_not_rejected);
  TEST(suite, wrong_gradients_fail_with_order_1);
  TEST(suite, a_given_direction_is_the_only_one);
  TEST(suite, orders_are_measured);
  TEST(suite, kinks_are_told_from_errors);
  TEST(suite, second_order_is_tested);
  TEST(suite, broken_rules_have_their_verdict);
  TEST(suite, a_faulty_product_is_named);
  TEST(suite, bad_arguments_are_named);
  TEST(suite, a_model_is_tested_in_place);
  TEST(suite, a_callback_may_fail_at_any_call);
  TEST(suite, memory_may_run_out_at_any_allocation);
  TEST(suite, the_report_says_it);
}
