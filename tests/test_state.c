/* States of monitors: merged as bytes they are what merging the monitors gives, to the bit, for every monitor; what is
 * no state is refused. */
#include <stdlib.h>
#include <string.h>

#include "clino/state.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

enum { N = 5000, UNITS = 25 };

static clino_statistics *new_statistics(const char *name, bool histogram) {
  clino_statistics *m = NULL;
  clino_statistics_spec spec = clino_statistics_spec_default();
  spec.name = name;
  spec.histogram = histogram;
  CU_ASSERT_EQUAL_FATAL(clino_statistics_new(&spec, &m, NULL), CLINO_OK);
  return m;
}

static clino_activation *new_activation(clino_activation_kind kind, size_t units) {
  clino_activation *m = NULL;
  clino_activation_spec spec = clino_activation_spec_default();
  spec.name = "layer";
  spec.kind = kind;
  spec.units = units;
  CU_ASSERT_EQUAL_FATAL(clino_activation_new(&spec, &m, NULL), CLINO_OK);
  return m;
}

/* A monitor of each kind, fed with numbers of its own. */
typedef struct set {
  clino_statistics *statistics, *moments;
  clino_activation *relu, *tanh;
  clino_update_ratio *ratio;
  clino_dynamics *dynamics;
  clino_gap *gap;
  clino_initial_loss *loss;
} set;

enum { KINDS = 8 };

static void all_of(const set *s, clino_monitor *m) {
  m[0] = clino_monitor_of_statistics(s->statistics);
  m[1] = clino_monitor_of_statistics(s->moments);
  m[2] = clino_monitor_of_activation(s->relu);
  m[3] = clino_monitor_of_activation(s->tanh);
  m[4] = clino_monitor_of_update_ratio(s->ratio);
  m[5] = clino_monitor_of_dynamics(s->dynamics);
  m[6] = clino_monitor_of_gap(s->gap);
  m[7] = clino_monitor_of_initial_loss(s->loss);
}

static void feed(set *s, uint64_t seed) {
  static double x[N], y[N];
  random_fill(seed, x, N, -1.25, 1.25);
  random_fill(seed + 1, y, N, -3e7, 1e7);
  y[seed % N] = seed % 2 ? NAN : INFINITY;
  clino_statistics_add_f64(s->statistics, N, y, NULL);
  clino_statistics_add_f64(s->moments, N, x, NULL);
  clino_activation_add_f64(s->relu, N / UNITS, x, NULL);
  clino_activation_add_f64(s->tanh, N / UNITS, x, NULL);
  clino_update_ratio_add_f64(s->ratio, N, x, y, NULL);
  clino_dynamics_add_angle_f64(s->dynamics, N, x, y, NULL);
  clino_dynamics_add_learning_rate(s->dynamics, 0.1 * (double)seed, NULL);
  clino_gap_add_train(s->gap, x[0], 64, NULL);
  clino_gap_add_val(s->gap, x[1], 640, NULL);
  clino_initial_loss_add_pair(s->loss, 2 + x[2], 3 + x[3], NULL);
}

static set new_set(uint64_t seed) {
  set s = {new_statistics("g", true), new_statistics("m", false), new_activation(CLINO_ACTIVATION_RELU, UNITS),
           new_activation(CLINO_ACTIVATION_TANH, UNITS), NULL, NULL, NULL, NULL};
  clino_initial_loss_spec spec = clino_initial_loss_spec_default();
  spec.classes = 10;
  CU_ASSERT_EQUAL_FATAL(clino_update_ratio_new("W", &s.ratio, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_dynamics_new(&s.dynamics, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_gap_new(NULL, &s.gap, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_initial_loss_new(&spec, &s.loss, NULL), CLINO_OK);
  if (seed) feed(&s, seed);
  return s;
}

static void free_set(set *s) {
  clino_statistics_free(s->statistics);
  clino_statistics_free(s->moments);
  clino_activation_free(s->relu);
  clino_activation_free(s->tanh);
  clino_update_ratio_free(s->ratio);
  clino_dynamics_free(s->dynamics);
  clino_gap_free(s->gap);
  clino_initial_loss_free(s->loss);
}

static void *state_of(clino_monitor m) {
  const size_t size = clino_state_size(m);
  CU_ASSERT_TRUE_FATAL(size > 0 && size % 8 == 0);
  void *bytes = malloc(size);
  CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
  CU_ASSERT_EQUAL(clino_state_save(m, bytes, size, NULL), CLINO_OK);
  return bytes;
}

/* What two sets record under the same names is the same. */
static void expect_same(const set *a, const set *b) {
  clino_run *runs[2] = {new_run(), new_run()};
  const set *sets[2] = {a, b};
  for (int i = 0; i < 2; i++) {
    const set *s = sets[i];
    clino_statistics_record(s->statistics, runs[i], 1, NULL);
    clino_statistics_record(s->moments, runs[i], 1, NULL);
    clino_activation_record(s->relu, runs[i], 1, NULL);
    clino_activation_record(s->tanh, runs[i], 2, NULL);
    clino_update_ratio_record(s->ratio, runs[i], 1, NULL);
    clino_dynamics_record(s->dynamics, runs[i], 1, NULL);
    clino_gap_record(s->gap, runs[i], 1, NULL);
    clino_initial_loss_record(s->loss, runs[i], 1, NULL);
  }
  CU_ASSERT_EQUAL_FATAL(clino_run_series_count(runs[0]), clino_run_series_count(runs[1]));
  for (size_t i = 0; i < clino_run_series_count(runs[0]); i++) {
    const clino_series *x = clino_run_series_at(runs[0], i), *y = clino_run_series_at(runs[1], i);
    CU_ASSERT_STRING_EQUAL(clino_series_name(x), clino_series_name(y));
    CU_ASSERT_EQUAL_FATAL(clino_series_count(x), clino_series_count(y));
    for (size_t k = 0; clino_series_values(x) && k < clino_series_count(x); k++)
      ASSERT_NEAR(clino_series_values(x)[k], clino_series_values(y)[k], 0);
    const clino_histogram *h = clino_series_histogram(x, 0), *g = clino_series_histogram(y, 0);
    if (!h) continue;
    CU_ASSERT_EQUAL_FATAL(h->n_bins, g->n_bins);
    CU_ASSERT_EQUAL(memcmp(h->counts, g->counts, h->n_bins * sizeof *h->counts), 0);
    CU_ASSERT_TRUE(h->above == g->above && h->below == g->below && h->nans == g->nans);
  }
  clino_run_free(runs[0]);
  clino_run_free(runs[1]);
}

static void merge_sets(set *a, const set *b) {
  CU_ASSERT_EQUAL(clino_statistics_merge(a->statistics, b->statistics, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_statistics_merge(a->moments, b->moments, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_activation_merge(a->relu, b->relu, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_activation_merge(a->tanh, b->tanh, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_update_ratio_merge(a->ratio, b->ratio, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_dynamics_merge(a->dynamics, b->dynamics, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_gap_merge(a->gap, b->gap, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_initial_loss_merge(a->loss, b->loss, NULL), CLINO_OK);
}

static void states_merge_as_monitors_do(void) {
  set a = new_set(17), b = new_set(40), loaded = new_set(99); /* what it held is forgotten */
  clino_monitor of_a[KINDS], of_b[KINDS], of_loaded[KINDS];
  all_of(&a, of_a);
  all_of(&b, of_b);
  all_of(&loaded, of_loaded);
  for (int i = 0; i < KINDS; i++) {
    const size_t size = clino_state_size(of_a[i]);
    void *x = state_of(of_a[i]), *y = state_of(of_b[i]);
    CU_ASSERT_EQUAL(clino_state_merge(x, y, size, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_state_load(of_loaded[i], x, size, NULL), CLINO_OK);
    free(x);
    free(y);
  }
  merge_sets(&a, &b);
  expect_same(&a, &loaded);
  feed(&a, 3); /* and goes on alike */
  feed(&loaded, 3);
  expect_same(&a, &loaded);
  free_set(&a);
  free_set(&b);
  free_set(&loaded);
}

static void what_does_not_fit_is_refused(void) {
  set a = new_set(5), b = new_set(8);
  clino_monitor m[KINDS], narrow = clino_monitor_of_activation(new_activation(CLINO_ACTIVATION_RELU, 7));
  all_of(&a, m);
  const size_t size = clino_state_size(m[4]);
  char *ratio = state_of(m[4]), *relu = state_of(m[2]), *narrow_state = state_of(narrow);
  clino_error e;
  CU_ASSERT_EQUAL(clino_state_size((clino_monitor){(clino_monitor_kind)0, a.gap}), 0);
  CU_ASSERT_EQUAL(clino_state_size(clino_monitor_of_gap(NULL)), 0);
  ASSERT_FAILS(clino_state_save(m[4], NULL, size, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_state_save(m[4], ratio, size - 8, &error), CLINO_ERR_RANGE, "bytes");
  ASSERT_FAILS(clino_state_load(clino_monitor_of_gap(NULL), ratio, size, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_state_load(m[2], relu, 8, &error), CLINO_ERR_RANGE, "bytes");
  ASSERT_FAILS(clino_state_merge(ratio, ratio, size, &error), CLINO_ERR_RANGE, "both are one");
  ASSERT_FAILS(clino_state_merge(ratio, relu, 8, &error), CLINO_ERR_RANGE, "no state");
  CU_ASSERT_EQUAL(clino_state_load(m[4], ratio, size, NULL), CLINO_OK);
  /* One that differs spoils the state for good. */
  char *spoiled = state_of(m[4]);
  memset(ratio, 0, 8);
  ASSERT_FAILS(clino_state_merge(spoiled, ratio, size, &error), CLINO_ERR_RANGE, "differ");
  ASSERT_FAILS(clino_state_load(m[4], spoiled, size, &error), CLINO_ERR_RANGE, "made otherwise");
  ASSERT_FAILS(clino_state_load(m[4], ratio, size, &error), CLINO_ERR_RANGE, "no state");
  ASSERT_FAILS(clino_state_merge(narrow_state, relu, clino_state_size(narrow), &error), CLINO_ERR_RANGE, "differ");
  char *again = state_of(m[4]), *other = state_of(m[4]);
  if (allocations_known()) {
    allocations_fail_after(0);
    CU_ASSERT_EQUAL(clino_state_merge(again, other, size, &e), CLINO_ERR_MEMORY);
    allocations_fail_after(-1);
    ASSERT_FAILS(clino_state_load(m[4], again, size, &error), CLINO_ERR_MEMORY, "memory");
  }
  free(again), free(other), free(spoiled), free(ratio), free(relu), free(narrow_state);
  clino_activation_free(narrow.monitor);
  free_set(&a);
  free_set(&b);
}

void suite_state(CU_pSuite suite) {
  TEST(suite, states_merge_as_monitors_do);
  TEST(suite, what_does_not_fit_is_refused);
}
