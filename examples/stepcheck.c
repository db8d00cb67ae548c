/* A hand-written Adam held against the published one, right and with a mistake.
 *
 *   build/examples/stepcheck                     the right one
 *   build/examples/stepcheck --bug correction    without bias correction
 *   build/examples/stepcheck --bug epsilon       with epsilon inside of the root: a variant
 *   build/examples/stepcheck --bug decay         with weight decay through the gradient instead of beside it
 *
 * The exit status is 0 where the check accepts it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/stepcheck.h"

#define PARAMETERS 48

typedef struct adam {
  const char *bug;
  double m[PARAMETERS], v[PARAMETERS];
} adam;

static int forget(const clino_step_call *call, void *ctx) {
  (void)call;
  adam *a = ctx;
  memset(a->m, 0, sizeof a->m);
  memset(a->v, 0, sizeof a->v);
  return 0;
}

/* One tensor; m and v are those of its entries. */
static void update(const adam *a, const clino_step_call *call, const clino_tensor *t, size_t n, double *m, double *v) {
  const clino_optimizer_options *o = call->options;
  double *w = t->value, decay = t->n_dims > 1 ? o->weight_decay : 0;
  double c1 = 1 - pow(o->beta1, (double)call->t), c2 = 1 - pow(o->beta2, (double)call->t);
  if (!strcmp(a->bug, "correction")) c1 = c2 = 1;
  for (size_t i = 0; i < n; i++) {
    double g = ((const double *)t->grad)[i];
    if (!strcmp(a->bug, "decay")) g += decay * w[i];
    else w[i] -= o->rate * decay * w[i];
    m[i] = o->beta1 * m[i] + (1 - o->beta1) * g;
    v[i] = o->beta2 * v[i] + (1 - o->beta2) * g * g;
    double root = !strcmp(a->bug, "epsilon") ? sqrt(v[i] / c2 + o->epsilon) : sqrt(v[i] / c2) + o->epsilon;
    w[i] -= o->rate * (m[i] / c1) / root;
  }
}

static int step(const clino_step_call *call, void *ctx) {
  adam *a = ctx;
  size_t at = 0;
  for (size_t k = 0; k < call->n_tensors; k++) {
    const clino_tensor *t = &call->tensors[k];
    size_t n = t->n_dims == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    update(a, call, t, n, a->m + at, a->v + at);
    at += n;
  }
  return 0;
}

int main(int argc, char **argv) {
  static adam mine;
  mine.bug = argc == 3 && !strcmp(argv[1], "--bug") ? argv[2] : "";
  const clino_stepper stepper = {forget, step, NULL, &mine};
  const clino_optimizer_options formula = clino_optimizer_options_default("adamw");
  clino_stepcheck_result result;
  clino_error error;
  if (clino_stepcheck(&stepper, &formula, NULL, &result, &error)) {
    fprintf(stderr, "stepcheck: %s\n", error.message);
    return 2;
  }
  char text[1000];
  clino_stepcheck_describe(&result, text, sizeof text);
  puts(text);
  return clino_stepcheck_accepted(&result) ? 0 : 1;
}
