/* NAME.extra.csv beside NAME.csv: series that appeared after the header of a growing log was written. */
#ifndef CLINO_IO_EXTRA_H
#define CLINO_IO_EXTRA_H

#include "io/reader.h"

/* Whether path is that of a log which may have such a file: NAME.csv. */
bool clino__is_csv_path(const char *path);

/* The path of the file beside it in *beside, on the heap; NULL there where path is no such log. False where memory is
 * out. */
bool clino__extra_path(const char *path, char **beside);

/* Adds the values of "step,series,value" in the file that stands beside path to the run, on an axis of their own; names
 * are taken as they are. Nothing where there is no such file. Errors as for clino_run_read. */
clino_status clino__extra_join(const char *path, clino_run *run, clino_error *error);

#endif
