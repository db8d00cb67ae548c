/* The reference runs on the rules' own f64 loops; a twist changes what goes into them.
 *
 * Rounding. Whatever order an implementation computes in, the result is that of a step whose inputs are off by a few
 * units of roundoff (backward errors: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.5).
 * A moved run makes such errors: of random size at each step on parameters, gradient, state and what the step adds, and
 * of one sign all the way on hyperparameters, on the factors of the bias correction, on the state (an implementation
 * whose 1 - beta does not belong to its beta) and on the parameters (rounding that always goes one way), because these
 * add up. */
#include "train/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"

/* In units of roundoff. */
#define RANDOM_ERROR 2.0
#define OWN_ERROR 3.0
#define MOVE_ERROR 3.0
#define STEADY_ERROR 1.5
#define STEADY_PARAMETER_ERROR 1.0
/* A tolerance of this part of a parameter means that errors have grown for long. */
#define CHAOTIC 0.01

clino_status clino__reference_new(const clino__plan *plan, clino__reference *r, clino_error *error) {
  double *memory = malloc(5 * plan->n * sizeof *memory);
  *r = (clino__reference){.plan = plan, .params = memory};
  if (!memory) return clino__fail_memory(error, "the reference of a step check");
  r->slots = memory + plan->n;
  r->grad = memory + 3 * plan->n;
  r->before = memory + 4 * plan->n;
  return CLINO_OK;
}

void clino__reference_free(clino__reference *r) { free(r->params); }

/* ---- errors of a moved run ---- */

typedef struct errors {
  bool on;
  double unit;
  clino__rng rng;
  double rate, momentum, dampening, beta1, beta2, epsilon, decay, params, slots[2], product1, product2; /* factors */
} errors;

static double steady(errors *e, double size) {
  return 1 + (clino__rng_bits(&e->rng) >> 63 ? size : -size) * e->unit;
}

static errors errors_of(uint64_t run, double unit) {
  errors e = {.on = run > 0, .unit = run ? unit : 0, .rng = clino__rng_new(run)};
  double *factors[] = {&e.rate,  &e.momentum, &e.dampening, &e.beta1,    &e.beta2,   &e.epsilon,
                       &e.decay, &e.slots[0], &e.slots[1],  &e.product1, &e.product2};
  for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) *factors[i] = steady(&e, STEADY_ERROR);
  e.params = steady(&e, STEADY_PARAMETER_ERROR);
  return e;
}

static void jitter(errors *e, double *x, size_t n, double factor) {
  if (!e->on) return;
  for (size_t i = 0; i < n; i++)
    x[i] *= factor * (1 + RANDOM_ERROR * e->unit * (2 * clino__rng_uniform(&e->rng) - 1));
}

static void move_options(const errors *e, clino_optimizer_options *o) {
  if (!e->on) return;
  o->rate *= e->rate;
  o->momentum *= e->momentum;
  o->dampening *= e->dampening;
  o->beta1 *= e->beta1;
  o->beta2 *= e->beta2;
  o->epsilon *= e->epsilon;
  o->weight_decay *= e->decay;
}

/* What was taken from the parameters is off by the rounding of the operations that it took. */
static void jitter_moves(errors *e, double *x, const double *before, size_t n) {
  if (!e->on) return;
  for (size_t i = 0; i < n; i++)
    x[i] += (x[i] - before[i]) * MOVE_ERROR * e->unit * (2 * clino__rng_uniform(&e->rng) - 1);
}

/* ---- one step ---- */

typedef struct progress {
  double t, before1, before2, product1, product2; /* of the betas without and with this step's */
} progress;

static clino_optimizer_options options_at(const clino__plan *p, const clino__twist *w, size_t trial, size_t t) {
  clino_optimizer_options o = *clino__plan_options(p, trial, t);
  size_t from = w->rate_from < 0 ? t - 1 : t + (size_t)w->rate_from;
  if (!(w->rate_held && t == 1)) o.rate = clino__plan_options(p, trial, from)->rate;
  if (w->options) w->options(&o);
  if (w->rate_factor != 0) o.rate *= w->rate_factor;
  if (w->grad_factor != 0) o.grad_scale *= w->grad_factor;
  return o;
}

static void advance(progress *at, const clino_optimizer_options *o, const errors *e) {
  at->t++;
  at->before1 = at->product1;
  at->before2 = at->product2;
  at->product1 *= o->beta1 * (e->on ? e->product1 : 1);
  at->product2 *= o->beta2 * (e->on ? e->product2 : 1);
}

static clino__progress twisted_progress(const progress *at, const clino_optimizer_options *o, const clino__twist *w) {
  clino__progress p = {at->t + w->count_from, at->product1, at->product2};
  if (w->count_from > 0) p.product1 *= o->beta1, p.product2 *= o->beta2;
  if (w->count_from < 0) p.product1 = at->before1, p.product2 = at->before2;
  if (w->uncorrected1) p.product1 = 0;
  if (w->uncorrected2) p.product2 = 0;
  return p;
}

static double clipped(const clino_optimizer_options *o, size_t n, const double *grad) {
  double norm = clino_gradient_norm_f64(n, grad) * fabs(o->grad_scale);
  return norm > o->clip_norm ? o->grad_scale * (o->clip_norm / norm) : o->grad_scale;
}

static void step(clino__reference *r, const clino__twist *w, const clino_optimizer_options *o, const progress *at) {
  const clino__plan *p = r->plan;
  const clino__rule *rule = clino__rule_find(o->rule);
  const clino__progress count = twisted_progress(at, o, w);
  bool decay_biases = w->biases == CLINO__BIASES_AS_TOLD ? p->decay_biases : w->biases == CLINO__BIASES_DECAY;
  double together = clipped(o, p->n, r->grad);
  for (size_t k = 0; k < p->n_tensors; k++) {
    size_t from = p->offset[k], n = p->offset[k + 1] - from;
    clino_optimizer_options here = *o;
    if (!clino__plan_decays(p, k, decay_biases)) here.weight_decay = 0;
    clino__update u = clino__shape(&here, w->clips_per_tensor ? clipped(&here, n, r->grad + from) : together);
    rule->prepare(&here, &count, &u);
    if (w->update) w->update(&here, &u);
    double after = w->decays_after ? u.decay : 0;
    u.decay -= after;
    rule->f64(&u, n, r->params + from, r->grad + from, r->slots + from, r->slots + p->n + from);
    for (size_t i = from; after != 0 && i < from + n; i++) r->params[i] -= after * r->params[i];
  }
}

/* The gradient at the point where the rule wants it. */
static void gradient(clino__reference *r, const clino_optimizer_options *o, size_t trial, size_t t) {
  const clino__plan *p = r->plan;
  memcpy(r->grad, p->grad + clino__plan_at(p, trial, t), p->n * sizeof *r->grad);
  if (!p->looks_ahead) return;
  double ahead = clino__looks_ahead(o);
  for (size_t i = 0; i < p->n; i++)
    r->grad[i] += p->pull * (r->params[i] + ahead * r->slots[i] - p->start[trial * p->n + i]);
}

void clino__reference_run(clino__reference *r, const clino__twist *w, uint64_t run, double *path) {
  const clino__plan *p = r->plan;
  errors e = errors_of(run, p->unit);
  progress at = {0};
  for (size_t trial = 0; trial < p->trials; trial++) {
    memcpy(r->params, p->start + trial * p->n, p->n * sizeof *r->params);
    if (!trial || !w->keeps_slots) memset(r->slots, 0, 2 * p->n * sizeof *r->slots);
    if (!trial || !w->keeps_count) at = (progress){.product1 = 1, .product2 = 1};
    for (size_t t = 1; t <= p->steps; t++) {
      clino_optimizer_options o = options_at(p, w, trial, t);
      move_options(&e, &o);
      advance(&at, &o, &e);
      gradient(r, &o, trial, t);
      jitter(&e, r->grad, p->n, 1);
      memcpy(r->before, r->params, p->n * sizeof *r->before);
      step(r, w, &o, &at);
      jitter_moves(&e, r->params, r->before, p->n);
      jitter(&e, r->params, p->n, e.params);
      jitter(&e, r->slots, p->n, e.slots[0]);
      jitter(&e, r->slots + p->n, p->n, e.slots[1]);
      memcpy(path + clino__plan_at(p, trial, t), r->params, p->n * sizeof *path);
    }
  }
}

/* ---- how far a right implementation may be off ---- */

/* The tolerance of an entry never falls within a trial. Once it is a hundredth of the largest size that the parameter
 * has had, the trial has become chaotic there (decay through the gradient at a high rate does that), and nothing that
 * follows can be judged. */
static void make_cumulative(const clino__plan *p, const double *expected, double *tolerance) {
  for (size_t column = 0; column < p->trials * p->n; column++) {
    size_t at = column / p->n * p->steps * p->n + column % p->n;
    double largest = 0, before = 0;
    for (size_t t = 0; t < p->steps; t++, at += p->n) {
      largest = fmax(largest, fabs(expected[at]));
      before = fmax(before, tolerance[at]);
      if (before > CHAOTIC * largest) before = INFINITY;
      tolerance[at] = before;
    }
  }
}

void clino__reference_tolerance(clino__reference *r, const clino__twist *w, const double *expected, double *tolerance,
                                double *scratch) {
  const clino__plan *p = r->plan;
  size_t size = clino__plan_size(p);
  memset(tolerance, 0, size * sizeof *tolerance);
  for (uint64_t run = 1; run <= CLINO__REFERENCE_RUNS; run++) {
    clino__reference_run(r, w, run, scratch);
    for (size_t i = 0; i < size; i++) {
      double off = fabs(scratch[i] - expected[i]);
      if (off > tolerance[i] && off < INFINITY) tolerance[i] = off;
    }
  }
  for (size_t i = 0; i < size; i++) {
    double own = fabs(expected[i]) < INFINITY ? OWN_ERROR * p->unit * fabs(expected[i]) : 0;
    tolerance[i] = 2 * (tolerance[i] > own ? tolerance[i] : own);
  }
  make_cumulative(p, expected, tolerance);
}
