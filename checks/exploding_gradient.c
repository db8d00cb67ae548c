/* exploding-gradient: gradients that grow with depth, with time, or in bursts.
 *
 * Growth in time is held against the level of the first tenth of the run, its own scale. Growth along a straight line
 * has a cause of its own: gradients that are added up because nobody zeroes them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "checks/causes.h"
#include "checks/descent.h"
#include "checks/layer.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"depth", 1e4, 10, 1e300, "", "a larger ratio of the first to the last layers' gradients is a warning",
     "a hundred times what sizes of layers make"},
    {"growth", 100, 2, 1e300, "times its start", "a norm that grows by more is a warning",
     "norms of healthy runs rise by up to ten as the loss gets steeper round the minimum"},
    {"gross", 1e4, 2, 1e300, "times its start", "a norm that grows by more is a fault", "the square of that"},
    {"burst", 100, 2, 1e300, "times the larger of start and median", "single norms above are bursts",
     "clipping at a few times the usual norm is common: a hundred times is another regime"},
    {"bursts", 3, 1, 1e6, "points", "so many bursts are a warning", "once is a bad batch"},
    {"min_points", 8, 4, 1e6, "points", "with fewer points growth is not judged", "a start and an end of two or more"},
};

static void report(clino__context *c, clino_finding *f, const char *cause, double observed, double threshold,
                   double confidence, const char *what) {
  static const char *const other[] = {CLINO__CAUSE_LEARNING_RATE_HIGH, CLINO__CAUSE_EXPLODING, CLINO__CAUSE_INIT_LARGE,
                                      CLINO__CAUSE_INPUT_SCALE, NULL};
  f->observed = observed;
  f->threshold = threshold;
  f->confidence = confidence;
  clino__finding_cause(f, cause, other);
  clino__add(c, f, "the gradient of %s %s: %g, where the limit is %g", f->series, what, observed, threshold);
}

static bool with_depth(clino__context *c, const clino__layer *w, size_t n) {
  if (n < 3) return false;
  size_t strong = 0, weak = n / 2;
  for (size_t i = 0; i < (n + 1) / 2; i++)
    if (w[i].early > w[strong].early) strong = i;
  for (size_t i = n / 2; i < n; i++)
    if (w[i].early < w[weak].early) weak = i;
  double ratio = w[strong].early / w[weak].early, limit = clino__param(c, "depth");
  if (!(ratio > limit) || !(w[weak].early > 0)) return false;
  clino_finding f = clino__layer_finding(c, CLINO_FINDING_WARN, &w[strong]);
  report(c, &f, CLINO__CAUSE_EXPLODING, ratio, limit, 0.85, "is larger than that of the last layers from the start");
  return true;
}

/* In proportion to time, at 7/16 and 7/8 of the run against 3/16; and along one direction, if that was logged. Steps
 * that keep what their gradient promises follow no sum; with the full batch, gradients agree anyway. */
static bool adds_up(clino__context *c, const clino__pace *p) {
  double one = p->at[1] / p->at[0] * 3 / 7, two = p->at[2] / p->at[0] * 3 / 14;
  const clino_series *s = clino__series(c, "grad_cosine");
  clino__curve v;
  clino__promise promise = clino__promise_of(c);
  if (promise.n >= 8 && promise.kept > 0.5) return false;
  double cosine = s && clino__curve_plain(c, s, 4, &v) && v.n ? clino__curve_level(&v, 0, v.n) : NAN;
  if (cosine > 0.95 && clino__several_batches(c)) return one * 7 / 3 > 1.3 && two * 14 / 3 > 1.7;
  return !(cosine < 0.5) && one > 0.8 && one < 1.25 && two > 0.8 && two < 1.25;
}

static bool in_time(clino__context *c, const clino_series *s, const clino__pace *p) {
  double growth = p->late / p->early, limit = clino__param(c, "growth"), gross = clino__param(c, "gross");
  bool adds = growth > 4 && adds_up(c, p);
  if (!(growth > limit) && !adds) return false;
  clino_finding f = clino__finding(c, growth > gross ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, s);
  if (adds)
    f.fix =
        "Zero the gradient before every backward pass, or let it overwrite; see whether losses are kept that hold "
        "the graph of earlier steps.";
  report(c, &f, adds ? CLINO__CAUSE_NOT_ZEROED : CLINO__CAUSE_LEARNING_RATE_HIGH, growth,
         adds             ? 4
         : growth > gross ? gross
                          : limit,
         growth > gross ? 0.9 : 0.75,
         adds ? "grows with every step along the same direction, as a sum of all of them: times its start"
              : "has grown: times its start");
  return true;
}

static bool in_bursts(clino__context *c, const clino_series *s, const clino__pace *p) {
  clino_summary summary;
  size_t bursts = 0, first = 0;
  clino__curve v;
  if (!clino__summary(c, s, &summary) || !clino__curve_plain(c, s, 4, &v)) return false;
  double usual = fmax(p->early, clino__curve_level(&v, 0, v.n)), limit = clino__param(c, "burst") * usual;
  for (size_t i = 0; i < summary.n_buckets; i++)
    if (summary.buckets[i].max > limit && !bursts++) first = i;
  if (!bursts || (double)bursts < clino__param(c, "bursts") || !(usual > 0)) return false;
  clino_finding f = clino__finding(c, CLINO_FINDING_WARN, s);
  f.first_step = summary.buckets[first].first_step;
  report(c, &f, CLINO__CAUSE_EXPLODING, summary.max, limit, 0.7, "has bursts, the largest of which is");
  return true;
}

static void passed(clino__context *c, const clino_series *s, const clino__pace *p) {
  clino_finding f = clino__finding(c, CLINO_FINDING_PASS, s);
  f.observed = p->late / p->early;
  f.threshold = clino__param(c, "growth");
  clino__add(c, &f, "the gradient norm ends at %g times its start, without bursts", f.observed);
}

static void run(clino__context *c) {
  size_t n, m = 0, top = 0, least = (size_t)clino__param(c, "min_points");
  const clino_series *whole = clino__series(c, "grad_norm");
  clino__layer *layers = clino__layers_of(c, "grad_norm/", 3, &n, NULL);
  for (size_t i = 0; i < n; i++)
    if (clino__is_weight(layers[i].name)) layers[m++] = layers[i];
  for (size_t i = 1; i < m; i++)
    if (layers[i].late / layers[i].early > layers[top].late / layers[top].early) top = i;
  if (!whole && m && layers[top].n >= least) whole = layers[top].series;
  clino__pace p = clino__pace_of(c, "grad_norm");
  bool known = whole && clino_series_count(whole) >= least && p.early > 0;
  bool fired = !c->status && with_depth(c, layers, m);
  if (known && !c->status) fired = in_time(c, whole, &p) || in_bursts(c, whole, &p) || fired;
  if (!known && !fired && !c->status)
    clino__skip(c, "no grad_norm was logged often enough: log it, or grad_norm/NAME of each layer");
  else if (!fired && !c->status) passed(c, whole, &p);
  free(layers);
}

const clino__check clino__check_exploding_gradient = {
    {"exploding-gradient", "Gradient explodes", "grad_norm, or grad_norm/NAME; grad_cosine", params,
     sizeof params / sizeof params[0],
     "Looks for gradients that are far larger in the first layers than in the last, that grow to many times their "
     "start, "
     "or come in bursts. Growth in proportion to time along one direction is told as gradients that are not zeroed.",
     "A step along an exploded gradient throws the parameters away.",
     "Clip the norm of the gradient at a few times its usual value; lower the learning rate; in recurrent nets, "
     "initialize the recurrence orthogonally.",
     "Bengio, Simard and Frasconi, Learning Long-Term Dependencies with Gradient Descent is Difficult, 1994; Pascanu, "
     "Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, 2013"},
    run};
