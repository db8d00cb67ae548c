/* What steps say, against plain formulas; parts against the whole; quotients that are not defined; errors. */
#include <stdlib.h>
#include <string.h>

#include "clino/dynamics.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define N 3001

static double a[N], b[N];

static clino_dynamics *make(void) {
  clino_dynamics *m = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_dynamics_new(&m, NULL), CLINO_OK);
  return m;
}

static clino_dynamics_stats get(const clino_dynamics *m) {
  clino_dynamics_stats s;
  CU_ASSERT_EQUAL_FATAL(clino_dynamics_get(m, &s, NULL), CLINO_OK);
  return s;
}

static void fill(double size) {
  uint64_t seed = 4;
  for (size_t i = 0; i < N; i++) a[i] = size * random_normal(&seed), b[i] = 0.3 * a[i] + size * random_normal(&seed);
}

static void cosine_is_that_of_plain_sums(void) {
  static float f[N], g[N];
  fill(1e-3);
  long double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < N; i++) {
    const long double x = a[i], y = b[i];
    aa += x * x, bb += y * y, ab += x * y;
  }
  clino_dynamics *m = make();
  CU_ASSERT_EQUAL(clino_dynamics_add_angle_f64(m, N, a, b, NULL), CLINO_OK);
  ASSERT_NEAR(get(m).cosine, (double)(ab / sqrtl(aa) / sqrtl(bb)), 1e-13);
  clino_dynamics_reset(m);
  round_to_floats(N, a, f);
  round_to_floats(N, b, g);
  clino_dynamics_add_angle_f32(m, N, f, g, NULL);
  double of_floats = get(m).cosine;
  clino_dynamics_reset(m);
  clino_dynamics_add_angle_f64(m, N, a, b, NULL);
  CU_ASSERT_EQUAL(of_floats, get(m).cosine);
  clino_dynamics_reset(m);
  clino_dynamics_add_angle_f64(m, N, a, a, NULL);
  ASSERT_NEAR(get(m).cosine, 1, 1e-15);
  clino_dynamics_free(m);
}

static void cosines_that_are_not_defined(void) {
  clino_dynamics *m = make();
  CU_ASSERT_TRUE(isnan(get(m).cosine) && !get(m).cosine_missing);
  clino_dynamics_add_angle_f64(m, 2, (double[]){0, 0}, (double[]){1, 2}, NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(get(m).cosine_missing, "is 0"));
  clino_dynamics_reset(m);
  clino_dynamics_add_angle_f64(m, 1, (double[]){1e-130}, (double[]){1}, NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(get(m).cosine_missing, "too small"));
  clino_dynamics_reset(m);
  clino_dynamics_add_angle_f64(m, 2, (double[]){1, NAN}, (double[]){1, 2}, NULL);
  CU_ASSERT_TRUE(isnan(get(m).cosine) && !get(m).cosine_missing);
  clino_dynamics_free(m);
}

/* Gradients are G plus noise of variance s^2 / batch an entry: the estimates are G^2 and n s^2. */
static void noise_scale_is_found_from_two_batch_sizes(void) {
  enum { ENTRIES = 50, STEPS = 4000 };
  const double true_gradient = 0.2, s = 1.7, small = 8, big = 64;
  uint64_t seed = 6;
  clino_dynamics *m = make();
  for (int step = 0; step < STEPS; step++) {
    double small_squared = 0, big_squared = 0;
    for (int i = 0; i < ENTRIES; i++) {
      double mean = 0, first = 0;
      for (int part = 0; part < 8; part++) {
        double g = true_gradient + s / sqrt(small) * random_normal(&seed);
        mean += g / 8;
        first = part ? first : g;
      }
      small_squared += first * first;
      big_squared += mean * mean;
    }
    clino_dynamics_add_noise(m, small, small_squared, big, big_squared, NULL);
  }
  clino_dynamics_stats t = get(m);
  ASSERT_NEAR(t.gradient_squared, ENTRIES * true_gradient * true_gradient, 0.03);
  ASSERT_NEAR(t.noise_trace, ENTRIES * s * s, 0.03);
  ASSERT_NEAR(t.noise_scale, s * s / (true_gradient * true_gradient), 0.05);
  clino_dynamics_reset(m);
  clino_dynamics_add_noise(m, 1, 10, 2, 3, NULL);
  ASSERT_NEAR(get(m).gradient_squared, -4, 1e-14);
  ASSERT_NEAR(get(m).noise_trace, 14, 1e-14);
  CU_ASSERT_PTR_NOT_NULL(strstr(get(m).noise_scale_missing, "noise hides"));
  clino_dynamics_free(m);
}

static void add_all(clino_dynamics *m, size_t from, size_t to, int first, int last) {
  clino_dynamics_add_angle_f64(m, to - from, a + from, b + from, NULL);
  for (int i = first; i < last; i++) {
    double x = 0.37 + 0.1 * i;
    clino_dynamics_add_noise(m, 16, 3 + x, 32 + i, 2.5, NULL);
    clino_dynamics_add_decrease(m, 2 + x, 1.9 + 0.5 * x, 0.2 * x, NULL);
    clino_dynamics_add_layers(m, 3, (double[]){x, 7, 2.1 * x * x}, NULL);
    clino_dynamics_add_losses(m, 1.3 + x, 0.21 * x, NULL);
    clino_dynamics_add_learning_rate(m, 0.01 / (1 + i), NULL);
    clino_dynamics_add_samples(m, 64, 0.003 * x, NULL);
  }
}

static void merged_parts_equal_the_whole(void) {
  fill(2.4);
  clino_dynamics *whole = make(), *merged = make(), *part = make();
  add_all(whole, 0, N, 0, 10);
  add_all(merged, 0, 777, 0, 3);
  add_all(part, 777, N, 3, 10);
  unsigned long before = allocations_count();
  CU_ASSERT_EQUAL(clino_dynamics_merge(merged, part, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(allocations_count(), before);
  clino_dynamics_stats s = get(whole), t = get(merged);
  ASSERT_NEAR(t.cosine, s.cosine, 1e-12);
  ASSERT_NEAR(t.noise_scale, s.noise_scale, 1e-12);
  ASSERT_NEAR(t.decrease_ratio, s.decrease_ratio, 1e-12);
  ASSERT_NEAR(t.layer_ratio, s.layer_ratio, 1e-12);
  ASSERT_NEAR(t.data_loss, s.data_loss, 1e-12);
  ASSERT_NEAR(t.regularization_share, s.regularization_share, 1e-12);
  ASSERT_NEAR(t.learning_rate, s.learning_rate, 1e-12);
  ASSERT_NEAR(t.throughput, s.throughput, 1e-12);
  CU_ASSERT_TRUE(isfinite(s.cosine) && isfinite(s.noise_scale) && isfinite(s.throughput));
  clino_dynamics_free(whole);
  clino_dynamics_free(merged);
  clino_dynamics_free(part);
}

static void numbers_are_as_defined(void) {
  clino_dynamics *m = make();
  clino_dynamics_add_decrease(m, 2.5, 2.3, 0.4, NULL);
  clino_dynamics_add_decrease(m, 2.3, 2.4, 0.1, NULL);
  clino_dynamics_add_layers(m, 2, (double[]){0.03, 1.5}, NULL);
  clino_dynamics_add_losses(m, 3, 1, NULL);
  clino_dynamics_add_samples(m, 640, 0.5, NULL);
  clino_dynamics_add_samples(m, 640, 1.5, NULL);
  clino_dynamics_stats s = get(m);
  ASSERT_NEAR(s.decrease_ratio, 0.2, 1e-14);
  ASSERT_NEAR(s.layer_ratio, 0.02, 1e-15);
  CU_ASSERT_EQUAL(s.regularization_share, 0.25);
  CU_ASSERT_EQUAL(s.throughput, 640);
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_dynamics_record(m, run, 12, NULL), CLINO_OK);
  ASSERT_NEAR(only_point(run, "decrease_ratio", 12), 0.2, 1e-14);
  CU_ASSERT_EQUAL(only_point(run, "loss/regularization", 12), 1);
  CU_ASSERT_EQUAL(only_point(run, "throughput", 12), 640);
  CU_ASSERT_PTR_NULL(clino_run_series(run, "grad_cosine"));
  CU_ASSERT_PTR_NULL(clino_run_series(run, "lr"));
  clino_run_free(run);
  clino_dynamics_reset(m);
  clino_dynamics_add_layers(m, 2, (double[]){0.03, 0}, NULL);
  clino_dynamics_add_samples(m, 3, 0, NULL);
  clino_dynamics_add_decrease(m, 1, 2, 0, NULL);
  run = new_run();
  CU_ASSERT_EQUAL(clino_dynamics_record(m, run, 1, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "grad_norm_ratio"), "last layer"));
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "throughput"), "no time"));
  CU_ASSERT_PTR_NOT_NULL(strstr(only_missing(run, "decrease_ratio"), "predicted"));
  clino_run_free(run);
  clino_dynamics_free(m);
}

static void errors_of_dynamics(void) {
  clino_dynamics *m = make();
  clino_dynamics_stats s;
  ASSERT_FAILS(clino_dynamics_new(NULL, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_angle_f64(NULL, 0, NULL, NULL, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_angle_f64(m, 1, a, NULL, &error), CLINO_ERR_RANGE, "array");
  ASSERT_FAILS(clino_dynamics_add_angle_f32(m, 1, NULL, NULL, &error), CLINO_ERR_RANGE, "array");
  ASSERT_FAILS(clino_dynamics_add_noise(NULL, 1, 1, 2, 1, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_noise(m, 2, 1, 2, 1, &error), CLINO_ERR_RANGE, "small");
  ASSERT_FAILS(clino_dynamics_add_noise(m, NAN, 1, 2, 1, &error), CLINO_ERR_RANGE, "small");
  ASSERT_FAILS(clino_dynamics_add_noise(m, 1, -1, 2, 1, &error), CLINO_ERR_RANGE, "below 0");
  ASSERT_FAILS(clino_dynamics_add_decrease(NULL, 1, 1, 1, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_layers(m, 1, a, &error), CLINO_ERR_RANGE, "two layers");
  ASSERT_FAILS(clino_dynamics_add_layers(NULL, 2, a, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_losses(NULL, 1, 1, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_learning_rate(NULL, 1, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_add_samples(m, 1, -1, &error), CLINO_ERR_RANGE, "seconds");
  ASSERT_FAILS(clino_dynamics_add_samples(NULL, 1, 1, &error), CLINO_ERR_RANGE, "monitor");
  ASSERT_FAILS(clino_dynamics_merge(m, m, &error), CLINO_ERR_RANGE, "itself");
  ASSERT_FAILS(clino_dynamics_get(m, NULL, &error), CLINO_ERR_RANGE, "NULL");
  CU_ASSERT_EQUAL(clino_dynamics_get(NULL, &s, NULL), CLINO_ERR_RANGE);
  ASSERT_FAILS(clino_dynamics_record(m, NULL, 1, &error), CLINO_ERR_RANGE, "NULL");
  clino_dynamics_reset(NULL);
  clino_dynamics_free(NULL);
  clino_dynamics_free(m);
}

void suite_dynamics(CU_pSuite suite) {
  TEST(suite, cosine_is_that_of_plain_sums);
  TEST(suite, cosines_that_are_not_defined);
  TEST(suite, noise_scale_is_found_from_two_batch_sizes);
  TEST(suite, merged_parts_equal_the_whole);
  TEST(suite, numbers_are_as_defined);
  TEST(suite, errors_of_dynamics);
}
