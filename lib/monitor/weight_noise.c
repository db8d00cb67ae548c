/* Geary's contiguity ratio of each map, and of all. Weights are looked at as parts of the largest, so that no square
 * overflows, and none that matters underflows. */
#include "clino/weight_noise.h"

#include <math.h>

#include "base/error.h"
#include "base/sum.h"
#include "monitor/record.h"
#include "monitor/slices.h"

/* A tensor as maps of rows and columns. */
typedef struct view {
  const clino_tensor *t;
  size_t maps, rows, columns;
  ptrdiff_t row, column; /* strides of the last two dimensions */
  double unit;           /* the largest weight; 0 where all are, NaN or infinite where one is */
} view;

static clino_status check(const clino_tensor *t, clino_error *error) {
  clino_status status = clino__slices_check(t, 2, "clino_weight_noise", "weights", error);
  if (status) return status;
  if (t->shape[t->n_dims - 2] * t->shape[t->n_dims - 1] < 3)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_weight_noise: '%s': an image has %zu x %zu weights, not 3 or "
                       "more", t->name ? t->name : "(no name)", t->shape[t->n_dims - 2], t->shape[t->n_dims - 1]);
  return CLINO_OK;
}

static double raw(const view *v, ptrdiff_t map, size_t row, size_t column) {
  return clino__slices_value(v->t, map + (ptrdiff_t)row * v->row + (ptrdiff_t)column * v->column);
}

static double weight(const view *v, ptrdiff_t map, size_t row, size_t column) {
  return raw(v, map, row, column) / v->unit;
}

static double largest(const view *v) {
  double most = 0;
  for (size_t m = 0; m < v->maps; m++) {
    ptrdiff_t map = clino__slices_offset(v->t, 2, m);
    for (size_t r = 0; r < v->rows; r++)
      for (size_t c = 0; c < v->columns; c++) {
        double w = fabs(raw(v, map, r, c));
        if (!(w <= most)) most = w;
        if (!isfinite(w)) return w;
      }
  }
  return most;
}

static view view_of(const clino_tensor *t) {
  view v = {.t = t, .rows = t->shape[t->n_dims - 2], .columns = t->shape[t->n_dims - 1]};
  v.maps = clino__slices_count(t, 2);
  v.row = clino__slices_stride(t, t->n_dims - 2);
  v.column = clino__slices_stride(t, t->n_dims - 1);
  v.unit = largest(&v);
  return v;
}

static double pairs(const view *v) {
  return (double)v->rows * (double)(v->columns - 1) + (double)(v->rows - 1) * (double)v->columns;
}

/* Sums of squares over a map: of neighbours' differences, and of differences from the mean. */
typedef struct squares {
  double neighbours, all;
} squares;

static squares measure(const view *v, ptrdiff_t map) {
  clino__sum sum = {0, 0}, neighbours = {0, 0}, all = {0, 0};
  for (size_t r = 0; r < v->rows; r++)
    for (size_t c = 0; c < v->columns; c++) clino__sum_add(&sum, weight(v, map, r, c));
  double mean = clino__sum_value(&sum) / ((double)v->rows * (double)v->columns);
  bool constant = true;
  double first = weight(v, map, 0, 0);
  for (size_t r = 0; r < v->rows; r++)
    for (size_t c = 0; c < v->columns; c++) {
      double w = weight(v, map, r, c);
      constant = constant && w == first;
      clino__sum_add(&all, (w - mean) * (w - mean));
      double right = c + 1 < v->columns ? weight(v, map, r, c + 1) - w : 0;
      double below = r + 1 < v->rows ? weight(v, map, r + 1, c) - w : 0;
      clino__sum_add(&neighbours, right * right + below * below);
    }
  if (constant) return (squares){0, 0}; /* the mean is rounded */
  return (squares){clino__sum_value(&neighbours), clino__sum_value(&all)};
}

/* The variance of c of one map: Cliff and Ord (1981), ch. 2, with weights of 1 between neighbours: S0 = 2 E, S1 =
 * 4 E, S2 = 4 sum of squares of how many neighbours each has. */
static double variance(const view *v) {
  double n = (double)v->rows * (double)v->columns, edges = pairs(v), degrees = 0;
  for (int r = 0; r < 3; r++)
    for (int c = 0; c < 3; c++) {
      /* First, last and inner rows and columns; where there is one row alone, it is the first. */
      double rows = r == 2 ? fmax((double)v->rows - 2, 0) : r == 1 && v->rows < 2 ? 0 : 1;
      double columns = c == 2 ? fmax((double)v->columns - 2, 0) : c == 1 && v->columns < 2 ? 0 : 1;
      double up = r == 2 ? 2 : v->rows > 1, across = c == 2 ? 2 : v->columns > 1;
      degrees += rows * columns * (up + across) * (up + across);
    }
  return ((8 * edges + 4 * degrees) * (n - 1) - 16 * edges * edges) / (8 * (n + 1) * edges * edges);
}

clino_status clino_weight_noise(const clino_tensor *weights, clino_weight_noise_stats *stats, double *each,
                                clino_error *error) {
  clino_status status = check(weights, error);
  if (status) return status;
  if (!stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_weight_noise: stats is NULL");
  view v = view_of(weights);
  clino__sum neighbours = {0, 0}, all = {0, 0}, squared = {0, 0};
  double scale = ((double)v.rows * (double)v.columns - 1) / (2 * pairs(&v));
  *stats = (clino_weight_noise_stats){.noise = (double)NAN, .deviation = (double)NAN, .maps = v.maps};
  for (size_t m = 0; m < v.maps; m++) {
    squares s = v.unit > 0 ? measure(&v, clino__slices_offset(v.t, 2, m)) : (squares){0, 0};
    if (s.all == 0 && isfinite(v.unit)) stats->constant_maps++;
    if (each) each[m] = scale * s.neighbours / s.all;
    clino__sum_add(&neighbours, s.neighbours);
    clino__sum_add(&all, s.all);
    clino__sum_add(&squared, s.all * s.all);
  }
  double total = clino__sum_value(&all);
  if (stats->constant_maps == v.maps && isfinite(v.unit)) {
    stats->missing = "the weights of each map are all equal";
    return CLINO_OK;
  }
  stats->noise = scale * clino__sum_value(&neighbours) / total;
  stats->deviation = isfinite(stats->noise) ? sqrt(variance(&v) * clino__sum_value(&squared)) / total : (double)NAN;
  return CLINO_OK;
}

clino_status clino_weight_noise_record(const char *name, const clino_weight_noise_stats *stats, clino_run *run,
                                       int64_t step, clino_error *error) {
  if (!name || !*name || !stats || !run)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_weight_noise_record: %s is NULL%s",
                       !name || !*name ? "name" : !stats ? "stats" : "run", !name || !*name ? " or empty" : "");
  clino__recorder to = {run, name, step, CLINO_OK, error};
  clino__record(&to, "weight_noise", stats->noise, stats->missing);
  return to.status;
}
