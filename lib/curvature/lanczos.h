/* Extreme eigenvectors of the operator, by ARPACK or by a solver of the caller. */
#ifndef CLINO_CURVATURE_LANCZOS_H
#define CLINO_CURVATURE_LANCZOS_H

#include "curvature/operator.h"

typedef struct clino__lanczos {
  size_t pairs;          /* wanted: at both ends together, even */
  double tolerance;      /* of the residual, relative to max|lambda| */
  uint64_t seed;
  uint64_t max_products; /* at least 10 */
  double *vectors;       /* pairs vectors of n, by rising eigenvalue: written */
  clino_eigen_solver solver; /* NULL: ARPACK */
  void *solver_ctx;
  bool zero;             /* set: the first products were no larger than their noise, and there are no vectors */
} clino__lanczos;

/* n at least pairs + 2. Where products run out, the vectors are as good as they have become. Errors: those of products,
 * CLINO_ERR_MEMORY, CLINO_ERR_UNSUPPORTED; CLINO_OK with op->finite false where a product is not finite. */
clino_status clino__lanczos_extremes(clino__operator *op, clino__lanczos *job);

#endif
