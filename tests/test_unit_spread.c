/* How far units differ: by hand, identical ones, layouts, extreme sizes, no number, what is refused; and that the check
 * `initialization` tells a watched layer whose symmetry is never broken. */
#include <stdint.h>
#include <string.h>

#include "clino/check.h"
#include "clino/unit_spread.h"
#include "clino/watch.h"
#include "support/monitor.h"
#include "support/random.h"

static clino_unit_spread_stats measure(const clino_tensor *t) {
  clino_unit_spread_stats s;
  memset(&s, 0x5a, sizeof s);
  CU_ASSERT_EQUAL_FATAL(clino_unit_spread(t, &s, NULL), CLINO_OK);
  return s;
}

/* Rows 1 2 6 (mean 3: 4 + 1 + 9) and -1 0 4 (mean 1: 4 + 1 + 9): 28 of 1 + 4 + 36 + 1 + 0 + 16 = 58. */
static void as_by_hand(void) {
  double y[] = {1, 2, 6, -1, 0, 4};
  clino_tensor t = CLINO_TENSOR_F64("y", y, NULL, 2, 3);
  clino_unit_spread_stats s = measure(&t);
  ASSERT_NEAR(s.spread, sqrt(28.0 / 58), 1e-14);
  CU_ASSERT_EQUAL(s.units, 3);
  CU_ASSERT_PTR_NULL(s.missing);
  clino_tensor bias = CLINO_TENSOR_F64("b", y, NULL, 3);
  ASSERT_NEAR(measure(&bias).spread, sqrt(14.0 / 41), 1e-14);
}

static void units_that_are_identical_are_0(void) {
  float y[7][5];
  uint64_t seed = 3;
  for (size_t r = 0; r < 7; r++)
    for (size_t u = 0; u < 5; u++) y[r][u] = u ? y[r][0] : (float)(0.1 + random_normal(&seed));
  clino_tensor t = CLINO_TENSOR_F32("y", &y[0][0], NULL, 7, 5);
  CU_ASSERT_EQUAL(measure(&t).spread, 0);
  y[4][2] *= 1.01f;
  CU_ASSERT_TRUE(measure(&t).spread > 1e-5);
  for (size_t k = 0; k < 35; k++) (&y[0][0])[k] = (float)random_normal(&seed);
  CU_ASSERT_DOUBLE_EQUAL(measure(&t).spread, sqrt(0.8), 0.15); /* the mean of five takes a fifth */
}

/* Weights [inputs][units] and [units][inputs] are one matrix. */
static void strides_show_any_layout(void) {
  double columns[4][3], rows[3][4];
  uint64_t seed = 9;
  for (size_t i = 0; i < 4; i++)
    for (size_t u = 0; u < 3; u++) rows[u][i] = columns[i][u] = random_normal(&seed);
  const ptrdiff_t strides[] = {1, 4};
  clino_tensor a = CLINO_TENSOR_F64("W", &columns[0][0], NULL, 4, 3);
  clino_tensor b = CLINO_TENSOR_F64("W", &rows[0][0], NULL, 4, 3);
  b.strides = strides;
  CU_ASSERT_EQUAL(measure(&a).spread, measure(&b).spread);
  clino_tensor three = CLINO_TENSOR_F64("W", &columns[0][0], NULL, 2, 2, 3);
  CU_ASSERT_EQUAL(measure(&a).spread, measure(&three).spread);
}

static void size_does_not_matter(void) {
  static const double units[] = {1e-310, 1e-200, 1, 1e200, 1e308};
  double y[] = {1, 0.5, -1, 1, 1, 0};
  clino_tensor t = CLINO_TENSOR_F64("y", y, NULL, 3, 2);
  double as_it_is = measure(&t).spread;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    double scaled[6];
    for (size_t k = 0; k < 6; k++) scaled[k] = units[i] * y[k];
    clino_tensor s = CLINO_TENSOR_F64("y", scaled, NULL, 3, 2);
    ASSERT_NEAR(measure(&s).spread, as_it_is, 1e-12);
  }
}

static void what_has_no_number(void) {
  double y[6] = {0, 0, 0, 0, 0, 0};
  clino_tensor t = CLINO_TENSOR_F64("y", y, NULL, 3, 2), one = CLINO_TENSOR_F64("y", y, NULL, 6, 1);
  clino_run *run = new_run();
  clino_unit_spread_stats s = measure(&t);
  CU_ASSERT_TRUE(isnan(s.spread) && s.missing);
  CU_ASSERT_EQUAL(clino_unit_spread_record("y", &s, run, 3, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(only_missing(run, "unit_spread/y"), s.missing);
  y[1] = 2;
  CU_ASSERT_TRUE(measure(&one).missing != NULL);
  y[3] = (double)NAN;
  s = measure(&t);
  CU_ASSERT_TRUE(isnan(s.spread) && !s.missing);
  y[3] = (double)INFINITY;
  s = measure(&t);
  CU_ASSERT_TRUE(isnan(s.spread) && !s.missing);
  clino_run_free(run);
}

static void what_is_refused(void) {
  double y[4] = {1, 2, 3, 5};
  clino_unit_spread_stats s = {1, 2, NULL};
  clino_tensor t = CLINO_TENSOR_F64("y", y, NULL, 2, 2);
  ASSERT_FAILS(clino_unit_spread(NULL, &s, &error), CLINO_ERR_RANGE, "values");
  ASSERT_FAILS(clino_unit_spread(&t, NULL, &error), CLINO_ERR_RANGE, "stats");
  t.value = NULL;
  ASSERT_FAILS(clino_unit_spread(&t, &s, &error), CLINO_ERR_RANGE, "value");
  t.value = y, t.dtype = (clino_dtype)7;
  ASSERT_FAILS(clino_unit_spread(&t, &s, &error), CLINO_ERR_RANGE, "dtype 7");
  t.dtype = CLINO_F64, t.n_dims = 9;
  ASSERT_FAILS(clino_unit_spread(&t, &s, &error), CLINO_ERR_RANGE, "9 dimensions");
  t.n_dims = 2, t.shape[0] = 0;
  ASSERT_FAILS(clino_unit_spread(&t, &s, &error), CLINO_ERR_RANGE, "dimension 0 is 0");
  clino_run *run = new_run();
  ASSERT_FAILS(clino_unit_spread_record("", &s, run, 0, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_unit_spread_record("y", NULL, run, 0, &error), CLINO_ERR_RANGE, "stats");
  ASSERT_FAILS(clino_unit_spread_record("y", &s, NULL, 0, &error), CLINO_ERR_RANGE, "run");
  clino_run_free(run);
}

/* A layer of four relus, watched; its units are one or differ. */
static clino_finding_level judged(bool symmetric, const char **cause) {
  float y[6][4];
  uint64_t seed = 4;
  clino_run *run = new_run();
  clino_watch *watch = NULL;
  clino_watch_options o = clino_watch_options_default();
  clino_watch_layer_spec spec = clino_watch_layer_spec_default();
  spec.output = y, spec.rows = 6, spec.units = 4;
  o.every = 1, o.budget_fraction = CLINO_AUTO;
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&watch, run, &o, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_watch_layer(watch, "hidden", &spec, NULL), CLINO_OK);
  for (int64_t step = 0; step < 12; step++) {
    for (size_t r = 0; r < 6; r++)
      for (size_t u = 0; u < 4; u++) y[r][u] = u && symmetric ? y[r][0] : (float)fmax(0, 0.5 + random_normal(&seed));
    CU_ASSERT_EQUAL(clino_watch_step(watch, step, 2.3, NULL), CLINO_OK);
  }
  clino_findings *all = NULL;
  clino_diagnose_options only = clino_diagnose_options_default();
  static const char *const initialization[] = {"initialization"};
  only.only = initialization, only.n_only = 1;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, &only, all, NULL), CLINO_OK);
  clino_finding_level level = clino_findings_worst(all);
  *cause = clino_findings_at(all, 0)->cause;
  *cause = *cause && strcmp(*cause, "symmetry-not-broken") == 0 ? "symmetry" : "";
  clino_findings_free(all);
  clino_watch_free(watch);
  clino_run_free(run);
  return level;
}

static void a_watched_layer_shows_it(void) {
  const char *cause = "";
  CU_ASSERT_EQUAL(judged(true, &cause), CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(cause, "symmetry");
  CU_ASSERT_EQUAL(judged(false, &cause), CLINO_FINDING_PASS);
}

void suite_unit_spread(CU_pSuite suite);
void suite_unit_spread(CU_pSuite suite) {
  TEST(suite, as_by_hand);
  TEST(suite, units_that_are_identical_are_0);
  TEST(suite, strides_show_any_layout);
  TEST(suite, size_does_not_matter);
  TEST(suite, what_has_no_number);
  TEST(suite, what_is_refused);
  TEST(suite, a_watched_layer_shows_it);
}
