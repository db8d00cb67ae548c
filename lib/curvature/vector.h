/* Vectors of doubles. */
#ifndef CLINO_CURVATURE_VECTOR_H
#define CLINO_CURVATURE_VECTOR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/sum.h"

static inline double clino__inner(const double *a, const double *b, size_t n) {
  clino__sum sum = {0, 0};
  for (size_t i = 0; i < n; i++) clino__sum_add(&sum, a[i] * b[i]);
  return clino__sum_value(&sum);
}

/* The largest absolute value; NaN as soon as an entry is. */
static inline double clino__largest(const double *a, size_t n) {
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    if (!(fabs(a[i]) <= largest)) largest = isnan(largest) ? largest : fabs(a[i]);
  return largest;
}

/* Euclidean norm, safe from overflow and underflow of the squares. */
static inline double clino__norm(const double *a, size_t n) {
  double largest = clino__largest(a, n), sum = 0;
  if (!(largest > 0 && isfinite(largest))) return largest;
  for (size_t i = 0; i < n; i++) sum += a[i] / largest * (a[i] / largest);
  return largest * sqrt(sum);
}

static inline void clino__scale(double *a, size_t n, double by) {
  for (size_t i = 0; i < n; i++) a[i] *= by;
}

/* a += t b */
static inline void clino__add_scaled(double *a, double t, const double *b, size_t n) {
  for (size_t i = 0; i < n; i++) a[i] += t * b[i];
}

/* Room for count vectors of n numbers; NULL where that is too much. */
static inline double *clino__vectors(size_t count, size_t n) {
  return n && count <= SIZE_MAX / sizeof(double) / n ? malloc(count * n * sizeof(double)) : NULL;
}

/* Nearly normal numbers: sums of four uniforms, by + and * alone, so that they are the same everywhere. */
static inline void clino__random_vector(double *v, size_t n, uint64_t seed) {
  clino__rng rng = clino__rng_new(seed);
  for (size_t i = 0; i < n; i++) {
    v[i] = -2;
    for (int k = 0; k < 4; k++) v[i] += clino__rng_uniform(&rng);
  }
}

#endif
