/* loss-oscillation: does the loss swing instead of scattering?
 *
 * Independent noise turns at two of three points. A step that is too long across a valley throws the parameters from
 * wall to wall, so that nearly every point turns; too much momentum makes slow waves. With the full batch there is no
 * noise at all, and the loss of a rate below 2 / curvature never rises.
 */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 30, 12, 1e6, "points", "with fewer points nothing is said",
     "of 30 points of noise 19 +- 2 turn: 25 are 3 standard deviations off"},
    {"turning", 0.85, 0.7, 1, "fraction of the points", "so many turning points are a swing", "independent noise: 2/3"},
    {"clear", 5, 1, 20, "standard deviations", "how clear the turning points must be", "one run in three million"},
    {"size", 0.02, 0, 10, "fraction of the loss", "smaller swings are not spoken of",
     "late in training swings of a percent are the noise of a batch"},
    {"rising", 0.2, 0.01, 1, "fraction of the falls", "with the full batch, rises that add up to more are a warning",
     "gradient descent on the edge of stability rises now and then and is healthy (Cohen et al. 2021)"},
    {"memory", 0.25, 0.05, 10, "fraction of the run",
     "a momentum that swings on for longer is too high, where the loss came back up",
     "what swings dies by a factor of e every -2 / ln(momentum) updates: e^4 over a run leaves nothing of it"},
    {"came_back", 0.05, 0.01, 10, "fraction of the lowest loss",
     "a loss that rose by more, beyond its noise, came back up", "as the check overfitting has it"},
    {"wave", 0.15, 0.01, 10, "fraction of what was gained", "slow waves of this deviation are a warning",
     "waves that take back a seventh of the descent again and again"},
};

#define MOST 2048

/* The last finite values, not averaged: averaging would hide what alternates. */
static size_t last_values(const clino_series *s, double values[MOST]) {
  size_t count = clino_series_count(s), n = 0;
  const double *all = clino_series_values(s);
  for (size_t i = count > MOST ? count - MOST : 0; i < count; i++)
    if (isfinite(all[i])) values[n++] = all[i];
  return n;
}

/* How high it goes up in all, over how far it goes down; rises that float32 rounds into a loss do not count. */
static double rises(const double *y, size_t n) {
  double up = 0, down = 0;
  for (size_t i = 1; i < n; i++) {
    double step = y[i] - y[i - 1];
    if (step > 1e-6 * fabs(y[i])) up += step;
    else if (step < 0) down -= step;
  }
  return up > 0 ? up / fmax(down, up * 1e-3) : 0;
}

static double momentum_of(clino__context *c) { return clino__setting(c, "momentum"); }

static void swings(clino__context *c, const clino__descent *d, const char *how, double observed, double threshold,
                   double confidence) {
  static const char *const other[] = {CLINO__CAUSE_MOMENTUM_HIGH, CLINO__CAUSE_NOT_SHUFFLED, CLINO__CAUSE_BATCH_SMALL,
                                      NULL};
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = confidence;
  clino__finding_cause(&f, momentum_of(c) > 0.99 ? CLINO__CAUSE_MOMENTUM_HIGH : CLINO__CAUSE_LEARNING_RATE_HIGH, other);
  clino__add(c, &f, "train/loss %s: %g, where %g is the limit; noise %g, end %g", how, observed, threshold,
             d->curve.noise, d->end);
}

/* Waves: what is left of the last three quarters after a straight line, autocorrelated below -0.5 at half a period and
 * above 0.5 at a period. Returns the period in points, 0 where there is none; *deviation is their size. */
static size_t period_of(const clino__curve *v, double *deviation) {
  double rest[CLINO__CURVE_MAX], scratch[2 * CLINO__CURVE_MAX];
  size_t from = v->n / 4, n = v->n - from, lag = 1;
  double slope = clino__repeated_median_slope(v->y + from, n, scratch);
  for (size_t i = 0; i < n; i++) rest[i] = v->y[from + i] - slope * (double)i;
  while (lag < n / 3 && !(clino__autocorrelation(rest, n, lag, scratch) < -0.5)) lag++;
  if (lag >= n / 3 || lag < 3) return 0;
  while (lag < n / 2 && !(clino__autocorrelation(rest, n, lag, scratch) > 0.5)) lag++;
  if (lag >= n / 2) return 0;
  double center = clino__median(rest, n);
  for (size_t i = 0; i < n; i++) rest[i] = v->y[from + i] - slope * (double)i;
  *deviation = clino__mad(rest, n, center);
  return lag;
}

/* How many updates the log spans; NaN where its steps may count epochs: rows one by one, each with a validation. */
static double updates(clino__context *c, const clino_series *loss) {
  const clino_series *val = clino__series(c, "val/loss");
  size_t n = clino_series_count(loss);
  int64_t first = clino_series_step(loss, 0), last = clino_series_step(loss, n - 1);
  double span = (double)last - (double)first, rows = (double)n - 1;
  return span > rows || (val && clino_series_count(val) < n / 2) ? span : NAN;
}

/* By how much the loss, that of validation where it was logged, ends above its lowest level; and the noise of that. */
static double came_back(clino__context *c, const clino__descent *d, double *low, double *error) {
  const clino_series *series = clino__series(c, "val/loss");
  clino__curve v;
  *low = d->low, *error = clino__median_error(d->curve.noise, d->k);
  if (!series || !clino__curve_of(c, series, 8, &v) || v.n < 8) return d->end - d->low;
  size_t k = v.n / 4;
  *low = INFINITY, *error = clino__median_error(v.noise, k);
  for (size_t i = 0; i + 3 <= v.n; i++) *low = fmin(*low, clino__curve_level(&v, i, i + 3));
  return clino__curve_level(&v, v.n - k, v.n) - *low;
}

/* A heavy ball on a quadratic is underdamped or nearly so at any rate that is of use: its swings shrink by the root of
 * the momentum in each update (Polyak 1964; Goh, Why Momentum Really Works, 2017). With little of them gone by the end
 * of the run, what rises again is still the first swing. */
static bool swings_on(clino__context *c, const clino__descent *d) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_OVERFITTING, NULL};
  double momentum = momentum_of(c), span = updates(c, d->curve.series), low, error;
  double part = momentum > 0.9 && momentum < 1 ? -2 / log(momentum) / span : 0;
  double back = came_back(c, d, &low, &error);
  if (!(part > clino__param(c, "memory")) || !(back > 4 * error) || !(back > clino__param(c, "came_back") * fabs(low)))
    return false;
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = part;
  f.threshold = clino__param(c, "memory");
  f.confidence = 0.8;
  clino__finding_cause(&f, CLINO__CAUSE_MOMENTUM_HIGH, other);
  clino__add(c, &f,
             "with a momentum of %g swings die by a factor of e in %g of the run, and the loss has come back by %g "
             "from its lowest of %g",
             momentum, part, back, low);
  return true;
}

static bool full_batch(clino__context *c, const clino__descent *d, const double *y, size_t n) {
  double steps = clino__steps_per_epoch(c), limit = clino__param(c, "rising");
  if (!(steps == 1)) return false;
  double up = rises(y, n);
  if (up > limit) {
    swings(c, d, "rises with the full batch, which without noise means steps that are too long: rises over falls", up,
           limit, 0.85);
  } else {
    clino_finding f = clino__descent_finding(c, d, up > 0 ? CLINO_FINDING_INFO : CLINO_FINDING_PASS);
    f.observed = up;
    f.threshold = limit;
    clino__add(c, &f, "with the full batch train/loss %s: rises over falls are %g",
               up > 0 ? "rises now and then, at the edge of stability" : "never rises", up);
  }
  return true;
}

static void decide(clino__context *c, const clino__descent *d) {
  double values[MOST], z, deviation = 0, limit = clino__param(c, "turning");
  size_t n = last_values(d->curve.series, values);
  if (full_batch(c, d, values, n) || swings_on(c, d)) return;
  size_t half = n / 4;
  double turning = clino__turning_points(values + half, n - half, &z);
  double scale = fmax(fabs(d->end), fabs(d->gained));
  bool large = d->curve.noise > clino__param(c, "size") * scale || n > CLINO__CURVE_MAX;
  bool two = clino__steps_per_epoch(c) == 2; /* the two batches of an epoch, in turn */
  size_t period = period_of(&d->curve, &deviation);
  if (turning > limit && z > clino__param(c, "clear") && large && !two) {
    swings(c, d, "goes up and down in turn, as between the walls of a valley: turning points", turning, limit, 0.75);
  } else if (period && deviation > clino__param(c, "wave") * fabs(d->gained) && deviation > 4 * d->curve.noise &&
             !clino__series(c, "lr")) {
    swings(c, d, "goes in slow waves, as with too much momentum: their size over what was gained",
           deviation / fabs(d->gained), clino__param(c, "wave"), 0.6);
  } else {
    clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_PASS);
    f.observed = turning;
    f.threshold = limit;
    clino__add(c, &f, "train/loss scatters and does not swing: %g of its points turn, 0.667 of independent noise",
               turning);
  }
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a swinging loss");
  if (d) decide(c, d);
}

const clino__check clino__check_loss_oscillation = {
    {"loss-oscillation", "Swings of the training loss",
     "train/loss; val/loss, momentum; attributes batch_size, dataset_size",
     params, sizeof params / sizeof params[0],
     "Counts turning points of train/loss (Kendall's test): many more than two of three are a swing from step to step. "
     "Looks for slow waves by autocorrelation, and for a momentum whose swings outlast the run. Where the batch is the "
     "whole data set, holds rises against falls.",
     "Steps that are too long jump over the minimum instead of going down to it.",
     "Lower the learning rate by 3, or the momentum if it is above 0.99.",
     "Karpathy, CS231n: Neural Networks Part 3, 2015; LeCun et al., Efficient BackProp, 1998, section 4; Cohen et al., "
     "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, 2021"},
    run};
