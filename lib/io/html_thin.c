/* Which points of a long series are drawn. As in M4 (Jugel et al., VLDB 2014) groups of neighbours keep their extremes,
 * so that no spike is lost, however short; what is not finite is kept too, since it is a gap that must be seen. */
#include <math.h>

#include "io/html.h"

/* The places in a group of its lowest, highest and first value that is not finite; SIZE_MAX where there is none. */
static void look(const double *values, size_t first, size_t end, size_t found[3]) {
  found[0] = found[1] = found[2] = SIZE_MAX;
  for (size_t i = first; i < end; i++) {
    if (!isfinite(values[i])) {
      if (found[2] == SIZE_MAX) found[2] = i;
      continue;
    }
    if (found[0] == SIZE_MAX || values[i] < values[found[0]]) found[0] = i;
    if (found[1] == SIZE_MAX || values[i] > values[found[1]]) found[1] = i;
  }
}

/* Appends an index that is above the last one. */
static size_t append(size_t *keep, size_t n, size_t i) {
  if (n == 0 || keep[n - 1] < i) keep[n++] = i;
  return n;
}

static void sort3(size_t v[3]) {
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < 2; i++)
      if (v[i] > v[i + 1]) {
        size_t t = v[i];
        v[i] = v[i + 1], v[i + 1] = t;
      }
}

size_t clino__html_thin(const double *values, size_t n, size_t groups, size_t *keep) {
  size_t kept = 0;
  if (n <= 3 * groups) {
    for (; kept < n; kept++) keep[kept] = kept;
    return kept;
  }
  size_t most = n / groups, longer = n % groups; /* the first ones are longer by one: no product that could overflow */
  kept = append(keep, kept, 0);
  for (size_t g = 0, first = 0; g < groups; g++) {
    size_t end = first + most + (g < longer), found[3];
    look(values, first, end, found);
    sort3(found);
    for (int i = 0; i < 3 && found[i] != SIZE_MAX; i++) kept = append(keep, kept, found[i]);
    first = end;
  }
  return append(keep, kept, n - 1);
}
