/* Values that are not finite: counted apart, so that sums of the others go on, and put in again at the end. */
#ifndef CLINO_MONITOR_NONFINITE_H
#define CLINO_MONITOR_NONFINITE_H

#include <math.h>
#include <stdint.h>

typedef struct clino__nonfinite {
  uint64_t nans, positive_infinities, negative_infinities;
} clino__nonfinite;

/* Counts x, which is NaN or infinite. */
static inline void clino__nonfinite_add(clino__nonfinite *c, double x) {
  if (isnan(x)) c->nans++;
  else if (x > 0) c->positive_infinities++;
  else c->negative_infinities++;
}

static inline void clino__nonfinite_merge(clino__nonfinite *c, const clino__nonfinite *other) {
  c->nans += other->nans;
  c->positive_infinities += other->positive_infinities;
  c->negative_infinities += other->negative_infinities;
}

static inline uint64_t clino__nonfinite_infinities(const clino__nonfinite *c) {
  return c->positive_infinities + c->negative_infinities;
}

static inline uint64_t clino__nonfinite_count(const clino__nonfinite *c) {
  return c->nans + clino__nonfinite_infinities(c);
}

/* The mean of all values from that of the finite ones, NaN or infinite as arithmetic has it. */
static inline double clino__nonfinite_mean(const clino__nonfinite *c, double of_finite) {
  if (c->nans || (c->positive_infinities && c->negative_infinities)) return NAN;
  if (c->positive_infinities) return INFINITY;
  if (c->negative_infinities) return -INFINITY;
  return of_finite;
}

#endif
