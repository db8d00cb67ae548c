/* Checks along directions: verdicts, the search for what is wrong, what is said of both. The seeds are fixed; the
 * benchmark takes thousands. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/allocations.h"
#include "support/mlp.h"
#include "support/suite.h"

static clino_gradcheck_options directional(uint64_t seed) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_DIRECTIONAL;
  o.seed = seed;
  return o;
}

static mlp *new_net(mlp_config config, uint64_t seed) {
  mlp *net = mlp_new(config, seed);
  CU_ASSERT_PTR_NOT_NULL_FATAL(net);
  return net;
}

static clino_gradcheck_result check(mlp *net, const clino_gradcheck_options *o) {
  clino_gradcheck_result r;
  clino_error e = {0};
  clino_model model = mlp_model(net);
  net->calls = 0;
  clino_status status = gradcheck_model(&model, o, &r, &e);
  if (status) printf("%s\n", e.message);
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_EQUAL(net->calls, r.evaluations + r.gradients);
  return r;
}

static const char *report_of(const clino_gradcheck_result *r) {
  static char text[8192];
  clino_gradcheck_report(r, text, sizeof text);
  return text;
}

/* ---- verdicts ---- */

static void right_gradients_pass(void) {
  static const struct {
    bool relu;
    double factor, offset;
  } kinds[] = {{false, 1, 0}, {true, 1, 0}, {false, 1e-12, 0}, {true, 1e8, 0}, {true, 1, 1e4}};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    mlp_config c = mlp_small();
    c.relu = kinds[k].relu;
    c.loss_factor = kinds[k].factor;
    c.loss_offset = kinds[k].offset;
    mlp *net = new_net(c, 1);
    for (uint64_t seed = 1; seed <= 20; seed++) {
      mlp_seed(net, seed);
      clino_gradcheck_options o = directional(31 * seed);
      clino_gradcheck_result r = check(net, &o);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
      CU_ASSERT_EQUAL(r.directional.verdict, CLINO_VERDICT_PASS);
      CU_ASSERT_EQUAL(r.n_located, 0);
      CU_ASSERT_EQUAL(r.checked, 0);
      CU_ASSERT_TRUE(r.directional.directions >= 8);
      CU_ASSERT_TRUE(r.evaluations + r.gradients <= 64);
      CU_ASSERT_EQUAL(r.directional.calls, r.evaluations + r.gradients);
      CU_ASSERT_TRUE(r.directional.smallest_entry > 0 && r.directional.smallest_entry < 0.1);
      CU_ASSERT_TRUE(r.directional.miss_probability < 1e-3);
    }
    mlp_free(net);
  }
}

static bool located_entry(const clino_gradcheck_result *r, const char *tensor, size_t flat) {
  for (size_t i = 0; i < r->n_located; i++)
    if (r->located[i].kind == CLINO_LOCATED_ENTRY && r->located[i].first == flat &&
        strcmp(r->located[i].tensor, tensor) == 0)
      return true;
  return false;
}

static void wrong_entries_are_found(void) {
  for (int relu = 0; relu <= 1; relu++) {
    mlp_config c = mlp_small();
    c.relu = relu;
    mlp *net = new_net(c, 1);
    for (uint64_t seed = 1; seed <= 20; seed++) {
      size_t n = seed % 2 ? 1 : 10;
      mlp_seed(net, seed);
      mlp_plant(net, seed, n, seed % 4 < 2 ? 0.1 : -0.1);
      clino_gradcheck_options o = directional(seed);
      clino_gradcheck_result r = check(net, &o);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
      CU_ASSERT_EQUAL(r.n_located, n);
      CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_FAIL] + r.counts[CLINO_VERDICT_SUSPECT], n);
      CU_ASSERT_FALSE(r.search_ended_early);
      for (size_t i = 0; i < n; i++)
        CU_ASSERT_TRUE(located_entry(&r, net->tensors[net->wrong_tensor[i]].name, net->wrong_entry[i]));
      CU_ASSERT_TRUE(r.evaluations + r.gradients <= (n == 1 ? 200 : 1500));
    }
    mlp_free(net);
  }
}

static void an_entry_comes_with_its_values(void) {
  mlp *net = new_net(mlp_small(), 3);
  mlp_plant(net, 5, 1, 0.25);
  clino_gradcheck_options o = directional(9);
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL_FATAL(r.n_located, 1);
  const clino_tensor *t = &net->tensors[net->wrong_tensor[0]];
  double analytic = ((const double *)t->grad)[net->wrong_entry[0]]; /* what was there before: zeros, put back */
  CU_ASSERT_EQUAL(analytic, 0);
  double loss;
  mlp_loss(&loss, net);
  mlp_backward(net);
  analytic = ((const double *)t->grad)[net->wrong_entry[0]];
  net->n_wrong = 0;
  mlp_backward(net);
  double right = ((const double *)t->grad)[net->wrong_entry[0]];
  CU_ASSERT_EQUAL(r.located[0].analytic, analytic);
  CU_ASSERT_DOUBLE_EQUAL(r.located[0].numeric, right, 1e-6 * fabs(right));
  CU_ASSERT_EQUAL(r.worst.analytic, analytic);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, t->name);
  CU_ASSERT_EQUAL(r.worst.flat, net->wrong_entry[0]);
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "wrong        entry "));
  mlp_free(net);
}

static void wrong_parts_are_recognized(void) {
  static const struct {
    size_t tensor;
    bool row, column;
    clino_located_kind kind;
    const char *word;
  } parts[] = {{2, false, false, CLINO_LOCATED_TENSOR, "tensor W2 (4500 entries"},
               {1, false, false, CLINO_LOCATED_TENSOR, "tensor b1 (90 entries"},
               {0, true, false, CLINO_LOCATED_ROW, "row W1[37,:] (90 entries"},
               {2, false, true, CLINO_LOCATED_COLUMN, "column W2[:,37] (90 entries"}};
  mlp *net = new_net(mlp_small(), 1);
  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
    mlp_seed(net, 40 + k);
    net->scaled_tensor = parts[k].tensor;
    net->scaled_by = 1.1;
    net->scaled_row = parts[k].row;
    net->scaled_column = parts[k].column;
    net->scaled_at = 37;
    clino_gradcheck_options o = directional(k);
    clino_gradcheck_result r = check(net, &o);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL_FATAL(r.n_located, 1);
    CU_ASSERT_EQUAL(r.located[0].kind, parts[k].kind);
    CU_ASSERT_EQUAL(r.located[0].wrong, 3);
    CU_ASSERT_DOUBLE_EQUAL(r.located[0].analytic / r.located[0].numeric, 1.1, 1e-6);
    CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), parts[k].word));
    char text[1024];
    CU_ASSERT_TRUE(clino_gradcheck_describe(&r, text, sizeof text) <= 900);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, parts[k].word));
  }
  mlp_free(net);
}

static void everything_wrong_ends_in_time(void) {
  mlp *net = new_net(mlp_small(), 8);
  mlp_plant(net, 1, MLP_WRONG, 2.385);
  net->scaled_tensor = 2;
  net->scaled_by = -1;
  clino_gradcheck_options o = directional(4);
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_TRUE(r.n_located >= 10 && r.n_located <= CLINO_GRADCHECK_LOCATED);
  CU_ASSERT_TRUE(r.evaluations < 2000);
  mlp_free(net);
}

/* ---- single precision ---- */

static void single_precision_says_what_it_could_have_seen(void) {
  mlp_config c = mlp_small();
  c.single = true;
  c.loss_offset = 10000;
  mlp *net = new_net(c, 1);
  clino_gradcheck_options o = directional(1);
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_INCONCLUSIVE);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_NOISE);
  CU_ASSERT_TRUE(r.directional.smallest_entry > 0.1);
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "would have shown"));
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "what would help: the gradient lies below f's noise"));
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "CLINO_MODE_SAMPLE"));
  net->scaled_tensor = 0;
  net->scaled_by = -1;
  r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  mlp_free(net);
}

/* ---- modes, points, budget, memory ---- */

static void auto_is_directions_and_a_sample_above_10000(void) {
  mlp_config c = mlp_small();
  c.widths[1] = 100; /* 12,289 parameters */
  c.widths[0] = 60;
  c.widths[2] = 50;
  mlp *net = new_net(c, 1);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.sample = 50;
  CU_ASSERT_TRUE(net->n_parameters > 10000);
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.options.mode, CLINO_MODE_AUTO);
  CU_ASSERT_EQUAL(r.directional.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_TRUE(r.checked >= 50 && r.checked < 200);
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "directions: pass: 8 agreed"));
  CU_ASSERT_PTR_NOT_NULL(strstr(report_of(&r), "o.mode = CLINO_MODE_AUTO; o.sample = 50;"));
  mlp_plant(net, 2, 1, 0.1);
  r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.n_located, 1);
  mlp_free(net);
}

static void more_points(void) {
  mlp *net = new_net(mlp_small(), 1);
  clino_gradcheck_options o = directional(6);
  o.points = 2;
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(r.directional.directions, 24);
  mlp_plant(net, 2, 1, 0.1);
  r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.n_located, 3);
  CU_ASSERT_EQUAL(r.located[2].point, 2);
  mlp_free(net);
}

static void same_seed_same_numbers(void) {
  mlp *net = new_net(mlp_small(), 1);
  mlp_plant(net, 2, 3, 0.2);
  clino_gradcheck_options o = directional(6);
  clino_gradcheck_result a = check(net, &o), b = check(net, &o);
  CU_ASSERT_EQUAL(a.directional.numeric, b.directional.numeric);
  CU_ASSERT_EQUAL(a.evaluations, b.evaluations);
  CU_ASSERT_EQUAL(memcmp(a.located, b.located, sizeof a.located), 0);
  o.seed = 7;
  b = check(net, &o);
  CU_ASSERT_NOT_EQUAL(a.directional.numeric, b.directional.numeric);
  mlp_free(net);
}

static void the_budget_is_kept(void) {
  mlp *net = new_net(mlp_small(), 1);
  clino_gradcheck_options o = directional(6);
  for (int wrong = 0; wrong <= 1; wrong++)
    for (o.max_evaluations = 12; o.max_evaluations < 110; o.max_evaluations += 3) {
      mlp_seed(net, 1);
      if (wrong) mlp_plant(net, 2, 2, 0.2);
      clino_gradcheck_result r = check(net, &o);
      CU_ASSERT_TRUE(r.evaluations <= o.max_evaluations);
      if (!wrong && r.verdict != CLINO_VERDICT_PASS) {
        CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_INCONCLUSIVE);
        CU_ASSERT_EQUAL(r.reason, CLINO_REASON_BUDGET);
      }
      CU_ASSERT_FALSE(wrong && clino_gradcheck_accepted(&r));
    }
  o = directional(6);
  o.points = 3;
  o.max_evaluations = 40;
  mlp_seed(net, 1);
  clino_gradcheck_result r = check(net, &o);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_INCONCLUSIVE);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_BUDGET);
  mlp_free(net);
}

static void memory_may_run_out_anywhere(void) {
  if (!allocations_known()) return;
  mlp *net = new_net(mlp_small(), 1);
  mlp_plant(net, 2, 1, 0.2);
  clino_model model = mlp_model(net);
  clino_gradcheck_options o = directional(6);
  double before = net->W[0][17];
  clino_status status = CLINO_ERR_MEMORY;
  for (long n = 0; status && n < 100; n++) {
    clino_gradcheck_result r;
    long live = allocations_live();
    allocations_fail_after(n);
    status = gradcheck_model(&model, &o, &r, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_EQUAL(allocations_live(), live);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    CU_ASSERT_EQUAL(r.verdict, status ? CLINO_VERDICT_NONE : CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL(net->W[0][17], before);
  }
  CU_ASSERT_EQUAL(status, CLINO_OK);
  mlp_free(net);
}

void suite_gradcheck_directional(CU_pSuite suite) {
  TEST(suite, right_gradients_pass);
  TEST(suite, wrong_entries_are_found);
  TEST(suite, an_entry_comes_with_its_values);
  TEST(suite, wrong_parts_are_recognized);
  TEST(suite, everything_wrong_ends_in_time);
  TEST(suite, single_precision_says_what_it_could_have_seen);
  TEST(suite, auto_is_directions_and_a_sample_above_10000);
  TEST(suite, more_points);
  TEST(suite, same_seed_same_numbers);
  TEST(suite, the_budget_is_kept);
  TEST(suite, memory_may_run_out_anywhere);
}
