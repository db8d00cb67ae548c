/* The values of a tensor. Those that are neither f32 nor f64, or not side by side, are copied a block at a time. */
#include "monitor/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "monitor/gather.h"
#include "monitor/merge.h"
#include "monitor/pass.h"
#include "monitor/record.h"

struct clino_statistics {
  char *name;
  clino_statistics_kind kind;
  const clino__kernels *kernels;
  clino__pass pass;
  bool histogram;
  clino__bins bins;
};

clino_statistics_spec clino_statistics_spec_default(void) {
  clino_statistics_spec spec;
  memset(&spec, 0, sizeof spec);
  spec.struct_size = sizeof spec;
  spec.kind = CLINO_STATISTICS_OTHER;
  spec.histogram = true;
  spec.histogram_share = 1;
  return spec;
}

static clino_status check_spec(const clino_statistics_spec *spec, clino_error *error) {
  static const char type[] = "clino_statistics_spec";
  if (!spec) return clino__fail(error, CLINO_ERR_RANGE, "%s is NULL", type);
  clino_status status = clino__check_struct(spec->struct_size, sizeof *spec, type, error);
  if (status) return status;
  if (!spec->name || !*spec->name) return clino__fail(error, CLINO_ERR_RANGE, "%s.name is NULL or empty", type);
  if (spec->kind < CLINO_STATISTICS_PARAMETERS || spec->kind > CLINO_STATISTICS_OTHER)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.kind is %d, not a clino_statistics_kind", type, (int)spec->kind);
  if (!spec->histogram_share)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.histogram_share is 0, not at least 1", type);
  return CLINO_OK;
}

clino_status clino_statistics_new(const clino_statistics_spec *spec, clino_statistics **monitor, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_new: monitor is NULL");
  *monitor = NULL;
  clino_status status = check_spec(spec, error);
  if (status != CLINO_OK) return status;
  clino_statistics *made = calloc(1, sizeof *made);
  if (made) {
    made->name = clino__strdup(spec->name);
    made->kind = spec->kind;
    made->kernels = clino__kernels_best();
    made->histogram = spec->histogram;
  }
  if (!made || !made->name || (spec->histogram && !clino__bins_new_octaves(&made->bins))) {
    clino_statistics_free(made);
    return clino__fail_memory(error, "a monitor of statistics");
  }
  made->bins.share = spec->histogram_share;
  *monitor = made;
  return CLINO_OK;
}

void clino_statistics_free(clino_statistics *monitor) {
  if (!monitor) return;
  free(monitor->name);
  clino__bins_free(&monitor->bins);
  free(monitor);
}

void clino__statistics_use(clino_statistics *monitor, const clino__kernels *kernels) { monitor->kernels = kernels; }

/* ---- adding ---- */

static clino_status check_values(const clino_statistics *monitor, size_t n, const void *values, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_add: monitor is NULL");
  if (n && !values) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_add: values is NULL");
  return CLINO_OK;
}

void clino__statistics_turn(clino_statistics *monitor) { clino__bins_turn(&monitor->bins); }

void clino__statistics_add_block(clino_statistics *monitor, clino__block block, size_t at) {
  block.kernels = monitor->kernels;
  clino__pass_add(&monitor->pass, monitor->histogram ? clino__bins_for(&monitor->bins, at) : NULL, &block);
}

/* all: not one block yet. */
static clino_status add_packed(clino_statistics *monitor, clino__block all, clino_error *error) {
  clino_status status = check_values(monitor, all.n, all.f32 ? (const void *)all.f32 : all.f64, error);
  if (status != CLINO_OK) return status;
  clino__bins_turn(&monitor->bins);
  for (size_t at = 0; at < all.n; at += CLINO__BLOCK)
    clino__statistics_add_block(monitor, clino__block_at(&all, at), at);
  return CLINO_OK;
}

clino_status clino_statistics_add_f64(clino_statistics *monitor, size_t n, const double *values, clino_error *error) {
  return add_packed(monitor, clino__block_f64(NULL, n, values), error);
}

clino_status clino_statistics_add_f32(clino_statistics *monitor, size_t n, const float *values, clino_error *error) {
  return add_packed(monitor, clino__block_f32(NULL, n, values), error);
}

static clino_status add_bits(clino_statistics *monitor, clino_number number, size_t n, const uint16_t *bits,
                             clino_error *error) {
  clino_status status = check_values(monitor, n, bits, error);
  if (status != CLINO_OK) return status;
  return clino_statistics_add_view(monitor, number, bits, 1, &n, NULL, error);
}

clino_status clino_statistics_add_bf16(clino_statistics *monitor, size_t n, const uint16_t *bits, clino_error *error) {
  return add_bits(monitor, CLINO_NUMBER_BF16, n, bits, error);
}

clino_status clino_statistics_add_f16(clino_statistics *monitor, size_t n, const uint16_t *bits, clino_error *error) {
  return add_bits(monitor, CLINO_NUMBER_F16, n, bits, error);
}

clino_status clino_statistics_add_view(clino_statistics *monitor, clino_number number, const void *data, size_t n_dims,
                                       const size_t *shape, const ptrdiff_t *strides, clino_error *error) {
  clino__gather g;
  clino_status status = clino__gather_begin(&g, "clino_statistics_add", number, data, n_dims, shape, strides, error);
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_add: monitor is NULL");
  if (status != CLINO_OK) return status;
  double room[CLINO__BLOCK];
  clino__block block;
  clino__bins_turn(&monitor->bins);
  for (size_t at = 0; clino__gather_next(&g, room, &block); at += block.n)
    clino__statistics_add_block(monitor, block, at);
  return CLINO_OK;
}

clino_status clino_statistics_merge(clino_statistics *monitor, const clino_statistics *other, clino_error *error) {
  clino_status status = clino__check_merge(monitor, other, "clino_statistics_merge", error);
  if (status) return status;
  if (monitor->histogram != other->histogram)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_merge: one monitor has a histogram, the other none");
  clino__pass_merge(&monitor->pass, &other->pass);
  if (monitor->histogram) clino__bins_merge(&monitor->bins, &other->bins);
  return CLINO_OK;
}

void clino_statistics_reset(clino_statistics *monitor) {
  if (!monitor) return;
  memset(&monitor->pass, 0, sizeof monitor->pass);
  if (monitor->histogram) clino__bins_reset(&monitor->bins);
}

void clino_statistics_reset_moments(clino_statistics *monitor) {
  if (monitor) memset(&monitor->pass, 0, sizeof monitor->pass);
}

/* ---- reading ---- */

clino_status clino_statistics_get(const clino_statistics *monitor, clino_statistics_stats *stats, clino_error *error) {
  if (!monitor || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_get: an argument is NULL");
  const clino__moments *m = &monitor->pass.moments;
  memset(stats, 0, sizeof *stats);
  stats->count = clino__pass_count(&monitor->pass);
  stats->zeros = monitor->pass.zeros;
  stats->nans = m->nonfinite.nans;
  stats->infinities = clino__nonfinite_infinities(&m->nonfinite);
  stats->mean = clino__moments_mean(m);
  stats->standard_deviation = clino__moments_deviation(m, 0);
  stats->min = m->count ? m->min : NAN;
  stats->max = m->count ? m->max : NAN;
  stats->norm = clino__moments_norm(m);
  stats->zero_fraction = stats->count ? (double)stats->zeros / (double)stats->count : NAN;
  return CLINO_OK;
}

clino_status clino_statistics_histogram(const clino_statistics *monitor, clino_histogram *histogram,
                                        clino_error *error) {
  if (!monitor || !histogram)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_histogram: an argument is NULL");
  if (!monitor->histogram)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_histogram: \"%s\" is watched without a histogram",
                       monitor->name);
  *histogram = clino__bins_view(&monitor->bins);
  return CLINO_OK;
}

/* The number from which both edges differ by the same factor: at most 1/17 of it away from either. */
static double middle(double low, double high) {
  return fabs(low) > 0 && fabs(high) > 0 ? 2 * low * (high / (low + high)) : 0;
}

static double at_rank(const clino_histogram *h, uint64_t rank, double min, double max) {
  uint64_t seen = h->below;
  for (size_t i = 0; i < h->n_bins && rank > seen; i++) {
    seen += h->counts[i];
    if (rank <= seen) return fmin(fmax(middle(h->edges[i], h->edges[i + 1]), min), max);
  }
  return rank <= seen ? min : max;
}

static uint64_t counted(const clino_histogram *h) {
  uint64_t n = h->below + h->above;
  for (size_t i = 0; i < h->n_bins; i++) n += h->counts[i];
  return n;
}

double clino_statistics_quantile(const clino_statistics *monitor, double fraction) {
  if (!monitor || !monitor->histogram || !(fraction >= 0 && fraction <= 1)) return NAN;
  const clino__moments *m = &monitor->pass.moments;
  const clino_histogram h = clino__bins_view(&monitor->bins);
  const uint64_t negative = m->nonfinite.negative_infinities, positive = m->nonfinite.positive_infinities;
  const uint64_t n = counted(&h);
  if (!n) return NAN;
  const uint64_t low = negative < h.below ? negative : h.below, high = positive < h.above ? positive : h.above;
  const double wanted = ceil(fraction * (double)n);
  const uint64_t rank = wanted < 1 ? 1 : wanted < (double)n ? (uint64_t)wanted : n;
  if (rank <= low) return -INFINITY;
  if (rank > n - high) return INFINITY;
  if (rank == low + 1) return m->min;
  if (rank == n - high) return m->max;
  return at_rank(&h, rank, m->min, m->max);
}

/* ---- recording ---- */

static clino_status record(const clino_statistics *monitor, bool histogram, clino_run *run, int64_t step,
                           clino_error *error) {
  static const struct {
    const char *mean, *deviation, *norm, *histogram;
  } names[] = {[CLINO_STATISTICS_PARAMETERS] = {NULL, "param_std", "param_norm", "parameters"},
               [CLINO_STATISTICS_GRADIENTS] = {NULL, NULL, "grad_norm", "gradients"},
               [CLINO_STATISTICS_OTHER] = {"mean", "std", "norm", "values"}};
  if (!monitor || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_statistics_record: an argument is NULL");
  const clino__moments *m = &monitor->pass.moments;
  clino__recorder to = {run, monitor->name, step, CLINO_OK, error};
  const char *empty = clino__pass_count(&monitor->pass) ? NULL : "no values were added";
  bool finite = !clino__nonfinite_count(&m->nonfinite);
  double norm = finite ? clino__moments_norm(m) : m->nonfinite.nans ? NAN : INFINITY;
  if (names[monitor->kind].mean) clino__record(&to, names[monitor->kind].mean, clino__moments_mean_of_all(m), empty);
  if (names[monitor->kind].deviation)
    clino__record(&to, names[monitor->kind].deviation, finite ? clino__moments_deviation(m, 0) : NAN, empty);
  clino__record(&to, names[monitor->kind].norm, norm, empty);
  if (histogram && monitor->histogram && !empty)
    clino__record_bins(&to, names[monitor->kind].histogram, &monitor->bins);
  return to.status;
}

clino_status clino_statistics_record(const clino_statistics *monitor, clino_run *run, int64_t step,
                                     clino_error *error) {
  return record(monitor, true, run, step, error);
}

clino_status clino_statistics_record_scalars(const clino_statistics *monitor, clino_run *run, int64_t step,
                                             clino_error *error) {
  return record(monitor, false, run, step, error);
}
