/* The step check: options, the drive of the code under test, and its end. */
#include "train/stepcheck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/options.h"

clino_stepcheck_options clino_stepcheck_options_default(void) {
  return (clino_stepcheck_options){
      .struct_size = sizeof(clino_stepcheck_options), .seed = 1, .trials = 6, .steps = 60, .vary = true};
}

/* ---- arguments ---- */

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_stepcheck_options", field, value, range);
}

static clino_status check_tensors(const clino_stepcheck_options *o, clino_error *error) {
  if (o->n_tensors > CLINO__PLAN_TENSORS) return bad(error, "n_tensors", (double)o->n_tensors, "from 0 to 16");
  if (o->n_tensors && !o->tensors)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stepcheck_options.tensors is NULL");
  size_t total = 0;
  for (size_t k = 0; k < o->n_tensors; k++) {
    const clino_tensor *t = &o->tensors[k];
    if (t->n_dims < 1 || t->n_dims > CLINO_MAX_DIMS || (t->dtype != CLINO_F32 && t->dtype != CLINO_F64))
      return clino__fail(error, CLINO_ERR_RANGE, "clino_stepcheck_options.tensors[%zu] has no shape or no type", k);
    if (t->dtype != o->tensors[0].dtype)
      return clino__fail(error, CLINO_ERR_RANGE,
                         "clino_stepcheck_options.tensors[%zu] is of another type than the first", k);
    size_t count = 1;
    for (size_t d = 0; d < t->n_dims; d++)
      count = t->shape[d] > CLINO__PLAN_ENTRIES ? CLINO__PLAN_ENTRIES + 1 : count * t->shape[d],
      count = count > CLINO__PLAN_ENTRIES ? CLINO__PLAN_ENTRIES + 1 : count;
    if (!count) return clino__fail(error, CLINO_ERR_RANGE, "clino_stepcheck_options.tensors[%zu] is empty", k);
    total += count;
  }
  if (total > CLINO__PLAN_ENTRIES) return bad(error, "tensors", (double)total, "at most 10000 entries together");
  return CLINO_OK;
}

static clino_status check_options(const clino_stepcheck_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_stepcheck_options", error);
  if (status) return status;
  if (o->trials < 2 || o->trials > 100) return bad(error, "trials", (double)o->trials, "from 2 to 100");
  if (o->steps < 2 || o->steps > 1000) return bad(error, "steps", (double)o->steps, "from 2 to 1000");
  if (!(o->batch == 0 || (o->batch >= 1 && o->batch <= 1e9)))
    return bad(error, "batch", o->batch, "0, or from 1 to 1e9");
  if (o->rate && (status = clino_schedule_check(o->rate, error))) return status;
  return check_tensors(o, error);
}

static clino_status check_stepper(const clino_stepper *s, const clino_optimizer_options *formula, clino_error *error) {
  if (!s || !s->init || !s->step) return clino__fail(error, CLINO_ERR_RANGE, "clino_stepper: init or step is NULL");
  if (!strcmp(formula->rule, "nesterov") && formula->nesterov_form == CLINO_NESTEROV_LOOKAHEAD && !s->lookahead)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stepper.lookahead is NULL: the look-ahead form needs it");
  if (!(formula->rate > 0))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_optimizer_options.rate is 0: nothing would move");
  return CLINO_OK;
}

/* ---- driving ---- */

/* What the callbacks see: parameters and gradient in the tensors' type. */
typedef struct drive {
  const clino__plan *plan;
  const clino_stepper *stepper;
  clino_tensor tensors[CLINO__PLAN_TENSORS];
  void *params, *grad;
} drive;

static double get(const drive *d, const void *from, size_t i) {
  return d->plan->dtype == CLINO_F32 ? (double)((const float *)from)[i] : ((const double *)from)[i];
}

static void put(const drive *d, void *to, size_t i, double value) {
  if (d->plan->dtype == CLINO_F32) ((float *)to)[i] = (float)value;
  else ((double *)to)[i] = value;
}

static clino_status call(const drive *d, int (*callback)(const clino_step_call *, void *), const char *name,
                         size_t trial, uint64_t t, clino_error *error) {
  const clino_step_call c = {.t = t,
                             .n_tensors = d->plan->n_tensors,
                             .tensors = d->tensors,
                             .options = clino__plan_options(d->plan, trial, (size_t)t),
                             .decay_biases = d->plan->decay_biases};
  int value = callback(&c, d->stepper->ctx);
  return value ? clino__fail_callback(error, name, value) : CLINO_OK;
}

/* The gradient of step t, at the point that the code under test asks for where the rule looks ahead. */
static clino_status hand_gradient(const drive *d, size_t trial, size_t t, clino_error *error) {
  const clino__plan *p = d->plan;
  const double *g = p->grad + clino__plan_at(p, trial, t);
  if (p->looks_ahead) {
    for (size_t i = 0; i < p->n; i++) put(d, d->grad, i, get(d, d->params, i));
    clino_status status = call(d, d->stepper->lookahead, "lookahead", trial, t, error);
    if (status) return status;
  }
  for (size_t i = 0; i < p->n; i++) {
    double pulled = p->looks_ahead ? p->pull * (get(d, d->grad, i) - p->start[trial * p->n + i]) : 0;
    put(d, d->grad, i, g[i] + pulled);
  }
  return CLINO_OK;
}

static clino_status drive_trial(const drive *d, size_t trial, double *path, uint64_t *steps, clino_error *error) {
  const clino__plan *p = d->plan;
  for (size_t i = 0; i < p->n; i++) put(d, d->params, i, p->start[trial * p->n + i]);
  for (size_t i = 0; i < p->n; i++) put(d, d->grad, i, 0);
  clino_status status = call(d, d->stepper->init, "init", trial, 0, error);
  for (size_t t = 1; !status && t <= p->steps; t++) {
    if ((status = hand_gradient(d, trial, t, error))) break;
    if ((status = call(d, d->stepper->step, "step", trial, t, error))) break;
    ++*steps;
    for (size_t i = 0; i < p->n; i++) path[clino__plan_at(p, trial, t) + i] = get(d, d->params, i);
  }
  return status;
}

clino_status clino__stepcheck_drive(const clino_stepper *stepper, const clino__plan *p, double *path, uint64_t *steps,
                                    clino_error *error) {
  drive d = {.plan = p, .stepper = stepper};
  size_t item = p->dtype == CLINO_F32 ? sizeof(float) : sizeof(double);
  d.params = malloc(p->n * item);
  d.grad = malloc(p->n * item);
  clino_status status = d.params && d.grad ? CLINO_OK : clino__fail_memory(error, "the tensors of a step check");
  for (size_t k = 0; !status && k < p->n_tensors; k++) {
    d.tensors[k] = p->tensors[k];
    d.tensors[k].value = (char *)d.params + p->offset[k] * item;
    d.tensors[k].grad = (char *)d.grad + p->offset[k] * item;
  }
  for (size_t trial = 0; !status && trial < p->trials; trial++) status = drive_trial(&d, trial, path, steps, error);
  free(d.params);
  free(d.grad);
  return status;
}

/* ---- the whole ---- */

static clino_status run(const clino_stepper *stepper, const clino_optimizer_options *formula, clino_stepcheck_result *r,
                        clino_error *error) {
  clino__plan plan;
  clino_status status = clino__plan_new(formula, &r->options, &plan, error);
  double *path = status ? NULL : malloc(clino__plan_size(&plan) * sizeof *path);
  if (!status && !path) status = clino__fail_memory(error, "the path of a step check");
  if (!status) status = clino__stepcheck_drive(stepper, &plan, path, &r->steps, error);
  if (!status) status = clino__stepcheck_judge(&plan, path, r, error);
  free(path);
  clino__plan_free(&plan);
  return status;
}

clino_status clino_stepcheck(const clino_stepper *stepper, const clino_optimizer_options *formula,
                             const clino_stepcheck_options *options, clino_stepcheck_result *result,
                             clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "clino_stepcheck: result is NULL");
  memset(result, 0, sizeof *result);
  const clino_stepcheck_options o = options ? *options : clino_stepcheck_options_default();
  const clino__rule *rule;
  clino_status status = check_options(&o, error);
  if (status || (status = clino__optimizer_check(formula, &rule, error))) return status;
  if ((status = check_stepper(stepper, formula, error))) return status;
  result->options = o;
  strncpy(result->rule, rule->info.name, sizeof result->rule - 1);
  status = run(stepper, formula, result, error);
  if (status) result->verdict = CLINO_STEP_NONE;
  return status;
}
