/* What differs between runs: attributes, the largest learning rate, and series that are one number all along. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "checks/comparison.h"
#include "checks/difference.h"

/* ---- the value of one setting in one run ---- */

/* A series that tells how a run was set up, not how it went: by its name, and as it does not vary. */
static bool is_setting(const char *name) {
  static const char *const places[] = {"params/", "hparams/", "config/"};
  bool place = !strchr(name, '/');
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    place |= strncmp(name, places[i], strlen(places[i])) == 0;
  return place && (strcmp(name, "lr") == 0 || !clino__direction_of(name));
}

/* NaN where the series does not tell; memory out: false. */
static bool number_of(const clino_run *run, const char *name, double *number, clino_error *error) {
  clino_summary summary;
  const clino_series *series = is_setting(name) ? clino__scalar(run, name) : NULL;
  *number = NAN;
  if (!series) return true;
  if (clino_series_summary(series, &summary, error)) return false;
  if (strcmp(name, "lr") == 0 || (summary.min == summary.max && !summary.nonfinite)) *number = summary.max;
  return true;
}

/* *value: on the heap, NULL where the run does not tell. */
static bool value_of(const clino_run *run, const char *name, char **value, clino_error *error) {
  const char *attribute = clino_run_attribute(run, name);
  double number;
  *value = NULL;
  if (!attribute && !number_of(run, name, &number, error)) return false;
  if (!attribute && isnan(number)) return true;
  clino__text text = CLINO__TEXT_EMPTY;
  if (attribute) clino__text_add(&text, attribute);
  else clino__text_add_digits(&text, number, 6);
  *value = text.failed ? NULL : clino__strdup(clino__text_string(&text));
  clino__text_free(&text);
  if (!*value) clino__fail_memory(error, "the settings of runs");
  return *value != NULL;
}

/* ---- all settings of all runs ---- */

typedef struct names {
  const char **all; /* of the runs */
  size_t n, capacity;
} names;

static bool add_name(names *list, const char *name) {
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 64;
    const char **all = realloc(list->all, capacity * sizeof *all);
    if (!all) return false;
    list->all = all;
    list->capacity = capacity;
  }
  list->all[list->n++] = name;
  return true;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Every name that may be a setting's, once, ascending. */
static bool collect(const clino_comparison *c, names *list) {
  bool ok = true;
  for (size_t i = 0; ok && i < c->n; i++) {
    const clino_run *run = c->runs[i].run;
    for (size_t k = 0; ok && k < clino_run_attribute_count(run); k++)
      ok = add_name(list, clino_run_attribute_at(run, k, NULL));
    for (size_t k = 0; ok && k < clino_run_series_count(run); k++) {
      const char *name = clino_series_name(clino_run_series_at(run, k));
      if (is_setting(name)) ok = add_name(list, name);
    }
  }
  if (!ok || !list->n) return ok;
  qsort(list->all, list->n, sizeof *list->all, by_name);
  size_t kept = 1;
  for (size_t i = 1; i < list->n; i++)
    if (strcmp(list->all[i], list->all[kept - 1]) != 0) list->all[kept++] = list->all[i];
  list->n = kept;
  return true;
}

/* "0.10" and "1e-1" are the same. */
static bool same_value(const char *a, const char *b) {
  double x, y;
  if (!a || !b) return a == b;
  if (strcmp(a, b) == 0) return true;
  return clino__number_parse(a, strlen(a), &x) && clino__number_parse(b, strlen(b), &y) && x == y;
}

/* Keeps a setting if it differs between the runs. False where memory is out. */
static bool keep(clino_comparison *c, const char *name, clino_error *error) {
  char **values = c->values + c->n_settings * c->n;
  bool ok = true, differs = false;
  for (size_t i = 0; ok && i < c->n; i++) {
    ok = value_of(c->runs[i].run, name, &values[i], error);
    differs |= ok && !same_value(values[0], values[i]);
  }
  if (ok && differs) {
    c->settings[c->n_settings] = clino__strdup(name);
    if (c->settings[c->n_settings]) {
      c->n_settings++;
      return true;
    }
    ok = false;
    clino__fail_memory(error, "the settings of runs");
  }
  for (size_t i = 0; i < c->n; i++) {
    free(values[i]);
    values[i] = NULL;
  }
  return ok;
}

clino_status clino__find_settings(clino_comparison *c, clino_error *error) {
  names list = {NULL, 0, 0};
  bool ok = collect(c, &list);
  if (ok && list.n) {
    c->settings = calloc(list.n, sizeof *c->settings);
    c->values = calloc(list.n * c->n, sizeof *c->values);
    ok = c->settings && c->values;
  }
  if (!ok) clino__fail_memory(error, "the settings of runs");
  for (size_t i = 0; ok && i < list.n; i++) ok = keep(c, list.all[i], error);
  free(list.all);
  return ok ? CLINO_OK : CLINO_ERR_MEMORY;
}
