/* How often any check raises an alarm on a healthy run: seeded runs of every kind. CLINO_TEST_SEEDS: how many a kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "support/healthy.h"
#include "support/suite.h"

#define MAX_CHECKS 64

typedef struct tally {
  size_t runs, warned, failed;
  size_t warn[MAX_CHECKS], fail[MAX_CHECKS];
} tally;

static size_t index_of(const char *id) {
  size_t i = 0;
  while (clino_check_at(i) && strcmp(clino_check_at(i)->id, id) != 0) i++;
  return i;
}

static void judge(clino_run *run, const char *name, uint64_t seed, tally *t) {
  clino_findings *all = NULL;
  bool verbose = getenv("CLINO_TEST_VERBOSE") != NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    if (f->level < CLINO_FINDING_WARN) continue;
    (f->level == CLINO_FINDING_WARN ? t->warn : t->fail)[index_of(f->check)]++;
    if (verbose) printf("\n    %s %d: %s: %s", name, (int)seed, f->check, f->message);
  }
  t->runs++;
  t->warned += clino_findings_worst(all) == CLINO_FINDING_WARN;
  t->failed += clino_findings_worst(all) == CLINO_FINDING_FAIL;
  clino_findings_free(all);
  clino_run_free(run);
}

static void report(const tally *t, const char *name) {
  printf("\n    %-12s %zu runs, %zu warned, %zu failed", name, t->runs, t->warned, t->failed);
  for (size_t k = 0; k < clino_check_count(); k++)
    if (t->warn[k] || t->fail[k]) printf("; %s %zu/%zu", clino_check_at(k)->id, t->warn[k], t->fail[k]);
}

/* Over all checks together: at most 2% of all runs may fail and 8% warn; of one kind at most 4% and 12%. */
static void healthy_runs_raise_no_alarm(void) {
  const char *wanted = getenv("CLINO_TEST_SEEDS");
  size_t seeds = wanted ? (size_t)atoi(wanted) : 100, warned = 0, failed = 0;
  for (size_t kind = 0; kind < HEALTHY_KINDS; kind++) {
    tally t = {0};
    for (uint64_t seed = 1; seed <= seeds; seed++) {
      synth s = {100000 * (kind + 1) + seed};
      judge(healthy_draw(&s, kind), healthy_name(kind), seed, &t);
    }
    report(&t, healthy_name(kind));
    CU_ASSERT_TRUE(t.failed * 25 <= seeds);
    CU_ASSERT_TRUE(t.warned * 8 <= seeds);
    warned += t.warned;
    failed += t.failed;
  }
  printf(" ");
  CU_ASSERT_TRUE(failed * 50 <= seeds * HEALTHY_KINDS);
  CU_ASSERT_TRUE(warned * 12 <= seeds * HEALTHY_KINDS);
}

void suite_checks_healthy(CU_pSuite suite);
void suite_checks_healthy(CU_pSuite suite) { TEST(suite, healthy_runs_raise_no_alarm); }
