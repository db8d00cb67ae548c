/* Weights before the first step: their scale against the known schemes, and units that are equal. */
#include "clino/initcheck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sum.h"
#include "train/options.h"
#include "train/view.h"

/* Standard normal quantile of 0.9995: the interval holds the true deviation with 99.9%. */
#define Z_INTERVAL 3.2905267314919255
/* A mean this many of its standard errors from 0 is none by chance (two-sided 1e-6). */
#define Z_MEAN 4.9
/* |tanh| above which a unit counts as saturated: its derivative is below 2%. */
#define SATURATED 0.99
/* Shares of saturated units: a quarter is worth a word, most of them is broken. */
#define SATURATED_SOME 0.25
#define SATURATED_MOST 0.75
/* A layer that takes less than this of the deviation leaves a thousandth after two; that takes a tenth, after three. */
#define FADING 0.1
#define SILENT 1e-6

clino_initcheck_options clino_initcheck_options_default(void) {
  return (clino_initcheck_options){.struct_size = sizeof(clino_initcheck_options), .layout = CLINO_LAYOUT_OUTPUT_FIRST};
}

/* ---- moments ---- */

static void measure(const clino_tensor *t, clino_initcheck_result *r) {
  clino__sum sum = {0, 0}, squares = {0, 0};
  double scale = 0;
  for (size_t k = 0; k < r->n; k++) {
    double x = clino__view_get(t, k);
    if (!isfinite(x)) r->nonfinite++;
    else scale = fmax(scale, fabs(x));
  }
  double count = (double)(r->n - r->nonfinite);
  if (!(count > 0) || scale == 0) return;
  for (size_t k = 0; k < r->n; k++) {
    double x = clino__view_get(t, k);
    if (isfinite(x)) clino__sum_add(&sum, x / scale);
  }
  double mean = clino__sum_value(&sum) / count;
  for (size_t k = 0; k < r->n; k++) {
    double x = clino__view_get(t, k) / scale - mean;
    if (isfinite(x)) clino__sum_add(&squares, x * x);
  }
  r->mean = mean * scale;
  r->deviation = count > 1 ? sqrt(clino__sum_value(&squares) / (count - 1)) * scale : 0;
}

/* With d degrees of freedom, d s^2 / sigma^2 is chi-square distributed, and (chi^2/d)^(1/3) nearly normal around
 * 1 - 2/(9d) with variance 2/(9d) (E. B. Wilson and M. M. Hilferty, PNAS 17, 1931). */
static void interval(clino_initcheck_result *r) {
  double d = (double)(r->n - r->nonfinite) - 1, variance = 2 / (9 * d);
  double below = 1 - variance - Z_INTERVAL * sqrt(variance), above = 1 - variance + Z_INTERVAL * sqrt(variance);
  r->low = d > 0 ? r->deviation / sqrt(above * above * above) : 0;
  r->high = d > 0 && below > 0 ? r->deviation / sqrt(below * below * below) : INFINITY;
}

/* ---- schemes ---- */

enum { SCALED = 1, SWAPPED = 2, UNSCALED = 4, SMALL = 8 };

typedef struct scheme {
  const char *name;
  double deviation;
  int kind;
} scheme;

#define N_SCHEMES 13

static void schemes_of(const clino_initcheck_result *r, scheme out[N_SCHEMES]) {
  double in = (double)r->fan_in, fan_out = (double)r->fan_out, rows = (double)r->units;
  const scheme all[N_SCHEMES] = {{"glorot", sqrt(2 / (in + fan_out)), SCALED},
                                 {"he", sqrt(2 / in), SCALED},
                                 {"lecun", sqrt(1 / in), SCALED},
                                 {"torch-linear", sqrt(1 / (3 * in)), SCALED},
                                 {"orthogonal", sqrt(1 / fmax(rows, in)), SCALED},
                                 {"he-fan-out", sqrt(2 / fan_out), SWAPPED},
                                 {"lecun-fan-out", sqrt(1 / fan_out), SWAPPED},
                                 {"randn", 1, UNSCALED},
                                 {"uniform(-1,1)", sqrt(1.0 / 3), UNSCALED},
                                 {"uniform(0,1)", sqrt(1.0 / 12), UNSCALED},
                                 {"gaussian-0.1", 0.1, SMALL},
                                 {"gaussian-0.01", 0.01, SMALL},
                                 {"gaussian-0.001", 0.001, SMALL}};
  memcpy(out, all, sizeof all);
}

/* Rows (or columns, the fewer) of an orthogonal matrix have one length and are at right angles: looked at in up to 16
 * pairs of neighbours. Of n random entries the cosine is about 1/sqrt(length). */
static bool is_orthogonal(const clino_tensor *t, clino_layout layout, const clino_initcheck_result *r) {
  size_t weights = r->n / r->units, count = r->units <= weights ? r->units : weights;
  size_t length = r->units <= weights ? weights : r->units;
  for (size_t k = 0; k + 1 < count && k < 16; k++) {
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < length; i++) {
      bool rows = r->units <= weights;
      double x = clino__view_get(t, clino__view_weight(layout, r->n, r->units, rows ? k : i, rows ? i : k));
      double y = clino__view_get(t, clino__view_weight(layout, r->n, r->units, rows ? k + 1 : i, rows ? i : k + 1));
      xx += x * x, yy += y * y, xy += x * y;
    }
    if (!(fabs(xy) <= 1e-4 * sqrt(xx) * sqrt(yy)) || !(fabs(xx - yy) <= 1e-4 * xx)) return false;
  }
  return count > 1;
}

/* What fits, and what kinds of schemes that is. */
static int find_candidates(const clino_tensor *t, clino_layout layout, clino_initcheck_result *r) {
  scheme all[N_SCHEMES];
  schemes_of(r, all);
  bool orthogonal = is_orthogonal(t, layout, r), positive = fabs(r->mean - 0.5) < 0.1;
  int kinds = 0;
  double nearest = INFINITY;
  for (size_t k = 0; k < N_SCHEMES; k++) {
    if (!strcmp(all[k].name, "orthogonal") && !orthogonal) continue;
    if (!strcmp(all[k].name, "uniform(0,1)") && !positive) continue;
    double distance = fabs(log(r->deviation / all[k].deviation));
    const clino_init_candidate c = {all[k].name, all[k].deviation};
    if (distance < nearest) nearest = distance, r->nearest = c;
    if (!(all[k].deviation >= r->low && all[k].deviation <= r->high)) continue;
    if (orthogonal && strcmp(all[k].name, "orthogonal") != 0) continue; /* random entries are not at right angles */
    if (r->n_candidates < CLINO_INIT_CANDIDATES) r->candidates[r->n_candidates] = c;
    r->n_candidates++;
    kinds |= all[k].kind;
  }
  if (r->n_candidates > CLINO_INIT_CANDIDATES) r->n_candidates = CLINO_INIT_CANDIDATES;
  return kinds;
}

/* ---- equal units ---- */

typedef struct unit {
  uint64_t hash;
  size_t index;
} unit;

static double weight(const clino_tensor *t, clino_layout layout, const clino_initcheck_result *r, size_t unit_index,
                     size_t w) {
  return clino__view_get(t, clino__view_weight(layout, r->n, r->units, unit_index, w));
}

/* FNV-1a over the values' bits (G. Fowler, L. C. Noll and K.-P. Vo, 1991), with one zero. */
static uint64_t hash_unit(const clino_tensor *t, clino_layout layout, const clino_initcheck_result *r,
                          size_t unit_index) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  for (size_t w = 0; w < r->n / r->units; w++) {
    double x = weight(t, layout, r, unit_index, w) + 0.0;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    hash = (hash ^ bits) * UINT64_C(0x100000001B3);
    hash ^= hash >> 32;
  }
  return hash;
}

static int by_hash(const void *a, const void *b) {
  const unit *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

static bool equal_units(const clino_tensor *t, clino_layout layout, const clino_initcheck_result *r, size_t a,
                        size_t b) {
  for (size_t w = 0; w < r->n / r->units; w++)
    if (!(weight(t, layout, r, a, w) == weight(t, layout, r, b, w))) return false;
  return true;
}

static bool is_flat(const clino_tensor *t, clino_layout layout, const clino_initcheck_result *r, size_t u) {
  for (size_t w = 1; w < r->n / r->units; w++)
    if (!(weight(t, layout, r, u, w) == weight(t, layout, r, u, 0))) return false;
  return r->n / r->units > 1;
}

static clino_status find_duplicates(const clino_tensor *t, clino_layout layout, clino_initcheck_result *r,
                                    clino_error *error) {
  unit *units = malloc(r->units * sizeof *units);
  if (!units) return clino__fail_memory(error, "the units of an initial-weight check");
  for (size_t u = 0; u < r->units; u++) units[u] = (unit){hash_unit(t, layout, r, u), u};
  qsort(units, r->units, sizeof *units, by_hash);
  r->second = SIZE_MAX;
  for (size_t k = 1; k < r->units; k++) {
    const unit *a = &units[k - 1], *b = &units[k];
    if (a->hash != b->hash || !equal_units(t, layout, r, a->index, b->index)) continue;
    r->duplicates++;
    if (b->index < r->second) r->first = a->index, r->second = b->index;
  }
  if (!r->duplicates) r->second = 0;
  for (size_t u = 0; u < r->units; u++) r->flat_units += is_flat(t, layout, r, u);
  free(units);
  return CLINO_OK;
}

/* ---- what they will do ---- */

static void predict(clino_initcheck_result *r) {
  double in = (double)r->fan_in, square = r->deviation * r->deviation + r->mean * r->mean;
  r->preactivation = sqrt(in * square);
  double edge = atanh(SATURATED) / r->preactivation;
  r->saturated = r->preactivation > 0 ? erfc(edge / sqrt(2)) : 0;
  r->relu_gain = sqrt(in / 2 * square);
  r->relu_back_gain = sqrt((double)r->fan_out / 2 * square);
}

static unsigned problems_of(const clino_initcheck_result *r, int kinds) {
  unsigned p = 0;
  double count = (double)(r->n - r->nonfinite);
  bool constant = r->n > 1 && r->deviation == 0;
  if (r->nonfinite) p |= CLINO_INIT_NONFINITE;
  if (constant) p |= CLINO_INIT_CONSTANT;
  if (r->duplicates) p |= CLINO_INIT_DUPLICATES;
  if (r->flat_units && !constant) p |= CLINO_INIT_FLAT_UNITS;
  if (kinds == SWAPPED) p |= CLINO_INIT_SWAPPED;
  if (kinds == UNSCALED) p |= CLINO_INIT_UNSCALED;
  if (!constant && fabs(r->mean) > Z_MEAN * r->deviation / sqrt(count)) p |= CLINO_INIT_OFFSET;
  if (r->saturated > SATURATED_SOME) p |= CLINO_INIT_TOO_LARGE;
  if (r->preactivation < FADING) p |= CLINO_INIT_TOO_SMALL;
  return p;
}

static clino_init_verdict verdict_of(const clino_initcheck_result *r, int kinds) {
  if (r->problems & (CLINO_INIT_NONFINITE | CLINO_INIT_CONSTANT | CLINO_INIT_DUPLICATES)) return CLINO_INITCHECK_FAIL;
  if (r->saturated > SATURATED_MOST || r->preactivation < SILENT) return CLINO_INITCHECK_FAIL;
  if (r->problems) return CLINO_INITCHECK_SUSPECT;
  return kinds & SCALED ? CLINO_INITCHECK_PASS : CLINO_INITCHECK_UNCERTAIN;
}

clino_status clino_initcheck(const clino_tensor *t, const clino_initcheck_options *options, clino_initcheck_result *r,
                             clino_error *error) {
  if (!r) return clino__fail(error, CLINO_ERR_RANGE, "clino_initcheck: result is NULL");
  memset(r, 0, sizeof *r);
  const clino_initcheck_options o = options ? *options : clino_initcheck_options_default();
  clino_status status = clino__check_struct(o.struct_size, sizeof o, "clino_initcheck_options", error);
  if (status || (status = clino_fans(t, o.layout, &r->fan_in, &r->fan_out, error))) return status;
  if ((status = clino__view_check(t, &r->n, error))) return status;
  strncpy(r->tensor, t->name ? t->name : "", sizeof r->tensor - 1);
  r->units = clino__view_units(t, o.layout);
  measure(t, r);
  interval(r);
  r->glorot = sqrt(2 / ((double)r->fan_in + (double)r->fan_out));
  r->ratio = r->deviation / r->glorot;
  if ((status = find_duplicates(t, o.layout, r, error))) return status;
  int kinds = r->deviation > 0 ? find_candidates(t, o.layout, r) : 0;
  predict(r);
  r->problems = problems_of(r, kinds);
  r->verdict = verdict_of(r, kinds);
  return CLINO_OK;
}
