/* The inside of a table. Private to table*.c. */
#ifndef CLINO_IO_TABLE_MODEL_H
#define CLINO_IO_TABLE_MODEL_H

#include "io/roles.h"
#include "io/table.h"

typedef struct clino__column {
  char *name;           /* the log's own, "column 3" where it has none */
  clino_series *series; /* NULL once it became part of the axis, or was dropped */
  const char *mapped;   /* the role that the options give it, or NULL */
  size_t row;           /* number of the last row that it was set in, from 1 */
  size_t texts;         /* cells that are no numbers */
  size_t line, byte;    /* the first of them */
  bool unnamed;
  char sample[CLINO__SAMPLE_SIZE];
} clino__column;

struct clino__table {
  const clino__reading *reading;
  clino_axis *axis;
  clino__column *columns;
  uint32_t *slots; /* hash table of columns by name: index plus 1 */
  size_t n, capacity, n_slots, rows;
  double per_epoch; /* NaN where the log does not say */
  bool own, beside;
  size_t misfits, misfit_line, misfit_byte;
  char misfit[120];
};

clino_status clino__table_fail(const clino__table *t, size_t line, size_t byte, clino_error *error,
                               const char *format, ...) CLINO__PRINTF(5, 6);

/* table_axis.c: makes steps, epochs and times of the columns that count them, and takes these out of the series. */
clino_status clino__table_make_axis(clino__table *t, clino_error *error);

/* table_roles.c: names the series that are left. */
clino_status clino__table_name_series(clino__table *t, clino_error *error);

#endif
