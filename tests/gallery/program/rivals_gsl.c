/* GSL's derivative with its error estimate. GSL is GPL: this file is for the gallery's program alone. */
#include "gallery/program/rivals.h"

#ifdef WITH_GSL

#include <gsl/gsl_deriv.h>
#include <math.h>

typedef struct along {
  const gallery_case *c;
  size_t entry;
} along;

static double loss_along(double coordinate, void *params) {
  const along *a = params;
  return rival_loss(a->c, a->entry, coordinate);
}

void rival_gsl_prepare(const gallery_case *c, double *state[2]) {
  for (size_t i = 0; i < c->site->n; i++) {
    along a = {c, i};
    gsl_function f = {loss_along, &a};
    gsl_deriv_central(&f, c->site->x[i], 1e-5, state[0] + i, state[1] + i);
  }
}

bool rival_gsl_accepts(const gallery_case *c, double *const state[2], const double *gradient) {
  for (size_t i = 0; i < c->site->n; i++) {
    double off = fabs(gradient[i] - state[0][i]), size = fmax(fabs(gradient[i]), fabs(state[0][i]));
    if (!(off <= state[1][i] + 1e-5 * size)) return false;
  }
  return true;
}

#endif
