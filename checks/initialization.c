/* initialization: weights as they are before training: constant, too small, too large; units that are identical.
 *
 * Units of a layer with the same weights get the same gradient and stay the same: symmetry is broken by chance or
 * never. A last layer of zeros is a known good start, and biases start constant.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"least", 0.05, 1e-9, 1, "", "a deviation times sqrt(fan_in) below is too small",
     "LeCun 1, He 1.41, the default of PyTorch 0.58: a tenth of the least"},
    {"most", 5, 1, 1e9, "", "a deviation times sqrt(fan_in) above is too large",
     "the largest of the usual schemes is 4, Glorot's for sigmoids"},
    {"saturated", 0.5, 0.1, 1, "fraction of the activations", "so many saturated at the first step are a bad start",
     "Glorot and Bengio 2010, figure 2: sigmoid layers saturate within the first epochs, none at step 0"},
    {"silent", 0.85, 0.5, 1, "fraction of the activations", "so many at 0 before the first update are born silent",
     "He et al. 2015, section 2.2: weights about 0 and biases of 0 silence a half of them"},
    {"same", 1e-6, 0, 0.1, "", "units that differ by less, relative to their size, are identical",
     "rounding of float32 in a sum of a few terms"},
};

typedef struct tally {
  size_t judged, fired;
} tally;

static void report(clino__context *c, tally *t, const clino__layer *l, clino_finding_level level, const char *cause,
                   double observed, double threshold, const char *what) {
  static const char *const other[] = {CLINO__CAUSE_INIT_BAD, CLINO__CAUSE_INPUT_SCALE, CLINO__CAUSE_NO_UPDATE, NULL};
  clino_finding f = clino__layer_finding(c, level, l);
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = level == CLINO_FINDING_FAIL ? 0.95 : 0.85;
  clino__finding_cause(&f, cause, other);
  clino__add(c, &f, "%s: %s (%g, where %g is the limit)", l->name, what, observed, threshold);
  t->fired++;
}

/* Weights that start constant: their deviation, or norm, is exactly 0. That of the last layer may be. */
static void constant(clino__context *c, tally *t, const char *prefix) {
  size_t n, m = 0, zero = 0, first = 0;
  clino__layer *w = clino__layers_of(c, prefix, 1, &n, NULL);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(w[i].name)) w[m++] = w[i];
  for (size_t i = 0; i + 1 < m || (m == 1 && !i); i++)
    if (w[i].first == 0 && m > 1 && !zero++) first = i;
  t->judged += m;
  if (zero && !t->fired) {
    bool stays = w[first].late == 0 && w[first].n > 1;
    report(c, t, &w[first], zero > 1 || stays ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, CLINO__CAUSE_SYMMETRY,
           (double)zero, 0, "all weights are equal at the start, so that its units stay identical; layers like it");
  }
  free(w);
}

/* What a monitor of the units says: their deviation from each other over their size. */
static void identical(clino__context *c, tally *t) {
  size_t n;
  clino__layer *u = clino__layers_of(c, "unit_spread/", 1, &n, NULL);
  double limit = clino__param(c, "same");
  t->judged += n;
  for (size_t i = 0; i < n && !t->fired; i++)
    if (u[i].most <= limit)
      report(c, t, &u[i], CLINO_FINDING_FAIL, CLINO__CAUSE_SYMMETRY, u[i].most, limit,
             "its units are identical and stay so");
  free(u);
}

static void scales(clino__context *c, tally *t) {
  size_t n;
  double least = clino__param(c, "least"), most = clino__param(c, "most");
  clino__layer *w = clino__layers_of(c, "param_std/", 1, &n, NULL);
  for (size_t i = 0; i < n && !t->fired; i++) {
    double scale = clino__weight_scale(c, &w[i]);
    if (!(scale > 0)) continue;
    if (scale < least && i + 1 < n)
      report(c, t, &w[i], CLINO_FINDING_WARN, CLINO__CAUSE_INIT_SMALL, scale, least,
             "the weights start too small: deviation times sqrt(fan_in)");
    else if (scale > most)
      report(c, t, &w[i], CLINO_FINDING_WARN, CLINO__CAUSE_INIT_LARGE, scale, most,
             "the weights start too large: deviation times sqrt(fan_in)");
  }
  free(w);
}

/* Relus that nothing wakes: negative biases, before any update could make them so. */
static void silent(clino__context *c, tally *t) {
  size_t n;
  double limit = clino__param(c, "silent");
  clino__layer *a = clino__layers_of(c, "act_zero_fraction/", 1, &n, NULL);
  for (size_t i = 0; i < n && !t->fired; i++) {
    if (a[i].first_step > 0) continue;
    t->judged++;
    if (a[i].first > limit)
      report(c, t, &a[i], CLINO_FINDING_WARN, CLINO__CAUSE_DEAD_RELU, a[i].first, limit,
             "that many of its outputs are 0 before the first update, as negative biases make them");
  }
  free(a);
}

static void saturation(clino__context *c, tally *t) {
  size_t n;
  double limit = clino__param(c, "saturated");
  clino__layer *a = clino__layers_of(c, "act_saturated_fraction/", 1, &n, NULL);
  t->judged += n;
  for (size_t i = 0; i < n && !t->fired; i++)
    if (a[i].first > limit && a[i].early > limit)
      report(c, t, &a[i], CLINO_FINDING_WARN,
             clino__largest_weights(c, NULL) < 3 ? CLINO__CAUSE_INPUT_SCALE : CLINO__CAUSE_INIT_LARGE, a[i].first,
             limit, "saturated from the first step");
  free(a);
}

static void run(clino__context *c) {
  tally t = {0, 0};
  identical(c, &t);
  constant(c, &t, "param_std/");
  constant(c, &t, "param_norm/");
  scales(c, &t);
  saturation(c, &t);
  silent(c, &t);
  if (c->status || t.fired) return;
  if (!t.judged) {
    clino__skip(c,
                "no param_std/NAME, param_norm/NAME or act_saturated_fraction/NAME was logged: record each layer "
                "before the first update");
    return;
  }
  clino_finding f = clino__finding(c, CLINO_FINDING_PASS, NULL);
  f.observed = 0;
  clino__add(c, &f, "no layer starts constant, saturated or, where fan_in is known, at a wrong scale");
}

const clino__check clino__check_initialization = {
    {"initialization", "Initial weights",
     "param_std/NAME, param_norm/NAME, act_saturated_fraction/NAME, act_zero_fraction/NAME, unit_spread/NAME from step "
     "0; attributes fan_in/NAME",
     params, sizeof params / sizeof params[0],
     "Looks at the first value of each layer: weights (not biases, not the last layer) that are all equal, deviations "
     "far from what keeps the signal's scale, activations that are saturated or at 0 at once, units that are identical "
     "(unit_spread: the deviation of a layer's units from each other over their size).",
     "Units that start equal stay equal: the layer is as wide as one unit. A wrong scale vanishes or explodes with "
     "depth.",
     "Draw weights at random with deviation sqrt(2 / fan_in) for relu (He), sqrt(2 / (fan_in + fan_out)) for tanh "
     "(Glorot); clino_initcheck tells what a tensor was drawn by.",
     "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 8.4; Glorot and Bengio, 2010; He et al., 2015"},
    run};
