/* first-layer-noise: do the filters of the first layer become smooth?
 *
 * weight_noise/NAME is von Neumann's ratio of the weights of neighbouring inputs (pixels, samples of time): the mean
 * squared difference of neighbours over twice the variance. Independent weights give 1, smooth filters nearly 0.
 */
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"noisy", 0.9, 0.1, 2, "", "a first layer that ends above is as noisy as chance",
     "1 +- 1 / sqrt(n) for n independent weights"},
    {"smoothed", 0.05, 0, 1, "fraction of its start", "one that fell by so much is being learned",
     "a twentieth is far above the scatter of a layer of a thousand weights"},
    {"learned", 0.5, 0.01, 1, "fraction of the start", "is said only where the loss fell by so much",
     "a net that has not learned has no filters yet"},
    {"min_points", 4, 2, 1e6, "points", "with fewer points nothing is said", "a start and an end of two"},
};

static void decide(clino__context *c, const clino__layer *l, const clino__descent *d) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_STOPPED_EARLY,
                                      CLINO__CAUSE_LEARNING_RATE_LOW, NULL};
  bool learned = d && !d->moving && d->gained > clino__param(c, "learned") * d->top && d->top > 0;
  bool noisy = l->late > clino__param(c, "noisy") && !(l->late < (1 - clino__param(c, "smoothed")) * l->early);
  clino_finding f = clino__layer_finding(c,
                                         noisy && learned ? CLINO_FINDING_WARN
                                         : noisy          ? CLINO_FINDING_INFO
                                                          : CLINO_FINDING_PASS,
                                         l);
  f.observed = l->late;
  f.threshold = clino__param(c, "noisy");
  f.confidence = 0.55;
  if (noisy) clino__finding_cause(&f, CLINO__CAUSE_REGULARIZATION_WEAK, other);
  clino__add(c, &f,
             "the weights of %s have a neighbour ratio of %g at the start and %g at the end (1: noise, 0: "
             "smooth)%s",
             l->name, l->early, l->late, noisy && !learned ? "; the loss has not fallen enough to expect more" : "");
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), n, found;
  clino__layer *l = clino__layers_of(c, "weight_noise/", least, &n, &found);
  const clino__descent *d = clino__descent_of(c);
  if (l && !c->status) decide(c, &l[0], d);
  else clino__skip_layers(c, "weight_noise/", found, least);
  free(l);
}

const clino__check clino__check_first_layer_noise = {
    {"first-layer-noise", "Noisy filters in the first layer", "weight_noise/NAME of the first layer; train/loss",
     params, sizeof params / sizeof params[0],
     "Looks whether the filters of the first layer over images or signals get smoother than independent weights, once "
     "the loss has fallen by half. The ratio is von Neumann's: squared differences of neighbouring weights over twice "
     "the variance.",
     "Filters that stay as noisy as they were drawn mean that the net has not converged, or memorizes pixels.",
     "Add weight decay, train longer, and see that the learning rate is neither too high nor too low.",
     "Karpathy, CS231n: Neural Networks Part 3, first-layer visualizations, 2015; von Neumann, Distribution of the "
     "Ratio "
     "of the Mean Square Successive Difference to the Variance, 1941"},
    run};
