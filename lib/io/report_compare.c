/* Runs side by side as text: a table from the best to the worst, what differs between them, and a sentence. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "io/report.h"

enum { VALUE_COLUMNS = 20, GAP = 2 };

/* Cells that are padded to the widest of their column. */
typedef struct table {
  clino__text *cells; /* a row after the other */
  size_t *widths;     /* of the columns */
  size_t rows, columns, row, column;
} table;

static bool table_new(table *t, size_t rows, size_t columns) {
  *t = (table){.cells = calloc(rows * columns, sizeof *t->cells), .widths = calloc(columns, sizeof *t->widths),
               .rows = rows, .columns = columns};
  return t->cells && t->widths;
}

/* The next cell, to be filled. */
static clino__text *next_cell(table *t) {
  clino__text *cell = &t->cells[t->row * t->columns + t->column];
  if (++t->column == t->columns) t->column = 0, t->row++;
  return cell;
}

static size_t columns_of(const clino__text *cell) {
  return clino__utf8_columns(clino__text_string(cell), cell->length);
}

/* Once all cells are filled. */
static void find_widths(table *t) {
  for (size_t i = 0; i < t->rows * t->columns; i++) {
    size_t columns = columns_of(&t->cells[i]), *width = &t->widths[i % t->columns];
    if (columns > *width) *width = columns;
  }
}

static void write_cell(clino__text *text, const table *t, size_t row, size_t column, bool right, bool padded) {
  const clino__text *cell = &t->cells[row * t->columns + column];
  size_t blanks = t->widths[column] - columns_of(cell);
  clino__report_blanks(text, right ? GAP + blanks : GAP);
  clino__text_add(text, clino__text_string(cell));
  if (!right && padded) clino__report_blanks(text, blanks);
  if (cell->failed) text->failed = true;
}

static void table_free(table *t) {
  for (size_t i = 0; t->cells && i < t->rows * t->columns; i++) clino__text_free(&t->cells[i]);
  free(t->cells);
  free(t->widths);
}

/* ---- from the best to the worst ---- */

static void add_number(table *t, double value) {
  clino__text *cell = next_cell(t);
  if (isnan(value)) clino__text_add(cell, "-");
  else clino__text_add_digits(cell, value, 4);
}

static void add_step(table *t, int64_t step) {
  clino__text *cell = next_cell(t);
  if (step == CLINO_NO_STEP) clino__text_add(cell, "-");
  else clino__text_addf(cell, "%" PRId64, step);
}

static void add_row(table *t, const clino_compared *r, size_t rank) {
  bool best = r->standing == CLINO_STANDING_BEST;
  clino__text_addf(next_cell(t), "%zu", rank);
  add_number(t, r->level);
  add_number(t, r->error);
  add_number(t, best ? NAN : r->behind);
  add_number(t, best ? NAN : r->deviations);
  add_number(t, r->best);
  add_step(t, r->best_step);
  add_step(t, r->last_step);
  clino__text_add(next_cell(t), clino_standing_name(r->standing));
}

static const char *const heads[] = {"#", "end", "error", "behind", "in errors", "best", "at step", "last step", ""};
enum { NUMBERS = 8, COLUMNS = sizeof heads / sizeof heads[0] };

static void fill_ranks(table *t, const clino_comparison *c, bool plot) {
  const char *series = clino_comparison_series(c);
  clino__spark spark = CLINO__SPARK_EMPTY;
  size_t n = clino_comparison_count(c);
  for (size_t i = 0; i < COLUMNS; i++) clino__text_add(next_cell(t), heads[i]);
  if (plot) clino__text_add(next_cell(t), "curve");
  clino__text_add(next_cell(t), "run");
  for (size_t i = 0; plot && series && i < n; i++)
    clino__spark_include(&spark, clino_run_series(clino_comparison_at(c, i)->run, series));
  for (size_t i = 0; i < n; i++) {
    const clino_compared *r = clino_comparison_ranked(c, i);
    add_row(t, r, i + 1);
    if (plot) clino__spark_add(next_cell(t), &spark, series ? clino_run_series(r->run, series) : NULL);
    clino__text_add_printable(next_cell(t), r->name);
  }
}

static void add_ranks(clino__text *text, const clino_comparison *c, bool plot) {
  table t;
  size_t columns = COLUMNS + 1 + plot, rows = clino_comparison_count(c) + 1;
  if (table_new(&t, rows, columns)) {
    fill_ranks(&t, c, plot);
    find_widths(&t);
    for (size_t row = 0; row < rows; row++) {
      for (size_t k = 0; k < columns; k++) write_cell(text, &t, row, k, k < NUMBERS, k + 1 < columns);
      clino__text_add(text, "\n");
    }
    clino__text_add(text, "\n");
  } else {
    text->failed = true;
  }
  table_free(&t);
}

/* ---- what differs ---- */

/* The value, cut where it is long. */
static void add_value(clino__text *cell, const char *value) {
  char shown[4 * VALUE_COLUMNS + 1];
  size_t columns = clino_report_printable(value ? value : "-", shown, sizeof shown), size = strlen(shown);
  bool cut = columns > VALUE_COLUMNS;
  while (columns > VALUE_COLUMNS - 2) {
    if (!cut) break;
    do size--;
    while (size && ((unsigned char)shown[size] & 0xC0) == 0x80);
    columns = clino__utf8_columns(shown, size);
  }
  clino__text_add_bytes(cell, shown, size);
  if (cut) clino__text_add(cell, "..");
}

static void fill_settings(table *t, const clino_comparison *c) {
  size_t settings = clino_comparison_setting_count(c);
  clino__text_add(next_cell(t), "#");
  for (size_t s = 0; s < settings; s++) add_value(next_cell(t), clino_comparison_setting_at(c, s));
  for (size_t i = 0; i < clino_comparison_count(c); i++) {
    clino__text_addf(next_cell(t), "%zu", i + 1);
    for (size_t s = 0; s < settings; s++)
      add_value(next_cell(t), clino_comparison_value(c, s, clino_comparison_ranked(c, i)->index));
  }
}

/* The first column and those from on, as many as fit; returns the first that does not. */
static size_t add_block(clino__text *text, const table *t, size_t from, size_t width) {
  size_t used = GAP + t->widths[0], to = from;
  while (to < t->columns && (to == from || used + GAP + t->widths[to] <= width)) used += GAP + t->widths[to++];
  for (size_t row = 0; row < t->rows; row++) {
    write_cell(text, t, row, 0, true, true);
    for (size_t k = from; k < to; k++) write_cell(text, t, row, k, false, k + 1 < to);
    clino__text_add(text, "\n");
  }
  clino__text_add(text, "\n");
  return to;
}

static void add_settings(clino__text *text, const clino_comparison *c, size_t width) {
  table t;
  size_t settings = clino_comparison_setting_count(c);
  if (!settings) return;
  if (!table_new(&t, clino_comparison_count(c) + 1, settings + 1)) {
    table_free(&t);
    text->failed = true;
    return;
  }
  fill_settings(&t, c);
  find_widths(&t);
  clino__text_add(text, "  They differ in:\n");
  for (size_t from = 1; from < t.columns;) from = add_block(text, &t, from, width);
  table_free(&t);
}

/* ---- the section ---- */

void clino__report_best(clino__text *text, const clino_comparison *c) {
  const clino_compared *best = clino_comparison_ranked(c, 0);
  clino_findings *findings = NULL;
  if (clino_findings_new(&findings, NULL) || clino_comparison_judge(c, best->index, findings, NULL))
    text->failed = true;
  else clino__text_addf(text, "%s: %s", best->name, clino_findings_at(findings, 0)->message);
  clino_findings_free(findings);
}

static void add_sentence(clino__text *text, const clino_comparison *c, size_t width) {
  clino__text sentence = CLINO__TEXT_EMPTY;
  clino__report_best(&sentence, c);
  clino__report_blanks(text, GAP);
  clino__report_wrap(text, clino__text_string(&sentence), GAP, GAP, width);
  clino__text_add(text, "\n\n");
  if (sentence.failed) text->failed = true;
  clino__text_free(&sentence);
}

void clino__report_compare(clino__text *text, const clino_comparison *c, const clino_report_options *options) {
  const char *series = clino_comparison_series(c);
  clino__text_add(text, "COMPARED");
  if (series) {
    clino__text_add(text, " by ");
    clino__text_add_printable(text, series);
    clino__text_add(text, clino_comparison_lower_is_better(c) ? ", lower is better" : ", higher is better");
  }
  clino__text_add(text, "\n\n");
  add_ranks(text, c, options->plot);
  add_settings(text, c, options->width);
  add_sentence(text, c, options->width);
}
