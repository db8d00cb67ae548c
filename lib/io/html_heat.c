/* Histograms over steps as a heat map: a column for each logged histogram (or for several neighbours, added), a row for
 * each part of the range of values, the darker the larger its share of the column. Bins of any width are spread over
 * the rows that they overlap, as if their values lay evenly in them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/html.h"

enum { COLUMNS = 120, ROWS = 36, SHADES = 9, MOST_MAPS = 24 };
enum { WIDTH = 560, HEIGHT = 240, LEFT = 64, RIGHT = 12, TOP = 10, BOTTOM = 36 };

typedef struct heat {
  double low, high;
  size_t columns;
  double share[COLUMNS][ROWS]; /* first counts, then of the column's largest */
} heat;

static void add_mass(double *row, double first, double last, double count) {
  if (last < 0 || first > ROWS || !(last >= first)) return;
  double width = last - first;
  if (width < 1e-9) {
    size_t r = first >= ROWS ? ROWS - 1 : (size_t)first;
    row[r] += count;
    return;
  }
  double from = fmax(first, 0), to = fmin(last, ROWS);
  for (size_t r = (size_t)from; r < ROWS && (double)r < to; r++)
    row[r] += count * (fmin(to, (double)r + 1) - fmax(from, (double)r)) / width;
}

static double row_place(const heat *h, double value) { return (value - h->low) / (h->high - h->low) * ROWS; }

static void add_histogram(heat *h, size_t column, const clino_histogram *g) {
  for (size_t b = 0; b < g->n_bins; b++)
    if (g->counts[b])
      add_mass(h->share[column], row_place(h, g->edges[b]), row_place(h, g->edges[b + 1]), (double)g->counts[b]);
}

/* The value below which a fraction of a histogram's counts lie, to a bin. */
static double quantile(const clino_histogram *g, double fraction, bool upper) {
  double total = 0, below = 0;
  for (size_t b = 0; b < g->n_bins; b++) total += (double)g->counts[b];
  for (size_t b = 0; b < g->n_bins; b++) {
    below += (double)g->counts[b];
    if (below > 0 && below >= fraction * total) return upper ? g->edges[b + 1] : g->edges[b];
  }
  return NAN;
}

/* What nearly all values of any of the histograms lie in: an outermost bin up to 1e308 must not flatten the rest. */
static bool find_range(heat *h, const clino_series *s) {
  h->low = INFINITY, h->high = -INFINITY;
  for (size_t i = 0; i < clino_series_count(s); i++) {
    const clino_histogram *g = clino_series_histogram(s, i);
    double low = quantile(g, 0.001, false), high = quantile(g, 0.999, true);
    if (low < h->low) h->low = low;
    if (high > h->high) h->high = high;
  }
  return h->low < h->high && isfinite(h->high - h->low);
}

static void normalize(heat *h) {
  for (size_t c = 0; c < h->columns; c++) {
    double largest = 0;
    for (size_t r = 0; r < ROWS; r++) largest = fmax(largest, h->share[c][r]);
    for (size_t r = 0; r < ROWS && largest > 0; r++) h->share[c][r] /= largest;
  }
}

static void fill(heat *h, const clino_series *s) {
  size_t n = clino_series_count(s);
  h->columns = n < COLUMNS ? n : COLUMNS;
  memset(h->share, 0, sizeof h->share);
  for (size_t i = 0; i < n; i++)
    add_histogram(h, (size_t)((double)i / (double)n * (double)h->columns), clino_series_histogram(s, i));
  normalize(h);
}

/* The square root lets tails be seen. */
static int shade_of(double share) { return (int)ceil(sqrt(share) * SHADES); }

/* All cells of one shade as one path, neighbours along a row joined. */
static void add_shade(clino__text *text, const heat *h, int shade) {
  bool any = false;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t c = 0; c < h->columns; c++) {
      size_t start = c;
      if (shade_of(h->share[c][r]) != shade) continue;
      while (c + 1 < h->columns && shade_of(h->share[c + 1][r]) == shade) c++;
      if (!any) clino__text_addf(text, "<path opacity=\"0.%02d\" d=\"", shade * 100 / (SHADES + 1) + 9);
      any = true;
      clino__text_addf(text, "M%zu %zuh%zuv1h-%zuz", start, ROWS - 1 - r, c - start + 1, c - start + 1);
    }
  if (any) clino__text_add(text, "\"/>");
}

static void add_label(clino__text *text, int x, int y, const char *anchor) {
  clino__text_addf(text, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
}

static void add_value_labels(clino__text *text, const heat *h) {
  const double at[3] = {h->high, h->low + (h->high - h->low) / 2, h->low};
  for (int i = 0; i < 3; i++) {
    add_label(text, LEFT - 8, TOP + 9 + i * (HEIGHT - TOP - BOTTOM - 9) / 2, "end");
    clino__text_add_digits(text, fabs(at[i]) < 1e-9 * (h->high - h->low) ? 0 : at[i], 3);
    clino__text_add(text, "</text>");
  }
}

static void add_step_label(clino__text *text, int64_t step, int x, const char *anchor) {
  if (step == CLINO_NO_STEP) return;
  add_label(text, x, HEIGHT - BOTTOM + 18, anchor);
  clino__text_addf(text, "%" PRId64 "</text>", step);
}

static void add_map(clino__text *text, const heat *h, const clino_series *s) {
  size_t n = clino_series_count(s);
  clino__text_addf(text, "<svg class=\"heat\" viewBox=\"0 0 %d %d\" role=\"img\"><title>Histograms of ", WIDTH, HEIGHT);
  clino__html_text(text, clino_series_name(s));
  clino__text_addf(text, " over steps</title>\n<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %zu %d\""
                         " preserveAspectRatio=\"none\" shape-rendering=\"crispEdges\">\n"
                         "<rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>",
                   LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, h->columns, ROWS);
  for (int shade = 1; shade <= SHADES; shade++) add_shade(text, h, shade);
  clino__text_add(text, "</svg>\n");
  add_value_labels(text, h);
  add_step_label(text, clino_series_step(s, 0), LEFT, "start");
  if (n > 1) add_step_label(text, clino_series_step(s, n - 1), WIDTH - RIGHT, "end");
  add_label(text, LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - BOTTOM + 18, "middle");
  clino__text_add(text, "step</text></svg>\n");
}

static void add_figure(clino__text *text, heat *h, const clino_series *s) {
  clino__text_add(text, "<figure class=\"chart map\">\n<figcaption><h4>");
  clino__html_text(text, clino_series_name(s));
  clino__text_addf(text, "</h4> <span class=\"steps\">%zu histograms</span></figcaption>\n", clino_series_count(s));
  if (find_range(h, s)) {
    fill(h, s);
    add_map(text, h, s);
  } else {
    clino__text_add(text, "<p class=\"none\">They hold no values, or all the same one.</p>\n");
  }
  clino__text_add(text, "</figure>\n");
}

void clino__html_histograms(clino__text *text, const clino__html_run *run) {
  size_t shown = 0, left_out = 0, n = clino_run_series_count(run->item->run);
  heat *h = malloc(sizeof *h);
  if (!h) text->failed = true;
  for (size_t i = 0; i < n && h; i++) {
    const clino_series *s = clino_run_series_at(run->item->run, i);
    if (clino_series_get_kind(s) != CLINO_SERIES_HISTOGRAM || !clino_series_count(s)) continue;
    if (shown == MOST_MAPS) {
      left_out++;
      continue;
    }
    if (!shown++) clino__text_add(text, "<section class=\"histograms\">\n<h3>Histograms</h3>\n<div class=\"grid\">\n");
    add_figure(text, h, s);
  }
  free(h);
  if (!shown) return;
  clino__text_add(text, "</div>\n");
  if (left_out) clino__text_addf(text, "<p class=\"thinned\">%zu more are not drawn.</p>\n", left_out);
  clino__text_add(text, "</section>\n");
}
