/* Training a net on the digits: the split, the loop, what it keeps. */
#ifndef WORKED_TRAINING_H
#define WORKED_TRAINING_H

#include "clino/optimizer.h"
#include "clino/schedule.h"
#include "worked/dnet.h"

/* The digits in a seeded order, 1,400 to train on and 397 to validate. */
typedef struct data {
  digits all, train, validation;
} data;
int data_read(data *d);            /* 0, or -1 with the reason on standard error */
void data_free(data *d);

typedef struct training {
  clino_optimizer_options rule;
  const clino_schedule *rate;      /* NULL: rule.rate */
  const clino_schedule *momentum;  /* NULL: rule.momentum */
  size_t batch, steps;
  uint64_t seed;                   /* of the batches' order; a batch of all has none */
  double *losses;                  /* steps numbers, each batch's loss before its step; may be NULL */
  double *ratios;                  /* steps numbers, the update/parameter ratio of W1; may be NULL */
  void (*after)(dnet *n, size_t steps, void *ctx); /* after each step: how many were made; may evaluate; NULL: none */
  void *ctx;
} training;

/* Trains. 0, or -1 with the reason on standard error; a loss that is not finite ends it early, and what is left of
 * losses and ratios is NaN. */
int train_net(dnet *n, const training *t, const digits *on);

#endif
