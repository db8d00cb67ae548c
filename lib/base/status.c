/* Status codes and errors as text. */
#include "clino/status.h"

#include <stdio.h>

const char *clino_status_message(clino_status status) {
  switch (status) {
#define CASE(name, code, message) \
  case name:                      \
    return message;
    CLINO_STATUS_LIST(CASE)
#undef CASE
  }
  return "unknown status";
}

const char *clino_version(void) { return CLINO_VERSION; }

size_t clino_error_describe(const clino_error *error, char *text, size_t size) {
  char line[32] = "", byte[40] = "";
  if (!error) {
    if (size) text[0] = '\0';
    return 0;
  }
  if (error->file[0] && error->line) snprintf(line, sizeof line, ":%zu", error->line);
  if (error->file[0] && error->byte) snprintf(byte, sizeof byte, " (byte %zu)", error->byte);
  const char *message = error->message[0] ? error->message : clino_status_message(error->code);
  int n = snprintf(text, size, "%s%s%s%s%s", error->file, line, error->file[0] ? ": " : "", message, byte);
  return n < 0 ? 0 : (size_t)n;
}
