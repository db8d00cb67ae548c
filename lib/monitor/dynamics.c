/* Sums and means of what single steps say. */
#include "clino/dynamics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sum.h"
#include "monitor/block.h"
#include "monitor/mean.h"
#include "monitor/merge.h"
#include "monitor/record.h"
#include "monitor/state.h"

enum { LAST, GRADIENT, PRODUCT, ACTUAL, PREDICTED, SAMPLES, SECONDS, SUMS };
enum { SQUARED, TRACE, FIRST_LAYER, LAST_LAYER, DATA, REGULARIZATION, RATE, MEANS };

struct clino_dynamics {
  uint64_t angles, decreases, timed;
  clino__sum sums[SUMS];
  clino__mean means[MEANS];
};

clino_status clino_dynamics_new(clino_dynamics **monitor, clino_error *error) {
  if (!monitor) return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_new: monitor is NULL");
  *monitor = calloc(1, sizeof **monitor);
  return *monitor ? CLINO_OK : clino__fail_memory(error, "a monitor of the dynamics");
}

void clino_dynamics_free(clino_dynamics *monitor) { free(monitor); }

void clino_dynamics_reset(clino_dynamics *monitor) {
  if (monitor) memset(monitor, 0, sizeof *monitor);
}

/* ---- adding ---- */

static clino_status check(const clino_dynamics *monitor, const char *what, clino_error *error) {
  return monitor ? CLINO_OK : clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_%s: monitor is NULL", what);
}

/* last, gradient: all of both arrays. */
static clino_status add_angle(clino_dynamics *m, clino__block last, clino__block gradient, clino_error *error) {
  clino_status status = check(m, "angle", error);
  if (status) return status;
  if (last.n && ((!last.f32 && !last.f64) || (!gradient.f32 && !gradient.f64)))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_angle: an array is NULL");
  for (size_t at = 0; at < last.n; at += CLINO__BLOCK) {
    clino__block a = clino__block_at(&last, at), b = clino__block_at(&gradient, at);
    clino__pair_sums s;
    clino__block_angle(&a, &b, &s);
    clino__sum_add(&m->sums[LAST], s.first);
    clino__sum_add(&m->sums[GRADIENT], s.second);
    clino__sum_add(&m->sums[PRODUCT], s.product);
  }
  m->angles += last.n;
  return CLINO_OK;
}

clino_status clino_dynamics_add_angle_f64(clino_dynamics *monitor, size_t n, const double *last, const double *gradient,
                                          clino_error *error) {
  const clino__kernels *k = clino__kernels_best();
  return add_angle(monitor, clino__block_f64(k, n, last), clino__block_f64(k, n, gradient), error);
}

clino_status clino_dynamics_add_angle_f32(clino_dynamics *monitor, size_t n, const float *last, const float *gradient,
                                          clino_error *error) {
  const clino__kernels *k = clino__kernels_best();
  return add_angle(monitor, clino__block_f32(k, n, last), clino__block_f32(k, n, gradient), error);
}

clino_status clino_dynamics_add_noise(clino_dynamics *monitor, double small_batch, double small_squared,
                                      double big_batch, double big_squared, clino_error *error) {
  clino_status status = check(monitor, "noise", error);
  if (status) return status;
  if (!(small_batch > 0 && small_batch < big_batch && big_batch <= 1e300))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_noise: batch sizes are not 0 < small < big");
  if (small_squared < 0 || big_squared < 0)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_noise: a squared norm is below 0");
  double share = small_batch / big_batch;
  clino__mean_add(&monitor->means[SQUARED], (big_squared - share * small_squared) / (1 - share), 1);
  clino__mean_add(&monitor->means[TRACE], (small_squared - big_squared) * (small_batch / (1 - share)), 1);
  return CLINO_OK;
}

clino_status clino_dynamics_add_decrease(clino_dynamics *monitor, double loss_before, double loss_after,
                                         double predicted, clino_error *error) {
  clino_status status = check(monitor, "decrease", error);
  if (status) return status;
  clino__sum_add(&monitor->sums[ACTUAL], loss_before - loss_after);
  clino__sum_add(&monitor->sums[PREDICTED], predicted);
  monitor->decreases++;
  return CLINO_OK;
}

clino_status clino_dynamics_add_layers(clino_dynamics *monitor, size_t n, const double *norms, clino_error *error) {
  clino_status status = check(monitor, "layers", error);
  if (status) return status;
  if (n < 2 || !norms) return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_layers: fewer than two layers");
  clino__mean_add(&monitor->means[FIRST_LAYER], norms[0], 1);
  clino__mean_add(&monitor->means[LAST_LAYER], norms[n - 1], 1);
  return CLINO_OK;
}

clino_status clino_dynamics_add_losses(clino_dynamics *monitor, double data, double regularization,
                                       clino_error *error) {
  clino_status status = check(monitor, "losses", error);
  if (status) return status;
  clino__mean_add(&monitor->means[DATA], data, 1);
  clino__mean_add(&monitor->means[REGULARIZATION], regularization, 1);
  return CLINO_OK;
}

clino_status clino_dynamics_add_learning_rate(clino_dynamics *monitor, double learning_rate, clino_error *error) {
  clino_status status = check(monitor, "learning_rate", error);
  if (!status) clino__mean_add(&monitor->means[RATE], learning_rate, 1);
  return status;
}

clino_status clino_dynamics_add_samples(clino_dynamics *monitor, double samples, double seconds, clino_error *error) {
  clino_status status = check(monitor, "samples", error);
  if (status) return status;
  if (!(samples >= 0 && samples <= 1e300 && seconds >= 0 && seconds <= 1e300))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_add_samples: samples or seconds is not 0 to 1e300");
  clino__sum_add(&monitor->sums[SAMPLES], samples);
  clino__sum_add(&monitor->sums[SECONDS], seconds);
  monitor->timed++;
  return CLINO_OK;
}

clino_status clino_dynamics_merge(clino_dynamics *monitor, const clino_dynamics *other, clino_error *error) {
  clino_status status = clino__check_merge(monitor, other, "clino_dynamics_merge", error);
  if (status) return status;
  monitor->angles += other->angles;
  monitor->decreases += other->decreases;
  monitor->timed += other->timed;
  for (int i = 0; i < SUMS; i++) {
    clino__sum_add(&monitor->sums[i], other->sums[i].sum);
    clino__sum_add(&monitor->sums[i], other->sums[i].carry);
  }
  for (int i = 0; i < MEANS; i++) clino__mean_merge(&monitor->means[i], &other->means[i]);
  return CLINO_OK;
}

/* ---- reading ---- */

/* Squares of entries whose own squares neither overflowed nor underflowed; NaN and infinity are data. */
static bool out_of_range(double squares) { return squares < 1e-240 || (isfinite(squares) && squares > 1e240); }

static void get_cosine(const clino_dynamics *m, clino_dynamics_stats *s) {
  double a = clino__sum_value(&m->sums[LAST]), b = clino__sum_value(&m->sums[GRADIENT]);
  s->cosine = NAN;
  if (!m->angles) return;
  if (a <= 0 || b <= 0) s->cosine_missing = "a gradient is 0";
  else if (out_of_range(a) || out_of_range(b)) s->cosine_missing = "a gradient is too large or too small to multiply";
  else s->cosine = fmax(-1, fmin(1, clino__sum_value(&m->sums[PRODUCT]) / sqrt(a) / sqrt(b)));
  if (!isfinite(a) || !isfinite(b)) s->cosine = NAN; /* which is data */
}

/* NaN and the reason where the lower number is not above 0. */
static double quotient(double upper, double lower, const char *reason, const char **missing) {
  if (lower <= 0) *missing = reason;
  return lower <= 0 ? NAN : upper / lower;
}

clino_status clino_dynamics_get(const clino_dynamics *monitor, clino_dynamics_stats *stats, clino_error *error) {
  if (!monitor || !stats) return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_get: an argument is NULL");
  const clino__mean *mean = monitor->means;
  const clino__sum *sum = monitor->sums;
  memset(stats, 0, sizeof *stats);
  get_cosine(monitor, stats);
  stats->gradient_squared = clino__mean_value(&mean[SQUARED]);
  stats->noise_trace = clino__mean_value(&mean[TRACE]);
  stats->noise_scale = quotient(stats->noise_trace, stats->gradient_squared,
                                "noise hides the gradient: more steps are needed", &stats->noise_scale_missing);
  double predicted = clino__sum_value(&sum[PREDICTED]);
  stats->decrease_ratio = NAN;
  if (monitor->decreases)
    stats->decrease_ratio = quotient(clino__sum_value(&sum[ACTUAL]), predicted, "the predicted decrease is not above 0",
                                     &stats->decrease_ratio_missing);
  stats->layer_ratio = quotient(clino__mean_value(&mean[FIRST_LAYER]), clino__mean_value(&mean[LAST_LAYER]),
                                "the last layer's gradient is 0", &stats->layer_ratio_missing);
  stats->data_loss = clino__mean_value(&mean[DATA]);
  stats->regularization_loss = clino__mean_value(&mean[REGULARIZATION]);
  double data = fabs(stats->data_loss), regularization = fabs(stats->regularization_loss);
  stats->regularization_share = data + regularization > 0 ? regularization / (data + regularization) : NAN;
  stats->learning_rate = clino__mean_value(&mean[RATE]);
  const char *no_time = NULL;
  stats->throughput = quotient(clino__sum_value(&sum[SAMPLES]), clino__sum_value(&sum[SECONDS]), "", &no_time);
  return CLINO_OK;
}

clino_status clino_dynamics_record(const clino_dynamics *monitor, clino_run *run, int64_t step, clino_error *error) {
  if (!monitor || !run) return clino__fail(error, CLINO_ERR_RANGE, "clino_dynamics_record: an argument is NULL");
  clino_dynamics_stats s;
  clino_dynamics_get(monitor, &s, NULL);
  const char *no_time = clino__sum_value(&monitor->sums[SECONDS]) > 0 ? NULL : "no time has passed";
  const struct {
    const char *series;
    uint64_t added;
    double value;
    const char *missing;
  } rows[] = {
      {"grad_cosine", monitor->angles, s.cosine, s.cosine_missing},
      {"grad_noise_scale", monitor->means[SQUARED].count, s.noise_scale, s.noise_scale_missing},
      {"decrease_ratio", monitor->decreases, s.decrease_ratio, s.decrease_ratio_missing},
      {"grad_norm_ratio", monitor->means[LAST_LAYER].count, s.layer_ratio, s.layer_ratio_missing},
      {"loss/data", monitor->means[DATA].count, s.data_loss, NULL},
      {"loss/regularization", monitor->means[REGULARIZATION].count, s.regularization_loss, NULL},
      {"lr", monitor->means[RATE].count, s.learning_rate, NULL},
      {"throughput", monitor->timed, s.throughput, no_time},
  };
  clino__recorder to = {run, NULL, step, CLINO_OK, error};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].added) clino__record(&to, rows[i].series, rows[i].value, rows[i].missing);
  return to.status;
}

/* ---- state ---- */

static clino__state_parts parts_of(void *monitor) {
  return (clino__state_parts){monitor, sizeof(clino_dynamics), {NULL}, {0}};
}

static bool alike(const void *monitor, const void *other) {
  (void)monitor;
  (void)other;
  return true;
}

static void adopt(void *monitor, const void *from) {
  memcpy(monitor, from, sizeof(clino_dynamics));
}

static void attach(void *object, void *const *arrays) {
  (void)object; /* it holds no pointers */
  (void)arrays;
}

static clino_status merge(void *monitor, const void *other, clino_error *error) {
  return clino_dynamics_merge(monitor, other, error);
}

const clino__state_kind clino__state_of_dynamics = {"monitor of the dynamics", parts_of, alike, adopt, attach, merge};
