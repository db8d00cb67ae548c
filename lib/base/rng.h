/* Seeded random numbers that are the same on every platform: xoshiro256** (D. Blackman and S. Vigna, "Scrambled linear
 * pseudorandom number generators", 2021), its state filled by SplitMix64 (G. Steele, D. Lea and C. Flood, 2014). Only
 * integer operations and + - * / are used. */
#ifndef CLINO_BASE_RNG_H
#define CLINO_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct clino__rng {
  uint64_t s[4];
} clino__rng;

clino__rng clino__rng_new(uint64_t seed);
uint64_t clino__rng_bits(clino__rng *rng);
double clino__rng_uniform(clino__rng *rng);               /* [0, 1), 53 bits */
double clino__rng_between(clino__rng *rng, double low, double high);
size_t clino__rng_below(clino__rng *rng, size_t n);        /* 0 to n - 1, unbiased; n >= 1 */

/* A seed for a purpose, independent of the others drawn from the same seed. */
uint64_t clino__rng_derive(uint64_t seed, uint64_t purpose);

#endif
