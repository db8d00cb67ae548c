/* Files: errors of the system as clino_error, and output that appears whole or not at all. */
#ifndef CLINO_IO_FILE_H
#define CLINO_IO_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* CLINO_ERR_IO "cannot VERB: REASON" with path as the file, from an errno value; CLINO_ERR_MEMORY for
 * ENOMEM. */
clino_status clino__fail_file(clino_error *error, const char *verb, const char *path, int number);

/* A file under construction: written beside its place and renamed onto it when it is whole, so that a reader never sees
 * half of it. "-" is standard output; what is no regular file (a device, a pipe) is written directly. */
typedef struct clino__output {
  FILE *stream;
  const char *path;      /* as given */
  char *target, *beside; /* the file itself, through links, and the one that is to replace it; NULL where written
                            directly */
  bool standard;
} clino__output;

clino_status clino__output_open(clino__output *out, const char *path, clino_error *error);

/* Writes; CLINO_ERR_IO with the system's reason. */
clino_status clino__output_write(clino__output *out, const char *bytes, size_t size, clino_error *error);

/* Ends it: with status CLINO_OK the file is completed and put in its place, otherwise it is removed. Returns status, or
 * what went wrong in completing it. */
clino_status clino__output_close(clino__output *out, clino_status status, clino_error *error);

#endif
