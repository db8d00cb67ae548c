#include "train/view.h"

#include "base/error.h"

clino_status clino__view_check(const clino_tensor *t, size_t *n, clino_error *error) {
  if (!t) return clino__fail(error, CLINO_ERR_RANGE, "the tensor is NULL");
  const char *name = t->name ? t->name : "(no name)";
  if (t->dtype != CLINO_F64 && t->dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "tensor '%s': dtype %d is neither CLINO_F32 nor CLINO_F64", name,
                       (int)t->dtype);
  if (t->n_dims < 1 || t->n_dims > CLINO_MAX_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "tensor '%s': %zu dimensions, not 1 to %d", name, t->n_dims,
                       CLINO_MAX_DIMS);
  *n = 1;
  for (size_t d = 0; d < t->n_dims; d++) {
    if (t->shape[d] && *n > SIZE_MAX / 32 / t->shape[d])
      return clino__fail(error, CLINO_ERR_RANGE, "tensor '%s': too many entries", name);
    *n *= t->shape[d];
  }
  if (*n && !t->value) return clino__fail(error, CLINO_ERR_RANGE, "tensor '%s': value is NULL", name);
  return CLINO_OK;
}

ptrdiff_t clino__view_offset(const clino_tensor *t, size_t flat) {
  if (!t->strides) return (ptrdiff_t)flat;
  ptrdiff_t offset = 0;
  for (size_t d = t->n_dims; d-- > 0; flat /= t->shape[d]) offset += (ptrdiff_t)(flat % t->shape[d]) * t->strides[d];
  return offset;
}

double clino__view_get(const clino_tensor *t, size_t flat) {
  ptrdiff_t at = clino__view_offset(t, flat);
  return t->dtype == CLINO_F32 ? (double)((const float *)t->value)[at] : ((const double *)t->value)[at];
}

void clino__view_set(const clino_tensor *t, size_t flat, double value) {
  ptrdiff_t at = clino__view_offset(t, flat);
  if (t->dtype == CLINO_F32) ((float *)t->value)[at] = (float)value;
  else ((double *)t->value)[at] = value;
}
