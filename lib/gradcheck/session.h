/* What the tests along directions share: a problem opened at its point, displacements of all entries at once, gradients
 * as vectors, seeded vectors on the scale of the coordinates. */
#ifndef CLINO_GRADCHECK_SESSION_H
#define CLINO_GRADCHECK_SESSION_H

#include "gradcheck/objective.h"
#include "gradcheck/problem.h"

typedef struct clino__session {
  clino__problem p;
  clino_gradcheck_result r;    /* of the preconditions: verdict, reason, worst entry; counts of calls */
  size_t n;                    /* entries */
  double *moved;               /* by how much each entry is displaced, as stored */
  bool saved;                  /* the caller's memory is, and is to be put back */
  double spacing;              /* relative spacing of the coarsest coordinates: 2^-52 or 2^-23 */
} clino__session;

/* What the callers of all tests may set. */
typedef struct clino__setup {
  const clino_model *model;
  const clino__flat *flat;     /* NULL: a model of the caller */
  void *ctx;                   /* of the hooks */
  uint64_t seed;
  clino_grad_mode grad_mode;
  clino_context_ops context;
} clino__setup;

/* Opens a session at the values that are there. s must stay where it is, and be closed in any case. Errors:
 * CLINO_ERR_RANGE, CLINO_ERR_MEMORY. *holds: the coordinates are finite, else s->r has the verdict. */
clino_status clino__session_open(clino__session *s, const clino__setup *setup, bool *holds, clino_error *error);

/* Puts the caller's memory back and frees. */
void clino__session_close(clino__session *s);

/* The preconditions of the gradient, without a look at f: finite, deterministic, every entry written as grad_mode
 * declares, inputs and what lies around the buffers untouched. Fills p.gradient. Two gradients. */
clino_status clino__session_field(clino__session *s, bool *holds);

/* Displaces all entries by t d from the point (plus offset, where not NULL), into s->moved what became of it. */
void clino__session_move(clino__session *s, const double *offset, double t, const double *d);
void clino__session_reset(clino__session *s);

/* The value at the place moved to. */
clino_status clino__session_value(clino__session *s, double *f);

/* The gradient at the place moved to, and the value that was computed with it or before it. */
clino_status clino__session_gradient_value(clino__session *s, double *f, double *g);
clino_status clino__session_gradient(clino__session *s, double *g);

/* The scale of a coordinate: its own size, and that of its tensor where it is smaller; own: its own alone, save for 0.
 *  */
double clino__session_scale(const clino__session *s, size_t entry, bool own);

/* A seeded vector: each component between half and once its coordinate's scale, its sign random. */
void clino__session_random(const clino__session *s, uint64_t purpose, bool own, double *d);

/* The t at which t d moves the coordinate that it moves most, against its scale, by all of it. */
double clino__session_reach(const clino__session *s, const double *d);

/* Whether single precision is the measure of things: of f's values or of any tensor. */
bool clino__session_single(const clino__session *s);

/* Deviation of noise in 7 equally spaced values of something smooth: the least over the orders 2 to 4 of their
 * differences (J. J. More and S. M. Wild, "Estimating computational noise", 2011, eq. 2.3). NaN where one is not
 * finite.
 */
#define CLINO__NOISE_POINTS 7
double clino__difference_noise(const double f[CLINO__NOISE_POINTS]);

/* Sum of a_i b_i, and of the squares (a_i b_i)^2 under a root; compensated, safe from overflow of the squares. */
double clino__dot(const double *a, const double *b, size_t n);
double clino__dot_size(const double *a, const double *b, size_t n);

#endif
