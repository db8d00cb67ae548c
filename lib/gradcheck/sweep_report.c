/* A sweep as plot, as CSV, as text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "gradcheck/sweep.h"

static void add_entry_name(clino__text *t, const clino_sweep_curve *c) {
  clino__text_add(t, c->tensor);
  for (size_t d = 0; d < c->n_dims; d++) clino__text_addf(t, "%s%zu", d ? "," : "[", c->index[d]);
  clino__text_add(t, "]");
}

static clino_status hand_over(clino__text *t, clino_status status, const char *what, clino_text_sink sink, void *ctx,
                              clino_error *error) {
  if (!status && t->failed) status = clino__fail_memory(error, what);
  if (!status) {
    int value = sink(clino__text_string(t), t->length, ctx);
    if (value) status = clino__fail_callback(error, "sink", value);
  }
  clino__text_free(t);
  return status;
}

static clino_status check_arguments(const clino_sweep *sweep, clino_text_sink sink, const char *function,
                                    clino_error *error) {
  if (sweep && sink) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "%s: %s is NULL", function, sweep ? "sink" : "sweep");
}

/* ---- the plot ---- */

#define MOST_SERIES 6
#define BELOW 0.25 /* reference lines lie below the curve, so as not to hide it */

typedef struct picture {
  const clino_sweep_curve *c;
  double *steps[2], *errors[2];          /* forward, centered; relative errors */
  double reference_x[3][2], reference_y[3][2];
  double best_x[2], best_y[2];
  clino_plot_series series[MOST_SERIES];
  size_t n_series, n_best;
  clino__text title, y_label, noise_label;
} picture;

static void add_curve(picture *p, int centered) {
  const clino_sweep_curve *c = p->c;
  for (size_t k = 0; k < c->n; k++) {
    const clino_sweep_point *q = &c->points[k];
    p->steps[centered][k] = centered ? q->centered_step : q->forward_step;
    p->errors[centered][k] = (centered ? q->centered_error : q->forward_error) / c->scale;
  }
  const char *one_sided = c->direction > 0 ? "forward difference" : "backward difference";
  p->series[p->n_series++] = (clino_plot_series){.name = centered ? "centered difference" : one_sided,
                                                 .n = c->n,
                                                 .x = p->steps[centered],
                                                 .y = p->errors[centered],
                                                 .marker = centered ? CLINO_PLOT_DIAMOND : CLINO_PLOT_CIRCLE,
                                                 .color = centered ? CLINO_PLOT_VERMILLION : CLINO_PLOT_BLUE};
}

/* The line y = at_y (x / at_x)^slope from x = low to x = high. */
static void add_reference(picture *p, int i, const char *name, double slope, double at_x, double at_y, double low,
                          double high) {
  static const clino_plot_line lines[3] = {CLINO_PLOT_DASHED, CLINO_PLOT_DOTTED, CLINO_PLOT_DASHED};
  p->reference_x[i][0] = low, p->reference_y[i][0] = at_y * pow(low / at_x, slope);
  p->reference_x[i][1] = high, p->reference_y[i][1] = at_y * pow(high / at_x, slope);
  p->series[p->n_series++] = (clino_plot_series){.name = name, .n = 2, .x = p->reference_x[i], .y = p->reference_y[i],
                                                 .line = lines[i],
                                                 .color = i == 2 ? CLINO_PLOT_OCHRE : CLINO_PLOT_GREY};
}

static double error_at(const picture *p, int centered, double step) {
  for (size_t k = 0; k < p->c->n; k++)
    if (p->steps[centered][k] == step) return p->errors[centered][k];
  return NAN;
}

static void add_references(picture *p) {
  const clino_sweep_curve *c = p->c;
  const clino_sweep_fit *fits[2] = {&c->forward, &c->centered};
  for (int i = 0; i < 2; i++) {
    double low = fits[i]->order_low, high = fits[i]->order_high;
    double level = error_at(p, i, low);
    if (isfinite(fits[i]->order))
      add_reference(p, i, i ? "slope 2" : "slope 1", i + 1, low, BELOW * level, low, high);
  }
  double level = c->noise / sqrt(2) / c->scale;
  if (!(level > 0) || !c->n) return;
  /* As far as noise shows: the error bar of the derivative is three of its deviations, or more. */
  double low = c->points[0].step, high = fmin(3 * level * c->scale / c->numeric_error, c->points[c->n - 1].step);
  if (!(high > low)) return;
  clino__text_add(&p->noise_label, "slope -1: noise ");
  clino__text_add_digits(&p->noise_label, c->noise, 2);
  add_reference(p, 2, clino__text_string(&p->noise_label), -1, 1, level, low, high);
}

static void add_best(picture *p) {
  const clino_sweep_fit *fits[2] = {&p->c->forward, &p->c->centered};
  for (int i = 0; i < 2; i++) {
    double y = error_at(p, i, fits[i]->best_step);
    if (!isfinite(y)) continue;
    p->best_x[p->n_best] = fits[i]->best_step;
    p->best_y[p->n_best++] = y;
  }
  p->series[p->n_series++] = (clino_plot_series){.name = "best step", .n = p->n_best, .x = p->best_x, .y = p->best_y,
                                                 .line = CLINO_PLOT_NO_LINE, .marker = CLINO_PLOT_RING,
                                                 .color = CLINO_PLOT_BLACK};
}

static void label(picture *p) {
  add_entry_name(&p->title, p->c);
  clino__text_add(&p->title, ": error of the numerical derivative against the step");
  clino__text_add(&p->y_label, "|numeric - analytic|");
  if (p->c->scale == 1) return;
  clino__text_add(&p->y_label, " / ");
  clino__text_add_digits(&p->y_label, p->c->scale, 3);
}

static clino_status draw(picture *p, clino_text_sink sink, void *ctx, clino_error *error) {
  const clino_sweep_curve *c = p->c;
  clino_plot plot = clino_plot_default();
  label(p);
  add_curve(p, 0);
  add_curve(p, 1);
  add_references(p);
  size_t n_rules = 0;
  if (c->shape != CLINO_SWEEP_FLOOR) add_best(p);
  clino_plot_rule rules[2];
  plot.title = clino__text_string(&p->title);
  plot.x.label = c->direction > 0 ? "step h" : "step h (backward: a bound lies above)";
  plot.y.label = clino__text_string(&p->y_label);
  plot.x.scale = plot.y.scale = CLINO_PLOT_LOG;
  plot.series = p->series, plot.n_series = p->n_series;
  if (c->shape == CLINO_SWEEP_FLOOR)
    rules[n_rules++] = (clino_plot_rule){CLINO_PLOT_Y, fabs(c->analytic - c->numeric) / c->scale, "floor",
                                         CLINO_PLOT_DASHED, CLINO_PLOT_PURPLE};
  if (c->kink_distance > 0)
    rules[n_rules++] = (clino_plot_rule){CLINO_PLOT_X, c->kink_distance, "distance of the kink", CLINO_PLOT_DOTTED,
                                         CLINO_PLOT_PURPLE};
  plot.rules = rules, plot.n_rules = n_rules;
  plot.note = c->judgement;
  if (p->title.failed || p->y_label.failed || p->noise_label.failed) return clino__fail_memory(error, "a plot");
  return clino_plot_svg(&plot, sink, ctx, error);
}

clino_status clino_sweep_svg(const clino_sweep *sweep, size_t i, clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = check_arguments(sweep, sink, "clino_sweep_svg", error);
  if (status) return status;
  if (i >= sweep->n)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_sweep_svg: curve %zu is not among %zu", i, sweep->n);
  picture p = {.c = &sweep->curves[i], .title = CLINO__TEXT_EMPTY, .y_label = CLINO__TEXT_EMPTY,
               .noise_label = CLINO__TEXT_EMPTY};
  double *room = malloc((4 * p.c->n + 1) * sizeof *room);
  for (size_t k = 0; k < 2 && room; k++) {
    p.steps[k] = room + 2 * k * p.c->n;
    p.errors[k] = p.steps[k] + p.c->n;
  }
  status = room ? draw(&p, sink, ctx, error) : clino__fail_memory(error, "a plot");
  clino__text_free(&p.title);
  clino__text_free(&p.y_label);
  clino__text_free(&p.noise_label);
  free(room);
  return status;
}

/* ---- CSV ---- */

/* RFC 4180, 2.5 to 2.7. */
static void add_field(clino__text *t, const char *string) {
  if (!string[strcspn(string, ",\"\r\n")]) {
    clino__text_add(t, string);
    return;
  }
  clino__text_add(t, "\"");
  for (; *string; string++) clino__text_add_bytes(t, *string == '"' ? "\"\"" : string, *string == '"' ? 2 : 1);
  clino__text_add(t, "\"");
}

static void add_number_field(clino__text *t, double v) {
  clino__text_add(t, ",");
  if (!isnan(v)) clino__text_add_number(t, v);
}

static void add_csv_curve(clino__text *t, const clino_sweep_curve *c) {
  for (size_t k = 0; k < c->n; k++) {
    const clino_sweep_point *p = &c->points[k];
    add_field(t, c->tensor);
    clino__text_addf(t, ",%zu", c->flat);
    const double fields[] = {c->value,   c->analytic, p->step,          p->forward_step,  p->centered_step,
                             p->forward, p->centered, p->forward_error, p->centered_error};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) add_number_field(t, fields[i]);
    clino__text_add(t, "\n");
  }
}

clino_status clino_sweep_csv(const clino_sweep *sweep, clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = check_arguments(sweep, sink, "clino_sweep_csv", error);
  if (status) return status;
  clino__text t = CLINO__TEXT_EMPTY;
  clino__text_add(&t, "tensor,flat,value,analytic,step,forward_step,centered_step,forward,centered,forward_error,"
                      "centered_error\n");
  for (size_t i = 0; i < sweep->n; i++) add_csv_curve(&t, &sweep->curves[i]);
  return hand_over(&t, status, "a table", sink, ctx, error);
}

/* ---- text ---- */

static void add_padded(clino__text *t, double v, int digits, size_t width) {
  char number[CLINO__NUMBER_SIZE] = "-";
  if (!isnan(v)) clino__number_digits(number, v, digits);
  for (size_t used = strlen(number); used < width; used++) clino__text_add(t, " ");
  clino__text_add(t, number);
}

static void add_fit(clino__text *t, const char *name, const clino_sweep_fit *f, double scale) {
  clino__text_addf(t, "  %-9s order", name);
  add_padded(t, f->order, 3, 6);
  clino__text_add(t, ", best step ");
  clino__text_add_digits(t, f->best_step, 2);
  clino__text_add(t, " with relative error ");
  clino__text_add_digits(t, f->best_error / scale, 2);
  if (isfinite(f->order)) {
    clino__text_add(t, "; order seen from ");
    clino__text_add_digits(t, f->order_low, 2);
    clino__text_add(t, " to ");
    clino__text_add_digits(t, f->order_high, 2);
    clino__text_add(t, ", residual ");
    clino__text_add_digits(t, f->residual, 1);
  }
  clino__text_add(t, "\n");
}

static const char *one_sided_name(const clino_sweep_curve *c) { return c->direction > 0 ? "forward" : "backward"; }

static void add_head(clino__text *t, const clino_sweep_curve *c) {
  clino__text name = CLINO__TEXT_EMPTY;
  add_entry_name(&name, c);
  if (name.failed) t->failed = true;
  clino__text_add_printable(t, clino__text_string(&name));
  clino__text_free(&name);
  clino__text_addf(t, ": %s: %s\n", clino_sweep_shape_name(c->shape), c->judgement);
  const struct {
    const char *name;
    double value;
  } facts[] = {{"  analytic ", c->analytic}, {", numeric ", c->numeric}, {" +- ", c->numeric_error},
               {", noise of f ", c->noise}};
  for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
    clino__text_add(t, facts[i].name);
    clino__text_add_digits(t, facts[i].value, i < 2 ? 9 : 2);
  }
  clino__text_add(t, "\n");
}

static void add_table(clino__text *t, const clino_sweep_curve *c) {
  double last = 0;
  clino__text_addf(t, "  %10s %10s %10s\n", "step", one_sided_name(c), "centered");
  for (size_t k = 0; k < c->n; k++) {
    const clino_sweep_point *p = &c->points[k];
    if (p->step < last * 3) continue; /* about two a decade */
    last = p->step;
    clino__text_add(t, "  ");
    add_padded(t, p->step, 2, 10);
    add_padded(t, p->forward_error / c->scale, 2, 11);
    add_padded(t, p->centered_error / c->scale, 2, 11);
    clino__text_add(t, "\n");
  }
}

clino_status clino_sweep_text(const clino_sweep *sweep, clino_text_sink sink, void *ctx, clino_error *error) {
  clino_status status = check_arguments(sweep, sink, "clino_sweep_text", error);
  if (status) return status;
  clino__text t = CLINO__TEXT_EMPTY;
  for (size_t i = 0; i < sweep->n; i++) {
    const clino_sweep_curve *c = &sweep->curves[i];
    if (i) clino__text_add(&t, "\n");
    add_head(&t, c);
    if (!c->n) continue;
    add_fit(&t, one_sided_name(c), &c->forward, c->scale);
    add_fit(&t, "centered", &c->centered, c->scale);
    add_table(&t, c);
  }
  return hand_over(&t, status, "a table", sink, ctx, error);
}
