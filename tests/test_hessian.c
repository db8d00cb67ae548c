/* Hessian-vector products, their check, and the symmetry of the Jacobian of a field. */
#include "clino/hessian.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/objectives.h"
#include "support/probe.h"
#include "support/random.h"

static void say(bool holds, const char *label, const char *what, unsigned line) {
  char text[1100];
  snprintf(text, sizeof text, "%s: %s", label, what);
  CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, line, text, __FILE__, "", CU_FALSE);
}

static void expect_hvp(bool holds, const char *label, const clino_hvp_result *r, unsigned line) {
  char what[901];
  clino_hvp_describe(r, what, sizeof what);
  say(holds, label, what, line);
}

static void expect_symmetry(bool holds, const char *label, const clino_symmetry_result *r, unsigned line) {
  char what[901];
  clino_symmetry_describe(r, what, sizeof what);
  say(holds, label, what, line);
}
#define EXPECT_HVP(holds, label, r) expect_hvp(holds, label, r, __LINE__)
#define EXPECT_SYMMETRY(holds, label, r) expect_symmetry(holds, label, r, __LINE__)

/* ---- functions whose Hessian is known ---- */

/* sum of c_i exp(-(a_i'x)^2 / 2) + coordinates over 16 decades where asked: f, gradient, and product, each times a
 * scale. */
typedef struct known {
  double scale, a[6][10], c[6], s[10];
  int wrong;      /* of the product: 1 an entry off by 3%, 2 scaled by 1.01, 3 an entry 0, 4 two swapped, 5 negated */
  bool single, kink;
  uint64_t calls, fail_at, product_fail_at;
} known;

static known known_new(uint64_t seed, double scale, bool decades) {
  known k = {.scale = scale};
  random_fill(seed, &k.a[0][0], 60, -0.9, 0.9);
  random_fill(seed + 1, k.c, 6, 0.5, 2);
  for (size_t i = 0; i < 10; i++) k.s[i] = decades ? pow(10, (double)i * 16 / 9 - 8) : 1;
  return k;
}

static double inner(const known *k, size_t j, size_t n, const double *x) {
  double z = 0;
  for (size_t i = 0; i < n; i++) z += k->a[j][i] * x[i] / k->s[i];
  return z;
}

static int known_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  known *k = ctx;
  if (++k->calls == k->fail_at) return 37;
  *f = 0;
  for (size_t i = 0; grad && i < n; i++) grad[i] = k->kink ? (x[i] > 0.5 ? 1 : 0) : 0;
  for (size_t j = 0; j < 6; j++) {
    double z = inner(k, j, n, x), e = k->c[j] * exp(-z * z / 2) * k->scale;
    *f += e;
    for (size_t i = 0; grad && i < n; i++) grad[i] += -e * z * k->a[j][i] / k->s[i];
  }
  for (size_t i = 0; grad && k->single && i < n; i++) grad[i] = (double)(float)grad[i];
  return 0;
}

static int known_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  known *k = ctx;
  if (k->product_fail_at && --k->product_fail_at == 0) return 43;
  memset(hv, 0, n * sizeof *hv);
  for (size_t j = 0; j < 6; j++) {
    double z = inner(k, j, n, x), w = inner(k, j, n, v), e = k->c[j] * exp(-z * z / 2) * k->scale;
    for (size_t i = 0; i < n; i++) hv[i] += e * (z * z - 1) * w * k->a[j][i] / k->s[i];
  }
  double first = hv[0];
  if (k->wrong == 1) hv[1] *= 1.03;
  if (k->wrong == 3) hv[2] = 0;
  if (k->wrong == 4) hv[0] = hv[3], hv[3] = first;
  for (size_t i = 0; i < n && (k->wrong == 2 || k->wrong == 5); i++) hv[i] *= k->wrong == 2 ? 1.01 : -1;
  return 0;
}

static void known_point(const known *k, uint64_t seed, double *x) {
  random_fill(seed + 7, x, 10, -0.8, 0.9);
  for (size_t i = 0; i < 10; i++) x[i] *= k->s[i];
}

/* ---- products ---- */

static void products_are_right_within_their_error_bars(void) {
  static const double scales[] = {1, 1e-12, 1e8};
  size_t outside = 0, all = 0;
  for (uint64_t seed = 1; seed <= 40; seed++) {
    known k = known_new(seed, scales[seed % 3], false);
    double x[10], v[10], hv[10], exact[10], errors[10];
    known_point(&k, seed, x);
    random_fill(seed + 50, v, 10, -1e3, 1e3);
    clino_hvp_info info;
    CU_ASSERT_EQUAL(clino_hvp(known_objective, &k, 10, x, v, NULL, hv, errors, &info, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(info.verdict, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(info.gradients, k.calls);
    CU_ASSERT_EQUAL(info.unsettled, 0);
    CU_ASSERT_TRUE(info.error_rms <= 1e-7 * info.rms);
    known_product(10, x, v, exact, &k);
    for (size_t i = 0; i < 10; i++, all++) outside += !(fabs(hv[i] - exact[i]) <= errors[i]);
  }
  CU_ASSERT_TRUE(outside * 100 <= all);
}

static void a_step_that_is_given_makes_it_cheap(void) {
  known k = known_new(3, 1, false);
  double x[10], v[10], hv[10], exact[10], errors[10];
  known_point(&k, 3, x);
  random_fill(53, v, 10, -1, 1);
  clino_hvp_info info;
  CU_ASSERT_EQUAL(clino_hvp(known_objective, &k, 10, x, v, NULL, hv, NULL, &info, NULL), CLINO_OK);
  clino_hessian_options o = clino_hessian_options_default();
  o.step = info.step;
  o.noise = info.noise;
  CU_ASSERT_EQUAL(clino_hvp(known_objective, &k, 10, x, v, &o, hv, errors, &info, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(info.gradients, 6);
  CU_ASSERT_EQUAL(info.step, o.step);
  known_product(10, x, v, exact, &k);
  for (size_t i = 0; i < 10; i++) CU_ASSERT_TRUE(fabs(hv[i] - exact[i]) <= errors[i] && errors[i] < 1e-5);
}

static void a_kink_does_not_settle(void) {
  known k = known_new(4, 1, false);
  k.kink = true;
  double x[10], v[10], hv[10], errors[10];
  known_point(&k, 4, x);
  x[6] = 0.5;
  for (size_t i = 0; i < 10; i++) v[i] = 1;
  clino_hvp_info info;
  CU_ASSERT_EQUAL(clino_hvp(known_objective, &k, 10, x, v, NULL, hv, errors, &info, NULL), CLINO_OK);
  CU_ASSERT_TRUE(info.unsettled >= 1);
  CU_ASSERT_TRUE(errors[6] >= 0.5 * fabs(hv[6]));
}

/* ---- the check of a product ---- */

static clino_hvp_result check_product(known *k, const double *x, uint64_t seed) {
  clino_hvp_result r;
  clino_hessian_options o = clino_hessian_options_default();
  o.seed = seed;
  CU_ASSERT_EQUAL(clino_hvp_check(known_objective, known_product, k, 10, x, &o, &r, NULL), CLINO_OK);
  return r;
}

static void right_products_pass(void) {
  static const double scales[] = {1, 1e-12, 1e8};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    known k = known_new(seed, scales[seed % 3], seed % 4 == 3);
    k.single = seed % 5 == 4;
    double x[10];
    known_point(&k, seed, x);
    clino_hvp_result r = check_product(&k, x, seed);
    EXPECT_HVP(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, "a right product", &r);
    if (!k.single && seed % 4 != 3) EXPECT_HVP(clino_hvp_accepted(&r), "a right product", &r);
    CU_ASSERT_EQUAL(r.gradients, k.calls);
  }
}

/* Most entries are 0, and say nothing of whether the rest is in single precision. */
static int sparse_single(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; grad && i < n; i++)
    grad[i] = i % 7 == 0 ? (double)(float)(sin(x[i]) + x[i] * cos(x[i])) : 0;
  return 0;
}

static int sparse_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  (void)ctx;
  for (size_t i = 0; i < n; i++) hv[i] = i % 7 == 0 ? (2 * cos(x[i]) - x[i] * sin(x[i])) * v[i] : 0;
  return 0;
}

static void sparse_gradients_in_single_precision_are_not_rejected(void) {
  double x[50];
  for (uint64_t seed = 1; seed <= 300; seed++) {
    random_fill(seed % 7, x, 50, -1.3, 1.7);
    clino_hvp_result r;
    clino_hessian_options o = clino_hessian_options_default();
    o.seed = seed;
    CU_ASSERT_EQUAL(clino_hvp_check(sparse_single, sparse_product, NULL, 50, x, &o, &r, NULL), CLINO_OK);
    EXPECT_HVP(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, "a sparse gradient in float", &r);
  }
}

static void wrong_products_fail(void) {
  static const double scales[] = {1, 1e-12, 1e8};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    known k = known_new(seed, scales[seed % 3], false);
    double x[10];
    known_point(&k, seed, x);
    k.wrong = 1 + (int)(seed % 5);
    clino_hvp_result r = check_product(&k, x, seed);
    EXPECT_HVP(r.verdict == CLINO_VERDICT_FAIL || (k.wrong == 2 && r.verdict == CLINO_VERDICT_SUSPECT), "wrong", &r);
    if (k.wrong == 1) EXPECT_HVP(r.worst.at.flat == 1 && r.counts[CLINO_VERDICT_PASS] == 27, "entry 1", &r);
    if (k.wrong == 3) EXPECT_HVP(r.worst.at.flat == 2 && r.worst.at.analytic == 0, "entry 2", &r);
  }
}

static void products_near_kinks_are_not_rejected(void) {
  static const double distances[] = {0, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2};
  for (uint64_t seed = 1; seed <= 60; seed++) {
    known k = known_new(seed, 1, false);
    k.kink = true;
    double x[10];
    known_point(&k, seed, x);
    x[seed % 10] = 0.5 + distances[seed % 6];
    clino_hvp_result r = check_product(&k, x, seed);
    EXPECT_HVP(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, "near a kink", &r);
    if (distances[seed % 6] >= 1e-4) EXPECT_HVP(r.verdict == CLINO_VERDICT_PASS, "near a kink", &r);
  }
}

/* ---- symmetry ---- */

static clino_symmetry_result symmetry(clino_objective f, void *ctx, size_t n, const double *x, uint64_t seed) {
  clino_symmetry_result r;
  clino_error error = {.message = ""};
  clino_hessian_options o = clino_hessian_options_default();
  o.seed = seed;
  clino_status status = clino_symmetry_test(f, ctx, n, x, &o, &r, &error);
  if (status) say(false, error.message, "", __LINE__);
  return r;
}

static void gradients_are_symmetric(void) {
  static const double scales[] = {1, 1e-12, 1e8, 1}, offsets[] = {0, 0, 0, 1e6};
  for (int set = 0; set < 2; set++)
    for (size_t k = 0; k < (set ? n_hard_problems : n_smooth_problems); k++)
      for (size_t c = 0; c < 4; c++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
          const sample_problem *s = set ? &hard_problems[k] : &smooth_problems[k];
          double x[MOST_N];
          s->point(s->n, x);
          probe p = {.f = s->f, .scale = scales[c], .offset = offsets[c]};
          clino_symmetry_result r = symmetry(probe_objective, &p, s->n, x, seed);
          EXPECT_SYMMETRY(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, s->name, &r);
          EXPECT_SYMMETRY(set || clino_symmetry_accepted(&r), s->name, &r);
          CU_ASSERT_EQUAL(p.evaluations, 0);
        }
}

static void spoiled_gradients_are_not(void) {
  static const probe wrong[] = {{.kind = SHIFTED}, {.kind = SWAPPED, .i = 0, .j = 3},
                                {.kind = ENTRY_SCALED, .i = 1, .factor = 1.05}, {.kind = ENTRY_ZEROED, .i = 2},
                                {.kind = ENTRY_SCALED, .i = 0, .factor = -1}};
  for (size_t k = 0; k < n_smooth_problems; k++)
    for (size_t w = 0; w < 5; w++) {
      const sample_problem *s = &smooth_problems[k];
      double x[MOST_N];
      s->point(s->n, x);
      probe p = wrong[w];
      p.f = s->f;
      clino_symmetry_result r = symmetry(probe_objective, &p, s->n, x, 1 + w);
      EXPECT_SYMMETRY(r.verdict == CLINO_VERDICT_FAIL && r.worst.settled, s->name, &r);
    }
}

static int rotation(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = NAN; /* there is none */
  if (grad) grad[0] = -x[1], grad[1] = x[0];
  return 0;
}

static int square(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = 0;
  if (grad) grad[0] = 2.7 * x[0] + 5;
  return 0;
}

static void a_rotation_is_no_gradient(void) {
  double x[2] = {0.37, -1.9};
  clino_symmetry_result r = symmetry(rotation, NULL, 2, x, 1);
  EXPECT_SYMMETRY(r.verdict == CLINO_VERDICT_FAIL && r.reason == CLINO_REASON_DIFFERS, "(-y, x)", &r);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.forward, -r.worst.backward, 1e-6);
  r = symmetry(square, NULL, 1, x, 1);
  EXPECT_SYMMETRY(r.verdict == CLINO_VERDICT_INCONCLUSIVE && r.one_dimensional, "one dimension", &r);
  char text[901];
  clino_symmetry_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "one dimension"));
}

/* relu(a'x + b) c for several units; gradient in float where asked. */
typedef struct units {
  double a[8][6], b[8], c[8];
  bool single;
} units;

static int relu_units(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const units *m = ctx;
  *f = 0;
  for (size_t i = 0; grad && i < n; i++) grad[i] = 0.3 * x[i];
  for (size_t k = 0; k < 8; k++) {
    double z = m->b[k];
    for (size_t i = 0; i < n; i++) z += m->a[k][i] * x[i];
    for (size_t i = 0; grad && z > 0 && i < n; i++) grad[i] += m->c[k] * z * (k % 2 ? 1 : 1 / z) * m->a[k][i];
  }
  for (size_t i = 0; grad && m->single && i < n; i++) grad[i] = (double)(float)grad[i];
  return 0;
}

static void kinks_raise_no_false_alarm(void) {
  static const double distances[] = {0, 1e-13, 1e-10, 1e-7, 1e-5, 1e-3, 1e-1};
  for (size_t d = 0; d < 7; d++)
    for (uint64_t seed = 1; seed <= 100; seed++) {
      units m = {.single = seed % 5 == 0};
      double x[6];
      random_fill(seed, x, 6, -1, 1.2);
      random_fill(seed + 300, &m.a[0][0], 48, -1, 1);
      random_fill(seed + 600, m.c, 8, -1, 2);
      for (size_t k = 0; k < 8; k++) {
        m.b[k] = (k % 3 ? 1 : -1) * distances[d];
        for (size_t i = 0; i < 6; i++) m.b[k] -= m.a[k][i] * x[i];
      }
      clino_symmetry_result r = symmetry(relu_units, &m, 6, x, seed);
      char label[60];
      snprintf(label, sizeof label, "kinks at %g, seed %d", distances[d], (int)seed);
      EXPECT_SYMMETRY(r.verdict <= CLINO_VERDICT_INCONCLUSIVE, label, &r);
      if (d == 0) EXPECT_SYMMETRY(r.reason == CLINO_REASON_STEP || r.reason == CLINO_REASON_NOISE, label, &r);
      if (d >= 5 && !m.single) EXPECT_SYMMETRY(r.verdict == CLINO_VERDICT_PASS, label, &r);
    }
}

/* ---- preconditions and errors ---- */

static int fault;
static uint64_t fault_calls;

static int faulty(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; grad && i < n; i++)
    if (!(fault == 1 && i == 1)) grad[i] = (fault == 4 ? grad[i] : 0) + 3 * x[i];
  if (fault == 2 && grad) grad[0] = NAN;
  if (fault == 3 && grad) grad[2] += 1e-9 * (double)++fault_calls;
  if (fault == 5) ((double *)(uintptr_t)x)[2] = 0.25;
  if (fault == 6 && grad) grad[n] = 3;
  return 0;
}

static int doubling(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  (void)x, (void)ctx;
  for (size_t i = 0; i < n; i++) hv[i] = 3 * v[i];
  return 0;
}

static void broken_rules_have_their_verdict(void) {
  static const clino_verdict verdicts[] = {CLINO_VERDICT_PASS, CLINO_VERDICT_FAIL, CLINO_VERDICT_NONFINITE,
                                           CLINO_VERDICT_NONDETERMINISTIC, CLINO_VERDICT_FAIL, CLINO_VERDICT_FAIL,
                                           CLINO_VERDICT_FAIL};
  static const clino_reason reasons[] = {CLINO_REASON_NONE, CLINO_REASON_UNWRITTEN, CLINO_REASON_NONE,
                                         CLINO_REASON_NONE, CLINO_REASON_ACCUMULATED, CLINO_REASON_INPUT_CHANGED,
                                         CLINO_REASON_OUT_OF_BOUNDS};
  double x[3] = {0.4, 1.7, -2.1}, v[3] = {1, 2, 3}, hv[3];
  for (fault = 0; fault <= 6; fault++) {
    clino_symmetry_result s = symmetry(faulty, NULL, 3, x, 1);
    EXPECT_SYMMETRY(s.verdict == verdicts[fault] && s.reason == reasons[fault], "a broken rule", &s);
    clino_hvp_result r;
    CU_ASSERT_EQUAL(clino_hvp_check(faulty, doubling, NULL, 3, x, NULL, &r, NULL), CLINO_OK);
    EXPECT_HVP(r.verdict == verdicts[fault] && r.reason == reasons[fault], "a broken rule", &r);
    clino_hvp_info info;
    CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, NULL, hv, NULL, &info, NULL), CLINO_OK);
    CU_ASSERT_TRUE(info.verdict == verdicts[fault] && info.reason == reasons[fault]);
    CU_ASSERT_EQUAL(isnan(hv[0]) != 0, fault > 0);
  }
  fault = 4;
  clino_hessian_options o = clino_hessian_options_default();
  o.grad_mode = CLINO_GRAD_ACCUMULATES;
  CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, &o, hv, NULL, NULL, NULL), CLINO_OK);
  CU_ASSERT_DOUBLE_EQUAL(hv[1], 6, 1e-8);
  fault = 0;
}

#define EXPECT_BAD(field, word, ...)                                                             \
  do {                                                                                           \
    clino_hessian_options o = clino_hessian_options_default();                                   \
    o.field = (__VA_ARGS__);                                                                     \
    clino_symmetry_result s;                                                                     \
    clino_hvp_result r;                                                                          \
    clino_error error = {.message = ""};                                                         \
    double x[3] = {1, 2, 3}, v[3] = {1, 1, 1}, hv[3] = {7, 7, 7};                                \
    CU_ASSERT_EQUAL(clino_symmetry_test(faulty, NULL, 3, x, &o, &s, &error), CLINO_ERR_RANGE);    \
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, word));                                         \
    CU_ASSERT_EQUAL(clino_hvp_check(faulty, doubling, NULL, 3, x, &o, &r, &error), CLINO_ERR_RANGE); \
    CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, &o, hv, NULL, NULL, &error), CLINO_ERR_RANGE); \
    CU_ASSERT_TRUE(s.verdict == CLINO_VERDICT_NONE && r.verdict == CLINO_VERDICT_NONE && hv[0] == 7); \
  } while (0)

static void bad_arguments_are_named(void) {
  EXPECT_BAD(tolerance, "tolerance", 2);
  EXPECT_BAD(resolution, "resolution", (double)NAN);
  EXPECT_BAD(step, "step", 0);
  EXPECT_BAD(noise, "noise", -0.5);
  EXPECT_BAD(vectors, "vectors", 0);
  EXPECT_BAD(grad_mode, "grad_mode", (clino_grad_mode)9);
  EXPECT_BAD(struct_size, "clino_hessian_options_default", 0);
  double x[3] = {1, 2, 3}, v[3] = {0, 0, 0}, hv[3];
  clino_hvp_result r;
  clino_symmetry_result s;
  clino_error error;
  CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, NULL, hv, NULL, NULL, &error), CLINO_ERR_RANGE);
  v[1] = INFINITY;
  CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, NULL, hv, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "element 1"));
  CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, NULL, NULL, hv, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp(faulty, NULL, 3, x, v, NULL, NULL, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp_check(faulty, NULL, NULL, 3, x, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp_check(NULL, doubling, NULL, 3, x, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp_check(faulty, doubling, NULL, 3, x, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_symmetry_test(faulty, NULL, 0, x, NULL, &s, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_symmetry_test(faulty, NULL, 3, x, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_symmetry_test_model(NULL, NULL, &s, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp_check_model(NULL, doubling, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hvp_model(NULL, 3, v, NULL, hv, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_FALSE(clino_hvp_accepted(NULL) || clino_symmetry_accepted(NULL));
}

static void the_products_callback_may_fail(void) {
  known k = known_new(3, 1, false);
  double x[10];
  known_point(&k, 3, x);
  for (uint64_t at = 1; at <= 4; at++) {
    clino_hvp_result r;
    clino_error error;
    k.product_fail_at = at;
    CU_ASSERT_EQUAL(clino_hvp_check(known_objective, known_product, &k, 10, x, NULL, &r, &error), CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.callback_value, 43);
    CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_NONE && r.products == at);
  }
}

/* ---- a model in place ---- */

typedef struct net {
  double w[6], dw[6];
  float b[3], db[3];
  uint64_t calls, fail_at;
} net;

static int net_backward(void *ctx) {
  net *m = ctx;
  if (++m->calls == m->fail_at) return 41;
  double db[3] = {0};
  for (size_t i = 0; i < 6; i++) {
    double c = cos(m->w[i] + (double)m->b[i % 3]) * (double)(1 + i);
    m->dw[i] = c;
    db[i % 3] += c;
  }
  for (size_t i = 0; i < 3; i++) m->db[i] = (float)db[i];
  return 0;
}

static int net_loss(double *loss, void *ctx) {
  net *m = ctx;
  *loss = 0;
  return ++m->calls == m->fail_at ? 41 : 0;
}

static int net_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  (void)ctx;
  memset(hv, 0, n * sizeof *hv);
  for (size_t i = 0; i < 6; i++) {
    double c = -sin(x[i] + x[6 + i % 3]) * (double)(1 + i), t = c * (v[i] + v[6 + i % 3]);
    hv[i] += t;
    hv[6 + i % 3] += t;
  }
  return 0;
}

static net net_new(void) {
  net m = {.w = {0.3, -1.1, 0.7, 2.1, -0.0, 0.9}, .b = {0.25f, -0.5f, 1.125f}};
  uint64_t nan64 = UINT64_C(0x7FF8DEADBEEF1234);
  for (size_t i = 0; i < 6; i++) memcpy(&m.dw[i], &nan64, 8), nan64++;
  return m;
}

/* All three tests, one after another. */
static clino_status test_net(net *m, bool with_loss, clino_error *error) {
  clino_tensor t[] = {CLINO_TENSOR_F64("w", m->w, m->dw, 2, 3), CLINO_TENSOR_F32("b", m->b, m->db, 3)};
  clino_model model = {2, t, net_loss, net_backward, m};
  clino_hvp_result r;
  clino_symmetry_result s;
  double v[9] = {1, 2, -1, 0.5, 1, 1, 2, -2, 1}, hv[9], errors[9], exact[9], x[9];
  clino_status status = clino_hvp_check_model(&model, net_product, NULL, &r, error);
  if (!status) EXPECT_HVP(r.verdict == CLINO_VERDICT_PASS && r.entries == 9, "a net", &r);
  if (!status) status = clino_hvp_model(&model, 9, v, NULL, hv, errors, NULL, error);
  for (size_t i = 0; i < 9; i++) x[i] = i < 6 ? m->w[i] : (double)m->b[i - 6];
  net_product(9, x, v, exact, NULL);
  for (size_t i = 0; !status && i < 9; i++) CU_ASSERT_TRUE(fabs(hv[i] - exact[i]) <= errors[i]);
  if (!with_loss) model.loss = NULL;
  if (!status) status = clino_symmetry_test_model(&model, NULL, &s, error);
  if (!status) EXPECT_SYMMETRY(s.verdict == CLINO_VERDICT_PASS && s.entries == 9, "a net", &s);
  return status;
}

static bool same_memory(const net *a, const net *b) {
  return memcmp(a->w, b->w, sizeof a->w) == 0 && memcmp(a->dw, b->dw, sizeof a->dw) == 0 &&
         memcmp(a->b, b->b, sizeof a->b) == 0 && memcmp(a->db, b->db, sizeof a->db) == 0;
}

static void a_model_is_tested_in_place(void) {
  for (int with_loss = 0; with_loss < 2; with_loss++) {
    net m = net_new(), before = m;
    CU_ASSERT_EQUAL(test_net(&m, with_loss, NULL), CLINO_OK);
    CU_ASSERT_TRUE(same_memory(&m, &before));
  }
  net m = net_new();
  clino_tensor t = CLINO_TENSOR_F64("w", m.w, m.dw, 6);
  clino_model model = {1, &t, net_loss, net_backward, &m};
  double v[9] = {1}, hv[9];
  clino_error error;
  CU_ASSERT_EQUAL(clino_hvp_model(&model, 9, v, NULL, hv, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "6 entries"));
}

static void a_callback_may_fail_at_any_call(void) {
  bool passed = false;
  for (uint64_t k = 1; !passed && k < 5000; k++) {
    net m = net_new(), before = m;
    m.fail_at = k;
    clino_error error = {.code = CLINO_OK};
    clino_status status = test_net(&m, true, &error);
    CU_ASSERT_TRUE(same_memory(&m, &before));
    passed = status == CLINO_OK;
    if (!passed) CU_ASSERT_TRUE(status == CLINO_ERR_CALLBACK && error.callback_value == 41 && m.calls == k);
  }
  CU_ASSERT_TRUE(passed);
}

static void memory_may_run_out_at_any_allocation(void) {
  if (!allocations_known()) return;
  bool passed = false;
  for (long k = 0; !passed && k < 500; k++) {
    net m = net_new(), before = m;
    long live = allocations_live();
    unsigned long count = allocations_count();
    allocations_fail_after(k);
    clino_status status = test_net(&m, true, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), live);
    CU_ASSERT_TRUE(same_memory(&m, &before));
    passed = allocations_count() - count <= (unsigned long)k;
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
  }
  CU_ASSERT_TRUE(passed);
}

void suite_hessian(CU_pSuite suite) {
  TEST(suite, products_are_right_within_their_error_bars);
  TEST(suite, a_step_that_is_given_makes_it_cheap);
  TEST(suite, a_kink_does_not_settle);
  TEST(suite, right_products_pass);
  TEST(suite, sparse_gradients_in_single_precision_are_not_rejected);
  TEST(suite, wrong_products_fail);
  TEST(suite, products_near_kinks_are_not_rejected);
  TEST(suite, gradients_are_symmetric);
  TEST(suite, spoiled_gradients_are_not);
  TEST(suite, a_rotation_is_no_gradient);
  TEST(suite, kinks_raise_no_false_alarm);
  TEST(suite, broken_rules_have_their_verdict);
  TEST(suite, bad_arguments_are_named);
  TEST(suite, the_products_callback_may_fail);
  TEST(suite, a_model_is_tested_in_place);
  TEST(suite, a_callback_may_fail_at_any_call);
  TEST(suite, memory_may_run_out_at_any_allocation);
}
