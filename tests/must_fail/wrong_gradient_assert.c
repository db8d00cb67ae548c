/* A wrong gradient under plain assert: the program must abort after naming the worst entry. */
#include <math.h>

#include "clino/test/assert.h"

/* The factor pi of the second term is missing. */
static int tutorial(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  const double pi = 3.14159265358979323846;
  *f = x[0] * cos(pi * x[0]);
  if (grad) grad[0] = cos(pi * x[0]) - x[0] * sin(pi * x[0]);
  return 0;
}

int main(void) {
  double x = 0.5;
  assert_gradcheck(tutorial, NULL, 1, &x, NULL);
  return 0;
}
