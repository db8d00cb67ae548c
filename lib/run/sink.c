/* The last row of a run, for a sink. */
#include "clino/sink.h"

#include <math.h>
#include <stdlib.h>

#include "run/model.h"

/* The series with a point in the last row of the run's own axis, sorted into scalars and histograms. Room for all. */
static void gather(const clino_run *run, size_t last, const char **names, double *values, const char **histogram_names,
                   const clino_histogram **histograms, clino_run_row *row) {
  for (size_t i = 0; i < run->n_series; i++) {
    const clino_series *s = run->series[i];
    const size_t point = clino_series_count(s);
    if (clino_series_axis(s) != run->own || !point || clino_series_row(s, point - 1) != last) continue;
    if (clino_series_get_kind(s) == CLINO_SERIES_SCALAR) {
      names[row->n_values] = clino_series_name(s);
      values[row->n_values++] = clino_series_values(s)[point - 1];
    } else if (clino_series_get_kind(s) == CLINO_SERIES_HISTOGRAM) {
      histogram_names[row->n_histograms] = clino_series_name(s);
      histograms[row->n_histograms++] = clino_series_histogram(s, point - 1);
    }
  }
}

clino_status clino_run_append_row(const clino_run *run, clino_run_sink *sink, clino_error *error) {
  if (!run || !sink || !sink->append)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_run_append_row: an argument is NULL");
  if (!run->own || !clino_axis_rows(run->own)) return CLINO_OK;
  const size_t last = clino_axis_rows(run->own) - 1, room = run->n_series + 1;
  const double *times = clino_axis_times(run->own);
  clino_run_row row = {.step = clino_axis_steps(run->own)[last], .time = times ? times[last] : NAN};
  const char **names = calloc(room, sizeof *names), **histogram_names = calloc(room, sizeof *histogram_names);
  const clino_histogram **histograms = calloc(room, sizeof *histograms);
  double *values = calloc(room, sizeof *values);
  clino_status status = CLINO_ERR_MEMORY;
  if (names && histogram_names && histograms && values) {
    gather(run, last, names, values, histogram_names, histograms, &row);
    row.names = names;
    row.values = values;
    row.histogram_names = histogram_names;
    row.histograms = histograms;
    status = sink->append(sink, &row, error);
  } else {
    clino__fail_memory(error, "a row");
  }
  free((void *)names);
  free((void *)histogram_names);
  free((void *)histograms);
  free(values);
  return status;
}

clino_status clino_sink_append_image(clino_run_sink *sink, const char *name, int64_t step, const clino_image *image,
                                     clino_error *error) {
  if (!sink || !sink->append || !name || !image)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_sink_append_image: an argument is NULL");
  clino_run_row row = {.step = step, .time = NAN, .n_images = 1, .image_names = &name, .images = &image};
  return sink->append(sink, &row, error);
}

clino_status clino_sink_close(clino_run_sink *sink, clino_error *error) {
  return sink && sink->close ? sink->close(sink, error) : CLINO_OK;
}
