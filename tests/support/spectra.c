#include "support/spectra.h"

#include <math.h>
#include <string.h>

#include "support/random.h"

void known_quadratic_init(known_quadratic *q, size_t n, uint64_t seed) {
  memset(q, 0, sizeof *q);
  q->n = n;
  q->scale = 1;
  random_fill(seed, q->center, n, -1.5, 1.5);
  for (int k = 0; k < SPECTRA_MIRRORS; k++) {
    double norm = 0;
    random_fill(seed + 11 + (uint64_t)k, q->mirror[k], n, -1, 1);
    for (size_t i = 0; i < n; i++) norm += q->mirror[k][i] * q->mirror[k][i];
    for (size_t i = 0; i < n; i++) q->mirror[k][i] /= sqrt(norm);
  }
}

static void reflect(const known_quadratic *q, int k, double *v) {
  double dot = 0;
  for (size_t i = 0; i < q->n; i++) dot += q->mirror[k][i] * v[i];
  for (size_t i = 0; i < q->n; i++) v[i] -= 2 * dot * q->mirror[k][i];
}

void known_quadratic_vector(const known_quadratic *q, size_t k, double *v) {
  memset(v, 0, q->n * sizeof *v);
  v[k] = 1;
  for (int m = SPECTRA_MIRRORS; m-- > 0;) reflect(q, m, v);
}

int known_quadratic_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  known_quadratic *q = ctx;
  double v[SPECTRA_MOST], sum = 0;
  if (q->fail_at && (int)++q->calls == q->fail_at) return 41;
  if (!q->fail_at && grad) q->calls++;
  for (size_t i = 0; i < n; i++) v[i] = x[i] - q->center[i];
  for (int m = 0; m < SPECTRA_MIRRORS; m++) reflect(q, m, v);
  for (size_t i = 0; i < n; i++) {
    sum += q->lambda[i] * v[i] * v[i] / 2;
    v[i] *= q->scale * q->lambda[i];
  }
  *f = q->single ? (double)(float)(q->scale * sum) : q->scale * sum;
  if (!grad) return 0;
  for (int m = SPECTRA_MIRRORS; m-- > 0;) reflect(q, m, v);
  for (size_t i = 0; i < n; i++) grad[i] = q->single ? (double)(float)v[i] : v[i];
  if (q->nan_from && q->calls >= q->nan_from) grad[n / 2] = NAN;
  return 0;
}

int ripples(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (size_t j = 0; j < n + 3; j++) {
    uint64_t state = 1000 + j;
    double a[SPECTRA_MOST], z = 0, c = j % 3 ? 0.7 : -0.4;
    for (size_t i = 0; i < n; i++) a[i] = random_between(&state, -1, 1) / sqrt((double)n) * 2;
    for (size_t i = 0; i < n; i++) z += a[i] * x[i];
    *f += c * log(cosh(z));
    for (size_t i = 0; grad && i < n; i++) grad[i] += c * tanh(z) * a[i];
  }
  return 0;
}
