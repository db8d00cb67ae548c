/* Products with the Hessian: options and entry points. */
#include "gradcheck/hessian.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/precheck.h"

clino_hessian_options clino_hessian_options_default(void) {
  clino_hessian_options o = {.struct_size = sizeof o,
                             .tolerance = 1e-5,
                             .resolution = 1e-2,
                             .step = CLINO_AUTO,
                             .noise = CLINO_AUTO,
                             .vectors = 3,
                             .seed = 1,
                             .grad_mode = CLINO_GRAD_OVERWRITES};
  return o;
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_hessian_options", field, value, range);
}

clino_status clino__hessian_options_check(const clino_hessian_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_hessian_options", error);
  if (status) return status;
  if (!(o->tolerance >= 0 && o->tolerance <= 1)) return bad(error, "tolerance", o->tolerance, "from 0 to 1");
  if (!(o->resolution > 0 && o->resolution <= 1)) return bad(error, "resolution", o->resolution, "above 0 to 1");
  if (!(o->step == CLINO_AUTO || (o->step > 0 && o->step <= DBL_MAX / 8)))
    return bad(error, "step", o->step, "CLINO_AUTO or a finite number above 0");
  if (!(o->noise == CLINO_AUTO || (o->noise >= 0 && isfinite(o->noise))))
    return bad(error, "noise", o->noise, "CLINO_AUTO or a finite number from 0 on");
  if (o->vectors < 1 || o->vectors > 1000) return bad(error, "vectors", (double)o->vectors, "from 1 to 1000");
  if (o->grad_mode != CLINO_GRAD_OVERWRITES && o->grad_mode != CLINO_GRAD_ACCUMULATES)
    return bad(error, "grad_mode", (double)o->grad_mode, "a clino_grad_mode");
  return CLINO_OK;
}

bool clino__hessian_single(const clino__session *s, const double *gradient) {
  if (s->spacing > DBL_EPSILON) return true;
  for (size_t i = 0; i < s->n; i++)
    if (!(fabs(gradient[i]) <= FLT_MAX) || (double)(float)gradient[i] != gradient[i]) return false;
  /* Round numbers are single-precision by chance: those that count have more than 16 bits. Zeros say nothing. */
  size_t filled = 0, nonzero = 0;
  for (size_t i = 0; i < s->n; i++) {
    int exponent;
    double mantissa = frexp(gradient[i], &exponent) * 65536;
    filled += mantissa != floor(mantissa);
    nonzero += mantissa != 0;
  }
  return 2 * filled > nonzero;
}

/* ---- clino_hvp ---- */

typedef struct request {
  const double *v;
  double *hv, *errors;
  clino_hvp_info *info;
} request;

static clino_status check_vector(const double *v, size_t n, clino_error *error) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(v[i])) return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp: element %zu of v is not finite", i);
    largest = fmax(largest, fabs(v[i]));
  }
  return largest > 0 ? CLINO_OK : clino__fail(error, CLINO_ERR_RANGE, "clino_hvp: v is all 0");
}

/* hv and errors are written at the end alone, so that an error leaves them as they were. */
static clino_status product(clino__session *s, const clino_hessian_options *o, const request *q, bool holds) {
  size_t n = s->n;
  double *room = n <= SIZE_MAX / sizeof(double) / 2 ? malloc(2 * n * sizeof *room) : NULL;
  if (!room) return clino__fail_memory(s->p.error, "a Hessian product");
  clino_status status = holds ? clino__session_field(s, &holds) : CLINO_OK;
  if (!status && holds) {
    status = clino__hvp_take(s, q->v, o, room, room + n, q->info);
    if (!status) holds = clino__untouched(&s->p);
  }
  for (size_t i = 0; !holds && i < n; i++) room[i] = NAN, room[n + i] = INFINITY;
  q->info->verdict = holds ? CLINO_VERDICT_PASS : s->r.verdict;
  q->info->reason = holds ? CLINO_REASON_NONE : s->r.reason;
  if (!holds) q->info->entry = s->r.worst;
  if (!status) memcpy(q->hv, room, n * sizeof *room);
  if (!status && q->errors) memcpy(q->errors, room + n, n * sizeof *room);
  free(room);
  return status;
}

static clino_status run(const clino_model *model, const clino__flat *flat, void *ctx, size_t n, const request *q,
                        const clino_hessian_options *options, clino_error *error) {
  clino_hessian_options o = options ? *options : clino_hessian_options_default();
  clino_status status = clino__hessian_options_check(&o, error);
  if (status) return status;
  if (!q->v || !q->hv) return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp: %s is NULL", q->v ? "hv" : "v");
  clino__session s;
  bool holds;
  clino__setup setup = {model, flat, ctx, o.seed, o.grad_mode, o.context};
  status = clino__session_open(&s, &setup, &holds, error);
  if (!status && s.n != n)
    status = clino__fail(error, CLINO_ERR_RANGE, "clino_hvp: n is %zu, but the model has %zu entries", n, s.n);
  if (!status) status = check_vector(q->v, n, error);
  if (!status) status = product(&s, &o, q, holds);
  clino__session_close(&s);
  if (status) memset(q->info, 0, sizeof *q->info);
  q->info->gradients = s.r.gradients;
  return status;
}

clino_status clino_hvp(clino_objective objective, void *ctx, size_t n, const double *x, const double *v,
                       const clino_hessian_options *options, double *hv, double *errors, clino_hvp_info *info,
                       clino_error *error) {
  clino_hvp_info unused;
  request q = {v, hv, errors, info ? info : &unused};
  memset(q.info, 0, sizeof *q.info);
  clino__objective o;
  clino_status status = clino__objective_open(&o, objective, ctx, n, x, "clino_hvp", error);
  if (!status) status = run(&o.model, &o.flat, ctx, n, &q, options, error);
  clino__objective_close(&o);
  return status;
}

clino_status clino_hvp_model(const clino_model *model, size_t n, const double *v, const clino_hessian_options *options,
                             double *hv, double *errors, clino_hvp_info *info, clino_error *error) {
  clino_hvp_info unused;
  request q = {v, hv, errors, info ? info : &unused};
  memset(q.info, 0, sizeof *q.info);
  if (!model || !model->loss || !model->backward)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_hvp_model: the model, its loss or its backward is NULL");
  return run(model, NULL, model->ctx, n, &q, options, error);
}
