/* What the gradient check resolves: tiny gradients beside large ones, a minimum, units of all sizes, and values at a
 * kink that only the smooth points beside it can tell. */
#include <math.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/random.h"
#include "support/suite.h"

#define N 12

typedef struct subject {
  double (*value)(const double *x, double *grad);
  size_t wrong;     /* this entry, N: none */
  double factor;
} subject;

static int call(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const subject *s = ctx;
  double g[N] = {0};
  *f = s->value(x, g);
  for (size_t i = 0; grad && i < n; i++) grad[i] = i == s->wrong ? s->factor * g[i] : g[i];
  return 0;
}

static clino_gradcheck_result check(subject *s, const double *x) {
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(call, s, N, x, NULL, &r, NULL), CLINO_OK);
  return r;
}

/* Right: accepted. Each entry in turn off by a factor: caught. */
static void expect_resolved(double (*value)(const double *, double *), const double *x, double factor) {
  subject s = {value, N, 1};
  clino_gradcheck_result r = check(&s, x);
  CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
  s.factor = factor;
  for (s.wrong = 0; s.wrong < N; s.wrong++) {
    r = check(&s, x);
    CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_FAIL || r.verdict == CLINO_VERDICT_SUSPECT);
    CU_ASSERT_EQUAL(r.worst.flat, s.wrong);
  }
}

/* ---- near a minimum: f''' rules the truncation, and the gradient is small beside f's noise over a short step ---- */

static double bowl(const double *x, double *g) {
  double f = 3;
  for (size_t i = 0; i < N; i++) {
    f += x[i] * x[i] / 2 + 0.1 * sin(3 * x[i]);
    g[i] = x[i] + 0.3 * cos(3 * x[i]);
  }
  return f;
}

static void a_gradient_of_1e_9_is_resolved_near_a_minimum(void) {
  double x[N];
  for (size_t i = 0; i < N; i++) {
    double at = -0.3;
    for (int k = 0; k < 50; k++) at -= (at + 0.3 * cos(3 * at)) / (1 - 0.9 * sin(3 * at));
    x[i] = at + (i % 2 ? -1 : 1) * (3 + (double)i) * 1e-10;
  }
  expect_resolved(bowl, x, 1.1);
}

/* ---- units from 1e-8 to 1e8 in one vector ---- */

static double unit(size_t i) { return pow(10, -8 + 16 * (double)i / (N - 1)); }

static double mixed_units(const double *x, double *g) {
  double f = 0;
  for (size_t i = 0; i < N; i++) {
    double u = x[i] / unit(i) - 0.7;
    f += u * u * u / 3 + 0.2 * u;
    g[i] = (u * u + 0.2) / unit(i);
  }
  return f;
}

static void every_unit_is_resolved(void) {
  double x[N];
  uint64_t rng = 31;
  for (size_t i = 0; i < N; i++) x[i] = unit(i) * random_between(&rng, 0.5, 1.5);
  expect_resolved(mixed_units, x, 0);
  expect_resolved(mixed_units, x, 1.001);
}

/* ---- entries far below the others: each a tenth of the one before ---- */

static double decades(const double *x, double *g) {
  double f = 0;
  for (size_t i = 0; i < N; i++) {
    double c = pow(10, -(double)i);
    f += c * sin(x[i]);
    g[i] = c * cos(x[i]);
  }
  return f;
}

static void entries_of_1e_11_beside_1_are_resolved(void) {
  double x[N];
  uint64_t rng = 32;
  for (size_t i = 0; i < N; i++) x[i] = random_between(&rng, 0.3, 1.2);
  expect_resolved(decades, x, 1.02);
  expect_resolved(decades, x, -1);
}

/* ---- at a kink 1e-12 away, or none: no step tells the sides apart ---- */

static double kink_at; /* where the preactivation is at the point */

static double one_relu(const double *x, double *g) {
  double z = kink_at, f = 0;
  for (size_t i = 0; i < N; i++) {
    double w = 0.3 + 0.11 * (double)i;
    z += w * (x[i] - 0.25 * (double)(i + 1));
    f += cos(x[i]) / 8;
    g[i] = -sin(x[i]) / 8;
  }
  for (size_t i = 0; i < N && z > 0; i++) g[i] += 0.3 + 0.11 * (double)i;
  return f + (z > 0 ? z : 0);
}

static void at_a_kink_a_wrong_entry_shows_beside_it(void) {
  double x[N];
  char text[4096];
  for (size_t i = 0; i < N; i++) x[i] = 0.25 * (double)(i + 1);
  static const double distances[] = {0, 1e-12, -1e-12, 3e-13};
  for (size_t k = 0; k < sizeof distances / sizeof *distances; k++) {
    kink_at = distances[k];
    subject s = {one_relu, N, 1};
    clino_gradcheck_result r = check(&s, x);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_KINK);
    s.wrong = 5;
    s.factor = 1.003;
    r = check(&s, x);
    CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_FAIL || r.verdict == CLINO_VERDICT_SUSPECT);
    CU_ASSERT_EQUAL(r.worst.flat, 5);
    CU_ASSERT_TRUE(r.worst.beside_kink);
    clino_gradcheck_report(&r, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "at a smooth point beside a kink"));
  }
}

/* Kinks nested more closely than steps: relu at 0 inside of others 1e-12 to both sides. */
static double nested(const double *x, double *g) {
  double f = 0;
  for (size_t i = 0; i < N; i += 2) {
    double a = x[i] + 0.5 * x[i + 1], b = x[i] - 2 * x[i + 1];
    double z[] = {a, a + 1e-12, 1e-12 - a, b, 2e-12 - b};
    double c[] = {1, -0.7, 0.4, -0.3, 0.9}, da[] = {1, 1, -1, 1, -1}, db[] = {0.5, 0.5, -0.5, -2, 2};
    for (int k = 0; k < 5; k++) {
      if (!(z[k] > 0)) continue;
      f += c[k] * z[k];
      g[i] += c[k] * da[k];
      g[i + 1] += c[k] * db[k];
    }
  }
  return f;
}

static void nested_kinks_are_not_condemned(void) {
  double x[N] = {0};
  subject s = {nested, N, 1};
  clino_gradcheck_result r = check(&s, x);
  CU_ASSERT_TRUE(r.verdict <= CLINO_VERDICT_INCONCLUSIVE);
}

void suite_gradcheck_precision(CU_pSuite suite) {
  TEST(suite, a_gradient_of_1e_9_is_resolved_near_a_minimum);
  TEST(suite, every_unit_is_resolved);
  TEST(suite, entries_of_1e_11_beside_1_are_resolved);
  TEST(suite, at_a_kink_a_wrong_entry_shows_beside_it);
  TEST(suite, nested_kinks_are_not_condemned);
}
