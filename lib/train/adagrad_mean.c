/* The root mean square of all past gradients, with a rate that does not fall: what is left of AdaGrad's second form
 * without its 1/sqrt(t). Steps do not shrink, and after a quiet stretch they burst. */
#include "train/scaled.h"

static void defaults(clino_optimizer_options *o) { o->epsilon = 1e-10; }

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  clino__mean_coefficients(at->t, u);
  u->c[2] = o->rate;
  u->c[3] = clino__epsilon_inside(o);
  u->c[4] = clino__epsilon_outside(o);
}

CLINO__SCALED_KERNELS(step)

const clino__rule clino__rule_adagrad_mean = {
    .info = {.name = "adagrad-mean",
             .formula = "M += (g^2 - M)/t;  p -= eta g / (sqrt(M) + e)",
             .source = "no paper: AdaGrad (J. Duchi, E. Hazan and Y. Singer, JMLR 12, 2011) with the mean for the sum",
             .slots = {"mean of squares"}},
    .n_slots = 1,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
