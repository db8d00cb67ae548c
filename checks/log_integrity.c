/* log-integrity: can the log be trusted?
 *
 * Looks at the order of steps (repeats, steps back, runs appended to one another, gaps), at values that never change,
 * and at cells that are missing without a rhythm. Each series is judged by the rows in which it has points, since a
 * wide table interleaves rows of training and validation; what holds for several series of an axis is reported once.
 *
 * Clino's own logs mark the first row of a process that went on with one (series "resume"). A step back there is what a
 * resume from a checkpoint looks like, and nothing to report; one to the start or before it is another run all the
 * same.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/robust.h"
#include "base/text.h"
#include "checks/causes.h"
#include "checks/curve.h"
#include "checks/writers.h"

static const clino_check_param params[] = {
    {"jumbled", 0.1, 0.001, 1, "fraction of the points", "more small steps back and the order cannot be trusted",
     "a resume steps back once; one point in ten is no resume"},
    {"repeated", 0.3, 0.001, 1, "fraction of the points", "more repeated steps with repeated values are a warning",
     "two writers repeat every step: half of the points"},
    {"gap", 10, 2, 1e9, "times the usual spacing", "a longer step forward is a gap",
     "logs thin out by up to ten when set so"},
    {"constant", 10, 2, 1e9, "points", "how many equal values make a series constant", "rounding repeats a few values"},
};

#define SAMPLE 512

static const char mark_name[] = "resume";

/* The steps of one series, in log order. */
typedef struct order {
  const clino_series *series;
  size_t points, unknown, repeats, copies, back, restarts, gaps, holes; /* unknown: points without a step */
  size_t resumes;     /* steps back at a mark */
  int64_t first_back, back_to, first_restart, first_repeat, first_gap, first_hole;
  double spacing;     /* usual difference of steps */
  double rows;        /* usual difference of rows */
  size_t lost_rows;   /* missing cells within holes */
  size_t first_fault; /* index of the first point that goes back or repeats */
} order;

/* The usual increment: the median of evenly spread ones, so that no more than a sample is sorted. */
static double usual(const clino_series *s, size_t n, bool of_rows) {
  double sample[SAMPLE];
  size_t m = 0, stride = n / SAMPLE + 1;
  for (size_t i = 1; i < n && m < SAMPLE; i += stride) {
    double d = of_rows ? (double)(clino_series_row(s, i) - clino_series_row(s, i - 1))
                       : (double)clino_series_step(s, i) - (double)clino_series_step(s, i - 1);
    bool known = of_rows || clino_series_step(s, i - 1) != CLINO_NO_STEP;
    if (known && d > 0) sample[m++] = d;
  }
  return clino__median(sample, m);
}

static void note(size_t *count, int64_t *first, int64_t step) {
  if (!(*count)++) *first = step;
}

/* Whether the i-th point is the first one of its series since a mark. On the marks' axis rows tell; on another one
 * (late series of a CSV stand beside it) the mark's step, which the point follows as closely as it usually does. */
static bool is_marked(const order *o, const clino_series *marks, size_t i, size_t last) {
  const clino_series *s = o->series;
  const bool rows = marks && clino_series_axis(marks) == clino_series_axis(s);
  for (size_t k = clino_series_count(marks); k-- > 0;) {
    const size_t row = clino_series_row(marks, k);
    if (rows && row <= clino_series_row(s, last)) return false;
    const double since = (double)clino_series_step(s, i) - (double)clino_series_step(marks, k);
    if (rows ? row <= clino_series_row(s, i) : since >= 0 && since <= 2 * o->spacing) return true;
  }
  return false;
}

/* The i-th point by its step; last is the point with a known step before it. */
static inline void look_at_step(order *o, const double *values, size_t i, int64_t step, size_t last, int64_t before,
                                clino__reach *reach, double gap, const clino_series *marks) {
  if (step <= before && step > reach->first && is_marked(o, marks, i, last)) {
    o->resumes++;
    return;
  }
  if (step <= before && !(o->repeats + o->back)) o->first_fault = i;
  if (step == before) note(&o->repeats, &o->first_repeat, step);
  if (step == before && values && values[i] == values[last]) o->copies++;
  bool again = clino__starts_again(reach, step);
  if (again) note(&o->restarts, &o->first_restart, before);
  if (step < before && !o->back) o->back_to = step;
  if (step < before) note(&o->back, &o->first_back, before);
  if ((double)step - (double)before > gap * o->spacing && i > 1) note(&o->gaps, &o->first_gap, before);
}

static order look(const clino__context *c, const clino_series *s) {
  order o = {.series = s, .points = clino_series_count(s)};
  double gap = clino__param(c, "gap");
  if (o.points < 2) return o;
  o.spacing = usual(s, o.points, false);
  o.rows = usual(s, o.points, true);
  clino__reach reach = CLINO__REACH_NONE;
  const double *values = clino_series_values(s);
  const int64_t *steps = clino_axis_steps(clino_series_axis(s));
  const clino_series *marks = clino_run_series(c->run, mark_name);
  int64_t before = CLINO_NO_STEP;
  for (size_t i = 0, last = SIZE_MAX, row_before = 0; i < o.points; i++) {
    size_t row = clino_series_row(s, i), rows = i ? row - row_before : 0;
    int64_t step = steps[row];
    row_before = row;
    if (step == CLINO_NO_STEP) {
      o.unknown++;
    } else {
      if (last != SIZE_MAX) look_at_step(&o, values, i, step, last, before, &reach, gap, marks);
      else clino__starts_again(&reach, step);
      last = i;
      before = step;
    }
    if ((double)rows > gap * o.rows && i > 1) {
      note(&o.holes, &o.first_hole, clino_series_step(s, i - 1));
      o.lost_rows += rows - 1;
    }
  }
  return o;
}

static clino_finding about(const clino__context *c, clino_finding_level level, const order *o, int64_t step,
                           size_t observed) {
  clino_finding f = clino__finding(c, level, o->series);
  f.first_step = step;
  f.observed = (double)observed;
  return f;
}

/* Columns in which a log names the process that wrote a row. */
static const clino_series *writer_column(const clino__context *c, const clino_axis *axis) {
  static const char *const names[] = {"rank", "local_rank", "global_rank", "process_index", "worker"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const clino_series *s = clino_run_series(c->run, names[i]);
    if (s && clino_series_axis(s) == axis && clino_series_count(s) > 1) return s;
  }
  return NULL;
}

static const char *const restart[] = {CLINO__CAUSE_RESTART, NULL};

static size_t report_unknown(clino__context *c, const order *o) {
  if (!o->unknown) return 0;
  clino_finding f = about(c, CLINO_FINDING_INFO, o, CLINO_NO_STEP, o->unknown);
  f.last_step = CLINO_NO_STEP;
  clino__finding_cause(&f, CLINO__CAUSE_LOST_ROWS, NULL);
  clino__add(c, &f, "%zu of %zu points of %s have no step: where in the run they belong is not known", o->unknown,
             o->points, clino_series_name(o->series));
  return 1;
}

/* Ranks that log the same steps in turn: each is a training curve of its own, and all are read as one. */
static size_t report_ranks(clino__context *c, const order *o, const clino__writers *w) {
  const clino_series *column = writer_column(c, clino_series_axis(o->series));
  clino_finding f = about(c, CLINO_FINDING_INFO, o, clino_series_step(o->series, o->first_fault), w->n);
  f.confidence = column ? 0.95 : 0.7;
  clino__finding_cause(&f, CLINO__CAUSE_SEVERAL_WRITERS, NULL);
  clino__add(c, &f, "%s stands %zu times at each step with other values: %zu processes wrote this log in turn%s%s",
             clino_series_name(o->series), w->n, w->n,
             column ? ", as it says in its column " : ", or rows of one step (accumulated gradients, say)",
             column ? clino_series_name(column) : "");
  return 1;
}

static size_t report_back(clino__context *c, const order *o, const clino__writers *w) {
  const char *name = clino_series_name(o->series);
  size_t small = o->back - o->restarts;
  if (w->n) {
    clino_finding f = about(c, CLINO_FINDING_FAIL, o, o->first_back, o->back);
    f.threshold = clino__param(c, "jumbled") * (double)o->points;
    clino__finding_cause(&f, CLINO__CAUSE_SEVERAL_WRITERS, restart);
    clino__add(c, &f,
               "the steps of %s go back %zu times in %zu points: %zu runs were merged in one log, one at steps "
               "%" PRId64 " to %" PRId64 ", one at %" PRId64 " to %" PRId64,
               name, o->back, o->points, w->n, w->first[0], w->last[0], w->first[1], w->last[1]);
    return 1;
  }
  if (small) {
    bool jumbled = (double)small > clino__param(c, "jumbled") * (double)o->points && small >= 3;
    clino_finding f = about(c, jumbled ? CLINO_FINDING_FAIL : CLINO_FINDING_INFO, o, o->first_back, small);
    f.threshold = clino__param(c, "jumbled") * (double)o->points;
    clino__finding_cause(&f, jumbled ? CLINO__CAUSE_SEVERAL_WRITERS : CLINO__CAUSE_RESTART, jumbled ? restart : NULL);
    clino__add(c, &f, "the steps of %s go back %zu times in %zu points, first from step %" PRId64 " to %" PRId64 "%s",
               name, small, o->points, o->first_back, o->back_to,
               jumbled ? ": their order cannot be trusted" : ", as after a resume");
  }
  if (o->restarts) {
    clino_finding f = about(c, CLINO_FINDING_INFO, o, o->first_restart, o->restarts);
    clino__finding_cause(&f, CLINO__CAUSE_RESTART, NULL);
    clino__add(c, &f,
               "the log of %s starts again %zu times, first after step %" PRId64
               ": several runs in one log, of which "
               "the last long one is judged, or rows that count differently",
               name, o->restarts, o->first_restart);
  }
  return (size_t)(small > 0) + (o->restarts > 0);
}

static size_t report_repeats(clino__context *c, const order *o) {
  if (!o->repeats) return 0;
  /* Steps may repeat because they count epochs; with the same value too, the row was written twice. */
  double n = (double)o->points;
  bool many = (double)o->copies > clino__param(c, "repeated") * n && o->points >= 4 && o->copies + 2 < o->points;
  clino_finding f = about(c, many ? CLINO_FINDING_WARN : CLINO_FINDING_INFO, o, o->first_repeat, o->repeats);
  f.threshold = clino__param(c, "repeated") * n;
  f.confidence = 0.7;
  clino__finding_cause(&f, CLINO__CAUSE_SEVERAL_WRITERS, restart);
  clino__add(c, &f, "%zu of %zu points of %s repeat the step before them (%zu its value too), first step %" PRId64,
             o->repeats, o->points, clino_series_name(o->series), o->copies, o->first_repeat);
  return 1;
}

/* Steps that count epochs repeat within each of them. */
static bool counts_epochs(const clino_axis *axis) {
  const double *epochs = clino_axis_epochs(axis);
  const int64_t *steps = clino_axis_steps(axis);
  for (size_t i = 0; epochs && i < clino_axis_rows(axis); i++)
    if (!isnan(epochs[i]) && epochs[i] != (double)steps[i]) return false;
  return epochs != NULL;
}

static size_t report_order(clino__context *c, const order *o) {
  clino__writers w = {.n = 0};
  size_t bad = o->repeats + o->back;
  bool often = bad > 3 && (double)bad > clino__param(c, "jumbled") * (double)o->points;
  if (often) w = clino__writers_of(o->series, o->first_fault ? o->first_fault - 1 : 0);
  size_t said = report_unknown(c, o);
  bool named = writer_column(c, clino_series_axis(o->series)) != NULL;
  bool ranks = w.same_steps && o->copies * 2 <= o->repeats;
  if (ranks && (named || !counts_epochs(clino_series_axis(o->series)))) return said + report_ranks(c, o, &w);
  if (w.same_steps) w.n = 0;
  said += report_back(c, o, &w);
  return said + report_repeats(c, o);
}

static size_t report_gaps(clino__context *c, const order *o) {
  const char *name = clino_series_name(o->series);
  size_t said = 0;
  /* A log that thins out has one long spacing after another; a gap is an exception. */
  if (o->gaps && o->gaps * 20 <= o->points) {
    clino_finding f = about(c, CLINO_FINDING_INFO, o, o->first_gap, o->gaps);
    f.threshold = clino__param(c, "gap") * o->spacing;
    clino__finding_cause(&f, CLINO__CAUSE_LOST_ROWS, NULL);
    clino__add(c, &f, "%zu gaps in %s, first after step %" PRId64 ", where %g steps between points are usual", o->gaps,
               name, o->first_gap, o->spacing);
    said++;
  }
  if (o->holes && o->holes * 20 <= o->points) {
    clino_finding f = about(c, CLINO_FINDING_INFO, o, o->first_hole, o->lost_rows);
    clino__finding_cause(&f, CLINO__CAUSE_LOST_ROWS, NULL);
    clino__add(c, &f,
               "%s has no value in %zu rows on end, first after step %" PRId64 ", where one every %g rows is usual",
               name, o->lost_rows, o->first_hole, o->rows);
    said++;
  }
  return said;
}

/* Of two that are equally bad, people know the training loss best. */
static bool is_worse(const order *a, size_t faults_a, const order *b, size_t faults_b) {
  if (!b->series || faults_a != faults_b) return !b->series || faults_a > faults_b;
  return strcmp(clino_series_name(a->series), "train/loss") == 0;
}

static size_t faults(const order *o) { return o->back + o->repeats + o->unknown; }

/* Of the series of an axis, the one with the most of what is being looked for. */
static size_t judge_axis(clino__context *c, const clino_axis *axis, size_t *points, size_t *resumes) {
  size_t n = clino_run_series_count(c->run), any = 0;
  order worst = {0}, sparse = {0};
  for (size_t i = 0; i < n; i++) {
    const clino_series *s = clino_run_series_at(c->run, i);
    if (clino_series_axis(s) != axis || clino_series_count(s) < 2) continue;
    if (strcmp(clino_series_name(s), mark_name) == 0 || clino_series_get_kind(s) == CLINO_SERIES_IMAGE) continue;
    order o = look(c, s);
    *points += o.points;
    if (o.resumes > *resumes) *resumes = o.resumes;
    any++;
    if (is_worse(&o, faults(&o), &worst, faults(&worst))) worst = o;
    if (is_worse(&o, o.gaps + o.holes, &sparse, sparse.gaps + sparse.holes)) sparse = o;
  }
  return any ? report_order(c, &worst) + report_gaps(c, &sparse) : 0;
}

/* Settings, and counters that are often 0 throughout, may be constant. */
static bool may_be_constant(const char *name) {
  static const char *const prefixes[] = {
      "lr",      "learning_rate",      "momentum",     "batch_size",          "epoch",  "step", "time", "act_",
      "update_", "grad_clip_fraction", "weight_decay", "loss/regularization", "config", "args", mark_name};
  if (strstr(name, "lr/") || strstr(name, "learning_rate") || strstr(name, "memory")) return true;
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
    if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) return true;
  return false;
}

static size_t report_constant(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_NO_UPDATE, NULL};
  size_t n = clino_run_series_count(c->run), found = 0;
  clino__text names = CLINO__TEXT_EMPTY;
  clino_finding f = clino__finding(c, CLINO_FINDING_INFO, NULL);
  for (size_t i = 0; i < n && !c->status; i++) {
    const clino_series *s = clino__series_under(c, i, "", NULL);
    clino_summary summary;
    if (!s || (double)clino_series_count(s) < clino__param(c, "constant") || may_be_constant(clino_series_name(s)))
      continue;
    if (!clino__summary(c, s, &summary) || summary.nonfinite || summary.min != summary.max) continue;
    bool loss = strcmp(clino_series_name(s), "train/loss") == 0;
    if (!found || loss)
      f = clino__finding(c, loss || f.level == CLINO_FINDING_WARN ? CLINO_FINDING_WARN : CLINO_FINDING_INFO, s);
    if (found < 4) clino__text_addf(&names, "%s%s", found ? ", " : "", clino_series_name(s));
    found++;
  }
  if (found) {
    f.observed = (double)found;
    clino__finding_cause(&f, CLINO__CAUSE_METRIC_BROKEN, other);
    if (names.failed) c->status = clino__fail_memory(c->error, "a finding's message");
    clino__add(c, &f, "%zu series never change: %s%s", found, clino__text_string(&names), found > 4 ? ", ..." : "");
  }
  clino__text_free(&names);
  return found;
}

/* How many values at the end are the same, where those before them scattered: by more than 1% of a value in the median
 * of 20, so that neither convergence nor a print of few digits can have stopped them. 0 where there are none. */
static size_t frozen_tail(const clino_series *s) {
  size_t n = clino_series_count(s), tail = 1, m = 0;
  const double *y = clino_series_values(s);
  double moves[20];
  if (n < 2 || !isfinite(y[n - 1]) || y[n - 1] == 0) return 0;
  while (tail < n && y[n - 1 - tail] == y[n - 1]) tail++;
  for (size_t i = n - tail; i > 0 && m < 20; i--) moves[m++] = fabs(y[i] - y[i - 1]);
  return m == 20 && clino__median(moves, m) > 0.01 * fabs(y[n - 1]) ? tail : 0;
}

/* A loss that scatters and then repeats one value for good: a filter between loss and log that holds the last good
 * value when a NaN comes, or a loop that no longer runs. */
static size_t report_frozen(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_METRIC_BROKEN, CLINO__CAUSE_NO_UPDATE, NULL};
  const clino_series *s = clino__series(c, "train/loss");
  size_t tail = s ? frozen_tail(s) : 0;
  if (!tail || (double)tail < clino__param(c, "constant")) return 0;
  clino_finding f = clino__finding(c, CLINO_FINDING_WARN, s);
  f.first_step = clino_series_step(s, clino_series_count(s) - tail);
  f.observed = (double)tail;
  f.threshold = clino__param(c, "constant");
  f.confidence = 0.8;
  clino__finding_cause(&f, CLINO__CAUSE_NAN_FILTER, other);
  f.fix = "Log the loss itself, not a running mean or the last finite value of it, and look for NaN in it.";
  clino__add(c, &f, "%s scattered and has been exactly %g in its last %zu points: a filter may hide NaN",
             clino_series_name(s), clino_series_values(s)[clino_series_count(s) - 1], tail);
  return 1;
}

/* What the reader left out or mended. */
static size_t report_notes(clino__context *c) {
  const char *notes = clino_run_attribute(c->run, "notes");
  if (!notes) return 0;
  clino_finding f = clino__finding(c, CLINO_FINDING_INFO, NULL);
  clino__finding_cause(&f, CLINO__CAUSE_LOST_ROWS, NULL);
  clino__add(c, &f, "%s", notes);
  return 1;
}

static void run(clino__context *c) {
  size_t axes = clino_run_axis_count(c->run), said = 0, points = 0, resumes = 0;
  for (size_t i = 0; i < axes && !c->status; i++)
    said += judge_axis(c, clino_run_axis_at(c->run, i), &points, &resumes);
  said += report_constant(c) + report_frozen(c) + report_notes(c);
  if (said) return;
  if (!points) {
    clino__skip(c, "no series has two points: nothing to judge the order of steps by");
    return;
  }
  clino_finding f = clino__finding(c, CLINO_FINDING_PASS, NULL);
  f.observed = 0;
  if (resumes)
    clino__add(c, &f, "steps advance through all %zu points, without gaps, but for %zu marked as a resume", points,
               resumes);
  else clino__add(c, &f, "steps advance through all %zu points, without gaps", points);
}

const clino__check clino__check_log_integrity = {
    {"log-integrity", "Order and completeness of the log", "any series", params, sizeof params / sizeof params[0],
     "Looks for steps that repeat, go back or start again, tells rows written twice, a resume, runs one after another, "
     "runs merged row by row and ranks that log the same steps in turn from each other; for gaps and lost rows against "
     "the usual spacing; for metrics that never change, and a loss that scattered and then repeats one value; and "
     "passes on what the reader left out. A step back at a mark of Clino's own logs (resume) is no finding. "
     "Fails only where the order of points cannot be trusted.",
     "Every other verdict stands on the log: two runs in one file, or two processes writing it, look like a sick run.",
     "Give each run its own file, let one process write it, and see that each metric is computed anew.",
     "Breck et al., The ML Test Score, 2017 (monitoring); restarts and repeats as found in public logs"},
    run};
