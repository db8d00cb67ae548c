/* Kinks that nobody reports: found from one-sided differences. The kink lies at c, the point at c + d. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/probe.h"

typedef struct kinked {
  const char *name;
  clino_objective f;
  double left, right; /* slopes on the two sides of the kink */
} kinked;

static double centre; /* where the kink of the objectives below lies */

static int kink(double x, double left, double right, double bend, double *f, double *grad) {
  double z = x - centre;
  *f = (z > 0 ? right * z : left * z) + bend * sin(x);
  if (grad) *grad = (z > 0 ? right : left) + bend * cos(x);
  return 0;
}

static int relu_kink(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return kink(*x, 0, 1, 0, f, grad);
}

static int abs_kink(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return kink(*x, -1, 1, 0, f, grad);
}

/* max(1 - z, 0), the hinge of a margin */
static int hinge_kink(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  int failed = kink(*x, -1, 0, 0, f, grad);
  return failed;
}

static int max_kink(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return kink(*x, 0.7, 2.3, 0, f, grad);
}

static int relu_in_a_loss(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return kink(*x, 0.01, 1, 0.4, f, grad);
}

static const kinked kinds[] = {{"relu", relu_kink, 0, 1}, {"abs", abs_kink, -1, 1}, {"hinge", hinge_kink, -1, 0},
                               {"max", max_kink, 0.7, 2.3}, {"leaky relu and sine", relu_in_a_loss, 0.01, 1}};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static const double centres[] = {0, 0.731, -12.9};
static const double distances[] = {1e-3, 1e-5, 1e-7, 1e-9, 1e-12, 0};

static void label_of(char label[200], const kinked *k, double c, double d, const probe *p) {
  snprintf(label, 200, "%s with its kink at %g, %g away, mutation %d, factor %g", k->name, c, d, (int)p->kind,
           p->factor);
}

/* Calls check for every kind, place and distance, on both sides. */
static void for_all(void (*check)(const kinked *k, double c, double d)) {
  for (size_t k = 0; k < N_KINDS; k++)
    for (size_t c = 0; c < 3; c++)
      for (size_t d = 0; d < sizeof distances / sizeof distances[0]; d++)
        for (int side = -1; side <= 1; side += 2) check(&kinds[k], centres[c], side * distances[d]);
}

static void right(const kinked *k, double c, double d) {
  char label[200];
  double x = c + d;
  centre = c;
  probe p = {.f = k->f};
  clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
  label_of(label, k, c, d, &p);
  EXPECT_ACCEPTED(label, &r);
}

static void right_gradients_near_a_kink_are_accepted(void) { for_all(right); }

/* Whether a wrong slope lies strictly between the slopes of the two sides: then, so near a kink that no step comes
 * below it, it cannot be told from a subgradient. */
static bool between(const kinked *k, double wrong) { return wrong >= k->left - 1e-9 && wrong <= k->right + 1e-9; }

static void wrong(const kinked *k, double c, double d) {
  static const probe mutants[] = {{.kind = SCALED, .factor = 1.1}, {.kind = SCALED, .factor = 0.9}, {.kind = NEGATED},
                                  {.kind = SCALED, .factor = 2}, {.kind = ZEROED}, {.kind = ENTRY_SET, .factor = 0.5}};
  for (size_t i = 0; i < sizeof mutants / sizeof mutants[0]; i++) {
    char label[200];
    double x = c + d, f, is, was;
    probe p = mutants[i];
    centre = c;
    p.f = k->f;
    k->f(1, &x, &f, &was, NULL);
    probe_objective(1, &x, &f, &is, &p);
    double bend = k->f == relu_in_a_loss ? 0.4 * cos(x) : 0;
    if (is == was || (fabs(d) < 1e-7 && between(k, is - bend))) continue;
    clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
    label_of(label, k, c, d, &p);
    EXPECT_REFUSED(label, &r);
  }
}

static void wrong_gradients_near_a_kink_are_not_accepted(void) { for_all(wrong); }

static void a_kink_says_where_it_is(void) {
  double x = 0.731;
  centre = 0.731;
  probe p = {.f = abs_kink};
  clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
  EXPECT_VERDICT("abs at its kink", &r, CLINO_VERDICT_KINK);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.left, -1, 1e-6);
  CU_ASSERT_DOUBLE_EQUAL(r.worst.right, 1, 1e-6);
  CU_ASSERT_TRUE(r.worst.kink_distance < 1e-6);
  CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_KINK], 1);
}

/* ---- several coordinates at one kink ---- */

static double given[2]; /* the gradient that an objective below claims at its kink */

static int relu_of_sum(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  double z = x[0] + x[1];
  *f = z > 0 ? z : 0;
  if (grad) grad[0] = z == 0 ? given[0] : z > 0, grad[1] = z == 0 ? given[1] : z > 0;
  return 0;
}

static int relu_difference(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = (x[0] > 0 ? x[0] : 0) - (x[1] > 0 ? x[1] : 0);
  if (grad) grad[0] = x[0] == 0 ? given[0] : x[0] > 0, grad[1] = x[1] == 0 ? given[1] : -(x[1] > 0);
  return 0;
}

static clino_gradcheck_result claim(clino_objective f, double a, double b, double x0, double x1) {
  double x[2] = {x0, x1};
  given[0] = a, given[1] = b;
  probe p = {.f = f};
  return probe_check(&p, 2, x, NULL);
}

static void relu_of_a_sum_takes_the_same_side_for_both(void) {
  static const double places[] = {0, 0.4375, -3.25};
  for (size_t i = 0; i < 3; i++) {
    clino_gradcheck_result r = claim(relu_of_sum, 1, 0, places[i], -places[i]);
    EXPECT_VERDICT("relu(x + y) with (1, 0)", &r, CLINO_VERDICT_FAIL);
    r = claim(relu_of_sum, 0, 1, places[i], -places[i]);
    EXPECT_VERDICT("relu(x + y) with (0, 1)", &r, CLINO_VERDICT_FAIL);
    r = claim(relu_of_sum, 0, 0, places[i], -places[i]);
    EXPECT_ACCEPTED("relu(x + y) with (0, 0)", &r);
    r = claim(relu_of_sum, 1, 1, places[i], -places[i]);
    EXPECT_ACCEPTED("relu(x + y) with (1, 1)", &r);
    r = claim(relu_of_sum, 0.5, 0.5, places[i], -places[i]);
    EXPECT_ACCEPTED("relu(x + y) with (0.5, 0.5)", &r);
    r = claim(relu_of_sum, -0.2, -0.2, places[i], -places[i]);
    EXPECT_CAUGHT("relu(x + y) with (-0.2, -0.2)", &r);
  }
}

static void relus_of_two_coordinates_take_their_own_sides(void) {
  clino_gradcheck_result r = claim(relu_difference, 0, 0, 0, 0);
  EXPECT_ACCEPTED("relu(a) - relu(b) with (0, 0)", &r);
  r = claim(relu_difference, 1, 0, 0, 0);
  EXPECT_ACCEPTED("relu(a) - relu(b) with (1, 0)", &r);
  r = claim(relu_difference, 1, -1, 0, 0);
  EXPECT_ACCEPTED("relu(a) - relu(b) with (1, -1)", &r);
  r = claim(relu_difference, 0, 1, 0, 0);
  EXPECT_CAUGHT("relu(a) - relu(b) with (0, 1)", &r);
}

/* Several kinks crossed by one coordinate: 0 is the gradient with all relus off, and lies outside of the slopes along
 * x, which are 2 and 1. So it is with a blank input to a tanh layer without biases before a relu layer. */
static double claimed[3];

static int crossing(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  double a = x[0] + x[1], b = x[2] - x[0];
  *f = (a > 0 ? a : 0) - 2 * (b > 0 ? b : 0);
  if (!grad) return 0;
  grad[0] = (a > 0) + 2 * (b > 0), grad[1] = a > 0, grad[2] = -2 * (b > 0);
  if (a == 0 && b == 0) memcpy(grad, claimed, sizeof claimed);
  return 0;
}

static void one_coordinate_through_several_kinks(void) {
  static const struct {
    double claim[3];
    bool right;
  } cases[] = {{{0, 0, 0}, true},  {{1, 1, 0}, true},   {{2, 0, -2}, true},   {{3, 1, -2}, true},
               {{-1, 0, 0}, false}, {{4, 1, -2}, false}, {{0, 1.5, 0}, false}, {{-0.2, 0, 0}, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double x[3] = {0, 0, 0};
    memcpy(claimed, cases[i].claim, sizeof claimed);
    probe p = {.f = crossing};
    clino_gradcheck_result r = probe_check(&p, 3, x, NULL);
    char label[100];
    snprintf(label, sizeof label, "(%g, %g, %g)", claimed[0], claimed[1], claimed[2]);
    if (cases[i].right) EXPECT_ACCEPTED(label, &r);
    else EXPECT_CAUGHT(label, &r);
    p.kind = SCALED, p.factor = 1.2;
    r = probe_check(&p, 3, x, NULL);
    if (claimed[0] != 0 || claimed[1] != 0) EXPECT_CAUGHT("all too steep", &r);
  }
}

/* Many relus at 0, as in a net with zero-initialized biases and a dead input. */
static int many_relus(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double w = 1 + 0.13 * (double)i;
    *f += w * (x[i] > 0 ? x[i] : 0) + 0.1 * x[i] * x[i];
    if (grad) grad[i] = w * (x[i] > 0) + 0.2 * x[i];
  }
  return 0;
}

static void many_kinks_at_once(void) {
  double x[100] = {0};
  probe p = {.f = many_relus};
  clino_gradcheck_result r = probe_check(&p, 100, x, NULL);
  EXPECT_VERDICT("100 relus at 0", &r, CLINO_VERDICT_KINK);
  CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_KINK], 100);
  p.kind = ENTRY_SET, p.i = 93, p.factor = -0.4;
  r = probe_check(&p, 100, x, NULL);
  EXPECT_CAUGHT("100 relus at 0, one wrong", &r);
  CU_ASSERT_EQUAL(r.worst.flat, 93);
}

static void a_budget_holds_at_kinks_too(void) {
  double x[100] = {0};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  for (uint64_t budget = 1; budget < 4000; budget += 1 + budget / 4) {
    o.max_evaluations = budget;
    probe p = {.f = many_relus};
    clino_gradcheck_result r = probe_check(&p, 100, x, &o);
    EXPECT_NOT_CAUGHT("100 relus at 0, on a budget", &r);
    CU_ASSERT_TRUE(p.evaluations <= (budget < 2 ? 2 : budget));
    CU_ASSERT_EQUAL(r.checked, 100);
    if (!clino_gradcheck_accepted(&r)) CU_ASSERT_EQUAL(r.reason, CLINO_REASON_BUDGET);
  }
}

/* ---- what is no kink ---- */

static double beta;

static int softplus(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double z = beta * x[i];
    *f += (z > 30 ? z : log1p(exp(z))) / beta;
    if (grad) grad[i] = 1 / (1 + exp(-z));
  }
  return 0;
}

static void steep_bends_are_no_kinks(void) {
  double x[6] = {0, 1e-6, -3e-6, 4e-5, -2.2e-4, 1.7e-3};
  for (beta = 10; beta <= 1e4; beta *= 10) {
    probe p = {.f = softplus};
    clino_gradcheck_result r = probe_check(&p, 6, x, NULL);
    EXPECT_VERDICT("softplus", &r, CLINO_VERDICT_PASS);
    for (size_t i = 0; i < 4; i++) {
      p = (probe){.f = softplus, .kind = ENTRY_SCALED, .i = i, .factor = 1.1};
      r = probe_check(&p, 6, x, NULL);
      EXPECT_CAUGHT("softplus, an entry off by 10%", &r);
    }
  }
}

/* A jump has no derivative: whatever is claimed there must not pass as one. */
static int step_function(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = (x[0] > 0.25 ? 1 : 0) + 0.5 * x[0];
  if (grad) grad[0] = 0.5;
  return 0;
}

static void a_jump_is_not_wrong_away_from_it(void) {
  static const double far[] = {1e-1, 1e-3, 1e-6, -1e-6, -1e-4};
  for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
    double x = 0.25 + far[i];
    probe p = {.f = step_function};
    clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
    EXPECT_NOT_CAUGHT("beside a jump", &r);
    p.kind = SCALED, p.factor = 1.5;
    r = probe_check(&p, 1, &x, NULL);
    EXPECT_REFUSED("beside a jump, wrong", &r);
  }
}

void suite_gradcheck_kinks(CU_pSuite suite) {
  TEST(suite, right_gradients_near_a_kink_are_accepted);
  TEST(suite, wrong_gradients_near_a_kink_are_not_accepted);
  TEST(suite, a_kink_says_where_it_is);
  TEST(suite, relu_of_a_sum_takes_the_same_side_for_both);
  TEST(suite, relus_of_two_coordinates_take_their_own_sides);
  TEST(suite, one_coordinate_through_several_kinks);
  TEST(suite, many_kinks_at_once);
  TEST(suite, a_budget_holds_at_kinks_too);
  TEST(suite, steep_bends_are_no_kinks);
  TEST(suite, a_jump_is_not_wrong_away_from_it);
}
