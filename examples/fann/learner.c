#include "fann/learner.h"

#include <stdlib.h>

enum { HIDDEN = 16 };

learner_spec learner_spec_default(void) {
  return (learner_spec){FANN_TRAIN_INCREMENTAL, FANN_SIGMOID, 0.7F, 0.5F, 50, 3};
}

static void copy_sample(fann_type *input, fann_type *output, const digits *samples, size_t i) {
  for (size_t k = 0; k < DIGITS_PIXELS; k++) input[k] = (fann_type)samples->pixels[i * DIGITS_PIXELS + k];
  for (size_t k = 0; k < DIGITS_CLASSES; k++) output[k] = (int)k == samples->label[i] ? 1 : 0;
}

/* FANN seeds its generator by the time; what is drawn here is the same every time. */
static void draw_weights(learner *n, uint64_t seed) {
  rng g = {seed};
  fann_get_connection_array(n->ann, n->connections);
  for (size_t i = 0; i < n->n_weights; i++) n->connections[i].weight = (fann_type)(0.2 * rng_uniform(&g) - 0.1);
  fann_set_weight_array(n->ann, n->connections, (unsigned)n->n_weights);
}

int learner_init(learner *n, const learner_spec *spec, const digits *samples) {
  *n = (learner){.ann = fann_create_standard(3, DIGITS_PIXELS, HIDDEN, DIGITS_CLASSES),
                 .data = fann_create_train((unsigned)samples->n, DIGITS_PIXELS, DIGITS_CLASSES)};
  if (!n->ann || !n->data) return -1;
  n->n_weights = fann_get_total_connections(n->ann);
  n->connections = calloc(n->n_weights, sizeof *n->connections);
  n->weights = calloc(2 * n->n_weights, sizeof *n->weights);
  if (!n->connections || !n->weights) return -1;
  fann_set_activation_function_hidden(n->ann, spec->hidden);
  fann_set_activation_function_output(n->ann, FANN_SIGMOID);
  fann_set_activation_steepness_hidden(n->ann, spec->steepness);
  fann_set_rprop_delta_max(n->ann, spec->rprop_max);
  fann_set_training_algorithm(n->ann, spec->algorithm);
  fann_set_learning_rate(n->ann, spec->rate);
  draw_weights(n, spec->seed);
  for (size_t i = 0; i < samples->n; i++) copy_sample(n->data->input[i], n->data->output[i], samples, i);
  size_t first = HIDDEN * (DIGITS_PIXELS + 1);
  n->layers[0] = (learner_layer){first, n->weights, n->weights + n->n_weights};
  n->layers[1] = (learner_layer){n->n_weights - first, n->weights + first, n->weights + n->n_weights + first};
  return 0;
}

void learner_free(learner *n) {
  if (n->ann) fann_destroy(n->ann);
  if (n->data) fann_destroy_train(n->data);
  free(n->connections);
  free(n->weights);
  *n = (learner){.ann = NULL};
}

static void keep_weights(learner *n, float *where) {
  fann_get_connection_array(n->ann, n->connections);
  for (size_t i = 0; i < n->n_weights; i++) where[i] = n->connections[i].weight;
}

void learner_epoch(learner *n) {
  keep_weights(n, n->layers[0].before);
  fann_train_epoch(n->ann, n->data);
  keep_weights(n, n->layers[0].after);
}

double learner_evaluate(learner *n, const digits *samples, double *accuracy) {
  fann_type input[DIGITS_PIXELS], target[DIGITS_CLASSES];
  double sum = 0;
  size_t right = 0;
  for (size_t i = 0; i < samples->n; i++) {
    copy_sample(input, target, samples, i);
    const fann_type *output = fann_run(n->ann, input);
    size_t best = 0;
    for (size_t k = 0; k < DIGITS_CLASSES; k++) {
      double d = (double)target[k] - (double)output[k];
      sum += d * d;
      if (output[k] > output[best]) best = k;
    }
    right += (int)best == samples->label[i];
  }
  *accuracy = (double)right / (double)samples->n;
  return sum / (double)(samples->n * DIGITS_CLASSES);
}
