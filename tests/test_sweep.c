/* Error against step: orders, noise, floors, kinks, what is put back, what is refused. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clino/sweep.h"
#include "support/allocations.h"
#include "support/comma.h"
#include "support/objectives.h"
#include "support/suite.h"

/* f = offset + scale g(x / unit), its derivative times factor. */
typedef struct scaled {
  double (*g)(double x, double *slope);
  double unit, scale, offset, factor;
} scaled;

static double kink_at; /* of bent() */

static double exponential(double x, double *slope) { return *slope = exp(x); }
static double sine(double x, double *slope) { return *slope = cos(x), sin(x); }
static double steep_tanh(double x, double *slope) {
  double t = tanh(5 * x);
  *slope = 5 * (1 - t * t);
  return t;
}
static double line(double x, double *slope) { return *slope = 3.7, 3.7 * x + 1.3; }
static double constant(double x, double *slope) { return (void)x, *slope = 0, 1.37; }
static double logarithm(double x, double *slope) { return *slope = 1 / x, log(x); }
static double cubic(double x, double *slope) { return *slope = 3 * x * x, x * x * x; }
static double single(double x, double *slope) { return *slope = cosf((float)x), sinf((float)x); }
static double bent(double x, double *slope) {
  double z = x - kink_at;
  *slope = cos(x) + (z > 0 ? 0.5 : 0);
  return sin(x) + (z > 0 ? z / 2 : 0);
}
static double soft(double x, double *slope) {
  double z = 1e4 * (x - 0.7003);
  *slope = cos(x) + 0.5 / (1 + exp(-z));
  return sin(x) + 0.5 * log1p(exp(z)) / 1e4;
}
static double oscillation(double x, double *slope) { return *slope = 1e6 * cos(1e6 * x), sin(1e6 * x); }

static int objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const scaled *s = ctx;
  double slope, g = s->g(x[0] / s->unit, &slope);
  (void)n;
  *f = s->offset + s->scale * g;
  if (grad) grad[0] = s->factor * s->scale * slope / s->unit;
  return 0;
}

static const clino_sweep_entry first = {NULL, 0};

/* The curve of a function at x units; the sweep is freed by the caller. */
static const clino_sweep_curve *look(double (*g)(double, double *), double x, double unit, double scale, double offset,
                                     double factor, clino_sweep **sweep) {
  scaled s = {g, unit, scale, offset, factor};
  double at = x * unit;
  clino_status status = clino_step_sweep(objective, &s, 1, &at, &first, 1, NULL, sweep, NULL);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  CU_ASSERT_EQUAL(clino_sweep_count(*sweep), 1);
  CU_ASSERT_PTR_NULL(clino_sweep_at(*sweep, 1));
  return clino_sweep_at(*sweep, 0);
}

static void expect_shape(double (*g)(double, double *), double x, double factor, clino_sweep_shape shape,
                         const char *words) {
  clino_sweep *sweep;
  const clino_sweep_curve *c = look(g, x, 1, 1, 0, factor, &sweep);
  CU_ASSERT_EQUAL(c->shape, shape);
  if (!strstr(c->judgement, words)) CU_assertImplementation(CU_FALSE, __LINE__, c->judgement, words, "", CU_FALSE);
  clino_sweep_free(sweep);
}

/* ---- smooth ---- */

static void orders_are_1_and_2_at_every_scale(void) {
  static const double units[] = {1e-8, 1e-4, 1, 1e4, 1e8}, scales[] = {1e-12, 1, 1e8};
  static const struct {
    double (*g)(double, double *);
    double x;
  } cases[] = {{exponential, 0.7}, {sine, 1.31}, {sine, -0.83}, {steep_tanh, 0.21}, {logarithm, 0.37}};
  for (size_t i = 0; i < 5 * 3 * 5; i++) {
    clino_sweep *sweep;
    const clino_sweep_curve *c =
        look(cases[i / 15].g, cases[i / 15].x, units[i / 3 % 5], scales[i % 3], 0, 1, &sweep);
    CU_ASSERT_DOUBLE_EQUAL(c->forward.order, 1, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(c->centered.order, 2, 0.1);
    CU_ASSERT_TRUE(c->forward.residual <= 0.04 && c->centered.residual <= 0.04);
    CU_ASSERT_TRUE(c->centered.order_high >= 9.99 * c->centered.order_low);
    CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
    CU_ASSERT_TRUE(c->centered.best_error / c->scale < 1e-9);
    CU_ASSERT_TRUE(c->forward.best_error / c->scale < 1e-6);
    CU_ASSERT_TRUE(fabs(c->numeric - c->analytic) <= c->numeric_error);
    CU_ASSERT_TRUE(c->noise > 1e-18 * scales[i % 3] && c->noise < 3e-15 * scales[i % 3]);
    CU_ASSERT_DOUBLE_EQUAL(c->noise_slope, -1, 0.25);
    CU_ASSERT_TRUE(isnan(c->kink_distance));
    clino_sweep_free(sweep);
  }
}

static void a_net_has_the_orders_too(void) {
  double x[66];
  clino_sweep_entry entries[4] = {{"x", 3}, {NULL, 17}, {"x", 40}, {NULL, 62}};
  for (size_t i = 0; i < 66; i++) x[i] = 0.4 * sin(1.7 * (double)i + 0.3);
  clino_sweep *sweep;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(mlp_tanh, NULL, 66, x, entries, 4, NULL, &sweep, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sweep_count(sweep), 4);
  for (size_t i = 0; i < 4; i++) {
    const clino_sweep_curve *c = clino_sweep_at(sweep, i);
    CU_ASSERT_EQUAL(c->flat, entries[i].flat);
    CU_ASSERT_STRING_EQUAL(c->tensor, "x");
    CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
    CU_ASSERT_TRUE(isnan(c->forward.order) || fabs(c->forward.order - 1) < 0.1);
    CU_ASSERT_TRUE(isnan(c->centered.order) || fabs(c->centered.order - 2) < 0.1);
    CU_ASSERT_TRUE(c->centered.best_error / c->scale < 1e-6);
  }
  clino_sweep_free(sweep);
}

static void noise_is_that_of_the_function(void) {
  clino_sweep *sweep;
  const clino_sweep_curve *c = look(sine, 0.7, 1, 1, 1e8, 1, &sweep);
  /* Values near 1e8 are 1.5e-8 apart: uniform rounding has a deviation of 0.29 of that. */
  CU_ASSERT_TRUE(c->noise > 1.5e-9 && c->noise < 1.2e-8);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  CU_ASSERT_DOUBLE_EQUAL(c->forward.order, 1, 0.1);
  clino_sweep_free(sweep);
  c = look(single, 0.7, 1, 1, 0, 1, &sweep);
  CU_ASSERT_TRUE(c->noise > 5e-9 && c->noise < 1e-7);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  clino_sweep_free(sweep);
  c = look(sine, 0.7, 1, 1e-9, 1e8, 1, &sweep);
  CU_ASSERT_NOT_EQUAL(c->shape, CLINO_SWEEP_FLOOR);
  clino_sweep_free(sweep);
}

static void a_line_has_no_orders(void) {
  clino_sweep *sweep;
  const clino_sweep_curve *c = look(line, 0.7, 1, 1, 0, 1, &sweep);
  CU_ASSERT_TRUE(isnan(c->forward.order) && isnan(c->centered.order));
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  CU_ASSERT_TRUE(c->centered.best_error < 1e-14);
  clino_sweep_free(sweep);
  expect_shape(constant, 0.7, 1, CLINO_SWEEP_RIGHT, "flat");
  expect_shape(cubic, 0, 1, CLINO_SWEEP_RIGHT, "flat");
  expect_shape(oscillation, 1.1, 1, CLINO_SWEEP_RIGHT, "V-shaped");
  expect_shape(soft, 0.7, 1, CLINO_SWEEP_RIGHT, "V-shaped");
}

/* ---- wrong ---- */

static void a_wrong_value_has_a_floor(void) {
  static const double factors[] = {1.04, 1.0001, 1 + 1e-6, -1, 0, 1e9};
  for (size_t i = 0; i < 6; i++) {
    clino_sweep *sweep;
    const clino_sweep_curve *c = look(exponential, 0.7, 1e-5, 1e8, 0, factors[i], &sweep);
    double wrong = clino_relative_error(factors[i], 1), seen = c->centered.best_error / c->scale;
    CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_FLOOR);
    CU_ASSERT_TRUE(seen > 0.3 * wrong && seen < 2.1);
    CU_ASSERT_PTR_NOT_NULL(strstr(c->judgement, "floor at"));
    CU_ASSERT_DOUBLE_EQUAL(c->numeric, exp(0.7) * 1e13, 1e-8 * 1e13);
    clino_sweep_free(sweep);
  }
  expect_shape(exponential, 0.7, (double)NAN, CLINO_SWEEP_NONFINITE, "analytic value is nan");
  expect_shape(logarithm, -1.3, 1, CLINO_SWEEP_NONFINITE, "at the point itself");
  double x = (double)INFINITY;
  scaled s = {sine, 1, 1, 0, 1};
  clino_sweep *sweep;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(objective, &s, 1, &x, &first, 1, NULL, &sweep, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sweep_at(sweep, 0)->shape, CLINO_SWEEP_NONFINITE);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_sweep_at(sweep, 0)->judgement, "coordinate"));
  clino_sweep_free(sweep);
}

typedef struct spoiled {
  const sample_problem *p;
  double scale, factor;
  size_t entry;
} spoiled;

static int spoiled_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const spoiled *s = ctx;
  int status = s->p->f(n, x, f, grad, NULL);
  *f *= s->scale;
  for (size_t i = 0; grad && i < n; i++) grad[i] *= i == s->entry ? s->scale * s->factor : s->scale;
  return status;
}

/* No right gradient has a floor, and every entry that is off by 1% has, where the derivative is not 0 or hidden. */
static void objectives_of_all_kinds(void) {
  static const double scales[] = {1, 1e-12, 1e8};
  size_t missed = 0, hidden = 0, judged = 0;
  for (size_t i = 0; i < 3 * (n_smooth_problems + n_hard_problems); i++) {
    size_t k = i / 3;
    const sample_problem *problem = k < n_smooth_problems ? &smooth_problems[k] : &hard_problems[k - n_smooth_problems];
    spoiled s = {problem, scales[i % 3], 1, 0};
    double x[MOST_N];
    s.p->point(s.p->n, x);
    for (s.entry = 0; s.entry < s.p->n; s.entry++) {
      clino_sweep_entry entry = {NULL, s.entry};
      clino_sweep *right, *wrong;
      s.factor = 1;
      CU_ASSERT_EQUAL_FATAL(clino_step_sweep(spoiled_objective, &s, s.p->n, x, &entry, 1, NULL, &right, NULL), 0);
      s.factor = 1.01;
      CU_ASSERT_EQUAL_FATAL(clino_step_sweep(spoiled_objective, &s, s.p->n, x, &entry, 1, NULL, &wrong, NULL), 0);
      clino_sweep_shape shape = clino_sweep_at(right, 0)->shape;
      CU_ASSERT_TRUE(shape == CLINO_SWEEP_RIGHT || shape == CLINO_SWEEP_KINK || shape == CLINO_SWEEP_NOISE);
      hidden += shape == CLINO_SWEEP_NOISE;
      if (clino_sweep_at(right, 0)->analytic != 0 && shape != CLINO_SWEEP_NOISE)
        judged++, missed += clino_sweep_at(wrong, 0)->shape != CLINO_SWEEP_FLOOR;
      clino_sweep_free(right);
      clino_sweep_free(wrong);
    }
  }
  CU_ASSERT_EQUAL(missed, 0);
  CU_ASSERT_TRUE(judged > 1000 && hidden < judged / 100);
}

/* ---- kinks ---- */

static void a_kink_is_found_at_its_distance(void) {
  static const double distances[] = {1e-3, 3e-5, 1e-7, -1e-7, 2e-9, 1e-11};
  for (size_t i = 0; i < 6; i++) {
    clino_sweep *sweep;
    kink_at = 0.7 + distances[i];
    const clino_sweep_curve *c = look(bent, 0.7, 1, 1, 0, 1, &sweep);
    CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_KINK);
    CU_ASSERT_TRUE(c->kink_distance > 0.5 * fabs(distances[i]) && c->kink_distance < 2 * fabs(distances[i]));
    CU_ASSERT_PTR_NOT_NULL(strstr(c->judgement, "error jumps"));
    clino_sweep_free(sweep);
    c = look(bent, 0.7, 1, 1, 0, 1.1, &sweep);
    CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_FLOOR);
    clino_sweep_free(sweep);
  }
}

static void a_kink_at_the_point_is_seen(void) {
  kink_at = 0.7;
  clino_sweep *sweep;
  const clino_sweep_curve *c = look(bent, 0.7, 1, 1, 0, 1, &sweep);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_KINK);
  CU_ASSERT_EQUAL(c->kink_distance, 0);
  CU_ASSERT_DOUBLE_EQUAL(c->left, cos(0.7), 1e-4);
  CU_ASSERT_DOUBLE_EQUAL(c->right, cos(0.7) + 0.5, 1e-4);
  CU_ASSERT_TRUE(isnan(c->centered.order));
  clino_sweep_free(sweep);
  expect_shape(bent, 0.7, 3, CLINO_SWEEP_FLOOR, "outside");
  kink_at = 0.7 + 1e-15;
  expect_shape(bent, 0.7, 1, CLINO_SWEEP_KINK, "point itself");
}

/* ---- domains, bounds ---- */

static double least_seen, most_seen;

static int watched(size_t n, const double *x, double *f, double *grad, void *ctx) {
  least_seen = fmin(least_seen, x[0]);
  most_seen = fmax(most_seen, x[0]);
  return objective(n, x, f, grad, ctx);
}

static void bounds_are_kept(void) {
  scaled s = {sine, 1, 1, 0, 1};
  double x = 0.7, lower = 0.65, upper = 0.7;
  clino_sweep_options o = clino_sweep_options_default();
  clino_sweep *sweep;
  o.lower = &lower, o.upper = &upper;
  least_seen = most_seen = x;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(watched, &s, 1, &x, &first, 1, &o, &sweep, NULL), CLINO_OK);
  const clino_sweep_curve *c = clino_sweep_at(sweep, 0);
  CU_ASSERT_TRUE(least_seen >= lower && most_seen <= upper);
  CU_ASSERT_EQUAL(c->direction, -1);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  CU_ASSERT_DOUBLE_EQUAL(c->forward.order, 1, 0.1);
  CU_ASSERT_TRUE(isnan(c->centered.order) && isnan(c->points[3].centered));
  clino_sweep_free(sweep);
  upper = 0.69;
  clino_error error;
  CU_ASSERT_EQUAL(clino_step_sweep(objective, &s, 1, &x, &first, 1, &o, &sweep, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "element 0"));
  CU_ASSERT_PTR_NULL(sweep);
}

static void a_domain_with_an_edge_is_no_trouble(void) {
  clino_sweep_options o = clino_sweep_options_default();
  scaled s = {logarithm, 1, 1, 0, 1};
  double x = 1e-9;
  clino_sweep *sweep;
  o.scale = 1;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep(objective, &s, 1, &x, &first, 1, &o, &sweep, NULL), CLINO_OK);
  const clino_sweep_curve *c = clino_sweep_at(sweep, 0);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  CU_ASSERT_TRUE(isnan(c->points[c->n - 1].centered) && isfinite(c->points[c->n - 1].forward));
  CU_ASSERT_DOUBLE_EQUAL(c->forward.order, 1, 0.1);
  clino_sweep_free(sweep);
}

/* ---- models ---- */

typedef struct toy {
  float w[3], dw[3];
  double b[4], db[4], strided[2];
  int fail_at, calls, value;
  bool random;
} toy;

static int toy_loss(double *loss, void *ctx) {
  toy *t = ctx;
  if (++t->calls == t->fail_at) return t->value;
  *loss = exp((double)t->w[1]) * t->b[2] + sin((double)t->w[0]) + t->b[0] * t->b[0] * t->b[0] + t->b[2] * t->b[2];
  if (t->random) *loss += 1e-3 * t->calls;
  return 0;
}

static int toy_backward(void *ctx) {
  toy *t = ctx;
  if (++t->calls == t->fail_at) return t->value;
  t->dw[0] += cosf(t->w[0]);
  t->dw[1] += (float)(exp((double)t->w[1]) * t->b[2]);
  t->db[0] = 3 * t->b[0] * t->b[0], t->db[1] = 0;
  t->db[2] = exp((double)t->w[1]) + 2 * t->b[2];
  return 0;
}

static toy toy_new(void) {
  toy t = {.w = {0.7f, -0.31f, 2}, .b = {1.3, -0.7, 0.45, -0.0}, .value = 17};
  for (int i = 0; i < 3; i++) t.dw[i] = 0.5f + (float)i;
  for (int i = 0; i < 4; i++) t.db[i] = -7.25 + i;
  return t;
}

static void memory_is_put_back_on_every_path(void) {
  for (int fail_at = 0; fail_at < 130; fail_at += fail_at < 6 ? 1 : 31) {
    toy t = toy_new(), before;
    t.fail_at = fail_at;
    before = t;
    clino_tensor tensors[] = {CLINO_TENSOR_F32("w", t.w, t.dw, 3), CLINO_TENSOR_F64("b", t.b, t.db, 2, 2)};
    clino_model m = {2, tensors, toy_loss, toy_backward, &t};
    clino_sweep_entry entries[] = {{"w", 1}, {"b", 2}, {NULL, 3}};
    clino_sweep *sweep;
    clino_error error;
    clino_status status = clino_step_sweep_model(&m, entries, 3, NULL, &sweep, &error);
    CU_ASSERT_EQUAL(status, fail_at ? CLINO_ERR_CALLBACK : CLINO_OK);
    if (fail_at) CU_ASSERT_EQUAL(error.callback_value, 17);
    if (fail_at) CU_ASSERT_PTR_NOT_NULL(strstr(error.message, fail_at == 3 ? "backward" : "loss"));
    CU_ASSERT_EQUAL(memcmp(t.w, before.w, sizeof t.w) | memcmp(t.dw, before.dw, sizeof t.dw), 0);
    CU_ASSERT_EQUAL(memcmp(t.b, before.b, sizeof t.b) | memcmp(t.db, before.db, sizeof t.db), 0);
    CU_ASSERT_EQUAL(clino_sweep_count(sweep), fail_at ? 0 : 3);
    clino_sweep_free(sweep);
  }
}

static void single_precision_takes_steps_it_can_store(void) {
  toy t = toy_new();
  clino_tensor tensors[] = {CLINO_TENSOR_F32("w", t.w, t.dw, 3), CLINO_TENSOR_F64("b", t.b, t.db, 2, 2)};
  clino_model m = {2, tensors, toy_loss, toy_backward, &t};
  clino_sweep_entry entries[] = {{"w", 0}, {"b", 2}};
  clino_sweep *sweep;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep_model(&m, entries, 2, NULL, &sweep, NULL), CLINO_OK);
  const clino_sweep_curve *c = clino_sweep_at(sweep, 0);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  for (size_t k = 0; k < c->n; k++) {
    double to = (double)t.w[0] + c->points[k].forward_step;
    CU_ASSERT_TRUE((double)(float)to == to);
    CU_ASSERT_TRUE(k == 0 || c->points[k].centered_step > c->points[k - 1].centered_step);
  }
  CU_ASSERT_DOUBLE_EQUAL(c->forward.order, 1, 0.1);
  c = clino_sweep_at(sweep, 1);
  CU_ASSERT_EQUAL(c->n_dims, 2);
  CU_ASSERT_TRUE(c->index[0] == 1 && c->index[1] == 0);
  CU_ASSERT_EQUAL(c->shape, CLINO_SWEEP_RIGHT);
  clino_sweep_free(sweep);
  t.random = true;
  CU_ASSERT_EQUAL_FATAL(clino_step_sweep_model(&m, entries, 1, NULL, &sweep, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sweep_at(sweep, 0)->shape, CLINO_SWEEP_RANDOM);
  clino_sweep_free(sweep);
}

/* ---- refused ---- */

static void expect_refused(const clino_sweep_entry *entries, size_t n, const clino_sweep_options *o, const char *word) {
  toy t = toy_new();
  clino_tensor tensors[] = {CLINO_TENSOR_F32("w", t.w, t.dw, 3), CLINO_TENSOR_F64("b", t.b, t.db, 2, 2),
                            CLINO_TENSOR_F64("labels", t.strided, (double *)NULL, 1),
                            CLINO_TENSOR_F64("labels", t.strided + 1, (double *)NULL, 1)};
  clino_model m = {4, tensors, toy_loss, toy_backward, &t};
  clino_sweep *sweep = (clino_sweep *)&t;
  clino_error error;
  CU_ASSERT_EQUAL(clino_step_sweep_model(&m, entries, n, o, &sweep, &error), CLINO_ERR_RANGE);
  if (!strstr(error.message, word)) CU_assertImplementation(CU_FALSE, __LINE__, error.message, word, "", CU_FALSE);
  CU_ASSERT_PTR_NULL(sweep);
  CU_ASSERT_EQUAL(t.calls, 0);
}

static void what_cannot_be_is_refused(void) {
  clino_sweep_options o = clino_sweep_options_default();
#define REFUSED(word, field, ...) \
  (o = clino_sweep_options_default(), o.field = (__VA_ARGS__), expect_refused(&first, 1, &o, word))
  REFUSED("smallest", smallest, 0);
  REFUSED("smallest", smallest, (double)NAN);
  REFUSED("largest", largest, 1e-15);
  REFUSED("largest", largest, (double)INFINITY);
  REFUSED("per_decade", per_decade, 0);
  REFUSED("per_decade", per_decade, 101);
  REFUSED("scale", scale, 0);
  REFUSED("scale", scale, (double)NAN);
  REFUSED("clino_sweep_options_default", struct_size, 0);
  expect_refused(&first, 0, NULL, "n_entries is 0");
  expect_refused(NULL, 1, NULL, "entries is NULL");
  expect_refused(&(clino_sweep_entry){NULL, 7}, 1, NULL, "entry 7 is not among 7");
  expect_refused(&(clino_sweep_entry){"w", 3}, 1, NULL, "element 3 is not among 3");
  expect_refused(&(clino_sweep_entry){"v", 0}, 1, NULL, "no tensor is called v");
  expect_refused(&(clino_sweep_entry){"labels", 0}, 1, NULL, "two tensors are called labels");
  scaled s = {sine, 1, 1, 0, 1};
  double x = 1;
  clino_sweep *sweep;
  CU_ASSERT_EQUAL(clino_step_sweep(NULL, &s, 1, &x, &first, 1, NULL, &sweep, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_step_sweep(objective, &s, 1, NULL, &first, 1, NULL, &sweep, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_step_sweep(objective, &s, 0, &x, &first, 1, NULL, &sweep, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_step_sweep(objective, &s, 1, &x, &first, 1, NULL, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_step_sweep_model(NULL, &first, 1, NULL, &sweep, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_step_sweep_model(NULL, &first, 1, NULL, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_sweep_count(NULL), 0);
  CU_ASSERT_PTR_NULL(clino_sweep_at(NULL, 0));
  clino_sweep_free(NULL);
  CU_ASSERT_STRING_EQUAL(clino_sweep_shape_name(CLINO_SWEEP_KINK), "kink");
  CU_ASSERT_STRING_EQUAL(clino_sweep_shape_name((clino_sweep_shape)6), "unknown");
}

/* ---- written ---- */

typedef struct buffer {
  char text[1 << 17];
  size_t size;
} buffer;

static int keep(const char *text, size_t size, void *ctx) {
  buffer *b = ctx;
  CU_ASSERT_TRUE_FATAL(size < sizeof b->text);
  memcpy(b->text, text, size);
  b->text[b->size = size] = '\0';
  return 0;
}

static int refuse(const char *text, size_t size, void *ctx) { return (void)text, (void)size, (void)ctx, 5; }

static buffer written, again;

static void what_is_written_reads_back(void) {
  clino_sweep *sweep;
  const clino_sweep_curve *c = look(sine, 0.7, 1, 1, 0, 1, &sweep);
  CU_ASSERT_EQUAL(clino_sweep_csv(sweep, keep, &written, NULL), CLINO_OK);
  char *row = strchr(written.text, '\n') + 1;
  for (size_t k = 0; k < c->n; k++, row = strchr(row, '\n') + 1) {
    CU_ASSERT_EQUAL_FATAL(strncmp(row, "x,0,", 4), 0);
    char *at = row + 4;
    const double expected[] = {c->value, c->analytic, c->points[k].step, c->points[k].forward_step};
    for (int i = 0; i < 4; i++, at++) CU_ASSERT_EQUAL(strtod(at, &at), expected[i]);
  }
  CU_ASSERT_EQUAL(*row, '\0');
  CU_ASSERT_EQUAL(clino_sweep_text(sweep, keep, &written, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(written.text, "x[0]: right: V-shaped"));
  CU_ASSERT_EQUAL(clino_sweep_svg(sweep, 0, keep, &written, NULL), CLINO_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(written.text, "slope -1: noise"));
  CU_ASSERT_PTR_NOT_NULL(strstr(written.text, ">slope 2<"));
  if (comma_enter()) {
    CU_ASSERT_EQUAL(clino_sweep_svg(sweep, 0, keep, &again, NULL), CLINO_OK);
    comma_leave();
    CU_ASSERT_STRING_EQUAL(again.text, written.text);
  }
  clino_error error;
  CU_ASSERT_EQUAL(clino_sweep_svg(sweep, 1, keep, &written, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_sweep_svg(NULL, 0, keep, &written, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_sweep_csv(sweep, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_sweep_text(NULL, keep, &written, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_sweep_svg(sweep, 0, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(error.callback_value, 5);
  CU_ASSERT_EQUAL(clino_sweep_csv(sweep, refuse, NULL, &error), CLINO_ERR_CALLBACK);
  clino_sweep_free(sweep);
}

static void every_allocation_may_fail(void) {
  if (!allocations_known()) return;
  scaled s = {sine, 1, 1, 0, 1};
  double x = 0.7;
  long n = 0;
  for (bool failed = true; failed; n++) {
    long live = allocations_live();
    unsigned long count = allocations_count();
    clino_sweep *sweep;
    allocations_fail_after(n);
    clino_status status = clino_step_sweep(objective, &s, 1, &x, &first, 1, NULL, &sweep, NULL);
    if (!status) status = clino_sweep_svg(sweep, 0, keep, &written, NULL);
    if (!status) status = clino_sweep_csv(sweep, keep, &written, NULL);
    if (!status) status = clino_sweep_text(sweep, keep, &written, NULL);
    allocations_fail_after(-1);
    failed = allocations_count() - count > (unsigned long)n;
    clino_sweep_free(sweep);
    CU_ASSERT_EQUAL(status, failed ? CLINO_ERR_MEMORY : CLINO_OK);
    CU_ASSERT_EQUAL(allocations_live(), live);
  }
  CU_ASSERT_TRUE(n > 20);
}

void suite_sweep(CU_pSuite suite);
void suite_sweep(CU_pSuite suite) {
  TEST(suite, orders_are_1_and_2_at_every_scale);
  TEST(suite, a_net_has_the_orders_too);
  TEST(suite, noise_is_that_of_the_function);
  TEST(suite, a_line_has_no_orders);
  TEST(suite, a_wrong_value_has_a_floor);
  TEST(suite, objectives_of_all_kinds);
  TEST(suite, a_kink_is_found_at_its_distance);
  TEST(suite, a_kink_at_the_point_is_seen);
  TEST(suite, bounds_are_kept);
  TEST(suite, a_domain_with_an_edge_is_no_trouble);
  TEST(suite, memory_is_put_back_on_every_path);
  TEST(suite, single_precision_takes_steps_it_can_store);
  TEST(suite, what_cannot_be_is_refused);
  TEST(suite, what_is_written_reads_back);
  TEST(suite, every_allocation_may_fail);
}
