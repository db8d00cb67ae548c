/* Is it the gradient that is wrong, or a kink at which it is a matter of convention? Gradients sampled at random points
 * about x tell (J. V. Burke, A. S. Lewis and M. L. Overton, "A robust gradient sampling algorithm for nonsmooth,
 * nonconvex optimization", SIAM J. Optim. 15, 2005). A callback that is wrong is so nearby too, and differences of f there
 * show it. If they confirm it, what it says at x is a valid slope where it lies among the slopes nearby. */
#include "gradcheck/taylor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 10

typedef struct nearby {
  double *w, *g, *origin;    /* displacement of the sample, gradient there, displacement as stored */
  double low, high;          /* range of slopes that are confirmed */
  size_t confirmed, refuted;
} nearby;

static clino_status remainder_of(clino__line *l, const nearby *m, double t, double f_origin, double *remainder) {
  double f;
  clino__session_move(l->s, m->w, t, l->d);
  clino_status status = clino__session_value(l->s, &f);
  *remainder = status ? NAN : clino__line_remainder(l, f, f_origin, m->g, m->origin);
  return status;
}

static void count_sample(clino__line *l, nearby *m, double difference, double noise, double forward, double backward,
                         double t) {
  double off = fabs(forward - backward) / 2 / t, bend = fabs(forward + backward) / 2 / t + noise / t;
  double slope = clino__dot(m->g, l->d, l->s->n);
  difference = fabs(difference);
  if (!(bend <= difference / 4) || !isfinite(off) || !isfinite(slope)) return;
  if (off > bend + difference / 8 + clino__line_slack(l)) {
    m->refuted++;
    return;
  }
  m->low = m->confirmed ? fmin(m->low, slope) : slope;
  m->high = m->confirmed ? fmax(m->high, slope) : slope;
  m->confirmed++;
}

/* Sample j: the first two on the line itself, to both sides. */
static clino_status sample(clino__line *l, nearby *m, size_t j, double radius, double difference) {
  size_t n = l->s->n;
  double f, forward, backward, t = radius / CLINO__NEARBY_FRACTION;
  if (j < 2) memcpy(m->w, l->d, n * sizeof *m->w);
  else clino__session_random(l->s, 0x6E656172 + j, j % 2, m->w);
  double by = j == 0 ? radius : j == 1 ? -radius : radius / l->reach; /* random ones move by their coordinates' scale */
  for (size_t i = 0; i < n; i++) m->w[i] *= by;
  clino__session_move(l->s, m->w, 0, NULL);
  memcpy(m->origin, l->s->moved, n * sizeof *m->origin);
  clino_status status = clino__session_value(l->s, &f);
  if (!status) status = clino__session_gradient(l->s, m->g);
  if (!status) status = remainder_of(l, m, t, f, &forward);
  if (!status) status = remainder_of(l, m, -t, f, &backward);
  if (!status) count_sample(l, m, difference, clino__line_noise(l, f), forward, backward, t);
  return status;
}

static clino_verdict verdict_of(const clino__line *l, const nearby *m, double difference) {
  if (m->refuted >= 2) return CLINO_VERDICT_FAIL;
  if (m->confirmed < 3) return CLINO_VERDICT_INCONCLUSIVE;
  double slack = fabs(difference) / 8, range = m->high - m->low;
  if (l->slope >= m->low - slack && l->slope <= m->high + slack) return CLINO_VERDICT_KINK;
  /* A few samples do not show all slopes there are: as much again to either side may be one. */
  bool beyond = l->slope < m->low - range - slack || l->slope > m->high + range + slack;
  return beyond ? CLINO_VERDICT_FAIL : CLINO_VERDICT_INCONCLUSIVE;
}

clino_status clino__line_nearby(clino__line *l, double radius, double difference, clino_verdict *verdict) {
  size_t n = l->s->n;
  double *work = n <= SIZE_MAX / sizeof(double) / 3 ? malloc(3 * n * sizeof *work) : NULL;
  if (!work) return clino__fail_memory(l->s->p.error, "gradients nearby");
  nearby m = {work, work + n, work + 2 * n, 0, 0, 0, 0};
  clino_status status = CLINO_OK;
  for (size_t j = 0; j < SAMPLES && !status; j++) status = sample(l, &m, j, radius, difference);
  clino__session_reset(l->s);
  free(work);
  *verdict = status ? CLINO_VERDICT_NONE : verdict_of(l, &m, difference);
  return status;
}
