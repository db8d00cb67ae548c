/* clino/initcheck.h - which scheme do initial weights follow, and what will they do to the first forward pass?
 *
 *   clino_tensor w = CLINO_TENSOR_F64("W1", W1, NULL, 100, 512);
 *   clino_initcheck_result r;
 *   clino_initcheck(&w, NULL, &r, NULL);
 *
 * The standard deviation s of the n entries is compared with those of the known schemes for this tensor's fan-in i and
 * fan-out j:
 *
 *   glorot sqrt(2/(i + j)), he sqrt(2/i), he of the fan-out sqrt(2/j), lecun sqrt(1/i), lecun of the fan-out sqrt(1/j),
 *   torch-linear 1/sqrt(3 i) (uniform in 1/sqrt(i), PyTorch's default), orthogonal 1/sqrt(larger side), and the
 *   unscaled ones: randn 1, uniform in (-1, 1) 1/sqrt(3), in (0, 1) 1/sqrt(12), Gaussians of 0.1, 0.01 and 0.001
 *
 * n entries know s only to about s/sqrt(2n): schemes are candidates if they lie within the interval that holds the true
 * deviation with a probability of 99.9% (chi-square, by Wilson and Hilferty 1931; for normal entries, and too wide for
 * uniform ones). One candidate is named; of several, all are: then the data does not tell them apart, or they are equal
 * for this shape. An entry that is 0 by pruning, a bias, or trained weights are not what this is for: weights are to be
 * checked before the first step.
 *
 * What they will do is worked out for inputs of mean 0 and deviation 1: a unit's sum has the deviation s sqrt(i), on
 * which 1 - 2 P(0 < z < artanh(0.99)/deviation) of tanh units have |tanh| above 0.99; a relu net multiplies the
 * deviation by s sqrt(i/2) from layer to layer (He and others 2015, eq. 9), its gradient by s sqrt(j/2) (eq. 13).
 *
 * Thread safe for different results.
 */
#ifndef CLINO_INITCHECK_H
#define CLINO_INITCHECK_H

#include <stdbool.h>

#include "clino/finding.h"
#include "clino/init.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_init_verdict {
  CLINO_INITCHECK_NONE = 0,  /* not reached */
  CLINO_INITCHECK_PASS,      /* follows a scheme that scales by the fans, and nothing else is wrong */
  CLINO_INITCHECK_UNCERTAIN, /* follows no scheme that is known, or too few entries; what it will do is harmless */
  CLINO_INITCHECK_SUSPECT,   /* fans swapped, not scaled, a mean that is not 0, or signals that grow or fade */
  CLINO_INITCHECK_FAIL       /* constant or equal units, NaN or infinity, or nearly all units saturated or silent */
} clino_init_verdict;

/* What is wrong, as bits of clino_initcheck_result.problems. */
typedef enum clino_init_problem {
  CLINO_INIT_NONFINITE = 1,    /* entries that are NaN or infinite */
  CLINO_INIT_CONSTANT = 2,     /* all entries are equal */
  CLINO_INIT_DUPLICATES = 4,   /* units whose weights are equal to another unit's */
  CLINO_INIT_SWAPPED = 8,      /* a scheme's scale with fan-in and fan-out exchanged, and no other */
  CLINO_INIT_UNSCALED = 16,    /* the scale of randn or rand, whatever the fans */
  CLINO_INIT_OFFSET = 32,      /* a mean that is not 0 */
  CLINO_INIT_TOO_LARGE = 64,   /* tanh units saturate */
  CLINO_INIT_TOO_SMALL = 128,  /* signals fade within few layers */
  CLINO_INIT_FLAT_UNITS = 256  /* units whose own weights are all equal, though those of the units differ */
} clino_init_problem;

typedef struct clino_initcheck_options {
  size_t struct_size;  /* set by clino_initcheck_options_default */
  clino_layout layout; /* default CLINO_LAYOUT_OUTPUT_FIRST */
} clino_initcheck_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_initcheck_options clino_initcheck_options_default(void);

/* A scheme, and the deviation that it would give this tensor. */
typedef struct clino_init_candidate {
  const char *scheme; /* "he", "he-fan-out", ...; static */
  double deviation;
} clino_init_candidate;

#define CLINO_INIT_CANDIDATES 8

typedef struct clino_initcheck_result {
  clino_init_verdict verdict;
  unsigned problems;                /* of clino_init_problem */
  char tensor[64];
  size_t n, fan_in, fan_out, units; /* units: outputs */
  size_t nonfinite;                 /* entries; all else is of the finite ones */
  double mean, deviation;           /* deviation about the mean */
  double low, high;                 /* the interval in which the true deviation lies */
  double glorot, ratio;             /* Glorot's deviation for this tensor, and deviation / glorot */
  size_t n_candidates;              /* schemes whose deviation lies in the interval; 0: none that is known */
  clino_init_candidate candidates[CLINO_INIT_CANDIDATES];
  clino_init_candidate nearest;     /* by ratio, whether within the interval or not */
  size_t duplicates;                /* units that are equal to an earlier one */
  size_t first, second;             /* the first such pair, first < second; 0 where there is none */
  size_t flat_units;                /* units whose own weights are all equal */
  double preactivation;             /* deviation of a unit's sum for inputs of deviation 1, the mean's part included */
  double saturated;                 /* share of tanh units with |tanh| > 0.99, 0 to 1 */
  double relu_gain, relu_back_gain; /* factor of a relu layer, forward and backward; 1 keeps the scale */
} clino_initcheck_result;

/* Checks a weight tensor of 2 dimensions or more (clino_fans), f32 or f64, packed or with strides; read only.
 * options: NULL for the defaults. result: not NULL; written in any case, verdict NONE where the status is not CLINO_OK.
 * Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY. Cost: three passes over the tensor, 16 bytes of memory a unit. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_initcheck(const clino_tensor *tensor,
                                                         const clino_initcheck_options *options,
                                                         clino_initcheck_result *result, clino_error *error);

/* PASS or UNCERTAIN: nothing speaks against these weights. false for NULL. */
CLINO_API bool clino_initcheck_accepted(const clino_initcheck_result *result);

/* "pass", "uncertain", ...; "unknown" for a value that is none. Static storage. */
CLINO_API const char *clino_init_verdict_name(clino_init_verdict verdict);

/* A result as text of at most 900 bytes. text: room for size bytes, written at most size - 1 and terminated; NULL only
 * for size 0. Returns the length of the whole text. */
CLINO_API size_t clino_initcheck_describe(const clino_initcheck_result *result, char *text, size_t size);

/* Appends a result to findings as "initcheck": PASS is pass, UNCERTAIN info, SUSPECT warn, FAIL fail, NONE skip.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_initcheck_finding(const clino_initcheck_result *result, clino_findings *findings,
                                               clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
