#include "net/sgd.h"

#include <stdlib.h>

int sgd_init(sgd *s, real rate, real momentum, size_t n) {
  *s = (sgd){rate, momentum, n, calloc(n, sizeof *s->velocity)};
  return s->velocity ? 0 : -1;
}

void sgd_free(sgd *s) {
  free(s->velocity);
  s->velocity = NULL;
}

void sgd_step(const sgd *s, real *w, const real *dw) {
  for (size_t i = 0; i < s->n; i++) {
    s->velocity[i] = s->momentum * s->velocity[i] - s->rate * dw[i];
    w[i] += s->velocity[i];
  }
}
