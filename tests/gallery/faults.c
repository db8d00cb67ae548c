#include "gallery/faults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/tape_nodes.h"

#define SPOIL(name) static void name(const gallery_strike *s, const double *x, double *g)

static void scale_all(const gallery_strike *s, double *g, double c) {
  for (size_t i = 0; i < s->site->n; i++) g[i] *= c;
}

SPOIL(off_slightly) { (void)x; g[s->entry] *= 1.001; }
SPOIL(off_some) { (void)x; g[s->entry] *= 1.03; }
SPOIL(off_at_kink) { (void)x; g[s->site->kink_entry] *= 1.03; }
SPOIL(zero) { (void)x; g[s->entry] = 0; }
SPOIL(sign) { (void)x; g[s->entry] = -g[s->entry]; }
SPOIL(not_a_number) { (void)x; g[s->entry] = NAN; }
SPOIL(constant) { (void)x; g[s->anywhere] += s->rms; }
SPOIL(scaled_slightly) { (void)x; scale_all(s, g, 1.01); }
SPOIL(doubled) { (void)x; scale_all(s, g, 2); }
SPOIL(averaged) { (void)x; scale_all(s, g, 1.0 / 32); }
SPOIL(negated) { (void)x; scale_all(s, g, -1); }
SPOIL(last_missing) { (void)x; g[s->site->n - 1] = 0; }
SPOIL(stale) { (void)x; memcpy(g, s->stale, s->site->n * sizeof *g); }

SPOIL(swapped) {
  (void)x;
  double v = g[s->entry];
  g[s->entry] = g[s->other];
  g[s->other] = v;
}

SPOIL(half_missing) {
  (void)x;
  for (size_t i = s->site->n / 2; i < s->site->n; i++) g[i] = 0;
}

SPOIL(shifted) {
  (void)x;
  double first = g[0];
  memmove(g, g + 1, (s->site->n - 1) * sizeof *g);
  g[s->site->n - 1] = first;
}

SPOIL(reversed) {
  (void)x;
  for (size_t i = 0, j = s->site->n - 1; i < j; i++, j--) {
    double v = g[i];
    g[i] = g[j];
    g[j] = v;
  }
}

SPOIL(transposed) {
  (void)x;
  const gallery_objective *o = s->site->objective;
  size_t rows = o->matrix[0].rows, columns = o->matrix[0].columns;
  double *m = g + o->matrix[0].first;
  memcpy(s->scratch, m, rows * columns * sizeof *m);
  for (size_t i = 0; i < columns; i++)
    for (size_t j = 0; j < rows; j++) m[i * rows + j] = s->scratch[j * columns + i];
}

SPOIL(matrix_missing) {
  (void)x;
  const gallery_objective *o = s->site->objective;
  for (size_t i = 0; i < o->matrix[0].rows * o->matrix[0].columns; i++) g[o->matrix[0].first + i] = 0;
}

/* As large as the gradient on the whole, so that it does not depend on the units of the loss. */
SPOIL(decay) {
  double c = 0.05 * s->rms / gallery_rms(s->site->n, s->site->x);
  for (size_t i = 0; i < s->site->n; i++) g[i] += c * x[i];
}

static const gallery_fault faults[] = {
  {"entry-0.1%", "one entry off by 0.1%", TAPE_RIGHT, off_slightly},
  {"entry-3%", "one entry off by 3%", TAPE_RIGHT, off_some},
  {"entry-zero", "one entry 0", TAPE_RIGHT, zero},
  {"entry-sign", "one entry of the wrong sign", TAPE_RIGHT, sign},
  {"entry-nan", "one entry NaN", TAPE_RIGHT, not_a_number},
  {"entry-constant", "one entry with the gradient's RMS added", TAPE_RIGHT, constant},
  {"entry-last", "the last entry 0: a loop that ends too early", TAPE_RIGHT, last_missing},
  {"entry-kink", "the entry along which a kink was placed off by 3%", TAPE_RIGHT, off_at_kink},
  {"swapped", "two entries swapped", TAPE_RIGHT, swapped},
  {"all-1.01", "all scaled by 1.01", TAPE_RIGHT, scaled_slightly},
  {"all-2", "all scaled by 2", TAPE_RIGHT, doubled},
  {"all-1/N", "all scaled by 1/32: a mean in place of a sum", TAPE_RIGHT, averaged},
  {"all-negated", "all of the wrong sign", TAPE_RIGHT, negated},
  {"half-missing", "the second half 0", TAPE_RIGHT, half_missing},
  {"matrix-missing", "the first matrix's gradient 0", TAPE_RIGHT, matrix_missing},
  {"transposed", "the first matrix's gradient transposed", TAPE_RIGHT, transposed},
  {"shifted", "all entries shifted by one", TAPE_RIGHT, shifted},
  {"reversed", "all entries in reverse order", TAPE_RIGHT, reversed},
  {"decay", "weight decay in the gradient that the loss does not have", TAPE_RIGHT, decay},
  {"stale", "the gradient of a point nearby", TAPE_RIGHT, stale},
  {"no-activation", "activations' derivatives forgotten", TAPE_NO_ACTIVATION_DERIVATIVE, NULL},
  {"last-sample", "the last sample in place of the sum", TAPE_LAST_SAMPLE_ONLY, NULL},
  {"bias-mean", "mean in place of sum in a bias", TAPE_BIAS_MEAN, NULL},
  {"broadcast", "a broadcast operand's first use only", TAPE_WRONG_BROADCAST, NULL},
  {"dropout-scale", "the scale of dropout forgotten", TAPE_NO_DROPOUT_SCALE, NULL},
  {"statistics", "a normalization whose statistics are taken for constants", TAPE_CONSTANT_STATISTICS, NULL},
  {"regularizer", "the regularizer's gradient missing", TAPE_NO_REGULARIZER, NULL},
};

size_t gallery_faults(void) { return sizeof faults / sizeof *faults; }
const gallery_fault *gallery_fault_at(size_t i) { return faults + i; }

bool gallery_fault_possible(gallery_site *s, size_t fault) {
  const gallery_fault *f = faults + fault;
  if (f->tape != TAPE_RIGHT) return gallery_tape_faults(s) >> f->tape & 1;
  if (f->spoil == off_at_kink) return s->kink_entry < s->n;
  return s->objective->n_matrices || (f->spoil != transposed && f->spoil != matrix_missing);
}

/* ---- where it strikes ---- */

/* One of the entries whose gradient is neither 0 nor v, each as likely as the others; otherwise instead. */
static size_t draw_entry(gallery_rng *r, size_t n, const double *g, double v, size_t instead) {
  double count = 0;
  size_t drawn = instead;
  for (size_t i = 0; i < n; i++)
    if (g[i] != 0 && g[i] != v && gallery_uniform(r, 0, 1) * ++count < 1) drawn = i;
  return drawn;
}

/* The gradient at a point that is a twentieth of each coordinate away, as the one before a step may be. */
static double *stale_gradient(gallery_site *s, gallery_rng *r) {
  double *x = tape_memory(NULL, s->n, sizeof *x), *g = tape_memory(NULL, s->n, sizeof *g);
  for (size_t i = 0; i < s->n; i++) {
    x[i] = s->x[i] + 0.05 * gallery_size_of(s, i) * gallery_uniform(r, -1, 1);
    if (s->lower) x[i] = fmin(fmax(x[i], s->lower[i]), s->upper[i]);
  }
  gallery_gradient(s, x, TAPE_RIGHT, g);
  free(x);
  return g;
}

gallery_strike *gallery_strike_new(gallery_site *s, size_t fault) {
  gallery_rng r = {gallery_seed(s->seed, faults[fault].name, (uint64_t)s->condition, 1)};
  gallery_strike *k = tape_memory(NULL, 1, sizeof *k);
  *k = (gallery_strike){.site = s, .scratch = tape_memory(NULL, s->n, sizeof(double))};
  gallery_gradient(s, s->x, TAPE_RIGHT, k->scratch);
  k->rms = gallery_rms(s->n, k->scratch);
  k->anywhere = (size_t)gallery_uniform(&r, 0, (double)s->n);
  k->entry = draw_entry(&r, s->n, k->scratch, NAN, k->anywhere);
  k->other = draw_entry(&r, s->n, k->scratch, k->scratch[k->entry], k->entry);
  if (faults[fault].spoil == stale) k->stale = stale_gradient(s, &r);
  return k;
}

void gallery_strike_free(gallery_strike *k) {
  if (!k) return;
  free((void *)(uintptr_t)k->stale);
  free(k->scratch);
  free(k);
}

void gallery_wrong_gradient(gallery_site *s, const gallery_strike *k, size_t fault, const double *x, double *gradient) {
  gallery_gradient(s, x, faults[fault].tape, gradient);
  if (faults[fault].spoil) faults[fault].spoil(k, x, gradient);
  for (size_t i = 0; s->single && i < s->n; i++) gradient[i] = (double)(float)gradient[i];
}
