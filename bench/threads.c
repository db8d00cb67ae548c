/* What a second thread gains: a check of a sample of the reference net's parameters in one thread over the same in two.
 * They come in turn; what each has to say must be the same to the bit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino.h"
#include "figure.h"
#include "support/refnet.h"

#define ROUNDS 15

static double seconds(refnet *net, size_t threads, clino_gradcheck_result *r) {
  clino_model model = refnet_model(net);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_error e;
  o.mode = CLINO_MODE_SAMPLE;
  o.sample = 300;
  o.threads = threads;
  o.context = refnet_context();
  double start = bench_now();
  bench_require(gradcheck_model(&model, &o, r, &e) == CLINO_OK, e.message);
  double took = bench_now() - start;
  bench_require(r->verdict < CLINO_VERDICT_SUSPECT, "the gradient of the reference net was rejected");
  memset(&r->options, 0, sizeof r->options);
  return took;
}

int main(void) {
  refnet_data data;
  clino_gradcheck_result one, two;
  double best[2] = {INFINITY, INFINITY};
  bench_require(refnet_data_read("examples/data/digits.csv", &data) == 0, "examples/data/digits.csv could not be read");
  refnet *net = refnet_new(&data, 1);
  bench_require(net != NULL && !clino_trace_new(&net->trace, NULL), "out of memory");
  for (int round = 0; round < ROUNDS; round++) {
    best[0] = fmin(best[0], seconds(net, 1, &one));
    best[1] = fmin(best[1], seconds(net, 2, &two));
    bench_require(memcmp(&one, &two, sizeof one) == 0, "two threads say something else than one");
  }
  printf("threads: %zu of the reference net's %zu parameters, %llu evaluations and %llu gradients\n", one.checked,
         one.entries, (unsigned long long)one.evaluations, (unsigned long long)one.gradients);
  printf("  one thread %.0f ms, two %.0f ms\n", 1e3 * best[0], 1e3 * best[1]);
  bench_figure("threads-speedup", best[0] / best[1], "ratio", false, 1.8);
  clino_trace_free(net->trace);
  refnet_free(net);
  refnet_data_free(&data);
  return EXIT_SUCCESS;
}
