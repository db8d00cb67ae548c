/* The summary of a series: at most 4096 buckets of consecutive points, in one pass, the median of each by selection on
 * a scratch copy of its finite points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/robust.h"
#include "base/sum.h"
#include "run/model.h"

static void forget(clino__summary_cache *cache) {
  free(cache->buckets);
  memset(cache, 0, sizeof *cache);
}

/* The mean of the n finite ones among count values from their sum. A sum can overflow where the mean does not: then
 * every term is divided first. */
static double mean_of(const clino__sum *sum, const double *values, size_t count, size_t n) {
  if (!n) return NAN;
  double total = clino__sum_value(sum);
  if (isfinite(total)) return total / (double)n;
  clino__sum scaled = {0, 0};
  for (size_t i = 0; i < count; i++)
    if (isfinite(values[i])) clino__sum_add(&scaled, values[i] / (double)n);
  return clino__sum_value(&scaled);
}

/* Fills one bucket from its values; total gains its finite ones; scratch has room for them. */
static void fill_bucket(clino_bucket *b, const double *values, double *scratch, clino__sum *total) {
  clino__extent e = clino__extent_of(values, b->count);
  clino__sum sum = {0, 0};
  size_t n = b->count;
  if (e.nonfinite) {
    n = 0;
    for (size_t i = 0; i < b->count; i++)
      if (isfinite(values[i])) scratch[n++] = values[i];
    for (size_t i = 0; i < n; i++) clino__sum_add(&sum, scratch[i]);
    b->median = clino__median(scratch, n);
  } else {
    for (size_t i = 0; i < n; i++) clino__sum_add(&sum, values[i]);
    b->median = clino__median_within(values, n, e.min, e.max, scratch);
  }
  clino__sum_add(total, sum.sum);
  clino__sum_add(total, sum.carry);
  b->nonfinite = e.nonfinite;
  b->min = e.min;
  b->max = e.max;
  b->mean = mean_of(&sum, values, b->count, n);
}

static void fill_summary(clino_summary *s, clino_bucket *buckets, const clino_series *series, double *scratch) {
  uint64_t count = series->count, n = s->n_buckets;
  clino__sum total = {0, 0};
  for (uint64_t i = 0; i < n; i++) {
    clino_bucket *b = &buckets[i];
    b->first = (size_t)(i * count / n);
    b->count = (size_t)((i + 1) * count / n) - b->first;
    b->first_step = clino_series_step(series, b->first);
    b->last_step = clino_series_step(series, b->first + b->count - 1);
    fill_bucket(b, series->values + b->first, scratch, &total);
    s->nonfinite += b->nonfinite;
    if (!(b->min >= s->min)) s->min = isnan(b->min) ? s->min : b->min;
    if (!(b->max <= s->max)) s->max = isnan(b->max) ? s->max : b->max;
  }
  s->mean = mean_of(&total, series->values, series->count, series->count - s->nonfinite);
}

static clino_status build(const clino_series *series, clino__summary_cache *cache, clino_error *error) {
  size_t n = series->count < CLINO_SUMMARY_BUCKETS ? series->count : CLINO_SUMMARY_BUCKETS;
  clino_summary s = {.n_buckets = n, .nonfinite = 0, .min = NAN, .max = NAN, .mean = NAN};
  if (n) {
    clino_bucket *buckets = malloc(n * sizeof *buckets);
    double *scratch = malloc((series->count / n + 1) * sizeof *scratch);
    if (buckets && scratch) fill_summary(&s, buckets, series, scratch);
    free(scratch);
    if (!buckets || !scratch) {
      free(buckets);
      return clino__fail_memory(error, "a summary");
    }
    s.buckets = cache->buckets = buckets;
  }
  cache->summary = s;
  cache->changes = series->axis->changes;
  cache->built = true;
  return CLINO_OK;
}

bool clino_series_has_summary(const clino_series *series) {
  return series && series->cache->built && series->cache->changes == series->axis->changes;
}

void clino_series_forget_summary(const clino_series *series) {
  if (series) forget(series->cache);
}

clino_status clino_series_summary(const clino_series *series, clino_summary *summary, clino_error *error) {
  if (!series || !summary) return clino__fail(error, CLINO_ERR_RANGE, "clino_series_summary: a parameter is NULL");
  if (series->kind != CLINO_SERIES_SCALAR)
    return clino__fail(error, CLINO_ERR_RANGE, "series '%s' holds no numbers: it has no summary", series->name);
  clino__summary_cache *cache = series->cache;
  if (clino_series_has_summary(series)) {
    *summary = cache->summary;
    return CLINO_OK;
  }
  forget(cache);
  clino_status status = build(series, cache, error);
  if (!status) *summary = cache->summary;
  return status;
}
