/* What kind of point descent is stuck at, and what to do: a saddle that is left along its escape direction, and a
 * valley in which the rate makes the weights bounce for ever.
 *
 *   curvature [FILE.svg]     also draws the loss round the saddle, in the plane of its two extreme eigenvectors */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/curvature.h"

enum { N = 3 };

static void need(clino_status status, const clino_error *error) {
  if (!status) return;
  fprintf(stderr, "curvature: %s\n", error->message);
  exit(1);
}

/* A net of three linear layers, a weight each, that should learn y = x: (1 - w1 w2)^2 / 2 + (w3 - w1)^2 / 2. At 0,
 * where small weights start, every gradient is 0. */
static int layers(size_t n, const double *w, double *f, double *grad, void *ctx) {
  (void)n;
  (void)ctx;
  double e = 1 - w[0] * w[1], d = w[2] - w[0];
  *f = e * e / 2 + d * d / 2;
  if (grad) grad[0] = -e * w[1] - d, grad[1] = -e * w[0], grad[2] = d;
  return 0;
}

/* A long valley whose walls grow slower than a parabola. */
static int valley(size_t n, const double *w, double *f, double *grad, void *ctx) {
  (void)n;
  (void)ctx;
  *f = log(cosh(w[0])) + 0.01 * (w[1] * w[1] + w[2] * w[2]);
  if (grad) grad[0] = tanh(w[0]), grad[1] = 0.02 * w[1], grad[2] = 0.02 * w[2];
  return 0;
}

static void descend(clino_objective f, double *w, double rate, int steps) {
  double value, g[N];
  for (int t = 0; t < steps; t++) {
    f(N, w, &value, g, NULL);
    for (size_t i = 0; i < N; i++) w[i] -= rate * g[i];
  }
}

static double value_of(clino_objective f, const double *w) {
  double value;
  f(N, w, &value, NULL, NULL);
  return value;
}

static int to_file(const char *text, size_t size, void *file) { return fwrite(text, 1, size, file) != size; }

static void draw(clino_point *point, const char *path) {
  double low[N], high[N];
  clino_error error;
  clino_spectrum_options so = clino_spectrum_options_default();
  so.lowest_vectors = low, so.highest_vectors = high;
  clino_spectrum_result spectrum;
  need(clino_spectrum(point, &so, &spectrum, &error), &error);
  clino_slice_options o = clino_slice_options_default();
  o.along = low, o.across = high;
  o.low = o.low2 = -2, o.high = o.high2 = 2;
  o.along_name = "along the lowest eigenvector", o.across_name = "along the highest";
  clino_slice *slice;
  need(clino_landscape_slice(point, &o, &slice, &error), &error);
  FILE *file = fopen(path, "w");
  if (!file) perror(path), exit(1);
  need(clino_slice_svg(slice, "The loss round a saddle", to_file, file, &error), &error);
  if (fclose(file)) perror(path), exit(1);
  clino_slice_free(slice);
}

/* What kind of point w is; a saddle is left. */
static void look(double *w, const char *picture) {
  clino_point *point;
  clino_error error;
  clino_critical_result r;
  double escape[N];
  char text[901];
  need(clino_point_new(layers, NULL, N, w, NULL, &point, &error), &error);
  clino_critical_options o = clino_critical_options_default();
  o.escape = escape;
  need(clino_critical_point(point, &o, &r, &error), &error);
  clino_critical_describe(&r, text, sizeof text);
  printf("  %s\n", text);
  if (picture) draw(point, picture);
  clino_point_free(point);
  for (size_t i = 0; i < N && r.escape.found; i++) w[i] += r.escape.step * escape[i];
}

static double probe(const double *w, double rate) {
  clino_point *point;
  clino_error error;
  clino_stall_result r;
  char text[901];
  need(clino_point_new(valley, NULL, N, w, NULL, &point, &error), &error);
  clino_stall_options o = clino_stall_options_default("gradient-descent");
  o.rate = rate;
  need(clino_stall_probe(point, &o, &r, &error), &error);
  clino_stall_describe(&r, text, sizeof text);
  printf("  %s\n", text);
  clino_point_free(point);
  return r.suggested_rate;
}

int main(int argc, char **argv) {
  double w[N] = {0, 0, 0}, v[N] = {1.5, 0.7, -0.4};
  descend(layers, w, 0.2, 1000);
  printf("after 1000 steps from 0 the loss is %.4g:\n", value_of(layers, w));
  look(w, argc > 1 ? argv[1] : NULL);
  printf("off along the escape direction, the loss is %.4g; ", value_of(layers, w));
  descend(layers, w, 0.2, 1000);
  printf("1000 steps later %.4g:\n", value_of(layers, w));
  look(w, NULL);

  descend(valley, v, 4, 2000);
  printf("\nafter 2000 steps at rate 4 the loss of the valley is %.4g:\n", value_of(valley, v));
  double rate = probe(v, 4);
  descend(valley, v, rate, 2000);
  printf("2000 steps at rate %.4g later %.4g:\n", rate, value_of(valley, v));
  probe(v, rate);
  return 0;
}
