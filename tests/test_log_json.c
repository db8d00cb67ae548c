/* JSON logs: documents and lines, what their keys become, what is refused and where. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/csv.h"
#include "support/same_run.h"
#include "support/suite.h"

static double last(const clino_run *run, const char *name, size_t points, int64_t step) {
  const clino_series *s = series(run, name, points);
  CU_ASSERT_EQUAL(clino_series_step(s, points - 1), step);
  return clino_series_values(s)[points - 1];
}

static void lines_of_records(void) {
  clino_run *run = read_text("{\"iteration\": 9, \"total_loss\": 2.5, \"x\": {\"y\": 1, \"z\": [3, 4]}, "
                             "\"on\": true}\r\n\r\n"
                             "{\"iteration\": 19, \"total_loss\": NaN, \"lr\": 1e-3}\n"
                             "Traceback (most recent call last):\n  File \"x\"\n"
                             "{\"iteration\": 29, \"total_loss\": \"0.25\", \"x\": {\"y\": null}, \"note\": \"hi\"}\n"
                             "{\"iteration\": 39, \"total_lo");
  CU_ASSERT_EQUAL(last(run, "train/loss", 3, 29), 0.25);
  CU_ASSERT_TRUE(isnan(clino_series_values(series(run, "train/loss", 3))[1]));
  CU_ASSERT_EQUAL(last(run, "x/y", 1, 9), 1);
  CU_ASSERT_EQUAL(last(run, "x/z/1", 1, 9), 4);
  CU_ASSERT_EQUAL(last(run, "lr", 1, 19), 1e-3);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_run_attribute(run, "notes"), "3 lines are no JSON"));
  series(run, "note", 0);
  clino_run_free(run);
}

/* Where a log keeps things says nothing of them; what stands there plainly comes first. */
static void names_in_containers(void) {
  clino_run *run = read_text("{\"step\": 3, \"metrics\": {\"train\": {\"loss\": 2.5}, \"validation\": {\"loss\": 3}}, "
                             "\"optim\": {\"lr\": 0.25}, \"stats\": {\"grad_norm\": 7}}\n"
                             "{\"step\": 4, \"metrics\": {\"train\": {\"loss\": 1.5}, \"validation\": null}}\n");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 4), 1.5);
  CU_ASSERT_EQUAL(last(run, "val/loss", 1, 3), 3);
  CU_ASSERT_EQUAL(last(run, "lr", 1, 3), 0.25);
  CU_ASSERT_EQUAL(last(run, "grad_norm", 1, 3), 7);
  clino_run_free(run);
  run = read_text("{\"epoch\": 1, \"metric_loss\": 5, \"loss\": 2, \"metrics/mAP50\": 0.5, \"metrics\": 4}\n"
                  "{\"epoch\": 2, \"metric_loss\": 4, \"loss\": 1, \"metrics/mAP50\": 0.75, \"metrics\": 3}\n");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 2), 1);
  CU_ASSERT_EQUAL(last(run, "metric_loss", 2, 2), 4);
  CU_ASSERT_EQUAL(last(run, "metrics/mAP50", 2, 2), 0.75);
  CU_ASSERT_EQUAL(last(run, "metrics", 2, 2), 3);
  clino_run_free(run);
}

static void documents(void) {
  clino_run *run = read_text("{\"best_metric\": null, \"global_step\": 20, \"optimizer\": \"adamw\", "
                             "\"log_history\": [\n"
                             " {\"loss\": 1.5, \"step\": 10, \"epoch\": 0.5}, "
                             "{\"eval_loss\": 1.25, \"step\": 10, \"epoch\": 0.5},"
                             "{\"loss\": 1, \"step\": 20, \"epoch\": 1}], \"args\": {\"n\": [], \"m\": {}}}");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 20), 1);
  CU_ASSERT_EQUAL(last(run, "val/loss", 1, 10), 1.25);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "optimizer"), "adamw");
  clino_run_free(run);
  run = read_text("[{\"epoch\": 1, \"main/loss\": 2, \"validation/main/loss\": 3}, {\"epoch\": 2, \"main/loss\": 1}]");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 2), 1);
  CU_ASSERT_EQUAL(last(run, "val/loss", 1, 1), 3);
  clino_run_free(run);
  run = read_text("{\"history\": {\"loss\": [3, 2, null, -Infinity], \"val_loss\": [4, 3.5]}, "
                  "\"history_note\": \"x\"}");
  CU_ASSERT_EQUAL(last(run, "train/loss", 3, 3), -INFINITY);
  CU_ASSERT_EQUAL(last(run, "val/loss", 2, 1), 3.5);
  clino_run_free(run);
  run = read_text("{\"train\": [{\"step\": 1, \"loss\": 5}], \"val\": [{\"step\": 1, \"loss\": 6}]}");
  CU_ASSERT_EQUAL(last(run, "train/loss", 1, 1), 5);
  CU_ASSERT_EQUAL(last(run, "val/loss", 1, 1), 6);
  clino_run_free(run);
  run = read_text("{\"0\": {\"loss\": 2.5}, \"1\": {\"loss\": 2.25}}");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 1), 2.25);
  clino_run_free(run);
  run = read_text("{\"epoch_3\": {\"loss\": 2.5}, \"epoch_4\": {\"loss\": 2.25}}");
  CU_ASSERT_EQUAL(last(run, "train/loss", 2, 4), 2.25);
  clino_run_free(run);
  /* as pandas writes it */
  run = read_text("{\"loss\": {\"0\": 2.5, \"1\": 2}, \"val_loss\": {\"0\": 3, \"1\": 2.75}}");
  CU_ASSERT_EQUAL(last(run, "val/loss", 2, 1), 2.75);
  clino_run_free(run);
  run = read_text("{\"val\": {\"loss\": 0.5, \"acc\": 0.75}, \"step\": 42}");
  CU_ASSERT_EQUAL(last(run, "val/loss", 1, 42), 0.5);
  clino_run_free(run);
}

static void steps_are_found_where_rows_count_otherwise(void) {
  /* MMEngine: a validation row's step is its epoch. */
  clino_run *run = read_text("{\"loss\": 3, \"epoch\": 1, \"iter\": 1, \"step\": 1}\n"
                             "{\"loss\": 2, \"epoch\": 1, \"iter\": 50, \"step\": 50}\n"
                             "{\"coco/AP\": 0.5, \"step\": 1}\n"
                             "{\"loss\": 1, \"epoch\": 2, \"iter\": 99, \"step\": 99}\n"
                             "{\"coco/AP\": 0.75, \"step\": 2}\n");
  CU_ASSERT_EQUAL(clino_series_step(series(run, "coco/AP", 2), 0), 50);
  CU_ASSERT_EQUAL(last(run, "coco/AP", 2, 99), 0.75);
  clino_run_free(run);
  /* MMDetection: iterations are counted anew in each epoch. */
  run = read_text("{\"mode\": \"train\", \"epoch\": 1, \"iter\": 50, \"loss\": 3}\n"
                  "{\"mode\": \"train\", \"epoch\": 1, \"iter\": 100, \"loss\": 2}\n"
                  "{\"mode\": \"train\", \"epoch\": 2, \"iter\": 50, \"loss\": 1.5}\n"
                  "{\"mode\": \"train\", \"epoch\": 2, \"iter\": 100, \"loss\": 1}\n");
  CU_ASSERT_EQUAL(clino_series_step(series(run, "train/loss", 4), 2), 150);
  CU_ASSERT_EQUAL(last(run, "train/loss", 4, 200), 1);
  clino_run_free(run);
  /* A resume is none of that: its epochs fall back, too. */
  run = read_text("{\"epoch\": 1, \"step\": 100, \"loss\": 3}\n{\"epoch\": 2, \"step\": 200, \"loss\": 2}\n"
                  "{\"epoch\": 1, \"step\": 100, \"loss\": 2.5}\n{\"epoch\": 2, \"step\": 200, \"loss\": 2}\n");
  CU_ASSERT_EQUAL(clino_series_step(series(run, "train/loss", 4), 2), 100);
  clino_run_free(run);
}

static void errors_say_where(void) {
  static const struct {
    const char *text;
    size_t line, byte;
    const char *says;
  } cases[] = {{"{\"loss\": [1, 2", 1, 14, "the log ends within"},
               {"{\"loss\": [1, 2]]", 1, 15, "no JSON"},
               {"{\"loss\" [1, 2]}", 1, 8, "no JSON"},
               {"[{\"loss\": 1},\n {\"loss\": x}]", 2, 24, "no JSON"},
               {"{\"name\": \"tool\", \"version\": 3}", 1, 0, "no training log"},
               {"{\"name\": \"tool\"}", 1, 0, "no training log"},
               {"[]", 1, 0, "no training log"},
               {"{\"a\": 1}\n{\"b\": 2}\n", 1, 0, "no training log"},
               {"[1, 2, 3]", 1, 0, "no training log"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_run *run = NULL;
    clino_error error;
    CU_ASSERT_EQUAL(read_sized(cases[i].text, strlen(cases[i].text), 3, &run, &error), CLINO_ERR_FORMAT);
    bool right = error.line == cases[i].line && error.byte == cases[i].byte && strstr(error.message, cases[i].says);
    if (!right) fprintf(stderr, "\n    %s: %zu %zu %s", cases[i].text, error.line, error.byte, error.message);
    CU_ASSERT_TRUE(right);
    clino_run_free(run);
  }
}

static void bombs_are_refused(void) {
  size_t size = 20 << 20;
  char *big = malloc(size);
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_PTR_NOT_NULL_FATAL(big);
  memset(big, '[', size);
  CU_ASSERT_EQUAL(read_sized(big, size, 65536, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "nested deeper"));
  for (size_t i = 0; i + 5 <= size; i += 5) memcpy(big + i, "{\"a\":", 5);
  CU_ASSERT_EQUAL(read_sized(big, size, 65536, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "nested deeper"));
  memset(big, 'x', size);
  memcpy(big, "{\"loss\": \"", 10);
  CU_ASSERT_EQUAL(read_sized(big, size, 65536, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "16 MiB"));
  memset(big, 'x', 16);
  memcpy(big, "{\"", 2);
  CU_ASSERT_EQUAL(read_sized(big, size, 65536, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "a key of JSON"));
  free(big);
}

static const char *const corpus[] = {
    "\xEF\xBB\xBF{\"step\": 1, \"loss\": 2.5, \"n\": {\"\\u00e9\\\"\": [1, 2]}}\r\n{\"step\": 2, \"loss\": 1e-3}\r\n",
    "{\"loss\": [3, 2.5, null], \"val_loss\": [4, NaN, \"3\"], \"lr\": [1], \"o\": \"a\\\\\"}",
    "[{\"epoch\": 1, \"loss\": 2},\n {\"epoch\": 2, \"loss\": 1, \"s\": \"}]\"}]\n",
    "{\"loss\": [[1.5, 10, 2.5], [2.5, 20, 2]]}",
    "{\"step\": 1, \"loss\": 1}\nnoise\n{\"step\": 2, \"lo\n{\"step\": 3, \"loss\": 3}\n"};

static void chunks_and_cuts(void) {
  for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
    size_t size = strlen(corpus[i]);
    clino_run *whole = read_text(corpus[i]), *run = NULL;
    clino_error error;
    for (size_t chunk = 1; chunk <= size; chunk++) {
      CU_ASSERT_EQUAL_FATAL(read_sized(corpus[i], size, chunk, &run, &error), CLINO_OK);
      CU_ASSERT_TRUE(same_runs(run, whole));
      clino_run_free(run);
    }
    for (size_t n = 0; n < size; n++) {
      clino_status status = read_sized(corpus[i], n, 3, &run, &error);
      CU_ASSERT_TRUE(status ? !run && error.message[0] && error.line && error.byte <= n : run != NULL);
      clino_run_free(run);
    }
    clino_run_free(whole);
  }
}

/* Every byte replaced by others: no crash, and errors that point into the log. */
static void damaged_bytes(void) {
  static const char bytes[] = {'"', '{', '}', '[', ']', ',', ':', '\n', '\\', '0', 'x', '\0', '\xE9'};
  char copy[256];
  for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
    size_t size = strlen(corpus[i]);
    for (size_t k = 0; k < size * sizeof bytes; k++) {
      clino_run *run = NULL;
      clino_error error;
      memcpy(copy, corpus[i], size);
      copy[k / sizeof bytes] = bytes[k % sizeof bytes];
      clino_status status = read_sized(copy, size, 7, &run, &error);
      CU_ASSERT_TRUE(status ? error.line >= 1 && error.byte <= size && !run : run != NULL);
      clino_run_free(run);
    }
  }
}

void suite_log_json(CU_pSuite suite) {
  TEST(suite, lines_of_records);
  TEST(suite, names_in_containers);
  TEST(suite, documents);
  TEST(suite, steps_are_found_where_rows_count_otherwise);
  TEST(suite, errors_say_where);
  TEST(suite, bombs_are_refused);
  TEST(suite, chunks_and_cuts);
  TEST(suite, damaged_bytes);
}
