/* loss-not-decreasing: does the training loss fall at all?
 *
 * A fall is taken for real where a rank test sees a trend, or the end lies below the start by more than either
 * scatters. Where neither holds, what could have been seen is stated: noise may hide a small fall, and then nothing is
 * said against the run. Rising is judged from the first value, since a run that diverges does so within a few steps and
 * then rests.
 */
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 5, 4, 1e6, "points", "with fewer points nothing is said",
     "a rank test of 4 points cannot reach significance at 5% two-sided (Kendall 1975, table 1)"},
    {"significance", 2, 1, 10, "standard deviations", "how clear a fall must be to count",
     "one-sided 2.3% of a normal distribution: lenient, since missing a fall is the false alarm here"},
    {"flat", 0.001, 0, 0.5, "fraction of the loss", "a smaller fall over the whole run counts as none",
     "a tenth of the 1% by which the loss of a single epoch commonly falls late in training"},
    {"detectable", 0.05, 0.001, 1, "fraction of the loss",
     "the smallest fall that must be visible above the noise to warn",
     "a net that learns takes off more than a twentieth of its initial loss"},
    {"rise", 0.5, 0.01, 100, "fraction of the initial loss", "a rise above the start by more is divergence",
     "chance gives ln C; a loss half as high again is worse than any guess"},
};

typedef clino__descent shape;

static bool falls(const clino__context *c, const shape *s) {
  double clear = clino__param(c, "significance");
  return s->trend.z < -clear || s->start - s->end > clear * s->error || s->first - s->end > 2 * clear * s->curve.noise;
}

static double fall_fraction(const shape *s) {
  return (fmax(s->first, s->start) - s->end) / fmax(fabs(s->first), fabs(s->start));
}

/* The end lies where guessing does: by the attributes, or, for softmax, by an accuracy of 1 / C beside a loss of ln C.
 */
static bool at_chance(const clino__context *c, const shape *s, double *chance) {
  const clino_series *accuracy = clino__series(c, "train/accuracy");
  *chance = clino__chance_loss(c, NULL);
  if (*chance > 0) return fabs(s->end - *chance) < 0.02 * *chance;
  if (!accuracy || clino_run_attribute(c->run, "loss") || !(s->end > 0.6 && s->end < 16)) return false;
  double classes = floor(exp(s->end) + 0.5);
  const double *values = clino_series_values(accuracy);
  size_t n = clino_series_count(accuracy), above = 0;
  for (size_t i = n / 2; i < n; i++) above += !(values[i] * classes < 1.5 && values[i] * classes > 0.5);
  *chance = log(classes);
  return fabs(s->end - *chance) < 0.01 * s->end && above * 4 < n - n / 2;
}

static clino_finding about(const clino__context *c, const shape *s, clino_finding_level level) {
  clino_finding f = clino__descent_finding(c, s, level);
  f.observed = s->end;
  f.threshold = s->first;
  return f;
}

static void moving(clino__context *c, const shape *s) {
  clino_finding f = about(c, s, CLINO_FINDING_INFO);
  clino__add(
      c, &f,
      "train/loss goes from %g to %g, which says nothing: in reinforcement or adversarial learning (%s) the loss need "
      "not fall; judge by the reward or by samples",
      s->first, s->end, s->moving);
}

static void rising(clino__context *c, const shape *s, bool gross) {
  static const char *const high[] = {CLINO__CAUSE_GRADIENT_SIGN, CLINO__CAUSE_GRADIENT_WRONG, CLINO__CAUSE_BAD_DATA,
                                     NULL};
  static const char *const sign[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_GRADIENT_WRONG, NULL};
  if (s->moving) {
    moving(c, s);
    return;
  }
  /* A learning rate that is too high throws the loss up in leaps; climbing the gradient raises it at every step. */
  bool steady = s->trend.tau > 0.95 && s->start < s->first + (s->end - s->first) / 2;
  bool leaps = clino__rises_by_leaps(s);
  clino_finding f = about(c, s,
                          leaps                        ? CLINO_FINDING_INFO
                          : gross && s->curve.n >= 8 ? CLINO_FINDING_FAIL
                                                     : CLINO_FINDING_WARN);
  f.threshold = s->first + (gross ? clino__param(c, "rise") * fabs(s->first) : 3 * s->error);
  f.confidence = f.level == CLINO_FINDING_FAIL ? 0.95 : 0.7;
  clino__finding_cause(&f, steady ? CLINO__CAUSE_GRADIENT_SIGN : CLINO__CAUSE_LEARNING_RATE_HIGH, steady ? sign : high);
  if (steady) f.fix = "Check the gradient and the sign of the update (parameters minus learning rate times gradient).";
  f.observed = fmax(s->end, s->last);
  clino__add(c, &f, "train/loss rose from %g to %g over %zu points; its noise is %g%s", s->first, f.observed,
             s->curve.logged, s->curve.noise,
             leaps ? "; in a few leaps, and it falls between them, as where data or objective change" : "");
}

static const char *const flat_causes[] = {CLINO__CAUSE_NO_UPDATE, CLINO__CAUSE_NO_GRADIENT,
                                          CLINO__CAUSE_LABELS_SHUFFLED, CLINO__CAUSE_LEARNING_RATE_HIGH, NULL};

static void stuck_at_chance(clino__context *c, const shape *s, double chance) {
  clino_finding f = about(c, s, s->curve.n >= 20 ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN);
  f.threshold = chance;
  f.confidence = f.level == CLINO_FINDING_FAIL ? 0.95 : 0.7;
  clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_LOW, flat_causes);
  clino__add(c, &f, "train/loss rests at %g after %zu points; guessing gives %g", s->end, s->curve.logged, chance);
}

/* No accuracy, or one that does not rise. */
static bool accuracy_idle(clino__context *c, bool *logged) {
  const clino_series *series = clino__series(c, "train/accuracy");
  clino__curve a;
  double scratch[4 * CLINO__CURVE_MAX];
  *logged = series != NULL;
  if (!series || !clino__curve_of(c, series, 4, &a) || a.n < 4) return true;
  return clino__mann_kendall(a.y, a.n, scratch).z < 1;
}

static void flat(clino__context *c, const shape *s) {
  double scale = fmax(fabs(s->first), fabs(s->end)), detectable = 3 * s->error / scale, span;
  int64_t begin = s->curve.first_step[0];
  bool logged, idle = accuracy_idle(c, &logged);
  span = (double)s->curve.last_step[s->curve.n - 1] - (double)begin;
  const char *why = NULL;
  if (s->moving) {
    moving(c, s);
    return;
  }
  if (scale == 0) why = "it is 0 from the start";
  else if ((double)begin > 0.2 * span) why = "the log begins late, and the run may have been trained before";
  else if (!idle) why = "while the accuracy rises: look at how the loss is logged";
  else if (!(detectable < clino__param(c, "detectable")) && !(logged && detectable < 0.5))
    why = "the noise would hide it";
  clino_finding f = about(c, s, why ? CLINO_FINDING_INFO : CLINO_FINDING_WARN);
  f.confidence = why ? 0.5 : logged || detectable < 0.01 ? 0.9 : 0.7;
  if (!why) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_LOW, flat_causes);
  clino__add(c, &f,
             "train/loss does not fall over %zu points: %g at the start, %g at the end, noise %g; a fall of %g%% would "
             "show%s%s",
             s->curve.logged, s->start, s->end, s->curve.noise, 100 * detectable, why ? "; " : "", why ? why : "");
}

/* Far below what chance gives before the log begins: converged already. */
static bool converged(const clino__context *c, const shape *s) {
  double chance = clino__chance_loss(c, NULL);
  return chance > 0 && s->first < chance / 2 && s->end < chance / 2;
}

/* The first value is one draw of the noise, unless it is what chance gives. */
static bool starts_at_chance(const clino__context *c, const shape *s) {
  double chance = clino__chance_loss(c, NULL);
  return chance > 0 && fabs(s->first - chance) < 0.25 * chance;
}

static void decide(clino__context *c, const shape *s) {
  double chance, noise = s->curve.noise, up = s->end - s->first, scale = fmax(fabs(s->first), noise);
  double rise = clino__param(c, "rise"), leap = s->last - s->first;
  bool known = starts_at_chance(c, s), above = up > 3 * s->error && (known || up > 5 * noise);
  if ((above && up > rise * scale) || (leap > 5 * noise && leap > rise * scale)) {
    rising(c, s, true);
  } else if (clino__rests(s) && at_chance(c, s, &chance)) {
    stuck_at_chance(c, s, chance);
  } else if (converged(c, s) && !above) {
    clino_finding f = about(
        c, s, fall_fraction(s) > clino__param(c, "flat") && falls(c, s) ? CLINO_FINDING_PASS : CLINO_FINDING_INFO);
    clino__add(c, &f, "train/loss was low from the start: %g, then %g", s->first, s->end);
  } else if (above && (known || s->trend.z > 3)) {
    rising(c, s, false);
  } else if (!falls(c, s) || (s->first > 0 && s->end > 0 && fall_fraction(s) < clino__param(c, "flat"))) {
    flat(c, s);
  } else {
    clino_finding f = about(c, s, CLINO_FINDING_PASS);
    clino__add(c, &f, "train/loss falls over %zu points: %g at the start, %g at the end, noise %g", s->curve.logged,
               s->first, s->end, noise);
  }
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_of(c);
  size_t least = (size_t)clino__param(c, "min_points"), n = d ? d->curve.n : 0;
  if (c->status) return;
  if (!clino__series(c, "train/loss")) clino__skip(c, "no train/loss was logged");
  else if (n < least)
    clino__skip(c, "%zu finite points of train/loss are too few to see a trend: log at least %zu", n, least);
  else decide(c, d);
}

const clino__check clino__check_loss_not_decreasing = {
    {"loss-not-decreasing", "Training loss does not fall", "train/loss; train/accuracy, attributes loss, classes, task",
     params, sizeof params / sizeof params[0],
     "Looks for a fall of train/loss over its own noise: a Mann-Kendall rank test corrected for memory in the noise, "
     "and the end against the start. Warns where there is none although it would have shown, fails where the loss "
     "rests at the level of guessing or comes to lie far above its start, be it in its last three points. Losses that "
     "need not fall (reinforcement and adversarial learning) are not judged.",
     "A net whose training loss does not fall learns nothing; everything else about the run is moot.",
     "Overfit a handful of samples first: the loss must go to 0. If it does not, check the gradient; if it does, "
     "search the learning rate over powers of ten.",
     "Karpathy, CS231n: Neural Networks Part 3, 2015; Mann 1945; Hamed and Rao, J. Hydrology 204, 1998"},
    run};
