/* The worked example of a saddle: who stays on the ridge, who leaves, who crosses an inflection. */
#include <math.h>
#include <stdlib.h>

#include "clino/critical_point.h"
#include "support/suite.h"
#include "worked/landscape.h"
#include "worked/walk.h"

#define STEPS 20000

static const struct {
  const char *rule;
  double rate;
} rules[] = {{"gradient-descent", 0.1}, {"momentum", 0.1}, {"nesterov", 0.1}, {"adagrad", 0.1}, {"adagrad-mean", 0.01},
             {"adadelta", 1}, {"rmsprop", 0.01}, {"adam", 0.01}, {"adamw", 0.01}};
#define RULES (sizeof rules / sizeof rules[0])

static double path[2 * (STEPS + 1)];

static void walk_from(clino_objective f, void *ctx, size_t n, double x, double y, clino_optimizer_options rule) {
  double start[2] = {x, y};
  walk w = {f, ctx, n, start, rule, NULL, STEPS};
  CU_ASSERT_EQUAL_FATAL(walk_path(&w, path, NULL), 0);
}

static clino_optimizer_options rule_at(size_t i) { return rule_with_momentum(rules[i].rule, rules[i].rate, 0.9); }
static const double *at_end(void) { return path + 2 * STEPS; }

static void on_the_ridge_all_stay(void) {
  for (size_t i = 0; i < RULES; i++) {
    walk_from(saddle, NULL, 2, 1, 0, rule_at(i));
    for (size_t k = 0; k <= STEPS; k++) CU_ASSERT_EQUAL_FATAL(path[2 * k + 1], 0);
    /* RMSProp dances round the end with half its rate. */
    CU_ASSERT_TRUE(fabs(at_end()[0]) < 0.02);
  }
}

static void noise_leaves(void) {
  for (size_t i = 0; i < RULES; i++) {
    noisy noise = {saddle, NULL, 1e-3, {23}};
    walk_from(noisy_gradient, &noise, 2, 1, 0, rule_at(i));
    CU_ASSERT_TRUE(fabs(at_end()[1]) > 0.9);
  }
}

static size_t steps_to_half(void) {
  size_t k = 0;
  while (k <= STEPS && !(fabs(path[2 * k + 1]) > 0.5)) k++;
  return k;
}

/* Beside the ridge a slope grows by 1 + rate, a little less where y^3 counts. */
static void a_hair_beside_it_all_leave(void) {
  for (size_t i = 0; i < RULES; i++) {
    walk_from(saddle, NULL, 2, 1, 1e-10, rule_at(i));
    CU_ASSERT_TRUE(at_end()[1] > 0.9);
    CU_ASSERT_TRUE(steps_to_half() < 250);
  }
  walk_from(saddle, NULL, 2, 1, 1e-10, rule_of("gradient-descent", 0.1));
  CU_ASSERT_DOUBLE_EQUAL((double)steps_to_half(), log(0.5 / 1e-10) / log(1.1), 3);
  CU_ASSERT_DOUBLE_EQUAL(at_end()[1], 1, 1e-12);
}

static void momentum_crosses_the_inflection(void) {
  static const char *const over[] = {"momentum", "nesterov"};
  for (int i = 0; i < 2; i++) {
    walk_from(inflection, NULL, 1, -1, 0, rule_with_momentum(over[i], 0.1, 0.9));
    CU_ASSERT_DOUBLE_EQUAL(path[STEPS], 1, 1e-12);
  }
  walk_from(inflection, NULL, 1, -1, 0, rule_of("gradient-descent", 0.1));
  for (size_t k = 0; k <= STEPS; k++) CU_ASSERT_FATAL(path[k] < 0);
  CU_ASSERT_DOUBLE_EQUAL(path[STEPS], -1 / (0.1 * STEPS), 1e-5); /* x' = rate x^2 near 0 */
}

static double two(sample_batch batch, double from) {
  two_samples samples = {.batch = batch};
  walk_from(two_saddles, &samples, 2, 1, from, rule_of("gradient-descent", 0.1));
  return at_end()[1];
}

static void a_batch_without_a_slope_of_its_own_sticks(void) {
  CU_ASSERT_EQUAL(two(BATCH_FIRST, 0), 0);
  CU_ASSERT_DOUBLE_EQUAL(two(BATCH_SECOND, 0), -0.75, 1e-12);
  CU_ASSERT_TRUE(two(BATCH_BOTH, 0) < -0.8);
  CU_ASSERT_TRUE(two(BATCH_IN_TURN, 0) < -0.8);
  CU_ASSERT_EQUAL(two(BATCH_BOTH, 0.125), 0.125);
  CU_ASSERT_DOUBLE_EQUAL(two(BATCH_FIRST, 0.125), 1, 1e-12);
  CU_ASSERT_TRUE(fabs(two(BATCH_IN_TURN, 0.125) - 0.125) > 0.8);
}

/* Small is judged against the coordinates' size, so the origin is not left at the saddle. */
static clino_critical_result kind_of(clino_objective f, void *ctx, size_t n, const double *x, double *way) {
  double at[2] = {x[0] + 1, n > 1 ? x[1] + 1 : 0}, escape[2] = {0, 0};
  moved there = {f, ctx, 1};
  clino_point *point;
  clino_critical_options o = clino_critical_options_default();
  clino_critical_result r = {.kind = CLINO_CRITICAL_NONE};
  o.escape = escape;
  CU_ASSERT_EQUAL_FATAL(clino_point_new(moved_origin, &there, n, at, NULL, &point, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_critical_point(point, &o, &r, NULL), CLINO_OK);
  for (size_t i = 0; i < n && way; i++) way[i] = x[i] + r.escape.step * escape[i];
  clino_point_free(point);
  return r;
}

static void where_they_stop_is_named(void) {
  double way[2];
  walk_from(saddle, NULL, 2, 1, 0, rule_of("gradient-descent", 0.1));
  clino_critical_result r = kind_of(saddle, NULL, 2, at_end(), way);
  CU_ASSERT_EQUAL(r.kind, CLINO_CRITICAL_SADDLE);
  CU_ASSERT_DOUBLE_EQUAL(r.lowest, -1, 1e-6);
  CU_ASSERT_TRUE(r.escape.found && r.escape.measured > 0);
  walk_from(saddle, NULL, 2, way[0], way[1], rule_of("gradient-descent", 0.1));
  CU_ASSERT_DOUBLE_EQUAL(fabs(at_end()[1]), 1, 1e-12);
  r = kind_of(saddle, NULL, 2, at_end(), NULL);
  CU_ASSERT_EQUAL(r.kind, CLINO_CRITICAL_MINIMUM);
  CU_ASSERT_DOUBLE_EQUAL(r.highest, 2, 1e-6);
  for (int i = 0; i < 2; i++) {
    walk_from(inflection, NULL, 1, -1, 0, rule_with_momentum(i ? "momentum" : "gradient-descent", 0.1, 0.9));
    CU_ASSERT_EQUAL(kind_of(inflection, NULL, 1, path + STEPS, NULL).kind,
                    i ? CLINO_CRITICAL_MINIMUM : CLINO_CRITICAL_SADDLE);
  }
}

static void a_batch_has_critical_points_of_its_own(void) {
  static const double origin[2] = {0, 0}, middle[2] = {0, 0.125};
  two_samples first = {.batch = BATCH_FIRST, .value_too = true}, both = {.batch = BATCH_BOTH};
  CU_ASSERT_EQUAL(kind_of(two_saddles, &first, 2, origin, NULL).kind, CLINO_CRITICAL_SADDLE);
  CU_ASSERT_EQUAL(kind_of(two_saddles, &both, 2, origin, NULL).kind, CLINO_CRITICAL_NOT);
  CU_ASSERT_EQUAL(kind_of(two_saddles, &both, 2, middle, NULL).kind, CLINO_CRITICAL_SADDLE);
}

static void gradients_are_right(void) {
  static const clino_objective functions[] = {saddle, inflection, valley, log_cosh_valley, two_saddles};
  static const size_t variables[] = {2, 1, 2, 2, 2};
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    two_samples both = {.batch = BATCH_BOTH};
    double x[2] = {0.731, -0.0417};
    clino_gradcheck_options o = clino_gradcheck_options_default();
    clino_gradcheck_result result;
    o.points = 4;
    CU_ASSERT_EQUAL(gradcheck(functions[i], functions[i] == two_saddles ? &both : NULL, variables[i], x, &o, &result,
                              NULL), CLINO_OK);
    CU_ASSERT_TRUE(clino_gradcheck_accepted(&result));
  }
}

void suite_worked_saddle(CU_pSuite suite);
void suite_worked_saddle(CU_pSuite suite) {
  TEST(suite, on_the_ridge_all_stay);
  TEST(suite, noise_leaves);
  TEST(suite, a_hair_beside_it_all_leave);
  TEST(suite, momentum_crosses_the_inflection);
  TEST(suite, a_batch_without_a_slope_of_its_own_sticks);
  TEST(suite, where_they_stop_is_named);
  TEST(suite, a_batch_has_critical_points_of_its_own);
  TEST(suite, gradients_are_right);
}
