/* A weighted running mean of single values, mergeable. A zeroed one is empty. */
#ifndef CLINO_MONITOR_MEAN_H
#define CLINO_MONITOR_MEAN_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/sum.h"

typedef struct clino__mean {
  uint64_t count;                                      /* values, finite or not */
  uint64_t nans, positive_infinities, negative_infinities;
  clino__sum weight, mean;                             /* of the finite values */
} clino__mean;

/* D. H. D. West, "Updating mean and variance estimates: an improved method", CACM 22, 1979; compensated. */
static inline void clino__mean_move(clino__mean *m, double value, double weight) {
  clino__sum_add(&m->weight, weight);
  clino__sum_add(&m->mean, (value - m->mean.sum - m->mean.carry) * (weight / clino__sum_value(&m->weight)));
}

static inline void clino__mean_add(clino__mean *m, double value, double weight) {
  m->count++;
  if (isnan(value)) m->nans++;
  else if (isinf(value) && value > 0) m->positive_infinities++;
  else if (isinf(value)) m->negative_infinities++;
  else clino__mean_move(m, value, weight);
}

static inline void clino__mean_merge(clino__mean *m, const clino__mean *other) {
  m->count += other->count;
  m->nans += other->nans;
  m->positive_infinities += other->positive_infinities;
  m->negative_infinities += other->negative_infinities;
  double weight = clino__sum_value(&other->weight);
  if (weight > 0) clino__mean_move(m, clino__sum_value(&other->mean), weight);
}

static inline uint64_t clino__mean_nonfinite(const clino__mean *m) {
  return m->nans + m->positive_infinities + m->negative_infinities;
}

/* NaN for none, and NaN or infinite as arithmetic has it where a value is. */
static inline double clino__mean_value(const clino__mean *m) {
  if (!m->count || m->nans || (m->positive_infinities && m->negative_infinities)) return NAN;
  if (m->positive_infinities) return INFINITY;
  if (m->negative_infinities) return -INFINITY;
  return clino__sum_value(&m->mean);
}

#endif
