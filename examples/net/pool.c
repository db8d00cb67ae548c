#include "net/pool.h"

#include <string.h>

/* Of four places in x: the one of the largest value; *margin is its lead over the second largest. */
static size_t best_of(const real *x, const size_t at[4], double *margin) {
  size_t best = at[0], second = at[1];
  if (x[second] > x[best]) best = at[1], second = at[0];
  for (size_t k = 2; k < 4; k++) {
    if (x[at[k]] > x[best]) second = best, best = at[k];
    else if (x[at[k]] > x[second]) second = at[k];
  }
  *margin = (double)x[best] - (double)x[second];
  return best;
}

void maxpool_forward(const maxpool *l, clino_trace *trace, const char *site, size_t n, const real *x, real *y) {
  size_t out = 0;
  for (size_t plane = 0; plane < n * l->channels; plane++)
    for (size_t r = 0; r < l->height; r += 2)
      for (size_t c = 0; c < l->width; c += 2, out++) {
        size_t corner = (plane * l->height + r) * l->width + c;
        size_t window[4] = {corner, corner + 1, corner + l->width, corner + l->width + 1};
        double margin;
        size_t winner = best_of(x, window, &margin);
        l->winner[out] = clino_winner(trace, site, out, winner, margin);
        y[out] = x[winner];
      }
}

void maxpool_backward(const maxpool *l, size_t n, const real *dy, real *dx) {
  size_t n_in = n * l->channels * l->height * l->width;
  memset(dx, 0, n_in * sizeof *dx);
  for (size_t out = 0; out < n_in / 4; out++) dx[l->winner[out]] += dy[out];
}
