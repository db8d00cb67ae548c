/* The layers of a watch: one monitor a tensor and purpose. Private to lib/watch. */
#ifndef CLINO_WATCH_WATCHED_H
#define CLINO_WATCH_WATCHED_H

#include "clino/ranks.h"
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
  char *whats[2];               /* "the values of P", "the gradients of P" */
  uint64_t marks[2];            /* of the last look, where they are alike in all ranks */
} clino__watched_param;

typedef struct clino__watched_layer {
  size_t n_params;
  clino__watched_param *params;
  const void *output;
  clino_dtype output_dtype;
  size_t rows, units;
  uint64_t looks;
  char *name;
  clino_activation *activation;
  bool shards;
  size_t room_size;             /* for the state of the largest monitor, while the others' are in it */
  void *room;
} clino__watched_layer;

/* share: that of the values which go into histograms at a look, one in so many; 0 for no histograms. */
clino_status clino__watched_layer_make(clino__watched_layer *layer, const char *name,
                                       const clino_watch_layer_spec *spec, size_t share, clino_error *error);
void clino__watched_layer_free(clino__watched_layer *layer);

/* Keeps the parameters as they are, for the difference that the next step makes. A look with_update does so too. */
void clino__watched_layer_copy(clino__watched_layer *layer);

/* A look: what it is recorded into, and how. */
typedef struct clino__look {
  clino_run *run;
  int64_t step;
  bool with_update;             /* a copy from the step before is there */
  bool histograms;
  const clino_ranks *ranks;     /* NULL: this process is the whole job */
} clino__look;

/* Looks at everything and records it. */
clino_status clino__watched_layer_look(clino__watched_layer *layer, const clino__look *look, clino_error *error);

/* Room for the states of its monitors. Errors: CLINO_ERR_MEMORY. */
clino_status clino__watched_layer_join(clino__watched_layer *layer, const char *name,
                                       const clino_watch_layer_spec *spec, clino_error *error);

#endif
