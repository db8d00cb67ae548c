/* clino/taylor.h - does f follow its gradient? The Taylor test.
 *
 * Along a direction d the remainder
 *   R(t) = f(x + t d) - f(x) - t g'd
 * of a right gradient g falls like t^2 as t falls, that of a wrong one like t. Its even part (R(t) + R(-t)) / 2 holds
 * curvature and kinks, its odd part (R(t) - R(-t)) / 2 the discrepancy of the slope:
 *
 *                      odd part            even part
 *   right, smooth      t^3                 t^2
 *   wrong, smooth      t (discrepancy)     t^2
 *   kink at x          t or less           t (half the jump of the slope)
 *
 * The test measures R over a ladder of t, at t and -t, and uses only those t at which R stands clear of f's noise and
 * follows a power law. What decides is the discrepancy of the slope with its error bar; the orders are reported beside
 * it. A whole direction costs some 30 evaluations whatever n is, so that the test suits large models; it tells that a
 * gradient is wrong, and gradcheck() where.
 *
 *   PASS              the discrepancy is within its error bar, and that is small enough to mean something
 *   KINK              f has a kink at x along d, and g'd lies between the one-sided slopes, or among those that the
 *                     callback's gradients at points nearby give, which differences there confirm
 *   INCONCLUSIVE      noise or kinks hide the slope (reason NOISE or STEP)
 *   FAIL              the remainder is of first order: g'd is not the slope; or a precondition of gradcheck() failed
 *   NONFINITE, NONDETERMINISTIC   as in clino/gradcheck.h
 *
 * What it cannot see: an error across which all of its directions happen to lie, and one below its error bar. Sources:
 * the Taylor remainder test of P. E. Farrell, D. A. Ham, S. W. Funke and M. E. Rognes, "Automated derivation of the
 * adjoint of high-level transient finite element programs", SIAM J. Sci. Comput. 35 (2013), sec. 5; More and Wild
 * (2011) for the noise, Burke, Lewis and Overton (2005) for gradients near a kink, as in clino/gradcheck.h.
 */
#ifndef CLINO_TAYLOR_H
#define CLINO_TAYLOR_H

#include "clino/gradcheck.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CLINO_TAYLOR_RUNGS 24
#define CLINO_TAYLOR_DIRECTIONS 64

/* The caller's own product of the Hessian at x with v: hv[0..n-1] = H(x) v. Entries are numbered as in the objective,
 * or in the order of the model's tensors (row-major, tied ones once, only what has a gradient). In a model the
 * parameters stand at x too. Returns 0, anything else stops the call. x, v and hv are Clino's; ctx: of the objective or
 * model. */
typedef int (*clino_hessian_product)(size_t n, const double *x, const double *v, double *hv, void *ctx);

typedef struct clino_taylor_options {
  size_t struct_size;         /* set by clino_taylor_options_default */
  const double *direction;    /* n entries, finite, not all 0: the only direction tried; NULL (default): random ones */
  size_t directions;          /* how many random ones; default 4, 1 to CLINO_TAYLOR_DIRECTIONS. Components lie between
                                 half and once their scale, signs random; the scale is that of the tensor's coordinates
                                 in every other direction, and the coordinate's own size in the rest */
  double tolerance;           /* discrepancy of the slope that is allowed on top of its error bar, relative to the
                                 slope's size; default 1e-7, 0 to 1. Single precision is given at least 1e-4 */
  double resolution;          /* largest error bar, relative to the slope's size, at which an agreement counts; default
                                 1e-3, above 0 to 1 */
  uint64_t seed;              /* of directions and of the reseed hook; default 1 */
  clino_grad_mode grad_mode;  /* default CLINO_GRAD_OVERWRITES */
  clino_hessian_product hessian; /* NULL (default): none. Else R(t) - t^2/2 d'Hd is tested too: order 3 */
  clino_context_ops context;  /* default: none; trace is not used */
} clino_taylor_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_taylor_options clino_taylor_options_default(void);

/* One t of the ladder. */
typedef struct clino_taylor_rung {
  double t;
  double forward, backward;   /* R(t), R(-t); NaN or infinite where f is */
  double noise;               /* error bar of either: three deviations of f's noise, and rounding */
} clino_taylor_rung;

/* A power law |r| = c t^order, fitted over the smallest t's that stand clear of noise and follow one. */
typedef struct clino_taylor_fit {
  double order, error;        /* NaN: nothing stands clear of noise, or it follows no power law */
  double from, to;            /* the t's used, falling */
  size_t rungs;
} clino_taylor_fit;

typedef struct clino_taylor_direction {
  size_t index;               /* 0-based */
  bool given;                 /* it is options.direction */
  clino_verdict verdict;      /* of the gradient */
  clino_reason reason;
  double slope;               /* g'd */
  double measured, error;     /* the slope of f, and its error bar; the discrepancy is slope - measured */
  double left, right;         /* one-sided slopes at the smallest t that resolves them; NaN: none does */
  double size;                /* of a slope: max(|slope|, |measured|, rms over all signs of d's components) */
  bool rounding_only;         /* the remainder is rounding only, at every t: f is linear along d */
  clino_taylor_fit remainder, even, odd; /* of sqrt((R(t)^2 + R(-t)^2) / 2), of the even and of the odd part */
  clino_verdict second_verdict;          /* of the Hessian product; NONE without one, or where the first is not PASS */
  clino_reason second_reason;
  double curvature;                      /* d'Hd of the caller */
  double measured_curvature, curvature_error;
  clino_taylor_fit second;               /* of the remainder less t^2/2 d'Hd */
  size_t n_rungs;
  clino_taylor_rung rung[CLINO_TAYLOR_RUNGS]; /* t falls */
} clino_taylor_direction;

typedef struct clino_taylor_result {
  clino_verdict verdict;      /* the gravest over all directions, first and second order */
  clino_reason reason;
  clino_taylor_direction worst; /* of the gravest verdict, the largest discrepancy against its size */
  size_t directions;          /* that were tried */
  size_t counts[CLINO_VERDICT_COUNT]; /* of them, by the graver of their two verdicts */
  size_t entries;             /* of the gradient */
  clino_gradcheck_entry entry; /* which one a failed precondition is about */
  uint64_t evaluations, gradients, products; /* calls for the value, the gradient, the Hessian product */
  double value, other_value;  /* f(x); a second, different value where there was one */
  double noise;               /* standard deviation of the noise of f, as measured */
  uint64_t seed;
} clino_taylor_result;

/* Tests the gradient of an objective at x along directions.
 *   objective  called with grad NULL for the value alone; ctx is handed through
 *   n          entries of x, 1 or more;  x  n finite numbers, not changed
 *   options    NULL: the defaults;  result  never NULL, always filled;  error  may be NULL
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY; the verdict is then NONE.
 * Cost: about 12 evaluations and 2 gradients, then up to 42 evaluations a direction; a slope that disagrees costs up
 * to 80 evaluations and 16 gradients more. Memory: about 100 bytes an entry. Thread safe where the callback is.
 * Unreliable where f varies on a scale below 1e-12 of its coordinates. Source: see the head of this file. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_taylor_test(clino_objective objective, void *ctx, size_t n,
                                                           const double *x, const clino_taylor_options *options,
                                                           clino_taylor_result *result, clino_error *error);

/* Tests the gradient of a model in place: values and gradients are put back bit for bit on every path out. Otherwise as
 * clino_taylor_test. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_taylor_test_model(const clino_model *model,
                                                                 const clino_taylor_options *options,
                                                                 clino_taylor_result *result, clino_error *error);

/* PASS or KINK. False for NULL and for a zeroed result. */
CLINO_API bool clino_taylor_accepted(const clino_taylor_result *result);

/* The verdict, the slopes and the orders in at most 900 bytes, for a test framework's message.
 * result: not NULL. text: room for size bytes, written at most size - 1 and terminated; NULL only for size 0.
 * Returns the length that the whole text has; where memory is out, the text ends early. Thread safe. */
CLINO_API size_t clino_taylor_describe(const clino_taylor_result *result, char *text, size_t size);

/* The long report: as above, and the table of t and remainders of the worst direction. */
CLINO_API size_t clino_taylor_report(const clino_taylor_result *result, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
