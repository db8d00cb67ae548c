/* Adam. Both corrections are taken out of the loop: with r = 1/sqrt(1 - b2^t), sqrt(v/(1 - b2^t)) = r sqrt(v). */
#include "train/adam.h"

#include "train/scaled.h"

static void defaults(clino_optimizer_options *o) { o->rate = 1e-3; }

/* An epsilon inside: sqrt(v r^2 + e) = r sqrt(v + e/r^2). */
void clino__adam_prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  double correction1 = o->bias_correction ? 1 - at->product1 : 1;
  double correction2 = o->bias_correction ? 1 - at->product2 : 1;
  u->c[0] = o->beta1;
  u->c[1] = 1 - o->beta1;
  u->c[2] = o->beta2;
  u->c[3] = 1 - o->beta2;
  u->c[4] = o->rate / correction1;
  u->c[5] = 1 / sqrt(correction2);
  u->c[6] = clino__epsilon_inside(o) * correction2;
  u->c[7] = clino__epsilon_outside(o);
}

CLINO__KERNELS(step,
               const real b1 = (real)u->c[0]; const real gain1 = (real)u->c[1]; const real b2 = (real)u->c[2];
               const real gain2 = (real)u->c[3]; const real rate = (real)u->c[4]; const real unbias = (real)u->c[5];
               const real inside = (real)u->c[6]; const real outside = (real)u->c[7],
               a[i] = b1 * a[i] + gain1 * d; b[i] = b2 * b[i] + gain2 * (d * d);
               p[i] -= rate * a[i] / (unbias * CLINO__SQRT(b[i] + inside) + outside))

void clino__adam_f32(const clino__update *u, size_t n, float *p, const float *g, float *m, float *v) {
  step_f32(u, n, p, g, m, v);
}

void clino__adam_f64(const clino__update *u, size_t n, double *p, const double *g, double *m, double *v) {
  step_f64(u, n, p, g, m, v);
}

const clino__rule clino__rule_adam = {
    .info = {.name = "adam",
             .formula =
                 "m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  p -= eta m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + e)",
             .source = "D. P. Kingma and J. Ba, ICLR 2015, algorithm 1",
             .slots = {"first moment", "second moment"}},
    .n_slots = 2,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = clino__adam_prepare,
    .f32 = step_f32,
    .f64 = step_f64};
