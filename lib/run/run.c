/* Runs: the lists of attributes, axes and series, and the look-up by name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "run/model.h"

clino_status clino_run_new(clino_run **run, clino_error *error) {
  if (!run) return clino__fail(error, CLINO_ERR_RANGE, "clino_run_new: run is NULL");
  *run = calloc(1, sizeof **run);
  return *run ? CLINO_OK : clino__fail_memory(error, "a run");
}

void clino_run_free(clino_run *run) {
  if (!run) return;
  for (size_t i = 0; i < run->n_attributes; i++) {
    free(run->attributes[i].key);
    free(run->attributes[i].value);
  }
  for (size_t i = 0; i < run->n_series; i++) clino__series_free(run->series[i]);
  for (size_t i = 0; i < run->n_axes; i++) clino__axis_free(run->axes[i]);
  free(run->attributes);
  free(run->series);
  free(run->axes);
  free(run->slots);
  free(run);
}

/* ---- attributes: a sorted array ---- */

/* The place of key, or where it would be. */
static size_t find_attribute(const clino_run *run, const char *key, bool *found) {
  size_t low = 0, high = run->n_attributes;
  *found = false;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(run->attributes[middle].key, key);
    if (order == 0) *found = true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

static void remove_attribute(clino_run *run, size_t at) {
  free(run->attributes[at].key);
  free(run->attributes[at].value);
  run->n_attributes--;
  memmove(&run->attributes[at], &run->attributes[at + 1], (run->n_attributes - at) * sizeof *run->attributes);
}

static clino_status insert_attribute(clino_run *run, size_t at, const char *key, char *value, clino_error *error) {
  clino__attribute *grown =
      clino__run_grow(run->attributes, &run->attributes_capacity, run->n_attributes, sizeof *grown);
  char *name = grown ? clino__strdup(key) : NULL;
  if (grown) run->attributes = grown;
  if (!name) return clino__fail_memory(error, "an attribute");
  memmove(&run->attributes[at + 1], &run->attributes[at], (run->n_attributes - at) * sizeof *run->attributes);
  run->attributes[at] = (clino__attribute){name, value};
  run->n_attributes++;
  return CLINO_OK;
}

clino_status clino_run_set_attribute(clino_run *run, const char *key, const char *value, clino_error *error) {
  if (!run || !key || !*key)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_run_set_attribute: a run and a key that is not empty are needed");
  bool found;
  size_t at = find_attribute(run, key, &found);
  if (!value) {
    if (found) remove_attribute(run, at);
    return CLINO_OK;
  }
  char *copy = clino__strdup(value);
  if (!copy) return clino__fail_memory(error, "an attribute");
  if (found) {
    free(run->attributes[at].value);
    run->attributes[at].value = copy;
    return CLINO_OK;
  }
  clino_status status = insert_attribute(run, at, key, copy, error);
  if (status) free(copy);
  return status;
}

const char *clino_run_attribute(const clino_run *run, const char *key) {
  if (!run || !key) return NULL;
  bool found;
  size_t at = find_attribute(run, key, &found);
  return found ? run->attributes[at].value : NULL;
}

double clino_run_attribute_number(const clino_run *run, const char *key) {
  const char *text = clino_run_attribute(run, key);
  double value;
  return text && clino__number_parse(text, strlen(text), &value) ? value : NAN;
}

size_t clino_run_attribute_count(const clino_run *run) { return run ? run->n_attributes : 0; }

const char *clino_run_attribute_at(const clino_run *run, size_t i, const char **value) {
  bool in = run && i < run->n_attributes;
  if (value) *value = in ? run->attributes[i].value : NULL;
  return in ? run->attributes[i].key : NULL;
}

/* ---- series by name: open addressing, linear probing, FNV-1a (G. Fowler, L. C. Noll and P. Vo, 1991) ---- */

/* Where a name stands if nothing else does. */
static size_t home_slot(const clino_run *run, const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  return (size_t)(hash ^ (hash >> 32)) & (run->n_slots - 1);
}

/* The slot that holds the first series of that name, or the empty one where it would go. */
static size_t find_slot(const clino_run *run, const char *name) {
  size_t mask = run->n_slots - 1, slot = home_slot(run, name);
  while (run->slots[slot] && strcmp(run->series[run->slots[slot] - 1]->name, name) != 0) slot = (slot + 1) & mask;
  return slot;
}

static void fill_slots(clino_run *run) {
  memset(run->slots, 0, run->n_slots * sizeof *run->slots);
  for (size_t i = 0; i < run->n_series; i++) {
    size_t slot = find_slot(run, run->series[i]->name);
    if (!run->slots[slot]) run->slots[slot] = (uint32_t)(i + 1);
  }
}

/* Empties the slot of a name, and moves those that stand behind it only because it was taken. */
static void empty_slot(clino_run *run, size_t slot) {
  size_t mask = run->n_slots - 1;
  for (size_t next = (slot + 1) & mask; run->slots[next]; next = (next + 1) & mask) {
    size_t home = home_slot(run, run->series[run->slots[next] - 1]->name);
    if (((next - home) & mask) < ((next - slot) & mask)) continue;
    run->slots[slot] = run->slots[next];
    slot = next;
  }
  run->slots[slot] = 0;
}

/* Keeps the table at most half full with one more series. */
static bool grow_slots(clino_run *run) {
  if (2 * (run->n_series + 1) < run->n_slots) return true;
  size_t n = run->n_slots ? 2 * run->n_slots : 32;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  free(run->slots);
  run->slots = slots;
  run->n_slots = n;
  fill_slots(run);
  return true;
}

static clino_series *find_series(const clino_run *run, const char *name) {
  if (!run->n_slots) return NULL;
  uint32_t found = run->slots[find_slot(run, name)];
  return found ? run->series[found - 1] : NULL;
}

clino_status clino_run_add_series(clino_run *run, clino_axis *axis, const char *name, const char *original,
                                  clino_series_kind kind, clino_series **series, clino_error *error) {
  if (!run || !axis || !name || !*name || (unsigned)kind > CLINO_SERIES_IMAGE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_run_add_series: needs a run, an axis, a name and a kind");
  if (run->n_series >= UINT32_MAX / 4) return clino__fail(error, CLINO_ERR_RANGE, "too many series in one run");
  clino_series **grown = clino__run_grow(run->series, &run->series_capacity, run->n_series, sizeof(clino_series *));
  if (grown) run->series = grown;
  if (!grown || !grow_slots(run)) return clino__fail_memory(error, "a series");
  clino_series *made = NULL;
  clino_status status = clino__series_new(axis, name, original, kind, &made, error);
  if (status) return status;
  size_t slot = find_slot(run, name);
  run->series[run->n_series++] = made;
  if (!run->slots[slot]) run->slots[slot] = (uint32_t)run->n_series;
  if (series) *series = made;
  return CLINO_OK;
}

clino_status clino_run_remove_series(clino_run *run, clino_series *series, clino_error *error) {
  size_t at = run ? run->n_series : 0;
  while (at && run->series[at - 1] != series) at--;
  if (!at) return clino__fail(error, CLINO_ERR_RANGE, "clino_run_remove_series: this run has no such series");
  bool last = at == run->n_series;
  size_t slot = find_slot(run, series->name);
  if (last && run->slots[slot] == at) empty_slot(run, slot);
  run->n_series--;
  memmove(&run->series[at - 1], &run->series[at], (run->n_series - (at - 1)) * sizeof(clino_series *));
  clino__series_free(series);
  if (!last) fill_slots(run); /* those behind it have other numbers now */
  return CLINO_OK;
}

clino_status clino_run_rename_series(clino_run *run, clino_series *series, const char *name, clino_error *error) {
  if (!run || !series || !name || !*name)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_run_rename_series: a run, a series and a name are needed");
  if (strcmp(series->name, name) == 0) return CLINO_OK;
  char *copy = clino__strdup(name);
  if (!copy) return clino__fail_memory(error, "a name");
  if (series->original) free(series->name);
  else series->original = series->name;
  series->name = copy;
  fill_slots(run);
  return CLINO_OK;
}

clino_status clino_run_add_axis(clino_run *run, const char *name, clino_axis **axis, clino_error *error) {
  if (!run || !axis) return clino__fail(error, CLINO_ERR_RANGE, "clino_run_add_axis: a parameter is NULL");
  clino_axis **grown = clino__run_grow(run->axes, &run->axes_capacity, run->n_axes, sizeof(clino_axis *));
  if (grown) run->axes = grown;
  clino_axis *made = grown ? calloc(1, sizeof *made) : NULL;
  if (made) made->run = run;
  if (made) made->name = clino__strdup(name);
  if (!made || (name && !made->name)) {
    clino__axis_free(made);
    return clino__fail_memory(error, "an axis");
  }
  run->axes[run->n_axes++] = *axis = made;
  return CLINO_OK;
}

/* ---- value by value ---- */

/* Finds or makes the series, and starts a row on its axis unless the last one is of that step and free. */
static clino_status open_cell(clino_run *run, const char *name, clino_series_kind kind, int64_t step,
                              clino_series **series, clino_error *error) {
  if (!run || !name || !*name)
    return clino__fail(error, CLINO_ERR_RANGE, "a run and the name of a series that is not empty are needed");
  clino_status status = run->own ? CLINO_OK : clino_run_add_axis(run, NULL, &run->own, error);
  if (status) return status;
  clino_series *s = find_series(run, name);
  if (!s) status = clino_run_add_series(run, run->own, name, NULL, kind, &s, error);
  if (status) return status;
  if (s->kind != kind)
    return clino__fail(error, CLINO_ERR_RANGE, "series '%s' holds no %s", name,
                       clino__series_kind_name(kind));
  clino_axis *axis = s->axis;
  *series = s;
  if (axis->rows && axis->steps[axis->rows - 1] == step && !clino__series_set_in(s, axis->rows - 1)) return CLINO_OK;
  return clino_axis_add_row(axis, step, NAN, NAN, error);
}

clino_status clino_run_add(clino_run *run, const char *name, int64_t step, double value, clino_error *error) {
  clino_series *series = NULL;
  clino_status status = open_cell(run, name, CLINO_SERIES_SCALAR, step, &series, error);
  return status ? status : clino_series_set(series, value, error);
}

clino_status clino_run_add_histogram(clino_run *run, const char *name, int64_t step, const clino_histogram *histogram,
                                     clino_error *error) {
  clino_series *series = NULL;
  clino_status status = clino__histogram_check(histogram, error);
  if (!status) status = open_cell(run, name, CLINO_SERIES_HISTOGRAM, step, &series, error);
  return status ? status : clino_series_set_histogram(series, histogram, error);
}

clino_status clino_run_add_image(clino_run *run, const char *name, int64_t step, const void *bytes, size_t size,
                                 clino_error *error) {
  clino_series *series = NULL;
  clino_status status = clino__image_check(bytes, size, error);
  if (!status) status = open_cell(run, name, CLINO_SERIES_IMAGE, step, &series, error);
  return status ? status : clino_series_set_image_row(series, SIZE_MAX, bytes, size, error);
}

clino_status clino_run_add_missing(clino_run *run, const char *name, int64_t step, const char *reason,
                                   clino_error *error) {
  clino_series *series = NULL;
  const clino_series *known = clino_run_series(run, name);
  clino_series_kind kind = known ? known->kind : CLINO_SERIES_SCALAR;
  clino_status status = open_cell(run, name, kind, step, &series, error);
  return status ? status : clino_series_note_missing(series, reason, error);
}

/* ---- reading ---- */

size_t clino_run_axis_count(const clino_run *run) { return run ? run->n_axes : 0; }

const clino_axis *clino_run_axis_at(const clino_run *run, size_t i) {
  return run && i < run->n_axes ? run->axes[i] : NULL;
}

size_t clino_run_series_count(const clino_run *run) { return run ? run->n_series : 0; }

const clino_series *clino_run_series_at(const clino_run *run, size_t i) {
  return run && i < run->n_series ? run->series[i] : NULL;
}

const clino_series *clino_run_series(const clino_run *run, const char *name) {
  return run && name ? find_series(run, name) : NULL;
}

bool clino_run_step_range(const clino_run *run, int64_t *first, int64_t *last) {
  int64_t low = CLINO_NO_STEP, high = CLINO_NO_STEP;
  for (size_t a = 0; run && a < run->n_axes; a++) {
    for (size_t i = 0; i < run->axes[a]->rows; i++) {
      int64_t step = run->axes[a]->steps[i];
      if (step == CLINO_NO_STEP) continue;
      if (low == CLINO_NO_STEP || step < low) low = step;
      if (high == CLINO_NO_STEP || step > high) high = step;
    }
  }
  if (first) *first = low;
  if (last) *last = high;
  return low != CLINO_NO_STEP;
}
