/* A metric of MLflow's file store: lines "timestamp value step", the timestamp in milliseconds since 1970, the step
 * left out by old versions. The metric has the name of the file, or of its path below a folder "metrics". */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/text.h"
#include "io/mlflow.h"
#include "io/names.h"
#include "io/table.h"

#define MAX_LINE 1024
#define MAX_FIELDS 3

typedef struct mlflow {
  clino__reading reading;
  clino__text line; /* its beginning */
  size_t number, byte, fields; /* fields: of the first line */
  clino_axis *axis;
  clino_series *series;
} mlflow;

typedef struct field {
  const char *bytes;
  size_t size;
} field;

/* The fields of a line, at most MAX_FIELDS + 1. */
static size_t split(const char *line, size_t size, field fields[MAX_FIELDS + 1]) {
  size_t n = 0;
  for (size_t i = 0; i < size && n <= MAX_FIELDS;) {
    while (i < size && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r')) i++;
    size_t start = i;
    while (i < size && !(line[i] == ' ' || line[i] == '\t' || line[i] == '\r')) i++;
    if (i > start) fields[n++] = (field){line + start, i - start};
  }
  return n;
}

static bool is_whole(const field *f) {
  size_t i = f->size && f->bytes[0] == '-';
  if (i == f->size || f->size > 18) return false;
  for (; i < f->size; i++)
    if (!clino__is_digit(f->bytes[i])) return false;
  return true;
}

static int64_t whole(const field *f) {
  bool negative = f->bytes[0] == '-';
  int64_t value = 0;
  for (size_t i = negative; i < f->size; i++) value = 10 * value + (f->bytes[i] - '0');
  return negative ? -value : value;
}

/* Why the line is none; NULL where it is one. */
static const char *check_fields(const field *fields, size_t n, double *value) {
  if (n < 2 || n > MAX_FIELDS) return "a line of MLflow's metrics is \"timestamp value step\"";
  if (!is_whole(&fields[0])) return "the timestamp is no whole number";
  if (!clino__number_parse(fields[1].bytes, fields[1].size, value)) return "the value is no number";
  if (n == 3 && !is_whole(&fields[2])) return "the step is no whole number";
  return NULL;
}

/* A timestamp has the 13 digits of milliseconds since 2001, as no step or value has. */
bool clino__mlflow_starts(const char *bytes, size_t size) {
  field fields[MAX_FIELDS + 1];
  double value;
  const char *end = size ? memchr(bytes, '\n', size) : NULL;
  size_t length = end ? (size_t)(end - bytes) : size;
  if (length > MAX_LINE) return false;
  size_t n = split(bytes, length, fields);
  return !check_fields(fields, n, &value) && fields[0].size == 13 && fields[0].bytes[0] != '-';
}

static int probe(const char *bytes, size_t size) { return clino__mlflow_starts(bytes, size) ? 95 : 0; }

/* The path below the last folder "metrics"; NULL: it is not in one. */
static const char *name_below(const char *path) {
  static const char folder[] = "metrics/";
  const char *name = NULL;
  for (const char *p = path; (p = strstr(p, folder)); p++)
    if (p == path || p[-1] == '/') name = p + sizeof folder - 1;
  return name && *name ? name : NULL;
}

/* Below "metrics" as it is, elsewhere the file's name; without ".gz". */
static clino_status set_name(const char *path, clino__text *name, clino_error *error) {
  const char *below = name_below(path), *slash = strrchr(path, '/'), *own = below ? below : slash ? slash + 1 : path;
  size_t n = strlen(own);
  if (n > 3 && strcmp(own + n - 3, ".gz") == 0) n -= 3;
  if (n && strcmp(own, "-") != 0 && clino__is_utf8(own, n)) clino__text_add_bytes(name, own, n);
  else clino__text_add(name, "value");
  return name->failed ? clino__fail_memory(error, "a name") : CLINO_OK;
}

static clino_status open_mlflow(const clino__reading *reading, void **state, clino_error *error) {
  mlflow *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  s->number = 1;
  clino__text name = CLINO__TEXT_EMPTY;
  clino_status status = set_name(reading->name, &name, error);
  if (!status) status = clino_run_add_axis(reading->run, NULL, &s->axis, error);
  if (!status)
    status = clino_run_add_series(reading->run, s->axis, clino__text_string(&name), NULL, CLINO_SERIES_SCALAR,
                                  &s->series, error);
  clino__text_free(&name);
  if (status) free(s);
  else *state = s;
  return status;
}

static clino_status fail_line(const mlflow *s, const char *why, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", why);
  clino__error_at(error, s->reading.name, s->number, s->byte);
  return CLINO_ERR_FORMAT;
}

static clino_status end_line(mlflow *s, const char *line, size_t size, bool cut, clino_error *error) {
  field fields[MAX_FIELDS + 1];
  double value = 0;
  size_t n = split(line, size, fields);
  if (!n) return CLINO_OK;
  if (cut && n < s->fields) return clino__reading_note(&s->reading, error, "the log ends within line %zu", s->number);
  if (!s->fields) s->fields = n;
  const char *why = size > MAX_LINE ? "a line of more than 1024 bytes" : check_fields(fields, n, &value);
  if (why) return fail_line(s, why, error);
  int64_t step = n == 3 ? whole(&fields[2]) : (int64_t)clino_axis_rows(s->axis);
  clino_status status = clino_axis_add_row(s->axis, step, NAN, (double)whole(&fields[0]) / 1000, error);
  return status ? status : clino_series_set(s->series, value, error);
}

static clino_status feed_mlflow(void *state, const char *bytes, size_t size, clino_error *error) {
  mlflow *s = state;
  clino_status status = CLINO_OK;
  while (size && !status) {
    const char *end = memchr(bytes, '\n', size);
    size_t n = end ? (size_t)(end - bytes) : size;
    if (s->line.length + n > MAX_LINE) return fail_line(s, "a line of more than 1024 bytes", error);
    if (s->line.length || !end) clino__text_add_bytes(&s->line, bytes, n);
    if (s->line.failed) return clino__fail_memory(error, "a line");
    bool carried = s->line.length > 0;
    size_t length = carried ? s->line.length : n;
    if (end) {
      status = end_line(s, carried ? s->line.data : bytes, length, false, error);
      s->number++;
      s->byte += length + 1;
      clino__text_clear(&s->line);
      n++;
    }
    bytes += n;
    size -= n;
  }
  return status;
}

static clino_status finish_mlflow(void *state, clino_error *error) {
  mlflow *s = state;
  clino_status status = end_line(s, clino__text_string(&s->line), s->line.length, true, error);
  return status ? status : clino__names_assign(&s->reading, error);
}

static void close_mlflow(void *state) {
  mlflow *s = state;
  clino__text_free(&s->line);
  free(s);
}

const clino__reader clino__reader_mlflow = {
    {"mlflow", "MLflow's metrics: one file a metric, or the folder of a run"},
    probe, open_mlflow, feed_mlflow, finish_mlflow, close_mlflow};
