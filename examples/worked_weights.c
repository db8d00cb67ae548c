/* The first layer's weights on digits as images, and how noisy they are (clino/weight_noise.h): before and after
 * training, with and without decay, on few samples, at a rate that is too high.
 *
 *   worked_weights [FOLDER]     prints a table; writes worked_weights.png to FOLDER, a row a line of the table */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/weight_noise.h"
#include "worked/image.h"
#include "worked/training.h"

#define HIDDEN 32
#define SHOWN 10

static const struct {
  const char *what;
  size_t hidden, samples;
  double rate, l2;
  size_t steps;
} cases[] = {{"softmax, untrained", 0, 1400, 0.1, 0, 0},       {"softmax, trained", 0, 1400, 0.1, 0, 560},
             {"and L2 of 0.01", 0, 1400, 0.1, 0.01, 560},     {"net, untrained", HIDDEN, 1400, 0.05, 0, 0},
             {"net, one epoch", HIDDEN, 1400, 0.05, 0, 28},    {"net, 20 epochs", HIDDEN, 1400, 0.05, 0, 560},
             {"net, 100 epochs", HIDDEN, 1400, 0.05, 0, 2800},
             {"and L2 of 0.01", HIDDEN, 1400, 0.05, 0.01, 2800}, {"and 50 samples", HIDDEN, 50, 0.05, 0.01, 2800},
             {"net, rate 20", HIDDEN, 1400, 20, 0, 560}};
#define CASES (sizeof cases / sizeof cases[0])

/* The images that are shown, of each case. */
static double images[CASES][SHOWN][DIGITS_PIXELS];

static const double *tile(size_t row, size_t column, void *ctx) {
  (void)ctx;
  return images[row][column];
}

static int measure(const dnet *n, clino_weight_noise_stats *stats) {
  const dense *first = &n->layer[0];
  clino_error error;
  const ptrdiff_t out = (ptrdiff_t)first->n_out, strides[] = {1, DIGITS_SIDE * out, out};
  clino_tensor w = CLINO_TENSOR_F64("W1", first->W, NULL, first->n_out, DIGITS_SIDE, DIGITS_SIDE);
  w.strides = strides;
  if (clino_weight_noise(&w, stats, NULL, &error) == CLINO_OK) return 0;
  fprintf(stderr, "worked_weights: %s\n", error.message);
  return -1;
}

static void keep_images(const dnet *n, size_t i) {
  const dense *first = &n->layer[0];
  for (size_t u = 0; u < SHOWN; u++)
    for (size_t p = 0; p < DIGITS_PIXELS; p++) images[i][u][p] = first->W[p * first->n_out + u];
}

static int print_case(size_t i, const data *d) {
  clino_weight_noise_stats stats;
  dnet_config c = dnet_plain(cases[i].hidden, DNET_RELU, DNET_SOFTMAX);
  digits on = {cases[i].samples, d->train.pixels, d->train.label};
  training t = {.rule = clino_optimizer_options_default("gradient-descent"), .batch = 50, .steps = cases[i].steps,
                .seed = 1};
  double accuracy;
  c.l2 = cases[i].l2;
  t.rule.rate = cases[i].rate;
  dnet *n = dnet_new(c);
  int status = !n || train_net(n, &t, &on) || measure(n, &stats) ? -1 : 0;
  if (!status) {
    double loss = dnet_evaluate(n, &on, NULL);
    dnet_evaluate(n, &d->validation, &accuracy);
    keep_images(n, i);
    printf("  %-18s  %7.3f  %9.3f  %9.4f  %7.1f%%\n", cases[i].what, stats.noise, stats.deviation, loss,
           100 * accuracy);
  }
  dnet_free(n);
  return status;
}

int main(int argc, char **argv) {
  data d;
  if (data_read(&d)) return 1;
  printf("How noisy the first layer's weights are: 1 is white noise, with the deviation that chance gives\n");
  printf("  %-18s  %7s  %9s  %9s  %8s\n", "", "noise", "deviation", "loss", "accuracy");
  int status = 0;
  for (size_t i = 0; i < CASES && !status; i++) status = print_case(i, &d);
  image shown = {CASES, SHOWN, DIGITS_SIDE, 6, tile, NULL};
  status = status || image_write(&shown, argc > 1 ? argv[1] : NULL, "worked_weights") < 0;
  data_free(&d);
  return status ? 1 : 0;
}
