/* What merging asks of its two monitors, whatever they watch. */
#ifndef CLINO_MONITOR_MERGE_H
#define CLINO_MONITOR_MERGE_H

#include "base/error.h"

/* CLINO_ERR_RANGE where either is NULL, or both are the same. */
static inline clino_status clino__check_merge(const void *monitor, const void *other, const char *function,
                                              clino_error *error) {
  if (!monitor || !other) return clino__fail(error, CLINO_ERR_RANGE, "%s: a monitor is NULL", function);
  if (monitor != other) return CLINO_OK;
  return clino__fail(error, CLINO_ERR_RANGE, "%s: a monitor cannot be merged into itself", function);
}

#endif
