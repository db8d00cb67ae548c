/* Quadratics whose eigenvalues are known, and a smooth function whose Hessian is. */
#ifndef TESTS_SUPPORT_SPECTRA_H
#define TESTS_SUPPORT_SPECTRA_H

#include "clino/gradcheck.h"

enum { SPECTRA_MOST = 400, SPECTRA_MIRRORS = 3 };

/* f = scale/2 (x - center)' Q diag(lambda) Q' (x - center), Q a product of seeded reflections. */
typedef struct known_quadratic {
  size_t n;
  double scale, lambda[SPECTRA_MOST], center[SPECTRA_MOST];
  double mirror[SPECTRA_MIRRORS][SPECTRA_MOST]; /* unit vectors */
  double gradient_noise;                        /* relative to the gradient's size; deterministic in x */
  bool single;                                  /* rounds every intermediate result to float */
  uint64_t calls, nan_from;                     /* calls for the gradient; from which on they are NaN; 0: never */
  int fail_at;                                  /* the call that returns 41; 0: none */
} known_quadratic;

/* lambda and the rest are set by the caller afterwards. */
void known_quadratic_init(known_quadratic *q, size_t n, uint64_t seed);
int known_quadratic_objective(size_t n, const double *x, double *f, double *grad, void *ctx);

/* The k-th eigenvector. */
void known_quadratic_vector(const known_quadratic *q, size_t k, double *v);

/* sum of c_j log cosh(a_j' x), j < n + 3: smooth, its Hessian has no structure. ctx: NULL. */
int ripples(size_t n, const double *x, double *f, double *grad, void *ctx);

#endif
