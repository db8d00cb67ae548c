/* clino/plot.h - a plot as SVG: lines, points, thresholds and ranges over linear or logarithmic axes.
 *
 *   double step[N], loss[N];
 *   clino_plot_series s = {.name = "train/loss", .n = N, .x = step, .y = loss};
 *   clino_plot p = clino_plot_default();
 *   p.title = "Training loss";  p.x.label = "step";  p.y.label = "loss";  p.y.scale = CLINO_PLOT_LOG;
 *   p.series = &s;  p.n_series = 1;
 *   clino_plot_svg(&p, to_file, file, NULL);
 *
 * A plot is a flat struct of the caller over arrays of the caller: all of it is only read. The SVG stands on its own
 * (no script, no font, no link, no id, so that several can stand in one HTML page), is legible on light and on dark
 * screens (prefers-color-scheme) and in grey, has its title and a description for screen readers, and is the same,
 * byte for byte, for the same plot. Texts may hold any bytes: what is no valid UTF-8 or no character of XML becomes
 * U+FFFD.
 *
 * What cannot be drawn shows: a NaN or an infinite number breaks the line; on a logarithmic y axis a value of 0 or
 * below is a hollow triangle at the bottom edge; on a logarithmic x axis such points are left out; and a note below
 * the plot counts each of these. A line of more points than the plot has pixels keeps, of each pixel column, the
 * first, last, lowest and highest point (U. Jugel, Z. Jerzak, G. Hackenbroich and V. Markl, "M4: a
 * visualization-oriented time series data aggregation", VLDB 2014), so that it looks the same. Colours: after M.
 * Okabe and K. Ito, "Color universal design", 2008, darkened or lightened to a contrast of at least 3:1 (WCAG 2.1,
 * 1.4.11); dashes tell the rest apart.
 */
#ifndef CLINO_PLOT_H
#define CLINO_PLOT_H

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_plot_scale { CLINO_PLOT_LINEAR = 0, CLINO_PLOT_LOG } clino_plot_scale;
typedef enum clino_plot_direction { CLINO_PLOT_X = 0, CLINO_PLOT_Y } clino_plot_direction;
typedef enum clino_plot_line {
  CLINO_PLOT_SOLID = 0,
  CLINO_PLOT_DASHED,
  CLINO_PLOT_DOTTED,
  CLINO_PLOT_NO_LINE
} clino_plot_line;

typedef enum clino_plot_marker {
  CLINO_PLOT_NO_MARKER = 0,
  CLINO_PLOT_CIRCLE,
  CLINO_PLOT_SQUARE,
  CLINO_PLOT_DIAMOND,
  CLINO_PLOT_CROSS,
  CLINO_PLOT_RING /* large and hollow: round a point that matters */
} clino_plot_marker;

typedef enum clino_plot_color {
  CLINO_PLOT_COLOR_AUTO = 0, /* a series: the next of the palette, dashed once it is used up; a rule or range: grey */
  CLINO_PLOT_BLUE,
  CLINO_PLOT_VERMILLION,
  CLINO_PLOT_GREEN,
  CLINO_PLOT_PURPLE,
  CLINO_PLOT_OCHRE,
  CLINO_PLOT_BLACK,          /* white on a dark screen */
  CLINO_PLOT_GREY
} clino_plot_color;
#define CLINO_PLOT_COLOR_COUNT 8

/* Points that are joined, marked, or both. A zeroed one with n, x and y set is a solid line. */
typedef struct clino_plot_series {
  const char *name;         /* in the legend; NULL: not there */
  size_t n;
  const double *x;          /* n numbers in any order; NULL: 0, 1, 2, ... */
  const double *y;          /* n numbers; NULL only for n = 0 */
  clino_plot_line line;
  clino_plot_marker marker;
  clino_plot_color color;
} clino_plot_series;

/* A straight line across the plot: a threshold (CLINO_PLOT_Y: at y = at) or an event (CLINO_PLOT_X: at x = at). */
typedef struct clino_plot_rule {
  clino_plot_direction direction;
  double at;                /* the axis is made to reach it; not drawn where NaN, infinite, or <= 0 on a log axis */
  const char *label;        /* in the legend; NULL: not there */
  clino_plot_line line;
  clino_plot_color color;
} clino_plot_rule;

/* A shaded part of an axis, from low to high; infinite: to the edge. The axis is not made to reach it. */
typedef struct clino_plot_range {
  clino_plot_direction direction;
  double low, high;         /* not drawn where either is NaN or low > high */
  const char *label;        /* in the legend; NULL: not there */
  clino_plot_color color;
} clino_plot_range;

typedef struct clino_plot_axis {
  const char *label;        /* NULL (default): none */
  clino_plot_scale scale;   /* default CLINO_PLOT_LINEAR */
  double low, high;         /* ends of the axis; NaN (default): from the data. Finite, low < high, above 0 where LOG */
} clino_plot_axis;

typedef struct clino_plot {
  size_t struct_size;       /* set by clino_plot_default */
  const char *title;        /* above the plot; NULL (default): none */
  const char *description;  /* what a screen reader says beside the title; NULL (default): made from axes and series */
  double width, height;     /* in pixels; default 720 and 480, each 240 to 10000 */
  clino_plot_axis x, y;
  const clino_plot_series *series;
  size_t n_series;          /* up to 1000 */
  const clino_plot_rule *rules;
  size_t n_rules;           /* up to 1000 */
  const clino_plot_range *ranges;
  size_t n_ranges;          /* up to 1000 */
  const char *note;         /* below the plot; NULL (default): none */
} clino_plot;

/* An empty plot with the defaults that the fields' comments state. Thread safe. */
CLINO_API clino_plot clino_plot_default(void);

/* Takes size bytes of text, which are not terminated; nonzero stops (CLINO_ERR_CALLBACK). It must return: leaving by
 * longjmp or a C++ exception is undefined. */
typedef int (*clino_text_sink)(const char *text, size_t size, void *ctx);

/* Writes a plot as SVG through sink, which is called once, with the whole text, or not at all.
 *   plot  not NULL, from clino_plot_default(), not changed;  sink  not NULL;  ctx  handed through
 * Where no series has a point that can be drawn, the plot says "no data". Texts that are too long are wrapped or end in
 * an ellipsis; a legend that would take more than a quarter of the height names how many entries it leaves out.
 * Errors: CLINO_ERR_RANGE (a NULL, a field out of range: named), CLINO_ERR_CALLBACK (kept in error), CLINO_ERR_MEMORY.
 * Cost: a few passes over the points; memory of the text: about 20 bytes a pixel column and line, 40 a marker, of which
 * a series has at most one in 9 pixels above 2,000. Independent of the locale. Thread safe. */
CLINO_API clino_status clino_plot_svg(const clino_plot *plot, clino_text_sink sink, void *ctx, clino_error *error);

#define CLINO_PLOT_MOST_PANELS 64

/* Writes several plots into one SVG, in rows of columns of them, in the order given.
 *   plots    n of them, each as for clino_plot_svg and of its own size; a row is as high as its highest plot, a column
 *            as wide as its widest;  n  1 to CLINO_PLOT_MOST_PANELS;  columns  1 to n
 *   title    for screen readers, not drawn; NULL: "Plots". Their description is that of the plots, one after another
 * Errors, cost, thread safety: as clino_plot_svg. */
CLINO_API clino_status clino_plot_panels_svg(const clino_plot *plots, size_t n, size_t columns, const char *title,
                                             clino_text_sink sink, void *ctx, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
