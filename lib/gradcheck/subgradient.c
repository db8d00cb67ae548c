/* Is it a subgradient? Lying between the one-sided slopes is not sufficient: for relu(x + y) at 0, every entry of
 * (1, 0) does, and it is none. Nor is it quite necessary, where one coordinate crosses several kinks: see kink.c. The
 * Clarke subdifferential is the convex hull of the gradients at smooth points nearby (J. V. Burke, A. S. Lewis and
 * M. L. Overton, "A robust gradient sampling algorithm for nonsmooth, nonconvex optimization", SIAM J. Optim. 15, 2005,
 * sec. 1). So gradients are sampled there, by the callback itself, and first compared with differences at those points.
 * What lies outside of its one-sided slopes must lie within the range of the samples. Then along e_i + e_j and
 * e_i - e_j, for pairs of entries at a kink, so must the sum and the difference; before a pair is condemned, it is
 * sampled on its own, where no other coordinate moves, so that all corners of its kinks are met. */
#include "gradcheck/subgradient.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/entry.h"
#include "gradcheck/mean_value.h"
#include "gradcheck/midpoints.h"

#define MOST_ENTRIES 64  /* of those at a kink, that are looked at together: pairs grow with the square */
#define SAMPLES 16
#define PAIR_SAMPLES 128 /* four corners of a quarter each: one is missed with probability (3/4)^128; if only the
                          * nearest tenth of the samples sees them, with (3/4)^13, 2% */
#define VERIFIED 4
#define CELLS 18         /* of a mean along a segment */
#define NOISY 20         /* deviations of noise, which is known from few values, in what contradicts a whole gradient */
#define SIDES 64         /* values that slopes along a pair take, at the most: two a decade, for two directions */

typedef struct sampler {
  clino__problem *p;
  const size_t *entries;
  clino_gradcheck_entry *list;
  size_t count;
  double *gradient;           /* of all entries, at a sample */
  double (*samples)[MOST_ENTRIES];
  size_t n_samples, turn;
  bool near;                  /* samples lie at all distances, down to a few spacings of the coordinates */
  bool towards;               /* every second sample lies on the sides that the analytic values come from */
  clino__rng rng;
} sampler;

/* Far enough to leave the kink behind, near enough that a smooth f hardly bends. */
static double radius(const sampler *s, size_t i) {
  const clino__problem *p = s->p;
  size_t view = clino__layout_view_of(&p->layout, s->entries[i]);
  double scale = fmax(fabs(p->x[s->entries[i]]), p->tensor_scale[view]);
  double kink = isfinite(s->list[i].kink_distance) ? s->list[i].kink_distance : 0;
  return fmax((clino__single(p, view) ? 1e-3 : 1e-5) * scale, 4 * kink);
}

static double spacing(const sampler *s, size_t i) {
  const clino__view *v = &s->p->layout.views[clino__layout_view_of(&s->p->layout, s->entries[i])];
  return fabs(s->p->x[s->entries[i]]) * (v->tensor->dtype == CLINO_F32 ? FLT_EPSILON : DBL_EPSILON);
}

/* How an entry comes from kink.c that is to be borne out. */
static bool doubtful(const clino_gradcheck_entry *e) {
  return e->verdict == CLINO_VERDICT_KINK && e->reason == CLINO_REASON_DIFFERS;
}

/* The displacement to the side whose slope the analytic value is. A doubtful one hardly moves, so that the others say
 * on which side each kink is: where relus stand at 0, all of them off is one corner of many, and the usual gradient. */
static double towards(const clino_gradcheck_entry *e, double u) {
  if (doubtful(e)) return 1e-2 * u;
  if (fabs(e->analytic - e->left) <= e->error) return -fabs(u);
  return fabs(e->analytic - e->right) <= e->error ? fabs(u) : u;
}

static bool within(const clino__problem *p, size_t entry, double x) {
  return (!p->o.lower || x >= p->o.lower[entry]) && (!p->o.upper || x <= p->o.upper[entry]);
}

/* Moves the entries for which use is set (NULL: all) to a random place nearby, within bounds. */
static void displace(sampler *s, const bool *use, double *to) {
  const clino__problem *p = s->p;
  bool aim = s->towards && s->turn++ % 2;
  double part = s->near ? ldexp(1, -(int)clino__rng_below(&s->rng, 31)) : 1;
  for (size_t i = 0; i < s->count; i++) {
    double u = fmax(part * radius(s, i), 16 * spacing(s, i)) * clino__rng_between(&s->rng, 0.25, 1);
    if (clino__rng_bits(&s->rng) & 1) u = -u;
    if (aim) u = towards(&s->list[i], u);
    size_t entry = s->entries[i];
    if (!within(p, entry, p->x[entry] + u)) u = -u;
    bool moves = (!use || use[i]) && within(p, entry, p->x[entry] + u);
    to[i] = clino__move(p, entry, p->x[entry] + (moves ? u : 0));
  }
}

static clino_status sample_gradient(sampler *s, double *g) {
  double f;
  clino__problem *p = s->p;
  clino_status status = clino__gradient_anew(p, &f);
  if (status) return status;
  clino__layout_gather(&p->layout, s->gradient);
  for (size_t i = 0; i < s->count; i++) g[i] = s->gradient[s->entries[i]];
  return CLINO_OK;
}

static clino_status value_along(sampler *s, const double *at, const double *direction, double t, double *f,
                                double *stored) {
  for (size_t i = 0; i < s->count; i++) stored[i] = clino__move(s->p, s->entries[i], at[i] + t * direction[i]);
  return clino__value(s->p, f);
}

/* A difference of f along a direction, from below a sample to above it. */
typedef struct segment {
  const double *at, *direction;
  double t, rise;
  double width[MOST_ENTRIES]; /* as realized, which in single precision is not as asked for */
} segment;

static clino_status measure(sampler *s, segment *d) {
  double above[MOST_ENTRIES], below[MOST_ENTRIES], up, down;
  clino_status status = value_along(s, d->at, d->direction, d->t, &up, above);
  if (!status) status = value_along(s, d->at, d->direction, -d->t, &down, below);
  if (status) return status;
  for (size_t i = 0; i < s->count; i++) d->width[i] = above[i] - below[i];
  d->rise = up - down;
  return CLINO_OK;
}

/* What a gradient promises of it. */
static double promised(const sampler *s, const segment *d, const double *g, double *size) {
  double rise = 0, sum = 0;
  for (size_t i = 0; i < s->count; i++) {
    rise += d->width[i] * g[i];
    sum += fabs(d->width[i] * g[i]);
  }
  *size = fmax(fabs(d->rise), sum);
  return rise;
}

/* Whether a difference contradicts the gradient; *clear: noise is small beside it. */
static bool differs_from(const sampler *s, const segment *d, const double *g, bool *clear) {
  double size, off = fabs(d->rise - promised(s, d, g, &size));
  *clear = NOISY * s->p->noise <= size / 4;
  return off > NOISY * s->p->noise + 2e-2 * size;
}

/* Whether it contradicts the mean of the gradients along it as well: where kinks crowd, one alone says little. */
static clino_status differs_from_mean(sampler *s, const segment *d, bool *differs) {
  double g[MOST_ENTRIES], stored[MOST_ENTRIES], rises[CELLS], size, error, largest = 0;
  clino_status status = CLINO_OK;
  if (!clino__budget(s->p, CLINO__GRADIENT_VALUES * CELLS)) return CLINO_OK;
  for (size_t k = 0; k < CELLS && !status; k++) {
    double t = d->t * ((2 * (double)k + 1) / CELLS - 1), f;
    status = value_along(s, d->at, d->direction, t, &f, stored);
    if (!status) status = sample_gradient(s, g);
    rises[k] = promised(s, d, g, &size);
    largest = fmax(largest, size);
  }
  if (status) return status;
  double off = fabs(d->rise - clino__mean_of(rises, CELLS, &error));
  *differs = !(off <= NOISY * s->p->noise + error + 2e-2 * largest);
  return CLINO_OK;
}

/* Whether the callback's gradient at a sample is contradicted by differences along a random direction there: over the
 * whole of it, and since f may vary faster than that, over parts of it as small as noise allows. */
static clino_status verify(sampler *s, const double *at, const double *g, bool *contradicted) {
  double direction[MOST_ENTRIES];
  *contradicted = false;
  for (size_t i = 0; i < s->count; i++) {
    size_t entry = s->entries[i];
    direction[i] = radius(s, i) * (clino__rng_bits(&s->rng) & 1 ? 1 : -1) * clino__rng_between(&s->rng, 0.5, 1);
    double reach = fabs(1e-2 * direction[i]);
    if (!within(s->p, entry, at[i] + reach) || !within(s->p, entry, at[i] - reach)) direction[i] = 0;
  }
  segment d = {at, direction, 1e-2, 0, {0}}, last = d;
  for (; d.t > 1e-9 && clino__budget(s->p, 2); d.t *= 1e-2) {
    bool clear;
    clino_status status = measure(s, &d);
    if (status) return status;
    bool differs = differs_from(s, &d, g, &clear);
    if (d.t == 1e-2 || clear) *contradicted = differs, last = d;
    if (!clear || !differs) break;
  }
  return *contradicted ? differs_from_mean(s, &last, contradicted) : CLINO_OK;
}

/* Samples gradients into s->samples; *wrong: how many of the verified were contradicted. */
static clino_status take_samples(sampler *s, const bool *use, size_t n, size_t verified, size_t *wrong) {
  s->n_samples = *wrong = 0;
  double at[MOST_ENTRIES];
  clino_status status = CLINO_OK;
  for (size_t k = 0; k < n && !status; k++) {
    bool contradicted = false;
    displace(s, use, at);
    status = sample_gradient(s, s->samples[s->n_samples]);
    if (!status && k < verified) status = verify(s, at, s->samples[s->n_samples], &contradicted);
    *wrong += contradicted;
    bool finite = true;
    for (size_t i = 0; i < s->count; i++) finite &= isfinite(s->samples[s->n_samples][i]);
    s->n_samples += finite;
  }
  clino__layout_reset_point(&s->p->layout);
  return status;
}

/* Whether the samples have met the slopes on both sides of the point. Where kinks are nested more closely than the
 * samples lie, they have not, and cannot contradict a value. */
static bool covered(const sampler *s, size_t i) {
  const clino_gradcheck_entry *e = &s->list[i];
  double low = INFINITY, high = -INFINITY;
  for (size_t k = 0; k < s->n_samples; k++) {
    low = fmin(low, s->samples[k][i]);
    high = fmax(high, s->samples[k][i]);
  }
  double margin = 0.1 * (high - low) + 1e-2 * fmax(fabs(low), fabs(high)) + e->error;
  return fmin(e->left, e->right) >= low - margin && fmax(e->left, e->right) <= high + margin;
}

/* Whether a_i + sign a_j lies outside the range of the samples, by more than they can be trusted. */
static bool outside(const sampler *s, size_t i, size_t j, double sign) {
  double low = INFINITY, high = -INFINITY;
  for (size_t k = 0; k < s->n_samples; k++) {
    double v = s->samples[k][i] + sign * s->samples[k][j];
    low = fmin(low, v);
    high = fmax(high, v);
  }
  double a = s->list[i].analytic + sign * s->list[j].analytic;
  double margin = 0.1 * (high - low) + 1e-2 * fmax(fabs(low), fabs(high)) + s->list[i].error + s->list[j].error;
  return s->n_samples && fmax(low - a, a - high) > margin;
}

static void condemn(clino_gradcheck_entry *e) {
  if (e->verdict != CLINO_VERDICT_KINK) return;
  e->verdict = CLINO_VERDICT_FAIL;
  e->reason = CLINO_REASON_DIFFERS;
}

/* ---- values outside of the one-sided slopes ---- */

/* Not borne out: as wrong as it lies outside of the slopes, unless kinks crowd round it. */
static clino_status reject(sampler *s, size_t i) {
  clino_gradcheck_entry *e = &s->list[i];
  double low = fmin(e->left, e->right), high = fmax(e->left, e->right);
  double beyond = fmax(low - e->analytic, e->analytic - high) - e->error;
  bool mild = beyond <= 1e-2 * fmax(fabs(e->analytic), fmax(fabs(low), fabs(high)));
  e->verdict = mild ? CLINO_VERDICT_SUSPECT : CLINO_VERDICT_FAIL;
  clino__layout_reset_point(&s->p->layout);
  return clino__mean_value_check(s->p, s->entries[i], e);
}

static bool within_samples(const sampler *s, size_t i) {
  double low = INFINITY, high = -INFINITY, a = s->list[i].analytic;
  for (size_t k = 0; k < s->n_samples; k++) {
    low = fmin(low, s->samples[k][i]);
    high = fmax(high, s->samples[k][i]);
  }
  double margin = 1e-2 * (high - low) + s->list[i].error;
  return s->n_samples && a >= low - margin && a <= high + margin;
}

/* Whether, at a random place nearby, a difference along entry i alone confirms the callback's gradient. */
static clino_status confirm(sampler *s, size_t i, bool *confirmed) {
  double at[MOST_ENTRIES], g[MOST_ENTRIES], direction[MOST_ENTRIES] = {0}, stored[MOST_ENTRIES], up, down, t_up, t_down;
  displace(s, NULL, at);
  clino_status status = sample_gradient(s, g);
  direction[i] = 1e-2 * radius(s, i);
  if (!status) status = value_along(s, at, direction, 1, &up, stored);
  t_up = stored[i];
  if (!status) status = value_along(s, at, direction, -1, &down, stored);
  t_down = stored[i];
  if (status) return status;
  double expected = g[i] * (t_up - t_down), size = fmax(fabs(expected), fabs(up - down)), noise = 6 * s->p->noise;
  *confirmed = t_up > t_down && noise <= size / 4 && fabs(up - down - expected) <= noise + 2e-2 * size;
  return CLINO_OK;
}

/* A value outside of the one-sided slopes is one of a gradient nearby, or between two, if the callback's gradients have
 * it within their range there and are right; most of them: a difference may meet another kink. */
static clino_status bear_out(sampler *s, size_t i) {
  size_t confirmed = 0;
  for (size_t k = 0; k < VERIFIED; k++) {
    bool yes = false;
    clino_status status = confirm(s, i, &yes);
    if (status) return status;
    confirmed += yes;
  }
  if (2 * confirmed <= VERIFIED) return reject(s, i);
  s->list[i].reason = CLINO_REASON_NONE;
  return CLINO_OK;
}

static clino_status check_doubtful(sampler *s) {
  bool inside[MOST_ENTRIES];
  size_t count = 0, wrong;
  for (size_t i = 0; i < s->count; i++) count += doubtful(&s->list[i]);
  if (!count) return CLINO_OK;
  s->towards = true;
  s->near = true;
  clino_status status = take_samples(s, NULL, PAIR_SAMPLES, 0, &wrong);
  s->towards = s->near = false;
  for (size_t i = 0; i < s->count && !status; i++) {
    inside[i] = doubtful(&s->list[i]) && within_samples(s, i);
    if (doubtful(&s->list[i]) && !inside[i]) status = reject(s, i);
  }
  for (size_t i = 0; i < s->count && !status; i++)
    if (inside[i]) status = bear_out(s, i);
  clino__layout_reset_point(&s->p->layout);
  return status;
}

/* Where max_evaluations leaves no room to sample, an entry at a kink stays open. */
static void leave_open(clino_gradcheck_entry *e) {
  if (e->verdict != CLINO_VERDICT_KINK) return;
  e->verdict = CLINO_VERDICT_INCONCLUSIVE;
  e->reason = CLINO_REASON_BUDGET;
}

/* ---- pairs ---- */

/* Whether a_i + sign a_j lies between the slopes of f to both sides along e_i + sign e_j, at a step that shows them. A
 * pair that the samples contradict may still be the gradient at the point itself, where kinks are nested more closely
 * than any sample lies: then it does. (That it does not proves nothing: see relu(a) - relu(b) at 0.) */
static clino_status between_sides(sampler *s, size_t i, size_t j, double sign, bool *between) {
  double at[MOST_ENTRIES], direction[MOST_ENTRIES] = {0}, stored[MOST_ENTRIES], noise = 6 * s->p->noise;
  double sum = s->list[i].analytic + sign * s->list[j].analytic, up = 0, down = 0;
  double size = fmax(fabs(s->list[i].analytic), fabs(s->list[j].analytic));
  clino_status status = CLINO_OK;
  *between = false;
  for (size_t k = 0; k < s->count; k++) at[k] = s->p->x[s->entries[k]];
  direction[i] = 1;
  direction[j] = sign;
  for (double h = fmin(radius(s, i), radius(s, j)); !status && !*between && noise < 0.1 * size * h; h /= 10) {
    bool inside = true;
    for (int side = -1; side <= 1; side += 2) {
      inside &= within(s->p, s->entries[i], at[i] + side * h) && within(s->p, s->entries[j], at[j] + side * sign * h);
    }
    if (!inside) continue;
    status = value_along(s, at, direction, h, &up, stored);
    if (!status) status = value_along(s, at, direction, -h, &down, stored);
    double right = (up - s->p->f0) / h, left = (s->p->f0 - down) / h;
    double margin = noise / h + 1e-2 * fmax(fabs(left), fabs(right));
    *between = sum >= fmin(left, right) - margin && sum <= fmax(left, right) + margin;
  }
  clino__layout_reset_point(&s->p->layout);
  return status;
}

/* Samples the pair alone: *wrong, if they contradict it there too, and the slopes at the point do not bear it out. */
static clino_status check_pair(sampler *s, size_t i, size_t j, bool plus, bool minus, bool *wrong) {
  bool use[MOST_ENTRIES] = {false}, between = false;
  size_t contradicted;
  use[i] = use[j] = true;
  s->near = true;
  clino_status status = take_samples(s, use, PAIR_SAMPLES, 0, &contradicted);
  s->near = false;
  plus = plus && outside(s, i, j, 1);
  minus = minus && outside(s, i, j, -1);
  *wrong = plus || minus;
  if (!status && plus) status = between_sides(s, i, j, 1, &between);
  if (!status && minus && (!plus || between)) status = between_sides(s, i, j, -1, &between);
  *wrong = *wrong && !between;
  return status;
}

/* Pairs that the common samples contradict are sampled alone; the first that is contradicted there too is enough. */
static clino_status check_pairs(sampler *s) {
  size_t suspects = 0, wrong;
  for (size_t i = 0; i < s->count; i++)
    for (size_t j = i + 1; j < s->count; j++) {
      if (s->list[i].verdict != CLINO_VERDICT_KINK || s->list[j].verdict != CLINO_VERDICT_KINK) continue;
      if (!covered(s, i) || !covered(s, j)) continue;
      bool plus = outside(s, i, j, 1), minus = outside(s, i, j, -1);
      if ((!plus && !minus) || suspects == 4) continue;
      suspects++;
      if (!clino__budget(s->p, PAIR_SAMPLES + SAMPLES + SIDES)) {
        leave_open(&s->list[i]);
        leave_open(&s->list[j]);
        return CLINO_OK;
      }
      bool contradicted;
      clino_status status = check_pair(s, i, j, plus, minus, &contradicted);
      if (status) return status;
      if (contradicted) {
        condemn(&s->list[i]);
        condemn(&s->list[j]);
        return CLINO_OK;
      }
      status = take_samples(s, NULL, SAMPLES, 0, &wrong);
      if (status) return status;
    }
  return CLINO_OK;
}

/* One lot of entries that are sampled together. */
static clino_status check_lot(sampler *s) {
  size_t wrong;
  if (!clino__budget(s->p, SAMPLES + 2 * VERIFIED)) {
    for (size_t i = 0; i < s->count; i++) leave_open(&s->list[i]);
    return CLINO_OK;
  }
  clino_status status = take_samples(s, NULL, SAMPLES, VERIFIED, &wrong);
  if (status) return status;
  if (wrong > VERIFIED / 2) {
    for (size_t i = 0; i < s->count; i++) condemn(&s->list[i]);
    return CLINO_OK;
  }
  status = check_doubtful(s);
  return status || s->count < 2 ? status : check_pairs(s);
}

clino_status clino__subgradient_check(clino__problem *p, const size_t *entries, clino_gradcheck_entry *list,
                                      size_t count) {
  sampler s = {.p = p};
  s.rng = clino__rng_new(clino__rng_derive(p->o.seed, 0x6B696E6B + p->point));
  s.gradient = malloc(p->layout.n * sizeof *s.gradient);
  s.samples = malloc((PAIR_SAMPLES + 1) * sizeof *s.samples);
  clino_status status = CLINO_OK;
  if (!s.gradient || !s.samples) status = clino__fail_memory(p->error, "sampled gradients");
  for (size_t i = 0; i < count && !status; i += s.count) {
    s.entries = entries + i;
    s.list = list + i;
    s.count = count - i < MOST_ENTRIES ? count - i : MOST_ENTRIES;
    status = check_lot(&s);
  }
  free(s.gradient);
  free(s.samples);
  return status;
}
