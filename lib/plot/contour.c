/* Contours by marching squares, in the frame of a plot. */
#include "clino/contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/series.h"

#define MOST_POINTS 2000
#define MOST_LEVELS 100
#define MOST_SERIES 1000

clino_contour clino_contour_default(void) {
  return (clino_contour){.struct_size = sizeof(clino_contour), .width = 720, .height = 640, .levels = 14};
}

/* ---- what may be asked for ---- */

static bool ascending(const double *v, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isfinite(v[i]) || (i && !(v[i] > v[i - 1]))) return false;
  return true;
}

static bool series_good(const clino_plot_series *s) {
  return (s->y || !s->n) && (int)s->line >= 0 && s->line <= CLINO_PLOT_NO_LINE && (int)s->marker >= 0 &&
         s->marker <= CLINO_PLOT_RING && (int)s->color >= 0 && s->color < CLINO_PLOT_COLOR_COUNT;
}

static clino_status check_numbers(const clino_contour *c, clino_error *error) {
  const char *bad = NULL;
  if (!(c->width >= 240 && c->width <= 10000)) bad = "width is not from 240 to 10000";
  else if (!(c->height >= 240 && c->height <= 10000)) bad = "height is not from 240 to 10000";
  else if (c->nx < 2 || c->nx > MOST_POINTS) bad = "nx is not from 2 to 2000";
  else if (c->ny < 2 || c->ny > MOST_POINTS) bad = "ny is not from 2 to 2000";
  else if (c->levels < 1 || c->levels > MOST_LEVELS) bad = "levels is not from 1 to 100";
  else if (c->n_series > MOST_SERIES) bad = "n_series is above 1000";
  else if (!c->xs || !c->ys || !c->z) bad = !c->xs ? "xs is NULL" : !c->ys ? "ys is NULL" : "z is NULL";
  else if (c->n_series && !c->series) bad = "series is NULL, but its count is not 0";
  else if (!ascending(c->xs, c->nx)) bad = "xs does not ascend, or is not finite";
  else if (!ascending(c->ys, c->ny)) bad = "ys does not ascend, or is not finite";
  for (size_t i = 0; !bad && i < c->n_series; i++)
    if (!series_good(&c->series[i])) bad = "series has a y that is NULL, or a line, marker or color that is not known";
  return bad ? clino__fail(error, CLINO_ERR_RANGE, "clino_contour.%s", bad) : CLINO_OK;
}

/* ---- levels ---- */

typedef struct drawing {
  const clino_contour *c;
  clino__frame frame;
  clino_plot_series *series;
  clino__legend_item *legend;
  double *heights;           /* the finite ones */
  size_t n_heights;
  double levels[MOST_LEVELS];
  size_t n_levels;
  clino__text note, description;
  const char *notes[2];
} drawing;

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void choose_levels(drawing *d) {
  const clino_contour *c = d->c;
  for (size_t i = 0; i < c->nx * c->ny; i++)
    if (isfinite(c->z[i])) d->heights[d->n_heights++] = c->z[i];
  if (!d->n_heights) return;
  qsort(d->heights, d->n_heights, sizeof *d->heights, by_size);
  for (size_t k = 0; k < c->levels; k++) {
    double at = (double)(k + 1) / (double)(c->levels + 1) * (double)(d->n_heights - 1);
    double level = d->heights[(size_t)at];
    bool inside = level > d->heights[0] && level < d->heights[d->n_heights - 1];
    if (inside && (!d->n_levels || level > d->levels[d->n_levels - 1])) d->levels[d->n_levels++] = level;
  }
}

/* ---- lines ---- */

/* Where the level crosses an edge of the cell at (i, j): 0 below, 1 right, 2 above, 3 left. */
static void crossing(const drawing *d, size_t i, size_t j, int edge, double level, clino__text *svg) {
  const clino_contour *c = d->c;
  size_t i0 = edge == 1 ? i + 1 : i, j0 = edge == 2 ? j + 1 : j, along_x = edge % 2 == 0;
  size_t i1 = along_x ? i + 1 : i0, j1 = along_x ? j0 : j + 1;
  double a = c->z[j0 * c->nx + i0], b = c->z[j1 * c->nx + i1], t = (level - a) / (b - a);
  if (!isfinite(t)) t = (level / 2 - a / 2) / (b / 2 - a / 2); /* b - a overflows */
  t = fmin(fmax(t, 0), 1);
  clino__svg_coordinate(svg, clino__frame_x(&d->frame, c->xs[i0] + t * (c->xs[i1] - c->xs[i0])));
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, clino__frame_y(&d->frame, c->ys[j0] + t * (c->ys[j1] - c->ys[j0])));
}

static void line(const drawing *d, size_t i, size_t j, int from, int to, double level, clino__text *svg) {
  clino__text_add(svg, "M");
  crossing(d, i, j, from, level, svg);
  clino__text_add(svg, "L");
  crossing(d, i, j, to, level, svg);
}

/* Corners in turn: lower left, lower right, upper right, upper left; edge k runs from corner k to the next. A line
 * leaves through each edge whose ends lie on two sides. */
static void cell(const drawing *d, size_t i, size_t j, double level, clino__text *svg) {
  const clino_contour *c = d->c;
  const double z[4] = {c->z[j * c->nx + i], c->z[j * c->nx + i + 1], c->z[(j + 1) * c->nx + i + 1],
                       c->z[(j + 1) * c->nx + i]};
  int edges[4], n = 0;
  double mean = 0;
  for (int k = 0; k < 4; k++) {
    if (!isfinite(z[k])) return;
    mean += z[k] / 4;
    if ((z[k] >= level) != (z[(k + 1) % 4] >= level)) edges[n++] = k;
  }
  if (n == 2) line(d, i, j, edges[0], edges[1], level, svg);
  if (n != 4) return;
  bool joined = (mean >= level) == (z[0] >= level); /* the middle is as the first corner: the others are cut off */
  line(d, i, j, 0, joined ? 1 : 3, level, svg);
  line(d, i, j, 2, joined ? 3 : 1, level, svg);
}

static void draw_levels(const drawing *d, clino__text *svg) {
  clino__svg_color(svg, CLINO_PLOT_BLUE);
  for (size_t k = 0; k < d->n_levels; k++) {
    clino__text_add(svg, "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.25\"");
    clino__svg_attribute(svg, "stroke-opacity", 0.35 + 0.65 * (double)(k + 1) / (double)d->n_levels);
    clino__text_add(svg, " d=\"");
    for (size_t j = 0; j + 1 < d->c->ny; j++)
      for (size_t i = 0; i + 1 < d->c->nx; i++) cell(d, i, j, d->levels[k], svg);
    clino__text_add(svg, "\"/>\n");
  }
  clino__text_add(svg, "</g>\n");
}

/* ---- the whole ---- */

static void write_texts(drawing *d) {
  const clino_contour *c = d->c;
  size_t lost = c->nx * c->ny - d->n_heights, n = 0;
  if (d->n_heights) {
    clino__text_addf(&d->note, "%zu levels", d->n_levels);
    clino__text_add(&d->note, " of heights from ");
    clino__text_add_digits(&d->note, d->heights[0], 4);
    clino__text_add(&d->note, " (faint) to ");
    clino__text_add_digits(&d->note, d->heights[d->n_heights - 1], 4);
  } else {
    clino__text_add(&d->note, "no data");
  }
  if (lost) clino__text_addf(&d->note, "; %zu %s not finite: a gap", lost, lost == 1 ? "height" : "heights");
  if (c->note) d->notes[n++] = c->note;
  d->notes[n++] = clino__text_string(&d->note);
  d->frame.notes = d->notes;
  d->frame.n_notes = n;
  if (c->description) clino__text_add(&d->description, c->description);
  else clino__text_addf(&d->description, "Contours over %s and %s. %s.", c->x_label ? c->x_label : "x",
                        c->y_label ? c->y_label : "y", clino__text_string(&d->note));
}

static void set_frame(drawing *d) {
  const clino_contour *c = d->c;
  d->frame.x = (clino__axis){CLINO_PLOT_LINEAR, c->xs[0], c->xs[c->nx - 1]};
  d->frame.y = (clino__axis){CLINO_PLOT_LINEAR, c->ys[0], c->ys[c->ny - 1]};
  d->frame.width = c->width, d->frame.height = c->height, d->frame.title = c->title;
  d->frame.x_label = c->x_label, d->frame.y_label = c->y_label;
  for (size_t i = 0; i < c->n_series; i++) {
    clino_plot_series *s = &d->series[i];
    *s = c->series[i];
    if (s->color == CLINO_PLOT_COLOR_AUTO) s->color = (clino_plot_color)(2 + i % 4); /* not blue, as the lines are */
    if (s->name)
      d->legend[d->frame.n_legend++] = (clino__legend_item){s->name, s->color, s->line, s->marker, false};
  }
  d->frame.legend = d->legend;
}

static void draw(drawing *d, clino__text *svg) {
  choose_levels(d);
  write_texts(d);
  set_frame(d);
  clino__frame_place(&d->frame);
  clino__svg_open(svg, d->c->width, d->c->height, d->c->title ? d->c->title : "Contours",
                  clino__text_string(&d->description));
  clino__frame_grid(&d->frame, svg);
  draw_levels(d, svg);
  for (size_t i = 0; i < d->c->n_series; i++) clino__series_draw(&d->series[i], &d->frame, svg);
  clino__frame_draw(&d->frame, svg);
  clino__svg_close(svg);
}

clino_status clino_contour_svg(const clino_contour *c, clino_text_sink sink, void *ctx, clino_error *error) {
  if (!c || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_contour_svg: %s is NULL", c ? "sink" : "contour");
  clino_status status = clino__check_struct(c->struct_size, sizeof *c, "clino_contour", error);
  if (!status) status = check_numbers(c, error);
  if (status) return status;
  drawing d = {.c = c, .note = CLINO__TEXT_EMPTY, .description = CLINO__TEXT_EMPTY};
  clino__text svg = CLINO__TEXT_EMPTY;
  d.heights = malloc(c->nx * c->ny * sizeof *d.heights);
  d.series = malloc((c->n_series + 1) * sizeof *d.series);
  d.legend = malloc((c->n_series + 1) * sizeof *d.legend);
  bool room = d.heights && d.series && d.legend;
  if (room) draw(&d, &svg);
  if (!room || svg.failed || d.note.failed || d.description.failed) status = clino__fail_memory(error, "contours");
  if (!status) {
    int value = sink(clino__text_string(&svg), svg.length, ctx);
    if (value) status = clino__fail_callback(error, "sink", value);
  }
  clino__text_free(&svg);
  clino__text_free(&d.note);
  clino__text_free(&d.description);
  free(d.heights);
  free(d.series);
  free(d.legend);
  return status;
}
