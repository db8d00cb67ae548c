/* Is it the gradient that is wrong, or a kink at which it is a matter of convention? Gradients sampled at random points
 * about x tell (J. V. Burke, A. S. Lewis and M. L. Overton, "A robust gradient sampling algorithm for nonsmooth,
 * nonconvex optimization", SIAM J. Optim. 15, 2005). A callback that is wrong is so nearby too, and differences of f
 * there show it. If they confirm it, what it says at x is a valid slope where it lies among the slopes nearby. */
#include "gradcheck/taylor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 16
#define REFUTED 2    /* so many are enough */

typedef struct nearby {
  double *w, *g, *origin;    /* displacement of the sample, gradient there, displacement as stored */
  double slopes[SAMPLES];    /* that differences confirm */
  size_t confirmed, refuted;
} nearby;

/* The callback's slope at a sample against that of f over t to both sides: how far they are apart, and how far f's
 * bends and noise may make them be. */
typedef struct apart {
  double off, bend;
} apart;

static clino_status measure_apart(clino__line *l, const nearby *m, double t, double f_origin, apart *a) {
  double f, remainder[2] = {NAN, NAN};
  for (int side = 0; side < 2; side++) {
    clino__session_move(l->s, m->w, side ? -t : t, l->d);
    clino_status status = clino__session_value(l->s, &f);
    if (status) return status;
    remainder[side] = clino__line_remainder(l, f, f_origin, m->g, m->origin);
  }
  a->off = fabs(remainder[0] - remainder[1]) / 2 / t;
  a->bend = fabs(remainder[0] + remainder[1]) / 2 / t + clino__line_noise(l, f_origin) / t;
  return CLINO_OK;
}

static bool differs(const clino__line *l, const apart *a) { return a->off > 2 * a->bend + clino__line_slack(l); }

/* Kinks on both sides may leave no bend, but not at a shorter step too. */
static clino_status judge_sample(clino__line *l, nearby *m, double difference, double f, double t) {
  apart a, shorter;
  clino_status status = measure_apart(l, m, t, f, &a);
  double slope = clino__dot(m->g, l->d, l->s->n);
  if (status || !(a.bend <= fabs(difference) / 4) || !isfinite(a.off) || !isfinite(slope)) return status;
  if (!differs(l, &a)) {
    m->slopes[m->confirmed++] = slope;
    return CLINO_OK;
  }
  status = measure_apart(l, m, t / 4, f, &shorter);
  if (!status && differs(l, &shorter) && fabs(shorter.off - a.off) <= a.off / 4) m->refuted++;
  return status;
}

/* Sample j: the first two on the line itself, to both sides; the others by their coordinates' scale. */
static clino_status sample(clino__line *l, nearby *m, size_t j, double radius, double difference) {
  size_t n = l->s->n;
  double f;
  if (j < 2) memcpy(m->w, l->d, n * sizeof *m->w);
  else clino__session_random(l->s, 0x6E656172 + j, j % 2, m->w);
  double by = j == 0 ? radius : j == 1 ? -radius : radius / l->reach;
  for (size_t i = 0; i < n; i++) m->w[i] *= by;
  clino__session_move(l->s, m->w, 0, NULL);
  memcpy(m->origin, l->s->moved, n * sizeof *m->origin);
  clino_status status = clino__session_value(l->s, &f);
  if (!status) status = clino__session_gradient(l->s, m->g);
  return status ? status : judge_sample(l, m, difference, f, radius / CLINO__NEARBY_FRACTION);
}

/* How many different slopes there are among those that are confirmed; their range. */
static size_t distinct(const nearby *m, double least, double *low, double *high) {
  size_t count = 0;
  *low = INFINITY, *high = -INFINITY;
  for (size_t i = 0; i < m->confirmed; i++) {
    bool seen = false;
    for (size_t j = 0; j < i; j++) seen |= fabs(m->slopes[i] - m->slopes[j]) <= least;
    count += !seen;
    *low = fmin(*low, m->slopes[i]);
    *high = fmax(*high, m->slopes[i]);
  }
  return count;
}

/* Two slopes are those of one kink, and all there are. Of two kinks, up to four, some may not have been met: as much
 * again to either side may be one. Of more, or where they were met but once or twice, too many may be missing to tell.
 *  */
static clino_verdict verdict_of(const clino__line *l, const nearby *m, double difference) {
  double low, high, slack = fabs(difference) / 8;
  if (m->refuted >= REFUTED) return CLINO_VERDICT_FAIL;
  if (m->confirmed < 3) return CLINO_VERDICT_INCONCLUSIVE;
  size_t count = distinct(m, fabs(difference) / 256, &low, &high);
  if (l->slope >= low - slack && l->slope <= high + slack) return CLINO_VERDICT_KINK;
  if (count > 4 || m->confirmed < 2 * count + 2) return CLINO_VERDICT_INCONCLUSIVE;
  double wider = count <= 2 ? slack : high - low + slack;
  bool beyond = l->slope < low - wider || l->slope > high + wider;
  return beyond ? CLINO_VERDICT_FAIL : CLINO_VERDICT_INCONCLUSIVE;
}

clino_status clino__line_nearby(clino__line *l, double radius, double difference, clino_verdict *verdict) {
  size_t n = l->s->n;
  double *work = n <= SIZE_MAX / sizeof(double) / 3 ? malloc(3 * n * sizeof *work) : NULL;
  if (!work) return clino__fail_memory(l->s->p.error, "gradients nearby");
  nearby m = {.w = work, .g = work + n, .origin = work + 2 * n};
  clino_status status = CLINO_OK;
  for (size_t j = 0; j < SAMPLES && m.refuted < REFUTED && !status; j++) status = sample(l, &m, j, radius, difference);
  clino__session_reset(l->s);
  free(work);
  *verdict = status ? CLINO_VERDICT_NONE : verdict_of(l, &m, difference);
  return status;
}
