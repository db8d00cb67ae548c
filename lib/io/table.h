/* A table of named columns, filled row by row, that becomes an axis and series of a run: what any reader of rows feeds.
 *
 * Columns may come at any time; a row sets some of them. Every column is a series while the table is read. At the end,
 * when all is known of them, the best columns that count steps, epochs and time become the axis, columns of text give
 * up their few numbers, and names become roles. */
#ifndef CLINO_IO_TABLE_H
#define CLINO_IO_TABLE_H

#include "io/cell.h"
#include "io/reader.h"

typedef struct clino__table clino__table;

/* More columns than this are an error. */
#define CLINO__MAX_COLUMNS 65536

/* Makes a table without columns. own: the rows' steps are given with them and all names are canonical, as in Clino's
 * own CSV; else both are found out. */
clino_status clino__table_new(const clino__reading *reading, bool own, clino__table **table, clino_error *error);
void clino__table_free(clino__table *table);

size_t clino__table_columns(const clino__table *table);
size_t clino__table_rows(const clino__table *table);
const char *clino__table_name(const clino__table *table, size_t column);

/* Adds a column; an empty name becomes "column N", N from 1. Bytes that are no UTF-8 are taken as Latin-1. */
clino_status clino__table_add_column(clino__table *table, const char *name, size_t *column, clino_error *error);

/* The column of that name, added where there is none. */
clino_status clino__table_find_column(clino__table *table, const char *name, size_t *column, clino_error *error);

/* Starts a row. step, epoch and time count only for a table with its own axis. */
clino_status clino__table_add_row(clino__table *table, int64_t step, double epoch, double time, clino_error *error);

/* Sets a cell of the last row; a cell that is set already keeps what it has. */
clino_status clino__table_set(clino__table *table, size_t column, double value, clino_error *error);

/* Whether the cell of the last row is set. */
bool clino__table_is_set(const clino__table *table, size_t column);

/* Whether the column had no text yet: then clino__table_text wants to know the place. */
bool clino__table_first_text(const clino__table *table, size_t column);
void clino__table_text(clino__table *table, size_t column, const char *bytes, size_t size, size_t line, size_t byte);

/* How many steps an epoch has, where the log says so and counts them anew in each. */
void clino__table_per_epoch(clino__table *table, double steps);

/* A piece of the log that should have been a row and is none, at a place: a few among many are noted, else it is an
 * error at the first. what: "3 cells in a table of 2 columns". */
void clino__table_misfit(clino__table *table, size_t line, size_t byte, const char *what);

/* The table stands beside one that was finished: it may be anything. Columns that are mapped may be in the other. */
void clino__table_beside(clino__table *table);

/* Decides what the columns are. CLINO_ERR_FORMAT where a column of numbers holds text or rows did not fit (with the
 * place), where this is no training log, where a column that was mapped is not there, or cannot count the steps. */
clino_status clino__table_finish(clino__table *table, clino_error *error);

#endif
