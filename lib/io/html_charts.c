/* The charts of a run: each a figure with a static plot, which is what is seen without a script and in print, and the
 * same points as JSON, from which the script draws one that can be zoomed, smoothed and switched to a logarithmic axis.
 * Findings are shaded over the steps that they speak of, and named below. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/html.h"

/* The points of a series that are drawn, and for smoothing the mean of each group of neighbours where not all are. */
typedef struct drawn {
  double *x, *y;
  size_t n;
  double *mean_x, *mean;
  size_t n_means; /* 0: all points are drawn */
} drawn;

static const clino_plot_color colors[CLINO__HTML_CHART_SERIES] = {
    CLINO_PLOT_BLUE, CLINO_PLOT_VERMILLION, CLINO_PLOT_GREEN, CLINO_PLOT_PURPLE, CLINO_PLOT_OCHRE, CLINO_PLOT_BLACK};

/* Charts whose points have no step, or where only some have one, are drawn over rows. */
static bool over_rows(const clino__html_chart *chart) {
  for (size_t i = 0; i < chart->n; i++) {
    const clino_series *s = chart->series[i];
    for (size_t k = 0, n = clino_series_count(s); k < n; k++)
      if (clino_series_step(s, k) == CLINO_NO_STEP) return true;
  }
  return false;
}

static const char *name_of(const clino__html_chart *chart, size_t i) {
  return chart->names[i] ? chart->names[i] : clino_series_name(chart->series[i]);
}

static double x_of(const clino_series *s, size_t i, bool rows) {
  return rows ? (double)clino_series_row(s, i) : (double)clino_series_step(s, i);
}

static void drawn_free(drawn *d) {
  free(d->x);
  free(d->y);
  free(d->mean_x);
  free(d->mean);
  *d = (drawn){.x = NULL};
}

static void take_means(drawn *d, const clino_series *s, bool rows, size_t groups) {
  const double *values = clino_series_values(s);
  size_t n = clino_series_count(s), first = 0;
  for (size_t g = 0; g < groups; g++) {
    size_t end = first + n / groups + (g < n % groups), finite = 0;
    double mean = 0;
    for (size_t i = first; i < end; i++)
      if (isfinite(values[i])) mean += (values[i] - mean) / (double)++finite;
    d->mean_x[g] = x_of(s, first + (end - first) / 2, rows);
    d->mean[g] = finite ? mean : NAN;
    first = end;
  }
  d->n_means = groups;
}

static bool drawn_new(drawn *d, const clino_series *s, bool rows, size_t groups) {
  size_t n = clino_series_count(s), room = n < CLINO__HTML_THIN_SIZE(groups) ? n : CLINO__HTML_THIN_SIZE(groups);
  size_t *keep = malloc((CLINO__HTML_THIN_SIZE(groups) + 1) * sizeof *keep);
  *d = (drawn){.x = malloc((room + 1) * sizeof *d->x), .y = malloc((room + 1) * sizeof *d->y)};
  d->mean_x = malloc(groups * sizeof *d->mean_x);
  d->mean = malloc(groups * sizeof *d->mean);
  bool ok = keep && d->x && d->y && d->mean_x && d->mean;
  if (ok) {
    d->n = clino__html_thin(clino_series_values(s), n, groups, keep);
    for (size_t k = 0; k < d->n; k++) {
      d->x[k] = x_of(s, keep[k], rows);
      d->y[k] = clino_series_values(s)[keep[k]];
    }
    if (d->n < n) take_means(d, s, rows, groups);
  }
  free(keep);
  return ok;
}

/* A logarithmic axis shows more where all is above 0 and what is typical (medians of buckets) spans three decades; of
 * several layers two, since their order of size is what one looks for. */
static bool suits_log(const clino__html_chart *chart) {
  double least = INFINITY, low = INFINITY, high = 0;
  for (size_t i = 0; i < chart->n; i++) {
    clino_summary s;
    if (clino_series_summary(chart->series[i], &s, NULL)) continue;
    least = fmin(least, s.min);
    for (size_t b = 0; b < s.n_buckets; b++) {
      low = fmin(low, s.buckets[b].median);
      high = fmax(high, s.buckets[b].median);
    }
  }
  return least > 0 && high / low >= (chart->n > 2 ? 100 : 1000);
}

/* ---- the static plot ---- */

static clino_plot_color level_color(clino_finding_level level) {
  return level == CLINO_FINDING_FAIL ? CLINO_PLOT_VERMILLION : level == CLINO_FINDING_WARN ? CLINO_PLOT_OCHRE
                                                                                           : CLINO_PLOT_GREY;
}

static double band_low(const clino_finding *f) {
  return f->first_step == CLINO_NO_STEP ? -INFINITY : (double)f->first_step;
}

static double band_high(const clino_finding *f) {
  if (f->last_step != CLINO_NO_STEP) return (double)f->last_step;
  return f->first_step == CLINO_NO_STEP ? INFINITY : (double)f->first_step;
}

/* Whether a finding of the chart is marked in it: one that speaks of all steps is named below alone. */
static bool has_band(const clino__html_run *run, const clino__html_chart *chart, const clino_finding *f) {
  if ((f->first_step == CLINO_NO_STEP && f->last_step == CLINO_NO_STEP) || !clino__html_pinned(run, chart, f))
    return false;
  for (size_t i = 0; i < chart->n; i++) {
    const clino_series *s = chart->series[i];
    if (band_low(f) > (double)clino_series_step(s, 0)) return true;
    if (band_high(f) < (double)clino_series_step(s, clino_series_count(s) - 1)) return true;
  }
  return false;
}

enum { MOST_BANDS = 24, LABEL_SIZE = 32 };

typedef struct bands {
  clino_plot_range ranges[MOST_BANDS];
  clino_plot_rule rules[MOST_BANDS];
  char labels[MOST_BANDS][LABEL_SIZE];
  size_t n_ranges, n_rules;
} bands;

/* Ranges of steps as shades, single steps as lines. */
static void find_bands(const clino__html_run *run, const clino__html_chart *chart, bands *b) {
  b->n_ranges = b->n_rules = 0;
  for (size_t i = 0; i < run->n_pins && b->n_ranges + b->n_rules < MOST_BANDS; i++) {
    const clino_finding *f = run->pins[i];
    if (!has_band(run, chart, f)) continue;
    char *label = b->labels[b->n_ranges + b->n_rules];
    snprintf(label, LABEL_SIZE, "finding %zu", i + 1);
    double low = band_low(f), high = band_high(f);
    if (low == high)
      b->rules[b->n_rules++] =
          (clino_plot_rule){CLINO_PLOT_X, low, label, CLINO_PLOT_DASHED, level_color(f->level)};
    else b->ranges[b->n_ranges++] = (clino_plot_range){CLINO_PLOT_X, low, high, label, level_color(f->level)};
  }
}

static void add_static(clino__text *text, const clino__html_run *run, const clino__html_chart *chart,
                       const drawn *points, bool rows, bool logarithmic) {
  clino_plot_series series[CLINO__HTML_CHART_SERIES];
  bands b;
  clino_plot plot = clino_plot_default();
  for (size_t i = 0; i < chart->n; i++)
    series[i] = (clino_plot_series){.name = name_of(chart, i), .n = points[i].n, .x = points[i].x,
                                    .y = points[i].y, .color = colors[i],
                                    .marker = points[i].n < 40 ? CLINO_PLOT_CIRCLE : CLINO_PLOT_NO_MARKER};
  find_bands(run, chart, &b);
  plot.width = chart == run->charts ? 1040 : 560;
  plot.height = chart == run->charts ? 380 : 320;
  plot.x.label = rows ? "row" : "step";
  plot.y.scale = logarithmic ? CLINO_PLOT_LOG : CLINO_PLOT_LINEAR;
  plot.series = series, plot.n_series = chart->n;
  if (!rows) {
    plot.ranges = b.ranges, plot.n_ranges = b.n_ranges;
    plot.rules = b.rules, plot.n_rules = b.n_rules;
  }
  clino__text title = CLINO__TEXT_EMPTY; /* for screen readers: the figure's caption is what is seen */
  clino__text_add_bytes(&title, chart->title, chart->title_size);
  clino__text_add(text, "<div class=\"static\">");
  if (clino_plot_panels_svg(&plot, 1, 1, clino__text_string(&title), clino__html_sink, text, NULL)) text->failed = true;
  if (title.failed) text->failed = true;
  clino__text_free(&title);
  clino__text_add(text, "</div>\n");
}

/* ---- the data for the script ---- */

static void add_array(clino__text *text, const char *key, const double *values, size_t n) {
  clino__text_addf(text, ",\"%s\":[", key);
  for (size_t i = 0; i < n; i++) {
    if (i) clino__text_add(text, ",");
    if (fabs(values[i]) < 9e15 && values[i] == trunc(values[i])) clino__text_addf(text, "%.0f", values[i]);
    else clino__html_json_number(text, values[i]);
  }
  clino__text_add(text, "]");
}

static void add_bands(clino__text *text, const clino__html_run *run, const clino__html_chart *chart) {
  const char *before = "";
  clino__text_add(text, "],\"bands\":[");
  for (size_t i = 0; i < run->n_pins; i++) {
    const clino_finding *f = run->pins[i];
    if (!has_band(run, chart, f)) continue;
    clino__text_addf(text, "%s{\"n\":%zu,\"level\":\"%s\",\"a\":", before, i + 1, clino_finding_level_name(f->level));
    clino__html_json_number(text, band_low(f));
    clino__text_add(text, ",\"b\":");
    clino__html_json_number(text, band_high(f));
    clino__text_add(text, "}");
    before = ",";
  }
}

static void add_data(clino__text *text, const clino__html_run *run, const clino__html_chart *chart,
                     const drawn *points, bool rows, bool logarithmic) {
  clino__text_addf(text, "<script type=\"application/json\" class=\"data\">{\"log\":%s,\"x\":\"%s\",\"series\":[",
                   logarithmic ? "true" : "false", rows ? "row" : "step");
  for (size_t i = 0; i < chart->n; i++) {
    clino__text_addf(text, "%s{\"color\":%d,\"name\":", i ? "," : "", (int)colors[i]);
    clino__html_json(text, name_of(chart, i));
    add_array(text, "x", points[i].x, points[i].n);
    add_array(text, "y", points[i].y, points[i].n);
    if (points[i].n_means) {
      add_array(text, "mx", points[i].mean_x, points[i].n_means);
      add_array(text, "m", points[i].mean, points[i].n_means);
    }
    clino__text_add(text, "}");
  }
  if (rows) clino__text_add(text, "],\"bands\":[");
  else add_bands(text, run, chart);
  clino__text_add(text, "]}</script>\n");
}

/* ---- the figure ---- */

static void add_title(clino__text *text, const clino__html_chart *chart) {
  clino__text title = CLINO__TEXT_EMPTY;
  clino__text_add_bytes(&title, chart->title, chart->title_size);
  if (title.failed) text->failed = true;
  clino__html_text(text, clino__text_string(&title));
  clino__text_free(&title);
  if (chart->part) clino__text_addf(text, " <small>part %zu</small>", chart->part);
}

/* Links to the findings that are marked in the chart. */
static void add_pins(clino__text *text, const clino__html_run *run, const clino__html_chart *chart) {
  bool any = false;
  for (size_t i = 0; i < run->n_pins; i++) {
    const clino_finding *f = run->pins[i];
    if (!clino__html_pinned(run, chart, f)) continue;
    if (!any) clino__text_add(text, "<ul class=\"pins\">");
    any = true;
    clino__text_add(text, "<li><a href=\"#");
    clino__html_id(text, run, "finding", i + 1);
    clino__text_addf(text, "\"><span class=\"pin %s\">%zu</span> ", clino_finding_level_name(f->level), i + 1);
    clino__html_text(text, f->check);
    clino__text_add(text, "</a> <span class=\"steps\">");
    clino__report_steps(text, "", f->first_step, f->last_step);
    clino__text_add(text, "</span></li>");
  }
  if (any) clino__text_add(text, "</ul>\n");
}

static void add_thinned(clino__text *text, const clino__html_chart *chart, const drawn *points) {
  size_t all = 0, shown = 0;
  for (size_t i = 0; i < chart->n; i++) {
    all += clino_series_count(chart->series[i]);
    shown += points[i].n;
  }
  if (shown < all)
    clino__text_addf(text, "<p class=\"thinned\">%zu of %zu points are drawn, of each stretch the lowest and the "
                           "highest.</p>\n", shown, all);
}

void clino__html_figure(clino__text *text, const clino__html_run *run, const clino__html_chart *chart) {
  drawn points[CLINO__HTML_CHART_SERIES] = {{.x = NULL}};
  bool rows = over_rows(chart), logarithmic = suits_log(chart), ok = true;
  for (size_t i = 0; i < chart->n && ok; i++) ok = drawn_new(&points[i], chart->series[i], rows, run->groups);
  clino__text_addf(text, "<figure class=\"chart%s\" id=\"", chart == run->charts ? " first" : "");
  clino__html_id(text, run, "chart", (size_t)(chart - run->charts) + 1);
  clino__text_add(text, "\">\n<figcaption><h4>");
  add_title(text, chart);
  clino__text_add(text, "</h4></figcaption>\n");
  if (ok) {
    add_static(text, run, chart, points, rows, logarithmic);
    add_pins(text, run, chart);
    add_thinned(text, chart, points);
    add_data(text, run, chart, points, rows, logarithmic);
  } else {
    text->failed = true;
  }
  clino__text_add(text, "</figure>\n");
  for (size_t i = 0; i < chart->n; i++) drawn_free(&points[i]);
}

void clino__html_charts(clino__text *text, const clino__html_run *run) {
  if (!run->n_charts) return;
  clino__text_add(text, "<section class=\"charts\">\n<h3>Charts</h3>\n<div class=\"grid\">\n");
  for (size_t i = 0; i < run->n_charts; i++) clino__html_figure(text, run, &run->charts[i]);
  clino__text_add(text, "</div>\n");
  if (run->left_out)
    clino__text_addf(text, "<p class=\"thinned\">%zu more %s not drawn; their series are in the table below.</p>\n",
                     run->left_out, run->left_out == 1 ? "chart is" : "charts are");
  clino__text_add(text, "</section>\n");
}
