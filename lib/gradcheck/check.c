/* A check as a whole, and at one point: preconditions, entries, kinks. Points follow each other in points.c, terms in
 * terms.c. Whatever happens, the caller's memory is put back at the end. */
#include "gradcheck/check.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/beside.h"
#include "gradcheck/directional.h"
#include "gradcheck/entry.h"
#include "gradcheck/explain.h"
#include "gradcheck/options.h"
#include "gradcheck/mean_value.h"
#include "gradcheck/points.h"
#include "gradcheck/precheck.h"
#include "gradcheck/record.h"
#include "gradcheck/subgradient.h"
#include "gradcheck/terms.h"

#define FULL_UP_TO 10000
#define LEAST_OF_TENSOR 8

/* ---- which entries ---- */

/* How many of a tensor's entries a sample takes: its share, at least LEAST_OF_TENSOR. */
static size_t share_of(const clino__problem *p, const clino__view *v) {
  double share = ceil((double)p->o.sample * ((double)v->count / (double)p->layout.n));
  if (share >= (double)v->count) return v->count; /* before the cast: a sample may be as large as SIZE_MAX */
  size_t n = share > LEAST_OF_TENSOR ? (size_t)share : LEAST_OF_TENSOR;
  return n < v->count ? n : v->count;
}

/* Lists the entries to check, in rising order; false where memory is out. A sample is drawn from every tensor without
 * replacement (selection sampling, D. E. Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). */
static bool choose_entries(clino__problem *p) {
  bool none = p->o.mode == CLINO_MODE_DIRECTIONAL;
  size_t *chosen = malloc((none ? 1 : p->layout.n) * sizeof *chosen), n = 0;
  clino__rng rng = clino__rng_new(clino__rng_derive(p->o.seed, 0x73616D706C65));
  for (size_t i = 0; chosen && !none && i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    if (!v->owner) continue;
    size_t want = p->o.mode == CLINO_MODE_FULL ? v->count : share_of(p, v);
    for (size_t k = 0; k < v->count; k++)
      if (want && clino__rng_below(&rng, v->count - k) < want) {
        chosen[n++] = v->first + k;
        want--;
      }
  }
  p->chosen = chosen;
  p->n_chosen = n;
  return chosen;
}

/* ---- one point ---- */

typedef struct kinks {
  size_t *entries;
  clino_gradcheck_entry *list;
  size_t count, capacity;
} kinks;

static bool keep_kink(kinks *k, size_t entry, const clino_gradcheck_entry *e) {
  if (k->count == k->capacity) {
    size_t capacity = k->capacity ? 2 * k->capacity : 16;
    size_t *entries = realloc(k->entries, capacity * sizeof *entries);
    if (entries) k->entries = entries;
    clino_gradcheck_entry *list = entries ? realloc(k->list, capacity * sizeof *list) : NULL;
    if (!list) return false;
    k->list = list;
    k->capacity = capacity;
  }
  k->entries[k->count] = entry;
  k->list[k->count++] = *e;
  return true;
}

/* Entries at a kink, and those that a kink kept from being resolved finely, are looked at once more. In single
 * precision the points beside it would show no more. */
static bool is_open(const clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  if (e->verdict != CLINO_VERDICT_PASS) return e->verdict == CLINO_VERDICT_KINK;
  return isfinite(e->kink_distance) && clino__entry_is_coarse(e) &&
         !clino__single(p, clino__layout_view_of(&p->layout, entry));
}

/* Moves what is judged at a kink to the front; how many. */
static size_t kinks_first(kinks *k) {
  size_t n = 0;
  for (size_t i = 0; i < k->count; i++) {
    if (k->list[i].verdict != CLINO_VERDICT_KINK) continue;
    clino_gradcheck_entry e = k->list[i];
    size_t entry = k->entries[i];
    k->list[i] = k->list[n];
    k->entries[i] = k->entries[n];
    k->list[n] = e;
    k->entries[n++] = entry;
  }
  return n;
}

static clino_status check_chosen(clino__problem *p, size_t i, clino__room *room, void *ctx) {
  (void)ctx;
  return clino__entry_check(p, p->chosen[i], &room->entry);
}

static clino_status keep_chosen(clino__problem *p, size_t i, const clino__room *room, void *ctx) {
  clino_gradcheck_entry e = room->entry;
  bool open = is_open(p, p->chosen[i], &e);
  clino_status status = clino__mean_value_check(p, p->chosen[i], &e);
  if (status) return status;
  if (!open) clino__record_add(p, p->chosen[i], &e);
  else if (!keep_kink(ctx, p->chosen[i], &e)) return clino__fail_memory(p->error, "entries at a kink");
  return CLINO_OK;
}

static clino_status check_entries(clino__problem *p, kinks *k) {
  clino_status status = clino__in_order(p, p->n_chosen, check_chosen, keep_chosen, k);
  if (status) return status;
  status = k->count ? clino__beside_check(p, k->entries, k->list, k->count) : CLINO_OK;
  size_t at_kink = kinks_first(k);
  if (!status && at_kink) status = clino__subgradient_check(p, k->entries, k->list, at_kink);
  for (size_t i = 0; i < k->count && !status; i++) clino__record_add(p, k->entries[i], &k->list[i]);
  return status;
}

clino_status clino__point_check(clino__problem *p, bool *holds) {
  clino_status status = clino__precheck(p, holds);
  if (status || !*holds) return status;
  if (p->trace && clino__trace_failed(p->trace)) return clino__fail_memory(p->error, "the branch trace");
  status = clino__record_sheet(p);
  if (status) return status;
  kinks k = {NULL, NULL, 0, 0};
  if (clino__directional_wanted(p)) status = clino__directional_check(p);
  if (!status) status = check_entries(p, &k);
  free(k.entries);
  free(k.list);
  if (!status) *holds = clino__untouched(p);
  return status;
}

/* ---- the whole ---- */

static void look_at_environment(clino_gradcheck_result *r) {
  volatile double tiny = DBL_MIN;
  r->rounding_mode_unusual = fegetround() != FE_TONEAREST;
  tiny /= 4;
  r->flush_to_zero = tiny == 0;
}

static clino_status check_bounds(const clino__problem *p) {
  for (size_t i = 0; i < p->layout.n; i++) {
    double low = p->o.lower ? p->o.lower[i] : -INFINITY, high = p->o.upper ? p->o.upper[i] : INFINITY;
    if (isnan(p->x[i]) || (p->x[i] >= low && p->x[i] <= high)) continue;
    const clino__view *v = &p->layout.views[clino__layout_view_of(&p->layout, i)];
    return clino__fail(p->error, CLINO_ERR_RANGE, "%s: element %zu is outside of its bounds lower and upper", v->name,
                       i - v->first);
  }
  return CLINO_OK;
}

static bool check_coordinates(clino__problem *p) {
  for (size_t i = 0; i < p->layout.n; i++) {
    if (isfinite(p->x[i])) continue;
    p->gradient[i] = NAN;
    clino__entry_init(p, i, &p->r->worst);
    p->r->worst.verdict = p->r->verdict = CLINO_VERDICT_NONFINITE;
    return false;
  }
  return true;
}

uint64_t clino__calls_expected(const clino_gradcheck_options *o, size_t entries) {
  bool directions = o->mode == CLINO_MODE_DIRECTIONAL || o->mode == CLINO_MODE_AUTO;
  uint64_t a_point = 16 + 2 * (uint64_t)entries + (directions ? 16 : 0);
  uint64_t points = o->points + 1 + (o->burn_in > 0), terms = o->n_terms ? o->n_terms : 1;
  return a_point * points * terms;
}

/* Threads that find work: entries one by one, the two sides of several directions. */
static size_t threads_for(const clino__problem *p) {
  size_t most = p->n_chosen;
  if (clino__directional_wanted(p) && most < CLINO__DIRECTIONAL_CALLS) most = CLINO__DIRECTIONAL_CALLS;
  return p->o.threads < most ? p->o.threads : most;
}

static clino_status check_model(clino__problem *p, const clino__subject *subject) {
  clino__layout_get_all(&p->layout, p->x);
  clino_status status = clino__record_begin(p);
  if (!status) status = check_bounds(p);
  if (status || !check_coordinates(p)) return status;
  if (p->o.mode == CLINO_MODE_AUTO && p->layout.n <= FULL_UP_TO) p->o.mode = CLINO_MODE_FULL;
  p->r->options.mode = p->o.mode;
  p->r->entries = p->layout.n;
  if (p->o.context.trace) p->trace = p->o.context.trace(p->hook_ctx);
  if (!choose_entries(p)) return clino__fail_memory(p->error, "the list of entries");
  p->expected = p->done + clino__calls_expected(&p->o, p->n_chosen) + subject->later;
  clino__layout_save(&p->layout);
  status = clino__team_new(p, subject->cloning, threads_for(p));
  bool holds;
  if (status) return status;
  status = p->o.n_terms ? clino__terms_check(p) : clino__points_check(p, &holds);
  if (!status) status = clino__samples_measure(p);
  clino__layout_restore(&p->layout);
  if (p->trace) clino__trace_idle(p->trace);
  return status;
}

clino_status clino__check(const clino__subject *subject, const clino_gradcheck_options *options,
                          clino_gradcheck_result *result, clino_error *error) {
  const clino_model *model = subject->model;
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "result is NULL");
  memset(result, 0, sizeof *result);
  if (!model || !model->loss || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "the model, its loss or its backward is NULL");
  clino__problem p = {
      .model = model, .flat = subject->flat, .hook_ctx = subject->hook_ctx, .r = result, .error = error};
  p.done = subject->done;
  p.term = CLINO_TERM_ALL;
  p.o = options ? *options : clino_gradcheck_options_default();
  clino_status status = clino__gradcheck_options_check(&p.o, error);
  if (status) return status;
  clino__result_options(result, &p.o);
  look_at_environment(result);
  status = clino__layout_init(&p.layout, model->tensors, model->n_tensors, error);
  p.record = p.o.record ? p.o.record : clino__record_own();
  if (!status && !p.record) status = clino__fail_memory(error, "the record of the check");
  if (!status) status = clino__problem_allocate(&p);
  if (!status) status = check_model(&p, subject);
  if (!status) status = clino__record_end(&p);
  if (!status) status = clino__explain_result(&p);
  if (status && p.record) p.record->verdict = CLINO_VERDICT_NONE;
  if (!p.o.record) clino_gradcheck_record_free(p.record);
  clino__team_free(&p);
  clino__problem_release(&p);
  if (status) {
    uint64_t evaluations = result->evaluations, gradients = result->gradients;
    memset(result, 0, sizeof *result);
    result->evaluations = evaluations;
    result->gradients = gradients;
  }
  return status;
}

clino_status gradcheck_model(const clino_model *model, const clino_gradcheck_options *options,
                             clino_gradcheck_result *result, clino_error *error) {
  const clino__cloning cloning = clino__cloning_of_model(model);
  const clino__subject subject = {.model = model, .hook_ctx = model ? model->ctx : NULL, .cloning = &cloning};
  return clino__check(&subject, options, result, error);
}
