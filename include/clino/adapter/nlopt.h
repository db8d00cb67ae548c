/* clino/adapter/nlopt.h - is the gradient of a function written for NLopt right? Header-only; NLopt is not needed.
 *
 *   clino_nlopt f = {myfunc, &mydata};
 *   status = gradcheck(clino_nlopt_objective, &f, n, x, NULL, &result, &error);
 *
 * In an assertion of a test framework clino_nlopt_objective stands for an objective as well. Of m constraints in one
 * function, whose gradients stand in the rows of grad, random combinations are checked:
 *
 *   clino_nlopt_constraints c = {myconstraints, &mydata, m};
 *   status = clino_nlopt_gradcheck_constraints(&c, n, x, NULL, &result, &error);
 *
 * Hooks in options.context get the struct, not mydata. Bounds of the problem go into options.lower and upper. */
#ifndef CLINO_ADAPTER_NLOPT_H
#define CLINO_ADAPTER_NLOPT_H

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clino/layer.h"

#ifdef __cplusplus
#define CLINO_NLOPT_CAST_(type, x) static_cast<type>(x)
#else
#define CLINO_NLOPT_CAST_(type, x) ((type)(x))
#endif

/* f as nlopt_func: returns f(x), and writes grad unless it is NULL. */
typedef struct clino_nlopt {
  double (*f)(unsigned n, const double *x, double *grad, void *data);
  void *data;
} clino_nlopt;

/* A clino_objective whose ctx is a clino_nlopt. Returns 1 where n is too large for NLopt, else 0. */
static inline int clino_nlopt_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const clino_nlopt *o = CLINO_NLOPT_CAST_(const clino_nlopt *, ctx);
  if (n > UINT_MAX) return 1;
  *f = o->f(CLINO_NLOPT_CAST_(unsigned, n), x, grad, o->data);
  return 0;
}

/* f as nlopt_mfunc: writes result[0] to result[m - 1], and grad[i n + j], the derivative of result i by x j, unless
 * grad is NULL. */
typedef struct clino_nlopt_constraints {
  void (*f)(unsigned m, double *result, unsigned n, const double *x, double *grad, void *data);
  void *data;
  unsigned m;
} clino_nlopt_constraints;

/* ---- behind the check of constraints: a layer with input x and output "constraints" ---- */

typedef struct clino_nlopt_run_ {
  const clino_nlopt_constraints *c;
  unsigned n;
  double *x, *grad, *jacobian;
} clino_nlopt_run_;

static inline int clino_nlopt_forward_(const clino_layer_io *io, void *ctx) {
  const clino_nlopt_run_ *r = CLINO_NLOPT_CAST_(const clino_nlopt_run_ *, ctx);
  r->c->f(r->c->m, CLINO_NLOPT_CAST_(double *, io->outputs[0].value), r->n, r->x, NULL, r->c->data);
  return 0;
}

static inline int clino_nlopt_backward_(const clino_layer_io *io, void *ctx) {
  const clino_nlopt_run_ *r = CLINO_NLOPT_CAST_(const clino_nlopt_run_ *, ctx);
  const double *c = CLINO_NLOPT_CAST_(const double *, io->outputs[0].grad);
  r->c->f(r->c->m, CLINO_NLOPT_CAST_(double *, io->outputs[0].value), r->n, r->x, r->jacobian, r->c->data);
  memset(r->grad, 0, r->n * sizeof *r->grad);
  for (size_t i = 0; i < r->c->m; i++)
    for (size_t j = 0; j < r->n; j++) r->grad[j] += c[i] * r->jacobian[i * r->n + j];
  return 0;
}

static inline clino_status clino_nlopt_run_check_(clino_nlopt_run_ *run, const clino_gradcheck_options *options,
                                                  clino_gradcheck_result *result, clino_error *error) {
  clino_tensor x = CLINO_TENSOR_F64("x", run->x, run->grad, run->n);
  clino_tensor y = CLINO_TENSOR_F64("constraints", NULL, NULL, run->c->m);
  clino_layer layer;
  memset(&layer, 0, sizeof layer);
  layer.name = "constraints";
  layer.io.n_inputs = layer.io.n_outputs = 1;
  layer.io.inputs = &x;
  layer.io.outputs = &y;
  layer.forward = clino_nlopt_forward_;
  layer.backward = clino_nlopt_backward_;
  layer.ctx = run;
  return gradcheck_layer(&layer, options, result, error);
}

/* Checks the Jacobian of m constraints at x, as gradcheck_layer() checks a layer: each of two random combinations of
 * the constraints with all entries of x. x is copied. Errors: as gradcheck_layer(). Memory: n (m + 2) numbers more. */
static inline clino_status clino_nlopt_gradcheck_constraints(const clino_nlopt_constraints *constraints, unsigned n,
                                                             const double *x, const clino_gradcheck_options *options,
                                                             clino_gradcheck_result *result, clino_error *error) {
  clino_nlopt_run_ run;
  size_t rows = CLINO_NLOPT_CAST_(size_t, constraints->m) + 2, columns = n ? n : 1;
  memset(result, 0, sizeof *result);
  run.c = constraints;
  run.n = n;
  run.x = rows <= SIZE_MAX / sizeof(double) / columns
              ? CLINO_NLOPT_CAST_(double *, calloc(rows * columns, sizeof(double)))
              : NULL;
  if (!run.x) {
    if (error) memset(error, 0, sizeof *error);
    if (error) error->code = CLINO_ERR_MEMORY;
    if (error) memcpy(error->message, "out of memory", sizeof "out of memory");
    return CLINO_ERR_MEMORY;
  }
  run.grad = run.x + columns;
  run.jacobian = run.grad + columns;
  if (n) memcpy(run.x, x, n * sizeof *x);
  clino_status status = clino_nlopt_run_check_(&run, options, result, error);
  free(run.x);
  return status;
}

#endif
