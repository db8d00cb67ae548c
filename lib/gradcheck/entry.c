/* The verdict on one entry.
 *
 * One centered difference settles a clean entry: if it agrees, within its rounding error, and the one-sided slopes that
 * come with it for nothing do not differ, two evaluations are enough. Else a ladder of steps is climbed: upwards where
 * rounding dominates, downwards where truncation or a kink does. Every rung has an error of its own: rounding (from the
 * noise of f), truncation (from how the slope changes between rungs), and a bound on what a kink may add (from how the
 * one-sided slopes differ). The rung with the least error is the numeric derivative.
 *
 * Where noise keeps every step above the distance of a kink, the one-sided slopes decide (kink.c). */
#include "gradcheck/entry.h"

#include <float.h>
#include <math.h>

#include "gradcheck/confirm.h"
#include "gradcheck/judge.h"

/* ---- the first difference ---- */

static double first_step(const clino__judge *j) {
  const clino__problem *p = j->p;
  if (p->o.step > 0) return p->o.step;
  double scale = fmax(fabs(p->x[j->entry]), p->tensor_scale[j->view]), m = clino__judge_magnitude(j, j->a);
  /* h = (3 noise / |f'''|)^(1/3) balances rounding and truncation (Gill et al. 1983); f''' is not known, and taken to
   * be slope / scale^2. */
  double relative = m > 0 ? cbrt(3 * (p->noise / scale) / m) : cbrt(DBL_EPSILON);
  if (!(relative >= 1e-6)) relative = 1e-6;
  if (!(relative <= 1e-2)) relative = 1e-2;
  return fmax(relative * scale, j->ladder.smallest);
}

/* Error, relative to the entry itself, at which an agreement is taken at once; a larger one, up to the resolution of
 * the entries' common size, once no step promises less. By trial: a hundredth of the default resolution. */
#define FINE 1e-4

static double fine(const clino__judge *j, double numeric) {
  return fmin(FINE, j->p->o.resolution) * fmax(fabs(j->a), fabs(numeric));
}

bool clino__entry_is_coarse(const clino_gradcheck_entry *e) {
  return e->error > FINE * fmax(fabs(e->analytic), fabs(e->numeric));
}

/* Whether f has not moved at all over a step, as where an entry has no part in it. */
static bool is_flat(const clino__rung *r) { return r->finite && r->f1 == r->f2 && r->jump == 0; }

/* Whether it has not over any, and the gradient says so. */
static bool flat_throughout(const clino__judge *j) {
  bool flat = j->a == 0 && j->ladder.count > 0;
  for (size_t k = 0; k < j->ladder.count; k++) flat &= is_flat(&j->ladder.rung[k]);
  return flat;
}

/* Agrees at once: within tolerance and rounding, rounding small, and no kink to be seen that would matter (one whose
 * jump is a hundredth of the gradient moves a slope by half of that). */
static bool settles_at_once(clino__judge *j, clino_gradcheck_entry *e) {
  const clino__rung *r = &j->ladder.rung[0];
  if (!r->finite) return false;
  double m = clino__judge_magnitude(j, r->slope);
  bool agrees = fabs(j->a - r->slope) <= clino__judge_slack(j, r->slope) + r->rounding;
  bool means = r->rounding <= fine(j, r->slope) || (j->a == 0 && is_flat(r) && r->rounding <= j->p->o.resolution * m);
  bool smooth = r->jump <= 1e-2 * m + r->jump_noise;
  return agrees && means && smooth && clino__judge_decide(j, 0, NULL, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
}

/* ---- the ladder ---- */

/* Agrees with the estimate at rung k: within tolerance and error, where the error is at most so much and no kink is to
 * be seen. */
static bool agrees(const clino__judge *j, size_t k, const clino__estimate *n, double most) {
  const clino__rung *r = &j->ladder.rung[k];
  double error = clino__estimate_error(n), m = clino__judge_magnitude(j, n->value);
  bool smooth = r->jump <= 1e-3 * m + r->jump_noise || clino__shrinks(&j->ladder, k);
  return smooth && fabs(j->a - n->value) <= clino__judge_slack(j, n->value) + error && error <= most;
}

/* How far a rung's slope is from its limit if it changes in proportion to the step, as beside a kink of second order
 * (relu squared at 0), not to the square of the step; beyond noise. */
static double linear_truncation(const clino__judge *j, size_t k) {
  if (k == 0 || !j->ladder.rung[k - 1].finite) return 0;
  const clino__rung *r = &j->ladder.rung[k], *longer = &j->ladder.rung[k - 1];
  double change = fmax(0, fabs(r->slope - longer->slope) - r->rounding - longer->rounding);
  return change / (longer->h / r->h - 1);
}

/* By how much an extrapolated value differs from the slope that it corrects, where three rungs alone, and not the three
 * before, follow the law, and should not have changed by far less from one to the next: kinks on both sides of the
 * point make them do so by accident now and then. */
static double correction(const clino__judge *j, size_t k, const clino__estimate *n) {
  const clino__rung *r = j->ladder.rung;
  bool four = k > 2 && r[k - 3].finite && r[k - 3].central && clino__follows_the_law(&j->ladder, k - 1);
  return four || clino__share_of_change(&j->ladder, k) <= 1.0 / 8 ? 0 : fabs(n->value - r[k].slope);
}

/* What an estimate at rung k leaves open where it is to condemn the analytic value: twice its error, and all that a
 * kink and rounding within f could add. */
static double doubt(const clino__judge *j, size_t k, const clino__estimate *n) {
  double unproven = n->extrapolated ? correction(j, k, n) : linear_truncation(j, k);
  return 2 * clino__estimate_error(n) + n->kink_bound + unproven +
         clino__analytic_rounding(j->p, j->entry, clino__judge_magnitude(j, n->value)) +
         clino__coordinate_rounding(j, &j->ladder.rung[k]);
}

/* SUSPECT or FAIL where the analytic value differs beyond doubt. */
static clino_verdict condemned(const clino__judge *j, size_t k, const clino__estimate *n) {
  double beyond = fabs(j->a - n->value) - doubt(j, k, n), size = fmax(fabs(j->a), fabs(n->value));
  if (beyond > 1e-2 * size) return CLINO_VERDICT_FAIL;
  return beyond > j->tolerance * size ? CLINO_VERDICT_SUSPECT : CLINO_VERDICT_NONE;
}

/* The same, borne out by so many other rungs. */
static clino_verdict disagrees(const clino__judge *j, size_t k, const clino__estimate *n, int witnesses) {
  if (clino__witnesses(&j->ladder, k, n, fabs(j->a - n->value)) < witnesses) return CLINO_VERDICT_NONE;
  return condemned(j, k, n);
}

static bool settles(clino__judge *j, clino_gradcheck_entry *e) {
  clino__estimate n;
  size_t k = clino__judge_best(j, &n);
  if (k == j->ladder.count) return false;
  if (agrees(j, k, &n, fine(j, n.value)))
    return clino__judge_decide(j, k, &n, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
  if (clino__judge_kinked(j) < j->ladder.count) return false; /* shorter steps, or the slopes on both sides, decide */
  clino_verdict verdict = disagrees(j, k, &n, 2);
  return verdict != CLINO_VERDICT_NONE && clino__judge_decide(j, k, &n, verdict, CLINO_REASON_DIFFERS, e);
}

/* ---- when the ladder has come to an end ---- */

/* Nothing more can be measured, or averaged. */
static void conclude(const clino__judge *j, clino_reason stopped, clino_gradcheck_entry *e) {
  if (!stopped && clino__judge_at_kink(j, e)) return;
  clino__estimate n;
  size_t k = clino__judge_best(j, &n);
  bool known = k < j->ladder.count;
  clino_verdict verdict = known && !stopped ? disagrees(j, k, &n, 1) : CLINO_VERDICT_NONE;
  if (verdict != CLINO_VERDICT_NONE) {
    clino__judge_decide(j, k, &n, verdict, CLINO_REASON_DIFFERS, e);
    return;
  }
  /* Noise alone, if it is too large even at the longest step; else the best step lies between noise and what bends. */
  bool noisy = known && (k == 0 || n.extrapolated) && n.rounding >= n.truncation;
  clino_reason reason = stopped ? stopped : noisy ? CLINO_REASON_NOISE : CLINO_REASON_STEP;
  clino__judge_decide(j, known ? k : 0, known ? &n : NULL, CLINO_VERDICT_INCONCLUSIVE, reason, e);
}

/* ---- averaging ---- */

#define MOST_AVERAGED 32

/* How many differences, at steps about that of rung k, bring the rounding error of their mean below the resolution; 0
 * where truncation forbids it, a branch flips, or it would take more than MOST_AVERAGED. */
static size_t averages_needed(const clino__judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k];
  double aim = 0.8 * j->p->o.resolution * clino__judge_magnitude(j, r->slope) -
               clino__estimate_of_slope(&j->ladder, k).truncation;
  double n = r->rounding / aim;
  if (!r->finite || !r->central || r->flips.count || !(aim > 0) || !(n * n <= MOST_AVERAGED)) return 0;
  return (size_t)ceil(n * n) + 1;
}

/* Where noise alone keeps an entry from being settled: rounding errors at different steps are independent, so that the
 * mean of m differences has 1/sqrt(m) of the error of one. */
static clino_status average(clino__judge *j, clino_gradcheck_entry *e, bool *settled) {
  clino__estimate best;
  size_t k = clino__judge_best(j, &best), m = k < j->ladder.count ? averages_needed(j, k) : 0;
  *settled = false;
  if (!m || !clino__budget(j->p, 2 * m)) return CLINO_OK;
  double sum = 0;
  for (size_t i = 0; i < m; i++) {
    clino__rung r;
    /* No longer ones: a kink may lie just beyond. */
    double h = j->ladder.rung[k].h * (0.65 + 0.35 * ((double)i + 0.5) / (double)m);
    clino_status status = clino__rung_measure(j->p, j->entry, h, &r);
    if (status) return status;
    if (!r.finite || !r.central || r.flips.count) return CLINO_OK;
    sum += r.slope;
  }
  clino__estimate mean = clino__estimate_of_slope(&j->ladder, k);
  mean.value = sum / (double)m;
  mean.rounding /= sqrt((double)m) * 0.65; /* the shortest of the steps has the largest error */
  bool agree = fabs(j->a - mean.value) <= clino__judge_slack(j, mean.value) + clino__estimate_error(&mean);
  clino_verdict verdict = agree ? CLINO_VERDICT_PASS : condemned(j, k, &mean);
  if (verdict == CLINO_VERDICT_NONE) return CLINO_OK;
  clino_reason reason = verdict == CLINO_VERDICT_PASS ? CLINO_REASON_NONE : CLINO_REASON_DIFFERS;
  clino__judge_decide(j, k, &mean, verdict, reason, e);
  *settled = true;
  return CLINO_OK;
}

static clino_status add_rung(clino__judge *j, double h, bool *stop) {
  clino__rung rung;
  clino_status status = clino__rung_measure(j->p, j->entry, h, &rung);
  if (!status && !clino__ladder_add(&j->ladder, &rung)) *stop = true;
  return status;
}

/* Climbs the ladder from a first step to a verdict. */
static clino_status climb(clino__judge *j, double first, clino_gradcheck_entry *e) {
  clino_reason stopped = CLINO_REASON_NONE;
  bool stop = false;
  clino_status status = add_rung(j, first, &stop);
  if (status || settles_at_once(j, e)) return status;
  while (!stop) {
    double h = clino__judge_next_step(j);
    if (!(h > 0)) break;
    if (!clino__budget(j->p, 3)) {
      stopped = CLINO_REASON_BUDGET;
      break;
    }
    status = add_rung(j, h, &stop);
    if (status || settles(j, e)) return status;
  }
  clino__estimate n;
  size_t k = clino__judge_best(j, &n);
  double most = j->p->o.resolution * clino__judge_magnitude(j, n.value);
  bool settled = k < j->ladder.count && (agrees(j, k, &n, most) || (!stopped && flat_throughout(j)));
  if (settled) {
    clino__judge_decide(j, k, &n, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
    if (isnan(e->kink_distance)) e->kink_distance = clino__judge_kink_seen(j);
  } else if (!stopped && clino__judge_kinked(j) == j->ladder.count) {
    status = average(j, e, &settled);
  }
  if (!status && !settled) conclude(j, stopped, e);
  return status;
}

/* Ladders that are climbed where f turns out to vary within the steps of the one before. */
#define MOST_LADDERS 4

static void leave_open(clino_gradcheck_entry *e, clino_reason reason) {
  e->verdict = CLINO_VERDICT_INCONCLUSIVE;
  e->reason = reason;
}

/* Whether the verdict stands; else a ladder is to be climbed from *first on, no longer steps on it. */
static clino_status look_again(clino__judge *j, clino_gradcheck_entry *e, bool *stands, double *first) {
  bool kink = e->verdict == CLINO_VERDICT_KINK;
  *stands = e->verdict < CLINO_VERDICT_SUSPECT && !(kink && e->reason);
  if (*stands) return CLINO_OK;
  double n = !kink ? e->numeric : fabs(j->a - e->left) < fabs(j->a - e->right) ? e->left : e->right;
  clino__second_look look;
  clino_status status = clino__judge_again(j, n, e->step, kink, &look);
  *stands = !look.contradicted;
  if (look.jumps) leave_open(e, CLINO_REASON_NOISE);
  if (look.unfinished) leave_open(e, CLINO_REASON_BUDGET);
  if (*stands) return status;
  *first = look.rung.h;
  j->ladder.count = 0;
  j->ladder.largest = look.rung.h;
  j->bottom_probed = false;
  return status;
}

clino_status clino__entry_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e) {
  clino__judge j = {.p = p, .entry = entry, .view = clino__layout_view_of(&p->layout, entry), .a = p->gradient[entry]};
  j.tolerance = clino__tolerance(p, j.view);
  clino__entry_init(p, entry, e);
  clino__ladder_limits(p, entry, &j.ladder);
  double first = first_step(&j);
  for (int ladder = 0; ladder < MOST_LADDERS; ladder++) {
    bool stands;
    leave_open(e, CLINO_REASON_BUDGET);
    if (!clino__budget(p, 3)) return CLINO_OK;
    clino_status status = climb(&j, first, e);
    if (!status) status = look_again(&j, e, &stands, &first);
    if (status || stands) return status;
  }
  leave_open(e, CLINO_REASON_STEP);
  return CLINO_OK;
}
