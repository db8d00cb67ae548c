/* A session that stays open: the gradient at a point is kept, and values and gradients are taken round it. */
#include "clino/point.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/noise_line.h"
#include "gradcheck/precheck.h"
#include "gradcheck/session.h"

#define NOISE_SPACING 1e-6 /* relative to the coordinates, as in hvp.c */

struct clino_point {
  clino__objective o;    /* where it is of an objective */
  clino_model model;
  clino_tensor *tensors; /* the model's, copied */
  clino__session s;
  double value, gradient_norm, scale_norm, typical;
};

clino_point_options clino_point_options_default(void) {
  return (clino_point_options){
      .struct_size = sizeof(clino_point_options), .seed = 1, .typical = 1e-3, .grad_mode = CLINO_GRAD_OVERWRITES};
}

static double scale_of(const clino_point *p, size_t i) {
  return fmax(clino__session_scale(&p->s, i, false), p->typical);
}

/* As clino__session_reach, on these scales. */
static double reach_of(const clino_point *p, const double *d) {
  double most = 0;
  for (size_t i = 0; i < p->s.n; i++) most = fmax(most, fabs(d[i]) / scale_of(p, i));
  return 1 / most;
}

static clino_status options_check(const clino_point_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_point_options", error);
  if (status) return status;
  if (o->grad_mode != CLINO_GRAD_OVERWRITES && o->grad_mode != CLINO_GRAD_ACCUMULATES)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_point_options.grad_mode is %d, not a clino_grad_mode",
                       (int)o->grad_mode);
  if (!(o->typical >= 0 && isfinite(o->typical)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_point_options.typical is below 0, or not finite");
  return CLINO_OK;
}

/* Euclidean norm, safe from overflow and underflow of the squares; not finite as soon as an entry is not. */
static double norm_of(const double *v, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(v[i])) return v[i];
  return clino__rms(v, n) * sqrt((double)n);
}

static double scale_norm_of(const clino_point *p) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < p->s.n; i++) largest = fmax(largest, scale_of(p, i));
  for (size_t i = 0; i < p->s.n; i++) {
    double u = scale_of(p, i) / largest;
    sum += u * u;
  }
  return largest * sqrt(sum);
}

/* ---- opening ---- */

static clino_status look(clino_point *p, bool holds) {
  clino__session *s = &p->s;
  p->value = NAN;
  p->gradient_norm = NAN;
  clino_status status = CLINO_OK;
  if (holds) {
    status = clino__session_field(s, &holds);
    if (!status) status = clino__value(&s->p, &p->value);
    if (!status) p->gradient_norm = norm_of(s->p.gradient, s->n);
    if (!status && holds) holds = clino__untouched(&s->p);
  }
  if (status) return status;
  p->scale_norm = scale_norm_of(p);
  if (holds) s->r.verdict = isfinite(p->value) ? CLINO_VERDICT_PASS : CLINO_VERDICT_NONFINITE;
  clino__session_reset(s);
  return CLINO_OK;
}

static clino_status open_session(clino_point *p, const clino_model *model, const clino__flat *flat, void *ctx,
                                 const clino_point_options *o, clino_error *error) {
  bool holds;
  p->typical = o->typical;
  clino__setup setup = {model, flat, ctx, o->seed, o->grad_mode, o->context};
  clino_status status = clino__session_open(&p->s, &setup, &holds, error);
  p->s.p.o.progress = o->progress;
  p->s.p.o.progress_ctx = o->progress_ctx;
  if (!status) status = look(p, holds);
  p->s.p.error = NULL;
  return status;
}

static clino_status begin(const clino_point_options *options, clino_point_options *o, clino_point **point,
                          clino_error *error) {
  if (!point) return clino__fail(error, CLINO_ERR_RANGE, "clino_point_new: point is NULL");
  *point = NULL;
  *o = options ? *options : clino_point_options_default();
  clino_status status = options_check(o, error);
  if (status) return status;
  *point = calloc(1, sizeof **point);
  return *point ? CLINO_OK : clino__fail_memory(error, "a point");
}

static clino_status end(clino_status status, clino_point **point) {
  if (status && point) {
    clino_point_free(*point);
    *point = NULL;
  }
  return status;
}

clino_status clino_point_new(clino_objective objective, void *ctx, size_t n, const double *x,
                             const clino_point_options *options, clino_point **point, clino_error *error) {
  clino_point_options o = {.struct_size = 0};
  clino_status status = begin(options, &o, point, error);
  if (!status) status = clino__objective_open(&(*point)->o, objective, ctx, n, x, "clino_point_new", error);
  if (!status) status = open_session(*point, &(*point)->o.model, &(*point)->o.flat, ctx, &o, error);
  return end(status, point);
}

static clino_status copy_model(clino_point *p, const clino_model *model, clino_error *error) {
  if (!model || !model->loss || !model->backward || (!model->tensors && model->n_tensors))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_point_new_model: the model, its tensors, loss or backward is "
                                               "NULL");
  p->model = *model;
  if (model->n_tensors > SIZE_MAX / sizeof *p->tensors) return clino__fail_memory(error, "a point");
  p->tensors = malloc((model->n_tensors + !model->n_tensors) * sizeof *p->tensors);
  if (!p->tensors) return clino__fail_memory(error, "a point");
  if (model->n_tensors) memcpy(p->tensors, model->tensors, model->n_tensors * sizeof *p->tensors);
  p->model.tensors = p->tensors;
  return CLINO_OK;
}

clino_status clino_point_new_model(const clino_model *model, const clino_point_options *options, clino_point **point,
                                   clino_error *error) {
  clino_point_options o = {.struct_size = 0};
  clino_status status = begin(options, &o, point, error);
  if (!status) status = copy_model(*point, model, error);
  if (!status) status = open_session(*point, &(*point)->model, NULL, model->ctx, &o, error);
  return end(status, point);
}

void clino_point_free(clino_point *p) {
  if (!p) return;
  clino__session_close(&p->s);
  clino__objective_close(&p->o);
  free(p->tensors);
  free(p);
}

/* ---- what is known ---- */

clino_point_info clino_point_get_info(const clino_point *p) {
  clino_point_info info;
  memset(&info, 0, sizeof info);
  if (!p) return info;
  info.verdict = p->s.r.verdict;
  info.reason = p->s.r.reason;
  info.entry = p->s.r.worst;
  info.entries = p->s.n;
  info.value = p->value;
  info.gradient_norm = p->gradient_norm;
  info.scale_norm = p->scale_norm;
  info.single = clino__session_single(&p->s);
  info.evaluations = p->s.r.evaluations;
  info.gradients = p->s.r.gradients;
  return info;
}

const double *clino_point_x(const clino_point *p) { return p ? p->s.p.x : NULL; }

const double *clino_point_gradient(const clino_point *p) { return p ? p->s.p.gradient : NULL; }

void clino_point_scales(const clino_point *p, double *scales) {
  for (size_t i = 0; i < p->s.n; i++) scales[i] = scale_of(p, i);
}

/* ---- round it ---- */

clino_status clino_point_value_at(clino_point *p, const double *offset, double t, const double *d, double *f,
                                  clino_error *error) {
  if (!p || !f) return clino__fail(error, CLINO_ERR_RANGE, "clino_point_value_at: %s is NULL", p ? "f" : "point");
  p->s.p.error = error;
  clino__session_move(&p->s, offset, t, d);
  clino_status status = clino__session_value(&p->s, f);
  clino__session_reset(&p->s);
  p->s.p.error = NULL;
  return status;
}

clino_status clino_point_gradient_at(clino_point *p, const double *offset, double t, const double *d, double *f,
                                     double *g, clino_error *error) {
  if (!p || !g) return clino__fail(error, CLINO_ERR_RANGE, "clino_point_gradient_at: %s is NULL", p ? "g" : "point");
  double unused;
  p->s.p.error = error;
  clino__session_move(&p->s, offset, t, d);
  clino_status status = clino__session_gradient_value(&p->s, f ? f : &unused, g);
  clino__session_reset(&p->s);
  p->s.p.error = NULL;
  return status;
}

/* ---- noise ---- */

/* One line of gradients; room: CLINO__LINE_POINTS gradients. */
static clino_status sample(clino_point *p, double spacing, const double *d, double *room, clino_point_noise *noise,
                           clino_error *error) {
  size_t n = p->s.n;
  double f[CLINO__LINE_POINTS] = {p->value};
  memcpy(room, p->s.p.gradient, n * sizeof *room);
  for (size_t k = 1; k < CLINO__LINE_POINTS; k++) {
    clino_status status = clino_point_gradient_at(p, NULL, (double)k * spacing, d, &f[k], room + k * n, error);
    if (status) return status;
  }
  noise->value = fmin(noise->value, clino__noise_line_sigma(f, NULL)); /* fmin leaves out NaN */
  for (size_t i = 0; i < n; i++) {
    double g[CLINO__LINE_POINTS];
    for (size_t k = 0; k < CLINO__LINE_POINTS; k++) g[k] = room[k * n + i];
    room[i] = clino__noise_line_sigma(g, NULL);
  }
  noise->gradient = fmin(noise->gradient, norm_of(room, n));
  return CLINO_OK;
}

static clino_status measure(clino_point *p, const double *d, double *room, clino_point_noise *noise,
                            clino_error *error) {
  static const double spacings[] = {1, -1, 1e-3, 1e-6};
  static const double enough[] = {0, 1e3 * DBL_EPSILON, 1e-4, 1e-4};
  double reach = reach_of(p, d);
  clino_status status = CLINO_OK;
  for (size_t k = 0; k < 4 && !status; k++) {
    bool smooth = isfinite(noise->gradient) && noise->gradient <= enough[k] * p->gradient_norm;
    if (k > 0 && (smooth || noise->gradient == 0)) break;
    status = sample(p, spacings[k] * NOISE_SPACING * reach, d, room, noise, error);
  }
  double unit = clino__session_single(&p->s) ? FLT_EPSILON : DBL_EPSILON;
  noise->value = fmax(noise->value, 0.29 * unit * fabs(p->value));
  noise->gradient = fmax(noise->gradient, 0.29 * unit * p->gradient_norm);
  return status;
}

clino_status clino_point_measure_noise(clino_point *p, const double *d, clino_point_noise *noise, clino_error *error) {
  if (!p || !d || !noise)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_point_measure_noise: point, d or noise is NULL");
  size_t n = p->s.n;
  double size = 0;
  for (size_t i = 0; i < n; i++) size = isfinite(d[i]) ? fmax(size, fabs(d[i])) : INFINITY;
  if (!(size > 0 && isfinite(size)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_point_measure_noise: d is all 0, or not finite");
  double *room = n <= SIZE_MAX / sizeof(double) / CLINO__LINE_POINTS
                     ? malloc(CLINO__LINE_POINTS * n * sizeof *room) : NULL;
  if (!room) return clino__fail_memory(error, "the noise of a gradient");
  *noise = (clino_point_noise){INFINITY, INFINITY};
  clino_status status = measure(p, d, room, noise, error);
  free(room);
  return status;
}
