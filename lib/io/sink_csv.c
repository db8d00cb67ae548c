/* Rows as Clino's CSV: a wide table, whose header is written with the first row and stays.
 *
 * The columns are those that were declared, and then those of the first row. A series that comes later has no column:
 * its values go to NAME.extra.csv beside the log, one line each, which the reader joins. The line of the row is written
 * first, then those of late series; where these fail, the row is taken back. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "clino/io.h"
#include "io/csv_layout.h"
#include "io/csv_name.h"
#include "io/extra.h"
#include "io/log_file.h"
#include "io/sink_name.h"

static const char mark_name[] = "resume";

typedef struct csv_sink {
  clino_run_sink functions; /* first: a pointer to it is one to all */
  clino__log_file log, extra;
  char *extra_path;         /* NULL where the log is no regular file */
  bool extra_open, begun;   /* begun: the header is there */
  bool mark;                /* the next row is the first after a resume */
  clino__csv_layout columns;
  double *cells;            /* of the columns in the header */
  bool *given;
  clino__text line, late;
} csv_sink;

/* ---- a row ---- */

static clino_status check_name(const char *name, clino_error *error) {
  clino_status status = clino__check_sink_name(name, error);
  if (status || !strpbrk(name, "\r\n")) return status;
  return clino__fail(error, CLINO_ERR_RANGE, "the name of a series has a line end: it cannot be written");
}

static clino_status add_late(csv_sink *s, const clino_run_row *row, const char *name, double value,
                             clino_error *error) {
  const int64_t most = INT64_C(1) << 53;
  if (!s->extra_path)
    return clino__fail(error, CLINO_ERR_RANGE, "the series \"%s\" came after the header, and a log that is no file has "
                       "no other one beside it: declare it when the sink is opened", name);
  if (row->step < -most || row->step > most)
    return clino__fail(error, CLINO_ERR_RANGE, "the series \"%s\" came after the header, and its row has no step "
                       "within 2^53: declare it when the sink is opened", name);
  clino__text_addf(&s->late, "%" PRId64 ",", row->step);
  clino__csv_add_name(&s->late, name);
  clino__text_add(&s->late, ",");
  clino__text_add_number(&s->late, value);
  clino__text_add(&s->late, "\n");
  return CLINO_OK;
}

/* Puts a value into its cell, or among the late ones. *at: where the last one stood. */
static clino_status place(csv_sink *s, const clino_run_row *row, const char *name, double value, size_t *at,
                          clino_error *error) {
  size_t i = name ? clino__csv_layout_find(&s->columns, name, *at + 1) : SIZE_MAX;
  if (i == SIZE_MAX) {
    clino_status status = check_name(name, error);
    if (status) return status;
    if (!clino__csv_layout_add(&s->columns, name)) return clino__fail_memory(error, "a column");
    i = s->columns.n - 1;
  }
  *at = i;
  if (i >= s->columns.n_header) return add_late(s, row, name, value, error);
  if (s->given[i])
    return clino__fail(error, CLINO_ERR_RANGE, "a row has two values of \"%s\"", name);
  s->cells[i] = value;
  s->given[i] = true;
  return CLINO_OK;
}

/* The header of a new log: what was declared, and the names of its first row. */
static clino_status begin(csv_sink *s, const clino_run_row *row, clino_error *error) {
  for (size_t i = 0; i < row->n_values; i++) {
    clino_status status = check_name(row->names[i], error);
    if (status) return status;
    if (clino__csv_layout_find(&s->columns, row->names[i], i) != SIZE_MAX) continue;
    if (!clino__csv_layout_add(&s->columns, row->names[i])) return clino__fail_memory(error, "a column");
  }
  s->columns.n_header = s->columns.n;
  return CLINO_OK;
}

static bool make_cells(csv_sink *s) {
  if (!s->cells) s->cells = calloc(s->columns.n_header + 1, sizeof *s->cells);
  if (!s->given) s->given = calloc(s->columns.n_header + 1, sizeof *s->given);
  return s->cells && s->given;
}

static void add_line(csv_sink *s, const clino_run_row *row) {
  if (row->step != CLINO_NO_STEP) clino__text_addf(&s->line, "%" PRId64, row->step);
  if (s->columns.epoch) clino__text_add(&s->line, ",");
  if (s->columns.time) clino__text_add(&s->line, ",");
  if (s->columns.time && !isnan(row->time)) clino__text_add_number(&s->line, row->time);
  for (size_t i = 0; i < s->columns.n_header; i++) {
    clino__text_add_bytes(&s->line, ",", 1);
    if (s->given[i]) clino__text_add_number(&s->line, s->cells[i]);
  }
  clino__text_add_bytes(&s->line, "\n", 1);
}

static clino_status compose(csv_sink *s, const clino_run_row *row, clino_error *error) {
  size_t at = SIZE_MAX;
  clino_status status = CLINO_OK;
  clino__text_clear(&s->line);
  clino__text_clear(&s->late);
  if (!s->begun && !s->columns.n_header) status = begin(s, row, error);
  if (!status && !make_cells(s)) status = clino__fail_memory(error, "a row");
  if (status) return status;
  memset(s->given, 0, s->columns.n_header * sizeof *s->given);
  if (!s->begun) clino__csv_layout_write(&s->columns, &s->line);
  if (s->mark) status = place(s, row, mark_name, 1, &at, error);
  for (size_t i = 0; !status && i < row->n_values; i++)
    status = place(s, row, row->names[i], row->values[i], &at, error);
  if (!status) add_line(s, row);
  return !status && (s->line.failed || s->late.failed) ? clino__fail_memory(error, "a row") : status;
}

/* ---- writing ---- */

static clino_status append_late(csv_sink *s, clino_error *error) {
  static const char header[] = "step,series,value\n";
  clino_status status = CLINO_OK;
  if (!s->extra_open) {
    status = clino__log_file_open(&s->extra, s->extra_path, clino__log_whole_lines, NULL, error);
    if (status) return status;
    s->extra_open = true;
  }
  if (!s->extra.size) status = clino__log_file_append(&s->extra, header, sizeof header - 1, error);
  return status ? status : clino__log_file_append(&s->extra, s->late.data, s->late.length, error);
}

static clino_status append(clino_run_sink *sink, const clino_run_row *row, clino_error *error) {
  csv_sink *s = (csv_sink *)sink;
  if (!row) return clino__fail(error, CLINO_ERR_RANGE, "a sink's append: row is NULL");
  if (!row->n_values) return CLINO_OK;
  clino_status status = compose(s, row, error);
  if (s->line.failed) clino__text_free(&s->line); /* the next row is tried anew */
  if (s->late.failed) clino__text_free(&s->late);
  if (!status) status = clino__log_file_append(&s->log, s->line.data, s->line.length, error);
  if (!status && s->late.length) {
    status = append_late(s, error);
    if (status) clino__log_file_take_back(&s->log, s->line.length);
  }
  if (status) return status;
  s->begun = true;
  s->mark = false;
  return CLINO_OK;
}

static clino_status flush(clino_run_sink *sink, clino_error *error) {
  csv_sink *s = (csv_sink *)sink;
  const clino_status status = clino__log_file_flush(&s->log, error);
  return status || !s->extra_open ? status : clino__log_file_flush(&s->extra, error);
}

static clino_status close_sink(clino_run_sink *sink, clino_error *error) {
  csv_sink *s = (csv_sink *)sink;
  clino_status status = s->log.path ? clino__log_file_close(&s->log, error) : CLINO_OK;
  clino_status other = s->extra_open ? clino__log_file_close(&s->extra, status ? NULL : error) : CLINO_OK;
  clino__csv_layout_free(&s->columns);
  clino__text_free(&s->line);
  clino__text_free(&s->late);
  free(s->extra_path);
  free(s->cells);
  free(s->given);
  free(s);
  return status ? status : other;
}

/* ---- opening ---- */

/* A head that was cut is no head, and there is no row behind it: the log begins anew. */
static clino_status whole_rows(int fd, const char *path, size_t size, size_t *whole, void *ctx, clino_error *error) {
  csv_sink *s = ctx;
  clino__csv_layout found = {.names = NULL};
  clino_status status = clino__csv_layout_read(&found, fd, path, size, &s->begun, error);
  if (!status && s->begun) {
    clino__csv_layout_free(&s->columns);
    s->columns = found;
    return clino__log_whole_lines(fd, path, size, whole, NULL, error);
  }
  clino__csv_layout_free(&found);
  *whole = 0;
  return status;
}

static clino_status declare(csv_sink *s, size_t n, const char *const *columns, clino_error *error) {
  s->columns.time = true;
  if (!clino__csv_layout_add(&s->columns, mark_name)) return clino__fail_memory(error, "a column");
  for (size_t i = 0; i < n; i++) {
    clino_status status = check_name(columns[i], error);
    if (status) return status;
    if (clino__csv_layout_find(&s->columns, columns[i], 0) != SIZE_MAX) continue;
    if (!clino__csv_layout_add(&s->columns, columns[i])) return clino__fail_memory(error, "a column");
  }
  return CLINO_OK;
}

/* A log that begins must not find late series of another one beside it. */
static clino_status find_extra(csv_sink *s, const char *path, clino_error *error) {
  struct stat at;
  if (!s->log.regular) return CLINO_OK;
  if (!clino__extra_path(path, &s->extra_path)) return clino__fail_memory(error, "a path");
  if (s->log.resumed || stat(s->extra_path, &at) != 0) return CLINO_OK;
  clino__fail(error, CLINO_ERR_IO, "the log is new, and this file, which would be read with it, is of another one: "
              "remove it, or give the log another name");
  clino__error_at(error, s->extra_path, 0, 0);
  return CLINO_ERR_IO;
}

static clino_status check_path(const char *path, clino_error *error) {
  struct stat s;
  const bool special = stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
  if (special || clino__is_csv_path(path)) return CLINO_OK;
  clino__fail(error, CLINO_ERR_RANGE, "the name does not end in \".csv\": series that come late need NAME.extra.csv "
              "beside NAME.csv");
  clino__error_at(error, path, 0, 0);
  return CLINO_ERR_RANGE;
}

clino_status clino_sink_open_csv(const char *path, size_t n_columns, const char *const *columns, clino_run_sink **sink,
                                 clino_error *error) {
  if (!path || !sink || (n_columns && !columns))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_sink_open_csv: an argument is NULL");
  *sink = NULL;
  clino_status status = check_path(path, error);
  if (status) return status;
  csv_sink *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a sink");
  status = declare(s, n_columns, columns, error);
  if (!status) {
    status = clino__log_file_open(&s->log, path, whole_rows, s, error);
    if (status) s->log.path = NULL;
  }
  if (!status) status = find_extra(s, path, error);
  if (status) {
    close_sink(&s->functions, NULL);
    return status;
  }
  s->functions = (clino_run_sink){append, flush, close_sink};
  s->mark = s->log.resumed;
  *sink = &s->functions;
  return CLINO_OK;
}
