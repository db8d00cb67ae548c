/* A log that is appended to record by record, each by one write: what was written before a process died is there. One
 * writer at a time, by a lock of the system that ends with its process. */
#ifndef CLINO_IO_LOG_FILE_H
#define CLINO_IO_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct clino__log_file {
  int fd;
  char *path;    /* as given */
  size_t size;   /* bytes of whole records */
  bool regular;  /* no pipe or device */
  bool resumed;  /* there were records before it was opened */
  bool torn;     /* a record was written in part and could not be taken back */
} clino__log_file;

/* Opens a log of lines for appending, made where it is not there; a last line without its end, which a killed process
 * left, is cut off. CLINO_ERR_IO where another process (or sink) writes it, or the system refuses. */
clino_status clino__log_file_open(clino__log_file *log, const char *path, clino_error *error);

/* Writes one record. After an error (a full disk, say) the log holds the records before it and no part of this one, and
 * the next one is tried anew. */
clino_status clino__log_file_append(clino__log_file *log, const char *bytes, size_t size, clino_error *error);

clino_status clino__log_file_flush(clino__log_file *log, clino_error *error);

clino_status clino__log_file_close(clino__log_file *log, clino_error *error);

#endif
