/* Losses, each the mean over the n samples of a batch, and a penalty on large weights. scores is n x classes, label[s]
 * the right class of sample s. The backward functions overwrite dscores (that of the penalty adds: it comes on top). */
#ifndef NET_LOSS_H
#define NET_LOSS_H

#include "clino/trace.h"
#include "net/real.h"

/* Softmax cross-entropy: -log(exp(scores[s][label[s]]) / sum_c exp(scores[s][c])). ln(classes) for equal scores. */
double softmax_loss(size_t n, size_t classes, const real *scores, const int *label);
void softmax_loss_backward(size_t n, size_t classes, const real *scores, const int *label, real *dscores);

/* Multi-class hinge: sum over c != label of max(0, scores[s][c] - scores[s][label] + 1). classes - 1 for equal scores.
 * The maxima are told to the trace, which may be NULL. */
double hinge_loss(clino_trace *trace, const char *site, size_t n, size_t classes, const real *scores,
                  const int *label);
void hinge_loss_backward(size_t n, size_t classes, const real *scores, const int *label, real *dscores);

/* Squared error, the mean over all n numbers: (y - target)^2. */
double squared_loss(size_t n, const real *y, const real *target);
void squared_loss_backward(size_t n, const real *y, const real *target, real *dy);

/* L2 regularization: strength / 2 sum w^2, and strength w added to dw. */
double l2_penalty(real strength, size_t n, const real *w);
void l2_penalty_backward(real strength, size_t n, const real *w, real *dw);

#endif
