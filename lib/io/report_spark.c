/* Small curves of several runs for a terminal, one character high, on one scale: what a table can hold beside numbers.
 * A cell is the mean of what was logged in its stretch of steps, drawn as one of eight blocks (Unicode, block 2580). */
#include <math.h>
#include <string.h>

#include "io/report.h"

enum { LEVELS = 8 };
#define LOG_FROM 10.0 /* values above 0 that span so much are drawn on a logarithmic scale */

/* Where a bucket stands: its middle step, or point where the run has no steps. */
static double place_of(const clino_bucket *b) {
  if (b->first_step == CLINO_NO_STEP || b->last_step == CLINO_NO_STEP)
    return (double)b->first + 0.5 * (double)b->count;
  return 0.5 * ((double)b->first_step + (double)b->last_step);
}

static bool summary_of(const clino_series *series, clino_summary *summary, clino__spark *spark) {
  if (!series || clino_series_get_kind(series) != CLINO_SERIES_SCALAR || !clino_series_count(series)) return false;
  if (clino_series_summary(series, summary, NULL) == CLINO_OK) return true;
  spark->failed = true;
  return false;
}

void clino__spark_include(clino__spark *spark, const clino_series *series) {
  clino_summary s;
  if (!summary_of(series, &s, spark)) return;
  for (size_t i = 0; i < s.n_buckets; i++) {
    double place = place_of(&s.buckets[i]), mean = s.buckets[i].mean;
    spark->first = fmin(spark->first, place);
    spark->last = fmax(spark->last, place);
    if (!isfinite(mean)) continue;
    spark->low = fmin(spark->low, mean);
    spark->high = fmax(spark->high, mean);
  }
}

static size_t cell_of(const clino__spark *spark, double place) {
  double part = spark->last > spark->first ? (place - spark->first) / (spark->last - spark->first) : 0;
  size_t cell = part > 0 ? (size_t)(part * CLINO__SPARK_CELLS) : 0;
  return cell < CLINO__SPARK_CELLS ? cell : CLINO__SPARK_CELLS - 1;
}

static int level_of(const clino__spark *spark, double value) {
  bool logarithmic = spark->low > 0 && spark->high / spark->low >= LOG_FROM;
  double part = logarithmic ? log(value / spark->low) / log(spark->high / spark->low)
                            : (value / 2 - spark->low / 2) / (spark->high / 2 - spark->low / 2);
  int level = part > 0 ? (int)(part * LEVELS) : 0; /* NaN where all are one value: the lowest */
  return level < LEVELS ? level : LEVELS - 1;
}

void clino__spark_add(clino__text *text, const clino__spark *spark, const clino_series *series) {
  double mean[CLINO__SPARK_CELLS] = {0};
  size_t n[CLINO__SPARK_CELLS] = {0}, used = 0;
  clino_summary s;
  clino__spark memory = {.failed = false};
  if (summary_of(series, &s, &memory)) {
    for (size_t i = 0; i < s.n_buckets; i++) {
      size_t cell = cell_of(spark, place_of(&s.buckets[i]));
      if (!isfinite(s.buckets[i].mean)) continue;
      mean[cell] += (s.buckets[i].mean - mean[cell]) / (double)++n[cell];
      if (cell >= used) used = cell + 1;
    }
  }
  text->failed |= memory.failed || spark->failed;
  for (size_t cell = 0; cell < used; cell++) {
    const char block[3] = {(char)0xE2, (char)0x96, (char)(0x81 + level_of(spark, mean[cell]))};
    clino__text_add_bytes(text, n[cell] ? block : " ", n[cell] ? 3 : 1);
  }
}
