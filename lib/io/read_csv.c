/* The CSV reader: wide tables, one row a step, through libcsv in strict mode.
 *
 * libcsv is fed line by line within each chunk, so that the place of every record is known at no cost a byte. The bytes
 * of a record that a chunk cut, or that quotes carry over several lines, are kept until it ends; where a cell is bad,
 * its exact offset comes from parsing that one record again, byte by byte. */
#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/attributes.h"
#include "io/csv_head.h"
#include "io/reader.h"
#include "io/roles.h"
#include "io/table.h"

#define MAX_ROW_BYTES ((size_t)16 << 20)
#define MAX_COLUMNS 65536
#define PARSER_OPTIONS (CSV_STRICT | CSV_STRICT_FINI)

typedef enum row_mode { ROW_NEW, ROW_DATA, ROW_HEADER } row_mode;

typedef struct csv {
  clino__reading reading;
  clino__text head;           /* the first bytes, until the table begins */
  clino__csv_head at_head;    /* how far they were looked at */
  bool started, parser_made;
  struct csv_parser parser;
  char separator;
  size_t byte, line;          /* of the next byte to be parsed */
  bool after_cr;              /* the last byte was a carriage return whose line is not counted yet */
  size_t record_byte, record_line;
  clino__text carry;          /* the record's bytes before the segment */
  const char *segment;        /* what libcsv is being fed */
  size_t segment_size;
  clino__text names;          /* of the header, each terminated */
  size_t n_names, n_own;
  clino__table *table;        /* NULL until the header is complete */
  size_t column;              /* of the next cell in the row */
  row_mode mode;
  int64_t step;               /* of the row, where the axis is Clino's own */
  double epoch, time;
  bool record_ended;
  clino_status status;        /* what a callback of libcsv met */
  clino_error *error;
} csv;

/* ---- places ---- */

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

static bool is_blank(const csv *s, char c) { return c == ' ' || (c == '\t' && s->separator != '\t') || is_line_end(c); }

static size_t count_lines(const char *bytes, size_t size) {
  size_t lines = 0;
  for (size_t i = 0; i < size; i++)
    lines += bytes[i] == '\n' || (bytes[i] == '\r' && i + 1 < size && !is_line_end(bytes[i + 1]));
  return lines;
}

static clino_status fail_at(csv *s, size_t line, size_t byte) {
  clino__error_at(s->error, s->reading.name, line, byte);
  return s->status = CLINO_ERR_FORMAT;
}

static void count_field(void *bytes, size_t size, void *counter) {
  (void)bytes;
  (void)size;
  ++*(size_t *)counter;
}

/* The offset of a field within the record: its first byte, or what ends it where it is empty. */
static size_t field_offset(const csv *s, const char *record, size_t size, size_t field) {
  struct csv_parser parser;
  size_t fields = 0, at = 0;
  if (csv_init(&parser, PARSER_OPTIONS) != 0) return 0;
  csv_set_delim(&parser, (unsigned char)s->separator);
  while (fields < field && at < size && csv_parse(&parser, record + at, 1, count_field, NULL, &fields) == 1) at++;
  csv_free(&parser);
  while (at < size && is_blank(s, record[at]) && (!field || !is_line_end(record[at]))) at++;
  return at;
}

/* Line and byte of a field of the current record. */
static void locate(csv *s, size_t field, size_t *line, size_t *byte) {
  clino__text whole = CLINO__TEXT_EMPTY;
  *line = s->record_line;
  *byte = s->record_byte;
  clino__text_add_bytes(&whole, clino__text_string(&s->carry), s->carry.length);
  if (s->segment_size) clino__text_add_bytes(&whole, s->segment, s->segment_size);
  if (!whole.failed) {
    size_t at = field_offset(s, clino__text_string(&whole), whole.length, field);
    *line += count_lines(clino__text_string(&whole), at);
    *byte += at;
  }
  clino__text_free(&whole);
}

static void fail_at_field(csv *s, size_t field) {
  size_t line, byte;
  locate(s, field, &line, &byte);
  fail_at(s, line, byte);
}

/* ---- the header ---- */

static void add_name(csv *s, const char *bytes, size_t size) {
  if (s->n_names == MAX_COLUMNS) {
    s->status = clino__fail(s->error, CLINO_ERR_FORMAT, "more than %d columns", MAX_COLUMNS);
    fail_at_field(s, s->n_names);
    return;
  }
  if (!clino__is_utf8(bytes, size)) {
    char name[CLINO__SAMPLE_SIZE];
    clino__sample(name, bytes, size);
    s->status = clino__fail(s->error, CLINO_ERR_FORMAT, "the column name '%s' is not UTF-8", name);
    fail_at_field(s, s->n_names);
    return;
  }
  if (size) clino__text_add_bytes(&s->names, bytes, size);
  clino__text_add_bytes(&s->names, "", 1);
  s->n_names++;
  if (s->names.failed) s->status = clino__fail_memory(s->error, "the header");
}

/* A first row of numbers alone is no header. */
static bool is_header(const char *const *names, size_t n) {
  bool number = false;
  double ignored;
  for (size_t i = 0; i < n; i++) {
    clino__cell cell = clino__cell_read(names[i], strlen(names[i]), &ignored);
    if (cell == CLINO__CELL_TEXT) return true;
    number = number || cell == CLINO__CELL_NUMBER;
  }
  return !number;
}

/* How many columns are Clino's own axis, as its attribute says; the header must begin with them. */
static clino_status check_own(csv *s, const char *const *names) {
  static const struct {
    const char *own, *names[CLINO__AXIS_ROLES];
  } axes[] = {{"step", {"step"}},
              {"step,epoch", {"step", "epoch"}},
              {"step,time", {"step", "time"}},
              {"step,epoch,time", {"step", "epoch", "time"}}};
  const char *own = clino_run_attribute(s->reading.run, CLINO__ATTRIBUTE_OWN);
  if (!own) return CLINO_OK;
  for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
    size_t n = 0;
    if (strcmp(own, axes[i].own) != 0) continue;
    while (n < CLINO__AXIS_ROLES && n < s->n_names && axes[i].names[n] && strcmp(names[n], axes[i].names[n]) == 0) n++;
    if (n == CLINO__AXIS_ROLES || !axes[i].names[n]) s->n_own = n;
  }
  if (!s->n_own) {
    clino__fail(s->error, CLINO_ERR_FORMAT, "the header does not begin with the columns of the attribute \"%s\"",
                CLINO__ATTRIBUTE_OWN);
    fail_at_field(s, 0);
    return s->status;
  }
  return s->status = clino_run_set_attribute(s->reading.run, CLINO__ATTRIBUTE_OWN, NULL, s->error);
}

static void on_field(void *bytes, size_t size, void *state);
static void on_row(int end, void *state);

static void make_table(csv *s) {
  const char **names = calloc(s->n_names, sizeof *names), **none = calloc(s->n_names, sizeof *none);
  const char *name = clino__text_string(&s->names);
  if (!names || !none) s->status = clino__fail_memory(s->error, "the header");
  for (size_t i = 0; !s->status && i < s->n_names; i++, name += strlen(name) + 1) {
    names[i] = name;
    none[i] = "";
  }
  if (!s->status) s->status = check_own(s, names);
  if (!s->status) {
    bool header = s->n_own || is_header(names, s->n_names);
    s->status = clino__table_new(&s->reading, header ? names : none, s->n_names, s->n_own, &s->table, s->error);
    for (size_t i = 0; !header && !s->status && i < s->n_names; i++)
      on_field((void *)names[i], strlen(names[i]), s);
    if (!header && !s->status) on_row('\n', s);
  }
  free((void *)names);
  free((void *)none);
}

/* ---- the rows ---- */

static void begin_row(csv *s) {
  s->mode = ROW_DATA;
  s->status = clino__table_add_row(s->table, s->step, s->epoch, s->time, s->error);
}

static void fail_cell(csv *s, size_t column, const char *bytes, size_t size, const char *what) {
  char name[CLINO__SAMPLE_SIZE], cell[CLINO__SAMPLE_SIZE];
  const char *full = clino__table_name(s->table, column);
  clino__sample(name, full, strlen(full));
  clino__sample(cell, bytes, size);
  clino__fail(s->error, CLINO_ERR_FORMAT, "column '%s': '%s' is no %s", name, cell, what);
  fail_at_field(s, column);
}

/* A whole number, exactly, also beyond 2^53. */
static bool parse_step(const char *bytes, size_t size, int64_t *step) {
  bool negative = size && *bytes == '-';
  uint64_t m = 0, limit = (uint64_t)INT64_MAX;
  if (size <= negative) return false;
  for (size_t i = negative; i < size; i++) {
    if (!clino__is_digit(bytes[i])) return false;
    uint64_t digit = (uint64_t)(bytes[i] - '0');
    if (m > (limit - digit) / 10) return false;
    m = m * 10 + digit;
  }
  *step = negative ? -(int64_t)m : (int64_t)m;
  return true;
}

/* A cell of Clino's own axis columns: step, then epoch and time. The row begins with the last of them. */
static void own_axis_cell(csv *s, size_t column, const char *bytes, size_t size) {
  double value = NAN;
  clino__cell cell = clino__cell_read(bytes, size, &value);
  if (column == 0) {
    s->step = CLINO_NO_STEP;
    s->epoch = s->time = NAN;
    if (cell != CLINO__CELL_MISSING && !parse_step(bytes, size, &s->step)) fail_cell(s, column, bytes, size, "step");
  } else if (cell == CLINO__CELL_TEXT) {
    fail_cell(s, column, bytes, size, "number");
  } else if (strcmp(clino__table_name(s->table, column), "epoch") == 0) {
    s->epoch = value;
  } else {
    s->time = value;
  }
  if (!s->status && column + 1 == s->n_own) begin_row(s);
}

static void data_cell(csv *s, size_t column, const char *bytes, size_t size, clino__cell cell, double value) {
  if (cell == CLINO__CELL_NUMBER) {
    s->status = clino__table_set(s->table, column, value, s->error);
    return;
  }
  size_t line = 0, byte = 0;
  if (clino__table_first_text(s->table, column)) locate(s, column, &line, &byte);
  clino__table_text(s->table, column, bytes, size, line, byte);
}

static void row_cell(csv *s, size_t column, const char *bytes, size_t size) {
  const char *name = clino__table_name(s->table, column);
  bool is_name = strlen(name) == size && (!size || memcmp(name, bytes, size) == 0);
  double value;
  clino__cell cell = clino__cell_read(bytes, size, &value);
  /* A row that repeats the header, where several runs were written to one file, is no data. */
  if (s->mode == ROW_NEW && is_name && cell == CLINO__CELL_TEXT) s->mode = ROW_HEADER;
  if (s->mode == ROW_HEADER) {
    if (!is_name && cell != CLINO__CELL_MISSING) fail_cell(s, column, bytes, size, "name of this column");
    return;
  }
  if (column < s->n_own) {
    own_axis_cell(s, column, bytes, size);
    return;
  }
  if (cell == CLINO__CELL_MISSING) return;
  if (s->mode == ROW_NEW) begin_row(s);
  if (!s->status) data_cell(s, column, bytes, size, cell, value);
}

static void on_field(void *bytes, size_t size, void *state) {
  csv *s = state;
  if (s->status) return;
  const char *field = bytes ? bytes : "";
  if (!s->table) {
    add_name(s, field, size);
    return;
  }
  size_t column = s->column++;
  if (column < clino__table_columns(s->table)) row_cell(s, column, field, size);
}

static void check_width(csv *s, bool cut) {
  size_t n = clino__table_columns(s->table);
  if (s->column == n) return;
  clino__fail(s->error, CLINO_ERR_FORMAT, "a row of %zu cells in a table of %zu columns%s", s->column, n,
              cut && s->column < n ? ": the log ends within it" : "");
  fail_at_field(s, s->column > n ? n : 0);
}

static void on_row(int end, void *state) {
  csv *s = state;
  s->record_ended = true;
  if (s->status) return;
  if (!s->table) {
    make_table(s);
    return;
  }
  check_width(s, end == -1);
  if (!s->status && s->mode == ROW_NEW) begin_row(s);
  s->mode = ROW_NEW;
  s->column = 0;
}

/* ---- feeding libcsv ---- */

/* libcsv lets the buffer of a cell grow by a fixed amount, which copies a long cell over and over: behind its back the
 * buffer grows by half, its capacity kept before it. */
typedef union cell_buffer {
  size_t capacity;
  max_align_t align;
} cell_buffer;

static void *grow_cell(void *cell, size_t size) {
  cell_buffer *buffer = cell ? (cell_buffer *)cell - 1 : NULL;
  if (buffer && buffer->capacity >= size) return cell;
  size_t capacity = size + size / 2;
  buffer = capacity < SIZE_MAX - sizeof *buffer && capacity >= size ? realloc(buffer, sizeof *buffer + capacity) : NULL;
  if (!buffer) return NULL;
  buffer->capacity = capacity;
  return buffer + 1;
}

static void free_cell(void *cell) {
  if (cell) free((cell_buffer *)cell - 1);
}

static clino_status parser_failed(csv *s, size_t byte) {
  int code = csv_error(&s->parser);
  if (code == CSV_ENOMEM || code == CSV_ETOOBIG) return s->status = clino__fail_memory(s->error, "a cell");
  clino__fail(s->error, CLINO_ERR_FORMAT, "a quote within a cell that is not quoted, or text after a closing quote");
  return fail_at(s, s->line, byte);
}

static void count_line_ends(csv *s, const char *bytes, size_t size) {
  size_t i = size;
  while (i && is_line_end(bytes[i - 1])) i--;
  for (; i < size; i++) {
    s->after_cr = bytes[i] == '\r';
    s->line += bytes[i] == '\n';
  }
}

/* Feeds bytes that hold line ends only at their end. */
static clino_status feed_segment(csv *s, const char *bytes, size_t size) {
  if (s->after_cr && !is_line_end(bytes[0])) {
    s->line++; /* a carriage return alone ended the line */
    s->after_cr = false;
  }
  if (!s->carry.length) {
    s->record_byte = s->byte;
    s->record_line = s->line;
  }
  s->segment = bytes;
  s->segment_size = size;
  if (size > MAX_ROW_BYTES || s->carry.length > MAX_ROW_BYTES - size) {
    clino__fail(s->error, CLINO_ERR_FORMAT, "a row is longer than %zu bytes", MAX_ROW_BYTES);
    fail_at_field(s, 0);
    return s->status;
  }
  s->record_ended = false;
  size_t fed = csv_parse(&s->parser, bytes, size, on_field, on_row, s);
  s->segment_size = 0;
  if (s->status) return s->status;
  if (fed < size) return parser_failed(s, s->byte + fed);
  size_t blank = 0;
  while (blank < size && is_blank(s, bytes[blank])) blank++;
  if (s->record_ended) clino__text_clear(&s->carry);
  else if (s->carry.length || blank < size) clino__text_add_bytes(&s->carry, bytes, size);
  if (s->carry.failed) return s->status = clino__fail_memory(s->error, "a row");
  s->byte += size;
  count_line_ends(s, bytes, size);
  return CLINO_OK;
}

static clino_status feed_rows(csv *s, const char *bytes, size_t size) {
  const char *p = bytes, *end = bytes + size, *lf = NULL;
  while (p < end && !s->status) {
    if (!lf || lf < p) lf = memchr(p, '\n', (size_t)(end - p));
    if (!lf) lf = end;
    const char *cr = memchr(p, '\r', (size_t)(lf - p)), *stop = cr ? cr : lf;
    while (stop < end && is_line_end(*stop)) stop++;
    feed_segment(s, p, (size_t)(stop - p));
    p = stop;
  }
  return s->status;
}

/* Tries to start the table from the bytes so far, and feeds them where that succeeds. */
static clino_status start(csv *s, bool whole) {
  bool complete = false;
  const char *bytes = clino__text_string(&s->head);
  size_t size = s->head.length;
  clino__csv_head *head = &s->at_head;
  s->status = clino__csv_head_read(&s->reading, bytes, size, whole || size > MAX_ROW_BYTES, head, &complete, s->error);
  if (s->status || !complete) return s->status;
  if (csv_init(&s->parser, PARSER_OPTIONS) != 0) return s->status = clino__fail_memory(s->error, "a CSV parser");
  csv_set_delim(&s->parser, (unsigned char)head->separator);
  csv_set_realloc_func(&s->parser, grow_cell);
  csv_set_free_func(&s->parser, free_cell);
  s->parser_made = s->started = true;
  s->separator = head->separator;
  s->byte = head->byte;
  s->line = head->line;
  feed_rows(s, bytes + head->byte, size - head->byte);
  clino__text_free(&s->head);
  return s->status;
}

static clino_status feed_head(csv *s, const char *bytes, size_t size) {
  clino__text_add_bytes(&s->head, bytes, size);
  if (s->head.failed) return s->status = clino__fail_memory(s->error, "the header");
  bool line = memchr(bytes, '\n', size) || memchr(bytes, '\r', size);
  return line || s->head.length > MAX_ROW_BYTES ? start(s, false) : CLINO_OK;
}

static clino_status feed_text(csv *s, const char *bytes, size_t size) {
  const size_t piece = 65536;
  while (size && !s->started && !s->status) {
    size_t n = size < piece ? size : piece;
    feed_head(s, bytes, n);
    bytes += n;
    size -= n;
  }
  return s->status || !size ? s->status : feed_rows(s, bytes, size);
}

/* ---- the reader ---- */

static int probe(const char *bytes, size_t size) {
  size_t i = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  while (i < size && (bytes[i] == ' ' || bytes[i] == '\t' || is_line_end(bytes[i]))) i++;
  if (i == size || bytes[i] == '{' || bytes[i] == '[') return 0;
  for (; i < size; i++)
    if ((unsigned char)bytes[i] < 0x20 && bytes[i] != '\t' && !is_line_end(bytes[i])) return 0;
  return 10;
}

static clino_status open_csv(const clino__reading *reading, void **state, clino_error *error) {
  csv *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  s->line = 1;
  *state = s;
  return CLINO_OK;
}

static clino_status feed_csv(void *state, const char *bytes, size_t size, clino_error *error) {
  csv *s = state;
  s->error = error;
  const char *nul = memchr(bytes, '\0', size);
  feed_text(s, bytes, nul ? (size_t)(nul - bytes) : size);
  if (s->status || !nul) return s->status;
  size_t at = s->started ? s->byte : s->head.length;
  size_t line = s->started ? s->line : 1 + count_lines(clino__text_string(&s->head), s->head.length);
  clino__fail(error, CLINO_ERR_FORMAT, "a NUL byte: this is no text");
  return fail_at(s, line, at);
}

static clino_status finish_csv(void *state, clino_error *error) {
  csv *s = state;
  s->error = error;
  if (!s->started) start(s, true);
  if (!s->status && csv_fini(&s->parser, on_field, on_row, s) != 0 && !s->status) {
    clino__fail(error, CLINO_ERR_FORMAT, "the log ends within a quoted cell");
    fail_at_field(s, s->table ? s->column : s->n_names);
  }
  if (!s->status && !s->table) {
    clino__fail(error, CLINO_ERR_FORMAT, "there is no table");
    fail_at(s, s->line, s->byte);
  }
  return s->status ? s->status : clino__table_finish(s->table, error);
}

static void close_csv(void *state) {
  csv *s = state;
  if (s->parser_made) csv_free(&s->parser);
  clino__table_free(s->table);
  clino__text_free(&s->head);
  clino__text_free(&s->carry);
  clino__text_free(&s->names);
  free(s);
}

const clino__reader clino__reader_csv = {
    {"csv", "tables of comma, semicolon or tab separated values, one row a step (Lightning, Keras, W&B, Clino's own)"},
    probe, open_csv, feed_csv, finish_csv, close_csv};
