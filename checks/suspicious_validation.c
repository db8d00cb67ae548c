/* suspicious-validation: validation that is better than training for good, the same as training, or perfect.
 *
 * A little better is the rule with dropout, augmentation or a training loss averaged over the epoch, and is told only.
 * What is spoken of: a training loss that stays high while validation is far lower (noise in training so strong that it
 * cannot be fitted), a validation loss a tenth of the training loss at the end, numbers that are the same.
 */
#include <math.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/promise.h"
#include "checks/proportion.h"

static const clino_check_param params[] = {
    {"min_points", 5, 4, 1e6, "points", "each of the two losses must have as many", "a second half of three points"},
    {"lasting", 0.8, 0.5, 1, "fraction of the second half", "so many points must lie below training",
     "noise alone gives a half"},
    {"high", 0.5, 0.05, 1, "fraction of its start", "a training loss that ends above is not fitted",
     "dropout of a half doubles a cross-entropy late in training, and leaves it far below its start"},
    {"lower", 0.7, 0.1, 1, "times the training loss", "and a validation loss below that says that it could be",
     "a third less"},
    {"far", 0.1, 1e-6, 1, "times the training loss", "a validation loss below that is of other or of leaked data",
     "no dropout rate in use makes ten times of a loss"},
    {"solved", 0.05, 1e-6, 0.5, "fraction of its start", "losses of both below are of a task that is solved",
     "the right class has a probability of 0.9 of ten"},
    {"perfect", 0.005, 1e-9, 0.5, "fraction of its start", "a validation loss below is too good",
     "a mean probability of 0.99 of the right one of ten, without an error; 99% right answers on digits leave 0.01"},
    {"error_free", 0.02, 1e-9, 0.5, "fraction of its start",
     "so is one below where validation makes no error in the second half",
     "real data hold samples with a wrong label: 0.15 to 10% of the test sets in use (Northcutt et al. 2021)"},
    {"at_once", 0.17, 0.01, 1, "fraction of the run", "and nine tenths of the validation loss are gone within",
     "a copy of the label is one weight to learn; other tasks take a good part of what one cares to train"},
    {"noisy", 1.25, 1, 100, "times the validation loss", "a training loss that starts above has noise of its own",
     "Srivastava et al. 2014: scores scaled by 1 / (1 - p); dropout of up to a half raises it by 15% and less"},
    {"equal", 0.02, 1e-6, 0.5, "fraction of the loss",
     "where samples are few, a validation loss so near training is of them",
     "the mean loss of 300 samples is itself uncertain by 3% and more"},
    {"same", 1e-6, 0, 1e-2, "relative difference", "losses that agree so well are the same numbers",
     "as many digits as logs print"},
};

typedef struct pair {
  clino__curve train, val;
  double train_end, val_end, top; /* medians of the second halves; the start of training */
  double below, same;             /* fractions of the second half of validation */
} pair;

static bool measure(clino__context *c, const clino_series *train, const clino_series *val, pair *p) {
  size_t below = 0, same = 0, judged = 0;
  if (!clino__curve_of(c, train, 4, &p->train) || !clino__curve_of(c, val, 4, &p->val)) return false;
  if (p->train.n < 4 || p->val.n < 4) return true;
  double tolerance = clino__param(c, "same");
  for (size_t i = p->val.n / 2; i < p->val.n; i++, judged++) {
    double y = p->train.y[clino__curve_same_time(&p->train, &p->val, i)];
    below += p->val.y[i] < y;
    same += fabs(p->val.y[i] - y) <= tolerance * fabs(y);
  }
  p->below = (double)below / (double)judged;
  p->same = (double)same / (double)judged;
  p->train_end = clino__curve_level(&p->train, p->train.n - (p->train.n + 3) / 4, p->train.n);
  p->val_end = clino__curve_level(&p->val, p->val.n - (p->val.n + 3) / 4, p->val.n);
  p->top = fmax(p->train.y[0], clino__curve_level(&p->train, 0, p->train.n / 4 + 1));
  return true;
}

static clino_finding about(const clino__context *c, const pair *p, clino_finding_level level) {
  clino_finding f = clino__finding(c, level, p->val.series);
  f.first_step = p->val.first_step[p->val.n / 2];
  f.last_step = p->val.last_step[p->val.n - 1];
  f.observed = p->val_end;
  f.threshold = p->train_end;
  return f;
}

static void the_same(clino__context *c, const pair *p) {
  static const char *const other[] = {CLINO__CAUSE_METRIC_SPLIT, NULL};
  clino_finding f = about(c, p, CLINO_FINDING_FAIL);
  f.confidence = 0.95;
  clino__finding_cause(&f, CLINO__CAUSE_VAL_IS_TRAIN, other);
  f.fix = "Evaluate on data that was held out; see which data set and which variable the log takes.";
  clino__add(c, &f, "%s and training are the same numbers in %g%% of the second half: both end at %g",
             clino_series_name(p->val.series), 100 * p->same, p->val_end);
}

/* Before the first update both losses are of the same net, which has learned nothing: what lifts training above
 * guessing, and not validation, is noise that only training sees. */
static bool starts_noisy(clino__context *c, const pair *p) {
  const clino_series *data = clino__series(c, "loss/data");
  double chance = clino__chance_loss(c, NULL), train = data ? clino_series_values(data)[0] : p->train.y[0];
  double val = p->val.y[0], noise = p->train.noise;
  if (p->train.first_step[0] != 0 || p->val.first_step[0] != 0) return false;
  if (data && clino_series_step(data, 0) != 0) return false;
  if (clino__promise_of(c).cosine > 0.6) return false; /* batches are alike: the first ones may be of one class */
  return train > clino__param(c, "noisy") * val && train - val > 3 * noise && train > 1.15 * chance &&
         val > 0.5 * chance && p->train_end > 0.15 * chance && p->train_end > 0.98 * p->val_end;
}

static void decide(clino__context *c, const pair *p) {
  static const char *const noise[] = {CLINO__CAUSE_TRAIN_ONLY_NOISE, CLINO__CAUSE_LABEL_LEAK, CLINO__CAUSE_EASY_VAL,
                                      NULL};
  static const char *const leak[] = {CLINO__CAUSE_TRAIN_ONLY_NOISE, CLINO__CAUSE_EASY_VAL, CLINO__CAUSE_VAL_IS_TRAIN,
                                     NULL};
  static const char *const usual[] = {CLINO__CAUSE_EASY_VAL, CLINO__CAUSE_LABEL_LEAK, NULL};
  bool lasting = p->below >= clino__param(c, "lasting") && p->train_end > 0 && p->val_end > 0;
  bool clear = p->train_end - p->val_end > 3 * hypot(p->train.noise, p->val.noise) / sqrt((double)p->val.n / 4 + 1);
  double ratio = p->val_end / p->train_end;
  bool strong = lasting && clear && ratio < clino__param(c, "lower") && p->top > 0 &&
                p->train_end > clino__param(c, "high") * p->top && p->train.n >= 10 &&
                p->val_end < p->val.y[0] - 3 * p->val.noise && /* that was learned */
                p->val.y[0] > 0.8 * p->train.y[0]; /* a set that is easier is so from the start */
  bool far = lasting && clear && ratio < clino__param(c, "far"), noisy = starts_noisy(c, p);
  strong = strong || noisy;
  clino_finding f = about(c, p,
                          strong || far      ? CLINO_FINDING_WARN
                          : lasting && clear ? CLINO_FINDING_INFO
                                             : CLINO_FINDING_PASS);
  if (noisy) f.first_step = 0;
  f.confidence = noisy ? 0.85 : strong ? 0.75 : 0.6;
  if (strong) clino__finding_cause(&f, CLINO__CAUSE_DROPOUT_STRONG, noise);
  else if (far) clino__finding_cause(&f, CLINO__CAUSE_LABEL_LEAK, leak);
  else if (f.level == CLINO_FINDING_INFO) clino__finding_cause(&f, CLINO__CAUSE_TRAIN_ONLY_NOISE, usual);
  clino__add(c, &f, "%s ends at %g, training at %g: %s in %g%% of the second half, %g times as high%s",
             clino_series_name(p->val.series), p->val_end, p->train_end, "below training", 100 * p->below, ratio,
             noisy    ? "; and training started far above validation, which only noise in training does"
             : strong ? "; training hardly fits what validation shows to be learnable"
                      : "");
}

/* Were nine tenths of the validation loss gone within the first part of the run? */
static bool at_once(const clino__context *c, const pair *p) {
  const clino__curve *v = &p->val;
  size_t i = 0;
  while (i < v->n && !(v->y[i] < 0.1 * v->y[0])) i++;
  if (i == v->n) return false;
  double first = (double)v->first_step[0], span = (double)v->last_step[v->n - 1] - first;
  return (double)v->first_step[i] - first <= clino__param(c, "at_once") * span;
}

/* Does validation make next to no error in its second half? False where accuracy was not logged. */
static bool error_free(clino__context *c) {
  const clino_series *series = clino__series(c, "val/accuracy");
  clino__curve a;
  double errors = 0, most = 0;
  if (!series || !clino__curve_plain(c, series, 5, &a) || a.n < 5) return false;
  for (size_t i = 0; i < a.n; i++) most = fmax(most, a.y[i]);
  for (size_t i = a.n / 2; i < a.n; i++) errors += 1 - a.y[i] / (most > 1.5 ? 100 : 1);
  return errors < 0.002 * (double)(a.n - a.n / 2); /* one in 500 */
}

/* Is validation of other samples than training: a count of another number, or another loss where each batch is the
 * whole training set and nothing was learned yet? */
static bool other_samples(clino__context *c, const pair *p, double samples) {
  const clino_series *series = clino__series(c, "val/accuracy");
  size_t counted = series ? clino__counted_samples(series, 1000) : 0;
  bool whole = clino__steps_per_epoch(c) == 1 && !clino__series(c, "loss/regularization");
  bool start = p->train.first_step[0] == 0 && p->val.first_step[0] == 0;
  if (whole && start && fabs(p->train.y[0] - p->val.y[0]) > clino__param(c, "same") * fabs(p->val.y[0])) return true;
  return counted > 0 && samples <= 1000 && (double)counted != samples;
}

/* Training has gone to nearly 0, and validation with it: new data is never fitted so well unless it is easy or known.
 * An easy task takes its time; a label that stands among the inputs is found at once. */
static bool too_good(clino__context *c, const pair *p) {
  static const char *const if_known[] = {CLINO__CAUSE_LABEL_LEAK, CLINO__CAUSE_EASY_VAL, NULL};
  static const char *const if_not[] = {CLINO__CAUSE_VAL_IS_TRAIN, CLINO__CAUSE_EASY_VAL, NULL};
  double low = clino__param(c, "solved") * p->top, samples = clino__setting(c, "dataset_size"), classes;
  classes = clino_run_attribute_number(c->run, "classes");
  bool fitted = p->train_end > 0 && p->train_end < low && p->val_end > 0;
  bool perfect = fitted && p->val_end < clino__param(c, "perfect") * fmin(p->top, p->val.y[0]);
  bool flawless = fitted && p->val_end < clino__param(c, "error_free") * fmin(p->top, p->val.y[0]) && error_free(c);
  if (!(fitted && p->val_end < fmin(2 * p->train_end, low)) && !perfect && !flawless) return false;
  if (p->train.n < 10) return false;
  bool few = samples > 0 && samples < 50 * fmax(2, classes), found = (perfect || flawless) && at_once(c, p);
  bool known = few && !(found && other_samples(c, p, samples));
  clino_finding f = about(c, p, few || found ? CLINO_FINDING_WARN : CLINO_FINDING_INFO);
  f.confidence = found ? 0.7 : few ? 0.6 : 0.5;
  clino__finding_cause(&f, known ? CLINO__CAUSE_VAL_IS_TRAIN : CLINO__CAUSE_LABEL_LEAK, known ? if_known : if_not);
  clino__add(c, &f, "%s ends at %g, as low as training at %g, which is %g%% of its start%s",
             clino_series_name(p->val.series), p->val_end, p->train_end, 100 * p->train_end / p->top,
             known   ? ": so few samples do not teach a net that much about new ones"
             : found ? ", and was nearly there at once: a very easy task, or the label stands among the inputs"
                     : ": an easy task, or a leak");
  return true;
}

/* Is validation, of one stretch, where the training curve passes at that moment? *off: how far from it on the mean, as
 * a fraction of the loss; *error: of that mean. */
static void pass_by(const pair *p, size_t from, size_t to, double *off, double *error) {
  double mean = 0, square = 0, level = 0, n = (double)(to - from);
  for (size_t i = from; i < to; i++) level += p->val.y[i] / n, mean += (p->val.y[i] - p->train.y[i]) / n;
  for (size_t i = from; i < to; i++) square += pow(p->val.y[i] - p->train.y[i] - mean, 2) / n;
  /* A mean over the steps before the row lags by half of what falls until the next. */
  double lag = (p->train.y[from] - p->train.y[to - 1]) / (n - 1) / 2;
  *off = fabs(mean + lag) / level;
  *error = sqrt(square / n) / level;
}

/* So few samples always leave a gap to new ones; here there is none that shows in either of the last two quarters. */
static bool without_gap(clino__context *c, const pair *p) {
  static const char *const other[] = {CLINO__CAUSE_METRIC_SPLIT, CLINO__CAUSE_EASY_VAL, NULL};
  double samples = clino__setting(c, "dataset_size"), classes = clino_run_attribute_number(c->run, "classes");
  double least = clino__param(c, "equal"), off[2], error[2];
  size_t n = p->val.n;
  if (!(samples > 0 && samples < 50 * fmax(2, classes)) || n != p->train.n || n < 24 || !(p->val_end > 0)) return false;
  if (!(p->val_end < 0.9 * p->top)) return false;
  for (size_t k = 0; k < 2; k++) pass_by(p, n / 2 + k * (n / 4), n / 2 + (k + 1) * (n / 4), &off[k], &error[k]);
  if (!(fmax(off[0], off[1]) < least) || !(fmax(error[0], error[1]) < least)) return false;
  clino_finding f = about(c, p, CLINO_FINDING_WARN);
  f.observed = fmax(off[0], off[1]);
  f.threshold = least;
  f.confidence = 0.7;
  clino__finding_cause(&f, CLINO__CAUSE_VAL_IS_TRAIN, other);
  clino__add(c, &f, "%s follows training to %g%% of the loss, which new data does not after so few samples",
             clino_series_name(p->val.series), 100 * f.observed);
  return true;
}

static void compare(clino__context *c, const clino_series *train, const clino_series *val) {
  size_t least = (size_t)clino__param(c, "min_points");
  const clino_series *data = clino__series(c, "loss/data");
  pair p;
  /* A penalty is no part of validation. */
  if (data && strcmp(clino_series_name(train), "train/loss") == 0 &&
      clino_series_count(data) >= clino_series_count(train) / 2)
    train = data;
  if (!measure(c, train, val, &p)) return;
  if (p.train.n < least || p.val.n < least)
    clino__skip(c, "%zu points of training and %zu of validation loss are too few: log at least %zu of each", p.train.n,
                p.val.n, least);
  else if (p.same >= clino__param(c, "lasting") && p.val.n >= 8 && p.val.noise > 0) the_same(c, &p);
  else if (!too_good(c, &p) && !without_gap(c, &p)) decide(c, &p);
}

static void run(clino__context *c) {
  if (!clino__judge_validation(c, true, "a validation loss below training", compare))
    clino__skip(c, "no training loss with its validation loss was logged: log train/loss and val/loss");
}

const clino__check clino__check_suspicious_validation = {
    {"suspicious-validation", "Validation better than training",
     "train/loss and val/loss (or train/loss/NAME and val/loss/NAME)", params, sizeof params / sizeof params[0],
     "Looks in the second half of the run for a validation loss that stays below training. In order of likelihood: "
     "dropout or augmentation in training, a training loss averaged over the epoch, easier validation data or a "
     "smaller "
     "mean, a leak. Warns where training stays high and validation does not, where validation is a tenth of training, "
     "and where both are solved at once without an error; fails where both are the same numbers.",
     "A validation score that is too good says nothing about new data.",
     "Evaluate training data in evaluation mode (no dropout, no augmentation): if that closes the gap, weaken them "
     "where training stays high. Else look for duplicates between the two sets.",
     "Karpathy, A Recipe for Training Neural Networks, 2019; Srivastava et al., Dropout, 2014; Kaufman et al., Leakage "
     "in Data Mining, 2012; Northcutt et al., Pervasive Label Errors in Test Sets, 2021"},
    run};
