/* The JSON reader: lines of objects, arrays of records, objects of arrays.
 *
 * Where an object follows the first one, the log is a stream of records. Else the first is a document: records in its
 * arrays are rows, arrays of numbers are columns, those of equal length with one axis, and what stands beside them is
 * an attribute. An object of single values alone is a record too. Nested keys are joined with '/'. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "clino/loss.h"
#include "io/json_scan.h"
#include "io/roles.h"
#include "io/table.h"

/* An array in a record is a few numbers or none of ours. */
#define MAX_RECORD_ARRAY 16

/* Arrays of a document, which are found by going through them. */
#define MAX_ARRAYS 4096

/* An array of numbers of a document. */
typedef struct column {
  char *path;
  double *values; /* NaN of its own kind where missing: see missing */
  bool *missing;
  size_t n, capacity, texts;
} column;

typedef struct single {
  char *path, *bytes;
  size_t depth, line, byte;
} single;

typedef struct json {
  clino__reading reading;
  clino__json_scan scan;
  clino__table *table; /* of records; NULL until the first */
  column *columns;
  size_t n_columns, columns_capacity;
  single *singles;
  size_t n_singles, singles_capacity;
  bool first_ended, settled; /* settled: it is known what the first value was */
} json;

static clino_status fail_at(const json *s, size_t line, size_t byte, clino_error *error, const char *what) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, s->reading.name, line, byte);
  return CLINO_ERR_FORMAT;
}

static void *grow(void *items, size_t *capacity, size_t n, size_t size) {
  if (n < *capacity) return items;
  size_t more = *capacity < 16 ? 16 : *capacity + *capacity / 2;
  void *grown = realloc(items, more * size);
  if (grown) *capacity = more;
  return grown;
}

/* ---- records ---- */

typedef struct flat {
  json *s;
  const clino__json_item *item;
  clino__text name;
  bool axis;     /* one of the names counts */
  size_t prefix; /* length of the phase that goes before the names, "train/", but not before "step" */
  clino_error *error;
} flat;

static clino_status set_text(flat *f, size_t col, const char *text, size_t size) {
  double value;
  clino__cell kind = clino__cell_read(text, size, &value);
  if (kind == CLINO__CELL_NUMBER) return clino__table_set(f->s->table, col, value, f->error);
  if (kind == CLINO__CELL_TEXT) clino__table_text(f->s->table, col, text, size, f->item->line, f->item->byte);
  return CLINO_OK;
}

static clino_status set_value(flat *f, json_object *value);

static clino_status set_members(flat *f, json_object *object) {
  clino_status status = CLINO_OK;
  size_t length = f->name.length;
  json_object_object_foreach(object, key, value) {
    if (status) break;
    clino__text_addf(&f->name, "%s%s", length && f->name.data[length - 1] != '/' ? "/" : "", key);
    status = f->name.failed ? clino__fail_memory(f->error, "a name") : set_value(f, value);
    f->name.length = length;
    if (f->name.data) f->name.data[length] = '\0';
  }
  return status;
}

static clino_status set_elements(flat *f, json_object *array) {
  size_t n = json_object_array_length(array), length = f->name.length;
  clino_status status = CLINO_OK;
  for (size_t i = 0; n <= MAX_RECORD_ARRAY && i < n && !status; i++) {
    json_object *value = json_object_array_get_idx(array, i);
    json_type type = json_object_get_type(value);
    if (type != json_type_double && type != json_type_int) continue;
    clino__text_addf(&f->name, "/%zu", i);
    status = f->name.failed ? clino__fail_memory(f->error, "a name") : set_value(f, value);
    f->name.length = length;
    if (f->name.data) f->name.data[length] = '\0';
  }
  return status;
}

static clino_status set_value(flat *f, json_object *value) {
  json_type type = json_object_get_type(value);
  const char *name = clino__text_string(&f->name);
  if (f->prefix && clino__is_progress(name + f->prefix)) name += f->prefix;
  size_t col;
  if (type == json_type_null || type == json_type_boolean) return CLINO_OK;
  if (type == json_type_object) return set_members(f, value);
  if (type == json_type_array) return set_elements(f, value);
  clino_status status = clino__table_find_column(f->s->table, name, &col, f->error);
  if (status == CLINO_ERR_FORMAT) clino__error_at(f->error, f->s->reading.name, f->item->line, f->item->byte);
  if (status) return status;
  f->axis = f->axis || clino__axis_rank(name, CLINO__AXIS_STEP) >= 0 || clino__axis_rank(name, CLINO__AXIS_EPOCH) >= 0;
  if (type == json_type_string)
    return set_text(f, col, json_object_get_string(value), (size_t)json_object_get_string_len(value));
  return clino__table_set(f->s->table, col, json_object_get_double(value), f->error);
}

static clino_status begin_row(json *s, clino_error *error) {
  clino_status status = s->table ? CLINO_OK : clino__table_new(&s->reading, false, &s->table, error);
  return status ? status : clino__table_add_row(s->table, 0, NAN, NAN, error);
}

/* "epoch_3": the number goes to "epoch"; a number alone is a step. */
static clino_status set_key(flat *f, const char *key) {
  size_t digits = strcspn(key, "0123456789"), col;
  const char *name = strncmp(key, "epoch", 5) == 0 ? "epoch" : "step";
  double value;
  if (!clino__number_parse(key + digits, strlen(key + digits), &value)) return CLINO_OK;
  clino_status status = clino__table_find_column(f->s->table, name, &col, f->error);
  return status ? status : clino__table_set(f->s->table, col, value, f->error);
}

/* [wall time, step, value] of TensorBoard, [step, value]. */
static clino_status set_triple(flat *f, json_object *array) {
  static const char *const names[] = {"wall_time", "step"};
  size_t n = json_object_array_length(array), skip = 3 - n, col;
  const char *path = *f->item->path ? f->item->path : "Value";
  clino_status status = CLINO_OK;
  for (size_t i = 0; n >= 2 && n <= 3 && i < n && !status; i++) {
    json_object *value = json_object_array_get_idx(array, i);
    json_type type = json_object_get_type(value);
    if (type != json_type_double && type != json_type_int) continue;
    status = clino__table_find_column(f->s->table, i + 1 < n ? names[i + skip] : path, &col, f->error);
    if (!status) status = clino__table_set(f->s->table, col, json_object_get_double(value), f->error);
  }
  return status;
}

static clino_status parse(const json *s, const clino__json_item *item, json_object **object, clino_error *error) {
  json_tokener *tokener = json_tokener_new_ex(CLINO__JSON_DEPTH + 1);
  if (!tokener) return clino__fail_memory(error, "a JSON parser");
  *object = json_tokener_parse_ex(tokener, item->bytes, (int)item->size);
  enum json_tokener_error problem = json_tokener_get_error(tokener);
  size_t end = json_tokener_get_parse_end(tokener);
  json_tokener_free(tokener);
  if (problem == json_tokener_success && *object) return CLINO_OK;
  if (problem == json_tokener_success) return clino__fail_memory(error, "a value of JSON");
  char what[120];
  size_t line = item->line;
  for (size_t i = 0; i < end && i < item->size; i++) line += item->bytes[i] == '\n';
  snprintf(what, sizeof what, "no JSON: %s", json_tokener_error_desc(problem));
  return fail_at(s, line, item->byte + end, error, what);
}

/* A phase in the path of a list of records is part of their names: {"train": [...], "val": [...]}. */
static clino_status take_record(json *s, const clino__json_item *item, clino_error *error) {
  json_object *object = NULL;
  clino_status status = parse(s, item, &object, error);
  if (status == CLINO_ERR_FORMAT && s->scan.values && s->scan.lines && s->table) {
    clino__table_misfit(s->table, error ? error->line : item->line, error ? error->byte : item->byte, "no JSON");
    return CLINO_OK;
  }
  flat f = {s, item, CLINO__TEXT_EMPTY, false, 0, error};
  if (!status) status = begin_row(s, error);
  if (!status && json_object_is_type(object, json_type_array)) {
    status = set_triple(&f, object);
  } else if (!status) {
    const char *last = strrchr(item->path, '/');
    last = last ? last + 1 : item->path;
    if (clino__phase_of(last)) clino__text_addf(&f.name, "%s/", last);
    f.prefix = f.name.length;
    status = set_members(&f, object);
    if (!status && *item->key && !f.axis) status = set_key(&f, item->key);
  }
  clino__text_free(&f.name);
  json_object_put(object);
  return status;
}

/* ---- arrays and single values of a document ---- */

static clino_status find_column(json *s, const char *path, column **found, clino_error *error) {
  for (size_t i = s->n_columns; i-- > 0;) { /* the last one, mostly */
    if (strcmp(s->columns[i].path, path) != 0) continue;
    *found = &s->columns[i];
    return CLINO_OK;
  }
  if (s->n_columns == MAX_ARRAYS) return fail_at(s, s->scan.line, s->scan.byte, error, "more than 4096 arrays");
  column *columns = grow(s->columns, &s->columns_capacity, s->n_columns, sizeof *columns);
  if (columns) s->columns = columns;
  column c = {.path = columns ? clino__strdup(path) : NULL};
  if (!c.path) return clino__fail_memory(error, "an array");
  s->columns[s->n_columns] = c;
  *found = &s->columns[s->n_columns++];
  return CLINO_OK;
}

static clino_status take_element(json *s, const clino__json_item *item, clino_error *error) {
  column *c = NULL;
  clino_status status = find_column(s, item->path, &c, error);
  if (status) return status;
  size_t capacity = c->capacity, n = item->size;
  const char *bytes = item->bytes;
  double *values = grow(c->values, &capacity, c->n, sizeof *values);
  if (values) c->values = values;
  bool *missing = values && capacity != c->capacity ? realloc(c->missing, capacity) : c->missing;
  if (!values || !missing) return clino__fail_memory(error, "an array");
  c->missing = missing;
  c->capacity = capacity;
  if (n > 1 && *bytes == '"') bytes++, n -= 2;
  double value = NAN;
  clino__cell kind = clino__cell_read(bytes, n, &value);
  c->texts += kind == CLINO__CELL_TEXT;
  c->missing[c->n] = kind != CLINO__CELL_NUMBER;
  c->values[c->n++] = value;
  return CLINO_OK;
}

static clino_status take_single(json *s, const clino__json_item *item, clino_error *error) {
  if (s->n_singles == CLINO__MAX_COLUMNS)
    return fail_at(s, item->line, item->byte, error, "more than 65536 values in an object");
  single *singles = grow(s->singles, &s->singles_capacity, s->n_singles, sizeof *singles);
  if (singles) s->singles = singles;
  single one = {.depth = item->depth, .line = item->line, .byte = item->byte};
  one.path = singles ? clino__strdup(item->path) : NULL;
  one.bytes = one.path ? clino__strdup(item->bytes) : NULL;
  if (!one.bytes) {
    free(one.path);
    return clino__fail_memory(error, "a value of JSON");
  }
  s->singles[s->n_singles++] = one;
  return CLINO_OK;
}

/* The elements of a short array as cells of the last row. */
static clino_status add_array(json *s, const column *c, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < c->n && c->n <= MAX_RECORD_ARRAY && !status; i++) {
    clino__text name = CLINO__TEXT_EMPTY;
    size_t col;
    clino__text_addf(&name, "%s/%zu", c->path, i);
    if (name.failed) status = clino__fail_memory(error, "a name");
    else if (!c->missing[i]) status = clino__table_find_column(s->table, clino__text_string(&name), &col, error);
    if (!status && !c->missing[i]) status = clino__table_set(s->table, col, c->values[i], error);
    clino__text_free(&name);
  }
  return status;
}

/* A row of the values that stood in an object. */
static clino_status add_singles(json *s, clino_error *error) {
  clino_status status = s->n_singles ? begin_row(s, error) : CLINO_OK;
  for (size_t i = 0; i < s->n_columns && s->n_singles && !status; i++) status = add_array(s, &s->columns[i], error);
  for (size_t i = 0; i < s->n_singles && !status; i++) {
    const single *one = &s->singles[i];
    clino__json_item item = {.line = one->line, .byte = one->byte};
    flat f = {s, &item, CLINO__TEXT_EMPTY, false, 0, error};
    size_t n = strlen(one->bytes), quoted = n > 1 && one->bytes[0] == '"', col;
    if (strchr("tf", one->bytes[0]) || strcmp(one->bytes, "null") == 0) continue; /* true, false */
    status = clino__table_find_column(s->table, one->path, &col, error);
    if (!status) status = set_text(&f, col, one->bytes + quoted, n - 2 * quoted);
  }
  return status;
}

/* What stands beside the records or arrays of a document says something of the run: {"optimizer": "adam", ...}. A
 * number called "loss" is a result, while the attribute of that name says which loss it is. */
static clino_status set_attributes(json *s, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < s->n_singles && !status; i++) {
    single *one = &s->singles[i];
    size_t n = strlen(one->bytes), quoted = n > 1 && one->bytes[0] == '"';
    double value;
    bool number = clino__number_parse(one->bytes, n, &value);
    clino_loss_kind kind;
    if (one->depth != 1 || (!number && !quoted) || !*one->path || !clino__is_utf8(one->bytes, n) ||
        !clino__is_utf8(one->path, strlen(one->path)))
      continue;
    if (quoted) one->bytes[n - 1] = '\0';
    bool loss = strcmp(one->path, "loss") == 0 && clino_loss_kind_parse(one->bytes + quoted, &kind, NULL);
    if (!loss && strcmp(one->path, CLINO__ATTRIBUTE_NOTES) != 0)
      status = clino_run_set_attribute(s->reading.run, one->path, one->bytes + quoted, error);
  }
  return status;
}

/* ---- columns become tables ---- */

/* How much of the paths they all share and says nothing: "history/". */
static size_t shared_prefix(const json *s) {
  const char *first = s->columns[0].path, *slash = strchr(first, '/');
  size_t n = slash ? (size_t)(slash - first) + 1 : 0;
  for (size_t i = 0; i < s->n_columns && n; i++)
    if (strncmp(s->columns[i].path, first, n) != 0) n = 0;
  char *name = n ? clino__strdup(first) : NULL;
  if (name) name[n - 1] = '\0';
  if (!name || clino__phase_of(name)) n = 0;
  free(name);
  return n;
}

static clino_status fill_table(const json *s, size_t length, size_t prefix, clino__table *table, clino_error *error) {
  clino_status status = CLINO_OK;
  size_t *at = malloc(s->n_columns * sizeof *at);
  if (!at) return clino__fail_memory(error, "a table");
  for (size_t i = 0; i < s->n_columns && !status; i++) {
    const column *c = &s->columns[i];
    at[i] = SIZE_MAX;
    if (c->n == length && c->texts * 2 <= c->n)
      status = clino__table_add_column(table, c->path + prefix, &at[i], error);
  }
  for (size_t row = 0; row < length && !status; row++) {
    status = clino__table_add_row(table, 0, NAN, NAN, error);
    for (size_t i = 0; i < s->n_columns && !status; i++)
      if (at[i] != SIZE_MAX && !s->columns[i].missing[row])
        status = clino__table_set(table, at[i], s->columns[i].values[row], error);
  }
  free(at);
  return status;
}

/* The length that most arrays have, the longer where several are as frequent, of those below the last one. */
static size_t next_length(const json *s, const bool *done) {
  size_t best = 0, most = 0;
  for (size_t i = 0; i < s->n_columns; i++) {
    size_t n = 0;
    if (done[i] || !s->columns[i].n) continue;
    for (size_t k = 0; k < s->n_columns; k++) n += s->columns[k].n == s->columns[i].n;
    if (n > most || (n == most && s->columns[i].n > best)) {
      most = n;
      best = s->columns[i].n;
    }
  }
  return best;
}

/* Arrays of equal length are the columns of one table; the first, with the most of them, must be a training log. */
static clino_status make_tables(json *s, clino_error *error) {
  bool *done = calloc(s->n_columns + 1, sizeof *done);
  clino_status status = done ? CLINO_OK : clino__fail_memory(error, "a table");
  size_t prefix = s->n_columns ? shared_prefix(s) : 0, length;
  bool first = !s->table;
  while (!status && (length = next_length(s, done)) > 0) {
    clino__table *table = NULL;
    status = clino__table_new(&s->reading, false, &table, error);
    if (!status) status = fill_table(s, length, prefix, table, error);
    if (!status && !first) clino__table_beside(table);
    if (!status) status = clino__table_finish(table, error);
    clino__table_free(table);
    for (size_t i = 0; done && i < s->n_columns; i++) done[i] = done[i] || s->columns[i].n == length;
    first = false;
  }
  free(done);
  return status;
}

/* ---- the reader ---- */

static void drop_columns(json *s) {
  for (size_t i = 0; i < s->n_columns; i++) {
    free(s->columns[i].path);
    free(s->columns[i].values);
    free(s->columns[i].missing);
  }
  s->n_columns = 0;
}

/* The first value is over, and it is known what follows it. */
static clino_status settle(json *s, bool more, clino_error *error) {
  s->settled = true;
  bool document = s->table || s->n_columns;
  if (document && !more) return set_attributes(s, error);
  clino_status status = add_singles(s, error);
  drop_columns(s); /* the arrays of a record */
  return status;
}

static clino_status on_item(const clino__json_item *item, void *ctx, clino_error *error) {
  json *s = ctx;
  if (item->kind == CLINO__JSON_FIRST_END) {
    s->first_ended = true;
    return CLINO_OK;
  }
  if (s->first_ended && !s->settled) {
    clino_status status = settle(s, true, error);
    if (status) return status;
  }
  if (item->kind == CLINO__JSON_RECORD) return take_record(s, item, error);
  return item->kind == CLINO__JSON_ELEMENT ? take_element(s, item, error) : take_single(s, item, error);
}

/* An object begins with a key or ends, an array with a value of JSON: "[INFO] ..." does not. */
static int probe(const char *bytes, size_t size) {
  size_t i = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  while (i < size && strchr(" \t\r\n", bytes[i]) && bytes[i]) i++;
  if (i == size || (bytes[i] != '{' && bytes[i] != '[')) return 0;
  char open = bytes[i++];
  while (i < size && strchr(" \t\r\n", bytes[i]) && bytes[i]) i++;
  if (i == size) return 20;
  if (open == '{') return bytes[i] == '"' || bytes[i] == '}' ? 95 : 0;
  if (bytes[i] == '{' || bytes[i] == '[' || bytes[i] == ']') return 95;
  double ignored;
  const char *stop = clino__number_scan(bytes + i, bytes + size, &ignored);
  while (stop && stop < bytes + size && strchr(" \t\r\n", *stop) && *stop) stop++;
  if (!stop || stop == bytes + size || *stop != ',') return 0;
  /* "[1, 2000] loss: 0.5" is no array either. */
  while (stop < bytes + size && !memchr("]}[{", *stop, 4)) stop++;
  if (stop == bytes + size || *stop != ']') return 50;
  for (stop++; stop < bytes + size && (*stop == ' ' || *stop == '\t');) stop++;
  return stop == bytes + size || *stop == '\r' || *stop == '\n' ? 50 : 0;
}

static clino_status open_json(const clino__reading *reading, void **state, clino_error *error) {
  json *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  clino__json_init(&s->scan, reading->name, on_item, s);
  *state = s;
  return CLINO_OK;
}

static clino_status feed_json(void *state, const char *bytes, size_t size, clino_error *error) {
  json *s = state;
  return clino__json_feed(&s->scan, bytes, size, error);
}

static clino_status note_damage(json *s, clino_error *error) {
  size_t rows = s->table ? clino__table_rows(s->table) : 0;
  if (!s->scan.damaged) return CLINO_OK;
  if (s->scan.damaged > rows + 10)
    return fail_at(s, s->scan.damaged_line, 0, error, "most lines are no JSON");
  return clino__reading_note(&s->reading, error, "%zu lines are no JSON and were left out, the first is line %zu",
                             s->scan.damaged, s->scan.damaged_line);
}

static clino_status finish_json(void *state, clino_error *error) {
  json *s = state;
  clino_status status = clino__json_finish(&s->scan, error);
  if (!status && !s->settled) status = settle(s, false, error);
  if (!status) status = note_damage(s, error);
  if (!status && !s->table && !s->n_columns)
    status = fail_at(s, 1, 0, error, "no training log: JSON without records or arrays of numbers");
  if (!status && s->table) status = clino__table_finish(s->table, error);
  return status ? status : make_tables(s, error);
}

static void close_json(void *state) {
  json *s = state;
  clino__table_free(s->table);
  clino__json_free(&s->scan);
  drop_columns(s);
  for (size_t i = 0; i < s->n_singles; i++) {
    free(s->singles[i].path);
    free(s->singles[i].bytes);
  }
  free(s->columns);
  free(s->singles);
  free(s);
}

const clino__reader clino__reader_json = {
    {"json",
     "lines of records, arrays of records, objects of arrays: Hugging Face trainer_state.json, LLaMA-Factory, "
     "detectron2, MMEngine, MMDetection, MAE log.txt, Chainer LogReport, Keras history"},
    probe, open_json, feed_json, finish_json, close_json};
