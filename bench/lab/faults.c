#include "lab/faults.h"

#include <math.h>
#include <string.h>

/* ---- whom a fault can befall ---- */

/* Trained from the start, to the end, and not too short to be worse. */
static bool plain(const lab_recipe *r) { return r->before == 0 && r->stopped == 0 && r->steps >= 250; }
static bool named(const lab_recipe *r, const char *family) { return strcmp(r->family, family) == 0; }
static bool ruled(const lab_recipe *r, const char *rule) { return strcmp(r->rule, rule) == 0; }
static bool adaptive(const lab_recipe *r) { return ruled(r, "adam") || ruled(r, "adamw") || ruled(r, "rmsprop"); }
static bool classifies(const lab_recipe *r) { return plain(r) && r->task != LAB_CURVE; }
static bool hidden(const lab_recipe *r) { return plain(r) && r->layers >= 2; }
static bool deep(const lab_recipe *r) { return plain(r) && r->layers >= 3; }
static bool constant(const lab_recipe *r) {
  return plain(r) && r->schedule.kind == CLINO_SCHEDULE_CONSTANT && r->schedule.warmup == 0;
}
static bool relu(const lab_recipe *r) { return hidden(r) && r->activation == LAB_RELU; }
static bool deep_relu(const lab_recipe *r) { return relu(r) && r->layers >= 5; }
static bool squashing(const lab_recipe *r) { return hidden(r) && r->activation != LAB_RELU; }
static bool sigmoids(const lab_recipe *r) { return hidden(r) && r->activation == LAB_SIGMOID; }
static bool recurs(const lab_recipe *r) { return plain(r) && r->net == LAB_RECURRENT; }
static bool warmed(const lab_recipe *r) { return named(r, "needs-warm-up"); }
static bool each_batch(const lab_recipe *r) { return named(r, "every-step"); }
static bool velocity(const lab_recipe *r) { return constant(r) && (ruled(r, "momentum") || ruled(r, "nesterov")); }
static bool scaled_by_gradient(const lab_recipe *r) { return plain(r) && !adaptive(r) && !ruled(r, "adagrad"); }
static bool several_epochs(const lab_recipe *r) {
  return classifies(r) && r->batch >= 16 && r->task == LAB_DIGITS && r->net == LAB_DENSE;
}
static bool large_enough(const lab_recipe *r) { return hidden(r) && r->task != LAB_IRIS && r->dropout <= 0; }
static bool not_noisy(const lab_recipe *r) { return constant(r) && r->batch >= 16 && r->batch <= 64; }
static bool learnable(const lab_recipe *r) { return classifies(r) && r->task != LAB_RARE; }

/* ---- what it does ---- */

static void rate(lab_recipe *r, double s) { r->rate *= s; }

static void decay(lab_recipe *r, double s) {
  r->schedule = clino_schedule_default(CLINO_SCHEDULE_EXPONENTIAL);
  r->schedule.decay = s / (double)r->steps;
}

static void no_warm_up(lab_recipe *r, double s) { r->rate *= s, r->schedule.warmup = 0; }
static void constant_weights(lab_recipe *r, double s) {
  r->wrong.constant_weights = true, r->wrong.constant_weight = s;
}
static void weight_scale(lab_recipe *r, double s) { r->wrong.weight_scale = s; }
static void exploding(lab_recipe *r, double s) { r->wrong.weight_scale = s, r->clip = INFINITY; }
static void hidden_bias(lab_recipe *r, double s) { r->wrong.hidden_bias = s; }
static void vanishing(lab_recipe *r, double s) { r->layers = (size_t)s, r->gain = 1; }
static void recurrent_scale(lab_recipe *r, double s) { r->wrong.recurrent_scale = s; }
static void input_scale(lab_recipe *r, double s) { r->wrong.input_scale = s, r->wrong.input_offset = s; }
static void shuffled_labels(lab_recipe *r, double s) { r->wrong.shuffled_labels = s; }
static void random_inputs(lab_recipe *r, double s) { r->wrong.random_inputs = true, r->wrong.input_scale = s; }
static void leak(lab_recipe *r, double s) { r->wrong.leak = s; }
static void few_samples(lab_recipe *r, double s) { r->n_train = (size_t)s; }
static void penalty(lab_recipe *r, double s) { r->l2 = s; }
static void dropout(lab_recipe *r, double s) { r->dropout = s; }
static void batch(lab_recipe *r, double s) { r->batch = (size_t)s; }
static void sorted(lab_recipe *r, double s) { r->wrong.sorted = true, r->interval = (size_t)s; }

static void same_order(lab_recipe *r, double s) {
  r->wrong.same_order = true, r->batch = (size_t)s;
}

static void summed(lab_recipe *r, double s) { r->wrong.summed = true, r->batch = (size_t)s; }
static void softmax_twice(lab_recipe *r, double s) { r->wrong.softmax_twice = true, r->rate *= s; }
static void frozen(lab_recipe *r, double s) { r->wrong.frozen = s < 0 ? (int)r->layers - 1 : (int)s; }
static void reversed(lab_recipe *r, double s) { r->wrong.reversed = s < 0 ? (int)r->layers - 1 : (int)s; }
static void accumulated(lab_recipe *r, double s) { r->wrong.accumulated = true, r->rate *= s; }
static void clip(lab_recipe *r, double s) { r->clip = s; }
static void log_floor(lab_recipe *r, double s) { r->wrong.log_floor = s; }

static void validated_on_training(lab_recipe *r, double s) {
  r->wrong.validation_is_training = true, r->n_train = (size_t)s;
}

static void accuracy_of_training(lab_recipe *r, double s) {
  r->wrong.accuracy_of_training = true, r->n_train = (size_t)s;
}

static void momentum(lab_recipe *r, double s) { r->momentum = s; }
static void starving(lab_recipe *r, double s) { r->rule = "adagrad", r->rate = 0.04 * s; }

static void burst(lab_recipe *r, double s) {
  r->rate = adaptive(r) ? r->rate : 0.004;
  r->rule = "rmsprop", r->rate *= s, r->beta2 = 0.98;
  r->wrong.quiet_from = r->steps / 3, r->wrong.quiet_to = r->steps * 9 / 10, r->wrong.quiet_scale = 1e-6;
}

static void jump(lab_recipe *r, double s) { r->wrong.jump = s, r->wrong.jump_at = r->steps * 3 / 5; }

/* ---- the list ---- */

#define HIGH_RATE                                                                                              \
  "loss-divergence loss-spike nonfinite loss-not-decreasing loss-oscillation loss-noise update-ratio "         \
  "exploding-gradient dead-units saturated-units stall parameter-growth activation-scale underfitting"
#define SLOW "learning-rate-low stall underfitting loss-not-decreasing update-ratio training-budget"
#define NEVER "loss-not-decreasing stall underfitting zero-gradient unchanged-parameters vanishing-gradient"
#define NO_RELATION "loss-not-decreasing stall underfitting overfitting train-val-gap suspicious-validation"

static const lab_fault faults[] = {
    {"rate-high", "learning rate too high, that many times", false, plain, rate, {10, 30, 100, NAN}, HIGH_RATE,
     "learning-rate-too-high"},
    {"rate-low", "learning rate too low, that many times", false, plain, rate, {0.001, 0.003, 0.01, 0.03}, SLOW,
     "learning-rate-too-low"},
    {"decayed-fast", "the rate decays e-fold so often in the run", false, plain, decay, {30, 100, 300, NAN},
     SLOW " learning-rate-schedule", "learning-rate-decayed-too-fast learning-rate-too-low"},
    {"no-warm-up", "no warm-up where it is needed, at so many times the rate", false, warmed, no_warm_up,
     {1.5, 2, 2.5, 3}, HIGH_RATE " learning-rate-schedule initialization", "no-warm-up learning-rate-too-high"},
    {"zero-weights", "all weights start at 0", false, hidden, constant_weights, {0, NAN, NAN, NAN},
     NEVER " initialization dead-units activation-scale update-ratio", "bad-initialization symmetry-not-broken"},
    {"constant-weights", "all weights start at this number", false, hidden, constant_weights, {0.01, 0.1, 0.5, NAN},
     NEVER " initialization initial-loss saturated-units activation-scale loss-oscillation dead-units",
     "bad-initialization symmetry-not-broken"},
    {"weights-large", "initial weights too large, that many times", false, relu, weight_scale, {5, 10, 30, NAN},
     HIGH_RATE " initial-loss initialization", "initialization-too-large bad-initialization"},
    {"weights-small", "initial weights too small", false, deep, weight_scale, {0.1, 0.03, 0.01, NAN},
     NEVER " initialization activation-scale learning-rate-low update-ratio",
     "initialization-too-small bad-initialization"},
    {"dead-relus", "biases of relus start there", false, relu, hidden_bias, {-3, -6, -12, NAN},
     NEVER " dead-units initialization activation-scale", "negative-biases bad-initialization"},
    {"saturated", "weights before tanh or sigmoid too large, that many times", false, squashing, weight_scale,
     {10, 20, 40, NAN}, HIGH_RATE " saturated-units initialization initial-loss vanishing-gradient",
     "initialization-too-large bad-initialization saturated-activations"},
    {"vanishing", "so many layers of sigmoids, Glorot's scale", false, sigmoids, vanishing, {5, 7, 9, NAN},
     NEVER " initialization learning-rate-low activation-scale update-ratio",
     "signal-shrinks-with-depth saturated-activations initialization-too-small bad-initialization"},
    {"exploding", "five layers of relu or more, weights too large, that many times", false, deep_relu, exploding,
     {2, 3, 5, NAN}, HIGH_RATE " initialization initial-loss",
     "initialization-too-large bad-initialization signal-grows-with-depth"},
    {"exploding-recurrence", "recurrent weights too large, that many times", false, recurs, recurrent_scale,
     {4, 8, 16, NAN}, HIGH_RATE " initialization gradient-clipping vanishing-gradient",
     "initialization-too-large bad-initialization signal-grows-with-depth saturated-activations"},
    {"raw-inputs", "inputs not normalized: so large and so far from 0", false, plain, input_scale, {10, 50, 200, NAN},
     HIGH_RATE " initial-loss", "inputs-not-normalized"},
    {"labels-shuffled", "fraction of labels that have nothing to do with their inputs", false, learnable,
     shuffled_labels, {0.5, 0.8, 1, NAN}, NO_RELATION, "labels-do-not-fit-inputs"},
    {"random-inputs", "inputs that have nothing to do with the labels", false, learnable, random_inputs,
     {1, NAN, NAN, NAN}, NO_RELATION, "labels-do-not-fit-inputs"},
    {"leak", "the label stands among the inputs, so large", true, learnable, leak, {1, 2, 4, NAN},
     "suspicious-validation metric-mismatch initial-loss", "label-leak"},
    {"few-samples", "so many training samples", false, large_enough, few_samples, {12, 25, 50, NAN},
     "overfitting train-val-gap training-budget", "overfitting too-little-data"},
    {"penalty-strong", "L2 regularization too strong", false, large_enough, penalty, {0.03, 0.1, 0.3, NAN},
     "regularization-dominates underfitting loss-not-decreasing stall parameter-growth suspicious-validation",
     "regularization-too-strong"},
    {"penalty-dominant", "L2 regularization that leaves nothing else", false, large_enough, penalty, {1, 3, NAN, NAN},
     "regularization-dominates underfitting loss-not-decreasing stall zero-gradient loss-divergence activation-scale",
     "regularization-too-strong"},
    {"dropout-strong", "rate of dropout", false, large_enough, dropout, {0.8, 0.9, 0.95, NAN},
     "underfitting suspicious-validation stall loss-not-decreasing loss-noise regularization-dominates",
     "dropout-too-strong regularization-too-strong dropout-or-augmentation-in-training"},
    {"batch-of-1", "one sample a batch, the rate as it was", false, not_noisy, batch, {1, NAN, NAN, NAN},
     "loss-noise loss-oscillation loss-spike loss-divergence dead-units nonfinite loss-not-decreasing stall",
     "batch-too-small learning-rate-too-high"},
    {"sorted", "samples sorted by class, a row every so many steps", false, several_epochs, sorted, {1, 2, 5, NAN},
     "loss-oscillation loss-spike loss-noise suspicious-validation loss-divergence loss-not-decreasing",
     "data-not-reshuffled"},
    {"same-order", "batches of this size in the same order in every epoch", true, each_batch, same_order,
     {12, 24, 48, NAN}, "loss-oscillation loss-noise", "data-not-reshuffled"},
    {"summed", "the loss summed over a batch of this size, not averaged", true, classifies, summed, {16, 32, 64, NAN},
     "initial-loss loss-divergence nonfinite exploding-gradient update-ratio loss-spike loss-not-decreasing",
     "loss-summed-not-averaged"},
    {"softmax-twice", "softmax applied to probabilities; times the rate", true, learnable, softmax_twice,
     {1, 3, NAN, NAN}, "underfitting stall metric-mismatch loss-not-decreasing learning-rate-low",
     "softmax-applied-twice"},
    {"frozen", "this dense layer is never updated (-1: the last)", true, hidden, frozen, {0, -1, NAN, NAN},
     "unchanged-parameters update-ratio", "parameters-not-updated frozen-on-purpose"},
    {"no-update", "no tensor is ever updated", true, plain, frozen, {LAB_ALL, NAN, NAN, NAN},
     "unchanged-parameters update-ratio loss-not-decreasing stall underfitting",
     "parameters-not-updated frozen-on-purpose"},
    {"reversed", "the gradient of this dense layer has the wrong sign (-1: the last)", false, hidden, reversed,
     {0, -1, NAN, NAN}, HIGH_RATE, "gradient-sign-error gradient-wrong"},
    {"ascent", "all gradients have the wrong sign", true, plain, reversed, {LAB_ALL, NAN, NAN, NAN}, HIGH_RATE,
     "gradient-sign-error gradient-wrong"},
    {"not-zeroed", "gradients add up over the steps; times the rate", false, plain, accumulated, {0.1, 1, NAN, NAN},
     HIGH_RATE, "gradient-not-zeroed gradient-wrong"},
    {"clipped", "gradients clipped to this norm", false, scaled_by_gradient, clip, {0.001, 0.003, 0.01, NAN},
     SLOW " gradient-clipping", "clipping-too-tight"},
    {"log-of-zero", "probabilities below this are rounded to 0 before the logarithm", false, learnable, log_floor,
     {1e-3, 1e-2, 5e-2, NAN}, "nonfinite", "log-or-division-of-zero"},
    {"validated-on-training", "validated on training samples, of which there are so many", true, large_enough,
     validated_on_training, {80, 240, NAN, NAN}, "suspicious-validation metric-mismatch",
     "validation-on-training-data"},
    {"wrong-split", "val/accuracy is that of the training set, which has so many samples", true, learnable,
     accuracy_of_training, {80, 240, NAN, NAN}, "metric-mismatch suspicious-validation",
     "metric-on-wrong-split metric-not-computed"},
    {"momentum-high", "momentum", false, velocity, momentum, {0.99, 0.995, 0.999, NAN}, HIGH_RATE " learning-rate-low",
     "momentum-too-high learning-rate-too-high"},
    {"starving", "AdaGrad, at this fraction of the usual rate", false, constant, starving, {0.01, 0.03, 0.1, NAN},
     SLOW " learning-rate-schedule", "accumulated-squares-starve-updates learning-rate-too-low"},
    {"burst", "RMSProp: gradients vanish for a while, then return; times the rate", false, constant, burst,
     {3, 10, 20, NAN}, "update-ratio loss-spike loss-divergence exploding-gradient dead-units",
     "second-moment-decayed"},
    {"jump", "the rate is so many times as high from three fifths of the run on", false, plain, jump,
     {20, 50, 100, NAN}, HIGH_RATE " learning-rate-schedule", "learning-rate-jump learning-rate-too-high"},
};

size_t lab_fault_count(void) { return sizeof faults / sizeof *faults; }
const lab_fault *lab_fault_at(size_t i) { return i < lab_fault_count() ? &faults[i] : NULL; }

size_t lab_fault_strengths(const lab_fault *f) {
  size_t n = 0;
  while (n < LAB_STRENGTHS && !isnan(f->strength[n])) n++;
  return n;
}

bool lab_has_word(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; length > 0 && (at = strstr(at, word)); at += length) {
    bool begins = at == list || at[-1] == ' ', ends = at[length] == ' ' || at[length] == 0;
    if (begins && ends) return true;
  }
  return false;
}
