/* NAME.extra.csv beside NAME.csv: series that appeared after the header of a growing log was written. */
#ifndef CLINO_IO_EXTRA_H
#define CLINO_IO_EXTRA_H

#include "io/reader.h"

/* Adds the values of "step,series,value" in the file that stands beside path to the run, on an axis of their own; names
 * are taken as they are. Nothing where there is no such file. Errors as for clino_run_read. */
clino_status clino__extra_join(const char *path, clino_run *run, clino_error *error);

#endif
