/* underfitting: the training loss itself comes to rest near the level of guessing, and validation with it.
 *
 * Needs the level of guessing (ln C and so on): without it nobody can say how low a loss could have gone, and the check
 * says no more than whether the loss still falls at the end.
 */
#include <math.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"min_points", 10, 6, 1e6, "points", "with fewer points nothing is said", "two halves to compare"},
    {"high", 0.8, 0.05, 1, "fraction of the level of guessing", "a training loss that rests above is underfitted",
     "classes that overlap leave a loss that no net can take away; more than four fifths of guessing are seldom all "
     "it"},
    {"even", 0.95, 0.5, 1, "times the most for that accuracy", "errors of a loss above come evenly: of the labels",
     "Fano's bound is reached where errors have nothing to do with the inputs"},
    {"gap", 0.1, 0.01, 1, "fraction of the training loss", "a validation loss that is higher by more speaks for a gap",
     "training and validation agree to a tenth where the net is too small for its data"},
};

/* Median of the points about one n-th of the run. */
static double level_at(const clino__descent *d, size_t part) {
  size_t at = d->curve.n / part, k = d->curve.n / 10 + 1;
  return clino__curve_level(&d->curve, at, at + k);
}

/* The validation loss where training ends; NaN where it was not logged. *never: it never got better than guessing;
 * *falls: it goes down in the second half. */
static double validation_end(clino__context *c, bool *never, bool *falls) {
  const clino_series *val = clino__series(c, "val/loss");
  clino__curve v;
  *never = *falls = false;
  if (!val || !clino__curve_of(c, val, 3, &v) || v.n < 3) return NAN;
  *never = clino__never_better(c, &v);
  size_t k = v.n / 4 ? v.n / 4 : 1;
  double end = clino__curve_level(&v, v.n - k, v.n);
  *falls = clino__curve_level(&v, v.n / 2, v.n / 2 + k) - end > 2 * clino__median_error(v.noise, k);
  return end;
}

static void unknown(clino__context *c, const clino__descent *d) {
  bool falls = d->late.z < -3 && d->middle - d->end > 0.1 * fabs(d->gained);
  clino_finding f = clino__descent_finding(c, d, falls ? CLINO_FINDING_INFO : CLINO_FINDING_SKIP);
  f.observed = d->end;
  if (falls) {
    clino__finding_cause(&f, CLINO__CAUSE_STOPPED_EARLY, NULL);
    clino__add(c, &f, "train/loss still falls at the end: %g in the middle, %g at the end; more steps would help",
               d->middle, d->end);
  } else {
    clino__add(c, &f,
               "how low train/loss could go is not known: set the attributes loss and classes (--loss, --classes), or "
               "initial_loss");
  }
}

/* How near the loss is to the most that an accuracy allows; NaN where that cannot be told. */
static double evenness(clino__context *c, const char *loss, const char *accuracy, double chance) {
  const clino_series *l = clino__series(c, loss), *a = clino__series(c, accuracy);
  double classes = clino_run_attribute_number(c->run, "classes");
  clino__curve x, y;
  if (!l || !a || !(classes >= 3) || !clino__curve_plain(c, l, 12, &x) || !clino__curve_plain(c, a, 12, &y)) return NAN;
  if (x.n < 12 || y.n < 12) return NAN;
  double end = clino__curve_level(&x, x.n - x.n / 4, x.n), middle = clino__curve_level(&x, x.n / 3, x.n / 2);
  double right = clino__curve_level(&y, y.n - y.n / 4, y.n);
  double most = clino__fano(right > 1.5 ? right / 100 : right, classes);
  bool above_chance = most < 0.95 * chance, rests = end > 0.95 * middle;
  return above_chance && (rests || strcmp(loss, "val/loss") != 0) ? end / most : NAN;
}

/* Labels of which a part is drawn by lot: training and validation end at the loss of errors that are spread evenly,
 * where hard samples would make some errors likelier than others. */
static bool wrong_labels(clino__context *c, const clino__descent *d, double chance) {
  static const char *const other[] = {CLINO__CAUSE_MODEL_SMALL, CLINO__CAUSE_REGULARIZATION_STRONG, NULL};
  double even = clino__param(c, "even"), train = evenness(c, "train/loss", "train/accuracy", chance),
         val = evenness(c, "val/loss", "val/accuracy", chance);
  if (!(val > even) || !(val < 1.15) || !(train > even - 0.1) || !(train < 1.1)) return false;
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = val;
  f.threshold = even;
  f.confidence = 0.75;
  clino__finding_cause(&f, CLINO__CAUSE_LABELS_SHUFFLED, other);
  f.fix = "Look at the samples with the highest loss: are their labels right, and do they stand beside their inputs?";
  clino__add(c, &f,
             "val/loss comes to rest at %g times, train/loss ends at %g times what errors spread evenly over all "
             "classes cost: a part of the labels is wrong",
             val, train);
  return true;
}

static void decide(clino__context *c, const clino__descent *d, double chance) {
  static const char *const other[] = {CLINO__CAUSE_MODEL_SMALL,      CLINO__CAUSE_REGULARIZATION_STRONG,
                                      CLINO__CAUSE_LABELS_SHUFFLED,  CLINO__CAUSE_DROPOUT_STRONG,
                                      CLINO__CAUSE_LEARNING_RATE_HIGH, NULL};
  bool never, falls;
  double limit = clino__param(c, "high") * chance, val = validation_end(c, &never, &falls);
  bool high = d->end > limit && d->end < 1.02 * chance, rests = clino__rests(d);
  bool gap = val > d->end * (1 + clino__param(c, "gap")), learns = clino__has_fallen(d, 0.02) && d->end < 0.99 * chance;
  double error = clino__median_error(d->curve.noise, d->k);
  bool apart = never && val - d->end > 4 * error;
  bool memorizes = apart && (d->end < 0.97 * chance || (!falls && val > chance && chance - d->end > 4 * error));
  bool still = fabs(level_at(d, 3) - d->end) < 0.01 * chance && never;
  clino__promise p = clino__promise_of(c);
  /* Steps long enough to learn by, which do for their own batch what they should, and nothing for validation. */
  bool nothing = never && val > 0.99 * chance && p.n >= 8 && p.kept > 0.5 && !clino__promise_short(&p);
  /* Half of what the gradient promises, and less: too long for this landscape, all of the time. */
  bool rough = p.n >= 8 && p.kept < 0.5 && d->end > 0.9 * chance && !rests;
  bool fired = high && ((rests && !gap) || memorizes || nothing || still || rough);
  clino_finding f = clino__descent_finding(c, d,
                                           fired  ? CLINO_FINDING_WARN
                                           : high ? CLINO_FINDING_INFO
                                                  : CLINO_FINDING_PASS);
  f.observed = d->end;
  f.threshold = limit;
  f.confidence = 0.65;
  bool labels = never && (learns || nothing || still);
  if (fired && rough && !labels) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
  else if (fired) clino__finding_cause(&f, labels ? CLINO__CAUSE_LABELS_SHUFFLED : CLINO__CAUSE_MODEL_SMALL, other);
  else if (high && !rests) clino__finding_cause(&f, CLINO__CAUSE_STOPPED_EARLY, NULL);
  clino__add(c, &f, "train/loss ends at %g where guessing gives %g, and %s; validation ends at %g%s", d->end, chance,
             rests || still ? "rests there" : "still moves", val, isnan(val) ? " (not logged)" : "");
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a high loss");
  if (!d) return;
  double chance = clino__chance_loss(c, NULL);
  if (chance > 0 && wrong_labels(c, d, chance)) return;
  if (chance > 0) decide(c, d, chance);
  else unknown(c, d);
}

const clino__check clino__check_underfitting = {
    {"underfitting", "Underfitting", "train/loss; attributes loss and classes, or initial_loss; val/loss", params,
     sizeof params / sizeof params[0],
     "Holds the level at which train/loss comes to rest against that of guessing. Warns where it rests above four "
     "fifths of it and validation is no worse, so that capacity or training is short, not data.",
     "A net that does not fit its training data will not fit new data either.",
     "Overfit a few hundred samples with all regularization off: if that works, make the net larger or regularize "
     "less; "
     "if not, look at the learning rate and the gradient.",
     "Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 5.2 and 11.4; Karpathy, A Recipe for Training "
     "Neural Networks, 2019"},
    run};
