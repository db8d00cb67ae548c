#include "io/extra.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cell.h"
#include "io/csv_head.h"
#include "io/file.h"

typedef struct extra {
  const char *path;
  clino_run *run;
  bool begun; /* the header was seen */
} extra;

/* The name in a cell, whose doubled quotes are single ones; NULL where memory is out. */
static char *copy_name(const char *bytes, size_t size) {
  char *name = malloc(size + 1);
  size_t n = 0;
  for (size_t i = 0; name && i < size; i++) {
    name[n++] = bytes[i];
    if (bytes[i] == '"' && i + 1 < size && bytes[i + 1] == '"') i++;
  }
  if (name) name[n] = '\0';
  return name;
}

static clino_status refuse(const extra *e, const clino__line *line, const char *what, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, e->path, line->number, line->byte);
  return CLINO_ERR_FORMAT;
}

static clino_status take_line(const clino__line *line, void *ctx, clino_error *error) {
  extra *e = ctx;
  const char *cell[4];
  size_t size[4], at = 0, n = 0;
  double step, value;
  if (!line->size) return CLINO_OK;
  while (n < 4 && clino__csv_cell(line->bytes, line->size, ',', &at, &cell[n], &size[n])) n++;
  if (!e->begun) {
    e->begun = true;
    bool header = line->size == 17 && memcmp(line->bytes, "step,series,value", 17) == 0;
    return header ? CLINO_OK : refuse(e, line, "the header is not \"step,series,value\"", error);
  }
  if (!line->end) return CLINO_OK; /* a row that is being written */
  if (n != 3 || !size[1] || clino__cell_read(cell[0], size[0], &step) != CLINO__CELL_NUMBER ||
      clino__cell_read(cell[2], size[2], &value) != CLINO__CELL_NUMBER || !(step >= -0x1p53 && step <= 0x1p53))
    return refuse(e, line, "a row is not \"step,series,value\"", error);
  char *name = copy_name(cell[1], size[1]);
  if (!name) return clino__fail_memory(error, "a name");
  clino_status status = clino_run_add(e->run, name, (int64_t)step, value, error);
  free(name);
  return status;
}

static clino_status read_all(FILE *file, extra *e, clino_error *error) {
  char buffer[16384];
  clino__lines lines;
  clino_status status = CLINO_OK;
  clino__lines_init(&lines, e->path, take_line, e);
  for (size_t n; !status && (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
    status = clino__lines_feed(&lines, buffer, n, error);
  if (!status && ferror(file)) status = clino__fail_file(error, "read", e->path, errno);
  if (!status) status = clino__lines_finish(&lines, error);
  clino__lines_free(&lines);
  return status;
}

static const char csv_end[] = ".csv", extra_end[] = ".extra.csv";

bool clino__is_csv_path(const char *path) {
  const size_t n = strlen(path), m = sizeof csv_end - 1;
  return n > m && strcmp(path + n - m, csv_end) == 0;
}

bool clino__extra_path(const char *path, char **beside) {
  *beside = NULL;
  if (!clino__is_csv_path(path)) return true;
  const size_t stem = strlen(path) - (sizeof csv_end - 1);
  *beside = malloc(stem + sizeof extra_end);
  if (!*beside) return false;
  memcpy(*beside, path, stem);
  memcpy(*beside + stem, extra_end, sizeof extra_end);
  return true;
}

clino_status clino__extra_join(const char *path, clino_run *run, clino_error *error) {
  char *beside;
  if (!clino__extra_path(path, &beside)) return clino__fail_memory(error, "a path");
  if (!beside) return CLINO_OK;
  errno = 0;
  FILE *file = fopen(beside, "rb");
  clino_status status = CLINO_OK;
  extra e = {beside, run, false};
  if (file) status = read_all(file, &e, error);
  else if (errno != ENOENT && errno != ENAMETOOLONG) status = clino__fail_file(error, "read", beside, errno);
  if (file) fclose(file);
  free(beside);
  return status;
}
