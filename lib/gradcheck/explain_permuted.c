/* The right numbers in an order that follows no rule: slices along an axis exchanged (the gates of a recurrent cell,
 * the columns of two heads), or all entries, found by sorting. An order that is free costs evidence: log2 of how many
 * there are is taken off. */
#include <math.h>
#include <stdlib.h>

#include "gradcheck/explain.h"

#define LN2 0.69314718055994530942
#define MOST_SLICES 512

/* log2 of in how many ways so many of n can be drawn in order: those that stand elsewhere. */
static double orders_of(size_t n, size_t moved) {
  return (lgamma((double)n + 1) - lgamma((double)(n - moved) + 1)) / LN2;
}

typedef struct moved {
  size_t stride, slices;  /* entry i lies in slice i / stride % slices */
  const size_t *from;     /* the slice that stands in its place; slices: not known */
} moved;

static bool formula(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  const moved *m = with;
  size_t j = i / m->stride % m->slices;
  if (m->from[j] == m->slices) return false;
  *p = ev->a[i + m->from[j] * m->stride - j * m->stride];
  *q = ev->n[i];
  return true;
}

/* Whether slice j of n is slice k of a. *tells: it holds an entry that is not 0. */
static bool same_slice(const clino__evidence *ev, size_t stride, size_t slices, size_t j, size_t k, bool *tells) {
  *tells = false;
  for (size_t outer = 0; outer < ev->count; outer += stride * slices)
    for (size_t inner = 0; inner < stride; inner++) {
      size_t i = outer + j * stride + inner, from = outer + k * stride + inner;
      if (isnan(ev->bar[i])) continue;
      if (!(fabs(ev->a[from] - ev->n[i]) <= 2 * ev->bar[i])) return false;
      *tells |= fabs(ev->n[i]) > 4 * ev->bar[i];
    }
  return true;
}

/* Finds each slice's own; false where one has none. */
static bool match(const clino__evidence *ev, size_t stride, size_t slices, size_t *from, size_t *taken) {
  bool tells;
  for (size_t j = 0; j < slices; j++) from[j] = slices, taken[j] = 0;
  for (size_t j = 0; j < slices; j++)
    if (same_slice(ev, stride, slices, j, j, &tells)) from[j] = tells ? j : slices, taken[j] = tells;
    else from[j] = SIZE_MAX;
  for (size_t j = 0; j < slices; j++) {
    for (size_t k = 0; from[j] == SIZE_MAX && k < slices; k++)
      if (!taken[k] && same_slice(ev, stride, slices, j, k, &tells)) from[j] = k, taken[k] = 1;
    if (from[j] == SIZE_MAX) return false;
  }
  return true;
}

static void try_axis(const clino__search *s, size_t axis) {
  const clino__evidence *ev = s->ev;
  size_t slices = ev->shape[axis], stride = 1;
  for (size_t d = axis + 1; d < ev->n_dims; d++) stride *= ev->shape[d];
  if (slices < 3 || slices > MOST_SLICES) return;
  if (!match(ev, stride, slices, s->map, s->map + ev->count)) return;
  clino__fit fit;
  moved m = {stride, slices, s->map};
  if (!clino__fit_all(ev, formula, &m, &fit)) return;
  size_t elsewhere = 0;
  for (size_t j = 0; j < slices; j++) elsewhere += s->map[j] != j && s->map[j] != slices;
  clino_explanation e = clino__about(CLINO_PATTERN_PERMUTED);
  if (ev->n_dims > 1) e.axis = axis;
  clino__found_add(s, &e, &fit, 0, orders_of(slices, elsewhere) + 2);
}

/* ---- all entries ---- */

typedef struct ranked {
  double value, entry;
} ranked;

static int by_value(const void *a, const void *b) {
  double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
  return (x > y) - (x < y);
}

static void try_sorted(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  if (ev->n_used < ev->count) return;
  ranked *a = (ranked *)s->scratch, *n = a + ev->count;
  for (size_t i = 0; i < ev->count; i++) a[i] = (ranked){ev->a[i], (double)i}, n[i] = (ranked){ev->n[i], (double)i};
  qsort(a, ev->count, sizeof *a, by_value);
  qsort(n, ev->count, sizeof *n, by_value);
  for (size_t k = 0; k < ev->count; k++) s->map[(size_t)n[k].entry] = (size_t)a[k].entry;
  clino__fit fit;
  moved m = {1, ev->count, s->map};
  clino_explanation e = clino__about(CLINO_PATTERN_PERMUTED);
  if (clino__fit_all(ev, formula, &m, &fit)) clino__found_add(s, &e, &fit, 0, orders_of(ev->count, ev->n_wrong) + 2);
}

void clino__explain_permuted(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  if (!ev->n_dims || ev->n_wrong < 2) return;
  for (size_t axis = 0; axis < ev->n_dims; axis++) try_axis(s, axis);
  if (!s->found->list[CLINO_PATTERN_PERMUTED].pattern) try_sorted(s);
}
