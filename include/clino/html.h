/* clino/html.h - a gradient check as a page to open in a browser (libclino-io).
 *
 * Training runs are written by clino_report_write() with the format "html" (clino/report.h). This is the page of one
 * gradient check: its verdict, the worst entries, what the bug looks like, every tensor, and plots of the step sweep.
 *
 *   clino_gradcheck_record_new(&record, &error);
 *   o.record = record;
 *   status = gradcheck_layer(&layer, &o, &result, &error);
 *   clino_html_gradcheck page = {.name = "conv2d", .result = &result, .record = record};
 *   clino_gradcheck_write_html(&page, to_file, file, &error);
 */
#ifndef CLINO_HTML_H
#define CLINO_HTML_H

#include "clino/record.h"
#include "clino/report.h"
#include "clino/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the page is written from; all of it is only read. */
typedef struct clino_html_gradcheck {
  const char *name;                       /* of what was checked, any bytes; NULL: "gradient check" */
  const clino_gradcheck_result *result;   /* not NULL, of a check that came to a verdict */
  const clino_gradcheck_record *record;   /* of the same check; NULL: no table of tensors, no plot of its entries */
  const clino_sweep *sweep;               /* of entries of the same gradient; NULL: no plots of them */
} clino_html_gradcheck;

/* Writes the page through sink: one self-contained file, light and dark, printable, without any script.
 *   page  not NULL;  sink  not NULL, called once with the whole page, or not at all;  ctx  handed through
 * All text is escaped: names may hold any bytes. Of the record at most 4,000 entries are drawn, those that were not
 * accepted first, and at most 1,000 tensors listed; of the sweep at most 64 curves. What is left out is counted.
 * Errors: CLINO_ERR_RANGE (a NULL; a result whose verdict is NONE), CLINO_ERR_CALLBACK (sink returned nonzero: kept in
 * error), CLINO_ERR_MEMORY. Cost: linear in the record; memory of the page: some 10 KB, and 40 KB a curve. Independent
 * of the locale. Thread safe for different pages. */
CLINO_API clino_status clino_gradcheck_write_html(const clino_html_gradcheck *page, clino_report_sink sink, void *ctx,
                                                  clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
