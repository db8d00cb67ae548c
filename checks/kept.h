/* What a diagnosis keeps of what its checks measured, so that its cost does not grow with how many of them ask for the
 * same: the range of a series, its curve, the levels of layers; and the summaries of series, of which it lets go when
 * there are too many.
 *
 * It belongs to one diagnosis of one run, which does not change meanwhile: diagnoses in several threads share nothing.
 * Keeping is never needed: where memory is out, or a context has no clino__shared, things are measured anew.
 */
#ifndef CLINO_CHECKS_KEPT_H
#define CLINO_CHECKS_KEPT_H

#include "checks/check.h"

typedef struct clino__kept_curve clino__kept_curve; /* curve.c */

/* What is kept of one series. */
typedef struct clino__kept_series {
  const clino_series *series; /* NULL where the slot is free */
  clino__extent extent;
  bool measured;             /* the extent is known */
  clino__kept_curve *curve;  /* NULL until one was built; one block of malloc */
  double noise;              /* of the curve of these of its cells: none until noise_to is not 0 */
  size_t noise_from, noise_to;
  struct clino__kept_series *older, *newer; /* of the summaries built here, by when they were asked for */
  bool summarized;
} clino__kept_series;

/* A scalar series that a look-up by name does not give, as another of its name was added before. */
typedef struct clino__kept_name {
  const clino_series *series;
  size_t at; /* its index in the run */
} clino__kept_name;

typedef struct clino__kept_note clino__kept_note;

typedef struct clino__kept {
  clino__kept_series *slots; /* a hash table by address, made at the first need for all series of the run */
  size_t n_slots;            /* a power of two; 0 where memory was out */
  clino__kept_name *hidden;  /* by name, then index; NULL until it is needed */
  size_t n_hidden;
  clino__kept_note *notes;
  clino__kept_series *oldest, *newest; /* summaries; NULL without any */
  size_t summaries, summary_bytes, most_bytes;
  bool made;
} clino__kept;

/* All bits 0 is a clino__kept that holds nothing. Frees what it holds, and leaves it so. */
void clino__kept_free(clino__kept *kept);

/* Where to keep something of a series; NULL where nothing is kept. */
clino__kept_series *clino__keep(clino__context *context, const clino_series *series);

/* Notes: what was measured under a name, for a number (how many points it takes, say), as bytes. The one that
 * clino__note wrote is found again by clino__noted: NULL where there is none; kind and name are compared as strings.
 * size: of the bytes, which are aligned for any type and belong to the diagnosis. */
void clino__note(clino__context *context, const char *kind, const char *name, size_t number, const void *bytes,
                 size_t size);
const void *clino__noted(const clino__context *context, const char *kind, const char *name, size_t number,
                         size_t *size);

#endif
