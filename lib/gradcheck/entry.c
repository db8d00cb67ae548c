/* The verdict on one entry.
 *
 * One centered difference settles a clean entry: if it agrees, within its rounding error, and the one-sided slopes that
 * come with it for nothing do not differ, two evaluations are enough. Else a ladder of steps is climbed: upwards where
 * rounding dominates, downwards where truncation or a kink does. Every rung has an error of its own: rounding (from the
 * noise of f), truncation (from how the slope changes between rungs), and a bound on what a kink may add (from how the
 * one-sided slopes differ). The rung with the least error is the numeric derivative.
 *
 * Across a kink the one-sided slopes stay apart however short the step. With J the jump of the slope and d the distance
 * of the kink, their difference at a step h > d is J (1 - d/h): two rungs give d, and a step below d sees a smooth f.
 * Where noise forbids so short a step, the analytic value is judged by the interval between the one-sided slopes. */
#include "gradcheck/entry.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "gradcheck/rung.h"

typedef struct judge {
  clino__problem *p;
  size_t entry, view;
  double a;                 /* analytic */
  double tolerance;
  clino__ladder ladder;
  bool bottom_probed;       /* the shortest step that noise allows was tried */
} judge;

double clino__tolerance(const clino__problem *p, size_t view) {
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32 || p->quantum > 1e-9;
  return single ? fmax(p->o.tolerance, 1e-4) : p->o.tolerance;
}

double clino__analytic_rounding(const clino__problem *p, size_t view, double magnitude) {
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32 || p->quantum > 1e-9;
  /* A sum of m products in single precision errs by about sqrt(m) u (N. J. Higham, "Accuracy and stability", 2002,
   * sec. 2.8), u = 2^-24; 256 stands for m = 65536, or fewer terms that cancel. In double it is far below rounding. */
  return 256 * (single ? FLT_EPSILON : DBL_EPSILON) / 2 * magnitude;
}

/* max(|a|, |n|, s). Where the whole gradient is 0 there is no s: the steepest slope seen nearby takes its place. */
static double magnitude(const judge *j, double numeric) {
  double m = clino__magnitude(j->p, j->view, j->a, numeric);
  if (j->p->gradient_rms > 0) return m;
  for (size_t k = 0; k < j->ladder.count; k++)
    if (j->ladder.rung[k].finite && j->ladder.rung[k].central)
      m = fmax(m, fmax(fabs(j->ladder.rung[k].left), fabs(j->ladder.rung[k].right)));
  return m;
}

static double slack(const judge *j, double numeric) {
  return j->tolerance * fmax(fabs(j->a), fabs(numeric)) +
         clino__analytic_rounding(j->p, j->view, clino__magnitude(j->p, j->view, j->a, numeric));
}

/* ---- writing down what was found ---- */

static void note_flip(clino_gradcheck_entry *e, const clino__flips *flips) {
  if (!flips->count) return;
  snprintf(e->branch, sizeof e->branch, "%s", flips->site);
  e->branch_element = flips->element;
  e->kink_distance = flips->fraction;
}

static void report_rung(const judge *j, size_t k, clino_gradcheck_entry *e) {
  const clino__rung *r = &j->ladder.rung[k];
  double truncation = clino__truncation(&j->ladder, k);
  e->numeric = r->slope;
  e->step = r->h;
  e->rounding_error = r->rounding;
  e->truncation_error = isfinite(truncation) ? truncation : 0;
  e->error = e->rounding_error + e->truncation_error;
  e->left = r->left;
  e->right = r->right;
  e->relative_error = clino_relative_error(j->a, r->slope);
  e->band = clino_band_of(e->relative_error);
  for (size_t i = 0; i < j->ladder.count; i++) note_flip(e, &j->ladder.rung[i].flips);
}

static bool decide(const judge *j, size_t k, clino_verdict verdict, clino_reason reason, clino_gradcheck_entry *e) {
  report_rung(j, k, e);
  e->verdict = verdict;
  e->reason = reason;
  return true;
}

/* ---- the first difference ---- */

static double first_step(const judge *j) {
  const clino__problem *p = j->p;
  if (p->o.step > 0) return p->o.step;
  double scale = fmax(fabs(p->x[j->entry]), p->tensor_scale[j->view]), m = magnitude(j, j->a);
  /* h = (3 noise / |f'''|)^(1/3) balances rounding and truncation (Gill et al. 1983); f''' is not known, and taken to
   * be slope / scale^2. */
  double relative = m > 0 ? cbrt(3 * (p->noise / scale) / m) : cbrt(DBL_EPSILON);
  if (!(relative >= 1e-6)) relative = 1e-6;
  if (!(relative <= 1e-2)) relative = 1e-2;
  return fmax(relative * scale, j->ladder.smallest);
}

/* Agrees at once: within tolerance and rounding, rounding small, and no kink to be seen. */
static bool settles_at_once(judge *j, clino_gradcheck_entry *e) {
  const clino__rung *r = &j->ladder.rung[0];
  if (!r->finite) return false;
  double m = magnitude(j, r->slope);
  bool agrees = fabs(j->a - r->slope) <= slack(j, r->slope) + r->rounding;
  bool means = r->rounding <= j->p->o.resolution * m || (j->a == 0 && r->f1 == r->f2 && r->jump == 0);
  bool smooth = r->jump <= 1e-3 * m + r->jump_noise;
  return agrees && means && smooth && decide(j, 0, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
}

/* ---- the ladder ---- */

static double error_of(const judge *j, size_t k) {
  return j->ladder.rung[k].rounding + clino__truncation(&j->ladder, k);
}

static double total_error(const judge *j, size_t k) {
  return j->ladder.rung[k].finite ? error_of(j, k) + clino__kink_error(&j->ladder, k) : INFINITY;
}

/* The rung with the least error; count where none has one. */
static size_t best_rung(const judge *j) {
  size_t best = j->ladder.count;
  double least = INFINITY;
  for (size_t k = 0; k < j->ladder.count; k++) {
    double error = total_error(j, k);
    if (error < least) least = error, best = k;
  }
  return best;
}

/* Agrees at rung k: within tolerance and error, at an error of at most finest times the size of the gradient, where no
 * kink is to be seen. */
static bool agrees(const judge *j, size_t k, double finest) {
  const clino__rung *r = &j->ladder.rung[k];
  double error = error_of(j, k), m = magnitude(j, r->slope);
  bool smooth = r->jump <= 1e-3 * m + r->jump_noise || clino__shrinks(&j->ladder, k);
  return smooth && fabs(j->a - r->slope) <= slack(j, r->slope) + error && error <= finest * m;
}

/* Disagrees at rung k, whose slope so many others witness, beyond twice its error and all that a kink could add. */
static clino_verdict disagrees(const judge *j, size_t k, int witnesses) {
  double n = j->ladder.rung[k].slope, difference = fabs(j->a - n), size = fmax(fabs(j->a), fabs(n));
  double doubt = 2 * error_of(j, k) + clino__kink_bound(&j->ladder, k) +
                 clino__analytic_rounding(j->p, j->view, magnitude(j, n));
  if (clino__witnesses(&j->ladder, k, difference) < witnesses) return CLINO_VERDICT_NONE;
  if (difference - doubt > 1e-2 * size) return CLINO_VERDICT_FAIL;
  return difference - doubt > j->tolerance * size ? CLINO_VERDICT_SUSPECT : CLINO_VERDICT_NONE;
}

/* The error at which an agreement is taken at once; a larger one, up to the resolution, once no step promises less. */
#define FINE 1e-4

static bool settles(judge *j, clino_gradcheck_entry *e) {
  size_t k = best_rung(j);
  if (k == j->ladder.count) return false;
  if (agrees(j, k, fmin(FINE, j->p->o.resolution))) return decide(j, k, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
  clino_verdict verdict = disagrees(j, k, 2);
  return verdict != CLINO_VERDICT_NONE && decide(j, k, verdict, CLINO_REASON_DIFFERS, e);
}

/* Distance of a kink between the point and a rung's step, from two rungs that both see it; negative: cannot be told. */
static double kink_distance(const judge *j, size_t k) {
  const clino__rung *s = &j->ladder.rung[k];
  if (s->flips.count) return s->flips.fraction;
  if (k == 0) return -1;
  const clino__rung *g = &j->ladder.rung[k - 1];
  double full = (g->jump * g->h - s->jump * s->h) / (g->h - s->h); /* J of jump = J (1 - d/h) */
  double d = s->h * (1 - s->jump / full);
  double uncertain = s->h * (s->jump_noise + g->jump_noise) / full;
  return full > 0 && d > 2 * uncertain && d < s->h ? d : -1;
}

/* The shortest step at which the noise still leaves a tenth of the jump to be seen. */
static double noise_step(const judge *j, const clino__rung *r) {
  return fmax(r->h * 10 * r->jump_noise / r->jump, j->ladder.smallest);
}

/* The next step downwards from rung k, 0 where none makes sense. */
static double step_down(judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k];
  double next = r->h / 8, difference = fabs(j->a - r->slope);
  if (r->finite && r->central && k > 0 && j->ladder.rung[k - 1].finite && !clino__shrinks(&j->ladder, k)) {
    double d = kink_distance(j, k), bottom = noise_step(j, r);
    if (d > 0 && d / 2 < r->h / 2) next = d / 2;
    else if (!j->bottom_probed) next = bottom;
    else if (k + 1 < j->ladder.count) next = sqrt(r->h * j->ladder.rung[k + 1].h);
    if (next <= bottom * 1.01) {
      if (j->bottom_probed) return 0;
      j->bottom_probed = true;
      next = bottom;
    }
    if (k + 1 < j->ladder.count && next <= 2 * j->ladder.rung[k + 1].h) return 0;
    return next < r->h / 1.5 ? next : 0;
  }
  if (k + 1 < j->ladder.count || next < j->ladder.smallest) return 0;
  double rounding = r->finite ? r->rounding * (r->h / next) : 0;
  return rounding <= fmax(difference, 0.1 * magnitude(j, r->slope)) || !r->finite ? next : 0;
}

static double step_up(const judge *j) {
  const clino__rung *r = &j->ladder.rung[0];
  if (!r->finite) return 0;
  return r->h * 8 <= j->ladder.largest ? r->h * 8 : r->h * 1.5 < j->ladder.largest ? j->ladder.largest : 0;
}

/* The smallest rung that sees one-sided slopes apart, well above noise, and not approaching each other; count if none,
 * or if a shorter one sees a smooth f and resolves it. */
static size_t kinked_rung(const judge *j) {
  double m = magnitude(j, j->a);
  for (size_t k = j->ladder.count; k-- > 1;) {
    const clino__rung *r = &j->ladder.rung[k];
    if (!r->finite || !r->central || !j->ladder.rung[k - 1].finite) continue;
    bool apart = r->jump > 2 * r->jump_noise && r->jump > 1e-3 * m;
    if (apart && !clino__shrinks(&j->ladder, k)) return k;
    if (r->jump > 2 * r->jump_noise || r->rounding <= j->p->o.resolution * m) return j->ladder.count;
  }
  return j->ladder.count;
}

/* A step between rung k and the next longer one, 0 where they are close already. */
static double between(const judge *j, size_t k) {
  double h = j->ladder.rung[k].h, longer = j->ladder.rung[k - 1].h;
  return longer > 3 * h ? sqrt(h * longer) : 0;
}

static double next_step(judge *j) {
  if (j->ladder.count == 1) {
    const clino__rung *r = &j->ladder.rung[0];
    double difference = fabs(j->a - r->slope);
    bool noisy = r->finite && r->rounding > fmax(difference / 4, j->p->o.resolution * magnitude(j, r->slope) / 4);
    double up = noisy ? step_up(j) : 0;
    return up > 0 ? up : step_down(j, 0);
  }
  size_t k = best_rung(j), last = j->ladder.count - 1;
  if (k == j->ladder.count) return step_down(j, last);
  size_t kinked = kinked_rung(j);
  if (kinked < j->ladder.count) return step_down(j, kinked);
  double difference = fabs(j->a - j->ladder.rung[k].slope);
  double down = k == last && clino__witnesses(&j->ladder, k, difference) < 2 ? step_down(j, k) : 0;
  if (down > 0) return down;
  bool noisy = j->ladder.rung[k].rounding >= clino__truncation(&j->ladder, k) + clino__kink_error(&j->ladder, k);
  if (noisy) return k == 0 ? step_up(j) : between(j, k);
  return k == last ? step_down(j, last) : between(j, k + 1);
}

/* ---- when the ladder has come to an end ---- */

/* By how much the one-sided slopes of two rungs differ beyond their noise. */
static double side_change(const clino__rung *r, const clino__rung *g) {
  if (!g->finite || !g->central) return 0;
  return fmax(fabs(r->left - g->left), fabs(r->right - g->right)) - g->jump_noise;
}

/* How well a rung that sees a kink (by its slopes, or because a branch flipped) knows its one-sided slopes: noise, and
 * how much they change from the longer rung and to the shorter ones. Infinite for a rung that sees none. */
static double slope_error(const judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k], *g = &j->ladder.rung[k - 1];
  if (!r->finite || !r->central || !g->finite || !g->central) return INFINITY;
  if (!r->flips.count && clino__shrinks(&j->ladder, k)) return INFINITY;
  double change = fmax(0, side_change(r, g));
  for (size_t i = k + 1; i < j->ladder.count; i++) change = fmax(change, side_change(r, &j->ladder.rung[i]));
  return r->jump_noise + change;
}

/* The shortest rung at which a branch flipped, which proves a kink also where its slopes are lost in noise; count where
 * none did, or none knows its slopes well enough to judge by. */
static size_t flipped_rung(const judge *j) {
  double least = INFINITY;
  size_t shortest = j->ladder.count;
  for (size_t k = 1; k < j->ladder.count; k++) {
    if (!j->ladder.rung[k].flips.count) continue;
    least = fmin(least, slope_error(j, k));
    shortest = k;
  }
  return least <= 2 * j->p->o.resolution * magnitude(j, j->a) ? shortest : j->ladder.count;
}

/* A kink that no step comes below (rung bottom still sees it): is the analytic value between the one-sided slopes? They
 * are taken where they are known best. */
static void judge_kink(const judge *j, size_t bottom, clino_gradcheck_entry *e) {
  size_t k = bottom;
  for (size_t i = 1; i <= bottom; i++)
    if (slope_error(j, i) < slope_error(j, k)) k = i;
  const clino__rung *r = &j->ladder.rung[k];
  double low = fmin(r->left, r->right), high = fmax(r->left, r->right);
  double margin = slope_error(j, k) + slack(j, fmax(fabs(low), fabs(high)));
  double outside = fmax(low - j->a, j->a - high) - margin;
  decide(j, k, CLINO_VERDICT_KINK, CLINO_REASON_NONE, e);
  double d = kink_distance(j, bottom);
  e->kink_distance = d >= 0 ? d : j->ladder.rung[bottom].h;
  e->error = margin;
  if (outside > 1e-2 * fmax(fabs(j->a), fmax(fabs(low), fabs(high)))) e->verdict = CLINO_VERDICT_FAIL;
  else if (!(outside <= 0)) e->verdict = CLINO_VERDICT_SUSPECT;
  if (e->verdict != CLINO_VERDICT_KINK) e->reason = CLINO_REASON_DIFFERS;
}

/* Nothing more can be measured, or averaged. */
static void conclude(const judge *j, clino_reason stopped, clino_gradcheck_entry *e) {
  size_t kinked = kinked_rung(j), k = best_rung(j);
  if (kinked == j->ladder.count) kinked = flipped_rung(j);
  if (kinked < j->ladder.count && !stopped) {
    judge_kink(j, kinked, e);
    return;
  }
  clino_verdict verdict = k < j->ladder.count && !stopped ? disagrees(j, k, 1) : CLINO_VERDICT_NONE;
  if (verdict != CLINO_VERDICT_NONE) {
    decide(j, k, verdict, CLINO_REASON_DIFFERS, e);
    return;
  }
  if (k == j->ladder.count) k = 0;
  /* Noise alone, if it is too large even at the longest step; else the best step lies between noise and what bends. */
  bool noisy = k == 0 && j->ladder.rung[k].finite && j->ladder.rung[k].rounding >= clino__truncation(&j->ladder, k);
  clino_reason reason = stopped ? stopped : noisy ? CLINO_REASON_NOISE : CLINO_REASON_STEP;
  decide(j, k, CLINO_VERDICT_INCONCLUSIVE, reason, e);
}

/* ---- averaging ---- */

#define MOST_AVERAGED 32

/* How many differences, at steps about that of rung k, bring the rounding error of their mean below the resolution; 0
 * where truncation forbids it, a branch flips, or it would take more than MOST_AVERAGED. */
static size_t averages_needed(const judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k];
  double aim = 0.8 * j->p->o.resolution * magnitude(j, r->slope) - clino__truncation(&j->ladder, k);
  double n = r->rounding / aim;
  if (!r->finite || !r->central || r->flips.count || !(aim > 0) || !(n * n <= MOST_AVERAGED)) return 0;
  return (size_t)ceil(n * n) + 1;
}

/* Where noise alone keeps an entry from being settled: rounding errors at different steps are independent, so that the
 * mean of m differences has 1/sqrt(m) of the error of one. */
static clino_status average(judge *j, clino_gradcheck_entry *e, bool *settled) {
  size_t k = best_rung(j), m = k < j->ladder.count ? averages_needed(j, k) : 0;
  *settled = false;
  if (!m || !clino__budget(j->p, 2 * m)) return CLINO_OK;
  clino__rung mean = j->ladder.rung[k];
  double sum = 0;
  for (size_t i = 0; i < m; i++) {
    clino__rung r;
    double h = j->ladder.rung[k].h * (0.8 + 0.4 * ((double)i + 0.5) / (double)m);
    clino_status status = clino__rung_measure(j->p, j->entry, h, &r);
    if (status) return status;
    if (!r.finite || !r.central || r.flips.count) return CLINO_OK;
    sum += r.slope;
  }
  mean.slope = sum / (double)m;
  mean.rounding /= sqrt((double)m) * 0.8; /* the shortest of the steps has the largest error */
  double truncation = clino__truncation(&j->ladder, k);
  double difference = fabs(j->a - mean.slope), error = mean.rounding + truncation;
  double beyond = difference - 2 * error - clino__kink_bound(&j->ladder, k) -
                  clino__analytic_rounding(j->p, j->view, magnitude(j, mean.slope));
  double size = fmax(fabs(j->a), fabs(mean.slope));
  clino_verdict verdict = CLINO_VERDICT_INCONCLUSIVE;
  if (difference <= slack(j, mean.slope) + error) verdict = CLINO_VERDICT_PASS;
  else if (beyond > j->tolerance * size) verdict = beyond > 1e-2 * size ? CLINO_VERDICT_FAIL : CLINO_VERDICT_SUSPECT;
  if (verdict == CLINO_VERDICT_INCONCLUSIVE) return CLINO_OK;
  j->ladder.rung[k].slope = mean.slope;
  j->ladder.rung[k].rounding = mean.rounding;
  decide(j, k, verdict, verdict == CLINO_VERDICT_PASS ? CLINO_REASON_NONE : CLINO_REASON_DIFFERS, e);
  e->truncation_error = truncation;
  e->error = error;
  *settled = true;
  return CLINO_OK;
}

static clino_status add_rung(judge *j, double h, bool *stop) {
  clino__rung rung;
  clino_status status = clino__rung_measure(j->p, j->entry, h, &rung);
  if (!status && !clino__ladder_add(&j->ladder, &rung)) *stop = true;
  return status;
}

clino_status clino__entry_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e) {
  judge j = {.p = p, .entry = entry, .view = clino__layout_view_of(&p->layout, entry), .a = p->gradient[entry]};
  j.tolerance = clino__tolerance(p, j.view);
  clino__entry_init(p, entry, e);
  clino__ladder_limits(p, entry, &j.ladder);
  clino_reason stopped = CLINO_REASON_NONE;
  bool stop = !clino__budget(p, 3);
  if (stop) {
    e->verdict = CLINO_VERDICT_INCONCLUSIVE;
    e->reason = CLINO_REASON_BUDGET;
    return CLINO_OK;
  }
  clino_status status = add_rung(&j, first_step(&j), &stop);
  if (status) return status;
  if (settles_at_once(&j, e)) return CLINO_OK;
  while (!stop) {
    double h = next_step(&j);
    if (!(h > 0)) break;
    if (!clino__budget(p, 3)) {
      stopped = CLINO_REASON_BUDGET;
      break;
    }
    status = add_rung(&j, h, &stop);
    if (status) return status;
    if (settles(&j, e)) return CLINO_OK;
  }
  size_t k = best_rung(&j);
  bool settled = k < j.ladder.count && agrees(&j, k, p->o.resolution);
  if (settled) decide(&j, k, CLINO_VERDICT_PASS, CLINO_REASON_NONE, e);
  else if (!stopped && kinked_rung(&j) == j.ladder.count) status = average(&j, e, &settled);
  if (!status && !settled) conclude(&j, stopped, e);
  return status;
}
