/* Models and layers in several threads: copies of their tensors, and the same numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/layer.h"
#include "support/layers.h"
#include "support/probe.h"

static const size_t counts[] = {2, 3, 8};

static bool same_doubles(const double *a, const double *b, size_t n) { return memcmp(a, b, n * sizeof *a) == 0; }

#define ROWS 130
#define COLUMNS 100

/* A matrix with a stride, a bias, labels that may be shared; f over all of them. */
typedef struct model {
  double *W, *dW;
  double b[COLUMNS], db[COLUMNS];
  const double *labels;
  size_t calls;
  clino_tensor tensors[3];
  double bug;
} model;

static const ptrdiff_t strides[] = {COLUMNS + 3, 1};

static size_t at(size_t i, size_t j) { return i * (COLUMNS + 3) + j; }

static bool model_init(model *m, const double *labels, double bug) {
  *m = (model){.labels = labels, .bug = bug};
  m->W = calloc(2 * ROWS * (COLUMNS + 3), sizeof *m->W);
  if (!m->W) return false;
  m->dW = m->W + ROWS * (COLUMNS + 3);
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < COLUMNS; j++) m->W[at(i, j)] = 0.4 * sin(1.7 * (double)i + 0.3 * (double)(j * j % 89));
  for (size_t j = 0; j < COLUMNS; j++) m->b[j] = 0.1 + 0.01 * (double)j;
  m->tensors[0] = CLINO_TENSOR_F64("W", m->W, m->dW, ROWS, COLUMNS);
  m->tensors[0].strides = strides;
  m->tensors[1] = CLINO_TENSOR_F64("b", m->b, m->db, COLUMNS);
  m->tensors[2] = CLINO_TENSOR_F64("labels", (double *)(uintptr_t)labels, NULL, COLUMNS);
  return true;
}

static int model_loss(double *loss, void *ctx) {
  model *m = ctx;
  *loss = 0;
  m->calls++;
  for (size_t j = 0; j < COLUMNS; j++) {
    double z = m->b[j] - m->labels[j];
    for (size_t i = 0; i < ROWS; i++) z += m->W[at(i, j)] * ((double)(i * j % 13) - 6) / 13;
    *loss += 0.5 * z * z;
  }
  return 0;
}

static int model_backward(void *ctx) {
  model *m = ctx;
  for (size_t j = 0; j < COLUMNS; j++) {
    double z = m->b[j] - m->labels[j];
    for (size_t i = 0; i < ROWS; i++) z += m->W[at(i, j)] * ((double)(i * j % 13) - 6) / 13;
    m->db[j] = z;
    for (size_t i = 0; i < ROWS; i++) m->dW[at(i, j)] = z * ((double)(i * j % 13) - 6) / 13;
  }
  m->dW[at(77, 31)] *= m->bug;
  return 0;
}

static int model_clone(void *ctx, void **copy, clino_tensor *tensors) {
  const model *original = ctx;
  model *own = malloc(sizeof *own);
  if (!own) return 1;
  if (!model_init(own, original->labels, original->bug)) {
    free(own);
    return 1;
  }
  memcpy(own->W, original->W, ROWS * (COLUMNS + 3) * sizeof *own->W);
  for (int i = 0; i < 2; i++) {
    tensors[i].value = own->tensors[i].value;
    tensors[i].grad = own->tensors[i].grad;
  }
  *copy = own;
  return 0;
}

static void model_release(void *copy) {
  free(((model *)copy)->W);
  free(copy);
}

static int model_clone_shares(void *ctx, void **copy, clino_tensor *tensors) {
  int value = model_clone(ctx, copy, tensors);
  if (!value) tensors[1].value = ((model *)ctx)->b;
  return value;
}

static clino_gradcheck_result check_model(model *m, clino_mode mode, size_t threads) {
  const clino_model checked = {3, m->tensors, model_loss, model_backward, m};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error e = {0};
  o.mode = mode;
  o.sample = 150;
  o.threads = threads;
  o.context.clone = model_clone;
  o.context.release = model_release;
  CU_ASSERT_EQUAL(gradcheck_model(&checked, &o, &r, &e), CLINO_OK);
  return r;
}

static void models_with_and_without_a_bug(void) {
  double labels[COLUMNS];
  for (size_t j = 0; j < COLUMNS; j++) labels[j] = cos((double)j);
  for (int bug = 0; bug < 2; bug++)
    for (clino_mode mode = CLINO_MODE_AUTO; mode <= CLINO_MODE_DIRECTIONAL; mode++) {
      model m, before;
      if (mode == CLINO_MODE_FULL) continue; /* 13,100 entries */
      CU_ASSERT_FATAL(model_init(&m, labels, bug ? 1.4 : 1) && model_init(&before, labels, 1));
      clino_gradcheck_result one = check_model(&m, mode, 1);
      if (mode != CLINO_MODE_SAMPLE) {
        CU_ASSERT_EQUAL(one.verdict, bug ? CLINO_VERDICT_FAIL : CLINO_VERDICT_PASS);
        CU_ASSERT_EQUAL(one.n_located, (size_t)bug);
      }
      for (size_t i = 0; i < 3; i++) {
        clino_gradcheck_result several = check_model(&m, mode, counts[i]);
        CU_ASSERT_TRUE(same_results(&one, &several));
      }
      CU_ASSERT_TRUE(same_doubles(m.W, before.W, 2 * ROWS * (COLUMNS + 3)));
      CU_ASSERT_EQUAL(memcmp(m.b, before.b, sizeof m.b), 0);
      free(m.W);
      free(before.W);
    }
}

static void a_copy_has_tensors_of_its_own(void) {
  double labels[COLUMNS] = {0.25};
  model m;
  CU_ASSERT_FATAL(model_init(&m, labels, 1));
  const clino_model checked = {3, m.tensors, model_loss, model_backward, &m};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error e;
  o.threads = 2;
  o.context.clone = model_clone_shares;
  o.context.release = model_release;
  CU_ASSERT_EQUAL(gradcheck_model(&checked, &o, &r, &e), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "context.clone: the values of b"));
  free(m.W);
}

/* ---- layers ---- */

static int clone_layer(void *ctx, void **copy, clino_tensor *tensors) {
  (void)tensors;
  layer_setup *own = malloc(sizeof *own);
  if (!own) return 3;
  memcpy(own, ctx, sizeof *own);
  *copy = own;
  return 0;
}

static void layers(void) {
  for (int kind = 0; kind < LAYER_KINDS; kind++)
    for (int bug = 0; bug < 2; bug++) {
      static const layer_bug bugs[LAYER_KINDS] = {DENSE_BIAS_MEAN, CONV_BORDER, NORM_NO_VARIANCE, NORM_SCALE_ONLY,
                                                  SOFTMAX_DIAGONAL, EMBEDDING_LAST, DROPOUT_UNSCALED, RELU_UNMASKED};
      if (kind == EMBEDDING) continue; /* its ids are memory of its own, which this clone leaves where it is */
      layer_setup s;
      layer_init(&s, (layer_kind)kind, kind % 2 ? CLINO_F32 : CLINO_F64, bug ? bugs[kind] : NO_BUG);
      clino_gradcheck_options o = clino_gradcheck_options_default();
      clino_gradcheck_result one, several;
      clino_error e = {0};
      o.context.reseed = layer_reseed;
      o.context.clone = clone_layer;
      o.context.release = free;
      CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, &o, &one, &e), CLINO_OK);
      for (size_t i = 0; i < 3; i++) {
        o.threads = counts[i];
        CU_ASSERT_EQUAL(gradcheck_layer(&s.layer, &o, &several, &e), CLINO_OK);
        CU_assertImplementation(same_results(&one, &several), __LINE__, layer_names[kind], __FILE__, "", CU_FALSE);
      }
    }
}

void suite_gradcheck_threads_models(CU_pSuite suite) {
  TEST(suite, models_with_and_without_a_bug);
  TEST(suite, a_copy_has_tensors_of_its_own);
  TEST(suite, layers);
}
