/* What a report format is made of. A new one is a file report_NAME.c, which defines clino__report_NAME, and a line in
 * report_list.h. */
#ifndef CLINO_IO_REPORT_H
#define CLINO_IO_REPORT_H

#include <math.h>

#include "base/text.h"
#include "clino/report.h"

/* A report that is being written. */
typedef struct clino__report {
  const clino_report_item *items;
  size_t n;
  const clino_report_options *options;
  clino__text text; /* written, and not yet handed over */
  clino_report_sink sink;
  void *ctx;
  int stopped;      /* what the sink returned when it stopped the report */
  size_t columns;   /* of a column of its table, kept by the format */
} clino__report;

typedef struct clino__report_format {
  const char *name, *description;
  void (*write)(clino__report *report); /* after a failed flush it returns at once */
} clino__report_format;

#define REPORT(name) extern const clino__report_format clino__report_##name;
#include "io/report_list.h"
#undef REPORT

/* Hands over what was written so far. False where the report must stop: memory is out, or the sink returned nonzero. */
bool clino__report_flush(clino__report *report);

/* The gravity of an item: CLINO__REPORT_ERROR, or the worst level of its findings. */
#define CLINO__REPORT_ERROR CLINO_FINDING_LEVEL_COUNT
int clino__report_gravity(const clino_report_item *item);

/* Calls add for every item at or above lowest, the worst first, in the given order where equal, numbered from 1 in that
 * order, and flushes after each. */
void clino__report_by_gravity(clino__report *report, int lowest,
                              void (*add)(clino__report *, const clino_report_item *, size_t number));

/* How many findings have each level. */
void clino__report_count_levels(const clino_findings *findings, size_t counts[CLINO_FINDING_LEVEL_COUNT]);

/* The name of a gravity: "error", or that of the level. */
const char *clino__report_verdict(int gravity);

/* What the item's error says, "file:line: what is wrong". */
#define CLINO__REPORT_ERROR_SIZE 1100
void clino__report_error_text(const clino_report_item *item, char out[CLINO__REPORT_ERROR_SIZE]);

/* The item's name, in words where it is standard input. */
const char *clino__report_shown_name(const clino_report_item *item);

/* ---- report_finding.c: what is said about a finding ---- */

/* Whether two strings that may be NULL say the same. */
bool clino__report_same(const char *a, const char *b);

/* Whether two findings of one check give the same advice: a check that fires on many layers gives it once. b: may be
 * NULL. */
bool clino__report_same_advice(const clino_finding *a, const clino_finding *b);

/* The findings at or above a level in the order in which people read them: the gravest first, of these
 * clino_findings_top() and the others of its check, then as they were added. An array of *n, freed by the caller; NULL
 * where memory is out. */
const clino_finding **clino__report_order(const clino_findings *findings, int lowest, size_t *n);

/* Appends before and the steps in words; nothing where neither is known. */
void clino__report_steps(clino__text *text, const char *before, int64_t first, int64_t last);

/* Append on one line what a finding rests on, and its cause with the alternatives; nothing where there is none. */
void clino__report_evidence(clino__text *text, const clino_finding *finding);
void clino__report_cause(clino__text *text, const clino_finding *finding);

/* Appends all of a finding, a field a line. */
void clino__report_detail(clino__text *text, const clino_finding *finding);

/* The findings of one check of a run, which formats of test results report as one test. */
typedef struct clino__report_case {
  const clino_finding *worst; /* the first of the gravest */
  size_t first, n;            /* index of the first finding; how many there are in all */
} clino__report_case;

/* The next case from index *i on, which moves on; false where there is none. */
bool clino__report_next_case(const clino_findings *findings, size_t *i, clino__report_case *next);

/* Appends the details of the findings of a case at or above a level. */
void clino__report_case_detail(clino__text *text, const clino_findings *findings, const clino__report_case *one,
                               clino_finding_level lowest);

/* How many cases all items have; of each item that could not be read, one. */
size_t clino__report_count_cases(const clino__report *report);

/* ---- report_plot.c ---- */

/* Appends a plot of the series that a finding is about, with its steps marked, in lines that start at column indent and
 * end by width; nothing where the run has no such series, it has too few points or is constant, or there is no room. */
void clino__report_plot(clino__text *text, const clino_run *run, const clino_finding *finding, size_t indent,
                        size_t width);

/* ---- report_spark.c ---- */

#define CLINO__SPARK_CELLS 16

/* The scale that several small curves share; starts as CLINO__SPARK_EMPTY. */
typedef struct clino__spark {
  double first, last, low, high; /* of steps and of values */
  bool failed;                   /* memory was out */
} clino__spark;
#define CLINO__SPARK_EMPTY {INFINITY, -INFINITY, INFINITY, -INFINITY, false}

/* Widens the scale for a series; nothing where it is NULL or holds no numbers. */
void clino__spark_include(clino__spark *spark, const clino_series *series);

/* Appends the curve of a series, at most CLINO__SPARK_CELLS characters. */
void clino__spark_add(clino__text *text, const clino__spark *spark, const clino_series *series);

/* ---- report_compare.c ---- */

/* Appends a comparison as text for people. */
void clino__report_compare(clino__text *text, const clino_comparison *comparison, const clino_report_options *options);

/* Appends what is said of the best, in a sentence. */
void clino__report_best(clino__text *text, const clino_comparison *comparison);

/* ---- report.c: text for a terminal ---- */

/* Appends the words of body, wrapped at width: the line stands at column, the lines that follow start at indent. No
 * newline at the end. */
void clino__report_wrap(clino__text *text, const char *body, size_t column, size_t indent, size_t width);

/* Appends n blanks. */
void clino__report_blanks(clino__text *text, size_t n);

#endif
