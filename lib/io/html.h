/* The HTML report in parts: what its files share. A page is one self-contained file: style, script and data are in it,
 * it asks for nothing from outside, and all that it says can be read without its script. No text of a log gets into it
 * but through clino__html_text, clino__html_json, or lib/plot. */
#ifndef CLINO_IO_HTML_H
#define CLINO_IO_HTML_H

#include "clino/plot.h"
#include "io/report.h"

/* ---- html_text.c: text that came from anywhere ---- */

/* Appends a string as the content of an element or of an attribute in double quotes. Controls, also those that reorder
 * text, become visible as \x1b or \u202e, what is no UTF-8 as \xff. NULL: nothing. */
void clino__html_text(clino__text *text, const char *string);

/* The same, with newlines and tabs left as they are. */
void clino__html_lines(clino__text *text, const char *string);

/* Appends a string as JSON inside a script element: nothing in it can end the element or start a comment.
 * Controls are made visible as above. */
void clino__html_json(clino__text *text, const char *string);

/* Appends a number for people, to 4 significant digits, and one for the script ("null" unless finite). */
void clino__html_number(clino__text *text, double value);
void clino__html_json_number(clino__text *text, double value);

/* A clino_text_sink that appends to the clino__text in ctx. */
int clino__html_sink(const char *text, size_t size, void *ctx);

/* ---- html_page.c: what stands around ---- */

/* The head up to the start of <main>. scripted: with the script for charts, where the build had dygraphs. */
void clino__html_open(clino__text *text, const char *title, bool scripted);
void clino__html_close(clino__text *text, bool scripted);

/* '<span class="badge fail">fail</span>' */
void clino__html_badge(clino__text *text, const char *level, const char *word);

/* One row of a definition list: '<div><dt>name</dt><dd>', closed by clino__html_field_end. */
void clino__html_field(clino__text *text, const char *name);
void clino__html_field_end(clino__text *text);

/* ---- html_thin.c: fewer points, the extremes kept ---- */

/* Room that clino__html_thin needs for that many groups. */
#define CLINO__HTML_THIN_SIZE(groups) (3 * (groups) + 2)

/* Chooses which of n values to draw: of each of groups runs of neighbours the lowest, the highest, and the first that
 * is not finite, and the first and last value of all; all of them where n <= 3 groups. keep: room for
 * CLINO__HTML_THIN_SIZE(groups) indices, written in ascending order. groups: 1 or more. Returns how many. */
size_t clino__html_thin(const double *values, size_t n, size_t groups, size_t *keep);

/* ---- html_run.c: a run, and what of its findings is shown where ---- */

#define CLINO__HTML_CHART_SERIES 6

/* Series that are drawn together. */
typedef struct clino__html_chart {
  const char *title;       /* part of a series' name */
  size_t title_size;
  const clino_series *series[CLINO__HTML_CHART_SERIES];
  const char *names[CLINO__HTML_CHART_SERIES]; /* NULL: the series' own */
  size_t n;
  size_t part;             /* of several charts with this title: 1, 2, ...; 0: it is the only one */
  int weight;              /* the largest come first */
} clino__html_chart;

typedef struct clino__html_run {
  const clino_report_item *item;
  const clino_report_options *options;
  size_t number;                /* 1, 2, ... in the page */
  const clino_finding **pins;   /* above pass (quiet: above info), gravest first; numbered from 1 */
  size_t n_pins;
  clino__html_chart *charts;    /* the first n_charts are drawn */
  size_t n_charts, left_out;
  size_t groups;                /* for clino__html_thin */
  size_t bytes, image_bytes;    /* what it may take of the page; of that its images, as files */
} clino__html_run;

/* Sorts out a run of a page of so many runs; false where memory is out. Freed by clino__html_run_free in any case. */
bool clino__html_run_new(clino__html_run *run, const clino_report_item *item, const clino_report_options *options,
                         size_t number, size_t runs);
void clino__html_run_free(clino__html_run *run);

/* Whether a pin speaks of a series of the chart; one without a series belongs to the first chart. */
bool clino__html_pinned(const clino__html_run *run, const clino__html_chart *chart, const clino_finding *pin);

/* The name of an element: "run2", "run2-finding3", "run2-chart1" (numbers from 1). */
void clino__html_id(clino__text *text, const clino__html_run *run, const char *kind, size_t number);

/* The runs of a comparison, with a chart of their curves. */
void clino__html_compare(clino__text *text, const clino_comparison *comparison, const clino_report_options *options);

/* One chart. */
void clino__html_figure(clino__text *text, const clino__html_run *run, const clino__html_chart *chart);

/* ---- the parts of a run's section; each appends to text ---- */

void clino__html_findings(clino__text *text, const clino__html_run *run);   /* html_findings.c */
void clino__html_charts(clino__text *text, const clino__html_run *run);     /* html_charts.c */
void clino__html_histograms(clino__text *text, const clino__html_run *run); /* html_heat.c */
void clino__html_images(clino__text *text, const clino__html_run *run);     /* html_images.c */
void clino__html_series(clino__text *text, const clino__html_run *run);     /* html_series.c */

#endif
