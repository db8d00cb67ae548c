/* A run against a baseline: worse, as good, better; new findings; speed; and what has nothing in common. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/baseline.h"
#include "support/random.h"
#include "support/suite.h"

typedef struct sample {
  uint64_t seed;
  int64_t n, stride;
  double floor, noise; /* of the loss that is left at the end; of a point */
  int64_t breaks_at;   /* the loss rises by 0.004 a step from here on; 0: never */
  double throughput;   /* 0: not logged */
} sample;

static clino_run *make(sample s) {
  clino_run *run = NULL;
  uint64_t r = s.seed;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  for (int64_t i = 0; i < s.n; i++) {
    int64_t step = i * s.stride;
    double loss = s.floor + 2.1 * exp(-0.004 * (double)step) + s.noise * random_normal(&r);
    if (s.breaks_at && step > s.breaks_at) loss += 0.004 * (double)(step - s.breaks_at);
    CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", step, loss, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_add(run, "val/accuracy", step, 0.9 - 0.3 * loss, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_add(run, "secret", step, loss * loss, NULL), CLINO_OK);
    if (s.throughput > 0)
      CU_ASSERT_EQUAL(clino_run_add(run, "throughput", step, s.throughput * (1 + 0.02 * random_normal(&r)), NULL),
                      CLINO_OK);
  }
  return run;
}

static const sample good = {17, 300, 10, 0.2, 0.03, 0, 0};

static clino_findings *compare(sample ours, sample theirs, const clino_baseline_options *options) {
  clino_findings *list = NULL;
  clino_run *run = make(ours), *baseline = make(theirs);
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, baseline, NULL, options, list, NULL), CLINO_OK);
  clino_run_free(run);
  clino_run_free(baseline);
  return list;
}

/* The finding about a series; NULL where there is none. */
static const clino_finding *about(const clino_findings *list, const char *series) {
  const clino_finding *f;
  for (size_t i = 0; (f = clino_findings_at(list, i)); i++)
    if (f->series && strcmp(f->series, series) == 0) return f;
  return NULL;
}

static void another_seed_is_no_worse(void) {
  for (uint64_t seed = 100; seed < 140; seed++) {
    sample ours = good;
    ours.seed = seed;
    if (seed % 2) ours.stride = 7, ours.n = 411;
    clino_findings *list = compare(ours, good, NULL);
    CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_PASS);
    CU_ASSERT_EQUAL(clino_findings_count(list), 2);
    CU_ASSERT_PTR_NULL(about(list, "secret"));
    clino_findings_free(list);
  }
}

static void a_higher_floor_is_worse(void) {
  sample ours = good;
  ours.floor = 0.4;
  clino_findings *list = compare(ours, good, NULL);
  const clino_finding *loss = about(list, "train/loss"), *accuracy = about(list, "val/accuracy");
  CU_ASSERT_EQUAL(loss->level, CLINO_FINDING_FAIL);
  CU_ASSERT_EQUAL(accuracy->level, CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(loss->check, "baseline");
  CU_ASSERT_DOUBLE_EQUAL(loss->observed, 0.4, 0.02);
  CU_ASSERT_DOUBLE_EQUAL(loss->threshold, 0.2, 0.02);
  CU_ASSERT_TRUE(loss->first_step < 300);
  clino_findings_free(list);
  list = compare(good, ours, NULL);
  CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_PASS);
  clino_findings_free(list);
}

static void it_says_since_when(void) {
  sample ours = good;
  ours.breaks_at = 1730;
  ours.seed = 23;
  clino_findings *list = compare(ours, good, NULL);
  const clino_finding *loss = about(list, "train/loss");
  CU_ASSERT_EQUAL(loss->level, CLINO_FINDING_FAIL);
  if (loss->first_step < 1650 || loss->first_step > 1850) fprintf(stderr, "%s\n", loss->message);
  CU_ASSERT_TRUE(loss->first_step >= 1650 && loss->first_step <= 1850);
  CU_ASSERT_EQUAL(loss->last_step, 2990);
  clino_findings_free(list);
}

static void tolerance_makes_an_info_of_it(void) {
  sample ours = good;
  ours.floor = 0.25;
  clino_findings *list = compare(ours, good, NULL);
  CU_ASSERT_EQUAL(about(list, "train/loss")->level, CLINO_FINDING_INFO);
  clino_findings_free(list);
  clino_baseline_options options = clino_baseline_options_default();
  options.tolerance = 0.001;
  list = compare(ours, good, &options);
  CU_ASSERT_EQUAL(about(list, "train/loss")->level, CLINO_FINDING_FAIL);
  clino_findings_free(list);
}

static void few_points_warn_at_most(void) {
  sample ours = {31, 5, 1000, 0.7, 0.01, 0, 0}, theirs = ours;
  theirs.floor = 0.2;
  clino_findings *list = compare(ours, theirs, NULL);
  CU_ASSERT_EQUAL(about(list, "train/loss")->level, CLINO_FINDING_WARN);
  clino_findings_free(list);
  list = compare(theirs, theirs, NULL);
  CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_PASS);
  clino_findings_free(list);
}

static void slower_is_a_warning(void) {
  static const struct {
    double ours, theirs;
    clino_finding_level level;
  } cases[] = {{1000, 1300, CLINO_FINDING_WARN}, {1250, 1300, CLINO_FINDING_PASS}, {1700, 1300, CLINO_FINDING_PASS}};
  for (size_t i = 0; i < 3; i++) {
    sample ours = good, theirs = good;
    ours.throughput = cases[i].ours;
    theirs.throughput = cases[i].theirs;
    clino_findings *list = compare(ours, theirs, NULL);
    CU_ASSERT_EQUAL(about(list, "throughput")->level, cases[i].level);
    clino_findings_free(list);
  }
}

static void a_loss_that_is_lost(void) {
  clino_run *run = make(good), *baseline = make(good);
  clino_findings *list = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", 4000, NAN, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, baseline, NULL, NULL, list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(about(list, "train/loss")->level, CLINO_FINDING_FAIL);
  CU_ASSERT_PTR_NOT_NULL(strstr(about(list, "train/loss")->message, "NaN"));
  clino_findings_free(list);
  clino_run_free(run);
  clino_run_free(baseline);
}

static void add(clino_findings *list, const char *check, clino_finding_level level) {
  clino_finding f = clino_finding_default();
  f.check = check;
  f.level = level;
  f.message = "as it was";
  CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
}

static void new_findings_are_told(void) {
  clino_run *run = make(good);
  clino_findings *ours = NULL, *theirs = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&ours, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&theirs, NULL), CLINO_OK);
  add(ours, "stall", CLINO_FINDING_WARN);
  add(ours, "dead-units", CLINO_FINDING_WARN);
  add(ours, "dead-units", CLINO_FINDING_FAIL);
  add(ours, "dead-units", CLINO_FINDING_FAIL);
  add(ours, "loss-noise", CLINO_FINDING_INFO);
  add(theirs, "stall", CLINO_FINDING_FAIL);
  add(theirs, "dead-units", CLINO_FINDING_WARN);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, ours, run, theirs, NULL, ours, NULL), CLINO_OK);
  size_t told = 0;
  const clino_finding *f;
  for (size_t i = 5; (f = clino_findings_at(ours, i)); i++) {
    CU_ASSERT_STRING_EQUAL(f->check, "baseline");
    if (f->level < CLINO_FINDING_WARN) continue;
    told++;
    CU_ASSERT_EQUAL(f->level, CLINO_FINDING_FAIL);
    CU_ASSERT_STRING_EQUAL(f->message, "dead-units is fail here and warn in the baseline: as it was");
  }
  CU_ASSERT_EQUAL(told, 1);
  clino_findings_free(ours);
  clino_findings_free(theirs);
  clino_run_free(run);
}

static void nothing_in_common_and_errors(void) {
  clino_run *run = make(good), *empty = NULL;
  clino_findings *list = NULL;
  clino_baseline_options options = clino_baseline_options_default(), zero;
  clino_error error;
  memset(&zero, 0, sizeof zero);
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&empty, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, empty, NULL, NULL, list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_baseline_judge(empty, NULL, run, NULL, NULL, list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_count(list), 2);
  CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(clino_baseline_judge(NULL, NULL, run, NULL, NULL, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, NULL, NULL, NULL, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, run, NULL, NULL, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, list, run, NULL, NULL, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, run, NULL, &zero, list, NULL), CLINO_ERR_RANGE);
  options.tolerance = NAN;
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, run, NULL, &options, list, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "tolerance"));
  options.tolerance = 0;
  options.slowdown = 1.1;
  CU_ASSERT_EQUAL(clino_baseline_judge(run, NULL, run, NULL, &options, list, &error), CLINO_ERR_RANGE);
  clino_findings_free(list);
  clino_run_free(run);
  clino_run_free(empty);
}

void suite_baseline(CU_pSuite suite);
void suite_baseline(CU_pSuite suite) {
  TEST(suite, another_seed_is_no_worse);
  TEST(suite, a_higher_floor_is_worse);
  TEST(suite, it_says_since_when);
  TEST(suite, tolerance_makes_an_info_of_it);
  TEST(suite, few_points_warn_at_most);
  TEST(suite, slower_is_a_warning);
  TEST(suite, a_loss_that_is_lost);
  TEST(suite, new_findings_are_told);
  TEST(suite, nothing_in_common_and_errors);
}
