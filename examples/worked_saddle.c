/* A saddle in three cases: on its ridge, a hair beside it, and an inflection; every update rule on each. Then the same
 * with two samples, where a batch may have no slope of its own.
 *
 *   worked_saddle [FOLDER]     prints tables; writes worked_saddle.svg to FOLDER */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clino/critical_point.h"
#include "worked/figure.h"
#include "worked/landscape.h"
#include "worked/walk.h"

#define STEPS 20000
#define AWAY 0.5       /* |y| at which the saddle is left behind: half way to a minimum */
#define NEVER SIZE_MAX

/* Every rule with a rate that is common for it; momentum 0.9. */
static const struct {
  const char *rule;
  double rate;
} rules[] = {{"gradient-descent", 0.1}, {"momentum", 0.1}, {"nesterov", 0.1}, {"adagrad", 0.1}, {"adagrad-mean", 0.01},
             {"adadelta", 1}, {"rmsprop", 0.01}, {"adam", 0.01}, {"adamw", 0.01}};
#define RULES (sizeof rules / sizeof rules[0])

static clino_optimizer_options rule_at(size_t i) { return rule_with_momentum(rules[i].rule, rules[i].rate, 0.9); }

/* The path of a walk on the saddle from (1, y). */
static int walk_saddle(clino_objective f, void *ctx, clino_optimizer_options rule, double y, double *path) {
  double start[2] = {1, y};
  walk w = {f, ctx, 2, start, rule, NULL, STEPS};
  return walk_path(&w, path, NULL);
}

static size_t steps_to_leave(const double *path) {
  for (size_t k = 0; k <= STEPS; k++)
    if (fabs(path[2 * k + 1]) > AWAY) return k;
  return NEVER;
}

static void print_steps(size_t steps) {
  if (steps == NEVER) printf("  %11s", "never");
  else printf("  %11zu", steps);
}

/* ---- one saddle ---- */

static int print_saddle(double *path) {
  printf("The saddle at (0, 0) of x^2/2 - y^2/2 + y^4/4: steps until |y| > %g\n", AWAY);
  printf("  %-16s  %-5s  %11s  %11s  %11s  %11s\n", "rule", "rate", "on ridge", "noise 1e-3", "y = 1e-10", "y = 1e-3");
  for (size_t i = 0; i < RULES; i++) {
    noisy noise = {saddle, NULL, 1e-3, {7}};
    static const double beside[] = {1e-10, 1e-3};
    printf("  %-16s  %-5g", rules[i].rule, rules[i].rate);
    if (walk_saddle(saddle, NULL, rule_at(i), 0, path)) return -1;
    print_steps(steps_to_leave(path));
    if (walk_saddle(noisy_gradient, &noise, rule_at(i), 0, path)) return -1;
    print_steps(steps_to_leave(path));
    for (int k = 0; k < 2; k++) {
      if (walk_saddle(saddle, NULL, rule_at(i), beside[k], path)) return -1;
      print_steps(steps_to_leave(path));
    }
    printf("\n");
  }
  printf("\n");
  return 0;
}

/* ---- an inflection ---- */

static int print_inflection(double *path) {
  static const double start = -1;
  printf("The inflection at 0 of x^4/4 - x^3/3, from -1: steps until x > 0, x after %d steps\n", STEPS);
  for (size_t i = 0; i < RULES; i++) {
    walk w = {inflection, NULL, 1, &start, rule_at(i), NULL, STEPS};
    if (walk_path(&w, path, NULL)) return -1;
    size_t crossed = 0;
    while (crossed <= STEPS && !(path[crossed] > 0)) crossed++;
    printf("  %-16s  %-5g", rules[i].rule, rules[i].rate);
    print_steps(crossed <= STEPS ? crossed : NEVER);
    printf("  %10.3g\n", path[STEPS]);
  }
  printf("\n");
  return 0;
}

/* ---- two samples ---- */

static const char *const batch_names[] = {"the first", "the second", "both", "in turn"};

static int print_two_samples(double *path) {
  static const double from[] = {0, 0.125};
  printf("Two samples, saddles at y = 0 and y = 1/4, gradient descent at 0.1: y after %d steps\n", STEPS);
  printf("  %-12s  %12s  %14s\n", "batch", "from y = 0", "from y = 1/8");
  for (int b = 0; b < 4; b++) {
    printf("  %-12s", batch_names[b]);
    for (int k = 0; k < 2; k++) {
      two_samples samples = {.batch = (sample_batch)b};
      if (walk_saddle(two_saddles, &samples, rule_of("gradient-descent", 0.1), from[k], path)) return -1;
      printf(k ? "  %14.4f" : "  %12.4f", path[2 * STEPS + 1]);
    }
    printf("\n");
  }
  printf("\n");
  return 0;
}

/* ---- what kind of points they are ---- */

/* Classifies a point of two variables or one, prints it; *way, two numbers, is where its escape leads. With the origin
 * moved by 1: small is judged against the size of the coordinates, which is to be that of the landscape, not the 1e-300
 * that is left of x. */
static int print_kind(const char *where, clino_objective f, void *ctx, size_t n, const double *x, double *way) {
  clino_point *point;
  clino_critical_options o = clino_critical_options_default();
  clino_critical_result r;
  clino_error error;
  double escape[2] = {0, 0}, at[2] = {x[0] + 1, n > 1 ? x[1] + 1 : 0};
  moved there = {f, ctx, 1};
  o.escape = escape;
  clino_status status = clino_point_new(moved_origin, &there, n, at, NULL, &point, &error);
  if (!status) status = clino_critical_point(point, &o, &r, &error);
  clino_point_free(point);
  if (status) {
    fprintf(stderr, "worked_saddle: %s\n", error.message);
    return -1;
  }
  printf("  %-36s  %-17s", where, clino_critical_kind_name(r.kind));
  if (r.kind == CLINO_CRITICAL_NOT) printf("  a slope of %.3f\n", r.gradient_norm);
  else {
    printf("  %6.3f  %6.3f", r.lowest + 0.0, r.highest + 0.0);
    if (r.escape.found) printf("  %7.1g over %.2g", r.escape.measured, r.escape.step);
    printf("\n");
  }
  for (size_t i = 0; i < n && way; i++) way[i] = x[i] + r.escape.step * escape[i];
  return 0;
}

static int print_saddle_kinds(double *path) {
  double way[2];
  if (walk_saddle(saddle, NULL, rule_of("gradient-descent", 0.1), 0, path) ||
      print_kind("where descent on the ridge ends", saddle, NULL, 2, path + 2 * STEPS, way))
    return -1;
  walk w = {saddle, NULL, 2, way, rule_of("gradient-descent", 0.1), NULL, STEPS};
  if (walk_path(&w, path, NULL)) return -1;
  return print_kind("where it ends after the escape", saddle, NULL, 2, path + 2 * STEPS, NULL);
}

static int print_kinds(double *path) {
  static const double start = -1, origin[2] = {0, 0}, middle[2] = {0, 0.125};
  two_samples first = {.batch = BATCH_FIRST, .value_too = true};
  two_samples both = {.batch = BATCH_BOTH};
  printf("What kind of points these are (clino_critical_point): kind, extreme curvatures,\n"
         "measured decrease over a step along the escape direction\n");
  if (print_saddle_kinds(path)) return -1;
  for (int i = 0; i < 2; i++) {
    const char *where = i ? "where momentum ends behind it" : "where descent ends at the inflection";
    walk w = {inflection, NULL, 1, &start, rule_with_momentum(i ? "momentum" : "gradient-descent", 0.1, 0.9), NULL,
              STEPS};
    if (walk_path(&w, path, NULL) || print_kind(where, inflection, NULL, 1, path + STEPS, NULL)) return -1;
  }
  if (print_kind("the first sample's saddle, alone", two_saddles, &first, 2, origin, NULL) ||
      print_kind("the same, both samples", two_saddles, &both, 2, origin, NULL) ||
      print_kind("the saddle of both", two_saddles, &both, 2, middle, NULL))
    return -1;
  printf("\n");
  return 0;
}

/* ---- plots ---- */

#define SHOWN 500 /* points of a curve: all steps up to 50, then fewer */

typedef struct curve {
  double x[SHOWN], y[SHOWN];
  size_t n;
} curve;

/* One coordinate of a path against the step, from step 1 on, as fine as a logarithmic axis shows it. */
static clino_plot_series curve_of(curve *c, const char *name, const double *path, size_t n, size_t coordinate,
                                  size_t steps, bool absolute) {
  c->n = 0;
  for (size_t k = 1; k <= steps && c->n < SHOWN; k += 1 + k / 50) {
    double v = path[k * n + coordinate];
    c->x[c->n] = (double)k;
    c->y[c->n++] = absolute ? fabs(v) : v;
  }
  return (clino_plot_series){.name = name, .n = c->n, .x = c->x, .y = c->y};
}

static int draw(const char *folder, double *path) {
  static curve beside[RULES], over[RULES], batch[4];
  clino_plot_series b[RULES], o[RULES], t[4], plane[4];
  static double px[4][151], py[4][151];
  static const size_t shown[4] = {0, 1, 2, 7};
  for (size_t i = 0, drawn = 0; i < RULES; i++) {
    if (walk_saddle(saddle, NULL, rule_at(i), 1e-10, path)) return -1;
    b[i] = curve_of(&beside[i], rules[i].rule, path, 2, 1, STEPS, true);
    if (drawn < 4 && i == shown[drawn]) {
      for (size_t k = 0; k <= 150; k++) px[drawn][k] = path[2 * k], py[drawn][k] = path[2 * k + 1];
      plane[drawn] = (clino_plot_series){.name = rules[i].rule, .n = 151, .x = px[drawn], .y = py[drawn],
                                         .marker = CLINO_PLOT_CIRCLE};
      drawn++;
    }
    static const double start = -1;
    walk w = {inflection, NULL, 1, &start, rule_at(i), NULL, STEPS};
    if (walk_path(&w, path, NULL)) return -1;
    o[i] = curve_of(&over[i], rules[i].rule, path, 1, 0, STEPS, false);
  }
  for (int i = 0; i < 4; i++) {
    two_samples samples = {.batch = (sample_batch)i};
    if (walk_saddle(two_saddles, &samples, rule_of("gradient-descent", 0.1), 0, path)) return -1;
    t[i] = curve_of(&batch[i], batch_names[i], path, 2, 1, 200, false);
  }
  clino_plot panel[4] = {figure_panel("From 1e-10 beside the ridge", "step", "|y|", b, RULES),
                         figure_panel("The same from above, 150 steps", "x", "y", plane, 4),
                         figure_panel("The inflection at 0", "step", "x", o, RULES),
                         figure_panel("Two samples, from y = 0: batches", "step", "y", t, 4)};
  for (int i = 0; i < 4; i++) panel[i].height = 400;
  panel[0].x.scale = panel[0].y.scale = panel[2].x.scale = CLINO_PLOT_LOG;
  panel[0].y.low = 1e-11, panel[0].x.high = 1000;
  return figure_write(folder, "worked_saddle", panel, 4, 2, "Walks beside a saddle and over an inflection");
}

int main(int argc, char **argv) {
  double *path = malloc((STEPS + 1) * 2 * sizeof *path);
  int status = !path || print_saddle(path) || print_inflection(path) || print_two_samples(path) ||
               print_kinds(path) ||
               draw(argc > 1 ? argv[1] : NULL, path);
  free(path);
  return status ? 1 : 0;
}
