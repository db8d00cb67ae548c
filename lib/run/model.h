/* The run in memory. Private to lib/run.
 *
 * An axis holds one growing column of steps, and columns of epochs and times only once one was given. A series holds
 * its present values without gaps; the rows that they stand in are stored only from its first missing cell on, since
 * before that the i-th point stands in row i. Names are found through an open-addressing hash table. */
#ifndef CLINO_RUN_MODEL_H
#define CLINO_RUN_MODEL_H

#include "base/error.h"
#include "clino/run.h"

struct clino_axis {
  clino_run *run;
  char *name;
  int64_t *steps;
  double *epochs, *times; /* NULL until one is given */
  size_t rows, capacity;
  uint64_t changes; /* how often a row was replaced: a summary built before is stale */
};

/* What is known of a series' summary; the series points to it, so that a const series can build it on first use. */
typedef struct clino__summary_cache {
  clino_summary summary;
  clino_bucket *buckets; /* NULL until built */
  uint64_t changes;      /* of the axis when it was built */
  bool built;
} clino__summary_cache;

/* The images of a series: of those given every stride-th, and the last one (image.c). */
typedef struct clino__gallery {
  clino_image_file held[CLINO_SERIES_IMAGES]; /* as many as the series has points; bytes are the gallery's own */
  uint64_t numbers[CLINO_SERIES_IMAGES];      /* of all that were taken, from 0 */
  uint64_t taken, stride, left_out;           /* left_out: also those that were too large to be taken */
  size_t bytes;                               /* of those held */
} clino__gallery;

struct clino_series {
  char *name, *original, *missing_reason; /* original and missing_reason may be NULL */
  clino_axis *axis;
  clino_series_kind kind;
  double *values;               /* of a scalar series */
  clino_histogram *histograms;  /* of a histogram series; edges and counts of each in one block, at edges */
  clino__gallery *gallery;      /* of an image series; NULL until it was given one */
  uint32_t *rows;               /* NULL while the i-th point stands in row i */
  size_t count, capacity, rows_capacity;
  clino__summary_cache *cache;
};

typedef struct clino__attribute {
  char *key, *value;
} clino__attribute;

struct clino_run {
  clino__attribute *attributes; /* in the order of their keys */
  size_t n_attributes, attributes_capacity;
  clino_axis **axes;
  size_t n_axes, axes_capacity;
  clino_axis *own; /* the axis of clino_run_add; NULL until it is needed */
  clino_series **series;
  size_t n_series, series_capacity;
  uint32_t *slots; /* hash table: index of the first series of a name, plus 1; 0 is empty */
  size_t n_slots;  /* a power of two, more than twice n_series; 0 at first */
  size_t image_bytes; /* of all images that are held */
};

/* Room for at least one more element: a capacity that grows by half keeps the unused part of long columns small. NULL
 * where memory is out; then the old array stands. */
void *clino__run_grow(void *array, size_t *capacity, size_t count, size_t element_size);

void clino__axis_free(clino_axis *axis);
void clino__series_free(clino_series *series);
clino_status clino__series_new(clino_axis *axis, const char *name, const char *original, clino_series_kind kind,
                               clino_series **series, clino_error *error);

/* Makes sure that a series of that kind can take a point in *row, SIZE_MAX for the axis's last one, whose number is put
 * there. CLINO_ERR_RANGE. */
clino_status clino__series_check_row(const clino_series *series, clino_series_kind kind, size_t *row,
                                     clino_error *error);

/* "histograms" */
const char *clino__series_kind_name(clino_series_kind kind);

/* CLINO_ERR_RANGE where these bytes are no image. */
clino_status clino__image_check(const void *bytes, size_t size, clino_error *error);

void clino__gallery_free(clino_series *series);

/* Whether the series has a point in row. */
bool clino__series_set_in(const clino_series *series, size_t row);

/* CLINO_ERR_RANGE where a histogram is none. */
clino_status clino__histogram_check(const clino_histogram *histogram, clino_error *error);

/* Forgets the summary, because the series changed. */
void clino__summary_forget(clino_series *series);

#endif
