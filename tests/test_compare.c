/* Runs side by side: ranks, noise, what holds at equal steps, settings, and the reports of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/compare.h"
#include "support/allocations.h"
#include "support/random.h"
#include "support/report.h"
#include "support/suite.h"

enum { MOST = 4 };

typedef struct sample {
  const char *series;
  uint64_t seed;
  int64_t n;
  double floor, noise, bend; /* bend: what is added from the middle on, at the end */
} sample;

static clino_run *make(sample s) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  for (int64_t i = 0; i < s.n; i++) {
    double late = 2.0 * (double)i / (double)s.n - 1;
    double value = s.floor + 1.7 * exp(-(double)i / 17) + s.noise * random_normal(&s.seed);
    if (late > 0) value += s.bend * late;
    if (strstr(s.series, "accuracy")) value = 1 - 0.3 * value;
    CU_ASSERT_EQUAL(clino_run_add(run, s.series, 7 * i, value, NULL), CLINO_OK);
  }
  return run;
}

static void set(clino_run *run, const char *key, const char *value) {
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, key, value, NULL), CLINO_OK);
}

static clino_run *runs[MOST];
static const char *const names[MOST] = {"a", "b", "<c>", "d"};
static clino_comparison *comparison;

static void begin(const sample *samples, size_t n) {
  for (size_t i = 0; i < n; i++) runs[i] = make(samples[i]);
}

static void compare(size_t n, const clino_comparison_options *options) {
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL_FATAL(
      clino_comparison_new(&comparison, (const clino_run *const *)runs, names, n, options, &error), CLINO_OK);
}

static void end(void) {
  clino_comparison_free(comparison);
  comparison = NULL;
  for (size_t i = 0; i < MOST; i++) {
    clino_run_free(runs[i]);
    runs[i] = NULL;
  }
}

static clino_standing standing(size_t i) { return clino_comparison_at(comparison, i)->standing; }

/* What is said of a run; valid until the next call. */
static const clino_finding *said(size_t i) {
  static clino_findings *list;
  clino_findings_free(list);
  list = NULL;
  if (i == SIZE_MAX) return NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_comparison_judge(comparison, i, list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_findings_count(list), 1);
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 0)->check, "compare");
  return clino_findings_at(list, 0);
}

static bool says(size_t i, const char *text) { return strstr(said(i)->message, text) != NULL; }

static void runs_are_ranked_by_where_they_end(void) {
  const sample samples[] = {{"val/loss", 11, 300, 0.31, 0.02, 0},
                            {"val/loss", 12, 300, 0.22, 0.02, 0},
                            {"val/loss", 13, 300, 0.22, 0.02, 0.5}};
  begin(samples, 3);
  compare(3, NULL);
  CU_ASSERT_STRING_EQUAL(clino_comparison_series(comparison), "val/loss");
  CU_ASSERT_TRUE(clino_comparison_lower_is_better(comparison));
  CU_ASSERT_EQUAL(clino_comparison_count(comparison), 3);
  const clino_compared *best = clino_comparison_ranked(comparison, 0), *last = clino_comparison_ranked(comparison, 2);
  CU_ASSERT_EQUAL(best->index, 1);
  CU_ASSERT_EQUAL(last->index, 2);
  CU_ASSERT_PTR_NULL(clino_comparison_ranked(comparison, 3));
  CU_ASSERT_PTR_NULL(clino_comparison_at(comparison, 3));
  CU_ASSERT_EQUAL(standing(0), CLINO_STANDING_WORSE);
  CU_ASSERT_DOUBLE_EQUAL(best->level, 0.22, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(clino_comparison_at(comparison, 0)->behind, 0.09, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(clino_comparison_at(comparison, 0)->behind_at_step, 0.09, 0.01);
  /* 75 points of deviation 0.02: 1.2533 0.02 / sqrt(75), in a difference of two. */
  double error = 1.2533 * 0.02 / sqrt(75);
  CU_ASSERT_DOUBLE_EQUAL(best->error, error, 0.3 * error);
  CU_ASSERT_DOUBLE_EQUAL(clino_comparison_at(comparison, 0)->deviations, 0.09 / (error * sqrt(2)), 8);
  CU_ASSERT_TRUE(last->since > 7 * 150 && last->since < 7 * 200);
  CU_ASSERT_EQUAL(said(1)->level, CLINO_FINDING_PASS);
  CU_ASSERT_TRUE(says(1, "best of 3 runs: val/loss ends at 0.2"));
  CU_ASSERT_EQUAL(said(2)->level, CLINO_FINDING_INFO);
  CU_ASSERT_TRUE(says(2, "worse: val/loss ends at"));
  CU_ASSERT_TRUE(says(2, "worse at equal steps since step"));
  CU_ASSERT_TRUE(says(2, "on the way it was as good"));
  CU_ASSERT_FALSE(says(0, "on the way it was as good"));
  end();
}

static void another_seed_is_as_good(void) {
  for (uint64_t seed = 400; seed < 430; seed++) {
    const sample samples[] = {{"train/loss", seed, 200, 0.3, 0.03, 0}, {"train/loss", seed + 50, 200, 0.3, 0.03, 0}};
    begin(samples, 2);
    compare(2, NULL);
    CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 1)->standing, CLINO_STANDING_AS_GOOD);
    CU_ASSERT_TRUE(says(clino_comparison_ranked(comparison, 0)->index, "though not beyond noise"));
    CU_ASSERT_EQUAL(said(clino_comparison_ranked(comparison, 1)->index)->level, CLINO_FINDING_PASS);
    end();
  }
}

static void higher_is_better_for_accuracies(void) {
  const sample samples[] = {{"val/accuracy", 3, 120, 0.8, 0.01, 0}, {"val/accuracy", 4, 120, 0.4, 0.01, 0}};
  begin(samples, 2);
  compare(2, NULL);
  CU_ASSERT_FALSE(clino_comparison_lower_is_better(comparison));
  CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 0)->index, 1);
  CU_ASSERT_DOUBLE_EQUAL(clino_comparison_at(comparison, 0)->behind, 0.12, 0.01);
  clino_comparison_free(comparison);
  clino_comparison_options o = clino_comparison_options_default();
  o.direction = 1;
  compare(2, &o);
  CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 0)->index, 0);
  end();
}

static void a_shorter_run_is_held_at_equal_steps(void) {
  const sample samples[] = {{"train/loss", 5, 400, 0.2, 0.01, 0}, {"train/loss", 6, 60, 0.2, 0.01, 0}};
  begin(samples, 2);
  compare(2, NULL);
  CU_ASSERT_EQUAL(standing(1), CLINO_STANDING_WORSE);
  CU_ASSERT_EQUAL(clino_comparison_at(comparison, 1)->since, CLINO_NO_STEP);
  CU_ASSERT_TRUE(says(1, "it is shorter, and at equal steps not behind"));
  end();
}

static void few_points_say_nothing_of_noise(void) {
  const sample samples[] = {{"val/loss", 7, 6, 0.2, 0.01, 0}, {"val/loss", 8, 6, 0.4, 0.01, 0}};
  begin(samples, 2);
  compare(2, NULL);
  CU_ASSERT_EQUAL(standing(1), CLINO_STANDING_UNSURE);
  CU_ASSERT_TRUE(isnan(clino_comparison_at(comparison, 1)->deviations));
  CU_ASSERT_TRUE(says(0, "too few to know the noise") && says(1, "too few to know the noise"));
  CU_ASSERT_EQUAL(said(1)->confidence, 0.5);
  end();
}

static void what_cannot_be_ranked_comes_last(void) {
  const sample samples[] = {{"secret", 9, 50, 1, 0, 0}, {"val/loss", 1, 50, 1, 0.1, 0}, {"val/loss", 2, 50, 9, 0.1, 0}};
  begin(samples, 3);
  CU_ASSERT_EQUAL(clino_run_add(runs[1], "val/loss", 900, NAN, NULL), CLINO_OK);
  compare(3, NULL);
  CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 0)->index, 2);
  CU_ASSERT_EQUAL(standing(1), CLINO_STANDING_LOST);
  CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 2)->standing, CLINO_STANDING_UNKNOWN);
  CU_ASSERT_TRUE(says(2, "of 3 runs the only one whose val/loss can be ranked"));
  CU_ASSERT_TRUE(says(1, "val/loss ends in NaN or infinity"));
  CU_ASSERT_EQUAL(said(0)->level, CLINO_FINDING_SKIP);
  CU_ASSERT_TRUE(says(0, "it has no val/loss"));
  end();
  const sample strange[] = {{"secret", 9, 50, 1, 0, 0}, {"secret", 9, 50, 1, 0, 0}};
  begin(strange, 2);
  compare(2, NULL);
  CU_ASSERT_PTR_NULL(clino_comparison_series(comparison));
  CU_ASSERT_TRUE(says(0, "no loss and no metric in common"));
  end();
}

/* Noise that overflows is not known, and makes nothing as good. */
static void noise_may_overflow(void) {
  const sample samples[] = {{"val/loss", 1, 40, 0.25, 0.01, 0}, {"val/loss", 2, 0, 0, 0, 0}};
  begin(samples, 2);
  for (int i = 0; i < 40; i++)
    CU_ASSERT_EQUAL(clino_run_add(runs[1], "val/loss", 7 * i, i % 2 ? -1.7e308 : 1.7e308, NULL), CLINO_OK);
  compare(2, NULL);
  const clino_compared *wild = clino_comparison_at(comparison, 1);
  CU_ASSERT_TRUE(isnan(wild->error));
  CU_ASSERT_EQUAL(clino_comparison_ranked(comparison, 1)->standing, CLINO_STANDING_UNSURE);
  end();
}

/* Noise of exactly 0: any difference is beyond it, and none is no division by 0. */
static void runs_without_noise(void) {
  const sample samples[] = {{"val/loss", 0, 60, 0.25, 0, 0}, {"val/loss", 0, 60, 0.25, 0, 0}};
  begin(samples, 2);
  compare(2, NULL);
  CU_ASSERT_EQUAL(standing(1), CLINO_STANDING_AS_GOOD);
  CU_ASSERT_EQUAL(clino_comparison_at(comparison, 1)->deviations, 0);
  end();
}

static void the_series_that_most_have_ranks(void) {
  const sample samples[] = {{"val/loss", 1, 20, 1, 0.1, 0}, {"train/loss", 2, 20, 1, 0.1, 0},
                            {"train/loss", 3, 20, 2, 0.1, 0}};
  begin(samples, 3);
  for (int64_t i = 0; i < 20; i++) CU_ASSERT_EQUAL(clino_run_add(runs[0], "train/loss", 7 * i, 3, NULL), CLINO_OK);
  compare(3, NULL);
  CU_ASSERT_STRING_EQUAL(clino_comparison_series(comparison), "train/loss");
  clino_comparison_free(comparison);
  compare(2, NULL);
  CU_ASSERT_STRING_EQUAL(clino_comparison_series(comparison), "train/loss");
  clino_comparison_free(comparison);
  compare(1, NULL);
  CU_ASSERT_STRING_EQUAL(clino_comparison_series(comparison), "val/loss");
  CU_ASSERT_TRUE(says(0, "it is the only run"));
  end();
}

static const char *value(const char *setting, size_t run) {
  for (size_t i = 0; i < clino_comparison_setting_count(comparison); i++)
    if (strcmp(clino_comparison_setting_at(comparison, i), setting) == 0)
      return clino_comparison_value(comparison, i, run);
  return "not told";
}

static void set_up(void) {
  const sample samples[] = {{"val/loss", 21, 60, 0.2, 0.01, 0}, {"val/loss", 22, 60, 0.5, 0.01, 0}};
  begin(samples, 2);
  for (int i = 0; i < 60; i++) {
    for (int r = 0; r < 2; r++) {
      CU_ASSERT_EQUAL(clino_run_add(runs[r], "lr", 7 * i, (r + 1) * 0.015625 * (60 - i), NULL), CLINO_OK);
      CU_ASSERT_EQUAL(clino_run_add(runs[r], "momentum", 7 * i, r ? 0.95 : 0.9, NULL), CLINO_OK);
      CU_ASSERT_EQUAL(clino_run_add(runs[r], "grad_norm", 7 * i, 3.5 * r + i, NULL), CLINO_OK);
      CU_ASSERT_EQUAL(clino_run_add(runs[r], "act_zero_fraction/relu", 7 * i, 0.25 * r, NULL), CLINO_OK);
    }
    CU_ASSERT_EQUAL(clino_run_add(runs[1], "params/width", 7 * i, 64, NULL), CLINO_OK);
  }
  set(runs[0], "optimizer", "sgd");
  set(runs[1], "optimizer", "adam");
  set(runs[0], "weight_decay", "0.10");
  set(runs[1], "weight_decay", "1e-1");
  set(runs[0], "classes", "10");
  set(runs[1], "classes", "10");
}

static void settings_that_differ_are_told(void) {
  set_up();
  compare(2, NULL);
  CU_ASSERT_EQUAL(clino_comparison_setting_count(comparison), 4);
  CU_ASSERT_STRING_EQUAL(clino_comparison_setting_at(comparison, 0), "lr");
  CU_ASSERT_STRING_EQUAL(value("lr", 0), "0.9375");
  CU_ASSERT_STRING_EQUAL(value("lr", 1), "1.875");
  CU_ASSERT_STRING_EQUAL(value("momentum", 1), "0.95");
  CU_ASSERT_STRING_EQUAL(value("optimizer", 1), "adam");
  CU_ASSERT_PTR_NULL(value("params/width", 0));
  CU_ASSERT_STRING_EQUAL(value("params/width", 1), "64");
  CU_ASSERT_STRING_EQUAL(value("weight_decay", 0), "not told");
  CU_ASSERT_PTR_NULL(clino_comparison_setting_at(comparison, 4));
  CU_ASSERT_PTR_NULL(clino_comparison_value(comparison, 4, 0));
  CU_ASSERT_PTR_NULL(clino_comparison_value(comparison, 0, 2));
  CU_ASSERT_TRUE(says(1, "it differs in lr (1.875, there 0.9375), momentum (0.95, there 0.9), "
                         "optimizer (adam, there sgd)"));
  end();
}

/* ---- reports ---- */

static const char *report(const char *format, size_t width) {
  clino_findings *list = report_findings();
  report_add(list, "stall", CLINO_FINDING_PASS, "fine");
  clino_report_item items[2] = {{names[0], "csv", runs[0], list, NULL}, {names[1], "csv", runs[1], list, NULL}};
  clino_report_options o = clino_report_options_default();
  o.comparison = comparison;
  o.width = width;
  const char *text = report_write(format, items, 2, &o);
  clino_findings_free(list);
  return text;
}

static void reports_show_it(void) {
  set_up();
  set(runs[1], "note\x1b[31m", "a value that is longer than what fits, with \x1b[0m and \xff");
  compare(2, NULL);
  const char *text = report("text", 80);
  CU_ASSERT_EQUAL(strncmp(text, "COMPARED by val/loss, lower is better\n\n", 39), 0);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  They differ in:\n  #  lr      momentum  note\\x1b[31m"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  1  0.9375  0.9       -                     sgd        -\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  a value that is lo..  adam       64\n"));
  CU_ASSERT_PTR_NULL(strchr(text, '\x1b'));
  CU_ASSERT_TRUE(strstr(text, "a: best of 2 runs") < strstr(text, "verdict  fail"));
  struct json_object *root = json_parse(report("json", 80)), *c = json_get(root, "comparison");
  CU_ASSERT_STRING_EQUAL(json_string_at(c, "series"), "val/loss");
  CU_ASSERT_STRING_EQUAL(json_string_at(c, "better"), "lower");
  struct json_object *second = json_object_array_get_idx(json_get(c, "runs"), 1);
  CU_ASSERT_STRING_EQUAL(json_string_at(second, "run"), "b");
  CU_ASSERT_STRING_EQUAL(json_string_at(second, "standing"), "worse");
  CU_ASSERT_EQUAL(json_object_get_double(json_get(second, "behind")), clino_comparison_at(comparison, 1)->behind);
  struct json_object *differs = json_get(c, "differs");
  CU_ASSERT_EQUAL(json_object_array_length(differs), 5);
  json_object_put(root);
  report("junit", 80);
  CU_ASSERT_PTR_NULL(strstr(report_out.data, "COMPARED"));
  end();
}

/* Curves on one scale: the start of the worse run is the highest, the end of the better one the lowest; a run that is
 * shorter ends sooner. */
static void text_has_curves(void) {
  const sample samples[] = {{"val/loss", 1, 160, 0.02, 0, 0}, {"val/loss", 2, 80, 0.3, 0, 0},
                            {"secret", 1, 9, 1, 0, 0}};
  begin(samples, 3);
  for (int i = 0; i < 10; i++) CU_ASSERT_EQUAL(clino_run_add(runs[0], "val/loss", 7 * (160 + i), NAN, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add(runs[0], "val/loss", 7 * 170, 0.02, NULL), CLINO_OK);
  compare(3, NULL);
  clino_findings *list = report_findings();
  report_add(list, "stall", CLINO_FINDING_PASS, "fine");
  clino_report_item item = {"a", "csv", runs[0], list, NULL};
  clino_report_options o = clino_report_options_default();
  o.comparison = comparison;
  o.plot = true;
  const char *text = report_write("text", &item, 1, &o);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  curve             run\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\u2588\u2587\u2586\u2585\u2584\u2583"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\u2581\u2581\u2581  a\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\u2585\u2585          b\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "unknown                    <c>\n"));
  clino_findings_free(list);
  end();
}

/* Columns that do not fit go below. */
static void narrow_text_has_blocks(void) {
  const sample samples[] = {{"val/loss", 1, 20, 1, 0.1, 0}, {"val/loss", 2, 20, 1, 0.1, 0},
                            {"val/loss", 3, 20, 1, 0.1, 0}, {"val/loss", 4, 20, 1, 0.1, 0}};
  begin(samples, 4);
  static const char *const words[] = {"eleven words", "twelve words", "ninety words", "other words!"};
  static const char *const keys[] = {"first", "second", "third", "fourth"};
  for (size_t i = 0; i < 4; i++)
    for (size_t k = 0; k < 4; k++) set(runs[i], keys[k], words[(i + k) % 4]);
  compare(4, NULL);
  const char *text = report("text", 40);
  size_t heads = 0;
  for (const char *p = text; (p = strstr(p, "\n  #  f")); p++) heads++;
  CU_ASSERT_EQUAL(heads, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  #  second        third\n"));
  for (size_t i = 0; i < 4; i++) CU_ASSERT_PTR_NOT_NULL(strstr(text, words[i]));
  end();
}

/* ---- errors ---- */

static void errors_are_named(void) {
  const sample samples[] = {{"val/loss", 1, 20, 1, 0.1, 0}, {"val/loss", 2, 20, 1, 0.1, 0}};
  begin(samples, 2);
  CU_ASSERT_EQUAL(clino_run_add(runs[0], "secret", 3, 5, NULL), CLINO_OK);
  const clino_run *const *all = (const clino_run *const *)runs, *none[1] = {NULL};
  clino_comparison_options o = clino_comparison_options_default(), zero;
  clino_error error;
  memset(&zero, 0, sizeof zero);
  CU_ASSERT_EQUAL(clino_comparison_new(NULL, all, NULL, 2, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, NULL, NULL, 2, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 0, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, none, NULL, 1, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, (const char *const[]){"a", NULL}, 2, NULL, &error),
                  CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 2, &zero, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "clino_comparison_options_default"));
  o.direction = 2;
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 2, &o, &error), CLINO_ERR_RANGE);
  o.direction = 0;
  o.series = "nothing";
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 2, &o, &error), CLINO_ERR_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "'nothing'"));
  o.series = "secret";
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 2, &o, &error), CLINO_ERR_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "lower or higher"));
  CU_ASSERT_PTR_NULL(comparison);
  o.direction = -1;
  CU_ASSERT_EQUAL(clino_comparison_new(&comparison, all, NULL, 2, &o, &error), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(clino_comparison_at(comparison, 1)->name, "run 2");
  clino_findings *list = report_findings();
  CU_ASSERT_EQUAL(clino_comparison_judge(NULL, 0, list, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_judge(comparison, 0, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_judge(comparison, 2, list, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_comparison_count(NULL), 0);
  CU_ASSERT_STRING_EQUAL(clino_standing_name((clino_standing)99), "unknown");
  clino_findings_free(list);
  end();
}

static void memory_may_run_out(void) {
  if (!allocations_known()) return;
  set_up();
  compare(2, NULL); /* the runs keep summaries */
  clino_comparison_free(comparison);
  comparison = NULL;
  clino_status status = CLINO_ERR_MEMORY;
  long n = 0, live = allocations_live();
  for (; n < 1000 && status == CLINO_ERR_MEMORY; n++) {
    allocations_fail_after(n);
    status = clino_comparison_new(&comparison, (const clino_run *const *)runs, names, 2, NULL, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(!status == (comparison != NULL));
  }
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_TRUE(n > 15);
  clino_comparison_free(comparison);
  comparison = NULL;
  CU_ASSERT_EQUAL(allocations_live(), live);
  end();
}

static void finish(void) { said(SIZE_MAX); }

void suite_compare(CU_pSuite suite);
void suite_compare(CU_pSuite suite) {
  TEST(suite, runs_are_ranked_by_where_they_end);
  TEST(suite, another_seed_is_as_good);
  TEST(suite, higher_is_better_for_accuracies);
  TEST(suite, a_shorter_run_is_held_at_equal_steps);
  TEST(suite, few_points_say_nothing_of_noise);
  TEST(suite, what_cannot_be_ranked_comes_last);
  TEST(suite, noise_may_overflow);
  TEST(suite, runs_without_noise);
  TEST(suite, the_series_that_most_have_ranks);
  TEST(suite, settings_that_differ_are_told);
  TEST(suite, reports_show_it);
  TEST(suite, text_has_curves);
  TEST(suite, narrow_text_has_blocks);
  TEST(suite, errors_are_named);
  TEST(suite, memory_may_run_out);
  TEST(suite, finish);
}
