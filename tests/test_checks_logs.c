/* The checks on logs of real training runs: those of the folder that CLINO_RUNS names, with their labels in its
 * INDEX.csv (file,format,...,label,note). Prints for each label which checks warned or failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "clino/io.h"
#include "support/suite.h"

#define MAX_COLUMNS 16
#define MAX_LABELS 16
#define MAX_CHECKS 64

/* One line of CSV into its columns, in place; returns how many. */
static size_t split(char *line, char *columns[MAX_COLUMNS]) {
  size_t n = 0;
  char *to = line;
  columns[n++] = line;
  bool quoted = false;
  for (char *p = line; *p && *p != '\n' && *p != '\r'; p++) {
    if (*p == '"') quoted = !quoted;
    else if (*p == ',' && !quoted && n < MAX_COLUMNS) *to++ = '\0', columns[n++] = to;
    else *to++ = *p;
  }
  *to = '\0';
  return n;
}

typedef struct tally {
  char label[64];
  size_t runs, unread, warn[MAX_CHECKS], fail[MAX_CHECKS];
} tally;

static tally *tally_of(tally *tallies, size_t *n, const char *label) {
  for (size_t i = 0; i < *n; i++)
    if (strcmp(tallies[i].label, label) == 0) return &tallies[i];
  if (*n == MAX_LABELS) return NULL;
  memset(&tallies[*n], 0, sizeof *tallies);
  snprintf(tallies[*n].label, sizeof tallies[*n].label, "%s", label);
  return &tallies[(*n)++];
}

static bool is_curve_check(const char *id) {
  return strcmp(id, "loss-not-decreasing") == 0 || strcmp(id, "overfitting") == 0 || strcmp(id, "train-val-gap") == 0;
}

static bool is_sound(const char *label) {
  return strcmp(label, "healthy") == 0 || strcmp(label, "noisy") == 0 || strcmp(label, "truncated") == 0;
}

static size_t index_of(const char *id) {
  size_t i = 0;
  while (clino_check_at(i) && strcmp(clino_check_at(i)->id, id) != 0) i++;
  return i;
}

static void judge(const char *path, const char *file, tally *t) {
  clino_run *run = NULL;
  clino_findings *all = NULL;
  clino_finding_level level[MAX_CHECKS] = {CLINO_FINDING_SKIP};
  if (clino_run_read(path, NULL, &run, NULL, NULL)) {
    t->unread++;
    return;
  }
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_findings_count(all); i++) {
    const clino_finding *f = clino_findings_at(all, i);
    size_t k = index_of(f->check);
    if (f->level > level[k]) level[k] = f->level;
    if (getenv("CLINO_TEST_VERBOSE"))
      printf("\n    %-10s %.50s %s %s: %s", t->label, strchr(file, '/'), clino_finding_level_name(f->level), f->check,
             f->message);
    bool false_alarm = f->level == CLINO_FINDING_FAIL && is_curve_check(f->check) && is_sound(t->label);
    if (false_alarm) printf("\n    false alarm: %s (%s): %s", file, t->label, f->message);
    CU_ASSERT_FALSE(false_alarm);
  }
  for (size_t k = 0; k < clino_check_count(); k++) {
    t->warn[k] += level[k] == CLINO_FINDING_WARN;
    t->fail[k] += level[k] == CLINO_FINDING_FAIL;
  }
  t->runs++;
  clino_findings_free(all);
  clino_run_free(run);
}

static void report(const tally *tallies, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const tally *t = &tallies[i];
    printf("\n    %s: %zu runs", t->label, t->runs);
    if (t->unread) printf(" (%zu more in formats that are not read)", t->unread);
    for (size_t k = 0; k < clino_check_count(); k++)
      if (t->warn[k] || t->fail[k]) printf("; %s %zu warn %zu fail", clino_check_at(k)->id, t->warn[k], t->fail[k]);
  }
  printf(" ");
}

static void real_logs_of_sound_runs_do_not_fail(void) {
  const char *folder = getenv("CLINO_RUNS");
  char path[1024], line[4096], *columns[MAX_COLUMNS];
  if (!folder) {
    printf("(skipped: no folder of logs, CLINO_RUNS) ");
    return;
  }
  snprintf(path, sizeof path, "%s/INDEX.csv", folder);
  FILE *file = fopen(path, "r");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  tally tallies[MAX_LABELS];
  size_t n = 0;
  bool header = true;
  while (fgets(line, sizeof line, file)) {
    bool first = header;
    header = false;
    if (split(line, columns) < 9 || first) continue;
    tally *t = tally_of(tallies, &n, columns[7]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    snprintf(path, sizeof path, "%s/%s", folder, columns[0]);
    judge(path, columns[0], t);
  }
  fclose(file);
  CU_ASSERT_TRUE(n > 0);
  report(tallies, n);
}

void suite_checks_logs(CU_pSuite suite) { TEST(suite, real_logs_of_sound_runs_do_not_fail); }
