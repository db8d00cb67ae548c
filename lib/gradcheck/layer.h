/* A check of a layer under way: its tensors in one shape, the scalar made from its outputs, what stopped it. */
#ifndef CLINO_GRADCHECK_LAYER_H
#define CLINO_GRADCHECK_LAYER_H

#include "clino/layer.h"
#include "gradcheck/layer_zone.h"
#include "gradcheck/team.h"

typedef struct clino__layer_run {
  const clino_layer *layer;
  clino_gradcheck_options o;      /* as given */
  clino_gradcheck_result *r;      /* of the whole check */
  clino_error *error;
  uint64_t trial;
  size_t cotangent;

  /* ---- layer_io.c: the tensors in the shape of the trial: inputs, params, outputs ---- */
  size_t n_inputs, n_leaves, n_tensors; /* leaves: inputs and params */
  clino_tensor *tensors, *handed; /* handed: a copy for the callbacks */
  char (*names)[64];
  clino__zone *zones;             /* two a tensor: value, grad */
  clino_layer_io io;              /* of handed */
  clino__layout layout;           /* of all tensors; entries are leaves first, then outputs */
  size_t n_x, n_y;                /* entries of leaves, of outputs with a cotangent */
  bool saved;                     /* memory is to be put back */
  bool single, coarse;            /* whether any of them is in single precision; any output */

  /* ---- layer_call.c: f = sum of c_k y_k ---- */
  clino_model model;              /* of the leaves */
  double *c, *y;                  /* cotangent; outputs as last read; n_y each, as are these: */
  double lift;                    /* a constant beside the sum; 0 in double precision */
  double *first, *room;           /* another call's outputs; room for a copy */
  double *filled, *came;          /* of the inputs' gradients: what backward found there, what it wrote before */
  size_t n_filled;
  const char *failed;             /* the callback that returned nonzero; NULL: none */
  int failed_value;
  const char *stopped;            /* the callback that broke a rule, as `stop` says; NULL: none */
  clino_gradcheck_entry stop;
} clino__layer_run;

/* ---- layer_io.c ---- */

/* Makes the tensors of the trial, and the memory they need. To be closed in any case. Errors: CLINO_ERR_RANGE,
 * CLINO_ERR_CALLBACK (the shape callback), CLINO_ERR_MEMORY. */
clino_status clino__layer_open(clino__layer_run *run);
void clino__layer_close(clino__layer_run *run);

/* Whether nothing was written outside of what was allocated; *name: of the tensor beside which it was. */
bool clino__layer_intact(const clino__layer_run *run, const char **name);

/* Copies of the run in its shape, for threads; self is the run, with its cotangent drawn. */
clino__cloning clino__layer_cloning(clino__layer_run *run);

/* The outputs that have a cotangent, in order: their values or their gradients. */
typedef enum clino__layer_part { CLINO__LAYER_VALUE, CLINO__LAYER_GRAD } clino__layer_part;
void clino__layer_read(const clino__layer_run *run, clino__layer_part part, double *to);
/* Stores from[], or where it is NULL a pattern of that number, and what was stored to stored[] (NULL: nowhere). */
void clino__layer_write(clino__layer_run *run, clino__layer_part part, const double *from, uint64_t which,
                        double *stored);

/* The view and the element of output number k. */
void clino__layer_find(const clino__layer_run *run, size_t k, size_t *view, size_t *element);

/* ---- layer_call.c ---- */

typedef enum clino__layer_callback {
  CLINO__LAYER_FORWARD,
  CLINO__LAYER_BACKWARD,
  CLINO__LAYER_JVP
} clino__layer_callback;

/* Calls it, and looks at the guards. Nonzero: run->failed or run->stopped says why. */
int clino__layer_call(clino__layer_run *run, clino__layer_callback which);

/* The check is to end with this verdict about an element (or, if element is SIZE_MAX, a tensor as a whole). Returns a
 * value for a callback to return. */
int clino__layer_stop(clino__layer_run *run, clino__layer_callback which, size_t view, size_t element,
                      clino_verdict verdict, clino_reason reason, double analytic, double numeric);

/* The entry of an element, its numbers unknown. */
void clino__layer_entry(const clino__layer_run *run, size_t view, size_t element, clino_gradcheck_entry *e);

/* What a status that comes from a callback means: CLINO_OK and *holds false where a rule was broken, the result then
 * has the verdict; an error that names the callback where it returned nonzero. */
clino_status clino__layer_settle(clino__layer_run *run, clino_status status, bool *holds);

/* Stop at the first output whose value is not the one in y, and at the first input or parameter whose value is not
 * that of the point. */
int clino__layer_outputs_kept(clino__layer_run *run, clino__layer_callback which);
int clino__layer_inputs_kept(clino__layer_run *run, clino__layer_callback which);

/* Forward writes every output, finite, the same twice, and leaves its inputs alone. Two evaluations. Fills in the model
 * and y. */
clino_status clino__layer_precheck(clino__layer_run *run, bool *holds);

/* Draws the cotangent of run->cotangent: sizes 1/2 to 1, random signs, and each output tensor, of which it looks at the
 * values, brought to the size of the largest. */
void clino__layer_draw(clino__layer_run *run);

/* Chooses the lift for the cotangent in c, after a precheck. */
void clino__layer_lift(clino__layer_run *run);

/* ---- layer.c ---- */

/* Whether n more evaluations are within max_evaluations; else the verdict is INCONCLUSIVE at least. */
bool clino__layer_budget(clino__layer_run *run, uint64_t n);

/* For progress: calls so far, and those of all cotangents and shapes that are still to come. */
uint64_t clino__layer_calls(const clino__layer_run *run);
uint64_t clino__layer_later(const clino__layer_run *run);

/* Takes over what a check of a part found, if that is graver, and in any case what it cost. */
void clino__layer_merge(clino__layer_run *run, const clino_gradcheck_result *part);

/* Options for a check of a part: those given, less the evaluations that are spent. */
clino_gradcheck_options clino__layer_options(const clino__layer_run *run);

/* ---- layer_jvp.c ---- */

/* Evaluations that J v, its noise and the identity take at least. */
#define CLINO__JVP_VALUES 24

/* J v for a seeded tangent against differences, and against backward. */
clino_status clino__layer_jvp(clino__layer_run *run, bool *holds);

#endif
