/* Estimates of the derivative and of their errors, from a ladder of steps.
 *
 * A centered difference is n(h) = f' + a h^2 + b h^4 + ... Two rungs give a, and with it the extrapolated
 *   R = n(h) + (n(h) - n(H)) h^2 / (H^2 - h^2) = f' - b h^2 H^2 + ...
 * (L. F. Richardson, Phil. Trans. R. Soc. A 210, 1911): where noise forbids short steps, R has the noise of a long one
 * and the truncation of a short one. It is blind to a kink at the point itself, as n is, and worse at one nearby: so it
 * counts only where three rungs follow the law, and their one-sided slopes, which a kink keeps apart, do too. */
#include "gradcheck/estimate.h"

#include <math.h>

/* ---- the slope of a rung ---- */

/* The slope of a centered difference errs by C h^2, and so changes by C (H^2 - h^2) between two steps; twice the error
 * that follows from a change is taken, since f need not be asymptotic yet, and at an edge as much as if it grew with h.
 */
static double error_from(const clino__rung *r, const clino__rung *longer) {
  double change = fabs(r->slope - longer->slope), ratio = longer->h / r->h;
  return r->central && longer->central ? 2 * change / (ratio * ratio - 1) : change / (ratio - 1);
}

/* What shorter steps show beyond their noise and this value's own is an error of it. bend: by how much, per square of
 * the step, their slopes are known to differ from it. */
static double shown_by_shorter(const clino__ladder *l, size_t k, double value, double rounding, double bend) {
  double error = 0;
  for (size_t i = k + 1; i < l->count; i++) {
    const clino__rung *s = &l->rung[i];
    if (!s->finite) continue;
    error = fmax(error, fabs(value + bend * s->h * s->h - s->slope) - rounding - s->rounding);
  }
  return error;
}

/* Infinite where there is no other rung. */
static double truncation(const clino__ladder *l, size_t k) {
  const clino__rung *r = &l->rung[k];
  if (k > 0 && l->rung[k - 1].finite)
    return fmax(error_from(r, &l->rung[k - 1]), shown_by_shorter(l, k, r->slope, r->rounding, 0));
  double error = -INFINITY;
  for (size_t i = k + 1; i < l->count; i++)
    if (l->rung[i].finite) error = fmax(error, fabs(r->slope - l->rung[i].slope) * 64 / 63);
  return error >= 0 ? error : INFINITY;
}

static bool comparable(const clino__ladder *l, size_t k) {
  return k > 0 && l->rung[k].finite && l->rung[k - 1].finite && l->rung[k].central && l->rung[k - 1].central;
}

/* jump = c h for a smooth f, so that jump_k - (h_k / h_{k-1}) jump_{k-1} = 0; across a kink at the point, which leaves
 * both alike, the jump itself comes out. */
static double jump_misfit(const clino__ladder *l, size_t k) {
  const clino__rung *s = &l->rung[k], *g = &l->rung[k - 1];
  return fabs(s->jump - s->h / g->h * g->jump) / (1 - s->h / g->h);
}

/* The slope of one side, seen from the mean of both, differs by half the jump. noise is what the jump's own noise adds
 * to it (or takes from it). Where three steps show that the jump is that of a smooth f, what they leave open is less.
 * One misfit may vanish by accident (a kink at 0.89 of the step, for steps in a ratio of 8), two do not. */
static double kink_error(const clino__ladder *l, size_t k, double noise) {
  const clino__rung *r = &l->rung[k];
  double bound = fmax(0, r->jump + noise) / 2;
  if (r->flips.count || !comparable(l, k) || !comparable(l, k - 1)) return bound;
  double misfit = fmax(jump_misfit(l, k), r->h / l->rung[k - 1].h * jump_misfit(l, k - 1));
  return fmin(bound, fmax(0, misfit + noise / 2));
}

clino__estimate clino__estimate_of_slope(const clino__ladder *l, size_t k) {
  const clino__rung *r = &l->rung[k];
  clino__estimate e = {r->finite, false, r->slope, r->rounding, INFINITY, 0, 0};
  if (!r->finite) return e;
  e.truncation = truncation(l, k);
  e.kink = kink_error(l, k, -r->jump_noise);
  e.kink_bound = kink_error(l, k, r->jump_noise);
  return e;
}

/* ---- extrapolated ---- */

static double square(double v) { return v * v; }

double clino__share_of_change(const clino__ladder *l, size_t k) {
  double h = square(l->rung[k].h), g = square(l->rung[k - 1].h), b = square(l->rung[k - 2].h);
  return (g - h) / (b - g);
}

/* Closely: an f that varies at random within the steps follows it by accident once in a few hundred times. */
bool clino__follows_the_law(const clino__ladder *l, size_t k) {
  const clino__rung *r = &l->rung[k], *g = &l->rung[k - 1], *b = &l->rung[k - 2];
  double q = clino__share_of_change(l, k), expected = q * (g->slope - b->slope);
  double noise = r->rounding + (1 + q) * g->rounding + q * b->rounding;
  return fabs(r->slope - g->slope - expected) <= 0.1 * fabs(expected) + noise;
}

/* jump / h = c + d h^2 for a smooth f: what three rungs leave over of it, as a jump at rung k. Again a kink at the
 * point comes out as its jump. */
static double bend_misfit(const clino__ladder *l, size_t k) {
  const clino__rung *r = &l->rung[k], *g = &l->rung[k - 1], *b = &l->rung[k - 2];
  double first = r->jump / r->h - g->jump / g->h, second = g->jump / g->h - b->jump / b->h;
  double q = clino__share_of_change(l, k), whole = (1 - r->h / g->h) - q * (r->h / g->h) * (1 - g->h / b->h);
  return fabs(first - q * second) * r->h / whole;
}

static double extrapolated_value(const clino__ladder *l, size_t k, double *weight) {
  const clino__rung *r = &l->rung[k], *g = &l->rung[k - 1];
  *weight = square(r->h) / (square(g->h) - square(r->h));
  return r->slope + *weight * (r->slope - g->slope);
}

static clino__estimate extrapolated(const clino__ladder *l, size_t k) {
  clino__estimate e = {false, true, NAN, NAN, INFINITY, INFINITY, INFINITY};
  if (k < 2 || !comparable(l, k) || !comparable(l, k - 1) || !clino__follows_the_law(l, k)) return e;
  const clino__rung *r = &l->rung[k], *g = &l->rung[k - 1], *b = &l->rung[k - 2];
  if (r->flips.count || g->flips.count) return e;
  double w, longer_w;
  e.known = true;
  e.value = extrapolated_value(l, k, &w);
  e.rounding = hypot((1 + w) * r->rounding, w * g->rounding);
  double change = fabs(e.value - extrapolated_value(l, k - 1, &longer_w));
  e.truncation = 2 * change * square(r->h) / (square(b->h) - square(r->h));
  e.truncation = fmax(e.truncation, shown_by_shorter(l, k, e.value, e.rounding, (r->slope - e.value) / square(r->h)));
  double misfit = bend_misfit(l, k), noise = r->jump_noise;
  /* A kink that only the longer rung reaches moves the value through its weight; it makes the same misfit. */
  double longer = w * fmin(g->jump / 2, misfit * g->h / r->h);
  e.kink = (1 + w) * fmin(fmax(0, r->jump - noise) / 2, fmax(0, misfit - noise / 2)) + longer;
  e.kink_bound = (1 + w) * fmin((r->jump + noise) / 2, misfit + noise / 2) + longer;
  return e;
}

/* ---- the better one ---- */

double clino__estimate_error(const clino__estimate *e) { return e->rounding + e->truncation; }
double clino__estimate_total(const clino__estimate *e) { return clino__estimate_error(e) + e->kink; }

clino__estimate clino__estimate_at(const clino__ladder *l, size_t k) {
  clino__estimate own = clino__estimate_of_slope(l, k), better = extrapolated(l, k);
  return better.known && clino__estimate_total(&better) < clino__estimate_total(&own) ? better : own;
}

/* ---- whether it has come to rest ---- */

/* What another rung says of the estimate at rung k, against a difference from it: 1 the same, -1 another one, 0
 * nothing. */
static int compare_rungs(const clino__ladder *l, size_t k, size_t i, const clino__estimate *e, double difference) {
  const clino__rung *r = &l->rung[k], *other = &l->rung[i];
  if (!other->finite || other->rounding > difference / 8) return 0;
  double change = fabs(e->value - other->slope) - e->rounding - other->rounding;
  if (!(change <= difference / 4)) return -1;
  /* As between steps in the ratio of 8: neighbours that are closer must differ by less. */
  double ratio = i < k ? r->h / other->h : other->h / r->h;
  double slope = fmax(fabs(e->value), fabs(other->slope));
  if (change <= 0.1 * slope * (1 - ratio) / (1 - 1.0 / 8)) return 1;
  /* A slope that vanishes falls with the step. */
  double shorter = fabs(l->rung[i > k ? i : k].slope), longer = fabs(l->rung[i > k ? k : i].slope);
  return shorter <= longer * ratio * 2 ? 1 : -1;
}

int clino__witnesses(const clino__ladder *l, size_t k, const clino__estimate *e, double difference) {
  /* The two longer rungs have borne out an extrapolated value by following the law. */
  int witnesses = e->extrapolated ? 2 : 0;
  for (size_t i = e->extrapolated ? k + 1 : k < 2 ? 0 : k - 2; i < l->count; i++) {
    if (i == k) continue;
    int says = compare_rungs(l, k, i, e, difference);
    if (says < 0 && i + 2 != k) return -1;
    if (says > 0) witnesses++;
  }
  return witnesses;
}

bool clino__shrinks(const clino__ladder *l, size_t k) {
  if (!comparable(l, k)) return false;
  const clino__rung *s = &l->rung[k], *g = &l->rung[k - 1];
  /* Twice what falls with the step; between close rungs, no more than half way to not falling at all. */
  double ratio = s->h / g->h;
  return s->jump <= fmin(2 * ratio, (1 + ratio) / 2) * g->jump + s->jump_noise;
}
