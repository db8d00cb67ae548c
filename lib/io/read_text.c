/* The reader of text logs: what programs print while they train. Lines that name numbers are rows; others are passed
 * over, so that configurations, warnings and tracebacks may stand between them.
 *
 * A row ends where the step changes or a name comes again: what is printed of one step on several lines is one row. A
 * line such as "Epoch 3/10" holds for the lines that follow it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "io/lines.h"
#include "io/roles.h"
#include "io/table.h"
#include "io/text_line.h"

/* Longer lines are dumps. */
#define MAX_LINE_BYTES 65536
#define MAX_NAMES 4096
/* A log says more than one thing: where so many lines have nothing to say beside one row, it is prose that does. */
#define MOST_BESIDE_ONE 64

typedef struct text {
  clino__reading reading;
  clino__lines lines;
  clino__text clean;    /* a line without escape sequences */
  clino__table *table;
  double epoch, step;   /* of the heading that holds, NaN where there is none */
  double row_epoch, row_step;
  size_t rows, beside;  /* rows so far, and lines that are part of none */
  bool open, counted;   /* a row is open; some line said a step or an epoch */
  bool repeated;        /* a line without a step already stands beside the row's */
  bool boxed;           /* within a box of "| name | value |" */
  char section[CLINO__PAIR_NAME]; /* of the box */
  clino__text_line line, box;
} text;

/* ---- lines ---- */

/* The line without escape sequences of terminals (ECMA-48: CSI, OSC) and backspaces. */
static bool clean_line(text *s, const clino__line *line) {
  const char *p = line->bytes, *end = p + line->size;
  clino__text_clear(&s->clean);
  while (p < end) {
    const char *q = p;
    while (q < end && *q != '\x1B' && *q != '\b') q++;
    if (q > p) clino__text_add_bytes(&s->clean, p, (size_t)(q - p));
    p = q;
    if (p == end) break;
    if (*p++ == '\b' || p == end) continue;
    if (*p == '[') {
      for (p++; p < end && !(*p >= 0x40 && *p <= 0x7E);) p++;
    } else if (*p == ']') {
      while (p < end && *p != '\a') p++;
    }
    if (p < end) p++;
  }
  return !s->clean.failed;
}

static bool begins(const clino__text *line, const char *with) {
  return strncmp(clino__text_string(line), with, strlen(with)) == 0;
}

/* Darknet's lines of single detectors, whose means over no object are -nan. */
static bool is_region(const clino__text *line) { return begins(line, "Region ") || begins(line, "v3 ("); }

static bool has_metric(const clino__text_line *l) {
  for (size_t i = 0; i < l->n; i++)
    if (clino__is_metric(l->pairs[i].name)) return true;
  return false;
}

static bool has_axis(const clino__text_line *l) { return !isnan(l->epoch) || !isnan(l->step) || !isnan(l->part); }

/* ---- rows ---- */

static clino_status ensure_table(text *s, clino_error *error) {
  if (s->table) return CLINO_OK;
  return clino__table_new(&s->reading, false, &s->table, error);
}

static clino_status set_axis(text *s, const char *name, double value, clino_error *error) {
  size_t column;
  if (isnan(value)) return CLINO_OK;
  clino_status status = clino__table_find_column(s->table, name, &column, error);
  return status ? status : clino__table_set(s->table, column, value, error);
}

static clino_status begin_row(text *s, double epoch, double step, clino_error *error) {
  clino_status status = clino__table_add_row(s->table, 0, NAN, NAN, error);
  if (!status) status = set_axis(s, "epoch", epoch, error);
  if (!status) status = set_axis(s, "step", step, error);
  s->row_epoch = epoch;
  s->row_step = step;
  s->open = true;
  s->rows++;
  return status;
}

/* The column of a pair: with the phase of its line, where it says none itself. False where there are too many. */
static bool column_of(text *s, const clino__pair *pair, size_t *column, clino_status *status, clino_error *error) {
  clino__text name = CLINO__TEXT_EMPTY;
  if (*s->line.phase && !clino__phase_of(pair->name)) clino__text_addf(&name, "%s/", s->line.phase);
  clino__text_add(&name, pair->name);
  bool room = clino__table_columns(s->table) < MAX_NAMES;
  if (name.failed) *status = clino__fail_memory(error, "a name");
  else if (room) *status = clino__table_find_column(s->table, clino__text_string(&name), column, error);
  clino__text_free(&name);
  return room && !*status;
}

/* The pairs of the line that belong into the table, as columns. */
static size_t find_columns(text *s, size_t columns[CLINO__LINE_PAIRS], clino_status *status, clino_error *error) {
  size_t n = 0;
  for (size_t i = 0; i < s->line.n && !*status; i++) {
    columns[i] = SIZE_MAX;
    n += column_of(s, &s->line.pairs[i], &columns[i], status, error);
  }
  return n;
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

/* Whether the line can go on with the open row: of the same step, or without one, and no name comes again. */
static bool goes_on(const text *s, double epoch, double step, bool own, const size_t *columns) {
  if (!s->open) return false;
  if (own && !(same(step, s->row_step) && (isnan(epoch) || isnan(s->row_epoch) || epoch == s->row_epoch))) return false;
  for (size_t i = 0; i < s->line.n; i++)
    if (columns[i] != SIZE_MAX && clino__table_is_set(s->table, columns[i])) return false;
  return true;
}

/* A heading: "Epoch 3/10", with little else. */
static void take_heading(text *s) {
  const clino__text_line *l = &s->line;
  if (l->n || l->assigns || l->words > (isnan(l->epoch) ? 0 : 4) || (isnan(l->epoch) && isnan(l->step))) return;
  if (!isnan(l->epoch)) s->epoch = l->epoch, s->step = NAN;
  if (!isnan(l->step)) s->step = l->step;
  s->open = false;
  s->counted = true;
}

static clino_status take_pairs(text *s, clino_error *error) {
  const clino__text_line *l = &s->line;
  size_t columns[CLINO__LINE_PAIRS];
  const char *phase = *l->phase ? clino__phase_of(l->phase) : NULL;
  bool train = !phase || strcmp(phase, "train") == 0;
  bool own = !isnan(l->epoch) || !isnan(l->step) || (train && !isnan(l->part));
  double epoch = isnan(l->epoch) ? s->epoch : l->epoch, step = l->step;
  clino_status status = ensure_table(s, error);
  if (status) return status;
  /* A count of parts is one of training steps only where training is spoken of. */
  if (isnan(step) && train && !isnan(l->part)) {
    step = l->part;
    clino__table_per_epoch(s->table, l->parts);
  }
  if (own) s->step = NAN;
  if (isnan(step)) step = s->step;
  if (!isnan(l->per_epoch)) clino__table_per_epoch(s->table, l->per_epoch);
  if (!find_columns(s, columns, &status, error)) return status;
  s->counted = s->counted || own;
  if (!goes_on(s, epoch, step, own, columns)) {
    /* A line that names again what the last row has, and no step, sums up what was done by then: once, or while it is
     * about validation. */
    bool now = s->open && !own && isnan(step) && (!s->repeated || !train);
    status = begin_row(s, now ? s->row_epoch : epoch, now ? s->row_step : step, error);
    s->repeated = now;
  }
  for (size_t i = 0; i < l->n && !status; i++)
    if (columns[i] != SIZE_MAX) status = clino__table_set(s->table, columns[i], l->pairs[i].value, error);
  return status;
}

static clino_status take_line(text *s, clino_error *error) {
  if (s->line.n && (has_metric(&s->line) || (s->counted && has_axis(&s->line)))) return take_pairs(s, error);
  if (!s->line.n) take_heading(s);
  s->beside++;
  return CLINO_OK;
}

/* ---- boxes, as Stable-Baselines prints them: all of one is of one step ---- */

static bool is_rule(const clino__text *line) { return begins(line, "-----"); }

static clino_status end_box(text *s, clino_error *error) {
  bool any = s->boxed && s->box.n;
  s->boxed = false;
  if (!any) return CLINO_OK;
  s->line = s->box;
  s->open = false;
  return take_line(s, error);
}

static void begin_box(text *s) {
  s->boxed = true;
  s->section[0] = '\0';
  clino__text_line_read("", 0, &s->box);
}

/* A line of a box: a section "| train/ | |", or a name and its value. */
static void take_box_line(text *s) {
  const char *line = clino__text_string(&s->clean), *slash = strchr(line, '/');
  clino__text_line more;
  clino__text_line_read(line, s->clean.length, &more);
  if (more.n || has_axis(&more)) {
    clino__text_line_append(&s->box, &more, s->section);
  } else if (slash) {
    const char *from = line + 1 + strspn(line + 1, " ");
    size_t n = slash > from ? (size_t)(slash - from) + 1 : 0;
    if (n >= sizeof s->section) n = 0;
    memcpy(s->section, from, n);
    s->section[n] = '\0';
  }
}

static clino_status on_line(const clino__line *line, void *state, clino_error *error) {
  text *s = state;
  if (line->size > MAX_LINE_BYTES || !line->size) return CLINO_OK;
  if (!clean_line(s, line)) return clino__fail_memory(error, "a line");
  if (is_region(&s->clean)) return CLINO_OK;
  if (s->boxed && begins(&s->clean, "|")) {
    take_box_line(s);
    return CLINO_OK;
  }
  if (s->boxed || is_rule(&s->clean)) {
    clino_status status = end_box(s, error);
    if (status) return status;
    if (is_rule(&s->clean)) begin_box(s);
  }
  clino__text_line_read(clino__text_string(&s->clean), s->clean.length, &s->line);
  return take_line(s, error);
}

/* ---- the reader ---- */

static clino_status open_text(const clino__reading *reading, void **state, clino_error *error) {
  text *s = calloc(1, sizeof *s);
  if (!s) return clino__fail_memory(error, "a reader");
  s->reading = *reading;
  s->epoch = s->step = s->row_epoch = s->row_step = NAN;
  clino__lines_init(&s->lines, reading->name, on_line, s);
  *state = s;
  return CLINO_OK;
}

static clino_status feed_text(void *state, const char *bytes, size_t size, clino_error *error) {
  text *s = state;
  return clino__lines_feed(&s->lines, bytes, size, error);
}

static clino_status finish_text(void *state, clino_error *error) {
  text *s = state;
  clino_status status = clino__lines_finish(&s->lines, error);
  if (!status) status = end_box(s, error);
  if (status) return status;
  if (s->rows == 1 && !s->counted && s->beside > MOST_BESIDE_ONE)
    return clino__fail(error, CLINO_ERR_FORMAT,
                       "no training log: one line that names a loss or a metric, among %zu that do not", s->beside);
  if (s->table) return clino__table_finish(s->table, error);
  clino__fail(error, CLINO_ERR_FORMAT, "no training log: no line names a loss or a metric and its value");
  clino__error_at(error, s->reading.name, 1, 0);
  return CLINO_ERR_FORMAT;
}

static void close_text(void *state) {
  text *s = state;
  clino__table_free(s->table);
  clino__lines_free(&s->lines);
  clino__text_free(&s->clean);
  free(s);
}

/* ---- probing ---- */

typedef struct seen {
  text state;
  size_t metrics, counted;
} seen;

static clino_status look_at(const clino__line *line, void *ctx, clino_error *error) {
  seen *s = ctx;
  (void)error;
  if (line->size > MAX_LINE_BYTES || s->metrics > 8) return CLINO_OK;
  if (!clean_line(&s->state, line)) return CLINO_ERR_MEMORY;
  clino__text_line_read(clino__text_string(&s->state.clean), s->state.clean.length, &s->state.line);
  s->metrics += has_metric(&s->state.line);
  s->counted += has_metric(&s->state.line) && has_axis(&s->state.line);
  return CLINO_OK;
}

/* The last resort for any text. */
static int probe(const char *bytes, size_t size) {
  if (!clino__is_text(bytes, size)) return 0;
  seen *s = calloc(1, sizeof *s);
  if (!s) return CLINO__PROBE_MEMORY;
  clino__lines lines;
  clino__lines_init(&lines, "", look_at, s);
  clino_status status = clino__lines_feed(&lines, bytes, size, NULL);
  if (!status) status = clino__lines_finish(&lines, NULL);
  int score = status == CLINO_ERR_MEMORY ? CLINO__PROBE_MEMORY : status ? 0 : s->counted ? 45 : s->metrics ? 40 : 3;
  clino__lines_free(&lines);
  clino__text_free(&s->state.clean);
  free(s);
  return score;
}

const clino__reader clino__reader_text = {
    {"text",
     "lines that name numbers ('loss: 0.5', 'loss=0.5', 'step 3 | loss 0.5'), among any others: llm.c, nanoGPT, "
     "darknet, MMEngine, fairseq, Keras, PyTorch examples, XGBoost, printed by hand"},
    probe, open_text, feed_text, finish_text, close_text};
