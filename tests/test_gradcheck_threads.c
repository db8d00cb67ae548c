/* Checks in several threads say what one thread says, to the bit, and leave nothing behind. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/record.h"
#include "support/allocations.h"
#include "support/objectives.h"
#include "support/probe.h"

static const size_t counts[] = {2, 3, 8};

/* ---- a context with all that a thread needs for itself ---- */

typedef struct tally {
  atomic_int clones, live;
  int fail_clone;              /* the call of clone that fails, from 1 on; 0: none */
} tally;

typedef struct world {
  clino_objective f;
  tally *tally;
  clino_trace *trace;
  uint64_t seed, state;        /* of a dropout mask */
  size_t term;
  double room[MOST_N];         /* written by every call: shared, it would be a race */
  size_t fail_entry;           /* the call fails where this coordinate is not fail_value; SIZE_MAX: never */
  double fail_value;
  bool spoil;                  /* the callback writes to a coordinate of its input where another one is moved */
  bool off;                    /* of a copy: it gives another value */
} world;

static int clone_world(void *ctx, void **copy, clino_tensor *tensors) {
  const world *original = ctx;
  CU_ASSERT_PTR_NULL(tensors);
  if (++original->tally->clones == original->tally->fail_clone) return -41;
  world *own = malloc(sizeof *own);
  if (!own) return -42;
  *own = *original;
  if (original->trace && clino_trace_new(&own->trace, NULL)) {
    free(own);
    return -43;
  }
  original->tally->live++;
  *copy = own;
  return 0;
}

static void release_world(void *copy) {
  world *own = copy;
  own->tally->live--;
  clino_trace_free(own->trace);
  free(own);
}

static int reseed_world(uint64_t seed, void *ctx) { return ((world *)ctx)->state = seed, 0; }
static int select_world(size_t term, void *ctx) { return ((world *)ctx)->term = term, 0; }
static clino_trace *trace_of_world(void *ctx) { return ((world *)ctx)->trace; }

static int through(size_t n, const double *x, double *f, double *grad, void *ctx) {
  world *w = ctx;
  if (w->fail_entry < n && x[w->fail_entry] != w->fail_value) return 53;
  memcpy(w->room, x, n * sizeof *x);
  int value = w->f(n, w->room, f, grad, ctx);
  if (w->spoil && x[3] != w->room[4]) ((double *)(uintptr_t)x)[1] = 7.25;
  return value;
}

/* ---- objectives that the shared ones leave out ---- */

#define SIDE 9

/* Two layers of relus, some at 0 exactly. Without its trace the context is not looked at. */
static int relus(size_t n, const double *x, double *f, double *grad, void *ctx) {
  world *w = ctx;
  double z[SIDE] = {0}, c[SIDE];
  for (size_t j = 0; j < SIDE; j++)
    for (size_t i = 0; i < n; i++) z[j] += x[i] * ((double)((i * 7 + j * 3) % 11) - 5) / 7;
  clino_branches(w->trace, "relus", SIDE, z);
  *f = 0;
  for (size_t j = 0; j < SIDE; j++) {
    c[j] = z[j] > 0 ? 0.5 + (double)j : 0;
    *f += c[j] * z[j];
  }
  for (size_t i = 0; i < n && grad; i++) {
    grad[i] = 0;
    for (size_t j = 0; j < SIDE; j++) grad[i] += c[j] * ((double)((i * 7 + j * 3) % 11) - 5) / 7;
  }
  for (size_t i = 0; i < n; i++) {
    *f += i % 4 ? 0.3 * sin(x[i]) : clino_max(w->trace, "max", i, x[i], 0);
    if (grad) grad[i] += i % 4 ? 0.3 * cos(x[i]) : x[i] > 0;
  }
  return 0;
}

/* Values in single precision. */
static int noisy(size_t n, const double *x, double *f, double *grad, void *ctx) {
  int value = quadratic(n, x, f, grad, ctx);
  *f = (double)(float)(*f + 3e-4 * sin(1e9 * x[0]));
  return value;
}

/* Two entries that are wrong, one mildly. */
static int wrong(size_t n, const double *x, double *f, double *grad, void *ctx) {
  int value = relus(n, x, f, grad, ctx);
  if (grad) grad[2] *= 1.25, grad[n - 3] *= 1.002;
  return value;
}

/* A mask that the hook reseed decides on. */
static int dropout(size_t n, const double *x, double *f, double *grad, void *ctx) {
  world *w = ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    w->state = w->state * 6364136223846793005u + 1442695040888963407u;
    double keep = w->state >> 62 ? 1.5 : 0;
    *f += keep * exp(0.3 * x[i]) * (1 + x[(i + 1) % n] * 0);
    if (grad) grad[i] = keep * 0.3 * exp(0.3 * x[i]);
  }
  return 0;
}

/* Data, and a regularizer whose gradient is off. */
static int two_terms(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const world *w = ctx;
  bool data = w->term != 1, decay = w->term != 0;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += data * sin(x[i] * 1.3) + decay * 0.05 * x[i] * x[i];
    if (grad) grad[i] = data * 1.3 * cos(x[i] * 1.3) + decay * 0.05 * x[i];
  }
  return 0;
}

/* ---- one check, and all that it says ---- */

typedef struct told {
  uint64_t calls, hash, cancel_at;
} told;

typedef struct outcome {
  clino_status status;
  clino_error error;
  clino_gradcheck_result r;
  clino_gradcheck_record *record;
  told told;
  char report[6000];
} outcome;

static int listen(const clino_progress *now, void *ctx) {
  told *t = ctx;
  t->calls++;
  t->hash = (t->hash ^ now->done) * 1099511628211u;
  t->hash = (t->hash ^ now->expected) * 1099511628211u;
  return t->calls == t->cancel_at ? 29 : 0;
}

/* w.trace other than NULL asks for one. */
static outcome run(world w, size_t n, const double *x, clino_gradcheck_options o, uint64_t cancel_at) {
  outcome out = {.told.cancel_at = cancel_at};
  double kept[MOST_N];
  memcpy(kept, x, n * sizeof *x);
  w.tally->clones = w.tally->live = 0;
  if (w.trace) CU_ASSERT_EQUAL_FATAL(clino_trace_new(&w.trace, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_gradcheck_record_new(&out.record, NULL), CLINO_OK);
  o.record = out.record;
  o.progress = listen;
  o.progress_ctx = &out.told;
  o.context.clone = clone_world;
  o.context.release = release_world;
  o.context.reseed = reseed_world;
  if (w.trace) o.context.trace = trace_of_world;
  if (o.n_terms) o.context.select_term = select_world;
  w.term = CLINO_TERM_ALL;
  out.status = gradcheck(through, &w, n, x, &o, &out.r, &out.error);
  clino_gradcheck_report(&out.r, out.report, sizeof out.report);
  CU_ASSERT_EQUAL(w.tally->live, 0);
  CU_ASSERT_EQUAL(memcmp(kept, x, n * sizeof *x), 0);
  if (w.trace) clino_trace_free(w.trace);
  return out;
}

static bool same_doubles(const double *a, const double *b, size_t n) { return memcmp(a, b, n * sizeof *a) == 0; }

static bool same_records(const clino_gradcheck_record *a, const clino_gradcheck_record *b) {
  size_t sheets = clino_gradcheck_record_sheets(a);
  bool same = sheets == clino_gradcheck_record_sheets(b) &&
              clino_gradcheck_record_verdict(a) == clino_gradcheck_record_verdict(b);
  for (size_t s = 0; s < sheets && same; s++)
    for (size_t t = 0; t < clino_gradcheck_record_tensors(a) && same; t++) {
      clino_recorded_tensor u, v;
      same = !clino_gradcheck_record_get(a, s, t, &u, NULL) && !clino_gradcheck_record_get(b, s, t, &v, NULL) &&
             u.measured == v.measured && same_doubles(u.value, v.value, u.count) &&
             same_doubles(u.analytic, v.analytic, u.count) && same_doubles(u.numeric, v.numeric, u.count) &&
             same_doubles(u.error, v.error, u.count) && memcmp(u.verdict, v.verdict, u.count) == 0;
    }
  return same;
}

static bool same_outcome(const outcome *a, const outcome *b) {
  bool error = a->status == CLINO_OK || (a->error.code == b->error.code &&
                                         a->error.callback_value == b->error.callback_value &&
                                         strcmp(a->error.message, b->error.message) == 0);
  return a->status == b->status && error && same_results(&a->r, &b->r) && strcmp(a->report, b->report) == 0 &&
         a->told.calls == b->told.calls && a->told.hash == b->told.hash && same_records(a->record, b->record);
}

/* The check in one thread and in several; returns what it comes to. */
static clino_gradcheck_result compare(const char *label, world w, size_t n, const double *x, clino_gradcheck_options o,
                                      uint64_t cancel_at) {
  char text[96];
  tally t = {0};
  w.tally = &t;
  o.threads = 1;
  outcome one = run(w, n, x, o, cancel_at);
  CU_ASSERT_EQUAL(t.clones, 0);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    o.threads = counts[i];
    outcome several = run(w, n, x, o, cancel_at);
    snprintf(text, sizeof text, "%s in %zu threads", label, o.threads);
    CU_assertImplementation(same_outcome(&one, &several), __LINE__, text, __FILE__, "", CU_FALSE);
    clino_gradcheck_record_free(several.record);
  }
  clino_gradcheck_record_free(one.record);
  return one.r;
}

static clino_gradcheck_options plain(clino_mode mode) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = mode;
  o.sample = 12;
  return o;
}

static world with(clino_objective f) { return (world){.f = f, .fail_entry = SIZE_MAX}; }

/* Anything but NULL. */
static world traced(clino_objective f) {
  world w = with(f);
  w.trace = (clino_trace *)(uintptr_t)&counts;
  return w;
}

/* ---- the same in any number of threads ---- */

static void point(size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = i % 8 ? 0.31 * sin(2.7 * (double)i + 0.4) : 0;
}

static void shared_objectives(void) {
  double x[MOST_N];
  for (size_t i = 0; i < n_smooth_problems; i++)
    for (clino_mode mode = CLINO_MODE_AUTO; mode <= CLINO_MODE_DIRECTIONAL; mode++) {
      smooth_problems[i].point(smooth_problems[i].n, x);
      compare(smooth_problems[i].name, with(smooth_problems[i].f), smooth_problems[i].n, x, plain(mode), 0);
    }
  for (size_t i = 0; i < n_hard_problems; i++) {
    hard_problems[i].point(hard_problems[i].n, x);
    compare(hard_problems[i].name, with(hard_problems[i].f), hard_problems[i].n, x, plain(CLINO_MODE_FULL), 0);
  }
}

static void kinks_and_branches(void) {
  double x[MOST_N];
  point(61, x);
  for (clino_mode mode = CLINO_MODE_FULL; mode <= CLINO_MODE_DIRECTIONAL; mode++) {
    compare("relus", with(relus), 61, x, plain(mode), 0);
    clino_gradcheck_result r = compare("relus, traced", traced(relus), 61, x, plain(mode), 0);
    if (mode == CLINO_MODE_FULL) CU_ASSERT_TRUE(r.branch_flips > 0);
    r = compare("wrong", traced(wrong), 61, x, plain(mode), 0);
    if (mode != CLINO_MODE_SAMPLE) EXPECT_CAUGHT("wrong", &r);
  }
}

static void every_option(void) {
  double x[MOST_N], lower[MOST_N], upper[MOST_N];
  point(40, x);
  for (size_t i = 0; i < 40; i++) lower[i] = x[i] - 0.01, upper[i] = x[i] + 1e-9;
  for (clino_mode mode = CLINO_MODE_FULL; mode <= CLINO_MODE_DIRECTIONAL; mode += 2) {
    clino_gradcheck_options o = plain(mode);
    compare("noisy", with(noisy), 40, x, o, 0);
    compare("dropout", with(dropout), 40, x, o, 0);
    o.lower = lower;
    o.upper = upper;
    compare("bounds", traced(relus), 40, x, o, 0);
    o = plain(mode);
    o.points = 3;
    o.burn_in = 5;
    compare("points", traced(relus), 40, x, o, 0);
    o.n_terms = 2;
    clino_gradcheck_result r = compare("terms", with(two_terms), 40, x, o, 0);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL(r.worst.term, 1);
    CU_ASSERT_EQUAL(r.terms[0].verdict, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(r.terms[1].verdict, CLINO_VERDICT_FAIL);
  }
}

static void any_budget(void) {
  double x[MOST_N];
  point(61, x);
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  tally t = {0};
  world w = traced(wrong);
  w.tally = &t;
  outcome whole = run(w, 61, x, o, 0);
  clino_gradcheck_record_free(whole.record);
  for (o.max_evaluations = 1; o.max_evaluations < whole.r.evaluations + 20; o.max_evaluations += 41)
    compare("budget", traced(wrong), 61, x, o, 0);
  o.points = 40; /* so many that there is work for threads before the budget is near */
  for (o.max_evaluations = 2050; o.max_evaluations < 9000; o.max_evaluations += 983) {
    clino_gradcheck_result r = compare("larger budget", traced(relus), 61, x, o, 0);
    CU_ASSERT_TRUE(r.evaluations <= o.max_evaluations);
  }
}

/* Some that are too small for a team, some that run out while it is at work. */
static void any_budget_along_directions(void) {
  double x[MOST_N];
  point(61, x);
  clino_gradcheck_options o = plain(CLINO_MODE_DIRECTIONAL);
  o.points = 3;
  for (o.max_evaluations = 3; o.max_evaluations < 120; o.max_evaluations += 7)
    compare("directions on a budget", traced(wrong), 61, x, o, 0);
  for (o.max_evaluations = 2001; o.max_evaluations < 4000; o.max_evaluations += 119) {
    compare("directions on a larger budget", traced(wrong), 61, x, o, 0);
    compare("directions on a larger budget", traced(relus), 61, x, o, 0);
  }
}

/* ---- errors ---- */

static void a_failing_callback(void) {
  double x[MOST_N];
  point(40, x);
  for (size_t entry = 0; entry < 40; entry += 3) {
    world w = traced(relus);
    clino_gradcheck_options o = plain(CLINO_MODE_FULL);
    w.fail_entry = entry;
    w.fail_value = x[entry];
    o.step = 1e-5;
    clino_gradcheck_result r = compare("fails", w, 40, x, o, 0);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
    o.mode = CLINO_MODE_DIRECTIONAL;
    compare("fails along a direction", w, 40, x, o, 0);
  }
}

/* The measurement of noise moves all coordinates, so that a callback that fails there never comes to the entries. */
static int fails_alone(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double at[MOST_N];
  size_t moved = 0;
  point(n, at);
  for (size_t i = 0; i < n; i++) moved += x[i] != at[i];
  if (moved == 1 && x[17] != at[17]) return 61;
  if (moved == 1 && x[19] != at[19]) return 62;
  return relus(n, x, f, grad, ctx);
}

static void the_lowest_entry_fails(void) {
  double x[MOST_N];
  point(40, x);
  tally t = {0};
  world w = traced(fails_alone);
  w.tally = &t;
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  compare("fails at an entry", w, 40, x, o, 0);
  for (int i = 0; i < 50; i++) {
    o.threads = counts[i % 3];
    outcome out = run(w, 40, x, o, 0);
    CU_ASSERT_EQUAL(out.status, CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(out.error.callback_value, 61);
    clino_gradcheck_record_free(out.record);
  }
}

static void cancelled_at_any_call(void) {
  double x[MOST_N];
  point(23, x);
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  tally t = {0};
  world w = traced(relus);
  w.tally = &t;
  outcome whole = run(w, 23, x, o, 0);
  clino_gradcheck_record_free(whole.record);
  for (uint64_t at = 1; at < whole.told.calls; at += 7) compare("cancelled", traced(relus), 23, x, o, at);
  o.mode = CLINO_MODE_DIRECTIONAL;
  for (uint64_t at = 1; at < 40; at += 3) compare("cancelled on the way", traced(wrong), 23, x, o, at);
}

static void clone_fails_at_any_call(void) {
  double x[MOST_N];
  point(40, x);
  for (int at = 1; at <= 8; at++) {
    tally t = {.fail_clone = at};
    world w = traced(relus);
    clino_gradcheck_options o = plain(CLINO_MODE_FULL);
    w.tally = &t;
    o.threads = 8;
    outcome out = run(w, 40, x, o, 0);
    CU_ASSERT_EQUAL(out.status, at < 8 ? CLINO_ERR_CALLBACK : CLINO_OK);
    CU_ASSERT_EQUAL(t.clones, at < 8 ? at : 7);
    if (at < 8) {
      CU_ASSERT_EQUAL(out.error.callback_value, -41);
      CU_ASSERT_PTR_NOT_NULL(strstr(out.error.message, "clone"));
      CU_ASSERT_EQUAL(out.r.verdict, CLINO_VERDICT_NONE);
    }
    clino_gradcheck_record_free(out.record);
  }
}

static void a_callback_that_changes_its_input(void) {
  double x[MOST_N];
  point(23, x);
  tally t = {0};
  world w = with(quadratic);
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  w.spoil = true;
  w.tally = &t;
  for (size_t i = 0; i < 3; i++) {
    o.threads = counts[i];
    outcome out = run(w, 23, x, o, 0);
    CU_ASSERT_EQUAL(out.status, CLINO_OK);
    CU_ASSERT_EQUAL(out.r.reason, CLINO_REASON_INPUT_CHANGED);
    CU_ASSERT_EQUAL(out.r.worst.flat, 1);
    clino_gradcheck_record_free(out.record);
  }
}

/* ---- what clone has to give ---- */

static int clone_itself(void *ctx, void **copy, clino_tensor *tensors) {
  (void)tensors;
  *copy = ctx;
  return 0;
}
static void release_nothing(void *copy) { (void)copy; }

static int clone_off(void *ctx, void **copy, clino_tensor *tensors) {
  int value = clone_world(ctx, copy, tensors);
  if (!value) ((world *)*copy)->f = noisy;
  return value;
}

static clino_status check_hooks(int (*clone)(void *, void **, clino_tensor *), void (*release)(void *), size_t threads,
                                world *w, clino_error *e) {
  double x[MOST_N];
  point(20, x);
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  clino_gradcheck_result r;
  o.threads = threads;
  o.context.clone = clone;
  o.context.release = release;
  if (w->trace) o.context.trace = trace_of_world;
  clino_status status = gradcheck(through, w, 20, x, &o, &r, e);
  if (status) CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
  return status;
}

static void hooks_that_do_not_do(void) {
  tally t = {0};
  world w = with(quadratic);
  clino_error e;
  w.tally = &t;
  CU_ASSERT_EQUAL(check_hooks(NULL, NULL, 2, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "context.clone"));
  CU_ASSERT_EQUAL(check_hooks(clone_world, NULL, 2, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "context.release"));
  CU_ASSERT_EQUAL(check_hooks(clone_world, release_world, 0, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "threads"));
  CU_ASSERT_EQUAL(check_hooks(clone_world, release_world, CLINO_MAX_THREADS + 1, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(check_hooks(NULL, NULL, 1, &w, &e), CLINO_OK);
  CU_ASSERT_EQUAL(check_hooks(clone_off, release_world, 3, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "context.clone: at one point"));
  CU_ASSERT_EQUAL(t.live, 0);
  CU_ASSERT_EQUAL_FATAL(clino_trace_new(&w.trace, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(check_hooks(clone_itself, release_nothing, 2, &w, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "trace"));
  clino_trace_free(w.trace);
}

/* ---- memory ---- */

static void memory_may_be_out(void) {
  double x[MOST_N];
  point(23, x);
  tally t = {0};
  clino_gradcheck_options o = plain(CLINO_MODE_FULL);
  if (!allocations_known()) return;
  o.threads = 3;
  o.context.clone = clone_world;
  o.context.release = release_world;
  o.context.trace = trace_of_world;
  world w = with(relus);
  w.tally = &t;
  CU_ASSERT_EQUAL_FATAL(clino_trace_new(&w.trace, NULL), CLINO_OK);
  clino_status status = CLINO_ERR_MEMORY;
  long before = allocations_live();
  for (long n = 0; n < 2000 && status; n++) {
    clino_gradcheck_result r;
    allocations_fail_after(n);
    status = gradcheck(through, &w, 23, x, &o, &r, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY || status == CLINO_ERR_CALLBACK);
    CU_ASSERT_EQUAL(t.live, 0);
  }
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_EQUAL(allocations_live(), before);
  clino_trace_free(w.trace);
}

void suite_gradcheck_threads(CU_pSuite suite) {
  TEST(suite, shared_objectives);
  TEST(suite, kinks_and_branches);
  TEST(suite, every_option);
  TEST(suite, any_budget);
  TEST(suite, any_budget_along_directions);
  TEST(suite, a_failing_callback);
  TEST(suite, the_lowest_entry_fails);
  TEST(suite, cancelled_at_any_call);
  TEST(suite, clone_fails_at_any_call);
  TEST(suite, a_callback_that_changes_its_input);
  TEST(suite, hooks_that_do_not_do);
  TEST(suite, memory_may_be_out);
}
