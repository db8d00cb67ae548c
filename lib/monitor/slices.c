#include "monitor/slices.h"

#include "base/error.h"

clino_status clino__slices_check(const clino_tensor *t, size_t least, const char *function, const char *what,
                                 clino_error *error) {
  if (!t) return clino__fail(error, CLINO_ERR_RANGE, "%s: %s is NULL", function, what);
  const char *name = t->name ? t->name : "(no name)";
  if (!t->value) return clino__fail(error, CLINO_ERR_RANGE, "%s: '%s': value is NULL", function, name);
  if (t->dtype != CLINO_F64 && t->dtype != CLINO_F32)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: '%s': dtype %d is neither CLINO_F32 nor CLINO_F64", function, name,
                       (int)t->dtype);
  if (t->n_dims < least || t->n_dims > CLINO_MAX_DIMS)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: '%s': %zu dimensions, not %zu to %d", function, name, t->n_dims,
                       least, CLINO_MAX_DIMS);
  size_t n = 1;
  for (size_t i = 0; i < t->n_dims; i++) {
    if (!t->shape[i] || n > SIZE_MAX / 16 / t->shape[i])
      return clino__fail(error, CLINO_ERR_RANGE, "%s: '%s': dimension %zu is %zu", function, name, i, t->shape[i]);
    n *= t->shape[i];
  }
  return CLINO_OK;
}

size_t clino__slices_count(const clino_tensor *t, size_t inner) {
  size_t n = 1;
  for (size_t i = 0; i + inner < t->n_dims; i++) n *= t->shape[i];
  return n;
}

ptrdiff_t clino__slices_stride(const clino_tensor *t, size_t dimension) {
  if (t->strides) return t->strides[dimension];
  ptrdiff_t s = 1;
  for (size_t i = dimension + 1; i < t->n_dims; i++) s *= (ptrdiff_t)t->shape[i];
  return s;
}

ptrdiff_t clino__slices_offset(const clino_tensor *t, size_t inner, size_t slice) {
  ptrdiff_t offset = 0;
  for (size_t i = t->n_dims - inner; i-- > 0;) {
    offset += (ptrdiff_t)(slice % t->shape[i]) * clino__slices_stride(t, i);
    slice /= t->shape[i];
  }
  return offset;
}
