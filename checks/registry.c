/* The table of checks and the call that applies them to a run. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "checks/check.h"

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

/* ---- the nearest known name, for people who mistyped one ---- */

#define NAME_MAX_LENGTH 63

/* Edit distance (V. Levenshtein, 1966) of two names; long ones are compared by their beginnings. */
static size_t distance(const char *a, const char *b) {
  size_t row[NAME_MAX_LENGTH + 1], n = strlen(a), m = strlen(b);
  if (n > NAME_MAX_LENGTH) n = NAME_MAX_LENGTH;
  if (m > NAME_MAX_LENGTH) m = NAME_MAX_LENGTH;
  for (size_t j = 0; j <= m; j++) row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t best = diagonal + (a[i - 1] != b[j - 1]);
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[m];
}

typedef struct nearest {
  const char *name;
  size_t distance;
} nearest;

static void consider(nearest *best, const char *wanted, const char *name) {
  size_t d = distance(wanted, name);
  if (!best->name || d < best->distance) *best = (nearest){name, d};
}

static clino_status unknown_check(const char *id, clino_error *error) {
  nearest best = {NULL, 0};
  for (size_t i = 0; i < N_CHECKS; i++) consider(&best, id, checks[i]->info.id);
  return clino__fail(error, CLINO_ERR_NOT_FOUND, "no check \"%s\"; the nearest name is \"%s\"", id, best.name);
}

static clino_status unknown_param(const clino_check *check, const char *param, clino_error *error) {
  nearest best = {NULL, 0};
  for (size_t i = 0; i < check->n_params; i++) consider(&best, param, check->params[i].name);
  if (!best.name)
    return clino__fail(error, CLINO_ERR_NOT_FOUND, "check %s has no parameter \"%s\": it has none", check->id, param);
  return clino__fail(error, CLINO_ERR_NOT_FOUND, "check %s has no parameter \"%s\"; the nearest name is \"%s\"",
                     check->id, param, best.name);
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

static const clino_check_param *find_param(const clino_check *check, const char *name) {
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
  const clino_check_param *param = find_param(check, setting->param);
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
                              clino_findings *findings, clino_error *error) {
  const clino_check *info = &check->info;
  double *params = malloc((info->n_params + 1) * sizeof *params);
  if (!params) return clino__fail_memory(error, "the parameters of a check");
  for (size_t i = 0; i < info->n_params; i++) params[i] = info->params[i].value;
  for (size_t i = 0; i < o->n_settings; i++)
    if (strcmp(o->settings[i].check, info->id) == 0)
      params[find_param(info, o->settings[i].param) - info->params] = o->settings[i].value;
  clino__context context = {run, check, params, findings, CLINO_OK, error};
  check->run(&context);
  free(params);
  return context.status;
}

clino_status clino_diagnose(const clino_run *run, const clino_diagnose_options *options, clino_findings *findings,
                            clino_error *error) {
  clino_diagnose_options o = options ? *options : clino_diagnose_options_default();
  if (!run || !findings)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_diagnose: %s is NULL", run ? "findings" : "run");
  clino_status status = options_ok(&o, error);
  for (size_t i = 0; !status && i < N_CHECKS; i++) {
    const char *id = checks[i]->info.id;
    if ((o.n_only && !among(id, o.only, o.n_only)) || among(id, o.skip, o.n_skip)) continue;
    status = run_check(checks[i], run, &o, findings, error);
  }
  return status;
}
