/* FANN learns the digits, and Clino's monitors write a log that diagnose reads: an epoch a row, in JSON lines.
 *
 *   fann_train [--algorithm incremental|batch|rprop|quickprop] [--rate R] [--rprop-max R] [--hidden FUNCTION]
 *              [--steepness S] [--samples N] [--epochs N] [-o FILE] [--data FILE]
 *
 * What is not given is FANN's default: weights uniform in [-0.1, 0.1) (but with a seed), sigmoids of steepness 0.5, the
 * tanh error, a rate of 0.7, steps of RPROP of at most 50; but for the algorithm, which is incremental. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/gap.h"
#include "clino/io.h"
#include "clino/sink.h"
#include "clino/update_ratio.h"
#include "fann/learner.h"

enum { N_TRAIN = 1437 }; /* four fifths; the other 360 are for validation */

typedef struct arguments {
  learner_spec spec;
  size_t samples;
  long epochs;
  const char *data, *output;
} arguments;

static int usage(void) {
  fprintf(stderr, "usage: fann_train [--algorithm incremental|batch|rprop|quickprop] [--rate R] [--rprop-max R]\n"
                  "                  [--hidden FUNCTION] [--steepness S] [--samples N] [--epochs N] [-o FILE]\n"
                  "                  [--data FILE]\n");
  return 2;
}

static int parse_algorithm(const char *name, enum fann_train_enum *algorithm) {
  static const char *const names[] = {"incremental", "batch", "rprop", "quickprop"};
  static const enum fann_train_enum values[] = {FANN_TRAIN_INCREMENTAL, FANN_TRAIN_BATCH, FANN_TRAIN_RPROP,
                                                FANN_TRAIN_QUICKPROP};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (!strcmp(name, names[i])) return *algorithm = values[i], 0;
  return -1;
}

/* "COS" is FANN_COS. */
static int parse_function(const char *name, enum fann_activationfunc_enum *function) {
  for (int f = FANN_LINEAR; f <= FANN_COS; f++)
    if (!strcmp(FANN_ACTIVATIONFUNC_NAMES[f] + strlen("FANN_"), name))
      return *function = (enum fann_activationfunc_enum)f, 0;
  return -1;
}

static int parse_option(const char *option, const char *value, arguments *a) {
  if (!strcmp(option, "--algorithm")) return parse_algorithm(value, &a->spec.algorithm);
  if (!strcmp(option, "--hidden")) return parse_function(value, &a->spec.hidden);
  if (!strcmp(option, "--rate")) return (a->spec.rate = strtof(value, NULL)) > 0 ? 0 : -1;
  if (!strcmp(option, "--steepness")) return (a->spec.steepness = strtof(value, NULL)) > 0 ? 0 : -1;
  if (!strcmp(option, "--rprop-max")) return (a->spec.rprop_max = strtof(value, NULL)) > 0 ? 0 : -1;
  if (!strcmp(option, "--samples")) a->samples = strtoul(value, NULL, 10);
  if (!strcmp(option, "--samples")) return a->samples >= 1 && a->samples <= N_TRAIN ? 0 : -1;
  if (!strcmp(option, "--epochs")) return (a->epochs = strtol(value, NULL, 10)) >= 1 ? 0 : -1;
  if (!strcmp(option, "-o")) return a->output = value, 0;
  if (!strcmp(option, "--data")) return a->data = value, 0;
  return -1;
}

static int parse(int argc, char **argv, arguments *a) {
  for (int i = 1; i < argc; i += 2)
    if (i + 1 == argc || parse_option(argv[i], argv[i + 1], a)) return usage();
  return 0;
}

/* What the loop keeps beside the network. */
typedef struct log_of_run {
  clino_run *run;
  clino_gap *gap;
  clino_update_ratio *ratio[2];
  clino_run_sink *sink;
} log_of_run;

static clino_status log_open(log_of_run *l, const char *path, clino_error *error) {
  static const char *const names[] = {"hidden", "output"};
  clino_status status = clino_run_new(&l->run, error);
  if (!status) status = clino_gap_new(NULL, &l->gap, error);
  for (int i = 0; i < 2 && !status; i++) status = clino_update_ratio_new(names[i], &l->ratio[i], error);
  if (!status) remove(path); /* a sink appends */
  return status ? status : clino_sink_open_json(path, &l->sink, error);
}

static void log_close(log_of_run *l) {
  clino_sink_close(l->sink, NULL);
  for (int i = 0; i < 2; i++) clino_update_ratio_free(l->ratio[i]);
  clino_gap_free(l->gap);
  clino_run_free(l->run);
}

/* A row: mean losses and accuracies of the epoch, and, where an epoch is one step, what it did to the
 * weights. */
static clino_status log_row(log_of_run *l, learner *n, long epoch, const digits *train, const digits *validation,
                            clino_error *error) {
  double accuracy, loss = learner_evaluate(n, train, &accuracy);
  clino_status status = clino_gap_add_train(l->gap, loss, 1, error);
  if (!status) status = clino_gap_add_train_accuracy(l->gap, accuracy, 1, error);
  loss = learner_evaluate(n, validation, &accuracy);
  if (!status) status = clino_gap_add_val(l->gap, loss, 1, error);
  if (!status) status = clino_gap_add_val_accuracy(l->gap, accuracy, 1, error);
  if (!status) status = clino_gap_record(l->gap, l->run, epoch, error);
  if (!status) status = clino_gap_next(l->gap, epoch, error);
  bool one_step = fann_get_training_algorithm(n->ann) != FANN_TRAIN_INCREMENTAL;
  for (int i = 0; i < 2 && one_step && epoch && !status; i++) {
    const learner_layer *layer = &n->layers[i];
    clino_update_ratio_reset(l->ratio[i]);
    status = clino_update_ratio_add_f32(l->ratio[i], layer->size, layer->before, layer->after, error);
    if (!status) status = clino_update_ratio_record(l->ratio[i], l->run, epoch, error);
  }
  return status ? status : clino_run_append_row(l->run, l->sink, error);
}

static clino_status train(learner *n, log_of_run *l, const arguments *a, const digits *train_set,
                          const digits *validation, clino_error *error) {
  clino_status status = log_row(l, n, 0, train_set, validation, error);
  for (long epoch = 1; epoch <= a->epochs && !status; epoch++) {
    learner_epoch(n);
    status = log_row(l, n, epoch, train_set, validation, error);
  }
  return status;
}

static int run(const arguments *a, const digits *train_set, const digits *validation) {
  clino_error error = {.message = "out of memory"};
  log_of_run l = {NULL, NULL, {NULL, NULL}, NULL};
  learner n = {0};
  clino_status status = learner_init(&n, &a->spec, train_set) ? CLINO_ERR_MEMORY : log_open(&l, a->output, &error);
  if (!status) status = train(&n, &l, a, train_set, validation, &error);
  if (status) {
    char text[600];
    clino_error_describe(&error, text, sizeof text);
    fprintf(stderr, "fann_train: %s\n", text);
  } else {
    double accuracy, loss = learner_evaluate(&n, validation, &accuracy);
    printf("%s: %ld epochs on %zu samples, validation loss %.3g, accuracy %.1f%%\n", a->output, a->epochs,
           train_set->n, loss, 100 * accuracy);
  }
  log_close(&l);
  learner_free(&n);
  return status ? 2 : 0;
}

int main(int argc, char **argv) {
  arguments a = {learner_spec_default(), N_TRAIN, 60, "examples/data/digits.csv", "fann.jsonl"};
  digits all, train_set, validation;
  if (parse(argc, argv, &a) || digits_read(a.data, &all)) return 2;
  digits_split(&all, N_TRAIN, 1, &train_set, &validation);
  train_set.n = a.samples;
  int status = run(&a, &train_set, &validation);
  digits_free(&all);
  return status;
}
