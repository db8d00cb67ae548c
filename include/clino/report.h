/* clino/report.h - findings as text for people and as JSON for machines (libclino-io).
 *
 * A report is written from runs and their findings alone. A report format is one file in lib/io/ and one line in its
 * list.
 */
#ifndef CLINO_REPORT_H
#define CLINO_REPORT_H

#include "clino/finding.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One run of a report: either findings (and the run they are about), or why it could not be read. */
typedef struct clino_report_item {
  const char *name;               /* path as the user gave it */
  const char *format;             /* "csv", ...; NULL where unknown */
  const clino_run *run;           /* NULL where it could not be read */
  const clino_findings *findings; /* NULL where it could not be read */
  const clino_error *error;       /* not NULL exactly where it could not be read */
} clino_report_item;

typedef struct clino_report_options {
  size_t struct_size;   /* set by clino_report_options_default */
  bool color;           /* ANSI colours, in formats for a terminal; default false */
  bool quiet;           /* only what is at or above warn; default false */
  bool verbose;         /* skipped and passed checks in full as well; default false */
  size_t width;         /* columns to wrap text at; default 80, 40 to 1000 */
} clino_report_options;

CLINO_API clino_report_options clino_report_options_default(void);

/* The report formats by name ("text", "json", ...): count, and name and description of the i-th (NULL past the end). */
CLINO_API size_t clino_report_format_count(void);
CLINO_API const char *clino_report_format_at(size_t i, const char **description);

/* Takes the next size bytes of a report; nonzero stops (CLINO_ERR_CALLBACK). */
typedef int (*clino_report_sink)(const char *text, size_t size, void *ctx);

/* Writes a report of n items through sink. options NULL: the defaults.
 * Errors: CLINO_ERR_NOT_FOUND (no such format), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY, CLINO_ERR_RANGE.
 * Thread safe for different items. */
CLINO_API clino_status clino_report_write(const char *format, const clino_report_item *items, size_t n,
                                          const clino_report_options *options, clino_report_sink sink, void *ctx,
                                          clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
