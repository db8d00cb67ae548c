/* clino/gradcheck.h - is the gradient right?
 *
 * Compares an analytic gradient with centered differences in double precision,
 *   n_i = (f(x + h e_i) - f(x - h e_i)) / ((x_i + h) - (x_i - h)),
 * entry by entry. The error of n_i (truncation, rounding, and the function's own noise, which is measured) is estimated
 * and taken into account, so that a verdict means what it says:
 *
 *   PASS              agrees, and the agreement means something
 *   KINK              a kink lies within reach of the step and the analytic value is a valid subgradient there
 *   INCONCLUSIVE      the error is too large to tell; the reason and what would help are given
 *   SUSPECT           disagrees mildly
 *   FAIL              disagrees beyond doubt, or a precondition failed (see clino_reason)
 *   NONFINITE         f(x) or the analytic gradient is NaN or infinite
 *   NONDETERMINISTIC  the same x gives two values
 *
 *   int f(size_t n, const double *x, double *value, double *grad, void *ctx);
 *   clino_gradcheck_result r;
 *   if (gradcheck(f, NULL, n, x, NULL, &r, NULL) != CLINO_OK || !clino_gradcheck_accepted(&r)) ...
 *
 * A pass at one point proves little (x cos(pi x) with a factor pi missing in its derivative passes at every integer):
 * check at a generic point, or let options.points try several. Unreliable where f varies on a scale below about 1e-13
 * of a coordinate, where f keeps hidden state that the check cannot reset, where several kinks lie more closely
 * together than the steps, and where f rounds its doubles to single precision inside and adds a term in double (use
 * CLINO_TENSOR_F32): in the last two a right gradient may FAIL.
 *
 * Callbacks return 0, anything else stops the check (CLINO_ERR_CALLBACK). They must return: leaving by longjmp or a C++
 * exception is undefined. Nothing is printed, no global state is kept; checks of different models may run in different
 * threads. Sources: CS231n, "Neural networks 3: gradient checks" (bands, advice); Gill, Murray, Saunders and Wright,
 * SIAM J. Sci. Stat. Comput. 4 (1983) (steps); More and Wild, SIAM J. Sci. Comput. 33 (2011) (noise); Burke, Lewis
 * and Overton, SIAM J. Optim. 15 (2005) (gradients sampled near a kink).
 */
#ifndef CLINO_GRADCHECK_H
#define CLINO_GRADCHECK_H

#include <stdbool.h>

#include "clino/explain.h"
#include "clino/finding.h"
#include "clino/progress.h"
#include "clino/tensor.h"
#include "clino/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In order of gravity: the verdict of a check is the largest over its entries. */
typedef enum clino_verdict {
  CLINO_VERDICT_NONE = 0, /* not reached: a zeroed result, and every status but CLINO_OK */
  CLINO_VERDICT_PASS,
  CLINO_VERDICT_KINK,
  CLINO_VERDICT_INCONCLUSIVE,
  CLINO_VERDICT_SUSPECT,
  CLINO_VERDICT_FAIL,
  CLINO_VERDICT_NONFINITE,
  CLINO_VERDICT_NONDETERMINISTIC
} clino_verdict;
#define CLINO_VERDICT_COUNT 8

typedef enum clino_reason {
  CLINO_REASON_NONE = 0,
  CLINO_REASON_DIFFERS,               /* analytic and numeric value differ */
  CLINO_REASON_UNWRITTEN,             /* the callback left a gradient entry as it was */
  CLINO_REASON_ACCUMULATED,           /* it added to what was there, though grad_mode says OVERWRITES */
  CLINO_REASON_OVERWRITTEN,           /* it overwrote what was there, though grad_mode says ACCUMULATES */
  CLINO_REASON_INPUT_CHANGED,         /* a callback changed the values that it was given */
  CLINO_REASON_OUT_OF_BOUNDS,         /* a callback wrote outside its buffers */
  CLINO_REASON_VALUE_DEPENDS_ON_GRAD, /* f is another value when the gradient is computed, or after it was */
  CLINO_REASON_NOISE,                 /* rounding and noise of f are too large for the size of the gradient */
  CLINO_REASON_STEP,                  /* no step was small enough for f or large enough for its noise */
  CLINO_REASON_BUDGET,                /* max_evaluations was reached before this was settled */
  CLINO_REASON_TERMS,                 /* the terms, or their gradients, do not add up to f, or to its gradient */
  /* Of layers (clino/layer.h); worst is then an output, but for TANGENT_CHANGED */
  CLINO_REASON_OUTPUT,                /* an output is NaN or infinite, or not the same twice: see the verdict */
  CLINO_REASON_OUTPUT_UNWRITTEN,      /* forward left an output as it was, or added to it */
  CLINO_REASON_OUTPUT_CHANGED,        /* backward or jvp changed the value of an output */
  CLINO_REASON_TANGENT_CHANGED,       /* backward changed the cotangent that it was given, or jvp its tangent */
  CLINO_REASON_JVP,                   /* jvp and differences along its tangent disagree, or jvp broke a rule */
  CLINO_REASON_TRANSPOSE              /* <c, J v> by jvp and <J' c, v> by backward differ */
} clino_reason;

/* Relative error |a - n| / max(|a|, |n|), 0 where both are 0, in the bands of CS231n. Reported, never decisive. */
typedef enum clino_band {
  CLINO_BAND_RIGHT = 0,  /* 1e-7 or less */
  CLINO_BAND_ACCEPTABLE, /* up to 1e-4: fine for functions with kinks, too high for smooth ones */
  CLINO_BAND_SUSPECT,    /* up to 1e-2 */
  CLINO_BAND_WRONG       /* above 1e-2, or NaN */
} clino_band;
#define CLINO_BAND_COUNT 4

typedef enum clino_mode {
  CLINO_MODE_AUTO = 0,   /* FULL up to 10,000 entries, DIRECTIONAL and then SAMPLE above */
  CLINO_MODE_FULL,       /* every entry */
  CLINO_MODE_SAMPLE,     /* a seeded sample with entries from every tensor */
  CLINO_MODE_DIRECTIONAL /* all entries at once, along seeded random directions; where those disagree, the search for
                            the entries that are wrong (docs/large_models.md) */
} clino_mode;

typedef enum clino_grad_mode {
  CLINO_GRAD_OVERWRITES = 0, /* the callback sets every entry of the gradient */
  CLINO_GRAD_ACCUMULATES     /* it adds to what is there */
} clino_grad_mode;

/* No single term: their sum, f itself. */
#define CLINO_TERM_ALL SIZE_MAX
#define CLINO_MAX_TERMS 8
#define CLINO_MAX_THREADS 256

/* No single sample: all of them. */
#define CLINO_SAMPLE_ALL SIZE_MAX

/* Hooks into the caller's context. All optional: NULL means "not offered". ctx is the model's or the objective's. */
typedef struct clino_context_ops {
  int (*reseed)(uint64_t seed, void *ctx); /* called before every evaluation, always with the same seed, so that dropout
                                              is checked with its mask held; nonzero stops */
  clino_trace *(*trace)(void *ctx);        /* the trace that the forward pass reports its branches to */
  int (*select_term)(size_t term, void *ctx); /* from now on f and its gradient are those of this term alone, 0 to
                                              options.n_terms - 1, or of the sum: CLINO_TERM_ALL, which is what the
                                              check leaves behind on every path out; nonzero stops */
  int (*select_sample)(size_t sample, void *ctx); /* from now on f is what this sample alone adds to the sum or mean,
                                              0 to options.n_samples - 1, or all of it: CLINO_SAMPLE_ALL, which is
                                              what the check leaves behind on every path out. Called where a gradient
                                              is wrong, to tell whether it is that of the first or last sample alone;
                                              nonzero stops */
  int (*clone)(void *ctx, void **copy, clino_tensor *tensors); /* for options.threads: makes in *copy a context that
                                              another thread can use at the same time, with all that a call for f writes
                                              to, and a trace if there is one. tensors: the model's, in order, to be
                                              given value and grad of the copy's own, laid out and tied as the
                                              original's and with equal values; where grad is NULL, value may stay
                                              shared. NULL in gradcheck(), where x and grad are Clino's. Of a layer:
                                              inputs, params, outputs; where value is NULL, it is Clino's. Called
                                              in the calling thread; nonzero stops */
  void (*release)(void *copy);             /* called once for each copy, in the calling thread; required with clone */
} clino_context_ops;

typedef struct clino_gradcheck_options {
  size_t struct_size;        /* set by clino_gradcheck_options_default */
  double tolerance;          /* relative error that is allowed on top of the error bars; default 1e-5, 0 to 1.
                                Single-precision tensors are given at least 1e-4 */
  double resolution;         /* largest error bar, relative to the size of the gradient, at which an agreement counts;
                                default 1e-2, above 0 to 1 */
  double step;               /* first step, absolute, for every entry; CLINO_AUTO (default): chosen for each from the
                                coordinate, its tensor and the noise of f. Above 0 */
  clino_mode mode;           /* default CLINO_MODE_AUTO */
  size_t sample;             /* entries of a sample; default 1000, at least 1 (every tensor gives at least 8) */
  size_t points;             /* seeded points near the given one that are checked as well; default 0, up to 1000 */
  size_t burn_in;            /* steps of gradient descent, with halving, from the given point to one more point that is
                                checked: gradients at random weights are not typical of training (CS231n); stops
                                early where f does not fall. default 0: none, up to 1,000,000 */
  size_t n_terms;            /* terms that f is the sum of, for context.select_term: term 0 is the data's, the others
                                regularizers. Each is checked alone, then their sum against f. default 0: not taken
                                apart; up to CLINO_MAX_TERMS */
  size_t n_samples;          /* in the batch, for context.select_sample; default 0: not offered */
  const char *const *term_names; /* n_terms names; NULL (default): "data", "term 1", ... */
  uint64_t seed;             /* of the sample, the points and the reseed hook; default 1 */
  uint64_t max_evaluations;  /* calls for the value after which the rest is INCONCLUSIVE; default 0: no limit */
  size_t threads;            /* that call for values at the same time, the calling one included; default 1, up to
                                CLINO_MAX_THREADS. More than 1 needs context.clone; numbers and verdict do not depend
                                on it. Shared are entries that are judged one by one, and of directions and the search
                                along them the two sides of several (14 calls at most, of a search 4), each of which
                                takes 8 bytes an entry; gradients and all else stay in the calling thread, as does
                                progress. Each copy is called once more at each point where it works, not counted, to
                                see that it gives the same f to the bit: else CLINO_ERR_RANGE. Where less than
                                2000 of max_evaluations are left, one thread works */
  clino_grad_mode grad_mode; /* default CLINO_GRAD_OVERWRITES */
  const double *lower;       /* bounds of the domain, one an entry in the order of the tensors (tied ones once); NULL */
  const double *upper;       /* (default): none, as is an infinite one. x must lie within; f is not called outside */
  clino_gradcheck_record *record; /* keeps every entry (clino/record.h); emptied first. NULL (default): none is kept,
                                beyond what explanations of this check need */
  clino_context_ops context; /* default: none */
  clino_progress_callback progress; /* called after every evaluation; nonzero cancels. default NULL: none */
  void *progress_ctx;        /* handed to progress */
} clino_gradcheck_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_gradcheck_options clino_gradcheck_options_default(void);

/* f over a flat vector: *f = f(x), and grad[0..n-1] where grad is not NULL. x is Clino's copy. */
typedef int (*clino_objective)(size_t n, const double *x, double *f, double *grad, void *ctx);

/* Parameters that stay where the model keeps them. backward is called right after loss at the same values. */
typedef struct clino_model {
  size_t n_tensors;
  const clino_tensor *tensors; /* with grad: checked; without: not differentiated, but must not change either. Two of
                                  one value pointer are one tied parameter: their gradients are summed where the grad
                                  pointers differ. Partial overlap is CLINO_ERR_RANGE */
  int (*loss)(double *loss, void *ctx);
  int (*backward)(void *ctx);
  void *ctx;
} clino_model;

/* One entry of the gradient. */
typedef struct clino_gradcheck_entry {
  char tensor[64];               /* its name; "x" in gradcheck() */
  size_t flat;                   /* row-major index in the tensor */
  size_t n_dims, index[CLINO_MAX_DIMS];
  size_t point;                  /* 0: the given point; k: the k-th seeded one; options.points + 1: after the burn-in */
  size_t term;                   /* 0 to n_terms - 1; CLINO_TERM_ALL where f was checked as a whole */
  double value;                  /* the coordinate */
  double analytic, numeric;
  double error;                  /* error bar of numeric: truncation_error + rounding_error */
  double truncation_error, rounding_error;
  double left, right;            /* one-sided slopes at the smallest step used */
  double relative_error;         /* |analytic - numeric| / max(|analytic|, |numeric|) */
  double step;                   /* at which numeric was taken */
  double kink_distance;          /* estimated distance of the nearest kink along the coordinate; NaN: none known */
  char branch[64];               /* site of the branch that flipped; "": none known */
  size_t branch_element;
  bool beside_kink;              /* judged at a smooth point beside a kink, where value is the coordinate */
  clino_band band;
  clino_verdict verdict;
  clino_reason reason;
} clino_gradcheck_entry;

#define CLINO_GRADCHECK_NEXT 7
#define CLINO_GRADCHECK_EXPLANATIONS 3

/* One term of f. */
typedef struct clino_gradcheck_term {
  char name[32];
  clino_verdict verdict;         /* of its own entries */
  double value, gradient_rms;    /* at the given point, over all entries */
  double dominance;              /* the largest, over the tensors that the data's gradient reaches, of the RMS of this
                                    term's gradient over that of the data's (term 0, where it is 1) */
  char tensor[64];               /* in which */
} clino_gradcheck_term;

/* A term whose gradient is so many times the data's hides it: a data gradient that is off by 10% then moves the whole
 * by less than 1e-2, the line above which CS231n calls a gradient wrong. */
#define CLINO_TERM_DOMINANCE 10

/* Where in a layer (clino/layer.h) the worst entry was found. */
typedef struct clino_gradcheck_layer {
  char name[64];                 /* of the layer; "": no layer was checked */
  char shape[192];               /* of all its tensors: "x 3x7, W 7x1, b 1; y 3x1" */
  uint64_t trial;                /* the shape's number: 0 as given, else as the shape callback was asked for it */
  size_t cotangent;              /* the cotangent's (or tangent's) number, from 0 */
  char callback[12];             /* "forward", "backward" or "jvp" where one of them broke a rule; else "" */
  size_t shapes;                 /* shapes that were begun, over the whole check */
  uint64_t jvps;                 /* calls of jvp */
} clino_gradcheck_layer;

/* What a directional check found, over all points and terms: where it was not asked for, all is 0. */
typedef struct clino_gradcheck_directional {
  clino_verdict verdict;         /* PASS, KINK (agrees beside a kink), INCONCLUSIVE, SUSPECT, FAIL; NONE: did not run */
  clino_reason reason;
  size_t directions;             /* whose slopes agreed with the gradient's */
  size_t crossed;                /* that met a kink, or bent too much, and were replaced by others */
  size_t differing;              /* that disagreed beyond doubt */
  size_t alone;                  /* tensors too small to show among all, that agreed along eight of their own */
  double analytic, numeric;      /* slopes along the direction of the largest difference, measured in error bars, in the
                                    units of f for a step that moves an entry of the size of its tensor's RMS by one */
  double error;                  /* error bar of their difference: three standard deviations */
  double smallest_entry;         /* the smallest error of a single entry that every direction would have shown, as a
                                    fraction of its tensor's RMS gradient, in the tensor where that is the largest */
  double smallest_tensor;        /* the same of a typical error of all entries of a tensor, as a fraction of each */
  char tensor[64];               /* where smallest_entry is the largest; if the verdict is FAIL or SUSPECT and no entry
                                    was found, where the search ended */
  double miss_probability;       /* bound on that of missing a gradient one of whose entries is off by 10% of its
                                    tensor's RMS, whatever the other entries are; 1 where such an error is too small */
  uint64_t calls;                /* for values and gradients, until the directions had decided */
  uint64_t search_calls;         /* for the search after that */
} clino_gradcheck_directional;

typedef enum clino_located_kind {
  CLINO_LOCATED_ENTRY = 1,
  CLINO_LOCATED_ROW,    /* all entries whose indices but the last are given */
  CLINO_LOCATED_COLUMN, /* all with the given last index */
  CLINO_LOCATED_BLOCK,  /* rows and columns from first to last */
  CLINO_LOCATED_TENSOR
} clino_located_kind;

/* A wrong part of the gradient. */
typedef struct clino_gradcheck_located {
  clino_located_kind kind;
  char tensor[64];
  size_t first, last;            /* row-major indices of its first and its last entry */
  size_t n_dims, first_index[CLINO_MAX_DIMS], last_index[CLINO_MAX_DIMS];
  size_t entries;                /* in it */
  size_t checked, wrong;         /* of those, one by one: so many that showed a slope, and so many that were wrong */
  double analytic, numeric;      /* of the first that was wrong */
  size_t point, term;            /* as in clino_gradcheck_entry */
} clino_gradcheck_located;

#define CLINO_GRADCHECK_LOCATED 16

typedef struct clino_gradcheck_result {
  clino_verdict verdict;
  clino_reason reason;
  clino_gradcheck_entry worst;                        /* of the gravest verdict, the largest disagreement */
  clino_gradcheck_entry next[CLINO_GRADCHECK_NEXT];   /* the ones after it, gravest first, only of what is not PASS */
  size_t n_next;
  clino_explanation explanation[CLINO_GRADCHECK_EXPLANATIONS]; /* what the bug looks like, best first */
  size_t n_explanations;
  size_t entries;                                     /* of the gradient, tied ones once */
  size_t checked;                                     /* over all points; each is in counts and in bands */
  size_t counts[CLINO_VERDICT_COUNT];
  size_t bands[CLINO_BAND_COUNT];
  size_t branch_flips;                                /* checked entries at which a reported branch flipped */
  uint64_t evaluations, gradients;                    /* calls for the value, for the gradient */
  double value, other_value;                          /* f(x); a second, different value where there was one */
  clino_gradcheck_term terms[CLINO_MAX_TERMS];        /* where options.n_terms and context.select_term were given */
  size_t n_terms;
  clino_gradcheck_directional directional;
  clino_gradcheck_located located[CLINO_GRADCHECK_LOCATED]; /* what the search found; entries are counted above,
                                                         and among worst and next, as well */
  size_t n_located;
  bool search_ended_early;                            /* there is more to be found, or may be */
  double noise;                                       /* standard deviation of the noise of f, as measured */
  double gradient_rms;                                /* over all entries, at the given point */
  clino_gradcheck_layer layer;                        /* where gradcheck_layer() was called */
  bool rounding_mode_unusual, flush_to_zero;          /* of the floating-point environment: results are less certain */
  clino_gradcheck_options options;                    /* as used, without pointers and hooks */
} clino_gradcheck_result;

/* Checks the gradient of an objective at x.
 *   objective  called with grad NULL for the value alone; ctx is handed through
 *   n          entries of x, 1 or more;  x  n finite numbers, not changed
 *   options    NULL: the defaults;  result  never NULL, always filled;  error  may be NULL
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_CALLBACK, CLINO_ERR_MEMORY; the verdict is then NONE.
 * Cost: two evaluations a clean entry, and about ten and two gradients for the whole; an entry that is near a kink,
 * noisy or wrong takes 4 to 20, at most about 100; each 64 entries at a kink take 16 gradients more; options.n_samples
 * up to 96 a wrong tensor. Directions: some 30 calls for all entries, some 100 more for each wrong one. Memory: about
 * 120 bytes an entry, and 41 for each further point up to the 9th (with options.record: for all); 10 for directions.
 * Source: see the head of this file. */
CLINO_API CLINO_WARN_UNUSED clino_status gradcheck(clino_objective objective, void *ctx, size_t n, const double *x,
                                                   const clino_gradcheck_options *options,
                                                   clino_gradcheck_result *result, clino_error *error);

/* Checks the gradient of a model whose parameters are perturbed in place. Values and gradients are put back bit for bit
 * on every path out, errors included. Otherwise as gradcheck(). */
CLINO_API CLINO_WARN_UNUSED clino_status gradcheck_model(const clino_model *model,
                                                         const clino_gradcheck_options *options,
                                                         clino_gradcheck_result *result, clino_error *error);

/* PASS or KINK. False for NULL and for a zeroed result. */
CLINO_API bool clino_gradcheck_accepted(const clino_gradcheck_result *result);

/* The verdict and the worst entry in at most 900 bytes, for a test framework's message.
 * result: not NULL. text: room for size bytes, written at most size - 1 and terminated; NULL only for size 0.
 * Returns the length that the whole text has; where memory is out, the text ends early. Thread safe. */
CLINO_API size_t clino_gradcheck_describe(const clino_gradcheck_result *result, char *text, size_t size);

/* The long report: verdict, entries, counts, cost, what would help, and a last line that replays the check, as C
 * assignments to a clino_gradcheck_options o. Parameters, result and thread safety as in clino_gradcheck_describe. */
CLINO_API size_t clino_gradcheck_report(const clino_gradcheck_result *result, char *text, size_t size);

/* The result as findings: one "gradcheck" (accepted is PASS, INCONCLUSIVE is WARN, all else FAIL), and for each term
 * after the first whose gradient dwarfs the data's (CLINO_TERM_DOMINANCE) a "regularizer-hides-data" at WARN.
 * result, findings: not NULL. name: of what was checked, the finding's series; NULL: none.
 * Errors: CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL, or a result whose verdict is NONE). */
CLINO_API clino_status clino_gradcheck_findings(const clino_gradcheck_result *result, const char *name,
                                                clino_findings *findings, clino_error *error);

/* Names for people: "pass", "kink", ...; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_verdict_name(clino_verdict verdict);
CLINO_API const char *clino_band_name(clino_band band);
CLINO_API const char *clino_reason_text(clino_reason reason);

/* |a - b| / max(|a|, |b|), 0 to 2; 0 where both are 0; NaN where either is NaN or both are infinite. Safe from
 * overflow. Thread safe. */
CLINO_API double clino_relative_error(double a, double b);

/* The band of a relative error; NaN is CLINO_BAND_WRONG. Thread safe. */
CLINO_API clino_band clino_band_of(double relative_error);

#ifdef __cplusplus
}
#endif
#endif
