/* What one run of the lab is: data, net, training, log, and what is wrong with it. A recipe holds all that decides the
 * numbers of a run: the same recipe gives the same run. */
#ifndef LAB_RECIPE_H
#define LAB_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clino/init.h"
#include "clino/schedule.h"

typedef enum lab_task {
  LAB_DIGITS,     /* real: 64 pixels, 10 classes */
  LAB_IRIS,       /* real: 4 measurements, 3 classes */
  LAB_CLOUDS,     /* normal clouds that overlap: no net reaches a loss of 0 */
  LAB_RINGS,      /* 2 classes, one round the other */
  LAB_RARE,       /* 2 classes, one of them 8% of the samples */
  LAB_CURVE,      /* regression: a smooth function of 6 numbers, and noise */
  LAB_WAVES       /* sequences of 12 vectors: which frequency? 3 classes */
} lab_task;
#define LAB_TASKS 7

typedef enum lab_net { LAB_DENSE, LAB_CONV, LAB_RECURRENT } lab_net;
typedef enum lab_activation { LAB_RELU, LAB_TANH, LAB_SIGMOID } lab_activation;

#define LAB_ALL 99

/* What is wrong; a zeroed struct, apart from what is named here, is nothing. lab_recipe_default says so. */
typedef struct lab_wrong {
  /* data */
  double input_scale, input_offset; /* 1 and 0 */
  double shuffled_labels;           /* fraction of the labels that are drawn anew */
  bool random_inputs;               /* inputs that have nothing to do with the labels */
  double leak;                      /* the label stands in the inputs, so large */
  bool sorted;                      /* by class, and never shuffled */
  bool same_order;                  /* never shuffled again after the first epoch */
  /* initial weights */
  double weight_scale;              /* 1 */
  bool constant_weights;            /* all weights are constant_weight */
  double constant_weight;
  double hidden_bias;
  double recurrent_scale;           /* 1; of the recurrent weights */
  /* loss and gradient */
  bool summed;                      /* over the batch, not averaged */
  bool softmax_twice;
  double log_floor;                 /* probabilities below it are rounded to 0 before the logarithm */
  int frozen, reversed;             /* dense layer that is not updated; whose gradient has the wrong sign; -1: none;
                                       LAB_ALL: all tensors */
  bool accumulated;                 /* gradients are not set to zero between steps */
  size_t quiet_from, quiet_to;      /* steps in which the loss is multiplied by quiet_scale */
  double quiet_scale;
  size_t jump_at;                   /* from this step on the rate is multiplied by jump */
  double jump;
  /* measurement */
  bool validation_is_training;      /* validated on samples of the training set */
  bool accuracy_of_training;        /* val/accuracy is that of the training set */
} lab_wrong;

typedef struct lab_recipe {
  const char *family;   /* of healthy runs */
  const char *fault;    /* NULL: none */
  double strength;
  uint64_t seed;        /* of weights, order, dropout; task_seed: of generated data and of the split */
  uint64_t task_seed;
  /* data */
  lab_task task;
  size_t n_train;       /* at most; 0: as many as there are */
  double difficulty;    /* of generated tasks; 1 */
  double augmentation;  /* noise added to training inputs */
  /* net */
  lab_net net;
  size_t layers, width; /* dense layers with weights, the last one included (1: softmax regression); hidden units */
  size_t channels;      /* of the convolution; units of the recurrent layer */
  lab_activation activation;
  double dropout, l2;
  clino_init_scheme init;
  double gain;
  bool glorot_last;     /* the last layer by Glorot; else uniform in +-1/sqrt(fan-in), as PyTorch does */
  /* training */
  const char *rule;
  double rate, momentum, beta2, clip; /* momentum and beta2: CLINO_AUTO for the rule's own; clip: INFINITY for none */
  clino_schedule schedule;            /* of the rate: its initial value is replaced by rate */
  size_t batch, steps, before;        /* before: steps taken before the log begins */
  size_t stopped;                     /* where the run was cut off; 0: not */
  /* log */
  size_t interval, validate_every;    /* steps between rows; rows between validations */
  bool last_batch;                    /* train/loss is that of the last batch, not the mean since the last row */
  lab_wrong wrong;
} lab_recipe;

/* Softmax regression on the digits by momentum, 400 steps; nothing wrong. */
lab_recipe lab_recipe_default(void);

/* Sets the schedule, with the steps and periods that fit the recipe's steps. */
void lab_recipe_schedule(lab_recipe *r, clino_schedule_kind kind, double final, double warmup_fraction);

const char *lab_task_name(lab_task task);
const char *lab_activation_name(lab_activation activation);

/* One line about a recipe. */
void lab_recipe_describe(const lab_recipe *r, char *text, size_t size);

#endif
