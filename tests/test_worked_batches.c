/* The worked example of batches: the noise of their gradients, poor optimization against poor generalization. */
#include <math.h>

#include "clino/spectrum.h"
#include "support/suite.h"
#include "worked/measure.h"
#include "worked/training.h"

static data digits_data;
static int opened(void) { return digits_data.train.n ? 0 : data_read(&digits_data); }

static dnet *trained(size_t batch, size_t samples, size_t steps) {
  dnet *n = dnet_new(dnet_plain(16, DNET_TANH, DNET_SOFTMAX));
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  digits on = {samples, digits_data.train.pixels, digits_data.train.label};
  training t = {.rule = clino_optimizer_options_default("gradient-descent"), .batch = batch, .steps = steps, .seed = 1};
  t.rule.rate = 0.2;
  CU_ASSERT_EQUAL_FATAL(train_net(n, &t, &on), 0);
  return n;
}

/* Of B out of N drawn without return, |g_B - g|^2 is in the mean tr(S)/B (1 - B/N) N/(N - 1). */
static void noise_falls_as_the_root_of_the_batch(void) {
  static const double sizes[] = {10, 40, 160, 640};
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  dnet *n = trained(50, 1400, 100);
  double first = 0;
  for (size_t i = 0; i < 4; i++) {
    double noise, size;
    CU_ASSERT_EQUAL(measure_noise(n, (size_t)sizes[i], &digits_data.train, &noise, &size), 0);
    double per_sample = noise * sqrt(sizes[i] / (1 - sizes[i] / 1400));
    if (!i) first = per_sample;
    CU_ASSERT_DOUBLE_EQUAL(per_sample / first, 1, 0.15);
  }
  double none, size;
  CU_ASSERT_EQUAL(measure_noise(n, 1400, &digits_data.train, &none, &size), 0);
  CU_ASSERT_EQUAL(none, 0);
  dnet_free(n);
}

static void score(dnet *n, size_t samples, double *train, double *validation) {
  digits on = {samples, digits_data.train.pixels, digits_data.train.label};
  dnet_evaluate(n, &on, train);
  dnet_evaluate(n, &digits_data.validation, validation);
  dnet_free(n);
}

static void few_steps_are_not_few_samples(void) {
  double train, validation;
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  score(trained(1400, 1400, 20), 1400, &train, &validation);
  CU_ASSERT_TRUE(train < 0.85 && fabs(train - validation) < 0.05); /* poor optimization */
  score(trained(5, 60, 1200), 60, &train, &validation);
  CU_ASSERT_TRUE(train > 0.99 && validation < 0.9); /* poor generalization */
  score(trained(50, 1400, 560), 1400, &train, &validation);
  CU_ASSERT_TRUE(train > 0.96 && validation > 0.94);
}

/* Hutchinson's estimate and ARPACK's eigenvalue against the whole Hessian, of a net small enough for that. */
static void curvature_is_that_of_the_whole_hessian(void) {
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  digits few = {100, digits_data.train.pixels, digits_data.train.label};
  dnet *n = dnet_new(dnet_plain(2, DNET_TANH, DNET_SOFTMAX));
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  double highest, trace, estimate;
  CU_ASSERT_EQUAL(measure_curvature(n, &few, &highest, &estimate), 0);
  clino_model model = dnet_model(n);
  clino_spectrum_options o = clino_spectrum_options_default();
  clino_spectrum_result r;
  clino_point *point;
  o.dense_up_to = 4096;
  CU_ASSERT_EQUAL_FATAL(clino_point_new_model(&model, NULL, &point, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_spectrum(point, &o, &r, NULL), CLINO_OK);
  clino_point_free(point);
  trace = r.trace;
  CU_ASSERT_DOUBLE_EQUAL(highest / r.highest[0].value, 1, 1e-3);
  CU_ASSERT_DOUBLE_EQUAL(estimate / trace, 1, 0.5);
  dnet_free(n);
}

static void close_data(void) {
  data_free(&digits_data);
  digits_data = (data){{0, NULL, NULL}, {0, NULL, NULL}, {0, NULL, NULL}};
}

void suite_worked_batches(CU_pSuite suite);
void suite_worked_batches(CU_pSuite suite) {
  TEST(suite, noise_falls_as_the_root_of_the_batch);
  TEST(suite, few_steps_are_not_few_samples);
  TEST(suite, curvature_is_that_of_the_whole_hessian);
  TEST(suite, close_data);
}
