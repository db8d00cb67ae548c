#include "gradcheck/evidence.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/robust.h"

/* ---- one tensor ---- */

/* Error bar of n, and what rounding leaves in a: as the check allows it (judge.c). Where the check was content, it may
 * have been so after one difference, whose truncation it did not measure: what was left is no evidence then. */
static void set_bars(clino__evidence *ev) {
  double largest = 0;
  bool single = ev->record->single;
  for (size_t i = 0; i < ev->count; i++)
    if (isfinite(ev->n[i])) largest = fmax(largest, fabs(ev->a[i]));
  for (size_t i = 0; i < ev->count; i++) {
    double doubt = ev->sheet->doubt[ev->first + i], d = fabs(ev->a[i] - ev->n[i]);
    bool f32 = single || ev->dtype == CLINO_F32;
    double rounding = (f32 ? 128 * FLT_EPSILON : 1e-12) * fmin(largest, fmax(fabs(ev->a[i]), ev->size));
    ev->bar[i] = doubt + rounding + 1e-7 * fabs(ev->n[i]) + 1e-15 * fmax(largest, ev->size);
    clino_verdict v = (clino_verdict)ev->sheet->verdict[ev->first + i];
    if (v == CLINO_VERDICT_PASS || v == CLINO_VERDICT_KINK) ev->bar[i] += d;
    if (!isfinite(ev->bar[i])) ev->bar[i] = NAN;
  }
}

static void list_entries(clino__evidence *ev) {
  for (size_t i = 0; i < ev->count; i++) {
    if (isnan(ev->bar[i])) continue;
    clino_verdict v = (clino_verdict)ev->sheet->verdict[ev->first + i];
    ev->used[ev->n_used++] = i;
    ev->nonzero += fabs(ev->n[i]) > ev->bar[i] || fabs(ev->a[i]) > ev->bar[i];
    if (v == CLINO_VERDICT_SUSPECT || v == CLINO_VERDICT_FAIL) ev->wrong[ev->n_wrong++] = i;
  }
}

/* Root mean square of the numerical values that are finite. */
static double size_of(const double *n, size_t count) {
  double largest = 0, sum = 0;
  size_t used = 0;
  for (size_t i = 0; i < count; i++)
    if (isfinite(n[i])) largest = fmax(largest, fabs(n[i])), used++;
  if (!(largest > 0)) return 0;
  for (size_t i = 0; i < count; i++)
    if (isfinite(n[i])) sum += (n[i] / largest) * (n[i] / largest);
  return largest * sqrt(sum / (double)used);
}

clino_status clino__evidence_init(clino__evidence *ev, const clino_gradcheck_record *record, size_t sheet,
                                  size_t tensor, clino_error *error) {
  const clino__sheet *s = &record->sheets[sheet];
  *ev = (clino__evidence){.record = record, .sheet = s, .name = "", .tensor = tensor, .dtype = CLINO_F64,
                          .count = record->n};
  if (tensor != SIZE_MAX) {
    const clino__kept_tensor *t = &record->tensors[tensor];
    ev->name = t->name, ev->dtype = t->dtype, ev->n_dims = t->n_dims, ev->first = t->first, ev->count = t->count;
    memcpy(ev->shape, t->shape, sizeof ev->shape);
  }
  for (size_t i = 0; tensor == SIZE_MAX && i < record->n_tensors; i++)
    if (record->tensors[i].dtype == CLINO_F32) ev->dtype = CLINO_F32;
  ev->a = s->analytic + ev->first, ev->n = s->numeric + ev->first, ev->x = s->value + ev->first;
  ev->bar = malloc((ev->count + 1) * sizeof *ev->bar);
  ev->used = malloc((2 * ev->count + 1) * sizeof *ev->used);
  if (!ev->bar || !ev->used) {
    clino__evidence_free(ev);
    return clino__fail_memory(error, "explanations");
  }
  ev->wrong = ev->used + ev->count;
  ev->size = size_of(ev->n, ev->count);
  set_bars(ev);
  list_entries(ev);
  return CLINO_OK;
}

void clino__evidence_free(clino__evidence *ev) {
  free(ev->bar);
  free(ev->used);
  ev->bar = NULL;
  ev->used = ev->wrong = NULL;
}

/* ---- fits ---- */

#define MOST_BITS 20
#define LEAST_BITS 20
#define TELLING 3  /* bits: a factor of 8 */

static bool is_wrong(const clino__evidence *ev, size_t entry) {
  return ev->sheet->verdict[ev->first + entry] >= CLINO_VERDICT_SUSPECT;
}

void clino__fit_add(clino__fit *fit, const clino__evidence *ev, size_t entry, double p, double q) {
  double left = fabs(p - q), bar = ev->bar[entry];
  bool within = left <= 2 * bar;
  fit->covered++;
  fit->within += within;
  fit->sums[0] += p, fit->sums[1] += q, fit->sums[2] += p * p, fit->sums[3] += q * q, fit->sums[4] += p * q;
  if (!is_wrong(ev, entry)) return;
  fit->wrong++;
  fit->wrong_within += within;
  double gain = log2(fabs(ev->a[entry] - ev->n[entry]) / fmax(left, bar));
  if (!(gain >= -MOST_BITS)) gain = -MOST_BITS;
  if (gain > MOST_BITS) gain = MOST_BITS;
  /* Zero explained by zero is no evidence: most entries of a sparse gradient are 0. */
  if (gain > 0 && fabs(p) <= bar && fabs(q) <= bar) gain = 0;
  fit->telling += gain >= TELLING;
  fit->bits += gain;
}

double clino__fit_correlation(const clino__fit *f) {
  double m = (double)f->covered;
  double p = f->sums[2] - f->sums[0] / m * f->sums[0], q = f->sums[3] - f->sums[1] / m * f->sums[1];
  double c = (f->sums[4] - f->sums[0] / m * f->sums[1]) / sqrt(p) / sqrt(q);
  if (!(p > 1e-14 * f->sums[2]) || !(q > 1e-14 * f->sums[3]) || !isfinite(c)) return NAN;
  return fmax(-1, fmin(1, c));
}

double clino__plain_correlation(const clino__evidence *ev) {
  clino__fit fit = {0};
  for (size_t k = 0; k < ev->n_used; k++) clino__fit_add(&fit, ev, ev->used[k], ev->a[ev->used[k]], ev->n[ev->used[k]]);
  return clino__fit_correlation(&fit);
}

size_t clino__may_miss(size_t entries) { return entries / 20; }

bool clino__fit_holds(const clino__fit *fit, size_t numbers, double choice, double *bits) {
  double each = fit->telling ? fit->bits / (double)fit->telling : 0;
  *bits = fit->bits - (double)numbers * fmax(each, 0) - choice;
  return fit->covered - fit->within <= clino__may_miss(fit->covered) &&
         fit->wrong - fit->wrong_within <= clino__may_miss(fit->wrong) && fit->telling >= numbers + 2 &&
         *bits >= LEAST_BITS;
}

bool clino__fit_all(const clino__evidence *ev, clino__formula formula, const void *with, clino__fit *fit) {
  double p, q;
  *fit = (clino__fit){0};
  size_t missed = 0, silent = 0;
  for (size_t k = 0; k < ev->n_wrong; k++) {
    if (!formula(ev, with, ev->wrong[k], &p, &q)) {
      silent++;
      continue;
    }
    clino__fit_add(fit, ev, ev->wrong[k], p, q);
    missed = fit->covered - fit->within;
    if (missed > clino__may_miss(ev->n_wrong)) return false;
  }
  for (size_t k = 0; k < ev->n_used; k++) {
    if (is_wrong(ev, ev->used[k])) continue;
    if (!formula(ev, with, ev->used[k], &p, &q)) continue;
    clino__fit_add(fit, ev, ev->used[k], p, q);
    if (fit->covered - fit->within > clino__may_miss(ev->n_used)) return false;
  }
  return 2 * silent <= ev->n_wrong;
}

/* ---- regression ---- */

typedef struct normal {
  double uu, uv, vv, un, vn;
  double ub, vb; /* how far all error bars pulling one way would move them */
} normal;

static bool solve(const normal *s, bool two, double c[2], double variance[2]) {
  if (!two) {
    c[0] = s->un / s->uu, c[1] = 0;
    variance[0] = 1 / s->uu, variance[1] = 0;
    return isfinite(c[0]) && isfinite(variance[0]);
  }
  double det = s->uu * s->vv - s->uv * s->uv;
  if (!(det > 1e-8 * s->uu * s->vv)) return false;
  c[0] = (s->vv * s->un - s->uv * s->vn) / det, c[1] = (s->uu * s->vn - s->uv * s->un) / det;
  variance[0] = s->vv / det, variance[1] = s->uu / det;
  return isfinite(c[0]) && isfinite(c[1]);
}

/* The median of the ratios, as a start that half of the entries may not spoil. */
static double middle_ratio(const size_t *entries, size_t count, const double *u, const double *n, double *scratch) {
  size_t m = 0;
  for (size_t k = 0; k < count; k++) {
    double r = n[entries[k]] / u[entries[k]];
    if (isfinite(r)) scratch[m++] = r;
  }
  return m ? clino__median(scratch, m) : NAN;
}

bool clino__regress(const clino__evidence *ev, const size_t *entries, size_t count, const double *u, const double *v,
                    const double *n, double c[2], double error[2], double *scratch) {
  double variance[2] = {0, 0}, pull[2] = {0, 0};
  c[0] = v ? 1 : middle_ratio(entries, count, u, n, scratch), c[1] = 0;
  if (!isfinite(c[0])) return false;
  for (int round = 0; round < 12; round++) {
    normal s = {0};
    for (size_t k = 0; k < count; k++) {
      size_t i = entries[k];
      double second = v ? v[i] : 0, z = (n[i] - c[0] * u[i] - c[1] * second) / ev->bar[i];
      /* The first round of two unknowns has no start to measure distances from. */
      double w = 1 / ev->bar[i] / ev->bar[i] / (v && round == 0 ? 1 : 1 + z * z / 4);
      s.uu += w * u[i] * u[i], s.un += w * u[i] * n[i];
      s.uv += w * u[i] * second, s.vv += w * second * second, s.vn += w * second * n[i];
      s.ub += w * fabs(u[i]) * ev->bar[i], s.vb += w * fabs(second) * ev->bar[i];
    }
    if (!solve(&s, v != NULL, c, variance)) return false;
    pull[0] = s.ub / s.uu, pull[1] = v ? s.vb / s.vv : 0;
  }
  for (int k = 0; k < 2; k++) error[k] = fmax(3 * sqrt(fmax(variance[k], 0)), pull[k]) + 1e-10 * fabs(c[k]);
  return true;
}
