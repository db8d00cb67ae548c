/* The findings of a run: a card for each above pass, with its evidence; what passed, and what was skipped and why. */
#include <math.h>
#include <string.h>

#include "io/html.h"

static void add_number_field(clino__text *text, const char *name, double value) {
  if (isnan(value)) return;
  clino__html_field(text, name);
  clino__html_number(text, value);
  clino__html_field_end(text);
}

/* The first chart in which the finding is marked, from 1; 0: none. */
static size_t chart_of(const clino__html_run *run, const clino_finding *f) {
  for (size_t i = 0; i < run->n_charts; i++)
    if (clino__html_pinned(run, &run->charts[i], f)) return i + 1;
  return 0;
}

static void add_steps_field(clino__text *text, const clino__html_run *run, const clino_finding *f) {
  size_t chart = chart_of(run, f);
  bool known = f->first_step != CLINO_NO_STEP || f->last_step != CLINO_NO_STEP;
  if (!known && !chart) return;
  clino__html_field(text, "where");
  if (chart) {
    clino__text_add(text, "<a class=\"to-chart\" href=\"#");
    clino__html_id(text, run, "chart", chart);
    clino__text_add(text, "\">");
  }
  if (known) clino__report_steps(text, "", f->first_step, f->last_step);
  else clino__text_add(text, "see its chart");
  clino__text_add(text, chart ? "</a>" : "");
  clino__html_field_end(text);
}

static void add_evidence(clino__text *text, const clino__html_run *run, const clino_finding *f) {
  clino__text_add(text, "<dl class=\"evidence\">\n");
  if (f->series) {
    clino__html_field(text, "series");
    clino__text_add(text, "<code>");
    clino__html_text(text, f->series);
    clino__text_add(text, "</code>");
    clino__html_field_end(text);
  }
  add_steps_field(text, run, f);
  add_number_field(text, "observed", f->observed);
  add_number_field(text, "threshold", f->threshold);
  if (!isnan(f->confidence)) {
    clino__html_field(text, "confidence");
    clino__html_number(text, 100 * f->confidence);
    clino__text_add(text, "%");
    clino__html_field_end(text);
  }
  if (f->final) {
    clino__html_field(text, "final");
    clino__text_add(text, "more data cannot undo it");
    clino__html_field_end(text);
  }
  clino__text_add(text, "</dl>\n");
}

static void add_cause(clino__text *text, const clino_finding *f) {
  if (!f->cause && !f->n_alternatives) return;
  clino__text_add(text, "<p class=\"cause\"><b>Likely cause</b> ");
  if (f->cause) {
    clino__text_add(text, "<span class=\"chip strong\">");
    clino__html_text(text, f->cause);
    clino__text_add(text, "</span> ");
  }
  if (f->n_alternatives) clino__text_add(text, f->cause ? "<span class=\"or\">or else</span> " : "");
  for (size_t i = 0; i < f->n_alternatives; i++) {
    clino__text_add(text, "<span class=\"chip\">");
    clino__html_text(text, f->alternatives[i]);
    clino__text_add(text, "</span> ");
  }
  clino__text_add(text, "</p>\n");
}

static void add_paragraph(clino__text *text, const char *class, const char *label, const char *body) {
  if (!body || !*body) return;
  clino__text_addf(text, "<p class=\"%s\"><b>%s</b> ", class, label);
  clino__html_text(text, body);
  clino__text_add(text, "</p>\n");
}

static void add_card(clino__text *text, const clino__html_run *run, size_t i) {
  const clino_finding *f = run->pins[i];
  const char *level = clino_finding_level_name(f->level);
  clino__text_addf(text, "<article class=\"finding %s\" id=\"", level);
  clino__html_id(text, run, "finding", i + 1);
  clino__text_addf(text, "\" data-level=\"%s\">\n<header><span class=\"pin %s\">%zu</span> ", level, level, i + 1);
  clino__html_badge(text, level, level);
  clino__text_add(text, " <span class=\"check\">");
  clino__html_text(text, f->check);
  clino__text_add(text, "</span></header>\n<h4>");
  clino__html_text(text, f->message);
  clino__text_add(text, "</h4>\n");
  add_evidence(text, run, f);
  add_cause(text, f);
  if (!clino__report_same_advice(f, i ? run->pins[i - 1] : NULL)) {
    add_paragraph(text, "why", "Why it matters", f->why);
    add_paragraph(text, "fix", "What to do", f->fix);
    add_paragraph(text, "source", "Source", f->source);
  }
  clino__text_add(text, "</article>\n");
}

/* What passed or was skipped: a line each, folded up. */
static void add_rest(clino__text *text, const clino__html_run *run, clino_finding_level level, const char *title) {
  const clino_findings *findings = run->item->findings;
  size_t n = 0;
  for (size_t i = 0; i < clino_findings_count(findings); i++) n += clino_findings_at(findings, i)->level == level;
  if (!n) return;
  clino__text_addf(text, "<details class=\"rest\"%s><summary>%s <span class=\"count\">%zu</span></summary>\n<ul>\n",
                   run->options->verbose ? " open" : "", title, n);
  for (size_t i = 0; i < clino_findings_count(findings); i++) {
    const clino_finding *f = clino_findings_at(findings, i);
    if (f->level != level) continue;
    clino__text_add(text, "<li><span class=\"check\">");
    clino__html_text(text, f->check);
    clino__text_add(text, "</span> ");
    clino__html_text(text, f->message);
    clino__text_add(text, "</li>\n");
  }
  clino__text_add(text, "</ul></details>\n");
}

void clino__html_findings(clino__text *text, const clino__html_run *run) {
  clino__text_add(text, "<section class=\"findings\">\n<h3>Findings</h3>\n");
  if (!run->n_pins) clino__text_add(text, "<p class=\"none\">Nothing to report: no check found anything wrong.</p>\n");
  for (size_t i = 0; i < run->n_pins; i++) add_card(text, run, i);
  if (!run->options->quiet) {
    add_rest(text, run, CLINO_FINDING_PASS, "Passed");
    add_rest(text, run, CLINO_FINDING_SKIP, "Skipped, for want of data");
  }
  clino__text_add(text, "</section>\n");
}
