/* Extreme eigenvalues, the whole Hessian and the trace, against Hessians that are known. */
#include "clino/spectrum.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/random.h"
#include "support/spectra.h"
#include "support/suite.h"

static clino_point *open_at(clino_objective f, void *ctx, size_t n, const double *x) {
  clino_point *point = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(clino_point_new(f, ctx, n, x, NULL, &point, &error), CLINO_OK);
  return point;
}

static clino_spectrum_result spectrum_of(clino_point *point, const clino_spectrum_options *o) {
  clino_spectrum_result r;
  clino_error error = {.message = ""};
  clino_status status = clino_spectrum(point, o, &r, &error);
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_STRING_EQUAL(error.message, "");
  return r;
}

static void fill_spectrum(known_quadratic *q, size_t n, uint64_t seed) {
  known_quadratic_init(q, n, seed);
  for (size_t i = 0; i < n; i++) q->lambda[i] = -1.7 + 4.1 * (double)i / (double)n;
  q->lambda[n - 1] = 7.3;
  q->lambda[0] = -2.61;
}

static bool near(double a, double b, double size, double tolerance) { return fabs(a - b) <= tolerance * size; }

/* Up to n = 300, both ways, both forms, over 20 decades of scale: 1e-6 relative to max|lambda|. */
static void ends_of_known_hessians(void) {
  static const size_t sizes[] = {1, 2, 3, 5, 17, 48, 49, 120, 300};
  static const double scales[] = {1, 1e-12, 1e8};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (int k = 0; k < 6; k++) {
      known_quadratic q;
      size_t n = sizes[s];
      double x[SPECTRA_MOST];
      fill_spectrum(&q, n, 31 + s);
      if (n == 1) q.lambda[0] = 7.3;
      q.scale = scales[k % 3];
      random_fill(7 + s, x, n, -2, 2);
      clino_spectrum_options o = clino_spectrum_options_default();
      o.tolerance = 1e-7;
      o.dense_up_to = k < 3 ? 8 : 60;
      o.form = k % 2 ? CLINO_PRODUCT_CENTERED : CLINO_PRODUCT_FORWARD;
      clino_point *point = open_at(known_quadratic_objective, &q, n, x);
      clino_spectrum_result r = spectrum_of(point, &o);
      double size = 7.3 * q.scale, low = (n == 1 ? 7.3 : -2.61) * q.scale;
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
      CU_ASSERT(r.converged);
      CU_ASSERT(near(r.highest[0].value, size, size, 1e-6));
      CU_ASSERT(near(r.lowest[0].value, low, size, 1e-6));
      CU_ASSERT(fabs(r.lowest[0].value - low) <= r.lowest[0].error);
      CU_ASSERT(fabs(r.highest[0].value - size) <= r.highest[0].error);
      CU_ASSERT(r.highest[0].error < 1e-4 * size);
      CU_ASSERT_EQUAL(r.dense, n <= o.dense_up_to);
      clino_point_free(point);
    }
}

/* Of a function that is no quadratic: the Lanczos method against the whole Hessian by LAPACK. */
static void lanczos_against_lapack(void) {
  static const size_t sizes[] = {60, 150};
  for (size_t s = 0; s < 2; s++) {
    size_t n = sizes[s];
    double x[SPECTRA_MOST], *low = malloc(3 * n * sizeof *low);
    random_fill(3 + s, x, n, -1, 1);
    clino_point *point = open_at(ripples, NULL, n, x);
    clino_spectrum_options o = clino_spectrum_options_default();
    o.per_end = 3;
    o.dense_up_to = 4096;
    clino_spectrum_result whole = spectrum_of(point, &o);
    o.dense_up_to = 0;
    o.tolerance = 1e-6;
    o.form = CLINO_PRODUCT_CENTERED;
    o.max_gradients = 4000;
    o.lowest_vectors = low;
    clino_spectrum_result ends = spectrum_of(point, &o);
    CU_ASSERT(whole.dense && !ends.dense && ends.converged);
    for (size_t k = 0; k < 3; k++) {
      CU_ASSERT(near(whole.lowest[k].value, ends.lowest[k].value, whole.largest, 1e-6));
      CU_ASSERT(near(whole.highest[k].value, ends.highest[k].value, whole.largest, 1e-6));
      double norm = 0;
      for (size_t i = 0; i < n; i++) norm += low[k * n + i] * low[k * n + i];
      CU_ASSERT_DOUBLE_EQUAL(norm, 1, 1e-9);
    }
    free(low);
    clino_point_free(point);
  }
}

/* Vectors belong to their values; the same seed gives the same bits, also on a Hessian of rank 3. */
static void vectors_and_seeds(void) {
  known_quadratic q;
  const size_t n = 200;
  double x[SPECTRA_MOST], v[SPECTRA_MOST], high[SPECTRA_MOST];
  fill_spectrum(&q, n, 5);
  for (size_t i = 0; i < n; i++) q.lambda[i] = i < 3 ? 1.5 + (double)i : 0;
  random_fill(70, x, n, -1, 1);
  clino_point *point = open_at(known_quadratic_objective, &q, n, x);
  clino_spectrum_options o = clino_spectrum_options_default();
  o.highest_vectors = high;
  o.tolerance = 1e-6;
  clino_spectrum_result a = spectrum_of(point, &o), b = spectrum_of(point, &o);
  CU_ASSERT_DOUBLE_EQUAL(a.highest[0].value, 3.5, 3.5e-6);
  CU_ASSERT(fabs(a.lowest[0].value) < 1e-5 && fabs(a.lowest[0].value) <= a.lowest[0].error);
  CU_ASSERT_EQUAL(memcmp(&a.lowest[0], &b.lowest[0], sizeof(double)), 0);
  CU_ASSERT_EQUAL(memcmp(&a.highest[0], &b.highest[0], sizeof(double)), 0);
  known_quadratic_vector(&q, 2, v);
  double dot = 0;
  for (size_t i = 0; i < n; i++) dot += v[i] * high[i];
  CU_ASSERT_DOUBLE_EQUAL(fabs(dot), 1, 1e-6);
  clino_point_free(point);
}

/* D^-1/2 H D^-1/2 of a diagonal H. */
static void preconditioned(void) {
  for (size_t n = 20; n <= 200; n += 180) {
    known_quadratic q;
    known_quadratic_init(&q, n, 1);
    memset(q.mirror, 0, sizeof q.mirror); /* reflections at 0 leave all as it is */
    double x[SPECTRA_MOST], d[SPECTRA_MOST], low = INFINITY, high = -INFINITY;
    random_fill(9, x, n, -1, 1);
    random_fill(10, d, n, 0.01, 3);
    for (size_t i = 0; i < n; i++) {
      q.lambda[i] = (double)i - 4.5;
      low = fmin(low, q.lambda[i] / d[i]);
      high = fmax(high, q.lambda[i] / d[i]);
    }
    clino_spectrum_options o = clino_spectrum_options_default();
    o.preconditioner = d;
    o.tolerance = 1e-5;
    clino_point *point = open_at(known_quadratic_objective, &q, n, x);
    clino_spectrum_result r = spectrum_of(point, &o);
    CU_ASSERT(near(r.lowest[0].value, low, high, 1e-6));
    CU_ASSERT(near(r.highest[0].value, high, high, 1e-6));
    clino_trace_result t;
    CU_ASSERT_EQUAL(clino_hessian_trace(point, 2, NULL, &t, NULL), CLINO_OK);
    double trace = (double)n * ((double)n - 1) / 2 - 4.5 * (double)n;
    CU_ASSERT_DOUBLE_EQUAL(t.trace, trace, 1e-4 * fabs(trace)); /* exact for a diagonal Hessian */
    clino_point_free(point);
  }
}

static void trace_with_error(void) {
  known_quadratic q;
  const size_t n = 90;
  double x[SPECTRA_MOST], trace = 0;
  fill_spectrum(&q, n, 77);
  random_fill(78, x, n, -1, 1);
  for (size_t i = 0; i < n; i++) trace += q.lambda[i];
  clino_point *point = open_at(known_quadratic_objective, &q, n, x);
  clino_trace_result t;
  CU_ASSERT_EQUAL(clino_hessian_trace(point, 60, NULL, &t, NULL), CLINO_OK);
  CU_ASSERT(fabs(t.trace - trace) < 4 * t.standard_error);
  CU_ASSERT(t.standard_error > 0 && t.standard_error < 5 && t.samples == 60);
  CU_ASSERT_EQUAL(clino_hessian_trace(point, 1, NULL, &t, NULL), CLINO_OK);
  CU_ASSERT(isnan(t.standard_error) && isfinite(t.trace));
  clino_spectrum_options o = clino_spectrum_options_default();
  o.dense_up_to = n;
  CU_ASSERT_DOUBLE_EQUAL(spectrum_of(point, &o).trace, trace, 1e-6 * fabs(trace));
  double *h = malloc(n * n * sizeof *h), error = 0, worst = 0;
  CU_ASSERT_EQUAL(clino_hessian_dense(point, NULL, h, &error, NULL), CLINO_OK);
  double v[SPECTRA_MOST];
  known_quadratic_vector(&q, n - 1, v);
  for (size_t i = 0; i < n; i++) {
    double hv = 0;
    for (size_t j = 0; j < n; j++) hv += h[i * n + j] * v[j];
    worst = fmax(worst, fabs(hv - 7.3 * v[i]));
  }
  CU_ASSERT(worst <= error && error < 1e-3);
  free(h);
  clino_point_free(point);
}

/* ---- what is degenerate ---- */

static int linear(size_t n, const double *x, double *f, double *grad, void *ctx) {
  *f = ctx ? *(double *)ctx : 0;
  for (size_t i = 0; i < n; i++) *f += (0.3 + (double)i) * x[i];
  for (size_t i = 0; grad && i < n; i++) grad[i] = 0.3 + (double)i;
  return 0;
}

static int relus(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) *f += x[i] > 0 ? 2 * x[i] : 0;
  for (size_t i = 0; grad && i < n; i++) grad[i] = x[i] > 0 ? 2 : 0;
  return 0;
}

static void no_curvature(void) {
  static const size_t sizes[] = {1, 2, 40, 100, 300};
  for (size_t s = 0; s < 5; s++)
    for (int k = 0; k < 2; k++) {
      size_t n = sizes[s];
      double x[SPECTRA_MOST];
      random_fill(s, x, n, 0.1, 1);
      clino_point *point = open_at(k ? relus : linear, NULL, n, x);
      clino_spectrum_result r = spectrum_of(point, NULL);
      CU_ASSERT(r.zero && r.converged);
      CU_ASSERT(fabs(r.lowest[0].value) <= r.lowest[0].error + 1e-300);
      CU_ASSERT(r.largest < 1e-6);
      clino_point_free(point);
    }
}

/* Single precision inside: coarse, but with an error bar that says so. */
static void noisy_gradients(void) {
  static const size_t sizes[] = {12, 150};
  for (size_t s = 0; s < 2; s++) {
    known_quadratic q;
    double x[SPECTRA_MOST];
    fill_spectrum(&q, sizes[s], 8);
    q.single = true;
    random_fill(80, x, sizes[s], -1, 1);
    clino_point *point = open_at(known_quadratic_objective, &q, sizes[s], x);
    clino_spectrum_options o = clino_spectrum_options_default();
    o.tolerance = 1e-2;
    clino_spectrum_result r = spectrum_of(point, &o);
    CU_ASSERT(near(r.highest[0].value, 7.3, 7.3, 1e-2));
    CU_ASSERT(fabs(r.highest[0].value - 7.3) <= r.highest[0].error);
    CU_ASSERT(fabs(r.lowest[0].value + 2.61) <= r.lowest[0].error);
    CU_ASSERT(r.gradient_noise > 1e-8);
    clino_point_free(point);
  }
}

static void not_finite(void) {
  static const size_t sizes[] = {4, 90};
  for (size_t s = 0; s < 2; s++)
    for (uint64_t from = 1; from < 24; from += 7) {
      known_quadratic q;
      double x[SPECTRA_MOST];
      fill_spectrum(&q, sizes[s], 8);
      q.nan_from = from;
      random_fill(80, x, sizes[s], -1, 1);
      clino_point *point = open_at(known_quadratic_objective, &q, sizes[s], x);
      clino_spectrum_result r = spectrum_of(point, NULL);
      CU_ASSERT(r.verdict == CLINO_VERDICT_NONFINITE || r.verdict == CLINO_VERDICT_NONDETERMINISTIC);
      CU_ASSERT(isnan(r.lowest[0].value) && isnan(r.highest[0].error) && isnan(r.largest) && !r.converged);
      char text[901];
      CU_ASSERT(clino_spectrum_describe(&r, text, sizeof text) < 901 && strstr(text, "no eigenvalues"));
      double h[16], trace[2];
      if (s == 0) CU_ASSERT_EQUAL(clino_hessian_dense(point, NULL, h, trace, NULL), CLINO_OK);
      if (s == 0) CU_ASSERT(isnan(h[3]) && isnan(trace[0]));
      clino_trace_result t;
      CU_ASSERT_EQUAL(clino_hessian_trace(point, 3, NULL, &t, NULL), CLINO_OK);
      CU_ASSERT(isnan(t.trace));
      clino_point_free(point);
    }
}

/* A budget that is too small gives what is known, said to be not converged. */
static void budget(void) {
  known_quadratic q;
  const size_t n = 300;
  double x[SPECTRA_MOST];
  fill_spectrum(&q, n, 9);
  random_fill(81, x, n, -1, 1);
  clino_point *point = open_at(known_quadratic_objective, &q, n, x);
  clino_spectrum_options o = clino_spectrum_options_default();
  o.tolerance = 1e-9;
  o.max_gradients = 40;
  clino_spectrum_result r = spectrum_of(point, &o);
  CU_ASSERT(r.gradients <= 45);
  CU_ASSERT(!r.converged);
  CU_ASSERT(near(r.highest[0].value, 7.3, 7.3, 0.3));
  CU_ASSERT(fabs(r.lowest[0].value + 2.61) <= r.lowest[0].error + 0.5);
  char text[901];
  clino_spectrum_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "not converged"));
  o.per_end = 5;
  r = spectrum_of(point, &o);
  CU_ASSERT(r.count == 5 && r.highest[0].value >= r.highest[4].value);
  clino_point_free(point);
}

/* ---- errors ---- */

static void refused(clino_point *point, clino_spectrum_options o, const char *names) {
  clino_spectrum_result r;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_spectrum(point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, names));
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
}

static void ranges(void) {
  const double x[3] = {0.4, -0.8, 1.3};
  clino_point *point = open_at(ripples, NULL, 3, x);
  const clino_spectrum_options d = clino_spectrum_options_default();
  clino_spectrum_options o = d;
  refused(point, (o.struct_size = 0, o), "clino_spectrum_options_default");
  refused(point, (o = d, o.per_end = 0, o), "per_end");
  refused(point, (o = d, o.per_end = 17, o), "per_end");
  refused(point, (o = d, o.tolerance = NAN, o), "tolerance");
  refused(point, (o = d, o.form = (clino_product_form)7, o), "form");
  refused(point, (o = d, o.dense_up_to = 5000, o), "dense_up_to");
  refused(point, (o = d, o.max_gradients = 39, o), "max_gradients");
  const double bad[3] = {1, 0, 2};
  refused(point, (o = d, o.preconditioner = bad, o), "preconditioner");
  clino_spectrum_result r;
  clino_trace_result t;
  double h[9];
  CU_ASSERT_EQUAL(clino_spectrum(NULL, NULL, &r, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_spectrum(point, NULL, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hessian_trace(point, 0, NULL, &t, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hessian_trace(NULL, 1, NULL, &t, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hessian_dense(NULL, NULL, h, NULL, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_hessian_dense(point, NULL, NULL, NULL, NULL), CLINO_ERR_RANGE);
  clino_point_free(point);
}

static int cancel_after(const clino_progress *now, void *ctx) { return now->done >= *(uint64_t *)ctx ? 9 : 0; }

static void callbacks_that_stop(void) {
  known_quadratic q;
  const size_t n = 80;
  double x[SPECTRA_MOST];
  fill_spectrum(&q, n, 10);
  random_fill(82, x, n, -1, 1);
  for (int at = 1; at < 45; at += 9) {
    clino_point *point = NULL;
    clino_spectrum_result r;
    clino_error error = {.code = CLINO_OK};
    q.calls = 0, q.fail_at = at;
    clino_status status = clino_point_new(known_quadratic_objective, &q, n, x, NULL, &point, &error);
    if (!status) status = clino_spectrum(point, NULL, &r, &error);
    CU_ASSERT(status == CLINO_ERR_CALLBACK && error.callback_value == 41);
    clino_point_free(point);
    q.fail_at = 0;
    uint64_t limit = (uint64_t)at;
    clino_point_options o = clino_point_options_default();
    o.progress = cancel_after, o.progress_ctx = &limit;
    status = clino_point_new(known_quadratic_objective, &q, n, x, &o, &point, &error);
    if (!status) status = clino_spectrum(point, NULL, &r, &error);
    CU_ASSERT(status == CLINO_ERR_CANCELLED && error.callback_value == 9);
    clino_point_free(point);
  }
}

/* A callback that asks for eigenvalues itself is told that ARPACK runs one at a time. */
typedef struct nested {
  clino_point *inner;
  clino_status status;
} nested;

static int nested_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  nested *s = ctx;
  clino_spectrum_result r;
  if (s->inner && grad && s->status != CLINO_ERR_UNSUPPORTED) s->status = clino_spectrum(s->inner, NULL, &r, NULL);
  return ripples(n, x, f, grad, NULL);
}

static void within_a_callback(void) {
  double x[60];
  random_fill(83, x, 60, -1, 1);
  nested s = {.inner = open_at(ripples, NULL, 60, x)};
  clino_point *point = open_at(nested_objective, &s, 60, x);
  clino_spectrum_result r = spectrum_of(point, NULL);
  CU_ASSERT(r.verdict == CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(s.status, CLINO_ERR_UNSUPPORTED);
  clino_point_free(point);
  clino_point_free(s.inner);
}

static void *in_thread(void *unused) {
  double x[70], *value = malloc(sizeof *value);
  (void)unused;
  random_fill(84, x, 70, -1, 1);
  clino_point *point = NULL;
  clino_spectrum_result r = {.largest = NAN};
  if (!clino_point_new(ripples, NULL, 70, x, NULL, &point, NULL) && clino_spectrum(point, NULL, &r, NULL)) *value = NAN;
  clino_point_free(point);
  *value = r.largest;
  return value;
}

static void several_threads(void) {
  pthread_t threads[3];
  double *values[3];
  for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(pthread_create(&threads[i], NULL, in_thread, NULL), 0);
  for (int i = 0; i < 3; i++) {
    void *value = NULL;
    pthread_join(threads[i], &value);
    values[i] = value;
  }
  CU_ASSERT(isfinite(*values[0]) && *values[0] == *values[1] && *values[1] == *values[2]);
  for (int i = 0; i < 3; i++) free(values[i]);
}

static void out_of_memory(void) {
  if (!allocations_known()) return;
  double x[70];
  random_fill(85, x, 70, -1, 1);
  for (int k = 0; k < 2; k++)
    for (long i = 0;; i++) {
      clino_point *point = NULL;
      clino_spectrum_result r;
      clino_spectrum_options o = clino_spectrum_options_default();
      o.dense_up_to = k ? 70 : 8;
      long before = allocations_live();
      allocations_fail_after(i);
      clino_status status = clino_point_new(ripples, NULL, 70, x, NULL, &point, NULL);
      if (!status) status = clino_spectrum(point, &o, &r, NULL);
      allocations_fail_after(-1);
      clino_point_free(point);
      CU_ASSERT_EQUAL(allocations_live(), before);
      if (!status) break;
      CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
      if (i > 200) break;
    }
}

/* ---- a solver of the caller ---- */

typedef struct known_solver {
  known_quadratic *q;
  clino_status answer;
  bool fail, spoil; /* the gradient, once it is at work */
  int stopped;      /* how often a product said so */
} known_solver;

/* Answers with what is known of the quadratic, once the operator was seen to be it, moved. */
static clino_status solve_known(const clino_eigen_job *job, void *ctx, clino_error *error) {
  known_solver *s = ctx;
  double out[SPECTRA_MOST];
  if (s->answer) {
    if (error) snprintf(error->message, sizeof error->message, "no vectors today");
    return s->answer;
  }
  if (s->fail) s->q->fail_at = (int)s->q->calls + 2;
  if (s->spoil) s->q->nan_from = s->q->calls + 2;
  CU_ASSERT(job->pairs % 2 == 0 && job->basis >= job->pairs + 2 && job->basis <= job->n && job->max_products > 100);
  for (size_t k = 0; k < job->pairs; k++) {
    double *v = job->vectors + k * job->n, value = 0, off = 0;
    known_quadratic_vector(s->q, k < job->pairs / 2 ? k : job->n - job->pairs + k, v);
    if (job->product(v, out, job->ctx)) return s->stopped++, CLINO_OK;
    for (size_t i = 0; i < job->n; i++) value += v[i] * out[i];
    for (size_t i = 0; i < job->n; i++) off = fmax(off, fabs(out[i] - value * v[i]));
    CU_ASSERT(value > 0 && off < 1e-4 * value);
  }
  return CLINO_OK;
}

static void solver_of_the_caller(void) {
  known_quadratic q;
  double x[60];
  fill_spectrum(&q, 60, 77);
  random_fill(8, x, 60, -2, 2);
  known_solver s = {.q = &q};
  clino_spectrum_options o = clino_spectrum_options_default();
  o.solver = solve_known;
  o.solver_ctx = &s;
  o.per_end = 2;
  clino_point *point = open_at(known_quadratic_objective, &q, 60, x);
  clino_spectrum_result r = spectrum_of(point, &o), plain;
  CU_ASSERT(r.converged && !r.dense);
  CU_ASSERT(near(r.lowest[0].value, -2.61, 7.3, 1e-6) && near(r.highest[0].value, 7.3, 7.3, 1e-6));
  o.solver = NULL;
  plain = spectrum_of(point, &o);
  CU_ASSERT(near(r.highest[1].value, plain.highest[1].value, 7.3, 1e-5));
  o.solver = solve_known;
  s.answer = CLINO_ERR_UNSUPPORTED;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_spectrum(point, &o, &r, &error), CLINO_ERR_UNSUPPORTED);
  CU_ASSERT_STRING_EQUAL(error.message, "no vectors today");
  s.answer = CLINO_OK;
  s.fail = true;
  CU_ASSERT_EQUAL(clino_spectrum(point, &o, &r, &error), CLINO_ERR_CALLBACK);
  CU_ASSERT_EQUAL(s.stopped, 1);
  q.fail_at = 0;
  s.fail = false;
  s.spoil = true;
  CU_ASSERT_EQUAL(clino_spectrum(point, &o, &r, &error), CLINO_OK);
  CU_ASSERT(s.stopped == 2 && r.verdict == CLINO_VERDICT_NONFINITE);
  clino_point_free(point);
}

void suite_spectrum(CU_pSuite suite) {
  TEST(suite, ends_of_known_hessians);
  TEST(suite, lanczos_against_lapack);
  TEST(suite, vectors_and_seeds);
  TEST(suite, preconditioned);
  TEST(suite, trace_with_error);
  TEST(suite, no_curvature);
  TEST(suite, noisy_gradients);
  TEST(suite, not_finite);
  TEST(suite, budget);
  TEST(suite, ranges);
  TEST(suite, callbacks_that_stop);
  TEST(suite, within_a_callback);
  TEST(suite, several_threads);
  TEST(suite, solver_of_the_caller);
  TEST(suite, out_of_memory);
}
