/* The list of deviations: id and text for users, and how the reference is twisted into each. A deviation may have
 * several twists (a schedule that is late holds its first rate, or takes one from before the start). A twist that
 * changes nothing for a rule is the formula itself, and is passed over because it does not explain any difference.
 * Those that are documented by some library are variants. More specific ones come first. */
#include "train/twist.h"

#include <math.h>
#include <string.h>

static bool is(const clino_optimizer_options *o, const char *rule) { return !strcmp(o->rule, rule); }

/* ---- moments ---- */

static void no_correction(clino_optimizer_options *o) { o->bias_correction = false; }
static void correction(clino_optimizer_options *o) { o->bias_correction = true; }

static void swap_betas(clino_optimizer_options *o) {
  if (!is(o, "adam") && !is(o, "adamw")) return;
  double beta1 = o->beta1;
  o->beta1 = o->beta2;
  o->beta2 = beta1;
}

static void mean_of_squares(clino_optimizer_options *o) {
  if (is(o, "adagrad")) o->rule = "adagrad-mean";
}

static void sum_of_squares(clino_optimizer_options *o) {
  if (is(o, "adagrad-mean")) o->rule = "adagrad";
}

/* ---- epsilon ---- */

static void epsilon_inside(clino_optimizer_options *o) { o->epsilon_place = CLINO_EPSILON_INSIDE; }
static void epsilon_outside(clino_optimizer_options *o) { o->epsilon_place = CLINO_EPSILON_OUTSIDE; }
static void no_epsilon(clino_optimizer_options *o) { o->epsilon = 0; }

/* Kingma and Ba's section 2, and TensorFlow: eta sqrt(1 - b2^t)/(1 - b1^t) m / (sqrt(v) + e), so that e is not divided
 * by the correction: r sqrt(v) + r e. */
static void epsilon_hat(const clino_optimizer_options *o, clino__update *u) {
  if (is(o, "adam") || is(o, "adamw")) u->c[7] *= u->c[5];
}

/* ---- velocity ---- */

static void nesterov(clino_optimizer_options *o) {
  if (!is(o, "momentum")) return;
  o->rule = "nesterov";
  o->nesterov_form = CLINO_NESTEROV_REWRITTEN;
}

static void heavy_ball(clino_optimizer_options *o) {
  if (is(o, "nesterov")) o->rule = "momentum";
}

static void rate_inside(clino_optimizer_options *o) { o->rate_place = CLINO_RATE_INSIDE; }
static void rate_outside(clino_optimizer_options *o) { o->rate_place = CLINO_RATE_OUTSIDE; }
static void dampened(clino_optimizer_options *o) { o->dampening = o->momentum; }
static void undampened(clino_optimizer_options *o) { o->dampening = 0; }
static void first_differently(clino_optimizer_options *o) { o->first_undampened = !o->first_undampened; }
static void no_momentum(clino_optimizer_options *o) { o->momentum = 0; }

/* ---- weight decay and clipping ---- */

static void coupled(clino_optimizer_options *o) { o->decay_kind = CLINO_DECAY_COUPLED; }
static void decoupled(clino_optimizer_options *o) { o->decay_kind = CLINO_DECAY_DECOUPLED; }
static void no_decay(clino_optimizer_options *o) { o->weight_decay = 0; }
static void no_clipping(clino_optimizer_options *o) { o->clip_norm = o->clip_value = INFINITY; }
static void no_grad_scale(clino_optimizer_options *o) { o->grad_scale = 1; }

static void decay_without_rate(const clino_optimizer_options *o, clino__update *u) {
  if (o->decay_kind == CLINO_DECAY_DECOUPLED) u->decay = o->weight_decay;
}

/* X(name, id, text, documented) */
#define DEVIATIONS(X)                                                                                                 \
  X(SIGN, "sign", "the gradient has the wrong sign: it ascends", false)                                               \
  X(UNCORRECTED, "bias-correction-missing", "the bias correction is missing", false)                                  \
  X(UNCORRECTED1, "bias-correction-first-missing", "the bias correction of the first moment is missing", false)       \
  X(UNCORRECTED2, "bias-correction-second-missing", "the bias correction of the second moment is missing", false)     \
  X(CORRECTED, "bias-correction-added", "it corrects the bias, which this formula does not", false)                   \
  X(COUNT_AHEAD, "step-count-ahead", "the step count is one ahead", false)                                            \
  X(COUNT_BEHIND, "step-count-behind", "the step count is one behind: it starts from 0", false)                       \
  X(EPSILON_INSIDE, "epsilon-inside", "epsilon is inside of the root", true)                                          \
  X(EPSILON_OUTSIDE, "epsilon-outside", "epsilon is outside of the root", true)                                       \
  X(EPSILON_HAT, "epsilon-hat", "epsilon is added to the root of the uncorrected second moment", true)                \
  X(EPSILON_MISSING, "epsilon-missing", "epsilon is missing", false)                                                  \
  X(COUPLED, "decay-coupled", "weight decay is added to the gradient, not taken from the parameters", false)          \
  X(DECOUPLED, "decay-decoupled", "weight decay is taken from the parameters, not added to the gradient", false)      \
  X(DECAY_RATE, "decay-without-rate", "weight decay is not multiplied by the rate (as in Loshchilov's paper)", true)  \
  X(DECAY_AFTER, "decay-after-step", "weight decay acts after the step, not before", false)                           \
  X(DECAY_BIASES, "decay-on-biases", "weight decay is applied to biases too", false)                                  \
  X(DECAY_NOT_BIASES, "decay-not-on-biases", "weight decay leaves biases out", false)                                 \
  X(DECAY_MISSING, "decay-missing", "weight decay is missing", false)                                                 \
  X(NESTEROV, "nesterov-for-momentum", "it is Nesterov's momentum, not the heavy ball's", false)                      \
  X(HEAVY_BALL, "momentum-for-nesterov", "it is heavy-ball momentum, not Nesterov's", false)                          \
  X(RATE_INSIDE, "rate-inside-velocity", "the learning rate is inside of the velocity", false)                        \
  X(RATE_OUTSIDE, "rate-outside-velocity", "the learning rate is outside of the velocity", false)                     \
  X(DAMPENED, "dampening", "the gradient is dampened by 1 - momentum", false)                                         \
  X(UNDAMPENED, "dampening-missing", "the dampening is missing", false)                                               \
  X(FIRST, "dampening-first-step", "the first step is dampened differently (PyTorch does not dampen it)", true)       \
  X(NO_MOMENTUM, "momentum-missing", "the momentum is missing", false)                                                \
  X(MEAN_SQUARES, "mean-of-squares", "squares are averaged, where the formula sums them", false)                      \
  X(SUM_SQUARES, "sum-of-squares", "squares are summed, where the formula averages them", false)                      \
  X(BETAS, "betas-swapped", "beta1 and beta2 are swapped", false)                                                     \
  X(STATE, "state-not-zeroed", "init does not forget the state of the steps before", false)                           \
  X(LATE, "schedule-late", "the learning rate is that of the step before: the schedule is one step late", false)      \
  X(EARLY, "schedule-early", "the learning rate is that of the step after: the schedule is one step early", false)    \
  X(NO_CLIPPING, "clipping-missing", "the clipping is missing", false)                                                \
  X(CLIP_TENSOR, "clipping-per-tensor", "each tensor is clipped by its own norm", true)                               \
  X(NO_SCALE, "gradient-scale-missing", "grad_scale is left out", false)                                              \
  X(MEAN, "mean-for-sum", "the gradient is scaled by a constant, as if a mean were taken for a sum or the reverse",   \
    false)                                                                                                            \
  X(RATE, "rate-scaled", "the learning rate is scaled by a constant", false)

enum {
#define X(name, id, text, documented) name,
  DEVIATIONS(X)
#undef X
};

static const clino_step_deviation deviations[] = {
#define X(name, id, text, documented) {id, text, documented},
    DEVIATIONS(X)
#undef X
};

#define TWIST(name, ...) {.what = &deviations[name], __VA_ARGS__}

/* Those of one deviation stand together. */
static const clino__twist twists[] = {
    TWIST(SIGN, .grad_factor = -1),
    TWIST(UNCORRECTED, .options = no_correction),
    TWIST(UNCORRECTED1, .uncorrected1 = true),
    TWIST(UNCORRECTED2, .uncorrected2 = true),
    TWIST(CORRECTED, .options = correction),
    TWIST(COUNT_AHEAD, .count_from = 1),
    TWIST(COUNT_BEHIND, .count_from = -1),
    TWIST(EPSILON_INSIDE, .options = epsilon_inside),
    TWIST(EPSILON_OUTSIDE, .options = epsilon_outside),
    TWIST(EPSILON_HAT, .update = epsilon_hat),
    TWIST(EPSILON_MISSING, .options = no_epsilon),
    TWIST(COUPLED, .options = coupled),
    TWIST(DECOUPLED, .options = decoupled),
    TWIST(DECAY_RATE, .update = decay_without_rate),
    TWIST(DECAY_AFTER, .decays_after = true),
    TWIST(DECAY_BIASES, .biases = CLINO__BIASES_DECAY),
    TWIST(DECAY_NOT_BIASES, .biases = CLINO__BIASES_STAY),
    TWIST(DECAY_MISSING, .options = no_decay),
    TWIST(NESTEROV, .options = nesterov),
    TWIST(HEAVY_BALL, .options = heavy_ball),
    TWIST(RATE_INSIDE, .options = rate_inside),
    TWIST(RATE_OUTSIDE, .options = rate_outside),
    TWIST(DAMPENED, .options = dampened),
    TWIST(UNDAMPENED, .options = undampened),
    TWIST(FIRST, .options = first_differently),
    TWIST(NO_MOMENTUM, .options = no_momentum),
    TWIST(MEAN_SQUARES, .options = mean_of_squares),
    TWIST(SUM_SQUARES, .options = sum_of_squares),
    TWIST(BETAS, .options = swap_betas),
    TWIST(STATE, .keeps_slots = true),
    TWIST(STATE, .keeps_slots = true, .keeps_count = true),
    TWIST(LATE, .rate_from = -1),
    TWIST(LATE, .rate_from = -1, .rate_held = true),
    TWIST(EARLY, .rate_from = 1),
    TWIST(NO_CLIPPING, .options = no_clipping),
    TWIST(CLIP_TENSOR, .clips_per_tensor = true),
    TWIST(NO_SCALE, .options = no_grad_scale),
    TWIST(MEAN, .fits_grad = true),
    TWIST(RATE, .fits_rate = true),
};

size_t clino__twist_count(void) { return sizeof twists / sizeof twists[0]; }

const clino__twist *clino__twist_at(size_t i) { return i < clino__twist_count() ? &twists[i] : NULL; }

size_t clino_step_deviation_count(void) { return sizeof deviations / sizeof deviations[0]; }

const clino_step_deviation *clino_step_deviation_at(size_t i) {
  return i < clino_step_deviation_count() ? &deviations[i] : NULL;
}
