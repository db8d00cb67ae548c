/* Gradient checks as reports: through the writers of every format, and as a page of their own. With CLINO_KEEP_REPORTS
 * set to a folder the reports are left there, where tests/scripts/report_formats.sh lets readers of each format read
 * them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "clino/html.h"
#include "clino/sweep.h"
#include "support/report.h"
#include "support/suite.h"

enum { N = 4, KINDS = 4 };

/* f = sum of i x_i^2, and what the context says is wrong with it. */
typedef enum kind { RIGHT, WRONG, INFINITE, RANDOM } kind;

typedef struct world {
  kind kind;
  int calls;
} world;

static int objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  world *w = ctx;
  *f = w->kind == RANDOM ? 0.1 * (w->calls++ % 7) : 0;
  for (size_t i = 0; i < n; i++) {
    *f += (double)(i + 1) * x[i] * x[i];
    if (grad) grad[i] = (i == 2 && w->kind == WRONG ? 1.37 : 2.0) * (double)(i + 1) * x[i];
    if (grad && w->kind == INFINITE) grad[i] = NAN;
  }
  return 0;
}

static const char *const names[KINDS] = {"layer \"conv\"", "<wrong>", "nan\x1b[31m\xff", "random]]>"};
static clino_gradcheck_result results[KINDS];
static clino_findings *findings[KINDS];
static clino_report_item items[KINDS];

static void check_all(void) {
  const double x[N] = {0.731, -1.913, 2.385, 0.377};
  for (int k = 0; k < KINDS; k++) {
    world w = {(kind)k, 0};
    CU_ASSERT_EQUAL_FATAL(gradcheck(objective, &w, N, x, NULL, &results[k], NULL), CLINO_OK);
    findings[k] = report_findings();
    CU_ASSERT_EQUAL_FATAL(clino_gradcheck_findings(&results[k], names[k], findings[k], NULL), CLINO_OK);
    items[k] = (clino_report_item){names[k], "gradcheck", NULL, findings[k], NULL};
  }
}

static void forget_all(void) {
  for (int k = 0; k < KINDS; k++) {
    clino_findings_free(findings[k]);
    findings[k] = NULL;
  }
}

/* ---- kept for other readers ---- */

static int to_file(const char *text, size_t size, void *file) { return fwrite(text, 1, size, file) != size; }

/* The file to keep a report in; a temporary one where none are kept. */
static FILE *open_report(const char *name) {
  const char *folder = getenv("CLINO_KEEP_REPORTS");
  char path[4096];
  if (!folder || !*folder) return tmpfile();
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return fopen(path, "w");
}

static void every_format_takes_them(void) {
  check_all();
  for (size_t i = 0; i < clino_report_format_count(); i++) {
    const char *format = clino_report_format_at(i, NULL);
    char name[64];
    snprintf(name, sizeof name, "gradcheck.%s", format);
    FILE *file = open_report(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(clino_report_write(format, items, KINDS, NULL, to_file, file, NULL), CLINO_OK);
    CU_ASSERT_TRUE(ftell(file) > 500);
    CU_ASSERT_EQUAL(fclose(file), 0);
  }
  forget_all();
}

/* One with a sweep of the steps, which is plotted. */
static void pages_are_written(void) {
  const double x[N] = {0.731, -1.913, 2.385, 0.377};
  clino_sweep_entry entries[] = {{NULL, 1}, {NULL, 2}};
  clino_sweep *sweep = NULL;
  world w = {WRONG, 0};
  check_all();
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(objective, &w, N, x, entries, 2, NULL, &sweep, NULL), CLINO_OK);
  for (int k = 0; k < KINDS; k++) {
    char name[64];
    snprintf(name, sizeof name, "page%d.html", k);
    FILE *file = open_report(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    clino_html_gradcheck page = {.name = names[k], .result = &results[k], .sweep = k == WRONG ? sweep : NULL};
    CU_ASSERT_EQUAL(clino_gradcheck_write_html(&page, to_file, file, NULL), CLINO_OK);
    CU_ASSERT_TRUE(ftell(file) > (k == WRONG ? 20000 : 5000));
    CU_ASSERT_EQUAL(fclose(file), 0);
  }
  clino_sweep_free(sweep);
  forget_all();
}

/* ---- what each says ---- */

static bool has(const char *needle) { return strstr(report_out.data, needle) != NULL; }

static void levels_follow_verdicts(void) {
  check_all();
  CU_ASSERT_EQUAL(clino_findings_worst(findings[RIGHT]), CLINO_FINDING_PASS);
  for (int k = WRONG; k < KINDS; k++) CU_ASSERT_EQUAL(clino_findings_worst(findings[k]), CLINO_FINDING_FAIL);
  report_write("junit", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("<testsuite name=\"&lt;wrong&gt;\" tests=\"1\" failures=\"1\""));
  CU_ASSERT_TRUE(has("<testcase name=\"gradcheck\" classname=\"layer &quot;conv&quot;\"/>"));
  CU_ASSERT_TRUE(has("<failure message=\"gradcheck: fail: x[2]: analytic 9.80235"));
  report_write("tap", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("1..4\nok 1 - layer \"conv\": gradcheck\nnot ok 2 - <wrong>: gradcheck"));
  report_write("github", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("::error title=gradcheck,file=<wrong>::"));
  report_write("sarif", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("\"ruleId\":\"gradcheck\""));
  report_write("json", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("\"format\":\"gradcheck\",\"verdict\":\"pass\",\"series\":null"));
  report_write("text", items, KINDS, NULL);
  CU_ASSERT_TRUE(has("FAIL  <wrong>\n      gradcheck; 1 fail\n"));
  forget_all();
}

void suite_report_gradcheck(CU_pSuite suite);
void suite_report_gradcheck(CU_pSuite suite) {
  TEST(suite, every_format_takes_them);
  TEST(suite, pages_are_written);
  TEST(suite, levels_follow_verdicts);
}
