/* How often a centered difference crosses a kink: the share of the entries of a small relu net (64 -> 8 -> 10 on the
 * digits, seeded parameters) at which a relu of some data point is on for one and off for another of x - h, x and x + h.
 * Nothing is timed; the table is the same in every run. */
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "net/dense.h"
#include "net/digits.h"

enum { HIDDEN = 8, MOST_POINTS = 1000, N_STEPS = 4 };

static const size_t point_counts[] = {3, 20, 200, MOST_POINTS};
static const double steps[N_STEPS] = {1e-2, 1e-3, 1e-4, 1e-5};

typedef struct crossings {
  digits data;
  real W[DIGITS_PIXELS * HIDDEN], b[HIDDEN];
  real at_x[MOST_POINTS * HIDDEN], displaced[MOST_POINTS * HIDDEN];
} crossings;

static void hidden_layer(const crossings *c, size_t points, real *z) {
  dense l = {.n_in = DIGITS_PIXELS, .n_out = HIDDEN, .W = (real *)c->W, .b = (real *)c->b};
  dense_forward(&l, points, c->data.pixels, z);
}

/* Whether a relu flips when a parameter of the hidden layer is displaced. */
static bool flips(crossings *c, size_t points, real *parameter, real h) {
  real saved = *parameter;
  *parameter += h;
  hidden_layer(c, points, c->displaced);
  *parameter = saved;
  for (size_t i = 0; i < points * HIDDEN; i++)
    if ((c->displaced[i] > 0) != (c->at_x[i] > 0)) return true;
  return false;
}

/* The second layer, HIDDEN x 10 weights and 10 biases, lies behind the relus: its entries cross none. */
static double share(crossings *c, size_t points, double h) {
  size_t crossed = 0, entries = sizeof c->W / sizeof *c->W + HIDDEN + (HIDDEN + 1) * DIGITS_CLASSES;
  hidden_layer(c, points, c->at_x);
  for (size_t i = 0; i < sizeof c->W / sizeof *c->W; i++)
    crossed += flips(c, points, &c->W[i], (real)h) || flips(c, points, &c->W[i], (real)-h);
  for (size_t i = 0; i < HIDDEN; i++)
    crossed += flips(c, points, &c->b[i], (real)h) || flips(c, points, &c->b[i], (real)-h);
  return (double)crossed / (double)entries;
}

int main(void) {
  crossings *c = calloc(1, sizeof *c);
  bench_require(c != NULL, "out of memory");
  bench_require(digits_read("examples/data/digits.csv", &c->data) == 0, "examples/data/digits.csv could not be read");
  rng g = {1};
  rng_fill(&g, 0.3, sizeof c->W / sizeof *c->W, c->W); /* sqrt(6 / 64), K. He et al., 2015 */
  rng_fill(&g, 0.1, HIDDEN, c->b);
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
