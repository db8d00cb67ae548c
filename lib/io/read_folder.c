/* Reading a folder that is one run. Each file is read as a run of its own; the parts that share an axis are merged by
 * time, each keeping its order, and the names of all series are then judged together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/event_images.h"
#include "io/names.h"
#include "io/parts.h"
#include "io/roles.h"
#include "io/source.h"

/* A part while it is merged. */
typedef struct source {
  const clino__part *part;
  clino_run *run;
  const clino_axis *axis; /* the one that is merged; NULL where this part has none */
  size_t next;    /* row */
  size_t *placed; /* row by row: where it went on the merged axis */
} source;

typedef struct merger {
  clino__reading reading;
  clino__layout layout;
  const clino_format *format;
  source *sources; /* of one axis */
  size_t n;
  clino_axis *axis;
} merger;

/* ---- progress over all files ---- */

typedef struct progress {
  const clino_read_options *options;
  uint64_t before, total, last;
} progress;

static int on_progress(uint64_t done, uint64_t total, void *ctx) {
  progress *p = ctx;
  (void)total;
  p->last = done;
  return p->options->progress(p->before + done, p->total, p->options->ctx);
}

/* ---- rows ---- */

static double time_of(const source *s) {
  const double *times = clino_axis_times(s->axis);
  return times && s->next < clino_axis_rows(s->axis) ? times[s->next] : (double)NAN;
}

/* The source whose row comes next: the earliest; one without times is read to its end first. */
static source *earliest(const merger *m) {
  source *best = NULL;
  for (size_t i = 0; i < m->n; i++) {
    source *s = &m->sources[i];
    if (s->next == clino_axis_rows(s->axis)) continue;
    if (isnan(time_of(s))) return s;
    if (!best || time_of(s) < time_of(best)) best = s;
  }
  return best;
}

static clino_status merge_rows(merger *m, clino_error *error) {
  clino_status status = CLINO_OK;
  for (source *s; !status && (s = earliest(m)); s->next++) {
    const double *epochs = clino_axis_epochs(s->axis);
    double epoch = epochs ? epochs[s->next] : (double)NAN;
    s->placed[s->next] = clino_axis_rows(m->axis);
    status = clino_axis_add_row(m->axis, clino_axis_steps(s->axis)[s->next], epoch, time_of(s), error);
  }
  return status;
}

/* ---- series ---- */

/* The name of a part's series among all: the phase of its folder stands before it, unless it says it already. */
static void full_name(const clino__part *part, const char *original, clino__text *name) {
  bool said = strncmp(original, part->prefix, strlen(part->prefix)) == 0;
  clino__text_clear(name);
  if (!said && (part->forced || !clino__phase_of(original))) clino__text_add(name, part->prefix);
  clino__text_add(name, original);
}

/* The merged series for one of a part's: one of its name and kind on this axis, or a new one. */
static clino_status find_series(merger *m, const source *s, const clino_series *from, clino_series **to,
                                clino_error *error) {
  clino_series_kind kind = clino_series_get_kind(from);
  clino_run *run = m->reading.run;
  clino__text name = CLINO__TEXT_EMPTY;
  full_name(s->part, clino_series_original(from), &name);
  *to = NULL;
  for (size_t i = m->n > 1 ? clino_run_series_count(run) : 0; i && !name.failed && !*to; i--) {
    const clino_series *known = clino_run_series_at(run, i - 1);
    if (clino_series_axis(known) != m->axis) break;
    if (clino_series_get_kind(known) == kind &&
        strcmp(clino_series_original(known), clino__text_string(&name)) == 0)
      *to = (clino_series *)known;
  }
  clino_status status = name.failed ? clino__fail_memory(error, "a name") : CLINO_OK;
  const char *full = clino__text_string(&name), *own = kind == CLINO_SERIES_SCALAR ? full : clino_series_name(from);
  if (!status && !*to) status = clino_run_add_series(run, m->axis, own, full, kind, to, error);
  clino__text_free(&name);
  return status;
}

/* Where the same series of several parts interleave, their points go over in the order of the merged rows. */
typedef struct column {
  const source *source;
  const clino_series *series;
  clino_series *to;
  size_t next;
} column;

static size_t place(const column *c) {
  size_t row = clino_series_row(c->series, c->next);
  return row == SIZE_MAX ? SIZE_MAX : c->source->placed[row];
}

static clino_status copy_point(column *c, clino_error *error) {
  size_t row = place(c), i = c->next++;
  const clino_image_file *image = clino_series_image(c->series, i);
  if (image) return clino_series_set_image_row(c->to, row, image->bytes, image->size, error);
  return clino_series_get_kind(c->series) == CLINO_SERIES_SCALAR
             ? clino_series_set_row(c->to, row, clino_series_values(c->series)[i], error)
             : clino_series_set_histogram_row(c->to, row, clino_series_histogram(c->series, i), error);
}

/* What of a series is no point. */
static clino_status copy_rest(const column *c, clino_error *error) {
  clino_status status = clino_series_note_missing(c->to, clino_series_missing_reason(c->series), error);
  if (status || !clino_series_left_out(c->series)) return status;
  return clino_series_add_left_out(c->to, clino_series_left_out(c->series), error);
}

/* Copies all columns that go to one series. */
static clino_status copy_points(column *columns, size_t n, clino_error *error) {
  clino_status status = CLINO_OK;
  while (!status) {
    column *first = &columns[0];
    for (size_t i = 1; i < n; i++)
      if (place(&columns[i]) < place(first)) first = &columns[i];
    if (place(first) == SIZE_MAX) break;
    status = copy_point(first, error);
  }
  return status;
}

static int compare_columns(const void *a, const void *b) {
  const column *x = a, *y = b;
  if (x->to != y->to) return (uintptr_t)x->to < (uintptr_t)y->to ? -1 : 1;
  return (x->source > y->source) - (x->source < y->source);
}

static clino_status merge_series(merger *m, clino_error *error) {
  size_t n = 0, k = 0;
  for (size_t i = 0; i < m->n; i++) n += clino_run_series_count(m->sources[i].run);
  column *columns = calloc(n + 1, sizeof *columns);
  if (!columns) return clino__fail_memory(error, "the series of a run");
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < m->n; i++)
    for (size_t j = 0; !status && j < clino_run_series_count(m->sources[i].run); j++) {
      /* Files that are parts of a run have one axis; what else comes in their place keeps its first. */
      const clino_series *series = clino_run_series_at(m->sources[i].run, j);
      if (!m->sources[i].axis || clino_series_axis(series) != m->sources[i].axis) continue;
      column *c = &columns[k++];
      *c = (column){&m->sources[i], series, NULL, 0};
      status = find_series(m, &m->sources[i], c->series, &c->to, error);
      if (!status) status = copy_rest(c, error);
    }
  if (!status && k) qsort(columns, k, sizeof *columns, compare_columns);
  for (size_t i = 0, end; !status && i < k; i = end) {
    for (end = i + 1; end < k && columns[end].to == columns[i].to;) end++;
    status = copy_points(&columns[i], end - i, error);
  }
  free(columns);
  return status;
}

/* ---- parts ---- */

static clino_status take_attributes(const merger *m, const source *s, clino_error *error) {
  clino_status status = CLINO_OK;
  const char *slash = strrchr(s->part->path, '/'), *value;
  for (size_t i = 0; !status && i < clino_run_attribute_count(s->run); i++) {
    const char *key = clino_run_attribute_at(s->run, i, &value);
    if (strcmp(key, CLINO__ATTRIBUTE_NOTES) == 0)
      status = clino__reading_note(&m->reading, error, "%s: %s", slash ? slash + 1 : s->part->path, value);
    else if (!clino_run_attribute(m->reading.run, key))
      status = clino_run_set_attribute(m->reading.run, key, value, error);
  }
  return status;
}

/* A file of one metric that holds no series of numbers costs that metric alone. */
static clino_status pass_over(const merger *m, const clino__part *part, clino_status status, const clino_error *why,
                              clino_error *error) {
  if (status == CLINO_ERR_FORMAT && m->layout == CLINO__LAYOUT_DVCLIVE) {
    const char *slash = strrchr(part->path, '/');
    return clino__reading_note(&m->reading, error, "%s left out: %s", slash ? slash + 1 : part->path, why->message);
  }
  if (error) *error = *why;
  return status;
}

static int compare_sources(const void *a, const void *b) {
  const source *x = a, *y = b;
  double t = time_of(x), u = time_of(y);
  if (t < u) return -1;
  if (u < t) return 1;
  return clino__compare_names(x->part->path, y->part->path);
}

/* The axis of a part's images, or that of all else: the first. */
static const clino_axis *axis_of(const clino_run *run, bool images) {
  if (!images) return clino_run_axis_at(run, 0);
  for (size_t i = 1; i < clino_run_axis_count(run); i++) {
    const char *name = clino_axis_name(clino_run_axis_at(run, i));
    if (name && strcmp(name, CLINO__IMAGE_AXIS) == 0) return clino_run_axis_at(run, i);
  }
  return NULL;
}

/* Merges one axis of the sources into the run. */
static clino_status merge_axis(merger *m, bool images, clino_error *error) {
  size_t with = 0;
  for (size_t i = 0; i < m->n; i++) {
    m->sources[i].axis = axis_of(m->sources[i].run, images);
    m->sources[i].next = 0;
    with += m->sources[i].axis != NULL;
  }
  if (!with) return CLINO_OK;
  clino_status status = clino_run_add_axis(m->reading.run, images ? CLINO__IMAGE_AXIS : NULL, &m->axis, error);
  for (size_t i = 0; !status && i < m->n; i++) {
    source *s = &m->sources[i];
    free(s->placed);
    s->placed = malloc((clino_axis_rows(s->axis) + 1) * sizeof *s->placed);
    status = s->placed ? CLINO_OK : clino__fail_memory(error, "the rows of a run");
  }
  if (!status) status = merge_rows(m, error);
  return status ? status : merge_series(m, error);
}

/* Merges the sources that share their axes into the run, and frees them. */
static clino_status merge_sources(merger *m, clino_error *error) {
  clino_status status = CLINO_OK;
  if (m->n > 1) qsort(m->sources, m->n, sizeof *m->sources, compare_sources);
  for (size_t i = 0; !status && i < m->n; i++) status = take_attributes(m, &m->sources[i], error);
  if (!status) status = merge_axis(m, false, error);
  if (!status) status = merge_axis(m, true, error);
  for (size_t i = 0; i < m->n; i++) {
    clino_run_free(m->sources[i].run);
    free(m->sources[i].placed);
  }
  m->n = 0;
  return status;
}

static clino_status read_part(merger *m, const clino__part *part, const clino_read_options *o, clino_error *error) {
  const clino_format *format;
  clino_run *run;
  clino_error why;
  clino_status status = clino__read_file(part->path, o, &run, &format, &why);
  if (status) return pass_over(m, part, status, &why, error);
  if (!m->format) m->format = format;
  m->sources[m->n++] = (source){part, run, clino_run_axis_at(run, 0), 0, NULL};
  return CLINO_OK;
}

static uint64_t size_of(const char *path) {
  clino__source from;
  if (clino__source_open(&from, path, NULL)) return 0;
  uint64_t total = from.total;
  clino__source_close(&from);
  return total;
}

static clino_status read_parts(merger *m, const clino__parts *parts, clino_error *error) {
  clino_read_options o = *m->reading.options;
  progress p = {m->reading.options, 0, 0, 0};
  for (size_t i = 0; o.progress && i < parts->n; i++) p.total += size_of(parts->items[i].path);
  if (o.progress) o.progress = on_progress, o.ctx = &p;
  o.map = NULL;
  o.n_map = 0;
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < parts->n; i++) {
    const clino__part *part = &parts->items[i];
    status = read_part(m, part, &o, error);
    p.before += p.last;
    p.last = 0;
    bool last = i + 1 == parts->n || parts->items[i + 1].axis != part->axis;
    if (!status && last) status = merge_sources(m, error);
  }
  for (size_t i = 0; i < m->n; i++) clino_run_free(m->sources[i].run);
  return status ? status : clino__names_assign(&m->reading, error);
}

static clino_status read_run(const char *path, const clino__parts *parts, const clino_read_options *o, clino_run **run,
                             const clino_format **format, clino_error *error) {
  clino_status status = clino_run_new(run, error);
  if (status) return status;
  merger m = {.reading = {*run, path, o}, .layout = parts->layout};
  m.sources = calloc(parts->n, sizeof *m.sources);
  status = m.sources ? read_parts(&m, parts, error) : clino__fail_memory(error, "the parts of a run");
  if (!status && !m.format) {
    clino__fail(error, CLINO_ERR_FORMAT, "no training log: none of its %zu files holds numbers", parts->n);
    clino__error_at(error, path, 0, 0);
    status = CLINO_ERR_FORMAT;
  }
  free(m.sources);
  if (!status && format) *format = m.format;
  if (!status) return CLINO_OK;
  clino_run_free(*run);
  *run = NULL;
  return status;
}

/* ---- folders that are not one run by themselves ---- */

static clino_status fail_folder(const char *path, clino_error *error, const char *what, size_t n) {
  if (n) clino__fail(error, CLINO_ERR_FORMAT, "a folder of %zu runs: name one of them", n);
  else clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, path, 0, 0);
  return CLINO_ERR_FORMAT;
}

/* The only run below the folder, or the first file there that may be a log and is one. */
static clino_status read_only_run(const char *path, const clino_read_options *o, clino_run **run,
                                  const clino_format **format, clino_error *error) {
  clino_runs *runs;
  clino_status status = clino_runs_find(path, &runs, error);
  if (status) return status;
  size_t n = clino_runs_count(runs), certain = 0;
  const clino_run_place *only = NULL;
  for (size_t i = 0; i < n; i++) {
    const clino_run_place *p = clino_runs_at(runs, i);
    if (p->certain && !p->problem) only = certain++ ? only : p;
  }
  if (certain > 1) status = fail_folder(path, error, NULL, certain);
  else if (only) status = clino_run_read(only->path, o, run, format, error);
  else status = CLINO_ERR_FORMAT;
  for (size_t i = 0; !certain && status == CLINO_ERR_FORMAT && i < n; i++)
    if (!clino_runs_at(runs, i)->problem) status = clino_run_read(clino_runs_at(runs, i)->path, o, run, format, error);
  if (!certain && status == CLINO_ERR_FORMAT)
    status = fail_folder(path, error, "there is no training log in this folder", 0);
  clino_runs_free(runs);
  return status;
}

clino_status clino__read_folder(const char *path, const clino_read_options *options, clino_run **run,
                                const clino_format **format, clino_error *error) {
  clino__entries entries;
  clino__parts parts = {CLINO__LAYOUT_NONE, NULL, 0, 0};
  clino_status status = clino__entries_read(path, &entries, error);
  if (!status) status = clino__parts_find(path, &entries, &parts, error);
  clino__entries_free(&entries);
  if (!status)
    status = parts.layout ? read_run(path, &parts, options, run, format, error)
                          : read_only_run(path, options, run, format, error);
  clino__parts_free(&parts);
  return status;
}
