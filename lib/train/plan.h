/* What a step is checked with: parameters, gradients and hyperparameters of all trials. Private to lib/train. */
#ifndef CLINO_TRAIN_PLAN_H
#define CLINO_TRAIN_PLAN_H

#include "clino/stepcheck.h"

#define CLINO__PLAN_TENSORS 16
#define CLINO__PLAN_ENTRIES 10000
#define CLINO__PLAN_NUMBERS 20000000 /* trials times steps times entries: about a gigabyte */

typedef struct clino__plan {
  size_t trials, steps, n;                   /* n: entries of all tensors, which lie one after the other */
  size_t n_tensors;
  clino_tensor tensors[CLINO__PLAN_TENSORS]; /* shapes and names */
  size_t offset[CLINO__PLAN_TENSORS + 1];
  clino_dtype dtype;
  double unit;                               /* roundoff of the type */
  bool decay_biases, looks_ahead;
  clino_optimizer_options *options;          /* [trial][step], steps from 0 (before the first) to steps + 1 */
  double *start;                             /* [trial][entry] */
  double *grad;                              /* [trial][step - 1][entry] */
  double pull; /* where the rule looks ahead: the gradient at x is grad + pull (x - start) */
} clino__plan;

/* Options are valid. Memory is freed by clino__plan_free, also after an error. */
clino_status clino__plan_new(const clino_optimizer_options *formula, const clino_stepcheck_options *o,
                             clino__plan *plan, clino_error *error);
void clino__plan_free(clino__plan *plan);

static inline const clino_optimizer_options *clino__plan_options(const clino__plan *p, size_t trial, size_t t) {
  return p->options + trial * (p->steps + 2) + t;
}

/* Where the numbers of a trial's step t (from 1) begin in an array over all trials, steps and entries. */
static inline size_t clino__plan_at(const clino__plan *p, size_t trial, size_t t) {
  return (trial * p->steps + t - 1) * p->n;
}

static inline size_t clino__plan_size(const clino__plan *p) { return p->trials * p->steps * p->n; }

/* Rounds to the tensors' type. */
static inline double clino__plan_round(const clino__plan *p, double x) {
  return p->dtype == CLINO_F32 ? (double)(float)x : x;
}

/* Whether weight decay is for this tensor. */
static inline bool clino__plan_decays(const clino__plan *p, size_t tensor, bool decay_biases) {
  return decay_biases || p->tensors[tensor].n_dims > 1;
}

#endif
