/* Slopes along directions.
 *
 * Along d with steps h the residual r(t) = f(x + t d) - f(x) - t g.d of a right gradient g is of second order, and
 *   D = (r(h) - r(-h)) / (2 h)
 * of third; of a gradient with errors e, D = -e.d. Everything is expressed by what is known best: the displacement that
 * was in fact stored (rounded to single precision, kept within bounds) goes into g.d, so that it costs no accuracy.
 *
 * What decides whether one wrong entry shows is its share of D against the noise of f over h. So components are scaled
 * by 1 / RMS of the tensor's gradient: an error of a tenth of that is 0.05 to 0.1 in D in every tensor, and h is such
 * that the noise of D is a tenth of the smaller. Steps are thus as short as noise allows, and cross as few kinks as can
 * be. Signs are balanced, so that an error does not hide in a sum of outputs that is constant, and magnitudes lie in
 * [0.5, 1]: none is near 0, and two errors do not cancel exactly. */
#include "gradcheck/direction.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "gradcheck/team.h"

#define SMALLEST 0.5             /* magnitude of a component; the largest is 1 */
#define SHOWN 0.05               /* the smallest share in D of an entry that is off by a tenth of RMS */
#define NOISE_SHARE 0.1          /* of that, the error bar */
#define FIRST_CAP 1e-4           /* relative to coordinates: truncation of common nets is then below noise, by trial */
#define LEAST_ULPS 64            /* of a coordinate that a step moves it at least */
#define BLOCK 256                /* terms of a sum that are added plainly */

/* ---- regions ---- */

size_t clino__view_columns(const clino__view *v) { return v->tensor->shape[v->tensor->n_dims - 1]; }

clino__region clino__region_view(const clino__problem *p, size_t view) {
  const clino__view *v = &p->layout.views[view];
  size_t columns = clino__view_columns(v);
  return (clino__region){view, view + 1, 0, v->count ? v->count / columns : 0, 0, columns};
}

clino__region clino__region_all(const clino__problem *p) {
  if (p->layout.n_views == 1) return clino__region_view(p, 0);
  return (clino__region){0, p->layout.n_views, 0, 0, 0, 0};
}

/* The box that a region is within one of its views. */
static clino__region part_of(const clino__problem *p, const clino__region *r, size_t view) {
  return r->view_end - r->view > 1 ? clino__region_view(p, view) : *r;
}

size_t clino__region_entries(const clino__problem *p, const clino__region *r) {
  size_t n = 0;
  for (size_t i = r->view; i < r->view_end; i++) {
    clino__region box = part_of(p, r, i);
    if (p->layout.views[i].owner) n += (box.row_end - box.row) * (box.column_end - box.column);
  }
  return n;
}

/* ---- sizes ---- */

static double coordinates_of(const clino__problem *p, size_t view) {
  const clino__view *v = &p->layout.views[view];
  double rms = v->count ? clino__rms(p->x + v->first, v->count) : 0;
  return rms > 0 ? rms : 1;
}

static double ulp_of(const clino__view *v, double coordinate) {
  return fabs(coordinate) * (v->tensor->dtype == CLINO_F32 ? FLT_EPSILON : DBL_EPSILON);
}

static double gradient_of(const clino__problem *p, size_t view) {
  return p->tensor_rms[view] > 0 ? p->tensor_rms[view] : p->gradient_rms;
}

/* The step at which noise is NOISE_SHARE of what is to be shown; where f has none, one that moves coordinates by some
 * 1e-12 of their size. */
static double step_for(const clino__problem *p) {
  double h = 3 * p->noise / (sqrt(2.0) * SHOWN * NOISE_SHARE);
  for (size_t i = 0; i < p->layout.n_views; i++)
    if (p->layout.views[i].owner) h = fmax(h, 1e-12 * p->tensor_moment[i]);
  return h > DBL_MIN / DBL_EPSILON && isfinite(h) ? h : 1;
}

/* Of its own coordinates, no more than CLINO__SMALL_SHARE; of a tensor whose coordinates are small among all, as biases
 * are after a few steps from 0, as much as of the typical coordinate. */
static double reach_of(const clino__directions *ds, size_t view, double cap) {
  double own = coordinates_of(ds->p, view);
  return fmin(cap * own, CLINO__SMALL_SHARE * fmax(own, ds->p->coordinate_rms));
}

bool clino__directions_may_reach(const clino__directions *ds, double cap) {
  const clino__problem *p = ds->p;
  bool further = false;
  for (size_t i = 0; i < p->layout.n_views; i++)
    further |= p->layout.views[i].owner && cap * coordinates_of(p, i) <= reach_of(ds, i, cap);
  return further;
}

void clino__directions_set_cap(clino__directions *ds, double cap) {
  const clino__problem *p = ds->p;
  const double base = ds->first_h;
  ds->cap = cap;
  for (size_t i = 0; i < p->layout.n_views; i++) {
    if (!p->layout.views[i].owner) continue;
    double size = gradient_of(p, i), most = reach_of(ds, i, cap) / base;
    ds->scale[i] = size > 0 && 1 / size < most ? 1 / size : most;
    if (p->o.step > 0) ds->scale[i] = p->o.step / base;
  }
}

static bool allocate(clino__directions *ds) {
  ds->d = malloc(ds->p->layout.n * sizeof *ds->d);
  ds->scale = calloc(3 * ds->p->layout.n_views, sizeof *ds->scale);
  ds->moment = ds->scale ? ds->scale + ds->p->layout.n_views : NULL;
  ds->least = ds->scale ? ds->moment + ds->p->layout.n_views : NULL;
  return ds->d && ds->scale;
}

void clino__directions_set_alone(clino__directions *ds, size_t view, double share) {
  double size = ds->p->tensor_rms[view], most = reach_of(ds, view, INFINITY) / ds->first_h;
  ds->scale[view] = (size > 0 ? fmin(1 / size, most) : most) * share;
}

void clino__directions_refit(clino__directions *ds) {
  ds->h = ds->first_h = step_for(ds->p);
  clino__directions_set_cap(ds, ds->cap);
}

clino_status clino__directions_init(clino__directions *ds, clino__problem *p) {
  *ds = (clino__directions){.p = p, .only = CLINO__ALL_VIEWS};
  if (!allocate(ds)) return clino__fail_memory(p->error, "a direction");
  ds->cap = FIRST_CAP;
  ds->drawn = (uint64_t)p->point << 32 | (p->term == CLINO_TERM_ALL ? 0 : (uint64_t)(p->term + 1) << 56);
  clino__directions_refit(ds);
  return CLINO_OK;
}

void clino__directions_free(clino__directions *ds) {
  free(ds->d);
  free(ds->scale);
}

/* ---- drawing ---- */

/* At least LEAST_ULPS of the coordinate at the first step. */
static double fitted(const clino__directions *ds, const clino__view *v, size_t entry, double d) {
  double least = LEAST_ULPS * ulp_of(v, ds->p->x[entry]) / ds->first_h;
  return fmax(d, least * d / ds->scale[v - ds->p->layout.views]);
}

/* As many components above 0 as below, in random order (selection sampling, D. E. Knuth, The Art of Computer
 * Programming 2, 3.4.2, algorithm S). One draw of 64 bits gives sign and magnitude. */
static void draw_view(clino__directions *ds, clino__rng *rng, size_t view) {
  const clino__view *v = &ds->p->layout.views[view];
  uint64_t plus = v->count / 2 + (v->count % 2 && clino__rng_bits(rng) & 1);
  for (size_t k = 0; k < v->count; k++) {
    uint64_t bits = clino__rng_bits(rng), left = v->count - k;
    bool up = left > UINT32_MAX ? bits >> 63 : ((bits >> 32) * left) >> 32 < plus;
    if (up && plus) plus--;
    double magnitude = SMALLEST + (1 - SMALLEST) * (double)(bits & UINT32_MAX) / UINT32_MAX;
    double d = fitted(ds, v, v->first + k, magnitude * ds->scale[view]);
    ds->d[v->first + k] = up ? d : -d;
  }
}

static void measure_view(clino__directions *ds, size_t view) {
  const clino__view *v = &ds->p->layout.views[view];
  const double *g = ds->p->gradient + v->first, *d = ds->d + v->first;
  double sum = 0, least = INFINITY;
  for (size_t k = 0; v->owner && k < v->count; k++) {
    double part = g[k] * d[k];
    sum += part * part;
    least = fmin(least, fabs(d[k]));
  }
  ds->moment[view] = sqrt(sum);
  ds->least[view] = isfinite(least) ? least : 0;
}

static void leave_out(clino__directions *ds, const clino__region *r) {
  const clino__view *v = &ds->p->layout.views[r->view];
  size_t columns = clino__view_columns(v);
  for (size_t row = r->row; row < r->row_end; row++)
    for (size_t column = r->column; column < r->column_end; column++) ds->d[v->first + row * columns + column] = 0;
}

void clino__directions_redraw(clino__directions *ds) {
  clino__rng rng = clino__rng_new(clino__rng_derive(ds->p->o.seed, UINT64_C(0x646972656374) + ds->drawn));
  for (size_t i = 0; i < ds->p->layout.n_views; i++) {
    if (ds->only != CLINO__ALL_VIEWS && i != ds->only) continue;
    if (ds->p->layout.views[i].owner) draw_view(ds, &rng, i);
    measure_view(ds, i);
  }
  for (size_t i = 0; i < ds->n_excluded; i++) leave_out(ds, &ds->excluded[i]);
}

void clino__directions_draw(clino__directions *ds) {
  ds->drawn++;
  clino__directions_redraw(ds);
}

bool clino__directions_ahead(const clino__directions *ds, size_t k, clino__directions *next) {
  *next = *ds;
  next->drawn += k;
  if (!allocate(next)) return false;
  memcpy(next->scale, ds->scale, 3 * ds->p->layout.n_views * sizeof *ds->scale);
  if (ds->only != CLINO__ALL_VIEWS) memcpy(next->d, ds->d, ds->p->layout.n * sizeof *ds->d);
  clino__directions_redraw(next);
  return true;
}

void clino__directions_take(clino__directions *ds, clino__directions *next) {
  const clino__directions old = *ds;
  *ds = *next;
  next->d = old.d;
  next->scale = old.scale;
}

bool clino__directions_exclude(clino__directions *ds, const clino__region *region) {
  if (ds->n_excluded == CLINO__EXCLUDED) return false;
  ds->excluded[ds->n_excluded++] = *region;
  leave_out(ds, region);
  return true;
}

/* ---- moving ---- */

/* A box of one view on its way, with the sum of gradient times displacement. */
typedef struct walk {
  clino__directions *ds;
  double t;
  clino__sum sum;
  const double *there; /* another gradient than the one at the point */
} walk;

static double place(const walk *w, const clino__view *v, size_t element, double to) {
  const clino__problem *p = w->ds->p;
  if (p->o.lower || p->o.upper) return clino__move(p, v->first + element, to);
  return clino__view_set_value(v, element, to);
}

/* The numbers themselves, where they can be written as they are; else NULL. */
static double *direct(const clino__problem *p, const clino__view *v) {
  bool plain = v->packed && v->tensor->dtype == CLINO_F64 && !p->o.lower && !p->o.upper;
  return plain ? v->tensor->value : NULL;
}

static void move_run(walk *w, const clino__view *v, size_t from, size_t count) {
  const clino__problem *p = w->ds->p;
  const double *x = p->x + v->first, *g = p->gradient + v->first, *d = w->ds->d + v->first;
  double *values = direct(p, v), sum = 0;
  for (size_t k = from; k < from + count; k++) {
    double to = x[k] + w->t * d[k], stored = values ? values[k] = to : place(w, v, k, to);
    sum += g[k] * (stored - x[k]);
  }
  clino__sum_add(&w->sum, sum);
}

/* Puts back, and looks whether a callback changed what was there. Within bounds only the former. */
static void reset_run(walk *w, const clino__view *v, size_t from, size_t count) {
  clino__problem *p = w->ds->p;
  const double *x = p->x + v->first, *d = w->ds->d + v->first;
  bool bounded = p->o.lower || p->o.upper, single = v->tensor->dtype == CLINO_F32;
  double *values = direct(p, v);
  for (size_t k = from; k < from + count; k++) {
    double is = values ? values[k] : clino__view_value(v, k), to = x[k] + w->t * d[k];
    if (single) to = (double)(float)to;
    if (!(is == to) && !bounded && !p->changed) {
      p->changed = true;
      p->changed_entry = v->first + k;
      p->changed_to = is;
    }
    if (values) values[k] = x[k];
    else clino__view_set_value(v, k, x[k]);
  }
}

static void over_region(walk *w, const clino__region *r,
                        void (*run)(walk *w, const clino__view *v, size_t from, size_t count)) {
  const clino__problem *p = w->ds->p;
  for (size_t i = r->view; i < r->view_end; i++) {
    const clino__view *v = &p->layout.views[i];
    if (!v->owner || !v->count) continue;
    clino__region box = part_of(p, r, i);
    size_t columns = clino__view_columns(v);
    for (size_t row = box.row; row < box.row_end; row++)
      for (size_t at = box.column; at < box.column_end; at += BLOCK) {
        size_t count = box.column_end - at < BLOCK ? box.column_end - at : BLOCK;
        run(w, v, row * columns + at, count);
      }
  }
}

/* f at t along the direction, and the gradient's share of its change. */
static clino_status evaluate(clino__directions *ds, const clino__region *r, double t, double *f, double *linear) {
  walk w = {ds, t, {0, 0}, NULL};
  over_region(&w, r, move_run);
  *linear = clino__sum_value(&w.sum);
  clino_status status = clino__value(ds->p, f);
  over_region(&w, r, reset_run);
  return status;
}

/* ---- measuring ---- */

/* Root of the sum over the region of (weight * gradient * displacement)^2; of a part of a tensor, its share. */
static double quadrature(const clino__directions *ds, const clino__region *r,
                         double (*weight)(const clino__problem *p, size_t view)) {
  const clino__problem *p = ds->p;
  double sum = 0;
  for (size_t i = r->view; i < r->view_end; i++) {
    if (!p->layout.views[i].owner) continue;
    clino__region box = part_of(p, r, i);
    double n = (double)((box.row_end - box.row) * (box.column_end - box.column));
    double part = weight(p, i) * ds->moment[i];
    if (p->layout.views[i].count) sum += part * part * n / (double)p->layout.views[i].count;
  }
  return sqrt(sum);
}

static double one(const clino__problem *p, size_t view) {
  (void)p;
  (void)view;
  return 1;
}

/* Rounding of an entry of the analytic gradient against its size, as in judge.c. */
static double rounding_of(const clino__problem *p, size_t view) {
  return 256 * (clino__single(p, view) ? FLT_EPSILON : DBL_EPSILON) / 2;
}

double clino__direction_size(const clino__directions *ds, const clino__region *r) { return quadrature(ds, r, one); }

static bool any_single(const clino__problem *p, const clino__region *r) {
  for (size_t i = r->view; i < r->view_end; i++)
    if (p->layout.views[i].owner && clino__single(p, i)) return true;
  return false;
}

static double sigma_of(const clino__problem *p, double f) { return fmax(p->noise, 0.29 * p->quantum * f); }

/* Of noise, and of the rounding of the gradient: what is independent from entry to entry, and what they share (a
 * rounded factor). */
static double bar_of(const clino__directions *ds, const clino__region *r, double h, double sigma, double slope) {
  double unit = (any_single(ds->p, r) ? FLT_EPSILON : DBL_EPSILON) / 2;
  double analytic = hypot(3 * quadrature(ds, r, rounding_of), 16 * unit * slope);
  return hypot(3 * sigma / (sqrt(2.0) * h), analytic);
}

double clino__direction_bar(const clino__directions *ds, const clino__region *r) {
  return bar_of(ds, r, ds->h, sigma_of(ds->p, fabs(ds->p->f0)), 0);
}

static void conclude(clino__trial *t, const double f[2], const double linear[2]) {
  const clino__problem *p = t->ds->p;
  clino__slope *s = &t->s;
  if (!isfinite(f[0]) || !isfinite(f[1])) return;
  const double h = t->h, sigma = sigma_of(p, fmax(fabs(f[0]), fabs(f[1])));
  double right = (f[0] - p->f0) - linear[0], left = (f[1] - p->f0) - linear[1];
  s->analytic = (linear[0] - linear[1]) / (2 * h);
  s->difference = (right - left) / (2 * h);
  s->numeric = s->analytic + s->difference;
  s->jump = fabs(right + left) / h;
  s->jump_bar = 3 * sigma * sqrt(6.0) / h;
  s->bar = bar_of(t->ds, &t->region, h, sigma, s->analytic);
  s->finite = isfinite(s->difference) && isfinite(s->bar) && isfinite(s->jump);
}

/* Trials under way, two sides each. */
typedef struct trials {
  clino__trial *all;
  size_t done;
  double f[2], linear[2]; /* of the trial that is taken now */
  bool (*go_on)(size_t i, const clino__slope *s, void *ctx);
  void *ctx;
  bool enough;
} trials;

static clino_status evaluate_side(clino__problem *p, size_t i, clino__room *room, void *ctx) {
  const clino__trial *t = &((const trials *)ctx)->all[i / 2];
  clino__directions ds = *t->ds;
  ds.p = p;
  return evaluate(&ds, &t->region, i % 2 ? -t->h : t->h, &room->number[0], &room->number[1]);
}

static clino_status take_side(clino__problem *p, size_t i, const clino__room *room, void *ctx) {
  trials *now = ctx;
  clino__trial *t = &now->all[i / 2];
  (void)p;
  now->f[i % 2] = room->number[0];
  now->linear[i % 2] = room->number[1];
  if (i % 2 == 0) return CLINO_OK;
  conclude(t, now->f, now->linear);
  now->done++;
  now->enough = now->go_on && !now->go_on(i / 2, &t->s, now->ctx);
  return now->enough ? CLINO_ERR_CANCELLED : CLINO_OK; /* which ends the jobs */
}

clino_status clino__direction_measure_some(clino__trial *all, size_t count,
                                           bool (*go_on)(size_t i, const clino__slope *s, void *ctx), void *ctx,
                                           size_t *done) {
  trials now = {.all = all, .go_on = go_on, .ctx = ctx};
  for (size_t i = 0; i < count; i++) all[i].s = (clino__slope){.finite = false, .h = all[i].h};
  clino_status status = clino__in_order(all[0].ds->p, 2 * count, evaluate_side, take_side, &now);
  *done = now.done;
  return now.enough ? CLINO_OK : status;
}

clino_status clino__direction_measure(clino__directions *ds, const clino__region *r, double h, clino__slope *s) {
  clino__trial one = {.ds = ds, .region = *r, .h = h};
  size_t done;
  clino_status status = clino__direction_measure_some(&one, 1, NULL, NULL, &done);
  *s = one.s;
  return status;
}

/* Sum over the region of how far the gradient that stands in p has changed since, times d. */
static void change_run(walk *w, const clino__view *v, size_t from, size_t count) {
  const double *g = w->ds->p->gradient + v->first, *there = w->there + v->first, *d = w->ds->d + v->first;
  double sum = 0;
  for (size_t k = from; k < from + count; k++) sum += (there[k] - g[k]) * d[k];
  clino__sum_add(&w->sum, sum);
}

clino_status clino__direction_change(clino__directions *ds, const clino__region *r, double t, double *change,
                                     double *residual) {
  double f, *there = malloc(ds->p->layout.n * sizeof *there);
  if (!there) return clino__fail_memory(ds->p->error, "a gradient along a direction");
  walk w = {ds, t, {0, 0}, there};
  over_region(&w, r, move_run);
  clino_status status = clino__gradient_anew(ds->p, &f);
  if (!status) {
    *residual = f - ds->p->f0 - clino__sum_value(&w.sum);
    clino__layout_gather(&ds->p->layout, there);
    w.sum = (clino__sum){0, 0};
    over_region(&w, r, change_run);
    *change = clino__sum_value(&w.sum);
  }
  over_region(&w, r, reset_run);
  free(there);
  return status;
}

bool clino__differs(const clino__slope *s) { return s->finite && !(fabs(s->difference) <= s->bar); }
