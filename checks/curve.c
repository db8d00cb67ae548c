#include "checks/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/robust.h"
#include "base/text.h"
#include "checks/descent.h"

/* What a curve is made of: the buckets of the summary; or the points, where a bucket would hold one. */
typedef struct cells {
  const clino_series *series;
  const clino_bucket *buckets; /* NULL: points */
  const double *values;
  const int64_t *steps; /* one a point; NULL where rows are missing */
  size_t n;
} cells;

/* The cells from to to - 1 that make one stretch. */
typedef struct stretch {
  size_t from, to, points;
} stretch;

/* A point of a curve, and the points of the series where it begins and ends. */
typedef struct point {
  double y;
  uint32_t first, last;
} point;

/* The curve of a series of more points than a curve has. */
struct clino__kept_curve {
  stretch last, longest, of; /* of: the one of the two that it shows */
  size_t n;
  point points[CLINO__CURVE_MAX];
};

static bool cells_of(clino__context *c, const clino_series *series, cells *all) {
  *all = (cells){series, NULL, clino_series_values(series), NULL, clino_series_count(series)};
  if (clino_series_missing(series) == 0) all->steps = clino_axis_steps(clino_series_axis(series));
  if (c->status || (all->n <= CLINO_SUMMARY_BUCKETS && all->values)) return !c->status;
  clino_summary summary;
  if (!clino__summary(c, series, &summary)) return false;
  all->buckets = summary.buckets;
  all->n = summary.n_buckets;
  return true;
}

static size_t first_point(const cells *all, size_t i) { return all->buckets ? all->buckets[i].first : i; }

static size_t last_point(const cells *all, size_t i) {
  return all->buckets ? all->buckets[i].first + all->buckets[i].count - 1 : i;
}

static int64_t step_of(const cells *all, size_t at) {
  return all->steps ? all->steps[at] : clino_series_step(all->series, at);
}

static double value_of(const cells *all, size_t i) { return all->buckets ? all->buckets[i].median : all->values[i]; }

static size_t finite_points(const cells *all, size_t i) {
  return all->buckets ? all->buckets[i].count - all->buckets[i].nonfinite : isfinite(all->values[i]) != 0;
}

static void find_stretches(const cells *all, stretch *last, stretch *longest) {
  stretch now = {0, 0, 0};
  clino__reach reach = CLINO__REACH_NONE;
  *longest = now;
  for (size_t i = 0; i < all->n; i++) {
    int64_t first = step_of(all, first_point(all, i)), end = all->buckets ? step_of(all, last_point(all, i)) : first;
    if (clino__starts_again(&reach, first)) {
      if (now.points > longest->points) *longest = now;
      now = (stretch){i, i, 0};
    }
    now.to = i + 1;
    now.points += finite_points(all, i);
    if (end > reach.furthest) reach.furthest = end;
  }
  *last = now;
}

static stretch choose(stretch last, stretch longest, size_t min_points) {
  return last.points >= min_points || last.points > longest.points ? last : longest;
}

/* Medians of the cells of a stretch; returns how many. */
static size_t make_points(const cells *all, stretch s, point *points) {
  size_t found = s.to - s.from, n = found < CLINO__CURVE_MAX ? found : CLINO__CURVE_MAX, made = 0;
  double values[CLINO_SUMMARY_BUCKETS / CLINO__CURVE_MAX + 1];
  for (size_t k = 0; k < n; k++) {
    size_t from = s.from + k * found / n, to = s.from + (k + 1) * found / n, m = 0;
    for (size_t i = from; i < to; i++)
      if (isfinite(value_of(all, i))) values[m++] = value_of(all, i);
    if (m)
      points[made++] = (point){clino__median(values, m), (uint32_t)first_point(all, from),
                               (uint32_t)last_point(all, to - 1)};
  }
  return made;
}

static void show(const clino_series *series, const clino__kept_curve *kept, clino__curve *curve) {
  curve->series = series;
  curve->n = kept->n;
  curve->logged = kept->of.points;
  curve->whole = kept->longest.points == 0;
  curve->noise = 0;
  for (size_t i = 0; i < kept->n; i++) {
    const point *p = &kept->points[i];
    curve->y[i] = p->y;
    curve->first_step[i] = clino_series_step(series, p->first);
    curve->last_step[i] = p->last == p->first ? curve->first_step[i] : clino_series_step(series, p->last);
  }
}

/* Measures into *kept the curve that is asked for, unless it is there. */
static bool measure(clino__context *c, const clino_series *series, size_t min_points, clino__kept_curve *kept,
                    bool known) {
  cells all;
  stretch s = known ? choose(kept->last, kept->longest, min_points) : (stretch){0, 0, 0};
  if (known && s.from == kept->of.from && s.to == kept->of.to) return true;
  if (!cells_of(c, series, &all)) return false;
  find_stretches(&all, &kept->last, &kept->longest);
  kept->of = choose(kept->last, kept->longest, min_points);
  kept->n = make_points(&all, kept->of, kept->points);
  return true;
}

/* The curve, where the diagnosis keeps it, and else *scratch. NULL where memory is out. A series of no more points than
 * a curve is looked at again: that costs no more than to read what was kept. */
static clino__kept_curve *curve_of(clino__context *c, const clino_series *series, size_t min_points,
                                   clino__kept_curve *scratch) {
  if (c->status) return NULL;
  clino__kept_series *slot = clino_series_count(series) > CLINO__CURVE_MAX ? clino__keep(c, series) : NULL;
  bool known = slot && slot->curve;
  if (slot && !known) slot->curve = malloc(sizeof *slot->curve);
  clino__kept_curve *curve = slot && slot->curve ? slot->curve : scratch;
  if (measure(c, series, min_points, curve, known)) return curve;
  if (slot && !known) {
    free(slot->curve);
    slot->curve = NULL;
  }
  return NULL;
}

bool clino__curve_plain(clino__context *c, const clino_series *series, size_t min_points, clino__curve *curve) {
  clino__kept_curve scratch, *v = curve_of(c, series, min_points, &scratch);
  if (v) show(series, v, curve);
  return v != NULL;
}

bool clino__curve_of(clino__context *c, const clino_series *series, size_t min_points, clino__curve *curve) {
  double work[2 * CLINO__CURVE_MAX];
  clino__kept_curve scratch, *v = curve_of(c, series, min_points, &scratch);
  if (!v) return false;
  show(series, v, curve);
  clino__kept_series *kept = clino__keep(c, series);
  if (kept && kept->noise_to && kept->noise_from == v->of.from && kept->noise_to == v->of.to) {
    curve->noise = kept->noise;
    return true;
  }
  curve->noise = v->n < 3 ? 0 : clino__noise(curve->y, v->n, work);
  if (kept) kept->noise = curve->noise, kept->noise_from = v->of.from, kept->noise_to = v->of.to;
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

/* The training loss of a validation loss "val/loss" + rest: that of the same name, or else, of several validation sets,
 * the one training. NULL where there is none. */
static const clino_series *training_loss(clino__context *c, const char *rest) {
  clino__text name = CLINO__TEXT_EMPTY;
  clino__text_addf(&name, "train/loss%s", rest);
  const clino_series *train = name.failed ? NULL : clino__series(c, clino__text_string(&name));
  if (name.failed && !c->status) c->status = clino__fail_memory(c->error, "a name");
  clino__text_free(&name);
  return train ? train : clino__series(c, "train/loss");
}

size_t clino__judge_validation(clino__context *c, bool need_train, const char *what, clino__validation_judge judge) {
  size_t n = clino_run_series_count(c->run), found = 0;
  const char *why = NULL;
  bool moving = clino__moving_objective(c, &why);
  for (size_t i = 0; i < n && !c->status; i++) {
    const char *rest;
    const clino_series *val = clino__series_under(c, i, "val/loss", &rest);
    if (!val || (*rest && *rest != '/')) continue;
    const clino_series *train = training_loss(c, rest);
    if (need_train && !train) continue;
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
