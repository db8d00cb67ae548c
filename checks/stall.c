/* stall: the loss does not move any more: why?
 *
 * A flat loss is no proof of a critical point. The gradient tells: near 0 it is one (a minimum or a saddle, which
 * first-order logs cannot tell apart); large while successive gradients oppose each other, the parameters bounce
 * between the walls of a valley; large while updates are tiny, the steps have died. Without such series only a loss
 * that rests far above what it started from, and has for most of the run, is spoken of.
 */
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"min_points", 10, 8, 1e6, "points", "with fewer points nothing is said", "two halves with a trend of their own"},
    {"floor", 0.1, 0, 1, "fraction of the start", "a loss that rests below is at its floor",
     "nine tenths of the loss are gone: what rests there has converged"},
    {"vanished", 1e-3, 0, 1, "fraction of its start", "a smaller gradient norm is near 0",
     "at a tenth of the loss of a quadratic the norm is a third: a thousandth is a critical point"},
    {"opposed", -0.3, -1, 0, "cosine", "successive gradients with a smaller one oppose each other",
     "independent gradients in many dimensions: 0; from wall to wall: -1"},
    {"tiny", 0.02, 0, 1, "fraction of its start",
     "updates that shrank to less by the middle of the run, under a steady gradient, are dead",
     "schedules of a healthy run come down to 1 to 10% of the rate in its second half only"},
    {"high", 0.65, 0.1, 1, "fraction of the start",
     "a loss that rests above this for most of the run was never "
     "learned",
     "two thirds of the loss remain"},
};

/* What the log says beside the loss; NaN where it does not. */
typedef struct signs {
  clino__pace gradient, update, ratio;
  double cosine, clipped, rate; /* medians of the second half; rate: end of lr over its largest */
} signs;

static double late_level(clino__context *c, const char *name) {
  const clino_series *s = clino__series(c, name);
  clino__curve v;
  return s && clino__curve_plain(c, s, 4, &v) && v.n >= 4 ? clino__curve_level(&v, v.n / 2, v.n) : NAN;
}

static signs read_signs(clino__context *c) {
  signs s = {.gradient = clino__pace_of(c, "grad_norm"), .update = clino__pace_of(c, "update_norm")};
  const clino_series *lr = clino__series(c, "lr");
  clino__curve v;
  s.ratio = clino__pace_of(c, "update_ratio");
  if (isnan(s.update.late)) s.update = s.ratio;
  s.cosine = late_level(c, "grad_cosine");
  s.clipped = late_level(c, "grad_clip_fraction");
  s.rate = NAN;
  if (!lr || !clino__curve_plain(c, lr, 4, &v) || !v.n) return s;
  double most = 0;
  for (size_t i = 0; i < v.n; i++) most = fmax(most, v.y[i]);
  s.rate = most > 0 ? clino__curve_level(&v, v.n / 2, v.n) / most : NAN;
  return s;
}

/* As t^(-1/2), to a fifth, at 7/16 and 7/8 of the run against 3/16. */
static bool starves(const clino__pace *u) {
  double one = u->at[1] / u->at[0] / sqrt(3.0 / 7), two = u->at[2] / u->at[0] / sqrt(3.0 / 14);
  return one > 0.8 && one < 1.25 && two > 0.8 && two < 1.25;
}

static const char *const other[] = {CLINO__CAUSE_MODEL_SMALL, CLINO__CAUSE_LEARNING_RATE_LOW,
                                    CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_VANISHING, NULL};

static void fired(clino__context *c, const clino__descent *d, const char *cause, double confidence, double observed,
                  double threshold, const char *what, const char *fix) {
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
  f.observed = observed;
  f.threshold = threshold;
  f.confidence = confidence;
  f.fix = fix;
  clino__finding_cause(&f, cause, other);
  clino__add(c, &f, "train/loss rests at %g (it started at %g), %s: %g, where the limit is %g", d->end, d->top, what,
             observed, threshold);
}

static bool died(clino__context *c, const clino__descent *d, const signs *s) {
  clino__promise p = clino__promise_of(c); /* what starves takes steps over which the loss is straight */
  double shrunk = s->update.at[1] / s->update.early, gradient = s->gradient.late / s->gradient.early;
  double tiny = clino__param(c, "tiny");
  const char *rule = clino_run_attribute(c->run, "optimizer");
  bool sums = !rule || clino__mentions(rule, "adagrad"); /* a rate may fall so by schedule under any other */
  if (sums && !(p.kept < 0.98) && gradient > 0.2 && starves(&s->update) && !(s->rate < 0.5)) {
    fired(c, d, CLINO__CAUSE_UPDATES_STARVED, 0.7, shrunk, 0.5,
          "under a steady gradient its updates fall as the root of time, as AdaGrad's do",
          "Raise the learning rate, or use an optimizer that forgets old squares (RMSProp, Adam).");
  } else if (gradient > 0.2 && shrunk < tiny) {
    bool decayed = s->rate<0.05, clipped = s->clipped> 0.9;
    fired(c, d,
          decayed   ? CLINO__CAUSE_RATE_DECAYED
          : clipped ? CLINO__CAUSE_CLIPPED
                    : CLINO__CAUSE_LEARNING_RATE_LOW,
          0.75, shrunk, tiny, "under a steady gradient its updates shrank to that fraction",
          "Let the learning rate decay later or less; look at what divides or clips the gradient.");
  } else {
    return false;
  }
  return true;
}

/* Flat for four fifths of the run, which its noise is small enough to prove, and that far up. */
static bool flat_early(const clino__context *c, const clino__descent *d) {
  size_t n = d->curve.n;
  double then = clino__curve_level(&d->curve, n / 6, n / 3), fell = d->top - d->end;
  double slack = fmax(3 * clino__median_error(d->curve.noise, n / 6), 0.01 * fell);
  bool proven = slack < 0.005 * fabs(d->end) || slack < 0.02 * fell;
  return n >= 15 && d->end > clino__param(c, "high") * d->top && fell > 0 && then - d->end < slack && proven;
}

static void decide(clino__context *c, const clino__descent *d, const signs *s) {
  double gradient = s->gradient.late / s->gradient.early, vanished = clino__param(c, "vanished"), chance;
  double opposed = clino__param(c, "opposed");
  chance = clino__chance_loss(c, NULL);
  bool high = d->end > 0.3 * d->top, guessing = chance > 0 && fabs(d->end - chance) < 0.02 * chance;
  if (high && gradient < vanished) {
    fired(c, d, CLINO__CAUSE_CRITICAL_POINT, 0.7, gradient, vanished,
          "and the gradient norm has shrunk to that fraction: a minimum or a saddle, which this log cannot tell apart",
          "Look at the smallest eigenvalue of the Hessian (negative: a saddle), or perturb the parameters and train "
          "on: "
          "from a saddle the loss falls. Then see to dead or saturated units.");
  } else if (s->cosine < opposed && !(gradient < 0.1)) {
    fired(c, d, CLINO__CAUSE_LEARNING_RATE_HIGH, 0.8, s->cosine, opposed,
          "while successive gradients oppose each other, bouncing between the walls of a valley: their cosine",
          "Lower the learning rate by 3 to 10.");
  } else if (died(c, d, s)) {
    return;
  } else if (guessing) {
    fired(c, d, CLINO__CAUSE_LEARNING_RATE_LOW, 0.6, d->end, chance,
          "which is what guessing gives: nothing was "
          "learned",
          "Overfit twenty samples first; if that fails, check the gradient and that it reaches every layer.");
  } else if (flat_early(c, d)) {
    fired(c, d, CLINO__CAUSE_MODEL_SMALL, 0.5, d->end / d->top, clino__param(c, "high"),
          "and has since the first third of the run; what remains, as a fraction of the start",
          "Log grad_norm and update_norm to tell the causes apart; try a learning rate 3 times lower and higher, and a "
          "larger net.");
  } else {
    clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_INFO);
    f.observed = d->end;
    f.threshold = d->top;
    double update = s->update.late / s->update.early;
    if (isnan(gradient) && isnan(update) && isnan(s->cosine))
      clino__add(c, &f, "train/loss rests at %g in the second half: converged, or stalled; grad_norm and update_norm, "
                        "which would tell, were not logged", d->end);
    else
      clino__add(c, &f,
                 "train/loss rests at %g in the second half: converged, or stalled; gradient norm %g of its start, "
                 "update %g (nan: not logged), cosine of successive gradients %g", d->end, gradient, update, s->cosine);
  }
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a flat loss");
  if (!d) return;
  double chance = clino__chance_loss(c, NULL), ground = chance > 0 ? fmax(chance, d->top) : d->top;
  bool floor = d->top > 0 && d->end < clino__param(c, "floor") * ground, rests = clino__rests(d);
  if (rests && !floor) {
    signs s = read_signs(c);
    if (!c->status) decide(c, d, &s);
    return;
  }
  clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_PASS);
  f.observed = d->end;
  f.threshold = clino__param(c, "floor") * ground;
  clino__add(c, &f, rests ? "train/loss rests at its floor: %g, from %g" : "train/loss still moves: %g, from %g",
             d->end, d->top);
}

const clino__check clino__check_stall = {
    {"stall", "Why the loss rests", "train/loss; grad_norm, grad_cosine, update_norm/NAME, lr", params,
     sizeof params / sizeof params[0],
     "Where train/loss does not move in the second half, tells apart by what else was logged: at its floor "
     "(converged), "
     "gradient near 0 (a critical point), successive gradients that oppose each other (too long steps), updates that "
     "died under a steady gradient (decayed, clipped, starved by accumulated squares), the level of guessing.",
     "A flat loss is no proof of a minimum: in most stalls of deep nets the gradient is large.",
     "Log grad_norm and update_norm/NAME, and try the learning rate 3 times higher and lower.",
     "Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 8.2.2 and 8.5.1, figure 8.1; Duchi et al., "
     "Adaptive Subgradient Methods, 2011"},
    run};
