/* Activation statistics against plain two-pass references in extended precision; histograms against a search through
 * their edges; parts against the whole; extreme, missing and non-finite values; errors. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "clino/activation.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define UNITS 37
#define ROWS 311
#define N (UNITS * ROWS)

static double values[N];
static float floats[N];

static clino_activation_spec spec_of(clino_activation_kind kind, size_t units) {
  clino_activation_spec spec = clino_activation_spec_default();
  spec.name = "h1";
  spec.kind = kind;
  spec.units = units;
  return spec;
}

static clino_activation *make(clino_activation_spec spec) {
  clino_activation *m = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_activation_new(&spec, &m, NULL), CLINO_OK);
  return m;
}

static clino_activation_stats get(const clino_activation *m) {
  clino_activation_stats s;
  CU_ASSERT_EQUAL_FATAL(clino_activation_get(m, &s, NULL), CLINO_OK);
  return s;
}

static void fill(uint64_t seed, double offset, double unit) {
  for (size_t i = 0; i < N; i++) values[i] = offset + unit * random_normal(&seed);
}

/* Deviation over unit, so that squares stay in range. */
static void two_pass(size_t n, const double *x, double unit, double *mean, double *deviation) {
  long double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++) sum += (long double)x[i] / (long double)n;
  for (size_t i = 0; i < n; i++) squares += ((long double)x[i] - sum) / unit * (((long double)x[i] - sum) / unit);
  *mean = (double)sum;
  *deviation = (double)(sqrtl(squares / (long double)n) * (long double)unit);
}

static void moments_are_those_of_two_passes(void) {
  static const struct {
    double offset, unit;
  } cases[] = {{0.3, 2.385}, {1e8, 1}, {-1e8, 1e-3}, {1e300, 3e299}, {1e-300, 3e-301},
               {0, 1e-200}, {0, 1e160}, {0, 4e307}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    fill(7 + c, cases[c].offset, cases[c].unit);
    double mean, deviation, min = values[0], max = values[0];
    two_pass(N, values, cases[c].unit, &mean, &deviation);
    for (size_t i = 1; i < N; i++) min = fmin(min, values[i]), max = fmax(max, values[i]);
    clino_activation *m = make(spec_of(CLINO_ACTIVATION_OTHER, UNITS));
    CU_ASSERT_EQUAL(clino_activation_add_f64(m, ROWS, values, NULL), CLINO_OK);
    clino_activation_stats s = get(m);
    CU_ASSERT_TRUE(near(s.mean, mean, 1e-13) || fabs(s.mean - mean) < 1e-14 * cases[c].unit);
    ASSERT_NEAR(s.standard_deviation, deviation, 1e-12);
    CU_ASSERT_EQUAL(s.min, min);
    CU_ASSERT_EQUAL(s.max, max);
    CU_ASSERT_EQUAL(s.count, N);
    CU_ASSERT_EQUAL(s.rows, ROWS);
    CU_ASSERT_TRUE(isnan(s.saturated_fraction));
    clino_activation_free(m);
  }
}

static void constant_data_has_no_deviation(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_OTHER, UNITS));
  for (size_t i = 0; i < N; i++) values[i] = 0.1;
  for (int k = 0; k < 3; k++) clino_activation_add_f64(m, ROWS, values, NULL);
  CU_ASSERT_EQUAL(get(m).mean, 0.1);
  CU_ASSERT_EQUAL(get(m).standard_deviation, 0);
  clino_activation_free(m);
}

/* The slot of a value by searching through all edges: below, bins, above, nan. */
static size_t plain_slot(const clino_histogram *h, double x) {
  if (isnan(x)) return h->n_bins + 2;
  if (x < h->edges[0]) return 0;
  if (x > h->edges[h->n_bins]) return h->n_bins + 1;
  for (size_t i = 0; i < h->n_bins; i++)
    if (x < h->edges[i + 1]) return i + 1;
  return h->n_bins;
}

/* Values that lie on, just under and just over edges, and everything that is not ordinary. */
static size_t awkward_values(const clino_histogram *h, double *x) {
  static const double odd[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, DBL_MIN, -DBL_MIN, 5e-324,
                               -5e-324, 1, -1, 1.5, -1.5, 1e-30, -1e-30, 1e30, -1e30, 1e-300, 1e300, -1e-20, 1e-20};
  size_t n = 0;
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) x[n++] = odd[i];
  for (size_t i = 0; i <= h->n_bins; i += 1 + h->n_bins / 700) {
    x[n++] = h->edges[i];
    x[n++] = nextafter(h->edges[i], INFINITY);
    x[n++] = nextafter(h->edges[i], -INFINITY);
  }
  x[n++] = h->edges[h->n_bins];
  x[n++] = nextafter(h->edges[h->n_bins], INFINITY);
  uint64_t state = 77;
  for (int i = 0; i < 2000; i++) {
    double size = pow(10, 80 * random_uniform(&state) - 40);
    x[n++] = (i % 2 ? 1 : -1) * size;
    x[n++] = 2.4 * random_uniform(&state) - 1.2;
  }
  return n;
}

static void histograms_equal_a_search(void) {
  static const clino_activation_kind kinds[] = {CLINO_ACTIVATION_RELU, CLINO_ACTIVATION_TANH, CLINO_ACTIVATION_SIGMOID};
  static double x[10000];
  static uint64_t plain[5000];
  for (size_t k = 0; k < 3; k++) {
    clino_activation *m = make(spec_of(kinds[k], 1));
    clino_histogram h;
    CU_ASSERT_EQUAL(clino_activation_histogram(m, &h, NULL), CLINO_OK);
    for (size_t i = 0; i < h.n_bins; i++) CU_ASSERT_TRUE_FATAL(h.edges[i] < h.edges[i + 1]);
    memset(plain, 0, sizeof plain);
    size_t n = awkward_values(&h, x);
    CU_ASSERT_TRUE_FATAL(n <= 10000 && h.n_bins + 3 <= 5000);
    for (size_t i = 0; i < n; i++) plain[plain_slot(&h, x[i])]++;
    clino_activation_add_f64(m, n, x, NULL);
    clino_activation_histogram(m, &h, NULL);
    size_t wrong = 0;
    for (size_t i = 0; i < h.n_bins; i++) wrong += h.counts[i] != plain[i + 1];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(h.below, plain[0]);
    CU_ASSERT_EQUAL(h.above, plain[h.n_bins + 1]);
    CU_ASSERT_EQUAL(h.nans, 1);
    CU_ASSERT_TRUE(h.below > 0 && h.above > 0);
    clino_activation_free(m);
  }
}

static void octaves_keep_the_shape_of_small_and_large(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_OTHER, 1));
  for (int e = -30; e <= 30; e++) clino_activation_add_f64(m, 2, (double[]){1.1 * pow(10, e), -1.1 * pow(10, e)}, NULL);
  clino_histogram h;
  clino_activation_histogram(m, &h, NULL);
  size_t used = 0;
  for (size_t i = 0; i < h.n_bins; i++) {
    CU_ASSERT_TRUE(h.counts[i] <= 1);
    used += h.counts[i] > 0;
    if (h.edges[i] > 0) CU_ASSERT_TRUE(h.edges[i + 1] / h.edges[i] <= 1.125);
  }
  CU_ASSERT_EQUAL(used, 122);
  clino_activation_free(m);
}

static void saturation_is_nearness_to_an_asymptote(void) {
  const double x[] = {-0.992, -0.98, 0.1, 0.991, 0.9899, -1, 1, NAN, 0.0049, 0.0051};
  clino_activation_spec spec = spec_of(CLINO_ACTIVATION_TANH, 1);
  clino_activation *tanh_layer = make(spec), *sigmoid = make(spec_of(CLINO_ACTIVATION_SIGMOID, 1));
  spec.saturation = 0.1;
  clino_activation *wide = make(spec);
  clino_activation_add_f64(tanh_layer, 10, x, NULL);
  clino_activation_add_f64(wide, 10, x, NULL);
  clino_activation_add_f64(sigmoid, 10, x, NULL);
  CU_ASSERT_EQUAL(get(tanh_layer).saturated, 4);
  ASSERT_NEAR(get(tanh_layer).saturated_fraction, 0.4, 1e-15);
  CU_ASSERT_EQUAL(get(wide).saturated, 6);
  CU_ASSERT_EQUAL(get(sigmoid).saturated, 5); /* -0.992, -0.98, -1, 1, 0.0049 */
  clino_activation_free(tanh_layer);
  clino_activation_free(sigmoid);
  clino_activation_free(wide);
}

static void units_that_are_always_saturated_are_named(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_TANH, 4)), *r = make(spec_of(CLINO_ACTIVATION_RELU, 4));
  size_t units[4] = {9, 9, 9, 9};
  const float f[] = {-0.999f, 0.2f, -1, 1};
  CU_ASSERT_EQUAL(clino_activation_saturated_units(m, units, 4), 0);
  clino_activation_add_f64(m, 2, (double[]){0.999, 0.5, 1, NAN, -1, 0.999, -0.995, 1}, NULL);
  clino_activation_add_f32(m, 1, f, NULL);
  CU_ASSERT_EQUAL(clino_activation_saturated_units(m, units, 4), 2);
  CU_ASSERT_TRUE(units[0] == 0 && units[1] == 2 && units[2] == 9);
  CU_ASSERT_EQUAL(clino_activation_saturated_units(m, NULL, 0), 2);
  clino_activation_add_f64(r, 1, (double[]){9, 9, 9, 9}, NULL);
  CU_ASSERT_EQUAL(clino_activation_saturated_units(r, units, 4), 0);
  CU_ASSERT_EQUAL(clino_activation_saturated_units(NULL, units, 4), 0);
  clino_activation_free(m);
  clino_activation_free(r);
}

static void floats_give_what_their_doubles_give(void) {
  fill(19, 0.2, 1.3);
  for (size_t i = 0; i < N; i += 5) values[i] = 0;
  values[77] = NAN;
  values[3001] = -INFINITY;
  round_to_floats(N, values, floats);
  clino_activation *f = make(spec_of(CLINO_ACTIVATION_TANH, UNITS)), *d = make(spec_of(CLINO_ACTIVATION_TANH, UNITS));
  clino_activation_add_f32(f, ROWS, floats, NULL);
  clino_activation_add_f64(d, ROWS, values, NULL);
  clino_activation_stats a = get(f), b = get(d);
  clino_histogram h, g;
  clino_activation_histogram(f, &h, NULL);
  clino_activation_histogram(d, &g, NULL);
  CU_ASSERT_EQUAL(a.mean, b.mean);
  CU_ASSERT_EQUAL(a.standard_deviation, b.standard_deviation);
  CU_ASSERT_EQUAL(a.zeros, b.zeros);
  CU_ASSERT_EQUAL(a.zeros, (N + 4) / 5);
  CU_ASSERT_EQUAL(a.saturated, b.saturated);
  CU_ASSERT_EQUAL(a.nans, 1);
  CU_ASSERT_EQUAL(a.infinities, 1);
  CU_ASSERT_EQUAL(memcmp(h.counts, g.counts, h.n_bins * sizeof *h.counts), 0);
  clino_activation_free(f);
  clino_activation_free(d);
}

/* A layer whose values are those of its kind, with zeros, NaN, infinities and units that never fire. */
static void fill_layer(uint64_t seed, clino_activation_kind kind, double offset) {
  for (size_t i = 0; i < N; i++) {
    double z = 2 * random_normal(&seed) + offset;
    if (kind == CLINO_ACTIVATION_RELU) values[i] = z > 0 ? z : 0;
    else if (kind == CLINO_ACTIVATION_TANH) values[i] = tanh(z);
    else if (kind == CLINO_ACTIVATION_SIGMOID) values[i] = 1 / (1 + exp(-z));
    else values[i] = z;
    if (i % UNITS == 4 || i % UNITS == 36) values[i] = kind == CLINO_ACTIVATION_RELU && i % 3 ? -1.5 : 0;
  }
  values[UNITS + 1] = NAN;
  values[2000] = INFINITY;
  values[N - 1 - 5 * UNITS] = -INFINITY;
}

static void assert_same(const clino_activation *a, const clino_activation *b) {
  clino_activation_stats s = get(a), t = get(b);
  clino_histogram h, g;
  clino_activation_histogram(a, &h, NULL);
  clino_activation_histogram(b, &g, NULL);
  ASSERT_NEAR(s.mean, t.mean, 1e-12);
  ASSERT_NEAR(s.standard_deviation, t.standard_deviation, 1e-12);
  CU_ASSERT_EQUAL(s.min, t.min);
  CU_ASSERT_EQUAL(s.max, t.max);
  CU_ASSERT_EQUAL(s.rows, t.rows);
  CU_ASSERT_EQUAL(s.count, t.count);
  CU_ASSERT_EQUAL(s.zeros, t.zeros);
  CU_ASSERT_EQUAL(s.nans, t.nans);
  CU_ASSERT_EQUAL(s.infinities, t.infinities);
  CU_ASSERT_EQUAL(s.saturated, t.saturated);
  CU_ASSERT_EQUAL(s.dead_units, t.dead_units);
  CU_ASSERT_EQUAL(memcmp(h.counts, g.counts, h.n_bins * sizeof *h.counts), 0);
  CU_ASSERT_EQUAL(h.below, g.below);
  CU_ASSERT_EQUAL(h.above, g.above);
  CU_ASSERT_EQUAL(h.nans, g.nans);
}

static void merged_parts_equal_the_whole(void) {
  static const size_t cuts[] = {0, 1, 2, 100, 173, ROWS};
  for (int k = CLINO_ACTIVATION_RELU; k <= CLINO_ACTIVATION_OTHER; k++) {
    fill_layer(3 + (uint64_t)k, (clino_activation_kind)k, k == CLINO_ACTIVATION_OTHER ? 1e8 : 0.2);
    clino_activation_spec spec = spec_of((clino_activation_kind)k, UNITS);
    clino_activation *whole = make(spec), *merged = make(spec), *empty = make(spec);
    clino_activation_add_f64(whole, ROWS, values, NULL);
    clino_activation_merge(merged, empty, NULL);
    for (size_t c = 0; c + 1 < sizeof cuts / sizeof cuts[0]; c++) {
      clino_activation *part = make(spec);
      clino_activation_add_f64(part, cuts[c + 1] - cuts[c], values + cuts[c] * UNITS, NULL);
      CU_ASSERT_EQUAL(clino_activation_merge(merged, part, NULL), CLINO_OK);
      clino_activation_free(part);
    }
    clino_activation_merge(merged, empty, NULL);
    assert_same(merged, whole);
    CU_ASSERT_EQUAL(get(whole).nans, 1);
    CU_ASSERT_EQUAL(get(whole).infinities, 2);
    clino_activation_free(whole);
    clino_activation_free(merged);
    clino_activation_free(empty);
  }
}

static void silent_units_are_found_and_named(void) {
  clino_activation_spec spec = spec_of(CLINO_ACTIVATION_RELU, UNITS);
  spec.window_rows = 2 * ROWS;
  clino_activation *m = make(spec);
  size_t units[UNITS];
  CU_ASSERT_EQUAL(clino_activation_silent_units(m, units, UNITS), 0);
  fill_layer(5, CLINO_ACTIVATION_RELU, 0.2);
  for (size_t r = 0; r < ROWS; r++) values[r * UNITS + 11] = r == 300 ? 1e-310 : 0;
  for (size_t r = 0; r < ROWS; r++) values[r * UNITS + 12] = r == 300 ? NAN : 0;
  clino_activation_add_f64(m, ROWS, values, NULL);
  CU_ASSERT_EQUAL(clino_activation_silent_units(m, units, UNITS), 2);
  CU_ASSERT_EQUAL(units[0], 4);
  CU_ASSERT_EQUAL(units[1], 36);
  CU_ASSERT_EQUAL(clino_activation_silent_units(m, units, 1), 2);
  CU_ASSERT_EQUAL(clino_activation_silent_units(m, NULL, 0), 2);
  CU_ASSERT_TRUE(isnan(get(m).dead_fraction)); /* half a window */
  clino_activation_reset(m);                   /* the window goes on */
  CU_ASSERT_EQUAL(get(m).rows, 0);
  CU_ASSERT_EQUAL(get(m).window_rows, ROWS);
  values[4] = 0.5;
  clino_activation_add_f64(m, ROWS, values, NULL);
  ASSERT_NEAR(get(m).dead_fraction, 1.0 / UNITS, 1e-15);
  clino_activation_reset(m); /* full: the next window begins */
  CU_ASSERT_EQUAL(get(m).window_rows, 0);
  CU_ASSERT_EQUAL(get(m).dead_units, 0);
  clino_activation_add_f64(m, ROWS, values, NULL);
  CU_ASSERT(get(m).window_rows == ROWS && get(m).dead_units > 0);
  clino_activation_reset_window(m); /* half full: all the same */
  clino_activation_reset_window(NULL);
  CU_ASSERT(get(m).window_rows == 0 && get(m).dead_units == 0 && get(m).rows == ROWS);
  clino_activation_free(m);
}

static void other_kinds_fire_on_what_is_not_zero(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_OTHER, 3)), *r = make(spec_of(CLINO_ACTIVATION_RELU, 3));
  clino_activation_add_f64(m, 2, (double[]){-1, 0, 1, -2, -0.0, 0}, NULL);
  clino_activation_add_f64(r, 2, (double[]){-1, 0, 1, -2, -0.0, 0}, NULL);
  CU_ASSERT_EQUAL(get(m).dead_units, 1);
  CU_ASSERT_EQUAL(get(r).dead_units, 2);
  CU_ASSERT_EQUAL(get(r).zeros, 3);
  clino_activation_free(m);
  clino_activation_free(r);
}

static void wide_layers_span_blocks(void) {
  size_t units = 2500;
  double *row = calloc(3 * units, sizeof *row);
  CU_ASSERT_PTR_NOT_NULL_FATAL(row);
  for (size_t i = 0; i < 3 * units; i++) row[i] = i % units % 7 == 2 ? 0 : 1 + (double)i;
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_RELU, units));
  clino_activation_add_f64(m, 3, row, NULL);
  size_t silent[500], n = clino_activation_silent_units(m, silent, 500);
  CU_ASSERT_EQUAL(n, 357);
  for (size_t i = 0; i < n && i < 500; i++) CU_ASSERT_EQUAL_FATAL(silent[i], 7 * i + 2);
  clino_activation_free(m);
  free(row);
}

static void records_its_series(void) {
  clino_activation_spec spec = spec_of(CLINO_ACTIVATION_SIGMOID, UNITS);
  spec.window_rows = ROWS;
  clino_activation *m = make(spec);
  for (size_t i = 0; i < N; i++) values[i] = i % UNITS == 5 ? 0 : 0.2 + 0.5 * (double)(i % 2);
  clino_activation_add_f64(m, ROWS, values, NULL);
  clino_activation_stats s = get(m);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_activation_record(m, run, 40, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "act_mean/h1", 40), s.mean);
  CU_ASSERT_EQUAL(only_point(run, "act_std/h1", 40), s.standard_deviation);
  ASSERT_NEAR(only_point(run, "act_zero_fraction/h1", 40), 1.0 / UNITS, 1e-14);
  ASSERT_NEAR(only_point(run, "act_dead_fraction/h1", 40), 1.0 / UNITS, 1e-14);
  ASSERT_NEAR(only_point(run, "act_saturated_fraction/h1", 40), 1.0 / UNITS, 1e-14);
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, "activations/h1"), 0);
  CU_ASSERT_PTR_NOT_NULL_FATAL(h);
  CU_ASSERT_EQUAL(h->n_bins, 64);
  CU_ASSERT_EQUAL(h->counts[0], ROWS);
  CU_ASSERT_EQUAL(h->counts[12] + h->counts[44], N - ROWS); /* 0.2 and 0.7 in 64ths */
  clino_run_free(run);
  clino_activation_free(m);
}

static void recorded_octaves_are_joined(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_RELU, 1));
  clino_activation_add_f64(m, 6, (double[]){0, 0, 1, 1.1, 8, NAN}, NULL);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_activation_record(m, run, 1, NULL), CLINO_OK);
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, "activations/h1"), 0);
  CU_ASSERT_PTR_NOT_NULL_FATAL(h);
  static const double edges[] = {0, 0x1p-126, 1, 1.125, 8, 9};
  static const uint64_t counts[] = {2, 0, 2, 0, 1};
  CU_ASSERT_EQUAL_FATAL(h->n_bins, 5);
  CU_ASSERT_EQUAL(memcmp(h->edges, edges, sizeof edges), 0);
  CU_ASSERT_EQUAL(memcmp(h->counts, counts, sizeof counts), 0);
  CU_ASSERT_EQUAL(h->nans, 1);
  CU_ASSERT_TRUE(isnan(only_point(run, "act_mean/h1", 1)));
  CU_ASSERT_TRUE(isnan(only_point(run, "act_std/h1", 1)));
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "act_dead_fraction/h1"), "window_rows"));
  CU_ASSERT_PTR_NULL(clino_run_series(run, "act_saturated_fraction/h1"));
  clino_run_free(run);
  clino_activation_reset(m);
  clino_activation_add_f64(m, 2, (double[]){1, INFINITY}, NULL);
  CU_ASSERT_EQUAL(get(m).mean, 1);
  run = new_run();
  CU_ASSERT_EQUAL(clino_activation_record(m, run, 2, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "act_mean/h1", 2), INFINITY);
  clino_run_free(run);
  clino_activation_free(m);
}

static void empty_and_all_nan(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_TANH, 2));
  clino_run *run = new_run();
  clino_activation_stats s = get(m);
  CU_ASSERT_TRUE(isnan(s.mean) && isnan(s.standard_deviation) && isnan(s.min) && isnan(s.zero_fraction));
  CU_ASSERT_EQUAL(clino_activation_add_f64(m, 0, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_activation_record(m, run, 5, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "act_mean/h1"), "no outputs"));
  only_missing(run, "act_saturated_fraction/h1");
  only_missing(run, "act_dead_fraction/h1");
  CU_ASSERT_PTR_NULL(clino_run_series(run, "activations/h1"));
  clino_run_free(run);
  clino_activation *r = make(spec_of(CLINO_ACTIVATION_RELU, 2));
  clino_activation_add_f64(r, 1, (double[]){NAN, NAN}, NULL);
  CU_ASSERT_TRUE(isnan(get(r).mean) && isnan(get(r).max));
  CU_ASSERT_EQUAL(get(r).zero_fraction, 0);
  run = new_run();
  CU_ASSERT_EQUAL(clino_activation_record(r, run, 5, NULL), CLINO_OK);
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, "activations/h1"), 0);
  CU_ASSERT_PTR_NOT_NULL_FATAL(h);
  CU_ASSERT_TRUE(h->n_bins == 1 && h->counts[0] == 0 && h->nans == 2);
  clino_run_free(run);
  clino_activation_free(r);
  clino_activation_free(m);
}

static void adding_activations_allocates_nothing(void) {
  fill_layer(5, CLINO_ACTIVATION_RELU, 0.2);
  to_floats(N, values, floats);
  clino_activation_spec spec = spec_of(CLINO_ACTIVATION_RELU, UNITS);
  clino_activation *m = make(spec), *other = make(spec);
  unsigned long count = allocations_count();
  clino_activation_add_f64(m, ROWS, values, NULL);
  clino_activation_add_f32(other, ROWS, floats, NULL);
  clino_activation_merge(m, other, NULL);
  clino_activation_reset(m);
  CU_ASSERT_EQUAL(allocations_count(), count);
  clino_activation_free(m);
  clino_activation_free(other);
}

static void activation_specs_out_of_range(void) {
  clino_activation *m = NULL;
  clino_activation_spec s = spec_of(CLINO_ACTIVATION_RELU, 3), good = s, zero;
  memset(&zero, 0, sizeof zero);
  ASSERT_FAILS(clino_activation_new(&s, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_new(NULL, &m, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_new(&zero, &m, &error), CLINO_ERR_RANGE, "clino_activation_spec_default()");
  s.name = "";
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "name");
  s = good, s.kind = (clino_activation_kind)5;
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "kind");
  s = good, s.units = 0;
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "units");
  s = good, s.window_rows = 0;
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "window_rows");
  s = good, s.saturation = 0.5;
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "saturation");
  s = good, s.saturation = NAN;
  ASSERT_FAILS(clino_activation_new(&s, &m, &error), CLINO_ERR_RANGE, "saturation");
  CU_ASSERT_PTR_NULL(m);
  CU_ASSERT_STRING_EQUAL(clino_activation_kind_name(CLINO_ACTIVATION_SIGMOID), "sigmoid");
  CU_ASSERT_STRING_EQUAL(clino_activation_kind_name((clino_activation_kind)0), "unknown");
}

static void errors_of_activation(void) {
  clino_activation *m = make(spec_of(CLINO_ACTIVATION_RELU, 3)), *other = make(spec_of(CLINO_ACTIVATION_RELU, 4));
  clino_activation_stats s;
  clino_histogram h;
  clino_run *run = new_run();
  double x[3] = {1, 2, 3};
  ASSERT_FAILS(clino_activation_add_f64(NULL, 1, x, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_activation_add_f64(m, 1, NULL, &error), CLINO_ERR_RANGE, "values");
  ASSERT_FAILS(clino_activation_add_f32(m, 1, NULL, &error), CLINO_ERR_RANGE, "values");
  ASSERT_FAILS(clino_activation_add_f64(m, SIZE_MAX / 2, x, &error), CLINO_ERR_RANGE, "too large");
  ASSERT_FAILS(clino_activation_merge(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_merge(m, m, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_activation_merge(m, other, &error), CLINO_ERR_RANGE, "units");
  ASSERT_FAILS(clino_activation_get(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_get(NULL, &s, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_histogram(NULL, &h, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_histogram(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_record(m, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_activation_record(NULL, run, 1, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(clino_activation_silent_units(NULL, NULL, 0), 0);
  CU_ASSERT_EQUAL(get(m).count, 0);
  clino_activation_reset(NULL);
  clino_activation_free(NULL);
  clino_activation_free(m);
  clino_activation_free(other);
  clino_run_free(run);
}

void suite_activation(CU_pSuite suite) {
  TEST(suite, moments_are_those_of_two_passes);
  TEST(suite, constant_data_has_no_deviation);
  TEST(suite, histograms_equal_a_search);
  TEST(suite, octaves_keep_the_shape_of_small_and_large);
  TEST(suite, saturation_is_nearness_to_an_asymptote);
  TEST(suite, units_that_are_always_saturated_are_named);
  TEST(suite, floats_give_what_their_doubles_give);
  TEST(suite, merged_parts_equal_the_whole);
  TEST(suite, silent_units_are_found_and_named);
  TEST(suite, other_kinds_fire_on_what_is_not_zero);
  TEST(suite, wide_layers_span_blocks);
  TEST(suite, records_its_series);
  TEST(suite, recorded_octaves_are_joined);
  TEST(suite, empty_and_all_nan);
  TEST(suite, adding_activations_allocates_nothing);
  TEST(suite, activation_specs_out_of_range);
  TEST(suite, errors_of_activation);
}
