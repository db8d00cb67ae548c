/* clino/point.h - a function opened at a point: its value and gradient there, and at displacements from there.
 *
 *   clino_point *point;
 *   if (clino_point_new(f, NULL, n, x, NULL, &point, &error) != CLINO_OK) ...
 *   clino_critical_point(point, NULL, &result, &error);       (clino/critical_point.h)
 *   clino_point_free(point);
 *
 * What looks at the surroundings of a point (clino/curvature.h) takes one of these, be it of an objective or of a model
 * in place, and shares what is known: the gradient, its noise, the calls so far. Entries are numbered as in the
 * objective, or in the order of the model's tensors (row-major, tied ones once, only what has a gradient).
 *
 * A model's values are put back bit for bit when a call returns; its gradient buffers, and all else, when the point is
 * freed. Between the two, the model may be evaluated but not trained: the point keeps the values that it was opened at.
 * One thread at a time for one point.
 */
#ifndef CLINO_POINT_H
#define CLINO_POINT_H

#include "clino/gradcheck.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_point clino_point;

typedef struct clino_point_options {
  size_t struct_size;               /* set by clino_point_options_default */
  uint64_t seed;                    /* of the reseed hook; default 1 */
  double typical;                   /* coordinates that are smaller count as of this size: a point that ran into the
                                       origin is not told from it otherwise (typx of Dennis and Schnabel 1983, sec.
                                       7.1). Default 1e-3, judgement; 0 or more, finite */
  clino_grad_mode grad_mode;        /* default CLINO_GRAD_OVERWRITES */
  clino_context_ops context;        /* default: none; of it, reseed is used */
  clino_progress_callback progress; /* after every call of the caller's code; nonzero cancels. default NULL */
  void *progress_ctx;
} clino_point_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_point_options clino_point_options_default(void);

/* What is known of a point. */
typedef struct clino_point_info {
  clino_verdict verdict;        /* PASS: usable; else which precondition of gradcheck() failed */
  clino_reason reason;
  clino_gradcheck_entry entry;  /* which one a failed precondition is about */
  size_t entries;
  double value;                 /* f there */
  double gradient_norm;         /* Euclidean; NaN or infinite where an entry is */
  double scale_norm;            /* Euclidean norm of the sizes of the coordinates (clino_point_scales) */
  bool single;                  /* coordinates, or f's values, are in single precision */
  uint64_t evaluations, gradients; /* calls so far; a model's loss is called before each gradient too */
} clino_point_info;

/* Opens an objective at x.
 *   x        n finite numbers, copied;  options  NULL: the defaults;  point  set to it, or to NULL; not NULL
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED, CLINO_ERR_MEMORY. Where f or its gradient
 * fails a precondition, the point is made all the same: info says so, and the calls of clino/curvature.h answer with
 * it. Cost: two gradients and two values; 60 bytes an entry. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_point_new(clino_objective objective, void *ctx, size_t n,
                                                         const double *x, const clino_point_options *options,
                                                         clino_point **point, clino_error *error);

/* Opens a model at the values that it has. model: copied, its tensors too; what they point at stays the caller's, and
 * must stay until the point is freed. Otherwise as clino_point_new. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_point_new_model(const clino_model *model,
                                                               const clino_point_options *options,
                                                               clino_point **point, clino_error *error);

/* Puts a model's values and gradients back and frees. NULL is allowed. */
CLINO_API void clino_point_free(clino_point *point);

/* What is known; all zero for NULL. */
CLINO_API clino_point_info clino_point_get_info(const clino_point *point);

/* The coordinates and the gradient there: info.entries numbers, valid until the point is freed; NULL for NULL. */
CLINO_API const double *clino_point_x(const clino_point *point);
CLINO_API const double *clino_point_gradient(const clino_point *point);

/* The size on which each coordinate lives, into scales[0..entries-1]: the largest of its own, that of its tensor (RMS,
 * at most 1; 1 where all of it is 0), and options.typical. point, scales: not NULL. */
CLINO_API void clino_point_scales(const clino_point *point, double *scales);

/* The value at x + offset + t d, into *f, which may come to be NaN or infinite.
 *   offset, d  entries numbers each; NULL: zeros
 * Errors: CLINO_ERR_RANGE (point or f is NULL), CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED. Cost: one value. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_point_value_at(clino_point *point, const double *offset, double t,
                                                              const double *d, double *f, clino_error *error);

/* The gradient at x + offset + t d, into g[0..entries-1], and the value, into *f unless that is NULL. g: apart from
 * offset and d. Otherwise as clino_point_value_at. Cost: one gradient (of an objective: with its value). */
CLINO_API CLINO_WARN_UNUSED clino_status clino_point_gradient_at(clino_point *point, const double *offset, double t,
                                                                 const double *d, double *f, double *g,
                                                                 clino_error *error);

/* How noisy value and gradient are: rounding, and what f computes in single precision inside. */
typedef struct clino_point_noise {
  double value;     /* standard deviation of f's noise, at least rounding */
  double gradient;  /* of the gradient's: Euclidean norm of the deviations of its entries */
} clino_point_noise;

/* Measures noise along d from 7 equally spaced values and gradients (differences of order 2 to 4), on both sides and at
 * shorter spacing where the first line shows more than rounding.
 *   d  entries finite numbers, not all 0;  noise  written
 * Errors: CLINO_ERR_RANGE, CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED, CLINO_ERR_MEMORY. Cost: 6 to 24 gradients with
 * values; 56 bytes an entry. Source: J. J. More and S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput.
 * 33 (2011), eq. 2.3. Unreliable where f is rough at every scale. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_point_measure_noise(clino_point *point, const double *d,
                                                                   clino_point_noise *noise, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
