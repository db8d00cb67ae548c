/* clino/explain.h - what does the bug look like?
 *
 * A wrong gradient often shows how it is wrong: it is the transpose of the right one, twice as large, shifted by one,
 * short of a term proportional to the parameter. From the analytic values a and the numerical ones n of a check, with
 * the error bar of each, every explanation is a formula that makes one out of the other, at most two numbers fitted:
 *
 *   n = alpha a + mu x             sign, scale (alpha), weight decay missing or too much (mu), x the parameter
 *   n[i] = a[p(i)]                 transposed, shifted, reversed, permuted, another tensor's gradient
 *   a = clip(n, -c, c), a = 0, a = float(n), ...
 *
 * One is offered only where
 *   - it brings at least 95% of the entries (all, of fewer than 20) to within twice their error bars, the right ones
 *     included, which it must leave right;
 *   - at least two more entries than it has numbers were wrong by many error bars and are explained; and
 *   - what it explains, the sum of log2(discrepancy before / after) over the wrong entries, at most 20 bits each and
 *     not below the error bar, exceeds by 20 bits what the choice among so many formulas can do by chance, and what
 *     every other formula does.
 * Where a formula of another kind does as well, that is said. Entries at a kink, or inconclusive, weigh as little as
 * their error bars are wide. A gradient that was accepted is never explained.
 *
 *   clino_gradcheck_options o = clino_gradcheck_options_default();
 *   ...gradcheck_model(&model, &o, &result, &error)...
 *   if (result.n_explanations) puts(result.explanation[0].text);
 *
 * A check explains what it finds by itself; describe() and report() say it. clino_gradcheck_explain() is for a record
 * that was kept, and for hints. What values cannot tell is in docs/explanations.md.
 */
#ifndef CLINO_EXPLAIN_H
#define CLINO_EXPLAIN_H

#include <stdbool.h>

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_gradcheck_record clino_gradcheck_record;

typedef enum clino_pattern {
  CLINO_PATTERN_NONE = 0,
  CLINO_PATTERN_ZERO,          /* a = 0 everywhere, n is not */
  CLINO_PATTERN_UNWRITTEN,     /* the callback left the buffer as it was */
  CLINO_PATTERN_ACCUMULATED,   /* it added to what was there: Clino's, or its own of the call before */
  CLINO_PATTERN_SIGN,          /* a = -n */
  CLINO_PATTERN_SCALE,         /* a = value n */
  CLINO_PATTERN_DECAY,         /* n - a = value x: a term proportional to the parameter is missing (value > 0), or is
                                  there though the loss has none (value < 0) */
  CLINO_PATTERN_TRANSPOSED,    /* a holds n with two axes exchanged, or all in another order */
  CLINO_PATTERN_REVERSED,      /* along one axis or several; as a convolution's kernel that was flipped */
  CLINO_PATTERN_SHIFTED,       /* a[i + value] = n[i] along an axis, or over the tensor as a whole */
  CLINO_PATTERN_PERMUTED,      /* the slices along an axis, or all entries, in another order */
  CLINO_PATTERN_OTHER_TENSOR,  /* a holds the gradient of another tensor: other */
  CLINO_PATTERN_STALE,         /* a holds the gradient of another point of this check: other_point */
  CLINO_PATTERN_FIRST_SAMPLE,  /* a is value times the part of the first sample alone; needs the hook select_sample */
  CLINO_PATTERN_LAST_SAMPLE,   /* of the last one */
  CLINO_PATTERN_CLIPPED,       /* a = n, but cut off at +-value */
  CLINO_PATTERN_SLICE,         /* one row, column or channel is wrong, all else right: axis, index */
  CLINO_PATTERN_ACTIVATION,    /* n = a times a factor for each unit, all from 0 to 1: an activation's derivative */
  CLINO_PATTERN_UNIT_SCALE,    /* n = a times a factor for each unit: a forgotten scale, such as a normalization's */
  CLINO_PATTERN_ROUNDING       /* a differs by no more than single precision does, and is in single precision */
} clino_pattern;
#define CLINO_PATTERN_COUNT 20

typedef struct clino_explanation {
  clino_pattern pattern;
  clino_pattern also;        /* another pattern that fits as well; NONE */
  char tensor[64];           /* the first tensor it holds for */
  size_t tensors;            /* for how many */
  bool all;                  /* these are all tensors with a gradient that is not 0 */
  size_t point, term;        /* as in clino_gradcheck_entry */
  double value, value_error; /* the number of the pattern and its error bar; NaN: it has none */
  char constant[48];         /* what constant that is: "2", "1/32", "pi", "the learning rate"; "": none that is known */
  size_t axis, index;        /* of SHIFTED, PERMUTED, SLICE and of the patterns by unit; SIZE_MAX: none, or the whole */
  double beside;             /* the pattern holds beside a right term of so many times the parameter, as one that was
                                added after the bug (an L2 penalty); 0: none */
  char other[64];            /* of OTHER_TENSOR */
  size_t other_point;        /* of STALE */
  double correlation;        /* of n with what the pattern makes of a; NaN where one of them does not vary */
  double plain_correlation;  /* of n with a as laid out */
  size_t entries, within;    /* entries compared; of them within twice their error bars of the pattern */
  size_t wrong;              /* of them wrong as laid out */
  double bits;               /* the evidence, beyond what chance could do; infinite for what was seen directly */
  char text[320];            /* one sentence that names tensor, pattern, number and fit */
} clino_explanation;

typedef struct clino_explain_options {
  size_t struct_size;        /* set by clino_explain_options_default */
  size_t batch;              /* samples, so that a factor of it is named; default 0: not known */
  double learning_rate;      /* the same; default 0: not known. 0 or above */
  double dropout;            /* rate p: 1 - p and 1/(1 - p) are named; default 0: not known. 0 to below 1 */
} clino_explain_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_explain_options clino_explain_options_default(void);

/* Explains what is wrong in a record, best first: a bug that several tensors share once, at most one for a tensor.
 *   record        of a check that ran; not NULL
 *   options       hints; NULL: none
 *   explanations  room for capacity of them; NULL only for capacity 0
 *   n             not NULL: how many were written; 0 where the evidence supports none, or the gradient was accepted
 * Errors: CLINO_ERR_RANGE (named), CLINO_ERR_MEMORY; *n is then 0.
 * Cost: no evaluations; time of some hundred passes over the wrong tensors at most, most of them cut short after a few
 * entries. Memory: 40 bytes an entry of the largest tensor. Thread safe where no check is writing the record.
 * Unreliable on tensors of a few entries, where it is silent, and where two bugs overlap. */
CLINO_API clino_status clino_gradcheck_explain(const clino_gradcheck_record *record,
                                               const clino_explain_options *options, clino_explanation *explanations,
                                               size_t capacity, size_t *n, clino_error *error);

/* "sign", "scale", ...; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_pattern_name(clino_pattern pattern);

#ifdef __cplusplus
}
#endif
#endif
