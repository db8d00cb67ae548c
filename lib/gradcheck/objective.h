/* A flat objective as a model with one tensor "x", in buffers of our own between guard zones. */
#ifndef CLINO_GRADCHECK_OBJECTIVE_H
#define CLINO_GRADCHECK_OBJECTIVE_H

#include "gradcheck/problem.h"

typedef struct clino__guarded {
  double *block, *data; /* data: the room between two guard zones */
} clino__guarded;

/* The room holds n doubles, not set. False where memory is out. */
bool clino__guarded_new(clino__guarded *guarded, size_t n);
void clino__guarded_free(clino__guarded *guarded);
bool clino__guarded_intact(const clino__guarded *guarded, size_t n);

typedef struct clino__objective {
  clino_objective call;
  void *ctx;
  size_t n;
  clino__guarded x, grad;
  double value_with_grad;
  clino_tensor tensor;
  clino_model model;
  clino__flat flat;
} clino__objective;

/* Fills in o->model and o->flat; o must stay where it is. who: the function called, for its errors. Errors:
 * CLINO_ERR_RANGE, CLINO_ERR_MEMORY. To be closed in any case. */
clino_status clino__objective_open(clino__objective *o, clino_objective call, void *ctx, size_t n, const double *x,
                                   const char *who, clino_error *error);
void clino__objective_close(clino__objective *o);

#endif
