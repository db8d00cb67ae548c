/* Is the Jacobian of a field symmetric? u'Hv - v'Hu over falling steps, from differences of the field alone. A field
 * that is no gradient shows the same difference at step after step; a jump of a gradient at a kink shows one that grows
 * as the step falls, and noise one that comes and goes. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/hessian.h"
#include "gradcheck/limit.h"
#include "gradcheck/noise_line.h"
#include "gradcheck/precheck.h"

#define PLATEAU 4
#define SPREAD 0.2
#define NOISE_SPACING 1e-6 /* relative to the coordinates, as in noise.c */

typedef struct pair {
  clino__session *s;
  const clino_hessian_options *o;
  double *u, *v, *forward, *backward;
  double noise_u, noise_v;     /* deviation of noise of u'g, v'g */
  double field;                /* what u'g and v'g are with other signs */
  clino__limit limit;          /* of the difference */
  double u_value[CLINO__LIMIT_MOST], v_value[CLINO__LIMIT_MOST], size[CLINO__LIMIT_MOST]; /* by sample */
  double bend_u, bend_v;       /* at the step before; NaN: none */
  clino_symmetry_pair *out;
} pair;

/* ---- noise ---- */

/* Deviation of noise of weight'g, from gradients along a line. */
static clino_status sample_noise(pair *p, const double *weight, const double *along, double spacing, double *sigma) {
  double projected[CLINO__LINE_POINTS];
  projected[0] = clino__dot(weight, p->s->p.gradient, p->s->n);
  clino_status status = CLINO_OK;
  for (int k = 1; k < CLINO__LINE_POINTS && !status; k++) {
    clino__session_move(p->s, NULL, k * spacing, along);
    status = clino__session_gradient(p->s, p->forward);
    projected[k] = status ? NAN : clino__dot(weight, p->forward, p->s->n);
  }
  *sigma = clino__noise_line_sigma(projected, NULL);
  return status;
}

/* Shorter lines where the field is anything but smooth on the longer ones, the other side first. */
static clino_status measure_noise(pair *p, const double *weight, const double *along, double *sigma) {
  static const double spacings[] = {1, -1, 1e-3, 1e-6};
  static const double enough[] = {0, 1e3 * DBL_EPSILON, 1e-4, 1e-4};
  double unit = clino__hessian_single(p->s, p->s->p.gradient) ? FLT_EPSILON : DBL_EPSILON;
  double size = clino__dot_size(weight, p->s->p.gradient, p->s->n);
  clino_status status = CLINO_OK;
  *sigma = INFINITY;
  for (size_t k = 0; k < 4 && !status && (k == 0 || !(*sigma <= enough[k] * size)); k++) {
    double now;
    status = sample_noise(p, weight, along, spacings[k] * NOISE_SPACING, &now);
    *sigma = fmin(*sigma, now);
  }
  *sigma = fmax(*sigma, 0.29 * unit * size);
  return status;
}

/* ---- steps ---- */

typedef struct measured {
  double value;  /* weight'(g(x + t along) - g(x - t along)) / 2t */
  double size;   /* what it is with other signs of its terms */
  double bend;   /* weight'(g(x + t along) - 2 g(x) + g(x - t along)) / 2t: falls with t where the field is smooth */
} measured;

static clino_status quotient(pair *p, const double *weight, const double *along, double t, measured *m) {
  size_t n = p->s->n;
  clino__session_move(p->s, NULL, t, along);
  clino_status status = clino__session_gradient(p->s, p->forward);
  if (status) return status;
  clino__session_move(p->s, NULL, -t, along);
  status = clino__session_gradient(p->s, p->backward);
  if (status) return status;
  for (size_t i = 0; i < n; i++) {
    double up = p->forward[i] / (2 * t), down = p->backward[i] / (2 * t), here = p->s->p.gradient[i] / (2 * t);
    p->forward[i] = up - down;
    p->backward[i] = (up - here) + (down - here);
  }
  m->value = clino__dot(weight, p->forward, n);
  m->size = clino__dot_size(weight, p->forward, n);
  m->bend = clino__dot(weight, p->backward, n);
  return CLINO_OK;
}

/* How far a bend is from that of a smooth field, beyond its noise: a jump or a spike within the step. */
static double misfit(double bend, double before, double noise) {
  double off = isfinite(before) ? fmin(fabs(bend), fabs(bend - before / CLINO__HESSIAN_RATIO)) : fabs(bend);
  return fmax(0, off - 2 * noise);
}

static clino_status add_step(pair *p, double t, bool *more) {
  measured u, v;
  clino_status status = quotient(p, p->u, p->v, t, &u);
  if (!status) status = quotient(p, p->v, p->u, t, &v);
  if (status) return status;
  double size = fmax(u.size, v.size), reached = fmax(size, fmax(fabs(u.bend), fabs(v.bend))), error;
  double noise = 3 / sqrt(2) * hypot(p->noise_u, p->noise_v) / t + p->s->spacing / t * size;
  double extra = misfit(u.bend, p->bend_u, noise) + misfit(v.bend, p->bend_v, noise);
  p->bend_u = u.bend, p->bend_v = v.bend;
  size_t k = p->limit.count;
  if (clino__limit_add(&p->limit, t, u.value - v.value, noise, extra)) {
    p->u_value[k] = u.value;
    p->v_value[k] = v.value;
    p->size[k] = reached;
  }
  clino__limit_best(&p->limit, &error);
  bool done = noise > reached || (noise > 30 * error && error <= p->o->resolution / 10 * size);
  *more = p->limit.count < 6 || !done;
  return CLINO_OK;
}

static clino_status measure(pair *p) {
  clino_status status = measure_noise(p, p->u, p->v, &p->noise_u);
  if (!status) status = measure_noise(p, p->v, p->u, &p->noise_v);
  bool more = true;
  double t = CLINO__HESSIAN_LARGEST, least = CLINO__HESSIAN_SPACINGS * p->s->spacing;
  for (int k = 0; !status && more && k < CLINO__LIMIT_MOST && t >= least; k++, t /= CLINO__HESSIAN_RATIO)
    status = add_step(p, t, &more);
  clino__session_reset(p->s);
  return status;
}

/* ---- the verdict ---- */

static void take_sample(pair *p, size_t k, double error) {
  p->out->forward = p->u_value[k];
  p->out->backward = p->v_value[k];
  p->out->error = error;
  p->out->size = p->size[k];
  p->out->step = p->limit.t[k];
}

static void judge(pair *p) {
  clino_symmetry_pair *out = p->out;
  bool single = clino__hessian_single(p->s, p->s->p.gradient);
  double tolerance = single ? fmax(p->o->tolerance, 1e-3) : p->o->tolerance, error;
  clino__plateau level;
  bool still = true; /* the field does not change at all */
  for (size_t k = 0; k < p->limit.count; k++) still = still && p->size[k] == 0;
  size_t best = clino__limit_best(&p->limit, &error);
  out->verdict = CLINO_VERDICT_INCONCLUSIVE;
  out->reason = CLINO_REASON_STEP;
  out->forward = out->backward = out->error = out->size = out->step = NAN;
  if (best == p->limit.count) return;
  take_sample(p, best, error);
  double slack = (tolerance + 128 * (single ? FLT_EPSILON : DBL_EPSILON)) * out->size;
  if (clino__limit_plateau(&p->limit, PLATEAU, SPREAD, &level) && fabs(level.value) > level.error + slack) {
    if (best < level.from || best > level.to) take_sample(p, (level.from + level.to) / 2, level.error);
    out->settled = true;
    out->verdict = CLINO_VERDICT_FAIL;
    out->reason = CLINO_REASON_DIFFERS;
  } else if (still || (fabs(p->limit.value[best]) <= error + slack &&
                       error <= p->o->resolution * fmax(out->size, p->field))) {
    out->settled = true;
    out->verdict = CLINO_VERDICT_PASS;
    out->reason = CLINO_REASON_NONE;
  } else if (p->limit.noise[best] > error / 4) {
    out->reason = CLINO_REASON_NOISE;
  }
}

static clino_status test_pair(pair *p, size_t index, clino_symmetry_result *r) {
  clino_symmetry_pair out = {.index = index};
  size_t n = p->s->n;
  p->out = &out;
  p->limit.count = 0;
  p->bend_u = p->bend_v = NAN;
  clino__session_random(p->s, 0x73796D75 + 2 * index, index % 2 == 1, p->u);
  clino__session_random(p->s, 0x73796D75 + 2 * index + 1, index % 2 == 1, p->v);
  p->field = fmax(clino__dot_size(p->u, p->s->p.gradient, n), clino__dot_size(p->v, p->s->p.gradient, n));
  clino_status status = measure(p);
  if (status) return status;
  judge(p);
  double off = fabs(out.forward - out.backward) / out.size;
  double worst = fabs(r->worst.forward - r->worst.backward) / r->worst.size;
  r->counts[out.verdict]++;
  r->pairs++;
  if (out.verdict > r->worst.verdict || (out.verdict == r->worst.verdict && off > worst)) r->worst = out;
  r->verdict = r->worst.verdict;
  r->reason = r->worst.reason;
  return CLINO_OK;
}

/* ---- the whole ---- */

static clino_status test_pairs(clino__session *s, const clino_hessian_options *o, clino_symmetry_result *r) {
  size_t n = s->n;
  double *room = n <= SIZE_MAX / sizeof(double) / 4 ? malloc(4 * n * sizeof *room) : NULL;
  if (!room) return clino__fail_memory(s->p.error, "a pair of vectors");
  pair p = {.s = s, .o = o, .u = room, .v = room + n, .forward = room + 2 * n, .backward = room + 3 * n};
  clino_status status = CLINO_OK;
  for (size_t k = 0; k < o->vectors && !status; k++) status = test_pair(&p, k, r);
  free(room);
  return status;
}

static clino_status test_session(clino__session *s, const clino_hessian_options *o, clino_symmetry_result *r,
                                 bool holds) {
  r->one_dimensional = s->n == 1;
  clino_status status = holds ? clino__session_field(s, &holds) : CLINO_OK;
  if (!status && holds && s->n > 1) status = test_pairs(s, o, r);
  if (!status && holds && s->n == 1) r->verdict = CLINO_VERDICT_INCONCLUSIVE;
  if (!status && holds) holds = clino__untouched(&s->p);
  if (status || holds) return status;
  r->verdict = s->r.verdict;
  r->reason = s->r.reason;
  r->entry = s->r.worst;
  return CLINO_OK;
}

static int no_loss(double *loss, void *ctx) {
  (void)ctx;
  *loss = 0;
  return 0;
}

static clino_status run(const clino_model *model, const clino__flat *flat, void *ctx,
                        const clino_hessian_options *options, clino_symmetry_result *r, clino_error *error) {
  clino_hessian_options o = options ? *options : clino_hessian_options_default();
  clino_status status = clino__hessian_options_check(&o, error);
  if (status) return status;
  clino_model with_loss = *model;
  if (!model->loss) with_loss.loss = no_loss;
  clino__session s;
  bool holds;
  clino__setup setup = {&with_loss, flat, ctx, o.seed, o.grad_mode, o.context};
  status = clino__session_open(&s, &setup, &holds, error);
  if (!status) status = test_session(&s, &o, r, holds);
  r->entries = s.n;
  r->seed = o.seed;
  clino__session_close(&s);
  if (status) memset(r, 0, sizeof *r);
  r->gradients = s.r.gradients;
  return status;
}

clino_status clino_symmetry_test(clino_objective objective, void *ctx, size_t n, const double *x,
                                 const clino_hessian_options *options, clino_symmetry_result *result,
                                 clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_symmetry_test: result is NULL");
  memset(result, 0, sizeof *result);
  clino__objective o;
  clino_status status = clino__objective_open(&o, objective, ctx, n, x, "clino_symmetry_test", error);
  if (!status) status = run(&o.model, &o.flat, ctx, options, result, error);
  clino__objective_close(&o);
  return status;
}

clino_status clino_symmetry_test_model(const clino_model *model, const clino_hessian_options *options,
                                       clino_symmetry_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_symmetry_test_model: result is NULL");
  memset(result, 0, sizeof *result);
  if (!model || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_symmetry_test_model: the model or its backward is NULL");
  return run(model, NULL, model->ctx, options, result, error);
}

bool clino_symmetry_accepted(const clino_symmetry_result *result) {
  return result && result->verdict == CLINO_VERDICT_PASS;
}
