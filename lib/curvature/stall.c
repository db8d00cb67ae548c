/* The probe: options, the order of its measurements, the record. */
#include "clino/stall.h"

#include <string.h>

#include "base/number.h"
#include "curvature/operator.h"
#include "curvature/stall.h"
#include "curvature/vector.h"

clino_stall_options clino_stall_options_default(const char *rule) {
  clino_stall_options o = {.struct_size = sizeof o, .rule = rule, .steps = 24, .batch_size = 1};
  const clino__rule_dynamics *d = clino__rule_dynamics_of(rule);
  o.momentum = d && d->momentum ? 0.9 : 0;
  o.critical = clino_critical_options_default();
  return o;
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  char text[CLINO__NUMBER_SIZE];
  clino__number_text(text, value);
  return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_options.%s is %s, not %s", field, text, range);
}

static clino_status check_vectors(const clino_stall_options *o, size_t n, clino_error *error) {
  const clino__rule_dynamics *d = clino__rule_dynamics_of(o->rule);
  if (d->adaptive != (o->preconditioner != NULL))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_options.preconditioner is %s for %s",
                       d->adaptive ? "needed" : "not", o->rule);
  for (size_t i = 0; o->preconditioner && i < n; i++)
    if (!(o->preconditioner[i] > 0 && isfinite(o->preconditioner[i])))
      return bad(error, "preconditioner", o->preconditioner[i], "above 0 and finite in every entry");
  for (size_t i = 0; o->last_step && i < n; i++)
    if (!isfinite(o->last_step[i])) return bad(error, "last_step", o->last_step[i], "finite in every entry");
  return CLINO_OK;
}

static clino_status options_check(const clino_stall_options *o, size_t n, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_stall_options", error);
  if (status) return status;
  if (!clino__rule_dynamics_of(o->rule))
    return clino__fail(error, CLINO_ERR_NOT_FOUND, "clino_stall_options.rule \"%s\" is no rule that is known",
                       o->rule ? o->rule : "");
  if (!(o->rate > 0 && isfinite(o->rate))) return bad(error, "rate", o->rate, "above 0 and finite");
  if (!(o->momentum >= 0 && o->momentum < 1)) return bad(error, "momentum", o->momentum, "from 0 to 1, 1 excluded");
  if (o->steps < 8 || o->steps > 1000) return bad(error, "steps", (double)o->steps, "from 8 to 1000");
  if (!(o->batch_size > 0 && isfinite(o->batch_size))) return bad(error, "batch_size", o->batch_size, "above 0");
  if (o->batches == 1 || o->batches > 1000) return bad(error, "batches", (double)o->batches, "0, or from 2 to 1000");
  if (o->batches && !o->select_batch)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_options.select_batch is NULL, but batches is not 0");
  return check_vectors(o, n, error);
}

/* ---- measuring ---- */

static clino_status measure_lambda(clino__stall *s) {
  clino_stall_result *r = s->r;
  r->lambda_max = r->critical.highest, r->lambda_error = r->critical.highest_error;
  if (s->o->preconditioner) {
    clino_spectrum_options o = s->o->critical.spectrum;
    o.preconditioner = s->o->preconditioner;
    o.lowest_vectors = o.highest_vectors = NULL;
    o.per_end = 1;
    clino_spectrum_result found;
    clino_status status = clino_spectrum(s->point, &o, &found, s->error);
    if (status) return status;
    r->lambda_max = found.highest[0].value, r->lambda_error = found.highest[0].error;
  }
  r->stability = fmax(r->lambda_max, 0) * s->o->rate / r->limit;
  return CLINO_OK;
}

static clino_status measure(clino__stall *s) {
  clino_stall_result *r = s->r;
  clino_status status = clino_critical_point(s->point, &s->o->critical, &r->critical, s->error);
  if (status) return status;
  r->verdict = r->critical.verdict;
  r->gradient_norm = r->critical.gradient_norm;
  if (r->verdict != CLINO_VERDICT_PASS) return CLINO_OK;
  status = measure_lambda(s);
  if (!status) status = clino__stall_walk(s);
  if (!status && s->o->batches) status = clino__stall_noise(s);
  if (!status) clino__stall_judge(s);
  return status;
}

static clino_status add(clino__stall *s, const char *name, double value) {
  if (isnan(value)) return CLINO_OK;
  return clino_run_add(s->o->run, name, s->o->at_step, value, s->error);
}

static clino_status record(clino__stall *s) {
  const clino_stall_result *r = s->r;
  clino_status status = add(s, "grad_norm", r->gradient_norm);
  if (!status) status = add(s, "lambda_max", r->lambda_max);
  if (!status) status = add(s, "decrease_ratio", r->decrease_ratio);
  if (!status) status = add(s, "grad_cosine", r->cosine);
  if (!status) status = add(s, "grad_noise_scale", r->noise_scale);
  return status;
}

static clino_status allocate(clino__stall *s) {
  size_t n = s->n;
  s->away = clino__vectors(8, n);
  if (!s->away) return clino__fail_memory(s->error, "a stall probe");
  s->velocity = s->away + n, s->before = s->away + 2 * n, s->now = s->away + 3 * n, s->step = s->away + 4 * n;
  s->crossing = s->away + 5 * n, s->end = s->away + 6 * n;
  if (!s->o->preconditioner) return CLINO_OK;
  s->inverse = s->away + 7 * n;
  for (size_t i = 0; i < n; i++) s->inverse[i] = 1 / s->o->preconditioner[i];
  return CLINO_OK;
}

clino_status clino_stall_probe(clino_point *point, const clino_stall_options *o, clino_stall_result *r,
                               clino_error *error) {
  if (!point || !o || !r)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_probe: %s is NULL",
                       !point ? "point" : o ? "result" : "options");
  memset(r, 0, sizeof *r);
  clino_point_info info = clino_point_get_info(point);
  clino_status status = options_check(o, info.entries, error);
  if (status) return status;
  r->lambda_max = r->lambda_error = r->stability = r->decrease_ratio = r->long_ratio = r->cosine = NAN;
  r->straightness = r->step_curvature = r->noise_scale = r->noise_share = r->suggested_rate = NAN;
  r->limit = clino_stability_limit(o->rule, o->momentum);
  const clino__rule_dynamics *d = clino__rule_dynamics_of(o->rule);
  clino__stall s = {.point = point, .n = info.entries, .o = o, .r = r, .error = error};
  s.g = clino_point_gradient(point);
  s.effective = d->momentum && !d->averages ? o->rate / (1 - o->momentum) : o->rate;
  status = allocate(&s);
  if (!status) status = measure(&s);
  if (!status && o->run) status = record(&s);
  free(s.away);
  clino_point_info after = clino_point_get_info(point);
  if (status) memset(r, 0, sizeof *r);
  r->evaluations = after.evaluations - info.evaluations;
  r->gradients = after.gradients - info.gradients;
  return status;
}
