/* clino/sweep.h - error of the numerical derivative against the step: the picture behind a gradient check.
 *
 * Along one coordinate x_i of f, with the analytic derivative a, at steps h over many decades,
 *   forward   (f(x + h e_i) - f(x)) / h              error |forward - a|:  truncation ~ h,   rounding ~ 1/h
 *   centered  (f(x + h e_i) - f(x - h e_i)) / (2 h)  error |centered - a|: truncation ~ h^2, rounding ~ 1/h
 * where h is the step as stored, (x_i + h) - x_i. Of a right gradient of a smooth function both curves are a V over
 * logarithmic axes: they fall with slope 1 and 2 as h shrinks, to where rounding takes over, and rise with slope -1. A
 * wrong gradient has a floor that no step gets below; a kink is a jump at its distance.
 *
 *   clino_sweep_entry e = {"W1", 17};                          (or result.worst.tensor and result.worst.flat)
 *   clino_sweep *s;
 *   if (clino_step_sweep_model(&model, &e, 1, NULL, &s, &error) == CLINO_OK) {
 *     puts(clino_sweep_at(s, 0)->judgement);
 *     clino_sweep_svg(s, 0, to_file, file, NULL);
 *     clino_sweep_free(s);
 *   }
 *
 * It is made for looking at a few entries, not for a verdict: gradcheck() is that. What it says of an entry rests on
 * differences along that coordinate alone, without a branch trace and without gradients at other points.
 *
 * Sources: P. E. Gill, W. Murray, M. A. Saunders and M. H. Wright, "Computing forward-difference intervals for
 * numerical optimization", SIAM J. Sci. Stat. Comput. 4 (1983): truncation against rounding; CS231n, "Gradient checks".
 */
#ifndef CLINO_SWEEP_H
#define CLINO_SWEEP_H

#include "clino/gradcheck.h"
#include "clino/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which entry of the gradient. */
typedef struct clino_sweep_entry {
  const char *tensor; /* its name, as clino_gradcheck_entry.tensor ("x" of an objective); NULL: flat counts over all
                         entries in the order of the tensors, tied ones once */
  size_t flat;        /* row-major index in the tensor */
} clino_sweep_entry;

typedef struct clino_sweep_options {
  size_t struct_size;        /* set by clino_sweep_options_default */
  double smallest, largest;  /* steps over the coordinate's scale; defaults 1e-15 and 1, above 0, smallest < largest */
  size_t per_decade;         /* steps a decade; default 4, 1 to 100 */
  double scale;              /* of the coordinate, absolute; CLINO_AUTO (default): its own size, or that of its tensor
                                (root mean square, at most 1; 1 where that is 0) where that is larger. Above 0 */
  const double *lower;       /* bounds of the domain, as in clino_gradcheck_options; NULL (default): none. f is not */
  const double *upper;       /* called outside: such steps are left out */
  uint64_t seed;             /* handed to context.reseed; default 1 */
  clino_context_ops context; /* default: none; only reseed is used, before every evaluation */
} clino_sweep_options;

/* What the curves look like. */
typedef enum clino_sweep_shape {
  CLINO_SWEEP_RIGHT = 0, /* the error gets as small as truncation and rounding allow */
  CLINO_SWEEP_FLOOR,     /* it does not: the analytic value is wrong */
  CLINO_SWEEP_KINK,      /* the slopes to the left and right differ, at steps above kink_distance or at all */
  CLINO_SWEEP_NOISE,     /* rounding and noise of f hide the derivative at every step */
  CLINO_SWEEP_RANDOM,    /* the same x gives two values */
  CLINO_SWEEP_NONFINITE  /* x, f(x) or the analytic value is NaN or infinite, or f is at every step */
} clino_sweep_shape;
#define CLINO_SWEEP_SHAPE_COUNT 6

/* One step. What could not be taken (bounds, a step below the spacing of numbers, f not finite) is NaN. */
typedef struct clino_sweep_point {
  double step;                            /* as asked for, absolute */
  double forward_step, centered_step;     /* as stored: (x + h) - x, and half of (x + h) - (x - h) */
  double forward, centered;               /* the differences */
  double forward_error, centered_error;   /* |difference - analytic|, absolute */
} clino_sweep_point;

/* What is seen of one kind of difference. NaN where it is not seen. */
typedef struct clino_sweep_fit {
  double order;                 /* slope of log error over log step where truncation dominates: 1 forward, 2 centered */
  double residual;              /* of that fit: root mean square, in decades; at most 0.04 */
  double order_low, order_high; /* the steps between which it holds; a decade or more */
  double best_step;             /* where the error is smallest, neighbours included: a lucky zero is no best step */
  double best_error;            /* the largest error of that step and its two neighbours, absolute */
} clino_sweep_fit;

/* The sweep of one entry. */
typedef struct clino_sweep_curve {
  char tensor[64];
  size_t flat, n_dims, index[CLINO_MAX_DIMS];
  double value, analytic;          /* coordinate, derivative */
  double coordinate_scale;         /* steps are between smallest and largest times this */
  double scale;                    /* errors are relative to it: max(|analytic|, |numeric|), or 1 where both are 0 */
  double numeric, numeric_error;   /* the best numeric derivative, found without the analytic one, and its error */
  int direction;                   /* 1; -1 where a bound leaves no room above: forward differences are backward ones */
  const clino_sweep_point *points; /* by rising step, those that are stored alike once; the sweep's */
  size_t n;
  clino_sweep_fit forward, centered;
  double noise;                    /* standard deviation of f's noise, from the branch of slope -1; NaN: not seen */
  double noise_slope;              /* slope of that branch, near -1; NaN where it is shorter than a decade */
  double left, right;              /* one-sided slopes at the step of numeric */
  double kink_distance;            /* NaN: no kink seen; 0: closer than any step that rounding leaves */
  clino_sweep_shape shape;
  char judgement[320];             /* one sentence for people */
} clino_sweep_curve;

/* Curves of one or more entries; holds its own copies of everything. */
typedef struct clino_sweep clino_sweep;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_sweep_options clino_sweep_options_default(void);

/* Sweeps entries of the gradient of an objective at x.
 *   objective, ctx, n, x  as in gradcheck()
 *   entries    n_entries of them, 1 or more
 *   options    NULL: the defaults
 *   sweep      not NULL; set to what the caller frees with clino_sweep_free, NULL on an error; error  may be NULL
 * Errors: CLINO_ERR_RANGE (named: a NULL, an option, an entry that is not there or not differentiated, bounds that
 * exclude x), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY. Cost: two evaluations a step and entry (120 an entry by
 * default), and two and a gradient; memory: about 100 bytes a step. Thread safe for different ctx. Unreliable where f
 * keeps hidden state, where it has several kinks within the steps, where it varies on a scale below 1e-13 of the
 * coordinate, and for steps above the scale on which f bends (choose options.scale where x_i is not of its size). */
CLINO_API CLINO_WARN_UNUSED clino_status clino_step_sweep(clino_objective objective, void *ctx, size_t n,
                                                          const double *x, const clino_sweep_entry *entries,
                                                          size_t n_entries,
                                                          const clino_sweep_options *options, clino_sweep **sweep,
                                                          clino_error *error);

/* Sweeps entries of a model whose parameters are moved in place. Values and gradients are put back bit for bit on every
 * path out. Gradient buffers are zeroed before backward is called, so that it may overwrite or accumulate. Steps of a
 * single-precision tensor are such as it can store. Otherwise as clino_step_sweep. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_step_sweep_model(const clino_model *model,
                                                                const clino_sweep_entry *entries, size_t n_entries,
                                                                const clino_sweep_options *options, clino_sweep **sweep,
                                                                clino_error *error);

/* Frees a sweep. NULL is allowed. */
CLINO_API void clino_sweep_free(clino_sweep *sweep);

/* How many curves there are, one an entry; 0 for NULL. Thread safe. */
CLINO_API size_t clino_sweep_count(const clino_sweep *sweep);

/* The i-th curve, in the order of the entries; the sweep's. NULL past the end. Thread safe. */
CLINO_API const clino_sweep_curve *clino_sweep_at(const clino_sweep *sweep, size_t i);

/* A name for people: "right", "floor", ...; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_sweep_shape_name(clino_sweep_shape shape);

/* Writes the i-th curve as a plot (clino/plot.h): relative error of both differences against the step, slopes 1, 2
 * and -1 for reference, the best step of each, the distance of a kink, the judgement below.
 * sink: called once. Errors: CLINO_ERR_RANGE (a NULL, no such curve), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY. Thread
 * safe. */
CLINO_API clino_status clino_sweep_svg(const clino_sweep *sweep, size_t i, clino_text_sink sink, void *ctx,
                                       clino_error *error);

/* Writes all curves as CSV (RFC 4180), one row a step: tensor, flat, value, analytic, then the fields of
 * clino_sweep_point; a NaN is an empty field. Numbers read back to the same bits, whatever the locale.
 * Sink, errors and thread safety as in clino_sweep_svg. */
CLINO_API clino_status clino_sweep_csv(const clino_sweep *sweep, clino_text_sink sink, void *ctx, clino_error *error);

/* Writes all curves for people: judgement, orders, best steps, noise, and a table of relative errors with two steps a
 * decade. Sink, errors and thread safety as in clino_sweep_svg. */
CLINO_API clino_status clino_sweep_text(const clino_sweep *sweep, clino_text_sink sink, void *ctx, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
