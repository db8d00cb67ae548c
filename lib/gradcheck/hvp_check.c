/* A Hessian-vector product of the caller against differences of the gradient, with seeded vectors. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/hessian.h"
#include "gradcheck/precheck.h"
#include "gradcheck/product.h"

/* ---- one entry ---- */

typedef struct judged {
  double tolerance, rounding; /* relative */
  double resolution, size;    /* size: rms of the product */
} judged;

static void judge_entry(const judged *j, clino_gradcheck_entry *e) {
  double a = e->analytic, n = e->numeric, largest = fmax(fabs(a), fabs(n)), difference = fabs(a - n);
  double slack = j->tolerance * largest + j->rounding * fmax(largest, j->size);
  bool resolved = e->error <= j->resolution * fmax(largest, j->size) || (a == 0 && n == 0 && j->size == 0);
  e->relative_error = clino_relative_error(a, n);
  e->band = clino_band_of(e->relative_error);
  e->verdict = CLINO_VERDICT_INCONCLUSIVE;
  e->reason = e->rounding_error > e->error / 4 ? CLINO_REASON_NOISE : CLINO_REASON_STEP;
  if (!resolved) return;
  if (difference <= slack + e->error) {
    e->verdict = CLINO_VERDICT_PASS;
    e->reason = CLINO_REASON_NONE;
  } else if (difference > slack + 2 * e->error) {
    e->verdict = e->band == CLINO_BAND_WRONG ? CLINO_VERDICT_FAIL : CLINO_VERDICT_SUSPECT;
    e->reason = CLINO_REASON_DIFFERS;
  }
}

/* ---- one vector ---- */

typedef struct check {
  clino__session *s;
  const clino_hessian_options *o;
  clino__product product;
  clino_hvp_result *r;
  double *v, *analytic, *numeric, *errors;
  double badness;             /* of the worst entry */
} check;

static void keep(check *c, const clino_gradcheck_entry *e, size_t vector, double size) {
  clino_hvp_result *r = c->r;
  double badness = fabs(e->analytic - e->numeric) / fmax(size, fmax(fabs(e->analytic), fabs(e->numeric)));
  if (isnan(badness)) badness = isnan(e->numeric) ? INFINITY : 0;
  r->counts[e->verdict]++;
  bool graver = e->verdict > r->worst.at.verdict || (e->verdict == r->worst.at.verdict && badness > c->badness);
  if (!graver) return;
  c->badness = badness;
  r->worst.at = *e;
  r->worst.vector = vector;
  r->verdict = e->verdict;
  r->reason = e->reason;
  r->rms = size;
}

static void judge_vector(check *c, size_t vector, const clino_hvp_info *info) {
  double unit = clino__hessian_single(c->s, c->s->p.gradient) ? FLT_EPSILON : DBL_EPSILON;
  judged j = {.tolerance = unit > DBL_EPSILON ? fmax(c->o->tolerance, 1e-3) : c->o->tolerance,
              .rounding = 128 * unit,
              .resolution = c->o->resolution,
              .size = info->rms};
  for (size_t i = 0; i < c->s->n; i++) {
    clino_gradcheck_entry e;
    clino__entry_init(&c->s->p, i, &e);
    e.analytic = c->analytic[i];
    e.numeric = c->numeric[i];
    e.error = c->errors[i];
    e.step = info->step;
    e.rounding_error = 3 / sqrt(2) * info->noise * c->s->p.gradient_rms / info->step;
    e.truncation_error = fmax(0, e.error - e.rounding_error);
    judge_entry(&j, &e);
    keep(c, &e, vector, info->rms);
  }
}

static clino_status check_vectors(check *c, bool *holds) {
  clino_status status = CLINO_OK;
  clino_hvp_info info = {.verdict = CLINO_VERDICT_NONE};
  for (size_t k = 0; !status && *holds && k < c->o->vectors; k++) {
    clino__session_random(c->s, 0x68767021 + k, k % 2 == 1, c->v);
    status = clino__product_take(&c->product, c->v, c->analytic, k == 0, holds);
    if (!status && *holds) status = clino__hvp_take(c->s, c->v, c->o, c->numeric, c->errors, &info);
    if (status || !*holds) break;
    judge_vector(c, k, &info);
    c->r->vectors++;
  }
  return status;
}

/* ---- the whole ---- */

static clino_status check_session(check *c, bool holds) {
  size_t n = c->s->n;
  double *room = n <= SIZE_MAX / sizeof(double) / 4 ? malloc(4 * n * sizeof *room) : NULL;
  if (!room) return clino__fail_memory(c->s->p.error, "Hessian products");
  c->v = room, c->analytic = room + n, c->numeric = room + 2 * n, c->errors = room + 3 * n;
  clino_status status = holds ? clino__session_field(c->s, &holds) : CLINO_OK;
  if (!status && holds) status = check_vectors(c, &holds);
  if (!status && holds) holds = clino__untouched(&c->s->p);
  if (!status && !holds) {
    c->r->verdict = c->s->r.verdict;
    c->r->reason = c->s->r.reason;
    c->r->worst.at = c->s->r.worst;
    c->r->vectors = 0;
  }
  free(room);
  return status;
}

static clino_status run(const clino_model *model, const clino__flat *flat, void *ctx, clino_hessian_product product,
                        const clino_hessian_options *options, clino_hvp_result *r, clino_error *error) {
  clino_hessian_options o = options ? *options : clino_hessian_options_default();
  clino_status status = clino__hessian_options_check(&o, error);
  if (status) return status;
  if (!product) return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp_check: product is NULL");
  clino__session s;
  bool holds;
  clino__setup setup = {model, flat, ctx, o.seed, o.grad_mode, o.context};
  check c = {.s = &s, .o = &o, .product = {.s = &s, .call = product, .ctx = ctx}, .r = r, .badness = -1};
  status = clino__session_open(&s, &setup, &holds, error);
  if (!status) status = check_session(&c, holds);
  r->entries = s.n;
  r->seed = o.seed;
  clino__session_close(&s);
  if (status) memset(r, 0, sizeof *r);
  r->gradients = s.r.gradients;
  r->products = c.product.calls;
  return status;
}

clino_status clino_hvp_check(clino_objective objective, clino_hessian_product product, void *ctx, size_t n,
                             const double *x, const clino_hessian_options *options, clino_hvp_result *result,
                             clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp_check: result is NULL");
  memset(result, 0, sizeof *result);
  clino__objective o;
  clino_status status = clino__objective_open(&o, objective, ctx, n, x, "clino_hvp_check", error);
  if (!status) status = run(&o.model, &o.flat, ctx, product, options, result, error);
  clino__objective_close(&o);
  return status;
}

clino_status clino_hvp_check_model(const clino_model *model, clino_hessian_product product,
                                   const clino_hessian_options *options, clino_hvp_result *result,
                                   clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp_check_model: result is NULL");
  memset(result, 0, sizeof *result);
  if (!model || !model->loss || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp_check_model: the model, its loss or its backward is NULL");
  return run(model, NULL, model->ctx, product, options, result, error);
}

bool clino_hvp_accepted(const clino_hvp_result *result) { return result && result->verdict == CLINO_VERDICT_PASS; }
