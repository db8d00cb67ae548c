/* n = alpha a + mu x: the sign, a constant factor, a term proportional to the parameter that one of the two lacks, and
 * a factor beside such a term that both have. */
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "gradcheck/explain.h"

typedef struct linear {
  double alpha, mu;
} linear;

static bool formula(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  const linear *l = with;
  *p = l->alpha * ev->a[i] + l->mu * ev->x[i];
  *q = ev->n[i];
  return true;
}

/* ---- constants ---- */

typedef struct constant {
  const char *name;
  double value;
} constant;

#define PI 3.14159265358979323846

/* Whole numbers and their reciprocals are left to whole(). */
static const constant constants[] = {
  {"pi", PI}, {"2 pi", 2 * PI}, {"1/pi", 1 / PI}, {"1/(2 pi)", 0.5 / PI}, {"sqrt(2)", 1.41421356237309504880},
  {"1/sqrt(2)", 0.70710678118654752440}, {"1/(1 - 0.1)", 1 / 0.9}, {"1/(1 - 0.2)", 1.25}, {"1/(1 - 0.25)", 4 / 3.0},
  {"1/(1 - 0.3)", 1 / 0.7}, {"1/(1 - 0.4)", 1 / 0.6}, {"1 - 0.1", 0.9}, {"1 - 0.2", 0.8}, {"1 - 0.25", 0.75},
  {"1 - 0.3", 0.7}, {"1 - 0.4", 0.6}, {"ln(2)", 0.69314718055994530942}, {"1/ln(2)", 1.44269504088896340736},
};

#define MOST_WHOLE 65536

/* 32 or 1/32. So many whole numbers are there that one is near by chance where the bar is wide: a hundredth of the way
 * from one to the next is allowed. */
static bool whole(double size, double error, const char *sign, char name[48]) {
  bool inverse = size < 1;
  double m = inverse ? 1 / size : size, bar = inverse ? error / size / size : error, nearest = floor(m + 0.5);
  if (!(nearest >= 2 && nearest <= MOST_WHOLE) || !(fabs(m - nearest) <= bar) || !(bar <= 0.01)) return false;
  snprintf(name, 48, "%s%s%.0f", sign, inverse ? "1/" : "", nearest);
  return true;
}

static bool is(double size, double error, double known) {
  return known > 0 && fabs(size - known) <= error && error <= 1e-3 * known;
}

void clino__name_constant(double value, double error, const clino_explain_options *o, char name[48]) {
  double size = fabs(value), keep = 1 - o->dropout, batch = (double)o->batch;
  const char *sign = value < 0 ? "-" : "";
  name[0] = '\0';
  if (is(size, error, 1)) return;
  if (o->batch > 1 && is(size, error, batch)) snprintf(name, 48, "%s%zu, the batch", sign, o->batch);
  else if (o->batch > 1 && is(size, error, 1 / batch)) snprintf(name, 48, "%s1/%zu, of the batch", sign, o->batch);
  else if (is(size, error, o->learning_rate)) snprintf(name, 48, "%sthe learning rate", sign);
  else if (keep < 1 && is(size, error, keep)) snprintf(name, 48, "%s(1 - p) of the dropout", sign);
  else if (keep < 1 && is(size, error, 1 / keep)) snprintf(name, 48, "%s1/(1 - p) of the dropout", sign);
  else if (whole(size, error, sign, name)) return;
  for (size_t i = 0; !name[0] && i < sizeof constants / sizeof *constants; i++)
    if (is(size, error, constants[i].value)) snprintf(name, 48, "%s%s", sign, constants[i].name);
}

/* ---- the formulas ---- */

static void add_scale(const clino__search *s, const linear *l, double error) {
  clino__fit fit;
  if (!(fabs(l->alpha) > 0) || !clino__fit_all(s->ev, formula, l, &fit)) return;
  double value = 1 / l->alpha, bar = error / l->alpha / l->alpha;
  bool sign = fabs(value + 1) <= bar && bar <= 1e-2;
  clino_explanation about = clino__about(sign ? CLINO_PATTERN_SIGN : CLINO_PATTERN_SCALE);
  about.beside = l->mu / (1 - l->alpha);
  about.value = sign ? NAN : value;
  about.value_error = sign ? NAN : bar;
  if (!sign) clino__name_constant(value, bar, s->options, about.constant);
  /* A sign is a number too: two entries of one sign say as well that it was lost. */
  clino__found_add(s, &about, &fit, l->mu != 0 ? 2 : 1, 2);
}

static void try_scale(const clino__search *s) {
  double c[2], error[2];
  const clino__evidence *ev = s->ev;
  if (!clino__regress(ev, ev->wrong, ev->n_wrong, ev->a, NULL, ev->n, c, error, s->scratch)) return;
  add_scale(s, &(linear){c[0], 0}, error[0]);
}

static void add_decay(const clino__search *s, double mu, double error) {
  clino__fit fit;
  linear l = {1, mu};
  if (!(fabs(mu) > error) || !clino__fit_all(s->ev, formula, &l, &fit)) return;
  clino_explanation about = clino__about(CLINO_PATTERN_DECAY);
  about.value = mu;
  about.value_error = error;
  clino__found_add(s, &about, &fit, 1, 2);
}

static void try_decay(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  double c[2], error[2], *missing = s->scratch + ev->count;
  for (size_t i = 0; i < ev->count; i++) missing[i] = ev->n[i] - ev->a[i];
  if (clino__regress(ev, ev->wrong, ev->n_wrong, ev->x, NULL, missing, c, error, s->scratch))
    add_decay(s, c[0], error[0]);
}

/* A factor on all but a term that is proportional to the parameter. */
static void try_both(const clino__search *s) {
  const clino__evidence *ev = s->ev;
  double c[2], error[2];
  if (!clino__regress(ev, ev->used, ev->n_used, ev->a, ev->x, ev->n, c, error, s->scratch)) return;
  if (fabs(c[0] - 1) <= 10 * error[0] || fabs(c[1]) <= 10 * error[1]) return;
  add_scale(s, &(linear){c[0], c[1]}, error[0]);
}

void clino__explain_linear(const clino__search *s) {
  try_scale(s);
  try_decay(s);
  if (s->found->list[CLINO_PATTERN_SCALE].pattern || s->found->list[CLINO_PATTERN_SIGN].pattern ||
      s->found->list[CLINO_PATTERN_DECAY].pattern)
    return;
  try_both(s);
}

/* ---- elsewhere found, here too? ---- */

static bool clipped(const clino__evidence *ev, const void *with, size_t i, double *p, double *q) {
  double c = *(const double *)with;
  *p = ev->a[i];
  *q = fmin(fmax(ev->n[i], -c), c);
  return true;
}

bool clino__explain_holds(const clino__evidence *ev, const clino_explanation *e) {
  clino__fit fit;
  linear l = {1, 0};
  if (e->beside != 0) return false;
  if (e->pattern == CLINO_PATTERN_CLIPPED) return clino__fit_all(ev, clipped, &e->value, &fit) && fit.telling > 0;
  if (e->pattern == CLINO_PATTERN_SIGN) l.alpha = -1;
  else if (e->pattern == CLINO_PATTERN_SCALE) l.alpha = 1 / e->value;
  else if (e->pattern == CLINO_PATTERN_DECAY) l.mu = e->value;
  else return false;
  return clino__fit_all(ev, formula, &l, &fit) && fit.telling > 0;
}
