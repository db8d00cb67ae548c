/* The cases of docs/verdicts.md, in numbers.
 *
 *   verdicts kink         relu just beside its kink: what a centered difference says there
 *   verdicts subgradient  gradients at a kink: which are valid
 *   verdicts scale        what scaling a loss does to the differences, and what an offset does
 *   verdicts depth        twenty layers of sigmoids: gradients below the noise of the loss */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/gradcheck.h"

static double relu(double z) { return z > 0 ? z : 0; }

/* Prints the verdict on a gradient, with what is known of the worst entry. 0, or 1 where the check could not run. */
static int judge(const char *what, clino_objective f, void *ctx, size_t n, const double *x) {
  clino_gradcheck_result r;
  clino_error error;
  if (gradcheck(f, ctx, n, x, NULL, &r, &error) != CLINO_OK) {
    fprintf(stderr, "verdicts: %s\n", error.message);
    return 1;
  }
  printf("%-34s %-12s", what, clino_verdict_name(r.verdict));
  if (isfinite(r.worst.kink_distance) || r.verdict == CLINO_VERDICT_KINK)
    printf(" slopes %.4g and %.4g", r.worst.left, r.worst.right);
  else
    printf(" analytic %.6g, numeric %.6g +- %.1e", r.worst.analytic, r.worst.numeric, r.worst.error);
  printf("\n");
  return 0;
}

/* ---- kink ---- */

/* relu(x); ctx points to the derivative that is claimed. */
static int one_relu(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n;
  *f = relu(x[0]);
  if (grad) grad[0] = *(const double *)ctx;
  return 0;
}

static int kink(void) {
  double x = -1e-6, right = 0, wrong = 0.45;
  printf("relu at x = -1e-6, where the derivative is 0\n");
  printf("    step  (f(x + h) - f(x - h)) / 2h\n");
  for (int k = 3; k <= 7; k++) {
    double h = pow(10, -k);
    printf("  %6.0e  %g\n", h, (relu(x + h) - relu(x - h)) / (2 * h));
  }
  return judge("claimed 0:", one_relu, &right, 1, &x) + judge("claimed 0.45:", one_relu, &wrong, 1, &x);
}

/* ---- subgradient ---- */

typedef struct claim {
  int sign;         /* +1: relu(x + y); -1: relu(x) - relu(y) */
  double at_kink;   /* what counts as the derivative of relu at 0, */
  double other;     /* and for the second entry */
} claim;

static double slope(double z, double at_kink) { return z > 0 ? 1 : z < 0 ? 0 : at_kink; }

static int two_relus(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const claim *c = ctx;
  double z = x[0] + x[1];
  (void)n;
  *f = c->sign > 0 ? relu(z) : relu(x[0]) - relu(x[1]);
  if (!grad) return 0;
  grad[0] = c->sign > 0 ? slope(z, c->at_kink) : slope(x[0], c->at_kink);
  grad[1] = c->sign > 0 ? slope(z, c->other) : -slope(x[1], c->other);
  return 0;
}

static int subgradient(void) {
  const double x[2] = {0, 0};
  claim none = {1, 0, 0}, all = {1, 1, 1}, half = {1, 0.5, 0.5}, mixed = {1, 1, 0}, apart = {-1, 0, 0};
  return judge("relu(x + y) at 0, (0, 0):", two_relus, &none, 2, x) +
         judge("relu(x + y) at 0, (1, 1):", two_relus, &all, 2, x) +
         judge("relu(x + y) at 0, (0.5, 0.5):", two_relus, &half, 2, x) +
         judge("relu(x + y) at 0, (1, 0):", two_relus, &mixed, 2, x) +
         judge("relu(x) - relu(y) at 0, (0, 0):", two_relus, &apart, 2, x);
}

/* ---- scale ---- */

typedef struct scaled {
  double scale, offset; /* of scale * sin(x) + offset */
} scaled;

static int scaled_sine(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const scaled *s = ctx;
  (void)n;
  *f = s->scale * sin(x[0]) + s->offset;
  if (grad) grad[0] = s->scale * cos(x[0]);
  return 0;
}

/* The least error of a centered difference over the steps of a ladder, relative to the derivative. */
static double least_error(scaled s, double x) {
  double least = INFINITY, exact = s.scale * cos(x);
  for (double h = 1e-12; h < 1; h *= 1.7) {
    double above = x + h, below = x - h, up, down;
    scaled_sine(1, &above, &up, NULL, &s);
    scaled_sine(1, &below, &down, NULL, &s);
    least = fmin(least, fabs((up - down) / (above - below) - exact) / fabs(exact));
  }
  return least;
}

static int scale(void) {
  static const scaled cases[] = {{1, 0}, {1e-12, 0}, {1e8, 0}, {1, 1e13}, {1e8, 1e13}, {1e8, 1e22}};
  double x = 0.7;
  int status = 0;
  printf("c sin(x) + d at x = 0.7: relative error of the best difference, and the verdict\n");
  for (size_t i = 0; i < sizeof cases / sizeof *cases && !status; i++) {
    char what[80];
    scaled s = cases[i];
    snprintf(what, sizeof what, "c = %-5.0e d = %-5.0e  %.0e", s.scale, s.offset, least_error(s, x));
    status = judge(what, scaled_sine, &s, 1, &x);
  }
  return status;
}

/* ---- depth ---- */

enum { LAYERS = 20, SAMPLES = 4 };

typedef struct chain {
  double w[LAYERS], b[LAYERS], dw[LAYERS], db[LAYERS];
  double y[SAMPLES][LAYERS + 1]; /* the input, then the output of each layer */
} chain;

/* The mean of (y - 0.9)^2 over a few samples, where y went through all layers. */
static int chain_loss(double *loss, void *ctx) {
  chain *c = ctx;
  *loss = 0;
  for (int s = 0; s < SAMPLES; s++) {
    c->y[s][0] = -0.8 + 0.55 * s;
    for (int k = 0; k < LAYERS; k++) c->y[s][k + 1] = 1 / (1 + exp(-(c->w[k] * c->y[s][k] + c->b[k])));
    *loss += pow(c->y[s][LAYERS] - 0.9, 2) / SAMPLES;
  }
  return 0;
}

static int chain_backward(void *ctx) {
  chain *c = ctx;
  memset(c->dw, 0, sizeof c->dw);
  memset(c->db, 0, sizeof c->db);
  for (int s = 0; s < SAMPLES; s++) {
    double d = 2 * (c->y[s][LAYERS] - 0.9) / SAMPLES;
    for (int k = LAYERS - 1; k >= 0; k--) {
      d *= c->y[s][k + 1] * (1 - c->y[s][k + 1]);
      c->db[k] += d;
      c->dw[k] += d * c->y[s][k];
      d *= c->w[k];
    }
  }
  return 0;
}

/* Weights and biases of each layer are tensors of their own: an error counts beside the gradient of its layer, not
 * beside that of the last. */
static int depth(void) {
  chain c;
  clino_tensor tensors[2 * LAYERS];
  static char names[2 * LAYERS][16];
  for (int k = 0; k < LAYERS; k++) {
    c.w[k] = 0.4 + 0.03 * k;
    c.b[k] = 0.3 - 0.02 * k;
    snprintf(names[2 * k], sizeof names[0], "layer %d.w", k + 1);
    snprintf(names[2 * k + 1], sizeof names[0], "layer %d.b", k + 1);
    tensors[2 * k] = CLINO_TENSOR_F64(names[2 * k], &c.w[k], &c.dw[k], 1);
    tensors[2 * k + 1] = CLINO_TENSOR_F64(names[2 * k + 1], &c.b[k], &c.db[k], 1);
  }
  clino_model model = {2 * LAYERS, tensors, chain_loss, chain_backward, &c};
  clino_gradcheck_result r;
  clino_error error;
  char report[8192];
  if (gradcheck_model(&model, NULL, &r, &error) != CLINO_OK) {
    fprintf(stderr, "verdicts: %s\n", error.message);
    return 1;
  }
  clino_gradcheck_report(&r, report, sizeof report);
  fputs(report, stdout);
  return 0;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    int (*show)(void);
  } parts[] = {{"kink", kink}, {"subgradient", subgradient}, {"scale", scale}, {"depth", depth}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (argc == 2 && !strcmp(argv[1], parts[i].name)) return parts[i].show();
  fprintf(stderr, "usage: verdicts kink | subgradient | scale | depth\n");
  return 2;
}
