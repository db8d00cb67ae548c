/* Losses that are staircases in double: computed in float from parameters in double, with a term or an offset added in
 * double. Differences over short steps see one tread, whose slope is none of the loss's. */
#include <math.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/random.h"
#include "support/suite.h"

enum { INPUTS = 4, UNITS = 7, SAMPLES = 5, N = INPUTS * UNITS + 2 * UNITS + 1 };

typedef enum unit { TANH, RELU, SIGMOID } unit;

typedef struct net {
  unit unit;
  double decay, offset;
  double in[SAMPLES][INPUTS], target[SAMPLES];
  size_t wrong; /* this entry of the gradient has the wrong sign; N: none */
} net;

static float unit_float(unit u, float z) {
  return u == TANH ? tanhf(z) : u == RELU ? (z > 0 ? z : 0) : 1 / (1 + expf(-z));
}

static double unit_double(unit u, double z, double *slope) {
  double y = u == TANH ? tanh(z) : u == RELU ? (z > 0 ? z : 0) : 1 / (1 + exp(-z));
  *slope = u == TANH ? 1 - y * y : u == RELU ? z > 0 : y * (1 - y);
  return y;
}

/* Weights, biases and weights to the output of each unit, and its bias. */
static float loss_in_float(const net *n, const double *x) {
  float w[N], loss = 0;
  for (size_t i = 0; i < N; i++) w[i] = (float)x[i];
  for (size_t s = 0; s < SAMPLES; s++) {
    float out = w[N - 1];
    for (size_t u = 0; u < UNITS; u++) {
      float z = w[INPUTS * UNITS + u];
      for (size_t i = 0; i < INPUTS; i++) z += w[u * INPUTS + i] * (float)n->in[s][i];
      out += w[INPUTS * UNITS + UNITS + u] * unit_float(n->unit, z);
    }
    float off = out - (float)n->target[s];
    loss += off * off / SAMPLES;
  }
  return loss;
}

static void add_sample(const net *n, size_t s, const double *x, double *g) {
  double out = x[N - 1], y[UNITS], slope[UNITS];
  for (size_t u = 0; u < UNITS; u++) {
    double z = x[INPUTS * UNITS + u];
    for (size_t i = 0; i < INPUTS; i++) z += x[u * INPUTS + i] * n->in[s][i];
    y[u] = unit_double(n->unit, z, &slope[u]);
    out += x[INPUTS * UNITS + UNITS + u] * y[u];
  }
  double off = 2 * (out - n->target[s]) / SAMPLES;
  g[N - 1] += off;
  for (size_t u = 0; u < UNITS; u++) {
    double back = off * x[INPUTS * UNITS + UNITS + u] * slope[u];
    g[INPUTS * UNITS + UNITS + u] += off * y[u];
    g[INPUTS * UNITS + u] += back;
    for (size_t i = 0; i < INPUTS; i++) g[u * INPUTS + i] += back * n->in[s][i];
  }
}

static int evaluate(size_t count, const double *x, double *f, double *grad, void *ctx) {
  const net *n = ctx;
  *f = loss_in_float(n, x) + n->offset;
  for (size_t i = 0; i < count; i++) *f += n->decay / 2 * x[i] * x[i];
  if (!grad) return 0;
  for (size_t i = 0; i < count; i++) grad[i] = n->decay * x[i];
  for (size_t s = 0; s < SAMPLES; s++) add_sample(n, s, x, grad);
  if (n->wrong < count) grad[n->wrong] *= -1;
  return 0;
}

static void draw(net *n, uint64_t seed, double *x) {
  for (size_t s = 0; s < SAMPLES; s++) {
    n->target[s] = random_between(&seed, -1, 1);
    for (size_t i = 0; i < INPUTS; i++) n->in[s][i] = random_between(&seed, -1, 1);
  }
  for (size_t i = 0; i < N; i++) x[i] = random_between(&seed, -0.5, 0.5);
}

static clino_gradcheck_result check(net *n, const double *x) {
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(evaluate, n, N, x, NULL, &r, NULL), CLINO_OK);
  return r;
}

#define NETS 60

static void expect_right(double decay, double offset) {
  size_t accepted = 0;
  for (unsigned seed = 0; seed < NETS; seed++) {
    double x[N];
    net n = {.unit = (unit)(seed % 3), .decay = decay, .offset = offset, .wrong = N};
    draw(&n, 7919 * seed + 11, x);
    clino_gradcheck_result r = check(&n, x);
    CU_ASSERT_TRUE(r.verdict <= CLINO_VERDICT_INCONCLUSIVE);
    accepted += clino_gradcheck_accepted(&r);
  }
  CU_ASSERT_TRUE(accepted >= NETS * 9 / 10);
}

static void right_gradients_with_a_term_in_double_are_not_rejected(void) { expect_right(0.1, 0); }
static void right_gradients_with_an_offset_in_double_are_not_rejected(void) { expect_right(0, 3.7); }
static void right_gradients_with_both_are_not_rejected(void) { expect_right(0.1, 0.123456789); }

/* The largest entry of the gradient, which float resolves in any case. */
static size_t largest(net *n, const double *x) {
  double f, g[N];
  CU_ASSERT_EQUAL(evaluate(N, x, &f, g, n), 0);
  size_t at = 0;
  for (size_t i = 1; i < N; i++)
    if (fabs(g[i]) > fabs(g[at])) at = i;
  return at;
}

static void a_wrong_sign_is_caught_on_a_staircase(void) {
  for (unsigned seed = 0; seed < NETS; seed++) {
    double x[N];
    net n = {.unit = (unit)(seed % 3), .decay = seed % 2 ? 0.1 : 0, .offset = seed % 4 < 2 ? 3.7 : 0, .wrong = N};
    draw(&n, 104729 * seed + 5, x);
    n.wrong = largest(&n, x);
    clino_gradcheck_result r = check(&n, x);
    CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_FAIL || r.verdict == CLINO_VERDICT_SUSPECT);
    CU_ASSERT_EQUAL(r.worst.flat, n.wrong);
  }
}

void suite_gradcheck_staircase(CU_pSuite suite) {
  TEST(suite, right_gradients_with_a_term_in_double_are_not_rejected);
  TEST(suite, right_gradients_with_an_offset_in_double_are_not_rejected);
  TEST(suite, right_gradients_with_both_are_not_rejected);
  TEST(suite, a_wrong_sign_is_caught_on_a_staircase);
}
