#include "io/entries.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/file.h"

static size_t digits(const char *p) {
  size_t n = 0;
  while (clino__is_digit(p[n])) n++;
  return n;
}

int clino__compare_names(const char *a, const char *b) {
  const char *p = a, *q = b;
  while (*p && *q) {
    size_t n = digits(p), m = digits(q);
    if (n && m) {
      const char *x = p + n, *y = q + m;
      while (n > 1 && *p == '0') p++, n--;
      while (m > 1 && *q == '0') q++, m--;
      int order = n != m ? (n < m ? -1 : 1) : strncmp(p, q, n);
      if (order) return order;
      p = x;
      q = y;
    } else if (*p != *q) {
      return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
    } else {
      p++, q++;
    }
  }
  return *p ? 1 : *q ? -1 : strcmp(a, b);
}

static int compare_entries(const void *a, const void *b) {
  return clino__compare_names(((const clino__entry *)a)->name, ((const clino__entry *)b)->name);
}

char *clino__path_join(const char *folder, const char *name) {
  size_t n = strlen(folder), size = n + strlen(name) + 2;
  char *path = malloc(size);
  if (!path) return NULL;
  memcpy(path, folder, n);
  if (n && folder[n - 1] != '/') path[n++] = '/';
  strcpy(path + n, name);
  return path;
}

bool clino__is_folder(const char *path) {
  struct stat info;
  return strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static clino_status add(clino__entries *e, const char *folder, const char *name, clino_error *error) {
  struct stat own, info;
  char *path = clino__path_join(folder, name);
  if (!path) return clino__fail_memory(error, "the entries of a folder");
  bool there = lstat(path, &own) == 0 && stat(path, &info) == 0;
  free(path);
  if (!there || (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))) return CLINO_OK;
  if (e->n == e->capacity) {
    size_t capacity = e->capacity ? 2 * e->capacity : 16;
    clino__entry *grown = realloc(e->items, capacity * sizeof *grown);
    if (!grown) return clino__fail_memory(error, "the entries of a folder");
    e->items = grown;
    e->capacity = capacity;
  }
  char *copy = clino__strdup(name);
  if (!copy) return clino__fail_memory(error, "the entries of a folder");
  e->items[e->n++] = (clino__entry){copy, S_ISDIR(info.st_mode), S_ISLNK(own.st_mode), (uint64_t)info.st_size};
  return CLINO_OK;
}

clino_status clino__entries_read(const char *path, clino__entries *entries, clino_error *error) {
  *entries = (clino__entries){NULL, 0, 0};
  DIR *folder = opendir(path);
  if (!folder) return clino__fail_file(error, "read", path, errno);
  clino_status status = CLINO_OK;
  while (!status) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    if (!entry) {
      if (errno) status = clino__fail_file(error, "read", path, errno);
      break;
    }
    if (entry->d_name[0] != '.') status = add(entries, path, entry->d_name, error);
  }
  closedir(folder);
  if (!status && entries->n) qsort(entries->items, entries->n, sizeof *entries->items, compare_entries);
  return status;
}

void clino__entries_free(clino__entries *entries) {
  for (size_t i = 0; i < entries->n; i++) free(entries->items[i].name);
  free(entries->items);
}

const clino__entry *clino__entries_find(const clino__entries *entries, const char *name) {
  for (size_t i = 0; i < entries->n; i++)
    if (strcmp(entries->items[i].name, name) == 0) return &entries->items[i];
  return NULL;
}
