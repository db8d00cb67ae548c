/* The update/parameter ratio against a plain sum in extended precision, shards against the whole, extreme values. */
#include <stdlib.h>
#include <string.h>

#include "clino/update_ratio.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define N 5003 /* not a multiple of any block or lane */

static clino_update_ratio *make(const char *name) {
  clino_update_ratio *m = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_update_ratio_new(name, &m, NULL), CLINO_OK);
  return m;
}

static clino_update_ratio_stats get(const clino_update_ratio *m) {
  clino_update_ratio_stats s;
  CU_ASSERT_EQUAL_FATAL(clino_update_ratio_get(m, &s, NULL), CLINO_OK);
  return s;
}

static double plain_norm(size_t n, const double *x, double unit) {
  long double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (long double)(x[i] / unit) * (long double)(x[i] / unit);
  return (double)sqrtl(sum) * unit;
}

/* before, update and after = before + update, of a given size. */
static void fill(uint64_t seed, double unit, double *before, double *update, double *after) {
  for (size_t i = 0; i < N; i++) {
    before[i] = unit * random_normal(&seed);
    after[i] = before[i] + unit * 1e-3 * random_normal(&seed);
    update[i] = after[i] - before[i];
  }
}

static double before[N], update[N], after[N];

static void ratio_is_that_of_plain_sums(void) {
  static const double units[] = {2.385, 1e300, 1e-300, 1e160, 1e-170, 3e-308};
  for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
    fill(5 + u, units[u], before, update, after);
    double params = plain_norm(N, before, units[u]), step = plain_norm(N, update, units[u]);
    clino_update_ratio *a = make("W"), *b = make("W");
    CU_ASSERT_EQUAL(clino_update_ratio_add_f64(a, N, before, after, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_update_ratio_add_update_f64(b, N, before, update, NULL), CLINO_OK);
    clino_update_ratio_stats s = get(a), t = get(b);
    ASSERT_NEAR(s.param_norm, params, 1e-14);
    ASSERT_NEAR(s.update_norm, step, 1e-14);
    if (units[u] > 1e-300) ASSERT_NEAR(s.ratio, step / params, 2e-14);
    CU_ASSERT_TRUE(s.ratio > 0.97e-3 && s.ratio < 1.03e-3);
    CU_ASSERT_PTR_NULL(s.missing);
    CU_ASSERT_EQUAL(s.count, N);
    CU_ASSERT_EQUAL(s.ratio, t.ratio);
    CU_ASSERT_EQUAL(s.update_norm, t.update_norm);
    clino_update_ratio_free(a);
    clino_update_ratio_free(b);
  }
}

static void floats_give_what_their_doubles_give(void) {
  static float b32[N], a32[N], u32[N];
  fill(91, 0.37, before, update, after);
  round_to_floats(N, before, b32);
  round_to_floats(N, after, a32);
  round_to_floats(N, update, u32);
  clino_update_ratio *f = make("W"), *d = make("W");
  clino_update_ratio_add_f32(f, N, b32, a32, NULL);
  clino_update_ratio_add_f64(d, N, before, after, NULL);
  CU_ASSERT_EQUAL(get(f).ratio, get(d).ratio);
  CU_ASSERT_EQUAL(get(f).param_norm, get(d).param_norm);
  clino_update_ratio_reset(f);
  clino_update_ratio_reset(d);
  clino_update_ratio_add_update_f32(f, N, b32, u32, NULL);
  clino_update_ratio_add_update_f64(d, N, before, update, NULL);
  CU_ASSERT_EQUAL(get(f).ratio, get(d).ratio);
  float tiny[2] = {1e-45f, 1e-45f}, big[2] = {3e38f, 3e38f};
  clino_update_ratio_reset(f);
  clino_update_ratio_add_update_f32(f, 2, big, tiny, NULL);
  ASSERT_NEAR(get(f).param_norm, sqrt(2) * (double)3e38f, 1e-15);
  ASSERT_NEAR(get(f).update_norm, sqrt(2) * (double)1e-45f, 1e-15);
  clino_update_ratio_free(f);
  clino_update_ratio_free(d);
}

static void shards_equal_the_whole(void) {
  static const size_t cuts[] = {0, 1, 7, 1024, 1025, 3000, N};
  fill(17, 1.9, before, update, after);
  for (size_t i = 0; i < N; i += 3) before[i] *= 1e200, after[i] *= 1e200;
  clino_update_ratio *whole = make("W"), *merged = make("W");
  clino_update_ratio_add_f64(whole, N, before, after, NULL);
  for (size_t c = 0; c + 1 < sizeof cuts / sizeof cuts[0]; c++) {
    clino_update_ratio *part = make("shard");
    clino_update_ratio_add_f64(part, cuts[c + 1] - cuts[c], before + cuts[c], after + cuts[c], NULL);
    CU_ASSERT_EQUAL(clino_update_ratio_merge(merged, part, NULL), CLINO_OK);
    clino_update_ratio_free(part);
  }
  CU_ASSERT_EQUAL(get(merged).count, N);
  ASSERT_NEAR(get(merged).param_norm, get(whole).param_norm, 1e-12);
  ASSERT_NEAR(get(merged).update_norm, get(whole).update_norm, 1e-12);
  ASSERT_NEAR(get(merged).ratio, get(whole).ratio, 1e-12);
  clino_update_ratio_free(whole);
  clino_update_ratio_free(merged);
}

static void overflowing_norms_still_give_a_ratio(void) {
  double p[3] = {1.7e308, -1.7e308, 1.7e308}, u[3] = {-1.7e308, 1.7e308, 1.7e308}, s[3] = {3e-320, 4e-320, 0};
  clino_update_ratio *m = make("W");
  clino_update_ratio_add_f64(m, 3, p, u, NULL);
  CU_ASSERT_TRUE(isinf(get(m).update_norm)); /* 2 sqrt(2) 1.7e308 */
  ASSERT_NEAR(get(m).ratio, 2 * sqrt(2.0 / 3), 1e-15);
  CU_ASSERT_EQUAL(get(m).nonfinite_updates, 0);
  clino_update_ratio_reset(m);
  clino_update_ratio_add_update_f64(m, 3, s, p, NULL);
  CU_ASSERT_TRUE(isinf(get(m).ratio));
  CU_ASSERT_PTR_NULL(get(m).missing);
  clino_update_ratio_reset(m);
  clino_update_ratio_add_update_f64(m, 3, p, s, NULL);
  CU_ASSERT_EQUAL(get(m).ratio, 0);
  ASSERT_NEAR(get(m).update_norm, 5e-320, 1e-4);
  clino_update_ratio_free(m);
}

static void what_is_not_finite_is_data_and_counted(void) {
  fill(3, 1, before, update, after);
  before[5] = NAN;
  after[5] = 1;
  after[2000] = INFINITY;
  after[2001] = -INFINITY;
  clino_update_ratio *m = make("W");
  clino_update_ratio_add_f64(m, N, before, after, NULL);
  clino_update_ratio_stats s = get(m);
  CU_ASSERT_EQUAL(s.nonfinite_params, 1);
  CU_ASSERT_EQUAL(s.nonfinite_updates, 3);
  CU_ASSERT_TRUE(isnan(s.param_norm));
  CU_ASSERT_TRUE(isnan(s.update_norm));
  CU_ASSERT_TRUE(isnan(s.ratio));
  CU_ASSERT_PTR_NULL(s.missing);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_update_ratio_record(m, run, 12, NULL), CLINO_OK);
  CU_ASSERT_TRUE(isnan(only_point(run, "update_ratio/W", 12)));
  clino_run_free(run);
  clino_update_ratio_reset(m);
  clino_update_ratio_add_update_f64(m, 2, (double[]){3, 4}, (double[]){-INFINITY, 1}, NULL);
  s = get(m);
  CU_ASSERT_EQUAL(s.param_norm, 5);
  CU_ASSERT_EQUAL(s.update_norm, INFINITY);
  CU_ASSERT_TRUE(isnan(s.ratio));
  clino_update_ratio_free(m);
}

static void zero_parameters_have_no_ratio(void) {
  static double zeros[1500];
  double step[2] = {0.3, 0.4};
  clino_update_ratio *m = make("b1");
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(get(m).count, 0);
  CU_ASSERT_PTR_NOT_NULL(get(m).missing);
  CU_ASSERT_EQUAL(clino_update_ratio_record(m, run, 0, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "param_norm/b1"), "no entry"));
  only_missing(run, "update_norm/b1");
  only_missing(run, "update_ratio/b1");
  CU_ASSERT_EQUAL(clino_update_ratio_add_update_f64(m, 2, zeros, step, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_update_ratio_add_f64(m, 1500, zeros, zeros, NULL), CLINO_OK);
  CU_ASSERT_TRUE(isnan(get(m).ratio));
  CU_ASSERT_STRING_EQUAL(get(m).missing, "the parameter norm is 0");
  CU_ASSERT_EQUAL(clino_update_ratio_record(m, run, 7, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "param_norm/b1", 7), 0);
  ASSERT_NEAR(only_point(run, "update_norm/b1", 7), 0.5, 1e-15);
  only_missing(run, "update_ratio/b1");
  clino_run_free(run);
  clino_update_ratio_free(m);
}

static void records_under_the_tensors_name(void) {
  clino_update_ratio *m = make("layer1/W");
  clino_run *run = new_run();
  clino_update_ratio_add_update_f64(m, 2, (double[]){3, 4}, (double[]){0.006, 0.008}, NULL);
  CU_ASSERT_EQUAL(clino_update_ratio_record(m, run, 300, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(only_point(run, "param_norm/layer1/W", 300), 5);
  ASSERT_NEAR(only_point(run, "update_norm/layer1/W", 300), 0.01, 1e-15);
  ASSERT_NEAR(only_point(run, "update_ratio/layer1/W", 300), 0.002, 1e-15);
  clino_run_free(run);
  clino_update_ratio_free(m);
}

static void adding_and_merging_allocate_nothing(void) {
  fill(8, 1, before, update, after);
  before[9] = NAN;
  clino_update_ratio *m = make("W"), *other = make("W");
  unsigned long count = allocations_count();
  clino_update_ratio_add_f64(m, N, before, after, NULL);
  clino_update_ratio_add_update_f64(other, N, before, update, NULL);
  clino_update_ratio_add_update_f32(other, 2, (float[]){1, 2}, (float[]){3, 4}, NULL);
  clino_update_ratio_merge(m, other, NULL);
  CU_ASSERT_EQUAL(allocations_count(), count);
  clino_update_ratio_free(m);
  clino_update_ratio_free(other);
}

static void errors_of_update_ratio(void) {
  clino_update_ratio *m = make("W");
  clino_update_ratio_stats s;
  clino_run *run = new_run();
  double x = 1;
  float y = 1;
  clino_update_ratio *none = m;
  ASSERT_FAILS(clino_update_ratio_new("W", NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_update_ratio_new("", &none, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_update_ratio_new(NULL, &none, &error), CLINO_ERR_RANGE, "name");
  CU_ASSERT_PTR_NULL(none);
  ASSERT_FAILS(clino_update_ratio_add_f64(NULL, 1, &x, &x, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_update_ratio_add_f64(m, 1, NULL, &x, &error), CLINO_ERR_RANGE, "array");
  ASSERT_FAILS(clino_update_ratio_add_f32(m, 1, &y, NULL, &error), CLINO_ERR_RANGE, "array");
  ASSERT_FAILS(clino_update_ratio_add_update_f64(m, 1, &x, NULL, &error), CLINO_ERR_RANGE, "array");
  ASSERT_FAILS(clino_update_ratio_add_update_f32(m, 1, NULL, &y, &error), CLINO_ERR_RANGE, "array");
  CU_ASSERT_EQUAL(clino_update_ratio_add_f64(m, 0, NULL, NULL, NULL), CLINO_OK);
  ASSERT_FAILS(clino_update_ratio_merge(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_update_ratio_merge(m, m, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_update_ratio_get(NULL, &s, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_update_ratio_get(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_update_ratio_record(m, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_update_ratio_record(NULL, run, 1, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(get(m).count, 0);
  clino_update_ratio_reset(NULL);
  clino_update_ratio_free(NULL);
  clino_run_free(run);
  clino_update_ratio_free(m);
}

void suite_update_ratio(CU_pSuite suite) {
  TEST(suite, ratio_is_that_of_plain_sums);
  TEST(suite, floats_give_what_their_doubles_give);
  TEST(suite, shards_equal_the_whole);
  TEST(suite, overflowing_norms_still_give_a_ratio);
  TEST(suite, what_is_not_finite_is_data_and_counted);
  TEST(suite, zero_parameters_have_no_ratio);
  TEST(suite, records_under_the_tensors_name);
  TEST(suite, adding_and_merging_allocate_nothing);
  TEST(suite, errors_of_update_ratio);
}
