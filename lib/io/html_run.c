/* What of a run is shown where: findings are numbered by gravity, scalar series gathered into charts, training beside
 * validation and layers beside layers, and the charts ordered by what there is to see in them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/html.h"

enum { PAGE_CHARTS = 120, RUN_CHARTS = 48, PAGE_POINTS = 40000, MOST_GROUPS = 700, FEWEST_GROUPS = 60 };
enum { PAGE_BYTES = 5500000, PAGE_IMAGE_BYTES = 2 << 20 }; /* images take a third more as text */

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* Series of one kind, a layer each, that have a scale in common: everything up to the slash. */
static bool is_per_layer(const char *name) {
  static const char *const kinds[] = {"grad_norm/",         "param_norm/",        "param_std/",
                                      "update_norm/",       "update_ratio/",      "weight_noise/",
                                      "act_mean/",          "act_std/",           "act_zero_fraction/",
                                      "act_dead_fraction/", "act_saturated_fraction/"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (starts_with(name, kinds[i])) return true;
  return false;
}

/* What a series' chart is called: "loss" for train/loss and val/loss, "grad_norm" for grad_norm/W1. */
static const char *title_of(const char *name, size_t *size) {
  static const char *const splits[] = {"train/", "val/", "test/"};
  for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++)
    if (starts_with(name, splits[i]) && name[strlen(splits[i])]) name += strlen(splits[i]);
  *size = is_per_layer(name) ? strcspn(name, "/") : strlen(name);
  return name;
}

/* Training first, so that it has the same colour in every chart. */
static int rank(const clino_series *series) {
  static const char *const splits[] = {"train/", "val/", "test/"};
  int r = 0;
  while (r < 3 && !starts_with(clino_series_name(series), splits[r])) r++;
  return r;
}

static void add_series(clino__html_chart *chart, const clino_series *series) {
  size_t i = chart->n++;
  for (; i > 0 && rank(chart->series[i - 1]) > rank(series); i--) chart->series[i] = chart->series[i - 1];
  chart->series[i] = series;
}

bool clino__html_pinned(const clino__html_run *run, const clino__html_chart *chart, const clino_finding *pin) {
  if (!pin->series) return chart == run->charts;
  for (size_t i = 0; i < chart->n; i++)
    if (strcmp(clino_series_name(chart->series[i]), pin->series) == 0) return true;
  return false;
}

static bool find_pins(clino__html_run *run) {
  int lowest = run->options->quiet ? CLINO_FINDING_WARN : CLINO_FINDING_INFO;
  run->pins = clino__report_order(run->item->findings, lowest, &run->n_pins);
  return run->pins != NULL;
}

static bool same_title(const clino__html_chart *chart, const char *title, size_t size) {
  return chart->title_size == size && memcmp(chart->title, title, size) == 0;
}

/* The chart that a series goes to: one of its title with room, else a new one. */
static clino__html_chart *chart_for(clino__html_run *run, const char *title, size_t size, size_t *count) {
  clino__html_chart *last = NULL;
  for (size_t i = *count; i-- > 0 && !last;)
    if (same_title(&run->charts[i], title, size)) last = &run->charts[i];
  if (last && last->n < CLINO__HTML_CHART_SERIES) return last;
  clino__html_chart *chart = &run->charts[(*count)++];
  *chart = (clino__html_chart){.title = title, .title_size = size};
  if (last) {
    if (!last->part) last->part = 1;
    chart->part = last->part + 1;
  }
  return chart;
}

static int weigh(const clino__html_run *run, const clino__html_chart *chart) {
  int weight = 0;
  if (chart->title_size == 4 && memcmp(chart->title, "loss", 4) == 0) weight = 1000;
  else if (rank(chart->series[0]) < 3) weight = 1;
  for (size_t i = 0; i < run->n_pins; i++)
    if (run->pins[i]->series && clino__html_pinned(run, chart, run->pins[i])) weight += 10 * (int)run->pins[i]->level;
  return weight;
}

/* Stable: of equal weight, what was logged first comes first. */
static void sort_charts(clino__html_chart *charts, clino__html_chart *scratch, size_t n) {
  if (n < 2) return;
  size_t half = n / 2, a = 0, b = half, k = 0;
  sort_charts(charts, scratch, half);
  sort_charts(charts + half, scratch, n - half);
  while (a < half || b < n)
    scratch[k++] = b == n || (a < half && charts[a].weight >= charts[b].weight) ? charts[a++] : charts[b++];
  memcpy(charts, scratch, n * sizeof *charts);
}

static bool find_charts(clino__html_run *run, size_t runs) {
  size_t n = clino_run_series_count(run->item->run), count = 0, drawn = 0;
  run->charts = malloc((2 * n + 1) * sizeof *run->charts); /* the second half is for sorting */
  if (!run->charts) return false;
  for (size_t i = 0; i < n; i++) {
    const clino_series *series = clino_run_series_at(run->item->run, i);
    size_t size;
    if (clino_series_get_kind(series) != CLINO_SERIES_SCALAR || !clino_series_count(series)) continue;
    const char *title = title_of(clino_series_name(series), &size);
    clino__html_chart *chart = chart_for(run, title, size, &count);
    add_series(chart, series);
  }
  for (size_t i = 0; i < count; i++) run->charts[i].weight = weigh(run, &run->charts[i]);
  sort_charts(run->charts, run->charts + n, count);
  size_t most = PAGE_CHARTS / runs;
  if (most < 1) most = 1;
  if (most > RUN_CHARTS) most = RUN_CHARTS;
  run->n_charts = count < most ? count : most;
  run->left_out = count - run->n_charts;
  for (size_t i = 0; i < run->n_charts; i++) drawn += run->charts[i].n;
  run->groups = drawn ? PAGE_POINTS / (drawn * runs) : MOST_GROUPS;
  if (run->groups > MOST_GROUPS) run->groups = MOST_GROUPS;
  if (run->groups < FEWEST_GROUPS) run->groups = FEWEST_GROUPS;
  return true;
}

bool clino__html_run_new(clino__html_run *run, const clino_report_item *item, const clino_report_options *options,
                         size_t number, size_t runs) {
  *run = (clino__html_run){.item = item, .options = options, .number = number, .bytes = PAGE_BYTES / runs,
                           .image_bytes = PAGE_IMAGE_BYTES / runs};
  return find_pins(run) && find_charts(run, runs);
}

void clino__html_run_free(clino__html_run *run) {
  free(run->pins);
  free(run->charts);
  *run = (clino__html_run){.item = NULL};
}

void clino__html_id(clino__text *text, const clino__html_run *run, const char *kind, size_t number) {
  clino__text_addf(text, "run%zu", run->number);
  if (kind) clino__text_addf(text, "-%s%zu", kind, number);
}
