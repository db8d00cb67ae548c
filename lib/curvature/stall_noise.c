/* The noise of a batch's gradient, and what it costs: a step with noise e of covariance S rises, in the mean, by
 *   1/2 eta^2 tr(D^-1 H D^-1 S)
 * above what the gradient gains, eta g'D^-1 g (Bottou, Curtis and Nocedal 2018, eq. 4.9). The trace is taken over the
 * batches' own deviations, e'D^-1 H D^-1 e. */
#include <string.h>

#include "curvature/stall.h"
#include "curvature/vector.h"

#define MOST 16    /* batches of which the curvature along the noise is taken */
#define STEP 1e-4  /* of the coordinates' scale */

static clino_status select_batch(clino__stall *s, size_t batch) {
  int value = s->o->select_batch(batch, s->o->ctx);
  return value ? clino__fail_callback(s->error, "select_batch", value) : CLINO_OK;
}

/* The deviation of a batch's gradient from the whole one, into s->now. */
static clino_status deviation(clino__stall *s, size_t batch) {
  clino_status status = select_batch(s, batch);
  if (!status) status = clino_point_gradient_at(s->point, NULL, 0, NULL, NULL, s->now, s->error);
  clino_status back = select_batch(s, CLINO_SAMPLE_ALL);
  clino__add_scaled(s->now, -1, s->g, s->n);
  return status ? status : back;
}

/* e'D^-1 H D^-1 e of what is in s->now. */
static clino_status cost(clino__stall *s, double reach, double *sum) {
  for (size_t i = 0; i < s->n; i++) s->step[i] = s->now[i] * (s->inverse ? s->inverse[i] : 1);
  double size = clino__largest(s->step, s->n);
  if (!(size > 0 && isfinite(size))) return CLINO_OK;
  double h = STEP * reach / size;
  clino_status status = clino_point_gradient_at(s->point, NULL, h, s->step, NULL, s->before, s->error);
  if (!status) status = clino_point_gradient_at(s->point, NULL, -h, s->step, NULL, s->now, s->error);
  if (!status)
    *sum += (clino__inner(s->before, s->step, s->n) - clino__inner(s->now, s->step, s->n)) / (2 * h);
  return status;
}

clino_status clino__stall_noise(clino__stall *s) {
  size_t batches = s->o->batches, costed = 0;
  double spread = 0, rise = 0, reach = clino_point_get_info(s->point).scale_norm / sqrt((double)s->n);
  clino_status status = CLINO_OK;
  for (size_t b = 0; b < batches && !status; b++) {
    status = deviation(s, b);
    if (status) break;
    spread += clino__inner(s->now, s->now, s->n) / (double)(batches - 1);
    if (b >= MOST) continue;
    status = cost(s, reach, &rise);
    costed++;
  }
  if (status || !costed) return status;
  double gain = clino__stall_inner(s, s->g, s->g), norm2 = clino__inner(s->g, s->g, s->n);
  rise *= (double)batches / (double)(batches - 1) / (double)costed;
  s->r->noise_scale = norm2 > 0 ? spread * s->o->batch_size / norm2 : INFINITY;
  s->r->noise_share = gain > 0 ? s->effective * rise / (2 * gain) : INFINITY;
  return CLINO_OK;
}
