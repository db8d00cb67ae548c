/* Arrays are worked on a block at a time: 8 KB, at home in the first cache. */
#ifndef CLINO_MONITOR_BLOCK_H
#define CLINO_MONITOR_BLOCK_H

#include <stddef.h>

#define CLINO__BLOCK 1024 /* values */

/* The length of the block that begins at an index below n. */
static inline size_t clino__block_length(size_t n, size_t at) { return n - at < CLINO__BLOCK ? n - at : CLINO__BLOCK; }

/* Copies n floats to room, as doubles; returns room. */
static inline const double *clino__block_widen(size_t n, const float *x, double *room) {
  for (size_t i = 0; i < n; i++) room[i] = (double)x[i];
  return room;
}

#endif
