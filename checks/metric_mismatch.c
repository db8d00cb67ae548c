/* metric-mismatch: do loss and accuracy tell the same story?
 *
 * A sample that is classified wrongly gives its class a probability of at most 1/2, and so adds ln 2 or more to the sum
 * of cross-entropy: accuracy >= 1 - loss / ln 2, over the same samples and for means over the same steps alike. An
 * accuracy below that is not of these samples, or the loss is not that loss. Softmax applied twice leaves a loss that
 * cannot fall below ln(1 + (C - 1) / e) however good the accuracy.
 */
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/proportion.h"

static const clino_check_param params[] = {
    {"min_points", 6, 4, 1e6, "points", "loss and accuracy must have as many", "two halves of three points"},
    {"slack", 0.05, 0, 0.5, "", "how far below the bound an accuracy may lie",
     "the two may be averaged over different batches"},
    {"twice", 0.1, 0.01, 0.5, "fraction of what it can take off ln C",
     "a loss so little above that of softmax twice is it",
     "probabilities taken for scores: ln(1 + (C - 1) / e), and 1 more for each error; less certain ones cost more"},
    {"good", 0.5, 0.1, 1, "", "an accuracy from which on the two can be told apart",
     "by Fano's inequality an honest softmax of that accuracy pays less"},
    {"fell", 0.5, 0.1, 1, "fraction of the start", "a loss that fell by more must show in the accuracy",
     "half of ln C gone lifts the accuracy far above chance"},
    {"error", 10, 1, 100, "nats", "an error that would have to cost more is none",
     "a probability of exp(-10), 5e-5, for the right class in each of them; usual is 2 to 5"},
    {"excess", 0.1, 0.01, 10, "nats", "a validation loss that is less above training needs no errors",
     "ln 2 for one sample in seven; less may come of right answers that are less certain"},
    {"nothing", 0.01, 0, 0.5, "", "scores that never come above mean that nothing was learned that they measure",
     "below the level of guessing of a hundred classes"},
    {"counted", 1000, 2, 1000, "samples", "a training set of more is too large to be known again by its size",
     "so few always leave a gap to new data, and six digits of an accuracy tell a count of them"},
    {"evaluations", 30, 5, 1e6, "points", "after so many evaluations", "a detector scores within a few epochs"},
};

typedef struct match {
  const clino_series *series;  /* the accuracy */
  clino__curve loss, accuracy; /* accuracy as a fraction */
  double loss_start, loss_end, start, end;
  double loss_before, before;  /* in the quarter before the last */
  bool softmax, known; /* by the attribute loss; is it set */
  double classes;
} match;

static bool measure(clino__context *c, const char *loss, const char *accuracy, match *m) {
  const clino_series *l = clino__series(c, loss), *a = clino__series(c, accuracy);
  size_t least = (size_t)clino__param(c, "min_points");
  const char *kind = clino_run_attribute(c->run, "loss");
  if (!l || !a || !clino__curve_of(c, l, least, &m->loss) || !clino__curve_of(c, a, least, &m->accuracy)) return false;
  if (m->loss.n < least || m->accuracy.n < least) return false;
  double most = 0;
  for (size_t i = 0; i < m->accuracy.n; i++) most = fmax(most, m->accuracy.y[i]);
  for (size_t i = 0; i < m->accuracy.n && most > 1.5; i++) m->accuracy.y[i] /= 100; /* percent */
  size_t k = m->loss.n / 4 ? m->loss.n / 4 : 1, j = m->accuracy.n / 4 ? m->accuracy.n / 4 : 1;
  m->series = a;
  m->loss_start = fmax(m->loss.y[0], clino__curve_level(&m->loss, 0, k));
  m->loss_end = clino__curve_level(&m->loss, m->loss.n - k, m->loss.n);
  m->start = fmin(m->accuracy.y[0], clino__curve_level(&m->accuracy, 0, j));
  m->end = clino__curve_level(&m->accuracy, m->accuracy.n - j, m->accuracy.n);
  m->loss_before = clino__curve_level(&m->loss, m->loss.n - 2 * k, m->loss.n - k);
  m->before = clino__curve_level(&m->accuracy, m->accuracy.n - 2 * j, m->accuracy.n - j);
  m->known = kind != NULL;
  m->softmax = kind && (clino__mentions(kind, "softmax") || clino__mentions(kind, "logistic"));
  m->classes = clino_run_attribute_number(c->run, "classes");
  return true;
}

static void report(clino__context *c, const match *m, clino_finding_level level, const char *cause, double confidence,
                   double threshold, const char *what) {
  static const char *const other[] = {CLINO__CAUSE_METRIC_BROKEN, CLINO__CAUSE_METRIC_SPLIT,
                                      CLINO__CAUSE_LOSS_OVERSCALED, NULL};
  clino_finding f = clino__finding(c, level, m->series);
  f.observed = m->end;
  f.threshold = threshold;
  f.confidence = confidence;
  clino__finding_cause(&f, cause, other);
  clino__add(c, &f, "%s ends at %g and its loss at %g (from %g): %s (%g)", clino_series_name(m->series), m->end,
             m->loss_end, m->loss_start, what, threshold);
}

/* Out of [0, 1], or of [0, 100]. */
static bool impossible(clino__context *c, const match *m) {
  for (size_t i = 0; i < m->accuracy.n; i++)
    if (m->accuracy.y[i] < 0 || m->accuracy.y[i] > 1.0001) {
      report(c, m, CLINO_FINDING_WARN, CLINO__CAUSE_METRIC_BROKEN, 0.9, 1,
             "an accuracy lies between 0 and 1, or 0 "
             "and 100");
      return true;
    }
  return false;
}

/* Probabilities given to a softmax for scores: the loss lies on its line over the accuracy, above what an honest one
 * pays. */
static bool is_twice(clino__context *c, const match *m) {
  double floor = log1p((m->classes - 1) / exp(1)), line = floor + 1 - m->end;
  if (!m->softmax || !(m->classes >= 2) || !(m->end > clino__param(c, "good"))) return false;
  double error = fmin(0.1, clino__median_error(m->loss.noise, m->loss.n / 4 + 1));
  double above = m->loss_end - line, before = m->loss_before - floor - 1 + m->before;
  double slack = clino__param(c, "twice") * (log(m->classes) - floor);
  /* One that passes through the line on its way down is not held by it. */
  if (before - above > slack / 2 + 3 * error) return false;
  return above > -0.02 - error && above < slack && m->loss_end < m->loss_start &&
         m->loss_end > 1.1 * clino__fano(m->end, m->classes);
}

/* Both in training and in validation, where both were logged. */
static bool all_twice(clino__context *c, const match *m) {
  static const char *const pairs[][2] = {{"train/loss", "train/accuracy"}, {"val/loss", "val/accuracy"}};
  match other = {.classes = NAN};
  if (!is_twice(c, m)) return false;
  for (size_t i = 0; i < 2; i++)
    if (measure(c, pairs[i][0], pairs[i][1], &other) && other.series != m->series && !is_twice(c, &other)) return false;
  return true;
}

static bool judge(clino__context *c, const match *m) {
  double bound = 1 - m->loss_end / log(2), slack = clino__param(c, "slack");
  double floor = m->classes >= 2 ? log1p((m->classes - 1) / exp(1)) : NAN;
  bool moved = m->end - m->start > 4 * m->accuracy.noise || m->end > m->start + 0.05;
  bool fell = m->loss_end < (1 - clino__param(c, "fell")) * m->loss_start && m->loss_end >= 0;
  if (impossible(c, m)) return true;
  if (m->loss_end >= 0 && m->loss_start > 0 && bound - m->end > slack + 3 * m->accuracy.noise && m->softmax) {
    report(c, m, CLINO_FINDING_FAIL, CLINO__CAUSE_METRIC_SPLIT, 0.95, bound,
           "a cross-entropy so low means at least the accuracy 1 - loss / ln 2");
  } else if (all_twice(c, m)) {
    report(c, m, CLINO_FINDING_WARN, CLINO__CAUSE_SOFTMAX_TWICE, 0.9, floor + 1 - m->end,
           "so good an accuracy at so high a loss, just above what softmax applied twice can reach");
  } else if (fell && !moved && m->end < 0.9 && m->start < 0.5 && m->loss.n >= 10 && m->accuracy.n >= 10 &&
             (m->softmax || !m->known)) {
    report(c, m, CLINO_FINDING_WARN, CLINO__CAUSE_METRIC_BROKEN, 0.7, m->start,
           "the loss fell by half and more, and the accuracy did not move from its start");
  } else {
    return false;
  }
  return true;
}

/* Training and validation accuracy that are the same numbers are one of them twice. */
static bool copied(clino__context *c, match *m) {
  const clino_series *a = clino__series(c, "train/accuracy"), *b = clino__series(c, "val/accuracy");
  size_t n = a ? clino_series_count(a) : 0, same = 0, changes = 0;
  if (!a || !b || n != clino_series_count(b) || n < 8) return false;
  const double *x = clino_series_values(a), *y = clino_series_values(b);
  for (size_t i = 0; i < n; i++) same += x[i] == y[i], changes += i && x[i] != x[i - 1];
  if (same < n || changes < 4 || !measure(c, "val/loss", "val/accuracy", m)) return false;
  report(c, m, CLINO_FINDING_WARN, CLINO__CAUSE_METRIC_SPLIT, 0.9, m->end,
         "train/accuracy and val/accuracy are the same numbers");
  return true;
}

/* Does one accuracy end where the other does, or above, within their noise? */
static bool follows(const match *t, const match *m) {
  double n = fmin((double)t->accuracy.n / 4 + 1, 25);
  return m->end - t->end > -0.01 - 3 * hypot(t->accuracy.noise, m->accuracy.noise) / sqrt(n);
}

/* Validation accuracy that goes with training while its loss does not: each of the few errors would have to cost more
 * than a certain net pays, and a loss above ln C takes errors at all. */
static bool too_accurate(clino__context *c, match *m) {
  match t = {.classes = NAN};
  if (!measure(c, "train/loss", "train/accuracy", &t) || !measure(c, "val/loss", "val/accuracy", m)) return false;
  double excess = m->loss_end - fmax(0, t.loss_end), wrong = 1 - m->end, limit = clino__param(c, "error");
  if (!m->softmax || !follows(&t, m) || t.loss_end < 0 || m->accuracy.n < 8) return false;
  if (!(excess > clino__param(c, "excess")) || !(excess > 3 * m->loss.noise) || !(excess > limit * wrong)) return false;
  report(c, m, CLINO_FINDING_WARN, CLINO__CAUSE_METRIC_SPLIT, 0.95, limit * wrong,
         "an accuracy as good as in training, at a loss that so few errors cannot make: they explain at most");
  return true;
}

/* Does the loss lie above that of training, less its penalty, in nearly all of the second half? */
static bool stays_above(const match *m, const match *t, double penalty) {
  size_t above = 0, from = m->loss.n / 2;
  for (size_t i = from; i < m->loss.n; i++)
    above += m->loss.y[i] > t->loss.y[clino__curve_same_time(&t->loss, &m->loss, i)] - penalty;
  return above * 10 > (m->loss.n - from) * 8;
}

/* Validation accuracy that is a count of as many samples as are trained on, and ends where training does: it is of
 * them. So is the loss, where that ends there as well. */
static bool counted(clino__context *c, match *m) {
  match t = {.classes = NAN};
  double samples = clino__setting(c, "dataset_size"), most = clino__param(c, "counted");
  const clino_series *penalty = clino__series(c, "loss/regularization");
  clino__curve v;
  if (!(samples >= 2 && samples <= most) || !measure(c, "train/loss", "train/accuracy", &t)) return false;
  if (!measure(c, "val/loss", "val/accuracy", m) || !follows(&t, m)) return false;
  if ((double)clino__counted_samples(m->series, (size_t)most) != samples) return false;
  double train = t.loss_end;
  if (penalty && clino__curve_plain(c, penalty, 4, &v) && v.n) train -= clino__curve_level(&v, v.n - v.n / 4 - 1, v.n);
  double error = 3 * hypot(t.loss.noise, m->loss.noise) / sqrt((double)m->loss.n / 4 + 1);
  bool same = fabs(m->loss_end - train) < fmax(error, 0.1 * fabs(train)) && !stays_above(m, &t, t.loss_end - train);
  report(c, m, CLINO_FINDING_WARN, same ? CLINO__CAUSE_VAL_IS_TRAIN : CLINO__CAUSE_METRIC_SPLIT, 0.9, samples,
         "it ends where train/accuracy does, and every value of it is a count of as many samples as are trained on");
  return true;
}

static bool is_score(const char *name) {
  static const char *const words[] = {"accuracy", "acc", "map", "map50", "ap", "ap50", "f1", "iou", "miou", "dice"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (clino__mentions(name, words[i])) return true;
  return false;
}

/* All scores of the run stay next to 0, although evaluated many times. */
static bool nothing_scored(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_METRIC_BROKEN, CLINO__CAUSE_LABELS_SHUFFLED,
                                      CLINO__CAUSE_LEARNING_RATE_LOW, NULL};
  size_t n = clino_run_series_count(c->run);
  const clino_series *best = NULL;
  double most = 0, limit = clino__param(c, "nothing");
  for (size_t i = 0; i < n; i++) {
    const clino_series *s = clino__series_under(c, i, "", NULL);
    if (!s || !is_score(clino_series_name(s))) continue;
    clino__extent range = clino__extent_in(c, s);
    if (!(range.max <= limit) || !(range.min >= 0)) return false;
    bool enough = (double)clino_series_count(s) >= clino__param(c, "evaluations") && range.max > 0;
    if (enough && range.max >= most) best = s, most = range.max;
  }
  if (!best) return false;
  clino_finding f = clino__finding(c, CLINO_FINDING_WARN, best);
  f.observed = most;
  f.threshold = limit;
  f.confidence = 0.6;
  clino__finding_cause(&f, CLINO__CAUSE_MODEL_SMALL, other);
  clino__add(c, &f,
             "%s, the best of the scores, never came above %g in %zu evaluations: nothing was learned that it "
             "measures",
             clino_series_name(best), most, clino_series_count(best));
  return true;
}

static void run(clino__context *c) {
  static const char *const pairs[][2] = {{"train/loss", "train/accuracy"}, {"val/loss", "val/accuracy"}};
  match m = {.classes = NAN};
  size_t judged = 0, fired = 0;
  const char *why;
  bool moving = clino__moving_objective(c, &why);
  for (size_t i = 0; i < 2 && !moving && !c->status; i++) {
    if (!measure(c, pairs[i][0], pairs[i][1], &m)) continue;
    if (i == 0 && clino__series(c, "loss/regularization")) m.softmax = false; /* the penalty is no part of its bounds */
    judged++;
    fired += judge(c, &m);
  }
  fired += judged && !fired && copied(c, &m);
  fired += judged && !fired && counted(c, &m);
  fired += judged && !fired && too_accurate(c, &m);
  fired += !moving && nothing_scored(c);
  if (!judged && !fired) {
    clino__skip(c, "no loss with its accuracy was logged often enough: log train/accuracy beside train/loss");
  } else if (!fired) {
    clino_finding f = clino__finding(c, CLINO_FINDING_PASS, m.series);
    f.observed = m.end;
    f.threshold = 1 - m.loss_end / log(2);
    clino__add(c, &f, "%s ends at %g, as a loss of %g allows", clino_series_name(m.series), m.end, m.loss_end);
  }
}

const clino__check clino__check_metric_mismatch = {
    {"metric-mismatch", "Loss against accuracy",
     "train/loss and train/accuracy, or val/loss and val/accuracy; attributes loss, classes", params,
     sizeof params / sizeof params[0],
     "Holds accuracy against the least that its cross-entropy allows, 1 - loss / ln 2, and the loss against the least "
     "that softmax applied twice allows, ln(1 + (C - 1) / e). Looks for an accuracy that does not move while its loss "
     "halves, that leaves [0, 1], that is the same in training and validation or counts as many samples as are trained "
     "on, and for scores that never leave 0.",
     "Decisions are taken by the metric; one that is computed wrongly, or of the wrong data, misleads them all.",
     "Compute the metric by hand for one batch, from the same scores and labels as the loss; give the loss logits, not "
     "probabilities, if it applies softmax itself.",
     "Karpathy, A Recipe for Training Neural Networks, 2019; the bound: a wrong class has probability 1/2 or less; "
     "Brown and Heathers, The GRIM Test, 2017 (counts)"},
    run};
