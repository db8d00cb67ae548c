/* What shows only at one end of a run: a loss that leaves late, one that starts where guessing does, a gap that was
 * there from the start, a lowest point shortly before the end. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/check.h"
#include "support/random.h"
#include "support/suite.h"

static clino_run *new_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  return run;
}

static void put(clino_run *run, const char *name, int64_t step, double value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_add(run, name, step, value, NULL), CLINO_OK);
}

/* The gravest finding of a check; the run is freed. */
static clino_finding_level judge(clino_run *run, const char *check) {
  clino_finding_level level = CLINO_FINDING_SKIP;
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (strcmp(f->check, check) == 0 && f->level > level) level = f->level;
  }
  clino_findings_free(all);
  clino_run_free(run);
  return level;
}

/* Falls from 5.3, and from a given part of the run on grows to the end value. */
static clino_run *leaving(uint64_t seed, int n, double from, double end) {
  clino_run *run = new_run();
  for (int i = 0; i < n; i++) {
    double t = (double)i / (n - 1), fall = 0.6 + 4.7 * exp(-7 * fmin(t, from));
    double grown = t > from ? pow(end / fall, (t - from) / (1 - from)) : 1;
    put(run, "train/loss", i, fall * grown * (1 + 0.04 * random_normal(&seed)));
  }
  return run;
}

static void divergence_at_the_very_end_is_found(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    CU_ASSERT_EQUAL(judge(leaving(seed, 60, 0.85, 41), "loss-not-decreasing"), CLINO_FINDING_FAIL);
    CU_ASSERT_EQUAL(judge(leaving(seed, 900, 0.9, 17), "loss-not-decreasing"), CLINO_FINDING_FAIL);
    CU_ASSERT_EQUAL(judge(leaving(seed, 60, 0.85, 1.1), "loss-not-decreasing"), CLINO_FINDING_PASS);
  }
}

/* Too high a learning rate: from what guessing gives to something worse that scatters widely. */
static void worse_than_guessing_is_found_in_any_noise(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    uint64_t state = seed;
    clino_run *known = new_run();
    CU_ASSERT_EQUAL(clino_run_set_attribute(known, "loss", "softmax", NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_set_attribute(known, "classes", "10", NULL), CLINO_OK);
    for (int i = 0; i < 300; i++)
      put(known, "train/loss", i, i ? 2.5 + 2.5 * fabs(random_normal(&state)) : 2.34);
    CU_ASSERT_TRUE(judge(known, "loss-not-decreasing") >= CLINO_FINDING_WARN);
  }
}

/* Fine-tuning: validation is the harder set throughout, and gains most of what training gains. */
static void a_gap_from_the_start_is_no_fault(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    uint64_t state = seed;
    clino_run *run = new_run(), *lost = new_run();
    for (int i = 0; i < 80; i++) {
      double gain = 0.12 * (1 - exp(-0.06 * i)), noise = 0.004 * random_normal(&state);
      put(run, "train/loss", i, 0.7 - gain + noise);
      put(run, "val/loss", i, 0.85 - 0.75 * gain + noise);
      put(lost, "train/loss", i, 0.7 - gain + noise);
      put(lost, "val/loss", i, 0.7 - 0.1 * gain + noise);
    }
    CU_ASSERT_EQUAL(judge(run, "train-val-gap"), CLINO_FINDING_PASS);
    CU_ASSERT_EQUAL(judge(lost, "train-val-gap"), CLINO_FINDING_WARN);
  }
}

/* Validation that is flat but for its scatter, in logs of few points: its lowest point is often one of the last. */
static void a_low_point_before_the_end_is_no_optimum(void) {
  uint64_t state = 5;
  int warned = 0, failed = 0;
  for (int k = 0; k < 3000; k++) {
    clino_run *run = new_run();
    int n = 8 + (int)(22 * random_uniform(&state));
    double scatter = random_between(&state, 0.03, 0.2);
    for (int i = 0; i < n; i++) {
      put(run, "train/loss", i, 0.2 + 2 * exp(-3.0 * i / n));
      put(run, "val/loss", i, (1 + 3 * exp(-12.0 * i / n)) * exp(scatter * random_normal(&state)));
    }
    clino_finding_level level = judge(run, "overfitting");
    warned += level == CLINO_FINDING_WARN;
    failed += level == CLINO_FINDING_FAIL;
  }
  printf("\n    flat validation: %d of 3000 warned, %d failed ", warned, failed);
  CU_ASSERT_TRUE(warned + failed <= 15); /* half of a percent */
}

void suite_checks_ends(CU_pSuite suite) {
  TEST(suite, divergence_at_the_very_end_is_found);
  TEST(suite, worse_than_guessing_is_found_in_any_noise);
  TEST(suite, a_gap_from_the_start_is_no_fault);
  TEST(suite, a_low_point_before_the_end_is_no_optimum);
}
