#include "base/rng.h"

static uint64_t splitmix(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

clino__rng clino__rng_new(uint64_t seed) {
  clino__rng rng;
  for (int i = 0; i < 4; i++) rng.s[i] = splitmix(&seed);
  return rng;
}

uint64_t clino__rng_bits(clino__rng *rng) {
  uint64_t *s = rng->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  return result;
}

double clino__rng_uniform(clino__rng *rng) { return (double)(clino__rng_bits(rng) >> 11) * 0x1p-53; }

double clino__rng_between(clino__rng *rng, double low, double high) {
  return low + (high - low) * clino__rng_uniform(rng);
}

size_t clino__rng_below(clino__rng *rng, size_t n) {
  uint64_t range = n, limit = UINT64_MAX - UINT64_MAX % range, bits;
  do bits = clino__rng_bits(rng);
  while (bits >= limit);
  return (size_t)(bits % range);
}

uint64_t clino__rng_derive(uint64_t seed, uint64_t purpose) {
  uint64_t state = seed ^ (purpose * UINT64_C(0xD1342543DE82EF95));
  splitmix(&state);
  return splitmix(&state);
}
