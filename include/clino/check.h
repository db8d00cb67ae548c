/* clino/check.h - rules that judge a run, and the call that applies them.
 *
 * A check is pure: it reads a run and its own parameters, adds findings, and prints nothing. Each is one file in
 * checks/, named in one list. clino_diagnose() applies them to any run in memory, read from a log or still growing.
 */
#ifndef CLINO_CHECK_H
#define CLINO_CHECK_H

#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A parameter of a check: a threshold, a window. Set with clino_check_setting or diagnose --set CHECK.PARAM=VALUE. */
typedef struct clino_check_param {
  const char *name;      /* "ratio_low" */
  double value;          /* the default */
  double min, max;       /* inclusive range */
  const char *unit;      /* "", "steps", "fraction", "standard deviations", ... */
  const char *meaning;   /* one sentence */
  const char *source;    /* where the default comes from */
} clino_check_param;

/* A check as its users see it. All static storage. */
typedef struct clino_check {
  const char *id;                  /* never reused */
  const char *title;               /* a few words */
  const char *needs;               /* series and attributes, for people: "train/loss; val/loss or test/loss" */
  const clino_check_param *params;
  size_t n_params;
  const char *what;                /* what it decides and how, a short paragraph */
  const char *why;                 /* why it matters */
  const char *fix;                 /* what to do first */
  const char *source;              /* author, year, place */
} clino_check;

/* How many checks there are. Thread safe. */
CLINO_API size_t clino_check_count(void);

/* The i-th check in the order in which they run, NULL past the end. Static storage; thread safe. */
CLINO_API const clino_check *clino_check_at(size_t i);

/* The check of an id, NULL where there is none and for NULL. Static storage; thread safe. */
CLINO_API const clino_check *clino_check_find(const char *id);

/* One parameter of one check set to a value. */
typedef struct clino_check_setting {
  const char *check, *param;
  double value;
} clino_check_setting;

typedef struct clino_diagnose_options {
  size_t struct_size;                     /* set by clino_diagnose_options_default */
  const char *const *only;                /* ids of the checks to run; NULL (default): all */
  size_t n_only;
  const char *const *skip;                /* ids not to run; NULL (default): none */
  size_t n_skip;
  const clino_check_setting *settings;    /* the last one for a parameter counts; NULL (default): none */
  size_t n_settings;
} clino_diagnose_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_diagnose_options clino_diagnose_options_default(void);

/* Runs the checks on a run and appends what they find, in their order, each check at least one finding.
 * run, findings: the caller's; options NULL: the defaults.
 * Errors: CLINO_ERR_RANGE (a NULL, options not from clino_diagnose_options_default, a value outside its parameter's
 * range: named), CLINO_ERR_NOT_FOUND (an unknown check or parameter: named, with the parameters that there are),
 * CLINO_ERR_MEMORY. After an error some findings may have been added.
 * Findings at warn or fail are related to each other: one that another explains takes over its cause, says so, and has
 * the lower confidence; what explains is as grave as what it explains. clino_findings_top() is the one to read first.
 * Cost: linear in the run's points on the first call, then in its buckets. Not safe for several threads on one run. */
CLINO_API clino_status clino_diagnose(const clino_run *run, const clino_diagnose_options *options,
                                      clino_findings *findings, clino_error *error);

/* Compares runs of one task that differ in their learning rate, and says of each whether its rate is too low, good,
 * high (it may fall fast, and then rests above what a lower rate reaches) or very high (no better than its start, or
 * NaN). Of one run alone the third cannot be told from a good one. The rate of a run is the largest value of its series
 * lr, or its attribute lr or learning_rate; the level that it reaches is the median of the last quarter of train/loss.
 * runs: n >= 1 runs, not NULL; names: n names for the messages, or NULL ("run 1", ...). findings: the caller's; one
 * finding a run is appended, in their order, with check "compare": skip where rates are not known, do not differ, or
 * losses are not of one scale; pass for good; info or warn for others.
 * Errors: CLINO_ERR_RANGE (a NULL, n = 0), CLINO_ERR_MEMORY; what was appended stays. Cost: as one check a run. Not
 * safe for several threads on one run. Unreliable where runs differ in more than the rate, or one was cut off early.
 * Source: Karpathy, CS231n: Neural Networks Part 3, loss function, 2015; Smith 2017. */
CLINO_API clino_status clino_compare(const clino_run *const *runs, const char *const *names, size_t n,
                                     clino_findings *findings, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
