/* Full batch against mini-batches on digits: what the noise of a batch does to training, validation, and where it ends.
 *
 *   worked_batches [FOLDER]     prints tables; writes worked_batches.svg to FOLDER
 *   worked_batches --time       prints what an epoch takes on this machine */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "worked/figure.h"
#include "worked/measure.h"
#include "worked/training.h"

#define HIDDEN 16
#define RATE 0.2
#define MOST_STEPS 5600
#define MOST_POINTS 400

typedef struct choice {
  const char *what;
  size_t batch, samples, steps;
} choice;

/* Twenty epochs each, then as many steps for the full batch as 20 epochs of 50 are, then too few samples. */
static const choice choices[] = {{"batch 5", 5, 1400, 5600},      {"batch 50", 50, 1400, 560},
                                 {"batch 350", 350, 1400, 80},    {"full batch", 1400, 1400, 20},
                                 {"full, 560 steps", 1400, 1400, 560}, {"60 samples", 5, 60, 5600}};
#define CHOICES (sizeof choices / sizeof choices[0])

/* The full training loss and the validation accuracy along the way. */
typedef struct curve {
  const data *d;
  size_t every, per_epoch, n;
  double step[MOST_POINTS], epoch[MOST_POINTS], loss[MOST_POINTS], accuracy[MOST_POINTS];
} curve;
static curve curves[CHOICES];

static void follow(dnet *n, size_t steps, void *ctx) {
  curve *c = ctx;
  if (steps % c->every || c->n == MOST_POINTS) return;
  c->step[c->n] = (double)steps;
  c->epoch[c->n] = (double)steps / (double)c->per_epoch;
  c->loss[c->n] = dnet_evaluate(n, &c->d->train, NULL);
  dnet_evaluate(n, &c->d->validation, &c->accuracy[c->n]);
  c->n++;
}

static dnet *net_of_choices(void) { return dnet_new(dnet_plain(HIDDEN, DNET_TANH, DNET_SOFTMAX)); }

static int train_choice(dnet *n, const choice *c, const data *d, curve *follower) {
  digits on = {c->samples, d->train.pixels, d->train.label};
  training t = {.rule = clino_optimizer_options_default("gradient-descent"), .batch = c->batch, .steps = c->steps,
                .seed = 1, .after = follower ? follow : NULL, .ctx = follower};
  t.rule.rate = RATE;
  return train_net(n, &t, &on);
}

/* ---- the table ---- */

static int print_choice(const choice *c, const data *d, curve *follower) {
  digits on = {c->samples, d->train.pixels, d->train.label};
  double seen, unseen, noise[2], size[2], highest, trace;
  dnet *n = net_of_choices();
  *follower = (curve){.d = d, .every = (c->steps + 39) / 40, .per_epoch = c->samples / c->batch};
  if (!n || measure_noise(n, c->batch, &on, &noise[0], &size[0]) || train_choice(n, c, d, follower) ||
      measure_noise(n, c->batch, &on, &noise[1], &size[1]) || measure_curvature(n, &on, &highest, &trace)) {
    dnet_free(n);
    return -1;
  }
  double loss = dnet_evaluate(n, &on, &seen);
  dnet_evaluate(n, &d->validation, &unseen);
  dnet_free(n);
  printf("  %-16s  %5zu  %6.4f  %5.1f%%  %5.1f%%  %6.2f  %7.2f  %7.2f  %8.2f\n", c->what, c->steps, loss, 100 * seen,
         100 * unseen, noise[0] / size[0], noise[1] / size[1], highest, trace);
  return 0;
}

static int print_choices(const data *d) {
  printf("Gradient descent at %g on digits, a net of %d tanh units: steps, training loss, training and validation\n"
         "accuracy; noise of a batch's gradient over the gradient, before and after; largest eigenvalue and trace of "
         "the\nHessian on the training samples at the end\n", RATE, HIDDEN);
  printf("  %-16s  %5s  %6s  %6s  %6s  %6s  %7s  %7s  %8s\n", "", "steps", "loss", "train", "valid.", "noise", "after",
         "lambda", "trace");
  for (size_t i = 0; i < CHOICES; i++)
    if (print_choice(&choices[i], d, &curves[i])) return -1;
  return 0;
}

/* ---- time ---- */

static int print_times(const data *d) {
  printf("Milliseconds of processor time an epoch\n");
  for (size_t i = 0; i < 4; i++) {
    dnet *n = net_of_choices();
    clock_t start = clock();
    if (!n || train_choice(n, &choices[i], d, NULL)) return -1;
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    double epochs = (double)(choices[i].steps * choices[i].batch) / (double)choices[i].samples;
    printf("  %-16s  %8.2f\n", choices[i].what, 1000 * seconds / epochs);
    dnet_free(n);
  }
  return 0;
}

/* ---- plots ---- */

static int draw(const char *folder) {
  clino_plot_series by_step[CHOICES], by_epoch[CHOICES], accuracy[CHOICES];
  for (size_t i = 0; i < CHOICES; i++) {
    const curve *c = &curves[i];
    by_step[i] = (clino_plot_series){.name = choices[i].what, .n = c->n, .x = c->step, .y = c->loss};
    by_epoch[i] = (clino_plot_series){.name = choices[i].what, .n = c->n, .x = c->epoch, .y = c->loss};
    accuracy[i] = (clino_plot_series){.name = choices[i].what, .n = c->n, .x = c->epoch, .y = c->accuracy};
  }
  clino_plot p[4] = {figure_panel("Loss by epoch", "epoch", "loss on all training samples", by_epoch, CHOICES),
                     figure_panel("Loss by step", "step", "loss on all training samples", by_step, CHOICES),
                     figure_panel("Validation accuracy", "epoch", "accuracy", accuracy, CHOICES),
                     figure_panel("Loss by epoch, logarithmic", "epoch", "loss on all training samples", by_epoch,
                                  CHOICES)};
  for (int i = 0; i < 4; i++) {
    if (i != 1) p[i].x.low = 0, p[i].x.high = 20;
    else p[i].x.scale = CLINO_PLOT_LOG;
  }
  p[3].y.scale = CLINO_PLOT_LOG;
  return figure_write(folder, "worked_batches", p, 4, 2, "Full batch against mini-batches");
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : NULL;
  data d;
  if (data_read(&d)) return 1;
  int status = folder && !strcmp(folder, "--time") ? print_times(&d) : print_choices(&d) || draw(folder);
  data_free(&d);
  return status ? 1 : 0;
}
