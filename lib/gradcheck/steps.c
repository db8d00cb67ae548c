/* Which step to try next: upwards where rounding dominates, downwards where truncation or a kink does, between two
 * where noise and something that bends bracket the best one. */
#include <math.h>

#include "gradcheck/judge.h"

/* The shortest step at which the noise still leaves a tenth of the jump to be seen. */
static double noise_step(const clino__judge *j, const clino__rung *r) {
  return fmax(r->h * 10 * r->jump_noise / r->jump, j->ladder.smallest);
}

/* The next step downwards from rung k, 0 where none makes sense. */
static double step_down(clino__judge *j, size_t k) {
  const clino__rung *r = &j->ladder.rung[k];
  double next = r->h / 8, difference = fabs(j->a - r->slope);
  if (r->finite && r->central && k > 0 && j->ladder.rung[k - 1].finite && !clino__shrinks(&j->ladder, k)) {
    double d = clino__judge_kink_distance(j, k), bottom = noise_step(j, r);
    if (d > 0 && d / 2 < r->h / 2) next = d / 2;
    else if (!j->bottom_probed) next = bottom;
    else if (k + 1 < j->ladder.count) next = sqrt(r->h * j->ladder.rung[k + 1].h);
    if (next <= bottom * 1.01) {
      if (j->bottom_probed) return 0;
      j->bottom_probed = true;
      next = bottom;
    }
    if (k + 1 < j->ladder.count && next <= 2 * j->ladder.rung[k + 1].h) return 0;
    if (next < r->h / 1.5) return next;
    next = r->h / 8; /* the jump is small beside noise already; what differs from it may not be */
  }
  if (k + 1 < j->ladder.count || next < j->ladder.smallest) return 0;
  double rounding = r->finite ? r->rounding * (r->h / next) : 0;
  return rounding <= fmax(difference, 0.1 * clino__judge_magnitude(j, r->slope)) || !r->finite ? next : 0;
}

static double step_up(const clino__judge *j) {
  const clino__rung *r = &j->ladder.rung[0];
  if (!r->finite) return 0;
  return r->h * 8 <= j->ladder.largest ? r->h * 8 : r->h * 1.5 < j->ladder.largest ? j->ladder.largest : 0;
}

/* Whether a longer step than all so far promises a smaller error: the longest two differ by no more than their noise
 * explains, so that truncation is yet to be seen; or the longest three follow the h^2 law, so that one more gives an
 * extrapolated value with the noise of the longest now. */
static bool longer_promises(const clino__judge *j, const clino__estimate *best) {
  const clino__ladder *l = &j->ladder;
  const clino__rung *r = &l->rung[0], *s = &l->rung[1];
  if (!r->finite || !r->central || r->flips.count || !(r->rounding < clino__estimate_total(best))) return false;
  if (l->count < 2 || !s->finite || !s->central) return l->count < 2;
  if (!clino__shrinks(l, 1)) return false;
  return fabs(r->slope - s->slope) <= r->rounding + s->rounding || (l->count > 2 && clino__follows_the_law(l, 2));
}

/* A step between rung k and the next longer one, 0 where they are close already. */
static double between(const clino__judge *j, size_t k) {
  double h = j->ladder.rung[k].h, longer = j->ladder.rung[k - 1].h;
  return longer > 3 * h ? sqrt(h * longer) : 0;
}

double clino__judge_next_step(clino__judge *j) {
  if (j->ladder.count == 1) {
    const clino__rung *r = &j->ladder.rung[0];
    double difference = fabs(j->a - r->slope);
    double resolved = j->p->o.resolution * clino__judge_magnitude(j, r->slope);
    bool noisy = r->finite && r->rounding > fmax(difference, resolved) / 4;
    double up = noisy ? step_up(j) : 0;
    return up > 0 ? up : step_down(j, 0);
  }
  clino__estimate best;
  size_t k = clino__judge_best(j, &best), last = j->ladder.count - 1;
  if (k == j->ladder.count) return step_down(j, last);
  size_t kinked = clino__judge_kinked(j);
  if (kinked < j->ladder.count) return step_down(j, kinked);
  double difference = fabs(j->a - best.value);
  double down = k == last && clino__witnesses(&j->ladder, k, &best, difference) < 2 ? step_down(j, k) : 0;
  if (down > 0) return down;
  bool noisy = best.rounding >= best.truncation + best.kink;
  double up = (noisy && k == 0) || longer_promises(j, &best) ? step_up(j) : 0;
  if (up > 0) return up;
  if (noisy) return k > 0 ? between(j, k) : 0;
  return k == last ? step_down(j, last) : between(j, k + 1);
}
