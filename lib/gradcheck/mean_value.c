/* Where noise keeps every step above the distances of kinks, the derivative at the point cannot be measured: the
 * slopes at such steps may agree with each other, and differ from it by what the kinks between add. But whatever kinks
 * lie within a step,
 *   f(x + t1 e_i) - f(x + t2 e_i) = integral from t2 to t1 of g_i(x + t e_i) dt
 * holds, since f is Lipschitz there (H. Lebesgue, 1904). So before such an entry is condemned, the callback's gradient
 * is sampled over the step, and its mean compared with the slope. A gradient that is wrong at the point is as a rule
 * wrong in the mean; one that varies over the step as much as it differs, and whose mean is the slope, is not. */
#include "gradcheck/mean_value.h"

#include <math.h>
#include <stdlib.h>

#include "gradcheck/entry.h"
#include "gradcheck/rung.h"

/* The midpoint rule over a third of each cell has the midpoints that were there, and two more a cell. */
#define FIRST_CELLS 2
#define MOST_CELLS 54

/* Steps below this part of a coordinate are those of double precision, too short for kinks to crowd within. By trial,
 * as in kink.c. */
#define LONG 1e-5

/* Noise at three deviations is at most so much of the difference that it is to show, as in confirm.c. */
#define PART 6

typedef struct mean {
  clino__problem *p;
  size_t entry;
  const clino__rung *r;
  double slope;                  /* of the chord between the rung's two ends */
  bool condemned;                /* else the entry is open */
  double *gradient;              /* of all entries, at a sample */
  double g[MOST_CELLS];          /* samples in the order of their places */
  size_t cells;                  /* 0: none yet */
  bool finite;
} mean;

/* ---- the midpoint rule ---- */

double clino__mean_of(const double *g, size_t cells, double *error) {
  double sum = g[0] / (double)cells, even = (g[cells - 1] - g[0]) / ((double)cells - 1), uneven = 0;
  for (size_t i = 1; i < cells; i++) {
    double change = g[i] - g[i - 1] - even;
    sum += g[i] / (double)cells;
    uneven += change * change;
  }
  *error = 3 * sqrt(uneven / 12) / (double)cells;
  return sum;
}

/* ---- sampling ---- */

static clino_status gradient_at(mean *m, double t, double *g) {
  double f;
  clino__problem *p = m->p;
  clino__move(p, m->entry, p->x[m->entry] + t);
  clino_status status = clino__gradient_anew(p, &f);
  clino__layout_set(&p->layout, m->entry, p->x[m->entry]);
  if (status) return status;
  clino__layout_gather(&p->layout, m->gradient);
  *g = m->gradient[m->entry];
  m->finite &= isfinite(*g) != 0;
  return CLINO_OK;
}

static double place(const mean *m, size_t cell, size_t cells) {
  const clino__rung *r = m->r;
  return r->t2 + (r->t1 - r->t2) * ((double)cell + 0.5) / (double)cells;
}

/* Three times as many cells, those of before in their middle. */
static clino_status refine(mean *m) {
  size_t cells = m->cells ? 3 * m->cells : FIRST_CELLS;
  for (size_t i = m->cells; i-- > 0;) m->g[3 * i + 1] = m->g[i];
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < cells && !status; i++)
    if (!m->cells || i % 3 != 1) status = gradient_at(m, place(m, i, cells), &m->g[i]);
  m->cells = cells;
  return status;
}


/* ---- judging ---- */

/* Whether noise keeps steps so long that kinks may crowd within. */
static bool may_crowd(const clino__problem *p, size_t entry, const clino_gradcheck_entry *e) {
  double scale = fmax(fabs(p->x[entry]), p->tensor_scale[clino__layout_view_of(&p->layout, entry)]);
  double shortest = PART * 3 * p->noise / fabs(e->analytic - e->numeric);
  return shortest > LONG * scale;
}

/* Whether all samples are the analytic value, so that nothing varies over the step. */
static bool all_alike(const mean *m, double a, double difference) {
  bool alike = m->finite;
  for (size_t i = 0; i < m->cells; i++) alike &= fabs(m->g[i] - a) <= difference / 8;
  return alike;
}

/* Whether the analytic value is one that the samples take: else it may be wrong at this one place. */
static bool among(const mean *m, double a, double difference) {
  double low = m->g[0], high = m->g[0];
  for (size_t i = 1; i < m->cells; i++) low = fmin(low, m->g[i]), high = fmax(high, m->g[i]);
  return a >= low - difference / 8 && a <= high + difference / 8;
}

/* A gradient that is not the same at the same place is not a function of it, and not to be had as a witness. */
static clino_status is_steady(mean *m, double a, double rounding, bool *steady) {
  double g;
  clino_status status = gradient_at(m, 0, &g);
  *steady = fabs(g - a) <= rounding;
  return status;
}

/* Where the samples begin to differ from the analytic value. */
static double distance(const mean *m, double a, double difference) {
  double nearest = m->r->h;
  for (size_t i = 0; i < m->cells; i++)
    if (fabs(m->g[i] - a) > difference / 4) nearest = fmin(nearest, fabs(place(m, i, m->cells)));
  return nearest;
}

typedef enum finding { REFINE, WRONG, RIGHT } finding;

/* How well the mean must be known: so that it tells a condemned value from the slope, or as resolution asks. */
static double aim(const mean *m, double a) {
  double resolved = m->p->o.resolution * fmax(fabs(a), fabs(m->slope));
  return m->condemned ? fabs(a - m->slope) / 3 : resolved;
}

/* Two samples can show that nothing varies, and no more. */
static finding compare(const mean *m, double a, double rounding) {
  double difference = fabs(a - m->slope), error, off = fabs(clino__mean_of(m->g, m->cells, &error) - m->slope);
  if (!m->finite || (m->condemned && all_alike(m, a, difference))) return WRONG;
  if (m->cells == FIRST_CELLS) return REFINE;
  error += rounding;
  if (off > 2 * error) return WRONG;
  return off <= error && error <= aim(m, a) && among(m, a, difference) ? RIGHT : REFINE;
}

/* Samples until they tell. */
static clino_status sample(mean *m, double a, double rounding, finding *found) {
  *found = REFINE;
  while (*found == REFINE && m->cells < MOST_CELLS) {
    if (!clino__budget(m->p, CLINO__GRADIENT_VALUES * MOST_CELLS)) return CLINO_OK;
    clino_status status = refine(m);
    if (status) return status;
    *found = compare(m, a, rounding);
  }
  return CLINO_OK;
}

static clino_status judge(mean *m, clino_gradcheck_entry *e) {
  clino__problem *p = m->p;
  double a = e->analytic, n = m->slope;
  size_t view = clino__layout_view_of(&p->layout, m->entry);
  double inexact = clino__analytic_rounding(p, m->entry, clino__magnitude(p, view, a, n));
  double rounding = m->r->rounding + inexact + clino__tolerance(p, view) * fmax(fabs(a), fabs(n));
  finding found;
  bool steady = true;
  clino_status status = sample(m, a, rounding, &found);
  if (!status && found != WRONG) status = is_steady(m, a, inexact, &steady);
  if (status || found == WRONG || !steady || (found == REFINE && !m->condemned)) return status;
  e->verdict = found == RIGHT ? CLINO_VERDICT_KINK : CLINO_VERDICT_INCONCLUSIVE;
  e->reason = found == RIGHT ? CLINO_REASON_NONE : CLINO_REASON_STEP;
  e->numeric = n, e->step = m->r->h, e->left = m->r->left, e->right = m->r->right;
  e->rounding_error = m->r->rounding;
  e->kink_distance = distance(m, a, fabs(a - n));
  return CLINO_OK;
}

clino_status clino__mean_value_check(clino__problem *p, size_t entry, clino_gradcheck_entry *e) {
  bool condemned = e->verdict == CLINO_VERDICT_SUSPECT || e->verdict == CLINO_VERDICT_FAIL;
  bool open = e->verdict == CLINO_VERDICT_INCONCLUSIVE && e->reason == CLINO_REASON_STEP && e->step > 0;
  if (!open && !(condemned && e->reason == CLINO_REASON_DIFFERS)) return CLINO_OK;
  if (!may_crowd(p, entry, e)) return CLINO_OK;
  if (!clino__budget(p, 3)) return CLINO_OK;
  clino__rung r;
  clino_status status = clino__rung_measure(p, entry, e->step, &r);
  if (status || !r.finite) return status;
  mean m = {.p = p, .entry = entry, .r = &r, .slope = (r.f1 - r.f2) / (r.t1 - r.t2)};
  m.condemned = condemned;
  m.finite = true;
  m.gradient = malloc(p->layout.n * sizeof *m.gradient);
  if (!m.gradient) return clino__fail_memory(p->error, "sampled gradients");
  status = judge(&m, e);
  free(m.gradient);
  return status;
}
