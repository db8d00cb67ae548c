/* The report writers, on findings made by hand: JSON is parsed back, text is searched for what people need. */
#include <float.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/report.h"
#include "support/comma.h"
#include "support/report.h"
#include "support/suite.h"

/* ---- JSON ---- */

static struct json_object *run_at(struct json_object *root, size_t i) {
  return json_object_array_get_idx(json_get(root, "runs"), i);
}

static struct json_object *finding_at(struct json_object *run, size_t i) {
  return json_object_array_get_idx(json_get(run, "findings"), i);
}

static void check_keys(struct json_object *object, const char *expected) {
  char keys[512] = "";
  json_object_object_foreach(object, key, value) {
    (void)value;
    strcat(strcat(keys, key), " ");
  }
  CU_ASSERT_STRING_EQUAL(keys, expected);
}

static void json_has_every_field_in_order(void) {
  clino_run *run = report_run();
  clino_findings *list = report_findings();
  report_add_overfitting(list);
  clino_report_item item = {"logs/metrics.csv", "csv", run, list, NULL};
  struct json_object *root = json_parse(report_write("json", &item, 1, NULL));
  check_keys(root, "schema clino runs ");
  CU_ASSERT_EQUAL(json_object_get_int(json_get(root, "schema")), 1);
  CU_ASSERT_STRING_EQUAL(json_string_at(root, "clino"), CLINO_VERSION);
  struct json_object *r = run_at(root, 0), *f = finding_at(r, 0);
  check_keys(r, "run format verdict series first_step last_step findings ");
  CU_ASSERT_STRING_EQUAL(json_string_at(r, "run"), "logs/metrics.csv");
  CU_ASSERT_STRING_EQUAL(json_string_at(r, "format"), "csv");
  CU_ASSERT_STRING_EQUAL(json_string_at(r, "verdict"), "fail");
  CU_ASSERT_EQUAL(json_object_get_int64(json_get(r, "series")), 2);
  CU_ASSERT_EQUAL(json_object_get_int64(json_get(r, "first_step")), -3);
  CU_ASSERT_EQUAL(json_object_get_int64(json_get(r, "last_step")), 9000);
  check_keys(f, "check verdict series first_step last_step observed threshold cause alternatives confidence final "
                "message why fix source ");
  CU_ASSERT_EQUAL(json_object_get_double(json_get(f, "observed")), 31.23456789);
  CU_ASSERT_EQUAL(json_object_get_type(json_get(f, "threshold")), json_type_double);
  CU_ASSERT_EQUAL(json_object_get_double(json_get(f, "threshold")), 5);
  CU_ASSERT_EQUAL(json_object_get_int64(json_get(f, "first_step")), 2300);
  CU_ASSERT_EQUAL(json_object_array_length(json_get(f, "alternatives")), 2);
  CU_ASSERT_STRING_EQUAL(json_object_get_string(json_object_array_get_idx(json_get(f, "alternatives"), 1)),
                         "distribution-shift");
  CU_ASSERT_TRUE(json_object_get_boolean(json_get(f, "final")));
  CU_ASSERT_STRING_EQUAL(json_string_at(f, "source"), "Prechelt 1998");
  json_object_put(root);
  clino_findings_free(list);
  clino_run_free(run);
}

static void json_says_null_for_what_is_unknown(void) {
  clino_findings *list = report_findings();
  clino_finding f = clino_finding_default();
  f.check = "nonfinite";
  f.message = "the loss is inf";
  f.level = CLINO_FINDING_FAIL;
  f.observed = INFINITY;
  f.threshold = NAN;
  CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  clino_report_item item = {"model", NULL, NULL, list, NULL};
  struct json_object *root = json_parse(report_write("json", &item, 1, NULL));
  struct json_object *r = run_at(root, 0), *g = finding_at(r, 0);
  static const char *const of_run[] = {"format", "series", "first_step", "last_step"};
  static const char *const of_finding[] = {"series",    "first_step", "last_step", "observed", "threshold",
                                           "cause",     "why",        "fix",       "source"};
  for (size_t i = 0; i < sizeof of_run / sizeof *of_run; i++) CU_ASSERT_PTR_NULL(json_get(r, of_run[i]));
  for (size_t i = 0; i < sizeof of_finding / sizeof *of_finding; i++) CU_ASSERT_PTR_NULL(json_get(g, of_finding[i]));
  CU_ASSERT_EQUAL(json_object_array_length(json_get(g, "alternatives")), 0);
  json_object_put(root);
  clino_findings_free(list);
}

static void json_numbers_read_back(void) {
  static const double values[] = {0.1,  -0.0, 1.0 / 3, 5e-324, DBL_MAX, DBL_MIN, 1e15, 123456789012345678.0,
                                  -2.385e-17, 7};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    clino_findings *list = report_findings();
    clino_finding f = clino_finding_default();
    f.check = "x";
    f.message = "y";
    f.observed = values[i];
    CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
    clino_report_item item = {"r", NULL, NULL, list, NULL};
    struct json_object *root = json_parse(report_write("json", &item, 1, NULL));
    struct json_object *observed = json_get(finding_at(run_at(root, 0), 0), "observed");
    double back = json_object_get_double(observed);
    CU_ASSERT_EQUAL(json_object_get_type(observed), json_type_double);
    CU_ASSERT_EQUAL(memcmp(&back, &values[i], sizeof back), 0);
    if (i == 0) CU_ASSERT_PTR_NOT_NULL(strstr(report_out.data, "\"observed\":0.1,"));
    json_object_put(root);
    clino_findings_free(list);
  }
}

static bool valid_utf8(const char *text) {
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    int more = *p < 0x80 ? 0 : *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC2 ? 1 : -1;
    if (more < 0) return false;
    for (p++; more > 0; more--, p++)
      if ((*p & 0xC0) != 0x80) return false;
  }
  return true;
}

static bool only_harmless(const char *text) {
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    if ((*p < 0x20 && *p != '\n') || *p == 0x7F || (*p == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)) return false;
  return true;
}

#define AWKWARD "tab\tnewline\nescape\x1b[2J bell\x07 del\x7f csi\xC2\x9B tag\xF3\xA0\x80\x81"

static void json_survives_awkward_strings(void) {
  clino_findings *list = report_findings();
  report_add(list, "a\"b\\c/d", CLINO_FINDING_WARN, AWKWARD);
  report_add(list, "\xFF\xC0\x80name", CLINO_FINDING_INFO, "caf\xC3\xA9 \xF0\x9F\x98\x80 cut\xE2\x82");
  clino_report_item item = {"logs/\xFE.csv", "csv", NULL, list, NULL};
  struct json_object *root = json_parse(report_write("json", &item, 1, NULL)), *r = run_at(root, 0);
  CU_ASSERT_TRUE(valid_utf8(report_out.data));
  CU_ASSERT_TRUE(only_harmless(report_out.data));
  CU_ASSERT_STRING_EQUAL(json_string_at(r, "run"), "logs/\xEF\xBF\xBD.csv");
  CU_ASSERT_STRING_EQUAL(json_string_at(finding_at(r, 0), "check"), "a\"b\\c/d");
  CU_ASSERT_STRING_EQUAL(json_string_at(finding_at(r, 0), "message"), AWKWARD);
  CU_ASSERT_STRING_EQUAL(json_string_at(finding_at(r, 1), "check"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDname");
  CU_ASSERT_STRING_EQUAL(json_string_at(finding_at(r, 1), "message"),
                         "caf\xC3\xA9 \xF0\x9F\x98\x80 cut\xEF\xBF\xBD\xEF\xBF\xBD");
  json_object_put(root);
  clino_findings_free(list);
}

static void json_of_nothing_and_of_what_is_unreadable(void) {
  struct json_object *root = json_parse(report_write("json", NULL, 0, NULL));
  CU_ASSERT_EQUAL(json_object_array_length(json_get(root, "runs")), 0);
  json_object_put(root);
  clino_findings *empty = report_findings();
  clino_error error = {CLINO_ERR_FORMAT, "a quote is not closed", "logs/a.csv", 17, 0, 0};
  clino_report_item items[] = {{"logs/a.csv", "csv", NULL, NULL, &error}, {"logs/b.csv", "csv", NULL, empty, NULL}};
  root = json_parse(report_write("json", items, 2, NULL));
  struct json_object *bad = run_at(root, 0), *none = run_at(root, 1);
  CU_ASSERT_STRING_EQUAL(json_string_at(bad, "verdict"), "error");
  CU_ASSERT_STRING_EQUAL(json_string_at(bad, "error"), "logs/a.csv:17: a quote is not closed");
  CU_ASSERT_EQUAL(json_object_array_length(json_get(bad, "findings")), 0);
  CU_ASSERT_STRING_EQUAL(json_string_at(none, "verdict"), "skip");
  CU_ASSERT_FALSE(json_object_object_get_ex(none, "error", NULL));
  json_object_put(root);
  clino_findings_free(empty);
}

/* ---- text ---- */

static bool has(const char *needle) { return strstr(report_out.data, needle) != NULL; }

static const char *find(const char *needle) {
  const char *at = strstr(report_out.data, needle);
  CU_ASSERT_PTR_NOT_NULL_FATAL(at);
  return at;
}

static clino_findings *mixed_findings(void) {
  clino_findings *list = report_findings();
  report_add(list, "initial-loss", CLINO_FINDING_PASS, "the first loss is that of guessing");
  report_add(list, "dead-units", CLINO_FINDING_SKIP, "act_dead_fraction/NAME was not logged");
  report_add(list, "loss-noise", CLINO_FINDING_INFO, "the loss is noisy");
  report_add(list, "update-ratio", CLINO_FINDING_WARN, "W1 moves too fast");
  report_add(list, "update-ratio", CLINO_FINDING_PASS, "W2 moves as it should");
  report_add(list, "update-ratio", CLINO_FINDING_PASS, "W3 moves as it should");
  report_add_overfitting(list);
  return list;
}

static void text_puts_the_verdict_first(void) {
  clino_run *run = report_run();
  clino_findings *list = mixed_findings();
  clino_report_item item = {"logs/metrics.csv", "csv", run, list, NULL};
  const char *text = report_write("text", &item, 1, NULL);
  static const char expected[] =
      "FAIL  logs/metrics.csv\n"
      "      csv, 2 series, steps -3 to 9000; 1 fail, 1 warn, 1 info, 3 pass, 1 skip\n"
      "\n"
      "  fail  overfitting: the validation loss rose by 31.2% while the training loss\n"
      "        still fell\n"
      "        evidence  val/loss, steps 2300 to 9000, observed 31.23, threshold 5,\n"
      "                  confidence 97%, final (more data cannot undo it)\n"
      "        cause     model-memorizes; or else validation-set-too-small,\n"
      "                  distribution-shift\n"
      "        why       From step 2300 on the network learned the training set by\n"
      "                  heart, and every further epoch costs accuracy.\n"
      "        fix       Stop at step 2300, or add data, augmentation, dropout or\n"
      "                  weight decay.\n"
      "        source    Prechelt 1998\n"
      "\n"
      "  warn  update-ratio: W1 moves too fast\n"
      "        evidence  confidence 100%\n"
      "\n"
      "  info  loss-noise: the loss is noisy\n"
      "        evidence  confidence 100%\n"
      "\n"
      "  pass  initial-loss, update-ratio (2)\n"
      "  skip  dead-units\n"
      "\n";
  CU_ASSERT_STRING_EQUAL(text, expected);
  clino_findings_free(list);
  clino_run_free(run);
}

static void text_quiet_and_verbose(void) {
  clino_findings *list = mixed_findings(), *healthy = report_findings();
  report_add(healthy, "initial-loss", CLINO_FINDING_PASS, "fine");
  clino_report_item items[] = {{"healthy.csv", "csv", NULL, healthy, NULL}, {"sick.csv", "csv", NULL, list, NULL}};
  clino_report_options options = clino_report_options_default();
  options.quiet = true;
  report_write("text", items, 2, &options);
  CU_ASSERT_FALSE(has("healthy.csv") || has("pass") || has("skip") || has("loss-noise"));
  CU_ASSERT_TRUE(has("sick.csv") && has("overfitting") && has("W1 moves too fast"));
  report_write("text", items, 1, &options);
  CU_ASSERT_EQUAL(report_out.length, 0);
  options.quiet = false;
  options.verbose = true;
  report_write("text", items, 2, &options);
  CU_ASSERT_TRUE(has("initial-loss: the first loss is that of guessing"));
  CU_ASSERT_TRUE(has("dead-units: act_dead_fraction/NAME was not logged"));
  CU_ASSERT_TRUE(has("update-ratio: W3 moves as it should"));
  clino_findings_free(list);
  clino_findings_free(healthy);
}

static void text_starts_with_a_table_of_several_runs(void) {
  clino_findings *list = mixed_findings(), *healthy = report_findings(), *warned = report_findings();
  report_add(healthy, "initial-loss", CLINO_FINDING_PASS, "fine");
  report_add(warned, "initial-loss", CLINO_FINDING_WARN, "high");
  clino_error error = {CLINO_ERR_IO, "no such file", "gone.csv", 0, 0, 0};
  clino_report_item items[] = {{"healthy.csv", "csv", NULL, healthy, NULL},
                               {"warned.csv", "csv", NULL, warned, NULL},
                               {"gone.csv", NULL, NULL, NULL, &error},
                               {"-", "csv", NULL, list, NULL}};
  report_write("text", items, 4, NULL);
  static const char table[] = "verdict  fail  warn  info  pass  skip  read first    run\n"
                              "error       -     -     -     -     -  -             gone.csv\n"
                              "fail        1     1     1     3     1  overfitting   standard input\n"
                              "warn        0     1     0     0     0  initial-loss  warned.csv\n"
                              "pass        0     0     0     1     0  -             healthy.csv\n\n";
  CU_ASSERT_EQUAL(strncmp(report_out.data, table, sizeof table - 1), 0);
  CU_ASSERT_TRUE(find("ERROR gone.csv\n      gone.csv: no such file\n") < find("FAIL  standard input"));
  CU_ASSERT_TRUE(find("FAIL  standard input") < find("WARN  warned.csv"));
  CU_ASSERT_TRUE(find("WARN  warned.csv") < find("PASS  healthy.csv"));
  clino_findings_free(list);
  clino_findings_free(healthy);
  clino_findings_free(warned);
}

static void add_sure(clino_findings *list, const char *check, const char *message, double confidence) {
  clino_finding f = clino_finding_default();
  f.check = check, f.level = CLINO_FINDING_FAIL, f.message = message, f.confidence = confidence;
  CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
}

/* The finding of the highest confidence and the others of its check come first, and the rest as it was found. */
static void text_starts_with_what_to_read_first(void) {
  clino_findings *list = report_findings();
  add_sure(list, "loss-divergence", "first found", 0.7);
  add_sure(list, "exploding-gradient", "in W1", 0.8);
  add_sure(list, "nonfinite", "last found", 0.75);
  add_sure(list, "exploding-gradient", "in W2", 0.9);
  clino_report_item item = {"r.csv", "csv", NULL, list, NULL};
  report_write("text", &item, 1, NULL);
  CU_ASSERT_TRUE(find("in W2") < find("in W1"));
  CU_ASSERT_TRUE(find("in W1") < find("first found"));
  CU_ASSERT_TRUE(find("first found") < find("last found"));
  clino_findings_free(list);
}

/* Advice that a check gives on many layers alike is printed once. */
static void text_gives_the_same_advice_once(void) {
  clino_findings *list = report_findings();
  static const char *const series[] = {"act_dead_fraction/relu1", "act_dead_fraction/relu2", "act_dead_fraction/relu3"};
  for (int i = 0; i < 3; i++) {
    clino_finding f = clino_finding_default();
    f.check = "dead-units";
    f.level = CLINO_FINDING_WARN;
    f.series = series[i];
    f.message = "many units never fire";
    f.why = "A dead unit learns nothing.";
    f.fix = "Lower the learning rate.";
    CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  }
  clino_report_item item = {"r.csv", "csv", NULL, list, NULL};
  report_write("text", &item, 1, NULL);
  CU_ASSERT_TRUE(has("relu1") && has("relu2") && has("relu3"));
  const char *why = find("A dead unit learns nothing.");
  CU_ASSERT_PTR_NULL(strstr(why + 1, "A dead unit learns nothing."));
  CU_ASSERT_TRUE(find("relu3") < why);
  clino_findings_free(list);
}

/* 400 points that fall from 2.7 to 0.7, with one spike to 9 at point 100 and one NaN at point 300. */
static clino_run *long_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  for (int i = 0; i < 400; i++) {
    double value = i == 100 ? 9 : i == 300 ? NAN : 0.7 + 2 * (399 - i) / 399.0;
    CU_ASSERT_EQUAL(clino_run_add(run, "val/loss", 10 * i, value, NULL), CLINO_OK);
  }
  return run;
}

static size_t count_of(const char *needle) {
  size_t n = 0;
  for (const char *at = report_out.data; (at = strstr(at, needle)); at++) n++;
  return n;
}

static void text_plots_the_series(void) {
  clino_run *run = long_run();
  clino_findings *list = mixed_findings();
  clino_report_item item = {"logs/metrics.csv", "csv", run, list, NULL};
  clino_report_options options = clino_report_options_default();
  report_write("text", &item, 1, &options);
  CU_ASSERT_FALSE(has("\u2524"));
  options.plot = true;
  report_write("text", &item, 1, &options);
  CU_ASSERT_TRUE(has("\n                 9 \u2524") && has("\n               0.7 \u2524"));
  CU_ASSERT_FALSE(has(" \n"));
  CU_ASSERT_EQUAL(count_of("\u00d7"), 1);                       /* the NaN */
  CU_ASSERT_TRUE(count_of("\u2501") >= 22 && count_of("\u2501") <= 25); /* of 56: steps from 2300 of 3990 */
  CU_ASSERT_EQUAL(count_of("\u2500") + count_of("\u2501") + count_of("\u00d7"), 56);
  CU_ASSERT_EQUAL(count_of("\u2514"), 1); /* one finding has a series that is there */
  options.width = 45;
  report_write("text", &item, 1, &options);
  CU_ASSERT_EQUAL(count_of("\u2500") + count_of("\u2501") + count_of("\u00d7"), 21);
  options.width = 40;
  report_write("text", &item, 1, &options);
  CU_ASSERT_EQUAL(count_of("\u2514"), 1);
  clino_findings_free(list);
  clino_run_free(run);
}

static void text_plots_nothing_twice(void) {
  clino_run *run = long_run();
  static const struct {
    int64_t first, last;
    size_t plots;
  } cases[] = {{2300, 9000, 1}, {0, 1000000, 1}, {CLINO_NO_STEP, CLINO_NO_STEP, 1}, {10, 500, 2}};
  clino_report_options options = clino_report_options_default();
  options.plot = true;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_findings *list = report_findings();
    clino_finding f = clino_finding_default();
    report_add_overfitting(list);
    f.check = "train-val-gap", f.level = CLINO_FINDING_WARN, f.series = "val/loss", f.message = "too far";
    f.first_step = cases[i].first, f.last_step = cases[i].last;
    CU_ASSERT_EQUAL_FATAL(clino_findings_add(list, &f, NULL), CLINO_OK);
    clino_report_item item = {"r.csv", "csv", run, list, NULL};
    report_write("text", &item, 1, &options);
    CU_ASSERT_EQUAL(count_of("\u2514"), cases[i].plots);
    clino_findings_free(list);
  }
  clino_run_free(run);
}

/* For a view that is drawn again and again: what is wrong, and the loss. */
static void text_may_be_brief(void) {
  clino_run *run = long_run();
  clino_findings *list = report_findings(), *healthy = report_findings();
  report_add_overfitting(list);
  report_add(list, "initial-loss", CLINO_FINDING_PASS, "as guessing gives");
  report_add(healthy, "initial-loss", CLINO_FINDING_PASS, "as guessing gives");
  clino_report_item items[] = {{"good.csv", "csv", NULL, healthy, NULL}, {"r.csv", "csv", run, list, NULL}};
  clino_report_options o = clino_report_options_default();
  o.brief = o.plot = true;
  report_write("text", items, 2, &o);
  CU_ASSERT_EQUAL(strncmp(report_out.data, "FAIL  r.csv\n", 12), 0);
  CU_ASSERT_TRUE(find("fail  overfitting: ") < find("        val/loss\n"));
  CU_ASSERT_TRUE(has("\u2514") && has("PASS  good.csv"));
  CU_ASSERT_FALSE(has("initial-loss") || has("source") || has("verdict"));
  o.plot = false;
  report_write("text", items, 2, &o);
  CU_ASSERT_FALSE(has("\u2514"));
  clino_findings_free(list);
  clino_findings_free(healthy);
  clino_run_free(run);
}

/* A constant, values at the ends of doubles, a span of decades. */
static void text_plots_awkward_series(void) {
  static const double values[][2] = {{3, 3}, {-DBL_MAX, DBL_MAX}, {5e-324, 1}, {NAN, NAN}, {-1, INFINITY}, {1e-5, 1}};
  for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
    clino_run *run = NULL;
    clino_findings *list = report_findings();
    report_add_overfitting(list);
    CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
    for (int i = 0; i < 40; i++) CU_ASSERT_EQUAL(clino_run_add(run, "val/loss", i, values[k][i % 2], NULL), CLINO_OK);
    clino_report_item item = {"r", "csv", run, list, NULL};
    clino_report_options options = clino_report_options_default();
    options.plot = true;
    report_write("text", &item, 1, &options);
    CU_ASSERT_TRUE(valid_utf8(report_out.data));
    CU_ASSERT_EQUAL(has(" log\n"), k == 5);
    CU_ASSERT_EQUAL(has("\u2514"), k == 1 || k == 2 || k == 5);
    clino_findings_free(list);
    clino_run_free(run);
  }
}

static void text_keeps_to_its_width(void) {
  clino_findings *list = mixed_findings();
  clino_report_item item = {"logs/metrics.csv", "csv", NULL, list, NULL};
  clino_report_options options = clino_report_options_default();
  for (options.width = 44; options.width <= 200; options.width += 13) {
    report_write("text", &item, 1, &options);
    for (const char *line = report_out.data; *line; line += strcspn(line, "\n") + 1)
      CU_ASSERT_TRUE(strcspn(line, "\n") <= options.width);
  }
  clino_findings_free(list);
}

static void text_disarms_what_a_log_contains(void) {
  static const char evil[] = "loss\x1b]0;owned\x07\x1b[2J\r\xC2\x9B" "31m\xE2\x80\xAE\xFF";
  static const char *const others[] = {evil};
  clino_findings *list = report_findings();
  clino_finding f = clino_finding_default();
  f.check = f.series = f.cause = f.message = f.why = f.fix = f.source = evil;
  f.alternatives = others;
  f.n_alternatives = 1;
  for (int level = CLINO_FINDING_SKIP; level <= CLINO_FINDING_FAIL; level++) {
    f.level = (clino_finding_level)level;
    CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  }
  clino_error error = {CLINO_ERR_FORMAT, "column '\x1b[31m'", "\x1b[0m.csv", 3, 0, 0};
  clino_report_item items[] = {{evil, evil, NULL, list, NULL}, {evil, NULL, NULL, NULL, &error}};
  clino_report_options options = clino_report_options_default();
  for (int verbose = 0; verbose < 2; verbose++) {
    options.verbose = verbose;
    CU_ASSERT_TRUE(only_harmless(report_write("text", items, 2, &options)));
    CU_ASSERT_TRUE(has("loss\\x1b]0;owned\\x07\\x1b[2J\\x0d\\x9b31m\\u202e\\xff"));
  }
  clino_findings_free(list);
}

static void text_is_coloured_only_if_asked(void) {
  clino_findings *list = mixed_findings();
  clino_report_item item = {"r.csv", "csv", NULL, list, NULL};
  clino_report_options options = clino_report_options_default();
  report_write("text", &item, 1, &options);
  CU_ASSERT_PTR_NULL(strchr(report_out.data, '\x1b'));
  options.color = true;
  report_write("text", &item, 1, &options);
  CU_ASSERT_TRUE(has("\x1b[1;31mFAIL\x1b[0m  r.csv") && has("\x1b[33mwarn\x1b[0m  update-ratio"));
  report_write("json", &item, 1, &options);
  CU_ASSERT_PTR_NULL(strchr(report_out.data, '\x1b'));
  clino_findings_free(list);
}

/* ---- helpers and errors ---- */

static void paragraphs(void) {
  clino_error error;
  memset(&report_out, 0, sizeof report_out);
  CU_ASSERT_EQUAL(clino_report_paragraph("head", "one two\nthree\x1b", 8, 40, report_collect, &report_out, &error),
                  CLINO_OK);
  CU_ASSERT_STRING_EQUAL(report_out.data, "head    one two three\\x1b\n");
  memset(&report_out, 0, sizeof report_out);
  CU_ASSERT_EQUAL(clino_report_paragraph("", "", 4, 40, report_collect, &report_out, &error), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(report_out.data, "\n");
  memset(&report_out, 0, sizeof report_out);
  static const char body[] = "short a-word-that-is-itself-longer-than-the-whole-line-may-be end";
  CU_ASSERT_EQUAL(clino_report_paragraph("a head that is long", body, 2, 40, report_collect, &report_out, &error),
                  CLINO_OK);
  CU_ASSERT_STRING_EQUAL(report_out.data, "a head that is long short\n"
                                   "  a-word-that-is-itself-longer-than-the-whole-line-may-be\n  end\n");
  CU_ASSERT_EQUAL(clino_report_paragraph("", "x", 40, 40, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_paragraph("", "x", 0, 39, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_paragraph(NULL, "x", 0, 40, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  report_out.calls = 0;
  report_out.stop_at = 1;
  CU_ASSERT_EQUAL(clino_report_paragraph("", "x", 0, 40, report_collect, &report_out, &error), CLINO_ERR_CALLBACK);
}

static void printable_text(void) {
  char small[8];
  CU_ASSERT_EQUAL(clino_report_printable("caf\xC3\xA9\x1b", small, sizeof small), 6);
  CU_ASSERT_STRING_EQUAL(small, "caf\xC3\xA9\\x");
  CU_ASSERT_EQUAL(clino_report_printable("abc", small, 4), 3);
  CU_ASSERT_EQUAL(clino_report_printable("ab\xC3\xA9", small, 4), 2);
  CU_ASSERT_STRING_EQUAL(small, "ab");
  CU_ASSERT_EQUAL(clino_report_printable("abc", NULL, 0), 0);
}

static void formats_are_listed(void) {
  size_t n = clino_report_format_count(), known = 0;
  for (size_t i = 0; i < n; i++) {
    const char *description = NULL, *name = clino_report_format_at(i, &description);
    CU_ASSERT_PTR_NOT_NULL_FATAL(name);
    CU_ASSERT_PTR_NOT_NULL(description);
    CU_ASSERT_STRING_EQUAL(name, clino_report_format_at(i, NULL));
    known += strcmp(name, "text") == 0 || strcmp(name, "json") == 0;
  }
  CU_ASSERT_EQUAL(known, 2);
  CU_ASSERT_PTR_NULL(clino_report_format_at(n, NULL));
}

static void errors_are_named(void) {
  clino_findings *list = mixed_findings();
  clino_error broken = {CLINO_ERR_IO, "gone", "r", 0, 0, 0}, error;
  clino_report_item good = {"r", NULL, NULL, list, NULL}, neither = {"r", NULL, NULL, NULL, NULL},
                    both = {"r", NULL, NULL, list, &broken}, nameless = {NULL, NULL, NULL, list, NULL};
  clino_report_options zero, narrow = clino_report_options_default();
  memset(&zero, 0, sizeof zero);
  narrow.width = 39;
  CU_ASSERT_EQUAL(clino_report_write("pdf", &good, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_NOT_FOUND);
  CU_ASSERT_STRING_EQUAL(error.message,
                         "no report format 'pdf' (there are: text, json, junit, tap, github, sarif, html)");
  CU_ASSERT_EQUAL(clino_report_write(NULL, &good, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &good, 1, NULL, NULL, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", NULL, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &neither, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &both, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &nameless, 1, NULL, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &good, 1, &narrow, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_report_write("text", &good, 1, &zero, report_collect, &report_out, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "clino_report_options_default"));
  clino_report_item items[] = {good, good, good};
  for (size_t i = 0; i < clino_report_format_count(); i++) {
    memset(&report_out, 0, sizeof report_out);
    const char *format = clino_report_format_at(i, NULL);
    report_out.stop_at = 2;
    CU_ASSERT_EQUAL(clino_report_write(format, items, 3, NULL, report_collect, &report_out, &error),
                    CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(error.callback_value, 37);
    CU_ASSERT_EQUAL(report_out.calls, 2);
  }
  clino_findings_free(list);
}

static void reports_ignore_the_locale(void) {
  if (!comma_enter()) return;
  clino_findings *list = mixed_findings();
  clino_report_item item = {"r", NULL, NULL, list, NULL};
  report_write("json", &item, 1, NULL);
  CU_ASSERT_TRUE(has("\"observed\":31.23456789,\"threshold\":5.0,"));
  report_write("text", &item, 1, NULL);
  CU_ASSERT_TRUE(has("observed 31.23, threshold 5,"));
  comma_leave();
  clino_findings_free(list);
}

void suite_report(CU_pSuite suite) {
  TEST(suite, json_has_every_field_in_order);
  TEST(suite, json_says_null_for_what_is_unknown);
  TEST(suite, json_numbers_read_back);
  TEST(suite, json_survives_awkward_strings);
  TEST(suite, json_of_nothing_and_of_what_is_unreadable);
  TEST(suite, text_puts_the_verdict_first);
  TEST(suite, text_quiet_and_verbose);
  TEST(suite, text_starts_with_a_table_of_several_runs);
  TEST(suite, text_starts_with_what_to_read_first);
  TEST(suite, text_gives_the_same_advice_once);
  TEST(suite, text_plots_the_series);
  TEST(suite, text_may_be_brief);
  TEST(suite, text_plots_nothing_twice);
  TEST(suite, text_plots_awkward_series);
  TEST(suite, text_keeps_to_its_width);
  TEST(suite, text_disarms_what_a_log_contains);
  TEST(suite, text_is_coloured_only_if_asked);
  TEST(suite, paragraphs);
  TEST(suite, printable_text);
  TEST(suite, formats_are_listed);
  TEST(suite, errors_are_named);
  TEST(suite, reports_ignore_the_locale);
}
