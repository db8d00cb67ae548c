/* Runs that no training makes: every check must answer all of them, with a finding whose fields make sense, and never
 * pass where there was nothing to judge. Meant to be run under the sanitizers too. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clino/check.h"
#include "clino/io.h"
#include "clino/report.h"
#include "support/suite.h"
#include "support/synth.h"

static clino_run *new_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  return run;
}

/* ---- what any finding must be ---- */

static const char *wrong_with(const clino_finding *f) {
  if (f->level < CLINO_FINDING_SKIP || f->level > CLINO_FINDING_FAIL) return "level";
  if (!(f->confidence >= 0 && f->confidence <= 1)) return "confidence";
  if (!f->message || !*f->message || !f->why || !f->fix || !f->source) return "text";
  if (strstr(f->message, "-9223372036854775808")) return "an unknown step shown as a number";
  if (f->level >= CLINO_FINDING_WARN && !f->cause) return "no cause";
  if (f->level >= CLINO_FINDING_WARN && isnan(f->observed)) return "no evidence";
  return NULL;
}

static int ignore(const char *text, size_t size, void *ctx) {
  (void)text;
  *(size_t *)ctx += size;
  return 0;
}

static void write_reports(const clino_run *run, const clino_findings *all) {
  clino_report_item item = {"hostile", NULL, run, all, NULL};
  size_t size = 0;
  CU_ASSERT_EQUAL(clino_report_write("text", &item, 1, NULL, ignore, &size, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_report_write("json", &item, 1, NULL, ignore, &size, NULL), CLINO_OK);
  CU_ASSERT_TRUE(size > 100);
}

/* All checks on a run: returns what they found, to be freed. */
static clino_findings *diagnose(const clino_run *run, const clino_diagnose_options *options, const char *what) {
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, options, all, NULL), CLINO_OK);
  size_t spoken = 0, bad = 0;
  const char *before = "";
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    spoken += strcmp(f->check, before) != 0;
    before = f->check;
    const char *wrong = wrong_with(f);
    if (wrong && !bad++) printf("\n    %s: %s: %s: %s ", what, f->check, wrong, f->message);
  }
  CU_ASSERT_EQUAL(bad, 0);
  CU_ASSERT_EQUAL(spoken, clino_check_count());
  write_reports(run, all);
  return all;
}

static clino_finding_level level_of(const clino_findings *all, const char *check) {
  clino_finding_level worst = CLINO_FINDING_SKIP;
  for (size_t i = 0; i < clino_findings_count(all); i++)
    if (strcmp(clino_findings_at(all, i)->check, check) == 0 && clino_findings_at(all, i)->level > worst)
      worst = clino_findings_at(all, i)->level;
  return worst;
}

/* ---- values and steps ---- */

static double value_at(size_t kind, size_t i, size_t n) {
  double t = (double)i / (double)(n ? n : 1);
  switch (kind) {
    case 0: return NAN;
    case 1: return INFINITY;
    case 2: return i % 2 ? INFINITY : -INFINITY;
    case 3: return i % 2 ? DBL_MAX : -DBL_MAX;
    case 4: return i % 3 ? DBL_TRUE_MIN : -DBL_TRUE_MIN;
    case 5: return 0;
    case 6: return -0.7;
    case 7: return i == n / 2 ? NAN : 2.3 * exp(-3 * t);
    case 8: return i % 2 ? NAN : 1.7;
    case 9: return 1e308 * (1 - t);
    case 10: return i == 0 ? DBL_MAX : DBL_TRUE_MIN * (double)i;
    case 11: return i + 1 == n ? -INFINITY : 0.4;
    default: return -1e308 * t;
  }
}

enum { VALUES = 13 };

static int64_t step_at(size_t kind, size_t i) {
  int64_t k = (int64_t)i;
  switch (kind) {
    case 0: return k;
    case 1: return -k;
    case 2: return i % 2 ? INT64_MAX : INT64_MIN + 1;
    case 3: return i == 0 ? INT64_MIN + 1 : INT64_MAX - 1 + (k > 1);
    case 4: return 7;
    case 5: return i % 2 ? CLINO_NO_STEP : k;
    default: return CLINO_NO_STEP;
  }
}

enum { STEPS = 7 };

static const char *const names[] = {"train/loss",
                                    "val/loss",
                                    "train/accuracy",
                                    "val/accuracy",
                                    "loss/data",
                                    "update_ratio/w",
                                    "act_dead_fraction/a",
                                    "act_saturated_fraction/a",
                                    "grad_norm/w",
                                    "val/loss/",
                                    "update_ratio/",
                                    "x \x1b[2J\xE9"};

enum { NAMES = sizeof names / sizeof names[0] };

static clino_run *hostile(size_t values, size_t steps, size_t n) {
  clino_run *run = new_run();
  clino_axis *axis;
  clino_series *series[NAMES];
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  for (size_t s = 0; s < NAMES; s++)
    CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, names[s], NULL, CLINO_SERIES_SCALAR, &series[s], NULL), 0);
  for (size_t i = 0; i < n; i++) {
    CU_ASSERT_EQUAL_FATAL(clino_axis_add_row(axis, step_at(steps, i), values == 9 ? 1e308 : NAN, NAN, NULL), CLINO_OK);
    for (size_t s = 0; s < NAMES; s++)
      CU_ASSERT_EQUAL_FATAL(clino_series_set(series[s], value_at((values + s) % VALUES, i, n), NULL), CLINO_OK);
  }
  return run;
}

static void set(clino_run *run, const char *loss, const char *classes, const char *initial) {
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "loss", loss, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "classes", classes, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "initial_loss", initial, NULL), CLINO_OK);
}

static void any_values_and_steps(void) {
  static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 9, 41};
  static const char *const attributes[][3] = {{NULL, NULL, NULL},       {"softmax", "10", NULL},
                                              {"softmax", "-1", NULL},  {"hinge", "1e300", NULL},
                                              {"foo", "nan", "nan"},    {"mse", "inf", "-1e308"},
                                              {"logistic", "x", "0"},   {"softmax", "2", "1e308"}};
  char what[96];
  size_t at = 0;
  for (size_t v = 0; v < VALUES; v++)
    for (size_t s = 0; s < STEPS; s++)
      for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++, at++) {
        clino_run *run = hostile(v, s, sizes[k]);
        const char *const *a = attributes[at % 8];
        set(run, a[0], a[1], a[2]);
        snprintf(what, sizeof what, "values %zu, steps %zu, n %zu, attributes %zu", v, s, sizes[k], at % 8);
        clino_findings *all = diagnose(run, NULL, what);
        if (sizes[k] == 0) CU_ASSERT_EQUAL(clino_findings_worst(all), CLINO_FINDING_SKIP);
        clino_findings_free(all);
        clino_run_free(run);
      }
}

/* Every parameter of every check at both of its ends, on runs healthy, sick and hostile. */
static void parameters_at_their_ends(void) {
  clino_run *runs[] = {synth_fixture("overfitting", "fires"), synth_fixture("update-ratio", "fires"),
                       synth_fixture("log-integrity", "fires"), hostile(7, 0, 41), hostile(3, 2, 41), hostile(0, 0, 3)};
  for (size_t c = 0; c < clino_check_count(); c++) {
    const clino_check *check = clino_check_at(c);
    for (size_t p = 0; p < 2 * check->n_params; p++) {
      const clino_check_param *param = &check->params[p / 2];
      clino_check_setting setting = {check->id, param->name, p % 2 ? param->max : param->min};
      clino_diagnose_options o = clino_diagnose_options_default();
      o.settings = &setting;
      o.n_settings = 1;
      char what[128];
      snprintf(what, sizeof what, "%s.%s = %g", check->id, param->name, setting.value);
      for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) clino_findings_free(diagnose(runs[r], &o, what));
    }
  }
  for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) clino_run_free(runs[r]);
}

/* ---- series that are not what their names say ---- */

static void names_of_the_wrong_kind(void) {
  static const double edges[] = {-1, 0, 2.5};
  static const uint64_t counts[] = {3, 1};
  clino_histogram h = {2, edges, counts, 0, 0, 0};
  clino_run *run = new_run();
  for (size_t s = 0; s < NAMES; s++)
    for (int64_t i = 0; i < 12; i++) CU_ASSERT_EQUAL(clino_run_add_histogram(run, names[s], i, &h, NULL), CLINO_OK);
  clino_findings *all = diagnose(run, NULL, "histograms");
  CU_ASSERT_EQUAL(level_of(all, "loss-not-decreasing"), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(level_of(all, "overfitting"), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(level_of(all, "update-ratio"), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(level_of(all, "dead-units"), CLINO_FINDING_SKIP);
  clino_findings_free(all);
  clino_run_free(run);
}

/* Of two series of one name the first that holds numbers counts. */
static void names_that_stand_twice(void) {
  clino_run *run = new_run();
  clino_axis *axis;
  clino_series *empty, *full;
  CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, "train/loss", NULL, CLINO_SERIES_SCALAR, &empty, NULL), 0);
  CU_ASSERT_EQUAL_FATAL(clino_run_add_series(run, axis, "train/loss", NULL, CLINO_SERIES_SCALAR, &full, NULL), 0);
  for (int i = 0; i < 30; i++) {
    CU_ASSERT_EQUAL_FATAL(clino_axis_add_row(axis, i, NAN, NAN, NULL), CLINO_OK);
    CU_ASSERT_EQUAL_FATAL(clino_series_set(full, 2.7 / (i + 1.5), NULL), CLINO_OK);
  }
  clino_findings *all = diagnose(run, NULL, "twice");
  CU_ASSERT_EQUAL(level_of(all, "loss-not-decreasing"), CLINO_FINDING_PASS);
  clino_findings_free(all);
  clino_run_free(run);
}

/* ---- growing and large ---- */

static void a_run_that_grows_between(void) {
  clino_run *run = new_run();
  clino_findings *all;
  for (int64_t i = 0; i < 60; i++) {
    CU_ASSERT_EQUAL_FATAL(clino_run_add(run, "train/loss", i, 2.4 * exp(-0.1 * (double)i), NULL), CLINO_OK);
    if (i % 7) continue;
    all = diagnose(run, NULL, "growing");
    CU_ASSERT_TRUE(clino_findings_worst(all) <= CLINO_FINDING_INFO);
    clino_findings_free(all);
  }
  CU_ASSERT_EQUAL_FATAL(clino_run_add(run, "train/loss", 60, NAN, NULL), CLINO_OK);
  all = diagnose(run, NULL, "grown");
  CU_ASSERT_EQUAL(level_of(all, "nonfinite"), CLINO_FINDING_FAIL);
  clino_findings_free(all);
  clino_run_free(run);
}

static void one_nan_among_a_million(void) {
  clino_run *run = new_run();
  for (int64_t i = 0; i < 1000000; i++)
    if (clino_run_add(run, "train/loss", i, i == 777777 ? NAN : 1 + 3 / (1 + 1e-3 * (double)i), NULL)) abort();
  clino_findings *all = diagnose(run, NULL, "a million");
  CU_ASSERT_EQUAL(level_of(all, "nonfinite"), CLINO_FINDING_FAIL);
  CU_ASSERT_EQUAL(level_of(all, "loss-not-decreasing"), CLINO_FINDING_PASS);
  clino_findings_free(all);
  clino_run_free(run);
}

/* ---- logs ---- */

static clino_findings *diagnose_text(const char *text) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(text, strlen(text), "log.csv", NULL, &run, NULL, NULL), CLINO_OK);
  clino_findings *all = diagnose(run, NULL, text);
  clino_run_free(run);
  return all;
}

static void points_without_a_step(void) {
  clino_findings *all = diagnose_text(
      "#{\"clino\":\"step\"}\nstep,train/loss\n1,2.5\n,2.25\n,2.25\n4,1.75\n5,1.5\n6,1.25\n7,1.125\n8,1\n9,0.875\n");
  CU_ASSERT_EQUAL(level_of(all, "log-integrity"), CLINO_FINDING_INFO);
  const clino_finding *f = clino_findings_at(all, 0);
  CU_ASSERT_STRING_EQUAL(f->check, "log-integrity");
  CU_ASSERT_EQUAL(f->observed, 2);
  CU_ASSERT_EQUAL(clino_findings_count(all), clino_check_count()); /* neither a repeat nor a step back */
  CU_ASSERT_EQUAL(level_of(all, "loss-not-decreasing"), CLINO_FINDING_PASS);
  clino_findings_free(all);
}

static void the_largest_steps(void) {
  clino_findings *all = diagnose_text(
      "#{\"clino\":\"step\",\"loss\":\"softmax\",\"classes\":\"10\"}\nstep,train/loss,val/loss\n"
      "-9223372036854775807,2.25,2.5\n9223372036854775807,1.75,2\n");
  CU_ASSERT_EQUAL(level_of(all, "log-integrity"), CLINO_FINDING_PASS);
  clino_findings_free(all);
}

static void refuse(const char *text, const char *why) {
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, strlen(text), "log.csv", NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NULL(run);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, why));
}

static void heads_that_are_none(void) {
  refuse(";;;\n", "no training log");
  refuse("#{\"clino\":\"step,step\"}\nstep,step,x\n1,2,3\n", "does not begin with the columns");
  refuse("#{\"clino\":\"step,epoch,epoch\"}\nstep,epoch,epoch,x\n1,2,3,4\n", "does not begin with the columns");
  refuse("#{\"clino\":\"step,epoch\"}\nstep\n1\n", "does not begin with the columns");
  refuse("#{\"a\":1 \"b\":2}\nstep,x\n1,2\n", "no JSON object on one line: ");
  refuse("#{\"a\":[1,2}\nstep,x\n1,2\n", "no JSON object on one line: ");
  refuse("#{\"a\":\"\\x\"}\nstep,x\n1,2\n", "no JSON object on one line: ");
  refuse("#{\"a\":-}\nstep,x\n1,2\n", "no JSON object on one line: ");
  refuse("#{\"a\":tru}\nstep,x\n1,2\n", "no JSON object on one line: ");
  refuse("#{\"a\":\"b\\u0000c\"}\nstep,x\n1,2\n", "the attribute 'a' holds a NUL character");
  refuse("#{\"a\"\nstep,x\n1,2\n", "it ends too early");
}

static void check_attribute(const clino_run *run, const char *key, const char *expected) {
  const char *value = clino_run_attribute(run, key);
  CU_ASSERT_PTR_NOT_NULL_FATAL(value);
  CU_ASSERT_STRING_EQUAL(value, expected);
}

static void attributes_of_any_kind(void) {
  static const char text[] =
      "#{ \"n\" : -1.50e+3 , \"list\": [ 1, {\"a b\": \"c \\u00e9\"} ,[] ], \"t\":true,\"none\":null, \"\":1,\n"
      "step,x\n1,2\n",
                    good[] =
      "#{ \"n\" : -1.50e+3 , \"list\": [ 1, {\"a b\": \"c \\u00e9\"} ,[] ], \"t\":true,\"none\":null, \"\":1,"
      "\"s\":\"\\ud83d\\ude00 \\ud83d \\u00e9\\n\\/\", \"nan\":NaN, \"inf\":-Infinity}\nstep,x\n1,2\n";
  clino_run *run = NULL;
  refuse(text, "it ends too early");
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(good, strlen(good), "log.csv", NULL, &run, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_attribute_count(run), 6);
  check_attribute(run, "n", "-1.50e+3");
  check_attribute(run, "list", "[1,{\"a b\":\"c \xC3\xA9\"},[]]");
  check_attribute(run, "t", "true");
  check_attribute(run, "s", "\xF0\x9F\x98\x80 \xEF\xBF\xBD \xC3\xA9\n/");
  check_attribute(run, "nan", "NaN");
  CU_ASSERT_EQUAL(clino_run_attribute_number(run, "inf"), -INFINITY);
  clino_run_free(run);
}

static void a_csv_is_written_through_a_link(void) {
  char folder[] = "/tmp/clino-hostile-XXXXXX", file[64], link[64];
  struct stat info;
  CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  snprintf(file, sizeof file, "%s/run.csv", folder);
  snprintf(link, sizeof link, "%s/latest.csv", folder);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", 3, 0.625, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, file, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(symlink("run.csv", link), 0);
  CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", 4, 0.5, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, link, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(lstat(link, &info), 0);
  CU_ASSERT_TRUE(S_ISLNK(info.st_mode));
  CU_ASSERT_EQUAL(stat(file, &info), 0);
  CU_ASSERT_EQUAL(info.st_size, (off_t)strlen("step,train/loss\n3,0.625\n4,0.5\n"));
  unlink(link);
  unlink(file);
  CU_ASSERT_EQUAL(rmdir(folder), 0);
  clino_run_free(run);
}

void suite_hostile(CU_pSuite suite) {
  TEST(suite, any_values_and_steps);
  TEST(suite, parameters_at_their_ends);
  TEST(suite, names_of_the_wrong_kind);
  TEST(suite, names_that_stand_twice);
  TEST(suite, a_run_that_grows_between);
  TEST(suite, one_nan_among_a_million);
  TEST(suite, points_without_a_step);
  TEST(suite, the_largest_steps);
  TEST(suite, heads_that_are_none);
  TEST(suite, attributes_of_any_kind);
  TEST(suite, a_csv_is_written_through_a_link);
}
