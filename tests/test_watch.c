/* A watched loop: what is recorded against plain computation; when it looks; the budget, by a clock of the test's own;
 * checks that call back; errors. */
#include <stdlib.h>
#include <string.h>

#include "clino/watch.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

enum { IN = 300, OUT = 20, ROWS = 12 };

/* A layer of made-up numbers that move by a known update. */
typedef struct net {
  float W[IN * OUT], dW[IN * OUT], update[IN * OUT];
  double b[OUT], db[OUT];
  float out[ROWS * OUT];
  clino_tensor tensors[2];
  uint64_t seed;
} net;

static net *make_net(void) {
  net *n = calloc(1, sizeof *n);
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  n->seed = 5;
  for (size_t i = 0; i < IN * OUT; i++) n->W[i] = (float)random_normal(&n->seed);
  n->tensors[0] = CLINO_TENSOR_F32("W1", n->W, n->dW, IN, OUT);
  n->tensors[1] = CLINO_TENSOR_F64("b1", n->b, n->db, OUT);
  return n;
}

static void train(net *n) {
  for (size_t i = 0; i < IN * OUT; i++) {
    n->dW[i] = (float)random_normal(&n->seed);
    float before = n->W[i];
    n->W[i] -= 0.01f * n->dW[i];
    n->update[i] = n->W[i] - before;
  }
  for (size_t i = 0; i < OUT; i++) n->db[i] = random_normal(&n->seed), n->b[i] -= 0.01 * n->db[i];
  for (size_t i = 0; i < ROWS * OUT; i++) n->out[i] = (float)fmax(0, random_normal(&n->seed));
}

static double norm_of(size_t n, const float *x) {
  long double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (long double)x[i] * (long double)x[i];
  return (double)sqrtl(sum);
}

static clino_watch_layer_spec spec_of(net *n) {
  clino_watch_layer_spec s = clino_watch_layer_spec_default();
  s.params = n->tensors;
  s.n_params = 2;
  s.output = n->out;
  s.rows = ROWS;
  s.units = OUT;
  return s;
}

static clino_watch *watch_net(net *n, clino_run *run, const clino_watch_options *o) {
  clino_watch *w = NULL;
  clino_watch_layer_spec s = spec_of(n);
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, o, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_watch_layer(w, "hidden", &s, NULL), CLINO_OK);
  return w;
}

static clino_watch_options without_budget(uint64_t every) {
  clino_watch_options o = clino_watch_options_default();
  o.every = every;
  o.budget_fraction = CLINO_AUTO;
  return o;
}

static size_t count_of(const clino_run *run, const char *name) {
  return clino_series_count(clino_run_series(run, name));
}

static void records_what_plain_computation_gives(void) {
  net *n = make_net();
  clino_run *run = new_run();
  clino_watch_options o = without_budget(3);
  clino_watch *w = watch_net(n, run, &o);
  double gradient = 0, update = 0;
  for (int64_t step = 1; step <= 7; step++) {
    train(n);
    clino_watch_scalar(w, "lr", 9, NULL);
    clino_watch_scalar(w, "lr", 0.01, NULL);
    if (step == 2) clino_watch_scalar(w, "val/loss", 0.7, NULL);
    CU_ASSERT_EQUAL(clino_watch_step(w, step, 1.0 / (double)step, NULL), CLINO_OK);
    if (step == 4) gradient = norm_of(IN * OUT, n->dW), update = norm_of(IN * OUT, n->update);
  }
  CU_ASSERT_EQUAL(count_of(run, "train/loss"), 7);
  CU_ASSERT_EQUAL(count_of(run, "lr"), 7);
  CU_ASSERT_EQUAL(clino_series_values(clino_run_series(run, "lr"))[3], 0.01);
  ASSERT_NEAR(only_point(run, "val/loss", 2), 0.7, 0);
  const clino_series *norms = clino_run_series(run, "grad_norm/W1"), *updates = clino_run_series(run, "update_norm/W1");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(norms), 3); /* steps 1, 4, 7 */
  CU_ASSERT_EQUAL_FATAL(clino_series_count(updates), 3);
  CU_ASSERT_EQUAL(clino_series_step(norms, 1), 4);
  ASSERT_NEAR(clino_series_values(norms)[1], gradient, 1e-12);
  ASSERT_NEAR(clino_series_values(updates)[1], update, 1e-5); /* the update in f32 is rounded */
  ASSERT_NEAR(clino_series_values(clino_run_series(run, "param_norm/W1"))[2], norm_of(IN * OUT, n->W), 1e-12);
  CU_ASSERT_EQUAL(count_of(run, "update_ratio/b1"), 2); /* at first b is 0 */
  CU_ASSERT_EQUAL(count_of(run, "act_mean/hidden"), 3);
  CU_ASSERT_EQUAL(count_of(run, "act_zero_fraction/hidden"), 3);
  CU_ASSERT_EQUAL(count_of(run, "unit_spread/hidden"), 2); /* looks 1 and 2, not 3 */
  CU_ASSERT_TRUE(clino_series_values(clino_run_series(run, "unit_spread/hidden"))[0] > 0.5);
  CU_ASSERT_PTR_NULL(clino_run_series(run, "gradients/W1"));
  clino_watch_cost cost;
  clino_watch_get_cost(w, &cost, NULL);
  CU_ASSERT_TRUE(cost.steps == 7 && cost.looks == 3 && cost.left_out == 0);
  clino_watch_free(w);
  clino_run_free(run);
  free(n);
}

static uint64_t counted(const clino_run *run, const char *series) {
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, series), 0);
  uint64_t n = 0;
  CU_ASSERT_PTR_NOT_NULL_FATAL(h);
  for (size_t i = 0; i < h->n_bins; i++) n += h->counts[i];
  return n + h->below + h->above;
}

static void histograms_gather_until_they_are_due(void) {
  for (size_t share = 1; share <= 3; share += 2) {
    net *n = make_net();
    clino_run *run = new_run();
    clino_watch_options o = without_budget(1);
    o.histogram_every = 6;
    o.histogram_share = share; /* W1 has three blocks */
    clino_watch *w = watch_net(n, run, &o);
    for (int64_t step = 1; step <= 6; step++) train(n), clino_watch_step(w, step, 1, NULL);
    CU_ASSERT_EQUAL(count_of(run, "gradients/W1"), 1);
    CU_ASSERT_EQUAL(counted(run, "gradients/W1"), 6 * IN * OUT / share);
    CU_ASSERT_EQUAL(counted(run, "parameters/b1"), 6 * OUT / share);
    CU_ASSERT_EQUAL(counted(run, "activations/hidden"), 6 * ROWS * OUT / share);
    CU_ASSERT_EQUAL(count_of(run, "grad_norm/W1"), 6);
    clino_watch_free(w);
    clino_run_free(run);
    free(n);
  }
}

/* Every look at the clock takes so much. */
typedef struct slow_clock {
  double now, tick;
} slow_clock;

static double read_clock(void *ctx) {
  slow_clock *c = ctx;
  return c->now += c->tick;
}

static clino_watch_cost watch_steps(double budget_fraction, double loop_seconds, int64_t steps) {
  net *n = make_net();
  clino_run *run = new_run();
  slow_clock clock = {0, 0.001};
  clino_watch_options o = clino_watch_options_default();
  o.every = 2;
  o.budget_fraction = budget_fraction;
  o.clock = read_clock;
  o.clock_ctx = &clock;
  clino_watch *w = watch_net(n, run, &o);
  for (int64_t step = 1; step <= steps; step++) {
    clock.now += loop_seconds;
    CU_ASSERT_EQUAL(clino_watch_step(w, step, 1, NULL), CLINO_OK);
  }
  clino_watch_cost cost;
  clino_watch_get_cost(w, &cost, NULL);
  clino_watch_free(w);
  clino_run_free(run);
  free(n);
  return cost;
}

static void the_budget_holds(void) {
  clino_watch_cost free_of = watch_steps(CLINO_AUTO, 0.05, 400), held = watch_steps(0.05, 0.05, 400);
  CU_ASSERT_TRUE(free_of.looks == 200 && free_of.left_out == 0);
  CU_ASSERT_TRUE(free_of.watch_seconds / free_of.loop_seconds > 0.05);
  CU_ASSERT_TRUE(held.looks > 10 && held.looks < 150);
  CU_ASSERT_TRUE(held.looks + held.left_out >= 200 && held.looks + held.left_out <= 201); /* the last may be to come */
  CU_ASSERT_TRUE(held.watch_seconds / held.loop_seconds < 0.052);
  CU_ASSERT_TRUE(held.watch_seconds / held.loop_seconds > 0.03); /* and is used */
  clino_watch_cost plenty = watch_steps(0.05, 5, 50);
  CU_ASSERT_TRUE(plenty.looks == 25 && plenty.left_out == 0);
}

typedef struct heard {
  int calls, stop;
  char check[64];
} heard;

static int on_finding(const clino_finding *finding, void *ctx) {
  heard *h = ctx;
  h->calls++;
  snprintf(h->check, sizeof h->check, "%s", finding->check);
  return h->stop;
}

static void a_finding_is_called_back_once_and_can_stop(void) {
  heard h = {0, 0, ""};
  clino_run *run = new_run();
  clino_watch *w = NULL;
  clino_watch_options o = clino_watch_options_default();
  const char *only[] = {"nonfinite"};
  clino_diagnose_options checks = clino_diagnose_options_default();
  checks.only = only;
  checks.n_only = 1;
  o.checks = &checks;
  o.check_every = 10;
  o.budget_fraction = CLINO_AUTO;
  o.on_finding = on_finding;
  o.ctx = &h;
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, &o, NULL), CLINO_OK);
  for (int64_t step = 1; step <= 60; step++) {
    double loss = step < 25 ? 2.3 / (double)step : NAN;
    CU_ASSERT_EQUAL(clino_watch_step(w, step, loss, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(h.calls, step >= 30 ? 1 : 0);
  }
  CU_ASSERT_STRING_EQUAL(h.check, "nonfinite");
  CU_ASSERT_EQUAL(clino_findings_worst(clino_watch_findings(w)), CLINO_FINDING_FAIL);
  clino_watch_cost cost;
  clino_watch_get_cost(w, &cost, NULL);
  CU_ASSERT_EQUAL(cost.checks, 6);
  clino_watch_free(w);
  h = (heard){0, 7, ""};
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, &o, NULL), CLINO_OK);
  clino_error error = {0};
  CU_ASSERT_EQUAL(clino_watch_check(w, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 7);
  CU_ASSERT_EQUAL(clino_watch_step(w, 61, 0.1, NULL), CLINO_OK);
  clino_watch_free(w);
  clino_run_free(run);
}

static void memory_that_is_out_is_an_error(void) {
  net *n = make_net();
  for (long k = 0; allocations_known() && k < 120; k++) {
    clino_run *run = new_run();
    clino_watch *w = NULL;
    clino_watch_options o = without_budget(1);
    o.histogram_every = 1;
    clino_watch_layer_spec s = spec_of(n);
    long live = allocations_live();
    allocations_fail_after(k);
    clino_status status = clino_watch_new(&w, run, &o, NULL);
    if (!status) status = clino_watch_layer(w, "hidden", &s, NULL);
    if (!status) status = clino_watch_scalar(w, "lr", 1, NULL);
    if (!status) status = clino_watch_step(w, 1, 0.5, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    if (w) CU_ASSERT_EQUAL(clino_watch_step(w, 2, 0.4, NULL), CLINO_OK);
    clino_watch_free(w);
    clino_run_free(run);
    run = new_run();
    CU_ASSERT_TRUE(allocations_live() <= live);
    clino_run_free(run);
  }
  free(n);
}

static void errors_of_watch(void) {
  net *n = make_net();
  clino_run *run = new_run();
  clino_watch *w = NULL;
  clino_watch_options o = {0};
  clino_watch_layer_spec s = spec_of(n), zeroed = {0};
  clino_watch_cost cost;
  ASSERT_FAILS(clino_watch_new(NULL, run, NULL, &error), CLINO_ERR_RANGE, "watch");
  ASSERT_FAILS(clino_watch_new(&w, NULL, NULL, &error), CLINO_ERR_RANGE, "run");
  ASSERT_FAILS(clino_watch_new(&w, run, &o, &error), CLINO_ERR_RANGE, "clino_watch_options_default");
#define REFUSED(field, bad, word)                                                    \
  o = clino_watch_options_default();                                                 \
  o.field = bad;                                                                     \
  ASSERT_FAILS(clino_watch_new(&w, run, &o, &error), CLINO_ERR_RANGE, word)
  REFUSED(every, 0, "every");
  REFUSED(histogram_every, 0, "histogram_every");
  REFUSED(histogram_share, 0, "histogram_share");
  REFUSED(check_every, 0, "check_every");
  REFUSED(budget_fraction, 0, "budget_fraction");
  REFUSED(budget_fraction, 1.1, "budget_fraction");
  REFUSED(budget_fraction, NAN, "budget_fraction");
  REFUSED(level, (clino_finding_level)9, "level");
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, NULL, NULL), CLINO_OK);
  ASSERT_FAILS(clino_watch_layer(NULL, "h", &s, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_watch_layer(w, "h", NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_watch_layer(w, "", &s, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_watch_layer(w, "h", &zeroed, &error), CLINO_ERR_RANGE, "clino_watch_layer_spec_default");
  s.units = 0;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "units");
  s = spec_of(n);
  s.rows = 0;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "rows");
  s = spec_of(n);
  s.output_dtype = (clino_dtype)0;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "output_dtype");
  s = spec_of(n);
  s.params = NULL;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "params");
  const ptrdiff_t strides[2] = {1, IN};
  s = spec_of(n);
  n->tensors[0].strides = strides;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "strides");
  n->tensors[0].strides = NULL;
  n->tensors[1].shape[0] = 0;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "shape");
  n->tensors[1].dtype = (clino_dtype)7;
  ASSERT_FAILS(clino_watch_layer(w, "h", &s, &error), CLINO_ERR_RANGE, "dtype");
  ASSERT_FAILS(clino_watch_scalar(w, NULL, 1, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_watch_scalar(NULL, "lr", 1, &error), CLINO_ERR_RANGE, "watch");
  ASSERT_FAILS(clino_watch_step(NULL, 1, 1, &error), CLINO_ERR_RANGE, "watch");
  ASSERT_FAILS(clino_watch_check(NULL, &error), CLINO_ERR_RANGE, "watch");
  ASSERT_FAILS(clino_watch_get_cost(w, NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(clino_watch_get_cost(NULL, &cost, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NULL(clino_watch_findings(w));
  CU_ASSERT_PTR_NULL(clino_watch_findings(NULL));
  CU_ASSERT_EQUAL(clino_watch_step(w, 1, 1, NULL), CLINO_OK);
  clino_watch_free(NULL);
  clino_watch_free(w);
  clino_run_free(run);
  free(n);
}

void suite_watch(CU_pSuite suite) {
  TEST(suite, records_what_plain_computation_gives);
  TEST(suite, histograms_gather_until_they_are_due);
  TEST(suite, the_budget_holds);
  TEST(suite, a_finding_is_called_back_once_and_can_stop);
  TEST(suite, memory_that_is_out_is_an_error);
  TEST(suite, errors_of_watch);
}
