/* clino/spectrum.h - the extreme eigenvalues and the trace of the Hessian, from gradients alone.
 *
 *   clino_point *point;                                        (clino/point.h)
 *   clino_spectrum_options o = clino_spectrum_options_default();
 *   clino_spectrum_result r;
 *   clino_spectrum(point, &o, &r, &error);                     r.lowest[0].value, r.highest[0].value
 *
 * A product with the Hessian is a difference of gradients,
 *   H v = (g(x + h v) - g(x - h v)) / (2 h),   or, at half the cost,   (g(x + h v) - g(x)) / h   with g(x) kept,
 * h from the measured noise of the gradient and from how the quotient bends. Small Hessians are taken whole (LAPACK),
 * the ends of large ones by the implicitly restarted Lanczos method (ARPACK) without a matrix. What is found is then
 * taken anew with centered products at two steps: v'Hv, the residual |Hv - (v'Hv) v|, and how much the steps disagree.
 *
 * With a preconditioner D > 0, everything is about D^-1/2 H D^-1/2, whose eigenvalues are those of D^-1 H: what decides
 * the stability of Adam and its kin (clino/stability.h).
 *
 * Unreliable where f has kinks: the Hessian of a net of relus lacks what the kinks contribute, and a difference that
 * crosses some has a large error bar. The eigenvalues are those of the function, regularizers included, that the point
 * was opened with.
 *
 * ARPACK keeps state between its calls: eigenvalue runs of several threads wait for one another. A callback must not
 * start another one (CLINO_ERR_UNSUPPORTED).
 *
 * Sources: R. B. Lehoucq, D. C. Sorensen and C. Yang, "ARPACK users' guide" (1998); M. F. Hutchinson, Commun. Stat.
 * Simul. Comput. 19 (1990), for the trace; B. N. Parlett, "The symmetric eigenvalue problem" (1998), sec. 4.5, for the
 * residual as an error bar; J. Cohen et al., "Adaptive gradient methods at the edge of stability" (2022), for D.
 */
#ifndef CLINO_SPECTRUM_H
#define CLINO_SPECTRUM_H

#include "clino/point.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CLINO_SPECTRUM_MOST 16

typedef enum clino_product_form {
  CLINO_PRODUCT_CENTERED = 1, /* two gradients a product, truncation like h^2 */
  CLINO_PRODUCT_FORWARD       /* one, like h */
} clino_product_form;

/* What is asked of an eigensolver: unit eigenvectors of a symmetric operator at both ends of its spectrum, whose
 * eigenvalues all are positive and within a factor of about three. */
typedef struct clino_eigen_job {
  size_t n;
  size_t pairs;            /* vectors, half of them at each end; even; n is at least pairs + 2 */
  size_t basis;            /* how many vectors the Krylov basis may have, at least pairs + 2, at most n */
  double tolerance;        /* residual at which a vector counts as found, relative to its eigenvalue */
  uint64_t max_products;   /* after which the vectors so far are the answer, converged or not */
  double *start;           /* n numbers, the start vector; may be overwritten */
  double *vectors;         /* room for pairs vectors of n numbers, one after the other, by rising eigenvalue: written */
  int (*product)(const double *v, double *out, void *ctx); /* out = A v, n numbers each, apart; nonzero: the solver
                                                              returns at once, with CLINO_OK */
  void *ctx;
} clino_eigen_job;

/* An eigensolver. Errors: its own; in error, which may be NULL. It must return: leaving by longjmp or a C++ exception
 * is undefined. */
typedef clino_status (*clino_eigen_solver)(const clino_eigen_job *job, void *solver_ctx, clino_error *error);

typedef struct clino_spectrum_options {
  size_t struct_size;             /* set by clino_spectrum_options_default */
  size_t per_end;                 /* eigenvalues at each end; default 1, 1 to CLINO_SPECTRUM_MOST; at most n */
  double tolerance;               /* residual at which a vector counts as found, relative to max|lambda|; default 1e-3,
                                     1e-12 to 0.5 */
  clino_product_form form;        /* of the products of the Lanczos method; default CLINO_PRODUCT_FORWARD */
  size_t dense_up_to;             /* entries up to which the whole Hessian is taken; default 48, at most 4096 */
  uint64_t max_gradients;         /* calls for the gradient after which the Lanczos method answers with what it has; at
                                     least 40; default 1000. The whole Hessian takes 4 n whatever this is */
  const double *preconditioner;   /* D, an entry each, all above 0; NULL (default): none */
  double *lowest_vectors;         /* room for per_end vectors of n numbers, one after the other: unit vectors (of the */
  double *highest_vectors;        /* preconditioned problem); NULL (default): not wanted */
  uint64_t seed;                  /* of the start vector; default 1 */
  clino_eigen_solver solver;      /* finds the ends of a large Hessian; NULL (default): ARPACK */
  void *solver_ctx;
} clino_spectrum_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_spectrum_options clino_spectrum_options_default(void);

/* An eigenvalue of which the vector is known. */
typedef struct clino_eigenvalue {
  double value;    /* v'Hv */
  double error;    /* an eigenvalue lies within it: residual, and error of the products */
  double residual; /* |Hv - value v|; with the whole Hessian: its asymmetry and the products' errors together */
  bool converged;  /* residual within tolerance max|lambda| */
} clino_eigenvalue;

typedef struct clino_spectrum_result {
  clino_verdict verdict;       /* PASS: usable. NONFINITE, FAIL, ...: a precondition failed, or gradients nearby are not
                                  finite; all numbers are then NaN */
  clino_reason reason;
  size_t entries;
  size_t count;                /* at each end: per_end, or n where that is less */
  clino_eigenvalue lowest[CLINO_SPECTRUM_MOST];  /* rising */
  clino_eigenvalue highest[CLINO_SPECTRUM_MOST]; /* falling */
  double largest;              /* max|lambda| over both */
  bool dense;                  /* the whole Hessian was taken */
  bool converged;              /* all of them are */
  bool zero;                   /* the Hessian is 0 as far as can be told: products are no larger than their noise */
  double trace;                /* of the whole Hessian; NaN where it was not taken (clino_hessian_trace) */
  double step;                 /* h, relative to the coordinates' scale */
  double gradient_noise;       /* as clino_point_measure_noise tells it */
  uint64_t gradients;          /* calls that this took */
} clino_spectrum_result;

/* Finds the extreme eigenvalues of the Hessian at a point.
 *   options  NULL: the defaults;  result  not NULL;  error  may be NULL
 * Bad convergence is no error: result.converged is false, and each eigenvalue has its residual.
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED, CLINO_ERR_MEMORY, CLINO_ERR_UNSUPPORTED
 * (started within another one's callback, or LAPACK or ARPACK failed). Vectors are then not written.
 * Cost: the whole Hessian 4 n + 8 gradients and 40 n^2 bytes; else 8, one or two (form) a product, 4 a vector found, 30
 * to 100 products; memory 8 n (2 per_end + 24) bytes and 100 n. The same seed gives the same numbers. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_spectrum(clino_point *point, const clino_spectrum_options *options,
                                                        clino_spectrum_result *result, clino_error *error);

/* The eigenvalues in one or a few lines, at most 900 bytes. result: not NULL. text: room for size bytes, written at
 * most size - 1 and terminated; NULL only for size 0. Returns the length that the whole text has. Thread safe. */
CLINO_API size_t clino_spectrum_describe(const clino_spectrum_result *result, char *text, size_t size);

/* The whole Hessian by centered products along each coordinate, into hessian[i n + j], symmetrized; and an error bar of
 * it (Frobenius norm: asymmetry, and how two steps disagree), into *error_norm unless that is NULL.
 *   hessian  room for n^2 numbers; NaN where gradients are not finite
 * options: NULL, or of which the preconditioner and the seed are used; n up to 4096. Errors as clino_spectrum. Cost: 4
 * n + 8 gradients. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hessian_dense(clino_point *point, const clino_spectrum_options *options,
                                                             double *hessian, double *error_norm, clino_error *error);

typedef struct clino_trace_result {
  double trace;              /* NaN where gradients are not finite */
  double standard_error;     /* of the mean over the samples; NaN for one */
  size_t samples;
  uint64_t gradients;
} clino_trace_result;

/* Estimates the trace of the Hessian: the mean of z'Hz over seeded vectors z of signs (Hutchinson 1990), whose variance
 * is twice the sum of the squares beside the diagonal: exact for a diagonal Hessian.
 *   samples  1 to 1,000,000;  options  NULL, or of which form, preconditioner and seed are used;  result  not NULL
 * Errors as clino_spectrum. Cost: 8 gradients, and one or two a sample. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_hessian_trace(clino_point *point, size_t samples,
                                                             const clino_spectrum_options *options,
                                                             clino_trace_result *result, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
