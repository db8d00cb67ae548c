/* What the files of clino/critical_point.h share. */
#ifndef CLINO_CURVATURE_CRITICAL_H
#define CLINO_CURVATURE_CRITICAL_H

#include "base/error.h"
#include "clino/critical_point.h"

/* Known eigenvalues, rising, with unit vectors as rows. */
typedef struct clino__known {
  size_t count;
  double *values, *errors, *vectors;
} clino__known;

typedef struct clino__critical {
  clino_point *point;
  size_t n;
  const double *g;
  const clino_critical_options *o;
  clino_critical_result *r;
  clino__known known;
  double *scales, *away, *best, *line, *gradient; /* n each; best: displacement at which f was seen to fall */
  double threshold;                               /* differences of f below it mean nothing */
  clino_error *error;
} clino__critical;

typedef enum clino__side { CLINO__STAYS = 0, CLINO__RISES, CLINO__FALLS } clino__side;

/* Whether the k-th eigenvalue is 0 within its error. */
bool clino__flat(const clino__critical *c, size_t k);

/* Examines flat directions: counts sides in the result. Where f falls, c->best is set and the search ends. */
clino_status clino__examine(clino__critical *c);

/* How far v goes so that one coordinate moves by its scale. */
double clino__reach(const clino__critical *c, const double *v);

#endif
