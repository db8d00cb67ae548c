/* How often a centered difference crosses a kink: the share of the entries of a small relu net (64 -> 8 -> 10 on the
 * digits) at which a relu of some data point is on at one and off at another of x - h, x and x + h, averaged over nets
 * with seeded parameters. Nothing is timed; the table is the same in every run. */
#include <stdlib.h>

#include "figure.h"
#include "net/dense.h"
#include "net/digits.h"

enum { HIDDEN = 8, MOST_POINTS = 1000, N_STEPS = 4, NETS = 20 };

static const size_t point_counts[] = {3, 20, 200, MOST_POINTS};
static const double steps[N_STEPS] = {1e-2, 1e-3, 1e-4, 1e-5};

typedef struct crossings {
  digits data;
  dense layer;
  real W[DIGITS_PIXELS * HIDDEN], b[HIDDEN];
  real z[MOST_POINTS * HIDDEN];
} crossings;

static void new_parameters(crossings *c, uint64_t seed) {
  rng g = {seed};
  c->layer = (dense){.n_in = DIGITS_PIXELS, .n_out = HIDDEN, .W = c->W, .b = c->b};
  rng_fill(&g, 0.3, DIGITS_PIXELS * HIDDEN, c->W); /* sqrt(6 / 64): K. He et al., 2015 */
  rng_fill(&g, 0.1, HIDDEN, c->b);
}

/* Whether displacing a parameter of a unit by h flips its relu at some data point. z is linear in the parameter, with
 * the data point's pixel as its slope, or 1 for the bias (pixel is NULL). */
static bool crosses(const crossings *c, size_t points, size_t unit, const real *pixel, double h) {
  for (size_t s = 0; s < points; s++) {
    double z = (double)c->z[s * HIDDEN + unit], d = h * (pixel ? (double)pixel[s * DIGITS_PIXELS] : 1);
    if ((z + d > 0) != (z > 0) || (z - d > 0) != (z > 0)) return true;
  }
  return false;
}

/* The second layer, HIDDEN x 10 weights and 10 biases, lies behind the relus: its entries cross none. */
static double share(crossings *c, size_t points, double h) {
  size_t crossed = 0, entries = (DIGITS_PIXELS + 1) * HIDDEN + (HIDDEN + 1) * DIGITS_CLASSES;
  for (uint64_t seed = 1; seed <= NETS; seed++) {
    new_parameters(c, seed);
    dense_forward(&c->layer, points, c->data.pixels, c->z);
    for (size_t unit = 0; unit < HIDDEN; unit++) {
      for (size_t i = 0; i < DIGITS_PIXELS; i++) crossed += crosses(c, points, unit, c->data.pixels + i, h);
      crossed += crosses(c, points, unit, NULL, h);
    }
  }
  return (double)crossed / (double)(entries * NETS);
}

int main(void) {
  crossings *c = calloc(1, sizeof *c);
  bench_require(c != NULL, "out of memory");
  bench_require(digits_read("examples/data/digits.csv", &c->data) == 0, "examples/data/digits.csv could not be read");
  bench_require(c->data.n >= MOST_POINTS, "too few digits");
  printf("entries of a small relu net that cross a kink, by data points and step\n");
  printf("%8s", "points");
  for (size_t k = 0; k < N_STEPS; k++) printf("  %7.0e", steps[k]);
  for (size_t i = 0; i < sizeof point_counts / sizeof point_counts[0]; i++) {
    printf("\n%8zu", point_counts[i]);
    for (size_t k = 0; k < N_STEPS; k++) printf("  %6.1f%%", 100 * share(c, point_counts[i], steps[k]));
  }
  printf("\n");
  digits_free(&c->data);
  free(c);
  return EXIT_SUCCESS;
}
