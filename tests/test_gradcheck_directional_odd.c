/* Checks along directions of what is not a net in double precision: single precision, kinks, bounds, scales, ties, the
 * smallest problems, callbacks that misbehave. */
#include <math.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/random.h"
#include "support/suite.h"

static clino_gradcheck_options directional(uint64_t seed) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_DIRECTIONAL;
  o.seed = seed;
  return o;
}

/* ---- single precision ---- */

typedef struct quadratic {
  float value[300], grad[300];
  size_t wrong;
} quadratic;

static int quadratic_loss(double *loss, void *ctx) {
  const quadratic *q = ctx;
  *loss = 0;
  for (size_t i = 0; i < 300; i++) *loss += (1 + 0.01 * (double)i) * q->value[i] * q->value[i] / 2;
  return 0;
}

static int quadratic_backward(void *ctx) {
  quadratic *q = ctx;
  for (size_t i = 0; i < 300; i++) q->grad[i] = (float)((1 + 0.01 * (double)i) * q->value[i]);
  if (q->wrong < 300) q->grad[q->wrong] *= 1.3f;
  return 0;
}

static void tensors_in_single_precision(void) {
  quadratic q = {.wrong = 300};
  for (size_t i = 0; i < 300; i++) q.value[i] = (float)(0.2 + 0.7 * sin(1 + (double)i));
  quadratic before = q;
  const ptrdiff_t strides[] = {1, 30};
  clino_tensor t = CLINO_TENSOR_F32("W", q.value, q.grad, 30, 10);
  t.strides = strides; /* not packed */
  clino_model model = {1, &t, quadratic_loss, quadratic_backward, &q};
  clino_gradcheck_options o = directional(2);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  q.wrong = 217;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL_FATAL(r.n_located, 1);
  CU_ASSERT_EQUAL(r.located[0].first_index[0], 217 % 30);
  CU_ASSERT_EQUAL(r.located[0].first_index[1], 217 / 30);
  CU_ASSERT_EQUAL(memcmp(q.value, before.value, sizeof q.value), 0);
  CU_ASSERT_EQUAL(memcmp(q.grad, before.grad, sizeof q.grad), 0);
}

/* ---- a tensor that does not show among the others ---- */

enum { ALONE_IN = 12, ALONE_UNITS = 16, ALONE_SAMPLES = 400 };

/* A relu layer in single precision under a target, with biases as a first step of training leaves them: tiny, and of
 * small gradients, since the errors of many samples cancel in them; among kinks of the weights. */
typedef struct layer {
  float W[ALONE_UNITS][ALONE_IN], b[ALONE_UNITS], dW[ALONE_UNITS][ALONE_IN], db[ALONE_UNITS];
  float in[ALONE_SAMPLES][ALONE_IN], z[ALONE_SAMPLES][ALONE_UNITS], back[ALONE_SAMPLES];
  float factor; /* of db */
} layer;

static int layer_loss(double *loss, void *ctx) {
  layer *l = ctx;
  *loss = 3;
  for (size_t s = 0; s < ALONE_SAMPLES; s++)
    for (size_t u = 0; u < ALONE_UNITS; u++) {
      float z = l->b[u];
      for (size_t i = 0; i < ALONE_IN; i++) z += l->W[u][i] * l->in[s][i];
      l->z[s][u] = z;
      if (z > 0) *loss += (double)(l->back[s] * z);
    }
  *loss = (double)(float)*loss;
  return 0;
}

static int layer_backward(void *ctx) {
  layer *l = ctx;
  double dW[ALONE_UNITS][ALONE_IN] = {{0}}, db[ALONE_UNITS] = {0};
  for (size_t s = 0; s < ALONE_SAMPLES; s++)
    for (size_t u = 0; u < ALONE_UNITS; u++) {
      if (!(l->z[s][u] > 0)) continue;
      db[u] += (double)l->back[s];
      for (size_t i = 0; i < ALONE_IN; i++) dW[u][i] += (double)l->back[s] * (double)l->in[s][i];
    }
  for (size_t u = 0; u < ALONE_UNITS; u++) {
    l->db[u] = l->factor * (float)db[u];
    for (size_t i = 0; i < ALONE_IN; i++) l->dW[u][i] = (float)dW[u][i];
  }
  return 0;
}

static void draw_layer(layer *l, uint64_t seed) {
  memset(l, 0, sizeof *l);
  l->factor = 1;
  for (size_t u = 0; u < ALONE_UNITS; u++) {
    l->b[u] = (float)random_between(&seed, -2e-6, 2e-6);
    for (size_t i = 0; i < ALONE_IN; i++) l->W[u][i] = (float)random_between(&seed, -0.3, 0.3);
  }
  for (size_t s = 0; s < ALONE_SAMPLES; s++) {
    l->back[s] = (float)random_between(&seed, -2e-3, 2e-3);
    for (size_t i = 0; i < ALONE_IN; i++) l->in[s][i] = (float)random_between(&seed, -1, 1);
  }
}

static clino_gradcheck_result check_layer(layer *l) {
  clino_tensor tensors[] = {CLINO_TENSOR_F32("W", &l->W[0][0], &l->dW[0][0], ALONE_UNITS, ALONE_IN),
                            CLINO_TENSOR_F32("b", l->b, l->db, ALONE_UNITS)};
  clino_model model = {2, tensors, layer_loss, layer_backward, l};
  clino_gradcheck_options o = directional(3);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  return r;
}

static void small_tensors_are_moved_alone(void) {
  static layer l;
  size_t accepted = 0, alone = 0;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    draw_layer(&l, 977 * seed);
    clino_gradcheck_result r = check_layer(&l);
    accepted += clino_gradcheck_accepted(&r);
    alone += r.directional.alone;
    CU_ASSERT_TRUE(r.verdict <= CLINO_VERDICT_INCONCLUSIVE);
  }
  CU_ASSERT_TRUE(accepted >= 9);
  CU_ASSERT_TRUE(alone >= 5);
}

static void small_tensors_that_are_wrong_are_found(void) {
  static layer l;
  static const float factors[] = {1.3f, -1, 0};
  for (uint64_t seed = 1; seed <= 12; seed++) {
    draw_layer(&l, 431 * seed);
    l.factor = factors[seed % 3];
    clino_gradcheck_result r = check_layer(&l);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
    CU_ASSERT_STRING_EQUAL(r.n_located ? r.located[0].tensor : r.directional.tensor, "b");
  }
}

/* ---- noise that a few lines do not show ---- */

enum { FITTED_IN = 8, FITTED_CLASSES = 5, FITTED_SAMPLES = 10, FITTED_WEIGHTS = FITTED_IN * FITTED_CLASSES };

/* A softmax in single precision whose loss is small beside its logits: their rounding, coarse beside what the loss
 * moves by along a short line, is its noise. */
typedef struct fitted {
  float W[FITTED_IN][FITTED_CLASSES], dW[FITTED_IN][FITTED_CLASSES], in[FITTED_SAMPLES][FITTED_IN];
  float p[FITTED_SAMPLES][FITTED_CLASSES];
  size_t label[FITTED_SAMPLES];
  float factor; /* of dW */
} fitted;

static int fitted_loss(double *loss, void *ctx) {
  fitted *m = ctx;
  float sum = 0;
  for (size_t s = 0; s < FITTED_SAMPLES; s++) {
    float z[FITTED_CLASSES] = {0}, most = -INFINITY, exps = 0;
    for (size_t k = 0; k < FITTED_CLASSES; k++) {
      for (size_t i = 0; i < FITTED_IN; i++) z[k] += m->in[s][i] * m->W[i][k];
      most = fmaxf(most, z[k]);
    }
    for (size_t k = 0; k < FITTED_CLASSES; k++) exps += m->p[s][k] = expf(z[k] - most);
    for (size_t k = 0; k < FITTED_CLASSES; k++) m->p[s][k] /= exps;
    sum += logf(exps) + most - z[m->label[s]];
  }
  *loss = (double)(sum / FITTED_SAMPLES);
  return 0;
}

static int fitted_backward(void *ctx) {
  fitted *m = ctx;
  memset(m->dW, 0, sizeof m->dW);
  for (size_t s = 0; s < FITTED_SAMPLES; s++)
    for (size_t k = 0; k < FITTED_CLASSES; k++) {
      float back = m->factor * (m->p[s][k] - (k == m->label[s] ? 1 : 0)) / FITTED_SAMPLES;
      for (size_t i = 0; i < FITTED_IN; i++) m->dW[i][k] += m->in[s][i] * back;
    }
  return 0;
}

/* Inputs that stand out where their label's row of weights does. */
static void draw_fitted(fitted *m, uint64_t seed) {
  m->factor = 1;
  for (size_t i = 0; i < FITTED_IN; i++)
    for (size_t k = 0; k < FITTED_CLASSES; k++)
      m->W[i][k] = (float)(random_between(&seed, -0.4, 0.4) + (i == k ? 2.7 : 0));
  for (size_t s = 0; s < FITTED_SAMPLES; s++) {
    m->label[s] = s % FITTED_CLASSES;
    for (size_t i = 0; i < FITTED_IN; i++)
      m->in[s][i] = (float)(random_between(&seed, -0.4, 0.4) + (i == m->label[s] ? 1.9 : 0));
  }
}

static clino_verdict check_fitted(fitted *m, uint64_t seed) {
  clino_tensor tensor = CLINO_TENSOR_F32("W", &m->W[0][0], &m->dW[0][0], FITTED_IN, FITTED_CLASSES);
  clino_model model = {1, &tensor, fitted_loss, fitted_backward, m};
  clino_gradcheck_options o = directional(seed);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  return r.verdict;
}

static void noise_that_lines_do_not_show(void) {
  static fitted m;
  size_t condemned = 0, accepted = 0, found = 0;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    draw_fitted(&m, 7919 * seed);
    clino_verdict right = check_fitted(&m, seed);
    condemned += right > CLINO_VERDICT_INCONCLUSIVE;
    accepted += right <= CLINO_VERDICT_KINK;
    m.factor = 1.2f;
    found += check_fitted(&m, seed) > CLINO_VERDICT_INCONCLUSIVE;
  }
  CU_ASSERT_EQUAL(condemned, 0);
  CU_ASSERT_TRUE(accepted >= 196);
  CU_ASSERT_EQUAL(found, 200);
}

/* ---- a tensor that f does not depend on, but for rounding ---- */

/* Of the sum of sin w and of b, centered. */
typedef struct centered {
  double w[9], dw[9], b[9], db[9];
} centered;

static int centered_loss(double *loss, void *ctx) {
  const centered *c = ctx;
  double mean = 0;
  *loss = 0;
  for (size_t i = 0; i < 9; i++) mean += c->b[i] / 9;
  for (size_t i = 0; i < 9; i++) *loss += sin(c->w[i]) + (c->b[i] - mean);
  return 0;
}

static int centered_backward(void *ctx) {
  centered *c = ctx;
  for (size_t i = 0; i < 9; i++) {
    c->dw[i] = cos(c->w[i]);
    c->db[i] = 1;
    for (size_t k = 0; k < 9; k++) c->db[i] -= 1.0 / 9;
  }
  return 0;
}

static void rounding_for_a_gradient(void) {
  centered c = {.b = {0.31, -0.23, 0.17, 0.05, -0.41, 0.11, -0.07, 0.29, -0.13}};
  for (size_t i = 0; i < 9; i++) c.w[i] = 0.7 - 0.13 * (double)i;
  clino_tensor tensors[] = {CLINO_TENSOR_F64("w", c.w, c.dw, 9), CLINO_TENSOR_F64("b", c.b, c.db, 9)};
  clino_model model = {2, tensors, centered_loss, centered_backward, &c};
  clino_gradcheck_options o = directional(3);
  clino_gradcheck_result r;
  char text[4000];
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_INCONCLUSIVE);
  CU_ASSERT_STRING_EQUAL(r.directional.tensor, "b");
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "hand over without grad what f depends on by rounding alone"));
  tensors[1].grad = NULL;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
}

/* ---- kinks ---- */

#define N_ABS 80

/* sum c_i |x_i - a_i|, at x = a where i % 4 == 0: its gradient there is taken as part c_i, -1 to 1. */
typedef struct kinky {
  double part;
  size_t wrong;
} kinky;

static int kinky_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const kinky *k = ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    double c = 1 + 0.1 * (double)(i % 7), d = x[i] - 0.25 * (double)(i % 5);
    *f += c * fabs(d) + 0.1 * x[i] * x[i];
    if (grad) grad[i] = c * (d > 0 ? 1 : d < 0 ? -1 : k->part) + 0.2 * x[i];
    if (grad && i == k->wrong) grad[i] *= 1.5;
  }
  return 0;
}

static void a_point_on_kinks_is_checked_beside(void) {
  double x[N_ABS];
  for (size_t i = 0; i < N_ABS; i++) x[i] = 0.25 * (double)(i % 5) + (i % 4 ? 0.3 + 0.01 * (double)i : 0);
  kinky k = {0, N_ABS};
  clino_gradcheck_options o = directional(3);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(kinky_objective, &k, N_ABS, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_KINK);
  CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
  char text[901];
  CU_ASSERT_TRUE(clino_gradcheck_describe(&r, text, sizeof text) < sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "at smooth points beside a kink"));
  k.wrong = 38;
  CU_ASSERT_EQUAL(gradcheck(kinky_objective, &k, N_ABS, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL_FATAL(r.n_located, 1);
  CU_ASSERT_EQUAL(r.located[0].first, 38);
}

/* ---- odd tensors ---- */

typedef struct odd {
  double huge[40], tiny[40], unused[10], tied[12], empty[1];
  double g_huge[40], g_tiny[40], g_unused[10], g_tied[12], g_again[12], g_empty[1];
  bool forgets_tie;
} odd;

static int odd_loss(double *loss, void *ctx) {
  const odd *m = ctx;
  *loss = 0;
  for (size_t i = 0; i < 40; i++) *loss += sin(m->huge[i] * 1e-8 + (double)i) + cos(m->tiny[i] * 1e8 * (double)(i + 1));
  for (size_t i = 0; i < 12; i++) *loss += m->tied[i] * m->tied[(i + 1) % 12];
  return 0;
}

static int odd_backward(void *ctx) {
  odd *m = ctx;
  for (size_t i = 0; i < 40; i++) {
    m->g_huge[i] = 1e-8 * cos(m->huge[i] * 1e-8 + (double)i);
    m->g_tiny[i] = -1e8 * (double)(i + 1) * sin(m->tiny[i] * 1e8 * (double)(i + 1));
  }
  memset(m->g_unused, 0, sizeof m->g_unused);
  for (size_t i = 0; i < 12; i++) {
    m->g_tied[i] = m->tied[(i + 1) % 12];
    m->g_again[i] = m->forgets_tie ? 0 : m->tied[(i + 11) % 12];
  }
  return 0;
}

static odd odd_new(clino_tensor t[6], clino_model *model, odd *m) {
  memset(m, 0, sizeof *m);
  for (size_t i = 0; i < 40; i++) m->huge[i] = 1e8 * sin(2 + (double)i), m->tiny[i] = 1e-8 * cos(3 * (double)i);
  for (size_t i = 0; i < 12; i++) m->tied[i] = 0.4 + 0.1 * (double)(i * i % 7);
  t[0] = CLINO_TENSOR_F64("huge", m->huge, m->g_huge, 8, 5);
  t[1] = CLINO_TENSOR_F64("tiny", m->tiny, m->g_tiny, 40);
  t[2] = CLINO_TENSOR_F64("empty", m->empty, m->g_empty, 0, 3);
  t[3] = CLINO_TENSOR_F64("unused", m->unused, m->g_unused, 10);
  t[4] = CLINO_TENSOR_F64("tied", m->tied, m->g_tied, 3, 4);
  t[5] = CLINO_TENSOR_F64("again", m->tied, m->g_again, 3, 4);
  *model = (clino_model){6, t, odd_loss, odd_backward, m};
  return *m;
}

static void scales_ties_and_unused_tensors(void) {
  odd m;
  clino_tensor t[6];
  clino_model model;
  odd before = odd_new(t, &model, &m);
  clino_gradcheck_options o = directional(5);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(memcmp(&m, &before, sizeof m), 0);
  m.forgets_tie = true;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_TRUE_FATAL(r.n_located > 0);
  for (size_t i = 0; i < r.n_located; i++) CU_ASSERT_STRING_EQUAL(r.located[i].tensor, "tied");
}

#define N_LOG 64

static int bounded_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  size_t wrong = *(const size_t *)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    if (x[i] < 0 || x[i] > 2) return 7; /* outside */
    *f += (1 + (double)(i % 3)) * sqrt(x[i] + 0.1) + x[i] * x[(i + 1) % n];
    if (grad) grad[i] = (1 + (double)(i % 3)) / (2 * sqrt(x[i] + 0.1)) + x[(i + 1) % n] + x[(i + n - 1) % n];
    if (grad && i == wrong) grad[i] += 0.2;
  }
  return 0;
}

static void bounds_are_kept(void) {
  double x[N_LOG], lower[N_LOG], upper[N_LOG];
  for (size_t i = 0; i < N_LOG; i++) {
    lower[i] = 0, upper[i] = 2;
    x[i] = i % 5 == 0 ? 0 : i % 7 == 0 ? 2 : i % 11 == 0 ? 1e-13 : 0.1 + 0.02 * (double)i;
  }
  clino_gradcheck_options o = directional(5);
  o.lower = lower;
  o.upper = upper;
  clino_gradcheck_result r;
  for (size_t wrong = 0; wrong <= N_LOG; wrong += 1 + wrong / 3) {
    CU_ASSERT_EQUAL(gradcheck(bounded_objective, &wrong, N_LOG, x, &o, &r, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL_FATAL(r.n_located, 1);
    CU_ASSERT_EQUAL(r.located[0].first, wrong);
  }
  size_t none = N_LOG;
  CU_ASSERT_EQUAL(gradcheck(bounded_objective, &none, N_LOG, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
}

static int flat_zero(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)x;
  *f = *(const double *)ctx;
  if (grad) memset(grad, 0, n * sizeof *grad);
  return 0;
}

static int linear_one(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n;
  *f = 3 * x[0];
  if (grad) grad[0] = *(const double *)ctx;
  return 0;
}

static void the_smallest_and_the_flattest(void) {
  double x[3] = {0.3, 0, -2}, value = 2.385, zero = 0, slope = 3;
  clino_gradcheck_options o = directional(1);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(flat_zero, &value, 3, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(gradcheck(flat_zero, &zero, 3, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(gradcheck(linear_one, &slope, 1, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_PASS);
  slope = 3.01;
  CU_ASSERT_EQUAL(gradcheck(linear_one, &slope, 1, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_FAIL || r.verdict == CLINO_VERDICT_SUSPECT);
  slope = 0;
  CU_ASSERT_EQUAL(gradcheck(linear_one, &slope, 1, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
}

/* ---- callbacks that misbehave ---- */

typedef struct rogue {
  double value[200], grad[200];
  int calls, at;
  bool changes; /* at that call: changes a parameter; else fails */
} rogue;

static int rogue_loss(double *loss, void *ctx) {
  rogue *m = ctx;
  *loss = 0;
  for (size_t i = 0; i < 200; i++) *loss += sin(m->value[i]);
  if (++m->calls < m->at) return 0;
  if (!m->changes) return 42;
  if (m->calls == m->at) m->value[77] += 0.125;
  return 0;
}

static int rogue_backward(void *ctx) {
  rogue *m = ctx;
  for (size_t i = 0; i < 200; i++) m->grad[i] = cos(m->value[i]);
  return 0;
}

/* But for the six calls that measure noise: what they move is put back unseen. */
static void misbehaviour_is_noticed_at_every_call(void) {
  for (int at = 1; at <= 28; at += at == 2 ? 7 : 1)
    for (int changes = 0; changes <= 1; changes++) {
      rogue m = {.at = at, .changes = changes};
      for (size_t i = 0; i < 200; i++) m.value[i] = 0.7 + 0.01 * (double)i;
      clino_tensor t = CLINO_TENSOR_F64("W", m.value, m.grad, 10, 20);
      clino_model model = {1, &t, rogue_loss, rogue_backward, &m};
      clino_gradcheck_options o = directional(6);
      clino_gradcheck_result r;
      clino_error e = {0};
      clino_status status = gradcheck_model(&model, &o, &r, &e);
      if (m.calls < at) continue; /* the check was over before */
      CU_ASSERT_EQUAL(status, changes ? CLINO_OK : CLINO_ERR_CALLBACK);
      CU_ASSERT_FALSE(changes && clino_gradcheck_accepted(&r));
      CU_ASSERT_EQUAL(e.callback_value, changes ? 0 : 42);
      for (size_t i = 0; i < 200; i++) CU_ASSERT_EQUAL(m.value[i], 0.7 + 0.01 * (double)i);
    }
}

void suite_gradcheck_directional_odd(CU_pSuite suite) {
  TEST(suite, tensors_in_single_precision);
  TEST(suite, small_tensors_are_moved_alone);
  TEST(suite, small_tensors_that_are_wrong_are_found);
  TEST(suite, noise_that_lines_do_not_show);
  TEST(suite, rounding_for_a_gradient);
  TEST(suite, a_point_on_kinks_is_checked_beside);
  TEST(suite, scales_ties_and_unused_tensors);
  TEST(suite, bounds_are_kept);
  TEST(suite, the_smallest_and_the_flattest);
  TEST(suite, misbehaviour_is_noticed_at_every_call);
}
