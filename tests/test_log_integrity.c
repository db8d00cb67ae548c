/* What log-integrity tells apart, on logs that are made: a resume, repeated rows, ranks that write in turn, runs that
 * follow one another or are merged; each with its evidence, and nothing where the log is in order. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/check.h"
#include "support/run.h"
#include "support/suite.h"

static double loss_at(int i, int writer) { return 0.31 + 2.385 * exp(-i / 23.0) + 0.01 * sin(7.0 * i + 3.1 * writer); }

typedef struct said {
  size_t findings;
  clino_finding first; /* texts are not kept */
  char cause[64], message[512];
} said;

/* The findings of log-integrity; the run is freed. */
static said judge(clino_run *run) {
  said s = {.findings = 0};
  clino_findings *all = NULL;
  const char *only[] = {"log-integrity"};
  clino_diagnose_options options = clino_diagnose_options_default();
  options.only = only;
  options.n_only = 1;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, &options, all, NULL), CLINO_OK);
  s.findings = clino_findings_count(all);
  CU_ASSERT_TRUE_FATAL(s.findings > 0);
  s.first = *clino_findings_at(all, 0);
  snprintf(s.cause, sizeof s.cause, "%s", s.first.cause ? s.first.cause : "");
  snprintf(s.message, sizeof s.message, "%s", s.first.message);
  clino_findings_free(all);
  clino_run_free(run);
  return s;
}

static void check(int line, said s, clino_finding_level level, const char *cause, const char *words) {
  bool right = s.findings == 1 && s.first.level == level && strcmp(s.cause, cause) == 0 && strstr(s.message, words);
  if (!right) printf("\n    line %d: %zu findings, %s: %s ", line, s.findings, s.cause, s.message);
  CU_ASSERT_TRUE(right);
}

#define CHECK(s, level, cause, words) check(__LINE__, s, level, cause, words)

static void a_resume(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 60; i++) put(run, "train/loss", 10 * i, loss_at(i, 0));
  for (int i = 45; i < 100; i++) put(run, "train/loss", 10 * i, loss_at(i, 1));
  said s = judge(run);
  CHECK(s, CLINO_FINDING_INFO, "restarted-run", "first from step 590 to 450, as after a resume");
  CU_ASSERT_EQUAL(s.first.first_step, 590);
}

/* A mark in the row, or beside the log: the series is on the run's own axis, and the loss on that of a table. */
static void a_resume_that_is_marked(void) {
  for (int beside = 0; beside < 2; beside++) {
    clino_run *run = new_run();
    clino_axis *axis = NULL;
    clino_series *loss = NULL;
    CU_ASSERT_EQUAL_FATAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
    clino_run_add_series(run, axis, "train/loss", NULL, CLINO_SERIES_SCALAR, &loss, NULL);
    for (int i = 0; i < 160; i++) {
      const int at = i < 60 ? i : i < 100 ? i - 15 : i - 16; /* back by 16, and the same step again */
      const bool mark = i == 60 || i == 100;
      if (beside) {
        clino_axis_add_row(axis, 10 * at, NAN, NAN, NULL);
        clino_series_set(loss, loss_at(at, 0), NULL);
        if (mark) put(run, "resume", 10 * at, 1);
      } else {
        put(run, "loss", 10 * at, loss_at(at, 0));
        if (mark) put(run, "resume", 10 * at, 1);
      }
    }
    CHECK(judge(run), CLINO_FINDING_PASS, "", "160 points, without gaps, but for 2 marked as a resume");
  }
}

/* A mark excuses the step at which it stands, and no run that begins anew. */
static void a_mark_excuses_no_more(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 100; i++) {
    put(run, "train/loss", 10 * (i < 60 ? i : i - 15), loss_at(i, 0));
    if (i == 40) put(run, "resume", 10 * i, 1);
  }
  CHECK(judge(run), CLINO_FINDING_INFO, "restarted-run", "first from step 590 to 450, as after a resume");
  run = new_run();
  for (int i = 0; i < 120; i++) {
    put(run, "train/loss", 10 * (i % 60), loss_at(i % 60, i / 60));
    if (i == 60) put(run, "resume", 0, 1);
  }
  CHECK(judge(run), CLINO_FINDING_INFO, "restarted-run", "starts again 1 times, first after step 590");
}

static void repeated_rows(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 120; i++) put(run, "train/loss", 10 * (i / 2), loss_at(i / 2, 0));
  CHECK(judge(run), CLINO_FINDING_WARN, "several-writers", "60 of 120 points of train/loss repeat the step");
}

static void one_run_after_another(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 120; i++) put(run, "train/loss", 10 * (i % 60), loss_at(i % 60, i / 60));
  said s = judge(run);
  CHECK(s, CLINO_FINDING_INFO, "restarted-run", "starts again 1 times, first after step 590");
  CU_ASSERT_EQUAL(s.first.observed, 1);
}

/* Ranks in strict order, and in one in which they overtake each other by a step. */
static void ranks_in_turn(void) {
  for (int ranks = 2; ranks <= 64; ranks *= 2) {
    clino_run *run = new_run();
    for (int i = 0; i < 60 * ranks; i++) put(run, "train/loss", i / ranks, loss_at(i / ranks, i % ranks));
    said s = judge(run);
    CHECK(s, CLINO_FINDING_INFO, "several-writers", "processes wrote this log in turn, or rows of one step");
    CU_ASSERT_EQUAL(s.first.observed, ranks);
  }
  clino_run *run = new_run();
  for (int i = 0; i < 60; i++)
    for (int k = 0; k < 4; k++) {
      int step = (i ^ (k == 3)) < 60 ? i ^ (k == 3) : i; /* the last rank swaps each two of its steps */
      put(run, "rank", step, k);
      put(run, "train/loss", step, loss_at(step, k));
    }
  said s = judge(run);
  CHECK(s, CLINO_FINDING_INFO, "several-writers", "4 processes wrote this log in turn, as it says in its column rank");
  CU_ASSERT_EQUAL(s.first.observed, 4);
}

static void merged_runs(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 60; i++) {
    put(run, "train/loss", 10 * i, loss_at(i, 0));
    put(run, "train/loss", 7 * i + 1000, loss_at(i, 1));
  }
  CHECK(judge(run), CLINO_FINDING_FAIL, "several-writers", "2 runs were merged in one log, one at steps 1000 to 1413");
}

/* No order at all is no writers in turn. */
static void disorder(void) {
  clino_run *run = new_run();
  uint32_t random = 7; /* a linear congruential generator: Numerical Recipes' constants */
  for (int i = 0; i < 211; i++) {
    random = random * 1664525U + 1013904223U;
    put(run, "train/loss", 500 + i + (int64_t)((random >> 16) % 60), loss_at(i, 0));
  }
  said s = judge(run);
  s.findings = 1; /* some steps start again and some repeat, too */
  CHECK(s, CLINO_FINDING_FAIL, "several-writers", "their order cannot be trusted");
}

static void logs_in_order(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 60; i++) {
    put(run, "train/loss", 10 * i, loss_at(i, 0));
    if (i % 5 == 4) put(run, "val/loss", 10 * i, loss_at(i, 1));
  }
  CHECK(judge(run), CLINO_FINDING_PASS, "", "steps advance through all 72 points");
}

static void what_the_reader_left_out_is_said(void) {
  clino_run *run = new_run();
  for (int i = 0; i < 30; i++) put(run, "train/loss", i, loss_at(i, 0));
  const char *note = "the log ends within a record";
  CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, "notes", note, NULL), CLINO_OK);
  CHECK(judge(run), CLINO_FINDING_INFO, "lost-rows", note);
}

void suite_log_integrity(CU_pSuite suite) {
  TEST(suite, a_resume);
  TEST(suite, a_resume_that_is_marked);
  TEST(suite, a_mark_excuses_no_more);
  TEST(suite, repeated_rows);
  TEST(suite, one_run_after_another);
  TEST(suite, ranks_in_turn);
  TEST(suite, merged_runs);
  TEST(suite, disorder);
  TEST(suite, logs_in_order);
  TEST(suite, what_the_reader_left_out_is_said);
}
