/* Seeded numbers for test data; not those of the library, so that the two cannot agree by accident. */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (G. Steele, D. Lea and C. Flood, 2014). */
static inline uint64_t random_bits(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double random_uniform(uint64_t *state) { return (double)(random_bits(state) >> 11) * 0x1p-53; }

static inline double random_between(uint64_t *state, double low, double high) {
  return low + (high - low) * random_uniform(state);
}

static inline void random_fill(uint64_t seed, double *x, size_t n, double low, double high) {
  for (size_t i = 0; i < n; i++) x[i] = random_between(&seed, low, high);
}

/* Nearly normal, mean 0, deviation 1: the sum of twelve uniforms. */
static inline double random_normal(uint64_t *state) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += random_uniform(state);
  return sum;
}

#endif
