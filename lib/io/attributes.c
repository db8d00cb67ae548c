#include "io/attributes.h"

#include <string.h>

#include "base/utf8.h"
#include "io/json_scan.h"

typedef struct target {
  clino_run *run;
  clino_error *error;
} target;

static clino_status set_member(void *ctx, const char *key, const char *value) {
  const target *to = ctx;
  return value && *key ? clino_run_set_attribute(to->run, key, value, to->error) : CLINO_OK;
}

clino_status clino__attributes_read(clino_run *run, const char *bytes, size_t size, size_t *offset,
                                    clino_error *error) {
  target to = {run, error};
  const char *problem;
  clino_status status = clino__json_scan(bytes, size, set_member, &to, offset, &problem);
  if (status == CLINO_ERR_MEMORY) return clino__fail_memory(error, "the attributes");
  if (status == CLINO_ERR_FORMAT)
    return clino__fail(error, status, "the attributes are no JSON object on one line: %s", problem);
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
