/* clino/unit_spread.h - how far do the units of a layer differ from each other?
 *
 * Units that start with the same weights get the same gradients and stay the same: a layer whose symmetry is never
 * broken is as wide as one unit. The number for it is the deviation of the units from their mean unit over their size,
 *
 *   spread = sqrt(sum over rows r and units u of (y_ru - mean_r)^2 / sum of y_ru^2)
 *
 * over a matrix with a row a sample (outputs) or a row an input (weights), and a column a unit: 0 where all units are
 * identical, near 1 where they are independent and have mean 0. The check `initialization` reads it.
 *
 *   clino_tensor y = CLINO_TENSOR_F32("hidden", outputs, NULL, n_rows, n_units);
 *   clino_unit_spread(&y, &stats, NULL);
 *   clino_unit_spread_record("hidden", &stats, run, step, NULL);
 *
 * A few rows are enough: units that differ do so in nearly every row. Weights alone do not tell units apart that differ
 * in their biases; outputs do. Unreliable: outputs that are 0 in nearly all rows (dead units), which are alike.
 *
 * Source: I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning" (2016), section 8.4.
 */
#ifndef CLINO_UNIT_SPREAD_H
#define CLINO_UNIT_SPREAD_H

#include "clino/run.h"
#include "clino/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flat. */
typedef struct clino_unit_spread_stats {
  double spread;       /* NaN as soon as a value is NaN or infinite; NaN where missing */
  size_t units;        /* columns */
  const char *missing; /* why there is no number (one unit, or all values are 0); NULL where there is one. Static */
} clino_unit_spread_stats;

/* Measures the units of a tensor.
 *   values  f32 or f64, 1 to CLINO_MAX_DIMS dimensions, none 0: the last one counts units, the ones before them rows;
 *           strides as ever, so that weights of either layout can be seen that way. Not changed
 *   stats   written
 * Errors: CLINO_ERR_RANGE (a NULL, dtype, dimensions). Cost: three passes over the values; no memory. Neither overflows
 * nor underflows within. Thread safe. */
CLINO_API clino_status clino_unit_spread(const clino_tensor *values, clino_unit_spread_stats *stats,
                                         clino_error *error);

/* Writes "unit_spread/NAME" into a run at step; missing, with the reason, where there is no number.
 * Errors: CLINO_ERR_RANGE (a NULL, an empty name), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_unit_spread_record(const char *name, const clino_unit_spread_stats *stats, clino_run *run,
                                                int64_t step, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
