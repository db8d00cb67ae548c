/* Other gradient checks, on the same cases: GALLERY_RIVALS of them, in the order of the table. */
#ifndef GALLERY_RIVALS_H
#define GALLERY_RIVALS_H

#include "gallery/score.h"

extern const gallery_rival gallery_rivals[GALLERY_RIVALS];

/* The loss of a case with one coordinate replaced. */
double rival_loss(const gallery_case *c, size_t entry, double coordinate);

/* Those that need a library (rivals_gsl.c, rivals_minpack.c); accepts is NULL where it is not installed. */
void rival_gsl_prepare(const gallery_case *c, double *state[2]);
bool rival_gsl_accepts(const gallery_case *c, double *const state[2], const double *gradient);
bool rival_minpack_accepts(const gallery_case *c, double *const state[2], const double *gradient);

#endif
