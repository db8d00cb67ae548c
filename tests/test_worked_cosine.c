/* The worked example of x cos(pi x): what was published about its walks, and what is true of them. */
#include <math.h>
#include <stdbool.h>

#include "support/suite.h"
#include "worked/landscape.h"
#include "worked/walk.h"

static double published = 1;

/* Where x is after so many steps of plain descent; NULL is the true derivative. */
static double descend(double *factor, double start, double rate, size_t steps) {
  walk w = {x_cos_pi_x, factor, 1, &start, rule_of("gradient-descent", rate), NULL, steps};
  double end = NAN;
  CU_ASSERT_EQUAL(walk_end(&w, &end), 0);
  return end;
}

static double roll(const char *rule, clino_nesterov_form form, double momentum, double rate) {
  double start = -1, end = NAN;
  walk w = {x_cos_pi_x, NULL, 1, &start, rule_with_momentum(rule, rate, momentum), NULL, 2000};
  w.rule.nesterov_form = form;
  CU_ASSERT_EQUAL(walk_end(&w, &end), 0);
  return end;
}

static double slope(double x) {
  double f, g;
  x_cos_pi_x(1, &x, &f, &g, NULL);
  return g;
}

static double height(double x) {
  double f;
  x_cos_pi_x(1, &x, &f, NULL, NULL);
  return f;
}

/* The minimum between two points, by bisection of the slope. */
static double minimum(double low, double high) {
  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;
    *(slope(middle) < 0 ? &low : &high) = middle;
  }
  return low;
}

static void the_minima_are_where_they_are_said_to_be(void) {
  CU_ASSERT_DOUBLE_EQUAL(minimum(-1, 0.2), -0.2739, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(height(minimum(-1, 0.2)), -0.1786, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(minimum(0.5, 1.5), 1.0904, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(height(minimum(0.5, 1.5)), -1.0467, 5e-5);
  CU_ASSERT_TRUE(height(7) < -6.9); /* unbounded below */
  CU_ASSERT_TRUE(height(-2) < height(minimum(0.5, 1.5)));
}

static void the_published_walks_end_as_published(void) {
  CU_ASSERT_DOUBLE_EQUAL(descend(&published, 0.5, 0.1, 5), 0.961, 5e-4);
  CU_ASSERT_DOUBLE_EQUAL(descend(&published, -1, 0.1, 20), -0.3835, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(slope(descend(&published, -1, 0.1, 20)), -0.767, 5e-4);
  CU_ASSERT_DOUBLE_EQUAL(descend(&published, -1, 1.000542, 20), 0.9993, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(descend(&published, -1, 1.000542, 21), 2, 0.01);
  CU_ASSERT_DOUBLE_EQUAL(descend(&published, -1, 1.0055, 20), 0.440, 5e-4);
}

static void leaves(double rate) {
  double start = -1, path[21];
  walk w = {x_cos_pi_x, NULL, 1, &start, rule_of("gradient-descent", rate), NULL, 20};
  CU_ASSERT_EQUAL_FATAL(walk_path(&w, path, NULL), 0);
  bool left = false;
  for (size_t i = 0; i <= 20; i++) left = left || !(fabs(path[i]) <= 2);
  CU_ASSERT_TRUE(left);
}

static void with_the_true_derivative_they_end_in_minima_or_leave(void) {
  CU_ASSERT_DOUBLE_EQUAL(descend(NULL, 0.5, 0.1, 5), 1.0899, 5e-5);
  CU_ASSERT_DOUBLE_EQUAL(descend(NULL, -1, 0.1, 20), -0.2739, 5e-5);
  leaves(1.000542);
  leaves(1.0055);
}

static void momentum_gets_over_the_bump(void) {
  static const double fast[] = {0.02, 0.03, 0.05, 0.07, 0.1}, slow[] = {0.01, 0.02, 0.03, 0.05};
  for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
    CU_ASSERT_DOUBLE_EQUAL(roll("momentum", CLINO_NESTEROV_LOOKAHEAD, 0.9, fast[i]), 1.0904, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(roll("nesterov", CLINO_NESTEROV_LOOKAHEAD, 0.9, fast[i]), -0.2739, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(roll("nesterov", CLINO_NESTEROV_REWRITTEN, 0.9, fast[i]), -0.2739, 5e-5);
  }
  for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
    CU_ASSERT_DOUBLE_EQUAL(roll("momentum", CLINO_NESTEROV_LOOKAHEAD, 0.95, slow[i]), 1.0904, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(roll("nesterov", CLINO_NESTEROV_LOOKAHEAD, 0.95, slow[i]), 1.0904, 5e-5);
  }
}

/* The platform's pi does not make the wrong derivative right anywhere but where sin(pi x) = 0. */
static void the_published_derivative_is_wrong(void) {
  double x = 0.6, f, g;
  x_cos_pi_x(1, &x, &f, &g, &published);
  CU_ASSERT_TRUE(fabs(g - slope(x)) > 1);
  x = -1;
  x_cos_pi_x(1, &x, &f, &g, &published);
  CU_ASSERT_DOUBLE_EQUAL(g, slope(x), 1e-12);
}

void suite_worked_cosine(CU_pSuite suite);
void suite_worked_cosine(CU_pSuite suite) {
  TEST(suite, the_minima_are_where_they_are_said_to_be);
  TEST(suite, the_published_walks_end_as_published);
  TEST(suite, with_the_true_derivative_they_end_in_minima_or_leave);
  TEST(suite, momentum_gets_over_the_bump);
  TEST(suite, the_published_derivative_is_wrong);
}
