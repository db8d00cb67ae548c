/* Reports: the list of formats, and what all of them share. */
#include "io/report.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

enum { MIN_WIDTH = 40, MAX_WIDTH = 1000 };

static const clino__report_format *const formats[] = {
#define REPORT(name) &clino__report_##name,
#include "io/report_list.h"
#undef REPORT
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

clino_report_options clino_report_options_default(void) {
  clino_report_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.width = 80;
  options.fail_on = CLINO_FINDING_FAIL;
  return options;
}

size_t clino_report_format_count(void) { return FORMATS; }

const char *clino_report_format_at(size_t i, const char **description) {
  if (i >= FORMATS) return NULL;
  if (description) *description = formats[i]->description;
  return formats[i]->name;
}

static clino_status check_width(size_t width, clino_error *error) {
  if (width >= MIN_WIDTH && width <= MAX_WIDTH) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "report: width is %zu, not %d to %d", width, MIN_WIDTH, MAX_WIDTH);
}

static clino_status check_options(const clino_report_options *options, clino_error *error) {
  clino_status status = clino__check_struct(options->struct_size, sizeof *options, "clino_report_options", error);
  if (!status) status = check_width(options->width, error);
  if (status || (options->fail_on > CLINO_FINDING_SKIP && options->fail_on <= CLINO_FINDING_LEVEL_COUNT)) return status;
  return clino__fail(error, CLINO_ERR_RANGE, "clino_report_options.fail_on is %d, not %d to %d", options->fail_on,
                     CLINO_FINDING_PASS, CLINO_FINDING_LEVEL_COUNT);
}

static clino_status check_items(const clino_report_item *items, size_t n, clino_error *error) {
  if (n && !items) return clino__fail(error, CLINO_ERR_RANGE, "report: items is NULL");
  for (size_t i = 0; i < n; i++) {
    if (!items[i].name) return clino__fail(error, CLINO_ERR_RANGE, "report: item %zu has no name", i);
    if (!items[i].findings == !items[i].error)
      return clino__fail(error, CLINO_ERR_RANGE, "report: item %zu needs either findings or an error", i);
  }
  return CLINO_OK;
}

static clino_status find_format(const char *name, const clino__report_format **format, clino_error *error) {
  for (size_t i = 0; i < FORMATS; i++)
    if (strcmp(name, formats[i]->name) == 0) {
      *format = formats[i];
      return CLINO_OK;
    }
  clino__text names = CLINO__TEXT_EMPTY;
  for (size_t i = 0; i < FORMATS; i++) clino__text_addf(&names, "%s%s", i ? ", " : "", formats[i]->name);
  clino__fail(error, CLINO_ERR_NOT_FOUND, "no report format '%s' (there are: %s)", name, clino__text_string(&names));
  clino__text_free(&names);
  return CLINO_ERR_NOT_FOUND;
}

/* Hands over the rest, frees the text, and says how it went. */
static clino_status finish(clino__report *report, clino_error *error) {
  clino__report_flush(report);
  bool failed = report->text.failed;
  clino__text_free(&report->text);
  if (report->stopped) return clino__fail_callback(error, "sink", report->stopped);
  return failed ? clino__fail_memory(error, "a report") : CLINO_OK;
}

clino_status clino_report_write(const char *format, const clino_report_item *items, size_t n,
                                const clino_report_options *options, clino_report_sink sink, void *ctx,
                                clino_error *error) {
  clino_report_options defaults = clino_report_options_default();
  if (!options) options = &defaults;
  if (!format || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_report_write: format or sink is NULL");
  clino_status status = check_options(options, error);
  if (!status) status = check_items(items, n, error);
  const clino__report_format *writer = NULL;
  if (!status) status = find_format(format, &writer, error);
  if (status) return status;
  clino__report report = {items, n, options, CLINO__TEXT_EMPTY, sink, ctx, 0, 0};
  writer->write(&report);
  return finish(&report, error);
}

bool clino__report_flush(clino__report *report) {
  if (report->stopped || report->text.failed) return false;
  if (report->text.length) report->stopped = report->sink(report->text.data, report->text.length, report->ctx);
  clino__text_clear(&report->text);
  return !report->stopped;
}

int clino__report_gravity(const clino_report_item *item) {
  return item->error ? CLINO__REPORT_ERROR : (int)clino_findings_worst(item->findings);
}

void clino__report_by_gravity(clino__report *report, int lowest,
                              void (*add)(clino__report *, const clino_report_item *, size_t number)) {
  size_t number = 0;
  for (int gravity = CLINO__REPORT_ERROR; gravity >= lowest; gravity--)
    for (size_t i = 0; i < report->n; i++) {
      if (clino__report_gravity(&report->items[i]) != gravity) continue;
      add(report, &report->items[i], ++number);
      if (!clino__report_flush(report)) return;
    }
}

void clino__report_count_levels(const clino_findings *findings, size_t counts[CLINO_FINDING_LEVEL_COUNT]) {
  memset(counts, 0, CLINO_FINDING_LEVEL_COUNT * sizeof *counts);
  for (size_t i = 0, n = clino_findings_count(findings); i < n; i++) counts[clino_findings_at(findings, i)->level]++;
}

const char *clino__report_verdict(int gravity) {
  return gravity == CLINO__REPORT_ERROR ? "error" : clino_finding_level_name((clino_finding_level)gravity);
}

void clino__report_error_text(const clino_report_item *item, char out[CLINO__REPORT_ERROR_SIZE]) {
  clino_error_describe(item->error, out, CLINO__REPORT_ERROR_SIZE);
}

const char *clino__report_shown_name(const clino_report_item *item) {
  return strcmp(item->name, "-") == 0 ? "standard input" : item->name;
}

/* ---- text for a terminal ---- */

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t'; }

void clino__report_blanks(clino__text *text, size_t n) {
  while (n--) clino__text_add_bytes(text, " ", 1);
}

void clino__report_wrap(clino__text *text, const char *body, size_t column, size_t indent, size_t width) {
  clino__text word = CLINO__TEXT_EMPTY;
  bool first = true;
  for (const char *p = body;;) {
    while (is_blank(*p)) p++;
    if (!*p) break;
    const char *start = p;
    while (*p && !is_blank(*p)) p++;
    clino__text_clear(&word);
    clino__text_add_printable_bytes(&word, start, (size_t)(p - start));
    size_t columns = clino__utf8_columns(clino__text_string(&word), word.length);
    if (!first && column + 1 + columns > width) {
      clino__text_add_bytes(text, "\n", 1);
      clino__report_blanks(text, indent);
      column = indent;
    } else if (!first) {
      clino__text_add_bytes(text, " ", 1);
      column++;
    }
    clino__text_add_bytes(text, clino__text_string(&word), word.length);
    column += columns;
    first = false;
    if (word.failed) text->failed = true;
  }
  clino__text_free(&word);
}

clino_status clino_report_paragraph(const char *head, const char *body, size_t indent, size_t width,
                                    clino_report_sink sink, void *ctx, clino_error *error) {
  if (!head || !body || !sink) return clino__fail(error, CLINO_ERR_RANGE, "clino_report_paragraph: NULL");
  clino_status status = check_width(width, error);
  if (status) return status;
  if (indent >= width)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_report_paragraph: indent %zu is not below width %zu", indent,
                       width);
  clino__report report = {NULL, 0, NULL, CLINO__TEXT_EMPTY, sink, ctx, 0, 0};
  clino__text *text = &report.text;
  clino__text_add_printable(text, head);
  size_t columns = clino__utf8_columns(clino__text_string(text), text->length);
  size_t blanks = columns < indent ? indent - columns : columns ? 1 : 0;
  if (*body) clino__report_blanks(text, blanks);
  clino__report_wrap(text, body, columns + blanks, indent, width);
  clino__text_add(text, "\n");
  return finish(&report, error);
}

size_t clino_report_printable(const char *text, char *out, size_t size) {
  clino__text safe = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, text);
  if (safe.failed) clino__text_clear(&safe);
  clino__text_copy(&safe, out, size);
  clino__text_free(&safe);
  return size ? clino__utf8_columns(out, strlen(out)) : 0;
}
