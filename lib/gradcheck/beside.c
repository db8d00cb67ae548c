/* At a kink the analytic value has some freedom, and noise may hide where in it the truth lies. It has none at the
 * smooth points beside the kink, and a gradient that is wrong at the kink as a rule is wrong there. (Gradients sampled
 * at smooth points nearby: Burke, Lewis and Overton 2005, see subgradient.c.) */
#include "gradcheck/beside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/entry.h"
#include "gradcheck/mean_value.h"
#include "gradcheck/team.h"

/* How far beside, in sizes of a coordinate: a hundred times the first step for doubles, by trial. */
#define FAR_DOUBLE 1e-3
#define FAR_SINGLE 1e-2

/* Calls for the value: at the point beside, with its gradient, and back at the kink. */
#define VALUES 3

static double reach(const clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  size_t view = clino__layout_view_of(&p->layout, entry);
  double scale = fmax(fabs(p->x[entry]), p->tensor_scale[view]);
  double kink = isfinite(e->kink_distance) ? e->kink_distance : 0;
  return fmax((clino__single(p, view) ? FAR_SINGLE : FAR_DOUBLE) * scale, 4 * kink);
}

/* Moves the entries to one side or the other; the bounds of the domain stop them. x: where they are now. */
static void move(clino__problem *p, const size_t *entries, const clino_gradcheck_entry *list, size_t count, double side,
                 const double *x) {
  clino__rng rng = clino__rng_new(clino__rng_derive(p->o.seed, 0x626573696465 + p->point));
  for (size_t i = 0; i < count; i++) {
    double u = side * clino__rng_between(&rng, 0.5, 1) * reach(p, entries[i], &list[i]);
    if (clino__rng_bits(&rng) & 1) u = -u;
    p->x[entries[i]] = clino__move(p, entries[i], x[entries[i]] + u);
  }
  clino__layout_begin_point(&p->layout);
}

/* f and its gradient at the point now; *finite: whether it can be checked. */
static clino_status begin(clino__problem *p, bool *finite) {
  double f;
  if (p->trace) clino__trace_record(p->trace);
  clino_status status = clino__value(p, &p->f0);
  if (p->trace) clino__trace_compare(p->trace);
  if (!status) status = clino__gradient_anew(p, &f);
  if (status) return status;
  clino__layout_gather(&p->layout, p->gradient);
  *finite = isfinite(p->f0);
  for (size_t i = 0; i < p->layout.n; i++) *finite &= isfinite(p->gradient[i]) != 0;
  return CLINO_OK;
}

typedef struct aside {
  const size_t *entries;
  clino_gradcheck_entry *list;
} aside;

/* What is known to be wrong is not looked at again. */
static clino_status check_aside(clino__problem *p, size_t i, clino__room *room, void *ctx) {
  const aside *there = ctx;
  bool known = there->list[i].verdict >= CLINO_VERDICT_SUSPECT;
  room->entry.verdict = CLINO_VERDICT_NONE;
  return known ? CLINO_OK : clino__entry_check(p, there->entries[i], &room->entry);
}

static clino_status keep_worse(clino__problem *p, size_t i, const clino__room *room, void *ctx) {
  const aside *there = ctx;
  clino_gradcheck_entry e = room->entry;
  clino_status status = clino__mean_value_check(p, there->entries[i], &e);
  if (status || (e.verdict != CLINO_VERDICT_FAIL && e.verdict != CLINO_VERDICT_SUSPECT)) return status;
  there->list[i] = e;
  there->list[i].beside_kink = true;
  return CLINO_OK;
}

static clino_status check_side(clino__problem *p, const size_t *entries, clino_gradcheck_entry *list, size_t count,
                               double side, const double *x) {
  bool finite = false;
  if (!clino__budget(p, VALUES)) return CLINO_OK; /* the sampled gradients will find no room either, and say so */
  move(p, entries, list, count, side, x);
  clino_status status = begin(p, &finite);
  if (status || !finite) return status;
  aside there = {entries, list};
  return clino__in_order(p, count, check_aside, keep_worse, &there);
}

/* x, gradient, f and trace as they were; the values in place as well. */
static clino_status go_back(clino__problem *p, const double *x, const double *gradient, double f0) {
  double f;
  memcpy(p->x, x, p->layout.n * sizeof *x);
  memcpy(p->gradient, gradient, p->layout.n * sizeof *x);
  p->f0 = f0;
  for (size_t i = 0; i < p->layout.n; i++) clino__move(p, i, x[i]);
  clino__layout_begin_point(&p->layout);
  if (!p->trace || !clino__budget(p, 1)) return CLINO_OK;
  clino__trace_record(p->trace);
  clino_status status = clino__value(p, &f);
  clino__trace_compare(p->trace);
  return status;
}

clino_status clino__beside_check(clino__problem *p, const size_t *entries, clino_gradcheck_entry *list, size_t count) {
  size_t n = p->layout.n;
  double *kept = malloc(2 * n * sizeof *kept), f0 = p->f0;
  if (!kept) return clino__fail_memory(p->error, "the point");
  memcpy(kept, p->x, n * sizeof *kept);
  memcpy(kept + n, p->gradient, n * sizeof *kept);
  clino_status status = CLINO_OK;
  for (int side = -1; side <= 1 && !status; side += 2) {
    memcpy(p->x, kept, n * sizeof *kept); /* the sizes of coordinates are those at the kink */
    status = check_side(p, entries, list, count, side, kept);
  }
  if (!status) status = go_back(p, kept, kept + n, f0);
  free(kept);
  return status;
}
