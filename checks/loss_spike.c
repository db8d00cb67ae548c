/* loss-spike: leaps of the training loss that come back.
 *
 * A point that leaps above the level before it and is back at once was one bad batch. One that takes a stretch of the
 * run to come back has thrown the parameters off: that time is lost, and the next leap may not recover. A leap that has
 * not come back by the end is a divergence, and that check's to judge.
 */
#include <inttypes.h>
#include <math.h>

#include "checks/causes.h"
#include "checks/descent.h"

static const clino_check_param params[] = {
    {"min_points", 20, 10, 1e6, "points", "with fewer points nothing is said", "a level before, a leap, a level after"},
    {"height", 10, 2, 1000, "standard deviations", "a leap above the level before it by more is a spike",
     "beyond what the heavy tails of batch losses reach"},
    {"share", 0.5, 0.01, 100, "fraction of what was gained", "and it takes back so much of what the run gained at best",
     "half of the descent: humps of a quarter are seen in the warm-up of healthy runs"},
    {"width", 0.02, 0.001, 0.5, "fraction of the run", "a spike that takes longer to come back is a warning",
     "a fiftieth of the budget, and three points at least"},
};

typedef struct leaps {
  size_t short_ones, long_ones, open;
  size_t at, back;     /* of the longest that came back */
  double before, peak; /* of that */
  double highest;      /* of all that came back */
} leaps;

/* Where the leap at i is over: the first point at the level before or near it; n where there is none. */
static size_t recovered(const clino__curve *v, size_t i, double level) {
  while (i < v->n && v->y[i] > level) i++;
  return i;
}

static leaps look(const clino__context *c, const clino__descent *d) {
  const clino__curve *v = &d->curve;
  leaps l = {0, 0, 0, 0, 0, NAN, NAN, -INFINITY};
  double noise = v->noise, least = fmax(3, clino__param(c, "width") * (double)v->n);
  for (size_t i = 5; i < v->n; i++) {
    double before = clino__curve_level(v, i - 5, i), up = v->y[i] - before;
    double gained = d->top - fmin(before, d->low),
           needed = fmax(clino__param(c, "height") * noise, clino__param(c, "share") * gained);
    if (!(up > needed) || !(up > 0.1 * fabs(before))) continue;
    size_t back = recovered(v, i, before + fmax(2 * noise, 0.1 * up));
    if (back == v->n) {
      l.open++;
      break;
    }
    double peak = v->y[i];
    for (size_t k = i; k < back; k++) peak = fmax(peak, v->y[k]);
    bool wide = (double)(back - i) >= least;
    l.short_ones += !wide;
    l.long_ones += wide;
    l.highest = fmax(l.highest, peak);
    if (wide && back - i > l.back - l.at) l.at = i, l.back = back, l.before = before, l.peak = peak;
    i = back + 4;
  }
  return l;
}

static void decide(clino__context *c, const clino__descent *d) {
  static const char *const other[] = {CLINO__CAUSE_BAD_DATA, CLINO__CAUSE_NO_WARM_UP, CLINO__CAUSE_SECOND_MOMENT, NULL};
  leaps l = look(c, d);
  const clino__curve *v = &d->curve;
  if (l.long_ones) {
    clino_finding f = clino__descent_finding(c, d, CLINO_FINDING_WARN);
    f.first_step = v->first_step[l.at];
    f.last_step = v->last_step[l.back];
    f.observed = l.peak;
    f.threshold = l.before + clino__param(c, "height") * v->noise;
    f.confidence = 0.7;
    clino__finding_cause(&f, CLINO__CAUSE_LEARNING_RATE_HIGH, other);
    clino__add(c, &f,
               "train/loss leaps from %g to %g and takes from step %" PRId64 " to %" PRId64
               " to come back (%zu such leaps, %zu that came back at once)",
               l.before, l.peak, f.first_step, f.last_step, l.long_ones, l.short_ones);
    return;
  }
  clino_finding f = clino__descent_finding(c, d, l.short_ones || l.open ? CLINO_FINDING_INFO : CLINO_FINDING_PASS);
  f.observed = (double)l.short_ones;
  f.threshold = 0;
  if (l.open)
    clino__add(c, &f, "train/loss leaps up and has not come back yet: %zu leaps that did, noise %g", l.short_ones,
               v->noise);
  else if (l.short_ones)
    clino__add(c, &f, "train/loss leaps up %zu times, as high as %g, and comes back at once: bad batches", l.short_ones,
               l.highest);
  else clino__add(c, &f, "train/loss has no leap that takes back much of what was gained; noise %g", v->noise);
}

static void run(clino__context *c) {
  const clino__descent *d = clino__descent_needed(c, (size_t)clino__param(c, "min_points"), "a leap of the loss");
  if (d) decide(c, d);
}

const clino__check clino__check_loss_spike = {
    {"loss-spike", "Leaps of the training loss", "train/loss", params, sizeof params / sizeof params[0],
     "Looks for points of train/loss that leap above the level of the five before them, by the noise of the curve and "
     "by what the run gained, and for how long they take to come back. Leaps that come back at once are told, those "
     "that take more than a fiftieth of the run are a warning; one that does not come back is left to loss-divergence.",
     "A leap that takes time to heal means that the parameters were thrown off: the next one may not heal.",
     "Lower the learning rate or warm it up longer, clip the gradient at a few times its usual norm, and look at the "
     "batch of the leap.",
     "Chowdhery et al., PaLM, 2022, section 5.1; Godbole et al., Deep Learning Tuning Playbook, 2023, training "
     "instability"},
    run};
