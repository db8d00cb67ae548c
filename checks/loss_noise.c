/* loss-noise: is the scatter of the training loss that of too small a batch, or of data in the same order again?
 *
 * Scatter alone is no fault: small batches train well. It is one where the gradient noise scale says that most of a
 * step is noise, or where the batch is tiny and the scatter as large as all that was gained. Noise that repeats with
 * the period of an epoch is none: the data come in the same order every time.
 */
#include <math.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"min_points", 20, 8, 1e6, "points", "with fewer points nothing is said", "an estimate of noise to 20%"},
    {"noisy", 0.5, 0.01, 100, "fraction of what was gained", "scatter that is larger hides what a step does",
     "at a half, neighbouring values say nothing about progress"},
    {"tiny", 4, 1, 1e6, "samples", "batches up to this size are tiny", "below it a step follows single samples"},
    {"single", 1, 1, 1e6, "samples", "batches up to this size average nothing",
     "Bottou et al. 2018, section 4: then the noise of a gradient is that of a sample"},
    {"alike", 0.6, 0.1, 1, "cosine", "gradients of successive batches that agree more are of batches alike",
     "McCandlish et al. 2018, appendix A: 1 / (1 + noise scale / batch) for batches drawn at random"},
    {"noise_scale", 100, 1, 1e9, "batches", "a gradient noise scale of so many batches is a warning",
     "McCandlish et al. 2018, eq. 2.9: a step gets 1 / (1 + 100) of the progress of a noiseless one"},
    {"repeats", 0.6, 0.1, 1, "", "autocorrelation at the epoch from which data are not reshuffled",
     "reshuffled data show none: 0 +- 1 / sqrt(n)"},
};

#define MOST 4096

/* What is left of y after the mean of one period about each point, which takes out both trend and period's mean. */
static size_t detrend(const double *y, size_t n, size_t period, double *rest) {
  double sum = 0;
  if (n < period + 1) return 0;
  for (size_t i = 0; i < period; i++) sum += y[i];
  for (size_t i = period / 2; i + (period - period / 2) <= n; i++) {
    rest[i - period / 2] = y[i] - sum / (double)period;
    size_t next = i + (period - period / 2);
    if (next < n) sum += y[next] - y[i - period / 2];
  }
  return n - period + 1;
}

/* Does the loss only go one way within each period? Then it is a mean that a logger starts anew with each epoch, or
 * what is learned within it, and no order of the data. */
static bool drifts(const double *rest, size_t m, size_t period) {
  double profile[CLINO__CURVE_MAX], scratch[4 * CLINO__CURVE_MAX], part[CLINO__CURVE_MAX];
  size_t k = period < CLINO__CURVE_MAX ? period : CLINO__CURVE_MAX, peak = 0;
  for (size_t j = 0; j < k; j++) {
    size_t n = 0;
    for (size_t i = j * period / k; i < m && n < CLINO__CURVE_MAX; i += period) part[n++] = rest[i];
    profile[j] = clino__median(part, n);
    if (profile[j] > profile[peak]) peak = j;
  }
  for (size_t j = 0; j < k; j++) part[j] = profile[(peak + j) % k]; /* the epoch may begin anywhere */
  double down = clino__mann_kendall(part, k, scratch).tau;
  for (size_t j = 0; j < k; j++) part[j] = profile[(peak + 1 + j) % k];
  return fmax(-down, clino__mann_kendall(part, k, scratch).tau) > 0.7;
}

/* Autocorrelation at one and at two periods, whichever is less: 1 for values that repeat. NaN where it cannot be told.
 */
static double repeats(const double *y, size_t n, double period) {
  static const double nothing = NAN;
  double rest[MOST], scratch[MOST], best = -1;
  size_t lag = period >= 8 && period < MOST ? (size_t)(period + 0.5) : 0;
  if (!lag || lag * 4 > n) return nothing; /* of fewer points an order cannot be told from a drift */
  size_t m = detrend(y, n, lag, rest);
  for (size_t near = lag - 1; near <= lag + 1; near++) {
    double one = clino__autocorrelation(rest, m, near, scratch),
           two = clino__autocorrelation(rest, m, 2 * near, scratch);
    best = fmax(best, fmin(one, two));
  }
  double between = clino__autocorrelation(rest, m, lag / 2, scratch);
  if (drifts(rest, m, lag)) return 0;
  return best - fmax(0, between) > 0.3 ? best : fmin(best, 0);
}

/* Points of the log per epoch. */
static double period_of(clino__context *c, const clino_series *s, double each) {
  double steps = clino__steps_per_epoch(c);
  size_t n = clino_series_count(s);
  const double *epochs = clino_axis_epochs(clino_series_axis(s));
  if (n < 8) return NAN;
  double span = (double)clino_series_step(s, n - 1) - (double)clino_series_step(s, 0);
  if (steps > 1 && span > 0) return steps * (double)(n - 1) / span / each;
  if (!epochs) return NAN;
  double through = epochs[clino_series_row(s, n - 1)] - epochs[clino_series_row(s, 0)];
  return through > 2 ? (double)(n - 1) / through / each : NAN;
}

static bool not_shuffled(clino__context *c, const clino__descent *d) {
  static const char *const other[] = {CLINO__CAUSE_CYCLIC_RATE, NULL};
  double values[MOST], each = 1;
  size_t n = clino__values_of(c, d->curve.series, values, &each);
  double period = period_of(c, d->curve.series, each), r = repeats(values, n, period);
  if (!(r > clino__param(c, "repeats"))) return false;
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = r;
  f.threshold = clino__param(c, "repeats");
  f.confidence = 0.9;
  clino__finding_cause(&f, CLINO__CAUSE_NOT_SHUFFLED, other);
  f.fix = "Shuffle the data anew before every epoch.";
  clino__add(c, &f,
             "train/loss repeats itself every %g points, which is one epoch: autocorrelation %g where reshuffled data "
             "show none",
             period, r);
  return true;
}

static void small_batch(clino__context *c, const clino__descent *d, double observed, double threshold, const char *what,
                        double confidence) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_BAD_DATA, NULL};
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = confidence;
  clino__finding_cause(&f, CLINO__CAUSE_BATCH_SMALL, other);
  clino__add(c, &f, "%s: %g, where %g is the limit", what, observed, threshold);
}

/* Successive batches agree on the gradient, as only batches of like samples do once steps are long enough to matter;
 * and yet the loss does not go down steadily, since the next like ones follow. */
static bool sorted(clino__context *c, const clino__descent *d) {
  static const char *const other[] = {CLINO__CAUSE_BAD_DATA, NULL};
  clino__promise p = clino__promise_of(c);
  bool alike = p.cosine > clino__param(c, "alike") && p.kept > 0.5 && fmin(p.start, p.kept) < 0.99;
  double batch = clino__setting(c, "batch_size"), samples = clino__setting(c, "dataset_size");
  if (!alike || !(batch < samples / 4) || !(d->curve.noise > 0.01 * fabs(d->end))) return false;
  if (!(d->end > 0.03 * d->top)) return false; /* where next to nothing is left to learn, what is left may be alike */
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = p.cosine;
  f.threshold = clino__param(c, "alike");
  f.confidence = 0.9;
  clino__finding_cause(&f, CLINO__CAUSE_NOT_SHUFFLED, other);
  f.fix = "Shuffle the data before every epoch: see whether they stand sorted by class, source or time.";
  clino__add(c, &f,
             "successive batches agree on their gradient (cosine %g) while train/loss scatters by %g: batches drawn at "
             "random differ",
             p.cosine, d->curve.noise);
  return true;
}

/* Steps along the gradient of a single sample, of many, that do not agree; the loss has not come to its floor. */
static bool follows_single(clino__context *c, const clino__descent *d, double batch) {
  double samples = clino__setting(c, "dataset_size");
  const clino_series *cosine = clino__series(c, "grad_cosine");
  clino__curve v;
  double mean = 0; /* the median of single samples' losses is far below it */
  for (size_t i = d->curve.n - d->k; i < d->curve.n; i++) mean += d->curve.y[i] / (double)d->k;
  if (!(batch <= clino__param(c, "single")) || !(samples > 50 * batch) || !(mean > 0.1 * d->top)) return false;
  if (!cosine || !clino__curve_plain(c, cosine, 8, &v) || v.n < 8) return false;
  double agree = clino__curve_level(&v, v.n / 2, v.n);
  if (!(fabs(agree) < 0.2)) return false;
  small_batch(c, d, agree, 0.2, "a step follows single samples, whose gradients do not agree: cosine of two", 0.8);
  return true;
}

static void decide(clino__context *c, const clino__descent *d) {
  double batch = clino__setting(c, "batch_size"), scale = clino__setting(c, "grad_noise_scale");
  double values[MOST], scratch[2 * MOST], each = 1;
  size_t n = clino__values_of(c, d->curve.series, values, &each);
  double noise = n < 3 ? 0 : clino__noise(values + n / 2, n - n / 2, scratch) * sqrt(each);
  clino__promise p = clino__promise_of(c); /* steps far too short gain little, whatever the batch */
  double share = d->gained > 0 ? noise / d->gained : INFINITY;
  if (not_shuffled(c, d) || sorted(c, d) || c->status) return;
  if (batch > 0 && scale / batch > clino__param(c, "noise_scale")) {
    small_batch(c, d, scale / batch, clino__param(c, "noise_scale"), "the gradient noise scale is so many batches",
                0.8);
  } else if (batch <= clino__param(c, "tiny") && share > clino__param(c, "noisy") && !clino__promise_short(&p)) {
    small_batch(c, d, share, clino__param(c, "noisy"),
                "with so small a batch the scatter of train/loss is that fraction of all that was gained", 0.7);
  } else if (!follows_single(c, d, batch)) {
    clino_finding f =
        clino__descent_finding(c, d, share > 2 * clino__param(c, "noisy") ? CLINO_FINDING_INFO : CLINO_FINDING_PASS);
    f.observed = share;
    f.threshold = clino__param(c, "noisy");
    if (f.level == CLINO_FINDING_INFO) clino__finding_cause(&f, CLINO__CAUSE_BATCH_SMALL, NULL);
    clino__add(c, &f, "train/loss scatters by %g in the second half, and gained %g", noise, d->gained);
  }
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "the scatter of a loss");
  if (d) decide(c, d);
}

const clino__check clino__check_loss_noise = {
    {"loss-noise", "Scatter of the training loss",
     "train/loss; grad_noise_scale, grad_cosine, decrease_ratio; batch_size and dataset_size as attributes or series, "
     "or epochs",
     params,
     sizeof params / sizeof params[0],
     "Holds the scatter of train/loss against what was gained, and the gradient noise scale, where logged, against the "
     "batch. Where the length of an epoch is known, looks for a loss that repeats with it. Gradients of successive "
     "batches tell, by their cosine, batches of one sample and batches that are alike since data come sorted.",
     "Where noise is most of a step, the budget is spent on averaging it out; data in the same order every epoch are "
     "learned as an order.",
     "Make the batch larger (or accumulate gradients), with a learning rate that grows by the root of the factor.",
     "McCandlish et al., An Empirical Model of Large-Batch Training, 2018; Karpathy, CS231n: Neural Networks Part 3, "
     "2015; Bengio, Practical Recommendations, 2012, section 3.1"},
    run};
