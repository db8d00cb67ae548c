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
  double last_exit;               /* of clino_watch_step; NaN before the first */
  clino_watch_cost cost;
  clino_findings *findings;
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
  if (status) return status;
  clino_watch *made = calloc(1, sizeof *made);
  if (!made) return clino__fail_memory(error, "a watch");
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
    clino_status status = f->level >= w->options.level ? is_new(w, f, &new_one, error) : CLINO_OK;
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
  w->since_check = 0;
  if (status) {
    clino_findings_free(found);
    return status;
  }
  clino_findings_free(w->findings);
  w->findings = found;
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

static clino_status look(clino_watch *w, int64_t step, clino_error *error) {
  const double start = now(w);
  const bool histograms = w->options.histograms && w->since_histogram >= w->options.histogram_every;
  if (histograms) w->since_histogram = 0;
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < w->n_layers; i++)
    status = clino__watched_layer_look(&w->layers[i], w->run, step, w->copied, histograms, error);
  w->cost.looks++;
  w->look_seconds = now(w) - start;
  return status;
}

/* Whether the next step is looked at; if so, its parameters are copied. */
static void prepare(clino_watch *w) {
  const bool due = w->cost.steps % w->options.every == 0;
  const bool fresh = w->look_next && w->copied; /* the look that was just made has copied */
  w->look_next = due && affords(w, w->look_seconds);
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

static clino_status all_of_a_step(clino_watch *w, int64_t step, double loss, clino_error *error) {
  w->since_histogram++;
  w->since_check++;
  clino_status status = record_scalars(w, step, loss, error);
  if (!status && w->look_next) status = look(w, step, error);
  clino_status appended = CLINO_OK;
  if (!status && w->options.sink) appended = clino_run_append_row(w->run, w->options.sink, error);
  if (status) w->copied = false; /* a look that was cut short has not copied all */
  prepare(w);
  const bool check = w->options.on_finding && w->since_check >= w->options.check_every;
  if (!status && !appended && check && affords(w, w->check_seconds)) status = run_checks(w, error);
  return status ? status : appended;
}

clino_status clino_watch_step(clino_watch *watch, int64_t step, double loss, clino_error *error) {
  if (!watch) return clino__fail(error, CLINO_ERR_RANGE, "clino_watch_step: watch is NULL");
  const double entry = now(watch);
  if (!isnan(watch->last_exit)) earn(watch, entry - watch->last_exit);
  watch->cost.steps++;
  clino_status status = all_of_a_step(watch, step, loss, error);
  watch->last_exit = now(watch);
  const double took = watch->last_exit - entry;
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
