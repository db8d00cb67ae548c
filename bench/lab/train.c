#include "lab/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/optimizer.h"
#include "lab/log.h"
#include "lab/loss.h"
#include "net/loss.h"

/* ---- making it ---- */

static clino_optimizer_options rule_of(const lab_recipe *r, const lab_tensor *t) {
  clino_optimizer_options o = clino_optimizer_options_default(r->rule);
  o.rate = r->rate;
  if (r->momentum >= 0) o.momentum = r->momentum;
  if (r->beta2 >= 0) o.beta2 = r->beta2;
  if (t->columns == 0) o.weight_decay = 0;
  return o;
}

static int make_states(lab_trainer *t) {
  for (size_t i = 0; i < t->model.n_tensors; i++) {
    const lab_tensor *w = &t->model.tensor[i];
    clino_optimizer_options o = rule_of(t->recipe, w);
    size_t size;
    if (clino_optimizer_state_size(&o, CLINO_F64, w->n, &size, NULL)) return -1;
    t->state[i] = malloc(size);
    if (!t->state[i] || clino_optimizer_state_init(&o, CLINO_F64, w->n, t->state[i], size, NULL)) return -1;
  }
  return 0;
}

static int make_buffers(lab_trainer *t) {
  size_t outputs = t->data.classes ? t->data.classes : 1, n = t->batch;
  t->x = calloc(n * (t->data.n_in + outputs + 1) + t->model.n_parameters, sizeof *t->x);
  t->label = calloc(n, sizeof *t->label);
  t->order = calloc(t->data.train.n, sizeof *t->order);
  if (!t->x || !t->label || !t->order) return -1;
  t->target = t->x + n * t->data.n_in;
  t->dscores = t->target + n;
  t->sum = t->dscores + n * outputs;
  for (size_t i = 0; i < t->data.train.n; i++) t->order[i] = i;
  t->next = t->data.train.n; /* shuffle first */
  return 0;
}

int lab_trainer_make(const lab_sources *sources, const lab_recipe *r, lab_trainer *t) {
  *t = (lab_trainer){.recipe = r, .random = {r->seed * 31 + 7}};
  if (lab_data_make(sources, r, &t->data)) return -1;
  t->batch = r->batch < t->data.train.n ? r->batch : t->data.train.n;
  if (!lab_model_make(r, &t->data, &t->model) && !make_buffers(t) && !make_states(t)) return 0;
  lab_trainer_free(t);
  return -1;
}

void lab_trainer_free(lab_trainer *t) {
  for (size_t i = 0; i < LAB_MOST_TENSORS; i++) free(t->state[i]);
  free(t->x);
  free(t->label);
  free(t->order);
  lab_model_free(&t->model);
  lab_data_free(&t->data);
  *t = (lab_trainer){0};
}

/* ---- mini-batches ---- */

static void new_epoch(lab_trainer *t) {
  const lab_wrong *w = &t->recipe->wrong;
  bool keep = w->sorted || (w->same_order && t->epoch > 0);
  for (size_t i = t->data.train.n; i > 1 && !keep; i--) { /* Fisher and Yates */
    size_t j = rng_below(&t->random, i), kept = t->order[j];
    t->order[j] = t->order[i - 1];
    t->order[i - 1] = kept;
  }
  t->next = 0;
  t->epoch++;
}

static void next_batch(lab_trainer *t) {
  const lab_samples *all = &t->data.train;
  size_t n_in = t->data.n_in;
  if (t->next + t->batch > all->n) new_epoch(t);
  for (size_t i = 0; i < t->batch; i++) {
    size_t j = t->order[t->next++];
    memcpy(t->x + i * n_in, all->x + j * n_in, n_in * sizeof *t->x);
    t->label[i] = all->label[j];
    t->target[i] = all->target[j];
  }
  for (size_t i = 0; t->recipe->augmentation > 0 && i < t->batch * n_in; i++)
    t->x[i] += t->recipe->augmentation * lab_normal(&t->random);
}

/* ---- gradients ---- */

static double penalty(const lab_trainer *t) {
  double sum = 0;
  for (size_t i = 0; i < t->model.n_tensors; i++) {
    const lab_tensor *w = &t->model.tensor[i];
    if (w->columns == 0) continue;
    sum += l2_penalty(t->recipe->l2, w->n, w->value);
    l2_penalty_backward(t->recipe->l2, w->n, w->value, w->grad);
  }
  return sum;
}

static bool concerns(int layer, const lab_tensor *t) { return layer >= 0 && (layer == LAB_ALL || t->dense == layer); }

/* What goes wrong between the backward pass and the update. */
static void spoil_gradients(lab_trainer *t) {
  const lab_wrong *w = &t->recipe->wrong;
  lab_model *m = &t->model;
  bool quiet = t->taken >= w->quiet_from && t->taken < w->quiet_to;
  for (size_t k = 0; quiet && k < m->n_parameters; k++) m->gradients[k] *= w->quiet_scale;
  for (size_t i = 0; i < m->n_tensors; i++)
    for (size_t k = 0; concerns(w->reversed, &m->tensor[i]) && k < m->tensor[i].n; k++)
      m->tensor[i].grad[k] = -m->tensor[i].grad[k];
  for (size_t k = 0; w->accumulated && k < m->n_parameters; k++) m->gradients[k] = t->sum[k] += m->gradients[k];
}

void lab_trainer_look(lab_trainer *t, lab_step *step) {
  next_batch(t);
  lab_samples samples = {t->batch, t->x, t->label, t->target};
  const real *scores = lab_model_forward(&t->model, t->batch, t->x);
  *step = (lab_step){.batch = t->batch};
  lab_loss(&t->model, &samples, t->batch, scores, &step->accuracy);
  step->data_loss = lab_training_loss(&t->model, &t->recipe->wrong, &samples, t->batch, scores, t->dscores);
  lab_model_backward(&t->model, t->batch, t->x, t->dscores);
  if (t->recipe->l2 > 0) step->penalty = penalty(t);
  step->loss = step->data_loss + step->penalty;
}

/* ---- steps ---- */

static double rate_at(const lab_trainer *t) {
  const lab_recipe *r = t->recipe;
  clino_schedule s = r->schedule;
  size_t at = t->taken > r->before ? t->taken - r->before : 0;
  s.final *= r->rate / s.initial; /* a rate that is off is so to the end */
  s.initial = r->rate;
  return clino_schedule_at(&s, at) * (t->taken >= r->wrong.jump_at ? r->wrong.jump : 1);
}

int lab_trainer_step(lab_trainer *t, lab_step *step) {
  const lab_recipe *r = t->recipe;
  lab_model *m = &t->model;
  lab_trainer_look(t, step);
  spoil_gradients(t);
  step->rate = rate_at(t);
  step->grad_norm = clino_gradient_norm_f64(m->n_parameters, m->gradients);
  step->clipped = step->grad_norm > r->clip;
  for (size_t i = 0; i < m->n_tensors; i++) {
    clino_optimizer_options o = rule_of(r, &m->tensor[i]);
    o.rate = step->rate;
    if (step->clipped && isfinite(step->grad_norm)) o.grad_scale = r->clip / step->grad_norm;
    if (concerns(r->wrong.frozen, &m->tensor[i])) continue;
    if (clino_optimizer_step_f64(&o, m->tensor[i].n, m->tensor[i].value, m->tensor[i].grad, t->state[i], NULL))
      return -1;
  }
  t->taken++;
  return 0;
}

/* ---- a run ---- */

static void outcome_of(lab_trainer *t, lab_outcome *o) {
  double accuracy;
  o->train_loss = lab_evaluate(&t->model, NULL, &t->data.train, t->data.n_in, &accuracy, NULL, NULL);
  o->val_loss = lab_evaluate(&t->model, NULL, &t->data.clean, t->data.n_in, &o->val_accuracy, NULL, NULL);
}

static int run_steps(lab_trainer *t, lab_log *log) {
  const lab_recipe *r = t->recipe;
  size_t last = r->stopped ? r->stopped : r->steps;
  lab_step step;
  for (size_t i = 0; i < r->before; i++)
    if (lab_trainer_step(t, &step)) return -1;
  if (lab_log_start(log, t)) return -1;
  for (size_t i = 1; i <= last; i++) {
    lab_log_before(log, t, i);
    if (lab_trainer_step(t, &step) || lab_log_after(log, t, i, &step)) return -1;
  }
  return 0;
}

int lab_train(const lab_sources *sources, const lab_recipe *r, clino_run **run, lab_outcome *outcome) {
  lab_trainer *t = malloc(sizeof *t);
  lab_log log;
  int status = -1;
  *run = NULL;
  if (t && !lab_trainer_make(sources, r, t)) {
    double accuracy;
    outcome->first_loss = lab_evaluate(&t->model, NULL, &t->data.train, t->data.n_in, &accuracy, NULL, NULL);
    if (!lab_log_make(t, &log)) {
      status = run_steps(t, &log);
      *run = lab_log_take(&log);
      outcome_of(t, outcome);
    }
    lab_trainer_free(t);
  }
  free(t);
  if (status) fprintf(stderr, "lab: a run could not be made (%s, %s)\n", r->family, r->fault ? r->fault : "healthy");
  return status;
}
