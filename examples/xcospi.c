/* Why gradients are checked: a walk down f(x) = x cos(pi x) that was published with the derivative
 *   cos(pi x) - x sin(pi x)        instead of        cos(pi x) - pi x sin(pi x)
 * and a learning rate tuned until it ended at the minimum near x = 1. Nobody noticed; gradcheck() does at once. It also
 * shows what a check at one point is worth: where sin(pi x) = 0, the wrong formula is right. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "clino/gradcheck.h"

static const double pi = 3.14159265358979323846;

/* ctx points to the factor of the second term: 1 as published, pi as it should be. */
static int x_cos_pi_x(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const double *factor = ctx;
  (void)n;
  *f = *x * cos(pi * *x);
  if (grad) *grad = cos(pi * *x) - *factor * *x * sin(pi * *x);
  return 0;
}

/* Checks at x and as many points near it, prints what came out, and says whether it is as expected. */
static bool check(double factor, double x, size_t points, bool expected) {
  clino_gradcheck_options options = clino_gradcheck_options_default();
  clino_gradcheck_result result;
  clino_error error;
  options.points = points;
  if (gradcheck(x_cos_pi_x, &factor, 1, &x, &options, &result, &error) != CLINO_OK) {
    fprintf(stderr, "xcospi: %s\n", error.message);
    return false;
  }
  const clino_gradcheck_entry *worst = &result.worst;
  printf("  at x = %-9.6g %-4s  analytic %-9.6g numeric %-9.6g relative error %.1e, %s\n", worst->value,
         clino_verdict_name(result.verdict), worst->analytic, worst->numeric, worst->relative_error,
         clino_band_name(worst->band));
  return clino_gradcheck_accepted(&result) == expected;
}

static void walk(double x, double rate) {
  for (int step = 0; step <= 21; step++) {
    double factor = 1, f, slope;
    x_cos_pi_x(1, &x, &f, &slope, &factor);
    if (step < 2 || step > 17) printf("  step %2d  x = %9.6f  f = %9.6f\n", step, x, f);
    if (step == 2) printf("  ...\n");
    x -= rate * slope;
  }
}

int main(void) {
  printf("f(x) = x cos(pi x), with the derivative cos(pi x) - x sin(pi x)\n\n");
  printf("The walk from -1 with learning rate 1.000542, as published: at the minimum in 20 steps ...\n");
  walk(-1, 1.000542);
  printf("... or so it seems: it only passes near x = 1. The gradient is wrong:\n");
  bool good = check(1, 0.5, 0, false);
  printf("At -1, where the walk starts, sin(pi x) = 0 hides the missing factor. A pass at one point proves nothing:\n");
  good &= check(1, -1, 0, true);
  printf("options.points = 5 looks at five more points near -1, and finds it:\n");
  good &= check(1, -1, 5, false);
  printf("With the factor pi in the second term, at 0.5 and five points near it:\n");
  good &= check(pi, 0.5, 5, true);
  return good ? 0 : 1;
}
