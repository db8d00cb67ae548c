/* The fused pass against plain computations in extended precision: moments, counts, norm, bins, quantiles; every type
 * of number and layout; parts against the whole; extreme values; errors. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "clino/statistics.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define N 5003

static double values[N];
static float floats[N];

static clino_statistics *make(clino_statistics_kind kind, bool histogram) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  clino_statistics *m = NULL;
  spec.name = "W1";
  spec.kind = kind;
  spec.histogram = histogram;
  CU_ASSERT_EQUAL_FATAL(clino_statistics_new(&spec, &m, NULL), CLINO_OK);
  return m;
}

static clino_statistics_stats get(const clino_statistics *m) {
  clino_statistics_stats s;
  CU_ASSERT_EQUAL_FATAL(clino_statistics_get(m, &s, NULL), CLINO_OK);
  return s;
}

static clino_histogram bins_of(const clino_statistics *m) {
  clino_histogram h = {0};
  CU_ASSERT_EQUAL_FATAL(clino_statistics_histogram(m, &h, NULL), CLINO_OK);
  return h;
}

static void fill(uint64_t seed, double offset, double unit) {
  for (size_t i = 0; i < N; i++) values[i] = offset + unit * random_normal(&seed);
}

static void moments_and_norm_are_those_of_plain_sums(void) {
  static const struct {
    double offset, unit;
  } cases[] = {{0.3, 2.385}, {1e8, 1}, {-1e8, 1e-3}, {1e300, 3e299}, {1e-300, 3e-301}, {0, 1e-200}, {0, 1e160}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    const double unit = cases[c].unit;
    fill(7 + c, cases[c].offset, unit);
    long double sum = 0, squares = 0, norm = 0;
    for (size_t i = 0; i < N; i++) sum += (long double)values[i] / N;
    for (size_t i = 0; i < N; i++) {
      const long double d = ((long double)values[i] - sum) / unit;
      squares += d * d;
    }
    for (size_t i = 0; i < N; i++) norm += (long double)values[i] / unit * ((long double)values[i] / unit);
    clino_statistics *m = make(CLINO_STATISTICS_OTHER, c % 2);
    CU_ASSERT_EQUAL(clino_statistics_add_f64(m, N, values, NULL), CLINO_OK);
    clino_statistics_stats s = get(m);
    CU_ASSERT_TRUE(fabs(s.mean - (double)sum) <= 1e-14 * fmax(fabs((double)sum), unit));
    ASSERT_NEAR(s.standard_deviation, (double)(sqrtl(squares / N) * (long double)unit), 1e-12);
    ASSERT_NEAR(s.norm, (double)(sqrtl(norm) * (long double)unit), 1e-12);
    CU_ASSERT_EQUAL(s.count, N);
    clino_statistics_free(m);
  }
}

static void an_order_that_misleads_the_sample_changes_nothing(void) {
  for (size_t i = 0; i < N; i++) values[i] = 2.5 + 1e-3 * (double)(i % 7);
  for (size_t i = 0; i < 2048; i += 128) values[i] = 1e9; /* all that the center of the first block is made of */
  long double sum = 0, squares = 0;
  for (size_t i = 0; i < N; i++) sum += (long double)values[i] / N;
  for (size_t i = 0; i < N; i++) squares += ((long double)values[i] - sum) * ((long double)values[i] - sum);
  clino_statistics *m = make(CLINO_STATISTICS_OTHER, false);
  clino_statistics_add_f64(m, N, values, NULL);
  ASSERT_NEAR(get(m).mean, (double)sum, 1e-13);
  ASSERT_NEAR(get(m).standard_deviation, (double)sqrtl(squares / N), 1e-13);
  clino_statistics_free(m);
}

/* The promise, in a hundred adds of a million values each. */
static void sound_on_1e8_values_at_an_offset_of_1e8(void) {
  enum { PART = 1000000, PARTS = 100 };
  double *x = malloc(PART * sizeof *x);
  CU_ASSERT_PTR_NOT_NULL_FATAL(x);
  uint64_t seed = 3;
  long double sum = 0, squares = 0;
  for (size_t i = 0; i < PART; i++) x[i] = 1e8 + random_uniform(&seed) - 0.5;
  for (size_t i = 0; i < PART; i++) sum += (long double)x[i] / PART;
  for (size_t i = 0; i < PART; i++) squares += ((long double)x[i] - sum) * ((long double)x[i] - sum);
  clino_statistics *m = make(CLINO_STATISTICS_OTHER, true);
  for (int part = 0; part < PARTS; part++) clino_statistics_add_f64(m, PART, x, NULL);
  clino_statistics_stats s = get(m);
  CU_ASSERT_EQUAL(s.count, (uint64_t)PART * PARTS);
  ASSERT_NEAR(s.mean, (double)sum, 1e-15);
  ASSERT_NEAR(s.standard_deviation, (double)sqrtl(squares / PART), 1e-12);
  free(x);
  clino_statistics_free(m);
}

static size_t plain_slot(const clino_histogram *h, double x) {
  if (isnan(x)) return h->n_bins + 2;
  if (x < h->edges[0]) return 0;
  if (x > h->edges[h->n_bins]) return h->n_bins + 1;
  size_t low = 0, high = h->n_bins;
  while (high - low > 1) {
    size_t middle = (low + high) / 2;
    if (x < h->edges[middle]) high = middle;
    else low = middle;
  }
  return low + 1;
}

/* Awkward for bins: on, just under and just over edges; extremes; subnormals; what is not finite. */
static size_t awkward(const clino_histogram *h, double *x, size_t room) {
  static const double odd[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, -5e-324, 1, -1,
                               0x1p128, -0x1p128, 0x1p-126, -0x1p-126, 0x1p-149, -0x1p-130, 1e-30, -1e30};
  size_t n = 0;
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) x[n++] = odd[i];
  for (size_t i = 0; i <= h->n_bins && n + 3 < room; i += 5) {
    x[n++] = h->edges[i];
    x[n++] = nextafter(h->edges[i], INFINITY);
    x[n++] = nextafter(h->edges[i], -INFINITY);
  }
  return n;
}

static void assert_bins(const clino_statistics *m, size_t n, const double *x) {
  clino_histogram h = bins_of(m);
  uint64_t *plain = calloc(h.n_bins + 3, sizeof *plain);
  CU_ASSERT_PTR_NOT_NULL_FATAL(plain);
  for (size_t i = 0; i < n; i++) plain[plain_slot(&h, x[i])]++;
  size_t wrong = 0;
  for (size_t i = 0; i < h.n_bins; i++) wrong += h.counts[i] != plain[i + 1];
  CU_ASSERT_EQUAL(wrong, 0);
  CU_ASSERT_EQUAL(h.below, plain[0]);
  CU_ASSERT_EQUAL(h.above, plain[h.n_bins + 1]);
  CU_ASSERT_EQUAL(h.nans, plain[h.n_bins + 2]);
  free(plain);
}

static void bins_equal_a_search(void) {
  static double x[4000];
  clino_statistics *m = make(CLINO_STATISTICS_OTHER, true);
  clino_histogram h = bins_of(m);
  for (size_t i = 0; i < h.n_bins; i++) CU_ASSERT_TRUE_FATAL(h.edges[i] < h.edges[i + 1]);
  size_t n = awkward(&h, x, 4000);
  clino_statistics_add_f64(m, n, x, NULL);
  assert_bins(m, n, x);
  clino_statistics_reset(m);
  for (size_t i = 5; i < n; i++) clino_statistics_add_f64(m, 1, x + i, NULL); /* each alone */
  assert_bins(m, n - 5, x + 5);
  clino_statistics_reset(m);
  fill(3, 0.1, 2.7);
  round_to_floats(N, values, floats);
  clino_statistics_add_f32(m, N, floats, NULL);
  assert_bins(m, N, values);
  for (size_t i = 0; i < n && i < N; i++) values[i] = x[i];
  round_to_floats(N, values, floats);
  clino_statistics_reset(m);
  clino_statistics_add_f32(m, N, floats, NULL);
  assert_bins(m, N, values);
  clino_statistics_free(m);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void quantiles_are_within_their_error(void) {
  static const double fractions[] = {0, 0.01, 0.1, 0.25, 0.37, 0.5, 0.75, 0.9, 0.999, 1};
  static double sorted[N];
  clino_statistics *m = make(CLINO_STATISTICS_OTHER, true);
  for (int c = 0; c < 4; c++) {
    fill(11, c == 1 ? 5 : 0, c == 2 ? 1e-25 : 1);
    for (size_t i = 0; c == 3 && i < N; i += 2) values[i] = 0;
    memcpy(sorted, values, sizeof values);
    qsort(sorted, N, sizeof *sorted, ascending);
    clino_statistics_reset(m);
    clino_statistics_add_f64(m, N, values, NULL);
    for (size_t k = 0; k < sizeof fractions / sizeof fractions[0]; k++) {
      double rank = ceil(fractions[k] * N), exact = sorted[rank < 1 ? 0 : (size_t)rank - 1];
      double q = clino_statistics_quantile(m, fractions[k]);
      CU_ASSERT_TRUE(fabs(q - exact) <= fabs(exact) / 17 * (1 + 1e-12) + 0x1p-126);
      if (k == 0 || fractions[k] >= 1) CU_ASSERT_EQUAL(q, exact);
    }
  }
  clino_statistics_add_f64(m, 3, (double[]){INFINITY, -INFINITY, NAN}, NULL);
  CU_ASSERT_EQUAL(clino_statistics_quantile(m, 0), -INFINITY);
  CU_ASSERT_EQUAL(clino_statistics_quantile(m, 1), INFINITY);
  CU_ASSERT_TRUE(isnan(clino_statistics_quantile(m, 1.5)) && isnan(clino_statistics_quantile(m, NAN)));
  clino_statistics_reset(m);
  CU_ASSERT_TRUE(isnan(clino_statistics_quantile(m, 0.5)) && isnan(clino_statistics_quantile(NULL, 0.5)));
  clino_statistics_add_f64(m, 4, (double[]){1e200, 2e200, 3e200, 1}, NULL);
  CU_ASSERT_EQUAL(clino_statistics_quantile(m, 0.6), 3e200);
  clino_statistics_free(m);
}

static void assert_same(const clino_statistics *a, const clino_statistics *b, double relative) {
  clino_statistics_stats s = get(a), t = get(b);
  ASSERT_NEAR(s.mean, t.mean, relative);
  ASSERT_NEAR(s.standard_deviation, t.standard_deviation, relative);
  ASSERT_NEAR(s.norm, t.norm, relative);
  ASSERT_NEAR(s.min, t.min, 0);
  ASSERT_NEAR(s.max, t.max, 0);
  CU_ASSERT_EQUAL(s.count, t.count);
  CU_ASSERT_EQUAL(s.zeros, t.zeros);
  CU_ASSERT_EQUAL(s.nans, t.nans);
  CU_ASSERT_EQUAL(s.infinities, t.infinities);
  clino_histogram h = bins_of(a), g = bins_of(b);
  CU_ASSERT_EQUAL(memcmp(h.counts, g.counts, h.n_bins * sizeof *h.counts), 0);
  CU_ASSERT_EQUAL(h.below, g.below);
  CU_ASSERT_EQUAL(h.above, g.above);
  CU_ASSERT_EQUAL(h.nans, g.nans);
}

static void merged_parts_equal_the_whole(void) {
  static const size_t cuts[] = {0, 1, 2, 100, 2049, 4500, N};
  for (int c = 0; c < 3; c++) {
    fill(5, c == 1 ? 1e8 : 0.2, 1);
    for (size_t i = 0; c == 2 && i < N; i += 3) values[i] = i % 2 ? 0 : -0.0;
    values[17] = NAN;
    values[3000] = c == 2 ? -INFINITY : INFINITY;
    clino_statistics *whole = make(CLINO_STATISTICS_OTHER, true), *merged = make(CLINO_STATISTICS_OTHER, true);
    clino_statistics_add_f64(whole, N, values, NULL);
    for (size_t i = 0; i + 1 < sizeof cuts / sizeof cuts[0]; i++) {
      clino_statistics *part = make(CLINO_STATISTICS_OTHER, true);
      clino_statistics_add_f64(part, cuts[i + 1] - cuts[i], values + cuts[i], NULL);
      CU_ASSERT_EQUAL(clino_statistics_merge(merged, part, NULL), CLINO_OK);
      clino_statistics_free(part);
    }
    assert_same(merged, whole, 1e-12);
    CU_ASSERT_EQUAL(get(whole).nans, 1);
    CU_ASSERT_EQUAL(get(whole).infinities, 1);
    clino_statistics_free(whole);
    clino_statistics_free(merged);
  }
}

/* A bfloat16 or binary16 of any bits, by its definition. */
static double plain_half(uint16_t bits, int exponent_bits) {
  int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  int exponent = (bits & 0x7fff) >> fraction_bits, fraction = bits & ((1 << fraction_bits) - 1);
  double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return fraction ? NAN : sign * INFINITY;
  if (!exponent) return sign * ldexp(fraction, 1 - bias - fraction_bits);
  return sign * ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

static void halves_are_read_bit_by_bit(void) {
  static uint16_t bits[65536];
  static double plain[65536];
  for (int exponent_bits = 5; exponent_bits <= 8; exponent_bits += 3) {
    for (size_t i = 0; i < 65536; i++) bits[i] = (uint16_t)i, plain[i] = plain_half((uint16_t)i, exponent_bits);
    clino_statistics *a = make(CLINO_STATISTICS_OTHER, true), *b = make(CLINO_STATISTICS_OTHER, true);
    clino_statistics_add_f64(b, 65536, plain, NULL);
    clino_status status = exponent_bits == 5 ? clino_statistics_add_f16(a, 65536, bits, NULL)
                                             : clino_statistics_add_bf16(a, 65536, bits, NULL);
    CU_ASSERT_EQUAL(status, CLINO_OK);
    assert_same(a, b, 1e-15);
    CU_ASSERT_EQUAL(get(a).zeros, 2);
    CU_ASSERT_EQUAL(get(a).infinities, 2);
    clino_statistics_free(a);
    clino_statistics_free(b);
  }
}

static void views_take_their_entries_and_no_others(void) {
  enum { A = 7, B = 5, C = 61 };
  static float x[A * B * C];
  uint64_t seed = 8;
  for (size_t i = 0; i < A * B * C; i++) x[i] = (float)random_normal(&seed);
  const size_t shape[3] = {C, A - 2, 2};
  const ptrdiff_t strides[3] = {-1, B * C, 3 * C}; /* backwards along the last, two of five in the middle */
  size_t n = 0;
  for (size_t c = 0; c < C; c++)
    for (size_t a = 0; a < A - 2; a++)
      for (size_t b = 0; b < 2; b++) values[n++] = (double)x[a * B * C + 3 * b * C + (C - 1 - c)];
  clino_statistics *view = make(CLINO_STATISTICS_OTHER, true), *plain = make(CLINO_STATISTICS_OTHER, true);
  CU_ASSERT_EQUAL(clino_statistics_add_view(view, CLINO_NUMBER_F32, x + C - 1, 3, shape, strides, NULL), CLINO_OK);
  clino_statistics_add_f64(plain, n, values, NULL);
  assert_same(view, plain, 1e-15);
  clino_statistics_reset(view);
  clino_statistics_reset(plain);
  const size_t all[3] = {A, B, C};
  clino_statistics_add_view(view, CLINO_NUMBER_F32, x, 3, all, NULL, NULL);
  clino_statistics_add_f32(plain, A * B * C, x, NULL);
  assert_same(view, plain, 0);
  const size_t none[2] = {0, SIZE_MAX};
  CU_ASSERT_EQUAL(clino_statistics_add_view(view, CLINO_NUMBER_F64, NULL, 2, none, NULL, NULL), CLINO_OK);
  const size_t many = 3000;
  const ptrdiff_t nowhere = 0;
  clino_statistics_reset(view);
  clino_statistics_add_view(view, CLINO_NUMBER_F32, x, 1, &many, &nowhere, NULL);
  CU_ASSERT_EQUAL(get(view).count, many);
  CU_ASSERT_EQUAL(get(view).mean, (double)x[0]);
  CU_ASSERT_EQUAL(get(view).standard_deviation, 0);
  clino_statistics_free(view);
  clino_statistics_free(plain);
}

static void records_under_the_names_of_its_kind(void) {
  clino_statistics *g = make(CLINO_STATISTICS_GRADIENTS, true), *p = make(CLINO_STATISTICS_PARAMETERS, true);
  clino_statistics *o = make(CLINO_STATISTICS_OTHER, false);
  clino_run *run = new_run();
  clino_statistics *all[] = {g, p, o};
  for (size_t i = 0; i < 3; i++) {
    clino_statistics_add_f64(all[i], 4, (double[]){3, -4, 0, 12}, NULL);
    CU_ASSERT_EQUAL(clino_statistics_record(all[i], run, 7, NULL), CLINO_OK);
  }
  ASSERT_NEAR(only_point(run, "grad_norm/W1", 7), 13, 1e-15);
  ASSERT_NEAR(only_point(run, "param_norm/W1", 7), 13, 1e-15);
  ASSERT_NEAR(only_point(run, "mean/W1", 7), 2.75, 1e-15);
  ASSERT_NEAR(only_point(run, "param_std/W1", 7), get(p).standard_deviation, 0);
  const clino_histogram *h = clino_series_histogram(clino_run_series(run, "gradients/W1"), 0);
  CU_ASSERT_PTR_NOT_NULL_FATAL(h);
  uint64_t counted = 0;
  for (size_t i = 0; i < h->n_bins; i++) counted += h->counts[i];
  CU_ASSERT_EQUAL(counted, 4);
  CU_ASSERT_TRUE(h->n_bins <= 7);
  CU_ASSERT_PTR_NOT_NULL(clino_run_series(run, "parameters/W1"));
  CU_ASSERT_PTR_NULL(clino_run_series(run, "values/W1"));
  clino_run_free(run);
  run = new_run();
  clino_statistics_add_f64(g, 1, (double[]){-INFINITY}, NULL);
  clino_statistics_reset(p);
  CU_ASSERT_EQUAL(clino_statistics_record_scalars(g, run, 8, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_statistics_record(p, run, 8, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "grad_norm/W1", 8), INFINITY);
  CU_ASSERT_PTR_NULL(clino_run_series(run, "gradients/W1"));
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "param_norm/W1"), "no values"));
  clino_run_free(run);
  for (size_t i = 0; i < 3; i++) clino_statistics_free(all[i]);
}

static void adding_and_merging_allocate_nothing(void) {
  clino_statistics *a = make(CLINO_STATISTICS_OTHER, true), *b = make(CLINO_STATISTICS_OTHER, true);
  fill(2, 0, 1);
  values[5] = NAN;
  unsigned long before = allocations_count();
  clino_statistics_add_f64(a, N, values, NULL);
  clino_statistics_add_f32(b, N, floats, NULL);
  clino_statistics_merge(a, b, NULL);
  clino_statistics_reset(b);
  CU_ASSERT_EQUAL(allocations_count(), before);
  clino_statistics_free(a);
  clino_statistics_free(b);
}

static void memory_that_is_out_is_an_error(void) {
  clino_statistics_spec spec = clino_statistics_spec_default();
  spec.name = "W1";
  for (long n = 0; allocations_known() && n < 10; n++) {
    clino_statistics *m = NULL;
    allocations_fail_after(n);
    clino_status status = clino_statistics_new(&spec, &m, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == (m ? CLINO_OK : CLINO_ERR_MEMORY));
    clino_run *run = new_run();
    if (m) clino_statistics_add_f64(m, 3, (double[]){1, 2, 3}, NULL);
    allocations_fail_after(n);
    if (m) status = clino_statistics_record(m, run, 1, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    clino_run_free(run);
    clino_statistics_free(m);
  }
}

static void errors_of_statistics(void) {
  clino_statistics_spec spec = clino_statistics_spec_default(), zeroed = {0};
  clino_statistics *m = NULL;
  ASSERT_FAILS(clino_statistics_new(&spec, NULL, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_statistics_new(NULL, &m, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_statistics_new(&zeroed, &m, &error), CLINO_ERR_RANGE, "clino_statistics_spec_default");
  ASSERT_FAILS(clino_statistics_new(&spec, &m, &error), CLINO_ERR_RANGE, "name");
  spec.name = "W1";
  spec.kind = (clino_statistics_kind)9;
  ASSERT_FAILS(clino_statistics_new(&spec, &m, &error), CLINO_ERR_RANGE, "kind is 9");
  m = make(CLINO_STATISTICS_OTHER, false);
  clino_statistics *with = make(CLINO_STATISTICS_OTHER, true);
  clino_statistics_stats s;
  clino_histogram h;
  size_t n = 3, huge[2] = {SIZE_MAX / 2, 3};
  ASSERT_FAILS(clino_statistics_add_f64(NULL, 0, NULL, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_statistics_add_f32(m, 1, NULL, &error), CLINO_ERR_RANGE, "values");
  ASSERT_FAILS(clino_statistics_add_f16(m, 1, NULL, &error), CLINO_ERR_RANGE, "values");
  ASSERT_FAILS(clino_statistics_add_bf16(NULL, 1, NULL, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_statistics_add_view(NULL, CLINO_NUMBER_F32, floats, 1, &n, NULL, &error), CLINO_ERR_RANGE,
               "monitor");
  ASSERT_FAILS(clino_statistics_add_view(m, (clino_number)0, floats, 1, &n, NULL, &error), CLINO_ERR_RANGE, "number");
  ASSERT_FAILS(clino_statistics_add_view(m, CLINO_NUMBER_F32, floats, 9, &n, NULL, &error), CLINO_ERR_RANGE, "n_dims");
  ASSERT_FAILS(clino_statistics_add_view(m, CLINO_NUMBER_F32, floats, 1, NULL, NULL, &error), CLINO_ERR_RANGE, "shape");
  ASSERT_FAILS(clino_statistics_add_view(m, CLINO_NUMBER_F32, NULL, 1, &n, NULL, &error), CLINO_ERR_RANGE, "data");
  ASSERT_FAILS(clino_statistics_add_view(m, CLINO_NUMBER_F32, floats, 2, huge, NULL, &error), CLINO_ERR_RANGE,
               "too many");
  ASSERT_FAILS(clino_statistics_merge(m, m, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_statistics_merge(m, with, &error), CLINO_ERR_RANGE, "histogram");
  ASSERT_FAILS(clino_statistics_get(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(clino_statistics_get(NULL, &s, NULL), CLINO_ERR_RANGE);
  ASSERT_FAILS(clino_statistics_histogram(m, &h, &error), CLINO_ERR_RANGE, "without a histogram");
  ASSERT_FAILS(clino_statistics_histogram(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_statistics_record(m, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  clino_statistics_reset(NULL);
  clino_statistics_free(NULL);
  clino_statistics_free(m);
  clino_statistics_free(with);
}

void suite_statistics(CU_pSuite suite) {
  TEST(suite, moments_and_norm_are_those_of_plain_sums);
  TEST(suite, an_order_that_misleads_the_sample_changes_nothing);
  TEST(suite, sound_on_1e8_values_at_an_offset_of_1e8);
  TEST(suite, bins_equal_a_search);
  TEST(suite, quantiles_are_within_their_error);
  TEST(suite, merged_parts_equal_the_whole);
  TEST(suite, halves_are_read_bit_by_bit);
  TEST(suite, views_take_their_entries_and_no_others);
  TEST(suite, records_under_the_names_of_its_kind);
  TEST(suite, adding_and_merging_allocate_nothing);
  TEST(suite, memory_that_is_out_is_an_error);
  TEST(suite, errors_of_statistics);
}
