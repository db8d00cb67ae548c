/* The callbacks of a layer, each looked at: guards, outputs, cotangent. And the scalar f = sum_k c_k y_k with its
 * gradient as a model that the engine can check.
 *
 * What a callback breaks stops the check at once: the wrapper returns nonzero to the engine, and what the engine then
 * reports as a callback's failure is turned back into a verdict. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gradcheck/layer.h"
#include "gradcheck/session.h"

#define STOPPED 1

static const char *const callback_names[] = {"forward", "backward", "jvp"};

/* ---- stopping ---- */

void clino__layer_entry(const clino__layer_run *run, size_t view, size_t element, clino_gradcheck_entry *e) {
  clino__problem p = {.layout = run->layout, .term = CLINO_TERM_ALL};
  clino__entry_init_view(&p, view, element, e);
}

int clino__layer_stop(clino__layer_run *run, clino__layer_callback which, size_t view, size_t element,
                      clino_verdict verdict, clino_reason reason, double analytic, double numeric) {
  bool whole = element == SIZE_MAX || !run->layout.views[view].count;
  clino_gradcheck_entry *e = &run->stop;
  if (whole) {
    memset(e, 0, sizeof *e);
    snprintf(e->tensor, sizeof e->tensor, "%s", run->names[view]);
    e->value = e->error = e->kink_distance = NAN;
    e->band = CLINO_BAND_WRONG;
  } else {
    clino__layer_entry(run, view, element, e);
  }
  e->term = CLINO_TERM_ALL;
  e->analytic = analytic;
  e->numeric = numeric;
  e->verdict = verdict;
  e->reason = reason;
  run->stopped = callback_names[which];
  return STOPPED;
}

clino_status clino__layer_settle(clino__layer_run *run, clino_status status, bool *holds) {
  if (status != CLINO_ERR_CALLBACK) return status;
  if (run->failed) return clino__fail_callback(run->error, run->failed, run->failed_value);
  if (!run->stopped) return status;
  clino_gradcheck_result *r = run->r;
  r->worst = run->stop;
  r->verdict = run->stop.verdict;
  r->reason = run->stop.reason;
  r->n_next = r->n_explanations = 0;
  snprintf(r->layer.callback, sizeof r->layer.callback, "%s", run->stopped);
  *holds = false;
  return CLINO_OK;
}

/* ---- one call ---- */

int clino__layer_call(clino__layer_run *run, clino__layer_callback which) {
  const clino_layer *l = run->layer;
  int (*const callbacks[])(const clino_layer_io *, void *) = {l->forward, l->backward, l->jvp};
  memcpy(run->handed, run->tensors, run->n_tensors * sizeof *run->handed);
  clino_layer_io io = run->io;
  int value = callbacks[which](&io, l->ctx);
  if (value) {
    run->failed = callback_names[which];
    run->failed_value = value;
    return value;
  }
  for (size_t i = 0; i < run->n_tensors; i++)
    if (!clino__zone_intact(&run->zones[2 * i]) || !clino__zone_intact(&run->zones[2 * i + 1]))
      return clino__layer_stop(run, which, i, SIZE_MAX, CLINO_VERDICT_FAIL, CLINO_REASON_OUT_OF_BOUNDS, NAN, NAN);
  return 0;
}

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

/* Stops at the first output of which part is not as expected. */
static int compare_outputs(clino__layer_run *run, clino__layer_callback which, clino__layer_part part,
                           const double *expected, clino_reason reason) {
  clino__layer_read(run, part, run->room);
  for (size_t k = 0; k < run->n_y; k++) {
    if (same_bits(run->room[k], expected[k])) continue;
    size_t view, element;
    clino__layer_find(run, k, &view, &element);
    return clino__layer_stop(run, which, view, element, CLINO_VERDICT_FAIL, reason, expected[k], run->room[k]);
  }
  return 0;
}

int clino__layer_outputs_kept(clino__layer_run *run, clino__layer_callback which) {
  return compare_outputs(run, which, CLINO__LAYER_VALUE, run->y, CLINO_REASON_OUTPUT_CHANGED);
}

/* ---- f and its gradient ---- */

/* Outputs in single precision are rounded, and what depends on few of them is a staircase. f is rounded as well, to
 * about the same effect, so that the engine knows it for what it is; and lifted, lest terms that cancel make f, and
 * with it what the engine takes for its rounding, smaller than theirs. Twice their size also leaves room for f to
 * change. */
static double scalar(const clino__layer_run *run) {
  double f = clino__dot(run->c, run->y, run->n_y) + run->lift;
  return run->coarse && fabs(f) <= FLT_MAX ? (double)(float)f : f;
}

void clino__layer_lift(clino__layer_run *run) {
  double size = clino__dot_size(run->c, run->first, run->n_y), f = clino__dot(run->c, run->first, run->n_y);
  run->lift = run->coarse && isfinite(2 * size) ? copysign(2 * size, f) : 0;
}

static int loss(double *f, void *ctx) {
  clino__layer_run *run = ctx;
  int value = clino__layer_call(run, CLINO__LAYER_FORWARD);
  if (value) return value;
  clino__layer_read(run, CLINO__LAYER_VALUE, run->y);
  *f = scalar(run);
  return 0;
}

static bool inputs_differ(const clino__layer_run *run) {
  return run->layer->inputs_overwritten && run->o.grad_mode == CLINO_GRAD_ACCUMULATES;
}

/* For the engine every gradient accumulates. One that is declared to be overwritten is made to: what the engine found
 * there is added. Whether it was overwritten in fact shows where the engine fills it with something but 0, which it
 * does in the call after one that it filled with 0. */
static int overwrite_input(clino__layer_run *run, size_t view, size_t element, double *filled, double *came) {
  const clino__view *v = &run->layout.views[view];
  double is = clino__view_grad(v, element), spacing = v->tensor->dtype == CLINO_F32 ? 1e-5 : 1e-11;
  bool looks = *filled != 0, added = fabs(is - *filled - *came) <= spacing * (fabs(*filled) + fabs(*came));
  if (looks && added && !same_bits(is, *came))
    return clino__layer_stop(run, CLINO__LAYER_BACKWARD, view, element, CLINO_VERDICT_FAIL,
                             same_bits(is, *filled) ? CLINO_REASON_UNWRITTEN : CLINO_REASON_ACCUMULATED, *came, NAN);
  *came = is;
  clino__view_set_grad(v, element, is + *filled);
  return 0;
}

static int for_inputs(clino__layer_run *run, bool before) {
  size_t at = 0;
  for (size_t i = 0; i < run->n_inputs && inputs_differ(run); i++) {
    const clino__view *v = &run->layout.views[i];
    for (size_t k = 0; v->gathers && k < v->count; k++, at++) {
      if (before) run->filled[at] = clino__view_grad(v, k);
      else if (overwrite_input(run, i, k, &run->filled[at], &run->came[at])) return STOPPED;
    }
  }
  return 0;
}

static int backward(void *ctx) {
  clino__layer_run *run = ctx;
  clino__layer_write(run, CLINO__LAYER_GRAD, run->c, 0, NULL);
  for_inputs(run, true);
  int value = clino__layer_call(run, CLINO__LAYER_BACKWARD);
  if (value) return value;
  if (!run->layer->scratch_outputs) {
    value = compare_outputs(run, CLINO__LAYER_BACKWARD, CLINO__LAYER_VALUE, run->y, CLINO_REASON_OUTPUT_CHANGED);
    if (!value)
      value = compare_outputs(run, CLINO__LAYER_BACKWARD, CLINO__LAYER_GRAD, run->c, CLINO_REASON_TANGENT_CHANGED);
  }
  return value ? value : for_inputs(run, false);
}

/* ---- preconditions of forward ---- */

int clino__layer_inputs_kept(clino__layer_run *run, clino__layer_callback which) {
  size_t view, element;
  if (!clino__layout_changed(&run->layout, &view, &element) || view >= run->n_leaves) return 0;
  double became = clino__view_value(&run->layout.views[view], element);
  clino__layout_reset_point(&run->layout);
  double was = clino__view_value(&run->layout.views[view], element);
  return clino__layer_stop(run, which, view, element, CLINO_VERDICT_FAIL, CLINO_REASON_INPUT_CHANGED, was, became);
}

/* Forward over outputs that hold a pattern; into y. */
static clino_status forward_over(clino__layer_run *run, uint64_t which, double *filled) {
  clino__layer_write(run, CLINO__LAYER_VALUE, NULL, which, filled);
  if (run->o.context.reseed) {
    int value = run->o.context.reseed(run->o.seed, run->layer->ctx);
    if (value) return clino__fail_callback(run->error, "reseed", value);
  }
  run->r->evaluations++;
  int value = clino__layer_call(run, CLINO__LAYER_FORWARD);
  if (!value) value = clino__layer_inputs_kept(run, CLINO__LAYER_FORWARD);
  if (value) return CLINO_ERR_CALLBACK;
  clino__layer_read(run, CLINO__LAYER_VALUE, run->y);
  clino__problem p = {.o = run->o, .r = run->r, .error = run->error, .done = run->r->layer.jvps};
  p.expected = clino__layer_calls(run) + clino__layer_later(run);
  return clino__show_progress(&p);
}

/* What two calls over different patterns show about output k. */
static int judge_output(clino__layer_run *run, size_t k, double first, double second, double fill1, double fill2) {
  size_t view, element;
  clino__layer_find(run, k, &view, &element);
  bool kept = same_bits(first, fill1) && same_bits(second, fill2);
  double spacing = run->layout.views[view].tensor->dtype == CLINO_F32 ? 1e-5 : 1e-11;
  bool added = fabs((second - fill2) - (first - fill1)) <= spacing * (fabs(first) + fabs(second) + 2);
  if (kept || (added && !same_bits(first, second)))
    return clino__layer_stop(run, CLINO__LAYER_FORWARD, view, element, CLINO_VERDICT_FAIL,
                             CLINO_REASON_OUTPUT_UNWRITTEN, first, second);
  if (!isfinite(first) || !isfinite(second))
    return clino__layer_stop(run, CLINO__LAYER_FORWARD, view, element, CLINO_VERDICT_NONFINITE, CLINO_REASON_OUTPUT,
                             isfinite(first) ? second : first, second);
  if (same_bits(first, second)) return 0;
  return clino__layer_stop(run, CLINO__LAYER_FORWARD, view, element, CLINO_VERDICT_NONDETERMINISTIC,
                           CLINO_REASON_OUTPUT, first, second);
}

clino_status clino__layer_precheck(clino__layer_run *run, bool *holds) {
  run->model = (clino_model){run->n_leaves, run->tensors, loss, backward, run};
  double *fill1 = run->c, *fill2 = run->room;
  clino_status status = forward_over(run, 23, fill1);
  if (status) return clino__layer_settle(run, status, holds);
  memcpy(run->first, run->y, run->n_y * sizeof *run->y);
  status = forward_over(run, 29, fill2);
  for (size_t k = 0; k < run->n_y && !status; k++)
    if (judge_output(run, k, run->first[k], run->y[k], fill1[k], fill2[k])) status = CLINO_ERR_CALLBACK;
  return clino__layer_settle(run, status, holds);
}

/* ---- cotangents ---- */

static double largest_output(const clino__layer_run *run, size_t view) {
  const clino__view *v = &run->layout.views[view];
  double largest = 0;
  for (size_t k = 0; v->owner && k < v->count; k++) largest = fmax(largest, fabs(clino__view_value(v, k)));
  return largest;
}

/* The power of two that brings an output tensor near the size of the largest; at most 2^64. */
static double scale_of(const clino__layer_run *run, size_t view, double largest) {
  double own = largest_output(run, view);
  if (!(own > 0) || !(largest > own)) return 1;
  return ldexp(1, (int)fmin(64, floor(log2(largest / own))));
}

void clino__layer_draw(clino__layer_run *run) {
  double largest = 0, *c = run->c;
  for (size_t i = run->n_leaves; i < run->n_tensors; i++) largest = fmax(largest, largest_output(run, i));
  uint64_t purpose = 0x636F74616E67 + run->trial * 128 + run->cotangent;
  clino__rng rng = clino__rng_new(clino__rng_derive(run->o.seed, purpose));
  for (size_t i = run->n_leaves; i < run->n_tensors; i++) {
    const clino__view *v = &run->layout.views[i];
    double scale = scale_of(run, i, largest);
    for (size_t k = 0; v->owner && k < v->count; k++) {
      /* A multiple of 2^-20, so that single precision holds it. */
      double u = scale * ldexp(floor(ldexp(clino__rng_between(&rng, 0.5, 1), 20)), -20);
      *c++ = clino__rng_bits(&rng) & 1 ? -u : u;
    }
  }
  clino__layer_lift(run);
}
