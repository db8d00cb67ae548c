/* The Taylor test, a Hessian-vector product against differences, and the symmetry of a field.
 *
 *   second_order                 a right gradient and a right product
 *   second_order --bug gradient  an entry of the gradient is off by 3%
 *   second_order --bug product   the product forgets a term
 *   second_order --bug field     the gradient's two halves stand in each other's place
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/hessian.h"
#include "clino/taylor.h"

#define N 6

/* Rosenbrock's function in six dimensions. ctx: the name of the bug. */
static int rosenbrock(size_t n, const double *x, double *f, double *grad, void *ctx) {
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (size_t i = 0; i + 1 < n; i++) {
    double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    *f += 100 * a * a + b * b;
    if (!grad) continue;
    grad[i] += -400 * a * x[i] - 2 * b;
    grad[i + 1] += 200 * a;
  }
  if (grad && strcmp(ctx, "gradient") == 0) grad[2] *= 1.03;
  for (size_t i = 0; grad && strcmp(ctx, "field") == 0 && i < n / 2; i++) {
    double g = grad[i];
    grad[i] = grad[i + n / 2];
    grad[i + n / 2] = g;
  }
  return 0;
}

static int rosenbrock_product(size_t n, const double *x, const double *v, double *hv, void *ctx) {
  memset(hv, 0, n * sizeof *hv);
  for (size_t i = 0; i + 1 < n; i++) {
    double a = x[i + 1] - x[i] * x[i], da = strcmp(ctx, "product") == 0 ? v[i + 1] : v[i + 1] - 2 * x[i] * v[i];
    hv[i] += -400 * (da * x[i] + a * v[i]) + 2 * v[i];
    hv[i + 1] += 200 * da;
  }
  return 0;
}

int main(int argc, char **argv) {
  char bug[16] = "";
  if (argc == 3 && strcmp(argv[1], "--bug") == 0) snprintf(bug, sizeof bug, "%s", argv[2]);
  const double x[N] = {-1.2, 1.1, 0.7, -0.4, 0.9, 1.6};
  char text[4096];
  clino_error error = {.message = ""};
  clino_taylor_options o = clino_taylor_options_default();
  o.hessian = rosenbrock_product;
  clino_taylor_result taylor;
  clino_hvp_result product;
  clino_symmetry_result symmetry;
  if (clino_taylor_test(rosenbrock, bug, N, x, &o, &taylor, &error) != CLINO_OK ||
      clino_hvp_check(rosenbrock, rosenbrock_product, bug, N, x, NULL, &product, &error) != CLINO_OK ||
      clino_symmetry_test(rosenbrock, bug, N, x, NULL, &symmetry, &error) != CLINO_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 2;
  }
  clino_taylor_report(&taylor, text, sizeof text);
  fputs(text, stdout);
  clino_hvp_describe(&product, text, sizeof text);
  puts(text);
  clino_symmetry_describe(&symmetry, text, sizeof text);
  puts(text);
  return clino_taylor_accepted(&taylor) && clino_hvp_accepted(&product) && clino_symmetry_accepted(&symmetry) ? 0 : 1;
}
