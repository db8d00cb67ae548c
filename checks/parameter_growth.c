/* parameter-growth: weights that grow and go on growing. */
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"growth", 10, 1.5, 1e300, "times its start", "a norm that grew by more, and still does, is a warning",
     "weights of usual initializations grow by two or three"},
    {"gross", 1000, 2, 1e300, "times its start", "a norm that grew by more is a fault",
     "scores a thousand times as large as any initialization makes them"},
    {"still", 1.2, 1, 100, "times the median of the run", "an end so far above is growth that goes on",
     "growth that has come to rest is where the loss wants the norm"},
    {"early", 5, 1.5, 1e300, "times what was drawn", "a deviation that has grown so within a tenth of the run warns",
     "a fifth of what was drawn is left in it: steps have thrown it away, not trained it"},
    {"min_points", 8, 4, 1e6, "points", "with fewer points a tensor is not judged", "a start and an end"},
};

static void decide(clino__context *c, const clino__layer *w, size_t n) {
  static const char *const other[] = {CLINO__CAUSE_REGULARIZATION_WEAK, CLINO__CAUSE_GRADIENT_WRONG,
                                      CLINO__CAUSE_INIT_SMALL, NULL};
  size_t top = 0;
  for (size_t i = 1; i < n; i++)
    if (w[i].late / w[i].early > w[top].late / w[top].early) top = i;
  double growth = w[top].late / w[top].early, limit = clino__param(c, "growth"), gross = clino__param(c, "gross");
  bool fail = growth > gross, fired = fail || (growth > limit && w[top].late > clino__param(c, "still") * w[top].level);
  clino_finding f = clino__layer_finding(c,
                                         fail    ? CLINO_FINDING_FAIL
                                         : fired ? CLINO_FINDING_WARN
                                                 : CLINO_FINDING_PASS,
                                         &w[top]);
  f.observed = growth;
  f.threshold = fail ? gross : limit;
  f.confidence = fail ? 0.85 : 0.7;
  if (fired) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
  clino__add(c, &f, "the norm of %s grows most: from %g to %g, %g times", w[top].name, w[top].early, w[top].late,
             growth);
}

/* Weights drawn at a usual scale that the first steps, or all of them, carry so far off that nothing of it is left. */
static bool carried_off(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_INIT_SMALL, CLINO__CAUSE_REGULARIZATION_WEAK, NULL};
  size_t n, top = 0;
  double most = 0, soon = 0, limit = clino__param(c, "early"), whole = clino__param(c, "growth");
  clino__layer *w = clino__layers_of(c, "param_std/", 12, &n, NULL);
  for (size_t i = 0; i < n; i++) {
    clino__curve v;
    double scale = clino__weight_scale(c, &w[i]);
    if (w[i].first_step > 0 || !(scale > 0.3) || !clino__curve_plain(c, w[i].series, 12, &v) || v.n < 12) continue;
    double first = clino__curve_level(&v, v.n / 10, v.n / 10 + 2) / w[i].first, end = w[i].late / w[i].first;
    if (fmax(first / limit, end / whole) > most) most = fmax(first / limit, end / whole), soon = first, top = i;
  }
  if (most > 1) {
    clino_finding f = clino__layer_finding(c, CLINO_FINDING_WARN, &w[top]);
    f.observed = soon > limit ? soon : w[top].late / w[top].first;
    f.threshold = soon > limit ? limit : whole;
    f.confidence = 0.75;
    clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
    clino__add(c, &f, "the deviation of %s is %g times what was drawn%s", w[top].name, f.observed,
               soon > limit ? " after a tenth of the run" : " at the end");
  }
  free(w);
  return most > 1;
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), n, found, m = 0;
  if (carried_off(c) || c->status) return;
  clino__layer *l = clino__layers_of(c, "param_norm/", least, &n, &found);
  for (size_t i = 0; i < n; i++) /* what starts at 0 has no scale of its own */
    if (clino__is_weight(l[i].name) && l[i].first > 0 && l[i].early > 0) l[m++] = l[i];
  if (!l) clino__skip_layers(c, "param_norm/", found, least);
  else if (!m) clino__skip(c, "no weights that start above 0 are among param_norm/NAME");
  else decide(c, l, m);
  free(l);
}

const clino__check clino__check_parameter_growth = {
    {"parameter-growth", "Weights that grow without end",
     "param_norm/NAME; param_std/NAME from step 0 with fan_in/NAME", params,
     sizeof params / sizeof params[0],
     "Holds the norm of each tensor of weights at the end against that of the first tenth of the run. Warns where it "
     "is "
     "ten times as large and still grows, fails at a thousand times. Biases, which start at 0, are left out. Where the "
     "deviation was logged before the first update, and was a usual one, it warns of one that ends ten times as large, "
     "or is five times as large after a tenth of the run.",
     "Weights that grow without end make scores extreme, saturate units and end in overflow.",
     "Add weight decay, lower the learning rate, and check the gradient and the sign of the update.",
     "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 7.1; Krogh and Hertz, A Simple Weight Decay Can "
     "Improve Generalization, 1992"},
    run};
