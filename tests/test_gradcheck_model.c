/* Models: tensors with strides, ties, single precision, and samples of large ones. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/probe.h"
#include "support/random.h"

static clino_gradcheck_result check(const clino_model *m, const clino_gradcheck_options *o) {
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  clino_status status = gradcheck_model(m, o, &r, &error);
  if (status) CU_assertImplementation(CU_FALSE, __LINE__, error.message, __FILE__, "", CU_FALSE);
  return r;
}

/* ---- a model that reads and writes through its own idea of where elements are: any strides, any dimensions ---- */

typedef struct strided {
  double value[600], grad[600];
  ptrdiff_t strides[CLINO_MAX_DIMS], first; /* first: where element 0 stands in the arrays */
  size_t n_dims, shape[CLINO_MAX_DIMS], count;
  size_t wrong;                             /* the element whose gradient is wrong; SIZE_MAX: none */
} strided;

static size_t offset_of(const strided *m, size_t element) {
  ptrdiff_t at = m->first;
  for (size_t d = m->n_dims; d-- > 0;) {
    at += m->strides[d] * (ptrdiff_t)(element % m->shape[d]);
    element /= m->shape[d];
  }
  return (size_t)at;
}

static int strided_loss(double *loss, void *ctx) {
  strided *m = ctx;
  *loss = 0;
  for (size_t i = 0; i < m->count; i++) *loss += sin(m->value[offset_of(m, i)] * (1 + 0.01 * (double)i));
  return 0;
}

static int strided_backward(void *ctx) {
  strided *m = ctx;
  for (size_t i = 0; i < m->count; i++) {
    double c = 1 + 0.01 * (double)i;
    m->grad[offset_of(m, i)] = c * cos(m->value[offset_of(m, i)] * c) * (i == m->wrong ? 1.05 : 1);
  }
  return 0;
}

static void check_strided(const char *label, strided *m, bool packed) {
  m->count = 1;
  for (size_t d = 0; d < m->n_dims; d++) m->count *= m->shape[d];
  random_fill(17, m->value, 600, -1.2, 1.1);
  random_fill(18, m->grad, 600, -1, 1);
  strided before;
  const ptrdiff_t *strides = packed ? NULL : m->strides;
  clino_tensor t = {"W", CLINO_F64, m->n_dims, {0}, strides, m->value + m->first, m->grad + m->first};
  memcpy(t.shape, m->shape, sizeof t.shape);
  clino_model model = {1, &t, strided_loss, strided_backward, m};
  for (size_t k = 0; k < 3; k++) {
    m->wrong = k == 0 ? SIZE_MAX : k == 1 ? m->count - 1 : m->count / 3;
    before = *m;
    clino_gradcheck_result r = check(&model, NULL);
    CU_ASSERT_EQUAL(memcmp(before.value, m->value, sizeof m->value), 0);
    CU_ASSERT_EQUAL(memcmp(before.grad, m->grad, sizeof m->grad), 0);
    CU_ASSERT_EQUAL(r.entries, m->count);
    expect(k == 0 ? r.verdict == CLINO_VERDICT_PASS : r.verdict == CLINO_VERDICT_FAIL, label, &r, __FILE__, __LINE__);
    if (k == 0) continue;
    CU_ASSERT_EQUAL(r.worst.flat, m->wrong);
    CU_ASSERT_EQUAL(r.counts[CLINO_VERDICT_PASS], m->count - 1);
    CU_ASSERT_EQUAL(r.worst.n_dims, m->n_dims);
    size_t flat = 0;
    for (size_t d = 0; d < m->n_dims; d++) flat = flat * m->shape[d] + r.worst.index[d];
    CU_ASSERT_EQUAL(flat, m->wrong);
    CU_ASSERT_EQUAL(r.worst.value, before.value[offset_of(m, m->wrong)]);
  }
}

static void strides_of_any_kind(void) {
  strided packed = {.strides = {5, 1}, .n_dims = 2, .shape = {4, 5}};
  check_strided("packed", &packed, true);
  strided given = packed;
  check_strided("packed, strides given", &given, false);
  strided columns = {.strides = {1, 4}, .n_dims = 2, .shape = {4, 5}};
  check_strided("column-major", &columns, false);
  strided padded = {.strides = {8, 1}, .n_dims = 2, .shape = {4, 5}};
  check_strided("padded rows", &padded, false);
  strided backwards = {.strides = {-5, 1}, .first = 15, .n_dims = 2, .shape = {4, 5}};
  check_strided("rows from the last to the first", &backwards, false);
  strided reversed = {.strides = {-5, -1}, .first = 19, .n_dims = 2, .shape = {4, 5}};
  check_strided("all from the last to the first", &reversed, false);
  strided spread = {.strides = {7}, .n_dims = 1, .shape = {11}};
  check_strided("every seventh", &spread, false);
  strided images = {.strides = {1, 60, 10, 2}, .n_dims = 4, .shape = {2, 3, 5, 4}};
  check_strided("channels last", &images, false);
  strided deep = {.strides = {256, 128, 64, 32, 16, 8, 4, 1}, .n_dims = 8, .shape = {2, 1, 2, 2, 1, 2, 2, 3}};
  check_strided("eight dimensions", &deep, false);
  strided single = {.strides = {1}, .n_dims = 1, .shape = {1}};
  check_strided("one element", &single, true);
}

static void eight_dimensions_are_named(void) {
  strided m = {.strides = {128, 64, 32, 16, 8, 4, 2, 1}, .n_dims = 8, .shape = {2, 2, 2, 2, 2, 2, 2, 2}, .count = 256};
  m.wrong = 0xA5; /* 1,0,1,0,0,1,0,1 */
  random_fill(3, m.value, 600, -1, 1);
  clino_tensor t = CLINO_TENSOR_F64("deep", m.value, m.grad, 2, 2, 2, 2, 2, 2, 2, 2);
  clino_model model = {1, &t, strided_loss, strided_backward, &m};
  clino_gradcheck_result r = check(&model, NULL);
  char text[1000];
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "deep[1,0,1,0,0,1,0,1]"));
}

/* ---- ties ---- */

/* One matrix used twice, as it is and transposed; each use has its gradient buffer, or both one. */
typedef struct tied {
  size_t rows, columns;
  double value[40], first[40], second[40];
  bool shared;
  double wrong; /* factor of the second gradient */
} tied;

static int tied_loss(double *loss, void *ctx) {
  tied *m = ctx;
  *loss = 0;
  for (size_t i = 0; i < m->rows * m->columns; i++)
    *loss += sin(m->value[i] * (double)(i + 1)) + (double)(i + 2) * m->value[i] * m->value[i];
  return 0;
}

static int tied_backward(void *ctx) {
  tied *m = ctx;
  for (size_t i = 0; i < m->rows * m->columns; i++) {
    double a = (double)(i + 1) * cos(m->value[i] * (double)(i + 1)), b = 2 * (double)(i + 2) * m->value[i];
    m->first[i] = a + (m->shared ? b * m->wrong : 0);
    if (!m->shared) m->second[i] = b * m->wrong; /* stands at the address of its value */
  }
  return 0;
}

static clino_gradcheck_result check_tied(size_t rows, size_t columns, bool transposed, bool shared, double factor) {
  tied m = {.rows = rows, .columns = columns, .shared = shared, .wrong = factor};
  ptrdiff_t transposes[2] = {1, (ptrdiff_t)columns};
  random_fill(rows * 7 + columns, m.value, 40, -0.8, 0.9);
  clino_tensor t[2] = {CLINO_TENSOR_F64("encoder", m.value, m.first, rows, columns),
                       CLINO_TENSOR_F64("decoder", m.value, shared ? m.first : m.second, rows, columns)};
  if (transposed) {
    t[1].shape[0] = columns, t[1].shape[1] = rows;
    t[1].strides = transposes;
  }
  clino_model model = {2, t, tied_loss, tied_backward, &m};
  return check(&model, NULL);
}

static void tied_parameters_count_once(void) {
  static const size_t shapes[][2] = {{4, 4}, {3, 5}, {5, 3}, {1, 6}, {1, 1}};
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
    for (int transposed = 0; transposed < 2; transposed++)
      for (int shared = 0; shared < 2; shared++) {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        clino_gradcheck_result r = check_tied(rows, columns, transposed, shared, 1);
        EXPECT_VERDICT("tied", &r, CLINO_VERDICT_PASS);
        CU_ASSERT_EQUAL(r.entries, rows * columns);
        CU_ASSERT_EQUAL(r.checked, rows * columns);
        CU_ASSERT_STRING_EQUAL(r.worst.tensor, "encoder");
        r = check_tied(rows, columns, transposed, shared, 0);
        EXPECT_VERDICT("tied, the second gradient forgotten", &r, CLINO_VERDICT_FAIL);
        r = check_tied(rows, columns, transposed, shared, 0.9);
        EXPECT_VERDICT("tied, the second gradient too small", &r, CLINO_VERDICT_FAIL);
      }
}

/* A transposed tie whose buffer is written as if it were not transposed. */
static void a_wrong_order_in_a_tie_is_caught(void) {
  tied m = {.rows = 4, .columns = 4, .wrong = 1};
  random_fill(23, m.value, 40, -0.8, 0.9);
  double grad[16];
  memset(grad, 0, sizeof grad);
  clino_tensor t[2] = {CLINO_TENSOR_F64("encoder", m.value, m.first, 4, 4),
                       CLINO_TENSOR_F64("decoder", m.value, m.second, 4, 4)};
  clino_model model = {2, t, tied_loss, tied_backward, &m};
  clino_gradcheck_result r = check(&model, NULL);
  EXPECT_VERDICT("tied", &r, CLINO_VERDICT_PASS);
  static const ptrdiff_t transposes[2] = {1, 4};
  t[0].strides = transposes; /* both move: the sum of the gradients is the same */
  t[1].strides = transposes;
  r = check(&model, NULL);
  EXPECT_VERDICT("tied, both transposed", &r, CLINO_VERDICT_PASS);
}

/* A use without a gradient beside one with: the entries belong to the one that has it. */
static void a_tie_with_one_gradient(void) {
  for (int second = 0; second < 2; second++) {
    tied m = {.rows = 3, .columns = 2, .shared = true, .wrong = 1};
    random_fill(29, m.value, 40, -0.8, 0.9);
    clino_tensor t[2] = {CLINO_TENSOR_F64("encoder", m.value, second ? NULL : m.first, 3, 2),
                         CLINO_TENSOR_F64("decoder", m.value, second ? m.first : NULL, 3, 2)};
    clino_model model = {2, t, tied_loss, tied_backward, &m};
    clino_gradcheck_result r = check(&model, NULL);
    EXPECT_VERDICT("tied, one gradient", &r, CLINO_VERDICT_PASS);
    CU_ASSERT_EQUAL(r.checked, 6);
  }
}

/* ---- a net in single precision, with labels that are not differentiated ---- */

enum { IN = 6, HIDDEN = 8, CLASSES = 3, BATCH = 5 };

typedef struct float_net {
  float w1[IN][HIDDEN], b1[HIDDEN], w2[HIDDEN][CLASSES];
  float dw1[IN][HIDDEN], db1[HIDDEN], dw2[HIDDEN][CLASSES];
  float x[BATCH][IN], h[BATCH][HIDDEN], d[BATCH][CLASSES];
  double labels[BATCH];
  bool float_loss, relu, accumulate;
  double spoil;           /* factor of dw2[3][1] */
  bool spoils_labels;
  uint64_t calls;
} float_net;

static float_net new_net(bool relu) {
  float_net m;
  uint64_t seed = 1234;
  memset(&m, 0, sizeof m);
  m.relu = relu, m.spoil = 1;
  for (int i = 0; i < IN; i++)
    for (int k = 0; k < HIDDEN; k++) m.w1[i][k] = (float)random_between(&seed, -0.7, 0.7);
  for (int k = 0; k < HIDDEN; k++) {
    m.b1[k] = (float)random_between(&seed, -0.3, 0.3);
    for (int c = 0; c < CLASSES; c++) m.w2[k][c] = (float)random_between(&seed, -0.9, 0.9);
  }
  for (int e = 0; e < BATCH; e++) {
    m.labels[e] = e % CLASSES;
    for (int i = 0; i < IN; i++) m.x[e][i] = (float)random_between(&seed, -1, 1);
  }
  return m;
}

static double example_loss(float_net *m, int e) {
  float z[CLASSES] = {0}, sum = 0;
  for (int k = 0; k < HIDDEN; k++) {
    float a = m->b1[k];
    for (int i = 0; i < IN; i++) a += m->x[e][i] * m->w1[i][k];
    m->h[e][k] = m->relu ? (a > 0 ? a : 0) : tanhf(a);
    for (int c = 0; c < CLASSES; c++) z[c] += m->h[e][k] * m->w2[k][c];
  }
  for (int c = 0; c < CLASSES; c++) sum += m->d[e][c] = expf(z[c]);
  for (int c = 0; c < CLASSES; c++) m->d[e][c] = m->d[e][c] / sum - (c == (int)m->labels[e] ? 1 : 0);
  float loss = logf(sum) - z[(int)m->labels[e]];
  return (double)loss;
}

static int net_loss(double *loss, void *ctx) {
  float_net *m = ctx;
  *loss = 0;
  m->calls++;
  for (int e = 0; e < BATCH; e++) *loss += example_loss(m, e) / BATCH;
  if (m->float_loss) *loss = (double)(float)*loss;
  if (m->spoils_labels && m->calls > 12) m->labels[2] = 1.5;
  return 0;
}

static int net_backward(void *ctx) {
  float_net *m = ctx;
  if (!m->accumulate) {
    memset(m->dw1, 0, sizeof m->dw1);
    memset(m->db1, 0, sizeof m->db1);
    memset(m->dw2, 0, sizeof m->dw2);
  }
  for (int e = 0; e < BATCH; e++)
    for (int k = 0; k < HIDDEN; k++) {
      float dh = 0;
      for (int c = 0; c < CLASSES; c++) {
        float d = m->d[e][c] / BATCH;
        m->dw2[k][c] += m->h[e][k] * d * (k == 3 && c == 1 ? (float)m->spoil : 1);
        dh += d * m->w2[k][c];
      }
      dh *= m->relu ? (m->h[e][k] > 0 ? 1.0f : 0) : 1 - m->h[e][k] * m->h[e][k];
      m->db1[k] += dh;
      for (int i = 0; i < IN; i++) m->dw1[i][k] += m->x[e][i] * dh;
    }
  return 0;
}

static clino_gradcheck_result check_net(float_net *m, const clino_gradcheck_options *o) {
  clino_tensor t[] = {CLINO_TENSOR_F32("fc1.W", &m->w1[0][0], &m->dw1[0][0], IN, HIDDEN),
                      CLINO_TENSOR_F32("fc1.b", m->b1, m->db1, HIDDEN),
                      CLINO_TENSOR_F32(NULL, &m->w2[0][0], &m->dw2[0][0], HIDDEN, CLASSES),
                      CLINO_TENSOR_F64("labels", m->labels, NULL, BATCH)};
  clino_model model = {4, t, net_loss, net_backward, m};
  float_net before = *m;
  clino_gradcheck_result r = check(&model, o);
  CU_ASSERT_EQUAL(memcmp(before.w1, m->w1, sizeof m->w1), 0);
  CU_ASSERT_EQUAL(memcmp(before.w2, m->w2, sizeof m->w2), 0);
  CU_ASSERT_EQUAL(memcmp(before.labels, m->labels, sizeof m->labels), 0);
  return r;
}

static void single_precision_is_checked_honestly(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  for (int kind = 0; kind < 8; kind++) {
    float_net m = new_net(kind & 1);
    m.float_loss = kind & 2;
    m.accumulate = kind & 4;
    o.grad_mode = m.accumulate ? CLINO_GRAD_ACCUMULATES : CLINO_GRAD_OVERWRITES;
    clino_gradcheck_result r = check_net(&m, &o);
    CU_ASSERT_EQUAL(r.entries, IN * HIDDEN + HIDDEN + HIDDEN * CLASSES);
    EXPECT_NOT_CAUGHT("a right net in single precision", &r);
    EXPECT_ACCEPTED("a right net in single precision", &r);
    static const double spoils[] = {-1, 0, 2, 1.2};
    for (size_t k = 0; k < 4; k++) {
      m.spoil = spoils[k];
      r = check_net(&m, &o);
      EXPECT_CAUGHT("a net in single precision with one wrong entry", &r);
      CU_ASSERT_STRING_EQUAL(r.worst.tensor, "tensor 2");
      CU_ASSERT_EQUAL(r.worst.flat, 3 * CLASSES + 1);
    }
  }
}

static void a_tensor_that_is_not_differentiated_must_not_change(void) {
  float_net m = new_net(false);
  m.spoils_labels = true;
  clino_tensor t[] = {CLINO_TENSOR_F32("fc1.b", m.b1, m.db1, HIDDEN),
                      CLINO_TENSOR_F64("labels", m.labels, NULL, BATCH)};
  clino_model model = {2, t, net_loss, net_backward, &m};
  clino_gradcheck_result r = check(&model, NULL);
  EXPECT_VERDICT("labels changed", &r, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_INPUT_CHANGED);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, "labels");
  CU_ASSERT_EQUAL(r.worst.flat, 2);
  CU_ASSERT_EQUAL(m.labels[2], 2 % CLASSES);
}

/* ---- samples, budgets, points ---- */

enum { BIG = 1500, SMALL = 12, TINY = 3 };

typedef struct large {
  double big[BIG], small[SMALL], tiny[TINY], dbig[BIG], dsmall[SMALL], dtiny[TINY];
  uint64_t evaluations, gradients;
  double wrong; /* factor of all of tiny's gradient */
} large;

static int large_loss(double *loss, void *ctx) {
  large *m = ctx;
  m->evaluations++;
  *loss = 0;
  for (size_t i = 0; i < BIG; i++) *loss += sin(m->big[i]);
  for (size_t i = 0; i < SMALL; i++) *loss += 3 * sin(m->small[i]);
  for (size_t i = 0; i < TINY; i++) *loss += 7 * m->tiny[i] * m->tiny[i];
  return 0;
}

static int large_backward(void *ctx) {
  large *m = ctx;
  m->gradients++;
  for (size_t i = 0; i < BIG; i++) m->dbig[i] = cos(m->big[i]);
  for (size_t i = 0; i < SMALL; i++) m->dsmall[i] = 3 * cos(m->small[i]);
  for (size_t i = 0; i < TINY; i++) m->dtiny[i] = 14 * m->tiny[i] * m->wrong;
  return 0;
}

static clino_gradcheck_result check_large(large *m, const clino_gradcheck_options *o) {
  random_fill(41, m->big, BIG, -1, 1);
  random_fill(42, m->small, SMALL, -1, 1);
  random_fill(43, m->tiny, TINY, 0.4, 1);
  m->evaluations = m->gradients = 0;
  clino_tensor t[] = {CLINO_TENSOR_F64("big", m->big, m->dbig, 15, 100),
                      CLINO_TENSOR_F64("small", m->small, m->dsmall, SMALL),
                      CLINO_TENSOR_F64("tiny", m->tiny, m->dtiny, TINY)};
  clino_model model = {3, t, large_loss, large_backward, m};
  clino_gradcheck_result r = check(&model, o);
  CU_ASSERT_EQUAL(r.evaluations, m->evaluations);
  CU_ASSERT_EQUAL(r.gradients, m->gradients);
  return r;
}

static large the_large;

static void a_sample_has_entries_of_every_tensor(void) {
  large *m = &the_large;
  m->wrong = 1;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 50;
  clino_gradcheck_result a = check_large(m, &o), b = check_large(m, &o);
  EXPECT_VERDICT("a sample", &a, CLINO_VERDICT_PASS);
  CU_ASSERT_EQUAL(a.entries, BIG + SMALL + TINY);
  CU_ASSERT_TRUE(a.checked >= 50 + 8 + 3 && a.checked <= 50 + 8 + 3 + 2);
  CU_ASSERT_TRUE(same_results(&a, &b));
  o.seed = 2;
  b = check_large(m, &o);
  CU_ASSERT_FALSE(a.worst.flat == b.worst.flat && a.worst.numeric == b.worst.numeric);
  for (o.seed = 1; o.seed <= 20; o.seed++) {
    m->wrong = 1.5;
    o.sample = 1;
    a = check_large(m, &o);
    EXPECT_VERDICT("a sample, the smallest tensor wrong", &a, CLINO_VERDICT_FAIL);
    CU_ASSERT_EQUAL(a.counts[CLINO_VERDICT_FAIL], 3);
    CU_ASSERT_STRING_EQUAL(a.worst.tensor, "tiny");
    CU_ASSERT_EQUAL(a.checked, 8 + 8 + 3);
  }
}

static void auto_takes_all_of_a_small_model(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.max_evaluations = 60;
  the_large.wrong = 1;
  clino_gradcheck_result r = check_large(&the_large, &o);
  CU_ASSERT_EQUAL(r.options.mode, CLINO_MODE_FULL);
  CU_ASSERT_EQUAL(r.checked, BIG + SMALL + TINY);
}

/* What the header promises: max_evaluations, after which the rest is INCONCLUSIVE. Four calls are needed to start. */
static void a_budget_is_kept(void) {
  large *m = &the_large;
  m->wrong = 1;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 40;
  for (size_t points = 0; points < 3; points++)
    for (uint64_t budget = 1; budget < 140; budget += 1 + budget / 8) {
      o.max_evaluations = budget;
      o.points = points * 30;
      clino_gradcheck_result r = check_large(m, &o);
      uint64_t most = budget < 6 ? 6 : budget;
      if (r.evaluations > most) {
        char text[100];
        snprintf(text, sizeof text, "%llu evaluations, %llu allowed, %zu points", (unsigned long long)r.evaluations,
                 (unsigned long long)budget, o.points);
        CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_FALSE);
      }
      if (budget < 70 || points) {
        EXPECT_VERDICT("a small budget", &r, CLINO_VERDICT_INCONCLUSIVE);
        CU_ASSERT_EQUAL(r.reason, CLINO_REASON_BUDGET);
      }
    }
}

static void points_move_all_tensors(void) {
  float_net m = new_net(false);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.points = 3;
  clino_gradcheck_result r = check_net(&m, &o);
  EXPECT_NOT_CAUGHT("a net at four points", &r);
  CU_ASSERT_TRUE(r.counts[CLINO_VERDICT_PASS] >= 4 * r.entries - 4); /* single precision leaves a few open */
  CU_ASSERT_EQUAL(r.checked, 4 * r.entries);
}

void suite_gradcheck_model(CU_pSuite suite) {
  TEST(suite, strides_of_any_kind);
  TEST(suite, eight_dimensions_are_named);
  TEST(suite, tied_parameters_count_once);
  TEST(suite, a_wrong_order_in_a_tie_is_caught);
  TEST(suite, a_tie_with_one_gradient);
  TEST(suite, single_precision_is_checked_honestly);
  TEST(suite, a_tensor_that_is_not_differentiated_must_not_change);
  TEST(suite, a_sample_has_entries_of_every_tensor);
  TEST(suite, auto_takes_all_of_a_small_model);
  TEST(suite, a_budget_is_kept);
  TEST(suite, points_move_all_tensors);
}
