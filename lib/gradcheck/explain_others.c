/* The gradient of something else: of another tensor of as many entries, or of another point of this check. */
#include <math.h>
#include <stdio.h>

#include "gradcheck/explain.h"

static bool formula(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  const double *other = with;
  *p = ev->a[i];
  *q = other[i];
  return isfinite(*q);
}

static void try_other_tensor(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  const clino_gradcheck_record *r = ev->record;
  for (size_t t = 0; t < r->n_tensors; t++) {
    clino__fit fit;
    if (t == ev->tensor || r->tensors[t].count != ev->count) continue;
    if (!clino__fit_all(ev, formula, ev->sheet->numeric + r->tensors[t].first, &fit)) continue;
    clino_explanation e = clino__about(CLINO_PATTERN_OTHER_TENSOR);
    snprintf(e.other, sizeof e.other, "%s", r->tensors[t].name);
    clino__found_add(s, &e, &fit, 0, log2((double)r->n_tensors));
  }
}

/* The same bits as at the other point, although n says that the gradient is another one here. */
static bool frozen(const clino__evidence *ev, const clino__sheet *other) {
  size_t nonzero = 0, moved = 0;
  const double *a = other->analytic + ev->first, *n = other->numeric + ev->first;
  for (size_t i = 0; i < ev->count; i++) {
    if (!(ev->a[i] == a[i])) return false;
    nonzero += a[i] != 0;
  }
  for (size_t k = 0; k < ev->n_used; k++) moved += fabs(ev->n[ev->used[k]] - n[ev->used[k]]) > 2 * ev->bar[ev->used[k]];
  return nonzero >= 2 && moved >= 2;
}

static void try_other_point(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  const clino_gradcheck_record *r = ev->record;
  for (size_t k = 0; k < r->n_sheets; k++) {
    const clino__sheet *other = &r->sheets[k];
    if (other == ev->sheet || other->term != ev->sheet->term) continue;
    clino__fit fit;
    clino_explanation e = clino__about(CLINO_PATTERN_STALE);
    e.other_point = other->point;
    if (frozen(ev, other)) {
      clino__found_fact(s, &e, ev->n_used, ev->n_used, INFINITY);
      return;
    }
    if (clino__fit_all(ev, formula, other->numeric + ev->first, &fit))
      clino__found_add(s, &e, &fit, 0, log2((double)r->n_sheets));
  }
}

void clino__explain_others(const clino__search *s) {
  if (s->ev->tensor != SIZE_MAX) try_other_tensor(s);
  try_other_point(s);
}
