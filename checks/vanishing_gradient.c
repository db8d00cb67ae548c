/* vanishing-gradient: does the gradient reach the first layers?
 *
 * Layers in the order in which they were logged, from input to output. What one layer loses, depth raises to its power:
 * the median gradient norm of the first half's weakest layer is held against that of the last half's strongest.
 */
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"low", 1e-4, 1e-300, 1, "", "a smaller ratio of early to late layers is a warning",
     "layers of one net differ by up to a hundred by their sizes alone; a hundredth of that"},
    {"gone", 1e-7, 1e-300, 1, "", "a smaller ratio is a fault",
     "below the resolution of float32 beside the late "
     "layers"},
    {"a_layer", 0.4, 0.01, 1, "", "a start that keeps less from a layer to the one before, at a loss that rests, warns",
     "weights that keep the signal give 1 (Glorot and Bengio 2010, eq. 12), sigmoids 1/4, their largest slope"},
    {"rests", 0.15, 0.01, 1, "fraction of the start", "and a loss that falls by more in the first eighth does not rest",
     "learning to guess the classes' frequencies takes off so much"},
    {"start", 1e-3, 1e-300, 1, "", "a smaller ratio of the first to the last layer at the start is a warning",
     "a quarter a layer, the largest slope of a sigmoid, over five layers"},
    {"layers", 3, 2, 1e6, "layers", "with fewer no depth can be seen", "a first, a middle and a last one"},
    {"min_points", 3, 1, 1e6, "points", "with fewer points a layer is not judged", "a median of three"},
};

static bool saturated(clino__context *c) {
  size_t n;
  bool any = false;
  clino__layer *l = clino__layers_of(c, "act_saturated_fraction/", 2, &n, NULL);
  for (size_t i = 0; i < n; i++) any = any || l[i].early > 0.5;
  free(l);
  return any;
}

/* Does the loss rest for the first eighth of the run, while the gradient grows from each layer to the next? */
static bool held_up(clino__context *c, const clino__layer *w, size_t n) {
  const clino__descent *d = clino__descent_of(c);
  if (!d || d->moving || d->curve.n < 16 || n < 4) return false;
  for (size_t i = 1; i < n; i++)
    if (!(w[i].early > w[i - 1].early)) return false;
  double level = clino__curve_level(&d->curve, d->curve.n / 8, d->curve.n / 6 + 1);
  return d->top - level < clino__param(c, "rests") * fabs(d->top);
}

static void decide(clino__context *c, const clino__layer *w, size_t n) {
  static const char *const other[] = {CLINO__CAUSE_INIT_SMALL, CLINO__CAUSE_SATURATION, CLINO__CAUSE_DEAD_RELU, NULL};
  size_t weak = 0, strong = n / 2;
  for (size_t i = 0; i < (n + 1) / 2; i++)
    if (w[i].level < w[weak].level) weak = i;
  for (size_t i = n / 2; i < n; i++)
    if (w[i].level > w[strong].level) strong = i;
  double ratio = w[weak].level / w[strong].level, low = clino__param(c, "low"), gone = clino__param(c, "gone");
  double early = n >= 4 ? w[0].early / w[n - 1].early : NAN, limit = pow(clino__param(c, "a_layer"), (double)(n - 1));
  if (ratio >= low && early > 0 && early < limit && held_up(c, w, n)) {
    weak = 0, strong = n - 1;
    ratio = early, low = limit;
  }
  if (ratio >= low && early < clino__param(c, "start") && early > 0) {
    weak = 0, strong = n - 1; /* it came back later: what was lost until then is time */
    ratio = early, low = clino__param(c, "start");
  }
  bool fired = ratio < low && ratio > 0; /* exactly 0 is zero-gradient's to judge */
  clino_finding f = clino__layer_finding(
      c, fired ? ratio < gone ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN : CLINO_FINDING_PASS, &w[weak]);
  f.observed = ratio;
  f.threshold = ratio < gone ? gone : low;
  f.confidence = ratio < gone ? 0.95 : 0.85;
  if (fired) clino__finding_cause(&f, saturated(c) ? CLINO__CAUSE_SATURATION : CLINO__CAUSE_VANISHING, other);
  clino__add(c, &f, "the gradient of %s is %g times that of %s, %g a layer (medians of %g and %g)", w[weak].name, ratio,
             w[strong].name, pow(ratio, 1 / (double)(strong > weak ? strong - weak : 1)), w[weak].level,
             w[strong].level);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), n, found, m = 0;
  clino__layer *layers = clino__layers_of(c, "grad_norm/", least, &n, &found);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(layers[i].name)) layers[m++] = layers[i];
  if (!layers) clino__skip_layers(c, "grad_norm/", found, least);
  else if ((double)m < clino__param(c, "layers")) clino__skip(c, "%zu layers of weights are too few to see depth", m);
  else if (!c->status) decide(c, layers, m);
  free(layers);
}

const clino__check clino__check_vanishing_gradient = {
    {"vanishing-gradient", "Gradient vanishes on its way",
     "grad_norm/NAME of three layers or more, from input to "
     "output",
     params, sizeof params / sizeof params[0],
     "Holds the smallest median gradient norm among the first half of the layers against the largest among the last "
     "half; and, at the start, each layer against the next, where the loss rests meanwhile. Biases and normalization "
     "parameters are left out.",
     "Layers that get no gradient stay as they were initialized, and what is above them learns from random features.",
     "Use relu and He's initialization, normalization layers or residual connections; make the net shallower.",
     "Hochreiter, 1991; Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks, "
     "2010, section 4.2"},
    run};
