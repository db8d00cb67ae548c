/* Where kinks crowd within a step along a direction: see midpoints.c for what this rests on. */
#include <math.h>

#include "gradcheck/directional.h"
#include "gradcheck/midpoints.h"

typedef struct path {
  clino__directions *ds;
  const clino__region *region;
} path;

static clino_status change_at(void *ctx, double t, double *change) {
  const path *along = ctx;
  *change = NAN;
  return clino__direction_change(along->ds, along->region, t, change);
}

bool clino__direction_crowded(const clino__directions *ds) {
  for (size_t i = 0; i < ds->p->layout.n_views; i++)
    if (ds->p->layout.views[i].owner && clino__single(ds->p, i)) return true;
  return false;
}

clino_status clino__direction_mean(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s) {
  path along = {ds, r};
  double aim = fmax(4 * s->bar, ds->aim);
  clino__mean_question q = {0, s->difference, s->bar, aim, CLINO__CELLS, *says == CLINO__SAYS_DIFFERS};
  clino__midpoints m;
  clino__mean_answer answer;
  double again = 0, error;
  clino_status status = clino__midpoints_ask(ds->p, change_at, &along, -s->h, s->h, &q, &m, &answer);
  /* A gradient that is not the same at the same place is not a function of it. */
  if (!status && answer == CLINO__MEAN_RIGHT) status = change_at(&along, 0, &again);
  if (status) return status;
  *says = answer == CLINO__MEAN_WRONG ? CLINO__SAYS_DIFFERS : CLINO__SAYS_CROSSED;
  if (answer != CLINO__MEAN_RIGHT) return CLINO_OK;
  *says = fabs(again) <= s->bar ? CLINO__SAYS_AGREES : CLINO__SAYS_DIFFERS;
  clino__mean_of(m.g, m.cells, &error);
  s->bar += error;
  return CLINO_OK;
}
