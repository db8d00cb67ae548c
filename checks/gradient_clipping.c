/* gradient-clipping: is the threshold so tight that every step is clipped, and do steps come out too small for it? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"always", 0.95, 0.5, 1, "fraction of the steps", "clipping so often is clipping always",
     "a threshold is meant for the exceptions; recipes that normalize every step exist, and clip moderately"},
    {"tight", 10, 1, 1e9, "times the threshold", "a usual norm above makes the threshold far too tight",
     "the threshold is set at or above the usual norm (Pascanu et al. 2013, section 3.2)"},
    {"small", 1e-4, 0, 1, "", "update over parameter ratios below are too small", "CS231n: about 1e-3 is usual"},
    {"min_points", 8, 4, 1e6, "points", "with fewer points nothing is said", "a second half of four points"},
};

/* How often the second half is clipped: as logged, or by norms that all have the largest value. NaN if unknown. */
static double clipped_fraction(clino__context *c, size_t least, const clino_series **s) {
  clino__curve v;
  *s = clino__series(c, "grad_clip_fraction");
  if (*s && clino__curve_plain(c, *s, least, &v) && v.n >= least) return clino__curve_level(&v, v.n / 2, v.n);
  *s = clino__series(c, "grad_norm");
  size_t n = *s ? clino_series_count(*s) : 0, same = 0;
  clino_summary summary;
  if (n < 20 || !clino__summary(c, *s, &summary) || !(summary.max > 0)) return *s = NULL, NAN;
  const double *values = clino_series_values(*s);
  for (size_t i = n / 2; i < n; i++) same += values[i] > summary.max * (1 - 1e-4);
  double fraction = (double)same / (double)(n - n / 2);
  if (fraction > 0.5 && summary.min < summary.max) return fraction;
  return *s = NULL, NAN;
}

static double usual_ratio(clino__context *c) {
  clino__pace update = clino__pace_of(c, "update_norm"), parameters = clino__pace_of(c, "param_norm");
  size_t n;
  double most = NAN;
  if (update.late > 0 && parameters.late > 0) return update.late / parameters.late;
  clino__layer *l = clino__layers_of(c, "update_ratio/", 4, &n, NULL);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(l[i].name)) most = fmax(most, l[i].level);
  free(l);
  return most;
}

/* How many times the threshold the norm before clipping is; NaN where either is not known. */
static double tightness(clino__context *c, const clino_series *fraction) {
  static const char *const names[] = {"clip_norm", "grad_clip", "max_grad_norm", "gradient_clip_val"};
  double threshold = NAN;
  for (size_t i = 0; i < 4 && isnan(threshold); i++) threshold = clino_run_attribute_number(c->run, names[i]);
  clino__pace norm = clino__pace_of(c, "grad_norm");
  return strcmp(clino_series_name(fraction), "grad_norm") == 0 ? NAN : norm.late / threshold;
}

static void decide(clino__context *c, const clino_series *s, double fraction) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_LOW, CLINO__CAUSE_EXPLODING, NULL};
  const clino__descent *d = clino__descent_of(c);
  double tight = tightness(c, s), ratio = usual_ratio(c);
  bool always = fraction >= clino__param(c, "always"), far = tight > clino__param(c, "tight");
  clino__promise p = clino__promise_of(c);
  bool walks = d && !d->moving && d->top > 0 && d->end > 0.25 * d->top && !clino__rests(d);
  bool small = ratio < clino__param(c, "small") || (walks && clino__promise_short(&p));
  bool slow = d && !d->moving && d->top > 0 && d->end > 0.5 * d->top;
  bool fired = always && (far || small || (slow && isnan(tight) && isnan(ratio)));
  clino_finding f = clino__finding(c, fired ? CLINO_FINDING_WARN : always ? CLINO_FINDING_INFO : CLINO_FINDING_PASS, s);
  f.observed = fraction;
  f.threshold = clino__param(c, "always");
  f.confidence = far || small ? 0.85 : 0.6;
  if (fired) clino__finding_cause(&f, CLINO__CAUSE_CLIPPED, other);
  clino__add(c, &f,
             "%g%% of the steps of the second half are clipped; the norm is %g times the threshold, updates are %g of "
             "the parameters (nan: not logged)",
             100 * fraction, tight, ratio);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points");
  const clino_series *s;
  double fraction = clipped_fraction(c, least, &s);
  if (!s && !c->status)
    clino__skip(c, "no grad_clip_fraction was logged often enough: log how many of the steps are clipped");
  else if (!c->status) decide(c, s, fraction);
}

const clino__check clino__check_gradient_clipping = {
    {"gradient-clipping", "Clipping too tight",
     "grad_clip_fraction, or a grad_norm that rests on its largest value; attribute clip_norm; update_norm/NAME",
     params, sizeof params / sizeof params[0],
     "Looks at how many steps of the second half are clipped. Where all are, warns if the norm is far above the "
     "threshold, if updates come out too small, or if the loss hardly falls; else tells.",
     "A threshold far below the usual norm turns every step into one of the same small length: a learning rate that "
     "nobody set.",
     "Log the norm before clipping and set the threshold at 2 to 5 times its median.",
     "Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, 2013, section 3.2"},
    run};
