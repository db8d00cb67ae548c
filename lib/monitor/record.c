#include "monitor/record.h"

#include <stdlib.h>

#include "base/text.h"

/* PREFIX/NAME in *text, which the caller frees; NULL after a failure, now or before. */
static const char *series_name(clino__recorder *to, const char *prefix, clino__text *text) {
  if (to->status != CLINO_OK) return NULL;
  clino__text_add(text, prefix);
  if (to->name && *to->name) {
    clino__text_add(text, "/");
    clino__text_add(text, to->name);
  }
  if (!text->failed) return clino__text_string(text);
  to->status = clino__fail_memory(to->error, "the name of a series");
  return NULL;
}

void clino__record_value(clino__recorder *to, const char *prefix, double value) {
  clino__text text = CLINO__TEXT_EMPTY;
  const char *name = series_name(to, prefix, &text);
  if (name) to->status = clino_run_add(to->run, name, to->step, value, to->error);
  clino__text_free(&text);
}

void clino__record_missing(clino__recorder *to, const char *prefix, const char *reason) {
  clino__text text = CLINO__TEXT_EMPTY;
  const char *name = series_name(to, prefix, &text);
  if (name) to->status = clino_run_add_missing(to->run, name, to->step, reason, to->error);
  clino__text_free(&text);
}

void clino__record(clino__recorder *to, const char *prefix, double value, const char *missing) {
  if (missing) clino__record_missing(to, prefix, missing);
  else clino__record_value(to, prefix, value);
}

void clino__record_histogram(clino__recorder *to, const char *prefix, const clino_histogram *histogram) {
  clino__text text = CLINO__TEXT_EMPTY;
  const char *name = series_name(to, prefix, &text);
  if (name) to->status = clino_run_add_histogram(to->run, name, to->step, histogram, to->error);
  clino__text_free(&text);
}

void clino__record_bins(clino__recorder *to, const char *prefix, const clino__bins *bins) {
  if (to->status != CLINO_OK) return;
  double *edges = malloc((bins->n + 1) * sizeof *edges);
  uint64_t *counts = malloc(bins->n * sizeof *counts);
  if (edges && counts) {
    clino_histogram h = bins->octaves ? clino__bins_join(bins, edges, counts) : clino__bins_view(bins);
    clino__record_histogram(to, prefix, &h);
  } else {
    to->status = clino__fail_memory(to->error, "a histogram");
  }
  free(edges);
  free(counts);
}
