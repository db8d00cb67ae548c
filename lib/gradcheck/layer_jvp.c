/* The forward-mode derivative J v of a layer along a seeded tangent v.
 *
 * Against differences: phi(t) = sum_k c_k y_k(x + t v) has the derivative sum_k c_k (J v)_k at 0, so that the engine of
 * all gradient checks judges it, as a model with the one entry t. The signs of c are those of J v, by which nothing
 * cancels. Where they disagree, the output that disagrees most is checked alone, and named.
 *
 * Against backward: <c, J v> = <J' c, v> (A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., 2008, 3.3). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/check.h"
#include "gradcheck/layer.h"
#include "gradcheck/session.h"

typedef struct line {
  clino__layer_run *run;
  clino__session s;              /* over the leaves */
  double *v, *gradient;          /* one an entry: tangent, gradient by backward */
  double *jv, *again;            /* one an output: J v at the point, and as last taken */
  double *fill, *fill_again;     /* what was there before; later, the outputs on either side of the point */
  double *cotangent;             /* a copy of run->c */
  double step, size;             /* to those outputs; rms of J v */
  double t, slope;               /* of the model with the one entry t; in single precision if the layer is */
  float t_single, slope_single;
} line;

/* ---- one call of jvp ---- */

/* Stores the tangent in the leaves' gradients, or looks whether it is still there; stops where it is not. */
static int tangent(line *l, bool store) {
  const clino__layout *layout = &l->s.p.layout;
  for (size_t i = 0; i < layout->n_views; i++) {
    const clino__view *view = &layout->views[i];
    const double *v = l->v + layout->views[view->owner_view].first;
    for (size_t k = 0; view->gathers && k < view->count; k++) {
      double x = v[view->permutation ? view->permutation[k] : k];
      if (store) clino__view_set_grad(view, k, x);
      else if (!(clino__view_grad(view, k) == x))
        return clino__layer_stop(l->run, CLINO__LAYER_JVP, i, k, CLINO_VERDICT_FAIL, CLINO_REASON_TANGENT_CHANGED, x,
                                 clino__view_grad(view, k));
    }
  }
  return 0;
}

/* J v at the values that forward was just called for. The outputs' gradients hold pattern number `which` before. */
static int call_jvp(line *l, uint64_t which, double *fill, double *jv) {
  clino__layer_run *run = l->run;
  tangent(l, true);
  clino__layer_write(run, CLINO__LAYER_GRAD, NULL, which, fill);
  run->r->layer.jvps++;
  int value = clino__layer_call(run, CLINO__LAYER_JVP);
  if (!value) value = clino__layer_outputs_kept(run, CLINO__LAYER_JVP);
  if (!value) value = tangent(l, false);
  if (!value) clino__layer_read(run, CLINO__LAYER_GRAD, jv);
  return value;
}

static int judge_output(line *l, size_t k) {
  double first = l->jv[k], second = l->again[k], fill = l->fill[k], fill_again = l->fill_again[k];
  double close = (l->run->single ? 1e-5 : 1e-11) * (fabs(first) + fabs(second) + 2);
  size_t view, element;
  clino_verdict verdict = CLINO_VERDICT_FAIL;
  clino_reason reason = CLINO_REASON_JVP;
  if (first == fill && second == fill_again) reason = CLINO_REASON_UNWRITTEN;
  else if (!isfinite(first) || !isfinite(second)) verdict = CLINO_VERDICT_NONFINITE;
  else if (memcmp(&first, &second, sizeof first) == 0) return 0;
  else if (fabs((second - fill_again) - (first - fill)) <= close) reason = CLINO_REASON_ACCUMULATED;
  else verdict = CLINO_VERDICT_NONDETERMINISTIC;
  clino__layer_find(l->run, k, &view, &element);
  return clino__layer_stop(l->run, CLINO__LAYER_JVP, view, element, verdict, reason, first, second);
}

static clino_status jvp_once(line *l, uint64_t which, double *fill, double *jv) {
  double f;
  clino_status status = clino__session_value(&l->s, &f);
  if (status) return status;
  int value = call_jvp(l, which, fill, jv);
  if (!value) value = clino__layer_inputs_kept(l->run, CLINO__LAYER_JVP);
  l->s.p.done++;
  return value ? CLINO_ERR_CALLBACK : clino__show_progress(&l->s.p);
}

/* J v at the point, twice: written, finite, the same, and nothing else changed. */
static clino_status jvp_at_point(line *l) {
  clino_status status = jvp_once(l, 31, l->fill, l->jv);
  if (!status) status = jvp_once(l, 37, l->fill_again, l->again);
  for (size_t k = 0; k < l->run->n_y && !status; k++)
    if (judge_output(l, k)) status = CLINO_ERR_CALLBACK;
  return status;
}

/* ---- phi(t) ---- */

static double t_of(const line *l) { return l->run->single ? (double)l->t_single : l->t; }

static int phi(double *f, void *ctx) {
  line *l = ctx;
  clino__session_move(&l->s, NULL, t_of(l), l->v);
  int value = l->run->model.loss(f, l->run);
  clino__session_reset(&l->s);
  return value;
}

static int phi_slope(void *ctx) {
  line *l = ctx;
  clino__session_move(&l->s, NULL, t_of(l), l->v);
  int value = call_jvp(l, 41, NULL, l->again);
  clino__session_reset(&l->s);
  l->slope = clino__dot(l->run->c, l->again, l->run->n_y);
  l->slope_single = (float)l->slope;
  return value;
}

/* How far t may go to either side before an entry leaves its bounds. */
static void bound_t(const line *l, double *low, double *up) {
  *low = -INFINITY, *up = INFINITY;
  for (size_t i = 0; i < l->s.n; i++) {
    double above = l->run->o.upper ? (l->run->o.upper[i] - l->s.p.x[i]) / l->v[i] : INFINITY;
    double below = l->run->o.lower ? (l->run->o.lower[i] - l->s.p.x[i]) / l->v[i] : -INFINITY;
    if (l->run->o.upper) *(l->v[i] > 0 ? up : low) = l->v[i] > 0 ? fmin(*up, above) : fmax(*low, above);
    if (l->run->o.lower) *(l->v[i] > 0 ? low : up) = l->v[i] > 0 ? fmax(*low, below) : fmin(*up, below);
  }
}

/* The engine's judgement of the slope at 0 with the cotangent that is in run->c. */
static clino_status check_phi(line *l, clino_gradcheck_result *part) {
  clino__layer_run *run = l->run;
  double low, up;
  bound_t(l, &low, &up);
  clino__layer_lift(run);
  clino_gradcheck_options o = clino__layer_options(run);
  o.mode = CLINO_MODE_FULL;
  o.grad_mode = CLINO_GRAD_OVERWRITES;
  o.points = o.burn_in = 0;
  o.record = NULL; /* which is of the gradient */
  o.step = CLINO_AUTO;
  o.lower = o.lower || o.upper ? &low : NULL;
  o.upper = o.lower ? &up : NULL;
  l->t = l->t_single = 0;
  clino_tensor t = run->single ? CLINO_TENSOR_F32("t", &l->t_single, &l->slope_single, 1)
                               : CLINO_TENSOR_F64("t", &l->t, &l->slope, 1);
  clino_model model = {1, &t, phi, phi_slope, l};
  const clino__subject subject = {.model = &model, .hook_ctx = run->layer->ctx,
                                  .done = l->s.p.done + l->s.r.evaluations + l->s.r.gradients,
                                  .later = clino__layer_later(run)};
  clino_status status = clino__check(&subject, &o, part, run->error);
  run->r->evaluations += part->evaluations;
  l->s.p.done += part->evaluations + part->gradients;
  return status;
}

/* ---- against differences ---- */

/* Differences of output k: to the right, to the left, centered; of the outputs beside the point that are in fill and
 * fill_again. */
typedef struct slopes {
  double right, left, centered, size; /* size: the largest of them, of J v there, and of J v as a whole */
} slopes;

static slopes slopes_of(const line *l, size_t k) {
  const double h = l->step, at = l->run->first[k];
  slopes s = {.right = (l->fill[k] - at) / h, .left = (at - l->fill_again[k]) / h};
  s.centered = s.right / 2 + s.left / 2;
  s.size = fmax(fmax(fabs(s.right), fabs(s.left)), fmax(fabs(l->jv[k]), l->size));
  return s;
}

/* The outputs on either side, over a short step. */
static clino_status look_beside(line *l) {
  clino__layer_run *run = l->run;
  double f;
  l->step = run->single ? 1e-2 : 1e-6;
  l->size = clino__rms(l->jv, run->n_y);
  clino__session_move(&l->s, NULL, l->step, l->v);
  clino_status status = clino__session_value(&l->s, &f);
  memcpy(l->fill, run->y, run->n_y * sizeof *run->y);
  clino__session_move(&l->s, NULL, -l->step, l->v);
  if (!status) status = clino__session_value(&l->s, &f);
  memcpy(l->fill_again, run->y, run->n_y * sizeof *run->y);
  clino__session_reset(&l->s);
  return status;
}

/* Several kinks together may have a sum of slopes whose derivative by convention lies outside of it, though each one's
 * lies within: relu(x) - relu(-x) at 0 has the slope 1 on both sides, and 0 by convention. So outputs that have a kink
 * here, and whose J v lies between their slopes, are taken out of the sum. Returns how many; *first: one of them. */
static size_t take_kinks_out(line *l, size_t *first) {
  size_t count = 0;
  for (size_t k = 0; k < l->run->n_y; k++) {
    slopes s = slopes_of(l, k);
    double slack = (l->run->single ? 1e-2 : 1e-4) * s.size, jv = l->jv[k];
    bool bends = fabs(s.right - s.left) > 10 * slack;
    if (!bends || !(jv >= fmin(s.left, s.right) - slack && jv <= fmax(s.left, s.right) + slack)) continue;
    if (!count++) *first = k;
    l->run->c[k] = 0;
  }
  return count;
}

/* The output in the sum whose difference is the furthest from J v. */
static size_t furthest(const line *l) {
  double most = -1;
  size_t output = 0;
  for (size_t k = 0; k < l->run->n_y; k++) {
    slopes s = slopes_of(l, k);
    double apart = l->run->c[k] != 0 ? fabs(s.centered - l->jv[k]) / s.size : -1;
    if (apart > most) most = apart, output = k;
  }
  return output;
}

/* Makes the result that of output k. */
static void take_over(line *l, const clino_gradcheck_result *part, size_t k) {
  clino__layer_run *run = l->run;
  clino_gradcheck_result named = *part;
  size_t view, element;
  clino_gradcheck_entry *e = &named.worst;
  clino__layer_find(run, k, &view, &element);
  clino__layer_entry(run, view, element, e);
  e->analytic = part->worst.analytic, e->numeric = part->worst.numeric, e->error = part->worst.error;
  e->truncation_error = part->worst.truncation_error, e->rounding_error = part->worst.rounding_error;
  e->left = part->worst.left, e->right = part->worst.right, e->relative_error = part->worst.relative_error;
  e->step = part->worst.step, e->kink_distance = part->worst.kink_distance, e->band = part->worst.band;
  e->verdict = part->verdict;
  e->reason = part->reason == CLINO_REASON_DIFFERS ? CLINO_REASON_JVP : part->reason;
  named.reason = e->reason;
  named.n_next = named.n_explanations = 0;
  named.entries = named.checked = named.branch_flips = 0;
  named.evaluations = named.gradients = 0;
  memset(named.counts, 0, sizeof named.counts);
  memset(named.bands, 0, sizeof named.bands);
  clino__layer_merge(run, &named);
  if (run->r->verdict == named.verdict && run->r->worst.reason == CLINO_REASON_JVP)
    strcpy(run->r->layer.callback, "jvp");
}

static clino_status check_alone(line *l, clino_gradcheck_result *part, size_t *output) {
  clino__layer_run *run = l->run;
  clino_gradcheck_result alone;
  *output = furthest(l);
  memset(run->c, 0, run->n_y * sizeof *run->c);
  run->c[*output] = 1;
  clino_status status = check_phi(l, &alone);
  if (!status && alone.verdict >= CLINO_VERDICT_SUSPECT) *part = alone;
  return status;
}

static void accept_kink(const line *l, clino_gradcheck_result *part, size_t output) {
  slopes s = slopes_of(l, output);
  clino_gradcheck_entry *e = &part->worst;
  e->analytic = l->jv[output];
  e->numeric = s.centered;
  e->left = s.left;
  e->right = s.right;
  e->step = l->step;
  e->error = e->truncation_error = fabs(s.right - s.left);
  e->relative_error = clino_relative_error(e->analytic, e->numeric);
  e->band = clino_band_of(e->relative_error);
  e->verdict = part->verdict = CLINO_VERDICT_KINK;
  e->reason = part->reason = CLINO_REASON_NONE;
}

/* Where the sum is not accepted: which outputs it is. */
static clino_status take_apart(line *l, clino_gradcheck_result *part, size_t *output) {
  clino_gradcheck_result rest;
  clino_status status = look_beside(l);
  if (status) return status;
  size_t kink = 0, kinks = take_kinks_out(l, &kink);
  if (kinks) {
    status = check_phi(l, &rest);
    if (status) return status;
    *part = rest;
    *output = kink;
  }
  if (kinks && clino_gradcheck_accepted(&rest)) accept_kink(l, part, kink);
  else if (kinks < l->run->n_y) status = check_alone(l, part, output);
  return status;
}

static clino_status check_differences(line *l) {
  clino__layer_run *run = l->run;
  clino_gradcheck_result part;
  size_t output = 0;
  for (size_t k = 0; k < run->n_y; k++) run->c[k] = copysign(run->c[k], l->jv[k] != 0 ? l->jv[k] : run->c[k]);
  clino_status status = check_phi(l, &part);
  if (!status && part.verdict > CLINO_VERDICT_KINK && clino__layer_budget(run, 200))
    status = take_apart(l, &part, &output);
  memcpy(run->c, l->cotangent, run->n_y * sizeof *run->c);
  clino__layer_lift(run);
  if (!status && part.verdict != CLINO_VERDICT_PASS) take_over(l, &part, output);
  return status;
}

/* ---- against backward ---- */

static clino_status check_transpose(line *l) {
  clino__layer_run *run = l->run;
  clino_status status = clino__session_gradient(&l->s, l->gradient);
  if (status) return status;
  double forward = clino__dot(run->c, l->jv, run->n_y), reverse = clino__dot(l->gradient, l->v, l->s.n);
  double size = fmax(clino__dot_size(run->c, l->jv, run->n_y), clino__dot_size(l->gradient, l->v, l->s.n));
  double tolerance = run->single ? fmax(run->o.tolerance, 1e-4) : run->o.tolerance;
  if (fabs(forward - reverse) <= tolerance * size) return CLINO_OK;
  clino__layer_stop(run, CLINO__LAYER_JVP, run->n_leaves, SIZE_MAX, CLINO_VERDICT_FAIL, CLINO_REASON_TRANSPOSE,
                    reverse, forward);
  run->stop.relative_error = clino_relative_error(forward, reverse);
  return CLINO_ERR_CALLBACK;
}

/* ---- the whole ---- */

/* The tangent, as single-precision tensors hold it. */
static void draw_tangent(line *l) {
  clino__layer_run *run = l->run;
  clino__session_random(&l->s, 0x74616E67 + run->trial * 128 + run->cotangent, false, l->v);
  for (size_t i = 0; i < l->s.p.layout.n_views; i++) {
    const clino__view *view = &l->s.p.layout.views[i];
    for (size_t k = view->first; view->owner && view->tensor->dtype == CLINO_F32 && k < view->first + view->count; k++)
      l->v[k] = (double)(float)l->v[k];
  }
}

static clino_status check_line(line *l) {
  clino__layer_run *run = l->run;
  memcpy(l->cotangent, run->c, run->n_y * sizeof *run->c);
  draw_tangent(l);
  clino_status status = jvp_at_point(l);
  if (!status) status = check_differences(l);
  if (!status && run->r->verdict < CLINO_VERDICT_SUSPECT) status = check_transpose(l);
  return status;
}

clino_status clino__layer_jvp(clino__layer_run *run, bool *holds) {
  line l = {.run = run};
  clino__setup setup = {&run->model, NULL, run->layer->ctx, run->o.seed, run->o.grad_mode, run->o.context};
  *holds = clino__layer_budget(run, CLINO__JVP_VALUES);
  if (!*holds) return CLINO_OK;
  clino_status status = clino__session_open(&l.s, &setup, holds, run->error);
  l.s.p.o.progress = run->o.progress;
  l.s.p.o.progress_ctx = run->o.progress_ctx;
  l.s.p.done = clino__layer_calls(run);
  l.s.p.expected = l.s.p.done + CLINO__JVP_VALUES + clino__layer_later(run);
  if (!status) l.v = calloc(2 * l.s.n + 5 * run->n_y, sizeof *l.v);
  if (!status && !l.v) status = clino__fail_memory(run->error, "a tangent");
  if (!status) {
    double **parts[] = {&l.jv, &l.again, &l.fill, &l.fill_again, &l.cotangent};
    l.gradient = l.v + l.s.n;
    for (size_t k = 0; k < 5; k++) *parts[k] = l.gradient + l.s.n + k * run->n_y;
    status = check_line(&l);
  }
  run->r->evaluations += l.s.r.evaluations;
  run->r->gradients += l.s.r.gradients;
  status = clino__layer_settle(run, status, holds);
  clino__session_close(&l.s);
  free(l.v);
  *holds = *holds && run->r->verdict < CLINO_VERDICT_SUSPECT;
  return status;
}
