/* Runs on which a check may go wrong: too short, negative, huge, restarted, rising by design, full of holes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/check.h"
#include "support/comma.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

static void attribute(clino_run *run, const char *key, const char *value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, key, value, NULL), CLINO_OK);
}

/* What one check, or all (NULL), made of a run, which is freed: its gravest finding, by value. */
typedef struct verdict {
  clino_finding_level level;
  char cause[64], message[512];
  int64_t first_step;
  bool final;
} verdict;

static verdict judge(clino_run *run, const char *check) {
  verdict v = {CLINO_FINDING_SKIP, "", "", CLINO_NO_STEP, false};
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if ((check && strcmp(f->check, check) != 0) || f->level < v.level) continue;
    v.level = f->level;
    v.first_step = f->first_step;
    v.final = f->final;
    snprintf(v.cause, sizeof v.cause, "%s", f->cause ? f->cause : "");
    snprintf(v.message, sizeof v.message, "%s: %s", f->check, f->message);
  }
  clino_findings_free(all);
  clino_run_free(run);
  return v;
}

static void assert_within(int line, verdict v, clino_finding_level least, clino_finding_level most) {
  bool within = v.level >= least && v.level <= most;
  if (!within) printf("\n    line %d: %s ", line, v.message);
  CU_ASSERT_TRUE(within);
}

#define ASSERT_LEVEL(v, expected) assert_within(__LINE__, v, expected, expected)
#define ASSERT_QUIET(v) assert_within(__LINE__, v, CLINO_FINDING_SKIP, CLINO_FINDING_INFO)

/* ---- curves ---- */

static void short_runs_are_not_judged(void) {
  for (int n = 1; n <= 4; n++) {
    clino_run *run = new_run();
    for (int i = 0; i < n; i++) put(run, "train/loss", i, 2.3 + 0.4 * i), put(run, "val/loss", i, 2.4 + 3 * i);
    ASSERT_QUIET(judge(run, NULL));
  }
  clino_run *run = new_run();
  for (int i = 0; i < 5; i++) put(run, "train/loss", i, 0.487434 - 1e-8 * i);
  ASSERT_LEVEL(judge(run, "loss-not-decreasing"), CLINO_FINDING_WARN); /* suspected, never proven, by five points */
}

static void negative_losses_fall_too(void) {
  clino_run *run = new_run();
  synth s = {71};
  for (int i = 0; i < 200; i++) {
    double t = i / 199.0;
    put(run, "train/loss", i, -4.2 - 90 * (1 - exp(-4 * t)) + 1.5 * synth_normal(&s));
    put(run, "val/loss", i, -4.1 - 86 * (1 - exp(-4 * t)) + 1.1 * synth_normal(&s));
  }
  ASSERT_QUIET(judge(run, NULL));
}

static void huge_losses_do_not_overflow(void) {
  clino_run *flat = new_run(), *falling = new_run(), *extreme = new_run();
  synth s = {72};
  for (int i = 0; i < 300; i++) {
    put(flat, "train/loss", i, 3.767e25 * (1 + 1e-6 * synth_normal(&s)));
    put(falling, "train/loss", i, 3.767e25 * exp(-i / 40.0));
    put(extreme, "train/loss", i, i % 2 ? 1.7e308 : -1.7e308);
  }
  ASSERT_LEVEL(judge(flat, "loss-not-decreasing"), CLINO_FINDING_WARN);
  ASSERT_LEVEL(judge(falling, "loss-not-decreasing"), CLINO_FINDING_PASS);
  CU_ASSERT_TRUE(judge(extreme, "loss-not-decreasing").level < CLINO_FINDING_FAIL);
}

static clino_run *rising_run(void) {
  clino_run *run = new_run();
  synth s = {73};
  for (int i = 0; i < 150; i++) put(run, "train/loss", i, 1.3 + 0.11 * i + 0.4 * synth_normal(&s));
  return run;
}

static void losses_that_rise_by_design_are_no_fault(void) {
  clino_run *plain = rising_run(), *task = rising_run(), *reward = rising_run();
  attribute(task, "task", "rl");
  clino_run *critic = rising_run();
  for (int i = 0; i < 150; i++) put(reward, "rollout/ep_rew_mean", i, 10.5 + i), put(critic, "Loss/DLoss", i, 0.7 + i);
  ASSERT_LEVEL(judge(critic, "loss-not-decreasing"), CLINO_FINDING_INFO);
  clino_run *similar = rising_run();
  for (int i = 0; i < 150; i++)
    put(similar, "avg_loss", i, 3.5), put(similar, "seed_loss", i, i), put(similar, "step_length", i, i);
  ASSERT_LEVEL(judge(similar, "loss-not-decreasing"), CLINO_FINDING_FAIL);
  ASSERT_LEVEL(judge(plain, "loss-not-decreasing"), CLINO_FINDING_FAIL);
  ASSERT_LEVEL(judge(task, NULL), CLINO_FINDING_INFO);
  ASSERT_LEVEL(judge(reward, NULL), CLINO_FINDING_INFO);
}

static void divergence_and_wrong_sign_differ_in_cause(void) {
  clino_run *leap = new_run(), *climb = new_run();
  synth s = {74};
  for (int i = 0; i < 100; i++) {
    put(leap, "train/loss", i, i < 4 ? 2.31 : 57.3 + 2 * synth_normal(&s));
    put(climb, "train/loss", i, 2.31 * (1 + 0.06 * i) + 0.01 * synth_normal(&s));
  }
  verdict a = judge(leap, "loss-not-decreasing"), b = judge(climb, "loss-not-decreasing");
  ASSERT_LEVEL(a, CLINO_FINDING_FAIL);
  ASSERT_LEVEL(b, CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(a.cause, "learning-rate-too-high");
  CU_ASSERT_STRING_EQUAL(b.cause, "gradient-sign-error");
}

static void one_fast_fall_is_a_fall(void) {
  clino_run *run = new_run();
  synth s = {75};
  for (int i = 0; i < 100; i++) put(run, "train/loss", i, i ? 0.083 + 0.004 * synth_normal(&s) : 0.61);
  ASSERT_LEVEL(judge(run, "loss-not-decreasing"), CLINO_FINDING_PASS);
}

static void converged_before_the_log_is_no_fault(void) {
  clino_run *low = new_run(), *late = new_run();
  synth s = {76};
  attribute(low, "loss", "softmax");
  attribute(low, "classes", "10");
  for (int i = 0; i < 80; i++) {
    put(low, "train/loss", i, 0.12 + 0.003 * synth_normal(&s));
    put(late, "train/loss", 90000 + 10 * i, 0.12 + 0.003 * synth_normal(&s));
  }
  ASSERT_LEVEL(judge(low, "loss-not-decreasing"), CLINO_FINDING_INFO);
  ASSERT_LEVEL(judge(late, "loss-not-decreasing"), CLINO_FINDING_INFO);
}

static void a_slow_start_at_chance_is_not_stuck(void) {
  clino_run *slow = new_run(), *stuck = new_run();
  synth s = {81};
  attribute(slow, "loss", "softmax");
  attribute(slow, "classes", "10");
  for (int i = 0; i < 30; i++) {
    put(slow, "train/loss", i, 2.303 - 0.00003 * i * i + 0.002 * synth_normal(&s));
    put(stuck, "train/loss", i, 2.303 + 0.002 * synth_normal(&s));
    put(stuck, "train/accuracy", i, 0.1 + 0.01 * synth_normal(&s));
  }
  ASSERT_QUIET(judge(slow, "loss-not-decreasing"));
  ASSERT_LEVEL(judge(stuck, "loss-not-decreasing"), CLINO_FINDING_FAIL);
}

static void restarts_are_told_and_the_last_run_is_judged(void) {
  clino_run *run = new_run();
  synth s = {77};
  for (int i = 0; i < 100; i++) put(run, "train/loss", i, 2.31 * (1 + 0.002 * synth_normal(&s)));
  for (int i = 0; i < 100; i++) put(run, "train/loss", i, 2.31 * exp(-i / 30.0) * (1 + 0.01 * synth_normal(&s)));
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_INFO);
  clino_findings_free(all);
  verdict v = judge(run, "log-integrity");
  CU_ASSERT_STRING_EQUAL(v.cause, "restarted-run");
  CU_ASSERT_EQUAL(v.first_step, 99);
}

static void validation_below_training_is_no_fault(void) {
  clino_run *run = new_run();
  synth s = {78};
  for (int i = 0; i < 40; i++) {
    put(run, "train/loss", i, 0.04 + 1.4 * exp(-i / 4.0) + 0.002 * synth_normal(&s));
    put(run, "val/loss", i, 0.006 + 0.24 * exp(-i / 4.0) + 0.001 * synth_normal(&s));
  }
  ASSERT_QUIET(judge(run, NULL));
}

static void a_late_recovery_is_not_overfitting(void) {
  clino_run *run = new_run();
  synth s = {79};
  for (int i = 0; i < 100; i++) {
    double hump = i > 30 && i < 80 ? sin((i - 30) * 3.14159 / 50) : 0;
    put(run, "train/loss", i, 2.3 * exp(-i / 25.0) + 0.01 * synth_normal(&s));
    put(run, "val/loss", i, 1.1 + 1.2 * exp(-i / 8.0) + 0.9 * hump + 0.02 * synth_normal(&s));
  }
  ASSERT_LEVEL(judge(run, "overfitting"), CLINO_FINDING_PASS);
}

static void every_validation_loss_is_judged(void) {
  clino_run *run = new_run();
  synth s = {80};
  for (int i = 0; i < 60; i++) {
    put(run, "train/loss", i, 2.3 * exp(-i / 15.0) + 0.005 * synth_normal(&s));
    put(run, "val/loss", i, 0.2 + 2.1 * exp(-i / 15.0) + 0.005 * synth_normal(&s));
    put(run, "val/loss/other", i, 0.4 + 1.9 * exp(-i / 5.0) + 0.03 * i + 0.02 * synth_normal(&s));
  }
  verdict v = judge(run, "overfitting");
  ASSERT_LEVEL(v, CLINO_FINDING_FAIL);
  CU_ASSERT_PTR_NOT_NULL(strstr(v.message, "val/loss/other was best at step 1"));
}

/* ---- values that are not finite ---- */

static clino_run *losses(size_t n, const char *name, double at_nan, size_t from, size_t to, size_t every) {
  clino_run *run = new_run();
  for (size_t i = 0; i < n; i++)
    put(run, name, (int64_t)i, i >= from && i < to && (i - from) % every == 0 ? at_nan : 2.3 / (1 + 0.1 * (double)i));
  return run;
}

static void nonfinite_is_judged_by_what_it_is(void) {
  verdict v = judge(losses(50, "train/loss", NAN, 31, 50, 1), "nonfinite");
  ASSERT_LEVEL(v, CLINO_FINDING_FAIL);
  CU_ASSERT_TRUE(v.final);
  CU_ASSERT_EQUAL(v.first_step, 31);
  CU_ASSERT_PTR_NOT_NULL(strstr(v.message, "19 of 50"));
  ASSERT_LEVEL(judge(losses(50, "val/loss", INFINITY, 17, 18, 1), "nonfinite"), CLINO_FINDING_FAIL);
  ASSERT_LEVEL(judge(losses(50, "val/accuracy", NAN, 17, 18, 1), "nonfinite"), CLINO_FINDING_WARN);
  ASSERT_LEVEL(judge(losses(50, "grad_norm", -INFINITY, 17, 18, 1), "nonfinite"), CLINO_FINDING_WARN);
  ASSERT_LEVEL(judge(losses(50, "param_norm/w", NAN, 17, 50, 1), "nonfinite"), CLINO_FINDING_FAIL);
  /* forms of "not logged" and "warming up" */
  ASSERT_LEVEL(judge(losses(50, "val/loss", NAN, 1, 50, 2), "nonfinite"), CLINO_FINDING_INFO);
  ASSERT_LEVEL(judge(losses(50, "train/loss", NAN, 0, 6, 1), "nonfinite"), CLINO_FINDING_INFO);
  ASSERT_LEVEL(judge(losses(3, "train/loss", NAN, 0, 3, 1), "nonfinite"), CLINO_FINDING_FAIL);
}

/* One table for rows of training and of validation, NaN where a cell does not apply; epochs differ by a row. */
static void nan_that_fills_a_table_is_no_fault(void) {
  clino_run *table = new_run(), *never = new_run();
  static const int rows[] = {19, 18, 19};
  int step = 0;
  for (int epoch = 0; epoch < 3; epoch++)
    for (int i = 0; i <= rows[epoch]; i++, step++) {
      put(table, "train/loss", step, i < rows[epoch] ? 2.3 * exp(-step / 20.0) : NAN);
      put(table, "val/loss", step, i < rows[epoch] ? NAN : 2.4 * exp(-step / 20.0));
      put(never, "train/loss", step, 2.3 * exp(-step / 20.0));
      put(never, "val/loss", step, NAN);
    }
  ASSERT_LEVEL(judge(table, "nonfinite"), CLINO_FINDING_INFO);
  ASSERT_LEVEL(judge(never, "nonfinite"), CLINO_FINDING_WARN);
}

static void nan_in_histograms_is_found(void) {
  static const double edges[] = {-1, 0, 1};
  static const uint64_t counts[] = {3, 5};
  clino_run *run = new_run();
  for (int i = 0; i < 5; i++) {
    clino_histogram h = {2, edges, counts, 0, 0, i > 2};
    CU_ASSERT_EQUAL(clino_run_add_histogram(run, "gradients/w", i, &h, NULL), CLINO_OK);
  }
  verdict v = judge(run, "nonfinite");
  ASSERT_LEVEL(v, CLINO_FINDING_FAIL);
  CU_ASSERT_EQUAL(v.first_step, 3);
}

/* ---- initial loss ---- */

static clino_run *initial(const char *loss, const char *classes, double first, int64_t step) {
  clino_run *run = new_run();
  if (loss) attribute(run, "loss", loss);
  if (classes) attribute(run, "classes", classes);
  for (int i = 0; i < 100; i++) put(run, "train/loss", step + 10 * i, first * exp(-i / 20.0));
  return run;
}

static void initial_loss_knows_what_chance_gives(void) {
  const char *id = "initial-loss";
  ASSERT_LEVEL(judge(initial("softmax", "10", 2.34, 0), id), CLINO_FINDING_PASS);
  ASSERT_LEVEL(judge(initial("hinge", "10", 9.1, 0), id), CLINO_FINDING_PASS);
  ASSERT_LEVEL(judge(initial("logistic", NULL, 0.71, 0), id), CLINO_FINDING_PASS);
  ASSERT_LEVEL(judge(initial("mse", NULL, 0.71, 0), id), CLINO_FINDING_SKIP);
  ASSERT_LEVEL(judge(initial("softmax", NULL, 2.3, 0), id), CLINO_FINDING_SKIP);
  ASSERT_LEVEL(judge(initial(NULL, "10", 2.3, 0), id), CLINO_FINDING_SKIP);
  ASSERT_LEVEL(judge(initial("softmax", "10", 0.9, 700), id), CLINO_FINDING_SKIP);
  verdict high = judge(initial("softmax", "10", 4.7, 0), id), low = judge(initial("softmax", "10", 0.63, 0), id);
  verdict summed = judge(initial("softmax", "10", 2.3 * 64, 0), id);
  ASSERT_LEVEL(high, CLINO_FINDING_WARN);
  ASSERT_LEVEL(low, CLINO_FINDING_WARN);
  ASSERT_LEVEL(summed, CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(high.cause, "initialization-too-large");
  CU_ASSERT_STRING_EQUAL(low.cause, "trained-before");
  CU_ASSERT_STRING_EQUAL(summed.cause, "loss-summed-not-averaged");
  clino_run *mse = initial("mse", NULL, 0.71, 0), *regularized = initial("softmax", "10", 6.1, 0);
  attribute(mse, "initial_loss", "0.69");
  for (int i = 0; i < 100; i++) put(regularized, "loss/data", 10 * i, 2.33 * exp(-i / 20.0));
  ASSERT_LEVEL(judge(mse, id), CLINO_FINDING_PASS);
  ASSERT_LEVEL(judge(regularized, id), CLINO_FINDING_PASS);
}

static void epoch_averages_are_no_initial_loss(void) {
  clino_run *run = new_run();
  clino_axis *axis = NULL;
  clino_series *loss = NULL;
  attribute(run, "loss", "softmax");
  attribute(run, "classes", "10");
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, "train/loss", "loss", CLINO_SERIES_SCALAR, &loss, NULL),
                        CLINO_OK);
  for (int i = 0; i < 20; i++) {
    CU_ASSERT_EQUAL(clino_axis_add_row(axis, i, i, NAN, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_series_set(loss, 0.71 * exp(-i / 5.0), NULL), CLINO_OK);
  }
  ASSERT_LEVEL(judge(run, "initial-loss"), CLINO_FINDING_SKIP);
}

/* ---- layers and tensors ---- */

static void a_missing_ratio_is_no_finding(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 30; i++) {
    put(run, "update_ratio/w", i, 0.0013 + 0.0001 * (i % 4));
    CU_ASSERT_EQUAL(clino_run_add_missing(run, "update_ratio/b", i, "the bias is 0", NULL), CLINO_OK);
  }
  ASSERT_LEVEL(judge(run, "update-ratio"), CLINO_FINDING_PASS);
}

static void ratios_are_judged_after_the_start(void) {
  clino_run *start = new_run(), *lost = new_run(), *frozen = new_run();
  for (int i = 0; i < 60; i++) {
    put(start, "update_ratio/b", i, 1.0 / (1 + i * i));
    put(lost, "update_ratio/w", i, 3e-9 + 1e-10 * (i % 3));
    put(frozen, "update_ratio/w", i, 0);
  }
  ASSERT_LEVEL(judge(start, "update-ratio"), CLINO_FINDING_PASS);
  ASSERT_LEVEL(judge(lost, "update-ratio"), CLINO_FINDING_FAIL);
  ASSERT_LEVEL(judge(frozen, "update-ratio"), CLINO_FINDING_INFO);
}

static void what_passes_is_not_dead(void) {
  clino_run *spike = new_run(), *dying = new_run();
  for (int i = 0; i < 40; i++) {
    put(spike, "act_dead_fraction/fc", i, i > 10 && i < 28 ? 0.83 : 0.06);
    put(dying, "act_dead_fraction/fc", i, i > 10 ? 0.97 : 0.06);
  }
  verdict v = judge(dying, "dead-units");
  ASSERT_LEVEL(judge(spike, "dead-units"), CLINO_FINDING_PASS);
  ASSERT_LEVEL(v, CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(v.cause, "learning-rate-too-high");
  CU_ASSERT_EQUAL(v.first_step, 11);
}

/* ---- the log ---- */

static void constant_metrics_are_named(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 30; i++) {
    put(run, "train/loss", i, 2.3 * exp(-i / 9.0));
    put(run, "mAP", i, 0);
    put(run, "lr", i, 0.01);
  }
  verdict v = judge(run, "log-integrity");
  ASSERT_LEVEL(v, CLINO_FINDING_INFO);
  CU_ASSERT_PTR_NOT_NULL(strstr(v.message, "1 series never change: mAP"));
}

/* Steps that count epochs repeat; rows that are written twice repeat their values as well. */
static void repeated_steps_are_no_repeated_rows(void) {
  clino_run *epochs = new_run(), *twice = new_run();
  for (int i = 0; i < 60; i++) {
    put(epochs, "train/loss", i / 4, 2.3 * exp(-i / 15.0));
    put(twice, "train/loss", i / 2, 2.3 * exp(-(i / 2) / 15.0));
  }
  ASSERT_LEVEL(judge(epochs, "log-integrity"), CLINO_FINDING_INFO);
  verdict v = judge(twice, "log-integrity");
  ASSERT_LEVEL(v, CLINO_FINDING_WARN);
  CU_ASSERT_STRING_EQUAL(v.cause, "several-writers");
}

static void the_same_run_gets_the_same_words(void) {
  verdict a = judge(rising_run(), "loss-not-decreasing");
  if (!comma_enter()) return;
  verdict b = judge(rising_run(), "loss-not-decreasing");
  comma_leave();
  CU_ASSERT_STRING_EQUAL(a.message, b.message);
  CU_ASSERT_PTR_NULL(strchr(a.message, ','));
}

void suite_checks_awkward(CU_pSuite suite) {
  TEST(suite, short_runs_are_not_judged);
  TEST(suite, negative_losses_fall_too);
  TEST(suite, huge_losses_do_not_overflow);
  TEST(suite, losses_that_rise_by_design_are_no_fault);
  TEST(suite, divergence_and_wrong_sign_differ_in_cause);
  TEST(suite, one_fast_fall_is_a_fall);
  TEST(suite, converged_before_the_log_is_no_fault);
  TEST(suite, a_slow_start_at_chance_is_not_stuck);
  TEST(suite, restarts_are_told_and_the_last_run_is_judged);
  TEST(suite, validation_below_training_is_no_fault);
  TEST(suite, a_late_recovery_is_not_overfitting);
  TEST(suite, every_validation_loss_is_judged);
  TEST(suite, nonfinite_is_judged_by_what_it_is);
  TEST(suite, nan_that_fills_a_table_is_no_fault);
  TEST(suite, nan_in_histograms_is_found);
  TEST(suite, initial_loss_knows_what_chance_gives);
  TEST(suite, epoch_averages_are_no_initial_loss);
  TEST(suite, a_missing_ratio_is_no_finding);
  TEST(suite, ratios_are_judged_after_the_start);
  TEST(suite, what_passes_is_not_dead);
  TEST(suite, constant_metrics_are_named);
  TEST(suite, repeated_steps_are_no_repeated_rows);
  TEST(suite, the_same_run_gets_the_same_words);
}
