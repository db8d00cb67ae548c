#include "support/csv.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

clino_status read_sized(const char *text, size_t size, size_t chunk, clino_run **run, clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  memset(error, 0, sizeof *error);
  return clino_run_read_memory(text, size, "log.csv", &o, run, NULL, error);
}

clino_run *read_text(const char *text) {
  clino_run *run = NULL;
  clino_error error;
  clino_status status = read_sized(text, strlen(text), 262144, &run, &error);
  if (status) fprintf(stderr, "line %zu, byte %zu: %s\n", error.line, error.byte, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  return run;
}

static size_t append(char *out, size_t room, size_t used, const char *text) {
  size_t n = strlen(text);
  CU_ASSERT_TRUE_FATAL(used + n < room);
  memcpy(out + used, text, n + 1);
  return used + n;
}

void dump(const clino_run *run, char *out, size_t room) {
  char line[512];
  size_t used = 0;
  const char *value;
  *out = '\0';
  for (size_t i = 0; i < clino_run_attribute_count(run); i++) {
    const char *key = clino_run_attribute_at(run, i, &value);
    snprintf(line, sizeof line, "@%s=%s\n", key, value);
    used = append(out, room, used, line);
  }
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    const char *reason = clino_series_missing_reason(s);
    snprintf(line, sizeof line, "%s<%s missing %zu %s:", clino_series_name(s), clino_series_original(s),
             clino_series_missing(s), reason ? reason : "");
    used = append(out, room, used, line);
    const double *epochs = clino_axis_epochs(clino_series_axis(s)), *times = clino_axis_times(clino_series_axis(s));
    for (size_t k = 0; k < clino_series_count(s); k++) {
      size_t row = clino_series_row(s, k);
      uint64_t bits[3] = {0, 0, 0};
      memcpy(&bits[0], &clino_series_values(s)[k], 8);
      if (epochs) memcpy(&bits[1], &epochs[row], 8);
      if (times) memcpy(&bits[2], &times[row], 8);
      snprintf(line, sizeof line, " %zu/%lld/%llx/%llx/%llx", row, (long long)clino_series_step(s, k),
               (unsigned long long)bits[0], (unsigned long long)bits[1], (unsigned long long)bits[2]);
      used = append(out, room, used, line);
    }
    used = append(out, room, used, "\n");
  }
}

const clino_series *series(const clino_run *run, const char *name, size_t points) {
  const clino_series *s = clino_run_series(run, name);
  if (!s) fprintf(stderr, "no series %s\n", name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), points);
  return s;
}

void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  fputs(text, f);
  fclose(f);
}
