/* The loss of the untrained model against that of chance. */
#include "clino/initial_loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "monitor/block.h"
#include "monitor/merge.h"
#include "monitor/moments.h"
#include "monitor/record.h"
#include "monitor/state.h"

struct clino_initial_loss {
  clino_loss_kind kind;
  size_t classes;
  double scale, initial_prediction;
  clino__moments losses, regularized, rise; /* rise: with minus without regularization, batch by batch */
  uint64_t n_pairs, n_risen, n_fallen;
  clino__squares targets;                   /* about the initial prediction */
  uint64_t n_targets;
};

/* ---- making and freeing ---- */

clino_initial_loss_spec clino_initial_loss_spec_default(void) {
  clino_initial_loss_spec spec;
  memset(&spec, 0, sizeof spec);
  spec.struct_size = sizeof spec;
  spec.kind = CLINO_LOSS_SOFTMAX;
  spec.scale = 1;
  return spec;
}

static clino_status check_spec(const clino_initial_loss_spec *spec, clino_error *error) {
  static const char type[] = "clino_initial_loss_spec";
  if (!spec) return clino__fail(error, CLINO_ERR_RANGE, "%s is NULL", type);
  clino_status status = clino__check_struct(spec->struct_size, sizeof *spec, type, error);
  if (status) return status;
  if (spec->kind < CLINO_LOSS_SOFTMAX || spec->kind > CLINO_LOSS_MSE)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.kind is %d, not a clino_loss_kind", type, (int)spec->kind);
  if (clino_loss_needs_classes(spec->kind) && spec->classes < 2)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.classes is %zu, not at least 2 as %s needs", type, spec->classes,
                       clino_loss_kind_name(spec->kind));
  if (!(spec->scale > 0 && isfinite(spec->scale)))
    return clino__fail(error, CLINO_ERR_RANGE, "%s.scale is not finite and above 0", type);
  if (!isfinite(spec->initial_prediction))
    return clino__fail(error, CLINO_ERR_RANGE, "%s.initial_prediction is not finite", type);
  return CLINO_OK;
}

clino_status clino_initial_loss_new(const clino_initial_loss_spec *spec, clino_initial_loss **monitor,
                                    clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss_new: monitor is NULL");
  *monitor = NULL;
  clino_status status = check_spec(spec, error);
  if (status != CLINO_OK) return status;
  clino_initial_loss *made = calloc(1, sizeof *made);
  if (!made) return clino__fail_memory(error, "a monitor of the initial loss");
  made->kind = spec->kind;
  made->classes = spec->classes;
  made->scale = spec->scale;
  made->initial_prediction = spec->initial_prediction;
  *monitor = made;
  return CLINO_OK;
}

void clino_initial_loss_free(clino_initial_loss *monitor) { free(monitor); }

/* ---- adding ---- */

static clino_status fail_null_monitor(clino_error *error) {
  return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss: monitor is NULL");
}

clino_status clino_initial_loss_add(clino_initial_loss *monitor, double loss, clino_error *error) {
  if (!monitor) return fail_null_monitor(error);
  clino__moments_add_one(&monitor->losses, loss);
  return CLINO_OK;
}

clino_status clino_initial_loss_add_pair(clino_initial_loss *monitor, double loss, double regularized,
                                         clino_error *error) {
  if (!monitor) return fail_null_monitor(error);
  clino__moments_add_one(&monitor->losses, loss);
  clino__moments_add_one(&monitor->regularized, regularized);
  clino__moments_add_one(&monitor->rise, regularized - loss);
  monitor->n_pairs++;
  monitor->n_risen += regularized > loss;
  monitor->n_fallen += regularized < loss;
  return CLINO_OK;
}

static clino_status check_targets(const clino_initial_loss *monitor, size_t n, const void *targets,
                                  clino_error *error) {
  if (!monitor) return fail_null_monitor(error);
  if (monitor->kind != CLINO_LOSS_MSE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss_add_targets: only mse depends on targets, not %s",
                       clino_loss_kind_name(monitor->kind));
  if (n && !targets) return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss_add_targets: targets is NULL");
  return CLINO_OK;
}

/* targets: all of them, not one block yet. */
static void add_targets(clino_initial_loss *monitor, clino__block targets) {
  double predicted[CLINO__BLOCK], room[CLINO__BLOCK];
  clino__squares constant = {0};
  for (size_t i = 0; i < CLINO__BLOCK; i++) predicted[i] = monitor->initial_prediction;
  for (size_t at = 0; at < targets.n; at += CLINO__BLOCK) {
    clino__block block = clino__block_at(&targets, at);
    clino__block doubles = clino__block_f64(block.kernels, block.n, clino__block_doubles(&block, room));
    clino__block from = clino__block_f64(block.kernels, block.n, predicted);
    clino__squares_add_step(&constant, &monitor->targets, &from, &doubles);
  }
  monitor->n_targets += targets.n;
}

clino_status clino_initial_loss_add_targets_f64(clino_initial_loss *monitor, size_t n, const double *targets,
                                                clino_error *error) {
  clino_status status = check_targets(monitor, n, targets, error);
  if (status != CLINO_OK) return status;
  add_targets(monitor, clino__block_f64(clino__kernels_best(), n, targets));
  return CLINO_OK;
}

clino_status clino_initial_loss_add_targets_f32(clino_initial_loss *monitor, size_t n, const float *targets,
                                                clino_error *error) {
  clino_status status = check_targets(monitor, n, targets, error);
  if (status != CLINO_OK) return status;
  add_targets(monitor, clino__block_f32(clino__kernels_best(), n, targets));
  return CLINO_OK;
}

clino_status clino_initial_loss_merge(clino_initial_loss *monitor, const clino_initial_loss *other,
                                      clino_error *error) {
  clino_status status = clino__check_merge(monitor, other, "clino_initial_loss_merge", error);
  if (status) return status;
  if (monitor->kind != other->kind || monitor->classes != other->classes || monitor->scale != other->scale ||
      monitor->initial_prediction != other->initial_prediction)
    return clino__fail(error, CLINO_ERR_RANGE,
                       "clino_initial_loss_merge: the monitors differ in kind, classes, scale or initial prediction");
  clino__moments_merge(&monitor->losses, &other->losses);
  clino__moments_merge(&monitor->regularized, &other->regularized);
  clino__moments_merge(&monitor->rise, &other->rise);
  monitor->n_pairs += other->n_pairs;
  monitor->n_risen += other->n_risen;
  monitor->n_fallen += other->n_fallen;
  clino__squares_merge(&monitor->targets, &other->targets);
  monitor->n_targets += other->n_targets;
  return CLINO_OK;
}

void clino_initial_loss_reset(clino_initial_loss *monitor) {
  if (!monitor) return;
  clino_initial_loss empty = {.kind = monitor->kind,
                              .classes = monitor->classes,
                              .scale = monitor->scale,
                              .initial_prediction = monitor->initial_prediction};
  *monitor = empty;
}

/* ---- reading ---- */

/* scale * mean of (target - prediction)^2, from the root so that nothing overflows before it must. */
static double expected_mse(const clino_initial_loss *m) {
  if (!m->n_targets || m->targets.nonfinite.nans) return NAN;
  if (clino__nonfinite_infinities(&m->targets.nonfinite)) return INFINITY;
  clino__scaled root = clino__squares_root(&m->targets);
  clino__scaled mean = {root.fraction * root.fraction / (double)m->n_targets * m->scale, 2 * root.exponent};
  return clino__scaled_value(mean);
}

static double expected_loss(const clino_initial_loss *m) {
  return m->kind == CLINO_LOSS_MSE ? expected_mse(m) : m->scale * clino_loss_expected(m->kind, m->classes);
}

/* Of the mean; NaN where a value was not finite. */
static double standard_error(const clino__moments *m) {
  if (clino__nonfinite_count(&m->nonfinite)) return NAN;
  return clino__moments_deviation(m, 1) / sqrt((double)m->count);
}

clino_status clino_initial_loss_get(const clino_initial_loss *monitor, clino_initial_loss_stats *stats,
                                    clino_error *error) {
  if (!monitor || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss_get: an argument is NULL");
  clino_initial_loss_stats a;
  memset(&a, 0, sizeof a);
  a.n_losses = monitor->losses.count + clino__nonfinite_count(&monitor->losses.nonfinite);
  a.n_targets = monitor->n_targets;
  a.n_pairs = monitor->n_pairs;
  a.nonfinite = clino__nonfinite_count(&monitor->losses.nonfinite) +
                clino__nonfinite_count(&monitor->regularized.nonfinite) +
                clino__nonfinite_count(&monitor->targets.nonfinite);
  a.expected = expected_loss(monitor);
  a.observed = clino__moments_mean_of_all(&monitor->losses);
  bool finite = !clino__nonfinite_count(&monitor->losses.nonfinite);
  a.standard_deviation = finite ? clino__moments_deviation(&monitor->losses, 1) : NAN;
  double divisor = a.expected > 0 ? a.expected : NAN;
  a.deviation = (a.observed - a.expected) / divisor;
  a.standard_error = standard_error(&monitor->losses) / divisor;
  a.regularized = clino__moments_mean_of_all(&monitor->regularized);
  a.rise = clino__moments_mean_of_all(&monitor->rise);
  a.rise_standard_error = standard_error(&monitor->rise);
  a.rises = monitor->n_pairs && monitor->n_risen == monitor->n_pairs;
  a.falls = monitor->n_fallen > 0;
  *stats = a;
  return CLINO_OK;
}

static clino_status record_attributes(const clino_initial_loss *m, double expected, clino_run *run,
                                      clino_error *error) {
  char text[CLINO__NUMBER_SIZE];
  clino_status status = clino_run_set_attribute(run, "loss", clino_loss_kind_name(m->kind), error);
  if (status == CLINO_OK && m->classes) {
    snprintf(text, sizeof text, "%zu", m->classes);
    status = clino_run_set_attribute(run, "classes", text, error);
  }
  if (status == CLINO_OK && isfinite(expected) && (m->kind == CLINO_LOSS_MSE || m->scale != 1)) {
    clino__number_text(text, expected);
    status = clino_run_set_attribute(run, "initial_loss", text, error);
  }
  return status;
}

clino_status clino_initial_loss_record(const clino_initial_loss *monitor, clino_run *run, int64_t step,
                                       clino_error *error) {
  if (!monitor || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_initial_loss_record: an argument is NULL");
  clino_initial_loss_stats a;
  clino_initial_loss_get(monitor, &a, NULL);
  clino__recorder to = {run, NULL, step, record_attributes(monitor, a.expected, run, error), error};
  clino__record(&to, "loss/data", a.observed, a.n_losses ? NULL : "no loss was added");
  if (a.n_pairs) clino__record_value(&to, "loss/regularization", a.rise);
  return to.status;
}

/* ---- state ---- */

static clino__state_parts parts_of(void *monitor) {
  return (clino__state_parts){monitor, sizeof(clino_initial_loss), {NULL}, {0}};
}

static bool alike(const void *monitor, const void *other) {
  const clino_initial_loss *a = monitor, *b = other;
  return a->kind == b->kind && a->classes == b->classes && a->scale == b->scale &&
         a->initial_prediction == b->initial_prediction;
}

static void adopt(void *monitor, const void *from) {
  memcpy(monitor, from, sizeof(clino_initial_loss));
}

static void attach(void *object, void *const *arrays) {
  (void)object; /* it holds no pointers */
  (void)arrays;
}

static clino_status merge(void *monitor, const void *other, clino_error *error) {
  return clino_initial_loss_merge(monitor, other, error);
}

const clino__state_kind clino__state_of_initial_loss = {"monitor of the initial loss", parts_of, alike, adopt, attach,
                                                     merge};
