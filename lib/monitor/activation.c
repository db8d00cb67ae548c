/* One layer's outputs. Values are worked on in blocks that stay in cache: counts and moments, slots of the histogram,
 * and which units fired. */
#include "clino/activation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "monitor/merge.h"
#include "monitor/pass.h"
#include "monitor/record.h"
#include "monitor/state.h"

enum { FIRED = 1, UNSATURATED = 2 };

struct clino_activation {
  char *name;
  clino_activation_kind kind;
  size_t units;
  uint64_t window_rows;
  double saturation;
  double low, high;       /* saturated: below low or above high; infinite for kinds that do not saturate */
  uint64_t rows, saturated;
  clino__pass pass;
  clino__bins bins;
  uint64_t watched_rows;  /* of the window */
  uint8_t *fired;         /* a unit, in the window: FIRED, UNSATURATED */
  const clino__kernels *kernels;
};

clino_activation_spec clino_activation_spec_default(void) {
  clino_activation_spec spec;
  memset(&spec, 0, sizeof spec);
  spec.struct_size = sizeof spec;
  spec.kind = CLINO_ACTIVATION_RELU;
  spec.window_rows = 1000;
  spec.saturation = 0.005;
  spec.histogram_share = 1;
  return spec;
}

const char *clino_activation_kind_name(clino_activation_kind kind) {
  switch (kind) {
    case CLINO_ACTIVATION_RELU: return "relu";
    case CLINO_ACTIVATION_TANH: return "tanh";
    case CLINO_ACTIVATION_SIGMOID: return "sigmoid";
    case CLINO_ACTIVATION_OTHER: return "other";
  }
  return "unknown";
}

/* ---- making and freeing ---- */

static clino_status check_spec(const clino_activation_spec *spec, clino_error *error) {
  static const char type[] = "clino_activation_spec";
  if (!spec) return clino__fail(error, CLINO_ERR_RANGE, "%s is NULL", type);
  clino_status status = clino__check_struct(spec->struct_size, sizeof *spec, type, error);
  if (status) return status;
  if (!spec->name || !*spec->name) return clino__fail(error, CLINO_ERR_RANGE, "%s.name is NULL or empty", type);
  if (spec->kind < CLINO_ACTIVATION_RELU || spec->kind > CLINO_ACTIVATION_OTHER)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.kind is %d, not a clino_activation_kind", type, (int)spec->kind);
  if (!spec->units) return clino__fail(error, CLINO_ERR_RANGE, "%s.units is 0, not at least 1", type);
  if (!spec->window_rows) return clino__fail(error, CLINO_ERR_RANGE, "%s.window_rows is 0, not at least 1", type);
  if (!(spec->saturation > 0 && spec->saturation < 0.5))
    return clino__fail(error, CLINO_ERR_RANGE, "%s.saturation is not above 0 and below 0.5", type);
  if (!spec->histogram_share)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.histogram_share is 0, not at least 1", type);
  return CLINO_OK;
}

/* The range between the asymptotes, false for kinds that have none. */
static bool asymptotes(clino_activation_kind kind, double *low, double *high) {
  *low = kind == CLINO_ACTIVATION_TANH ? -1 : 0;
  *high = 1;
  return kind == CLINO_ACTIVATION_TANH || kind == CLINO_ACTIVATION_SIGMOID;
}

static bool fill(clino_activation *m, const clino_activation_spec *spec) {
  m->kind = spec->kind;
  m->units = spec->units;
  m->window_rows = spec->window_rows;
  m->saturation = spec->saturation;
  m->low = -INFINITY;
  m->high = INFINITY;
  double low, high;
  bool made;
  if (asymptotes(spec->kind, &low, &high)) {
    m->low = low + spec->saturation * (high - low);
    m->high = high - spec->saturation * (high - low);
    made = clino__bins_new_equal(&m->bins, low, high);
  } else {
    made = clino__bins_new_octaves(&m->bins);
  }
  m->kernels = clino__kernels_best();
  m->bins.share = spec->histogram_share;
  m->name = clino__strdup(spec->name);
  m->fired = calloc(spec->units, sizeof *m->fired);
  return made && m->name && m->fired;
}

clino_status clino_activation_new(const clino_activation_spec *spec, clino_activation **monitor, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_new: monitor is NULL");
  *monitor = NULL;
  clino_status status = check_spec(spec, error);
  if (status != CLINO_OK) return status;
  clino_activation *made = calloc(1, sizeof *made);
  if (!made || !fill(made, spec)) {
    clino_activation_free(made);
    return clino__fail_memory(error, "a monitor of activations");
  }
  *monitor = made;
  return CLINO_OK;
}

void clino_activation_free(clino_activation *monitor) {
  if (!monitor) return;
  free(monitor->name);
  free(monitor->fired);
  clino__bins_free(&monitor->bins);
  free(monitor);
}

/* ---- adding ---- */

/* A NaN counts as not saturated: it is reported as not finite. */
static void mark_unsaturated(const clino_activation *m, const clino__block *x, size_t at, size_t n, uint8_t *fired) {
  for (size_t i = 0; i < n; i++) {
    const double v = clino__block_value(x, at + i);
    fired[i] |= (uint8_t)(v < m->low || v > m->high ? 0 : UNSATURATED);
  }
}

/* The first value of a block belongs to the given unit; the block may hold parts of rows. */
static void mark_units(clino_activation *m, size_t unit, const clino__block *x) {
  const clino__kernels *k = m->kernels;
  const int above = m->kind == CLINO_ACTIVATION_RELU;
  for (size_t at = 0; at < x->n;) {
    size_t length = m->units - unit < x->n - at ? m->units - unit : x->n - at;
    if (x->f32) k->f32.fired(length, x->f32 + at, above, m->fired + unit);
    else k->f64.fired(length, x->f64 + at, above, m->fired + unit);
    if (isfinite(m->high)) mark_unsaturated(m, x, at, length, m->fired + unit);
    at += length;
    unit = 0;
  }
}

static void add_values(clino_activation *m, size_t n_rows, clino__block all) {
  all.n = n_rows * m->units;
  all.kernels = m->kernels;
  clino__bins_turn(&m->bins);
  for (size_t at = 0; at < all.n; at += CLINO__BLOCK) {
    clino__block block = clino__block_at(&all, at);
    clino__pass_add(&m->pass, clino__bins_for(&m->bins, at), &block);
    if (isfinite(m->high)) m->saturated += clino__block_outside(&block, m->low, m->high);
    mark_units(m, at % m->units, &block);
  }
  m->rows += n_rows;
  m->watched_rows += n_rows;
}

static clino_status check_batch(const clino_activation *monitor, size_t n_rows, const void *values,
                                clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_add: monitor is NULL");
  if (n_rows && !values) return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_add: values is NULL");
  if (n_rows > SIZE_MAX / sizeof(double) / monitor->units)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_add: n_rows %zu times %zu units is too large", n_rows,
                       monitor->units);
  return CLINO_OK;
}

clino_status clino_activation_add_f64(clino_activation *monitor, size_t n_rows, const double *values,
                                      clino_error *error) {
  clino_status status = check_batch(monitor, n_rows, values, error);
  if (status == CLINO_OK) add_values(monitor, n_rows, clino__block_f64(NULL, 0, values));
  return status;
}

clino_status clino_activation_add_f32(clino_activation *monitor, size_t n_rows, const float *values,
                                      clino_error *error) {
  clino_status status = check_batch(monitor, n_rows, values, error);
  if (status == CLINO_OK) add_values(monitor, n_rows, clino__block_f32(NULL, 0, values));
  return status;
}

clino_status clino_activation_merge(clino_activation *monitor, const clino_activation *other, clino_error *error) {
  clino_status status = clino__check_merge(monitor, other, "clino_activation_merge", error);
  if (status) return status;
  if (monitor->kind != other->kind || monitor->units != other->units || monitor->window_rows != other->window_rows ||
      monitor->saturation != other->saturation)
    return clino__fail(error, CLINO_ERR_RANGE,
                       "clino_activation_merge: the monitors differ in kind, units, window or saturation");
  clino__pass_merge(&monitor->pass, &other->pass);
  clino__bins_merge(&monitor->bins, &other->bins);
  monitor->saturated += other->saturated;
  monitor->rows += other->rows;
  monitor->watched_rows += other->watched_rows;
  for (size_t i = 0; i < monitor->units; i++) monitor->fired[i] |= other->fired[i];
  return CLINO_OK;
}

void clino_activation_reset(clino_activation *monitor) {
  if (!monitor) return;
  clino__bins_reset(&monitor->bins);
  clino_activation_reset_moments(monitor);
}

void clino_activation_reset_moments(clino_activation *monitor) {
  if (!monitor) return;
  monitor->rows = monitor->saturated = 0;
  memset(&monitor->pass, 0, sizeof monitor->pass);
  if (monitor->watched_rows >= monitor->window_rows) clino_activation_reset_window(monitor);
}

void clino_activation_reset_window(clino_activation *monitor) {
  if (!monitor) return;
  monitor->watched_rows = 0;
  memset(monitor->fired, 0, monitor->units * sizeof *monitor->fired);
}

/* ---- reading ---- */

clino_status clino_activation_get(const clino_activation *monitor, clino_activation_stats *stats, clino_error *error) {
  if (!monitor || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_get: an argument is NULL");
  const clino__moments *m = &monitor->pass.moments;
  memset(stats, 0, sizeof *stats);
  stats->rows = monitor->rows;
  stats->nans = m->nonfinite.nans;
  stats->infinities = clino__nonfinite_infinities(&m->nonfinite);
  stats->count = clino__pass_count(&monitor->pass);
  stats->zeros = monitor->pass.zeros;
  stats->saturated = monitor->saturated;
  stats->mean = clino__moments_mean(m);
  stats->standard_deviation = clino__moments_deviation(m, 0);
  stats->min = m->count ? m->min : NAN;
  stats->max = m->count ? m->max : NAN;
  stats->window_rows = monitor->watched_rows;
  stats->dead_units = clino_activation_silent_units(monitor, NULL, 0);
  double all = stats->count ? (double)stats->count : NAN;
  stats->zero_fraction = (double)stats->zeros / all;
  stats->saturated_fraction = isfinite(monitor->high) ? (double)stats->saturated / all : NAN;
  bool full = monitor->watched_rows >= monitor->window_rows;
  stats->dead_fraction = full ? (double)stats->dead_units / (double)monitor->units : NAN;
  return CLINO_OK;
}

clino_status clino_activation_histogram(const clino_activation *monitor, clino_histogram *histogram,
                                        clino_error *error) {
  if (!monitor || !histogram)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_histogram: an argument is NULL");
  *histogram = clino__bins_view(&monitor->bins);
  return CLINO_OK;
}

/* The units that lack a mark. */
static size_t units_without(const clino_activation *monitor, uint8_t mark, size_t *indices, size_t capacity) {
  if (!monitor || !monitor->watched_rows) return 0;
  size_t found = 0;
  for (size_t i = 0; i < monitor->units; i++) {
    if (monitor->fired[i] & mark) continue;
    if (found < capacity) indices[found] = i;
    found++;
  }
  return found;
}

size_t clino_activation_silent_units(const clino_activation *monitor, size_t *indices, size_t capacity) {
  return units_without(monitor, FIRED, indices, capacity);
}

size_t clino_activation_saturated_units(const clino_activation *monitor, size_t *indices, size_t capacity) {
  return monitor && isfinite(monitor->high) ? units_without(monitor, UNSATURATED, indices, capacity) : 0;
}

/* ---- recording ---- */

static clino_status record(const clino_activation *monitor, bool histogram, clino_run *run, int64_t step,
                           clino_error *error) {
  if (!monitor || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_activation_record: an argument is NULL");
  clino_activation_stats stats;
  clino_activation_get(monitor, &stats, NULL);
  clino__recorder to = {run, monitor->name, step, CLINO_OK, error};
  const char *empty = stats.rows ? NULL : "no outputs were added";
  const char *early = isnan(stats.dead_fraction) ? "too few rows yet to call a unit dead (window_rows)" : NULL;
  clino__record(&to, "act_mean", clino__moments_mean_of_all(&monitor->pass.moments), empty);
  bool finite = !clino__nonfinite_count(&monitor->pass.moments.nonfinite);
  clino__record(&to, "act_std", finite ? stats.standard_deviation : NAN, empty);
  clino__record(&to, "act_zero_fraction", stats.zero_fraction, empty);
  clino__record(&to, "act_dead_fraction", stats.dead_fraction, empty ? empty : early);
  if (isfinite(monitor->high)) clino__record(&to, "act_saturated_fraction", stats.saturated_fraction, empty);
  if (histogram && !empty) clino__record_bins(&to, "activations", &monitor->bins);
  return to.status;
}

clino_status clino_activation_record(const clino_activation *monitor, clino_run *run, int64_t step,
                                     clino_error *error) {
  return record(monitor, true, run, step, error);
}

clino_status clino_activation_record_scalars(const clino_activation *monitor, clino_run *run, int64_t step,
                                             clino_error *error) {
  return record(monitor, false, run, step, error);
}

/* ---- state ---- */

static clino__state_parts parts_of(void *monitor) {
  clino_activation *m = monitor;
  if (m->bins.keys) clino__bins_view(&m->bins); /* which settles what is pending */
  return (clino__state_parts){m, sizeof *m, {m->bins.counts, m->fired},
                              {clino__bins_bytes(&m->bins), m->units * sizeof *m->fired}};
}

static bool alike(const void *monitor, const void *other) {
  const clino_activation *a = monitor, *b = other;
  return a->kind == b->kind && a->units == b->units && a->window_rows == b->window_rows &&
         a->saturation == b->saturation;
}

static void adopt(void *monitor, const void *from) {
  clino_activation *m = monitor;
  const clino_activation *f = from;
  m->rows = f->rows;
  m->saturated = f->saturated;
  m->watched_rows = f->watched_rows;
  m->pass = f->pass;
}

static void attach(void *object, void *const *arrays) {
  clino_activation *m = object;
  m->name = NULL;
  m->kernels = NULL;
  clino__bins_attach(&m->bins, arrays[0]);
  m->fired = arrays[1];
}

static clino_status merge(void *monitor, const void *other, clino_error *error) {
  return clino_activation_merge(monitor, other, error);
}

const clino__state_kind clino__state_of_activation = {"monitor of activations", parts_of, alike, adopt, attach, merge};
