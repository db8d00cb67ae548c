/* How fast TensorBoard's event files are read: scalars as a training loop writes them, one a record, and a histogram
 * for each of some layers now and then; in memory. */
#include <math.h>

#include "clino/io.h"
#include "event_file.h"
#include "figure.h"

enum { STEPS = 60000, LAYERS = 12, BINS = 60, EVERY = 100, TRIES = 9 };

static const char *const tags[] = {"train/loss", "train/accuracy", "train/learning_rate", "train/grad_norm",
                                   "perf/samples_per_second"};

static void add_histograms(event_bytes *file, int step) {
  double limits[BINS], counts[BINS];
  char tag[64];
  for (int layer = 0; layer < LAYERS; layer++) {
    double scale = 0.02 + 0.001 * layer;
    for (int i = 0; i < BINS; i++) {
      limits[i] = scale * (i - BINS / 2.0 + 1);
      counts[i] = floor(4000 * exp(-limits[i] * limits[i] / (8 * scale)) + (step + i) % 7);
    }
    snprintf(tag, sizeof tag, "layers/%d/conv.weight", layer);
    event_histogram(file, tag, 1.7e9 + step, step, limits[0] - scale, limits[BINS - 1], BINS, limits, counts);
  }
}

static event_bytes make_file(void) {
  event_bytes file = {NULL, 0, 0};
  event_version(&file, 1.7e9);
  for (int step = 0; step < STEPS; step++) {
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
      event_scalar(&file, tags[i], 1.7e9 + step, step, (float)(2.3 / (1 + 0.01 * step) + 0.1 * (double)i));
    if (step % EVERY == 0) add_histograms(&file, step);
  }
  return file;
}

int main(void) {
  event_bytes file = make_file();
  double best = INFINITY;
  for (int i = 0; i < TRIES; i++) {
    clino_run *run = NULL;
    double start = bench_now();
    clino_status status = clino_run_read_memory(file.data, file.size, "events", NULL, &run, NULL, NULL);
    double seconds = bench_now() - start;
    bench_require(!status && clino_series_count(clino_run_series(run, "train/loss")) == STEPS, "the events are read");
    bench_require(clino_run_series_count(run) == LAYERS + sizeof tags / sizeof tags[0], "all tags are there");
    clino_run_free(run);
    if (seconds < best) best = seconds;
  }
  printf("%.1f MB of events (%d scalars, %d histograms) in %.1f ms\n", (double)file.size / 1e6,
         STEPS * (int)(sizeof tags / sizeof tags[0]), STEPS / EVERY * LAYERS, 1e3 * best);
  bench_figure("event-read-mb-per-s", (double)file.size / best / 1e6, "MB/s", false, 300);
  free(file.data);
  return EXIT_SUCCESS;
}
