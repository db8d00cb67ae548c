/* SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format, 2020), for viewers in editors and for code scanning:
 * one run of the tool over all logs, a rule a check, a result a finding at or above info; with verbose those that
 * passed ("kind": "pass") or were skipped ("notApplicable") too, which some viewers would show as alarms. A log that
 * could not be read is a result, and a notification of an invocation that did not succeed.
 *
 * A finding speaks of steps, not of lines; the place of its result is line 1 of the log, since consumers want a line,
 * and the steps are in its properties. */
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "io/json_write.h"
#include "io/report.h"

static const char unread_rule[] = "unreadable-run";

/* A path as a reference (RFC 3986): what is not unreserved is percent-encoded, so that a ':' makes no scheme. */
static void add_uri(clino__text *text, const char *path) {
  static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  clino__json_key(text, "uri");
  clino__text_add(text, *path == '/' ? "\"file://" : "\"");
  for (const char *p = path; *p; p++) {
    if (strchr(unreserved, *p))
      clino__text_add_bytes(text, p, 1);
    else
      clino__text_addf(text, "%%%02X", (unsigned)(unsigned char)*p);
  }
  clino__text_add(text, "\"");
}

static void add_message(clino__text *text, const char *key, const char *message) {
  clino__json_key(text, key);
  clino__text_add(text, "{");
  clino__json_string(text, "text", message);
  clino__text_add(text, "}");
}

static void add_locations(clino__text *text, const clino_report_item *item, size_t line, const char *series) {
  clino__json_key(text, "locations");
  clino__text_add(text, "[{\"physicalLocation\":{\"artifactLocation\":{");
  add_uri(text, clino__report_shown_name(item));
  clino__text_addf(text, "},\"region\":{\"startLine\":%zu}}", line ? line : 1);
  if (series) {
    clino__text_add(text, ",\"logicalLocations\":[{");
    clino__json_string(text, "fullyQualifiedName", series);
    clino__json_string(text, "kind", "variable");
    clino__text_add(text, "}]");
  }
  clino__text_add(text, "}]");
}

/* ---- rules: each check that has a finding, in the order of the first ones ---- */

typedef struct rules {
  const char **ids;
  size_t n;
} rules;

static size_t rule_index(const rules *all, const char *id) {
  size_t i = 0;
  while (i < all->n && strcmp(all->ids[i], id) != 0) i++;
  return i;
}

static void add_id(rules *all, const char *id) {
  if (rule_index(all, id) == all->n) all->ids[all->n++] = id;
}

/* False where memory is out. */
static bool find_rules(clino__report *r, rules *all) {
  all->n = 0;
  all->ids = malloc((clino__report_count_cases(r) + 1) * sizeof *all->ids);
  for (size_t i = 0; all->ids && i < r->n; i++) {
    clino__report_case one;
    if (r->items[i].error) add_id(all, unread_rule);
    for (size_t k = 0; clino__report_next_case(r->items[i].findings, &k, &one);) add_id(all, one.worst->check);
  }
  return all->ids != NULL;
}

static void add_rule(clino__text *text, const char *id) {
  const clino_check *check = clino_check_find(id);
  clino__text_add(text, "{");
  clino__json_string(text, "id", id);
  if (check) {
    add_message(text, "shortDescription", check->title);
    add_message(text, "fullDescription", check->what);
    add_message(text, "help", check->fix);
  } else if (strcmp(id, unread_rule) == 0) {
    add_message(text, "shortDescription", "a log that could not be read");
  }
  clino__text_add(text, "}");
}

static void add_tool(clino__text *text, const rules *all) {
  clino__text_add(text, "\"tool\":{\"driver\":{\"name\":\"clino\"");
  clino__json_string(text, "version", clino_version());
  clino__text_add(text, ",\"rules\":[");
  for (size_t i = 0; i < all->n; i++) {
    clino__text_add(text, i ? ",\n" : "\n");
    add_rule(text, all->ids[i]);
  }
  clino__text_add(text, "]}}");
}

/* ---- results ---- */

static void add_properties(clino__text *text, const clino_finding *f) {
  clino__json_key(text, "properties");
  clino__text_add(text, "{");
  clino__json_evidence(text, f, "firstStep", "lastStep");
  clino__text_add(text, "}");
}

/* The level is "none" for every kind but "fail" (section 3.27.10). */
static void add_level(clino__text *text, clino_finding_level level) {
  static const char *const levels[] = {"none", "none", "note", "warning", "error"};
  static const char *const kinds[] = {"notApplicable", "pass", "fail", "fail", "fail"};
  clino__json_string(text, "kind", kinds[level]);
  clino__json_string(text, "level", levels[level]);
}

static void start_result(clino__text *text, const rules *all, const char *id, clino_finding_level level) {
  clino__text_add(text, "{");
  clino__json_string(text, "ruleId", id);
  clino__text_addf(text, ",\"ruleIndex\":%zu", rule_index(all, id));
  add_level(text, level);
}

static void add_finding(clino__text *text, const rules *all, const clino_report_item *item, const clino_finding *f) {
  clino__text print = CLINO__TEXT_EMPTY;
  start_result(text, all, f->check, f->level);
  add_message(text, "message", f->message);
  add_locations(text, item, 0, f->series);
  clino__text_addf(&print, "%s %s", f->check, f->series ? f->series : "");
  if (print.failed) text->failed = true;
  clino__text_add(text, ",\"partialFingerprints\":{");
  clino__json_string(text, "checkAndSeries/v1", clino__text_string(&print));
  clino__text_add(text, "}");
  clino__text_free(&print);
  add_properties(text, f);
  clino__text_add(text, "}");
}

static void add_results(clino__report *r, const rules *all, const clino_report_item *item, bool *first) {
  clino_finding_level lowest = r->options->verbose ? CLINO_FINDING_SKIP : CLINO_FINDING_INFO;
  if (item->error) {
    char error[CLINO__REPORT_ERROR_SIZE];
    clino__report_error_text(item, error);
    clino__text_add(&r->text, *first ? "\n" : ",\n");
    start_result(&r->text, all, unread_rule, CLINO_FINDING_FAIL);
    add_message(&r->text, "message", error);
    add_locations(&r->text, item, item->error->line, NULL);
    clino__text_add(&r->text, "}");
    *first = false;
  }
  for (size_t i = 0; i < clino_findings_count(item->findings); i++) {
    const clino_finding *f = clino_findings_at(item->findings, i);
    if (f->level < lowest) continue;
    clino__text_add(&r->text, *first ? "\n" : ",\n");
    add_finding(&r->text, all, item, f);
    *first = false;
  }
}

static void add_invocation(clino__report *r) {
  char error[CLINO__REPORT_ERROR_SIZE];
  bool first = true;
  clino__text_add(&r->text, ",\"invocations\":[{\"toolExecutionNotifications\":[");
  for (size_t i = 0; i < r->n; i++) {
    if (!r->items[i].error) continue;
    clino__report_error_text(&r->items[i], error);
    clino__text_add(&r->text, first ? "{\"level\":\"error\"" : ",{\"level\":\"error\"");
    add_message(&r->text, "message", error);
    add_locations(&r->text, &r->items[i], r->items[i].error->line, NULL);
    clino__text_add(&r->text, "}");
    first = false;
  }
  clino__text_addf(&r->text, "],\"executionSuccessful\":%s}]", first ? "true" : "false");
}

static void write_sarif(clino__report *r) {
  rules all;
  bool first = true, on = true;
  if (!find_rules(r, &all)) {
    r->text.failed = true;
    return;
  }
  clino__text_add(&r->text, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                            "\"runs\":[{");
  add_tool(&r->text, &all);
  add_invocation(r);
  clino__text_add(&r->text, ",\"results\":[");
  for (size_t i = 0; on && i < r->n; i++) {
    add_results(r, &all, &r->items[i], &first);
    on = clino__report_flush(r);
  }
  if (on) clino__text_add(&r->text, "]}]}\n");
  free(all.ids);
}

const clino__report_format clino__report_sarif = {
    "sarif", "for editors and code scanning: SARIF 2.1.0, a result a finding", write_sarif};
