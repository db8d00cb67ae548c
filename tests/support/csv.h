/* What the tests of CSV share: logs in memory, and runs as text. */
#ifndef TESTS_SUPPORT_CSV_H
#define TESTS_SUPPORT_CSV_H

#include <stddef.h>

#include "clino/io.h"

/* Reads size bytes of a log in chunks of at most chunk. */
clino_status read_sized(const char *text, size_t size, size_t chunk, clino_run **run, clino_error *error);

/* Reads a log that must be good. */
clino_run *read_text(const char *text);

/* A run as text in out, which has room for it: doubles as their bits. */
void dump(const clino_run *run, char *out, size_t room);

/* The series of a name, which must be there with so many points. */
const clino_series *series(const clino_run *run, const char *name, size_t points);

void write_file(const char *path, const char *text);

#endif
