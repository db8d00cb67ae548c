/* A tensor of floating-point numbers as slices of its last dimensions, wherever its elements lie. */
#ifndef CLINO_MONITOR_SLICES_H
#define CLINO_MONITOR_SLICES_H

#include "clino/tensor.h"

/* Whether it is f32 or f64 with values, and has from least to CLINO_MAX_DIMS dimensions, none of them 0. function and
 * what: named in the error, CLINO_ERR_RANGE. */
clino_status clino__slices_check(const clino_tensor *t, size_t least, const char *function, const char *what,
                                 clino_error *error);

/* How many there are of the last so many dimensions. */
size_t clino__slices_count(const clino_tensor *t, size_t inner);

/* From one element of a dimension to the next, in elements. */
ptrdiff_t clino__slices_stride(const clino_tensor *t, size_t dimension);

/* Where a slice begins, in elements from value. */
ptrdiff_t clino__slices_offset(const clino_tensor *t, size_t inner, size_t slice);

/* The element there. */
static inline double clino__slices_value(const clino_tensor *t, ptrdiff_t at) {
  return t->dtype == CLINO_F64 ? ((const double *)t->value)[at] : (double)((const float *)t->value)[at];
}

#endif
