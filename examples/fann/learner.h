/* A network of FANN's that learns the digits: 64 pixels, 16 hidden units, 10 outputs; by FANN's public interface. */
#ifndef FANN_LEARNER_H
#define FANN_LEARNER_H

#include <floatfann.h>

#include "net/digits.h"

typedef struct learner_spec {
  enum fann_train_enum algorithm;
  enum fann_activationfunc_enum hidden;
  float rate, steepness; /* the steepness of the hidden units */
  float rprop_max;       /* the largest step of RPROP */
  uint64_t seed;
} learner_spec;

learner_spec learner_spec_default(void);

/* The weights of a layer before and after the last epoch. */
typedef struct learner_layer {
  size_t size;
  float *before, *after;
} learner_layer;

typedef struct learner {
  struct fann *ann;
  struct fann_train_data *data;
  struct fann_connection *connections;
  size_t n_weights;
  float *weights; /* of all layers, before and after */
  learner_layer layers[2];
} learner;

/* 0; -1 where memory is out. The samples are copied. Free with learner_free. */
int learner_init(learner *n, const learner_spec *spec, const digits *samples);
void learner_free(learner *n);

/* FANN's training, once through the samples in their order. */
void learner_epoch(learner *n);

/* The mean squared error that FANN states, over samples and outputs; *accuracy: the fraction whose largest output is
 * the right one. */
double learner_evaluate(learner *n, const digits *samples, double *accuracy);

#endif
