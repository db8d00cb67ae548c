/* The one way in which the library fills a clino_error. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

clino_status clino__fail(clino_error *error, clino_status code, const char *format, ...) {
  if (!error) return code;
  memset(error, 0, sizeof *error);
  error->code = code;
  va_list args;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  for (char *p = error->message; *p; p++)
    if ((unsigned char)*p < 0x20) *p = ' ';
  return code;
}

clino_status clino__fail_memory(clino_error *error, const char *what) {
  return clino__fail(error, CLINO_ERR_MEMORY, "out of memory for %s", what);
}

clino_status clino__fail_callback(clino_error *error, const char *which, int value) {
  clino__fail(error, CLINO_ERR_CALLBACK, "the %s callback returned %d", which, value);
  if (error) error->callback_value = value;
  return CLINO_ERR_CALLBACK;
}

clino_status clino__check_struct(size_t struct_size, size_t size, const char *name, clino_error *error) {
  if (struct_size == size) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "%s: start from %s_default()", name, name);
}

clino_status clino__fail_field(clino_error *error, const char *structure, const char *field, double value,
                               const char *range) {
  char text[CLINO__NUMBER_SIZE];
  clino__number_text(text, value);
  return clino__fail(error, CLINO_ERR_RANGE, "%s.%s is %s, not %s", structure, field, text, range);
}

void clino__error_at(clino_error *error, const char *file, size_t line, size_t byte) {
  if (!error) return;
  size_t length = file ? strlen(file) : 0, room = sizeof error->file - 1;
  const char *from = length > room ? file + (length - room) : file;
  memcpy(error->file, from ? from : "", length > room ? room : length);
  error->file[length > room ? room : length] = '\0';
  error->line = line;
  error->byte = byte;
}
