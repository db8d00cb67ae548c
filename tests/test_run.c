/* The run model: rows, points, missing cells, look-ups, summaries, and every error it can give. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/run.h"
#include "support/run.h"
#include "support/suite.h"

static void attributes_are_sorted_and_replaced(void) {
  clino_run *run = new_run();
  static const char *const keys[] = {"loss", "classes", "task", "fan_in/W1", "a", "optimizer"};
  for (size_t i = 0; i < 6; i++) CU_ASSERT_EQUAL(clino_run_set_attribute(run, keys[i], keys[5 - i], NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "classes", "10", NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_attribute_count(run), 6);
  CU_ASSERT_EQUAL(clino_run_attribute_number(run, "classes"), 10);
  CU_ASSERT_TRUE(isnan(clino_run_attribute_number(run, "loss")));
  CU_ASSERT_TRUE(isnan(clino_run_attribute_number(run, "absent")));
  const char *value, *before = "";
  for (size_t i = 0; i < 6; i++) {
    const char *key = clino_run_attribute_at(run, i, &value);
    CU_ASSERT_TRUE(strcmp(before, key) < 0);
    CU_ASSERT_STRING_EQUAL(value, clino_run_attribute(run, key));
    before = key;
  }
  CU_ASSERT_PTR_NULL(clino_run_attribute_at(run, 6, &value));
  CU_ASSERT_PTR_NULL(value);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "task", NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "task", NULL, NULL), CLINO_OK);
  CU_ASSERT_PTR_NULL(clino_run_attribute(run, "task"));
  CU_ASSERT_EQUAL(clino_run_attribute_count(run), 5);
  clino_run_free(run);
}

static void rows_of_one_step_are_shared(void) {
  clino_run *run = new_run();
  put(run, "train/loss", 3, 2.31);
  put(run, "lr", 3, 1e-3);
  put(run, "train/loss", 3, 2.29); /* the cell is taken: a new row of the same step */
  put(run, "val/loss", 3, 2.4);
  put(run, "train/loss", 1, 2.2); /* steps that go back are kept in order */
  const clino_axis *axis = clino_run_axis_at(run, 0);
  CU_ASSERT_EQUAL(clino_run_axis_count(run), 1);
  CU_ASSERT_EQUAL(clino_axis_rows(axis), 3);
  CU_ASSERT_PTR_NULL(clino_axis_epochs(axis));
  CU_ASSERT_PTR_NULL(clino_axis_times(axis));
  const clino_series *loss = clino_run_series(run, "train/loss"), *val = clino_run_series(run, "val/loss");
  CU_ASSERT_EQUAL(clino_series_count(loss), 3);
  CU_ASSERT_EQUAL(clino_series_missing(loss), 0);
  CU_ASSERT_EQUAL(clino_series_step(loss, 2), 1);
  CU_ASSERT_EQUAL(clino_series_values(loss)[1], 2.29);
  CU_ASSERT_EQUAL(clino_series_count(val), 1);
  CU_ASSERT_EQUAL(clino_series_missing(val), 2);
  CU_ASSERT_EQUAL(clino_series_row(val, 0), 1);
  CU_ASSERT_EQUAL(clino_series_row(val, 1), SIZE_MAX);
  CU_ASSERT_EQUAL(clino_series_step(val, 1), CLINO_NO_STEP);
  int64_t first = 0, last = 0;
  CU_ASSERT_TRUE(clino_run_step_range(run, &first, &last));
  CU_ASSERT_EQUAL(first, 1);
  CU_ASSERT_EQUAL(last, 3);
  clino_run_free(run);
}

static void missing_cells_keep_their_rows(void) {
  clino_run *run = new_run();
  clino_axis *axis;
  clino_series *s, *t;
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, "table", &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, "a", NULL, CLINO_SERIES_SCALAR, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, "train/loss", "loss", CLINO_SERIES_SCALAR, &t, NULL), CLINO_OK);
  size_t set = 0;
  for (size_t row = 0; row < 1000; row++) {
    CU_ASSERT_EQUAL(clino_axis_add_row(axis, (int64_t)row * 7, row == 5 ? 0.5 : NAN, NAN, NULL), CLINO_OK);
    if (row > 500 && row % 3 == 0) continue;
    CU_ASSERT_EQUAL(clino_series_set(s, (double)row, NULL), CLINO_OK);
    set++;
  }
  CU_ASSERT_EQUAL(clino_series_count(s), set);
  CU_ASSERT_EQUAL(clino_series_missing(s), 1000 - set);
  for (size_t i = 0; i < set; i++) {
    CU_ASSERT_EQUAL((double)clino_series_row(s, i), clino_series_values(s)[i]);
    CU_ASSERT_EQUAL(clino_series_step(s, i), (int64_t)clino_series_row(s, i) * 7);
  }
  CU_ASSERT_PTR_NULL(clino_series_values(t));
  CU_ASSERT_EQUAL(clino_series_missing(t), 1000);
  CU_ASSERT_STRING_EQUAL(clino_series_original(t), "loss");
  CU_ASSERT_STRING_EQUAL(clino_series_original(s), "a");
  CU_ASSERT_STRING_EQUAL(clino_axis_name(axis), "table");
  CU_ASSERT_TRUE(isnan(clino_axis_epochs(axis)[4]));
  CU_ASSERT_EQUAL(clino_axis_epochs(axis)[5], 0.5);
  CU_ASSERT_TRUE(isnan(clino_axis_epochs(axis)[999]));
  CU_ASSERT_PTR_NULL(clino_axis_times(axis));
  clino_run_free(run);
}

static void names_are_found(void) {
  clino_run *run = new_run();
  clino_axis *axis;
  clino_series *twin;
  char name[32];
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  for (int i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "update_ratio/W%d", i);
    CU_ASSERT_EQUAL(clino_run_add_series(run, axis, name, NULL, CLINO_SERIES_SCALAR, NULL, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "update_ratio/W17", NULL, CLINO_SERIES_SCALAR, &twin, NULL),
                  CLINO_OK);
  for (size_t i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "update_ratio/W%zu", i);
    CU_ASSERT_PTR_EQUAL(clino_run_series(run, name), clino_run_series_at(run, i));
  }
  CU_ASSERT_PTR_NULL(clino_run_series(run, "update_ratio/W3000"));
  CU_ASSERT_PTR_NULL(clino_run_series(run, NULL));
  clino_series *first = (clino_series *)(uintptr_t)clino_run_series(run, "update_ratio/W17");
  CU_ASSERT_EQUAL(clino_run_remove_series(run, first, NULL), CLINO_OK);
  CU_ASSERT_PTR_EQUAL(clino_run_series(run, "update_ratio/W17"), twin);
  CU_ASSERT_EQUAL(clino_run_series_count(run), 3000);
  CU_ASSERT_EQUAL(clino_run_remove_series(run, NULL, NULL), CLINO_ERR_RANGE);
  clino_run_free(run);
}

/* Names collide in the table; whatever goes, the others must be found, and of twins the first. */
static void removed_series_are_gone(void) {
  enum { N = 300 };
  clino_run *run = NULL;
  clino_axis *axis;
  clino_series *made[N];
  char name[16];
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "s%d", i % 200); /* the last hundred are twins */
    CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, name, NULL, CLINO_SERIES_SCALAR, &made[i], NULL), CLINO_OK);
  }
  for (int low = 0, high = N - 1; low <= high;) {
    bool last = (low + high) % 3 != 0;
    int gone = last ? high-- : low++;
    CU_ASSERT_EQUAL(clino_run_remove_series(run, made[gone], NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_remove_series(run, made[gone], NULL), CLINO_ERR_RANGE);
    for (int i = 0; i < 200; i++) {
      bool first = i >= low && i <= high, twin = i + 200 < N && i + 200 >= low && i + 200 <= high;
      snprintf(name, sizeof name, "s%d", i);
      CU_ASSERT_PTR_EQUAL(clino_run_series(run, name), first ? made[i] : twin ? made[i + 200] : NULL);
    }
  }
  CU_ASSERT_EQUAL(clino_run_series_count(run), 0);
  clino_run_free(run);
}

static void missing_values_have_a_reason(void) {
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "update_ratio/b1", 0, "the norm of b1 is 0", NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "update_ratio/b1", 0, "another", NULL), CLINO_OK);
  put(run, "update_ratio/b1", 1, 2e-3);
  const clino_series *s = clino_run_series(run, "update_ratio/b1");
  CU_ASSERT_EQUAL(clino_axis_rows(clino_series_axis(s)), 2);
  CU_ASSERT_EQUAL(clino_series_count(s), 1);
  CU_ASSERT_EQUAL(clino_series_missing(s), 1);
  CU_ASSERT_EQUAL(clino_series_step(s, 0), 1);
  CU_ASSERT_STRING_EQUAL(clino_series_missing_reason(s), "the norm of b1 is 0");
  CU_ASSERT_EQUAL(clino_series_clear((clino_series *)(uintptr_t)s, "x", NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_count(s), 0);
  CU_ASSERT_EQUAL(clino_series_missing(s), 2);
  clino_run_free(run);
}

static void histograms_are_copied(void) {
  clino_run *run = new_run();
  double edges[] = {-1.5, 0, 2.25};
  uint64_t counts[] = {7, 11};
  clino_histogram h = {2, edges, counts, 1, 2, 3};
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "activations/relu1", 10, &h, NULL), CLINO_OK);
  edges[0] = 99;
  counts[0] = 99;
  const clino_series *s = clino_run_series(run, "activations/relu1");
  const clino_histogram *copy = clino_series_histogram(s, 0);
  CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
  CU_ASSERT_EQUAL(copy->edges[0], -1.5);
  CU_ASSERT_EQUAL(copy->counts[0], 7);
  CU_ASSERT_EQUAL(copy->counts[1], 11);
  CU_ASSERT_EQUAL(copy->nans, 3);
  CU_ASSERT_PTR_NULL(clino_series_histogram(s, 1));
  CU_ASSERT_PTR_NULL(clino_series_values(s));
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "activations/relu1", 11, "none", NULL), CLINO_OK);
  clino_error error;
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "activations/relu1", 11, &h, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "ascend"));
  edges[0] = NAN;
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "activations/relu1", 11, &h, NULL), CLINO_ERR_RANGE);
  edges[0] = -1;
  CU_ASSERT_EQUAL(clino_run_add(run, "activations/relu1", 12, 1, NULL), CLINO_ERR_RANGE);
  put(run, "lr", 12, 1);
  CU_ASSERT_EQUAL(clino_run_add_histogram(run, "lr", 13, &h, NULL), CLINO_ERR_RANGE);
  clino_summary summary;
  CU_ASSERT_EQUAL(clino_series_summary(s, &summary, NULL), CLINO_ERR_RANGE);
  clino_run_free(run);
}

static void small_summary(void) {
  clino_run *run = new_run();
  clino_summary s;
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "x", 0, "r", NULL), CLINO_OK);
  const clino_series *x = clino_run_series(run, "x");
  CU_ASSERT_EQUAL(clino_series_summary(x, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s.n_buckets, 0);
  CU_ASSERT_TRUE(isnan(s.min) && isnan(s.max) && isnan(s.mean));
  static const double values[] = {NAN, 1.75, -INFINITY, -2.5, 1e308, 1.7e308, 1.6e308};
  for (int i = 0; i < 7; i++) put(run, "x", 10 + i, values[i]);
  CU_ASSERT_EQUAL(clino_series_summary(x, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s.n_buckets, 7);
  CU_ASSERT_EQUAL(s.nonfinite, 2);
  CU_ASSERT_EQUAL(s.min, -2.5);
  CU_ASSERT_EQUAL(s.max, 1.7e308);
  CU_ASSERT_DOUBLE_EQUAL(s.mean / 1e308, 0.86, 1e-12); /* the sum overflows, the mean does not */
  CU_ASSERT_EQUAL(s.buckets[3].median, -2.5);
  CU_ASSERT_EQUAL(s.buckets[3].first_step, 13);
  CU_ASSERT_EQUAL(s.buckets[0].nonfinite, 1);
  CU_ASSERT_TRUE(isnan(s.buckets[0].median) && isnan(s.buckets[0].mean) && isnan(s.buckets[0].min));
  put(run, "x", 17, 5);
  CU_ASSERT_EQUAL(clino_series_summary(x, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s.n_buckets, 8);
  clino_axis *axis = (clino_axis *)(uintptr_t)clino_series_axis(x);
  CU_ASSERT_EQUAL(clino_axis_set_row(axis, 1, -4, 2.5, NAN, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_summary(x, &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s.buckets[0].first_step, -4);
  CU_ASSERT_EQUAL(clino_axis_epochs(axis)[1], 2.5);
  clino_run_free(run);
}

static void large_summary(void) {
  clino_run *run = new_run();
  const size_t n = 1000003;
  for (size_t i = 0; i < n; i++) put(run, "x", (int64_t)i, (double)((i * 619) % 1009));
  clino_summary s;
  CU_ASSERT_EQUAL(clino_series_summary(clino_run_series(run, "x"), &s, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s.n_buckets, 4096);
  size_t next = 0, smallest = SIZE_MAX, largest = 0;
  for (size_t i = 0; i < s.n_buckets; i++) {
    const clino_bucket *b = &s.buckets[i];
    CU_ASSERT_EQUAL(b->first, next);
    CU_ASSERT_EQUAL(b->last_step - b->first_step + 1, (int64_t)b->count);
    CU_ASSERT_TRUE(b->min <= b->median && b->median <= b->max && b->min <= b->mean && b->mean <= b->max);
    next += b->count;
    smallest = b->count < smallest ? b->count : smallest;
    largest = b->count > largest ? b->count : largest;
  }
  CU_ASSERT_EQUAL(next, n);
  CU_ASSERT_TRUE(largest - smallest <= 1);
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)((i * 619) % 1009);
  CU_ASSERT_DOUBLE_EQUAL(s.mean, sum / (double)n, 1e-9);
  CU_ASSERT_EQUAL(s.min, 0);
  CU_ASSERT_EQUAL(s.max, 1008);
  clino_run_free(run);
}

static void summaries_are_kept_and_forgotten(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 9; i++) put(run, "x", i, 2.5 - 0.3 * i);
  const clino_series *x = clino_run_series(run, "x");
  clino_summary first, again;
  CU_ASSERT_FALSE(clino_series_has_summary(x));
  CU_ASSERT_EQUAL(clino_series_summary(x, &first, NULL), CLINO_OK);
  CU_ASSERT_TRUE(clino_series_has_summary(x));
  CU_ASSERT_EQUAL(clino_series_summary(x, &again, NULL), CLINO_OK);
  CU_ASSERT_PTR_EQUAL(again.buckets, first.buckets);
  put(run, "x", 9, 7.25);
  CU_ASSERT_FALSE(clino_series_has_summary(x));
  CU_ASSERT_EQUAL(clino_series_summary(x, &again, NULL), CLINO_OK);
  clino_series_forget_summary(x);
  clino_series_forget_summary(x);
  CU_ASSERT_FALSE(clino_series_has_summary(x));
  CU_ASSERT_EQUAL(clino_series_summary(x, &again, NULL), CLINO_OK);
  CU_ASSERT_TRUE(again.n_buckets == 10 && again.max == 7.25);
  clino_series_forget_summary(NULL);
  CU_ASSERT_FALSE(clino_series_has_summary(NULL));
  clino_run_free(run);
}

static void misuse_is_an_error(void) {
  clino_run *run = new_run();
  clino_axis *axis = NULL;
  clino_series *s = NULL;
  clino_error error;
  clino_summary summary;
  CU_ASSERT_EQUAL(clino_run_new(NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "", "x", &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_set_attribute(NULL, "a", "x", &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, NULL, &axis, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "", NULL, CLINO_SERIES_SCALAR, &s, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add_series(run, NULL, "a", NULL, CLINO_SERIES_SCALAR, &s, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "a", NULL, CLINO_SERIES_SCALAR, &s, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_set(s, 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "'a'"));
  CU_ASSERT_EQUAL(clino_axis_add_row(axis, 0, NAN, NAN, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_set(s, 1, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_set(s, 2, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_values(s)[0], 1);
  CU_ASSERT_EQUAL(clino_series_set(NULL, 2, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_set_histogram(s, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_axis_add_row(NULL, 0, NAN, NAN, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_axis_set_row(axis, 1, 0, NAN, NAN, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add(run, NULL, 0, 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add(run, "", 0, 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add(NULL, "x", 0, 1, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_add_missing(NULL, "x", 0, "r", &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_summary(NULL, &summary, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_summary(s, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_clear(NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_series_note_missing(NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_step_range(NULL, NULL, NULL), 0);
  clino_run_free(run);
  clino_run_free(NULL);
}

void suite_run(CU_pSuite suite) {
  TEST(suite, attributes_are_sorted_and_replaced);
  TEST(suite, rows_of_one_step_are_shared);
  TEST(suite, missing_cells_keep_their_rows);
  TEST(suite, names_are_found);
  TEST(suite, removed_series_are_gone);
  TEST(suite, missing_values_have_a_reason);
  TEST(suite, histograms_are_copied);
  TEST(suite, small_summary);
  TEST(suite, large_summary);
  TEST(suite, summaries_are_kept_and_forgotten);
  TEST(suite, misuse_is_an_error);
}
