/* The step check: every right hand-written rule passes, every planted mistake is named, what is no known mistake is not
 * given a name; texts, findings, errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/stepcheck.h"
#include "clino/test/cunit.h"
#include "planted.h"
#include "support/allocations.h"
#include "support/monitor.h"

static handmade hand;

static clino_stepcheck_result check(handmade_bug bug, handmade_style style, const clino_optimizer_options *o,
                                    clino_dtype dtype, uint64_t seed) {
  clino_stepcheck_result r;
  clino_error e;
  clino_status status = planted_check(&hand, bug, style, o, dtype, seed, &r, &e);
  if (status) printf("\n    %s: %s\n", o->rule, e.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  return r;
}

static void show(const clino_stepcheck_result *r) {
  char text[1000];
  clino_stepcheck_describe(r, text, sizeof text);
  printf("\n    %s\n", text);
}

/* Every way to set a rule up that a planted mistake needs, and some more. */
static clino_optimizer_options set_up(const char *rule, size_t v) {
  clino_optimizer_options o = clino_optimizer_options_default(rule);
  if (v < PLANTED_COUNT) {
    if (planted_list[v].formula) planted_list[v].formula(&o);
    return o;
  }
  o.rate = v % 2 ? 1e-5 : 1;
  o.epsilon = v % 2 ? 1e-3 : 1e-15;
  o.weight_decay = v % 2 ? 0.5 : 1e-4;
  o.velocity_sign = v % 2 ? CLINO_VELOCITY_UPHILL : CLINO_VELOCITY_DOWNHILL;
  o.first_undampened = false;
  o.grad_scale = 0.25;
  o.beta2 = v % 2 ? 0.9999 : 0.5;
  return o;
}

static void right_rules_pass(void) {
  uint64_t seed = 100;
  for (size_t r = 0; r < clino_optimizer_count(); r++)
    for (size_t v = 0; v < PLANTED_COUNT + 2; v++)
      for (int f32 = 0; f32 < 2; f32++) {
        clino_optimizer_options o = set_up(clino_optimizer_at(r)->name, v);
        handmade_style style = (handmade_style)(++seed % STYLE_COUNT);
        clino_stepcheck_result result = check(BUG_NONE, style, &o, f32 ? CLINO_F32 : CLINO_F64, seed);
        if (result.verdict != CLINO_STEP_PASS) show(&result);
        CU_ASSERT_EQUAL(result.verdict, CLINO_STEP_PASS);
        CU_ASSERT_TRUE(result.excess <= 1);
        CU_ASSERT_EQUAL(result.n_matches, 0);
      }
}

/* The library's own steps, in both types, as the code under test. */
static void *library_state[2];

static int library_init(const clino_step_call *c, void *ctx) {
  (void)ctx;
  for (size_t k = 0; k < c->n_tensors; k++) {
    size_t size, n = handmade_size(&c->tensors[k]);
    clino_optimizer_state_size(c->options, c->tensors[k].dtype, n, &size, NULL);
    free(library_state[k]);
    library_state[k] = malloc(size);
    if (clino_optimizer_state_init(c->options, c->tensors[k].dtype, n, library_state[k], size, NULL)) return 1;
  }
  return 0;
}

static int library_step(const clino_step_call *c, void *ctx) {
  (void)ctx;
  for (size_t k = 0; k < c->n_tensors; k++) {
    const clino_tensor *t = &c->tensors[k];
    clino_optimizer_options o = *c->options;
    if (t->n_dims == 1 && !c->decay_biases) o.weight_decay = 0;
    size_t n = handmade_size(t);
    clino_status status = t->dtype == CLINO_F32
                              ? clino_optimizer_step_f32(&o, n, t->value, t->grad, library_state[k], NULL)
                              : clino_optimizer_step_f64(&o, n, t->value, t->grad, library_state[k], NULL);
    if (status) return (int)status;
  }
  return 0;
}

static void the_library_passes_its_own_check(void) {
  const clino_stepper stepper = {library_init, library_step, NULL, NULL};
  const clino_tensor single[] = {CLINO_TENSOR_F32("W", NULL, NULL, 30, 7), CLINO_TENSOR_F32("b", NULL, NULL, 30)};
  for (size_t r = 0; r < clino_optimizer_count(); r++)
    for (int f32 = 0; f32 < 2; f32++) {
      clino_optimizer_options formula = clino_optimizer_options_default(clino_optimizer_at(r)->name);
      clino_stepcheck_options o = clino_stepcheck_options_default();
      clino_stepcheck_result result;
      if (f32) o.n_tensors = 2, o.tensors = single;
      o.steps = 200;
      CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &formula, &o, &result, NULL), CLINO_OK);
      CU_ASSERT_EQUAL(result.verdict, CLINO_STEP_PASS);
      CU_ASSERT_EQUAL(result.steps, 1200);
      CU_ASSERT_STEPCHECK(&stepper, &formula, &o);
    }
  for (int k = 0; k < 2; k++) free(library_state[k]), library_state[k] = NULL;
}

static void planted_mistakes_are_named(void) {
  uint64_t seed = 500;
  for (size_t k = 0; k < PLANTED_COUNT; k++)
    for (size_t r = 0; r < clino_optimizer_count(); r++) {
      const planted *p = &planted_list[k];
      const char *rule = clino_optimizer_at(r)->name;
      if (!planted_applies(p, rule)) continue;
      clino_optimizer_options o = planted_formula(p, rule);
      handmade_style style = (handmade_style)(++seed % STYLE_COUNT);
      clino_stepcheck_result result = check(p->bug, style, &o, seed % 2 ? CLINO_F32 : CLINO_F64, seed);
      bool named = result.n_matches && !strcmp(result.matches[0].deviation->id, p->id);
      if (!named) show(&result);
      CU_ASSERT_TRUE_FATAL(named);
      CU_ASSERT_EQUAL(result.verdict, !isfinite(result.excess)                   ? CLINO_STEP_NONFINITE
                                      : result.matches[0].deviation->documented ? CLINO_STEP_VARIANT
                                                                                : CLINO_STEP_FAIL);
      if (p->bug == BUG_STATE) CU_ASSERT_TRUE(result.reset_fails);
      if (p->bug == BUG_MEAN) CU_ASSERT_EQUAL(result.matches[0].factor, 1.0 / 32);
      if (p->bug == BUG_RATE) CU_ASSERT_EQUAL(result.matches[0].factor, 2);
    }
}

/* ---- what is in no list ---- */

/* Adam that keeps the largest second moment; one that forgets to square; and one that is off a little. */
static int unknown_kind;

static int unknown_step(const clino_step_call *c, void *ctx) {
  handmade *h = ctx;
  const clino_optimizer_options *o = c->options;
  size_t at = 0;
  for (size_t k = 0; k < c->n_tensors; k++)
    for (size_t i = 0; i < handmade_size(&c->tensors[k]); i++, at++) {
      double *p = c->tensors[k].value, g = ((double *)c->tensors[k].grad)[i], t = (double)c->t, square = g * g;
      double m = h->a[at] = o->beta1 * h->a[at] + (1 - o->beta1) * g;
      double v = o->beta2 * h->b[at] + (1 - o->beta2) * (unknown_kind == 2 ? fabs(g) : square);
      h->b[at] = unknown_kind == 1 ? fmax(h->b[at], v) : v;
      double move = m / (1 - pow(o->beta1, t)) / (sqrt(h->b[at] / (1 - pow(o->beta2, t))) + o->epsilon);
      p[i] -= o->rate * move;
      if (unknown_kind == 3) p[i] *= 1 + 5e-16;
      if (unknown_kind == 4) p[i] = (double)(float)p[i];
      if (unknown_kind == 5 && c->t == 40) p[i] = NAN;
      if (unknown_kind == 6) p[i] -= 1e-3 * o->rate;
    }
  return 0;
}

static clino_stepcheck_result check_unknown(int kind) {
  clino_optimizer_options formula = clino_optimizer_options_default("adam");
  clino_stepper stepper = {handmade_init, unknown_step, NULL, &hand};
  clino_stepcheck_result r;
  hand = (handmade){.bug = BUG_NONE};
  unknown_kind = kind;
  CU_ASSERT_EQUAL_FATAL(clino_stepcheck(&stepper, &formula, NULL, &r, NULL), CLINO_OK);
  return r;
}

static void assert_says(const clino_stepcheck_result *r, const char *words) {
  char text[1000];
  size_t length = clino_stepcheck_describe(r, text, sizeof text);
  CU_ASSERT_TRUE(length <= 900 && length == strlen(text));
  if (!strstr(text, words)) printf("\n    '%s' is not in: %s\n", words, text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, words));
}

static void what_is_in_no_list_gets_no_name(void) {
  clino_stepcheck_result r = check_unknown(0);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_PASS);
  static const int wrong[] = {1, 2, 6};
  for (size_t k = 0; k < 3; k++) {
    r = check_unknown(wrong[k]);
    CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_FAIL);
    CU_ASSERT_EQUAL(r.n_matches, 0);
    CU_ASSERT_FALSE(clino_stepcheck_accepted(&r));
    assert_says(&r, "matches no known deviation");
  }
  r = check_unknown(3);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_INCONCLUSIVE);
  CU_ASSERT_EQUAL(r.n_matches, 0);
  r = check_unknown(4);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_INCONCLUSIVE);
  assert_says(&r, "single precision");
  r = check_unknown(5);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_NONFINITE);
  CU_ASSERT_EQUAL(r.step, 40);
  assert_says(&r, "not finite");
}

/* Two mistakes at once are none of the known ones. */
static void two_mistakes_are_not_given_one_name(void) {
  clino_optimizer_options o = clino_optimizer_options_default("adam");
  o.epsilon_place = CLINO_EPSILON_INSIDE;
  o.weight_decay = 0.02;
  clino_stepper stepper = {handmade_init, handmade_step, NULL, &hand};
  clino_stepcheck_result r;
  clino_optimizer_options claimed = o;
  hand = (handmade){.bug = BUG_COUPLED};
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &claimed, NULL, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.n_matches, 1);
  hand = (handmade){.bug = BUG_SIGN};
  hand.style = STYLE_PLAIN;
  claimed.rule = "adamw"; /* coupled under that name, and ascending */
  claimed.decay_kind = CLINO_DECAY_DECOUPLED;
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &claimed, NULL, &r, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(r.matches[0].deviation->id, "sign");
}

/* ---- options ---- */

/* Code with constants in it, and a schedule of its own. */
static int scheduled_step(const clino_step_call *c, void *ctx) {
  double late = *(const double *)ctx;
  for (size_t k = 0; k < c->n_tensors; k++)
    for (size_t i = 0; i < handmade_size(&c->tensors[k]); i++) {
      double t = fmax((double)c->t - 1 - late, 0);
      ((double *)c->tensors[k].value)[i] -= 0.05 / (1 + 0.1 * t) * ((double *)c->tensors[k].grad)[i];
    }
  return 0;
}

static int nothing(const clino_step_call *c, void *ctx) {
  (void)c, (void)ctx;
  return 0;
}

static void schedules_of_the_code_itself(void) {
  clino_optimizer_options formula = clino_optimizer_options_default("gradient-descent");
  clino_schedule s = clino_schedule_default(CLINO_SCHEDULE_INVERSE);
  clino_stepcheck_options o = clino_stepcheck_options_default();
  clino_stepcheck_result r;
  double late = 0;
  clino_stepper stepper = {nothing, scheduled_step, NULL, &late};
  s.initial = 0.05, s.decay = 0.1;
  o.rate = &s, o.vary = false;
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &formula, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_PASS);
  late = 1;
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &formula, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(r.matches[0].deviation->id, "schedule-late");
  CU_ASSERT_EQUAL(r.step, 2);
  late = -1;
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &formula, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(r.matches[0].deviation->id, "schedule-early");
  o.rate = NULL, formula.rate = 0.05; /* the rate of the code falls, that of the formula does not */
  CU_ASSERT_EQUAL(clino_stepcheck(&stepper, &formula, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_FAIL);
  CU_ASSERT_EQUAL(r.n_matches, 0);
}

static void same_seed_same_result(void) {
  clino_optimizer_options o = clino_optimizer_options_default("adadelta");
  clino_stepcheck_result a = check(BUG_MEAN, STYLE_PLAIN, &o, CLINO_F32, 9),
                         b = check(BUG_MEAN, STYLE_PLAIN, &o, CLINO_F32, 9);
  CU_ASSERT_EQUAL(a.excess, b.excess);
  CU_ASSERT_EQUAL(a.got, b.got);
  CU_ASSERT_EQUAL(a.n_matches, b.n_matches);
}

static void findings_say_the_same(void) {
  clino_findings *list = NULL;
  clino_findings_new(&list, NULL);
  clino_optimizer_options o = clino_optimizer_options_default("adam");
  clino_stepcheck_result r = {0};
  CU_ASSERT_EQUAL(clino_stepcheck_finding(&r, list, NULL), CLINO_OK);
  static const handmade_bug bugs[] = {BUG_NONE, BUG_EPSILON_INSIDE, BUG_UNCORRECTED};
  for (size_t k = 0; k < 3; k++) {
    r = check(bugs[k], STYLE_PLAIN, &o, CLINO_F64, 3);
    CU_ASSERT_EQUAL(clino_stepcheck_finding(&r, list, NULL), CLINO_OK);
  }
  static const clino_finding_level levels[] = {CLINO_FINDING_SKIP, CLINO_FINDING_PASS, CLINO_FINDING_INFO,
                                               CLINO_FINDING_FAIL};
  for (size_t k = 0; k < 4; k++) CU_ASSERT_EQUAL(clino_findings_at(list, k)->level, levels[k]);
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 3)->cause, "bias-correction-missing");
  CU_ASSERT_STRING_EQUAL(clino_findings_at(list, 3)->check, "stepcheck");
  assert_says(&r, "fail: adam: the bias correction is missing; first at W[0] after step 1 of trial 0");
  ASSERT_FAILS(clino_stepcheck_finding(NULL, list, &error), CLINO_ERR_RANGE, "NULL");
  clino_findings_free(list);
  char small[20];
  CU_ASSERT_TRUE(clino_stepcheck_describe(&r, small, sizeof small) > 100);
  CU_ASSERT_STRING_EQUAL(small, "stepcheck: fail: ad");
  CU_ASSERT_TRUE(clino_stepcheck_describe(&r, NULL, 0) > 100);
  CU_ASSERT_STRING_EQUAL(clino_step_verdict_name((clino_step_verdict)77), "unknown");
  CU_ASSERT_FALSE(clino_stepcheck_accepted(NULL));
}

/* ---- errors ---- */

static int fails(const clino_step_call *c, void *ctx) {
  (void)ctx;
  return c->t == 7 ? 42 : 0;
}

#define REFUSED(field, value)                                                                                   \
  do {                                                                                                          \
    clino_stepcheck_options o = clino_stepcheck_options_default();                                              \
    o.field = (value);                                                                                          \
    ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, #field);                 \
  } while (0)

static void errors_of_stepcheck(void) {
  clino_stepper stepper = {nothing, nothing, NULL, NULL}, failing = {nothing, fails, NULL, NULL}, empty = {0};
  clino_optimizer_options formula = clino_optimizer_options_default("momentum"), ahead, unknown, still;
  clino_stepcheck_options zero = {0};
  clino_stepcheck_result r;
  const clino_tensor mixed[] = {CLINO_TENSOR_F32("W", NULL, NULL, 3), CLINO_TENSOR_F64("b", NULL, NULL, 3)};
  const clino_tensor large[] = {CLINO_TENSOR_F32("W", NULL, NULL, 5000, 5000)},
                     none[] = {CLINO_TENSOR_F32("W", NULL, NULL, 0)};
  const clino_tensor many[] = {CLINO_TENSOR_F32("W", NULL, NULL, 300)};
  REFUSED(trials, 1);
  REFUSED(steps, 1);
  REFUSED(batch, 0.5);
  REFUSED(n_tensors, 17);
  clino_stepcheck_options o = clino_stepcheck_options_default();
  o.n_tensors = 1;
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, "tensors is NULL");
  o.n_tensors = 2, o.tensors = mixed;
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, "another type");
  o.n_tensors = 1, o.tensors = many, o.trials = 100, o.steps = 1000;
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, "20 million");
  o.tensors = large;
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, "10000");
  o.tensors = none;
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &o, &r, &error), CLINO_ERR_RANGE, "empty");
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, &zero, &r, &error), CLINO_ERR_RANGE, "_default()");
  ASSERT_FAILS(clino_stepcheck(&empty, &formula, NULL, &r, &error), CLINO_ERR_RANGE, "init or step");
  ASSERT_FAILS(clino_stepcheck(&stepper, &formula, NULL, NULL, &error), CLINO_ERR_RANGE, "result");
  ASSERT_FAILS(clino_stepcheck(&stepper, NULL, NULL, &r, &error), CLINO_ERR_RANGE, "NULL");
  unknown = formula, unknown.rule = "sgd";
  ASSERT_FAILS(clino_stepcheck(&stepper, &unknown, NULL, &r, &error), CLINO_ERR_NOT_FOUND, "sgd");
  still = formula, still.rate = 0;
  ASSERT_FAILS(clino_stepcheck(&stepper, &still, NULL, &r, &error), CLINO_ERR_RANGE, "rate");
  ahead = clino_optimizer_options_default("nesterov"), ahead.nesterov_form = CLINO_NESTEROV_LOOKAHEAD;
  ASSERT_FAILS(clino_stepcheck(&stepper, &ahead, NULL, &r, &error), CLINO_ERR_RANGE, "lookahead");
  ASSERT_FAILS(clino_stepcheck(&failing, &formula, NULL, &r, &error), CLINO_ERR_CALLBACK, "42");
  CU_ASSERT_EQUAL(r.verdict, CLINO_STEP_NONE);
  clino_optimizer_options wild = clino_optimizer_options_default("gradient-descent");
  wild.rate = 1e200, wild.weight_decay = 1;
  ASSERT_FAILS(clino_stepcheck(&stepper, &wild, NULL, &r, &error), CLINO_ERR_RANGE, "leaves the numbers");
  CU_ASSERT_PTR_NULL(clino_step_deviation_at(clino_step_deviation_count()));
}

static void memory_that_runs_out_is_reported(void) {
  if (!allocations_known()) return;
  clino_optimizer_options o = clino_optimizer_options_default("momentum");
  clino_stepcheck_result r;
  clino_error e;
  long live = allocations_live();
  for (long n = 0; n < 100; n++) {
    allocations_fail_after(n);
    clino_status status = planted_check(&hand, BUG_SIGN, STYLE_PLAIN, &o, CLINO_F64, 1, &r, &e);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), live);
    if (!status) return;
    CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
  }
  CU_FAIL("the step check allocates without end");
}

void suite_stepcheck(CU_pSuite suite) {
  TEST(suite, right_rules_pass);
  TEST(suite, the_library_passes_its_own_check);
  TEST(suite, planted_mistakes_are_named);
  TEST(suite, what_is_in_no_list_gets_no_name);
  TEST(suite, two_mistakes_are_not_given_one_name);
  TEST(suite, schedules_of_the_code_itself);
  TEST(suite, same_seed_same_result);
  TEST(suite, findings_say_the_same);
  TEST(suite, errors_of_stepcheck);
  TEST(suite, memory_that_runs_out_is_reported);
}
