/* The worked example of an elongated valley: steps, overshoot, limits of stability, bouncing, bursts. */
#include <math.h>

#include "support/suite.h"
#include "worked/landscape.h"
#include "worked/walk.h"

#define STEPS 20000

static double path[2 * (STEPS + 1)], values[STEPS + 1];

static void go(clino_objective f, void *ctx, clino_optimizer_options rule, const clino_schedule *rate) {
  double start[2] = {1, 1};
  walk w = {f, ctx, 2, start, rule, rate, STEPS};
  CU_ASSERT_EQUAL_FATAL(walk_path(&w, path, values), 0);
}

static double distance(size_t k) { return sqrt((path[2 * k] * path[2 * k] + path[2 * k + 1] * path[2 * k + 1]) / 2); }

static double steps_to(double limit) {
  size_t k = STEPS + 1;
  while (k > 0 && distance(k - 1) <= limit) k--;
  return (double)k;
}

static double overshoot(size_t coordinate) {
  double most = 0;
  for (size_t k = 0; k <= STEPS; k++) most = fmax(most, -path[2 * k + coordinate]);
  return most;
}

/* Descent at 1/lambda takes (1 - 1/100)^k along, at 2/101 99/101 along and across. */
static void steps_follow_the_condition_number(void) {
  go(valley, NULL, rule_of("gradient-descent", 0.01), NULL);
  CU_ASSERT_EQUAL(steps_to(1e-8), ceil(log(1e-8 * sqrt(2.0)) / log(0.99)));
  CU_ASSERT_EQUAL(overshoot(0), 0);
  go(valley, NULL, rule_of("gradient-descent", 2 / 101.0), NULL);
  CU_ASSERT_EQUAL(steps_to(1e-8), ceil(log(1e-8) / log(99 / 101.0)));
  CU_ASSERT_DOUBLE_EQUAL(overshoot(1), 99 / 101.0, 1e-12);
  go(valley, NULL, rule_with_momentum("momentum", 4 / 121.0, 81 / 121.0), NULL);
  CU_ASSERT_TRUE(steps_to(1e-8) > log(1e-8) / log(9 / 11.0) && steps_to(1e-8) < 125);
  CU_ASSERT_TRUE(overshoot(1) > 3);
  go(valley, NULL, rule_with_momentum("nesterov", 4 / 301.0, 0.7925), NULL);
  CU_ASSERT_TRUE(steps_to(1e-8) < 200);
  go(valley, NULL, rule_with_momentum("momentum", 0.01, 0.9), NULL);
  double heavy = overshoot(0);
  go(valley, NULL, rule_with_momentum("nesterov", 0.01, 0.9), NULL);
  CU_ASSERT_TRUE(heavy > 0.1 && overshoot(0) > 0.05 && overshoot(0) < heavy);
}

static const struct {
  const char *rule;
  double limit;
} limits[] = {{"gradient-descent", 2}, {"momentum", 3.8}, {"nesterov", 3.8 / 2.8}};

static void above_the_limit_a_parabola_diverges(void) {
  for (size_t i = 0; i < 3; i++) {
    go(valley, NULL, rule_with_momentum(limits[i].rule, 0.99 * limits[i].limit / 100, 0.9), NULL);
    CU_ASSERT_TRUE(distance(STEPS) < 1e-8);
    go(valley, NULL, rule_with_momentum(limits[i].rule, 1.01 * limits[i].limit / 100, 0.9), NULL);
    CU_ASSERT_TRUE(!(values[STEPS] < 1e10));
  }
}

/* Descent's cycle of two has 2 y = rate 10 tanh(10 y). */
static void above_the_limit_log_cosh_bounces(void) {
  for (size_t i = 0; i < 3; i++)
    for (int k = 0; k < 2; k++) {
      double f, slope[2];
      go(log_cosh_valley, NULL, rule_with_momentum(limits[i].rule, (k ? 2 : 1.05) * limits[i].limit / 100, 0.9), NULL);
      log_cosh_valley(2, path + 2 * STEPS, &f, slope, NULL);
      CU_ASSERT_TRUE(fabs(slope[1]) > 1);
      CU_ASSERT_TRUE(values[STEPS] < 5);
    }
  go(log_cosh_valley, NULL, rule_of("gradient-descent", 0.04), NULL);
  double y = path[2 * STEPS + 1];
  CU_ASSERT_DOUBLE_EQUAL(2 * y, 0.04 * 10 * tanh(10 * y), 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(path[2 * STEPS - 1], -y, 1e-12);
  CU_ASSERT_DOUBLE_EQUAL(values[STEPS], values[STEPS - 1], 1e-12);
  go(log_cosh_valley, NULL, rule_of("gradient-descent", 0.019), NULL);
  CU_ASSERT_TRUE(distance(STEPS) < 1e-8);
}

/* RMSProp's dance has the size rate/2: v settles where g^2 does. */
static void rules_that_scale(void) {
  go(valley, NULL, rule_of("adagrad", 0.1), NULL);
  CU_ASSERT_TRUE(distance(STEPS) < 1e-50);
  go(valley, NULL, rule_of("rmsprop", 0.01), NULL);
  CU_ASSERT_DOUBLE_EQUAL(fabs(path[2 * STEPS + 1]), 0.005, 1e-4);
  go(valley, NULL, rule_of("adam", 0.01), NULL);
  double later = 0, nearest = 1;
  for (size_t k = 0; k <= STEPS; k++) {
    nearest = fmin(nearest, distance(k));
    if (k > STEPS / 2) later = fmax(later, distance(k));
  }
  CU_ASSERT_TRUE(nearest < 1e-8 && later > 1e-4);
}

/* How often the slope rises above 5 after it was below 1/2; the step of the first in *first. */
static size_t bursts(const char *rule, clino_schedule_kind kind, uint64_t warmup, size_t *first) {
  noisy noise = {valley, NULL, 1e-4, {5}};
  clino_schedule rate = clino_schedule_default(kind);
  rate.initial = 0.1, rate.decay = 1, rate.warmup = warmup;
  go(noisy_gradient, &noise, rule_of(rule, 0.1), &rate);
  size_t n = 0;
  bool quiet = false;
  for (size_t k = 0; k <= STEPS; k++) {
    double slope = fmax(fabs(path[2 * k]), 100 * fabs(path[2 * k + 1]));
    if (slope < 0.5) quiet = true;
    if (!quiet || slope < 5) continue;
    quiet = false;
    if (!n++) *first = k;
  }
  return n;
}

static void a_mean_bursts_and_decay_cures(void) {
  size_t at = 0, later = 0, much_later = 0;
  CU_ASSERT_TRUE(bursts("adagrad-mean", CLINO_SCHEDULE_CONSTANT, 0, &at) > 10);
  CU_ASSERT_TRUE(bursts("adagrad-mean", CLINO_SCHEDULE_CONSTANT, 50, &later) > 3);
  CU_ASSERT_TRUE(bursts("adagrad-mean", CLINO_SCHEDULE_CONSTANT, 200, &much_later) > 0);
  CU_ASSERT_TRUE(at > 1000 && later > 2 * at && much_later > later);
  CU_ASSERT_EQUAL(bursts("adagrad-mean", CLINO_SCHEDULE_INVERSE_ROOT, 0, &at), 0);
  CU_ASSERT_EQUAL(bursts("adagrad", CLINO_SCHEDULE_CONSTANT, 0, &at), 0);
}

void suite_worked_valley(CU_pSuite suite);
void suite_worked_valley(CU_pSuite suite) {
  TEST(suite, steps_follow_the_condition_number);
  TEST(suite, above_the_limit_a_parabola_diverges);
  TEST(suite, above_the_limit_log_cosh_bounces);
  TEST(suite, rules_that_scale);
  TEST(suite, a_mean_bursts_and_decay_cures);
}
