/* Directions of one tensor alone.
 *
 * Where noise is large, a step that shows a tensor of small gradients is a long one for it, and in a direction of all
 * tensors it can be taken only as far as the kinks that all of them meet allow. One tensor meets few of them. */
#include <math.h>

#include "gradcheck/tally.h"

#define SHORTER 8 /* than the step before, which met kinks or bends */
#define AIM 0.25  /* of the error that must show, which is that of two error bars */

/* The longest step that one direction can be judged over, as a share of that which noise asks for. 0: none. */
static clino_status find_step(clino__directions *ds, clino__tally *t, size_t view, double *share) {
  const double before = ds->scale[view];
  double tried = 1;
  *share = 0;
  for (;; tried /= SHORTER) {
    clino__says says;
    clino__slope s = {.finite = false};
    clino__directions_set_alone(ds, view, tried);
    if (!(ds->scale[view] > before) || !clino__budget(ds->p, 2)) return CLINO_OK;
    clino__directions_draw(ds);
    ds->aim = AIM * CLINO__OFF * clino__direction_size(ds, &t->region);
    if (clino__shown_of(ds, view, clino__direction_bar(ds, &t->region)).tensor > CLINO__OFF) return CLINO_OK;
    clino_status status = clino__tally_judge(ds, &t->region, &says, &s);
    if (status) return status;
    if (says == CLINO__SAYS_AGREES || says == CLINO__SAYS_DIFFERS) {
      *share = tried;
      return CLINO_OK;
    }
  }
}

static clino_status fill_alone(clino__directions *ds, size_t view, clino__tally *t, clino__shown *shown) {
  double share;
  clino_status status = find_step(ds, t, view, &share);
  if (status || !(share > 0)) return status;
  status = clino__tally_fill(ds, t);
  if (!status && t->agreed >= CLINO__DIRECTIONS) *shown = clino__shown_of(ds, view, t->bar);
  return status;
}

clino_status clino__tally_alone(clino__directions *ds, size_t view, clino__tally *t, clino__shown *shown) {
  double scale = ds->scale[view], moment = ds->moment[view], least = ds->least[view], h = ds->h;
  *t = (clino__tally){.region = clino__region_view(ds->p, view)};
  if (ds->p->o.step > 0) return CLINO_OK;
  ds->only = view;
  ds->h = ds->first_h;
  clino_status status = fill_alone(ds, view, t, shown);
  ds->only = CLINO__ALL_VIEWS;
  ds->aim = 0;
  ds->h = h;
  ds->scale[view] = scale;
  ds->moment[view] = moment;
  ds->least[view] = least;
  return status;
}
