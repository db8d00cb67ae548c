/* What a reader left out or mended, in an attribute of the run. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "io/reader.h"

clino_status clino__reading_note(const clino__reading *reading, clino_error *error, const char *format, ...) {
  char sentence[512];
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  const char *before = clino_run_attribute(reading->run, CLINO__ATTRIBUTE_NOTES);
  if (before && strstr(before, sentence)) return CLINO_OK;
  clino__text text = CLINO__TEXT_EMPTY;
  if (before) clino__text_addf(&text, "%s; ", before);
  clino__text_add(&text, sentence);
  clino_status status = text.failed ? clino__fail_memory(error, "a note")
                                    : clino_run_set_attribute(reading->run, CLINO__ATTRIBUTE_NOTES,
                                                              clino__text_string(&text), error);
  clino__text_free(&text);
  return status;
}
