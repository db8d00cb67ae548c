/* The points that a gradient is checked at: the given one, seeded ones nearby, and one after a short descent. */
#include "gradcheck/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/check.h"
#include "gradcheck/directional.h"
#include "gradcheck/precheck.h"
#include "gradcheck/terms.h"

#define MOST_PLACINGS 20

/* ---- seeded points ---- */

static void place_at(clino__problem *p, const double *origin, double reach) {
  clino__rng rng = clino__rng_new(clino__rng_derive(p->o.seed, 0x706F696E74 + p->point));
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t k = 0; v->owner && k < v->count; k++) {
      size_t entry = v->first + k;
      double x = origin[entry], part = reach * clino__rng_between(&rng, -1, 1);
      double t = part * fmax(fabs(x), p->tensor_scale[i]);
      /* Where a bound is in the way, a part of the way to it: on it a gradient may not exist. */
      if (p->o.upper && x + t >= p->o.upper[entry]) t = part * (p->o.upper[entry] - x);
      if (p->o.lower && x + t <= p->o.lower[entry]) t = -part * (p->o.lower[entry] - x);
      p->x[entry] = clino__move(p, entry, x + t);
    }
  }
}

/* A point up to half a coordinate's size away; nearer by halves where f is not finite there. */
static clino_status place_seeded(clino__problem *p, const double *origin) {
  double reach = 0.5, f = NAN;
  for (int attempt = 0; attempt < MOST_PLACINGS && !isfinite(f); attempt++, reach /= 2) {
    if (attempt && !clino__budget(p, 1 + CLINO__PRECHECK_VALUES)) break;
    place_at(p, origin, reach);
    clino_status status = clino__value(p, &f);
    if (status) return status;
  }
  return CLINO_OK;
}

/* ---- burn-in ---- */

/* One step of length t against the gradient, halved until f falls; *t is 0 where no length makes it fall. at: room for
 * a copy of x. */
static clino_status descend(clino__problem *p, double *at, double f, double *t) {
  memcpy(at, p->x, p->layout.n * sizeof *at);
  for (int halvings = 0; halvings < 40; halvings++, *t /= 2) {
    double there;
    if (!clino__budget(p, 1 + CLINO__PRECHECK_VALUES)) break;
    for (size_t i = 0; i < p->layout.n; i++) p->x[i] = clino__move(p, i, at[i] - *t * p->gradient[i]);
    clino_status status = clino__value(p, &there);
    if (status || there < f) return status;
  }
  for (size_t i = 0; i < p->layout.n; i++) p->x[i] = clino__move(p, i, at[i]);
  *t = 0;
  return CLINO_OK;
}

/* Gradient descent from the given point; the first step is long enough to move a coordinate by a tenth of its size. */
static clino_status burn_in(clino__problem *p, double *room) {
  double scale = 0, t = 0;
  for (size_t i = 0; i < p->layout.n_views; i++) scale = fmax(scale, p->tensor_scale[i]);
  for (size_t step = 0; step < p->o.burn_in && clino__budget(p, 2 + CLINO__PRECHECK_VALUES); step++) {
    double f;
    clino_status status = clino__gradient_anew(p, &f);
    if (status) return status;
    clino__layout_gather(&p->layout, p->gradient);
    double size = clino__rms(p->gradient, p->layout.n);
    if (!isfinite(f) || !isfinite(size) || !(size > 0)) break;
    t = step ? 2 * t : 0.1 * scale / size;
    status = descend(p, room, f, &t);
    if (status) return status;
    if (!(t > 0)) break;
  }
  return CLINO_OK;
}

/* ---- all points ---- */

/* Room for placing a point and for its precheck; else its entries, and with them all later points, stay open. */
static bool point_affordable(clino__problem *p) {
  if (clino__budget(p, 1 + CLINO__PRECHECK_VALUES)) return true;
  clino__directional_unaffordable(p);
  for (size_t i = 0; i < p->n_chosen; i++) {
    clino_gradcheck_entry e;
    clino__entry_init(p, p->chosen[i], &e);
    e.value = e.analytic = NAN; /* the point is not known */
    e.verdict = CLINO_VERDICT_INCONCLUSIVE;
    e.reason = CLINO_REASON_BUDGET;
    clino__result_add(p->r, &e);
  }
  return false;
}

static void return_to(clino__problem *p, const double *origin) {
  for (size_t i = 0; i < p->layout.n; i++) p->x[i] = clino__move(p, i, origin[i]);
}

static clino_status other_points(clino__problem *p, const double *origin, const double *scale, double *room,
                                 bool *holds) {
  size_t last = p->o.points + (p->o.burn_in > 0);
  clino_status status = CLINO_OK;
  for (p->point = 1; !status && *holds && p->point <= last; p->point++) {
    if (!point_affordable(p)) break;
    memcpy(p->tensor_scale, scale, p->layout.n_views * sizeof *scale);
    return_to(p, origin);
    status = p->point <= p->o.points ? place_seeded(p, origin) : burn_in(p, room);
    clino__layout_begin_point(&p->layout);
    if (!status) status = clino__point_check(p, holds);
  }
  p->point = 0;
  return_to(p, origin);
  clino__layout_begin_point(&p->layout);
  return status;
}

clino_status clino__points_check(clino__problem *p, bool *holds) {
  clino_status status = clino__point_check(p, holds);
  if (!status && *holds) clino__terms_note(p);
  if (status || !*holds || !(p->o.points || p->o.burn_in)) return status;
  size_t n = p->layout.n, views = p->layout.n_views;
  double *kept = malloc((2 * n + views) * sizeof *kept);
  if (!kept) return clino__fail_memory(p->error, "the point");
  memcpy(kept, p->x, n * sizeof *kept);
  memcpy(kept + 2 * n, p->tensor_scale, views * sizeof *kept);
  status = other_points(p, kept, kept + 2 * n, kept + n, holds);
  free(kept);
  return status;
}
