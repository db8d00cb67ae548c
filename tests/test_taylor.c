/* The Taylor test: right gradients of many kinds and scales are never rejected, wrong ones are caught, orders are what
 * they should be, kinks are told from errors. */
#include "clino/taylor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  TEST(suite, the_report_says_it);
}
