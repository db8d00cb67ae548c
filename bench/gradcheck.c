/* What a gradient check costs: evaluations an entry on clean smooth models, and time over that of the bare evaluations.
 *
 * The overhead is measured on nets of several sizes whose loss takes at least 20 us. Both sides run in turn, and each
 * is the minimum of ROUNDS: the check, and as many bare calls of loss and backward as the check made. */
#include <math.h>
#include <string.h>

#include "clino.h"
#include "figure.h"
#include "net/net.h"

#define ROUNDS 15

/* Evaluations and entries pooled over the smooth models. */
typedef struct pooled {
  double evaluations, entries;
} pooled;

static net *smooth_net(size_t batch, size_t channels, size_t hidden) {
  net_config c = net_small();
  c.batch = batch;
  c.channels = channels;
  c.hidden = hidden;
  c.conv_activation = c.hidden_activation = NET_TANH;
  c.pool = false;
  c.dropout = 0;
  net *n = net_new(c);
  bench_require(n != NULL, "out of memory for a net");
  return n;
}

static void run_check(net *n, clino_gradcheck_result *r) {
  clino_model model = net_model(n);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context = net_context();
  o.mode = CLINO_MODE_FULL;
  clino_error e;
  bench_require(gradcheck_model(&model, &o, r, &e) == CLINO_OK, e.message);
  bench_require(clino_gradcheck_accepted(r), "a right gradient was not accepted");
}

static void run_bare(net *n, uint64_t evaluations, uint64_t gradients) {
  double loss;
  for (uint64_t i = 0; i < evaluations; i++) net_loss(&loss, n);
  for (uint64_t i = 0; i < gradients; i++) net_backward(n);
}

static double overhead(net *n, clino_gradcheck_result *r) {
  double check = INFINITY, bare = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double t0 = bench_now();
    run_check(n, r);
    double t1 = bench_now();
    run_bare(n, r->evaluations, r->gradients);
    double t2 = bench_now();
    check = fmin(check, t1 - t0);
    bare = fmin(bare, t2 - t1);
  }
  printf("  %6zu entries  %7llu evaluations  %8.1f us each  overhead %.3f\n", r->entries,
         (unsigned long long)r->evaluations, 1e6 * bare / (double)r->evaluations, check / bare);
  bench_require(1e6 * bare / (double)r->evaluations >= 20, "an evaluation takes less than 20 us");
  return check / bare;
}

/* Logistic regression on seeded data: n weights, the smallest smooth model of all. */
typedef struct logistic {
  double data[64][256];
  double sign[64];
} logistic;

static int logistic_loss(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const logistic *l = ctx;
  *f = 0;
  if (grad) memset(grad, 0, n * sizeof *grad);
  for (size_t k = 0; k < 64; k++) {
    double z = 0;
    for (size_t i = 0; i < n; i++) z += l->data[k][i] * x[i];
    *f += log1p(exp(-l->sign[k] * z)) / 64;
    double d = -l->sign[k] / (1 + exp(l->sign[k] * z)) / 64;
    for (size_t i = 0; grad && i < n; i++) grad[i] += d * l->data[k][i];
  }
  return 0;
}

static void check_logistic(size_t n, pooled *p) {
  static logistic l;
  double x[256];
  rng random = {n};
  for (size_t k = 0; k < 64; k++) {
    l.sign[k] = rng_uniform(&random) < 0.5 ? -1 : 1;
    for (size_t i = 0; i < n; i++) l.data[k][i] = 2 * rng_uniform(&random) - 1;
  }
  for (size_t i = 0; i < n; i++) x[i] = rng_uniform(&random) - 0.5;
  clino_gradcheck_result r;
  clino_error e;
  bench_require(gradcheck(logistic_loss, &l, n, x, NULL, &r, &e) == CLINO_OK, e.message);
  bench_require(clino_gradcheck_accepted(&r), "a right gradient was not accepted");
  p->evaluations += (double)r.evaluations;
  p->entries += (double)n;
}

int main(void) {
  static const size_t shapes[][3] = {{16, 2, 8}, {32, 2, 8}, {64, 2, 8}};
  pooled p = {0, 0};
  digits data;
  bench_require(digits_read("examples/data/digits.csv", &data) == 0, "examples/data/digits.csv could not be read");
  for (size_t n = 64; n <= 256; n *= 2) check_logistic(n, &p);
  printf("gradcheck: evaluations and overhead on smooth nets (conv 3x3, tanh, batch norm, softmax)\n");
  double worst = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    net *n = smooth_net(shapes[i][0], shapes[i][1], shapes[i][2]);
    digits batch = data;
    batch.n = shapes[i][0];
    net_set_batch(n, &batch);
    clino_gradcheck_result r;
    worst = fmax(worst, overhead(n, &r));
    p.evaluations += (double)r.evaluations;
    p.entries += (double)r.entries;
    net_free(n);
  }
  digits_free(&data);
  bench_figure("gradcheck-evaluations-per-entry", p.evaluations / p.entries, "evaluations", true, 2.2);
  bench_figure("gradcheck-overhead", worst, "ratio", true, 1.05);
  return EXIT_SUCCESS;
}
