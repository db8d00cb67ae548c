/* Where a log's bytes come from: a file, standard input or memory, each of them perhaps compressed by gzip, which is
 * found from the first bytes. */
#ifndef CLINO_IO_SOURCE_H
#define CLINO_IO_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct clino__source {
  const char *name;
  int fd;                /* -1: memory */
  const char *memory;
  size_t size, position; /* of memory */
  uint64_t total;        /* bytes of the file or the memory; 0 where unknown */
  uint64_t done;         /* of these, what was taken */
  bool begun, ended, cut; /* cut: compressed, and ends too early */
  bool standard;         /* the descriptor is not ours to close */
  unsigned char first[2]; /* read to find out what it is; handed out from next on */
  size_t n_first, next;
  struct clino__gunzip *gunzip; /* NULL: not compressed */
} clino__source;

/* Opens the file at path ("-": standard input). CLINO_ERR_IO, also for a folder. */
clino_status clino__source_open(clino__source *source, const char *path, clino_error *error);

/* A source of size bytes in memory. */
void clino__source_memory(clino__source *source, const char *name, const void *data, size_t size);

/* The next bytes, decompressed, at most room: *bytes points to them, into buffer or elsewhere. *got is 0 at the end
 * alone. CLINO_ERR_IO; CLINO_ERR_FORMAT where compressed data are damaged, or expand as no log does. */
clino_status clino__source_take(clino__source *source, char *buffer, size_t room, const char **bytes, size_t *got,
                                clino_error *error);

void clino__source_close(clino__source *source);

#endif
