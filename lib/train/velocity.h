/* What heavy-ball momentum and Nesterov's share: where rate, dampening and sign go. Private to lib/train. */
#ifndef CLINO_TRAIN_VELOCITY_H
#define CLINO_TRAIN_VELOCITY_H

#include "train/rule.h"

/* v = keep v + gain g;  p += apply v. Multiplying by -1 and 1 is exact, so that all signs give the same bits in p. */
typedef struct clino__velocity {
  double keep, gain, apply;
} clino__velocity;

static inline clino__velocity clino__velocity_of(const clino_optimizer_options *o, double t) {
  bool inside = o->rate_place == CLINO_RATE_INSIDE, uphill = o->velocity_sign == CLINO_VELOCITY_UPHILL;
  double gain = o->first_undampened && t == 1 ? 1 : 1 - o->dampening;
  return (clino__velocity){.keep = o->momentum,
                           .gain = (inside ? o->rate * gain : gain) * (uphill ? 1 : -1),
                           .apply = (inside ? 1 : o->rate) * (uphill ? -1 : 1)};
}

#endif
