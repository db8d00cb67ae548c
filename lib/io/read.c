/* Reading a run: opens what holds the log, finds the reader that fits its first bytes, and feeds it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/reader.h"

static const clino__reader *const readers[] = {
#define READER(name) &clino__reader_##name,
#include "io/reader_list.h"
#undef READER
};

#define N_READERS (sizeof readers / sizeof readers[0])

#define DEFAULT_CHUNK_BYTES 262144
#define MAX_CHUNK_BYTES ((size_t)1 << 30)

size_t clino_format_count(void) { return N_READERS; }
const clino_format *clino_format_at(size_t i) { return i < N_READERS ? &readers[i]->format : NULL; }

clino_read_options clino_read_options_default(void) {
  clino_read_options o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.chunk_bytes = DEFAULT_CHUNK_BYTES;
  return o;
}

static clino_status check_options(const clino_read_options *o, clino_error *error) {
  static const char type[] = "clino_read_options";
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, type, error);
  if (status) return status;
  if (!o->chunk_bytes || o->chunk_bytes > MAX_CHUNK_BYTES)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.chunk_bytes is %zu, not 1 to %zu", type, o->chunk_bytes,
                       MAX_CHUNK_BYTES);
  if (o->n_map && !o->map)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.map is NULL, but n_map is %zu", type, o->n_map);
  for (size_t i = 0; i < o->n_map; i++)
    if (!o->map[i].role || !*o->map[i].role || !o->map[i].column)
      return clino__fail(error, CLINO_ERR_RANGE, "%s.map[%zu] lacks a role or a column", type, i);
  return CLINO_OK;
}

/* Where the bytes come from: a file descriptor, or memory where fd is -1. */
typedef struct source {
  const char *name;
  int fd;
  const char *memory;
  size_t size, position; /* of memory */
  uint64_t total;        /* 0 where unknown */
} source;

/* The next bytes, at most room; memory is handed out in place, a file is read into buffer. *got is 0 at the end. */
static clino_status take(source *from, char *buffer, size_t room, const char **bytes, size_t *got, clino_error *error) {
  if (from->fd < 0) {
    size_t left = from->size - from->position;
    *bytes = from->memory + from->position;
    *got = left < room ? left : room;
    from->position += *got;
    return CLINO_OK;
  }
  ssize_t n;
  do n = read(from->fd, buffer, room);
  while (n < 0 && errno == EINTR);
  if (n < 0) return clino__fail_file(error, "read", from->name, errno);
  *bytes = buffer;
  *got = (size_t)n;
  return CLINO_OK;
}

/* Reads from the source until the buffer holds what a probe needs, or the source ends. */
static clino_status take_head(source *from, char *head, size_t *size, clino_error *error) {
  clino_status status = CLINO_OK;
  const char *bytes = head;
  size_t got = 1;
  for (*size = 0; !status && got && *size < CLINO__PROBE_BYTES; *size += got) {
    status = take(from, head + *size, CLINO__PROBE_BYTES - *size, &bytes, &got, error);
    if (!status && got && bytes != head + *size) memcpy(head + *size, bytes, got);
    if (status) got = 0;
  }
  return status;
}

static clino_status find_reader(const char *name, const char *head, size_t size, const clino__reader **reader,
                                clino_error *error) {
  int best = 0;
  *reader = NULL;
  for (size_t i = 0; i < N_READERS; i++) {
    int score = readers[i]->probe(head, size);
    if (score <= best) continue;
    best = score;
    *reader = readers[i];
  }
  if (*reader) return CLINO_OK;
  const char *nul = size ? memchr(head, '\0', size) : NULL;
  size_t at = nul ? (size_t)(nul - head) : 0, line = 1;
  for (size_t i = 0; i < at; i++) line += head[i] == '\n';
  bool wide = size >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0);
  const char *why = !size ? "the log is empty"
                    : wide ? "UTF-16 text, as PowerShell writes it: convert it to UTF-8"
                    : nul ? "binary, in no format that is known"
                          : "in no format that is known";
  clino__fail(error, CLINO_ERR_FORMAT, "%s", why);
  clino__error_at(error, name, line, at);
  return CLINO_ERR_FORMAT;
}

/* Feeds the head and then the rest, in pieces of at most chunk_bytes. */
static clino_status feed_all(source *from, const clino__reader *reader, void *state, const clino_read_options *o,
                             const char *head, size_t head_size, clino_error *error) {
  char *buffer = from->fd < 0 ? NULL : malloc(o->chunk_bytes);
  if (from->fd >= 0 && !buffer) return clino__fail_memory(error, "a buffer");
  clino_status status = CLINO_OK;
  uint64_t done = 0;
  for (;;) {
    const char *bytes = head;
    size_t got = head_size < o->chunk_bytes ? head_size : o->chunk_bytes;
    head += got;
    head_size -= got;
    if (!got) status = take(from, buffer, o->chunk_bytes, &bytes, &got, error);
    if (status || !got) break;
    status = reader->feed(state, bytes, got, error);
    done += got;
    if (!status && o->progress && o->progress(done, from->total, o->ctx) != 0) {
      status = clino__fail(error, CLINO_ERR_CANCELLED, "reading was cancelled");
      clino__error_at(error, from->name, 0, (size_t)done);
    }
    if (status) break;
  }
  free(buffer);
  return status ? status : reader->finish(state, error);
}

static clino_status read_after(source *from, char *head, const clino_read_options *o, clino_run **run,
                               const clino_format **format, clino_error *error) {
  size_t size = 0;
  const clino__reader *reader = NULL;
  void *state = NULL;
  clino_status status = take_head(from, head, &size, error);
  if (!status) status = find_reader(from->name, head, size, &reader, error);
  if (!status) status = clino_run_new(run, error);
  if (status) return status;
  clino__reading reading = {*run, from->name, o};
  status = reader->open(&reading, &state, error);
  if (!status) {
    status = feed_all(from, reader, state, o, head, size, error);
    reader->close(state);
  }
  if (status) {
    clino_run_free(*run);
    *run = NULL;
    return status;
  }
  if (format) *format = &reader->format;
  return CLINO_OK;
}

static clino_status read_source(source *from, const clino_read_options *o, clino_run **run, const clino_format **format,
                                clino_error *error) {
  char *head = malloc(CLINO__PROBE_BYTES);
  if (!head) return clino__fail_memory(error, "a buffer");
  clino_status status = read_after(from, head, o, run, format, error);
  free(head);
  return status;
}

/* The options to use, and outputs that are safe to look at after an error. */
static clino_status prepare(const void *what, const clino_read_options **options, clino_read_options *defaults,
                            clino_run **run, const clino_format **format, clino_error *error) {
  if (run) *run = NULL;
  if (format) *format = NULL;
  if (!run || !what) return clino__fail(error, CLINO_ERR_RANGE, "reading a run: a parameter is NULL");
  *defaults = clino_read_options_default();
  if (!*options) *options = defaults;
  return check_options(*options, error);
}

clino_status clino_run_read(const char *path, const clino_read_options *options, clino_run **run,
                            const clino_format **format, clino_error *error) {
  clino_read_options defaults;
  clino_status status = prepare(path, &options, &defaults, run, format, error);
  if (status) return status;
  source from = {.name = path, .fd = STDIN_FILENO};
  bool standard = strcmp(path, "-") == 0;
  if (!standard) from.fd = open(path, O_RDONLY | O_CLOEXEC);
  if (from.fd < 0) return clino__fail_file(error, "read", path, errno);
  struct stat info;
  if (fstat(from.fd, &info) != 0) status = clino__fail_file(error, "read", path, errno);
  else if (S_ISDIR(info.st_mode)) status = clino__fail_file(error, "read", path, EISDIR);
  else if (S_ISREG(info.st_mode) && info.st_size > 0) from.total = (uint64_t)info.st_size;
  if (!status) status = read_source(&from, options, run, format, error);
  if (!standard) close(from.fd);
  return status;
}

clino_status clino_run_read_memory(const void *data, size_t size, const char *name, const clino_read_options *options,
                                   clino_run **run, const clino_format **format, clino_error *error) {
  clino_read_options defaults;
  clino_status status = prepare(data || !size ? "" : NULL, &options, &defaults, run, format, error);
  if (status) return status;
  source from = {.name = name ? name : "", .fd = -1, .memory = data, .size = size, .total = size};
  return read_source(&from, options, run, format, error);
}
