/* The worked examples on digits: gradients of the nets, what every rule comes to, initial weights, noise of weights. */
#include <math.h>

#include "clino/activation.h"
#include "clino/weight_noise.h"
#include "support/suite.h"
#include "worked/training.h"

static data digits_data;
static int opened(void) { return digits_data.train.n ? 0 : data_read(&digits_data); }

static void net_passes(dnet_config c, const digits *batch) {
  dnet *n = dnet_new(c);
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  n->batch = *batch;
  clino_model model = dnet_model(n);
  clino_gradcheck_result result;
  CU_ASSERT_EQUAL(gradcheck_model(&model, NULL, &result, NULL), CLINO_OK);
  CU_ASSERT_TRUE(clino_gradcheck_accepted(&result));
  dnet_free(n);
}

static void gradients_are_right(void) {
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  digits few = {7, digits_data.train.pixels, digits_data.train.label};
  for (int loss = 0; loss < 2; loss++) {
    net_passes(dnet_plain(0, DNET_RELU, (dnet_loss)loss), &few);
    for (int f = 0; f < 2; f++) {
      dnet_config c = dnet_plain(6, (dnet_activation)f, (dnet_loss)loss);
      c.l2 = 0.013;
      c.layers = 3;
      net_passes(c, &few);
    }
  }
}

/* Trains a net; the mean training loss, and the validation accuracy. */
static double after(dnet_config c, clino_optimizer_options rule, size_t batch, size_t steps, double *accuracy) {
  dnet *n = dnet_new(c);
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  training t = {.rule = rule, .batch = batch, .steps = steps, .seed = 1};
  CU_ASSERT_EQUAL(train_net(n, &t, &digits_data.train), 0);
  double loss = dnet_evaluate(n, &digits_data.train, NULL);
  dnet_evaluate(n, &digits_data.validation, accuracy);
  dnet_free(n);
  return loss;
}

static void every_rule_trains_every_model(void) {
  static const struct {
    const char *rule;
    double rate;
  } rules[] = {{"gradient-descent", 0.1}, {"momentum", 0.05}, {"nesterov", 0.05}, {"adagrad", 0.03},
               {"adadelta", 1}, {"rmsprop", 0.001}, {"adam", 0.003}, {"adamw", 0.003}};
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    for (int k = 0; k < 3; k++) {
      double accuracy;
      clino_optimizer_options o = clino_optimizer_options_default(rules[i].rule);
      o.rate = rules[i].rate;
      after(dnet_plain(k == 2 ? 16 : 0, DNET_RELU, k == 1 ? DNET_HINGE : DNET_SOFTMAX), o, 50, 280, &accuracy);
      CU_ASSERT_TRUE(accuracy > 0.8);
    }
}

/* The deviation of the last hidden layer's outputs, of six layers of weights. */
static double last_deviation(clino_init_scheme scheme, double scale, dnet_activation f) {
  dnet_config c = dnet_plain(50, f, DNET_SOFTMAX);
  double loss, sum = 0, squares = 0;
  c.layers = 6, c.batch = 200;
  c.init.scheme = scheme, c.init.scale = scale;
  dnet *n = dnet_new(c);
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  n->batch = (digits){200, digits_data.train.pixels, digits_data.train.label};
  dnet_forward(&loss, n);
  for (size_t i = 0; i < 200 * 50; i++) sum += n->a[4][i];
  for (size_t i = 0; i < 200 * 50; i++) squares += (n->a[4][i] - sum / 1e4) * (n->a[4][i] - sum / 1e4);
  dnet_free(n);
  return sqrt(squares / 1e4);
}

static void initial_weights_keep_or_lose_the_scale(void) {
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  CU_ASSERT_TRUE(last_deviation(CLINO_INIT_GAUSSIAN, 0.01, DNET_TANH) < 1e-5);
  CU_ASSERT_TRUE(last_deviation(CLINO_INIT_GAUSSIAN, 0.01, DNET_RELU) < 1e-6);
  CU_ASSERT_TRUE(last_deviation(CLINO_INIT_GAUSSIAN, 1, DNET_TANH) > 0.9);
  CU_ASSERT_TRUE(last_deviation(CLINO_INIT_GAUSSIAN, 1, DNET_RELU) > 500);
  double xavier = last_deviation(CLINO_INIT_XAVIER_NORMAL, 0.01, DNET_TANH);
  double he = last_deviation(CLINO_INIT_HE_NORMAL, 0.01, DNET_RELU);
  CU_ASSERT_TRUE(xavier > 0.2 && xavier < 0.5);
  CU_ASSERT_TRUE(he > 0.2 && he < 0.8);
  CU_ASSERT_TRUE(last_deviation(CLINO_INIT_XAVIER_NORMAL, 0.01, DNET_RELU) < he / 3);
}

static void trained_weights_are_smoother(void) {
  static const double l2[] = {0, 0.01};
  const ptrdiff_t strides[] = {1, 80, 10};
  double noise[3];
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  for (int i = 0; i < 3; i++) {
    dnet_config c = dnet_plain(0, DNET_RELU, DNET_SOFTMAX);
    c.l2 = i ? l2[i - 1] : 0;
    dnet *n = dnet_new(c);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    training t = {.rule = clino_optimizer_options_default("gradient-descent"), .batch = 50, .seed = 1};
    t.rule.rate = 0.1;
    t.steps = i ? 560 : 0;
    CU_ASSERT_EQUAL(train_net(n, &t, &digits_data.train), 0);
    clino_tensor w = CLINO_TENSOR_F64("W1", n->layer[0].W, NULL, 10, 8, 8);
    w.strides = strides;
    clino_weight_noise_stats stats;
    CU_ASSERT_EQUAL(clino_weight_noise(&w, &stats, NULL, NULL), CLINO_OK);
    noise[i] = stats.noise;
    if (!i) CU_ASSERT_DOUBLE_EQUAL(noise[0], 1, 4 * stats.deviation);
    dnet_free(n);
  }
  CU_ASSERT_TRUE(noise[1] < 0.75);
  CU_ASSERT_TRUE(noise[2] < noise[1]);
}

/* A rate that breaks the loss: the rest of what was asked for is NaN, and nothing else happens. */
static void a_loss_that_is_not_finite_ends_training(void) {
  double losses[40];
  CU_ASSERT_EQUAL_FATAL(opened(), 0);
  dnet *n = dnet_new(dnet_plain(4, DNET_RELU, DNET_SOFTMAX));
  CU_ASSERT_PTR_NOT_NULL_FATAL(n);
  training t = {.rule = clino_optimizer_options_default("gradient-descent"), .batch = 50, .steps = 40, .seed = 1};
  t.rule.rate = 1e200;
  t.losses = losses;
  CU_ASSERT_EQUAL(train_net(n, &t, &digits_data.train), 0);
  CU_ASSERT_TRUE(isfinite(losses[0]) && isnan(losses[39]));
  dnet_free(n);
}

static void close_data(void) {
  data_free(&digits_data);
  digits_data = (data){{0, NULL, NULL}, {0, NULL, NULL}, {0, NULL, NULL}};
}

void suite_worked_training(CU_pSuite suite);
void suite_worked_training(CU_pSuite suite) {
  TEST(suite, gradients_are_right);
  TEST(suite, every_rule_trains_every_model);
  TEST(suite, initial_weights_keep_or_lose_the_scale);
  TEST(suite, trained_weights_are_smoother);
  TEST(suite, a_loss_that_is_not_finite_ends_training);
  TEST(suite, close_data);
}
