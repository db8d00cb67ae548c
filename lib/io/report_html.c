/* The HTML report: one file that opens offline, for people. A page of one run, or of several with a table of them
 * first, the worst first. What each section holds is in html_*.c. */
#include <string.h>

#include "io/html.h"

/* "csv", "7 series", "steps 0 to 9000" */
static void add_facts(clino__text *text, const clino_report_item *item) {
  clino__text_add(text, "<ul class=\"facts\">");
  if (item->format) {
    clino__text_add(text, "<li>");
    clino__html_text(text, item->format);
    clino__text_add(text, "</li>");
  }
  if (item->run) {
    int64_t first, last;
    clino_run_step_range(item->run, &first, &last);
    clino__text_addf(text, "<li>%zu series</li>", clino_run_series_count(item->run));
    if (first != CLINO_NO_STEP) {
      clino__text_add(text, "<li>");
      clino__report_steps(text, "", first, last);
      clino__text_add(text, "</li>");
    }
  }
  clino__text_add(text, "</ul>\n");
}

static void add_counts(clino__text *text, const clino_findings *findings) {
  size_t counts[CLINO_FINDING_LEVEL_COUNT];
  clino__report_count_levels(findings, counts);
  clino__text_add(text, "<ul class=\"counts\">");
  for (int level = CLINO_FINDING_FAIL; level >= CLINO_FINDING_SKIP; level--)
    if (counts[level]) {
      const char *name = clino_finding_level_name((clino_finding_level)level);
      clino__text_addf(text, "<li class=\"%s\"><b>%zu</b> %s</li>", name, counts[level], name);
    }
  clino__text_add(text, "</ul>\n");
}

/* What the verdict rests on, in a sentence. */
static void add_headline(clino__text *text, const clino_report_item *item) {
  const clino_finding *top = clino_findings_top(item->findings);
  clino__text_add(text, "<p class=\"headline\">");
  if (top) clino__html_text(text, top->message);
  else if (clino_findings_worst(item->findings) == CLINO_FINDING_SKIP)
    clino__text_add(text, "No check had what it needs: nothing is known of this run.");
  else clino__text_add(text, "No check found anything wrong.");
  clino__text_add(text, "</p>\n");
}

static void add_error(clino__text *text, const clino_report_item *item) {
  char error[CLINO__REPORT_ERROR_SIZE];
  clino__report_error_text(item, error);
  clino__text_add(text, "<p class=\"headline\">It could not be read: ");
  clino__html_text(text, error);
  clino__text_add(text, "</p>\n");
}

static void add_item(clino__report *r, const clino_report_item *item, size_t number) {
  clino__text *text = &r->text;
  clino__html_run run;
  const char *verdict = clino__report_verdict(clino__report_gravity(item));
  const char *heading = r->n > 1 ? "h2" : "h1";
  if (!clino__html_run_new(&run, item, r->options, number, r->n)) text->failed = true;
  clino__text_add(text, "<section class=\"run\" id=\"");
  clino__html_id(text, &run, NULL, 0);
  clino__text_addf(text, "\" data-verdict=\"%s\">\n<header class=\"verdict %s\">\n", verdict, verdict);
  clino__html_badge(text, verdict, verdict);
  clino__text_addf(text, "\n<%s>", heading);
  clino__html_text(text, clino__report_shown_name(item));
  clino__text_addf(text, "</%s>\n", heading);
  if (item->error) add_error(text, item);
  else add_headline(text, item);
  clino__text_add(text, "<div class=\"line\">\n");
  add_facts(text, item);
  if (!item->error) add_counts(text, item->findings);
  clino__text_add(text, "</div>\n</header>\n");
  if (!item->error && !text->failed) {
    clino__html_findings(text, &run);
    clino__html_charts(text, &run);
    clino__html_histograms(text, &run);
    clino__html_images(text, &run);
    clino__html_series(text, &run);
  }
  clino__text_add(text, "</section>\n");
  clino__html_run_free(&run);
}

static void add_table_row(clino__report *r, const clino_report_item *item, size_t number) {
  clino__text *text = &r->text;
  const char *verdict = clino__report_verdict(clino__report_gravity(item));
  size_t counts[CLINO_FINDING_LEVEL_COUNT];
  const clino_finding *top = clino_findings_top(item->findings);
  clino__report_count_levels(item->findings, counts);
  clino__text_add(text, "<tr><td>");
  clino__html_badge(text, verdict, verdict);
  clino__text_addf(text, "</td><th scope=\"row\"><a href=\"#run%zu\">", number);
  clino__html_text(text, clino__report_shown_name(item));
  clino__text_add(text, "</a></th>");
  for (int level = CLINO_FINDING_FAIL; level >= CLINO_FINDING_SKIP; level--) {
    if (item->error) clino__text_add(text, "<td class=\"none\">&#8211;</td>");
    else clino__text_addf(text, "<td%s>%zu</td>", counts[level] ? "" : " class=\"none\"", counts[level]);
  }
  clino__text_add(text, "<td class=\"top\">");
  if (top) clino__html_text(text, top->check);
  clino__text_add(text, "</td></tr>\n");
}

static int lowest_shown(const clino__report *r) {
  return r->options->quiet ? CLINO_FINDING_WARN : CLINO_FINDING_SKIP;
}

static void add_table(clino__report *r) {
  clino__text_addf(&r->text, "<section class=\"runs\">\n<h1>%zu runs</h1>\n<div class=\"scroll\"><table>\n", r->n);
  clino__text_add(&r->text, "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">run</th>"
                            "<th scope=\"col\">fail</th><th scope=\"col\">warn</th><th scope=\"col\">info</th>"
                            "<th scope=\"col\">pass</th><th scope=\"col\">skip</th>"
                            "<th scope=\"col\" class=\"top\">read first</th></tr></thead>\n<tbody>\n");
  clino__report_by_gravity(r, lowest_shown(r), add_table_row);
  clino__text_add(&r->text, "</tbody></table></div>\n</section>\n");
}

static void write_html(clino__report *r) {
  clino__text title = CLINO__TEXT_EMPTY;
  if (r->n == 1) clino__text_addf(&title, "%s: %s", clino__report_verdict(clino__report_gravity(r->items)),
                                  clino__report_shown_name(r->items));
  else clino__text_addf(&title, "%zu runs", r->n);
  clino__html_open(&r->text, clino__text_string(&title), true);
  if (title.failed) r->text.failed = true;
  clino__text_free(&title);
  if (!clino__report_flush(r)) return;
  if (r->n != 1) add_table(r);
  if (r->options->comparison) clino__html_compare(&r->text, r->options->comparison, r->options);
  clino__report_by_gravity(r, lowest_shown(r), add_item);
  if (!r->stopped && !r->text.failed) clino__html_close(&r->text, true);
}

const clino__report_format clino__report_html = {
    "html", "for people: one page with charts, to open in a browser or to send", write_html};
