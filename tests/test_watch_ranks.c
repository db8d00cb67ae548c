/* A watch among other ranks, which the hooks make up: two that are alike, then some that fail or differ. Those of
 * libclino-mpi are tried in tests/mpi/job.c. */
#include <stdlib.h>
#include <string.h>

#include "clino/watch.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

enum { UNITS = 7, ROWS = 9, PARAMS = 30 };

typedef struct world {
  float w[PARAMS], dw[PARAMS], out[ROWS * UNITS];
  clino_ranks ranks;
  int means, merges, decisions, comparisons;   /* calls */
  int fail_mean, fail_merge, fail_decide, fail_compare; /* which call fails */
  int differs_from;                            /* the first comparison at which rank 3 differs */
  size_t n_marks;
  uint64_t marks[4];
  char whats[4][40];
  int found;
  int stop;
  bool never;                                  /* the first rank never looks or checks again */
} world;

static clino_status failed(clino_error *error, const char *what) {
  if (error) snprintf(error->message, sizeof error->message, "%s: rank 2 did not come", what);
  return CLINO_ERR_RANK;
}

/* The other rank's numbers are larger by 1, those below 0 are alike. */
static clino_status mean(int64_t step, size_t n, const char *const *names, double *values, void *ctx,
                         clino_error *error) {
  world *t = ctx;
  if (++t->means == t->fail_mean) return failed(error, "mean");
  CU_ASSERT(step > 0 && n >= 1 && strcmp(names[0], "train/loss") == 0);
  for (size_t i = 0; i < n; i++) values[i] += values[i] < 0 ? 0 : 0.5;
  return CLINO_OK;
}

/* The other rank has seen the same. */
static clino_status merge(size_t n, const clino_monitor *monitors, void *ctx, clino_error *error) {
  world *t = ctx;
  if (++t->merges == t->fail_merge) return failed(error, "merge");
  for (size_t i = 0; i < n; i++) {
    const size_t size = clino_state_size(monitors[i]);
    unsigned char *bytes = malloc(2 * size);
    if (!bytes) return CLINO_ERR_MEMORY;
    clino_status status = clino_state_save(monitors[i], bytes, size, error);
    if (!status) status = clino_state_save(monitors[i], bytes + size, size, error);
    if (!status) status = clino_state_merge(bytes, bytes + size, size, error);
    if (!status) status = clino_state_load(monitors[i], bytes, size, error);
    free(bytes);
    if (status) return status;
  }
  return CLINO_OK;
}

static clino_status decide(uint64_t *answer, void *ctx, clino_error *error) {
  world *t = ctx;
  if (++t->decisions == t->fail_decide) return failed(error, "decide");
  if (t->never) *answer = 0;
  return CLINO_OK;
}

static clino_status compare(size_t n, const char *const *whats, const uint64_t *marks, clino_findings *findings,
                            void *ctx, clino_error *error) {
  world *t = ctx;
  if (++t->comparisons == t->fail_compare) return failed(error, "compare");
  t->n_marks = n;
  for (size_t i = 0; i < n && i < 4; i++) {
    t->marks[i] = marks[i];
    snprintf(t->whats[i], sizeof t->whats[i], "%s", whats[i]);
  }
  if (!t->differs_from || t->comparisons < t->differs_from) return CLINO_OK;
  clino_finding f = clino_finding_default();
  f.check = "replica-mismatch";
  f.level = CLINO_FINDING_FAIL;
  f.message = "rank 3: the values of W are not those of most ranks";
  return clino_findings_add(findings, &f, error);
}

static int on_finding(const clino_finding *f, void *ctx) {
  world *t = ctx;
  if (strcmp(f->check, "replica-mismatch") != 0) return 0;
  t->found++;
  return t->stop;
}

static world *new_world(void) {
  world *t = calloc(1, sizeof *t);
  uint64_t seed = 3;
  CU_ASSERT_PTR_NOT_NULL_FATAL(t);
  for (int i = 0; i < PARAMS; i++) t->w[i] = (float)random_normal(&seed), t->dw[i] = (float)random_normal(&seed);
  for (int i = 0; i < ROWS * UNITS; i++) t->out[i] = (float)fmax(0, random_normal(&seed));
  t->ranks = (clino_ranks){mean, merge, decide, compare, t};
  return t;
}

static clino_watch_options options_of(world *t) {
  clino_watch_options o = clino_watch_options_default();
  o.every = 2;
  o.histogram_every = 5;
  o.histogram_share = 1;
  o.budget_fraction = CLINO_AUTO;
  o.check_every = 7;
  o.on_finding = on_finding;
  o.ctx = t;
  o.ranks = &t->ranks;
  return o;
}

static clino_status add_layer(clino_watch *w, world *t, bool shards) {
  const clino_tensor p = CLINO_TENSOR_F32("W", t->w, t->dw, PARAMS);
  clino_watch_layer_spec s = clino_watch_layer_spec_default();
  s.params = &p, s.n_params = 1;
  s.output = t->out, s.rows = ROWS, s.units = UNITS;
  s.shards = shards;
  return clino_watch_layer(w, "hidden", &s, NULL);
}

static clino_watch *watch_world(world *t, clino_run *run, bool shards) {
  clino_watch *w = NULL;
  const clino_watch_options o = options_of(t);
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, &o, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(add_layer(w, t, shards), CLINO_OK);
  return w;
}

static double value_of(const clino_run *run, const char *name, size_t i) {
  const clino_series *s = clino_run_series(run, name);
  return i < clino_series_count(s) ? clino_series_values(s)[i] : NAN;
}

static uint64_t counted(const clino_run *run, const char *name, size_t i) {
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, name), i);
  uint64_t n = h ? h->below + h->above + h->nans : 0;
  for (size_t k = 0; h && k < h->n_bins; k++) n += h->counts[k];
  return n;
}

/* Outputs are those of both ranks, and what the other one saw is not counted again at the next look. */
static void records_what_all_have_seen(void) {
  for (int shards = 0; shards < 2; shards++) {
    world *t = new_world();
    clino_run *run = new_run();
    clino_watch *w = watch_world(t, run, shards);
    for (int64_t step = 1; step <= 12; step++) {
      CU_ASSERT_EQUAL(clino_watch_scalar(w, "lr", -0.25, NULL), CLINO_OK);
      CU_ASSERT_EQUAL(clino_watch_step(w, step, 3.25, NULL), CLINO_OK);
    }
    CU_ASSERT_EQUAL(value_of(run, "train/loss", 11), 3.75);
    CU_ASSERT_EQUAL(value_of(run, "lr", 3), -0.25);
    CU_ASSERT_EQUAL(counted(run, "activations/hidden", 0), 2 * 3 * ROWS * UNITS); /* looks at 1, 3 and 5 */
    CU_ASSERT_EQUAL(counted(run, "activations/hidden", 1), 2 * 3 * ROWS * UNITS);
    CU_ASSERT_EQUAL(counted(run, "gradients/W", 1), (shards ? 2 : 1) * 3 * PARAMS);
    double norm = 0;
    for (int i = 0; i < PARAMS; i++) norm += (double)t->dw[i] * (double)t->dw[i];
    CU_ASSERT_DOUBLE_EQUAL(value_of(run, "grad_norm/W", 2), sqrt(norm * (shards ? 2 : 1)), 1e-6);
    CU_ASSERT(t->means == 12 && t->merges == 6 * (shards ? 4 : 1) && t->comparisons == 6);
    CU_ASSERT_EQUAL(t->n_marks, shards ? 0 : 2);
    CU_ASSERT(shards || strcmp(t->whats[0], "the values of W") == 0);
    CU_ASSERT(shards || strcmp(t->whats[1], "the gradients of W") == 0);
    clino_watch_free(w);
    clino_run_free(run);
    free(t);
  }
}

/* Marks are those of the values: any of them changes its own mark alone. */
static void marks_tell_values_apart(void) {
  world *t = new_world();
  clino_run *run = new_run();
  clino_watch *w = watch_world(t, run, false);
  CU_ASSERT_EQUAL(clino_watch_step(w, 1, 1, NULL), CLINO_OK);
  const uint64_t values = t->marks[0], gradients = t->marks[1];
  CU_ASSERT_EQUAL(clino_watch_step(w, 3, 1, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_watch_step(w, 4, 1, NULL), CLINO_OK);
  CU_ASSERT(t->marks[0] == values && t->marks[1] == gradients && values != gradients);
  t->dw[11] = nextafterf(t->dw[11], 9);
  for (int64_t step = 5; step < 7; step++) CU_ASSERT_EQUAL(clino_watch_step(w, step, 1, NULL), CLINO_OK);
  CU_ASSERT(t->marks[0] == values && t->marks[1] != gradients);
  t->w[4] = NAN;
  for (int64_t step = 7; step < 9; step++) CU_ASSERT_EQUAL(clino_watch_step(w, step, 1, NULL), CLINO_OK);
  CU_ASSERT_NOT_EQUAL(t->marks[0], values);
  clino_watch_free(w);
  clino_run_free(run);
  free(t);
}

static bool lists_mismatch(const clino_watch *w) {
  size_t n = 0;
  for (size_t i = 0; i < clino_findings_count(clino_watch_findings(w)); i++)
    n += strcmp(clino_findings_at(clino_watch_findings(w), i)->check, "replica-mismatch") == 0;
  CU_ASSERT(n <= 1);
  return n == 1;
}

static void a_rank_that_differs_is_a_finding(void) {
  for (int stop = 0; stop < 2; stop++) {
    world *t = new_world();
    clino_run *run = new_run();
    clino_error error = {.message = ""};
    clino_watch *w = watch_world(t, run, false);
    t->differs_from = 3;
    t->stop = stop * 5;
    for (int64_t step = 1; step <= 24; step++) {
      const clino_status status = clino_watch_step(w, step, 1 / (double)step, &error);
      CU_ASSERT_EQUAL(status, stop && step == 5 ? CLINO_ERR_CALLBACK : CLINO_OK);
      CU_ASSERT(status != CLINO_ERR_CALLBACK || error.callback_value == 5);
      CU_ASSERT_EQUAL(t->found, step >= 5);
      CU_ASSERT_EQUAL(lists_mismatch(w), step >= 5); /* before and after checks */
    }
    clino_watch_free(w);
    clino_run_free(run);
    free(t);
  }
}

/* The step in which a hook fails is an error, those after it are none. */
static void hooks_that_fail(void) {
  for (int which = 0; which < 4; which++) {
    world *t = new_world();
    clino_run *run = new_run();
    clino_error error = {.message = ""};
    clino_watch *w = watch_world(t, run, false);
    int failures = 0;
    t->fail_mean = which == 0 ? 4 : 0;
    t->fail_merge = which == 1 ? 2 : 0;
    t->fail_decide = which == 2 ? 2 : 0;
    t->fail_compare = which == 3 ? 2 : 0;
    for (int64_t step = 1; step <= 20; step++) {
      const clino_status status = clino_watch_step(w, step, 2.5, &error);
      CU_ASSERT(status == CLINO_OK || status == CLINO_ERR_RANK);
      if (status) CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "rank 2 did not come"));
      failures += status != CLINO_OK;
    }
    CU_ASSERT_EQUAL(failures, 1);
    CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "train/loss")), which == 0 ? 19 : 20);
    CU_ASSERT(clino_series_count(clino_run_series(run, "act_mean/hidden")) >= 8);
    clino_watch_free(w);
    clino_run_free(run);
    free(t);
  }
}

static void the_first_rank_decides(void) {
  world *t = new_world();
  clino_run *run = new_run();
  clino_watch *w = watch_world(t, run, false);
  clino_watch_cost cost;
  t->never = true;
  for (int64_t step = 1; step <= 20; step++) CU_ASSERT_EQUAL(clino_watch_step(w, step, 2.5, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_watch_get_cost(w, &cost, NULL), CLINO_OK);
  CU_ASSERT(cost.looks == 1 && cost.left_out == 10 && cost.checks == 0);
  clino_watch_free(w);
  clino_run_free(run);
  free(t);
}

static void errors_of_ranks(void) {
  world *t = new_world();
  clino_run *run = new_run();
  clino_watch *w = NULL;
  const clino_watch_options o = options_of(t);
  const clino_ranks whole = t->ranks;
  for (int k = 0; k < 4; k++) {
    t->ranks = whole;
    if (k == 0) t->ranks.mean = NULL;
    if (k == 1) t->ranks.merge = NULL;
    if (k == 2) t->ranks.decide = NULL;
    if (k == 3) t->ranks.compare = NULL;
    ASSERT_FAILS(clino_watch_new(&w, run, &o, &error), CLINO_ERR_RANGE, "ranks");
  }
  t->ranks = whole;
  for (long k = 0; allocations_known() && k < 150; k++) {
    long live = allocations_live();
    clino_run *other = new_run();
    allocations_fail_after(k);
    clino_status status = clino_watch_new(&w, other, &o, NULL);
    if (!status) status = add_layer(w, t, k % 2);
    t->differs_from = t->comparisons + 1;
    if (!status) status = clino_watch_step(w, 1, 0.5, NULL);
    allocations_fail_after(-1);
    CU_ASSERT(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    if (w) CU_ASSERT_EQUAL(clino_watch_step(w, 2, 0.4, NULL), CLINO_OK);
    clino_watch_free(w);
    clino_run_free(other);
    CU_ASSERT(allocations_live() <= live);
  }
  clino_run_free(run);
  free(t);
}

void suite_watch_ranks(CU_pSuite suite) {
  TEST(suite, records_what_all_have_seen);
  TEST(suite, marks_tell_values_apart);
  TEST(suite, a_rank_that_differs_is_a_finding);
  TEST(suite, hooks_that_fail);
  TEST(suite, the_first_rank_decides);
  TEST(suite, errors_of_ranks);
}
