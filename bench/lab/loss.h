/* The loss of a run and its gradient over the scores; right, or wrong as the recipe says. */
#ifndef LAB_LOSS_H
#define LAB_LOSS_H

#include "lab/model.h"

/* The loss over n samples that begin at the first of s, as a right program would compute it, and *accuracy (NULL: not
 * wanted; NaN for regression). */
double lab_loss(const lab_model *m, const lab_samples *s, size_t n, const real *scores, double *accuracy);

/* The loss as the run's program computes it, and its gradient in dscores. */
double lab_training_loss(const lab_model *m, const lab_wrong *w, const lab_samples *s, size_t n, const real *scores,
                         real *dscores);

/* Mean loss (the run's own where w is not NULL) and accuracy over all samples, without dropout. watch, which may be
 * NULL, is called after each forward pass. */
double lab_evaluate(lab_model *m, const lab_wrong *w, const lab_samples *s, size_t n_in, double *accuracy,
                    void (*watch)(const lab_model *m, size_t n, void *ctx), void *ctx);

#endif
