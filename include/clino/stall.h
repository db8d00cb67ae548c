/* clino/stall.h - the loss went flat: why?
 *
 *   clino_stall_options o = clino_stall_options_default("momentum");
 *   o.rate = 0.01;  o.momentum = 0.9;  o.run = run;  o.at_step = t;
 *   clino_stall_result r;
 *   clino_stall_probe(point, &o, &r, &error);                 (clino/point.h opens the model where it stands)
 *   if (r.cause == CLINO_STALL_BOUNCING) rate = r.suggested_rate;
 *
 * What is measured: the gradient; whether this is a critical point (clino/critical_point.h); lambda_max, of the
 * preconditioned Hessian for adaptive rules, times the rate against the rule's limit; the rule itself, run for some
 * steps from here on the function that the point was opened with and put back (its preconditioner held): actual over
 * predicted decrease, angle between successive gradients, how much of its way leads on; and, where batches are offered,
 * the noise of their gradients. The cause is the first of these that holds:
 *
 *   CRITICAL_POINT     the gradient is small, for its noise or for f's scale; result.critical has the kind
 *   NOISE_FLOOR        the noise of the batch takes back what the gradient gains: 1/2 eta tr(D^-1 H D^-1 S) is at
 *                      least a third of g'D^-1 g, S the covariance of a batch's gradient, eta the effective rate
 *   BOUNCING           steps undo one another and f does not fall as the gradient promises; suggested_rate would not
 *   EDGE_OF_STABILITY  lambda_max rate is within 0.8 and 1.5 of the limit, and f falls all the same
 *   PLATEAU            gradient and curvature are small on the scale of the coordinates
 *   RATE_LOW           lambda_max rate is below a tenth of the limit; suggested_rate is half of the limit
 *   VALLEY             the walls allow no larger rate, and along the gradient curvature is below 1/20 of theirs
 *   NONE               none of these: f falls
 *
 * A third, 0.8, 1.5, a tenth and 1/20 are judgement. Unreliable where f has kinks (curvature), where the rule's state
 * is not near what a held preconditioner makes of it, and within a few steps of a change of rate. Sources: B. T.
 * Polyak, "Introduction to optimization" (1987), sec. 2.1 and 3.2 (limits); J. Cohen et al., "Gradient descent on
 * neural networks typically occurs at the edge of stability" (2021) and "Adaptive gradient methods at the edge of
 * stability" (2022); S. McCandlish, J. Kaplan and D. Amodei, "An empirical model of large-batch training" (2018), for
 * the noise scale; L. Bottou, F. Curtis and J. Nocedal, SIAM Review 60 (2018), sec. 4, for the noise floor.
 */
#ifndef CLINO_STALL_H
#define CLINO_STALL_H

#include "clino/critical_point.h"
#include "clino/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The largest lambda_max times rate at which a rule is stable on a quadratic: 2 for gradient descent and for adaptive
 * rules without momentum, 2 (1 + mu) for "momentum", 2 (1 + mu) / (1 + 2 mu) for "nesterov", 2 (1 + mu) / (1 - mu) for
 * "adam" and "adamw", whose average of gradients is a momentum with the rate times 1 - mu (Cohen 2022). For adaptive
 * rules lambda_max is that of D^-1/2 H D^-1/2.
 *   rule  a name as in clino/optimizer.h;  momentum  mu, or beta1; 0 to 1, 1 excluded
 * NaN for another rule or momentum. Dampening is taken to be 0. Thread safe. */
CLINO_API double clino_stability_limit(const char *rule, double momentum);

typedef enum clino_stall_cause {
  CLINO_STALL_UNKNOWN = 0, /* a precondition failed, or gradients nearby are not finite: result.verdict */
  CLINO_STALL_CRITICAL_POINT,
  CLINO_STALL_NOISE_FLOOR,
  CLINO_STALL_BOUNCING,
  CLINO_STALL_EDGE_OF_STABILITY,
  CLINO_STALL_PLATEAU,
  CLINO_STALL_RATE_LOW,
  CLINO_STALL_VALLEY,
  CLINO_STALL_NONE
} clino_stall_cause;
#define CLINO_STALL_CAUSE_COUNT 9

typedef struct clino_stall_options {
  size_t struct_size;            /* set by clino_stall_options_default */
  const char *rule;              /* as in clino/optimizer.h; the caller's string, not copied */
  double rate;                   /* the learning rate; no default: above 0, finite */
  double momentum;               /* mu, or beta1; default 0.9 for momentum, nesterov, adam and adamw, else 0; 0 to 1 */
  const double *preconditioner;  /* D, an entry each, above 0: what the rule divides the gradient by, such as
                                    sqrt(v / (1 - beta2^t)) + epsilon. Needed for adaptive rules; NULL for the others */
  const double *last_step;       /* the last update: parameters now minus before it, n entries; NULL (default): none,
                                    the rule starts without velocity */
  size_t steps;                  /* of the rule that are run; default 24, 8 to 1000 */
  size_t batches;                /* default 0: none are offered; else 2 to 1000 */
  int (*select_batch)(size_t batch, void *ctx); /* from now on f is the loss of this mini-batch alone, scaled as
                                    the whole is (a mean stays a mean); CLINO_SAMPLE_ALL: what the point was opened
                                    with, which the probe leaves behind on every path out. Nonzero stops */
  void *ctx;                     /* of select_batch */
  double batch_size;             /* samples in a batch, as training takes them; for the noise scale; default 1 */
  clino_critical_options critical; /* tolerance, and of the eigenvalues seed, budget and form; escape as there */
  clino_run *run;                /* where what was measured is recorded; NULL (default): nowhere */
  int64_t at_step;               /* its step; default 0 */
} clino_stall_options;

/* The defaults that the fields' comments state. rule: kept, not copied. Thread safe. */
CLINO_API clino_stall_options clino_stall_options_default(const char *rule);

typedef struct clino_stall_result {
  clino_stall_cause cause;
  clino_verdict verdict;
  clino_critical_result critical;
  double gradient_norm;
  double lambda_max, lambda_error; /* of the Hessian, preconditioned where D was given */
  double limit;                /* of lambda_max rate */
  double stability;            /* lambda_max rate / limit: above 1 is unstable on a quadratic */
  double decrease_ratio;       /* actual over predicted decrease of one step, f(x) - f(x + s) over -g's */
  double long_ratio;           /* the same over all steps that were run, quarter against quarter */
  double cosine;               /* of the angle between successive gradients, mean over the steps */
  double straightness;         /* way made over way gone; 1: straight on */
  double step_curvature;       /* s'Hs / s'Ds times the rate at the floor that a step s went over; else at its end */
  double noise_scale;          /* tr(S) batch_size / g'g, in samples; NaN without batches */
  double noise_share;          /* what noise takes back, over what the gradient gains; NaN without batches */
  double suggested_rate;       /* NaN where another rate is not the answer */
  uint64_t evaluations, gradients;
} clino_stall_result;

/* Says why the loss is flat, and records lambda_max, decrease_ratio, grad_cosine, grad_norm and (with batches)
 * grad_noise_scale under these names at options.at_step.
 *   options  not NULL (the rate has no default);  result  not NULL;  error  may be NULL
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_NOT_FOUND (rule), CLINO_ERR_CALLBACK, CLINO_ERR_CANCELLED,
 * CLINO_ERR_MEMORY, CLINO_ERR_UNSUPPORTED. Cost: that of clino_critical_point, once more its eigenvalues where D was
 * given, a gradient a step and 20, 3 a batch (up to 16 of them). */
CLINO_API CLINO_WARN_UNUSED clino_status clino_stall_probe(clino_point *point, const clino_stall_options *options,
                                                           clino_stall_result *result, clino_error *error);

/* "bouncing", "rate-too-low", ...; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_stall_cause_name(clino_stall_cause cause);

/* The cause and its numbers in at most 900 bytes. result: not NULL. text: room for size bytes, written at most size - 1
 * and terminated; NULL only for size 0. Returns the length that the whole text has. Thread safe. */
CLINO_API size_t clino_stall_describe(const clino_stall_result *result, char *text, size_t size);

/* The answer as a finding "stall-probe": NONE and a minimum are PASS, EDGE_OF_STABILITY INFO, the rest WARN, a saddle
 * FAIL. at_step: the finding's step, CLINO_NO_STEP where unknown. Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_stall_findings(const clino_stall_result *result, int64_t at_step,
                                            clino_findings *findings, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
