/* clino/update_ratio.h - how far does one step move a parameter tensor, measured against its own size?
 *
 *   ratio = ||update|| / ||parameter before the update||     (Euclidean norms over the tensor)
 *
 * Around 1e-3 is usual; far above, the learning rate is likely too high, far below, too low. Source: A. Karpathy and
 * others, CS231n "Neural Networks Part 3", ratio of weights:updates.
 *
 *   clino_update_ratio_new("W1", &w1, NULL);
 *   memcpy(before, W1, sizeof before);  ...the optimizer's step...
 *   clino_update_ratio_add_f64(w1, n, before, W1, NULL);
 *   clino_update_ratio_record(w1, run, step, NULL);
 *   clino_update_ratio_reset(w1);
 *
 * A monitor holds one tensor at one step: add it whole, or shard by shard (every entry once), also in several monitors
 * that are then merged. Reset starts the next step.
 *
 * Precision: the norms of values from 1e-323 to 1e308 neither overflow nor underflow within (squares are kept in three
 * ranges: J. L. Blue, ACM TOMS 4, 1978). Blocks of 2,048 values are summed in 16 lanes and the blocks' sums compensated
 * (Neumaier 1974), so the relative error of a norm is below 1e-14 whatever n is. A norm above the largest double is
 * infinite; the ratio is right even then.
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_UPDATE_RATIO_H
#define CLINO_UPDATE_RATIO_H

#include <stdint.h>

#include "clino/run.h"
#include "clino/statistics.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_update_ratio clino_update_ratio;

/* What one step did to the tensor. Flat. */
typedef struct clino_update_ratio_stats {
  uint64_t count;             /* entries added */
  uint64_t nonfinite_params;  /* parameters before the update that were NaN or infinite */
  uint64_t nonfinite_updates; /* entries of the update that were */
  double param_norm;          /* before the update; NaN or infinite as soon as one entry is; 0 where none was added */
  double update_norm;         /* the same of the update */
  double ratio;               /* NaN as soon as one entry of either is NaN or infinite; NaN where missing */
  const char *missing;        /* why there is no ratio (no entries, a parameter norm of 0); NULL where there is one,
                                 NaN included: NaN is data. Static storage. */
} clino_update_ratio_stats;

/* Makes a monitor of the tensor called name (copied; not NULL or empty) in *monitor, freed by the caller with
 * clino_update_ratio_free. Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_update_ratio_new(const char *name, clino_update_ratio **monitor, clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_update_ratio_free(clino_update_ratio *monitor);

/* Adds n entries of the tensor as they were before and after the step: the update is after - before, taken in double.
 * before, after: n numbers each, the caller's; NULL only for n = 0.
 * Errors: CLINO_ERR_RANGE (a NULL). One pass over both arrays; allocates nothing. */
CLINO_API clino_status clino_update_ratio_add_f64(clino_update_ratio *monitor, size_t n, const double *before,
                                                  const double *after, clino_error *error);
CLINO_API clino_status clino_update_ratio_add_f32(clino_update_ratio *monitor, size_t n, const float *before,
                                                  const float *after, clino_error *error);

/* The same from the update itself (what the step adds to the parameters, learning rate included; its sign is of no
 * matter). params: as they were before the step. */
CLINO_API clino_status clino_update_ratio_add_update_f64(clino_update_ratio *monitor, size_t n, const double *params,
                                                         const double *update, clino_error *error);
CLINO_API clino_status clino_update_ratio_add_update_f32(clino_update_ratio *monitor, size_t n, const float *params,
                                                         const float *update, clino_error *error);

/* The same as _add, and then makes before equal to after, for the next step, and adds after to statistics where that is
 * not NULL: all of it a block at a time, while it is in cache. Errors as there; CLINO_ERR_RANGE leaves before as it
 * is. */
CLINO_API clino_status clino_update_ratio_advance_f64(clino_update_ratio *monitor, clino_statistics *statistics,
                                                      size_t n, double *before, const double *after,
                                                      clino_error *error);
CLINO_API clino_status clino_update_ratio_advance_f32(clino_update_ratio *monitor, clino_statistics *statistics,
                                                      size_t n, float *before, const float *after, clino_error *error);

/* Adds to monitor the entries that other has seen (other shards of the same tensor): counts are equal to those of the
 * whole, norms agree to 1e-12 relative. Names are not compared; monitor keeps its own. other stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL, monitor itself). Allocates nothing. */
CLINO_API clino_status clino_update_ratio_merge(clino_update_ratio *monitor, const clino_update_ratio *other,
                                                clino_error *error);

/* Forgets the entries: the next step. NULL is allowed. */
CLINO_API void clino_update_ratio_reset(clino_update_ratio *monitor);

/* Norms and ratio of what was added since the last reset. Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_update_ratio_get(const clino_update_ratio *monitor, clino_update_ratio_stats *stats,
                                              clino_error *error);

/* Writes "param_norm/NAME", "update_norm/NAME" and "update_ratio/NAME" into a run at step. A ratio that is not defined
 * (parameter norm 0: a bias that starts at zero) is missing, with a reason; so are all three where nothing was added.
 * The monitor stays as it is. Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_update_ratio_record(const clino_update_ratio *monitor, clino_run *run, int64_t step,
                                                 clino_error *error);

/* The same without "param_norm/NAME", where something else records that. */
CLINO_API clino_status clino_update_ratio_record_update(const clino_update_ratio *monitor, clino_run *run, int64_t step,
                                                        clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
