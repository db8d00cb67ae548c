#include "fann/client.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/rng.h"

client_spec client_spec_default(void) {
  return (client_spec){.sizes = {3, 5, 2}, .hidden = FANN_SIGMOID, .output = FANN_LINEAR, .steepness = 1,
                       .error = FANN_ERRORFUNC_LINEAR, .algorithm = FANN_TRAIN_BATCH, .scale = 0.7, .seed = 5,
                       .samples = 8};
}

static void set_weights(client *c) {
  for (size_t i = 0; i < c->n_weights; i++) c->connections[i].weight = c->weights[i];
  fann_set_weight_array(c->ann, c->connections, (unsigned)c->n_weights);
}

static double error_of(enum fann_errorfunc_enum kind, double d) {
  return kind == FANN_ERRORFUNC_LINEAR ? d * d / 2 : (1 + d) * log1p(d) + (1 - d) * log1p(-d);
}

static int loss(double *value, void *ctx) {
  client *c = ctx;
  const client_spec *s = &c->spec;
  set_weights(c);
  *value = 0;
  for (unsigned i = 0; i < s->samples; i++) {
    const fann_type *output = fann_run(c->ann, c->inputs + i * s->sizes[0]);
    for (unsigned k = 0; k < s->sizes[2]; k++)
      *value += error_of(s->error, (double)c->targets[i * s->sizes[2] + k] - (double)output[k]) / s->samples;
  }
  return 0;
}

/* One step of FANN's own training, and what it did to the weights. */
static int backward(void *ctx) {
  client *c = ctx;
  set_weights(c);
  if (c->spec.algorithm == FANN_TRAIN_BATCH) fann_train_epoch(c->ann, c->data);
  else fann_train(c->ann, c->inputs, c->targets);
  fann_get_connection_array(c->ann, c->connections);
  for (size_t i = 0; i < c->n_weights; i++)
    c->gradient[i] = (c->weights[i] - c->connections[i].weight) / (fann_type)CLIENT_RATE;
  return 0;
}

clino_model client_model(client *c) { return (clino_model){2, c->tensors, loss, backward, c}; }

static int allocate(client *c) {
  const client_spec *s = &c->spec;
  c->ann = fann_create_standard_array(3, s->sizes);
  c->data = fann_create_train(s->samples, s->sizes[0], s->sizes[2]);
  if (!c->ann || !c->data) return -1;
  c->n_weights = fann_get_total_connections(c->ann);
  c->connections = calloc(c->n_weights, sizeof *c->connections);
  c->weights = calloc(c->n_weights, sizeof *c->weights);
  c->gradient = calloc(c->n_weights, sizeof *c->gradient);
  c->inputs = calloc((size_t)s->samples * s->sizes[0], sizeof *c->inputs);
  c->targets = calloc((size_t)s->samples * s->sizes[2], sizeof *c->targets);
  return c->connections && c->weights && c->gradient && c->inputs && c->targets ? 0 : -1;
}

static void fill(rng *g, double bound, size_t n, fann_type *values) {
  for (size_t i = 0; i < n; i++) values[i] = (fann_type)(bound * (2 * rng_uniform(g) - 1));
}

/* Targets lie within the range of every activation function. */
static void fill_data(client *c, rng *g) {
  const client_spec *s = &c->spec;
  fill(g, 1, (size_t)s->samples * s->sizes[0], c->inputs);
  for (size_t i = 0; i < (size_t)s->samples * s->sizes[2]; i++)
    c->targets[i] = (fann_type)(0.1 + 0.8 * rng_uniform(g));
  for (unsigned i = 0; i < s->samples; i++) {
    memcpy(c->data->input[i], c->inputs + i * s->sizes[0], s->sizes[0] * sizeof *c->inputs);
    memcpy(c->data->output[i], c->targets + i * s->sizes[2], s->sizes[2] * sizeof *c->targets);
  }
}

static void configure(client *c) {
  const client_spec *s = &c->spec;
  fann_set_activation_function_hidden(c->ann, s->hidden);
  fann_set_activation_function_output(c->ann, s->output);
  fann_set_activation_steepness_hidden(c->ann, (fann_type)s->steepness);
  fann_set_activation_steepness_output(c->ann, 1);
  fann_set_train_error_function(c->ann, s->error);
  fann_set_training_algorithm(c->ann, s->algorithm);
  fann_set_learning_rate(c->ann, CLIENT_RATE);
  fann_set_learning_momentum(c->ann, 0);
}

int client_init(client *c, const client_spec *spec) {
  *c = (client){.spec = *spec};
  if (spec->algorithm == FANN_TRAIN_INCREMENTAL) c->spec.samples = 1;
  if (allocate(c)) return client_free(c), -1;
  configure(c);
  rng g = {spec->seed};
  fill(&g, spec->scale, c->n_weights, c->weights);
  fill_data(c, &g);
  fann_get_connection_array(c->ann, c->connections);
  size_t inputs = spec->sizes[0] + 1, hidden = spec->sizes[1], outputs = spec->sizes[2];
  fann_type *second = c->weights + hidden * inputs, *its_gradient = c->gradient + hidden * inputs;
  c->tensors[0] = FANN_TENSOR("hidden", c->weights, c->gradient, hidden, inputs);
  c->tensors[1] = FANN_TENSOR("output", second, its_gradient, outputs, hidden + 1);
  return 0;
}

void client_free(client *c) {
  if (c->ann) fann_destroy(c->ann);
  if (c->data) fann_destroy_train(c->data);
  free(c->connections);
  free(c->weights);
  free(c->gradient);
  free(c->inputs);
  free(c->targets);
  *c = (client){.ann = NULL};
}
