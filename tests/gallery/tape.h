/* A scalar computation as a tape: written once, an objective gives its value in double or single precision, its exact
 * gradient by forward-mode dual numbers (in long double, so that rounding does not count), the gradient of a
 * hand-written backward pass (reverse mode), right or with a fault planted in it, and the places where it has a kink.
 *
 * Every operation appends one node; operands are earlier nodes. The tape is reset, not freed, between evaluations. */
#ifndef GALLERY_TAPE_H
#define GALLERY_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tape tape;
typedef int32_t var; /* a node */

/* How to be wrong inside a backward pass. Only the reverse sweep knows of them; the value never changes. */
typedef enum tape_fault {
  TAPE_RIGHT = 0,
  TAPE_NO_ACTIVATION_DERIVATIVE, /* an activation's backward passes its gradient through unchanged */
  TAPE_LAST_SAMPLE_ONLY,         /* all samples but the last are forgotten (tape_sample marks them) */
  TAPE_BIAS_MEAN,                /* the bias gradient is the mean over the batch instead of the sum (tape_bias) */
  TAPE_WRONG_BROADCAST,          /* a broadcast operand takes the gradient of its first use only (tape_broadcast) */
  TAPE_NO_DROPOUT_SCALE,         /* the 1/(1-p) of dropout is forgotten (tape_scale_fixed) */
  TAPE_CONSTANT_STATISTICS,      /* a normalization's mean or variance is taken for a constant (tape_statistic) */
  TAPE_NO_REGULARIZER,           /* the regularizer's gradient is missing (tape_regularizer) */
  TAPE_FAULTS
} tape_fault;

tape *tape_new(void);
void tape_free(tape *t);

/* Starts an evaluation at x; returns the node of x[0], those of x[1..n-1] follow it. single: every operation's result
 * is rounded to float (so is x). */
var tape_begin(tape *t, size_t n, const double *x, bool single);

double tape_value(const tape *t, var v);

/* Constants and arithmetic. A node that is built in single precision is rounded. */
var tape_const(tape *t, double c);
var tape_add(tape *t, var a, var b);
var tape_sub(tape *t, var a, var b);
var tape_mul(tape *t, var a, var b);
var tape_div(tape *t, var a, var b);
var tape_addc(tape *t, var a, double c); /* a + c */
var tape_mulc(tape *t, var a, double c); /* c a */
var tape_square(tape *t, var a);
var tape_sqrt(tape *t, var a);
var tape_exp(tape *t, var a);
var tape_log(tape *t, var a);
var tape_log1p(tape *t, var a);
var tape_sin(tape *t, var a);
var tape_cos(tape *t, var a);
var tape_sum(tape *t, size_t n, const var *v);                    /* left to right, as a loop does */
var tape_dot(tape *t, size_t n, const var *a, const var *b);      /* sum of a[i] b[i]; one node for each step of it */
var tape_dotc(tape *t, size_t n, const var *a, const double *c);  /* sum of c[i] a[i] */

/* Activations: TAPE_NO_ACTIVATION_DERIVATIVE makes their derivative 1. */
var tape_tanh(tape *t, var a);
var tape_sigmoid(tape *t, var a);  /* without overflow at any argument */
var tape_softplus(tape *t, var a); /* log(1 + exp a), without overflow */
var tape_erf(tape *t, var a);      /* not an activation itself; GELU is a (1 + erf(a / sqrt 2)) / 2 */
var tape_gelu(tape *t, var a);     /* exact GELU as one activation */
var tape_silu(tape *t, var a);
var tape_relu(tape *t, var a);             /* derivative 0 at 0 */
var tape_leaky(tape *t, var a, double c);  /* a > 0 ? a : c a; derivative c at 0 */
var tape_abs(tape *t, var a);              /* derivative 0 at 0 */
var tape_max(tape *t, var a, var b);       /* a if a >= b; the derivative follows it */
var tape_huber(tape *t, var a, double d);  /* a^2/2 for |a| <= d, d (|a| - d/2) else: once differentiable, no kink */

/* Every relu, leaky, abs and max records a kink: the node whose value is 0 there (a, or a - b). */
size_t tape_kinks(const tape *t);
var tape_kink(const tape *t, size_t k);
/* From now on, derivatives are those of one side of kink k: of the branch that is taken where its node is positive, or
 * negative. */
void tape_take_branch(tape *t, size_t k, bool positive);

/* Marks for the faults. They return their operand as a new node (or the same one) and change no value. */
void tape_sample(tape *t, bool last);        /* what follows belongs to a sample that is the last, or not; each sample's
                                                contribution to the loss begins with this and ends with tape_batch */
void tape_batch(tape *t);                    /* what follows belongs to all samples */
var tape_bias(tape *t, var b, size_t batch); /* a use of a bias that is used once by each of batch samples */
var tape_broadcast(tape *t, var a);          /* a use of an operand that is broadcast; the first use in an evaluation is
                                                the first call for that operand */
var tape_scale_fixed(tape *t, var a, double c);  /* c a, c = 0 or 1/(1 - p): dropout's mask */
var tape_statistic(tape *t, var a);          /* a mean or variance that depends on the input */
var tape_regularizer(tape *t, var a);        /* the regularizing term as a whole */

/* The faults that would show in this evaluation (a bit for each, 1u << fault): the marks that were met. */
unsigned tape_faults(const tape *t);

/* d loss / d x_i for all n entries. exact: forward mode in long double, from values in long double too, whatever
 * precision the evaluation has. reverse: in double, with a fault. */
void tape_exact(tape *t, var loss, double *gradient);
void tape_exact_of(tape *t, var node, double *gradient); /* the same for any node, e.g. that of a kink */
long double tape_exact_in(tape *t, var node, size_t input); /* one entry of it: d node / d x[input] */
long double tape_exact_value(tape *t, var node);            /* the node's value without rounding */
void tape_reverse(tape *t, var loss, tape_fault fault, double *gradient);

#endif
