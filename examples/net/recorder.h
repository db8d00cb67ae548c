/* Watches a net in training with Clino's monitors, and keeps what they see in a run: a row before the first step and
 * one after every interval, with the mean training and the validation loss and accuracy, the update/parameter ratio of
 * every weight tensor, and what the activations look like. */
#ifndef NET_RECORDER_H
#define NET_RECORDER_H

#include "clino/activation.h"
#include "clino/gap.h"
#include "clino/initial_loss.h"
#include "clino/run.h"
#include "clino/update_ratio.h"
#include "net/net.h"

typedef struct recorder {
  clino_run *run;
  clino_gap *gap;
  clino_initial_loss *initial;
  clino_update_ratio *ratio[NET_MAX_TENSORS]; /* one a tensor of the net */
  clino_activation *conv, *hidden;
  real *before;  /* the parameters before the step that is looked at */
  real *by_unit; /* the convolution's outputs with the channel last: a unit that can be dead is a channel */
} recorder;

/* n_train is the size of the training set. NULL where memory is out, with *error filled. Free with recorder_free. */
recorder *recorder_new(const net *n, size_t n_train, clino_error *error);
void recorder_free(recorder *r);

/* The row at step 0, and the losses that the untrained net starts from. */
clino_status recorder_start(recorder *r, net *n, batches *data, const digits *validation, clino_error *error);

/* Before a step after which recorder_row will be called: keeps the parameters. */
void recorder_before_step(recorder *r, const net *n);

/* After every step. */
clino_status recorder_train(recorder *r, const net *n, double loss, clino_error *error);

/* A row of the run, on the steps since the last one. */
clino_status recorder_row(recorder *r, net *n, int64_t step, double rate, const digits *validation,
                          clino_error *error);

/* Writes the run as Clino's CSV. */
clino_status recorder_write(const recorder *r, const char *path, clino_error *error);

#endif
