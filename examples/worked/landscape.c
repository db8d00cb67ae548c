#include "worked/landscape.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;

int x_cos_pi_x(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double factor = ctx ? *(const double *)ctx : pi;
  (void)n;
  *f = *x * cos(pi * *x);
  if (grad) *grad = cos(pi * *x) - factor * *x * sin(pi * *x);
  return 0;
}

int saddle(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double y = x[1] - (ctx ? *(const double *)ctx : 0);
  (void)n;
  *f = x[0] * x[0] / 2 - y * y / 2 + y * y * y * y / 4;
  if (grad) grad[0] = x[0], grad[1] = y * y * y - y;
  return 0;
}

int inflection(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = *x * *x * *x * (*x / 4 - 1.0 / 3);
  if (grad) *grad = *x * *x * (*x - 1);
  return 0;
}

int valley(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = (x[0] * x[0] + 100 * x[1] * x[1]) / 2;
  if (grad) grad[0] = x[0], grad[1] = 100 * x[1];
  return 0;
}

/* log cosh z = |z| + log(1 + exp(-2|z|)) - log 2, which does not overflow. */
int log_cosh_valley(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double z = 10 * x[1];
  (void)n, (void)ctx;
  *f = x[0] * x[0] / 2 + fabs(z) + log1p(exp(-2 * fabs(z))) - log(2.0);
  if (grad) grad[0] = x[0], grad[1] = 10 * tanh(z);
  return 0;
}

int noisy_gradient(size_t n, const double *x, double *f, double *grad, void *ctx) {
  noisy *noise = ctx;
  double added[8];
  int status = noise->f(n, x, f, grad, noise->ctx);
  if (!grad || n > 8) return status;
  rng_fill(&noise->random, noise->amplitude, n, added);
  for (size_t i = 0; i < n; i++) grad[i] += added[i];
  return status;
}

int moved_origin(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const moved *m = ctx;
  double at[8];
  if (n > 8) return 1;
  for (size_t i = 0; i < n; i++) at[i] = x[i] - m->by;
  return m->f(n, at, f, grad, m->ctx);
}

int two_saddles(size_t n, const double *x, double *f, double *grad, void *ctx) {
  two_samples *s = ctx;
  double place[2] = {0, 0.25}, value[2], slope[2][2];
  for (int i = 0; i < 2; i++) saddle(n, x, &value[i], slope[i], &place[i]);
  *f = (value[0] + value[1]) / 2;
  bool first = s->batch == BATCH_FIRST || (s->batch == BATCH_IN_TURN && s->gradients % 2 == 0);
  if (s->value_too && s->batch != BATCH_BOTH) *f = value[first ? 0 : 1];
  if (!grad) return 0;
  for (int i = 0; i < 2; i++)
    grad[i] = s->batch == BATCH_BOTH ? (slope[0][i] + slope[1][i]) / 2 : slope[first ? 0 : 1][i];
  s->gradients++;
  return 0;
}
