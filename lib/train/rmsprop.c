/* RMSProp: an exponentially weighted mean of squares. */
#include "train/scaled.h"

static void defaults(clino_optimizer_options *o) {
  o->rate = 1e-3;
  o->beta2 = 0.9;
}

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  (void)at;
  u->c[0] = o->beta2;
  u->c[1] = 1 - o->beta2;
  u->c[2] = o->rate;
  u->c[3] = clino__epsilon_inside(o);
  u->c[4] = clino__epsilon_outside(o);
}

CLINO__SCALED_KERNELS(step)

const clino__rule clino__rule_rmsprop = {
    .info = {.name = "rmsprop",
             .formula = "v = b v + (1 - b) g^2;  p -= eta g / (sqrt(v) + e)",
             .source = "T. Tieleman and G. Hinton, Coursera: Neural Networks for Machine Learning, lecture 6e (2012)",
             .slots = {"mean of squares"}},
    .n_slots = 1,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
