/* What an objective of the gallery is: a name, a size, a seeded point, and a computation written once over a tape. */
#ifndef GALLERY_OBJECTIVE_H
#define GALLERY_OBJECTIVE_H

#include "gallery/tape.h"

/* Traits that say under which conditions an objective is counted. */
enum {
  TRAIT_KINKS = 1,      /* has kinks: it is placed beside one as well. Else it is smooth */
  TRAIT_CLEAN = 2,      /* smooth, well scaled, double: what evaluations-clean is counted over */
  TRAIT_SINGLE = 4,     /* evaluated in single precision */
  TRAIT_BOUNDED = 8,    /* has lower and upper bounds */
  TRAIT_FEW_POINTS = 16 /* too dear for many points */
};

/* Numbers that a point and fixed data are drawn from: uniform and normal, seeded, the same on every machine. */
typedef struct gallery_rng {
  uint64_t state;
} gallery_rng;
double gallery_uniform(gallery_rng *r, double low, double high);
double gallery_normal(gallery_rng *r);
/* Rounded to a multiple of 2^-bits, so that sums of products are exact and a kink can be met exactly. */
double gallery_dyadic(double v, int bits);

typedef struct gallery_objective {
  const char *name;
  const char *what;   /* one line for the docs: what it stands for */
  size_t n;           /* entries, 64 or more unless the thing itself is small; at most about 300 */
  unsigned traits;
  size_t n_matrices;  /* the first matrices among the entries, for the faults "transposed" and "shifted": */
  struct { size_t first, rows, columns; } matrix[4];
  /* x: n entries. Weights and inputs of typical size, the fixed data (inputs of a net, labels, masks) is drawn by
   * loss() itself from data_seed with a gallery_rng, in the same order each time, or kept in static const arrays. */
  void (*point)(gallery_rng *r, double *x);
  var (*loss)(tape *t, var x, uint64_t data_seed); /* node of the loss; x is the node of x[0] */
  void (*bounds)(double *lower, double *upper);    /* TRAIT_BOUNDED only */
} gallery_objective;

/* All objectives: one line each in list.h, OBJECTIVE(name) for a `const gallery_objective gallery_NAME`. */
size_t gallery_count(void);
const gallery_objective *gallery_at(size_t i);

#endif
