#include "support/objectives.h"

#include <math.h>
#include <string.h>

#include "support/random.h"

static const double pi = 3.14159265358979323846;

/* ---- the tutorial's ---- */

int tutorial_right(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = x[0] * cos(pi * x[0]);
  if (grad) grad[0] = cos(pi * x[0]) - pi * x[0] * sin(pi * x[0]);
  return 0;
}

int tutorial_wrong(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = x[0] * cos(pi * x[0]);
  if (grad) grad[0] = cos(pi * x[0]) - x[0] * sin(pi * x[0]);
  return 0;
}

/* ---- points ---- */

static void unit_point(size_t n, double *x) { random_fill(31 + n, x, n, -1.3, 1.7); }
static void small_point(size_t n, double *x) { random_fill(77 + n, x, n, -0.41, 0.53); }
static void positive_point(size_t n, double *x) { random_fill(5 + n, x, n, 0.2, 3.1); }

static void huge_point(size_t n, double *x) {
  random_fill(9, x, n, -2.1, 2.3);
  for (size_t i = 0; i < n; i++) x[i] += 1e4;
}

static void decades_point(size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = (i % 2 ? -1 : 1) * 1.37 * pow(10, (double)i - (double)(n / 2));
}

static void edge_point(size_t n, double *x) {
  for (size_t i = 0; i < n; i++) x[i] = 2.385 * pow(10, -(double)i);
}

static void zero_point(size_t n, double *x) { memset(x, 0, n * sizeof *x); }

/* ---- smooth ---- */

int quadratic(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double c = 1 + 0.37 * (double)i, d = x[i] - 0.3 * x[(i + 1) % n] - 4.1;
    *f += c * d * d / 2;
  }
  for (size_t i = 0; grad && i < n; i++) {
    size_t before = (i + n - 1) % n;
    double c = 1 + 0.37 * (double)i, b = 1 + 0.37 * (double)before;
    grad[i] = c * (x[i] - 0.3 * x[(i + 1) % n] - 4.1) - 0.3 * b * (x[before] - 0.3 * x[i] - 4.1);
  }
  return 0;
}

static int rosenbrock(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (size_t i = 0; i + 1 < n; i++) {
    double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    *f += 100 * a * a + b * b;
    if (!grad) continue;
    grad[i] += -400 * a * x[i] - 2 * b;
    grad[i + 1] += 200 * a;
  }
  return 0;
}

/* Mean log loss of 30 examples with n features, labels -1 and 1. */
static int logistic_regression(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  enum { EXAMPLES = 30 };
  uint64_t state = 4711;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (int e = 0; e < EXAMPLES; e++) {
    double a[MOST_N], z = 0, y = e % 3 ? 1 : -1;
    for (size_t i = 0; i < n; i++) a[i] = random_between(&state, -1, 1.5), z += a[i] * x[i];
    *f += log1p(exp(-y * z)) / EXAMPLES;
    for (size_t i = 0; grad && i < n; i++) grad[i] += -y * a[i] / (1 + exp(y * z)) / EXAMPLES;
  }
  return 0;
}

/* Cross-entropy of logits z against a class; *d: its gradient. */
static double cross_entropy(size_t classes, const double *z, size_t class, double *d) {
  double largest = z[0], sum = 0;
  for (size_t c = 1; c < classes; c++) largest = fmax(largest, z[c]);
  for (size_t c = 0; c < classes; c++) sum += d[c] = exp(z[c] - largest);
  for (size_t c = 0; c < classes; c++) d[c] = d[c] / sum - (c == class);
  return log(sum) - (z[class] - largest);
}

int softmax_regression(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  enum { FEATURES = 4, CLASSES = 5, EXAMPLES = 12 };
  uint64_t state = 99;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (int e = 0; e < EXAMPLES; e++) {
    double a[FEATURES], z[CLASSES] = {0}, d[CLASSES];
    for (int i = 0; i < FEATURES; i++) a[i] = random_between(&state, -1, 2);
    for (int i = 0; i < FEATURES; i++)
      for (int c = 0; c < CLASSES; c++) z[c] += a[i] * x[i * CLASSES + c];
    *f += cross_entropy(CLASSES, z, (size_t)(e * 7 % CLASSES), d) / EXAMPLES;
    for (int i = 0; grad && i < FEATURES; i++)
      for (int c = 0; c < CLASSES; c++) grad[i * CLASSES + c] += a[i] * d[c] / EXAMPLES;
  }
  return 0;
}

typedef struct activation {
  double (*of)(double z), (*slope)(double z, double y);
} activation;

static double sigmoid(double z) { return 1 / (1 + exp(-z)); }
static double relu(double z) { return z > 0 ? z : 0; }
static double tanh_slope(double z, double y) { return (void)z, 1 - y * y; }
static double sigmoid_slope(double z, double y) { return (void)z, y * (1 - y); }
static double relu_slope(double z, double y) { return (void)y, z > 0; }

/* A net 5-7-3 on 6 examples; parameters W1 (5 by 7), b1, W2 (7 by 3), b2: 66 of them. */
static int mlp(const double *x, double *f, double *grad, activation act) {
  enum { IN = 5, HID = 7, OUT = 3, EXAMPLES = 6, N = IN * HID + HID + HID * OUT + OUT };
  const double *w1 = x, *b1 = w1 + IN * HID, *w2 = b1 + HID, *b2 = w2 + HID * OUT;
  double g[N] = {0}, *g1 = g, *gb1 = g1 + IN * HID, *g2 = gb1 + HID, *gb2 = g2 + HID * OUT;
  uint64_t state = 12;
  *f = 0;
  for (int e = 0; e < EXAMPLES; e++) {
    double a[IN], z[HID], h[HID], o[OUT], d[OUT];
    for (int i = 0; i < IN; i++) a[i] = random_between(&state, -1.5, 1.5);
    for (int k = 0; k < HID; k++) {
      z[k] = b1[k];
      for (int i = 0; i < IN; i++) z[k] += a[i] * w1[i * HID + k];
      h[k] = act.of(z[k]);
    }
    for (int c = 0; c < OUT; c++) {
      o[c] = b2[c];
      for (int k = 0; k < HID; k++) o[c] += h[k] * w2[k * OUT + c];
    }
    *f += cross_entropy(OUT, o, (size_t)(e % OUT), d) / EXAMPLES;
    for (int k = 0; k < HID; k++) {
      double dh = 0;
      for (int c = 0; c < OUT; c++) dh += d[c] * w2[k * OUT + c], g2[k * OUT + c] += h[k] * d[c] / EXAMPLES;
      double dz = dh * act.slope(z[k], h[k]) / EXAMPLES;
      gb1[k] += dz;
      for (int i = 0; i < IN; i++) g1[i * HID + k] += a[i] * dz;
    }
    for (int c = 0; c < OUT; c++) gb2[c] += d[c] / EXAMPLES;
  }
  if (grad) memcpy(grad, g, sizeof g);
  return 0;
}

int mlp_tanh(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return mlp(x, f, grad, (activation){tanh, tanh_slope});
}

static int mlp_sigmoid(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return mlp(x, f, grad, (activation){sigmoid, sigmoid_slope});
}

static int mlp_relu(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  return mlp(x, f, grad, (activation){relu, relu_slope});
}

/* log(sum(exp(x))), safe where exp alone is not. */
static int log_sum_exp(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  double largest = x[0], sum = 0;
  for (size_t i = 1; i < n; i++) largest = fmax(largest, x[i]);
  for (size_t i = 0; i < n; i++) sum += exp(x[i] - largest);
  *f = largest + log(sum);
  for (size_t i = 0; grad && i < n; i++) grad[i] = exp(x[i] - largest) / sum;
  return 0;
}

/* Every coordinate on a scale of its own, all with a like effect: sum of sin(x_i / s_i). */
static int decades(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double s = pow(10, (double)i - (double)(n / 2));
    *f += sin(x[i] / s + 0.1 * (double)i);
    if (grad) grad[i] = cos(x[i] / s + 0.1 * (double)i) / s;
  }
  return 0;
}

static int product_of_powers(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  double log_f = 0;
  for (size_t i = 0; i < n; i++) log_f += (0.5 + 0.1 * (double)i) * log(x[i]);
  *f = exp(log_f);
  for (size_t i = 0; grad && i < n; i++) grad[i] = *f * (0.5 + 0.1 * (double)i) / x[i];
  return 0;
}

/* ---- harder ---- */

static int fast_sine(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += sin(1e4 * x[i]);
    if (grad) grad[i] = 1e4 * cos(1e4 * x[i]);
  }
  return 0;
}

static int steep_exponential(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += exp(60 * x[i]);
    if (grad) grad[i] = 60 * exp(60 * x[i]);
  }
  return 0;
}

/* Only every seventh coordinate matters. */
static int sparse(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 2.5;
  for (size_t i = 0; i < n; i++) {
    if (i % 7 == 0) *f += sin(x[i]) * x[i];
    if (grad) grad[i] = i % 7 == 0 ? sin(x[i]) + x[i] * cos(x[i]) : 0;
  }
  return 0;
}

/* A bump of compact support: 0 with all derivatives outside of |x| < 1. */
static int flat_bump(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 1.25;
  for (size_t i = 0; i < n; i++) {
    double u = 1 - x[i] * x[i], v = u > 0 ? exp(-1 / u) : 0;
    *f += v;
    if (grad) grad[i] = u > 0 ? -2 * x[i] / (u * u) * v : 0;
  }
  return 0;
}

static int constant(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx, (void)x;
  *f = 17.25;
  for (size_t i = 0; grad && i < n; i++) grad[i] = 0;
  return 0;
}

static int cubic(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += x[i] * x[i] * x[i];
    if (grad) grad[i] = 3 * x[i] * x[i];
  }
  return 0;
}

static int log_edge(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += log(x[i]);
    if (grad) grad[i] = 1 / x[i];
  }
  return 0;
}

static int sqrt_edge(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += sqrt(x[i]);
    if (grad) grad[i] = 0.5 / sqrt(x[i]);
  }
  return 0;
}

/* All arithmetic in single precision, gradient as well. */
static int float_logistic(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  enum { EXAMPLES = 20 };
  uint64_t state = 271;
  float sum = 0, g[MOST_N] = {0};
  for (int e = 0; e < EXAMPLES; e++) {
    float a[MOST_N], z = 0, y = e % 3 ? 1 : -1;
    for (size_t i = 0; i < n; i++) a[i] = (float)random_between(&state, -1, 1.5), z += a[i] * (float)x[i];
    sum += log1pf(expf(-y * z)) / EXAMPLES;
    for (size_t i = 0; i < n; i++) g[i] += -y * a[i] / (1 + expf(y * z)) / EXAMPLES;
  }
  *f = (double)sum;
  for (size_t i = 0; grad && i < n; i++) grad[i] = (double)g[i];
  return 0;
}

const sample_problem smooth_problems[] = {
    {"quadratic", quadratic, 6, unit_point},
    {"Rosenbrock", rosenbrock, 5, unit_point},
    {"logistic regression", logistic_regression, 9, unit_point},
    {"softmax regression", softmax_regression, 20, unit_point},
    {"tanh net", mlp_tanh, 66, unit_point},
    {"sigmoid net", mlp_sigmoid, 66, unit_point},
    {"log-sum-exp of 1e4", log_sum_exp, 6, huge_point},
    {"product of powers", product_of_powers, 5, positive_point},
};
const size_t n_smooth_problems = sizeof smooth_problems / sizeof smooth_problems[0];

const sample_problem hard_problems[] = {
    {"relu net", mlp_relu, 66, unit_point},
    {"relu net, small weights", mlp_relu, 66, small_point},
    {"sixteen decades", decades, 17, decades_point},
    {"log-sum-exp", log_sum_exp, 40, small_point},
    {"sin(1e4 x)", fast_sine, 5, unit_point},
    {"exp(60 x)", steep_exponential, 3, small_point},
    {"sparse", sparse, 50, unit_point},
    {"flat region", flat_bump, 12, positive_point},
    {"flat region, inside and outside", flat_bump, 30, unit_point},
    {"constant", constant, 4, unit_point},
    {"constant at 0", constant, 4, zero_point},
    {"cubic", cubic, 4, unit_point},
    {"cubic at its inflection", cubic, 4, zero_point},
    {"log near 0", log_edge, 9, edge_point},
    {"sqrt near 0", sqrt_edge, 9, edge_point},
    {"single-precision loss", float_logistic, 9, unit_point},
    {"quadratic at 0", quadratic, 6, zero_point},
};
const size_t n_hard_problems = sizeof hard_problems / sizeof hard_problems[0];
