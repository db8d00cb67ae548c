/* Directions one after the other.
 *
 * One that says nothing, for a kink or a bend within its step (direction_judge.c), is replaced by another: a wrong
 * gradient is wrong along all of them, a kink lies within reach of few. One that differs starts a search; what that
 * finds is left out of those to come. */
#include "gradcheck/tally.h"

#include <math.h>

#include "gradcheck/locate.h"
#include "gradcheck/team.h"

#define MOST_ATTEMPTS 24 /* directions that are tried for those that must agree */
#define MOST_KINKED 3    /* that find the point on a kink, before the check moves beside it */
#define MOST_CROSSED 4   /* or one so near that all steps cross it */

uint64_t clino__calls(const clino__problem *p) { return p->r->evaluations + p->r->gradients; }

void clino__tally_give_up(clino__tally *t) { t->attempts = MOST_ATTEMPTS; }

/* ---- what the directions can show ---- */

/* A wrong entry shows for certain where its share e s / 2 of a difference exceeds 2 b, as then no other share can hide
 * it from all directions; errors of all entries show where their root mean square does. */
clino__shown clino__shown_of(const clino__directions *ds, size_t view, double bar) {
  const clino__problem *p = ds->p;
  if (!p->layout.views[view].owner || !(p->tensor_rms[view] > 0)) return (clino__shown){0, 0};
  clino__region whole = clino__region_view(p, view);
  double entry = p->tensor_rms[view] * 2 * ds->least[view], all = clino__direction_size(ds, &whole);
  return (clino__shown){4 * bar / entry, 2 * bar / all};
}

static bool all_show(const clino__directions *ds, double bar) {
  bool all = true;
  for (size_t i = 0; i < ds->p->layout.n_views; i++) all &= clino__shown_of(ds, i, bar).entry <= CLINO__OFF;
  return all;
}

/* measured: *s is the first step. */
static clino_status judge(clino__directions *ds, const clino__region *r, bool measured, clino__says *says,
                          clino__slope *s) {
  clino_status status =
      measured ? clino__direction_judge_measured(ds, r, says, s) : clino__direction_judge(ds, r, says, s);
  bool alone = ds->only != CLINO__ALL_VIEWS; /* what is a kink to one tensor does not call for moving beside it */
  bool unsure = *says == CLINO__SAYS_DIFFERS || *says == CLINO__SAYS_CROSSED || (alone && *says == CLINO__SAYS_KINKED);
  if (status || !unsure || !clino__direction_crowded(ds) || !clino__budget(ds->p, 2)) return status;
  clino__slope whole;
  status = clino__direction_measure(ds, r, ds->h, &whole);
  if (status || !whole.finite) return status;
  *s = whole;
  return clino__direction_mean(ds, r, says, s);
}

clino_status clino__tally_judge(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s) {
  return judge(ds, r, false, says, s);
}

static void take_cap(clino__directions *ds, double cap) {
  clino__directions_set_cap(ds, cap);
  clino__directions_redraw(ds);
}

/* Steps may be longer in tensors whose gradient is too small to show over FIRST_CAP of their coordinates, as long as
 * the direction can still be judged. *says: DIFFERS where a longer one shows what the first did not. */
static clino_status lengthen(clino__directions *ds, const clino__region *all, clino__says *says, clino__slope *s) {
  while (!all_show(ds, s->bar) && clino__directions_may_reach(ds, 8 * ds->cap) && !(ds->p->o.step > 0) &&
         *says == CLINO__SAYS_AGREES && clino__budget(ds->p, 2)) {
    clino__slope longer = {.finite = false};
    clino__says now;
    double cap = ds->cap;
    take_cap(ds, 8 * cap);
    clino_status status = clino__tally_judge(ds, all, &now, &longer);
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

/* ---- all of them ---- */

static void note(clino__tally *t, const clino__slope *s) {
  if (!s->finite) return;
  if (!t->worst.finite || clino__in_bars(s) > clino__in_bars(&t->worst)) t->worst = *s;
}

/* A shorter step for the next directions, where kinks or bends spoil more than agree; below a quarter of the first,
 * noise would hide what is to be shown. */
static void adapt(clino__directions *ds, const clino__tally *t) {
  if (t->crossed >= 2 && t->crossed > t->agreed && ds->h >= ds->first_h) ds->h /= 4;
}

bool clino__tally_at_kink(const clino__directions *ds, const clino__tally *t) {
  return !ds->beside && (t->kinked >= MOST_KINKED || (t->crossed >= MOST_CROSSED && t->crossed > t->agreed));
}

/* Whether gradients along the step explain the difference, across kinks and bends. */
static clino_status explained(clino__directions *ds, const clino__region *r, const clino__slope *s, bool *yes) {
  clino__says says = CLINO__SAYS_DIFFERS;
  clino__slope step = *s;
  *yes = false;
  if (clino__direction_crowded(ds)) return CLINO_OK; /* they were asked before the search */
  clino_status status = clino__direction_mean(ds, r, &says, &step);
  *yes = says != CLINO__SAYS_DIFFERS;
  return status;
}

static clino_status follow(clino__directions *ds, clino__tally *t, const clino__slope *s) {
  size_t found = 0;
  t->differing++;
  t->agreed = 0; /* what is left after the search is judged by directions of its own */
  if (!t->decided) t->decided = clino__calls(ds->p);
  clino_status status = clino__locate(ds, &t->region, s, &found, &t->lost);
  t->found += found;
  bool kinks = false;
  if (!status && !found) status = explained(ds, &t->region, s, &kinks);
  if (status || found) return status;
  t->in_vain++;
  if (kinks) t->crossed++;
  else if (!t->fruitless++ || clino__in_bars(s) < t->beyond) t->beyond = clino__in_bars(s);
  return CLINO_OK;
}

static void count_agreeing(clino__tally *t, const clino__slope *s) {
  t->agreed++;
  t->bar = fmax(t->bar, s->bar);
}

/* f has turned out noisier than it was taken for: steps and error bars begin anew. */
static void begin_anew(clino__directions *ds, clino__tally *t) {
  t->agreed = t->crossed = t->kinked = 0;
  t->bar = 0;
  if (ds->only == CLINO__ALL_VIEWS) clino__directions_refit(ds);
}

/* The direction that was drawn; first: its first step, where that was measured already. */
static clino_status try_drawn(clino__directions *ds, const clino__slope *first, clino__tally *t) {
  clino__says says;
  clino__slope s = {.finite = false};
  const double noise = ds->p->noise;
  if (first) s = *first;
  clino_status status = judge(ds, &t->region, first != NULL, &says, &s);
  if (status) return status;
  if (t->longer && says == CLINO__SAYS_AGREES && !t->agreed && !t->differing)
    status = lengthen(ds, &t->region, &says, &s);
  if (status) return status;
  if (ds->p->noise > noise) {
    begin_anew(ds, t);
    return CLINO_OK;
  }
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

static clino_status try_one(clino__directions *ds, clino__tally *t) {
  t->attempts++;
  clino__directions_draw(ds);
  return try_drawn(ds, NULL, t);
}

/* ---- several at once, where there is a team ---- */

typedef struct common_round {
  clino__directions *ds;
  clino__tally *t;
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
static clino_status try_ahead(clino__directions *ds, clino__directions *ahead, clino__trial *trials, size_t count,
                              clino__tally *t) {
  size_t done = 0;
  common_round now = {ds, t};
  for (size_t k = 0; k < count; k++) trials[k] = (clino__trial){.ds = &ahead[k], .region = t->region, .h = ds->h};
  clino_status status = clino__direction_measure_some(trials, count, note_plain, &now, &done);
  if (status || !done) return status;
  const clino__slope last = trials[done - 1].s;
  clino__directions_take(ds, &ahead[done - 1]);
  if (clino__direction_plain(&last)) return CLINO_OK;
  t->attempts++;
  return try_drawn(ds, &last, t);
}

/* How many: what is still wanted, two sides each for every one of the team at most. The first one is alone, since it
 * may settle how far the others go. */
static size_t round_of(const clino__directions *ds, const clino__tally *t) {
  size_t count = clino__team_size(ds->p);
  if (count < 2 || !(t->agreed || t->differing) || !clino__budget(ds->p, 2)) return 1;
  if (count > CLINO__DIRECTIONS - t->agreed) count = CLINO__DIRECTIONS - t->agreed;
  return count < MOST_ATTEMPTS - t->attempts ? count : MOST_ATTEMPTS - t->attempts;
}

static clino_status try_some(clino__directions *ds, clino__tally *t) {
  clino__directions ahead[CLINO__DIRECTIONS];
  clino__trial trials[CLINO__DIRECTIONS];
  const size_t count = round_of(ds, t);
  size_t made = 0;
  while (count > 1 && made < count && clino__directions_ahead(ds, made + 1, &ahead[made])) made++;
  clino_status status = made > 1 ? try_ahead(ds, ahead, trials, made, t) : try_one(ds, t);
  for (size_t k = 0; k < made + (count > 1 && made < count); k++) clino__directions_free(&ahead[k]);
  return status;
}

clino_status clino__tally_fill(clino__directions *ds, clino__tally *t) {
  clino_status status = CLINO_OK;
  while (!status && t->agreed < CLINO__DIRECTIONS && !t->out_of_budget && t->in_vain < CLINO__IN_VAIN &&
         t->attempts < MOST_ATTEMPTS && !clino__tally_at_kink(ds, t) &&
         ds->p->r->n_located < CLINO_GRADCHECK_LOCATED) {
    status = try_some(ds, t);
    if (t->found) t->attempts = t->found = 0;
  }
  t->size = clino__direction_size(ds, &t->region);
  return status;
}
