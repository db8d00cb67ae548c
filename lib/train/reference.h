/* The reference of a step check: a rule, twisted or not, run over all trials of a plan. Private to lib/train. */
#ifndef CLINO_TRAIN_REFERENCE_H
#define CLINO_TRAIN_REFERENCE_H

#include "train/plan.h"
#include "train/twist.h"

/* Memory for one run at a time. */
typedef struct clino__reference {
  const clino__plan *plan;
  double *params, *slots, *grad, *before; /* n, 2 n, n, n */
} clino__reference;

clino_status clino__reference_new(const clino__plan *plan, clino__reference *r, clino_error *error);
void clino__reference_free(clino__reference *r);

/* Runs all trials; params after each step go to path[clino__plan_size]. run: 0 computes as exactly as double does; 1,
 * 2, ... move every number by a few units of roundoff of the plan's type, each in another way. */
void clino__reference_run(clino__reference *r, const clino__twist *twist, uint64_t run, double *path);

/* How far a right implementation may be off: |path - expected| of CLINO__REFERENCE_RUNS moved runs, the largest so far
 * in its trial, twice, and a few units of the parameter itself; infinite where errors have grown too large to judge.
 * scratch: as large as a path. */
#define CLINO__REFERENCE_RUNS 8
void clino__reference_tolerance(clino__reference *r, const clino__twist *twist, const double *expected,
                                double *tolerance, double *scratch);

#endif
