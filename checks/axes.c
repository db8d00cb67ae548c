#include "checks/axes.h"

#include <stdlib.h>

/* Where an axis stands in the run, to be found by its address. */
typedef struct place {
  uintptr_t address;
  size_t at;
} place;

static int by_address(const void *a, const void *b) {
  uintptr_t x = ((const place *)a)->address, y = ((const place *)b)->address;
  return (x > y) - (x < y);
}

static int by_index(const void *a, const void *b) {
  const clino__on_axis *x = a, *y = b;
  return x->axis != y->axis ? (x->axis > y->axis) - (x->axis < y->axis) : (x->at > y->at) - (x->at < y->at);
}

static void fill(const clino_run *run, place *places, size_t axes, clino__on_axis *all, size_t n) {
  for (size_t i = 0; i < axes; i++) places[i] = (place){(uintptr_t)clino_run_axis_at(run, i), i};
  qsort(places, axes, sizeof *places, by_address);
  for (size_t i = 0; i < n; i++) {
    const clino_series *series = clino_run_series_at(run, i);
    place key = {(uintptr_t)clino_series_axis(series), 0};
    const place *found = bsearch(&key, places, axes, sizeof *places, by_address);
    all[i] = (clino__on_axis){found ? found->at : axes, i, series};
  }
  qsort(all, n, sizeof *all, by_index);
}

clino__on_axis *clino__by_axis(clino__context *c, size_t *n) {
  size_t axes = clino_run_axis_count(c->run);
  *n = 0;
  size_t count = clino_run_series_count(c->run);
  if (!count || c->status) return NULL;
  place *places = malloc(axes * sizeof *places);
  clino__on_axis *all = malloc(count * sizeof *all);
  if (places && all) {
    fill(c->run, places, axes, all, count);
    *n = count;
  } else {
    c->status = clino__fail_memory(c->error, "the series of an axis");
    free(all);
    all = NULL;
  }
  free(places);
  return all;
}
