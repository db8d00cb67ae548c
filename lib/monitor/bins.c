/* A block's slots are found first, in a loop without branches that vectorizes, then counted. */
#include "monitor/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/block.h"
#include "monitor/lanes.h"

/* Octaves: the leading bits of a double's magnitude, exponent and two bits of its fraction, number the bins. */
#define PER_OCTAVE_BITS 2
#define KEY_SHIFT (52 - PER_OCTAVE_BITS)
#define LOWEST_EXPONENT (-128)
#define HIGHEST_EXPONENT 128
#define KEY_BASE ((1023 + LOWEST_EXPONENT) << PER_OCTAVE_BITS)
#define KEYS ((HIGHEST_EXPONENT - LOWEST_EXPONENT) << PER_OCTAVE_BITS) /* bins of one sign, but the tiny one */

static bool allocate(clino__bins *bins, size_t n) {
  bins->n = n;
  bins->edges = malloc((n + 1) * sizeof *bins->edges);
  bins->counts = calloc(n + 3, sizeof *bins->counts);
  if (bins->edges && bins->counts) return true;
  clino__bins_free(bins);
  return false;
}

bool clino__bins_new_equal(clino__bins *bins, double low, double high) {
  *bins = (clino__bins){.octaves = false, .low = low, .width = (high - low) / CLINO__EQUAL_BINS};
  if (!allocate(bins, CLINO__EQUAL_BINS)) return false;
  for (size_t i = 0; i <= bins->n; i++) bins->edges[i] = low + (double)i * bins->width;
  return true;
}

/* The smallest magnitude of a key. */
static double key_edge(int32_t key) {
  int32_t exponent = key >> PER_OCTAVE_BITS, part = key & ((1 << PER_OCTAVE_BITS) - 1);
  return ldexp(1 + (double)part / (1 << PER_OCTAVE_BITS), (int)exponent + LOWEST_EXPONENT);
}

bool clino__bins_new_octaves(clino__bins *bins) {
  *bins = (clino__bins){.octaves = true};
  if (!allocate(bins, 2 * ((size_t)KEYS + 1))) return false;
  size_t middle = bins->n / 2;
  bins->edges[middle] = 0;
  for (int32_t key = 0; key <= KEYS; key++) {
    bins->edges[middle + 1 + (size_t)key] = key_edge(key);
    bins->edges[middle - 1 - (size_t)key] = -key_edge(key);
  }
  return true;
}

void clino__bins_free(clino__bins *bins) {
  free(bins->edges);
  free(bins->counts);
  *bins = (clino__bins){0};
}

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

/* A negative value on an edge belongs to the bin towards zero, hence one less than its magnitude's bits. -0 is made 0
 * by adding 0. The key past the last is that of values under or over all bins. */
static void octave_slots(const clino__bins *bins, size_t n, const double *x, uint16_t *slot) {
  const int32_t middle = (int32_t)bins->n / 2 + 1;
  for (size_t i = 0; i < n; i++) {
    double v = x[i] + 0.0;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t negative = bits >> 63, magnitude = bits & (UINT64_MAX >> 1);
    int32_t key = (int32_t)((magnitude - (magnitude ? negative : 0)) >> KEY_SHIFT) - KEY_BASE + 1;
    key = key > 0 ? key : 0;
    key = key <= KEYS ? key : KEYS + 1;
    slot[i] = (uint16_t)(negative ? middle - 1 - key : middle + key);
  }
  const double high = bins->edges[bins->n];
  if (!clino__lanes_outside(n, x, -INFINITY, nextafter(high, 0)) && !clino__lanes_nonfinite(n, x)) return;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i])) slot[i] = (uint16_t)(bins->n + 2);
    else if (x[i] == high) slot[i] = (uint16_t)bins->n; /* the last bin is closed */
  }
}

void clino__bins_add(clino__bins *bins, size_t n, const double *x) {
  uint16_t slot[CLINO__BLOCK];
  if (bins->octaves) octave_slots(bins, n, x, slot);
  else equal_slots(bins, n, x, slot);
  for (size_t i = 0; i < n; i++) bins->counts[slot[i]]++;
}

void clino__bins_merge(clino__bins *bins, const clino__bins *other) {
  for (size_t i = 0; i < bins->n + 3; i++) bins->counts[i] += other->counts[i];
}

void clino__bins_reset(clino__bins *bins) { memset(bins->counts, 0, (bins->n + 3) * sizeof *bins->counts); }

clino_histogram clino__bins_view(const clino__bins *bins) {
  return (clino_histogram){.n_bins = bins->n,
                           .edges = bins->edges,
                           .counts = bins->counts + 1,
                           .below = bins->counts[0],
                           .above = bins->counts[bins->n + 1],
                           .nans = bins->counts[bins->n + 2]};
}

clino_histogram clino__bins_join(const clino__bins *bins, double *edges, uint64_t *counts) {
  clino_histogram all = clino__bins_view(bins), joined = all;
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
