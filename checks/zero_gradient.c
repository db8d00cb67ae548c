/* zero-gradient: tensors that no gradient reaches, exactly 0, from the start or from some step on. */
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"min_points", 3, 2, 1e6, "points", "with fewer points a tensor is not judged", "a zero that lasts"},
    {"done", 1e-6, 0, 1, "fraction of its start", "a loss below is done, and its gradient may be 0",
     "the hinge loss has gradient 0 once all margins hold"},
};

/* Is there nothing left to learn? */
static bool done(clino__context *c) {
  const clino__descent *d = clino__descent_of(c);
  return d && d->end <= clino__param(c, "done") * fabs(d->top);
}

static void report(clino__context *c, const clino__layer *l, size_t zero, size_t n, bool starts) {
  static const char *const other[] = {CLINO__CAUSE_SYMMETRY, CLINO__CAUSE_DEAD_RELU, CLINO__CAUSE_FROZEN,
                                      CLINO__CAUSE_NO_UPDATE, NULL};
  bool all = zero == n;
  clino_finding f = clino__layer_finding(c, all ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, l);
  f.observed = (double)zero;
  f.threshold = 0;
  f.confidence = all ? 0.95 : 0.8;
  clino__finding_cause(&f, starts ? CLINO__CAUSE_NO_GRADIENT : CLINO__CAUSE_DEAD_RELU, other + (starts ? 0 : 2));
  clino__add(c, &f, "the gradient of %s is exactly 0 %s; so it is for %zu of %zu tensors", l->name,
             starts ? "from the start" : "in the end, and was not at the start", zero, n);
}

static void decide(clino__context *c, const clino__layer *l, size_t n) {
  size_t zero = 0, first = n;
  for (size_t i = 0; i < n; i++) {
    if (l[i].late != 0) continue;
    zero++;
    if (first == n || (!clino__is_weight(l[first].name) && clino__is_weight(l[i].name))) first = i;
  }
  bool finished = zero && done(c);
  if (c->status) return;
  if (zero && !finished) {
    report(c, &l[first], zero, n, l[first].most == 0);
    return;
  }
  clino_finding f = clino__layer_finding(c, finished ? CLINO_FINDING_INFO : CLINO_FINDING_PASS, &l[0]);
  f.observed = (double)zero;
  f.threshold = 0;
  if (finished)
    clino__add(c, &f, "the gradients of %zu tensors are 0, and so is the loss: nothing is left to learn", zero);
  else clino__add(c, &f, "a gradient reaches all %zu tensors", n);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), n, found;
  clino__layer *l = clino__layers_of(c, "grad_norm/", least, &n, &found);
  const clino_series *whole = clino__series(c, "grad_norm");
  clino__curve v;
  if (l) {
    decide(c, l, n);
  } else if (!c->status && whole && clino__curve_plain(c, whole, least, &v) && v.n >= least) {
    size_t tail = v.n / 4 ? v.n / 4 : 1;
    clino__layer all = {whole,
                        "all parameters",
                        v.n,
                        v.y[0],
                        NAN,
                        clino__curve_level(&v, v.n - tail, v.n),
                        NAN,
                        NAN,
                        v.y[0],
                        v.first_step[0],
                        v.last_step[v.n - 1]};
    decide(c, &all, 1);
  } else {
    clino__skip_layers(c, "grad_norm/", found, least);
  }
  free(l);
}

const clino__check clino__check_zero_gradient = {
    {"zero-gradient", "No gradient", "grad_norm/NAME, or grad_norm; train/loss", params,
     sizeof params / sizeof params[0],
     "Looks for tensors whose gradient norm is exactly 0 in the last quarter of the run. Fails where all are, warns "
     "where some are; a loss of 0 has a gradient of 0, and that is no fault.",
     "What gets no gradient does not learn.",
     "See whether the tensor takes part in the forward pass, whether the backward pass writes its gradient (a gradient "
     "check tells), and whether the units above it are dead or its weights all 0.",
     "Karpathy, CS231n: Neural Networks Part 1, ReLU, 2015; Goodfellow, Bengio and Courville, Deep Learning, 2016, "
     "section 8.4"},
    run};
