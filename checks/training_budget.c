/* training-budget: do steps, epochs, batch and data set agree?
 *
 * An epoch is one pass over the data: steps = epochs x ceil(N / batch) updates, or floor where the last batch is
 * dropped. 1,000 samples in batches of 100 for 5 epochs are 50 updates, not 5,000.
 */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"tolerance", 0.2, 0.01, 10, "fraction of the steps", "how far steps and epochs may disagree",
     "resumes, a last epoch that was cut off, a last batch that is dropped"},
    {"few", 100, 1, 1e9, "updates", "a run with fewer updates is told to be short", "warm-up alone takes hundreds"},
};

typedef struct budget {
  double samples, batch, epochs, steps, per_epoch;
} budget;

/* The largest epoch that was logged, counted as passes that were finished. */
static double epochs_of(clino__context *c, const clino_series *s) {
  double stated = clino_run_attribute_number(c->run, "epochs"), most = NAN, least = NAN;
  const double *epochs = clino_axis_epochs(clino_series_axis(s));
  bool whole = true;
  if (isfinite(stated)) return stated;
  for (size_t i = 0; epochs && i < clino_series_count(s); i++) {
    double e = epochs[clino_series_row(s, i)];
    whole = whole && (isnan(e) || e == floor(e));
    most = fmax(most, e), least = fmin(least, e);
  }
  return whole && least == 0 ? most + 1 : most; /* counted from 0 */
}

static void judge(clino__context *c, const clino_series *s, const budget *b) {
  static const char *const other[] = {CLINO__CAUSE_ACCUMULATION, CLINO__CAUSE_LOST_ROWS, CLINO__CAUSE_RESTART, NULL};
  double expected = b->epochs * b->per_epoch, dropped = b->epochs * fmax(1, floor(b->samples / b->batch));
  double tolerance = clino__param(c, "tolerance") * expected + b->per_epoch + 1;
  bool off = !(b->steps <= expected + tolerance && b->steps >= dropped - tolerance);
  clino_finding f = clino__finding(c, off ? CLINO_FINDING_WARN : CLINO_FINDING_PASS, s);
  f.observed = b->steps;
  f.threshold = expected;
  f.confidence = 0.8;
  if (off) {
    clino__finding_cause(&f, CLINO__CAUSE_BUDGET, other);
  } else if (expected < clino__param(c, "few")) {
    f.level = CLINO_FINDING_INFO;
    clino__finding_cause(&f, CLINO__CAUSE_STOPPED_EARLY, NULL);
  }
  clino__add(c, &f, "%g samples in batches of %g for %g epochs are %g updates; the log counts %g%s", b->samples,
             b->batch, b->epochs, expected, b->steps, f.level == CLINO_FINDING_INFO ? ", which is few" : "");
}

static void run(clino__context *c) {
  const clino_series *s = clino__series(c, "train/loss");
  budget b = {clino__setting(c, "dataset_size"), clino__setting(c, "batch_size"), NAN, NAN, clino__steps_per_epoch(c)};
  if (!s || !(b.samples > 0) || !(b.batch > 0)) {
    clino__skip(c, "%s: steps and epochs cannot be held against the data",
                !s ? "no train/loss was logged" : "the attributes dataset_size and batch_size are not both set");
    return;
  }
  size_t n = clino_series_count(s);
  int64_t first = clino_series_step(s, 0), last = clino_series_step(s, n - 1);
  b.epochs = epochs_of(c, s);
  b.steps = (double)last + (first == 0);
  bool counts_epochs =
      n > 1 && last - first == (int64_t)n - 1 && b.per_epoch > 1 && fabs(b.steps - b.epochs) <= 1; /* a row an epoch */
  if (!(b.epochs > 0) || last == CLINO_NO_STEP || first == CLINO_NO_STEP)
    clino__skip(c, "the number of epochs is not known: log epochs, or set the attribute epochs");
  else if (counts_epochs) clino__skip(c, "the log counts epochs, not steps");
  else judge(c, s, &b);
}

const clino__check clino__check_training_budget = {
    {"training-budget", "Steps, epochs, batch and data set",
     "train/loss; attributes dataset_size and batch_size (or series batch_size); epochs, logged or as attribute",
     params, sizeof params / sizeof params[0],
     "Holds the number of steps against epochs x ceil(data set / batch). Tells where there are very few updates.",
     "A batch size, an epoch or a step that is counted otherwise than meant changes the learning rate schedule and the "
     "length of training, silently.",
     "Count the updates of one epoch: they must be the data set over the batch, rounded up. See to accumulated "
     "gradients, several devices, and rows that count samples.",
     "Godbole et al., Deep Learning Tuning Playbook, 2023, choosing the batch size; Goyal et al., 2017"},
    run};
