#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/data.h"
#include "net/digits.h"

#define IRIS_FEATURES 4
#define MOST_IRIS 1000

/* Digits are shifted by their mean over all pixels and divided by their deviation, both rounded. */
static int read_digits(const char *folder, lab_sources *s) {
  char path[1024];
  digits d;
  snprintf(path, sizeof path, "%s/digits.csv", folder);
  if (digits_read(path, &d)) return -1;
  for (size_t i = 0; i < d.n * DIGITS_PIXELS; i++) d.pixels[i] = (d.pixels[i] - 0.305) / 0.376;
  s->n_digits = d.n, s->digits = d.pixels, s->digit_label = d.label;
  return 0;
}

static int species(const char *name) {
  static const char *const names[] = {"setosa", "versicolor", "virginica"};
  for (int i = 0; i < 3; i++)
    if (strncmp(name, names[i], strlen(names[i])) == 0) return i;
  return -1;
}

/* "5.1,3.5,1.4,0.2,setosa": tenths, read without the locale's decimal point. */
static bool parse_flower(const char *line, real *x, int *label) {
  for (size_t f = 0; f < IRIS_FEATURES; f++) {
    unsigned whole, tenth;
    int length = 0;
    if (sscanf(line, "%u.%1u,%n", &whole, &tenth, &length) != 2 || length == 0) return false;
    x[f] = (real)whole + (real)tenth / 10;
    line += length;
  }
  *label = species(line);
  return *label >= 0;
}

static void standardize(size_t n, size_t n_in, real *x) {
  for (size_t f = 0; f < n_in; f++) {
    real sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += x[i * n_in + f];
    for (size_t i = 0; i < n; i++) squares += (x[i * n_in + f] - sum / (real)n) * (x[i * n_in + f] - sum / (real)n);
    for (size_t i = 0; i < n; i++) x[i * n_in + f] = (x[i * n_in + f] - sum / (real)n) / sqrt(squares / (real)n);
  }
}

static int read_iris(const char *folder, lab_sources *s) {
  char path[1024], line[256];
  snprintf(path, sizeof path, "%s/iris.csv", folder);
  FILE *f = fopen(path, "r");
  s->iris = calloc(MOST_IRIS, IRIS_FEATURES * sizeof *s->iris);
  s->iris_label = calloc(MOST_IRIS, sizeof *s->iris_label);
  bool good = f && s->iris && s->iris_label && fgets(line, sizeof line, f);
  while (good && s->n_iris < MOST_IRIS && fgets(line, sizeof line, f)) {
    good = parse_flower(line, s->iris + s->n_iris * IRIS_FEATURES, s->iris_label + s->n_iris);
    s->n_iris += good;
  }
  if (f) fclose(f);
  if (good && s->n_iris > 0) standardize(s->n_iris, IRIS_FEATURES, s->iris);
  else fprintf(stderr, "%s: cannot be read, or line %zu is no flower\n", path, s->n_iris + 2);
  return good && s->n_iris > 0 ? 0 : -1;
}

int lab_sources_read(const char *folder, lab_sources *s) {
  *s = (lab_sources){0};
  if (!read_digits(folder, s) && !read_iris(folder, s)) return 0;
  lab_sources_free(s);
  return -1;
}

void lab_sources_free(lab_sources *s) {
  free(s->digits);
  free(s->digit_label);
  free(s->iris);
  free(s->iris_label);
  *s = (lab_sources){0};
}
