#include "io/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "io/table_model.h"

clino_status clino__table_fail(const clino__table *t, size_t line, size_t byte, clino_error *error,
                               const char *format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  clino__fail(error, CLINO_ERR_FORMAT, "%s", message);
  clino__error_at(error, t->reading->name, line, byte);
  return CLINO_ERR_FORMAT;
}

/* ---- making ---- */

clino_status clino__table_new(const clino__reading *reading, bool own, clino__table **table, clino_error *error) {
  clino__table *t = calloc(1, sizeof *t);
  if (!t) return clino__fail_memory(error, "a table");
  *t = (clino__table){.reading = reading, .own = own, .per_epoch = NAN};
  clino_status status = clino_run_add_axis(reading->run, NULL, &t->axis, error);
  if (status) free(t);
  else *table = t;
  return status;
}

void clino__table_free(clino__table *table) {
  if (!table) return;
  for (size_t i = 0; i < table->n; i++) free(table->columns[i].name);
  free(table->columns);
  free(table->slots);
  free(table);
}

/* ---- columns by name: open addressing, FNV-1a (G. Fowler, L. C. Noll and P. Vo, 1991) ---- */

static size_t find_slot(const clino__table *t, const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  size_t mask = t->n_slots - 1, slot = (size_t)(hash ^ (hash >> 32)) & mask;
  while (t->slots[slot] && strcmp(t->columns[t->slots[slot] - 1].name, name) != 0) slot = (slot + 1) & mask;
  return slot;
}

static bool grow(clino__table *t) {
  if (t->n == t->capacity) {
    size_t capacity = t->capacity ? 2 * t->capacity : 16;
    clino__column *columns = realloc(t->columns, capacity * sizeof *columns);
    if (!columns) return false;
    t->columns = columns;
    t->capacity = capacity;
  }
  if (2 * (t->n + 1) <= t->n_slots) return true;
  size_t n_slots = t->n_slots ? 2 * t->n_slots : 64;
  uint32_t *slots = calloc(n_slots, sizeof *slots);
  if (!slots) return false;
  free(t->slots);
  t->slots = slots;
  t->n_slots = n_slots;
  for (size_t i = 0; i < t->n; i++) {
    size_t slot = find_slot(t, t->columns[i].name);
    if (!slots[slot]) slots[slot] = (uint32_t)(i + 1);
  }
  return true;
}

/* The name in UTF-8: where it is not, every byte is a character of Latin-1. */
static char *clean_name(const char *name, size_t number) {
  clino__text text = CLINO__TEXT_EMPTY;
  if (!*name) {
    clino__text_addf(&text, "column %zu", number);
  } else if (clino__is_utf8(name, strlen(name))) {
    clino__text_add(&text, name);
  } else {
    for (const char *p = name; *p; p++) {
      unsigned char c = (unsigned char)*p;
      char two[2] = {(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F))};
      clino__text_add_bytes(&text, c < 0x80 ? p : two, c < 0x80 ? 1 : 2);
    }
  }
  char *result = text.failed ? NULL : clino__strdup(clino__text_string(&text));
  clino__text_free(&text);
  return result;
}

clino_status clino__table_add_column(clino__table *t, const char *name, size_t *column, clino_error *error) {
  if (t->n == CLINO__MAX_COLUMNS)
    return clino__table_fail(t, 0, 0, error, "more than %d columns", CLINO__MAX_COLUMNS);
  clino__column c = {.name = NULL, .unnamed = !*name};
  c.name = grow(t) ? clean_name(name, t->n + 1) : NULL;
  if (!c.name) return clino__fail_memory(error, "a column");
  clino_status status =
      clino_run_add_series(t->reading->run, t->axis, c.name, NULL, CLINO_SERIES_SCALAR, &c.series, error);
  if (status) {
    free(c.name);
    return status;
  }
  *column = t->n;
  t->columns[t->n++] = c;
  size_t slot = find_slot(t, c.name);
  if (!t->slots[slot]) t->slots[slot] = (uint32_t)t->n;
  return CLINO_OK;
}

clino_status clino__table_find_column(clino__table *t, const char *name, size_t *column, clino_error *error) {
  uint32_t found = t->n_slots ? t->slots[find_slot(t, name)] : 0;
  if (!found) return clino__table_add_column(t, name, column, error);
  *column = found - 1;
  return CLINO_OK;
}

size_t clino__table_columns(const clino__table *table) { return table->n; }
size_t clino__table_rows(const clino__table *table) { return table->rows; }
const char *clino__table_name(const clino__table *table, size_t column) { return table->columns[column].name; }

/* ---- filling ---- */

clino_status clino__table_add_row(clino__table *table, int64_t step, double epoch, double time, clino_error *error) {
  clino_status status = table->own ? clino_axis_add_row(table->axis, step, epoch, time, error)
                                   : clino_axis_add_row(table->axis, (int64_t)table->rows, NAN, NAN, error);
  if (!status) table->rows++;
  return status;
}

clino_status clino__table_set(clino__table *table, size_t column, double value, clino_error *error) {
  clino__column *c = &table->columns[column];
  if (c->row == table->rows) return CLINO_OK;
  c->row = table->rows;
  return clino_series_set(c->series, value, error);
}

bool clino__table_is_set(const clino__table *table, size_t column) {
  return table->rows && table->columns[column].row == table->rows;
}

bool clino__table_first_text(const clino__table *table, size_t column) { return !table->columns[column].texts; }

void clino__table_text(clino__table *table, size_t column, const char *bytes, size_t size, size_t line, size_t byte) {
  clino__column *c = &table->columns[column];
  if (c->texts++) return;
  c->line = line;
  c->byte = byte;
  clino__sample(c->sample, bytes, size);
}

void clino__table_per_epoch(clino__table *table, double steps) {
  if (!(table->per_epoch >= steps)) table->per_epoch = steps;
}

void clino__table_beside(clino__table *table) { table->beside = true; }

void clino__table_misfit(clino__table *t, size_t line, size_t byte, const char *what) {
  if (t->misfits++) return;
  t->misfit_line = line;
  t->misfit_byte = byte;
  snprintf(t->misfit, sizeof t->misfit, "%s", what);
}

/* ---- deciding ---- */

/* One in fifty may be damaged: two processes that write one file cut each other's lines. */
static bool few(size_t bad, size_t good) { return bad * 50 <= good; }

static clino_status judge_misfits(const clino__table *t, clino_error *error) {
  if (!t->misfits) return CLINO_OK;
  if (!few(t->misfits, t->rows)) return clino__table_fail(t, t->misfit_line, t->misfit_byte, error, "%s", t->misfit);
  return clino__reading_note(t->reading, error, "%zu rows were left out, the first in line %zu: %s", t->misfits,
                             t->misfit_line, t->misfit);
}

/* A column whose cells are mostly text is a column of text: it stays in the run without points, and says why. Text in a
 * column of numbers is an error, since what it stood for cannot be known, unless it is rare. */
static clino_status judge_text(clino__table *t, clino__column *c, clino_error *error) {
  size_t numbers = clino_series_count(c->series);
  char name[CLINO__SAMPLE_SIZE];
  if (!c->texts) return CLINO_OK;
  clino__sample(name, c->name, strlen(c->name));
  if (few(c->texts, numbers))
    return clino__reading_note(t->reading, error, "column '%s': %zu cells are no numbers, the first in line %zu: '%s'",
                               name, c->texts, c->line, c->sample);
  if (c->texts <= numbers)
    return clino__table_fail(t, c->line, c->byte, error, "column '%s': '%s' is no number", name, c->sample);
  clino__text reason = CLINO__TEXT_EMPTY;
  clino__text_addf(&reason, "text: %zu of its %zu cells are no numbers, the first in line %zu: '%s'", c->texts,
                   c->texts + numbers, c->line, c->sample);
  clino_status status = reason.failed ? clino__fail_memory(error, "a reason")
                                      : clino_series_clear(c->series, clino__text_string(&reason), error);
  clino__text_free(&reason);
  return status;
}

/* Lists the first names for a message. */
static void list_names(const clino__table *t, char *out, size_t size) {
  size_t used = 0;
  *out = '\0';
  for (size_t i = 0; i < t->n && i < 4; i++) {
    char name[CLINO__SAMPLE_SIZE];
    clino__sample(name, t->columns[i].name, strlen(t->columns[i].name));
    int n = snprintf(out + used, size - used, "%s'%s'", i ? ", " : "", name);
    if (n < 0 || (size_t)n >= size - used) break;
    used += (size_t)n;
  }
  if (t->n > 4) snprintf(out + used, size - used, ", ...");
}

static clino_status apply_map(clino__table *t, clino_error *error) {
  const clino_read_options *o = t->reading->options;
  for (size_t m = 0; m < o->n_map; m++) {
    uint32_t found = t->n_slots ? t->slots[find_slot(t, o->map[m].column)] : 0;
    if (!found && t->beside) continue;
    if (!found) {
      char names[4 * CLINO__SAMPLE_SIZE + 32];
      list_names(t, names, sizeof names);
      return clino__table_fail(t, 0, 0, error, "there is no column '%s' to be %s (there are: %s)", o->map[m].column,
                               o->map[m].role, names);
    }
    t->columns[found - 1].mapped = o->map[m].role;
  }
  return CLINO_OK;
}

/* Attributes that stood in the log itself, in a line "#{json}": whoever writes such logs training. */
static bool has_attributes(const clino_run *run) {
  const char *key;
  for (size_t i = 0; (key = clino_run_attribute_at(run, i, NULL)) != NULL; i++)
    if (strcmp(key, CLINO__ATTRIBUTE_NOTES) != 0 && strcmp(key, "title") != 0) return true;
  return false;
}

/* Whether this is a training log: something is measured, and the names are those of training. */
static clino_status judge_kind(const clino__table *t, clino_error *error) {
  char names[4 * CLINO__SAMPLE_SIZE + 32];
  size_t numbers = 0, measured = 0, telling = 0, named = 0, mapped = 0;
  for (size_t i = 0; i < t->n; i++) {
    const clino__column *c = &t->columns[i];
    bool any = clino_series_count(c->series) > 0;
    numbers += any;
    measured += any && !clino__is_progress(c->name);
    telling += clino__is_telling(c->name);
    named += !c->unnamed;
    mapped += c->mapped != NULL;
  }
  list_names(t, names, sizeof names);
  bool begun = !t->rows && named > 1; /* a header without rows is a log that has just begun */
  if (!numbers && !begun) return clino__table_fail(t, 1, 0, error, "no training log: no column holds numbers");
  if (mapped || has_attributes(t->reading->run)) return CLINO_OK;
  if (!telling)
    return clino__table_fail(t, 1, 0, error,
                             "no training log: none of its columns (%s) is a step, a loss or a metric by its name; "
                             "--map train/loss=COLUMN says which is",
                             names);
  if (!measured && !begun)
    return clino__table_fail(t, 1, 0, error, "no training log: it counts progress (%s) and measures nothing", names);
  return CLINO_OK;
}

/* An unnamed column without any cell is what a separator at the end of every line makes, and a spreadsheet thousands of
 * them: from the last to the first, which costs least. */
static clino_status drop_unnamed(clino__table *t, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = t->n; !status && i > 0; i--) {
    clino__column *c = &t->columns[i - 1];
    if (!c->series || !c->unnamed || clino_series_count(c->series) || c->texts) continue;
    status = clino_run_remove_series(t->reading->run, c->series, error);
    c->series = NULL;
  }
  return status;
}

clino_status clino__table_finish(clino__table *table, clino_error *error) {
  clino_status status = judge_misfits(table, error);
  for (size_t i = 0; !status && i < table->n; i++) status = judge_text(table, &table->columns[i], error);
  if (!status) status = apply_map(table, error);
  if (!status && !table->own && !table->beside) status = judge_kind(table, error);
  if (!status && !table->own) status = clino__table_make_axis(table, error);
  if (!status) status = drop_unnamed(table, error);
  return status ? status : clino__table_name_series(table, error);
}
