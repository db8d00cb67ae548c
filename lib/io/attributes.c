#include "io/attributes.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/utf8.h"

#define JSON_STYLE (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static clino_status set_member(clino_run *run, const char *key, json_object *value, clino_error *error) {
  if (!value || !*key) return CLINO_OK;
  bool string = json_object_is_type(value, json_type_string);
  const char *text = string ? json_object_get_string(value) : json_object_to_json_string_ext(value, JSON_STYLE);
  if (!text) return clino__fail_memory(error, "an attribute");
  if (string && strlen(text) != (size_t)json_object_get_string_len(value))
    return clino__fail(error, CLINO_ERR_FORMAT, "the attribute '%s' holds a NUL character", key);
  return clino_run_set_attribute(run, key, text, error);
}

/* Blanks may follow the object, nothing else. */
static bool only_blanks(const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != ' ' && bytes[i] != '\t') return false;
  return true;
}

clino_status clino__attributes_read(clino_run *run, const char *bytes, size_t size, size_t *offset,
                                    clino_error *error) {
  *offset = 0;
  if (size > INT_MAX) return clino__fail(error, CLINO_ERR_FORMAT, "the attributes are too long");
  json_tokener *tokener = json_tokener_new();
  if (!tokener) return clino__fail_memory(error, "a JSON parser");
  json_object *object = json_tokener_parse_ex(tokener, bytes, (int)size);
  enum json_tokener_error problem = json_tokener_get_error(tokener);
  size_t end = json_tokener_get_parse_end(tokener);
  json_tokener_free(tokener);
  clino_status status = CLINO_OK;
  /* The line begins with a brace, so nothing read without a problem is a failed allocation. */
  if (problem == json_tokener_success && !object) return clino__fail_memory(error, "the attributes");
  if (problem == json_tokener_success && !only_blanks(bytes + end, size - end))
    problem = json_tokener_error_parse_unexpected;
  *offset = end;
  if (problem != json_tokener_success || !json_object_is_type(object, json_type_object)) {
    const char *why = problem == json_tokener_continue ? "it ends too early" : json_tokener_error_desc(problem);
    status = clino__fail(error, CLINO_ERR_FORMAT, "the attributes are no JSON object on one line: %s", why);
  } else {
    json_object_object_foreach(object, key, value) {
      if (!status) status = set_member(run, key, value, error);
    }
  }
  json_object_put(object);
  return status;
}

static void add_member(clino__text *text, const char *key, const char *value, bool first) {
  if (!first) clino__text_add(text, ",");
  clino__text_add_json(text, key);
  clino__text_add(text, ":");
  clino__text_add_json(text, value);
}

clino_status clino__attributes_write(const clino_run *run, const char *own, clino__text *text, clino_error *error) {
  bool first = !own;
  clino__text_add(text, "{");
  if (own) add_member(text, CLINO__ATTRIBUTE_OWN, own, true);
  for (size_t i = 0; i < clino_run_attribute_count(run); i++) {
    const char *value, *key = clino_run_attribute_at(run, i, &value);
    if (strcmp(key, CLINO__ATTRIBUTE_OWN) == 0) continue;
    add_member(text, key, value, first);
    first = false;
  }
  clino__text_add(text, "}");
  return text->failed ? clino__fail_memory(error, "the attributes") : CLINO_OK;
}
