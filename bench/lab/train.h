/* Trains what a recipe says, and logs it. */
#ifndef LAB_TRAIN_H
#define LAB_TRAIN_H

#include "clino/run.h"
#include "lab/model.h"

/* How a run ended: losses over all training samples and over those of validation, as a right program would compute
 * them, without regularization; NaN or infinite where the net is. */
typedef struct lab_outcome {
  double first_loss, train_loss, val_loss, val_accuracy;
} lab_outcome;

/* Trains r. *run, which the caller frees, is its log. 0; -1 with the reason on standard error. */
int lab_train(const lab_sources *sources, const lab_recipe *r, clino_run **run, lab_outcome *outcome);

/* One step of training as it was taken: what a log may want to know. */
typedef struct lab_step {
  double loss, data_loss, penalty, accuracy; /* of the batch */
  double rate, grad_norm;                    /* before clipping */
  bool clipped;
  size_t batch;
} lab_step;

typedef struct lab_trainer {
  const lab_recipe *recipe;
  lab_data data;
  lab_model model;
  void *state[LAB_MOST_TENSORS]; /* of the optimizer */
  real *x, *target, *dscores, *sum; /* the current batch; the scores' gradient; the sum of all gradients */
  int *label;
  size_t *order, next, epoch, batch, taken;
  rng random;
} lab_trainer;

int lab_trainer_make(const lab_sources *sources, const lab_recipe *r, lab_trainer *t);
void lab_trainer_free(lab_trainer *t);

/* The loss of the next mini-batch without an update (gradients are computed). */
void lab_trainer_look(lab_trainer *t, lab_step *step);

/* One step of training. 0; -1 where a call failed. */
int lab_trainer_step(lab_trainer *t, lab_step *step);

#endif
