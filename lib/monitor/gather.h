/* The values of a tensor in any layout and any type of number, a block at a time. */
#ifndef CLINO_MONITOR_GATHER_H
#define CLINO_MONITOR_GATHER_H

#include "base/error.h"
#include "clino/statistics.h"
#include "monitor/block.h"

#define CLINO__GATHER_DIMS 8

typedef struct clino__gather {
  clino_number number;
  const unsigned char *data;
  size_t n_dims, shape[CLINO__GATHER_DIMS], index[CLINO__GATHER_DIMS];
  ptrdiff_t strides[CLINO__GATHER_DIMS]; /* in bytes */
  ptrdiff_t offset;                      /* of the entry at index */
  size_t left;
  bool packed;
} clino__gather;

/* Looks at a view. function: what errors call it. strides NULL: packed. */
clino_status clino__gather_begin(clino__gather *g, const char *function, clino_number number, const void *data,
                                 size_t n_dims, const size_t *shape, const ptrdiff_t *strides, clino_error *error);

/* The next block, row-major; room: for CLINO__BLOCK doubles, unless the block can stay where it is. block's kernels are
 * not set. False at the end. */
bool clino__gather_next(clino__gather *g, double *room, clino__block *block);

#endif
