/* clino/stepcheck.h - does an optimizer do what its formula says, and if not, what does it do instead?
 *
 *   static int forget(const clino_step_call *c, void *ctx) { ...zero the velocity... return 0; }
 *   static int step(const clino_step_call *c, void *ctx) {
 *     double *w = c->tensors[0].value; const double *g = c->tensors[0].grad;
 *     ...one step of the code under test at c->options->rate, the c->t-th since forget...
 *   }
 *   clino_stepper mine = {forget, step, NULL, &state};
 *   clino_optimizer_options formula = clino_optimizer_options_default("adam");
 *   if (clino_stepcheck(&mine, &formula, NULL, &result, &error) || !clino_stepcheck_accepted(&result)) ...
 *
 * The code under test and the reference (optimizer.h, in double) are given the same seeded gradients over several
 * trials of many steps, the rate and the hyperparameters other ones in each trial and the rate another one at each
 * step.
 *
 * Tolerance. The reference is run again, several times, with every number that goes into a step (parameters, gradient,
 * state, hyperparameters) moved by a few units of roundoff of the tensors' type. How far that moves each parameter is
 * how far a right implementation may be off, whatever order it computes in; twice that is the tolerance. Where it grows
 * beyond a hundredth of the parameter, the trial is chaotic there, and the entry is not judged from then on.
 *
 * What is not right is compared with references that deviate from the formula in one thing each
 * (clino_step_deviation_at lists them). A deviation is named if its reference agrees with the code under test within
 * the same tolerance over all trials, while the formula is off by at least ten times the tolerance. All that agree are
 * named; that they are more than one means that they do the same here. Nothing is named on less: then the verdict is
 * INCONCLUSIVE (between one and ten times the tolerance) or FAIL with "matches no known deviation" and how much of the
 * difference the nearest one leaves.
 *
 *   PASS          agrees with the formula
 *   VARIANT       is a documented variant of it, which is named: epsilon inside of the root, say
 *   INCONCLUSIVE  is off by more than rounding, but by too little to say; or by what single precision would do to it
 *   FAIL          is another rule
 *   NONFINITE     gives NaN or infinity where the formula gives numbers
 *
 * A pass says nothing of what was not exercised: with options.vary off and no schedule, a rate inside of the velocity
 * cannot be told from one outside, since they are the same then.
 *
 * Callbacks return 0, anything else stops the check (CLINO_ERR_CALLBACK). They must return: leaving by longjmp or a C++
 * exception is undefined. Thread safe, if the callbacks are.
 */
#ifndef CLINO_STEPCHECK_H
#define CLINO_STEPCHECK_H

#include "clino/finding.h"
#include "clino/optimizer.h"
#include "clino/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a callback is given; all of it belongs to the check and lives until the callback returns. */
typedef struct clino_step_call {
  uint64_t t;                             /* 1, 2, ... since the last init; 0 in init */
  size_t n_tensors;
  const clino_tensor *tensors;            /* packed; value: the parameters, to be changed; grad: the gradient */
  const clino_optimizer_options *options; /* the hyperparameters of this step */
  bool decay_biases;                      /* whether weight decay goes for tensors of one dimension too */
} clino_step_call;

/* The code under test. */
typedef struct clino_stepper {
  int (*init)(const clino_step_call *call, void *ctx); /* forget all steps: the state of a new optimizer */
  int (*step)(const clino_step_call *call, void *ctx); /* one step */
  int (*lookahead)(const clino_step_call *call, void *ctx); /* the point where the next step wants its gradient, to be
                                                               written where grad points; needed for the look-ahead form
                                                               of "nesterov", NULL for all else */
  void *ctx;
} clino_stepper;

typedef enum clino_step_verdict {
  CLINO_STEP_NONE = 0, /* not reached */
  CLINO_STEP_PASS,
  CLINO_STEP_VARIANT,
  CLINO_STEP_INCONCLUSIVE,
  CLINO_STEP_FAIL,
  CLINO_STEP_NONFINITE
} clino_step_verdict;

typedef struct clino_stepcheck_options {
  size_t struct_size;               /* set by clino_stepcheck_options_default */
  uint64_t seed;                    /* default 1 */
  size_t trials;                    /* default 6; 2 to 100. The second repeats the first: the state must be as new */
  size_t steps;                     /* of a trial; default 60; 2 to 1000 */
  bool vary;                        /* default true: hand the step other hyperparameters in each trial from the third
                                       on, and another rate at each step. Those that are 0 stay 0, clipping stays off
                                       if it is. false: those of the formula always; for code with constants in it */
  const clino_schedule *rate;       /* default NULL; else the rate at step t is its value at t - 1, in every trial, for
                                       code that has its schedule within */
  bool decay_biases;                /* default false: weight decay leaves tensors of one dimension alone */
  size_t n_tensors;                 /* default 0: W of 8 x 5 and b of 8, in double. Up to 16 */
  const clino_tensor *tensors;      /* names, types and shapes to use instead; values are not touched. All of one type,
                                       at most 10,000 entries together */
  double batch;                     /* default 0; the size of the batch, where the step itself divides by it (or does
                                       not): helps to name a mean taken for a sum where only epsilon shows it;
                                       1 to 1e9 */
} clino_stepcheck_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_stepcheck_options clino_stepcheck_options_default(void);

/* A way to deviate from the formula. */
typedef struct clino_step_deviation {
  const char *id;   /* "bias-correction-missing" */
  const char *text; /* "the bias correction is missing" */
  bool documented;  /* a variant that some library documents */
} clino_step_deviation;

/* How many are known, and the i-th; NULL past the end. Static storage; thread safe. */
CLINO_API size_t clino_step_deviation_count(void);
CLINO_API const clino_step_deviation *clino_step_deviation_at(size_t i);

/* How well a deviating reference explains the code under test. */
typedef struct clino_step_match {
  const clino_step_deviation *deviation; /* NULL: none */
  double factor;                         /* by which something is scaled, for deviations that have one; else 1 */
  double excess;                         /* largest difference over its tolerance: at most 1 explains all */
  double left;                           /* how much of the difference (root mean square) it leaves, 0 to 1 and above */
} clino_step_match;

#define CLINO_STEP_MATCHES 4

typedef struct clino_stepcheck_result {
  clino_step_verdict verdict;
  char rule[24];                                /* of the formula */
  clino_dtype dtype;
  double excess;                                /* largest |got - expected| / tolerance of all; at most 1 passes */
  bool reset_fails;                             /* the second trial, a repetition, differs from the first */
  size_t n_matches;                             /* deviations that explain everything */
  clino_step_match matches[CLINO_STEP_MATCHES]; /* the first of them */
  clino_step_match nearest;                     /* what explains most, where nothing explains all */
  size_t trial;                                 /* where got and expected first differ by more than allowed, or else */
  uint64_t step;                                /* come closest to it: trial from 0, step from 1 */
  char tensor[32];
  size_t flat;                                  /* row-major index in the tensor */
  double got, expected, tolerance, rate;        /* there */
  uint64_t steps;                               /* calls of step */
  clino_stepcheck_options options;
} clino_stepcheck_result;

/* Checks a step.
 * stepper: init and step not NULL. formula: rule, forms and hyperparameters that it claims. options: NULL for the
 * defaults. result: not NULL; written in any case, verdict NONE where the status is not CLINO_OK.
 * Errors: CLINO_ERR_RANGE (also where trials * steps * entries exceeds 20 million, or the formula itself diverges),
 * CLINO_ERR_NOT_FOUND (rule), CLINO_ERR_MEMORY, CLINO_ERR_CALLBACK.
 * Cost: trials * steps calls of step (and as many of lookahead); 56 * trials * steps * entries bytes of memory; the
 * references some 10 times as many steps of its own, and where the step is not right 300 times as many. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_stepcheck(const clino_stepper *stepper,
                                                         const clino_optimizer_options *formula,
                                                         const clino_stepcheck_options *options,
                                                         clino_stepcheck_result *result, clino_error *error);

/* PASS or VARIANT. false for NULL. */
CLINO_API bool clino_stepcheck_accepted(const clino_stepcheck_result *result);

/* "pass", "variant", ...; "unknown" for a value that is none. Static storage. */
CLINO_API const char *clino_step_verdict_name(clino_step_verdict verdict);

/* A result as text of at most 900 bytes. text: room for size bytes, written at most size - 1 and terminated; NULL only
 * for size 0. Returns the length of the whole text. */
CLINO_API size_t clino_stepcheck_describe(const clino_stepcheck_result *result, char *text, size_t size);

/* Appends a result to findings as "stepcheck": PASS is pass, VARIANT info, INCONCLUSIVE warn, FAIL and NONFINITE fail,
 * NONE skip. Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_stepcheck_finding(const clino_stepcheck_result *result, clino_findings *findings,
                                               clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
