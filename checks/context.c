/* What checks share: parameters, findings with their messages, series by name. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "checks/descent.h"
#include "clino/loss.h"

double clino__param(const clino__context *c, const char *name) {
  const clino_check_param *param = clino__find_param(&c->check->info, name);
  return param ? c->params[param - c->check->info.params] : NAN;
}

clino_finding clino__finding(const clino__context *c, clino_finding_level level, const clino_series *series) {
  clino_finding f = clino_finding_default();
  f.check = c->check->info.id;
  f.level = level;
  if (series) {
    size_t n = clino_series_count(series);
    f.series = clino_series_name(series);
    if (n) {
      f.first_step = clino_series_step(series, 0);
      f.last_step = clino_series_step(series, n - 1);
    }
  }
  return f;
}

void clino__finding_cause(clino_finding *f, const char *cause, const char *const *alternatives) {
  f->cause = cause;
  f->alternatives = alternatives;
  f->n_alternatives = 0;
  while (alternatives && alternatives[f->n_alternatives]) f->n_alternatives++;
}

/* A whole number; a step that is not known is no number. */
static void add_whole(clino__text *text, long long value) {
  if (value == CLINO_NO_STEP) clino__text_add(text, "(not logged)");
  else clino__text_addf(text, "%lld", value);
}

/* One conversion, after its '%'; returns what follows it. printf itself would write numbers as the locale does. */
static const char *convert(clino__text *text, const char *p, va_list *args) {
  size_t longs = 0;
  bool size = *p == 'z';
  p += size;
  while (*p == 'l') longs++, p++;
  switch (*p) {
    case 's':
      clino__text_add(text, va_arg(*args, const char *));
      break;
    case 'g':
      clino__text_add_digits(text, va_arg(*args, double), 4);
      break;
    case 'u':
      clino__text_addf(text, "%zu", size ? va_arg(*args, size_t) : (size_t)va_arg(*args, unsigned));
      break;
    case 'd':
      if (longs > 1) add_whole(text, va_arg(*args, long long));
      else if (longs) add_whole(text, va_arg(*args, long));
      else add_whole(text, va_arg(*args, int));
      break;
    default:
      clino__text_add_bytes(text, p, 1);
  }
  return p + 1;
}

static void add(clino__context *c, const clino_finding *finding, const char *format, va_list *args) {
  if (c->status) return;
  clino__text text = CLINO__TEXT_EMPTY;
  for (const char *p = format; *p;) {
    size_t plain = strcspn(p, "%");
    clino__text_add_bytes(&text, p, plain);
    p += plain;
    if (*p) p = convert(&text, p + 1, args);
  }
  clino_finding f = *finding;
  const clino_check *info = &c->check->info;
  f.message = clino__text_string(&text);
  if (!f.why) f.why = info->why;
  if (!f.fix) f.fix = info->fix;
  if (!f.source) f.source = info->source;
  c->status =
      text.failed ? clino__fail_memory(c->error, "a finding's message") : clino_findings_add(c->findings, &f, c->error);
  clino__text_free(&text);
}

void clino__add(clino__context *c, const clino_finding *finding, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add(c, finding, format, &args);
  va_end(args);
}

void clino__skip(clino__context *c, const char *format, ...) {
  clino_finding f = clino__finding(c, CLINO_FINDING_SKIP, NULL);
  va_list args;
  va_start(args, format);
  add(c, &f, format, &args);
  va_end(args);
}

static bool usable(const clino_series *s) {
  return s && clino_series_get_kind(s) == CLINO_SERIES_SCALAR && clino_series_count(s) > 0;
}

/* A run may hold several series of a name, of which it gives the first. Those behind one that is not usable are listed
 * once, so that asking for many names takes no longer than the list. */
static int by_name(const void *a, const void *b) {
  const clino__kept_name *x = a, *y = b;
  int order = strcmp(clino_series_name(x->series), clino_series_name(y->series));
  return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void list_hidden(const clino_run *run, clino__kept *kept) {
  size_t n = clino_run_series_count(run);
  kept->hidden = malloc(n * sizeof *kept->hidden);
  kept->n_hidden = 0;
  for (size_t i = 0; kept->hidden && i < n; i++) {
    const clino_series *s = clino_run_series_at(run, i);
    if (usable(s) && !usable(clino_run_series(run, clino_series_name(s))))
      kept->hidden[kept->n_hidden++] = (clino__kept_name){s, i};
  }
  if (kept->hidden) qsort(kept->hidden, kept->n_hidden, sizeof *kept->hidden, by_name);
}

/* The first usable series of that name in the list. */
static const clino_series *hidden(const clino__kept *kept, const char *name) {
  size_t low = 0, high = kept->n_hidden;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(clino_series_name(kept->hidden[middle].series), name) < 0) low = middle + 1;
    else high = middle;
  }
  bool found = low < kept->n_hidden && strcmp(clino_series_name(kept->hidden[low].series), name) == 0;
  return found ? kept->hidden[low].series : NULL;
}

const clino_series *clino__series(const clino__context *c, const char *name) {
  const clino_series *first = clino_run_series(c->run, name);
  if (!first || usable(first)) return first;
  clino__kept *kept = c->shared ? &c->shared->kept : NULL;
  if (kept && !kept->hidden) list_hidden(c->run, kept);
  if (kept && kept->hidden) return hidden(kept, name);
  size_t n = clino_run_series_count(c->run);
  for (size_t i = 0; i < n; i++) {
    const clino_series *s = clino_run_series_at(c->run, i);
    if (usable(s) && strcmp(clino_series_name(s), name) == 0) return s;
  }
  return NULL;
}

const clino_series *clino__series_under(const clino__context *c, size_t i, const char *prefix, const char **rest) {
  const clino_series *s = clino_run_series_at(c->run, i);
  size_t length = strlen(prefix);
  if (!usable(s) || strncmp(clino_series_name(s), prefix, length) != 0) return NULL;
  if (rest) *rest = clino_series_name(s) + length;
  return s;
}

double clino__chance_loss(const clino__context *c, const char **formula) {
  static const char *const formulas[] = {
      [CLINO_LOSS_SOFTMAX] = "ln C", [CLINO_LOSS_HINGE] = "C - 1", [CLINO_LOSS_LOGISTIC] = "ln 2"};
  const char *loss = clino_run_attribute(c->run, "loss"), *which = "attribute initial_loss";
  double classes = clino_run_attribute_number(c->run, "classes");
  double chance = clino_run_attribute_number(c->run, "initial_loss");
  clino_loss_kind kind;
  if (!isfinite(chance) && loss && !clino_loss_kind_parse(loss, &kind, NULL) && kind != CLINO_LOSS_MSE) {
    chance = clino_loss_expected(kind, classes >= 2 && classes <= 0x1p53 ? (size_t)classes : 0);
    which = formulas[kind];
  }
  if (formula) *formula = which;
  return isfinite(chance) ? chance : NAN;
}

static bool word_starts(const char *name, const char *at) {
  char before = at == name ? '/' : at[-1];
  return !clino__is_alnum(before) || (clino__is_lower(before) && clino__is_upper(*at));
}

bool clino__mentions(const char *name, const char *word) {
  for (const char *at = name; *at; at++) {
    const char *p = at, *w = word;
    if (!word_starts(name, at)) continue;
    while (*w && *p) {
      if (*w == '_' && clino__is_alnum(*p)) w++;
      if (clino__to_lower(*p) != *w && (*w != '_' || clino__is_alnum(*p))) break;
      p++, w++;
    }
    if (!*w) return true;
  }
  return false;
}

static const char *moving_sign(const clino__context *c) {
  static const char *const tasks[] = {"rl", "reinforcement", "gan", "adversarial"};
  static const char *const signs[] = {"reward",         "ep_rew", "ep_len", "episode_length", "discriminator",
                                      "generator_loss", "d_loss", "g_loss", "policy_loss"};
  const char *task = clino_run_attribute(c->run, "task");
  for (size_t i = 0; task && i < sizeof tasks / sizeof tasks[0]; i++)
    if (clino__mentions(task, tasks[i])) return tasks[i];
  size_t n = clino_run_series_count(c->run);
  for (size_t i = 0; i < n; i++) {
    const char *name = clino_series_name(clino_run_series_at(c->run, i));
    for (size_t k = 0; k < sizeof signs / sizeof signs[0]; k++)
      if (clino__mentions(name, signs[k])) return name;
  }
  return NULL;
}

bool clino__moving_objective(clino__context *c, const char **why) {
  const char *const *known = clino__noted(c, "moving objective", "", 0, NULL);
  const char *sign = known ? *known : moving_sign(c);
  if (!known) clino__note(c, "moving objective", "", 0, &sign, sizeof sign);
  if (sign) *why = sign;
  return sign != NULL;
}
