/* Arrays are worked on a block of CLINO__BLOCK values at a time, of either type. */
#ifndef CLINO_MONITOR_BLOCK_H
#define CLINO_MONITOR_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "monitor/kernels.h"

/* The length of the block that begins at an index below n. */
static inline size_t clino__block_length(size_t n, size_t at) { return n - at < CLINO__BLOCK ? n - at : CLINO__BLOCK; }

/* n values, 1 to CLINO__BLOCK, of either type (one of the pointers is NULL), and the loops that go over them. */
typedef struct clino__block {
  const clino__kernels *kernels;
  size_t n;
  const float *f32;
  const double *f64;
} clino__block;

static inline clino__block clino__block_f64(const clino__kernels *kernels, size_t n, const double *x) {
  return (clino__block){kernels, n, NULL, x};
}

static inline clino__block clino__block_f32(const clino__kernels *kernels, size_t n, const float *x) {
  return (clino__block){kernels, n, x, NULL};
}

/* The block of a longer array that begins at an index of it. */
static inline clino__block clino__block_at(const clino__block *array, size_t at) {
  return (clino__block){array->kernels, clino__block_length(array->n, at), array->f32 ? array->f32 + at : NULL,
                        array->f64 ? array->f64 + at : NULL};
}

static inline double clino__block_value(const clino__block *b, size_t i) {
  return b->f32 ? (double)b->f32[i] : b->f64[i];
}

/* The values as doubles: where they are, or copied to room for them. */
static inline const double *clino__block_doubles(const clino__block *b, double *room) {
  if (b->f64) return b->f64;
  for (size_t i = 0; i < b->n; i++) room[i] = (double)b->f32[i];
  return room;
}

/* kernels.h for either type. */
static inline void clino__block_survey(const clino__block *b, clino__survey *s) {
  if (b->f32) b->kernels->f32.survey(b->n, b->f32, s);
  else b->kernels->f64.survey(b->n, b->f64, s);
}

static inline double clino__block_squares(const clino__block *b) {
  return b->f32 ? b->kernels->f32.squares(b->n, b->f32) : b->kernels->f64.squares(b->n, b->f64);
}

static inline void clino__block_spread(const clino__block *b, double center, clino__spread *s) {
  if (b->f32) b->kernels->f32.spread(b->n, b->f32, center, s);
  else b->kernels->f64.spread(b->n, b->f64, center, s);
}

static inline size_t clino__block_outside(const clino__block *b, double low, double high) {
  return b->f32 ? b->kernels->f32.outside(b->n, b->f32, low, high) : b->kernels->f64.outside(b->n, b->f64, low, high);
}

static inline void clino__block_slots(const clino__block *b, uint16_t *slot) {
  if (b->f32) b->kernels->f32.slots(b->n, b->f32, slot);
  else b->kernels->f64.slots(b->n, b->f64, slot);
}

/* first of the block and change of another one of the same length and type. */
static inline void clino__block_step(const clino__block *a, const clino__block *b, clino__pair_sums *s) {
  if (a->f32) a->kernels->f32.step(a->n, a->f32, b->f32, s);
  else a->kernels->f64.step(a->n, a->f64, b->f64, s);
}

static inline void clino__block_angle(const clino__block *a, const clino__block *b, clino__pair_sums *s) {
  if (a->f32) a->kernels->f32.angle(a->n, a->f32, b->f32, s);
  else a->kernels->f64.angle(a->n, a->f64, b->f64, s);
}

#endif
