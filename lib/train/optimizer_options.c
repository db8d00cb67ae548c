/* The list of rules, their options' defaults and ranges. */
#include <string.h>

#include "base/error.h"
#include "train/options.h"

#define RULE(name) extern const clino__rule clino__rule_##name;
#include "train/rule_list.h"
#undef RULE

static const clino__rule *const rules[] = {
#define RULE(name) &clino__rule_##name,
#include "train/rule_list.h"
#undef RULE
};
#define N_RULES (sizeof rules / sizeof rules[0])

size_t clino_optimizer_count(void) { return N_RULES; }

const clino_optimizer_info *clino_optimizer_at(size_t i) { return i < N_RULES ? &rules[i]->info : NULL; }

const clino__rule *clino__rule_find(const char *name) {
  for (size_t i = 0; name && i < N_RULES; i++)
    if (!strcmp(rules[i]->info.name, name)) return rules[i];
  return NULL;
}

clino_optimizer_options clino_optimizer_options_default(const char *name) {
  clino_optimizer_options o = {.struct_size = sizeof o,
                               .rule = name,
                               .rate = 0.01,
                               .momentum = 0.9,
                               .momentum_next = CLINO_AUTO,
                               .rate_place = CLINO_RATE_OUTSIDE,
                               .velocity_sign = CLINO_VELOCITY_UPHILL,
                               .nesterov_form = CLINO_NESTEROV_REWRITTEN,
                               .adagrad_form = CLINO_ADAGRAD_SUM,
                               .beta1 = 0.9,
                               .beta2 = 0.999,
                               .epsilon = 1e-8,
                               .epsilon_place = CLINO_EPSILON_OUTSIDE,
                               .bias_correction = true,
                               .decay_kind = CLINO_DECAY_COUPLED,
                               .grad_scale = 1,
                               .clip_norm = INFINITY,
                               .clip_value = INFINITY};
  const clino__rule *rule = clino__rule_find(name);
  if (rule && rule->defaults) rule->defaults(&o);
  return o;
}

/* A field and what it must be; comparisons fail for NaN. */
typedef struct range {
  const char *field, *text;
  double value;
  bool ok;
} range;

static clino_status check_ranges(size_t n, const range *ranges, clino_error *error) {
  for (size_t i = 0; i < n; i++)
    if (!ranges[i].ok)
      return clino__fail_field(error, "clino_optimizer_options", ranges[i].field, ranges[i].value, ranges[i].text);
  return CLINO_OK;
}

static bool not_negative(double x) { return x >= 0 && isfinite(x); }
static bool below_one(double x) { return x >= 0 && x < 1; }

static clino_status check_numbers(const clino_optimizer_options *o, clino_error *error) {
  static const char plain[] = "finite and 0 or more", fraction[] = "from 0 to 1, 1 excluded";
  const range ranges[] = {
      {"rate", plain, o->rate, not_negative(o->rate)},
      {"momentum", fraction, o->momentum, below_one(o->momentum)},
      {"momentum_next", "CLINO_AUTO, or from 0 to 1, 1 excluded", o->momentum_next,
       o->momentum_next == CLINO_AUTO || below_one(o->momentum_next)},
      {"dampening", "from 0 to 1", o->dampening, o->dampening >= 0 && o->dampening <= 1},
      {"beta1", fraction, o->beta1, below_one(o->beta1)},
      {"beta2", fraction, o->beta2, below_one(o->beta2)},
      {"epsilon", plain, o->epsilon, not_negative(o->epsilon)},
      {"weight_decay", plain, o->weight_decay, not_negative(o->weight_decay)},
      {"grad_scale", "finite", o->grad_scale, isfinite(o->grad_scale)},
      {"clip_norm", "above 0 (INFINITY: none)", o->clip_norm, o->clip_norm > 0},
      {"clip_value", "above 0 (INFINITY: none)", o->clip_value, o->clip_value > 0}};
  return check_ranges(sizeof ranges / sizeof ranges[0], ranges, error);
}

static bool one_or_two(int value) { return value == 1 || value == 2; }

static clino_status check_forms(const clino_optimizer_options *o, clino_error *error) {
  const range ranges[] = {
      {"rate_place", "a clino_rate_place", (double)o->rate_place, one_or_two((int)o->rate_place)},
      {"velocity_sign", "a clino_velocity_sign", (double)o->velocity_sign, one_or_two((int)o->velocity_sign)},
      {"nesterov_form", "a clino_nesterov_form", (double)o->nesterov_form, one_or_two((int)o->nesterov_form)},
      {"adagrad_form", "a clino_adagrad_form", (double)o->adagrad_form, one_or_two((int)o->adagrad_form)},
      {"epsilon_place", "a clino_epsilon_place", (double)o->epsilon_place, one_or_two((int)o->epsilon_place)},
      {"decay_kind", "a clino_decay_kind", (double)o->decay_kind, one_or_two((int)o->decay_kind)}};
  return check_ranges(sizeof ranges / sizeof ranges[0], ranges, error);
}

clino_status clino__optimizer_check(const clino_optimizer_options *o, const clino__rule **rule, clino_error *error) {
  if (!o)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer options: NULL; start from clino_optimizer_options_default()");
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_optimizer_options", error);
  if (status) return status;
  *rule = clino__rule_find(o->rule);
  if (!*rule)
    return clino__fail(error, CLINO_ERR_NOT_FOUND, "there is no update rule '%s'", o->rule ? o->rule : "(NULL)");
  if ((status = check_numbers(o, error))) return status;
  return check_forms(o, error);
}
