/* Reports for CI servers, on findings made by hand. Beside these, tests/scripts/report_formats.sh lets readers of each
 * format read what diagnose writes about whole runs. */
#include <stdio.h>
#include <string.h>

#include "support/report.h"
#include "support/suite.h"

#define EVIL "a<b>&\"'\x1b[31m\xFF]]>%0A::error::x,y:z#\\\n\xEF\xBF\xBF"

static bool has(const char *needle) { return strstr(report_out.data, needle) != NULL; }

static size_t times(const char *needle) {
  size_t n = 0;
  for (const char *at = report_out.data; (at = strstr(at, needle)); at++) n++;
  return n;
}

static clino_findings *mixed(void) {
  clino_findings *list = report_findings();
  report_add(list, "initial-loss", CLINO_FINDING_PASS, "the first loss is that of guessing");
  report_add(list, "dead-units", CLINO_FINDING_SKIP, "act_dead_fraction/NAME was not logged");
  report_add(list, "update-ratio", CLINO_FINDING_PASS, "W1 moves as it should");
  report_add(list, "update-ratio", CLINO_FINDING_WARN, "W2 moves too fast");
  report_add(list, "loss-noise", CLINO_FINDING_INFO, "the loss is noisy");
  report_add_overfitting(list);
  return list;
}

static clino_error unread(void) {
  clino_error error = {CLINO_ERR_FORMAT, "a quote is not closed", "logs/b.csv", 17, 0, 0};
  return error;
}

static void junit_is_a_suite_a_run_and_a_case_a_check(void) {
  clino_findings *list = mixed();
  clino_error error = unread();
  clino_report_item items[] = {{"logs/a.csv", "csv", NULL, list, NULL}, {"logs/b.csv", NULL, NULL, NULL, &error}};
  report_write("junit", items, 2, NULL);
  CU_ASSERT_TRUE(has("<testsuite name=\"logs/a.csv\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\">"));
  CU_ASSERT_TRUE(has("<testcase name=\"initial-loss\" classname=\"logs/a.csv\"/>"));
  CU_ASSERT_TRUE(has("<skipped message=\"act_dead_fraction/NAME was not logged\">skip: act_dead_fraction/NAME "));
  CU_ASSERT_TRUE(has("<failure message=\"the validation loss rose by 31.2% while the training loss still fell\" "
                     "type=\"fail\">fail: the validation loss rose"));
  CU_ASSERT_TRUE(has("evidence: val/loss, steps 2300 to 9000, observed 31.23, threshold 5, confidence 97%, final"));
  CU_ASSERT_TRUE(has("cause: model-memorizes; or else validation-set-too-small, distribution-shift"));
  CU_ASSERT_TRUE(has("<system-out>warn: W2 moves too fast"));
  CU_ASSERT_TRUE(has("<testsuite name=\"logs/b.csv\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">"));
  CU_ASSERT_TRUE(has("<error message=\"logs/b.csv:17: a quote is not closed\" type=\"error\">logs/b.csv:17: a quote"));
  CU_ASSERT_EQUAL(times("<testcase name=\"update-ratio\""), 1);
  clino_findings_free(list);
}

static void fail_on_decides_what_a_failed_test_is(void) {
  clino_findings *list = mixed();
  clino_report_item item = {"a.csv", "csv", NULL, list, NULL};
  clino_report_options options = clino_report_options_default();
  options.fail_on = CLINO_FINDING_WARN;
  report_write("junit", &item, 1, &options);
  CU_ASSERT_TRUE(has("failures=\"2\""));
  CU_ASSERT_TRUE(has("<failure message=\"W2 moves too fast\" type=\"warn\">"));
  report_write("tap", &item, 1, &options);
  CU_ASSERT_EQUAL(times("not ok "), 2);
  options.fail_on = CLINO_FINDING_LEVEL_COUNT;
  report_write("junit", &item, 1, &options);
  CU_ASSERT_TRUE(has("failures=\"0\"") && !has("<failure"));
  report_write("tap", &item, 1, &options);
  CU_ASSERT_EQUAL(times("not ok "), 0);
  static const int wrong[] = {-1, CLINO_FINDING_SKIP, CLINO_FINDING_LEVEL_COUNT + 1};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    clino_error error;
    options.fail_on = wrong[i];
    CU_ASSERT_EQUAL(clino_report_write("tap", &item, 1, &options, report_collect, &report_out, &error),
                    CLINO_ERR_RANGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "fail_on"));
  }
  clino_findings_free(list);
}

static void tap_is_a_test_a_check(void) {
  clino_findings *list = mixed();
  clino_error error = unread();
  clino_report_item items[] = {{"-", "csv", NULL, list, NULL}, {"b#1.csv", NULL, NULL, NULL, &error}};
  report_write("tap", items, 2, NULL);
  static const char start[] = "TAP version 13\n1..6\n"
                              "ok 1 - standard input: initial-loss\n"
                              "ok 2 - standard input: dead-units # SKIP act_dead_fraction/NAME was not logged\n"
                              "ok 3 - standard input: update-ratio\n# warn: W2 moves too fast\n"
                              "ok 4 - standard input: loss-noise\n# info: the loss is noisy\n"
                              "not ok 5 - standard input: overfitting\n  ---\n"
                              "  message: \"the validation loss rose by 31.2% while the training loss still fell\"\n"
                              "  severity: \"fail\"\n";
  CU_ASSERT_EQUAL(strncmp(report_out.data, start, sizeof start - 1), 0);
  CU_ASSERT_TRUE(has("not ok 6 - b\\#1.csv: read\n  ---\n  message: \"logs/b.csv:17: a quote is not closed\"\n"));
  CU_ASSERT_STRING_EQUAL(report_write("tap", NULL, 0, NULL), "TAP version 13\n1..0 # SKIP no check ran\n");
  clino_findings_free(list);
}

static void github_shows_the_worst_and_counts_the_rest(void) {
  clino_findings *list = mixed();
  clino_error error = unread();
  clino_report_item items[] = {{"logs/a.csv", "csv", NULL, list, NULL}, {"logs/b.csv", NULL, NULL, NULL, &error}};
  report_write("github", items, 2, NULL);
  static const char start[] =
      "::error title=a run could not be read,file=logs/b.csv,line=17::logs/b.csv:17: a quote is not closed\n"
      "::error title=overfitting,file=logs/a.csv::logs/a.csv: the validation loss rose by 31.2%25 while";
  CU_ASSERT_EQUAL(strncmp(report_out.data, start, sizeof start - 1), 0);
  CU_ASSERT_TRUE(has("::warning title=update-ratio,file=logs/a.csv::logs/a.csv: W2 moves too fast\n::notice title="));
  CU_ASSERT_FALSE(has("dead-units") || has("initial-loss"));
  CU_ASSERT_TRUE(has("\nclino: 2 runs, 2 errors, 1 warning, 1 notice\n"));
  for (int i = 0; i < 12; i++) report_add(list, "loss-spike", CLINO_FINDING_WARN, "a spike");
  report_write("github", items, 2, NULL);
  CU_ASSERT_EQUAL(times("::warning title=loss-spike"), 8);
  CU_ASSERT_TRUE(has("::warning title=more findings::4 more of this kind"));
  CU_ASSERT_EQUAL(times("::warning"), 10);
  clino_findings_free(list);
}

static struct json_object *sarif_run(struct json_object *root) {
  CU_ASSERT_STRING_EQUAL(json_string_at(root, "version"), "2.1.0");
  CU_ASSERT_EQUAL(json_object_array_length(json_get(root, "runs")), 1);
  return json_object_array_get_idx(json_get(root, "runs"), 0);
}

static struct json_object *at(struct json_object *array, size_t i) { return json_object_array_get_idx(array, i); }

/* The place of a result: its uri and line. */
static const char *place(struct json_object *result, int *line) {
  struct json_object *physical = json_get(at(json_get(result, "locations"), 0), "physicalLocation");
  *line = json_object_get_int(json_get(json_get(physical, "region"), "startLine"));
  return json_string_at(json_get(physical, "artifactLocation"), "uri");
}

static void sarif_is_a_result_a_finding(void) {
  clino_findings *list = mixed();
  clino_error error = unread();
  clino_report_item items[] = {{"/logs/a b:1.csv", "csv", NULL, list, NULL}, {"logs/b.csv", NULL, NULL, NULL, &error}};
  struct json_object *root = json_parse(report_write("sarif", items, 2, NULL)), *run = sarif_run(root);
  struct json_object *rules = json_get(json_get(json_get(run, "tool"), "driver"), "rules");
  struct json_object *results = json_get(run, "results"), *warn = at(results, 0);
  int line;
  CU_ASSERT_EQUAL(json_object_array_length(rules), 6);
  CU_ASSERT_EQUAL_FATAL(json_object_array_length(results), 4);
  CU_ASSERT_STRING_EQUAL(json_string_at(warn, "ruleId"), "update-ratio");
  CU_ASSERT_STRING_EQUAL(json_string_at(warn, "level"), "warning");
  CU_ASSERT_STRING_EQUAL(json_string_at(json_get(warn, "message"), "text"), "W2 moves too fast");
  CU_ASSERT_STRING_EQUAL(place(warn, &line), "file:///logs/a%20b%3A1.csv");
  struct json_object *fail = at(results, 2);
  CU_ASSERT_STRING_EQUAL(json_string_at(at(rules, (size_t)json_object_get_int(json_get(fail, "ruleIndex"))), "id"),
                         "overfitting");
  CU_ASSERT_EQUAL(json_object_get_int(json_get(json_get(fail, "properties"), "firstStep")), 2300);
  CU_ASSERT_STRING_EQUAL(place(at(results, 3), &line), "logs/b.csv");
  CU_ASSERT_EQUAL(line, 17);
  struct json_object *invocation = at(json_get(run, "invocations"), 0);
  CU_ASSERT_FALSE(json_object_get_boolean(json_get(invocation, "executionSuccessful")));
  CU_ASSERT_EQUAL(json_object_array_length(json_get(invocation, "toolExecutionNotifications")), 1);
  json_object_put(root);
  clino_report_options verbose = clino_report_options_default();
  verbose.verbose = true;
  root = json_parse(report_write("sarif", items, 1, &verbose));
  results = json_get(sarif_run(root), "results");
  CU_ASSERT_EQUAL(json_object_array_length(results), 6);
  CU_ASSERT_STRING_EQUAL(json_string_at(at(results, 1), "kind"), "notApplicable");
  CU_ASSERT_STRING_EQUAL(json_string_at(at(results, 1), "level"), "none");
  json_object_put(root);
  root = json_parse(report_write("sarif", NULL, 0, NULL));
  CU_ASSERT_EQUAL(json_object_array_length(json_get(sarif_run(root), "results")), 0);
  json_object_put(root);
  clino_findings_free(list);
}

static void what_a_log_contains_is_escaped(void) {
  static const char *const formats[] = {"junit", "tap", "github", "sarif"};
  static const char *const disarmed[] = {
      "a&lt;b&gt;&amp;&quot;&apos;\\x1b[31m\\xff]]&gt;%0A::error::x,y:z#\\&#10;\\uffff",
      "a<b>&\"'\\\\x1b[31m\\\\xff]]>%0A::error::x,y:z\\#\\\\\\\\x0a", "title=a<b>&\"'\\x1b[31m\\xff]]>%250A%3A%3Aerror",
      "a<b>&\\\"'\\u001b[31m\xEF\xBF\xBD]]>%0A::error::x,y:z#\\\\\\n"};
  clino_findings *list = report_findings();
  clino_finding f = clino_finding_default();
  f.check = f.series = f.cause = f.message = f.why = f.fix = f.source = EVIL;
  f.level = CLINO_FINDING_FAIL;
  CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  clino_report_item item = {EVIL, EVIL, NULL, list, NULL};
  for (size_t i = 0; i < 4; i++) {
    report_write(formats[i], &item, 1, NULL);
    CU_ASSERT_TRUE(has(disarmed[i]));
    for (const char *p = report_out.data; *p; p++) CU_ASSERT_TRUE((unsigned char)*p >= 0x20 || *p == '\n');
    CU_ASSERT_PTR_NULL(strchr(report_out.data, '\xFF'));
    CU_ASSERT_EQUAL(times("\n::error::x"), 0);
  }
  clino_findings_free(list);
}

void suite_report_ci(CU_pSuite suite);
void suite_report_ci(CU_pSuite suite) {
  TEST(suite, junit_is_a_suite_a_run_and_a_case_a_check);
  TEST(suite, fail_on_decides_what_a_failed_test_is);
  TEST(suite, tap_is_a_test_a_check);
  TEST(suite, github_shows_the_worst_and_counts_the_rest);
  TEST(suite, sarif_is_a_result_a_finding);
  TEST(suite, what_a_log_contains_is_escaped);
}
