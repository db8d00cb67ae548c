/* The units of a layer against their mean, row by row. Values are looked at as parts of the largest, so that no square
 * overflows, and none that matters underflows. */
#include "clino/unit_spread.h"

#include <math.h>

#include "base/error.h"
#include "base/sum.h"
#include "monitor/record.h"

/* A tensor as rows of units. */
typedef struct view {
  const clino_tensor *t;
  size_t rows, units;
  ptrdiff_t unit; /* stride of the last dimension */
} view;

static clino_status check(const clino_tensor *t, clino_error *error) {
  if (!t) return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: values is NULL");
  const char *name = t->name ? t->name : "(no name)";
  if (!t->value) return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: '%s': value is NULL", name);
  if (t->dtype != CLINO_F64 && t->dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: '%s': dtype %d is neither CLINO_F32 nor CLINO_F64",
                       name, (int)t->dtype);
  if (t->n_dims < 1 || t->n_dims > CLINO_MAX_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: '%s': %zu dimensions, not 1 to %d", name, t->n_dims,
                       CLINO_MAX_DIMS);
  size_t n = 1;
  for (size_t i = 0; i < t->n_dims; i++) {
    if (!t->shape[i] || n > SIZE_MAX / 16 / t->shape[i])
      return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: '%s': dimension %zu is %zu", name, i, t->shape[i]);
    n *= t->shape[i];
  }
  return CLINO_OK;
}

static ptrdiff_t stride(const clino_tensor *t, size_t dimension) {
  if (t->strides) return t->strides[dimension];
  ptrdiff_t s = 1;
  for (size_t i = dimension + 1; i < t->n_dims; i++) s *= (ptrdiff_t)t->shape[i];
  return s;
}

/* Where a row begins, in elements from value. */
static ptrdiff_t row_offset(const view *v, size_t row) {
  ptrdiff_t offset = 0;
  for (size_t i = v->t->n_dims - 1; i-- > 0;) {
    offset += (ptrdiff_t)(row % v->t->shape[i]) * stride(v->t, i);
    row /= v->t->shape[i];
  }
  return offset;
}

static double value(const view *v, ptrdiff_t row, size_t unit) {
  ptrdiff_t at = row + (ptrdiff_t)unit * v->unit;
  return v->t->dtype == CLINO_F64 ? ((const double *)v->t->value)[at] : (double)((const float *)v->t->value)[at];
}

/* The largest magnitude; not finite where one is not. */
static double largest(const view *v) {
  double most = 0;
  for (size_t r = 0; r < v->rows; r++) {
    ptrdiff_t row = row_offset(v, r);
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
  clino_status status = check(values, error);
  if (status) return status;
  if (!stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_unit_spread: stats is NULL");
  view v = {values, 1, values->shape[values->n_dims - 1], stride(values, values->n_dims - 1)};
  for (size_t i = 0; i + 1 < values->n_dims; i++) v.rows *= values->shape[i];
  *stats = (clino_unit_spread_stats){(double)NAN, v.units, NULL};
  double scale = largest(&v);
  if (v.units < 2) stats->missing = "there is one unit";
  else if (scale == 0) stats->missing = "all values are 0";
  if (stats->missing || !isfinite(scale)) return CLINO_OK;
  clino__sum differ = {0, 0}, all = {0, 0};
  for (size_t r = 0; r < v.rows; r++) add_row(&v, row_offset(&v, r), scale, &differ, &all);
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
