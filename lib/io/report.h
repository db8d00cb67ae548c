/* What a report format is made of. A new one is a file report_NAME.c, which defines clino__report_NAME, and a line in
 * report_list.h. */
#ifndef CLINO_IO_REPORT_H
#define CLINO_IO_REPORT_H

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

/* The name of a gravity: "error", or that of the level. */
const char *clino__report_verdict(int gravity);

/* What the item's error says, "file:line: what is wrong". */
#define CLINO__REPORT_ERROR_SIZE 1100
void clino__report_error_text(const clino_report_item *item, char out[CLINO__REPORT_ERROR_SIZE]);

/* Appends the words of body, wrapped at width: the line stands at column, the lines that follow start at indent. No
 * newline at the end. */
void clino__report_wrap(clino__text *text, const char *body, size_t column, size_t indent, size_t width);

/* Appends n blanks. */
void clino__report_blanks(clino__text *text, size_t n);

#endif
