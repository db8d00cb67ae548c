/* Seeded random numbers: SplitMix64 (G. Steele, D. Lea and C. Flood, 2014). The same seed gives the same numbers
 * everywhere. */
#ifndef NET_RNG_H
#define NET_RNG_H

#include <stdint.h>

#include "net/real.h"

typedef struct rng {
  uint64_t state; /* start with any seed */
} rng;

uint64_t rng_bits(rng *g);
double rng_uniform(rng *g);                                  /* [0, 1) */
size_t rng_below(rng *g, size_t n);                          /* 0 to n - 1 */
void rng_fill(rng *g, double bound, size_t n, real *values); /* uniform in [-bound, bound) */

#endif
