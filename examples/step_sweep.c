/* The V of a gradient check: error of the numerical derivative against the step, for a right derivative, a wrong
 * one, and a kink near the point.
 *
 *   step_sweep [FOLDER | -]
 *
 * Prints what is seen; with FOLDER, writes step_sweep_right.svg, step_sweep_wrong.svg and step_sweep_kink.svg there;
 * with "-", prints the tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/sweep.h"

static const double pi = 3.14159265358979323846;

/* x cos(pi x). ctx points to the factor of the second term of its derivative: pi is right; 1 was published. */
static int x_cos_pi_x(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const double *factor = ctx;
  (void)n;
  *f = *x * cos(pi * *x);
  if (grad) *grad = cos(pi * *x) - *factor * *x * sin(pi * *x);
  return 0;
}

/* sin x + relu(x - 0.6 - 1e-4) / 2 */
static int with_kink(size_t n, const double *x, double *f, double *grad, void *ctx) {
  double z = *x - 0.6 - 1e-4;
  (void)n, (void)ctx;
  *f = sin(*x) + (z > 0 ? z / 2 : 0);
  if (grad) *grad = cos(*x) + (z > 0 ? 0.5 : 0);
  return 0;
}

static int to_file(const char *text, size_t size, void *file) { return fwrite(text, 1, size, file) != size; }

static int write_svg(const clino_sweep *sweep, const char *folder, const char *name) {
  char path[1024];
  clino_error error;
  if (snprintf(path, sizeof path, "%s/step_sweep_%s.svg", folder, name) >= (int)sizeof path) return 2;
  FILE *file = fopen(path, "w");
  if (!file) {
    fprintf(stderr, "step_sweep: %s cannot be written\n", path);
    return 2;
  }
  clino_status status = clino_sweep_svg(sweep, 0, to_file, file, &error);
  if (status != CLINO_OK) fprintf(stderr, "step_sweep: %s\n", error.message);
  return fclose(file) || status != CLINO_OK ? 2 : 0;
}

/* Sweeps at x = 0.6; prints and writes. 0, or 2 where something could not be done. */
static int show(const char *name, clino_objective f, double factor, const char *folder) {
  clino_sweep_entry entry = {NULL, 0};
  clino_sweep *sweep;
  clino_error error;
  double x = 0.6;
  if (clino_step_sweep(f, &factor, 1, &x, &entry, 1, NULL, &sweep, &error) != CLINO_OK) {
    fprintf(stderr, "step_sweep: %s\n", error.message);
    return 2;
  }
  printf("%-6s %s\n", name, clino_sweep_at(sweep, 0)->judgement);
  int status = 0;
  if (folder && !strcmp(folder, "-")) status = clino_sweep_text(sweep, to_file, stdout, NULL) ? 2 : 0;
  else if (folder) status = write_svg(sweep, folder, name);
  clino_sweep_free(sweep);
  return status;
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : NULL;
  int status = show("right", x_cos_pi_x, pi, folder);
  if (!status) status = show("wrong", x_cos_pi_x, 1, folder);
  if (!status) status = show("kink", with_kink, 0, folder);
  return status;
}
