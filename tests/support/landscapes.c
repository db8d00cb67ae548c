#include "support/landscapes.h"

#include <math.h>
#include <string.h>

#include "support/random.h"

#define F(name) static int name(size_t n, const double *y, double *f, double *g, void *ctx)
#define SET(i, value) do { if (g) g[i] = (value); } while (0)
#define UNUSED ((void)n, (void)ctx)

F(bowl) {
  UNUSED;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double c = 0.4 + 0.7 * (double)i;
    *f += c * y[i] * y[i];
    SET(i, 2 * c * y[i]);
  }
  return 0;
}

F(narrow_bowl) {
  UNUSED;
  *f = y[0] * y[0] + 1e-6 * y[1] * y[1];
  SET(0, 2 * y[0]);
  SET(1, 2e-6 * y[1]);
  return 0;
}

F(saddle) {
  UNUSED;
  *f = 1.3 * y[0] * y[0] - 0.6 * y[1] * y[1];
  SET(0, 2.6 * y[0]);
  SET(1, -1.2 * y[1]);
  return 0;
}

F(shallow_saddle) {
  UNUSED;
  *f = y[0] * y[0] + 2 * y[1] * y[1] - 1e-5 * y[2] * y[2];
  SET(0, 2 * y[0]);
  SET(1, 4 * y[1]);
  SET(2, -2e-5 * y[2]);
  return 0;
}

F(hill) {
  int status = bowl(n, y, f, g, ctx);
  *f = -*f;
  for (size_t i = 0; g && i < n; i++) g[i] = -g[i];
  return status;
}

F(cubic) {
  UNUSED;
  *f = y[0] * y[0] * y[0];
  SET(0, 3 * y[0] * y[0]);
  return 0;
}

F(cubic_bowl) {
  UNUSED;
  *f = y[0] * y[0] * y[0] + y[1] * y[1];
  SET(0, 3 * y[0] * y[0]);
  SET(1, 2 * y[1]);
  return 0;
}

F(quartic) {
  UNUSED;
  *f = y[0] * y[0] * y[0] * y[0];
  SET(0, 4 * y[0] * y[0] * y[0]);
  return 0;
}

F(quartic_bowl) {
  UNUSED;
  *f = y[0] * y[0] * y[0] * y[0] + 3 * y[1] * y[1];
  SET(0, 4 * y[0] * y[0] * y[0]);
  SET(1, 6 * y[1]);
  return 0;
}

F(quartic_hill) {
  UNUSED;
  *f = -pow(y[0], 4) - pow(y[1], 4);
  SET(0, -4 * pow(y[0], 3));
  SET(1, -4 * pow(y[1], 3));
  return 0;
}

F(quartic_saddle) {
  UNUSED;
  *f = pow(y[0], 4) - pow(y[1], 4);
  SET(0, 4 * pow(y[0], 3));
  SET(1, -4 * pow(y[1], 3));
  return 0;
}

F(quintic) {
  UNUSED;
  *f = pow(y[0], 5) + y[1] * y[1];
  SET(0, 5 * pow(y[0], 4));
  SET(1, 2 * y[1]);
  return 0;
}

F(monkey) {
  UNUSED;
  *f = y[0] * y[0] * y[0] - 3 * y[0] * y[1] * y[1];
  SET(0, 3 * y[0] * y[0] - 3 * y[1] * y[1]);
  SET(1, -6 * y[0] * y[1]);
  return 0;
}

F(monkey_bowl) {
  monkey(n, y, f, g, ctx);
  *f += 2 * y[2] * y[2];
  SET(2, 4 * y[2]);
  return 0;
}

F(peano) {
  UNUSED;
  double a = y[1] - y[0] * y[0], b = y[1] - 3 * y[0] * y[0];
  *f = a * b;
  SET(0, -2 * y[0] * b - 6 * y[0] * a);
  SET(1, a + b);
  return 0;
}

F(bent_valley) { /* its floor y1 = y0^2 is flat */
  UNUSED;
  double a = y[1] - y[0] * y[0];
  *f = a * a;
  SET(0, -4 * y[0] * a);
  SET(1, 2 * a);
  return 0;
}

F(rosenbrock) {
  UNUSED;
  double a = y[1] - y[0] * y[0];
  *f = 100 * a * a + (1 - y[0]) * (1 - y[0]);
  SET(0, -400 * y[0] * a - 2 * (1 - y[0]));
  SET(1, 200 * a);
  return 0;
}

F(gutter) {
  UNUSED;
  *f = y[0] * y[0] + 2 * y[1] * y[1];
  SET(0, 2 * y[0]);
  SET(1, 4 * y[1]);
  SET(2, 0);
  return 0;
}

F(ridge) { /* falls to both sides, flat along */
  UNUSED;
  *f = -y[0] * y[0];
  SET(0, -2 * y[0]);
  SET(1, 0);
  return 0;
}

F(nothing) {
  UNUSED;
  *f = y[0] < INFINITY ? 2.5 : 0;
  for (size_t i = 0; g && i < n; i++) g[i] = 0;
  return 0;
}

F(himmelblau) {
  UNUSED;
  double a = y[0] * y[0] + y[1] - 11, b = y[0] + y[1] * y[1] - 7;
  *f = a * a + b * b;
  SET(0, 4 * y[0] * a + 2 * b);
  SET(1, 2 * a + 4 * y[1] * b);
  return 0;
}

F(camel) { /* six humps */
  UNUSED;
  double u = y[0] * y[0], v = y[1] * y[1];
  *f = (4 - 2.1 * u + u * u / 3) * u + y[0] * y[1] + (-4 + 4 * v) * v;
  SET(0, 8 * y[0] - 8.4 * u * y[0] + 2 * u * u * y[0] + y[1]);
  SET(1, y[0] - 8 * y[1] + 16 * v * y[1]);
  return 0;
}

F(product_net) { /* a net of two linear layers, one weight each: (1 - y0 y1)^2 / 2 */
  UNUSED;
  double e = 1 - y[0] * y[1];
  *f = e * e / 2;
  SET(0, -e * y[1]);
  SET(1, -e * y[0]);
  return 0;
}

F(deep_product_net) { /* three layers: the Hessian at 0 is 0 */
  UNUSED;
  double e = 1 - y[0] * y[1] * y[2];
  *f = e * e / 2;
  SET(0, -e * y[1] * y[2]);
  SET(1, -e * y[0] * y[2]);
  SET(2, -e * y[0] * y[1]);
  return 0;
}

/* Softmax regression, 3 classes by 2 features and a bias, labels that are noise: strictly convex but for the shift of
 * all classes together, of which there are 3. y[c * 3 + j]. */
F(softmax) {
  UNUSED;
  static const double features[6][2] = {{1, 0}, {1, 0}, {0, 1}, {0, 1}, {0, 0}, {0, 0}};
  static const int labels[6] = {0, 1, 1, 2, 2, 0};
  *f = 0;
  for (size_t i = 0; g && i < 9; i++) g[i] = 0;
  for (int s = 0; s < 6; s++) {
    double z[3], sum = 0, most = -INFINITY;
    for (int c = 0; c < 3; c++) {
      z[c] = y[3 * c] * features[s][0] + y[3 * c + 1] * features[s][1] + y[3 * c + 2];
      most = fmax(most, z[c]);
    }
    for (int c = 0; c < 3; c++) sum += exp(z[c] - most);
    *f += (log(sum) + most - z[labels[s]]) / 6;
    for (int c = 0; g && c < 3; c++) {
      double d = (exp(z[c] - most) / sum - (c == labels[s])) / 6;
      g[3 * c] += d * features[s][0], g[3 * c + 1] += d * features[s][1], g[3 * c + 2] += d;
    }
  }
  return 0;
}

/* Its minimum: two classes at 1/2 each in every group would need infinite weights; a ridge on the differences between
 * classes makes it finite, and leaves the shifts free. The point is found by Newton's method in place_softmax. */
F(softmax_ridge) {
  softmax(n, y, f, g, ctx);
  for (int j = 0; j < 3; j++)
    for (int c = 0; c < 3; c++) {
      double d = y[3 * c + j] - y[3 * ((c + 1) % 3) + j];
      *f += 0.05 * d * d;
      if (g) g[3 * c + j] += 0.1 * d, g[3 * ((c + 1) % 3) + j] -= 0.1 * d;
    }
  return 0;
}

F(relus) { /* all of them dead */
  UNUSED;
  *f = 1;
  for (size_t i = 0; i < n; i++) {
    *f += y[i] > 0 ? y[i] : 0;
    SET(i, y[i] > 0 ? 1 : 0);
  }
  return 0;
}

const landscape landscapes[] = {
    {"bowl", "sum of c_i x_i^2", 5, {0}, CLINO_CRITICAL_MINIMUM, bowl},
    {"large bowl", "sum of c_i x_i^2", 24, {0}, CLINO_CRITICAL_MINIMUM, bowl},
    {"narrow bowl", "x^2 + 1e-6 y^2", 2, {0}, CLINO_CRITICAL_MINIMUM, narrow_bowl},
    {"saddle", "1.3 x^2 - 0.6 y^2", 2, {0}, CLINO_CRITICAL_SADDLE, saddle},
    {"shallow saddle", "x^2 + 2 y^2 - 1e-5 z^2", 3, {0}, CLINO_CRITICAL_SADDLE, shallow_saddle},
    {"hill", "-sum of c_i x_i^2", 5, {0}, CLINO_CRITICAL_MAXIMUM, hill},
    {"inflection", "x^3", 1, {0}, CLINO_CRITICAL_SADDLE, cubic},
    {"inflection in a valley", "x^3 + y^2", 2, {0}, CLINO_CRITICAL_SADDLE, cubic_bowl},
    {"quartic", "x^4", 1, {0}, CLINO_CRITICAL_MINIMUM, quartic},
    {"quartic bowl", "x^4 + 3 y^2", 2, {0}, CLINO_CRITICAL_MINIMUM, quartic_bowl},
    {"quartic hill", "-x^4 - y^4", 2, {0}, CLINO_CRITICAL_MAXIMUM, quartic_hill},
    {"quartic saddle", "x^4 - y^4", 2, {0}, CLINO_CRITICAL_SADDLE, quartic_saddle},
    {"quintic", "x^5 + y^2", 2, {0}, CLINO_CRITICAL_SADDLE, quintic},
    {"monkey saddle", "x^3 - 3 x y^2", 2, {0}, CLINO_CRITICAL_SADDLE, monkey},
    {"monkey saddle in a valley", "x^3 - 3 x y^2 + 2 z^2", 3, {0}, CLINO_CRITICAL_SADDLE, monkey_bowl},
    {"Peano's surface", "(y - x^2)(y - 3 x^2)", 2, {0}, CLINO_CRITICAL_SADDLE, peano},
    {"bent flat valley", "(y - x^2)^2", 2, {0}, CLINO_CRITICAL_VALLEY_FLOOR, bent_valley},
    {"bent flat valley, further on", "(y - x^2)^2 at (0.8, 0.64)", 2, {0.8, 0.64}, CLINO_CRITICAL_VALLEY_FLOOR,
     bent_valley},
    {"Rosenbrock", "100 (y - x^2)^2 + (1 - x)^2", 2, {1, 1}, CLINO_CRITICAL_MINIMUM, rosenbrock},
    {"gutter", "x^2 + 2 y^2, z free", 3, {0}, CLINO_CRITICAL_VALLEY_FLOOR, gutter},
    {"ridge", "-x^2, y free", 2, {0}, CLINO_CRITICAL_MAXIMUM, ridge},
    {"constant", "2.5", 3, {0}, CLINO_CRITICAL_FLAT, nothing},
    {"Himmelblau", "at its minimum (3, 2)", 2, {3, 2}, CLINO_CRITICAL_MINIMUM, himmelblau},
    {"Himmelblau, saddle", "at (0.0867, 2.8843)", 2, {0.0866775, 2.8842547}, CLINO_CRITICAL_SADDLE, himmelblau},
    {"Himmelblau, maximum", "at (-0.2708, -0.9230)", 2, {-0.2708446, -0.9230386}, CLINO_CRITICAL_MAXIMUM, himmelblau},
    {"six-hump camel", "at its minimum", 2, {0.0898420, -0.7126564}, CLINO_CRITICAL_MINIMUM, camel},
    {"six-hump camel, saddle", "at 0", 2, {0}, CLINO_CRITICAL_SADDLE, camel},
    {"two linear layers", "(1 - x y)^2 / 2 at 0", 2, {0}, CLINO_CRITICAL_SADDLE, product_net},
    {"two linear layers, solved", "(1 - x y)^2 / 2 at (2, 0.5)", 2, {2, 0.5}, CLINO_CRITICAL_VALLEY_FLOOR, product_net},
    {"three linear layers", "(1 - x y z)^2 / 2 at 0", 3, {0}, CLINO_CRITICAL_SADDLE, deep_product_net},
    {"softmax regression", "shift-invariant minimum", 9, {0.2, -0.1, 0.3}, CLINO_CRITICAL_VALLEY_FLOOR, softmax_ridge},
    {"dead relus", "1 + sum of relu(x_i) below 0", 4, {-0.5, -1, -0.7, -2}, CLINO_CRITICAL_FLAT, relus},
};
const size_t n_landscapes = sizeof landscapes / sizeof *landscapes;

/* Newton's method by differences of gradients towards the critical point near y, where the table rounds it;
 * Gauss-Jordan with pivots. Directions without curvature are left alone. */
static void polish(const landscape *l, double *y) {
  double h[LANDSCAPE_MOST][LANDSCAPE_MOST + 1], plus[LANDSCAPE_MOST], minus[LANDSCAPE_MOST], f;
  size_t n = l->n;
  for (size_t j = 0; j < n; j++) {
    double keep = y[j];
    y[j] = keep + 1e-5, l->f(n, y, &f, plus, NULL);
    y[j] = keep - 1e-5, l->f(n, y, &f, minus, NULL);
    y[j] = keep;
    for (size_t i = 0; i < n; i++) h[i][j] = (plus[i] - minus[i]) / 2e-5;
  }
  l->f(n, y, &f, plus, NULL);
  for (size_t i = 0; i < n; i++) h[i][n] = plus[i];
  for (size_t p = 0; p < n; p++) {
    size_t best = p;
    for (size_t i = p; i < n; i++)
      if (fabs(h[i][p]) > fabs(h[best][p])) best = i;
    if (fabs(h[best][p]) < 1e-6) {
      for (size_t i = 0; i < n; i++) h[i][p] = 0;
      for (size_t j = 0; j <= n; j++) h[p][j] = 0;
      continue;
    }
    for (size_t j = 0; j <= n; j++) {
      double swap = h[p][j];
      h[p][j] = h[best][j], h[best][j] = swap;
    }
    for (size_t i = 0; i < n; i++) {
      double by = i == p ? 0 : h[i][p] / h[p][p];
      for (size_t j = p; j <= n; j++) h[i][j] -= by * h[p][j];
    }
  }
  for (size_t i = 0; i < n; i++) y[i] -= h[i][i] != 0 ? h[i][n] / h[i][i] : 0;
}

void landscape_place(placed_landscape *p, const landscape *of, uint64_t seed, double *x) {
  double norm = 0, dot = 0, y[LANDSCAPE_MOST];
  uint64_t state = seed * 977 + 5;
  p->of = of;
  p->scale = pow(10, (double)(seed % 5) * 3 - 6);
  for (size_t i = 0; i < of->n; i++) {
    p->center[i] = random_between(&state, -1, 1);
    p->mirror[i] = random_between(&state, -1, 1);
    norm += p->mirror[i] * p->mirror[i];
    y[i] = of->at[i];
  }
  bool turned = of->f != relus; /* kinks stay where they are */
  for (size_t i = 0; i < of->n; i++) p->mirror[i] *= turned ? 1 / sqrt(norm) : 0;
  for (int k = 0; k < 5 && (of->f == himmelblau || of->f == camel || of->f == softmax_ridge); k++) polish(of, y);
  for (size_t i = 0; i < of->n; i++) dot += p->mirror[i] * y[i];
  for (size_t i = 0; i < of->n; i++) x[i] = p->center[i] + y[i] - 2 * dot * p->mirror[i];
}

int landscape_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const placed_landscape *p = ctx;
  double y[LANDSCAPE_MOST] = {0}, g[LANDSCAPE_MOST], dot = 0;
  for (size_t i = 0; i < n; i++) dot += p->mirror[i] * (x[i] - p->center[i]);
  for (size_t i = 0; i < n; i++) y[i] = x[i] - p->center[i] - 2 * dot * p->mirror[i];
  int status = p->of->f(n, y, f, grad ? g : NULL, NULL);
  *f *= p->scale;
  dot = 0;
  for (size_t i = 0; grad && i < n; i++) dot += p->mirror[i] * g[i];
  for (size_t i = 0; grad && i < n; i++) grad[i] = p->scale * (g[i] - 2 * dot * p->mirror[i]);
  return status;
}
