/* The layers of a watch: one monitor a tensor and purpose. Private to lib/watch. */
#ifndef CLINO_WATCH_WATCHED_H
#define CLINO_WATCH_WATCHED_H

#include "clino/statistics.h"
#include "clino/update_ratio.h"
#include "clino/watch.h"

/* A parameter tensor. Monitors are NULL where there is nothing to watch. */
typedef struct clino__watched_param {
  clino_dtype dtype;
  size_t n;
  const void *value, *grad;
  void *before;                 /* the values as they were when the last step was over */
  clino_statistics *values, *gradients;
  clino_update_ratio *update;
} clino__watched_param;

typedef struct clino__watched_layer {
  size_t n_params;
  clino__watched_param *params;
  const void *output;
  clino_dtype output_dtype;
  size_t rows, units;
  char *name;
  clino_activation *activation;
} clino__watched_layer;

/* share: that of the values which go into histograms at a look, one in so many; 0 for no histograms. */
clino_status clino__watched_layer_make(clino__watched_layer *layer, const char *name,
                                       const clino_watch_layer_spec *spec, size_t share, clino_error *error);
void clino__watched_layer_free(clino__watched_layer *layer);

/* Keeps the parameters as they are, for the difference that the next step makes. A look with_update does so too. */
void clino__watched_layer_copy(clino__watched_layer *layer);

/* Looks at everything and records it; with_update: a copy from the step before is there. */
clino_status clino__watched_layer_look(clino__watched_layer *layer, clino_run *run, int64_t step, bool with_update,
                                       bool histograms, clino_error *error);

#endif
