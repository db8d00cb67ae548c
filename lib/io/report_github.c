/* GitHub annotations: workflow commands, which a runner turns into marks on the page of a commit (GitHub Docs, Workflow
 * commands for GitHub Actions). It shows 10 errors, 10 warnings and 10 notices of a step and drops the rest without a
 * word, so the worst of all runs come first, and where there are more than 10 of a kind the last one counts them. */
#include <string.h>

#include "base/utf8.h"
#include "io/report.h"

enum { LIMIT = 10, KINDS = 3 };

static const char *const commands[KINDS] = {"error", "warning", "notice"};

/* The kind of annotation of a gravity, KINDS for none. */
static int kind_of(int gravity) {
  switch (gravity) {
    case CLINO__REPORT_ERROR:
    case CLINO_FINDING_FAIL: return 0;
    case CLINO_FINDING_WARN: return 1;
    case CLINO_FINDING_INFO: return 2;
    default: return KINDS;
  }
}

/* Percent signs, and in properties what ends them, are escaped as the toolkit of GitHub's actions does; the rest is
 * made safe for the log, and stays on one line. */
static void add_escaped(clino__text *text, const char *string, const char *special) {
  clino__text safe = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&safe, string);
  if (safe.failed) text->failed = true;
  for (const char *p = clino__text_string(&safe); *p; p++) {
    if (strchr(special, *p))
      clino__text_addf(text, "%%%02X", (unsigned)*p);
    else
      clino__text_add_bytes(text, p, 1);
  }
  clino__text_free(&safe);
}

static void add_property(clino__text *text, const char *name, const char *value) {
  char last = text->length ? text->data[text->length - 1] : ' ';
  clino__text_addf(text, "%s%s=", last == ' ' ? "" : ",", name);
  add_escaped(text, value, "%:,");
}

static void add_message(clino__text *text, const char *message) { add_escaped(text, message, "%"); }

static void start(clino__text *text, int kind, const char *title) {
  clino__text_addf(text, "::%s ", commands[kind]);
  add_property(text, "title", title);
}

static void add_file(clino__text *text, const clino_report_item *item, size_t line) {
  if (strcmp(item->name, "-") == 0) return;
  add_property(text, "file", item->name);
  if (line) clino__text_addf(text, ",line=%zu", line);
}

static void add_unread(clino__text *text, const clino_report_item *item) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  start(text, 0, "a run could not be read");
  add_file(text, item, item->error->line);
  clino__text_add(text, "::");
  add_message(text, error);
  clino__text_add(text, "\n");
}

static void add_finding(clino__text *text, const clino_report_item *item, const clino_finding *f) {
  start(text, kind_of((int)f->level), f->check);
  add_file(text, item, 0);
  clino__text_add(text, "::");
  add_message(text, clino__report_shown_name(item));
  clino__text_add(text, ": ");
  add_message(text, f->message);
  if (f->fix && *f->fix) {
    clino__text_add(text, "%0AFix: ");
    add_message(text, f->fix);
  }
  clino__text_add(text, "\n");
}

static void count_kinds(const clino__report *r, size_t counts[KINDS + 1]) {
  for (size_t i = 0; i < r->n; i++) {
    const clino_report_item *item = &r->items[i];
    counts[0] += item->error != NULL;
    for (size_t k = 0; k < clino_findings_count(item->findings); k++)
      counts[kind_of((int)clino_findings_at(item->findings, k)->level)]++;
  }
}

/* Up to left annotations of a gravity; how many are left then. */
static size_t add_gravity(clino__report *r, int gravity, size_t left) {
  for (size_t i = 0; left && i < r->n; i++) {
    const clino_report_item *item = &r->items[i];
    if (item->error && gravity == CLINO__REPORT_ERROR) {
      add_unread(&r->text, item);
      left--;
    }
    for (size_t k = 0; left && k < clino_findings_count(item->findings); k++) {
      const clino_finding *f = clino_findings_at(item->findings, k);
      if ((int)f->level != gravity) continue;
      add_finding(&r->text, item, f);
      left--;
    }
  }
  return left;
}

static void write_github(clino__report *r) {
  size_t counts[KINDS + 1] = {0}, left[KINDS + 1] = {0};
  count_kinds(r, counts);
  for (int kind = 0; kind < KINDS; kind++) left[kind] = counts[kind] > LIMIT ? LIMIT - 1 : LIMIT;
  for (int gravity = CLINO__REPORT_ERROR; gravity > CLINO_FINDING_PASS; gravity--) {
    int kind = kind_of(gravity);
    left[kind] = add_gravity(r, gravity, left[kind]);
    if (!clino__report_flush(r)) return;
  }
  for (int kind = 0; kind < KINDS; kind++) {
    if (counts[kind] <= LIMIT) continue;
    start(&r->text, kind, "more findings");
    clino__text_addf(&r->text, "::%zu more of this kind are not shown here; --format text lists them all\n",
                     counts[kind] - (LIMIT - 1));
  }
  clino__text_addf(&r->text, "clino: %zu run%s, %zu error%s, %zu warning%s, %zu notice%s\n", r->n, r->n == 1 ? "" : "s",
                   counts[0], counts[0] == 1 ? "" : "s", counts[1], counts[1] == 1 ? "" : "s", counts[2],
                   counts[2] == 1 ? "" : "s");
}

const clino__report_format clino__report_github = {
    "github", "for GitHub Actions: annotations, the worst first", write_github};
