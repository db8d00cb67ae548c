#include "io/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "io/roles.h"

#define UNNAMED_SIZE 32 /* "column 18446744073709551615" */

typedef struct table_column {
  const char *name;     /* the log's own, "column 3" where it has none; in the table's block */
  clino_series *series; /* NULL for an own axis column */
  const char *mapped;   /* the role that the options give it, or NULL */
  size_t texts;         /* cells that are no numbers */
  size_t line, byte;    /* the first of them */
  bool unnamed;
  char sample[CLINO__SAMPLE_SIZE];
} table_column;

struct clino__table {
  const clino__reading *reading;
  clino_axis *axis;
  table_column *columns;
  size_t n, n_own, rows;
  char *names; /* one block */
};

/* ---- cells ---- */

/* A cell has no NUL, so that the end of word differs from each of its bytes. */
static bool is_word(const char *bytes, size_t size, const char *word) {
  for (size_t i = 0; i < size; i++)
    if (clino__to_lower(bytes[i]) != word[i]) return false;
  return word[size] == '\0';
}

clino__cell clino__cell_read(const char *bytes, size_t size, double *value) {
  while (size && (*bytes == ' ' || *bytes == '\t')) bytes++, size--;
  while (size && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t')) size--;
  if (!size) return CLINO__CELL_MISSING;
  if (clino__number_parse(bytes, size, value)) return CLINO__CELL_NUMBER;
  static const char *const missing[] = {"-", "na", "n/a", "none", "null"};
  for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
    if (is_word(bytes, size, missing[i])) return CLINO__CELL_MISSING;
  return CLINO__CELL_TEXT;
}

bool clino__is_utf8(const char *bytes, size_t size) {
  uint32_t code;
  bool valid = true;
  for (size_t i = 0; valid && i < size;) i += clino__utf8_next(bytes + i, size - i, &code, &valid);
  return valid;
}

void clino__sample(char out[CLINO__SAMPLE_SIZE], const char *bytes, size_t size) {
  size_t length = 0, i = 0;
  while (i < size) {
    uint32_t code;
    bool valid;
    size_t n = clino__utf8_next(bytes + i, size - i, &code, &valid);
    if (length + n > CLINO__SAMPLE_SIZE - 4) break;
    bool plain = valid && !clino__utf8_is_control(code);
    if (plain) memcpy(out + length, bytes + i, n);
    else out[length] = '?';
    length += plain ? n : 1;
    i += n;
  }
  strcpy(out + length, i < size ? "..." : "");
}

/* ---- making ---- */

static void copy_names(clino__table *t, const char *const *names) {
  char *room = t->names;
  for (size_t i = 0; i < t->n; i++) {
    t->columns[i].name = room;
    t->columns[i].unnamed = !names[i][0];
    if (names[i][0]) memcpy(room, names[i], strlen(names[i]) + 1);
    else snprintf(room, UNNAMED_SIZE, "column %zu", i + 1);
    room += strlen(room) + 1;
  }
}

static clino_status apply_map(clino__table *t, clino_error *error) {
  const clino_read_options *o = t->reading->options;
  for (size_t m = 0; m < o->n_map; m++) {
    size_t i = t->n_own;
    while (i < t->n && strcmp(t->columns[i].name, o->map[m].column) != 0) i++;
    if (i == t->n) {
      clino__fail(error, CLINO_ERR_FORMAT, "there is no column '%s' to be %s", o->map[m].column, o->map[m].role);
      clino__error_at(error, t->reading->name, 0, 0);
      return CLINO_ERR_FORMAT;
    }
    t->columns[i].mapped = o->map[m].role;
  }
  return CLINO_OK;
}

static bool is_mapped_role(const clino__table *t, const char *role) {
  for (size_t i = 0; i < t->n; i++)
    if (t->columns[i].mapped && strcmp(t->columns[i].mapped, role) == 0) return true;
  return false;
}

/* The mapped role; or the suggested one, unless the map gave it to another column; or the log's own name. */
static const char *series_name(const clino__table *t, const table_column *c, const char *suggested) {
  if (c->mapped) return c->mapped;
  return suggested && !is_mapped_role(t, suggested) ? suggested : c->name;
}

static clino_status add_series(clino__table *t, char *const *roles, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = t->n_own; !status && i < t->n; i++) {
    table_column *c = &t->columns[i];
    status = clino_run_add_series(t->reading->run, t->axis, series_name(t, c, roles[i]), c->name, CLINO_SERIES_SCALAR,
                                  &c->series, error);
  }
  return status;
}

static clino_status make_series(clino__table *t, const char *const *names, clino_error *error) {
  char **roles = calloc(t->n ? t->n : 1, sizeof *roles);
  if (!roles) return clino__fail_memory(error, "the roles of the columns");
  clino_status status = CLINO_OK;
  if (!t->n_own && !clino__roles_assign(names, t->n, roles))
    status = clino__fail_memory(error, "the roles of the columns");
  if (!status) status = add_series(t, roles, error);
  for (size_t i = 0; i < t->n; i++) free(roles[i]);
  free(roles);
  return status;
}

clino_status clino__table_new(const clino__reading *reading, const char *const *names, size_t n, size_t n_own,
                              clino__table **table, clino_error *error) {
  size_t size = 1;
  for (size_t i = 0; i < n; i++) size += names[i][0] ? strlen(names[i]) + 1 : UNNAMED_SIZE;
  clino__table *t = calloc(1, sizeof *t);
  if (t) {
    *t = (clino__table){.reading = reading, .n = n, .n_own = n_own};
    t->columns = calloc(n ? n : 1, sizeof *t->columns);
    t->names = malloc(size);
  }
  clino_status status = t && t->columns && t->names ? CLINO_OK : clino__fail_memory(error, "a table");
  if (!status) copy_names(t, names);
  if (!status) status = apply_map(t, error);
  if (!status) status = clino_run_add_axis(reading->run, NULL, &t->axis, error);
  if (!status) status = make_series(t, names, error);
  if (status) clino__table_free(t);
  else *table = t;
  return status;
}

void clino__table_free(clino__table *table) {
  if (!table) return;
  free(table->columns);
  free(table->names);
  free(table);
}

/* ---- filling ---- */

size_t clino__table_columns(const clino__table *table) { return table->n; }
const char *clino__table_name(const clino__table *table, size_t column) { return table->columns[column].name; }

clino_status clino__table_add_row(clino__table *table, int64_t step, double epoch, double time, clino_error *error) {
  clino_status status = table->n_own ? clino_axis_add_row(table->axis, step, epoch, time, error)
                                     : clino_axis_add_row(table->axis, (int64_t)table->rows, NAN, NAN, error);
  if (!status) table->rows++;
  return status;
}

clino_status clino__table_set(clino__table *table, size_t column, double value, clino_error *error) {
  return clino_series_set(table->columns[column].series, value, error);
}

bool clino__table_first_text(const clino__table *table, size_t column) { return !table->columns[column].texts; }

void clino__table_text(clino__table *table, size_t column, const char *bytes, size_t size, size_t line, size_t byte) {
  table_column *c = &table->columns[column];
  if (c->texts++) return;
  c->line = line;
  c->byte = byte;
  clino__sample(c->sample, bytes, size);
}

/* ---- deciding ---- */

/* A column whose cells are mostly text is a column of text: it stays in the run without points, and says why. Text in a
 * column of numbers is an error, since what it stood for cannot be known. */
static clino_status judge_text(clino__table *t, table_column *c, clino_error *error) {
  size_t numbers = clino_series_count(c->series);
  if (!c->texts) return CLINO_OK;
  if (c->texts <= numbers) {
    char name[CLINO__SAMPLE_SIZE];
    clino__sample(name, c->name, strlen(c->name));
    clino__fail(error, CLINO_ERR_FORMAT, "column '%s': '%s' is no number", name, c->sample);
    clino__error_at(error, t->reading->name, c->line, c->byte);
    return CLINO_ERR_FORMAT;
  }
  clino__text reason = CLINO__TEXT_EMPTY;
  clino__text_addf(&reason, "text: %zu of its %zu cells are no numbers, the first in line %zu: '%s'", c->texts,
                   c->texts + numbers, c->line, c->sample);
  clino_status status = reason.failed ? clino__fail_memory(error, "a reason")
                                      : clino_series_clear(c->series, clino__text_string(&reason), error);
  clino__text_free(&reason);
  return status;
}

/* Whether the column can count: a whole number, exact in double, in every row. */
static bool counts(const clino__table *t, const table_column *c) {
  const double *v = clino_series_values(c->series);
  if (clino_series_count(c->series) != t->rows) return false;
  for (size_t i = 0; i < t->rows; i++)
    if (!(fabs(v[i]) <= 0x1p53 && v[i] == floor(v[i]))) return false;
  return true;
}

static bool suits(const clino__table *t, const table_column *c, clino__axis_role role) {
  return role == CLINO__AXIS_STEP ? counts(t, c) : clino_series_count(c->series) > 0;
}

/* The column that best fits an axis: the mapped one, else the one with the plainest name that suits. *found is NULL
 * where there is none. */
static clino_status find_axis_column(const clino__table *t, clino__axis_role role, table_column **found,
                                     clino_error *error) {
  int best = -1;
  *found = NULL;
  for (size_t i = 0; i < t->n; i++) {
    table_column *c = &t->columns[i];
    if (c->mapped && strcmp(c->mapped, clino__axis_role_name(role)) == 0) {
      *found = c;
      if (suits(t, c, role)) return CLINO_OK;
      clino__fail(error, CLINO_ERR_FORMAT, "column '%s' cannot be the %s: it lacks %s", c->name,
                  clino__axis_role_name(role), role == CLINO__AXIS_STEP ? "a whole number in every row" : "numbers");
      clino__error_at(error, t->reading->name, 0, 0);
      return CLINO_ERR_FORMAT;
    }
    int rank = c->mapped ? -1 : clino__axis_rank(c->name, role);
    if (rank < 0 || (best >= 0 && rank >= best) || !suits(t, c, role)) continue;
    best = rank;
    *found = c;
  }
  return CLINO_OK;
}

/* A column's value row by row, with NaN where it is missing. */
typedef struct cursor {
  const clino_series *series;
  size_t next;
} cursor;

static double value_in(cursor *at, size_t row) {
  if (!at->series || clino_series_row(at->series, at->next) != row) return NAN;
  return clino_series_values(at->series)[at->next++];
}

static clino_status fill_axis(clino__table *t, table_column *const *axis, clino_error *error) {
  cursor at[CLINO__AXIS_ROLES];
  for (int r = 0; r < CLINO__AXIS_ROLES; r++) at[r] = (cursor){axis[r] ? axis[r]->series : NULL, 0};
  clino_status status = CLINO_OK;
  for (size_t row = 0; !status && row < t->rows; row++) {
    double step = value_in(&at[CLINO__AXIS_STEP], row), epoch = value_in(&at[CLINO__AXIS_EPOCH], row);
    double time = value_in(&at[CLINO__AXIS_TIME], row);
    int64_t number = axis[CLINO__AXIS_STEP] ? (int64_t)step : (int64_t)row;
    status = clino_axis_set_row(t->axis, row, number, epoch, time, error);
  }
  return status;
}

static clino_status make_axis(clino__table *t, clino_error *error) {
  table_column *axis[CLINO__AXIS_ROLES];
  clino_status status = CLINO_OK;
  for (int r = 0; !status && r < CLINO__AXIS_ROLES; r++)
    status = find_axis_column(t, (clino__axis_role)r, &axis[r], error);
  if (status) return status;
  /* Without a step, whole epochs count as well as anything; otherwise the rows do. */
  bool by_epoch = !axis[CLINO__AXIS_STEP] && axis[CLINO__AXIS_EPOCH] && counts(t, axis[CLINO__AXIS_EPOCH]);
  if (by_epoch) axis[CLINO__AXIS_STEP] = axis[CLINO__AXIS_EPOCH];
  status = fill_axis(t, axis, error);
  for (int r = by_epoch ? 1 : 0; !status && r < CLINO__AXIS_ROLES; r++) {
    if (!axis[r]) continue;
    status = clino_run_remove_series(t->reading->run, axis[r]->series, error);
    axis[r]->series = NULL;
  }
  return status;
}

/* An unnamed column without any cell is what a separator at the end of every line makes, and a spreadsheet thousands of
 * them: from the last to the first, which costs least. */
static clino_status drop_unnamed(clino__table *t, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = t->n; !status && i > t->n_own; i--) {
    table_column *c = &t->columns[i - 1];
    if (!c->series || !c->unnamed || clino_series_count(c->series) || c->texts) continue;
    status = clino_run_remove_series(t->reading->run, c->series, error);
    c->series = NULL;
  }
  return status;
}

clino_status clino__table_finish(clino__table *table, clino_error *error) {
  clino_status status = CLINO_OK;
  bool numbers = table->n_own > 0;
  size_t named = 0;
  for (size_t i = table->n_own; !status && i < table->n; i++) status = judge_text(table, &table->columns[i], error);
  for (size_t i = table->n_own; !status && i < table->n; i++)
    numbers = numbers || clino_series_count(table->columns[i].series) > 0;
  if (status) return status;
  for (size_t i = 0; i < table->n; i++) named += !table->columns[i].unnamed;
  /* A header without rows is a log that has just begun. */
  if (!numbers && (table->rows || named < 2)) {
    clino__fail(error, CLINO_ERR_FORMAT, "no training log: no column holds numbers");
    clino__error_at(error, table->reading->name, 1, 0);
    return CLINO_ERR_FORMAT;
  }
  if (!table->n_own) status = make_axis(table, error);
  return status ? status : drop_unnamed(table, error);
}
