/* Heavy-ball momentum, the rate inside or outside of the velocity, either sign, with and without dampening. */
#include "train/velocity.h"

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  clino__velocity v = clino__velocity_of(o, at->t);
  u->c[0] = v.keep;
  u->c[1] = v.gain;
  u->c[2] = v.apply;
}

CLINO__KERNELS(step,
               const real keep = (real)u->c[0]; const real gain = (real)u->c[1]; const real apply = (real)u->c[2],
               a[i] = keep * a[i] + gain * d; p[i] += apply * a[i])

const clino__rule clino__rule_momentum = {
    .info = {.name = "momentum",
             .formula = "v = mu v + (1 - tau) g;  p -= eta v",
             .source = "B. T. Polyak, USSR Comp. Math. 4 (1964), eq. 9; I. Sutskever and others, ICML 2013, eq. 1, 2",
             .slots = {"velocity"}},
    .n_slots = 1,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
