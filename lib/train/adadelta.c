/* AdaDelta, with epsilon inside of the roots as published, or outside. */
#include "train/scaled.h"

static void defaults(clino_optimizer_options *o) {
  o->rate = 1;
  o->beta2 = 0.95;
  o->epsilon = 1e-6;
  o->epsilon_place = CLINO_EPSILON_INSIDE;
}

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  (void)at;
  u->c[0] = o->beta2;
  u->c[1] = 1 - o->beta2;
  u->c[2] = o->rate;
  u->c[3] = clino__epsilon_inside(o);
  u->c[4] = clino__epsilon_outside(o);
}

CLINO__KERNELS(step,
               const real keep = (real)u->c[0]; const real gain = (real)u->c[1]; const real rate = (real)u->c[2];
               const real inside = (real)u->c[3]; const real outside = (real)u->c[4],
               a[i] = keep * a[i] + gain * (d * d);
               const real rms = CLINO__SQRT(a[i] + inside) + outside;
               const real step = (CLINO__SQRT(b[i] + inside) + outside) / rms * d;
               b[i] = keep * b[i] + gain * (step * step); p[i] -= rate * step)

const clino__rule clino__rule_adadelta = {
    .info = {.name = "adadelta",
             .formula = "E = rho E + (1 - rho) g^2;  d = sqrt(D + e)/sqrt(E + e) g;  D = rho D + (1 - rho) d^2;  "
                        "p -= eta d",
             .source = "M. D. Zeiler, arXiv:1212.5701 (2012), algorithm 1",
             .slots = {"mean of squared gradients", "mean of squared steps"}},
    .n_slots = 2,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
