/* The registry of checks, the options of a diagnosis, the fixtures of every check, and the awkward runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "clino/io.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/synth.h"

static clino_findings *diagnose(const clino_run *run, const clino_diagnose_options *options) {
  clino_findings *all = NULL;
  clino_error error;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, options, all, &error), CLINO_OK);
  return all;
}

/* The gravest finding of a check. */
static const clino_finding *gravest(const clino_findings *all, const char *check) {
  const clino_finding *worst = NULL;
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (strcmp(f->check, check) == 0 && (!worst || f->level > worst->level)) worst = f;
  }
  return worst;
}

/* ---- registry ---- */

static bool filled(const char *text) { return text && *text; }

static void params_are_described(const clino_check *check) {
  CU_ASSERT_TRUE(!check->n_params || check->params);
  for (size_t i = 0; i < check->n_params; i++) {
    const clino_check_param *p = &check->params[i];
    CU_ASSERT_TRUE(filled(p->name) && filled(p->meaning) && filled(p->source) && p->unit);
    CU_ASSERT_TRUE(p->min < p->max && p->value >= p->min && p->value <= p->max);
    for (size_t k = 0; k < i; k++) CU_ASSERT_STRING_NOT_EQUAL(check->params[k].name, p->name);
  }
}

static void registry_is_complete(void) {
  CU_ASSERT_TRUE(clino_check_count() >= 9);
  CU_ASSERT_PTR_NULL(clino_check_at(clino_check_count()));
  CU_ASSERT_PTR_NULL(clino_check_find(NULL));
  CU_ASSERT_PTR_NULL(clino_check_find("overfit"));
  for (size_t i = 0; i < clino_check_count(); i++) {
    const clino_check *check = clino_check_at(i);
    CU_ASSERT_PTR_EQUAL(clino_check_find(check->id), check); /* hence unique */
    CU_ASSERT_TRUE(filled(check->title) && filled(check->needs) && filled(check->what));
    CU_ASSERT_TRUE(filled(check->why) && filled(check->fix) && filled(check->source));
    CU_ASSERT_EQUAL(strspn(check->id, "abcdefghijklmnopqrstuvwxyz-"), strlen(check->id));
    params_are_described(check);
  }
}

/* ---- options ---- */

static clino_status diagnose_status(const clino_diagnose_options *options, clino_error *error) {
  clino_run *run = new_run();
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  clino_status status = clino_diagnose(run, options, all, error);
  clino_findings_free(all);
  clino_run_free(run);
  return status;
}

static void options_are_checked(void) {
  static const char *const wrong[] = {"overfiting"};
  static const char *const null[] = {NULL};
  clino_error error;
  clino_diagnose_options o = {0};
  CU_ASSERT_EQUAL(diagnose_status(&o, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "clino_diagnose_options_default"));
  o = clino_diagnose_options_default();
  o.only = wrong, o.n_only = 1;
  CU_ASSERT_EQUAL(diagnose_status(&o, &error), CLINO_ERR_NOT_FOUND);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "\"overfiting\""));
  o.only = null;
  CU_ASSERT_EQUAL(diagnose_status(&o, &error), CLINO_ERR_RANGE);
  o.only = NULL;
  CU_ASSERT_EQUAL(diagnose_status(&o, &error), CLINO_ERR_RANGE);
  o = clino_diagnose_options_default();
  o.skip = wrong, o.n_skip = 1;
  CU_ASSERT_EQUAL(diagnose_status(&o, &error), CLINO_ERR_NOT_FOUND);
  CU_ASSERT_EQUAL(diagnose_status(NULL, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_diagnose(NULL, NULL, NULL, &error), CLINO_ERR_RANGE);
}

static void settings_are_checked(void) {
  static const struct {
    clino_check_setting setting;
    clino_status status;
    const char *says;
  } cases[] = {{{"update-ratio", "high", 0.3}, CLINO_OK, NULL},
               {{"update-ratio", "hihg", 0.3}, CLINO_ERR_NOT_FOUND, "(it has: low, high, lost,"},
               {{"nonfinite", "low", 1}, CLINO_ERR_NOT_FOUND, "(it has: none)"},
               {{"update-ratios", "low", 1}, CLINO_ERR_NOT_FOUND, "\"update-ratios\""},
               {{"update-ratio", "high", -1}, CLINO_ERR_RANGE, "update-ratio.high"},
               {{"update-ratio", "high", NAN}, CLINO_ERR_RANGE, "update-ratio.high is nan"},
               {{"update-ratio", NULL, 1}, CLINO_ERR_RANGE, "setting"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_error error;
    clino_diagnose_options o = clino_diagnose_options_default();
    o.settings = &cases[i].setting, o.n_settings = 1;
    CU_ASSERT_EQUAL(diagnose_status(&o, &error), cases[i].status);
    if (cases[i].says) CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].says));
  }
  clino_diagnose_options o = clino_diagnose_options_default();
  o.n_settings = 1;
  CU_ASSERT_EQUAL(diagnose_status(&o, NULL), CLINO_ERR_RANGE);
}

static void settings_decide(void) {
  static const char *const only[] = {"update-ratio"};
  static const clino_check_setting settings[] = {{"update-ratio", "high", 0.001}, {"update-ratio", "high", 0.02}};
  clino_run *run = new_run();
  for (int i = 0; i < 20; i++) put(run, "update_ratio/w", i, 0.01 + 0.0001 * (i % 3));
  clino_diagnose_options o = clino_diagnose_options_default();
  o.only = only, o.n_only = 1;
  o.settings = settings, o.n_settings = 1;
  clino_findings *all = diagnose(run, &o);
  CU_ASSERT_EQUAL(clino_findings_count(all), 1);
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_WARN);
  CU_ASSERT_EQUAL(clino_findings_at(all, 0)->threshold, 0.001);
  clino_findings_free(all);
  o.n_settings = 2;
  all = diagnose(run, &o);
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_PASS);
  clino_findings_free(all);
  o.skip = only, o.n_skip = 1;
  all = diagnose(run, &o);
  CU_ASSERT_EQUAL(clino_findings_count(all), 0);
  clino_findings_free(all);
  clino_run_free(run);
}

static void every_check_speaks(void) {
  clino_run *run = new_run();
  clino_findings *all = diagnose(run, NULL);
  CU_ASSERT_EQUAL(clino_findings_count(all), clino_check_count());
  CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_SKIP);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    CU_ASSERT_STRING_EQUAL(f->check, clino_check_at(i)->id);
    CU_ASSERT_TRUE(filled(f->message) && filled(f->why) && filled(f->fix) && filled(f->source));
  }
  clino_findings_free(all);
  clino_run_free(run);
}

/* ---- fixtures: written by their generator with CLINO_WRITE_FIXTURES=1 build/tests/run checks ---- */

/* Is the log in path what the generator makes today? To 1e-12, since exp and log differ in the last bits by platform.
 */
static void same_as_generated(clino_run *fresh, const clino_run *stored) {
  CU_ASSERT_EQUAL_FATAL(clino_run_series_count(fresh), clino_run_series_count(stored));
  for (size_t i = 0; i < clino_run_series_count(fresh); i++) {
    const clino_series *a = clino_run_series_at(fresh, i), *b = clino_run_series(stored, clino_series_name(a));
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    CU_ASSERT_EQUAL_FATAL(clino_series_count(a), clino_series_count(b));
    for (size_t k = 0; k < clino_series_count(a); k++) {
      double x = clino_series_values(a)[k], y = clino_series_values(b)[k];
      CU_ASSERT_TRUE((isnan(x) && isnan(y)) || fabs(x - y) <= 1e-12 * fabs(x));
      CU_ASSERT_EQUAL(clino_series_step(a, k), clino_series_step(b, k));
    }
  }
  const char *value = NULL, *key = clino_run_attribute_at(fresh, 0, &value);
  if (key) CU_ASSERT_STRING_EQUAL(value, clino_run_attribute(stored, key));
}

static void fixture(const clino_check *check, const char *kind) {
  char path[512];
  clino_run *run = NULL;
  clino_error error;
  snprintf(path, sizeof path, "tests/fixtures/%s/%s.csv", check->id, kind);
  clino_run *fresh = synth_fixture(check->id, kind);
  CU_ASSERT_PTR_NOT_NULL_FATAL(fresh);
  if (getenv("CLINO_WRITE_FIXTURES")) CU_ASSERT_EQUAL(clino_run_write_csv(fresh, path, NULL), CLINO_OK);
  clino_status status = clino_run_read(path, NULL, &run, NULL, &error);
  if (status) printf("\n    %s: %s ", path, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  same_as_generated(fresh, run);
  clino_run_free(fresh);
  clino_findings *all = diagnose(run, NULL);
  const clino_finding *f = gravest(all, check->id);
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  if (strcmp(kind, "fires") == 0) {
    CU_ASSERT_TRUE(f->level >= CLINO_FINDING_WARN && filled(f->cause));
    CU_ASSERT_TRUE(isfinite(f->observed) && f->first_step != CLINO_NO_STEP && filled(f->series));
  } else if (strcmp(kind, "clean") == 0) {
    CU_ASSERT_EQUAL(f->level, CLINO_FINDING_PASS);
    CU_ASSERT_TRUE(clino_findings_worst(all) <= CLINO_FINDING_INFO);
  } else {
    CU_ASSERT_EQUAL(f->level, CLINO_FINDING_SKIP);
  }
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *g = clino_findings_at(all, i);
    for (size_t k = 0; k < g->n_alternatives; k++) CU_ASSERT_STRING_NOT_EQUAL(g->alternatives[k], g->cause);
    if (g->level >= CLINO_FINDING_WARN && strcmp(kind, "fires") != 0)
      printf("\n    %s: %s: %s ", path, g->check, g->message);
  }
  clino_findings_free(all);
  clino_run_free(run);
}

static void fixtures_are_judged_as_meant(void) {
  for (size_t i = 0; i < clino_check_count(); i++) {
    fixture(clino_check_at(i), "fires");
    fixture(clino_check_at(i), "clean");
    fixture(clino_check_at(i), "missing");
  }
}

void suite_checks(CU_pSuite suite) {
  TEST(suite, registry_is_complete);
  TEST(suite, options_are_checked);
  TEST(suite, settings_are_checked);
  TEST(suite, settings_decide);
  TEST(suite, every_check_speaks);
  TEST(suite, fixtures_are_judged_as_meant);
}
