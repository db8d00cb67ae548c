/* initial-loss: is the loss before any training what chance gives?
 *
 * Scores near 0 make every class equally likely: softmax cross-entropy is ln C then, the multiclass hinge C - 1, the
 * logistic loss ln 2. The first logged loss is held against that, as far as it still is an initial loss: what it may
 * have moved before it was logged, and how much single values scatter, count as uncertainty.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "clino/loss.h"

static const clino_check_param params[] = {
    {"tolerance", 0.25, 0.001, 10, "fraction of the expected loss",
     "how far from the expected loss the first one may lie beyond its uncertainty",
     "logits of standard deviation 0.75, as the usual initializations give, raise softmax cross-entropy by about 0.28: "
     "12% of ln 10; twice that is allowed"},
    {"logits", 2, 0, 100, "nats", "how far above a cross-entropy may start and only be told of",
     "random logits of variance v add v / 2: He's weights in the last layer too give v = 2, in narrow nets up to 4"},
    {"gross", 3, 1.1, 1e6, "times the expected loss", "from which ratio on the initial loss is wrong beyond doubt",
     "logits of standard deviation 3 give about 3 ln 10; the probabilities are saturated before training starts"},
    {"late", 0.02, 0, 1, "fraction of the run", "how late the first value may be logged and still count as initial",
     "in the first 2% of a run the loss is extrapolated back over at most the spacing of the log"},
};

typedef struct subject {
  const clino_series *series;
  double value, slack; /* value at the start of training, and its uncertainty */
  double expected;
  const char *formula;
} subject;

/* What chance gives; false, and said why, where it cannot be known. */
static bool expectation(clino__context *c, subject *s) {
  const char *loss = clino_run_attribute(c->run, "loss");
  clino_loss_kind kind;
  s->expected = clino__chance_loss(c, &s->formula);
  if (isfinite(s->expected)) return true;
  if (!loss) {
    clino__skip(c, "the kind of loss is not known: set the attribute loss (--loss)");
  } else if (!clino_loss_kind_parse(loss, &kind, NULL) && clino_loss_needs_classes(kind)) {
    clino__skip(c, "the number of classes is not known: set the attribute classes (--classes)");
  } else {
    clino__skip(c,
                "the initial loss of \"%s\" follows from the targets, not from the log: set the attribute initial_loss",
                loss);
  }
  return false;
}

/* Is every value of the series an average over an epoch, which is no initial loss? Either the log counts epochs, or
 * each value comes with a validation loss in a log without steps of its own (rows counted one by one). */
static bool averages_epochs(const clino__context *c, const clino_series *series) {
  size_t n = clino_series_count(series);
  if (n < 2) return false;
  const clino_axis *axis = clino_series_axis(series);
  const double *epochs = clino_axis_epochs(axis);
  size_t first = clino_series_row(series, 0), second = clino_series_row(series, 1);
  if (epochs && isfinite(epochs[first]) && epochs[second] - epochs[first] >= 1) return true;
  const clino_series *validation = clino__series(c, "val/loss");
  if (!validation || clino_series_axis(validation) != axis || clino_series_row(validation, 0) != first) return false;
  int64_t step = clino_axis_steps(axis)[first];
  return clino_series_count(validation) == n && step < INT64_MAX && clino_axis_steps(axis)[second] == step + 1;
}

/* The first value, and how uncertain it is as the loss at step 0: what the loss moved before it was logged, if it moved
 * as fast as right after; and its scatter. Only the beginning is looked at. */
static void estimate(const clino__curve *curve, const double *values, size_t n, subject *s) {
  size_t start = 0;
  while (start < n && !isfinite(values[start])) start++;
  s->value = start < n ? values[start] : NAN;
  double scatter = curve->noise;
  if (start + 1 < n && isfinite(values[start + 1])) {
    int64_t at = clino_series_step(s->series, start), next = clino_series_step(s->series, start + 1);
    double moved = fabs(values[start + 1] - s->value);
    if (at > 0 && next > at) s->slack += moved * fmin(1, (double)at / ((double)next - (double)at));
    scatter = fmin(scatter, moved);
  }
  s->slack += 2 * scatter;
}

/* Is it so many times what chance gives as there are samples in a batch? Where that is not known: many times. */
static bool summed_over_batch(clino__context *c, const subject *s) {
  double batch = clino__setting(c, "batch_size"), times = s->value / s->expected;
  return batch >= 4 ? times > 0.8 * batch && times < 2.5 * batch : times > 8;
}

/* Why the first loss is too high: a signal that grows from layer to layer, a last layer of large weights, a sum; or,
 * where none of these is seen, the inputs. */
static const char *cause_above(clino__context *c, const subject *s, bool gross) {
  double last, scale = clino__largest_weights(c, &last);
  const clino_series *val = clino__series(c, "val/loss");
  /* The same net on validation, without what only training has. */
  if (gross && val && clino_series_step(val, 0) == 0 && clino_series_step(s->series, 0) == 0 &&
      clino_series_values(val)[0] < 0.5 * s->value)
    return CLINO__CAUSE_DROPOUT_STRONG;
  if (clino__growth_by_layer(c) > 1.6) return CLINO__CAUSE_INIT_LARGE; /* He's weights keep it: 1 */
  if (!(last > 3) && summed_over_batch(c, s)) return CLINO__CAUSE_LOSS_SUMMED;
  return gross && scale < 3 ? CLINO__CAUSE_INPUT_SCALE : CLINO__CAUSE_INIT_LARGE;
}

/* Is it what chance gives over the batch, or over the classes? A mean was taken twice. */
static bool divided(clino__context *c, const subject *s) {
  double batch = clino__setting(c, "batch_size"), times = s->expected / s->value;
  double classes = clino_run_attribute_number(c->run, "classes");
  bool by_batch = batch >= 4 && times > 0.6 * batch && times < 1.6 * batch;
  return s->value > 0 && (by_batch || (classes >= 4 && times > 0.8 * classes && times < 1.25 * classes));
}

static void judge(clino__context *c, const subject *s) {
  static const char *const divided_other[] = {CLINO__CAUSE_LABEL_LEAK, CLINO__CAUSE_TRAINED_BEFORE, NULL};
  static const char *const above[] = {CLINO__CAUSE_INIT_LARGE,  CLINO__CAUSE_REGULARIZATION_INCLUDED,
                                      CLINO__CAUSE_LOSS_SUMMED, CLINO__CAUSE_INPUT_SCALE,
                                      CLINO__CAUSE_WRONG_CLASSES, CLINO__CAUSE_DROPOUT_STRONG, NULL};
  static const char *const below[] = {CLINO__CAUSE_LABEL_LEAK, CLINO__CAUSE_CLASS_PRIOR, CLINO__CAUSE_WRONG_CLASSES,
                                      NULL};
  double allowed = clino__param(c, "tolerance") * fabs(s->expected) + s->slack, off = s->value - s->expected;
  /* Where the initial loss is only stated, as of regression, random outputs add their variance to that of the targets.
   */
  bool nats = strncmp(s->formula, "ln", 2) == 0, known = nats || strncmp(s->formula, "C", 1) == 0;
  bool fine = fabs(off) <= allowed,
       told = off > 0 && (known ? nats && off - s->slack <= clino__param(c, "logits")
                                : s->value - s->slack <= (1 + 2 * clino__param(c, "logits")) * fabs(s->expected)),
       gross = off > 0 && !told && s->value - s->slack > clino__param(c, "gross") * fabs(s->expected);
  clino_finding f = clino__finding(c,
                                   fine    ? CLINO_FINDING_PASS
                                   : told  ? CLINO_FINDING_INFO
                                   : gross ? CLINO_FINDING_FAIL
                                           : CLINO_FINDING_WARN,
                                   s->series);
  f.last_step = f.first_step;
  f.observed = s->value;
  f.threshold = off > 0 ? s->expected + allowed : s->expected - allowed;
  if (fine) {
    clino__add(c, &f, "the first loss is %g, as expected by chance: %s = %g", s->value, s->formula, s->expected);
    return;
  }
  f.final = !told;
  f.confidence = gross ? 0.95 : off < 0 ? 0.8 : 0.6; /* unlucky weights start high, and train */
  if (off < 0 && divided(c, s)) clino__finding_cause(&f, CLINO__CAUSE_LOSS_OVERSCALED, divided_other);
  else if (off < 0) clino__finding_cause(&f, CLINO__CAUSE_TRAINED_BEFORE, below);
  else clino__finding_cause(&f, cause_above(c, s, gross), above);
  if (off < 0)
    f.fix =
        "See whether weights were loaded, whether the label stands among the inputs, and whether the number of classes "
        "is right; a final bias set to the class frequencies lowers the loss rightly.";
  clino__add(c, &f, "the first loss is %g where chance gives %s = %g: %s than %g", s->value, s->formula, s->expected,
             off > 0 ? "more" : "less", f.threshold);
}

static void run(clino__context *c) {
  subject s = {NULL, NAN, 0, NAN, ""};
  clino__curve curve;
  s.series = clino__series(c, "loss/data");
  if (!s.series) s.series = clino__series(c, "train/loss");
  if (!s.series) {
    clino__skip(c, "no train/loss was logged");
    return;
  }
  if (!expectation(c, &s) || !clino__curve_of(c, s.series, 1, &curve)) return;
  size_t n = clino_series_count(s.series);
  int64_t first = clino_series_step(s.series, 0), low, high;
  bool ranged = clino_run_step_range(c->run, &low, &high);
  double span = ranged ? (double)high - fmin(0, (double)low) : 0;
  if (averages_epochs(c, s.series)) {
    clino__skip(c, "%s is an average over each epoch: log the loss of the first batch, before any update",
                clino_series_name(s.series));
  } else if (n < 2 && first > 0) {
    clino__skip(c, "one value alone, at step %" PRId64 ", is no initial loss: log the loss at step 0", first);
  } else if ((double)first > clino__param(c, "late") * span) {
    clino__skip(c, "the first loss was logged at step %" PRId64 ", too late to be an initial loss: log it at step 0",
                first);
  } else {
    estimate(&curve, clino_series_values(s.series), n, &s);
    if (isfinite(s.value)) judge(c, &s);
    else clino__skip(c, "%s has no finite value", clino_series_name(s.series));
  }
}

const clino__check clino__check_initial_loss = {
    {"initial-loss", "Initial loss against chance", "loss/data or train/loss from step 0; attributes loss, classes",
     params, sizeof params / sizeof params[0],
     "Compares the first logged loss with what scores near 0 give: ln C for softmax cross-entropy, C - 1 for the "
     "multiclass hinge loss, ln 2 for the logistic loss, the attribute initial_loss where it is set. loss/data is "
     "preferred, since a regularization term adds to the rest. What the loss may have moved before it was logged is "
     "allowed for; averages over an epoch are not judged.",
     "A wrong initial loss means that the initialization, the labels or the loss itself is not what was meant, and it "
     "shows before any time is spent on training.",
     "Evaluate the loss of one batch before the first update, without regularization. If it is too high, make the "
     "weights of the last layer smaller and see that the loss is averaged over the batch.",
     "Karpathy, CS231n: Neural Networks Part 3, sanity checks, 2015; Karpathy, A Recipe for Training Neural Networks, "
     "2019"},
    run};
