#include "io/sink_name.h"

#include <string.h>

#include "io/cell.h"

clino_status clino__check_sink_name(const char *name, clino_error *error) {
  if (!name || !*name) return clino__fail(error, CLINO_ERR_RANGE, "a series of a row has no name");
  if (clino__is_utf8(name, strlen(name))) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "the name of a series is not UTF-8: it cannot be written");
}
