#include "checks/promise.h"

#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"

clino__promise clino__promise_of(clino__context *c) {
  clino__promise p = {clino__series(c, "decrease_ratio"), 0, NAN, NAN, NAN};
  const clino_series *cosine = clino__series(c, "grad_cosine");
  clino__curve v;
  if (!p.series || !clino__curve_plain(c, p.series, 3, &v) || v.n < 3) return p;
  p.n = v.n;
  p.start = clino__curve_level(&v, 0, v.n / 10 > 2 ? v.n / 10 : 2);
  p.kept = clino__curve_level(&v, 0, v.n);
  if (cosine && clino__curve_plain(c, cosine, 3, &v) && v.n >= 3) p.cosine = clino__curve_level(&v, 0, v.n);
  return p;
}

bool clino__several_batches(clino__context *c) {
  double batch = clino__setting(c, "batch_size"), samples = clino__setting(c, "dataset_size");
  return !(batch > samples / 2);
}

double clino__largest_update(clino__context *c) {
  size_t n;
  double most = NAN;
  clino__layer *l = clino__layers_of(c, "update_ratio/", 3, &n, NULL);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(l[i].name)) most = fmax(most, l[i].early);
  free(l);
  return most;
}

const char *clino__promise_broken(clino__context *c, const clino__promise *p) {
  if (p->kept < -0.5 && p->cosine > 0.3) return CLINO__CAUSE_GRADIENT_SIGN;
  if (p->n < 8) return NULL;
  if (p->kept < 0.2 && p->cosine > 0.95 && clino__several_batches(c)) return CLINO__CAUSE_NOT_ZEROED;
  /* With a velocity, or with steps of a few percent, curvature alone may take most of it while gradients agree. */
  bool lengthy = p->kept > 0.2 && clino__largest_update(c) > 0.03;
  if (p->kept < 0.5 && p->cosine > 0.1) return lengthy ? CLINO__CAUSE_LEARNING_RATE_HIGH : CLINO__CAUSE_GRADIENT_WRONG;
  return p->kept < 0.25 ? CLINO__CAUSE_LEARNING_RATE_HIGH : NULL;
}

bool clino__promise_short(const clino__promise *p) { return p->n >= 8 && p->start > 0.96 && p->kept >= 0.98; }
