/* n[i] = a[p(i)]: the right numbers in the wrong places. Exchanged or reordered axes, reversed axes, shifts.
 *
 * Where the loss has a penalty on the parameter whose gradient lambda x was added after the bug, the rest is in the
 * wrong place: n[i] - lambda x[i] = a[p(i)] - lambda x[p(i)], with lambda fitted. */
#include <math.h>
#include <string.h>

#include "gradcheck/explain.h"

typedef enum kind { AXES, AXES_BACK, FLIP, SHIFT, SHIFT_FLAT } kind;

typedef struct order {
  kind kind;
  size_t n_dims, shape[CLINO_MAX_DIMS], count;
  size_t axes[CLINO_MAX_DIMS]; /* of AXES: the k-th axis of the buffer is this one of the tensor's */
  unsigned flipped;            /* of FLIP: a bit for each axis */
  size_t axis;
  long shift;
  bool wraps;
  double lambda;
} order;

static void unravel(size_t i, size_t n_dims, const size_t *shape, size_t *index) {
  for (size_t d = n_dims; d-- > 0; i /= shape[d]) index[d] = i % shape[d];
}

static size_t ravel(size_t n_dims, const size_t *shape, const size_t *index) {
  size_t i = 0;
  for (size_t d = 0; d < n_dims; d++) i = i * shape[d] + index[d];
  return i;
}

/* i + shift in n; n where that is outside and does not wrap. */
static size_t shifted(size_t i, const order *o, size_t n) {
  size_t by = (size_t)(o->shift < 0 ? -o->shift : o->shift);
  if (o->shift < 0) return i >= by ? i - by : o->wraps ? i + n - by : n;
  return i + by < n ? i + by : o->wraps ? i + by - n : n;
}

/* Where in a the value for entry i stands; count: nowhere. */
static size_t source(const order *o, size_t i) {
  size_t index[CLINO_MAX_DIMS], other[CLINO_MAX_DIMS], shape[CLINO_MAX_DIMS];
  if (o->kind == SHIFT_FLAT) return shifted(i, o, o->count);
  for (size_t k = 0; k < o->n_dims; k++) shape[k] = o->shape[o->axes[k]];
  if (o->kind == AXES_BACK) {
    unravel(i, o->n_dims, shape, other);
    for (size_t k = 0; k < o->n_dims; k++) index[o->axes[k]] = other[k];
    return ravel(o->n_dims, o->shape, index);
  }
  unravel(i, o->n_dims, o->shape, index);
  if (o->kind == AXES) {
    for (size_t k = 0; k < o->n_dims; k++) other[k] = index[o->axes[k]];
    return ravel(o->n_dims, shape, other);
  }
  if (o->kind == SHIFT) {
    index[o->axis] = shifted(index[o->axis], o, o->shape[o->axis]);
    if (index[o->axis] == o->shape[o->axis]) return o->count;
  }
  for (size_t d = 0; o->kind == FLIP && d < o->n_dims; d++)
    if (o->flipped >> d & 1) index[d] = o->shape[d] - 1 - index[d];
  return ravel(o->n_dims, o->shape, index);
}

static bool formula(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  const order *o = with;
  size_t from = source(o, i);
  if (from >= o->count) return false;
  *p = ev->a[from] - o->lambda * ev->x[from];
  *q = ev->n[i] - o->lambda * ev->x[i];
  return true;
}

/* ---- one order ---- */

#define CHOICE 8        /* bits: no more than 256 orders are tried */
#define LOOK_AT 256

static clino_explanation about(const order *o, double error) {
  clino_explanation e = clino__about(o->kind == FLIP    ? CLINO_PATTERN_REVERSED
                                     : o->kind <= AXES_BACK ? CLINO_PATTERN_TRANSPOSED
                                                            : CLINO_PATTERN_SHIFTED);
  if (e.pattern == CLINO_PATTERN_SHIFTED) {
    e.value = (double)o->shift;
    e.value_error = 0;
    if (o->kind == SHIFT) e.axis = o->axis;
  }
  bool one = o->kind == FLIP && !(o->flipped & (o->flipped - 1));
  for (size_t d = 0; one && d < o->n_dims; d++)
    if (o->flipped >> d & 1 && o->n_dims > 1) e.axis = d;
  e.beside = fabs(o->lambda) > error ? o->lambda : 0;
  return e;
}

/* Whether the order comes near enough that what is missing may be a term beside it. */
static bool nearly(const clino__evidence *ev, const order *o, double plain) {
  clino__fit fit = {0};
  double p, q;
  size_t every = ev->n_wrong / LOOK_AT + 1;
  for (size_t k = 0; k < ev->n_wrong; k += every)
    if (formula(ev, o, ev->wrong[k], &p, &q)) clino__fit_add(&fit, ev, ev->wrong[k], p, q);
  double c = clino__fit_correlation(&fit);
  return fit.covered >= 4 && c > 0.5 && !(c < plain + 0.1);
}

static void try_beside(const clino__search *s, order *o, double plain) {
  const clino__evidence *ev = s->ev;
  if (!nearly(ev, o, plain)) return;
  double *d = s->scratch, *u = d + ev->count, c[2], error[2];
  size_t m = 0;
  for (size_t k = 0; k < ev->n_wrong; k++) {
    size_t i = ev->wrong[k], from = source(o, i);
    if (from >= o->count) continue;
    d[i] = ev->n[i] - ev->a[from], u[i] = ev->x[i] - ev->x[from];
    s->map[m++] = i;
  }
  if (!m || !clino__regress(ev, s->map, m, u, NULL, d, c, error, u + ev->count)) return;
  clino__fit fit;
  o->lambda = c[0];
  clino_explanation e = about(o, error[0]);
  if (e.beside != 0 && clino__fit_all(ev, formula, o, &fit)) clino__found_add(s, &e, &fit, 1, CHOICE);
  o->lambda = 0;
}

static void try_order(const clino__search *s, order *o, double plain) {
  clino__fit fit;
  clino_explanation e = about(o, 0);
  if (!clino__fit_all(s->ev, formula, o, &fit)) {
    if (!s->found->list[e.pattern].pattern) try_beside(s, o, plain);
    return;
  }
  clino__found_add(s, &e, &fit, 0, CHOICE);
}

/* ---- all orders ---- */

/* The next arrangement of axes in rising order; false after the last (D. E. Knuth, The Art of Computer Programming 4A,
 * 7.2.1.2, algorithm L). */
static bool next_arrangement(size_t *axes, size_t n) {
  size_t i = n - 1, j = n - 1;
  while (i > 0 && axes[i - 1] > axes[i]) i--;
  if (i == 0) return false;
  while (axes[j] < axes[i - 1]) j--;
  size_t t = axes[i - 1];
  axes[i - 1] = axes[j], axes[j] = t;
  for (j = n - 1; i < j; i++, j--) t = axes[i], axes[i] = axes[j], axes[j] = t;
  return true;
}

static void identity(order *o) {
  for (size_t d = 0; d < CLINO_MAX_DIMS; d++) o->axes[d] = d;
}

static void try_axes(const clino__search *s, order *o, double plain) {
  identity(o);
  while (next_arrangement(o->axes, o->n_dims)) {
    o->kind = AXES;
    try_order(s, o, plain);
    o->kind = AXES_BACK;
    if (o->n_dims > 2 || o->shape[0] != o->shape[1]) try_order(s, o, plain);
  }
  identity(o);
}

/* A vector may be a matrix to the code that fills it: all shapes it can have. */
static void try_factors(const clino__search *s, order *o, double plain) {
  size_t n = o->count, tried = 0;
  o->n_dims = 2;
  for (size_t rows = 2; rows <= n / 2 && tried < 64; rows++) {
    if (n % rows) continue;
    tried++;
    o->shape[0] = rows, o->shape[1] = n / rows;
    o->axes[0] = 1, o->axes[1] = 0;
    o->kind = AXES;
    try_order(s, o, plain);
  }
  o->n_dims = 1;
  o->shape[0] = n;
  identity(o);
}

static void try_flips(const clino__search *s, order *o, double plain) {
  o->kind = FLIP;
  for (o->flipped = 1; o->flipped >> o->n_dims == 0; o->flipped++) {
    bool moves = true;
    for (size_t d = 0; d < o->n_dims; d++) moves &= !(o->flipped >> d & 1) || o->shape[d] > 1;
    if (moves) try_order(s, o, plain);
  }
}

static void try_shifts(const clino__search *s, order *o, size_t length, size_t most, double plain) {
  for (size_t by = 1; by <= most && by < length; by++)
    for (int way = 0; way < 4; way++) {
      o->shift = way & 1 ? -(long)by : (long)by;
      o->wraps = way < 2;
      try_order(s, o, plain);
    }
}

#define MOST_AXES 4

void clino__explain_order(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  if (!ev->n_dims || ev->n_wrong < 2) return;
  order o = {.n_dims = ev->n_dims, .count = ev->count};
  memcpy(o.shape, ev->shape, sizeof o.shape);
  identity(&o);
  double plain = clino__plain_correlation(ev);
  if (isnan(plain)) plain = 0;
  if (o.n_dims == 1) try_factors(s, &o, plain);
  else if (o.n_dims <= MOST_AXES) try_axes(s, &o, plain);
  if (o.n_dims <= MOST_AXES) try_flips(s, &o, plain);
  o.kind = SHIFT_FLAT;
  try_shifts(s, &o, o.count, 4, plain);
  o.kind = SHIFT;
  for (o.axis = 0; o.axis < o.n_dims && o.n_dims > 1; o.axis++) try_shifts(s, &o, o.shape[o.axis], 4, plain);
}
