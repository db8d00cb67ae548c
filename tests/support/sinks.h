/* The formats of logs that rows are appended to, for tests that go over all of them. */
#ifndef TESTS_SUPPORT_SINKS_H
#define TESTS_SUPPORT_SINKS_H

#include <stdbool.h>

#include "clino/io.h"

typedef struct sink_format {
  const char *name, *end; /* end: of a path */
  bool single;            /* numbers in single precision */
  clino_status (*open)(const char *path, clino_run_sink **sink, clino_error *error);
} sink_format;

enum { SINK_FORMATS = 3 };
extern const sink_format sink_formats[SINK_FORMATS];

/* The path of a log that is not there yet; valid until the next call. */
const char *new_log(const sink_format *format);

/* Removes it, and what may stand beside it. */
void remove_log(const char *path);

/* Opened, or the test fails. */
clino_run_sink *open_log(const sink_format *format, const char *path);

/* The run in a log; NULL and a failed test where it cannot be read. */
clino_run *read_log(const char *path);

/* The number as the format holds it. */
double held(const sink_format *format, double value);

#endif
