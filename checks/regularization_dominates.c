/* regularization-dominates: does the penalty, and not the data, decide what is learned?
 *
 * A penalty above the data loss is usual once the data loss is low. It is a fault where the data loss stays high: where
 * it keeps most of what it started from, and the penalty weighs as much.
 */
#include <math.h>

#include "checks/causes.h"
#include "checks/curve.h"

static const clino_check_param params[] = {
    {"weight", 1, 0.01, 1e6, "times the data loss", "a penalty above, at a high data loss, is a warning",
     "as much as the data loss: the two gradients are of one size"},
    {"gross", 10, 0.1, 1e9, "times the data loss", "a penalty above, at a high data loss, is a fault",
     "a tenth of the gradient is left to the data"},
    {"high", 0.5, 0.01, 1, "fraction of its start", "a data loss that ends above is high",
     "half of it was learned "
     "at most"},
    {"initial", 0.25, 0.01, 1e6, "times the data loss", "a penalty above at the start warns where data are not fitted",
     "decay of 1e-4 over weights as usually drawn gives a tenth; beyond, shrinking them pays before learning does"},
    {"fitted", 0.05, 0, 1, "fraction of its start", "a data loss below has been fitted all the same",
     "the right class has a probability of 0.9 of ten"},
    {"min_points", 4, 2, 1e6, "points", "each of the two must have as many", "a start and an end of two"},
};

typedef struct terms {
  clino__curve data, penalty;
  double start, end;      /* of the data loss */
  double initial, weight; /* penalty over data loss, at the start; there or at the end */
} terms;

static double end_of(const clino__curve *v) {
  size_t k = v->n / 4 > 2 ? v->n / 4 : 2;
  return clino__curve_level(v, v->n > k ? v->n - k : 0, v->n);
}

static void decide(clino__context *c, const terms *t) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_LOW, CLINO__CAUSE_INIT_LARGE, NULL};
  bool high = t->end > clino__param(c, "high") * t->start, heavy = t->weight > clino__param(c, "weight");
  bool gross = high && t->weight > clino__param(c, "gross");
  bool held = t->initial > clino__param(c, "initial") && t->end > clino__param(c, "fitted") * t->start;
  clino_finding f = clino__finding(c,
                                   gross                     ? CLINO_FINDING_FAIL
                                   : (high && heavy) || held ? CLINO_FINDING_WARN
                                                             : CLINO_FINDING_PASS,
                                   t->penalty.series);
  f.observed = t->weight;
  f.threshold = clino__param(c, gross ? "gross" : "weight");
  f.confidence = gross ? 0.9 : 0.8;
  if (f.level >= CLINO_FINDING_WARN) clino__finding_cause(&f, CLINO__CAUSE_REGULARIZATION_STRONG, other);
  clino__add(c, &f, "the penalty is %g times the data loss, at its start or its end; the data loss went from %g to %g",
             t->weight, t->start, t->end);
}

static void run(clino__context *c) {
  const clino_series *data = clino__series(c, "loss/data"), *penalty = clino__series(c, "loss/regularization");
  size_t least = (size_t)clino__param(c, "min_points");
  terms t;
  if (!data || !penalty) {
    clino__skip(c, "no %s was logged: log the two terms of the loss apart", data ? "loss/regularization" : "loss/data");
    return;
  }
  if (!clino__curve_plain(c, data, least, &t.data) || !clino__curve_plain(c, penalty, least, &t.penalty)) return;
  if (t.data.n < least || t.penalty.n < least) {
    clino__skip(c, "%zu points of loss/data and %zu of loss/regularization are too few: log at least %zu", t.data.n,
                t.penalty.n, least);
    return;
  }
  t.start = fmax(t.data.y[0], clino__curve_level(&t.data, 0, t.data.n / 4 + 1));
  t.end = end_of(&t.data);
  /* At the start, too: a penalty that took all weights to 0 is small in the end. One that grew manyfold did not hold
   * the weights: something else threw them. */
  double late = end_of(&t.penalty), most = 10 * fmax(t.penalty.y[0], 1e-3 * t.start);
  t.initial = t.penalty.y[0] / t.start;
  t.weight = fmax(t.initial, late < most ? late / t.end : 0);
  if (t.start > 0 && t.end > 0) decide(c, &t);
  else clino__skip(c, "loss/data is not positive: the size of the penalty beside it says nothing");
}

const clino__check clino__check_regularization_dominates = {
    {"regularization-dominates", "Regularization outweighs the data", "loss/data and loss/regularization", params,
     sizeof params / sizeof params[0],
     "Holds the penalty against the data loss at the start and at the end of the run, where the data loss has kept "
     "half of its start or "
     "more.",
     "Where the penalty decides, weights go to 0 and the net learns next to nothing, while the total loss falls "
     "nicely.",
     "Divide the weight of the penalty by 10 until the data loss falls; train once without any.",
     "Karpathy, CS231n: Neural Networks Part 2, regularization, 2015; Goodfellow, Bengio and Courville, Deep Learning, "
     "2016, section 7.1"},
    run};
