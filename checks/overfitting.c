/* overfitting: has the validation loss risen for good from its minimum while the training loss went on falling?
 *
 * Prechelt's generalization loss, GL = 100 (E / E_opt - 1), is measured on medians: E at the end of the run, E_opt of
 * the best window, so that one lucky evaluation is no optimum. The rise must stand above what the noise of the
 * validation curve makes of its lowest point by chance, must hold to the end, and the training loss must have fallen
 * meanwhile. Prechelt's progress quotient says how that rise compares to what training still gains: PQ = GL / P_k, with
 * P_k = 1000 (mean of the training losses in a strip of k / their least - 1). A slight rise that training may still
 * outweigh, at an accuracy that holds, is told of only.
 */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 6, 5, 1e6, "points", "the validation loss must have as many",
     "an optimum of three points, and three after it"},
    {"loss", 5, 0.1, 1e4, "percent of the best validation loss", "generalization loss from which to warn",
     "Prechelt 1998, section 2.3: GL thresholds 1 to 5 were studied; the most patient one"},
    {"gross", 25, 0.1, 1e6, "percent of the best validation loss", "generalization loss from which it is a fault",
     "five times the most patient threshold of Prechelt 1998"},
    {"quotient", 0.5, 0.01, 100, "percent per mille",
     "a progress quotient below says that training may outweigh the rise",
     "Prechelt 1998, section 2.3: PQ thresholds 0.5 to 3 were studied; the least patient one"},
    {"clear", 3, 1, 20, "standard deviations", "how far above the noise of the validation curve the rise must be",
     "0.1% of a normal distribution"},
    {"persistence", 0.8, 0.5, 1, "fraction of the points",
     "how many of the last half after the optimum must lie above it", "noise alone gives a half"},
};

#define WINDOW 3
#define NOISE_POINTS 12 /* with fewer, the median of their second differences may by chance be a third of what it is */

typedef struct rise {
  clino__curve val, train;
  bool has_train;
  size_t best;             /* middle of the best window */
  size_t tail;             /* points in the end level */
  double optimum, end, up; /* levels of the validation loss; end - optimum */
  double noise, needed;    /* of the validation curve from its optimum on; the rise that the noise asks for */
  double lost;             /* generalization loss in percent, NaN for an optimum of 0 or below */
  double persistent;       /* fraction of the points in the last half after the optimum that lie above it */
  double train_fall, train_error;
  double quotient;         /* PQ; NaN without training losses above 0 */
} rise;

static void find_optimum(rise *r) {
  const clino__curve *v = &r->val;
  r->optimum = INFINITY;
  r->best = 0;
  for (size_t i = 0; i + WINDOW <= v->n; i++) {
    double level = clino__curve_level(v, i, i + WINDOW);
    if (!(level < r->optimum)) continue;
    r->optimum = level;
    r->best = i + WINDOW / 2;
  }
  /* A curve that starts at its lowest point has its optimum there, as in fine-tuning. */
  if (r->best == 1 && v->y[0] <= v->y[1] && v->y[0] <= v->y[2]) r->best = 0;
}

/* The end is a third of what follows the optimum; the noise is that of this part, which the fall before says nothing
 * of, and of what comes before it where it is too short to tell. */
static void measure_rise(const clino__context *c, rise *r) {
  const clino__curve *v = &r->val;
  double scratch[4 * CLINO__CURVE_MAX];
  size_t after = v->n - 1 - r->best, above = 0, half = r->best + 1 + after / 2;
  r->tail = after / 3 > WINDOW ? after / 3 : WINDOW;
  if (r->tail > v->n) r->tail = v->n;
  r->end = clino__curve_level(v, v->n - r->tail, v->n);
  r->up = r->end - r->optimum;
  size_t from = v->n - r->best >= NOISE_POINTS ? r->best : v->n > NOISE_POINTS ? v->n - NOISE_POINTS : 0;
  r->noise = clino__noise(v->y + from, v->n - from, scratch);
  r->lost = clino__generalization_loss(r->end, r->optimum);
  for (size_t i = half; i < v->n; i++) above += v->y[i] > r->optimum + r->up / 4;
  r->persistent = v->n > half ? (double)above / (double)(v->n - half) : 0;
  /* The lowest of n medians of 3 lies sqrt(2 ln n) of their deviations (0.67 of a point's) below the mean by chance
   * (the extreme value of a normal sample). */
  double lowest = 0.67 * r->noise * sqrt(2 * log((double)v->n));
  /* Noise with memory leaves fewer independent points in the end than it has. */
  double inflation = clino__mann_kendall(v->y + r->best, v->n - r->best, scratch).inflation;
  double error = clino__median_error(r->noise, r->tail) * sqrt(fmin(inflation, (double)r->tail));
  r->needed = lowest + clino__param(c, "clear") * error;
}

static void measure_train(rise *r) {
  const clino__curve *t = &r->train;
  size_t k = t->n / 8 > 1 ? t->n / 8 : 1, at = clino__curve_same_time(t, &r->val, r->best);
  size_t from = at > k / 2 ? at - k / 2 : 0;
  if (from + k > t->n) from = t->n - k;
  r->train_fall = clino__curve_level(t, from, from + k) - clino__curve_level(t, t->n - k, t->n);
  r->train_error = clino__median_error(t->noise, k) * sqrt(2);
}

#define STRIP 5 /* k of Prechelt 1998, section 2.2 */

/* Of the last strip, of medians of three points each. Without a fall over it that stands above the noise there is no
 * progress, and the quotient is infinite. */
static double progress_quotient(const rise *r) {
  const clino__curve *t = &r->train;
  double mean = 0, least = INFINITY, first = NAN, last = NAN;
  size_t each = t->n >= 3 * STRIP ? 3 : 1;
  if (t->n < STRIP) return NAN;
  for (size_t i = 0; i < STRIP; i++) {
    double level = clino__curve_level(t, t->n - (i + 1) * each, t->n - i * each);
    if (i == 0) last = level;
    first = level;
    mean += level / STRIP;
    least = fmin(least, level);
  }
  if (!(least > 0)) return NAN;
  double scratch[2 * CLINO__CURVE_MAX];
  size_t late = t->n > 4 * NOISE_POINTS ? t->n / 4 : t->n < NOISE_POINTS ? t->n : NOISE_POINTS; /* noise falls, too */
  double noise = clino__noise(t->y + t->n - late, late, scratch);
  bool falls = first - last > 2 * sqrt(2) * clino__median_error(noise, each);
  return falls ? r->lost / (1000 * (mean / least - 1)) : INFINITY;
}

static bool measure(clino__context *c, const clino_series *train, const clino_series *val, rise *r) {
  size_t least = (size_t)clino__param(c, "min_points");
  if (!clino__curve_of(c, val, least, &r->val)) return false;
  if (r->val.n < least) return true;
  find_optimum(r);
  measure_rise(c, r);
  r->has_train = train && clino__curve_of(c, train, least, &r->train) && r->train.n >= 4;
  r->quotient = NAN;
  if (r->has_train) measure_train(r), r->quotient = progress_quotient(r);
  return !c->status;
}

/* The validation accuracy is still at its best at the end: the net grows too sure of itself, but not worse. */
static bool accuracy_holds(clino__context *c) {
  const clino_series *series = clino__series(c, "val/accuracy");
  clino__curve a;
  if (!series || !clino__curve_of(c, series, 4, &a) || a.n < 6) return false;
  size_t k = a.n / 5 > WINDOW ? a.n / 5 : WINDOW;
  double best = -INFINITY;
  for (size_t i = 0; i + k <= a.n; i++) best = fmax(best, clino__curve_level(&a, i, i + k));
  return clino__curve_level(&a, a.n - k, a.n) >= best - clino__median_error(a.noise, k);
}

/* Is the loss itself large enough to matter? Where the optimum is not positive, on the scale of what was gained. */
static bool matters(const rise *r, double percent) {
  double scale = r->optimum > 0 ? r->optimum : r->val.y[0] - r->optimum;
  return 100 * r->up > percent * scale;
}

static clino_finding about(const clino__context *c, const rise *r, clino_finding_level level) {
  clino_finding f = clino__finding(c, level, r->val.series);
  f.first_step = r->val.first_step[r->best];
  f.last_step = r->val.last_step[r->val.n - 1];
  f.observed = r->optimum > 0 ? r->lost : r->up;
  f.threshold = r->optimum > 0 ? clino__param(c, "loss") : r->needed;
  return f;
}

/* Of too little consequence for a warning: no gross rise, of a loss whose accuracy holds, while training progresses so
 * fast that it may outweigh it. */
static bool outweighed(clino__context *c, const rise *r, const char *cap) {
  return cap && r->has_train && !matters(r, clino__param(c, "gross")) && r->quotient < clino__param(c, "quotient");
}

static void fired(clino__context *c, const rise *r, const char *cap) {
  static const char *const other[] = {CLINO__CAUSE_DATA_SMALL, CLINO__CAUSE_REGULARIZATION_WEAK,
                                      CLINO__CAUSE_DATA_SHIFT, NULL};
  static const char *const memorized[] = {CLINO__CAUSE_OVERFITTING, CLINO__CAUSE_DATA_SMALL, CLINO__CAUSE_DATA_SHIFT,
                                          NULL};
  bool gross = !cap && matters(r, clino__param(c, "gross")) && r->up > 2 * r->needed && r->val.n >= 8;
  bool slight = outweighed(c, r, cap);
  clino_finding f = about(c, r,
                          gross    ? CLINO_FINDING_FAIL
                          : slight ? CLINO_FINDING_INFO
                                   : CLINO_FINDING_WARN);
  if (gross && r->optimum > 0) f.threshold = clino__param(c, "gross");
  f.confidence = gross ? 0.95 : cap ? 0.6 : 0.75;
  clino__finding_cause(&f, CLINO__CAUSE_OVERFITTING, other);
  if (clino__never_better(c, &r->val)) clino__finding_cause(&f, CLINO__CAUSE_LABELS_SHUFFLED, memorized);
  clino__add(c, &f,
             "%s was best at step %" PRId64 " with %g and has risen by %g (%g%%) to %g since, noise %g%s%s; Prechelt's "
             "progress quotient is %g%s",
             clino_series_name(r->val.series), f.first_step, r->optimum, r->up,
             100 * r->up / (r->optimum > 0 ? r->optimum : fabs(r->val.y[0] - r->optimum)), r->end, r->noise,
             cap ? "; " : ", while train/loss went on falling", cap ? cap : "", r->quotient,
             isnan(r->quotient)   ? " (training losses above 0 are needed for it)"
             : isinf(r->quotient) ? " (training makes no progress that stands above its noise)"
                                  : "");
}

static void decide(clino__context *c, const rise *r) {
  const char *name = clino_series_name(r->val.series);
  bool rose =
      r->up > r->needed && matters(r, clino__param(c, "loss")) && r->persistent >= clino__param(c, "persistence");
  if (!rose) {
    clino_finding f = about(c, r, CLINO_FINDING_PASS);
    clino__add(c, &f, "%s was best at step %" PRId64 " with %g and ends at %g: no lasting rise beyond its noise of %g",
               name, f.first_step, r->optimum, r->end, r->noise);
  } else if (!r->has_train) {
    fired(c, r, "no train/loss was logged to compare with");
  } else if (!(r->train_fall > 2 * r->train_error)) {
    static const char *const other[] = {CLINO__CAUSE_DATA_SHIFT, NULL};
    clino_finding f = about(c, r, CLINO_FINDING_INFO);
    clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
    f.fix = "See to the training loss first: a lower learning rate, before anything against overfitting.";
    clino__add(c, &f,
               "%s has risen from %g at step %" PRId64 " to %g, but train/loss does not fall either: not overfitting",
               name, r->optimum, f.first_step, r->end);
  } else {
    fired(c, r, accuracy_holds(c) ? "while train/loss went on falling, but val/accuracy is no worse" : NULL);
  }
}

static void judge(clino__context *c, const clino_series *train, const clino_series *val) {
  size_t least = (size_t)clino__param(c, "min_points");
  rise r;
  if (!measure(c, train ? train : clino__series(c, "train/loss"), val, &r)) return;
  if (r.val.n < least)
    clino__skip(c, "%zu points of %s are too few: evaluate at least %zu times", r.val.n, clino_series_name(val), least);
  else decide(c, &r);
}

static void run(clino__context *c) {
  if (!clino__judge_validation(c, false, "a rising loss", judge)) clino__skip(c, "no val/loss was logged");
}

const clino__check clino__check_overfitting = {
    {"overfitting", "Overfitting", "val/loss (or val/loss/NAME); train/loss, val/accuracy", params,
     sizeof params / sizeof params[0],
     "Finds the best window of three validation losses, and how far the end of the run lies above it (Prechelt's "
     "generalization loss). The rise must exceed what noise does to a lowest point, last to the end, and come while "
     "the training loss falls. Where the validation accuracy is still at its best, it is a warning at most; and none "
     "where, besides, the rise is slight and training progresses fast (Prechelt's progress quotient PQ, generalization "
     "loss over training progress in a strip of five).",
     "From the best step on, training has made the net worse on new data.",
     "Keep the parameters of the best step (early stopping); then more data, augmentation, weight decay or dropout.",
     "Prechelt, Early Stopping - But When?, in: Neural Networks: Tricks of the Trade, 1998, section 2 (GL and PQ)"},
    run};
