/* What a branch trace costs: a forward pass of the reference net as a gradient check calls it (a parameter displaced,
 * signs compared with those of the pass before) over the same pass of the same net whose trace is NULL.
 *
 * To listen like a gradient check, the trace must be driven by one: the pass is timed within gradcheck_model, by a loss
 * callback that looks at the clock. Passes with and without the trace come in turn, so both have the same parameters.
 * The check listens while it differentiates, not while it measures noise or samples gradients near a kink: what counts
 * are passes with just one parameter displaced, after the first of all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino.h"
#include "figure.h"
#include "support/refnet.h"

#define PASSES 400 /* of each kind; the minimum of those that count is taken */
#define FIRST 64   /* a check has found out about noise by then */

typedef enum way { BARE, OFF, IDLE, BULK, EACH, N_WAYS } way;

static const char *const way_names[N_WAYS] = {
    "no calls in the net",  "trace NULL",
    "bulk calls, trace idle", "bulk calls, trace on",
    "per-element calls, trace on",
};

typedef struct timed {
  refnet *net;
  clino_trace *listening, *idle;
  float *base; /* the parameters as they were */
  double best[N_WAYS];
  size_t passes, counted;
} timed;

static bool one_displaced(const timed *t) {
  size_t displaced = 0;
  for (size_t i = 0; i < t->net->n_parameters; i++) displaced += t->net->parameters[i] != t->base[i];
  return displaced == 1;
}

static double seconds(timed *t, way w, double *loss) {
  t->net->reporting = w == BARE ? REFNET_NO_CALLS : w == EACH ? REFNET_EACH : REFNET_BULK;
  t->net->trace = w == BULK || w == EACH ? t->listening : w == IDLE ? t->idle : NULL;
  double start = bench_now();
  refnet_loss(loss, t->net);
  return bench_now() - start;
}

/* Times all passes that leave the trace as it is, then the one that the check asked for. */
static void time_pass(timed *t, way on, double *loss) {
  for (way w = BARE; w <= IDLE; w++) t->best[w] = fmin(t->best[w], seconds(t, w, loss));
  double took = seconds(t, on, loss);
  if (++t->passes <= FIRST || !one_displaced(t)) return;
  t->best[on] = fmin(t->best[on], took);
  t->counted++;
}

static int bulk_loss(double *loss, void *ctx) { return time_pass(ctx, BULK, loss), 0; }
static int each_loss(double *loss, void *ctx) { return time_pass(ctx, EACH, loss), 0; }
static int backward(void *ctx) { return refnet_backward(((timed *)ctx)->net); }
static clino_trace *trace_of(void *ctx) { return ((timed *)ctx)->listening; }

/* Runs a check over a sample of parameters; its verdict is not the point here, its passes are. */
static void run_check(timed *t, int (*loss)(double *, void *)) {
  clino_model model = {REFNET_TENSORS, t->net->tensors, loss, backward, t};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error e;
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 100;
  o.max_evaluations = PASSES;
  o.context.trace = trace_of;
  t->passes = t->counted = 0;
  bench_require(gradcheck_model(&model, &o, &r, &e) == CLINO_OK, e.message);
  bench_require(r.verdict < CLINO_VERDICT_SUSPECT, "the gradient of the reference net was rejected");
  bench_require(r.branch_flips > 0, "no branch flipped: the trace was not listened to");
  bench_require(t->counted >= 100, "the check displaced too few single parameters");
}

/* Of one step of training, whose parts are timed one by one. */
static void time_step(refnet *net) {
  double forward = INFINITY, back = INFINITY, update = INFINITY, loss;
  for (int round = 0; round < 50; round++) {
    double t0 = bench_now();
    refnet_loss(&loss, net);
    double t1 = bench_now();
    refnet_backward(net);
    double t2 = bench_now();
    refnet_step(net, 0.01f);
    double t3 = bench_now();
    forward = fmin(forward, t1 - t0), back = fmin(back, t2 - t1), update = fmin(update, t3 - t2);
    refnet_next(net);
  }
  double step = forward + back + update, flops = 2.0 * REFNET_BATCH * REFNET_MULTIPLICATIONS;
  printf("reference net: a step takes %.2f ms (forward %.0f us at %.1f GFLOP/s, backward %.0f us, update %.0f us)\n",
         1e3 * step, 1e6 * forward, 1e-9 * flops / forward, 1e6 * back, 1e6 * update);
  if (step < 1e-3) printf("  note: less than the millisecond that it is meant to take\n");
}

int main(void) {
  refnet_data data;
  timed t;
  memset(&t, 0, sizeof t);
  for (way w = BARE; w < N_WAYS; w++) t.best[w] = INFINITY;
  bench_require(refnet_data_read("examples/data/digits.csv", &data) == 0, "examples/data/digits.csv could not be read");
  t.net = refnet_new(&data, 1);
  t.base = t.net ? malloc(t.net->n_parameters * sizeof *t.base) : NULL;
  bench_require(t.base && !clino_trace_new(&t.listening, NULL) && !clino_trace_new(&t.idle, NULL), "out of memory");
  time_step(t.net);
  memcpy(t.base, t.net->parameters, t.net->n_parameters * sizeof *t.base);
  run_check(&t, bulk_loss);
  run_check(&t, each_loss);
  printf("branch trace: forward pass of the reference net, %d branches\n",
         REFNET_BATCH * (REFNET_FEATURES + REFNET_HIDDEN));
  for (way w = BARE; w < N_WAYS; w++)
    printf("  %-26s  %7.1f us  %.3f\n", way_names[w], 1e6 * t.best[w], t.best[w] / t.best[OFF]);
  bench_figure("branch-trace-overhead", t.best[BULK] / t.best[OFF], "ratio", true, 1.02);
  clino_trace_free(t.listening);
  clino_trace_free(t.idle);
  free(t.base);
  refnet_free(t.net);
  refnet_data_free(&data);
  return EXIT_SUCCESS;
}
