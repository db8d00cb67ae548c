/* Random nets at random points: layers, activations, losses, scales and distances to a kink are drawn from a seed, by
 * which a failure is named. Right gradients are never caught; what is wrong by much is never accepted. These nets are
 * milder than the worst: none computes in single precision behind a double interface, and none nests kinks closely.
 * docs/gradcheck.md says what the check may get wrong there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/probe.h"
#include "support/random.h"

enum { MOST_LAYERS = 3, MOST_WIDTH = 7, MOST_BATCH = 6, MOST_PARAMETERS = MOST_LAYERS * MOST_WIDTH * (MOST_WIDTH + 1) };

typedef enum activation { TANH, SIGMOID, RELU, LEAKY, SOFTPLUS, LINEAR, ACTIVATIONS } activation;
typedef enum loss_kind { SOFTMAX, SQUARED, HINGE, LOSSES } loss_kind;

typedef struct net {
  size_t layers, width[MOST_LAYERS + 1], batch, n;
  activation act[MOST_LAYERS];
  loss_kind loss;
  double scale, l2;
  double input[MOST_BATCH][MOST_WIDTH], target[MOST_BATCH][MOST_WIDTH];
} net;

static double activate(activation a, double z) {
  switch (a) {
    case TANH: return tanh(z);
    case SIGMOID: return 1 / (1 + exp(-z));
    case RELU: return z > 0 ? z : 0;
    case LEAKY: return z > 0 ? z : 0.01 * z;
    case SOFTPLUS: return z > 30 ? z : log1p(exp(z));
    default: return z;
  }
}

static double slope_of(activation a, double z) {
  double t = tanh(z), s = 1 / (1 + exp(-z));
  switch (a) {
    case TANH: return 1 - t * t;
    case SIGMOID: return s * (1 - s);
    case RELU: return z > 0;
    case LEAKY: return z > 0 ? 1 : 0.01;
    case SOFTPLUS: return s;
    default: return 1;
  }
}

/* The loss of one output y against its target, and its gradient d. The class is the one of the largest target. */
static double loss_of(const net *m, const double *y, const double *target, double *d) {
  size_t n = m->width[m->layers], class = 0;
  double sum = 0, largest = y[0], loss = 0;
  for (size_t c = 1; c < n; c++) {
    if (target[c] > target[class]) class = c;
    largest = fmax(largest, y[c]);
  }
  for (size_t c = 0; c < n; c++) {
    double margin = y[c] - y[class] + 1;
    if (m->loss == SOFTMAX) sum += d[c] = exp(y[c] - largest);
    if (m->loss == SQUARED) loss += (y[c] - target[c]) * (y[c] - target[c]) / 2, d[c] = y[c] - target[c];
    if (m->loss == HINGE) d[c] = c != class && margin > 0, loss += c != class && margin > 0 ? margin : 0;
  }
  if (m->loss == HINGE)
    for (size_t c = 0; c < n; c++) d[class] -= c != class ? d[c] : 0;
  if (m->loss != SOFTMAX) return loss;
  for (size_t c = 0; c < n; c++) d[c] = d[c] / sum - (c == class);
  return log(sum) + largest - y[class];
}

typedef struct pass {
  double h[MOST_LAYERS + 1][MOST_WIDTH], z[MOST_LAYERS][MOST_WIDTH], d[MOST_LAYERS + 1][MOST_WIDTH];
} pass;

static size_t layer_size(const net *m, size_t l) { return (m->width[l] + 1) * m->width[l + 1]; }

/* Weights (in by out), then biases, layer after layer. */
static void forward(const net *m, const double *x, const double *input, pass *p) {
  memcpy(p->h[0], input, sizeof p->h[0]);
  for (size_t l = 0; l < m->layers; x += layer_size(m, l++))
    for (size_t k = 0; k < m->width[l + 1]; k++) {
      double z = x[m->width[l] * m->width[l + 1] + k];
      for (size_t i = 0; i < m->width[l]; i++) z += p->h[l][i] * x[i * m->width[l + 1] + k];
      p->z[l][k] = z;
      p->h[l + 1][k] = activate(m->act[l], z);
    }
}

static void backward(const net *m, const double *x, pass *p, double *g) {
  x += m->n, g += m->n;
  for (size_t l = m->layers; l-- > 0;) {
    size_t in = m->width[l], out = m->width[l + 1];
    x -= layer_size(m, l), g -= layer_size(m, l);
    memset(p->d[l], 0, sizeof p->d[l]);
    for (size_t k = 0; k < out; k++) {
      double dz = p->d[l + 1][k] * slope_of(m->act[l], p->z[l][k]);
      g[in * out + k] += dz;
      for (size_t i = 0; i < in; i++) g[i * out + k] += p->h[l][i] * dz, p->d[l][i] += dz * x[i * out + k];
    }
  }
}

static int net_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const net *m = ctx;
  double sum = 0, squares = 0, g[MOST_PARAMETERS] = {0};
  for (size_t b = 0; b < m->batch; b++) {
    pass p;
    forward(m, x, m->input[b], &p);
    sum += loss_of(m, p.h[m->layers], m->target[b], p.d[m->layers]);
    if (grad) backward(m, x, &p, g);
  }
  for (size_t i = 0; i < n; i++) squares += x[i] * x[i];
  *f = m->scale * (sum / (double)m->batch + m->l2 * squares / 2);
  for (size_t i = 0; grad && i < n; i++) grad[i] = m->scale * (g[i] / (double)m->batch + m->l2 * x[i]);
  return 0;
}

/* One unit of the first layer comes within a random distance, or none, of its kink. */
static void come_near_a_kink(const net *m, uint64_t *s, double *x) {
  size_t k = random_bits(s) % m->width[1], b = random_bits(s) % m->batch, in = m->width[0], out = m->width[1];
  double z = 0, d = random_bits(s) % 5 ? pow(10, random_between(s, -12, -2)) : 0;
  for (size_t i = 0; i < in; i++) z += m->input[b][i] * x[i * out + k];
  x[in * out + k] = (random_bits(s) & 1 ? d : -d) - z;
}

static void draw_net(net *m, uint64_t *s, double *x) {
  static const double scales[] = {1, 1, 1, 1e-12, 1e8, 1e-4};
  memset(m, 0, sizeof *m);
  m->layers = 1 + random_bits(s) % MOST_LAYERS;
  for (size_t l = 0; l <= m->layers; l++) m->width[l] = 2 + random_bits(s) % (MOST_WIDTH - 1);
  for (size_t l = 0; l < m->layers; l++) {
    m->act[l] = (activation)(random_bits(s) % ACTIVATIONS);
    m->n += layer_size(m, l);
  }
  m->batch = 1 + random_bits(s) % MOST_BATCH;
  m->loss = (loss_kind)(random_bits(s) % LOSSES);
  m->scale = scales[random_bits(s) % 6];
  m->l2 = random_bits(s) % 3 ? 0 : random_between(s, 0, 0.1);
  for (size_t b = 0; b < m->batch; b++) {
    random_fill(random_bits(s), m->input[b], MOST_WIDTH, -1, 1);
    random_fill(random_bits(s), m->target[b], MOST_WIDTH, -1, 1);
  }
  double size = pow(10, random_between(s, -1.5, 0.5));
  random_fill(random_bits(s), x, m->n, -size, size);
  if (random_bits(s) % 2) come_near_a_kink(m, s, x);
}

/* A way to be wrong by at least a tenth of the gradient's root mean square; false where the one drawn is not. */
static bool draw_mutation(uint64_t *s, size_t n, const double *g, double rms, probe *p) {
  static const double factors[] = {-1, 2, 0.5, 1.3, 0};
  p->kind = random_bits(s) % 2 ? ENTRY_SCALED : SCALED;
  p->factor = factors[random_bits(s) % 5];
  p->i = random_bits(s) % n;
  double most = 0;
  for (size_t i = 0; i < n; i++)
    if (p->kind == SCALED || i == p->i) most = fmax(most, fabs(g[i] * (p->factor - 1)));
  return most > 0.1 * rms;
}

static void random_nets(void) {
  size_t caught_right = 0, settled = 0, wrong = 0, accepted = 0;
  for (uint64_t seed = 1; seed <= 3000; seed++) {
    uint64_t s = seed * 1000003;
    net m;
    double x[MOST_PARAMETERS], f, g[MOST_PARAMETERS];
    char label[60];
    draw_net(&m, &s, x);
    snprintf(label, sizeof label, "net of seed %u", (unsigned)seed);
    probe p = {.f = net_objective, .ctx = &m};
    clino_gradcheck_result r = probe_check(&p, m.n, x, NULL);
    EXPECT_NOT_CAUGHT(label, &r);
    caught_right += caught(&r);
    settled += clino_gradcheck_accepted(&r);
    bool kinked = r.counts[CLINO_VERDICT_KINK] || r.counts[CLINO_VERDICT_INCONCLUSIVE];
    net_objective(m.n, x, &f, g, &m);
    if (kinked || !draw_mutation(&s, m.n, g, r.gradient_rms, &p)) continue;
    r = probe_check(&p, m.n, x, NULL);
    EXPECT_CAUGHT(label, &r);
    wrong++;
    accepted += clino_gradcheck_accepted(&r);
  }
  CU_ASSERT_EQUAL(caught_right, 0);
  CU_ASSERT_EQUAL(accepted, 0);
  CU_ASSERT_TRUE(settled >= 2850);
  CU_ASSERT_TRUE(wrong >= 1500);
}

void suite_gradcheck_random(CU_pSuite suite) { TEST(suite, random_nets); }
