/* What a check knows of its entries, and how large they are: coordinates, gradients, both together. */
#include <math.h>
#include <stdlib.h>

#include "gradcheck/problem.h"

clino_status clino__problem_allocate(clino__problem *p) {
  size_t n = p->layout.n, views = p->layout.n_views;
  p->x = malloc(n * sizeof(double));
  p->gradient = malloc(n * sizeof(double));
  p->tensor_rms = calloc(views, sizeof(double));
  p->tensor_moment = calloc(views, sizeof(double));
  p->tensor_scale = calloc(views, sizeof(double));
  if (!p->x || !p->gradient || !p->tensor_rms || !p->tensor_moment || !p->tensor_scale)
    return clino__fail_memory(p->error, "the gradient");
  return CLINO_OK;
}

void clino__problem_release(clino__problem *p) {
  free(p->chosen);
  free(p->x);
  free(p->gradient);
  free(p->tensor_rms);
  free(p->tensor_moment);
  free(p->tensor_scale);
  clino__layout_free(&p->layout);
}

/* Root mean square of gradient times coordinate. */
static double moment_of(const clino__problem *p, const clino__view *v) {
  double sum = 0, largest = 0;
  for (size_t k = v->first; k < v->first + v->count; k++)
    largest = fmax(largest, fabs(p->gradient[k]) * clino__coordinate_size(p, k));
  if (!(largest > 0) || isinf(largest)) return largest;
  for (size_t k = v->first; k < v->first + v->count; k++) {
    double u = p->gradient[k] * clino__coordinate_size(p, k) / largest;
    sum += u * u;
  }
  return largest * sqrt(sum / (double)v->count);
}

void clino__measure_sizes(clino__problem *p) {
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    p->tensor_moment[i] = v->owner && v->count ? moment_of(p, v) : 0;
    p->tensor_rms[i] = v->owner ? clino__rms(p->gradient + v->first, v->count) : 0;
  }
  p->gradient_rms = clino__rms(p->gradient, p->layout.n);
  if (p->point == 0) p->r->gradient_rms = p->gradient_rms;
}

/* Coordinates are displaced in proportion to their own size, and to that of their tensor where they are smaller: a
 * weight that happens to be 1e-9 among others of 0.1 lives on their scale. */
void clino__measure_scales(clino__problem *p) {
  p->coordinate_rms = clino__rms(p->x, p->layout.n);
  for (size_t i = 0; i < p->layout.n_views; i++) {
    const clino__view *v = &p->layout.views[i];
    double rms = v->owner && v->count ? clino__rms(p->x + v->first, v->count) : 0;
    p->tensor_scale[i] = rms > 0 ? fmin(rms, 1) : 1;
  }
}
