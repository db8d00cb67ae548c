#include "support/same_run.h"

#include <string.h>

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

static bool same_rows(const clino_axis *a, const clino_axis *b) {
  size_t n = clino_axis_rows(a);
  const double *at[2] = {clino_axis_epochs(a), clino_axis_times(a)};
  const double *bt[2] = {clino_axis_epochs(b), clino_axis_times(b)};
  if (n != clino_axis_rows(b) || !at[0] != !bt[0] || !at[1] != !bt[1]) return false;
  for (size_t i = 0; i < n; i++) {
    if (clino_axis_steps(a)[i] != clino_axis_steps(b)[i]) return false;
    for (int k = 0; k < 2; k++)
      if (at[k] && !same_bits(at[k][i], bt[k][i])) return false;
  }
  return true;
}

static bool same_histograms(const clino_histogram *a, const clino_histogram *b) {
  return a->n_bins == b->n_bins && a->below == b->below && a->above == b->above && a->nans == b->nans &&
         memcmp(a->edges, b->edges, (a->n_bins + 1) * sizeof *a->edges) == 0 &&
         memcmp(a->counts, b->counts, a->n_bins * sizeof *a->counts) == 0;
}

static bool same_images(const clino_image_file *a, const clino_image_file *b) {
  return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Points at i, of series of one kind. */
static bool same_points(const clino_series *a, const clino_series *b, size_t i) {
  switch (clino_series_get_kind(a)) {
    case CLINO_SERIES_SCALAR: return same_bits(clino_series_values(a)[i], clino_series_values(b)[i]);
    case CLINO_SERIES_HISTOGRAM: return same_histograms(clino_series_histogram(a, i), clino_series_histogram(b, i));
    default: return same_images(clino_series_image(a, i), clino_series_image(b, i));
  }
}

static bool same_series(const clino_series *a, const clino_series *b) {
  size_t n = clino_series_count(a);
  if (!same_text(clino_series_name(a), clino_series_name(b)) || n != clino_series_count(b) ||
      !same_text(clino_series_original(a), clino_series_original(b)) ||
      clino_series_get_kind(a) != clino_series_get_kind(b) ||
      !same_text(clino_series_missing_reason(a), clino_series_missing_reason(b)) ||
      clino_series_left_out(a) != clino_series_left_out(b) ||
      !same_rows(clino_series_axis(a), clino_series_axis(b)))
    return false;
  for (size_t i = 0; i < n; i++) {
    if (clino_series_row(a, i) != clino_series_row(b, i)) return false;
    if (!same_points(a, b, i)) return false;
  }
  return true;
}

bool same_runs(const clino_run *a, const clino_run *b) {
  if (clino_run_attribute_count(a) != clino_run_attribute_count(b) ||
      clino_run_series_count(a) != clino_run_series_count(b))
    return false;
  for (size_t i = 0; i < clino_run_attribute_count(a); i++) {
    const char *x, *y;
    if (!same_text(clino_run_attribute_at(a, i, &x), clino_run_attribute_at(b, i, &y)) || !same_text(x, y))
      return false;
  }
  for (size_t i = 0; i < clino_run_series_count(a); i++)
    if (!same_series(clino_run_series_at(a, i), clino_run_series_at(b, i))) return false;
  return true;
}
