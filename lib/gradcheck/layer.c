/* gradcheck_layer(): every shape, every cotangent, until one is not right. The gradient itself is checked by the engine
 * of all gradient checks. */
#include "clino/layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "gradcheck/check.h"
#include "gradcheck/layer.h"
#include "gradcheck/options.h"
#include "gradcheck/record.h"

#define DEFAULT_SHAPES 6
#define DEFAULT_COTANGENTS 2
#define MOST_SHAPES 1000
#define MOST_COTANGENTS 100

/* ---- costs and results ---- */

bool clino__layer_budget(clino__layer_run *run, uint64_t n) {
  clino_gradcheck_result *r = run->r;
  if (!run->o.max_evaluations || r->evaluations + n <= run->o.max_evaluations) return true;
  if (r->verdict >= CLINO_VERDICT_INCONCLUSIVE) return false;
  clino__layer_entry(run, 0, 0, &r->worst);
  r->worst.tensor[0] = '\0';
  r->worst.n_dims = 0;
  r->worst.verdict = r->verdict = CLINO_VERDICT_INCONCLUSIVE;
  r->worst.reason = r->reason = CLINO_REASON_BUDGET;
  r->n_next = r->n_explanations = 0;
  return false;
}

static size_t shapes_of(const clino_layer *l) { return !l->shape ? 0 : l->n_shapes ? l->n_shapes : DEFAULT_SHAPES; }
static size_t cotangents_of(const clino_layer *l) { return l->n_cotangents ? l->n_cotangents : DEFAULT_COTANGENTS; }

uint64_t clino__layer_calls(const clino__layer_run *run) {
  return run->r->evaluations + run->r->gradients + run->r->layer.jvps;
}

/* As if all shapes were as large as this one. */
uint64_t clino__layer_later(const clino__layer_run *run) {
  uint64_t cotangents = cotangents_of(run->layer), shapes = shapes_of(run->layer) - run->trial;
  uint64_t checks = cotangents * (shapes + 1) - (run->cotangent < cotangents ? run->cotangent + 1 : cotangents);
  size_t entries = run->o.mode == CLINO_MODE_SAMPLE && run->o.sample < run->n_x ? run->o.sample : run->n_x;
  uint64_t each = clino__calls_expected(&run->o, entries) + (run->layer->jvp ? CLINO__JVP_VALUES : 0);
  return checks * each + 2 * shapes;
}

clino_gradcheck_options clino__layer_options(const clino__layer_run *run) {
  clino_gradcheck_options o = run->o;
  uint64_t spent = run->r->evaluations;
  if (o.max_evaluations) o.max_evaluations = o.max_evaluations > spent ? o.max_evaluations - spent : 1;
  return o;
}

/* Graver, or as grave and further apart. */
static bool graver(const clino_gradcheck_result *a, const clino_gradcheck_result *b) {
  if (a->verdict != b->verdict) return a->verdict > b->verdict;
  return !(a->worst.relative_error <= b->worst.relative_error);
}

/* Adds up the shape of every tensor, "x 3x7, W 7x1, b 1; y 3x1"; what does not fit is left out. */
static void note_place(const clino__layer_run *run) {
  clino_gradcheck_layer *l = &run->r->layer;
  clino__text t = CLINO__TEXT_EMPTY;
  for (size_t i = 0; i < run->n_tensors; i++) {
    clino__text_addf(&t, "%s%s", !i ? "" : i == run->n_leaves ? "; " : ", ", run->names[i]);
    for (size_t d = 0; d < run->tensors[i].n_dims; d++)
      clino__text_addf(&t, "%s%zu", d ? "x" : " ", run->tensors[i].shape[d]);
  }
  clino__text_copy(&t, l->shape, sizeof l->shape);
  clino__text_free(&t);
  l->trial = run->trial;
  l->cotangent = run->cotangent;
}

void clino__layer_merge(clino__layer_run *run, const clino_gradcheck_result *part) {
  clino_gradcheck_result *r = run->r;
  r->entries += part->entries;
  r->checked += part->checked;
  r->branch_flips += part->branch_flips;
  r->evaluations += part->evaluations;
  r->gradients += part->gradients;
  for (size_t v = 0; v < CLINO_VERDICT_COUNT; v++) r->counts[v] += part->counts[v];
  for (size_t b = 0; b < CLINO_BAND_COUNT; b++) r->bands[b] += part->bands[b];
  if (part->verdict == CLINO_VERDICT_NONE || !graver(part, r)) return;
  clino_gradcheck_result total = *r;
  *r = *part;
  r->entries = total.entries;
  r->checked = total.checked;
  r->branch_flips = total.branch_flips;
  r->evaluations = total.evaluations;
  r->gradients = total.gradients;
  memcpy(r->counts, total.counts, sizeof r->counts);
  memcpy(r->bands, total.bands, sizeof r->bands);
  r->layer = total.layer;
  note_place(run);
}

/* ---- one shape ---- */

static clino_status check_cotangent(clino__layer_run *run, bool *holds) {
  clino_gradcheck_result part;
  clino_gradcheck_options o = clino__layer_options(run);
  memcpy(run->y, run->first, run->n_y * sizeof *run->y);
  clino__layer_draw(run);
  const clino__cloning cloning = clino__layer_cloning(run);
  const clino__subject subject = {.model = &run->model, .hook_ctx = run->layer->ctx, .cloning = &cloning,
                                  .done = clino__layer_calls(run), .later = clino__layer_later(run)};
  clino_status status = clino__check(&subject, &o, &part, run->error);
  clino__layer_merge(run, &part);
  status = clino__layer_settle(run, status, holds);
  *holds = *holds && run->r->verdict < CLINO_VERDICT_SUSPECT;
  return status;
}

static clino_status check_shape(clino__layer_run *run, bool *holds) {
  size_t cotangents = cotangents_of(run->layer);
  if (!run->r->layer.shape[0]) note_place(run);
  *holds = clino__layer_budget(run, 2);
  if (!*holds) return CLINO_OK;
  clino_status status = clino__layer_precheck(run, holds);
  for (run->cotangent = 0; run->cotangent < cotangents && !status && *holds; run->cotangent++) {
    *holds = clino__layer_budget(run, CLINO__PRECHECK_VALUES);
    if (*holds) status = check_cotangent(run, holds);
    if (!status && *holds && run->layer->jvp) status = clino__layer_jvp(run, holds);
  }
  if (!status && run->stopped) {
    if (run->cotangent) run->cotangent--;
    note_place(run);
  }
  return status;
}

/* Puts the layer's name, and the shape unless it is the given one, before the message of an error. */
static void place_error(const clino__layer_run *run) {
  clino_error *e = run->error;
  if (!e) return;
  char message[sizeof e->message];
  int value = e->callback_value;
  memcpy(message, e->message, sizeof message);
  if (run->trial)
    clino__fail(e, e->code, "%s, shape %llu: %s", run->r->layer.name, (unsigned long long)run->trial, message);
  else clino__fail(e, e->code, "%s: %s", run->r->layer.name, message);
  e->callback_value = value;
}

/* ---- the whole ---- */

static clino_status check_layer(const clino_layer *l, const clino_gradcheck_options *o, clino_error *error) {
  if (!l) return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: layer is NULL");
  if (!l->forward || !l->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: %s is NULL", l->forward ? "backward" : "forward");
  if (l->n_shapes > MOST_SHAPES)
    return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: n_shapes is %zu, not from 0 to %d", l->n_shapes,
                       MOST_SHAPES);
  if (l->n_cotangents > MOST_COTANGENTS)
    return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: n_cotangents is %zu, not from 0 to %d",
                       l->n_cotangents, MOST_COTANGENTS);
  clino_status status = clino__gradcheck_options_check(o, error);
  if (status) return status;
  if (o->n_terms) return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: n_terms is not 0: a layer has no terms");
  if (l->shape && (o->lower || o->upper))
    return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: lower and upper fit one shape only, and there is a "
                                               "shape callback");
  return CLINO_OK;
}

static clino_status check_shapes(clino__layer_run *run) {
  size_t shapes = shapes_of(run->layer);
  clino_status status = CLINO_OK;
  bool holds = true;
  for (run->trial = 0; run->trial <= shapes && !status && holds; run->trial++) {
    run->cotangent = 0;
    run->r->layer.shapes++;
    status = clino__layer_open(run);
    if (!status) status = check_shape(run, &holds);
    if (status) place_error(run);
    clino__layer_close(run);
  }
  return status;
}

clino_status gradcheck_layer(const clino_layer *layer, const clino_gradcheck_options *options,
                             clino_gradcheck_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "gradcheck_layer: result is NULL");
  memset(result, 0, sizeof *result);
  clino__layer_run run = {.layer = layer, .r = result, .error = error};
  run.o = options ? *options : clino_gradcheck_options_default();
  clino_status status = check_layer(layer, &run.o, error);
  if (status) return status;
  snprintf(result->layer.name, sizeof result->layer.name, "%s", layer->name ? layer->name : "layer");
  clino__result_options(result, &run.o);
  result->value = result->other_value = result->noise = NAN;
  if (run.o.record) clino__record_empty(run.o.record);
  status = check_shapes(&run);
  clino_gradcheck_result cost = *result;
  if (status) memset(result, 0, sizeof *result);
  result->evaluations = cost.evaluations;
  result->gradients = cost.gradients;
  result->options.max_evaluations = status ? 0 : run.o.max_evaluations;
  return status;
}
