/* update-ratio: is each tensor's update about a thousandth of its size?
 *
 * The median over the run, after a first part in which biases and other tensors that start at 0 have ratios near 1 by
 * necessity. A ratio that could not be formed is missing from its series and no finding.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/curve.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"low", 1e-5, 0, 1, "", "a smaller median ratio is a warning",
     "CS231n names 1e-3; a hundredth of it, since decayed rates and large tensors are healthy well below"},
    {"high", 0.1, 1e-6, 1e6, "", "a larger median ratio is a warning", "CS231n names 1e-3; a hundred times that"},
    {"lost", 5.96e-8, 0, 1, "", "a smaller median ratio is a fault: float32 parameters cannot take up the update",
     "half a unit in the last place of float32, 2^-24 (IEEE 754)"},
    {"replaced", 1, 1e-6, 1e6, "", "a larger median ratio is a fault: the tensor is replaced, not trained",
     "an update as large as the tensor itself"},
    {"min_points", 5, 2, 1e6, "points", "with fewer points a tensor is not judged", "a median of the last 90% of them"},
    {"burst", 20, 2, 1e6, "times the median", "an update that is larger, under a usual gradient, is a burst",
     "Adam bounds an update by lr / sqrt(1 - beta2): 31 times the usual with 0.999, where the gradient was quiet "
     "before"},
};

/* The tensors seen so far. */
typedef struct tally {
  size_t found, judged, outside, bursts;
  bool quiet; /* a stretch without gradients, in which updates are small by right */
  double least, most;
} tally;

static void outside(clino__context *c, const clino__curve *v, const char *name, double ratio) {
  static const char *const high[] = {CLINO__CAUSE_INIT_BAD, CLINO__CAUSE_GRADIENT_WRONG, NULL};
  static const char *const low[] = {CLINO__CAUSE_NO_GRADIENT, CLINO__CAUSE_INIT_LARGE, NULL};
  static const char *const lost[] = {CLINO__CAUSE_LEARNING_RATE_LOW, CLINO__CAUSE_NO_GRADIENT, NULL};
  bool above = ratio > clino__param(c, "high");
  bool fail = ratio > clino__param(c, "replaced") || ratio < clino__param(c, "lost");
  clino_finding f = clino__finding(c, fail ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, v->series);
  f.observed = ratio;
  f.threshold = clino__param(c, above ? fail ? "replaced" : "high" : fail ? "lost" : "low");
  f.confidence = fail ? 0.9 : 0.7;
  if (above) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, high);
  else if (fail) clino__finding_cause(&f, CLINO__CAUSE_ROUNDING, lost);
  else clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_LOW, low);
  clino__add(c, &f, "the update of %s is %g times its size (median of %zu points), %s than %g; about 0.001 is usual",
             name, ratio, v->logged, above ? "more" : "less", f.threshold);
}

static void still(clino__context *c, const clino__curve *v, const char *name) {
  static const char *const other[] = {CLINO__CAUSE_NO_GRADIENT, CLINO__CAUSE_NO_UPDATE, NULL};
  clino_finding f = clino__finding(c, CLINO_FINDING_INFO, v->series);
  f.observed = 0;
  clino__finding_cause(&f, CLINO__CAUSE_FROZEN, other);
  clino__add(c, &f, "%s is not updated at all: frozen, or no gradient reaches it", name);
}

static void judge(clino__context *c, const clino_series *series, const char *name, tally *t) {
  clino__curve v;
  size_t least = (size_t)clino__param(c, "min_points");
  t->found++;
  if (!clino__curve_plain(c, series, least, &v) || v.n < least) return;
  size_t skip = v.n / 10 ? v.n / 10 : 1;
  double ratio = clino__curve_level(&v, skip, v.n);
  t->judged++;
  t->least = fmin(t->least, ratio);
  t->most = fmax(t->most, ratio);
  bool inside = ratio >= clino__param(c, "low") && ratio <= clino__param(c, "high");
  if (ratio == 0) still(c, &v, name);
  else if (!inside && !(t->quiet && ratio < clino__param(c, "low"))) outside(c, &v, name, ratio);
  t->outside += !inside;
}

static const clino_series *named(const clino__context *c, const char *prefix, const char *name) {
  char whole[256];
  int n = snprintf(whole, sizeof whole, "%s%s", prefix, name);
  return n > 0 && (size_t)n < sizeof whole ? clino__series(c, whole) : NULL;
}

/* The largest value of a series between two steps, over its median; NaN without one there. */
static double height(clino__context *c, const clino_series *s, int64_t from, int64_t to) {
  clino_summary summary;
  clino__curve v;
  double most = NAN;
  if (!s || !clino__summary(c, s, &summary) || !clino__curve_plain(c, s, 5, &v)) return NAN;
  for (size_t i = 0; i < summary.n_buckets; i++)
    if (summary.buckets[i].last_step >= from && summary.buckets[i].first_step <= to)
      most = fmax(most, summary.buckets[i].max);
  return most / clino__curve_level(&v, 0, v.n);
}

/* Does the rule divide by recent gradients? Not known: it may. */
static bool divides(const clino__context *c) {
  const char *rule = clino_run_attribute(c->run, "optimizer");
  return !rule || clino__mentions(rule, "rmsprop") || clino__mentions(rule, "adam");
}

/* A burst of the update without one of the gradient, nor of the learning rate: what the update was divided by had
 * decayed in a quiet stretch. Looked for after the first tenth of the run. */
static bool bursts(clino__context *c, const clino_series *ratio, const char *name) {
  static const char *const other[] = {CLINO__CAUSE_RATE_JUMP, CLINO__CAUSE_LEARNING_RATE_HIGH, NULL};
  const clino_series *update = named(c, "update_norm/", name), *gradient = named(c, "grad_norm/", name);
  const clino_series *s = update ? update : ratio;
  clino_summary summary;
  clino__curve v;
  if (!gradient) gradient = clino__series(c, "grad_norm");
  if (!gradient || !clino__summary(c, s, &summary) || !clino__curve_plain(c, s, 5, &v) || v.n < 20) return false;
  double usual = clino__curve_level(&v, 0, v.n), limit = clino__param(c, "burst");
  for (size_t i = summary.n_buckets / 10; i < summary.n_buckets && usual > 0; i++) {
    const clino_bucket *b = &summary.buckets[i];
    if (!(b->max > limit * usual)) continue; /* few are: only for these is the rest worth its cost */
    size_t before = i * v.n / summary.n_buckets;
    if (!(b->max > limit * fmax(usual, clino__curve_level(&v, 0, before)))) continue;
    double pushed = height(c, gradient, b->first_step, b->last_step);
    if (!(pushed < limit / 5)) continue;
    if (height(c, clino__series(c, "lr"), b->first_step, b->last_step) > 3) continue;
    clino_finding f = clino__finding(c, CLINO_FINDING_WARN, s);
    f.first_step = b->first_step, f.last_step = b->last_step;
    f.observed = b->max / usual;
    f.threshold = limit;
    f.confidence = 0.8;
    clino__finding_cause(&f, CLINO__CAUSE_SECOND_MOMENT, other);
    f.fix =
        "Warm the learning rate up, raise epsilon, or lower beta2: the second moment had decayed while gradients "
        "were quiet.";
    clino__add(c, &f, "at step %" PRId64 " the update of %s is %g times its median, its gradient %g times",
               f.first_step, name, f.observed, pushed);
    return true;
  }
  return false;
}

/* The first point after a quiet stretch: the gradient had fallen below a thousandth of what it was for five points or
 * more, and is back. 0 where there is none. */
static size_t end_of_quiet(const clino__curve *g) {
  size_t quiet = 0;
  for (size_t i = g->n / 10 + 3; i < g->n; i++) {
    double before = clino__curve_level(g, 0, i - quiet);
    if (g->y[i] < 1e-3 * before) quiet++;
    else if (quiet >= 5 && g->y[i] > 0.1 * before) return i;
    else quiet = 0;
  }
  return 0;
}

/* Where no update stands out because the whole run was thrown: does the loss leap just when the gradient comes back
 * after a quiet stretch, under a rule that divides by recent gradients? */
static bool leaps_after_quiet(clino__context *c) {
  const clino_series *gradient = clino__series(c, "grad_norm"), *loss = clino__series(c, "train/loss");
  clino__curve g, l;
  if (!gradient || !loss || !divides(c)) return false;
  if (!clino__curve_plain(c, gradient, 20, &g) || !clino__curve_of(c, loss, 20, &l)) return false;
  if (g.n < 20 || l.n < 20) return false;
  size_t back = end_of_quiet(&g), at = back ? clino__curve_same_time(&l, &g, back) : 0;
  if (!back || at < 5) return false;
  double before = clino__curve_level(&l, at - 5, at), leap = l.y[at] - before;
  if (!(leap > 5 * l.noise) || !(leap > fabs(before))) return false;
  clino_finding f = clino__finding(c, CLINO_FINDING_FAIL, gradient);
  f.first_step = g.first_step[back], f.last_step = g.last_step[back];
  f.observed = l.y[at];
  f.threshold = before + 5 * l.noise;
  f.confidence = 0.9;
  clino__finding_cause(&f, CLINO__CAUSE_SECOND_MOMENT, NULL);
  f.fix = "Warm the learning rate up, raise epsilon, or lower beta2: the second moment had decayed while gradients "
          "were quiet.";
  clino__add(c, &f,
             "at step %" PRId64 " the gradient is back after a quiet stretch, and train/loss leaps from %g to %g",
             f.first_step, before, f.observed);
  return true;
}

/* Do the updates take off the loss what the gradient promises? */
static bool promises_broken(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_GRADIENT_WRONG, CLINO__CAUSE_LEARNING_RATE_HIGH,
                                      CLINO__CAUSE_GRADIENT_SIGN, NULL};
  clino__promise p = clino__promise_of(c);
  const char *cause = clino__promise_broken(c, &p);
  if (!cause) return false;
  clino_finding f = clino__finding(c, p.kept < 0.1 ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, p.series);
  f.observed = p.kept;
  f.threshold = 0.5;
  f.confidence = strcmp(cause, CLINO__CAUSE_LEARNING_RATE_HIGH) == 0 ? 0.75 : 0.93;
  clino__finding_cause(&f, cause, other);
  f.fix = "Check the gradient numerically at a point of this run; if it is right, lower the learning rate by 3 to 10.";
  clino__add(c, &f,
             "a step takes %g of what its gradient promises off the loss (median of %zu), while the cosine of "
             "successive gradients is %g (nan: not logged)",
             p.kept, p.n, p.cosine);
  return true;
}

static void run(clino__context *c) {
  tally t = {0, 0, 0, 0, false, INFINITY, 0};
  size_t n = clino_run_series_count(c->run);
  t.bursts += leaps_after_quiet(c);
  t.quiet = t.bursts > 0;
  for (size_t i = 0; i < n && !c->status; i++) {
    const char *name;
    const clino_series *series = clino__series_under(c, i, "update_ratio/", &name);
    if (!series) continue;
    judge(c, series, name, &t);
    if (!t.bursts && !c->status && divides(c)) t.bursts += bursts(c, series, name);
  }
  bool broken = promises_broken(c);
  if (broken || c->status) return;
  if (!t.found) {
    clino__skip(c, "no update_ratio/NAME was logged: monitor the norm of the update over that of the parameters");
  } else if (!t.judged) {
    clino__skip(c, "no update_ratio/NAME has the %g finite points that a judgement takes",
                clino__param(c, "min_points"));
  } else if (!t.outside && !t.bursts) {
    clino_finding f = clino__finding(c, CLINO_FINDING_PASS, NULL);
    f.observed = t.most;
    f.threshold = clino__param(c, "high");
    clino__add(c, &f, "the updates of %zu tensors are between %g and %g times their size", t.judged, t.least, t.most);
  }
}

const clino__check clino__check_update_ratio = {
    {"update-ratio", "Size of updates", "update_ratio/NAME; decrease_ratio, grad_cosine", params,
     sizeof params / sizeof params[0],
     "Takes the median over the run, without its first tenth, of the norm of the update over the norm of the "
     "parameters, one tensor at a time. Where decrease_ratio was logged, holds what steps take off the loss against "
     "what the gradient promises: below a half they are too long if successive gradients oppose each other, and the "
     "gradient is wrong if they agree.",
     "The ratio shows what the learning rate does to each tensor: too large destroys what was learned, too small "
     "learns nothing, and below the resolution of float32 the parameters do not change at all.",
     "Scale the learning rate (of this tensor, or of all where all are off) by 0.001 over the observed ratio.",
     "Karpathy, CS231n: Neural Networks Part 3, ratio of weights:updates, 2015; Nocedal and Wright, Numerical "
     "Optimization, 2006, section 4.1"},
    run};
