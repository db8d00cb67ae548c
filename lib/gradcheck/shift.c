#include "gradcheck/shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far aside, in sizes of a coordinate: as beside a single entry's kink (beside.c). */
#define FAR_DOUBLE 1e-3
#define FAR_SINGLE 1e-2

static void move_all(clino__problem *p) {
  clino__rng rng = clino__rng_new(clino__rng_derive(p->o.seed, UINT64_C(0x6173696465) + p->point));
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    double part = clino__single(p, i) ? FAR_SINGLE : FAR_DOUBLE;
    for (size_t k = v->first; v->owner && k < v->first + v->count; k++) {
      double u = clino__rng_between(&rng, 0.5, 1) * part * fmax(fabs(p->x[k]), p->tensor_scale[i]);
      if (clino__rng_bits(&rng) & 1) u = -u;
      p->x[k] = clino__move(p, k, p->x[k] + u);
    }
  }
  clino__layout_begin_point(&p->layout);
}

static clino_status keep(clino__problem *p, clino__shift *s) {
  size_t n = p->layout.n;
  s->f0 = p->f0;
  s->kept = n <= SIZE_MAX / sizeof(double) / 2 ? malloc(2 * n * sizeof(double)) : NULL;
  if (!s->kept) return clino__fail_memory(p->error, "the point");
  memcpy(s->kept, p->x, n * sizeof(double));
  memcpy(s->kept + n, p->gradient, n * sizeof(double));
  return CLINO_OK;
}

/* f and its gradient where the values are now. */
static clino_status measure(clino__problem *p, bool *finite) {
  double f;
  clino_status status = clino__value(p, &p->f0);
  if (!status) status = clino__gradient_anew(p, &f);
  if (status) return status;
  clino__layout_gather(&p->layout, p->gradient);
  *finite = isfinite(p->f0);
  for (size_t i = 0; i < p->layout.n; i++) *finite &= isfinite(p->gradient[i]) != 0;
  return CLINO_OK;
}

clino_status clino__shift_aside(clino__problem *p, clino__shift *s, bool *finite) {
  *finite = false;
  clino_status status = keep(p, s);
  if (status) return status;
  move_all(p);
  return measure(p, finite);
}

/* Where an entry is to be that has to keep a distance from its bounds, or half way between them. */
static double inside(const clino__problem *p, size_t entry, double distance) {
  double low = p->o.lower ? p->o.lower[entry] : -INFINITY, high = p->o.upper ? p->o.upper[entry] : INFINITY;
  if (high - low < 2 * distance) distance = (high - low) / 2;
  return fmin(fmax(p->x[entry], low + distance), high - distance);
}

static bool move_inside(clino__problem *p, const double *distance, bool look) {
  bool any = false;
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    for (size_t k = v->first; v->owner && k < v->first + v->count; k++) {
      double to = inside(p, k, distance[i]);
      if (to == p->x[k]) continue;
      any = true;
      if (!look) p->x[k] = clino__move(p, k, to);
    }
  }
  return any;
}

clino_status clino__shift_inside(clino__problem *p, const double *distance, clino__shift *s, bool *finite) {
  *finite = true;
  if (!(p->o.lower || p->o.upper) || !move_inside(p, distance, true)) return CLINO_OK;
  *finite = clino__budget(p, CLINO__SHIFT_VALUES);
  clino_status status = *finite ? keep(p, s) : CLINO_OK;
  if (status || !*finite) return status;
  move_inside(p, distance, false);
  clino__layout_begin_point(&p->layout);
  return measure(p, finite);
}

void clino__shift_back(clino__problem *p, clino__shift *s) {
  size_t n = p->layout.n;
  if (!s->kept) return;
  memcpy(p->x, s->kept, n * sizeof(double));
  memcpy(p->gradient, s->kept + n, n * sizeof(double));
  p->f0 = s->f0;
  for (size_t i = 0; i < n; i++) clino__move(p, i, p->x[i]);
  clino__layout_begin_point(&p->layout);
  free(s->kept);
  s->kept = NULL;
}
