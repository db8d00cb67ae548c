/* A saddle in three cases: on its ridge, a hair beside it, and an inflection; every update rule on each. Then the same
 * with two samples, where a batch may have no slope of its own.
 *
 *   worked_saddle [FOLDER]     prints tables; writes worked_saddle.svg to FOLDER */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
      two_samples samples = {(sample_batch)b, 0};
      if (walk_saddle(two_saddles, &samples, rule_of("gradient-descent", 0.1), from[k], path)) return -1;
      printf(k ? "  %14.4f" : "  %12.4f", path[2 * STEPS + 1]);
    }
    printf("\n");
  }
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
    two_samples samples = {(sample_batch)i, 0};
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
               draw(argc > 1 ? argv[1] : NULL, path);
  free(path);
  return status ? 1 : 0;
}
