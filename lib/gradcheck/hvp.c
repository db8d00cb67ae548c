/* A product with the Hessian from differences of gradients, over falling steps, for each entry the step at which noise
 * and truncation together are least.
 *
 * Truncation falls like h^2 where the gradient is smooth, so that a change between steps in a ratio of 4 that is itself
 * 16 times smaller than the one before bounds it (2/15 of the change, twice what the law says). A change that does not
 * fall so is a jump of the gradient, or a step that is still too long: then twice the change is taken. The bend
 * (g(x + h v) - 2 g(x) + g(x - h v)) / (2 h) falls like h where the gradient is smooth; as far as it does not, a jump
 * or a spike lies within the step, and it is an error as well. So is what shorter steps show beyond their noise. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/hessian.h"
#include "gradcheck/noise_line.h"

#define RUNGS 24
#define RATIO CLINO__HESSIAN_RATIO
#define SPIKE 8.0          /* times rms of the quotient; noise alone makes it sqrt 3 */
#define NOISE_SPACING 1e-6 /* relative to the coordinates, as in noise.c */

typedef struct work {
  clino__session *s;
  const double *v;
  double *lines;                              /* CLINO__LINE_POINTS gradients */
  double *noise, *forward, *backward;         /* deviation of each entry's noise; gradients on both sides */
  double *previous, *change, *best_noise;     /* quotient at the step before, its change, noise in the best one */
  double *bend;                               /* at the step before */
  double *best, *error;                       /* of the caller */
  unsigned char *rung;                        /* where the best one was taken */
  size_t taken;                               /* rungs so far */
  double t[RUNGS];
} work;

static clino_status gradient_at(work *w, double t, double *g) {
  clino__session_move(w->s, NULL, t, w->v);
  return clino__session_gradient(w->s, g);
}

/* ---- the noise of the gradient ---- */

static double rms_of_finite(const double *x, size_t n) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(x[i])) largest = fmax(largest, fabs(x[i]));
  for (size_t i = 0; i < n && largest > 0; i++)
    if (isfinite(x[i])) sum += x[i] / largest * (x[i] / largest);
  return largest > 0 ? largest * sqrt(sum / (double)n) : 0;
}

/* One more line of gradients; the lower estimate counts. */
static clino_status sample_noise(work *w, double spacing) {
  size_t n = w->s->n;
  memcpy(w->lines, w->s->p.gradient, n * sizeof *w->lines);
  clino_status status = CLINO_OK;
  for (size_t k = 1; k < CLINO__LINE_POINTS && !status; k++)
    status = gradient_at(w, (double)k * spacing, w->lines + k * n);
  for (size_t i = 0; i < n && !status; i++) {
    double g[CLINO__LINE_POINTS];
    for (size_t k = 0; k < CLINO__LINE_POINTS; k++) g[k] = w->lines[k * n + i];
    w->noise[i] = fmin(w->noise[i], clino__noise_line_sigma(g, NULL)); /* fmin leaves out NaN */
  }
  return status;
}

/* Rounding of each entry, and a part of what is typical of its tensor: of few samples one may be small by chance. */
static void floor_noise(work *w) {
  double unit = clino__hessian_single(w->s, w->s->p.gradient) ? FLT_EPSILON : DBL_EPSILON;
  for (size_t i = 0; i < w->s->p.layout.n_views; i++) {
    const clino__view *view = &w->s->p.layout.views[i];
    if (!view->owner) continue;
    double typical = rms_of_finite(w->noise + view->first, view->count);
    for (size_t k = view->first; k < view->first + view->count; k++)
      w->noise[k] = fmax(w->noise[k], fmax(0.3 * typical, 0.29 * unit * fabs(w->s->p.gradient[k])));
  }
}

/* The other side, where a kink is rarely met too, if the estimate is above rounding; shorter lines only where the
 * gradient is anything but smooth, since a computation in single precision does not move on those. */
static clino_status measure_noise(work *w, double reach) {
  static const double spacings[] = {1, -1, 1e-3, 1e-6};
  static const double enough[] = {0, 1e3 * DBL_EPSILON, 1e-4, 1e-4};
  size_t n = w->s->n;
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < n; i++) w->noise[i] = INFINITY;
  for (size_t k = 0; k < 4 && !status; k++) {
    bool known = k > 0;
    for (size_t i = 0; i < n && known; i++) known = isfinite(w->noise[i]);
    if (known && rms_of_finite(w->noise, n) <= enough[k] * w->s->p.gradient_rms) break;
    status = sample_noise(w, spacings[k] * NOISE_SPACING * reach);
  }
  if (!status) floor_noise(w);
  return status;
}

/* ---- steps ---- */

/* How far a bend is from that of a smooth gradient. */
static double misfit(const work *w, size_t i, double bend) {
  return isnan(w->bend[i]) ? fabs(bend) : fmin(fabs(bend), fabs(bend - w->bend[i] / RATIO));
}

/* Whether the point stands out like a spike: both sides differ from it, and hardly from one another. What differences
 * say of any entry over such a step has nothing to do with the point. */
static bool spiked(const work *w, const double *q, const double *bend) {
  double off = 0, size = rms_of_finite(q, w->s->n);
  for (size_t i = 0; i < w->s->n; i++) {
    double m = misfit(w, i, bend[i]) / SPIKE / size;
    off += m * m / (double)w->s->n; /* infinite for size 0, NaN where both are 0 */
  }
  return off > 1;
}

/* What a quotient q with so much noise, and a bend, at rung k, make of an entry. */
static void add_quotient(work *w, size_t i, size_t k, double q, double bend, double noise) {
  if (!isfinite(q) || !isfinite(noise) || !isfinite(bend)) {
    w->previous[i] = w->change[i] = w->bend[i] = NAN;
    return;
  }
  double change = fabs(q - w->previous[i]);
  bool converges = change <= w->change[i] / 8 + noise;
  double truncation = converges ? 2 * change / (RATIO * RATIO - 1) : 2 * change;
  truncation += fmax(0, misfit(w, i, bend) - 2 * noise); /* whose own noise is sqrt(3) times that of q */
  double shown = fabs(q - w->best[i]) - w->best_noise[i] - 2 * noise;
  if (shown > w->error[i]) w->error[i] = shown;
  if (noise + truncation < w->error[i]) {
    w->best[i] = q;
    w->error[i] = noise + truncation;
    w->best_noise[i] = noise;
    w->rung[i] = (unsigned char)k;
  }
  w->change[i] = change;
  w->previous[i] = q;
  w->bend[i] = bend;
}

/* Both gradients of a step. *more: whether a shorter one may say more. */
static clino_status take_rung(work *w, double t, double reach, bool *more) {
  size_t n = w->s->n, k = w->taken++;
  w->t[k] = t;
  clino_status status = gradient_at(w, t, w->forward);
  if (!status) status = gradient_at(w, -t, w->backward);
  if (status) return status;
  for (size_t i = 0; i < n; i++) {
    double up = w->forward[i] / (2 * t), down = w->backward[i] / (2 * t);
    w->forward[i] = up - down;
    w->backward[i] = (up - w->s->p.gradient[i] / (2 * t)) + (down - w->s->p.gradient[i] / (2 * t));
  }
  /* The coordinates are displaced to within their spacing. */
  double size = rms_of_finite(w->forward, n), displaced = w->s->spacing * reach / t * size;
  bool spike = spiked(w, w->forward, w->backward);
  for (size_t i = 0; i < n; i++)
    if (spike) w->previous[i] = w->change[i] = NAN, w->bend[i] = w->backward[i];
    else add_quotient(w, i, k, w->forward[i], w->backward[i], 3 / sqrt(2) * w->noise[i] / t + displaced);
  double noise = 3 * rms_of_finite(w->noise, n) / t;
  size = fmax(size, rms_of_finite(w->backward, n));
  *more = k < 4 || !(noise > 30 * rms_of_finite(w->error, n) || noise > 3 * size);
  return CLINO_OK;
}

static clino_status climb(work *w, const clino_hessian_options *o, double reach) {
  bool more = true, given = o->step != CLINO_AUTO;
  double t = given ? o->step * RATIO : CLINO__HESSIAN_LARGEST * reach;
  double least = given ? o->step * 0.99 : CLINO__HESSIAN_SPACINGS * w->s->spacing * reach;
  clino_status status = CLINO_OK;
  for (; !status && more && t >= least && w->taken < RUNGS; t /= RATIO) status = take_rung(w, t, reach, &more);
  clino__session_reset(w->s);
  return status;
}

/* ---- the whole ---- */

static void fill_info(const work *w, const clino_hessian_options *o, clino_hvp_info *info) {
  size_t n = w->s->n, counts[RUNGS] = {0}, most = 0;
  double largest = 0;
  info->entries = n;
  info->rms = rms_of_finite(w->best, n);
  info->error_rms = rms_of_finite(w->error, n);
  info->unsettled = 0;
  for (size_t i = 0; i < n; i++) {
    counts[w->rung[i]]++;
    if (!(w->error[i] <= o->resolution * info->rms)) info->unsettled++;
    largest = fmax(largest, fabs(w->s->p.gradient[i]));
  }
  for (size_t k = 0; k < w->taken; k++)
    if (counts[k] > counts[most]) most = k;
  info->step = w->t[most];
  info->noise = largest > 0 ? rms_of_finite(w->noise, n) / largest : 0;
}

static clino_status take(work *w, const clino_hessian_options *o, clino_hvp_info *info) {
  size_t n = w->s->n;
  double reach = clino__session_reach(w->s, w->v), largest = 0;
  for (size_t i = 0; i < n; i++) {
    w->previous[i] = w->change[i] = w->best[i] = w->bend[i] = NAN;
    w->best_noise[i] = 0;
    w->error[i] = INFINITY;
    largest = fmax(largest, fabs(w->s->p.gradient[i]));
  }
  for (size_t i = 0; i < n; i++) w->noise[i] = o->noise * largest;
  clino_status status = o->noise == CLINO_AUTO ? measure_noise(w, reach) : CLINO_OK;
  if (!status) status = climb(w, o, reach);
  if (!status) fill_info(w, o, info);
  return status;
}

clino_status clino__hvp_take(clino__session *s, const double *v, const clino_hessian_options *o, double *hv,
                             double *errors, clino_hvp_info *info) {
  size_t n = s->n, parts = CLINO__LINE_POINTS + 7;
  work w = {.s = s, .v = v, .best = hv, .error = errors};
  w.lines = n <= SIZE_MAX / sizeof(double) / parts ? malloc(parts * n * sizeof(double)) : NULL;
  w.rung = calloc(n, 1);
  clino_status status;
  if (!w.lines || !w.rung) {
    status = clino__fail_memory(s->p.error, "a Hessian product");
  } else {
    double **arrays[] = {&w.noise, &w.forward, &w.backward, &w.previous, &w.change, &w.best_noise, &w.bend};
    for (size_t k = 0; k < 7; k++) *arrays[k] = w.lines + (CLINO__LINE_POINTS + k) * n;
    status = take(&w, o, info);
  }
  free(w.lines);
  free(w.rung);
  return status;
}
