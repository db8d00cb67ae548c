/* f taken apart into terms, the burn-in, and results as findings. */
#include <math.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/allocations.h"
#include "support/suite.h"

/* Data: the mean of squares of A x - b; a regularizer lambda x'x / 2, and one more that is linear. */
#define N 7

enum fault { RIGHT, DATA_WRONG, REG_WRONG, REG_NOT_IN_GRAD, REG_NOT_IN_VALUE, HOOK_FAILS };

typedef struct sum {
  size_t selected, calls_of_all;
  double lambda;
  enum fault fault;
  bool failing;
} sum;

static double residual(const double *x, size_t i) { return x[i] * (1 + 0.3 * (double)i) + x[(i + 1) % N] * 0.7 - 0.4; }

static double data_term(const double *x, double *grad, enum fault fault) {
  double f = 0;
  for (size_t i = 0; i < N; i++) {
    double r = residual(x, i);
    f += r * r / N;
    if (!grad) continue;
    grad[i] += 2 * r * (1 + 0.3 * (double)i) / N * (fault == DATA_WRONG && i == 3 ? 0.9 : 1);
    grad[(i + 1) % N] += 2 * r * 0.7 / N;
  }
  return f;
}

static int objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  sum *s = ctx;
  bool all = s->selected == CLINO_TERM_ALL;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  if (all || s->selected == 0) *f += data_term(x, grad, s->fault);
  for (size_t i = 0; i < n && (all || s->selected == 1); i++) {
    if (!(all && s->fault == REG_NOT_IN_VALUE)) *f += s->lambda * x[i] * x[i] / 2;
    if (grad && !(all && s->fault == REG_NOT_IN_GRAD)) grad[i] += s->lambda * x[i] * (s->fault == REG_WRONG ? 2 : 1);
  }
  for (size_t i = 0; i < n && (all || s->selected == 2); i++) {
    *f += 1e-3 * x[i];
    if (grad) grad[i] += 1e-3;
  }
  return 0;
}

static int select_term(size_t term, void *ctx) {
  sum *s = ctx;
  s->selected = term;
  if (term == CLINO_TERM_ALL) s->calls_of_all++;
  return s->fault == HOOK_FAILS && term == 1 ? 42 : 0;
}

static const double point[N] = {0.31, -0.83, 1.27, 0.052, -0.44, 0.91, -1.7};
static const char *const names[] = {"squares", "weight decay", "linear"};

static clino_gradcheck_options options_of(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.n_terms = 3;
  o.term_names = names;
  o.context.select_term = select_term;
  return o;
}

static clino_gradcheck_result check(sum *s, const clino_gradcheck_options *o) {
  clino_gradcheck_result r;
  s->selected = CLINO_TERM_ALL;
  CU_ASSERT_EQUAL(gradcheck(objective, s, N, point, o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(s->selected, CLINO_TERM_ALL);
  return r;
}

static void right_terms_are_checked_alone(void) {
  sum s = {.lambda = 0.1};
  clino_gradcheck_options o = options_of();
  clino_gradcheck_result r = check(&s, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.n_terms, 3);
  CU_ASSERT_EQUAL(r.checked, 3 * N);
  CU_ASSERT_STRING_EQUAL(r.terms[1].name, "weight decay");
  double norm = 0;
  for (size_t i = 0; i < N; i++) norm += point[i] * point[i];
  CU_ASSERT_DOUBLE_EQUAL(r.terms[1].value, 0.05 * norm, 1e-14);
  CU_ASSERT_DOUBLE_EQUAL(r.terms[1].gradient_rms, 0.1 * sqrt(norm / N), 1e-14);
  CU_ASSERT_DOUBLE_EQUAL(r.terms[0].dominance, 1, 0);
  CU_ASSERT_DOUBLE_EQUAL(r.value, r.terms[0].value + r.terms[1].value + r.terms[2].value, 1e-14);
  for (size_t i = 0; i < 3; i++) CU_ASSERT_EQUAL(r.terms[i].verdict, CLINO_VERDICT_PASS);
}

/* The whole passes with a wide tolerance; the data alone does not. */
static void a_regularizer_cannot_hide_the_data(void) {
  sum s = {.lambda = 3e4, .fault = DATA_WRONG, .selected = CLINO_TERM_ALL};
  clino_gradcheck_options o = options_of(), whole = clino_gradcheck_options_default();
  whole.tolerance = 1e-2;
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &whole, &r, NULL), CLINO_OK);
  CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
  r = check(&s, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_DIFFERS);
  CU_ASSERT_EQUAL(r.worst.term, 0);
  CU_ASSERT_EQUAL(r.worst.flat, 3);
  CU_ASSERT_EQUAL(r.terms[0].verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.terms[1].verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_TRUE(r.terms[1].dominance > CLINO_TERM_DOMINANCE);
  char text[4096];
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "term \"squares\": x[3]"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "times the data's in x"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "o.n_terms = 3;"));
}

static void a_wrong_term_is_named(void) {
  sum s = {.lambda = 0.2, .fault = REG_WRONG};
  clino_gradcheck_options o = options_of();
  o.term_names = NULL;
  clino_gradcheck_result r = check(&s, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.worst.term, 1);
  CU_ASSERT_STRING_EQUAL(r.terms[0].name, "data");
  CU_ASSERT_STRING_EQUAL(r.terms[1].name, "term 1");
}

static void terms_must_add_up(void) {
  sum s = {.lambda = 0.2, .fault = REG_NOT_IN_GRAD};
  clino_gradcheck_options o = options_of();
  char text[1024];
  clino_gradcheck_result r = check(&s, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_TERMS);
  CU_ASSERT_EQUAL(r.worst.flat, 6);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.numeric - r.worst.analytic, 0.2 * point[6], 1e-12);
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "x[6]"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "sum of the terms"));
  s.fault = REG_NOT_IN_VALUE;
  r = check(&s, &o);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_TERMS);
  CU_ASSERT_TRUE(r.other_value - r.value > 0.1);
  CU_ASSERT_EQUAL(r.worst.tensor[0], '\0');
}

static void the_hook_is_put_back_after_an_error(void) {
  sum s = {.lambda = 0.2, .fault = HOOK_FAILS, .selected = CLINO_TERM_ALL};
  clino_gradcheck_options o = options_of();
  clino_gradcheck_result r;
  clino_error error;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &o, &r, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "select_term"));
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "42"));
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
  CU_ASSERT_EQUAL(s.selected, CLINO_TERM_ALL);
}

static void terms_and_points_together(void) {
  sum s = {.lambda = 0.2, .fault = RIGHT};
  clino_gradcheck_options o = options_of();
  o.points = 2;
  o.burn_in = 5;
  clino_gradcheck_result r = check(&s, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.checked, 3 * N * 4);
}

static void bad_options_are_named(void) {
  sum s = {.lambda = 1, .selected = CLINO_TERM_ALL};
  clino_gradcheck_options o = options_of();
  clino_gradcheck_result r;
  clino_error error;
  const char *const holes[] = {"a", NULL, "c"};
  o.term_names = holes;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "term_names[1]"));
  o = options_of();
  o.context.select_term = NULL;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "select_term"));
  o = options_of();
  o.n_terms = CLINO_MAX_TERMS + 1;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &o, &r, &error), CLINO_ERR_RANGE);
  o = options_of();
  o.burn_in = 1000001;
  CU_ASSERT_EQUAL(gradcheck(objective, &s, N, point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "burn_in"));
}

/* ---- burn-in ---- */

typedef struct descent {
  double lowest; /* of f at calls for the gradient */
  size_t gradients;
} descent;

/* The derivative is wrong where f is small only: at the given point it is right. */
static int right_at_first(size_t n, const double *x, double *f, double *grad, void *ctx) {
  descent *d = ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) *f += x[i] * x[i] / 2 + 0.1 * sin(3 * x[i]);
  if (!grad) return 0;
  d->gradients++;
  d->lowest = fmin(d->lowest, *f);
  for (size_t i = 0; i < n; i++) grad[i] = x[i] + 0.3 * cos(3 * x[i]);
  if (*f < 0.5) grad[1] *= 1.05;
  return 0;
}

static void a_burn_in_goes_downhill_and_comes_back(void) {
  descent d = {.lowest = INFINITY};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(right_at_first, &d, N, point, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  o.burn_in = 4;
  CU_ASSERT_EQUAL(gradcheck(right_at_first, &d, N, point, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.worst.flat, 1);
  CU_ASSERT_EQUAL(r.worst.point, 1);
  CU_ASSERT_EQUAL(r.checked, 2 * N);
  CU_ASSERT_TRUE(d.lowest < 0.5);
  char text[1024];
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "after a burn-in of 4 steps"));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "o.burn_in = 4;"));
}

/* ---- findings ---- */

static void results_become_findings(void) {
  sum s = {.lambda = 3e4, .fault = DATA_WRONG};
  clino_gradcheck_options o = options_of();
  clino_gradcheck_result r = check(&s, &o);
  clino_findings *findings = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&findings, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_gradcheck_findings(&r, "fc1", findings, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_findings_count(findings), 2);
  const clino_finding *f = clino_findings_at(findings, 0), *hides = clino_findings_at(findings, 1);
  CU_ASSERT_STRING_EQUAL(f->check, "gradcheck");
  CU_ASSERT_STRING_EQUAL(f->series, "fc1");
  CU_ASSERT_EQUAL(f->level, CLINO_FINDING_FAIL);
  CU_ASSERT_STRING_EQUAL(hides->check, "regularizer-hides-data");
  CU_ASSERT_EQUAL(hides->level, CLINO_FINDING_WARN);
  CU_ASSERT_TRUE(hides->observed > 1e3);
  CU_ASSERT_PTR_NOT_NULL(strstr(hides->message, "weight decay"));
  s = (sum){.lambda = 0.1};
  r = check(&s, &o);
  CU_ASSERT_EQUAL(clino_gradcheck_findings(&r, NULL, findings, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_findings_count(findings), 3);
  CU_ASSERT_EQUAL(clino_findings_at(findings, 2)->level, CLINO_FINDING_PASS);
  memset(&r, 0, sizeof r);
  CU_ASSERT_EQUAL(clino_gradcheck_findings(&r, NULL, findings, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_gradcheck_findings(NULL, NULL, findings, NULL), CLINO_ERR_RANGE);
  clino_findings_free(findings);
}

void suite_gradcheck_terms(CU_pSuite suite) {
  TEST(suite, right_terms_are_checked_alone);
  TEST(suite, a_regularizer_cannot_hide_the_data);
  TEST(suite, a_wrong_term_is_named);
  TEST(suite, terms_must_add_up);
  TEST(suite, the_hook_is_put_back_after_an_error);
  TEST(suite, terms_and_points_together);
  TEST(suite, bad_options_are_named);
  TEST(suite, a_burn_in_goes_downhill_and_comes_back);
  TEST(suite, results_become_findings);
}
