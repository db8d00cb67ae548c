/* What a folder holds, sorted as people number things. */
#ifndef CLINO_IO_ENTRIES_H
#define CLINO_IO_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct clino__entry {
  char *name;
  bool folder, link; /* link: reached through a symbolic link */
  uint64_t size;
} clino__entry;

typedef struct clino__entries {
  clino__entry *items;
  size_t n, capacity;
} clino__entries;

/* The files and folders in the folder at path: no hidden ones, no links that lead nowhere, no devices and pipes.
 * CLINO_ERR_IO, CLINO_ERR_MEMORY; *entries is to be freed in any case. */
clino_status clino__entries_read(const char *path, clino__entries *entries, clino_error *error);
void clino__entries_free(clino__entries *entries);

/* The entry of a name, NULL where there is none. */
const clino__entry *clino__entries_find(const clino__entries *entries, const char *name);

/* As strcmp, but "version_2" comes before "version_10". */
int clino__compare_names(const char *a, const char *b);

bool clino__is_folder(const char *path);

/* "FOLDER/NAME" on the heap; NULL where memory is out. */
char *clino__path_join(const char *folder, const char *name);

#endif
