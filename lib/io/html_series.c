/* The run's own table: every series with what it holds, and the attributes. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/html.h"

enum { SPARK_GROUPS = 30, SPARK_WIDTH = 96, SPARK_HEIGHT = 20, MOST_SPARKS = 400 };

static void add_cell(clino__text *text, double value) {
  clino__text_add(text, "<td>");
  if (isnan(value)) clino__text_add(text, "<span class=\"none\">&#8211;</span>");
  else clino__html_number(text, value);
  clino__text_add(text, "</td>");
}

/* "0 - 9000", with a dash of the right length. */
static void add_steps_cell(clino__text *text, int64_t first, int64_t last) {
  clino__text_add(text, "<td>");
  if (first == CLINO_NO_STEP || last == CLINO_NO_STEP) clino__text_add(text, "<span class=\"none\">&#8211;</span>");
  else if (first == last) clino__text_addf(text, "%" PRId64, first);
  else clino__text_addf(text, "%" PRId64 " &#8211; %" PRId64, first, last);
  clino__text_add(text, "</td>");
}

/* A line of the values in the order in which they were logged. */
static void add_spark(clino__text *text, const clino_series *s, const clino_summary *summary) {
  size_t keep[CLINO__HTML_THIN_SIZE(SPARK_GROUPS)], n = clino_series_count(s);
  size_t kept = clino__html_thin(clino_series_values(s), n, SPARK_GROUPS, keep);
  double range = summary->max - summary->min;
  char command = 'M';
  clino__text_addf(text, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\"><path d=\"", SPARK_WIDTH,
                   SPARK_HEIGHT);
  for (size_t k = 0; k < kept; k++) {
    double v = clino_series_values(s)[keep[k]];
    if (!isfinite(v)) {
      command = 'M';
      continue;
    }
    double place = range > 0 && isfinite(range) ? (v - summary->min) / range : 0.5;
    clino__text_addf(text, "%c", command);
    clino__text_add_digits(text, 1 + (SPARK_WIDTH - 2) * (n > 1 ? (double)keep[k] / (double)(n - 1) : 0.5), 3);
    clino__text_add(text, " ");
    clino__text_add_digits(text, 2 + (SPARK_HEIGHT - 4) * (1 - place), 3);
    command = 'L';
  }
  clino__text_add(text, "\"/></svg>");
}

static void add_values(clino__text *text, const clino_series *s, bool spark) {
  clino_summary summary;
  size_t n = clino_series_count(s);
  if (clino_series_summary(s, &summary, NULL)) {
    text->failed = true;
    return;
  }
  add_cell(text, n ? clino_series_values(s)[0] : NAN);
  add_cell(text, n ? clino_series_values(s)[n - 1] : NAN);
  add_cell(text, summary.min);
  add_cell(text, summary.mean);
  add_cell(text, summary.max);
  clino__text_addf(text, "<td%s>%zu</td><td>", summary.nonfinite ? " class=\"bad\"" : "", summary.nonfinite);
  if (spark && n) add_spark(text, s, &summary);
  clino__text_add(text, "</td>");
}

/* What stands in the place of numbers. */
static void add_others(clino__text *text, const clino_series *s) {
  const uint64_t left_out = clino_series_left_out(s);
  clino__text_add(text, "<td colspan=\"7\" class=\"none\">");
  clino__text_add(text, clino_series_get_kind(s) == CLINO_SERIES_IMAGE ? "images" : "histograms");
  if (left_out) clino__text_addf(text, "; %" PRIu64 " more are not held", left_out);
  clino__text_add(text, "</td>");
}

static void add_row(clino__text *text, const clino_series *s, bool spark) {
  const char *name = clino_series_name(s), *original = clino_series_original(s);
  size_t n = clino_series_count(s);
  clino__text_add(text, "<tr><th scope=\"row\">");
  clino__html_text(text, name);
  if (strcmp(name, original) != 0) {
    clino__text_add(text, "<span class=\"original\">");
    clino__html_text(text, original);
    clino__text_add(text, "</span>");
  }
  clino__text_addf(text, "</th><td>%zu</td><td>%zu</td>", n, clino_series_missing(s));
  add_steps_cell(text, clino_series_step(s, 0), n ? clino_series_step(s, n - 1) : CLINO_NO_STEP);
  if (clino_series_get_kind(s) == CLINO_SERIES_SCALAR) add_values(text, s, spark);
  else add_others(text, s);
  clino__text_add(text, "</tr>\n");
}

static void add_attributes(clino__text *text, const clino_run *run) {
  size_t n = clino_run_attribute_count(run);
  if (!n) return;
  clino__text_addf(text, "<details class=\"attributes\"><summary>Attributes <span class=\"count\">%zu</span></summary>"
                         "\n<dl>\n", n);
  for (size_t i = 0; i < n; i++) {
    const char *value, *key = clino_run_attribute_at(run, i, &value);
    clino__text_add(text, "<div><dt>");
    clino__html_text(text, key);
    clino__text_add(text, "</dt><dd>");
    clino__html_text(text, value);
    clino__html_field_end(text);
  }
  clino__text_add(text, "</dl></details>\n");
}

void clino__html_series(clino__text *text, const clino__html_run *run) {
  size_t n = clino_run_series_count(run->item->run);
  if (!n) return;
  clino__text_addf(text, "<section class=\"series\">\n<details%s><summary><h3>Series</h3> "
                         "<span class=\"count\">%zu</span></summary>\n<div class=\"scroll\"><table>\n",
                   n <= 40 ? " open" : "", n);
  clino__text_add(text, "<thead><tr><th scope=\"col\">series</th><th scope=\"col\">points</th>"
                        "<th scope=\"col\">missing</th><th scope=\"col\">steps</th>"
                        "<th scope=\"col\">first</th><th scope=\"col\">last</th><th scope=\"col\">min</th>"
                        "<th scope=\"col\">mean</th><th scope=\"col\">max</th><th scope=\"col\">not finite</th>"
                        "<th scope=\"col\"></th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < n; i++) add_row(text, clino_run_series_at(run->item->run, i), i < MOST_SPARKS);
  clino__text_add(text, "</tbody></table></div></details>\n");
  add_attributes(text, run->item->run);
  clino__text_add(text, "</section>\n");
}
