/* The CSV reader: wide tables, one row a step.
 *
 * A line without quotes is cut at its separators here, numbers being read where they stand; records with quotes go
 * through libcsv in strict mode. Either way a row is complete before any of it enters the table, so that a line that is
 * no row (a traceback, a line that two processes wrote) can be told from one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "io/attributes.h"
#include "io/csv.h"
#include "io/roles.h"

#define MAX_ATTRIBUTES_BYTES ((size_t)1 << 20)
#define PARSER_OPTIONS (CSV_STRICT | CSV_STRICT_FINI)

/* ---- cells ---- */

static bool add_cell(clino__csv *s, clino__csv_value c) {
  if (s->n_cells == s->cells_capacity) {
    size_t capacity = s->cells_capacity ? 2 * s->cells_capacity : 64;
    clino__csv_value *cells = realloc(s->cells, capacity * sizeof *cells);
    if (!cells) {
      s->status = clino__fail_memory(s->error, "a row");
      return false;
    }
    s->cells = cells;
    s->cells_capacity = capacity;
  }
  s->cells[s->n_cells++] = c;
  return true;
}

static clino__cell read_cell(const clino__csv *s, const char *bytes, size_t size, double *value) {
  return s->separator == ',' ? clino__cell_read(bytes, size, value) : clino__cell_read_comma(bytes, size, value);
}

/* A cell of YOLOv5's results.txt: "3/299" is 3, "3.6G" is 3.6. */
static clino__cell read_blank_separated(const clino__csv *s, const char *bytes, size_t size, double *value) {
  clino__cell kind = read_cell(s, bytes, size, value);
  if (kind != CLINO__CELL_TEXT) return kind;
  const char *end = clino__number_scan(bytes, bytes + size, value);
  bool unit = end && ((*end == 'G' && end + 1 == bytes + size) || *end == '/');
  return unit ? CLINO__CELL_NUMBER : CLINO__CELL_TEXT;
}

/* Cuts a line without quotes. */
static bool cut_line(clino__csv *s, const clino__line *line) {
  const char *p = line->bytes, *end = p + line->size;
  char separator = s->separator;
  for (;;) {
    while (p < end && *p == ' ') p++;
    clino__csv_value c = {.value = 0, .at = (size_t)(p - line->bytes), .kind = CLINO__CELL_NUMBER};
    const char *stop = clino__number_scan(p, end, &c.value);
    if (!stop || (stop < end && *stop != separator)) {
      stop = memchr(p, separator, (size_t)(end - p));
      if (!stop) stop = end;
      c.kind = read_cell(s, p, (size_t)(stop - p), &c.value);
    }
    c.size = (size_t)(stop - p);
    while (c.size && p[c.size - 1] == ' ') c.size--;
    if (!add_cell(s, c)) return false;
    if (stop == end) return true;
    p = stop + 1;
  }
}

static bool cut_blanks(clino__csv *s, const clino__line *line) {
  size_t at = 0, size;
  const char *bytes;
  while (clino__csv_cell(line->bytes, line->size, ' ', &at, &bytes, &size)) {
    clino__csv_value c = {.at = (size_t)(bytes - line->bytes), .size = size};
    c.kind = read_blank_separated(s, bytes, size, &c.value);
    if (!add_cell(s, c)) return false;
  }
  return true;
}

/* ---- the rows ---- */

static void fail_cell(clino__csv *s, size_t i, const char *column, const char *what) {
  char sample[CLINO__SAMPLE_SIZE];
  size_t line, byte;
  clino__sample(sample, clino__csv_bytes(s, &s->cells[i]), s->cells[i].size);
  clino__fail(s->error, CLINO_ERR_FORMAT, "column '%s': '%s' is no %s", column, sample, what);
  clino__csv_place(s, i, &line, &byte);
  clino__csv_fail(s, line, byte);
}

/* A whole number, exactly, also beyond 2^53. */
static bool parse_step(const char *bytes, size_t size, int64_t *step) {
  bool negative = size && *bytes == '-';
  uint64_t m = 0, limit = (uint64_t)INT64_MAX;
  while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t')) size--;
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

/* Starts a row by Clino's own axis columns: step, then epoch and time. */
static void begin_own_row(clino__csv *s) {
  static const char *const names[] = {"step", "epoch", "time"};
  int64_t step = CLINO_NO_STEP;
  double axis[CLINO__AXIS_ROLES] = {NAN, NAN, NAN};
  for (size_t i = 0; i < s->n_own && !s->status; i++) {
    const clino__csv_value *c = &s->cells[i];
    size_t role = i == 1 && s->own_time ? CLINO__AXIS_TIME : i;
    if (i == 0 && c->kind != CLINO__CELL_MISSING && !parse_step(clino__csv_bytes(s, c), c->size, &step))
      fail_cell(s, i, names[role], "step");
    else if (i && c->kind == CLINO__CELL_TEXT)
      fail_cell(s, i, names[role], "number");
    else if (c->kind == CLINO__CELL_NUMBER)
      axis[role] = c->value;
  }
  if (!s->status) s->status = clino__table_add_row(s->table, step, axis[1], axis[2], s->error);
}

static void add_text(clino__csv *s, size_t i, size_t column) {
  size_t line = 0, byte = 0;
  const clino__csv_value *c = &s->cells[i];
  if (clino__table_first_text(s->table, column)) clino__csv_place(s, i, &line, &byte);
  clino__table_text(s->table, column, clino__csv_bytes(s, c), c->size, line, byte);
}

static void take_row(clino__csv *s) {
  if (s->n_own) begin_own_row(s);
  else s->status = clino__table_add_row(s->table, 0, NAN, NAN, s->error);
  for (size_t i = s->n_own; i < s->n_own + s->n_columns && i < s->n_cells && !s->status; i++) {
    size_t column = s->columns[i - s->n_own];
    if (s->cells[i].kind == CLINO__CELL_NUMBER)
      s->status = clino__table_set(s->table, column, s->cells[i].value, s->error);
    else if (s->cells[i].kind == CLINO__CELL_TEXT)
      add_text(s, i, column);
  }
}

/* How a record that is no usual row looks. */
typedef struct looks {
  size_t numbers, texts, known; /* known: cells that are names of columns */
} looks;

static bool is_name(const clino__csv *s, const clino__csv_value *c, size_t i) {
  const char *name = i < s->n_own                  ? (i == 0 ? "step" : s->own_time || i == 2 ? "time" : "epoch")
                     : i < s->n_own + s->n_columns ? clino__table_name(s->table, s->columns[i - s->n_own])
                                                   : "";
  return strlen(name) == c->size && memcmp(name, clino__csv_bytes(s, c), c->size) == 0;
}

static looks look_at(const clino__csv *s) {
  looks l = {0, 0, 0};
  for (size_t i = 0; i < s->n_cells; i++) {
    const clino__csv_value *c = &s->cells[i];
    l.numbers += c->kind == CLINO__CELL_NUMBER;
    l.texts += c->kind == CLINO__CELL_TEXT;
    if (c->kind == CLINO__CELL_TEXT) l.known += is_name(s, c, i);
  }
  return l;
}

/* A header in the middle, of a run that was appended and logs other things: only names, some of which are known. */
static bool is_other_header(const clino__csv *s, const looks *l) {
  size_t telling = 0;
  if (l->numbers || l->texts < 2 || s->n_own) return false;
  for (size_t i = 0; i < s->n_cells; i++) {
    char *name = clino__csv_name(s, &s->cells[i]);
    if (name && strlen(name) < 200) telling += clino__is_telling(name);
    free(name);
  }
  return telling * 2 >= l->texts && telling > 1;
}

/* A row of units below the header, "[s]" or "nats": no cell is a plain number, and one is text. */
static bool is_units(const clino__csv *s) {
  size_t texts = 0;
  for (size_t i = 0; i < s->n_cells; i++) {
    const clino__csv_value *c = &s->cells[i];
    char first = c->size ? *clino__csv_bytes(s, c) : '\0';
    if (c->kind == CLINO__CELL_NUMBER && first != '[' && first != '(') return false;
    texts += c->kind == CLINO__CELL_TEXT;
  }
  return texts && s->n_cells > 1;
}

static bool only_blanks_behind(const clino__csv *s, size_t n) {
  for (size_t i = n; i < s->n_cells; i++)
    if (s->cells[i].kind != CLINO__CELL_MISSING) return false;
  return true;
}

static void note_cut(clino__csv *s) {
  size_t line, byte;
  clino__csv_place(s, s->n_cells, &line, &byte);
  s->status = clino__reading_note(&s->reading, s->error, "the log ends within a row, line %zu", line);
}

static void misfit(clino__csv *s, size_t n, bool cut) {
  char what[100];
  size_t line, byte;
  snprintf(what, sizeof what, "a row of %zu cells in a table of %zu columns%s", s->n_cells, n,
           cut && s->n_cells < n ? ": the log ends within it" : "");
  clino__csv_place(s, s->n_cells > n ? n : 0, &line, &byte);
  if (cut && s->n_cells < n && (s->n_own || clino__table_rows(s->table))) note_cut(s);
  else clino__table_misfit(s->table, line, byte, what);
}

/* A complete record. cut: the log ended with it. */
static void take_record(clino__csv *s, bool cut) {
  if (!s->table) {
    if (!clino__csv_take_header(s, false) && !s->status) take_row(s);
    return;
  }
  size_t n = s->n_own + s->n_columns;
  bool fits = s->n_cells == n || (s->n_cells > n && only_blanks_behind(s, n));
  if (fits && !s->n_own && !clino__table_rows(s->table) && is_units(s)) return;
  if (fits && s->cells[0].kind != CLINO__CELL_TEXT) {
    if (cut && s->n_own) note_cut(s); /* Clino ends its rows: the last number may lack digits */
    else take_row(s);
    return;
  }
  looks l = look_at(s);
  if (fits && l.known && !l.numbers && l.known == l.texts) return; /* several runs in one file: the header again */
  if (is_other_header(s, &l)) {
    clino__csv_take_header(s, true);
  } else if (fits && (l.numbers || n == 1)) {
    take_row(s);
  } else if (l.numbers && s->n_cells > 1) {
    misfit(s, n, cut);
  } else if (l.texts && !(s->line.size && s->line.bytes[0] == '#')) {
    if (!s->prose++) s->prose_line = s->line.number; /* a traceback, a warning */
  } else if (l.numbers) {
    misfit(s, n, cut);
  }
}

/* ---- records with quotes, through libcsv ---- */

static void on_field(void *bytes, size_t size, void *state) {
  clino__csv *s = state;
  if (s->status) return;
  clino__csv_value c = {.at = s->quoted.length, .size = size};
  if (size) clino__text_add_bytes(&s->quoted, bytes, size);
  if (s->quoted.failed) s->status = clino__fail_memory(s->error, "a cell");
  if (s->status) return;
  c.kind = read_cell(s, size ? bytes : "", size, &c.value);
  add_cell(s, c);
}

static void on_row(int end, void *state) {
  clino__csv *s = state;
  (void)end;
  s->record_ended = true;
}

/* libcsv lets the buffer of a cell grow by a fixed amount, which copies a long cell over and over: behind its back the
 * buffer grows by half, its capacity kept before it. */
typedef union cell_buffer {
  size_t capacity;
  max_align_t align;
} cell_buffer;

static void *grow_cell(void *old, size_t size) {
  cell_buffer *buffer = old ? (cell_buffer *)old - 1 : NULL;
  if (buffer && buffer->capacity >= size) return old;
  size_t capacity = size + size / 2;
  buffer = capacity < SIZE_MAX - sizeof *buffer && capacity >= size ? realloc(buffer, sizeof *buffer + capacity) : NULL;
  if (!buffer) return NULL;
  buffer->capacity = capacity;
  return buffer + 1;
}

static void free_cell(void *old) {
  if (old) free((cell_buffer *)old - 1);
}

static bool open_parser(clino__csv *s) {
  if (s->parser_made) return true;
  if (csv_init(&s->parser, PARSER_OPTIONS) != 0) {
    s->status = clino__fail_memory(s->error, "a CSV parser");
    return false;
  }
  csv_set_delim(&s->parser, (unsigned char)s->separator);
  csv_set_realloc_func(&s->parser, grow_cell);
  csv_set_free_func(&s->parser, free_cell);
  return s->parser_made = true;
}

/* Whether any cell of the broken record is a number. */
static bool has_numbers(const clino__csv *s) {
  const char *record = clino__text_string(&s->record), *bytes;
  size_t at = 0, size;
  double ignored;
  while (clino__csv_cell(record, s->record.length, s->separator, &at, &bytes, &size))
    if (clino__cell_read(bytes, size, &ignored) == CLINO__CELL_NUMBER) return true;
  return false;
}

/* Where the record went wrong, which is an error in the header and a misfit, or text between the rows, later. */
static void parser_failed(clino__csv *s, size_t offset) {
  int code = csv_error(&s->parser);
  if (code == CSV_ENOMEM || code == CSV_ETOOBIG) {
    s->status = clino__fail_memory(s->error, "a cell");
    return;
  }
  size_t line = s->line.number + clino__count_lines(clino__text_string(&s->record), offset);
  static const char what[] = "a quote within a cell that is not quoted, or text after a closing quote";
  if (s->table && !has_numbers(s)) {
    if (!s->prose++) s->prose_line = s->line.number;
  } else if (s->table) {
    clino__table_misfit(s->table, line, s->line.byte + offset, what);
  } else {
    clino__fail(s->error, CLINO_ERR_FORMAT, "%s", what);
    clino__csv_fail(s, line, s->line.byte + offset);
  }
  csv_free(&s->parser);
  s->parser_made = s->in_record = false;
}

/* Feeds a line of a record with quotes, and its end. */
static void feed_quoted(clino__csv *s, const clino__line *line) {
  char end = line->end ? line->end : '\n';
  if (!s->in_record) {
    clino__text_clear(&s->record);
    clino__text_clear(&s->quoted);
    s->line = *line;
    s->n_cells = 0;
    s->in_record = true;
  }
  size_t start = s->record.length;
  if (start + line->size > CLINO__MAX_LINE_BYTES) {
    clino__fail(s->error, CLINO_ERR_FORMAT, "a row is longer than 16 MiB");
    clino__csv_fail(s, s->line.number, s->line.byte);
    return;
  }
  if (line->size) clino__text_add_bytes(&s->record, line->bytes, line->size);
  if (line->end) clino__text_add_bytes(&s->record, &end, 1);
  if (s->record.failed) s->status = clino__fail_memory(s->error, "a row");
  if (s->status || !open_parser(s)) return;
  s->record_ended = false;
  size_t n = s->record.length - start;
  size_t fed = csv_parse(&s->parser, clino__text_string(&s->record) + start, n, on_field, on_row, s);
  if (s->status) return;
  if (fed < n) {
    parser_failed(s, start + fed);
  } else if (!s->record_ended && !line->end && csv_fini(&s->parser, on_field, on_row, s) != 0) {
    size_t last_line, byte;
    clino__csv_place(s, s->n_cells, &last_line, &byte);
    clino__fail(s->error, CLINO_ERR_FORMAT, "the log ends within a quoted cell");
    clino__csv_fail(s, last_line, byte);
  }
  if (s->status || !s->record_ended) return;
  take_record(s, !line->end);
  s->n_cells = 0;
  s->in_record = false;
}

/* ---- lines ---- */

static bool is_empty(const clino__line *line) {
  for (size_t i = 0; i < line->size; i++)
    if (line->bytes[i] != ' ' && line->bytes[i] != '\t') return false;
  return true;
}

static clino_status take_line(clino__csv *s, const clino__line *line) {
  if (!line->size && !s->in_record) return CLINO_OK;
  if (s->in_record || (s->separator != ' ' && memchr(line->bytes, '"', line->size))) {
    feed_quoted(s, line);
    return s->status;
  }
  if ((*line->bytes == ' ' || *line->bytes == '\t') && is_empty(line)) return CLINO_OK;
  s->line = *line;
  s->n_cells = 0;
  if (s->separator == ' ' ? cut_blanks(s, line) : cut_line(s, line)) take_record(s, !line->end);
  return s->status;
}

/* The lines of the head from record at on are rows; the one before it is a title. */
static clino_status start(clino__csv *s, size_t at) {
  s->started = true;
  const char *text = clino__text_string(&s->head.text);
  if (at != SIZE_MAX && at > 0) {
    const clino__csv_record *r = &s->head.records[at - 1];
    clino__text title = CLINO__TEXT_EMPTY;
    clino__text_add_bytes(&title, text + r->start, r->size);
    if (title.failed) s->status = clino__fail_memory(s->error, "the title");
    else if (r->size < 200 && clino__is_utf8(text + r->start, r->size))
      s->status = clino_run_set_attribute(s->reading.run, "title", clino__text_string(&title), s->error);
    clino__text_free(&title);
  }
  for (size_t i = at; i < s->head.n && !s->status; i++) {
    const clino__csv_record *r = &s->head.records[i];
    clino__line line = {text + r->start, r->size, r->end, r->number, r->byte};
    s->lines.sink(&line, s, s->error);
  }
  if (!s->status) clino__text_free(&s->head.text);
  return s->status;
}

/* A line "#{json}" before the table. */
static clino_status take_attributes(clino__csv *s, const clino__line *line) {
  size_t offset;
  if (line->size > MAX_ATTRIBUTES_BYTES) {
    clino__fail(s->error, CLINO_ERR_FORMAT, "a line of attributes is longer than %zu bytes", MAX_ATTRIBUTES_BYTES);
    return clino__csv_fail(s, line->number, line->byte);
  }
  s->status = clino__attributes_read(s->reading.run, line->bytes + 1, line->size - 1, &offset, s->error);
  if (s->status == CLINO_ERR_FORMAT) clino__csv_fail(s, line->number, line->byte + 1 + offset);
  return s->status;
}

static clino_status take_head_line(clino__csv *s, const clino__line *line) {
  clino__csv_head *head = &s->head;
  if (!head->open && clino__csv_is_comment(line)) {
    if (line->size > 1 && line->bytes[1] == '{' && !head->n) return take_attributes(s, line);
    clino__text_clear(&s->comment);
    clino__text_add_bytes(&s->comment, line->bytes + 1, line->size - 1);
    return s->comment.failed ? s->status = clino__fail_memory(s->error, "a comment") : CLINO_OK;
  }
  if (!clino__csv_head_add(head, line)) return s->status = clino__fail_memory(s->error, "the head of a table");
  bool own = clino_run_attribute(s->reading.run, CLINO__ATTRIBUTE_OWN) && !head->open; /* begins with its header */
  size_t at = own ? clino__csv_head_guess(head, &s->separator) : clino__csv_head_find(head, &s->separator);
  if (own) s->separator = ',';
  bool full = (head->n == CLINO__HEAD_RECORDS && !head->open) || head->text.length > CLINO__MAX_LINE_BYTES;
  if (at == SIZE_MAX && full) at = clino__csv_head_guess(head, &s->separator);
  return at == SIZE_MAX ? CLINO_OK : start(s, at);
}

static clino_status on_line(const clino__line *line, void *state, clino_error *error) {
  clino__csv *s = state;
  clino__line rest = *line;
  s->error = error;
  if (line->byte == 0 && line->size >= 3 && memcmp(line->bytes, "\xEF\xBB\xBF", 3) == 0)
    rest.bytes += 3, rest.size -= 3, rest.byte += 3;
  return s->started ? take_line(s, &rest) : take_head_line(s, &rest);
}

/* ---- the reader ---- */

static clino_status open_csv(const clino__reading *reading, void **state, clino_error *error) {
  clino__csv *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  clino__lines_init(&s->lines, reading->name, on_line, s);
  *state = s;
  return CLINO_OK;
}

static clino_status feed_csv(void *state, const char *bytes, size_t size, clino_error *error) {
  clino__csv *s = state;
  s->error = error;
  return clino__lines_feed(&s->lines, bytes, size, error);
}

/* Lines that are no rows are no harm, as long as most are. */
static clino_status judge_prose(clino__csv *s) {
  if (!s->prose) return CLINO_OK;
  size_t rows = clino__table_rows(s->table);
  if (s->prose > rows + 10) clino__table_misfit(s->table, s->prose_line, 0, "text that is no row of a table");
  return clino__reading_note(&s->reading, s->error, "%zu lines are no rows and were left out, the first is line %zu",
                             s->prose, s->prose_line);
}

static clino_status finish_csv(void *state, clino_error *error) {
  clino__csv *s = state;
  s->error = error;
  clino_status status = clino__lines_finish(&s->lines, error);
  if (!status && !s->started && s->head.n) status = start(s, clino__csv_head_guess(&s->head, &s->separator));
  if (!status && s->in_record) {
    clino__line end = {"", 0, '\0', s->lines.number, s->lines.byte};
    status = take_line(s, &end);
  }
  if (!status && !s->table) {
    clino__fail(error, CLINO_ERR_FORMAT, "there is no table");
    return clino__csv_fail(s, s->lines.number, s->lines.byte);
  }
  if (!status) status = judge_prose(s);
  return status ? status : clino__table_finish(s->table, error);
}

static void close_csv(void *state) {
  clino__csv *s = state;
  if (s->parser_made) csv_free(&s->parser);
  clino__table_free(s->table);
  clino__lines_free(&s->lines);
  clino__text_free(&s->head.text);
  clino__text_free(&s->comment);
  clino__text_free(&s->record);
  clino__text_free(&s->quoted);
  free(s->columns);
  free(s->cells);
  free(s);
}

const clino__reader clino__reader_csv = {
    {"csv",
     "tables, one row a step, separated by comma, semicolon, tab, bar or blanks: Lightning, Keras CSVLogger, "
     "Ultralytics, fastai, timm, Stable-Baselines3, W&B and TensorBoard exports, DVCLive, Clino's own"},
    clino__csv_probe, open_csv, feed_csv, finish_csv, close_csv};
