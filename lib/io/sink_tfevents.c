/* Rows as TensorBoard's event files: a row is one event in one framed record (record.h), after a first one that names
 * the version. Messages live in an arena until they are packed. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "clino/io.h"
#include "io/arena.h"
#include "io/events.pb-c.h"
#include "io/file.h"
#include "io/log_file.h"
#include "io/png.h"
#include "io/record.h"
#include "io/sink_name.h"

static const char version[] = "brain.Event:2", mark_name[] = "resume";

typedef struct event_sink {
  clino_run_sink functions; /* first: a pointer to it is one to all */
  clino__log_file log;
  bool mark;                /* the next row is the first after a resume */
  clino__arena arena;       /* of the row at hand */
  clino__text record, png;
} event_sink;

/* Memory until the row is written; NULL where it is out, or the row is larger than any event. */
static void *take(event_sink *s, size_t n, size_t size) {
  if (n > CLINO__RECORD_MAX) {
    s->arena.full = true;
    return NULL;
  }
  return s->arena.allocator.alloc(s->arena.allocator.allocator_data, n * size + 1);
}

/* protobuf-c does not write to what its messages point to, although their types do not say so. */
static char *string_of(const char *name) {
  union {
    const char *from;
    char *to;
  } u = {name};
  return u.to;
}

/* ---- histograms ---- */

static void add_bucket(Clino__HistogramProto *h, double limit, uint64_t count) {
  const size_t n = h->n_bucket;
  const bool merged = n > 1 && !count && h->bucket[n - 1] <= 0; /* one bucket for all empty ones on end */
  h->bucket_limit[merged ? n - 1 : n] = limit;
  h->bucket[merged ? n - 1 : n] = (double)count;
  h->n_bucket = h->n_bucket_limit = merged ? n : n + 1;
  h->num += (double)count;
}

static clino_status check_histogram(const clino_histogram *h, clino_error *error) {
  bool ok = h && h->n_bins && h->edges && h->counts && isfinite(h->edges[0]);
  for (size_t i = 0; ok && i < h->n_bins; i++) ok = h->edges[i + 1] > h->edges[i] && isfinite(h->edges[i + 1]);
  if (ok) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "a row's histogram has no bins, or edges that do not ascend");
}

/* Min and max stand for the outer edges, which the buckets do not hold. What lay outside is in a bucket of no width. */
static clino_status set_histogram(event_sink *s, const clino_histogram *from, Clino__SummaryValue *value,
                                  clino_error *error) {
  clino_status status = check_histogram(from, error);
  if (status) return status;
  Clino__HistogramProto *h = take(s, 1, sizeof *h);
  if (!h) return CLINO_OK;
  clino__histogram_proto__init(h);
  h->bucket = take(s, from->n_bins + 2, sizeof *h->bucket);
  h->bucket_limit = take(s, from->n_bins + 2, sizeof *h->bucket_limit);
  if (!h->bucket || !h->bucket_limit) return CLINO_OK;
  h->min = from->edges[0];
  h->max = from->edges[from->n_bins];
  if (from->below) add_bucket(h, from->edges[0], from->below);
  for (size_t i = 0; i < from->n_bins; i++) add_bucket(h, from->edges[i + 1], from->counts[i]);
  if (from->above) add_bucket(h, DBL_MAX, from->above);
  value->histogram = h;
  value->kind_case = CLINO__SUMMARY_VALUE__KIND_HISTOGRAM;
  return CLINO_OK;
}

/* ---- images ---- */

static clino_status set_image(event_sink *s, const clino_image *from, Clino__SummaryValue *value, clino_error *error) {
  Clino__Image image = CLINO__IMAGE__INIT;
  clino__text_clear(&s->png);
  clino_status status = clino__png_add(&s->png, from, error);
  if (s->png.failed) clino__text_free(&s->png);
  if (status) return status;
  image.width = (int32_t)from->width;
  image.height = (int32_t)from->height;
  image.colorspace = (int32_t)from->channels;
  image.encoded_image_string = (ProtobufCBinaryData){s->png.length, (uint8_t *)s->png.data};
  value->image.len = clino__image__get_packed_size(&image);
  value->image.data = take(s, value->image.len, 1);
  if (value->image.data) clino__image__pack(&image, value->image.data);
  value->kind_case = CLINO__SUMMARY_VALUE__KIND_IMAGE;
  return CLINO_OK;
}

/* ---- a row ---- */

/* A finite number stays one, so that no loss looks diverged because the format holds it in single precision. */
static float to_single(double value) {
  if (isfinite(value) && fabs(value) > (double)FLT_MAX) return value < 0 ? -FLT_MAX : FLT_MAX;
  return (float)value;
}

static void set_scalar(Clino__SummaryValue *value, double number) {
  value->simple_value = to_single(number);
  value->kind_case = CLINO__SUMMARY_VALUE__KIND_SIMPLE_VALUE;
}

/* The next value of a summary, with its tag; NULL where the name is none, or memory is out. */
static clino_status next_value(event_sink *s, Clino__Summary *summary, const char *name, Clino__SummaryValue **value,
                               clino_error *error) {
  clino_status status = clino__check_sink_name(name, error);
  *value = status ? NULL : take(s, 1, sizeof **value);
  if (!*value) return status;
  clino__summary_value__init(*value);
  (*value)->tag = string_of(name);
  summary->value[summary->n_value++] = *value;
  return CLINO_OK;
}

static clino_status fill(event_sink *s, const clino_run_row *row, Clino__Summary *summary, clino_error *error) {
  Clino__SummaryValue *v = NULL;
  clino_status status = CLINO_OK;
  summary->value = take(s, row->n_values + row->n_histograms + row->n_images + 1, sizeof(Clino__SummaryValue *));
  if (!summary->value) return CLINO_OK;
  if (s->mark) status = next_value(s, summary, mark_name, &v, error);
  if (v) set_scalar(v, 1);
  for (size_t i = 0; !status && i < row->n_values; i++) {
    status = next_value(s, summary, row->names[i], &v, error);
    if (v) set_scalar(v, row->values[i]);
  }
  for (size_t i = 0; !status && i < row->n_histograms; i++) {
    status = next_value(s, summary, row->histogram_names[i], &v, error);
    if (v) status = set_histogram(s, row->histograms[i], v, error);
  }
  for (size_t i = 0; !status && i < row->n_images; i++) {
    status = next_value(s, summary, row->image_names[i], &v, error);
    if (v) status = set_image(s, row->images[i], v, error);
  }
  return status;
}

static bool memory_is_out(const event_sink *s) { return s->arena.failed || s->arena.full; }

static void add_record(event_sink *s, const Clino__Event *event) {
  const size_t size = clino__event__get_packed_size(event);
  if (size > CLINO__RECORD_MAX) s->arena.full = true;
  uint8_t *bytes = s->arena.full ? NULL : take(s, size, 1);
  if (!bytes) return;
  clino__event__pack(event, bytes);
  clino__record_frame(&s->record, bytes, size);
}

static double seconds_since_1970(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add_version(event_sink *s, double time) {
  Clino__Event event = CLINO__EVENT__INIT;
  event.wall_time = time;
  event.file_version = string_of(version);
  add_record(s, &event);
}

static clino_status compose(event_sink *s, const clino_run_row *row, clino_error *error) {
  Clino__Event event = CLINO__EVENT__INIT;
  Clino__Summary summary = CLINO__SUMMARY__INIT;
  if (row->step == CLINO_NO_STEP)
    return clino__fail(error, CLINO_ERR_RANGE, "a row without a step: an event file has no place for it");
  event.wall_time = isnan(row->time) ? seconds_since_1970() : row->time;
  event.step = row->step;
  event.summary = &summary;
  if (!s->log.size) add_version(s, event.wall_time);
  clino_status status = fill(s, row, &summary, error);
  if (!status && !memory_is_out(s)) add_record(s, &event);
  if (status) return status;
  if (s->arena.full) return clino__fail(error, CLINO_ERR_RANGE, "a row that takes more than 64 MiB as an event");
  return s->arena.failed || s->record.failed ? clino__fail_memory(error, "a row") : CLINO_OK;
}

static clino_status append(clino_run_sink *sink, const clino_run_row *row, clino_error *error) {
  event_sink *s = (event_sink *)sink;
  if (!row) return clino__fail(error, CLINO_ERR_RANGE, "a sink's append: row is NULL");
  if (!row->n_values && !row->n_histograms && !row->n_images) return CLINO_OK;
  clino__text_clear(&s->record);
  clino_status status = compose(s, row, error);
  clino__arena_empty(&s->arena);
  s->arena.failed = s->arena.full = false;
  if (s->record.failed) clino__text_free(&s->record); /* the next row is tried anew */
  if (!status) status = clino__log_file_append(&s->log, s->record.data, s->record.length, error);
  if (!status) s->mark = false;
  return status;
}

static clino_status flush(clino_run_sink *sink, clino_error *error) {
  return clino__log_file_flush(&((event_sink *)sink)->log, error);
}

static clino_status close_sink(clino_run_sink *sink, clino_error *error) {
  event_sink *s = (event_sink *)sink;
  const clino_status status = s->log.path ? clino__log_file_close(&s->log, error) : CLINO_OK;
  clino__arena_free(&s->arena);
  clino__text_free(&s->record);
  clino__text_free(&s->png);
  free(s);
  return status;
}

/* ---- opening ---- */

static clino_status pass_by(const clino__record *record, void *ctx, clino_error *error) {
  (void)record;
  (void)ctx;
  (void)error;
  return CLINO_OK;
}

/* A beginning without its first record is cut only where it is one of ours. */
static clino_status check_beginning(event_sink *s, const char *bytes, size_t size, const char *path,
                                    clino_error *error) {
  add_version(s, 1); /* a time of 0 would not be written, and its length is that of all others */
  if (s->record.failed || memory_is_out(s)) return clino__fail_memory(error, "a log");
  const bool ours = memcmp(bytes, s->record.data, size < 12 ? size : 12) == 0;
  if (ours || clino__record_starts(bytes, size)) return CLINO_OK;
  clino__fail(error, CLINO_ERR_FORMAT, "this is no event file: rows cannot be appended to it");
  clino__error_at(error, path, 0, 0);
  return CLINO_ERR_FORMAT;
}

static clino_status whole_records(int fd, const char *path, size_t size, size_t *whole, void *ctx,
                                  clino_error *error) {
  enum { PIECE = 65536 };
  clino__records records = {.name = path, .on_record = pass_by};
  char *bytes = malloc(PIECE);
  clino_status status = bytes ? CLINO_OK : clino__fail_memory(error, "a log");
  for (size_t at = 0; !status && at < size;) {
    const size_t want = size - at < PIECE ? size - at : PIECE;
    const ssize_t n = pread(fd, bytes, want, (off_t)at);
    if (n <= 0) status = clino__fail_file(error, "read", path, n < 0 ? errno : EIO);
    if (!status && !at) status = check_beginning(ctx, bytes, (size_t)n, path, error);
    if (!status) status = clino__records_feed(&records, bytes, (size_t)n, error);
    at += n > 0 ? (size_t)n : 0;
  }
  *whole = (size_t)records.byte;
  clino__records_free(&records);
  free(bytes);
  return status;
}

clino_status clino_sink_open_tfevents(const char *path, clino_run_sink **sink, clino_error *error) {
  if (!path || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_sink_open_tfevents: an argument is NULL");
  *sink = NULL;
  event_sink *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a sink");
  clino__arena_init(&s->arena);
  clino_status status = clino__log_file_open(&s->log, path, whole_records, s, error);
  if (status) {
    s->log.path = NULL;
    close_sink(&s->functions, NULL);
    return status;
  }
  s->functions = (clino_run_sink){append, flush, close_sink};
  s->mark = s->log.resumed;
  *sink = &s->functions;
  return CLINO_OK;
}
