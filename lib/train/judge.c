/* From two paths to a verdict: the formula's first, then, where the code under test does not follow it, those of all
 * known deviations, each with its own tolerance. A deviation with a factor has it fitted by Gauss-Newton, weighted by
 * the tolerance, from the first step on. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/reference.h"
#include "train/stepcheck.h"

/* How far beyond the tolerance a difference must be to count as evidence for a deviation. */
#define EVIDENCE 10.0
/* Beyond this many tolerances of the formula, a deviation's own tolerance is not looked at. */
#define HOPELESS 1000.0
/* Single over double precision. */
#define SINGLE 0x1p29

typedef struct judge {
  const clino__plan *plan;
  clino__reference reference;
  const double *path;                    /* of the code under test */
  double *expected, *tolerance;          /* of the formula */
  double *other, *other_tolerance;       /* of a deviation */
  double *scratch;
  double misfit;                         /* root mean square of (path - expected) / tolerance */
} judge;

/* |a - b| over a tolerance; 0 where both are not finite in the same way, infinite where only one is. */
static double off(double a, double b, double tolerance) {
  if (a == b || (isnan(a) && isnan(b))) return 0;
  if (!isfinite(a) || !isfinite(b)) return INFINITY;
  return fabs(a - b) / tolerance;
}

static double largest_off(size_t from, size_t to, const double *a, const double *b, const double *tolerance) {
  double largest = 0;
  for (size_t i = from; i < to; i++) {
    double here = off(a[i], b[i], tolerance[i]);
    if (here > largest) largest = here;
  }
  return largest;
}

/* Root mean square of (a - b) / tolerance over what is finite. */
static double rms_off(size_t n, const double *a, const double *b, const double *tolerance) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < n; i++) {
    double here = off(a[i], b[i], tolerance[i]);
    if (!(here < INFINITY)) continue;
    sum += here * here;
    count++;
  }
  return count > 0 ? sqrt(sum / count) : 0;
}

/* ---- the formula ---- */

/* The first place beyond the tolerance, or else the one nearest to it. */
static void find_worst(const judge *j, clino_stepcheck_result *r) {
  const clino__plan *p = j->plan;
  size_t worst = 0, size = clino__plan_size(p);
  double largest = -1;
  for (size_t i = 0; i < size && !(largest > 1); i++) {
    double here = off(j->path[i], j->expected[i], j->tolerance[i]);
    if (here > largest) largest = here, worst = i;
  }
  size_t entry = worst % p->n, k = 0;
  while (entry >= p->offset[k + 1]) k++;
  r->trial = worst / (p->steps * p->n);
  r->step = worst / p->n % p->steps + 1;
  strncpy(r->tensor, p->tensors[k].name, sizeof r->tensor - 1);
  r->flat = entry - p->offset[k];
  r->got = j->path[worst];
  r->expected = j->expected[worst];
  r->tolerance = j->tolerance[worst];
  r->rate = clino__plan_options(p, r->trial, (size_t)r->step)->rate;
}

static bool same_bits(const clino__plan *p, const double *path) {
  return !memcmp(path, path + clino__plan_at(p, 1, 1), p->steps * p->n * sizeof *path);
}

static bool broke(const judge *j) {
  for (size_t i = 0; i < clino__plan_size(j->plan); i++)
    if (!isfinite(j->path[i]) && isfinite(j->expected[i])) return true;
  return false;
}

/* ---- deviations ---- */

/* Runs a deviation into j->other and j->other_tolerance, and says how well it fits. */
static clino_step_match try_twist(judge *j, const clino__twist *w) {
  size_t size = clino__plan_size(j->plan);
  clino_step_match m = {.deviation = w->what, .factor = 1};
  if (w->grad_factor != 0) m.factor = w->grad_factor;
  if (w->rate_factor != 0) m.factor = w->rate_factor;
  clino__reference_run(&j->reference, w, 0, j->other);
  m.excess = largest_off(0, size, j->path, j->other, j->tolerance);
  m.left = j->misfit > 0 ? rms_off(size, j->path, j->other, j->tolerance) / j->misfit : INFINITY;
  if (!(m.excess <= HOPELESS)) return m;
  clino__reference_tolerance(&j->reference, w, j->other, j->other_tolerance, j->scratch);
  m.excess = largest_off(0, size, j->path, j->other, j->other_tolerance);
  double apart = largest_off(0, size, j->other, j->expected, j->other_tolerance);
  if (m.excess <= 1 && !(apart >= EVIDENCE)) m.excess = 1 + m.excess; /* fits, but so would the formula */
  return m;
}

/* One step of Gauss-Newton on the factor, from a difference quotient; NaN where the factor changes nothing. */
static double better_factor(judge *j, clino__twist w, double factor) {
  double *field = w.fits_grad ? &w.grad_factor : &w.rate_factor, up = 0, down = 0, h = 1e-4 * factor;
  *field = factor;
  clino__reference_run(&j->reference, &w, 0, j->other);
  *field = factor + h;
  clino__reference_run(&j->reference, &w, 0, j->scratch);
  for (size_t i = 0; i < clino__plan_size(j->plan); i++) {
    double slope = (j->scratch[i] - j->other[i]) / h / j->tolerance[i];
    double miss = (j->path[i] - j->other[i]) / j->tolerance[i];
    if (!isfinite(slope) || !isfinite(miss)) continue;
    up += slope * miss;
    down += slope * slope;
  }
  return down > 0 ? factor + up / down : NAN;
}

/* Whole numbers and their reciprocals are what factors usually are. */
static double snapped(double factor) {
  double size = fabs(factor) < 1 ? 1 / factor : factor, whole = nearbyint(size);
  if (!(fabs(size - whole) < 1e-3 * fabs(size)) || whole == 0) return factor;
  return fabs(factor) < 1 ? 1 / whole : whole;
}

static clino_step_match try_factor(judge *j, clino__twist w, double factor) {
  *(w.fits_grad ? &w.grad_factor : &w.rate_factor) = factor;
  return try_twist(j, &w);
}

static clino_step_match better_of(clino_step_match a, clino_step_match b) {
  return b.excess < a.excess || (!(a.excess < INFINITY) && b.left < a.left) ? b : a;
}

/* The factor that fits best: from several starts, since a rule that divides by its gradient's size bends. */
static clino_step_match try_fitted(judge *j, const clino__twist *w, double batch) {
  const double starts[] = {1, 0.1, 10, batch > 0 ? 1 / batch : 0.01, batch > 0 ? batch : 100};
  clino_step_match best = {.deviation = w->what, .factor = 1, .excess = INFINITY, .left = INFINITY};
  for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
    double factor = starts[s];
    for (int i = 0; i < 8 && isfinite(factor) && factor != 0; i++) {
      double next = better_factor(j, *w, factor);
      bool done = fabs(next - factor) <= 1e-12 * fabs(factor);
      factor = next;
      if (done) break;
    }
    if (!isfinite(factor) || factor == 0) continue;
    best = better_of(best, try_factor(j, *w, snapped(factor)));
    if (best.excess <= 1) break;
    best = better_of(best, try_factor(j, *w, factor));
    if (best.excess <= 1) break;
  }
  for (int i = 0; i < 2 && batch > 1 && !(best.excess <= 1); i++)
    best = better_of(best, try_factor(j, *w, i ? batch : 1 / batch));
  return best;
}

static void take(clino_stepcheck_result *r, clino_step_match m) {
  if (m.left < r->nearest.left || !r->nearest.deviation) r->nearest = m;
  if (!(m.excess <= 1)) return;
  if (r->n_matches &&
      r->matches[(r->n_matches < CLINO_STEP_MATCHES ? r->n_matches : CLINO_STEP_MATCHES) - 1].deviation == m.deviation)
    return;
  if (r->n_matches < CLINO_STEP_MATCHES) r->matches[r->n_matches] = m;
  r->n_matches++;
}

/* Those with a factor are tried only where none without explains it all: they fit more than they should. */
static void try_all(judge *j, clino_stepcheck_result *r) {
  for (int fitted = 0; fitted < 2 && !r->n_matches; fitted++)
    for (size_t i = 0; i < clino__twist_count(); i++) {
      const clino__twist *w = clino__twist_at(i);
      if ((w->fits_grad || w->fits_rate) != (fitted == 1)) continue;
      take(r, fitted ? try_fitted(j, w, r->options.batch) : try_twist(j, w));
    }
}

/* The same inputs after init gave something else, and the first time what the formula gives: it is the state. */
static void name_state(judge *j, clino_stepcheck_result *r) {
  size_t trial = j->plan->steps * j->plan->n;
  double first = largest_off(0, trial, j->path, j->expected, j->tolerance);
  if (r->n_matches || !r->reset_fails || !(first <= 1)) return;
  for (size_t i = 0; i < clino__twist_count(); i++)
    if (clino__twist_at(i)->keeps_slots) {
      r->matches[0] = (clino_step_match){.deviation = clino__twist_at(i)->what, .factor = 1, .excess = first};
      r->n_matches = 1;
    }
}

static clino_step_verdict verdict_of(const judge *j, const clino_stepcheck_result *r) {
  if (r->excess <= 1) return CLINO_STEP_PASS;
  if (broke(j)) return CLINO_STEP_NONFINITE;
  bool documented = r->n_matches > 0;
  for (size_t i = 0; i < r->n_matches && i < CLINO_STEP_MATCHES; i++) documented &= r->matches[i].deviation->documented;
  if (r->n_matches) return documented ? CLINO_STEP_VARIANT : CLINO_STEP_FAIL;
  bool single = j->plan->dtype == CLINO_F64 && r->excess <= SINGLE;
  return r->excess < EVIDENCE || single ? CLINO_STEP_INCONCLUSIVE : CLINO_STEP_FAIL;
}

static clino_status judge_new(judge *j, const clino__plan *p, clino_error *error) {
  clino_status status = clino__reference_new(p, &j->reference, error);
  if (status) return status;
  size_t size = clino__plan_size(p);
  j->expected = malloc(5 * size * sizeof *j->expected);
  if (!j->expected) return clino__fail_memory(error, "the paths of a step check");
  j->tolerance = j->expected + size;
  j->other = j->expected + 2 * size;
  j->other_tolerance = j->expected + 3 * size;
  j->scratch = j->expected + 4 * size;
  return CLINO_OK;
}

static clino_status check_expected(const judge *j, clino_error *error) {
  double largest = j->plan->dtype == CLINO_F32 ? FLT_MAX : DBL_MAX;
  for (size_t i = 0; i < clino__plan_size(j->plan); i++)
    if (!(fabs(j->expected[i]) <= largest / 16))
      return clino__fail(error, CLINO_ERR_RANGE, "the formula itself leaves the numbers with these hyperparameters");
  return CLINO_OK;
}

clino_status clino__stepcheck_judge(const clino__plan *p, const double *path, clino_stepcheck_result *r,
                                    clino_error *error) {
  static const clino__twist none = {0};
  judge j = {.plan = p, .path = path};
  clino_status status = judge_new(&j, p, error);
  if (!status) {
    clino__reference_run(&j.reference, &none, 0, j.expected);
    clino__reference_tolerance(&j.reference, &none, j.expected, j.tolerance, j.scratch);
    status = check_expected(&j, error);
  }
  if (!status) {
    size_t size = clino__plan_size(p);
    r->dtype = p->dtype;
    r->excess = largest_off(0, size, path, j.expected, j.tolerance);
    r->reset_fails = !same_bits(p, path);
    j.misfit = rms_off(size, path, j.expected, j.tolerance);
    find_worst(&j, r);
    r->nearest.left = INFINITY;
    if (r->excess >= EVIDENCE) try_all(&j, r), name_state(&j, r);
    if (r->n_matches) r->nearest = r->matches[0];
    r->verdict = verdict_of(&j, r);
  }
  free(j.expected);
  clino__reference_free(&j.reference);
  return status;
}
