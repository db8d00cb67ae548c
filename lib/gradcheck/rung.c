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
  double own = fmax(fabs(p->x[entry]), p->tensor_scale[view]);
  ladder->largest = fmax(own, CLINO__SMALL_SHARE * p->coordinate_rms);
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
  double sigma = fmax(p->noise, clino__rounding_of(p, fmax(fabs(r->f1), fabs(r->f2))));
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
