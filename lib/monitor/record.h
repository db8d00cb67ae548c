/* Writing a monitor's numbers into a run under the names PREFIX/NAME. */
#ifndef CLINO_MONITOR_RECORD_H
#define CLINO_MONITOR_RECORD_H

#include "base/error.h"
#include "clino/run.h"
#include "monitor/bins.h"

/* Where the numbers go. The first failure is kept, and later calls do nothing, so that one look at status at the end is
 * enough. */
typedef struct clino__recorder {
  clino_run *run;
  const char *name; /* NULL or "": the prefix alone is the series' name */
  int64_t step;
  clino_status status;
  clino_error *error;
} clino__recorder;

void clino__record_value(clino__recorder *to, const char *prefix, double value);
void clino__record_missing(clino__recorder *to, const char *prefix, const char *reason);

/* The value, or, where there is a reason why there is none, that. */
void clino__record(clino__recorder *to, const char *prefix, double value, const char *missing);

void clino__record_histogram(clino__recorder *to, const char *prefix, const clino_histogram *histogram);

/* The bins, joined where they are octaves. */
void clino__record_bins(clino__recorder *to, const char *prefix, const clino__bins *bins);

#endif
