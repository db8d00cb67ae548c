/* A tensor's entries in row-major order, whatever its type and strides; its matrix of units. Private to lib/train. */
#ifndef CLINO_TRAIN_VIEW_H
#define CLINO_TRAIN_VIEW_H

#include "clino/init.h"

/* Shape, type and pointer are usable, the count of entries in *n (0 where a dimension is 0). Else CLINO_ERR_RANGE. */
clino_status clino__view_check(const clino_tensor *t, size_t *n, clino_error *error);

/* Where the entry of a row-major index lies, in elements from value. */
ptrdiff_t clino__view_offset(const clino_tensor *t, size_t flat);

double clino__view_get(const clino_tensor *t, size_t flat);
void clino__view_set(const clino_tensor *t, size_t flat, double value);

/* The row-major index of weight w of unit (output) o, where a tensor of n entries has `units` of them. */
static inline size_t clino__view_weight(clino_layout layout, size_t n, size_t units, size_t o, size_t w) {
  return layout == CLINO_LAYOUT_OUTPUT_FIRST ? o * (n / units) + w : w * units + o;
}

/* How many units a tensor of two dimensions or more has. */
static inline size_t clino__view_units(const clino_tensor *t, clino_layout layout) {
  return t->shape[layout == CLINO_LAYOUT_OUTPUT_FIRST ? 0 : t->n_dims - 1];
}

#endif
