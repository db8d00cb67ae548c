/* Trains a net on the digits under Clino's monitors and writes the run as CSV, for diagnose to read.
 *
 *   train_digits --healthy|--rate-too-high|--overfit [-o FILE] [--data FILE]
 *
 * The first is how one would do it. The second is the same with a learning rate a hundred times as high. The third is a
 * larger net on 15 samples, with nothing that keeps it from learning them by heart: no dropout, L2 or batch norm. The
 * seeds are fixed: the same numbers every time. */
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "net/recorder.h"

#define N_TRAIN 1437 /* four fifths; the other 360 are for validation */
#define N_FEW 15

typedef struct experiment {
  const char *option, *file;
  net_config (*config)(void);
  size_t n_train;
  double rate;
  int64_t steps, interval; /* interval: between two rows of the log */
} experiment;

static net_config unregularized(void) {
  net_config c = net_small();
  c.batch = N_FEW, c.hidden = 64, c.hidden_activation = NET_RELU, c.batchnorm = false, c.dropout = c.l2 = 0;
  return c;
}

static const experiment experiments[] = {
    {"--healthy", "healthy.csv", net_small, N_TRAIN, 0.02, 880, 11}, /* 20 epochs */
    {"--rate-too-high", "rate-too-high.csv", net_small, N_TRAIN, 2, 880, 11},
    {"--overfit", "overfit.csv", unregularized, N_FEW, 0.02, 880, 11}, /* 880 epochs */
};

typedef struct arguments {
  const experiment *what;
  const char *data, *output;
} arguments;

static int usage(void) {
  fprintf(stderr, "usage: train_digits --healthy|--rate-too-high|--overfit [-o FILE] [--data FILE]\n");
  return 2;
}

static int parse(int argc, char **argv, arguments *a) {
  for (int i = 1; i < argc; i++) {
    const experiment *found = NULL;
    for (size_t k = 0; k < sizeof experiments / sizeof experiments[0]; k++)
      if (!strcmp(argv[i], experiments[k].option)) found = &experiments[k];
    if (found) a->what = found;
    else if (!strcmp(argv[i], "-o") && i + 1 < argc) a->output = argv[++i];
    else if (!strcmp(argv[i], "--data") && i + 1 < argc) a->data = argv[++i];
    else return usage();
  }
  if (a->what && !a->output) a->output = a->what->file;
  return a->what ? 0 : usage();
}

/* Steps of training, with a row of the log before the first and after every interval. */
static clino_status train(const experiment *e, net *n, const sgd *optimizer, batches *data, const digits *validation,
                          recorder *r, clino_error *error) {
  clino_status status = recorder_start(r, n, data, validation, error);
  for (int64_t step = 1; !status && step <= e->steps; step++) {
    bool row = step % e->interval == 0;
    if (row) recorder_before_step(r, n);
    double loss = net_train(n, optimizer, data);
    status = recorder_train(r, n, loss, error);
    if (!status && row) status = recorder_row(r, n, step, (double)optimizer->rate, validation, error);
  }
  return status;
}

static int run(const arguments *a, const digits *train_set, const digits *validation) {
  const experiment *e = a->what;
  clino_error error = {.message = "out of memory"};
  int status = 2;
  net *n = net_new(e->config());
  batches data = {0};
  sgd optimizer = {0};
  recorder *r = n ? recorder_new(n, train_set->n, &error) : NULL;
  if (r && !batches_init(&data, train_set, n->config.batch, 2) &&
      !sgd_init(&optimizer, (real)e->rate, (real)0.9, n->n_parameters) &&
      train(e, n, &optimizer, &data, validation, r, &error) == CLINO_OK &&
      recorder_write(r, a->output, &error) == CLINO_OK) {
    double accuracy, loss = net_evaluate(n, validation, &accuracy);
    printf("%s: %d steps on %zu samples, validation loss %.3g, accuracy %.1f%%\n", a->output, (int)e->steps,
           train_set->n, loss, 100 * accuracy);
    status = 0;
  } else {
    char text[600];
    clino_error_describe(&error, text, sizeof text);
    fprintf(stderr, "train_digits: %s\n", text);
  }
  recorder_free(r);
  sgd_free(&optimizer);
  batches_free(&data);
  net_free(n);
  return status;
}

int main(int argc, char **argv) {
  arguments a = {NULL, "examples/data/digits.csv", NULL};
  digits all, train_set, validation;
  if (parse(argc, argv, &a) || digits_read(a.data, &all)) return 2;
  digits_split(&all, N_TRAIN, 1, &train_set, &validation);
  if (train_set.n > a.what->n_train) train_set.n = a.what->n_train;
  int status = run(&a, &train_set, &validation);
  digits_free(&all);
  return status;
}
