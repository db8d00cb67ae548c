/* Lines and markers. A line of many points is thinned, pixel column by pixel column, to the first, last, lowest and
 * highest point of each run of points in one column (M4: Jugel, Jerzak, Hackenbroich and Markl 2014); of many markers
 * one is drawn in each cell of 3 by 3 pixels. */
#include "plot/series.h"

#include <math.h>
#include <stdlib.h>

#define THIN_ABOVE 2000 /* points; below, what is drawn is what is there */
#define CELL 3.0        /* pixels */

typedef struct spot {
  double x, y; /* pixels */
} spot;

static double x_of(const clino_plot_series *s, size_t i) { return s->x ? s->x[i] : (double)i; }

static spot spot_of(const clino_plot_series *s, const clino__frame *f, size_t i) {
  return (spot){clino__frame_x(f, x_of(s, i)), clino__frame_y(f, s->y[i])};
}

static bool drawable(const clino_plot_series *s, const clino__frame *f, size_t i) {
  return clino__axis_can_show(f->x.scale, x_of(s, i)) && clino__axis_can_show(f->y.scale, s->y[i]);
}

/* ---- the line ---- */

typedef struct pen {
  const clino__box *box;
  clino__text *svg;
  spot at;             /* end of the last segment, where down */
  spot from;           /* the last point of the line */
  bool down;           /* at is the end of a segment that was drawn */
  bool has_from, lonely; /* lonely: from is the first of its piece */
} pen;

static void put(pen *p, const char *command, spot to) {
  clino__text_add(p->svg, command);
  clino__svg_coordinate(p->svg, to.x);
  clino__text_add(p->svg, " ");
  clino__svg_coordinate(p->svg, to.y);
}

/* The part of the segment a + t (b - a) that lies in the box, by its four edges (Y.-D. Liang and B. Barsky, "A new
 * concept and method for line clipping", 1984). */
static bool clip(const clino__box *box, spot a, spot b, spot *from, spot *to) {
  double dx = b.x - a.x, dy = b.y - a.y, first = 0, last = 1;
  double direction[4] = {-dx, dx, -dy, dy};
  double room[4] = {a.x - box->left, box->right - a.x, a.y - box->top, box->bottom - a.y};
  for (int i = 0; i < 4; i++) {
    if (direction[i] == 0 && room[i] < 0) return false;
    if (direction[i] < 0) first = fmax(first, room[i] / direction[i]);
    if (direction[i] > 0) last = fmin(last, room[i] / direction[i]);
  }
  if (!(first <= last)) return false;
  *from = first > 0 ? (spot){a.x + first * dx, a.y + first * dy} : a;
  *to = last < 1 ? (spot){a.x + last * dx, a.y + last * dy} : b;
  return true;
}

static bool inside(const clino__box *box, spot s) {
  return s.x >= box->left - 0.01 && s.x <= box->right + 0.01 && s.y >= box->top - 0.01 && s.y <= box->bottom + 0.01;
}

static void line_to(pen *p, spot to) {
  spot a, b;
  if (p->has_from && clip(p->box, p->from, to, &a, &b)) {
    if (!p->down || a.x != p->at.x || a.y != p->at.y) put(p, "M", a);
    put(p, "L", b);
    p->at = b;
    p->down = true;
  }
  p->lonely = !p->has_from;
  p->from = to;
  p->has_from = true;
}

/* A point between two gaps is a dot: a segment of no length with round ends. */
static void end_piece(pen *p) {
  if (p->has_from && p->lonely && inside(p->box, p->from)) {
    put(p, "M", p->from);
    clino__text_add(p->svg, "h0");
  }
  p->has_from = p->down = p->lonely = false;
}

/* Points of one column in a row. */
typedef struct column {
  double index;
  spot kept[4];     /* first, lowest, highest, last */
  size_t order[4];  /* when they came */
  size_t count;
} column;

static void flush(column *c, pen *p) {
  if (c->count) line_to(p, c->kept[0]);
  size_t last = c->order[0];
  bool low_first = c->order[1] < c->order[2];
  const int sequence[3] = {low_first ? 1 : 2, low_first ? 2 : 1, 3};
  for (int i = 0; i < 3 && c->count; i++) {
    int k = sequence[i];
    if (c->order[k] == last) continue;
    line_to(p, c->kept[k]);
    last = c->order[k];
  }
  c->count = 0;
}

static void collect(column *c, spot s, pen *p) {
  double index = floor(s.x);
  if (c->count && c->index != index) flush(c, p);
  c->index = index;
  for (int k = 0; k < 4; k++) {
    bool better = c->count == 0 || k == 3 || (k == 1 && s.y > c->kept[1].y) || (k == 2 && s.y < c->kept[2].y);
    if (!better) continue;
    c->kept[k] = s;
    c->order[k] = c->count;
  }
  c->count++;
}

static void draw_line(const clino_plot_series *s, const clino__frame *f, clino__text *svg) {
  pen p = {.box = &f->box, .svg = svg};
  column c = {.count = 0};
  bool thin = s->n > THIN_ABOVE;
  clino__text_add(svg, "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-linejoin=\"round\" "
                       "stroke-linecap=\"round\"");
  clino__svg_dashes(svg, s->line);
  clino__text_add(svg, " d=\"");
  for (size_t i = 0; i < s->n; i++) {
    if (!drawable(s, f, i)) {
      flush(&c, &p);
      end_piece(&p);
    } else if (thin) {
      collect(&c, spot_of(s, f, i), &p);
    } else {
      line_to(&p, spot_of(s, f, i));
    }
  }
  flush(&c, &p);
  end_piece(&p);
  clino__text_add(svg, "\"/>\n");
}

/* ---- markers ---- */

typedef struct cells {
  unsigned char *taken; /* NULL: all are drawn */
  size_t across, down;
  const clino__box *box;
} cells;

static bool cells_init(cells *c, const clino_plot_series *s, const clino__frame *f) {
  c->box = &f->box;
  c->taken = NULL;
  c->across = (size_t)((f->box.right - f->box.left) / CELL) + 2;
  c->down = (size_t)((f->box.bottom - f->box.top) / CELL) + 2;
  if (s->n <= THIN_ABOVE) return true;
  c->taken = calloc(c->across * c->down, 1);
  return c->taken != NULL;
}

/* Whether the marker at a place is to be drawn: within the box, and the first in its cell. */
static bool take(cells *c, spot s) {
  if (!inside(c->box, s)) return false;
  if (!c->taken) return true;
  size_t across = (size_t)fmax((s.x - c->box->left) / CELL, 0), down = (size_t)fmax((s.y - c->box->top) / CELL, 0);
  unsigned char *cell = &c->taken[down * c->across + across];
  bool first = !*cell;
  *cell = 1;
  return first;
}

/* The highest and the lowest point first, so that no neighbour hides them. */
static void draw_extremes(const clino_plot_series *s, const clino__frame *f, cells *c, clino__text *svg) {
  size_t low = s->n, high = s->n;
  for (size_t i = 0; i < s->n; i++) {
    if (!drawable(s, f, i)) continue;
    if (low == s->n || s->y[i] < s->y[low]) low = i;
    if (high == s->n || s->y[i] > s->y[high]) high = i;
  }
  if (low == s->n) return;
  size_t extremes[2] = {low, high};
  for (int k = 0; k < 2; k++) {
    spot at = spot_of(s, f, extremes[k]);
    if (take(c, at)) clino__svg_marker(svg, s->marker, at.x, at.y);
  }
}

static void draw_markers(const clino_plot_series *s, const clino__frame *f, clino__text *svg) {
  cells c;
  if (!cells_init(&c, s, f)) {
    svg->failed = true;
    return;
  }
  clino__svg_markers_open(svg, s->marker);
  if (c.taken) draw_extremes(s, f, &c, svg);
  for (size_t i = 0; i < s->n; i++) {
    if (!drawable(s, f, i)) continue;
    spot at = spot_of(s, f, i);
    if (take(&c, at)) clino__svg_marker(svg, s->marker, at.x, at.y);
  }
  clino__svg_markers_close(svg);
  free(c.taken);
}

/* Values of 0 and below on a logarithmic axis, at its bottom, one a pixel. */
static void draw_fallen(const clino_plot_series *s, const clino__frame *f, clino__text *svg) {
  if (f->y.scale != CLINO_PLOT_LOG) return;
  double last = -INFINITY;
  bool any = false;
  for (size_t i = 0; i < s->n; i++) {
    if (!isfinite(s->y[i]) || s->y[i] > 0 || !clino__axis_can_show(f->x.scale, x_of(s, i))) continue;
    spot at = {clino__frame_x(f, x_of(s, i)), f->box.bottom};
    if (!inside(&f->box, at) || fabs(at.x - last) < 1) continue;
    if (!any) clino__svg_markers_open(svg, CLINO__HOLLOW_TRIANGLE);
    any = true;
    clino__svg_marker(svg, CLINO__HOLLOW_TRIANGLE, at.x, at.y);
    last = at.x;
  }
  if (any) clino__svg_markers_close(svg);
}

void clino__series_draw(const clino_plot_series *s, const clino__frame *f, clino__text *svg) {
  clino__svg_color(svg, s->color);
  clino__text_add(svg, "\n");
  if (s->line != CLINO_PLOT_NO_LINE) draw_line(s, f, svg);
  if (s->marker != CLINO_PLOT_NO_MARKER) draw_markers(s, f, svg);
  draw_fallen(s, f, svg);
  clino__text_add(svg, "</g>\n");
}
