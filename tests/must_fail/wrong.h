/* What the programs of the test adapters check: an objective, a model and a layer, right or with a sign flipped; a step
 * that ascends, and weights that are all equal; runs in memory, healthy or with a layer that dies. */
#ifndef TESTS_MUST_FAIL_WRONG_H
#define TESTS_MUST_FAIL_WRONG_H

#include <math.h>
#include <stdbool.h>

#include "clino/check.h"
#include "clino/layer.h"
#include "clino/stepcheck.h"

static bool wrong_no = false, wrong_yes = true;
static const double wrong_x[2] = {0.7, -1.3};

static inline int wrong_objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += sin(x[i]) * (double)(i + 2);
    if (grad) grad[i] = cos(x[i]) * (double)(i + 2) * (*(bool *)ctx && i == 1 ? -1 : 1);
  }
  return 0;
}

static double wrong_w[6] = {0.3, -1.7, 0.9, 2.1, 0.4, -0.6}, wrong_dw[6];

static inline int wrong_loss(double *f, void *ctx) { return wrong_objective(6, wrong_w, f, NULL, ctx); }

static inline int wrong_loss_backward(void *ctx) {
  double f;
  return wrong_objective(6, wrong_w, &f, wrong_dw, ctx);
}

static inline const clino_model *wrong_model(bool wrong) {
  static clino_tensor w;
  static clino_model model;
  w = CLINO_TENSOR_F64("fc1.W", wrong_w, wrong_dw, 2, 3);
  model = (clino_model){1, &w, wrong_loss, wrong_loss_backward, wrong ? &wrong_yes : &wrong_no};
  return &model;
}

/* y = x^2, elementwise. */
static inline int wrong_forward(const clino_layer_io *io, void *ctx) {
  (void)ctx;
  const double *x = io->inputs[0].value;
  double *y = io->outputs[0].value;
  for (size_t i = 0; i < 3; i++) y[i] = x[i] * x[i];
  return 0;
}

static inline int wrong_backward(const clino_layer_io *io, void *ctx) {
  const double *x = io->inputs[0].value, *c = io->outputs[0].grad;
  double *dx = io->inputs[0].grad;
  for (size_t i = 0; i < 3; i++) dx[i] = 2 * x[i] * c[i] * (*(bool *)ctx && i == 2 ? -1 : 1);
  return 0;
}

static inline const clino_layer *wrong_layer(bool wrong) {
  static clino_tensor x, y;
  static clino_layer layer;
  x = CLINO_TENSOR_F64("x", NULL, NULL, 3);
  y = CLINO_TENSOR_F64("y", NULL, NULL, 3);
  layer = (clino_layer){.name = "square",
                        .io = {1, 0, 1, &x, NULL, &y},
                        .forward = wrong_forward,
                        .backward = wrong_backward,
                        .ctx = wrong ? &wrong_yes : &wrong_no};
  return &layer;
}

static inline int wrong_forget(const clino_step_call *c, void *ctx) {
  (void)c, (void)ctx;
  return 0;
}

static inline int wrong_ascend(const clino_step_call *c, void *ctx) {
  (void)ctx;
  for (size_t k = 0; k < c->n_tensors; k++) {
    const clino_tensor *t = &c->tensors[k];
    size_t n = t->n_dims == 2 ? t->shape[0] * t->shape[1] : t->shape[0];
    for (size_t i = 0; i < n; i++) ((double *)t->value)[i] += c->options->rate * ((double *)t->grad)[i];
  }
  return 0;
}

static const clino_stepper wrong_stepper = {wrong_forget, wrong_ascend, NULL, NULL};

static inline const clino_optimizer_options *wrong_formula(void) {
  static clino_optimizer_options formula;
  formula = clino_optimizer_options_default("gradient-descent");
  return &formula;
}

static inline const clino_tensor *wrong_weights(void) {
  static double equal[12] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  static clino_tensor w;
  w = CLINO_TENSOR_F64("fc1.W", equal, NULL, 4, 3);
  return &w;
}

/* A run of twenty samples that are fitted, or are not while most units of fc1 are dead. The caller frees it. */
static inline clino_run *wrong_run(bool sick) {
  clino_run *run = NULL;
  if (clino_run_new(&run, NULL)) return NULL;
  clino_run_set_attribute(run, "dataset_size", "20", NULL);
  for (int i = 0; i < 100; i++) {
    clino_run_add(run, "train/loss", i, (sick ? 0.81 : 0.003) + 1.5 * exp(-0.15 * i) * (1 + 0.01 * sin(7.3 * i)), NULL);
    clino_run_add(run, "act_dead_fraction/fc1", i, sick ? 0.71 + 0.01 * sin(3.1 * i) : 0.02, NULL);
  }
  return run;
}

#endif
