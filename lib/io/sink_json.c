/* Rows as JSON lines. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "clino/io.h"
#include "io/cell.h"
#include "io/log_file.h"

typedef struct json_sink {
  clino_run_sink functions; /* first: a pointer to it is one to all */
  clino__log_file log;
  bool mark;                /* the next row is the first after a resume */
  clino__text text;
} json_sink;

/* Names as Python's json reads and writes them, and Clino's reader. */
static void add_number(clino__text *text, double value) {
  if (isnan(value)) clino__text_add(text, "NaN");
  else if (isinf(value)) clino__text_add(text, value < 0 ? "-Infinity" : "Infinity");
  else clino__text_add_number(text, value);
}

static void add_member(clino__text *text, const char *name, double value) {
  clino__text_add(text, text->length > 1 ? ", " : "");
  clino__text_add_json(text, name);
  clino__text_add(text, ": ");
  add_number(text, value);
}

static clino_status compose(json_sink *s, const clino_run_row *row, clino_error *error) {
  clino__text_clear(&s->text);
  clino__text_add(&s->text, "{");
  if (row->step != CLINO_NO_STEP) clino__text_addf(&s->text, "\"step\": %" PRId64, row->step);
  if (!isnan(row->time)) add_member(&s->text, "time", row->time);
  if (s->mark) add_member(&s->text, "resume", 1);
  for (size_t i = 0; i < row->n_values; i++) {
    if (!clino__is_utf8(row->names[i], strlen(row->names[i])))
      return clino__fail(error, CLINO_ERR_RANGE, "the name of a series is not UTF-8: it cannot be written");
    add_member(&s->text, row->names[i], row->values[i]);
  }
  clino__text_add(&s->text, "}\n");
  return s->text.failed ? clino__fail_memory(error, "a row") : CLINO_OK;
}

static clino_status append(clino_run_sink *sink, const clino_run_row *row, clino_error *error) {
  json_sink *s = (json_sink *)sink;
  if (!row) return clino__fail(error, CLINO_ERR_RANGE, "a sink's append: row is NULL");
  if (!row->n_values) return CLINO_OK;
  clino_status status = compose(s, row, error);
  if (s->text.failed) clino__text_free(&s->text); /* the next row is tried anew */
  if (!status) status = clino__log_file_append(&s->log, s->text.data, s->text.length, error);
  if (!status) s->mark = false;
  return status;
}

static clino_status flush(clino_run_sink *sink, clino_error *error) {
  return clino__log_file_flush(&((json_sink *)sink)->log, error);
}

static clino_status close_sink(clino_run_sink *sink, clino_error *error) {
  json_sink *s = (json_sink *)sink;
  const clino_status status = clino__log_file_close(&s->log, error);
  clino__text_free(&s->text);
  free(s);
  return status;
}

clino_status clino_sink_open_json(const char *path, clino_run_sink **sink, clino_error *error) {
  if (!path || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_sink_open_json: an argument is NULL");
  *sink = NULL;
  json_sink *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a sink");
  clino_status status = clino__log_file_open(&s->log, path, error);
  if (status) {
    free(s);
    return status;
  }
  s->functions = (clino_run_sink){append, flush, close_sink};
  s->mark = s->log.resumed;
  *sink = &s->functions;
  return CLINO_OK;
}
