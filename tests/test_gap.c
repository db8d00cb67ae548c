/* Interval means, best point and Prechelt's measures on curves worked out by hand; ranks merged; losses for which a
 * ratio means nothing. */
#include <stdlib.h>
#include <string.h>

#include "clino/gap.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

static clino_gap *make(size_t strip) {
  clino_gap_options o = clino_gap_options_default();
  o.strip = strip;
  clino_gap *gap = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_gap_new(&o, &gap, NULL), CLINO_OK);
  return gap;
}

static clino_gap_stats get(const clino_gap *gap, int64_t step) {
  clino_gap_stats a;
  CU_ASSERT_EQUAL_FATAL(clino_gap_get(gap, step, &a, NULL), CLINO_OK);
  return a;
}

static void prechelts_measures(void) {
  static const double train[] = {2.1, 1.3, 0.9, 0.75, 0.62}, val[] = {2.2, 1.5, 1.25, 1.4, 1.65};
  clino_gap *gap = make(3);
  clino_gap_stats a;
  for (int i = 0; i < 5; i++) {
    clino_gap_add_train(gap, train[i], 64, NULL);
    clino_gap_add_val(gap, val[i], 200, NULL);
    a = get(gap, 100 * (i + 1));
    CU_ASSERT_EQUAL(a.intervals, (uint64_t)i);
    if (i < 2) CU_ASSERT_PTR_NOT_NULL(strstr(a.training_progress_missing, "fewer intervals"));
    if (i < 3) CU_ASSERT_EQUAL(a.generalization_loss, 0);
    if (i == 2) ASSERT_NEAR(a.training_progress, 1000 * ((2.1 + 1.3 + 0.9) / (3 * 0.9) - 1), 1e-12);
    CU_ASSERT_EQUAL(clino_gap_next(gap, 100 * (i + 1), NULL), CLINO_OK);
    CU_ASSERT_TRUE(isnan(get(gap, 0).val_loss));
    CU_ASSERT_PTR_NOT_NULL(get(gap, 0).generalization_loss_missing);
  }
  ASSERT_NEAR(a.generalization_loss, 32, 1e-13); /* 100 (1.65 / 1.25 - 1) */
  ASSERT_NEAR(a.training_progress, 1000 * ((0.9 + 0.75 + 0.62) / (3 * 0.62) - 1), 1e-12);
  ASSERT_NEAR(a.quotient, a.generalization_loss / a.training_progress, 1e-15);
  CU_ASSERT_PTR_NULL(a.generalization_loss_missing);
  CU_ASSERT_PTR_NULL(a.training_progress_missing);
  CU_ASSERT_EQUAL(a.best_val_loss, 1.25);
  CU_ASSERT_EQUAL(a.best_step, 300);
  CU_ASSERT_EQUAL(a.since_best, 2);
  ASSERT_NEAR(a.loss_gap, 1.65 - 0.62, 1e-14);
  clino_gap_reset(gap);
  CU_ASSERT_EQUAL(get(gap, 1).best_step, CLINO_NO_STEP);
  CU_ASSERT_EQUAL(get(gap, 1).intervals, 0);
  clino_gap_free(gap);
}

static void the_first_of_equal_bests_is_kept(void) {
  clino_gap *gap = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_gap_new(NULL, &gap, NULL), CLINO_OK);
  for (int i = 0; i < 4; i++) {
    clino_gap_add_val(gap, i < 2 ? 0.4 : 0.3, 1, NULL);
    clino_gap_next(gap, 10 * i, NULL);
    clino_gap_next(gap, 10 * i + 5, NULL); /* empty: no interval */
  }
  clino_gap_add_val(gap, 0.6, 1, NULL);
  clino_gap_stats a = get(gap, 40);
  CU_ASSERT_EQUAL(a.best_step, 20);
  CU_ASSERT_EQUAL(a.since_best, 2);
  CU_ASSERT_EQUAL(a.intervals, 4);
  ASSERT_NEAR(a.generalization_loss, 100, 1e-12);
  clino_gap_drop(gap);
  CU_ASSERT_EQUAL(get(gap, 40).n_val, 0);
  CU_ASSERT_EQUAL(get(gap, 40).best_step, 20);
  clino_gap_free(gap);
}

static void means_are_weighted(void) {
  uint64_t state = 8;
  clino_gap *gap = make(2);
  long double sum = 0, weights = 0;
  for (int i = 0; i < 100000; i++) {
    double loss = 1e8 + random_normal(&state), weight = i % 1000 ? 64 : 17;
    clino_gap_add_train(gap, loss, weight, NULL);
    sum += ((long double)loss - 1e8L) * (long double)weight;
    weights += (long double)weight;
  }
  double offset = (double)(sum / weights);
  CU_ASSERT_TRUE(fabs(get(gap, 1).train_loss - 1e8 - offset) < 2e-8);
  clino_gap_add_val_accuracy(gap, 0.75, 32, NULL);
  clino_gap_add_val_accuracy(gap, 0.5, 8, NULL);
  clino_gap_add_train_accuracy(gap, 0.9, 1, NULL);
  ASSERT_NEAR(get(gap, 1).val_accuracy, 0.7, 1e-15);
  ASSERT_NEAR(get(gap, 1).accuracy_gap, 0.2, 1e-14);
  clino_gap_free(gap);
}

static void merged_ranks_equal_one(void) {
  static const double units[] = {1.7, 1e300, 1e-300};
  for (size_t u = 0; u < 3; u++) {
    uint64_t state = 55 + u;
    clino_gap *all = make(2), *ranks[4];
    for (int r = 0; r < 4; r++) ranks[r] = make(2);
    for (int interval = 0; interval < 3; interval++) {
      for (int i = 0; i < 1000; i++) {
        double loss = units[u] * (0.5 + random_uniform(&state)), weight = 1 + (double)(i % 7);
        clino_gap *rank = ranks[i % 3]; /* the fourth sees nothing */
        clino_gap_add_train(all, loss, weight, NULL);
        clino_gap_add_train(rank, loss, weight, NULL);
        clino_gap_add_val(all, 1.5 * loss, weight, NULL);
        clino_gap_add_val(rank, 1.5 * loss, weight, NULL);
      }
      for (int r = 1; r < 4; r++) {
        CU_ASSERT_EQUAL(clino_gap_merge(ranks[0], ranks[r], NULL), CLINO_OK);
        clino_gap_drop(ranks[r]);
      }
      clino_gap_stats a = get(all, interval), b = get(ranks[0], interval);
      CU_ASSERT_EQUAL(a.n_train, b.n_train);
      CU_ASSERT_EQUAL(a.n_val, 1000);
      ASSERT_NEAR(a.train_loss, b.train_loss, 1e-12);
      ASSERT_NEAR(a.val_loss, b.val_loss, 1e-12);
      ASSERT_NEAR(a.best_val_loss, b.best_val_loss, 1e-12);
      CU_ASSERT_EQUAL(a.best_step, b.best_step);
      if (interval) CU_ASSERT_TRUE(a.training_progress >= 0 && a.training_progress < 100);
      clino_gap_next(all, interval, NULL);
      clino_gap_next(ranks[0], interval, NULL);
    }
    clino_gap_free(all);
    for (int r = 0; r < 4; r++) clino_gap_free(ranks[r]);
  }
}

static void ratios_of_losses_that_are_not_positive(void) {
  clino_gap *gap = make(2);
  clino_gap_add_train(gap, -1.5, 1, NULL);
  clino_gap_add_val(gap, -2.5, 1, NULL);
  clino_gap_next(gap, 1, NULL);
  clino_gap_add_train(gap, 0.5, 1, NULL);
  clino_gap_add_val(gap, 3, 1, NULL);
  clino_gap_stats a = get(gap, 2);
  CU_ASSERT_EQUAL(a.best_val_loss, -2.5);
  CU_ASSERT_EQUAL(a.best_step, 1);
  CU_ASSERT_TRUE(isnan(a.generalization_loss) && isnan(a.training_progress) && isnan(a.quotient));
  CU_ASSERT_PTR_NOT_NULL_FATAL(a.generalization_loss_missing);
  CU_ASSERT_PTR_NOT_NULL(strstr(a.generalization_loss_missing, "not above 0"));
  CU_ASSERT_PTR_NOT_NULL_FATAL(a.training_progress_missing);
  CU_ASSERT_PTR_NOT_NULL(strstr(a.training_progress_missing, "not above 0"));
  clino_gap_reset(gap);
  clino_gap_add_val(gap, 0, 1, NULL);
  CU_ASSERT_PTR_NOT_NULL(get(gap, 2).generalization_loss_missing);
  clino_gap_free(gap);
}

static void flat_training_has_no_quotient(void) {
  clino_gap *gap = make(2);
  for (int i = 0; i < 2; i++) {
    clino_gap_add_train(gap, 0.3, 1, NULL);
    clino_gap_add_val(gap, 0.3 + i, 1, NULL);
    if (!i) clino_gap_next(gap, i, NULL);
  }
  CU_ASSERT_EQUAL(get(gap, 1).training_progress, 0);
  CU_ASSERT_TRUE(isnan(get(gap, 1).quotient));
  clino_gap_free(gap);
}

static void losses_that_are_not_finite_stay_so(void) {
  clino_gap *gap = make(2);
  clino_gap_add_val(gap, 0.9, 1, NULL);
  clino_gap_next(gap, 1, NULL);
  clino_gap_add_train(gap, 1, 1, NULL);
  clino_gap_add_train(gap, NAN, 1, NULL);
  clino_gap_add_train(gap, 1, 1, NULL);
  clino_gap_add_val(gap, INFINITY, 1, NULL);
  clino_gap_stats a = get(gap, 2);
  CU_ASSERT_TRUE(isnan(a.train_loss));
  CU_ASSERT_EQUAL(a.val_loss, INFINITY);
  CU_ASSERT_EQUAL(a.generalization_loss, INFINITY);
  CU_ASSERT_PTR_NULL(a.generalization_loss_missing);
  CU_ASSERT_EQUAL(a.nonfinite, 2);
  CU_ASSERT_EQUAL(a.best_val_loss, 0.9);
  clino_gap *other = make(2);
  clino_gap_add_val(other, -INFINITY, 1, NULL);
  clino_gap_merge(gap, other, NULL);
  CU_ASSERT_TRUE(isnan(get(gap, 2).val_loss) && isnan(get(gap, 2).generalization_loss));
  CU_ASSERT_EQUAL(get(other, 2).val_loss, -INFINITY);
  CU_ASSERT_TRUE(isnan(get(other, 2).best_val_loss));
  clino_gap_next(gap, 2, NULL);
  clino_gap_add_train(gap, 1, 1, NULL);
  CU_ASSERT_TRUE(isnan(get(gap, 3).training_progress));
  CU_ASSERT_PTR_NULL(get(gap, 3).training_progress_missing);
  clino_gap_free(gap);
  clino_gap_free(other);
}

static void records_what_the_interval_has(void) {
  clino_gap *gap = make(5);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_gap_record(gap, run, 0, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_series_count(run), 0);
  clino_gap_add_train(gap, 1.5, 1, NULL);
  clino_gap_add_train(gap, 2.5, 3, NULL);
  clino_gap_add_val(gap, 2.75, 1, NULL);
  clino_gap_add_val_accuracy(gap, 0.31, 1, NULL);
  CU_ASSERT_EQUAL(clino_gap_record(gap, run, 10, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "train/loss", 10), 2.25);
  CU_ASSERT_EQUAL(only_point(run, "val/loss", 10), 2.75);
  CU_ASSERT_EQUAL(only_point(run, "val/accuracy", 10), 0.31);
  CU_ASSERT_PTR_NULL(clino_run_series(run, "train/accuracy"));
  clino_gap_next(gap, 10, NULL);
  clino_gap_add_train(gap, 2, 1, NULL);
  CU_ASSERT_EQUAL(clino_gap_record(gap, run, 20, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "train/loss")), 2);
  CU_ASSERT_EQUAL(only_point(run, "val/loss", 10), 2.75);
  CU_ASSERT_EQUAL(clino_series_missing(clino_run_series(run, "val/loss")), 1);
  CU_ASSERT_STRING_EQUAL(clino_series_missing_reason(clino_run_series(run, "val/loss")), "the interval has no value");
  CU_ASSERT_EQUAL(clino_run_axis_count(run), 1);
  clino_run_free(run);
  clino_gap_free(gap);
}

static void adding_to_a_gap_allocates_nothing(void) {
  clino_gap *gap = make(5), *other = make(5);
  unsigned long count = allocations_count();
  clino_gap_add_train(gap, 1, 2, NULL);
  clino_gap_add_val(gap, NAN, 2, NULL);
  clino_gap_add_train_accuracy(other, 1, 2, NULL);
  clino_gap_add_val_accuracy(other, 1, 2, NULL);
  clino_gap_merge(gap, other, NULL);
  clino_gap_next(gap, 1, NULL);
  CU_ASSERT_EQUAL(allocations_count(), count);
  clino_gap_free(gap);
  clino_gap_free(other);
}

static void errors_of_gap(void) {
  clino_gap_options o = clino_gap_options_default(), zero;
  memset(&zero, 0, sizeof zero);
  clino_gap *gap = make(5), *none = gap;
  clino_gap_stats a;
  clino_run *run = new_run();
  ASSERT_FAILS(clino_gap_new(NULL, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_new(&zero, &none, &error), CLINO_ERR_RANGE, "clino_gap_options_default()");
  o.strip = 1;
  ASSERT_FAILS(clino_gap_new(&o, &none, &error), CLINO_ERR_RANGE, "strip");
  o.strip = CLINO_GAP_STRIP_MAX + 1;
  ASSERT_FAILS(clino_gap_new(&o, &none, &error), CLINO_ERR_RANGE, "strip");
  CU_ASSERT_PTR_NULL(none);
  ASSERT_FAILS(clino_gap_add_train(NULL, 1, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_add_train(gap, 1, 0, &error), CLINO_ERR_RANGE, "train/loss");
  ASSERT_FAILS(clino_gap_add_train(gap, 1, 1e281, &error), CLINO_ERR_RANGE, "1e280");
  ASSERT_FAILS(clino_gap_add_val(gap, 1, NAN, &error), CLINO_ERR_RANGE, "val/loss");
  ASSERT_FAILS(clino_gap_add_train_accuracy(gap, 1, INFINITY, &error), CLINO_ERR_RANGE, "train/accuracy");
  ASSERT_FAILS(clino_gap_add_val_accuracy(gap, 1, -1, &error), CLINO_ERR_RANGE, "val/accuracy");
  ASSERT_FAILS(clino_gap_merge(gap, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_merge(gap, gap, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_gap_get(gap, 1, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_get(NULL, 1, &a, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_next(NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_record(gap, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_gap_record(NULL, run, 1, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(get(gap, 1).n_train, 0);
  clino_gap_reset(NULL);
  clino_gap_drop(NULL);
  clino_gap_free(NULL);
  clino_gap_free(gap);
  clino_run_free(run);
}

void suite_gap(CU_pSuite suite) {
  TEST(suite, prechelts_measures);
  TEST(suite, the_first_of_equal_bests_is_kept);
  TEST(suite, means_are_weighted);
  TEST(suite, merged_ranks_equal_one);
  TEST(suite, ratios_of_losses_that_are_not_positive);
  TEST(suite, flat_training_has_no_quotient);
  TEST(suite, losses_that_are_not_finite_stay_so);
  TEST(suite, records_what_the_interval_has);
  TEST(suite, adding_to_a_gap_allocates_nothing);
  TEST(suite, errors_of_gap);
}
