/* Names become roles once the table is complete. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/loss_sum.h"
#include "io/table_model.h"

static bool is_mapped_role(const clino__table *t, const char *role) {
  for (size_t i = 0; i < t->n; i++)
    if (t->columns[i].mapped && strcmp(t->columns[i].mapped, role) == 0) return true;
  return false;
}

/* What a column is called to find its role: where it is the only one that measures something, what the path says counts
 * as well. */
static char *name_by_path(const clino__table *t) {
  const clino__column *only = NULL;
  for (size_t i = 0; i < t->n; i++) {
    const clino__column *c = &t->columns[i];
    if (!c->series || !clino_series_count(c->series) || clino__is_progress(c->name)) continue;
    if (only || c->mapped) return NULL;
    only = c;
  }
  if (!only) return NULL;
  bool named = !only->unnamed && strcmp(only->name, "value") != 0 && strcmp(only->name, "Value") != 0;
  return clino__name_from_path(t->reading->name, named ? only->name : NULL);
}

typedef struct naming {
  const char **names;
  size_t *points, *column; /* of each name */
  char **roles, *by_path;
  size_t n;
  clino__role_sum sums[2];
} naming;

static void free_naming(naming *g) {
  for (size_t i = 0; g->roles && i < g->n; i++) free(g->roles[i]);
  free(g->names);
  free(g->points);
  free(g->column);
  free(g->roles);
  free(g->by_path);
  free(g->sums[0].part);
  free(g->sums[1].part);
}

static bool make_naming(const clino__table *t, naming *g) {
  size_t room = t->n ? t->n : 1;
  *g = (naming){.names = malloc(room * sizeof *g->names),
                .points = malloc(room * sizeof *g->points),
                .column = malloc(room * sizeof *g->column),
                .roles = calloc(room, sizeof *g->roles),
                .by_path = name_by_path(t)};
  if (!g->names || !g->points || !g->column || !g->roles) return false;
  for (size_t i = 0; i < t->n; i++) {
    const clino__column *c = &t->columns[i];
    if (!c->series) continue;
    size_t count = clino_series_count(c->series);
    bool only = g->by_path && count && !clino__is_progress(c->name);
    g->names[g->n] = only ? g->by_path : c->name;
    g->points[g->n] = count;
    g->column[g->n++] = i;
  }
  return clino__roles_assign_all(g->names, g->points, g->n, g->roles, g->sums);
}

/* Each series gets the mapped role; or the suggested one, unless the map gave it to another column; or keeps its name.
 */
static clino_status rename_series(clino__table *t, const naming *g, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < g->n; i++) {
    clino__column *c = &t->columns[g->column[i]];
    const char *name = c->mapped ? c->mapped : g->roles[i] ? g->roles[i] : g->names[i];
    if (!c->mapped && g->roles[i] && is_mapped_role(t, name)) name = c->name;
    status = clino_run_rename_series(t->reading->run, c->series, name, error);
  }
  return status;
}

/* ---- a loss from its parts ---- */

static clino_status fill_sum(const clino__table *t, const naming *g, const bool *part, clino_series *sum,
                             clino_error *error) {
  const clino_series **parts = malloc((g->n + 1) * sizeof *parts);
  size_t n = 0;
  if (!parts) return clino__fail_memory(error, "the sum of a loss");
  for (size_t i = 0; i < g->n; i++)
    if (part[i]) parts[n++] = t->columns[g->column[i]].series;
  clino_status status = clino__loss_sum(parts, n, sum, error);
  free(parts);
  return status;
}

static clino_status add_sum(clino__table *t, const naming *g, const clino__role_sum *s, clino_error *error) {
  if (!s->role || is_mapped_role(t, s->role)) return CLINO_OK;
  clino__text original = CLINO__TEXT_EMPTY;
  clino_series *sum;
  for (size_t i = 0, n = 0; i < g->n; i++)
    if (s->part[i]) clino__text_addf(&original, "%s%s", n++ ? " + " : "", g->names[i]);
  clino_status status = original.failed ? clino__fail_memory(error, "the sum of a loss") : CLINO_OK;
  if (!status)
    status = clino_run_add_series(t->reading->run, t->axis, s->role, clino__text_string(&original),
                                  CLINO_SERIES_SCALAR, &sum, error);
  clino__text_free(&original);
  return status ? status : fill_sum(t, g, s->part, sum, error);
}

clino_status clino__table_name_series(clino__table *t, clino_error *error) {
  naming g = {.n = 0};
  clino_status status = CLINO_OK;
  if (t->own) {
    for (size_t i = 0; !status && i < t->n; i++)
      if (t->columns[i].mapped)
        status = clino_run_rename_series(t->reading->run, t->columns[i].series, t->columns[i].mapped, error);
    return status;
  }
  if (!make_naming(t, &g)) status = clino__fail_memory(error, "the roles of the columns");
  if (!status) status = rename_series(t, &g, error);
  for (int k = 0; !status && k < 2; k++) status = add_sum(t, &g, &g.sums[k], error);
  free_naming(&g);
  return status;
}
