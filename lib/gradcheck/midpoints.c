/* Where noise keeps every step above the distances of kinks, the derivative at the point cannot be measured: slopes at
 * such steps may agree with each other, and differ from it by what the kinks between add. But whatever kinks lie within
 * a step,
 *   f(x + t1 d) - f(x + t2 d) = integral from t2 to t1 of g(x + t d).d dt
 * holds, since f is absolutely continuous along it (H. Lebesgue, Lecons sur l'integration, 1904). A gradient that is
 * wrong at the point is as a rule wrong in the mean over the step; one that varies over the step as much as it differs,
 * and whose mean is the slope, is not. */
#include "gradcheck/midpoints.h"

#include <math.h>

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

double clino__midpoint(const clino__midpoints *m, size_t i, double low, double high) {
  return low + (high - low) * ((double)i + 0.5) / (double)m->cells;
}

/* Three times as many cells, those of before in their middle. */
static clino_status refine(clino__midpoints *m, clino__integrand at, void *ctx, double low, double high) {
  bool first = m->cells == 0;
  for (size_t i = m->cells; i-- > 0;) m->g[3 * i + 1] = m->g[i];
  m->cells = first ? CLINO__FIRST_CELLS : 3 * m->cells;
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < m->cells && !status; i++) {
    if (!first && i % 3 == 1) continue;
    status = at(ctx, clino__midpoint(m, i, low, high), &m->g[i]);
    m->finite &= isfinite(m->g[i]) != 0;
  }
  return status;
}

static double least_of(const clino__midpoints *m) {
  double least = m->g[0];
  for (size_t i = 1; i < m->cells; i++) least = fmin(least, m->g[i]);
  return least;
}

static double largest_of(const clino__midpoints *m) {
  double largest = m->g[0];
  for (size_t i = 1; i < m->cells; i++) largest = fmax(largest, m->g[i]);
  return largest;
}

static double margin_of(const clino__mean_question *q) { return fabs(q->value - q->slope) / 8; }

/* Whether nothing varies over the step: a kink within it changes the gradient from there to the end. */
static clino_status look_at_ends(clino__integrand at, void *ctx, double low, double high,
                                 const clino__mean_question *q, clino__mean_answer *answer) {
  double ends[2] = {NAN, NAN};
  clino_status status = at(ctx, low, &ends[0]);
  if (!status) status = at(ctx, high, &ends[1]);
  bool varies = fabs(ends[0] - q->value) > margin_of(q) || fabs(ends[1] - q->value) > margin_of(q);
  if (!varies) *answer = CLINO__MEAN_WRONG;
  return status;
}

/* A value that the samples do not take may be wrong at this one place. */
static clino__mean_answer answer_of(const clino__midpoints *m, const clino__mean_question *q) {
  if (!m->finite) return CLINO__MEAN_WRONG;
  double margin = margin_of(q), error, off = fabs(clino__mean_of(m->g, m->cells, &error) - q->slope);
  bool among = q->value >= least_of(m) - margin && q->value <= largest_of(m) + margin;
  error += q->rounding;
  /* From few samples the error itself is known badly. */
  if (!(off <= (m->cells > CLINO__FIRST_CELLS ? 2 : 8) * error)) return CLINO__MEAN_WRONG;
  return off <= error && error <= q->aim && among ? CLINO__MEAN_RIGHT : CLINO__MEAN_OPEN;
}

clino_status clino__midpoints_ask(const clino__problem *p, clino__integrand at, void *ctx, double low, double high,
                                  const clino__mean_question *q, clino__midpoints *m, clino__mean_answer *answer) {
  *m = (clino__midpoints){.finite = true};
  *answer = CLINO__MEAN_OPEN;
  if (!clino__budget(p, CLINO__GRADIENT_VALUES * 2)) return CLINO_OK;
  clino_status status = q->condemned ? look_at_ends(at, ctx, low, high, q, answer) : CLINO_OK;
  while (!status && *answer == CLINO__MEAN_OPEN && m->cells < CLINO__MOST_CELLS) {
    if (!clino__budget(p, CLINO__GRADIENT_VALUES * CLINO__MOST_CELLS)) return CLINO_OK;
    status = refine(m, at, ctx, low, high);
    if (!status) *answer = answer_of(m, q);
  }
  return status;
}
