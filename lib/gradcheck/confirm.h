/* A last look before a value is called wrong: is the slope that contradicts it that of the shortest steps? */
#ifndef CLINO_GRADCHECK_CONFIRM_H
#define CLINO_GRADCHECK_CONFIRM_H

#include "gradcheck/judge.h"

typedef struct clino__second_look {
  bool contradicted;   /* f at shorter steps contradicts the numeric value */
  clino__rung rung;    /* one of them, where it does */
  bool jumps;          /* longer steps bear out the analytic value, and f jumps within them */
  bool unfinished;     /* max_evaluations left no room for it */
} clino__second_look;

/* Whether the analytic value may be rejected by a numeric one, n (at a kink: the nearer one-sided slope), that was
 * measured at a step. Two evaluations for every factor of 8 between the step and the shortest or longest; 20 more where
 * longer steps bear the analytic value out. */
clino_status clino__judge_again(const clino__judge *j, double n, double step, bool kink, clino__second_look *look);

#endif
