/* Axes: the rows of a table. */
#include <math.h>
#include <stdlib.h>

#include "run/model.h"

void *clino__run_grow(void *array, size_t *capacity, size_t count, size_t element_size) {
  if (count < *capacity) return array;
  size_t more = *capacity < 16 ? 16 : *capacity + *capacity / 2;
  if (more > SIZE_MAX / element_size) return NULL;
  void *grown = realloc(array, more * element_size);
  if (grown) *capacity = more;
  return grown;
}

void clino__axis_free(clino_axis *axis) {
  if (!axis) return;
  free(axis->name);
  free(axis->steps);
  free(axis->epochs);
  free(axis->times);
  free(axis);
}

/* All columns of the axis get the same new capacity, or none. */
static bool grow_axis(clino_axis *axis) {
  if (axis->rows < axis->capacity) return true;
  size_t capacity = axis->capacity, unused;
  void *grown = clino__run_grow(axis->steps, &capacity, axis->rows, sizeof *axis->steps);
  if (!grown) return false;
  axis->steps = grown;
  double **columns[] = {&axis->epochs, &axis->times};
  for (size_t i = 0; i < 2; i++) {
    if (!*columns[i]) continue;
    unused = axis->capacity;
    grown = clino__run_grow(*columns[i], &unused, axis->rows, sizeof **columns[i]);
    if (!grown) return false;
    *columns[i] = grown;
  }
  axis->capacity = capacity;
  return true;
}

/* Sets a cell of a column that exists from the first value on that is not NaN. */
static bool set_optional(double **column, const clino_axis *axis, size_t row, double value) {
  if (!*column) {
    if (isnan(value)) return true;
    double *made = malloc(axis->capacity * sizeof *made);
    if (!made) return false;
    for (size_t i = 0; i < axis->rows; i++) made[i] = NAN;
    *column = made;
  }
  (*column)[row] = value;
  return true;
}

clino_status clino_axis_add_row(clino_axis *axis, int64_t step, double epoch, double time, clino_error *error) {
  if (!axis) return clino__fail(error, CLINO_ERR_RANGE, "clino_axis_add_row: axis is NULL");
  if (axis->rows >= UINT32_MAX) return clino__fail(error, CLINO_ERR_RANGE, "an axis holds at most 4294967295 rows");
  if (!grow_axis(axis) || !set_optional(&axis->epochs, axis, axis->rows, epoch) ||
      !set_optional(&axis->times, axis, axis->rows, time))
    return clino__fail_memory(error, "a row");
  axis->steps[axis->rows++] = step;
  return CLINO_OK;
}

clino_status clino_axis_set_row(clino_axis *axis, size_t row, int64_t step, double epoch, double time,
                                clino_error *error) {
  if (!axis || row >= axis->rows)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_axis_set_row: no row %zu on this axis", row);
  if (!set_optional(&axis->epochs, axis, row, epoch) || !set_optional(&axis->times, axis, row, time))
    return clino__fail_memory(error, "a row");
  axis->steps[row] = step;
  axis->changes++;
  return CLINO_OK;
}

const char *clino_axis_name(const clino_axis *axis) { return axis ? axis->name : NULL; }
size_t clino_axis_rows(const clino_axis *axis) { return axis ? axis->rows : 0; }
const int64_t *clino_axis_steps(const clino_axis *axis) { return axis ? axis->steps : NULL; }
const double *clino_axis_epochs(const clino_axis *axis) { return axis ? axis->epochs : NULL; }
const double *clino_axis_times(const clino_axis *axis) { return axis ? axis->times : NULL; }
