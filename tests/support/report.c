/* Reports for tests. */
#include "support/report.h"

#include <string.h>

#include "support/suite.h"

int report_collect(const char *text, size_t size, void *ctx) {
  report_text *s = ctx;
  if (++s->calls == s->stop_at) return 37;
  CU_ASSERT_TRUE_FATAL(s->length + size < sizeof s->data);
  memcpy(s->data + s->length, text, size);
  s->length += size;
  s->data[s->length] = '\0';
  return 0;
}

report_text report_out;

/* Writes into report_out. */
const char *report_write(const char *format, const clino_report_item *items, size_t n,
                         const clino_report_options *options) {
  clino_error error;
  memset(&report_out, 0, sizeof report_out);
  CU_ASSERT_EQUAL_FATAL(clino_report_write(format, items, n, options, report_collect, &report_out, &error), CLINO_OK);
  return report_out.data;
}

clino_findings *report_findings(void) {
  clino_findings *list = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&list, NULL), CLINO_OK);
  return list;
}

void report_add(clino_findings *list, const char *check, clino_finding_level level, const char *message) {
  clino_finding f = clino_finding_default();
  f.check = check;
  f.level = level;
  f.message = message;
  CU_ASSERT_EQUAL_FATAL(clino_findings_add(list, &f, NULL), CLINO_OK);
}

void report_add_overfitting(clino_findings *list) {
  static const char *const others[] = {"validation-set-too-small", "distribution-shift"};
  clino_finding f = clino_finding_default();
  f.check = "overfitting";
  f.level = CLINO_FINDING_FAIL;
  f.series = "val/loss";
  f.first_step = 2300;
  f.last_step = 9000;
  f.observed = 31.23456789;
  f.threshold = 5;
  f.cause = "model-memorizes";
  f.alternatives = others;
  f.n_alternatives = 2;
  f.confidence = 0.97;
  f.final = true;
  f.message = "the validation loss rose by 31.2% while the training loss still fell";
  f.why = "From step 2300 on the network learned the training set by heart, and every further epoch costs accuracy.";
  f.fix = "Stop at step 2300, or add data, augmentation, dropout or weight decay.";
  f.source = "Prechelt 1998";
  CU_ASSERT_EQUAL_FATAL(clino_findings_add(list, &f, NULL), CLINO_OK);
}

clino_run *report_run(void) {
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", -3, 2.385, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add(run, "train/loss", 9000, 0.131, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add(run, "val/loss", 9000, 0.877, NULL), CLINO_OK);
  return run;
}

struct json_object *json_parse(const char *text) {
  struct json_tokener *tokener = json_tokener_new();
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
  struct json_object *root = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
  CU_ASSERT_EQUAL_FATAL(json_tokener_get_error(tokener), json_tokener_success);
  json_tokener_free(tokener);
  return root;
}

struct json_object *json_get(struct json_object *object, const char *key) {
  struct json_object *value = NULL;
  CU_ASSERT_TRUE_FATAL(json_object_object_get_ex(object, key, &value));
  return value;
}

const char *json_string_at(struct json_object *object, const char *key) {
  return json_object_get_string(json_get(object, key));
}
