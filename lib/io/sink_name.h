/* What the sinks of clino/io.h share. */
#ifndef CLINO_IO_SINK_NAME_H
#define CLINO_IO_SINK_NAME_H

#include "base/error.h"

/* CLINO_ERR_RANGE where the name of a series is NULL, empty or not UTF-8. */
clino_status clino__check_sink_name(const char *name, clino_error *error);

#endif
