/* A gradient check as a page: verdict, explanation, worst entries, the tensors and their entries from its record, the
 * plots of a step sweep. No script: all of it is static. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/html.h"
#include "io/html.h"

enum { MOST_TENSORS = 1000, MOST_CURVES = 64, MOST_ENTRIES = 2000 /* of each kind */ };

/* ---- the head ---- */

static const char *level_of(const clino_gradcheck_result *r) {
  return clino_gradcheck_accepted(r) ? "pass" : r->verdict == CLINO_VERDICT_INCONCLUSIVE ? "warn" : "fail";
}

static void add_fact(clino__text *text, const char *before, double number, const char *after) {
  clino__text_addf(text, "<li>%s", before);
  clino__html_number(text, number);
  clino__text_addf(text, "%s</li>", after);
}

static void add_facts(clino__text *text, const clino_gradcheck_result *r) {
  clino__text_addf(text, "<div class=\"line\"><ul class=\"facts\"><li>%zu entries</li><li>%zu checked</li>", r->entries,
                   r->checked);
  add_fact(text, "", (double)r->evaluations, " evaluations");
  add_fact(text, "", (double)r->gradients, " gradients");
  if (r->noise > 0) add_fact(text, "noise of f ", r->noise, "");
  clino__text_add(text, "</ul>\n<ul class=\"counts\">");
  for (int v = CLINO_VERDICT_COUNT - 1; v > CLINO_VERDICT_NONE; v--)
    if (r->counts[v])
      clino__text_addf(text, "<li class=\"%s\"><b>%zu</b> %s</li>", v <= CLINO_VERDICT_KINK ? "pass" : "fail",
                       r->counts[v], clino_verdict_name((clino_verdict)v));
  clino__text_add(text, "</ul></div>\n");
}

/* "W1[3, 4]" */
static void add_place(clino__text *text, const clino_gradcheck_entry *e) {
  clino__html_text(text, e->tensor);
  for (size_t d = 0; d < e->n_dims && d < CLINO_MAX_DIMS; d++)
    clino__text_addf(text, "%s%zu", d ? ", " : "[", e->index[d]);
  clino__text_add(text, e->n_dims ? "]" : "");
}

static void add_headline(clino__text *text, const clino_gradcheck_result *r) {
  clino__text_add(text, "<p class=\"headline\">");
  if (r->n_explanations) {
    clino__html_text(text, r->explanation[0].text);
  } else if (r->reason) {
    clino__html_text(text, clino_reason_text(r->reason));
    clino__text_add(text, r->worst.tensor[0] ? ", most of all at " : "");
    if (r->worst.tensor[0]) add_place(text, &r->worst);
  } else {
    clino__text_add(text, "Analytic and numerical gradient agree.");
  }
  clino__text_add(text, "</p>\n");
}

static void add_head(clino__text *text, const char *name, const clino_gradcheck_result *r) {
  const char *level = level_of(r);
  clino__text_addf(text, "<section class=\"run\" data-verdict=\"%s\">\n<header class=\"verdict %s\">\n",
                   clino_verdict_name(r->verdict), level);
  clino__html_badge(text, level, clino_verdict_name(r->verdict));
  clino__text_add(text, "\n<h1>");
  clino__html_text(text, name);
  clino__text_add(text, "</h1>\n");
  add_headline(text, r);
  add_facts(text, r);
  clino__text_add(text, "</header>\n");
}

static void add_explanations(clino__text *text, const clino_gradcheck_result *r) {
  if (r->n_explanations < 2) return;
  clino__text_add(text, "<section>\n<h3>What else it may be</h3>\n<div class=\"rest\"><ul>\n");
  for (size_t i = 1; i < r->n_explanations; i++) {
    clino__text_addf(text, "<li><span class=\"check\">%s</span> ", clino_pattern_name(r->explanation[i].pattern));
    clino__html_text(text, r->explanation[i].text);
    clino__text_add(text, "</li>\n");
  }
  clino__text_add(text, "</ul></div>\n</section>\n");
}

/* ---- the worst entries ---- */

static void add_number_cell(clino__text *text, double value) {
  clino__text_add(text, "<td>");
  clino__html_number(text, value);
  clino__text_add(text, "</td>");
}

static void add_entry(clino__text *text, const clino_gradcheck_entry *e) {
  clino__text_add(text, "<tr><th scope=\"row\"><code>");
  add_place(text, e);
  clino__text_add(text, "</code></th>");
  add_number_cell(text, e->analytic);
  add_number_cell(text, e->numeric);
  add_number_cell(text, e->error);
  add_number_cell(text, e->relative_error);
  add_number_cell(text, e->step);
  clino__text_addf(text, "<td>%s</td><td class=\"top\">", clino_verdict_name(e->verdict));
  if (e->reason) clino__html_text(text, clino_reason_text(e->reason));
  clino__text_add(text, "</td></tr>\n");
}

static void add_entries(clino__text *text, const clino_gradcheck_result *r) {
  if (!r->worst.tensor[0]) return;
  clino__text_add(text, "<section>\n<h3>Worst entries</h3>\n<div class=\"scroll\"><table>\n<thead><tr>"
                        "<th scope=\"col\">entry</th><th scope=\"col\">analytic</th><th scope=\"col\">numeric</th>"
                        "<th scope=\"col\">error bar</th><th scope=\"col\">relative error</th>"
                        "<th scope=\"col\">step</th><th scope=\"col\">verdict</th><th scope=\"col\" class=\"top\"></th>"
                        "</tr></thead>\n<tbody>\n");
  add_entry(text, &r->worst);
  for (size_t i = 0; i < r->n_next; i++) add_entry(text, &r->next[i]);
  clino__text_add(text, "</tbody></table></div>\n</section>\n");
}

/* ---- the record ---- */

typedef struct tally {
  size_t measured, accepted;
  double worst; /* relative error */
} tally;

static bool is_accepted(unsigned char verdict) {
  return verdict == CLINO_VERDICT_PASS || verdict == CLINO_VERDICT_KINK;
}

static void count_tensor(const clino_recorded_tensor *t, tally *sum) {
  for (size_t i = 0; i < t->count; i++) {
    if (t->verdict[i] == CLINO_VERDICT_NONE) continue;
    double error = clino_relative_error(t->analytic[i], t->numeric[i]);
    sum->measured++;
    sum->accepted += is_accepted(t->verdict[i]);
    if (!(error <= sum->worst)) sum->worst = error;
  }
}

static void add_tensor(clino__text *text, const clino_gradcheck_record *record, size_t i) {
  clino_recorded_tensor t = {.name = NULL};
  tally sum = {0, 0, 0};
  for (size_t s = 0; s < clino_gradcheck_record_sheets(record); s++)
    if (clino_gradcheck_record_get(record, s, i, &t, NULL) == CLINO_OK) count_tensor(&t, &sum);
  if (!t.name) return;
  clino__text_add(text, "<tr><th scope=\"row\"><code>");
  clino__html_text(text, t.name);
  clino__text_addf(text, "</code></th><td>%s</td><td>", t.dtype == CLINO_F32 ? "f32" : "f64");
  for (size_t d = 0; d < t.n_dims; d++) clino__text_addf(text, "%s%zu", d ? " &#215; " : "", t.shape[d]);
  clino__text_addf(text, "</td><td>%zu</td><td>%zu</td><td%s>%zu</td>", sum.measured, sum.accepted,
                   sum.measured > sum.accepted ? " class=\"bad\"" : "", sum.measured - sum.accepted);
  add_number_cell(text, sum.measured ? sum.worst : NAN);
  clino__text_add(text, "</tr>\n");
}

static void add_tensors(clino__text *text, const clino_gradcheck_record *record) {
  size_t n = clino_gradcheck_record_tensors(record);
  if (!n || !clino_gradcheck_record_sheets(record)) return;
  clino__text_add(text, "<section>\n<h3>Tensors</h3>\n<div class=\"scroll\"><table>\n<thead><tr>"
                        "<th scope=\"col\">tensor</th><th scope=\"col\">type</th><th scope=\"col\">shape</th>"
                        "<th scope=\"col\">measured</th><th scope=\"col\">accepted</th><th scope=\"col\">not</th>"
                        "<th scope=\"col\">worst relative error</th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < n && i < MOST_TENSORS; i++) add_tensor(text, record, i);
  clino__text_add(text, "</tbody></table></div>\n");
  if (n > MOST_TENSORS) clino__text_addf(text, "<p class=\"thinned\">%zu more are not listed.</p>\n", n - MOST_TENSORS);
  clino__text_add(text, "</section>\n");
}

/* Analytic against numerical values, of one kind: accepted, or not. */
typedef struct cloud {
  double x[MOST_ENTRIES], y[MOST_ENTRIES];
  size_t n, seen, every; /* each every-th of those seen is taken */
} cloud;

static void add_point(cloud *c, double x, double y) {
  if (c->seen++ % c->every || c->n == MOST_ENTRIES || !isfinite(x) || !isfinite(y)) return;
  c->x[c->n] = x;
  c->y[c->n++] = y;
}

static void gather(const clino_gradcheck_record *record, cloud clouds[2]) {
  clino_recorded_tensor t;
  for (size_t s = 0; s < clino_gradcheck_record_sheets(record); s++)
    for (size_t i = 0; i < clino_gradcheck_record_tensors(record); i++) {
      if (clino_gradcheck_record_get(record, s, i, &t, NULL)) continue;
      for (size_t k = 0; k < t.count; k++)
        if (t.verdict[k] != CLINO_VERDICT_NONE)
          add_point(&clouds[!is_accepted(t.verdict[k])], t.numeric[k], t.analytic[k]);
    }
}

static void plot_clouds(clino__text *text, const cloud clouds[2]) {
  double low = INFINITY, high = -INFINITY;
  for (int c = 0; c < 2; c++)
    for (size_t i = 0; i < clouds[c].n; i++) {
      low = fmin(low, clouds[c].x[i]);
      high = fmax(high, clouds[c].x[i]);
    }
  double ends[2] = {low, high};
  clino_plot_series series[3] = {
      {.name = "equal", .n = 2, .x = ends, .y = ends, .line = CLINO_PLOT_DASHED, .color = CLINO_PLOT_GREY},
      {.name = "accepted", .n = clouds[0].n, .x = clouds[0].x, .y = clouds[0].y, .line = CLINO_PLOT_NO_LINE,
       .marker = CLINO_PLOT_CIRCLE, .color = CLINO_PLOT_BLUE},
      {.name = "not accepted", .n = clouds[1].n, .x = clouds[1].x, .y = clouds[1].y, .line = CLINO_PLOT_NO_LINE,
       .marker = CLINO_PLOT_CROSS, .color = CLINO_PLOT_VERMILLION}};
  clino_plot plot = clino_plot_default();
  plot.width = 1040, plot.height = 420;
  plot.x.label = "numerical derivative", plot.y.label = "analytic gradient";
  plot.series = series, plot.n_series = clouds[1].n ? 3 : 2;
  if (clino_plot_svg(&plot, clino__html_sink, text, NULL)) text->failed = true;
}

static void add_plot(clino__text *text, const clino_gradcheck_record *record) {
  cloud *clouds = calloc(2, sizeof *clouds);
  if (!clouds) {
    text->failed = true;
    return;
  }
  clouds[0].every = clouds[1].every = 1;
  gather(record, clouds);
  for (int c = 0; c < 2; c++) clouds[c].every = clouds[c].seen / MOST_ENTRIES + 1;
  size_t seen = clouds[0].seen + clouds[1].seen;
  for (int c = 0; c < 2; c++) clouds[c].n = clouds[c].seen = 0;
  gather(record, clouds);
  size_t n = clouds[0].n + clouds[1].n;
  if (n) {
    clino__text_add(text, "<figure class=\"chart first\">\n<figcaption><h4>Every entry</h4></figcaption>\n");
    plot_clouds(text, clouds);
    if (n < seen) clino__text_addf(text, "<p class=\"thinned\">%zu of %zu entries are drawn.</p>\n", n, seen);
    clino__text_add(text, "</figure>\n");
  }
  free(clouds);
}

/* ---- the sweep ---- */

static void add_sweep(clino__text *text, const clino_sweep *sweep) {
  size_t n = clino_sweep_count(sweep);
  if (!n) return;
  clino__text_add(text, "<section>\n<h3>Error against the step</h3>\n<div class=\"grid\">\n");
  for (size_t i = 0; i < n && i < MOST_CURVES; i++) {
    const clino_sweep_curve *c = clino_sweep_at(sweep, i);
    clino__text_add(text, "<figure class=\"chart sweep\">\n<figcaption><h4>");
    clino__html_text(text, c->tensor);
    clino__text_addf(text, "</h4> <span class=\"steps\">entry %zu: %s</span></figcaption>\n", c->flat,
                     clino_sweep_shape_name(c->shape));
    if (clino_sweep_svg(sweep, i, clino__html_sink, text, NULL)) text->failed = true;
    clino__text_add(text, "</figure>\n");
  }
  clino__text_add(text, "</div>\n");
  if (n > MOST_CURVES) clino__text_addf(text, "<p class=\"thinned\">%zu more are not drawn.</p>\n", n - MOST_CURVES);
  clino__text_add(text, "</section>\n");
}

/* ---- the page ---- */

static void add_report(clino__text *text, const clino_gradcheck_result *r) {
  size_t size = clino_gradcheck_report(r, NULL, 0) + 1;
  char *report = malloc(size);
  if (!report) {
    text->failed = true;
    return;
  }
  clino_gradcheck_report(r, report, size);
  clino__text_addf(text, "<section>\n<details%s><summary><h3>The whole report</h3></summary>\n<pre>",
                   clino_gradcheck_accepted(r) ? "" : " open");
  clino__html_lines(text, report);
  clino__text_add(text, "</pre></details>\n</section>\n");
  free(report);
}

static void write_page(clino__text *text, const clino_html_gradcheck *page) {
  const char *name = page->name ? page->name : "gradient check";
  clino__html_open(text, name, false);
  add_head(text, name, page->result);
  add_explanations(text, page->result);
  add_entries(text, page->result);
  add_sweep(text, page->sweep);
  if (page->record) {
    add_tensors(text, page->record);
    add_plot(text, page->record);
  }
  add_report(text, page->result);
  clino__text_add(text, "</section>\n");
  clino__html_close(text, false);
}

clino_status clino_gradcheck_write_html(const clino_html_gradcheck *page, clino_report_sink sink, void *ctx,
                                        clino_error *error) {
  if (!page || !sink || !page->result)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_write_html: %s is NULL",
                       !page ? "page" : !sink ? "sink" : "page.result");
  if (page->result->verdict == CLINO_VERDICT_NONE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_gradcheck_write_html: the check came to no verdict");
  clino__text text = CLINO__TEXT_EMPTY;
  write_page(&text, page);
  clino_status status = text.failed ? clino__fail_memory(error, "a page") : CLINO_OK;
  if (!status) {
    int value = sink(text.data, text.length, ctx);
    if (value) status = clino__fail_callback(error, "sink", value);
  }
  clino__text_free(&text);
  return status;
}
