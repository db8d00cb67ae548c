/* Where kinks crowd within a step along a direction: see midpoints.c for what this rests on. */
#include <math.h>
#include <stdlib.h>

#include "gradcheck/directional.h"
#include "gradcheck/midpoints.h"

#define MOST_SAMPLES (CLINO__MOST_CELLS + 4) /* with the ends, the point, and that once more */
#define FEWEST_PAIRS 4 /* of cells that show noise: an estimate from so few scatters by half */
#define TWICE 2        /* noise that is taken for half of what it is does not yet condemn: see direction_judge.c */

typedef struct sample {
  double t, change, residual;
} sample;

typedef struct path {
  clino__directions *ds;
  const clino__region *region;
  sample samples[MOST_SAMPLES];
  size_t n;
} path;

static clino_status change_at(void *ctx, double t, double *change) {
  path *along = ctx;
  sample s = {t, NAN, NAN};
  clino_status status = clino__direction_change(along->ds, along->region, t, &s.change, &s.residual);
  *change = s.change;
  if (!status && along->n < MOST_SAMPLES) along->samples[along->n++] = s;
  return status;
}

/* ---- noise ---- */

static int by_place(const void *a, const void *b) {
  const sample *s = a, *t = b;
  return (s->t > t->t) - (s->t < t->t);
}

/* The noise of f that the samples show. From one to the next, f changes by the mean of their gradients, times the way,
 * and an error of the gradient adds to the slope of a cell what it adds to that of the next: what these differ by is
 * noise of three values, or a kink. Cells that may hold one whose share is more than sigma are passed over. 0: too few
 * are left. */
static double noise_shown(path *along, double sigma) {
  sample *s = along->samples;
  double before = NAN, way = NAN, squares = 0;
  size_t pairs = 0;
  qsort(s, along->n, sizeof *s, by_place);
  double even = (s[along->n - 1].change - s[0].change) / (s[along->n - 1].t - s[0].t);
  for (size_t i = 1; i < along->n; i++) {
    double w = s[i].t - s[i - 1].t, uneven = s[i].change - s[i - 1].change - even * w;
    if (!(w > 0)) continue; /* the same place once more */
    double slope = (s[i].residual - s[i - 1].residual) / w - (s[i].change / 2 + s[i - 1].change / 2);
    if (!(fabs(uneven) * w / 2 <= sigma)) slope = NAN;
    double weight = 1 / (w * w) + 1 / (way * way) + pow(1 / w + 1 / way, 2), apart = slope - before;
    if (isfinite(apart)) squares += apart * apart / weight, pairs++;
    before = slope, way = w;
  }
  return pairs < FEWEST_PAIRS ? 0 : sqrt(squares / (double)pairs);
}

/* Whether f is noisier than was measured, so much that the difference is nothing: that is then known. */
static bool noisier(path *along, const clino__slope *s) {
  clino__problem *p = along->ds->p;
  along->samples[along->n++] = (sample){0, 0, 0};
  double noise = noise_shown(along, p->noise);
  if (!(noise > TWICE * p->noise) || !(fabs(s->difference) <= 3 * noise / (sqrt(2.0) * s->h))) return false;
  p->noise = noise;
  p->r->noise = fmax(p->r->noise, noise);
  return true;
}

/* ---- the mean ---- */

bool clino__direction_crowded(const clino__directions *ds) {
  for (size_t i = 0; i < ds->p->layout.n_views; i++)
    if (ds->p->layout.views[i].owner && clino__single(ds->p, i)) return true;
  return false;
}

clino_status clino__direction_mean(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s) {
  path along = {.ds = ds, .region = r};
  clino__mean_question q = {.slope = s->difference, .rounding = s->bar, .aim = fmax(4 * s->bar, ds->aim),
                            .cells = CLINO__CELLS, .bends = true, .condemned = *says == CLINO__SAYS_DIFFERS};
  clino__midpoints m;
  clino__mean_answer answer;
  double again = 0, error;
  clino_status status = clino__midpoints_ask(ds->p, change_at, &along, -s->h, s->h, &q, &m, &answer);
  /* A gradient that is not the same at the same place is not a function of it. */
  if (!status && answer == CLINO__MEAN_RIGHT) status = change_at(&along, 0, &again);
  if (status) return status;
  *says = answer == CLINO__MEAN_WRONG && !noisier(&along, s) ? CLINO__SAYS_DIFFERS : CLINO__SAYS_CROSSED;
  if (answer != CLINO__MEAN_RIGHT) return CLINO_OK;
  *says = fabs(again) <= s->bar ? CLINO__SAYS_AGREES : CLINO__SAYS_DIFFERS;
  clino__mean_of(m.g, m.cells, &error);
  s->bar += error;
  return CLINO_OK;
}
