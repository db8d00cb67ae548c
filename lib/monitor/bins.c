/* A block's slots are found first, in a loop without branches that vectorizes, then counted. */
#include "monitor/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PER_OCTAVE 8
#define EXPONENTS 255                        /* 0: below 2^-126, 1 to 254: an octave each; 255 is beyond */
#define BEYOND (EXPONENTS * PER_OCTAVE)      /* the first key of what lies beyond the bins */
#define SIGN 2048                            /* added to the keys of negative values */
#define KEYS (2 * SIGN)
#define WAYS 4
#define MOST_PENDING (UINT64_C(1) << 31)     /* so that no counter of 32 bits overflows */

struct clino__keys {
  uint64_t pending;
  uint32_t counts[KEYS][WAYS];
};

static bool allocate(clino__bins *bins, size_t n) {
  bins->n = n;
  bins->edges = malloc((n + 1) * sizeof *bins->edges);
  bins->counts = calloc(n + 3, sizeof *bins->counts);
  bins->keys = bins->octaves ? calloc(1, sizeof *bins->keys) : NULL;
  if (bins->edges && bins->counts && (bins->keys || !bins->octaves)) return true;
  clino__bins_free(bins);
  return false;
}

bool clino__bins_new_equal(clino__bins *bins, double low, double high) {
  *bins = (clino__bins){.octaves = false, .low = low, .width = (high - low) / CLINO__EQUAL_BINS};
  if (!allocate(bins, CLINO__EQUAL_BINS)) return false;
  for (size_t i = 0; i <= bins->n; i++) bins->edges[i] = low + (double)i * bins->width;
  return true;
}

/* Bins of one sign are numbered from 0: the one below 2^-126, then eight an octave. The smallest magnitude of one. */
static double bin_edge(int bin) {
  if (!bin) return 0;
  return ldexp(1 + (double)((bin - 1) % PER_OCTAVE) / PER_OCTAVE, (bin - 1) / PER_OCTAVE - 126);
}

bool clino__bins_new_octaves(clino__bins *bins) {
  *bins = (clino__bins){.octaves = true};
  if (!allocate(bins, CLINO__OCTAVE_BINS)) return false;
  const int half = CLINO__OCTAVE_BINS / 2;
  for (int i = 0; i <= half; i++) {
    bins->edges[half - i] = -bin_edge(i);
    bins->edges[half + i] = bin_edge(i);
  }
  return true;
}

void clino__bins_free(clino__bins *bins) {
  free(bins->edges);
  free(bins->counts);
  free(bins->keys);
  *bins = (clino__bins){0};
}

/* ---- equal bins ---- */

/* floor((x - low) / width), exactly: x / width is exact, width being a power of two, and so is the whole part of it. In
 * double throughout, which vectorizes. */
static void equal_slots(const clino__bins *bins, size_t n, const double *x, uint16_t *slot) {
  const double low = bins->low, high = bins->edges[bins->n], by = 1 / bins->width, first = low * by;
  const double last = CLINO__EQUAL_BINS;
  for (size_t i = 0; i < n; i++) {
    double v = x[i], inside = v > low ? v : low;
    inside = (inside < high ? inside : high) * by;
    double whole = (double)(int32_t)inside;
    double at = whole - (whole > inside ? 1.0 : 0.0) - first + 1;
    at = at < last ? at : last;
    at = v < low ? 0 : at;
    at = v > high ? last + 1 : at;
    at = v == v ? at : last + 2;
    slot[i] = (uint16_t)(int32_t)at;
  }
}

static void add_equal(clino__bins *bins, const clino__block *x) {
  double room[CLINO__BLOCK];
  uint16_t slot[CLINO__BLOCK];
  equal_slots(bins, x->n, clino__block_doubles(x, room), slot);
  for (size_t i = 0; i < x->n; i++) bins->counts[slot[i]]++;
}

/* ---- octaves ---- */

/* Where the counts of a key go: below, a bin, or above. */
static size_t slot_of(size_t key) {
  const size_t half = CLINO__OCTAVE_BINS / 2, magnitude = key % SIGN;
  size_t bin = magnitude < PER_OCTAVE ? 0 : magnitude - PER_OCTAVE + 1;
  bin = magnitude < BEYOND ? bin : half;
  return key < SIGN ? half + 1 + bin : half - bin;
}

/* Moves what is pending into the bins. They are in the heap, so that a look may do it. */
static void settle(const clino__bins *bins) {
  clino__keys *keys = bins->keys;
  if (!keys || !keys->pending) return;
  for (size_t key = 0; key < KEYS; key++) {
    const uint32_t *c = keys->counts[key];
    uint64_t sum = (uint64_t)c[0] + c[1] + c[2] + c[3];
    if (sum) bins->counts[slot_of(key)] += sum;
  }
  memset(keys, 0, sizeof *keys);
}

static void count_keys(clino__keys *keys, size_t n, const uint16_t *key) {
  uint32_t(*counts)[WAYS] = keys->counts;
  size_t i = 0;
  for (; i + WAYS <= n; i += WAYS) {
    counts[key[i]][0]++;
    counts[key[i + 1]][1]++;
    counts[key[i + 2]][2]++;
    counts[key[i + 3]][3]++;
  }
  for (; i < n; i++) counts[key[i]][i % WAYS]++;
  keys->pending += n;
}

/* The last bin is closed. */
static void close_last(clino__bins *bins, const clino__block *x) {
  for (size_t i = 0; i < x->n; i++) {
    if (clino__block_value(x, i) != bins->edges[bins->n]) continue;
    bins->keys->counts[BEYOND][i % WAYS]--;
    bins->keys->counts[BEYOND - 1][i % WAYS]++;
  }
}

static void add_octaves(clino__bins *bins, const clino__block *x, double max) {
  uint16_t key[CLINO__BLOCK];
  clino__block_slots(x, key);
  count_keys(bins->keys, x->n, key);
  if (max >= bins->edges[bins->n]) close_last(bins, x);
  if (bins->keys->pending >= MOST_PENDING) settle(bins);
}

void clino__bins_add(clino__bins *bins, const clino__block *x, const clino__survey *survey) {
  if (bins->octaves) add_octaves(bins, x, survey->max);
  else add_equal(bins, x);
}

void clino__bins_add_nonfinite(clino__bins *bins, double x) {
  bins->counts[isnan(x) ? bins->n + 2 : x < 0 ? 0 : bins->n + 1]++;
}

void clino__bins_merge(clino__bins *bins, const clino__bins *other) {
  settle(other);
  for (size_t i = 0; i < bins->n + 3; i++) bins->counts[i] += other->counts[i];
}

size_t clino__bins_bytes(const clino__bins *bins) { return bins->n ? (bins->n + 3) * sizeof *bins->counts : 0; }

void clino__bins_attach(clino__bins *bins, uint64_t *counts) {
  bins->counts = counts;
  bins->edges = NULL;
  bins->keys = NULL;
}

void clino__bins_reset(clino__bins *bins) {
  if (bins->keys && bins->keys->pending) memset(bins->keys, 0, sizeof *bins->keys);
  memset(bins->counts, 0, (bins->n + 3) * sizeof *bins->counts);
}

clino_histogram clino__bins_view(const clino__bins *bins) {
  settle(bins);
  return (clino_histogram){.n_bins = bins->n,
                           .edges = bins->edges,
                           .counts = bins->counts + 1,
                           .below = bins->counts[0],
                           .above = bins->counts[bins->n + 1],
                           .nans = bins->counts[bins->n + 2]};
}

clino_histogram clino__bins_join(const clino__bins *bins, double *edges, uint64_t *counts) {
  const clino_histogram all = clino__bins_view(bins);
  clino_histogram joined = all;
  size_t first = 0, end = all.n_bins, n = 0;
  while (first < end && !all.counts[first]) first++;
  while (end > first && !all.counts[end - 1]) end--;
  if (first == end) first = 0, end = all.n_bins;
  for (size_t i = first; i < end; i++) {
    if (n && !all.counts[i] && !counts[n - 1]) continue;
    edges[n] = all.edges[i];
    counts[n++] = all.counts[i];
  }
  edges[n] = all.edges[end];
  joined.n_bins = n;
  joined.edges = edges;
  joined.counts = counts;
  return joined;
}
