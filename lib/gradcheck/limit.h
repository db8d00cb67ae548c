/* The limit of a quantity that was sampled at falling t: where it is best taken, how far it may be off, and whether it
 * comes to rest at all. */
#ifndef CLINO_GRADCHECK_LIMIT_H
#define CLINO_GRADCHECK_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#define CLINO__LIMIT_MOST 24

typedef struct clino__limit {
  size_t count;
  double t[CLINO__LIMIT_MOST];      /* falls */
  double value[CLINO__LIMIT_MOST];
  double noise[CLINO__LIMIT_MOST];  /* three deviations of value's noise */
  double extra[CLINO__LIMIT_MOST];  /* a further error that is known of this sample alone */
} clino__limit;

/* Adds a sample; what is not finite is left out, and false. */
bool clino__limit_add(clino__limit *l, double t, double value, double noise, double extra);

/* The sample with the least error, its error in *error; count where there is none. A value that errs by c t^2 changes
 * by 15 times its error between steps in a ratio of 4; twice that is taken, and what shorter steps show beyond noise.
 *  */
size_t clino__limit_best(const clino__limit *l, double *error);

/* A stretch of samples that are one value. */
typedef struct clino__plateau {
  size_t from, to;   /* indices: t[from] is the largest */
  double value;      /* mean */
  double error;      /* noise of the least noisy one, and their spread */
} clino__plateau;

/* The plateau at the smallest t: at least `least` neighbours that stand clear of noise (by a factor of 4) and lie
 * within `spread` of their mean, relative. False where there is none, or a shorter t contradicts. */
bool clino__limit_plateau(const clino__limit *l, size_t least, double spread, clino__plateau *plateau);

/* A power law size = c t^order through the samples at the smallest t that stand clear of noise (4 times) and follow
 * one.
 */
typedef struct clino__law {
  double order, error; /* NaN: none */
  size_t from, to;
} clino__law;

clino__law clino__limit_law(const clino__limit *l);

#endif
