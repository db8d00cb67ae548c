#include "io/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/loss_sum.h"
#include "io/roles.h"

static clino_status refuse(const clino__reading *reading, const clino_role_map *m, const char *why,
                           clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "there is no column '%s' to be %s%s", m->column, m->role, why);
  clino__error_at(error, reading->name, 0, 0);
  return CLINO_ERR_FORMAT;
}

static bool is_axis_role(const char *role) {
  for (int r = 0; r < CLINO__AXIS_ROLES; r++)
    if (strcmp(role, clino__axis_role_name((clino__axis_role)r)) == 0) return true;
  return false;
}

/* The role that the map gives to a series, NULL where it gives none. */
static const char *mapped_role(const clino_read_options *o, const char *original) {
  for (size_t m = 0; m < o->n_map; m++)
    if (strcmp(o->map[m].column, original) == 0) return o->map[m].role;
  return NULL;
}

static bool is_mapped(const clino_read_options *o, const char *role) {
  for (size_t m = 0; m < o->n_map; m++)
    if (strcmp(o->map[m].role, role) == 0) return true;
  return false;
}

static clino_status check_map(const clino__reading *reading, clino_error *error) {
  const clino_read_options *o = reading->options;
  size_t n = clino_run_series_count(reading->run);
  for (size_t m = 0; m < o->n_map; m++) {
    size_t i = 0;
    while (i < n && strcmp(clino_series_original(clino_run_series_at(reading->run, i)), o->map[m].column) != 0) i++;
    if (i == n) return refuse(reading, &o->map[m], "", error);
    if (is_axis_role(o->map[m].role))
      return refuse(reading, &o->map[m], ": logs of this format count themselves", error);
  }
  return CLINO_OK;
}

static clino_status rename_all(const clino__reading *reading, clino_series *const *series, char *const *roles, size_t n,
                               clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < n; i++) {
    const char *mapped = mapped_role(reading->options, clino_series_original(series[i]));
    const char *role = mapped ? mapped : roles[i] && !is_mapped(reading->options, roles[i]) ? roles[i] : NULL;
    if (role) status = clino_run_rename_series(reading->run, series[i], role, error);
  }
  return status;
}

/* Scalars first, for which alone roles are looked for. */
static size_t collect(const clino_run *run, clino_series **series, const char **names, size_t *points) {
  size_t n = clino_run_series_count(run), scalars = 0, others = n;
  for (size_t i = 0; i < n; i++) {
    /* The run belongs to the reader, which may change what it finds there. */
    clino_series *s = (clino_series *)clino_run_series_at(run, i);
    size_t at = clino_series_get_kind(s) == CLINO_SERIES_SCALAR ? scalars++ : --others;
    series[at] = s;
    names[at] = clino_series_original(s);
    points[at] = clino_series_count(s);
  }
  return scalars;
}

/* The sum of parts that share an axis; on several, which rows belong together is not known. */
static clino_status add_sum(const clino__reading *reading, clino_series *const *series, size_t n,
                            const clino__role_sum *s, clino_error *error) {
  if (!s->role || is_mapped(reading->options, s->role)) return CLINO_OK;
  const clino_series **parts = malloc((n + 1) * sizeof *parts);
  if (!parts) return clino__fail_memory(error, "a sum");
  clino__text original = CLINO__TEXT_EMPTY;
  size_t k = 0, elsewhere = 0;
  for (size_t i = 0; i < n; i++) {
    if (!s->part[i]) continue;
    elsewhere += k && clino_series_axis(series[i]) != clino_series_axis(parts[0]);
    clino__text_addf(&original, "%s%s", k ? " + " : "", clino_series_original(series[i]));
    parts[k++] = series[i];
  }
  clino_status status = original.failed ? clino__fail_memory(error, "a sum") : CLINO_OK;
  clino_series *sum = NULL;
  if (!status && k && !elsewhere) {
    clino_axis *axis = (clino_axis *)clino_series_axis(parts[0]);
    status = clino_run_add_series(reading->run, axis, s->role, clino__text_string(&original), CLINO_SERIES_SCALAR,
                                  &sum, error);
    if (!status) status = clino__loss_sum(parts, k, sum, error);
  }
  clino__text_free(&original);
  free(parts);
  return status;
}

/* A log that holds one series, of a name that says nothing, may be named by its file. */
static bool name_by_path(const clino__reading *reading, size_t scalars, char **roles) {
  char *name = scalars == 1 && !roles[0] ? clino__name_from_path(reading->name, NULL) : NULL;
  const char *names[] = {name};
  bool ok = !name || clino__roles_assign(names, 1, roles);
  if (ok && name && !roles[0]) roles[0] = name; /* is a role as it stands */
  else free(name);
  return ok;
}

clino_status clino__names_assign(const clino__reading *reading, clino_error *error) {
  size_t n = clino_run_series_count(reading->run), scalars = 0;
  clino_series **series = malloc((n + 1) * sizeof *series);
  const char **names = malloc((n + 1) * sizeof *names);
  size_t *points = malloc((n + 1) * sizeof *points);
  char **roles = calloc(n + 1, sizeof *roles);
  clino__role_sum sums[2] = {{NULL, NULL}, {NULL, NULL}};
  clino_status status = series && names && points && roles ? check_map(reading, error)
                                                           : clino__fail_memory(error, "the roles");
  if (!status) scalars = collect(reading->run, series, names, points);
  if (!status && !(clino__roles_assign_all(names, points, scalars, roles, sums) &&
                   name_by_path(reading, scalars, roles)))
    status = clino__fail_memory(error, "the roles");
  if (!status) status = rename_all(reading, series, roles, n, error);
  for (int k = 0; !status && k < 2; k++) status = add_sum(reading, series, scalars, &sums[k], error);
  for (size_t i = 0; roles && i < n; i++) free(roles[i]);
  free(sums[0].part);
  free(sums[1].part);
  free(roles);
  free(points);
  free(names);
  free(series);
  return status;
}
