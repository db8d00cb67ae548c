/* The ends of the spectrum: of a small Hessian from all of it, of a large one by the Lanczos method; and what is found,
 * verified by products of its own. */
#include "clino/spectrum.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "curvature/dense.h"
#include "curvature/lanczos.h"
#include "curvature/vector.h"

#define MOST_DENSE 4096
#define LEAST_GRADIENTS 40

clino_spectrum_options clino_spectrum_options_default(void) {
  return (clino_spectrum_options){.struct_size = sizeof(clino_spectrum_options),
                                  .per_end = 1,
                                  .tolerance = 1e-3,
                                  .form = CLINO_PRODUCT_FORWARD,
                                  .dense_up_to = 48,
                                  .max_gradients = 1000,
                                  .seed = 1};
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  char text[CLINO__NUMBER_SIZE];
  clino__number_text(text, value);
  return clino__fail(error, CLINO_ERR_RANGE, "clino_spectrum_options.%s is %s, not %s", field, text, range);
}

clino_status clino__spectrum_options_check(const clino_spectrum_options *o, size_t n, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_spectrum_options", error);
  if (status) return status;
  if (o->per_end < 1 || o->per_end > CLINO_SPECTRUM_MOST)
    return bad(error, "per_end", (double)o->per_end, "from 1 to 16");
  if (!(o->tolerance >= 1e-12 && o->tolerance <= 0.5))
    return bad(error, "tolerance", o->tolerance, "from 1e-12 to 0.5");
  if (o->form != CLINO_PRODUCT_CENTERED && o->form != CLINO_PRODUCT_FORWARD)
    return bad(error, "form", (double)o->form, "a clino_product_form");
  if (o->dense_up_to > MOST_DENSE) return bad(error, "dense_up_to", (double)o->dense_up_to, "at most 4096");
  if (o->max_gradients < LEAST_GRADIENTS)
    return bad(error, "max_gradients", (double)o->max_gradients, "40 or more");
  for (size_t i = 0; o->preconditioner && i < n; i++)
    if (!(o->preconditioner[i] > 0 && isfinite(o->preconditioner[i])))
      return bad(error, "preconditioner", o->preconditioner[i], "above 0 and finite in every entry");
  return CLINO_OK;
}

typedef struct work {
  clino__operator op;
  const clino_spectrum_options *o;
  clino_spectrum_result *r;
  double *vectors;  /* the lowest count, rising, then the highest count, falling */
  double *products; /* two */
} work;

/* ---- the whole Hessian ---- */

static clino_status dense(work *w) {
  size_t n = w->op.n, count = w->r->count;
  double *a = clino__vectors(n + 1, n), off = NAN;
  if (!a) return clino__fail_memory(w->op.error, "the Hessian");
  double *values = a + n * n;
  clino_status status = clino__dense_hessian(&w->op, a, &off);
  if (!status && w->op.finite) {
    w->r->trace = 0;
    for (size_t i = 0; i < n; i++) w->r->trace += a[i * n + i];
    status = clino__dense_eigen(n, a, values, w->op.error);
  }
  for (size_t k = 0; k < count && !status && w->op.finite; k++) {
    w->r->lowest[k] = (clino_eigenvalue){values[k], off, off, true};
    w->r->highest[k] = (clino_eigenvalue){values[n - 1 - k], off, off, true};
    memcpy(w->vectors + k * n, a + k * n, n * sizeof *a);
    memcpy(w->vectors + (count + k) * n, a + (n - 1 - k) * n, n * sizeof *a);
  }
  w->r->dense = true;
  if (!status && w->op.finite) {
    w->r->largest = fmax(fabs(values[0]), fabs(values[n - 1]));
    w->r->zero = !(w->r->largest > off);
  }
  free(a);
  return status;
}

/* ---- its ends ---- */

/* Centered products at two steps: value, residual, and how much the steps disagree. */
static clino_status verify(work *w, double *v, clino_eigenvalue *e) {
  size_t n = w->op.n;
  double *wide = w->products, *fine = w->products + n;
  clino__scale(v, n, 1 / clino__norm(v, n));
  clino_status status = clino__operator_centered(&w->op, 1, v, wide);
  if (!status) status = clino__operator_centered(&w->op, 0.5, v, fine);
  if (status || !w->op.finite) return status;
  e->value = clino__inner(v, fine, n);
  for (size_t i = 0; i < n; i++) wide[i] -= fine[i];
  double apart = clino__norm(wide, n), noise = 3 * clino__operator_noise(&w->op, 0.5, v);
  clino__add_scaled(fine, -e->value, v, n);
  e->residual = clino__norm(fine, n);
  e->error = e->residual + apart + noise;
  return CLINO_OK;
}

static void no_curvature(work *w) {
  double *v = w->vectors;
  memset(v, 0, 2 * w->r->count * w->op.n * sizeof *v);
  for (size_t k = 0; k < 2 * w->r->count; k++) v[k * w->op.n + k % w->op.n] = 1;
}

static clino_status ends(work *w) {
  size_t n = w->op.n, count = w->r->count;
  uint64_t used = clino__operator_gradients(&w->op), verifying = 8 * count, left = 0;
  if (w->o->max_gradients > used + verifying) left = w->o->max_gradients - used - verifying;
  if (!w->op.forward) left /= 2;
  clino__lanczos job = {.pairs = 2 * count, .tolerance = w->o->tolerance, .seed = w->o->seed,
                        .max_products = left < 10 ? 10 : left, .vectors = w->vectors, .solver = w->o->solver,
                        .solver_ctx = w->o->solver_ctx};
  clino_status status = clino__lanczos_extremes(&w->op, &job);
  if (status || !w->op.finite) return status;
  if (job.zero) no_curvature(w);
  for (size_t k = 0; k < count / 2; k++) /* ARPACK has all of them rising; the highest are wanted falling */
    for (size_t i = 0; i < n; i++) {
      double *a = w->vectors + (count + k) * n + i, *b = w->vectors + (2 * count - 1 - k) * n + i, swap = *a;
      *a = *b, *b = swap;
    }
  for (size_t k = 0; k < 2 * count && !status && w->op.finite; k++)
    status = verify(w, w->vectors + k * n, k < count ? &w->r->lowest[k] : &w->r->highest[k - count]);
  w->r->zero = job.zero;
  w->r->largest = fmax(fabs(w->r->lowest[0].value), fabs(w->r->highest[0].value));
  return status;
}

/* ---- both ---- */

static void settle(work *w) {
  clino_spectrum_result *r = w->r;
  r->step = w->op.step;
  r->gradient_noise = w->op.noise;
  r->converged = w->op.finite;
  for (size_t k = 0; k < r->count; k++) {
    clino_eigenvalue *both[2] = {&r->lowest[k], &r->highest[k]};
    for (int i = 0; i < 2; i++) {
      if (!w->op.finite) *both[i] = (clino_eigenvalue){NAN, NAN, NAN, false};
      else if (!r->dense) both[i]->converged = r->zero || both[i]->residual <= w->o->tolerance * r->largest;
      r->converged = r->converged && both[i]->converged;
    }
  }
  if (w->op.finite) return;
  r->largest = r->trace = NAN;
  if (r->verdict == CLINO_VERDICT_PASS) r->verdict = CLINO_VERDICT_NONFINITE;
}

static clino_status run(work *w, clino_point *point, clino_error *error) {
  size_t n = clino_point_get_info(point).entries, count = w->r->count;
  clino_status status = clino__operator_open(&w->op, point, w->o, error);
  w->vectors = clino__vectors(2 * count + 2, n);
  if (w->vectors) w->products = w->vectors + 2 * count * n;
  else if (!status) status = clino__fail_memory(error, "eigenvectors");
  bool whole = n <= w->o->dense_up_to || n < 2 * count + 2;
  if (!status && w->op.finite) status = whole ? dense(w) : ends(w);
  if (!status) settle(w);
  if (!status && w->op.finite && w->o->lowest_vectors)
    memcpy(w->o->lowest_vectors, w->vectors, count * n * sizeof(double));
  if (!status && w->op.finite && w->o->highest_vectors)
    memcpy(w->o->highest_vectors, w->vectors + count * n, count * n * sizeof(double));
  w->r->gradients = clino_point_get_info(point).gradients - w->op.first;
  clino__operator_close(&w->op);
  free(w->vectors);
  return status;
}

clino_status clino_spectrum(clino_point *point, const clino_spectrum_options *options, clino_spectrum_result *r,
                            clino_error *error) {
  if (!r || !point) return clino__fail(error, CLINO_ERR_RANGE, "clino_spectrum: %s is NULL", r ? "point" : "result");
  memset(r, 0, sizeof *r);
  clino_spectrum_options o = options ? *options : clino_spectrum_options_default();
  clino_point_info info = clino_point_get_info(point);
  clino_status status = clino__spectrum_options_check(&o, info.entries, error);
  if (status) return status;
  r->verdict = info.verdict;
  r->reason = info.reason;
  r->entries = info.entries;
  r->count = o.per_end < info.entries ? o.per_end : info.entries;
  r->trace = NAN;
  work w = {.o = &o, .r = r};
  status = run(&w, point, error);
  if (status) memset(r, 0, sizeof *r);
  return status;
}

/* ---- as text ---- */

static void add_end(clino__text *t, const char *name, const clino_eigenvalue *e, size_t count) {
  clino__text_addf(t, "; %s ", name);
  for (size_t k = 0; k < count && k < 3; k++) {
    clino__text_add(t, k ? ", " : "");
    clino__text_add_digits(t, e[k].value, 5);
    clino__text_add(t, " +- ");
    clino__text_add_digits(t, e[k].error, 2);
    if (!e[k].converged) clino__text_add(t, " (not converged)");
  }
  if (count > 3) clino__text_add(t, ", ...");
}

size_t clino_spectrum_describe(const clino_spectrum_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  if (r->verdict != CLINO_VERDICT_PASS) {
    clino__text_addf(&t, "no eigenvalues: %s", clino_verdict_name(r->verdict));
  } else {
    clino__text_addf(&t, "Hessian of %zu %s%s", r->entries, r->entries == 1 ? "entry" : "entries",
                     r->zero ? ", 0 as far as can be told" : "");
    add_end(&t, "lowest", r->lowest, r->count);
    add_end(&t, "highest", r->highest, r->count);
    clino__text_addf(&t, "; %s, %llu gradients", r->dense ? "whole" : "Lanczos", (unsigned long long)r->gradients);
  }
  size_t length = clino__text_copy(&t, text, size < 901 ? size : 901);
  clino__text_free(&t);
  return length;
}
