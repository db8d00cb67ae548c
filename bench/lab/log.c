#include "lab/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/dynamics.h"
#include "clino/initial_loss.h"
#include "clino/optimizer.h"
#include "lab/loss.h"
#include "net/loss.h"

#define FIRST_LOSSES 10 /* mini-batches from which the initial loss is taken */

/* ---- making it ---- */

static clino_status set_number(clino_run *run, const char *key, size_t n) {
  char text[32];
  snprintf(text, sizeof text, "%zu", n);
  return clino_run_set_attribute(run, key, text, NULL);
}

static clino_status set_attributes(clino_run *run, const lab_trainer *t) {
  clino_status status = clino_run_set_attribute(run, "optimizer", t->recipe->rule, NULL);
  if (!status)
    status = clino_run_set_attribute(run, "task", t->data.classes ? "classification" : "regression", NULL);
  if (!status) status = set_number(run, "dataset_size", t->data.train.n);
  for (size_t i = 0; !status && i < t->model.n_tensors; i++) {
    const lab_tensor *w = &t->model.tensor[i];
    char key[32];
    snprintf(key, sizeof key, "fan_in/%s", w->name);
    if (w->columns > 0) status = set_number(run, key, w->rows);
  }
  return status;
}

static clino_status watch_stage(const lab_stage *s, size_t n_validation, clino_activation **monitor) {
  static const clino_activation_kind kinds[] = {CLINO_ACTIVATION_RELU, CLINO_ACTIVATION_TANH,
                                                CLINO_ACTIVATION_SIGMOID};
  clino_activation_spec spec = clino_activation_spec_default();
  spec.name = s->name;
  spec.kind = kinds[s->activation];
  spec.units = s->units;
  spec.window_rows = n_validation; /* dead: silent for all samples of validation */
  return clino_activation_new(&spec, monitor, NULL);
}

static clino_status make_monitors(const lab_trainer *t, lab_log *log) {
  clino_status status = clino_run_new(&log->run, NULL);
  if (!status) status = set_attributes(log->run, t);
  if (!status) status = clino_gap_new(NULL, &log->gap, NULL);
  for (size_t i = 0; !status && i < t->model.n_tensors; i++)
    if (t->model.tensor[i].columns > 0)
      status = clino_update_ratio_new(t->model.tensor[i].name, &log->ratio[i], NULL);
  for (size_t i = 0; !status && i < t->model.n_stages; i++)
    if (t->model.stage[i].name[0])
      status = watch_stage(&t->model.stage[i], t->data.validation.n, &log->activation[i]);
  return status;
}

int lab_log_make(const lab_trainer *t, lab_log *log) {
  *log = (lab_log){0};
  size_t widest = 0;
  for (size_t i = 0; i < t->model.n_stages; i++)
    if (t->model.stage[i].n_out > widest) widest = t->model.stage[i].n_out;
  log->before = calloc(2 * t->model.n_parameters + t->model.capacity * widest, sizeof *log->before);
  if (log->before && !make_monitors(t, log)) {
    log->previous = log->before + t->model.n_parameters;
    log->by_unit = log->previous + t->model.n_parameters;
    return 0;
  }
  clino_run_free(lab_log_take(log));
  return -1;
}

clino_run *lab_log_take(lab_log *log) {
  clino_run *run = log->run;
  for (size_t i = 0; i < LAB_MOST_TENSORS; i++) clino_update_ratio_free(log->ratio[i]);
  for (size_t i = 0; i < LAB_MOST_STAGES; i++) clino_activation_free(log->activation[i]);
  clino_gap_free(log->gap);
  free(log->before);
  *log = (lab_log){0};
  return run;
}

/* ---- validation and activations: one pass over the validation set ---- */

static void watch_activations(const lab_model *m, size_t n, void *ctx) {
  const lab_log *log = ctx;
  for (size_t i = 0; i < m->n_stages; i++) {
    const lab_stage *s = &m->stage[i];
    const real *y = s->y;
    size_t positions = s->n_out / s->units;
    if (!log->activation[i]) continue;
    if (positions > 1 && s->kind == LAB_STAGE_ACTIVATION) { /* of a convolution: channel by channel */
      for (size_t k = 0; k < n * s->n_out; k++) {
        size_t sample = k / s->n_out, channel = k % s->n_out / positions, place = k % positions;
        log->by_unit[(sample * positions + place) * s->units + channel] = y[k];
      }
      y = log->by_unit;
    }
    clino_activation_add_f64(log->activation[i], n * positions, y, NULL);
  }
}

static clino_status validate(lab_log *log, lab_trainer *t) {
  const lab_wrong *w = &t->recipe->wrong;
  double accuracy, other, n = (double)t->data.validation.n;
  for (size_t i = 0; i < LAB_MOST_STAGES; i++) clino_activation_reset(log->activation[i]);
  double loss =
      lab_evaluate(&t->model, w, &t->data.validation, t->data.n_in, &accuracy, watch_activations, log);
  if (w->summed) loss *= (double)t->batch;
  if (w->accuracy_of_training) {
    lab_evaluate(&t->model, NULL, &t->data.train, t->data.n_in, &other, NULL, NULL);
    accuracy = other;
  }
  clino_status status = clino_gap_add_val(log->gap, loss, n, NULL);
  if (!status && t->data.classes) status = clino_gap_add_val_accuracy(log->gap, accuracy, n, NULL);
  return status;
}

static clino_status record_activations(const lab_log *log, int64_t step) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < LAB_MOST_STAGES; i++)
    if (log->activation[i]) status = clino_activation_record(log->activation[i], log->run, step, NULL);
  return status;
}

/* ---- gradients, parameters, updates ---- */

static clino_status add_named(clino_run *run, const char *what, const char *name, int64_t step, double value) {
  char series[48];
  snprintf(series, sizeof series, "%s/%s", what, name);
  return clino_run_add(run, series, step, value, NULL);
}

static double deviation(size_t n, const real *x) {
  double mean = 0, squares = 0;
  for (size_t i = 0; i < n; i++) mean += (x[i] - mean) / (double)(i + 1);
  for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
  return sqrt(squares / (double)n);
}

static clino_status record_tensors(const lab_log *log, const lab_trainer *t, int64_t step) {
  const lab_model *m = &t->model;
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < m->n_tensors; i++) {
    const lab_tensor *w = &m->tensor[i];
    const real *before = log->before + (w->value - m->parameters);
    status = add_named(log->run, "grad_norm", w->name, step, clino_gradient_norm_f64(w->n, w->grad));
    if (status || !log->ratio[i]) continue;
    clino_update_ratio_reset(log->ratio[i]);
    status = clino_update_ratio_add_f64(log->ratio[i], w->n, before, w->value, NULL);
    if (!status) status = clino_update_ratio_record(log->ratio[i], log->run, step, NULL);
    if (!status) status = add_named(log->run, "param_std", w->name, step, deviation(w->n, w->value));
  }
  return status;
}

/* Of this step's gradient and the one before. */
static double cosine(const lab_log *log, const lab_model *m) {
  double dot = 0;
  for (size_t k = 0; k < m->n_parameters; k++) dot += m->gradients[k] * log->previous[k];
  return dot / (clino_gradient_norm_f64(m->n_parameters, m->gradients) *
                clino_gradient_norm_f64(m->n_parameters, log->previous));
}

static bool has_velocity(const lab_recipe *r) {
  return strcmp(r->rule, "momentum") == 0 || strcmp(r->rule, "nesterov") == 0;
}

static double momentum_of(const lab_recipe *r) {
  return r->momentum >= 0 ? r->momentum : clino_optimizer_options_default(r->rule).momentum;
}

static clino_status record_step(const lab_log *log, const lab_trainer *t, int64_t step, const lab_step *taken) {
  clino_run *run = log->run;
  clino_status status = clino_run_add(run, "lr", step, taken->rate, NULL);
  if (!status && has_velocity(t->recipe)) status = clino_run_add(run, "momentum", step, momentum_of(t->recipe), NULL);
  double both = cosine(log, &t->model);
  if (!status) status = clino_run_add(run, "grad_norm", step, taken->grad_norm, NULL);
  if (!status && step > 1) {
    status = isnan(both) && isfinite(taken->grad_norm)
                 ? clino_run_add_missing(run, "grad_cosine", step, "a gradient is 0", NULL)
                 : clino_run_add(run, "grad_cosine", step, both, NULL);
  }
  if (!status) status = clino_run_add(run, "batch_size", step, (double)taken->batch, NULL);
  if (!status && isfinite(t->recipe->clip))
    status = clino_run_add(run, "grad_clip_fraction", step, (double)log->clipped / (double)log->since, NULL);
  if (!status && t->recipe->l2 > 0) {
    status = clino_run_add(run, "loss/data", step, taken->data_loss, NULL);
    if (!status) status = clino_run_add(run, "loss/regularization", step, taken->penalty, NULL);
  }
  return status;
}

/* Loss and penalty of the current batch, through the units that its step dropped. */
static double batch_loss(const lab_log *log, lab_trainer *t) {
  const lab_recipe *r = t->recipe;
  lab_samples samples = {t->batch, t->x, t->label, t->target};
  t->model.random = log->masks;
  const real *scores = lab_model_forward(&t->model, t->batch, t->x);
  double sum = lab_training_loss(&t->model, &r->wrong, &samples, t->batch, scores, t->dscores);
  for (size_t i = 0; i < t->model.n_tensors && r->l2 > 0; i++)
    if (t->model.tensor[i].columns > 0) sum += l2_penalty(r->l2, t->model.tensor[i].n, t->model.tensor[i].value);
  return sum;
}

static void swap_parameters(const lab_log *log, const lab_model *m) {
  for (size_t k = 0; k < m->n_parameters; k++) {
    real kept = m->parameters[k];
    m->parameters[k] = log->before[k];
    log->before[k] = kept;
  }
}

/* What the step took off the loss of its own batch, beside what the gradient promised. */
static clino_status record_decrease(const lab_log *log, lab_trainer *t, int64_t step) {
  const lab_model *m = &t->model;
  const rng random = m->random;
  double predicted = 0, before, after = batch_loss(log, t);
  clino_dynamics *dynamics;
  for (size_t k = 0; k < m->n_parameters; k++) predicted -= m->gradients[k] * (m->parameters[k] - log->before[k]);
  swap_parameters(log, m);
  before = batch_loss(log, t);
  swap_parameters(log, m);
  t->model.random = random;
  clino_status status = clino_dynamics_new(&dynamics, NULL);
  if (!status) status = clino_dynamics_add_decrease(dynamics, before, after, predicted, NULL);
  if (!status) status = clino_dynamics_record(dynamics, log->run, step, NULL);
  clino_dynamics_free(dynamics);
  return status;
}

/* ---- rows ---- */

static clino_status close_row(lab_log *log, lab_trainer *t, int64_t step, bool validated) {
  clino_status status = validated ? validate(log, t) : CLINO_OK;
  if (!status) status = clino_gap_record(log->gap, log->run, step, NULL);
  if (!status) status = clino_gap_next(log->gap, step, NULL);
  if (!status && validated) status = record_activations(log, step);
  log->rows++;
  log->since = log->clipped = 0;
  return status;
}

static clino_status add_train(const lab_log *log, const lab_trainer *t, const lab_step *step) {
  clino_status status = clino_gap_add_train(log->gap, step->loss, (double)step->batch, NULL);
  if (!status && t->data.classes)
    status = clino_gap_add_train_accuracy(log->gap, step->accuracy, (double)step->batch, NULL);
  return status;
}

static clino_status record_initial(const lab_log *log, lab_trainer *t) {
  clino_initial_loss_spec spec = clino_initial_loss_spec_default();
  clino_initial_loss *initial;
  lab_step step;
  bool untrained = t->recipe->before == 0; /* else nothing is expected of the first loss */
  spec.kind = t->data.classes ? CLINO_LOSS_SOFTMAX : CLINO_LOSS_MSE;
  spec.classes = t->data.classes;
  clino_status status = clino_initial_loss_new(&spec, &initial, NULL);
  for (int i = 0; !status && i < FIRST_LOSSES; i++) {
    lab_trainer_look(t, &step);
    status = t->recipe->l2 > 0 ? clino_initial_loss_add_pair(initial, step.data_loss, step.loss, NULL)
                               : clino_initial_loss_add(initial, step.loss, NULL);
    if (!status) status = add_train(log, t, &step);
  }
  if (!status && !t->data.classes)
    status = clino_initial_loss_add_targets_f64(initial, t->data.train.n, t->data.train.target, NULL);
  if (!status && untrained) status = clino_initial_loss_record(initial, log->run, 0, NULL);
  clino_initial_loss_free(initial);
  return status;
}

/* Before the first update, what was drawn. */
static clino_status record_weights(const lab_log *log, const lab_model *m) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < m->n_tensors; i++)
    if (m->tensor[i].columns > 0)
      status = add_named(log->run, "param_std", m->tensor[i].name, 0, deviation(m->tensor[i].n, m->tensor[i].value));
  return status;
}

int lab_log_start(lab_log *log, lab_trainer *t) {
  clino_status status = record_initial(log, t);
  if (!status) status = close_row(log, t, 0, true);
  if (!status && t->recipe->before == 0) status = record_weights(log, &t->model);
  return status ? -1 : 0;
}

void lab_log_before(lab_log *log, const lab_trainer *t, size_t step) {
  const lab_model *m = &t->model;
  if (step % t->recipe->interval != 0) return;
  log->masks = m->random;
  memcpy(log->before, m->parameters, m->n_parameters * sizeof *log->before);
  memcpy(log->previous, m->gradients, m->n_parameters * sizeof *log->previous);
}

int lab_log_after(lab_log *log, lab_trainer *t, size_t step, const lab_step *taken) {
  const lab_recipe *r = t->recipe;
  bool row = step % r->interval == 0;
  clino_status status = CLINO_OK;
  log->since++;
  log->clipped += taken->clipped;
  if (row || !r->last_batch) status = add_train(log, t, taken);
  if (row && !status) status = record_step(log, t, (int64_t)step, taken);
  if (row && !status) status = record_tensors(log, t, (int64_t)step);
  if (row && !status) status = record_decrease(log, t, (int64_t)step);
  if (row && !status) status = close_row(log, t, (int64_t)step, log->rows % r->validate_every == 0);
  return status ? -1 : 0;
}

/* ---- losses only ---- */

/* Adds the i-th point of a series if it stands at that step. */
static clino_status copy_point(clino_run *to, const clino_series *s, size_t *i, int64_t step) {
  if (*i >= clino_series_count(s) || clino_series_step(s, *i) != step) return CLINO_OK;
  return clino_run_add(to, clino_series_name(s), step, clino_series_values(s)[(*i)++], NULL);
}

clino_run *lab_log_losses_only(const clino_run *run) {
  const clino_series *train = clino_run_series(run, "train/loss"), *val = clino_run_series(run, "val/loss");
  clino_run *copy;
  clino_status status = clino_run_new(&copy, NULL);
  for (size_t i = 0, j = 0; !status && i < clino_series_count(train);) {
    int64_t step = clino_series_step(train, i);
    status = copy_point(copy, train, &i, step);
    if (!status) status = copy_point(copy, val, &j, step);
  }
  if (!status) return copy;
  clino_run_free(copy);
  return NULL;
}
