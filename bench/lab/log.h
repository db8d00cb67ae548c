/* What a careful user logs of a run, by Clino's monitors: losses, accuracies, rate, gradients, updates, activations. */
#ifndef LAB_LOG_H
#define LAB_LOG_H

#include "clino/activation.h"
#include "clino/gap.h"
#include "clino/run.h"
#include "clino/update_ratio.h"
#include "lab/train.h"

typedef struct lab_log {
  clino_run *run;
  clino_gap *gap;
  clino_update_ratio *ratio[LAB_MOST_TENSORS];    /* of weights */
  clino_activation *activation[LAB_MOST_STAGES];  /* of stages that have a name */
  real *before, *previous;  /* parameters before the step that is looked at; the gradient of the step before it */
  rng masks;                /* what drew the units that the step dropped */
  real *by_unit;            /* a convolution's outputs with the channel last */
  size_t rows, clipped, since; /* rows written; steps since the last one, and how many were clipped */
} lab_log;

/* 0; -1 where memory is out. */
int lab_log_make(const lab_trainer *t, lab_log *log);

/* Hands over the run, which the caller frees, and frees the rest. */
clino_run *lab_log_take(lab_log *log);

/* The row of step 0: initial loss, validation, activations. */
int lab_log_start(lab_log *log, lab_trainer *t);

/* Before and after a step; every interval a row is written. */
void lab_log_before(lab_log *log, const lab_trainer *t, size_t step);
int lab_log_after(lab_log *log, lab_trainer *t, size_t step, const lab_step *taken);

/* What remains of a run where only the losses were logged, and nothing was said about them. The caller frees it; NULL
 * where memory is out. */
clino_run *lab_log_losses_only(const clino_run *run);

#endif
