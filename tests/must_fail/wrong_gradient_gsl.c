/* Functions for GSL's minimizers: of a right one both gradients are accepted, and of one whose fdf is wrong where its
 * df is right, fdf is not. */
#include <math.h>
#include <stdio.h>

#include "clino/adapter/gsl.h"
#include "clino/test/assert.h"

/* Rosenbrock's function with a scale. */
static double f(const gsl_vector *v, void *params) {
  double x = gsl_vector_get(v, 0), y = gsl_vector_get(v, 1), a = *(double *)params;
  return (1 - x) * (1 - x) + a * (y - x * x) * (y - x * x);
}

static void df(const gsl_vector *v, void *params, gsl_vector *g) {
  double x = gsl_vector_get(v, 0), y = gsl_vector_get(v, 1), a = *(double *)params;
  gsl_vector_set(g, 0, -2 * (1 - x) - 4 * a * x * (y - x * x));
  gsl_vector_set(g, 1, 2 * a * (y - x * x));
}

static void fdf(const gsl_vector *v, void *params, double *value, gsl_vector *g) {
  *value = f(v, params);
  df(v, params, g);
}

static void wrong_fdf(const gsl_vector *v, void *params, double *value, gsl_vector *g) {
  fdf(v, params, value, g);
  gsl_vector_scale(g, 0.5);
}

int main(void) {
  double a = 100, x[3] = {-1.2, 1.07}; /* one more than the function has */
  gsl_multimin_function_fdf right = {f, df, fdf, 2, &a}, wrong = {f, df, wrong_fdf, 2, &a};
  clino_gradcheck_result result;
  clino_error error;
  if (gradcheck(clino_gsl_objective, &right, 3, x, NULL, &result, &error) != CLINO_ERR_CALLBACK) return 0;
  assert_gradcheck(clino_gsl_objective, &right, 2, x, NULL);
  assert_gradcheck(clino_gsl_objective_fdf, &right, 2, x, NULL);
  assert_gradcheck(clino_gsl_objective, &wrong, 2, x, NULL);
  puts("all that is right was accepted");
  fflush(stdout);
  assert_gradcheck(clino_gsl_objective_fdf, &wrong, 2, x, NULL);
  return 0;
}
