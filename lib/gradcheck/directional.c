/* The verdict along directions.
 *
 * A direction that agrees within its error bar costs two evaluations. One that says nothing, for a kink or a bend
 * within its step (direction_judge.c), is replaced by another: a wrong gradient is wrong along all of them, a kink lies
 * within reach of few. Where the point itself lies on a kink, all of them meet it, and the check moves beside it.
 *
 * How likely is a miss? Let one entry be off by e, whatever the others are. Given the rest, its share of the difference
 * is e s u with u uniform in [1/2, 1], whose density is 2 / (e s): so the difference falls within an error bar of b on
 * either side of 0 with a probability of at most 4 b / (e s), and for all of K independent directions with that to
 * the K-th power. */
#include "gradcheck/directional.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gradcheck/locate.h"
#include "gradcheck/shift.h"
#include "gradcheck/team.h"
#include "gradcheck/terms.h"

#define DIRECTIONS 8     /* (4 * 0.005 / 0.1)^8 = 3e-6 for an entry that is off by 10% */
#define MOST_ATTEMPTS 24 /* directions that are tried for these */
#define MOST_IN_VAIN 3   /* that differ although the search finds nothing */
#define MOST_KINKED 3    /* that find the point on a kink, before the check moves beside it */
#define MOST_CROSSED 4   /* or one so near that all steps cross it */
#define OFF 0.1          /* the error that miss_probability is stated for */

bool clino__directional_wanted(const clino__problem *p) {
  return p->o.mode == CLINO_MODE_DIRECTIONAL || p->o.mode == CLINO_MODE_AUTO;
}

/* ---- what the directions can show ---- */

typedef struct reach {
  double entry, tensor; /* smallest errors that show, as fractions of the tensor's RMS, where that is worst */
  double density;       /* largest 4 / s over tensors with a gradient, as a fraction of RMS, times the error bar */
  size_t view;
} reach;

/* With an error bar of b: a wrong entry shows for certain where e s / 2 exceeds 2 b, as then no other share of it can
 * hide it from all directions; errors of all entries show where their root mean square does. */
static reach reach_of(const clino__directions *ds, double bar) {
  reach worst = {0, 0, 0, 0};
  for (size_t i = 0; i < ds->p->layout.n_views; i++) {
    if (!ds->p->layout.views[i].owner || !(ds->p->tensor_rms[i] > 0)) continue;
    clino__region whole = clino__region_view(ds->p, i);
    double size = ds->p->tensor_rms[i] * 2 * ds->least[i], all = clino__direction_size(ds, &whole);
    if (4 * bar / size > worst.entry) worst.entry = 4 * bar / size, worst.view = i;
    worst.tensor = fmax(worst.tensor, 2 * bar / all);
  }
  worst.density = worst.entry;
  return worst;
}

/* Judges the direction that was drawn; measured: *s is its first step. Where kinks crowd within steps, what differs or
 * says nothing is left to the mean of the gradient along the step. */
static clino_status judge_one(clino__directions *ds, const clino__region *all, bool measured, clino__says *says,
                              clino__slope *s) {
  clino_status status = measured ? clino__direction_judge_measured(ds, all, says, s)
                                 : clino__direction_judge(ds, all, says, s);
  bool unsure = *says == CLINO__SAYS_DIFFERS || *says == CLINO__SAYS_CROSSED;
  if (status || !unsure || !clino__direction_crowded(ds) || !clino__budget(ds->p, 2)) return status;
  clino__slope whole;
  status = clino__direction_measure(ds, all, ds->h, &whole);
  if (status || !whole.finite) return status;
  *s = whole;
  return clino__direction_mean(ds, all, says, s);
}

static void take_cap(clino__directions *ds, double cap) {
  clino__directions_set_cap(ds, cap);
  clino__directions_redraw(ds);
}

/* Steps may be longer in tensors whose gradient is too small to show over FIRST_CAP of their coordinates, as long as
 * the direction can still be judged. *says: DIFFERS where a longer one shows what the first did not. */
static clino_status lengthen(clino__directions *ds, const clino__region *all, clino__says *says, clino__slope *s) {
  while (reach_of(ds, s->bar).entry > OFF && clino__directions_may_reach(ds, 8 * ds->cap) && !(ds->p->o.step > 0) &&
         *says == CLINO__SAYS_AGREES && clino__budget(ds->p, 2)) {
    clino__slope longer = {.finite = false};
    clino__says now;
    double cap = ds->cap;
    take_cap(ds, 8 * cap);
    clino_status status = judge_one(ds, all, false, &now, &longer);
    if (status) return status;
    if (now != CLINO__SAYS_AGREES && now != CLINO__SAYS_DIFFERS) {
      take_cap(ds, cap);
      break;
    }
    *says = now;
    *s = longer;
  }
  return CLINO_OK;
}

/* ---- all directions ---- */

typedef struct tally {
  size_t agreed, crossed, kinked, differing, found, attempts;
  size_t in_vain, fruitless; /* searches that found nothing; those of them that no kink explains */
  clino__slope worst;       /* the largest difference against its bar */
  double bar;               /* the largest among those that agreed */
  uint64_t decided;         /* calls until then; 0: not yet */
  bool out_of_budget;
  clino__region lost;       /* where a fruitless search ended */
  double beyond;            /* least difference over bar among the fruitless */
} tally;

static uint64_t calls_of(const clino__problem *p) { return p->r->evaluations + p->r->gradients; }

static void note(tally *t, const clino__slope *s) {
  if (!s->finite) return;
  if (!t->worst.finite || clino__in_bars(s) > clino__in_bars(&t->worst)) t->worst = *s;
}

/* A shorter step for the next directions, where kinks or bends spoil more than agree; below a quarter of the first,
 * noise would hide what is to be shown. */
static void adapt(clino__directions *ds, const tally *t) {
  if (t->crossed >= 2 && t->crossed > t->agreed && ds->h >= ds->first_h) ds->h /= 4;
}

/* Whether the point lies on a kink, or so near one that no step avoids it. */
static bool at_kink(const clino__directions *ds, const tally *t) {
  return !ds->beside && (t->kinked >= MOST_KINKED || (t->crossed >= MOST_CROSSED && t->crossed > t->agreed));
}

/* Whether gradients along the step explain the difference, across kinks and bends. */
static clino_status explained(clino__directions *ds, const clino__slope *s, bool *yes) {
  clino__region all = clino__region_all(ds->p);
  clino__says says = CLINO__SAYS_DIFFERS;
  clino__slope step = *s;
  *yes = false;
  if (clino__direction_crowded(ds)) return CLINO_OK; /* they were asked before the search */
  clino_status status = clino__direction_mean(ds, &all, &says, &step);
  *yes = says != CLINO__SAYS_DIFFERS;
  return status;
}

static clino_status follow(clino__directions *ds, tally *t, const clino__slope *s) {
  size_t found = 0;
  t->differing++;
  t->agreed = 0; /* what is left after the search is judged by directions of its own */
  if (!t->decided) t->decided = calls_of(ds->p);
  clino_status status = clino__locate(ds, s, &found, &t->lost);
  t->found += found;
  bool kinks = false;
  if (!status && !found) status = explained(ds, s, &kinks);
  if (status || found) return status;
  t->in_vain++;
  if (kinks) t->crossed++;
  else if (!t->fruitless++ || clino__in_bars(s) < t->beyond) t->beyond = clino__in_bars(s);
  return CLINO_OK;
}

static void count_agreeing(tally *t, const clino__slope *s) {
  t->agreed++;
  t->bar = fmax(t->bar, s->bar);
}

/* The direction that was drawn; first: its first step, where that was measured already. */
static clino_status try_drawn(clino__directions *ds, const clino__region *all, const clino__slope *first, tally *t) {
  clino__says says;
  clino__slope s = {.finite = false};
  if (first) s = *first;
  clino_status status = judge_one(ds, all, first != NULL, &says, &s);
  if (status) return status;
  if (says == CLINO__SAYS_AGREES && !t->agreed && !t->differing) status = lengthen(ds, all, &says, &s);
  if (status) return status;
  if (says != CLINO__SAYS_CROSSED) note(t, &s);
  switch (says) {
    case CLINO__SAYS_AGREES: count_agreeing(t, &s); break;
    case CLINO__SAYS_DIFFERS: return follow(ds, t, &s);
    case CLINO__SAYS_CROSSED: t->crossed++, adapt(ds, t); break;
    case CLINO__SAYS_KINKED: t->kinked++; break;
    case CLINO__SAYS_BUDGET: t->out_of_budget = true; break;
  }
  return CLINO_OK;
}

static clino_status try_one(clino__directions *ds, const clino__region *all, tally *t) {
  t->attempts++;
  clino__directions_draw(ds);
  return try_drawn(ds, all, NULL, t);
}

/* ---- several at once, where there is a team ---- */

typedef struct common_round {
  clino__directions *ds;
  tally *t;
} common_round;

/* A direction that agrees at once is counted; another one ends the round. */
static bool note_plain(size_t i, const clino__slope *s, void *ctx) {
  const common_round *now = ctx;
  (void)i;
  if (!clino__direction_plain(s)) return false;
  now->t->attempts++;
  note(now->t, s);
  count_agreeing(now->t, s);
  return clino__budget(now->ds->p, 2);
}

/* Tries directions to come together, as far as they agree at once, and judges the first that does not. */
static clino_status try_ahead(clino__directions *ds, const clino__region *all, clino__directions *ahead,
                              clino__trial *trials, size_t count, tally *t) {
  size_t done = 0;
  common_round now = {ds, t};
  for (size_t k = 0; k < count; k++) trials[k] = (clino__trial){.ds = &ahead[k], .region = *all, .h = ds->h};
  clino_status status = clino__direction_measure_some(trials, count, note_plain, &now, &done);
  if (status || !done) return status;
  const clino__slope last = trials[done - 1].s;
  clino__directions_take(ds, &ahead[done - 1]);
  if (clino__direction_plain(&last)) return CLINO_OK;
  t->attempts++;
  return try_drawn(ds, all, &last, t);
}

/* How many: what is still wanted, two sides each for every one of the team at most. */
static size_t round_of(const clino__directions *ds, const tally *t) {
  size_t count = clino__team_size(ds->p);
  if (count < 2 || !(t->agreed || t->differing) || !clino__budget(ds->p, 2)) return 1;
  if (count > DIRECTIONS - t->agreed) count = DIRECTIONS - t->agreed;
  return count < MOST_ATTEMPTS - t->attempts ? count : MOST_ATTEMPTS - t->attempts;
}

static clino_status try_some(clino__directions *ds, const clino__region *all, tally *t) {
  clino__directions ahead[DIRECTIONS];
  clino__trial trials[DIRECTIONS];
  const size_t count = round_of(ds, t);
  size_t made = 0;
  while (count > 1 && made < count && clino__directions_ahead(ds, made + 1, &ahead[made])) made++;
  clino_status status = made > 1 ? try_ahead(ds, all, ahead, trials, made, t) : try_one(ds, all, t);
  for (size_t k = 0; k < made + (count > 1 && made < count); k++) clino__directions_free(&ahead[k]);
  return status;
}

static clino_status try_all(clino__directions *ds, tally *t) {
  clino__region all = clino__region_all(ds->p);
  clino_status status = CLINO_OK;
  while (!status && t->agreed < DIRECTIONS && !t->out_of_budget && t->in_vain < MOST_IN_VAIN &&
         t->attempts < MOST_ATTEMPTS && !at_kink(ds, t) &&
         ds->p->r->n_located < CLINO_GRADCHECK_LOCATED) {
    status = try_some(ds, &all, t);
    if (t->found) t->attempts = t->found = 0;
  }
  return status;
}

/* ---- the verdict ---- */

/* What entries that are each within tolerance may add up to: as much as if all erred alike, or as random ones do. */
static double tolerated(const clino__directions *ds, const tally *t) {
  clino__region all = clino__region_all(ds->p);
  double tolerance = ds->p->o.tolerance;
  return tolerance * fmax(fabs(t->worst.analytic), 3 * clino__direction_size(ds, &all));
}

static clino_verdict verdict_of(const clino__directions *ds, const tally *t, const reach *can, clino_reason *reason) {
  clino__region all = clino__region_all(ds->p);
  *reason = CLINO_REASON_DIFFERS;
  if (ds->p->r->n_located) return CLINO_VERDICT_FAIL;
  if (t->fruitless >= MOST_IN_VAIN && fabs(t->worst.difference) > tolerated(ds, t))
    return t->beyond > 3 ? CLINO_VERDICT_FAIL : CLINO_VERDICT_SUSPECT;
  *reason = t->out_of_budget ? CLINO_REASON_BUDGET : CLINO_REASON_STEP;
  if (t->agreed < DIRECTIONS && t->fruitless < MOST_IN_VAIN) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NOISE;
  double size = clino__direction_size(ds, &all);
  if (size > 0 && !(t->bar <= ds->p->o.resolution * size && can->tensor <= OFF)) return CLINO_VERDICT_INCONCLUSIVE;
  if (!(size > 0) && t->worst.numeric != 0) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NONE;
  return ds->beside ? CLINO_VERDICT_KINK : CLINO_VERDICT_PASS;
}

static void write_down(clino__problem *p, const tally *t, const reach *can, clino_verdict verdict,
                       clino_reason reason) {
  clino_gradcheck_directional *d = &p->r->directional;
  clino__terms_directed(p, verdict);
  bool first = d->verdict == CLINO_VERDICT_NONE;
  d->directions += t->agreed;
  d->crossed += t->crossed + t->kinked;
  d->differing += t->differing;
  d->miss_probability = fmax(d->miss_probability, pow(fmin(1, can->density / OFF), DIRECTIONS));
  if (first || verdict > d->verdict) {
    d->verdict = verdict;
    d->reason = reason;
    d->analytic = t->worst.finite ? t->worst.analytic : NAN;
    d->numeric = t->worst.finite ? t->worst.numeric : NAN;
    d->error = t->worst.finite ? t->worst.bar : NAN;
    bool lost = t->fruitless && (verdict == CLINO_VERDICT_FAIL || verdict == CLINO_VERDICT_SUSPECT);
    bool known = !lost || t->lost.view_end - t->lost.view == 1;
    const char *name = known ? p->layout.views[lost ? t->lost.view : can->view].name : "";
    snprintf(d->tensor, sizeof d->tensor, "%s", name);
  }
  if (can->entry > d->smallest_entry) d->smallest_entry = can->entry;
  d->smallest_tensor = fmax(d->smallest_tensor, can->tensor);
  if (verdict > p->r->verdict) {
    p->r->verdict = verdict;
    p->r->reason = reason;
  }
}

/* All directions at the point now, and what they come to. */
static clino_status judge_point(clino__directions *ds, tally *t, uint64_t before) {
  clino__problem *p = ds->p;
  clino_status status = try_all(ds, t);
  if (status || at_kink(ds, t)) return status;
  /* Where nothing was measured, nothing would have shown. */
  reach can = reach_of(ds, t->bar > 0 ? t->bar : t->worst.finite ? t->worst.bar : INFINITY);
  clino_reason reason;
  clino_verdict verdict = verdict_of(ds, t, &can, &reason);
  uint64_t after = calls_of(p), decided = t->decided ? t->decided : after;
  p->r->directional.calls += decided - (p->r->directional.calls ? before : 0);
  p->r->directional.search_calls += after - decided;
  p->r->search_ended_early |= p->r->n_located == CLINO_GRADCHECK_LOCATED || (t->differing && t->agreed < DIRECTIONS);
  write_down(p, t, &can, verdict, reason);
  return CLINO_OK;
}

/* The point lies on a kink: at smooth points beside it a gradient has no freedom. */
static clino_status judge_beside(clino__directions *ds, tally *t, uint64_t before) {
  clino__problem *p = ds->p;
  clino__shift shift = {.kept = NULL};
  bool affordable = clino__budget(p, CLINO__SHIFT_VALUES), finite = false;
  clino_status status = affordable ? clino__shift_aside(p, &shift, &finite) : CLINO_OK;
  ds->beside = true;
  ds->h = ds->first_h;
  p->r->directional.crossed += t->crossed + t->kinked;
  t->crossed = t->agreed = t->kinked = 0;
  t->attempts = finite ? 0 : MOST_ATTEMPTS;
  t->worst.finite = false;
  t->out_of_budget = !affordable;
  if (!status) status = judge_point(ds, t, before);
  clino__shift_back(p, &shift);
  return status;
}

/* At the point, or as near as bounds let a step go to both sides. */
static clino_status judge_within_bounds(clino__directions *ds, tally *t, uint64_t before) {
  clino__shift shift = {.kept = NULL};
  double *room = malloc(ds->p->layout.n_views * sizeof *room);
  bool finite;
  if (!room) return clino__fail_memory(ds->p->error, "distances from bounds");
  /* Twice the longest step that judging takes, four times the first. */
  for (size_t i = 0; i < ds->p->layout.n_views; i++) room[i] = 8 * ds->h * ds->scale[i];
  clino_status status = clino__shift_inside(ds->p, room, &shift, &finite);
  free(room);
  if (!finite) t->attempts = MOST_ATTEMPTS, t->out_of_budget = !clino__budget(ds->p, CLINO__SHIFT_VALUES);
  if (!status) status = judge_point(ds, t, before);
  if (!status && at_kink(ds, t)) status = judge_beside(ds, t, before);
  clino__shift_back(ds->p, &shift);
  return status;
}

clino_status clino__directional_check(clino__problem *p) {
  clino__directions ds;
  tally t = {.agreed = 0};
  uint64_t before = calls_of(p);
  clino_status status = clino__directions_init(&ds, p);
  if (!status) status = judge_within_bounds(&ds, &t, before);
  clino__directions_free(&ds);
  return status;
}

void clino__directional_unaffordable(clino__problem *p) {
  if (!clino__directional_wanted(p)) return;
  tally t = {.out_of_budget = true};
  reach none = {INFINITY, INFINITY, INFINITY, 0};
  write_down(p, &t, &none, CLINO_VERDICT_INCONCLUSIVE, CLINO_REASON_BUDGET);
}
