/* The hand-written layers of examples/net, each checked alone, and the net that is made of them.
 *
 * A layer has a vector of outputs. It is made a scalar by fixed random cotangents c, loss = sum_k c_k y_k, never by a
 * sum of ones: the outputs of a batch norm sum to a constant, and a wrong scale would not show. Inputs and parameters
 * are both tensors of the check. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clino/test/cunit.h"
#include "net/activation.h"
#include "net/loss.h"
#include "net/net.h"
#include "support/suite.h"

#define DATA "examples/data/digits.csv"
#define SIZE 256

/* ---- one layer under test ---- */

typedef struct probe probe;
struct probe {
  void (*forward)(probe *), (*backward)(probe *);
  size_t n, n_y;                                          /* samples; outputs of all of them */
  real x[SIZE], dx[SIZE], y[SIZE], c[SIZE];               /* c: the cotangents */
  real w[SIZE], dw[SIZE], b[SIZE], db[SIZE], work[SIZE];  /* parameters, what a layer keeps */
  size_t winner[SIZE];
  int label[SIZE];
  dense dense;
  conv3x3 conv;
  batchnorm norm;
  maxpool pool;
  dropout drop;
  rng random;
  clino_trace *trace;
  net_bug bug;
};

static probe *new_probe(void (*forward)(probe *), void (*backward)(probe *), size_t n, size_t n_y) {
  probe *p = calloc(1, sizeof *p);
  CU_ASSERT_PTR_NOT_NULL_FATAL(p);
  rng g = {2385};
  p->forward = forward, p->backward = backward, p->n = n, p->n_y = n_y;
  rng_fill(&g, 1.7, SIZE, p->x);
  rng_fill(&g, 1.3, SIZE, p->c);
  rng_fill(&g, 0.9, SIZE, p->w);
  rng_fill(&g, 0.6, SIZE, p->b);
  for (size_t i = 0; i < SIZE; i++) p->label[i] = (int)rng_below(&g, 4);
  CU_ASSERT_EQUAL(clino_trace_new(&p->trace, NULL), CLINO_OK);
  return p;
}

static void free_probe(probe *p) {
  clino_trace_free(p->trace);
  free(p);
}

static int probe_loss(double *loss, void *ctx) {
  probe *p = ctx;
  p->forward(p);
  *loss = 0;
  for (size_t k = 0; k < p->n_y; k++) *loss += (double)(p->c[k] * p->y[k]);
  return 0;
}

static int probe_backward(void *ctx) {
  probe *p = ctx;
  p->backward(p);
  return 0;
}

static int probe_reseed(uint64_t seed, void *ctx) {
  ((probe *)ctx)->random.state = seed;
  return 0;
}

static clino_trace *probe_trace(void *ctx) { return ((probe *)ctx)->trace; }

static clino_gradcheck_options probe_options(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context = (clino_context_ops){.reseed = probe_reseed, .trace = probe_trace};
  o.points = 2;
  return o;
}

static clino_model probe_model(probe *p, size_t n_tensors, const clino_tensor *tensors) {
  return (clino_model){n_tensors, tensors, probe_loss, probe_backward, p};
}

/* Asserts that the gradient is right, then frees the probe. */
static void check_probe(probe *p, size_t n_tensors, const clino_tensor *tensors) {
  clino_model model = probe_model(p, n_tensors, tensors);
  clino_gradcheck_options o = probe_options();
  CU_ASSERT_GRADCHECK_MODEL(&model, &o);
  free_probe(p);
}

/* The result of a check, whatever it is; frees the probe. */
static clino_gradcheck_result result_of_probe(probe *p, size_t n_tensors, const clino_tensor *tensors) {
  clino_model model = probe_model(p, n_tensors, tensors);
  clino_gradcheck_options o = probe_options();
  clino_gradcheck_result result;
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &result, NULL), CLINO_OK);
  free_probe(p);
  return result;
}

/* ---- dense ---- */

static void forward_dense(probe *p) { dense_forward(&p->dense, p->n, p->x, p->y); }

static void backward_dense(probe *p) {
  (p->bug == NET_BUG_DENSE_TRANSPOSED ? dense_backward_transposed
   : p->bug == NET_BUG_BIAS_MEAN      ? dense_backward_bias_mean
                                      : dense_backward)(&p->dense, p->n, p->x, p->c, p->dx);
}

#define DENSE_TENSORS(p) {NET_TENSOR("x", p->x, p->dx, 5, 7), NET_TENSOR("W", p->w, p->dw, 7, 4), \
                          NET_TENSOR("b", p->b, p->db, 4)}

static probe *new_dense(void) {
  probe *p = new_probe(forward_dense, backward_dense, 5, 5 * 4);
  p->dense = (dense){7, 4, p->w, p->dw, p->b, p->db};
  return p;
}

static void dense_layer(void) {
  probe *p = new_dense();
  clino_tensor tensors[] = DENSE_TENSORS(p);
  check_probe(p, 3, tensors);
}

static void dense_layer_without_bias(void) {
  probe *p = new_dense();
  p->dense.b = NULL;
  clino_tensor tensors[] = DENSE_TENSORS(p);
  check_probe(p, 2, tensors);
}

static void dense_layer_without_input_gradient(void) {
  probe *p = new_dense();
  real dw[28];
  backward_dense(p);
  memcpy(dw, p->dw, sizeof dw);
  memset(p->dw, 77, sizeof dw);
  dense_backward(&p->dense, p->n, p->x, p->c, NULL);
  CU_ASSERT_EQUAL(memcmp(dw, p->dw, sizeof dw), 0);
  free_probe(p);
}

/* ---- convolution ---- */

static void forward_conv(probe *p) { conv3x3_forward(&p->conv, p->n, p->x, p->y); }

static void backward_conv(probe *p) {
  (p->bug == NET_BUG_CONV_FLIP ? conv3x3_backward_flipped : conv3x3_backward)(&p->conv, p->n, p->x, p->c, p->dx);
}

#define CONV_TENSORS(p, height, width)                                                                      \
  {NET_TENSOR("x", p->x, p->dx, 2, 2, height, width), NET_TENSOR("K", p->w, p->dw, 3, 2, 3, 3),             \
   NET_TENSOR("b", p->b, p->db, 3)}

static probe *new_conv(size_t height, size_t width) {
  probe *p = new_probe(forward_conv, backward_conv, 2, 2 * 3 * height * width);
  p->conv = (conv3x3){2, 3, height, width, p->w, p->dw, p->b, p->db};
  return p;
}

static void conv_layer(void) {
  static const size_t sizes[][2] = {{5, 4}, {2, 3}, {1, 6}, {3, 1}, {1, 1}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    probe *p = new_conv(sizes[i][0], sizes[i][1]);
    clino_tensor tensors[] = CONV_TENSORS(p, sizes[i][0], sizes[i][1]);
    check_probe(p, 3, tensors);
  }
}

static void conv_layer_is_the_formula(void) {
  probe *p = new_conv(5, 4);
  forward_conv(p);
  for (int s = 0; s < 2; s++)
    for (int o = 0; o < 3; o++)
      for (int r = 0; r < 5; r++)
        for (int c = 0; c < 4; c++) {
          double y = (double)p->b[o];
          for (int i = 0; i < 2; i++)
            for (int u = 0; u < 3; u++)
              for (int v = 0; v < 3; v++) {
                int row = r + u - 1, column = c + v - 1;
                if (row < 0 || row > 4 || column < 0 || column > 3) continue;
                y += (double)(p->w[((o * 2 + i) * 3 + u) * 3 + v] * p->x[((s * 2 + i) * 5 + row) * 4 + column]);
              }
          CU_ASSERT_DOUBLE_EQUAL(p->y[((s * 3 + o) * 5 + r) * 4 + c], y, 1e-5);
        }
  free_probe(p);
}

/* ---- layers with kinks ---- */

static void forward_pool(probe *p) { maxpool_forward(&p->pool, p->trace, "pool", p->n, p->x, p->y); }
static void backward_pool(probe *p) { maxpool_backward(&p->pool, p->n, p->c, p->dx); }

static void maxpool_layer(void) {
  probe *p = new_probe(forward_pool, backward_pool, 2, 2 * 3 * 2 * 3);
  p->pool = (maxpool){3, 4, 6, p->winner};
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 2, 3, 4, 6);
  check_probe(p, 1, &x);
}

static void maxpool_layer_finds_the_winner(void) {
  probe *p = new_probe(forward_pool, backward_pool, 1, 1);
  p->pool = (maxpool){1, 2, 2, p->winner};
  static const real orders[][4] = {{4, 3, 2, 1}, {1, 2, 3, 4}, {3, 4, 1, 2}, {2, 1, 4, 3}};
  static const size_t winner[] = {0, 3, 1, 2};
  for (size_t i = 0; i < 4; i++) {
    memcpy(p->x, orders[i], sizeof orders[i]);
    forward_pool(p);
    CU_ASSERT_EQUAL(p->winner[0], winner[i]);
    CU_ASSERT_EQUAL(p->y[0], 4);
  }
  free_probe(p);
}

static void forward_relu(probe *p) { relu_forward(p->trace, "relu", p->n_y, p->x, p->y); }
static void backward_relu(probe *p) { relu_backward(p->n_y, p->x, p->c, p->dx); }

static void relu_layer(void) {
  probe *p = new_probe(forward_relu, backward_relu, 1, 40);
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 40);
  check_probe(p, 1, &x);
}

static void relu_layer_at_its_kink(void) {
  probe *p = new_probe(forward_relu, backward_relu, 1, 40);
  p->x[3] = 0;
  p->x[11] = (real)1e-9;
  p->x[20] = (real)-1e-9;
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 40);
  clino_gradcheck_result r = result_of_probe(p, 1, &x);
  CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
  CU_ASSERT_TRUE(r.branch_flips >= 1);
}

/* ---- smooth layers ---- */

static void forward_tanh(probe *p) { tanh_forward(p->n_y, p->x, p->y); }
static void backward_tanh(probe *p) { tanh_backward(p->n_y, p->y, p->c, p->dx); }

static void tanh_layer(void) {
  probe *p = new_probe(forward_tanh, backward_tanh, 1, 40);
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 40);
  check_probe(p, 1, &x);
}

static void forward_dropout(probe *p) { dropout_forward(&p->drop, &p->random, p->n_y, p->x, p->y); }
static void backward_dropout(probe *p) { dropout_backward(&p->drop, p->n_y, p->c, p->dx); }

static probe *new_dropout(void) {
  probe *p = new_probe(forward_dropout, backward_dropout, 1, 60);
  p->drop = (dropout){(real)0.3, p->work};
  return p;
}

static void dropout_layer(void) {
  probe *p = new_dropout();
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 60);
  check_probe(p, 1, &x);
}

static void dropout_layer_keeps_the_mean(void) {
  probe *p = new_dropout();
  size_t dropped = 0;
  double sum = 0;
  for (size_t i = 0; i < SIZE; i++) p->x[i] = 1;
  for (int k = 0; k < 1000; k++) {
    forward_dropout(p);
    for (size_t i = 0; i < 60; i++) dropped += p->y[i] == 0, sum += (double)p->y[i];
  }
  CU_ASSERT_DOUBLE_EQUAL((double)dropped / 60000, 0.3, 0.008); /* four standard deviations */
  CU_ASSERT_DOUBLE_EQUAL(sum / 60000, 1, 0.011);
  free_probe(p);
}

static void dropout_layer_without_its_seed_is_noticed(void) {
  probe *p = new_dropout();
  clino_tensor x = NET_TENSOR("x", p->x, p->dx, 60);
  clino_model model = probe_model(p, 1, &x);
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck_model(&model, NULL, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONDETERMINISTIC);
  free_probe(p);
}

static void forward_norm(probe *p) { batchnorm_forward(&p->norm, p->n, p->x, p->y); }

static void backward_norm(probe *p) {
  (p->bug == NET_BUG_BATCHNORM_VARIANCE ? batchnorm_backward_constant_variance : batchnorm_backward)(
      &p->norm, p->n, p->x, p->c, p->dx);
}

#define NORM_TENSORS(p) {NET_TENSOR("x", p->x, p->dx, 6, 4), NET_TENSOR("gamma", p->w, p->dw, 4), \
                         NET_TENSOR("beta", p->b, p->db, 4)}

static probe *new_norm(void) {
  probe *p = new_probe(forward_norm, backward_norm, 6, 6 * 4);
  p->norm = (batchnorm){4, p->w, p->dw, p->b, p->db, p->work, p->work + 4, p->work + 8, p->work + 12};
  return p;
}

static void batchnorm_layer(void) {
  probe *p = new_norm();
  clino_tensor tensors[] = NORM_TENSORS(p);
  check_probe(p, 3, tensors);
}

static void batchnorm_running_statistics_approach_the_batch(void) {
  probe *p = new_norm();
  forward_norm(p);
  for (int k = 0; k < 400; k++) batchnorm_track(&p->norm, (real)0.1);
  real inferred[24];
  batchnorm_infer(&p->norm, p->n, p->x, inferred);
  for (size_t k = 0; k < 24; k++) CU_ASSERT_DOUBLE_EQUAL(inferred[k], p->y[k], 1e-5);
  free_probe(p);
}

/* ---- losses: scalar as they are; the cotangent is 1 ---- */

static void forward_softmax(probe *p) { p->y[0] = (real)softmax_loss(p->n, 4, p->x, p->label); }
static void backward_softmax(probe *p) { softmax_loss_backward(p->n, 4, p->x, p->label, p->dx); }
static void forward_hinge(probe *p) { p->y[0] = (real)hinge_loss(p->trace, "hinge", p->n, 4, p->x, p->label); }
static void backward_hinge(probe *p) { hinge_loss_backward(p->n, 4, p->x, p->label, p->dx); }
static void forward_l2(probe *p) { p->y[0] = (real)l2_penalty((real)0.37, 36, p->x); }

static void backward_l2(probe *p) {
  memset(p->dx, 0, sizeof p->dx);
  l2_penalty_backward((real)0.37, 36, p->x, p->dx);
}

static void losses(void) {
  static void (*const functions[][2])(probe *) = {
      {forward_softmax, backward_softmax}, {forward_hinge, backward_hinge}, {forward_l2, backward_l2}};
  for (size_t i = 0; i < 3; i++) {
    probe *p = new_probe(functions[i][0], functions[i][1], 9, 1);
    p->c[0] = 1;
    clino_tensor x = NET_TENSOR("scores", p->x, p->dx, 9, 4);
    check_probe(p, 1, &x);
  }
}

static void losses_of_equal_scores(void) {
  real scores[12];
  int label[3] = {3, 0, 2};
  for (int i = 0; i < 12; i++) scores[i] = (real)2.385;
  CU_ASSERT_DOUBLE_EQUAL(softmax_loss(3, 4, scores, label), log(4), 1e-7);
  CU_ASSERT_DOUBLE_EQUAL(hinge_loss(NULL, "", 3, 4, scores, label), 3, 1e-7);
  scores[4] = 2000; /* exp overflows; the loss must not */
  CU_ASSERT_DOUBLE_EQUAL(softmax_loss(1, 4, scores + 4, label + 1), 0, 1e-7);
}

/* ---- planted bugs ---- */

static void expect_failure(clino_gradcheck_result r, const char *tensor) {
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_DIFFERS);
  CU_ASSERT_STRING_EQUAL(r.worst.tensor, tensor);
}

static void planted_bugs_in_layers_are_caught(void) {
  probe *p = new_dense();
  clino_tensor transposed[] = DENSE_TENSORS(p);
  p->bug = NET_BUG_DENSE_TRANSPOSED;
  expect_failure(result_of_probe(p, 3, transposed), "x");
  p = new_dense();
  clino_tensor mean[] = DENSE_TENSORS(p);
  p->bug = NET_BUG_BIAS_MEAN;
  expect_failure(result_of_probe(p, 3, mean), "b");
  p = new_conv(5, 4);
  clino_tensor flipped[] = CONV_TENSORS(p, 5, 4);
  p->bug = NET_BUG_CONV_FLIP;
  expect_failure(result_of_probe(p, 3, flipped), "K");
  p = new_norm();
  clino_tensor variance[] = NORM_TENSORS(p);
  p->bug = NET_BUG_BATCHNORM_VARIANCE;
  expect_failure(result_of_probe(p, 3, variance), "x");
}

static void bugs_have_names(void) {
  for (int bug = 0; bug < NET_BUG_COUNT; bug++) CU_ASSERT_EQUAL(net_bug_find(net_bug_name((net_bug)bug)), (net_bug)bug);
  CU_ASSERT_EQUAL(net_bug_find("off-by-one"), NET_BUG_COUNT);
  CU_ASSERT_PTR_NULL(net_bug_name(NET_BUG_COUNT));
}

/* ---- the whole net, on real digits ---- */

typedef struct fixture {
  digits all, train, rest;
  batches batches;
  net *net;
  clino_trace *trace;
} fixture;

/* A net on its first batch. In place: the batches look into the training set. */
static void set_up(fixture *f, net_config config) {
  CU_ASSERT_EQUAL_FATAL(digits_read(DATA, &f->all), 0);
  digits_split(&f->all, 400, 5, &f->train, &f->rest);
  CU_ASSERT_EQUAL_FATAL(batches_init(&f->batches, &f->train, config.batch, 6), 0);
  f->net = net_new(config);
  CU_ASSERT_PTR_NOT_NULL_FATAL(f->net);
  CU_ASSERT_EQUAL(clino_trace_new(&f->trace, NULL), CLINO_OK);
  f->net->trace = f->trace;
  batches_next(&f->batches);
  net_set_batch(f->net, &f->batches.batch);
}

static void tear_down(fixture *f) {
  clino_trace_free(f->trace);
  net_free(f->net);
  batches_free(&f->batches);
  digits_free(&f->all);
}

static net_config tiny(void) {
  net_config c = net_small();
  c.batch = 8, c.channels = 3, c.hidden = 10;
  return c;
}

static void check_net(net *n) {
  clino_model model = net_model(n);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context = net_context();
  CU_ASSERT_GRADCHECK_MODEL(&model, &o);
}

static clino_gradcheck_result result_of_net(net *n) {
  clino_model model = net_model(n);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result result;
  o.context = net_context();
  CU_ASSERT_EQUAL(gradcheck_model(&model, &o, &result, NULL), CLINO_OK);
  return result;
}

static void check_net_before_and_after_training(net_config config) {
  fixture f;
  set_up(&f, config);
  check_net(f.net);
  sgd optimizer;
  CU_ASSERT_EQUAL_FATAL(sgd_init(&optimizer, (real)0.02, (real)0.9, f.net->n_parameters), 0);
  for (int step = 0; step < 100; step++) net_train(f.net, &optimizer, &f.batches);
  batches_next(&f.batches);
  check_net(f.net);
  sgd_free(&optimizer);
  tear_down(&f);
}

static void net_at_the_start_and_after_training(void) { check_net_before_and_after_training(tiny()); }

static void net_with_hinge_and_nothing_optional(void) {
  net_config c = tiny();
  c.loss = NET_HINGE, c.pool = c.batchnorm = false, c.dropout = c.l2 = 0, c.channels = 2;
  check_net_before_and_after_training(c);
}

static void net_without_kinks(void) {
  net_config c = tiny();
  c.conv_activation = NET_TANH, c.pool = false, c.channels = 2;
  check_net_before_and_after_training(c);
}

static void net_learns(void) {
  fixture f;
  set_up(&f, net_small());
  double before, after, accuracy;
  sgd optimizer;
  CU_ASSERT_EQUAL_FATAL(sgd_init(&optimizer, (real)0.05, (real)0.9, f.net->n_parameters), 0);
  before = net_evaluate(f.net, &f.rest, &accuracy);
  CU_ASSERT_DOUBLE_EQUAL(before, log(10), 0.05);
  for (int step = 0; step < 120; step++) net_train(f.net, &optimizer, &f.batches);
  after = net_evaluate(f.net, &f.rest, &accuracy);
  CU_ASSERT_TRUE(after < before / 4);
  CU_ASSERT_TRUE(accuracy > 0.85);
  sgd_free(&optimizer);
  tear_down(&f);
}

/* A bug spoils the gradients that are computed from it on, and those alone may be blamed: innocent is the start of the
 * names of tensors whose gradients are right. */
static void planted_bugs_in_the_net_are_caught(void) {
  static const struct {
    net_bug bug;
    const char *worst, *innocent[4];
  } cases[] = {{NET_BUG_CONV_FLIP, "conv.K", {"conv.b", "hidden", "norm", "output"}},
               {NET_BUG_BIAS_MEAN, "output.b", {"conv", "hidden", "norm", "output.W"}},
               {NET_BUG_DENSE_TRANSPOSED, NULL, {"output", "output", "output", "output"}},
               {NET_BUG_BATCHNORM_VARIANCE, NULL, {"norm", "norm", "output", "output"}}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fixture f;
    set_up(&f, tiny());
    f.net->bug = cases[i].bug;
    clino_gradcheck_result r = result_of_net(f.net);
    CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_FAIL);
    CU_ASSERT_TRUE(r.n_next > 0);
    if (cases[i].worst) CU_ASSERT_STRING_EQUAL(r.worst.tensor, cases[i].worst);
    for (size_t k = 0; k <= r.n_next; k++) {
      const char *blamed = k ? r.next[k - 1].tensor : r.worst.tensor;
      for (size_t j = 0; j < 4; j++)
        CU_ASSERT_NOT_EQUAL(strncmp(blamed, cases[i].innocent[j], strlen(cases[i].innocent[j])), 0);
    }
    tear_down(&f);
  }
}

/* ---- the data ---- */

static void digits_are_as_described(void) {
  digits d;
  CU_ASSERT_EQUAL_FATAL(digits_read(DATA, &d), 0);
  CU_ASSERT_EQUAL(d.n, 1797);
  CU_ASSERT_EQUAL(d.label[0], 0);
  CU_ASSERT_EQUAL(d.pixels[2], (real)5 / 16);
  CU_ASSERT_EQUAL(d.pixels[DIGITS_PIXELS + 3], (real)12 / 16);
  batches b;
  CU_ASSERT_EQUAL_FATAL(batches_init(&b, &d, 599, 3), 0);
  double sum = 0, expected = 0;
  for (size_t i = 0; i < d.n * DIGITS_PIXELS; i++) expected += (double)d.pixels[i];
  for (int k = 0; k < 3; k++) { /* one epoch: every sample once */
    batches_next(&b);
    for (size_t i = 0; i < b.size * DIGITS_PIXELS; i++) sum += (double)b.batch.pixels[i];
  }
  CU_ASSERT_EQUAL(sum, expected);
  CU_ASSERT_EQUAL(b.epoch, 1);
  batches_free(&b);
  digits_free(&d);
}

static void digits_that_are_none_are_refused(void) {
  static const char *const bad[] = {"", "header\n", "header\n1,2,3\n", "header\nseven\n", "header\n17,1\n"};
  digits d;
  CU_ASSERT_EQUAL(digits_read("examples/data/no-such-file.csv", &d), -1);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char path[] = "/tmp/clino-digits-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, bad[i], strlen(bad[i])), (ssize_t)strlen(bad[i]));
    close(fd);
    CU_ASSERT_EQUAL(digits_read(path, &d), -1);
    CU_ASSERT_PTR_NULL(d.pixels);
    unlink(path);
  }
}

void suite_layers(CU_pSuite suite) {
  TEST(suite, dense_layer);
  TEST(suite, dense_layer_without_bias);
  TEST(suite, dense_layer_without_input_gradient);
  TEST(suite, conv_layer);
  TEST(suite, conv_layer_is_the_formula);
  TEST(suite, maxpool_layer);
  TEST(suite, maxpool_layer_finds_the_winner);
  TEST(suite, relu_layer);
  TEST(suite, relu_layer_at_its_kink);
  TEST(suite, tanh_layer);
  TEST(suite, dropout_layer);
  TEST(suite, dropout_layer_keeps_the_mean);
  TEST(suite, dropout_layer_without_its_seed_is_noticed);
  TEST(suite, batchnorm_layer);
  TEST(suite, batchnorm_running_statistics_approach_the_batch);
  TEST(suite, losses);
  TEST(suite, losses_of_equal_scores);
  TEST(suite, planted_bugs_in_layers_are_caught);
  TEST(suite, bugs_have_names);
  TEST(suite, net_at_the_start_and_after_training);
  TEST(suite, net_with_hinge_and_nothing_optional);
  TEST(suite, net_without_kinks);
  TEST(suite, net_learns);
  TEST(suite, planted_bugs_in_the_net_are_caught);
  TEST(suite, digits_are_as_described);
  TEST(suite, digits_that_are_none_are_refused);
}
