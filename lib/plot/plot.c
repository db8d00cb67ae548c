/* The order of a plot: check, measure, place the frame, draw ranges, grid, rules, series, axes and legend. */
#include "clino/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/series.h"

#define MOST_ITEMS 1000
#define SMALLEST 240.0
#define LARGEST 10000.0

clino_plot clino_plot_default(void) {
  clino_plot p = {.struct_size = sizeof p, .width = 720, .height = 480};
  p.x.low = p.x.high = p.y.low = p.y.high = NAN;
  return p;
}

/* ---- what may be asked for ---- */

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_plot", field, value, range);
}

static clino_status check_axis(const clino_plot_axis *a, const char *name, clino_error *error) {
  if (a->scale != CLINO_PLOT_LINEAR && a->scale != CLINO_PLOT_LOG)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.%s.scale is %d, not a clino_plot_scale", name,
                       (int)a->scale);
  double ends[2] = {a->low, a->high};
  for (int i = 0; i < 2; i++)
    if (!isnan(ends[i]) && !clino__axis_can_show(a->scale, ends[i]))
      return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.%s.%s is %s", name, i ? "high" : "low",
                         isinf(ends[i]) ? "infinite" : "0 or below on a logarithmic axis");
  if (a->low >= a->high)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.%s.low is not below clino_plot.%s.high", name, name);
  return CLINO_OK;
}

static clino_status check_look(const char *what, size_t i, int line, int marker, int color, clino_error *error) {
  bool good = line >= CLINO_PLOT_SOLID && line <= CLINO_PLOT_NO_LINE && marker >= CLINO_PLOT_NO_MARKER &&
              marker <= CLINO_PLOT_RING && color >= CLINO_PLOT_COLOR_AUTO && color < CLINO_PLOT_COLOR_COUNT;
  if (good) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.%s[%zu]: its line, marker, color or direction is not known",
                     what, i);
}

static clino_status check_lists(const clino_plot *p, clino_error *error) {
  if (p->n_series > MOST_ITEMS) return bad(error, "n_series", (double)p->n_series, "at most 1000");
  if (p->n_rules > MOST_ITEMS) return bad(error, "n_rules", (double)p->n_rules, "at most 1000");
  if (p->n_ranges > MOST_ITEMS) return bad(error, "n_ranges", (double)p->n_ranges, "at most 1000");
  if ((p->n_series && !p->series) || (p->n_rules && !p->rules) || (p->n_ranges && !p->ranges))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.%s is NULL, but its count is not 0",
                       p->n_series && !p->series ? "series" : p->n_rules && !p->rules ? "rules" : "ranges");
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < p->n_series && !status; i++) {
    const clino_plot_series *s = &p->series[i];
    if (s->n && !s->y) return clino__fail(error, CLINO_ERR_RANGE, "clino_plot.series[%zu].y is NULL", i);
    status = check_look("series", i, (int)s->line, (int)s->marker, (int)s->color, error);
  }
  for (size_t i = 0; i < p->n_rules && !status; i++)
    status = check_look("rules", i, (int)p->rules[i].line, (int)p->rules[i].direction > 1 ? -1 : 0,
                        (int)p->rules[i].color, error);
  for (size_t i = 0; i < p->n_ranges && !status; i++)
    status = check_look("ranges", i, 0, (int)p->ranges[i].direction > 1 ? -1 : 0, (int)p->ranges[i].color, error);
  return status;
}

static clino_status check_plot(const clino_plot *p, clino_text_sink sink, clino_error *error) {
  if (!p || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_plot_svg: %s is NULL", p ? "sink" : "plot");
  clino_status status = clino__check_struct(p->struct_size, sizeof *p, "clino_plot", error);
  if (status) return status;
  if (!(p->width >= SMALLEST && p->width <= LARGEST)) return bad(error, "width", p->width, "from 240 to 10000");
  if (!(p->height >= SMALLEST && p->height <= LARGEST)) return bad(error, "height", p->height, "from 240 to 10000");
  status = check_axis(&p->x, "x", error);
  if (!status) status = check_axis(&p->y, "y", error);
  return status ? status : check_lists(p, error);
}

/* ---- measuring ---- */

typedef struct plotting {
  const clino_plot *p;
  clino__frame frame;
  clino_plot_series *series; /* copies, colour and line settled */
  clino__legend_item *legend;
  clino__text notes, description;
  const char *note_list[2];
  size_t drawable, not_finite, fallen, left_out; /* points */
} plotting;

static void count_point(plotting *g, double x, double y) {
  const clino_plot *p = g->p;
  if (!isfinite(x) || !isfinite(y)) g->not_finite++;
  else if (!clino__axis_can_show(p->x.scale, x)) g->left_out++;
  else if (!clino__axis_can_show(p->y.scale, y)) g->fallen++;
  else g->drawable++;
}

static void measure(plotting *g) {
  const clino_plot *p = g->p;
  clino__extent x = CLINO__EXTENT_EMPTY, y = CLINO__EXTENT_EMPTY;
  for (size_t i = 0; i < p->n_series; i++)
    for (size_t k = 0; k < p->series[i].n; k++) {
      const clino_plot_series *s = &p->series[i];
      double px = s->x ? s->x[k] : (double)k, py = s->y[k];
      count_point(g, px, py);
      if (!isfinite(px) || !isfinite(py) || !clino__axis_can_show(p->x.scale, px)) continue;
      clino__extent_add(&x, p->x.scale, px);
      clino__extent_add(&y, p->y.scale, py);
    }
  for (size_t i = 0; i < p->n_rules; i++) {
    const clino_plot_rule *r = &p->rules[i];
    if (r->direction == CLINO_PLOT_X) clino__extent_add(&x, p->x.scale, r->at);
    else clino__extent_add(&y, p->y.scale, r->at);
  }
  g->frame.x = clino__axis_new(&p->x, x);
  g->frame.y = clino__axis_new(&p->y, y);
}

static void add_count(clino__text *notes, size_t n, const char *what) {
  if (!n) return;
  if (notes->length) clino__text_add(notes, "; ");
  clino__text_addf(notes, "%zu %s %s", n, n == 1 ? "point" : "points", what);
}

static void write_notes(plotting *g) {
  if (!g->drawable) clino__text_add(&g->notes, "no data");
  add_count(&g->notes, g->fallen, "with y at or below 0: \xE2\x96\xBD at the bottom");
  add_count(&g->notes, g->left_out, "with x at or below 0: not shown");
  add_count(&g->notes, g->not_finite, "not finite: a gap");
  size_t n = 0;
  if (g->p->note) g->note_list[n++] = g->p->note;
  if (g->notes.length) g->note_list[n++] = clino__text_string(&g->notes);
  g->frame.notes = g->note_list;
  g->frame.n_notes = n;
}

static void describe(plotting *g) {
  const clino_plot *p = g->p;
  clino__text *d = &g->description;
  if (p->description) {
    clino__text_add(d, p->description);
    return;
  }
  clino__text_addf(d, "%s against %s.", p->y.label ? p->y.label : "y", p->x.label ? p->x.label : "x");
  for (size_t i = 0; i < p->n_series; i++)
    if (p->series[i].name) clino__text_addf(d, " %s: %zu points.", p->series[i].name, p->series[i].n);
}

/* ---- looks ---- */

#define PALETTE (CLINO_PLOT_COLOR_COUNT - 2) /* without AUTO and GREY */

static void settle_series(plotting *g) {
  size_t next = 0;
  for (size_t i = 0; i < g->p->n_series; i++) {
    clino_plot_series *s = &g->series[i];
    *s = g->p->series[i];
    if (s->color != CLINO_PLOT_COLOR_AUTO) continue;
    s->color = (clino_plot_color)(1 + next % PALETTE);
    if (next >= PALETTE && s->line == CLINO_PLOT_SOLID)
      s->line = next / PALETTE % 2 ? CLINO_PLOT_DASHED : CLINO_PLOT_DOTTED;
    next++;
  }
}

static clino_plot_color grey_unless(clino_plot_color color) {
  return color == CLINO_PLOT_COLOR_AUTO ? CLINO_PLOT_GREY : color;
}

static void list_legend(plotting *g) {
  const clino_plot *p = g->p;
  size_t n = 0;
  for (size_t i = 0; i < p->n_series; i++) {
    const clino_plot_series *s = &g->series[i];
    if (s->name) g->legend[n++] = (clino__legend_item){s->name, s->color, s->line, s->marker, false};
  }
  for (size_t i = 0; i < p->n_rules; i++) {
    const clino_plot_rule *r = &p->rules[i];
    if (r->label)
      g->legend[n++] = (clino__legend_item){r->label, grey_unless(r->color), r->line, CLINO_PLOT_NO_MARKER, false};
  }
  for (size_t i = 0; i < p->n_ranges; i++) {
    const clino_plot_range *r = &p->ranges[i];
    if (r->label)
      g->legend[n++] = (clino__legend_item){r->label, grey_unless(r->color), CLINO_PLOT_NO_LINE, CLINO_PLOT_NO_MARKER,
                                            true};
  }
  g->frame.legend = g->legend;
  g->frame.n_legend = n;
}

/* ---- drawing ---- */

/* The place of an end of a range, drawn into the box; infinite and non-positive ends are those of the axis. */
static double end_place(const clino__frame *f, clino_plot_direction direction, double v, bool high) {
  const clino__axis *a = direction == CLINO_PLOT_X ? &f->x : &f->y;
  if (!clino__axis_can_show(a->scale, v)) v = high && v > 0 ? a->high : a->low;
  v = fmin(fmax(v, a->low), a->high);
  return direction == CLINO_PLOT_X ? clino__frame_x(f, v) : clino__frame_y(f, v);
}

static void draw_range(const clino_plot_range *r, const clino__frame *f, clino__text *svg) {
  static const char style[] = "fill=\"currentColor\" fill-opacity=\"0.14\"";
  if (!(r->low <= r->high)) return;
  double low = end_place(f, r->direction, r->low, false), high = end_place(f, r->direction, r->high, true);
  if (low == high) return;
  clino__svg_color(svg, grey_unless(r->color));
  if (r->direction == CLINO_PLOT_X)
    clino__svg_rectangle(svg, low, f->box.top, high - low, f->box.bottom - f->box.top, style);
  else clino__svg_rectangle(svg, f->box.left, high, f->box.right - f->box.left, low - high, style);
  clino__text_add(svg, "</g>\n");
}

static void draw_rule(const clino_plot_rule *r, const clino__frame *f, clino__text *svg) {
  const clino__axis *a = r->direction == CLINO_PLOT_X ? &f->x : &f->y;
  if (!clino__axis_can_show(a->scale, r->at) || r->at < a->low || r->at > a->high || r->line == CLINO_PLOT_NO_LINE)
    return;
  clino__svg_color(svg, grey_unless(r->color));
  clino__text_add(svg, "<g stroke=\"currentColor\" stroke-width=\"1.5\"");
  clino__svg_dashes(svg, r->line);
  clino__text_add(svg, ">");
  if (r->direction == CLINO_PLOT_X) {
    double x = clino__frame_x(f, r->at);
    clino__svg_segment(svg, x, f->box.top, x, f->box.bottom, NULL);
  } else {
    double y = clino__frame_y(f, r->at);
    clino__svg_segment(svg, f->box.left, y, f->box.right, y, NULL);
  }
  clino__text_add(svg, "</g></g>\n");
}

/* Everything that has to be known before the first element is written. */
static void prepare(plotting *g) {
  const clino_plot *p = g->p;
  measure(g);
  write_notes(g);
  describe(g);
  settle_series(g);
  list_legend(g);
  g->frame.width = p->width, g->frame.height = p->height;
  g->frame.title = p->title, g->frame.x_label = p->x.label, g->frame.y_label = p->y.label;
  clino__frame_place(&g->frame);
}

static void draw_elements(plotting *g, clino__text *svg) {
  const clino_plot *p = g->p;
  for (size_t i = 0; i < p->n_ranges; i++) draw_range(&p->ranges[i], &g->frame, svg);
  clino__frame_grid(&g->frame, svg);
  for (size_t i = 0; i < p->n_rules; i++) draw_rule(&p->rules[i], &g->frame, svg);
  for (size_t i = 0; i < p->n_series; i++) clino__series_draw(&g->series[i], &g->frame, svg);
  clino__frame_draw(&g->frame, svg);
}

static const char *title_of(const clino_plot *p) { return p->title ? p->title : "Plot"; }

/* The elements of a plot, and its description; what runs out of memory marks the texts, or g, as failed. */
typedef struct drawn {
  clino__text elements, description;
  bool failed;
} drawn;

static drawn draw(const clino_plot *p) {
  plotting g = {.p = p, .notes = CLINO__TEXT_EMPTY, .description = CLINO__TEXT_EMPTY};
  drawn d = {CLINO__TEXT_EMPTY, CLINO__TEXT_EMPTY, false};
  g.series = malloc((p->n_series + 1) * sizeof *g.series);
  g.legend = malloc((p->n_series + p->n_rules + p->n_ranges + 1) * sizeof *g.legend);
  if (g.series && g.legend) {
    prepare(&g);
    draw_elements(&g, &d.elements);
  }
  d.failed = !g.series || !g.legend || g.notes.failed || g.description.failed || d.elements.failed;
  d.description = g.description;
  clino__text_free(&g.notes);
  free(g.series);
  free(g.legend);
  return d;
}

static void drawn_free(drawn *d) {
  clino__text_free(&d->elements);
  clino__text_free(&d->description);
}

/* Hands a finished document to the sink, and frees it. */
static clino_status deliver(clino__text *svg, bool failed, clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = CLINO_OK;
  if (failed || svg->failed) status = clino__fail_memory(error, "a plot");
  if (!status) {
    int value = sink(clino__text_string(svg), svg->length, ctx);
    if (value) status = clino__fail_callback(error, "sink", value);
  }
  clino__text_free(svg);
  return status;
}

clino_status clino_plot_svg(const clino_plot *p, clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = check_plot(p, sink, error);
  if (status) return status;
  drawn d = draw(p);
  clino__text svg = CLINO__TEXT_EMPTY;
  clino__svg_open(&svg, p->width, p->height, title_of(p), clino__text_string(&d.description));
  clino__text_add(&svg, clino__text_string(&d.elements));
  clino__svg_close(&svg);
  status = deliver(&svg, d.failed, sink, ctx, error);
  drawn_free(&d);
  return status;
}

/* ---- several plots ---- */

/* A corner of the grid: each row is as high as its highest plot, each column as wide as its widest. */
typedef struct cell {
  double x, y;
} cell;

static double column_width(const clino_plot *plots, size_t n, size_t columns, size_t column) {
  double width = 0;
  for (size_t i = column; i < n; i += columns) width = fmax(width, plots[i].width);
  return width;
}

static double row_height(const clino_plot *plots, size_t n, size_t columns, size_t row) {
  double height = 0;
  for (size_t i = row * columns; i < n && i < (row + 1) * columns; i++) height = fmax(height, plots[i].height);
  return height;
}

static cell cell_of(const clino_plot *plots, size_t n, size_t columns, size_t column, size_t row) {
  cell c = {0, 0};
  for (size_t k = 0; k < column; k++) c.x += column_width(plots, n, columns, k);
  for (size_t k = 0; k < row; k++) c.y += row_height(plots, n, columns, k);
  return c;
}

static clino_status check_panels(const clino_plot *plots, size_t n, size_t columns, clino_text_sink sink,
                                 clino_error *error) {
  if (!plots || !sink)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot_panels_svg: %s is NULL", plots ? "sink" : "plots");
  if (n < 1 || n > CLINO_PLOT_MOST_PANELS)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot_panels_svg: n is %zu, not 1 to %d", n,
                       CLINO_PLOT_MOST_PANELS);
  if (columns < 1 || columns > n)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_plot_panels_svg: columns is %zu, not 1 to n = %zu", columns, n);
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < n && !status; i++) status = check_plot(&plots[i], sink, error);
  return status;
}

clino_status clino_plot_panels_svg(const clino_plot *plots, size_t n, size_t columns, const char *title,
                                   clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = check_panels(plots, n, columns, sink, error);
  if (status) return status;
  clino__text svg = CLINO__TEXT_EMPTY, panels = CLINO__TEXT_EMPTY, description = CLINO__TEXT_EMPTY;
  bool failed = false;
  for (size_t i = 0; i < n; i++) {
    cell at = cell_of(plots, n, columns, i % columns, i / columns);
    drawn d = draw(&plots[i]);
    clino__text_addf(&description, "%s%s: %s", i ? " " : "", title_of(&plots[i]), clino__text_string(&d.description));
    clino__text_add(&panels, "<g transform=\"translate(");
    clino__svg_coordinate(&panels, at.x);
    clino__text_add(&panels, " ");
    clino__svg_coordinate(&panels, at.y);
    clino__text_add(&panels, ")\">\n");
    clino__text_add(&panels, clino__text_string(&d.elements));
    clino__text_add(&panels, "</g>\n");
    failed = failed || d.failed;
    drawn_free(&d);
  }
  cell size = cell_of(plots, n, columns, columns, (n + columns - 1) / columns);
  clino__svg_open(&svg, size.x, size.y, title ? title : "Plots", clino__text_string(&description));
  clino__text_add(&svg, clino__text_string(&panels));
  clino__svg_close(&svg);
  status = deliver(&svg, failed || panels.failed || description.failed, sink, ctx, error);
  clino__text_free(&panels);
  clino__text_free(&description);
  return status;
}
