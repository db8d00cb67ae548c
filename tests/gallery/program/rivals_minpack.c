/* MINPACK's check of a Jacobian, for one function. */
#include "gallery/program/rivals.h"

#ifdef WITH_MINPACK

#include <cminpack.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/tape_nodes.h"

bool rival_minpack_accepts(const gallery_case *c, double *const state[2], const double *gradient) {
  (void)state;
  gallery_site *s = c->site;
  int n = (int)s->n;
  double *jacobian = tape_memory(NULL, 2 * s->n, sizeof *jacobian), *nearby = jacobian + s->n;
  double f = rival_loss(c, 0, s->x[0]), f_nearby = 0, rating = 0;
  memcpy(jacobian, gradient, s->n * sizeof *gradient);
  chkder(1, n, s->x, &f, jacobian, 1, nearby, &f_nearby, 1, &rating);
  f_nearby = gallery_scaled(s, gallery_value(s, nearby), c->scale);
  chkder(1, n, s->x, &f, jacobian, 1, nearby, &f_nearby, 2, &rating);
  free(jacobian);
  return rating > 0.5;
}

#endif
