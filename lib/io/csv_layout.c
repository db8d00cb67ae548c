#include "io/csv_layout.h"

#include <csv.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/attributes.h"
#include "io/csv_name.h"
#include "io/file.h"

#define MAX_HEAD_BYTES ((size_t)16 << 20)

static const char beginning[] = "#{\"" CLINO__ATTRIBUTE_OWN "\":\"step";

/* ---- names ---- */

bool clino__csv_layout_add(clino__csv_layout *layout, const char *name) {
  if (layout->n == layout->capacity) {
    size_t capacity = layout->capacity ? 2 * layout->capacity : 32;
    char **names = realloc((void *)layout->names, capacity * sizeof *names);
    if (!names) return false;
    layout->names = names;
    layout->capacity = capacity;
  }
  layout->names[layout->n] = clino__strdup(name);
  return layout->names[layout->n] != NULL && ++layout->n;
}

size_t clino__csv_layout_find(const clino__csv_layout *layout, const char *name, size_t hint) {
  for (size_t i = 0; i < layout->n; i++) {
    size_t at = hint + i < layout->n ? hint + i : (hint + i) % layout->n;
    if (strcmp(layout->names[at], name) == 0) return at;
  }
  return SIZE_MAX;
}

void clino__csv_layout_free(clino__csv_layout *layout) {
  for (size_t i = 0; i < layout->n; i++) free(layout->names[i]);
  free((void *)layout->names);
  *layout = (clino__csv_layout){.names = NULL};
}

static void axis_names(const clino__csv_layout *layout, clino__text *text) {
  clino__text_addf(text, "step%s%s", layout->epoch ? ",epoch" : "", layout->time ? ",time" : "");
}

void clino__csv_layout_write(const clino__csv_layout *layout, clino__text *text) {
  clino__text_add(text, "#{\"" CLINO__ATTRIBUTE_OWN "\":\"");
  axis_names(layout, text);
  clino__text_add(text, "\"}\n");
  axis_names(layout, text);
  for (size_t i = 0; i < layout->n_header; i++) {
    clino__text_add(text, ",");
    clino__csv_add_name(text, layout->names[i]);
  }
  clino__text_add(text, "\n");
}

/* ---- reading a head ---- */

typedef struct head {
  clino__csv_layout all; /* the cells of the header */
  bool done, failed;
} head;

static void on_cell(void *bytes, size_t size, void *ctx) {
  head *h = ctx;
  char *name = h->done || h->failed ? NULL : malloc(size + 1);
  if (h->done || h->failed) return;
  if (name && size) memcpy(name, bytes, size);
  if (name) name[size] = '\0';
  h->failed = !name || !clino__csv_layout_add(&h->all, name);
  free(name);
}

static void on_end(int end, void *ctx) {
  (void)end;
  ((head *)ctx)->done = true;
}

static clino_status refuse(const char *path, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "this is no log in Clino's CSV, whose first line is #{\"%s\":\"step...\"}: rows "
              "cannot be appended to it; give the log another name", CLINO__ATTRIBUTE_OWN);
  clino__error_at(error, path, 1, 0);
  return CLINO_ERR_FORMAT;
}

/* Splits the header into the axis columns, which own lists, and the series. */
static clino_status take_header(clino__csv_layout *layout, const head *h, const char *own, const char *path,
                                clino_error *error) {
  static const char *const axes[] = {"step", "step,epoch", "step,time", "step,epoch,time"};
  clino__text text = CLINO__TEXT_EMPTY;
  size_t n_axis = 0;
  bool known = false, ok = true;
  for (size_t i = 0; i < 4; i++) {
    if (strcmp(own, axes[i]) != 0) continue;
    known = true;
    layout->epoch = i & 1;
    layout->time = i & 2;
    n_axis = (size_t)1 + layout->epoch + layout->time;
  }
  for (size_t i = 0; i < n_axis && i < h->all.n; i++) clino__text_addf(&text, "%s%s", i ? "," : "", h->all.names[i]);
  if (known && strcmp(clino__text_string(&text), own) != 0) known = false;
  ok = !text.failed;
  clino__text_free(&text);
  for (size_t i = n_axis; known && ok && i < h->all.n; i++) ok = clino__csv_layout_add(layout, h->all.names[i]);
  layout->n_header = layout->n;
  return !ok ? clino__fail_memory(error, "the columns of a log") : known ? CLINO_OK : refuse(path, error);
}

/* The header through libcsv, from the byte behind the first line on. */
static clino_status parse_header(clino__csv_layout *layout, const char *bytes, size_t size, const char *own,
                                 const char *path, bool *complete, clino_error *error) {
  struct csv_parser parser;
  head h = {.done = false};
  if (csv_init(&parser, CSV_STRICT) != 0) return clino__fail_memory(error, "a CSV parser");
  size_t fed = csv_parse(&parser, bytes, size, on_cell, on_end, &h);
  const bool memory = h.failed || (fed < size && csv_error(&parser) != CSV_EPARSE);
  *complete = h.done;
  csv_free(&parser);
  clino_status status = memory    ? clino__fail_memory(error, "the columns of a log")
                        : h.done ? take_header(layout, &h, own, path, error)
                                 : CLINO_OK;
  if (!memory && !h.done && fed < size) status = refuse(path, error);
  clino__csv_layout_free(&h.all);
  return status;
}

/* The head is in bytes, which may go on behind it. The attribute is the first of its line. */
static clino_status parse_head(clino__csv_layout *layout, const char *bytes, size_t size, const char *path,
                               bool *complete, clino_error *error) {
  const size_t least = size < sizeof beginning - 1 ? size : sizeof beginning - 1;
  if (memcmp(bytes, beginning, least) != 0) return refuse(path, error);
  const char *end = memchr(bytes, '\n', size), *from = bytes + sizeof beginning - 1 - (sizeof "step" - 1);
  *complete = false;
  if (!end) return CLINO_OK;
  char own[32] = "";
  const char *quote = memchr(from, '"', (size_t)(end - from));
  if (!quote || (size_t)(quote - from) >= sizeof own) return refuse(path, error);
  memcpy(own, from, (size_t)(quote - from));
  return parse_header(layout, end + 1, size - (size_t)(end + 1 - bytes), own, path, complete, error);
}

clino_status clino__csv_layout_read(clino__csv_layout *layout, int fd, const char *path, size_t size, bool *complete,
                                    clino_error *error) {
  for (size_t room = 4096;; room *= 4) {
    const size_t n = size < room ? size : room;
    char *bytes = malloc(n);
    if (!bytes) return clino__fail_memory(error, "the head of a log");
    const ssize_t got = pread(fd, bytes, n, 0);
    clino_status status = got == (ssize_t)n ? parse_head(layout, bytes, n, path, complete, error)
                                            : clino__fail_file(error, "read", path, got < 0 ? errno : EIO);
    free(bytes);
    if (status || *complete || n == size) return status;
    if (room >= MAX_HEAD_BYTES) return refuse(path, error);
  }
}
