/* clino/sink.h - where the rows of a growing run go: a log that survives the process that writes it.
 *
 *   clino_sink_open_json("run.jsonl", &sink, &error);                  (clino/io.h)
 *   each row:   clino_run_append_row(run, sink, &error);               or clino_watch_options.sink
 *   at the end: clino_sink_close(sink, &error);
 *
 * Whoever can store a row is a sink: Clino's writers, or the caller's own, a struct with three functions.
 * Thread safety of this page: one thread at a time for one sink.
 */
#ifndef CLINO_SINK_H
#define CLINO_SINK_H

#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A picture, its pixels row by row from the top, channels together: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
typedef struct clino_image {
  size_t width, height, channels;
  const uint8_t *pixels;        /* width x height x channels */
} clino_image;

/* One row, all of it the caller's until append returns. */
typedef struct clino_run_row {
  int64_t step;                 /* CLINO_NO_STEP where unknown */
  double time;                  /* seconds; NaN where unknown */
  size_t n_values;
  const char *const *names;     /* of the scalars, canonical */
  const double *values;         /* any double is data */
  size_t n_histograms;
  const char *const *histogram_names;
  const clino_histogram *const *histograms;
  size_t n_images;
  const char *const *image_names;
  const clino_image *const *images;
} clino_run_row;

typedef struct clino_run_sink clino_run_sink;

/* The functions return a status and fill the error where it is not CLINO_OK; error may be NULL. They must return:
 * leaving by longjmp or a C++ exception is undefined. */
struct clino_run_sink {
  clino_status (*append)(clino_run_sink *sink, const clino_run_row *row, clino_error *error); /* returns once written */
  clino_status (*flush)(clino_run_sink *sink, clino_error *error);  /* to the disk itself; NULL: nothing to do */
  clino_status (*close)(clino_run_sink *sink, clino_error *error);  /* also frees the sink, whatever it returns */
};

/* Appends the last row of the run's own axis, with all the values and histograms that stand in it, to a sink; nothing
 * where there is no row. Images go by clino_sink_append_image: a run holds files, a row has pixels.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY, and those of the sink. The run is as before in any case, so that
 * training can go on. Linear in the series. */
CLINO_API clino_status clino_run_append_row(const clino_run *run, clino_run_sink *sink, clino_error *error);

/* Appends a row of one image, a layer's weights say, to a sink. name: "images/NAME", not NULL; step as in a row. A sink
 * of a format without images takes it and writes nothing.
 * Errors: CLINO_ERR_RANGE (a NULL), and those of the sink. */
CLINO_API clino_status clino_sink_append_image(clino_run_sink *sink, const char *name, int64_t step,
                                               const clino_image *image, clino_error *error);

/* Calls close, and frees the sink. NULL is allowed. Errors: those of the sink. */
CLINO_API clino_status clino_sink_close(clino_run_sink *sink, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
