/* What real mini-batches would show, regularization, targets, merging. */
#include <stdlib.h>
#include <string.h>

#include "clino/initial_loss.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

static clino_initial_loss_spec spec_of(clino_loss_kind kind, size_t classes) {
  clino_initial_loss_spec spec = clino_initial_loss_spec_default();
  spec.kind = kind;
  spec.classes = classes;
  return spec;
}

static clino_initial_loss *make(clino_initial_loss_spec spec) {
  clino_initial_loss *m = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_initial_loss_new(&spec, &m, NULL), CLINO_OK);
  return m;
}

static clino_initial_loss_stats get(const clino_initial_loss *m) {
  clino_initial_loss_stats a;
  CU_ASSERT_EQUAL_FATAL(clino_initial_loss_get(m, &a, NULL), CLINO_OK);
  return a;
}

/* Mini-batches of 50 samples of a net with small random scores: the real cross-entropy, whose mean is near ln C. */
static double small_scores_loss(uint64_t *state, size_t classes, double size) {
  double total = 0;
  for (int sample = 0; sample < 50; sample++) {
    double sum = 0, own = 0;
    for (size_t c = 0; c < classes; c++) {
      double score = size * random_normal(state);
      if (c == 3) own = score;
      sum += exp(score);
    }
    total += log(sum) - own;
  }
  return total / 50;
}

static void small_scores_meet_the_expectation(void) {
  uint64_t state = 41;
  clino_initial_loss *good = make(spec_of(CLINO_LOSS_SOFTMAX, 7)), *bad = make(spec_of(CLINO_LOSS_SOFTMAX, 7));
  double losses[40], mean = 0, squares = 0;
  for (int i = 0; i < 40; i++) {
    losses[i] = small_scores_loss(&state, 7, 0.05);
    clino_initial_loss_add(good, losses[i], NULL);
    clino_initial_loss_add(bad, small_scores_loss(&state, 7, 3), NULL);
    mean += losses[i] / 40;
  }
  for (int i = 0; i < 40; i++) squares += (losses[i] - mean) * (losses[i] - mean);
  clino_initial_loss_stats a = get(good);
  CU_ASSERT_EQUAL(a.n_losses, 40);
  ASSERT_NEAR(a.expected, log(7), 1e-15);
  ASSERT_NEAR(a.observed, mean, 1e-13);
  ASSERT_NEAR(a.standard_deviation, sqrt(squares / 39), 1e-12);
  ASSERT_NEAR(a.deviation, (mean - log(7)) / log(7), 1e-9);
  ASSERT_NEAR(a.standard_error, sqrt(squares / 39 / 40) / log(7), 1e-12);
  CU_ASSERT_TRUE(fabs(a.deviation) < 4 * a.standard_error + 0.002);
  CU_ASSERT_TRUE(get(bad).deviation > 0.5 && get(bad).deviation > 20 * get(bad).standard_error);
  CU_ASSERT_TRUE(isnan(a.regularized) && isnan(a.rise) && !a.rises && !a.falls);
  clino_initial_loss_free(good);
  clino_initial_loss_free(bad);
}

static void regularization_must_raise_the_loss(void) {
  uint64_t state = 6;
  clino_initial_loss *m = make(spec_of(CLINO_LOSS_HINGE, 4));
  for (int i = 0; i < 10; i++) {
    double loss = 3 + 0.2 * random_normal(&state);
    clino_initial_loss_add_pair(m, loss, loss + 0.0725, NULL);
  }
  clino_initial_loss_stats a = get(m);
  CU_ASSERT_TRUE(a.rises && !a.falls);
  CU_ASSERT_EQUAL(a.n_pairs, 10);
  CU_ASSERT_EQUAL(a.n_losses, 10);
  ASSERT_NEAR(a.rise, 0.0725, 1e-13);
  ASSERT_NEAR(a.regularized - a.observed, 0.0725, 1e-13);
  CU_ASSERT_TRUE(a.rise_standard_error < 1e-14);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_initial_loss_record(m, run, 0, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "loss"), "hinge");
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "classes"), "4");
  CU_ASSERT_PTR_NULL(clino_run_attribute(run, "initial_loss"));
  CU_ASSERT_EQUAL(only_point(run, "loss/data", 0), a.observed);
  CU_ASSERT_EQUAL(only_point(run, "loss/regularization", 0), a.rise);
  clino_run_free(run);
  clino_initial_loss_add_pair(m, 3, 3, NULL); /* without effect: it neither rises nor falls */
  CU_ASSERT_TRUE(!get(m).rises && !get(m).falls);
  clino_initial_loss_add_pair(m, 3, 2.9, NULL);
  CU_ASSERT_TRUE(!get(m).rises && get(m).falls);
  clino_initial_loss_reset(m);
  CU_ASSERT_TRUE(!get(m).falls && get(m).n_pairs == 0 && get(m).expected == 3);
  clino_initial_loss_free(m);
}

static void mse_is_expected_from_the_targets(void) {
  static double targets[3001];
  static float floats[3001];
  uint64_t state = 12;
  long double sum = 0;
  clino_initial_loss_spec spec = spec_of(CLINO_LOSS_MSE, 0);
  spec.initial_prediction = 1.25;
  spec.scale = 0.5;
  for (size_t i = 0; i < 3001; i++) targets[i] = 4 + 2.5 * random_normal(&state);
  round_to_floats(3001, targets, floats);
  for (size_t i = 0; i < 3001; i++)
    sum += ((long double)targets[i] - 1.25L) * ((long double)targets[i] - 1.25L);
  double expected = (double)(0.5L * sum / 3001);
  clino_initial_loss *a = make(spec), *b = make(spec);
  CU_ASSERT_TRUE(isnan(get(a).expected));
  clino_initial_loss_add_targets_f64(a, 3001, targets, NULL);
  clino_initial_loss_add_targets_f32(b, 3001, floats, NULL);
  ASSERT_NEAR(get(a).expected, expected, 1e-14);
  CU_ASSERT_EQUAL(get(a).expected, get(b).expected);
  CU_ASSERT_EQUAL(get(a).n_targets, 3001);
  clino_initial_loss_merge(a, b, NULL);
  ASSERT_NEAR(get(a).expected, expected, 1e-13);
  clino_initial_loss_add(a, 1.1 * expected, NULL);
  ASSERT_NEAR(get(a).deviation, 0.1, 1e-12);
  CU_ASSERT_TRUE(isnan(get(a).standard_error));
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_initial_loss_record(a, run, 2, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "loss"), "mse");
  CU_ASSERT_PTR_NULL(clino_run_attribute(run, "classes"));
  CU_ASSERT_EQUAL(clino_run_attribute_number(run, "initial_loss"), get(a).expected);
  clino_run_free(run);
  clino_initial_loss_add_targets_f64(b, 1, (double[]){-INFINITY}, NULL);
  CU_ASSERT_EQUAL(get(b).expected, INFINITY);
  clino_initial_loss_add_targets_f64(b, 1, (double[]){NAN}, NULL);
  CU_ASSERT_TRUE(isnan(get(b).expected));
  CU_ASSERT_EQUAL(get(b).nonfinite, 2);
  clino_initial_loss_free(a);
  clino_initial_loss_free(b);
}

static void extreme_targets(void) {
  clino_initial_loss *m = make(spec_of(CLINO_LOSS_MSE, 0));
  clino_initial_loss_add_targets_f64(m, 3, (double[]){3e150, -4e150, 0}, NULL);
  ASSERT_NEAR(get(m).expected, 25e300 / 3, 1e-14);
  clino_initial_loss_add_targets_f64(m, 1, (double[]){1e300}, NULL);
  CU_ASSERT_EQUAL(get(m).expected, INFINITY);
  clino_initial_loss_reset(m);
  clino_initial_loss_add_targets_f64(m, 2, (double[]){3e-150, -4e-150}, NULL);
  ASSERT_NEAR(get(m).expected, 12.5e-300, 1e-14);
  clino_initial_loss_reset(m);
  clino_initial_loss_add_targets_f64(m, 2, (double[]){0, 0}, NULL);
  clino_initial_loss_add(m, 0.5, NULL);
  CU_ASSERT_EQUAL(get(m).expected, 0);
  CU_ASSERT_TRUE(isnan(get(m).deviation));
  clino_initial_loss_free(m);
}

static void merged_losses_equal_all_losses(void) {
  static const double offsets[] = {0, 1e8, 1e300, 1e-300};
  for (size_t o = 0; o < 4; o++) {
    double unit = offsets[o] == 1e300 ? 1e299 : offsets[o] == 1e-300 ? 1e-301 : 1;
    uint64_t state = 31 + o;
    clino_initial_loss *all = make(spec_of(CLINO_LOSS_SOFTMAX, 3)), *parts[3];
    for (int p = 0; p < 3; p++) parts[p] = make(spec_of(CLINO_LOSS_SOFTMAX, 3));
    for (int i = 0; i < 1000; i++) {
      double loss = offsets[o] + unit * random_normal(&state);
      clino_initial_loss_add_pair(all, loss, loss * 1.5, NULL);
      clino_initial_loss_add_pair(parts[i < 10 ? 0 : 1 + i % 2], loss, loss * 1.5, NULL);
    }
    clino_initial_loss_merge(parts[0], parts[1], NULL);
    clino_initial_loss_merge(parts[0], parts[2], NULL);
    clino_initial_loss_stats a = get(all), b = get(parts[0]);
    CU_ASSERT_EQUAL(a.n_losses, b.n_losses);
    CU_ASSERT_EQUAL(a.n_pairs, b.n_pairs);
    ASSERT_NEAR(a.observed, b.observed, 1e-12);
    ASSERT_NEAR(a.standard_deviation, b.standard_deviation, 1e-12);
    ASSERT_NEAR(a.rise, b.rise, 1e-12);
    CU_ASSERT_TRUE(a.standard_deviation > 0.9 * unit && a.standard_deviation < 1.1 * unit);
    clino_initial_loss_free(all);
    for (int p = 0; p < 3; p++) clino_initial_loss_free(parts[p]);
  }
}

static void losses_that_are_not_finite(void) {
  clino_initial_loss *m = make(spec_of(CLINO_LOSS_SOFTMAX, 3));
  clino_run *run = new_run();
  CU_ASSERT_TRUE(isnan(get(m).observed) && isnan(get(m).deviation));
  CU_ASSERT_EQUAL(clino_initial_loss_record(m, run, 1, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "loss/data"), "no loss"));
  CU_ASSERT_PTR_NULL(clino_run_series(run, "loss/regularization"));
  clino_initial_loss_add(m, 1.1, NULL);
  clino_initial_loss_add(m, INFINITY, NULL);
  CU_ASSERT_EQUAL(get(m).observed, INFINITY);
  CU_ASSERT_EQUAL(get(m).deviation, INFINITY);
  clino_initial_loss_add(m, 1.2, NULL);
  clino_initial_loss_add_pair(m, NAN, 3, NULL);
  clino_initial_loss_stats a = get(m);
  CU_ASSERT_EQUAL(a.n_losses, 4);
  CU_ASSERT_EQUAL(a.nonfinite, 2);
  CU_ASSERT_TRUE(isnan(a.observed) && isnan(a.standard_deviation) && isnan(a.standard_error) && isnan(a.rise));
  CU_ASSERT_TRUE(!a.rises && !a.falls);
  CU_ASSERT_EQUAL(clino_initial_loss_record(m, run, 2, NULL), CLINO_OK);
  CU_ASSERT_TRUE(isnan(only_point(run, "loss/data", 2)));
  clino_run_free(run);
  clino_initial_loss_free(m);
}

static void adding_losses_allocates_nothing(void) {
  static double targets[2000];
  clino_initial_loss *m = make(spec_of(CLINO_LOSS_MSE, 0)), *other = make(spec_of(CLINO_LOSS_MSE, 0));
  unsigned long count = allocations_count();
  clino_initial_loss_add(m, 2.4, NULL);
  clino_initial_loss_add_pair(m, 2.4, NAN, NULL);
  clino_initial_loss_add_targets_f64(m, 2000, targets, NULL);
  clino_initial_loss_add_targets_f32(m, 2, (float[]){1, 2}, NULL);
  clino_initial_loss_merge(m, other, NULL);
  CU_ASSERT_EQUAL(allocations_count(), count);
  clino_initial_loss_free(m);
  clino_initial_loss_free(other);
}

static void specs_out_of_range(void) {
  clino_initial_loss *m = NULL;
  clino_initial_loss_spec s = spec_of(CLINO_LOSS_SOFTMAX, 10), zero;
  memset(&zero, 0, sizeof zero);
  ASSERT_FAILS(clino_initial_loss_new(&s, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_new(NULL, &m, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_new(&zero, &m, &error), CLINO_ERR_RANGE, "clino_initial_loss_spec_default()");
  s.classes = 1;
  ASSERT_FAILS(clino_initial_loss_new(&s, &m, &error), CLINO_ERR_RANGE, "classes");
  s = spec_of((clino_loss_kind)9, 10);
  ASSERT_FAILS(clino_initial_loss_new(&s, &m, &error), CLINO_ERR_RANGE, "kind");
  s = spec_of(CLINO_LOSS_MSE, 0);
  s.scale = 0;
  ASSERT_FAILS(clino_initial_loss_new(&s, &m, &error), CLINO_ERR_RANGE, "scale");
  s.scale = NAN;
  ASSERT_FAILS(clino_initial_loss_new(&s, &m, &error), CLINO_ERR_RANGE, "scale");
  s.scale = 1;
  s.initial_prediction = INFINITY;
  ASSERT_FAILS(clino_initial_loss_new(&s, &m, &error), CLINO_ERR_RANGE, "initial_prediction");
  CU_ASSERT_PTR_NULL(m);
}

static void errors_of_initial_loss(void) {
  clino_initial_loss *m = make(spec_of(CLINO_LOSS_SOFTMAX, 3)), *other = make(spec_of(CLINO_LOSS_SOFTMAX, 4));
  clino_initial_loss *mse = make(spec_of(CLINO_LOSS_MSE, 0));
  clino_initial_loss_stats a;
  clino_run *run = new_run();
  double x = 1;
  ASSERT_FAILS(clino_initial_loss_add(NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_add_pair(NULL, 1, 2, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_add_targets_f64(NULL, 1, &x, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_initial_loss_add_targets_f64(m, 1, &x, &error), CLINO_ERR_RANGE, "softmax");
  ASSERT_FAILS(clino_initial_loss_add_targets_f64(mse, 1, NULL, &error), CLINO_ERR_RANGE, "targets");
  ASSERT_FAILS(clino_initial_loss_add_targets_f32(mse, 1, NULL, &error), CLINO_ERR_RANGE, "targets");
  CU_ASSERT_EQUAL(clino_initial_loss_add_targets_f64(mse, 0, NULL, NULL), CLINO_OK);
  ASSERT_FAILS(clino_initial_loss_merge(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_merge(m, m, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_initial_loss_merge(m, other, &error), CLINO_ERR_RANGE, "classes");
  ASSERT_FAILS(clino_initial_loss_get(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_get(NULL, &a, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_record(m, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initial_loss_record(NULL, run, 1, &error), CLINO_ERR_RANGE, "NULL");
  clino_initial_loss_reset(NULL);
  clino_initial_loss_free(NULL);
  clino_initial_loss_free(m);
  clino_initial_loss_free(other);
  clino_initial_loss_free(mse);
  clino_run_free(run);
}

void suite_initial_loss(CU_pSuite suite) {
  TEST(suite, small_scores_meet_the_expectation);
  TEST(suite, regularization_must_raise_the_loss);
  TEST(suite, mse_is_expected_from_the_targets);
  TEST(suite, extreme_targets);
  TEST(suite, merged_losses_equal_all_losses);
  TEST(suite, losses_that_are_not_finite);
  TEST(suite, adding_losses_allocates_nothing);
  TEST(suite, specs_out_of_range);
  TEST(suite, errors_of_initial_loss);
}
