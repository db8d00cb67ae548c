/* The units of a layer against their mean, row by row. Values are looked at as parts of the largest, so that no square
 * overflows, and none that matters underflows. */
#include "clino/unit_spread.h"

#include <math.h>

#include "base/error.h"
#include "base/sum.h"
#include "monitor/record.h"
#include "monitor/slices.h"

/* A tensor as rows of units. */
typedef struct view {
  const clino_tensor *t;
  size_t rows, units;
  ptrdiff_t unit; /* stride of the last dimension */
} view;

static double value(const view *v, ptrdiff_t row, size_t unit) {
  return clino__slices_value(v->t, row + (ptrdiff_t)unit * v->unit);
}

/* The largest magnitude; not finite where one is not. */
static double largest(const view *v) {
  double most = 0;
  for (size_t r = 0; r < v->rows; r++) {
    ptrdiff_t row = clino__slices_offset(v->t, 1, r);
    for (size_t u = 0; u < v->units; u++) {
      double y = fabs(value(v, row, u));
      if (!isfinite(y)) return y;
      most = fmax(most, y);
    }
  }
  return most;
}

/* Adds a row's squares: of what differs from its mean, and of all. Units that are equal to the bit differ by nothing,
 * however their mean is rounded. */
static void add_row(const view *v, ptrdiff_t row, double scale, clino__sum *differ, clino__sum *all) {
  double mean = 0, first = value(v, row, 0) / scale;
  bool equal = true;
  for (size_t u = 0; u < v->units; u++) {
    double y = value(v, row, u) / scale;
    equal = equal && !(y < first) && !(y > first);
    mean += (y - mean) / (double)(u + 1);
    clino__sum_add(all, y * y);
  }
  for (size_t u = 0; u < v->units && !equal; u++) {
    double off = value(v, row, u) / scale - mean;
    clino__sum_add(differ, off * off);
  }
}

clino_status clino_unit_spread(const clino_tensor *values, clino_unit_spread_stats *stats, clino_error *error) {
  clino_status status = clino__slices_check(values, 1, "clino_unit_spread", "values", error);
  if (status) return status;
  if (!stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: stats is NULL");
  const size_t last = values->n_dims - 1;
  view v = {values, clino__slices_count(values, 1), values->shape[last], clino__slices_stride(values, last)};
  *stats = (clino_unit_spread_stats){(double)NAN, v.units, NULL};
  double scale = largest(&v);
  if (v.units < 2) stats->missing = "there is one unit";
  else if (scale == 0) stats->missing = "all values are 0";
  if (stats->missing || !isfinite(scale)) return CLINO_OK;
  clino__sum differ = {0, 0}, all = {0, 0};
  for (size_t r = 0; r < v.rows; r++) add_row(&v, clino__slices_offset(values, 1, r), scale, &differ, &all);
  stats->spread = sqrt(clino__sum_value(&differ) / clino__sum_value(&all));
  return CLINO_OK;
}

clino_status clino_unit_spread_record(const char *name, const clino_unit_spread_stats *stats, clino_run *run,
                                      int64_t step, clino_error *error) {
  if (!name || !*name || !stats || !run)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread_record: %s is NULL%s",
                       !name || !*name ? "name" : !stats ? "stats" : "run", !name || !*name ? " or empty" : "");
  clino__recorder to = {run, name, step, CLINO_OK, error};
  clino__record(&to, "unit_spread", stats->spread, stats->missing);
  return to.status;
}
