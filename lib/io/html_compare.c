/* Runs side by side: a table from the best to the worst, their curves in one chart, and what differs between them. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/html.h"

enum { GROUPS = 700 };

static void add_cell(clino__text *text, double value) {
  clino__text_add(text, "<td>");
  if (isnan(value)) clino__text_add(text, "<span class=\"none\">&#8211;</span>");
  else clino__html_number(text, value);
  clino__text_add(text, "</td>");
}

static void add_step(clino__text *text, int64_t step) {
  if (step == CLINO_NO_STEP) clino__text_add(text, "<td class=\"none\">&#8211;</td>");
  else clino__text_addf(text, "<td>%" PRId64 "</td>", step);
}

static void add_row(clino__text *text, const clino_compared *r, size_t rank) {
  static const char *const levels[CLINO_STANDING_COUNT] = {"skip", "pass", "pass", "info", "warn", "fail"};
  bool best = r->standing == CLINO_STANDING_BEST;
  clino__text_addf(text, "<tr><td>%zu</td><td>", rank);
  clino__html_badge(text, levels[r->standing], clino_standing_name(r->standing));
  clino__text_add(text, "</td><th scope=\"row\">");
  clino__html_text(text, r->name);
  clino__text_add(text, "</th>");
  add_cell(text, r->level);
  add_cell(text, r->error);
  add_cell(text, best ? NAN : r->behind);
  add_cell(text, best ? NAN : r->deviations);
  add_cell(text, r->best);
  add_step(text, r->best_step);
  add_step(text, r->last_step);
  add_step(text, r->since);
  clino__text_add(text, "</tr>\n");
}

static void add_ranks(clino__text *text, const clino_comparison *c) {
  clino__text_add(text, "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">#</th><th scope=\"col\"></th>"
                        "<th scope=\"col\">run</th><th scope=\"col\">end</th><th scope=\"col\">error</th>"
                        "<th scope=\"col\">behind</th><th scope=\"col\">in errors</th><th scope=\"col\">best</th>"
                        "<th scope=\"col\">at step</th><th scope=\"col\">last step</th>"
                        "<th scope=\"col\">worse since</th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < clino_comparison_count(c); i++) add_row(text, clino_comparison_ranked(c, i), i + 1);
  clino__text_add(text, "</tbody></table></div>\n");
}

/* The curves of the best ones. */
static void add_curves(clino__text *text, const clino_comparison *c, const clino_report_options *options) {
  const char *series = clino_comparison_series(c);
  clino__html_chart chart = {.title = series, .title_size = series ? strlen(series) : 0};
  size_t n = clino_comparison_count(c), curves = 0;
  for (size_t i = 0; series && i < n; i++) {
    const clino_compared *r = clino_comparison_ranked(c, i);
    if (!r->points || curves++ >= CLINO__HTML_CHART_SERIES) continue;
    chart.names[chart.n] = r->name;
    chart.series[chart.n++] = clino_run_series(r->run, series);
  }
  if (!chart.n) return;
  clino_report_item nothing = {.name = ""};
  clino__html_run run = {.item = &nothing, .options = options, .charts = &chart, .n_charts = 1, .groups = GROUPS};
  clino__text_add(text, "<div class=\"grid\">\n");
  clino__html_figure(text, &run, &chart);
  clino__text_add(text, "</div>\n");
  if (curves > chart.n)
    clino__text_addf(text, "<p class=\"thinned\">The %zu best are drawn, %zu are not.</p>\n", chart.n,
                     curves - chart.n);
}

static void add_setting(clino__text *text, const char *value) {
  clino__text_add(text, value ? "<td>" : "<td class=\"none\">");
  if (value) clino__html_text(text, value);
  else clino__text_add(text, "&#8211;");
  clino__text_add(text, "</td>");
}

static void add_settings(clino__text *text, const clino_comparison *c) {
  size_t settings = clino_comparison_setting_count(c);
  if (!settings) return;
  clino__text_add(text, "<h3>What differs</h3>\n<div class=\"scroll\"><table class=\"settings\">\n<thead><tr>"
                        "<th scope=\"col\">#</th><th scope=\"col\">run</th>");
  for (size_t s = 0; s < settings; s++) {
    clino__text_add(text, "<th scope=\"col\">");
    clino__html_text(text, clino_comparison_setting_at(c, s));
    clino__text_add(text, "</th>");
  }
  clino__text_add(text, "</tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < clino_comparison_count(c); i++) {
    const clino_compared *r = clino_comparison_ranked(c, i);
    clino__text_addf(text, "<tr><td>%zu</td><th scope=\"row\">", i + 1);
    clino__html_text(text, r->name);
    clino__text_add(text, "</th>");
    for (size_t s = 0; s < settings; s++) add_setting(text, clino_comparison_value(c, s, r->index));
    clino__text_add(text, "</tr>\n");
  }
  clino__text_add(text, "</tbody></table></div>\n");
}

static void add_sentence(clino__text *text, const clino_comparison *c) {
  clino__text sentence = CLINO__TEXT_EMPTY;
  clino__report_best(&sentence, c);
  clino__text_add(text, "<p class=\"headline\">");
  clino__html_text(text, clino__text_string(&sentence));
  clino__text_add(text, "</p>\n");
  if (sentence.failed) text->failed = true;
  clino__text_free(&sentence);
}

void clino__html_compare(clino__text *text, const clino_comparison *c, const clino_report_options *options) {
  const char *series = clino_comparison_series(c);
  clino__text_add(text, "<section class=\"runs compared\">\n<h2>Side by side</h2>\n");
  add_sentence(text, c);
  clino__text_add(text, "<p class=\"headline\">");
  if (series) {
    clino__text_add(text, "By <code>");
    clino__html_text(text, series);
    clino__text_add(text, "</code>, of which ");
    clino__text_add(text, clino_comparison_lower_is_better(c) ? "lower" : "higher");
    clino__text_add(text, " is better; errors are standard errors of the level at the end.");
  } else {
    clino__text_add(text, "The runs have no loss and no metric in common.");
  }
  clino__text_add(text, "</p>\n");
  add_ranks(text, c);
  add_curves(text, c, options);
  add_settings(text, c);
  clino__text_add(text, "</section>\n");
}
