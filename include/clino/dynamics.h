/* clino/dynamics.h - how a training run moves: what single steps say beside the loss, averaged over an interval.
 *
 *   gradient norms by layer, and the first layer's over the last one's
 *   cosine of successive gradients        below 0: steps undo each other, the learning rate is likely too high
 *   gradient noise scale                  the batch size above which more samples hardly help
 *   actual over predicted decrease        1 where the step is short enough for the gradient to hold
 *   data and regularization loss, learning rate, throughput
 *
 *   clino_dynamics_new(&d, NULL);
 *   each step:     clino_dynamics_add_angle_f32(d, n, last_gradient, gradient, NULL);
 *                  clino_dynamics_add_learning_rate(d, lr, NULL); clino_dynamics_add_samples(d, 64, seconds, NULL);
 *   now and then:  clino_dynamics_record(d, run, step, NULL); clino_dynamics_reset(d);
 *
 * What is not added is not recorded. Means are over what was added since the last reset.
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_DYNAMICS_H
#define CLINO_DYNAMICS_H

#include <stdint.h>

#include "clino/run.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_dynamics clino_dynamics;

/* The interval so far. Flat; a number that is not known is NaN. The *_missing say why one is NaN although something was
 * added; NULL else. Static storage. */
typedef struct clino_dynamics_stats {
  double cosine;                /* of successive gradients, -1 to 1: sum of a b over the root of sum a^2 sum b^2 */
  const char *cosine_missing;
  double noise_scale;           /* samples: trace of the gradient's covariance over its squared norm */
  const char *noise_scale_missing;
  double gradient_squared;      /* the estimate of the true gradient's squared norm; may be below 0 where noise rules */
  double noise_trace;           /* the estimate of the trace of the covariance of one sample's gradient */
  double decrease_ratio;        /* sum of actual over sum of predicted decreases */
  const char *decrease_ratio_missing;
  double layer_ratio;           /* first layer's gradient norm over the last one's, of the means */
  const char *layer_ratio_missing;
  double data_loss, regularization_loss;
  double regularization_share;  /* regularization over the sum of both magnitudes, 0 to 1 */
  double learning_rate;
  double throughput;            /* samples a second */
} clino_dynamics_stats;

/* Makes a monitor in *monitor, freed by the caller with clino_dynamics_free.
 * Errors: CLINO_ERR_RANGE (monitor is NULL), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_dynamics_new(clino_dynamics **monitor, clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_dynamics_free(clino_dynamics *monitor);

/* Adds n entries of two successive gradients: tensor by tensor, or shard by shard. last, gradient: n numbers each, the
 * caller's; NULL only for n = 0. The cosine is over all entries of the interval. Reliable for norms between 1e-120 and
 * 1e120, else missing.
 * Errors: CLINO_ERR_RANGE (a NULL). One pass over both; allocates nothing. */
CLINO_API clino_status clino_dynamics_add_angle_f64(clino_dynamics *monitor, size_t n, const double *last,
                                                    const double *gradient, clino_error *error);
CLINO_API clino_status clino_dynamics_add_angle_f32(clino_dynamics *monitor, size_t n, const float *last,
                                                    const float *gradient, clino_error *error);

/* Adds the squared norms of one step's gradient (a mean over samples) from a small and from a big batch, such as one
 * rank's and all ranks' mean. With B the batch sizes:
 *   gradient_squared = (B_big G_big^2 - B_small G_small^2) / (B_big - B_small)
 *   noise_trace      = (G_small^2 - G_big^2) / (1 / B_small - 1 / B_big)
 * both unbiased; each is averaged over the interval before noise_scale is their quotient, which for few steps is noisy.
 * Source: S. McCandlish, J. Kaplan, D. Amodei et al., "An empirical model of large-batch training", 2018, appendix A.1.
 * small_batch, big_batch: samples, 0 < small < big. Squares: at least 0, or NaN or infinite, which is data.
 * Errors: CLINO_ERR_RANGE (named). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_noise(clino_dynamics *monitor, double small_batch, double small_squared,
                                                double big_batch, double big_squared, clino_error *error);

/* Adds a step's loss before and after it, on the same samples, and the decrease that was predicted: to first order
 * -gradient . update (learning rate times squared norm for plain descent), or a quadratic model's.
 * Source of the ratio: trust-region methods (J. Nocedal and S. Wright, "Numerical Optimization", 2006, eq. 4.4).
 * Errors: CLINO_ERR_RANGE (monitor is NULL). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_decrease(clino_dynamics *monitor, double loss_before, double loss_after,
                                                   double predicted, clino_error *error);

/* Adds one step's gradient norms, from the layer nearest to the inputs to the last one; at least two layers.
 * Errors: CLINO_ERR_RANGE (a NULL, n below 2). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_layers(clino_dynamics *monitor, size_t n, const double *norms,
                                                 clino_error *error);

/* Adds the two parts of one step's loss. Errors: CLINO_ERR_RANGE (monitor is NULL). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_losses(clino_dynamics *monitor, double data, double regularization,
                                                 clino_error *error);

/* Adds one step's learning rate. Errors: CLINO_ERR_RANGE (monitor is NULL). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_learning_rate(clino_dynamics *monitor, double learning_rate,
                                                        clino_error *error);

/* Adds samples that took so many seconds, both at least 0. Errors: CLINO_ERR_RANGE (named). Allocates nothing. */
CLINO_API clino_status clino_dynamics_add_samples(clino_dynamics *monitor, double samples, double seconds,
                                                  clino_error *error);

/* Adds to monitor what other has seen: other shards, other steps. All numbers agree with those of watching the whole to
 * 1e-12 relative, where sums do not cancel. Times are added: ranks that work side by side count their samples on one.
 * Errors: CLINO_ERR_RANGE (a NULL, monitor itself). Allocates nothing. */
CLINO_API clino_status clino_dynamics_merge(clino_dynamics *monitor, const clino_dynamics *other, clino_error *error);

/* Starts the next interval. NULL is allowed. */
CLINO_API void clino_dynamics_reset(clino_dynamics *monitor);

/* The interval so far. Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_dynamics_get(const clino_dynamics *monitor, clino_dynamics_stats *stats,
                                          clino_error *error);

/* Writes what was added into a run at step: "grad_cosine", "grad_noise_scale", "decrease_ratio", "grad_norm_ratio",
 * "loss/data", "loss/regularization", "lr", "throughput"; a quotient that is not defined is missing, with its reason.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_dynamics_record(const clino_dynamics *monitor, clino_run *run, int64_t step,
                                             clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
