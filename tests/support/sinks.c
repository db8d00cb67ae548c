#include "support/sinks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/monitor.h"

static clino_status open_csv(const char *path, clino_run_sink **sink, clino_error *error) {
  return clino_sink_open_csv(path, 0, NULL, sink, error);
}

const sink_format sink_formats[SINK_FORMATS] = {{"json", ".jsonl", false, clino_sink_open_json},
                                                {"csv", ".csv", false, open_csv},
                                                {"tfevents", ".tfevents", true, clino_sink_open_tfevents}};

const char *new_log(const sink_format *format) {
  static char path[64];
  char made[] = "/tmp/clino-sink-XXXXXX";
  int fd = mkstemp(made);
  CU_ASSERT_TRUE_FATAL(fd >= 0);
  close(fd);
  unlink(made);
  snprintf(path, sizeof path, "%s%s", made, format->end);
  return path;
}

void remove_log(const char *path) {
  char beside[80];
  const char *end = strrchr(path, '.');
  snprintf(beside, sizeof beside, "%.*s.extra.csv", end ? (int)(end - path) : 0, path);
  unlink(path);
  unlink(beside);
}

clino_run_sink *open_log(const sink_format *format, const char *path) {
  clino_run_sink *sink = NULL;
  clino_error e = {0};
  clino_status status = format->open(path, &sink, &e);
  if (status) fprintf(stderr, "%s: %s\n", format->name, e.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  return sink;
}

clino_run *read_log(const char *path) {
  clino_run *run = NULL;
  clino_error e = {0};
  CU_ASSERT_EQUAL(clino_run_read(path, NULL, &run, NULL, &e), CLINO_OK);
  if (!run) fprintf(stderr, "%s:%zu: %s\n", e.file, e.line, e.message);
  return run;
}

double held(const sink_format *format, double value) {
  float single;
  to_floats(1, &value, &single);
  return format->single ? (double)single : value;
}
