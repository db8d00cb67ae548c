/* clino/schedule.h - learning rates, and momentum, as a function of the step.
 *
 *   clino_schedule s = clino_schedule_default(CLINO_SCHEDULE_COSINE);
 *   s.initial = 0.1;  s.steps = 10000;  s.warmup = 500;
 *   for (t = 0; t < 10000; t++) options.rate = clino_schedule_at(&s, t);
 *
 * With t = 0, 1, ... the step, u = t - warmup, a the initial value, z the final one, T the steps:
 *
 *   CONSTANT      a
 *   STEP          a factor^floor(u / period)
 *   EXPONENTIAL   a exp(-decay u)
 *   INVERSE       a / (1 + decay u)                                          Robbins and Monro 1951; Bottou 2012
 *   INVERSE_ROOT  a / sqrt(1 + decay u)                                      Zinkevich 2003, thm. 1 (eta_t = t^-1/2)
 *   POLYNOMIAL    z + (a - z) (1 - min(u, T)/T)^power
 *   COSINE        z + (a - z) (1 + cos(pi min(u, T)/T)) / 2                  Loshchilov and Hutter 2017, eq. 5
 *   MOMENTUM      min(1 - 2^(-1 - log2(floor(u / period) + 1)), z)           Sutskever and others 2013, eq. 5
 *                   = min(1 - 1 / (2 floor(u / period) + 2), z): from 0.5 to z = 0.99 by period = 250
 *
 * and before any of them, for t < warmup, linearly up to its first value b (a, or 0.5): b (f + (1 - f) (t + 1)/warmup),
 * f = warmup_from (Goyal and others 2017, section 2.2).
 *
 * The steps of exponential, cosine and polynomial go through the platform's libm and may differ in the last bit.
 * Thread safe: nothing is kept.
 */
#ifndef CLINO_SCHEDULE_H
#define CLINO_SCHEDULE_H

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_schedule_kind {
  CLINO_SCHEDULE_CONSTANT = 1,
  CLINO_SCHEDULE_STEP,
  CLINO_SCHEDULE_EXPONENTIAL,
  CLINO_SCHEDULE_INVERSE,
  CLINO_SCHEDULE_INVERSE_ROOT,
  CLINO_SCHEDULE_POLYNOMIAL,
  CLINO_SCHEDULE_COSINE,
  CLINO_SCHEDULE_MOMENTUM
} clino_schedule_kind;
#define CLINO_SCHEDULE_COUNT 8

typedef struct clino_schedule {
  size_t struct_size;        /* set by clino_schedule_default */
  clino_schedule_kind kind;
  double initial;            /* a; default 0.01; finite, 0 or more */
  double final;              /* z; default 0 (momentum: 0.99); finite, 0 or more */
  double factor;             /* of STEP; default 0.1; above 0, finite */
  double decay;              /* of EXPONENTIAL, INVERSE, INVERSE_ROOT, per step; default 1e-3 (INVERSE_ROOT: 1);
                                finite, 0 or more */
  double power;              /* of POLYNOMIAL; default 1; above 0, finite */
  uint64_t period;           /* of STEP and MOMENTUM, in steps; default 1000 (momentum: 250); 1 or more */
  uint64_t steps;            /* T of POLYNOMIAL and COSINE, warm-up not counted; default 10000; 1 or more */
  uint64_t warmup;           /* steps of linear warm-up; default 0 */
  double warmup_from;        /* f; default 0; 0 to 1 */
} clino_schedule;

/* The defaults of a kind, as the fields' comments state. Thread safe. */
CLINO_API clino_schedule clino_schedule_default(clino_schedule_kind kind);

/* Whether a schedule can be used. Errors: CLINO_ERR_RANGE naming the field (a zeroed struct too, a NULL). */
CLINO_API clino_status clino_schedule_check(const clino_schedule *schedule, clino_error *error);

/* The value at step t = 0, 1, ...; NaN where clino_schedule_check would refuse the schedule. */
CLINO_API double clino_schedule_at(const clino_schedule *schedule, uint64_t t);

#ifdef __cplusplus
}
#endif
#endif
