/* Faults that show in many series at once: is the true cause on top? And runs that differ in their learning rate. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

#define N 120

static void attribute(clino_run *run, const char *key, const char *value) {
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, key, value, NULL), CLINO_OK);
}

static clino_run *classifier(void) {
  clino_run *run = new_run();
  attribute(run, "loss", "softmax");
  attribute(run, "classes", "10");
  return run;
}

static double noisy(synth *s, double value, double noise) { return value * (1 + noise * synth_normal(s)); }

/* A descent from chance: by the fraction that is done. */
static double descent(size_t i, double floor, double rate) {
  return floor + (log(10) - floor) * exp(-rate * (double)i / N);
}

static void layers(clino_run *run, synth *s, const char *what, size_t i, double first, double factor) {
  for (int l = 0; l < 4; l++) {
    char name[64];
    snprintf(name, sizeof name, "%s/fc%d.W", what, l + 1);
    put(run, name, (int64_t)i, noisy(s, first * pow(factor, l), 0.1));
  }
}

static clino_run *rate_jumps(synth *s) {
  clino_run *run = classifier();
  size_t at = 40 + synth_below(s, 40);
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, i < at ? descent(i, 0.2, 5) : 2.2 + 0.1 * synth_normal(s), 0.03));
    put(run, "lr", (int64_t)i, i < at ? 0.01 : 0.3);
    layers(run, s, "act_dead_fraction", i, i < at ? 0.05 : 0.8, 1);
    layers(run, s, "update_ratio", i, i < at ? 1e-3 : 3e-2, 1);
  }
  return run;
}

static clino_run *weights_are_zero(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, log(10), 0.002));
    for (int l = 0; l < 3; l++) {
      char name[64];
      snprintf(name, sizeof name, "grad_norm/fc%d.W", l + 1);
      put(run, name, (int64_t)i, 0);
      snprintf(name, sizeof name, "param_norm/fc%d.W", l + 1);
      put(run, name, (int64_t)i, 0);
      snprintf(name, sizeof name, "param_std/fc%d.W", l + 1);
      put(run, name, (int64_t)i, 0);
    }
  }
  return run;
}

static clino_run *inputs_are_large(synth *s) {
  clino_run *run = classifier();
  double scale = synth_between(s, 40, 300);
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, i ? noisy(s, 2.2, 0.02) : 17.1);
    put(run, "act_std/input", (int64_t)i, scale);
    layers(run, s, "act_std", i, 0.9, 1);
    layers(run, s, "act_saturated_fraction", i, 0.85, 1);
    layers(run, s, "update_ratio", i, 1e-6, 1);
  }
  return run;
}

static clino_run *gradients_add_up(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, i < 20 ? descent(i, 0.9, 12) : 1.1 + 0.08 * (double)(i - 20), 0.04));
    put(run, "grad_norm", (int64_t)i, noisy(s, 1.7 * (double)(i + 1), 0.05));
    put(run, "grad_cosine", (int64_t)i, 0.99);
    layers(run, s, "update_ratio", i, 0.002 * (double)(i + 1), 1);
  }
  return run;
}

static clino_run *clipped(synth *s) {
  clino_run *run = classifier();
  attribute(run, "clip_norm", "0.001");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, 2.303 - 0.0006 * (double)i + 0.0008 * synth_normal(s));
    put(run, "grad_norm", (int64_t)i, noisy(s, 1.3, 0.1));
    put(run, "grad_clip_fraction", (int64_t)i, 1);
    layers(run, s, "update_ratio", i, 3e-6, 1);
  }
  return run;
}

static clino_run *penalized(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    double data = noisy(s, 2.3 - 0.1 * (1 - exp(-(double)i / 10)), 0.005), penalty = 30 * exp(-(double)i / 15) + 3;
    put(run, "train/loss", (int64_t)i, data + penalty);
    put(run, "loss/data", (int64_t)i, data);
    put(run, "loss/regularization", (int64_t)i, penalty);
    layers(run, s, "update_ratio", i, 1e-3, 1);
  }
  return run;
}

static clino_run *one_layer_stands_still(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, descent(i, 1.5, 20), 0.01));
    layers(run, s, "grad_norm", i, 0.4, 1.2);
    layers(run, s, "param_norm", i, 3 + 0.01 * (double)i, 1);
    put(run, "param_norm/fc9.W", (int64_t)i, 3.141);
    put(run, "grad_norm/fc9.W", (int64_t)i, noisy(s, 0.7, 0.1));
    put(run, "update_ratio/fc9.W", (int64_t)i, 0);
  }
  return run;
}

static clino_run *too_deep(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, log(10), 0.003));
    layers(run, s, "grad_norm", i, 1e-9, 200);
    layers(run, s, "update_ratio", i, 1e-7, 10);
  }
  return run;
}

static clino_run *softmax_twice(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    double loss = noisy(s, descent(i, 1.5, 8), 0.004);
    put(run, "train/loss", (int64_t)i, loss);
    put(run, "val/loss", (int64_t)i, noisy(s, loss, 0.003));
    put(run, "train/accuracy", (int64_t)i, 1 - (loss - 1.47) / 0.92);
  }
  return run;
}

static clino_run *labels_are_shuffled(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, descent(i, 0.4, 2), 0.02));
    put(run, "val/loss", (int64_t)i, noisy(s, 2.31 + 0.02 * (double)i, 0.02));
  }
  return run;
}

static clino_run *few_samples(synth *s) {
  clino_run *run = classifier();
  attribute(run, "dataset_size", "90");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, descent(i, 0.01, 9), 0.03));
    put(run, "val/loss", (int64_t)i, noisy(s, descent(i, 1.2, 12) + 0.012 * (double)i, 0.02));
  }
  return run;
}

static clino_run *log_of_zero(synth *s) {
  clino_run *run = classifier();
  size_t at = 60 + synth_below(s, 50);
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, i < at ? noisy(s, descent(i, 0.2, 5), 0.05) : NAN);
    put(run, "grad_norm", (int64_t)i, i < at ? noisy(s, 1.4, 0.2) : NAN);
  }
  return run;
}

static clino_run *rate_is_high(synth *s) {
  clino_run *run = classifier();
  size_t at = 20 + synth_below(s, 60);
  for (size_t i = 0; i < N; i++) {
    double loss = i + 15 < at ? noisy(s, 2.2, 0.1) : i < at ? 2.2 * pow(1.9, (double)(i + 15 - at)) : NAN;
    put(run, "train/loss", (int64_t)i, loss);
    layers(run, s, "update_ratio", i, 0.4, 1);
  }
  return run;
}

static clino_run *squares_starve(synth *s) {
  clino_run *run = classifier();
  attribute(run, "optimizer", "adagrad");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, noisy(s, 1.8 + 0.5 * exp(-(double)i / 8), 0.01));
    put(run, "grad_norm", (int64_t)i, noisy(s, 2.1, 0.05));
    layers(run, s, "update_norm", i, 0.3 / sqrt((double)i + 1), 1);
  }
  return run;
}

static clino_run *same_order(synth *s) {
  clino_run *run = classifier();
  double order[20];
  attribute(run, "dataset_size", "2000");
  attribute(run, "batch_size", "100");
  for (size_t k = 0; k < 20; k++) order[k] = 0.2 * synth_normal(s);
  for (size_t i = 0; i < N; i++) put(run, "train/loss", (int64_t)i, noisy(s, descent(i, 0.6, 4), 0.02) + order[i % 20]);
  return run;
}

static clino_run *second_moment(synth *s) {
  clino_run *run = classifier();
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i,
        noisy(s, descent(i, 0.2, 5), 0.03) + (i > 70 ? 1.8 * exp(-((double)i - 70) / 6) : 0));
    layers(run, s, "grad_norm", i, 0.4, 1);
    layers(run, s, "update_norm", i, i == 70 ? 0.5 : 0.004, 1);
    layers(run, s, "update_ratio", i, i == 70 ? 0.2 : 0.001, 1);
  }
  return run;
}

static clino_run *momentum_is_high(synth *s) {
  clino_run *run = rate_is_high(s);
  attribute(run, "momentum", "0.999");
  return run;
}

static clino_run *summed(synth *s) {
  clino_run *run = classifier();
  attribute(run, "batch_size", "64");
  for (size_t i = 0; i < N; i++) {
    put(run, "train/loss", (int64_t)i, i < 3 ? 64 * 2.31 : noisy(s, 64 * 2.9, 0.2));
    layers(run, s, "update_ratio", i, 0.3, 1);
  }
  return run;
}

static void the_true_cause_is_on_top(void) {
  static const struct {
    const char *cause;
    clino_run *(*make)(synth *);
  } faults[] = {{"learning-rate-jump", rate_jumps},
                {"symmetry-not-broken", weights_are_zero},
                {"inputs-not-normalized", inputs_are_large},
                {"gradient-not-zeroed", gradients_add_up},
                {"clipping-too-tight", clipped},
                {"regularization-too-strong", penalized},
                {"parameters-not-updated", one_layer_stands_still},
                {"signal-shrinks-with-depth", too_deep},
                {"softmax-applied-twice", softmax_twice},
                {"labels-do-not-fit-inputs", labels_are_shuffled},
                {"too-little-data", few_samples},
                {"log-or-division-of-zero", log_of_zero},
                {"learning-rate-too-high", rate_is_high},
                {"accumulated-squares-starve-updates", squares_starve},
                {"data-not-reshuffled", same_order},
                {"second-moment-decayed", second_moment},
                {"momentum-too-high", momentum_is_high},
                {"loss-summed-not-averaged", summed}};
  for (size_t k = 0; k < sizeof faults / sizeof faults[0]; k++) {
    size_t right = 0, found = 0, n = 50;
    for (uint64_t seed = 1; seed <= n; seed++) {
      synth s = {7000 * (k + 1) + seed};
      clino_run *run = faults[k].make(&s);
      clino_findings *all = NULL;
      CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
      CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
      const clino_finding *top = clino_findings_top(all);
      found += top != NULL;
      right += top && top->cause && strcmp(top->cause, faults[k].cause) == 0;
      for (size_t i = 0; i < clino_findings_count(all) && seed < 3 && getenv("CLINO_TEST_VERBOSE"); i++)
        if (clino_findings_at(all, i)->level >= CLINO_FINDING_WARN)
          printf("\n    %s: %s %s (%g) %s: %s", faults[k].cause,
                 clino_finding_level_name(clino_findings_at(all, i)->level), clino_findings_at(all, i)->check,
                 clino_findings_at(all, i)->confidence, clino_findings_at(all, i)->cause,
                 clino_findings_at(all, i)->message);
      clino_findings_free(all);
      clino_run_free(run);
    }
    if (right < n) printf("\n    %s: found %zu of %zu, cause on top %zu ", faults[k].cause, found, n, right);
    CU_ASSERT_TRUE(found * 100 >= 95 * n && right * 100 >= 85 * n);
  }
}

/* ---- top ---- */

static void the_top_is_the_gravest_and_surest(void) {
  static const struct {
    clino_finding_level level;
    double confidence;
  } given[] = {{CLINO_FINDING_INFO, 1},
               {CLINO_FINDING_WARN, 0.9},
               {CLINO_FINDING_FAIL, 0.61},
               {CLINO_FINDING_FAIL, 0.83},
               {CLINO_FINDING_FAIL, 0.83}};
  static const size_t expected[] = {SIZE_MAX, 1, 2, 3, 3};
  clino_findings *all = NULL;
  CU_ASSERT_PTR_NULL(clino_findings_top(NULL));
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  for (size_t i = 0; i < 5; i++) {
    clino_finding f = clino_finding_default();
    f.check = "stall", f.message = "x", f.level = given[i].level, f.confidence = given[i].confidence;
    CU_ASSERT_EQUAL(clino_findings_add(all, &f, NULL), CLINO_OK);
    const clino_finding *top = clino_findings_top(all);
    CU_ASSERT_PTR_EQUAL(top, expected[i] == SIZE_MAX ? NULL : clino_findings_at(all, expected[i]));
  }
  clino_findings_free(all);
}

static void what_is_explained_says_so(void) {
  synth s = {9};
  clino_run *run = too_deep(&s);
  clino_findings *all = NULL;
  size_t explained = 0;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  const clino_finding *top = clino_findings_top(all);
  CU_ASSERT_STRING_EQUAL(top->check, "vanishing-gradient");
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (!strstr(f->message, "; explained by vanishing-gradient")) continue;
    explained++;
    CU_ASSERT_STRING_EQUAL(f->cause, top->cause);
    CU_ASSERT_TRUE(f->n_alternatives >= 1 && f->confidence < top->confidence && f->level <= top->level);
  }
  CU_ASSERT_TRUE(explained >= 2);
  clino_findings_free(all);
  clino_run_free(run);
}

/* ---- compare ---- */

/* A quadratic with noise, as a learning rate makes it: slow, good, fast to a high plateau, away. */
static clino_run *at_rate(double rate, double curve, double plateau, bool as_attribute) {
  synth s = {(uint64_t)(rate * 1e6)};
  clino_run *run = new_run();
  char text[32];
  snprintf(text, sizeof text, "%g", rate);
  if (as_attribute) attribute(run, "learning_rate", text);
  for (int i = 0; i < 80; i++) {
    put(run, "train/loss", i, (plateau + (2.3 - plateau) * exp(-curve * i / 80.0)) * (1 + 0.02 * synth_normal(&s)));
    if (!as_attribute) put(run, "lr", i, rate);
  }
  return run;
}

static void learning_rates_are_compared(void) {
  static const char *const names[] = {"a", "b", "c", "d"}, *const says[] = {"too low", "good", "high, it falls fast",
                                                                            "very high"};
  static const char *const causes[] = {"learning-rate-too-low", NULL, "learning-rate-too-high",
                                       "learning-rate-too-high"};
  clino_run *runs[] = {at_rate(0.001, 0.4, 0.2, false), at_rate(0.01, 6, 0.2, true), at_rate(0.1, 60, 0.9, false),
                       at_rate(1, 1, 9, true)};
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_compare((const clino_run *const *)runs, names, 4, all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_findings_count(all), 4);
  for (size_t i = 0; i < 4; i++) {
    const clino_finding *f = clino_findings_at(all, i);
    CU_ASSERT_STRING_EQUAL(f->check, "compare");
    CU_ASSERT_EQUAL(f->level, i == 1 ? CLINO_FINDING_PASS : CLINO_FINDING_WARN);
    CU_ASSERT_PTR_NOT_NULL(strstr(f->message, says[i]));
    CU_ASSERT_TRUE(strncmp(f->message, names[i], 1) == 0);
    CU_ASSERT_TRUE(causes[i] ? f->cause && strcmp(f->cause, causes[i]) == 0 : !f->cause);
  }
  clino_findings_free(all);
  for (size_t i = 0; i < 4; i++) clino_run_free(runs[i]);
}

static void runs_that_do_not_compare_are_skipped(void) {
  clino_run *same[] = {at_rate(0.01, 6, 0.2, true), at_rate(0.01, 5, 0.2, true)}, *none[] = {new_run(), new_run()};
  const clino_run *missing[] = {same[0], NULL};
  clino_findings *all = NULL;
  clino_error error;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_compare((const clino_run *const *)same, NULL, 2, all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_compare((const clino_run *const *)none, NULL, 2, all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_count(all), 4);
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(clino_compare(NULL, NULL, 2, all, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_compare(missing, NULL, 0, all, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_compare(missing, NULL, 2, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_compare(missing, NULL, 2, all, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "runs[1]"));
  clino_findings_free(all);
  for (size_t i = 0; i < 2; i++) clino_run_free(same[i]), clino_run_free(none[i]);
}

void suite_checks_causes(CU_pSuite suite);
void suite_checks_causes(CU_pSuite suite) {
  TEST(suite, the_true_cause_is_on_top);
  TEST(suite, the_top_is_the_gravest_and_surest);
  TEST(suite, what_is_explained_says_so);
  TEST(suite, learning_rates_are_compared);
  TEST(suite, runs_that_do_not_compare_are_skipped);
}
