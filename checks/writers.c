#include "checks/writers.h"

#include <stdlib.h>

typedef struct chain {
  int64_t first, last;
  size_t points;
} chain;

/* The sequence that ends nearest below a step, a new one where there is none, SIZE_MAX where that is one too many. */
static size_t chain_for(chain *chains, size_t *n, int64_t step) {
  size_t best = SIZE_MAX;
  for (size_t k = 0; k < *n; k++)
    if (chains[k].last < step && (best == SIZE_MAX || chains[k].last > chains[best].last)) best = k;
  if (best == SIZE_MAX && *n < CLINO__WRITERS_MAX) {
    best = (*n)++;
    chains[best] = (chain){step, step, 0};
  }
  return best;
}

static int compare_steps(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* How many times nearly every step stands there: 0 where no number holds for four steps in five. The steps at either
 * end may be cut, and are not counted. */
static size_t times_each(int64_t *steps, size_t n) {
  size_t counts[CLINO__WRITERS_MAX + 1] = {0}, distinct = 0, best = 0;
  qsort(steps, n, sizeof *steps, compare_steps);
  for (size_t i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && steps[end] == steps[i];) end++;
    if (!i || end == n) continue;
    distinct++;
    if (end - i <= CLINO__WRITERS_MAX) counts[end - i]++;
  }
  for (size_t k = 1; k <= CLINO__WRITERS_MAX; k++)
    if (counts[k] > counts[best]) best = k;
  return distinct > 3 && counts[best] * 5 >= distinct * 4 ? best : 0;
}

clino__writers clino__writers_of(const clino_series *series, size_t from) {
  clino__writers none = {.n = 0}, w = none;
  chain chains[CLINO__WRITERS_MAX];
  int64_t steps[CLINO__WRITERS_POINTS];
  size_t points = clino_series_count(series), m = 0, turns = 0, before = SIZE_MAX;
  for (size_t i = from; i < points && m < CLINO__WRITERS_POINTS; i++) {
    int64_t step = clino_series_step(series, i);
    if (step == CLINO_NO_STEP) continue;
    size_t k = chain_for(chains, &w.n, step);
    if (k == SIZE_MAX) return none;
    chains[k].points++;
    chains[k].last = step;
    turns += before != SIZE_MAX && k != before;
    before = k;
    steps[m++] = step;
  }
  /* In turn: not one after the other, but again and again. */
  if (w.n < 2 || turns < 4 * w.n || turns * 16 < m) return none;
  size_t times = times_each(steps, m);
  if (times > 1 && w.n < 2 * times + 1) { /* ranks overtake each other by a step or so, which makes more sequences */
    w.n = times;
    w.same_steps = true;
    return w;
  }
  for (size_t k = 0; k < w.n; k++)
    if (chains[k].points * 2 * w.n < m) return none; /* less than half of its share: it is no writer */
  for (int k = 0; k < 2; k++) w.first[k] = chains[k].first, w.last[k] = chains[k].last;
  return w;
}
