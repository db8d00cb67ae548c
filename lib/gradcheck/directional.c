/* The verdict along directions.
 *
 * A direction that agrees within its error bar costs two evaluations. Where the point itself lies on a kink, all of
 * them meet it, and the check moves beside it.
 *
 * How likely is a miss? Let one entry be off by e, whatever the others are. Given the rest, its share of the difference
 * is e s u with u uniform in [1/2, 1], whose density is 2 / (e s): so the difference falls within an error bar of b on
 * either side of 0 with a probability of at most 4 b / (e s), and for all of K independent directions with that to
 * the K-th power. */
#include "gradcheck/directional.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gradcheck/shift.h"
#include "gradcheck/tally.h"
#include "gradcheck/terms.h"

bool clino__directional_wanted(const clino__problem *p) {
  return p->o.mode == CLINO_MODE_DIRECTIONAL || p->o.mode == CLINO_MODE_AUTO;
}

/* ---- what would have shown ---- */

/* The directions of all tensors, and what they and those of one tensor would have shown at the least. */
typedef struct judgement {
  clino__tally all;
  clino__tally alone; /* of one tensor, where a wrong gradient was found in it */
  bool alone_differs;
  size_t n_alone;     /* tensors that were moved alone */
  clino__shown worst;
  size_t view;        /* whose entries show least */
} judgement;

static void keep_worst(judgement *j, size_t view, clino__shown shown) {
  if (shown.entry > j->worst.entry) j->worst.entry = shown.entry, j->view = view;
  j->worst.tensor = fmax(j->worst.tensor, shown.tensor);
}

/* Whether a tensor of which the gradient says that it is 0 throughout: how large a right one would be is not known. */
static bool is_zero(const clino__problem *p, size_t view) {
  return p->layout.views[view].owner && p->layout.views[view].count && !(p->tensor_rms[view] > 0);
}

/* Whether a part of it is known to be wrong. */
static bool is_excluded(const clino__directions *ds, size_t view) {
  bool any = false;
  for (size_t i = 0; i < ds->n_excluded; i++) any |= ds->excluded[i].view == view;
  return any;
}

/* Every tensor that does not show among the others is moved alone. */
static clino_status look_at_tensors(clino__directions *ds, judgement *j) {
  const clino__tally *t = &j->all;
  /* Where nothing was measured, nothing would have shown. */
  double bar = t->bar > 0 ? t->bar : t->worst.finite ? t->worst.bar : INFINITY;
  j->worst = (clino__shown){0, 0};
  for (size_t i = 0; i < ds->p->layout.n_views; i++) {
    clino__shown shown = clino__shown_of(ds, i, bar);
    bool blind = !(shown.tensor <= CLINO__OFF) || is_zero(ds->p, i);
    if (blind && t->agreed >= CLINO__DIRECTIONS && !is_excluded(ds, i)) {
      clino__tally alone;
      clino_status status = clino__tally_alone(ds, i, &alone, &shown);
      if (status) return status;
      j->n_alone += alone.agreed >= CLINO__DIRECTIONS;
      bool graver = alone.fruitless >= CLINO__IN_VAIN && !(j->alone_differs && j->alone.beyond >= alone.beyond);
      if (graver) j->alone = alone, j->alone_differs = true;
    }
    keep_worst(j, i, shown);
  }
  return CLINO_OK;
}

/* ---- the verdict ---- */

/* What entries that are each within tolerance may add up to: as much as if all erred alike, or as random ones do. */
static double tolerated(const clino__directions *ds, const clino__tally *t) {
  return ds->p->o.tolerance * fmax(fabs(t->worst.analytic), 3 * t->size);
}

/* Directions that differ although the search finds nothing. NONE: not these. */
static clino_verdict fruitless(const clino__directions *ds, const clino__tally *t) {
  if (t->fruitless < CLINO__IN_VAIN || !(fabs(t->worst.difference) > tolerated(ds, t))) return CLINO_VERDICT_NONE;
  return t->beyond > 3 ? CLINO_VERDICT_FAIL : CLINO_VERDICT_SUSPECT;
}

static clino_verdict verdict_of(const clino__directions *ds, const judgement *j, clino_reason *reason) {
  const clino__tally *t = &j->all;
  clino_verdict all = fruitless(ds, t), alone = j->alone_differs ? fruitless(ds, &j->alone) : CLINO_VERDICT_NONE;
  *reason = CLINO_REASON_DIFFERS;
  if (ds->p->r->n_located) return CLINO_VERDICT_FAIL;
  if (all || alone) return all > alone ? all : alone;
  *reason = t->out_of_budget ? CLINO_REASON_BUDGET : CLINO_REASON_STEP;
  if (t->agreed < CLINO__DIRECTIONS && t->fruitless < CLINO__IN_VAIN) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NOISE;
  bool shows = t->bar <= ds->p->o.resolution * t->size && j->worst.tensor <= CLINO__OFF;
  if (t->size > 0 && !shows) return CLINO_VERDICT_INCONCLUSIVE;
  if (!(t->size > 0) && t->worst.numeric != 0) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NONE;
  return ds->beside ? CLINO_VERDICT_KINK : CLINO_VERDICT_PASS;
}

/* What the verdict rests on: slopes, and the tensor that it speaks of. */
static void write_evidence(clino__problem *p, const judgement *j, clino_verdict verdict) {
  clino_gradcheck_directional *d = &p->r->directional;
  const clino__tally *t = j->alone_differs && j->all.fruitless < CLINO__IN_VAIN ? &j->alone : &j->all;
  d->analytic = t->worst.finite ? t->worst.analytic : NAN;
  d->numeric = t->worst.finite ? t->worst.numeric : NAN;
  d->error = t->worst.finite ? t->worst.bar : NAN;
  bool lost = t->fruitless && (verdict == CLINO_VERDICT_FAIL || verdict == CLINO_VERDICT_SUSPECT);
  bool known = !lost || t->lost.view_end - t->lost.view == 1;
  const char *name = known ? p->layout.views[lost ? t->lost.view : j->view].name : "";
  snprintf(d->tensor, sizeof d->tensor, "%s", name);
}

static void write_down(clino__problem *p, const judgement *j, clino_verdict verdict, clino_reason reason) {
  clino_gradcheck_directional *d = &p->r->directional;
  const clino__tally *t = &j->all;
  clino__terms_directed(p, verdict);
  bool first = d->verdict == CLINO_VERDICT_NONE;
  d->directions += t->agreed;
  d->crossed += t->crossed + t->kinked;
  d->differing += t->differing + j->alone.differing;
  d->alone += j->n_alone;
  d->miss_probability = fmax(d->miss_probability, pow(fmin(1, j->worst.entry / CLINO__OFF), CLINO__DIRECTIONS));
  if (first || verdict > d->verdict) {
    d->verdict = verdict;
    d->reason = reason;
    write_evidence(p, j, verdict);
  }
  if (j->worst.entry > d->smallest_entry) d->smallest_entry = j->worst.entry;
  d->smallest_tensor = fmax(d->smallest_tensor, j->worst.tensor);
  if (verdict > p->r->verdict) {
    p->r->verdict = verdict;
    p->r->reason = reason;
  }
}

/* All directions at the point now, and what they come to. */
static clino_status judge_point(clino__directions *ds, judgement *j, uint64_t before) {
  clino__problem *p = ds->p;
  clino__tally *t = &j->all;
  clino_status status = clino__tally_fill(ds, t);
  if (status || clino__tally_at_kink(ds, t)) return status;
  status = look_at_tensors(ds, j);
  if (status) return status;
  clino_reason reason;
  clino_verdict verdict = verdict_of(ds, j, &reason);
  uint64_t after = clino__calls(p), decided = t->decided ? t->decided : after;
  p->r->directional.calls += decided - (p->r->directional.calls ? before : 0);
  p->r->directional.search_calls += after - decided;
  p->r->search_ended_early |=
    p->r->n_located == CLINO_GRADCHECK_LOCATED || (t->differing && t->agreed < CLINO__DIRECTIONS);
  write_down(p, j, verdict, reason);
  return CLINO_OK;
}

/* The point lies on a kink: at smooth points beside it a gradient has no freedom. */
static clino_status judge_beside(clino__directions *ds, judgement *j, uint64_t before) {
  clino__problem *p = ds->p;
  clino__tally *t = &j->all;
  clino__shift shift = {.kept = NULL};
  bool affordable = clino__budget(p, CLINO__SHIFT_VALUES), finite = false;
  clino_status status = affordable ? clino__shift_aside(p, &shift, &finite) : CLINO_OK;
  ds->beside = true;
  ds->h = ds->first_h;
  p->r->directional.crossed += t->crossed + t->kinked;
  t->crossed = t->agreed = t->kinked = t->attempts = 0;
  if (!finite) clino__tally_give_up(t);
  t->worst.finite = false;
  t->out_of_budget = !affordable;
  if (!status) status = judge_point(ds, j, before);
  clino__shift_back(p, &shift);
  return status;
}

/* At the point, or as near as bounds let a step go to both sides. */
static clino_status judge_within_bounds(clino__directions *ds, judgement *j, uint64_t before) {
  clino__shift shift = {.kept = NULL};
  double *room = malloc(ds->p->layout.n_views * sizeof *room);
  bool finite;
  if (!room) return clino__fail_memory(ds->p->error, "distances from bounds");
  /* Twice the longest step that judging takes, four times the first. */
  for (size_t i = 0; i < ds->p->layout.n_views; i++) room[i] = 8 * ds->h * ds->scale[i];
  clino_status status = clino__shift_inside(ds->p, room, &shift, &finite);
  free(room);
  if (!finite) {
    clino__tally_give_up(&j->all);
    j->all.out_of_budget = !clino__budget(ds->p, CLINO__SHIFT_VALUES);
  }
  if (!status) status = judge_point(ds, j, before);
  if (!status && clino__tally_at_kink(ds, &j->all)) status = judge_beside(ds, j, before);
  clino__shift_back(ds->p, &shift);
  return status;
}

clino_status clino__directional_check(clino__problem *p) {
  clino__directions ds;
  judgement j = {.all = {.region = clino__region_all(p), .longer = true}};
  uint64_t before = clino__calls(p);
  clino_status status = clino__directions_init(&ds, p);
  if (!status) status = judge_within_bounds(&ds, &j, before);
  clino__directions_free(&ds);
  return status;
}

void clino__directional_unaffordable(clino__problem *p) {
  if (!clino__directional_wanted(p)) return;
  judgement none = {.all = {.out_of_budget = true}, .worst = {INFINITY, INFINITY}};
  write_down(p, &none, CLINO_VERDICT_INCONCLUSIVE, CLINO_REASON_BUDGET);
}
