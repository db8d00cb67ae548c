/* Slices: a grid of values, and what is written of it. */
#include "clino/landscape.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/contour.h"
#include "curvature/vector.h"

#define MOST 2000

struct clino_slice {
  size_t columns, rows;      /* rows 1 for a line */
  bool plane;
  double *a, *b, *values;    /* places and values, in one block */
  char *a_name, *b_name;
  double center;             /* f at the point */
};

clino_slice_options clino_slice_options_default(void) {
  return (clino_slice_options){.struct_size = sizeof(clino_slice_options), .low = -1, .high = 1, .low2 = -1, .high2 = 1,
                               .points = 41, .points2 = 41, .along_name = "along", .across_name = "across"};
}

static bool direction_good(const double *v, size_t n) {
  double largest = clino__largest(v, n);
  return largest > 0 && isfinite(largest);
}

static clino_status options_check(const clino_slice_options *o, size_t n, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_slice_options", error);
  if (status) return status;
  const char *bad = NULL;
  if (!o->along) bad = "along is NULL";
  else if (!direction_good(o->along, n)) bad = "along is all 0, or not finite";
  else if (o->across && !direction_good(o->across, n)) bad = "across is all 0, or not finite";
  else if (!(isfinite(o->low) && isfinite(o->high) && o->low < o->high)) bad = "low is not below high, or not finite";
  else if (!(isfinite(o->low2) && isfinite(o->high2) && o->low2 < o->high2))
    bad = "low2 is not below high2, or not finite";
  else if (o->points < 2 || o->points > MOST) bad = "points is not from 2 to 2000";
  else if (o->points2 < 2 || o->points2 > MOST) bad = "points2 is not from 2 to 2000";
  else if (!o->along_name || !o->across_name) bad = "along_name or across_name is NULL";
  return bad ? clino__fail(error, CLINO_ERR_RANGE, "clino_slice_options.%s", bad) : CLINO_OK;
}

static void spread(double *at, size_t n, double low, double high) {
  for (size_t i = 0; i < n; i++) {
    double t = (double)i / (double)(n - 1);
    at[i] = low * (1 - t) + high * t;
  }
}

static clino_slice *slice_new(const clino_slice_options *o) {
  clino_slice *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->columns = o->points;
  s->plane = o->across != NULL;
  s->rows = s->plane ? o->points2 : 1;
  s->a = malloc((s->columns + s->rows + s->columns * s->rows) * sizeof *s->a);
  s->a_name = clino__strdup(o->along_name);
  s->b_name = clino__strdup(o->across_name);
  if (!s->a || !s->a_name || !s->b_name) {
    clino_slice_free(s);
    return NULL;
  }
  s->b = s->a + s->columns;
  s->values = s->b + s->rows;
  s->b[0] = 0;
  spread(s->a, s->columns, o->low, o->high);
  if (s->plane) spread(s->b, s->rows, o->low2, o->high2);
  return s;
}

void clino_slice_free(clino_slice *s) {
  if (!s) return;
  free(s->a);
  free(s->a_name);
  free(s->b_name);
  free(s);
}

static clino_status evaluate(clino_slice *s, clino_point *point, const clino_slice_options *o, double *offset,
                             clino_error *error) {
  size_t n = clino_point_get_info(point).entries;
  clino_status status = CLINO_OK;
  for (size_t j = 0; j < s->rows; j++) {
    for (size_t i = 0; i < n; i++) offset[i] = o->across ? s->b[j] * o->across[i] : 0;
    for (size_t i = 0; i < s->columns && !status; i++)
      status = clino_point_value_at(point, offset, s->a[i], o->along, &s->values[j * s->columns + i], error);
  }
  return status;
}

clino_status clino_landscape_slice(clino_point *point, const clino_slice_options *o, clino_slice **slice,
                                   clino_error *error) {
  if (slice) *slice = NULL;
  if (!point || !o || !slice)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_landscape_slice: %s is NULL",
                       !point ? "point" : o ? "slice" : "options");
  clino_point_info info = clino_point_get_info(point);
  clino_status status = options_check(o, info.entries, error);
  if (status) return status;
  clino_slice *s = slice_new(o);
  double *offset = clino__vectors(1, info.entries);
  status = s && offset ? evaluate(s, point, o, offset, error) : clino__fail_memory(error, "a slice");
  if (!status) s->center = info.value;
  free(offset);
  if (status) clino_slice_free(s);
  else *slice = s;
  return status;
}

const double *clino_slice_values(const clino_slice *s, size_t *rows, size_t *columns) {
  if (rows) *rows = s ? s->rows : 0;
  if (columns) *columns = s ? s->columns : 0;
  return s ? s->values : NULL;
}

double clino_slice_at(const clino_slice *s, size_t i) { return s && i < s->columns ? s->a[i] : NAN; }

double clino_slice_at2(const clino_slice *s, size_t i) { return s && i < s->rows ? s->b[i] : NAN; }

/* ---- CSV ---- */

static void add_name(clino__text *t, const char *name) {
  if (!strpbrk(name, ",\"\r\n")) {
    clino__text_add(t, name);
    return;
  }
  clino__text_add(t, "\"");
  for (; *name; name++) {
    clino__text_add_bytes(t, name, 1);
    if (*name == '"') clino__text_add(t, "\"");
  }
  clino__text_add(t, "\"");
}

static void write_csv(const clino_slice *s, clino__text *t) {
  add_name(t, s->a_name);
  if (s->plane) clino__text_add(t, ","), add_name(t, s->b_name);
  clino__text_add(t, ",loss\n");
  for (size_t j = 0; j < s->rows; j++)
    for (size_t i = 0; i < s->columns; i++) {
      clino__text_add_number(t, s->a[i]);
      if (s->plane) clino__text_add(t, ","), clino__text_add_number(t, s->b[j]);
      clino__text_add(t, ",");
      clino__text_add_number(t, s->values[j * s->columns + i]);
      clino__text_add(t, "\n");
    }
}

clino_status clino_slice_csv(const clino_slice *s, clino_text_sink sink, void *ctx, clino_error *error) {
  if (!s || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_slice_csv: %s is NULL", s ? "sink" : "slice");
  clino__text t = CLINO__TEXT_EMPTY;
  write_csv(s, &t);
  clino_status status = t.failed ? clino__fail_memory(error, "a slice as CSV") : CLINO_OK;
  int value = status ? 0 : sink(clino__text_string(&t), t.length, ctx);
  if (value) status = clino__fail_callback(error, "sink", value);
  clino__text_free(&t);
  return status;
}

/* ---- SVG ---- */

static clino_status plane_svg(const clino_slice *s, const char *title, clino_text_sink sink, void *ctx,
                              clino_error *error) {
  const double origin = 0;
  clino_plot_series here = {.name = "the point", .n = 1, .x = &origin, .y = &origin, .line = CLINO_PLOT_NO_LINE,
                            .marker = CLINO_PLOT_RING};
  clino_contour c = clino_contour_default();
  c.title = title;
  c.x_label = s->a_name, c.y_label = s->b_name;
  c.nx = s->columns, c.ny = s->rows, c.xs = s->a, c.ys = s->b, c.z = s->values;
  c.series = &here;
  c.n_series = s->a[0] <= 0 && s->a[s->columns - 1] >= 0 && s->b[0] <= 0 && s->b[s->rows - 1] >= 0;
  return clino_contour_svg(&c, sink, ctx, error);
}

static clino_status line_svg(const clino_slice *s, const char *title, clino_text_sink sink, void *ctx,
                             clino_error *error) {
  const double origin = 0;
  clino_plot_series series[2] = {{.n = s->columns, .x = s->a, .y = s->values},
                                 {.name = "the point", .n = 1, .x = &origin, .y = &s->center,
                                  .line = CLINO_PLOT_NO_LINE, .marker = CLINO_PLOT_RING}};
  clino_plot p = clino_plot_default();
  p.title = title;
  p.x.label = s->a_name, p.y.label = "loss";
  p.series = series;
  p.n_series = s->a[0] <= 0 && s->a[s->columns - 1] >= 0 ? 2 : 1;
  return clino_plot_svg(&p, sink, ctx, error);
}

clino_status clino_slice_svg(const clino_slice *s, const char *title, clino_text_sink sink, void *ctx,
                             clino_error *error) {
  if (!s || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_slice_svg: %s is NULL", s ? "sink" : "slice");
  return (s->plane ? plane_svg : line_svg)(s, title, sink, ctx, error);
}
