/* Flat directions: f along them, and along the floor of the valley that they lead through.
 *
 * The shortest displacement at which f differs from f(x) by more than noise and more than the gradient at x explains
 * decides, so that the answer is about the point and not about what lies beyond. At each the rest is relaxed: Newton
 * steps in the eigenvectors whose eigenvalues are known to be positive, so that a bent valley is followed along its
 * floor (the Lyapunov-Schmidt reduction, in numbers: S.-N. Chow and J. K. Hale, "Methods of bifurcation theory", 1982).
 * */
#include <string.h>

#include "curvature/critical.h"
#include "curvature/vector.h"

#define RUNGS 6
#define RATIO 6.0
#define LONGEST 0.1 /* of the coordinates' scale */
#define RELAX 30    /* Newton steps towards the floor, at most: the Hessian is that at x */

double clino__reach(const clino__critical *c, const double *v) {
  double most = 0;
  for (size_t i = 0; i < c->n; i++) most = fmax(most, fabs(v[i]) / c->scales[i]);
  return most > 0 ? 1 / most : 0;
}

bool clino__flat(const clino__critical *c, size_t k) {
  return !(fabs(c->known.values[k]) > 3 * c->known.errors[k]);
}

/* One Newton step from x + away in the known positive eigenvectors; the decrease that it promises. */
static clino_status newton(clino__critical *c, double *promised) {
  size_t n = c->n;
  clino_status status = clino_point_gradient_at(c->point, c->away, 0, NULL, NULL, c->gradient, c->error);
  *promised = 0;
  for (size_t i = 0; i < c->known.count && !status; i++) {
    const double *u = c->known.vectors + i * n;
    if (clino__flat(c, i) || c->known.values[i] < 0) continue;
    double slope = clino__inner(c->gradient, u, n);
    *promised += slope * slope / (2 * c->known.values[i]);
    clino__add_scaled(c->away, -slope / c->known.values[i], u, n);
  }
  return status;
}

/* From x + away towards the floor, and f there. *there: it was reached, as far as it matters. */
static clino_status relax(clino__critical *c, double *f, bool *there) {
  double promised = INFINITY;
  clino_status status = CLINO_OK;
  for (int k = 0; k < RELAX && !status && promised > c->threshold / 8 && !isnan(promised); k++)
    status = newton(c, &promised);
  *there = promised <= c->threshold / 8;
  *f = NAN;
  return status || !isfinite(promised) ? status : clino_point_value_at(c->point, c->away, 0, NULL, f, c->error);
}

static clino__side side_of(const clino__critical *c, double change, double explained) {
  double least = c->threshold + 3 * explained;
  return change < -least ? CLINO__FALLS : change > least ? CLINO__RISES : CLINO__STAYS;
}

/* One displacement by t v. */
static clino_status look(clino__critical *c, const double *v, double t, clino__side *side) {
  double f, explained = fabs(t * clino__inner(c->g, v, c->n));
  for (size_t i = 0; i < c->n; i++) c->away[i] = t * v[i];
  clino_status status = clino_point_value_at(c->point, c->away, 0, NULL, &f, c->error);
  if (status) return status;
  *side = side_of(c, f - c->r->value, explained);
  if (*side == CLINO__FALLS || !isfinite(f)) return CLINO_OK;
  bool there;
  status = relax(c, &f, &there);
  *side = status ? CLINO__STAYS : side_of(c, f - c->r->value, fabs(clino__inner(c->g, c->away, c->n)));
  if (*side == CLINO__RISES && !there) *side = CLINO__STAYS; /* the floor may be lower */
  return status;
}

static clino_status examine_side(clino__critical *c, const double *v, double sign, clino__side *side) {
  double t = sign * LONGEST * clino__reach(c, v);
  for (int k = 1; k < RUNGS; k++) t /= RATIO;
  clino_status status = CLINO_OK;
  *side = CLINO__STAYS;
  for (int k = 0; k < RUNGS && !status && *side == CLINO__STAYS; k++, t *= RATIO) status = look(c, v, t, side);
  if (!status && *side == CLINO__FALLS && !c->r->escape.found) memcpy(c->best, c->away, c->n * sizeof *c->best);
  return status;
}

/* The j-th direction: the flat vectors one by one, then seeded combinations of them. False: there is none. */
static bool direction(const clino__critical *c, size_t j, double *v) {
  size_t n = c->n, flat = 0;
  for (size_t k = 0; k < c->known.count; k++)
    if (clino__flat(c, k) && flat++ == j) {
      memcpy(v, c->known.vectors + k * n, n * sizeof *v);
      return true;
    }
  if (flat < 2) return false;
  clino__rng rng = clino__rng_new(clino__rng_derive(c->o->spectrum.seed, 0x636f6d62 + j));
  memset(v, 0, n * sizeof *v);
  for (size_t k = 0; k < c->known.count; k++)
    if (clino__flat(c, k)) clino__add_scaled(v, clino__rng_between(&rng, -1, 1), c->known.vectors + k * n, n);
  double norm = clino__norm(v, n);
  if (norm > 0) clino__scale(v, n, 1 / norm);
  return norm > 0;
}

clino_status clino__examine(clino__critical *c) {
  size_t *counts[] = {&c->r->staying, &c->r->rising, &c->r->falling};
  clino_status status = CLINO_OK;
  bool both = false; /* f falls, and rises elsewhere: there is no more to learn */
  for (size_t j = 0; j < c->o->directions && !status && !both && direction(c, j, c->line); j++)
    for (double sign = -1; sign <= 1 && !status; sign += 2) {
      clino__side side;
      status = examine_side(c, c->line, sign, &side);
      if (status) break;
      c->r->examined++;
      (*counts[side])++;
      both = c->r->falling && (c->r->rising || c->r->positive);
    }
  return status;
}
