/* Runs that differ in their learning rate: which is too low, good, high, very high?
 *
 * The run that comes to rest lowest has the best rate. A run is as good where its end lies within a tenth of the
 * descent of the best, or within the noise of both. Else lower rates are too low, higher ones too high. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"

#define AS_GOOD 0.1 /* fraction of the best descent: seeds alone move the end by a few percent */
#define SCALE 3     /* starts that differ by more are of other tasks or other losses */

static const clino__check compare = {
    {"compare", "Learning rates compared", "train/loss and lr of several runs", NULL, 0, "",
     "Whether a rate is a little too high shows only beside others: it falls fast, and then rests too high.",
     "Take the highest rate whose loss still reaches the lowest level, or a third of it; search in steps of 3.",
     "Karpathy, CS231n: Neural Networks Part 3, loss function, 2015; Smith, Cyclical Learning Rates for Training "
     "Neural "
     "Networks, 2017"},
    NULL};

typedef struct subject {
  bool known;
  double rate, top, end, error, early; /* early: the level at a tenth of the run */
  bool lost, falls;                    /* ends in NaN or infinity; still falls at the end */
} subject;

static double rate_of(clino__context *c) {
  const clino_series *lr = clino__series(c, "lr");
  clino__curve v;
  double most = -INFINITY, stated = clino_run_attribute_number(c->run, "lr");
  if (isnan(stated)) stated = clino_run_attribute_number(c->run, "learning_rate");
  if (!lr || !clino__curve_plain(c, lr, 1, &v) || !v.n) return stated;
  for (size_t i = 0; i < v.n; i++) most = fmax(most, v.y[i]);
  return most;
}

static subject measure(clino__context *c) {
  subject s = {.rate = rate_of(c)};
  const clino__descent *d = clino__descent_of(c);
  const clino_series *loss = clino__series(c, "train/loss");
  if (!d || !(s.rate > 0) || c->status) return s;
  size_t n = clino_series_count(loss), tenth = d->curve.n / 10;
  s.lost = !isfinite(clino_series_values(loss)[n - 1]);
  s.known = d->curve.n >= 8 || s.lost;
  s.top = d->first;
  s.end = d->end;
  s.error = clino__median_error(d->curve.noise, d->k);
  s.early = clino__curve_level(&d->curve, tenth, tenth + 3);
  s.falls = d->late.z < -2 && d->middle - d->end > 2 * s.error;
  return s;
}

static size_t best_of(const subject *all, size_t n) {
  size_t best = n;
  for (size_t i = 0; i < n; i++)
    if (all[i].known && !all[i].lost && (best == n || all[i].end < all[best].end)) best = i;
  return best;
}

static bool rates_differ(const subject *all, size_t n) {
  double least = INFINITY, most = 0;
  for (size_t i = 0; i < n; i++)
    if (all[i].known) least = fmin(least, all[i].rate), most = fmax(most, all[i].rate);
  return most > 1.1 * least;
}

/* The lowest and the highest rate that are as good as the best. */
static void good_rates(const subject *all, size_t n, const subject *best, double *least, double *most) {
  *least = *most = best->rate;
  for (size_t i = 0; i < n; i++) {
    const subject *s = &all[i];
    double slack = fmax(AS_GOOD * fabs(best->top - best->end), 3 * hypot(s->error, best->error));
    if (!s->known || s->lost || !(s->end - best->end <= slack)) continue;
    *least = fmin(*least, s->rate);
    *most = fmax(*most, s->rate);
  }
}

static void report(clino__context *c, const subject *s, const subject *best, double least, double most,
                   const char *name) {
  static const char *const low[] = {CLINO__CAUSE_STOPPED_EARLY, NULL};
  static const char *const high[] = {CLINO__CAUSE_RATE_DECAYED, NULL};
  double slack = fmax(AS_GOOD * fabs(best->top - best->end), 3 * hypot(s->error, best->error));
  bool good = !s->lost && s->end - best->end <= slack, under = !good && s->rate < least;
  bool gone = !good && (s->lost || !(s->end < s->top - 2 * s->error)) && s->rate > most;
  clino_finding f = clino__finding(c, good ? CLINO_FINDING_PASS : CLINO_FINDING_WARN, clino__series(c, "train/loss"));
  f.observed = s->lost ? NAN : s->end;
  f.threshold = best->end + slack;
  f.confidence = good || gone ? 0.9 : s->rate > least && s->rate < most ? 0.3 : 0.75;
  if (f.confidence < 0.5) f.level = CLINO_FINDING_INFO; /* worse between two that are good: not by its rate */
  else if (!good)
    clino__finding_cause(&f, under ? CLINO__CAUSE_LEARNING_RATE_LOW : CLINO__CAUSE_LEARNING_RATE_HIGH,
                         under ? low : high);
  clino__add(c, &f, "%s, learning rate %g: %s; it ends at %g, the best of the runs at %g with a rate of %g", name,
             s->rate,
             good                      ? "good"
             : f.confidence < 0.5      ? "worse, although lower and higher rates are good"
             : under && s->falls       ? "too low, it still falls"
             : under                   ? "too low"
             : gone                    ? "very high, it ends no better than it began"
             : s->early <= best->early ? "high, it falls fast at first and then rests too high"
                                       : "high",
             s->end, best->end, best->rate);
}

/* A context by which checks see one of the runs. */
static clino__context look_at(const clino_run *run, clino__shared *shared, clino_findings *findings,
                              clino_error *error) {
  clino__kept_free(&shared->kept);
  shared->measured = false;
  return (clino__context){run, &compare, NULL, findings, CLINO_OK, error, shared};
}

static clino_status judge(const clino_run *const *runs, const char *const *names, subject *all, size_t n,
                          clino__shared *shared, clino_findings *findings, clino_error *error) {
  for (size_t i = 0; i < n; i++) {
    clino__context c = look_at(runs[i], shared, findings, error);
    all[i] = measure(&c);
    if (c.status) return c.status;
  }
  size_t best = best_of(all, n);
  bool differ = rates_differ(all, n);
  double least = NAN, most = NAN;
  if (best < n) good_rates(all, n, &all[best], &least, &most);
  for (size_t i = 0; i < n; i++) {
    clino__context c = look_at(runs[i], shared, findings, error);
    char number[32];
    snprintf(number, sizeof number, "run %zu", i + 1);
    double scale = best < n ? fabs(all[i].top) / fabs(all[best].top) : NAN;
    if (!all[i].known || best == n)
      clino__skip(&c, "%s: learning rate or train/loss is not known: log lr and train/loss", names ? names[i] : number);
    else if (!differ) clino__skip(&c, "the learning rates do not differ: there is nothing to compare");
    else if (!all[i].lost && !(scale > 1.0 / SCALE && scale < SCALE))
      clino__skip(&c, "%s starts at another loss than the best run: they are not of one task",
                  names ? names[i] : number);
    else report(&c, &all[i], &all[best], least, most, names ? names[i] : number);
    if (c.status) return c.status;
  }
  return CLINO_OK;
}

clino_status clino_compare(const clino_run *const *runs, const char *const *names, size_t n, clino_findings *findings,
                           clino_error *error) {
  if (!runs || !findings || !n)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_compare: %s",
                       !n     ? "n is 0"
                       : runs ? "findings is NULL"
                              : "runs is NULL");
  for (size_t i = 0; i < n; i++) {
    if (!runs[i]) return clino__fail(error, CLINO_ERR_RANGE, "clino_compare: runs[%zu] is NULL", i);
    if (names && !names[i]) return clino__fail(error, CLINO_ERR_RANGE, "clino_compare: names[%zu] is NULL", i);
  }
  subject *all = calloc(n, sizeof *all);
  if (!all) return clino__fail_memory(error, "the comparison of runs");
  clino__shared shared = {.measured = false};
  clino_status status = judge(runs, names, all, n, &shared, findings, error);
  clino__kept_free(&shared.kept);
  free(all);
  return status;
}
