/* The trace: what the forward pass reports of its branches shows at which entry one of them flipped, and where. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/allocations.h"
#include "support/probe.h"
#include "support/random.h"

/* A layer of relus, whose branches are reported in one of many ways. */
typedef enum reporting {
  SILENT,
  EACH_BRANCH,     /* clino_branch */
  ALL_BRANCHES,    /* clino_branches, f64 */
  ALL_BRANCHES_32, /* clino_branches, f32 */
  BY_MAX,          /* clino_max(z, 0) */
  BY_WINNER,       /* clino_winner */
  HALF             /* only even units */
} reporting;

enum { UNITS = 6 };

typedef struct layer {
  clino_trace *trace;
  reporting how;
  size_t passes;          /* forward passes in one call */
  bool shape_changes;     /* a report more where z[0] > 0 */
} layer;

/* Unit i bends where x[i] = bend[i]. */
static const double bend[UNITS] = {0.4, -1.3, 2.2, 0.9, -0.05, 1.7};

static void forward(layer *l, const double *x, double z[UNITS], double y[UNITS]) {
  float z32[UNITS];
  for (size_t i = 0; i < UNITS; i++) z[i] = (x[i] - bend[i]) * (double)(i + 1), z32[i] = (float)z[i];
  if (l->how == ALL_BRANCHES) clino_branches(l->trace, "relu1", UNITS, z);
  if (l->how == ALL_BRANCHES_32) clino_branches(l->trace, "relu1", UNITS, z32);
  if (l->shape_changes && z[0] > 0) clino_branch(l->trace, "extra", 0, z[0]);
  for (size_t i = 0; i < UNITS; i++) {
    bool on = z[i] > 0;
    if (l->how == EACH_BRANCH || (l->how == HALF && i % 2 == 0)) on = clino_branch(l->trace, "relu1", i, z[i]);
    if (l->how == BY_MAX) clino_max(l->trace, "relu1", i, z[i], 0);
    if (l->how == BY_WINNER) on = clino_winner(l->trace, "relu1", i, on, fabs(z[i])) != 0;
    y[i] = on ? z[i] : 0;
  }
}

static int relu_layer(size_t n, const double *x, double *f, double *grad, void *ctx) {
  layer *l = ctx;
  double z[UNITS], y[UNITS];
  (void)n;
  *f = 0;
  for (size_t pass = 0; pass < (l->passes ? l->passes : 1); pass++) {
    forward(l, x, z, y);
    for (size_t i = 0; i < UNITS; i++) *f += y[i] + 0.1 * sin(x[i]);
  }
  for (size_t i = 0; grad && i < UNITS; i++)
    grad[i] = (double)(l->passes ? l->passes : 1) * ((z[i] > 0) * (double)(i + 1) + 0.1 * cos(x[i]));
  return 0;
}

static clino_trace *trace_of(void *ctx) {
  probe *p = ctx;
  return ((layer *)p->ctx)->trace;
}

/* All units far from their bends, save unit near at a distance. */
static void point(double x[UNITS], size_t near, double distance) {
  for (size_t i = 0; i < UNITS; i++) x[i] = bend[i] + (i % 2 ? 0.61 : -0.53);
  if (near < UNITS) x[near] = bend[near] + distance;
}

static clino_gradcheck_result check_layer(layer *l, probe p, const double x[UNITS], double step) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  p.f = relu_layer;
  p.ctx = l;
  o.step = step;
  o.context.trace = trace_of;
  return probe_check(&p, UNITS, x, &o);
}

static clino_trace *new_trace(void) {
  clino_trace *t = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_trace_new(&t, NULL), CLINO_OK);
  return t;
}

static void calls_without_a_trace_return_the_same(void) {
  double z[2] = {0.5, -0.5};
  float y[2] = {0.5f, -0.5f};
  CU_ASSERT_EQUAL(clino_branch(NULL, "a", 0, 0.25), 1);
  CU_ASSERT_EQUAL(clino_branch(NULL, "a", 0, 0), 0);
  CU_ASSERT_EQUAL(clino_branch(NULL, "a", 0, -0.25), 0);
  CU_ASSERT_EQUAL(clino_branch(NULL, "a", 0, NAN), 0);
  CU_ASSERT_EQUAL(clino_winner(NULL, "a", 0, 17, 0.5), 17);
  CU_ASSERT_EQUAL(clino_max(NULL, "a", 0, 3.5, 2.5), 3.5);
  CU_ASSERT_EQUAL(clino_max(NULL, "a", 0, 2.5, 3.5), 3.5);
  CU_ASSERT_EQUAL(clino_max(NULL, "a", 0, NAN, 3.5), 3.5);
  CU_ASSERT_TRUE(isnan(clino_max(NULL, "a", 0, 3.5, NAN)));
  clino_branches(NULL, "a", 2, z);
  clino_branches(NULL, "a", 2, y);
  clino_trace_report_f64(NULL, "a", 0, 2, z);
  clino_trace_report_f32(NULL, "a", 0, 2, y);
  clino_trace_report_winner(NULL, "a", 0, 1, 0.5);
  clino_trace_free(NULL);
  clino_error error;
  CU_ASSERT_EQUAL(clino_trace_new(NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_trace_new(NULL, NULL), CLINO_ERR_RANGE);
}

static void an_idle_trace_listens_to_nothing(void) {
  clino_trace *t = new_trace();
  unsigned long before = allocations_count();
  int taken = 0;
  for (size_t i = 0; i < 100000; i++) taken += clino_branch(t, "relu", i, -1);
  CU_ASSERT_EQUAL(taken, 0);
  unsigned long after = allocations_count();
  CU_ASSERT_EQUAL(after, before);
  clino_trace_free(t);
}

static void a_flip_is_named(void) {
  static const reporting ways[] = {EACH_BRANCH, ALL_BRANCHES, ALL_BRANCHES_32, BY_MAX, BY_WINNER};
  for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++)
    for (size_t unit = 0; unit < UNITS; unit++)
      for (int side = -1; side <= 1; side += 2) {
        double x[UNITS], d = side * 3e-4;
        layer l = {.trace = new_trace(), .how = ways[w]};
        point(x, unit, d);
        clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, 1e-3);
        EXPECT_ACCEPTED("a relu near its bend", &r);
        CU_ASSERT_EQUAL(r.branch_flips, 1);
        r = check_layer(&l, (probe){.kind = ENTRY_SET, .i = unit, .factor = -7.5}, x, 1e-3);
        EXPECT_VERDICT("a wrong relu near its bend", &r, CLINO_VERDICT_FAIL);
        CU_ASSERT_EQUAL(r.worst.flat, unit);
        CU_ASSERT_STRING_EQUAL(r.worst.branch, "relu1");
        CU_ASSERT_EQUAL(r.worst.branch_element, unit);
        CU_ASSERT_DOUBLE_EQUAL(r.worst.kink_distance, 3e-4, 1e-7);
        clino_trace_free(l.trace);
      }
}

static void no_flip_where_no_bend_is_near(void) {
  for (int how = SILENT; how <= HALF; how++) {
    double x[UNITS];
    layer l = {.trace = new_trace(), .how = (reporting)how};
    point(x, UNITS, 0);
    clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, CLINO_AUTO);
    EXPECT_VERDICT("far from all bends", &r, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(r.branch_flips, 0);
    clino_trace_free(l.trace);
  }
}

static void at_the_bend_itself(void) {
  for (int how = SILENT; how <= HALF; how++)
    for (size_t unit = 0; unit < UNITS; unit++) {
      double x[UNITS];
      layer l = {.trace = new_trace(), .how = (reporting)how};
      point(x, unit, 0);
      clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, CLINO_AUTO);
      EXPECT_VERDICT("at a bend", &r, CLINO_VERDICT_KINK);
      CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_KINK], 1);
      bool reports = how != SILENT && (how != HALF || unit % 2 == 0);
      CU_ASSERT_EQUAL(r.branch_flips, reports);
      CU_ASSERT_STRING_EQUAL(r.worst.branch, reports ? "relu1" : "");
      r = check_layer(&l, (probe){.kind = ENTRY_SET, .i = unit, .factor = (double)unit + 1.5}, x, CLINO_AUTO);
      EXPECT_CAUGHT("at a bend, too steep", &r);
      clino_trace_free(l.trace);
    }
}

/* Half of the units say nothing: their kinks are found all the same. */
static void a_half_instrumented_net(void) {
  for (size_t unit = 0; unit < UNITS; unit++)
    for (double d = 1e-3; d > 1e-9; d /= 10) {
      double x[UNITS];
      layer l = {.trace = new_trace(), .how = HALF};
      point(x, unit, d);
      clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, CLINO_AUTO);
      EXPECT_ACCEPTED("half instrumented", &r);
      r = check_layer(&l, (probe){.kind = ENTRY_SCALED, .i = unit, .factor = 1.3}, x, CLINO_AUTO);
      EXPECT_CAUGHT("half instrumented, wrong", &r);
      clino_trace_free(l.trace);
    }
}

/* A report more on one side of the bend: the others are compared all the same, and it is no flip by itself. */
static void a_pass_of_another_shape(void) {
  double x[UNITS];
  layer l = {.trace = new_trace(), .shape_changes = true};
  for (int side = -1; side <= 1; side += 2)
    for (int how = SILENT; how <= BY_WINNER; how++) {
      l.how = (reporting)how;
      point(x, 0, side * 2e-4);
      clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, 1e-3);
      EXPECT_ACCEPTED("another shape", &r);
      CU_ASSERT_EQUAL(r.branch_flips, how != SILENT);
      r = check_layer(&l, (probe){.kind = ENTRY_SCALED, .i = 0, .factor = 1.3}, x, 1e-3);
      EXPECT_CAUGHT("another shape, wrong", &r);
    }
  clino_trace_free(l.trace);
}

static void two_passes_in_one_call(void) {
  double x[UNITS];
  layer l = {.trace = new_trace(), .how = EACH_BRANCH, .passes = 2};
  point(x, 3, 1e-4);
  clino_gradcheck_result r = check_layer(&l, (probe){.kind = RIGHT}, x, 1e-3);
  EXPECT_ACCEPTED("two passes", &r);
  CU_ASSERT_EQUAL(r.branch_flips, 1);
  clino_trace_free(l.trace);
}

/* After a check the trace is idle: reports cost no memory, and the next check finds it as new. */
static void a_check_leaves_the_trace_idle(void) {
  double x[UNITS];
  layer l = {.trace = new_trace(), .how = EACH_BRANCH};
  point(x, 2, 1e-5);
  clino_gradcheck_result first = check_layer(&l, (probe){.kind = RIGHT}, x, CLINO_AUTO);
  unsigned long before = allocations_count();
  for (size_t i = 0; i < 100000; i++) clino_branch(l.trace, "other", i, 1);
  unsigned long after = allocations_count();
  CU_ASSERT_EQUAL(after, before);
  clino_gradcheck_result second = check_layer(&l, (probe){.kind = RIGHT}, x, CLINO_AUTO);
  CU_ASSERT_TRUE(same_results(&first, &second));
  clino_trace_free(l.trace);
}

static void a_failed_callback_leaves_the_trace_idle(void) {
  double x[UNITS];
  layer l = {.trace = new_trace(), .how = EACH_BRANCH};
  point(x, 2, 1e-5);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.trace = trace_of;
  for (uint64_t k = 1; k < 30; k += 3) {
    probe p = {.f = relu_layer, .ctx = &l, .fail_at = k};
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(gradcheck(probe_objective, &p, UNITS, x, &o, &r, NULL), CLINO_ERR_CALLBACK);
    unsigned long before = allocations_count();
    for (size_t i = 0; i < 1000; i++) clino_branch(l.trace, "other", i, 1);
    unsigned long after = allocations_count();
    CU_ASSERT_EQUAL(after, before);
  }
  clino_trace_free(l.trace);
}

static clino_trace *no_trace(void *ctx) {
  (void)ctx;
  return NULL;
}

static void a_hook_may_offer_no_trace(void) {
  double x[UNITS];
  layer l = {.how = EACH_BRANCH};
  point(x, UNITS, 0);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.trace = no_trace;
  probe p = {.f = relu_layer, .ctx = &l};
  clino_gradcheck_result r = probe_check(&p, UNITS, x, &o);
  EXPECT_VERDICT("no trace", &r, CLINO_VERDICT_PASS);
}

/* ---- max-pool: the winner changes ---- */

static int max_pool(size_t n, const double *x, double *f, double *grad, void *ctx) {
  layer *l = ctx;
  *f = 0;
  for (size_t i = 0; grad && i < n; i++) grad[i] = 0;
  for (size_t k = 0; k + 1 < n; k += 2) {
    size_t best = k + (x[k + 1] > x[k]);
    clino_winner(l->trace, "pool1", k / 2, best, fabs(x[k + 1] - x[k]));
    *f += (double)(k + 1) * x[best];
    if (grad) grad[best] = (double)(k + 1);
  }
  return 0;
}

static void the_winner_of_a_pool_is_named(void) {
  double x[8] = {0.3, 1.1, 0.7, 0.7002, -0.4, 1.9, 2.5, 0.8};
  layer l = {.trace = new_trace()};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.trace = trace_of;
  o.step = 1e-3;
  probe p = {.f = max_pool, .ctx = &l, .kind = ENTRY_SET, .i = 2, .factor = 4.5};
  clino_gradcheck_result r = probe_check(&p, 8, x, &o);
  EXPECT_CAUGHT("max-pool, the loser has a gradient", &r);
  CU_ASSERT_EQUAL(r.worst.flat, 2);
  CU_ASSERT_STRING_EQUAL(r.worst.branch, "pool1");
  CU_ASSERT_EQUAL(r.worst.branch_element, 1);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.kink_distance, 2e-4, 1e-7);
  CU_ASSERT_EQUAL(r.branch_flips, 2);
  p.kind = RIGHT;
  r = probe_check(&p, 8, x, &o);
  EXPECT_ACCEPTED("max-pool", &r);
  clino_trace_free(l.trace);
}

/* ---- running out of memory ---- */

static void every_allocation_may_fail(void) {
  if (!allocations_known()) return;
  double x[UNITS];
  layer l = {.trace = new_trace(), .how = EACH_BRANCH};
  point(x, 2, 0);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.trace = trace_of;
  o.points = 1;
  probe p = {.f = relu_layer, .ctx = &l};
  clino_status status = CLINO_ERR_MEMORY;
  long failed = 0;
  for (; failed < 1000 && status != CLINO_OK; failed++) {
    clino_gradcheck_result r;
    clino_error error;
    allocations_fail_after(failed);
    status = gradcheck(probe_objective, &p, UNITS, x, &o, &r, &error);
    allocations_fail_after(-1);
    if (status) {
      CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
      CU_ASSERT_EQUAL(error.code, CLINO_ERR_MEMORY);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
    } else {
      EXPECT_ACCEPTED("enough memory", &r);
    }
  }
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_TRUE(failed > 10);
  clino_trace_free(l.trace);
}

void suite_trace(CU_pSuite suite) {
  TEST(suite, calls_without_a_trace_return_the_same);
  TEST(suite, an_idle_trace_listens_to_nothing);
  TEST(suite, a_flip_is_named);
  TEST(suite, no_flip_where_no_bend_is_near);
  TEST(suite, at_the_bend_itself);
  TEST(suite, a_half_instrumented_net);
  TEST(suite, a_pass_of_another_shape);
  TEST(suite, two_passes_in_one_call);
  TEST(suite, a_check_leaves_the_trace_idle);
  TEST(suite, a_failed_callback_leaves_the_trace_idle);
  TEST(suite, a_hook_may_offer_no_trace);
  TEST(suite, the_winner_of_a_pool_is_named);
  TEST(suite, every_allocation_may_fail);
}
