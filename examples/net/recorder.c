#include "net/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/io.h"

#define FIRST_LOSSES 20 /* mini-batches from which the initial loss is taken */

static size_t size_of(const clino_tensor *t) {
  size_t size = 1;
  for (size_t d = 0; d < t->n_dims; d++) size *= t->shape[d];
  return size;
}

/* Weights, not biases and the like, which start at 0 and have no scale of their own. */
static bool is_weight(const clino_tensor *t) { return t->n_dims > 1; }

/* ---- making it ---- */

static clino_status set_attributes(recorder *r, const net *n, size_t n_train, clino_error *error) {
  char text[32];
  clino_status status = clino_run_set_attribute(r->run, "optimizer", "sgd with momentum", error);
  snprintf(text, sizeof text, "%zu", n_train);
  if (!status) status = clino_run_set_attribute(r->run, "dataset_size", text, error);
  snprintf(text, sizeof text, "%zu", n->config.batch);
  if (!status) status = clino_run_set_attribute(r->run, "batch_size", text, error);
  return status;
}

static clino_status new_initial(clino_initial_loss **monitor, const net *n, clino_error *error) {
  clino_initial_loss_spec spec = clino_initial_loss_spec_default();
  spec.kind = n->config.loss == NET_SOFTMAX ? CLINO_LOSS_SOFTMAX : CLINO_LOSS_HINGE;
  spec.classes = DIGITS_CLASSES;
  return clino_initial_loss_new(&spec, monitor, error);
}

static clino_status new_activation(clino_activation **monitor, const char *name, net_activation kind, size_t units,
                                   clino_error *error) {
  clino_activation_spec spec = clino_activation_spec_default();
  spec.name = name;
  spec.kind = kind == NET_RELU ? CLINO_ACTIVATION_RELU : CLINO_ACTIVATION_TANH;
  spec.units = units;
  return clino_activation_new(&spec, monitor, error);
}

static clino_status new_monitors(recorder *r, const net *n, size_t n_train, clino_error *error) {
  const net_config *c = &n->config;
  clino_status status = clino_run_new(&r->run, error);
  if (!status) status = set_attributes(r, n, n_train, error);
  if (!status) status = clino_gap_new(NULL, &r->gap, error);
  if (!status) status = new_initial(&r->initial, n, error);
  if (!status) status = new_activation(&r->conv, "conv", c->conv_activation, c->channels, error);
  if (!status) status = new_activation(&r->hidden, "hidden", c->hidden_activation, c->hidden, error);
  for (size_t i = 0; !status && i < n->n_tensors; i++)
    if (is_weight(&n->tensors[i])) status = clino_update_ratio_new(n->tensors[i].name, &r->ratio[i], error);
  return status;
}

recorder *recorder_new(const net *n, size_t n_train, clino_error *error) {
  recorder *r = calloc(1, sizeof *r);
  if (!r) return NULL;
  r->before = calloc(n->n_parameters, sizeof *r->before);
  r->by_unit = calloc(n->config.batch * n->config.channels, DIGITS_PIXELS * sizeof *r->by_unit);
  if (!r->before || !r->by_unit || new_monitors(r, n, n_train, error) != CLINO_OK) {
    recorder_free(r);
    return NULL;
  }
  return r;
}

void recorder_free(recorder *r) {
  if (!r) return;
  for (size_t i = 0; i < NET_MAX_TENSORS; i++) clino_update_ratio_free(r->ratio[i]);
  clino_activation_free(r->conv);
  clino_activation_free(r->hidden);
  clino_initial_loss_free(r->initial);
  clino_gap_free(r->gap);
  clino_run_free(r->run);
  free(r->before);
  free(r->by_unit);
  free(r);
}

/* ---- what goes into a row ---- */

static clino_status record_validation(recorder *r, net *n, int64_t step, const digits *validation,
                                      clino_error *error) {
  double accuracy, loss = net_evaluate(n, validation, &accuracy);
  clino_status status = clino_gap_add_val(r->gap, loss, (double)validation->n, error);
  if (!status) status = clino_gap_add_val_accuracy(r->gap, accuracy, (double)validation->n, error);
  if (!status) status = clino_gap_record(r->gap, r->run, step, error);
  if (!status) status = clino_gap_next(r->gap, step, error);
  return status;
}

static clino_status record_ratios(recorder *r, const net *n, int64_t step, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < n->n_tensors; i++) {
    if (!r->ratio[i]) continue;
    const real *after = n->tensors[i].value, *before = r->before + (after - n->parameters);
    clino_update_ratio_reset(r->ratio[i]);
    status = NET_REAL(clino_update_ratio_add)(r->ratio[i], size_of(&n->tensors[i]), before, after, error);
    if (!status) status = clino_update_ratio_record(r->ratio[i], r->run, step, error);
  }
  return status;
}

static clino_status record_activation(clino_activation *monitor, clino_run *run, int64_t step, size_t rows,
                                      const real *values, clino_error *error) {
  clino_activation_reset(monitor);
  clino_status status = NET_REAL(clino_activation_add)(monitor, rows, values, error);
  return status ? status : clino_activation_record(monitor, run, step, error);
}

static clino_status record_activations(recorder *r, const net *n, int64_t step, clino_error *error) {
  size_t channels = n->config.channels, rows = n->batch.n * DIGITS_PIXELS;
  for (size_t row = 0; row < rows; row++)
    for (size_t c = 0; c < channels; c++)
      r->by_unit[row * channels + c] =
          n->conv_a[(row / DIGITS_PIXELS * channels + c) * DIGITS_PIXELS + row % DIGITS_PIXELS];
  clino_status status = record_activation(r->conv, r->run, step, rows, r->by_unit, error);
  return status ? status : record_activation(r->hidden, r->run, step, n->batch.n, n->hidden_a, error);
}

/* ---- the calls of a training loop ---- */

clino_status recorder_start(recorder *r, net *n, batches *data, const digits *validation, clino_error *error) {
  clino_status status = CLINO_OK;
  for (int i = 0; !status && i < FIRST_LOSSES; i++) {
    double loss;
    batches_next(data);
    net_set_batch(n, &data->batch);
    net_loss(&loss, n);
    status = n->config.l2 > 0 ? clino_initial_loss_add_pair(r->initial, n->data_loss, loss, error)
                              : clino_initial_loss_add(r->initial, loss, error);
    if (!status) status = recorder_train(r, n, loss, error);
  }
  if (!status) status = clino_initial_loss_record(r->initial, r->run, 0, error);
  if (!status) status = record_activations(r, n, 0, error);
  if (!status) status = record_validation(r, n, 0, validation, error);
  return status;
}

void recorder_before_step(recorder *r, const net *n) {
  memcpy(r->before, n->parameters, n->n_parameters * sizeof *r->before);
}

clino_status recorder_train(recorder *r, const net *n, double loss, clino_error *error) {
  clino_status status = clino_gap_add_train(r->gap, loss, (double)n->batch.n, error);
  return status ? status : clino_gap_add_train_accuracy(r->gap, net_accuracy(n), (double)n->batch.n, error);
}

clino_status recorder_row(recorder *r, net *n, int64_t step, double rate, const digits *validation,
                          clino_error *error) {
  clino_status status = record_activations(r, n, step, error);
  if (!status) status = record_ratios(r, n, step, error);
  if (!status) status = clino_run_add(r->run, "lr", step, rate, error);
  if (!status) status = record_validation(r, n, step, validation, error);
  return status;
}

clino_status recorder_write(const recorder *r, const char *path, clino_error *error) {
  return clino_run_write_csv(r->run, path, error);
}
