/* Nesterov's momentum. In the look-ahead form the step is that of momentum, with a gradient from elsewhere. With
 * y_t = p_t + mu_t v_t the point that looks ahead, y_{t+1} = p_t + v_{t+1} + mu_{t+1} v_{t+1} = y_t - eta g +
 * mu_{t+1} v_{t+1}: the rewritten form, in which y is what the caller calls his parameters. */
#include "train/velocity.h"

static void defaults(clino_optimizer_options *o) {
  o->rate_place = CLINO_RATE_INSIDE;
  o->velocity_sign = CLINO_VELOCITY_DOWNHILL;
}

static void prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u) {
  clino__velocity v = clino__velocity_of(o, at->t);
  bool rewritten = o->nesterov_form == CLINO_NESTEROV_REWRITTEN;
  u->c[0] = v.keep;
  u->c[1] = v.gain;
  u->c[2] = v.apply;
  u->c[3] = !rewritten ? 1 : o->momentum_next == CLINO_AUTO ? o->momentum : o->momentum_next;
  u->c[4] = rewritten ? v.gain : 0;
}

/* push is 0 in the look-ahead form. */
CLINO__KERNELS(step,
               const real keep = (real)u->c[0]; const real gain = (real)u->c[1]; const real apply = (real)u->c[2];
               const real ahead = (real)u->c[3]; const real push = (real)u->c[4],
               a[i] = keep * a[i] + gain * d; p[i] += apply * (ahead * a[i] + push * d))

const clino__rule clino__rule_nesterov = {
    .info = {.name = "nesterov",
             .formula = "v = mu v - eta g(p + mu v);  p += v",
             .source = "Y. Nesterov, Soviet Math. Doklady 27 (1983); I. Sutskever and others, ICML 2013, eq. 3, 4; "
                       "Y. Bengio and others, ICASSP 2013, eq. 7",
             .slots = {"velocity"}},
    .n_slots = 1,
    .looks_ahead = true,
    .defaults = defaults,
    .prepare = prepare,
    .f32 = step_f32,
    .f64 = step_f64};
