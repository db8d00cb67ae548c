/* Objectives with right gradients, each with the point at which it is checked. */
#ifndef TESTS_SUPPORT_OBJECTIVES_H
#define TESTS_SUPPORT_OBJECTIVES_H

#include "clino/gradcheck.h"

#define MOST_N 128

typedef struct sample_problem {
  const char *name;
  clino_objective f;
  size_t n;
  void (*point)(size_t n, double *x);
} sample_problem;

/* Smooth ones, in double: at their points every entry of the gradient is resolved well, and none is 0. */
extern const sample_problem smooth_problems[];
extern const size_t n_smooth_problems;

/* Right ones that are harder: entries of 0, steep, fast, near the edge of their domain, single precision. */
extern const sample_problem hard_problems[];
extern const size_t n_hard_problems;

/* x cos(pi x); tutorial_wrong lacks the factor pi in the second term of its derivative. */
int tutorial_right(size_t n, const double *x, double *f, double *grad, void *ctx);
int tutorial_wrong(size_t n, const double *x, double *f, double *grad, void *ctx);

/* n = 4 + 3 * 5: a softmax regression of 5 classes on 3 features and something that couples the rest. */
int quadratic(size_t n, const double *x, double *f, double *grad, void *ctx);
int softmax_regression(size_t n, const double *x, double *f, double *grad, void *ctx); /* n = 20: W is 4 by 5 */
int mlp_tanh(size_t n, const double *x, double *f, double *grad, void *ctx);           /* n = 66: 5-7-3 */

#endif
