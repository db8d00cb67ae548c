/* The known ways to deviate from a formula, each as a change of the reference. Private to lib/train. */
#ifndef CLINO_TRAIN_TWIST_H
#define CLINO_TRAIN_TWIST_H

#include "clino/stepcheck.h"
#include "train/rule.h"

typedef enum clino__biases { CLINO__BIASES_AS_TOLD = 0, CLINO__BIASES_DECAY, CLINO__BIASES_STAY } clino__biases;

typedef struct clino__twist {
  const clino_step_deviation *what;
  void (*options)(clino_optimizer_options *o);                                 /* of every step; NULL: as they are */
  void (*update)(const clino_optimizer_options *o, clino__update *u); /* after the coefficients were computed */
  int rate_from;               /* which step's rate is taken: -1 the one before, 1 the one after */
  bool rate_held;              /* the first step keeps its own rate */
  int count_from;              /* added to the step count */
  bool uncorrected1, uncorrected2; /* no bias correction of the first, the second moment */
  bool keeps_slots, keeps_count;   /* init forgets neither, or the count alone */
  clino__biases biases;        /* weight decay of tensors of one dimension */
  bool decays_after;           /* a decoupled decay acts after the step */
  bool clips_per_tensor;
  bool fits_grad, fits_rate;   /* a factor on the gradient, on the rate, to be found by fitting */
  double grad_factor, rate_factor; /* 0 stands for 1 */
} clino__twist;

size_t clino__twist_count(void);
const clino__twist *clino__twist_at(size_t i);

#endif
