/* The remainder of one direction, and what it says.
 *
 * The displacement is taken as the coordinates store it, and g' applied to that, so that rounding x + t d costs
 * nothing. What decides is the odd part over t. It tends to the discrepancy of the slope as t falls, until noise over t
 * takes over: the limit is taken where both together are least, with an error bar, and a discrepancy counts as one if
 * it stays the same over three t at least, clear of noise, with none shorter to contradict. */
#include "gradcheck/taylor.h"

#include <float.h>
#include <math.h>

#include "base/sum.h"

#define LARGEST 0.25     /* relative displacement of the longest step */
#define LEAST_SPACINGS 128 /* of the coordinates, in the shortest one */
#define PLATEAU 3
#define SPREAD 0.25

static double rounding_unit(const clino__line *l) {
  return clino__session_single(l->s) ? FLT_EPSILON / 2 : DBL_EPSILON / 2;
}

double clino__line_remainder(const clino__line *l, double f, double f_origin, const double *g, const double *from) {
  clino__sum sum = {0, 0};
  clino__sum_add(&sum, f);
  clino__sum_add(&sum, -f_origin);
  for (size_t i = 0; i < l->s->n; i++) clino__sum_add(&sum, -g[i] * (l->s->moved[i] - (from ? from[i] : 0)));
  return clino__sum_value(&sum);
}

double clino__line_noise(const clino__line *l, double f) {
  const clino__problem *p = &l->s->p;
  return 3 * sqrt(2) * fmax(p->noise, 0.29 * p->quantum * fabs(f));
}

double clino__line_slack(const clino__line *l) {
  /* As gradcheck() judges an entry: 256 roundings (see clino__analytic_rounding). */
  double tolerance = clino__session_single(l->s) ? fmax(l->o->tolerance, 1e-4) : l->o->tolerance;
  return tolerance * l->out->size + 256 * rounding_unit(l) * l->slope_size;
}

/* ---- measuring ---- */

static clino_status remainder_at(clino__line *l, double t, double *remainder, double *noise) {
  double f;
  clino__session_move(l->s, NULL, t, l->d);
  clino_status status = clino__session_value(l->s, &f);
  *remainder = status ? NAN : clino__line_remainder(l, f, l->s->p.f0, l->s->p.gradient, NULL);
  *noise = fmax(*noise, clino__line_noise(l, f));
  return status;
}

/* A jump of the slope between 0 and a step enters the odd part as it enters the even one, of which a smooth f's falls
 * with t. Two misfits in a row do not vanish by accident, where one may. */
static double kink_error(const clino__line *l, double v, double noise, double ratio) {
  size_t k = l->even.count;
  if (k == 0) return fabs(v);
  const double *value = l->even.value;
  double misfit = fabs(v - value[k - 1] / ratio);
  if (k > 1) misfit = fmax(misfit, fabs(value[k - 1] - value[k - 2] / ratio) / ratio);
  return fmax(0, fmin(fabs(v), misfit) - noise);
}

/* Adds what a rung says to the limits; false where no shorter one can say more. */
static bool use_rung(clino__line *l, const clino_taylor_rung *r, double ratio) {
  double t = r->t, q = (r->forward - r->backward) / 2 / t, v = (r->forward + r->backward) / 2 / t;
  double rounding = 16 * rounding_unit(l) * t * l->slope_size;
  double noise = ((r->noise - rounding) / 2 + rounding) / t;
  clino__limit_add(&l->odd, t, q, noise, kink_error(l, v, r->noise / t, ratio));
  clino__limit_add(&l->even, t, v, r->noise / t, 0);
  double error, size = fmax(l->slope_size, fabs(q) + fabs(v));
  size_t best = clino__limit_best(&l->odd, &error);
  if (l->out->n_rungs < 6 || noise > size / 2) return l->out->n_rungs < 6;
  if (best == l->odd.count || !(noise > 30 * error) || error > l->o->resolution / 10 * size) return true;
  return fabs(l->odd.value[best]) > error + l->o->tolerance * size; /* agrees, and shorter ones are noisier */
}

static clino_status measure(clino__line *l) {
  double ratio = l->s->spacing > DBL_EPSILON ? 2 : 4, t = LARGEST * l->reach;
  double smallest = LEAST_SPACINGS * l->s->spacing * l->reach;
  clino_status status = CLINO_OK;
  bool more = true;
  for (; !status && more && l->out->n_rungs < CLINO_TAYLOR_RUNGS && t >= smallest; t /= ratio) {
    clino_taylor_rung *r = &l->out->rung[l->out->n_rungs++];
    *r = (clino_taylor_rung){.t = t};
    status = remainder_at(l, t, &r->forward, &r->noise);
    if (!status) status = remainder_at(l, -t, &r->backward, &r->noise);
    r->noise += 16 * rounding_unit(l) * t * l->slope_size;
    more = use_rung(l, r, ratio);
  }
  clino__session_reset(l->s);
  return status;
}

/* ---- orders ---- */

enum part { WHOLE, EVEN, ODD, SECOND };

static double part_of(const clino__line *l, const clino_taylor_rung *r, enum part part) {
  double a = part == SECOND ? r->t * r->t / 2 * l->curvature : 0;
  switch (part) {
    case EVEN: return (r->forward + r->backward) / 2;
    case ODD: return (r->forward - r->backward) / 2;
    default: return hypot(r->forward - a, r->backward - a) / sqrt(2);
  }
}

static clino_taylor_fit fit(const clino__line *l, enum part part) {
  clino__limit sizes = {.count = 0};
  for (size_t k = 0; k < l->out->n_rungs; k++) {
    const clino_taylor_rung *r = &l->out->rung[k];
    clino__limit_add(&sizes, r->t, part_of(l, r, part), r->noise, 0);
  }
  clino__law law = clino__limit_law(&sizes);
  if (isnan(law.order)) return (clino_taylor_fit){NAN, NAN, NAN, NAN, 0};
  return (clino_taylor_fit){law.order, law.error, sizes.t[law.from], sizes.t[law.to], law.to - law.from + 1};
}

/* Whether no remainder stands clear of noise; *exact: whether all are 0. */
static bool rounding_only(const clino__line *l, bool *exact) {
  bool only = l->odd.count > 0;
  *exact = only;
  for (size_t k = 0; k < l->out->n_rungs; k++) {
    const clino_taylor_rung *r = &l->out->rung[k];
    double size = hypot(r->forward, r->backward);
    if (!isfinite(size)) continue;
    only = only && size <= 4 * r->noise;
    *exact = *exact && size == 0;
  }
  return only;
}

/* ---- the verdict ---- */

static clino_status decide(clino__line *l, clino_verdict verdict, clino_reason reason) {
  l->out->verdict = verdict;
  l->out->reason = reason;
  return CLINO_OK;
}

/* A staircase: f computed in single precision from coordinates in double does not move below their spacing, as if its
 * slope were 0 there, and follows g'd on longer steps. A smooth f that crosses g'd does so at one step, not at three.
 * Only where the steps are those of single precision: between two kinks it looks the same. */
static bool staircase(const clino__line *l, const clino__plateau *p) {
  size_t follows = 0;
  if (l->odd.t[p->from] > 32 * FLT_EPSILON * l->reach) return false;
  for (size_t k = 0; k < p->from && follows < 3; k++)
    follows = fabs(l->odd.value[k]) <= fabs(p->value) / 8 ? follows + 1 : 0;
  return follows == 3;
}

/* How far away gradients are sampled: in the middle of the plateau, or where its shorter half is too noisy for the
 * steps about a sample, as short as noise allows. */
static double sampling_radius(const clino__limit *l, const clino__plateau *p, double difference) {
  size_t k = p->to;
  while (k > p->from && l->noise[k] * CLINO__NEARBY_FRACTION > fabs(difference) / 32) k--;
  return l->t[(p->from + k) / 2];
}

/* A discrepancy that stays: what gradients nearby say of it. */
static clino_status judge_discrepancy(clino__line *l, const clino__plateau *p, size_t best) {
  clino_taylor_direction *out = l->out;
  clino_verdict verdict;
  if (best < p->from || best > p->to) {
    out->measured = out->slope + p->value;
    out->error = p->error;
  }
  if (staircase(l, p)) return decide(l, CLINO_VERDICT_INCONCLUSIVE, CLINO_REASON_NOISE);
  clino_status status = clino__line_nearby(l, sampling_radius(&l->odd, p, p->value), p->value, &verdict);
  if (status) return status;
  return decide(l, verdict, verdict == CLINO_VERDICT_FAIL           ? CLINO_REASON_DIFFERS
                            : verdict == CLINO_VERDICT_INCONCLUSIVE ? CLINO_REASON_STEP
                                                                    : CLINO_REASON_NONE);
}

/* The jump of the slope stays. Where g'd lies between the one-sided slopes, only gradients nearby that are wrong speak
 * against it. */
static clino_status judge_kink(clino__line *l, const clino__plateau *jump) {
  clino_taylor_direction *out = l->out;
  double q = 0, jump_size = fabs(jump->value), odd_error = jump->error;
  for (size_t k = jump->from; k <= jump->to; k++) q += l->odd.value[k] / (double)(jump->to - jump->from + 1);
  bool between = fabs(q) <= jump_size * 1.01 + odd_error + clino__line_slack(l);
  out->measured = out->slope + q;
  out->error = jump_size + odd_error;
  out->left = out->measured - jump->value;
  out->right = out->measured + jump->value;
  clino_verdict verdict;
  double difference = fmax(fabs(q), jump_size), radius = sampling_radius(&l->even, jump, difference);
  clino_status status = clino__line_nearby(l, radius, difference, &verdict);
  if (status) return status;
  if (between && verdict == CLINO_VERDICT_INCONCLUSIVE) verdict = CLINO_VERDICT_KINK;
  return decide(l, verdict, verdict == CLINO_VERDICT_FAIL           ? CLINO_REASON_DIFFERS
                            : verdict == CLINO_VERDICT_INCONCLUSIVE ? CLINO_REASON_STEP
                                                                    : CLINO_REASON_NONE);
}

/* What the best t has to say, once neither a kink nor a discrepancy stands out. */
static clino_status judge_best(clino__line *l, size_t best, double error, bool exact) {
  clino_taylor_direction *out = l->out;
  if (best == l->odd.count) return decide(l, CLINO_VERDICT_INCONCLUSIVE, CLINO_REASON_STEP);
  double difference = fabs(l->odd.value[best]);
  if (exact) return decide(l, CLINO_VERDICT_PASS, CLINO_REASON_NONE);
  if (difference <= error + clino__line_slack(l) && error <= l->o->resolution * out->size)
    return decide(l, CLINO_VERDICT_PASS, CLINO_REASON_NONE);
  bool noisy = l->odd.noise[best] > error / 4;
  return decide(l, CLINO_VERDICT_INCONCLUSIVE, noisy ? CLINO_REASON_NOISE : CLINO_REASON_STEP);
}

static void take_best(clino__line *l, size_t best, double error) {
  clino_taylor_direction *out = l->out;
  out->measured = out->error = out->left = out->right = NAN;
  out->size = fmax(fabs(out->slope), l->slope_size);
  if (best == l->odd.count) return;
  out->measured = out->slope + l->odd.value[best];
  out->error = error;
  out->left = out->measured - l->even.value[best];
  out->right = out->measured + l->even.value[best];
  out->size = fmax(out->size, fabs(out->measured));
  if (l->slope_size > 0) return;
  /* No gradient at all, as at a minimum: the steepest slope seen nearby. */
  for (size_t k = 0; k < l->odd.count; k++)
    out->size = fmax(out->size, fabs(l->odd.value[k]) + fabs(l->even.value[k]));
}

static clino_status judge(clino__line *l) {
  double error;
  bool exact;
  clino__plateau p;
  size_t best = clino__limit_best(&l->odd, &error);
  take_best(l, best, error);
  l->out->rounding_only = rounding_only(l, &exact);
  double slack = clino__line_slack(l);
  if (clino__limit_plateau(&l->even, PLATEAU, SPREAD, &p) && fabs(p.value) > slack && p.to < l->odd.count)
    return judge_kink(l, &p);
  if (clino__limit_plateau(&l->odd, PLATEAU, SPREAD, &p) && fabs(p.value) > p.error + slack)
    return judge_discrepancy(l, &p, best);
  return judge_best(l, best, error, exact);
}

/* ---- second order ---- */

static void judge_second(clino__line *l, bool exact) {
  clino_taylor_direction *out = l->out;
  clino__limit c = {.count = 0};
  clino__plateau p;
  double error;
  for (size_t k = 0; k < l->even.count; k++)
    clino__limit_add(&c, l->even.t[k], 2 * l->even.value[k] / l->even.t[k] - l->curvature,
                     2 * l->even.noise[k] / l->even.t[k], 0);
  size_t best = clino__limit_best(&c, &error);
  out->second_verdict = CLINO_VERDICT_INCONCLUSIVE;
  out->second_reason = CLINO_REASON_NOISE;
  if (best == c.count) return;
  out->measured_curvature = l->curvature + c.value[best];
  out->curvature_error = error;
  double size = fmax(fmax(fabs(l->curvature), fabs(out->measured_curvature)), l->curvature_size);
  double tolerance = clino__session_single(l->s) ? fmax(l->o->tolerance, 1e-3) : l->o->tolerance;
  double slack = tolerance * size + 256 * rounding_unit(l) * l->curvature_size;
  /* A curvature of 0 is told from its error over the coordinates' scale being small against the slope. */
  double against = fmax(size, out->size / l->reach);
  if (clino__limit_plateau(&c, PLATEAU, SPREAD, &p) && fabs(p.value) > p.error + slack) {
    out->second_verdict = CLINO_VERDICT_FAIL;
    out->second_reason = CLINO_REASON_DIFFERS;
    if (best >= p.from && best <= p.to) return;
    out->measured_curvature = l->curvature + p.value;
    out->curvature_error = p.error;
  } else if ((exact && l->curvature_size == 0) ||
             (fabs(c.value[best]) <= error + slack && error <= l->o->resolution * against)) {
    out->second_verdict = CLINO_VERDICT_PASS;
    out->second_reason = CLINO_REASON_NONE;
  } else if (c.noise[best] <= error / 4) {
    out->second_reason = CLINO_REASON_STEP;
  }
}

clino_status clino__line_test(clino__line *l) {
  clino_taylor_direction *out = l->out;
  l->slope = out->slope = clino__dot(l->s->p.gradient, l->d, l->s->n);
  l->slope_size = clino__dot_size(l->s->p.gradient, l->d, l->s->n);
  l->reach = clino__session_reach(l->s, l->d);
  out->curvature = l->curvature;
  out->measured_curvature = out->curvature_error = NAN;
  out->second = (clino_taylor_fit){NAN, NAN, NAN, NAN, 0};
  clino_status status = measure(l);
  if (!status) status = judge(l);
  if (status) return status;
  out->remainder = fit(l, WHOLE);
  out->even = fit(l, EVEN);
  out->odd = fit(l, ODD);
  if (isnan(l->curvature)) return CLINO_OK;
  out->second = fit(l, SECOND);
  bool exact;
  rounding_only(l, &exact);
  if (out->verdict == CLINO_VERDICT_PASS) judge_second(l, exact);
  return CLINO_OK;
}
