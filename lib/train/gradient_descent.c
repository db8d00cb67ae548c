/* Gradient descent: full batch, stochastic or mini-batch, as the gradient is. */
#include "train/rule.h"

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  (void)at;
  u->c[0] = o->rate;
}

CLINO__KERNELS(step, const real rate = (real)u->c[0], p[i] -= rate * d)

const clino__rule clino__rule_gradient_descent = {
    .info = {.name = "gradient-descent",
             .formula = "p -= eta g",
             .source =
                 "A. Cauchy, Comptes rendus 25 (1847); H. Robbins and S. Monro, Ann. Math. Stat. 22 (1951)"},
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
