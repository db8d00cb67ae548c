#include <clino/curvature.h>

/* x^2 - 3 y^2 */
static int f(size_t n, const double *x, double *value, double *grad, void *ctx) {
  (void)ctx;
  (void)n;
  *value = x[0] * x[0] - 3 * x[1] * x[1];
  if (grad) grad[0] = 2 * x[0], grad[1] = -6 * x[1];
  return 0;
}

int main(void) {
  const double x[2] = {0.75, 0.5};
  clino_point *point = NULL;
  clino_spectrum_result r;
  if (clino_point_new(f, NULL, 2, x, NULL, &point, NULL) || clino_spectrum(point, NULL, &r, NULL)) return 1;
  clino_point_free(point);
  return r.lowest[0].value < -5.9 && r.highest[0].value < 2.1 && r.converged ? 0 : 1;
}
