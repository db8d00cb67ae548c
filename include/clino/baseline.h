/* clino/baseline.h - is this run worse than that one, and since when?
 *
 * For gates: a layer or an optimizer was changed, the same training ran again, and what is worse now is to be seen.
 */
#ifndef CLINO_BASELINE_H
#define CLINO_BASELINE_H

#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_baseline_options {
  size_t struct_size;   /* set by clino_baseline_options_default */
  double tolerance;     /* what counts as worse, as a fraction of what the baseline gained in training: seeds alone move
                           an end by a few percent; default 0.05, 0 to 1 */
  double slowdown;      /* what counts as slower, as a fraction of the baseline's speed: default 0.1, 0 to 1 */
} clino_baseline_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_baseline_options clino_baseline_options_default(void);

/* Compares a run with a baseline and appends findings with check "baseline":
 *   each loss and metric that both have, whose better direction its name tells (loss, error, perplexity: lower;
 *       accuracy, F1, AUC, reward: higher), at equal steps: with d the difference of the two curves, interpolated to
 *       the same steps, D the median of d over the last quarter of the steps that both have, and s its standard error
 *       from the noise of both curves: fail where D > 4 s and D is beyond the tolerance, with the step since which d
 *       stays worse; info where it is within; pass where not worse. Fewer than 8 points say nothing of noise: then it
 *       is warn. A run that ends in NaN or infinity where the baseline does not is fail.
 *   findings of a check at or above warn that the baseline does not have as grave: one a check, as grave
 *   speed, by throughput, or else steps a second where both logged the time: warn where the median is lower beyond
 *       slowdown and the noise of both
 *   skip where the two have nothing in common to be compared by.
 * run, baseline: not NULL. found, baseline_found: what clino_diagnose said of them with the same options; NULL for
 * both: not compared. options: NULL for the defaults. findings: the caller's, not NULL; may be found itself.
 * Errors: CLINO_ERR_RANGE (a NULL, options out of range or not from clino_baseline_options_default), CLINO_ERR_MEMORY;
 * what was appended stays. Cost: that of a check a series. Not safe for several threads on one run. Unreliable where
 * the runs differ in what their steps count (batch size), or log other things under the same names. */
CLINO_API clino_status clino_baseline_judge(const clino_run *run, const clino_findings *found,
                                            const clino_run *baseline, const clino_findings *baseline_found,
                                            const clino_baseline_options *options, clino_findings *findings,
                                            clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
