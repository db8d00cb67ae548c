/* What a check is made of, and what it may use. Private to checks/.
 *
 * A check is one file, checks/NAME.c, which defines one constant clino__check_NAME (what its users see, and the
 * function that judges), and one line in list.h. It reads the run through series (points and summaries) or through a
 * curve, and adds at least one finding: skip where it cannot judge, pass with the numbers where nothing is wrong.
 */
#ifndef CLINO_CHECKS_CHECK_H
#define CLINO_CHECKS_CHECK_H

#include "base/error.h"
#include "base/robust.h"
#include "clino/check.h"

typedef struct clino__check clino__check;
typedef struct clino__shared clino__shared;

/* What a check sees of a diagnosis. */
typedef struct clino__context {
  const clino_run *run;
  const clino__check *check;
  const double *params; /* one a parameter, in their order */
  clino_findings *findings;
  clino_status status; /* the first error; once it is not CLINO_OK, adding does nothing */
  clino_error *error;
  clino__shared *shared; /* what several checks measure, once a diagnosis: descent.h */
} clino__context;

struct clino__check {
  clino_check info;
  void (*run)(clino__context *context);
};

/* The parameter of that name; NULL where the check has none. */
const clino_check_param *clino__find_param(const clino_check *check, const char *name);

/* The value of a parameter of the running check, which must exist. */
double clino__param(const clino__context *context, const char *name);

/* A finding of the running check at a level, about a series (NULL: none): steps from first to last point. */
clino_finding clino__finding(const clino__context *context, clino_finding_level level, const clino_series *series);

/* Gives a finding its cause and its alternatives (causes.h), which stay the caller's: a NULL-terminated array or NULL.
 */
void clino__finding_cause(clino_finding *finding, const char *cause, const char *const *alternatives);

/* Adds the finding with a message. why, fix and source are the check's own where the finding has none. format knows %s,
 * %zu, %d, PRId64, %% and %g, and writes doubles with 4 significant digits in C form, CLINO_NO_STEP in words. */
void clino__add(clino__context *context, const clino_finding *finding, const char *format, ...) CLINO__PRINTF(3, 4);

/* Adds a finding without evidence: "skip" because something was not logged, say. */
void clino__skip(clino__context *context, const char *format, ...) CLINO__PRINTF(2, 3);

/* The first series of that name that is scalar and has points; NULL where there is none. */
const clino_series *clino__series(const clino__context *context, const char *name);

/* The i-th series of the run if it is scalar, has points and a name that starts with prefix; NULL if not. *rest, where
 * not NULL, is the name after the prefix. */
const clino_series *clino__series_under(const clino__context *context, size_t i, const char *prefix, const char **rest);

/* The summary of a series; false (and the context's status set) where memory is out. A run of many long series would
 * hold a multiple of itself in summaries: the buckets are there until the 16th next call for another series. */
bool clino__summary(clino__context *context, const clino_series *series, clino_summary *summary);

/* The extent of a scalar series, in one pass over its values once a diagnosis, for which no summary is built. */
clino__extent clino__extent_in(clino__context *context, const clino_series *series);

/* The loss that chance gives, by the run's attributes: initial_loss where it is set; ln C for softmax, C - 1 for hinge,
 * ln 2 for logistic. NaN where they do not tell. *formula, where formula is not NULL, says in a few words which. */
double clino__chance_loss(const clino__context *context, const char **formula);

/* Does a word of a name begin with these lower-case letters? '_' stands for anything that separates words or nothing:
 * "d_loss" is in "D loss", not in "seed_loss". */
bool clino__mentions(const char *name, const char *word);

/* Does the run minimize something that need not fall: reinforcement or adversarial learning, by its attribute "task" or
 * by what it logs (rewards, a discriminator)? *why says by what, in a few words. */
bool clino__moving_objective(clino__context *context, const char **why);

#endif
