/* clino/gap.h - training against validation: running losses and accuracies, the best point, Prechelt's measures.
 *
 *   each mini-batch:     clino_gap_add_train(gap, loss, batch_size, NULL);
 *   each validation:     clino_gap_add_val(gap, loss, n_samples, NULL);     in one call, or batch by batch
 *   end of interval:     clino_gap_record(gap, run, step, NULL); clino_gap_next(gap, step, NULL);
 *
 * An interval lasts from one _next to the next: an epoch, say. Intervals may lack either side.
 * The measures are those of L. Prechelt, "Early stopping - but when?", 1998, E_tr and E_va being an interval's mean
 * losses; his strips begin at multiples of k, ours is the last k intervals that had a training loss:
 *   generalization loss  GL(t)  = 100 (E_va(t) / E_opt(t) - 1),  E_opt(t) = min over t' <= t of E_va(t')
 *   training progress    P_k(t) = 1000 (sum of the last k E_tr / (k min of the last k E_tr) - 1)
 *   quotient             PQ(t)  = GL(t) / P_k(t)
 * They are ratios and mean something for positive losses only; where they do not, they are NaN and say why.
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_GAP_H
#define CLINO_GAP_H

#include <stdint.h>

#include "clino/run.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_gap clino_gap;

#define CLINO_GAP_STRIP_MAX 64

typedef struct clino_gap_options {
  size_t struct_size; /* set by clino_gap_options_default */
  size_t strip;       /* k, the intervals of a training strip; default 5 (Prechelt's), 2 to CLINO_GAP_STRIP_MAX */
} clino_gap_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_gap_options clino_gap_options_default(void);

/* The open interval, and the run so far with it. Flat; a number that is not known is NaN. Means are weighted; one is
 * NaN or infinite as soon as one of its values is. The *_missing say why a measure is NaN; NULL where it has a value,
 * and where it is NaN because a loss is. Static storage. */
typedef struct clino_gap_stats {
  uint64_t n_train, n_val;     /* losses added in the interval */
  uint64_t nonfinite;          /* losses and accuracies of the interval that were NaN or infinite */
  uint64_t intervals;          /* closed before this one */
  double train_loss, val_loss, train_accuracy, val_accuracy;
  double loss_gap;             /* val_loss - train_loss */
  double accuracy_gap;         /* train_accuracy - val_accuracy */
  double best_val_loss;        /* smallest finite validation loss so far, this interval's included */
  int64_t best_step;           /* its step, the first of equals; CLINO_NO_STEP where there is none */
  uint64_t since_best;         /* intervals with validation since then */
  double generalization_loss;  /* GL, percent */
  const char *generalization_loss_missing;
  double training_progress;    /* P_k, per thousand */
  const char *training_progress_missing;
  double quotient;             /* PQ, percent per per-thousand; NaN where either is, or progress is 0 */
} clino_gap_stats;

/* Makes a monitor in *gap, freed by the caller with clino_gap_free. options: NULL for the defaults.
 * Errors: CLINO_ERR_RANGE (gap is NULL, strip out of its range), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_gap_new(const clino_gap_options *options, clino_gap **gap, clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_gap_free(clino_gap *gap);

/* Adds a value to the open interval's weighted mean: the mean loss (or accuracy) over weight samples.
 * weight: how many samples it is the mean of, or 1 for all alike; above 0, at most
 * 1e280 (so that sums stay finite).
 * value: any double below DBL_MAX / 2 in magnitude for an exact mean, NaN and infinities included.
 * Errors: CLINO_ERR_RANGE (gap is NULL, weight). Allocates nothing. */
CLINO_API clino_status clino_gap_add_train(clino_gap *gap, double loss, double weight, clino_error *error);
CLINO_API clino_status clino_gap_add_val(clino_gap *gap, double loss, double weight, clino_error *error);
CLINO_API clino_status clino_gap_add_train_accuracy(clino_gap *gap, double accuracy, double weight, clino_error *error);
CLINO_API clino_status clino_gap_add_val_accuracy(clino_gap *gap, double accuracy, double weight, clino_error *error);

/* Adds to gap's open interval what other's holds: ranks that saw other samples of the same interval. Counts are equal
 * to those of watching it all, means agree to 1e-12 relative (where positive and negative losses do not cancel). The
 * closed intervals of other are not looked at: merge before _next, and let the merged monitor keep the history.
 * Errors: CLINO_ERR_RANGE (a NULL, gap itself). Allocates nothing. */
CLINO_API clino_status clino_gap_merge(clino_gap *gap, const clino_gap *other, clino_error *error);

/* The open interval's means, and best point and measures as they are with it. step: that of the interval's end.
 * Errors: CLINO_ERR_RANGE (a NULL). Cost: k. */
CLINO_API clino_status clino_gap_get(const clino_gap *gap, int64_t step, clino_gap_stats *stats, clino_error *error);

/* Writes "train/loss", "val/loss", "train/accuracy" and "val/accuracy" into a run at step, those of the open interval
 * that have a value; a series that other intervals had and this one lacks is noted as missing, with a reason. The
 * monitor stays as it is. Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_gap_record(const clino_gap *gap, clino_run *run, int64_t step, clino_error *error);

/* Closes the interval at step (best point and training strip take it in) and opens an empty one. An interval in which
 * nothing was added is dropped. Errors: CLINO_ERR_RANGE (gap is NULL). Allocates nothing. */
CLINO_API clino_status clino_gap_next(clino_gap *gap, int64_t step, clino_error *error);

/* Drops the open interval's values; best point and strip stay. NULL is allowed. */
CLINO_API void clino_gap_drop(clino_gap *gap);

/* Forgets everything. NULL is allowed. */
CLINO_API void clino_gap_reset(clino_gap *gap);

#ifdef __cplusplus
}
#endif
#endif
