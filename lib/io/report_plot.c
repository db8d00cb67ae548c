/* A small plot of a series for a terminal, in Braille characters of 2 by 4 dots: each column of dots spans the
 * smallest and the largest value of its points, so that no spike is lost. Below it the steps that a finding speaks of
 * are a heavy line, and points that are no numbers a cross. */
#include <math.h>
#include <string.h>

#include "io/report.h"

enum { ROWS = 4, DOTS = 4 * ROWS, MAX_CELLS = 60, MIN_CELLS = 16, MIN_POINTS = 8, LABEL_COLUMNS = 10 };
#define LOG_FROM 1000.0 /* values that span so much are drawn on a logarithmic axis */

typedef struct plot {
  const clino_summary *summary;
  size_t cells, columns; /* of characters; of dots */
  double low, high;      /* of the axis */
  bool logarithmic;
} plot;

/* The buckets [from, to) that stand in a column. */
static void buckets_of(const plot *p, size_t column, size_t *from, size_t *to) {
  *from = column * p->summary->n_buckets / p->columns;
  *to = (column + 1) * p->summary->n_buckets / p->columns;
  if (*to == *from) ++*to;
}

/* Which dot from the bottom stands for a value. */
static int dot_of(const plot *p, double value) {
  double part = p->logarithmic ? log(value / p->low) / log(p->high / p->low)
                               : (value / 2 - p->low / 2) / (p->high / 2 - p->low / 2);
  int dot = part > 0 ? (int)(part * DOTS) : 0;
  return dot < DOTS ? dot : DOTS - 1;
}

/* The dots of a column, from the lowest on; false where it has no finite point. */
static bool span_of(const plot *p, size_t column, int *bottom, int *top) {
  size_t from, to;
  double low = INFINITY, high = -INFINITY;
  buckets_of(p, column, &from, &to);
  for (size_t i = from; i < to; i++) {
    low = fmin(low, p->summary->buckets[i].min);
    high = fmax(high, p->summary->buckets[i].max);
  }
  if (!(low <= high) || !isfinite(low) || !isfinite(high)) return false;
  *bottom = dot_of(p, low);
  *top = dot_of(p, high);
  return true;
}

/* The dots of a cell of a row, from the top, as Braille numbers them (Unicode, block 2800). */
static unsigned dots_of(const plot *p, size_t cell, int row) {
  static const unsigned bits[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}; /* from the bottom */
  unsigned dots = 0;
  int base = 4 * (ROWS - 1 - row);
  for (size_t side = 0; side < 2; side++) {
    int bottom, top;
    if (!span_of(p, 2 * cell + side, &bottom, &top)) continue;
    for (int k = 0; k < 4; k++)
      if (base + k >= bottom && base + k <= top) dots |= bits[side][k];
  }
  return dots;
}

static bool has_dots(const plot *p, size_t cell, int row) { return dots_of(p, cell, row) != 0; }

static void add_cell(clino__text *text, const plot *p, size_t cell, int row) {
  unsigned dots = dots_of(p, cell, row);
  const char braille[3] = {(char)0xE2, (char)(0xA0 + (dots >> 6)), (char)(0x80 + (dots & 0x3F))};
  clino__text_add_bytes(text, dots ? braille : " ", dots ? 3 : 1);
}

/* A number at the right end of the label's columns. */
static void add_label(clino__text *text, size_t indent, double value, bool shown) {
  clino__text label = CLINO__TEXT_EMPTY;
  if (shown) clino__text_add_digits(&label, value, 4);
  if (label.failed) text->failed = true;
  clino__report_blanks(text, indent + (label.length < LABEL_COLUMNS ? LABEL_COLUMNS - label.length : 0));
  clino__text_add(text, clino__text_string(&label));
  clino__text_add(text, shown ? " \u2524" : " \u2502");
  clino__text_free(&label);
}

/* What the line below the plot shows at a cell. */
static const char *mark_of(const plot *p, size_t cell, const clino_finding *f) {
  size_t from, to, rest;
  bool marked = false, broken = false;
  buckets_of(p, 2 * cell, &from, &rest);
  buckets_of(p, 2 * cell + 1, &rest, &to);
  for (size_t i = from; i < to; i++) {
    const clino_bucket *b = &p->summary->buckets[i];
    broken |= b->nonfinite > 0;
    marked |= f->first_step != CLINO_NO_STEP && b->last_step >= f->first_step &&
              (f->last_step == CLINO_NO_STEP || b->first_step <= f->last_step);
  }
  return broken ? "\u00d7" : marked ? "\u2501" : "\u2500";
}

static void add_plot(clino__text *text, const plot *p, const clino_finding *f, size_t indent) {
  for (int row = 0; row < ROWS; row++) {
    add_label(text, indent, row ? p->low : p->high, row == 0 || row == ROWS - 1);
    size_t used = 0; /* cells up to the last one with a dot */
    for (size_t cell = 0; cell < p->cells; cell++) used = has_dots(p, cell, row) ? cell + 1 : used;
    for (size_t cell = 0; cell < used; cell++) add_cell(text, p, cell, row);
    clino__text_add(text, "\n");
  }
  clino__report_blanks(text, indent + LABEL_COLUMNS + 1);
  clino__text_add(text, "\u2514");
  for (size_t cell = 0; cell < p->cells; cell++) clino__text_add(text, mark_of(p, cell, f));
  clino__text_add(text, p->logarithmic ? " log\n" : "\n");
}

void clino__report_plot(clino__text *text, const clino_run *run, const clino_finding *f, size_t indent, size_t width) {
  const clino_series *series = f->series ? clino_run_series(run, f->series) : NULL;
  clino_summary summary;
  size_t used = indent + LABEL_COLUMNS + 2 + 4; /* axis, and " log" */
  if (!series || clino_series_get_kind(series) != CLINO_SERIES_SCALAR || clino_series_count(series) < MIN_POINTS ||
      width < used + MIN_CELLS)
    return;
  if (clino_series_summary(series, &summary, NULL)) {
    text->failed = true;
    return;
  }
  if (!(summary.min < summary.max)) return; /* a constant needs no plot, NaN has none */
  plot p = {.summary = &summary, .cells = width - used, .low = summary.min, .high = summary.max};
  if (p.cells > MAX_CELLS) p.cells = MAX_CELLS;
  p.columns = 2 * p.cells;
  p.logarithmic = p.low > 0 && p.high / p.low >= LOG_FROM && isfinite(p.high / p.low);
  add_plot(text, &p, f, indent);
}
