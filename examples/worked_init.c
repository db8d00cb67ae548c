/* What initial weights do to the activations of a deep net on digits, and to its training: small Gaussian, Xavier, He,
 * under tanh and relu.
 *
 *   worked_init [FOLDER]     prints tables; writes worked_init.svg to FOLDER */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "clino/activation.h"
#include "worked/figure.h"
#include "worked/training.h"

#define LAYERS 6     /* of weights: five hidden layers */
#define HIDDEN_LAYERS (LAYERS - 1)
#define HIDDEN 50
#define STEPS 56     /* two epochs in batches of 50 */
#define MOST_BINS 2100

static const struct {
  const char *name;
  clino_init_scheme scheme;
  double scale;
} schemes[] = {{"Gaussian 0.01", CLINO_INIT_GAUSSIAN, 0.01}, {"Gaussian 1", CLINO_INIT_GAUSSIAN, 1},
               {"Xavier", CLINO_INIT_XAVIER_NORMAL, 0.01}, {"He", CLINO_INIT_HE_NORMAL, 0.01}};
#define SCHEMES (sizeof schemes / sizeof schemes[0])

static const char *const functions[] = {"tanh", "relu"};
static const dnet_activation activations[] = {DNET_TANH, DNET_RELU};
static const clino_activation_kind kinds[] = {CLINO_ACTIVATION_TANH, CLINO_ACTIVATION_RELU};

/* A histogram as a curve: the middle of each bin, and the share of the outputs in it. */
typedef struct curve {
  size_t n;
  double x[MOST_BINS], y[MOST_BINS];
} curve;
static curve curves[2][SCHEMES][HIDDEN_LAYERS];

static void add_bin(curve *c, double x, double share, bool octaves) {
  int now, before = 0;
  frexp(x, &now);
  if (c->n) frexp(c->x[c->n - 1], &before);
  if (octaves && c->n && now == before) {
    c->y[c->n - 1] += share;
    return;
  }
  c->x[c->n] = x;
  c->y[c->n++] = share;
}

/* Bins that are used; relu's, of which there are four in an octave, by octaves, without that of the zeros. */
static void keep(curve *c, const clino_histogram *h, bool octaves) {
  uint64_t all = h->below + h->above + h->nans;
  for (size_t i = 0; i < h->n_bins; i++) all += h->counts[i];
  c->n = 0;
  for (size_t i = 0; i < h->n_bins && c->n < MOST_BINS; i++) {
    double middle = (h->edges[i] + h->edges[i + 1]) / 2;
    if (h->counts[i] && (!octaves || middle > 1e-30)) add_bin(c, middle, (double)h->counts[i] / (double)all, octaves);
  }
}

/* The statistics of a hidden layer's outputs over the batch that the net has seen. */
static int watch(const dnet *n, int function, size_t layer, clino_activation_stats *stats, curve *c) {
  clino_activation_spec spec = clino_activation_spec_default();
  clino_activation *monitor;
  clino_histogram histogram;
  clino_error error;
  spec.name = n->tensors[2 * layer].name;
  spec.kind = kinds[function];
  spec.units = HIDDEN;
  clino_status status = clino_activation_new(&spec, &monitor, &error);
  if (!status) status = clino_activation_add_f64(monitor, n->batch.n, n->a[layer], &error);
  if (!status) status = clino_activation_get(monitor, stats, &error);
  if (!status) status = clino_activation_histogram(monitor, &histogram, &error);
  if (!status) keep(c, &histogram, function == 1);
  if (status) fprintf(stderr, "worked_init: %s\n", error.message);
  clino_activation_free(monitor);
  return status ? -1 : 0;
}

static dnet *net_of(int function, size_t scheme) {
  dnet_config c = dnet_plain(HIDDEN, activations[function], DNET_SOFTMAX);
  c.layers = LAYERS;
  c.init.scheme = schemes[scheme].scheme;
  c.init.scale = schemes[scheme].scale;
  return dnet_new(c);
}

static int print_layers(dnet *n, int function, size_t scheme, const data *d) {
  double loss, last = 0, first;
  n->batch = d->train;
  dnet_forward(&loss, n);
  dnet_backward(n);
  printf("  %-5s %-13s ", functions[function], schemes[scheme].name);
  for (size_t l = 0; l < HIDDEN_LAYERS; l++) {
    clino_activation_stats stats;
    if (watch(n, function, l, &stats, &curves[function][scheme][l])) return -1;
    printf("  %7.2g", stats.standard_deviation);
    last = function ? stats.zero_fraction : stats.saturated_fraction;
  }
  first = clino_gradient_norm_f64(DIGITS_PIXELS * HIDDEN, n->layer[0].dW);
  printf("  %5.1f%%  %8.1e", 100 * last, first);
  return 0;
}

static int print_schemes(const data *d) {
  printf("A net of %d hidden layers of %d units on digits: deviation of each layer's outputs before training; of the "
         "last,\nunits saturated (tanh) or 0 (relu); norm of the gradient of W1; loss before and after two epochs of "
         "momentum\n", HIDDEN_LAYERS, HIDDEN);
  printf("                              1        2        3        4        5   last    grad W1   before    after\n");
  for (int f = 0; f < 2; f++)
    for (size_t s = 0; s < SCHEMES; s++) {
      training t = {.rule = clino_optimizer_options_default("momentum"), .batch = 50, .steps = STEPS, .seed = 1};
      dnet *n = net_of(f, s);
      if (!n || print_layers(n, f, s, d)) return -1;
      double before = dnet_evaluate(n, &d->train, NULL);
      t.rule.rate = 0.02;
      int status = train_net(n, &t, &d->train);
      double after = dnet_evaluate(n, &d->train, NULL);
      dnet_free(n);
      if (status) return -1;
      printf(before < 1000 ? "  %7.4f" : "  %7.2g", before);
      printf(after < 1000 ? "  %7.4f\n" : "  %7.2g\n", after);
    }
  return 0;
}

static int draw(const char *folder) {
  static const char *const names[HIDDEN_LAYERS] = {"layer 1", "layer 2", "layer 3", "layer 4", "layer 5"};
  static char titles[2 * SCHEMES][48];
  clino_plot_series series[2 * SCHEMES][HIDDEN_LAYERS];
  clino_plot p[2 * SCHEMES];
  for (int f = 0; f < 2; f++)
    for (size_t s = 0; s < SCHEMES; s++) {
      size_t i = 2 * s + (size_t)f;
      for (size_t l = 0; l < HIDDEN_LAYERS; l++) {
        const curve *c = &curves[f][s][l];
        series[i][l] = (clino_plot_series){.name = names[l], .n = c->n, .x = c->x, .y = c->y};
      }
      snprintf(titles[i], sizeof titles[i], "%s, %s", functions[f], schemes[s].name);
      p[i] = figure_panel(titles[i], f ? "activation, by octaves" : "activation", "share of outputs", series[i],
                          HIDDEN_LAYERS);
      p[i].height = 300;
      p[i].y.scale = CLINO_PLOT_LOG;
      p[i].y.low = 1e-5, p[i].y.high = 1;
      if (f) p[i].x.scale = CLINO_PLOT_LOG, p[i].x.low = 1e-8, p[i].x.high = 1e6;
    }
  return figure_write(folder, "worked_init", p, 2 * SCHEMES, 2, "Activations under initial weights");
}

int main(int argc, char **argv) {
  data d;
  if (data_read(&d)) return 1;
  int status = print_schemes(&d) || draw(argc > 1 ? argv[1] : NULL);
  data_free(&d);
  return status ? 1 : 0;
}
