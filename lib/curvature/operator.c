/* Products with the Hessian as differences of gradients.
 *
 * Steps are relative: h moves the coordinate that it moves most, against its scale, by a fraction `step` of that scale.
 * With s the size of a change of the gradient over a whole scale, eta = noise / s, and L the length, in scales, over
 * which the second derivative changes by itself, the errors noise/h + h/L (forward) and noise/h + (h/L)^2 (centered)
 * are least at h = sqrt(eta L) and cbrt(eta L^2) (Gill, Murray, Saunders and Wright 1983, sec. 3, applied to
 * gradients). */
#include "curvature/operator.h"

#include <float.h>
#include <string.h>

#include "curvature/vector.h"

#define PILOT 1e-3       /* relative; the fine one is PILOT_FINE */
#define PILOT_FINE 1e-6
#define SPACINGS 128     /* the shortest step, in spacings of the coordinates: as in clino/hessian.h */

/* How far v goes so that one coordinate moves by its scale. */
static double reach_of(const clino__operator *op, const double *along) {
  double most = 0;
  for (size_t i = 0; i < op->n; i++) most = fmax(most, fabs(along[i]) / op->scales[i]);
  return most > 0 ? 1 / most : 0;
}

static double set_along(clino__operator *op, const double *v) {
  for (size_t i = 0; i < op->n; i++) op->along[i] = op->root ? v[i] * op->root[i] : v[i];
  return reach_of(op, op->along);
}

/* (g1 - g0) / width into hv; hv may be g1. */
static void difference(clino__operator *op, const double *g1, const double *g0, double width, double *hv) {
  for (size_t i = 0; i < op->n; i++) {
    double d = (g1[i] - g0[i]) / width;
    hv[i] = op->root ? d * op->root[i] : d;
    if (!isfinite(hv[i])) op->finite = false;
  }
}

static clino_status forward(clino__operator *op, double step, const double *v, double *hv) {
  double h = step * set_along(op, v);
  clino_status status = clino_point_gradient_at(op->point, NULL, h, op->along, NULL, op->plus, op->error);
  if (!status) difference(op, op->plus, op->g, h, hv);
  return status;
}

clino_status clino__operator_centered(clino__operator *op, double step, const double *v, double *hv) {
  double h = step * op->step * set_along(op, v);
  clino_status status = clino_point_gradient_at(op->point, NULL, h, op->along, NULL, op->plus, op->error);
  if (!status) status = clino_point_gradient_at(op->point, NULL, -h, op->along, NULL, op->minus, op->error);
  if (!status) difference(op, op->plus, op->minus, 2 * h, hv);
  return status;
}

clino_status clino__operator_apply(clino__operator *op, const double *v, double *hv) {
  return op->forward ? forward(op, op->forward_step, v, hv) : clino__operator_centered(op, 1, v, hv);
}

double clino__operator_noise(const clino__operator *op, double step, const double *v) {
  double most = 0, root = 1;
  for (size_t i = 0; i < op->n; i++) {
    double along = op->root ? v[i] * op->root[i] : v[i];
    most = fmax(most, fabs(along) / op->scales[i]);
    if (op->root) root = i ? fmax(root, op->root[i]) : op->root[i];
  }
  return root * op->noise * most / (sqrt(2) * step * op->step);
}

uint64_t clino__operator_gradients(const clino__operator *op) {
  return clino_point_get_info(op->point).gradients - op->first;
}

/* ---- opening ---- */

/* From two pilot quotients along one direction: q at PILOT, fine at PILOT_FINE. */
static void choose_steps(clino__operator *op, const double *q, const double *fine, double reach, double spacing) {
  double change = 0, size = clino__norm(fine, op->n), coarse = clino__norm(q, op->n);
  double noise = 3 * op->noise / (PILOT_FINE * reach);
  for (size_t i = 0; i < op->n; i++) op->plus[i] = q[i] - fine[i];
  change = clino__norm(op->plus, op->n) - noise;
  if (!(size > noise)) size = fmax(coarse, size);
  double length = change > 0 && size > 0 ? fmin(1, fmax(PILOT_FINE, PILOT * size / change)) : 1;
  double eta = size > 0 ? sqrt(2) * op->noise / (size * reach) : 0;
  double least = SPACINGS * spacing;
  op->step = fmax(fmin(fmax(cbrt(eta * length * length), 1e-6 * length), 1e-2), least);
  op->forward_step = fmax(fmin(fmax(sqrt(eta * length), 1e-8 * length), 1e-3), least);
  if (!(size > 0)) op->step = op->forward_step = 1e-3; /* nothing changes: a long step sees most */
}

static clino_status calibrate(clino__operator *op, double *work, uint64_t seed, double spacing) {
  size_t n = op->n;
  double *d = work, *q = work + n, *fine = work + 2 * n;
  clino__random_vector(d, n, clino__rng_derive(seed, 0x70696c6f));
  for (size_t i = 0; i < n; i++) d[i] = (d[i] >= 0 ? d[i] + 0.5 : d[i] - 0.5) * op->scales[i];
  clino_point_noise noise;
  clino_status status = clino_point_measure_noise(op->point, d, &noise, op->error);
  if (status) return status;
  op->noise = noise.gradient;
  if (!isfinite(op->noise)) op->finite = false;
  double reach = reach_of(op, d), *root = op->root;
  op->root = NULL; /* steps are of the coordinates */
  status = forward(op, PILOT, d, q);
  if (!status) status = forward(op, PILOT_FINE, d, fine);
  op->root = root;
  if (!status) choose_steps(op, q, fine, reach, spacing);
  return status;
}

clino_status clino__operator_open(clino__operator *op, clino_point *point, const clino_spectrum_options *o,
                                  clino_error *error) {
  clino_point_info info = clino_point_get_info(point);
  size_t n = info.entries;
  *op = (clino__operator){.point = point, .n = n, .g = clino_point_gradient(point), .first = info.gradients};
  op->forward = o->form == CLINO_PRODUCT_FORWARD;
  op->finite = info.verdict == CLINO_VERDICT_PASS;
  op->error = error;
  op->scales = clino__vectors(8, n);
  if (!op->scales) return clino__fail_memory(error, "Hessian products");
  op->along = op->scales + n, op->plus = op->scales + 2 * n, op->minus = op->scales + 3 * n;
  clino_point_scales(point, op->scales);
  if (o->preconditioner) {
    op->root = op->scales + 4 * n;
    for (size_t i = 0; i < n; i++) op->root[i] = 1 / sqrt(o->preconditioner[i]);
  }
  return op->finite ? calibrate(op, op->scales + 5 * n, o->seed, info.single ? FLT_EPSILON : DBL_EPSILON) : CLINO_OK;
}

void clino__operator_close(clino__operator *op) {
  free(op->scales);
  op->scales = NULL;
}
