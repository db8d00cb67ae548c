/* activation-scale: does the signal keep its scale from layer to layer, and over the run?
 *
 * The standard deviation of a layer's outputs should be of one order through the net: what a layer multiplies it by,
 * depth raises to its power. Inputs are a layer as well, where they are monitored under the name input.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/causes.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"fold", 100, 2, 1e300, "times", "a spread of the layers' deviations by more, at the start, is a warning",
     "He et al. 2015, section 2.2: each layer should keep it; relu nets of ten layers keep it within ten"},
    {"gross", 1e6, 10, 1e300, "times", "a spread by more is a fault",
     "nothing of the input is left in float16, nor in "
     "a sum with ordinary numbers"},
    {"grown", 100, 2, 1e300, "times its start", "a deviation that grew by more over the run is a warning",
     "healthy layers settle within ten"},
    {"input", 10, 1.5, 1e300, "", "inputs with a deviation above, or a mean that many deviations off, are a warning",
     "LeCun et al. 1998, section 4.3: mean 0, deviation 1"},
    {"min_points", 2, 1, 1e6, "points", "with fewer points a layer is not judged", "a median of two"},
};

static bool is_input(const char *name) {
  static const char *const names[] = {"input", "inputs", "x", "data", "images"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

static void report(clino__context *c, const clino__layer *l, clino_finding_level level, const char *cause,
                   double observed, double threshold, double confidence, const char *what) {
  static const char *const other[] = {CLINO__CAUSE_INIT_BAD, CLINO__CAUSE_INPUT_SCALE, CLINO__CAUSE_LEARNING_RATE_HIGH,
                                      NULL};
  clino_finding f = clino__layer_finding(c, level, l);
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = confidence;
  clino__finding_cause(&f, cause, other);
  clino__add(c, &f, "%s: %s (%g, where %g is the limit)", l->name, what, observed, threshold);
}

static bool inputs(clino__context *c, const clino__layer *l, size_t n) {
  double limit = clino__param(c, "input"), mean = NAN;
  size_t at = 0, m;
  while (at < n && !is_input(l[at].name)) at++;
  if (at == n) return false;
  clino__layer *means = clino__layers_of(c, "act_mean/", 1, &m, NULL);
  for (size_t i = 0; i < m; i++)
    if (strcmp(means[i].name, l[at].name) == 0) mean = fabs(means[i].level) / l[at].level;
  free(means);
  bool wide = l[at].level > limit, off = mean > limit, narrow = l[at].level * limit * 10 < 1 && l[at].level > 0;
  if (wide || off || narrow)
    report(c, &l[at], CLINO_FINDING_WARN, CLINO__CAUSE_INPUT_SCALE, off && !wide ? mean : l[at].level,
           narrow ? 0.1 / limit : limit, 0.85, "inputs are not normalized to mean 0 and deviation 1");
  return wide || off || narrow;
}

/* Where inputs are not monitored, the first layer's gradients tell: that of the weights is the one of the biases times
 * the inputs, of whose size so many stand in a row: |dW| / |db| = sqrt(fan_in) for inputs of deviation 1. */
static bool inputs_by_gradient(clino__context *c) {
  size_t n;
  double limit = clino__param(c, "input"), size = NAN;
  clino__layer *g = clino__layers_of(c, "grad_norm/", 2, &n, NULL);
  clino__text key = CLINO__TEXT_EMPTY;
  if (n >= 2 && clino__is_weight(g[0].name) && !clino__is_weight(g[1].name)) {
    clino__text_addf(&key, "fan_in/%s", g[0].name);
    size = g[0].early / g[1].early / sqrt(clino_run_attribute_number(c->run, clino__text_string(&key)));
  }
  bool wide = size > limit && g[1].early > 0;
  if (wide)
    report(c, &g[0], CLINO_FINDING_WARN, CLINO__CAUSE_INPUT_SCALE, size, limit, 0.85,
           "inputs are not normalized: its gradient beside that of its biases shows inputs of that size");
  clino__text_free(&key);
  free(g);
  return wide;
}

/* Where those gradients overflow at once: what weights of a known scale make of the inputs. A unit without bounds
 * passes on at most scale times their size; a relu half of its square. */
static bool inputs_by_outputs(clino__context *c, const clino__layer *h) {
  size_t n, m;
  double limit = clino__param(c, "input"), scale = NAN, mean = 0;
  clino__layer *w = clino__layers_of(c, "param_std/", 1, &n, NULL);
  clino__layer *means = clino__layers_of(c, "act_mean/", 1, &m, NULL);
  if (n && w[0].first_step <= 0) scale = clino__weight_scale(c, &w[0]);
  for (size_t i = 0; i < m; i++)
    if (strcmp(means[i].name, h->name) == 0) mean = means[i].first;
  double size = hypot(h->first, mean) / scale;
  bool wide = h->first_step <= 0 && h->first > 1 && size > limit && isfinite(size);
  if (wide)
    report(c, h, CLINO_FINDING_WARN, CLINO__CAUSE_INPUT_SCALE, size, limit, 0.85,
           "inputs are not normalized: its outputs beside its weights show inputs of that size");
  free(means);
  free(w);
  return wide;
}

/* Before the first update, where that was logged: a few steps at a high rate change it. */
static double at_start(const clino__layer *l) { return l->first_step <= 0 ? l->first : l->early; }

/* The layers between input and scores. */
static bool with_depth(clino__context *c, const clino__layer *h, size_t n) {
  size_t least = 0, most = 0;
  if (n < 2) return false;
  for (size_t i = 1; i < n; i++) {
    if (at_start(&h[i]) < at_start(&h[least])) least = i;
    if (at_start(&h[i]) > at_start(&h[most])) most = i;
  }
  double fold = at_start(&h[most]) / at_start(&h[least]);
  double limit = clino__param(c, "fold"), gross = clino__param(c, "gross");
  /* Also where one is 0: dead-units and initialization speak of it. */
  if (!(fold > limit) || !(at_start(&h[least]) > 0)) return false;
  bool shrinks = least > most, fail = fold > gross && isfinite(fold);
  report(c, &h[shrinks ? least : most], fail ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN,
         shrinks ? CLINO__CAUSE_INIT_SMALL : CLINO__CAUSE_INIT_LARGE, fold, fail ? gross : limit, fail ? 0.9 : 0.8,
         shrinks ? "the outputs shrink with depth from the start" : "the outputs grow with depth from the start");
  return true;
}

static bool over_time(clino__context *c, const clino__layer *h, size_t n) {
  double limit = clino__param(c, "grown");
  for (size_t i = 0; i < n; i++) {
    double grown = h[i].late / h[i].early;
    if (!(grown > limit) || !(h[i].early > 0) || h[i].n < 8) continue;
    report(c, &h[i], CLINO_FINDING_WARN, CLINO__CAUSE_LEARNING_RATE_HIGH, grown, limit, 0.7,
           "the deviation of its outputs grew over the run");
    return true;
  }
  return false;
}

static void decide(clino__context *c, const clino__layer *l, size_t n) {
  size_t from = 0;
  bool fired = inputs(c, l, n) || inputs_by_gradient(c) || inputs_by_outputs(c, &l[0]);
  while (from < n && is_input(l[from].name)) from++;
  const clino__layer *h = l + from;
  size_t m = n - from;
  fired = with_depth(c, h, m > 2 ? m - 1 : m) || fired; /* the last one holds the scores, small by intent */
  fired = over_time(c, h, m) || fired;
  if (fired || c->status) return;
  clino_finding f = clino__layer_finding(c, CLINO_FINDING_PASS, &l[0]);
  f.observed = l[n - 1].early / l[0].early;
  f.threshold = clino__param(c, "fold");
  clino__add(c, &f, "the outputs of %zu layers keep their scale: deviations %g to %g from first to last", n, l[0].early,
             l[n - 1].early);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), n, found;
  clino__layer *l = clino__layers_of(c, "act_std/", least, &n, &found);
  if (l) decide(c, l, n);
  else clino__skip_layers(c, "act_std/", found, least);
  free(l);
}

const clino__check clino__check_activation_scale = {
    {"activation-scale", "Scale of activations", "act_std/NAME from input to output; act_mean/NAME, grad_norm/NAME",
     params, sizeof params / sizeof params[0],
     "Holds the standard deviations of the layers' outputs at the start against each other, without the last layer, "
     "and "
     "at the end against the start; and those of a layer named input against mean 0 and deviation 1 (or, with fan_in, "
     "what the first gradients say of "
     "them).",
     "A signal that shrinks or grows with depth takes the gradient with it; inputs of a large scale do so at once.",
     "Normalize the inputs; initialize with deviation sqrt(2 / fan_in) for relu, sqrt(2 / (fan_in + fan_out)) for "
     "tanh; "
     "or add normalization layers.",
     "He et al., Delving Deep into Rectifiers, 2015; Glorot and Bengio, 2010; LeCun et al., Efficient BackProp, 1998, "
     "section 4.3"},
    run};
