/* What watching costs a training loop: steps of the reference net with and without. */
#include <math.h>

#include "clino/watch.h"
#include "figure.h"
#include "support/refnet.h"

enum { ROUNDS = 15, STEPS = 112 }; /* a round records histograms once */

static clino_watch *watch_net(const refnet *net, clino_run *run, uint64_t every) {
  clino_watch_options o = clino_watch_options_default();
  clino_watch *watch;
  clino_error e;
  o.every = every;
  o.budget_fraction = CLINO_AUTO;
  bench_require(clino_watch_new(&watch, run, &o, &e) == CLINO_OK, "a watch could not be made");
  for (size_t i = 0; i < REFNET_LAYERS; i++) {
    const refnet_layer *l = &net->layers[i];
    clino_watch_layer_spec spec = clino_watch_layer_spec_default();
    spec.params = net->tensors + 2 * i;
    spec.n_params = 2;
    spec.output = l->a ? l->a : l->z;
    spec.rows = REFNET_BATCH;
    spec.units = l->size;
    spec.kind = l->a ? CLINO_ACTIVATION_RELU : CLINO_ACTIVATION_OTHER;
    bench_require(clino_watch_layer(watch, l->name, &spec, &e) == CLINO_OK, "a layer could not be watched");
  }
  return watch;
}

/* Seconds of a step, watched or not (NULL). */
static double step_seconds(refnet *net, clino_watch *watch, int64_t *step) {
  double loss, start = bench_now();
  refnet_loss(&loss, net);
  refnet_backward(net);
  refnet_step(net, 0.001f);
  if (watch) bench_require(clino_watch_step(watch, ++*step, loss, NULL) == CLINO_OK, "a step could not be watched");
  double took = bench_now() - start;
  refnet_next(net);
  return took;
}

/* Steps with and without take turns, and each round is long enough to hold looks and a record of histograms. */
static double over_bare(refnet *net, uint64_t every) {
  clino_run *run;
  bench_require(clino_run_new(&run, NULL) == CLINO_OK, "out of memory");
  clino_watch *watch = watch_net(net, run, every);
  double bare = INFINITY, watched = INFINITY;
  int64_t step = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double sums[2] = {0};
    for (int i = 0; i < STEPS; i++) {
      sums[0] += step_seconds(net, NULL, &step);
      sums[1] += step_seconds(net, watch, &step);
    }
    bare = fmin(bare, sums[0]);
    watched = fmin(watched, sums[1]);
  }
  clino_watch_cost cost;
  clino_watch_get_cost(watch, &cost, NULL);
  printf("  every %3d steps: %8.1f us a step, without %8.1f us, %.4f; a look %.1f us\n", (int)every,
         1e6 * watched / STEPS, 1e6 * bare / STEPS, watched / bare, 1e6 * cost.watch_seconds / (double)cost.looks);
  clino_watch_free(watch);
  clino_run_free(run);
  return watched / bare;
}

int main(void) {
  refnet_data data;
  bench_require(refnet_data_read("examples/data/digits.csv", &data) == 0, "examples/data/digits.csv could not be read");
  refnet *net = refnet_new(&data, 1);
  bench_require(net != NULL, "out of memory");
  printf("watching the reference net: all parameters, gradients and outputs\n");
  bench_figure("watch-every-step", over_bare(net, 1), "ratio", true, 1.10);
  bench_figure("watch-sampled", over_bare(net, 16), "ratio", true, 1.01);
  refnet_free(net);
  refnet_data_free(&data);
  return EXIT_SUCCESS;
}
