/* clino/compare.h - several runs of one task side by side: what differs between them, which is best, by how much beyond
 * noise.
 *
 *   clino_comparison_new(&comparison, runs, names, n, NULL, &error);
 *   clino_comparison_ranked(comparison, 0)->name      the best
 *   clino_comparison_setting_at(comparison, 0)        "lr"
 *   clino_comparison_value(comparison, 0, 2)          "0.001", that of runs[2]
 *
 * Runs are ranked by one series that they share, val/loss where they have it, by the level on which it ends. What
 * learning rates alone do is told by clino_compare() (clino/check.h).
 */
#ifndef CLINO_COMPARE_H
#define CLINO_COMPARE_H

#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_comparison clino_comparison;

typedef struct clino_comparison_options {
  size_t struct_size;  /* set by clino_comparison_options_default */
  const char *series;  /* by which runs are ranked; default NULL: of those whose better direction their name tells the
                          one that most runs have, of these val/loss, val/accuracy, others of val/ and test/, then
                          train/loss, train/accuracy, the rest */
  int direction;       /* 1: lower is better; -1: higher is; default 0: as the name tells (loss, error, perplexity:
                          lower; accuracy, F1, AUC, reward: higher) */
} clino_comparison_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_comparison_options clino_comparison_options_default(void);

/* How a run stands to the best one. */
typedef enum clino_standing {
  CLINO_STANDING_UNKNOWN = 0, /* it has no point of the series */
  CLINO_STANDING_BEST = 1,
  CLINO_STANDING_AS_GOOD = 2, /* within 4 standard errors of the difference */
  CLINO_STANDING_UNSURE = 3,  /* behind, and the noise of either is not known: fewer than 8 points, or it overflows */
  CLINO_STANDING_WORSE = 4,   /* beyond noise */
  CLINO_STANDING_LOST = 5     /* its series ends in NaN or infinity */
} clino_standing;
#define CLINO_STANDING_COUNT 6

/* "unknown", "best", "as good", "unsure", "worse", "lost". Static storage; thread safe. */
CLINO_API const char *clino_standing_name(clino_standing standing);

/* What is known of one run. Numbers are NaN and steps CLINO_NO_STEP where they are not known. */
typedef struct clino_compared {
  const char *name;
  const clino_run *run;
  size_t index;             /* in runs */
  clino_standing standing;
  size_t points;            /* of the series */
  int64_t last_step;        /* of the series */
  double level, error;      /* where it ends: the median of the last quarter, and its standard error from the noise */
  double best, best_error;  /* the best level on the way, over a few neighbouring points, and its standard error */
  int64_t best_step;
  double behind;            /* how much worse its level is than that of the best, 0 or more */
  double deviations;        /* behind, in standard errors of the difference */
  double behind_at_step;    /* the same at equal steps, over the last quarter of those that both have; below 0: ahead */
  double deviations_at_step;
  int64_t since;            /* from which step on it stays worse than the best, where at equal steps it is */
} clino_compared;

/* Compares n runs in *comparison, which the caller frees with clino_comparison_free. The runs must outlive it.
 * runs: n >= 1, not NULL. names: n names, copied; NULL: "run 1", ... options: NULL for the defaults.
 * Where the runs have no series to be ranked by, all of them are unknown. With s the noise of a curve (robust, of its
 * at most 256 medians), the error of a level over k points is 1.2533 s / sqrt(k), that of a normal sample's median.
 * Errors: CLINO_ERR_RANGE (a NULL, n = 0, options out of range or not from clino_comparison_options_default),
 * CLINO_ERR_NOT_FOUND (no run has options.series, or its name does not tell which way is better: say direction),
 * CLINO_ERR_MEMORY. Cost: that of a check a run. Not safe for several threads on one run. Unreliable where seeds alone
 * move the end by more than the noise within a run shows, and where runs log other things under one name. */
CLINO_API clino_status clino_comparison_new(clino_comparison **comparison, const clino_run *const *runs,
                                            const char *const *names, size_t n,
                                            const clino_comparison_options *options, clino_error *error);

/* Frees it. NULL is allowed. */
CLINO_API void clino_comparison_free(clino_comparison *comparison);

/* The series that runs are ranked by, NULL where there is none, and whether lower is better. Thread safe, as is what
 * follows; pointers are valid until the comparison is freed. */
CLINO_API const char *clino_comparison_series(const clino_comparison *comparison);
CLINO_API bool clino_comparison_lower_is_better(const clino_comparison *comparison);

/* How many runs were compared; 0 for NULL. */
CLINO_API size_t clino_comparison_count(const clino_comparison *comparison);

/* The i-th run in the order in which they were given, or from the best to the worst; NULL past the end. */
CLINO_API const clino_compared *clino_comparison_at(const clino_comparison *comparison, size_t i);
CLINO_API const clino_compared *clino_comparison_ranked(const clino_comparison *comparison, size_t rank);

/* What differs between the runs: attributes, the largest learning rate, and what was logged as one number all along
 * (batch_size, momentum). How many there are, the name of the i-th in the order of names, and its value in the given
 * run as text; NULL past the end, and where that run does not tell. */
CLINO_API size_t clino_comparison_setting_count(const clino_comparison *comparison);
CLINO_API const char *clino_comparison_setting_at(const clino_comparison *comparison, size_t i);
CLINO_API const char *clino_comparison_value(const clino_comparison *comparison, size_t setting, size_t run);

/* Appends one finding with check "compare" about the i-th run: pass for the best and those as good, info for others,
 * skip for those without the series.
 * Errors: CLINO_ERR_RANGE (a NULL, no such run), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_comparison_judge(const clino_comparison *comparison, size_t i, clino_findings *findings,
                                              clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
