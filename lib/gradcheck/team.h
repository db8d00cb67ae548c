/* Several threads at one check. Each has a copy of the caller's context and of the parameters, and works on what the
 * calling thread will need: values at displaced points. Results are taken in the order in which one thread would have
 * them, with their evaluations, progress, errors and budget as it would have them, so that nothing depends on threads:
 * what was worked out ahead and then is not needed is forgotten. Where a budget draws near, the calling thread goes on
 * alone. */
#ifndef CLINO_GRADCHECK_TEAM_H
#define CLINO_GRADCHECK_TEAM_H

#include "gradcheck/problem.h"

/* What one copy is made of. */
typedef struct clino__clone {
  clino_model model;           /* over tensors of its own */
  const clino__flat *flat;
  void *hook_ctx;
  void *held;                  /* the maker's */
} clino__clone;

/* How a copy of what is checked is made; the calling thread does it. */
struct clino__cloning {
  void *self;
  clino_status (*make)(void *self, const clino_gradcheck_options *o, clino__clone *clone, clino_error *error);
  void (*release)(void *self, const clino_gradcheck_options *o, clino__clone *clone);
  void (*failed)(void *self, const clino__clone *clone); /* a callback of this copy returned nonzero; NULL: no matter */
};

/* Of a model of the caller. */
clino__cloning clino__cloning_of_model(const clino_model *model);

/* Makes the team of a check, with so many threads at most; p->team stays NULL where one is enough. Errors:
 * CLINO_ERR_CALLBACK (clone), CLINO_ERR_RANGE (what clone gave), CLINO_ERR_MEMORY. Freed in any case. */
clino_status clino__team_new(clino__problem *p, const clino__cloning *cloning, size_t threads);
void clino__team_free(clino__problem *p);

/* How many work at a check: 1 without a team. */
size_t clino__team_size(const clino__problem *p);

/* What a job comes to. */
typedef union clino__room {
  clino_gradcheck_entry entry;
  double number[2];
} clino__room;

/* A job only calls for values at displaced points, puts back what it displaced, and keeps nothing. p: the problem, or a
 * copy of it. */
typedef clino_status (*clino__job)(clino__problem *p, size_t i, clino__room *room, void *ctx);
typedef clino_status (*clino__take)(clino__problem *p, size_t i, const clino__room *room, void *ctx);

/* For i from 0 to count - 1: job, then take, until one fails. take is called in the calling thread. */
clino_status clino__in_order(clino__problem *p, size_t count, clino__job job, clino__take take, void *ctx);

/* Puts into the caller's memory what a callback changed in a copy, so that it is found there; *what: the buffer beside
 * which it wrote in a copy, else left as it is. False where it wrote there. */
bool clino__team_untouched(clino__problem *p, const char **what);

#endif
