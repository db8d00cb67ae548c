/* A table of named columns, filled row by row, that becomes an axis and series of a run: what any reader of rows feeds.
 *
 * Every column is a series while the table is read. At the end, when all is known of them, the best columns that count
 * steps, epochs and time become the axis, and columns of text give up their few numbers. */
#ifndef CLINO_IO_TABLE_H
#define CLINO_IO_TABLE_H

#include <stdbool.h>

#include "io/reader.h"

typedef struct clino__table clino__table;

typedef enum clino__cell { CLINO__CELL_MISSING, CLINO__CELL_NUMBER, CLINO__CELL_TEXT } clino__cell;

/* What a cell holds: nothing (blank, "-", or in any case NA, N/A, None, null), a number, or text. */
clino__cell clino__cell_read(const char *bytes, size_t size, double *value);

/* Makes a table with the columns of a log. The first n_own columns are Clino's own axis columns ("step", "epoch",
 * "time") and all names canonical; with n_own 0 both are found out. */
clino_status clino__table_new(const clino__reading *reading, const char *const *names, size_t n, size_t n_own,
                              clino__table **table, clino_error *error);
void clino__table_free(clino__table *table);

size_t clino__table_columns(const clino__table *table);
const char *clino__table_name(const clino__table *table, size_t column);

/* Starts a row. step, epoch and time count only for a table with own axis columns. */
clino_status clino__table_add_row(clino__table *table, int64_t step, double epoch, double time, clino_error *error);

clino_status clino__table_set(clino__table *table, size_t column, double value, clino_error *error);

/* Whether the column had no text yet: then clino__table_text wants to know the place. */
bool clino__table_first_text(const clino__table *table, size_t column);
void clino__table_text(clino__table *table, size_t column, const char *bytes, size_t size, size_t line, size_t byte);

/* Decides what the columns are. CLINO_ERR_FORMAT where a column of numbers holds text (with its place), where no column
 * holds numbers, or where a column that was mapped to the step does not count. */
clino_status clino__table_finish(clino__table *table, clino_error *error);

bool clino__is_utf8(const char *bytes, size_t size);

/* At most 40 bytes of a cell or name for a message: printable, whole UTF-8 characters. */
#define CLINO__SAMPLE_SIZE 44
void clino__sample(char out[CLINO__SAMPLE_SIZE], const char *bytes, size_t size);

#endif
