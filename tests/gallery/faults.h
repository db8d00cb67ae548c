/* The ways to be wrong: each makes a wrong gradient of the right one, or plants a fault into the backward pass. */
#ifndef GALLERY_FAULTS_H
#define GALLERY_FAULTS_H

#include "gallery/site.h"

/* Where a fault strikes at a site. The same at every point that the gradient is asked for at. */
typedef struct gallery_strike {
  const gallery_site *site;
  size_t entry, other; /* drawn among the entries whose gradient is not 0; other differs in value where possible */
  size_t anywhere;     /* drawn among all entries */
  double rms;          /* of the right gradient at the site */
  const double *stale; /* the gradient of a point nearby */
  double *scratch;     /* n numbers */
} gallery_strike;

typedef struct gallery_fault {
  const char *name, *what;
  tape_fault tape; /* planted into the backward pass, or TAPE_RIGHT */
  /* Done to what the backward pass returned at x; NULL: nothing. */
  void (*spoil)(const gallery_strike *s, const double *x, double *gradient);
} gallery_fault;

size_t gallery_faults(void);
const gallery_fault *gallery_fault_at(size_t i);

gallery_strike *gallery_strike_new(gallery_site *s, size_t fault);
void gallery_strike_free(gallery_strike *k);

/* The wrong gradient at x (scale 1). */
void gallery_wrong_gradient(gallery_site *s, const gallery_strike *k, size_t fault, const double *x, double *gradient);
/* Whether the objective has what the fault is about: the mark on its tape, a matrix. */
bool gallery_fault_possible(gallery_site *s, size_t fault);

#endif
