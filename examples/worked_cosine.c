/* Gradient descent on f(x) = x cos(pi x): as it was published, with a derivative that lacks a factor pi, and as it is.
 *
 *   worked_cosine [FOLDER]     prints tables; writes worked_cosine.svg to FOLDER */
#include <math.h>
#include <stdio.h>

#include "worked/figure.h"
#include "worked/landscape.h"
#include "worked/walk.h"

#define LONG 2000
#define SHOWN 20
#define CURVE 401

static double published = 1; /* the factor of the second term, which should be pi */

static walk walk_of(double *factor, const double *start, clino_optimizer_options rule, size_t steps) {
  return (walk){x_cos_pi_x, factor, 1, start, rule, NULL, steps};
}

/* ---- plain descent ---- */

typedef struct descent {
  double start, rate;
  size_t steps;
} descent;

static const descent descents[] = {{0.5, 0.1, 5}, {-1, 0.1, 20}, {-1, 1.000542, 20}, {-1, 1.0055, 20}};
#define DESCENTS (sizeof descents / sizeof descents[0])

#define MOVED 1e-13    /* of the start */
#define CHAOTIC 5e-5   /* what that may change in what is printed with four places */

/* What becomes of the walk in the long run. */
static void print_end(const double *path) {
  size_t left = 0;
  while (left <= LONG && fabs(path[left]) <= 2) left++;
  if (left <= LONG) printf("  leaves [-2, 2]\n");
  else if (fabs(path[LONG] - path[LONG - 1]) < 1e-9) printf("  settles at %.4f\n", path[LONG]);
  else printf("  does not settle\n");
}

/* Where it is after its steps and what the true slope is there. A walk that multiplies the smallest change of its
 * start, so that its digits are those of rounding errors, has no such place to be printed. */
static int print_descent(const descent *d, double *factor) {
  double path[LONG + 1], beside[SHOWN + 1], start = d->start + MOVED, f, slope;
  walk w = walk_of(factor, &d->start, rule_of("gradient-descent", d->rate), LONG);
  walk other = walk_of(factor, &start, w.rule, d->steps);
  if (walk_path(&w, path, NULL) || walk_path(&other, beside, NULL)) return -1;
  double x = path[d->steps];
  printf("  %4.1f  %-8.7g  %5zu", d->start, d->rate, d->steps);
  if (fabs(x - beside[d->steps]) <= CHAOTIC) {
    x_cos_pi_x(1, &x, &f, &slope, NULL);
    printf("  %8.4f  %8.4f  %8.4f", x, f, slope);
  } else {
    printf("   chaotic                    ");
  }
  print_end(path);
  return 0;
}

static int print_descents(const char *what, double *factor) {
  printf("%s\n  from  rate      steps         x         f   true f'  in the end\n", what);
  for (size_t i = 0; i < DESCENTS; i++)
    if (print_descent(&descents[i], factor)) return -1;
  printf("\n");
  return 0;
}

/* ---- momentum ---- */

static int print_momentum(void) {
  static const double rates[] = {0.01, 0.02, 0.03, 0.05, 0.07, 0.1}, start = -1;
  printf("Momentum with the true derivative: x after %d steps from -1\n", LONG);
  printf("  rate   heavy ball 0.9   Nesterov 0.9   heavy ball 0.95   Nesterov 0.95\n");
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    double end[4];
    for (int k = 0; k < 4; k++) {
      walk w = walk_of(NULL, &start, rule_with_momentum(k % 2 ? "nesterov" : "momentum", rates[i], k < 2 ? 0.9 : 0.95),
                       LONG);
      if (walk_end(&w, &end[k])) return -1;
    }
    printf("  %-5g  %14.4f   %12.4f   %15.4f   %13.4f\n", rates[i], end[0], end[1], end[2], end[3]);
  }
  return 0;
}

/* ---- plots ---- */

static void fill_curve(double *x, double *y) {
  for (size_t i = 0; i < CURVE; i++) {
    x[i] = -2 + 4 * (double)i / (CURVE - 1);
    x_cos_pi_x(1, &x[i], &y[i], NULL, NULL);
  }
}

/* Both short walks with one derivative, over the function. */
static clino_plot walks_panel(const char *title, double *factor, double path[2][SHOWN + 1], double value[2][SHOWN + 1],
                              clino_plot_series s[3]) {
  for (int i = 0; i < 2; i++) {
    walk w = walk_of(factor, &descents[i].start, rule_of("gradient-descent", descents[i].rate), descents[i].steps);
    if (walk_path(&w, path[i], value[i])) w.steps = 0;
    s[1 + i] = (clino_plot_series){i ? "from -1, 20 steps" : "from 0.5, 5 steps", w.steps + 1, path[i], value[i],
                                   CLINO_PLOT_DOTTED, i ? CLINO_PLOT_DIAMOND : CLINO_PLOT_CIRCLE,
                                   i ? CLINO_PLOT_VERMILLION : CLINO_PLOT_BLUE};
  }
  return figure_panel(title, "x", "x cos(pi x)", s, 3);
}

#define MOMENTUM_SHOWN 120

static int draw(const char *folder) {
  static double x[CURVE], y[CURVE], path[2][2][SHOWN + 1], value[2][2][SHOWN + 1], far[3][SHOWN + 2];
  static double over[4][MOMENTUM_SHOWN + 1];
  clino_plot_series s[2][3], t[3], m[4];
  clino_plot panel[4];
  fill_curve(x, y);
  for (int i = 0; i < 2; i++) {
    s[i][0] = (clino_plot_series){"f", CURVE, x, y, CLINO_PLOT_SOLID, CLINO_PLOT_NO_MARKER, CLINO_PLOT_GREY};
    panel[i] = walks_panel(i ? "Rate 0.1, the true derivative" : "Rate 0.1, the published derivative",
                           i ? NULL : &published, path[i], value[i], s[i]);
  }
  for (int i = 0; i < 3; i++) {
    static const char *const names[] = {"published, rate 0.1", "published, rate 1.000542", "published, rate 1.0055"};
    const descent *d = &descents[1 + i];
    walk w = walk_of(&published, &d->start, rule_of("gradient-descent", d->rate), SHOWN + 1);
    if (walk_path(&w, far[i], NULL)) return -1;
    t[i] = (clino_plot_series){names[i], SHOWN + 2, NULL, far[i], CLINO_PLOT_SOLID, CLINO_PLOT_CIRCLE, 0};
  }
  panel[2] = figure_panel("Twenty steps from -1, and one more", "step", "x", t, 3);
  for (int i = 0; i < 4; i++) {
    static const char *const names[] = {"heavy ball 0.9", "Nesterov 0.9", "heavy ball 0.95", "Nesterov 0.95"};
    static const double start = -1;
    walk w = walk_of(NULL, &start, rule_with_momentum(i % 2 ? "nesterov" : "momentum", 0.03, i < 2 ? 0.9 : 0.95),
                     MOMENTUM_SHOWN);
    if (walk_path(&w, over[i], NULL)) return -1;
    m[i] = (clino_plot_series){.name = names[i], .n = MOMENTUM_SHOWN + 1, .y = over[i]};
  }
  panel[3] = figure_panel("Momentum from -1, rate 0.03, the true derivative", "step", "x", m, 4);
  return figure_write(folder, "worked_cosine", panel, 4, 2, "Walks on x cos(pi x)");
}

int main(int argc, char **argv) {
  printf("f(x) = x cos(pi x)\n\n");
  if (print_descents("The published derivative, cos(pi x) - x sin(pi x):", &published) ||
      print_descents("The true derivative, cos(pi x) - pi x sin(pi x):", NULL) || print_momentum())
    return 1;
  return draw(argc > 1 ? argv[1] : NULL) ? 1 : 0;
}
