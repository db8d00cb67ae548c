/* loss-divergence: does the training loss leave for good the level that it had reached?
 *
 * The lowest of the last three points is held against the lowest level of the run: three points above it by many times
 * the noise are no spike, and come while there is still time to stop. Where a run maximizes a reward instead, a reward
 * that falls back to where it started is the same.
 */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 8, 5, 1e6, "points", "with fewer points nothing is said",
     "a lowest level of three points, and three points above it"},
    {"clear", 8, 1, 100, "standard deviations", "how far above the lowest level the end must be",
     "one point in 1e15 of normal noise: the noise of losses has heavy tails"},
    {"lost", 0.25, 0.01, 10, "fraction of what was gained", "a loss that gives back more is a warning",
     "noise and schedules move a loss by a few percent of what it gained; a quarter is no accident"},
    {"fold", 3, 1.1, 1e6, "times the lowest level", "so is one that comes to lie so much higher",
     "early stopping gives up at 1.05 (Prechelt 1998)"},
    {"both", 0.25, 0.01, 10, "fraction of the lowest level", "training and validation losses that both end higher warn",
     "five times the most patient threshold of Prechelt 1998, of two curves at once"},
    {"collapse", 0.8, 0.1, 1, "fraction of what was gained", "a reward that gives back more has collapsed",
     "what is left is within the scatter of episodes"},
};

/* The first point of the last stretch above a level. */
static size_t since(const clino__curve *v, double level) {
  size_t i = v->n;
  while (i && v->y[i - 1] > level) i--;
  return i;
}

/* A learning rate that was raised on purpose, as in warm restarts, raises the loss for a while. */
static bool restarted(clino__context *c, int64_t step) {
  const clino_series *lr = clino__series(c, "lr");
  clino__curve v;
  if (!lr || !clino__curve_plain(c, lr, 2, &v) || v.n < 4) return false;
  size_t at = 0;
  while (at + 1 < v.n && v.last_step[at] < step) at++;
  return v.y[v.n - 1] > 2 * v.y[at];
}

/* Does the validation loss, too, end that much above its lowest level? */
static bool validation_rises(clino__context *c, double part) {
  const clino_series *val = clino__series(c, "val/loss");
  clino__curve v;
  if (!val || !clino__curve_of(c, val, 12, &v) || v.n < 12) return false;
  size_t k = v.n / 4;
  double low = INFINITY, end = clino__curve_level(&v, v.n - k, v.n);
  for (size_t i = 0; i + 5 <= v.n; i++) low = fmin(low, clino__curve_level(&v, i, i + 5));
  return low > 0 && end > (1 + part) * low && end - low > 4 * clino__median_error(v.noise, 5);
}

/* A rise of both losses that noise does not make, and that is a part of what was gained that matters. */
static bool both_rise(clino__context *c, const clino__descent *d) {
  double part = clino__param(c, "both"), up = d->end - d->low;
  return d->curve.n >= 12 && d->low > 0 && up > part * d->low && up > 0.1 * (d->top - d->low) &&
         up > 4 * clino__median_error(d->curve.noise, 5) && validation_rises(c, part);
}

static void fired(clino__context *c, const clino__descent *d, double lost, bool excused) {
  static const char *const other[] = {CLINO__CAUSE_BAD_DATA, CLINO__CAUSE_OVERFLOW, CLINO__CAUSE_GRADIENT_WRONG, NULL};
  const clino__curve *v = &d->curve;
  bool gone = d->last > d->top && lost > 1;
  size_t at = since(v, d->low + (d->last - d->low) / 2);
  clino_finding f = clino__descent_finding(c, d,
                                           excused ? CLINO_FINDING_INFO
                                           : gone  ? CLINO_FINDING_FAIL
                                                   : CLINO_FINDING_WARN);
  f.first_step = v->first_step[at < v->n ? at : v->n - 1];
  f.observed = d->last;
  f.threshold = gone ? d->top : d->low + clino__param(c, "lost") * (d->top - d->low);
  f.confidence = gone ? 0.9 : 0.75;
  clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
  clino__add(c, &f,
             "train/loss had reached %g at step %" PRId64 " and has lain above %g since step %" PRId64
             ": %g%% of what it had gained is lost, noise %g%s",
             d->low, v->first_step[d->at_low], d->last, f.first_step, 100 * lost, v->noise,
             !excused                   ? ""
             : clino__rises_by_leaps(d) ? "; in a few leaps, falling between them, as where data or objective change"
                                        : "; the learning rate was raised meanwhile");
}

static void decide(clino__context *c, const clino__descent *d) {
  double up = d->last - d->low, gained = d->top - d->low, lost = gained > 0 ? up / gained : INFINITY;
  bool fold = d->low > 0 && d->last > clino__param(c, "fold") * d->low && lost > 0.05;
  bool clear = up > clino__param(c, "clear") * d->curve.noise && up > 0.02 * fabs(d->low);
  bool gone = clear && (fold || lost > clino__param(c, "lost"));
  if (d->at_low + 3 < d->curve.n && (gone || both_rise(c, d))) {
    fired(c, d, lost, clino__rises_by_leaps(d) || (lost < 1 && restarted(c, d->curve.first_step[d->at_low])));
    return;
  }
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_PASS);
  f.observed = d->last;
  f.threshold = d->low + clino__param(c, "lost") * fabs(gained);
  clino__add(c, &f, "train/loss ends at its lowest level of %g or near it: %g, noise %g", d->low, d->end,
             d->curve.noise);
}

/* A mean reward per episode; not its least, its largest, its scatter, nor the reward that a net hands out. */
static bool is_reward(const char *name) {
  static const char *const no[] = {"min", "max", "std", "signal", "fake", "discriminator", "len"};
  for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
    if (clino__mentions(name, no[i])) return false;
  return clino__mentions(name, "reward") || clino__mentions(name, "ep_rew") || clino__mentions(name, "rew_mean");
}

static bool collapsed(clino__context *c, const clino_series *s) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, NULL};
  clino__curve v;
  if (!clino__curve_plain(c, s, 12, &v) || v.n < 12) return false;
  size_t k = v.n / 10 > 3 ? v.n / 10 : 3, best = 0;
  double start = clino__curve_level(&v, 0, k), end = clino__curve_level(&v, v.n - k, v.n), top = -INFINITY;
  for (size_t i = 0; i + k <= v.n; i++) {
    double level = clino__curve_level(&v, i, i + k);
    if (level > top) top = level, best = i + k / 2;
  }
  double highest = -INFINITY, scratch[4 * CLINO__CURVE_MAX];
  for (size_t i = v.n - 3; i < v.n; i++) highest = fmax(highest, v.y[i]);
  /* An agent that had hardly learned anything has not collapsed. */
  if (!(top - start > 0.5 * fabs(start))) return false;
  if (!(top - fmax(end, highest) > clino__param(c, "collapse") * (top - start))) return false;
  double rose = clino__mann_kendall(v.y, best + 1, scratch).z,
         fell = clino__mann_kendall(v.y + best, v.n - best, scratch).z;
  if (!(rose > 1.28 && fell < -2.33)) return false; /* one-sided 10% and 1%: 1 in 1,000 for both */
  clino_finding f = clino__finding(c, CLINO_FINDING_WARN, s);
  f.first_step = v.first_step[best];
  f.last_step = v.last_step[v.n - 1];
  f.observed = end;
  f.threshold = top - clino__param(c, "collapse") * (top - start);
  f.confidence = 0.7;
  clino__finding_cause(&f, CLINO__CAUSE_POLICY_COLLAPSE, other);
  f.fix =
      "Go back to the best checkpoint; lower the learning rate or the size of a policy step (clip range, target "
      "KL).";
  clino__add(c, &f, "%s rose from %g to %g and has fallen back to %g since step %" PRId64, clino_series_name(s), start,
             top, end, f.first_step);
  return true;
}

static void run(clino__context *c) {
  const char *why;
  size_t n = clino_run_series_count(c->run);
  if (clino__moving_objective(c, &why))
    for (size_t i = 0; i < n && !c->status; i++) {
      const clino_series *s = clino__series_under(c, i, "", NULL);
      if (s && is_reward(clino_series_name(s)) && collapsed(c, s)) return;
    }
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a rising loss");
  if (d) decide(c, d);
}

const clino__check clino__check_loss_divergence = {
    {"loss-divergence", "Training loss leaves its level", "train/loss; lr, rewards", params,
     sizeof params / sizeof params[0],
     "Holds the lowest of the last three points against the lowest level that train/loss had reached, by the noise of "
     "the curve. Warns where a quarter of what was gained is lost or the loss is three times as high, fails where it "
     "lies above its start. In reinforcement learning it looks for a reward that falls back to where it started.",
     "A loss that leaves does not come back by itself as a rule: every further step is wasted, and the parameters of "
     "before are soon overwritten.",
     "Stop, go back to the checkpoint before the rise, lower the learning rate by 3 to 10 or clip the gradient; look "
     "at "
     "the batches just before the rise.",
     "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 8.2.4; Godbole et al., Deep Learning Tuning "
     "Playbook, 2023, training instability"},
    run};
