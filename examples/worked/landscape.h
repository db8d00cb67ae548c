/* The functions that the worked examples walk on, as objectives (clino/gradcheck.h). */
#ifndef WORKED_LANDSCAPE_H
#define WORKED_LANDSCAPE_H

#include <stdbool.h>

#include "clino/gradcheck.h"
#include "net/rng.h"

/* x cos(pi x); its derivative cos(pi x) - pi x sin(pi x). ctx: NULL, or a double in the place of the second pi. */
int x_cos_pi_x(size_t n, const double *x, double *f, double *grad, void *ctx);

/* x^2/2 - y^2/2 + y^4/4: a saddle at (0, 0) with curvatures 1 and -1, minima at (0, -1) and (0, 1), a ridge y = 0
 * that leads down to the saddle and on which the slope along y is exactly 0. ctx: NULL, or a double that moves it along
 * y. */
int saddle(size_t n, const double *x, double *f, double *grad, void *ctx);

/* x^4/4 - x^3/3: an inflection with slope 0 at 0, the minimum at 1. */
int inflection(size_t n, const double *x, double *f, double *grad, void *ctx);

/* (x^2 + 100 y^2)/2: condition number 100. */
int valley(size_t n, const double *x, double *f, double *grad, void *ctx);

/* x^2/2 + log cosh(10 y): the same curvatures at (0, 0), but walls that become straight, with slope 10. */
int log_cosh_valley(size_t n, const double *x, double *f, double *grad, void *ctx);

/* Another objective with uniform noise in [-amplitude, amplitude) on each entry of its gradient: of n at most 8. */
typedef struct noisy {
  clino_objective f;
  void *ctx;
  double amplitude;
  rng random;
} noisy;
int noisy_gradient(size_t n, const double *x, double *f, double *grad, void *ctx);

/* Another objective with its origin moved by so much along each coordinate: of n at most 8. */
typedef struct moved {
  clino_objective f;
  void *ctx;
  double by;
} moved;
int moved_origin(size_t n, const double *x, double *f, double *grad, void *ctx);

/* The mean over two samples, the saddle at y = 0 and the same at y = 1/4, over both or a batch of one; in turn: the
 * first, the second, the first, ... at each gradient. Every value is that of the mean, unless value_too is set. */
typedef enum sample_batch { BATCH_FIRST, BATCH_SECOND, BATCH_BOTH, BATCH_IN_TURN } sample_batch;
typedef struct two_samples {
  sample_batch batch;
  size_t gradients; /* so far */
  bool value_too;   /* that of the batch */
} two_samples;
int two_saddles(size_t n, const double *x, double *f, double *grad, void *ctx);

#endif
