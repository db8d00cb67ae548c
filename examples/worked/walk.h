/* A walk: the points that an update rule goes through on a function of a few variables. */
#ifndef WORKED_WALK_H
#define WORKED_WALK_H

#include "clino/gradcheck.h"
#include "clino/optimizer.h"
#include "clino/schedule.h"

#define WALK_MOST_VARIABLES 8

typedef struct walk {
  clino_objective f;
  void *ctx;                     /* of f */
  size_t n;                      /* variables, 1 to WALK_MOST_VARIABLES */
  const double *start;           /* n */
  clino_optimizer_options rule;
  const clino_schedule *rate;    /* of rule.rate; NULL: the rate stays */
  size_t steps;
} walk;

/* Walks. path: (steps + 1) n numbers, the start first; with Nesterov's look-ahead form the gradient is taken ahead, and
 * the path is that of p. values: f at the steps + 1 points; may be NULL.
 * 0, or -1 with the reason on standard error. */
int walk_path(const walk *w, double *path, double *values);

/* The same, only the end. */
int walk_end(const walk *w, double *end);

/* A rule with its rate, all else by default. */
clino_optimizer_options rule_of(const char *rule, double rate);

/* The same with momentum (Nesterov in the look-ahead form). */
clino_optimizer_options rule_with_momentum(const char *rule, double rate, double momentum);

#endif
