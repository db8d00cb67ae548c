/* Series: the points of one column. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "run/model.h"

clino_status clino__series_new(clino_axis *axis, const char *name, const char *original, clino_series_kind kind,
                               clino_series **series, clino_error *error) {
  clino_series *s = calloc(1, sizeof *s);
  if (s) {
    s->axis = axis;
    s->kind = kind;
    s->name = clino__strdup(name);
    s->original = clino__strdup(original);
    s->cache = calloc(1, sizeof *s->cache);
  }
  if (!s || !s->name || (original && !s->original) || !s->cache) {
    clino__series_free(s);
    return clino__fail_memory(error, "a series");
  }
  *series = s;
  return CLINO_OK;
}

static void free_points(clino_series *series) {
  if (series->histograms)
    for (size_t i = 0; i < series->count; i++) free((void *)series->histograms[i].edges);
  clino__gallery_free(series);
  free(series->histograms);
  free(series->values);
  free(series->rows);
  series->histograms = NULL;
  series->values = NULL;
  series->rows = NULL;
  series->count = series->capacity = series->rows_capacity = 0;
}

void clino__series_free(clino_series *series) {
  if (!series) return;
  free_points(series);
  if (series->cache) free(series->cache->buckets);
  free(series->cache);
  free(series->name);
  free(series->original);
  free(series->missing_reason);
  free(series);
}

bool clino__series_set_in(const clino_series *series, size_t row) {
  return series->count && clino_series_row(series, series->count - 1) == row;
}

const char *clino__series_kind_name(clino_series_kind kind) {
  return kind == CLINO_SERIES_SCALAR ? "numbers" : kind == CLINO_SERIES_HISTOGRAM ? "histograms" : "images";
}

clino_status clino__series_check_row(const clino_series *series, clino_series_kind kind, size_t *row,
                                     clino_error *error) {
  if (!series || series->kind != kind)
    return clino__fail(error, CLINO_ERR_RANGE, "series '%s' holds no %s", series ? series->name : "(NULL)",
                       clino__series_kind_name(kind));
  size_t rows = series->axis->rows;
  if (!rows) return clino__fail(error, CLINO_ERR_RANGE, "series '%s': its axis has no row yet", series->name);
  if (*row == SIZE_MAX) *row = rows - 1;
  if (*row >= rows || (series->count && clino_series_row(series, series->count - 1) > *row))
    return clino__fail(error, CLINO_ERR_RANGE, "series '%s': row %zu is none, or one before its last", series->name,
                       *row);
  if (clino__series_set_in(series, *row))
    return clino__fail(error, CLINO_ERR_RANGE, "series '%s' already has a value in this row", series->name);
  return CLINO_OK;
}

/* Room for one more point in a row, SIZE_MAX for the axis's last one, and its row number where one is needed. */
static clino_status prepare_point(clino_series *series, clino_series_kind kind, size_t row, clino_error *error) {
  clino_status status = clino__series_check_row(series, kind, &row, error);
  if (status) return status;
  void *points = kind == CLINO_SERIES_SCALAR ? (void *)series->values : (void *)series->histograms;
  size_t size = kind == CLINO_SERIES_SCALAR ? sizeof *series->values : sizeof *series->histograms;
  points = clino__run_grow(points, &series->capacity, series->count, size);
  if (!points) return clino__fail_memory(error, "a point");
  if (kind == CLINO_SERIES_SCALAR) series->values = points;
  else series->histograms = points;
  if (!series->rows && row == series->count) return CLINO_OK;
  bool first = !series->rows;
  if (first) series->rows_capacity = series->count;
  uint32_t *numbers = clino__run_grow(series->rows, &series->rows_capacity, series->count, sizeof *numbers);
  if (!numbers) return clino__fail_memory(error, "a point");
  series->rows = numbers;
  for (size_t i = 0; first && i < series->count; i++) numbers[i] = (uint32_t)i;
  numbers[series->count] = (uint32_t)row;
  return CLINO_OK;
}

clino_status clino_series_set_row(clino_series *series, size_t row, double value, clino_error *error) {
  clino_status status = prepare_point(series, CLINO_SERIES_SCALAR, row, error);
  if (status) return status;
  series->values[series->count++] = value;
  if (series->cache->built) clino__summary_forget(series);
  return CLINO_OK;
}

clino_status clino_series_set(clino_series *series, double value, clino_error *error) {
  return clino_series_set_row(series, SIZE_MAX, value, error);
}

clino_status clino__histogram_check(const clino_histogram *histogram, clino_error *error) {
  if (!histogram || !histogram->n_bins || !histogram->edges || !histogram->counts)
    return clino__fail(error, CLINO_ERR_RANGE, "a histogram needs bins, edges and counts");
  for (size_t i = 0; i <= histogram->n_bins; i++)
    if (!isfinite(histogram->edges[i]) || (i && !(histogram->edges[i] > histogram->edges[i - 1])))
      return clino__fail(error, CLINO_ERR_RANGE, "the edges of a histogram must be finite and ascend (edge %zu)", i);
  return CLINO_OK;
}

clino_status clino_series_set_histogram_row(clino_series *series, size_t row, const clino_histogram *histogram,
                                            clino_error *error) {
  clino_status status = clino__histogram_check(histogram, error);
  if (!status) status = prepare_point(series, CLINO_SERIES_HISTOGRAM, row, error);
  if (status) return status;
  size_t n = histogram->n_bins, edges = (n + 1) * sizeof(double), counts = n * sizeof(uint64_t);
  char *block = n < SIZE_MAX / 32 ? malloc(edges + counts) : NULL;
  if (!block) return clino__fail_memory(error, "a histogram");
  memcpy(block, histogram->edges, edges);
  memcpy(block + edges, histogram->counts, counts);
  clino_histogram *to = &series->histograms[series->count++];
  *to = *histogram;
  to->edges = (const double *)(void *)block;
  to->counts = (const uint64_t *)(void *)(block + edges);
  return CLINO_OK;
}

clino_status clino_series_set_histogram(clino_series *series, const clino_histogram *histogram, clino_error *error) {
  return clino_series_set_histogram_row(series, SIZE_MAX, histogram, error);
}

clino_status clino_series_note_missing(clino_series *series, const char *reason, clino_error *error) {
  if (!series) return clino__fail(error, CLINO_ERR_RANGE, "clino_series_note_missing: series is NULL");
  if (series->missing_reason || !reason) return CLINO_OK;
  series->missing_reason = clino__strdup(reason);
  return series->missing_reason ? CLINO_OK : clino__fail_memory(error, "a reason");
}

clino_status clino_series_clear(clino_series *series, const char *reason, clino_error *error) {
  if (!series) return clino__fail(error, CLINO_ERR_RANGE, "clino_series_clear: series is NULL");
  free_points(series);
  clino__summary_forget(series);
  return clino_series_note_missing(series, reason, error);
}

const char *clino_series_name(const clino_series *series) { return series ? series->name : NULL; }

const char *clino_series_original(const clino_series *series) {
  return !series ? NULL : series->original ? series->original : series->name;
}

clino_series_kind clino_series_get_kind(const clino_series *series) {
  return series ? series->kind : CLINO_SERIES_SCALAR;
}

const clino_axis *clino_series_axis(const clino_series *series) { return series ? series->axis : NULL; }
size_t clino_series_count(const clino_series *series) { return series ? series->count : 0; }

size_t clino_series_missing(const clino_series *series) {
  if (!series) return 0;
  size_t without = series->axis->rows - series->count;
  uint64_t left_out = clino_series_left_out(series);
  return left_out < without ? without - (size_t)left_out : 0;
}

const char *clino_series_missing_reason(const clino_series *series) { return series ? series->missing_reason : NULL; }

const double *clino_series_values(const clino_series *series) {
  return series && series->count ? series->values : NULL;
}

size_t clino_series_row(const clino_series *series, size_t i) {
  if (!series || i >= series->count) return SIZE_MAX;
  return series->rows ? series->rows[i] : i;
}

int64_t clino_series_step(const clino_series *series, size_t i) {
  size_t row = clino_series_row(series, i);
  return row == SIZE_MAX ? CLINO_NO_STEP : series->axis->steps[row];
}

const clino_histogram *clino_series_histogram(const clino_series *series, size_t i) {
  return series && series->kind == CLINO_SERIES_HISTOGRAM && i < series->count ? &series->histograms[i] : NULL;
}
