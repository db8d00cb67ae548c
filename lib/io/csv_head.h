/* What stands before the rows of a CSV: a byte order mark, lines "#{json}", a title, and the header, which shows the
 * separator. */
#ifndef CLINO_IO_CSV_HEAD_H
#define CLINO_IO_CSV_HEAD_H

#include <stdbool.h>

#include "io/reader.h"

typedef struct clino__csv_head {
  size_t byte, line; /* where the first record of the table starts; line is 1-based */
  char separator;
} clino__csv_head;

/* Looks at the first bytes of a CSV, all of them where whole, and sets the run's attributes. *complete is false where
 * more bytes are needed. Errors: CLINO_ERR_FORMAT with its place, CLINO_ERR_MEMORY. */
clino_status clino__csv_head_read(const clino__reading *reading, const char *bytes, size_t size, bool whole,
                                  clino__csv_head *head, bool *complete, clino_error *error);

#endif
