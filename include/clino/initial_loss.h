/* clino/initial_loss.h - is the loss of the untrained model what chance predicts?
 *
 * With small random weights a model's first predictions carry no information, so its loss is known beforehand. A first
 * loss that differs by much says that the initialization, the loss or the inputs are wrong, before an hour is spent on
 * training; and switching regularization on must raise the loss. Source: A. Karpathy and others, CS231n "Neural
 * Networks Part 3", sanity checks.
 *
 *   clino_initial_loss_spec spec = clino_initial_loss_spec_default();
 *   spec.classes = 10;
 *   clino_initial_loss_new(&spec, &first, NULL);
 *   for (b = 0; b < 20; b++) clino_initial_loss_add_pair(first, loss(b, 0.0), loss(b, 1e-2), NULL);
 *   clino_initial_loss_get(first, &a, NULL);      a.expected 2.302585, a.observed 2.31, a.rises true
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_INITIAL_LOSS_H
#define CLINO_INITIAL_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/loss.h"
#include "clino/run.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_initial_loss clino_initial_loss;

/* What is watched. Make it with clino_initial_loss_spec_default. */
typedef struct clino_initial_loss_spec {
  size_t struct_size;        /* set by clino_initial_loss_spec_default */
  clino_loss_kind kind;      /* default CLINO_LOSS_SOFTMAX */
  size_t classes;            /* C, at least 2 for softmax and hinge; default 0 = none given */
  double scale;              /* what your loss is, divided by the one described at the kind: 0.5 for half the squared
                                error, the number of outputs where they are summed, the margin of a hinge;
                                default 1, finite and above 0 */
  double initial_prediction; /* MSE: what the untrained model predicts everywhere; default 0, finite */
} clino_initial_loss_spec;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_initial_loss_spec clino_initial_loss_spec_default(void);

/* What was expected and what was seen. Flat; a number that is not known is NaN. */
typedef struct clino_initial_loss_stats {
  uint64_t n_losses;         /* mini-batches, those of pairs included */
  uint64_t n_targets;        /* MSE: elements of the targets */
  uint64_t n_pairs;          /* mini-batches measured with and without regularization */
  uint64_t nonfinite;        /* losses, regularized losses and targets that were NaN or infinite */
  double expected;           /* NaN for MSE without targets */
  double observed;           /* mean loss without regularization; NaN or infinite as soon as one loss was */
  double standard_deviation; /* of the mini-batches' losses, n - 1 in the denominator; NaN for fewer than 2 */
  double deviation;          /* (observed - expected) / expected; NaN where expected is 0 or not known */
  double standard_error;     /* of deviation: standard_deviation / sqrt(n_losses) / expected; NaN for fewer than 2 */
  double regularized;        /* mean over the pairs of the loss with regularization; NaN without pairs */
  double rise;               /* mean over the pairs of (with - without); NaN without pairs */
  double rise_standard_error;
  bool rises;                /* every pair's loss with regularization was above the one without */
  bool falls;                /* some pair's was below: regularization has the wrong sign */
} clino_initial_loss_stats;

/* Makes a monitor in *monitor, freed by the caller with clino_initial_loss_free.
 * spec: not NULL, copied. Errors: CLINO_ERR_RANGE (a NULL, or a field out of its range: named), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_initial_loss_new(const clino_initial_loss_spec *spec, clino_initial_loss **monitor,
                                              clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_initial_loss_free(clino_initial_loss *monitor);

/* Adds the loss of one mini-batch, measured without regularization and before the first update. Running mean and
 * deviation are Welford's (B. P. Welford, 1962). Errors: CLINO_ERR_RANGE (monitor is NULL). Allocates nothing. */
CLINO_API clino_status clino_initial_loss_add(clino_initial_loss *monitor, double loss, clino_error *error);

/* Adds the loss of one mini-batch twice measured: without regularization (as clino_initial_loss_add) and with it. The
 * same samples must serve both, so that the difference is the regularization alone. Errors and cost as above. */
CLINO_API clino_status clino_initial_loss_add_pair(clino_initial_loss *monitor, double loss, double regularized,
                                                   clino_error *error);

/* Adds targets, from which MSE's expected loss is found: scale times the mean over all elements of
 * (target - initial_prediction)^2. targets: n numbers in any shape, the caller's; NULL only for n = 0.
 * Errors: CLINO_ERR_RANGE (monitor or targets NULL, a kind other than MSE). Linear in n; allocates nothing. */
CLINO_API clino_status clino_initial_loss_add_targets_f64(clino_initial_loss *monitor, size_t n, const double *targets,
                                                          clino_error *error);
CLINO_API clino_status clino_initial_loss_add_targets_f32(clino_initial_loss *monitor, size_t n, const float *targets,
                                                          clino_error *error);

/* Adds to monitor all that other has seen, as if monitor had seen it itself (T. F. Chan, G. H. Golub and R. J. LeVeque,
 * 1983): counts are equal, moments agree to 1e-12 relative. other stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL, monitor itself, another spec). Allocates nothing. */
CLINO_API clino_status clino_initial_loss_merge(clino_initial_loss *monitor, const clino_initial_loss *other,
                                                clino_error *error);

/* Forgets all that was added. NULL is allowed. */
CLINO_API void clino_initial_loss_reset(clino_initial_loss *monitor);

/* Compares what was added with what is expected. Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_initial_loss_get(const clino_initial_loss *monitor, clino_initial_loss_stats *stats,
                                              clino_error *error);

/* Writes into a run: the attributes "loss", "classes" (where given) and, where the loss's name does not tell it (MSE, a
 * scale other than 1), "initial_loss", the expected one; at step the series "loss/data", the mean loss, and, where
 * pairs were added, "loss/regularization", the mean rise. Without a loss "loss/data" is missing, with a reason. The
 * monitor stays as it is. Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_initial_loss_record(const clino_initial_loss *monitor, clino_run *run, int64_t step,
                                                 clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
