/* The rule, run from the point with its preconditioner held, and what its steps look like. */
#include <string.h>

#include "curvature/stall.h"
#include "curvature/vector.h"

#define HALVINGS 14
#define SHARE 1e-4 /* of the crossing, over which curvature is taken: wider than what halving leaves */

double clino__stall_inner(const clino__stall *s, const double *a, const double *b) {
  clino__sum sum = {0, 0};
  for (size_t i = 0; i < s->n; i++) clino__sum_add(&sum, a[i] * b[i] * (s->inverse ? s->inverse[i] : 1));
  return clino__sum_value(&sum);
}

/* The velocity that made the last step: p -= rate D^-1 v. */
static void start_velocity(clino__stall *s) {
  for (size_t i = 0; i < s->n; i++)
    s->velocity[i] = s->o->last_step ? -s->o->last_step[i] / s->o->rate * (s->inverse ? 1 / s->inverse[i] : 1) : 0;
}

static void take_step(clino__stall *s, const clino__rule_dynamics *d) {
  double mu = d->momentum ? s->o->momentum : 0, in = d->averages ? 1 - mu : 1;
  for (size_t i = 0; i < s->n; i++) {
    s->velocity[i] = mu * s->velocity[i] + in * s->before[i];
    double v = d->nesterov ? mu * s->velocity[i] + s->before[i] : s->velocity[i];
    s->step[i] = -s->o->rate * v * (s->inverse ? s->inverse[i] : 1);
    s->away[i] += s->step[i];
  }
}

/* Quarters of the way: means of f over the first and the last, and what the gradients between them promised. */
typedef struct way {
  double first, last, promised, gone, cosine;
  size_t n_first, n_last, taken;
} way;

static void note(const clino__stall *s, way *w, size_t k, double f) {
  size_t steps = s->o->steps;
  if (k <= steps / 4) w->first += f, w->n_first++;
  if (k >= steps - steps / 4) w->last += f, w->n_last++;
  w->promised += s->effective * clino__stall_inner(s, s->before, s->before) * 3 / 4;
  w->gone += clino__norm(s->step, s->n);
  double size = sqrt(clino__stall_inner(s, s->before, s->before) * clino__stall_inner(s, s->now, s->now));
  if (size > 0) w->cosine += clino__stall_inner(s, s->before, s->now) / size;
}

static void conclude(const clino__stall *s, const way *w) {
  clino_stall_result *r = s->r;
  r->cosine = w->cosine / (double)w->taken;
  r->straightness = w->gone > 0 ? clino__norm(s->away, s->n) / w->gone : 1;
  if (w->n_first && w->n_last && w->promised > 0)
    r->long_ratio = (w->first / (double)w->n_first - w->last / (double)w->n_last) / w->promised;
}

/* Keeps the last step that went over the floor: downhill at its start, uphill at its end. */
static void keep_crossing(clino__stall *s, bool *crossed) {
  bool over = clino__inner(s->before, s->step, s->n) < 0 && clino__inner(s->now, s->step, s->n) > 0;
  if (!over && *crossed) return;
  *crossed = *crossed || over;
  memcpy(s->end, s->away, s->n * sizeof *s->end);
  memcpy(s->crossing, s->step, s->n * sizeof *s->crossing);
}

/* The slope along the crossing at a share t of it before its end. */
static clino_status slope_at(clino__stall *s, double t, double *slope) {
  clino_status status = clino_point_gradient_at(s->point, s->end, -t, s->crossing, NULL, s->now, s->error);
  *slope = status ? 0 : clino__inner(s->now, s->crossing, s->n);
  return status;
}

/* Curvature along the crossing, at the floor, which halving finds, in units of D, times the rate: the walls may be far
 * less bent than the floor between them. */
static clino_status curvature_of_crossing(clino__stall *s, bool crossed) {
  double low = 0, high = 1, size = 0, ends[2] = {0, 0};
  for (size_t i = 0; i < s->n; i++) size += s->crossing[i] * s->crossing[i] / (s->inverse ? s->inverse[i] : 1);
  if (!(size > 0)) return CLINO_OK;
  clino_status status = CLINO_OK;
  for (int k = 0; k < HALVINGS && crossed && !status; k++) {
    double t = (low + high) / 2, slope;
    status = slope_at(s, t, &slope);
    if (slope > 0) low = t;
    else high = t;
  }
  for (int i = 0; i < 2 && !status; i++) status = slope_at(s, (low + high) / 2 + (i ? -SHARE : SHARE), &ends[i]);
  if (!status) s->r->step_curvature = (ends[1] - ends[0]) / (2 * SHARE * size) * s->o->rate;
  return status;
}

clino_status clino__stall_walk(clino__stall *s) {
  const clino__rule_dynamics *d = clino__rule_dynamics_of(s->o->rule);
  way w = {0};
  bool crossed = false;
  double f0 = s->r->critical.value, f = f0;
  memset(s->away, 0, s->n * sizeof *s->away);
  memcpy(s->before, s->g, s->n * sizeof *s->before);
  start_velocity(s);
  clino_status status = CLINO_OK;
  for (size_t k = 0; k < s->o->steps && !status; k++) {
    take_step(s, d);
    status = clino_point_gradient_at(s->point, s->away, 0, NULL, &f, s->now, s->error);
    if (status || !isfinite(f) || !isfinite(clino__largest(s->now, s->n))) break;
    double promised = -clino__inner(s->g, s->step, s->n);
    if (k == 0 && promised != 0) s->r->decrease_ratio = (f0 - f) / promised;
    w.taken++;
    keep_crossing(s, &crossed);
    note(s, &w, k + 1, f);
    memcpy(s->before, s->now, s->n * sizeof *s->before);
  }
  if (status || !w.taken) return status;
  conclude(s, &w);
  return curvature_of_crossing(s, crossed);
}
