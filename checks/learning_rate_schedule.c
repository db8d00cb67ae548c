/* learning-rate-schedule: what the schedule does to the loss: a rate that dies while there is much to learn, a jump in
 * the middle of the run, a rate of 0, a start at the full rate that throws the loss up. */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"min_points", 8, 4, 1e6, "points", "lr and train/loss must have as many", "a level before and one after a change"},
    {"dead", 0.01, 1e-9, 0.5, "fraction of the highest rate", "a rate below has decayed",
     "cosine and linear schedules are below 1% for the last 6% and 1% of the run"},
    {"early", 0.6, 0.1, 1, "fraction of the run", "a rate that has decayed before is decayed too fast",
     "step schedules leave at least two fifths of the run at a useful rate"},
    {"left", 0.2, 0.01, 1, "fraction of the start", "if so much of the loss is left by then",
     "four fifths gone is most of what can be learned"},
    {"jump", 3, 1.1, 1e6, "times", "a rate that rises by more at once, beyond a first tenth, is a jump",
     "warm-up climbs over many steps"},
    {"thrown", 0.5, 0.05, 100, "fraction of the first loss", "a rise by more within the first twentieth is no warm-up",
     "half as bad again as no training at all"},
};

typedef struct schedule {
  clino__curve lr;
  double most;
  size_t peak; /* first point at the highest rate */
} schedule;

static size_t loss_at(const schedule *s, const clino__descent *d, size_t i) {
  size_t k = clino__curve_same_time(&d->curve, &s->lr, i);
  return k < d->curve.n ? k : d->curve.n - 1;
}

static void report(clino__context *c, const schedule *s, clino_finding_level level, size_t i, const char *cause,
                   double observed, double threshold, const char *what) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_LEARNING_RATE_LOW, NULL};
  clino_finding f = clino__finding(c, level, s->lr.series);
  f.first_step = s->lr.first_step[i];
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = level == CLINO_FINDING_FAIL ? 0.95 : 0.85;
  clino__finding_cause(&f, cause, other);
  clino__add(c, &f, "at step %" PRId64 " %s: %g, where the limit is %g; the highest rate is %g", f.first_step, what,
             observed, threshold, s->most);
}

/* Does nothing fall any more from the k-th point of the loss on? */
static bool stands_still(const clino__descent *d, size_t k) {
  const clino__curve *v = &d->curve;
  size_t w = v->n / 10 > 3 ? v->n / 10 : 3;
  if (k + 2 * w > v->n) return false;
  double before = clino__curve_level(v, k, k + w), end = clino__curve_level(v, v->n - w, v->n);
  return before - end < fmax(3 * clino__median_error(v->noise, w), 0.05 * (d->top - before));
}

static bool dead(clino__context *c, const schedule *s, const clino__descent *d) {
  double limit = clino__param(c, "dead") * s->most;
  size_t i = s->lr.n;
  while (i > s->peak + 1 && s->lr.y[i - 1] < limit) i--;
  double share = (double)i / (double)s->lr.n;
  if (!(share < clino__param(c, "early"))) return false;
  size_t k = loss_at(s, d, i);
  if (d->top > 0 && d->curve.y[k] < clino__param(c, "left") * d->top) return false;
  if (!stands_still(d, k)) return false;
  report(c, s, CLINO_FINDING_WARN, i, CLINO__CAUSE_RATE_DECAYED, share, clino__param(c, "early"),
         "the rate is below 1% of its highest, while the loss was still high, and nothing was learned after; at this "
         "fraction of the run");
  return true;
}

static bool zero(clino__context *c, const schedule *s) {
  size_t i = 0;
  if (!(s->most > 0)) {
    report(c, s, CLINO_FINDING_FAIL, 0, CLINO__CAUSE_NO_UPDATE, s->most, 0, "the learning rate is 0 or negative");
    return true;
  }
  for (size_t k = 0; k < s->lr.n; k++) i += s->lr.y[k] < 0;
  if (i) report(c, s, CLINO_FINDING_FAIL, 0, CLINO__CAUSE_GRADIENT_SIGN, (double)i, 0, "points with a negative rate");
  return i > 0;
}

/* Is the end no better than what was reached before the k-th point? */
static bool gains_nothing(const clino__descent *d, size_t k) {
  const clino__curve *v = &d->curve;
  size_t w = v->n - k < d->k ? v->n - k : d->k;
  if (k < 5 || w < 5) return false;
  double was = clino__curve_level(v, k - 5, k), end = clino__curve_level(v, v->n - w, v->n);
  return end > was - clino__median_error(v->noise, 5);
}

static double last_value(const clino_series *s) { return clino_series_values(s)[clino_series_count(s) - 1]; }

static bool jumped(clino__context *c, const schedule *s, const clino__descent *d) {
  double factor = clino__param(c, "jump"), before = 0;
  for (size_t i = 0; i + 2 < s->lr.n; i++) {
    bool leap = i > s->lr.n / 10 && i > 2 && s->lr.y[i] > factor * s->lr.y[i - 1] && s->lr.y[i] > 1.5 * before;
    before = fmax(before, s->lr.y[i]);
    if (!leap) continue;
    size_t k = loss_at(s, d, i), w = 5;
    bool gone = s->lr.n - i > 5 && k + 3 >= d->curve.n && !isfinite(last_value(d->curve.series));
    if (k >= w && gone) {
      report(c, s, CLINO_FINDING_FAIL, i, CLINO__CAUSE_RATE_JUMP, s->lr.y[i] / s->lr.y[i - 1], factor,
             "the rate jumps up and the loss is lost");
      return true;
    }
    if (k < w || k + 2 >= d->curve.n) continue;
    double was = clino__curve_level(&d->curve, k - w, k), is = clino__curve_level(&d->curve, k, k + w);
    bool hurt = is - was > fmax(6 * d->curve.noise, 0.1 * fabs(d->top - was));
    bool idle = gains_nothing(d, k);
    report(c, s, hurt || idle ? CLINO_FINDING_WARN : CLINO_FINDING_INFO, i, CLINO__CAUSE_RATE_JUMP,
           s->lr.y[i] / s->lr.y[i - 1], factor,
           hurt   ? "the rate jumps up and the loss with it"
           : idle ? "the rate jumps up, and nothing is learned after"
                  : "the rate jumps up");
    return true;
  }
  return false;
}

static bool thrown(clino__context *c, const schedule *s, const clino__descent *d) {
  size_t early = d->curve.n / 20 > 3 ? d->curve.n / 20 : 3, above = 0;
  double most = d->first, limit = clino__param(c, "thrown");
  if (s->lr.y[0] < 0.5 * s->most || d->curve.n < 3 * early) return false;
  if (clino__promise_of(c).cosine > 0.6) return false; /* batches are alike: sorted data throw the loss */
  for (size_t i = 1; i <= early; i++) {
    most = fmax(most, d->curve.y[i]);
    above += d->curve.y[i] > d->first + limit * fabs(d->first);
  }
  if (above < 2 || !(most - d->first > 8 * d->curve.noise)) return false;
  /* A warm-up mends no rate that is many times too high. */
  bool mends = most - d->first < 20 * fabs(d->first) && d->end < 0.7 * d->first;
  report(c, s, CLINO_FINDING_WARN, 0, mends ? CLINO__CAUSE_NO_WARM_UP : CLINO__CAUSE_LEARNING_RATE_HIGH,
         most / d->first - 1, limit,
         "training starts at the full rate, and the first steps throw the loss up by that fraction");
  return true;
}

static void decide(clino__context *c, const schedule *s, const clino__descent *d) {
  if (zero(c, s) || jumped(c, s, d) || dead(c, s, d) || thrown(c, s, d)) return;
  clino_finding f = clino__finding(c, CLINO_FINDING_PASS, s->lr.series);
  f.observed = s->lr.y[s->lr.n - 1];
  f.threshold = clino__param(c, "dead") * s->most;
  clino__add(c, &f, "the learning rate goes from %g over %g to %g and does no harm to the loss", s->lr.y[0], s->most,
             s->lr.y[s->lr.n - 1]);
}

static void run(clino__context *c) {
  schedule s = {.most = 0};
  size_t least = (size_t)clino__param(c, "min_points");
  const clino_series *lr = clino__series(c, "lr");
  if (!lr) {
    clino__skip(c, "no lr was logged: log the learning rate beside the loss");
    return;
  }
  const clino__descent *d = clino__descent_needed(c, least, "what the schedule does to the loss");
  if (!d || !clino__curve_plain(c, lr, least, &s.lr)) return;
  if (s.lr.n < least) {
    clino__skip(c, "%zu points of lr are too few: log at least %zu", s.lr.n, least);
    return;
  }
  for (size_t i = 0; i < s.lr.n; i++)
    if (s.lr.y[i] > s.most) s.most = s.lr.y[i], s.peak = i;
  decide(c, &s, d);
}

const clino__check clino__check_learning_rate_schedule = {
    {"learning-rate-schedule", "Learning rate schedule", "lr and train/loss", params, sizeof params / sizeof params[0],
     "Holds the learning rate against the loss: a rate that has decayed to a hundredth early while the loss is high "
     "and "
     "nothing is learned after, a jump that throws the loss up, a rate of 0, a start at the full rate that throws the "
     "first losses up.",
     "A schedule that ends too early wastes the rest of the run; one that jumps destroys what was learned.",
     "Let the rate decay over the whole budget (cosine or linear to 0), after a warm-up of a few hundred steps.",
     "Bengio, Practical Recommendations for Gradient-Based Training, 2012, section 3.1.1; Goyal et al., Accurate, "
     "Large "
     "Minibatch SGD, 2017, section 2.2 (warm-up); Godbole et al., Deep Learning Tuning Playbook, 2023"},
    run};
