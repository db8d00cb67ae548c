#include "net/rng.h"

uint64_t rng_bits(rng *g) {
  uint64_t z = g->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double rng_uniform(rng *g) { return (double)(rng_bits(g) >> 11) * 0x1p-53; }

/* The bias of the remainder is below n / 2^64. */
size_t rng_below(rng *g, size_t n) { return (size_t)(rng_bits(g) % n); }

void rng_fill(rng *g, double bound, size_t n, real *values) {
  for (size_t i = 0; i < n; i++) values[i] = (real)(bound * (2 * rng_uniform(g) - 1));
}
