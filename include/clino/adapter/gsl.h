/* clino/adapter/gsl.h - is the gradient of a function written for GSL's minimizers right? Header-only; link GSL.
 *
 *   gsl_multimin_function_fdf my = {f, df, fdf, n, params};
 *   status = gradcheck(clino_gsl_objective, &my, n, x, NULL, &result, &error);
 *   status = gradcheck(clino_gsl_objective_fdf, &my, n, x, NULL, &result, &error);
 *
 * The first checks df against f, the second the gradient and the value that fdf computes: a minimizer calls both. In an
 * assertion of a test framework they stand for an objective as well. Hooks in options.context get the struct, not
 * params. x is a plain array (of a gsl_vector with stride 1: v->data). */
#ifndef CLINO_ADAPTER_GSL_H
#define CLINO_ADAPTER_GSL_H

#include <gsl/gsl_multimin.h>

#include "clino/gradcheck.h"

#ifdef __cplusplus
#define CLINO_GSL_(ctx) static_cast<const gsl_multimin_function_fdf *>(ctx)
#else
#define CLINO_GSL_(ctx) ((const gsl_multimin_function_fdf *)(ctx))
#endif

/* A clino_objective whose ctx is a gsl_multimin_function_fdf: f, and df where a gradient is wanted. Returns 1 where n
 * is not the struct's, else 0. */
static inline int clino_gsl_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const gsl_multimin_function_fdf *g = CLINO_GSL_(ctx);
  if (n != g->n) return 1;
  gsl_vector_const_view at = gsl_vector_const_view_array(x, n);
  *f = g->f(&at.vector, g->params);
  if (!grad) return 0;
  gsl_vector_view to = gsl_vector_view_array(grad, n);
  g->df(&at.vector, g->params, &to.vector);
  return 0;
}

/* The same by fdf where a gradient is wanted. */
static inline int clino_gsl_objective_fdf(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const gsl_multimin_function_fdf *g = CLINO_GSL_(ctx);
  if (!grad) return clino_gsl_objective(n, x, f, grad, ctx);
  if (n != g->n) return 1;
  gsl_vector_const_view at = gsl_vector_const_view_array(x, n);
  gsl_vector_view to = gsl_vector_view_array(grad, n);
  g->fdf(&at.vector, g->params, f, &to.vector);
  return 0;
}

#endif
