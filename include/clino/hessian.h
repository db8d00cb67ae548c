/* clino/hessian.h - second derivatives from gradients alone: products with the Hessian, and whether it is symmetric.
 *
 *   H v = (g(x + h v) - g(x - h v)) / (2 h),
 * over a ladder of h, with an error bar for each entry from the gradient's own noise (measured) and from how the
 * quotient changes with h. Where a kink of f lies within reach of every h the gradient jumps and the quotient does not
 * settle: such entries have a large error bar and are counted, and no verdict is built on them.
 *
 * Neither the products nor the symmetry look at the value of f. A gradient callback is called with a place for it all
 * the same; a model's loss is called before its backward, as ever, and may be NULL in clino_symmetry_test_model.
 */
#ifndef CLINO_HESSIAN_H
#define CLINO_HESSIAN_H

#include "clino/taylor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_hessian_options {
  size_t struct_size;         /* set by clino_hessian_options_default */
  double tolerance;           /* of clino_hvp_check and clino_symmetry_test: what is allowed on top of the error bars,
                                 relative; default 1e-5, 0 to 1. Single precision is given at least 1e-3 */
  double resolution;          /* largest error bar, relative to the size of the product, at which an agreement counts;
                                 default 1e-2, above 0 to 1 */
  double step;                /* h of clino_hvp, a multiple of v; CLINO_AUTO (default): chosen. Above 0. With a step and
                                 a noise given, a product costs 4 gradients */
  double noise;               /* deviation of the gradient's noise relative to its largest entry; CLINO_AUTO (default):
                                 measured, for each entry. 0 or more */
  size_t vectors;             /* how many seeded vectors (clino_hvp_check) or pairs of them (clino_symmetry_test) are
                                 tried; default 3, 1 to 1000 */
  uint64_t seed;              /* of the vectors and of the reseed hook; default 1 */
  clino_grad_mode grad_mode;  /* default CLINO_GRAD_OVERWRITES */
  clino_context_ops context;  /* default: none; trace is not used */
} clino_hessian_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_hessian_options clino_hessian_options_default(void);

/* ---- products ---- */

/* How a product came about. */
typedef struct clino_hvp_info {
  clino_verdict verdict;      /* PASS: usable; FAIL, NONFINITE, NONDETERMINISTIC: a precondition failed, hv is NaN */
  clino_reason reason;
  clino_gradcheck_entry entry; /* which one a failed precondition is about */
  size_t entries;
  size_t unsettled;           /* entries whose quotient did not settle: error bar above resolution * rms of hv */
  double step;                /* h at which most entries were taken; fit for options.step of products nearby */
  double noise;               /* relative, as in options.noise */
  double rms, error_rms;      /* of hv and of its error bars */
  uint64_t gradients;
} clino_hvp_info;

/* The product of the Hessian of an objective at x with v, by centered differences of its gradient.
 *   v          n finite numbers, not all 0;  hv  n numbers, written;  errors  n error bars, written; may be NULL
 *   options    NULL: the defaults;  info  may be NULL;  error  may be NULL
 * hv and errors may not overlap x or v. An entry whose gradient is not finite at any two steps is NaN with an infinite
 * error bar. Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY; hv is then not written.
 * Cost: about 30 gradients; 6 with step and noise given (2 of them check the callback). Memory: about 150 bytes an
 * entry. Thread safe where the callback is. Unreliable where v moves some coordinates far more, for their scale, than
 * others. Source: C. T. Kelley, "Iterative methods for optimization" (1999), sec. 2.5, for the product; Gill, Murray,
 * Saunders and Wright (1983) for the step. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hvp(clino_objective objective, void *ctx, size_t n, const double *x,
                                                   const double *v, const clino_hessian_options *options, double *hv,
                                                   double *errors, clino_hvp_info *info, clino_error *error);

/* The same of a model in place: n, v, hv and errors number its entries as clino_hessian_product does; n must be their
 * count. Values and gradients are put back bit for bit on every path out. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hvp_model(const clino_model *model, size_t n, const double *v,
                                                         const clino_hessian_options *options, double *hv,
                                                         double *errors, clino_hvp_info *info, clino_error *error);

/* One entry of a product of the caller. */
typedef struct clino_hvp_entry {
  clino_gradcheck_entry at;   /* tensor, indices, value; analytic: the caller's; numeric, error; verdict, reason */
  size_t vector;              /* which seeded vector */
} clino_hvp_entry;

typedef struct clino_hvp_result {
  clino_verdict verdict;      /* the gravest over all entries and vectors */
  clino_reason reason;
  clino_hvp_entry worst;      /* of the gravest verdict, the largest disagreement against the product's size */
  size_t entries, vectors;
  size_t counts[CLINO_VERDICT_COUNT]; /* of entries, over all vectors */
  double rms;                 /* of the numeric product with the worst entry's vector */
  uint64_t gradients, products;
  uint64_t seed;
} clino_hvp_result;

/* Checks the caller's Hessian-vector product against differences of the gradient, with seeded random vectors.
 * An entry a of the caller's and n of the differences, with error bar E: PASS where |a - n| <= tolerance max(|a|, |n|)
 * + E and E <= resolution max(|a|, |n|, s), s the rms of the product; FAIL or SUSPECT (relative error above 1e-2, or
 * below) where they are further apart than twice E; INCONCLUSIVE else. The product must be deterministic and finite and
 * write all entries and nothing else; the gradient is taken to be right (gradcheck() it first).
 * Parameters, errors, thread safety as in clino_taylor_test. Cost: 30 gradients and a product a vector, 2 of each more.
 * Source: the entry-wise rule is that of clino/gradcheck.h. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hvp_check(clino_objective objective, clino_hessian_product product,
                                                         void *ctx, size_t n, const double *x,
                                                         const clino_hessian_options *options,
                                                         clino_hvp_result *result, clino_error *error);

/* The same for a model in place. Values and gradients are put back bit for bit on every path out. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hvp_check_model(const clino_model *model,
                                                               clino_hessian_product product,
                                                               const clino_hessian_options *options,
                                                               clino_hvp_result *result, clino_error *error);

/* PASS. False for NULL and for a zeroed result. */
CLINO_API bool clino_hvp_accepted(const clino_hvp_result *result);

/* The verdict and the worst entry in at most 900 bytes. Parameters, result and thread safety as in
 * clino_taylor_describe. */
CLINO_API size_t clino_hvp_describe(const clino_hvp_result *result, char *text, size_t size);

/* ---- symmetry ---- */

/* One pair of vectors. */
typedef struct clino_symmetry_pair {
  size_t index;               /* 0-based */
  clino_verdict verdict;
  clino_reason reason;
  double forward, backward;   /* u'Hv, v'Hu */
  double error;               /* error bar of their difference */
  double size;                /* against which it is small */
  double step;                /* at which they were taken, relative to the coordinates */
  bool settled;               /* false: the quotient did not settle over the steps: kinks, or noise */
} clino_symmetry_pair;

typedef struct clino_symmetry_result {
  clino_verdict verdict;      /* the gravest over all pairs */
  clino_reason reason;
  bool one_dimensional;       /* one entry: every field is a gradient there, nothing can be seen; INCONCLUSIVE */
  clino_symmetry_pair worst;
  size_t pairs, entries;
  size_t counts[CLINO_VERDICT_COUNT];
  clino_gradcheck_entry entry; /* which one a failed precondition is about */
  uint64_t gradients;
  uint64_t seed;
} clino_symmetry_result;

/* Tests whether a vector field can be a gradient: its Jacobian H must be symmetric, u'Hv = v'Hu for all u and v. f is
 * not needed, and *f of the objective not looked at.
 *   PASS          the two agree within error bars that are small against u'Hv, v'Hu or the field itself
 *   INCONCLUSIVE  noise (NOISE) or jumps of the field (STEP) hide the difference; or n is 1 (one_dimensional)
 *   FAIL          they differ, and do so alike over a range of steps: no gradient; or a precondition failed
 * Parameters, errors and thread safety as in clino_taylor_test. Cost: 2 gradients, then 12 a pair and 4 a step of it,
 * up to 24 steps, 60 gradients a pair in all where the field is smooth. Memory: about 120 bytes an entry. A field that
 * is the gradient of another function passes, as does one scaled by a constant: this test is a complement of
 * gradcheck(), and a help where f cannot be evaluated. Source: Poincare's lemma; e.g. J. Nocedal and S. J. Wright,
 * "Numerical optimization" (2006), sec. 8.1. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_symmetry_test(clino_objective objective, void *ctx, size_t n,
                                                             const double *x, const clino_hessian_options *options,
                                                             clino_symmetry_result *result, clino_error *error);

/* The same for a model in place; its loss may be NULL where backward does not need it. Values and gradients are put
 * back bit for bit on every path out. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_symmetry_test_model(const clino_model *model,
                                                                   const clino_hessian_options *options,
                                                                   clino_symmetry_result *result,
                                                                   clino_error *error);

/* PASS. False for NULL and for a zeroed result. */
CLINO_API bool clino_symmetry_accepted(const clino_symmetry_result *result);

/* The verdict and the worst pair in at most 900 bytes. Parameters, result and thread safety as in
 * clino_taylor_describe. */
CLINO_API size_t clino_symmetry_describe(const clino_symmetry_result *result, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
