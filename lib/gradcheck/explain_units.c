/* What goes by unit, that is by row, column or channel: one that is wrong, or a factor for each.
 *
 * In a dense layer with one data point dW[i][o] = x[i] dz[o], dz[o] = da[o] phi'(z[o]): where the derivative phi' of
 * the activation was left out, every column is off by a factor of its own, which lies between 0 and 1 for relu, tanh
 * and sigmoid, and is 1 where the unit is in its linear part. The sum over several data points mixes the factors, and
 * no such structure is left. */
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "gradcheck/explain.h"

#define LN2 0.69314718055994530942
#define LEAST_BITS 10 /* where the place of the wrong entries is the evidence: by chance, once in a thousand */
#define FEW 3 /* entries of a slice below which it is not called one */

typedef struct units {
  size_t axis, stride, slices;
  size_t *entries, *begin; /* the used entries by slice; where each slice's begin, slices + 1 of them */
  double *factor;          /* of each slice */
} units;

static size_t slice_of(const units *u, size_t i) { return i / u->stride % u->slices; }

static bool formula(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  const units *u = with;
  *p = u->factor[slice_of(u, i)] * ev->a[i];
  *q = ev->n[i];
  return true;
}

static void sort_entries(const clino__evidence *ev, units *u) {
  for (size_t j = 0; j <= u->slices; j++) u->begin[j] = 0;
  for (size_t k = 0; k < ev->n_used; k++) u->begin[slice_of(u, ev->used[k]) + 1]++;
  for (size_t j = 0; j < u->slices; j++) u->begin[j + 1] += u->begin[j];
  for (size_t k = ev->n_used; k-- > 0;) {
    size_t j = slice_of(u, ev->used[k]);
    u->entries[--u->begin[j + 1]] = ev->used[k];
  }
  for (size_t j = 0; j < u->slices; j++) u->begin[j] = u->begin[j + 1];
  u->begin[u->slices] = ev->n_used;
}

static bool is_wrong(const clino__evidence *ev, size_t i) {
  return ev->sheet->verdict[ev->first + i] >= CLINO_VERDICT_SUSPECT;
}

static size_t wrong_in(const clino__evidence *ev, const units *u, size_t j) {
  size_t n = 0;
  for (size_t k = u->begin[j]; k < u->begin[j + 1]; k++) n += is_wrong(ev, u->entries[k]);
  return n;
}

/* ---- one slice is wrong ---- */

/* What it is in there: 0, or times a constant. */
static void look_into(const clino__search *s, const units *u, size_t j, clino_explanation *e) {
  const clino__evidence *ev = s->ev;
  size_t count = u->begin[j + 1] - u->begin[j], off = 0, zero = 0;
  const size_t *entries = u->entries + u->begin[j];
  double c[2], error[2];
  for (size_t k = 0; k < count; k++) zero += ev->a[entries[k]] == 0;
  if (zero == count) {
    e->value = e->value_error = 0;
    return;
  }
  if (!clino__regress(ev, entries, count, ev->a, NULL, ev->n, c, error, s->scratch)) return;
  for (size_t k = 0; k < count; k++)
    off += !(fabs(c[0] * ev->a[entries[k]] - ev->n[entries[k]]) <= 2 * ev->bar[entries[k]]);
  if (off > clino__may_miss(count) || !(fabs(c[0]) > 0)) return;
  e->value = 1 / c[0];
  e->value_error = error[0] / c[0] / c[0];
  clino__name_constant(e->value, e->value_error, s->options, e->constant);
}

/* By chance that so many wrong entries of all that are not 0 lie in one slice: C(in slice, wrong) / C(all, wrong). */
static double surprise(double all, double slice, double wrong) {
  return (lgamma(all + 1) - lgamma(all - wrong + 1) - lgamma(slice + 1) + lgamma(slice - wrong + 1)) / LN2;
}

static void try_slice(const clino__search *s, const units *u) {
  const clino__evidence *ev = s->ev;
  size_t j = slice_of(u, ev->wrong[0]), wrong = wrong_in(ev, u, j), telling = 0;
  if (wrong != ev->n_wrong || wrong < FEW) return;
  for (size_t k = u->begin[j]; k < u->begin[j + 1]; k++) {
    size_t i = u->entries[k];
    telling += fabs(ev->n[i]) > 2 * ev->bar[i] || fabs(ev->a[i]) > 2 * ev->bar[i];
  }
  if (10 * wrong < 9 * telling || ev->nonzero < 2 * wrong || ev->nonzero < telling) return;
  if (telling < wrong) telling = wrong;
  double bits = surprise((double)ev->nonzero, (double)telling, (double)wrong) - log2((double)u->slices) - 2;
  if (!(bits >= LEAST_BITS)) return;
  clino_explanation e = clino__about(CLINO_PATTERN_SLICE);
  e.axis = u->axis;
  e.index = j;
  look_into(s, u, j, &e);
  clino__found_fact(s, &e, ev->n_used, ev->n_used, bits);
}

/* ---- units that are off ---- */

/* A relu's derivative left out, or a dropout's mask: whole slices of n are 0, those of a are not, all else is right.
 * Two at least, and one that is on: of one alone it could be anything. */
static void try_off(const clino__search *s, const units *u) {
  const clino__evidence *ev = s->ev;
  size_t off = 0, on = 0, wrong = 0, telling = 0;
  for (size_t j = 0; j < u->slices; j++) {
    size_t in = wrong_in(ev, u, j), nonzero = 0, here = 0;
    for (size_t k = u->begin[j]; k < u->begin[j + 1]; k++) {
      size_t i = u->entries[k];
      here += fabs(ev->a[i]) > 2 * ev->bar[i];
      nonzero += fabs(ev->n[i]) > 2 * ev->bar[i];
    }
    if (in && (nonzero || 10 * in < 9 * here)) return;
    off += in > 0, on += !in && nonzero;
    wrong += in;
    telling += in > 0 ? (here > in ? here : in) : 0;
  }
  if (off < 2 || !on || ev->nonzero < telling) return;
  double bits = surprise((double)ev->nonzero, (double)telling, (double)wrong) -
                surprise((double)u->slices, (double)off, (double)off) - 2;
  if (!(bits >= LEAST_BITS)) return;
  clino_explanation e = clino__about(CLINO_PATTERN_ACTIVATION);
  e.axis = u->axis;
  snprintf(e.constant, sizeof e.constant, "0 in %zu of %zu, else 1", off, u->slices);
  clino__found_fact(s, &e, ev->n_used, ev->n_used, bits);
}

/* ---- a factor for each ---- */

/* Finds the factor of every wrong slice; false where one has none. *numbers: how many that were. */
static bool find_factors(const clino__search *s, units *u, size_t *numbers, double range[2], double *error) {
  *numbers = 0;
  *error = 0;
  range[0] = INFINITY, range[1] = -INFINITY;
  for (size_t j = 0; j < u->slices; j++) {
    double c[2] = {1, 0}, bar[2] = {0, 0};
    u->factor[j] = 1;
    if (!wrong_in(s->ev, u, j)) continue;
    size_t count = u->begin[j + 1] - u->begin[j];
    if (!clino__regress(s->ev, u->entries + u->begin[j], count, s->ev->a, NULL, s->ev->n, c, bar, s->scratch))
      return false;
    u->factor[j] = c[0];
    ++*numbers;
    range[0] = fmin(range[0], c[0]), range[1] = fmax(range[1], c[0]);
    *error = fmax(*error, bar[0]);
  }
  return true;
}

static void try_factors(const clino__search *s, units *u) {
  size_t numbers;
  double range[2], error;
  clino__fit fit;
  if (!find_factors(s, u, &numbers, range, &error) || numbers < 2 || !(range[1] - range[0] > error)) return;
  if (!clino__fit_all(s->ev, formula, u, &fit) || fit.telling < 2 * numbers + 2) return;
  bool derivative = range[0] >= -error && range[1] <= 1 + error;
  clino_explanation e = clino__about(derivative ? CLINO_PATTERN_ACTIVATION : CLINO_PATTERN_UNIT_SCALE);
  e.axis = u->axis;
  char low[CLINO__NUMBER_SIZE], high[CLINO__NUMBER_SIZE];
  clino__number_digits(low, range[0], 3);
  clino__number_digits(high, range[1], 3);
  snprintf(e.constant, sizeof e.constant, "%.20s to %.20s", low, high);
  clino__found_add(s, &e, &fit, numbers, 3);
}

void clino__explain_units(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  if (!ev->n_wrong) return;
  for (size_t axis = 0; axis < ev->n_dims; axis++) {
    units u = {.axis = axis, .stride = 1, .slices = ev->shape[axis]};
    for (size_t d = axis + 1; d < ev->n_dims; d++) u.stride *= ev->shape[d];
    if (u.slices < 2 || ev->count / u.slices < FEW) continue;
    u.entries = s->map, u.begin = s->map + ev->count;
    u.factor = s->scratch + ev->count;
    sort_entries(ev, &u);
    try_slice(s, &u);
    try_off(s, &u);
    try_factors(s, &u);
  }
}
