/* The whole Hessian, column by column, and LAPACK on it. */
#include "curvature/dense.h"

#include <string.h>

#include "curvature/fortran.h"
#include "curvature/vector.h"

/* Of the two steps of a column, the second is shorter: where they disagree, the change over a ratio of 2 is three times
 * the truncation that remains in the shorter one of a smooth function; all of it is counted, for one that is not. */
#define SHORTER 0.5

static clino_status column(clino__operator *op, double *e, size_t j, double *h, double *wide, double *error2) {
  size_t n = op->n;
  memset(e, 0, n * sizeof *e);
  e[j] = 1;
  clino_status status = clino__operator_centered(op, 1, e, wide);
  if (!status) status = clino__operator_centered(op, SHORTER, e, h + j * n);
  double noise = clino__operator_noise(op, SHORTER, e);
  for (size_t i = 0; i < n && !status; i++) {
    double d = wide[i] - h[j * n + i];
    *error2 += d * d;
  }
  *error2 += 9 * noise * noise;
  return status;
}

static double symmetrize(size_t n, double *h) {
  double off = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) {
      double d = h[i * n + j] - h[j * n + i], mean = (h[i * n + j] + h[j * n + i]) / 2;
      off += d * d / 2;
      h[i * n + j] = h[j * n + i] = mean;
    }
  return off;
}

clino_status clino__dense_hessian(clino__operator *op, double *h, double *error) {
  double *e = clino__vectors(2, op->n), error2 = 0;
  if (!e) return clino__fail_memory(op->error, "the Hessian");
  clino_status status = CLINO_OK;
  for (size_t j = 0; j < op->n && !status && op->finite; j++) status = column(op, e, j, h, e + op->n, &error2);
  if (!status && op->finite) *error = sqrt(error2 + symmetrize(op->n, h));
  free(e);
  return status;
}

/* LAPACK squares nothing, but its tolerances are absolute at 1e-300: a matrix of any scale is brought to 1. */
clino_status clino__dense_eigen(size_t n, double *a, double *values, clino_error *error) {
  int size = (int)n, info = 0, ask = -1, liwork = 0;
  double best = 0, scale = clino__largest(a, n * n);
  memset(values, 0, n * sizeof *values);
  if (!(scale > 0)) { /* the zero matrix: any basis */
    for (size_t i = 0; i < n; i++) a[i * n + i] = 1;
    return CLINO_OK;
  }
  for (size_t i = 0; i < n * n; i++) a[i] /= scale;
  dsyevd_("V", "U", &size, a, &size, values, &best, &ask, &liwork, &ask, &info, 1, 1);
  int lwork = (int)best;
  double *work = malloc((size_t)lwork * sizeof *work);
  int *iwork = malloc((size_t)liwork * sizeof *iwork);
  clino_status status = CLINO_OK;
  if (!work || !iwork) status = clino__fail_memory(error, "eigenvalues");
  else dsyevd_("V", "U", &size, a, &size, values, work, &lwork, iwork, &liwork, &info, 1, 1);
  if (info) status = clino__fail(error, CLINO_ERR_UNSUPPORTED, "LAPACK's dsyevd answers %d", info);
  clino__scale(values, n, scale);
  free(work);
  free(iwork);
  return status;
}

clino_status clino_hessian_dense(clino_point *point, const clino_spectrum_options *options, double *hessian,
                                 double *error_norm, clino_error *error) {
  clino_spectrum_options o = options ? *options : clino_spectrum_options_default();
  if (!point || !hessian)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_hessian_dense: %s is NULL", point ? "hessian" : "point");
  size_t n = clino_point_get_info(point).entries;
  if (n > 4096) return clino__fail(error, CLINO_ERR_RANGE, "clino_hessian_dense: %zu entries are more than 4096", n);
  clino_status status = clino__spectrum_options_check(&o, n, error);
  if (status) return status;
  clino__operator op;
  double off = NAN;
  status = clino__operator_open(&op, point, &o, error);
  if (!status && op.finite) status = clino__dense_hessian(&op, hessian, &off);
  for (size_t i = 0; i < n * n && !status && !op.finite; i++) hessian[i] = NAN;
  if (!status && error_norm) *error_norm = op.finite ? off : NAN;
  clino__operator_close(&op);
  return status;
}
