/* What a diagnosis keeps of a run, which must change no finding, and stay small; runs of many series and findings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

static clino_findings *judge(const clino_run *run, const char *only) {
  clino_findings *all = NULL;
  clino_diagnose_options o = clino_diagnose_options_default();
  o.only = &only;
  o.n_only = only != NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, &o, all, NULL), CLINO_OK);
  return all;
}

static const clino_series *series(const clino_run *run, const char *prefix, size_t i) {
  char name[64];
  snprintf(name, sizeof name, "%s/layer%zu.weight", prefix, i);
  return clino_run_series(run, name);
}

static void put_layer(clino_run *run, const char *prefix, size_t i, int64_t step, double value) {
  char name[64];
  snprintf(name, sizeof name, "%s/layer%zu.weight", prefix, i);
  put(run, name, step, value);
}

/* ---- the same, whoever asked before ---- */

/* A run with bursts, holes, layers, and a second part so short that some checks judge it and some the first. */
static clino_run *eventful_run(size_t n) {
  clino_run *run = new_run();
  synth s = {n};
  for (size_t i = 0; i < n; i++) {
    double t = (double)i / (double)n, noise = 0.05 * synth_normal(&s);
    int64_t step = (int64_t)(i < n - 11 ? i : i - (n - 11));
    put(run, "train/loss", step, 2.3 * exp(-3 * t) + noise + (i > n / 2 && i < n / 2 + n / 20 ? 3 : 0));
    put(run, "val/loss", step, 1 + t * t + noise);
    put(run, "train/accuracy", step, 0.8 * t + 0.1 * noise);
    put(run, "lr", step, 1e-3 * (1 - t));
    put(run, "grad_norm", step, i % 97 == 3 ? NAN : (1 + 0.2 * noise) * (i % 101 == 7 ? 500 : 1));
    put(run, "grad_cosine", step, 0.2 + noise);
    put(run, "decrease_ratio", step, 0.7 + noise);
    for (size_t k = 0; k < 5; k++) {
      double scale = pow(0.03, (double)k);
      put_layer(run, "grad_norm", k, step, scale * (1 + 0.1 * noise));
      put_layer(run, "update_ratio", k, step, i % 211 == 200 ? 0.5 : 1e-3 * (1 + noise));
      put_layer(run, "param_norm", k, step, 3 + t);
      put_layer(run, "act_dead_fraction", k, step, k == 3 ? 0.97 : 0.05);
    }
  }
  return run;
}

/* Relating findings to each other changes levels, causes and texts, but not what was measured. */
static bool measured_alike(const clino_finding *f, const clino_finding *g) {
  return strcmp(f->check, g->check) == 0 && !f->series == !g->series &&
         (!f->series || strcmp(f->series, g->series) == 0) && f->first_step == g->first_step &&
         f->last_step == g->last_step && (f->observed == g->observed || (isnan(f->observed) && isnan(g->observed))) &&
         (f->threshold == g->threshold || (isnan(f->threshold) && isnan(g->threshold)));
}

static void each_check_alone_measures_the_same(void) {
  static const size_t sizes[] = {40, 256, 257, 1000, 4096, 4097, 13000};
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    clino_run *run = eventful_run(sizes[k]);
    clino_findings *together = judge(run, NULL);
    size_t at = 0;
    for (size_t c = 0; c < clino_check_count(); c++) {
      clino_findings *alone = judge(run, clino_check_at(c)->id);
      CU_ASSERT_TRUE_FATAL(clino_findings_count(alone) > 0);
      for (size_t i = 0; i < clino_findings_count(alone); i++, at++) {
        const clino_finding *f = clino_findings_at(alone, i), *g = clino_findings_at(together, at);
        CU_ASSERT_PTR_NOT_NULL_FATAL(g);
        bool alike = measured_alike(f, g);
        if (!alike) printf("\n    %zu points, %s: %s ", sizes[k], f->check, f->message);
        CU_ASSERT_TRUE(alike);
      }
      clino_findings_free(alone);
    }
    CU_ASSERT_EQUAL(at, clino_findings_count(together));
    clino_findings_free(together);
    clino_run_free(run);
  }
}

/* ---- memory ---- */

static void summaries_do_not_pile_up(void) {
  const size_t layers = 150, points = 5000;
  clino_run *run = new_run();
  for (size_t i = 0; i < points; i++)
    for (size_t k = 0; k < layers; k++) put_layer(run, k % 2 ? "grad_norm" : "update_ratio", k, (int64_t)i, 1e-3);
  clino_summary before, after;
  CU_ASSERT_EQUAL(clino_series_summary(series(run, "update_ratio", 6), &before, NULL), CLINO_OK);
  clino_findings_free(judge(run, NULL));
  size_t kept = 0, most = ((size_t)16 << 20) + layers * points * sizeof(double) / 2;
  for (size_t k = 0; k < layers; k++) kept += clino_series_has_summary(clino_run_series_at(run, k));
  CU_ASSERT_TRUE(kept > 1 && kept * CLINO_SUMMARY_BUCKETS * sizeof(clino_bucket) <= most + (1 << 19));
  CU_ASSERT_EQUAL(clino_series_summary(series(run, "update_ratio", 6), &after, NULL), CLINO_OK);
  CU_ASSERT_PTR_EQUAL(after.buckets, before.buckets); /* what was there before a diagnosis is there after it */
  clino_run_free(run);
}

/* ---- many of all ---- */

/* Each of thousands of tensors has its finding, and one cause explains them all. */
static void thousands_of_findings_are_related(void) {
  const size_t layers = 4000;
  clino_run *run = new_run();
  for (int64_t step = 0; step < 8; step++)
    for (size_t k = 0; k < layers; k++) {
      put_layer(run, "update_ratio", k, step, 0.4);
      if (k < 3) put_layer(run, "param_std", k, step, 0);
    }
  clino_findings *all = judge(run, NULL);
  size_t found = 0, explained = 0;
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (strcmp(f->check, "update-ratio") != 0) continue;
    found++;
    explained += strstr(f->message, "; explained by ") != NULL;
  }
  CU_ASSERT_EQUAL(found, layers);
  CU_ASSERT_TRUE(explained == found);
  clino_findings_free(all);
  clino_run_free(run);
}

static clino_series *add_column(clino_run *run, clino_axis *axis, const char *name) {
  clino_series *s = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, name, NULL, CLINO_SERIES_SCALAR, &s, NULL), CLINO_OK);
  return s;
}

/* Interleaved tables whose every column has its complement, and columns that are NaN where no other is not. */
static void complements_of_many_columns(void) {
  clino_run *run = new_run();
  clino_axis *axis = NULL;
  clino_series *columns[600];
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  for (size_t k = 0; k < 600; k++) {
    char name[32];
    snprintf(name, sizeof name, "metric%zu", k);
    columns[k] = add_column(run, axis, name);
  }
  synth s = {5};
  for (int64_t i = 0; i < 200; i++) {
    bool validation = synth_uniform(&s) < 0.3;
    CU_ASSERT_EQUAL_FATAL(clino_axis_add_row(axis, i, NAN, NAN, NULL), CLINO_OK);
    for (size_t k = 0; k < 600; k++) {
      bool missing = k < 300 ? validation == (k % 2 == 0) : synth_uniform(&s) < 0.3;
      CU_ASSERT_EQUAL_FATAL(clino_series_set(columns[k], missing ? NAN : synth_uniform(&s), NULL), CLINO_OK);
    }
  }
  clino_findings *all = judge(run, "nonfinite");
  CU_ASSERT_EQUAL(clino_findings_count(all), 600);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    bool paired = strtol(f->series + strlen("metric"), NULL, 10) < 300;
    CU_ASSERT_EQUAL(f->level, paired ? CLINO_FINDING_INFO : CLINO_FINDING_WARN);
  }
  clino_findings_free(all);
  clino_run_free(run);
}

/* Two series of a name, of which the first has no points: checks see the second, one look-up or many. */
static void names_behind_empty_series(void) {
  clino_run *run = new_run();
  clino_axis *axis = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  static const char *const names[] = {"train/loss", "val/loss", "lr", "throughput"};
  clino_series *columns[8];
  for (int twice = 0; twice < 2; twice++)
    for (size_t k = 0; k < 4; k++) columns[4 * (size_t)twice + k] = add_column(run, axis, names[k]);
  for (int64_t i = 0; i < 60; i++) {
    CU_ASSERT_EQUAL_FATAL(clino_axis_add_row(axis, i, NAN, NAN, NULL), CLINO_OK);
    for (int k = 4; k < 8; k++)
      CU_ASSERT_EQUAL_FATAL(clino_series_set(columns[k], 2.5 / (double)(i + 1 + k), NULL), CLINO_OK);
  }
  clino_findings *all = judge(run, NULL);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    bool curve = strcmp(f->check, "loss-spike") == 0 || strcmp(f->check, "throughput-stall") == 0 ||
                 strcmp(f->check, "train-val-gap") == 0;
    if (curve) CU_ASSERT_TRUE(f->level > CLINO_FINDING_SKIP);
  }
  clino_findings_free(all);
  clino_run_free(run);
}

void suite_checks_many(CU_pSuite suite) {
  TEST(suite, each_check_alone_measures_the_same);
  TEST(suite, summaries_do_not_pile_up);
  TEST(suite, thousands_of_findings_are_related);
  TEST(suite, complements_of_many_columns);
  TEST(suite, names_behind_empty_series);
}
