/* What can be decided at all: the best centered difference over a ladder of steps, measured against the exact gradient,
 * and so independent of how well anyone estimates errors. */
#ifndef GALLERY_LADDER_H
#define GALLERY_LADDER_H

#include "gallery/site.h"

typedef struct gallery_best {
  double exact;   /* the gradient */
  double numeric; /* the difference that comes nearest to it; NaN: there is none */
  double error;   /* how near; infinite where there is none */
  double steady;  /* the same for two neighbouring steps, both: one alone may be near by luck, where rounding and
                     truncation cancel. It decides nothing; it tells whether a miss was there to be seen */
} gallery_best;

/* best: n of them. The steps of an entry: 2 a decade from 1e-12 of the coordinate's size to its size or to the typical
 * size of all, whichever is larger; those that leave the bounds are left out. */
void gallery_ladder(gallery_site *s, double scale, gallery_best *best);

/* Every entry is resolved to within resolution of max(|exact|, |numeric|, RMS of the gradient). */
bool gallery_right_decidable(const gallery_site *s, const gallery_best *best, double resolution);

/* The entry in which a wrong gradient is furthest beyond three times the error, and the rounding of the right one as it
 * was computed; n where it is so in none. steadily: by two neighbouring steps. */
size_t gallery_wrong_decidable(const gallery_site *s, const gallery_best *best, const double *right,
                               const double *wrong, bool steadily);

#endif
