/* The trials: the first two as the formula says and with the same numbers, the others with hyperparameters drawn anew.
 * */
#include "train/plan.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "train/normal.h"
#include "train/rule.h"

/* The rate changes from step to step by up to this power of two. */
#define RATE_SPREAD 1.5

enum { DRAW_OPTIONS = 1, DRAW_START, DRAW_GRAD, DRAW_SCALE };

/* The generator of one purpose in one trial. The second trial is the first one again. */
static clino__rng draw(uint64_t seed, size_t trial, uint64_t purpose) {
  return clino__rng_new(clino__rng_derive(seed, purpose + 8 * (uint64_t)(trial == 1 ? 0 : trial)));
}

/* x times 10^e, e uniform between low and high. */
static double times_ten_to(clino__rng *rng, double x, double low, double high) {
  return x * pow(10, clino__rng_between(rng, low, high));
}

/* Hyperparameters of one trial. What is 0 or infinite in the formula stays so; every draw is made in any case. */
static clino_optimizer_options varied(const clino_optimizer_options *formula, clino__rng *rng) {
  clino_optimizer_options o = *formula;
  o.rate = times_ten_to(rng, o.rate, -0.7, 0.5);
  double momentum = clino__rng_between(rng, 0.3, 0.97), dampening = clino__rng_between(rng, 0.05, 0.9);
  double beta1 = clino__rng_between(rng, 0.5, 0.95), beta2 = 1 - times_ten_to(rng, 1, -2.7, -0.6);
  if (o.momentum > 0) o.momentum = momentum;
  if (o.dampening > 0) o.dampening = dampening;
  if (o.beta1 > 0) o.beta1 = beta1;
  if (o.beta2 > 0) o.beta2 = beta2;
  o.epsilon = times_ten_to(rng, o.epsilon, -1, 3);
  o.weight_decay = times_ten_to(rng, o.weight_decay, -0.3, 1);
  o.grad_scale = times_ten_to(rng, o.grad_scale, -0.3, 0.3);
  o.clip_norm = times_ten_to(rng, o.clip_norm, -0.3, 0.3);
  o.clip_value = times_ten_to(rng, o.clip_value, -0.3, 0.3);
  if (formula->grad_scale == 1) o.grad_scale = 1;
  o.momentum_next = CLINO_AUTO;
  /* What a step takes by decay stays a part of the parameter, also at the highest rate: else p grows without bounds. */
  double most = fmax(0.2, formula->rate * formula->weight_decay) / (o.rate * pow(2, RATE_SPREAD));
  o.weight_decay = fmin(o.weight_decay, most);
  return o;
}

static void plan_options(const clino_optimizer_options *formula, const clino_stepcheck_options *o, clino__plan *p,
                         size_t trial) {
  clino__rng rng = draw(o->seed, trial, DRAW_OPTIONS);
  bool vary = o->vary && trial > 1;
  clino_optimizer_options base = vary ? varied(formula, &rng) : *formula;
  for (size_t t = 0; t < p->steps + 2; t++) {
    clino_optimizer_options *at = p->options + trial * (p->steps + 2) + t;
    *at = base;
    if (o->rate) at->rate = clino_schedule_at(o->rate, t ? t - 1 : 0);
    else if (vary) at->rate = base.rate * pow(2, clino__rng_between(&rng, -RATE_SPREAD, RATE_SPREAD));
  }
}

/* Sizes of the entries' gradients: a quarter each near 1, down to a hundredth, and where epsilon shows, outside of the
 * root and inside; brought to where clipping acts on about half of the steps. */
static void plan_scales(const clino_optimizer_options *o, const clino__plan *p, clino__rng *rng, double *scale) {
  const clino__rule *rule = clino__rule_find(o->rule);
  double floor = p->dtype == CLINO_F32 ? 1e-12 : 1e-120, unit = 1;
  if (isfinite(o->clip_norm)) unit = o->clip_norm / sqrt((double)p->n / 3);
  else if (isfinite(o->clip_value)) unit = o->clip_value;
  if (o->grad_scale != 0) unit /= fabs(o->grad_scale);
  bool has_epsilon = rule->has_epsilon && o->epsilon > 0;
  for (size_t i = 0; i < p->n; i++) {
    double size = times_ten_to(rng, 1, -0.3, 0.3), smaller = times_ten_to(rng, 1, -2, 0);
    scale[i] = unit * (i % 4 ? smaller : size);
    if (has_epsilon && i % 4 == 2) scale[i] = fmin(unit, o->epsilon) * size;
    if (has_epsilon && i % 4 == 3) scale[i] = fmin(unit, sqrt(o->epsilon)) * size;
    if (!(scale[i] > floor)) scale[i] = floor;
  }
}

static void plan_numbers(const clino_stepcheck_options *o, clino__plan *p, size_t trial, double *scale) {
  clino__rng start = draw(o->seed, trial, DRAW_START), grad = draw(o->seed, trial, DRAW_GRAD);
  clino__rng scales = draw(o->seed, trial, DRAW_SCALE);
  plan_scales(clino__plan_options(p, trial, 1), p, &scales, scale);
  for (size_t i = 0; i < p->n; i++)
    p->start[trial * p->n + i] = clino__plan_round(p, clino__rng_between(&start, -0.6, 0.6));
  for (size_t t = 1; t <= p->steps; t++) {
    double weight = pow(2, clino__rng_between(&grad, -1.5, 1.5)), *g = p->grad + clino__plan_at(p, trial, t);
    for (size_t i = 0; i < p->n; i++)
      g[i] = clino__plan_round(p, weight * scale[i] * (clino__normal(&grad) + (i & 4 ? 0.4 : -0.4)));
  }
}

/* Small enough that descent with it is stable at any rate that occurs, momentum included. */
static double stable_pull(const clino__plan *p) {
  double largest = 0;
  for (size_t i = 0; i < p->trials * (p->steps + 2); i++) largest = fmax(largest, p->options[i].rate);
  return largest > 0 ? 0.1 / largest : 0;
}

static void plan_shapes(const clino_stepcheck_options *o, clino__plan *p) {
  static const size_t rows = 8, columns = 5;
  p->n_tensors = o->n_tensors ? o->n_tensors : 2;
  if (o->n_tensors) {
    for (size_t k = 0; k < o->n_tensors; k++) p->tensors[k] = o->tensors[k];
  } else {
    p->tensors[0] = CLINO_TENSOR_F64("W", NULL, NULL, rows, columns);
    p->tensors[1] = CLINO_TENSOR_F64("b", NULL, NULL, rows);
  }
  for (size_t k = 0; k < p->n_tensors; k++) {
    size_t count = 1;
    for (size_t d = 0; d < p->tensors[k].n_dims; d++) count *= p->tensors[k].shape[d];
    p->offset[k + 1] = p->offset[k] + count;
    p->tensors[k].strides = NULL;
    if (!p->tensors[k].name) p->tensors[k].name = "";
  }
  p->n = p->offset[p->n_tensors];
  p->dtype = p->tensors[0].dtype;
  p->unit = p->dtype == CLINO_F32 ? FLT_EPSILON / 2 : DBL_EPSILON / 2;
}

clino_status clino__plan_new(const clino_optimizer_options *formula, const clino_stepcheck_options *o, clino__plan *p,
                             clino_error *error) {
  *p = (clino__plan){.trials = o->trials, .steps = o->steps, .decay_biases = o->decay_biases};
  plan_shapes(o, p);
  if (p->n > CLINO__PLAN_NUMBERS / p->trials / p->steps)
    return clino__fail(error, CLINO_ERR_RANGE,
                       "clino_stepcheck_options: trials * steps * entries is %zu * %zu * %zu, above "
                       "20 million",
                       p->trials, p->steps, p->n);
  const clino__rule *rule = clino__rule_find(formula->rule);
  p->looks_ahead = rule->looks_ahead && formula->nesterov_form == CLINO_NESTEROV_LOOKAHEAD;
  p->options = malloc(p->trials * (p->steps + 2) * sizeof *p->options);
  p->start = malloc(p->trials * p->n * sizeof *p->start);
  p->grad = malloc(clino__plan_size(p) * sizeof *p->grad);
  double *scale = malloc(p->n * sizeof *scale);
  bool there = p->options && p->start && p->grad && scale;
  for (size_t trial = 0; there && trial < p->trials; trial++) {
    plan_options(formula, o, p, trial);
    plan_numbers(o, p, trial, scale);
  }
  if (there && p->looks_ahead) p->pull = stable_pull(p);
  free(scale);
  return there ? CLINO_OK : clino__fail_memory(error, "the trials of a step check");
}

void clino__plan_free(clino__plan *p) {
  free(p->options);
  free(p->start);
  free(p->grad);
}
