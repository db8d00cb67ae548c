/* Why a loss is flat: causes that were planted under three rules, limits of stability, the record, errors. */
#include "clino/stall.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/allocations.h"
#include "support/random.h"
#include "support/spectra.h"
#include "support/stalls.h"
#include "support/suite.h"

static void say(bool holds, const char *what, const char *rule, const clino_stall_result *r, unsigned line) {
  char text[1200], told[901];
  clino_stall_describe(r, told, sizeof told);
  snprintf(text, sizeof text, "%s under %s: %s", what, rule, told);
  CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, line, text, __FILE__, "", CU_FALSE);
}

/* At most one of 70 trials is not named: the noise of a batch is a matter of chance. */
static void planted_causes(void) {
  size_t missed = 0;
  for (int plant = 0; plant < PLANT_COUNT; plant++)
    for (size_t rule = 0; rule < 3; rule++)
      for (uint64_t seed = 101; seed <= 103; seed++) {
        clino_stall_result r;
        if (!stall_trial((stall_plant)plant, rule, seed, NULL, &r)) continue;
        bool right = stall_named((stall_plant)plant, &r);
        missed += !right;
        say(right || plant == PLANT_NOISE, stall_plant_names[plant], stall_rules[rule], &r, __LINE__);
        if (plant == PLANT_BOUNCING && rule < 2) /* the steepest curvature is 1 */
          say(r.suggested_rate < r.limit && r.suggested_rate > 0.1 * r.limit, "rate", stall_rules[rule], &r, __LINE__);
        if (plant == PLANT_RATE_LOW && rule < 2)
          say(fabs(r.suggested_rate / r.limit - 0.5) < 0.02, "rate", stall_rules[rule], &r, __LINE__);
      }
  CU_ASSERT(missed <= 1);
}

static void limits(void) {
  CU_ASSERT_EQUAL(clino_stability_limit("gradient-descent", 0.9), 2);
  CU_ASSERT_DOUBLE_EQUAL(clino_stability_limit("momentum", 0.9), 3.8, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(clino_stability_limit("nesterov", 0.9), 3.8 / 2.8, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(clino_stability_limit("adam", 0.9), 38, 1e-12);
  CU_ASSERT_EQUAL(clino_stability_limit("rmsprop", 0), 2);
  CU_ASSERT(isnan(clino_stability_limit("rprop", 0)) && isnan(clino_stability_limit(NULL, 0)));
  CU_ASSERT(isnan(clino_stability_limit("momentum", 1)) && isnan(clino_stability_limit("momentum", NAN)));
}

/* Each rule on the quadratic x^2 / 2, just below and just above its limit. */
static bool grows(const char *rule, double mu, double rate) {
  double x = 1, v = 0, most = 0;
  bool nesterov = strcmp(rule, "nesterov") == 0, averages = strcmp(rule, "adam") == 0;
  for (int t = 0; t < 20000 && fabs(x) < 1e6; t++) {
    v = mu * v + (averages ? 1 - mu : 1) * x;
    x -= rate * (nesterov ? mu * v + x : v);
    if (t > 19900) most = fmax(most, fabs(x));
  }
  return !(fabs(x) < 1e6) || most > 1;
}

static void limits_are_where_rules_break(void) {
  static const char *const names[] = {"gradient-descent", "momentum", "nesterov", "adam"};
  for (int k = 0; k < 4; k++)
    for (double mu = 0.3; mu < 0.96; mu += 0.3) {
      double limit = clino_stability_limit(names[k], mu), used = k ? mu : 0;
      CU_ASSERT(!grows(names[k], used, 0.999 * limit));
      CU_ASSERT(grows(names[k], used, 1.001 * limit));
    }
}

static clino_stall_result probe(known_quadratic *q, const double *x, const clino_stall_options *o) {
  clino_stall_result r;
  clino_point *point = NULL;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_point_new(known_quadratic_objective, q, q->n, x, NULL, &point, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_stall_probe(point, o, &r, &error), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(error.message, "");
  clino_point_free(point);
  return r;
}

/* Beside the steepest direction, in which the rule has settled. */
static void place_off_steepest(known_quadratic *q, double *x, double by) {
  double v[SPECTRA_MOST];
  known_quadratic_vector(q, q->n - 1, v);
  memcpy(x, q->center, q->n * sizeof *x);
  for (size_t k = 0; k + 1 < q->n; k++) {
    known_quadratic_vector(q, k, v);
    for (size_t i = 0; i < q->n; i++) x[i] += by * v[i];
  }
}

static void edge_and_none(void) {
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 9, 3);
  for (size_t i = 0; i < 9; i++) q.lambda[i] = i == 8 ? 5 : 0.4 + 0.01 * (double)i;
  place_off_steepest(&q, x, 0.5);
  clino_stall_options o = clino_stall_options_default("gradient-descent");
  o.rate = 0.38;
  clino_stall_result r = probe(&q, x, &o);
  say(r.cause == CLINO_STALL_EDGE_OF_STABILITY && fabs(r.stability - 0.95) < 1e-6, "0.95 of 2", o.rule, &r, __LINE__);
  o.rate = 0.2;
  r = probe(&q, x, &o);
  say(r.cause == CLINO_STALL_NONE && isnan(r.suggested_rate), "half of it", o.rule, &r, __LINE__);
  CU_ASSERT_DOUBLE_EQUAL(r.cosine, 1, 1e-3);
  CU_ASSERT_DOUBLE_EQUAL(r.decrease_ratio, 1 - 0.2 * 0.44 / 2, 0.01); /* 1 - eta g'Hg / 2g'g */
  CU_ASSERT_DOUBLE_EQUAL(r.step_curvature, 0.2 * 0.44, 0.01);
}

static void what_is_recorded(void) {
  clino_run *run = NULL;
  clino_stall_result r;
  CU_ASSERT_EQUAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT(stall_trial(PLANT_NOISE, 0, 7, run, &r));
  static const char *const names[] = {"grad_norm", "lambda_max", "decrease_ratio", "grad_cosine", "grad_noise_scale"};
  const double values[] = {r.gradient_norm, r.lambda_max, r.decrease_ratio, r.cosine, r.noise_scale};
  for (size_t i = 0; i < 5; i++) {
    const clino_series *s = clino_run_series(run, names[i]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(clino_series_count(s), 1);
    CU_ASSERT_EQUAL(clino_series_step(s, 0), 4000);
    CU_ASSERT_EQUAL(clino_series_values(s)[0], values[i]);
  }
  CU_ASSERT(r.noise_scale > 0);
  clino_run_free(run);
}

static void findings(void) {
  static const clino_finding_level levels[PLANT_COUNT] = {CLINO_FINDING_PASS, CLINO_FINDING_FAIL, CLINO_FINDING_WARN,
                                                          CLINO_FINDING_WARN, CLINO_FINDING_WARN, CLINO_FINDING_WARN,
                                                          CLINO_FINDING_WARN, CLINO_FINDING_WARN};
  clino_findings *list = NULL;
  CU_ASSERT_EQUAL(clino_findings_new(&list, NULL), CLINO_OK);
  for (size_t plant = 0; plant < PLANT_COUNT; plant++) {
    clino_stall_result r;
    CU_ASSERT(stall_trial((stall_plant)plant, 0, 201, NULL, &r));
    CU_ASSERT_EQUAL(clino_stall_findings(&r, 17, list, NULL), CLINO_OK);
    const clino_finding *f = clino_findings_at(list, plant);
    CU_ASSERT_STRING_EQUAL(f->check, "stall-probe");
    CU_ASSERT_EQUAL(f->level, levels[plant]);
    CU_ASSERT(f->first_step == 17 && f->last_step == 17);
    CU_ASSERT_PTR_NOT_NULL(strstr(f->message, clino_stall_cause_name(r.cause)));
  }
  clino_stall_result none;
  memset(&none, 0, sizeof none);
  CU_ASSERT_EQUAL(clino_stall_findings(&none, 0, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_stall_findings(NULL, 0, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_STRING_EQUAL(clino_stall_cause_name((clino_stall_cause)77), "unknown");
  clino_findings_free(list);
}

/* ---- errors ---- */

typedef struct selected {
  size_t last;
  int calls, fail_at;
} selected;

static int select_batch(size_t batch, void *ctx) {
  selected *s = ctx;
  s->last = batch;
  return ++s->calls == s->fail_at ? 51 : 0;
}

static void refused(clino_point *point, clino_stall_options o, clino_status status, const char *names) {
  clino_stall_result r;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_stall_probe(point, &o, &r, &error), status);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, names));
}

static void ranges(void) {
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 4, 3);
  for (size_t i = 0; i < 4; i++) q.lambda[i] = 1 + (double)i;
  place_off_steepest(&q, x, 0.5);
  clino_point *point = NULL;
  CU_ASSERT_EQUAL(clino_point_new(known_quadratic_objective, &q, 4, x, NULL, &point, NULL), CLINO_OK);
  clino_stall_options d = clino_stall_options_default("momentum"), o;
  CU_ASSERT_EQUAL(d.momentum, 0.9);
  refused(point, d, CLINO_ERR_RANGE, "rate");
  d.rate = 0.1;
  const double bad[4] = {1, -1, 1, 1}, nan[4] = {0, NAN, 0, 0};
  refused(point, (o = d, o.rule = "sgd", o), CLINO_ERR_NOT_FOUND, "sgd");
  refused(point, (o = d, o.rate = INFINITY, o), CLINO_ERR_RANGE, "rate");
  refused(point, (o = d, o.momentum = 1, o), CLINO_ERR_RANGE, "momentum");
  refused(point, (o = d, o.steps = 7, o), CLINO_ERR_RANGE, "steps");
  refused(point, (o = d, o.batches = 1, o), CLINO_ERR_RANGE, "batches");
  refused(point, (o = d, o.batches = 4, o), CLINO_ERR_RANGE, "select_batch");
  refused(point, (o = d, o.batch_size = 0, o), CLINO_ERR_RANGE, "batch_size");
  refused(point, (o = d, o.preconditioner = bad, o), CLINO_ERR_RANGE, "preconditioner");
  refused(point, (o = d, o.rule = "adam", o), CLINO_ERR_RANGE, "preconditioner");
  refused(point, (o = d, o.rule = "adam", o.preconditioner = bad, o), CLINO_ERR_RANGE, "preconditioner");
  refused(point, (o = d, o.last_step = nan, o), CLINO_ERR_RANGE, "last_step");
  refused(point, (o = d, o.critical.directions = 0, o), CLINO_ERR_RANGE, "directions");
  memset(&o, 0, sizeof o);
  refused(point, o, CLINO_ERR_RANGE, "clino_stall_options_default");
  clino_stall_result r;
  CU_ASSERT_EQUAL(clino_stall_probe(point, NULL, &r, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_stall_probe(NULL, &d, &r, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_stall_probe(point, &d, NULL, NULL), CLINO_ERR_RANGE);
  selected s = {.last = 99};
  d.batches = 3, d.select_batch = select_batch, d.ctx = &s;
  for (int at = 1; at < 8; at++) {
    s.calls = 0, s.fail_at = at;
    clino_error error;
    clino_status status = clino_stall_probe(point, &d, &r, &error);
    CU_ASSERT(at > 6 ? status == CLINO_OK : status == CLINO_ERR_CALLBACK && error.callback_value == 51);
    CU_ASSERT_EQUAL(s.last, CLINO_SAMPLE_ALL);
  }
  clino_point_free(point);
}

static void not_finite_and_out_of_memory(void) {
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 5, 3);
  for (size_t i = 0; i < 5; i++) q.lambda[i] = 1 + (double)i;
  place_off_steepest(&q, x, 0.5);
  clino_stall_options o = clino_stall_options_default("nesterov");
  o.rate = 0.02;
  for (uint64_t from = 1; from < 40; from += 3) {
    q.calls = 0, q.nan_from = from;
    clino_stall_result r = probe(&q, x, &o);
    CU_ASSERT(r.cause == CLINO_STALL_UNKNOWN || r.verdict == CLINO_VERDICT_PASS);
  }
  q.nan_from = 0;
  for (long i = 0; i < 100 && allocations_known(); i++) {
    clino_point *point = NULL;
    clino_stall_result r;
    long before = allocations_live();
    allocations_fail_after(i);
    clino_status status = clino_point_new(known_quadratic_objective, &q, 5, x, NULL, &point, NULL);
    if (!status) status = clino_stall_probe(point, &o, &r, NULL);
    allocations_fail_after(-1);
    clino_point_free(point);
    CU_ASSERT_EQUAL(allocations_live(), before);
    if (!status) break;
    CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
  }
}

void suite_stall(CU_pSuite suite) {
  TEST(suite, planted_causes);
  TEST(suite, limits);
  TEST(suite, limits_are_where_rules_break);
  TEST(suite, edge_and_none);
  TEST(suite, what_is_recorded);
  TEST(suite, findings);
  TEST(suite, ranges);
  TEST(suite, not_finite_and_out_of_memory);
}
