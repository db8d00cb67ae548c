/* The basics of gradcheck(): names, relative error, the tutorial's story, points, bounds, counts, cost. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/objectives.h"
#include "support/probe.h"
#include "support/random.h"

static void names_are_those_of_the_values(void) {
  static const char *const verdicts[] = {"none", "pass", "kink", "inconclusive", "suspect", "fail", "nonfinite",
                                         "nondeterministic"};
  static const char *const bands[] = {"right", "acceptable", "suspect", "wrong"};
  for (int i = 0; i < CLINO_VERDICT_COUNT; i++)
    CU_ASSERT_STRING_EQUAL(clino_verdict_name((clino_verdict)i), verdicts[i]);
  for (int i = 0; i < CLINO_BAND_COUNT; i++) CU_ASSERT_STRING_EQUAL(clino_band_name((clino_band)i), bands[i]);
  static const int strange[] = {-1, 8, 4711};
  for (int i = 0; i < 3; i++) {
    CU_ASSERT_STRING_EQUAL(clino_verdict_name((clino_verdict)strange[i]), "unknown");
    CU_ASSERT_STRING_EQUAL(clino_band_name((clino_band)strange[i]), "unknown");
  }
  CU_ASSERT_STRING_EQUAL(clino_reason_text((clino_reason)(CLINO_REASON_TRANSPOSE + 1)), "unknown");
  CU_ASSERT_STRING_EQUAL(clino_reason_text((clino_reason)-1), "unknown");
}

static void every_reason_has_a_text_of_its_own(void) {
  CU_ASSERT_STRING_EQUAL(clino_reason_text(CLINO_REASON_NONE), "");
  for (int i = CLINO_REASON_DIFFERS; i <= CLINO_REASON_BUDGET; i++) {
    const char *text = clino_reason_text((clino_reason)i);
    CU_ASSERT_TRUE(strlen(text) > 10);
    for (int k = 0; k < i; k++) CU_ASSERT_STRING_NOT_EQUAL(text, clino_reason_text((clino_reason)k));
  }
}

static void relative_error_of_any_two_numbers(void) {
  static const double tiny = 4.9e-324;
  const struct {
    double a, b, expect;
  } cases[] = {
      {0, 0, 0},           {0, -0.0, 0},         {1, 1, 0},
      {2.5, 2, 0.2},       {-2.5, 2.5, 2},       {0, 3.7, 1},
      {3.7, 0, 1},         {1e308, -1e308, 2},   {1.5e308, 1e308, 1 / 3.0},
      {-1.7e308, 1.7e308, 2}, {tiny, 0, 1},      {tiny, -tiny, 2},
      {tiny, tiny, 0},     {3 * tiny, 2 * tiny, 1 / 3.0}, {1e308, tiny, 1},
      {INFINITY, 1, 1},    {-3, -INFINITY, 1},   {1, 1 + 1e-9, 1e-9},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CU_ASSERT_DOUBLE_EQUAL(clino_relative_error(cases[i].a, cases[i].b), cases[i].expect, 2e-16);
    CU_ASSERT_EQUAL(clino_relative_error(cases[i].a, cases[i].b), clino_relative_error(cases[i].b, cases[i].a));
  }
  CU_ASSERT_TRUE(isnan(clino_relative_error(NAN, 1)));
  CU_ASSERT_TRUE(isnan(clino_relative_error(0, NAN)));
  CU_ASSERT_TRUE(isnan(clino_relative_error(NAN, NAN)));
  CU_ASSERT_TRUE(isnan(clino_relative_error(NAN, INFINITY)));
  CU_ASSERT_TRUE(isnan(clino_relative_error(INFINITY, INFINITY)));
  CU_ASSERT_TRUE(isnan(clino_relative_error(INFINITY, -INFINITY)));
}

static void bands_at_their_edges(void) {
  const struct {
    double error;
    clino_band band;
  } cases[] = {{0, CLINO_BAND_RIGHT}, {1e-7, CLINO_BAND_RIGHT}, {1.0000001e-7, CLINO_BAND_ACCEPTABLE},
               {1e-4, CLINO_BAND_ACCEPTABLE}, {1.0001e-4, CLINO_BAND_SUSPECT}, {1e-2, CLINO_BAND_SUSPECT},
               {1.0001e-2, CLINO_BAND_WRONG}, {2, CLINO_BAND_WRONG}, {INFINITY, CLINO_BAND_WRONG},
               {NAN, CLINO_BAND_WRONG}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CU_ASSERT_EQUAL(clino_band_of(cases[i].error), cases[i].band);
}

static void accepted_is_pass_or_kink(void) {
  clino_gradcheck_result r;
  memset(&r, 0, sizeof r);
  CU_ASSERT_FALSE(clino_gradcheck_accepted(NULL));
  CU_ASSERT_FALSE(clino_gradcheck_accepted(&r));
  for (int v = 0; v < 12; v++) {
    r.verdict = (clino_verdict)v;
    CU_ASSERT_EQUAL(clino_gradcheck_accepted(&r), v == CLINO_VERDICT_PASS || v == CLINO_VERDICT_KINK);
  }
}

/* ---- the tutorial ---- */

static void the_tutorial_is_wrong_where_it_starts(void) {
  double x = 0.5;
  probe p = {.f = tutorial_wrong};
  clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
  EXPECT_VERDICT("tutorial at 0.5", &r, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_DIFFERS);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "x");
  CU_ASSERT_EQUAL(r.worst.flat, 0);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.analytic, -0.5, 1e-15);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.numeric, -1.5707963267948966, 1e-8);
  CU_ASSERT_EQUAL(r.worst.band, CLINO_BAND_WRONG);
  CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_FAIL], 1);
  CU_ASSERT_EQUAL(x, 0.5);
}

static void the_tutorial_passes_at_an_integer_and_not_with_points(void) {
  double x = -1;
  probe p = {.f = tutorial_wrong};
  clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
  EXPECT_VERDICT("tutorial at -1", &r, CLINO_VERDICT_PASS);
  CU_ASSERT_TRUE(r.worst.relative_error < 1e-8);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 3;
  r = probe_check(&p, 1, &x, &o);
  EXPECT_VERDICT("tutorial at -1 and 3 more", &r, CLINO_VERDICT_FAIL);
  CU_ASSERT_TRUE(r.worst.point >= 1 && r.worst.point <= 3);
  CU_ASSERT_TRUE(r.worst.value != -1);
  CU_ASSERT_EQUAL(r.checked, 4);
  CU_ASSERT_EQUAL(r.options.points, 3);
}

static void the_right_derivative_passes_everywhere(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 20;
  static const double starts[] = {0.5, -1, 0, 2, 0.123, 17.3, -44.0625};
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
    probe p = {.f = tutorial_right};
    clino_gradcheck_result r = probe_check(&p, 1, &starts[i], &o);
    EXPECT_VERDICT("x cos(pi x)", &r, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(r.checked, 21);
  }
}

/* ---- x, points, seeds ---- */

static int zero_slope(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 3.25;
  for (size_t i = 0; i < n; i++) *f += x[i] * x[i];
  for (size_t i = 0; grad && i < n; i++) grad[i] = 2 * x[i];
  return 0;
}

static void both_zero_passes(void) {
  double x[3] = {0, -0.0, 0};
  probe p = {.f = zero_slope};
  clino_gradcheck_result r = probe_check(&p, 3, x, NULL);
  EXPECT_VERDICT("quadratic at 0", &r, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.worst.relative_error, 0);
  CU_ASSERT_EQUAL(r.bands[CLINO_BAND_RIGHT], 3);
}

static void the_same_seed_gives_the_same_result(void) {
  double x[MOST_N];
  smooth_problems[4].point(66, x);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 2;
  o.seed = 909;
  probe p = {.f = mlp_tanh};
  clino_gradcheck_result a = probe_check(&p, 66, x, &o), b = probe_check(&p, 66, x, &o);
  CU_ASSERT_TRUE(same_results(&a, &b));
  CU_ASSERT_EQUAL(a.options.seed, 909);
  o.seed = 910;
  b = probe_check(&p, 66, x, &o);
  CU_ASSERT_NOT_EQUAL(a.worst.numeric, b.worst.numeric);
}

static void counts_add_up(void) {
  double x[MOST_N];
  smooth_problems[4].point(66, x);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 2;
  probe p = {.f = mlp_tanh, .kind = ENTRY_SCALED, .i = 7, .factor = 1.5};
  clino_gradcheck_result r = probe_check(&p, 66, x, &o);
  size_t verdicts = 0, bands = 0;
  for (int i = 0; i < CLINO_VERDICT_COUNT; i++) verdicts += r.counts[i];
  for (int i = 0; i < CLINO_BAND_COUNT; i++) bands += r.bands[i];
  CU_ASSERT_EQUAL(r.entries, 66);
  CU_ASSERT_EQUAL(r.checked, 3 * 66);
  CU_ASSERT_EQUAL(verdicts, r.checked);
  CU_ASSERT_EQUAL(bands, r.checked);
  CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_FAIL], 3);
  CU_ASSERT_EQUAL(r.n_next, 2);
  for (size_t i = 0; i < r.n_next; i++) CU_ASSERT_EQUAL(r.next[i].flat, 7);
  CU_ASSERT_EQUAL(r.value, r.other_value);
}

static void the_gravest_come_first(void) {
  double x[MOST_N];
  smooth_problems[4].point(66, x);
  probe p = {.f = mlp_tanh, .kind = SCALED, .factor = 1.5};
  clino_gradcheck_result r = probe_check(&p, 66, x, NULL);
  CU_ASSERT_EQUAL(r.n_next, CLINO_GRADCHECK_NEXT);
  double before = fabs(r.worst.analytic - r.worst.numeric);
  for (size_t i = 0; i < r.n_next; i++) {
    double size = fmax(fabs(r.next[i].analytic), r.gradient_rms), d = fabs(r.next[i].analytic - r.next[i].numeric);
    CU_ASSERT_EQUAL(r.next[i].verdict, CLINO_VERDICT_FAIL);
    if (i) CU_ASSERT_TRUE(d / size <= before * (1 + 1e-9));
    before = d / size;
  }
}

/* ---- bounds ---- */

static int inside_only(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += (1 + (double)i) * sqrt(x[i]) + sqrt(1 - x[i]);
    if (grad) grad[i] = (1 + (double)i) * 0.5 / sqrt(x[i]) - 0.5 / sqrt(1 - x[i]);
  }
  return 0;
}

static void f_is_never_called_outside_of_its_bounds(void) {
  double lower[8], upper[8], x[8];
  uint64_t seed = 1;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  for (int trial = 0; trial < 300; trial++) {
    for (size_t i = 0; i < 8; i++) {
      double far = pow(10, random_between(&seed, -14, -1));
      lower[i] = 0, upper[i] = 1;
      x[i] = i % 2 ? far : 1 - far;
    }
    o.lower = lower, o.upper = upper;
    o.points = trial % 3 == 0 ? 3 : 0;
    o.seed = (uint64_t)trial;
    o.step = trial % 5 ? CLINO_AUTO : 1e-3;
    probe p = {.f = inside_only, .lower = lower, .upper = upper};
    clino_gradcheck_result r = probe_check(&p, 8, x, &o);
    CU_ASSERT_EQUAL(p.outside, 0);
    EXPECT_NOT_CAUGHT("sqrt(x) + sqrt(1 - x) near 0 and 1", &r);
  }
}

/* Bounds that are no round numbers, x close to them or on them: x + (upper - x) may round to above upper. */
static void rounding_does_not_carry_f_across_a_bound(void) {
  enum { N = 6 };
  double lower[N], upper[N], x[N];
  uint64_t seed = 5;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  for (int trial = 0; trial < 1000; trial++) {
    for (size_t i = 0; i < N; i++) {
      x[i] = random_between(&seed, -3, 3) * pow(10, random_between(&seed, -3, 2));
      double width = fabs(x[i]) * pow(10, random_between(&seed, -12, 0));
      lower[i] = i % 3 == 0 ? x[i] : x[i] - width * random_between(&seed, 0, 1);
      upper[i] = i % 3 == 1 ? x[i] : x[i] + width * random_between(&seed, 0, 1);
    }
    o.lower = lower, o.upper = upper;
    o.points = 2;
    probe p = {.f = quadratic, .lower = lower, .upper = upper};
    clino_gradcheck_result r = probe_check(&p, N, x, &o);
    CU_ASSERT_EQUAL(p.outside, 0);
    EXPECT_NOT_CAUGHT("quadratic in a narrow box", &r);
  }
}

static int kinked_in_a_box(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += fabs(x[i] - 0.5) + 0.1 * x[i];
    if (grad) grad[i] = (x[i] > 0.5 ? 1 : x[i] < 0.5 ? -1 : 0) + 0.1;
  }
  return 0;
}

static void kinks_near_a_bound_stay_inside(void) {
  double lower[3] = {0.5 - 1e-9, 0.5 - 3e-8, 0.5}, upper[3] = {0.5 + 1e-10, 0.5 + 7e-7, 0.5 + 1e-6};
  double x[3] = {0.5, 0.5, 0.5};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.lower = lower, o.upper = upper;
  o.points = 4;
  probe p = {.f = kinked_in_a_box, .lower = lower, .upper = upper};
  clino_gradcheck_result r = probe_check(&p, 3, x, &o);
  CU_ASSERT_EQUAL(p.outside, 0);
  CU_ASSERT_TRUE(r.verdict != CLINO_VERDICT_NONE);
}

static void an_infinite_bound_is_none(void) {
  double x[2] = {0.3, -1.9}, lower[2] = {-INFINITY, -2}, upper[2] = {INFINITY, INFINITY};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.lower = lower, o.upper = upper;
  probe p = {.f = quadratic, .lower = lower, .upper = upper};
  clino_gradcheck_result r = probe_check(&p, 2, x, &o);
  EXPECT_VERDICT("half-open box", &r, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(p.outside, 0);
  CU_ASSERT_PTR_NULL(r.options.lower);
  CU_ASSERT_PTR_NULL(r.options.upper);
}

/* ---- cost ---- */

static void a_clean_entry_costs_two_evaluations(void) {
  static const size_t which[] = {4, 5};
  for (size_t i = 0; i < 2; i++) {
    const sample_problem *s = &smooth_problems[which[i]];
    double x[MOST_N];
    s->point(s->n, x);
    probe p = {.f = s->f};
    clino_gradcheck_result r = probe_check(&p, s->n, x, NULL);
    CU_ASSERT_TRUE(s->n >= 64);
    CU_ASSERT_TRUE((double)p.evaluations <= 2.2 * (double)s->n);
    CU_ASSERT_EQUAL(r.evaluations, p.evaluations);
    CU_ASSERT_EQUAL(r.gradients, p.gradients);
  }
}

static void calls_are_counted_as_they_come(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  for (size_t points = 0; points < 3; points++)
    for (size_t i = 0; i < n_hard_problems; i++) {
      double x[MOST_N];
      hard_problems[i].point(hard_problems[i].n, x);
      o.points = points;
      probe p = {.f = hard_problems[i].f, .kind = points ? NEGATED : RIGHT};
      clino_gradcheck_result r = probe_check(&p, hard_problems[i].n, x, &o);
      CU_ASSERT_EQUAL(r.evaluations, p.evaluations);
      CU_ASSERT_EQUAL(r.gradients, p.gradients);
    }
}

void suite_gradcheck(CU_pSuite suite) {
  TEST(suite, names_are_those_of_the_values);
  TEST(suite, every_reason_has_a_text_of_its_own);
  TEST(suite, relative_error_of_any_two_numbers);
  TEST(suite, bands_at_their_edges);
  TEST(suite, accepted_is_pass_or_kink);
  TEST(suite, the_tutorial_is_wrong_where_it_starts);
  TEST(suite, the_tutorial_passes_at_an_integer_and_not_with_points);
  TEST(suite, the_right_derivative_passes_everywhere);
  TEST(suite, both_zero_passes);
  TEST(suite, the_same_seed_gives_the_same_result);
  TEST(suite, counts_add_up);
  TEST(suite, the_gravest_come_first);
  TEST(suite, f_is_never_called_outside_of_its_bounds);
  TEST(suite, rounding_does_not_carry_f_across_a_bound);
  TEST(suite, kinks_near_a_bound_stay_inside);
  TEST(suite, an_infinite_bound_is_none);
  TEST(suite, a_clean_entry_costs_two_evaluations);
  TEST(suite, calls_are_counted_as_they_come);
}
