/* See midpoints.c for what this rests on. */
#include "gradcheck/mean_value.h"

#include <math.h>
#include <stdlib.h>

#include "gradcheck/entry.h"
#include "gradcheck/midpoints.h"
#include "gradcheck/rung.h"

/* Steps below this part of a coordinate are those of double precision, too short for kinks to crowd within. By trial,
 * as in kink.c. */
#define LONG 1e-5

/* Noise at three deviations is at most so much of the difference that it is to show, as in confirm.c. */
#define PART 6

#define NOISE_SHARE 0.4 /* of what a mean is to be known to: the samples take the rest */

typedef struct sampler {
  clino__problem *p;
  size_t entry;
  double *gradient; /* of all entries, at a sample */
} sampler;

static clino_status gradient_at(void *ctx, double t, double *g) {
  sampler *s = ctx;
  clino__problem *p = s->p;
  double f;
  clino__move(p, s->entry, p->x[s->entry] + t);
  clino_status status = clino__gradient_anew(p, &f);
  clino__layout_set(&p->layout, s->entry, p->x[s->entry]);
  if (status) return status;
  clino__layout_gather(&p->layout, s->gradient);
  *g = s->gradient[s->entry];
  return CLINO_OK;
}

/* A gradient that is not the same at the same place is not a function of it, and not to be had as a witness. */
static clino_status is_steady(sampler *s, double a, double rounding, bool *steady) {
  double g = NAN;
  clino_status status = gradient_at(s, 0, &g);
  *steady = fabs(g - a) <= rounding;
  return status;
}

/* Whether noise keeps steps so long that kinks may crowd within. */
static bool may_crowd(const clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  double scale = fmax(fabs(p->x[entry]), p->tensor_scale[clino__layout_view_of(&p->layout, entry)]);
  double shortest = PART * 3 * p->noise / fabs(e->analytic - e->numeric);
  return shortest > LONG * scale;
}

/* Where the samples begin to differ from the value at the point. */
static double distance(const clino__midpoints *m, const clino__rung *r, double a, double difference) {
  double nearest = r->h;
  for (size_t i = 0; i < m->cells; i++)
    if (fabs(m->g[i] - a) > difference / 4) nearest = fmin(nearest, fabs(clino__midpoint(m, i, r->t2, r->t1)));
  return nearest;
}

/* By how much a sample may differ from the polynomial of degree 4 through the five nearest others, at the most, beside
 * which the midpoint of a smooth function's samples lies: the fifth difference of six over 10, the binomial of the
 * second (F. B. Hildebrand, "Introduction to numerical analysis", 1956, sec. 4.3). */
static double unevenness(const double g[6]) {
  return fabs(g[5] - 5 * g[4] + 10 * g[3] - 10 * g[2] + 5 * g[1] - g[0]) / 10;
}

/* The polynomial of degree 5 through six samples, in their middle. */
static double middle_of(const double g[6]) {
  return (150 * (g[2] + g[3]) - 25 * (g[1] + g[4]) + 3 * (g[0] + g[5])) / 256;
}

/* Whether the samples are those of a smooth gradient that is the value at the point, as nearly as the mean is to be
 * known: no kink shows. */
static bool smooth_through(const clino__midpoints *m, const clino__rung *r, const clino__mean_question *q) {
  double worst = r->central ? fabs(middle_of(m->g + m->cells / 2 - 3) - q->value) : 0;
  for (size_t i = 0; i + 6 <= m->cells; i++) worst = fmax(worst, unevenness(m->g + i));
  return worst <= q->aim;
}

static void write_down(const clino__rung *r, const clino__mean_question *q, const clino__midpoints *m,
                       clino__mean_answer answer, clino_gradcheck_entry *e) {
  bool right = answer == CLINO__MEAN_RIGHT, pass = right && !q->condemned && smooth_through(m, r, q);
  double mean = clino__mean_of(m->g, m->cells, &e->truncation_error);
  /* Of a smooth gradient the samples say how far the mean lies from the value at the point. */
  double slope = pass ? q->slope + (q->value - mean) : q->slope;
  e->verdict = pass ? CLINO_VERDICT_PASS : right ? CLINO_VERDICT_KINK : CLINO_VERDICT_INCONCLUSIVE;
  e->reason = right ? CLINO_REASON_NONE : CLINO_REASON_STEP;
  e->numeric = slope, e->step = r->h, e->left = r->left, e->right = r->right;
  e->rounding_error = r->rounding;
  e->error = e->rounding_error + e->truncation_error;
  e->relative_error = clino_relative_error(e->analytic, slope);
  e->band = clino_band_of(e->relative_error);
  e->kink_distance = pass ? NAN : distance(m, r, e->analytic, fabs(e->analytic - slope));
}

static clino_status judge(sampler *s, const clino__rung *r, bool condemned, clino_gradcheck_entry *e) {
  const clino__problem *p = s->p;
  size_t view = clino__layout_view_of(&p->layout, s->entry);
  double a = e->analytic, slope = (r->f1 - r->f2) / (r->t1 - r->t2), size = fmax(fabs(a), fabs(slope));
  double inexact = clino__analytic_rounding(p, s->entry, clino__magnitude(p, view, a, slope));
  clino__mean_question q = {.value = a, .slope = slope, .condemned = condemned};
  q.cells = condemned ? CLINO__CELLS : CLINO__MOST_CELLS;
  q.rounding = r->rounding + inexact + clino__tolerance(p, view) * size;
  q.aim = condemned ? fabs(a - slope) / 3 : p->o.resolution * size;
  clino__midpoints m;
  clino__mean_answer answer;
  bool steady = true;
  clino_status status = clino__midpoints_ask(p, gradient_at, s, r->t2, r->t1, &q, &m, &answer);
  if (!status && answer != CLINO__MEAN_WRONG) status = is_steady(s, a, inexact, &steady);
  bool stands = answer == CLINO__MEAN_WRONG || !steady || (answer == CLINO__MEAN_OPEN && !condemned);
  if (!status && !stands) write_down(r, &q, &m, answer, e);
  return status;
}

/* An entry that noise leaves open at its step may be asked about at a longer one, where noise is a NOISE_SHARE of what
 * the mean must be known to. The step that decided, if noise is no obstacle or no step is long enough. */
static double step_to_ask(const clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  double aim = p->o.resolution * fmax(fabs(e->analytic), fabs(e->numeric));
  double longer = e->step * e->rounding_error / (NOISE_SHARE * aim);
  clino__ladder limits;
  clino__ladder_limits(p, entry, &limits);
  return longer > e->step && longer <= limits.largest ? longer : e->step;
}

clino_status clino__mean_value_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e) {
  bool condemned = e->verdict == CLINO_VERDICT_SUSPECT || e->verdict == CLINO_VERDICT_FAIL;
  bool unknown = e->reason == CLINO_REASON_STEP || e->reason == CLINO_REASON_NOISE;
  bool open = e->verdict == CLINO_VERDICT_INCONCLUSIVE && unknown && e->step > 0;
  if (!open && !(condemned && e->reason == CLINO_REASON_DIFFERS)) return CLINO_OK;
  if (!may_crowd(p, entry, e) || !clino__budget(p, 3)) return CLINO_OK;
  clino__rung r;
  clino_status status = clino__rung_measure(p, entry, open ? step_to_ask(p, entry, e) : e->step, &r);
  if (status || !r.finite) return status;
  sampler s = {p, entry, malloc(p->layout.n * sizeof *s.gradient)};
  if (!s.gradient) return clino__fail_memory(p->error, "sampled gradients");
  status = judge(&s, &r, condemned, e);
  free(s.gradient);
  return status;
}
