/* Initial weights judged: the published examples, every scheme recognized over shapes and seeds, small tensors, equal
 * units, errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/initcheck.h"
#include "clino/test/cunit.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define ROOM 400000
static double w[ROOM];

static clino_initcheck_result check(size_t rows, size_t columns) {
  clino_tensor t = CLINO_TENSOR_F64("W1", w, NULL, rows, columns);
  clino_initcheck_result r;
  CU_ASSERT_EQUAL_FATAL(clino_initcheck(&t, NULL, &r, NULL), CLINO_OK);
  return r;
}

static void normal(size_t n, double deviation, uint64_t seed) {
  clino_tensor t = CLINO_TENSOR_F64("W1", w, NULL, n);
  clino_init_options o = clino_init_options_default(CLINO_INIT_GAUSSIAN);
  o.scale = deviation, o.seed = seed;
  CU_ASSERT_EQUAL_FATAL(clino_init(&t, &o, NULL), CLINO_OK);
}

static bool among(const clino_initcheck_result *r, const char *scheme) {
  for (size_t k = 0; k < r->n_candidates; k++)
    if (!strcmp(r->candidates[k].scheme, scheme)) return true;
  return false;
}

static void assert_says(const clino_initcheck_result *r, const char *words) {
  char text[1000];
  size_t length = clino_initcheck_describe(r, text, sizeof text);
  CU_ASSERT_TRUE(length <= 900 && length == strlen(text));
  if (!strstr(text, words)) printf("\n    '%s' is not in: %s\n", words, text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, words));
}

/* A published "Xavier": 1/sqrt(size[0]/2) on a weight of 100 x 512 laid out output first. */
static void the_published_xavier_is_he_of_the_fan_out(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    normal(51200, 1 / sqrt(100 / 2.0), seed);
    clino_initcheck_result r = check(100, 512);
    CU_ASSERT_EQUAL(r.n_candidates, 1);
    CU_ASSERT_STRING_EQUAL(r.candidates[0].scheme, "he-fan-out");
    ASSERT_NEAR(r.candidates[0].deviation, 0.141421356, 1e-8);
    ASSERT_NEAR(r.glorot, 0.0571662, 1e-5);
    CU_ASSERT_TRUE(fabs(r.ratio - 2.47) < 0.04);
    CU_ASSERT_EQUAL(r.problems & CLINO_INIT_SWAPPED, CLINO_INIT_SWAPPED);
    CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_SUSPECT);
    CU_ASSERT_FALSE(clino_initcheck_accepted(&r));
    if (seed == 1) assert_says(&r, "fan-in and fan-out seem to be exchanged");
  }
}

static void unscaled_weights_saturate(void) {
  clino_initcheck_options o = clino_initcheck_options_default();
  clino_tensor t = CLINO_TENSOR_F64("W1", w, NULL, 784, 100);
  clino_initcheck_result r;
  normal(78400, 1, 2);
  o.layout = CLINO_LAYOUT_INPUT_FIRST;
  CU_ASSERT_EQUAL(clino_initcheck(&t, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_TRUE(fabs(r.preactivation - 28) < 0.3);
  CU_ASSERT_TRUE(fabs(r.saturated - 0.925) < 0.005);
  CU_ASSERT_EQUAL(r.problems, CLINO_INIT_UNSCALED | CLINO_INIT_TOO_LARGE);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_FAIL);
  CU_ASSERT_STRING_EQUAL(r.candidates[0].scheme, "randn");
  assert_says(&r, "pre-activations of 27.9, 92% of tanh units saturated");
}

static void every_scheme_is_recognized(void) {
  static const struct {
    clino_init_scheme scheme;
    const char *name;
  } schemes[] = {{CLINO_INIT_XAVIER_NORMAL, "glorot"}, {CLINO_INIT_XAVIER_UNIFORM, "glorot"},
                 {CLINO_INIT_HE_NORMAL, "he"},         {CLINO_INIT_HE_UNIFORM, "he"},
                 {CLINO_INIT_LECUN_NORMAL, "lecun"},   {CLINO_INIT_LECUN_UNIFORM, "lecun"},
                 {CLINO_INIT_ORTHOGONAL, "orthogonal"}};
  static const size_t shapes[][2] = {{100, 512}, {512, 100}, {10, 784}, {64, 64}, {3, 5}, {30, 1000}};
  size_t passed = 0, wrong = 0;
  for (size_t k = 0; k < sizeof schemes / sizeof schemes[0]; k++)
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
      for (uint64_t seed = 1; seed <= 10; seed++) {
        clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, shapes[s][0], shapes[s][1]);
        clino_init_options o = clino_init_options_default(schemes[k].scheme);
        o.seed = seed;
        clino_init(&t, &o, NULL);
        clino_initcheck_result r = check(shapes[s][0], shapes[s][1]);
        wrong += !among(&r, schemes[k].name);
        passed += clino_initcheck_accepted(&r);
      }
  CU_ASSERT_TRUE(wrong <= 1); /* of 420, each of which may miss with 0.1% */
  CU_ASSERT_TRUE(passed >= 419);
}

static void small_tensors_name_all_that_fit(void) {
  normal(15, sqrt(2.0 / 5), 3);
  clino_initcheck_result r = check(3, 5);
  CU_ASSERT_TRUE(r.n_candidates >= 3);
  CU_ASSERT_TRUE(among(&r, "he") && among(&r, "glorot") && among(&r, "lecun"));
  CU_ASSERT_TRUE(r.high / r.low > 2.5);
  assert_says(&r, "cannot be told apart here: ");
  normal(ROOM, 1, 3);
  r = check(ROOM / 100, 100);
  CU_ASSERT_TRUE(r.high / r.low < 1.01);
  w[0] = 0.3, w[1] = -0.2;
  r = check(1, 2);
  CU_ASSERT_EQUAL(r.high, INFINITY);
  w[0] = 0.7;
  r = check(1, 1);
  CU_ASSERT_EQUAL(r.deviation, 0);
}

/* The interval holds the true deviation as often as it says. */
static void intervals_hold_the_true_deviation(void) {
  static const size_t sizes[] = {4, 10, 30, 300};
  for (size_t s = 0; s < 4; s++) {
    size_t outside = 0;
    for (uint64_t seed = 1; seed <= 4000; seed++) {
      normal(sizes[s], 2.385, seed * 7 + s);
      clino_initcheck_result r = check(2, sizes[s] / 2);
      outside += !(r.low <= 2.385 && 2.385 <= r.high);
    }
    CU_ASSERT_TRUE(outside <= 14); /* 4 expected */
  }
}

static void an_unknown_scale_is_called_unknown(void) {
  normal(51200, 0.0777, 8);
  clino_initcheck_result r = check(100, 512);
  CU_ASSERT_EQUAL(r.n_candidates, 0);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_UNCERTAIN);
  CU_ASSERT_TRUE(clino_initcheck_accepted(&r));
  assert_says(&r, "the scale of no scheme that is known (nearest: ");
  normal(51200, 1e-3, 8);
  r = check(100, 512);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_SUSPECT);
  CU_ASSERT_EQUAL(r.problems, CLINO_INIT_TOO_SMALL);
  normal(51200, 1e-300, 8);
  CU_ASSERT_EQUAL(check(100, 512).verdict, CLINO_INITCHECK_FAIL);
  normal(51200, 1e300, 8);
  CU_ASSERT_EQUAL(check(100, 512).verdict, CLINO_INITCHECK_FAIL);
}

static void equal_units_are_found(void) {
  normal(100 * 50, 0.15, 2);
  memcpy(w + 40 * 50, w + 7 * 50, 50 * sizeof *w);
  memcpy(w + 93 * 50, w + 7 * 50, 50 * sizeof *w);
  w[93 * 50 + 3] = w[7 * 50 + 3] = 0;
  w[40 * 50 + 3] = -0.0;
  clino_initcheck_result r = check(100, 50);
  CU_ASSERT_EQUAL(r.duplicates, 2);
  CU_ASSERT_EQUAL(r.first, 7);
  CU_ASSERT_EQUAL(r.second, 40);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_FAIL);
  assert_says(&r, "2 of 100 units equal another one (7 and 40)");
  clino_initcheck_options o = clino_initcheck_options_default();
  clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, 100, 50);
  o.layout = CLINO_LAYOUT_INPUT_FIRST; /* the same rows are inputs then */
  CU_ASSERT_EQUAL(clino_initcheck(&t, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.duplicates, 0);
  for (size_t i = 0; i < 5000; i++) w[i] = 0.01 * (double)(i / 50) - 0.5;
  r = check(100, 50);
  CU_ASSERT_EQUAL(r.flat_units, 100);
  CU_ASSERT_EQUAL(r.problems & CLINO_INIT_FLAT_UNITS, CLINO_INIT_FLAT_UNITS);
  for (int zero = 0; zero < 2; zero++) {
    for (size_t i = 0; i < 5000; i++) w[i] = zero ? 0 : 0.125;
    r = check(100, 50);
    CU_ASSERT_EQUAL(r.problems & CLINO_INIT_CONSTANT, CLINO_INIT_CONSTANT);
    CU_ASSERT_EQUAL(r.duplicates, 99);
    CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_FAIL);
    assert_says(&r, zero ? "all weights are 0" : "all weights are 0.125");
  }
}

static void offsets_and_nonfinite_entries(void) {
  uint64_t seed = 5;
  for (size_t i = 0; i < 5000; i++) w[i] = random_uniform(&seed);
  clino_initcheck_result r = check(100, 50);
  CU_ASSERT_TRUE(among(&r, "uniform(0,1)"));
  CU_ASSERT_EQUAL(r.problems & CLINO_INIT_OFFSET, CLINO_INIT_OFFSET);
  CU_ASSERT_NOT_EQUAL(r.verdict, CLINO_INITCHECK_PASS);
  normal(5000, 0.2, 1);
  w[17] = NAN;
  w[18] = -INFINITY;
  r = check(100, 50);
  CU_ASSERT_EQUAL(r.nonfinite, 2);
  CU_ASSERT_TRUE(fabs(r.deviation - 0.2) < 0.01);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_FAIL);
  for (size_t i = 0; i < 6; i++) w[i] = NAN;
  r = check(2, 3);
  CU_ASSERT_EQUAL(r.nonfinite, 6);
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_FAIL);
}

static void findings_and_names(void) {
  clino_findings *list = NULL;
  clino_initcheck_result r = {0};
  clino_findings_new(&list, NULL);
  CU_ASSERT_EQUAL(clino_initcheck_finding(&r, list, NULL), CLINO_OK);
  normal(5000, 0.2, 1);
  r = check(100, 50);
  CU_ASSERT_EQUAL(clino_initcheck_finding(&r, list, NULL), CLINO_OK);
  r = check(50, 100);
  CU_ASSERT_EQUAL(clino_initcheck_finding(&r, list, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_at(list, 0)->level, CLINO_FINDING_SKIP);
  CU_ASSERT_EQUAL(clino_findings_at(list, 1)->level, CLINO_FINDING_PASS);
  CU_ASSERT_EQUAL(clino_findings_at(list, 2)->level, CLINO_FINDING_WARN);
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 2)->cause, "fans-exchanged");
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 2)->series, "W1");
  clino_findings_free(list);
  CU_ASSERT_STRING_EQUAL(clino_init_verdict_name(CLINO_INITCHECK_UNCERTAIN), "uncertain");
  CU_ASSERT_STRING_EQUAL(clino_init_verdict_name((clino_init_verdict)9), "unknown");
  clino_tensor t = CLINO_TENSOR_F64("W1", w, NULL, 100, 50);
  CU_ASSERT_INITCHECK(&t, NULL);
}

static void errors_of_initcheck(void) {
  clino_initcheck_result r;
  clino_initcheck_options zero = {0};
  clino_tensor t = CLINO_TENSOR_F64("W1", w, NULL, 3, 4), bias = CLINO_TENSOR_F64("b1", w, NULL, 4), none = t;
  none.value = NULL;
  ASSERT_FAILS(clino_initcheck(&t, NULL, NULL, &error), CLINO_ERR_RANGE, "result");
  ASSERT_FAILS(clino_initcheck(NULL, NULL, &r, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_initcheck(&t, &zero, &r, &error), CLINO_ERR_RANGE, "_default()");
  ASSERT_FAILS(clino_initcheck(&bias, NULL, &r, &error), CLINO_ERR_RANGE, "b1");
  ASSERT_FAILS(clino_initcheck(&none, NULL, &r, &error), CLINO_ERR_RANGE, "value");
  CU_ASSERT_EQUAL(r.verdict, CLINO_INITCHECK_NONE);
  ASSERT_FAILS(clino_initcheck_finding(&r, NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_FALSE(clino_initcheck_accepted(NULL));
  if (!allocations_known()) return;
  allocations_fail_after(0);
  clino_status status = clino_initcheck(&t, NULL, &r, NULL);
  allocations_fail_after(-1);
  CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
}

void suite_initcheck(CU_pSuite suite) {
  TEST(suite, the_published_xavier_is_he_of_the_fan_out);
  TEST(suite, unscaled_weights_saturate);
  TEST(suite, every_scheme_is_recognized);
  TEST(suite, small_tensors_name_all_that_fit);
  TEST(suite, intervals_hold_the_true_deviation);
  TEST(suite, an_unknown_scale_is_called_unknown);
  TEST(suite, equal_units_are_found);
  TEST(suite, offsets_and_nonfinite_entries);
  TEST(suite, findings_and_names);
  TEST(suite, errors_of_initcheck);
}
