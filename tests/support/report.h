/* Reports for tests: written into memory, from findings made by hand, and JSON read back. */
#ifndef TESTS_SUPPORT_REPORT_H
#define TESTS_SUPPORT_REPORT_H

#include <json-c/json.h>

#include "clino/report.h"

typedef struct report_text {
  char data[65536];
  size_t length, calls, stop_at; /* stop_at: the call that returns nonzero, 0 for none */
} report_text;

/* What report_write wrote last. */
extern report_text report_out;

/* A clino_report_sink into a report_text. */
int report_collect(const char *text, size_t size, void *ctx);

/* Writes into report_out; its text. */
const char *report_write(const char *format, const clino_report_item *items, size_t n,
                         const clino_report_options *options);

/* Findings: an empty list; a plain one; one with every field. */
clino_findings *report_findings(void);
void report_add(clino_findings *list, const char *check, clino_finding_level level, const char *message);
void report_add_overfitting(clino_findings *list);

/* Two series, three points. */
clino_run *report_run(void);

/* JSON, by the letter; a member, which must be there. */
struct json_object *json_parse(const char *text);
struct json_object *json_get(struct json_object *object, const char *key);
const char *json_string_at(struct json_object *object, const char *key);

#endif
