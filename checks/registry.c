/* The table of checks and the call that applies them to a run. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "checks/check.h"
#include "checks/descent.h"
#include "checks/relate.h"

#define X(name) extern const clino__check clino__check_##name;
#include "checks/list.h"
#undef X

static const clino__check *const checks[] = {
#define X(name) &clino__check_##name,
#include "checks/list.h"
#undef X
};

#define N_CHECKS (sizeof checks / sizeof checks[0])

size_t clino_check_count(void) { return N_CHECKS; }

const clino_check *clino_check_at(size_t i) { return i < N_CHECKS ? &checks[i]->info : NULL; }

const clino_check *clino_check_find(const char *id) {
  for (size_t i = 0; id && i < N_CHECKS; i++)
    if (strcmp(checks[i]->info.id, id) == 0) return &checks[i]->info;
  return NULL;
}

clino_diagnose_options clino_diagnose_options_default(void) {
  clino_diagnose_options o = {0};
  o.struct_size = sizeof o;
  return o;
}

/* ---- names that are none ---- */

static clino_status unknown_check(const char *id, clino_error *error) {
  return clino__fail(error, CLINO_ERR_NOT_FOUND, "no check \"%s\" (clino_check_at lists them)", id);
}

static clino_status unknown_param(const clino_check *check, const char *param, clino_error *error) {
  clino__text names = CLINO__TEXT_EMPTY;
  for (size_t i = 0; i < check->n_params; i++) clino__text_addf(&names, "%s%s", i ? ", " : "", check->params[i].name);
  clino__fail(error, CLINO_ERR_NOT_FOUND, "check %s has no parameter \"%s\" (it has: %s)", check->id, param,
              check->n_params ? clino__text_string(&names) : "none");
  clino__text_free(&names);
  return CLINO_ERR_NOT_FOUND;
}

/* ---- options ---- */

static clino_status known_ids(const char *const *ids, size_t n, const char *field, clino_error *error) {
  if (n && !ids) return clino__fail(error, CLINO_ERR_RANGE, "clino_diagnose_options.%s is NULL", field);
  for (size_t i = 0; i < n; i++) {
    if (!ids[i]) return clino__fail(error, CLINO_ERR_RANGE, "clino_diagnose_options.%s[%zu] is NULL", field, i);
    if (!clino_check_find(ids[i])) return unknown_check(ids[i], error);
  }
  return CLINO_OK;
}

const clino_check_param *clino__find_param(const clino_check *check, const char *name) {
  for (size_t i = 0; i < check->n_params; i++)
    if (strcmp(check->params[i].name, name) == 0) return &check->params[i];
  return NULL;
}

static clino_status setting_ok(const clino_check_setting *setting, clino_error *error) {
  if (!setting->check || !setting->param)
    return clino__fail(error, CLINO_ERR_RANGE,
                       "a setting in clino_diagnose_options.settings has no check or no parameter");
  const clino_check *check = clino_check_find(setting->check);
  if (!check) return unknown_check(setting->check, error);
  const clino_check_param *param = clino__find_param(check, setting->param);
  if (!param) return unknown_param(check, setting->param, error);
  if (setting->value >= param->min && setting->value <= param->max) return CLINO_OK;
  char value[CLINO__NUMBER_SIZE], min[CLINO__NUMBER_SIZE], max[CLINO__NUMBER_SIZE];
  clino__number_text(value, setting->value);
  clino__number_text(min, param->min);
  clino__number_text(max, param->max);
  return clino__fail(error, CLINO_ERR_RANGE, "%s.%s is %s; it must lie in [%s, %s]", check->id, param->name, value, min,
                     max);
}

static clino_status options_ok(const clino_diagnose_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_diagnose_options", error);
  if (!status) status = known_ids(o->only, o->n_only, "only", error);
  if (!status) status = known_ids(o->skip, o->n_skip, "skip", error);
  if (!status && o->n_settings && !o->settings)
    status = clino__fail(error, CLINO_ERR_RANGE, "clino_diagnose_options.settings is NULL");
  for (size_t i = 0; !status && i < o->n_settings; i++) status = setting_ok(&o->settings[i], error);
  return status;
}

static bool among(const char *id, const char *const *ids, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(id, ids[i]) == 0) return true;
  return false;
}

/* ---- the diagnosis ---- */

static clino_status run_check(const clino__check *check, const clino_run *run, const clino_diagnose_options *o,
                              clino__shared *shared, clino_findings *findings, clino_error *error) {
  const clino_check *info = &check->info;
  double *params = malloc((info->n_params + 1) * sizeof *params);
  if (!params) return clino__fail_memory(error, "the parameters of a check");
  for (size_t i = 0; i < info->n_params; i++) params[i] = info->params[i].value;
  for (size_t i = 0; i < o->n_settings; i++)
    if (strcmp(o->settings[i].check, info->id) == 0)
      params[clino__find_param(info, o->settings[i].param) - info->params] = o->settings[i].value;
  clino__context context = {run, check, params, findings, CLINO_OK, error, shared};
  check->run(&context);
  free(params);
  return context.status;
}

/* Runs the checks that are wanted; what they found goes to *found. */
static clino_status run_checks(const clino_run *run, const clino_diagnose_options *o, clino__shared *shared,
                               clino_findings *found, clino_error *error) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < N_CHECKS; i++) {
    const char *id = checks[i]->info.id;
    if ((o->n_only && !among(id, o->only, o->n_only)) || among(id, o->skip, o->n_skip)) continue;
    status = run_check(checks[i], run, o, shared, found, error);
  }
  return status;
}

clino_status clino_diagnose(const clino_run *run, const clino_diagnose_options *options, clino_findings *findings,
                            clino_error *error) {
  clino_diagnose_options o = options ? *options : clino_diagnose_options_default();
  if (!run || !findings)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_diagnose: %s is NULL", run ? "findings" : "run");
  clino__shared shared = {.measured = false};
  clino_findings *found = NULL;
  clino_status status = options_ok(&o, error);
  if (!status) status = clino_findings_new(&found, error);
  if (!status) status = run_checks(run, &o, &shared, found, error);
  clino__context context = {run, NULL, NULL, found, CLINO_OK, error, &shared};
  if (!status) status = clino__relate(&context, found, findings, error);
  clino_findings_free(found);
  clino__kept_free(&shared.kept);
  return status;
}
