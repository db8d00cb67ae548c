/* A CSV that is being read: what its parts share. Private to read_csv.c and csv_columns.c. */
#ifndef CLINO_IO_CSV_H
#define CLINO_IO_CSV_H

#include <csv.h>

#include "io/csv_head.h"
#include "io/table.h"

typedef struct clino__csv_value {
  double value;
  size_t at, size; /* its bytes, in the record or in the text of a quoted one */
  clino__cell kind;
} clino__csv_value;

typedef struct clino__csv {
  clino__reading reading;
  clino__lines lines;
  clino__csv_head head;  /* until the table begins */
  clino__text comment;   /* the last line "# ..." before it, which may name the columns */
  bool started;
  char separator;
  struct csv_parser parser;
  bool parser_made, in_record; /* within a record that libcsv is being fed */
  bool record_ended;
  clino__text record;    /* what it was fed, for places */
  clino__text quoted;    /* its cells */
  clino__line line;      /* the first line of the record */
  clino__csv_value *cells;
  size_t n_cells, cells_capacity;
  clino__table *table;   /* NULL until the header is complete */
  size_t *columns, n_columns; /* of the current header: the table's column of each cell */
  size_t n_own;
  bool own_time;         /* the second of Clino's own two axis columns is the time */
  size_t prose, prose_line;
  clino_status status;   /* what a callback met */
  clino_error *error;
} clino__csv;

/* Gives the error that was just filled its place; CLINO_ERR_FORMAT. */
clino_status clino__csv_fail(clino__csv *s, size_t line, size_t byte);

/* The bytes of a cell of the record that is being looked at. */
const char *clino__csv_bytes(const clino__csv *s, const clino__csv_value *c);

/* A copy of them, terminated, on the heap; NULL where memory is out. */
char *clino__csv_name(const clino__csv *s, const clino__csv_value *c);

/* Where the i-th cell of the record stands, and the record itself for i past the last. */
void clino__csv_place(const clino__csv *s, size_t i, size_t *line, size_t *byte);

/* Makes columns of the record's cells; anew: it is a header further down, whose columns are those of the same name.
 * False where it is no header but the first row. Errors are in s->status. */
bool clino__csv_take_header(clino__csv *s, bool anew);

#endif
