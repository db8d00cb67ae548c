/* Steps, epochs and times from the columns that count them.
 *
 * The step is the plainest column of whole numbers that (nearly) every row has. What rows do not say themselves is
 * found from what they do say, never carried over from the row before: a validation row that gives its epoch alone
 * stands at the last training step of that epoch; a step that is counted anew in each epoch is added to the epochs
 * before. A row that says neither has no step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/table_model.h"

/* A step beyond 2^53 was not read exactly. */
static bool is_count(double v) { return fabs(v) <= 0x1p53 && v == floor(v); }

/* Whether the column can count: whole numbers alone. */
static bool counts(const clino__column *c) {
  const double *v = clino_series_values(c->series);
  size_t n = clino_series_count(c->series);
  for (size_t i = 0; i < n; i++)
    if (!is_count(v[i])) return false;
  return n > 0;
}

/* Nine rows in ten; the others may be a logger's own (a media file, the summary at the end). */
static bool covers(const clino__table *t, const clino__column *c) {
  return clino_series_count(c->series) * 10 >= t->rows * 9;
}

/* The best column for a role: the mapped one, else the one with the plainest name that suits. */
static clino__column *find_column(clino__table *t, clino__axis_role role, bool whole, bool everywhere) {
  int best = -1;
  clino__column *found = NULL;
  for (size_t i = 0; i < t->n; i++) {
    clino__column *c = &t->columns[i];
    if (c->mapped && strcmp(c->mapped, clino__axis_role_name(role)) == 0) return c;
    int rank = c->mapped ? -1 : clino__axis_rank(c->name, role);
    if (rank < 0 || (best >= 0 && rank >= best) || !clino_series_count(c->series)) continue;
    if ((whole && !counts(c)) || (everywhere && !covers(t, c))) continue;
    best = rank;
    found = c;
  }
  return found;
}

/* ---- rows whose step has to be found ---- */

typedef struct rows {
  size_t n;
  double *step, *epoch; /* NaN where missing */
} rows;

static void spread(const clino__column *c, double *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = NAN;
  const double *v = c ? clino_series_values(c->series) : NULL;
  for (size_t i = 0; v && i < clino_series_count(c->series); i++) out[clino_series_row(c->series, i)] = v[i];
}

static bool has_both(const rows *r, size_t i) { return !isnan(r->step[i]) && !isnan(r->epoch[i]); }

/* Rows without an epoch whose "step" is the number of the epoch that has just been trained, as MMEngine writes them:
 * their step is an epoch. */
static void find_epochs_in_steps(rows *r) {
  size_t alone = 0, like = 0;
  double step = NAN, epoch = NAN;
  for (int change = 0; change < 2; change++) {
    for (size_t i = 0; i < r->n; i++) {
      if (has_both(r, i)) {
        step = r->step[i];
        epoch = r->epoch[i];
      } else if (!isnan(r->step[i])) {
        bool fits = r->step[i] == epoch && r->step[i] < step;
        alone += !change;
        like += !change && fits;
        if (change && fits) {
          r->epoch[i] = r->step[i];
          r->step[i] = NAN;
        }
      }
    }
    if (!alone || like * 10 < alone * 9) return;
  }
}

/* Steps that fall back whenever the epoch advances are counted within it. */
static void add_epochs(rows *r, double per_epoch) {
  size_t back = 0, anew = 0, last = SIZE_MAX;
  double low = INFINITY, high = -INFINITY, first = INFINITY;
  for (size_t i = 0; i < r->n; i++) {
    if (!has_both(r, i)) continue;
    if (!is_count(r->epoch[i])) return;
    if (last != SIZE_MAX && r->step[i] <= r->step[last] && r->epoch[i] != r->epoch[last]) {
      back++;
      anew += r->epoch[i] > r->epoch[last];
    } else if (last != SIZE_MAX && r->step[i] < r->step[last]) {
      back++;
    }
    low = fmin(low, r->step[i]);
    high = fmax(high, r->step[i]);
    first = fmin(first, r->epoch[i]);
    last = i;
  }
  if (!anew || anew * 10 < back * 9) return;
  double steps = per_epoch >= high ? per_epoch : high + (low < 1);
  for (size_t i = 0; i < r->n; i++)
    if (has_both(r, i)) r->step[i] += (r->epoch[i] - first) * steps;
}

/* The step that was reached in an epoch: among the rows that say both, ascending in both, the last one up to it. */
typedef struct reached {
  size_t n;
  size_t *at;
} reached;

static double step_of_epoch(const rows *r, const reached *known, double epoch) {
  size_t low = 0, high = known->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (r->epoch[known->at[middle]] <= epoch) low = middle + 1;
    else high = middle;
  }
  return low ? r->step[known->at[low - 1]] : NAN;
}

/* Gives rows that have only an epoch the step that training had reached then: by the rows before them since the epochs
 * last fell back, or all rows of the log where these have not come that far. */
static bool find_missing(rows *r) {
  size_t *at = malloc((r->n ? r->n : 1) * sizeof *at), n = 0;
  if (!at) return false;
  double *found = malloc((r->n ? r->n : 1) * sizeof *found);
  for (size_t i = 0; found && i < r->n; i++) {
    found[i] = r->step[i];
    if (has_both(r, i)) {
      if (n && r->epoch[i] < r->epoch[at[n - 1]]) n = 0; /* a new run begins */
      at[n++] = i;
    } else if (isnan(r->step[i]) && !isnan(r->epoch[i])) {
      reached known = {n, at};
      found[i] = step_of_epoch(r, &known, r->epoch[i]);
    }
  }
  reached all = {n, at};
  for (size_t i = 0; found && i < r->n; i++) {
    bool missing = isnan(found[i]) && !isnan(r->epoch[i]);
    r->step[i] = missing ? step_of_epoch(r, &all, r->epoch[i]) : found[i];
  }
  free(at);
  free(found);
  return found != NULL;
}

/* Whether every row says its step, and the steps never fall back beside an epoch: then there is nothing to find. */
static bool is_simple(const clino__table *t, const clino__column *step, const clino__column *epoch) {
  const double *v = clino_series_values(step->series);
  size_t n = clino_series_count(step->series);
  if (n != t->rows) return false;
  for (size_t i = 1; epoch && i < n; i++)
    if (v[i] <= v[i - 1]) return false;
  return true;
}

/* ---- the axis ---- */

/* A column's value row by row, with NaN where it is missing. */
typedef struct cursor {
  const clino_series *series;
  size_t next;
} cursor;

static double value_in(cursor *at, size_t row) {
  if (!at->series || clino_series_row(at->series, at->next) != row) return NAN;
  return clino_series_values(at->series)[at->next++];
}

static int64_t step_number(double step) {
  return isnan(step) || !(fabs(step) <= 0x1p53) ? CLINO_NO_STEP : (int64_t)floor(step);
}

/* Fills the axis; r, where not NULL, holds the rows' steps and epochs. */
static clino_status fill_axis(clino__table *t, clino__column *const *axis, const rows *r, clino_error *error) {
  cursor at[CLINO__AXIS_ROLES];
  for (int k = 0; k < CLINO__AXIS_ROLES; k++) at[k] = (cursor){axis[k] ? axis[k]->series : NULL, 0};
  clino_status status = CLINO_OK;
  for (size_t row = 0; !status && row < t->rows; row++) {
    double step = r ? r->step[row] : value_in(&at[CLINO__AXIS_STEP], row);
    double epoch = r ? r->epoch[row] : value_in(&at[CLINO__AXIS_EPOCH], row);
    double time = value_in(&at[CLINO__AXIS_TIME], row);
    int64_t number = axis[CLINO__AXIS_STEP] ? step_number(step) : (int64_t)row;
    status = clino_axis_set_row(t->axis, row, number, epoch, time, error);
  }
  return status;
}

static clino_status find_and_fill(clino__table *t, clino__column *const *axis, clino_error *error) {
  rows r = {t->rows, malloc((t->rows + 1) * sizeof *r.step), malloc((t->rows + 1) * sizeof *r.epoch)};
  bool ok = r.step && r.epoch;
  if (ok) {
    spread(axis[CLINO__AXIS_STEP], r.step, r.n);
    spread(axis[CLINO__AXIS_EPOCH], r.epoch, r.n);
    find_epochs_in_steps(&r);
    add_epochs(&r, t->per_epoch);
    ok = find_missing(&r);
  }
  clino_status status = ok ? fill_axis(t, axis, &r, error) : clino__fail_memory(error, "the steps of a table");
  free(r.step);
  free(r.epoch);
  return status;
}

/* A step that only most rows have will do where nothing else counts all of them. */
static clino__column *partial_step(clino__table *t) {
  clino__column *step = find_column(t, CLINO__AXIS_STEP, true, false);
  return step && clino_series_count(step->series) * 2 >= t->rows ? step : NULL;
}

/* Another step that every row has, and that advances with each, where the plainest one lacks rows: "total_timesteps"
 * beside the updates of a policy, which begin later. Not one that a logger counts for itself. */
static clino__column *complete_step(clino__table *t, clino__column *step) {
  if (!step || step->mapped || clino_series_count(step->series) == t->rows) return step;
  for (size_t i = 0; i < t->n; i++) {
    clino__column *c = &t->columns[i];
    if (c->mapped || c->name[0] == '_' || clino_series_count(c->series) != t->rows ||
        clino__axis_rank(c->name, CLINO__AXIS_STEP) < 0 || !counts(c))
      continue;
    const double *v = clino_series_values(c->series);
    size_t k = 1;
    while (k < t->rows && v[k] > v[k - 1]) k++;
    if (k >= t->rows) return c;
  }
  return step;
}

static clino_status check_mapped(const clino__table *t, const clino__column *c, clino__axis_role role,
                                 clino_error *error) {
  if (!c || !c->mapped) return CLINO_OK;
  bool ok = role == CLINO__AXIS_STEP ? counts(c) && covers(t, c) : clino_series_count(c->series) > 0;
  if (ok) return CLINO_OK;
  return clino__table_fail(t, 0, 0, error, "column '%s' cannot be the %s: it lacks %s", c->name,
                           clino__axis_role_name(role),
                           role == CLINO__AXIS_STEP ? "a whole number in every row" : "numbers");
}

clino_status clino__table_make_axis(clino__table *t, clino_error *error) {
  clino__column *axis[CLINO__AXIS_ROLES];
  axis[CLINO__AXIS_STEP] = complete_step(t, find_column(t, CLINO__AXIS_STEP, true, true));
  axis[CLINO__AXIS_EPOCH] = find_column(t, CLINO__AXIS_EPOCH, false, false);
  axis[CLINO__AXIS_TIME] = find_column(t, CLINO__AXIS_TIME, false, false);
  clino_status status = CLINO_OK;
  for (int k = 0; !status && k < CLINO__AXIS_ROLES; k++)
    status = check_mapped(t, axis[k], (clino__axis_role)k, error);
  if (status) return status;
  clino__column *epoch = axis[CLINO__AXIS_EPOCH];
  if (!axis[CLINO__AXIS_STEP]) axis[CLINO__AXIS_STEP] = partial_step(t);
  /* Without a step, whole epochs count as well as anything; otherwise the rows do. */
  bool by_epoch = !axis[CLINO__AXIS_STEP] && epoch && counts(epoch) && covers(t, epoch);
  if (by_epoch) axis[CLINO__AXIS_STEP] = epoch;
  bool simple = by_epoch || !axis[CLINO__AXIS_STEP] || is_simple(t, axis[CLINO__AXIS_STEP], epoch);
  status = simple ? fill_axis(t, axis, NULL, error) : find_and_fill(t, axis, error);
  for (int k = by_epoch ? 1 : 0; !status && k < CLINO__AXIS_ROLES; k++) {
    if (!axis[k]) continue;
    status = clino_run_remove_series(t->reading->run, axis[k]->series, error);
    axis[k]->series = NULL;
  }
  return status;
}
