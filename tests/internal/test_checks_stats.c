/* The statistics of curves that the checks stand on. */
#include <math.h>

#include "base/rng.h"
#include "base/robust.h"
#include "support/suite.h"

#define N 101

static double normal(clino__rng *rng) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += clino__rng_uniform(rng);
  return sum;
}

static void slopes_outlive_outliers(void) {
  double y[N], scratch[2 * N];
  clino__rng rng = clino__rng_new(11);
  for (int i = 0; i < N; i++) y[i] = 3.7 - 0.23 * i;
  CU_ASSERT_DOUBLE_EQUAL(clino__repeated_median_slope(y, N, scratch), -0.23, 1e-13);
  for (int i = 0; i < 40; i++) y[clino__rng_below(&rng, N)] = clino__rng_between(&rng, -1e6, 1e9);
  CU_ASSERT_DOUBLE_EQUAL(clino__repeated_median_slope(y, N, scratch), -0.23, 0.05);
  CU_ASSERT_DOUBLE_EQUAL(clino__repeated_median_slope(y, 2, scratch), y[1] - y[0], 0);
  CU_ASSERT_TRUE(isnan(clino__repeated_median_slope(y, 1, scratch)));
}

static void noise_ignores_trends(void) {
  double y[N], scratch[2 * N];
  clino__rng rng = clino__rng_new(12);
  for (int i = 0; i < N; i++) y[i] = 17.5 - 0.31 * i;
  CU_ASSERT_DOUBLE_EQUAL(clino__noise(y, N, scratch), 0, 1e-12);
  for (int i = 0; i < N; i++) y[i] = 40 * exp(-i / 20.0) + 0.1 * normal(&rng);
  double decaying = clino__noise(y, N, scratch);
  CU_ASSERT_TRUE(decaying > 0.07 && decaying < 0.2);
  for (int i = 0; i < N; i++) y[i] *= 1024;
  CU_ASSERT_EQUAL(clino__noise(y, N, scratch), 1024 * decaying);
  y[50] = 1e30;
  CU_ASSERT_TRUE(clino__noise(y, N, scratch) < 300);
  CU_ASSERT_TRUE(isnan(clino__noise(y, 2, scratch)));
  CU_ASSERT_TRUE(clino__noise(y, 3, scratch) > 0);
}

/* By hand: S = 45 and variance n (n - 1)(2 n + 5) / 18 = 125 for ten rising points; for {1, 1, 2, 2, 3} S = 8, and two
 * groups of two ties leave 264 / 18. */
static void mann_kendall_is_as_by_hand(void) {
  double rising[10], tied[] = {1, 1, 2, 2, 3}, equal[] = {4, 4, 4, 4, 4}, scratch[40];
  for (int i = 0; i < 10; i++) rising[i] = 2.5 * i;
  clino__trend t = clino__mann_kendall(rising, 10, scratch);
  CU_ASSERT_EQUAL(t.tau, 1);
  CU_ASSERT_EQUAL(t.inflation, 1);
  CU_ASSERT_DOUBLE_EQUAL(t.z, 44 / sqrt(125), 1e-12);
  t = clino__mann_kendall(tied, 5, scratch);
  CU_ASSERT_DOUBLE_EQUAL(t.tau, 0.8, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(t.z * sqrt(t.inflation), 7 / sqrt(264 / 18.0), 1e-12);
  t = clino__mann_kendall(equal, 5, scratch);
  CU_ASSERT_TRUE(t.z == 0 && t.tau == 0 && t.inflation == 1);
  CU_ASSERT_EQUAL(clino__mann_kendall(rising, 3, scratch).z, 0);
}

/* Without a trend, |z| > 1.96 in one of twenty; with memory somewhat more often, but far from the uncorrected half. */
static void mann_kendall_keeps_its_level(void) {
  double y[N], scratch[4 * N];
  int rejected[2] = {0, 0}, naive = 0;
  clino__rng rng = clino__rng_new(13);
  for (int k = 0; k < 400; k++) {
    double memory = k % 2 ? 0.7 : 0, state = 0;
    for (int i = 0; i < N; i++) y[i] = state = memory * state + normal(&rng);
    clino__trend t = clino__mann_kendall(y, N, scratch);
    rejected[k % 2] += fabs(t.z) > 1.96;
    if (k % 2) naive += fabs(t.z) * sqrt(t.inflation) > 1.96;
  }
  CU_ASSERT_TRUE(rejected[0] < 20);
  CU_ASSERT_TRUE(rejected[1] < 60);
  CU_ASSERT_TRUE(rejected[1] * 3 < naive * 2);
}

void suite_checks_stats(CU_pSuite suite) {
  TEST(suite, slopes_outlive_outliers);
  TEST(suite, noise_ignores_trends);
  TEST(suite, mann_kendall_is_as_by_hand);
  TEST(suite, mann_kendall_keeps_its_level);
}
