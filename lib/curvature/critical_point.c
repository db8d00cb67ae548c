/* Whether the gradient is small, the eigenvalues, and what kind of point they make. */
#include "clino/critical_point.h"

#include <float.h>
#include <string.h>

#include "base/number.h"
#include "curvature/critical.h"
#include "curvature/dense.h"
#include "curvature/vector.h"

#define VARIATIONS 4     /* directions along which F is taken */
#define PLATEAU 1e-3     /* as in clino/critical_point.h */
#define NEAR 0.01        /* distance of the critical point, as in clino/critical_point.h */
#define VALLEY 0.05      /* g'Hg / g'g against the largest eigenvalue */

clino_critical_options clino_critical_options_default(void) {
  clino_critical_options o = {.struct_size = sizeof o, .tolerance = CLINO_AUTO, .directions = 16};
  o.spectrum = clino_spectrum_options_default();
  o.spectrum.per_end = 2;
  return o;
}

static clino_status options_check(const clino_critical_options *o, size_t n, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_critical_options", error);
  if (status) return status;
  if (!(o->tolerance == CLINO_AUTO || (o->tolerance >= 0 && o->tolerance <= 1))) {
    char text[CLINO__NUMBER_SIZE];
    clino__number_text(text, o->tolerance);
    return clino__fail(error, CLINO_ERR_RANGE, "clino_critical_options.tolerance is %s, not CLINO_AUTO or 0 to 1",
                       text);
  }
  if (o->directions < 1 || o->directions > 1000)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_critical_options.directions is %zu, not from 1 to 1000",
                       o->directions);
  return clino__spectrum_options_check(&o->spectrum, n, error);
}

/* ---- the gradient ---- */

/* How much f varies when coordinates move by half to all of their scale; shorter where it is not finite there. */
static clino_status measure_variation(clino__critical *c) {
  clino__rng rng = clino__rng_new(clino__rng_derive(c->o->spectrum.seed, 0x76617279));
  clino_status status = CLINO_OK;
  for (int k = 0; k < VARIATIONS && !status; k++) {
    for (size_t i = 0; i < c->n; i++) {
      double u = clino__rng_between(&rng, 0.5, 1) * c->scales[i];
      c->line[i] = clino__rng_bits(&rng) >> 63 ? u : -u;
    }
    double f = NAN;
    for (double t = 1; t > 1e-3 && !isfinite(f) && !status; t /= 4)
      status = clino_point_value_at(c->point, NULL, t, c->line, &f, c->error);
    if (!status && isfinite(f)) c->r->variation = fmax(c->r->variation, fabs(f - c->r->value));
  }
  return status;
}

static clino_status measure_gradient(clino__critical *c) {
  clino_point_noise noise;
  clino_status status = measure_variation(c);
  if (!status) status = clino_point_measure_noise(c->point, c->line, &noise, c->error);
  if (status) return status;
  clino_critical_result *r = c->r;
  bool single = clino_point_get_info(c->point).single;
  for (size_t i = 0; i < c->n; i++) c->line[i] = c->g[i] * c->scales[i];
  double moment = clino__norm(c->line, c->n);
  r->value_noise = noise.value;
  r->gradient_noise = noise.gradient;
  r->relative_gradient = moment == 0 ? 0 : moment / r->variation;
  /* Dennis and Schnabel's gradtol: the cube root of the precision. */
  r->tolerance = c->o->tolerance != CLINO_AUTO ? c->o->tolerance : cbrt(single ? FLT_EPSILON : DBL_EPSILON);
  /* Five deviations of the difference of two values; and what no f resolves of its own variation. */
  c->threshold = 5 * sqrt(2) * noise.value + 4 * (single ? FLT_EPSILON : DBL_EPSILON) * r->variation;
  return CLINO_OK;
}

static bool gradient_small(const clino_critical_result *r) {
  if (r->gradient_norm <= 3 * r->gradient_noise) return true;
  return r->relative_gradient <= r->tolerance && r->distance <= NEAR;
}

/* ---- the eigenvalues ---- */

static clino_status know_all(clino__critical *c) {
  double off = NAN;
  clino_status status = clino_hessian_dense(c->point, &c->o->spectrum, c->known.vectors, &off, c->error);
  if (status) return status;
  if (!isfinite(clino__largest(c->known.vectors, c->n * c->n))) {
    c->r->verdict = CLINO_VERDICT_NONFINITE;
    return CLINO_OK;
  }
  status = clino__dense_eigen(c->n, c->known.vectors, c->known.values, c->error);
  c->known.count = c->n;
  for (size_t k = 0; k < c->n; k++) c->known.errors[k] = off;
  c->r->complete = true;
  return status;
}

static clino_status know_ends(clino__critical *c, double *low, double *high) {
  clino_spectrum_options o = c->o->spectrum;
  o.preconditioner = NULL;
  o.lowest_vectors = low;
  o.highest_vectors = high;
  clino_spectrum_result s;
  clino_status status = clino_spectrum(c->point, &o, &s, c->error);
  c->r->verdict = s.verdict;
  if (status || s.verdict != CLINO_VERDICT_PASS) return status;
  c->known.count = 2 * s.count;
  for (size_t k = 0; k < s.count; k++) {
    size_t last = 2 * s.count - 1 - k;
    c->known.values[k] = s.lowest[k].value, c->known.errors[k] = s.lowest[k].error;
    c->known.values[last] = s.highest[k].value, c->known.errors[last] = s.highest[k].error;
    memcpy(c->known.vectors + k * c->n, low + k * c->n, c->n * sizeof *low);
    memcpy(c->known.vectors + last * c->n, high + k * c->n, c->n * sizeof *high);
  }
  return CLINO_OK;
}

/* The Newton step along the k-th vector, 0 for a flat one; at least that which the gradient's noise makes. */
static double newton(const clino__critical *c, size_t k, double noise) {
  if (clino__flat(c, k)) return 0;
  double slope = clino__inner(c->g, c->known.vectors + k * c->n, c->n);
  return -(slope >= 0 ? slope + noise : slope - noise) / c->known.values[k];
}

/* The critical point itself lies about a Newton step away: all others and two along u are taken. By how much the
 * curvature changes on that way counts as an error: beside the origin x^3 has a tiny curvature of either sign, with a
 * tiny error, and is flat all the same. */
static clino_status mistrust(clino__critical *c, size_t k, double *change) {
  const double *u = c->known.vectors + k * c->n;
  double h = (clino_point_get_info(c->point).single ? 1e-2 : 1e-5) * clino__reach(c, u), ends[2];
  memset(c->away, 0, c->n * sizeof *c->away);
  for (size_t i = 0; i < c->known.count; i++) {
    const double *v = c->known.vectors + i * c->n;
    double step = i == k ? 2 * newton(c, i, c->r->gradient_noise) : newton(c, i, 0), most = 0.1 * clino__reach(c, v);
    clino__add_scaled(c->away, fmax(-most, fmin(most, step)), v, c->n);
  }
  clino_status status = CLINO_OK;
  for (int i = 0; i < 2 && !status; i++) {
    status = clino_point_gradient_at(c->point, c->away, i ? h : -h, u, NULL, c->gradient, c->error);
    ends[i] = status ? 0 : clino__inner(c->gradient, u, c->n);
  }
  if (status) return status;
  *change = fabs((ends[1] - ends[0]) / (2 * h) - c->known.values[k]) - 2 * c->r->gradient_noise / h;
  return CLINO_OK;
}

static clino_status mistrust_all(clino__critical *c) {
  double *changes = calloc(c->known.count, sizeof *changes);
  clino_status status = changes ? CLINO_OK : clino__fail_memory(c->error, "eigenvalues");
  for (size_t k = 0; k < c->known.count && !status; k++)
    if (!clino__flat(c, k)) status = mistrust(c, k, &changes[k]);
  for (size_t k = 0; k < c->known.count && !status; k++)
    if (changes[k] > c->known.errors[k]) c->known.errors[k] = changes[k];
  free(changes);
  return status;
}

static void measure_distance(clino__critical *c) {
  c->r->distance = 0;
  for (size_t k = 0; k < c->known.count; k++)
    c->r->distance = fmax(c->r->distance, fabs(newton(c, k, 0)) / clino__reach(c, c->known.vectors + k * c->n));
}

static clino_status know(clino__critical *c) {
  size_t most = 2 * c->o->spectrum.per_end;
  clino_status status;
  if (c->n <= c->o->spectrum.dense_up_to || c->n < most + 2) {
    status = know_all(c);
  } else {
    double *ends = clino__vectors(most, c->n);
    status = ends ? know_ends(c, ends, ends + most / 2 * c->n) : clino__fail_memory(c->error, "eigenvectors");
    free(ends);
  }
  if (status || c->r->verdict != CLINO_VERDICT_PASS) return status;
  measure_distance(c);
  if (gradient_small(c->r)) status = mistrust_all(c);
  for (size_t k = 0; k < c->known.count; k++) {
    size_t *counts[] = {&c->r->negative, &c->r->positive};
    if (clino__flat(c, k)) c->r->zero++;
    else (*counts[c->known.values[k] > 0])++;
  }
  size_t last = c->known.count - 1;
  c->r->lowest = c->known.values[0], c->r->lowest_error = c->known.errors[0];
  c->r->highest = c->known.values[last], c->r->highest_error = c->known.errors[last];
  return status;
}

/* ---- a slope ---- */

static clino_status judge_slope(clino__critical *c) {
  clino_critical_result *r = c->r;
  r->kind = CLINO_CRITICAL_NOT;
  double h = 1e-4 * clino__reach(c, c->g), norm2 = clino__inner(c->g, c->g, c->n);
  clino_status status = clino_point_gradient_at(c->point, NULL, h, c->g, NULL, c->gradient, c->error);
  if (status) return status;
  clino__add_scaled(c->gradient, -1, c->g, c->n);
  r->slope_curvature = clino__inner(c->gradient, c->g, c->n) / (h * norm2);
  bool low = fabs(r->lowest) > fabs(r->highest);
  double largest = fabs(low ? r->lowest : r->highest);
  double reach = clino__reach(c, c->known.vectors + (low ? 0 : c->known.count - 1) * c->n);
  double local = r->relative_gradient * r->variation + largest * reach * reach / 2;
  r->slope = CLINO_SLOPE_PLAIN;
  if (fabs(r->slope_curvature) < VALLEY * largest) r->slope = CLINO_SLOPE_VALLEY;
  if (local < PLATEAU * fmax(r->variation, fabs(r->value))) r->slope = CLINO_SLOPE_PLATEAU;
  return CLINO_OK;
}

/* ---- a way out ---- */

/* Along v, from long to short, until f falls by at least half of what the quadratic model promises. */
static clino_status escape_along(clino__critical *c, const double *v, double curvature) {
  clino_escape *e = &c->r->escape;
  double slope = clino__inner(c->g, v, c->n), sign = slope > 0 ? -1 : 1, t = 0.3 * clino__reach(c, v);
  clino_status status = CLINO_OK;
  for (int k = 0; k < 16 && !status && !e->found; k++, t /= 3) {
    double f;
    status = clino_point_value_at(c->point, NULL, sign * t, v, &f, c->error);
    double promised = t * fabs(slope) - curvature * t * t / 2, measured = c->r->value - f;
    if (status || !(measured > c->threshold && measured >= promised / 2)) continue;
    *e = (clino_escape){true, curvature, t, promised, measured};
    for (size_t i = 0; i < c->n; i++) c->best[i] = sign * t * v[i];
  }
  return status;
}

static clino_status escape_degenerate(clino__critical *c) {
  double f, step = clino__norm(c->best, c->n);
  clino_status status = clino_point_value_at(c->point, c->best, 0, NULL, &f, c->error);
  if (!status && c->r->value - f > c->threshold)
    c->r->escape = (clino_escape){true, c->r->zero ? 0 : c->r->lowest, step, NAN, c->r->value - f};
  return status;
}

/* ---- the kind ---- */

static clino_critical_kind kind_of(const clino__critical *c) {
  const clino_critical_result *r = c->r;
  bool up = r->positive || r->rising, down = r->escape.found, stays = r->staying;
  if ((r->negative || r->falling) && !down) return CLINO_CRITICAL_UNCERTAIN;
  if (down) return up ? CLINO_CRITICAL_SADDLE : r->complete ? CLINO_CRITICAL_MAXIMUM
                 : r->highest < -3 * r->highest_error ? CLINO_CRITICAL_MAXIMUM : CLINO_CRITICAL_UNCERTAIN;
  if (up) return stays ? CLINO_CRITICAL_VALLEY_FLOOR : CLINO_CRITICAL_MINIMUM;
  return stays ? CLINO_CRITICAL_FLAT : CLINO_CRITICAL_UNCERTAIN;
}

/* An end that the Lanczos method did not settle may hide a lower one: only what is seen to fall is then believed. */
static bool unsettled(const clino__critical *c) {
  const clino_critical_result *r = c->r;
  double largest = fmax(fabs(r->lowest), fabs(r->highest));
  return !r->complete && r->lowest_error > 10 * c->o->spectrum.tolerance * largest && largest > r->highest_error;
}

static clino_status judge(clino__critical *c) {
  clino_critical_result *r = c->r;
  clino_status status = CLINO_OK;
  if (r->negative) status = escape_along(c, c->known.vectors, r->lowest);
  bool settled = r->negative && r->positive && r->escape.found;
  if (!status && r->zero && !settled) {
    double kept = r->escape.step; /* f falls by curvature: whether it rises anywhere is what is left */
    status = clino__examine(c);
    if (!status && r->falling && !(kept > 0)) status = escape_degenerate(c);
  }
  if (status) return status;
  r->kind = kind_of(c);
  if (r->kind != CLINO_CRITICAL_SADDLE && unsettled(c)) r->kind = CLINO_CRITICAL_UNCERTAIN;
  if (r->escape.found && c->o->escape) {
    double step = clino__norm(c->best, c->n);
    for (size_t i = 0; i < c->n; i++) c->o->escape[i] = c->best[i] / step;
  }
  return CLINO_OK;
}

/* ---- the whole ---- */

static clino_status allocate(clino__critical *c) {
  size_t n = c->n, most = 2 * c->o->spectrum.per_end;
  bool all = n <= c->o->spectrum.dense_up_to || n < most + 2;
  size_t vectors = all ? n : most;
  c->scales = clino__vectors(5 + vectors, n);
  c->known.values = clino__vectors(2, vectors);
  if (!c->scales || !c->known.values) return clino__fail_memory(c->error, "a critical point");
  c->known.errors = c->known.values + vectors;
  c->away = c->scales + n, c->best = c->scales + 2 * n, c->line = c->scales + 3 * n, c->gradient = c->scales + 4 * n;
  c->known.vectors = c->scales + 5 * n;
  clino_point_scales(c->point, c->scales);
  return CLINO_OK;
}

static clino_status look(clino__critical *c) {
  clino_status status = measure_gradient(c);
  if (!status) status = know(c);
  if (status || c->r->verdict != CLINO_VERDICT_PASS) return status;
  return gradient_small(c->r) ? judge(c) : judge_slope(c);
}

clino_status clino_critical_point(clino_point *point, const clino_critical_options *options, clino_critical_result *r,
                                  clino_error *error) {
  if (!point || !r)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_critical_point: %s is NULL", point ? "result" : "point");
  memset(r, 0, sizeof *r);
  clino_critical_options o = options ? *options : clino_critical_options_default();
  o.spectrum.preconditioner = NULL;
  clino_point_info info = clino_point_get_info(point);
  clino_status status = options_check(&o, info.entries, error);
  if (status) return status;
  *r = (clino_critical_result){.verdict = info.verdict, .entries = info.entries, .value = info.value,
                               .gradient_norm = info.gradient_norm, .slope_curvature = NAN};
  r->lowest = r->lowest_error = r->highest = r->highest_error = NAN;
  clino__critical c = {.point = point, .n = info.entries, .g = clino_point_gradient(point), .o = &o, .r = r,
                       .error = error};
  if (info.verdict == CLINO_VERDICT_PASS) {
    status = allocate(&c);
    if (!status) status = look(&c);
  }
  clino_point_info after = clino_point_get_info(point);
  r->evaluations = after.evaluations - info.evaluations;
  r->gradients = after.gradients - info.gradients;
  free(c.scales);
  free(c.known.values);
  if (status) memset(r, 0, sizeof *r);
  return status;
}
