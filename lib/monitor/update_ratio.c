/* The norms of a tensor and of what one step does to it, by blocks that are worked on while they are in cache. */
#include "clino/update_ratio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "monitor/block.h"
#include "monitor/merge.h"
#include "monitor/record.h"
#include "monitor/squares.h"
#include "monitor/statistics.h"

struct clino_update_ratio {
  char *name;
  uint64_t count;
  clino__squares params, update;
  const clino__kernels *kernels;
};

clino_status clino_update_ratio_new(const char *name, clino_update_ratio **monitor, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_new: monitor is NULL");
  *monitor = NULL;
  if (!name || !*name) return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_new: the tensor needs a name");
  clino_update_ratio *made = calloc(1, sizeof *made);
  if (made) made->name = clino__strdup(name);
  if (!made || !made->name) {
    clino_update_ratio_free(made);
    return clino__fail_memory(error, "a monitor of the update ratio");
  }
  made->kernels = clino__kernels_best();
  *monitor = made;
  return CLINO_OK;
}

void clino_update_ratio_free(clino_update_ratio *monitor) {
  if (!monitor) return;
  free(monitor->name);
  free(monitor);
}

/* What the second array holds. */
typedef enum second_is { SECOND_IS_AFTER, SECOND_IS_UPDATE } second_is;

static clino_status check_arrays(const clino_update_ratio *monitor, const clino__block *first,
                                 const clino__block *second, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_add: monitor is NULL");
  if (first->n && ((!first->f32 && !first->f64) || (!second->f32 && !second->f64)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_add: an array is NULL");
  return CLINO_OK;
}

/* first and second: all of both arrays, not one block yet. */
static clino_status add(clino_update_ratio *monitor, clino__block first, clino__block second, second_is kind,
                        clino_error *error) {
  clino_status status = check_arrays(monitor, &first, &second, error);
  if (status) return status;
  first.kernels = second.kernels = monitor->kernels;
  for (size_t at = 0; at < first.n; at += CLINO__BLOCK) {
    clino__block params = clino__block_at(&first, at), change = clino__block_at(&second, at);
    if (kind == SECOND_IS_AFTER) {
      clino__squares_add_step(&monitor->params, &monitor->update, &params, &change);
    } else {
      clino__squares_add(&monitor->params, &params);
      clino__squares_add(&monitor->update, &change);
    }
  }
  monitor->count += first.n;
  return CLINO_OK;
}

clino_status clino_update_ratio_add_f64(clino_update_ratio *monitor, size_t n, const double *before,
                                        const double *after, clino_error *error) {
  return add(monitor, clino__block_f64(NULL, n, before), clino__block_f64(NULL, n, after), SECOND_IS_AFTER, error);
}

clino_status clino_update_ratio_add_f32(clino_update_ratio *monitor, size_t n, const float *before, const float *after,
                                        clino_error *error) {
  return add(monitor, clino__block_f32(NULL, n, before), clino__block_f32(NULL, n, after), SECOND_IS_AFTER, error);
}

clino_status clino_update_ratio_add_update_f64(clino_update_ratio *monitor, size_t n, const double *params,
                                               const double *update, clino_error *error) {
  return add(monitor, clino__block_f64(NULL, n, params), clino__block_f64(NULL, n, update), SECOND_IS_UPDATE, error);
}

clino_status clino_update_ratio_add_update_f32(clino_update_ratio *monitor, size_t n, const float *params,
                                               const float *update, clino_error *error) {
  return add(monitor, clino__block_f32(NULL, n, params), clino__block_f32(NULL, n, update), SECOND_IS_UPDATE, error);
}

/* to: the array that before is. */
static clino_status advance(clino_update_ratio *monitor, clino_statistics *statistics, clino__block before,
                            clino__block after, void *to, clino_error *error) {
  const size_t size = before.f32 ? sizeof *before.f32 : sizeof *before.f64;
  clino_status status = check_arrays(monitor, &before, &after, error);
  if (status) return status;
  before.kernels = after.kernels = monitor->kernels;
  if (statistics) clino__statistics_turn(statistics);
  for (size_t at = 0; at < before.n; at += CLINO__BLOCK) {
    clino__block old = clino__block_at(&before, at), new = clino__block_at(&after, at);
    clino__squares_add_step(&monitor->params, &monitor->update, &old, &new);
    if (statistics) clino__statistics_add_block(statistics, new, at);
    memcpy((char *)to + at * size, new.f32 ? (const void *)new.f32 : new.f64, new.n * size);
  }
  monitor->count += before.n;
  return CLINO_OK;
}

clino_status clino_update_ratio_advance_f64(clino_update_ratio *monitor, clino_statistics *statistics, size_t n,
                                            double *before, const double *after, clino_error *error) {
  const clino__block old = clino__block_f64(NULL, n, before), new = clino__block_f64(NULL, n, after);
  return advance(monitor, statistics, old, new, before, error);
}

clino_status clino_update_ratio_advance_f32(clino_update_ratio *monitor, clino_statistics *statistics, size_t n,
                                            float *before, const float *after, clino_error *error) {
  const clino__block old = clino__block_f32(NULL, n, before), new = clino__block_f32(NULL, n, after);
  return advance(monitor, statistics, old, new, before, error);
}

clino_status clino_update_ratio_merge(clino_update_ratio *monitor, const clino_update_ratio *other,
                                      clino_error *error) {
  clino_status status = clino__check_merge(monitor, other, "clino_update_ratio_merge", error);
  if (status) return status;
  clino__squares_merge(&monitor->params, &other->params);
  clino__squares_merge(&monitor->update, &other->update);
  monitor->count += other->count;
  return CLINO_OK;
}

void clino_update_ratio_reset(clino_update_ratio *monitor) {
  if (!monitor) return;
  monitor->count = 0;
  memset(&monitor->params, 0, sizeof monitor->params);
  memset(&monitor->update, 0, sizeof monitor->update);
}

static double norm(const clino__squares *s) {
  if (s->nonfinite.nans) return NAN;
  if (clino__nonfinite_infinities(&s->nonfinite)) return INFINITY;
  return clino__scaled_value(clino__squares_root(s));
}

clino_status clino_update_ratio_get(const clino_update_ratio *monitor, clino_update_ratio_stats *stats,
                                    clino_error *error) {
  if (!monitor || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_get: an argument is NULL");
  memset(stats, 0, sizeof *stats);
  stats->count = monitor->count;
  stats->nonfinite_params = clino__nonfinite_count(&monitor->params.nonfinite);
  stats->nonfinite_updates = clino__nonfinite_count(&monitor->update.nonfinite);
  stats->param_norm = norm(&monitor->params);
  stats->update_norm = norm(&monitor->update);
  stats->ratio = NAN;
  clino__scaled below = clino__squares_root(&monitor->params), above = clino__squares_root(&monitor->update);
  if (!monitor->count) {
    stats->missing = "no entry of the tensor was added";
  } else if (stats->nonfinite_params || stats->nonfinite_updates) {
    return CLINO_OK; /* NaN, which is data */
  } else if (!(below.fraction > 0)) {
    stats->missing = "the parameter norm is 0";
  } else {
    above.fraction /= below.fraction;
    above.exponent -= below.exponent;
    stats->ratio = clino__scaled_value(above);
  }
  return CLINO_OK;
}

static clino_status record(const clino_update_ratio *monitor, bool params, clino_run *run, int64_t step,
                           clino_error *error) {
  if (!monitor || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_update_ratio_record: an argument is NULL");
  clino_update_ratio_stats stats;
  clino_update_ratio_get(monitor, &stats, NULL);
  clino__recorder to = {run, monitor->name, step, CLINO_OK, error};
  const char *empty = stats.count ? NULL : stats.missing;
  if (params) clino__record(&to, "param_norm", stats.param_norm, empty);
  clino__record(&to, "update_norm", stats.update_norm, empty);
  clino__record(&to, "update_ratio", stats.ratio, stats.missing);
  return to.status;
}

clino_status clino_update_ratio_record(const clino_update_ratio *monitor, clino_run *run, int64_t step,
                                       clino_error *error) {
  return record(monitor, true, run, step, error);
}

clino_status clino_update_ratio_record_update(const clino_update_ratio *monitor, clino_run *run, int64_t step,
                                              clino_error *error) {
  return record(monitor, false, run, step, error);
}
