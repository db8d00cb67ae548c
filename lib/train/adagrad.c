/* AdaGrad, by the sum of squares or by their mean M = G/t. In the second form rate and epsilon are divided by sqrt(t)
 * (an epsilon inside by t): (eta/sqrt t) g / (sqrt(G/t) + e/sqrt t) = eta g / (sqrt(G) + e). */
#include "train/scaled.h"

static void defaults(clino_optimizer_options *o) { o->epsilon = 1e-10; }

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  bool mean = o->adagrad_form == CLINO_ADAGRAD_RMS;
  double root = mean ? sqrt(at->t) : 1;
  u->c[0] = u->c[1] = 1;
  if (mean) clino__mean_coefficients(at->t, u);
  u->c[2] = o->rate / root;
  u->c[3] = clino__epsilon_inside(o) / (mean ? at->t : 1);
  u->c[4] = clino__epsilon_outside(o) / root;
}

CLINO__SCALED_KERNELS(step)

const clino__rule clino__rule_adagrad = {
    .info = {.name = "adagrad",
             .formula = "G += g^2;  p -= eta g / (sqrt(G) + e)",
             .source = "J. Duchi, E. Hazan and Y. Singer, JMLR 12 (2011), section 1.1, eq. 1",
             .slots = {"sum of squares"}},
    .n_slots = 1,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
