/* learning-rate-low: a descent that is linear where a good one is geometric, or updates too small to matter.
 *
 * Steps that are far too short walk down the same slope all the time: the loss falls along a straight line, and little.
 * A good rate falls geometrically, fast first. The start of any run looks straight, too, so that without the size of
 * updates only a long straight line that gained next to nothing is spoken of.
 */
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"min_points", 20, 8, 1e6, "points", "with fewer points nothing is said",
     "a straight line and a curve are told apart by a tenth of their fall"},
    {"gained", 0.3, 0.01, 1, "fraction of the start", "a straight descent that took off more is no low rate",
     "what falls by a third along a line reaches its floor in a few times the budget"},
    {"slight", 0.1, 0.001, 1, "fraction of the start", "one that took off less warns without the size of updates",
     "a tenth of the loss over a whole run"},
    {"ratio", 1e-4, 1e-9, 1, "", "an update over parameter ratio below confirms it, one above ten times it refutes it",
     "CS231n: about 1e-3 is usual"},
    {"straight", 0.6, 0.5, 0.9, "fraction of the fall", "a first half that takes more of the fall is no straight line",
     "a line takes a half, a geometric descent by e^3 takes 0.82"},
    {"pace", 1, 0.01, 100, "factors of e a run", "a loss that falls faster at its end is well on its way",
     "another run of the same length would take two thirds of what is left"},
    {"more", 0.1, 0.001, 1, "fraction of the fall", "what a run as long again would gain; of less it is not spoken",
     "the two halves of a geometric descent tell: a second that takes r times the first leaves r^2 / (1 - r^2)"},
    {"floor", 0.25, 0.01, 1, "fraction of the start", "a loss below has nearly all that steps could take",
     "three quarters are gone: a longer step gains little"},
};

/* The median over weights of the median ratio of update to parameter; NaN where not logged. */
static double usual_ratio(clino__context *c) {
  size_t n, m = 0;
  clino__layer *layers = clino__layers_of(c, "update_ratio/", 4, &n, NULL);
  double *ratios = layers ? malloc(n * sizeof *ratios) : NULL;
  if (layers && !ratios) c->status = clino__fail_memory(c->error, "ratios of updates");
  for (size_t i = 0; ratios && i < n; i++)
    if (clino__is_weight(layers[i].name)) ratios[m++] = layers[i].level;
  double ratio = m ? clino__median(ratios, m) : NAN;
  free(ratios);
  free(layers);
  return ratio;
}

/* Does validation stay at the level of guessing while training leaves it? Then it is not the length of steps that keeps
 * the net from learning. */
static bool memorizes(clino__context *c, const clino__descent *d) {
  const clino_series *val = clino__series(c, "val/loss");
  clino__curve v;
  if (!val || !clino__curve_of(c, val, 8, &v) || v.n < 8 || !clino__never_better(c, &v)) return false;
  double end = clino__curve_level(&v, v.n - v.n / 4, v.n);
  if (v.y[0] - end > 0.5 * d->gained) return false; /* it falls, too: guessing is where it comes from */
  return end - d->end > 3 * hypot(clino__median_error(d->curve.noise, d->k), clino__median_error(v.noise, v.n / 4));
}

/* By how many factors of e the loss would fall over a run of the same length, at the pace of the second half. */
static double pace_of(const clino__descent *d) {
  size_t n = d->curve.n;
  double before = clino__curve_level(&d->curve, n / 2, n * 3 / 4), end = clino__curve_level(&d->curve, n * 3 / 4, n);
  return end > 0 ? 4 * log(before / end) : 0;
}

/* Of what was gained, how much would a run as long again gain, if the descent is geometric? A second half that takes r
 * times what the first took leaves r^2 / (1 - r^2) of it, all of it where r is 1. */
static double more_of(const clino__descent *d) {
  double r = (d->middle - d->end) / (d->start - d->middle);
  return r > 0 && r < 1 ? r * r / (1 - r * r) : r >= 1;
}

/* Do steps get shorter whatever the gradient does, by a schedule or under AdaGrad? Then halves of a run do not compare.
 */
static bool decays(clino__context *c) {
  const char *rule = clino_run_attribute(c->run, "optimizer");
  const clino_series *lr = clino__series(c, "lr");
  clino_summary summary;
  clino__curve v;
  if (rule && clino__mentions(rule, "adagrad")) return true;
  if (!lr || !clino__summary(c, lr, &summary) || !clino__curve_plain(c, lr, 4, &v) || !v.n) return false;
  return clino__curve_level(&v, v.n - v.n / 4 - 1, v.n) < summary.max / 2;
}

/* Steps over which the loss is straight, while it falls to the end and is far from its floor, or has hardly fallen. */
static bool walks(clino__context *c, const clino__descent *d, double ratio, const clino__promise *p) {
  double chance = clino__chance_loss(c, NULL), ground = chance > 0 ? fmin(chance, d->top) : d->top;
  if (!clino__promise_short(p) || d->end < clino__param(c, "floor") * ground) return false;
  if (memorizes(c, d)) return false;
  bool falls = !clino__rests(d) && clino__has_fallen(d, 0.01);
  bool more = decays(c) || more_of(d) > clino__param(c, "more");
  if (falls && more && pace_of(d) < clino__param(c, "pace")) return true;
  /* Noise may hide that it falls: the more, the nearer to guessing it still is. */
  return d->end > 0.6 * chance && p->kept > 0.997 && ratio < 10 * clino__param(c, "ratio");
}

static void decide(clino__context *c, const clino__descent *d, double ratio) {
  static const char *const other[] = {CLINO__CAUSE_RATE_DECAYED, CLINO__CAUSE_CLIPPED, CLINO__CAUSE_STOPPED_EARLY,
                                      NULL};
  double gained = d->gained / fmax(fabs(d->top), fabs(d->end)), limit = clino__param(c, "ratio");
  double head = (d->start - d->middle) / (d->start - d->end);
  bool clear = d->start - d->end > 6 * d->error && d->trend.z < -4 && gained > 0;
  bool straight = clear && head < clino__param(c, "straight") && d->fit.linear_rms <= 1.2 * d->fit.geometric_rms;
  bool tiny = ratio<limit, refuted = ratio> 10 * limit;
  bool low = straight && !refuted && gained < clino__param(c, tiny ? "gained" : "slight");
  double chance = clino__chance_loss(c, NULL);
  /* Near the level of guessing still, so that there is much to gain: noise may hide the shape of the descent. */
  bool early = chance > 0 && d->end > 0.6 * chance && gained < clino__param(c, "gained") / 2;
  bool crawls = ratio < limit && (early || (ratio < limit / 3 && gained < clino__param(c, "gained")));
  clino__promise p = clino__promise_of(c);
  bool walk = walks(c, d, ratio, &p);
  crawls = crawls || walk;
  clino_finding f = clino__descent_finding(c, d, low || crawls ? CLINO_FINDING_WARN : CLINO_FINDING_PASS);
  f.observed = tiny ? ratio : gained;
  f.threshold = tiny ? limit : clino__param(c, "slight");
  f.confidence = tiny || walk ? 0.9 : 0.6;
  if (low || crawls) clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_LOW, other);
  clino__add(c, &f,
             "train/loss took off %g%% of its start, %g%% of that in the first half; a line leaves residuals of %g, a "
             "geometric descent %g; steps take %g of what they promise; updates are %g of the parameters%s",
             100 * gained, 100 * head, d->fit.linear_rms, d->fit.geometric_rms, p.kept, ratio,
             isnan(ratio) ? " (not logged: update_ratio/NAME)" : "");
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a slow descent");
  if (!d) return;
  double ratio = usual_ratio(c);
  if (!c->status) decide(c, d, ratio);
}

const clino__check clino__check_learning_rate_low = {
    {"learning-rate-low", "Learning rate too low", "train/loss; update_ratio/NAME, decrease_ratio", params,
     sizeof params / sizeof params[0],
     "Fits a straight line and a geometric descent to train/loss. Warns where the descent is straight and took off "
     "little, and updates are small beside the parameters or, where not logged, next to nothing was gained; and where "
     "every step takes just what its gradient promises (decrease_ratio of 0.98 and more) while the loss falls to the "
     "end.",
     "With too low a rate the budget ends while the net has hardly moved.",
     "Raise the learning rate by 10 until the loss falls fast at first, then levels off; go back by 3 where it jumps.",
     "Karpathy, CS231n: Neural Networks Part 3, loss function, 2015; Smith, Cyclical Learning Rates for Training "
     "Neural "
     "Networks, 2017, section 3.3"},
    run};
