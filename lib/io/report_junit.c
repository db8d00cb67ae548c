/* JUnit XML, as CI servers read it (Jenkins, GitLab, Azure): a suite a run, a case a check. A run that could not be
 * read is a suite with one case that is an error. The message stands in the attribute and in the element's text, since
 * some show only one of them. Times and the machine are left out, so that the same runs give the same report. */
#include "base/utf8.h"
#include "io/report.h"

static void add_attribute(clino__text *text, const char *name, const char *value) {
  clino__text_addf(text, " %s=\"", name);
  clino__text_add_xml(text, value);
  clino__text_add(text, "\"");
}

static void count_suite(const clino__report *r, const clino_report_item *item, size_t counts[3]) {
  clino__report_case one;
  counts[0] = counts[1] = counts[2] = 0;
  for (size_t i = 0; clino__report_next_case(item->findings, &i, &one);) {
    counts[0]++;
    counts[1] += (int)one.worst->level >= r->options->fail_on;
    counts[2] += one.worst->level == CLINO_FINDING_SKIP;
  }
}

static void add_suite_head(clino__report *r, const clino_report_item *item) {
  size_t counts[3];
  count_suite(r, item, counts);
  clino__text_add(&r->text, "  <testsuite");
  add_attribute(&r->text, "name", clino__report_shown_name(item));
  clino__text_addf(&r->text, " tests=\"%zu\" failures=\"%zu\" errors=\"%d\" skipped=\"%zu\">\n",
                   counts[0] + (item->error != NULL), counts[1], item->error != NULL, counts[2]);
}

static void add_case_head(clino__text *text, const char *check, const clino_report_item *item) {
  clino__text_add(text, "    <testcase");
  add_attribute(text, "name", check);
  add_attribute(text, "classname", clino__report_shown_name(item));
}

/* An element of a case with the message as attribute, and a text. */
static void add_element(clino__text *text, const char *name, const char *type, const char *message, const char *body) {
  clino__text_addf(text, "      <%s", name);
  if (message) add_attribute(text, "message", message);
  if (type) add_attribute(text, "type", type);
  clino__text_add(text, ">");
  clino__text_add_xml(text, body);
  clino__text_addf(text, "</%s>\n", name);
}

static void add_case(clino__report *r, const clino_report_item *item, const clino__report_case *one) {
  const clino_finding *f = one->worst;
  bool failed = (int)f->level >= r->options->fail_on;
  add_case_head(&r->text, f->check, item);
  if (f->level == CLINO_FINDING_PASS && !failed && one->n == 1) {
    clino__text_add(&r->text, "/>\n");
    return;
  }
  clino__text_add(&r->text, ">\n");
  clino__text detail = CLINO__TEXT_EMPTY;
  clino_finding_level lowest = f->level > CLINO_FINDING_INFO ? CLINO_FINDING_INFO : f->level;
  clino__report_case_detail(&detail, item->findings, one, lowest);
  if (detail.failed) r->text.failed = true;
  if (failed)
    add_element(&r->text, "failure", clino_finding_level_name(f->level), f->message, clino__text_string(&detail));
  else if (f->level == CLINO_FINDING_SKIP)
    add_element(&r->text, "skipped", NULL, f->message, clino__text_string(&detail));
  else
    add_element(&r->text, "system-out", NULL, NULL, clino__text_string(&detail));
  clino__text_free(&detail);
  clino__text_add(&r->text, "    </testcase>\n");
}

static void add_suite(clino__report *r, const clino_report_item *item) {
  clino__report_case one;
  add_suite_head(r, item);
  if (item->error) {
    char error[CLINO__REPORT_ERROR_SIZE];
    clino__report_error_text(item, error);
    add_case_head(&r->text, "read", item);
    clino__text_add(&r->text, ">\n");
    add_element(&r->text, "error", "error", error, error);
    clino__text_add(&r->text, "    </testcase>\n");
  }
  for (size_t i = 0; !item->error && clino__report_next_case(item->findings, &i, &one);) add_case(r, item, &one);
  clino__text_add(&r->text, "  </testsuite>\n");
}

static void write_junit(clino__report *r) {
  clino__text_add(&r->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"clino\">\n");
  for (size_t i = 0; i < r->n; i++) {
    add_suite(r, &r->items[i]);
    if (!clino__report_flush(r)) return;
  }
  clino__text_add(&r->text, "</testsuites>\n");
}

const clino__report_format clino__report_junit = {
    "junit", "for CI servers: JUnit XML, a suite a run, a case a check", write_junit};
