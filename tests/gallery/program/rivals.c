/* How each of them is used, and what counts as accepting:
 *
 * CS231n  "Neural networks 3: gradient checks": centered differences with h = 1e-5, relative error |a - n| / max(|a|,
 *         |n|); "above 1e-2 usually means the gradient is probably wrong". The most lenient of its bands, so that kinks
 *         do not speak against it more than they must.
 * PyTorch torch.autograd.gradcheck, defaults: eps = 1e-6, |a - n| <= atol + rtol |n| with atol = 1e-5, rtol = 1e-3.
 * GSL     gsl_deriv_central(h = 1e-5), which improves the step by itself and returns an error estimate:
 *         |a - n| <= abserr + 1e-5 max(|a|, |n|).
 * MINPACK chkder with f as the one function: its err is above 0.5 where the gradient is "probably correct". */
#include "gallery/program/rivals.h"

#include <math.h>

double rival_loss(const gallery_case *c, size_t entry, double coordinate) {
  return gallery_scaled(c->site, gallery_value_along(c->site, entry, coordinate), c->scale);
}

static void centered(const gallery_case *c, double h, double *numeric) {
  for (size_t i = 0; i < c->site->n; i++) {
    double x = c->site->x[i];
    numeric[i] = (rival_loss(c, i, x + h) - rival_loss(c, i, x - h)) / (2 * h);
  }
}

static void cs231n_prepare(const gallery_case *c, double *state[2]) { centered(c, 1e-5, state[0]); }

static bool cs231n_accepts(const gallery_case *c, double *const state[2], const double *gradient) {
  for (size_t i = 0; i < c->site->n; i++)
    if (!(clino_relative_error(gradient[i], state[0][i]) <= 1e-2)) return false;
  return true;
}

static void pytorch_prepare(const gallery_case *c, double *state[2]) { centered(c, 1e-6, state[0]); }

static bool pytorch_accepts(const gallery_case *c, double *const state[2], const double *gradient) {
  for (size_t i = 0; i < c->site->n; i++)
    if (!(fabs(gradient[i] - state[0][i]) <= 1e-5 + 1e-3 * fabs(state[0][i]))) return false;
  return true;
}

#ifdef WITH_GSL
#define GSL_ACCEPTS rival_gsl_accepts
#define GSL_PREPARE rival_gsl_prepare
#else
#define GSL_ACCEPTS NULL
#define GSL_PREPARE NULL
#endif
#ifdef WITH_MINPACK
#define MINPACK_ACCEPTS rival_minpack_accepts
#else
#define MINPACK_ACCEPTS NULL
#endif

const gallery_rival gallery_rivals[GALLERY_RIVALS] = {
  {"CS231n", cs231n_prepare, cs231n_accepts},
  {"PyTorch", pytorch_prepare, pytorch_accepts},
  {"GSL", GSL_PREPARE, GSL_ACCEPTS},
  {"chkder", NULL, MINPACK_ACCEPTS},
};
