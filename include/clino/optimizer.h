/* clino/optimizer.h - update rules exact to their published formulas: to train with, and to hold one's own against
 * (stepcheck.h).
 *
 *   clino_optimizer_options o = clino_optimizer_options_default("adam");
 *   size_t size;
 *   clino_optimizer_state_size(&o, CLINO_F32, n, &size, NULL);
 *   void *state = malloc(size);
 *   clino_optimizer_state_init(&o, CLINO_F32, n, state, size, NULL);
 *   for (t = 0; t < steps; t++) {
 *     ...gradients of W...
 *     o.rate = clino_schedule_at(&schedule, t);
 *     clino_optimizer_step_f32(&o, n, W, dW, state, NULL);
 *   }
 *
 * With p the parameters, g the gradient as it is shaped (below), t = 1, 2, ... the step, eta the rate, mu the momentum,
 * tau the dampening, e epsilon; products, squares and roots entry by entry:
 *
 *   gradient-descent  p -= eta g
 *   momentum          v = mu v + (1 - tau) g;  p -= eta v             rate outside of the velocity
 *                     v = mu v + eta (1 - tau) g;  p -= v             rate inside
 *                     v = mu v - eta (1 - tau) g;  p += v             rate inside, downhill
 *   nesterov          v = mu v - eta g(p + mu v);  p += v             look-ahead
 *                     v = mu v - eta g(p);  p += mu' v - eta g        rewritten, mu' that of step t + 1
 *   adagrad           G += g^2;  p -= eta g / (sqrt(G) + e)           sum of squares
 *                     M += (g^2 - M)/t;  p -= (eta/sqrt t) g / (sqrt(M) + e/sqrt t)     the same, by the mean
 *   adagrad-mean      M += (g^2 - M)/t;  p -= eta g / (sqrt(M) + e)   a rule of its own: its steps do not shrink
 *   adadelta          E = rho E + (1 - rho) g^2;  d = sqrt(D + e) / sqrt(E + e) g;
 *                     D = rho D + (1 - rho) d^2;  p -= eta d
 *   rmsprop           v = b v + (1 - b) g^2;  p -= eta g / (sqrt(v) + e)
 *   adam              m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 *                     p -= eta m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + e)
 *   adamw             adam, with p -= eta lambda p before
 *
 * Sources: A. Cauchy, Comptes rendus 25 (1847). Momentum: B. T. Polyak, USSR Comp. Math. 4 (1964), eq. 9; inside: D. E.
 * Rumelhart, G. E. Hinton and R. J. Williams, Nature 323 (1986); downhill: I. Sutskever, J. Martens, G. Dahl and G.
 * Hinton, ICML 2013, eq. 1, 2. Nesterov: the same, eq. 3, 4; rewritten: Y. Bengio, N. Boulanger-Lewandowski and R.
 * Pascanu, ICASSP 2013, eq. 7. AdaGrad: J. Duchi, E. Hazan and Y. Singer, JMLR 12 (2011), section 1.1. AdaDelta: M. D.
 * Zeiler, arXiv:1212.5701 (2012), algorithm 1. RMSProp: T. Tieleman and G. Hinton, Coursera lecture 6e (2012). Adam: D.
 * P. Kingma and J. Ba, ICLR 2015, algorithm 1. AdamW: I. Loshchilov and F. Hutter, ICLR 2019, algorithm 2.
 *
 * rho, b and b2 are beta2. Full batch, stochastic or mini-batch is a matter of which examples g was taken over.
 *
 * The gradient is shaped in this order before any rule sees it: times grad_scale; scaled down to a norm of clip_norm;
 * each entry brought within +-clip_value; plus weight_decay p where the decay is coupled. A decoupled one takes
 * eta weight_decay p from p before the rule's own step. (Loshchilov and Hutter's lambda is not multiplied by the base
 * rate: theirs is weight_decay times that rate.)
 *
 * Precision. Coefficients (1 - b1, eta/(1 - b1^t), ...) are computed in double; b^t is a running product, so that a
 * beta may change from step to step and no platform's pow is needed. f32 rules then compute in f32, with these
 * coefficients rounded to f32. Only + - * / and square roots, in a fixed order: the same bits on every platform.
 *
 * Numbers that are not finite: a NaN or infinite entry of the gradient goes through the formula as it is, into that
 * entry of the state and of the parameters and into no other; clip_value makes infinities finite and leaves NaN. Under
 * clip_norm, where it would reach every entry, the step is refused and nothing changes.
 *
 * Cost: one pass over parameters, gradient and state (clip_norm: one more over the gradient); a step allocates nothing.
 * Thread safety: calls with different states may run in different threads.
 */
#ifndef CLINO_OPTIMIZER_H
#define CLINO_OPTIMIZER_H

#include <stdbool.h>

#include "clino/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the learning rate stands; it matters once the rate changes. */
typedef enum clino_rate_place {
  CLINO_RATE_OUTSIDE = 1, /* v = mu v + g;  p -= eta v: a new rate acts on all of the velocity at once */
  CLINO_RATE_INSIDE       /* v = mu v + eta g;  p -= v: what is in the velocity keeps the rate that it came with */
} clino_rate_place;

/* Which way the velocity points. The parameters are the same to the bit. */
typedef enum clino_velocity_sign {
  CLINO_VELOCITY_UPHILL = 1, /* v = mu v + g;  p -= v */
  CLINO_VELOCITY_DOWNHILL    /* v = mu v - g;  p += v */
} clino_velocity_sign;

typedef enum clino_nesterov_form {
  CLINO_NESTEROV_LOOKAHEAD = 1, /* the gradient handed in is that at clino_optimizer_lookahead_*; p trails behind it */
  CLINO_NESTEROV_REWRITTEN      /* p is the point that looks ahead, and the gradient is that at p */
} clino_nesterov_form;

typedef enum clino_adagrad_form {
  CLINO_ADAGRAD_SUM = 1, /* the state is the sum of squares */
  CLINO_ADAGRAD_RMS      /* the state is their mean, and the rate eta/sqrt(t) */
} clino_adagrad_form;

typedef enum clino_epsilon_place {
  CLINO_EPSILON_OUTSIDE = 1, /* sqrt(v) + e */
  CLINO_EPSILON_INSIDE       /* sqrt(v + e) */
} clino_epsilon_place;

typedef enum clino_decay_kind {
  CLINO_DECAY_COUPLED = 1, /* weight_decay p is added to the gradient (L2 regularization) */
  CLINO_DECAY_DECOUPLED    /* eta weight_decay p is taken from p */
} clino_decay_kind;

/* What a step is made of. A rule reads the fields that its formula names, and those of the gradient's shaping; all are
 * validated. rate, momentum, betas and the rest may change from step to step; rule and forms may not. */
typedef struct clino_optimizer_options {
  size_t struct_size;                /* set by clino_optimizer_options_default */
  const char *rule;                  /* its name; the caller's string, not copied */
  double rate;                       /* eta; default 0.01 (adam, adamw, rmsprop 0.001; adadelta 1); finite, 0 or more */
  double momentum;                   /* mu; default 0.9; 0 to 1, 1 excluded */
  double momentum_next;              /* mu' of Nesterov's rewritten form; default CLINO_AUTO: momentum */
  double dampening;                  /* tau; default 0; 0 to 1 */
  bool first_undampened;             /* the first step leaves (1 - tau) out, as PyTorch does; default false */
  clino_rate_place rate_place;       /* default CLINO_RATE_OUTSIDE; nesterov: CLINO_RATE_INSIDE */
  clino_velocity_sign velocity_sign; /* default CLINO_VELOCITY_UPHILL; nesterov: CLINO_VELOCITY_DOWNHILL */
  clino_nesterov_form nesterov_form; /* default CLINO_NESTEROV_REWRITTEN */
  clino_adagrad_form adagrad_form;   /* default CLINO_ADAGRAD_SUM */
  double beta1;                      /* default 0.9; 0 to 1, 1 excluded */
  double beta2;                      /* default 0.999 (rmsprop 0.9, adadelta 0.95); 0 to 1, 1 excluded */
  double epsilon;                    /* default 1e-8 (adagrad, adagrad-mean 1e-10; adadelta 1e-6); finite, 0 or more.
                                        With 0 an entry whose gradients were all 0 becomes 0/0 */
  clino_epsilon_place epsilon_place; /* default CLINO_EPSILON_OUTSIDE; adadelta: CLINO_EPSILON_INSIDE */
  bool bias_correction;              /* of adam and adamw; default true */
  double weight_decay;               /* lambda; default 0 (adamw 0.01); finite, 0 or more. Biases: step them with 0 */
  clino_decay_kind decay_kind;       /* default CLINO_DECAY_COUPLED; adamw: CLINO_DECAY_DECOUPLED */
  double grad_scale;                 /* default 1; finite. 1/batch turns a sum over a batch into the mean */
  double clip_norm;                  /* default INFINITY: none; above 0. Of this call's gradient; for the norm over
                                        several tensors set grad_scale (clino_gradient_norm_*) */
  double clip_value;                 /* default INFINITY: none; above 0 */
} clino_optimizer_options;

/* The defaults of a rule, as the fields' comments state. rule: kept, not copied; NULL or unknown names give the common
 * defaults, which every call then refuses with CLINO_ERR_NOT_FOUND. Thread safe. */
CLINO_API clino_optimizer_options clino_optimizer_options_default(const char *rule);

/* What is known of a rule. */
typedef struct clino_optimizer_info {
  const char *name;       /* "adam" */
  const char *formula;    /* one line, in the notation of this page */
  const char *source;     /* author, year, place */
  const char *slots[2];   /* what its state holds for each parameter, "velocity"; NULL: none */
} clino_optimizer_info;

/* How many rules there are, and the i-th; NULL past the end. Static storage; thread safe. */
CLINO_API size_t clino_optimizer_count(void);
CLINO_API const clino_optimizer_info *clino_optimizer_at(size_t i);

/* The bytes of state that n parameters need under these options, in *size: a head of 64 bytes and the rule's slots.
 * dtype: of the parameters. Errors: CLINO_ERR_RANGE (options, a NULL, more than SIZE_MAX bytes), CLINO_ERR_NOT_FOUND.
 */
CLINO_API clino_status clino_optimizer_state_size(const clino_optimizer_options *options, clino_dtype dtype, size_t n,
                                                  size_t *size, clino_error *error);

/* Makes a state: every slot 0, no step taken. state: the caller's, of size bytes, aligned as malloc does; it may be
 * copied, written to a file of the same machine, and initialized again.
 * Errors: as clino_optimizer_state_size, and CLINO_ERR_RANGE (size too small, alignment). */
CLINO_API clino_status clino_optimizer_state_init(const clino_optimizer_options *options, clino_dtype dtype, size_t n,
                                                  void *state, size_t size, clino_error *error);

/* The steps that a state has taken; 0 for NULL. */
CLINO_API uint64_t clino_optimizer_state_steps(const void *state);

/* The k-th slot (clino_optimizer_info.slots) of an initialized state: n floats or doubles, which the caller may read
 * and write; NULL where the rule has none. */
CLINO_API void *clino_optimizer_state_slot(void *state, size_t k);

/* One step on n parameters.
 * params: changed in place. grads: not changed; the arrays must not overlap; both may be NULL for n = 0. state: made by
 * clino_optimizer_state_init for this rule, dtype and n.
 * Errors: CLINO_ERR_RANGE (options, NULL, a state made for something else, a norm that is not finite under clip_norm),
 * CLINO_ERR_NOT_FOUND; nothing has changed then. */
CLINO_API clino_status clino_optimizer_step_f32(const clino_optimizer_options *options, size_t n, float *params,
                                                const float *grads, void *state, clino_error *error);
CLINO_API clino_status clino_optimizer_step_f64(const clino_optimizer_options *options, size_t n, double *params,
                                                const double *grads, void *state, clino_error *error);

/* Where Nesterov's look-ahead form wants the gradient, in point[0..n-1]: p + mu v (downhill; with the rate outside
 * p - eta mu v). For all other rules, and the rewritten form, p itself. point may be params. Errors: as step. */
CLINO_API clino_status clino_optimizer_lookahead_f32(const clino_optimizer_options *options, size_t n,
                                                     const float *params, const void *state, float *point,
                                                     clino_error *error);
CLINO_API clino_status clino_optimizer_lookahead_f64(const clino_optimizer_options *options, size_t n,
                                                     const double *params, const void *state, double *point,
                                                     clino_error *error);

/* The Euclidean norm of n entries, summed in double; neither overflows nor underflows within. NaN or infinite as soon
 * as an entry is; 0 for n = 0. To clip by the norm over several tensors, take the root of the sum of the squares of
 * their norms, and grad_scale = min(1, limit/norm) (Pascanu, Mikolov and Bengio 2013, alg. 1). */
CLINO_API double clino_gradient_norm_f32(size_t n, const float *grads);
CLINO_API double clino_gradient_norm_f64(size_t n, const double *grads);

#ifdef __cplusplus
}
#endif
#endif
