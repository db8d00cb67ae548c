/* Right gradients are accepted, wrong ones are not: a matrix of objectives and of ways to be wrong. */
#include <math.h>
#include <stdio.h>

#include "support/objectives.h"
#include "support/probe.h"

static clino_gradcheck_result check_problem(const sample_problem *s, probe p) {
  double x[MOST_N];
  s->point(s->n, x);
  p.f = s->f;
  return probe_check(&p, s->n, x, NULL);
}

static void right_smooth_gradients_pass(void) {
  for (size_t i = 0; i < n_smooth_problems; i++) {
    clino_gradcheck_result r = check_problem(&smooth_problems[i], (probe){.kind = RIGHT});
    EXPECT_VERDICT(smooth_problems[i].name, &r, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(r.checked, smooth_problems[i].n);
    CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_PASS], smooth_problems[i].n);
  }
}

static void right_hard_gradients_are_accepted(void) {
  for (size_t i = 0; i < n_hard_problems; i++) {
    clino_gradcheck_result r = check_problem(&hard_problems[i], (probe){.kind = RIGHT});
    EXPECT_ACCEPTED(hard_problems[i].name, &r);
  }
}

/* Every way to be wrong, for one objective, at one scale and offset of the loss. */
static void all_mutations_are_caught(const sample_problem *s, double scale, double offset, bool fine) {
  static const double factors[] = {2, 1.01, 0.99, -1, 1.0 / 66, 1e-3, 1e3, 0.5};
  char label[200];
  size_t n = s->n, middle = n / 2;
  probe mutants[40] = {{.kind = NEGATED}, {.kind = ZEROED}, {.kind = SHIFTED}, {.kind = SWAPPED, .i = 0, .j = n - 1}};
  size_t count = 4;
  for (size_t k = 0; k < sizeof factors / sizeof factors[0]; k++) {
    mutants[count++] = (probe){.kind = SCALED, .factor = factors[k]};
    mutants[count++] = (probe){.kind = ENTRY_SCALED, .i = middle, .factor = factors[k]};
  }
  mutants[count++] = (probe){.kind = ENTRY_ZEROED, .i = n - 1};
  mutants[count++] = (probe){.kind = ENTRY_SET, .i = middle, .factor = NAN};
  mutants[count++] = (probe){.kind = ENTRY_SET, .i = n - 1, .factor = INFINITY};
  mutants[count++] = (probe){.kind = ENTRY_SET, .i = 0, .factor = -INFINITY};
  if (fine)
    for (size_t i = 0; i < n; i += 3) {
      if (count < 40) mutants[count++] = (probe){.kind = ENTRY_SCALED, .i = i, .factor = 1.001};
    }
  for (size_t k = 0; k < count; k++) {
    mutants[k].scale = scale;
    mutants[k].offset = offset;
    clino_gradcheck_result r = check_problem(s, mutants[k]);
    snprintf(label, sizeof label, "%s, mutation %d, i %zu, factor %g, scale %g, offset %g", s->name,
             (int)mutants[k].kind, mutants[k].i, mutants[k].factor, scale, offset);
    EXPECT_CAUGHT(label, &r);
  }
}

static void wrong_smooth_gradients_are_caught(void) {
  for (size_t i = 0; i < n_smooth_problems; i++) all_mutations_are_caught(&smooth_problems[i], 1, 0, true);
}

static void the_scale_of_the_loss_does_not_matter(void) {
  static const double scales[] = {1e-12, 1e8, 1e-150, 1e150};
  for (size_t i = 0; i < n_smooth_problems; i++)
    for (size_t k = 0; k < sizeof scales / sizeof scales[0]; k++) {
      char label[100];
      snprintf(label, sizeof label, "%s, scale %g", smooth_problems[i].name, scales[k]);
      clino_gradcheck_result r = check_problem(&smooth_problems[i], (probe){.scale = scales[k]});
      EXPECT_VERDICT(label, &r, CLINO_VERDICT_PASS);
      all_mutations_are_caught(&smooth_problems[i], scales[k], 0, true);
    }
}

/* On an offset of 1e8 the value's rounding is 1e-8: no slope is known to better than about 1e-5, so that only what is
 * gross must be caught, and nothing right may be rejected. */
static void a_large_offset_leaves_the_verdict_honest(void) {
  for (size_t i = 0; i < n_smooth_problems; i++) {
    clino_gradcheck_result r = check_problem(&smooth_problems[i], (probe){.offset = 1e8});
    EXPECT_NOT_CAUGHT(smooth_problems[i].name, &r);
    static const probe gross[] = {{.kind = NEGATED, .offset = 1e8}, {.kind = SCALED, .factor = 3, .offset = 1e8}};
    for (size_t k = 0; k < sizeof gross / sizeof gross[0]; k++) {
      r = check_problem(&smooth_problems[i], gross[k]);
      EXPECT_CAUGHT(smooth_problems[i].name, &r);
    }
    r = check_problem(&smooth_problems[i], (probe){.kind = ZEROED, .offset = 1e8});
    EXPECT_REFUSED(smooth_problems[i].name, &r);
  }
}

static void wrong_hard_gradients_are_not_accepted(void) {
  static const probe mutants[] = {{.kind = NEGATED}, {.kind = SCALED, .factor = 2}, {.kind = SCALED, .factor = 1.1},
                                  {.kind = ZEROED}, {.kind = ENTRY_SET, .factor = NAN}};
  for (size_t i = 0; i < n_hard_problems; i++) {
    const sample_problem *s = &hard_problems[i];
    double x[MOST_N], f, g[MOST_N];
    s->point(s->n, x);
    s->f(s->n, x, &f, g, NULL);
    bool zero = true;
    for (size_t k = 0; k < s->n; k++) zero &= g[k] == 0;
    for (size_t k = 0; k < sizeof mutants / sizeof mutants[0]; k++) {
      if (zero && mutants[k].kind != ENTRY_SET) continue; /* nothing was changed */
      clino_gradcheck_result r = check_problem(s, mutants[k]);
      char label[120];
      snprintf(label, sizeof label, "%s, mutation %d factor %g", s->name, (int)mutants[k].kind, mutants[k].factor);
      EXPECT_REFUSED(label, &r);
    }
  }
}

/* A slope where there should be none. */
static void a_gradient_of_a_constant_is_caught(void) {
  double x[4] = {0.3, -1.7, 2.9, 0.11};
  for (double a = 1e-12; a < 1e9; a *= 1e4) {
    probe p = {.f = hard_problems[9].f, .kind = ENTRY_SET, .i = 2, .factor = a};
    CU_ASSERT_STRING_EQUAL(hard_problems[9].name, "constant");
    clino_gradcheck_result r = probe_check(&p, 4, x, NULL);
    char label[60];
    snprintf(label, sizeof label, "slope %g of a constant", a);
    EXPECT_REFUSED(label, &r);
  }
}

static void a_transposed_gradient_is_caught(void) {
  double x[20];
  smooth_problems[3].point(20, x);
  probe p = {.f = softmax_regression, .kind = TRANSPOSED, .i = 4, .j = 5};
  clino_gradcheck_result r = probe_check(&p, 20, x, NULL);
  EXPECT_CAUGHT("transposed 4 by 5", &r);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_DIFFERS);
  CU_ASSERT_TRUE(r.counts[CLINO_VERDICT_FAIL] >= 15); /* two corners stay where they are */
  CU_ASSERT_TRUE(r.counts[CLINO_VERDICT_PASS] >= 2);
}

/* Each single entry of each smooth objective, off by 0.1%. */
static void one_entry_off_by_a_thousandth_is_found(void) {
  for (size_t i = 0; i < n_smooth_problems; i++) {
    const sample_problem *s = &smooth_problems[i];
    for (size_t k = 0; k < s->n; k++) {
      clino_gradcheck_result r = check_problem(s, (probe){.kind = ENTRY_SCALED, .i = k, .factor = 1.001});
      EXPECT_CAUGHT(s->name, &r);
      CU_ASSERT_EQUAL(r.worst.flat, k);
      CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_PASS], s->n - 1);
    }
  }
}

void suite_gradcheck_verdicts(CU_pSuite suite) {
  TEST(suite, right_smooth_gradients_pass);
  TEST(suite, right_hard_gradients_are_accepted);
  TEST(suite, wrong_smooth_gradients_are_caught);
  TEST(suite, wrong_hard_gradients_are_not_accepted);
  TEST(suite, the_scale_of_the_loss_does_not_matter);
  TEST(suite, a_large_offset_leaves_the_verdict_honest);
  TEST(suite, a_gradient_of_a_constant_is_caught);
  TEST(suite, a_transposed_gradient_is_caught);
  TEST(suite, one_entry_off_by_a_thousandth_is_found);
}
