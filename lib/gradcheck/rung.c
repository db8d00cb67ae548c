#include "gradcheck/rung.h"

#include <float.h>
#include <math.h>

static double spacing_of(const clino__problem *p, size_t entry) {
  size_t view = clino__layout_view_of(&p->layout, entry);
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32;
  return fabs(p->x[entry]) * (single ? FLT_EPSILON : DBL_EPSILON);
}

void clino__ladder_limits(const clino__problem *p, size_t entry, clino__ladder *ladder) {
  size_t view = clino__layout_view_of(&p->layout, entry);
  bool single = p->layout.views[view].tensor->dtype == CLINO_F32;
  /* Sixteen spacings: the realized step then is within a few percent of the one asked for. */
  ladder->smallest = fmax(16 * spacing_of(p, entry), (single ? 1e-10 : 1e-15) * p->tensor_scale[view]);
  ladder->largest = 0.25 * fmax(fabs(p->x[entry]), p->tensor_scale[view]);
  if (!(ladder->largest >= ladder->smallest)) ladder->largest = ladder->smallest;
}

/* How far the bounds let the coordinate go to each side. */
static void room(const clino__problem *p, size_t entry, double *up, double *down) {
  *up = p->o.upper ? p->o.upper[entry] - p->x[entry] : INFINITY;
  *down = p->o.lower ? p->x[entry] - p->o.lower[entry] : INFINITY;
}

/* A step that a single-precision coordinate can make exactly, to both sides. */
static double representable(const clino__problem *p, size_t entry, double h) {
  size_t view = clino__layout_view_of(&p->layout, entry);
  if (p->layout.views[view].tensor->dtype != CLINO_F32) return h;
  int exponent;
  double mantissa = frexp(h, &exponent);
  return ldexp(floor(mantissa * 16), exponent - 4); /* four bits: exact beside a coordinate 2^19 times as large */
}

static clino_status displaced(clino__problem *p, size_t entry, double t, double *f, double *realized,
                              clino__flips *flips) {
  clino__flips here;
  clino_status status = clino__value_at(p, entry, t, f, realized, &here);
  here.fraction *= fabs(*realized);
  if (here.count && (!flips->count || here.fraction < flips->fraction)) {
    here.count += flips->count;
    *flips = here;
  } else {
    flips->count += here.count;
  }
  return status;
}

/* Derivative at 0 of the parabola through (0, f0), (t1, f1), (t2, f2), and the factor from f's noise to its own. */
static void parabola(const clino__problem *p, clino__rung *r) {
  double sigma = fmax(p->noise, 0.29 * p->quantum * fmax(fabs(r->f1), fabs(r->f2)));
  double width = r->t1 - r->t2, a, b, c;
  if (r->central && fabs(r->t1 + r->t2) <= 1e-9 * r->h) {
    a = 1 / width, b = -a, c = 0;
    r->slope = (r->f1 - r->f2) / width;
    if (!isfinite(r->slope)) r->slope = r->f1 / width - r->f2 / width;
  } else {
    a = -r->t2 / (r->t1 * width);
    b = r->t1 / (r->t2 * width);
    c = fabs(a + b);
    r->slope = a * (r->f1 - p->f0) + b * (r->f2 - p->f0);
  }
  r->rounding = 3 * sigma * sqrt(a * a + b * b + c * c);
  r->left = r->right = NAN;
  r->jump = 0;
  r->jump_noise = 0;
  if (!r->central) return;
  r->right = (r->f1 - p->f0) / r->t1 + 0.0; /* -0 becomes 0 */
  r->left = (r->f2 - p->f0) / r->t2 + 0.0;
  r->jump = fabs(r->right - r->left);
  r->jump_noise = 3 * sigma * sqrt(1 / (r->t1 * r->t1) + 1 / (r->t2 * r->t2) + pow(1 / r->t1 - 1 / r->t2, 2));
}

/* The second point of a rung to one side: twice as far. */
static clino_status one_sided(clino__problem *p, size_t entry, clino__rung *r, double near_t, double near_f) {
  r->central = false;
  r->t1 = near_t;
  r->f1 = near_f;
  return displaced(p, entry, 2 * near_t, &r->f2, &r->t2, &r->flips);
}

clino_status clino__rung_measure(clino__problem *p, size_t entry, double h, clino__rung *r) {
  double up, down, widest;
  room(p, entry, &up, &down);
  widest = fmax(fmin(up, down), fmax(up, down) / 2);
  *r = (clino__rung){.h = representable(p, entry, fmin(h, widest))};
  r->central = r->h <= fmin(up, down);
  clino_status status = CLINO_OK;
  if (r->central || up >= down) status = displaced(p, entry, r->h, &r->f1, &r->t1, &r->flips);
  if (!status && (r->central || up < down)) status = displaced(p, entry, -r->h, &r->f2, &r->t2, &r->flips);
  if (!status && !r->central) status = one_sided(p, entry, r, up >= down ? r->t1 : r->t2, up >= down ? r->f1 : r->f2);
  if (!status && r->central && isfinite(r->f1) != isfinite(r->f2)) {
    bool right = isfinite(r->f1);
    if ((right ? up : down) >= 2 * r->h) status = one_sided(p, entry, r, right ? r->t1 : r->t2, right ? r->f1 : r->f2);
  }
  if (status) return status;
  r->h = r->central ? (r->t1 - r->t2) / 2 : fmax(fabs(r->t1), fabs(r->t2));
  r->finite = isfinite(r->f1) && isfinite(r->f2) && r->t1 != 0 && r->t2 != 0 && r->t1 != r->t2;
  if (r->finite) parabola(p, r);
  r->finite = r->finite && isfinite(r->slope) && isfinite(r->rounding);
  return CLINO_OK;
}

bool clino__ladder_add(clino__ladder *l, const clino__rung *rung) {
  if (l->count == CLINO__RUNGS - 1) return false;
  size_t i = l->count;
  for (; i > 0 && l->rung[i - 1].h < rung->h; i--) l->rung[i] = l->rung[i - 1];
  bool again = (i > 0 && l->rung[i - 1].h < 1.2 * rung->h) || (i < l->count && l->rung[i + 1].h > rung->h / 1.2);
  if (again) {
    for (; i < l->count; i++) l->rung[i] = l->rung[i + 1];
    return false;
  }
  l->rung[i] = *rung;
  l->count++;
  return true;
}

/* The slope of a centered difference errs by C h^2, and so changes by C (H^2 - h^2) between two steps; twice the error
 * that follows from a change is taken, since f need not be asymptotic yet, and at an edge as much as if it grew with h.
 */
static double extrapolated(const clino__rung *r, const clino__rung *longer) {
  double change = fabs(r->slope - longer->slope), ratio = longer->h / r->h;
  return r->central && longer->central ? 2 * change / (ratio * ratio - 1) : change / (ratio - 1);
}

double clino__truncation(const clino__ladder *l, size_t k) {
  const clino__rung *r = &l->rung[k];
  bool known = k > 0 && l->rung[k - 1].finite;
  double error = known ? extrapolated(r, &l->rung[k - 1]) : 0;
  /* What shorter steps show beyond their noise is an error of this one. */
  for (size_t i = k + 1; i < l->count; i++) {
    if (!l->rung[i].finite) continue;
    double change = fabs(r->slope - l->rung[i].slope);
    error = fmax(error, known ? change - r->rounding - l->rung[i].rounding : change * 64 / 63);
    known = true;
  }
  return known ? error : INFINITY;
}

/* What another rung says of the slope at rung k, against a difference from it: 1 the same, -1 another one, 0 nothing.
 */
static int compare_rungs(const clino__ladder *l, size_t k, size_t i, double difference) {
  const clino__rung *r = &l->rung[k], *other = &l->rung[i];
  if (!other->finite || other->rounding > difference / 8) return 0;
  double change = fabs(r->slope - other->slope) - r->rounding - other->rounding;
  if (!(change <= difference / 4)) return -1;
  /* As between steps in the ratio of 8: neighbours that are closer must differ by less. */
  double ratio = i < k ? r->h / other->h : other->h / r->h;
  double slope = fmax(fabs(r->slope), fabs(other->slope));
  if (change <= 0.1 * slope * (1 - ratio) / (1 - 1.0 / 8)) return 1;
  /* A slope that vanishes falls with the step. */
  double shorter = fabs(l->rung[i > k ? i : k].slope), longer = fabs(l->rung[i > k ? k : i].slope);
  return shorter <= longer * ratio * 2 ? 1 : -1;
}

int clino__witnesses(const clino__ladder *l, size_t k, double difference) {
  int witnesses = 0;
  for (size_t i = k < 2 ? 0 : k - 2; i < l->count; i++) {
    if (i == k) continue;
    int says = compare_rungs(l, k, i, difference);
    if (says < 0 && i + 2 != k) return -1;
    if (says > 0) witnesses++;
  }
  return witnesses;
}

static bool comparable(const clino__ladder *l, size_t k) {
  return k > 0 && l->rung[k].finite && l->rung[k - 1].finite && l->rung[k].central && l->rung[k - 1].central;
}

/* jump = c h for a smooth f, so that jump_k - (h_k / h_{k-1}) jump_{k-1} = 0. */
static double jump_misfit(const clino__ladder *l, size_t k) {
  const clino__rung *s = &l->rung[k], *g = &l->rung[k - 1];
  return fabs(s->jump - s->h / g->h * g->jump);
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

double clino__kink_error(const clino__ladder *l, size_t k) { return kink_error(l, k, -l->rung[k].jump_noise); }
double clino__kink_bound(const clino__ladder *l, size_t k) { return kink_error(l, k, l->rung[k].jump_noise); }

bool clino__shrinks(const clino__ladder *l, size_t k) {
  if (!comparable(l, k)) return false;
  const clino__rung *s = &l->rung[k], *g = &l->rung[k - 1];
  /* Twice what falls with the step; between close rungs, no more than half way to not falling at all. */
  double ratio = s->h / g->h;
  return s->jump <= fmin(2 * ratio, (1 + ratio) / 2) * g->jump + s->jump_noise;
}
