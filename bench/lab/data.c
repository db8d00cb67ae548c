/* Samples are made, split, and then spoilt as the recipe says: first the inputs of all of them, then their labels. */
#include "lab/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAVE_STEPS 12
#define WAVE_INPUTS 2
#define MOST_INPUTS 64
#define TWO_PI 6.283185307179586

double lab_normal(rng *g) {
  double sum = -6;
  for (int i = 0; i < 12; i++) sum += rng_uniform(g);
  return sum;
}

/* ---- shapes ---- */

typedef struct shape {
  size_t n_in, n_steps, classes, n_train, n_validation;
} shape;

static shape shape_of(const lab_sources *s, lab_task task) {
  switch (task) {
    case LAB_DIGITS: return (shape){64, 1, 10, s->n_digits - 297, 297};
    case LAB_IRIS: return (shape){4, 1, 3, s->n_iris - 45, 45};
    case LAB_CLOUDS: return (shape){10, 1, 5, 1200, 300};
    case LAB_RINGS: return (shape){2, 1, 2, 600, 300};
    case LAB_RARE: return (shape){8, 1, 2, 1200, 400};
    case LAB_CURVE: return (shape){6, 1, 0, 1000, 300};
    default: return (shape){WAVE_STEPS * WAVE_INPUTS, WAVE_STEPS, 3, 800, 240};
  }
}

static int allocate(lab_data *d, const shape *s) {
  size_t n = s->n_train + 2 * s->n_validation;
  real *x = calloc(n * (s->n_in + 1), sizeof *x + sizeof(int));
  if (!x) return -1;
  real *target = x + n * s->n_in;
  int *label = (int *)(void *)(target + n);
  *d = (lab_data){.n_in = s->n_in, .n_steps = s->n_steps, .classes = s->classes, .memory = x};
  size_t at = s->n_train;
  d->train = (lab_samples){s->n_train, x, label, target};
  d->validation = (lab_samples){s->n_validation, x + at * s->n_in, label + at, target + at};
  at += s->n_validation;
  d->clean = (lab_samples){s->n_validation, x + at * s->n_in, label + at, target + at};
  return 0;
}

void lab_data_free(lab_data *d) {
  free(d->memory);
  *d = (lab_data){0};
}

/* ---- generated samples: x, and a label or a target ---- */

typedef struct cloud_centers {
  real at[5][MOST_INPUTS];
} cloud_centers;

static cloud_centers make_centers(rng *g, double distance) {
  cloud_centers c;
  for (size_t k = 0; k < 5; k++)
    for (size_t i = 0; i < MOST_INPUTS; i++) c.at[k][i] = distance * lab_normal(g);
  return c;
}

static void make_cloud(rng *g, const cloud_centers *c, size_t n_in, int label, real *x) {
  for (size_t i = 0; i < n_in; i++) x[i] = c->at[label][i] + lab_normal(g);
}

static void make_ring(rng *g, double difficulty, int label, real *x) {
  double radius = (label ? 1.5 : 0.6) + 0.15 * difficulty * lab_normal(g), angle = TWO_PI * rng_uniform(g);
  x[0] = radius * cos(angle);
  x[1] = radius * sin(angle);
}

static void make_wave(rng *g, double difficulty, int label, real *x) {
  double phase = TWO_PI * rng_uniform(g), frequency = 0.35 * (label + 1);
  for (size_t t = 0; t < WAVE_STEPS; t++) {
    x[2 * t] = sin(frequency * (double)t + phase) + 0.3 * difficulty * lab_normal(g);
    x[2 * t + 1] = cos(frequency * (double)t + phase) + 0.3 * difficulty * lab_normal(g);
  }
}

static real make_point(rng *g, double difficulty, real *x) {
  for (size_t i = 0; i < 6; i++) x[i] = lab_normal(g);
  return sin(x[0]) + 0.5 * x[1] * x[2] + 0.7 * cos(x[3] + x[4]) - 0.3 * x[5] + 0.2 * difficulty * lab_normal(g);
}

static void generate(const lab_recipe *r, const shape *s, rng *g, lab_samples *all) {
  cloud_centers centers = make_centers(g, (r->task == LAB_RARE ? 0.9 : 0.8) / r->difficulty);
  for (size_t i = 0; i < all->n; i++) {
    real *x = all->x + i * s->n_in;
    int label = s->classes ? (int)rng_below(g, s->classes) : 0;
    if (r->task == LAB_RARE) label = rng_uniform(g) < 0.08;
    all->label[i] = label;
    if (r->task == LAB_CURVE) all->target[i] = make_point(g, r->difficulty, x);
    else if (r->task == LAB_RINGS) make_ring(g, r->difficulty, label, x);
    else if (r->task == LAB_WAVES) make_wave(g, r->difficulty, label, x);
    else make_cloud(g, &centers, s->n_in, label, x);
  }
}

static void take_real(const lab_sources *sources, const lab_recipe *r, const shape *s, rng *g, lab_samples *all) {
  const real *x = r->task == LAB_DIGITS ? sources->digits : sources->iris;
  const int *label = r->task == LAB_DIGITS ? sources->digit_label : sources->iris_label;
  for (size_t i = 0; i < all->n; i++) { /* Fisher and Yates, inside out */
    size_t j = rng_below(g, i + 1);
    memcpy(all->x + i * s->n_in, all->x + j * s->n_in, s->n_in * sizeof *x);
    all->label[i] = all->label[j];
    memcpy(all->x + j * s->n_in, x + i * s->n_in, s->n_in * sizeof *x);
    all->label[j] = label[i];
  }
}

/* ---- what is wrong with them ---- */

static void spoil_inputs(const lab_wrong *w, size_t n, rng *g, real *x) {
  for (size_t i = 0; i < n; i++) {
    if (w->random_inputs) x[i] = lab_normal(g);
    x[i] = w->input_scale * x[i] + w->input_offset;
  }
}

static void spoil_labels(const lab_wrong *w, const lab_data *d, rng *g, lab_samples *s) {
  for (size_t i = 0; i < s->n; i++) {
    if (!(rng_uniform(g) < w->shuffled_labels)) continue;
    size_t other = rng_below(g, s->n);
    s->label[i] = d->classes ? (int)rng_below(g, d->classes) : 0;
    s->target[i] = s->target[other];
  }
}

/* A number of the inputs is the label itself, as a flag a class (or the target). */
static void leak_labels(const lab_wrong *w, const lab_data *d, lab_samples *s) {
  for (size_t i = 0; i < s->n && w->leak > 0; i++) {
    real *x = s->x + i * d->n_in;
    if (!d->classes) x[0] = w->leak * s->target[i];
    for (size_t c = 0; c < d->classes && c < d->n_in; c++) x[c] = (int)c == s->label[i] ? w->leak : 0;
  }
}

static void sort_by_label(const lab_data *d, lab_samples *s) {
  real kept[MOST_INPUTS];
  for (size_t i = 1; i < s->n; i++) { /* insertion: stable */
    int label = s->label[i];
    size_t j = i;
    while (j > 0 && s->label[j - 1] > label) j--;
    memcpy(kept, s->x + i * d->n_in, d->n_in * sizeof *kept);
    memmove(s->x + (j + 1) * d->n_in, s->x + j * d->n_in, (i - j) * d->n_in * sizeof *kept);
    memmove(s->label + j + 1, s->label + j, (i - j) * sizeof *s->label);
    memcpy(s->x + j * d->n_in, kept, d->n_in * sizeof *kept);
    s->label[j] = label;
  }
}

int lab_data_make(const lab_sources *sources, const lab_recipe *r, lab_data *d) {
  shape s = shape_of(sources, r->task);
  rng g = {r->task_seed * 0x9e3779b97f4a7c15u + 17};
  if (allocate(d, &s)) return -1;
  lab_samples all = {s.n_train + s.n_validation, d->train.x, d->train.label, d->train.target};
  if (r->task == LAB_DIGITS || r->task == LAB_IRIS) take_real(sources, r, &s, &g, &all);
  else generate(r, &s, &g, &all);
  spoil_inputs(&r->wrong, all.n * s.n_in, &g, all.x);
  memcpy(d->clean.x, d->validation.x, d->clean.n * s.n_in * sizeof *all.x);
  memcpy(d->clean.label, d->validation.label, d->clean.n * sizeof *all.label);
  memcpy(d->clean.target, d->validation.target, d->clean.n * sizeof *all.target);
  if (r->n_train > 0 && r->n_train < d->train.n) d->train.n = r->n_train;
  lab_samples *seen[] = {&d->train, &d->validation};
  for (size_t i = 0; i < 2; i++) {
    spoil_labels(&r->wrong, d, &g, seen[i]);
    leak_labels(&r->wrong, d, seen[i]);
  }
  if (r->wrong.sorted) sort_by_label(d, &d->train);
  if (r->wrong.validation_is_training) {
    size_t n = d->validation.n < d->train.n ? d->validation.n : d->train.n;
    d->validation = (lab_samples){n, d->train.x, d->train.label, d->train.target};
  }
  return 0;
}
