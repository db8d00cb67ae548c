#include "checks/curve.h"

#include <math.h>
#include <string.h>

#include "base/robust.h"

/* The buckets from to to - 1 that make one stretch. */
typedef struct stretch {
  size_t from, to, points;
} stretch;

bool clino__starts_again(clino__reach *reach, int64_t step) {
  if (step == CLINO_NO_STEP) return false;
  double first = (double)reach->first, far = (double)reach->furthest - first;
  bool again = reach->first != CLINO_NO_STEP && step < reach->furthest && (double)step - first < far / 2;
  if (again || reach->first == CLINO_NO_STEP) *reach = (clino__reach){step, step};
  else if (step > reach->furthest) reach->furthest = step;
  return again;
}

static stretch choose(const clino_summary *summary, size_t min_points) {
  stretch now = {0, 0, 0}, longest = now;
  clino__reach reach = CLINO__REACH_NONE;
  for (size_t i = 0; i < summary->n_buckets; i++) {
    const clino_bucket *b = &summary->buckets[i];
    if (clino__starts_again(&reach, b->first_step)) {
      if (now.points > longest.points) longest = now;
      now = (stretch){i, i, 0};
    }
    now.to = i + 1;
    now.points += b->count - b->nonfinite;
    if (b->last_step > reach.furthest) reach.furthest = b->last_step;
  }
  return now.points >= min_points || now.points > longest.points ? now : longest;
}

bool clino__curve_plain(clino__context *c, const clino_series *series, size_t min_points, clino__curve *curve) {
  clino_summary summary;
  if (!clino__summary(c, series, &summary)) return false;
  stretch s = choose(&summary, min_points);
  size_t buckets = s.to - s.from, n = buckets < CLINO__CURVE_MAX ? buckets : CLINO__CURVE_MAX;
  memset(curve, 0, sizeof *curve);
  curve->series = series;
  curve->logged = s.points;
  double values[4096 / CLINO__CURVE_MAX + 1];
  for (size_t k = 0; k < n; k++) {
    size_t from = s.from + k * buckets / n, to = s.from + (k + 1) * buckets / n, m = 0;
    for (size_t i = from; i < to; i++)
      if (isfinite(summary.buckets[i].median)) values[m++] = summary.buckets[i].median;
    if (!m) continue;
    curve->y[curve->n] = clino__median(values, m);
    curve->first_step[curve->n] = summary.buckets[from].first_step;
    curve->last_step[curve->n++] = summary.buckets[to - 1].last_step;
  }
  return true;
}

bool clino__curve_of(clino__context *c, const clino_series *series, size_t min_points, clino__curve *curve) {
  double scratch[2 * CLINO__CURVE_MAX];
  if (!clino__curve_plain(c, series, min_points, curve)) return false;
  curve->noise = curve->n < 3 ? 0 : clino__noise(curve->y, curve->n, scratch);
  return true;
}

double clino__curve_level(const clino__curve *curve, size_t from, size_t to) {
  double values[CLINO__CURVE_MAX];
  if (to > curve->n) to = curve->n;
  if (from >= to) return NAN;
  memcpy(values, curve->y + from, (to - from) * sizeof *values);
  return clino__median(values, to - from);
}

size_t clino__curve_same_time(const clino__curve *curve, const clino__curve *other, size_t i) {
  if (!curve->n || !other->n) return 0;
  double span = (double)curve->last_step[curve->n - 1] - (double)curve->first_step[0];
  double other_span = (double)other->last_step[other->n - 1] - (double)other->first_step[0];
  bool share = other_span > span / 2 && other_span < 2 * span;
  if (!share) return i * curve->n / other->n;
  size_t k = 0;
  while (k + 1 < curve->n && curve->last_step[k] < other->first_step[i]) k++;
  return k;
}

/* The i-th series of the run if it is a validation loss with points, and its training loss in *train; else NULL. */
static const clino_series *validation_loss(const clino__context *c, size_t i, const clino_series **train) {
  const char *rest;
  const clino_series *series = clino__series_under(c, i, "val/loss", &rest);
  if (!series || (*rest && *rest != '/')) return NULL;
  *train = NULL;
  const clino_series *shared = NULL; /* of several validation sets, all are of the one training */
  size_t n = clino_run_series_count(c->run);
  for (size_t k = 0; k < n && !*train; k++) {
    const char *name;
    const clino_series *other = clino__series_under(c, k, "train/loss", &name);
    if (other && strcmp(name, rest) == 0) *train = other;
    if (other && !*name && !shared) shared = other;
  }
  if (!*train) *train = shared;
  return series;
}

size_t clino__judge_validation(clino__context *c, bool need_train, const char *what, clino__validation_judge judge) {
  size_t n = clino_run_series_count(c->run), found = 0;
  const char *why = NULL;
  bool moving = clino__moving_objective(c, &why);
  for (size_t i = 0; i < n && !c->status; i++) {
    const clino_series *train = NULL, *val = validation_loss(c, i, &train);
    if (!val || (need_train && !train)) continue;
    found++;
    if (moving) {
      clino_finding f = clino__finding(c, CLINO_FINDING_INFO, val);
      clino__add(c, &f, "in reinforcement or adversarial learning (%s) %s says nothing", why, what);
    } else {
      judge(c, train, val);
    }
  }
  return found;
}

double clino__median_error(double noise, size_t k) { return k ? 1.2533 * noise / sqrt((double)k) : INFINITY; }
