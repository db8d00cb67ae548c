/* Runs side by side: the series that ranks them, where each ends, how far behind the best.
 *
 * A run counts by the level on which it ends, the median of the last quarter of its curve; what it reached on the way
 * is told beside it. Two levels differ where the difference is beyond 4 standard errors, from the noise of both. */
#include "checks/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/difference.h"

static const clino__check no_check = {{"compare", "", "", NULL, 0, "", "", "", ""}, NULL};

clino_comparison_options clino_comparison_options_default(void) {
  clino_comparison_options o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  return o;
}

const char *clino_standing_name(clino_standing standing) {
  static const char *const names[CLINO_STANDING_COUNT] = {"unknown", "best", "as good", "unsure", "worse", "lost"};
  return (int)standing >= 0 && standing < CLINO_STANDING_COUNT ? names[standing] : "unknown";
}

/* ---- by what ---- */

/* The smaller, the rather is it what people look at. */
static int preference(const char *name) {
  static const char *const first[] = {"val/loss", "val/accuracy", "val/", "test/", "train/loss", "train/accuracy"};
  for (int i = 0; i < 6; i++) {
    size_t size = strlen(first[i]);
    if (strncmp(name, first[i], size) == 0 && (!name[size] || first[i][size - 1] == '/')) return i;
  }
  return 6;
}

static size_t runs_with(const clino_comparison *c, const char *name) {
  size_t count = 0;
  for (size_t i = 0; i < c->n; i++) count += clino__scalar(c->runs[i].run, name) != NULL;
  return count;
}

/* Did a run before the i-th have it, which then was looked at already? */
static bool is_known(const clino_comparison *c, size_t i, const char *name) {
  for (size_t k = 0; k < i; k++)
    if (clino_run_series(c->runs[k].run, name)) return true;
  return false;
}

/* The series that most runs have, and of several the preferred one. NULL: none. */
static const char *find_series(const clino_comparison *c) {
  const char *best = NULL;
  size_t most = 0;
  for (size_t i = 0; i < c->n; i++)
    for (size_t k = 0; k < clino_run_series_count(c->runs[i].run); k++) {
      const char *name = clino_series_name(clino_run_series_at(c->runs[i].run, k));
      if (!clino__direction_of(name) || is_known(c, i, name)) continue;
      size_t count = runs_with(c, name);
      if (count < most || (count == most && (!best || preference(name) >= preference(best)))) continue;
      best = name;
      most = count;
    }
  return best;
}

static clino_status choose_series(clino_comparison *c, const clino_comparison_options *o, clino_error *error) {
  const char *name = o->series ? o->series : find_series(c);
  if (!name) return CLINO_OK;
  if (!runs_with(c, name))
    return clino__fail(error, CLINO_ERR_NOT_FOUND, "no run has a series '%s' with numbers", name);
  c->direction = o->direction ? o->direction : clino__direction_of(name);
  if (!c->direction)
    return clino__fail(error, CLINO_ERR_NOT_FOUND, "the name '%s' does not tell whether lower or higher is better",
                       name);
  c->series = clino__strdup(name);
  return c->series ? CLINO_OK : clino__fail_memory(error, "a comparison of runs");
}

/* ---- each run ---- */

/* The error of a level; NaN where nothing is known of the noise: few points, or so large that it overflows. */
static double error_of(const clino__curve *v, size_t k) {
  double error = clino__median_error(v->noise, k);
  return v->n >= CLINO__FEW_POINTS && isfinite(error) ? error : NAN;
}

/* The best level over a few neighbours, and where. */
static void find_best(const clino__curve *v, int direction, clino_compared *r) {
  size_t width = v->n / 32 < 3 ? 3 : v->n / 32;
  if (width > v->n) width = v->n;
  for (size_t i = 0; i + width <= v->n; i++) {
    double level = clino__curve_level(v, i, i + width);
    if (!isnan(r->best) && !(direction * (level - r->best) < 0)) continue;
    r->best = level;
    r->best_error = error_of(v, width);
    r->best_step = v->first_step[i + width / 2];
  }
}

/* The curve of a run's series; n is 0 where it has none. False where memory is out. */
static bool curve_of(const clino_comparison *c, const clino_run *run, clino__curve *curve, clino_error *error) {
  clino__context context = {run, &no_check, NULL, NULL, CLINO_OK, error, NULL};
  const clino_series *series = c->series ? clino__scalar(run, c->series) : NULL;
  curve->n = 0;
  return !series || clino__curve_of(&context, series, 4, curve);
}

static bool measure(const clino_comparison *c, clino_compared *r, clino_error *error) {
  clino__curve v;
  const clino_series *series = c->series ? clino__scalar(r->run, c->series) : NULL;
  r->level = r->error = r->best = r->best_error = NAN;
  r->behind = r->deviations = r->behind_at_step = r->deviations_at_step = NAN;
  r->best_step = r->since = r->last_step = CLINO_NO_STEP;
  if (!series) return true;
  if (!curve_of(c, r->run, &v, error)) return false;
  r->points = clino_series_count(series);
  r->last_step = clino_series_step(series, r->points - 1);
  r->standing = CLINO_STANDING_LOST;
  if (v.n) {
    size_t k = (v.n + 3) / 4;
    r->level = clino__curve_level(&v, v.n - k, v.n);
    r->error = error_of(&v, k);
    find_best(&v, c->direction, r);
  }
  if (v.n && clino__ends_finite(series)) r->standing = CLINO_STANDING_BEST; /* until they are held beside each other */
  return true;
}

/* ---- ranks ---- */

static bool comes_before(const clino_comparison *c, const clino_compared *a, const clino_compared *b) {
  bool a_ends = a->standing == CLINO_STANDING_BEST, b_ends = b->standing == CLINO_STANDING_BEST;
  if (a_ends && b_ends) return c->direction * (a->level - b->level) < 0;
  if (a_ends || b_ends) return a_ends;
  return a->standing == CLINO_STANDING_LOST && b->standing == CLINO_STANDING_UNKNOWN;
}

/* Stable: of equal ones the first given comes first. */
static void rank(clino_comparison *c) {
  for (size_t i = 0; i < c->n; i++) {
    size_t at = i;
    for (; at > 0 && comes_before(c, &c->runs[i], &c->runs[c->order[at - 1]]); at--) c->order[at] = c->order[at - 1];
    c->order[at] = i;
  }
}

static double in_errors(double difference, double error) {
  return difference == 0 ? 0 : difference / error; /* infinite where there is no noise at all */
}

static bool compare_at_steps(const clino_comparison *c, clino_compared *r, const clino__curve *best,
                             clino_error *error) {
  clino__curve v;
  clino__difference d;
  if (!curve_of(c, r->run, &v, error)) return false;
  if (!clino__differ_by_step(&v, best)) return true;
  clino__difference_of(&v, best, c->direction, &d);
  if (!d.n) return true;
  r->behind_at_step = d.level;
  if (d.n >= CLINO__FEW_POINTS && isfinite(d.error) && !isnan(r->error))
    r->deviations_at_step = in_errors(d.level, d.error);
  if (r->deviations_at_step > CLINO__SURE) r->since = d.since;
  return true;
}

static bool stand(const clino_comparison *c, clino_compared *r, const clino_compared *best, const clino__curve *curve,
                  clino_error *error) {
  if (r->standing == CLINO_STANDING_BEST && r != best) {
    r->behind = c->direction * (r->level - best->level);
    r->deviations = in_errors(r->behind, hypot(r->error, best->error));
    r->standing = r->deviations > CLINO__SURE ? CLINO_STANDING_WORSE
                  : isnan(r->deviations)      ? CLINO_STANDING_UNSURE
                                              : CLINO_STANDING_AS_GOOD;
  } else if (r == best) {
    r->behind = 0;
    return true;
  }
  return !r->points || compare_at_steps(c, r, curve, error);
}

static bool compare_all(clino_comparison *c, clino_error *error) {
  clino__curve curve;
  for (size_t i = 0; i < c->n; i++)
    if (!measure(c, &c->runs[i], error)) return false;
  rank(c);
  const clino_compared *best = &c->runs[c->order[0]];
  if (best->standing != CLINO_STANDING_BEST) return true;
  if (!curve_of(c, best->run, &curve, error)) return false;
  for (size_t i = 0; i < c->n; i++)
    if (!stand(c, &c->runs[i], best, &curve, error)) return false;
  return true;
}

/* ---- making one ---- */

static clino_status check_arguments(const clino_run *const *runs, const char *const *names, size_t n,
                                    const clino_comparison_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_comparison_options", error);
  if (status) return status;
  if (o->direction < -1 || o->direction > 1)
    return clino__fail_field(error, "clino_comparison_options", "direction", o->direction, "-1, 0 or 1");
  if (!n) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_new: n is 0");
  if (!runs) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_new: runs is NULL");
  for (size_t i = 0; i < n; i++) {
    if (!runs[i]) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_new: runs[%zu] is NULL", i);
    if (names && !names[i]) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_new: names[%zu] is NULL", i);
  }
  return CLINO_OK;
}

static char *name_of(const char *const *names, size_t i) {
  clino__text number = CLINO__TEXT_EMPTY;
  if (names) return clino__strdup(names[i]);
  clino__text_addf(&number, "run %zu", i + 1);
  char *name = number.failed ? NULL : clino__strdup(number.data);
  clino__text_free(&number);
  return name;
}

static clino_comparison *allocate(const clino_run *const *runs, const char *const *names, size_t n) {
  clino_comparison *c = calloc(1, sizeof *c);
  bool ok = c != NULL;
  if (!ok) return NULL;
  c->n = n;
  c->runs = calloc(n, sizeof *c->runs);
  c->order = calloc(n, sizeof *c->order);
  ok = c->runs && c->order;
  for (size_t i = 0; ok && i < n; i++) {
    c->runs[i] = (clino_compared){.name = name_of(names, i), .run = runs[i], .index = i};
    ok = c->runs[i].name != NULL;
  }
  if (ok) return c;
  clino_comparison_free(c);
  return NULL;
}

clino_status clino_comparison_new(clino_comparison **comparison, const clino_run *const *runs,
                                  const char *const *names, size_t n, const clino_comparison_options *options,
                                  clino_error *error) {
  clino_comparison_options o = options ? *options : clino_comparison_options_default();
  if (!comparison) return clino__fail(error, CLINO_ERR_RANGE, "clino_comparison_new: comparison is NULL");
  *comparison = NULL;
  clino_status status = check_arguments(runs, names, n, &o, error);
  if (status) return status;
  clino_comparison *c = allocate(runs, names, n);
  if (!c) return clino__fail_memory(error, "a comparison of runs");
  status = choose_series(c, &o, error);
  if (!status && !compare_all(c, error)) status = CLINO_ERR_MEMORY;
  if (!status) status = clino__find_settings(c, error);
  if (status) clino_comparison_free(c);
  else *comparison = c;
  return status;
}

void clino_comparison_free(clino_comparison *c) {
  if (!c) return;
  for (size_t i = 0; c->runs && i < c->n; i++) free((char *)c->runs[i].name);
  for (size_t i = 0; i < c->n_settings; i++) free(c->settings[i]);
  for (size_t i = 0; c->values && i < c->n_settings * c->n; i++) free(c->values[i]);
  free(c->settings);
  free(c->values);
  free(c->runs);
  free(c->order);
  free(c->series);
  free(c);
}

/* ---- reading it ---- */

const char *clino_comparison_series(const clino_comparison *c) { return c ? c->series : NULL; }

bool clino_comparison_lower_is_better(const clino_comparison *c) { return c && c->direction > 0; }

size_t clino_comparison_count(const clino_comparison *c) { return c ? c->n : 0; }

const clino_compared *clino_comparison_at(const clino_comparison *c, size_t i) {
  return c && i < c->n ? &c->runs[i] : NULL;
}

const clino_compared *clino_comparison_ranked(const clino_comparison *c, size_t i) {
  return c && i < c->n ? &c->runs[c->order[i]] : NULL;
}

size_t clino_comparison_setting_count(const clino_comparison *c) { return c ? c->n_settings : 0; }

const char *clino_comparison_setting_at(const clino_comparison *c, size_t i) {
  return c && i < c->n_settings ? c->settings[i] : NULL;
}

const char *clino_comparison_value(const clino_comparison *c, size_t setting, size_t run) {
  return c && setting < c->n_settings && run < c->n ? c->values[setting * c->n + run] : NULL;
}
