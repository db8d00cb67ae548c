/* The private helpers of lib/base, and findings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/rng.h"
#include "base/robust.h"
#include "base/sum.h"
#include "base/text.h"
#include "clino/finding.h"
#include "support/suite.h"

static void numbers_read_back(void) {
  clino__rng rng = clino__rng_new(1);
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = clino__rng_bits(&rng);
    double v, back = 0;
    memcpy(&v, &bits, sizeof v);
    if (isnan(v)) continue;
    char text[CLINO__NUMBER_SIZE];
    clino__number_text(text, v);
    CU_ASSERT_TRUE_FATAL(clino__number_parse(text, strlen(text), &back));
    CU_ASSERT_EQUAL_FATAL(memcmp(&v, &back, sizeof v), 0);
  }
}

static void numbers_equal_strtod(void) {
  static const char *const texts[] = {"0",       "-0",      "1",        "0.1",      "1e22",     "1e23",
                                      "9007199254740993", "123456789012345678901234567890", "1e-320", "4.9e-324",
                                      "2.2250738585072011e-308", "1e308", "1e309", "-1e999", ".5", "5.", "0x1p-3",
                                      "3.5e+2", "00012", "0.000000000000000000000000012345"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    double v = 42, expect = strtod(texts[i], NULL);
    CU_ASSERT_TRUE(clino__number_parse(texts[i], strlen(texts[i]), &v));
    CU_ASSERT_EQUAL(memcmp(&v, &expect, sizeof v), 0);
  }
}

static void numbers_refuse_what_is_none(void) {
  static const char *const texts[] = {"",    " ",   "abc", "1,5",  "1.2.3", "1e", "1e+",
                                      "--1", "1 2", "NA",  "None", "+",     ".",  "0x"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    double v = 42;
    CU_ASSERT_FALSE(clino__number_parse(texts[i], strlen(texts[i]), &v));
    CU_ASSERT_EQUAL(v, 42);
  }
  double v = 0;
  CU_ASSERT_TRUE(clino__number_parse(" -nan ", 6, &v));
  CU_ASSERT_TRUE(isnan(v));
  CU_ASSERT_TRUE(clino__number_parse("Infinity", 8, &v));
  CU_ASSERT_TRUE(isinf(v));
}

static void generator_repeats(void) {
  clino__rng a = clino__rng_new(7), b = clino__rng_new(7);
  for (int i = 0; i < 100; i++) CU_ASSERT_EQUAL(clino__rng_bits(&a), clino__rng_bits(&b));
  size_t seen[5] = {0};
  for (int i = 0; i < 5000; i++) seen[clino__rng_below(&a, 5)]++;
  for (int i = 0; i < 5; i++) CU_ASSERT_TRUE(seen[i] > 850 && seen[i] < 1150);
}

static void medians(void) {
  double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2}, same[] = {2, 2, 2, 2, 2};
  CU_ASSERT_EQUAL(clino__median(odd, 3), 3);
  CU_ASSERT_EQUAL(clino__median(even, 4), 2.5);
  CU_ASSERT_EQUAL(clino__median(same, 5), 2);
  CU_ASSERT_TRUE(isnan(clino__median(odd, 0)));
  double apart[] = {1.5e308, -1e308};
  CU_ASSERT_DOUBLE_EQUAL(clino__median(apart, 2) / 1e307, 2.5, 1e-12);
  double spread[] = {1, 2, 3, 4, 100};
  CU_ASSERT_DOUBLE_EQUAL(clino__mad(spread, 5, 3), 1.4826, 1e-12);
  double many[1001];
  clino__rng rng = clino__rng_new(3);
  for (int i = 0; i < 1001; i++) many[i] = (double)((i * 619) % 1001);
  CU_ASSERT_EQUAL(clino__select(many, 1001, 17), 17);
  (void)rng;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Every kind of values, against sorting them. */
static void medians_by_counting(void) {
  static double values[700], sorted[700], scratch[700];
  clino__rng rng = clino__rng_new(17);
  for (int round = 0; round < 3000; round++) {
    size_t n = 1 + clino__rng_below(&rng, 700);
    int kind = round % 6;
    for (size_t i = 0; i < n; i++) {
      double u = clino__rng_between(&rng, -1, 1);
      values[i] = kind == 0   ? u
                  : kind == 1 ? floor(3 * u)
                  : kind == 2 ? u / (1e-9 + fabs(clino__rng_between(&rng, -1, 1)))
                  : kind == 3 ? (u > 0.9 ? 1e308 : -1e307 * u)
                  : kind == 4 ? 4e-323 * u
                              : 7.25 + 1e-15 * u;
    }
    memcpy(sorted, values, sizeof values);
    qsort(sorted, n, sizeof *sorted, by_size);
    clino__extent e = clino__extent_of(values, n);
    CU_ASSERT_TRUE(e.nonfinite == 0 && e.min == sorted[0] && e.max == sorted[n - 1]);
    double low = sorted[(n - 1) / 2], high = sorted[n / 2];
    double middle = n % 2 ? low : isfinite(high - low) ? low + (high - low) / 2 : low / 2 + high / 2;
    CU_ASSERT_EQUAL(clino__median_within(values, n, e.min, e.max, scratch), middle);
    CU_ASSERT_EQUAL(clino__median(values, n), middle);
    size_t k = clino__rng_below(&rng, n);
    CU_ASSERT_EQUAL(clino__select(values, n, k), sorted[k]);
  }
}

static void extents(void) {
  double values[] = {NAN, 2.75, -INFINITY, -3.5, 8, INFINITY, -NAN, 0.5, 1};
  clino__extent e = clino__extent_of(values, 9);
  CU_ASSERT_TRUE(e.nonfinite == 4 && e.min == -3.5 && e.max == 8);
  e = clino__extent_of(values, 1);
  CU_ASSERT_TRUE(e.nonfinite == 1 && isnan(e.min) && isnan(e.max));
  e = clino__extent_of(NULL, 0);
  CU_ASSERT_TRUE(e.nonfinite == 0 && isnan(e.min) && isnan(e.max));
}

static void compensated_sum(void) {
  clino__sum s = {0, 0};
  clino__sum_add(&s, 1);
  clino__sum_add(&s, 1e100);
  clino__sum_add(&s, 1);
  clino__sum_add(&s, -1e100);
  CU_ASSERT_EQUAL(clino__sum_value(&s), 2);
  clino__sum_add(&s, INFINITY);
  CU_ASSERT_TRUE(isinf(clino__sum_value(&s)));
}

static void text_grows_and_cuts_at_characters(void) {
  clino__text t = CLINO__TEXT_EMPTY;
  for (int i = 0; i < 100; i++) clino__text_addf(&t, "%d\xC3\xA9", i % 10);
  CU_ASSERT_EQUAL(t.length, 300);
  char cut[6];
  CU_ASSERT_EQUAL(clino__text_copy(&t, cut, 6), 300);
  CU_ASSERT_STRING_EQUAL(cut, "0\xC3\xA9" "1");
  clino__text_free(&t);
  CU_ASSERT_STRING_EQUAL(clino__text_string(&t), "");
}

static void findings_are_copies(void) {
  clino_findings *list = NULL;
  CU_ASSERT_EQUAL(clino_findings_new(&list, NULL), CLINO_OK);
  char message[] = "val/loss rose", other[] = "too few data";
  const char *alternatives[] = {other};
  clino_finding f = clino_finding_default();
  f.check = "overfitting";
  f.level = CLINO_FINDING_WARN;
  f.message = message;
  f.alternatives = alternatives;
  f.n_alternatives = 1;
  CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  const clino_finding *first = clino_findings_at(list, 0);
  for (int i = 1; i < 40; i++) CU_ASSERT_EQUAL(clino_findings_add(list, &f, NULL), CLINO_OK);
  CU_ASSERT_PTR_EQUAL(clino_findings_at(list, 0), first); /* a finding stays where it is while the list grows */
  message[0] = other[0] = '?';
  CU_ASSERT_EQUAL(clino_findings_count(list), 40);
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 39)->message, "val/loss rose");
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 0)->alternatives[0], "too few data");
  CU_ASSERT_PTR_NULL(clino_findings_at(list, 40));
  CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_WARN);
  clino_findings_free(list);
}

static void findings_out_of_range(void) {
  clino_findings *list = NULL;
  clino_error error;
  const clino_finding good = {.check = "overfitting", .message = "m", .level = CLINO_FINDING_INFO};
  clino_finding wrong[] = {good, good, good, good};
  wrong[0].check = NULL;
  wrong[1].message = NULL;
  wrong[2].level = (clino_finding_level)5;
  wrong[3].n_alternatives = 3;
  CU_ASSERT_EQUAL(clino_findings_new(NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_findings_new(&list, NULL), CLINO_OK);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    CU_ASSERT_EQUAL(clino_findings_add(list, &wrong[i], &error), CLINO_ERR_RANGE);
    CU_ASSERT_EQUAL(error.code, CLINO_ERR_RANGE);
  }
  CU_ASSERT_EQUAL(clino_findings_add(list, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_findings_add(NULL, &good, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_findings_count(list), 0);
  CU_ASSERT_EQUAL(clino_findings_worst(list), CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(clino_findings_count(NULL), 0);
  clino_findings_free(list);
  clino_findings_free(NULL);
}

static void errors_as_text(void) {
  clino_error e = {.code = CLINO_ERR_FORMAT};
  char text[32];
  CU_ASSERT_EQUAL(clino_error_describe(&e, text, sizeof text), strlen(clino_status_message(CLINO_ERR_FORMAT)));
  CU_ASSERT_EQUAL(strncmp(text, clino_status_message(CLINO_ERR_FORMAT), 31), 0);
  strcpy(e.message, "what is wrong");
  strcpy(e.file, "a.csv");
  CU_ASSERT_EQUAL(clino_error_describe(&e, text, sizeof text), 20);
  CU_ASSERT_STRING_EQUAL(text, "a.csv: what is wrong");
  e.line = 17;
  CU_ASSERT_EQUAL(clino_error_describe(&e, text, 9), 23);
  CU_ASSERT_STRING_EQUAL(text, "a.csv:17");
  CU_ASSERT_EQUAL(clino_error_describe(&e, NULL, 0), 23);
  e.byte = 1234;
  char whole[64];
  CU_ASSERT_EQUAL(clino_error_describe(&e, whole, sizeof whole), 35);
  CU_ASSERT_STRING_EQUAL(whole, "a.csv:17: what is wrong (byte 1234)");
  CU_ASSERT_EQUAL(clino_error_describe(NULL, text, sizeof text), 0);
  CU_ASSERT_STRING_EQUAL(text, "");
  CU_ASSERT_STRING_EQUAL(clino_status_message((clino_status)-77), "unknown status");
}

void suite_base(CU_pSuite suite) {
  TEST(suite, numbers_read_back);
  TEST(suite, numbers_equal_strtod);
  TEST(suite, numbers_refuse_what_is_none);
  TEST(suite, generator_repeats);
  TEST(suite, medians);
  TEST(suite, medians_by_counting);
  TEST(suite, extents);
  TEST(suite, compensated_sum);
  TEST(suite, text_grows_and_cuts_at_characters);
  TEST(suite, findings_are_copies);
  TEST(suite, findings_out_of_range);
  TEST(suite, errors_as_text);
}
