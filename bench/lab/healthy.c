#include "lab/healthy.h"

#include "net/rng.h"

typedef struct draw {
  rng random;
  lab_half half;
} draw;

static size_t one_of(draw *d, size_t n) { return rng_below(&d->random, n); }
static double between(draw *d, double low, double high) { return low + (high - low) * rng_uniform(&d->random); }

static size_t width(draw *d) {
  static const size_t widths[2][4] = {{20, 28, 36, 44}, {16, 24, 32, 48}};
  return widths[d->half][one_of(d, 4)];
}

/* A rate that suits the rule, give or take. */
typedef enum rule_kind { SGD, MOMENTUM, NESTEROV, ADAM, ADAMW, RMSPROP, ADAGRAD } rule_kind;

static void rule(draw *d, lab_recipe *r, rule_kind kind, double scale) {
  static const char *const names[] = {"gradient-descent", "momentum", "nesterov", "adam",
                                      "adamw",            "rmsprop",  "adagrad"};
  static const double rates[] = {0.2, 0.04, 0.04, 0.004, 0.004, 0.002, 0.04};
  r->rule = names[kind];
  r->rate = rates[kind] * scale * between(d, 0.7, 1.4);
}

static rule_kind either(draw *d, rule_kind a, rule_kind b) { return one_of(d, 2) ? a : b; }

static void any_rule(draw *d, lab_recipe *r) { rule(d, r, (rule_kind)one_of(d, 5), 1); }

/* The last layer as PyTorch makes it by default, or by Glorot as Keras does; hidden ones as their activation asks. */
static void dense_net(draw *d, lab_recipe *r, size_t layers, lab_activation activation) {
  r->layers = layers;
  r->width = width(d);
  r->activation = activation;
  r->glorot_last = one_of(d, 2);
  r->init = activation == LAB_RELU ? CLINO_INIT_HE_NORMAL : CLINO_INIT_XAVIER_NORMAL;
  /* Glorot's scale is that of a tanh; a sigmoid's slope is a quarter of it. */
  if (activation == LAB_SIGMOID) r->gain = 3;
}

static void batch(draw *d, lab_recipe *r) {
  static const size_t sizes[] = {16, 32, 64};
  r->batch = sizes[one_of(d, 3)];
}

/* ---- families ---- */

static void regression_softmax(draw *d, lab_recipe *r) { dense_net(d, r, 1, LAB_RELU), any_rule(d, r), batch(d, r); }
static void two_relu(draw *d, lab_recipe *r) { dense_net(d, r, 2, LAB_RELU), any_rule(d, r), batch(d, r); }
static void three_relu(draw *d, lab_recipe *r) { dense_net(d, r, 3, LAB_RELU), rule(d, r, MOMENTUM, 0.7), batch(d, r); }
static void three_tanh(draw *d, lab_recipe *r) { dense_net(d, r, 3, LAB_TANH), any_rule(d, r), batch(d, r); }

static void two_sigmoid(draw *d, lab_recipe *r) {
  dense_net(d, r, 2, LAB_SIGMOID);
  rule(d, r, either(d, RMSPROP, MOMENTUM), one_of(d, 2) ? 1 : 1.5);
}

static void iris_sigmoid(draw *d, lab_recipe *r) {
  r->task = LAB_IRIS, r->batch = 16, r->steps = 350;
  dense_net(d, r, 3, LAB_SIGMOID), rule(d, r, ADAM, 1);
}

static void four_warm(draw *d, lab_recipe *r) {
  dense_net(d, r, 4, LAB_RELU), rule(d, r, either(d, NESTEROV, ADAM), 0.7), batch(d, r);
  lab_recipe_schedule(r, CLINO_SCHEDULE_CONSTANT, 0, 0.1);
}

static void deep_tanh(draw *d, lab_recipe *r) {
  dense_net(d, r, 6 + one_of(d, 3), LAB_TANH), rule(d, r, ADAM, 0.5), r->steps = 500;
}

static void deep_relu(draw *d, lab_recipe *r) {
  dense_net(d, r, 5 + one_of(d, 3), LAB_RELU), rule(d, r, MOMENTUM, 0.3), r->clip = 5, r->steps = 500;
}

static void conv_adam(draw *d, lab_recipe *r) {
  r->net = LAB_CONV, r->channels = 3 + one_of(d, 3), r->steps = 300;
  dense_net(d, r, 2, LAB_RELU), rule(d, r, ADAM, 1);
}

static void conv_steps(draw *d, lab_recipe *r) {
  r->net = LAB_CONV, r->channels = 3 + one_of(d, 3), r->steps = 300;
  dense_net(d, r, 1, LAB_RELU), rule(d, r, MOMENTUM, 0.7);
  lab_recipe_schedule(r, CLINO_SCHEDULE_STEP, 0, 0);
}

static void waves_adam(draw *d, lab_recipe *r) {
  r->task = LAB_WAVES, r->net = LAB_RECURRENT, r->channels = width(d) / 2;
  dense_net(d, r, 1, LAB_TANH), rule(d, r, ADAM, 0.7);
}

static void waves_clipped(draw *d, lab_recipe *r) {
  r->task = LAB_WAVES, r->net = LAB_RECURRENT, r->channels = width(d) / 2, r->clip = 1;
  dense_net(d, r, 1 + one_of(d, 2), LAB_TANH), rule(d, r, MOMENTUM, 0.7);
}

static void small_batches(draw *d, lab_recipe *r) {
  r->task = LAB_CLOUDS, r->batch = 4 + one_of(d, 5), r->last_batch = one_of(d, 2), r->steps = 800, r->interval = 10;
  dense_net(d, r, 2, LAB_RELU), rule(d, r, SGD, 0.2);
}

static void step_decay(draw *d, lab_recipe *r) {
  r->steps = 600, r->interval = 8;
  dense_net(d, r, 2, LAB_RELU), rule(d, r, MOMENTUM, 1);
  lab_recipe_schedule(r, CLINO_SCHEDULE_STEP, 0, 0);
}

static void noisy_step_decay(draw *d, lab_recipe *r) {
  r->task = LAB_CLOUDS, r->batch = 8, r->steps = 1000, r->interval = 10, r->difficulty = 1.5;
  dense_net(d, r, 2, LAB_RELU), rule(d, r, SGD, 0.7);
  lab_recipe_schedule(r, CLINO_SCHEDULE_STEP, 0, 0);
}

static void cosine(draw *d, lab_recipe *r) {
  r->task = one_of(d, 2) ? LAB_DIGITS : LAB_RINGS;
  dense_net(d, r, 3, one_of(d, 2) ? LAB_RELU : LAB_TANH), any_rule(d, r);
  lab_recipe_schedule(r, CLINO_SCHEDULE_COSINE, 0.01, one_of(d, 2) ? 0.1 : 0);
}

static void dropped(draw *d, lab_recipe *r) {
  dense_net(d, r, 3, LAB_RELU), rule(d, r, either(d, ADAM, MOMENTUM), 0.7);
  r->dropout = between(d, 0.15, 0.3), r->width *= 2;
}

static void augmented(draw *d, lab_recipe *r) {
  dense_net(d, r, 3, LAB_RELU), any_rule(d, r), r->augmentation = between(d, 0.3, 0.6);
}

static void curve_tanh(draw *d, lab_recipe *r) {
  r->task = LAB_CURVE, r->steps = 600, r->interval = 8;
  dense_net(d, r, 3, LAB_TANH), rule(d, r, either(d, ADAM, ADAMW), 1), batch(d, r);
}

static void curve_relu(draw *d, lab_recipe *r) {
  r->task = LAB_CURVE, r->steps = 600, r->interval = 8;
  dense_net(d, r, 2, LAB_RELU), rule(d, r, SGD, 0.2), batch(d, r);
  lab_recipe_schedule(r, CLINO_SCHEDULE_COSINE, 0.1, 0);
}

static void rare(draw *d, lab_recipe *r) {
  r->task = LAB_RARE;
  dense_net(d, r, 2, one_of(d, 2) ? LAB_RELU : LAB_TANH), rule(d, r, ADAM, 0.5), batch(d, r);
}

static void fine_tuned(draw *d, lab_recipe *r) {
  dense_net(d, r, 2, LAB_RELU), rule(d, r, MOMENTUM, 0.5);
  r->before = 200, r->steps = 300;
}

static void short_run(draw *d, lab_recipe *r) {
  r->steps = 100 + 20 * one_of(d, 5), r->interval = 10;
  dense_net(d, r, 2, one_of(d, 2) ? LAB_RELU : LAB_TANH), rule(d, r, either(d, MOMENTUM, ADAM), 1);
}

static void cut_off(draw *d, lab_recipe *r) {
  dense_net(d, r, 3, LAB_RELU), any_rule(d, r), batch(d, r);
  lab_recipe_schedule(r, CLINO_SCHEDULE_COSINE, 0, 0.05);
  r->stopped = 60 + one_of(d, 150);
}

static void adagrad(draw *d, lab_recipe *r) { dense_net(d, r, 2, LAB_RELU), rule(d, r, ADAGRAD, 1), batch(d, r); }

static void decayed_weights(draw *d, lab_recipe *r) {
  dense_net(d, r, 2, LAB_RELU), any_rule(d, r), r->l2 = between(d, 3e-4, 1.5e-3);
}

static void full_batch(draw *d, lab_recipe *r) {
  r->task = one_of(d, 2) ? LAB_IRIS : LAB_RINGS, r->batch = r->task == LAB_IRIS ? 105 : 600, r->steps = 250;
  dense_net(d, r, 2, LAB_TANH), rule(d, r, SGD, r->task == LAB_IRIS ? 0.5 : 1.5);
}

static void every_step(draw *d, lab_recipe *r) {
  r->task = LAB_CLOUDS, r->n_train = 480, r->batch = 24, r->last_batch = true, r->interval = 1, r->validate_every = 10;
  dense_net(d, r, 1 + one_of(d, 2), LAB_RELU), rule(d, r, MOMENTUM, 0.2), r->steps = 300;
}

static void warmed(draw *d, lab_recipe *r) {
  r->steps = 500;
  dense_net(d, r, 6, LAB_RELU), rule(d, r, MOMENTUM, 1), r->width += 16;
  lab_recipe_schedule(r, CLINO_SCHEDULE_COSINE, 0, 0.3);
}

static void hard(draw *d, lab_recipe *r) {
  r->task = LAB_CLOUDS, r->difficulty = 2, r->n_train = 1200;
  dense_net(d, r, 1 + one_of(d, 2), LAB_RELU), rule(d, r, MOMENTUM, 0.3), batch(d, r);
}

static const struct family {
  const char *name, *about;
  void (*make)(draw *d, lab_recipe *r);
} families[] = {
    {"softmax", "softmax regression on the digits", regression_softmax},
    {"relu-2", "two layers of relu", two_relu},
    {"relu-3", "three layers of relu, momentum", three_relu},
    {"tanh-3", "three layers of tanh", three_tanh},
    {"sigmoid-2", "two layers of sigmoids", two_sigmoid},
    {"iris", "three layers of sigmoids on the iris flowers", iris_sigmoid},
    {"warm-up", "four layers of relu, warm-up", four_warm},
    {"deep-tanh", "six to eight layers of tanh", deep_tanh},
    {"deep-relu", "five to seven layers of relu, clipping", deep_relu},
    {"conv", "a convolutional net, Adam", conv_adam},
    {"conv-steps", "a convolutional net, momentum, the rate falling in steps", conv_steps},
    {"recurrent", "a recurrent net, Adam", waves_adam},
    {"recurrent-clipped", "a recurrent net, momentum, clipping", waves_clipped},
    {"small-batch", "batches of 4 to 8 samples of clouds that overlap", small_batches},
    {"steps", "the rate falling in steps", step_decay},
    {"noisy-steps", "the rate falling in steps, batches of 8 samples of clouds that overlap", noisy_step_decay},
    {"cosine", "the rate falling as a cosine", cosine},
    {"dropout", "dropout: validation below training", dropped},
    {"augmented", "noise on the training inputs: validation below training", augmented},
    {"regression", "regression, tanh, Adam", curve_tanh},
    {"regression-sgd", "regression, relu, gradient descent, the rate falling as a cosine", curve_relu},
    {"rare", "two classes, one of them 8% of the samples", rare},
    {"fine-tuned", "trained before the log begins", fine_tuned},
    {"short", "11 to 19 rows", short_run},
    {"cut-off", "stopped on its way", cut_off},
    {"adagrad", "AdaGrad", adagrad},
    {"l2", "L2 regularization", decayed_weights},
    {"full-batch", "gradient descent on all samples", full_batch},
    {"every-step", "each batch's loss logged", every_step},
    {"needs-warm-up", "six layers of relu and a high rate, warm-up", warmed},
    {"hard", "clouds that overlap much: the loss stays high", hard},
};

size_t lab_family_count(void) { return sizeof families / sizeof *families; }
const char *lab_family_name(size_t family) { return families[family].name; }
const char *lab_family_about(size_t family) { return families[family].about; }

/* Counts the measurements of the half that is reported: another round has other seeds in both halves, so that what is
 * reported was not seen before. */
#define ROUND 2

lab_recipe lab_healthy(lab_half half, size_t family, size_t k, size_t twin) {
  draw d = {{(ROUND * 8192 + half * 4096 + family * 64 + k) * 7919 + 1}, half};
  lab_recipe r = lab_recipe_default();
  rng_bits(&d.random);
  r.family = families[family].name;
  families[family].make(&d, &r);
  r.seed = rng_bits(&d.random) % 1000000 * 16 + twin;
  r.task_seed = rng_bits(&d.random) % 1000000;
  return r;
}
