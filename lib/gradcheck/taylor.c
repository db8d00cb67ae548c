/* The order of a Taylor test: preconditions, directions, the gravest verdict. */
#include "gradcheck/taylor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/precheck.h"
#include "gradcheck/product.h"

clino_taylor_options clino_taylor_options_default(void) {
  clino_taylor_options o = {.struct_size = sizeof o,
                            .directions = 4,
                            .tolerance = 1e-7,
                            .resolution = 1e-3,
                            .seed = 1,
                            .grad_mode = CLINO_GRAD_OVERWRITES};
  return o;
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_taylor_options", field, value, range);
}

static clino_status check_options(const clino_taylor_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_taylor_options", error);
  if (status) return status;
  if (!(o->tolerance >= 0 && o->tolerance <= 1)) return bad(error, "tolerance", o->tolerance, "from 0 to 1");
  if (!(o->resolution > 0 && o->resolution <= 1)) return bad(error, "resolution", o->resolution, "above 0 to 1");
  if (o->directions < 1 || o->directions > CLINO_TAYLOR_DIRECTIONS)
    return bad(error, "directions", (double)o->directions, "from 1 to 64");
  if (o->grad_mode != CLINO_GRAD_OVERWRITES && o->grad_mode != CLINO_GRAD_ACCUMULATES)
    return bad(error, "grad_mode", (double)o->grad_mode, "a clino_grad_mode");
  return CLINO_OK;
}

static clino_status check_direction(const double *d, size_t n, clino_error *error) {
  double largest = 0;
  for (size_t i = 0; d && i < n; i++) {
    if (!isfinite(d[i]))
      return clino__fail(error, CLINO_ERR_RANGE, "clino_taylor_options.direction: element %zu is not finite", i);
    largest = fmax(largest, fabs(d[i]));
  }
  if (!d || largest > 0) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "clino_taylor_options.direction is all 0");
}

/* ---- one direction, and what it adds to the result ---- */

static clino_verdict gravest(const clino_taylor_direction *d) {
  return d->second_verdict > d->verdict ? d->second_verdict : d->verdict;
}

static double badness(const clino_taylor_direction *d) {
  double first = fabs(d->slope - d->measured) / d->size;
  return isnan(first) ? 0 : first;
}

static void add_direction(clino_taylor_result *r, const clino_taylor_direction *d) {
  clino_verdict verdict = gravest(d), worst = gravest(&r->worst);
  r->directions++;
  r->counts[verdict]++;
  if (r->directions > 1 && (verdict < worst || (verdict == worst && badness(d) <= badness(&r->worst)))) return;
  r->worst = *d;
  r->verdict = verdict;
  r->reason = d->second_verdict > d->verdict ? d->second_reason : d->reason;
}

/* The caller's product with the direction; *holds: it kept the rules. */
static clino_status take_curvature(clino__line *l, clino_taylor_result *r, void *ctx, bool *holds) {
  clino__product product = {.s = l->s, .call = l->o->hessian, .ctx = ctx};
  double *hd = malloc(l->s->n * sizeof *hd);
  *holds = false;
  if (!hd) return clino__fail_memory(l->s->p.error, "a Hessian product");
  clino_status status = clino__product_take(&product, l->d, hd, true, holds);
  r->products += product.calls;
  if (!status && *holds) {
    l->curvature = clino__dot(hd, l->d, l->s->n);
    l->curvature_size = clino__dot_size(hd, l->d, l->s->n);
  }
  free(hd);
  return status;
}

static clino_status test_direction(clino__session *s, const clino_taylor_options *o, void *ctx, const double *d,
                                   clino_taylor_result *r, bool *holds) {
  clino_taylor_direction out;
  memset(&out, 0, sizeof out);
  out.index = r->directions;
  out.given = o->direction != NULL;
  clino__line line = {.s = s, .o = o, .d = d, .curvature = NAN, .out = &out};
  clino_status status = CLINO_OK;
  if (o->hessian) {
    status = take_curvature(&line, r, ctx, holds);
    if (status || !*holds) return status;
  }
  status = clino__line_test(&line);
  if (!status) add_direction(r, &out);
  return status;
}

static clino_status test_directions(clino__session *s, const clino_taylor_options *o, void *ctx,
                                    clino_taylor_result *r, bool *holds) {
  if (o->direction) return test_direction(s, o, ctx, o->direction, r, holds);
  clino_status status = CLINO_OK;
  double *d = malloc(s->n * sizeof *d);
  if (!d) return clino__fail_memory(s->p.error, "a direction");
  for (size_t k = 0; !status && *holds && k < o->directions; k++) {
    clino__session_random(s, 0x7461796C6F72 + k, k % 2 == 1, d);
    status = test_direction(s, o, ctx, d, r, holds);
  }
  free(d);
  return status;
}

/* ---- the whole ---- */

static clino_status test_session(clino__session *s, const clino_taylor_options *o, void *ctx, clino_taylor_result *r,
                                 bool holds) {
  clino_status status = holds ? check_direction(o->direction, s->n, s->p.error) : CLINO_OK;
  if (!status && holds) status = clino__precheck(&s->p, &holds);
  r->value = s->r.value;
  r->other_value = s->r.other_value;
  r->noise = s->r.noise;
  if (!status && holds) status = test_directions(s, o, ctx, r, &holds);
  if (!status && holds) {
    clino__session_reset(s);
    holds = clino__untouched(&s->p);
  }
  if (!status && !holds) {
    r->verdict = s->r.verdict;
    r->reason = s->r.reason;
    r->entry = s->r.worst;
    r->value = s->r.value;
    r->other_value = s->r.other_value;
  }
  return status;
}

static clino_status run(const clino_model *model, const clino__flat *flat, void *ctx,
                        const clino_taylor_options *options, clino_taylor_result *result, clino_error *error) {
  clino_taylor_options o = options ? *options : clino_taylor_options_default();
  clino_status status = check_options(&o, error);
  if (status) return status;
  clino__session s;
  bool holds;
  clino__setup setup = {model, flat, ctx, o.seed, o.grad_mode, o.context};
  status = clino__session_open(&s, &setup, &holds, error);
  if (!status) {
    result->entries = s.n;
    status = test_session(&s, &o, ctx, result, holds);
  }
  clino__session_close(&s);
  result->evaluations = s.r.evaluations;
  result->gradients = s.r.gradients;
  result->seed = o.seed;
  if (!status) return status;
  clino_taylor_result counts = {.evaluations = result->evaluations, .gradients = result->gradients};
  *result = counts;
  return status;
}

clino_status clino_taylor_test(clino_objective objective, void *ctx, size_t n, const double *x,
                               const clino_taylor_options *options, clino_taylor_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_taylor_test: result is NULL");
  memset(result, 0, sizeof *result);
  clino__objective o;
  clino_status status = clino__objective_open(&o, objective, ctx, n, x, "clino_taylor_test", error);
  if (!status) status = run(&o.model, &o.flat, ctx, options, result, error);
  clino__objective_close(&o);
  return status;
}

clino_status clino_taylor_test_model(const clino_model *model, const clino_taylor_options *options,
                                     clino_taylor_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_taylor_test_model: result is NULL");
  memset(result, 0, sizeof *result);
  if (!model || !model->loss || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_taylor_test_model: the model, its loss or its backward is NULL");
  return run(model, NULL, model->ctx, options, result, error);
}

bool clino_taylor_accepted(const clino_taylor_result *result) {
  return result && (result->verdict == CLINO_VERDICT_PASS || result->verdict == CLINO_VERDICT_KINK);
}
