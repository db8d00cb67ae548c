/* Assertions from text, by recursive descent straight into postfix code. The first error wins, and knows its place. */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "checks/assertion.h"

const char *const clino__function_names[CLINO__FUNCTIONS] = {"first", "last",   "min",   "max",
                                                             "mean",  "median", "slope", "count"};
const char *const clino__relation_names[] = {"<", "<=", ">", ">=", "==", "!="};

typedef struct parser {
  clino_assertion *assertion;
  const char *p;
  size_t depth, height; /* of nesting; of the stack while the program runs */
  clino_status status;
  clino_error *error;
} parser;

/* Where it is the first error: keeps it, at a place of the text. Always false. */
static bool fail_at(parser *s, const char *at, const char *message) {
  if (s->status) return false;
  s->status = clino__fail(s->error, CLINO_ERR_FORMAT, "%s", message);
  clino__error_at(s->error, NULL, 0, (size_t)(at - s->assertion->text));
  return false;
}

static bool fail_memory(parser *s) {
  if (!s->status) s->status = clino__fail_memory(s->error, "an assertion");
  return false;
}

static void skip_blanks(parser *s) {
  while (*s->p == ' ' || *s->p == '\t' || *s->p == '\n') s->p++;
}

/* Adds an instruction, which takes so many values from the stack and leaves one. What it holds is its own on failure,
 * too. */
static bool emit(parser *s, clino__instruction instruction, size_t takes) {
  clino_assertion *a = s->assertion;
  if (a->n == a->capacity) {
    size_t capacity = 2 * a->capacity + 8;
    clino__instruction *grown = realloc(a->code, capacity * sizeof *grown);
    if (!grown) {
      free(instruction.series);
      return fail_memory(s);
    }
    a->code = grown;
    a->capacity = capacity;
  }
  a->code[a->n++] = instruction;
  s->height += 1 - takes;
  return s->height <= CLINO__ASSERTION_DEPTH ? true : fail_at(s, s->p, "this is nested too deep");
}

static bool emit_operation(parser *s, clino__operation operation, size_t takes) {
  return emit(s, (clino__instruction){.operation = operation}, takes);
}

/* ---- names and numbers ---- */

static bool starts_name(char c) {
  return clino__is_lower(c) || clino__is_upper(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool in_name(char c) { return starts_name(c) || clino__is_digit(c) || (c && strchr("/.:-@%", c)); }

static char *copy_of(const char *bytes, size_t size) {
  char *copy = malloc(size + 1);
  if (!copy) return NULL;
  memcpy(copy, bytes, size);
  copy[size] = '\0';
  return copy;
}

/* "...", with \ before what is taken as it is. NULL: failed. */
static char *take_quoted(parser *s) {
  const char *start = s->p++;
  clino__text name = CLINO__TEXT_EMPTY;
  while (*s->p && *s->p != '"') {
    if (*s->p == '\\' && s->p[1]) s->p++;
    clino__text_add_bytes(&name, s->p++, 1);
  }
  char *copy = copy_of(clino__text_string(&name), name.length);
  if (name.failed || !copy) fail_memory(s);
  clino__text_free(&name);
  if (!*s->p) fail_at(s, start, "this quote is not closed");
  else if (s->p++ == start + 1) fail_at(s, start, "the name of a series is empty");
  if (!s->status) return copy;
  free(copy);
  return NULL;
}

static char *take_name(parser *s) {
  const char *start = s->p;
  if (*s->p == '"') return take_quoted(s);
  while (in_name(*s->p)) s->p++;
  char *copy = copy_of(start, (size_t)(s->p - start));
  if (!copy) fail_memory(s);
  return copy;
}

static bool take_number(parser *s, double *value) {
  const char *end = clino__number_scan(s->p, s->p + strlen(s->p), value);
  if (!end) return fail_at(s, s->p, "this is no number");
  if (starts_name(*end)) return fail_at(s, end, "this follows a number directly");
  s->p = end;
  return true;
}

/* ---- the grammar ---- */

static bool take_sum(parser *s);

/* ", N)" or ")" */
static bool take_points(parser *s, size_t *points) {
  *points = SIZE_MAX;
  skip_blanks(s);
  if (*s->p == ',') {
    double value;
    s->p++;
    skip_blanks(s);
    const char *at = s->p;
    if (!clino__is_digit(*at)) return fail_at(s, at, "a number of points is missing");
    if (!take_number(s, &value)) return false;
    if (!(value >= 1 && value <= 1e9 && floor(value) == value))
      return fail_at(s, at, "the number of points is a whole number from 1 to 1e9");
    *points = (size_t)value;
    skip_blanks(s);
  }
  if (*s->p != ')') return fail_at(s, s->p, "')' is missing");
  s->p++;
  return true;
}

static bool unknown_function(parser *s, const char *at) {
  return fail_at(s, at, "there is no such function (there are: first, last, min, max, mean, median, slope, count)");
}

/* "(series [, points])" after the name of a function. */
static bool take_call(parser *s, const char *name, const char *at) {
  clino__instruction i = {.operation = CLINO__READ, .function = CLINO__FIRST};
  while (i.function < CLINO__FUNCTIONS && strcmp(clino__function_names[i.function], name) != 0) i.function++;
  if (i.function == CLINO__FUNCTIONS) return unknown_function(s, at);
  s->p++;
  skip_blanks(s);
  if (!starts_name(*s->p) && *s->p != '"') return fail_at(s, s->p, "the name of a series is missing");
  i.series = take_name(s);
  if (!i.series) return false;
  if (take_points(s, &i.points)) return emit(s, i, 0);
  free(i.series);
  return false;
}

static bool take_series(parser *s) {
  const char *at = s->p;
  bool quoted = *at == '"';
  char *name = take_name(s);
  if (!name) return false;
  const char *behind = s->p;
  skip_blanks(s);
  if (!quoted && *s->p == '(') {
    bool ok = take_call(s, name, at);
    free(name);
    return ok;
  }
  s->p = behind;
  if (quoted || strcmp(name, "inf") != 0)
    return emit(s, (clino__instruction){CLINO__READ, 0, CLINO__LAST, name, SIZE_MAX}, 0);
  free(name);
  return emit(s, (clino__instruction){.operation = CLINO__NUMBER, .number = INFINITY}, 0);
}

static bool take_group(parser *s) {
  const char *at = s->p++;
  if (++s->depth > CLINO__ASSERTION_DEPTH) return fail_at(s, at, "this is nested too deep");
  if (!take_sum(s)) return false;
  skip_blanks(s);
  if (*s->p != ')') return fail_at(s, *s->p ? s->p : at, *s->p ? "')' is missing" : "this '(' is not closed");
  s->p++;
  s->depth--;
  return true;
}

static bool take_value(parser *s) {
  bool negative = false;
  for (skip_blanks(s); *s->p == '-'; skip_blanks(s)) {
    negative = !negative;
    s->p++;
  }
  bool ok;
  clino__instruction number = {.operation = CLINO__NUMBER};
  if (*s->p == '(') ok = take_group(s);
  else if (starts_name(*s->p) || *s->p == '"') ok = take_series(s);
  else if (clino__is_digit(*s->p) || *s->p == '.') ok = take_number(s, &number.number) && emit(s, number, 0);
  else ok = fail_at(s, s->p, "a number, a series or a function is missing");
  return ok && (!negative || emit_operation(s, CLINO__NEGATE, 1));
}

/* Operands that one of two signs joins: + and - with deeper * and /, which go first. */
static bool take_joined(parser *s, bool (*operand)(parser *), const char *signs, clino__operation first) {
  if (!operand(s)) return false;
  for (;;) {
    skip_blanks(s);
    if (*s->p != signs[0] && *s->p != signs[1]) return true;
    clino__operation operation = *s->p++ == signs[0] ? first : (clino__operation)(first + 1);
    if (!operand(s) || !emit_operation(s, operation, 2)) return false;
  }
}

static bool take_product(parser *s) { return take_joined(s, take_value, "*/", CLINO__MULTIPLY); }

static bool take_sum(parser *s) { return take_joined(s, take_product, "+-", CLINO__ADD); }

static bool take_relation(parser *s) {
  clino__relation relation = CLINO__LESS;
  const char *p = s->p;
  skip_blanks(s);
  p = s->p;
  bool equal = *p && p[1] == '=';
  if (*p == '<' || *p == '>')
    relation = (clino__relation)((*p == '<' ? CLINO__LESS : CLINO__GREATER) + equal);
  else if ((*p == '=' || *p == '!') && equal)
    relation = *p == '=' ? CLINO__EQUAL : CLINO__NOT_EQUAL;
  else
    return fail_at(s, p, *p == '=' ? "'=' compares nothing: it is '=='"
                                   : "a comparison is missing: one of < <= > >= == !=");
  s->assertion->relation = relation;
  s->p += 1 + equal;
  return true;
}

static bool take_assertion(parser *s) {
  if (!take_sum(s) || !take_relation(s)) return false;
  s->assertion->right = s->assertion->n;
  s->height = 0;
  if (!take_sum(s)) return false;
  if (!*s->p) return true;
  if (strchr("<>=!", *s->p)) return fail_at(s, s->p, "there is a comparison already: an assertion has one");
  return fail_at(s, s->p, "the assertion should end here");
}

clino_status clino_assertion_parse(const char *text, clino_assertion **assertion, clino_error *error) {
  if (!text || !assertion)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_assertion_parse: %s is NULL", text ? "assertion" : "text");
  *assertion = NULL;
  clino_assertion *a = calloc(1, sizeof *a);
  if (a) a->text = clino__strdup(text);
  if (!a || !a->text) {
    clino_assertion_free(a);
    return clino__fail_memory(error, "an assertion");
  }
  parser s = {.assertion = a, .p = a->text, .error = error};
  if (take_assertion(&s)) {
    *assertion = a;
    return CLINO_OK;
  }
  clino_assertion_free(a);
  return s.status;
}

void clino_assertion_free(clino_assertion *assertion) {
  if (!assertion) return;
  for (size_t i = 0; i < assertion->n; i++) free(assertion->code[i].series);
  free(assertion->code);
  free(assertion->text);
  free(assertion);
}

const char *clino_assertion_text(const clino_assertion *assertion) { return assertion ? assertion->text : ""; }
