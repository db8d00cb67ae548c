/* Writes a run as a CSV that reads back as the same series.
 *
 * The rows of several axes are merged by their steps, each axis keeping its own order. Where names or steps would be
 * taken for something else when read (a series called "loss", a step beyond 2^53), the first line says that the names
 * are canonical and which columns are the axis. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/attributes.h"
#include "io/csv_name.h"
#include "io/file.h"
#include "io/roles.h"
#include "io/table.h"

#define FLUSH_BYTES 65536

typedef struct output_column {
  const clino_series *series;
  size_t next; /* point */
} output_column;

typedef struct output_axis {
  const clino_axis *axis;
  size_t next; /* row */
} output_axis;

typedef struct writer {
  const clino_run *run;
  output_column *columns; /* those of one axis together */
  size_t n_columns;
  output_axis *axes; /* those that have a column */
  size_t n_axes;
  bool epoch, time;
  clino__text text;
} writer;

/* ---- what there is to write ---- */

static size_t collect_columns(writer *w, const clino_axis *axis) {
  size_t before = w->n_columns;
  for (size_t i = 0; i < clino_run_series_count(w->run); i++) {
    const clino_series *s = clino_run_series_at(w->run, i);
    if (clino_series_axis(s) == axis && clino_series_get_kind(s) == CLINO_SERIES_SCALAR)
      w->columns[w->n_columns++] = (output_column){s, 0};
  }
  return w->n_columns - before;
}

static clino_status collect(writer *w, clino_error *error) {
  size_t series = clino_run_series_count(w->run), axes = clino_run_axis_count(w->run);
  w->columns = calloc(series + 1, sizeof *w->columns);
  w->axes = calloc(axes + 1, sizeof *w->axes);
  if (!w->columns || !w->axes) return clino__fail_memory(error, "a table");
  for (size_t i = 0; i < axes; i++) {
    const clino_axis *axis = clino_run_axis_at(w->run, i);
    if (!collect_columns(w, axis)) continue;
    w->axes[w->n_axes++] = (output_axis){axis, 0};
    w->epoch = w->epoch || clino_axis_epochs(axis);
    w->time = w->time || clino_axis_times(axis);
  }
  for (size_t i = 0; i < w->n_columns; i++) {
    const char *name = clino_series_name(w->columns[i].series);
    if (!clino__is_utf8(name, strlen(name)))
      return clino__fail(error, CLINO_ERR_RANGE, "the name of a series is not UTF-8: it cannot be written");
  }
  return CLINO_OK;
}

/* Whether the axis columns would be recognized as what they are: exact whole steps, and a value in the others. */
static bool axis_is_plain(const writer *w) {
  bool epoch = !w->epoch, time = !w->time;
  for (size_t a = 0; a < w->n_axes; a++) {
    const clino_axis *axis = w->axes[a].axis;
    const double *epochs = clino_axis_epochs(axis), *times = clino_axis_times(axis);
    for (size_t i = 0; i < clino_axis_rows(axis); i++) {
      int64_t step = clino_axis_steps(axis)[i], limit = INT64_C(1) << 53;
      if (step < -limit || step > limit) return false;
      epoch = epoch || (epochs && !isnan(epochs[i]));
      time = time || (times && !isnan(times[i]));
    }
  }
  return epoch && time;
}

static bool has_points(const writer *w) {
  for (size_t i = 0; i < w->n_columns; i++)
    if (clino_series_count(w->columns[i].series)) return true;
  return false;
}

/* Whether a reader would keep all names as they are. */
static clino_status names_are_plain(const writer *w, bool *plain, clino_error *error) {
  const char **names = calloc(w->n_columns + 1, sizeof *names);
  char **roles = calloc(w->n_columns + 1, sizeof *roles);
  bool ok = names && roles;
  *plain = ok;
  for (size_t i = 0; ok && i < w->n_columns; i++) {
    names[i] = clino_series_name(w->columns[i].series);
    for (int r = 0; r < CLINO__AXIS_ROLES; r++) *plain = *plain && clino__axis_rank(names[i], (clino__axis_role)r) < 0;
  }
  ok = ok && clino__roles_assign(names, w->n_columns, roles);
  for (size_t i = 0; ok && i < w->n_columns; i++) {
    *plain = *plain && !roles[i];
    free(roles[i]);
  }
  free((void *)names);
  free(roles);
  return ok ? CLINO_OK : clino__fail_memory(error, "the names of the columns");
}

/* ---- writing ---- */

static clino_status add_attributes(writer *w, clino_error *error) {
  bool plain = true;
  clino_status status = names_are_plain(w, &plain, error);
  if (status) return status;
  plain = plain && has_points(w) && axis_is_plain(w);
  size_t others = clino_run_attribute_count(w->run) - (clino_run_attribute(w->run, CLINO__ATTRIBUTE_OWN) != NULL);
  if (plain && !others) return CLINO_OK;
  char own[32];
  snprintf(own, sizeof own, "step%s%s", w->epoch ? ",epoch" : "", w->time ? ",time" : "");
  clino__text_add(&w->text, "#");
  status = clino__attributes_write(w->run, own, &w->text, error);
  clino__text_add(&w->text, "\n");
  return status;
}

static void add_header(writer *w) {
  clino__text_addf(&w->text, "step%s%s", w->epoch ? ",epoch" : "", w->time ? ",time" : "");
  for (size_t i = 0; i < w->n_columns; i++) {
    clino__text_add(&w->text, ",");
    clino__csv_add_name(&w->text, clino_series_name(w->columns[i].series));
  }
  clino__text_add(&w->text, "\n");
}

/* The axis whose next row comes first: the one of the smallest step, NULL at the end. */
static output_axis *next_axis(writer *w) {
  output_axis *first = NULL;
  for (size_t i = 0; i < w->n_axes; i++) {
    output_axis *a = &w->axes[i];
    if (a->next == clino_axis_rows(a->axis)) continue;
    if (!first || clino_axis_steps(a->axis)[a->next] < clino_axis_steps(first->axis)[first->next]) first = a;
  }
  return first;
}

static void add_optional(clino__text *text, const double *values, size_t row) {
  clino__text_add(text, ",");
  if (values && !isnan(values[row])) clino__text_add_number(text, values[row]);
}

static void add_row(writer *w, output_axis *a) {
  size_t row = a->next++;
  int64_t step = clino_axis_steps(a->axis)[row];
  if (step != CLINO_NO_STEP) clino__text_addf(&w->text, "%" PRId64, step);
  if (w->epoch) add_optional(&w->text, clino_axis_epochs(a->axis), row);
  if (w->time) add_optional(&w->text, clino_axis_times(a->axis), row);
  for (size_t i = 0; i < w->n_columns; i++) {
    output_column *c = &w->columns[i];
    clino__text_add_bytes(&w->text, ",", 1);
    if (clino_series_axis(c->series) != a->axis || clino_series_row(c->series, c->next) != row) continue;
    clino__text_add_number(&w->text, clino_series_values(c->series)[c->next++]);
  }
  clino__text_add_bytes(&w->text, "\n", 1);
}

static clino_status flush(writer *w, clino__output *out, size_t least, clino_error *error) {
  if (w->text.failed) return clino__fail_memory(error, "a row");
  if (w->text.length <= least) return CLINO_OK;
  clino_status status = clino__output_write(out, clino__text_string(&w->text), w->text.length, error);
  clino__text_clear(&w->text);
  return status;
}

static clino_status write_table(writer *w, clino__output *out, clino_error *error) {
  clino_status status = add_attributes(w, error);
  if (!status) add_header(w);
  for (output_axis *a = next_axis(w); !status && a; a = next_axis(w)) {
    add_row(w, a);
    status = flush(w, out, FLUSH_BYTES, error);
  }
  return status ? status : flush(w, out, 0, error);
}

clino_status clino_run_write_csv(const clino_run *run, const char *path, clino_error *error) {
  if (!run || !path) return clino__fail(error, CLINO_ERR_RANGE, "clino_run_write_csv: a parameter is NULL");
  writer w = {.run = run, .text = CLINO__TEXT_EMPTY};
  clino__output out;
  clino_status status = collect(&w, error);
  if (!status) status = clino__output_open(&out, path, error);
  if (!status) status = clino__output_close(&out, write_table(&w, &out, error), error);
  free(w.columns);
  free(w.axes);
  clino__text_free(&w.text);
  return status;
}
