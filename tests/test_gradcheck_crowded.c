/* Losses in single precision with kinks so close together that noise keeps every step above their distances: a relu
 * each for 600 samples and 3 units, moved by the same few parameters. Slopes at such steps may agree with each other
 * and differ from the derivative; only the mean of the gradient over a step is theirs. */
#include <math.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "support/random.h"
#include "support/suite.h"

enum { INPUTS = 5, UNITS = 3, SAMPLES = 600, WEIGHTS = INPUTS * UNITS };

typedef struct net {
  float W[WEIGHTS], b[UNITS], v[UNITS], dW[WEIGHTS], db[UNITS], dv[UNITS];
  float in[SAMPLES][INPUTS], target[SAMPLES], out[SAMPLES], z[SAMPLES][UNITS];
  float factor;   /* of db, 1 where it is right */
  float at_point; /* added to db[0] where b is that of the point, 0 where it is right */
  float b_at_point;
  bool rounded;   /* the loss is a float */
} net;

static int forward(double *loss, void *ctx) {
  net *n = ctx;
  *loss = 0;
  for (size_t s = 0; s < SAMPLES; s++) {
    n->out[s] = 0;
    for (size_t u = 0; u < UNITS; u++) {
      float z = n->b[u];
      for (size_t i = 0; i < INPUTS; i++) z += n->W[u * INPUTS + i] * n->in[s][i];
      n->z[s][u] = z;
      n->out[s] += z > 0 ? n->v[u] * z : 0;
    }
    double off = (double)n->out[s] - (double)n->target[s];
    *loss += off * off / SAMPLES;
  }
  if (n->rounded) *loss = (double)(float)*loss;
  return 0;
}

static int backward(void *ctx) {
  net *n = ctx;
  double db[UNITS] = {0}, dv[UNITS] = {0}, dW[WEIGHTS] = {0};
  for (size_t s = 0; s < SAMPLES; s++)
    for (size_t u = 0; u < UNITS; u++) {
      if (!(n->z[s][u] > 0)) continue;
      double off = 2 * ((double)n->out[s] - (double)n->target[s]) / SAMPLES, back = off * (double)n->v[u];
      dv[u] += off * (double)n->z[s][u];
      db[u] += back;
      for (size_t i = 0; i < INPUTS; i++) dW[u * INPUTS + i] += back * (double)n->in[s][i];
    }
  for (size_t i = 0; i < WEIGHTS; i++) n->dW[i] = (float)dW[i];
  for (size_t u = 0; u < UNITS; u++) n->db[u] = n->factor * (float)db[u], n->dv[u] = (float)dv[u];
  if (memcmp(&n->b[0], &n->b_at_point, sizeof n->b_at_point) == 0) n->db[0] += n->at_point;
  return 0;
}

static void draw(net *n, uint64_t seed) {
  memset(n, 0, sizeof *n);
  n->factor = 1;
  for (size_t i = 0; i < WEIGHTS; i++) n->W[i] = (float)random_between(&seed, -0.7, 0.7);
  for (size_t u = 0; u < UNITS; u++) {
    n->b[u] = (float)random_between(&seed, -0.3, 0.3);
    n->v[u] = (float)random_between(&seed, -1.5, 1.5);
  }
  for (size_t s = 0; s < SAMPLES; s++) {
    n->target[s] = (float)random_between(&seed, -1, 2);
    for (size_t i = 0; i < INPUTS; i++) n->in[s][i] = (float)random_between(&seed, -1, 1);
  }
  n->b_at_point = n->b[0];
}

static clino_gradcheck_result check(net *n) {
  clino_tensor tensors[] = {CLINO_TENSOR_F32("W", n->W, n->dW, UNITS, INPUTS),
                            CLINO_TENSOR_F32("b", n->b, n->db, UNITS), CLINO_TENSOR_F32("v", n->v, n->dv, UNITS)};
  clino_model model = {3, tensors, forward, backward, n};
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, NULL, &r, NULL), CLINO_OK);
  return r;
}

#define NETS 60

static void right_gradients_are_accepted(void) {
  static net n;
  size_t accepted = 0;
  for (uint64_t seed = 0; seed < NETS; seed++) {
    draw(&n, 6151 * seed + 3);
    clino_gradcheck_result r = check(&n);
    CU_ASSERT_TRUE(r.verdict <= CLINO_VERDICT_INCONCLUSIVE);
    accepted += clino_gradcheck_accepted(&r);
  }
  CU_ASSERT_TRUE(accepted >= NETS * 9 / 10);
}

static void wrong_ones_are_rejected(void) {
  static net n;
  static const float factors[] = {1.05f, 0.5f, -1, 0};
  for (uint64_t seed = 0; seed < NETS; seed++) {
    draw(&n, 50021 * seed + 9);
    n.factor = factors[seed % 4];
    clino_gradcheck_result r = check(&n);
    CU_ASSERT_TRUE(r.verdict == CLINO_VERDICT_FAIL || r.verdict == CLINO_VERDICT_SUSPECT);
    CU_ASSERT_STRING_EQUAL(r.worst.tensor, "b");
  }
}

/* Its mean over a step is right, which must not excuse it. */
static void a_gradient_that_is_wrong_at_the_point_alone_is_not_accepted(void) {
  static net n;
  for (uint64_t seed = 0; seed < NETS; seed++) {
    draw(&n, 1543 * seed + 1);
    double loss;
    CU_ASSERT_EQUAL(forward(&loss, &n), 0);
    CU_ASSERT_EQUAL(backward(&n), 0);
    n.at_point = (seed % 2 ? 1 : -1) * (fabsf(n.db[0]) + fabsf(n.db[1]) + fabsf(n.db[2]));
    clino_gradcheck_result r = check(&n);
    CU_ASSERT_FALSE(clino_gradcheck_accepted(&r));
  }
}

/* Biases as the first steps of training leave them. Over steps of their own size the rounded loss does not change. */
static void shrink_biases(net *n) {
  n->rounded = true;
  for (size_t u = 0; u < UNITS; u++) n->b[u] *= 1e-5F;
  n->b_at_point = n->b[0];
}

static void tiny_biases_are_settled(void) {
  static net n;
  static const float factors[] = {1.05F, 0.5F, -1, 0};
  size_t accepted = 0;
  for (uint64_t seed = 0; seed < NETS; seed++) {
    draw(&n, 2917 * seed + 5);
    shrink_biases(&n);
    clino_gradcheck_result right = check(&n);
    CU_ASSERT_TRUE(right.verdict <= CLINO_VERDICT_INCONCLUSIVE);
    accepted += clino_gradcheck_accepted(&right);
    n.factor = factors[seed % 4];
    clino_gradcheck_result wrong = check(&n);
    CU_ASSERT_TRUE(wrong.verdict == CLINO_VERDICT_FAIL || wrong.verdict == CLINO_VERDICT_SUSPECT);
    CU_ASSERT_STRING_EQUAL(wrong.worst.tensor, "b");
  }
  CU_ASSERT_TRUE(accepted >= NETS * 9 / 10);
}

void suite_gradcheck_crowded(CU_pSuite suite) {
  TEST(suite, right_gradients_are_accepted);
  TEST(suite, wrong_ones_are_rejected);
  TEST(suite, tiny_biases_are_settled);
  TEST(suite, a_gradient_that_is_wrong_at_the_point_alone_is_not_accepted);
}
