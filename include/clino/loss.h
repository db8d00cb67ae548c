/* clino/loss.h - losses whose value before training is known: their names, and that value.
 *
 * The names are those of a run's attribute "loss" and of diagnose --loss; the monitor of the initial loss and the check
 * of a logged one expect the same value.
 */
#ifndef CLINO_LOSS_H
#define CLINO_LOSS_H

#include <stdbool.h>

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What loss is trained. */
typedef enum clino_loss_kind {
  CLINO_LOSS_SOFTMAX = 1,  /* "softmax": cross-entropy of a softmax over the classes, mean over samples */
  CLINO_LOSS_HINGE = 2,    /* "hinge": multi-class hinge, margin 1, summed over the wrong classes, mean over samples */
  CLINO_LOSS_LOGISTIC = 3, /* "logistic": binary cross-entropy of a sigmoid, mean over samples (and labels) */
  CLINO_LOSS_MSE = 4       /* "mse": squared error without a factor 1/2, mean over all elements */
} clino_loss_kind;

/* The name of a kind, "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_loss_kind_name(clino_loss_kind kind);

/* Finds the kind of a name, in lower case as above. name, kind: not NULL; *kind is untouched after an error.
 * Errors: CLINO_ERR_NOT_FOUND (the message lists the names), CLINO_ERR_RANGE (a NULL). Thread safe. */
CLINO_API clino_status clino_loss_kind_parse(const char *name, clino_loss_kind *kind, clino_error *error);

/* Does the value before training depend on the number of classes? True for softmax and hinge. Thread safe. */
CLINO_API bool clino_loss_needs_classes(clino_loss_kind kind);

/* The loss that is expected before training, when all scores are near 0: softmax ln C, hinge C - 1, logistic ln 2.
 * classes: C, at least 2, for softmax and hinge; not looked at for the others.
 * NaN for MSE, whose value depends on the targets (see clino_initial_loss_add_targets_f64), for fewer than 2 classes
 * and for a kind that is none. Thread safe. Source: A. Karpathy and others, CS231n "Neural Networks Part 3", sanity
 * checks; at equal scores the softmax gives every class the probability 1/C, and every wrong class is short of the
 * margin by exactly 1. */
CLINO_API double clino_loss_expected(clino_loss_kind kind, size_t classes);

#ifdef __cplusplus
}
#endif
#endif
