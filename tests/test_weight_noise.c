/* The noise of weights: white, smooth and alternating maps, layouts, extreme sizes, the deviation against trials. */
#include <stdint.h>
#include <string.h>

#include "clino/weight_noise.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

static clino_weight_noise_stats measure(const clino_tensor *t, double *each) {
  clino_weight_noise_stats s;
  memset(&s, 0x5a, sizeof s);
  CU_ASSERT_EQUAL_FATAL(clino_weight_noise(t, &s, each, NULL), CLINO_OK);
  return s;
}

/* By hand: 1 2 4 / 3 3 8 has neighbours' squares 1 + 4 + 0 + 25 + 4 + 1 + 16 = 51 over 7 pairs, 29.5 from the mean. */
static void as_by_hand(void) {
  double w[] = {1, 2, 4, 3, 3, 8};
  clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, 2, 3);
  clino_weight_noise_stats s = measure(&t, NULL);
  ASSERT_NEAR(s.noise, 5 * 51.0 / (2 * 7 * 29.5), 1e-14);
  CU_ASSERT_EQUAL(s.maps, 1);
  CU_ASSERT_EQUAL(s.constant_maps, 0);
  CU_ASSERT_PTR_NULL(s.missing);
  double line[] = {0.3, -0.7, 0.2};
  clino_tensor signal = CLINO_TENSOR_F64("k", line, NULL, 1, 3);
  double mean = -0.2 / 3, all = 0;
  for (int i = 0; i < 3; i++) all += (line[i] - mean) * (line[i] - mean);
  ASSERT_NEAR(measure(&signal, NULL).noise, 2 * (1 + 0.81) / (2 * 2 * all), 1e-14);
}

static double maps[40][8][8];

/* The expectation of white noise is 1, and its deviation the one that is stated. */
static void white_noise_is_1(void) {
  enum { TRIALS = 4000 };
  uint64_t seed = 31;
  double sum = 0, squares = 0, stated = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    for (size_t i = 0; i < 64; i++) (&maps[0][0][0])[i] = 0.7 + 0.013 * random_normal(&seed);
    clino_tensor t = CLINO_TENSOR_F64("W", &maps[0][0][0], NULL, 8, 8);
    clino_weight_noise_stats s = measure(&t, NULL);
    sum += s.noise;
    squares += (s.noise - 1) * (s.noise - 1);
    stated = s.deviation;
  }
  double deviation = sqrt(squares / TRIALS);
  CU_ASSERT_DOUBLE_EQUAL(sum / TRIALS, 1, 4 * stated / sqrt((double)TRIALS));
  CU_ASSERT_DOUBLE_EQUAL(deviation / stated, 1, 4 / sqrt(2.0 * TRIALS));
}

static void more_maps_are_surer(void) {
  uint64_t seed = 5;
  double each[40];
  for (size_t i = 0; i < 40 * 64; i++) (&maps[0][0][0])[i] = random_normal(&seed);
  clino_tensor t = CLINO_TENSOR_F64("W", &maps[0][0][0], NULL, 10, 4, 8, 8);
  clino_weight_noise_stats s = measure(&t, each);
  CU_ASSERT_EQUAL(s.maps, 40);
  CU_ASSERT_DOUBLE_EQUAL(s.noise, 1, 4 * s.deviation);
  clino_tensor one = CLINO_TENSOR_F64("W", &maps[17][0][0], NULL, 8, 8);
  clino_weight_noise_stats s1 = measure(&one, NULL);
  CU_ASSERT_EQUAL(each[17], s1.noise);
  CU_ASSERT_DOUBLE_EQUAL(s.deviation / s1.deviation, 1 / sqrt(40), 0.02);
}

static void smooth_is_near_0_and_a_checkerboard_near_2(void) {
  for (size_t r = 0; r < 8; r++)
    for (size_t c = 0; c < 8; c++) {
      double x = ((double)r - 3.2) / 8, y = ((double)c - 4.1) / 8;
      maps[0][r][c] = 3 - x * x - 0.7 * y;
      maps[1][r][c] = (r + c) % 2 ? 0.31 : -0.29;
    }
  clino_tensor t = CLINO_TENSOR_F64("W", &maps[0][0][0], NULL, 2, 8, 8);
  double each[2];
  measure(&t, each);
  CU_ASSERT_TRUE(each[0] > 0 && each[0] < 0.15);
  ASSERT_NEAR(each[1], 2 * 63 / 64.0, 1e-12);
}

/* The columns of [inputs][units], in float, are the same maps as the rows of [units][inputs]. */
static void strides_show_any_layout(void) {
  static float columns[64][5];
  double rows[5][64];
  uint64_t seed = 77;
  for (size_t u = 0; u < 5; u++)
    for (size_t i = 0; i < 64; i++) {
      columns[i][u] = (float)random_normal(&seed);
      rows[u][i] = (double)columns[i][u];
    }
  const ptrdiff_t strides[] = {1, 8 * 5, 5};
  clino_tensor a = CLINO_TENSOR_F32("W", &columns[0][0], NULL, 5, 8, 8);
  clino_tensor b = CLINO_TENSOR_F64("W", &rows[0][0], NULL, 5, 8, 8);
  a.strides = strides;
  double each_a[5], each_b[5];
  CU_ASSERT_EQUAL(measure(&a, each_a).noise, measure(&b, each_b).noise);
  for (size_t u = 0; u < 5; u++) CU_ASSERT_EQUAL(each_a[u], each_b[u]);
}

static void size_does_not_matter(void) {
  static const double units[] = {5e-324, 1e-310, 1e-200, 1, 1e200, 1e308};
  double w[] = {1, 0, -1, 1, 1, 0};
  clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, 3, 2);
  double as_it_is = measure(&t, NULL).noise;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    double scaled[6];
    for (size_t k = 0; k < 6; k++) scaled[k] = units[i] * w[k];
    clino_tensor s = CLINO_TENSOR_F64("W", scaled, NULL, 3, 2);
    ASSERT_NEAR(measure(&s, NULL).noise, as_it_is, 1e-14);
  }
}

static void what_has_no_number(void) {
  double w[2][4] = {{0.1, 0.1, 0.1, 0.1}, {0.3, 0.3, 0.3, 0.3}}, each[2];
  clino_tensor t = CLINO_TENSOR_F64("W", &w[0][0], NULL, 2, 2, 2);
  clino_weight_noise_stats s = measure(&t, each);
  CU_ASSERT_EQUAL(s.constant_maps, 2);
  CU_ASSERT_PTR_NOT_NULL(s.missing);
  CU_ASSERT_TRUE(isnan(s.noise) && isnan(each[0]));
  clino_run *run = new_run();
  CU_ASSERT_EQUAL(clino_weight_noise_record("W", &s, run, 3, NULL), CLINO_OK);
  w[1][2] = -0.3;
  s = measure(&t, each);
  CU_ASSERT_EQUAL(s.constant_maps, 1);
  CU_ASSERT_EQUAL(s.noise, each[1]);
  CU_ASSERT_EQUAL(clino_weight_noise_record("W", &s, run, 4, NULL), CLINO_OK);
  const clino_series *series = clino_run_series(run, "weight_noise/W");
  CU_ASSERT_PTR_NOT_NULL_FATAL(series);
  CU_ASSERT_EQUAL(clino_series_count(series), 1);
  CU_ASSERT_EQUAL(clino_series_missing(series), 1);
  CU_ASSERT_EQUAL(clino_series_values(series)[0], s.noise);
  const double bad[] = {(double)NAN, (double)INFINITY};
  for (int i = 0; i < 2; i++) {
    w[0][1] = bad[i];
    s = measure(&t, each);
    CU_ASSERT_TRUE(isnan(s.noise) && isnan(s.deviation) && !s.missing);
  }
  memset(w, 0, sizeof w);
  CU_ASSERT_EQUAL(measure(&t, NULL).constant_maps, 2);
  clino_run_free(run);
}

static void what_is_refused(void) {
  double w[8] = {0.1, 0.3, 0.2, 0.5};
  clino_weight_noise_stats s;
  clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, 2, 2);
  ASSERT_FAILS(clino_weight_noise(NULL, &s, NULL, &error), CLINO_ERR_RANGE, "weights");
  ASSERT_FAILS(clino_weight_noise(&t, NULL, NULL, &error), CLINO_ERR_RANGE, "stats");
  t.value = NULL;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "value");
  t.value = w, t.dtype = (clino_dtype)7;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "dtype 7");
  t.dtype = CLINO_F64, t.n_dims = 1;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "1 dimensions");
  t.n_dims = 9;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "9 dimensions");
  t.n_dims = 2, t.shape[1] = 1;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "2 x 1");
  t.shape[0] = 0;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "dimension 0 is 0");
  t.shape[0] = SIZE_MAX / 4, t.shape[1] = 8;
  ASSERT_FAILS(clino_weight_noise(&t, &s, NULL, &error), CLINO_ERR_RANGE, "dimension");
  clino_run *run = new_run();
  ASSERT_FAILS(clino_weight_noise_record("", &s, run, 0, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_weight_noise_record(NULL, &s, run, 0, &error), CLINO_ERR_RANGE, "name");
  ASSERT_FAILS(clino_weight_noise_record("W", NULL, run, 0, &error), CLINO_ERR_RANGE, "stats");
  ASSERT_FAILS(clino_weight_noise_record("W", &s, NULL, 0, &error), CLINO_ERR_RANGE, "run");
  clino_run_free(run);
}

static void it_allocates_nothing(void) {
  if (!allocations_known()) return;
  double w[] = {0.1, 0.3, 0.2, 0.5};
  clino_tensor t = CLINO_TENSOR_F64("W", w, NULL, 2, 2);
  unsigned long before = allocations_count();
  measure(&t, NULL);
  CU_ASSERT_EQUAL(allocations_count(), before);
}

void suite_weight_noise(CU_pSuite suite);
void suite_weight_noise(CU_pSuite suite) {
  TEST(suite, as_by_hand);
  TEST(suite, white_noise_is_1);
  TEST(suite, more_maps_are_surer);
  TEST(suite, smooth_is_near_0_and_a_checkerboard_near_2);
  TEST(suite, strides_show_any_layout);
  TEST(suite, size_does_not_matter);
  TEST(suite, what_has_no_number);
  TEST(suite, what_is_refused);
  TEST(suite, it_allocates_nothing);
}
