/* TensorBoard's event files: framed records (record.h), each a protocol buffer (events.proto).
 *
 * A record says one step, one time and, mostly, one value. Values of one step that follow one another become one
 * row, so that all tags share an axis; a tag that comes again starts the next row. What a tag is may be said with
 * its first value only, by the name of the plugin that shows it, so that tags are remembered. Images, which are often
 * counted in steps of their own, have an axis for themselves (event_images.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/arena.h"
#include "io/event_images.h"
#include "io/event_numbers.h"
#include "io/names.h"
#include "io/record.h"
#include "io/roles.h"
#include "io/table.h"

#define MAX_TAGS 65536

typedef enum plugin { PLUGIN_UNKNOWN, SCALARS, HISTOGRAMS, IMAGES, AUDIO, TEXTS, PLUGIN_OTHER } plugin;

static const struct {
  const char *name;
  plugin id;
} plugins[] = {{"scalars", SCALARS}, {"histograms", HISTOGRAMS}, {"images", IMAGES}, {"audio", AUDIO}, {"text", TEXTS}};

/* What is counted, since a run has no place for it. */
static const char *const skipped_names[] = {"unknown", "scalar", "histogram", "image", "audio clip", "text",
                                            "other value"};

typedef struct tag {
  char *name;
  plugin shown_by;
  bool is_epoch; /* counts the epochs: becomes part of the axis */
  clino_series *scalar, *histogram; /* NULL until there is one */
  clino__event_images images;
} tag;

typedef struct events {
  clino__reading reading;
  clino__records records;
  clino__arena arena;
  clino_axis *axis, *image_axis; /* image_axis: NULL until there is an image */
  tag *tags;
  size_t n_tags, tags_capacity;
  uint32_t *slots; /* hash table: index of a tag plus 1; 0 is empty */
  size_t n_slots;  /* a power of two, more than twice n_tags */
  clino__event_bins bins;
  clino__text name;
  uint64_t n_records, long_records, skipped[PLUGIN_OTHER + 1];
  bool versioned;  /* a record said that these are events */
  double time;     /* of the record at hand */
  int64_t step;
  uint64_t byte;
} events;

static clino_status fail_here(const events *s, const char *what, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, s->reading.name, 0, (size_t)s->byte);
  return CLINO_ERR_FORMAT;
}

/* ---- tags ---- */

/* FNV-1a (G. Fowler, L. C. Noll and P. Vo, 1991). */
static size_t slot_of(const events *s, const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  size_t mask = s->n_slots - 1, slot = (size_t)(hash ^ (hash >> 32)) & mask;
  while (s->slots[slot] && strcmp(s->tags[s->slots[slot] - 1].name, name) != 0) slot = (slot + 1) & mask;
  return slot;
}

static bool grow_tags(events *s) {
  if (s->n_tags == s->tags_capacity) {
    size_t capacity = s->tags_capacity ? 2 * s->tags_capacity : 16;
    tag *grown = realloc(s->tags, capacity * sizeof *grown);
    if (!grown) return false;
    s->tags = grown;
    s->tags_capacity = capacity;
  }
  if (2 * (s->n_tags + 1) < s->n_slots) return true;
  size_t n = s->n_slots ? 2 * s->n_slots : 64;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  free(s->slots);
  s->slots = slots;
  s->n_slots = n;
  for (size_t i = 0; i < s->n_tags; i++) s->slots[slot_of(s, s->tags[i].name)] = (uint32_t)(i + 1);
  return true;
}

static bool counts_epochs(const events *s, const char *name) {
  const clino_read_options *o = s->reading.options;
  for (size_t i = 0; i < o->n_map; i++)
    if (strcmp(o->map[i].column, name) == 0) return false;
  return clino__axis_rank(name, CLINO__AXIS_EPOCH) >= 0;
}

static clino_status find_tag(events *s, const char *name, tag **found, clino_error *error) {
  uint32_t known = s->n_slots ? s->slots[slot_of(s, name)] : 0;
  if (known) {
    *found = &s->tags[known - 1];
    return CLINO_OK;
  }
  if (!clino__is_utf8(name, strlen(name))) return fail_here(s, "a tag that is not UTF-8", error);
  if (s->n_tags == MAX_TAGS) return fail_here(s, "more than 65536 tags: no log of numbers over time", error);
  char *copy = grow_tags(s) ? clino__strdup(name) : NULL;
  if (!copy) return clino__fail_memory(error, "a tag");
  *found = &s->tags[s->n_tags];
  **found = (tag){.name = copy, .is_epoch = counts_epochs(s, copy)};
  s->slots[slot_of(s, name)] = (uint32_t)++s->n_tags;
  return CLINO_OK;
}

static plugin plugin_of(const Clino__SummaryMetadata *metadata) {
  if (!metadata || !metadata->plugin_data || !*metadata->plugin_data->plugin_name) return PLUGIN_UNKNOWN;
  for (size_t i = 0; i < sizeof plugins / sizeof plugins[0]; i++)
    if (strcmp(metadata->plugin_data->plugin_name, plugins[i].name) == 0) return plugins[i].id;
  return PLUGIN_OTHER;
}

/* ---- values ---- */

static bool has_in(const clino_series *series, size_t row) {
  size_t n = clino_series_count(series);
  return n && clino_series_row(series, n - 1) == row;
}

/* The series of a tag, made where it is new, and a row for its next point. */
static clino_status open_cell(events *s, tag *t, clino_series_kind kind, clino_series **series, clino_error *error) {
  clino_series **known = kind == CLINO_SERIES_SCALAR ? &t->scalar : &t->histogram;
  clino_status status = CLINO_OK;
  if (!*known) {
    const char *name = *t->name ? t->name : "(no tag)";
    if (kind == CLINO_SERIES_HISTOGRAM) {
      clino__histogram_name(name, &s->name);
      if (s->name.failed) return clino__fail_memory(error, "a name");
      name = clino__text_string(&s->name);
    }
    status = clino_run_add_series(s->reading.run, s->axis, name, *t->name ? t->name : NULL, kind, known, error);
    if (status) return status;
  }
  *series = *known;
  size_t rows = clino_axis_rows(s->axis);
  if (rows && clino_axis_steps(s->axis)[rows - 1] == s->step && !has_in(*series, rows - 1)) return CLINO_OK;
  return clino_axis_add_row(s->axis, s->step, NAN, s->time, error);
}

/* An epoch belongs to the row of its step, whatever else that holds. */
static clino_status add_epoch(events *s, double epoch, clino_error *error) {
  size_t rows = clino_axis_rows(s->axis);
  if (!rows || clino_axis_steps(s->axis)[rows - 1] != s->step)
    return clino_axis_add_row(s->axis, s->step, epoch, s->time, error);
  const double *times = clino_axis_times(s->axis);
  return clino_axis_set_row(s->axis, rows - 1, s->step, epoch, times ? times[rows - 1] : (double)NAN, error);
}

static clino_status add_scalar(events *s, tag *t, double value, clino_error *error) {
  if (t->is_epoch) return add_epoch(s, value, error);
  clino_series *series = NULL;
  clino_status status = open_cell(s, t, CLINO_SERIES_SCALAR, &series, error);
  return status ? status : clino_series_set(series, value, error);
}

/* A histogram that cannot be used is a missing cell with its reason. */
static clino_status add_histogram(events *s, tag *t, const char *why, clino_error *error) {
  clino_series *series = NULL;
  clino_status status = open_cell(s, t, CLINO_SERIES_HISTOGRAM, &series, error);
  if (status) return status;
  if (why) return clino_series_note_missing(series, why, error);
  clino_histogram h = {.n_bins = s->bins.n, .edges = s->bins.edges, .counts = s->bins.counts};
  return clino_series_set_histogram(series, &h, error);
}

/* One of the two is there. */
static clino_status add_images(events *s, tag *t, const ProtobufCBinaryData *message,
                               const Clino__TensorProto *tensor, clino_error *error) {
  clino_status status = s->image_axis ? CLINO_OK
                                      : clino_run_add_axis(s->reading.run, CLINO__IMAGE_AXIS, &s->image_axis, error);
  clino__event_images_place place = {s->reading.run, s->image_axis, t->name, s->step, s->time};
  if (status) return status;
  return message ? clino__event_image_add(&t->images, &place, message, &s->arena, &s->skipped[IMAGES], error)
                 : clino__event_images_add(&t->images, &place, tensor, &s->skipped[IMAGES], error);
}

static clino_status add_tensor(events *s, tag *t, const Clino__TensorProto *tensor, clino_error *error) {
  bool numeric = clino__tensor_is_numeric(tensor);
  const char *why = NULL;
  double value;
  if (t->shown_by == HISTOGRAMS) {
    clino_status status = clino__histogram_of_tensor(tensor, &s->bins, &why, error);
    return status ? status : add_histogram(s, t, why, error);
  }
  if (t->shown_by == IMAGES) return add_images(s, t, NULL, tensor, error);
  if (t->shown_by <= SCALARS && clino__tensor_scalar(tensor, &value)) return add_scalar(s, t, value, error);
  s->skipped[t->shown_by > SCALARS ? t->shown_by : numeric ? PLUGIN_OTHER : TEXTS]++;
  return CLINO_OK;
}

static clino_status add_value(events *s, const Clino__SummaryValue *v, clino_error *error) {
  tag *t = NULL;
  const char *why = NULL;
  clino_status status = find_tag(s, v->tag, &t, error);
  if (status) return status;
  plugin shown_by = plugin_of(v->metadata);
  if (shown_by != PLUGIN_UNKNOWN) t->shown_by = shown_by;
  switch (v->kind_case) {
    case CLINO__SUMMARY_VALUE__KIND_SIMPLE_VALUE: return add_scalar(s, t, (double)v->simple_value, error);
    case CLINO__SUMMARY_VALUE__KIND_HISTOGRAM:
      status = clino__histogram_of_message(v->histogram, &s->bins, &why, error);
      return status ? status : add_histogram(s, t, why, error);
    case CLINO__SUMMARY_VALUE__KIND_TENSOR: return add_tensor(s, t, v->tensor, error);
    case CLINO__SUMMARY_VALUE__KIND_IMAGE: return add_images(s, t, &v->image, NULL, error);
    case CLINO__SUMMARY_VALUE__KIND_AUDIO: s->skipped[AUDIO]++; return CLINO_OK;
    default: s->skipped[PLUGIN_OTHER]++; return CLINO_OK; /* only metadata */
  }
}

static clino_status add_event(events *s, const Clino__Event *event, clino_error *error) {
  clino_status status = CLINO_OK;
  s->time = event->wall_time > 0 && isfinite(event->wall_time) ? event->wall_time : (double)NAN;
  s->step = event->step;
  if (strncmp(event->file_version, "brain.Event:", 12) == 0) s->versioned = true;
  for (size_t i = 0; !status && event->summary && i < event->summary->n_value; i++)
    status = add_value(s, event->summary->value[i], error);
  return status;
}

static clino_status on_record(const clino__record *record, void *ctx, clino_error *error) {
  events *s = ctx;
  s->byte = record->byte;
  s->n_records++;
  s->long_records += !record->data;
  if (!record->data) return CLINO_OK;
  Clino__Event *event = clino__event__unpack(&s->arena.allocator, record->size, record->data);
  clino_status status = event             ? add_event(s, event, error)
                        : s->arena.failed ? clino__fail_memory(error, "an event")
                        : s->arena.full   ? fail_here(s, "a record that takes more memory than any event", error)
                                          : fail_here(s, "a record that is no event", error);
  clino__arena_empty(&s->arena);
  return status;
}

/* ---- the end ---- */

static void add_count(clino__text *text, uint64_t n, const char *what) {
  if (!n) return;
  clino__text_addf(text, "%s%llu %s%s", text->length ? ", " : "", (unsigned long long)n, what, n > 1 ? "s" : "");
}

/* Says in the run what it does not hold. */
static clino_status note_rest(const events *s, clino_error *error) {
  clino__text skipped = CLINO__TEXT_EMPTY;
  for (int i = 0; i <= PLUGIN_OTHER; i++) add_count(&skipped, s->skipped[i], skipped_names[i]);
  add_count(&skipped, s->long_records, "record of more than 64 MiB");
  clino_status status = skipped.failed ? clino__fail_memory(error, "a note") : CLINO_OK;
  if (!status && skipped.length)
    status = clino__reading_note(&s->reading, error, "left out: %s", clino__text_string(&skipped));
  clino__text_free(&skipped);
  if (status || !clino__records_cut(&s->records)) return status;
  return clino__reading_note(&s->reading, error, "the log ends within a record, which begins at byte %llu",
                             (unsigned long long)s->records.byte);
}

static clino_status finish_tfevents(void *state, clino_error *error) {
  events *s = state;
  s->byte = s->records.byte;
  if (!s->n_records) return fail_here(s, "the log ends within its first record", error);
  if (!s->versioned && !clino_run_series_count(s->reading.run))
    return fail_here(s, "no training log: records without a scalar or a histogram", error);
  clino_status status = note_rest(s, error);
  return status ? status : clino__names_assign(&s->reading, error);
}

/* ---- the reader ---- */

/* The version, which the first record tells, is enough where the checksum before it is damaged. */
static int probe(const char *bytes, size_t size) {
  static const char version[] = "brain.Event:";
  if (clino__record_starts(bytes, size)) return 100;
  for (size_t i = 8; i + sizeof version - 1 <= size && i < 64; i++)
    if (memcmp(bytes + i, version, sizeof version - 1) == 0) return 90;
  return 0;
}

static clino_status open_tfevents(const clino__reading *reading, void **state, clino_error *error) {
  events *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  s->records = (clino__records){.name = reading->name, .on_record = on_record, .ctx = s};
  clino__arena_init(&s->arena);
  clino_status status = clino_run_add_axis(reading->run, NULL, &s->axis, error);
  if (status) free(s);
  else *state = s;
  return status;
}

static clino_status feed_tfevents(void *state, const char *bytes, size_t size, clino_error *error) {
  events *s = state;
  return clino__records_feed(&s->records, bytes, size, error);
}

static void close_tfevents(void *state) {
  events *s = state;
  for (size_t i = 0; i < s->n_tags; i++) free(s->tags[i].name);
  free(s->tags);
  free(s->slots);
  clino__event_bins_free(&s->bins);
  clino__text_free(&s->name);
  clino__arena_free(&s->arena);
  clino__records_free(&s->records);
  free(s);
}

const clino__reader clino__reader_tfevents = {
    {"tfevents",
     "TensorBoard event files: scalars, histograms and images, written by TensorFlow, Keras, PyTorch and others"},
    probe, open_tfevents, feed_tfevents, finish_tfevents, close_tfevents};
