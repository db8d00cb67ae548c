/* A point: what it tells, that everything is put back, its noise. */
#include "clino/point.h"

#include <math.h>
#include <string.h>

#include "support/allocations.h"
#include "support/objectives.h"
#include "support/random.h"
#include "support/suite.h"

/* f = sum of sin(w_i + b) over single-precision w in place; b in double. */
typedef struct sines {
  float w[6], dw[6];
  double b, db;
  int calls, fail_at;
  clino_tensor tensors[2];
} sines;

static int sines_loss(double *loss, void *ctx) {
  sines *s = ctx;
  if (++s->calls == s->fail_at) return 23;
  *loss = 0;
  for (int i = 0; i < 6; i += 2) *loss += sin((double)s->w[i] + s->b);
  return 0;
}

static int sines_backward(void *ctx) {
  sines *s = ctx;
  s->db = 0;
  for (int i = 0; i < 6; i += 2) {
    s->dw[i] = (float)cos((double)s->w[i] + s->b);
    s->db += cos((double)s->w[i] + s->b);
  }
  return 0;
}

static clino_model sines_model(sines *s) {
  static const ptrdiff_t stride[1] = {2};
  memset(s, 0, sizeof *s);
  for (int i = 0; i < 6; i++) s->w[i] = 0.37f * (float)(i + 1), s->dw[i] = 5.5f;
  s->b = 0.21, s->db = 8.5;
  s->tensors[0] = CLINO_TENSOR_F32("w", s->w, s->dw, 3);
  s->tensors[0].strides = stride;
  s->tensors[1] = CLINO_TENSOR_F64("b", &s->b, &s->db, 1);
  return (clino_model){2, s->tensors, sines_loss, sines_backward, s};
}

static void a_model_is_put_back(void) {
  sines s, before;
  clino_model model = sines_model(&s);
  before = s;
  clino_point *point = NULL;
  CU_ASSERT_EQUAL(clino_point_new_model(&model, NULL, &point, NULL), CLINO_OK);
  memset(s.tensors, 0, sizeof s.tensors); /* were copied */
  clino_point_info info = clino_point_get_info(point);
  CU_ASSERT(info.verdict == CLINO_VERDICT_PASS && info.entries == 4 && info.single && info.gradients == 2);
  const double d[4] = {0.5, -1, 0.25, 2};
  double f, g[4];
  CU_ASSERT_EQUAL(clino_point_value_at(point, NULL, 0.125, d, &f, NULL), CLINO_OK);
  double expected = 0, slope = 0;
  for (int i = 0; i < 3; i++) expected += sin((double)(float)((double)s.w[2 * i] + 0.125 * d[i]) + s.b + 0.25);
  CU_ASSERT_DOUBLE_EQUAL(f, expected, 1e-12);
  CU_ASSERT_EQUAL(memcmp(s.w, before.w, sizeof s.w), 0);
  CU_ASSERT_EQUAL(clino_point_gradient_at(point, d, 0, NULL, &f, g, NULL), CLINO_OK);
  for (int i = 0; i < 3; i++) slope += cos((double)(float)((double)s.w[2 * i] + d[i]) + s.b + 2);
  CU_ASSERT_DOUBLE_EQUAL(g[3], slope, 1e-12);
  CU_ASSERT_EQUAL(memcmp(s.w, before.w, sizeof s.w), 0);
  CU_ASSERT_EQUAL(s.b, before.b);
  clino_point_free(point);
  CU_ASSERT_EQUAL(memcmp(s.dw, before.dw, sizeof s.dw), 0);
  CU_ASSERT_EQUAL(s.db, 8.5);
}

static void an_objective(void) {
  double x[20], g[20], f;
  random_fill(4, x, 20, -1, 1);
  clino_point *point = NULL;
  CU_ASSERT_EQUAL(clino_point_new(softmax_regression, NULL, 20, x, NULL, &point, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(softmax_regression(20, x, &f, g, NULL), 0);
  CU_ASSERT_EQUAL(memcmp(g, clino_point_gradient(point), sizeof g), 0);
  CU_ASSERT_EQUAL(memcmp(x, clino_point_x(point), sizeof x), 0);
  CU_ASSERT_EQUAL(clino_point_get_info(point).value, f);
  double scales[20];
  clino_point_scales(point, scales);
  for (int i = 0; i < 20; i++) CU_ASSERT(scales[i] >= fabs(x[i]) && scales[i] <= 1);
  clino_point_noise noise;
  CU_ASSERT_EQUAL(clino_point_measure_noise(point, g, &noise, NULL), CLINO_OK);
  CU_ASSERT(noise.value > 0 && noise.value < 1e-14 && noise.gradient > 0 && noise.gradient < 1e-14);
  clino_point_free(point);
}

static int rough(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  int status = softmax_regression(n, x, f, grad, NULL);
  *f = (double)(float)*f;
  for (size_t i = 0; grad && i < n; i++) grad[i] = (double)(float)grad[i];
  return status;
}

static void noise_of_single_precision(void) {
  double x[20];
  random_fill(5, x, 20, -1, 1);
  clino_point *point = NULL;
  clino_point_noise noise;
  CU_ASSERT_EQUAL(clino_point_new(rough, NULL, 20, x, NULL, &point, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_point_measure_noise(point, x, &noise, NULL), CLINO_OK);
  CU_ASSERT(noise.value > 3e-9 && noise.value < 3e-7 && noise.gradient > 3e-10 && noise.gradient < 3e-7);
  clino_point_free(point);
}

static int spoiled(size_t n, const double *x, double *f, double *grad, void *ctx) {
  int status = softmax_regression(n, x, f, grad, NULL);
  if (*(int *)ctx == 0) *f = NAN;
  if (*(int *)ctx == 1 && grad) grad[7] = INFINITY;
  return status;
}

static void preconditions(void) {
  double x[20];
  random_fill(6, x, 20, -1, 1);
  for (int kind = 0; kind < 3; kind++) {
    clino_point *point = NULL;
    CU_ASSERT_EQUAL(clino_point_new(spoiled, &kind, 20, x, NULL, &point, NULL), CLINO_OK);
    clino_point_info info = clino_point_get_info(point);
    CU_ASSERT_EQUAL(info.verdict, kind == 2 ? CLINO_VERDICT_PASS : CLINO_VERDICT_NONFINITE);
    if (kind == 1) CU_ASSERT_EQUAL(info.entry.flat, 7);
    clino_point_free(point);
  }
}

static void errors(void) {
  double x[4] = {1, 2, 3, 4}, f, g[4];
  clino_point *point = NULL;
  clino_error error;
  clino_point_options o = clino_point_options_default();
  CU_ASSERT_EQUAL(clino_point_new(quadratic, NULL, 4, x, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_new(NULL, NULL, 4, x, NULL, &point, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_new(quadratic, NULL, 0, x, NULL, &point, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "n is 0"));
  o.grad_mode = (clino_grad_mode)9;
  CU_ASSERT_EQUAL(clino_point_new(quadratic, NULL, 4, x, &o, &point, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "grad_mode"));
  memset(&o, 0, sizeof o);
  CU_ASSERT_EQUAL(clino_point_new(quadratic, NULL, 4, x, &o, &point, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NULL(point);
  CU_ASSERT_EQUAL(clino_point_new_model(NULL, NULL, &point, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_value_at(NULL, NULL, 0, NULL, &f, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_gradient_at(NULL, NULL, 0, NULL, &f, g, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_get_info(NULL).entries, 0);
  CU_ASSERT_PTR_NULL(clino_point_x(NULL));
  CU_ASSERT_PTR_NULL(clino_point_gradient(NULL));
  clino_point_free(NULL);
  CU_ASSERT_EQUAL(clino_point_new(quadratic, NULL, 4, x, NULL, &point, &error), CLINO_OK);
  clino_point_noise noise;
  const double zeros[4] = {0, 0, 0, 0}, bad[4] = {1, NAN, 0, 0};
  CU_ASSERT_EQUAL(clino_point_measure_noise(point, zeros, &noise, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_point_measure_noise(point, bad, &noise, &error), CLINO_ERR_RANGE);
  clino_point_free(point);
}

static void callbacks_that_fail(void) {
  for (int at = 1; at < 12; at++) {
    sines s, before;
    clino_model model = sines_model(&s);
    clino_point *point = NULL;
    clino_error error = {.code = CLINO_OK};
    const double d[4] = {0.5, -1, 0.25, 2};
    clino_point_noise noise;
    before = s;
    s.fail_at = at;
    clino_status status = clino_point_new_model(&model, NULL, &point, &error);
    if (!status) status = clino_point_measure_noise(point, d, &noise, &error);
    CU_ASSERT(status == CLINO_OK || (status == CLINO_ERR_CALLBACK && error.callback_value == 23));
    CU_ASSERT_EQUAL(status == CLINO_OK, s.calls < at);
    CU_ASSERT_EQUAL(memcmp(s.w, before.w, sizeof s.w), 0);
    clino_point_free(point);
    CU_ASSERT_EQUAL(memcmp(s.dw, before.dw, sizeof s.dw), 0);
  }
}

void suite_point(CU_pSuite suite) {
  TEST(suite, a_model_is_put_back);
  TEST(suite, an_objective);
  TEST(suite, noise_of_single_precision);
  TEST(suite, preconditions);
  TEST(suite, errors);
  TEST(suite, callbacks_that_fail);
}
