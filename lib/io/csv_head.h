/* What stands before the rows of a CSV: a byte order mark, lines "#{json}", a title, and the header, which shows the
 * separator. */
#ifndef CLINO_IO_CSV_HEAD_H
#define CLINO_IO_CSV_HEAD_H

#include <stdbool.h>

#include "io/reader.h"

#define CLINO__SEPARATORS 3

/* A record of the head, as far as it was looked at. */
typedef struct clino__csv_record {
  size_t start, end;
  bool quoted;                     /* at end */
  size_t found[CLINO__SEPARATORS]; /* outside quotes */
} clino__csv_record;

/* A zeroed one is at the start. */
typedef struct clino__csv_head {
  size_t byte, line; /* where the first record of the table starts; line is 1-based */
  char separator;
  clino__csv_record first, second; /* the header; or a title and the header */
} clino__csv_head;

/* Looks at the first bytes of a CSV, all of them where whole, and sets the run's attributes. *complete is false where
 * more bytes are needed: then it is called again with these and more, and goes on where *head stands. Errors:
 * CLINO_ERR_FORMAT with its place, CLINO_ERR_MEMORY. */
clino_status clino__csv_head_read(const clino__reading *reading, const char *bytes, size_t size, bool whole,
                                  clino__csv_head *head, bool *complete, clino_error *error);

#endif
