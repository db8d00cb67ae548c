/* A weighted running mean of single values, mergeable. A zeroed one is empty. */
#ifndef CLINO_MONITOR_MEAN_H
#define CLINO_MONITOR_MEAN_H

#include <math.h>
#include <stdint.h>

#include "base/sum.h"
#include "monitor/nonfinite.h"

typedef struct clino__mean {
  uint64_t count;                                      /* values, finite or not */
  clino__nonfinite nonfinite;
  clino__sum weight, mean;                             /* of the finite values */
} clino__mean;

/* D. H. D. West, "Updating mean and variance estimates: an improved method", CACM 22, 1979; compensated. */
static inline void clino__mean_move(clino__mean *m, double value, double weight) {
  clino__sum_add(&m->weight, weight);
  clino__sum_add(&m->mean, (value - m->mean.sum - m->mean.carry) * (weight / clino__sum_value(&m->weight)));
}

static inline void clino__mean_add(clino__mean *m, double value, double weight) {
  m->count++;
  if (isfinite(value)) clino__mean_move(m, value, weight);
  else clino__nonfinite_add(&m->nonfinite, value);
}

static inline void clino__mean_merge(clino__mean *m, const clino__mean *other) {
  m->count += other->count;
  clino__nonfinite_merge(&m->nonfinite, &other->nonfinite);
  double weight = clino__sum_value(&other->weight);
  if (weight > 0) clino__mean_move(m, clino__sum_value(&other->mean), weight);
}

/* NaN for none, and NaN or infinite as arithmetic has it where a value is. */
static inline double clino__mean_value(const clino__mean *m) {
  return m->count ? clino__nonfinite_mean(&m->nonfinite, clino__sum_value(&m->mean)) : NAN;
}

#endif
