/* nonfinite: NaN or infinity in what was logged.
 *
 * A NaN in the parameters never leaves again. So a series that ends in NaN or infinity has lost its run, while one that
 * is finite again afterwards saw a single bad batch, a warm-up (a running mean of nothing yet), or a logger's way of
 * saying "not logged". The last two are told by their form: NaN only, at the start only, or at regular intervals, or
 * where another series has values.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/robust.h"
#include "checks/causes.h"
#include "checks/layer.h"

typedef enum role { ROLE_LOSS, ROLE_STATE, ROLE_METRIC } role;
typedef enum form { FORM_LOST, FORM_NEVER, FORM_ISOLATED, FORM_WARM_UP, FORM_PERIODIC } form;

/* Where and how a series is not finite. */
typedef struct hole {
  size_t count, infinite, runs; /* runs: stretches of points that are not finite */
  size_t first, last;           /* index of first and last such point */
  size_t shortest, longest;     /* finite stretches between two of them */
} hole;

static bool starts(const char *name, const char *prefix) { return strncmp(name, prefix, strlen(prefix)) == 0; }

static role role_of(const char *name) {
  static const char *const state[] = {"grad_norm",    "param_norm", "param_std", "update_norm",
                                      "update_ratio", "act_mean",   "act_std",   "weight_noise"};
  size_t n = strlen(name);
  if (starts(name, "loss/") || strstr(name, "/loss") || (n >= 4 && strcmp(name + n - 4, "loss") == 0)) return ROLE_LOSS;
  for (size_t i = 0; i < sizeof state / sizeof state[0]; i++)
    if (starts(name, state[i])) return ROLE_STATE;
  return ROLE_METRIC;
}

static hole look(const double *values, size_t n) {
  hole h = {0, 0, 0, 0, 0, n, 0};
  size_t since = 0;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(values[i])) {
      since++;
      continue;
    }
    if (h.count == 0) h.first = i;
    if (h.count == 0 || since > 0) {
      if (h.runs > 0) {
        h.shortest = since < h.shortest ? since : h.shortest;
        h.longest = since > h.longest ? since : h.longest;
      }
      h.runs++;
    }
    h.infinite += isinf(values[i]) != 0;
    h.count++;
    h.last = i;
    since = 0;
  }
  return h;
}

/* Is there a series that has a value exactly where this one is NaN, and NaN where this one has a value? Then the table
 * interleaves rows of two kinds, and NaN fills the cells that do not apply. */
static bool has_complement(const clino_run *run, const clino_series *series) {
  size_t n = clino_series_count(series), count = clino_run_series_count(run);
  const double *values = clino_series_values(series);
  for (size_t i = 0; i < count; i++) {
    const clino_series *other = clino_run_series_at(run, i);
    if (other == series || clino_series_axis(other) != clino_series_axis(series)) continue;
    if (clino_series_get_kind(other) != CLINO_SERIES_SCALAR || clino_series_count(other) != n) continue;
    const double *others = clino_series_values(other);
    size_t k = 0;
    while (k < n && isnan(values[k]) != isnan(others[k]) && clino_series_row(series, k) == clino_series_row(other, k))
      k++;
    if (k == n) return true;
  }
  return false;
}

static form form_of(const clino_run *run, const clino_series *series, const hole *h) {
  size_t n = clino_series_count(series), slack = 1 + h->longest / 10;
  if (h->count == n) return h->infinite ? FORM_LOST : FORM_NEVER;
  if (h->infinite == 0) {
    /* Four gaps of one length do not come by chance; rows of an epoch may differ by one. The end may fall anywhere. */
    if (h->runs >= 5 && h->longest - h->shortest <= slack && n - 1 - h->last <= h->longest + 1) return FORM_PERIODIC;
    if (h->runs > 1 && has_complement(run, series)) return FORM_PERIODIC;
    if (h->first == 0 && h->runs == 1) return FORM_WARM_UP;
  }
  return h->last == n - 1 ? FORM_LOST : FORM_ISOLATED;
}

/* A loss of validation that never had a value was not computed; one that had is lost. */
static clino_finding_level level_of(role r, form f, bool training) {
  if (f == FORM_PERIODIC || f == FORM_WARM_UP) return CLINO_FINDING_INFO;
  if (r == ROLE_METRIC) return f == FORM_NEVER ? CLINO_FINDING_INFO : CLINO_FINDING_WARN;
  if (f == FORM_NEVER && !training) return CLINO_FINDING_WARN;
  return r == ROLE_LOSS || f == FORM_LOST || f == FORM_NEVER ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN;
}

/* How many points at the end are not finite. */
static size_t tail_of(const double *values, size_t n) {
  size_t i = n;
  while (i && !isfinite(values[i - 1])) i--;
  return n - i;
}

/* Can more data not undo it? An infinite loss stays a fault. A NaN may still turn out to be the beginning of a
 * rhythm or of a warm-up: a loss that was a number is lost after three of them, one that never was after twenty
 * (judgement: no warm-up of the logs seen is longer). Of the rest only parameters keep a NaN; a norm of the gradient
 * recovers. */
static bool is_final(const clino_run *run, const clino_series *series, const hole *h, role r, form shape) {
  const char *name = clino_series_name(series);
  size_t n = clino_series_count(series), tail = tail_of(clino_series_values(series), n);
  if (starts(name, "param_")) return shape == FORM_LOST && h->infinite < h->count;
  if (r != ROLE_LOSS) return false;
  if (h->infinite) return true;
  if (shape == FORM_NEVER) return n >= 20;
  return shape == FORM_LOST && tail >= 3 && !has_complement(run, series);
}

/* Were the values before the first that is not finite of the usual size? Then nothing grew out of bounds: the loss
 * itself made it, of one sample. */
static bool sudden(clino__context *c, const clino_series *series, const hole *h) {
  const double *values = clino_series_values(series);
  double before[16], recent[5];
  size_t n = 0, m = 0;
  for (size_t i = h->first; i-- > 0 && n < 16;)
    if (isfinite(values[i])) before[n++] = values[i];
  if (h->first == 0) return true; /* before any update */
  if (n < 8) return false;
  for (; m < 5; m++) recent[m] = before[m];
  double last = clino__median(recent, 3), usual = clino__median(before + 5, n - 5), most = -INFINITY;
  for (size_t i = 0; i < 5; i++) most = fmax(most, recent[i]);
  clino__pace gradient = clino__pace_of(c, "grad_norm");
  bool grows = gradient.late > 10 * gradient.early;
  return last < usual + 0.3 * fabs(usual) && most < 2 * fabs(usual) && !grows;
}

static void report(clino__context *c, const clino_series *series) {
  static const char *const sudden_other[] = {CLINO__CAUSE_BAD_DATA, CLINO__CAUSE_LEARNING_RATE_HIGH,
                                             CLINO__CAUSE_OVERFLOW, NULL};
  static const char *const loss_other[] = {CLINO__CAUSE_LOG_OF_ZERO, CLINO__CAUSE_BAD_DATA, CLINO__CAUSE_GRADIENT_WRONG,
                                           NULL};
  static const char *const state_other[] = {CLINO__CAUSE_MIXED_PRECISION, CLINO__CAUSE_BAD_DATA, NULL};
  static const char *const metric_other[] = {CLINO__CAUSE_BAD_DATA, NULL};
  static const char *const said[] = {"to the end", "and so never a number", "and finite again afterwards",
                                     "at its start only, as while warming up",
                                     "in the rhythm of a log that writes NaN for \"not measured\""};
  const char *name = clino_series_name(series);
  size_t n = clino_series_count(series);
  hole h = look(clino_series_values(series), n);
  role r = role_of(name);
  form shape = form_of(c->run, series, &h);
  clino_finding f = clino__finding(c, level_of(r, shape, strcmp(name, "train/loss") == 0), series);
  f.first_step = clino_series_step(series, h.first);
  f.last_step = clino_series_step(series, h.last);
  f.observed = (double)h.count;
  f.threshold = 0;
  f.final = f.level == CLINO_FINDING_FAIL && is_final(c->run, series, &h, r, shape);
  f.confidence = shape == FORM_LOST ? 1 : 0.8;
  if (r == ROLE_LOSS && sudden(c, series, &h)) clino__finding_cause(&f, CLINO__CAUSE_LOG_OF_ZERO, sudden_other);
  else if (r == ROLE_LOSS) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, loss_other);
  else if (r == ROLE_STATE) clino__finding_cause(&f, CLINO__CAUSE_OVERFLOW, state_other);
  else clino__finding_cause(&f, CLINO__CAUSE_METRIC_BROKEN, metric_other);
  if (f.level < CLINO_FINDING_WARN) clino__finding_cause(&f, NULL, NULL);
  clino__add(c, &f, "%s is NaN or infinite in %zu of %zu points (%zu infinite), first at step %" PRId64 ", %s", name,
             h.count, n, h.infinite, f.first_step, said[shape]);
}

/* Histograms count the NaN that they met. */
static bool report_histograms(clino__context *c, const clino_series *series) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_BAD_DATA, NULL};
  size_t n = clino_series_count(series), bad = 0, first = 0, last = 0;
  for (size_t i = 0; i < n; i++) {
    const clino_histogram *h = clino_series_histogram(series, i);
    if (!h || !h->nans) continue;
    if (!bad++) first = i;
    last = i;
  }
  if (!bad) return false;
  clino_finding f = clino__finding(c, last == n - 1 ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, series);
  f.first_step = clino_series_step(series, first);
  f.last_step = clino_series_step(series, last);
  f.observed = (double)bad;
  f.threshold = 0;
  f.final = f.level == CLINO_FINDING_FAIL && starts(clino_series_name(series), "parameters/");
  clino__finding_cause(&f, CLINO__CAUSE_OVERFLOW, other);
  clino__add(c, &f, "the histogram %s holds NaN at %zu of %zu points, first at step %" PRId64,
             clino_series_name(series), bad, n, f.first_step);
  return true;
}

static void run(clino__context *c) {
  size_t n = clino_run_series_count(c->run), looked = 0, bad = 0;
  double points = 0;
  for (size_t i = 0; i < n && !c->status; i++) {
    const clino_series *series = clino_run_series_at(c->run, i);
    clino_summary summary;
    if (!clino_series_count(series) || clino_series_get_kind(series) == CLINO_SERIES_IMAGE) continue;
    looked++;
    points += (double)clino_series_count(series);
    if (clino_series_get_kind(series) == CLINO_SERIES_HISTOGRAM) {
      bad += report_histograms(c, series);
    } else if (clino__summary(c, series, &summary) && summary.nonfinite) {
      report(c, series);
      bad++;
    }
  }
  if (!looked) {
    clino__skip(c, "no series has a point: log train/loss at least");
  } else if (!bad) {
    clino_finding f = clino__finding(c, CLINO_FINDING_PASS, NULL);
    f.observed = f.threshold = 0;
    clino__add(c, &f, "all %g points of %zu series are finite", points, looked);
  }
}

const clino__check clino__check_nonfinite = {
    {"nonfinite", "NaN and infinity", "any series", NULL, 0,
     "Looks for NaN and infinity in every series. In a loss, or to the end of a norm of gradients, parameters or "
     "updates, they are a fault that more data cannot undo; elsewhere, or where the series recovers, a warning. NaN at "
     "the very start only, or at regular intervals, is a log's way of saying that there was nothing to measure.",
     "A NaN in the parameters never leaves again: all training after it is lost.",
     "Go to the first step it names. Lower the learning rate or clip the gradient; look for a log, a division or a "
     "square root of 0, for broken inputs in that batch, and check the gradient at the parameters just before.",
     "IEEE 754-2019; Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 4.1 and 8.2.4"},
    run};
