/* An optimizer that forgets its bias correction, under plain assert: the program must abort after naming it. */
#include <math.h>
#include <string.h>

#include "clino/test/assert.h"

static double m[48], v[48];

static int forget(const clino_step_call *c, void *ctx) {
  (void)c, (void)ctx;
  memset(m, 0, sizeof m);
  memset(v, 0, sizeof v);
  return 0;
}

static int step(const clino_step_call *c, void *ctx) {
  (void)ctx;
  const clino_optimizer_options *o = c->options;
  size_t at = 0;
  for (size_t k = 0; k < c->n_tensors; k++) {
    const clino_tensor *t = &c->tensors[k];
    size_t n = t->n_dims == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    for (size_t i = 0; i < n; i++, at++) {
      double g = ((double *)t->grad)[i];
      m[at] = o->beta1 * m[at] + (1 - o->beta1) * g;
      v[at] = o->beta2 * v[at] + (1 - o->beta2) * g * g;
      ((double *)t->value)[i] -= o->rate * m[at] / (sqrt(v[at]) + o->epsilon);
    }
  }
  return 0;
}

int main(void) {
  const clino_stepper mine = {forget, step, NULL, NULL};
  const clino_optimizer_options formula = clino_optimizer_options_default("adam");
  assert_stepcheck(&mine, &formula, NULL);
  return 0;
}
