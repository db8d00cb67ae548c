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

/* The polynomial through the first cells, half a cell beyond the last of them: Newton's forward differences. */
static double beyond(const double g[CLINO__FIRST_CELLS]) {
  double d[CLINO__FIRST_CELLS], sum = 0, binomial = 1;
  for (int i = 0; i < CLINO__FIRST_CELLS; i++) d[i] = g[i];
  for (int k = 0; k < CLINO__FIRST_CELLS; k++) {
    sum += binomial * d[0];
    binomial *= (CLINO__FIRST_CELLS - 0.5 - k) / (k + 1);
    for (int i = 0; i + 1 < CLINO__FIRST_CELLS - k; i++) d[i] = d[i + 1] - d[i];
  }
  return sum;
}

/* Whether the gradient bends over the step as a smooth one does: what the slopes of several steps have shown stands. */
static bool smooth(const clino__midpoints *m, const clino__mean_question *q) {
  double backwards[CLINO__FIRST_CELLS], margin = margin_of(q);
  if (m->cells != CLINO__FIRST_CELLS) return false;
  for (int i = 0; i < CLINO__FIRST_CELLS; i++) backwards[i] = m->g[CLINO__FIRST_CELLS - 1 - i];
  return fabs(beyond(m->g) - m->ends[1]) <= margin && fabs(beyond(backwards) - m->ends[0]) <= margin;
}

/* What a jump within half a cell of an end may add, which no difference of samples shows. */
static double end_error(const clino__midpoints *m) {
  size_t last = m->cells - 1;
  double half = (m->g[last] - m->g[0]) / (double)last / 2; /* what an even change makes of it */
  double below = fabs(m->g[0] - m->ends[0] - half), above = fabs(m->ends[1] - m->g[last] - half);
  return (fmax(below, 0) + fmax(above, 0)) / (2 * (double)m->cells); /* fmax leaves out NaN: ends were not asked */
}

/* A value that the samples do not take may be wrong at this one place. */
static clino__mean_answer answer_of(const clino__midpoints *m, const clino__mean_question *q) {
  if (!m->finite) return CLINO__MEAN_WRONG;
  double margin = margin_of(q), error, off = fabs(clino__mean_of(m->g, m->cells, &error) - q->slope);
  bool among = q->value >= least_of(m) - margin && q->value <= largest_of(m) + margin;
  error += q->rounding + end_error(m);
  if (off <= error && error <= q->aim && among) return CLINO__MEAN_RIGHT;
  if (q->condemned && smooth(m, q) && !(q->bends && off <= error)) return CLINO__MEAN_WRONG;
  /* From few samples the error itself is known badly. */
  return off <= (m->cells > CLINO__FIRST_CELLS ? 2 : 8) * error ? CLINO__MEAN_OPEN : CLINO__MEAN_WRONG;
}

/* Whether three times as many cells will not do either: their error falls as it has fallen, to a third at least if one
 * jump is all of it. Where a value is condemned, more of them may still prove it wrong. *before: of fewer cells; now of
 * these. */
static bool hopeless(const clino__midpoints *m, const clino__mean_question *q, double *before) {
  double error, last = *before;
  clino__mean_of(m->g, m->cells, &error);
  *before = error;
  return !q->condemned && last < INFINITY && error * fmin(error / last, 1.0 / 3) + q->rounding > q->aim;
}

static clino_status ask_ends(clino__midpoints *m, clino__integrand at, void *ctx, double low, double high) {
  clino_status status = at(ctx, low, &m->ends[0]);
  return status ? status : at(ctx, high, &m->ends[1]);
}

clino_status clino__midpoints_ask(const clino__problem *p, clino__integrand at, void *ctx, double low, double high,
                                  const clino__mean_question *q, clino__midpoints *m, clino__mean_answer *answer) {
  *m = (clino__midpoints){.finite = true, .ends = {NAN, NAN}};
  *answer = CLINO__MEAN_OPEN;
  clino_status status = CLINO_OK;
  bool ends = q->condemned;
  double before = INFINITY;
  if (ends) {
    if (!clino__budget(p, 2 * CLINO__GRADIENT_VALUES)) return CLINO_OK;
    status = ask_ends(m, at, ctx, low, high);
  }
  while (!status && *answer == CLINO__MEAN_OPEN && m->cells < q->cells) {
    if (!clino__budget(p, CLINO__GRADIENT_VALUES * q->cells)) return CLINO_OK;
    status = refine(m, at, ctx, low, high);
    if (!status) *answer = answer_of(m, q);
    if (!status && *answer == CLINO__MEAN_OPEN && hopeless(m, q, &before)) break;
    /* A jump beyond the outermost samples is none that they show: nothing is wrong before the ends were asked. */
    if (status || *answer != CLINO__MEAN_WRONG || ends || !m->finite) continue;
    ends = true;
    status = ask_ends(m, at, ctx, low, high);
    if (!status) *answer = answer_of(m, q);
  }
  return status;
}
