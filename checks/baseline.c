/* A run held against a baseline: curves at equal steps, findings, and speed. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/robust.h"
#include "base/text.h"
#include "clino/baseline.h"
#include "checks/difference.h"

enum { SPEED_POINTS = 8, SPEED_MAX = 4096 };

static const clino__check baseline_check = {
    {"baseline", "Compared with a baseline", "series that both runs have", NULL, 0, "",
     "What was as good before and is not now was broken in between.",
     "Look at what changed between the two runs; where a layer changed, check its gradient.", ""},
    NULL};

typedef struct comparison {
  clino__context *context; /* of the run */
  const clino_run *baseline;
  clino_baseline_options options;
  size_t compared;
} comparison;

clino_baseline_options clino_baseline_options_default(void) {
  clino_baseline_options o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.tolerance = 0.05;
  o.slowdown = 0.1;
  return o;
}

static clino_status check_options(const clino_baseline_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_baseline_options", error);
  if (!status && !(o->tolerance >= 0 && o->tolerance <= 1))
    status = clino__fail_field(error, "clino_baseline_options", "tolerance", o->tolerance, "0 to 1");
  if (!status && !(o->slowdown >= 0 && o->slowdown <= 1))
    status = clino__fail_field(error, "clino_baseline_options", "slowdown", o->slowdown, "0 to 1");
  return status;
}

/* ---- curves at equal steps ---- */

/* What the baseline gained from its start to its end; where that is nothing, how large it is. */
static double gain_of(const clino__curve *v) {
  double least = INFINITY, most = -INFINITY;
  for (size_t i = 0; i < v->n; i++) least = fmin(least, v->y[i]), most = fmax(most, v->y[i]);
  return most > least ? most - least : fabs(most);
}

static void judge_difference(comparison *c, const clino_series *series, const clino__difference *d, double gain,
                             bool few) {
  bool noise = d->level > CLINO__SURE * d->error, worse = noise && d->level > c->options.tolerance * gain;
  if (few) worse = d->level > c->options.tolerance * gain;
  clino_finding_level level = few ? CLINO_FINDING_WARN : CLINO_FINDING_FAIL;
  if (!worse) level = noise && !few ? CLINO_FINDING_INFO : CLINO_FINDING_PASS;
  clino_finding f = clino__finding(c->context, level, series);
  f.observed = d->ours;
  f.threshold = d->theirs;
  f.last_step = d->last;
  f.first_step = level > CLINO_FINDING_PASS ? d->since : d->step[0];
  f.confidence = few ? 0.6 : 0.95;
  const char *name = clino_series_name(series);
  if (few && worse)
    clino__add(c->context, &f, "%s ends at %g, the baseline at %g at the same steps; its %zu points are too few to "
               "know its noise", name, d->ours, d->theirs, d->n);
  else if (level > CLINO_FINDING_PASS)
    clino__add(c->context, &f, "%s is worse than the baseline since step %" PRId64 ": %g at the end, there %g, which "
               "is %g%% of what the baseline gained, with a standard error of %g", name, f.first_step, d->ours,
               d->theirs, 100 * d->level / gain, d->error);
  else
    clino__add(c->context, &f, "%s is not worse than the baseline: %g at the end, there %g", name, d->ours, d->theirs);
}

static void compare_series(comparison *c, const clino_series *ours, const clino_series *theirs, int direction) {
  clino__curve mine, other;
  clino__difference d;
  if (!clino__ends_finite(ours) && clino__ends_finite(theirs)) {
    clino_finding f = clino__finding(c->context, CLINO_FINDING_FAIL, ours);
    f.cause = "overflow";
    c->compared++;
    clino__add(c->context, &f, "%s ends in NaN or infinity, that of the baseline does not", clino_series_name(ours));
    return;
  }
  if (!clino__curve_of(c->context, ours, 4, &mine) || !clino__curve_of(c->context, theirs, 4, &other)) return;
  if (!clino__differ_by_step(&mine, &other)) return;
  clino__difference_of(&mine, &other, direction, &d);
  double gain = gain_of(&other);
  if (!d.n || !(gain >= 0)) return;
  c->compared++;
  judge_difference(c, ours, &d, gain, d.n < CLINO__FEW_POINTS || other.n < CLINO__FEW_POINTS);
}

static void compare_all_series(comparison *c) {
  const clino_run *run = c->context->run;
  for (size_t i = 0; i < clino_run_series_count(run) && !c->context->status; i++) {
    const char *name = clino_series_name(clino_run_series_at(run, i));
    const clino_series *ours = clino__scalar(run, name), *theirs = clino__scalar(c->baseline, name);
    int direction = clino__direction_of(name);
    if (direction && ours == clino_run_series_at(run, i) && theirs) compare_series(c, ours, theirs, direction);
  }
}

/* ---- findings ---- */

/* The gravest finding of a check; SKIP where there is none. */
static clino_finding_level worst_of(const clino_findings *list, const char *check) {
  clino_finding_level worst = CLINO_FINDING_SKIP;
  const clino_finding *f;
  for (size_t i = 0; (f = clino_findings_at(list, i)); i++)
    if (strcmp(f->check, check) == 0 && f->level > worst) worst = f->level;
  return worst;
}

static void compare_findings(comparison *c, const clino_findings *found, const clino_findings *theirs) {
  size_t n = clino_findings_count(found), fresh = 0; /* what is appended meanwhile may go to the same list */
  for (size_t i = 0; i < n; i++) {
    const clino_finding *f = clino_findings_at(found, i);
    clino_finding_level before = worst_of(theirs, f->check);
    bool first = f->level == worst_of(found, f->check);
    for (size_t k = 0; first && k < i; k++) {
      const clino_finding *earlier = clino_findings_at(found, k);
      first = strcmp(earlier->check, f->check) != 0 || earlier->level != f->level;
    }
    if (f->level < CLINO_FINDING_WARN || before >= f->level || !first || !clino_check_find(f->check)) continue;
    clino_finding g = clino__finding(c->context, f->level, NULL);
    g.series = f->series;
    g.first_step = f->first_step;
    g.last_step = f->last_step;
    g.cause = f->cause;
    g.confidence = f->confidence;
    fresh++;
    clino__add(c->context, &g, "%s is %s here and %s in the baseline: %s", f->check, clino_finding_level_name(f->level),
               clino_finding_level_name(before), f->message);
  }
  if (fresh) return;
  clino_finding g = clino__finding(c->context, CLINO_FINDING_PASS, NULL);
  clino__add(c->context, &g, "no check is graver than in the baseline");
}

/* ---- speed ---- */

/* Speeds of a run, at most SPEED_MAX: its throughput, or else steps a second between rows that have a time. */
static size_t speeds_of(const clino_run *run, bool throughput, double *speeds) {
  size_t n = 0;
  const clino_series *s = clino__scalar(run, throughput ? "throughput" : "train/loss");
  const clino_axis *axis = s ? clino_series_axis(s) : NULL;
  const double *times = axis ? clino_axis_times(axis) : NULL;
  const int64_t *steps = axis ? clino_axis_steps(axis) : NULL;
  size_t count = throughput ? clino_series_count(s) : times ? clino_axis_rows(axis) : 0;
  size_t stride = count / SPEED_MAX + 1;
  for (size_t i = throughput ? 0 : stride; i < count; i += stride) {
    double speed = throughput ? clino_series_values(s)[i]
                              : ((double)steps[i] - (double)steps[i - stride]) / (times[i] - times[i - stride]);
    if (isfinite(speed) && speed > 0) speeds[n++] = speed;
  }
  return n;
}

static void compare_speed(comparison *c) {
  const clino_run *run = c->context->run;
  bool throughput = clino__scalar(run, "throughput") && clino__scalar(c->baseline, "throughput");
  double *ours = malloc(2 * SPEED_MAX * sizeof *ours), *theirs = ours + SPEED_MAX;
  if (!ours) {
    c->context->status = clino__fail_memory(c->context->error, "the speeds of two runs");
    return;
  }
  size_t n = speeds_of(run, throughput, ours), m = speeds_of(c->baseline, throughput, theirs);
  if (n >= SPEED_POINTS && m >= SPEED_POINTS) {
    double mine = clino__median(ours, n), other = clino__median(theirs, m);
    double error = hypot(clino__median_error(clino__mad(ours, n, mine), n),
                         clino__median_error(clino__mad(theirs, m, other), m));
    bool slower = other - mine > c->options.slowdown * other && other - mine > CLINO__SURE * error;
    clino_finding f = clino__finding(c->context, slower ? CLINO_FINDING_WARN : CLINO_FINDING_PASS, NULL);
    f.series = throughput ? "throughput" : NULL;
    f.observed = mine;
    f.threshold = other;
    f.confidence = 0.8;
    const char *what = throughput ? "a throughput" : "steps a second";
    if (slower) clino__add(c->context, &f, "slower than the baseline: %s of %g, there %g", what, mine, other);
    else clino__add(c->context, &f, "not slower than the baseline: %s of %g, there %g", what, mine, other);
  }
  free(ours);
}

clino_status clino_baseline_judge(const clino_run *run, const clino_findings *found, const clino_run *baseline,
                                  const clino_findings *baseline_found, const clino_baseline_options *options,
                                  clino_findings *findings, clino_error *error) {
  clino_baseline_options o = options ? *options : clino_baseline_options_default();
  if (!run || !baseline || !findings || !found != !baseline_found)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_baseline_judge: %s is NULL",
                       !run ? "run" : !baseline ? "baseline" : !findings ? "findings" : "found or baseline_found");
  clino_status status = check_options(&o, error);
  if (status) return status;
  clino__context context = {run, &baseline_check, NULL, findings, CLINO_OK, error, NULL};
  comparison c = {&context, baseline, o, 0};
  compare_all_series(&c);
  if (!c.compared) clino__skip(&context, "the two runs have no loss and no metric in common, at equal steps");
  if (found) compare_findings(&c, found, baseline_found);
  if (!context.status) compare_speed(&c);
  return context.status;
}
