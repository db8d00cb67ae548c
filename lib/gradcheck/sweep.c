/* Differences over a grid of steps, for chosen entries. The parameters are moved in place and put back, whatever
 * happens; what the curves mean is found in sweep_judge.c. */
#include "gradcheck/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/layout.h"

#define MOST_PER_DECADE 100

clino_sweep_options clino_sweep_options_default(void) {
  clino_sweep_options o = {.struct_size = sizeof o, .smallest = 1e-15, .largest = 1, .per_decade = 4,
                           .scale = CLINO_AUTO, .seed = 1};
  return o;
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_sweep_options", field, value, range);
}

static clino_status check_options(const clino_sweep_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_sweep_options", error);
  if (status) return status;
  if (!(o->smallest > 0 && isfinite(o->smallest)))
    return bad(error, "smallest", o->smallest, "a finite number above 0");
  if (!(o->largest > o->smallest && isfinite(o->largest)))
    return bad(error, "largest", o->largest, "a finite number above smallest");
  if (o->per_decade < 1 || o->per_decade > MOST_PER_DECADE)
    return bad(error, "per_decade", (double)o->per_decade, "from 1 to 100");
  if (!(o->scale == CLINO_AUTO || (o->scale > 0 && isfinite(o->scale))))
    return bad(error, "scale", o->scale, "CLINO_AUTO or a finite number above 0");
  return CLINO_OK;
}

/* ---- the caller's code ---- */

typedef struct sweeping {
  const clino_model *model;
  void *hook_ctx;
  const char *loss_name, *backward_name; /* what errors call them */
  clino_sweep_options o;
  clino__layout layout;
  double *gradient;
  double f0, again;
  clino_error *error;
} sweeping;

static clino_status value(sweeping *s, double *f) {
  int returned = s->o.context.reseed ? s->o.context.reseed(s->o.seed, s->hook_ctx) : 0;
  if (returned) return clino__fail_callback(s->error, "reseed", returned);
  *f = NAN;
  returned = s->model->loss(f, s->model->ctx);
  return returned ? clino__fail_callback(s->error, s->loss_name, returned) : CLINO_OK;
}

/* Buffers of 0 serve a backward pass that overwrites and one that adds. */
static clino_status measure_gradient(sweeping *s) {
  clino_status status = value(s, &s->f0);
  if (!status) status = value(s, &s->again);
  if (status) return status;
  for (size_t i = 0; i < s->layout.n_views; i++) {
    const clino__view *v = &s->layout.views[i];
    for (size_t k = 0; v->gathers && k < v->count; k++) clino__view_set_grad(v, k, 0);
  }
  int returned = s->model->backward(s->model->ctx);
  if (returned) return clino__fail_callback(s->error, s->backward_name, returned);
  clino__layout_gather(&s->layout, s->gradient);
  clino__layout_reset_point(&s->layout);
  return CLINO_OK;
}

/* f with an entry at a place, and the place as stored. NaN, and f not called, where that is not finite, is x itself or
 * lies outside of the bounds. */
static clino_status value_at(sweeping *s, size_t entry, double x, double to, double *f, double *stored) {
  *f = *stored = NAN;
  if (!isfinite(to)) return CLINO_OK;
  double at = clino__layout_set(&s->layout, entry, to);
  bool below = s->o.lower && !(at >= s->o.lower[entry]), above = s->o.upper && !(at <= s->o.upper[entry]);
  clino_status status = CLINO_OK;
  if (isfinite(at) && at != x && !below && !above) {
    *stored = at;
    status = value(s, f);
  }
  clino__layout_set(&s->layout, entry, x);
  return status;
}

/* ---- one entry ---- */

/* Room for the sweep of one entry. */
typedef struct measured {
  clino_sweep_point *points;
  double *left, *right, *scratch;
  unsigned char *same;
  size_t n;
} measured;

static bool measured_init(measured *m, size_t most) {
  m->n = 0;
  m->points = malloc(most * sizeof *m->points);
  m->left = malloc(most * sizeof *m->left);
  m->right = malloc(most * sizeof *m->right);
  m->scratch = malloc((2 * most + 2) * sizeof *m->scratch);
  m->same = malloc(most);
  return m->points && m->left && m->right && m->scratch && m->same;
}

/* All but the points, which the curve keeps. */
static void measured_free(measured *m) {
  free(m->left);
  free(m->right);
  free(m->scratch);
  free(m->same);
}

static double finite_or_nan(double v) { return isfinite(v) ? v : NAN; }

/* The step k of the grid: the ends are met exactly. */
static double grid_step(const clino_sweep_options *o, double scale, size_t k, size_t count) {
  double low = log10(o->smallest), high = log10(o->largest);
  double part = (double)k / (double)(count - 1);
  double relative = k == 0 ? o->smallest : k + 1 == count ? o->largest : pow(10, low + part * (high - low));
  return relative * scale;
}

static size_t grid_size(const clino_sweep_options *o) {
  double decades = log10(o->largest) - log10(o->smallest);
  size_t n = (size_t)ceil(decades * (double)o->per_decade - 1e-9) + 1;
  return n < 2 ? 2 : n;
}

typedef struct neighbour {
  double at, f, slope; /* slope: one-sided, (f - f(x)) / (at - x) */
} neighbour;

static clino_status look_at(sweeping *s, size_t entry, double x, double to, neighbour *b) {
  clino_status status = value_at(s, entry, x, to, &b->f, &b->at);
  b->slope = finite_or_nan((b->f - s->f0) / (b->at - x));
  return status;
}

static void add_point(const sweeping *s, const clino_sweep_curve *c, measured *m, double h, const neighbour *left,
                      const neighbour *right) {
  double x = c->value, a = c->analytic;
  const neighbour *one = c->direction > 0 ? right : left;
  double apart = right->at - left->at;
  /* Halves, where the difference of two finite values is infinite. */
  double centered = finite_or_nan((right->f / 2 - left->f / 2) / (right->at / 2 - left->at / 2));
  m->points[m->n] = (clino_sweep_point){.step = h,
                                        .forward_step = fabs(one->at - x),
                                        .centered_step = apart / 2,
                                        .forward = one->slope,
                                        .centered = centered,
                                        .forward_error = finite_or_nan(fabs(one->slope - a)),
                                        .centered_error = finite_or_nan(fabs(centered - a))};
  m->left[m->n] = left->slope;
  m->right[m->n] = right->slope;
  m->same[m->n] = (left->f == s->f0 || isnan(left->f)) && (right->f == s->f0 || isnan(right->f));
  m->n++;
}

/* A step that is stored as the one before, or as none, adds nothing. */
static clino_status measure(sweeping *s, size_t entry, const clino_sweep_curve *c, measured *m) {
  double x = c->value, last_left = x, last_right = x;
  size_t count = grid_size(&s->o);
  for (size_t k = 0; k < count; k++) {
    double h = grid_step(&s->o, c->coordinate_scale, k, count);
    bool single = s->layout.views[clino__layout_view_of(&s->layout, entry)].tensor->dtype == CLINO_F32;
    double low = single ? (double)(float)(x - h) : x - h, high = single ? (double)(float)(x + h) : x + h;
    if (!(h > 0) || (low == last_left && high == last_right)) continue;
    last_left = low;
    last_right = high;
    neighbour left, right;
    clino_status status = look_at(s, entry, x, x - h, &left);
    if (!status) status = look_at(s, entry, x, x + h, &right);
    if (status) return status;
    if (isnan(left.at) && isnan(right.at)) continue;
    add_point(s, c, m, h, &left, &right);
  }
  return CLINO_OK;
}

static double scale_of(const sweeping *s, const clino__view *v, double x) {
  if (s->o.scale != CLINO_AUTO) return s->o.scale;
  double largest = 0, sum = 0;
  for (size_t k = 0; k < v->count; k++) largest = fmax(largest, fabs(clino__view_value(v, k)));
  for (size_t k = 0; k < v->count && largest > 0 && isfinite(largest); k++) {
    double u = clino__view_value(v, k) / largest;
    sum += u * u;
  }
  double rms = largest * sqrt(sum / (double)v->count);
  return fmax(fabs(x), rms > 0 ? fmin(rms, 1) : 1);
}

static void start_curve(const sweeping *s, size_t entry, clino_sweep_curve *c) {
  const clino__view *v = &s->layout.views[clino__layout_view_of(&s->layout, entry)];
  memset(c, 0, sizeof *c);
  memcpy(c->tensor, v->name, sizeof c->tensor);
  c->flat = entry - v->first;
  c->n_dims = v->tensor->n_dims;
  size_t rest = c->flat;
  for (size_t d = c->n_dims; d-- > 0;) {
    c->index[d] = rest % v->tensor->shape[d];
    rest /= v->tensor->shape[d];
  }
  c->value = clino__layout_get(&s->layout, entry);
  c->analytic = s->gradient[entry];
  c->coordinate_scale = isfinite(c->value) ? scale_of(s, v, c->value) : NAN;
  double above = s->o.upper ? s->o.upper[entry] - c->value : INFINITY;
  double below = s->o.lower ? c->value - s->o.lower[entry] : INFINITY;
  c->direction = above < below && above < s->o.largest * c->coordinate_scale ? -1 : 1;
}

static clino_status sweep_entry(sweeping *s, size_t entry, clino_sweep_curve *c) {
  start_curve(s, entry, c);
  measured m;
  clino_status status = CLINO_OK;
  if (!measured_init(&m, grid_size(&s->o))) status = clino__fail_memory(s->error, "the steps of a sweep");
  c->points = m.points;
  if (!status && isfinite(c->value) && isfinite(s->f0)) status = measure(s, entry, c, &m);
  if (!status) {
    c->n = m.n;
    const clino__view *v = &s->layout.views[clino__layout_view_of(&s->layout, entry)];
    clino__sweep_data data = {m.points, m.left, m.right, m.same, m.n, s->f0, v->tensor->dtype == CLINO_F32};
    clino__sweep_judge(c, &data, m.scratch);
    if (memcmp(&s->f0, &s->again, sizeof s->f0) != 0 && isfinite(s->f0)) {
      static const char text[] = "f is random: the same x gives two values; set context.reseed";
      c->shape = CLINO_SWEEP_RANDOM;
      memcpy(c->judgement, text, sizeof text);
    }
  }
  measured_free(&m);
  return status;
}

/* ---- which entries ---- */

/* The view of that name; n_views where there is none, and more than one is an error too. */
static clino_status find_view(const sweeping *s, const char *name, size_t *view) {
  size_t found = s->layout.n_views;
  for (size_t i = 0; i < s->layout.n_views; i++) {
    if (strncmp(s->layout.views[i].name, name, sizeof s->layout.views[i].name - 1) != 0) continue;
    if (found < s->layout.n_views)
      return clino__fail(s->error, CLINO_ERR_RANGE, "two tensors are called %s: give entries without a tensor", name);
    found = i;
  }
  if (found == s->layout.n_views) return clino__fail(s->error, CLINO_ERR_RANGE, "no tensor is called %s", name);
  *view = found;
  return CLINO_OK;
}

static clino_status find_entry(const sweeping *s, const clino_sweep_entry *e, size_t *entry) {
  if (!e->tensor) {
    *entry = e->flat;
    if (e->flat < s->layout.n) return CLINO_OK;
    return clino__fail(s->error, CLINO_ERR_RANGE, "entry %zu is not among %zu", e->flat, s->layout.n);
  }
  size_t view = 0;
  clino_status status = find_view(s, e->tensor, &view);
  if (status) return status;
  const clino__view *v = &s->layout.views[view], *owner = &s->layout.views[v->owner_view];
  if (e->flat >= v->count)
    return clino__fail(s->error, CLINO_ERR_RANGE, "%s: element %zu is not among %zu", v->name, e->flat, v->count);
  if (!owner->owner) return clino__fail(s->error, CLINO_ERR_RANGE, "%s is not differentiated: it has no grad", v->name);
  *entry = owner->first + (v->permutation ? v->permutation[e->flat] : e->flat);
  return CLINO_OK;
}

static clino_status check_bounds(const sweeping *s) {
  for (size_t i = 0; i < s->layout.n; i++) {
    double x = clino__layout_get(&s->layout, i);
    bool in = (!s->o.lower || x >= s->o.lower[i]) && (!s->o.upper || x <= s->o.upper[i]);
    if (in || isnan(x)) continue;
    const clino__view *v = &s->layout.views[clino__layout_view_of(&s->layout, i)];
    return clino__fail(s->error, CLINO_ERR_RANGE, "%s: element %zu is outside of its bounds lower and upper", v->name,
                       i - v->first);
  }
  return CLINO_OK;
}

/* ---- the whole ---- */

static clino_status sweep_entries(sweeping *s, const clino_sweep_entry *entries, clino_sweep *made, size_t n) {
  clino_status status = check_bounds(s);
  for (size_t i = 0, entry; i < n && !status; i++) status = find_entry(s, &entries[i], &entry);
  if (status) return status;
  clino__layout_save(&s->layout);
  status = measure_gradient(s);
  for (; made->n < n && !status; made->n++) {
    size_t entry = 0;
    status = find_entry(s, &entries[made->n], &entry);
    if (!status) status = sweep_entry(s, entry, &made->curves[made->n]);
    clino__layout_reset_point(&s->layout);
  }
  clino__layout_restore(&s->layout);
  return status;
}

static clino_status sweep_model(sweeping *s, const clino_sweep_entry *entries, size_t n, clino_sweep **sweep) {
  clino_status status = clino__layout_init(&s->layout, s->model->tensors, s->model->n_tensors, s->error);
  if (status) return status;
  s->gradient = malloc(s->layout.n * sizeof *s->gradient);
  clino_sweep *made = calloc(1, sizeof *made);
  if (made) made->curves = calloc(n, sizeof *made->curves);
  if (!s->gradient || !made || !made->curves) status = clino__fail_memory(s->error, "the curves of a sweep");
  else status = sweep_entries(s, entries, made, n);
  if (status) clino_sweep_free(made);
  else *sweep = made;
  return status;
}

static clino_status run(const clino_model *model, void *hook_ctx, const char *loss_name, const char *backward_name,
                        const clino_sweep_entry *entries, size_t n, const clino_sweep_options *options,
                        clino_sweep **sweep, clino_error *error) {
  sweeping s = {.model = model, .hook_ctx = hook_ctx, .loss_name = loss_name, .backward_name = backward_name,
                .error = error};
  s.o = options ? *options : clino_sweep_options_default();
  clino_status status = check_options(&s.o, error);
  if (status) return status;
  if (!entries || !n)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_step_sweep: %s", entries ? "n_entries is 0" : "entries is NULL");
  status = sweep_model(&s, entries, n, sweep);
  free(s.gradient);
  clino__layout_free(&s.layout);
  return status;
}

clino_status clino_step_sweep_model(const clino_model *model, const clino_sweep_entry *entries, size_t n_entries,
                                    const clino_sweep_options *options, clino_sweep **sweep, clino_error *error) {
  if (!sweep) return clino__fail(error, CLINO_ERR_RANGE, "clino_step_sweep_model: sweep is NULL");
  *sweep = NULL;
  if (!model || !model->loss || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "the model, its loss or its backward is NULL");
  return run(model, model->ctx, "loss", "backward", entries, n_entries, options, sweep, error);
}

/* ---- a flat objective as a model with one tensor ---- */

typedef struct objective {
  clino_objective call;
  void *ctx;
  size_t n;
  double *x, *grad;
} objective;

static int objective_loss(double *loss, void *ctx) {
  objective *o = ctx;
  return o->call(o->n, o->x, loss, NULL, o->ctx);
}

static int objective_backward(void *ctx) {
  objective *o = ctx;
  double f = NAN;
  return o->call(o->n, o->x, &f, o->grad, o->ctx);
}

clino_status clino_step_sweep(clino_objective call, void *ctx, size_t n, const double *x,
                              const clino_sweep_entry *entries, size_t n_entries, const clino_sweep_options *options,
                              clino_sweep **sweep, clino_error *error) {
  if (!sweep) return clino__fail(error, CLINO_ERR_RANGE, "clino_step_sweep: sweep is NULL");
  *sweep = NULL;
  if (!call || !x || !n)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_step_sweep: %s",
                       !call ? "objective is NULL" : !x ? "x is NULL" : "n is 0");
  objective o = {.call = call, .ctx = ctx, .n = n};
  if (n <= PTRDIFF_MAX / sizeof *x) {
    o.x = malloc(n * sizeof *x);
    o.grad = calloc(n, sizeof *x);
  }
  clino_status status;
  if (!o.x || !o.grad) {
    status = clino__fail_memory(error, "a copy of x");
  } else {
    memcpy(o.x, x, n * sizeof *x);
    clino_tensor tensor = CLINO_TENSOR_F64("x", o.x, o.grad, n);
    clino_model model = {1, &tensor, objective_loss, objective_backward, &o};
    status = run(&model, ctx, "objective", "objective", entries, n_entries, options, sweep, error);
  }
  free(o.x);
  free(o.grad);
  return status;
}

/* ---- the curves ---- */

void clino_sweep_free(clino_sweep *sweep) {
  if (!sweep) return;
  /* One that was not finished counts too: its points may be there. */
  for (size_t i = 0; sweep->curves && i < sweep->n; i++) free((void *)(uintptr_t)sweep->curves[i].points);
  free(sweep->curves);
  free(sweep);
}

size_t clino_sweep_count(const clino_sweep *sweep) { return sweep ? sweep->n : 0; }

const clino_sweep_curve *clino_sweep_at(const clino_sweep *sweep, size_t i) {
  return sweep && i < sweep->n ? &sweep->curves[i] : NULL;
}

const char *clino_sweep_shape_name(clino_sweep_shape shape) {
  static const char *const names[CLINO_SWEEP_SHAPE_COUNT] = {"right", "floor",  "kink",
                                                             "noise", "random", "not finite"};
  return shape >= 0 && (int)shape < CLINO_SWEEP_SHAPE_COUNT ? names[shape] : "unknown";
}
