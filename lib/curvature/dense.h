/* The whole Hessian, and the eigenvalues of a whole symmetric matrix. */
#ifndef CLINO_CURVATURE_DENSE_H
#define CLINO_CURVATURE_DENSE_H

#include "curvature/operator.h"

/* h[i n + j] by centered products at two steps, symmetrized; *error: how far it may be off, as a Frobenius norm.
 * op->finite is false where a gradient is not. 4 n gradients. */
clino_status clino__dense_hessian(clino__operator *op, double *h, double *error);

/* Eigenvalues of a symmetric matrix, rising, into values, its unit eigenvectors as rows of a, which is overwritten.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_UNSUPPORTED (LAPACK failed). a: finite. */
clino_status clino__dense_eigen(size_t n, double *a, double *values, clino_error *error);

#endif
