/* Evidence that one curve alone does not give, each beside a sound run that looks like it: how soon a task is solved,
 * of how many samples an accuracy is a count, what first steps keep, how long a momentum swings, what a longer run
 * would gain. Over twenty seeds each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

#define N 100

static void attribute(clino_run *run, const char *key, const char *value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, key, value, NULL), CLINO_OK);
}

static clino_run *classifier(const char *classes, const char *samples) {
  clino_run *run = new_run();
  attribute(run, "loss", "softmax");
  attribute(run, "classes", classes);
  if (samples) attribute(run, "dataset_size", samples);
  return run;
}

static double noisy(synth *s, double value, double noise) { return value * (1 + noise * synth_normal(s)); }
static double fall(size_t i, double start, double floor, double rate) {
  return floor + (start - floor) * exp(-rate * (double)i / N);
}

/* How a check judges a run, which is freed; is its cause that one? */
static clino_finding_level judge(clino_run *run, const char *check, const char *cause, bool *named) {
  clino_findings *all = NULL;
  clino_finding_level worst = CLINO_FINDING_SKIP;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (strcmp(f->check, check) != 0 || f->level < worst) continue;
    worst = f->level;
    *named = f->cause && strcmp(f->cause, cause) == 0;
    if (getenv("CLINO_TEST_VERBOSE")) printf("\n    %s %s", clino_finding_level_name(f->level), f->message);
  }
  clino_findings_free(all);
  clino_run_free(run);
  return worst;
}

typedef clino_run *(*maker)(synth *s, bool faulty);

static void faulty_is_told_and_sound_is_not(maker make, const char *check, const char *cause) {
  size_t told = 0, alarms = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    bool named = false, ignored;
    synth a = {seed}, b = {seed + 100};
    told += judge(make(&a, true), check, cause, &named) >= CLINO_FINDING_WARN && named;
    alarms += judge(make(&b, false), check, cause, &ignored) >= CLINO_FINDING_WARN;
  }
  if (told < 19 || alarms) printf("\n    %s: %zu of 20 told, %zu alarms ", check, told, alarms);
  CU_ASSERT_TRUE(told >= 19);
  CU_ASSERT_EQUAL(alarms, 0);
}

/* Both end without an error; one was there at once, the other learned it. */
static clino_run *solved(synth *s, bool leaked) {
  clino_run *run = classifier("5", "6000");
  for (size_t i = 0; i < N; i++) {
    double y = leaked ? fall(i, 1.6, 0.004, 35) : 1.6 / (1 + exp(0.2 * ((double)i - 30))) + 0.004;
    put(run, "train/loss", 20 * (int64_t)i, noisy(s, y, 0.05));
    put(run, "val/loss", 20 * (int64_t)i, noisy(s, 1.05 * y, 0.02));
    put(run, "val/accuracy", 20 * (int64_t)i, 1 - 0.8 * fmin(1, fmax(0, y - 0.05) / 1.6));
  }
  return run;
}

/* Accuracies that count 150 samples, as many as are trained on, or 97 others. */
static clino_run *counts(synth *s, bool of_training) {
  clino_run *run = classifier("3", "150");
  double of = of_training ? 150 : 97;
  for (size_t i = 0; i < N; i++) {
    double y = fall(i, 1.1, 0.02, 8), right = 1 - 0.6 * y / 1.1;
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, y, 0.05));
    put(run, "val/loss", 5 * (int64_t)i, noisy(s, y + 0.1 * (1 - exp(-(double)i / 20)), 0.02));
    put(run, "train/accuracy", 5 * (int64_t)i, nearbyint(160 * right) / 160);
    put(run, "val/accuracy", 5 * (int64_t)i, nearbyint(of * (right - 0.01 * synth_uniform(s))) / of);
  }
  return run;
}

/* A quarter of the units die; while steps overshoot, or one by one. */
static clino_run *dying(synth *s, bool overshot) {
  clino_run *run = classifier("10", NULL);
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, fall(i, 2.4, 0.1, 6), 0.05));
    put(run, "act_dead_fraction/h1", 5 * (int64_t)i, 0.25 * (1 - exp(-(double)i / 10)));
    if (i) put(run, "decrease_ratio", 5 * (int64_t)i, (i < 15 && overshot ? 0.3 : 0.85) + 0.1 * synth_normal(s));
  }
  return run;
}

/* Six layers, of which each passes 0.3 of the gradient to the one below, or all of it. */
static clino_run *shrinking(synth *s, bool shrinks) {
  clino_run *run = classifier("10", NULL);
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, i < 25 ? 2.3 : fall(i - 25, 2.3, 0.5, 4), 0.01));
    for (int l = 0; l < 5; l++) {
      char name[32];
      snprintf(name, sizeof name, "grad_norm/W%d", l + 1);
      put(run, name, 5 * (int64_t)i, noisy(s, pow(shrinks && i < 30 ? 0.3 : 0.9, 4 - l), 0.1));
    }
  }
  return run;
}

/* 300 updates with a momentum of 0.99 or 0.9; validation swings back, or rests. */
static clino_run *heavy(synth *s, bool lasting) {
  clino_run *run = classifier("5", "480");
  for (size_t i = 0; i < N; i++) {
    double y = fall(i, 1.8, 0.5, 12) + (lasting ? 0.3 * (1 - cos(0.05 * (double)i)) : 0);
    put(run, "train/loss", 3 * (int64_t)i, noisy(s, y, 0.1));
    put(run, "val/loss", 3 * (int64_t)i, noisy(s, 1.1 * y, 0.02));
    put(run, "momentum", 3 * (int64_t)i, lasting ? 0.99 : 0.9);
  }
  return run;
}

/* Steps that keep what they promise: far from the end of a descent, or at it. */
static clino_run *slow(synth *s, bool halfway) {
  clino_run *run = classifier("5", NULL);
  for (size_t i = 0; i < N; i++) {
    double y = halfway ? fall(i, 1.8, 0.4, 0.8) : fall(i, 1.8, 0.6, 5);
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, y, 0.005));
    if (i) put(run, "decrease_ratio", 5 * (int64_t)i, 0.99 + 0.002 * synth_normal(s));
    if (i) put(run, "update_ratio/W1", 5 * (int64_t)i, 5e-4);
  }
  return run;
}

/* The rate is ten times as high from the middle on; nothing is gained any more, or much. */
static clino_run *jumping(synth *s, bool idle) {
  clino_run *run = classifier("5", NULL);
  for (size_t i = 0; i < N; i++) {
    double y = i < 50 || !idle ? fall(i, 1.6, 0.2, 2) : fall(50, 1.6, 0.2, 2) + 0.06;
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, y, 0.05));
    put(run, "lr", 5 * (int64_t)i, i < 50 ? 0.01 : 0.1);
  }
  return run;
}

/* Training and validation losses that both leave their lowest level by a half, or rest there. */
static clino_run *leaving(synth *s, bool leaves) {
  clino_run *run = classifier("10", NULL);
  for (size_t i = 0; i < N; i++) {
    double up = leaves && i > 30 ? 0.3 * (1 - exp(-((double)i - 30) / 15)) : 0;
    put(run, "train/loss", 5 * (int64_t)i, noisy(s, fall(i, 2.3, 0.5, 15) + up, 0.1));
    put(run, "val/loss", 5 * (int64_t)i, noisy(s, fall(i, 2.3, 0.55, 15) + up, 0.02));
  }
  return run;
}

static void a_label_that_leaked_is_learned_at_once(void) {
  faulty_is_told_and_sound_is_not(solved, "suspicious-validation", "label-leak");
}

static void accuracies_count_the_samples_of_their_set(void) {
  faulty_is_told_and_sound_is_not(counts, "metric-mismatch", "metric-on-wrong-split");
}

static void units_that_die_while_steps_overshoot(void) {
  faulty_is_told_and_sound_is_not(dying, "dead-units", "learning-rate-too-high");
}

static void each_layer_takes_its_part(void) {
  faulty_is_told_and_sound_is_not(shrinking, "vanishing-gradient", "signal-shrinks-with-depth");
}

static void momentum_outlasts_the_run(void) {
  faulty_is_told_and_sound_is_not(heavy, "loss-oscillation", "momentum-too-high");
}

static void a_longer_run_would_gain_much(void) {
  faulty_is_told_and_sound_is_not(slow, "learning-rate-low", "learning-rate-too-low");
}

static void a_jump_of_the_rate_gains_nothing(void) {
  faulty_is_told_and_sound_is_not(jumping, "learning-rate-schedule", "learning-rate-jump");
}

static void both_losses_leave_their_lowest_level(void) {
  faulty_is_told_and_sound_is_not(leaving, "loss-divergence", "learning-rate-too-high");
}

/* With the full batch, the gradient of a net that leaves a plateau grows along one direction, and is no sum. */
static clino_run *full_batch(bool summed, bool promised) {
  clino_run *run = classifier("2", "600");
  attribute(run, "batch_size", summed ? "32" : "600");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, 0.69 - 0.003 * (double)i);
    put(run, "grad_norm", (int64_t)i, 0.01 * (double)(i + 1));
    put(run, "grad_cosine", (int64_t)i, 0.999);
    if (promised) put(run, "decrease_ratio", (int64_t)i, 0.99);
  }
  return run;
}

static void a_growing_gradient_is_a_sum_only_of_many_batches(void) {
  bool named;
  CU_ASSERT(judge(full_batch(true, false), "exploding-gradient", "gradient-not-zeroed", &named) >= CLINO_FINDING_WARN);
  CU_ASSERT_TRUE(named);
  CU_ASSERT(judge(full_batch(true, true), "exploding-gradient", "gradient-not-zeroed", &named) < CLINO_FINDING_WARN);
}

/* A cross-entropy passes the line of softmax applied twice on its way down, and rests elsewhere. */
static clino_run *through_the_line(bool held) {
  clino_run *run = classifier("2", NULL);
  for (size_t i = 0; i < N; i++) {
    double x = (double)i / N, right = 0.55 + 0.43 * x;
    double line = log1p(exp(-1)) + 1 - right, y = held ? line + 0.012 : 0.70 - 0.39 * x;
    put(run, "train/loss", 5 * (int64_t)i, y);
    put(run, "train/accuracy", 5 * (int64_t)i, right);
  }
  return run;
}

static void what_passes_a_line_is_not_held_by_it(void) {
  bool named;
  CU_ASSERT(judge(through_the_line(true), "metric-mismatch", "softmax-applied-twice", &named) >= CLINO_FINDING_WARN);
  CU_ASSERT_TRUE(named);
  CU_ASSERT(judge(through_the_line(false), "metric-mismatch", "softmax-applied-twice", &named) < CLINO_FINDING_WARN);
}

/* Prechelt's quotient: a slight rise is outweighed where training progresses, and the accuracy holds. */
static clino_run *slight_rise(bool progresses) {
  clino_run *run = classifier("10", NULL);
  for (size_t i = 0; i < N; i++) {
    double rate = progresses ? 12 : 0;
    double y = i < 60 ? fall(i, 2.3, 0, 12) : fall(60, 2.3, 0, 12) * exp(-rate * ((double)i - 60) / N);
    put(run, "train/loss", 5 * (int64_t)i, y * (1 + 0.001 * (double)(i % 2)));
    put(run, "val/loss", 5 * (int64_t)i, 0.5 + fall(i, 1.8, 0, 15) + (i > 40 ? 0.001 * (double)(i - 40) : 0));
    put(run, "val/accuracy", 5 * (int64_t)i, 0.85 - fall(i, 0.7, 0, 15));
  }
  return run;
}

static void training_may_outweigh_a_slight_rise(void) {
  bool named;
  CU_ASSERT_EQUAL(judge(slight_rise(true), "overfitting", "overfitting", &named), CLINO_FINDING_INFO);
  CU_ASSERT_EQUAL(judge(slight_rise(false), "overfitting", "overfitting", &named), CLINO_FINDING_WARN);
}

/* A curriculum: harder data every 25 rows, at which the loss leaps, and falls again. */
static clino_run *curriculum(synth *s) {
  clino_run *run = new_run();
  for (size_t i = 0; i < N; i++) {
    double y = 0.5 + 0.3 * (double)(i / 25) + 0.25 * exp(-(double)(i % 25) / 6);
    put(run, "train/loss", 20 * (int64_t)i, noisy(s, y, 0.02));
  }
  return run;
}

static void a_curriculum_is_no_divergence(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    bool named;
    synth s = {seed}, again = {seed};
    CU_ASSERT(judge(curriculum(&s), "loss-not-decreasing", "", &named) < CLINO_FINDING_WARN);
    CU_ASSERT(judge(curriculum(&again), "loss-divergence", "", &named) < CLINO_FINDING_WARN);
  }
}

void suite_checks_evidence(CU_pSuite suite);
/* Validation below training for good: of training noise where it was learned, of nothing where both have left. */
static clino_run *apart(synth *s, bool faulty) {
  clino_run *run = classifier("10", NULL);
  for (size_t i = 0; i < N; i++) {
    double train = faulty ? fall(i, 2.31, 1.9, 3) : 2.31 + 17 * (1 - exp(-4 * (double)i / N));
    double val = faulty ? fall(i, 2.3, 0.61, 5) : 2.3 + 8.3 * (1 - exp(-4 * (double)i / N));
    put(run, "train/loss", (int64_t)i, noisy(s, train, 0.02));
    put(run, "val/loss", (int64_t)i, noisy(s, val, 0.02));
  }
  return run;
}

static void what_left_is_not_learnable(void) {
  faulty_is_told_and_sound_is_not(apart, "suspicious-validation", "dropout-too-strong");
}

static clino_run *leaking(synth *s) {
  clino_run *run = classifier("10", "5000");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, fall(i, 2.3, 0.004, 40), 0.02));
    put(run, "val/loss", (int64_t)i, noisy(s, fall(i, 2.3, 0.0041, 40), 0.02));
  }
  return run;
}

static void a_cause_is_not_among_its_alternatives(void) {
  synth s = {11};
  clino_run *run = leaking(&s);
  clino_findings *all = NULL;
  size_t causes = 0;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    causes += f->n_alternatives > 0;
    for (size_t k = 0; k < f->n_alternatives; k++) CU_ASSERT_STRING_NOT_EQUAL(f->alternatives[k], f->cause);
  }
  CU_ASSERT_TRUE(causes > 0);
  clino_findings_free(all);
  clino_run_free(run);
}

void suite_checks_evidence(CU_pSuite suite) {
  TEST(suite, a_label_that_leaked_is_learned_at_once);
  TEST(suite, accuracies_count_the_samples_of_their_set);
  TEST(suite, units_that_die_while_steps_overshoot);
  TEST(suite, each_layer_takes_its_part);
  TEST(suite, momentum_outlasts_the_run);
  TEST(suite, a_longer_run_would_gain_much);
  TEST(suite, a_jump_of_the_rate_gains_nothing);
  TEST(suite, both_losses_leave_their_lowest_level);
  TEST(suite, a_growing_gradient_is_a_sum_only_of_many_batches);
  TEST(suite, what_passes_a_line_is_not_held_by_it);
  TEST(suite, training_may_outweigh_a_slight_rise);
  TEST(suite, a_curriculum_is_no_divergence);
  TEST(suite, what_left_is_not_learnable);
  TEST(suite, a_cause_is_not_among_its_alternatives);
}
