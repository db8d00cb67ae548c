/* Critical points of known landscapes, turned, moved and scaled; those that are none; errors. */
#include "clino/critical_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocations.h"
#include "support/landscapes.h"
#include "support/random.h"
#include "support/spectra.h"
#include "support/suite.h"

static void say(bool holds, const char *name, uint64_t seed, const clino_critical_result *r, unsigned line) {
  char text[1200], what[901];
  clino_critical_describe(r, what, sizeof what);
  snprintf(text, sizeof text, "%s, seed %llu: %s", name, (unsigned long long)seed, what);
  CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, line, text, __FILE__, "", CU_FALSE);
}

static clino_critical_result look(clino_objective f, void *ctx, size_t n, const double *x,
                                  const clino_critical_options *o) {
  clino_critical_result r;
  clino_point *point = NULL;
  clino_error error = {.message = ""};
  CU_ASSERT_EQUAL(clino_point_new(f, ctx, n, x, NULL, &point, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_critical_point(point, o, &r, &error), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(error.message, "");
  clino_point_free(point);
  return r;
}

static bool is_minimum(clino_critical_kind k) {
  return k == CLINO_CRITICAL_MINIMUM || k == CLINO_CRITICAL_VALLEY_FLOOR || k == CLINO_CRITICAL_FLAT;
}

/* Exactly there, and about 1e-9 beside it. */
static void known_landscapes(void) {
  for (size_t k = 0; k < n_landscapes; k++)
    for (uint64_t seed = 1; seed <= 10; seed++) {
      placed_landscape p;
      double x[LANDSCAPE_MOST], escape[LANDSCAPE_MOST];
      landscape_place(&p, &landscapes[k], seed, x);
      uint64_t state = seed;
      for (size_t i = 0; i < p.of->n && seed % 2; i++) x[i] += 1e-9 * random_between(&state, -1, 1);
      clino_critical_options o = clino_critical_options_default();
      o.escape = escape;
      clino_critical_result r = look(landscape_objective, &p, p.of->n, x, &o);
      say(r.kind == p.of->kind, p.of->name, seed, &r, __LINE__);
      say(!(p.of->kind == CLINO_CRITICAL_SADDLE && is_minimum(r.kind)), "a saddle", seed, &r, __LINE__);
      if (r.kind != CLINO_CRITICAL_SADDLE && r.kind != CLINO_CRITICAL_MAXIMUM) continue;
      double to[LANDSCAPE_MOST], f0, f1, norm = 0;
      for (size_t i = 0; i < p.of->n; i++) to[i] = x[i] + r.escape.step * escape[i], norm += escape[i] * escape[i];
      landscape_objective(p.of->n, x, &f0, NULL, &p);
      landscape_objective(p.of->n, to, &f1, NULL, &p);
      say(r.escape.found && f1 < f0 && fabs(f0 - f1 - r.escape.measured) <= 1e-6 * r.escape.measured, p.of->name, seed,
          &r, __LINE__);
      CU_ASSERT_DOUBLE_EQUAL(norm, 1, 1e-12);
    }
}

/* Large ones, by the Lanczos method. */
static void by_the_ends(void) {
  static const struct {
    double first, last;
    clino_critical_kind kind;
  } cases[] = {{0.3, 4, CLINO_CRITICAL_MINIMUM}, {-0.02, 4, CLINO_CRITICAL_SADDLE}, {-4, -0.3, CLINO_CRITICAL_MAXIMUM},
               {0, 4, CLINO_CRITICAL_VALLEY_FLOOR}, {-3, 3, CLINO_CRITICAL_SADDLE}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      known_quadratic q;
      double x[SPECTRA_MOST];
      const size_t n = 250;
      known_quadratic_init(&q, n, seed);
      for (size_t i = 0; i < n; i++) {
        double share = (double)i / (double)(n - 1);
        q.lambda[i] = cases[k].first + (cases[k].last - cases[k].first) * share;
        if (cases[k].kind == CLINO_CRITICAL_VALLEY_FLOOR && i < 20) q.lambda[i] = 0;
        if (k == 1 && i > 0) q.lambda[i] = 0.5 + 3 * share;
      }
      memcpy(x, q.center, sizeof x);
      clino_critical_result r = look(known_quadratic_objective, &q, n, x, NULL);
      say(r.kind == cases[k].kind, "quadratic of 250", seed, &r, __LINE__);
      CU_ASSERT(!r.complete);
    }
}

static int sigmoid_plateau(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double s = 1 / (1 + exp(-x[i]));
    *f += (s - 1) * (s - 1);
    if (grad) grad[i] = 2 * (s - 1) * s * (1 - s);
  }
  return 0;
}

static void slopes(void) {
  const double far[3] = {-18, -19, -20}, start[2] = {-1.2, 1};
  clino_critical_result r = look(sigmoid_plateau, NULL, 3, far, NULL);
  say(r.kind == CLINO_CRITICAL_NOT && r.slope == CLINO_SLOPE_PLATEAU, "plateau", 0, &r, __LINE__);
  placed_landscape p = {.of = NULL, .scale = 1};
  for (size_t k = 0; k < n_landscapes; k++)
    if (strcmp(landscapes[k].name, "Rosenbrock") == 0) p.of = &landscapes[k];
  r = look(landscape_objective, &p, 2, start, NULL);
  CU_ASSERT(r.kind == CLINO_CRITICAL_NOT && r.slope == CLINO_SLOPE_PLAIN);
  const double floor_of_it[2] = {0.5, 0.2512};
  r = look(landscape_objective, &p, 2, floor_of_it, NULL);
  CU_ASSERT(r.kind == CLINO_CRITICAL_NOT);
}

/* A gradient that is noise is small; one that is small because f is, is not. */
static void scale_of_the_gradient(void) {
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 6, 3);
  for (size_t i = 0; i < 6; i++) q.lambda[i] = 1 + (double)i;
  q.scale = 1e-14;
  for (size_t i = 0; i < 6; i++) x[i] = q.center[i] + 0.3;
  CU_ASSERT_EQUAL(look(known_quadratic_objective, &q, 6, x, NULL).kind, CLINO_CRITICAL_NOT);
  for (size_t i = 0; i < 6; i++) x[i] = q.center[i] + 3e-8;
  CU_ASSERT_EQUAL(look(known_quadratic_objective, &q, 6, x, NULL).kind, CLINO_CRITICAL_MINIMUM);
  q.single = true;
  q.scale = 1;
  for (size_t i = 0; i < 6; i++) x[i] = (double)(float)q.center[i] + 1e-6;
  clino_critical_result r = look(known_quadratic_objective, &q, 6, x, NULL);
  say(r.kind == CLINO_CRITICAL_MINIMUM, "single precision", 0, &r, __LINE__);
}

static void findings(void) {
  const double x[2] = {0, 0};
  placed_landscape p = {.scale = 1};
  static const clino_finding_level levels[] = {CLINO_FINDING_SKIP, CLINO_FINDING_INFO, CLINO_FINDING_PASS,
                                               CLINO_FINDING_PASS, CLINO_FINDING_FAIL, CLINO_FINDING_FAIL,
                                               CLINO_FINDING_WARN, CLINO_FINDING_WARN};
  clino_findings *list = NULL;
  CU_ASSERT_EQUAL(clino_findings_new(&list, NULL), CLINO_OK);
  size_t added = 0;
  for (size_t k = 0; k < n_landscapes; k++) {
    if (landscapes[k].n != 2) continue;
    p.of = &landscapes[k];
    clino_critical_result r = look(landscape_objective, &p, 2, x, NULL);
    CU_ASSERT_EQUAL(clino_critical_findings(&r, "net", list, NULL), CLINO_OK);
    const clino_finding *f = clino_findings_at(list, added++);
    CU_ASSERT_STRING_EQUAL(f->check, "critical-point");
    CU_ASSERT_EQUAL(f->level, levels[r.kind]);
    CU_ASSERT_STRING_EQUAL(f->series, "net");
    CU_ASSERT_PTR_NOT_NULL(strstr(f->message, clino_critical_kind_name(r.kind)));
  }
  clino_critical_result none;
  memset(&none, 0, sizeof none);
  CU_ASSERT_EQUAL(clino_critical_findings(&none, NULL, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_critical_findings(NULL, NULL, list, NULL), CLINO_ERR_RANGE);
  CU_ASSERT_STRING_EQUAL(clino_critical_kind_name((clino_critical_kind)99), "unknown");
  clino_findings_free(list);
}

static void errors(void) {
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 5, 3);
  for (size_t i = 0; i < 5; i++) q.lambda[i] = (double)i - 1; /* one of them 0 */
  memcpy(x, q.center, sizeof x);
  clino_point *point = NULL;
  clino_critical_result r;
  clino_error error;
  CU_ASSERT_EQUAL(clino_point_new(known_quadratic_objective, &q, 5, x, NULL, &point, NULL), CLINO_OK);
  clino_critical_options o = clino_critical_options_default();
  o.tolerance = NAN;
  CU_ASSERT_EQUAL(clino_critical_point(point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "tolerance"));
  o = clino_critical_options_default();
  o.directions = 0;
  CU_ASSERT_EQUAL(clino_critical_point(point, &o, &r, &error), CLINO_ERR_RANGE);
  memset(&o, 0, sizeof o);
  CU_ASSERT_EQUAL(clino_critical_point(point, &o, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_critical_point(NULL, NULL, &r, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_critical_point(point, NULL, NULL, &error), CLINO_ERR_RANGE);
  clino_point_free(point);
  for (int at = 1; at < 120; at += 13) {
    q.calls = 0, q.fail_at = at;
    clino_status status = clino_point_new(known_quadratic_objective, &q, 5, x, NULL, &point, &error);
    if (!status) status = clino_critical_point(point, NULL, &r, &error);
    CU_ASSERT(status == CLINO_OK ? q.calls < (uint64_t)at : error.callback_value == 41);
    clino_point_free(point);
  }
  q.fail_at = 0;
  for (uint64_t from = 1; from < 60; from += 3) {
    q.calls = 0, q.nan_from = from;
    r = look(known_quadratic_objective, &q, 5, x, NULL);
    CU_ASSERT(!is_minimum(r.kind));
  }
}

static void out_of_memory(void) {
  if (!allocations_known()) return;
  known_quadratic q;
  double x[SPECTRA_MOST];
  known_quadratic_init(&q, 60, 3);
  for (size_t i = 0; i < 60; i++) q.lambda[i] = (double)i - 1;
  memcpy(x, q.center, sizeof x);
  for (long i = 0; i < 300; i++) {
    clino_point *point = NULL;
    clino_critical_result r;
    long before = allocations_live();
    allocations_fail_after(i);
    clino_status status = clino_point_new(known_quadratic_objective, &q, 60, x, NULL, &point, NULL);
    if (!status) status = clino_critical_point(point, NULL, &r, NULL);
    allocations_fail_after(-1);
    clino_point_free(point);
    CU_ASSERT_EQUAL(allocations_live(), before);
    if (!status) break;
    CU_ASSERT_EQUAL(status, CLINO_ERR_MEMORY);
  }
}

void suite_critical_point(CU_pSuite suite) {
  TEST(suite, known_landscapes);
  TEST(suite, by_the_ends);
  TEST(suite, slopes);
  TEST(suite, scale_of_the_gradient);
  TEST(suite, findings);
  TEST(suite, errors);
  TEST(suite, out_of_memory);
}
