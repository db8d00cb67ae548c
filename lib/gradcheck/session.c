#include "gradcheck/session.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sum.h"
#include "gradcheck/precheck.h"

/* ---- opening and closing ---- */

static clino_status allocate(clino__session *s) {
  clino_status status = clino__problem_allocate(&s->p);
  s->moved = calloc(s->n, sizeof(double));
  return status || s->moved ? status : clino__fail_memory(s->p.error, "the gradient");
}

/* Of the coordinates, as single as the coarsest of them. */
static void measure_spacing(clino__session *s) {
  s->spacing = DBL_EPSILON;
  for (size_t i = 0; i < s->p.layout.n_views; i++) {
    const clino__view *v = &s->p.layout.views[i];
    if (v->owner && v->tensor->dtype == CLINO_F32) s->spacing = FLT_EPSILON;
  }
}

static bool coordinates_finite(clino__session *s) {
  for (size_t i = 0; i < s->n; i++) {
    if (isfinite(s->p.x[i])) continue;
    s->p.gradient[i] = NAN;
    clino__entry_init(&s->p, i, &s->r.worst);
    s->r.verdict = s->r.worst.verdict = CLINO_VERDICT_NONFINITE;
    return false;
  }
  return true;
}

clino_status clino__session_open(clino__session *s, const clino__setup *setup, bool *holds, clino_error *error) {
  memset(s, 0, sizeof *s);
  *holds = false;
  s->p = (clino__problem){
      .model = setup->model, .flat = setup->flat, .hook_ctx = setup->ctx, .r = &s->r, .error = error};
  s->p.o = clino_gradcheck_options_default();
  s->p.term = CLINO_TERM_ALL;
  s->p.o.seed = setup->seed;
  s->p.o.grad_mode = setup->grad_mode;
  s->p.o.context = setup->context;
  s->p.quantum = DBL_EPSILON;
  clino_status status = clino__layout_init(&s->p.layout, setup->model->tensors, setup->model->n_tensors, error);
  if (status) return status;
  s->n = s->p.layout.n;
  status = allocate(s);
  if (status) return status;
  clino__layout_get_all(&s->p.layout, s->p.x);
  clino__layout_save(&s->p.layout);
  s->saved = true;
  clino__measure_scales(&s->p);
  measure_spacing(s);
  *holds = coordinates_finite(s);
  return CLINO_OK;
}

void clino__session_close(clino__session *s) {
  if (s->saved) clino__layout_restore(&s->p.layout);
  clino__problem_release(&s->p);
  free(s->moved);
  s->moved = NULL;
  s->saved = false;
}

/* ---- displacements ---- */

void clino__session_move(clino__session *s, const double *offset, double t, const double *d) {
  for (size_t i = 0; i < s->p.layout.n_views; i++) {
    const clino__view *v = &s->p.layout.views[i];
    for (size_t k = v->first; v->owner && k < v->first + v->count; k++) {
      double by = d ? t * d[k] : 0;
      if (offset) by += offset[k];
      s->moved[k] = by != 0 ? clino__layout_set(&s->p.layout, k, s->p.x[k] + by) - s->p.x[k] : 0;
      if (by == 0) clino__layout_set(&s->p.layout, k, s->p.x[k]);
    }
  }
}

void clino__session_reset(clino__session *s) { clino__layout_reset_point(&s->p.layout); }

clino_status clino__session_value(clino__session *s, double *f) { return clino__value(&s->p, f); }

/* Sets every element that a gradient is read from; which: 0 clears, else a pattern of that number. */
static void fill(clino__session *s, uint64_t which) {
  for (size_t i = 0; i < s->p.layout.n_views; i++) {
    const clino__view *v = &s->p.layout.views[i];
    clino__rng rng = clino__rng_new(clino__rng_derive(which, i));
    for (size_t k = 0; v->gathers && k < v->count; k++)
      clino__view_set_grad(v, k, which ? clino__rng_between(&rng, 1, 2) : 0);
  }
}

clino_status clino__session_gradient_value(clino__session *s, double *f, double *g) {
  if (s->p.o.grad_mode == CLINO_GRAD_ACCUMULATES) fill(s, 0);
  clino_status status = clino__gradient(&s->p, false, f);
  if (!status) clino__layout_gather(&s->p.layout, g);
  return status;
}

clino_status clino__session_gradient(clino__session *s, double *g) {
  double f;
  return clino__session_gradient_value(s, &f, g);
}

/* ---- preconditions of the gradient alone ---- */

static void end(clino__session *s, clino_verdict verdict, clino_reason reason, const clino_gradcheck_entry *e) {
  s->r.worst = *e;
  s->r.verdict = s->r.worst.verdict = verdict;
  s->r.reason = s->r.worst.reason = reason;
}

/* What the buffers hold is the gradient of two calls: the difference of the fills, the fill itself, or something new.
 *  */
static bool written(clino__session *s, const double *first, const double *second, const double *fill1,
                    const double *fill2) {
  for (size_t i = 0; i < s->n; i++) {
    double close = 1e-5 * (fabs(fill1[i]) + fabs(fill2[i]));
    if (memcmp(&first[i], &second[i], sizeof *first) == 0 || (isnan(first[i]) && isnan(second[i]))) continue;
    clino_gradcheck_entry e;
    clino__entry_init(&s->p, i, &e);
    e.analytic = first[i];
    e.numeric = second[i];
    clino_reason reason = CLINO_REASON_NONE;
    if (first[i] == fill1[i] && second[i] == fill2[i]) reason = CLINO_REASON_UNWRITTEN;
    else if (fabs((second[i] - fill2[i]) - (first[i] - fill1[i])) <= close) reason = CLINO_REASON_ACCUMULATED;
    end(s, reason ? CLINO_VERDICT_FAIL : CLINO_VERDICT_NONDETERMINISTIC, reason, &e);
    return false;
  }
  return true;
}

static bool gradient_finite(clino__session *s) {
  for (size_t i = 0; i < s->n; i++) {
    if (isfinite(s->p.gradient[i])) continue;
    clino_gradcheck_entry e;
    clino__entry_init(&s->p, i, &e);
    end(s, CLINO_VERDICT_NONFINITE, CLINO_REASON_NONE, &e);
    return false;
  }
  return true;
}

static clino_status one_call(clino__session *s, uint64_t which, double *filled, double *g, bool *holds) {
  double f;
  fill(s, s->p.o.grad_mode == CLINO_GRAD_ACCUMULATES ? 0 : which);
  clino__layout_gather(&s->p.layout, filled);
  clino_status status = clino__gradient(&s->p, false, &f);
  if (status) return status;
  clino__layout_gather(&s->p.layout, g);
  *holds = clino__untouched(&s->p);
  return CLINO_OK;
}

clino_status clino__session_field(clino__session *s, bool *holds) {
  size_t n = s->n;
  *holds = false;
  double *work = n <= SIZE_MAX / sizeof(double) / 3 ? malloc(3 * n * sizeof *work) : NULL;
  if (!work) return clino__fail_memory(s->p.error, "two gradients");
  double *fill1 = work, *fill2 = work + n, *second = work + 2 * n;
  clino_status status = one_call(s, 17, fill1, s->p.gradient, holds);
  if (!status && *holds) status = one_call(s, 19, fill2, second, holds);
  if (!status && *holds) *holds = written(s, s->p.gradient, second, fill1, fill2) && gradient_finite(s);
  if (!status && *holds) clino__measure_sizes(&s->p);
  free(work);
  return status;
}

/* ---- scales and vectors ---- */

double clino__session_scale(const clino__session *s, size_t entry, bool own) {
  double size = fabs(s->p.x[entry]), tensor = s->p.tensor_scale[clino__layout_view_of(&s->p.layout, entry)];
  return own && size > 0 ? size : fmax(size, tensor);
}

void clino__session_random(const clino__session *s, uint64_t purpose, bool own, double *d) {
  clino__rng rng = clino__rng_new(clino__rng_derive(s->p.o.seed, purpose));
  for (size_t i = 0; i < s->n; i++) {
    double u = clino__rng_between(&rng, 0.5, 1) * clino__session_scale(s, i, own);
    d[i] = clino__rng_bits(&rng) & 1 ? -u : u;
  }
}

double clino__session_reach(const clino__session *s, const double *d) {
  double most = 0;
  for (size_t i = 0; i < s->n; i++) most = fmax(most, fabs(d[i]) / clino__session_scale(s, i, false));
  return most > 0 ? 1 / most : 0;
}

bool clino__session_single(const clino__session *s) {
  return s->spacing > DBL_EPSILON || s->p.quantum > DBL_EPSILON;
}

/* ---- numbers ---- */

double clino__difference_noise(const double f[CLINO__NOISE_POINTS]) {
  double d[CLINO__NOISE_POINTS], best = INFINITY, factor = 1;
  memcpy(d, f, sizeof d);
  for (int k = 1; k <= 4; k++) {
    factor *= (double)k / (2.0 * (2.0 * k - 1)); /* (k!)^2 / (2k)! */
    for (int i = 0; i < CLINO__NOISE_POINTS - k; i++) d[i] = d[i + 1] - d[i];
    double sigma = sqrt(factor) * clino__rms(d, (size_t)(CLINO__NOISE_POINTS - k));
    for (int i = 0; i < CLINO__NOISE_POINTS - k; i++)
      if (!isfinite(d[i])) return NAN;
    if (k > 1) best = fmin(best, sigma);
  }
  return best;
}

double clino__dot(const double *a, const double *b, size_t n) {
  clino__sum sum = {0, 0};
  for (size_t i = 0; i < n; i++) clino__sum_add(&sum, a[i] * b[i]);
  return clino__sum_value(&sum);
}

double clino__dot_size(const double *a, const double *b, size_t n) {
  double largest = 0, sum = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(a[i] * b[i]));
  if (!(largest > 0) || isinf(largest)) return largest;
  for (size_t i = 0; i < n; i++) {
    double u = a[i] * b[i] / largest;
    sum += u * u;
  }
  return largest * sqrt(sum);
}
