/* Kinks, from one-sided slopes alone.
 *
 * Across a kink the one-sided slopes stay apart however short the step. With J the jump of the slope and d the distance
 * of the kink, their difference at a step h > d is J (1 - d/h): two rungs give d, and a step below d sees a smooth f.
 * Where noise forbids so short a step, the analytic value is judged by the interval between the one-sided slopes. One
 * outside of it leaves here as a KINK with the reason DIFFERS, and is condemned where sampled gradients do not bear it
 * out: relu(x + u) - 2 relu(v - x) at 0 has the slopes 2 and 1 along x, and the subgradient 0 of u and v below 0. */
#include <math.h>

#include "gradcheck/judge.h"

/* An error so many times the resolution still tells a valid subgradient from most that are none. By trial. */
#define COARSE 5

double clino__judge_kink_distance(const clino__judge *j, size_t k) {
  const clino__rung *s = &j->ladder.rung[k];
  if (s->flips.count) return fabs(s->flips.fraction);
  if (k == 0) return -1;
  const clino__rung *g = &j->ladder.rung[k - 1];
  double full = (g->jump * g->h - s->jump * s->h) / (g->h - s->h); /* J of jump = J (1 - d/h) */
  double d = s->h * (1 - s->jump / full);
  double uncertain = s->h * (s->jump_noise + g->jump_noise) / full;
  return full > 0 && d > 2 * uncertain && d < s->h ? d : -1;
}

/* Whether rung k sees one-sided slopes apart, well above noise, and not approaching each other. */
static bool sees_kink(const clino__judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k];
  /* A kink that is small beside the other entries may be large beside this one. */
  bool apart = r->jump > 2 * r->jump_noise && r->jump > j->tolerance * fmax(fabs(j->a), fabs(r->slope));
  return apart && !clino__shrinks(&j->ladder, k);
}

double clino__judge_kink_seen(const clino__judge *j) {
  for (size_t k = j->ladder.count; k-- > 1;) {
    const clino__rung *r = &j->ladder.rung[k];
    if (r->finite && r->central && j->ladder.rung[k - 1].finite && sees_kink(j, k)) return r->h;
  }
  return NAN;
}

size_t clino__judge_kinked(const clino__judge *j) {
  for (size_t k = j->ladder.count; k-- > 1;) {
    const clino__rung *r = &j->ladder.rung[k];
    if (!r->finite || !r->central || !j->ladder.rung[k - 1].finite) continue;
    if (sees_kink(j, k)) return k;
    clino__estimate own = clino__estimate_of_slope(&j->ladder, k);
    double resolved = j->p->o.resolution * fmax(fabs(j->a), fabs(r->slope));
    if (r->jump > 2 * r->jump_noise || clino__estimate_total(&own) <= resolved) return j->ladder.count;
  }
  return j->ladder.count;
}

static double side_change(const clino__rung *r, const clino__rung *g) {
  return fmax(fabs(r->left - g->left), fabs(r->right - g->right));
}

/* Whether a shorter rung's slopes cannot be those of a single kink as r sees it: on its way from r's step to 0 one side
 * may leave the kink behind, and then goes over to the slope of the other. */
static bool strays(const clino__rung *r, const clino__rung *s, double margin) {
  double low = fmin(r->left, r->right) - margin, high = fmax(r->left, r->right) + margin;
  bool both = fabs(s->left - r->left) > margin && fabs(s->right - r->right) > margin;
  return both || !(s->left >= low && s->left <= high && s->right >= low && s->right <= high);
}

/* How well a rung that sees a kink (by its slopes, or because a branch flipped) knows its one-sided slopes: twice their
 * noise, since it condemns, and their bend, as the next longer rung shows it. Infinite for a rung that sees none, and
 * for one whose slopes are not those of a shorter rung: then more kinks lie between. */
static double slope_error(const clino__judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k], *g = &j->ladder.rung[k - 1];
  if (!r->finite || !r->central || !g->finite || !g->central) return INFINITY;
  if (!r->flips.count && clino__shrinks(&j->ladder, k)) return INFINITY;
  double bend = fmax(0, side_change(r, g) - g->jump_noise) / (g->h / r->h - 1);
  for (size_t i = k + 1; i < j->ladder.count; i++) {
    const clino__rung *s = &j->ladder.rung[i];
    if (s->finite && s->central && strays(r, s, r->jump_noise + s->jump_noise + bend)) return INFINITY;
  }
  return 2 * r->jump_noise + bend;
}

/* The shortest rung at which a branch flipped, which proves a kink also where its slopes are lost in noise; count where
 * none did, or none knows its slopes well enough to judge by. */
static size_t flipped_rung(const clino__judge *j) {
  double least = INFINITY;
  size_t shortest = j->ladder.count;
  for (size_t k = 1; k < j->ladder.count; k++) {
    if (!j->ladder.rung[k].flips.count) continue;
    least = fmin(least, slope_error(j, k));
    shortest = k;
  }
  return least <= 2 * j->p->o.resolution * clino__judge_magnitude(j, j->a) ? shortest : j->ladder.count;
}

/* By how much the analytic value lies outside of the one-sided slopes of a rung, beyond a margin. */
static double outside_of(const clino__judge *j, size_t k, double margin) {
  const clino__rung *r = &j->ladder.rung[k];
  double low = fmin(r->left, r->right), high = fmax(r->left, r->right);
  margin += 2 * clino__coordinate_rounding(j, r);
  return fmax(low - j->a, j->a - high) - margin - clino__judge_slack(j, fmax(fabs(low), fabs(high)));
}

/* A step so long, beside its coordinate, that more kinks than the nearest are likely to lie within. By trial: it lies
 * between the steps of double and those of single precision. */
static bool is_long(const clino__judge *j, size_t k) {
  double scale = fmax(fabs(j->p->x[j->entry]), j->p->tensor_scale[j->view]);
  return j->ladder.rung[k].h > 1e-5 * scale;
}

/* A kink that no step comes below (rung bottom still sees it): is the analytic value between the one-sided slopes? They
 * are taken where they are known best; false where they are known nowhere. Where that is a long step, shorter ones, if
 * noisier, must bear it out that the value lies outside. */
static bool judge_kink(const clino__judge *j, size_t bottom, clino_gradcheck_entry *e) {
  size_t k = bottom;
  for (size_t i = 1; i <= bottom; i++)
    if (slope_error(j, i) < slope_error(j, k)) k = i;
  double margin = slope_error(j, k), outside = outside_of(j, k, margin);
  if (!isfinite(margin)) return false;
  for (size_t i = k + 1; i <= bottom && is_long(j, k); i++) {
    const clino__rung *r = &j->ladder.rung[i];
    if (r->finite && r->central) outside = fmin(outside, outside_of(j, i, 2 * r->jump_noise));
  }
  clino__judge_decide(j, k, NULL, CLINO_VERDICT_KINK, CLINO_REASON_NONE, e);
  double d = clino__judge_kink_distance(j, bottom);
  e->kink_distance = d >= 0 ? d : j->ladder.rung[bottom].h;
  e->error = margin;
  /* Outside of them a valid subgradient is rare, but there are some: the sampled gradients must tell. */
  if (!(outside <= 0)) e->reason = CLINO_REASON_DIFFERS;
  return true;
}

/* A kink lies within a longer step, and the best one, below it, agrees, if too coarsely for a pass: the analytic value
 * lies between the one-sided slopes on that side of the kink, and the noise leaves little else open. */
static bool agrees_beside_kink(const clino__judge *j, size_t kinked) {
  const clino__rung *r = &j->ladder.rung[kinked];
  clino__estimate best;
  size_t k = clino__judge_best(j, &best);
  if (k == j->ladder.count || k <= kinked) return false;
  double n = best.value, m = clino__judge_magnitude(j, n);
  double error = clino__estimate_error(&best) + best.kink_bound;
  double margin = clino__judge_slack(j, n) + r->jump_noise + clino__estimate_error(&best);
  double low = fmin(r->left, r->right), high = fmax(r->left, r->right);
  return error <= COARSE * j->p->o.resolution * m && fabs(j->a - n) <= clino__judge_slack(j, n) + error &&
         fmax(low - j->a, j->a - high) <= margin;
}

bool clino__judge_at_kink(const clino__judge *j, clino_gradcheck_entry *e) {
  size_t kinked = clino__judge_kinked(j);
  if (kinked == j->ladder.count) kinked = flipped_rung(j);
  if (kinked < j->ladder.count && judge_kink(j, kinked, e)) return true;
  for (size_t k = j->ladder.count; k-- > 0;) {
    const clino__rung *r = &j->ladder.rung[k];
    bool sees = r->finite && r->central && (r->flips.count || r->jump > 4 * r->jump_noise);
    if (!sees || !agrees_beside_kink(j, k)) continue;
    clino__judge_decide(j, k, NULL, CLINO_VERDICT_KINK, CLINO_REASON_NONE, e);
    double d = clino__judge_kink_distance(j, k);
    e->kink_distance = d >= 0 ? d : r->h;
    return true;
  }
  return false;
}
