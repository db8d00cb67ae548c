/* Right gradients of functions that lie about themselves: what they do at the steps of a check is not what they do at
 * the point. None may be rejected; and of those that can be measured, wrong ones still are. */
#include <math.h>

#include "support/probe.h"

/* log near its edge, beside coordinates of the usual size */
static int edge_of_log(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = log(x[0]) + 3 * x[1] * x[2] + 410 * x[2];
  if (grad) grad[0] = 1 / x[0], grad[1] = 3 * x[2], grad[2] = 3 * x[1] + 410;
  return 0;
}

/* so fast that noise is measured where there is none */
static int fast(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const double w = 3.1e8;
  (void)n, (void)ctx;
  *f = sin(w * x[0]) + x[0] * x[1];
  if (grad) grad[0] = w * cos(w * x[0]) + x[1], grad[1] = x[0];
  return 0;
}

/* values that are multiples of 2^-20, or of 2^-1074 */
static int beside_a_large_one(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const double large = 7.3e9;
  (void)n, (void)ctx;
  *f = (large + tanh(x[0]) * x[1]) - large;
  if (grad) grad[0] = x[1] * (1 - tanh(x[0]) * tanh(x[0])), grad[1] = tanh(x[0]);
  return 0;
}

static int subnormal(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = x[0] * x[1] * 3e-316;
  if (grad) grad[0] = x[1] * 3e-316, grad[1] = x[0] * 3e-316;
  return 0;
}

/* a staircase, and a smooth term that hides the treads */
static int single_inside(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = (double)(float)(x[0] * x[1]) + 0.3 * x[0] * x[0];
  if (grad) grad[0] = x[1] + 0.6 * x[0], grad[1] = x[0];
  return 0;
}

/* narrow: its gradient is known from steps of a few spacings of the coordinate only */
static int narrow_clip(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const double w = 1e-13, z = 1.7 * (x[0] - 0.91) - 0.3 * (x[1] - 0.13);
  (void)n, (void)ctx;
  bool inside = fabs(z) < w;
  *f = (inside ? z : copysign(w, z)) / w + x[0];
  if (grad) grad[0] = (inside ? 1.7 / w : 0) + 1, grad[1] = inside ? -0.3 / w : 0;
  return 0;
}

static int squared_hinge(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double z = x[0] - 0.37 + (x[1] + 0.83) * 0.6;
  (void)n, (void)ctx;
  *f = z > 0 ? z * z : 0;
  if (grad) grad[0] = z > 0 ? 2 * z : 0, grad[1] = z > 0 ? 1.2 * z : 0;
  return 0;
}

/* kinks all round a coordinate that is small among the others */
static int kink_of_a_small_one(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double z = sin(x[0] / 3e-8) + x[1] - sin(2.1), r = z - 0.83;
  (void)n, (void)ctx;
  *f = fmax(r, 0) + 0.2 * z;
  if (grad) grad[1] = (r > 0) + 0.2, grad[0] = grad[1] * cos(x[0] / 3e-8) / 3e-8;
  return 0;
}

typedef struct trap {
  const char *name;
  clino_objective f;
  size_t n;
  double x[3];
  bool measurable;   /* an entry of the wrong sign can be told from noise */
} trap;

static const trap traps[] = {
  {"log near its edge", edge_of_log, 3, {3.7e-9, 0.71, 212.3}, true},
  {"log very near its edge", edge_of_log, 3, {2.9e-11, -0.37, 31.7}, true},
  {"fast oscillation", fast, 2, {0.4129, 0.77}, false},
  {"beside a large one", beside_a_large_one, 2, {0.53, 1.21}, true},
  {"subnormal", subnormal, 2, {0.813, -1.37}, true},
  {"single precision inside", single_inside, 2, {0.6173, 0.2917}, false},
  {"narrow clip", narrow_clip, 2, {0.91, 0.13}, false},
  {"squared hinge at its kink", squared_hinge, 2, {0.37, -0.83}, false},
  {"kink of a small one", kink_of_a_small_one, 2, {2.1 * 3e-8, 0.83}, false},
};
enum { N_TRAPS = sizeof traps / sizeof *traps };

static void right_gradients_are_never_rejected(void) {
  for (size_t i = 0; i < N_TRAPS; i++)
    for (uint64_t seed = 1; seed <= 20; seed++) {
      clino_gradcheck_options o = clino_gradcheck_options_default();
      probe p = {.f = traps[i].f};
      o.seed = seed;
      clino_gradcheck_result r = probe_check(&p, traps[i].n, traps[i].x, &o);
      expect(!caught(&r), traps[i].name, &r, __FILE__, __LINE__);
      CU_ASSERT_TRUE(r.verdict != CLINO_VERDICT_INCONCLUSIVE || r.reason == CLINO_REASON_NOISE ||
                     r.reason == CLINO_REASON_STEP);
    }
}

static void wrong_ones_that_can_be_measured_are(void) {
  for (size_t i = 0; i < N_TRAPS; i++) {
    probe p = {.f = traps[i].f, .kind = NEGATED};
    if (!traps[i].measurable) continue;
    clino_gradcheck_result r = probe_check(&p, traps[i].n, traps[i].x, NULL);
    expect(caught(&r), traps[i].name, &r, __FILE__, __LINE__);
  }
}

/* Room to one side only, and a kink there: no jump of the slope gives it away. */
static int kink_ahead(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double z = x[0] - 1.63, d = *(double *)ctx;
  (void)n;
  *f = 0.23 * z + (z > d ? 0.41 * (z - d) : 0) + 0.02 * z * z;
  if (grad) grad[0] = 0.23 + (z > d ? 0.41 : 0) + 0.04 * z;
  return 0;
}

static void a_kink_beside_a_bound(void) {
  static const double distances[] = {1e-4, 3e-7, 1e-9, 2e-11};
  const double x = 1.63, above = 9;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.lower = &x;
  o.upper = &above;
  for (size_t i = 0; i < 4; i++) {
    double d = distances[i];
    probe p = {.f = kink_ahead, .ctx = &d};
    clino_gradcheck_result r = probe_check(&p, 1, &x, &o);
    expect(!caught(&r), "a kink beside a bound", &r, __FILE__, __LINE__);
    p.kind = NEGATED;
    r = probe_check(&p, 1, &x, &o);
    EXPECT_REFUSED("a kink beside a bound, negated", &r);
  }
}

/* A budget that ends anywhere leaves open what it does not reach, and is kept. */
static void budgets_end_anywhere(void) {
  for (size_t i = 0; i < N_TRAPS; i++)
    for (uint64_t most = 1; most < 140; most += 1 + most / 16) {
      clino_gradcheck_options o = clino_gradcheck_options_default();
      probe p = {.f = traps[i].f};
      o.max_evaluations = most;
      clino_gradcheck_result r = probe_check(&p, traps[i].n, traps[i].x, &o);
      expect(!caught(&r), traps[i].name, &r, __FILE__, __LINE__);
    }
}

void suite_gradcheck_hostile(CU_pSuite suite) {
  TEST(suite, right_gradients_are_never_rejected);
  TEST(suite, wrong_ones_that_can_be_measured_are);
  TEST(suite, a_kink_beside_a_bound);
  TEST(suite, budgets_end_anywhere);
}
