/* The columns of a log in Clino's CSV that rows are appended to: those of its header, and the series that came after
 * it, which go to the file beside it (extra.h). */
#ifndef CLINO_IO_CSV_LAYOUT_H
#define CLINO_IO_CSV_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

typedef struct clino__csv_layout {
  bool epoch, time;    /* axis columns beside the step */
  char **names;        /* of series, the header's first */
  size_t n, capacity, n_header;
} clino__csv_layout;

/* Adds a name, which is copied; false where memory is out. */
bool clino__csv_layout_add(clino__csv_layout *layout, const char *name);

/* The index of a name, SIZE_MAX where there is none; looked for from hint on, where the names of a row mostly stand one
 * behind the other. */
size_t clino__csv_layout_find(const clino__csv_layout *layout, const char *name, size_t hint);

/* Adds the head of a log with the columns there are: its attributes and its header, two lines. */
void clino__csv_layout_write(const clino__csv_layout *layout, clino__text *text);

/* Reads the head of a log of size bytes into an empty layout. *complete: it is whole. CLINO_ERR_FORMAT where the log
 * is not one that was begun so. */
clino_status clino__csv_layout_read(clino__csv_layout *layout, int fd, const char *path, size_t size, bool *complete,
                                    clino_error *error);

void clino__csv_layout_free(clino__csv_layout *layout);

#endif
