/* The verdict along directions.
 *
 * A direction that agrees within its error bar costs two evaluations. One that does not is measured at other steps: the
 * error of a gradient is the same at each, truncation falls with h^2, and a kink within the longer step is left behind
 * by the shorter one. What depends on the step is no evidence, and another direction is drawn in its place: a wrong
 * gradient is wrong along all of them, a kink lies within reach of few.
 *
 * How likely is a miss? Let one entry be off by e, whatever the others are. Given the rest, its share of the difference
 * is e s u with u uniform in [1/2, 1], whose density is 2 / (e s): so the difference falls within an error bar of b on
 * either side of 0 with a probability of at most 4 b / (e s), and for all of K independent directions with that to
 * the K-th power. */
#include "gradcheck/directional.h"

#include <math.h>
#include <stdio.h>

#include "gradcheck/locate.h"

#define DIRECTIONS 8     /* (4 * 0.005 / 0.1)^8 = 3e-6 for an entry that is off by 10% */
#define MOST_ATTEMPTS 24 /* directions that are tried for these */
#define MOST_FRUITLESS 3 /* that differ although the search finds nothing */
#define OFF 0.1          /* the error that miss_probability is stated for */
#define LARGEST_CAP 0.05

bool clino__directional_wanted(const clino__problem *p) {
  return p->o.mode == CLINO_MODE_DIRECTIONAL || p->o.mode == CLINO_MODE_AUTO;
}

/* ---- one direction ---- */

static double in_bars(const clino__slope *s) {
  return s->bar > 0 ? fabs(s->difference) / s->bar : s->difference != 0 ? INFINITY : 0;
}

static bool same(const clino__slope *a, const clino__slope *b) {
  return fabs(a->difference - b->difference) <= a->bar + b->bar;
}

/* Whether a kink at the point explains the difference: it keeps the one-sided slopes apart at both steps alike, where
 * a smooth f's approach each other, and a valid value lies between them. */
static bool kinked(const clino__slope *shorter, const clino__slope *longer) {
  if (!(shorter->jump > shorter->jump_bar)) return false;
  double expected = longer->jump * shorter->h / longer->h; /* of a smooth f */
  double lasting = shorter->jump - expected - shorter->jump_bar;
  return lasting > 0 && fabs(shorter->difference) <= 0.6 * shorter->jump + shorter->bar;
}

static clino__says differs_or_kinked(const clino__slope *shorter, const clino__slope *longer) {
  return kinked(shorter, longer) ? CLINO__SAYS_KINKED : CLINO__SAYS_DIFFERS;
}

/* Beyond noise even if that was taken for half of what it is, as happens: at both, and at one of them by twice. */
static bool both_stand_out(const clino__slope *a, const clino__slope *b) {
  return clino__differs(a) && clino__differs(b) && fmax(in_bars(a), in_bars(b)) > 2;
}

/* Steps a and b = a / 4 disagree. A third decides whether what b shows stays. */
static clino_status judge_changing(clino__directions *ds, const clino__region *r, const clino__slope *b,
                                   clino__says *says, clino__slope *s) {
  *says = CLINO__SAYS_CROSSED;
  *s = *b;
  if (!clino__differs(b) || !clino__budget(ds->p, 2)) return CLINO_OK;
  clino__slope c;
  clino_status status = clino__direction_measure(ds, r, b->h / 4, &c);
  if (status || !both_stand_out(b, &c) || !same(b, &c)) return status;
  *says = differs_or_kinked(&c, b);
  return CLINO_OK;
}

/* What a shows is small beside noise. A longer step has a quarter of that: it stands out there by far if it is real. */
static clino_status judge_small(clino__directions *ds, const clino__region *r, const clino__slope *a,
                                clino__says *says) {
  *says = CLINO__SAYS_CROSSED;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  clino__slope c;
  clino_status status = clino__direction_measure(ds, r, 4 * a->h, &c);
  if (status || !c.finite) return status;
  if (in_bars(&c) <= 3) *says = CLINO__SAYS_AGREES;
  else if (same(a, &c)) *says = differs_or_kinked(a, &c);
  return CLINO_OK;
}

/* What a shows stands out: a shorter step shows it as well, or it comes from a kink or a bend. */
static clino_status judge_large(clino__directions *ds, const clino__region *r, const clino__slope *a,
                                clino__says *says, clino__slope *s) {
  clino__slope b;
  clino_status status = clino__direction_measure(ds, r, a->h / 4, &b);
  if (status) return status;
  *says = CLINO__SAYS_CROSSED;
  if (!b.finite) return CLINO_OK;
  if (!same(a, &b)) return judge_changing(ds, r, &b, says, s);
  if (!clino__differs(&b)) return judge_small(ds, r, a, says);
  *says = differs_or_kinked(&b, a);
  return CLINO_OK;
}

clino_status clino__direction_judge(clino__directions *ds, const clino__region *r, clino__says *says,
                                    clino__slope *s) {
  *says = CLINO__SAYS_BUDGET;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  clino_status status = clino__direction_measure(ds, r, ds->h, s);
  if (status) return status;
  *says = s->finite ? CLINO__SAYS_AGREES : CLINO__SAYS_CROSSED;
  if (!clino__differs(s)) return CLINO_OK;
  *says = CLINO__SAYS_BUDGET;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  const clino__slope first = *s;
  return in_bars(s) > 2 ? judge_large(ds, r, &first, says, s) : judge_small(ds, r, &first, says);
}

/* ---- what the directions can show ---- */

typedef struct reach {
  double entry, tensor; /* smallest errors that show, as fractions of the tensor's RMS, in the tensor where it is worst */
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
    double size = ds->p->tensor_rms[i] * ds->scale[i], all = clino__direction_size(ds, &whole);
    if (4 * bar / size > worst.entry) worst.entry = 4 * bar / size, worst.view = i;
    worst.tensor = fmax(worst.tensor, 2 * bar / all);
  }
  worst.density = worst.entry;
  return worst;
}

/* Steps may be longer in tensors whose gradient is too small to show over FIRST_CAP of their coordinates, as long as
 * the direction still agrees. */
static clino_status lengthen(clino__directions *ds, const clino__region *all, clino__slope *s) {
  double cap = ds->cap;
  while (reach_of(ds, s->bar).entry > OFF && 8 * cap <= LARGEST_CAP && !(ds->p->o.step > 0) &&
         clino__budget(ds->p, 2)) {
    clino__slope longer;
    clino__directions_set_cap(ds, 8 * cap);
    clino__directions_redraw(ds);
    clino_status status = clino__direction_measure(ds, all, ds->h, &longer);
    if (status) return status;
    if (!longer.finite || clino__differs(&longer)) {
      clino__directions_set_cap(ds, cap);
      clino__directions_redraw(ds);
      break;
    }
    cap *= 8;
    *s = longer;
  }
  return CLINO_OK;
}

/* ---- all directions ---- */

typedef struct tally {
  size_t agreed, crossed, kinked, differing, fruitless, found, attempts;
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
  if (!t->worst.finite || in_bars(s) > in_bars(&t->worst)) t->worst = *s;
}

/* A shorter step for the next directions, where kinks or bends spoil more than agree. */
static void adapt(clino__directions *ds, const tally *t) {
  if (t->crossed >= 2 && t->crossed > t->agreed) ds->h /= 4;
}

static clino_status follow(clino__directions *ds, tally *t, const clino__slope *s) {
  size_t found = 0;
  t->differing++;
  t->agreed = 0; /* what is left after the search is judged by directions of its own */
  if (!t->decided) t->decided = calls_of(ds->p);
  clino_status status = clino__locate(ds, s, &found, &t->lost);
  t->found += found;
  if (status || found) return status;
  if (!t->fruitless++ || in_bars(s) < t->beyond) t->beyond = in_bars(s);
  return CLINO_OK;
}

static clino_status try_one(clino__directions *ds, const clino__region *all, tally *t) {
  clino__says says;
  clino__slope s;
  clino__directions_draw(ds);
  clino_status status = clino__direction_judge(ds, all, &says, &s);
  if (status) return status;
  if (says == CLINO__SAYS_AGREES && !t->agreed && !t->differing) status = lengthen(ds, all, &s);
  if (status) return status;
  if (says != CLINO__SAYS_CROSSED) note(t, &s);
  switch (says) {
    case CLINO__SAYS_AGREES:
      t->agreed++;
      t->bar = fmax(t->bar, s.bar);
      break;
    case CLINO__SAYS_DIFFERS: return follow(ds, t, &s);
    case CLINO__SAYS_CROSSED: t->crossed++, adapt(ds, t); break;
    case CLINO__SAYS_KINKED: t->kinked++; break;
    case CLINO__SAYS_BUDGET: t->out_of_budget = true; break;
  }
  return CLINO_OK;
}

static clino_status try_all(clino__directions *ds, tally *t) {
  clino__region all = clino__region_all(ds->p);
  clino_status status = CLINO_OK;
  while (!status && t->agreed < DIRECTIONS && !t->out_of_budget && t->fruitless < MOST_FRUITLESS &&
         t->attempts < MOST_ATTEMPTS && ds->p->r->n_located < CLINO_GRADCHECK_LOCATED) {
    t->attempts++;
    status = try_one(ds, &all, t);
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
  if (t->fruitless >= MOST_FRUITLESS && fabs(t->worst.difference) > tolerated(ds, t))
    return t->beyond > 3 ? CLINO_VERDICT_FAIL : CLINO_VERDICT_SUSPECT;
  *reason = t->out_of_budget ? CLINO_REASON_BUDGET : CLINO_REASON_STEP;
  if (t->agreed < DIRECTIONS && t->fruitless < MOST_FRUITLESS) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NOISE;
  double size = clino__direction_size(ds, &all);
  if (size > 0 && !(t->bar <= ds->p->o.resolution * size && can->tensor <= OFF)) return CLINO_VERDICT_INCONCLUSIVE;
  if (!(size > 0) && t->worst.numeric != 0) return CLINO_VERDICT_INCONCLUSIVE;
  *reason = CLINO_REASON_NONE;
  return CLINO_VERDICT_PASS;
}

static void write_down(clino__problem *p, const tally *t, const reach *can, clino_verdict verdict,
                       clino_reason reason) {
  clino_gradcheck_directional *d = &p->r->directional;
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

clino_status clino__directional_check(clino__problem *p) {
  clino__directions ds;
  tally t = {.agreed = 0};
  uint64_t before = calls_of(p);
  clino_status status = clino__directions_init(&ds, p);
  if (!status) status = try_all(&ds, &t);
  if (!status) {
    reach can = reach_of(&ds, t.bar > 0 ? t.bar : t.worst.bar);
    clino_reason reason;
    clino_verdict verdict = verdict_of(&ds, &t, &can, &reason);
    uint64_t after = calls_of(p), decided = t.decided ? t.decided : after;
    p->r->directional.calls += decided - (p->r->directional.calls ? before : 0);
    p->r->directional.search_calls += after - decided;
    p->r->search_ended_early |= p->r->n_located == CLINO_GRADCHECK_LOCATED || (t.differing && t.agreed < DIRECTIONS);
    write_down(p, &t, &can, verdict, reason);
  }
  clino__directions_free(&ds);
  return status;
}

void clino__directional_unaffordable(clino__problem *p) {
  if (!clino__directional_wanted(p)) return;
  tally t = {.out_of_budget = true};
  reach none = {INFINITY, INFINITY, INFINITY, 0};
  write_down(p, &t, &none, CLINO_VERDICT_INCONCLUSIVE, CLINO_REASON_BUDGET);
}
