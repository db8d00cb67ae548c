/* Seeded test data; independent of the library's own generator. */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* xorshift64* (S. Vigna, 2016); the state must not be 0. In [0, 1). */
static inline double random_uniform(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (double)((*state * UINT64_C(2685821657736338717)) >> 11) * 0x1p-53;
}

/* Nearly normal, mean 0, deviation 1: the sum of twelve uniforms. */
static inline double random_normal(uint64_t *state) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += random_uniform(state);
  return sum;
}

#endif
