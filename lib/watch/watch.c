/* When to look, what it costs, and when to run the checks.
 *
 * The budget is a credit in seconds: the loop's own time earns budget_fraction of itself, what the watch takes is paid
 * from it, and a look or a run of the checks that is due happens only where the credit covers what the last one cost.
 * Whether the next step is looked at is settled one call before, since the parameters have to be copied then. */
#include "clino/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "watch/together.h"
#include "watch/watched.h"

typedef struct scalar {
  char *series;
  double value;
  bool told; /* of the step to come */
} scalar;

struct clino_watch {
  clino_watch_options options;
  clino_run *run;
  clino__watched_layer *layers;
  size_t n_layers;
  scalar *scalars;
  size_t n_scalars;
  bool look_next, copied;         /* layers are looked at in the next step; their parameters before it are there */
  uint64_t since_histogram, since_check;
  double credit, look_seconds, check_seconds; /* what there is to spend; what the last ones cost */
  double waited;                  /* in this step, for other ranks */
  double last_exit;               /* of clino_watch_step; NaN before the first */
  clino_watch_cost cost;
  clino_findings *findings;
  size_t n_judged;                /* of the findings: those of the checks */
  clino_findings *mismatches;     /* of ranks, so far; NULL without ranks */
  char **reported;                /* what was called back, as text */
  size_t n_reported;
};

static double system_clock(void *ctx) {
  (void)ctx;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(const clino_watch *w) { return w->options.clock(w->options.clock_ctx); }

clino_watch_options clino_watch_options_default(void) {
  clino_watch_options o;
  memset(&o, 0, sizeof o);
  o.struct_size = sizeof o;
  o.every = 16;
  o.histogram_every = 100;
  o.histograms = true;
  o.histogram_share = 4;
  o.budget_fraction = 0.01;
  o.check_every = 1000;
  o.level = CLINO_FINDING_WARN;
  return o;
}

/* ---- making and freeing ---- */

static clino_status check_options(const clino_watch_options *o, clino_error *error) {
  static const char type[] = "clino_watch_options";
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, type, error);
  if (status) return status;
  if (!o->every) return clino__fail(error, CLINO_ERR_RANGE, "%s.every is 0, not at least 1", type);
  if (!o->histogram_every) return clino__fail(error, CLINO_ERR_RANGE, "%s.histogram_every is 0, not at least 1", type);
  if (!o->histogram_share) return clino__fail(error, CLINO_ERR_RANGE, "%s.histogram_share is 0, not at least 1", type);
  if (!o->check_every) return clino__fail(error, CLINO_ERR_RANGE, "%s.check_every is 0, not at least 1", type);
  bool none = o->budget_fraction <= CLINO_AUTO && o->budget_fraction >= CLINO_AUTO;
  if (!none && !(o->budget_fraction > 0 && o->budget_fraction <= 1))
    return clino__fail(error, CLINO_ERR_RANGE, "%s.budget_fraction is not above 0, at most 1, or CLINO_AUTO", type);
  if (o->level < CLINO_FINDING_SKIP || o->level > CLINO_FINDING_FAIL)
    return clino__fail(error, CLINO_ERR_RANGE, "%s.level is %d, not a clino_finding_level", type, (int)o->level);
  return CLINO_OK;
}

clino_status clino_watch_new(clino_watch **watch, clino_run *run, const clino_watch_options *options,
                             clino_error *error) {
  if (!watch) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_new: watch is NULL");
  *watch = NULL;
  if (!run) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_new: run is NULL");
  clino_watch_options o = options ? *options : clino_watch_options_default();
  clino_status status = check_options(&o, error);
  if (!status) status = clino__ranks_check(o.ranks, error);
  if (status) return status;
  clino_watch *made = calloc(1, sizeof *made);
  if (!made) return clino__fail_memory(error, "a watch");
  status = o.ranks ? clino_findings_new(&made->mismatches, error) : CLINO_OK;
  if (status) {
    free(made);
    return status;
  }
  if (!o.clock) o.clock = system_clock;
  made->options = o;
  made->run = run;
  made->look_next = true;
  made->last_exit = NAN;
  *watch = made;
  return CLINO_OK;
}

void clino_watch_free(clino_watch *watch) {
  if (!watch) return;
  for (size_t i = 0; i < watch->n_layers; i++) clino__watched_layer_free(&watch->layers[i]);
  for (size_t i = 0; i < watch->n_scalars; i++) free(watch->scalars[i].series);
  for (size_t i = 0; i < watch->n_reported; i++) free(watch->reported[i]);
  free(watch->layers);
  free(watch->scalars);
  free((void *)watch->reported);
  clino_findings_free(watch->findings);
  clino_findings_free(watch->mismatches);
  free(watch);
}

clino_status clino_watch_layer(clino_watch *watch, const char *name, const clino_watch_layer_spec *spec,
                               clino_error *error) {
  if (!watch || !spec) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_layer: an argument is NULL");
  if (!name || !*name) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_layer: the layer needs a name");
  clino_status status = clino__check_struct(spec->struct_size, sizeof *spec, "clino_watch_layer_spec", error);
  if (status) return status;
  if (spec->n_params && !spec->params)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_layer_spec.params is NULL");
  const size_t share = watch->options.histograms ? watch->options.histogram_share : 0;
  clino__watched_layer *more = realloc(watch->layers, (watch->n_layers + 1) * sizeof *more);
  if (!more) return clino__fail_memory(error, "a layer");
  watch->layers = more;
  status = clino__watched_layer_make(&more[watch->n_layers], name, spec, share, error);
  if (!status && watch->options.ranks) {
    status = clino__watched_layer_join(&more[watch->n_layers], name, spec, error);
    if (status) clino__watched_layer_free(&more[watch->n_layers]);
  }
  if (status) return status;
  clino__watched_layer_copy(&more[watch->n_layers]);
  watch->copied = watch->n_layers ? watch->copied : true; /* before the first step all are as they will be copied */
  watch->n_layers++;
  return CLINO_OK;
}

/* ---- scalars ---- */

static scalar *find_scalar(clino_watch *w, const char *series) {
  for (size_t i = 0; i < w->n_scalars; i++)
    if (strcmp(w->scalars[i].series, series) == 0) return &w->scalars[i];
  return NULL;
}

clino_status clino_watch_scalar(clino_watch *watch, const char *series, double value, clino_error *error) {
  if (!watch) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_scalar: watch is NULL");
  if (!series || !*series) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_scalar: the series needs a name");
  scalar *s = find_scalar(watch, series);
  if (!s) {
    scalar *more = realloc(watch->scalars, (watch->n_scalars + 1) * sizeof *more);
    if (!more) return clino__fail_memory(error, "a scalar");
    watch->scalars = more;
    s = &more[watch->n_scalars];
    s->series = clino__strdup(series);
    if (!s->series) return clino__fail_memory(error, "a scalar");
    watch->n_scalars++;
  }
  s->value = value;
  s->told = true;
  return CLINO_OK;
}

static void forget_scalars(clino_watch *w) {
  for (size_t i = 0; i < w->n_scalars; i++) w->scalars[i].told = false;
}

/* The loss and what was told become the means over the ranks. */
static clino_status mean_scalars(clino_watch *w, int64_t step, double *loss, clino_error *error) {
  const clino_ranks *ranks = w->options.ranks;
  const char **names = calloc(w->n_scalars + 1, sizeof *names);
  double *values = calloc(w->n_scalars + 1, sizeof *values);
  size_t n = 0, at = 0;
  clino_status status = names && values ? CLINO_OK : clino__fail_memory(error, "scalars of all ranks");
  if (!status) {
    names[n] = "train/loss", values[n++] = *loss;
    for (size_t i = 0; i < w->n_scalars; i++)
      if (w->scalars[i].told) names[n] = w->scalars[i].series, values[n++] = w->scalars[i].value;
    status = ranks->mean(step, n, names, values, ranks->ctx, error);
  }
  if (!status) *loss = values[at++];
  for (size_t i = 0; i < w->n_scalars && !status; i++)
    if (w->scalars[i].told) w->scalars[i].value = values[at++];
  if (status) forget_scalars(w);
  free((void *)names);
  free(values);
  return status;
}

static clino_status record_scalars(clino_watch *w, int64_t step, double loss, clino_error *error) {
  clino_status status = clino_run_add(w->run, "train/loss", step, loss, error);
  for (size_t i = 0; !status && i < w->n_scalars; i++) {
    if (!w->scalars[i].told) continue;
    w->scalars[i].told = false;
    status = clino_run_add(w->run, w->scalars[i].series, step, w->scalars[i].value, error);
  }
  return status;
}

/* ---- the checks ---- */

/* Whether a finding was called back before; if not, it is noted that it was. */
static clino_status is_new(clino_watch *w, const clino_finding *f, bool *new_one, clino_error *error) {
  clino__text key = CLINO__TEXT_EMPTY;
  clino__text_addf(&key, "%s %s %s", f->check, clino_finding_level_name(f->level), f->series ? f->series : "");
  *new_one = true;
  for (size_t i = 0; !key.failed && i < w->n_reported; i++)
    if (strcmp(w->reported[i], clino__text_string(&key)) == 0) *new_one = false;
  char **more = key.failed ? NULL : realloc((void *)w->reported, (w->n_reported + 1) * sizeof *more);
  if (more) w->reported = more;
  char *copy = more && *new_one ? clino__strdup(clino__text_string(&key)) : NULL;
  if (copy) w->reported[w->n_reported++] = copy;
  bool failed = !more || (*new_one && !copy);
  clino__text_free(&key);
  return failed ? clino__fail_memory(error, "a finding") : CLINO_OK;
}

static clino_status call_back(clino_watch *w, clino_error *error) {
  if (!w->options.on_finding) return CLINO_OK;
  for (size_t i = 0; i < clino_findings_count(w->findings); i++) {
    const clino_finding *f = clino_findings_at(w->findings, i);
    bool new_one = false;
    const bool told = i >= w->n_judged; /* of ranks: when it was found */
    clino_status status = !told && f->level >= w->options.level ? is_new(w, f, &new_one, error) : CLINO_OK;
    if (status) return status;
    int value = new_one ? w->options.on_finding(f, w->options.ctx) : 0;
    if (value) return clino__fail_callback(error, "on_finding", value);
  }
  return CLINO_OK;
}

static clino_status run_checks(clino_watch *w, clino_error *error) {
  const double start = now(w);
  clino_findings *found;
  clino_status status = clino_findings_new(&found, error);
  if (status) return status;
  status = clino_diagnose(w->run, w->options.checks, found, error);
  w->n_judged = clino_findings_count(found);
  w->since_check = 0;
  if (status) {
    clino_findings_free(found);
    return status;
  }
  clino_findings_free(w->findings);
  w->findings = found;
  for (size_t i = 0; i < clino_findings_count(w->mismatches) && !status; i++)
    status = clino_findings_add(found, clino_findings_at(w->mismatches, i), error);
  if (status) return status;
  w->cost.checks++;
  w->check_seconds = now(w) - start;
  return call_back(w, error);
}

clino_status clino_watch_check(clino_watch *watch, clino_error *error) {
  if (!watch) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_check: watch is NULL");
  return run_checks(watch, error);
}

/* ---- a step ---- */

static bool affords(const clino_watch *w, double seconds) {
  return !(w->options.budget_fraction > 0) || w->credit >= seconds;
}

/* What ranks do not hold alike is noted, and called back once. */
static clino_status compare(clino_watch *w, clino_error *error) {
  clino_findings *fresh;
  clino_status status = clino_findings_new(&fresh, error);
  if (status) return status;
  status = clino__ranks_compare(w->options.ranks, w->layers, w->n_layers, fresh, error);
  const size_t before = clino_findings_count(w->mismatches);
  if (!status) status = clino__findings_note(w->mismatches, fresh, w->options.on_finding, w->options.ctx, error);
  clino_findings_free(fresh);
  clino_status kept = CLINO_OK;
  if (clino_findings_count(w->mismatches) > before && !w->findings) kept = clino_findings_new(&w->findings, error);
  for (size_t i = before; i < clino_findings_count(w->mismatches) && !kept; i++)
    kept = clino_findings_add(w->findings, clino_findings_at(w->mismatches, i), error);
  return status ? status : kept;
}

static clino_status look(clino_watch *w, int64_t step, clino_error *error) {
  const double start = now(w);
  const clino__look how = {.run = w->run,
                           .step = step,
                           .with_update = w->copied,
                           .histograms = w->options.histograms && w->since_histogram >= w->options.histogram_every,
                           .ranks = w->options.ranks};
  if (how.histograms) w->since_histogram = 0;
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < w->n_layers; i++) status = clino__watched_layer_look(&w->layers[i], &how, error);
  w->cost.looks++;
  w->look_seconds = now(w) - start;
  return status;
}

/* What is due and can be paid for, as the first rank has it. */
enum { LOOK = 1, CHECK = 2 };

static clino_status decide(const clino_watch *w, uint64_t *what, clino_error *error) {
  const clino_ranks *ranks = w->options.ranks;
  const bool look_due = w->cost.steps % w->options.every == 0;
  const bool check_due = (w->options.on_finding || ranks) && w->since_check >= w->options.check_every;
  *what = look_due && affords(w, w->look_seconds) ? LOOK : 0;
  *what |= check_due && affords(w, w->check_seconds) ? CHECK : 0;
  if (!ranks || !(look_due || check_due)) return CLINO_OK;
  clino_status status = ranks->decide(what, ranks->ctx, error);
  if (status) *what = 0;
  return status;
}

/* Whether the next step is looked at; if so, its parameters are copied. */
static void prepare(clino_watch *w, bool affordable) {
  const bool due = w->cost.steps % w->options.every == 0;
  const bool fresh = w->look_next && w->copied; /* the look that was just made has copied */
  w->look_next = due && affordable;
  w->copied = w->look_next;
  if (due && !w->look_next) w->cost.left_out++;
  if (!w->look_next || fresh) return;
  const double start = now(w);
  for (size_t i = 0; i < w->n_layers; i++) clino__watched_layer_copy(&w->layers[i]);
  w->look_seconds += now(w) - start;
}

/* Time beyond what the dearest thing costs is not saved up: a pause must not be followed by a burst. */
static void earn(clino_watch *w, double seconds) {
  const double most = 2 * fmax(w->look_seconds, w->check_seconds);
  w->cost.loop_seconds += seconds;
  w->credit = fmin(w->credit + w->options.budget_fraction * seconds, fmax(most, w->credit));
}

/* Ranks go the same way through this: where one fails by itself, it still comes to what is common. */
static clino_status all_of_a_step(clino_watch *w, int64_t step, double loss, clino_error *error) {
  const clino_ranks *ranks = w->options.ranks;
  uint64_t what = 0;
  w->since_histogram++;
  w->since_check++;
  w->waited = 0;
  if (ranks) {
    const double start = now(w);
    clino_status lost = mean_scalars(w, step, &loss, error);
    w->waited = now(w) - start;
    if (lost) return lost;
  }
  clino_status status = record_scalars(w, step, loss, error), other = CLINO_OK;
  const bool looked = (!status || ranks) && w->look_next;
  if (looked) other = look(w, step, status ? NULL : error);
  if (!status) status = other;
  if (status) w->copied = false; /* a look that was cut short has not copied all */
  if (!status && w->options.sink) other = clino_run_append_row(w->run, w->options.sink, error);
  if (!status) status = other;
  other = looked && ranks ? compare(w, status ? NULL : error) : CLINO_OK;
  if (!status) status = other;
  other = decide(w, &what, status ? NULL : error);
  if (!status) status = other;
  prepare(w, what & LOOK);
  if (!(what & CHECK) || (status && !ranks)) return status;
  w->since_check = 0;
  other = w->options.on_finding ? run_checks(w, status ? NULL : error) : CLINO_OK;
  return status ? status : other;
}

clino_status clino_watch_step(clino_watch *watch, int64_t step, double loss, clino_error *error) {
  if (!watch) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_step: watch is NULL");
  const double entry = now(watch);
  if (!isnan(watch->last_exit)) earn(watch, entry - watch->last_exit);
  watch->cost.steps++;
  clino_status status = all_of_a_step(watch, step, loss, error);
  watch->last_exit = now(watch);
  const double took = watch->last_exit - entry - watch->waited;
  if (watch->options.ranks) earn(watch, watch->waited); /* that one rank is slower is the loop's own affair */
  watch->cost.watch_seconds += took;
  if (watch->cost.looks > 1 || !watch->cost.looks) watch->credit -= took; /* the first look is not paid for */
  return status;
}

const clino_findings *clino_watch_findings(const clino_watch *watch) { return watch ? watch->findings : NULL; }

clino_status clino_watch_get_cost(const clino_watch *watch, clino_watch_cost *cost, clino_error *error) {
  if (!watch || !cost) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_get_cost: an argument is NULL");
  *cost = watch->cost;
  return CLINO_OK;
}
