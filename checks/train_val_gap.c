/* train-val-gap: how much of what was learned on the training set does not carry over?
 *
 * The gap at the end, validation minus training loss, over what training has taken off the training loss: the run's own
 * scale, which knows neither the unit of the loss nor its zero. 0 is perfect, 1 means that on new data nothing was
 * gained.
 */
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 4, 3, 1e6, "points", "each of the two losses must have as many",
     "three points for the end, one for the start"},
    {"wide", 0.5, 0.01, 10, "fraction of what training gained", "a gap that is wider is a warning",
     "half of what was learned is lost on new data; a healthy run ends well below"},
    {"lost", 1, 0.01, 100, "fraction of what training gained",
     "a gap that is wider is a fault, if the validation loss also is no better than at its start",
     "at 1 nothing that was learned serves new data"},
    {"few", 10, 1, 1e6, "samples a class", "a data set with fewer (of regression: five times as many) is small",
     "of fewer, a tenth held out is not one of each class"},
    {"clear", 3, 1, 20, "standard deviations", "how far above the noise a gap must be",
     "0.1% of a normal distribution"},
};

typedef struct gap {
  clino__curve train, val;
  double train_end, val_start, val_end, gained;
  double width, error; /* of the gap */
  double lost;         /* fraction of what training gained that does not carry over */
  double lost_error;   /* of lost, where it stands on the first values of both losses */
  double train_error;  /* of the end of training alone */
} gap;

static double end_of(const clino__curve *v, size_t *k) {
  *k = v->n / 5 > 3 ? v->n / 5 : 3;
  if (*k > v->n) *k = v->n;
  return clino__curve_level(v, v->n - *k, v->n);
}

/* The gap over what training gained; or, where that is less, by how much the gain on validation falls short of it: a
 * gap that was there before, since one set is harder than the other, was not learned. */
static void measure_loss(gap *g) {
  double gained = g->train.y[0] - g->train_end, part = 1 - (g->val_start - g->val_end) / gained;
  g->lost = g->width / g->gained;
  g->lost_error = 0;
  if (!(gained > 0 && part < g->lost)) return;
  g->lost = part;
  g->lost_error = hypot(g->train.noise, g->val.noise) / gained;
  g->gained = gained;
}

static bool measure(clino__context *c, const clino_series *train, const clino_series *val, gap *g) {
  size_t least = (size_t)clino__param(c, "min_points"), kt, kv;
  if (!clino__curve_of(c, train, least, &g->train) || !clino__curve_of(c, val, least, &g->val)) return false;
  if (g->train.n < 3 || g->val.n < 3) return true;
  g->train_end = end_of(&g->train, &kt);
  g->val_end = end_of(&g->val, &kv);
  g->val_start = g->val.y[0];
  /* The training loss may have been averaged over the first epoch, the validation loss not: whichever began higher. */
  g->gained = fmax(g->train.y[0], g->val_start) - g->train_end;
  g->width = g->val_end - g->train_end;
  measure_loss(g);
  g->train_error = clino__median_error(g->train.noise, kt);
  g->error = hypot(g->train_error, clino__median_error(g->val.noise, kv));
  return true;
}

/* Next to no data, fitted exactly, and a validation loss that rests far above. */
static bool starved_of_data(clino__context *c, const gap *g) {
  double samples = clino__setting(c, "dataset_size"), classes = clino_run_attribute_number(c->run, "classes");
  double few = clino__param(c, "few") * (classes >= 2 ? classes : 5);
  return samples > 0 && samples <= few && g->width > clino__param(c, "clear") * g->error &&
         g->val_end > 0.1 * g->val_start && fabs(g->train_end) < 0.2 * g->val_end && g->train.n >= 8;
}

static clino_finding about(const clino__context *c, const gap *g, clino_finding_level level) {
  clino_finding f = clino__finding(c, level, g->val.series);
  f.first_step = g->val.first_step[0];
  f.last_step = g->val.last_step[g->val.n - 1];
  return f;
}

static void judge(clino__context *c, const gap *g) {
  static const char *const other[] = {CLINO__CAUSE_DATA_SMALL, CLINO__CAUSE_REGULARIZATION_WEAK,
                                      CLINO__CAUSE_DATA_SHIFT, NULL};
  static const char *const memorized[] = {CLINO__CAUSE_OVERFITTING, CLINO__CAUSE_DATA_SMALL, CLINO__CAUSE_DATA_SHIFT,
                                          NULL};
  double clear = clino__param(c, "clear"), lost = g->lost;
  bool beyond = g->width > clear * g->error, wide = beyond && lost - clear * g->lost_error > clino__param(c, "wide");
  bool no_gain = g->val_end - g->val_start > clear * fmax(g->val.noise, g->error);
  bool starved = !wide && starved_of_data(c, g);
  bool worst = wide && lost > clino__param(c, "lost") && no_gain && g->val.n >= 8 && g->train.n >= 8;
  clino_finding f = about(c, g, worst ? CLINO_FINDING_FAIL : wide ? CLINO_FINDING_WARN : CLINO_FINDING_PASS);
  f.observed = lost;
  f.threshold = clino__param(c, worst ? "lost" : "wide");
  if (wide) {
    clino__finding_cause(&f, CLINO__CAUSE_OVERFITTING, other);
    if (clino__never_better(c, &g->val)) clino__finding_cause(&f, CLINO__CAUSE_LABELS_SHUFFLED, memorized);
    f.confidence = worst ? 0.95 : 0.75;
    clino__add(c, &f, "%s ends at %g, training at %g: %g%% of the %g that training gained does not carry over",
               clino_series_name(g->val.series), g->val_end, g->train_end, 100 * lost, g->gained);
  } else if (starved) {
    f.level = CLINO_FINDING_WARN;
    f.confidence = 0.7;
    clino__finding_cause(&f, CLINO__CAUSE_DATA_SMALL, memorized);
    clino__add(c, &f, "so few training samples are fitted exactly (%g), and %s rests at %g, from %g", g->train_end,
               clino_series_name(g->val.series), g->val_end, g->val_start);
  } else if (-g->width > clear * g->error && -g->width > 0.1 * g->gained) {
    static const char *const below[] = {CLINO__CAUSE_LABEL_LEAK, CLINO__CAUSE_DATA_SHIFT, NULL};
    f.level = CLINO_FINDING_INFO;
    clino__finding_cause(&f, CLINO__CAUSE_TRAIN_ONLY_NOISE, below);
    f.fix =
        "Nothing, if dropout or augmentation make training harder, or the training loss is an average over the epoch; "
        "else see whether validation samples stand in the training set.";
    clino__add(c, &f, "%s ends at %g, below training at %g", clino_series_name(g->val.series), g->val_end,
               g->train_end);
  } else {
    clino__add(c, &f,
               "%s ends at %g, training at %g: %g%% of the %g that training gained does not carry over, noise %g",
               clino_series_name(g->val.series), g->val_end, g->train_end, 100 * lost, g->gained, g->error);
  }
}

static void compare(clino__context *c, const clino_series *train, const clino_series *val) {
  size_t least = (size_t)clino__param(c, "min_points");
  gap g;
  if (!measure(c, train, val, &g)) return;
  if (g.train.n < least || g.val.n < least) {
    clino__skip(c, "%zu points of training and %zu of validation loss are too few: log at least %zu of each", g.train.n,
                g.val.n, least);
  } else if (!(g.gained > clino__param(c, "clear") * fmax(g.train_error, g.train.noise))) {
    clino_finding f = about(c, &g, CLINO_FINDING_INFO);
    f.fix = "See to the training loss first: until it falls, the gap says nothing.";
    clino__add(c, &f,
               "%s ends at %g, training at %g; since training gained nothing beyond its noise, the gap has no scale",
               clino_series_name(val), g.val_end, g.train_end);
  } else {
    judge(c, &g);
  }
}

static void run(clino__context *c) {
  if (!clino__judge_validation(c, true, "a gap between losses", compare))
    clino__skip(c, "no training loss with its validation loss was logged: log train/loss and val/loss");
}

const clino__check clino__check_train_val_gap = {
    {"train-val-gap", "Gap between training and validation",
     "train/loss and val/loss (or train/loss/NAME and val/loss/NAME)", params, sizeof params / sizeof params[0],
     "Takes the gap between validation and training loss at the end of the run as a fraction of what training took off "
     "the training loss, without the gap that was there at the start, and holds it against the noise of both. A "
     "validation loss below the training loss is only reported.",
     "What was learned on the training set and does not hold on new data is memorized, not learned.",
     "Get more data or augment it; then more regularization (weight decay, dropout), or a smaller net.",
     "Karpathy, CS231n: Neural Networks Part 3, train/val accuracy, 2015; Goodfellow, Bengio and Courville, Deep "
     "Learning, 2016, section 5.2"},
    run};
