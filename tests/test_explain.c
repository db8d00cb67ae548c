/* Bugs are named for what they are, with their number; right gradients and bugs outside of the list are not named. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/record.h"
#include "support/allocations.h"
#include "support/planted.h"
#include "support/probe.h"
#include "support/random.h"

/* ---- planted bugs, as bench/explain.c scores them; other seeds ---- */

static clino_gradcheck_result check_planted(planted *p) {
  clino_model model = planted_model(p);
  clino_gradcheck_options o = planted_options(p);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  return r;
}

/* Counts the trials of a bug in which it was named right, or in which something was named. */
static void try_bug(planted_bug bug, size_t *trials, size_t *named, size_t *any) {
  *trials = *named = *any = 0;
  for (int layer = 0; layer < PLANTED_LAYERS; layer++)
    for (uint64_t seed = 1001; seed <= 1004; seed++) {
      planted *p = planted_new((planted_layer)layer, bug, seed);
      if (!p) continue;
      clino_gradcheck_result r = check_planted(p);
      if (bug == PLANTED_RIGHT || !clino_gradcheck_accepted(&r)) {
        ++*trials;
        *named += r.n_explanations == 1 && planted_named(p, &r.explanation[0]);
        *any += r.n_explanations > 0;
      }
      planted_free(p);
    }
}

static void planted_bugs_are_named(void) {
  for (int bug = PLANTED_RIGHT + 1; bug < PLANTED_NAMEABLE; bug++) {
    size_t trials, named, any;
    try_bug((planted_bug)bug, &trials, &named, &any);
    CU_ASSERT_TRUE(trials > 0);
    if (named + 1 < trials) fprintf(stderr, "\n    %s: %zu of %zu", planted_bug_name((planted_bug)bug), named, trials);
    CU_ASSERT_TRUE(named + 1 >= trials);
  }
}

static void other_bugs_are_not(void) {
  size_t all = 0, sum = 0;
  for (int bug = PLANTED_NAMEABLE; bug < PLANTED_BUGS; bug++) {
    size_t trials, named, any;
    try_bug((planted_bug)bug, &trials, &named, &any);
    all += trials, sum += any;
  }
  CU_ASSERT_TRUE(all > 200);
  CU_ASSERT_TRUE(50 * sum <= all);
}

static void right_gradients_are_not(void) {
  size_t trials, named, any;
  try_bug(PLANTED_RIGHT, &trials, &named, &any);
  CU_ASSERT_EQUAL(trials, 24);
  CU_ASSERT_EQUAL(any, 0);
}

/* ---- one matrix, and what is said of it ---- */

/* f = sum over k of (1 + k / 10) sin(w[k] (1 + k / 7)), W 6 x 4; spoil makes the bug. */
typedef struct matrix {
  double w[24], dw[24], kept[24];
  float single[24], dsingle[24];
  clino_tensor tensor;
  void (*spoil)(struct matrix *m);
  double number;
  size_t calls;
} matrix;

static double slope_of(size_t k, double w) {
  double c = 1 + (double)k / 7;
  return (1 + (double)k / 10) * c * cos(w * c);
}

static int matrix_loss(double *f, void *ctx) {
  matrix *m = ctx;
  *f = 0;
  for (size_t k = 0; k < 24; k++) {
    double w = m->tensor.dtype == CLINO_F32 ? (double)m->single[k] : m->w[k];
    *f += (1 + (double)k / 10) * sin(w * (1 + (double)k / 7));
  }
  return 0;
}

static int matrix_backward(void *ctx) {
  matrix *m = ctx;
  bool single = m->tensor.dtype == CLINO_F32;
  for (size_t k = 0; k < 24; k++) m->dw[k] = slope_of(k, single ? (double)m->single[k] : m->w[k]);
  if (m->spoil) m->spoil(m);
  for (size_t k = 0; k < 24; k++) m->dsingle[k] = (float)m->dw[k];
  m->calls++;
  return 0;
}

static void transpose(matrix *m) {
  memcpy(m->kept, m->dw, sizeof m->dw);
  for (size_t i = 0; i < 24; i++) m->dw[i % 4 * 6 + i / 4] = m->kept[i];
}

static void scale(matrix *m) {
  for (size_t i = 0; i < 24; i++) m->dw[i] *= m->number;
}

static clino_model matrix_model(matrix *m, void (*spoil)(matrix *), double number, clino_dtype dtype) {
  memset(m, 0, sizeof *m);
  random_fill(77, m->w, 24, -1.2, 1.3);
  for (size_t i = 0; i < 24; i++) m->single[i] = (float)m->w[i];
  m->tensor = CLINO_TENSOR_F64("fc1.W", m->w, m->dw, 6, 4);
  if (dtype == CLINO_F32) m->tensor = CLINO_TENSOR_F32("fc1.W", m->single, m->dsingle, 6, 4);
  m->spoil = spoil;
  m->number = number;
  return (clino_model){1, &m->tensor, matrix_loss, matrix_backward, m};
}

static clino_gradcheck_result check_matrix(void (*spoil)(matrix *), double number, clino_dtype dtype,
                                           const clino_gradcheck_options *o) {
  matrix m;
  clino_model model = matrix_model(&m, spoil, number, dtype);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, o, &r, NULL), CLINO_OK);
  return r;
}

static void the_report_leads_with_it(void) {
  clino_gradcheck_result r = check_matrix(transpose, 0, CLINO_F64, NULL);
  char text[4000];
  CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
  const clino_explanation *e = &r.explanation[0];
  CU_ASSERT_EQUAL(e->pattern, CLINO_PATTERN_TRANSPOSED);
  CU_ASSERT_EQUAL(e->entries, 24);
  CU_ASSERT_EQUAL(e->within, 24);
  CU_ASSERT_TRUE(e->correlation > 0.999999 && e->plain_correlation < 0.7);
  const char *begin = "fc1.W: analytic is the transpose of numerical (correlation 1.000000; as laid out, ";
  CU_ASSERT_NSTRING_EQUAL(e->text, begin, strlen(begin));
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_NSTRING_EQUAL(text, "gradcheck: fail: ", 17);
  CU_ASSERT_NSTRING_EQUAL(text + 17, e->text, strlen(e->text));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  worst entry fc1.W["));
  size_t length = clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_TRUE(length <= 900);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, e->text));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "replay: "));
}

/* The longest texts together. */
static void describe_stays_within_900_bytes(void) {
  clino_gradcheck_result r = check_matrix(transpose, 0, CLINO_F64, NULL);
  char text[2000];
  r.n_explanations = CLINO_GRADCHECK_EXPLANATIONS;
  for (size_t i = 0; i < r.n_explanations; i++) {
    memset(r.explanation[i].text, 'E', sizeof r.explanation[i].text - 1);
    r.explanation[i].text[sizeof r.explanation[i].text - 1] = '\0';
  }
  memset(r.worst.tensor, 'W', sizeof r.worst.tensor - 1);
  memset(r.worst.branch, 'B', sizeof r.worst.branch - 1);
  r.worst.n_dims = CLINO_MAX_DIMS;
  for (size_t d = 0; d < CLINO_MAX_DIMS; d++) r.worst.index[d] = SIZE_MAX;
  CU_ASSERT_TRUE(clino_gradcheck_describe(&r, text, sizeof text) <= 900);
  CU_ASSERT_TRUE(strlen(text) <= 900);
  CU_ASSERT_TRUE(clino_gradcheck_report(&r, text, sizeof text) > 900);
}

static void expect_scale(double factor, clino_dtype dtype, const char *constant) {
  clino_gradcheck_result r = check_matrix(scale, factor, dtype, NULL);
  CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
  const clino_explanation *e = &r.explanation[0];
  CU_ASSERT_EQUAL(e->pattern, factor == -1 ? CLINO_PATTERN_SIGN : CLINO_PATTERN_SCALE);
  CU_ASSERT_STRING_EQUAL(e->constant, constant);
  if (factor != -1) CU_ASSERT_TRUE(fabs(e->value - factor) <= e->value_error);
}

static void constants_are_named_within_the_error_bar_only(void) {
  expect_scale(2, CLINO_F64, "2");
  expect_scale(0.5, CLINO_F64, "1/2");
  expect_scale(-2, CLINO_F64, "-2");
  expect_scale(-1, CLINO_F64, "");
  expect_scale(1 / 48.0, CLINO_F64, "1/48");
  expect_scale(3.14159265358979, CLINO_F64, "pi");
  expect_scale(1 / 0.9, CLINO_F64, "1/(1 - 0.1)");
  expect_scale(2.0001, CLINO_F64, "");
  expect_scale(3.1415, CLINO_F64, "");
  expect_scale(1.0372, CLINO_F64, "");
  expect_scale(2, CLINO_F32, "2");
  expect_scale(-1, CLINO_F32, "");
  expect_scale(1.0372, CLINO_F32, "");
}

static void hints_name_more(void) {
  static const struct {
    double factor;
    const char *constant;
  } cases[] = {{32, "32, the batch"}, {1 / 32.0, "1/32, of the batch"}, {0.037, "the learning rate"},
               {0.85, "(1 - p) of the dropout"}, {1 / 0.85, "1/(1 - p) of the dropout"}, {31, "31"}};
  clino_explain_options hints = clino_explain_options_default();
  hints.batch = 32, hints.learning_rate = 0.037, hints.dropout = 0.15;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    clino_gradcheck_options o = clino_gradcheck_options_default();
    CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&o.record, NULL), CLINO_OK);
    check_matrix(scale, cases[i].factor, CLINO_F64, &o);
    clino_explanation e[2];
    size_t n;
    CU_ASSERT_EQUAL(clino_gradcheck_explain(o.record, &hints, e, 2, &n, NULL), CLINO_OK);
    CU_ASSERT_EQUAL_FATAL(n, 1);
    CU_ASSERT_STRING_EQUAL(e[0].constant, cases[i].constant);
    clino_gradcheck_record_free(o.record);
  }
}

static void a_sample_of_the_entries_may_be_enough(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 12;
  clino_gradcheck_result r = check_matrix(transpose, 0, CLINO_F64, &o);
  CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
  CU_ASSERT_EQUAL(r.explanation[0].pattern, CLINO_PATTERN_TRANSPOSED);
  CU_ASSERT_EQUAL(r.explanation[0].entries, 12);
}

/* ---- too little to go by ---- */

static int short_vector(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double factor = *(double *)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) *f += sin((1.3 + (double)i) * x[i]);
  for (size_t i = 0; grad && i < n; i++) grad[i] = factor * (1.3 + (double)i) * cos((1.3 + (double)i) * x[i]);
  return 0;
}

static void few_entries_support_nothing(void) {
  static const double factors[] = {-1, 2, 0.37};
  static const double x[] = {0.31, 0.47, 0.59, 0.23};
  for (size_t k = 0; k < 3; k++)
    for (size_t n = 1; n <= 4; n++) {
      double factor = factors[k];
      clino_gradcheck_result r;
      CU_ASSERT_EQUAL(gradcheck(short_vector, &factor, n, x, NULL, &r, NULL), CLINO_OK);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
      CU_ASSERT_EQUAL(r.n_explanations, n >= 3 ? 1 : 0);
    }
}

/* x^2/2 is a sum of squares: that it is doubled, and that there is a term x too much, are the same. */
static int squares(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) *f += x[i] * x[i] / 2;
  for (size_t i = 0; grad && i < n; i++) grad[i] = 2 * x[i];
  return 0;
}

static void what_fits_as_well_is_said(void) {
  double x[8];
  clino_gradcheck_result r;
  random_fill(3, x, 8, 0.3, 1.9);
  CU_ASSERT_EQUAL(gradcheck(squares, NULL, 8, x, NULL, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
  CU_ASSERT_EQUAL(r.explanation[0].pattern, CLINO_PATTERN_SCALE);
  CU_ASSERT_EQUAL(r.explanation[0].also, CLINO_PATTERN_DECAY);
  CU_ASSERT_PTR_NOT_NULL(strstr(r.explanation[0].text, "\"decay\" fits as well"));
}

/* ---- several tensors ---- */

static void a_bug_that_several_share_is_said_once(void) {
  size_t shared = 0;
  for (uint64_t seed = 1; seed <= 12; seed++) {
    planted *p = planted_new(PLANTED_RECURRENT, PLANTED_TWICE, seed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    clino_gradcheck_result r = check_planted(p);
    CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
    const clino_explanation *e = &r.explanation[0];
    if (e->tensors > 1) {
      CU_ASSERT_EQUAL(e->tensors, 4);
      CU_ASSERT_TRUE(e->all);
      CU_ASSERT_NSTRING_EQUAL(e->text, "all 4 tensors: analytic is 2 times numerical", 44);
      shared++;
    }
    planted_free(p);
  }
  CU_ASSERT_TRUE(shared > 0 && shared < 12);
}

/* ---- the hook select_sample ---- */

typedef struct batch {
  double x[5][3], selected, fail;
  size_t restored;
} batch;

static int batch_loss(size_t n, const double *w, double *f, double *grad, void *ctx) {
  batch *b = ctx;
  *f = 0;
  for (size_t s = 0; s < 5; s++) {
    if (b->selected >= 0 && s != (size_t)b->selected) continue;
    for (size_t i = 0; i < n; i++) *f += sin(w[i] * b->x[s][i % 3]) / 5;
  }
  for (size_t i = 0; grad && i < n; i++) grad[i] = b->x[4][i % 3] * cos(w[i] * b->x[4][i % 3]);
  return 0;
}

static int batch_select(size_t sample, void *ctx) {
  batch *b = ctx;
  b->selected = sample == CLINO_SAMPLE_ALL ? -1 : (double)sample;
  b->restored += sample == CLINO_SAMPLE_ALL;
  return b->fail == (double)sample ? 41 : 0;
}

static void the_last_sample_alone(void) {
  double w[6];
  batch b = {.selected = -1, .fail = -1};
  random_fill(5, &b.x[0][0], 15, 0.4, 1.7);
  random_fill(6, w, 6, -1, 1);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error e;
  o.n_samples = 5;
  CU_ASSERT_EQUAL(gradcheck(batch_loss, &b, 6, w, &o, &r, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "n_samples"));
  o.context.select_sample = batch_select;
  CU_ASSERT_EQUAL(gradcheck(batch_loss, &b, 6, w, &o, &r, &e), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(r.n_explanations, 1);
  CU_ASSERT_EQUAL(r.explanation[0].pattern, CLINO_PATTERN_LAST_SAMPLE);
  CU_ASSERT_EQUAL(r.explanation[0].value, 5); /* the mean's 1/5 was left out as well */
  CU_ASSERT_EQUAL(b.selected, -1);
  b.fail = 4;
  CU_ASSERT_EQUAL(gradcheck(batch_loss, &b, 6, w, &o, &r, &e), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(e.callback_value, 41);
  CU_ASSERT_EQUAL(b.selected, -1);
  CU_ASSERT_EQUAL(b.restored, 2);
}

/* ---- arguments, memory ---- */

static void bad_arguments_are_named(void) {
  clino_explanation e[2];
  clino_error error;
  size_t n = 7;
  clino_gradcheck_record *record;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&record, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_gradcheck_explain(NULL, NULL, e, 2, &n, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(n, 0);
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, NULL, NULL, 2, &n, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, NULL, e, 2, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, NULL, e, 2, &n, &error), CLINO_OK);
  CU_ASSERT_EQUAL(n, 0);
  clino_explain_options o = {0};
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, &o, e, 2, &n, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "clino_explain_options_default"));
  o = clino_explain_options_default();
  o.learning_rate = NAN;
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, &o, e, 2, &n, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "learning_rate"));
  o = clino_explain_options_default();
  o.dropout = 1;
  CU_ASSERT_EQUAL(clino_gradcheck_explain(record, &o, e, 2, &n, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "dropout"));
  for (int k = 0; k < CLINO_PATTERN_COUNT; k++)
    CU_ASSERT_STRING_NOT_EQUAL(clino_pattern_name((clino_pattern)k), "unknown");
  CU_ASSERT_STRING_EQUAL(clino_pattern_name(CLINO_PATTERN_COUNT), "unknown");
  clino_gradcheck_record_free(record);
}

/* Two tensors of an explained check each, and no room for both. */
static void the_best_comes_first_where_room_is_short(void) {
  planted *p = NULL;
  for (uint64_t seed = 1; !p; seed++) p = planted_new(PLANTED_DENSE, PLANTED_OTHER, seed);
  clino_model model = planted_model(p);
  clino_gradcheck_options o = planted_options(p);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&o.record, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  clino_explanation e[2];
  size_t n = 9;
  CU_ASSERT_EQUAL(clino_gradcheck_explain(o.record, NULL, e, 1, &n, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(n, 1);
  CU_ASSERT_STRING_EQUAL(e[0].text, r.explanation[0].text);
  CU_ASSERT_EQUAL(clino_gradcheck_explain(o.record, NULL, NULL, 0, &n, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(n, 0);
  clino_gradcheck_record_free(o.record);
  planted_free(p);
}

static void memory_may_be_out(void) {
  matrix m;
  clino_model model = matrix_model(&m, transpose, 0, CLINO_F64);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&o.record, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  long n = 0;
  for (clino_status status = CLINO_ERR_MEMORY; status && allocations_known(); n++) {
    clino_explanation e;
    size_t found;
    long live = allocations_live();
    CU_ASSERT_TRUE_FATAL(n < 100);
    allocations_fail_after(n);
    status = clino_gradcheck_explain(o.record, NULL, &e, 1, &found, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), live);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    CU_ASSERT_EQUAL(found, status ? 0 : 1);
  }
  CU_ASSERT_TRUE(!allocations_known() || n > 5);
  clino_gradcheck_record_free(o.record);
}

static void the_same_again_says_the_same(void) {
  clino_gradcheck_result a = check_matrix(transpose, 0, CLINO_F64, NULL);
  clino_gradcheck_result b = check_matrix(transpose, 0, CLINO_F64, NULL);
  CU_ASSERT_TRUE(same_results(&a, &b));
}

/* Gradients of 1e200 and 1e-200 have squares beyond a double's range. */
static void extreme_sizes_do_no_harm(void) {
  static const double scales[] = {1e-300, 1e-200, 1e-100, 1e100, 1e200, 1e300};
  for (size_t k = 0; k < 6; k++) {
    double x[6], factor = 2;
    random_fill(8, x, 6, 0.1, 0.9);
    probe p = {.f = short_vector, .ctx = &factor, .kind = RIGHT, .scale = scales[k]};
    clino_gradcheck_result r = probe_check(&p, 6, x, NULL);
    if (r.n_explanations) CU_ASSERT_EQUAL(r.explanation[0].pattern, CLINO_PATTERN_SCALE);
  }
}

void suite_explain(CU_pSuite suite) {
  TEST(suite, planted_bugs_are_named);
  TEST(suite, other_bugs_are_not);
  TEST(suite, right_gradients_are_not);
  TEST(suite, the_report_leads_with_it);
  TEST(suite, describe_stays_within_900_bytes);
  TEST(suite, constants_are_named_within_the_error_bar_only);
  TEST(suite, hints_name_more);
  TEST(suite, a_sample_of_the_entries_may_be_enough);
  TEST(suite, few_entries_support_nothing);
  TEST(suite, what_fits_as_well_is_said);
  TEST(suite, a_bug_that_several_share_is_said_once);
  TEST(suite, the_last_sample_alone);
  TEST(suite, bad_arguments_are_named);
  TEST(suite, the_best_comes_first_where_room_is_short);
  TEST(suite, memory_may_be_out);
  TEST(suite, the_same_again_says_the_same);
  TEST(suite, extreme_sizes_do_no_harm);
}
