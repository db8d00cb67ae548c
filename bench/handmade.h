/* Optimizers as people write them by hand: scalar loops that share nothing with the library's, in styles that are equal
 * but for rounding, and with a mistake where one is planted. Tests and benchmarks hold stepcheck against them. */
#ifndef BENCH_HANDMADE_H
#define BENCH_HANDMADE_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "clino/stepcheck.h"

#define HANDMADE_ROOM 512

/* What is wrong with it. */
typedef enum handmade_bug {
  BUG_NONE,
  BUG_SIGN,
  BUG_UNCORRECTED,
  BUG_COUNT_AHEAD,
  BUG_COUNT_BEHIND,
  BUG_EPSILON_INSIDE,
  BUG_EPSILON_OUTSIDE,
  BUG_EPSILON_HAT,
  BUG_COUPLED,
  BUG_DECAY_BIASES,
  BUG_DECAY_MISSING,
  BUG_NESTEROV,
  BUG_HEAVY_BALL,
  BUG_RATE_SIDE,
  BUG_DAMPENED,
  BUG_UNDAMPENED,
  BUG_MEAN_SQUARES,
  BUG_MEAN,
  BUG_STATE,
  BUG_LATE,
  BUG_BETAS,
  BUG_RATE,
  BUG_CLIPPING,
  BUG_COUNT
} handmade_bug;

/* How it is written. */
typedef enum handmade_style { STYLE_PLAIN, STYLE_INCREMENTAL, STYLE_FLOAT_HYPER, STYLE_COUNT } handmade_style;

typedef struct handmade {
  handmade_bug bug;
  handmade_style style;
  double a[HANDMADE_ROOM], b[HANDMADE_ROOM]; /* velocity or moments, rounded to the tensor's type */
  double previous_rate;
  uint64_t t;
} handmade;

static inline int handmade_init(const clino_step_call *c, void *ctx) {
  handmade *h = ctx;
  if (h->bug != BUG_STATE) {
    memset(h->a, 0, sizeof h->a);
    memset(h->b, 0, sizeof h->b);
  }
  h->previous_rate = c->options->rate;
  h->t = 0;
  return 0;
}

/* The hyperparameters as the loop uses them, with those mistakes that are made before it. */
typedef struct handmade_hyper {
  bool is_float;
  double rate, mu, tau, beta1, beta2, epsilon, decay, sign, t, c1, c2;
  bool inside, epsilon_in, coupled, corrected;
} handmade_hyper;

/* Rounds as the tensor's type does. */
static inline double handmade_r(bool is_float, double x) { return is_float ? (double)(float)x : x; }

static inline handmade_hyper handmade_prepare(handmade *h, const clino_step_call *c) {
  const clino_optimizer_options *o = c->options;
  handmade_hyper y = {.is_float = c->tensors[0].dtype == CLINO_F32};
  bool rounded = y.is_float && h->style == STYLE_FLOAT_HYPER;
  y.rate = h->bug == BUG_LATE ? h->previous_rate : h->bug == BUG_RATE ? 2 * o->rate : o->rate;
  h->previous_rate = o->rate;
  y.mu = o->momentum;
  y.tau = h->bug == BUG_DAMPENED ? o->momentum : h->bug == BUG_UNDAMPENED ? 0 : o->dampening;
  y.beta1 = h->bug == BUG_BETAS ? o->beta2 : o->beta1;
  y.beta2 = h->bug == BUG_BETAS ? o->beta1 : o->beta2;
  if (rounded) y.beta1 = (float)y.beta1, y.beta2 = (float)y.beta2, y.mu = (float)y.mu, y.rate = (float)y.rate;
  y.epsilon = o->epsilon;
  y.epsilon_in = o->epsilon_place == CLINO_EPSILON_INSIDE;
  if (h->bug == BUG_EPSILON_INSIDE) y.epsilon_in = true;
  if (h->bug == BUG_EPSILON_OUTSIDE) y.epsilon_in = false;
  y.inside = (o->rate_place == CLINO_RATE_INSIDE) != (h->bug == BUG_RATE_SIDE);
  y.coupled = (o->decay_kind == CLINO_DECAY_COUPLED) != (h->bug == BUG_COUPLED);
  y.decay = h->bug == BUG_DECAY_MISSING ? 0 : o->weight_decay;
  y.sign = h->bug == BUG_SIGN ? -1 : h->bug == BUG_MEAN ? 1.0 / 32 : 1;
  y.t = (double)++h->t + (h->bug == BUG_COUNT_AHEAD) - (h->bug == BUG_COUNT_BEHIND);
  y.corrected = o->bias_correction && h->bug != BUG_UNCORRECTED;
  y.c1 = y.corrected ? 1 - pow(y.beta1, y.t) : 1;
  y.c2 = y.corrected ? 1 - pow(y.beta2, y.t) : 1;
  if (rounded && y.corrected) {
    y.c1 = (double)(1 - powf((float)y.beta1, (float)y.t));
    y.c2 = (double)(1 - powf((float)y.beta2, (float)y.t));
  }
  return y;
}

/* sqrt(x) with epsilon where it belongs. */
static inline double handmade_root(const handmade_hyper *y, double x) {
  return y->epsilon_in ? sqrt(handmade_r(y->is_float, x + y->epsilon))
                       : handmade_r(y->is_float, sqrt(x)) + y->epsilon;
}

static inline double handmade_average(const handmade *h, const handmade_hyper *y, double old, double beta, double x) {
  double r = h->style == STYLE_INCREMENTAL ? old + (1 - beta) * (x - old) : beta * old + (1 - beta) * x;
  return handmade_r(y->is_float, r);
}

static inline double handmade_velocity_step(handmade *h, const handmade_hyper *y, const clino_step_call *c, size_t i,
                                            double g) {
  const clino_optimizer_options *o = c->options;
  bool down = o->velocity_sign == CLINO_VELOCITY_DOWNHILL, nesterov = !strcmp(o->rule, "nesterov");
  if (h->bug == BUG_NESTEROV) nesterov = true;
  if (h->bug == BUG_HEAVY_BALL) nesterov = false;
  bool looks = nesterov && h->bug != BUG_NESTEROV && o->nesterov_form == CLINO_NESTEROV_LOOKAHEAD;
  double push = handmade_r(y->is_float, (1 - y->tau) * g) * (y->inside ? y->rate : 1);
  double old = h->a[i];
  h->a[i] = handmade_r(y->is_float, down ? y->mu * old - push : y->mu * old + push);
  double uphill = down ? -h->a[i] : h->a[i], old_uphill = down ? -old : old;
  double move = uphill;
  if (nesterov && !looks)
    move = h->style == STYLE_INCREMENTAL ? (1 + y->mu) * uphill - y->mu * old_uphill : push + y->mu * uphill;
  return y->inside ? move : y->rate * move;
}

static inline double handmade_moments_step(handmade *h, const handmade_hyper *y, size_t i, double g) {
  h->a[i] = handmade_average(h, y, h->a[i], y->beta1, g);
  h->b[i] = handmade_average(h, y, h->b[i], y->beta2, g * g);
  double m = handmade_r(y->is_float, h->a[i] / y->c1), v = handmade_r(y->is_float, h->b[i] / y->c2);
  if (h->bug == BUG_EPSILON_HAT) return y->rate * sqrt(y->c2) / y->c1 * h->a[i] / (sqrt(h->b[i]) + y->epsilon);
  return y->rate * m / handmade_root(y, v);
}

static inline double handmade_adagrad_step(handmade *h, const handmade_hyper *y, const clino_step_call *c, size_t i,
                                           double g) {
  bool mean = (!strcmp(c->options->rule, "adagrad-mean")) != (h->bug == BUG_MEAN_SQUARES);
  bool rms = !mean && c->options->adagrad_form == CLINO_ADAGRAD_RMS;
  h->a[i] = handmade_r(y->is_float, mean || rms ? h->a[i] + (g * g - h->a[i]) / y->t : h->a[i] + g * g);
  if (!rms) return y->rate * g / handmade_root(y, h->a[i]);
  double root = sqrt(y->t);
  return y->rate / root * g / (y->epsilon_in ? sqrt(h->a[i] + y->epsilon / y->t) : sqrt(h->a[i]) + y->epsilon / root);
}

static inline double handmade_adadelta_step(handmade *h, const handmade_hyper *y, size_t i, double g) {
  h->a[i] = handmade_average(h, y, h->a[i], y->beta2, g * g);
  double ratio = handmade_root(y, h->b[i]) / handmade_root(y, h->a[i]);
  if (h->style == STYLE_INCREMENTAL && y->epsilon_in) ratio = sqrt((h->b[i] + y->epsilon) / (h->a[i] + y->epsilon));
  double move = ratio * g;
  h->b[i] = handmade_average(h, y, h->b[i], y->beta2, move * move);
  return y->rate * move;
}

/* How far entry i moves downhill. */
static inline double handmade_move(handmade *h, const handmade_hyper *y, const clino_step_call *c, size_t i, double g) {
  const char *rule = c->options->rule;
  if (!strcmp(rule, "momentum") || !strcmp(rule, "nesterov")) return handmade_velocity_step(h, y, c, i, g);
  if (!strncmp(rule, "adam", 4)) return handmade_moments_step(h, y, i, g);
  if (!strncmp(rule, "adagrad", 7)) return handmade_adagrad_step(h, y, c, i, g);
  if (!strcmp(rule, "adadelta")) return handmade_adadelta_step(h, y, i, g);
  if (!strcmp(rule, "rmsprop")) {
    h->a[i] = handmade_average(h, y, h->a[i], y->beta2, g * g);
    return y->rate * g / handmade_root(y, h->a[i]);
  }
  return y->rate * g;
}

static inline double handmade_get(const clino_tensor *t, const void *from, size_t i) {
  return t->dtype == CLINO_F32 ? (double)((const float *)from)[i] : ((const double *)from)[i];
}

static inline size_t handmade_size(const clino_tensor *t) {
  size_t n = 1;
  for (size_t d = 0; d < t->n_dims; d++) n *= t->shape[d];
  return n;
}

/* What the gradient is multiplied by, clipping by the norm over all tensors included. */
static inline double handmade_scale(const handmade *h, const clino_step_call *c) {
  double sum = 0, scale = c->options->grad_scale;
  for (size_t k = 0; k < c->n_tensors; k++)
    for (size_t i = 0; i < handmade_size(&c->tensors[k]); i++) {
      double g = scale * handmade_get(&c->tensors[k], c->tensors[k].grad, i);
      sum += g * g;
    }
  bool clips = h->bug != BUG_CLIPPING && sqrt(sum) > c->options->clip_norm;
  return clips ? scale * c->options->clip_norm / sqrt(sum) : scale;
}

static inline int handmade_step(const clino_step_call *c, void *ctx) {
  handmade *h = ctx;
  handmade_hyper y = handmade_prepare(h, c);
  double scale = handmade_scale(h, c), limit = h->bug == BUG_CLIPPING ? INFINITY : c->options->clip_value;
  size_t at = 0;
  for (size_t k = 0; k < c->n_tensors; k++) {
    const clino_tensor *t = &c->tensors[k];
    bool decays = t->n_dims > 1 || c->decay_biases != (h->bug == BUG_DECAY_BIASES);
    double decay = decays ? y.decay : 0;
    for (size_t i = 0; i < handmade_size(t); i++, at++) {
      double p = handmade_get(t, t->value, i), g = scale * handmade_get(t, t->grad, i) * y.sign;
      g = g > limit ? limit : g < -limit ? -limit : g;
      if (y.coupled) g = handmade_r(y.is_float, g + decay * p);
      else
        p = handmade_r(y.is_float, h->style == STYLE_INCREMENTAL ? p * (1 - y.rate * decay) : p - y.rate * decay * p);
      p -= handmade_r(y.is_float, handmade_move(h, &y, c, at, handmade_r(y.is_float, g)));
      if (y.is_float) ((float *)t->value)[i] = (float)p;
      else ((double *)t->value)[i] = p;
    }
  }
  return 0;
}

/* Where the next step wants its gradient: p + mu v. */
static inline int handmade_lookahead(const clino_step_call *c, void *ctx) {
  const handmade *h = ctx;
  const clino_optimizer_options *o = c->options;
  double way = h->bug == BUG_HEAVY_BALL ? 0 : o->momentum * (o->velocity_sign == CLINO_VELOCITY_UPHILL ? -1 : 1);
  if ((o->rate_place == CLINO_RATE_OUTSIDE) != (h->bug == BUG_RATE_SIDE)) way *= o->rate;
  size_t at = 0;
  for (size_t k = 0; k < c->n_tensors; k++)
    for (size_t i = 0; i < handmade_size(&c->tensors[k]); i++, at++) {
      double x = handmade_get(&c->tensors[k], c->tensors[k].value, i) + way * h->a[at];
      if (c->tensors[k].dtype == CLINO_F32) ((float *)c->tensors[k].grad)[i] = (float)x;
      else ((double *)c->tensors[k].grad)[i] = x;
    }
  return 0;
}

#endif
