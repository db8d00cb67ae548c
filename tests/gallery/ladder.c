#include "gallery/ladder.h"

#include <math.h>
#include <stdlib.h>

#include "gallery/tape_nodes.h"

#define SMALLEST_STEP 1e-12
#define STEP_FACTOR 3.1622776601683795 /* two a decade */
#define CLEARLY 3                      /* times the error */

/* The centered difference at a step; NaN where the step is below the coordinate's rounding. */
static double difference(gallery_site *s, size_t i, double scale, double above, double below) {
  if (!(above > below)) return NAN;
  double rise = gallery_scaled(s, gallery_value_along(s, i, above), scale) -
                gallery_scaled(s, gallery_value_along(s, i, below), scale);
  return rise / (above - below);
}

static void climb(gallery_site *s, size_t i, double scale, gallery_best *b) {
  double size = gallery_size_of(s, i), top = fmax(size, s->typical) * 1.0001, before = INFINITY;
  for (double h = SMALLEST_STEP * size; h <= top; h *= STEP_FACTOR) {
    double above = s->x[i] + h, below = s->x[i] - h;
    if (s->single) above = (double)(float)above, below = (double)(float)below;
    if (s->lower && !(below >= s->lower[i] && above <= s->upper[i])) break;
    double numeric = difference(s, i, scale, above, below), error = fabs(numeric - b->exact);
    if (isnan(error)) error = INFINITY;
    if (error < b->error) b->error = error, b->numeric = numeric;
    b->steady = fmin(b->steady, fmax(error, before));
    before = error;
  }
}

void gallery_ladder(gallery_site *s, double scale, gallery_best *best) {
  const double *exact = gallery_exact(s);
  for (size_t i = 0; i < s->n; i++) {
    best[i] = (gallery_best){exact[i] * scale, NAN, INFINITY, INFINITY};
    climb(s, i, scale, best + i);
  }
}

bool gallery_right_decidable(const gallery_site *s, const gallery_best *best, double resolution) {
  double *g = tape_memory(NULL, s->n, sizeof *g);
  for (size_t i = 0; i < s->n; i++) g[i] = best[i].exact;
  double rms = gallery_rms(s->n, g);
  free(g);
  for (size_t i = 0; i < s->n; i++) {
    double size = fmax(fmax(fabs(best[i].exact), fabs(best[i].numeric)), rms);
    if (!(best[i].error <= resolution * size)) return false;
  }
  return true;
}

size_t gallery_wrong_decidable(const gallery_site *s, const gallery_best *best, const double *right,
                               const double *wrong, bool steadily) {
  size_t clearest = s->n;
  double most = CLEARLY;
  for (size_t i = 0; i < s->n; i++) {
    if (!isfinite(wrong[i])) return i;
    double off = fabs(wrong[i] - best[i].exact);
    double error = fmax(steadily ? best[i].steady : best[i].error, fabs(right[i] - best[i].exact));
    double times = off > 0 ? off / error : 0;
    if (times > most) most = times, clearest = i;
  }
  return clearest;
}
