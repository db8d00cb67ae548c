/* The values of options: each is taken apart and checked before anything is read, so that a slip costs no time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char *check_name(size_t i) { return clino_check_at(i)->id; }

static const char *format_name(size_t i) { return clino_report_format_at(i, NULL); }

static bool known_check(const char *option, const char *id) {
  if (clino_check_find(id)) return true;
  if (!*id) return complain_usage("option '%s': an id is empty", option);
  const char *near = nearest(id, check_name, clino_check_count());
  if (near) return complain_usage("option '%s': unknown check '%s' (did you mean '%s'?)", option, id, near);
  return complain_usage("option '%s': unknown check '%s' (--list-checks names them)", option, id);
}

bool value_id(const char **id, const char *option, char *value) {
  *id = value;
  return known_check(option, value);
}

bool value_ids(cli_list *ids, const char *option, char *value) {
  for (char *next; value; value = next) {
    next = strchr(value, ',');
    if (next) *next++ = '\0';
    while (*value == ' ') value++;
    if (!known_check(option, value) || !list_add(ids, &value, sizeof value)) return false;
  }
  return true;
}

/* Adds word to names, which is terminated and cut where it is full. */
static void add_name(char *names, size_t size, const char *word) {
  size_t length = strlen(names);
  snprintf(names + length, size - length, "%s%s", length ? ", " : "", word);
}

static const clino_check_param *find_param(const clino_check *check, const char *name) {
  for (size_t i = 0; i < check->n_params; i++)
    if (strcmp(check->params[i].name, name) == 0) return &check->params[i];
  return NULL;
}

static bool unknown_param(const clino_check *check, const char *name) {
  char names[512] = "";
  for (size_t i = 0; i < check->n_params; i++) add_name(names, sizeof names, check->params[i].name);
  return complain_usage("option '--set': check '%s' has no parameter '%s' (it has: %s)", check->id, name,
                        check->n_params ? names : "none");
}

/* CHECK.PARAM=VALUE */
bool value_setting(cli_list *settings, char *value) {
  char *dot = strchr(value, '.'), *equals = strchr(value, '=');
  if (!dot || !equals || dot > equals || dot == value || dot + 1 == equals)
    return complain_usage("option '--set': '%s' is not CHECK.PARAM=VALUE", value);
  *dot = *equals = '\0';
  char *number = equals + 1, *end;
  if (!known_check("--set", value)) return false;
  const clino_check *check = clino_check_find(value);
  const clino_check_param *param = find_param(check, dot + 1);
  if (!param) return unknown_param(check, dot + 1);
  double v = strtod(number, &end);
  if (end == number || *end) return complain_usage("option '--set': '%s' is no number", number);
  if (!(v >= param->min && v <= param->max))
    return complain_usage("option '--set': %s.%s is %g to %g, not %s", check->id, param->name, param->min, param->max,
                          number);
  clino_check_setting setting = {check->id, param->name, v};
  return list_add(settings, &setting, sizeof setting);
}

/* ROLE=COLUMN; the column's name may hold further equal signs. */
bool value_map(cli_list *map, char *value) {
  char *equals = strchr(value, '=');
  if (!equals || equals == value || !equals[1])
    return complain_usage("option '--map': '%s' is not ROLE=COLUMN", value);
  *equals = '\0';
  clino_role_map entry = {value, equals + 1};
  return list_add(map, &entry, sizeof entry);
}

/* An error points at the character: the text and a mark under it. */
bool value_assertion(cli_list *assertions, const char *value) {
  clino_assertion *assertion;
  clino_error error;
  clino_status status = clino_assertion_parse(value, &assertion, &error);
  if (!status) {
    if (list_add(assertions, &assertion, sizeof assertion)) return true;
    clino_assertion_free(assertion);
    return false;
  }
  if (status == CLINO_ERR_MEMORY) return complain_memory();
  char before[1024], safe[4096];
  snprintf(before, sizeof before, "%.*s", error.byte < sizeof before ? (int)error.byte : 0, value);
  size_t columns = clino_report_printable(before, safe, sizeof safe);
  clino_report_printable(value, safe, sizeof safe);
  complain("option '--assert': %s", error.message);
  if (error.byte < sizeof before) fprintf(stderr, "  %s\n  %*s^\n", safe, (int)columns, "");
  fputs("Try 'diagnose --help'.\n", stderr);
  return false;
}

bool value_format(const char **format, const char *value) {
  char names[512] = "";
  for (size_t i = 0; i < clino_report_format_count(); i++) {
    if (strcmp(value, format_name(i)) == 0) {
      *format = value;
      return true;
    }
    add_name(names, sizeof names, format_name(i));
  }
  return complain_usage("option '--format': unknown report format '%s' (there are: %s)", value, names);
}

bool value_classes(const char **classes, const char *value) {
  char *end;
  errno = 0;
  long long n = *value >= '0' && *value <= '9' ? strtoll(value, &end, 10) : 0;
  if (n < 2 || *end || errno)
    return complain_usage("option '--classes': '%s' is no whole number of at least 2", value);
  *classes = value;
  return true;
}

bool value_seconds(double *seconds, const char *option, const char *value) {
  char *end;
  double v = strtod(value, &end);
  if (end == value || *end || !(v >= 0.01 && v <= 3600))
    return complain_usage("option '%s': '%s' is no number of seconds from 0.01 to 3600", option, value);
  *seconds = v;
  return true;
}

bool value_word(size_t *index, const char *option, const char *value, const char *const *words, size_t n) {
  char names[512] = "";
  for (size_t i = 0; i < n; i++) {
    if (strcmp(value, words[i]) == 0) {
      *index = i;
      return true;
    }
    add_name(names, sizeof names, words[i]);
  }
  return complain_usage("option '%s': '%s' is none of %s", option, value, names);
}
