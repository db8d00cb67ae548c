/* An elongated valley: steps to its end and overshoot, rates at the limit of stability, walls that grow slower than a
 * parabola, rules that scale each coordinate, and the bursts of one whose second moment is a mean.
 *
 *   worked_valley [FOLDER]     prints tables; writes worked_valley.svg and worked_valley-bursts.svg to FOLDER */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "worked/figure.h"
#include "worked/landscape.h"
#include "worked/walk.h"

#define STEPS 20000
#define CLOSE 1e-8     /* of the start's distance */
#define LATE 10000
#define LAMBDA 100.0   /* the largest curvature of both valleys; the smallest is 1 */

static const double start[2] = {1, 1};

static int walk_valley(clino_objective f, clino_optimizer_options rule, const clino_schedule *rate, double *path,
                       double *values) {
  walk w = {f, NULL, 2, start, rule, rate, STEPS};
  return walk_path(&w, path, values);
}

static double distance(const double *x) { return sqrt((x[0] * x[0] + x[1] * x[1]) / 2); }

/* The first step from which on the distance stays below the limit; more than STEPS: it does not. */
static size_t steps_to(const double *path, double limit) {
  size_t k = STEPS + 1;
  while (k > 0 && distance(path + 2 * (k - 1)) <= limit) k--;
  return k;
}

/* How far a coordinate gets on the other side of the minimum, as a part of where it started. */
static double overshoot(const double *path, size_t coordinate) {
  double most = 0;
  for (size_t k = 0; k <= STEPS; k++) most = fmax(most, -path[2 * k + coordinate]);
  return most + 0.0; /* no negative zero */
}

static void print_steps(size_t k) {
  if (k > STEPS) printf("  %8s", "never");
  else printf("  %8zu", k);
}

/* ---- condition 100 ---- */

typedef struct tuned {
  const char *what, *rule;
  double rate, momentum;
} tuned;

/* The best constant coefficients on quadratics with curvatures from 1 to 100 (Polyak 1964; Lessard, Recht and Packard,
 * SIAM J. Optim. 26 (2016), proposition 1), and common ones: 1/lambda, 0.9. */
static const tuned tunings[] = {{"1/lambda", "gradient-descent", 0.01, 0},
                                {"best", "gradient-descent", 2 / 101.0, 0},
                                {"common", "momentum", 0.01, 0.9},
                                {"best", "momentum", 4 / 121.0, 81 / 121.0},
                                {"common", "nesterov", 0.01, 0.9},
                                {"best", "nesterov", 4 / 301.0, 0.7925}};
#define TUNINGS (sizeof tunings / sizeof tunings[0])

static int print_condition(double *path) {
  printf("(x^2 + 100 y^2)/2 from (1, 1): steps until the distance is and stays below %g of the start's\n", CLOSE);
  printf("  %-16s  %-8s  %-7s  %-8s  %8s   overshoot x, y\n", "rule", "chosen", "rate", "momentum", "steps");
  for (size_t i = 0; i < TUNINGS; i++) {
    const tuned *t = &tunings[i];
    if (walk_valley(valley, rule_with_momentum(t->rule, t->rate, t->momentum), NULL, path, NULL)) return -1;
    printf("  %-16s  %-8s  %-7.4g  %-8.4g", t->rule, t->what, t->rate, t->momentum);
    print_steps(steps_to(path, CLOSE));
    printf("  %8.1f%%, %5.1f%%\n", 100 * overshoot(path, 0), 100 * overshoot(path, 1));
  }
  printf("\n");
  return 0;
}

/* ---- the limit of stability ---- */

static const struct {
  const char *rule;
  double limit; /* of lambda times the rate, momentum 0.9 */
} limits[] = {{"gradient-descent", 2}, {"momentum", 2 * 1.9}, {"nesterov", 2 * 1.9 / 2.8}};

/* What a walk ends in: its minimum, no end, or between: then f over the last hundred steps and the slope. */
static void print_fate(clino_objective f, const double *path, const double *values) {
  double slope[2], value, low = INFINITY, high = 0;
  f(2, path + 2 * STEPS, &value, slope, NULL);
  for (size_t k = STEPS - 100; k <= STEPS; k++) low = fmin(low, values[k]), high = fmax(high, values[k]);
  if (!isfinite(values[STEPS]) || values[STEPS] > 1e6) printf("  diverges");
  else if (distance(path + 2 * STEPS) <= CLOSE) printf("  converges");
  else printf("  f %6.3f to %6.3f, slope %4.1f", low, high, fmax(fabs(slope[0]), fabs(slope[1])));
}

static int print_limits(double *path, double *values) {
  static const double shares[] = {0.95, 1.05, 2};
  printf("Rates against the limit of stability, %d steps, momentum 0.9: (x^2 + 100 y^2)/2, x^2/2 + log cosh 10y\n",
         STEPS);
  printf("  %-16s  %-13s  %-7s  quadratic    log cosh\n", "rule", "lambda rate", "rate");
  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; k < 3; k++) {
      double product = shares[k] * limits[i].limit;
      clino_optimizer_options o = rule_with_momentum(limits[i].rule, product / LAMBDA, 0.9);
      if (walk_valley(valley, o, NULL, path, values)) return -1;
      bool away = !(distance(path + 2 * STEPS) <= CLOSE);
      if (walk_valley(log_cosh_valley, o, NULL, path, values)) return -1;
      printf("  %-16s  %5.3f (%g x)  %-7.4f  %-9s", limits[i].rule, product, shares[k], product / LAMBDA,
             away ? "diverges" : "converges");
      print_fate(log_cosh_valley, path, values);
      printf("\n");
    }
  printf("\n");
  return 0;
}

/* ---- rules that scale each coordinate ---- */

static const struct {
  const char *rule;
  double rate;
} scaled[] = {{"adagrad", 0.1}, {"adagrad", 0.5}, {"rmsprop", 0.001}, {"rmsprop", 0.01}, {"adam", 0.01}, {"adam", 0.1}};
#define SCALED (sizeof scaled / sizeof scaled[0])

/* The first step that comes so near. */
static size_t first_within(const double *path, double limit) {
  size_t k = 0;
  while (k <= STEPS && !(distance(path + 2 * k) <= limit)) k++;
  return k;
}

static int print_scaled(double *path) {
  static const clino_objective valleys[] = {valley, log_cosh_valley};
  printf("Rules that scale each coordinate: first step with a distance below %g, largest distance of the last %d "
         "steps\n", CLOSE, LATE);
  printf("  %-8s  %-5s  %-20s    %-20s\n", "rule", "rate", "quadratic", "log cosh");
  for (size_t i = 0; i < SCALED; i++) {
    printf("  %-8s  %-5g", scaled[i].rule, scaled[i].rate);
    for (int k = 0; k < 2; k++) {
      double far = 0;
      if (walk_valley(valleys[k], rule_of(scaled[i].rule, scaled[i].rate), NULL, path, NULL)) return -1;
      for (size_t j = STEPS - LATE; j <= STEPS; j++) far = fmax(far, distance(path + 2 * j));
      print_steps(first_within(path, CLOSE));
      if (far < 1e-100) printf("  %8s    ", "< 1e-100");
      else printf("  %8.1g    ", far);
    }
    printf("\n");
  }
  printf("\n");
  return 0;
}

/* ---- bursts ---- */

#define NOISE 1e-4 /* of the gradient: without any, all of it would underflow to 0 in the quiet, and stay there */
#define QUIET 0.5  /* a slope below it is quiet, one above LOUD after that a burst */
#define LOUD 5.0

typedef struct remedy {
  const char *what, *rule;
  uint64_t warmup;
  bool decays; /* as 1/sqrt(t) */
} remedy;

static const remedy remedies[] = {{"a mean, constant rate", "adagrad-mean", 0, false},
                                  {"with warm-up of 50", "adagrad-mean", 50, false},
                                  {"with warm-up of 200", "adagrad-mean", 200, false},
                                  {"with decay 1/sqrt(t)", "adagrad-mean", 0, true},
                                  {"a sum (AdaGrad)", "adagrad", 0, false}};
#define REMEDIES (sizeof remedies / sizeof remedies[0])

static int walk_remedy(const remedy *r, double *path, double *values) {
  clino_schedule rate = clino_schedule_default(r->decays ? CLINO_SCHEDULE_INVERSE_ROOT : CLINO_SCHEDULE_CONSTANT);
  rate.initial = 0.1;
  rate.decay = 1;
  rate.warmup = r->warmup;
  noisy noise = {valley, NULL, NOISE, {11}};
  walk w = {noisy_gradient, &noise, 2, start, rule_of(r->rule, 0.1), &rate, STEPS};
  return walk_path(&w, path, values);
}

/* Counts the bursts of the slope; *first is the step of the first, *highest its largest size from then on. */
static size_t count_bursts(const double *path, size_t *first, double *highest) {
  bool quiet = false;
  size_t bursts = 0;
  *highest = 0;
  for (size_t k = 0; k <= STEPS; k++) {
    double slope = fmax(fabs(path[2 * k]), LAMBDA * fabs(path[2 * k + 1]));
    if (slope < QUIET) quiet = true;
    if (quiet && slope > LOUD) {
      quiet = false;
      if (!bursts++) *first = k;
    }
    if (bursts) *highest = fmax(*highest, slope);
  }
  return bursts;
}

static int print_bursts(double *path, double *values) {
  printf("A second moment kept as a mean: rate 0.1, gradient noise %g, (x^2 + 100 y^2)/2, %d steps.\n"
         "A burst: the slope was below %g and rises above %g\n", NOISE, STEPS, QUIET, LOUD);
  printf("  %-22s  %6s  %10s  %13s\n", "", "bursts", "first at", "largest slope");
  for (size_t i = 0; i < REMEDIES; i++) {
    size_t first = 0;
    double highest;
    if (walk_remedy(&remedies[i], path, values)) return -1;
    size_t bursts = count_bursts(path, &first, &highest);
    printf("  %-22s  %6zu", remedies[i].what, bursts);
    if (bursts) printf("  %10zu  %13.3g\n", first, highest);
    else printf("\n");
  }
  return 0;
}

/* ---- plots ---- */

#define SHOWN 301

static int draw_valleys(const char *folder, double *path, double *values) {
  static double x[TUNINGS][SHOWN], y[TUNINGS][SHOWN], far[TUNINGS][SHOWN], wall[3][61], fell[SCALED][SHOWN];
  clino_plot_series plane[3], f[TUNINGS], w[3], s[SCALED];
  static char names[TUNINGS + SCALED][48];
  for (size_t i = 0, drawn = 0; i < TUNINGS; i++) {
    const tuned *t = &tunings[i];
    if (walk_valley(valley, rule_with_momentum(t->rule, t->rate, t->momentum), NULL, path, values)) return -1;
    for (size_t k = 0; k < SHOWN; k++)
      x[i][k] = path[2 * k], y[i][k] = path[2 * k + 1], far[i][k] = fmax(distance(path + 2 * k), 1e-15);
    snprintf(names[i], sizeof names[i], "%s, %s", t->rule, t->what);
    f[i] = (clino_plot_series){.name = names[i], .n = SHOWN, .y = far[i]};
    if (i % 2) plane[drawn++] = (clino_plot_series){t->rule, 40, x[i], y[i], CLINO_PLOT_SOLID, CLINO_PLOT_CIRCLE, 0};
  }
  static const char *const walls[] = {"0.95 of the limit", "1.05", "2"};
  static const double shares[] = {0.95, 1.05, 2};
  for (int i = 0; i < 3; i++) {
    clino_optimizer_options o = rule_of("gradient-descent", shares[i] * 2 / LAMBDA);
    if (walk_valley(log_cosh_valley, o, NULL, path, values)) return -1;
    for (size_t k = 0; k <= 60; k++) wall[i][k] = path[2 * k + 1];
    w[i] = (clino_plot_series){walls[i], 61, NULL, wall[i], CLINO_PLOT_SOLID, CLINO_PLOT_CIRCLE, 0};
  }
  for (size_t i = 0; i < SCALED; i++) {
    if (walk_valley(log_cosh_valley, rule_of(scaled[i].rule, scaled[i].rate), NULL, path, values)) return -1;
    for (size_t k = 0; k < SHOWN; k++) fell[i][k] = fmax(distance(path + 20 * k), 1e-15);
    for (size_t k = 0; k < SHOWN; k++) x[0][k] = 10 * (double)k;
    snprintf(names[TUNINGS + i], sizeof names[0], "%s %g", scaled[i].rule, scaled[i].rate);
    s[i] = (clino_plot_series){.name = names[TUNINGS + i], .n = SHOWN, .x = x[0], .y = fell[i]};
  }
  clino_plot panel[4] = {figure_panel("The best rates, 40 steps", "x", "y", plane, 3),
                         figure_panel("Distance from the minimum", "step", "distance", f, TUNINGS),
                         figure_panel("Descent between walls of log cosh", "step", "y", w, 3),
                         figure_panel("Each coordinate scaled, log cosh", "step", "distance", s, SCALED)};
  panel[1].y.scale = panel[3].y.scale = CLINO_PLOT_LOG;
  panel[1].y.low = panel[3].y.low = 1e-12;
  return figure_write(folder, "worked_valley", panel, 4, 2, "Walks in an elongated valley");
}

/* The slope along y, of every twentieth step the largest of those since the last. */
static int draw_bursts(const char *folder, double *path, double *values) {
  enum { POINTS = STEPS / 20 };
  static double x[POINTS], slope[REMEDIES][POINTS];
  clino_plot_series s[REMEDIES];
  for (size_t i = 0; i < REMEDIES; i++) {
    if (walk_remedy(&remedies[i], path, values)) return -1;
    for (size_t k = 0; k < POINTS; k++) {
      x[k] = 20 * (double)k, slope[i][k] = 1e-9;
      for (size_t j = 20 * k; j < 20 * (k + 1); j++)
        slope[i][k] = fmax(slope[i][k], LAMBDA * fabs(path[2 * j + 1]));
    }
    s[i] = (clino_plot_series){.name = remedies[i].what, .n = POINTS, .x = x, .y = slope[i]};
  }
  clino_plot p[2];
  for (int i = 0; i < 2; i++) {
    p[i] = figure_panel(i ? "What cures them" : "Bursts of a second moment in its mean form", "step", "slope along y",
                        i ? s + 3 : s, i ? 2 : 3);
    p[i].y.scale = CLINO_PLOT_LOG;
    p[i].y.low = 1e-7, p[i].y.high = 1e3;
  }
  return figure_write(folder, "worked_valley-bursts", p, 2, 2, "Bursts after quiet stretches");
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : NULL;
  double *path = malloc((STEPS + 1) * 2 * sizeof *path), *values = malloc((STEPS + 1) * sizeof *values);
  int status = !path || !values || print_condition(path) || print_limits(path, values) || print_scaled(path) ||
               print_bursts(path, values) || draw_valleys(folder, path, values) || draw_bursts(folder, path, values);
  free(path);
  free(values);
  return status ? 1 : 0;
}
