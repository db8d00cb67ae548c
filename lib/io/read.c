/* Reading a run: opens what holds the log, finds the reader that fits its first bytes, and feeds it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/entries.h"
#include "io/extra.h"
#include "io/lines.h"
#include "io/reader.h"
#include "io/source.h"

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

/* Reads from the source until the buffer holds what a probe needs, or the source ends. */
static clino_status take_head(clino__source *from, char *head, size_t *size, clino_error *error) {
  clino_status status = CLINO_OK;
  const char *bytes = head;
  size_t got = 1;
  for (*size = 0; !status && got && *size < CLINO__PROBE_BYTES; *size += got) {
    status = clino__source_take(from, head + *size, CLINO__PROBE_BYTES - *size, &bytes, &got, error);
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
    if (score == CLINO__PROBE_MEMORY) return clino__fail_memory(error, "a look at the log");
    if (score <= best) continue;
    best = score;
    *reader = readers[i];
  }
  if (*reader) return CLINO_OK;
  const char *nul = size ? memchr(head, '\0', size) : NULL;
  size_t odd = nul ? (size_t)(nul - head) : clino__find_no_text(head, size), at = odd < size ? odd : 0, line = 1;
  for (size_t i = 0; i < at; i++) line += head[i] == '\n';
  bool wide = size >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0);
  const char *why = !size ? "the log is empty"
                    : wide ? "UTF-16 text, as PowerShell writes it: convert it to UTF-8"
                    : nul ? "binary, in no format that is known"
                    : odd < size ? "a control character: binary or damaged, in no format that is known"
                                 : "in no format that is known";
  clino__fail(error, CLINO_ERR_FORMAT, "%s", why);
  clino__error_at(error, name, line, at);
  return CLINO_ERR_FORMAT;
}

/* ---- feeding ---- */

/* A line that is longer is no row of a log. */
#define MAX_HELD_BYTES ((size_t)16 << 20)

/* Between the source and the reader. Where the end of a log may be missing, in one that is still written or was cut
 * while compressed, the line that is not complete is held back, and fed only if it turns out to be the last. */
typedef struct feeder {
  const clino__reader *reader;
  void *state;
  bool hold, fed;
  clino__text held;
} feeder;

/* Lines of text, not one JSON document, whose last line may have no end. */
static bool is_of_lines(const char *head, size_t size) {
  size_t i = 0, end;
  while (i < size && strchr(" \t\r\n", head[i]) && head[i]) i++;
  if (memchr(head, '\0', size) || (i < size && head[i] == '[')) return false;
  if (i == size || head[i] != '{') return true;
  const char *line_end = memchr(head + i, '\n', size - i);
  end = line_end ? (size_t)(line_end - head) : size;
  while (end > i && (head[end - 1] == '\r' || head[end - 1] == ' ')) end--;
  return line_end && head[end - 1] == '}';
}

static clino_status pass(feeder *f, const char *bytes, size_t size, clino_error *error) {
  if (!size) return CLINO_OK;
  f->fed = true;
  return f->reader->feed(f->state, bytes, size, error);
}

static clino_status release(feeder *f, clino_error *error) {
  clino_status status = f->held.failed ? clino__fail_memory(error, "a line")
                                       : pass(f, f->held.data, f->held.length, error);
  clino__text_clear(&f->held);
  return status;
}

static clino_status feed(feeder *f, const char *bytes, size_t size, clino_error *error) {
  if (!f->hold) return pass(f, bytes, size, error);
  size_t complete = size;
  while (complete && bytes[complete - 1] != '\n') complete--;
  clino_status status = complete ? release(f, error) : CLINO_OK;
  if (!status) status = pass(f, bytes, complete, error);
  if (status) return status;
  clino__text_add_bytes(&f->held, bytes + complete, size - complete);
  if (!f->held.failed && f->held.length <= MAX_HELD_BYTES) return CLINO_OK;
  f->hold = false;
  return release(f, error);
}

static clino_status feed_all(clino__source *from, feeder *f, const clino_read_options *o, const char *head,
                             size_t head_size, clino_error *error) {
  char *buffer = malloc(o->chunk_bytes);
  if (!buffer) return clino__fail_memory(error, "a buffer");
  clino_status status = CLINO_OK;
  for (uint64_t fed = 0;;) {
    const char *bytes = head;
    size_t got = head_size < o->chunk_bytes ? head_size : o->chunk_bytes;
    head += got;
    head_size -= got;
    if (!got) status = clino__source_take(from, buffer, o->chunk_bytes, &bytes, &got, error);
    if (status || !got) break;
    status = feed(f, bytes, got, error);
    fed += got;
    uint64_t done = from->gunzip ? from->done : fed;
    if (!status && o->progress && o->progress(done, from->total, o->ctx) != 0) {
      status = clino__fail(error, CLINO_ERR_CANCELLED, "reading was cancelled");
      clino__error_at(error, from->name, 0, (size_t)done);
    }
    if (status) break;
  }
  free(buffer);
  return status;
}

static clino_status finish(const clino__source *from, feeder *f, const clino__reading *reading, clino_error *error) {
  bool incomplete = from->cut || reading->options->growing;
  clino_status status = incomplete && f->hold && f->fed ? CLINO_OK : release(f, error);
  if (!status && from->cut)
    status = clino__reading_note(reading, error, "the compressed log ends too early, at its byte %llu",
                                 (unsigned long long)from->done);
  return status ? status : f->reader->finish(f->state, error);
}

static clino_status read_after(clino__source *from, char *head, const clino_read_options *o, clino_run **run,
                               const clino_format **format, clino_error *error) {
  size_t size = 0;
  feeder f = {.held = CLINO__TEXT_EMPTY};
  clino_status status = take_head(from, head, &size, error);
  if (!status) status = find_reader(from->name, head, size, &f.reader, error);
  if (!status) status = clino_run_new(run, error);
  if (status) return status;
  clino__reading reading = {*run, from->name, o};
  f.hold = (o->growing || from->gunzip) && is_of_lines(head, size);
  status = f.reader->open(&reading, &f.state, error);
  if (!status) {
    status = feed_all(from, &f, o, head, size, error);
    if (!status) status = finish(from, &f, &reading, error);
    f.reader->close(f.state);
  }
  clino__text_free(&f.held);
  if (status) {
    clino_run_free(*run);
    *run = NULL;
    return status;
  }
  if (format) *format = &f.reader->format;
  return CLINO_OK;
}

/* Reads all of the source, and closes it. */
static clino_status read_source(clino__source *from, const clino_read_options *o, clino_run **run,
                                const clino_format **format, clino_error *error) {
  char *head = malloc(CLINO__PROBE_BYTES);
  clino_status status = head ? read_after(from, head, o, run, format, error) : clino__fail_memory(error, "a buffer");
  free(head);
  clino__source_close(from);
  return status;
}

clino_status clino__read_file(const char *path, const clino_read_options *o, clino_run **run,
                              const clino_format **format, clino_error *error) {
  clino__source from;
  clino_status status = clino__source_open(&from, path, error);
  return status ? status : read_source(&from, o, run, format, error);
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
  if (clino__is_folder(path)) return clino__read_folder(path, options, run, format, error);
  const clino_format *found = NULL;
  status = clino__read_file(path, options, run, &found, error);
  if (!status && found == &clino__reader_csv.format) status = clino__extra_join(path, *run, error);
  if (status) {
    clino_run_free(*run);
    *run = NULL;
  }
  if (format) *format = status ? NULL : found;
  return status;
}

clino_status clino_run_read_memory(const void *data, size_t size, const char *name, const clino_read_options *options,
                                   clino_run **run, const clino_format **format, clino_error *error) {
  clino_read_options defaults;
  clino_status status = prepare(data || !size ? "" : NULL, &options, &defaults, run, format, error);
  if (status) return status;
  clino__source from;
  clino__source_memory(&from, name ? name : "", data, size);
  return read_source(&from, options, run, format, error);
}
