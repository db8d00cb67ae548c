/* clino/report.h - findings as text and HTML for people, and as JSON, JUnit, TAP, GitHub annotations and SARIF for
 * machines (libclino-io).
 *
 * A report is written from runs and their findings alone. A report format is one file in lib/io/ and one line in its
 * list.
 */
#ifndef CLINO_REPORT_H
#define CLINO_REPORT_H

#include "clino/compare.h"
#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One run of a report: either findings (and the run they are about), or why it could not be read. Strings may hold any
 * bytes: what is no valid UTF-8, or would steer a terminal, is replaced on the way out. */
typedef struct clino_report_item {
  const char *name;               /* path as the user gave it; not NULL */
  const char *format;             /* "csv", ...; NULL where unknown */
  const clino_run *run;           /* NULL where it could not be read, or where the findings are about no run */
  const clino_findings *findings; /* NULL exactly where it could not be read */
  const clino_error *error;       /* not NULL exactly where it could not be read */
} clino_report_item;

typedef struct clino_report_options {
  size_t struct_size;   /* set by clino_report_options_default */
  bool color;           /* ANSI colours, in formats for a terminal; default false */
  bool quiet;           /* formats for people: only runs and findings at or above warn; default false */
  bool verbose;         /* text: skipped and passed checks, and why and source of what is at info,
                           as well; sarif: these checks as results; default false */
  bool plot;            /* text: a small plot, in Unicode, of the series of each finding at or above warn, with its
                           steps marked, and the curves of a comparison; default false */
  bool brief;           /* text: of each run its verdict, a plot of its loss where plot is set, and the messages of its
                           findings at or above warn: for a view that is drawn again and again; default false */
  size_t width;         /* columns to wrap text at; default 80, 40 to 1000. A longer word stands on its own line */
  int fail_on;          /* formats of test results (junit, tap): the lowest level that makes a test fail, above
                           CLINO_FINDING_SKIP; CLINO_FINDING_LEVEL_COUNT: none does; default CLINO_FINDING_FAIL */
  const clino_comparison *comparison; /* text, json, html: of the runs, side by side; default NULL: none */
} clino_report_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_report_options clino_report_options_default(void);

/* How many report formats there are. Thread safe. */
CLINO_API size_t clino_report_format_count(void);

/* The name of the i-th report format ("text", "json"), NULL past the end; *description, where description is not NULL,
 * is set to one line about it. Static storage; thread safe. */
CLINO_API const char *clino_report_format_at(size_t i, const char **description);

/* Takes the next size bytes of a report, which are not terminated; nonzero stops (CLINO_ERR_CALLBACK). It must return:
 * leaving by longjmp or a C++ exception is undefined. */
typedef int (*clino_report_sink)(const char *text, size_t size, void *ctx);

/* Writes a report of n items through sink, in the format of that name.
 *   text  for people: a table of the runs where there are several, then each run, worst first: its verdict, its
 *         findings by gravity with evidence, cause, why it matters and what to do; numbers to 4 significant digits
 *   json  for machines: one object, one finding a line, runs in the order of items; numbers read back to the same
 *         bits
 *   junit XML of test results: a suite a run, a case a check; what was skipped is a skipped test
 *   tap   the Test Anything Protocol, version 13: a test a check of a run
 *   github  workflow commands that make annotations, the worst first, at most 10 of a kind, the rest counted in the
 *         last; what passed or was skipped makes none
 *   sarif SARIF 2.1.0: a rule a check, a result a finding at or above info
 *   html  for people: one self-contained page with charts; of long series the extremes are kept (docs/html_report.md)
 * format: not NULL. items: n of them (NULL allowed for n = 0), not changed. options: NULL for the defaults. sink:
 * called with pieces of the report, ctx last.
 * Errors: CLINO_ERR_NOT_FOUND (no such format: named, with those that exist), CLINO_ERR_CALLBACK (sink returned
 * nonzero: kept in error), CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL; an item with neither findings nor error, or
 * both; options not from clino_report_options_default). After an error part of the report may have been handed over.
 * Cost: linear in the findings; memory of one run's part of the report. Independent of the locale. Thread safe for
 * different items. */
CLINO_API clino_status clino_report_write(const char *format, const clino_report_item *items, size_t n,
                                          const clino_report_options *options, clino_report_sink sink, void *ctx,
                                          clino_error *error);

/* Writes one paragraph for people through sink: head, blanks up to column indent, then body wrapped at width with every
 * line after the first indented; a newline at the end. Made safe for a terminal as in clino_report_printable, save that
 * newlines and tabs in body separate words. A head of indent columns or more is followed by one blank.
 * head, body: not NULL. indent: below width. width: 40 to 1000.
 * Errors: CLINO_ERR_RANGE, CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY. Thread safe. */
CLINO_API clino_status clino_report_paragraph(const char *head, const char *body, size_t indent, size_t width,
                                              clino_report_sink sink, void *ctx, clino_error *error);

/* Copies text so that a terminal shows it and does nothing else: controls become \x1b or \u202e, bytes that are no
 * valid UTF-8 \xff. Writes at most size - 1 bytes to out, terminated, never cutting a UTF-8 character; out may be NULL
 * for size 0. text: not NULL.
 * Returns the columns that what was written takes on a terminal. Where memory is out, out is "". Thread safe. */
CLINO_API size_t clino_report_printable(const char *text, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
