/* The reference net of the benchmarks computes what it says: against the plainest code in double precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/test/cunit.h"
#include "support/probe.h"
#include "support/refnet.h"

static refnet_data data;

static refnet *new_net(size_t batch) {
  if (!data.n) CU_ASSERT_EQUAL_FATAL(refnet_data_read("examples/data/digits.csv", &data), 0);
  refnet *net = refnet_new(&data, 5);
  CU_ASSERT_PTR_NOT_NULL_FATAL(net);
  net->batch = batch;
  return net;
}

/* ---- the plainest code: x holds the parameters in the order of the tensors ---- */

/* The relu of a pixel of a channel: 0 padding, K is 9 x 16. */
static double conv(const double *K, const double *b, const float *image, int row, int column, size_t channel) {
  double z = b[channel];
  for (int u = -1; u <= 1; u++)
    for (int v = -1; v <= 1; v++) {
      int r = row + u, c = column + v;
      if (r < 0 || r >= REFNET_SIDE || c < 0 || c >= REFNET_SIDE) continue;
      z += K[(size_t)(3 * (u + 1) + v + 1) * REFNET_CHANNELS + channel] * (double)image[r * REFNET_SIDE + c];
    }
  return fmax(z, 0);
}

static void dense(const double *W, const double *b, size_t n_in, size_t n_out, const double *x, double *y) {
  for (size_t o = 0; o < n_out; o++) {
    y[o] = b[o];
    for (size_t i = 0; i < n_in; i++) y[o] += x[i] * W[i * n_out + o];
  }
}

static double sample_loss(const double *x, const float *image, int label) {
  const double *K = x, *b1 = K + 9 * REFNET_CHANNELS, *W2 = b1 + REFNET_CHANNELS;
  const double *b2 = W2 + REFNET_FEATURES * REFNET_HIDDEN, *W3 = b2 + REFNET_HIDDEN;
  const double *b3 = W3 + REFNET_HIDDEN * REFNET_CLASSES;
  static double a[REFNET_FEATURES], h[REFNET_HIDDEN], score[REFNET_CLASSES];
  for (size_t p = 0; p < REFNET_PIXELS; p++)
    for (size_t c = 0; c < REFNET_CHANNELS; c++)
      a[p * REFNET_CHANNELS + c] = conv(K, b1, image, (int)p / REFNET_SIDE, (int)p % REFNET_SIDE, c);
  dense(W2, b2, REFNET_FEATURES, REFNET_HIDDEN, a, h);
  for (size_t i = 0; i < REFNET_HIDDEN; i++) h[i] = fmax(h[i], 0);
  dense(W3, b3, REFNET_HIDDEN, REFNET_CLASSES, h, score);
  double sum = 0;
  for (size_t c = 0; c < REFNET_CLASSES; c++) sum += exp(score[c]);
  return log(sum) - score[label];
}

/* Value from the plain code, gradient from the net. */
static int plain_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const refnet *net = ctx;
  *f = 0;
  for (size_t s = net->first; s < net->first + net->batch; s++)
    *f += sample_loss(x, data.pixels + s * REFNET_PIXELS, data.label[s]) / (double)net->batch;
  for (size_t i = 0; grad && i < n; i++) grad[i] = (double)net->gradients[i];
  return 0;
}

static void loss_and_gradient_are_right(void) {
  for (size_t batch = 1; batch <= 3; batch++) { /* even and odd: two code paths */
    refnet *net = new_net(batch);
    refnet_next(net);
    double loss, plain, *x = malloc(net->n_parameters * sizeof *x);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (size_t i = 0; i < net->n_parameters; i++) x[i] = (double)net->parameters[i];
    CU_ASSERT_EQUAL(refnet_loss(&loss, net), 0);
    CU_ASSERT_EQUAL(refnet_backward(net), 0);
    plain_objective(net->n_parameters, x, &plain, NULL, net);
    CU_ASSERT_DOUBLE_EQUAL(loss, plain, 1e-6 * plain);
    clino_gradcheck_options o = clino_gradcheck_options_default();
    o.mode = CLINO_MODE_SAMPLE;
    o.sample = 300;
    o.seed = batch;
    o.tolerance = 1e-4; /* the gradient is of single precision */
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(gradcheck(plain_objective, net, net->n_parameters, x, &o, &r, NULL), CLINO_OK);
    EXPECT_ACCEPTED("the reference net", &r);
    free(x);
    refnet_free(net);
  }
}

static void tensors_cover_all_parameters(void) {
  refnet *net = new_net(2);
  clino_model m = refnet_model(net);
  const float *next = net->parameters;
  CU_ASSERT_EQUAL(m.n_tensors, REFNET_TENSORS);
  for (size_t i = 0; i < m.n_tensors; i++) {
    CU_ASSERT_PTR_EQUAL(m.tensors[i].value, next);
    next += m.tensors[i].shape[0] * (m.tensors[i].n_dims == 2 ? m.tensors[i].shape[1] : 1);
  }
  CU_ASSERT_EQUAL((size_t)(next - net->parameters), net->n_parameters);
  CU_ASSERT_EQUAL(net->n_parameters, 66410);
  refnet_free(net);
}

/* The net computes the same whether and however it reports, and its clone the same again. */
static void reporting_changes_nothing(void) {
  refnet *net = new_net(REFNET_BATCH), *copy = refnet_clone(net);
  CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
  clino_trace *trace;
  CU_ASSERT_EQUAL_FATAL(clino_trace_new(&trace, NULL), CLINO_OK);
  double loss, again;
  refnet_loss(&loss, net);
  refnet_backward(net);
  refnet_step(copy, 0.25f); /* its gradients are still 0 */
  for (int how = REFNET_BULK; how <= REFNET_NO_CALLS; how++) {
    copy->trace = trace;
    copy->reporting = (refnet_reporting)how;
    refnet_loss(&again, copy);
    refnet_backward(copy);
    CU_ASSERT_EQUAL(loss, again);
    CU_ASSERT_EQUAL(memcmp(net->gradients, copy->gradients, net->n_parameters * sizeof *net->gradients), 0);
  }
  refnet_step(copy, 0.25f);
  refnet_loss(&again, copy);
  CU_ASSERT_TRUE(again < loss);
  refnet_loss(&again, net);
  CU_ASSERT_EQUAL(loss, again);
  refnet_free(net);
  refnet_free(copy);
  clino_trace_free(trace);
}

static void it_learns(void) {
  refnet *net = new_net(REFNET_BATCH);
  double loss = 0, last = 0;
  for (size_t step = 0; step < 200; step++) {
    refnet_next(net);
    refnet_loss(&loss, net);
    refnet_backward(net);
    refnet_step(net, 0.1f);
    if (step >= 180) last += loss / 20;
  }
  CU_ASSERT_TRUE(last < 0.3); /* from ln(10) = 2.3 */
  refnet_free(net);
  refnet_data_free(&data); /* the last test */
}

void suite_refnet(CU_pSuite suite) {
  TEST(suite, loss_and_gradient_are_right);
  TEST(suite, tensors_cover_all_parameters);
  TEST(suite, reporting_changes_nothing);
  TEST(suite, it_learns);
}
