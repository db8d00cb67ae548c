#include "support/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void swap(double *a, double *b) {
  double t = *a;
  *a = *b;
  *b = t;
}

static void transpose(double *g, size_t rows, size_t columns) {
  double *copy = malloc(rows * columns * sizeof *copy);
  if (!copy) abort();
  memcpy(copy, g, rows * columns * sizeof *copy);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) g[c * rows + r] = copy[r * columns + c];
  free(copy);
}

static void spoil(const probe *p, size_t n, double *g) {
  switch (p->kind) {
    case RIGHT: break;
    case NEGATED:
      for (size_t i = 0; i < n; i++) g[i] = -g[i];
      break;
    case SCALED:
      for (size_t i = 0; i < n; i++) g[i] *= p->factor;
      break;
    case ZEROED:
      for (size_t i = 0; i < n; i++) g[i] = 0;
      break;
    case SHIFTED:
      for (size_t i = n; i-- > 1;) swap(&g[i], &g[i - 1]);
      break;
    case SWAPPED: swap(&g[p->i], &g[p->j]); break;
    case ENTRY_SCALED: g[p->i] *= p->factor; break;
    case ENTRY_ZEROED: g[p->i] = 0; break;
    case ENTRY_SET: g[p->i] = p->factor; break;
    case TRANSPOSED: transpose(g, p->i, p->j); break;
  }
}

static void note_bounds(probe *p, size_t n, const double *x) {
  for (size_t i = 0; i < n; i++)
    if ((p->lower && x[i] < p->lower[i]) || (p->upper && x[i] > p->upper[i])) {
      p->outside++;
      return;
    }
}

int probe_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  probe *p = ctx;
  p->calls++;
  if (grad) p->gradients++;
  else p->evaluations++;
  note_bounds(p, n, x);
  if (p->calls == p->fail_at) return 37;
  int failed = p->f(n, x, f, grad, p->ctx);
  double scale = p->scale != 0 ? p->scale : 1;
  *f = *f * scale + p->offset;
  if (!grad) return failed;
  for (size_t i = 0; i < n && scale != 1; i++) grad[i] *= scale;
  spoil(p, n, grad);
  return failed;
}

clino_gradcheck_result probe_check(probe *p, size_t n, const double *x, const clino_gradcheck_options *options) {
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  p->calls = p->evaluations = p->gradients = p->outside = 0;
  clino_status status = gradcheck(probe_objective, p, n, x, options, &r, &error);
  if (status) CU_assertImplementation(CU_FALSE, __LINE__, error.message, __FILE__, "", CU_FALSE);
  return r;
}

bool same_results(const clino_gradcheck_result *a, const clino_gradcheck_result *b) {
  clino_gradcheck_result c = *a, d = *b;
  memset(&c.options, 0, sizeof c.options);
  memset(&d.options, 0, sizeof d.options);
  return memcmp(&c, &d, sizeof c) == 0;
}

void expect(bool holds, const char *label, const clino_gradcheck_result *r, const char *file, unsigned line) {
  char text[1400], what[901];
  clino_gradcheck_describe(r, what, sizeof what);
  snprintf(text, sizeof text, "%s: %s", label, what);
  CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, line, text, file, "", CU_FALSE);
}
