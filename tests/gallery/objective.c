/* The list of objectives and the numbers they draw. SplitMix64 (G. Steele, D. Lea and C. Flood, "Fast splittable
 * pseudorandom number generators", 2014): small, seeded by any number, and cheap enough to draw an objective's data
 * anew in every evaluation. */
#include "gallery/objective.h"

#include <math.h>

static uint64_t bits(gallery_rng *r) {
  uint64_t z = (r->state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

double gallery_uniform(gallery_rng *r, double low, double high) {
  return low + (high - low) * ((double)(bits(r) >> 11) * 0x1p-53);
}

/* The sum of four uniform numbers of 16 bits (Irwin-Hall), with mean 0 and variance 1: near enough to normal for
 * weights and data, within 3.5, and the same on every machine, which a logarithm need not be. */
double gallery_normal(gallery_rng *r) {
  uint64_t b = bits(r);
  double sum = (double)(b & 0xFFFF) + (double)(b >> 16 & 0xFFFF) + (double)(b >> 32 & 0xFFFF) + (double)(b >> 48);
  return (sum + 2 - 0x1p17) * 0x1p-16 * sqrt(3.0);
}

/* Adding and taking away 1.5 * 2^52 rounds to an integer, for |v| 2^bits below 2^51, without a call: data are drawn
 * often. */
double gallery_dyadic(double v, int dyadic_bits) {
  const double scale = (double)(UINT64_C(1) << dyadic_bits), magic = 0x1.8p52;
  return (v * scale + magic - magic) / scale;
}

#define OBJECTIVE(name) extern const gallery_objective gallery_##name;
#include "gallery/list.h"
#undef OBJECTIVE

#define OBJECTIVE(name) &gallery_##name,
static const gallery_objective *const objectives[] = {
#include "gallery/list.h"
};
#undef OBJECTIVE

size_t gallery_count(void) { return sizeof objectives / sizeof *objectives; }

const gallery_objective *gallery_at(size_t i) { return i < gallery_count() ? objectives[i] : NULL; }
