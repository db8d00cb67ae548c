/* The planted mistakes: which update rules they make sense for, under which hyperparameters, and what stepcheck must
 * call them. */
#ifndef BENCH_PLANTED_H
#define BENCH_PLANTED_H

#include <string.h>

#include "handmade.h"

typedef struct planted {
  handmade_bug bug;
  const char *id;    /* what it must be called */
  const char *rules; /* blank-separated; "" for all */
  void (*formula)(clino_optimizer_options *o);
} planted;

static inline void planted_coupled(clino_optimizer_options *o) {
  o->weight_decay = 0.02;
  o->decay_kind = CLINO_DECAY_COUPLED;
}
static inline void planted_decoupled(clino_optimizer_options *o) {
  o->weight_decay = 0.02;
  o->decay_kind = CLINO_DECAY_DECOUPLED;
}
static inline void planted_decay(clino_optimizer_options *o) { o->weight_decay = 0.02; }
static inline void planted_outside(clino_optimizer_options *o) { o->rate_place = CLINO_RATE_OUTSIDE; }
static inline void planted_inside(clino_optimizer_options *o) { o->rate_place = CLINO_RATE_INSIDE; }
static inline void planted_dampening(clino_optimizer_options *o) { o->dampening = 0.4; }
static inline void planted_root_outside(clino_optimizer_options *o) { o->epsilon_place = CLINO_EPSILON_OUTSIDE; }
static inline void planted_root_inside(clino_optimizer_options *o) { o->epsilon_place = CLINO_EPSILON_INSIDE; }
static inline void planted_rms(clino_optimizer_options *o) { o->adagrad_form = CLINO_ADAGRAD_RMS; }
static inline void planted_lookahead(clino_optimizer_options *o) { o->nesterov_form = CLINO_NESTEROV_LOOKAHEAD; }
static inline void planted_clip_norm(clino_optimizer_options *o) { o->clip_norm = 1.7; }
static inline void planted_clip_value(clino_optimizer_options *o) { o->clip_value = 0.6; }

#define PLANTED_MOMENTS "adam adamw"
#define PLANTED_ROOTS "adagrad adagrad-mean adadelta rmsprop adam adamw"

static const planted planted_list[] = {
    {BUG_SIGN, "sign", "", NULL},
    {BUG_UNCORRECTED, "bias-correction-missing", PLANTED_MOMENTS, NULL},
    {BUG_COUNT_AHEAD, "step-count-ahead", PLANTED_MOMENTS " adagrad-mean", NULL},
    {BUG_COUNT_BEHIND, "step-count-behind", PLANTED_MOMENTS " adagrad-mean", NULL},
    {BUG_COUNT_BEHIND, "step-count-behind", "adagrad", planted_rms},
    {BUG_EPSILON_INSIDE, "epsilon-inside", PLANTED_ROOTS, planted_root_outside},
    {BUG_EPSILON_OUTSIDE, "epsilon-outside", PLANTED_ROOTS, planted_root_inside},
    {BUG_EPSILON_HAT, "epsilon-hat", PLANTED_MOMENTS, NULL},
    {BUG_COUPLED, "decay-coupled", "momentum nesterov " PLANTED_ROOTS, planted_decoupled},
    {BUG_COUPLED, "decay-decoupled", "momentum nesterov " PLANTED_ROOTS, planted_coupled},
    {BUG_DECAY_BIASES, "decay-on-biases", "", planted_decay},
    {BUG_DECAY_MISSING, "decay-missing", "", planted_decay},
    {BUG_NESTEROV, "nesterov-for-momentum", "momentum", NULL},
    {BUG_HEAVY_BALL, "momentum-for-nesterov", "nesterov", NULL},
    {BUG_HEAVY_BALL, "momentum-for-nesterov", "nesterov", planted_lookahead},
    {BUG_RATE_SIDE, "rate-inside-velocity", "momentum nesterov", planted_outside},
    {BUG_RATE_SIDE, "rate-outside-velocity", "momentum nesterov", planted_inside},
    {BUG_RATE_SIDE, "rate-outside-velocity", "nesterov", planted_lookahead},
    {BUG_DAMPENED, "dampening", "momentum nesterov", NULL},
    {BUG_UNDAMPENED, "dampening-missing", "momentum nesterov", planted_dampening},
    {BUG_MEAN_SQUARES, "mean-of-squares", "adagrad", NULL},
    {BUG_MEAN_SQUARES, "sum-of-squares", "adagrad-mean", NULL},
    {BUG_MEAN, "mean-for-sum", "", NULL},
    {BUG_STATE, "state-not-zeroed", "momentum nesterov adagrad adadelta rmsprop adam adamw", NULL},
    {BUG_LATE, "schedule-late", "", NULL},
    {BUG_BETAS, "betas-swapped", PLANTED_MOMENTS, NULL},
    {BUG_RATE, "rate-scaled", "adagrad-mean adadelta rmsprop adam adamw adagrad", NULL},
    {BUG_CLIPPING, "clipping-missing", "", planted_clip_norm},
    {BUG_CLIPPING, "clipping-missing", "", planted_clip_value},
};
#define PLANTED_COUNT (sizeof planted_list / sizeof planted_list[0])

static inline bool planted_applies(const planted *p, const char *rule) {
  if (!*p->rules) return true;
  size_t length = strlen(rule);
  for (const char *at = p->rules; (at = strstr(at, rule)); at += length)
    if ((at == p->rules || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
  return false;
}

/* The formula that it claims to be. */
static inline clino_optimizer_options planted_formula(const planted *p, const char *rule) {
  clino_optimizer_options o = clino_optimizer_options_default(rule);
  if (p->formula) p->formula(&o);
  return o;
}

/* One check of a planted mistake (NULL: none) under a formula. The state is larger than a stack should hold: the
 * caller's. */
static inline clino_status planted_check(handmade *h, handmade_bug bug, handmade_style style,
                                         const clino_optimizer_options *formula, clino_dtype dtype, uint64_t seed,
                                         clino_stepcheck_result *r, clino_error *error) {
  memset(h, 0, sizeof *h);
  h->bug = bug;
  h->style = style;
  const clino_stepper stepper = {handmade_init, handmade_step, handmade_lookahead, h};
  const clino_tensor single[] = {CLINO_TENSOR_F32("W", NULL, NULL, 8, 5), CLINO_TENSOR_F32("b", NULL, NULL, 8)};
  clino_stepcheck_options o = clino_stepcheck_options_default();
  o.seed = seed;
  if (bug == BUG_MEAN) o.batch = 32;
  if (dtype == CLINO_F32) {
    o.n_tensors = 2;
    o.tensors = single;
  }
  return clino_stepcheck(&stepper, formula, &o, r, error);
}

#endif
