/* clino/run.h - a training run in memory: named series over shared axes, and attributes.
 *
 * The first of Clino's two hubs. Monitors and readers fill a run; checks and writers read it. A run holds
 *   attributes  string to string: "loss", "classes", "task", "initial_loss", "dataset_size", "optimizer", ...
 *   axes        one a table: the rows' step and, where logged, epoch and time; shared by the table's columns
 *   series      a canonical name ("train/loss", "update_ratio/W1"), the name it had in the log, an axis, and points
 * A point is a number, a histogram or an image. A cell that was blank is missing: it is counted and is no point. A
 * literal nan or inf is data. Points keep the order in which they were logged, also where steps go back or repeat.
 *
 * Memory: 8 bytes a number and 8 a row and axis column; 4 more a number in series that have missing cells. The arrays
 * grow by half of themselves, so that at most a third of what is allocated is unused. Images take what their files do,
 * up to CLINO_RUN_IMAGE_BYTES in all.
 * Thread safety: a run may be used by one thread at a time (summaries are built on first use), different runs by
 * different threads. Pointers that a run hands out are valid until the run is freed; arrays until it next grows.
 */
#ifndef CLINO_RUN_H
#define CLINO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_run clino_run;
typedef struct clino_axis clino_axis;
typedef struct clino_series clino_series;

typedef enum clino_series_kind {
  CLINO_SERIES_SCALAR = 0,
  CLINO_SERIES_HISTOGRAM = 1,
  CLINO_SERIES_IMAGE = 2
} clino_series_kind;

/* A histogram: bins [edges[i], edges[i+1]) (the last one closed), and what lay outside them: nothing is lost. */
typedef struct clino_histogram {
  size_t n_bins;
  const double *edges;      /* n_bins + 1 ascending finite numbers */
  const uint64_t *counts;   /* n_bins */
  uint64_t below, above;    /* finite or infinite values under edges[0], over edges[n_bins] */
  uint64_t nans;
} clino_histogram;

/* An image as it was logged: a file in PNG, JPEG or GIF, found out from its first bytes. Nothing decodes it. */
typedef struct clino_image_file {
  const char *type;             /* "png", "jpeg" or "gif"; static storage */
  size_t width, height;         /* in pixels, as the file's head says; 1 or more */
  const void *bytes;
  size_t size;                  /* of the file, in bytes */
} clino_image_file;

/* What a run holds of images: a series so many, of all that were given the first, the last and others evenly between;
 * an image of at most so many bytes and pixels; all images of a run so many bytes. */
#define CLINO_SERIES_IMAGES 16
#define CLINO_IMAGE_BYTES ((size_t)4 << 20)
#define CLINO_IMAGE_PIXELS ((size_t)1 << 26)
#define CLINO_RUN_IMAGE_BYTES ((size_t)32 << 20)

/* Whether these bytes are an image in PNG, JPEG or GIF, by their first ones; *image, where image is not NULL, is then
 * set to it, its bytes those of the caller. bytes: NULL only for size 0. SVG is none. Whether the rest is whole is not
 * looked at. Cost: constant, for JPEG linear in its head. Thread safe.
 * Source: ISO/IEC 15948 (PNG), ITU-T T.81 annex B (JPEG), GIF89a specification, section 17 and 18. */
CLINO_API bool clino_image_file_look(const void *bytes, size_t size, clino_image_file *image);

/* ---- run and attributes ---- */

/* Makes an empty run in *run, freed by the caller with clino_run_free.
 * Errors: CLINO_ERR_MEMORY (*run is NULL), CLINO_ERR_RANGE (run is NULL). */
CLINO_API clino_status clino_run_new(clino_run **run, clino_error *error);

/* Frees a run and all that it holds. NULL is allowed. */
CLINO_API void clino_run_free(clino_run *run);

/* Sets an attribute (both strings are copied), replacing what it was; value NULL removes it.
 * Errors: CLINO_ERR_MEMORY (the run is as before), CLINO_ERR_RANGE (run NULL, key NULL or empty). Cost: linear in the
 * attributes. */
CLINO_API clino_status clino_run_set_attribute(clino_run *run, const char *key, const char *value, clino_error *error);

/* The value of an attribute, NULL where it is not set; valid until it is set again. */
CLINO_API const char *clino_run_attribute(const clino_run *run, const char *key);

/* The value of an attribute as a number, read in C form whatever the locale; NaN where it is unset or no number. */
CLINO_API double clino_run_attribute_number(const clino_run *run, const char *key);

/* How many attributes there are; 0 for NULL. */
CLINO_API size_t clino_run_attribute_count(const clino_run *run);

/* The key of the i-th attribute in the order of their keys, NULL past the end; its value in *value, where value is not
 * NULL. */
CLINO_API const char *clino_run_attribute_at(const clino_run *run, size_t i, const char **value);

/* ---- filling a run: row by row (readers) ---- */

/* Adds an axis without rows in *axis, owned by the run. name: of the table, copied; NULL where it has none.
 * Errors: CLINO_ERR_MEMORY (the run is as before), CLINO_ERR_RANGE (run or axis NULL). */
CLINO_API clino_status clino_run_add_axis(clino_run *run, const char *name, clino_axis **axis, clino_error *error);

/* Starts the next row of an axis. step is CLINO_NO_STEP where it is not known; epoch and time (seconds since the epoch
 * or the start) are NaN where not logged, and an axis on which neither was ever given stores neither.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (axis NULL, or full at 2^32 - 1 rows). */
CLINO_API clino_status clino_axis_add_row(clino_axis *axis, int64_t step, double epoch, double time,
                                          clino_error *error);

/* Replaces what clino_axis_add_row said of a row: for readers that learn late which column counts the steps.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (no such row). */
CLINO_API clino_status clino_axis_set_row(clino_axis *axis, size_t row, int64_t step, double epoch, double time,
                                          clino_error *error);

/* Adds a series on an axis of the same run. name, original: copied; original is the log's own name, NULL where there is
 * none but the canonical one. Two series of one name are allowed (merged logs); lookups give the first. *series, where
 * series is not NULL, is set to it.
 * Errors: CLINO_ERR_MEMORY (the run is as before), CLINO_ERR_RANGE (run or axis NULL, name NULL or empty, kind none of
 * the three). */
CLINO_API clino_status clino_run_add_series(clino_run *run, clino_axis *axis, const char *name, const char *original,
                                            clino_series_kind kind, clino_series **series, clino_error *error);

/* Sets the value of a scalar series in its axis's current (last) row; rows never set are missing. Any double is data,
 * NaN and infinities included.
 * Errors: CLINO_ERR_MEMORY (the series is as before), CLINO_ERR_RANGE (series NULL or not scalar, no row yet, already
 * set). */
CLINO_API clino_status clino_series_set(clino_series *series, double value, clino_error *error);

/* As clino_series_set, in any row from the series' last point on, SIZE_MAX for the last one of the axis: for values
 * that are known late. Errors as there, and CLINO_ERR_RANGE where there is no such row, or a later one was set. */
CLINO_API clino_status clino_series_set_row(clino_series *series, size_t row, double value, clino_error *error);

/* Sets the histogram of a histogram series in its axis's current row; edges and counts are copied. Errors as for
 * clino_series_set, and CLINO_ERR_RANGE where the histogram is NULL or has no bins, edges or counts, or where edges do
 * not ascend or are not finite. */
CLINO_API clino_status clino_series_set_histogram(clino_series *series, const clino_histogram *histogram,
                                                  clino_error *error);

/* As clino_series_set_histogram, in any row from the series' last point on, SIZE_MAX for the last one of the axis.
 * Errors as there, and CLINO_ERR_RANGE where there is no such row, or a later one was set. */
CLINO_API clino_status clino_series_set_histogram_row(clino_series *series, size_t row,
                                                      const clino_histogram *histogram, clino_error *error);

/* Adds an image, which is copied, to an image series, in any row from the series' last point on, SIZE_MAX for the last
 * one of the axis. bytes: size bytes that clino_image_file_look takes for an image. Of those given, the series holds
 * the first, the last and others evenly between, as many as CLINO_SERIES_IMAGES and the limits beside it allow; the
 * others are counted (clino_series_left_out), and the image given is, where it is too large, itself one of them.
 * Errors: those of clino_series_set_row, and CLINO_ERR_RANGE where this is no image. Cost: size, and seldom linear in
 * the series of the run. */
CLINO_API clino_status clino_series_set_image_row(clino_series *series, size_t row, const void *bytes, size_t size,
                                                  clino_error *error);

/* Counts n more images as given and not held: for readers that merge runs.
 * Errors: CLINO_ERR_RANGE (series NULL, or not one of images). */
CLINO_API clino_status clino_series_add_left_out(clino_series *series, uint64_t n, clino_error *error);

/* Takes a series out of its run and frees it; pointers to it are invalid from then on.
 * Errors: CLINO_ERR_RANGE (not a series of this run). Cost: that of a look-up for the series that was added last, else
 * linear in the number of series. */
CLINO_API clino_status clino_run_remove_series(clino_run *run, clino_series *series, clino_error *error);

/* Gives a series of a run another name, copied; its name in the log stays what it was. For readers that learn late what
 * a series is.
 * Errors: CLINO_ERR_MEMORY (the series is as before), CLINO_ERR_RANGE (run or series NULL, name NULL or empty). The
 * series must be one of this run. Cost: linear in the number of series. */
CLINO_API clino_status clino_run_rename_series(clino_run *run, clino_series *series, const char *name,
                                               clino_error *error);

/* Forgets all points of a series, which stays in the run and counts them as missing: for a column that turned out to
 * hold no numbers. reason as for clino_series_note_missing. Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (series NULL). */
CLINO_API clino_status clino_series_clear(clino_series *series, const char *reason, clino_error *error);

/* Notes why values of a series are missing; the first reason is kept; NULL notes nothing.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (series NULL). */
CLINO_API clino_status clino_series_note_missing(clino_series *series, const char *reason, clino_error *error);

/* ---- filling a run: value by value (monitors, training loops) ---- */

/* Adds one number to a series by name. A series that does not exist is made on the run's own axis (one for all series
 * made so); the row is the last one if it has the same step and no value of this series yet, else a new one.
 * Errors: CLINO_ERR_MEMORY (the row may be there, without the value), CLINO_ERR_RANGE (run NULL, name NULL or empty, or
 * the name of a histogram series). Cost: a hash look-up. */
CLINO_API clino_status clino_run_add(clino_run *run, const char *name, int64_t step, double value, clino_error *error);

/* Adds one histogram, which is copied, to a series by name, as clino_run_add does a number. Errors as there, and those
 * of clino_series_set_histogram. */
CLINO_API clino_status clino_run_add_histogram(clino_run *run, const char *name, int64_t step,
                                               const clino_histogram *histogram, clino_error *error);

/* Adds one image, which is copied, to a series by name ("images/NAME"), as clino_run_add does a number. Errors as
 * there, and those of clino_series_set_image_row. */
CLINO_API clino_status clino_run_add_image(clino_run *run, const char *name, int64_t step, const void *bytes,
                                           size_t size, clino_error *error);

/* Notes that a value of a series is missing at a step and why (a ratio whose denominator is 0, say); the series and the
 * row are made as clino_run_add makes them, the cell stays empty. The first reason is kept:
 * clino_series_missing_reason. Errors as for clino_run_add. */
CLINO_API clino_status clino_run_add_missing(clino_run *run, const char *name, int64_t step, const char *reason,
                                             clino_error *error);

/* ---- reading a run: at no cost, unless one is named; NULL gives 0, NULL or what stands for "none" ---- */

/* Axes, in the order in which they were added; NULL past the end. */
CLINO_API size_t clino_run_axis_count(const clino_run *run);
CLINO_API const clino_axis *clino_run_axis_at(const clino_run *run, size_t i);

/* Series, in the order in which they were added; NULL past the end. */
CLINO_API size_t clino_run_series_count(const clino_run *run);
CLINO_API const clino_series *clino_run_series_at(const clino_run *run, size_t i);

/* The first series of a canonical name, NULL where there is none. Cost: a hash look-up. */
CLINO_API const clino_series *clino_run_series(const clino_run *run, const char *name);

/* The smallest and the largest step over all axes (either pointer may be NULL); false and both CLINO_NO_STEP for a run
 * without rows. Rows whose step is CLINO_NO_STEP do not count. Cost: linear in the rows. */
CLINO_API bool clino_run_step_range(const clino_run *run, int64_t *first, int64_t *last);

/* An axis: its name (NULL where it has none), how many rows it has, and one value a row, in log order. Steps are NULL
 * without rows; epochs and times are NULL where never logged, and NaN in rows without. */
CLINO_API const char *clino_axis_name(const clino_axis *axis);
CLINO_API size_t clino_axis_rows(const clino_axis *axis);
CLINO_API const int64_t *clino_axis_steps(const clino_axis *axis);
CLINO_API const double *clino_axis_epochs(const clino_axis *axis);
CLINO_API const double *clino_axis_times(const clino_axis *axis);

/* A series: its canonical name, its name in the log (the canonical one where it has none), its kind (SCALAR for NULL)
 * and its axis. */
CLINO_API const char *clino_series_name(const clino_series *series);
CLINO_API const char *clino_series_original(const clino_series *series);
CLINO_API clino_series_kind clino_series_get_kind(const clino_series *series);
CLINO_API const clino_axis *clino_series_axis(const clino_series *series);

/* How many points a series has (cells that are not missing), how many rows of its axis are without one, and why (NULL
 * where no reason was given). Rows whose image is not held do not count as missing. */
CLINO_API size_t clino_series_count(const clino_series *series);
CLINO_API size_t clino_series_missing(const clino_series *series);
CLINO_API const char *clino_series_missing_reason(const clino_series *series);

/* The numbers of a scalar series, as many as it has points; NULL where it has none, or is not scalar. */
CLINO_API const double *clino_series_values(const clino_series *series);

/* The histogram of the i-th point; NULL past the end, and where the series holds none. */
CLINO_API const clino_histogram *clino_series_histogram(const clino_series *series, size_t i);

/* The image of the i-th point; NULL past the end, and where the series holds none. Valid until the run's next image. */
CLINO_API const clino_image_file *clino_series_image(const clino_series *series, size_t i);

/* How many images were given to a series and are not held. */
CLINO_API uint64_t clino_series_left_out(const clino_series *series);

/* Where the i-th point stands: its row on the axis (SIZE_MAX past the end), and the step of that row (CLINO_NO_STEP
 * past the end). */
CLINO_API size_t clino_series_row(const clino_series *series, size_t i);
CLINO_API int64_t clino_series_step(const clino_series *series, size_t i);

/* ---- summaries: what checks look at ---- */

/* A bucket: consecutive points of a scalar series. Its statistics are over its finite points, NaN without any. */
typedef struct clino_bucket {
  size_t first, count;             /* index of its first point; how many */
  int64_t first_step, last_step;   /* steps of its first and last point, in log order */
  size_t nonfinite;                /* of count */
  double min, max, mean, median;
} clino_bucket;

typedef struct clino_summary {
  size_t n_buckets;                /* at most 4096; min(count, 4096) */
  const clino_bucket *buckets;     /* in log order, sizes differing by at most one; owned by the series */
  size_t nonfinite;                /* over all points */
  double min, max, mean;           /* over all finite points; NaN where there are none */
} clino_summary;

/* The summary of a scalar series, built in one pass over its points and kept until the series grows, so that all checks
 * share it. *summary is filled; its buckets belong to the series.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL, or a series that is not scalar). Cost: linear in the points,
 * once. Not safe for several threads on one run. */
CLINO_API clino_status clino_series_summary(const clino_series *series, clino_summary *summary, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
