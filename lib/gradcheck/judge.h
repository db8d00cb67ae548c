/* What is known of one entry while it is judged; shared by the files that judge it. */
#ifndef CLINO_GRADCHECK_JUDGE_H
#define CLINO_GRADCHECK_JUDGE_H

#include "gradcheck/estimate.h"

typedef struct clino__judge {
  clino__problem *p;
  size_t entry, view;
  double a;                 /* analytic */
  double tolerance;
  clino__ladder ladder;
  bool bottom_probed;       /* the shortest step that noise allows was tried */
} clino__judge;

/* ---- judge.c ---- */

/* max(|a|, |n|, s). Where the whole gradient is 0 there is no s: the steepest slope seen nearby takes its place. */
double clino__judge_magnitude(const clino__judge *j, double numeric);

/* What is allowed between the analytic value and a numeric one on top of the latter's error. */
double clino__judge_slack(const clino__judge *j, double numeric);

/* What the slope of a rung may owe to rounding inside of f, near its arguments: half a unit of the coordinate, or of
 * the sum that it is part of, at each of the two ends; twice that of a one-sided slope. An f that only moves and adds
 * has none of it, so that it cannot be known; it is of weight only at steps below 1e-10 of the coordinate. */
double clino__coordinate_rounding(const clino__judge *j, const clino__rung *r);

/* The estimate with the least error, a kink's included, and its rung; count where none is known. */
size_t clino__judge_best(const clino__judge *j, clino__estimate *best);

/* Writes down the verdict, with the numbers of rung k and an estimate there (NULL: its own slope); returns true. */
bool clino__judge_decide(const clino__judge *j, size_t k, const clino__estimate *estimate, clino_verdict verdict,
                         clino_reason reason, clino_gradcheck_entry *e);

/* ---- steps.c ---- */

/* The step to try next, 0 where none makes sense. */
double clino__judge_next_step(clino__judge *j);

/* ---- kink.c ---- */

/* Distance of a kink between the point and a rung's step, from two rungs that both see it; negative: cannot be told. */
double clino__judge_kink_distance(const clino__judge *j, size_t k);

/* The shortest step that sees a kink, NaN where none does: an upper bound of its distance. */
double clino__judge_kink_seen(const clino__judge *j);

/* The smallest rung that sees one-sided slopes apart, well above noise, and not approaching each other; count if none,
 * or if a shorter one sees a smooth f and resolves it. */
size_t clino__judge_kinked(const clino__judge *j);

/* The verdict by the one-sided slopes, once no step is left to try; false where no kink is known. */
bool clino__judge_at_kink(const clino__judge *j, clino_gradcheck_entry *e);

#endif
