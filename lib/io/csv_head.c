#include "io/csv_head.h"

#include <string.h>

#include "base/ascii.h"
#include "io/cell.h"
#include "io/roles.h"

typedef clino__csv_record record;

/* In the order in which they win where several would do. */
static const char separators[] = {',', '\t', ';', '|', ' '};
#define SEPARATORS (sizeof separators)

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* ---- cells of a record ---- */

/* Where a quoted cell that starts at from ends: behind its closing quote, or at size. */
static size_t skip_quoted(const char *bytes, size_t from, size_t size) {
  for (size_t i = from + 1; i < size; i++) {
    if (bytes[i] != '"') continue;
    if (i + 1 < size && bytes[i + 1] == '"') i++;
    else return i + 1;
  }
  return size;
}

bool clino__csv_cell(const char *r, size_t size, char separator, size_t *at, const char **bytes, size_t *length) {
  bool blanks = separator == ' ';
  size_t from = *at;
  if (*at > size) return false;
  while (from < size && is_blank(r[from]) && r[from] != separator) from++;
  while (blanks && from < size && is_blank(r[from])) from++;
  if (blanks && from == size) return false;
  size_t to = from;
  if (to < size && r[to] == '"' && !blanks) to = skip_quoted(r, from, size);
  while (to < size && (blanks ? !is_blank(r[to]) : r[to] != separator)) to++;
  *at = to + 1;
  while (to > from && is_blank(r[to - 1])) to--;
  if (to > from + 1 && r[from] == '"' && r[to - 1] == '"') from++, to--;
  *bytes = r + from;
  *length = to - from;
  return true;
}

typedef struct shape {
  size_t cells, numbers, texts, clocks; /* clocks: texts like "00:12" */
  size_t telling; /* texts that are names of training */
} shape;

/* A time as digits and colons. */
static bool is_clock(const char *bytes, size_t size) {
  size_t colons = 0;
  for (size_t i = 0; i < size; i++) {
    colons += bytes[i] == ':';
    if (!clino__is_digit(bytes[i]) && bytes[i] != ':' && bytes[i] != '.') return false;
  }
  return colons && clino__is_digit(bytes[0]);
}

static bool is_telling(const char *bytes, size_t size) {
  char name[64];
  if (size >= sizeof name || memchr(bytes, '\0', size)) return false;
  memcpy(name, bytes, size);
  name[size] = '\0';
  return clino__is_telling(name);
}

static shape shape_of(const clino__csv_head *head, const record *r, char separator) {
  const char *bytes = clino__text_string(&head->text) + r->start, *cell;
  shape s = {0, 0, 0, 0, 0};
  size_t at = 0, size;
  double ignored;
  while (clino__csv_cell(bytes, r->size, separator, &at, &cell, &size)) {
    clino__cell kind = separator == ',' ? clino__cell_read(cell, size, &ignored)
                                        : clino__cell_read_comma(cell, size, &ignored);
    s.cells++;
    s.numbers += kind == CLINO__CELL_NUMBER;
    s.texts += kind == CLINO__CELL_TEXT;
    s.clocks += kind == CLINO__CELL_TEXT && is_clock(cell, size);
    s.telling += kind == CLINO__CELL_TEXT && is_telling(cell, size);
  }
  return s;
}

bool clino__csv_is_results_txt(const char *r, size_t size) {
  const char *cell[2];
  size_t at = 0, length[2], more, n = 0;
  for (const char *ignored; n < 2 && clino__csv_cell(r, size, ' ', &at, &cell[n], &length[n]); n++) (void)ignored;
  if (n < 2 || !clino__is_digit(cell[0][0]) || !memchr(cell[0], '/', length[0])) return false;
  if (length[1] < 2 || !clino__is_digit(cell[1][0]) || cell[1][length[1] - 1] != 'G') return false;
  while (clino__csv_cell(r, size, ' ', &at, &cell[0], &more)) n++;
  return n >= 12;
}

/* Whether a text of b stands at the same place in a: lines of "epoch 3, loss 0.5", not a header and a row. */
static bool repeats_text(const clino__csv_head *head, const record *a, const record *b, char separator) {
  const char *text = clino__text_string(&head->text), *x, *y;
  size_t at_a = 0, at_b = 0, n, m;
  double ignored;
  while (clino__csv_cell(text + a->start, a->size, separator, &at_a, &x, &n) &&
         clino__csv_cell(text + b->start, b->size, separator, &at_b, &y, &m))
    if (n && n == m && memcmp(x, y, n) == 0 && clino__cell_read(x, n, &ignored) == CLINO__CELL_TEXT) return true;
  return false;
}

/* Whether b can be the first row under the header a, or a and b the first rows of a table without one. */
static bool is_table(const clino__csv_head *head, const record *a, const record *b, char separator) {
  const char *text = clino__text_string(&head->text);
  shape first = shape_of(head, a, separator), row = shape_of(head, b, separator);
  if (first.cells != row.cells || first.cells < 2) return false;
  if (separator == ' ' && clino__csv_is_results_txt(text + a->start, a->size)) return true;
  if (repeats_text(head, a, b, separator)) return false;
  if (separator == ' ')
    return row.numbers && row.numbers + row.clocks == row.cells &&
           (first.numbers == first.cells || first.texts == first.cells);
  if (separator == '|') /* else it is "| name | value |" */
    return row.numbers && !first.numbers && first.texts > 1 && (first.texts > 2 || !row.texts);
  /* Only the first line of a log may be a row without a header before it. */
  return row.numbers && (first.texts ? first.texts >= first.numbers : first.numbers && a == head->records);
}

/* ---- the head ---- */

bool clino__csv_is_comment(const clino__line *line) { return line->size && line->bytes[0] == '#'; }

static bool is_empty(const clino__line *line) {
  for (size_t i = 0; i < line->size; i++)
    if (!is_blank(line->bytes[i])) return false;
  return true;
}

bool clino__csv_head_add(clino__csv_head *head, const clino__line *line) {
  if (!head->open && is_empty(line)) return true;
  if (!head->open) {
    head->records[head->n++] = (record){head->text.length, 0, line->number, line->byte, line->end};
  } else {
    char end = head->records[head->n - 1].end;
    clino__text_add_bytes(&head->text, &end, 1);
  }
  record *r = &head->records[head->n - 1];
  if (line->size) clino__text_add_bytes(&head->text, line->bytes, line->size);
  r->size = head->text.length - r->start;
  r->end = line->end;
  for (size_t i = 0; i < line->size; i++) head->open ^= line->bytes[i] == '"';
  return !head->text.failed;
}

/* Whether what stands before the first row are units, below the names: as many texts, of which the names tell more. */
static bool has_units(const clino__csv_head *head, const record *a, char separator) {
  if (a == head->records || separator == ' ') return false;
  shape names = shape_of(head, a - 1, separator), units = shape_of(head, a, separator);
  return names.cells == units.cells && names.texts > 1 && !names.numbers && !units.numbers &&
         names.telling > units.telling;
}

size_t clino__csv_head_find(const clino__csv_head *head, char *separator) {
  if (head->n < 2 || head->open) return SIZE_MAX;
  const record *a = &head->records[head->n - 2];
  for (size_t i = 0; i < SEPARATORS; i++) {
    *separator = separators[i];
    if (is_table(head, a, a + 1, separators[i])) return head->n - 2 - has_units(head, a, separators[i]);
  }
  return SIZE_MAX;
}

/* The separator that a record holds most of, NUL where it holds none. */
static char separator_of(const clino__csv_head *head, const record *r) {
  size_t most = 1;
  char found = '\0';
  for (size_t i = 0; i + 1 < SEPARATORS; i++) {
    shape s = shape_of(head, r, separators[i]);
    if (s.cells <= most) continue;
    most = s.cells;
    found = separators[i];
  }
  return found;
}

/* A title is a line without a separator before a header with one. */
size_t clino__csv_head_guess(const clino__csv_head *head, char *separator) {
  *separator = ',';
  if (!head->n) return SIZE_MAX;
  char first = separator_of(head, &head->records[0]);
  char second = !first && head->n > 1 ? separator_of(head, &head->records[1]) : '\0';
  if (first || second) *separator = first ? first : second;
  return second ? 1 : 0;
}

/* ---- probing ---- */

typedef struct look {
  clino__csv_head head;
  size_t at, whole; /* the record that the table begins with; whole: bytes of complete lines */
  char separator;
} look;

static clino_status look_at(const clino__line *line, void *ctx, clino_error *error) {
  look *l = ctx;
  (void)error;
  if (l->at != SIZE_MAX || (l->head.n == CLINO__HEAD_RECORDS && !l->head.open)) return CLINO_OK;
  if (!l->head.open && clino__csv_is_comment(line)) return CLINO_OK;
  if (!clino__csv_head_add(&l->head, line)) return CLINO_ERR_MEMORY;
  l->at = clino__csv_head_find(&l->head, &l->separator);
  return CLINO_OK;
}

static int score(const look *l) {
  const clino__csv_head *head = &l->head;
  if (!head->n) return 0;
  if (l->at != SIZE_MAX) {
    shape b = shape_of(head, &head->records[l->at + 1], l->separator);
    return 2 * b.texts > b.cells ? 30 : l->at || l->separator == ' ' ? 60 : 90;
  }
  char separator;
  size_t guess = clino__csv_head_guess(head, &separator);
  const record *first = &head->records[guess];
  shape a = shape_of(head, first, separator);
  if (a.cells > 1000) return 30;
  /* The header of a log that has just begun, or of rows that do not fit it. */
  bool header = a.texts * 2 > a.cells && a.telling &&
                (guess + 1 == head->n || shape_of(head, first + 1, separator).numbers > 0);
  if (a.cells > 1) return header ? 20 : a.numbers == a.cells ? 15 : 2;
  shape b = head->n > 1 ? shape_of(head, first + 1, separator) : (shape){0, 0, 0, 0, 0};
  return b.numbers == 1 && b.cells == 1 && a.texts == 1 ? 15 : 1;
}

int clino__csv_probe(const char *bytes, size_t size) {
  size_t from = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  if (!clino__is_text(bytes, size) || memchr(bytes, '\x1B', size)) return 0;
  while (from < size && (bytes[from] == '\n' || bytes[from] == '\r')) from++;
  if (size - from > 1 && memcmp(bytes + from, "#{", 2) == 0) return 90;
  look l = {.at = SIZE_MAX};
  clino__lines lines;
  clino__lines_init(&lines, "", look_at, &l);
  clino_status status = clino__lines_feed(&lines, bytes, size, NULL);
  if (!status) status = clino__lines_finish(&lines, NULL);
  int result = status == CLINO_ERR_MEMORY ? CLINO__PROBE_MEMORY : status ? 0 : score(&l);
  clino__lines_free(&lines);
  clino__text_free(&l.head.text);
  return result;
}
