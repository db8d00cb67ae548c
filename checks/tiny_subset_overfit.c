/* tiny-subset-overfit: can the net fit a handful of samples exactly? The first test of any new code. */
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"samples", 50, 1, 1e6, "samples", "a data set of more is no tiny subset",
     "CS231n: 20 samples; nets of any use have more parameters than that"},
    {"fitted", 0.02, 0, 0.5, "fraction of its start", "a loss that ends below has fitted them",
     "the right class has a probability of 0.95 where there are ten"},
    {"missed", 0.1, 0.01, 1, "fraction of its start", "a loss that rests above has not", "five times that"},
    {"min_points", 8, 4, 1e6, "points", "with fewer points nothing is said", "two halves to compare"},
};

static void decide(clino__context *c, const clino__descent *d, double samples) {
  static const char *const other[] = {CLINO__CAUSE_NO_GRADIENT, CLINO__CAUSE_LEARNING_RATE_HIGH,
                                      CLINO__CAUSE_LEARNING_RATE_LOW, CLINO__CAUSE_REGULARIZATION_STRONG, NULL};
  const clino_series *data = clino__series(c, "loss/data");
  clino__curve v;
  double top = d->top, end = fmin(d->end, d->curve.y[d->curve.n - 1]);
  if (data && clino__curve_plain(c, data, 4, &v) && v.n >= 4) /* a penalty does not go to 0 */
    top = v.y[0], end = clino__curve_level(&v, v.n - v.n / 4, v.n);
  bool fitted = end <= clino__param(c, "fitted") * top, missed = end > clino__param(c, "missed") * top;
  bool rests = clino__rests(d) || d->middle - d->end < 0.05 * fabs(d->end);
  clino_finding f = clino__descent_finding(c, d,
                                           fitted            ? CLINO_FINDING_PASS
                                           : missed && rests ? CLINO_FINDING_FAIL
                                           : missed          ? CLINO_FINDING_WARN
                                                             : CLINO_FINDING_INFO);
  f.observed = end;
  f.threshold = clino__param(c, fitted ? "fitted" : "missed") * top;
  f.confidence = missed && rests ? 0.9 : 0.6;
  if (missed) clino__finding_cause(&f, rests ? CLINO__CAUSE_GRADIENT_WRONG : CLINO__CAUSE_STOPPED_EARLY, other);
  clino__add(c, &f,
             fitted   ? "%g samples are fitted: the loss went from %g to %g. This proves that the loss can be driven "
                        "down, not that inputs mean anything: random features and labels can be fitted, too"
             : missed ? "%g samples are not fitted: the loss went from %g to %g"
                      : "%g samples are nearly fitted: the loss went from %g to %g",
             samples, top, end);
}

static void run(clino__context *c) {
  double samples = clino__setting(c, "dataset_size");
  if (c->status) return;
  if (!(samples <= clino__param(c, "samples"))) {
    clino__skip(c, "%s: train on twenty samples without regularization, and set the attribute dataset_size",
                samples > 0 ? "the data set is no tiny subset" : "the size of the data set is not known");
    return;
  }
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "fitting a few samples");
  if (!d) return;
  if (d->top > 0) decide(c, d, samples);
  else clino__skip(c, "train/loss is not positive: where it would end with all samples fitted is not known");
}

const clino__check clino__check_tiny_subset_overfit = {
    {"tiny-subset-overfit", "A few samples can be fitted",
     "train/loss; attribute dataset_size of at most 50; "
     "loss/data",
     params, sizeof params / sizeof params[0],
     "Where the data set is a handful of samples, looks whether the training loss went to nearly 0. A pass proves "
     "little: "
     "random features and random labels can be fitted, too.",
     "A net that cannot fit twenty samples has a fault in its gradient, its loss or its update: more data will not "
     "help.",
     "Check the gradient; turn off regularization and dropout; raise the learning rate by 10.",
     "Karpathy, CS231n: Neural Networks Part 3, sanity checks, 2015; Goodfellow, Bengio and Courville, Deep Learning, "
     "2016, section 11.5; Zhang et al., Understanding Deep Learning Requires Rethinking Generalization, 2017"},
    run};
