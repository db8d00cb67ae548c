/* Assertions: what holds, what does not, what is not there, and where the errors of the text point. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/assertion.h"
#include "support/allocations.h"
#include "support/suite.h"

/* train/loss falls by 0.013 a step over steps 1000 to 1900, with one point off; lr is constant; metric has a NaN. */
static clino_run *sample(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  for (int i = 0; i < 10; i++) {
    int64_t step = 1000 + 100 * i;
    CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", step, 14.7 - 1.3 * i, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_add(run, "val/accuracy", step, 0.5 + 0.031 * (i % 7), NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_add(run, "lr", step, 3e-4, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_add(run, "dev nll", step, i == 4 ? NAN : 2.385 + i, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL(clino_run_add_missing(run, "grad_norm", 1000, "no gradient", NULL), CLINO_OK);
  return run;
}

/* The finding of an assertion about the sample, kept until the next call. */
static const clino_finding *judge(const char *text) {
  static clino_findings *kept;
  clino_assertion *a = NULL;
  clino_error error = {.message = ""};
  clino_run *run = *text ? sample() : NULL;
  clino_findings_free(kept);
  kept = NULL;
  if (!run) return NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&kept, NULL), CLINO_OK);
  if (clino_assertion_parse(text, &a, &error)) {
    fprintf(stderr, "%s: %s\n", text, error.message);
    CU_FAIL_FATAL("an assertion is not understood");
  }
  CU_ASSERT_STRING_EQUAL(clino_assertion_text(a), text);
  CU_ASSERT_EQUAL(clino_assertion_judge(a, run, kept, &error), CLINO_OK);
  clino_assertion_free(a);
  clino_run_free(run);
  CU_ASSERT_EQUAL_FATAL(clino_findings_count(kept), 1);
  return clino_findings_at(kept, 0);
}

static void what_holds(void) {
  static const char *const texts[] = {
      "train/loss < 3.1", "last(train/loss)==train/loss", "first(train/loss) >= 14.7", "min(val/accuracy) > 0.49",
      "max(val/accuracy) <= 0.5 + 6 * 0.031 + 1e-12", "lr <= 1e-3", "slope(train/loss, 100) < 0",
      "slope(train/loss) > -0.0130001", "slope(train/loss, 4) < -.0129999", "mean(train/loss, 3) < 4.3 + 1e-9",
      "median(train/loss) > 8.8", "median(lr, 1) == 0.3e-3", "count(train/loss) == 10", "count(lr, 7) == 7",
      "max(\"dev nll\", 3) < inf", "\"dev nll\" > 11", "(train/loss - lr) / 2 < 3 * (1 - -1)", "-train/loss < -2.9",
      "1 - 2 - 3 == -4", "2 + 3 * 4 == 14", "24 / 4 / 2 == 3", "- - 2 > 1", " 1!=2 ", "\"train\\/loss\" < 4"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const clino_finding *f = judge(texts[i]);
    if (f->level != CLINO_FINDING_PASS) fprintf(stderr, "%s\n", f->message);
    CU_ASSERT_EQUAL(f->level, CLINO_FINDING_PASS);
    CU_ASSERT_STRING_EQUAL(f->check, "assert");
  }
  judge("");
}

static void what_does_not_hold(void) {
  static const char *const texts[] = {"train/loss > 3.1", "lr != 3e-4", "min(\"dev nll\") < 100", "1 == 2",
                                      "0/0 == 0/0",
                                      "max(\"dev nll\") != 3", "mean(\"dev nll\") > 0", "median(\"dev nll\") > 0",
                                      "slope(\"dev nll\") > 0", "slope(train/loss, 1) < 0", "inf - inf != 0",
                                      "lr > 3e-4", "gone < 1", "gone > 1", "grad_norm < 1", "min(gone) != 0"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    const clino_finding *f = judge(texts[i]);
    if (f->level != CLINO_FINDING_FAIL) fprintf(stderr, "%s\n", f->message);
    CU_ASSERT_EQUAL(f->level, CLINO_FINDING_FAIL);
  }
  judge("");
}

static void the_finding_has_its_evidence(void) {
  const clino_finding *f = judge("mean(train/loss, 3) < 0.5");
  CU_ASSERT_STRING_EQUAL(f->message, "mean(train/loss, 3) < 0.5 does not hold: 4.3 < 0.5 is false");
  CU_ASSERT_STRING_EQUAL(f->series, "train/loss");
  CU_ASSERT_EQUAL(f->first_step, 1700);
  CU_ASSERT_EQUAL(f->last_step, 1900);
  CU_ASSERT_DOUBLE_EQUAL(f->observed, 4.3, 1e-14);
  CU_ASSERT_EQUAL(f->threshold, 0.5);
  f = judge("lr <= 0.000299999999");
  CU_ASSERT_STRING_EQUAL(f->message, "lr <= 0.000299999999 does not hold: 0.0003 <= 0.000299999999 is false");
  CU_ASSERT_EQUAL(f->first_step, 1900);
  f = judge("gone < 1");
  CU_ASSERT_STRING_EQUAL(f->cause, "series-not-logged");
  CU_ASSERT_PTR_NOT_NULL(strstr(f->message, "series gone was not logged"));
  judge("");
}

static void errors_point_at_the_character(void) {
  static const struct {
    const char *text, *message;
    size_t byte;
  } cases[] = {{"", "is missing", 0},
               {"val/loss", "a comparison is missing", 8},
               {"val/loss < ", "is missing", 11},
               {"a = 1", "'=='", 2},
               {"a ! 1", "a comparison is missing", 2},
               {"a < 1 < 2", "already", 6},
               {"a < 1 b", "should end", 6},
               {"a < 1)", "should end", 5},
               {"largest(a) < 1", "no such function", 0},
               {"1 < min(2)", "name of a series", 8},
               {"min(a, ) < 1", "number of points is missing", 7},
               {"min(a, 0) < 1", "whole number", 7},
               {"min(a, 1.5) < 1", "whole number", 7},
               {"min(a, 3 < 1", "')' is missing", 9},
               {"(a < 1", "')' is missing", 3},
               {"1 < (a", "not closed", 4},
               {"a < \"b", "not closed", 4},
               {"\"\" < 1", "empty", 0},
               {"a < 1x", "directly", 5},
               {"a < .", "no number", 4},
               {"a < 1 +", "is missing", 7}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_assertion *a = NULL;
    clino_error error;
    clino_status status = clino_assertion_parse(cases[i].text, &a, &error);
    CU_ASSERT_EQUAL_FATAL(status, CLINO_ERR_FORMAT);
    CU_ASSERT_PTR_NULL(a);
    bool right = strstr(error.message, cases[i].message) && error.byte == cases[i].byte;
    if (!right) fprintf(stderr, "%s: %s, at %zu\n", cases[i].text, error.message, error.byte);
    CU_ASSERT_TRUE(right);
  }
}

static void deep_and_long_texts(void) {
  char text[4096];
  clino_assertion *a = NULL;
  clino_error error;
  for (size_t depth = 60; depth <= 1000; depth += 470) {
    memset(text, '(', depth);
    snprintf(text + depth, sizeof text - depth, "1");
    memset(text + depth + 1, ')', depth);
    snprintf(text + 2 * depth + 1, sizeof text - 2 * depth - 1, " > 0");
    clino_status status = clino_assertion_parse(text, &a, &error);
    CU_ASSERT_EQUAL(status, depth <= 64 ? CLINO_OK : CLINO_ERR_FORMAT);
    clino_assertion_free(a);
  }
  size_t length = 0;
  for (int i = 0; i < 400; i++) length += (size_t)snprintf(text + length, sizeof text - length, "1 - -1 + ");
  CU_ASSERT_EQUAL(clino_assertion_parse(text, &a, &error), CLINO_ERR_FORMAT);
}

static clino_status parse_and_judge(const clino_run *run) {
  clino_assertion *a = NULL;
  clino_findings *list = NULL;
  clino_status status = clino_assertion_parse("median(train/loss, 5) - \"dev nll\" < 3 + lr", &a, NULL);
  if (!status) status = clino_findings_new(&list, NULL);
  if (!status) status = clino_assertion_judge(a, run, list, NULL);
  clino_findings_free(list);
  clino_assertion_free(a);
  return status;
}

static void every_allocation_may_fail(void) {
  clino_run *run = sample();
  clino_status status = CLINO_ERR_MEMORY;
  for (long n = 0; allocations_known() && status; n++) {
    CU_ASSERT_TRUE_FATAL(n < 200);
    long live = allocations_live();
    allocations_fail_after(n);
    status = parse_and_judge(run);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    CU_ASSERT_EQUAL(allocations_live(), live);
  }
  clino_run_free(run);
}

static void null_is_refused(void) {
  clino_assertion *a = NULL;
  clino_run *run = sample();
  CU_ASSERT_EQUAL(clino_assertion_parse(NULL, &a, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_assertion_parse("1 < 2", NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL_FATAL(clino_assertion_parse("1 < 2", &a, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_assertion_judge(a, run, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_STRING_EQUAL(clino_assertion_text(NULL), "");
  clino_assertion_free(a);
  clino_assertion_free(NULL);
  clino_run_free(run);
}

void suite_assertion(CU_pSuite suite);
void suite_assertion(CU_pSuite suite) {
  TEST(suite, what_holds);
  TEST(suite, what_does_not_hold);
  TEST(suite, the_finding_has_its_evidence);
  TEST(suite, errors_point_at_the_character);
  TEST(suite, deep_and_long_texts);
  TEST(suite, every_allocation_may_fail);
  TEST(suite, null_is_refused);
}
