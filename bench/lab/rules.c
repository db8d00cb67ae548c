#include "lab/rules.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The numbers of a series; n is 0 where it was not logged. */
typedef struct numbers {
  size_t n;
  const double *x;
  const clino_series *series;
} numbers;

static numbers of(const clino_series *s) { return (numbers){clino_series_count(s), clino_series_values(s), s}; }
static numbers get(const clino_run *run, const char *name) { return of(clino_run_series(run, name)); }

/* Does any series whose name begins so have a value that the predicate takes? */
static bool any(const clino_run *run, const char *prefix, bool (*takes)(double)) {
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    if (strncmp(clino_series_name(s), prefix, strlen(prefix)) != 0) continue;
    numbers v = of(s);
    for (size_t k = 0; v.x && k < v.n; k++)
      if (takes(v.x[k])) return true;
  }
  return false;
}

static bool nonfinite(double x) { return !isfinite(x); }

/* The value of train at the step of the i-th of val; NaN where there is none. */
static double beside(numbers train, numbers val, size_t i) {
  for (size_t k = 0; k < train.n; k++)
    if (clino_series_step(train.series, k) == clino_series_step(val.series, i)) return train.x[k];
  return NAN;
}

/* ---- SageMaker Debugger ---- */

static bool loss_not_decreasing(const clino_run *run) {
  numbers loss = get(run, "train/loss");
  for (size_t from = 0, k = 1; k < loss.n; k++) {
    if (clino_series_step(loss.series, k) - clino_series_step(loss.series, from) < 10) continue;
    if (!(loss.x[from] - loss.x[k] >= 0.001 * fabs(loss.x[from]))) return true;
    from = k;
  }
  return false;
}

static bool overfit(const clino_run *run) {
  numbers train = get(run, "train/loss"), val = get(run, "val/loss");
  size_t above = 0;
  for (size_t i = 0; i < val.n; i++) {
    double t = beside(train, val, i);
    above = (val.x[i] - t) / t > 0.1 ? above + 1 : 0;
    if (above > 1) return true;
  }
  return false;
}

/* No new optimum, by at least delta, for so many values? */
static bool exhausted(numbers v, size_t patience, double delta, size_t *at) {
  double best = INFINITY;
  for (size_t i = 0, since = 0; i < v.n; i++) {
    since = best - v.x[i] > delta ? 0 : since + 1;
    if (since == 0) best = v.x[i];
    if (since > patience) {
      *at = i;
      return true;
    }
  }
  return false;
}

static bool overtraining(const clino_run *run) {
  size_t at;
  return exhausted(get(run, "train/loss"), 5, 0.01, &at) && exhausted(get(run, "val/loss"), 10, 0.01, &at);
}

static bool below_vanishing(double x) { return x < 1e-7; }
static bool vanishing(const clino_run *run) { return any(run, "grad_norm/", below_vanishing); }

static bool exploding(const clino_run *run) {
  return any(run, "train/loss", nonfinite) || any(run, "grad_norm", nonfinite) || any(run, "param_norm/", nonfinite);
}

static bool outside(double x) { return x > 10 || x < 1e-8; }
static bool update_ratio(const clino_run *run) { return any(run, "update_ratio/", outside); }
static bool most(double x) { return x > 0.5; }
static bool dead_relu(const clino_run *run) { return any(run, "act_dead_fraction/", most); }

static bool unchanged(const clino_run *run) {
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    numbers v = of(clino_run_series_at(run, i));
    if (strncmp(clino_series_name(v.series), "update_ratio/", 13) != 0) continue;
    for (size_t k = 0, still = 0; k < v.n; k++)
      if ((still = v.x[k] < 1e-5 ? still + 1 : 0) == 3) return true;
  }
  return false;
}

/* ---- UMLAUT ---- */

static bool is_nan(double x) { return isnan(x); }
static bool nan_loss(const clino_run *run) { return any(run, "train/loss", is_nan); }
static bool odd_rate(double x) { return x > 0.01 || x < 1e-7; }
static bool rate_range(const clino_run *run) { return any(run, "lr", odd_rate); }

static bool validation_up(const clino_run *run) {
  numbers train = get(run, "train/loss"), val = get(run, "val/loss");
  for (size_t i = 1; i < val.n; i++)
    if (val.x[i] > val.x[i - 1] && beside(train, val, i) <= beside(train, val, i - 1)) return true;
  return false;
}

static bool confident(const clino_run *run) {
  numbers train = get(run, "train/accuracy"), val = get(run, "val/accuracy");
  for (size_t i = 3; i < val.n; i++)
    if (val.x[i] > 0.95 || val.x[i] > beside(train, val, i)) return true;
  return false;
}

/* ---- AutoTrainer ---- */

static double largest(numbers v, size_t n) {
  double most_of = -INFINITY;
  for (size_t i = 0; i < n && i < v.n; i++) most_of = fmax(most_of, v.x[i]);
  return most_of;
}

static double largest_rise(numbers v, size_t n) {
  double rise = 0;
  for (size_t i = 1; i < n && i < v.n; i++) rise = fmax(rise, v.x[i] - v.x[i - 1]);
  return rise;
}

/* Its "oscillating loss": the i-th local maximum of the training accuracy over the i-th minimum by zeta, in a fraction
 * eta of the epochs. */
static bool oscillates(numbers v, size_t n) {
  double high[4096], low[4096];
  size_t n_high = 0, n_low = 0, count = 0;
  if (n > 4096) n = 4096;
  for (size_t i = 1; i + 1 < n; i++) {
    if (v.x[i] >= v.x[i - 1] && v.x[i] >= v.x[i + 1]) high[n_high++] = v.x[i];
    if (v.x[i] <= v.x[i - 1] && v.x[i] <= v.x[i + 1]) low[n_low++] = v.x[i];
  }
  for (size_t i = 0; i < n_high && i < n_low; i++) count += high[i] - low[i] >= 0.03;
  return (double)count >= 0.2 * (double)n;
}

typedef enum trouble { NONE, EXPLODES, DEAD, VANISHES, SLOW, UNSTABLE } trouble;

/* Norm of the gradient of the first and of the last weights, where they were logged. */
static bool ends_of_gradient(const clino_run *run, double *first, double *last) {
  bool found = false;
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    numbers v = of(clino_run_series_at(run, i));
    const char *name = clino_series_name(v.series);
    if (strncmp(name, "grad_norm/", 10) != 0 || name[10] == 'b' || strchr(name, '.') || v.n == 0) continue;
    *last = v.x[v.n - 1];
    if (!found) *first = *last;
    found = true;
  }
  return found;
}

static trouble autotrainer(const clino_run *run) {
  numbers loss = get(run, "val/loss"), train = get(run, "train/accuracy"), val = get(run, "val/accuracy");
  if (any(run, "train/loss", nonfinite) || any(run, "val/loss", nonfinite) || any(run, "grad_norm", nonfinite) ||
      largest(loss, loss.n) >= 1e5)
    return EXPLODES;
  for (size_t n = 3; n <= val.n; n += 3) {
    if ((double)n < 0.3 * (double)val.n) continue;
    double first = 1, last = 1;
    bool poor = largest(val, n) < 0.7 || largest(train, n) < 0.7;
    bool slow = largest_rise(val, n) < 0.01 && largest_rise(train, n) < 0.01;
    bool known = ends_of_gradient(run, &first, &last);
    if (!poor && !slow && oscillates(train, n)) return UNSTABLE;
    if (!poor && !slow) continue;
    if (any(run, "act_dead_fraction/", most)) return DEAD;
    if (known && first / last > 70) return EXPLODES;
    if (known && first / last < 1e-3 && first < 1e-4) return VANISHES;
    if (slow) return SLOW;
  }
  return NONE;
}

static bool auto_explodes(const clino_run *run) { return autotrainer(run) == EXPLODES; }
static bool auto_dead(const clino_run *run) { return autotrainer(run) == DEAD; }
static bool auto_vanishes(const clino_run *run) { return autotrainer(run) == VANISHES; }
static bool auto_slow(const clino_run *run) { return autotrainer(run) == SLOW; }
static bool auto_unstable(const clino_run *run) { return autotrainer(run) == UNSTABLE; }

/* ---- the list ---- */

static const struct published {
  lab_rule rule;
  bool (*fires)(const clino_run *run);
} published[] = {
    {{"SageMaker Debugger", "LossNotDecreasing", "a fall below 0.1% over 10 steps"}, loss_not_decreasing},
    {{"SageMaker Debugger", "Overfit", "(val - train) / train above 0.1, more than once in a row"}, overfit},
    {{"SageMaker Debugger", "Overtraining", "no fall by 0.01 over 5 values of training and 10 of validation"},
     overtraining},
    {{"SageMaker Debugger", "VanishingGradient", "a mean gradient below 1e-7"}, vanishing},
    {{"SageMaker Debugger", "ExplodingTensor", "NaN or infinity in a tensor"}, exploding},
    {{"SageMaker Debugger", "WeightUpdateRatio", "above 10 or below 1e-8"}, update_ratio},
    {{"SageMaker Debugger", "DeadRelu", "more than 50% of a layer"}, dead_relu},
    {{"SageMaker Debugger", "UnchangedTensor", "within 1e-5 over 3 steps"}, unchanged},
    {{"UMLAUT", "NaN in loss", "NaN"}, nan_loss},
    {{"UMLAUT", "learning rate", "above 0.01 or below 1e-7"}, rate_range},
    {{"UMLAUT", "overfitting", "val/loss rises while train/loss does not"}, validation_up},
    {{"UMLAUT", "validation accuracy", "above 95%, or above training, from the fourth on"}, confident},
    {{"AutoTrainer", "exploding gradient", "ratio of norms above 70, or NaN"}, auto_explodes},
    {{"AutoTrainer", "dying relu", "70% of gradients 0 (here: more than half of a layer dead)"}, auto_dead},
    {{"AutoTrainer", "vanishing gradient", "ratio of norms below 1e-3, norm below 1e-4"}, auto_vanishes},
    {{"AutoTrainer", "slow convergence", "accuracy never rises by 0.01"}, auto_slow},
    {{"AutoTrainer", "oscillating loss", "accuracy swings by 0.03 in 20% of the epochs"}, auto_unstable},
};

size_t lab_rule_count(void) { return sizeof published / sizeof *published; }
const lab_rule *lab_rule_at(size_t i) { return i < lab_rule_count() ? &published[i].rule : NULL; }

unsigned lab_rules(const clino_run *run) {
  unsigned fired = 0;
  for (size_t i = 0; i < lab_rule_count(); i++)
    if (published[i].fires(run)) fired |= 1u << i;
  return fired;
}
