/* What a record keeps of a check. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clino/record.h"
#include "support/allocations.h"
#include "support/random.h"
#include "support/suite.h"

/* f = sum of sin(1.3 w) over W (5 x 4, double), of cos(v) over v (7, single), and 0.03 of the squares of W as a second
 * term. off: what is added to the gradient of W[2][1]. */
typedef struct model_under_test {
  double w[20], dw[20], off;
  float v[7], dv[7];
  clino_tensor tensors[3];
  size_t term, fail_after;
} model_under_test;

static int loss(double *f, void *ctx) {
  model_under_test *m = ctx;
  if (m->fail_after && --m->fail_after == 0) return 37;
  *f = 0;
  for (size_t i = 0; m->term != 1 && i < 20; i++) *f += sin(1.3 * m->w[i]);
  for (size_t i = 0; m->term != 1 && i < 7; i++) *f += cos((double)m->v[i]);
  for (size_t i = 0; m->term != 0 && i < 20; i++) *f += 0.03 * m->w[i] * m->w[i];
  return 0;
}

static int backward(void *ctx) {
  model_under_test *m = ctx;
  for (size_t i = 0; i < 20; i++)
    m->dw[i] = (m->term == 1 ? 0 : 1.3 * cos(1.3 * m->w[i])) + (m->term == 0 ? 0 : 0.06 * m->w[i]);
  for (size_t i = 0; i < 7; i++) m->dv[i] = m->term == 1 ? 0 : (float)-sin((double)m->v[i]);
  m->dw[9] += m->off;
  return 0;
}

static int select_term(size_t term, void *ctx) {
  ((model_under_test *)ctx)->term = term;
  return 0;
}

static clino_model model_of(model_under_test *m, double off) {
  memset(m, 0, sizeof *m);
  m->off = off;
  m->term = CLINO_TERM_ALL;
  uint64_t seed = 2385;
  random_fill(seed, m->w, 20, -0.9, 1.1);
  for (size_t i = 0; i < 7; i++) m->v[i] = (float)random_between(&seed, 0.2, 1.3);
  m->tensors[0] = CLINO_TENSOR_F64("W", m->w, m->dw, 5, 4);
  m->tensors[1] = CLINO_TENSOR_F32("v", m->v, m->dv, 7);
  m->tensors[2] = CLINO_TENSOR_F64("W again", m->w, m->dw, 5, 4);
  return (clino_model){3, m->tensors, loss, backward, m};
}

static clino_gradcheck_record *new_record(void) {
  clino_gradcheck_record *r = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&r, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(r);
  return r;
}

static clino_gradcheck_result check(const clino_model *model, const clino_gradcheck_options *o, clino_status expect) {
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(model, o, &r, NULL), expect);
  return r;
}

static clino_recorded_tensor kept_of(const clino_gradcheck_record *record, size_t sheet, size_t tensor) {
  clino_recorded_tensor t;
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_get(record, sheet, tensor, &t, NULL), CLINO_OK);
  return t;
}

static void every_entry_is_kept(void) {
  model_under_test m;
  clino_model model = model_of(&m, 0.0357);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.record = new_record();
  clino_gradcheck_result r = check(&model, &o, CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_PTR_NULL(r.options.record);
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(o.record), 1);
  CU_ASSERT_EQUAL(clino_gradcheck_record_tensors(o.record), 2); /* the tied one once */
  CU_ASSERT_EQUAL(clino_gradcheck_record_measured(o.record), 27);
  CU_ASSERT_EQUAL(clino_gradcheck_record_verdict(o.record), CLINO_VERDICT_FAIL);
  clino_recorded_tensor w = kept_of(o.record, 0, 0), v = kept_of(o.record, 0, 1);
  CU_ASSERT_STRING_EQUAL(w.name, "W");
  CU_ASSERT_EQUAL(w.n_dims, 2);
  CU_ASSERT_EQUAL(w.shape[0], 5);
  CU_ASSERT_EQUAL(w.shape[1], 4);
  CU_ASSERT_EQUAL(w.measured, 20);
  CU_ASSERT_EQUAL(v.dtype, CLINO_F32);
  CU_ASSERT_EQUAL(v.count, 7);
  CU_ASSERT_EQUAL(w.point, 0);
  CU_ASSERT_EQUAL(w.term, CLINO_TERM_ALL);
  for (size_t i = 0; i < 20; i++) {
    double right = 1.3 * cos(1.3 * m.w[i]) + 0.06 * m.w[i];
    CU_ASSERT_EQUAL(w.value[i], m.w[i]);
    CU_ASSERT_EQUAL(w.analytic[i], right + (i == 9 ? m.off : 0));
    CU_ASSERT_TRUE(fabs(w.numeric[i] - right) <= w.error[i] + 1e-5);
    CU_ASSERT_EQUAL(w.verdict[i], i == 9 ? CLINO_VERDICT_FAIL : CLINO_VERDICT_PASS);
  }
  CU_ASSERT_EQUAL(w.numeric[9], r.worst.numeric);
  CU_ASSERT_EQUAL(w.error[9], r.worst.error);
  clino_gradcheck_record_free(o.record);
}

static void a_sample_leaves_the_rest_open(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  model_under_test m;
  clino_model model = model_of(&m, 0);
  o.record = new_record();
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 9;
  clino_gradcheck_result r = check(&model, &o, CLINO_OK);
  clino_recorded_tensor w = kept_of(o.record, 0, 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_measured(o.record), r.checked);
  CU_ASSERT_EQUAL(w.measured, 8);
  size_t open = 0;
  for (size_t i = 0; i < 20; i++) {
    CU_ASSERT_EQUAL(w.analytic[i], 1.3 * cos(1.3 * m.w[i]) + 0.06 * m.w[i]);
    CU_ASSERT_EQUAL(isnan(w.numeric[i]), w.verdict[i] == CLINO_VERDICT_NONE);
    open += isnan(w.numeric[i]) != 0;
  }
  CU_ASSERT_EQUAL(open, 12);
  clino_gradcheck_record_free(o.record);
}

static void each_point_and_term_has_a_sheet(void) {
  model_under_test m;
  clino_model model = model_of(&m, 0);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.record = new_record();
  o.points = 11; /* more than a check keeps for itself */
  o.n_terms = 2;
  o.context.select_term = select_term;
  clino_gradcheck_result r = check(&model, &o, CLINO_OK);
  CU_ASSERT_TRUE(r.verdict < CLINO_VERDICT_SUSPECT);
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(o.record), 24);
  CU_ASSERT_EQUAL(clino_gradcheck_record_measured(o.record), 24 * 27);
  clino_recorded_tensor last = kept_of(o.record, 23, 0), first = kept_of(o.record, 12, 0);
  CU_ASSERT_EQUAL(last.point, 11);
  CU_ASSERT_EQUAL(last.term, 1);
  CU_ASSERT_EQUAL(first.point, 0);
  for (size_t i = 0; i < 20; i++) {
    CU_ASSERT_NOT_EQUAL(last.value[i], first.value[i]);
    CU_ASSERT_EQUAL(last.analytic[i], 0.06 * last.value[i]);
  }
  clino_gradcheck_record_free(o.record);
}

static void it_is_emptied_for_each_check(void) {
  model_under_test m;
  clino_model model = model_of(&m, 0.0357);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.record = new_record();
  o.points = 2;
  check(&model, &o, CLINO_OK);
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(o.record), 3);
  bool seen[4] = {false};
  for (size_t k = 1, status = 1; status; k++) { /* each call fails: what was kept until then carries no verdict */
    clino_gradcheck_result r;
    m.fail_after = k;
    status = gradcheck_model(&model, &o, &r, NULL) != CLINO_OK;
    size_t sheets = clino_gradcheck_record_sheets(o.record);
    CU_ASSERT_TRUE_FATAL(sheets <= 3);
    seen[sheets] = true;
    if (status) CU_ASSERT_EQUAL(clino_gradcheck_record_verdict(o.record), CLINO_VERDICT_NONE);
  }
  CU_ASSERT_TRUE(seen[0] && seen[1] && seen[2] && seen[3]);
  m.fail_after = 0;
  m.w[3] = NAN; /* and here nothing is compared */
  check(&model, &o, CLINO_OK);
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(o.record), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_verdict(o.record), CLINO_VERDICT_NONFINITE);
  clino_gradcheck_record_free(o.record);
}

static void bad_arguments_are_named(void) {
  clino_error e;
  clino_recorded_tensor t;
  CU_ASSERT_EQUAL(clino_gradcheck_record_new(NULL, &e), CLINO_ERR_RANGE);
  clino_gradcheck_record *r = new_record();
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(r), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_tensors(r), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_measured(r), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_get(r, 0, 0, &t, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "sheet is 0"));
  CU_ASSERT_EQUAL(clino_gradcheck_record_get(NULL, 0, 0, &t, &e), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_gradcheck_record_get(r, 0, 0, NULL, &e), CLINO_ERR_RANGE);
  model_under_test m;
  clino_model model = model_of(&m, 0);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.record = r;
  check(&model, &o, CLINO_OK);
  CU_ASSERT_EQUAL(clino_gradcheck_record_get(r, 0, 2, &t, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "tensor is 2"));
  clino_gradcheck_record_free(r);
  clino_gradcheck_record_free(NULL);
  CU_ASSERT_EQUAL(clino_gradcheck_record_sheets(NULL), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_tensors(NULL), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_measured(NULL), 0);
  CU_ASSERT_EQUAL(clino_gradcheck_record_verdict(NULL), CLINO_VERDICT_NONE);
}

/* Every allocation of a check with a record fails once. */
static void memory_may_be_out(void) {
  model_under_test m;
  clino_model model = model_of(&m, 0.0357);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.record = new_record();
  long n = 0;
  for (clino_status status = CLINO_ERR_MEMORY; status && allocations_known(); n++) {
    clino_gradcheck_result r;
    CU_ASSERT_TRUE_FATAL(n < 200);
    allocations_fail_after(n);
    status = gradcheck_model(&model, &o, &r, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    if (status) CU_ASSERT_EQUAL(clino_gradcheck_record_verdict(o.record), CLINO_VERDICT_NONE);
  }
  CU_ASSERT_TRUE(!allocations_known() || n > 8);
  clino_gradcheck_record_free(o.record);
}

void suite_record(CU_pSuite suite) {
  TEST(suite, every_entry_is_kept);
  TEST(suite, a_sample_leaves_the_rest_open);
  TEST(suite, each_point_and_term_has_a_sheet);
  TEST(suite, it_is_emptied_for_each_check);
  TEST(suite, bad_arguments_are_named);
  TEST(suite, memory_may_be_out);
}
