/* Histograms with bins that are fixed beforehand, so that parts merge by adding counts. Two layouts:
 *   equal    64 bins of one width, a power of two, so that a value's bin is exact
 *   octaves  for each sign, eight equal bins in each octave from 2^-126 to 2^128, and one bin from 0 to 2^-126;
 *            the positive one holds the zeros. Needs no range in advance, keeps the shape of 1e-30 to 1e30.
 * A value lies in [edge, next edge), as clino_histogram has it, in the last bin also on its upper edge.
 *
 * Octaves are counted by key: sign, exponent and three bits of the fraction of the value as f32, of which a kernel
 * makes a whole block. Four counters a key, side by side, take the values of a block in turn: one counter would make
 * each increment of equal values wait for the one before. They are added up into the bins when somebody looks. */
#ifndef CLINO_MONITOR_BINS_H
#define CLINO_MONITOR_BINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clino/run.h"
#include "monitor/block.h"

#define CLINO__EQUAL_BINS 64
#define CLINO__OCTAVE_BINS (2 * (1 + 254 * 8))

typedef struct clino__keys clino__keys;

typedef struct clino__bins {
  bool octaves;
  double low, width;  /* equal: the first edge, and a bin's width */
  size_t n;           /* bins */
  double *edges;      /* n + 1 */
  uint64_t *counts;   /* n + 3: below, the bins, above, nan */
  clino__keys *keys;  /* octaves: what is not in counts yet */
  size_t share;       /* one block in so many is counted; 0 is 1 */
  size_t calls;       /* of clino__bins_turn */
} clino__bins;

/* Bins of one width from low to high; high - low over CLINO__EQUAL_BINS, and low over that, must be exact. False where
 * memory is out. */
bool clino__bins_new_equal(clino__bins *bins, double low, double high);
bool clino__bins_new_octaves(clino__bins *bins);
void clino__bins_free(clino__bins *bins);

/* The next array of values begins: other blocks of it are counted than of the last one. */
static inline void clino__bins_turn(clino__bins *bins) { bins->calls++; }

/* The bins for the block that begins at an index of the array; NULL where it is not counted. */
static inline clino__bins *clino__bins_for(clino__bins *bins, size_t at) {
  return bins->share < 2 || (at / CLINO__BLOCK + bins->calls) % bins->share == 0 ? bins : NULL;
}

/* Counts a block of finite values, of which survey tells. */
void clino__bins_add(clino__bins *bins, const clino__block *x, const clino__survey *survey);

/* Counts one NaN or infinity. */
void clino__bins_add_nonfinite(clino__bins *bins, double x);

/* Adds the counts of other, which has the same layout. */
void clino__bins_merge(clino__bins *bins, const clino__bins *other);

void clino__bins_reset(clino__bins *bins);

/* What was counted since the last reset. */
clino_histogram clino__bins_view(const clino__bins *bins);

/* The same histogram with runs of empty bins joined and empty ends left out, in edges and counts with room for n + 1
 * and n; one empty bin where all are. */
clino_histogram clino__bins_join(const clino__bins *bins, double *edges, uint64_t *counts);

#endif
